//! What an edit changes in what is executed at import: names that mean something else now, and for whom.

use crate::domain::python::{Part, PartKind};
use std::collections::{BTreeMap, BTreeSet};

/// What changed outside the bodies of functions between two versions of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtImport {
    /// Whether whoever uses the module may behave otherwise, without a changed name standing anywhere: a class, a
    /// decorator or a statement that calls something changed.
    pub everyone: bool,
    /// The names that mean something else now; `*` for any.
    pub names: BTreeSet<String>,
    /// Whether anything changed at all.
    pub any: bool,
}

impl AtImport {
    /// Compares the parts of two versions.
    #[must_use]
    pub fn between(old: &[Part], new: &[Part]) -> Self {
        let mut change = Self::default();
        for name in names(old, new, PartKind::Function) {
            let (old, new) = (of(old, PartKind::Function, name), of(new, PartKind::Function, name));
            for at in 0..old.len().max(new.len()) {
                change.function(old.get(at).copied(), new.get(at).copied());
            }
        }
        for name in names(old, new, PartKind::Class) {
            let (old, new) = (of(old, PartKind::Class, name), of(new, PartKind::Class, name));
            for at in 0..old.len().max(new.len()) {
                change.class(old.get(at).copied(), new.get(at).copied());
            }
        }
        change.statements(old, new);
        change
    }

    /// The same with what follows in the file itself: constants that are made from what changed, classes below it. `called` are
    /// functions that changed and that an import runs: whatever calls them outside functions is something else as well.
    #[must_use]
    pub fn followed(mut self, new: &[Part], called: BTreeSet<String>) -> Self {
        self.names.extend(called);
        let mut left: Vec<&Part> =
            new.iter().filter(|part| part.kind != PartKind::Function && !part.is_import).collect();
        loop {
            let (follows, others): (Vec<&Part>, Vec<&Part>) =
                left.into_iter().partition(|part| self.names.iter().any(|name| part.mentions(name)));
            left = others;
            if follows.is_empty() {
                return self;
            }
            for part in follows {
                self.note(part, part.kind == PartKind::Class || !is_named(part));
            }
        }
    }

    fn note(&mut self, part: &Part, everyone: bool) {
        self.any = true;
        self.everyone |= everyone;
        self.names.extend(part.binds.iter().cloned());
        let around = part.class().map(|class| class.rsplit('.').next().unwrap_or(class));
        self.names.extend(around.map(ToOwned::to_owned));
    }

    /// What a body does shows when it is called; only its head is executed at import. A new method may take the place of
    /// an inherited one.
    fn function(&mut self, old: Option<&Part>, new: Option<&Part>) {
        match (old, new) {
            (Some(old), Some(new)) if old.decorators != new.decorators => {
                self.note(old, true);
                self.note(new, true);
            }
            (Some(old), Some(new)) if old.signature != new.signature => self.note(new, false),
            (None, Some(new)) => self.note(new, new.decorators != 0 || new.class().is_some()),
            (Some(old), None) => self.note(old, false),
            _ => {}
        }
    }

    fn class(&mut self, old: Option<&Part>, new: Option<&Part>) {
        match (old, new) {
            (Some(old), Some(new)) if old.code == new.code => {}
            (Some(part), Some(_)) => self.note(part, true),
            (None, Some(part)) => self.note(part, part.decorators != 0 || part.mentions.len() > 1),
            (Some(part), None) => self.note(part, false),
            (None, None) => {}
        }
    }

    fn statements(&mut self, old: &[Part], new: &[Part]) {
        let mut left: BTreeMap<u64, Vec<&Part>> = BTreeMap::new();
        let is_statement = |part: &&Part| part.kind == PartKind::Statement;
        for part in old.iter().filter(is_statement) {
            left.entry(part.code).or_default().push(part);
        }
        for part in new.iter().filter(is_statement) {
            if left.get_mut(&part.code).and_then(Vec::pop).is_none() {
                self.note(part, !is_named(part));
            }
        }
        for part in left.into_values().flatten() {
            self.note(part, !is_named(part));
        }
    }

    /// A changed name that a part mentions.
    #[must_use]
    pub fn named_in<'a>(&'a self, part: &Part) -> Option<&'a str> {
        self.names.iter().map(String::as_str).find(|name| *name == "*" || part.mentions(name))
    }
}

