//! Assertions in one branch of a condition that hangs on what the code under test gave back, at which nothing else looks.

use super::assertion::{fails, first, is_assertion};
use super::backing::{binds, is_counted, is_failing, is_noted, is_shown, outside, parts, read};
use super::check::Look;
use super::outcomes::Outcome;
use super::reach::{ends, fails_at_last};
use super::siblings::is_known_by_another;
use super::spared::{is_spared, says_absent};
use super::walk::{expressions, names, root, statements, text};
use super::words::others_with;
use crate::domain::python::last_name;
use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprCompare, Operator, Stmt, StmtIf};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// Assertions in one branch of a condition only.
pub fn branch<'a>(look: &mut Look<'a, '_>, branch: &'a StmtIf) -> bool {
    let otherwise = match branch.elif_else_clauses.as_slice() {
        [] => &[],
        [only] if only.test.is_none() => &*only.body,
        _ => return false,
    };
    let (own, other) = (first(look.source, &branch.body), first(look.source, otherwise));
    // Where both assert, or the other one ends or does anything, the kinds are told apart.
    let (asserted, bare) = match (own, other) {
        (Some(asserted), None) => (asserted, otherwise),
        (None, Some(asserted)) => (asserted, &*branch.body),
        _ => return false,
    };
    if !bare.iter().all(|stmt| stmt.is_pass_stmt() || is_shown(stmt))
        || bare.iter().any(|stmt| fails(stmt) || ends(stmt))
    {
        return false;
    }
    let claims = |body: &[Stmt]| statements(body).into_iter().any(|stmt| is_claim(look, stmt));
    if !(claims(&branch.body) || claims(otherwise)) || is_explained(look, branch, asserted) || !is_open(look, branch) {
        return false;
    }
    let test = look.source.shown(&*branch.test);
    let what = if own.is_some() { test } else { format!("not ({test})") };
    let what = format!("it is run only if {what}");
    // Which items a loop has, only a run tells.
    match hangs_on_turn(look, branch) {
        true => look.find_left_out("uncertain-assertion", asserted, what),
        false => look.find_asserting("uncertain-assertion", asserted, what),
    }
    true
}

/// Whether a condition asks for something of the items of the loop in which it stands.
fn hangs_on_turn(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let loops = statements(look.case.body()).into_iter().filter_map(Stmt::as_for_stmt);
    let around = loops.filter(|turns| turns.range.contains_range(branch.range));
    let items: BTreeSet<&str> = around.flat_map(|turns| names(&turns.target)).collect();
    let asked = names(&branch.test);
    let made = asked.iter().flat_map(|name| look.values(name)).flat_map(|value| names(value));
    asked.iter().copied().chain(made).any(|name| items.contains(name))
}

/// Whether an assertion says that something is there: that nothing is there holds where nothing is looked at, too.
fn is_claim(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    is_assertion(look.source, stmt) && says_absent(stmt).is_none()
}

/// Whether a comment above a condition, or between it and what it guards, says why it is there.
fn is_explained(look: &Look<'_, '_>, branch: &StmtIf, asserted: &Stmt) -> bool {
    let above = look.source.is_below_comment(branch);
    let within = look.source.slice(&TextRange::new(branch.start(), asserted.start()));
    above || is_remarked(look, branch) || branch.elif_else_clauses.is_empty() && within.contains('#')
}

/// Whether a comment above the statement that makes what is asked for says that it may be missing: `# If it happens to be there`.
fn is_remarked(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let asked = names(&branch.test);
    let all = statements(look.case.body());
    let makes = |stmt: &&&Stmt| {
        let mut targets = stmt.as_assign_stmt().into_iter().flat_map(|assign| &assign.targets);
        stmt.end() < branch.start() && targets.any(|target| names(target).iter().any(|name| asked.contains(name)))
    };
    let Some(made) = all.iter().rfind(makes) else { return false };
    let before = look.source.slice(&TextRange::up_to(made.start())).lines().rev().skip(1);
    let mut comments = before.map(str::trim_start).take_while(|line| line.starts_with('#'));
    comments.any(|line| ["# If ", "happen", " may ", "optional", "only if"].iter().any(|word| line.contains(word)))
}

/// Whether a condition hangs on what the code under test gave back, and nothing else of the test looks at that.
fn is_open(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let asked = asked(&branch.test);
    let of_kind = branch.test.as_call_expr().filter(|call| last_name(&call.func) == Some("isinstance"));
    // Items of other kinds are left out.
    let chooses = of_kind.and_then(|call| call.arguments.args.first()).and_then(root);
    // And so are empty ones.
    let chooses = chooses.or(branch.test.as_name_expr().map(|name| name.id.as_str()));
    !asked.is_empty()
        && !is_divided_by(look, branch)
        && !is_asked_elsewhere(look, branch)
        && !is_asserted_by_another(look, &branch.test)
        && !skips_blank(look, branch)
        && !asked.iter().any(|asked| is_known(look, branch, asked))
        && chooses.is_none_or(|item| look.turns(item).is_empty())
        && !is_generated(look)
        && !is_spared(look, branch)
        && !fails_at_last(look, &branch.body)
        && !is_counted(look, branch.range)
        && !is_noted(look, branch.range, &branch.body, None)
        && asked.iter().all(|asked| is_left_open(look, branch, asked))
}

