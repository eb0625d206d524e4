//! The picture of the state, and its themes.

pub mod theme;
mod account;
mod canvas;
mod words;
mod pane;
mod columns;
mod source_row;
mod header;
mod tabs;
mod footer;
mod map;
mod lines;
mod flaky;
mod runner;
mod output;
mod picker;
mod help;
mod plan;
mod compare;
mod guide;
mod consent;
mod lab;
mod programme;
mod checklist;
mod problems;
mod draw;

pub use draw::draw;
pub use theme::{Depth, Role, Theme, ThemeText, themes};

#[cfg(test)]
pub mod tests;
