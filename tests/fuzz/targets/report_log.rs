//! Any bytes as a report log of pytest.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lacuna_fuzz::report_log(bytes));
