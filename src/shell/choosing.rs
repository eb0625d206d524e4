//! From what was asked for to test files and tests: sources, lines, functions, changed files, selections, expressions.

use super::catalog;
use super::desk::Desk;
use super::expressions::{Chosen, expressions};
use super::frames::now;
use super::who::who;
use crate::app::{Ask, FoundBy, Planned, Whose};
use crate::base::{Clean, Problem, RepoPath};
use crate::domain::ledger::{Ledger, body};
use crate::domain::suite::{Target, TestId};
use crate::io::git;
use crate::io::store::{LAST, Selection};
use std::collections::{BTreeMap, BTreeSet};

/// How many runs are looked through for the last outcome of each test.
const RECENT: usize = 100;
/// The most characters of a selection's name.
const LONGEST_NAME: usize = 60;

/// What was found, and how, in one line.
pub struct Found {
    /// Test files and tests.
    pub targets: Vec<Target>,
    /// Where expressions choose among the tests: what they are expected to choose.
    pub chosen: Option<Chosen>,
    /// How they were found; empty when they were chosen one by one.
    pub how: String,
    /// What could not be found.
    pub problems: Vec<Problem>,
}

/// What was asked for, with the last batch and the selections as what they hold.
///
/// # Errors
/// A selection is not there, or can't stand beside what else was asked for.
pub fn unfold(desk: &Desk, mut ask: Ask) -> Result<Ask, Problem> {
    let names = std::mem::take(&mut ask.selections);
    let last = std::mem::take(&mut ask.last).then(|| LAST.to_owned());
    for name in last.into_iter().chain(names) {
        let held = held(desk, &name)?;
        if held.has_expression() && ask != Ask::default() && ask != held {
            let what = "it chooses by an expression, so that it can only run alone";
            return Err(Problem::error(shown(&name), what).hint("save it anew together with what else is to run"));
        }
        ask.all |= held.all;
        ask.sources.extend(held.sources);
        ask.targets.extend(held.targets);
        (ask.keyword, ask.mark) = (ask.keyword.or(held.keyword), ask.mark.or(held.mark));
    }
    // Of all tests, an expression chooses some.
    ask.all &= !ask.has_expression();
    Ok(ask)
}

/// The name of a selection as it is shown.
fn shown(name: &str) -> &str {
    if name == LAST { "the last batch" } else { name }
}

/// What a selection holds.
///
/// # Errors
/// There is none of that name, or it could not be read.
pub fn held(desk: &Desk, name: &str) -> Result<Ask, Problem> {
    let store = desk.store()?;
    if let Some(Selection { sources, targets, all, keyword, mark }) = store.selection(name)? {
        return Ok(Ask { sources, targets, all, keyword, mark, ..Ask::default() });
    }
    if name == LAST {
        return Err(Problem::error("the last batch", "nothing ran yet").hint("run something first"));
    }
    let names: Vec<String> = store.selections()?.into_iter().map(|(name, _)| name).collect();
    let hint =
        if names.is_empty() { "--save NAME keeps one".to_owned() } else { format!("there are: {}", names.join(", ")) };
    Err(Problem::error(name, "there is no selection of that name").hint(hint))
}

/// Keeps what a plan runs as a selection.
///
/// # Errors
/// The name can't be one, or it could not be kept.
pub fn save(desk: &Desk, name: &str, planned: &Planned) -> Result<(), Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || Clean::line(name).as_str() != name {
        let what = format!("a selection needs a name of 1 to {LONGEST_NAME} characters that can be printed");
        return Err(Problem::error("--save", what));
    }
    desk.store()?.save_selection(name, now(), &selection(planned))
}

fn selection(planned: &Planned) -> Selection {
    let Ask { sources, targets, all, keyword, mark, .. } = planned.again();
    Selection { sources, targets, all, keyword, mark }
}

/// Keeps what a plan runs as the last batch.
///
/// # Errors
/// It could not be kept.
pub fn keep_last(desk: &Desk, planned: &Planned) -> Result<(), Problem> {
    desk.store()?.save_selection(LAST, now(), &selection(planned))
}

/// The branch or commit that changes are looked for against: the given one, or that of the settings.
#[must_use]
pub fn base<'a>(desk: &'a Desk, given: &'a str) -> Option<&'a str> {
    let setting = || desk.project.config.text("base").filter(|base| !base.is_empty());
    Some(given).filter(|base| !base.is_empty()).or_else(setting)
}

/// Finds what was asked for.
#[must_use]
pub fn find(desk: &Desk, ask: &Ask, ledger: Option<&Ledger>) -> Found {
    let mut look = Look { desk, ledger, targets: ask.targets.clone(), how: Vec::new(), problems: Vec::new() };
    ask.sources.iter().for_each(|source| look.source(source));
    ask.changed.iter().for_each(|base| look.changed(base));
    ask.covering.iter().for_each(|whose| look.covering(whose));
    ask.near.iter().for_each(|(path, line)| look.near(path, *line));
    let chosen = ask.has_expression().then(|| {
        let wanted = ask.names_something().then(|| std::mem::take(&mut look.targets));
        expressions(desk, ask, ledger, wanted.as_deref())
    });
    let Look { targets, mut how, mut problems, .. } = look;
    let chosen = match chosen.transpose() {
        Ok(chosen) => chosen,
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    if let Some(chosen) = &chosen {
        how.push(chosen.how.clone());
        problems.extend(chosen.open.clone());
    }
    Found { targets, chosen, how: how.join("; "), problems }
}

struct Look<'a> {
    desk: &'a Desk,
    ledger: Option<&'a Ledger>,
    targets: Vec<Target>,
    how: Vec<String>,
    problems: Vec<Problem>,
}

