//! What a test is guarded against: frozen clocks, seeded generators, patched names; by itself, its class and its fixtures.

use super::around::{AROUND, Written, bases, each_target};
use super::handed::hands_test;
use super::source::{Case, Source};
use super::surrounding::{Surrounding, said};
use super::walk::{calls, expressions, statements, text};
use crate::domain::python::{applied, dotted, last_name};
use ruff_python_ast::{Decorator, Expr, ExprCall, StmtFunctionDef};
use std::collections::BTreeSet;

/// Calls whose arguments name what is replaced for the time of a test.
const REPLACING: [&str; 16] = [
    "patch",
    "patch_object",
    "when",
    "when2",
    "expect2",
    "object",
    "dict",
    "multiple",
    "setattr",
    "delattr",
    "setitem",
    "delitem",
    "setenv",
    "delenv",
    "syspath_prepend",
    "chdir",
];

/// Words in the names of fixtures and context managers that take back what is done meanwhile.
pub const KEEPING: [&str; 12] = [
    "restore", "preserve", "isolat", "clean", "fresh", "unload", "sandbox", "save", "saving", "reset", "rollback",
    "revert",
];

/// What one function, or everything around a test, says that may guard it.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Names of what is called, of decorators and of parameters, in lower case.
    named: BTreeSet<String>,
    /// What is replaced, as texts and dotted names, in lower case.
    replaced: BTreeSet<String>,
    /// What fixtures, set-ups and tear-downs call, and the names of those fixtures.
    around: BTreeSet<String>,
    /// What is assigned, as dotted names in lower case: of the function itself, and of what runs around the test.
    assigned: [BTreeSet<String>; 2],
    /// What is written around the test.
    written: Written,
    /// Whether the test itself, or pytest's `request`, is handed to a function.
    handed: bool,
}

impl Words {
    /// Reads a function.
    #[must_use]
    pub fn of(def: &StmtFunctionDef) -> Self {
        let mut words = Self::default();
        words.decorators(&def.decorator_list);
        let parameters = def.parameters.iter_non_variadic_params();
        words.named.extend(parameters.map(|parameter| parameter.parameter.name.as_str().to_lowercase()));
        for stmt in statements(&def.body) {
            calls(stmt).for_each(|call| words.call(call));
            let items = stmt.as_with_stmt().into_iter().flat_map(|with| &with.items);
            items.filter_map(|item| item.context_expr.as_call_expr()).for_each(|call| words.replacing(call));
            let targets = each_target(stmt).into_iter().filter(|_| stmt.is_assign_stmt());
            words.assigned[0].extend(targets.filter_map(dotted).map(|name| name.to_lowercase()));
        }
        words
    }

    /// Reads a function that runs around tests.
    #[must_use]
    pub fn around(def: &StmtFunctionDef, source: &Source<'_>) -> Self {
        Self { written: Written::of(def, source), ..Self::of(def) }
    }

    /// Reads the decorators of a class.
    #[must_use]
    pub fn marked(decorators: &[Decorator]) -> Self {
        let mut words = Self::default();
        words.decorators(decorators);
        words
    }

    fn decorators(&mut self, decorators: &[Decorator]) {
        for decorator in decorators {
            self.named.extend(applied(&decorator.expression).map(|name| name.to_lowercase()));
            if let Expr::Call(call) = &decorator.expression {
                self.call(call);
                self.replacing(call);
            }
        }
    }

    fn call(&mut self, call: &ExprCall) {
        self.handed |= hands_test(call);
        let Some(name) = last_name(&call.func) else { return };
        self.named.insert(dotted(&call.func).unwrap_or_else(|| name.to_owned()).to_lowercase());
        if !REPLACING.contains(&name) && name != "usefixtures" {
            return;
        }
        let whole: Vec<String> =
            call.arguments.args.iter().filter_map(|arg| text(arg).map(str::to_owned).or_else(|| dotted(arg))).collect();
        self.replaced.extend(whole.iter().map(|name| name.to_lowercase()));
        if let [owner, name, ..] = whole.as_slice() {
            self.replaced.insert(format!("{owner}.{name}").to_lowercase());
        }
    }

    /// Notes what a decorator or a context manager replaces by its dotted name: `@replace("shop.cart.now", fixed)`.
    fn replacing(&mut self, call: &ExprCall) {
        let says = last_name(&call.func).is_some_and(|name| name.to_lowercase().contains("replace"));
        let name = call.arguments.args.first().and_then(text).filter(|name| says && name.contains('.'));
        self.replaced.extend(name.map(str::to_lowercase));
    }

