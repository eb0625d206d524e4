//! The rows of a coverage table, as a terminal, a ticket or a log shows them.

use crate::domain::coverage::joiner::Joiner;

/// Which columns a table has beside name, statements, missing and percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain::coverage) struct Columns {
    /// `Branch` and `BrPart`.
    pub branches: bool,
    /// `Missing`.
    pub missing: bool,
}

/// One row as it is printed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::domain::coverage) struct Row {
    /// The file.
    pub name: String,
    /// `Stmts`.
    pub statements: u64,
    /// `Miss`.
    pub missing: u64,
    /// `Branch`.
    pub branches: u64,
    /// `BrPart`.
    pub partial: u64,
    /// `Cover`, without its sign.
    pub percent: f64,
    /// The last column.
    pub lines: String,
}

/// A whole table.
pub(in crate::domain::coverage) struct Rows {
    /// Its columns.
    pub columns: Columns,
    /// Its files.
    pub rows: Vec<Row>,
    /// Its last row.
    pub total: Row,
    /// Whether it says that complete files are left out.
    pub skipped: bool,
}

/// Where the captions are.
pub(in crate::domain::coverage) struct Header {
    columns: Columns,
    /// How many characters stand before `Name` in its line: an indent, quotation marks, a log's time.
    indent: usize,
    blank: bool,
    markdown: bool,
    /// The byte after the last caption.
    end: usize,
}

impl Header {
    /// Finds the captions. White space between them does not matter, not even line ends: a narrow terminal may have
    /// wrapped them.
    pub fn find(text: &str) -> Option<Self> {
        text.match_indices("Name").find_map(|(at, _)| Self::at(text, at))
    }

    fn at(text: &str, at: usize) -> Option<Self> {
        let after = text.get(at + 4..)?;
        let end = captions(after, &["Stmts", "Miss"])?;
        let branches = captions(after.get(end..)?, &["Branch", "BrPart"]);
        let end = end + branches.unwrap_or(0);
        let end = end + captions(after.get(end..)?, &["Cover"])?;
        let missing = captions(after.get(end..)?, &["Missing"]);
        let indent = text.get(..at)?.rsplit('\n').next()?;
        Some(Self {
            columns: Columns { branches: branches.is_some(), missing: missing.is_some() },
            indent: indent.chars().count(),
            blank: indent.trim().is_empty(),
            markdown: indent.trim_end().ends_with('|'),
            end: at + 4 + end + missing.unwrap_or(0),
        })
    }

    /// The line without what stands before the table.
    fn dedent<'a>(&self, line: &'a str) -> &'a str {
        let cut = line.char_indices().nth(self.indent).map_or(line.len(), |(at, _)| at);
        let (before, rest) = line.split_at(cut);
        if self.blank && !before.trim().is_empty() { line } else { rest }
    }
}

/// The length of the text up to and including `names` in this order, with nothing but white space and `|` between and
/// inside them.
fn captions(text: &str, names: &[&str]) -> Option<usize> {
    let mut wanted = names.iter().flat_map(|name| name.chars()).peekable();
    for (at, c) in text.char_indices() {
        if wanted.next_if_eq(&c).is_some() {
            if wanted.peek().is_none() {
                return Some(at + c.len_utf8());
            }
        } else if !c.is_whitespace() && c != '|' {
            return None;
        }
    }
    None
}

impl Rows {
    /// Reads the first table of a text.
    ///
    /// # Errors
    /// No captions or no `TOTAL`.
    pub fn read(text: &str) -> Result<Self, String> {
        let header = Header::find(text).ok_or("there are no captions (Name, Stmts, Miss, Cover)")?;
        let body = text.get(header.end..).and_then(|rest| rest.split_once('\n')).map_or("", |(_, body)| body);
        let mut lines = body.lines().map(|line| header.dedent(line));
        let mut joiner = Joiner::new(header.columns, header.markdown);
        let mut rows = Vec::new();
        let mut total = None;
        // A blank line at the end ends the last row.
        for line in lines.by_ref().chain([""]) {
            match joiner.take(line) {
                Some(row) if row.name == "TOTAL" => {
                    total = Some(row);
                    break;
                }
                Some(row) => rows.push(row),
                None => {}
            }
        }
        let total = total.ok_or("there is no TOTAL: the table is cut off")?;
        let rest: String = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
        let skipped = rest.contains("skippedduetocompletecoverage") || joiner.skipped();
        Ok(Self { columns: header.columns, rows, total, skipped })
    }
}

