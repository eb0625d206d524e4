//! The calls of a test that run code of the project, and what that code asks of a mock.

use super::asked::Asker;
use super::check::Look;
use super::code::{Code, Codes, Kind, Place};
use super::course::Asked;
use super::frame::{Given, Names, arguments};
use super::walk::{calls, everything, given, root, statements, text};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// A call of a test whose code is known.
pub struct Act<'a> {
    /// The call.
    pub call: &'a ExprCall,
    /// What it runs.
    place: Place,
}

/// The calls of a test that run code of the project.
pub struct Acts<'a, 'c> {
    /// Those whose code is known, without what is to be refused.
    pub all: Vec<Act<'a>>,
    /// All others.
    unknown: Vec<&'a ExprCall>,
    codes: &'c Codes<'c>,
    replaced: &'c BTreeSet<&'a str>,
}

impl<'a, 'c> Acts<'a, 'c> {
    /// The calls of a test.
    #[must_use]
    pub fn of(look: &Look<'a, 'c>, codes: &'c Codes<'c>) -> Self {
        let all = statements(look.case.body());
        let refused: Vec<TextRange> = all.iter().filter(|stmt| is_refused(stmt)).map(Ranged::range).collect();
        let mut acts = Self { all: Vec::new(), unknown: Vec::new(), codes, replaced: look.replaced };
        for call in all.into_iter().flat_map(calls) {
            let is_refused = refused.iter().any(|range| range.contains_range(call.range()));
            let is_known = !is_refused && last_name(&call.func).is_some_and(|name| !acts.replaced.contains(name));
            match place(look, codes, call).filter(|_| is_known) {
                Some(place) => acts.all.push(Act { call, place }),
                None => acts.unknown.push(call),
            }
        }
        acts
    }

    /// Whether all that a name is handed to is known.
    #[must_use]
    pub fn knows_all(&self, name: &str) -> bool {
        let is_it = |given: &Expr| given.as_name_expr().is_some_and(|given| given.id.as_str() == name);
        !self.unknown.iter().any(|call| given(call).any(is_it))
    }

    /// What the code asks of a mock that a call is given, or that the object holds which the call makes.
    #[must_use]
    pub fn asked(&self, look: &Look<'a, '_>, act: &Act<'a>, mock: &Expr) -> Option<Asked> {
        let asker = Asker { codes: self.codes, replaced: self.replaced, patched: None };
        let is_it = |given: &Expr| (given.range() == mock.range()).then_some(Given::Mock);
        let names = arguments(act.place.def()?, act.call, act.place.of.is_some(), is_it);
        let (asked, held) = asker.run(&act.place, names);
        // The test may have it by the name that the object has for it.
        if held.keys().filter_map(|name| name.strip_prefix("self.")).any(|name| is_spoken_of(look, name)) {
            return None;
        }
        let asked = asked.or_else(|| self.asked_later(look, &asker, act.call, &held));
        asked.filter(|asked| !is_spoken_of(look, asked.what.trim_start_matches('.')))
    }

    /// What the code asks of what is replaced in one of its modules, in the calls of a stretch of the test.
    #[must_use]
    pub fn asked_in(&self, code: &Code, name: &str, during: TextRange) -> Option<Asked> {
        let patched = Some((code, name));
        let asker = Asker { codes: self.codes, replaced: self.replaced, patched };
        let acts = self.all.iter().filter(|act| during.contains_range(act.call.range()));
        acts.into_iter().find_map(|act| asker.run(&act.place, Names::new()).0)
    }

    /// What the methods of an object ask that the test calls after it has made the object.
    fn asked_later(&self, look: &Look<'a, '_>, asker: &Asker<'_>, made: &ExprCall, held: &Names) -> Option<Asked> {
        let is_made = |call: &ExprCall| made_by(look, call).is_some_and(|maker| maker.range() == made.range());
        let later = self.all.iter().filter(|_| !held.is_empty()).filter(|act| is_made(act.call));
        later.into_iter().find_map(|act| asker.run(&act.place, held.clone()).0)
    }
}

