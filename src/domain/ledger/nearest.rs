//! The nearest tests to a line that nobody runs: those that could be extended to reach it.

use crate::base::RepoPath;
use crate::domain::coverage::LineSet;
use crate::domain::ledger::file::is_test;
use crate::domain::ledger::target::Target;
use crate::domain::ledger::{Ledger, Unit};
use crate::domain::python::{Part, PartKind};
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet};

/// Why a test is near a line, the nearest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// It ran the function around the line.
    Runs(String),
    /// It ran another function of the same class or, outside classes, of the same module.
    Sibling(String),
    /// It ran a function that calls the one around the line, by its name.
    Calls(RepoPath, String),
    /// Its file is named like the source.
    Named,
}

impl Nearness {
    /// In words, as part of a sentence about the test.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Runs(name) => format!("ran {name}"),
            Self::Sibling(name) => format!("ran its sibling {name}"),
            Self::Calls(path, name) => format!("ran {name} in {}, which calls it", path.as_str()),
            Self::Named => "named like it".to_owned(),
        }
    }

    /// One word for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Runs(_) => "function",
            Self::Sibling(_) => "sibling",
            Self::Calls(..) => "caller",
            Self::Named => "name",
        }
    }
}

/// One test near a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The test.
    pub test: TestId,
    /// Why it is near.
    pub why: Nearness,
    /// How many lines lie between the line and the nearest one that it ran in the same function; nothing in others.
    pub lines: Option<u32>,
}

/// The function around a line: its name as the source has it.
#[must_use]
pub fn function_around(unit: &Unit, line: u32) -> Option<&Part> {
    let holds = |part: &&Part| part.kind == PartKind::Function && part.line <= line && line <= part.end;
    unit.parts.iter().filter(holds).max_by_key(|part| part.line)
}

/// The lines of a function's body: its `def` is executed at import.
#[must_use]
pub fn body(part: &Part) -> (u32, u32) {
    (part.end.min(part.line + 1), part.end)
}

/// The functions of `units` that call a function of `of`, by its name: each with its file.
#[must_use]
pub fn callers<'a>(of: &Unit, function: &Part, units: &[&'a Unit]) -> Vec<(&'a RepoPath, Vec<&'a Part>)> {
    let Some(name) = function.name.rsplit('.').next() else { return Vec::new() };
    // A class is called where an object of it is made.
    let name = if name == "__init__" { function.class().unwrap_or(name) } else { name };
    let calls = |part: &&Part| part.kind == PartKind::Function && part.mentions(name);
    let near = units.iter().filter(|unit| unit.path == of.path || unit.imports(&of.path));
    let found = near.map(|unit| {
        let is_other = |part: &&Part| unit.path != of.path || part.name != function.name;
        (&unit.path, unit.parts.iter().filter(calls).filter(is_other).collect::<Vec<_>>())
    });
    found.filter(|(_, parts)| !parts.is_empty()).collect()
}

impl Ledger {
    /// The tests that ran the function around a line or, where none did, its siblings; nearest first, each once.
    #[must_use]
    pub fn nearest(&self, unit: &Unit, line: u32, disk: Option<&str>) -> Vec<Near> {
        let around = function_around(unit, line);
        let mut found = Vec::new();
        let mut seen: BTreeSet<TestId> = BTreeSet::new();
        if let Some(function) = around {
            let mut tests = self.tests_near(&unit.path, body(function), line, disk);
            tests.sort_by(|one, two| (one.1, &one.0).cmp(&(two.1, &two.0)));
            for (test, lines) in tests {
                seen.insert(test.clone());
                found.push(Near { test, why: Nearness::Runs(function.name.clone()), lines: Some(lines) });
            }
        }
        let class = around.and_then(Part::class);
        let is_sibling = |part: &&Part| {
            part.kind == PartKind::Function
                && Some(&part.name) != around.map(|around| &around.name)
                && (part.class() == class || class.is_none())
        };
        let mut siblings: Vec<&Part> = unit.parts.iter().filter(is_sibling).collect();
        siblings.sort_by_key(|part| (part.line.abs_diff(line), part.line));
        let stretches: Vec<(u32, u32)> = siblings.iter().map(|part| body(part)).collect();
        for (part, tests) in siblings.iter().zip(self.tests_through(&unit.path, &stretches, disk)) {
            for test in tests.into_iter().filter(|test| seen.insert(test.clone())) {
                found.push(Near { test, why: Nearness::Sibling(part.name.clone()), lines: None });
            }
        }
        found
    }

