//! One file in coverage.py's JSON: its lists go straight into line sets.

use crate::base::Ratio;
use crate::base::document::digits;
use crate::domain::coverage::collect::Collected;
use crate::domain::coverage::json_regions::{Contexts, ContextsSeed, Regions};
use crate::domain::coverage::summary::Summary;
use crate::domain::coverage::{Arc, FileCoverage, LineSet};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// One file as the report has it.
#[derive(Default)]
pub(in crate::domain::coverage) struct Entry {
    /// The lines that ran, statements or not.
    pub executed: Option<LineSet>,
    /// The statements that did not run.
    pub missing: Option<LineSet>,
    /// The lines that are left out.
    pub excluded: Option<LineSet>,
    /// The branches that were taken.
    pub executed_branches: Option<Vec<Arc>>,
    /// The branches that were not taken.
    pub missing_branches: Option<Vec<Arc>>,
    /// What coverage.py counted.
    pub summary: Option<Summary>,
    /// What each context executed, by its place among all contexts.
    pub contexts: Vec<(u32, LineSet)>,
    /// Functions that were entered, of all.
    pub functions: Ratio,
    /// Classes in which a method ran, of all.
    pub classes: Ratio,
}

impl Entry {
    /// Whether it says anything about branches.
    pub const fn has_branches(&self) -> bool {
        self.missing_branches.is_some() || self.executed_branches.is_some()
    }

    /// Whether it has what every file has, and does not contradict itself.
    pub fn is_possible(&self) -> bool {
        self.executed.as_ref().zip(self.missing.as_ref()).is_some_and(|(ran, missed)| ran.is_disjoint(missed))
    }

    /// The file, how many executed lines are no statements, and whether its summary is not believed.
    pub fn into_file(self) -> (FileCoverage, u64, bool) {
        let excluded = self.excluded.unwrap_or_default();
        let missing = self.missing.unwrap_or_default();
        let mut covered = self.executed.unwrap_or_default();
        covered.subtract(&excluded);
        let mut missing_branches = self.missing_branches.unwrap_or_default();
        missing_branches.sort_unstable();
        missing_branches.dedup();
        let taken = self.executed_branches.unwrap_or_default().len() as u64;
        let counted = Summary::count(&covered, &missing, &excluded, taken, &missing_branches);
        let declared = self.summary.as_ref().map(|summary| summary.believed(&counted));
        let counts = declared.flatten().unwrap_or(counted);
        let extra = counted.covered.saturating_sub(counts.covered);
        let statements = &covered | &missing;
        let file = FileCoverage { path: String::new(), statements, covered, excluded, missing_branches, counts };
        (file, extra, declared == Some(None))
    }
}

/// Reads one file; the names of its contexts go into the table of all.
pub(in crate::domain::coverage) struct EntrySeed<'a>(pub &'a mut Contexts);

impl<'de> DeserializeSeed<'de> for EntrySeed<'_> {
    type Value = Entry;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entry, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EntrySeed<'_> {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what ran in a file (an object)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let mut entry = Entry::default();
        while let Some(key) = map.next_key::<Key<'de>>()? {
            match key.0.as_ref() {
                "executed_lines" => once(&mut entry.executed, "executed_lines", map.next_value::<Lines>()?.0)?,
                "missing_lines" => once(&mut entry.missing, "missing_lines", map.next_value::<Lines>()?.0)?,
                "excluded_lines" => once(&mut entry.excluded, "excluded_lines", map.next_value::<Lines>()?.0)?,
                "executed_branches" => {
                    once(&mut entry.executed_branches, "executed_branches", map.next_value::<Arcs>()?.0)?;
                }
                "missing_branches" => {
                    once(&mut entry.missing_branches, "missing_branches", map.next_value::<Arcs>()?.0)?;
                }
                "summary" => once(&mut entry.summary, "summary", map.next_value()?)?,
                "contexts" => entry.contexts = map.next_value_seed(ContextsSeed(self.0))?,
                "functions" => entry.functions = map.next_value::<Regions>()?.0,
                "classes" => entry.classes = map.next_value::<Regions>()?.0,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let (Some(executed), Some(missing)) = (&entry.executed, &entry.missing) else {
            return Err(A::Error::custom("a file has no executed_lines or no missing_lines"));
        };
        if !executed.is_disjoint(missing) {
            return Err(A::Error::custom("a line is executed and missing at once"));
        }
        Ok(entry)
    }
}

