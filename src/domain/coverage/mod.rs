//! What ran, by one report: line sets, the model, one reader for each format.

mod lines;
pub use lines::LineSet;

mod ran;
pub use ran::{Arc, Ran};

mod counts;
pub use counts::Counts;

mod model;
pub use model::{FileCoverage, Format, Report};

mod data;
pub use data::{DataFile, DataFileEntry};

mod context;
pub use context::{ContextOf, Phase, context_test};

mod facts;
pub use facts::{BranchLine, Facts, Judged, JumpFix};

mod collect;

mod gather;

mod summary;

mod json_regions;

mod json_file;

mod json_text;

mod json_plain;

mod json;

mod cobertura;

mod lcov_file;

mod lcov;

mod rows;

mod joiner;

mod table;

mod sniff;
pub use sniff::{DATA_FILE, Sniffed, sniff};

mod read;
pub use read::read;
