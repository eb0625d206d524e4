//! The calls of a test whose code is known, and what that code asks of a mock.

use super::asked::{Asked, Given, Names, Way};
use super::check::Look;
use super::code::{Code, Codes, Place, patched_in};
use super::walk::{calls, everything, expressions, given, statements, text, unawaited, within};
use super::words::others_with;
use crate::domain::python::{dotted, last_name, says};
use ruff_python_ast::{BoolOp, Expr, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// A call of a test whose code is known.
pub struct Act<'a> {
    /// The call.
    pub call: &'a ExprCall,
    /// What it runs.
    pub place: Place,
    /// The call of the test that makes the object whose method it is, and what that runs.
    made: Option<(&'a ExprCall, Place)>,
    /// Whether the test asserts on its result.
    is_asserted: bool,
}

/// The calls of a test that run code of the project as it stands. None where something is to be refused: nobody can say how
/// far the code comes then.
#[must_use]
pub fn acts<'a>(look: &Look<'a, '_>, codes: &Codes<'_>) -> Vec<Act<'a>> {
    if refuses(look) {
        return Vec::new();
    }
    let asserted = asserted(look);
    let is_asserted = |stmt: &Stmt, call: &ExprCall| {
        let name = stmt.as_assign_stmt().filter(|assign| is_whole(&assign.value, call)).map(|assign| &*assign.targets);
        let is_named = |expr: &&Expr| match (expr, name) {
            (Expr::Name(found), Some([Expr::Name(name)])) => found.id == name.id,
            _ => false,
        };
        asserted.iter().any(|expr| expr.range().contains_range(call.range()) || within(expr).iter().any(is_named))
    };
    let all = statements(look.case.body()).into_iter().flat_map(|stmt| calls(stmt).map(move |call| (stmt, call)));
    all.filter(|(_, call)| last_name(&call.func).is_some_and(|name| !look.replaced.contains(name)))
        .filter_map(|(stmt, call)| Some(Act { is_asserted: is_asserted(stmt, call), ..act(look, codes, call)? }))
        .collect()
}

/// Whether an expression is a call, or waits for it.
fn is_whole(expr: &Expr, call: &ExprCall) -> bool {
    unawaited(expr).range() == call.range()
}

/// Whether a test lets something be refused.
#[must_use]
pub fn refuses(look: &Look<'_, '_>) -> bool {
    let all = statements(look.case.body());
    let raises = |name: &str| name.to_lowercase().contains("raises") || name == "side_effect" || name == "suppress";
    let mut inside = everything(look.case.body()).into_iter();
    all.into_iter().any(Stmt::is_try_stmt)
        || inside.any(|expr| match expr {
            Expr::Name(name) => raises(&name.id),
            Expr::Attribute(attribute) => raises(&attribute.attr),
            Expr::Call(call) => call.arguments.find_keyword("side_effect").is_some(),
            _ => false,
        })
}

/// What a test asserts on.
fn asserted<'a>(look: &Look<'a, '_>) -> Vec<&'a Expr> {
    let mut found = Vec::new();
    for stmt in statements(look.case.body()) {
        match stmt {
            Stmt::Assert(assert) => found.push(&*assert.test),
            Stmt::Expr(expr) => {
                let call = expr.value.as_call_expr().filter(|call| last_name(&call.func).is_some_and(says));
                found.extend(call.into_iter().flat_map(given));
            }
            _ => {}
        }
    }
    found
}

fn act<'a>(look: &Look<'a, '_>, codes: &Codes<'_>, call: &'a ExprCall) -> Option<Act<'a>> {
    if let Some(meant) = look.source.meaning(&call.func, &look.locals) {
        // `Shop.sell(Mock(), 3)` is given its own object.
        let is_bound = |place: &Place| place.class.is_none() || !place.def().is_some_and(takes_self);
        let is_run = |place: &Place| place.name != "__init__" && place.def().is_some() && is_bound(place);
        let place = Place::find(codes, &meant).filter(is_run)?;
        return Some(Act { call, place, made: None, is_asserted: false });
    }
    let method = call.func.as_attribute_expr()?;
    let maker = maker(look, &method.value)?;
    let making = Place::find(codes, &look.source.meaning(&maker.func, &look.locals)?)?;
    let is_made = making.name == "__init__" && making.kind()?.decorator_list.is_empty();
    let place = Place { name: method.attr.to_string(), ..making.clone() };
    let made = look.case.def.range().contains_range(maker.range()).then_some((maker, making));
    (is_made && place.def().is_some()).then_some(Act { call, place, made, is_asserted: false })
}