impl Look<'_> {
    fn warn(&mut self, origin: &str, what: &str, hint: &str) {
        self.problems.push(Problem::warning(origin, what).hint(hint));
    }

    fn source(&mut self, source: &RepoPath) {
        let (found, by) = catalog::targets_of_source(&self.desk.project, &self.desk.disk, self.ledger, source);
        if found.is_empty() {
            let what = "no test covers it and no test file is named like it";
            return self.warn(source.as_str(), what, "choose tests with the picker");
        }
        self.how.push(match by {
            FoundBy::Contexts => format!("{} tests that ran {}", found.len(), source.clean()),
            _ => named_like(found.len(), source),
        });
        self.targets.extend(found);
    }

    /// The test files that differ, by git.
    fn changed(&mut self, base: &str) {
        let base = self::base(self.desk, base);
        match git::changed(&self.desk.project.root, base) {
            Ok(changed) => {
                let tests =
                    changed.into_iter().filter(|file| !file.deleted && self.desk.project.is_test_file(&file.path));
                let before = self.targets.len();
                self.targets.extend(tests.map(|file| Target::File(file.path)));
                let since = base.map(|base| format!(" since {base}")).unwrap_or_default();
                self.how.push(match self.targets.len() - before {
                    0 => format!("no test file changed{since}"),
                    1 => format!("1 test file changed{since}"),
                    count => format!("{count} test files changed{since}"),
                });
            }
            Err(problem) => self.problems.push(problem),
        }
    }

    /// The tests that cover a line or a function.
    fn covering(&mut self, whose: &Whose) {
        let (path, tests, words) = match whose {
            Whose::File(path) => return self.source(path),
            Whose::Line(path, line) => {
                let text = self.desk.disk.text(path);
                let found = self.ledger.map(|ledger| ledger.tests_of_line(path, *line, text.as_deref()));
                (path, found.unwrap_or_default(), format!("{}:{line}", path.as_str()))
            }
            Whose::Function(path, name) => {
                let found = self.ledger.map(|ledger| of_function(self.desk, ledger, path, name)).unwrap_or_default();
                (path, found, format!("{}::{name}", path.as_str()))
            }
        };
        if self.ledger.is_none() {
            let what = "there is no coverage report, so that nobody knows which tests run it";
            return self.warn(path.as_str(), what, "measure the whole suite once: lacuna run --all");
        }
        if tests.is_empty() {
            return self.warn(&words, "no test runs it", "--near FILE:LINE takes the nearest tests");
        }
        self.how.push(format!("{} tests that ran {words}", tests.len()));
        self.targets.extend(tests.into_iter().map(Target::Test));
    }

    /// The tests nearest to a line that none runs: as many as one batch holds.
    fn near(&mut self, path: &RepoPath, line: u32) {
        let words = format!("{}:{line}", path.as_str());
        let Some(ledger) = self.ledger else {
            let what = "there is no coverage report, so that nobody knows which tests are near";
            return self.warn(&words, what, "measure the whole suite once: lacuna run --all");
        };
        let found = who(self.desk, ledger, path, line);
        if !found.ran.is_empty() {
            self.how.push(format!("{} tests that run {words} already", found.ran.len()));
            return self.targets.extend(found.ran.into_iter().map(Target::Test));
        }
        let most = self.desk.project.config.count("batch.tests").max(1);
        let (near, all) = (found.near.iter().take(most).map(|near| Target::Test(near.test.clone())), found.near.len());
        self.targets.extend(near);
        if all > 0 {
            return self.how.push(format!("the {} nearest of {all} tests near {words}", all.min(most)));
        }
        if found.files.is_empty() {
            return self.warn(&words, "no test is near it", "write the first one");
        }
        self.how.push(named_like(found.files.len(), path));
        self.targets.extend(found.files.into_iter().map(Target::File));
    }
}

/// The tests that ran a function of a file, by its qualified name.
#[must_use]
pub fn of_function(desk: &Desk, ledger: &Ledger, path: &RepoPath, name: &str) -> Vec<TestId> {
    let Some(unit) = desk.unit(path) else { return Vec::new() };
    let text = desk.disk.text(path);
    let stretches: Vec<(u32, u32)> = unit.parts.iter().filter(|part| part.name == name).map(body).collect();
    let found: BTreeSet<TestId> =
        ledger.tests_through(path, &stretches, text.as_deref()).into_iter().flatten().collect();
    found.into_iter().collect()
}

/// The tests whose last outcome is a bad one. A run of several commands is recorded as several runs, so that the newest
/// alone does not tell. Tests of files that are not here, from a report of something else, are left out.
///
/// # Errors
/// The history could not be read.
pub fn failed_last(desk: &Desk) -> Result<BTreeSet<TestId>, Problem> {
    let store = desk.store()?;
    let mut last = BTreeMap::new();
    for run in store.runs(RECENT)? {
        for result in store.run(&run.id)?.map(|record| record.results).unwrap_or_default() {
            last.entry(result.id).or_insert(result.outcome);
        }
    }
    let is_there =
        |test: &TestId| RepoPath::new(test.path()).is_some_and(|path| path.under(&desk.project.root).exists());
    let failed = last.into_iter().filter(|(test, outcome)| outcome.is_bad() && is_there(test));
    Ok(failed.map(|(test, _)| test).collect())
}

/// So many test files have the name of a source.
fn named_like(count: usize, source: &RepoPath) -> String {
    let files = if count == 1 { "test file" } else { "test files" };
    format!("{count} {files} named like {}", source.clean())
}
