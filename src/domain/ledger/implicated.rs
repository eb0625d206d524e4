//! Whether a test ran code that differs between two states of the sources, and which: what a failure may come from.

use crate::base::RepoPath;
use crate::domain::coverage::LineSet;
use crate::domain::ledger::at_import::{AtImport, Meant};
use crate::domain::ledger::edit::Edit;
use crate::domain::ledger::version::Shape;
use crate::domain::ledger::{Ledger, Named, Reason, Unit, body, reach};
use crate::domain::python::{Part, PartKind, parts};
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet};

/// Changed code that a test ran.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RanChange {
    /// The file in which it changed.
    pub path: RepoPath,
    /// The function, or the names outside functions, that it belongs to; may be empty.
    pub name: String,
    /// The changed lines in the newer state, each stretch by its first and last line; none where code only went away.
    pub lines: Vec<(u32, u32)>,
    /// Whether the test is known to have run these very lines, and not only the function around them.
    pub exact: bool,
}

/// What the evidence says of a test and one changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Implicated {
    /// It ran nothing of what changed.
    Spared,
    /// It ran this.
    Ran(Vec<RanChange>),
    /// The evidence cannot tell, for this reason.
    Unknown(&'static str),
}

impl Ledger {
    /// Whether what a test ran is known test by test.
    #[must_use]
    pub fn is_followed(&self, test: &TestId) -> bool {
        self.has_contexts() && self.knows(test)
    }

    /// Whether a test ran code of a file that differs between two texts of it; nothing stands for a file that is not there.
    /// The evidence has to stand on one of them, as far as the functions that the test ran are concerned.
    #[must_use]
    pub fn implicated(&self, test: &TestId, path: &RepoPath, before: Option<&str>, after: Option<&str>) -> Implicated {
        if before == after {
            return Implicated::Spared;
        }
        let Some(book) = self.book(path) else { return Implicated::Unknown("it is not measured") };
        let Some(evidence) = book.test(test) else {
            let is_whole = !book.is_lower_bound() && !book.is_union();
            return if is_whole { Implicated::Spared } else { Implicated::Unknown("it is not known who ran it") };
        };
        let measured = book.versions.get(evidence.version).and_then(|version| version.text.as_deref());
        let Some(measured) = measured else {
            return Implicated::Unknown("its source at the measurement is not known");
        };
        let reasons = |text: Option<&str>| {
            let edit = self.edited(path, text).filter(|_| Some(measured) != text);
            edit.and_then(|mut edit| edit.tests.remove(test)).map(|touched| touched.reasons).unwrap_or_default()
        };
        let reasons = match (reasons(before), reasons(after)) {
            (then, now) if then.is_empty() && now.is_empty() => return Implicated::Spared,
            (then, now) if then.is_empty() => now,
            (then, now) if now.is_empty() => then,
            _ => return Implicated::Unknown("it changed again since the test was measured"),
        };
        let ran = (Some(measured) == after).then(|| evidence.ran.all_lines());
        let found: BTreeSet<RanChange> = match (before, after) {
            (Some(before), Some(after)) => {
                let sides = Sides::new(before, after);
                reasons.iter().filter_map(|reason| sides.change(path, reason, ran.as_ref())).collect()
            }
            _ => {
                let lines = ran.as_ref().map(stretches).unwrap_or_default();
                let exact = !lines.is_empty();
                [RanChange { path: path.clone(), name: String::new(), lines, exact }].into()
            }
        };
        Implicated::Ran(found.into_iter().collect())
    }

    /// The changed names of other files that functions use which a test ran. Each changed file comes with its texts before
    /// and after.
    #[must_use]
    pub fn implicated_by_names(
        &self,
        test: &TestId,
        changed: &BTreeMap<RepoPath, (Option<&str>, Option<&str>)>,
    ) -> Vec<RanChange> {
        let names = |(before, after): &(Option<&str>, Option<&str>)| {
            let parts = |text: &Option<&str>| text.map(parts).unwrap_or_default();
            AtImport::between(&parts(before), &parts(after)).meant
        };
        let names: BTreeMap<RepoPath, Meant> =
            changed.iter().map(|(path, texts)| (path.clone(), names(texts))).filter(|row| !row.1.is_empty()).collect();
        let words: Vec<&str> = names.keys().map(word).collect();
        if words.is_empty() {
            return Vec::new();
        }
        let ran = self.ran_by(test);
        let units: Vec<Unit> = ran
            .iter()
            .filter(|(_, text, _)| words.iter().any(|word| text.contains(word)))
            .map(|(path, text, _)| Unit::read(path, text))
            .collect();
        let reached = reach(&names, &units.iter().collect::<Vec<_>>(), &|path| self.run_at_import(path));
        let mut found = BTreeSet::new();
        for (path, text, lines) in ran {
            let Some(named) = reached.get(path) else { continue };
            for (_, name, origin) in used(&parts(text), named, &lines) {
                let texts = changed.get(origin).copied().unwrap_or_default();
                let sides = Sides::new(texts.0.unwrap_or_default(), texts.1.unwrap_or_default());
                found.extend(sides.change(origin, &Reason::Name(origin.clone(), name.clone()), None));
            }
        }
        found.into_iter().collect()
    }

