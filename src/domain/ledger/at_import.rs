//! What an edit changes in what is executed at import: names that mean something else now, and for whom.

use crate::domain::python::{Part, PartKind};
use std::collections::{BTreeMap, BTreeSet};

/// Names of one file that stand for something else than before, for whoever imports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meant {
    /// The names that mean something else now: whoever mentions one may notice. `*` for any.
    pub names: BTreeSet<String>,
    /// The names of functions and classes that an import runs and whose code changed. Whoever calls one in a test runs the
    /// changed code, and evidence tells that; but what an import makes by calling one is something else, whoever uses it.
    pub makers: BTreeSet<String>,
}

impl Meant {
    /// Whether no name means anything else.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.makers.is_empty()
    }

    /// Takes in more names.
    pub fn extend(&mut self, other: &Self) {
        self.names.extend(other.names.iter().cloned());
        self.makers.extend(other.makers.iter().cloned());
    }

    /// A name that means something else to who runs a part: one that it mentions, or one by which an import makes it.
    #[must_use]
    pub fn named_in(&self, part: &Part) -> Option<&str> {
        self.naming(part).next()
    }

    /// All such names.
    pub fn naming<'a>(&'a self, part: &Part) -> impl Iterator<Item = &'a str> {
        let mentioned = self.names.iter().filter(|name| *name == "*" || part.mentions(name));
        mentioned.chain(self.makers.iter().filter(|name| part.works_with(name))).map(String::as_str)
    }

    /// Whether a part mentions what makes things.
    pub fn has_maker(&self, part: &Part) -> bool {
        self.makers.iter().any(|name| part.mentions(name))
    }

    /// Notes a function that an import runs and whose code, or what it calls, changed: what it makes and what it keeps is
    /// something else.
    pub fn makes(&mut self, function: &Part) {
        self.names.extend(function.kept.iter().cloned());
        let Some(name) = function.called() else { return };
        let is_heir = ["__init_subclass__", "__mro_entries__"].iter().any(|end| function.name.ends_with(end));
        // Such a method runs where a class below it is made, and that class only names its base.
        let names = if is_heir { &mut self.names } else { &mut self.makers };
        names.insert(name.to_owned());
    }
}

