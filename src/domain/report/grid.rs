//! Tables of text: aligned columns for a terminal, pipes for Markdown.

use crate::base::Clean;
use unicode_width::UnicodeWidthStr;

/// On which side a column's cells stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// A table with one heading.
#[derive(Clone, Debug)]
pub struct Grid {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<Clean>>,
    footer: Option<Vec<Clean>>,
}

impl Grid {
    /// A table of these columns.
    #[must_use]
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new(), footer: None }
    }

    /// Adds a row; missing cells are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| Clean::line(&cell)).collect());
    }

    /// Puts a row below a rule at the end.
    pub fn footer(&mut self, cells: impl IntoIterator<Item = String>) {
        self.footer = Some(cells.into_iter().map(|cell| Clean::line(&cell)).collect());
    }

    /// The table for a terminal: no trailing spaces, a rule below the heading.
    #[must_use]
    pub fn text(&self) -> String {
        let widths = self.widths();
        let heading: Vec<Clean> = self.columns.iter().map(|(name, _)| Clean::line(name)).collect();
        let rule = format!("{}\n", "─".repeat(self.rule(&widths)));
        let mut out = String::new();
        self.line(&heading, &widths, &mut out);
        out.push_str(&rule);
        self.rows.iter().for_each(|row| self.line(row, &widths, &mut out));
        if let Some(footer) = &self.footer {
            out.push_str(&rule);
            self.line(footer, &widths, &mut out);
        }
        out
    }

    /// The table as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let cells = |row: &[Clean]| {
            let cells =
                (0..self.columns.len()).map(|at| row.get(at).map_or(String::new(), |cell| cell.replace('|', "\\|")));
            format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        let heading: Vec<Clean> = self.columns.iter().map(|(name, _)| Clean::line(name)).collect();
        let mut out = cells(&heading);
        let rules = self.columns.iter().map(|(_, align)| if *align == Align::Left { "---" } else { "---:" });
        out.push_str(&format!("|{}|\n", rules.collect::<Vec<_>>().join("|")));
        self.rows.iter().chain(&self.footer).for_each(|row| out.push_str(&cells(row)));
        out
    }

    fn widths(&self) -> Vec<usize> {
        let width = |row: &Vec<Clean>, at: usize| row.get(at).map_or(0, |cell| cell.width());
        self.columns
            .iter()
            .enumerate()
            .map(|(at, (name, _))| {
                let cells = self.rows.iter().chain(&self.footer).map(|row| width(row, at));
                cells.max().unwrap_or(0).max(name.width())
            })
            .collect()
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

    fn line(&self, row: &[Clean], widths: &[usize], out: &mut String) {
        let none = Clean::default();
        for (at, ((_, align), width)) in self.columns.iter().zip(widths).enumerate() {
            let cell = row.get(at).unwrap_or(&none);
            let space = std::iter::repeat_n(' ', width.saturating_sub(cell.width()));
            out.push_str(if at == 0 { "" } else { "  " });
            match align {
                Align::Left => {
                    out.push_str(cell);
                    out.extend(space);
                }
                Align::Right => {
                    out.extend(space);
                    out.push_str(cell);
                }
            }
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
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
