//! The fixtures around tests: of a `conftest.py`, or of the tests' own source; what they say, and which of them vary.

use super::around::AROUND;
use super::guards::{Words, seeds};
use super::required::hooks;
use super::source::{Case, Source};
use super::walk::text;
use crate::domain::python::{Naming, Syntax, applied, is_fixture, last_name};
use ruff_python_ast::{Stmt, StmtFunctionDef};
use std::collections::{BTreeMap, BTreeSet};

/// The fixtures of pytest itself.
const BUILTIN: [&str; 22] = [
    "cache",
    "capfd",
    "capfdbinary",
    "caplog",
    "capsys",
    "capsysbinary",
    "capteesys",
    "doctest_namespace",
    "monkeypatch",
    "pytestconfig",
    "pytester",
    "record_property",
    "record_testsuite_property",
    "record_xml_attribute",
    "recwarn",
    "request",
    "subtests",
    "testdir",
    "tmp_path",
    "tmp_path_factory",
    "tmpdir",
    "tmpdir_factory",
];

/// How many fixtures of fixtures are followed.
const DEEP: usize = 6;

/// One fixture.
#[derive(Clone, Debug)]
struct Fixture {
    name: String,
    automatic: bool,
    /// Whether it gives one value after another: `@pytest.fixture(params=…)`.
    varies: bool,
    parameters: Vec<String>,
    words: Words,
    /// The one class of tests that has it, by inheritance; none where it is there for every test.
    heir: Option<String>,
}

/// The fixtures of a source around tests: of a `conftest.py`, or of the tests' own source.
#[derive(Clone, Debug, Default)]
pub struct Surrounding {
    fixtures: Vec<Fixture>,
    /// Whether it has what may run or mark any test as it is collected.
    has_hooks: bool,
}

impl Surrounding {
    /// Reads a source. Total: any text gives an answer.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let syntax = Syntax::read(text);
        let source = Source::read(text, &syntax, &Naming::default());
        let mut around = Self::of(&source);
        if seeds(&source).next().is_some() {
            around.seed();
        }
        around
    }

    /// The fixtures of a source that was read.
    #[must_use]
    pub fn of(source: &Source<'_>) -> Self {
        let all = source.functions.values().flatten().filter(|def| is_fixture(&def.decorator_list));
        Self { fixtures: all.map(|def| fixture(def, source)).collect(), has_hooks: hooks(source) }
    }

    /// The fixtures, marks, set-ups and tear-downs of the classes of a source, by the names of the classes. Total: any text gives an
    /// answer.
    #[must_use]
    pub fn of_classes(text: &str) -> BTreeMap<String, Self> {
        let syntax = Syntax::read(text);
        let source = Source::read(text, &syntax, &Naming::default());
        let classes = source.classes.iter().map(|(name, class)| {
            let methods = class.body.iter().filter_map(Stmt::as_function_def_stmt);
            let fixtures = methods.filter_map(|def| match AROUND.contains(&def.name.as_str()) {
                true => Some(Fixture { automatic: true, ..fixture(def, &source) }),
                false => is_fixture(&def.decorator_list).then(|| fixture(def, &source)),
            });
            let words = Words::marked(&class.decorator_list);
            let marks = Fixture {
                name: (*name).to_owned(),
                automatic: true,
                varies: false,
                parameters: words.used().cloned().collect(),
                words,
                heir: None,
            };
            let marks = (!class.decorator_list.is_empty()).then_some(marks);
            ((*name).to_owned(), Self { fixtures: fixtures.chain(marks).collect(), has_hooks: false })
        });
        classes.collect()
    }

    /// The same for the tests of one class only, which inherits it.
    #[must_use]
    pub fn inherited_by(&self, class: &str) -> Self {
        let fixtures = self.fixtures.iter().cloned();
        let fixtures = fixtures.map(|fixture| Fixture { heir: Some(class.to_owned()), ..fixture }).collect();
        Self { fixtures, has_hooks: false }
    }

    /// Adds that the generators are seeded: before every test by a plugin of pytest, or as the source is imported.
    pub fn seed(&mut self) {
        let mut words = Words::default();
        words.note("seed");
        let (name, parameters) = ("randomly".to_owned(), Vec::new());
        self.fixtures.push(Fixture { name, automatic: true, varies: false, parameters, words, heir: None });
    }

    /// Whether it has what may run or mark any test as it is collected.
    #[must_use]
    pub fn has_hooks(&self) -> bool {
        self.has_hooks
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fixtures.is_empty()
    }
}

