//! How far a changed name reaches: the parts of other files that mention it, and what is defined by means of it.

use crate::base::RepoPath;
use crate::domain::ledger::unit::{imports, module};
use crate::domain::ledger::{Meant, Unit};
use crate::domain::python::{Import, Part, PartKind};
use std::collections::{BTreeMap, BTreeSet};

/// A part that a changed name concerns: its place among the parts, the name, and the file in which it changed.
pub type Named = (usize, String, RepoPath);

/// Tells the functions of a file that an import runs, by name; nothing where that is not known.
pub type RunAtImport<'a> = &'a dyn Fn(&RepoPath) -> Option<BTreeSet<String>>;

/// The parts of `units` that a name concerns which changed in a file that they import. What stands outside functions
/// hands the change on to the names that it defines: a constant made from a changed one, a class below a changed one.
/// A changed file is no part of the answer for its own names. A file that only hands names on has no parts in it.
#[must_use]
pub fn reach(
    changed: &BTreeMap<RepoPath, Meant>,
    units: &[&Unit],
    ran: RunAtImport<'_>,
) -> BTreeMap<RepoPath, Vec<Named>> {
    let names: BTreeMap<RepoPath, Words> =
        changed.iter().map(|(path, meant)| (path.clone(), Words::new(path, meant))).collect();
    let mut waiting: Vec<RepoPath> = names.keys().cloned().collect();
    let mut spreading = Spreading { names, found: BTreeMap::new(), ran: BTreeMap::new(), ask: ran };
    let open: Vec<Vec<&str>> = units.iter().filter(|unit| unit.is_open()).map(|unit| module(&unit.path)).collect();
    // Where packages start in a path is not known.
    let is_open = |package: &[&str]| open.iter().any(|other| other.ends_with(package) || package.ends_with(other));
    while let Some(from) = waiting.pop() {
        for unit in units.iter().filter(|unit| unit.path != from && unit.brings(&from, &is_open)) {
            if spreading.reach_unit(&from, unit) {
                waiting.push(unit.path.clone());
            }
        }
    }
    let rows = |parts: BTreeMap<usize, (String, RepoPath)>| {
        parts.into_iter().map(|(at, (name, origin))| (at, name, origin)).collect()
    };
    // A file of which no part is named may hand names on all the same.
    let names = spreading.names;
    let counts = |path: &RepoPath| !changed.contains_key(path) && names.get(path).is_some_and(|own| own.count() > 0);
    let found = spreading.found.into_iter().filter(|(path, parts)| !parts.is_empty() || counts(path));
    found.map(|(path, parts)| (path, rows(parts))).collect()
}

/// The names of a file that stand for something else, each with the file in which that began.
#[derive(Clone, Default)]
struct Words {
    meant: Meant,
    origins: BTreeMap<String, RepoPath>,
}

impl Words {
    fn new(path: &RepoPath, meant: &Meant) -> Self {
        let names = meant.names.iter().chain(&meant.makers);
        Self { meant: meant.clone(), origins: names.map(|name| (name.clone(), path.clone())).collect() }
    }

    /// How many there are.
    fn count(&self) -> usize {
        self.meant.names.len() + self.meant.makers.len()
    }

    /// The name that concerns whoever runs a part; a method also depends on the class around it. `is_meant` says whether a
    /// name can mean what it means here.
    fn concerning(&self, part: &Part, is_meant: &dyn Fn(&str) -> bool) -> Option<(String, RepoPath)> {
        let around = part.class().and_then(|class| class.rsplit('.').next());
        let around = around.filter(|class| self.meant.names.contains(*class));
        let named = self.meant.naming(part).find(|name| is_meant(name));
        self.with_origin(named.or(around)?)
    }

    /// A name that makes something else, and that a part mentions.
    fn maker(&self, part: &Part, is_meant: &dyn Fn(&str) -> bool) -> Option<(String, RepoPath)> {
        self.with_origin(self.meant.makers.iter().find(|name| part.mentions(name) && is_meant(name))?)
    }

    fn with_origin(&self, name: &str) -> Option<(String, RepoPath)> {
        Some((name.to_owned(), self.origins.get(name)?.clone()))
    }

    fn put(&mut self, more: &Meant, origin: &RepoPath) {
        for name in more.names.iter().chain(&more.makers) {
            self.origins.entry(name.clone()).or_insert_with(|| origin.clone());
        }
        self.meant.extend(more);
    }
}

/// The imports inside a function: what they bring is what its names mean there.
struct Brought<'a> {
    unit: &'a Unit,
    imports: Vec<&'a Import>,
}

impl<'a> Brought<'a> {
    fn by(unit: &'a Unit, part: &Part) -> Self {
        let is_inside = |import: &&Import| (part.line..=part.end).contains(&import.line);
        let inside = if part.kind == PartKind::Function { &unit.imports[..] } else { &[] };
        Self { unit, imports: inside.iter().filter(is_inside).collect() }
    }

