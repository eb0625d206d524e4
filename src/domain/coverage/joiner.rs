//! Joins lines to rows of a coverage table: terminals wrap rows anywhere, people at spaces.

use crate::domain::coverage::rows::{Columns, Row, markdown_row, row};

/// How long a row may get before its numbers come; names are shorter than this.
const LONGEST: usize = 1024;

/// Makes rows of lines, which a terminal may have wrapped anywhere and a person at spaces.
pub(in crate::domain::coverage) struct Joiner {
    columns: Columns,
    markdown: bool,
    pending: Pending,
    /// The length of the last line that went into `pending`.
    last: usize,
    /// The width at which a terminal wrapped every line, known from the rule under the captions.
    width: Option<usize>,
    rule: Option<usize>,
    in_rule: bool,
    started: bool,
}

/// The row that is not finished yet.
enum Pending {
    /// Not even its numbers are complete; it may be a line of something else.
    Part(String),
    /// Complete, but more missing lines may follow.
    Whole(Row),
}

impl Joiner {
    /// A joiner for a table with these columns, in plain text or in Markdown.
    pub const fn new(columns: Columns, markdown: bool) -> Self {
        let pending = Pending::Part(String::new());
        Self { columns, markdown, pending, last: 0, width: None, rule: None, in_rule: false, started: false }
    }

    /// Takes a line; gives the row that it completes or that it shows to be complete.
    pub fn take(&mut self, line: &str) -> Option<Row> {
        if self.markdown {
            return markdown_row(line, self.columns);
        }
        let shown = line.trim();
        // A rule that was wrapped may end with a line of one dash; elsewhere that is a piece of a range.
        let ruled = shown.bytes().all(|byte| byte == b'-') && shown.len() > usize::from(!self.in_rule);
        self.in_rule = ruled;
        if ruled {
            self.rule(shown.len());
            return self.flush();
        }
        self.started = true;
        if shown.is_empty() {
            return self.blank();
        }
        match &mut self.pending {
            Pending::Whole(row) if row.name != "TOTAL" && continues(line, self.columns) => {
                row.lines.push_str(line);
                None
            }
            Pending::Whole(_) => {
                let done = self.flush();
                self.restart(line);
                done
            }
            Pending::Part(part) => {
                let part = std::mem::take(part);
                self.complete(part, line);
                None
            }
        }
    }

    /// Adds a line to a row that is not complete yet, or starts again with it.
    fn complete(&mut self, mut part: String, line: &str) {
        let whole = row(line, self.columns).is_some();
        match self.width {
            _ if part.is_empty() || part.len() > LONGEST => self.restart(line),
            Some(width) if !whole || self.last == width => {
                part.extend(std::iter::repeat_n(' ', width.saturating_sub(self.last)));
                part.push_str(line);
                self.last = line.chars().count();
                self.settle(part);
            }
            None if !whole => {
                let joined = format!("{part} {line}");
                match row(&joined, self.columns) {
                    Some(_) => self.settle(joined),
                    None => self.restart(line),
                }
            }
            _ => self.restart(line),
        }
    }

    /// A blank line ends a row, unless a terminal wrapped a row where it had nothing but spaces.
    fn blank(&mut self) -> Option<Row> {
        match (&mut self.pending, self.width) {
            (Pending::Part(part), Some(width)) if !part.is_empty() && part.len() <= LONGEST => {
                part.extend(std::iter::repeat_n(' ', width.saturating_sub(self.last) + width));
                self.last = width;
                None
            }
            _ => self.flush(),
        }
    }

    /// Rules in several lines under the captions say where the terminal wrapped.
    fn rule(&mut self, length: usize) {
        if let (false, Some(first)) = (self.started, self.rule) {
            self.width = self.width.or(Some(first));
        }
        self.rule = self.rule.or(Some(length));
    }

    fn flush(&mut self) -> Option<Row> {
        self.last = 0;
        match std::mem::replace(&mut self.pending, Pending::Part(String::new())) {
            Pending::Whole(row) => Some(row),
            Pending::Part(_) => None,
        }
    }

    fn restart(&mut self, line: &str) {
        self.last = line.chars().count();
        self.settle(line.to_owned());
    }

    fn settle(&mut self, text: String) {
        self.pending = row(&text, self.columns).map_or(Pending::Part(text), Pending::Whole);
    }

    /// Whether the line that came after `TOTAL` says that files are left out.
    pub fn skipped(&self) -> bool {
        matches!(&self.pending, Pending::Part(part) if part.contains("skipped due to complete coverage"))
    }
}

/// Whether a line goes on with the missing lines of the row before it.
fn continues(line: &str, columns: Columns) -> bool {
    columns.missing && line.chars().all(|c| c.is_ascii_digit() || " ,->exit".contains(c))
}
