//! Where the code under test may ask a mock, through all that hands it on: a run tells to which of these lines it came.

use super::acts::{arguments, held_as, is_known, maker};
use super::asked::{Given, Names, Way};
use super::check::Look;
use super::code::{Codes, Place};
use super::walk::{calls, everything, expressions, given, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt};
use std::collections::BTreeSet;

/// How many functions a mock is followed through that hand it on.
const DEEP: usize = 3;

/// A line that asks for a method of a mock.
pub struct Asking {
    /// The file, in words.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The method, with its dot.
    pub what: String,
}

/// The lines at which the code that a call of the test runs may ask what it is given, in the order in which they are found. None
/// where the test itself speaks of what is asked or of what holds it, or makes another call by that name: which of them comes
/// there is not known then.
#[must_use]
pub fn ways(look: &Look<'_, '_>, codes: &Codes<'_>, call: &ExprCall, mock: &Expr) -> Vec<Asking> {
    let all = everything(&look.case.def.body).into_iter().filter_map(Expr::as_call_expr);
    let is_only = all.filter(|other| last_name(&other.func) == last_name(&call.func)).count() == 1;
    let Some(place) = entered(look, codes, call).filter(|_| is_only) else { return Vec::new() };
    let mut ways = Ways { codes, found: Vec::new(), held: BTreeSet::new(), met: BTreeSet::new() };
    ways.enter(place, call, mock, DEEP);
    let asked = ways.found.iter().map(|way| way.what.trim_start_matches('.'));
    let is_told = ways.held.iter().map(String::as_str).chain(asked).any(|word| is_known(look, word));
    if is_told { Vec::new() } else { ways.found }
}

/// What a call of the test runs: a function, the making of an object, or a method of an object that the test makes.
fn entered(look: &Look<'_, '_>, codes: &Codes<'_>, call: &ExprCall) -> Option<Place> {
    if last_name(&call.func).is_some_and(|name| look.replaced.contains(name)) {
        return None;
    }
    if let Some(place) = look.source.meaning(&call.func, &look.locals).and_then(|meaning| Place::find(codes, &meaning))
    {
        return Some(place);
    }
    let method = call.func.as_attribute_expr()?;
    let making = Place::find(codes, &look.source.meaning(&maker(look, &method.value)?.func, &look.locals)?)?;
    let place = Place { name: method.attr.to_string(), ..making };
    place.class.as_ref()?;
    place.lineage(codes).into_iter().find(|place| place.def().is_some())
}

struct Ways<'c> {
    codes: &'c Codes<'c>,
    found: Vec<Asking>,
    /// The names by which objects hold the mock.
    held: BTreeSet<String>,
    /// What was gone through, with the names that the mock has there.
    met: BTreeSet<(String, Option<String>, String, Vec<String>)>,
}

impl Ways<'_> {
    /// Goes into what a call runs that is given the mock.
    fn enter(&mut self, place: Place, call: &ExprCall, mock: &Expr, deep: usize) {
        if place.class.is_none() || place.name != "__init__" {
            let names = arguments(&place, call, mock);
            return self.follow(&place, &names, deep);
        }
        let line = place.lineage(self.codes);
        let Some(at) = line.iter().position(|place| place.def().is_some()) else {
            return self.filled(&line, call, mock, deep);
        };
        let Some(making) = line.get(at) else { return };
        let names = arguments(making, call, mock);
        self.follow(making, &names, deep);
        let held: Names = names.keys().filter_map(|name| held_as(making, name)).collect();
        self.object(line.get(..=at).unwrap_or_default(), &held, deep);
    }

    /// Goes through a class whose making only fills its fields: a `dataclass`.
    fn filled(&mut self, line: &[Place], call: &ExprCall, mock: &Expr, deep: usize) {
        let Some(kind) = line.first().and_then(Place::kind) else { return };
        if !kind.decorator_list.iter().any(|decorator| is_dataclass(&decorator.expression)) || line.len() > 1 {
            return;
        }
        let fields = kind.body.iter().filter_map(Stmt::as_ann_assign_stmt).filter_map(|field| last_name(&field.target));
        let placed = call.arguments.args.iter().zip(fields).filter(|(given, _)| *given == mock).map(|(_, name)| name);
        let named = call.arguments.keywords.iter().filter(|keyword| keyword.value == *mock);
        let named = named.filter_map(|keyword| keyword.arg.as_ref()).map(|name| name.as_str());
        let held: Names = placed.chain(named).map(|name| (format!("self.{name}"), Given::Mock)).collect();
        self.object(line, &held, deep);
    }

    /// Goes through all methods of an object that holds the mock.
    fn object(&mut self, line: &[Place], held: &Names, deep: usize) {
        if held.is_empty() {
            return;
        }
        self.held.extend(held.keys().filter_map(|name| name.strip_prefix("self.")).map(str::to_owned));
        for place in line {
            let methods = place.kind().into_iter().flat_map(|kind| &kind.body).filter_map(Stmt::as_function_def_stmt);
            let names: Vec<String> = methods.map(|def| def.name.to_string()).collect();
            for name in names {
                self.follow(&Place { name, ..place.clone() }, held, deep);
            }
        }
    }

    /// Goes through a function in which the mock has these names.
    fn follow(&mut self, place: &Place, names: &Names, deep: usize) {
        let Some(def) = place.def().filter(|_| !names.is_empty()) else { return };
        let path = place.code.path.clone();
        let key = (path.clone(), place.class.clone(), place.name.clone(), names.keys().cloned().collect());
        if !self.met.insert(key) {
            return;
        }
        let replaced = BTreeSet::new();
        let way = Way { code: &place.code, replaced: &replaced, names: names.clone(), is_strict: true };
        let all = statements(&def.body);
        let is_rebound = |expr: &Expr| match expr {
            Expr::Name(name) => name.ctx.is_store() && way.is_mock(expr),
            Expr::Attribute(attribute) => attribute.ctx.is_store() && way.is_mock(expr),
            _ => false,
        };
        if all.iter().flat_map(|stmt| expressions(stmt)).any(is_rebound) {
            return;
        }
        for stmt in all {
            // What shares its line with a condition is not surely run where the line is.
            let asked = place.code.begins_line(stmt).then(|| way.called(stmt)).flatten();
            self.found.extend(asked.map(|asked| Asking { path: path.clone(), line: asked.line, what: asked.what }));
            let Some(deep) = deep.checked_sub(1) else { continue };
            for call in calls(stmt) {
                for mock in given(call).filter(|given| way.is_mock(given)) {
                    if let Some(next) = place.called(self.codes, &call.func) {
                        self.enter(next, call, mock, deep);
                    }
                }
            }
        }
    }
}

fn is_dataclass(decorator: &Expr) -> bool {
    let made = decorator.as_call_expr().map_or(decorator, |call| &call.func);
    last_name(made).is_some_and(|name| matches!(name, "dataclass" | "define" | "frozen" | "attrs"))
}
