//! Assertions in loops that may have no turn: loops over what the code under test gave back, at which nothing else looks.

use super::assertion::{fails, first, is_assertion};
use super::backing::{is_backed, is_counted, is_noted, outside, parts, read};
use super::beside::{is_beside_another, is_put_there};
use super::branches::{is_generated, mentions};
use super::check::{Look, taken};
use super::language::is_of_language;
use super::outcomes::{Outcome, PASSING, is_held, is_self};
use super::reach::{fails_at_last, leaves};
use super::siblings::is_surely_filled;
use super::spared::says_absent;
use super::turns::looks;
use super::walk::{calls, given, names, root, statements, text, unawaited, within};
use crate::domain::python::last_name;
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFor};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// Words in the names of calls that compare what they are given, or show it in another way.
const COMPARING: [&str; 8] = ["assert", "equal", "close", "approx", "same", "eq_", "sub", "format"];

/// Assertions in a loop that may have no turn.
pub fn repeat<'a>(look: &mut Look<'a, '_>, repeat: &'a StmtFor) -> bool {
    let Some(asserted) = first(look.source, &repeat.body).filter(|stmt| !is_handled(&repeat.body, stmt)) else {
        return false;
    };
    // A loop that was not left fails the test, or has another assertion: `else: pytest.fail(…)`.
    if repeat.orelse.iter().any(|stmt| fails(stmt) || leaves(stmt)) || first(look.source, &repeat.orelse).is_some() {
        return true;
    }
    let Some(base) = base(look, &repeat.iter).filter(|base| is_open(look, repeat, base)) else { return false };
    let what = format!("it is run only if {} has items", look.source.shown(base));
    // What is in a collection, another test may know in a way of its own, or the project's files: of 165 loops that were told by
    // the source alone, judges found 37 settled elsewhere.
    look.find_left_out("uncertain-assertion", asserted, what);
    true
}

/// Whether a statement stands in a handler of an error, which has its own condition.
fn is_handled(body: &[Stmt], stmt: &Stmt) -> bool {
    let attempts = statements(body).into_iter().filter_map(Stmt::as_try_stmt);
    attempts.flat_map(|attempt| &attempt.handlers).any(|handler| handler.range().contains_range(stmt.range()))
}

/// Whether a loop goes through what the code under test gave back, asserts on its items, and nothing else of the test tells
/// whether there are any.
fn is_open(look: &Look<'_, '_>, repeat: &StmtFor, base: &Expr) -> bool {
    let Some(outcome) = Outcome::of(look, base) else { return false };
    let direct = root(base).filter(|name| outcome.names.contains(name));
    let loops = loops_over(look, look.source.slice(base));
    let alike: Vec<TextRange> = loops.iter().map(|repeat| repeat.range).collect();
    outcome.turned.is_empty()
        && !is_surely_filled(look, base)
        && !is_counted_in_table(look, base)
        && !is_register(look, base)
        && is_about_items(look, repeat, direct)
        && !is_generated(look)
        && !claims_absence(look, &repeat.body)
        && !acts_for_later(look, repeat)
        && !fails_at_last(look, &repeat.body)
        && !is_counted(look, repeat.range)
        && !loops.iter().any(|alike| is_noted(look, alike.range, &alike.body, Some(&alike.target)))
        && !is_backed(look, &outcome, direct, &alike)
        && !is_beside_another(look, repeat)
        && !is_put_there(look, base)
        && !hangs_on_turn(look, &outcome)
        && !is_called_again(look, base, &alike)
}

/// Whether a loop goes through all rows of a table, of which an assertion says how many there are: `Row.objects.all()` beside
/// `assert Row.objects.count() == 3`, or through those that a set-up made.
fn is_counted_in_table(look: &Look<'_, '_>, base: &Expr) -> bool {
    let shown = look.source.slice(base);
    let values = root(base).map_or(&[][..], |name| look.values(name));
    // The row that a set-up made is there: `Row.objects.filter(pk=self.row.pk)`.
    let words = values.iter().map(|value| look.source.slice(*value)).chain([shown]);
    if words.into_iter().any(|words| words.contains(".objects.") && words.contains("(pk=self.")) {
        return true;
    }
    let Some((table, rest)) = shown.split_once(".objects.") else { return false };
    let is_all = !["filter(", "exclude(", "get("].iter().any(|narrows| rest.contains(narrows));
    let mut set_ups = look.case.set_ups().map(|def| look.source.slice(def));
    let makes =
        |words: &str| ["create(", "bulk_create("].iter().any(|way| words.contains(&format!("{table}.objects.{way}")));
    if is_all && set_ups.any(makes) {
        return true;
    }
    is_all
        && statements(look.case.body()).into_iter().any(|stmt| {
            let counts = |way: &str| look.source.slice(stmt).contains(&format!("{table}.objects.{way}()"));
            is_assertion(look.source, stmt) && ["count", "exists", "all().exists"].into_iter().any(counts)
        })
}

