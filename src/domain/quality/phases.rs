//! Arrange, act, assert: one act, and only the act where an error is expected.

use super::assertion::{expects, expects_error, is_assertion};
use super::check::Look;
use super::walk::{calls, statements};
use crate::domain::python::{last_name, says};
use ruff_python_ast::Stmt;

/// Calls that look at an outcome, or make values of it, and do nothing.
const LOOKING: [&str; 111] = [
    "monotonic",
    "time",
    "perf_counter",
    "sleep",
    "wait",
    "join",
    "now",
    "len",
    "str",
    "repr",
    "int",
    "float",
    "bool",
    "list",
    "tuple",
    "dict",
    "set",
    "sorted",
    "min",
    "max",
    "sum",
    "next",
    "iter",
    "zip",
    "enumerate",
    "range",
    "map",
    "filter",
    "isinstance",
    "getattr",
    "hasattr",
    "type",
    "any",
    "all",
    "json",
    "loads",
    "dumps",
    "decode",
    "encode",
    "read",
    "read_text",
    "getvalue",
    "get_data",
    "getMessage",
    "readouterr",
    "refresh_from_db",
    "keys",
    "values",
    "items",
    "get",
    "strip",
    "split",
    "splitlines",
    "reset_mock",
    "seek",
    "print",
    "format",
    "exception",
    "result",
    "b64decode",
    "urlsafe_b64decode",
    "listdir",
    "iterdir",
    "glob",
    "rglob",
    "scandir",
    "stat",
    "is_file",
    "is_dir",
    "exists",
    "basename",
    "dirname",
    "read_bytes",
    "readlines",
    "readline",
    "select_one",
    "find_all",
    "findall",
    "xpath",
    "getall",
    "get_soup",
    "BeautifulSoup",
    "has_attr",
    "get_text",
    "getroot",
    "fromstring",
    "parse_qs",
    "urlparse",
    "urlsplit",
    "filterwarnings",
    "simplefilter",
    "count",
    "copy",
    "deepcopy",
    "startswith",
    "endswith",
    "StringIO",
    "BytesIO",
    "lower",
    "sort",
    "collect",
    "find",
    "select",
    "datetime",
    "date",
    "timedelta",
    "fromisoformat",
    "strptime",
    "Decimal",
    "UUID",
    "open",
];

/// Words in the names of calls that ask how things stand: after an act they look at what it did.
const ASKING: [&str; 26] = [
    "get",
    "list",
    "describe",
    "fetch",
    "read",
    "load",
    "find",
    "query",
    "search",
    "show",
    "count",
    "status",
    "lookup",
    "head",
    "scan",
    "exists",
    "peek",
    "stats",
    "statistics",
    "info",
    "decode",
    "parse",
    "unpack",
    "deserialize",
    "select",
    "inspect",
];

/// Calls that make a plain value: where an error is expected, they are not what raises it.
const MAKING: [&str; 5] = ["Mock", "MagicMock", "AsyncMock", "object", "Path"];

/// A test that asserts this often, with acts in between, is several tests.
const TURNS: usize = 3;

/// Looks at the order of a test's parts.
pub fn check(look: &mut Look<'_, '_>) {
    turns(look);
    for stmt in statements(look.case.body()) {
        if let Stmt::With(with) = stmt
            && expects_error(with)
        {
            let inside = statements(&with.body);
            let acting = inside
                .iter()
                .filter(|stmt| !stmt.is_with_stmt() && !is_assertion(look.source, stmt) && may_raise(stmt))
                .count();
            // An error that the test raises itself has to go through what is around it, one of a block may come at its end,
            // and of two branches one is run.
            let is_own = inside.iter().any(|stmt| {
                matches!(
                    stmt,
                    Stmt::Raise(_) | Stmt::For(_) | Stmt::While(_) | Stmt::Try(_) | Stmt::If(_) | Stmt::With(_)
                )
            });
            if acting > 1 && !is_own {
                let what = format!("{acting} statements stand where the error is expected");
                look.find("crowded-raises", &with.items.as_slice()[0].context_expr, what);
            }
        }
    }
}

/// Whether a statement calls something that may do anything.
fn acts(stmt: &Stmt) -> bool {
    calls(stmt).any(|call| !last_name(&call.func).is_some_and(looks))
}

/// Whether a call of that name looks at an outcome: `is_valid`, `has_errors` do as well.
fn looks(name: &str) -> bool {
    LOOKING.contains(&name) || name.starts_with("is_") || name.starts_with("has_")
}

/// Whether a statement may raise the error that is expected: it does something, and does not only make a plain value.
fn may_raise(stmt: &Stmt) -> bool {
    let makes = |name: &str| looks(name) || MAKING.contains(&name);
    acts(stmt) && !(stmt.is_assign_stmt() && calls(stmt).all(|call| last_name(&call.func).is_some_and(makes)))
}

/// Whether all that a statement calls asks how things stand: `get_key`, `http_get`, `describe_table`.
fn asks(stmt: &Stmt) -> bool {
    let asking = |name: &str| name.split('_').any(|word| ASKING.contains(&word));
    calls(stmt).filter_map(|call| last_name(&call.func)).all(|name| looks(name) || asking(name))
}

/// Whether a statement calls a helper that says that it checks: `validate_schema(schema)`.
fn is_checking(stmt: &Stmt) -> bool {
    let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
    call.and_then(|call| call.func.as_name_expr()).is_some_and(|name| says(name.id.as_str()))
}

/// Whether a statement only says what is expected: `expected = normalize(path)`.
fn is_expectation(stmt: &Stmt) -> bool {
    let names = stmt.as_assign_stmt().into_iter().flat_map(|assign| &assign.targets).filter_map(last_name);
    let mut names = names.map(str::to_lowercase);
    names.any(|name| name.contains("expect") || name.contains("want"))
}

/// Whether an assertion only makes sure that the act can begin: `assert serializer.is_valid()`.
fn is_ready(stmt: &Stmt) -> bool {
    let ready = ["is_valid", "exists", "login", "is_file", "is_dir", "ready"];
    let call = stmt.as_assert_stmt().and_then(|assert| assert.test.as_call_expr());
    call.and_then(|call| last_name(&call.func)).is_some_and(|name| ready.contains(&name))
}

/// Counts the turns of acting and asserting.
fn turns(look: &mut Look<'_, '_>) {
    let (mut turns, mut acted, mut again) = (0, false, None);
    // Once something was done and asserted, what asks how things stand looks at the outcome of that.
    let (mut is_act, mut is_done) = (false, false);
    for stmt in flat(look.case.body()) {
        if is_ready(stmt) || is_expectation(stmt) {
            continue;
        }
        if is_assertion(look.source, stmt) || is_checking(stmt) {
            turns += usize::from(acted);
            is_done |= acted && is_act;
            acted = false;
        } else if acts(stmt) && !(is_done && asks(stmt)) {
            if turns > 0 && again.is_none() {
                again = Some(stmt);
            }
            (acted, is_act) = (true, !asks(stmt));
        }
    }
    if let Some(again) = again.filter(|_| turns >= TURNS) {
        look.find("several-acts", again, format!("the test acts and asserts {turns} times, again from here on"));
    }
}

/// The statements of a body, with those of plain `with` blocks in their place.
fn flat(body: &[Stmt]) -> Vec<&Stmt> {
    let mut found = Vec::new();
    for stmt in body {
        match stmt {
            Stmt::With(with) if !expects(with) => found.extend(flat(&with.body)),
            stmt => found.push(stmt),
        }
    }
    found
}
