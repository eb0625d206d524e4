//! What is there whatever the code does, and what other tests of a file tell of an outcome: one that looks at the very same call knows it.

use super::assertion::is_assertion;
use super::check::Look;
use super::code::Place;
use super::isolation::is_nothing;
use super::outcomes::PASSING;
use super::source::Source;
use super::turns::looks;
use super::walk::{expressions, gone_through, names, root, statements, text, unawaited};
use super::words::others_with;
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// Functions that give the members of any object, as many values as a form says, or a network itself with what it is made of: there
/// are always some.
const OF_ANY: [&str; 7] = ["getmembers", "getmembers_static", "vars", "dir", "unpack", "modules", "named_modules"];

/// Words in names of what a test wishes to find none of.
const UNWISHED: [&str; 7] = ["collision", "violation", "offend", "conflict", "duplicate", "orphan", "mismatch"];

/// Whether what a loop goes through has items whatever the code does, or has to have none: numbers up to a literal, the members of
/// an object, as many as a set-up says, what two sets differ in.
#[must_use]
pub fn is_surely_filled(look: &Look<'_, '_>, base: &Expr) -> bool {
    // What is wrong there ought to be none of: `for one in collisions:`
    if last_name(base).is_some_and(|name| UNWISHED.iter().any(|word| name.contains(word))) {
        return true;
    }
    let held = base.as_name_expr().map_or(&[][..], |name| look.values(name.id.as_str()));
    if !held.is_empty() {
        let is_filled = |call: &ExprCall| may_lack(call) || gives_display(look, call);
        return held.iter().all(|value| value.as_call_expr().is_some_and(is_filled));
    }
    let Some(call) = base.as_call_expr() else { return false };
    // `len(text)` of a text that the test writes out
    let is_counted = |given: &Expr| {
        let of = given.as_call_expr().filter(|call| last_name(&call.func) == Some("len"));
        let named = of.and_then(|call| call.arguments.args.first()).and_then(Expr::as_name_expr);
        let values = named.map_or(&[][..], |name| look.values(name.id.as_str()));
        !values.is_empty() && values.iter().all(|value| value.is_literal_expr())
    };
    let is_plain = |given: &Expr| given.is_number_literal_expr() || root(given) == Some("self") || is_counted(given);
    let is_given = |given: &Expr| {
        let values = given.as_name_expr().map_or(&[][..], |name| look.values(name.id.as_str()));
        is_plain(given) || !values.is_empty() && values.iter().all(|value| is_plain(value))
    };
    match last_name(&call.func) {
        // Nothing is missing where there is no difference: that is what is wished for.
        Some("difference" | "symmetric_difference") => true,
        // `xrange`, and what makes the one the other: `range3`
        Some(name) if name.trim_start_matches('x').starts_with("range") => {
            // How many dimensions something has, it was told: `range(model.D)`.
            let is_told = |given: &Expr| given.is_attribute_expr() && last_name(given).is_some_and(is_dimension);
            call.arguments.args.iter().all(|given| is_given(given) || is_told(given))
        }
        Some(name) => OF_ANY.contains(&name) || may_lack(call) || gives_display(look, call),
        None => false,
    }
}

/// Whether what a call asks for may well be missing: `table.get("rows", {})`.
fn may_lack(call: &ExprCall) -> bool {
    last_name(&call.func) == Some("get") && call.arguments.args.get(1).is_some_and(is_nothing)
}

/// Whether a name is that of a count of dimensions: `D`, `ndim`, `n_features`.
fn is_dimension(name: &str) -> bool {
    name.len() == 1 || name.contains("dim") || name.starts_with("n_") || name.starts_with("num_")
}

/// Whether the function that is called gives what it writes out itself, as far as it is known: `return {"wake": wake}`.
fn gives_display(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let meaning = look.source.meaning(&call.func, &look.locals);
    let place = look.about.codes.zip(meaning).and_then(|(codes, meaning)| Place::find(codes, &meaning));
    let Some(def) = place.as_ref().and_then(Place::def) else { return false };
    let given = statements(&def.body).into_iter().filter_map(Stmt::as_return_stmt);
    let mut given = given.map(|give| give.value.as_deref()).peekable();
    let is_display = |value: Option<&Expr>| match value {
        Some(Expr::List(list)) => !list.elts.is_empty(),
        Some(Expr::Tuple(tuple)) => !tuple.elts.is_empty(),
        Some(Expr::Dict(dict)) => !dict.items.is_empty(),
        _ => false,
    };
    given.peek().is_some() && given.all(is_display)
}

