//! The list of quarantined tests, read from its text: what is wrong in it becomes a problem, and the rest still holds.

use crate::base::{Day, Problem};
use crate::domain::quarantine::Entry;
use crate::domain::suite::TestId;
use toml::de::{DeTable, DeValue};

/// What an entry may say.
const KEYS: &str = "id, reason, owner, since, expires, signature, link";
/// Under which name the entries stand.
pub(super) const TABLE: &str = "test";

/// The tests in quarantine, in the order of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quarantine {
    /// The entries that can be understood. Each id stands there once.
    pub entries: Vec<Entry>,
    /// What is wrong with the list.
    pub problems: Vec<Problem>,
}

impl Quarantine {
    /// Reads a list; `origin` is its name. An entry that cannot be understood is not applied, and all others are, even
    /// where the text is no TOML as a whole.
    #[must_use]
    pub fn read(text: &str, origin: &str) -> Self {
        let mut reader = Reader { origin, list: Self::default() };
        if let Ok(document) = DeTable::parse(text) {
            reader.document(document.get_ref(), text, 0);
            return reader.list;
        }
        // Each entry begins with a line of its own, so that what is broken is one of them.
        for (first, part) in parts(text) {
            match DeTable::parse(part) {
                Ok(document) => reader.document(document.get_ref(), part, first),
                Err(error) => {
                    let line = first + error.span().map_or(1, |span| line_of(part, span.start));
                    let what = error.message().lines().next().unwrap_or("is no TOML").to_owned();
                    reader.complain(line, what, "this entry is not used until it can be read");
                }
            }
        }
        reader.list
    }

    /// The entries whose last day is not over.
    pub fn in_force(&self, today: Day) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| !entry.has_expired(today))
    }

    /// The entry in force that stands for a test.
    #[must_use]
    pub fn of(&self, test: &TestId, today: Day) -> Option<&Entry> {
        self.in_force(today).find(|entry| entry.covers(test))
    }
}

/// The parts of a text that begin with the head of an entry, and what stands before the first; each with the number of lines
/// before it.
fn parts(text: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let (mut start, mut first, mut at) = (0, 0, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if is_head(line) {
            parts.push((first, text.get(start..at).unwrap_or_default()));
            (start, first) = (at, number);
        }
        at += line.len();
    }
    parts.push((first, text.get(start..).unwrap_or_default()));
    parts
}

/// Whether a line is the head of an entry.
pub(super) fn is_head(line: &str) -> bool {
    let name = line.trim_start().strip_prefix("[[").and_then(|rest| rest.split_once("]]"));
    name.is_some_and(|(name, _)| name.trim() == TABLE)
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

struct Reader<'a> {
    origin: &'a str,
    list: Quarantine,
}

impl Reader<'_> {
    fn complain(&mut self, line: usize, what: impl AsRef<str>, hint: &str) {
        let problem = Problem::warning(format!("{}:{line}", self.origin), what);
        self.list.problems.push(problem.hint(hint));
    }

    /// Takes the entries of a document that begins after so many lines of the list.
    fn document(&mut self, document: &DeTable<'_>, text: &str, before: usize) {
        let mut rows: Vec<_> = document.iter().collect();
        rows.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in rows {
            let line = before + line_of(text, key.span().start);
            match value.get_ref() {
                DeValue::Array(entries) if key.get_ref() == TABLE => {
                    for entry in entries.iter() {
                        let line = before + line_of(text, entry.span().start);
                        match entry.get_ref() {
                            DeValue::Table(table) => self.entry(table, text, (before, line)),
                            other => self.complain(line, format!("an entry is a table, not {}", a(other)), ENTRY),
                        }
                    }
                }
                _ => self.complain(line, format!("{} is no entry", key.get_ref()), ENTRY),
            }
        }
    }

    fn entry(&mut self, table: &DeTable<'_>, text: &str, (before, line): (usize, usize)) {
        let mut entry = Entry { line, ..Entry::new(TestId::new(""), "") };
        let mut is_sound = true;
        let mut rows: Vec<_> = table.iter().collect();
        rows.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in rows {
            let (name, value) = (key.get_ref().as_ref(), value.get_ref());
            let line = before + line_of(text, key.span().start);
            if name == "id" {
                entry.line = line;
            }
            let taken = match name {
                "id" => value.as_str().map(|id| entry.id = TestId::new(id)),
                "reason" => value.as_str().map(|reason| entry.reason = reason.to_owned()),
                "owner" => value.as_str().map(|owner| entry.owner = Some(owner.to_owned())),
                "link" => value.as_str().map(|link| entry.link = Some(link.to_owned())),
                "signature" => value.as_str().map(|words| entry.signature = Some(words.to_owned())),
                "since" => day(value).map(|day| entry.since = Some(day)),
                "expires" => day(value).map(|day| entry.expires = Some(day)),
                _ => {
                    self.complain(line, format!("an entry has no {name}"), &format!("it may have {KEYS}"));
                    continue;
                }
            };
            if taken.is_none() {
                let is_vital = matches!(name, "id" | "expires");
                is_sound &= !is_vital;
                let wants = if matches!(name, "since" | "expires") { "a day as 2026-12-31" } else { "a text" };
                let hint =
                    if is_vital { "this entry is not used until that is mended" } else { "the entry holds without it" };
                self.complain(line, format!("{name} wants {wants}, not {}", a(value)), hint);
            }
        }
        self.keep(entry, is_sound);
    }

    fn keep(&mut self, entry: Entry, is_sound: bool) {
        let line = entry.line;
        if is_sound && entry.id.as_str().is_empty() {
            self.complain(line, "the entry names no test", "give it an id, such as tests/test_cart.py::test_total");
        } else if let Some(first) = self.list.entries.iter().find(|known| known.id == entry.id).map(|known| known.line)
        {
            let what = format!("{} stands in line {first} already", entry.id.clean());
            self.complain(line, what, "the first entry counts");
        } else if is_sound {
            if entry.reason.trim().is_empty() {
                self.complain(line, format!("{} has no reason", entry.id.clean()), "say why it is in quarantine");
            }
            self.list.entries.push(entry);
        }
    }
}

