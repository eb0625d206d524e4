//! Themes: colours and attributes by role, from files, at the depth that the terminal has.

mod role;
mod colour;
mod file;
mod library;

pub use colour::Depth;
pub use library::{Theme, ThemeText, themes};
pub use role::Role;

#[cfg(test)]
mod tests;
