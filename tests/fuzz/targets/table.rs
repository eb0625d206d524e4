//! Any bytes that look like the table of `coverage report`: read, and laid over a source.
#![no_main]

use lacuna::domain::coverage::Sniffed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lacuna_fuzz::report(bytes, Sniffed::Table));
