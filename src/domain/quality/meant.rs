//! Readings of the clock, of the environment and of uuids, and pauses, that do no harm: deadlines, unique names, what is put back.

use super::assertion::{expects_error, is_assertion};
use super::check::Look;
use super::determinism::{is_guard, variable};
use super::walk::{calls, expressions, names, statements, text};
use crate::domain::python::last_name;
use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtAssign};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Words in the names of what is unique for the sake of other runs.
const UNIQUE: [&str; 12] =
    ["name", "queue", "topic", "bucket", "blob", "path", "dir", "prefix", "suffix", "stream", "channel", "key"];

/// Words in the names of services that an integration test is told about.
const SERVICE: [&str; 12] =
    ["HOST", "PORT", "URL", "URI", "TCP", "BROKER", "DSN", "BACKEND", "ENDPOINT", "SERVER", "PROJECT", "REGION"];

/// Words in the names of what is kept to be put back.
const KEPT: [&str; 7] = ["old", "orig", "saved", "prev", "before", "backup", "env"];

/// Words in the names of what is random by its nature.
const SECRET: [&str; 8] = ["nonce", "salt", "secret", "key", "password", "passwd", "token", "cookie"];

/// Calls that only tell somebody something.
const TELLING: [&str; 9] = ["print", "write", "debug", "info", "warning", "log", "flush", "writelines", "echo"];

/// Whether the test means it so, and no result depends on it.
#[must_use]
pub fn is_meant(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr, rule: &str) -> bool {
    match rule {
        "real-clock" => is_deadline(look, stmt) || is_only_told(look, stmt) || is_bound(look, stmt),
        "random-uuid" => is_unique_name(stmt, node) || is_secret(look, stmt, node) || is_nowhere(look, stmt, node),
        "unseeded-random" => is_secret(look, stmt, node),
        "real-sleep" => is_polling(look, stmt) || is_interrupted(look, stmt, node) || is_for_real(look, node),
        "ambient-environment" => {
            is_kept(look, stmt, node)
                || is_outcome(look, stmt, node)
                || is_service(look, node)
                || is_of_process(look, stmt, node)
                || is_left_out(look, node)
                || is_asked_first(look, stmt)
        }
        _ => false,
    }
}

/// The names that a statement assigns.
fn assigned(stmt: &Stmt) -> impl Iterator<Item = String> {
    let names = expressions(stmt).into_iter().filter_map(Expr::as_name_expr).filter(|name| name.ctx.is_store());
    names.map(|name| name.id.to_lowercase()).collect::<Vec<_>>().into_iter()
}

/// Whether the clock only says for how long something is waited.
fn is_deadline(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let all = statements(look.case.body());
    let tests = all.iter().filter_map(|stmt| stmt.as_while_stmt()).flat_map(|repeat| names(&repeat.test));
    let waited: Vec<&str> = tests.collect();
    let says = |name: &str| name.contains("deadline") || name.contains("timeout") || waited.contains(&name);
    let mentioned = expressions(stmt).into_iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str());
    stmt.is_while_stmt()
        || assigned(stmt).any(|name| says(&name))
        || mentioned.into_iter().any(|name| name.contains("deadline"))
}

/// Whether the time is only told somebody: no assertion, condition or call gets it.
fn is_only_told(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let Some(assign) = stmt.as_assign_stmt() else { return is_telling(stmt) };
    let mut known: BTreeSet<&str> =
        assign.targets.iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str()).collect();
    if known.len() != assign.targets.len() {
        return false;
    }
    let reads = |stmt: &Stmt, known: &BTreeSet<&str>| {
        let mut names = expressions(stmt).into_iter().filter_map(Expr::as_name_expr);
        names.any(|name| name.ctx.is_load() && known.contains(name.id.as_str()))
    };
    let mut is_read = false;
    for other in statements(look.case.body()).into_iter().filter(|other| !std::ptr::eq(*other, stmt)) {
        if !reads(other, &known) {
            continue;
        }
        is_read = true;
        match other {
            Stmt::Assign(assign) if assign.value.is_bin_op_expr() => {
                known.extend(assign.targets.iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str()));
            }
            other if is_telling(other) => {}
            _ => return false,
        }
    }
    is_read
}

/// Whether a statement only tells somebody something: `print(…)`, `log.info(…)`.
fn is_telling(stmt: &Stmt) -> bool {
    let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
    call.and_then(|call| last_name(&call.func)).is_some_and(|name| TELLING.contains(&name))
}

/// Whether something is random by its nature, and named so: `nonce = os.urandom(12)`.
fn is_secret(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let meaning = node.as_call_expr().and_then(|call| look.source.meaning(&call.func, &look.locals));
    let is_opaque = meaning
        .is_some_and(|meaning| ["os.urandom", "secrets.", "uuid."].iter().any(|start| meaning.starts_with(start)));
    let says = |name: &str| SECRET.iter().any(|word| name.contains(word)) || name == "iv" || name.ends_with("_iv");
    let around = expressions(stmt).into_iter().filter_map(Expr::as_call_expr).flat_map(|call| &call.arguments.keywords);
    let mut given = around.filter(|keyword| keyword.value.range().contains_range(node.range()));
    is_opaque
        && (assigned(stmt).any(|name| says(&name))
            || given.any(|keyword| keyword.arg.as_ref().is_some_and(|name| says(&name.as_str().to_lowercase()))))
}