fn fixture(def: &StmtFunctionDef, source: &Source<'_>) -> Fixture {
    let call = def.decorator_list.iter().filter_map(|decorator| decorator.expression.as_call_expr());
    let call = call.filter(|call| last_name(&call.func) == Some("fixture")).last();
    let keyword = |name: &str| call.and_then(|call| call.arguments.find_keyword(name)).map(|keyword| &keyword.value);
    let parameters = def.parameters.iter_non_variadic_params();
    Fixture {
        name: keyword("name").and_then(text).unwrap_or(def.name.as_str()).to_owned(),
        automatic: keyword("autouse").is_some(),
        varies: keyword("params").is_some(),
        parameters: parameters.map(|parameter| parameter.parameter.name.as_str().to_owned()).collect(),
        words: Words::around(def, source),
        heir: None,
    }
}

/// All fixtures of some surroundings that a test can have.
fn all<'f>(case: &Case<'_>, own: &'f Surrounding, around: &[&'f Surrounding]) -> Vec<&'f Fixture> {
    let all = std::iter::once(own).chain(around.iter().copied()).flat_map(|source| &source.fixtures);
    let has = |heir: &String| case.classes.iter().any(|class| class.name.as_str() == heir);
    all.filter(|fixture| fixture.heir.as_ref().is_none_or(has)).collect()
}

/// The parameters of a test that take one value after another, by their fixtures or by fixtures of these.
#[must_use]
pub fn varied<'a>(case: &Case<'a>, own: &Surrounding, around: &[&Surrounding]) -> BTreeSet<&'a str> {
    let all = all(case, own, around);
    let mut varying: BTreeSet<&str> =
        all.iter().filter(|fixture| fixture.varies).map(|fixture| fixture.name.as_str()).collect();
    for _ in 0..DEEP {
        let more = all.iter().filter(|fixture| fixture.parameters.iter().any(|name| varying.contains(name.as_str())));
        varying.extend(more.map(|fixture| fixture.name.as_str()).collect::<Vec<_>>());
    }
    case.parameters().filter(|name| varying.contains(name)).collect()
}

/// Whether a test asks for a fixture that is not known: one of a plugin, or of a file that is not there. What that puts back
/// afterwards nobody can tell.
#[must_use]
pub fn lacks_fixture(case: &Case<'_>, own: &Surrounding, around: &[&Surrounding]) -> bool {
    let all = all(case, own, around);
    let given = case.parametrized();
    let is_known =
        |name: &str| given.contains(name) || BUILTIN.contains(&name) || all.iter().any(|one| one.name == name);
    // Other decorators give values of their own: `@patch("shop.mail.send")`.
    let marks = case.def.decorator_list.iter().filter_map(|decorator| applied(&decorator.expression));
    marks.into_iter().all(|mark| mark.contains("mark.")) && case.parameters().any(|name| !is_known(name))
}

/// What the fixtures of a test say: those it names, those of its marks, and the automatic ones.
#[must_use]
pub fn said(case: &Case<'_>, words: &Words, own: &Surrounding, around: &[&Surrounding]) -> Words {
    let all = all(case, own, around);
    let mut by_name: BTreeMap<&str, Vec<&Fixture>> = BTreeMap::new();
    all.iter().for_each(|fixture| by_name.entry(&fixture.name).or_default().push(fixture));
    let mut said = Words::default();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let used = words.used().cloned();
    let automatic = all.iter().filter(|fixture| fixture.automatic).map(|fixture| fixture.name.clone());
    let mut waiting: Vec<String> = case.parameters().map(str::to_owned).chain(used).chain(automatic).collect();
    for _ in 0..DEEP {
        let mut next = Vec::new();
        for name in waiting {
            if !seen.insert(name.clone()) {
                continue;
            }
            for fixture in by_name.get(name.as_str()).into_iter().flatten() {
                said.join(&fixture.words);
                said.note(&fixture.name);
                next.extend(fixture.parameters.iter().cloned());
            }
        }
        waiting = next;
    }
    said
}