/// Whether another test of the file asserts on what a condition asks for, whatever it is, or on what is there under its key.
fn is_known(look: &Look<'_, '_>, branch: &StmtIf, asked: &Asked<'_>) -> bool {
    let is_key = branch.test.as_compare_expr().is_some_and(|compare| *compare.ops == [CmpOp::In]);
    match asked.wanted {
        None => is_known_by_another(look, asked.subject, None),
        Some(key) => is_key && text(key).is_some_and(|key| is_known_by_another(look, asked.subject, Some(key))),
    }
}

/// Whether a condition only keeps from dividing by nothing: `if row.size > 0: assert row.sum / row.size == 2`.
fn is_divided_by(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let Some(compare) = branch.test.as_compare_expr() else { return false };
    let all = statements(&branch.body).into_iter().flat_map(expressions);
    let mut divided = all.filter_map(Expr::as_bin_op_expr).filter(|op| op.op == Operator::Div);
    divided.any(|op| look.source.slice(&*op.right) == look.source.slice(&*compare.left))
}

/// Whether the test chooses by the very condition elsewhere, be it of another name: `[r for r in rows if r.kind == "a"]` beside
/// `if row.kind == "a"`.
fn is_asked_elsewhere(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let said = look.source.slice(&*branch.test);
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let rest = said.trim_start_matches(is_of_name);
    let asks =
        |stmt: &&Stmt| (stmt.is_assign_stmt() || stmt.is_assert_stmt()) && look.source.slice(*stmt).contains(rest);
    rest.starts_with(['.', '[']) && rest.len() < said.len() && outside(look, &[branch.range]).iter().any(asks)
}

/// Whether another test of the file asserts the very condition: `assert got.kind == "a"` beside `if got.kind == "a":`.
fn is_asserted_by_another(look: &Look<'_, '_>, test: &Expr) -> bool {
    match test {
        Expr::BoolOp(both) => both.values.iter().all(|value| is_asserted_by_another(look, value)),
        Expr::Compare(_) | Expr::Attribute(_) | Expr::Subscript(_) => {
            let said = look.source.slice(test);
            let others =
                others_with(look.source, look.case, said).filter(|case| look.source.slice(case.def).contains(said));
            let mut asserted = others.flat_map(|case| statements(&case.def.body)).filter_map(Stmt::as_assert_stmt);
            asserted.any(|assert| conjuncts(&assert.test).into_iter().any(|part| look.source.slice(part) == said))
        }
        _ => false,
    }
}

/// The parts of what is to hold together.
fn conjuncts(test: &Expr) -> Vec<&Expr> {
    match test {
        Expr::BoolOp(both) if both.op == BoolOp::And => both.values.iter().flat_map(conjuncts).collect(),
        test => vec![test],
    }
}

/// Whether a condition only leaves out the blank lines of a text that is gone through: `if line.strip():`.
fn skips_blank(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let name = branch.test.as_name_expr().map(|name| name.id.as_str());
    let mut values = name.map_or(&[][..], |name| look.values(name)).iter().copied().chain([&*branch.test]);
    let is_stripped = values.any(|value| value.as_call_expr().and_then(|call| last_name(&call.func)) == Some("strip"));
    let mut loops = statements(look.case.body()).into_iter().filter_map(Stmt::as_for_stmt);
    is_stripped && loops.any(|turns| turns.range.contains_range(branch.range))
}

/// What a condition asks about, and the text that it looks for: `row.name` and `"a"` of `if row.name == "a"`.
struct Asked<'e> {
    subject: &'e Expr,
    wanted: Option<&'e Expr>,
}

/// What a condition asks about. Nothing where it asks in a way that may only leave out what is of another kind: `!=`, `not in`.
fn asked(test: &Expr) -> Vec<Asked<'_>> {
    let plain = |subject| vec![Asked { subject, wanted: None }];
    match test {
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => plain(test),
        Expr::BoolOp(both) if both.op == BoolOp::And => {
            let all: Vec<_> = both.values.iter().map(asked).collect();
            if all.iter().any(Vec::is_empty) { Vec::new() } else { all.into_iter().flatten().collect() }
        }
        Expr::Call(call) => match (last_name(&call.func), call.arguments.args.first(), &*call.func) {
            (Some("isinstance"), Some(of), Expr::Name(_)) => plain(of),
            (Some("startswith" | "endswith"), wanted, Expr::Attribute(of)) => {
                vec![Asked { subject: &of.value, wanted }]
            }
            _ => Vec::new(),
        },
        Expr::Compare(compare) => compared(compare).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn compared(compare: &ExprCompare) -> Option<Asked<'_>> {
    let ([op], [other]) = (&*compare.ops, &*compare.comparators) else { return None };
    let left = &*compare.left;
    let size = left.as_call_expr().filter(|call| last_name(&call.func) == Some("len"));
    match op {
        CmpOp::In if left.is_string_literal_expr() => Some(Asked { subject: other, wanted: Some(left) }),
        CmpOp::IsNot if other.is_none_literal_expr() => Some(Asked { subject: left, wanted: None }),
        CmpOp::Eq if is_constant(other) => Some(Asked { subject: left, wanted: Some(other) }),
        CmpOp::Gt | CmpOp::GtE if other.is_number_literal_expr() => {
            let subject = size.and_then(|call| call.arguments.args.first()).unwrap_or(left);
            Some(Asked { subject, wanted: None })
        }
        _ => None,
    }
}