    /// The files that a test ran something in, each with the text that this was measured on and the lines there.
    fn ran_by(&self, test: &TestId) -> Vec<(&RepoPath, &str, LineSet)> {
        let of = |path| {
            let book = self.book(path)?;
            let evidence = book.test(test)?;
            let text = book.versions.get(evidence.version)?.text.as_deref()?;
            Some((path, text, evidence.ran.all_lines()))
        };
        self.files().filter_map(of).collect()
    }

    /// The files that a test ran something in, each with the lines in the text that it was measured on.
    #[must_use]
    pub fn lines_run_by(&self, test: &TestId) -> Vec<(RepoPath, LineSet)> {
        self.ran_by(test).into_iter().map(|(path, _, lines)| (path.clone(), lines)).collect()
    }
}

/// The functions among named parts that ran.
fn used<'a>(parts: &[Part], named: &'a [Named], ran: &LineSet) -> Vec<&'a Named> {
    let is_run = |named: &&Named| {
        let part = parts.get(named.0).filter(|part| part.kind == PartKind::Function);
        part.map(body).is_some_and(|(first, last)| (first..=last).any(|line| ran.contains(line)))
    };
    named.iter().filter(is_run).collect()
}

/// The word that an import of a file holds.
fn word(path: &RepoPath) -> &str {
    let folder = || path.parts().rev().nth(1).unwrap_or_default();
    if path.stem() == "__init__" { folder() } else { path.stem() }
}

/// Two texts of one file.
struct Sides<'a> {
    after: &'a str,
    shape: Shape,
    edit: Edit,
}

impl<'a> Sides<'a> {
    fn new(before: &str, after: &'a str) -> Self {
        let (old, shape) = (Shape::of(before), Shape::of(after));
        let edit = Edit::between((before, &old), (after, &shape));
        Self { after, shape, edit }
    }

    /// The statements within some lines that were not there before.
    fn changed(&self, (first, last): (u32, u32)) -> impl Iterator<Item = (u32, u32)> {
        let inside = self.shape.found.logical.iter().copied().filter(move |(from, _)| (first..=last).contains(from));
        inside.filter(|(from, _)| self.edit.origin(*from).is_none())
    }

    /// What a reason for which a test is affected is about; nothing where it is about no code.
    fn change(&self, path: &RepoPath, reason: &Reason, ran: Option<&LineSet>) -> Option<RanChange> {
        let (name, statements): (&str, Vec<(u32, u32)>) = match reason {
            Reason::Function(_, name) => {
                let scopes = self.shape.found.functions.iter().filter(|scope| scope.name == *name);
                (name, scopes.flat_map(|scope| self.changed((scope.line, scope.end))).collect())
            }
            Reason::Name(_, name) | Reason::Import(_, name) => (name, self.binding(name)),
            Reason::Source(_) => ("", Vec::new()),
            _ => return None,
        };
        let is_run =
            |(first, last): &&(u32, u32)| ran.is_some_and(|ran| (*first..=*last).any(|line| ran.contains(line)));
        let run: Vec<(u32, u32)> = statements.iter().filter(is_run).copied().collect();
        let exact = !run.is_empty();
        let lines = joined(if exact { run } else { statements });
        Some(RanChange { path: path.clone(), name: name.to_owned(), lines, exact })
    }

    /// The changed statements that give one of some names a meaning.
    fn binding(&self, names: &str) -> Vec<(u32, u32)> {
        let names: Vec<&str> = names.split(", ").collect();
        let binds = |part: &Part| {
            let last = part.name.rsplit('.').next().unwrap_or_default();
            names.contains(&last) || part.binds.iter().any(|name| names.contains(&name.as_str()))
        };
        let parts = parts(self.after);
        let lines = parts.iter().filter(|part| binds(part)).flat_map(|part| self.changed((part.line, part.end)));
        lines.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The changed lines of a part of a file between two texts of it.
#[must_use]
pub fn changed_lines(before: &str, after: &str, (first, last): (u32, u32)) -> Vec<(u32, u32)> {
    joined(Sides::new(before, after).changed((first, last)).collect())
}

fn stretches(lines: &LineSet) -> Vec<(u32, u32)> {
    joined(lines.iter().map(|line| (line, line)).collect())
}

/// Stretches that touch each other, as one.
fn joined(lines: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    let mut all: Vec<(u32, u32)> = Vec::new();
    for (first, last) in lines {
        match all.last_mut() {
            Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
            _ => all.push((first, last)),
        }
    }
    all
}

impl RanChange {
    /// Where it is, as people write it: `shop/orders.py:41–44 (total)`.
    #[must_use]
    pub fn words(&self) -> String {
        let lines = self.lines.iter().map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}–{last}"),
        });
        let lines: Vec<String> = lines.collect();
        let place = if lines.is_empty() { String::new() } else { format!(":{}", lines.join(", ")) };
        let name = if self.name.is_empty() { String::new() } else { format!(" ({})", self.name) };
        let gone = if self.lines.is_empty() && !self.name.is_empty() { ", from which code went away" } else { "" };
        format!("{}{place}{name}{gone}", self.path.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Implicated, RanChange};
    use crate::domain::ledger::traps::{CART, IMPORT, PLAIN, batch, id, path};
    use crate::domain::ledger::{BatchEvidence, Ledger};
    use std::collections::BTreeMap;