/// Whether a loop goes through what a function of the code knows by a key: `rules("workbook")`, `setting("NAMES")`. That is written
/// there, and no outcome of what the test does.
fn is_register(look: &Look<'_, '_>, base: &Expr) -> bool {
    let values = base.as_name_expr().map_or(&[][..], |name| look.values(name.id.as_str()));
    let is_key =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let mut calls = values.iter().copied().chain([base]).filter_map(|value| unawaited(value).as_call_expr());
    calls.any(|call| {
        let is_known = root(&call.func).is_some_and(|name| look.source.imports.contains_key(name));
        let given = call.arguments.args.first().and_then(text);
        is_known && call.arguments.len() == 1 && given.is_some_and(is_key)
    })
}

/// Whether the turns of a loop do something themselves, and an assertion behind the loop looks at how things stand then.
fn acts_for_later(look: &Look<'_, '_>, repeat: &StmtFor) -> bool {
    let is_act = |stmt: &&Stmt| {
        let value = stmt.as_expr_stmt().map(|stmt| &*stmt.value);
        let call = value.and_then(|value| unawaited(value).as_call_expr());
        call.is_some_and(|call| !is_look(look, call)) && !is_assertion(look.source, stmt)
    };
    // `row.sum += 1`
    let changes = |stmt: &Stmt| stmt.as_aug_assign_stmt().is_some_and(|change| change.target.is_attribute_expr());
    let acts = statements(&repeat.body).into_iter().any(|stmt| is_act(&stmt) || changes(stmt));
    let mut behind = statements(look.case.body()).into_iter().filter(|stmt| stmt.start() >= repeat.range.end());
    acts && behind.any(|stmt| is_assertion(look.source, stmt))
}

/// Whether what an outcome was made with is another one in each turn of a loop over what the code gives: some turns may have none.
fn hangs_on_turn(look: &Look<'_, '_>, outcome: &Outcome<'_>) -> bool {
    let turns = outcome.sources.iter().flat_map(|name| look.turns(name));
    turns.flat_map(|iter| within(iter)).filter_map(Expr::as_call_expr).any(|call| !is_of_language(look, &call.func))
}

/// What a loop goes through, without what is around it: `rows` of `enumerate(rows.items())`. Of several things at once, the
/// one that the code under test gave back.
fn base<'e>(look: &Look<'_, '_>, iter: &'e Expr) -> Option<&'e Expr> {
    match iter {
        Expr::Call(call) => match (last_name(&call.func), &*call.func) {
            (Some("items" | "keys" | "values"), Expr::Attribute(of)) if call.arguments.is_empty() => {
                base(look, &of.value)
            }
            // It raises where one of them has fewer items.
            (Some("zip"), Expr::Name(_)) if call.arguments.find_keyword("strict").is_some() => None,
            (Some(name), Expr::Name(_)) if PASSING.contains(&name) => {
                let given = call.arguments.args.iter().find(|arg| Outcome::of(look, arg).is_some())?;
                base(look, given)
            }
            _ => Some(iter),
        },
        _ => Some(iter),
    }
}

/// The loops of the test that go through the same.
fn loops_over<'a>(look: &Look<'a, '_>, shown: &str) -> Vec<&'a StmtFor> {
    let loops = statements(look.case.body()).into_iter().filter_map(Stmt::as_for_stmt);
    let same = |repeat: &&StmtFor| base(look, &repeat.iter).is_some_and(|base| look.source.slice(base) == shown);
    loops.filter(same).collect()
}

/// Whether the very call is made elsewhere, and what it gives is looked at there; or an assertion looks at what the same function
/// gives for something else.
fn is_called_again(look: &Look<'_, '_>, base: &Expr, apart: &[TextRange]) -> bool {
    let named = base.as_name_expr().map_or(&[][..], |name| look.values(name.id.as_str()));
    let Some(call) = named.iter().copied().chain([base]).find_map(Expr::as_call_expr) else { return false };
    let (shown, function) = (look.source.slice(base), look.source.slice(&*call.func));
    let others = outside(look, apart).into_iter().filter(|stmt| !stmt.is_for_stmt());
    let others: Vec<&Stmt> = others.filter(|stmt| !stmt.range().contains_range(call.range())).collect();
    let mut held = BTreeSet::new();
    for assign in others.iter().filter_map(|stmt| stmt.as_assign_stmt()) {
        let made = others_of(look, &assign.value, function) || names(&assign.value).iter().any(|of| held.contains(of));
        held.extend(assign.targets.iter().flat_map(names).filter(|of| made && !is_self(of)));
    }
    let mut asserting = others.iter().filter(|stmt| is_assertion(look.source, stmt));
    asserting.any(|stmt| {
        let parts = parts(stmt);
        parts.iter().any(|part| others_of(look, part, function)) || !read(look, &parts).is_disjoint(&held)
    }) || base.is_call_expr()
        && others.into_iter().any(|stmt| {
            !stmt.is_with_stmt() && !stmt.is_function_def_stmt() && mentions(look.source.slice(stmt), shown)
        })
}

/// Whether an expression has a call of a function in it, as that is written.
fn others_of(look: &Look<'_, '_>, expr: &Expr, function: &str) -> bool {
    within(expr).into_iter().filter_map(Expr::as_call_expr).any(|call| look.source.slice(&*call.func) == function)
}

