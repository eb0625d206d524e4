//! Pages: what is told, once, as a tree of sections, and its forms: text, Markdown, JSON, one HTML file.

mod tree;
pub use tree::{Block, Cell, Column, Item, Page, Section, Table, Tile, Tone, Words};

mod chart;
pub use chart::{Chart, Line, Share, Slot};

mod escape;
pub use escape::{html_text, markdown_text};

mod plain;
pub use plain::words_of;

mod markdown;

mod svg;

mod html;