    /// Takes over what a part of the test says.
    pub fn join(&mut self, other: &Self) {
        self.named.extend(other.named.iter().cloned());
        self.replaced.extend(other.replaced.iter().cloned());
        self.around.extend(other.around.iter().cloned());
        self.assigned.iter_mut().zip(&other.assigned).for_each(|(own, other)| own.extend(other.iter().cloned()));
        self.written.join(&other.written);
        self.handed |= other.handed;
    }

    /// Takes over what something around the test says.
    fn surround(&mut self, other: &Self) {
        self.around.extend(other.named.iter().cloned());
        let [of_it, _] = &other.assigned;
        self.assigned[1].extend(of_it.iter().cloned());
        self.join(other);
    }

    /// Notes a name that the test relies on.
    pub fn note(&mut self, name: &str) {
        self.named.insert(name.to_lowercase());
    }

    /// The names and texts that the test has replaced, or has its fixtures named by.
    pub fn used(&self) -> impl Iterator<Item = &String> {
        self.replaced.iter()
    }

    fn has(&self, named: &[&str], replaced: &[&str]) -> bool {
        self.named.iter().any(|name| named.iter().any(|word| name.contains(word)))
            || self.replaced.iter().any(|name| replaced.iter().any(|word| name.contains(word)))
    }

    /// Whether the clock stands still or is moved by hand.
    #[must_use]
    pub fn clock(&self) -> bool {
        let named = [
            "freez",
            "frozen",
            "time_machine",
            "travel",
            "fake_time",
            "faketime",
            "mock_time",
            "time_mock",
            "fixed_time",
            "timecop",
            "looptime",
        ];
        self.has(&named, &["time", "date", "now", "clock", "monotonic", "freez", "frozen"])
            || self.sets(&["time", "now", "utcnow", "today", "datetime", "monotonic", "perf_counter"])
    }

    /// Whether the test, or what runs around it, assigns a part of that name to a module by hand: `time.time = standing`.
    fn sets(&self, parts: &[&str]) -> bool {
        let mut all = self.assigned.iter().flatten().filter_map(|name| name.rsplit_once('.'));
        all.any(|(owner, part)| owner != "self" && owner != "cls" && parts.contains(&part))
    }

    /// Whether random numbers come from a known seed, or are replaced.
    #[must_use]
    pub fn random(&self) -> bool {
        self.has(
            &["seed", "rngcontext"],
            &["random", "choice", "shuffle", "randint", "uuid", "token", "secrets", "sample"],
        )
    }

    /// Whether uuids are replaced.
    #[must_use]
    pub fn uuid(&self) -> bool {
        self.has(&["freeze_uuid", "mock_uuid"], &["uuid"])
    }

    /// Whether requests are answered without a network.
    #[must_use]
    pub fn network(&self) -> bool {
        let named = [
            "responses",
            "requests_mock",
            "respx",
            "httpx_mock",
            "vcr",
            "cassette",
            "httpretty",
            "httpserver",
            "pook",
            "aioresponses",
            "gock",
            "wiremock",
            "mock",
            "live_server",
            "betamax",
            "webmock",
            "enable_socket",
            "fakenetwork",
            "fake_network",
        ];
        self.has(&named, &["request", "urllib", "urlopen", "http", "socket", "session", "get", "post"])
    }

    /// Whether waiting is replaced.
    #[must_use]
    pub fn sleep(&self) -> bool {
        let named = [
            "mock_sleep",
            "no_sleep",
            "nosleep",
            "time_machine",
            "mock_clock",
            "autojump",
            "virtualclock",
            "solipsism",
        ];
        self.has(&named, &["sleep"]) || self.sets(&["sleep"])
    }

    /// Whether the environment is set by the test.
    #[must_use]
    pub fn environment(&self) -> bool {
        let named = [
            "setenv",
            "delenv",
            "mock_env",
            "set_env",
            "patch_env",
            "env_vars",
            "mock_settings_env",
            "modified_environ",
        ];
        self.has(&named, &["environ", "getenv", "home", "expanduser"])
    }

    /// Whether a fixture, a set-up or a tear-down puts the environment back as it was.
    #[must_use]
    pub fn keeps_environment(&self) -> bool {
        let restores = |name: &String| {
            let method = name.strip_prefix("os.environ.").or_else(|| name.strip_prefix("environ."));
            match method {
                Some(method) => matches!(method, "clear" | "update" | "pop" | "keys" | "items" | "copy"),
                None => name.contains("environ") || name.ends_with("envfixture") || name.contains("clear_env"),
            }
        };
        self.around.iter().any(restores)
    }