/// Whether an assertion of a loop looks at an item, or at a part of it, and not only at what the code makes of it: `row.sum`, but
/// not `total(row)`.
fn is_about_items(look: &Look<'_, '_>, repeat: &StmtFor, direct: Option<&str>) -> bool {
    let inside = statements(&repeat.body);
    let parts = taken(&repeat.target, &repeat.iter).into_iter();
    // What counts the turns is no item.
    let counts = |from: &Expr| from.as_call_expr().is_some_and(|call| last_name(&call.func) == Some("enumerate"));
    let is_tuple = repeat.target.is_tuple_expr();
    let given = parts.filter(|(_, from)| !(is_tuple && counts(from)) && Outcome::of(look, from).is_some());
    let mut held: BTreeSet<&str> = given.flat_map(|(target, _)| names(target)).chain(direct).collect();
    for stmt in &inside {
        let (targets, value) = match stmt {
            Stmt::Assign(assign) => (&*assign.targets, &*assign.value),
            Stmt::For(inner) => (std::slice::from_ref(&*inner.target), &*inner.iter),
            _ => continue,
        };
        if shows(look, value, &held) {
            held.extend(targets.iter().flat_map(names));
        }
    }
    let mut acted = inside.iter().flat_map(|stmt| calls(stmt));
    // Items that are acted on are what the test gives to the code.
    if acted.any(|call| if is_look(look, call) { is_key(look, call, &held) } else { is_on(look, call, &held) }) {
        return false;
    }
    let mut asserted = inside.into_iter().filter(|stmt| is_assertion(look.source, stmt));
    asserted.any(|stmt| match stmt {
        Stmt::Assert(assert) => shows(look, &assert.test, &held),
        // What is said where it fails is no part of it.
        Stmt::Expr(stmt) => match &*stmt.value {
            Expr::Call(call) if is_look(look, call) => {
                call.arguments.args.iter().take(2).any(|arg| shows(look, arg, &held))
            }
            _ => false,
        },
        _ => false,
    })
}

/// Whether a call is given one of these names, or is made on one.
fn is_on(look: &Look<'_, '_>, call: &ExprCall, held: &BTreeSet<&str>) -> bool {
    let on = call.func.as_attribute_expr().map_or(&*call.func, |of| &*of.value);
    let mut all = given(call).chain([on]);
    all.any(|expr| shows(look, expr, held))
}

/// Whether an object is asked for what goes by one of these names: `client.get(f"/{row}")`.
fn is_key(look: &Look<'_, '_>, call: &ExprCall, held: &BTreeSet<&str>) -> bool {
    let Some(of) = call.func.as_attribute_expr() else { return false };
    let is_object = root(&of.value).is_some_and(|owner| is_held(look, owner) && !held.contains(owner));
    is_object && !compares(call) && given(call).any(|expr| names(expr).iter().any(|name| held.contains(name)))
}

/// Whether an expression has one of these names in it, but as what a call acts on.
fn shows(look: &Look<'_, '_>, expr: &Expr, held: &BTreeSet<&str>) -> bool {
    let mut shows = Shows { look, held, found: false };
    shows.visit_expr(expr);
    shows.found
}

struct Shows<'h, 'l, 'k> {
    look: &'h Look<'l, 'k>,
    held: &'h BTreeSet<&'h str>,
    found: bool,
}

impl<'a> Visitor<'a> for Shows<'_, '_, '_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => self.found |= self.held.contains(name.id.as_str()),
            Expr::Call(call) if !is_look(self.look, call) => {}
            // An item that is a key of something else says nothing of itself, nor does one in a text that is looked for.
            Expr::Subscript(subscript) => self.visit_expr(&subscript.value),
            Expr::FString(_) => {}
            expr => walk_expr(self, expr),
        }
    }
}

/// Whether a call only looks at what it is given or called on.
fn is_look(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let name = last_name(&call.func).unwrap_or_default().to_lowercase();
    // `node.getattr("a")` is an act of its own, and so is a function of the code under test.
    let is_act = match &*call.func {
        Expr::Name(name) => look.source.imports.contains_key(name.id.as_str()) && !is_of_language(look, &call.func),
        of => of.is_attribute_expr() && matches!(&*name, "getattr" | "join"),
    };
    !is_act && (looks(&name) || name == "pop") || compares(call)
}

/// Whether a call compares what it is given, or shows it in another way.
fn compares(call: &ExprCall) -> bool {
    let name = last_name(&call.func).unwrap_or_default().to_lowercase();
    let is_joined = call.func.is_attribute_expr() && matches!(&*name, "getattr" | "join");
    !is_joined && COMPARING.iter().any(|word| name.contains(word))
}

/// Whether all that is asserted is that something is not there: where there is nothing at all, that is so.
#[must_use]
pub fn claims_absence(look: &Look<'_, '_>, body: &[Stmt]) -> bool {
    let mut asserted = statements(body).into_iter().filter(|stmt| is_assertion(look.source, stmt));
    asserted.all(|stmt| says_absent(stmt).is_some())
}
