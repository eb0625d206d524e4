//! Any bytes as coverage.py's data file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lacuna_fuzz::data_file(bytes));
