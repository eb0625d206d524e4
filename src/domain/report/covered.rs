//! Coverage before and after, as a section of a report: the files with a difference, lines gained and lost.

use crate::domain::coverage::LineSet;
use crate::domain::ledger::{Category, Comparison, Figure, FileComparison, Kind};
use crate::domain::report::opening::some_lines;
use crate::domain::report::page::{Block, Cell, Column, Item, Section, Table, Tile, Tone, Words};
use crate::domain::report::{Compared, Kept};
use serde_json::json;

/// The most files that are listed.
const FILES: usize = 60;

/// Coverage before and after, or why it is not known.
#[derive(Clone, Debug)]
pub struct Covered<'a> {
    /// What changed from the one point to the other.
    pub comparison: Result<&'a Comparison, String>,
    /// What is known of the later point, also where nothing is known of the earlier one.
    pub after: Option<Figure>,
    /// What the points are.
    pub names: (String, String),
    /// How many digits the project shows of a percentage.
    pub digits: usize,
}

impl Covered<'_> {
    /// The figures before and after; nothing where one of them is not known.
    fn figures(&self) -> Option<(Figure, Figure)> {
        let comparison = self.comparison.as_ref().ok()?;
        let (before, after) = (comparison.before()?, comparison.after()?);
        (before.kind != Kind::Unknown && after.kind != Kind::Unknown).then_some((before, after))
    }

    /// The figure after, also where there is none before.
    fn after(&self) -> Option<Figure> {
        let alone = || self.after.filter(|after| after.kind != Kind::Unknown && self.comparison.is_err());
        self.figures().map(|(_, after)| after).or_else(alone)
    }

    /// Keeps the figure after.
    pub fn keep(&self, kept: &mut Kept) {
        let after = self.after();
        let shown = after.map_or("unknown".to_owned(), |after| after.shown(self.digits));
        let more = Some(crate::domain::programme::Better::More);
        kept.figure("coverage", "coverage of everything", more, after.map(|after| after.ratio.percent()), &shown);
    }

    /// The whole in one sentence.
    #[must_use]
    pub fn sentence(&self) -> Words {
        let Some((before, after)) = self.figures() else {
            if let (Err(why), Some(after)) = (&self.comparison, self.after()) {
                let beside = format!(" ({}); {why}.", after.qualifier());
                return Words::from("Coverage of everything: ").strong(after.shown(self.digits)).plain(beside);
            }
            return Words::from(match &self.comparison {
                Err(why) => format!("What it did to coverage is not known: {why}."),
                Ok(_) => "What it did to coverage is not known: a side is older than its source.".to_owned(),
            });
        };
        let way = format!("{} → {}", before.shown(self.digits), after.shown(self.digits));
        let noise = if after.is_noise_since(&before) { ", within noise" } else { "" };
        let count = |category| self.comparison.as_ref().map_or(0, |comparison| comparison.count(category));
        let closed = count(Category::Gained) + count(Category::NewCovered);
        let lost = match count(Category::Lost) {
            0 => "none lost".to_owned(),
            lost => format!("{lost} lost"),
        };
        Words::from("Coverage of everything: ")
            .strong(way)
            .plain(format!(" ({}{noise}); {closed} statements newly covered, {lost}.", after.qualifier()))
    }

    /// Before and after, large.
    #[must_use]
    pub fn tiles(&self) -> Vec<Tile> {
        let tile = |about: &str, value: String, beside: String, tone| Tile {
            about: about.to_owned(),
            value,
            beside,
            tone,
            chart: None,
        };
        let Some((before, after)) = self.figures() else {
            if let Some(after) = self.after() {
                return vec![tile("coverage of everything", after.shown(self.digits), after.qualifier(), Tone::Plain)];
            }
            return vec![tile("coverage of everything", "unknown".to_owned(), String::new(), Tone::Open)];
        };
        let count = |category| self.comparison.as_ref().map_or(0, |comparison| comparison.count(category));
        let (closed, lost) = (count(Category::Gained) + count(Category::NewCovered), count(Category::Lost));
        vec![
            tile("coverage before", before.shown(self.digits), before.qualifier(), Tone::Plain),
            tile("coverage after", after.shown(self.digits), after.qualifier(), Tone::Plain),
            tile(
                "lines newly covered",
                closed.to_string(),
                String::new(),
                if closed > 0 { Tone::Good } else { Tone::Plain },
            ),
            tile("lines lost", lost.to_string(), String::new(), if lost > 0 { Tone::Bad } else { Tone::Plain }),
        ]
    }

    /// The files with a difference.
    #[must_use]
    pub fn section(&self) -> Section {
        let comparison = match &self.comparison {
            Ok(comparison) => comparison,
            Err(why) => {
                let words = format!("Not known: {why}.");
                return section(vec![Block::Paragraph(words.into())], json!({ "unknown": why }));
            }
        };
        let compared = Compared { comparison, before: &self.names.0, after: &self.names.1 };
        let mut changed: Vec<&FileComparison> = comparison.changed().collect();
        changed.sort_by_key(|file| std::cmp::Reverse((file.count(Category::Lost), file.newly().len())));
        let mut blocks = vec![Block::Paragraph(
            Words::from("From ").code(self.names.0.as_str()).plain(" to ").code(self.names.1.as_str()).plain("."),
        )];
        if changed.is_empty() {
            blocks.push(Block::Paragraph("No statement stands otherwise than before.".into()));
        } else {
            blocks.push(Block::Table(self.table(&changed)));
        }
        let more = changed.len().saturating_sub(FILES);
        if more > 0 {
            blocks.push(Block::Paragraph(format!("And {more} more files, which the JSON form has.").into()));
        }
        let notes: Vec<Item> =
            compared.notes().into_iter().map(|note| Item::new(Tone::Open, Words::ticked(&note))).collect();
        if !notes.is_empty() {
            blocks.push(Block::List(notes));
        }
        section(blocks, compared.json())
    }

    fn table(&self, changed: &[&FileComparison]) -> Table {
        let columns = [Column::text("file"), Column::number("before"), Column::number("after")];
        let columns = [&columns[..], &[Column::text("newly covered"), Column::text("lost")]].concat();
        let shown = |figure: Option<Figure>| figure.map_or("–".to_owned(), |figure| figure.shown(self.digits));
        let lines = |lines: &LineSet, tone| {
            if lines.is_empty() { Cell::new("") } else { Cell::new(some_lines(lines)).toned(tone) }
        };
        let row = |file: &&FileComparison| {
            vec![
                Cell::code(file.path.as_str()),
                Cell::new(shown(file.before)),
                Cell::new(shown(file.after)),
                lines(&file.newly(), Tone::Good),
                lines(&file.lines(Category::Lost), Tone::Bad),
            ]
        };
        Table { columns, rows: changed.iter().take(FILES).map(row).collect() }
    }
}

fn section(blocks: Vec<Block>, data: serde_json::Value) -> Section {
    Section { key: "coverage", title: "Coverage, file by file".to_owned(), blocks, data }
}