    /// The tests that ran lines of a stretch, each with how far from a line the nearest one is.
    fn tests_near(
        &self,
        path: &RepoPath,
        (first, last): (u32, u32),
        line: u32,
        disk: Option<&str>,
    ) -> Vec<(TestId, u32)> {
        let Some(book) = self.book(path) else { return Vec::new() };
        let target = Target::new(book, disk);
        // For each version its lines of the stretch, each with the line that it is now.
        let there: Vec<BTreeMap<u32, u32>> = (0..book.versions.len())
            .map(|version| match target.edit(version) {
                Some((edit, _)) => (first..=last).filter_map(|now| Some((edit.origin(now)?, now))).collect(),
                None if target.version == Some(version) => (first..=last).map(|now| (now, now)).collect(),
                None => BTreeMap::new(),
            })
            .collect();
        let lines: Vec<LineSet> = there.iter().map(|lines| lines.keys().copied().collect()).collect();
        let near = |version: usize, ran: &LineSet| {
            let ran = ran & lines.get(version)?;
            let now = there.get(version)?;
            ran.iter().filter_map(|old| now.get(&old)).map(|now| now.abs_diff(line)).min()
        };
        let tests = book.tests.iter().filter(|(test, _)| is_test(test));
        tests
            .filter_map(|(test, evidence)| Some((test.clone(), near(evidence.version, &evidence.ran.all_lines())?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Nearness, callers, function_around};
    use crate::base::RepoPath;
    use crate::domain::coverage::Ran;
    use crate::domain::ledger::{Ledger, PlacedData, Unit};

    const CART: &str = "\
class Cart:
    def total(self, items):
        price = sum(items)
        if price > 100:
            price -= 10
        return price

    def empty(self):
        return True


def other():
    return 1


def never(cart):
    return cart
";
    const BILL: &str = "\
from shop.cart import Cart


def bill(items):
    return Cart().total(items)


def nothing():
    return 0
";

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    /// Tests by the lines that they ran.
    fn ledger(tests: &[(&str, &[u32])]) -> Ledger {
        let contexts = tests.iter().map(|(name, _)| format!("t.py::{name}|run")).collect();
        let ran = |lines: &[u32]| Ran { lines: lines.iter().copied().collect(), arcs: Vec::new() };
        let ran = (0_u32..).zip(tests).map(|(at, (_, lines))| (at, ran(lines))).collect();
        let data = PlacedData { has_arcs: false, contexts, files: vec![(path("shop/cart.py"), ran)] };
        Ledger::from_baseline(None, Some(&data), &|_| Some(CART.into()), &|_| true).0
    }

    fn check(line: u32, disk: &str, expect: &[(&str, Nearness, Option<u32>)]) {
        let tests: &[(&str, &[u32])] =
            &[("far", &[3]), ("near", &[3, 4, 6]), ("sibling", &[9]), ("outside", &[13]), ("import", &[1, 2, 8])];
        let unit = Unit::read(&path("shop/cart.py"), disk);
        let found: Vec<(String, Nearness, Option<u32>)> = ledger(tests)
            .nearest(&unit, line, Some(disk))
            .into_iter()
            .map(|near| (near.test.function().to_owned(), near.why, near.lines))
            .collect();
        let expect: Vec<_> =
            expect.iter().map(|(name, why, lines)| ((*name).to_owned(), why.clone(), *lines)).collect();
        assert_eq!(found, expect, "line {line}");
    }

    fn runs(name: &str) -> Nearness {
        Nearness::Runs(name.to_owned())
    }

    fn beside(name: &str) -> Nearness {
        Nearness::Sibling(name.to_owned())
    }

    #[test]
    fn tests_of_the_function_come_before_those_of_its_siblings_and_the_closest_lines_first() {
        let total = "Cart.total";
        check(
            5,
            CART,
            &[("near", runs(total), Some(1)), ("far", runs(total), Some(2)), ("sibling", beside("Cart.empty"), None)],
        );
        check(
            17,
            CART,
            &[
                ("outside", beside("other"), None),
                ("sibling", beside("Cart.empty"), None),
                ("far", beside(total), None),
                ("near", beside(total), None),
            ],
        );
    }

    #[test]
    fn lines_are_those_of_the_source_on_disk() {
        let disk = format!("# A comment.\n{CART}").replace("-= 10", "-= 20");
        let total = "Cart.total";
        check(
            6,
            &disk,
            &[("near", runs(total), Some(1)), ("far", runs(total), Some(2)), ("sibling", beside("Cart.empty"), None)],
        );
    }

    #[test]
    fn callers_are_found_by_the_name_of_the_function_where_its_module_is_imported() {
        let cart = Unit::read(&path("shop/cart.py"), CART);
        let bill = Unit::read(&path("shop/bill.py"), BILL);
        let alien = Unit::read(&path("shop/alien.py"), "def f(x):\n    return x.total()\n");
        let function = function_around(&cart, 5).unwrap();
        let found: Vec<(&str, &str)> = callers(&cart, function, &[&cart, &bill, &alien])
            .into_iter()
            .flat_map(|(path, parts)| parts.into_iter().map(move |part| (path.as_str(), part.name.as_str())))
            .collect();
        assert_eq!(found, [("shop/bill.py", "bill")]);
    }
}
