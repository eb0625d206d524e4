//! Adding an entry to the text of the list, renaming one, and taking one out: whatever else stands there stays byte for byte.

use crate::domain::quarantine::Entry;
use crate::domain::quarantine::list::is_head;
use crate::domain::suite::TestId;
use std::borrow::Cow;
use std::fmt::Write as _;
use toml::Value;

/// What stands at the beginning of a new list.
const HEAD: &str = "\
# Tests in quarantine: they are known to fail now and then, and do not count until they are mended or the last day is over.
# `lacuna quarantine` shows what the history says of each.
";

/// The text with one more entry at its end.
#[must_use]
pub fn added(text: &str, entry: &Entry) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = if text.trim().is_empty() { HEAD.to_owned() } else { text.to_owned() };
    if !out.ends_with('\n') {
        out.push_str(end);
    }
    out.push_str(end);
    out.push_str(&written(entry).replace('\n', end));
    out
}

/// The text without the entry whose id stands on that line, from 1, and without the comment right above it; nothing where
/// no head of an entry is found.
#[must_use]
pub fn removed(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let head = lines.iter().take(line).rposition(|line| is_head(line))?;
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let above = lines.iter().take(head).rev().take_while(|line| is_comment(line)).count();
    // A comment at the very beginning is about the list.
    let start = if above == head { head } else { head - above };
    let body = lines.iter().skip(head + 1).take_while(|line| !line.trim_start().starts_with('[')).count();
    let is_idle = |line: &&&str| line.trim().is_empty() || is_comment(line);
    let inside = lines.get(head + 1..head + 1 + body).unwrap_or_default();
    let mut end = head + 1 + body - inside.iter().rev().take_while(|line| is_idle(line)).count();
    // Of the empty lines before and behind it, one is enough.
    let has_gap = start == 0 || lines.get(start - 1).is_none_or(|line| line.trim().is_empty());
    end += usize::from(has_gap && lines.get(end).is_some_and(|line| line.trim().is_empty()));
    let mut left: Vec<&str> = lines.iter().take(start).chain(lines.iter().skip(end)).copied().collect();
    while end >= lines.len() && left.last().is_some_and(|line| line.trim().is_empty()) {
        left.pop();
    }
    Some(left.concat())
}

/// The text with another id for the entry whose id stands on that line, from 1; nothing where the id does not stand there as
/// a plain text.
#[must_use]
pub fn renamed(text: &str, line: usize, old: &TestId, new: &TestId) -> Option<String> {
    let mut lines: Vec<Cow<'_, str>> = text.split_inclusive('\n').map(Cow::Borrowed).collect();
    let place = lines.get_mut(line.checked_sub(1)?)?;
    let forms = [quoted(old.as_str()), format!("\"{}\"", old.as_str()), format!("'{}'", old.as_str())];
    let form = forms.iter().find(|form| place.matches(form.as_str()).count() == 1)?;
    *place = Cow::Owned(place.replacen(form.as_str(), &quoted(new.as_str()), 1));
    Some(lines.concat())
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// An entry as it stands in the list.
fn written(entry: &Entry) -> String {
    let mut out = format!("[[test]]\nid = {}\nreason = {}\n", quoted(entry.id.as_str()), quoted(&entry.reason));
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            // Writing to a text never fails.
            let _ = writeln!(out, "{name} = {value}");
        }
    };
    put("owner", entry.owner.as_deref().map(quoted));
    put("since", entry.since.map(|day| day.to_string()));
    put("expires", entry.expires.map(|day| day.to_string()));
    put("signature", entry.signature.as_deref().map(quoted));
    put("link", entry.link.as_deref().map(quoted));
    out
}

#[cfg(test)]
mod tests {
    use super::{added, removed, renamed};
    use crate::base::Day;
    use crate::domain::quarantine::{Entry, Quarantine};
    use crate::domain::suite::TestId;
    use proptest::prelude::*;

