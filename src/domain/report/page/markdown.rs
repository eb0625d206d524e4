//! A page as Markdown: for a step summary, a ticket, a comment. Nothing in it can end a cell, a code span or a fence.

use crate::base::Clean;
use crate::domain::report::Align;
use crate::domain::report::page::tree::Part;
use crate::domain::report::page::{Block, Cell, Item, Page, Section, Table, Tile, Tone, Words, markdown_text};

impl Page {
    /// As Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}: {}\n", self.title, markdown_text(&self.subject));
        self.lede.iter().for_each(|words| out.push_str(&format!("\n{}\n", line(words))));
        if !self.facts.is_empty() {
            out.push('\n');
        }
        self.facts.iter().for_each(|(name, words)| out.push_str(&format!("- {name}: {}\n", line(words))));
        self.sections.iter().for_each(|section| out.push_str(&section_markdown(section)));
        out
    }
}

fn section_markdown(section: &Section) -> String {
    let blocks: String = section.blocks.iter().map(|block| format!("\n{}", block_markdown(block))).collect();
    format!("\n## {}\n{blocks}", markdown_text(&section.title))
}

fn block_markdown(block: &Block) -> String {
    match block {
        Block::Paragraph(words) => format!("{}\n", line(words)),
        Block::List(items) => items.iter().map(item_markdown).collect(),
        Block::Tiles(tiles) => tiles_markdown(tiles),
        Block::Table(table) => table_markdown(table),
        Block::Chart(chart) => format!("{}\n", markdown_text(&chart.words())),
        Block::Code(text) => {
            let lines = Clean::lines(text);
            // A fence is longer than any run of backticks inside.
            let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            format!("{fence}text\n{text}{fence}\n")
        }
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn item_markdown(item: &Item) -> String {
    let sign = if item.tone == Tone::Plain { String::new() } else { format!("{} ", item.tone.glyph()) };
    let below = item.below.iter().map(|words| format!("  - {}\n", line(words)));
    format!("- {sign}{}\n{}", line(&item.words), below.collect::<String>())
}

fn tiles_markdown(tiles: &[Tile]) -> String {
    let row = |tile: &Tile| {
        let sign = if tile.tone == Tone::Plain { ' ' } else { tile.tone.glyph() };
        let texts = [&tile.about, &tile.value, &tile.beside].map(|text| markdown_text(text));
        format!("| {sign} | {} | **{}** | {} |\n", texts[0], texts[1], texts[2])
    };
    format!("|  | figure | now | |\n|---|---|---|---|\n{}", tiles.iter().map(row).collect::<String>())
}

fn table_markdown(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let rules = table.columns.iter().map(|column| if column.align == Align::Left { "---" } else { "---:" });
    let head = format!("| {} |\n|{}|\n", names.join(" | "), rules.collect::<Vec<_>>().join("|"));
    let row = |row: &Vec<Cell>| {
        let cells = row.iter().zip(&table.columns).map(|(cell, _)| cell_markdown(cell));
        let cells: Vec<String> = cells.collect();
        format!("| {} |\n", cells.join(" | "))
    };
    head + &table.rows.iter().map(row).collect::<String>()
}

fn cell_markdown(cell: &Cell) -> String {
    let words = line(&cell.words);
    match (&cell.chart, cell.tone) {
        (Some(chart), _) if words.is_empty() => markdown_text(&chart.signs()),
        (_, Tone::Plain) => words,
        (_, tone) => format!("{} {words}", tone.glyph()),
    }
}

fn line(words: &Words) -> String {
    let part = |part: &Part| match part {
        Part::Plain(text) => markdown_text(text),
        Part::Strong(text) => format!("**{}**", markdown_text(text)),
        Part::Code(text) if text.is_empty() => String::new(),
        // In a cell of a table a bar ends the cell even within code.
        Part::Code(text) => format!("`{}`", Clean::line(text).replace('`', "'").replace('|', "\\|")),
        Part::Link(text, url) => format!("[{}](<{url}>)", markdown_text(text)),
    };
    words.parts.iter().map(part).collect()
}
