//! Joins lines to rows of a coverage table: terminals wrap rows anywhere, people at spaces.

use crate::domain::coverage::rows::{Columns, Row, markdown_row, row};

/// Makes rows of lines, which a terminal may have wrapped anywhere and a person at spaces.
pub(in crate::domain::coverage) struct Joiner {
    columns: Columns,
    markdown: bool,
    pending: String,
    /// The length of the last line that went into `pending`.
    last: usize,
    /// The width at which a terminal wrapped every line, known from the rule under the captions.
    width: Option<usize>,
    rule: Option<usize>,
    in_rule: bool,
    started: bool,
}

impl Joiner {
    /// A joiner for a table with these columns, in plain text or in Markdown.
    pub const fn new(columns: Columns, markdown: bool) -> Self {
        Self {
            columns,
            markdown,
            pending: String::new(),
            last: 0,
            width: None,
            rule: None,
            in_rule: false,
            started: false,
        }
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
        match row(&self.pending, self.columns) {
            Some(done) if done.name != "TOTAL" && self.continues(line) => {
                self.extend(line);
                None
            }
            Some(done) => {
                self.restart(line);
                Some(done)
            }
            None => {
                self.complete(line);
                None
            }
        }
    }

    /// Adds a line to a row that is not complete yet, or starts again with it.
    fn complete(&mut self, line: &str) {
        let whole = row(line, self.columns).is_some();
        match self.width {
            Some(width) if !self.pending.is_empty() && (!whole || self.last == width) => {
                self.pending.extend(std::iter::repeat_n(' ', width.saturating_sub(self.last)));
                self.extend(line);
            }
            None if !self.pending.is_empty() && !whole => {
                let joined = format!("{} {line}", self.pending);
                if row(&joined, self.columns).is_some() {
                    self.pending = joined;
                } else {
                    self.restart(line);
                }
            }
            _ => self.restart(line),
        }
    }

    /// Whether a line goes on with the missing lines of the row before it.
    fn continues(&self, line: &str) -> bool {
        self.columns.missing && line.chars().all(|c| c.is_ascii_digit() || " ,->exit".contains(c))
    }

    /// A blank line ends a row, unless a terminal wrapped a row where it had nothing but spaces.
    fn blank(&mut self) -> Option<Row> {
        match self.width {
            Some(width) if !self.pending.is_empty() && row(&self.pending, self.columns).is_none() => {
                let fill = width.saturating_sub(self.last) + width;
                self.pending.extend(std::iter::repeat_n(' ', fill));
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
        let done = row(&self.pending, self.columns);
        self.restart("");
        done
    }

    fn extend(&mut self, line: &str) {
        self.pending.push_str(line);
        self.last = line.chars().count();
    }

    fn restart(&mut self, line: &str) {
        self.pending.clear();
        self.extend(line);
    }

    /// Whether the line that came after `TOTAL` says that files are left out.
    pub fn skipped(&self) -> bool {
        self.pending.contains("skipped due to complete coverage")
    }
}
