//! What a project says of the plugins of pytest that its tests run with, and tests that none of them runs.

use super::check::Look;
use super::source::{Case, Source};
use crate::domain::python::applied;
use std::collections::BTreeSet;

/// Plugins that run every `async def` test, whether it has a mark or not.
const AWAITING: [&str; 6] =
    ["pytest-aiohttp", "pytest-tornasync", "alt-pytest-asyncio", "pytest-aio", "pytest-sanic", "pytest-async"];

/// Settings by which a plugin does so.
const MODES: [&str; 4] = ["asyncio_mode", "asyncio-mode", "anyio_mode", "trio_mode"];

/// Words in the marks of what runs `async def` tests.
const LOOPS: [&str; 8] = ["async", "anyio", "trio", "tornado", "gen_test", "curio", "twisted", "aio"];

/// What the files say in which a project declares its requirements and how pytest is set up.
#[derive(Clone, Debug, Default)]
pub struct Required {
    plugins: BTreeSet<String>,
    /// Those that are switched off: `-p no:randomly`.
    off: BTreeSet<String>,
    /// Whether a mode is set in which a plugin runs every `async def` test.
    is_auto: bool,
}

impl Required {
    /// Adds the text of a file. Total: any text gives an answer.
    pub fn add(&mut self, text: &str) {
        let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':');
        let words = text.split(|c| !is_of_name(c)).filter(|word| word.contains("pytest") || word.starts_with("no:"));
        for word in words.map(|word| word.replace('_', "-")) {
            match word.strip_prefix("no:") {
                Some(off) => self.off.insert(off.trim_start_matches("pytest-").to_owned()),
                None => self.plugins.insert(word),
            };
        }
        let mut lines = text.lines().filter(|line| MODES.iter().any(|mode| line.contains(mode)));
        self.is_auto |= lines.any(|line| ["auto", "true"].iter().any(|word| line.to_lowercase().contains(word)));
    }

    /// Whether every `async def` test is run, be it marked or not.
    fn awaits_all(&self) -> bool {
        self.is_auto || AWAITING.iter().any(|plugin| self.has(plugin))
    }

    /// Whether a plugin is required and not switched off.
    #[must_use]
    pub fn has(&self, plugin: &str) -> bool {
        let short = plugin.trim_start_matches("pytest-");
        self.plugins.contains(plugin) && !self.off.contains(short)
    }
}

/// Whether a test is `async def`, and nothing is known that runs it: no mark, no mode, no hook, no class of its own kind.
#[must_use]
pub fn is_idle(look: &Look<'_, '_>) -> bool {
    let case = look.case;
    let mut decorators = case.def.decorator_list.iter().map(|decorator| &decorator.expression);
    case.def.is_async
        && look.about.required.is_some_and(|required| !required.awaits_all())
        && case.classes.iter().all(|class| class.arguments.is_none() && class.decorator_list.is_empty())
        && decorators.all(|it| applied(it).is_some_and(|name| name.contains("mark.")))
        && !has_loop(case)
        && !look.has_hooks
}

/// Whether a mark says what runs an `async def` test.
fn has_loop(case: &Case<'_>) -> bool {
    case.marks.iter().any(|mark| LOOPS.iter().any(|word| mark.contains(word)))
}

/// Whether a source has what may run any test, or mark it, as it is collected: hooks of pytest, and plugins that it brings. So has
/// one whose `async def` fixtures are plain ones, which only a plugin understands that runs every test.
#[must_use]
pub fn hooks(source: &Source<'_>) -> bool {
    let words =
        ["pytest_collection", "pytest_pyfunc", "pytest_pycollect", "pytest_item", "pytest_plugins", "anyio_backend"];
    let mut awaited =
        source.functions.values().flatten().filter(|def| def.is_async).flat_map(|def| &def.decorator_list);
    let is_plain = |name: String| name == "pytest.fixture" || name == "fixture";
    words.iter().any(|word| source.text.contains(word))
        || awaited.any(|decorator| applied(&decorator.expression).is_some_and(is_plain))
}