/// Whether a uuid stands for what there is not: it goes nowhere but where an error is expected, and into assertions.
fn is_nowhere(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let withs =
        statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt).filter(|with| expects_error(with));
    let expected: Vec<_> = withs.map(|with| with.range).collect();
    let is_expected = |range: ruff_text_size::TextRange| expected.iter().any(|with| with.contains_range(range));
    if is_expected(node.range()) {
        return true;
    }
    let Some(mut reading) = reading(look, stmt) else { return false };
    !expected.is_empty() && reading.all(|other| is_expected(other.range()) || is_assertion(look.source, other))
}

/// Whether the environment is handed on to another process, which can't run without it: `env={**os.environ, …}`.
fn is_of_process(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let key = variable(node);
    let is_path = key.and_then(text).is_some_and(|key| key.ends_with("PATH"));
    let keywords =
        expressions(stmt).into_iter().filter_map(Expr::as_call_expr).flat_map(|call| &call.arguments.keywords);
    let mut given = keywords.filter(|keyword| keyword.value.range().contains_range(node.range()));
    let is_whole = expressions(stmt).into_iter().filter_map(Expr::as_dict_expr).any(|dict| {
        let mut spread = dict.items.iter().filter(|item| item.key.is_none()).map(|item| look.source.slice(&item.value));
        dict.range.contains_range(node.range()) && spread.any(|value| value.ends_with("environ"))
    });
    is_path || is_whole || given.any(|keyword| keyword.arg.as_deref() == Some("env"))
}

/// The names that an assignment binds.
fn bound(assign: &StmtAssign) -> Vec<&str> {
    assign.targets.iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str()).collect()
}

/// The other statements of the test that read what a statement binds; nothing where that is no assignment.
fn reading<'a>(look: &Look<'_, 'a>, stmt: &'a Stmt) -> Option<impl Iterator<Item = &'a Stmt>> {
    let names = bound(stmt.as_assign_stmt()?);
    let others = statements(look.case.body()).into_iter().filter(move |other| !std::ptr::eq(*other, stmt));
    Some(others.filter(move |other| {
        let mut loads = expressions(other).into_iter().filter_map(Expr::as_name_expr);
        loads.any(|name| name.ctx.is_load() && names.contains(&name.id.as_str()))
    }))
}

/// Whether the test leaves itself out where what is read does not suit it: `except ValueError: pytest.skip(…)`.
fn is_left_out(look: &Look<'_, '_>, node: &Expr) -> bool {
    let attempts = statements(look.case.body()).into_iter().filter_map(Stmt::as_try_stmt);
    attempts.filter(|attempt| attempt.range.contains_range(node.range())).any(|attempt| {
        let handlers = attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler);
        let called = handlers.flat_map(|handler| statements(&handler.body)).flat_map(calls);
        called.filter_map(|call| last_name(&call.func)).any(|name| matches!(name, "skip" | "skipTest"))
    })
}

/// Whether what is read only decides whether the test is left out: `if against_the_cloud: raise SkipTest`.
fn is_asked_first(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let Some(mut reading) = reading(look, stmt) else { return false };
    reading.next().is_some_and(is_guard) && reading.all(is_guard)
}

/// Whether the time is one of two between which another one must lie: `before <= made <= after`.
fn is_bound(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let Some(assign) = stmt.as_assign_stmt() else { return false };
    let own = bound(assign);
    let reads_clock = |name: &str| {
        let mut values = look.values(name).iter().filter_map(|value| value.as_call_expr());
        values.any(|call| look.source.meaning(&call.func, &look.locals).is_some_and(|meaning| meaning.contains("time")))
    };
    let asserts = statements(look.case.body()).into_iter().filter_map(Stmt::as_assert_stmt);
    asserts.filter_map(|assert| assert.test.as_compare_expr()).any(|compare| {
        let ends = [&*compare.left].into_iter().chain(compare.comparators.last());
        // `before + 5 <= made <= after + 5`
        let plain = ends.map(|end| end.as_bin_op_expr().map_or(end, |sum| &*sum.left));
        let ends: Vec<&str> = plain.filter_map(Expr::as_name_expr).map(|name| name.id.as_str()).collect();
        compare.comparators.len() == 2
            && ends.len() == 2
            && ends.iter().any(|name| own.contains(name))
            && ends.iter().all(|name| reads_clock(name))
    })
}

