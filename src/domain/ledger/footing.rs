//! What a test stands on outside the measured sources: its own code, fixtures, hooks, helpers; found by names.

use crate::base::RepoPath;
use crate::domain::ledger::Unit;
use crate::domain::python::{Import, Part, PartKind};
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a test stands on, as numbers: equal numbers, equal code. Comments and formatting change none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footing {
    /// The code of its own file that it uses, wherever that file is.
    pub own: u64,
    /// The code of the `conftest.py` files around it that it uses.
    pub around: u64,
    /// The code of other files that it uses and that is not measured.
    pub beside: u64,
    /// The files that are no Python and that concern it by the settings; zero where none does.
    pub also: u64,
}

impl Footing {
    /// Whether any code of its own file is part of it. It is not where that file is measured: evidence tells of it then.
    #[must_use]
    pub fn has_own(&self) -> bool {
        self.own != DefaultHasher::new().finish()
    }

    /// The same as if its own code had changed.
    #[must_use]
    pub const fn with_changed_own(self) -> Self {
        Self { own: !self.own, ..self }
    }
}

/// The files in which tests and what they stand on are written.
pub struct Footings<'a> {
    units: Vec<&'a Unit>,
    places: BTreeMap<&'a RepoPath, usize>,
    /// For each unit whether coverage measures it: what tests use of it is told by their evidence then.
    measured: Vec<bool>,
    /// For each unit those that it imports.
    imported: Vec<Vec<usize>>,
    /// For each unit the parts that bind a name.
    binding: Vec<BTreeMap<&'a str, Vec<usize>>>,
}

/// The parts that one test uses: the place of the unit, and that of the part in it.
pub type Used = BTreeSet<(usize, usize)>;

impl<'a> Footings<'a> {
    /// The ground of some files.
    #[must_use]
    pub fn new(units: Vec<&'a Unit>, is_measured: &dyn Fn(&RepoPath) -> bool) -> Self {
        let places: BTreeMap<&RepoPath, usize> = units.iter().enumerate().map(|(at, unit)| (&unit.path, at)).collect();
        let mut by_stem: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, unit) in units.iter().enumerate() {
            if let Some(last) = crate::domain::ledger::unit::module(&unit.path).last() {
                by_stem.entry(last).or_default().push(at);
            }
        }
        let imported = units.iter().enumerate().map(|(at, unit)| imported(at, unit, &units, &by_stem)).collect();
        let binding = units.iter().map(|unit| {
            let mut binding: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (at, part) in unit.parts.iter().enumerate() {
                part.binds.iter().for_each(|name| binding.entry(name.as_str()).or_default().push(at));
            }
            binding
        });
        let measured = units.iter().map(|unit| is_measured(&unit.path)).collect();
        Self { places, measured, imported, binding: binding.collect(), units }
    }

    /// The file at a place.
    #[must_use]
    pub fn path(&self, unit: usize) -> Option<&RepoPath> {
        self.units.get(unit).map(|unit| &unit.path)
    }

    /// The parts that a test uses, by names; nothing when its file is not there. Parameters of the id make no difference.
    #[must_use]
    pub fn used(&self, test: &TestId) -> Option<Used> {
        let path = RepoPath::new(test.path())?;
        let own = *self.places.get(&path)?;
        let around = self.around(&path);
        let names = test.names();
        let function = names.last().copied().unwrap_or_default();
        let mut walk = Walk {
            ground: self,
            own,
            around,
            function,
            used: Used::new(),
            named: BTreeSet::new(),
            handed: BTreeSet::new(),
            waiting: Vec::new(),
        };
        walk.start(&names);
        while let Some(at) = walk.waiting.pop() {
            walk.visit(at);
        }
        Some(walk.used)
    }

    /// What a test stands on, given the parts that it uses.
    #[must_use]
    pub fn footing(&self, test: &TestId, used: &Used) -> Footing {
        let mut parts: [DefaultHasher; 3] = Default::default();
        for &(unit_at, at) in used {
            let Some(unit) = self.units.get(unit_at) else { continue };
            // What is made once for several tests is evidence of the first of them alone.
            let counts = |part: &&Part| part.shared || !self.is_measured(unit_at);
            let Some(part) = unit.parts.get(at).filter(counts) else { continue };
            let which = match () {
                () if unit.path.as_str() == test.path() => 0,
                () if unit.path.name() == "conftest.py" => 1,
                () => 2,
            };
            if let Some(state) = parts.get_mut(which) {
                let path = if which == 0 { "" } else { unit.path.as_str() };
                (path, &part.name, part.code).hash(state);
            }
        }
        let [own, around, beside] = parts.map(|state| state.finish());
        Footing { own, around, beside, also: 0 }
    }

    fn is_measured(&self, unit: usize) -> bool {
        self.measured.get(unit).copied().unwrap_or(false)
    }

    /// The `conftest.py` files that count for a file.
    fn around(&self, path: &RepoPath) -> Vec<usize> {
        let mut found = Vec::new();
        let mut folder = path.folder();
        loop {
            let name = folder
                .as_ref()
                .map_or_else(|| "conftest.py".to_owned(), |folder| format!("{}/conftest.py", folder.as_str()));
            found.extend(RepoPath::new(&name).and_then(|path| self.places.get(&path).copied()));
            match folder {
                Some(inner) => folder = inner.folder(),
                None => return found,
            }
        }
    }
}

