//! How every report begins: what it is of, when it was made and on which commit, and what changed since the last one.

use crate::base::{Problem, Severity, Stamp};
use crate::domain::report::page::{Block, Item, Section, Tone, Words, words_of};
use crate::domain::report::{Kept, ranges};
use serde_json::{Value, json};

/// What a report is of, and when it was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// The name of the project.
    pub project: String,
    /// When it was made.
    pub at: Stamp,
    /// The commit that is checked out, where there is one.
    pub commit: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
    /// Whether files differ from that commit.
    pub dirty: bool,
    /// What went wrong while the report was made.
    pub problems: Vec<Problem>,
}

impl Opening {
    /// The first facts of a page: when, and on which commit.
    #[must_use]
    pub fn facts(&self) -> Vec<(&'static str, Words)> {
        let mut facts = vec![("made", Words::from(moment(self.at)))];
        if let Some(commit) = &self.commit {
            let branch = self.branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
            let dirty = if self.dirty { ", with changes that are not committed" } else { "" };
            facts.push(("commit", Words::new().code(short(commit)).plain(format!("{branch}{dirty}"))));
        }
        facts
    }

    /// What is kept of a report of this kind, still without figures.
    #[must_use]
    pub fn kept(&self, kind: &str, of: &str) -> Kept {
        Kept { kind: kind.to_owned(), of: of.to_owned(), at: self.at, ..Kept::default() }
    }

    /// What went wrong, as the last section; nothing where nothing did.
    #[must_use]
    pub fn problems(&self) -> Option<Section> {
        let item = |problem: &Problem| {
            let tone = if problem.severity == Severity::Note { Tone::Plain } else { Tone::Open };
            Item::new(tone, Words::ticked(&problem.to_string()))
        };
        let items: Vec<Item> = self.problems.iter().map(item).collect();
        let data = items.iter().map(|item| Value::from(words_of(&item.words))).collect();
        let section = Section {
            key: "problems",
            title: "What could not be read".to_owned(),
            blocks: vec![Block::List(items)],
            data,
        };
        (!self.problems.is_empty()).then_some(section)
    }
}

/// What changed since the last report, as the first section.
#[must_use]
pub fn changes(now: &Kept, before: Option<&Kept>) -> Section {
    let Some(before) = before else {
        let words = "This is the first report of this kind here. The next one begins with what changed since.";
        return Section {
            key: "changes",
            title: "What changed".to_owned(),
            blocks: vec![Block::Paragraph(words.into())],
            data: json!({ "since": null, "items": [] }),
        };
    };
    let items = now.changes(before);
    let data = items.iter().map(|item| json!({ "means": item.tone.class(), "words": words_of(&item.words) }));
    let data = json!({ "since": before.at.rfc3339(), "items": data.collect::<Vec<_>>() });
    let block = match items.is_empty() {
        true => Block::Paragraph("Nothing that this report tells has changed.".into()),
        false => Block::List(items),
    };
    Section { key: "changes", title: format!("Since the report of {}", moment(before.at)), blocks: vec![block], data }
}

/// A point in time to the minute, as people write it.
#[must_use]
pub fn moment(at: Stamp) -> String {
    let text = at.rfc3339();
    text.get(..16).map_or(text.clone(), |minute| format!("{} UTC", minute.replace('T', " ")))
}

/// The day of a point in time.
#[must_use]
pub fn day(at: Stamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

/// The first nine characters of a commit.
#[must_use]
pub fn short(commit: &str) -> String {
    commit.chars().take(9).collect()
}

/// So many things: `1 test`, `3 tests`.
#[must_use]
pub fn counted(count: u64, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// Lines of a file, as many as a person reads.
#[must_use]
pub fn some_lines(lines: &crate::domain::coverage::LineSet) -> String {
    const LONGEST: usize = 90;
    let text = ranges(lines);
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => {
            let head = text.get(..end).unwrap_or_default();
            format!("{}, …", head.rsplit_once(',').map_or(head, |(head, _)| head))
        }
    }
}