/// Whether a uuid keeps the names of one run apart from those of another: it is part of a text, or named as a name.
fn is_unique_name(stmt: &Stmt, node: &Expr) -> bool {
    let around = expressions(stmt).into_iter().filter(|expr| expr.range().contains_range(node.range()));
    let says = |name: &str| UNIQUE.iter().any(|word| name.to_lowercase().contains(word));
    let is_part = around.into_iter().any(|expr| match expr {
        Expr::FString(_) | Expr::BinOp(_) => true,
        // `{"Bucket": str(uuid4())}`
        Expr::Dict(dict) => dict.items.iter().any(|item| {
            item.value.range().contains_range(node.range()) && item.key.as_ref().and_then(text).is_some_and(says)
        }),
        Expr::Call(call) if !std::ptr::eq(expr, node) => {
            let mut keywords = call.arguments.keywords.iter();
            let is_named = keywords.any(|keyword| {
                keyword.value.range().contains_range(node.range()) && keyword.arg.as_deref().is_some_and(says)
            });
            let callee = last_name(&call.func).unwrap_or_default();
            let is_given = call.arguments.args.iter().any(|given| given.range().contains_range(node.range()));
            is_named || matches!(callee, "format" | "join") || is_given && says(callee)
        }
        _ => false,
    });
    is_part || assigned(stmt).any(|name| UNIQUE.iter().any(|word| name.contains(word)))
}

/// Whether a pause stands in a loop that waits for something.
fn is_polling(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    statements(look.case.body()).into_iter().any(|repeat| {
        let waits = match repeat {
            Stmt::While(_) => true,
            Stmt::For(repeat) => statements(&repeat.body).into_iter().any(|inner| {
                let is_chosen = inner.is_if_stmt() && inner.range().contains_range(stmt.range());
                inner.is_break_stmt() || inner.is_return_stmt() || is_chosen
            }),
            _ => false,
        };
        waits && repeat.range().contains_range(stmt.range())
    })
}

/// Whether a pause is only made against a real service: `if allow_aws_request(): sleep(30)`.
fn is_for_real(look: &Look<'_, '_>, node: &Expr) -> bool {
    let branches = statements(look.case.body()).into_iter().filter_map(Stmt::as_if_stmt);
    let mut around = branches.filter(|branch| branch.range.contains_range(node.range()));
    around.any(|branch| {
        let asked = look.source.slice(&*branch.test).to_lowercase();
        ["aws", "real", "live", "remote", "cloud"]
            .iter()
            .any(|word| asked.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word))
    })
}

/// Whether a pause is never waited out: it is to be interrupted by an error, or only made and handed on.
fn is_interrupted(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let mut withs = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    let is_expected = withs.any(|with| expects_error(with) && with.range.contains_range(node.range()));
    let is_coroutine = node
        .as_call_expr()
        .and_then(|call| look.source.meaning(&call.func, &look.locals))
        .is_some_and(|meaning| ["asyncio.", "trio.", "anyio."].iter().any(|module| meaning.starts_with(module)));
    let mut awaited = expressions(stmt).into_iter().filter_map(Expr::as_await_expr);
    is_expected || is_coroutine && !awaited.any(|await_| await_.value.range() == node.range())
}

/// Whether the environment is read to be put back.
fn is_kept(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let finals = statements(look.case.body()).into_iter().filter_map(Stmt::as_try_stmt);
    let mut finals = finals.flat_map(|attempt| &attempt.finalbody);
    assigned(stmt).any(|name| KEPT.iter().any(|word| name.contains(word)))
        || finals.any(|last| last.range().contains_range(node.range()))
}

/// Whether the environment is what the code under test was to change: it is compared itself.
fn is_outcome(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let is_it = |expr: &Expr| expr.range() == node.range();
    match stmt {
        Stmt::Assert(assert) => match &*assert.test {
            Expr::Compare(compare) => [&*compare.left]
                .into_iter()
                .chain(&compare.comparators)
                .any(|side| side.range().contains_range(node.range()) && !is_handed_on(side, node)),
            test => is_it(test),
        },
        stmt => {
            let direct = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
            is_assertion(look.source, stmt) && direct.is_some_and(|call| call.arguments.args.iter().any(is_it))
        }
    }
}

/// Whether a node is an argument of a call that is no mere conversion.
fn is_handed_on(side: &Expr, node: &Expr) -> bool {
    super::walk::within(side).into_iter().filter_map(Expr::as_call_expr).any(|call| {
        let is_plain = matches!(last_name(&call.func), Some("str" | "int" | "float" | "bool" | "len" | "dict"));
        !is_plain && call.arguments.args.iter().any(|given| given.range().contains_range(node.range()))
    })
}

/// Whether the environment tells where a service is.
fn is_service(look: &Look<'_, '_>, node: &Expr) -> bool {
    let key = match node {
        Expr::Call(call) => call.arguments.args.first(),
        Expr::Subscript(subscript) => Some(&*subscript.slice),
        _ => None,
    };
    let key = key.map(|key| look.source.slice(key).to_uppercase()).unwrap_or_default();
    SERVICE.iter().any(|word| key.contains(word))
}
