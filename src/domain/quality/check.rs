//! The checklist of the tests of one source: every rule, one test after another.

use super::code::Codes;
use super::finding::{ByRun, Finding, Reached};
use super::guards::{Words, guards};
use super::ignore::Ignores;
use super::mentions::Mentioning;
use super::off::{self, is_off};
use super::required::{self, Required, is_idle};
use super::rule::Rule;
use super::source::{Case, Source, locals};
use super::surrounding::{Surrounding, lacks_fixture, varied};
use super::unmissed::lacks_conftest;
use super::walk::{statements, within};
use super::{acts, asserting, determinism, isolation, logic, mocks, naming, payload, phases, reach};
use crate::domain::python::{Naming, Syntax, last_name};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a source beside its text.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// How the project names tests.
    pub naming: &'a Naming,
    /// The `conftest.py` files around it.
    pub around: &'a [&'a Surrounding],
    /// The tests that assert nothing, by the sources of their helpers as well.
    pub silent: &'a [Vec<String>],
    /// Whether its tests let several real parts work together, by the project's layers.
    pub is_integration: bool,
    /// Whether it is an example of the documentation, or what another test runs or a type checker reads.
    pub is_shown: bool,
    /// Whether pytest itself adds folders to `sys.path`, by the setting `pythonpath`.
    pub adds_path: bool,
    /// The modules of the project, where they can be read.
    pub codes: Option<&'a Codes<'a>>,
    /// What the files of the project mention, where they can be read.
    pub mentions: Option<&'a Mentioning<'a>>,
    /// What the project says of the plugins of pytest, where it is known.
    pub required: Option<&'a Required>,
    /// What is too much of something.
    pub limits: Limits,
}

impl<'a> About<'a> {
    /// A source of which no more is known than how the project names tests.
    #[must_use]
    pub fn alone(naming: &'a Naming) -> Self {
        Self {
            naming,
            around: &[],
            silent: &[],
            is_integration: false,
            is_shown: false,
            adds_path: false,
            codes: None,
            mentions: None,
            required: None,
            limits: Limits::default(),
        }
    }
}

/// What is too much of something.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many parts an integration test may replace.
    pub mocks: usize,
    /// From how many values on a literal that is handed to the code is large.
    pub payload: usize,
    /// From how many acts on, each with assertions behind it, a test is several tests.
    pub acts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { mocks: 5, payload: 16, acts: 5 }
    }
}

/// The findings in a source, in source order. Total: any text gives an answer; where it is no Python, nothing is found.
#[must_use]
pub fn check(text: &str, about: About<'_>) -> Vec<Finding> {
    // What documentation shows, and what other tests run, is no test of the project.
    if is_generated(text) || about.is_shown {
        return Vec::new();
    }
    let syntax = Syntax::read(text);
    // What no Python of today can read, and is indented by tabs, is nested otherwise than it seems.
    if !syntax.is_whole() && text.contains("\n\t") || off::is_left_out(syntax.body()) {
        return Vec::new();
    }
    // What makes a source is none yet: `{% if is_fast %}` on lines of its own.
    if !syntax.is_whole() && text.lines().any(|line| line.trim_start().starts_with("{%")) {
        return Vec::new();
    }
    let source = Source::read(text, &syntax, about.naming);
    let own = Surrounding::of(&source);
    let payloads = payload::payloads(&source, about.limits.payload);
    let states = isolation::states(&source);
    let replaced = acts::replaced(syntax.body());
    // It speaks of a `conftest.py`, and there is none.
    let lacks_conftest = about.around.is_empty() && text.contains("conftest.py");
    let has_hooks = own.has_hooks() || about.around.iter().any(|around| around.has_hooks());
    let mut found = Vec::new();
    for case in source.tests.iter().filter(|case| !is_off(case)) {
        let guards = guards(&source, &own, about.around, case);
        let mut look = Look {
            source: &source,
            case,
            about,
            replaced: &replaced,
            guards,
            has_hooks,
            lacks_fixture: lacks_fixture(case, &own, about.around) || lacks_conftest,
            varied: varied(case, &own, about.around),
            locals: locals(case.def),
            values: values(case),
            unpacked: unpacked(case),
            turns: turns(case),
            found: Vec::new(),
        };
        naming::check(&mut look);
        logic::check(&mut look);
        asserting::check(&mut look);
        if is_idle(&look) {
            required::check(&mut look);
        } else {
            reach::check(&mut look);
            determinism::check(&mut look);
            isolation::check(&mut look, &states);
        }
        mocks::check(&mut look);
        phases::check(&mut look);
        payload::check(&mut look, &payloads);
        found.append(&mut look.found);
    }
    let ignores = Ignores::read(&source);
    let mut found = ignores.apply(&source, found);
    found.sort_by(|a, b| (a.line, a.rule.id).cmp(&(b.line, b.rule.id)));
    found.dedup_by(|a, b| a.line == b.line && a.rule.id == b.rule.id);
    found
}

