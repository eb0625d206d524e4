//! Factories rather than large literal payloads: what a test writes out that another one has written out as well.

use super::assertion::{first, is_assertion};
use super::check::Look;
use super::source::{Case, Source};
use super::walk::{calls, everything, expressions, names, root, statements, text, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, ExprList, ExprTuple, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};
use std::collections::{BTreeMap, BTreeSet};

/// A large literal that a test writes out as an input.
pub struct Payload<'a> {
    literal: &'a Expr,
    /// The test.
    test: &'a StmtFunctionDef,
    /// How often each value stands below the same keys; what stands there by a name is none that is written out.
    pairs: BTreeMap<(String, bool), usize>,
}

/// The large literals that the tests of a source write out as inputs, in source order.
#[must_use]
pub fn payloads<'a>(source: &Source<'a>, limit: usize) -> Vec<Payload<'a>> {
    let mut found = Vec::new();
    for case in &source.tests {
        for stmt in statements(case.body()) {
            if is_asked(source, stmt) || is_expected(source, case, stmt) || stmt.is_for_stmt() {
                continue;
            }
            let mut until = None;
            let all: Vec<&ExprCall> = calls(stmt).collect();
            let own = all.iter().filter(|call| is_own(source, call) || is_builder(call, &all));
            let own: Vec<TextRange> = own.map(Ranged::range).collect();
            for expr in expressions(stmt).into_iter().filter(|expr| !within_any(&own, expr)) {
                // What is inside of one that was found is not told again.
                // Rows without keys are a table of the case: each value means something by its place.
                let is_keyed = within(expr).into_iter().any(Expr::is_dict_expr);
                if is_keyed && payload(expr) >= limit && until.is_none_or(|end| expr.start() >= end) {
                    until = Some(expr.end());
                    let mut pairs = BTreeMap::new();
                    count(source, expr, "", &mut pairs);
                    found.push(Payload { literal: expr, test: case.def, pairs });
                }
            }
        }
    }
    found
}

/// Whether a call is one of a function or a class of the tests, be it of a file beside: what it gets may be what it looks for.
fn is_own(source: &Source<'_>, call: &ExprCall) -> bool {
    let name = last_name(&call.func).unwrap_or_default();
    let is_brought = root(&call.func).is_some_and(|first| source.is_helper(first));
    is_brought || source.functions.contains_key(name) || source.classes.contains_key(name)
}

/// Whether a function makes of what it gets what another call is given: `nested_form_data({"rows": inline_formset([…])})`.
fn is_builder(call: &ExprCall, all: &[&ExprCall]) -> bool {
    call.func.is_name_expr() && all.iter().any(|outer| outer.arguments.range().contains_range(call.range()))
}

fn within_any(ranges: &[TextRange], expr: &Expr) -> bool {
    ranges.iter().any(|range| range.contains_range(expr.range()))
}

/// Looks for the large literals of a test that are written out a second time, nearly as they are.
pub fn check(look: &mut Look<'_, '_>, payloads: &[Payload<'_>]) {
    let range = look.case.def.range();
    for payload in payloads.iter().filter(|payload| range.contains_range(payload.literal.range())) {
        let others = payloads.iter().filter(|other| other.literal.range() != payload.literal.range());
        let others = others.filter(|other| !payload.is_twin(other) && payload.is_copy(other));
        let Some(other) = others.max_by_key(|other| payload.shared(other, true)) else { continue };
        if is_subject(look, payload.literal) || is_as_it_was(look) {
            continue;
        }
        let line = look.source.syntax.line(other.literal.start());
        let is_here = other.test.range() == payload.test.range();
        let there = if is_here { String::new() } else { format!(" of {}", other.test.name) };
        let (size, shared) = (payload.size(true), payload.shared(other, true));
        let what = format!("{size} values are written out, {shared} of them as in line {line}{there}");
        look.find("large-payload", payload.literal, what);
    }
}

impl Payload<'_> {
    /// How many values it has in common with another one, each below the same keys: of all, or of those that are written out.
    fn shared(&self, other: &Self, is_written: bool) -> usize {
        let pairs = self.pairs.iter().filter(|((_, written), _)| *written || !is_written);
        pairs.map(|(pair, times)| other.pairs.get(pair).map_or(0, |others| *times.min(others))).sum()
    }

    /// How many values it has: in all, or of those that are written out.
    fn size(&self, is_written: bool) -> usize {
        self.pairs.iter().filter(|((_, written), _)| *written || !is_written).map(|(_, times)| times).sum()
    }

    /// Whether so many common values make it a copy of another one: 85 % of the larger one.
    fn is_copy(&self, other: &Self) -> bool {
        self.shared(other, false) * 20 >= self.size(false).max(other.size(false)) * 17
    }

    /// Whether the other test is the same one with `await`, as tools write them.
    fn is_twin(&self, other: &Self) -> bool {
        self.test.name.as_str() == other.test.name.as_str() && self.test.is_async != other.test.is_async
    }
}

