//! The integration tests: one binary, one module for each part that is tried from outside.

#[cfg(test)]
mod runner;
#[cfg(test)]
mod supervisor;
#[cfg(test)]
mod venv;
