//! Fuzzy matching of files, tests and actions. The only user of nucleo.