/// Counts the values of a literal by the keys above them.
fn count(source: &Source<'_>, expr: &Expr, above: &str, pairs: &mut BTreeMap<(String, bool), usize>) {
    match expr {
        Expr::Dict(dict) => {
            for item in &dict.items {
                let key = item.key.as_ref().map_or("**", |key| source.slice(key));
                count(source, &item.value, &format!("{above}/{key}"), pairs);
            }
        }
        Expr::List(ExprList { elts, .. }) | Expr::Tuple(ExprTuple { elts, .. }) if !is_column(elts) => {
            elts.iter().for_each(|item| count(source, item, above, pairs));
        }
        expr => {
            let is_written = values(expr).0 > 0;
            *pairs.entry((format!("{above}={}", source.slice(expr)), is_written)).or_default() += 1;
        }
    }
}

/// Words in names of what is expected, and of tables of cases: those have to be written out.
const EXPECTED: [&str; 19] = [
    "expect",
    "result",
    "output",
    "want",
    "golden",
    "schema",
    "correct",
    "xfail",
    "cases",
    "scenario",
    "variation",
    "matrix",
    "testdata",
    "snapshot",
    "examples",
    "permutations",
    "answers",
    "tests",
    "params",
];

/// Whether a statement writes out what is expected, or the cases of a loop.
fn is_expected(source: &Source<'_>, case: &Case<'_>, stmt: &Stmt) -> bool {
    let targets: Vec<&Expr> = match stmt {
        Stmt::Assign(assign) => assign.targets.iter().collect(),
        Stmt::AnnAssign(assign) => vec![&assign.target],
        Stmt::Expr(expr) => expr.value.as_call_expr().and_then(|call| call.func.as_attribute_expr()).map_or_else(
            Vec::new,
            // `expected.append({…})`
            |method| vec![&*method.value],
        ),
        _ => Vec::new(),
    };
    let names: Vec<&str> = targets.into_iter().filter_map(last_name).collect();
    names.iter().any(|name| EXPECTED.iter().any(|word| name.to_lowercase().contains(word)))
        || !names.is_empty() && names.iter().all(|name| is_compared(source, case, name))
}

/// Whether most of what is written out is what the test is about: its keys or its values stand elsewhere in the test again.
fn is_subject(look: &Look<'_, '_>, literal: &Expr) -> bool {
    let all = everything(look.case.body());
    let (inside, outside): (Vec<&Expr>, Vec<&Expr>) =
        all.into_iter().partition(|expr| literal.range().contains_range(expr.range()));
    let keys: BTreeSet<&str> = inside
        .iter()
        .filter_map(|expr| expr.as_dict_expr())
        .flat_map(|dict| &dict.items)
        .filter_map(|item| text(item.key.as_ref()?))
        .collect();
    let elsewhere: BTreeSet<&str> = outside.iter().filter_map(|expr| spoken(look, expr)).collect();
    let values: BTreeSet<&str> =
        inside.iter().filter_map(|expr| plain(look, expr)).filter(|value| !keys.contains(value)).collect();
    let is_again = |words: &BTreeSet<&str>| {
        let again = words.iter().filter(|word| elsewhere.contains(*word)).count();
        again > 1 && again * 2 >= words.len()
    };
    is_again(&keys) || is_again(&values)
}

/// Whether a test writes out what another time wrote, or what its documentation quotes: neither is made by a factory.
fn is_as_it_was(look: &Look<'_, '_>) -> bool {
    let name = look.case.name().to_lowercase();
    let mut comments =
        look.source.slice(look.case.def).lines().map(str::trim_start).filter(|line| line.starts_with('#'));
    ["legacy", "compat", "old_format", "deprecated"].iter().any(|word| name.contains(word))
        || comments.any(|line| line.to_lowercase().contains("start example") || line.contains("[START "))
}

/// What an expression says by itself: an attribute by its name, a text, a number.
fn spoken<'a>(look: &Look<'a, '_>, expr: &'a Expr) -> Option<&'a str> {
    expr.as_attribute_expr().map(|attribute| attribute.attr.as_str()).or_else(|| plain(look, expr))
}