/// Whether only whoever mentions its names can notice a statement: an import, unless a star brings any names, or a value
/// that is made without a call. What pytest itself reads is noticed by everyone.
fn is_named(part: &Part) -> bool {
    part.is_import && !part.binds.iter().any(|name| name == "*") || part.is_quiet && !part.automatic
}

fn names<'a>(old: &'a [Part], new: &'a [Part], kind: PartKind) -> BTreeSet<&'a str> {
    old.iter().chain(new).filter(|part| part.kind == kind).map(|part| part.name.as_str()).collect()
}

fn of<'a>(parts: &'a [Part], kind: PartKind, name: &str) -> Vec<&'a Part> {
    parts.iter().filter(|part| part.kind == kind && part.name == name).collect()
}

#[cfg(test)]
mod tests {
    use super::AtImport;
    use crate::domain::python::parts;

    const OLD: &str = "\
import os

RATE = 2


class Cart(Base):
    size = 1

    def total(self):
        return self.size * RATE


def tax(price, rate=RATE):
    return price * rate
";

    fn check(from: &str, to: &str, everyone: bool, names: &[&str]) {
        let new = OLD.replace(from, to);
        assert_ne!(new, OLD);
        let change = AtImport::between(&parts(OLD), &parts(&new));
        let found: Vec<&str> = change.names.iter().map(String::as_str).collect();
        assert_eq!((change.everyone, found.as_slice(), change.any), (everyone, names, everyone || !names.is_empty()));
    }

    #[test]
    fn bodies_comments_and_formatting_change_nothing_at_import() {
        check("self.size * RATE", "self.size + RATE", false, &[]);
        check("RATE = 2", "RATE  =  2  # percent", false, &[]);
        check("def tax", "# a remark\ndef tax", false, &[]);
    }

    #[test]
    fn calls_classes_decorators_and_new_methods_concern_everyone_who_uses_the_module() {
        check("RATE = 2", "RATE = read()", true, &["RATE"]);
        check("RATE = 2", "RATE = 2\nregister(RATE)", true, &[]);
        check("size = 1", "size = 2", true, &["Cart"]);
        check("(Base)", "(Other)", true, &["Cart"]);
        check("def tax", "@cached\ndef tax", true, &["tax"]);
        check("    def total", "    def price(self): pass\n\n    def total", true, &["Cart", "price"]);
    }

    #[test]
    fn what_is_made_from_a_changed_name_or_by_a_changed_function_means_something_else() {
        let old = "def mark(cls): return cls\nRATE = 2\nTWICE = RATE * 2\nTABLE = mark(TWICE)\nclass Cart(TABLE): pass\nOTHER = 1\n";
        let found = |new: &str, called: &[&str]| {
            let called = called.iter().map(|name| (*name).to_owned()).collect();
            let change = AtImport::between(&parts(old), &parts(new)).followed(&parts(new), called);
            (change.everyone, change.names.into_iter().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(found(&old.replace("RATE = 2", "RATE = 3"), &[]), (true, "Cart RATE TABLE TWICE".to_owned()));
        assert_eq!(found(&old.replace("OTHER = 1", "OTHER = 2"), &[]), (false, "OTHER".to_owned()));
        assert_eq!(found(&old.replace("return cls", "return None"), &["mark"]), (true, "Cart TABLE mark".to_owned()));
        assert_eq!(found(&old.replace("return cls", "return None"), &[]), (false, String::new()));
    }

    #[test]
    fn constants_imports_signatures_and_new_functions_concern_those_who_name_them() {
        check("RATE = 2", "RATE = 3", false, &["RATE"]);
        check("RATE = 2", "RATE: dict = {'a': [1, -2]}", false, &["RATE"]);
        check("RATE = 2", "RATE = 2\nOTHER = RATE", false, &["OTHER"]);
        check("import os", "import os\nimport re", false, &["re"]);
        check("rate=RATE", "rate=1", false, &["tax"]);
        check("def tax", "def discount(price): pass\n\n\ndef tax", false, &["discount"]);
        check("import os\n", "from os import *\n", true, &["*", "os"]);
    }
}