/// Whether a function is a method of the object that it is called on.
fn takes_self(def: &StmtFunctionDef) -> bool {
    def.parameters.iter().next().is_some_and(|first| first.name().as_str() == "self")
}

/// The call that makes an object: in its place, by the one value of a name of the test, in a fixture or a set-up of its file.
pub fn maker<'a>(look: &Look<'a, '_>, object: &'a Expr) -> Option<&'a ExprCall> {
    let values: Vec<&Expr> = match object {
        Expr::Call(_) => vec![object],
        Expr::Name(name) if look.case.parameters().any(|parameter| parameter == name.id.as_str()) => {
            let [fixture] = look.source.functions.get(name.id.as_str())?.as_slice() else { return None };
            statements(&fixture.body).into_iter().filter_map(given_back).collect()
        }
        Expr::Name(name) => look.values(name.id.as_str()).to_vec(),
        Expr::Attribute(held) if is_self(&held.value) => {
            let methods = look.case.classes.last()?.body.iter().filter_map(Stmt::as_function_def_stmt);
            let all = methods.flat_map(|method| statements(&method.body)).filter_map(Stmt::as_assign_stmt);
            let is_it = |target: &Expr| dotted(target) == dotted(object);
            all.filter(|assign| assign.targets.iter().any(is_it)).map(|assign| &*assign.value).collect()
        }
        _ => return None,
    };
    if let [value] = values.as_slice() { value.as_call_expr() } else { None }
}

/// What a fixture gives.
#[must_use]
pub fn given_back(stmt: &Stmt) -> Option<&Expr> {
    match stmt {
        Stmt::Return(end) => end.value.as_deref(),
        Stmt::Expr(stmt) => stmt.value.as_yield_expr().and_then(|given| given.value.as_deref()),
        _ => None,
    }
}

impl<'a> Act<'a> {
    /// What is given to the call, and to the one that makes its object, each with the call that is given it.
    pub fn given(&self) -> impl Iterator<Item = (&'a ExprCall, &'a Expr)> {
        let both = [Some(self.call), self.made.as_ref().map(|(made, _)| *made)];
        both.into_iter().flatten().flat_map(|call| given(call).map(move |given| (call, given)))
    }

    /// What the code asks of a mock that the call is given, or that its object holds.
    #[must_use]
    pub fn asked(&self, look: &Look<'_, '_>, mock: &Expr) -> Option<Asked> {
        let mut names = arguments(&self.place, self.call, mock);
        if let Some((made, making)) = &self.made {
            let held = arguments(making, made, mock);
            names.extend(held.keys().filter_map(|name| held_as(making, name)));
        }
        // The test may have it by the name that the object has for it.
        let is_spoken = names.keys().filter_map(|name| name.strip_prefix("self.")).any(|name| is_spoken_of(look, name));
        let asked = self.run(look, names, true).filter(|_| !is_spoken)?;
        Some(asked).filter(|asked| !is_known(look, asked.what.trim_start_matches('.')))
    }

    /// What the code asks of what is replaced in its module.
    #[must_use]
    pub fn asked_in(&self, look: &Look<'_, '_>, code: &Code, name: &str) -> Option<Asked> {
        let name = patched_in(&self.place, (code, name))?;
        let first = name.split('.').next().unwrap_or(&name);
        let is_own = first != "self" && super::source::locals(self.place.def()?).contains(first);
        self.run(look, Names::from([(name, Given::Mock)]), false).filter(|_| !is_own)
    }

    fn run(&self, look: &Look<'_, '_>, names: Names, is_strict: bool) -> Option<Asked> {
        Way { code: &self.place.code, replaced: look.replaced, names, is_strict }
            .asked(&self.place.def()?.body)
            .filter(|asked| self.is_asserted || asked.is_called)
    }

    /// Whether it is done in a part of the test.
    #[must_use]
    pub fn is_in(&self, during: TextRange) -> bool {
        during.contains_range(self.call.range())
    }
}

