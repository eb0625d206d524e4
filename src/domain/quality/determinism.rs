//! The same result each time: no clock, no random numbers, no network, no waiting, no foreign environment.

use super::ambient::variable;
use super::around::targets;
use super::check::Look;
use super::excused::is_benchmark;
use super::reach::leaves;
use super::walk::{calls, expressions, statements, text, within};
use super::{ambient, clock, drawn, pauses};
use crate::domain::python::last_name;
use ruff_python_ast::{ExceptHandler, Expr, ExprCall, Stmt, StmtTry};
use ruff_text_size::Ranged;
use std::collections::BTreeMap;

/// Calls that read the clock, by what they mean; with `()` at the end, only without arguments.
const CLOCK: [&str; 25] = [
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.localtime()",
    "time.gmtime()",
    "time.ctime()",
    "time.asctime()",
    "timeit.default_timer",
    "django.utils.timezone.now",
    "django.utils.timezone.localtime()",
    "django.utils.timezone.localdate()",
    "pendulum.now",
    "pendulum.today",
    "arrow.now",
    "arrow.utcnow",
    "arrow.get()",
    "pandas.Timestamp.now",
    "pandas.Timestamp.today",
];

/// Functions of the shared generator that draw whole numbers or bytes; see [`drawn`] for the others.
const WHOLE: [&str; 5] = ["randint", "randrange", "getrandbits", "randbytes", "integers"];

/// Calls that open a connection to what they are given.
const NETWORK: [&str; 23] = [
    "requests.get",
    "requests.post",
    "requests.put",
    "requests.patch",
    "requests.delete",
    "requests.head",
    "requests.options",
    "requests.request",
    "httpx.get",
    "httpx.post",
    "httpx.put",
    "httpx.patch",
    "httpx.delete",
    "httpx.head",
    "httpx.request",
    "httpx.stream",
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "urllib2.urlopen",
    "socket.create_connection",
    "socket.gethostbyname",
    "socket.getaddrinfo",
    "urllib3.request",
];

/// Words in the marks of tests that want the network.
const NETWORKING: [&str; 8] = ["network", "online", "internet", "integration", "remote", "live", "external", "e2e"];

/// Calls that wait.
const SLEEP: [&str; 6] = ["time.sleep", "asyncio.sleep", "gevent.sleep", "trio.sleep", "anyio.sleep", "eventlet.sleep"];

/// Calls that read what the machine and its user are.
/// What they are called, user and host, is what a test is told wherever it compares it with what the code says of them.
const AMBIENT: [&str; 3] = ["os.getenv", "os.environ.get", "pathlib.Path.home"];

/// Up to how many seconds a pause costs nothing, and is no guess at how long something takes.
const INSTANT: f64 = 0.01;

/// Looks for what makes a test's result differ from run to run.
pub fn check(look: &mut Look<'_, '_>) {
    // What a benchmark measures differs each time, and so may what it is measured on.
    if is_benchmark(look) {
        return;
    }
    let mut found: BTreeMap<&str, Vec<(&Expr, String)>> = BTreeMap::new();
    for stmt in statements(look.case.body()).into_iter().filter(|stmt| !is_guard(stmt)) {
        for expr in expressions(stmt) {
            let told = match expr {
                Expr::Call(call) => of_call(look, call),
                Expr::Subscript(subscript) if subscript.ctx.is_load() => {
                    let is_environ =
                        look.source.meaning(&subscript.value, &look.locals).as_deref() == Some("os.environ");
                    is_environ.then(|| ("ambient-environment", format!("{} is read", look.source.shown(expr))))
                }
                _ => None,
            };
            let told = told.filter(|(rule, _)| {
                let is_known = is_guarded(look, rule) || *rule == "ambient-environment" && is_set_here(look, expr);
                !is_known && decides(look, stmt, expr, rule)
            });
            if let Some((rule, what)) = told {
                found.entry(rule).or_default().push((expr, what));
            }
        }
    }
    for (rule, places) in found {
        let more = places.len() - 1;
        if let Some((node, what)) = places.into_iter().next() {
            let more = match more {
                0 => String::new(),
                1 => ", and once more".to_owned(),
                count => format!(", and {count} times more"),
            };
            look.find(rule, node, format!("{what}{more}"));
        }
    }
}

/// Whether the outcome of the test positively depends on what a node gives.
fn decides(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr, rule: &str) -> bool {
    match rule {
        "real-clock" => clock::decides(look, stmt, node),
        "unseeded-random" => drawn::decides(look, stmt, node),
        "random-uuid" => drawn::decides_as_uuid(look, stmt, node),
        "real-sleep" => pauses::decides(look, stmt, node),
        "ambient-environment" => ambient::decides(look, stmt, node),
        _ => !is_of_network(look, node),
    }
}

/// Whether a test says that it wants the network, expects an error of it, or puts something in its place by hand.
fn is_of_network(look: &Look<'_, '_>, node: &Expr) -> bool {
    let all = statements(&look.case.def.body);
    let mut withs =
        all.iter().filter_map(|stmt| stmt.as_with_stmt()).filter(|with| with.range.contains_range(node.range()));
    let says = |name: &str| NETWORKING.iter().any(|word| name.to_lowercase().contains(word));
    // What stands around may answer in the place of the host: `with InstalledApp(app, host=HOST)`.
    let is_around = withs.next().is_some();
    // Where there is no network, the test is left out: `except OSError: raise SkipTest`.
    let skips = |attempt: &StmtTry| {
        let handlers = attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler);
        handlers.flat_map(|handler| statements(&handler.body)).any(leaves)
    };
    let tried = all.iter().filter_map(|stmt| stmt.as_try_stmt());
    let is_left = tried.into_iter().any(|attempt| attempt.range.contains_range(node.range()) && skips(attempt));
    let decorated = look.case.def.decorator_list.iter().filter_map(|decorator| last_name(&decorator.expression));
    let wanted = all.iter().flat_map(|stmt| calls(stmt)).flat_map(|call| &call.arguments.args).filter_map(text);
    let mut replaced = all.iter().flat_map(|stmt| targets(stmt)).filter(|target| target.is_attribute_expr());
    is_around
        || is_left
        || look.case.marks.iter().any(|mark| says(mark))
        || decorated.chain(wanted.filter(|text| !text.contains(['/', '.']))).any(says)
        || says(look.case.name())
        || replaced.any(|target| ["http", "socket", "open"].iter().any(|word| look.source.slice(target).contains(word)))
        || look.about.is_integration
}