/// The names of all that the tests of a source replace.
#[must_use]
pub fn replaced(body: &[Stmt]) -> BTreeSet<&str> {
    let calls = everything(body).into_iter().filter_map(Expr::as_call_expr);
    let patching = calls.filter(|call| {
        dotted(&call.func).is_some_and(|name| name.to_lowercase().contains("patch") || name.ends_with("setattr"))
    });
    patching.flat_map(given).filter_map(text).filter_map(|target| target.rsplit('.').next()).collect()
}

/// Whether what stands in a statement is to be refused.
pub fn is_refused(stmt: &Stmt) -> bool {
    let with = match stmt {
        Stmt::With(with) => with,
        stmt => return stmt.as_try_stmt().is_some_and(|attempt| !attempt.handlers.is_empty()),
    };
    let words = ["raises", "warns", "suppress", "throws", "fail", "error", "exit"];
    with.items
        .iter()
        .filter_map(|item| last_name(&item.context_expr))
        .any(|name| words.iter().any(|word| name.to_lowercase().contains(word)))
}

/// Whether the test itself has a word for what is asked.
fn is_spoken_of(look: &Look<'_, '_>, word: &str) -> bool {
    everything(&look.case.def.body).into_iter().any(|expr| {
        expr.as_attribute_expr().is_some_and(|attribute| attribute.attr.as_str() == word)
            || !word.is_empty() && text(expr).is_some_and(|text| text == word)
    })
}

/// The code that a call of a test runs.
fn place(look: &Look<'_, '_>, codes: &Codes<'_>, call: &ExprCall) -> Option<Place> {
    if let Some(meant) = look.source.meaning(&call.func, &look.locals) {
        return Place::find(codes, &meant);
    }
    let method = call.func.as_attribute_expr()?;
    let kind = kind(look, codes, made_by(look, call)?)?;
    Place::method(codes, &kind, method.attr.as_str())
}

/// The class that a call makes an object of.
fn kind(look: &Look<'_, '_>, codes: &Codes<'_>, maker: &ExprCall) -> Option<Kind> {
    Place::kind(codes, &look.source.meaning(&maker.func, &look.locals)?)
}

/// The call that makes the object whose method a call is: in the call itself, by the one value of a name of the test, in a
/// fixture or a set-up of its file.
fn made_by<'a>(look: &Look<'a, '_>, call: &'a ExprCall) -> Option<&'a ExprCall> {
    let owner = &*call.func.as_attribute_expr()?.value;
    let only = |values: &[&'a Expr]| if let [value] = values { value.as_call_expr() } else { None };
    match owner {
        Expr::Call(maker) => Some(maker),
        Expr::Name(name) if look.case.parameters().any(|parameter| parameter == name.id.as_str()) => {
            let [fixture] = look.source.functions.get(name.id.as_str())?.as_slice() else { return None };
            let ends: Vec<&Expr> = statements(&fixture.body).into_iter().filter_map(given_back).collect();
            only(&ends)
        }
        Expr::Name(name) => only(look.values(name.id.as_str())),
        Expr::Attribute(held) if root(owner) == Some("self") => {
            let methods = look.case.classes.last()?.body.iter().filter_map(Stmt::as_function_def_stmt);
            let all = methods.flat_map(|method| statements(&method.body)).filter_map(Stmt::as_assign_stmt);
            let own = dotted(&Expr::Attribute(held.clone()));
            let values: Vec<&Expr> = all
                .filter(|assign| assign.targets.iter().any(|target| dotted(target) == own))
                .map(|assign| &*assign.value)
                .collect();
            only(&values)
        }
        _ => None,
    }
}

/// What a fixture gives.
fn given_back(stmt: &Stmt) -> Option<&Expr> {
    match stmt {
        Stmt::Return(end) => end.value.as_deref(),
        Stmt::Expr(stmt) => stmt.value.as_yield_expr().and_then(|given| given.value.as_deref()),
        _ => None,
    }
}