/// Whether an expression is a literal, or the name of a constant: `Kind.FIRST`.
fn is_constant(expr: &Expr) -> bool {
    let is_name = expr.is_name_expr() || expr.is_attribute_expr();
    expr.is_literal_expr() || is_name && root(expr).is_some_and(|name| name.starts_with(char::is_uppercase))
}

fn is_left_open(look: &Look<'_, '_>, branch: &StmtIf, asked: &Asked<'_>) -> bool {
    let Some(outcome) = Outcome::of(look, asked.subject).filter(|outcome| !outcome.names.is_empty()) else {
        return false;
    };
    let loops = statements(look.case.body()).into_iter().filter_map(Stmt::as_for_stmt);
    // In another loop, the condition tells the turns apart.
    let is_of_items = |target: &Expr| names(target).iter().any(|name| outcome.turned.contains(name));
    let mut around = loops.filter(|repeat| repeat.range.contains_range(branch.range));
    around.all(|repeat| is_of_items(&repeat.target))
        && is_about(look, branch, asked.subject)
        && !outside(look, &[branch.range]).into_iter().any(|stmt| is_looking(look, stmt, &outcome, asked))
}

/// Whether an assertion of the branch looks at what its condition asks about, and not at something that merely hangs on it.
fn is_about(look: &Look<'_, '_>, branch: &StmtIf, subject: &Expr) -> bool {
    let inside: Vec<&Stmt> = statements(&branch.body)
        .into_iter()
        .chain(branch.elif_else_clauses.iter().flat_map(|clause| statements(&clause.body)))
        .collect();
    let mut held: BTreeSet<&str> = root(subject).into_iter().collect();
    for assign in inside.iter().filter_map(|stmt| stmt.as_assign_stmt()) {
        if names(&assign.value).iter().any(|name| held.contains(name)) {
            held.extend(assign.targets.iter().flat_map(names));
        }
    }
    let mut asserted = inside.into_iter().filter(|stmt| is_assertion(look.source, stmt));
    asserted.any(|stmt| parts(stmt).iter().flat_map(|part| names(part)).any(|name| held.contains(name)))
}

/// Whether a statement looks at what a condition asks about, or an assertion at what that was taken from or made of.
fn is_looking(look: &Look<'_, '_>, stmt: &Stmt, outcome: &Outcome<'_>, asked: &Asked<'_>) -> bool {
    let parts = parts(stmt);
    if is_shown(stmt) || binds(&parts, outcome) {
        return false;
    }
    let asserts = is_assertion(look.source, stmt) || is_failing(stmt);
    let is_read = |part: &&&Expr| !part.as_name_expr().is_some_and(|name| name.ctx.is_store());
    let is_same =
        |expr: &Expr| parts.iter().filter(is_read).any(|part| look.source.slice(*part) == look.source.slice(expr));
    // That a text is in something is not said by what else is in there.
    let is_within = asked.wanted.is_some() && !asked.subject.is_name_expr() && outcome.turned.is_empty();
    let reads =
        || read(look, &parts).iter().any(|name| outcome.names.contains(name) || outcome.sources.contains(*name));
    !is_within && is_same(asked.subject) || asserts && (asked.wanted.is_some_and(is_same) || reads())
}

/// Whether a text has a name or an expression in it as a whole, not as part of a longer one.
#[must_use]
pub fn mentions(text: &str, part: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(part).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let behind = text.get(at + part.len()..).and_then(|behind| behind.chars().next());
        !before.is_some_and(is_of_name) && !behind.is_some_and(|c| is_of_name(c) || c == '.' || c == '[' || c == '(')
    })
}

/// Whether many made inputs go through the test, of which some are of each kind: `@given(text())`.
#[must_use]
pub fn is_generated(look: &Look<'_, '_>) -> bool {
    let around = look.case.classes.iter().flat_map(|class| &class.decorator_list);
    let all = look.case.def.decorator_list.iter().chain(around);
    all.filter_map(|decorator| last_name(&decorator.expression)).any(|name| name == "given")
}