/// Whether a source says above its code that a program wrote it: nobody mends it by hand.
fn is_generated(text: &str) -> bool {
    let above = text.lines().take(12).filter(|line| line.starts_with('#')).map(str::to_lowercase);
    let words = ["generated from", "generated by", "autogenerated", "auto-generated", "automatically generated"];
    above.into_iter().any(|line| words.iter().any(|word| line.contains(word)) || line.contains("do not edit"))
}

/// Whether a comment on a line, or on the `def` line of its test, leaves a rule out of which only runs can tell; line 0 is that of
/// the test.
#[must_use]
pub fn is_left_out(text: &str, naming: &Naming, (test, line): (&[String], u32), rule: &'static Rule) -> bool {
    let syntax = Syntax::read(text);
    let source = Source::read(text, &syntax, naming);
    let own = source.tests.iter().find(|case| case.names == test).map_or(0, |case| case.line);
    let line = if line == 0 { own } else { line };
    let finding = Finding { rule, line, end: line, test: test.to_vec(), what: String::new(), by_run: ByRun::Nothing };
    let left = Ignores::read(&source).apply(&source, vec![finding]);
    !left.iter().any(|finding| finding.rule.id == rule.id)
}

/// One test under the rules, and what they found.
pub struct Look<'a, 'b> {
    /// The source.
    pub source: &'b Source<'a>,
    /// The test.
    pub case: &'b Case<'a>,
    /// What is known beside the text.
    pub about: About<'b>,
    /// The names of all that the tests of the source replace.
    pub replaced: &'b BTreeSet<&'a str>,
    /// What guards the test.
    pub guards: Words,
    /// Whether something around it may run, or mark, any test as it is collected.
    pub has_hooks: bool,
    /// Whether it asks for a fixture that is not known.
    pub lacks_fixture: bool,
    /// Its parameters that take one value after another, by their fixtures.
    pub varied: BTreeSet<&'a str>,
    /// The names that the test assigns.
    pub locals: BTreeSet<&'a str>,
    /// What is assigned to each of its names.
    values: BTreeMap<&'a str, Vec<&'a Expr>>,
    /// What several of its names are taken from at once.
    unpacked: BTreeMap<&'a str, Vec<&'a Expr>>,
    /// What each of its names goes through in a loop.
    turns: BTreeMap<&'a str, Vec<&'a Expr>>,
    found: Vec<Finding>,
}

/// The values that a test assigns to its names.
fn values<'a>(case: &Case<'a>) -> BTreeMap<&'a str, Vec<&'a Expr>> {
    let mut values: BTreeMap<&str, Vec<&Expr>> = BTreeMap::new();
    for stmt in statements(&case.def.body) {
        let (targets, value): (&[Expr], _) = match stmt {
            Stmt::Assign(assign) => (&assign.targets, Some(&assign.value)),
            Stmt::AnnAssign(assign) => (std::slice::from_ref(&*assign.target), assign.value.as_ref()),
            _ => continue,
        };
        for (name, value) in targets.iter().filter_map(Expr::as_name_expr).zip(std::iter::repeat(value)) {
            values.entry(name.id.as_str()).or_default().extend(value.map(|value| &**value));
        }
    }
    values
}

/// What the names of `a, b = …` are taken from.
fn unpacked<'a>(case: &Case<'a>) -> BTreeMap<&'a str, Vec<&'a Expr>> {
    let mut unpacked: BTreeMap<&str, Vec<&Expr>> = BTreeMap::new();
    for assign in statements(&case.def.body).into_iter().filter_map(Stmt::as_assign_stmt) {
        let names = assign.targets.iter().filter_map(Expr::as_tuple_expr).flat_map(|tuple| &tuple.elts);
        for name in names.filter_map(Expr::as_name_expr) {
            unpacked.entry(name.id.as_str()).or_default().push(&assign.value);
        }
    }
    unpacked
}