/// Looks for a test that pytest leaves out beside others of its file that it runs: they are marked, and this one is not.
pub fn check(look: &mut Look<'_, '_>) {
    let (marked, plain): (Vec<_>, Vec<_>) =
        look.source.tests.iter().filter(|case| case.def.is_async).partition(|case| has_loop(case));
    // Where most have no mark, something else may run them.
    if look.lacks_fixture || plain.len() > marked.len() {
        return;
    }
    if let (Some(other), Some(first)) = (marked.first(), look.case.body().first()) {
        let what = format!(
            "{} is async, and no mark runs it as one runs {} in line {}",
            look.case.name(),
            other.name(),
            other.line
        );
        look.find_asserting("unmarked-async", first, what);
    }
}

#[cfg(test)]
mod tests {
    use super::Required;
    use crate::domain::python::Naming;
    use crate::domain::quality::{About, Surrounding, check};

    /// The rules that a test breaks which is not marked as another one of its file is.
    fn found(source: &str, required: &str, conftest: &str) -> Vec<String> {
        let (naming, mut read) = (Naming::default(), Required::default());
        read.add(required);
        let around = [&Surrounding::read(conftest)];
        let about = About { required: Some(&read), around: &around, ..About::alone(&naming) };
        check(source, about).iter().map(|found| format!("{}:{}", found.rule.id, found.line)).collect()
    }

    const BOTH: &str = "import os, pytest\n@pytest.mark.asyncio\nasync def test_row_is_kept():\n    assert await f()\n\
        async def test_row_is_lost():\n    os.environ['ROW'] = '1'\n    assert await g()\n";

    #[test]
    fn an_async_test_without_the_mark_of_the_others_is_not_run() {
        let strict = "[tool.pytest.ini_options]\ntestpaths = ['tests']\n# pytest-asyncio";
        assert_eq!(found(BOTH, strict, ""), ["unmarked-async:6"]);
        // Something runs all of them, or may.
        let left = ["process-state:6"];
        assert_eq!(found(BOTH, "asyncio_mode = \"auto\"", ""), left);
        assert_eq!(found(BOTH, "addopts = --asyncio-mode=auto", ""), left);
        assert_eq!(found(BOTH, "pytest_aiohttp", ""), left);
        assert_eq!(found(BOTH, strict, "def pytest_collection_modifyitems(items): ..."), left);
        // A decorator, or a class of its own kind, may run it.
        let decorated = BOTH.replace("async def test_row_is_lost", "@looped\nasync def test_b");
        let class = "class TestRow(Base):\n    async def test_b(self):\n        assert await g()\n";
        assert!([decorated, format!("{BOTH}{class}")].iter().all(|source| {
            let all = found(source, strict, "");
            !all.contains(&"unmarked-async:7".to_owned()) && !all.contains(&"unmarked-async:10".to_owned())
        }));
        assert_eq!(found(BOTH, strict, "@pytest.fixture\nasync def row(): ..."), left);
        assert_eq!(found(BOTH, strict, "@pytest_asyncio.fixture\nasync def row(): ..."), ["unmarked-async:6"]);
        assert!(found(&format!("{BOTH}async def test_page_is_kept():\n    assert await g()\n"), strict, "").is_empty());
        assert_eq!(found(&format!("{BOTH}pytestmark = pytest.mark.asyncio\n"), strict, ""), left);
    }

    #[test]
    fn what_no_mark_of_its_file_runs_is_not_known_to_run_and_leaves_nothing() {
        let source = BOTH.replace("@pytest.mark.asyncio\n", "");
        assert!(found(&source, "", "").is_empty());
        assert_eq!(found(&source, "asyncio_mode = auto", ""), ["process-state:5"]);
        let naming = Naming::default();
        let alone = check(&source, About::alone(&naming));
        assert_eq!(alone.first().map(|found| found.rule.id), Some("process-state"));
    }

    #[test]
    fn a_plugin_that_is_switched_off_is_not_had() {
        let mut required = Required::default();
        required.add("test = ['pytest-randomly>=3', 'pytest_mock']");
        assert!(required.has("pytest-randomly") && required.has("pytest-mock") && !required.has("pytest-asyncio"));
        required.add("addopts = -p no:randomly");
        assert!(!required.has("pytest-randomly"));
    }
}