    /// Whether a name can be that of a file: not where the function imports it from elsewhere.
    fn leads(&self, name: &str, to: &RepoPath) -> bool {
        let mut bringing =
            self.imports.iter().filter(|import| import.names.iter().any(|known| known == name)).peekable();
        let module = module(to);
        bringing.peek().is_none() || bringing.any(|import| imports(&self.unit.path, import, &module))
    }
}

struct Spreading<'a> {
    names: BTreeMap<RepoPath, Words>,
    found: BTreeMap<RepoPath, BTreeMap<usize, (String, RepoPath)>>,
    ran: BTreeMap<RepoPath, Option<BTreeSet<String>>>,
    ask: RunAtImport<'a>,
}

impl Spreading<'_> {
    /// Marks the parts of a file that names of another one concern, and what follows in the file itself. Says whether the
    /// file has new names that mean something else.
    fn reach_unit(&mut self, from: &RepoPath, unit: &Unit) -> bool {
        let Some(theirs) = self.names.get(from).cloned() else { return false };
        let mut own = self.names.remove(&unit.path).unwrap_or_default();
        let mut parts = self.found.remove(&unit.path).unwrap_or_default();
        let before = own.count();
        let home = module(from);
        let brings_all = |import: &&Import| import.names.iter().any(|name| name == "*");
        if unit.imports.iter().filter(brings_all).any(|import| imports(&unit.path, import, &home)) {
            own.meant.extend(&theirs.meant);
            own.origins.extend(theirs.origins.clone());
        }
        loop {
            let count = (own.count(), parts.len());
            // An import of several names may hand on one after the other.
            let is_open = |(at, part): &(usize, &Part)| part.is_import || !parts.contains_key(at);
            for (at, part) in unit.parts.iter().enumerate().filter(is_open).collect::<Vec<_>>() {
                let brought = Brought::by(unit, part);
                let (there, here) =
                    (|name: &str| brought.leads(name, from), |name: &str| brought.leads(name, &unit.path));
                let concerning = theirs.concerning(part, &there).or_else(|| own.concerning(part, &here));
                let maker = theirs.maker(part, &there).or_else(|| own.maker(part, &here));
                if let Some((_, origin)) = concerning.as_ref().or(maker.as_ref()) {
                    let more = self.handed_on(unit, part, (&theirs, &own), (concerning.is_some(), maker.is_some()));
                    own.put(&more, origin);
                }
                if let Some(named) = concerning {
                    parts.entry(at).or_insert(named);
                }
            }
            if (own.count(), parts.len()) == count {
                break;
            }
        }
        let has_more = own.count() > before;
        self.names.insert(unit.path.clone(), own);
        self.found.insert(unit.path.clone(), parts);
        has_more
    }

    /// The names that a part hands a change on to: a function what an import makes by calling it, an import of several names
    /// those that changed. Whether the part is named, and whether it names what makes things, is known.
    fn handed_on(
        &mut self,
        unit: &Unit,
        part: &Part,
        (theirs, own): (&Words, &Words),
        (is_named, has_maker): (bool, bool),
    ) -> Meant {
        let mut meant = Meant::default();
        if part.kind == PartKind::Function {
            if has_maker {
                self.calls(unit, part, &mut meant);
            }
            return meant;
        }
        if part.is_import {
            if is_named {
                meant.names = imported(part, [&theirs.meant.names, &own.meant.names]);
            }
            if has_maker {
                meant.makers = imported(part, [&theirs.meant.makers, &own.meant.makers]);
            }
            return meant;
        }
        let names = if is_named { &mut meant.names } else { &mut meant.makers };
        names.extend(part.binds.iter().cloned());
        meant
    }

    /// Notes what a function makes and keeps that calls what makes something else. Of a file that nobody measures an import
    /// may run everything; that it keeps something is then too much to suppose.
    fn calls(&mut self, unit: &Unit, part: &Part, meant: &mut Meant) {
        let ask = self.ask;
        match self.ran.entry(unit.path.clone()).or_insert_with(|| ask(&unit.path)) {
            Some(ran) if ran.contains(&part.name) => meant.makes(part),
            Some(_) => {}
            None => meant.makers.extend(part.called().map(ToOwned::to_owned)),
        }
    }
}

/// Which names of an import are among changed ones: all of them where it gives one of those another name.
fn imported(part: &Part, changed: [&BTreeSet<String>; 2]) -> BTreeSet<String> {
    let mentioned = changed.into_iter().flatten().filter(|name| *name == "*" || part.mentions(name));
    let is_bound = |name: &&String| part.binds.contains(*name);
    let (same, others): (Vec<&String>, Vec<&String>) = mentioned.partition(is_bound);
    if others.is_empty() { same.into_iter().cloned().collect() } else { part.binds.iter().cloned().collect() }
}

#[cfg(test)]
mod tests {
    use super::reach;
    use crate::base::RepoPath;
    use crate::domain::ledger::{Meant, Unit};
    use std::collections::BTreeMap;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    fn check(changed: &str, names: &[&str], files: &[(&str, &str)], expect: &[&str]) {
        let units: Vec<Unit> = files.iter().map(|(name, text)| Unit::read(&path(name), text)).collect();
        let meant = Meant { names: names.iter().map(|&name| name.to_owned()).collect(), ..Meant::default() };
        check_meant(changed, meant, &units, expect);
    }

