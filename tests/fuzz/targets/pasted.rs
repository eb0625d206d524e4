//! Any text that a person may paste: read, and held against a source.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lacuna_fuzz::pasted(bytes));
