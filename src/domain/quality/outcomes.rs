//! What the code under test gave back: the names of a test that hold it, or parts of it, and what it was made of.

use super::check::Look;
use super::code::module;
use super::language::is_of_language;
use super::walk::{given, names, root, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Arguments, Expr, ExprAttribute, ExprCall, ExprName, Stmt};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Fixtures that hold what the code under test left.
const LEFT: [&str; 4] = ["caplog", "recwarn", "mailoutbox", "outbox"];

/// Calls that give as many items as they are given.
pub const PASSING: [&str; 12] =
    ["enumerate", "zip", "sorted", "reversed", "list", "tuple", "set", "iter", "dict", "filter", "map", "divmod"];

/// Methods that only show something in another way.
pub const SHOWING: [&str; 7] = ["items", "keys", "values", "copy", "splitlines", "strip", "lower"];

/// Calls that put together what they are given, item by item, or tell its items apart.
const COMBINING: [&str; 15] = [
    "asdict",
    "astuple",
    "gather",
    "combinations",
    "permutations",
    "product",
    "chain",
    "pairwise",
    "cycle",
    "repeat",
    "map",
    "imap",
    "starmap",
    "filter",
    "groupby",
];

/// Libraries whose functions give as much as they are given, as those of the language do.
const RECKONING: [&str; 5] = ["jax", "pandas", "scipy", "tensorflow", "torch"];

/// Words in the names of what the test expects, or brings along.
const BROUGHT: [&str; 8] = ["before", "expect", "answer", "want", "reference", "solution", "fixture", "sample"];

/// How many names of names are followed.
const DEEP: usize = 6;

/// What the code under test gave back, as the test holds it.
#[derive(Default)]
pub struct Outcome<'a> {
    /// The names that hold it, or that it is taken from.
    pub names: BTreeSet<&'a str>,
    /// What it was made on and with: names of the test, and attributes of its class as `self.store`.
    pub sources: BTreeSet<String>,
    /// The loops that its names go through.
    pub turned: BTreeSet<&'a str>,
}

impl<'a> Outcome<'a> {
    /// What the code under test gave back, if an expression is that or a part of it, and nothing else. What a parameter of the
    /// test decides is none: it differs from case to case.
    #[must_use]
    pub fn of(look: &Look<'a, '_>, expr: &Expr) -> Option<Self> {
        let mut outcome = Self::default();
        let is_it = outcome.follow(look, expr, DEEP);
        outcome.trace(look);
        (is_it && !outcome.is_varied(look)).then_some(outcome)
    }

    /// Whether what a statement does hangs on a parameter of the test, or of a fixture.
    #[must_use]
    pub fn hangs_on_parameter(look: &Look<'a, '_>, stmt: &Stmt) -> bool {
        let mut outcome = Self::default();
        let named = super::walk::expressions(stmt).into_iter().flat_map(names);
        outcome.sources.extend(named.filter_map(|name| local(look, name)));
        outcome.trace(look);
        outcome.is_varied(look)
    }

    fn is_varied(&self, look: &Look<'a, '_>) -> bool {
        let varied = look.case.parametrized();
        self.sources.iter().any(|name| varied.contains(name.as_str()) || look.varied.contains(name.as_str()))
    }

    /// Adds to the sources what they were made of themselves.
    fn trace(&mut self, look: &Look<'a, '_>) {
        let mut waiting: Vec<String> = self.sources.iter().cloned().collect();
        while let Some(name) = waiting.pop() {
            let made = look.values(&name).iter().chain(look.unpacked(&name)).chain(look.turns(&name));
            let of: Vec<String> = made.flat_map(|value| names(value)).filter_map(|of| local(look, of)).collect();
            waiting.extend(of.into_iter().filter(|of| self.sources.insert(of.clone())));
        }
    }

    fn follow(&mut self, look: &Look<'a, '_>, expr: &Expr, deep: usize) -> bool {
        match expr {
            Expr::Await(awaited) => self.follow(look, &awaited.value, deep),
            // What an object is made of, as the language or a named tuple has it: `module.__all__`.
            Expr::Attribute(attribute) if is_shape(attribute.attr.as_str()) => false,
            // What a framework notes of a class: `form._meta.fields`.
            Expr::Attribute(attribute) if attribute.attr.as_str() == "_meta" => false,
            Expr::Attribute(attribute) => self.follow(look, &attribute.value, deep),
            // What is cut to a written length may be a tuple of that length.
            Expr::Subscript(subscript) if subscript.slice.is_slice_expr() => false,
            Expr::Subscript(subscript) => {
                // Which rows are meant, another name may say: `rows[is_paid]`.
                self.sources.extend(names(&subscript.slice).into_iter().filter_map(|name| local(look, name)));
                self.follow(look, &subscript.value, deep)
            }
            Expr::ListComp(made) => made.generators.first().is_some_and(|part| self.follow(look, &part.iter, deep)),
            Expr::SetComp(made) => made.generators.first().is_some_and(|part| self.follow(look, &part.iter, deep)),
            Expr::DictComp(made) => made.generators.first().is_some_and(|part| self.follow(look, &part.iter, deep)),
            Expr::Generator(made) => made.generators.first().is_some_and(|part| self.follow(look, &part.iter, deep)),
            Expr::Name(name) => deep > 0 && self.name(look, name, deep - 1),
            Expr::Call(call) => self.call(look, call, deep),
            _ => false,
        }
    }