fn is_guarded(look: &Look<'_, '_>, rule: &str) -> bool {
    let guards = &look.guards;
    match rule {
        "real-clock" => guards.clock(),
        // hypothesis seeds the generators before every example.
        "unseeded-random" => guards.random() || super::branches::is_generated(look),
        // Services that tests share want names that no earlier run has used.
        "random-uuid" => guards.uuid() || look.about.is_integration,
        "real-network" => guards.network(),
        "real-sleep" => guards.sleep(),
        _ => guards.environment(),
    }
}

/// Whether the source of the test sets the variable that is read: in a set-up, in the test, or back to what it was.
fn is_set_here(look: &Look<'_, '_>, read: &Expr) -> bool {
    let Some(key) = variable(read).map(|key| look.source.slice(key)) else { return false };
    let ways = [format!("environ[{key}] = "), format!("setenv({key},"), format!("environ, {{{key}:")];
    ways.iter().any(|way| look.source.text.contains(way))
}

/// A condition that leaves the test out where it can't run may look at the machine.
#[must_use]
pub fn is_guard(stmt: &Stmt) -> bool {
    let Stmt::If(branch) = stmt else { return false };
    let called = branch.body.iter().flat_map(calls).filter_map(|call| last_name(&call.func));
    let raised = branch.body.iter().filter_map(Stmt::as_raise_stmt).filter_map(|raise| raise.exc.as_deref());
    called.chain(raised.filter_map(last_name)).any(|name| matches!(name, "skip" | "skipTest" | "xfail" | "SkipTest"))
}

fn of_call(look: &Look<'_, '_>, call: &ExprCall) -> Option<(&'static str, String)> {
    let meaning = look.source.meaning(&call.func, &look.locals)?;
    let plain = format!("{meaning}()");
    let is_plain = call.arguments.args.is_empty() && call.arguments.keywords.is_empty();
    let shown = || look.source.shown(&*call.func);
    let is = |list: &[&str]| list.contains(&meaning.as_str());
    if is(&CLOCK) || is_plain && CLOCK.contains(&plain.as_str()) {
        return Some(("real-clock", format!("{}() reads the real clock", shown())));
    }
    if is_random(&meaning, is_plain) {
        return Some(("unseeded-random", format!("{}() draws from a generator without a seed", shown())));
    }
    if matches!(meaning.as_str(), "uuid.uuid1" | "uuid.uuid4" | "uuid.uuid7") {
        return Some(("random-uuid", format!("{}() makes another uuid each time", shown())));
    }
    let is_led = call.arguments.keywords.iter().any(|keyword| matches!(keyword.arg.as_deref(), None | Some("proxies")));
    if is(&NETWORK) && !is_led {
        let host = call.arguments.args.iter().find_map(foreign)?;
        return Some(("real-network", format!("{}() asks {host}", shown())));
    }
    if is(&SLEEP) && waits(look, call) {
        return Some(("real-sleep", format!("{} waits", look.source.shown(call))));
    }
    if is(&AMBIENT) {
        return Some(("ambient-environment", format!("{} is read", look.source.shown(call))));
    }
    None
}

/// Whether a call draws random numbers that no seed decides.
fn is_random(meaning: &str, is_plain: bool) -> bool {
    match meaning {
        "random.Random" | "numpy.random.default_rng" | "numpy.random.RandomState" => is_plain,
        "random.SystemRandom" => true,
        meaning => {
            let name = meaning.strip_prefix("random.").or_else(|| meaning.strip_prefix("numpy.random."));
            name.is_some_and(|name| {
                WHOLE.contains(&name) || drawn::FRACTIONS.contains(&name) || drawn::CHOOSING.contains(&name)
            })
        }
    }
}

/// Whether a call waits for longer than costs anything, and may be a guess at how long something takes: `gevent.sleep()` and
/// `asyncio.sleep(0.001)` only let others run, or the clock go on.
fn waits(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let given = call.arguments.args.first().or_else(|| call.arguments.keywords.first().map(|keyword| &keyword.value));
    let seconds = given.and_then(|given| look.source.slice(given).parse::<f64>().ok());
    given.is_some() && seconds.is_none_or(|seconds| seconds > INSTANT)
}

/// The host that a literal names, where it is not this machine and not one that nobody has.
fn foreign(expr: &Expr) -> Option<String> {
    let found = within(expr).into_iter().find_map(text)?;
    let (scheme, rest) = found.split_once("://").unwrap_or(("", found));
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let is_web = matches!(scheme, "http" | "https") || scheme.is_empty() && host.contains('.') && !host.contains(' ');
    let is_here = host.is_empty()
        || host.starts_with("127.")
        || host == "0.0.0.0"
        || host.contains("localhost")
        || host.ends_with(".local")
        || host.ends_with(".test")
        || host.ends_with(".invalid")
        || host.contains(['{', '[']);
    (is_web && !is_here).then(|| host.to_owned())
}
