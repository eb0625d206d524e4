//! A page for a terminal: no colours, a sign where something means good or bad.

use crate::base::Clean;
use crate::domain::report::Grid;
use crate::domain::report::page::tree::Part;
use crate::domain::report::page::{Block, Cell, Item, Page, Section, Table, Tile, Tone, Words};

impl Page {
    /// For a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let title = format!("{}: {}", self.title, Clean::line(&self.subject));
        let mut out = format!("{title}\n{}\n", "═".repeat(Clean::line(&title).width()));
        self.lede.iter().for_each(|words| out.push_str(&format!("{}\n", words_of(words))));
        if !self.facts.is_empty() {
            out.push('\n');
        }
        let wide = self.facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        self.facts.iter().for_each(|(name, words)| out.push_str(&format!("{name:wide$}  {}\n", words_of(words))));
        self.sections.iter().for_each(|section| out.push_str(&section_text(section)));
        out
    }
}

fn section_text(section: &Section) -> String {
    let title = Clean::line(&section.title);
    let mut out = format!("\n{title}\n{}\n", "─".repeat(title.width()));
    for (at, block) in section.blocks.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        out.push_str(&block_text(block));
    }
    out
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Paragraph(words) => format!("{}\n", words_of(words)),
        Block::List(items) => items.iter().map(item_text).collect(),
        Block::Tiles(tiles) => tiles.iter().map(tile_text).collect(),
        Block::Table(table) => table_text(table),
        Block::Chart(chart) => format!("{}\n", Clean::line(&chart.words())),
        Block::Code(text) => Clean::lines(text).iter().map(|line| format!("  {line}\n")).collect(),
    }
}

fn item_text(item: &Item) -> String {
    let below = item.below.iter().map(|words| format!("    {}\n", words_of(words)));
    format!("{} {}\n{}", item.tone.glyph(), words_of(&item.words), below.collect::<String>())
}

fn tile_text(tile: &Tile) -> String {
    let beside = if tile.beside.is_empty() { String::new() } else { format!("  ({})", Clean::line(&tile.beside)) };
    format!("{} {:<28}{}{beside}\n", tile.tone.glyph(), Clean::line(&tile.about), Clean::line(&tile.value))
}

fn table_text(table: &Table) -> String {
    let columns: Vec<_> = table.columns.iter().map(|column| (column.name, column.align)).collect();
    let mut grid = Grid::new(&columns);
    table.rows.iter().for_each(|row| grid.row(row.iter().map(cell_text)));
    grid.text()
}

/// The words of a cell or, where it has none, those of its chart.
fn cell_text(cell: &Cell) -> String {
    let words = words_of(&cell.words);
    match (&cell.chart, cell.tone) {
        (Some(chart), _) if words.is_empty() => chart.signs(),
        (_, Tone::Plain) => words,
        (_, tone) => format!("{} {words}", tone.glyph()).trim_end().to_owned(),
    }
}

/// Words without marks, in one clean line.
#[must_use]
pub fn words_of(words: &Words) -> String {
    let part = |part: &Part| match part {
        Part::Plain(text) | Part::Strong(text) | Part::Code(text) => Clean::line(text).to_string(),
        Part::Link(text, url) if text == url => text.clone(),
        Part::Link(text, url) => format!("{} ({url})", Clean::line(text)),
    };
    words.parts.iter().map(part).collect()
}