    /// A name that is given its value once, by a call.
    fn name(&mut self, look: &Look<'a, '_>, place: &ExprName, deep: usize) -> bool {
        let name = place.id.as_str();
        let Some(own) = look.locals.get(name).copied() else { return false };
        if look.case.parameters().any(|parameter| parameter == name) {
            self.names.insert(own);
            return LEFT.contains(&name);
        }
        if BROUGHT.iter().any(|word| name.contains(word)) {
            return false;
        }
        let (values, unpacked, turns) = (look.values(name), look.unpacked(name), look.turns(name));
        // What was given back together with it.
        let beside = look.locals.iter().filter(|other| !unpacked.is_empty() && look.unpacked(other) == unpacked);
        self.sources.extend(beside.map(|other| (*other).to_owned()));
        let only: &Expr = match (values, unpacked, turns) {
            ([only], [], []) | ([], [only], []) => only,
            ([], [], [only]) => {
                self.turned.insert(own);
                only
            }
            _ => return false,
        };
        self.names.insert(own);
        // `first, second = rows = f()` says how many there are.
        let is_counted = unpacked.is_empty() && look.locals.iter().any(|other| look.unpacked(other).contains(&only));
        !is_counted && is_sure(look, only, place) && self.follow(look, only, deep)
    }

    fn call(&mut self, look: &Look<'a, '_>, call: &ExprCall, deep: usize) -> bool {
        let given = &call.arguments.args;
        let name = last_name(&call.func).unwrap_or_default();
        match &*call.func {
            Expr::Name(_) if PASSING.contains(&name) || matches!(name, "getattr" | "next") => {
                let at = usize::from(matches!(name, "map" | "filter"));
                given.iter().skip(at).any(|arg| self.follow(look, arg, deep))
            }
            Expr::Attribute(of) if SHOWING.contains(&name) && given.is_empty() => self.follow(look, &of.value, deep),
            _ if COMBINING.contains(&name) => false,
            // `set().union(first, second)`
            Expr::Attribute(of) if of.value.as_call_expr().and_then(|made| last_name(&made.func)) == Some("set") => {
                given.iter().any(|arg| self.follow(look, arg, deep))
            }
            // `iterkeys(Shop.__dict__)`
            _ if given.first().and_then(Expr::as_attribute_expr).is_some_and(|of| is_shape(of.attr.as_str())) => false,
            // An archive, a table or a text of the language that is made of an outcome has its own parts.
            _ if is_of_language(look, &call.func) && name.starts_with(char::is_uppercase) => false,
            _ if is_of_language(look, &call.func) || is_reckoning(look, &call.func) || is_foreign(look, &call.func) => {
                self.note(look, &call.arguments);
                // `linspace(low, high, 100)` makes as many as are written.
                let is_sized = super::walk::given(call).any(Expr::is_number_literal_expr);
                !is_sized && given.iter().any(|arg| self.follow(look, arg, deep))
            }
            Expr::Name(_) => {
                self.note(look, &call.arguments);
                let is_known = look.source.imports.contains_key(name);
                let is_there = look.locals.contains(name) || name.starts_with("iter");
                is_tried(look, name) && !is_there && (!is_known || is_acting(call))
            }
            // There is always something between the commas, and a class is made of something.
            Expr::Attribute(_) if matches!(name, "split" | "rsplit" | "get_fields" | "_asdict") => false,
            // What the layers of a model are made of is settled by the model.
            Expr::Attribute(_) if given.is_empty() && (name.starts_with("named_") || name == "state_dict") => false,
            Expr::Attribute(of) => {
                self.note(look, &call.arguments);
                is_tried(look, name) && self.method(look, call, of, deep)
            }
            _ => false,
        }
    }

    /// A call of a function of a module, or on an object that the test has.
    fn method(&mut self, look: &Look<'a, '_>, call: &ExprCall, of: &ExprAttribute, deep: usize) -> bool {
        let Some(owner) = root(&of.value).filter(|owner| *owner != "super") else { return false };
        // A method of the test's own class is a helper of the tests, be it inherited from another file.
        let is_own = of.value.as_name_expr().is_some_and(|name| is_self(name.id.as_str()));
        // `WANTED.get("a")` of what the tests write out themselves.
        let is_written = look.source.state.contains_key(owner) && !look.locals.contains(owner);
        if is_own || is_written || look.source.is_helper(owner) || look.source.functions.contains_key(owner) {
            return false;
        }
        let mut inner = Self::default();
        if inner.follow(look, &of.value, deep) {
            self.names.extend(inner.names);
            self.turned.extend(inner.turned);
            self.sources.extend(inner.sources);
            return true;
        }
        self.sources.extend(source_of(look, &of.value));
        // An object that is given nothing to act on tells what the test has put there, and so does `graph.nodes(data)`.
        let is_local = look.locals.contains(owner);
        let is_object = of.value.is_call_expr() && !is_local || is_held(look, owner);
        is_acting(call) && if is_object { !is_noun(of.attr.as_str()) } else { !is_local }
    }

