//! coverage.py's data file (`.coverage`), read as somebody else's: copied to memory, tables only, bounded.

mod copy;
mod vet;
mod rows;
mod patience;
mod merge;

pub use merge::{read_data_bytes, read_data_file, read_data_files, read_executed};

mod hostile;
