//! Find and read files, within bounds.