/// A list of line numbers, put into a set one by one.
struct Lines(LineSet);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        if let Some(lines) = plain_lines(text.as_bytes()) {
            return Ok(Self(lines));
        }
        // Where in the text it goes wrong says nothing about where in the document.
        let bare = |error: serde_json::Error| {
            let error = error.to_string();
            D::Error::custom(error.rsplit_once(" at line ").map_or(&*error, |(what, _)| what))
        };
        serde_json::Deserializer::from_str(text).deserialize_seq(Numbers).map(Self).map_err(bare)
    }
}

/// The lines of a list that is written as most are, `[1, 2, 3]`; nothing for any other.
fn plain_lines(text: &[u8]) -> Option<LineSet> {
    let mut lines = Collected::default();
    let mut rest = text.strip_prefix(b"[")?;
    while let Some((line, after)) = digits(rest) {
        lines.add(u32::try_from(line).ok().filter(|line| *line <= LineSet::LAST)?);
        rest = match after {
            [b',', b' ', after @ ..] | [b',', after @ ..] => after,
            after => {
                rest = after;
                break;
            }
        };
    }
    (rest == b"]").then(|| lines.finish())
}

/// A list of line numbers, however it is written.
struct Numbers;

impl<'de> Visitor<'de> for Numbers {
    type Value = LineSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of line numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<LineSet, A::Error> {
        let mut lines = Collected::default();
        while let Some(number) = numbers.next_element::<i64>()? {
            match u32::try_from(number) {
                // coverage.py 5.5 on Python 3.11 writes line 0, which is no line.
                Ok(line) if line <= LineSet::LAST => lines.add(line),
                _ => return Err(A::Error::custom(format_args!("{number} is no line number"))),
            };
        }
        Ok(lines.finish())
    }
}

/// A list of arcs.
struct Arcs(Vec<Arc>);

impl<'de> Deserialize<'de> for Arcs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Arcs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of pairs of line numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Arcs, A::Error> {
                let end = |number: i64| {
                    let line = i32::try_from(number).ok().filter(|line| line.unsigned_abs() <= LineSet::LAST);
                    line.ok_or_else(|| A::Error::custom(format_args!("{number} is no line number")))
                };
                let mut arcs = Vec::new();
                while let Some((from, to)) = pairs.next_element::<(i64, i64)>()? {
                    arcs.push((end(from)?, end(to)?));
                }
                Ok(Arcs(arcs))
            }
        }
        deserializer.deserialize_seq(Pairs)
    }
}

/// A key that borrows from the document where it has no escapes.
#[derive(Deserialize)]
pub(in crate::domain::coverage) struct Key<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// Fills a slot that may be filled once only: a repeated key is an error, not a choice.
pub(in crate::domain::coverage) fn once<T, E: Error>(
    slot: &mut Option<T>,
    name: &'static str,
    value: T,
) -> Result<(), E> {
    if slot.replace(value).is_some() { Err(E::duplicate_field(name)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{Lines, plain_lines};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_list_means_the_same_in_its_short_and_its_long_form(
            text in "\\[(([0-9]{1,3}|16777217|-1|1e3|x)(, ?| )?){0,5}\\]",
        ) {
            let read = |text: &str| serde_json::from_str::<Lines>(text).map(|lines| lines.0).map_err(|error| {
                error.to_string().split(" at line").next().map(str::to_owned)
            });
            if plain_lines(text.as_bytes()).is_some() {
                prop_assert_eq!(read(&text), read(&text.replace(']', " ]")), "{}", text);
            }
        }
    }
}