/// What changed outside the bodies of functions between two versions of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtImport {
    /// Whether whoever uses the module may behave otherwise, without a changed name standing anywhere: a class, a
    /// decorator or a statement that calls something changed.
    pub everyone: bool,
    /// The names that mean something else now.
    pub meant: Meant,
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

    /// The same with what follows in the file itself: constants that are made from what changed, classes below it. `ran` are
    /// the functions that an import runs, each with whether it changed: whatever calls a changed one outside functions is
    /// something else as well.
    #[must_use]
    pub fn followed(mut self, (old, new): (&[Part], &[Part]), ran: &BTreeMap<&str, bool>) -> Self {
        let is_changed = |part: &&Part| {
            part.kind == PartKind::Function && ran.get(part.name.as_str()).is_some_and(|is_changed| *is_changed)
        };
        old.iter().chain(new).filter(is_changed).for_each(|part| self.meant.makes(part));
        let is_left = |part: &&Part| match part.kind {
            PartKind::Function => ran.contains_key(part.name.as_str()),
            _ => !part.is_import,
        };
        let mut left: Vec<&Part> = new.iter().filter(is_left).collect();
        loop {
            let before = (left.len(), self.meant.names.len(), self.meant.makers.len());
            left.retain(|part| !self.follows(part));
            if (left.len(), self.meant.names.len(), self.meant.makers.len()) == before {
                return self;
            }
        }
    }

    /// Takes in what follows for one part, and says whether nothing more can follow for it.
    fn follows(&mut self, part: &Part) -> bool {
        let has_maker = self.meant.has_maker(part);
        if part.kind == PartKind::Function {
            if has_maker {
                self.meant.makes(part);
            }
            return has_maker;
        }
        if self.meant.named_in(part).is_some() {
            self.note(part, part.kind == PartKind::Class || !is_named(part));
            return true;
        }
        // Another name for what makes things, or a class below it.
        if has_maker {
            self.meant.makers.extend(part.binds.iter().cloned());
        }
        false
    }

    fn note(&mut self, part: &Part, everyone: bool) {
        self.any = true;
        self.everyone |= everyone;
        self.meant.names.extend(part.binds.iter().cloned());
        let around = part.class().map(|class| class.rsplit('.').next().unwrap_or(class));
        self.meant.names.extend(around.map(ToOwned::to_owned));
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
    use super::{AtImport, Meant};
    use crate::domain::python::parts;
    use std::collections::{BTreeMap, BTreeSet};

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
        let found: Vec<&str> = change.meant.names.iter().map(String::as_str).collect();
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
        let found = |new: &str, ran: &[(&str, bool)]| {
            let ran: BTreeMap<&str, bool> = ran.iter().copied().collect();
            let change = AtImport::between(&parts(old), &parts(new)).followed((&parts(old), &parts(new)), &ran);
            let words = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(" ");
            (change.everyone, words(change.meant.names), words(change.meant.makers))
        };
        let told = |everyone, names: &str, makers: &str| (everyone, names.to_owned(), makers.to_owned());
        assert_eq!(found(&old.replace("RATE = 2", "RATE = 3"), &[]), told(true, "Cart RATE TABLE TWICE", ""));
        assert_eq!(found(&old.replace("OTHER = 1", "OTHER = 2"), &[]), told(false, "OTHER", ""));
        let mark = old.replace("return cls", "return None");
        assert_eq!(found(&mark, &[("mark", true)]), told(true, "Cart TABLE", "mark"));
        assert_eq!(found(&mark, &[]), told(false, "", ""));
    }

    /// What follows for others when `step` changed, given the functions that an import runs.
    fn made(text: &str, ran: &[&str]) -> (String, String) {
        let text = format!("def step(n): return n\n{text}\n");
        let ran: BTreeMap<&str, bool> = ran.iter().map(|name| (*name, *name == "step")).collect();
        let parts = parts(&text);
        let meant = AtImport::default().followed((&parts, &parts), &ran).meant;
        let words = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(" ");
        (words(meant.names), words(meant.makers))
    }

    #[test]
    fn what_an_import_makes_by_way_of_other_functions_means_something_else() {
        let told = |names: &str, makers: &str| (names.to_owned(), makers.to_owned());
        let text = "def way(n): return step(n)\ndef other(n): return way(n)\nONE = way(1)\nTWO = other(1)";
        assert_eq!(made(text, &["step", "way"]), told("ONE", "step way"));
        assert_eq!(made(text, &["step", "way", "other"]), told("ONE TWO", "other step way"));
        // A metaclass, a class that sees the classes below it, and one that is only made into values.
        let meta = "class Meta(type):\n    def __new__(m, *a): return step(m)\nclass Top(metaclass=Meta): x = 1\nclass Sub(Top): y = 1";
        assert_eq!(made(meta, &["step", "Meta.__new__"]), told("Sub Top", "Meta step"));
        let heir = "class Top:\n    def __init_subclass__(cls): step(cls)\nclass Sub(Top): y = 1";
        assert_eq!(made(heir, &["step", "Top.__init_subclass__"]), told("Sub Top", "step"));
        let plain =
            "class Top:\n    def __init__(self): step(self)\nclass Sub(Top): kind = Top\nONE = Sub()\nKIND = Sub";
        assert_eq!(made(plain, &["step", "Top.__init__"]), told("ONE", "KIND Sub Top step"));
    }

    #[test]
    fn a_function_is_named_for_what_it_mentions_and_for_what_an_import_makes_it_with() {
        let parts =
            parts("@step\ndef a(): pass\ndef b(n=step(1)): pass\ndef c(): return step(1)\ndef d(): return RATE\n");
        let named = |meant: &Meant| parts.iter().map(|part| meant.named_in(part).is_some()).collect::<Vec<_>>();
        let set = |name: &str| BTreeSet::from([name.to_owned()]);
        assert_eq!(named(&Meant { makers: set("step"), ..Meant::default() }), [true, true, false, false]);
        assert_eq!(named(&Meant { names: set("step"), ..Meant::default() }), [true, true, true, false]);
        assert_eq!(named(&Meant { names: set("RATE"), ..Meant::default() }), [false, false, false, true]);
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
