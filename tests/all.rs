//! The integration tests: one binary, one module for each part that is tried from outside.

mod runner;
mod supervisor;
mod venv;