    /// Notes what a call is given.
    fn note(&mut self, look: &Look<'a, '_>, arguments: &Arguments) {
        let given = arguments.args.iter().chain(arguments.keywords.iter().map(|keyword| &keyword.value));
        for part in given.flat_map(within) {
            self.sources.extend(source_of(look, part).filter(|_| part.is_name_expr() || part.is_attribute_expr()));
        }
    }
}

/// Whether an attribute tells what an object is made of, as the language, a named tuple or an array has it.
fn is_shape(name: &str) -> bool {
    name.starts_with("__") || name.ends_with("_fields") || name == "shape"
}

/// Whether a value was given wherever a place is reached: not in a branch or a turn that the place does not stand in.
fn is_sure(look: &Look<'_, '_>, value: &Expr, place: &ExprName) -> bool {
    let mut around = statements(look.case.body()).into_iter().filter(|stmt| stmt.range().contains_range(value.range()));
    around.all(|stmt| {
        let is_open = stmt.is_if_stmt() || stmt.is_while_stmt() || stmt.is_for_stmt();
        !is_open || stmt.range().contains_range(place.range)
    })
}

/// A name of the test, but its own object.
fn local(look: &Look<'_, '_>, name: &str) -> Option<String> {
    let is_own = is_self(name) && !look.case.classes.is_empty();
    (look.locals.contains(name) && !is_own).then(|| name.to_owned())
}

/// What of the test an expression of names and dots begins with: `client` of `client.get`, `self.store` of `self.store.rows`.
fn source_of(look: &Look<'_, '_>, expr: &Expr) -> Option<String> {
    let name = root(expr)?;
    let held = local(look, name);
    if held.is_some() || !is_self(name) {
        return held;
    }
    let first = within(expr)
        .into_iter()
        .filter_map(Expr::as_attribute_expr)
        .find(|attribute| attribute.value.as_name_expr().is_some_and(|owner| owner.id.as_str() == name))?;
    Some(format!("{name}.{}", first.attr.as_str()))
}

/// Whether a name holds an object that the test was given, or has made by a call: what that is asked for comes of an act.
#[must_use]
pub fn is_held(look: &Look<'_, '_>, name: &str) -> bool {
    let is_made = |value: &&Expr| value.as_call_expr().is_some_and(|call| !is_of_language(look, &call.func));
    let values = look.values(name);
    is_self(name)
        || look.case.parameters().any(|parameter| parameter == name)
        || !values.is_empty() && values.iter().all(is_made)
}

/// Whether a function is given anything to act on. One that is not tells what there is, be it on the machine; one that is given a
/// class tells what that is made of.
fn is_acting(call: &ExprCall) -> bool {
    let mut given = given(call);
    let is_class = |expr: &Expr| expr.as_name_expr().is_some_and(|name| name.id.starts_with(char::is_uppercase));
    given.any(|expr| !expr.is_boolean_literal_expr() && !expr.is_none_literal_expr() && !is_class(expr))
}

/// Whether a function belongs to a library that reckons with arrays and tables.
fn is_reckoning(look: &Look<'_, '_>, callee: &Expr) -> bool {
    let first = root(callee).filter(|name| !look.locals.contains(name));
    let meaning = first.and_then(|name| look.source.imports.get(name));
    meaning.and_then(|meaning| meaning.split('.').next()).is_some_and(|module| RECKONING.contains(&module))
}

/// Whether a function is imported from elsewhere than the project: it is not what is tested.
fn is_foreign(look: &Look<'_, '_>, callee: &Expr) -> bool {
    let Some(codes) = look.about.codes else { return false };
    let meaning = look.source.meaning(callee, &look.locals).filter(|meaning| !meaning.starts_with('.'));
    meaning.is_some_and(|meaning| {
        module(codes, &meaning).is_none() && meaning.split('.').next().is_some_and(|first| codes(first).is_none())
    })
}

/// Whether a name is that of the test's own object or class.
#[must_use]
pub fn is_self(name: &str) -> bool {
    matches!(name, "self" | "cls")
}

/// Whether a call of that name may be one of the code under test: of no class, and of nothing that the tests define.
fn is_tried(look: &Look<'_, '_>, name: &str) -> bool {
    let is_class = name.trim_start_matches('_').starts_with(|c: char| c.is_ascii_uppercase());
    !is_class && !look.source.functions.contains_key(name) && !look.source.is_helper(name)
}

/// Whether a name is that of several things, and not of an act: `nodes`, `children`.
fn is_noun(name: &str) -> bool {
    let is_plural = name.ends_with('s') && !name.ends_with("ss");
    name == "data" || !name.trim_start_matches('_').contains('_') && (is_plural || name.ends_with("ren"))
}