/// What the names of loops go through.
fn turns<'a>(case: &Case<'a>) -> BTreeMap<&'a str, Vec<&'a Expr>> {
    let mut turns: BTreeMap<&str, Vec<&Expr>> = BTreeMap::new();
    for repeat in statements(&case.def.body).into_iter().filter_map(Stmt::as_for_stmt) {
        for (target, iter) in taken(&repeat.target, &repeat.iter) {
            for name in within(target).into_iter().filter_map(Expr::as_name_expr) {
                turns.entry(name.id.as_str()).or_default().push(iter);
            }
        }
    }
    turns
}

/// Which part of a loop's target is taken from which part of what it goes through: `for row, wanted in zip(f(), TABLE)`. What
/// counts the turns is taken from the whole.
#[must_use]
pub fn taken<'a>(target: &'a Expr, iter: &'a Expr) -> Vec<(&'a Expr, &'a Expr)> {
    let whole = || vec![(target, iter)];
    let (Some(tuple), Some(call)) = (target.as_tuple_expr(), iter.as_call_expr()) else { return whole() };
    let given = &call.arguments.args;
    match (last_name(&call.func), tuple.elts.as_slice(), given.first()) {
        (Some("zip"), parts, _) if parts.len() == given.len() && !given.iter().any(Expr::is_starred_expr) => {
            parts.iter().zip(given).flat_map(|(part, from)| taken(part, from)).collect()
        }
        (Some("enumerate"), [index, item], Some(from)) => {
            let mut both = taken(item, from);
            both.push((index, iter));
            both
        }
        _ => whole(),
    }
}

impl<'a> Look<'a, '_> {
    /// Notes that a node breaks a rule.
    pub fn find(&mut self, rule: &str, node: &impl Ranged, what: String) {
        let (line, end) = self.source.syntax.lines(node.range());
        self.note(rule, (line, end), what, ByRun::Nothing);
    }

    /// Notes that a line breaks a rule.
    pub fn find_at(&mut self, rule: &str, line: u32, what: String) {
        self.note(rule, (line, line), what, ByRun::Nothing);
    }

    /// Notes that an assertion may not run: a run can tell whether it did.
    pub fn find_asserting(&mut self, rule: &str, stmt: &Stmt, what: String) {
        let (line, end) = self.source.syntax.lines(stmt.range());
        self.note(rule, (line, end), what, ByRun::Settles);
    }

    /// Notes that an assertion may not run, of which only a run can tell.
    pub fn find_left_out(&mut self, rule: &str, stmt: &Stmt, what: String) {
        let (line, end) = self.source.syntax.lines(stmt.range());
        self.note(rule, (line, end), what, ByRun::Decides);
    }

    /// Notes that a node breaks a rule where the code under test comes to one of these lines: only a run can tell whether it does.
    pub fn find_reached(&mut self, rule: &str, node: &impl Ranged, lines: Vec<Reached>) {
        let Some(what) = lines.first().map(|line| line.what.clone()) else { return };
        let (line, end) = self.source.syntax.lines(node.range());
        self.note(rule, (line, end), what, ByRun::Reaches(lines));
    }

    /// Notes that a node changes a part of what tests share: a run can tell whether it is as before once the test has ended. What a
    /// `conftest.py` takes back that is not there, nobody can tell.
    pub fn find_leaving(&mut self, rule: &str, node: &impl Ranged, part: String, what: String) {
        let (line, end) = self.source.syntax.lines(node.range());
        if !lacks_conftest(self) {
            self.note(rule, (line, end), what, ByRun::Leaves(part));
        }
    }

    fn note(&mut self, rule: &str, (line, end): (u32, u32), what: String, by_run: ByRun) {
        let Some(rule) = Rule::find(rule) else { return };
        self.found.push(Finding { rule, line, end, test: self.case.names.clone(), what, by_run });
    }

    /// What is assigned to a name of the test.
    #[must_use]
    pub fn values(&self, name: &str) -> &[&'a Expr] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// What a name of the test is taken from together with others.
    #[must_use]
    pub fn unpacked(&self, name: &str) -> &[&'a Expr] {
        self.unpacked.get(name).map_or(&[], Vec::as_slice)
    }

    /// What a name of the test goes through in loops.
    #[must_use]
    pub fn turns(&self, name: &str) -> &[&'a Expr] {
        self.turns.get(name).map_or(&[], Vec::as_slice)
    }
}
