//! Any bytes as the log of a CI job.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lacuna_fuzz::ci_log(bytes));
