//! Settings, their layers, and where each value came from.

mod value;
pub use value::Value;

mod setting;
pub use setting::{SETTINGS, Setting};

mod read;

mod layered;
pub use layered::{Config, Entry, Origin, Text};

mod pytest_rc;
pub use pytest_rc::{PYTEST_FILES, PytestRc, pytest_rc, shell_words};

mod coverage_rc;
pub use coverage_rc::{COVERAGE_FILES, CoverageRc, coverage_rc};