    fn check_meant(changed: &str, meant: Meant, units: &[Unit], expect: &[&str]) {
        // An import runs what the name of a function tells.
        let ran = |path: &RepoPath| {
            let unit = units.iter().find(|unit| unit.path == *path)?;
            let names = unit.parts.iter().map(|part| part.name.clone());
            Some(names.filter(|name| name.contains("early")).collect())
        };
        let found = reach(&BTreeMap::from([(path(changed), meant)]), &units.iter().collect::<Vec<_>>(), &ran);
        let named: Vec<String> = found
            .iter()
            .flat_map(|(path, parts)| {
                let unit = units.iter().find(|unit| unit.path == *path).unwrap();
                parts.iter().map(move |(at, _, _)| {
                    let part = &unit.parts[*at];
                    let name = if part.name.is_empty() { part.binds.join(" ") } else { part.name.clone() };
                    format!("{}:{name}", path.as_str())
                })
            })
            .collect();
        assert_eq!(named, expect);
    }

    #[test]
    fn a_changed_constant_reaches_what_mentions_it_and_what_is_made_from_it() {
        let files = [
            (
                "shop/cart.py",
                "from shop.rates import RATE, b\nTWICE = 2 * RATE\ndef a(): return TWICE\ndef b(): return 1\n",
            ),
            ("shop/bill.py", "from shop import cart\ndef c(): return cart.TWICE\ndef d(): return cart.b()\n"),
            ("shop/else.py", "RATE = 3\ndef e(): return RATE\n"),
        ];
        let expect = ["shop/bill.py:c", "shop/cart.py:RATE b", "shop/cart.py:TWICE", "shop/cart.py:a"];
        check("shop/rates.py", &["RATE"], &files, &expect);
        check("shop/rates.py", &["OTHER"], &files, &[]);
    }

    #[test]
    fn a_changed_class_reaches_the_methods_of_classes_below_it() {
        let files =
            [("shop/sub.py", "from .base import Base\nclass Sub(Base):\n    def f(self): pass\ndef g(): pass\n")];
        check("shop/base.py", &["Base"], &files, &["shop/sub.py:Base", "shop/sub.py:Sub", "shop/sub.py:Sub.f"]);
    }
    #[test]
    fn what_a_changed_function_makes_in_an_import_reaches_its_users_and_who_calls_it_in_a_test_is_told_by_evidence() {
        let read = |files: &[(&str, &str)]| -> Vec<Unit> {
            files.iter().map(|(name, text)| Unit::read(&path(name), text)).collect()
        };
        let meant = || Meant { makers: ["build".to_owned()].into(), ..Meant::default() };
        let units = read(&[
            (
                "shop/cart.py",
                "from shop.make import build\nCART = build(1)\nALSO = build\ndef early(): return build(2)\ndef late(): return build(3)\n",
            ),
            (
                "shop/bill.py",
                "from shop.cart import ALSO, CART, early, late\nA = early()\nB = late()\nC = ALSO()\n\
                 def a(): return A\ndef b(): return B\ndef c(): return C\n@early\ndef d(): pass\ndef e(): return early()\n",
            ),
        ]);
        let expect = ["shop/bill.py:ALSO CART early late", "shop/bill.py:A", "shop/bill.py:C", "shop/bill.py:a"];
        let expect = expect.iter().chain(&["shop/bill.py:c", "shop/bill.py:d", "shop/cart.py:CART"]).copied();
        check_meant("shop/make.py", meant(), &units, &expect.collect::<Vec<_>>());
    }

    #[test]
    fn a_name_that_a_function_imports_from_elsewhere_is_another_one() {
        let files = [(
            "shop/api.py",
            "from shop import one\ndef a():\n    from shop.one import RATE\n    return RATE\n\
             def b():\n    from shop.two import RATE\n    return RATE\ndef c(): return one.RATE\n",
        )];
        check("shop/one.py", &["RATE"], &files, &["shop/api.py:a", "shop/api.py:c"]);
    }

    #[test]
    fn a_package_hands_on_what_it_imports_and_nothing_else_of_its_modules() {
        let ask = "from shop import RATE\ndef a(): return RATE\n";
        let own = "from shop import RATE, cart\ndef b(): return cart.other\n";
        let reached = |package, expect: &[&str]| {
            check("shop/cart.py", &["RATE"], &[("shop/__init__.py", package), ("a.py", ask), ("b.py", own)], expect);
        };
        let a = ["a.py:RATE", "a.py:a"];
        reached("RATE = 2\n", &["b.py:RATE cart"]);
        reached("from .cart import *\n", &[&a[..], &["b.py:RATE cart"]].concat());
        let named = "from .cart import RATE\n";
        reached(named, &[&a[..], &["b.py:RATE cart", "shop/__init__.py:RATE"]].concat());
        reached("def __getattr__(name): return 1\n", &[&a[..], &["b.py:RATE cart"]].concat());
    }
}
