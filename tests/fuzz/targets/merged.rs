//! Several reports of any format, one behind the other: read, placed, put together.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lacuna_fuzz::merged(bytes));
