//! Find and read files, within bounds.

mod folder;
mod read;
mod source;
mod root;
mod reports;
mod results;
mod python;
mod write;
mod copy;

pub use copy::{copy_tree, remove_tree};
pub use folder::{files_in, is_filled, packages};
pub use python::{files_like, python_files};
pub use read::{Identity, REPORT_LIMIT, SOURCE_LIMIT, begins_with, identity, read, read_text};
pub use reports::{Found, find_reports, is_report_name};
pub use results::{ResultFile, each_result, unpacked};
pub use root::{Root, find_root};
pub use source::{SourceText, damage, read_source};
pub use write::{append_lines, private_dir, write_atomic, write_new, write_private};