    /// Whether a fixture, a set-up or a tear-down says by its name, or by that of what it calls, that it keeps what goes by one
    /// of these words: `save_env`, `restore_modules`, `ModuleSaver()`. A fixture of another file may be known by its name alone.
    #[must_use]
    pub fn keeps(&self, case: &Case<'_>, state: &[&str]) -> bool {
        let asked = case.parameters().map(str::to_lowercase);
        let marked = self.replaced.iter().filter(|name| !name.contains('.')).cloned();
        let mut all = asked.chain(marked).chain(self.around.iter().cloned());
        let has = |name: &str, words: &[&str]| words.iter().any(|word| name.contains(word));
        all.any(|name| has(&name, &KEEPING) && has(&name, state))
    }

    /// Whether one of these names is replaced for the time of the test.
    #[must_use]
    pub fn replaces(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.replaced.iter().any(|replaced| *replaced == name || replaced.ends_with(&format!(".{name}")))
    }

    /// Whether a fixture, a set-up or a tear-down calls something of that name, be it of a module or not.
    #[must_use]
    pub fn calls_around(&self, name: &str) -> bool {
        self.around.iter().any(|called| called.rsplit('.').next() == Some(name))
    }

    /// Whether a fixture, a set-up or a tear-down says that it puts something to what it was at first: `reset_shop()`,
    /// `Limits.defaults()`.
    #[must_use]
    pub fn resets(&self) -> bool {
        self.around.iter().any(|name| ["reset", "restor", "defaults"].iter().any(|word| name.contains(word)))
    }

    /// Whether a fixture, a set-up or a tear-down assigns that too: `Formatter.wide = False`.
    #[must_use]
    pub fn assigns_around(&self, name: &str) -> bool {
        self.assigned[1].contains(&name.to_lowercase())
    }

    /// Whether the test or what runs around it is handed to a function, which can order a clean-up.
    #[must_use]
    pub fn is_handed_on(&self) -> bool {
        self.handed
    }

    /// What is written around the test.
    #[must_use]
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// Whether something of that name is called or taken as a parameter.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        self.named.contains(name)
    }
}

/// What guards a test: its own words, those of its classes and set-ups, and those of its fixtures.
#[must_use]
pub fn guards(source: &Source<'_>, own: &Surrounding, around: &[&Surrounding], case: &Case<'_>) -> Words {
    let mut words = Words::of(case.def);
    for class in bases(source, case) {
        words.decorators(&class.decorator_list);
        for stmt in &class.body {
            expressions(stmt).into_iter().filter_map(Expr::as_call_expr).for_each(|call| words.call(call));
            let is_around = |name: &str| AROUND.contains(&name) || name == "__init__";
            if let Some(def) = stmt.as_function_def_stmt().filter(|def| is_around(def.name.as_str())) {
                words.surround(&Words::around(def, source));
            }
        }
    }
    let module = source.functions.iter().filter(|(name, _)| AROUND.contains(name)).flat_map(|(_, defs)| defs);
    module.for_each(|def| words.surround(&Words::around(def, source)));
    // What the module itself says for all of its tests: `pytestmark = pytest.mark.freeze_time(…)`.
    for call in source.syntax.body().iter().filter(|stmt| stmt.is_assign_stmt()).flat_map(calls) {
        words.call(call);
    }
    seeds(source).for_each(|call| words.call(call));
    // A loop of events on a time of its own.
    source.imports.values().filter(|meant| meant.contains("solipsism")).for_each(|meant| words.note(meant));
    called(source, case).for_each(|def| words.join(&Words::of(def)));
    words.surround(&said(case, &words, own, around));
    words
}

/// What is seeded as a module is imported: `random.seed(5)`.
pub fn seeds<'s>(source: &'s Source<'_>) -> impl Iterator<Item = &'s ExprCall> {
    let plain = source.syntax.body().iter().filter(|stmt| stmt.is_expr_stmt()).flat_map(calls);
    plain.filter(|call| last_name(&call.func).is_some_and(|name| name.contains("seed")))
}

/// The functions of the source that the test calls.
fn called<'s>(source: &'s Source<'_>, case: &'s Case<'_>) -> impl Iterator<Item = &'s StmtFunctionDef> {
    let calls = statements(&case.def.body).into_iter().flat_map(calls);
    let names: BTreeSet<&str> = calls.filter_map(|call| last_name(&call.func)).collect();
    names.into_iter().filter_map(|name| source.functions.get(name)).flatten().copied()
}