    /// `total` with its discount.
    const SALE: [u32; 4] = [7, 8, 9, 10];

    fn words(found: &[RanChange]) -> String {
        found.iter().map(RanChange::words).collect::<Vec<_>>().join("; ")
    }

    fn told(found: &Implicated) -> String {
        match found {
            Implicated::Spared => "spared".to_owned(),
            Implicated::Ran(ran) => words(ran),
            Implicated::Unknown(why) => format!("unknown: {why}"),
        }
    }

    /// What the evidence on `measured` says of the three tests when `before` became `after`.
    fn check(measured: &str, tests: &[(&str, &[u32])], before: Option<&str>, after: Option<&str>, expect: &[&str]) {
        let evidence = BatchEvidence { all: true, ..batch(measured, &IMPORT, tests) };
        let ledger = Ledger::default().absorb(&evidence);
        let found = tests.iter().map(|(test, _)| told(&ledger.implicated(&id(test), &path(), before, after)));
        assert_eq!(found.collect::<Vec<_>>(), expect);
    }

    const TESTS: [(&str, &[u32]); 3] = [("test_plain", &PLAIN), ("test_sale", &SALE), ("test_tax", &[14])];

    #[test]
    fn the_changed_lines_that_a_failing_test_ran_are_named_and_other_tests_are_spared() {
        let after = CART.replace("price -= 10", "price -= 11");
        // By what ran on the newer text, line by line: a test that came by, and did not run the line, ran as before.
        let now = ["spared", "shop/cart.py:9 (total)", "spared"];
        check(&after, &TESTS, Some(CART), Some(&after), &now);
        // By what ran before the change: the function is the same one.
        check(CART, &TESTS, Some(CART), Some(&after), &now);
        // A comment changes nothing, and neither does where a function stands.
        let moved = format!("# one\n{CART}");
        check(CART, &TESTS, Some(CART), Some(&moved), &["spared"; 3]);
    }

    #[test]
    fn evidence_of_another_text_tells_where_the_function_is_the_same_and_nothing_where_it_is_not() {
        let after = CART.replace("price -= 10", "price -= 11");
        let other = after.replace("* RATE", "* RATE * 1");
        let stale = "unknown: it changed again since the test was measured";
        check(&other, &TESTS, Some(CART), Some(&after), &["spared", "shop/cart.py:9 (total)", stale]);
        let third = CART.replace("price -= 10", "price -= 12");
        check(&third, &TESTS, Some(CART), Some(&after), &["spared", stale, "spared"]);
    }

    #[test]
    fn what_only_went_away_and_what_is_defined_outside_functions_is_told_by_name() {
        let shorter = CART.replace("    if price > 100:\n        price -= 10\n", "");
        let gone = "shop/cart.py (total), from which code went away";
        check(&shorter, &[("test_plain", &[7, 8])], Some(CART), Some(&shorter), &[gone]);
        let dearer = CART.replace("RATE = 2", "RATE = 3");
        check(CART, &TESTS, Some(CART), Some(&dearer), &["spared", "spared", "shop/cart.py:3 (RATE)"]);
        check(CART, &TESTS, Some(CART), None, &["shop/cart.py"; 3]);
        let new = ["shop/cart.py:7–8, 10", "shop/cart.py:7–10", "shop/cart.py:14"];
        check(CART, &TESTS, None, Some(CART), &new);
    }

    #[test]
    fn a_changed_name_of_another_file_is_found_through_the_functions_that_use_it() {
        let rates = crate::base::RepoPath::new("shop/rates.py").unwrap();
        let text = CART.replace("import os", "from shop.rates import FEE").replace("* RATE", "* FEE");
        let ledger = Ledger::default().absorb(&BatchEvidence { all: true, ..batch(&text, &IMPORT, &TESTS) });
        let changed = BTreeMap::from([(rates, (Some("FEE = 1\nX = 1\n"), Some("FEE = 2\nX = 1\n")))]);
        let found = |test| words(&ledger.implicated_by_names(&id(test), &changed));
        assert_eq!((found("test_tax").as_str(), found("test_sale").as_str()), ("shop/rates.py:1 (FEE)", ""));
    }

    #[test]
    fn nothing_is_said_of_what_nobody_measured() {
        let other = crate::base::RepoPath::new("shop/other.py").unwrap();
        let ledger = Ledger::default().absorb(&BatchEvidence { all: true, ..batch(CART, &IMPORT, &TESTS) });
        let found = ledger.implicated(&id("test_tax"), &other, Some("a = 1"), Some("a = 2"));
        assert_eq!(told(&found), "unknown: it is not measured");
        assert!(ledger.is_followed(&id("test_tax")) && !ledger.is_followed(&id("test_none")));
    }
}