/// The other units that one imports.
fn imported(at: usize, unit: &Unit, units: &[&Unit], by_stem: &BTreeMap<&str, Vec<usize>>) -> Vec<usize> {
    let mut found = BTreeSet::new();
    for import in &unit.imports {
        let words = import.module.split('.').chain(import.names.iter().map(String::as_str));
        for other in words.filter_map(|word| by_stem.get(word)).flatten().copied().filter(|other| *other != at) {
            let is_meant = units.get(other).is_some_and(|to| {
                let module = crate::domain::ledger::unit::module(&to.path);
                crate::domain::ledger::imports(&unit.path, import, &module)
            });
            if is_meant {
                found.insert(other);
            }
        }
    }
    found.into_iter().collect()
}

struct Walk<'a> {
    ground: &'a Footings<'a>,
    own: usize,
    around: Vec<usize>,
    /// The name of the test's function.
    function: &'a str,
    used: Used,
    /// The classes that are used by their names.
    named: BTreeSet<(usize, usize)>,
    /// The imports that were followed, each for one name.
    handed: BTreeSet<(usize, usize, &'a str)>,
    waiting: Vec<(usize, usize)>,
}

impl<'a> Walk<'a> {
    fn start(&mut self, names: &[&'a str]) {
        let Some(unit) = self.ground.units.get(self.own) else { return };
        let name = names.join(".");
        let class = names.split_last().map_or_else(String::new, |(_, class)| class.join("."));
        let is_around =
            |part: &str| part.is_empty() || name == part || class == part || class.starts_with(&format!("{part}."));
        let mut is_found = false;
        for (at, part) in unit.parts.iter().enumerate() {
            let is_test = !name.is_empty() && part.name == name;
            let is_class = part.kind == PartKind::Class && is_around(&part.name);
            let is_automatic = part.automatic && part.class().is_none_or(is_around);
            is_found |= is_test || is_class;
            if is_test || is_class || is_automatic {
                self.take((self.own, at));
            }
        }
        let outer = names.split_last().and_then(|(_, classes)| classes.first());
        if let Some(class) = outer.filter(|_| !is_found).filter(|class| unit.binding(class).next().is_some()) {
            // A class of tests that is imported: pytest collects it in this file as well.
            self.mention(self.own, class, None);
        } else if !is_found {
            // A test that stands nowhere in its file, such as a doctest: all of the file counts.
            (0..unit.parts.len()).for_each(|at| self.take((self.own, at)));
        }
        for conftest in self.around.clone() {
            let parts = self.ground.units.get(conftest).map_or(&[][..], |unit| &unit.parts);
            let automatic = parts.iter().enumerate().filter(|(_, part)| part.automatic);
            automatic.for_each(|(at, _)| self.take((conftest, at)));
        }
    }

    fn take(&mut self, at: (usize, usize)) {
        if self.used.insert(at) {
            self.waiting.push(at);
        }
    }

    fn visit(&mut self, (unit_at, at): (usize, usize)) {
        let ground = self.ground;
        let Some(unit) = ground.units.get(unit_at) else { return };
        let Some(part) = unit.parts.get(at) else { return };
        if !part.is_import {
            // The name of a test stands in it, and calls no other test of that name.
            let own = part.name.rsplit('.').next().filter(|name| name.starts_with("test"));
            let mentions = part.mentions.iter().filter(|name| own != Some(name.as_str()));
            mentions.for_each(|name| self.mention(unit_at, name, Some((unit_at, at))));
        }
        if let Some(class) = part.class() {
            let classes =
                unit.parts.iter().enumerate().filter(|(_, other)| other.kind == PartKind::Class && other.name == class);
            classes.for_each(|(at, _)| self.take((unit_at, at)));
        }
    }

    /// Takes what a name may mean in a file: there, in the test's own file, around it, or in what the file imports. The
    /// part in which the name stands is not meant.
    fn mention(&mut self, unit_at: usize, name: &'a str, stands: Option<(usize, usize)>) {
        let ground = self.ground;
        let imported = ground.imported.get(unit_at).map_or(&[][..], Vec::as_slice);
        let scope: BTreeSet<usize> = [unit_at, self.own].iter().chain(&self.around).chain(imported).copied().collect();
        for other in scope {
            let bound = ground.binding.get(other).and_then(|binding| binding.get(name));
            let is_asked = |found: usize| self.is_asked((other, found), name, stands);
            let bound = bound.into_iter().flatten().copied().filter(|found| stands != Some((other, *found)));
            for found in bound.filter(|found| is_asked(*found)).collect::<Vec<_>>() {
                self.take((other, found));
                self.methods((other, found));
                self.hand_on((other, found), name);
            }
        }
    }

    /// Whether what stands somewhere means a part by its name: a fixture is only used by whoever asks for it.
    fn is_asked(&self, (unit, at): (usize, usize), name: &str, stands: Option<(usize, usize)>) -> bool {
        let part = |(unit, at): (usize, usize)| self.ground.units.get(unit).and_then(|unit| unit.parts.get(at));
        let is_fixture = part((unit, at)).is_some_and(|part| part.is_fixture);
        !is_fixture || stands.and_then(part).is_none_or(|part| part.asks_for(name))
    }

    /// An import of several names is followed for the one that is used, or for those to which it gives other names.
    fn hand_on(&mut self, (unit_at, at): (usize, usize), name: &'a str) {
        let Some(unit) = self.ground.units.get(unit_at) else { return };
        let Some(import) = unit.parts.get(at).filter(|part| part.is_import) else { return };
        if !self.handed.insert((unit_at, at, name)) {
            return;
        }
        let stands = |found: &&Import| (import.line..=import.end).contains(&found.line);
        let names = || unit.imports.iter().filter(stands).flat_map(|found| &found.names);
        if names().any(|known| known == name) {
            return self.mention(unit_at, name, None);
        }
        names().filter(|known| !import.binds.contains(known)).for_each(|known| self.mention(unit_at, known, None));
    }

    /// Takes what may run of a class that is named, though nobody names it: all of its methods but the tests, since those
    /// run as tests of their own; among them the one that a class below inherits under this test's name.
    fn methods(&mut self, (unit_at, at): (usize, usize)) {
        let Some(unit) = self.ground.units.get(unit_at) else { return };
        let Some(class) = unit.parts.get(at).filter(|part| part.kind == PartKind::Class) else { return };
        if !self.named.insert((unit_at, at)) {
            return;
        }
        let prefix = format!("{}.", class.name);
        for (at, method) in unit.parts.iter().enumerate().filter(|(_, method)| method.name.starts_with(&prefix)) {
            let name = method.name.rsplit('.').next().unwrap_or_default();
            if !name.starts_with("test") || name == self.function {
                self.take((unit_at, at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Footing, Footings};
    use crate::base::RepoPath;
    use crate::domain::ledger::Unit;
    use crate::domain::suite::TestId;

    const FILES: [(&str, &str); 4] = [
        (
            "tests/test_cart.py",
            "import pytest\nfrom tests.helpers import make\nfrom shop.cart import total\n\nSIZE = 3\n\n\n\
             @pytest.fixture\ndef basket(db):\n    return make(SIZE)\n\n\ndef test_total(basket):\n    assert total(basket)\n\n\n\
             def test_plain():\n    assert total([])\n\n\nclass TestMore:\n    factor = 2\n\n    def setup_method(self):\n        self.x = 1\n\n    \
             def test_more(self):\n        assert self.x\n",
        ),
        (
            "tests/conftest.py",
            "import pytest\n\n\n@pytest.fixture\ndef db():\n    return 1\n\n\n@pytest.fixture\ndef other():\n    return 2\n",
        ),
        ("conftest.py", "def pytest_runtest_setup(item):\n    pass\n"),
        (
            "tests/helpers.py",
            "def make(n):\n    return step(n)\n\n\ndef step(n):\n    return [n]\n\n\ndef unused():\n    pass\n",
        ),
    ];
    const TESTS: [&str; 3] = ["test_total", "test_plain", "TestMore::test_more"];

    /// Tests below each other, by inheritance and by an import.
    const HEIRS: [(&str, &str); 2] = [
        (
            "tests/test_cart.py",
            "from tests.test_base import TestBase, TestOther\n\n\nclass Mixin:\n    def setup_method(self):\n        self.x = 1\n\n    \
             def test_mixed(self):\n        assert self.x\n\n\nclass TestSub(Mixin, TestBase):\n    def test_sub(self):\n        assert self.make\n",
        ),
        (
            "tests/test_base.py",
            "import pytest\n\n\nclass TestBase:\n    @pytest.fixture\n    def make(self):\n        return 2\n\n    \
             def test_base(self, make):\n        assert make\n\n    def test_apart(self):\n        assert True\n\n\n\
             class TestOther:\n    def test_other(self):\n        assert 3\n\n    def test_sub(self):\n        assert 5\n",
        ),
    ];
    const BELOW: [&str; 4] =
        ["TestSub::test_mixed", "TestSub::test_sub", "TestSub::test_base", "TestOther::test_other"];

    fn footings(files: &[(&str, String)], tests: &[&str]) -> Vec<Footing> {
        let units: Vec<Unit> =
            files.iter().map(|(name, text)| Unit::read(&RepoPath::new(name).unwrap(), text)).collect();
        let ground = Footings::new(units.iter().collect(), &|_| false);
        let footing = |name: &&str| {
            let test = TestId::new(&format!("tests/test_cart.py::{name}"));
            ground.footing(&test, &ground.used(&test).unwrap())
        };
        tests.iter().map(footing).collect()
    }

    /// An edit changes these footings of each test: own code, conftest, beside.
    fn check(file: &str, from: &str, to: &str, expect: [&str; 3]) {
        check_in((&FILES, &TESTS), file, from, to, &expect);
    }

    fn check_in((files, tests): (&[(&str, &str)], &[&str]), file: &str, from: &str, to: &str, expect: &[&str]) {
        let before: Vec<(&str, String)> = files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        let mut after = before.clone();
        let text = &mut after.iter_mut().find(|(name, _)| *name == file).unwrap().1;
        assert_eq!(text.matches(from).count(), 1, "{from}");
        *text = text.replace(from, to);
        let changed = |(before, after): (Footing, Footing)| {
            let parts = [
                (before.own, after.own, "own "),
                (before.around, after.around, "around "),
                (before.beside, after.beside, "beside"),
            ];
            let words: String = parts.iter().filter(|part| part.0 != part.1).map(|part| part.2).collect();
            words.trim().to_owned()
        };
        let (before, after) = (footings(&before, tests), footings(&after, tests));
        let found: Vec<String> = before.into_iter().zip(after).map(changed).collect();
        assert_eq!(found, expect, "{file}: {from} → {to}");
    }

    #[test]
    fn an_inherited_or_imported_test_stands_on_its_function_elsewhere_and_on_no_other_test() {
        let check = |file, from, to, expect: [&str; 4]| check_in((&HEIRS, &BELOW), file, from, to, &expect);
        check("tests/test_cart.py", "self.x = 1", "self.x = 2", ["own", "own", "own", ""]);
        check("tests/test_cart.py", "assert self.x", "assert not self.x", ["own", "", "", ""]);
        check("tests/test_cart.py", "assert self.make", "assert not self.make", ["", "own", "", ""]);
        check("tests/test_base.py", "return 2", "return 4", ["beside", "beside", "beside", ""]);
        check("tests/test_base.py", "assert make", "assert not make", ["", "", "beside", ""]);
        check("tests/test_base.py", "assert True", "assert False", ["", "", "", ""]);
        check("tests/test_base.py", "assert 3", "assert 4", ["", "", "", "beside"]);
        check("tests/test_base.py", "assert 5", "assert 6", ["", "", "", ""]);
    }

    #[test]
    fn a_test_stands_on_its_own_code_its_fixtures_and_what_they_call() {
        check("tests/test_cart.py", "assert total(basket)", "assert total(basket) > 1", ["own", "", ""]);
        check("tests/test_cart.py", "SIZE = 3", "SIZE = 4", ["own", "", ""]);
        check("tests/test_cart.py", "return make(SIZE)", "return make(1)", ["own", "", ""]);
        check("tests/test_cart.py", "factor = 2", "factor = 3", ["", "", "own"]);
        check("tests/test_cart.py", "self.x = 1", "self.x = 2", ["", "", "own"]);
        check("tests/helpers.py", "return [n]", "return [n, n]", ["beside", "", ""]);
        check("tests/helpers.py", "def unused():\n    pass", "def unused():\n    return 1", ["", "", ""]);
    }

    #[test]
    fn conftest_counts_for_the_tests_below_it_that_use_it() {
        check("tests/conftest.py", "return 1", "return 3", ["around", "", ""]);
        check("tests/conftest.py", "return 2", "return 3", ["", "", ""]);
        check("conftest.py", "pass", "print(item)", ["around", "around", "around"]);
        check("tests/conftest.py", "import pytest\n", "import pytest\nregister()\n", ["around", "around", "around"]);
    }

    #[test]
    fn new_tests_imports_and_comments_change_no_other_test() {
        check("tests/test_cart.py", "def test_plain", "def test_new():\n    pass\n\n\ndef test_plain", ["", "", ""]);
        check("tests/test_cart.py", "import pytest\n", "import pytest\nimport os\n", ["", "", ""]);
        check("tests/test_cart.py", "def test_plain():\n", "def test_plain():\n    # why\n", ["", "", ""]);
    }
}
