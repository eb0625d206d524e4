//! Tables of text: aligned columns for a terminal, pipes for Markdown.

use crate::base::Clean;
use std::fmt::{Display, Write};
use unicode_width::UnicodeWidthStr;

/// On which side a column's cells stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// A table with one heading. Its cells stand one behind the other in one text, since there may be very many.
#[derive(Clone, Debug)]
pub struct Grid {
    columns: Vec<(&'static str, Align)>,
    text: String,
    /// Where each cell ends in the text, and how many columns of a terminal it takes; a whole row of them at a time.
    cells: Vec<(usize, usize)>,
    has_footer: bool,
}

/// Some cells of one row, each with its width.
type Cells<'a> = Vec<(&'a str, usize)>;

impl Grid {
    /// A table of these columns.
    #[must_use]
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), text: String::new(), cells: Vec::new(), has_footer: false }
    }

    /// Adds a row above the footer, if there is one; missing cells are empty.
    pub fn row<C: Display>(&mut self, cells: impl IntoIterator<Item = C>) {
        let mut cells = cells.into_iter();
        for _ in 0..self.columns.len() {
            let start = self.text.len();
            if let Some(cell) = cells.next() {
                // Writing to a text never fails.
                let _ = write!(self.text, "{cell}");
            }
            let written = self.text.get(start..).unwrap_or_default();
            let width = if Clean::is_plain(written) {
                written.len()
            } else {
                let clean = Clean::line(written);
                self.text.replace_range(start.., &clean);
                clean.width()
            };
            self.cells.push((self.text.len(), width));
        }
    }

    /// Puts a row below a rule at the end. Nothing comes behind it.
    pub fn footer<C: Display>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.row(cells);
        self.has_footer = true;
    }

    /// The rows, the footer as the last one.
    fn rows(&self) -> impl ExactSizeIterator<Item = Cells<'_>> {
        let mut start = 0;
        self.cells.chunks(self.columns.len().max(1)).map(move |row| {
            let cell = |&(end, width): &(usize, usize)| {
                let text = self.text.get(std::mem::replace(&mut start, end)..end).unwrap_or_default();
                (text, width)
            };
            row.iter().map(cell).collect()
        })
    }

    /// The table for a terminal: no trailing spaces, a rule below the heading.
    #[must_use]
    pub fn text(&self) -> String {
        let widths = self.widths();
        let heading: Cells<'_> = self.columns.iter().map(|(name, _)| (*name, name.width())).collect();
        let rule = format!("{}\n", "─".repeat(self.rule(&widths)));
        let rows = self.rows();
        let footer = rows.len().checked_sub(1).filter(|_| self.has_footer);
        let mut out = String::with_capacity(2 * self.text.len() + 3 * rule.len());
        self.line(&heading, &widths, &mut out);
        out.push_str(&rule);
        for (at, row) in rows.enumerate() {
            if Some(at) == footer {
                out.push_str(&rule);
            }
            self.line(&row, &widths, &mut out);
        }
        out
    }

    /// The table as Markdown. What would begin a tag there is text.
    #[must_use]
    pub fn markdown(&self) -> String {
        let cells = |row: Cells<'_>| {
            let cells: Vec<String> = row.iter().map(|(cell, _)| cell.replace('|', "\\|").replace('<', "\\<")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut out = cells(self.columns.iter().map(|(name, _)| (*name, name.width())).collect());
        let rules = self.columns.iter().map(|(_, align)| if *align == Align::Left { "---" } else { "---:" });
        out.push_str(&format!("|{}|\n", rules.collect::<Vec<_>>().join("|")));
        self.rows().for_each(|row| out.push_str(&cells(row)));
        out
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|(name, _)| name.width()).collect();
        for row in self.cells.chunks(widths.len().max(1)) {
            widths.iter_mut().zip(row).for_each(|(widest, (_, width))| *widest = (*widest).max(*width));
        }
        widths
    }

    /// How long a rule is: as long as the rows, but for texts in the last column, which can be very long.
    fn rule(&self, widths: &[usize]) -> usize {
        const LONGEST_TEXT: usize = 40;
        let mut widths = widths.to_vec();
        if let (Some((_, Align::Left)), Some(last)) = (self.columns.last(), widths.last_mut()) {
            *last = (*last).min(LONGEST_TEXT);
        }
        widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)
    }

    fn line(&self, row: &[(&str, usize)], widths: &[usize], out: &mut String) {
        for (at, (((_, align), wide), (cell, width))) in self.columns.iter().zip(widths).zip(row).enumerate() {
            let space = wide.saturating_sub(*width);
            out.push_str(if at == 0 { "" } else { "  " });
            if *align == Align::Right {
                pad(out, space);
            }
            out.push_str(cell);
            if *align == Align::Left {
                pad(out, space);
            }
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
}

/// Adds so many spaces.
fn pad(out: &mut String, mut space: usize) {
    const SPACES: &str = "                                ";
    while let Some(left) = space.checked_sub(SPACES.len()) {
        out.push_str(SPACES);
        space = left;
    }
    out.push_str(SPACES.get(..space).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::{Align, Grid};

    #[test]
    fn columns_are_aligned_whatever_the_script() {
        let mut grid = Grid::new(&[("File", Align::Left), ("Cover", Align::Right)]);
        grid.row(["日本.py".to_owned(), "5%".to_owned()]);
        grid.row(["a|b.py".to_owned(), "100%".to_owned()]);
        grid.footer(["TOTAL".to_owned()]);
        let expect = "File     Cover\n──────────────\n日本.py     5%\na|b.py    100%\n──────────────\nTOTAL\n";
        assert_eq!(grid.text(), expect);
        assert!(grid.markdown().contains("| a\\|b.py | 100% |\n"), "{}", grid.markdown());
    }
}