/// Whether another test of the file makes the very same call, or calls the same function or method, and asserts on what it gives,
/// or on the same part of that, or what is there under a key, without going through it.
#[must_use]
pub fn is_known_by_another(look: &Look<'_, '_>, base: &Expr, key: Option<&str>) -> bool {
    let held = root(base).filter(|_| !base.is_call_expr());
    let (plain, several) = held.map_or((&[][..], &[][..]), |name| (look.values(name), look.unpacked(name)));
    // `rows = body["rows"]`, `names = {row.name for row in body["rows"]}`
    if let ([part], true) = (plain, base.is_name_expr())
        && let Some(part) = (if is_part(part) { Some(*part) } else { part_gone_through(part) })
    {
        return is_known_by_another(look, part, key);
    }
    // `rule = context.get("rule", "")`
    if let ([Expr::Call(call)], true, None) = (plain, base.is_name_expr(), key)
        && let Expr::Attribute(of) = &*call.func
        && of.attr.as_str() == "get"
        && let Some(key) = call.arguments.args.first().and_then(text)
    {
        return is_known_by_another(look, &of.value, Some(key));
    }
    let mut values: Vec<&Expr> = plain.iter().chain(several).copied().chain([base]).map(unawaited).collect();
    // `answer = answers[0]` of `answers = search("")`
    let from = plain.iter().chain(several).filter(|value| is_part(value)).filter_map(|value| root(value));
    values.extend(from.filter(|from| held != Some(*from)).flat_map(|from| look.values(from)).copied().map(unawaited));
    let said: Vec<&str> = values
        .iter()
        .filter(|value| value.is_call_expr() || gone_through(value).is_some())
        .map(|value| look.source.slice(*value))
        .collect();
    let makes = |words: &str| said.iter().any(|call| words.contains(call));
    let part = look.source.slice(base);
    let word = match (key, base) {
        (Some(key), _) => key,
        (None, Expr::Attribute(of)) => of.attr.as_str(),
        (None, Expr::Subscript(of)) => text(&of.slice).unwrap_or(part),
        (None, _) => part,
    };
    let item = format!("{part}[");
    let asked: Vec<String> =
        values.iter().filter_map(|value| value.as_call_expr()).filter_map(|call| asked(look, call)).collect();
    let asks = |words: &str| asked.iter().any(|asked| calls_it(words, asked));
    let texts = said.iter().copied().chain(asked.iter().map(String::as_str));
    let others = texts.flat_map(|text| others_with(look.source, look.case, text));
    let mut others = others.filter(|case| {
        let words = look.source.slice(case.def);
        makes(words) || asks(words)
    });
    !said.is_empty()
        && others.any(|case| {
            let all = statements(&case.def.body);
            let words = || all.iter().map(|stmt| look.source.slice(*stmt));
            if key.is_some() || is_part(base) {
                let makes_it = words().any(&makes);
                // One that takes a certain item knows that there is one.
                (makes_it || words().any(asks)) && knows(look, &all, &|words| words.contains(word))
                    || key.is_none() && makes_it && words().any(|words| words.contains(&item))
            } else {
                knows(look, &all, &makes) || knows(look, &all, &asks)
            }
        })
}

/// The part of something that a comprehension goes through, or what is made of one: `set(row.name for row in body["rows"])`.
fn part_gone_through(expr: &Expr) -> Option<&Expr> {
    let made = expr.as_call_expr().filter(|call| last_name(&call.func).is_some_and(|name| PASSING.contains(&name)));
    let expr = made.and_then(|call| call.arguments.args.first()).unwrap_or(expr);
    gone_through(expr).filter(|part| is_part(part))
}

/// Whether an expression is a part of something: `body["rows"]` of `body = response.json()`.
fn is_part(expr: &Expr) -> bool {
    expr.is_attribute_expr() || expr.is_subscript_expr()
}

/// The words by which a function is called, or a method of whatever object, but one that any object may have: `scan(`, `.rows(`.
fn asked(look: &Look<'_, '_>, call: &ExprCall) -> Option<String> {
    let is_known = root(&call.func).is_some_and(|first| first == "self" || !look.locals.contains(first));
    if is_known {
        return Some(format!("{}(", look.source.slice(&*call.func)));
    }
    let method = call.func.as_attribute_expr()?;
    if !looks(&method.attr) {
        return Some(format!(".{}(", method.attr));
    }
    // What looks for the very same: `.findall("row")`
    let is_written = call.arguments.args.first().is_some_and(Expr::is_string_literal_expr);
    is_written.then(|| format!(".{}{}", method.attr, look.source.slice(&call.arguments)))
}

/// Whether words call a function, or a method: `load(`, `.rows(`.
fn calls_it(words: &str, function: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let mut places = words.match_indices(function).filter_map(|(at, _)| words.get(..at));
    function.starts_with('.') && words.contains(function) || places.any(|before| !before.ends_with(is_of_name))
}

/// Whether one of these statements asserts on such a call, or on a name that holds what it gave.
fn knows(look: &Look<'_, '_>, all: &[&Stmt], makes: &dyn Fn(&str) -> bool) -> bool {
    let assigns = all.iter().filter_map(|stmt| stmt.as_assign_stmt());
    let holding = assigns.filter(|assign| makes(look.source.slice(&*assign.value))).flat_map(|assign| &assign.targets);
    let held: BTreeSet<&str> = holding.flat_map(names).collect();
    plain(look.source, all).any(|stmt| {
        let mut read = expressions(stmt).into_iter().filter_map(Expr::as_name_expr);
        makes(look.source.slice(stmt)) || read.any(|name| held.contains(name.id.as_str()))
    })
}

/// The assertions among the statements of a test that stand in no loop and behind no condition: they run in any case.
fn plain<'s, 'a>(source: &'s Source<'_>, all: &'s [&'a Stmt]) -> impl Iterator<Item = &'a Stmt> {
    let open = |stmt: &&&Stmt| stmt.is_for_stmt() || stmt.is_while_stmt() || stmt.is_if_stmt();
    let open: Vec<TextRange> = all.iter().filter(open).map(|stmt| stmt.range()).collect();
    let is_within = move |stmt: &Stmt| open.iter().any(|range| range.contains_range(stmt.range()));
    let asserts = |stmt: &Stmt| matches!(stmt, Stmt::Assert(_) | Stmt::Expr(_)) && is_assertion(source, stmt);
    all.iter().copied().filter(move |stmt| asserts(stmt) && !is_within(stmt))
}
