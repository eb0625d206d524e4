//! How far a changed name reaches: the parts of other files that mention it, and what is defined by means of it.

use crate::base::RepoPath;
use crate::domain::ledger::Unit;
use crate::domain::python::{Part, PartKind};
use std::collections::{BTreeMap, BTreeSet};

/// A part that mentions a changed name: its place among the parts, the name, and the file in which it changed.
pub type Named = (usize, String, RepoPath);

/// The parts of `units` that mention a name which changed in a file that they import. What stands outside functions
/// hands the change on to the names that it defines: a constant made from a changed one, a class below a changed one.
/// A changed file is no part of the answer for its own names.
#[must_use]
pub fn reach(changed: &BTreeMap<RepoPath, BTreeSet<String>>, units: &[&Unit]) -> BTreeMap<RepoPath, Vec<Named>> {
    // For each file the names that mean something else, each with the file in which that began.
    let mut names: BTreeMap<RepoPath, BTreeMap<String, RepoPath>> = BTreeMap::new();
    for (path, own) in changed {
        let own = own.iter().map(|name| (name.clone(), path.clone()));
        names.entry(path.clone()).or_default().extend(own);
    }
    let mut found: BTreeMap<RepoPath, BTreeMap<usize, (String, RepoPath)>> = BTreeMap::new();
    let mut waiting: Vec<RepoPath> = names.keys().cloned().collect();
    while let Some(from) = waiting.pop() {
        let Some(meant) = names.get(&from).cloned() else { continue };
        for unit in units.iter().filter(|unit| unit.path != from && unit.imports(&from)) {
            let parts = found.entry(unit.path.clone()).or_default();
            let own = names.entry(unit.path.clone()).or_default();
            if spread(unit, &meant, own, parts) {
                waiting.push(unit.path.clone());
            }
        }
    }
    found.retain(|_, parts| !parts.is_empty());
    let rows = |parts: BTreeMap<usize, (String, RepoPath)>| {
        parts.into_iter().map(|(at, (name, origin))| (at, name, origin)).collect()
    };
    found.into_iter().map(|(path, parts)| (path, rows(parts))).collect()
}

/// Marks the parts of a file that mention names, and what follows in the file itself. Says whether the file has new names
/// that mean something else.
fn spread(
    unit: &Unit,
    meant: &BTreeMap<String, RepoPath>,
    own: &mut BTreeMap<String, RepoPath>,
    parts: &mut BTreeMap<usize, (String, RepoPath)>,
) -> bool {
    let before = own.len();
    loop {
        let count = (own.len(), parts.len());
        for (at, part) in unit.parts.iter().enumerate().filter(|(at, _)| !parts.contains_key(at)).collect::<Vec<_>>() {
            let Some((name, origin)) = mention(part, meant).or_else(|| mention(part, own)) else { continue };
            if part.kind != PartKind::Function {
                let bound = handed_on(part, meant, own);
                own.extend(bound.into_iter().map(|bound| (bound, origin.clone())));
            }
            parts.insert(at, (name, origin));
        }
        if (own.len(), parts.len()) == count {
            return own.len() > before;
        }
    }
}

/// The names that a part outside functions hands a change on to: an import of several names hands on those that changed,
/// unless it gives them others.
fn handed_on(part: &Part, meant: &BTreeMap<String, RepoPath>, own: &BTreeMap<String, RepoPath>) -> Vec<String> {
    let is_changed = |name: &&String| meant.contains_key(*name) || own.contains_key(*name);
    let same: Vec<String> = part.binds.iter().filter(is_changed).cloned().collect();
    if part.is_import && !same.is_empty() { same } else { part.binds.clone() }
}

/// The first name that a part mentions; a method also depends on the class around it.
fn mention(part: &Part, names: &BTreeMap<String, RepoPath>) -> Option<(String, RepoPath)> {
    let class = part.class().and_then(|class| class.rsplit('.').next());
    let is = |name: &str| name == "*" || part.mentions(name) || class == Some(name);
    names.iter().find(|(name, _)| is(name)).map(|(name, origin)| (name.clone(), origin.clone()))
}

#[cfg(test)]
mod tests {
    use super::reach;
    use crate::base::RepoPath;
    use crate::domain::ledger::Unit;
    use std::collections::{BTreeMap, BTreeSet};

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    fn check(changed: &str, names: &[&str], files: &[(&str, &str)], expect: &[&str]) {
        let units: Vec<Unit> = files.iter().map(|(name, text)| Unit::read(&path(name), text)).collect();
        let names: BTreeSet<String> = names.iter().map(|&name| name.to_owned()).collect();
        let found = reach(&BTreeMap::from([(path(changed), names)]), &units.iter().collect::<Vec<_>>());
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
}