/// A row from one line: the name, two or four numbers, a percentage, and the rest.
pub(in crate::domain::coverage) fn row(text: &str, columns: Columns) -> Option<Row> {
    let numbers = if columns.branches { 4 } else { 2 };
    let words: Vec<(usize, &str)> = words(text).collect();
    let percent = (numbers + 1..words.len()).find(|&at| {
        let before = words.get(at - numbers..at).unwrap_or_default();
        words.get(at).is_some_and(|(_, word)| percentage(word).is_some())
            && before.iter().all(|(_, word)| word.parse::<u64>().is_ok())
    })?;
    let (start, _) = *words.get(percent - numbers)?;
    let (at, word) = *words.get(percent)?;
    let mut values = words.get(percent - numbers..percent)?.iter().map(|(_, word)| word.parse::<u64>().unwrap_or(0));
    let mut value = || values.next().unwrap_or(0);
    Some(Row {
        name: text.get(..start)?.trim().to_owned(),
        statements: value(),
        missing: value(),
        branches: value(),
        partial: value(),
        percent: percentage(word)?,
        lines: text.get(at + word.len()..)?.trim().to_owned(),
    })
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(char::is_whitespace).filter_map(move |word| {
        let start = at;
        at += word.len();
        at += text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        (!word.is_empty()).then_some((start, word))
    })
}

fn percentage(word: &str) -> Option<f64> {
    let number = word.strip_suffix('%')?;
    let digits = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    number.parse::<f64>().ok().filter(|percent| digits && (0.0..=100.0).contains(percent))
}

/// A row of `coverage report --format=markdown`.
pub(in crate::domain::coverage) fn markdown_row(line: &str, columns: Columns) -> Option<Row> {
    // Without its last bar a row is cut off.
    let line = line.trim().strip_suffix('|')?.trim_start_matches('|');
    let cells = line.replace("\\|", "\u{1}");
    let mut cells = cells.split('|').map(|cell| cell.trim().trim_matches('*').replace('\u{1}', "|"));
    let name = cells.next()?.replace('\\', "");
    let rest: Vec<String> = cells.collect();
    row(&format!("x {}", rest.join(" ")), columns).map(|row| Row { name, ..row })
}

#[cfg(test)]
mod tests {
    use super::{Columns, Header, Rows, row};

    const PLAIN: Columns = Columns { branches: false, missing: false };

    #[test]
    fn a_row_is_read_from_its_numbers() {
        let read = row("my dir/a 1.py   4  1   75.5%   3", PLAIN).unwrap();
        assert_eq!(
            (read.name.as_str(), read.statements, read.percent, read.lines.as_str()),
            ("my dir/a 1.py", 4, 75.5, "3")
        );
        for bad in ["a.py 4 75%", "a.py 4 1 75", "4 1 75%", "a.py x 1 75%", "a.py 4 1 175%", "a.py 4 1 NaN%"] {
            assert_eq!(row(bad, PLAIN), None, "{bad}");
        }
    }

    #[test]
    fn captions_are_found_in_any_line() {
        let header = Header::find("2026-11-21T10:00:00Z Name   Stmts   Miss Branch BrPart  Cover\n").unwrap();
        assert_eq!((header.columns.branches, header.columns.missing, header.indent), (true, false, 21));
        assert!(Header::find("Name\n\nSt\nmts Miss\nCover").is_some());
        assert!(Header::find("Name Stmts Cover").is_none());
    }

    #[test]
    fn lines_of_other_programs_are_passed_over() {
        let text = "Name Stmts Miss Cover Missing\n----\nb.py   NoSource: No source for code: 'b.py'.\n\
                    a.py 9 2 78% 1,\n  7\nwarning: something\nTOTAL 9 2 78%\n";
        let rows = Rows::read(text).unwrap_or_else(|what| panic!("{what}"));
        assert_eq!(rows.rows.len(), 1);
        assert_eq!(rows.rows[0].lines, "1,  7");
    }

    #[test]
    fn a_row_that_goes_on_for_ever_is_read_in_one_go() {
        let text = format!("Name Stmts Miss Cover Missing\na.py 1 0 100%\n{}TOTAL 1 0 100%", "1,\n".repeat(200_000));
        assert_eq!(Rows::read(&text).map(|rows| rows.rows.len()), Ok(1));
        let part = format!("Name Stmts Miss Cover\n----\n----\n{}TOTAL 1 0 100%", "abcd\n".repeat(20_000));
        assert!(Rows::read(&part).is_err());
    }

    #[test]
    fn a_long_log_is_read_in_one_go() {
        let text =
            format!("{}Name Stmts Miss Cover\na.py 1 0 100%\nTOTAL 1 0 100%", "Name of the game\n".repeat(20_000));
        assert_eq!(Rows::read(&text).map(|rows| rows.rows.len()), Ok(1));
    }
}