/// The parameter of a function that gets a mock.
#[must_use]
pub fn arguments(place: &Place, call: &ExprCall, mock: &Expr) -> Names {
    let Some(def) = place.def() else { return Names::new() };
    let is_static = def.decorator_list.iter().any(|decorator| last_name(&decorator.expression) == Some("staticmethod"));
    let own = usize::from(place.class.is_some() && !is_static);
    let parameters = &def.parameters;
    let by_place = parameters.posonlyargs.iter().chain(&parameters.args).skip(own).map(|one| one.name().as_str());
    let by_name: Vec<&str> =
        parameters.args.iter().chain(&parameters.kwonlyargs).map(|one| one.name().as_str()).collect();
    let placed = call.arguments.args.iter().take_while(|given| !given.is_starred_expr()).zip(by_place);
    let named =
        call.arguments.keywords.iter().filter_map(|keyword| Some((&keyword.value, keyword.arg.as_ref()?.as_str())));
    let named = named.filter(|(_, name)| by_name.contains(name));
    let all = placed.chain(named).filter(|(given, _)| given.range() == mock.range());
    all.map(|(_, name)| (name.to_owned(), Given::Mock)).collect()
}

/// The name by which an object holds what its making is given: the class says so once, and nowhere else.
#[must_use]
pub fn held_as(making: &Place, parameter: &str) -> Option<(String, Given)> {
    let is_it = |expr: &Expr| expr.as_name_expr().is_some_and(|name| name.id.as_str() == parameter);
    let keeps = |value: &Expr| match value {
        Expr::BoolOp(either) => either.op == BoolOp::Or && either.values.first().is_some_and(is_it),
        value => is_it(value),
    };
    let def = making.def()?;
    let assigned = def.body.iter().filter_map(Stmt::as_assign_stmt).find(|assign| keeps(&assign.value))?;
    let [target] = assigned.targets.as_slice() else { return None };
    let name = dotted(target).filter(|name| name.starts_with("self.") && name.matches('.').count() == 1)?;
    let stores = |def: &StmtFunctionDef, is_meant: &dyn Fn(&Expr) -> bool| {
        statements(&def.body).into_iter().flat_map(expressions).filter(|expr| is_meant(expr)).count()
    };
    let is_rebound = |expr: &Expr| is_it(expr) && expr.as_name_expr().is_some_and(|name| name.ctx.is_store());
    let is_stored = |expr: &Expr| {
        expr.as_attribute_expr().is_some_and(|attribute| attribute.ctx.is_store())
            && dotted(expr).as_ref() == Some(&name)
    };
    let methods = making.kind()?.body.iter().filter_map(Stmt::as_function_def_stmt);
    let is_only = methods.map(|def| stores(def, &is_stored)).sum::<usize>() == 1 && stores(def, &is_rebound) == 0;
    is_only.then_some((name, Given::Mock))
}

/// The names of all that the tests of a source replace.
#[must_use]
pub fn replaced(body: &[Stmt]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for expr in everything(body) {
        match expr {
            Expr::Call(call)
                if dotted(&call.func)
                    .is_some_and(|name| name.to_lowercase().contains("patch") || name.ends_with("setattr")) =>
            {
                found.extend(given(call).filter_map(text).filter_map(|target| target.rsplit('.').next()));
            }
            // `cart.send = fake`; what the test itself has by a name is none of the code's.
            Expr::Attribute(attribute) if attribute.ctx.is_store() && !is_self(&attribute.value) => {
                found.insert(attribute.attr.as_str());
            }
            _ => {}
        }
    }
    found
}

fn is_self(expr: &Expr) -> bool {
    expr.as_name_expr().is_some_and(|name| name.id.as_str() == "self")
}

/// What a test says of a mock whose method it knows: `.send.assert_called_once()`, `.send.return_value`, `.rows().all`.
const PINNING: [&str; 6] = [".assert_", ".call_", ".mock_calls", ".return_value", ".side_effect", "()."];

/// Whether a test speaks of a mock's method of that name, or another test of the source says what it does: so its name is known.
#[must_use]
pub fn is_known(look: &Look<'_, '_>, word: &str) -> bool {
    is_spoken_of(look, word) || is_pinned(look, word)
}

/// Whether another test of the source says what a mock's method of that name does, or how it was called.
fn is_pinned(look: &Look<'_, '_>, word: &str) -> bool {
    let pins = |text: &str| PINNING.iter().any(|pin| text.contains(&format!(".{word}{pin}")));
    !word.is_empty() && others_with(look.source, look.case, word).any(|case| pins(look.source.slice(case.def)))
}

/// Whether the test itself has a word for what is asked.
#[must_use]
pub fn is_spoken_of(look: &Look<'_, '_>, word: &str) -> bool {
    everything(&look.case.def.body).into_iter().any(|expr| {
        expr.as_attribute_expr().is_some_and(|attribute| attribute.attr.as_str() == word)
            || !word.is_empty() && text(expr).is_some_and(|text| text == word)
    })
}