/// What an entry looks like.
const ENTRY: &str = "an entry is [[test]] with an id and a reason";

/// A day, as a day or as a text.
fn day(value: &DeValue<'_>) -> Option<Day> {
    if let Some(text) = value.as_str() {
        return Day::parse(text);
    }
    let date = value.as_datetime()?.date?;
    Day::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?)
}

/// What a value is.
fn a(value: &DeValue<'_>) -> String {
    match value.as_str() {
        Some(text) => format!("{text:?}"),
        None => format!("this {}", value.type_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::Quarantine;
    use crate::base::Day;
    use crate::domain::suite::TestId;
    use proptest::prelude::*;

    const LIST: &str = r#"
# Why these are here: see the wiki.
[[test]]
id = "tests/test_cart.py::test_total"
reason = "races with the cache"
owner = "alice"
since = 2026-11-01
expires = 2026-12-01
link = "https://example.org/7"

[[test]]
id = "tests/test_mail.py"   # all of it
reason = "the server is slow"
expires = "2026-11-20"
"#;

    fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let list = Quarantine::read(text, "list");
        let entries = list.entries.iter().map(|entry| format!("{}:{}", entry.line, entry.id.as_str())).collect();
        (entries, list.problems.iter().map(|problem| problem.to_string()).collect())
    }

    #[test]
    fn a_list_is_read_with_its_places() {
        let list = Quarantine::read(LIST, "list");
        assert_eq!(list.problems, []);
        let [cart, mail] = list.entries.as_slice() else { panic!("{list:?}") };
        assert_eq!(
            (cart.line, cart.owner.as_deref(), cart.reason.as_str()),
            (4, Some("alice"), "races with the cache")
        );
        assert_eq!(cart.terms(), "alice, since 2026-11-01, until 2026-12-01");
        assert_eq!((mail.line, mail.since), (12, None));
        let today = Day::parse("2026-11-26").unwrap();
        assert_eq!(list.in_force(today).count(), 1, "one has expired");
        assert!(list.of(&TestId::new("tests/test_cart.py::test_total[1]"), today).is_some());
        assert!(list.of(&TestId::new("tests/test_mail.py::test_x"), today).is_none());
        assert!(list.of(&TestId::new("tests/test_mail.py::test_x"), Day::parse("2026-11-20").unwrap()).is_some());
    }

    #[test]
    fn a_broken_entry_is_named_and_the_others_hold() {
        let (entries, problems) = read(
            "[[test]]\nid = \"a\"\nreason = \"x\"\n\n[[test]]\nid = \"b\nreason = \"y\"\n\n[[test]]\nid = \"c\"\nreason = \"z\"\n",
        );
        assert_eq!(entries, ["2:a", "10:c"]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("list:6: ") && problems[0].contains("is not used"), "{problems:?}");
    }

    #[test]
    fn an_entry_that_might_never_end_is_not_applied() {
        let (entries, problems) = read(
            "[[test]]\nid = \"a\"\nreason = \"x\"\nexpires = \"soon\"\n[[test]]\nid = \"b\"\nreason = \"x\"\nowner = 3\n",
        );
        assert_eq!(entries, ["6:b"]);
        assert_eq!(
            problems,
            [
                "list:4: expires wants a day as 2026-12-31, not \"soon\" (this entry is not used until that is mended)",
                "list:8: owner wants a text, not this integer (the entry holds without it)"
            ]
        );
    }

    #[test]
    fn what_is_missing_twice_there_or_unknown_is_said() {
        let (entries, problems) = read(
            "tests = 1\n[[test]]\nreason = \"x\"\n[[test]]\nid = \"a\"\n[[test]]\nid = \"a\"\nreason = \"z\"\nown = 1\n",
        );
        assert_eq!(entries, ["5:a"]);
        let wanted = [
            "list:1: tests is no entry",
            "list:2: the entry names no test",
            "list:5: a has no reason",
            "list:9: an entry has no own",
            "list:7: a stands in line 5 already",
        ];
        assert_eq!(problems.len(), wanted.len(), "{problems:?}");
        wanted.iter().zip(&problems).for_each(|(wanted, found)| assert!(found.starts_with(wanted), "{found}"));
        assert_eq!(read("test = [1, \"x\"]").1.len(), 2);
        assert_eq!(read(""), (vec![], vec![]));
    }

    proptest! {
        #[test]
        fn any_text_gives_a_list(text in "(\\[\\[test\\]\\]\n|id = \"a\"\n|[\\PC\n]{0,20}){0,6}") {
            let _ = Quarantine::read(&text, "list");
        }
    }
}