    const LIST: &str = "# The list.\n\n# why: see 7\n[[test]] # first\nid = \"a\"\nreason = \"x\"\n# loose\n\n[[test]]\nid = \"b\"\nreason = \"y\"\n\n# about c\n[[test]]\nid = \"c\"\nreason = \"z\"\n";

    fn entry(id: &str) -> Entry {
        Entry { expires: Day::parse("2026-12-31"), ..Entry::new(TestId::new(id), "it's \"odd\"") }
    }

    fn ids(text: &str) -> Vec<String> {
        let list = Quarantine::read(text, "list");
        assert_eq!(list.problems, []);
        list.entries.iter().map(|entry| entry.id.as_str().to_owned()).collect()
    }

    #[test]
    fn an_entry_comes_at_the_end_and_all_else_stays() {
        let text = added(LIST, &entry("d"));
        assert!(text.starts_with(LIST));
        assert_eq!(ids(&text), ["a", "b", "c", "d"]);
        let new = added("", &entry("a"));
        assert!(new.starts_with("# Tests in quarantine") && ids(&new) == ["a"], "{new}");
        assert!(added("# mine\r\n", &entry("a")).ends_with("expires = 2026-12-31\r\n"));
    }

    #[test]
    fn an_entry_goes_with_the_comment_above_it_and_all_else_stays() {
        let without = |id: &str| {
            let line =
                Quarantine::read(LIST, "list").entries.iter().find(|entry| entry.id.as_str() == id).unwrap().line;
            removed(LIST, line).unwrap()
        };
        assert_eq!(without("a"), LIST.replace("# why: see 7\n[[test]] # first\nid = \"a\"\nreason = \"x\"\n", ""));
        assert_eq!(without("b"), LIST.replace("[[test]]\nid = \"b\"\nreason = \"y\"\n\n", ""));
        assert_eq!(without("c"), LIST.replace("\n# about c\n[[test]]\nid = \"c\"\nreason = \"z\"\n", ""));
        assert_eq!(removed("# the list\n[[test]]\nid = \"a\"\n", 3).unwrap(), "# the list\n");
        assert_eq!(removed("test = [{ id = \"a\" }]\n", 1), None);
    }

    #[test]
    fn an_entry_gets_another_id_and_all_else_stays() {
        let renamed =
            |text: &str, line, old: &str| renamed(text, line, &TestId::new(old), &TestId::new("t.py::n['x']"));
        let check = |text: &str, line, old: &str, expect: Option<&str>| {
            assert_eq!(renamed(text, line, old).as_deref(), expect, "{text}");
        };
        check(LIST, 5, "a", Some(LIST.replace("id = \"a\"", "id = \"t.py::n['x']\"").as_str()));
        check("[[test]]\r\nid='a' # why\r\n", 2, "a", Some("[[test]]\r\nid=\"t.py::n['x']\" # why\r\n"));
        check("test = [{ id = 'a' }, { id = 'a' }]\n", 1, "a", None);
        check(LIST, 6, "a", None);
        check(LIST, 99, "a", None);
    }

    proptest! {
        #[test]
        fn what_is_added_is_read_back_and_taking_it_out_leaves_the_list(
            known in prop::collection::btree_set("[a-c]{1,2}", 0..4),
            id in "\\PC{1,20}[^a-c\\PC]?[d-z]",
            reason in "[^\n\r]{1,20}",
            owner in prop::option::of("[^\n\r]{1,8}"),
        ) {
            let text = known.iter().fold(String::new(), |text, id| added(&text, &entry(id)));
            let new = Entry { owner, ..Entry { reason, ..entry(&id) } };
            let with = added(&text, &new);
            let list = Quarantine::read(&with, "list");
            let found = list.entries.last().unwrap();
            prop_assert!(found.says_the_same(&new), "{with}");
            let without = removed(&with, found.line).unwrap();
            if !known.is_empty() {
                prop_assert_eq!(without, text);
            }
        }
    }
}