/// A text, or a number as it is written, that is more than a flag.
fn plain<'a>(look: &Look<'a, '_>, expr: &'a Expr) -> Option<&'a str> {
    let written = expr.as_number_literal_expr().map(|number| look.source.slice(number));
    text(expr).or(written).filter(|word| word.len() > 1)
}

/// Whether what a name stands for is compared: by an assertion, by what is done for each of it, by a helper that asserts.
fn is_compared(source: &Source<'_>, case: &Case<'_>, name: &str) -> bool {
    statements(case.body()).into_iter().any(|stmt| match stmt {
        Stmt::For(repeat) => names(&repeat.iter).contains(name) && first(source, &repeat.body).is_some(),
        Stmt::Assert(assert) => within(&assert.test)
            .into_iter()
            .filter_map(Expr::as_compare_expr)
            .any(|compare| [&*compare.left].into_iter().chain(&compare.comparators).any(|side| stands_for(side, name))),
        Stmt::Expr(_) => calls(stmt).next().filter(|_| is_asked(source, stmt)).is_some_and(|call| {
            let named = call.arguments.keywords.iter().map(|keyword| &keyword.value);
            call.arguments.args.iter().chain(named).any(|given| stands_for(given, name))
        }),
        _ => false,
    })
}

/// Whether an expression is what a name stands for, a part of it, or about as much as that: `approx(expected[at])`.
fn stands_for(expr: &Expr, name: &str) -> bool {
    let inner = expr.as_call_expr().filter(|call| last_name(&call.func) == Some("approx"));
    root(inner.and_then(|call| call.arguments.args.first()).unwrap_or(expr)) == Some(name)
}

/// Whether a statement asserts, or calls what does by its name: `self._check_fields(…)`, `self.validate_all(…)`.
fn is_asked(source: &Source<'_>, stmt: &Stmt) -> bool {
    let asks = |name: &str| {
        let name = name.trim_start_matches('_');
        ["assert", "check", "expect", "validate", "verify"].iter().any(|word| name.starts_with(word))
    };
    let called = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
    // Of a method of the test itself nobody takes the answer: it looks at it.
    let own = called.and_then(|call| call.func.as_attribute_expr()).and_then(|method| method.value.as_name_expr());
    is_assertion(source, stmt)
        || own.is_some_and(|name| name.id.as_str() == "self")
        || called.and_then(|call| last_name(&call.func)).is_some_and(asks)
}

/// How many values a row of a table has at most.
const ROW: usize = 5;

/// How many values a literal of named values holds; 0 for anything else.
fn payload(expr: &Expr) -> usize {
    match expr {
        Expr::Dict(dict)
            if dict.items.iter().all(|item| item.key.as_ref().is_some_and(Expr::is_string_literal_expr)) =>
        {
            let (written, named) = values(expr);
            // Where much of it is names and calls, it is no data: a graph of tasks, a table of handlers; and lists only are its edges.
            let is_graph = dict.items.iter().all(|item| item.value.is_list_expr());
            if named * 2 < written && !is_graph { written } else { 0 }
        }
        // Rows of a few values are a table.
        Expr::List(list) if list.elts.iter().all(|item| payload(item) > ROW) => list.elts.iter().map(payload).sum(),
        _ => 0,
    }
}

/// The values in a literal, and what stands in it by a name or is called.
fn values(expr: &Expr) -> (usize, usize) {
    let sum = |all: &mut dyn Iterator<Item = &Expr>| {
        all.map(values).fold((0, 0), |(written, named), (more, others)| (written + more, named + others))
    };
    match expr {
        Expr::Dict(dict) => sum(&mut dict.items.iter().map(|item| &item.value)),
        // A column of plain values is read as one, and so is a point or a colour.
        Expr::List(ExprList { elts, .. }) | Expr::Tuple(ExprTuple { elts, .. }) if is_column(elts) => (1, 0),
        Expr::List(list) => sum(&mut list.elts.iter()),
        Expr::Tuple(tuple) => sum(&mut tuple.elts.iter()),
        expr => (usize::from(is_written(expr)), usize::from(!is_written(expr))),
    }
}

/// Whether there are only plain values, one beside the other.
fn is_column(items: &[Expr]) -> bool {
    !items.is_empty() && items.iter().all(is_written)
}

/// Whether a value is written out: a text, a number, a truth.
fn is_written(expr: &Expr) -> bool {
    expr.as_unary_op_expr().map_or(expr, |signed| &*signed.operand).is_literal_expr()
}
