//! From the words of the command line to a plan.

use super::arguments::Targets;
use super::exit::Exit;
use super::output;
use crate::app::{Ask, Baseline, Planned};
use crate::base::{Problem, RepoPath};
use crate::domain::ledger::Ledger;
use crate::domain::suite::{Target, TestId};
use crate::io::git;
use crate::shell::{Desk, catalog, keep, planning};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Plans what was asked for, with the project's baseline where there is one. What cannot be planned has been said when
/// only the exit code comes back.
///
/// # Errors
/// A word names nothing that can be run, or there is no interpreter.
pub fn plan(desk: &Desk, wanted: &Targets) -> Result<(Planned, Option<Arc<Ledger>>), Exit> {
    let ledger = match keep::open(desk) {
        Ok(Baseline::Found(evidence)) => {
            output::complain(&evidence.problems);
            Some(evidence.ledger)
        }
        Ok(Baseline::Nothing(_)) => None,
        Err(problem) => {
            output::complain(&[problem]);
            None
        }
    };
    output::complain(&keep::settle(desk).err().into_iter().collect::<Vec<_>>());
    let ask = ask(desk, wanted).map_err(output::refuse)?;
    match planning::planned(desk, ask, ledger.as_deref()) {
        Ok(planned) => Ok((planned, ledger)),
        Err(problem) => {
            output::complain(&[problem]);
            Err(Exit::Unstarted)
        }
    }
}

fn ask(desk: &Desk, wanted: &Targets) -> Result<Ask, Problem> {
    if wanted.all {
        return Ok(Ask { all: true, ..Ask::default() });
    }
    if wanted.affected {
        return Ok(Ask { affected: true, ..Ask::default() });
    }
    let mut ask = Ask::default();
    for word in &wanted.targets {
        add(desk, word, &mut ask)?;
    }
    if wanted.changed {
        let changed = git::changed(&desk.project.root, None)?;
        let tests = changed.into_iter().filter(|file| !file.deleted && desk.project.is_test_file(&file.path));
        ask.targets.extend(tests.map(|file| Target::File(file.path)));
    }
    if wanted.failed {
        ask.targets.extend(failed_last(desk)?.into_iter().map(Target::Test));
    }
    if wanted.targets.is_empty() && !wanted.changed && !wanted.failed {
        return Err(Problem::error("targets", "nothing was named to run")
            .hint("name files or tests, or use --affected, --changed, --failed or --all"));
    }
    Ok(ask)
}

/// One word: a node id, a test file, a folder of tests, or a source file.
fn add(desk: &Desk, word: &str, ask: &mut Ask) -> Result<(), Problem> {
    if let Some((path, rest)) = word.split_once("::") {
        let path = inside(desk, path)?;
        ask.targets.push(Target::Test(TestId::new(&format!("{}::{rest}", path.as_str()))));
        return Ok(());
    }
    let path = if word == "." { None } else { Some(inside(desk, word)?) };
    let place = path.as_ref().map_or_else(|| desk.project.root.clone(), |path| path.under(&desk.project.root));
    if place.is_dir() {
        let tests = catalog::test_files(&desk.project, &desk.disk);
        let below = |file: &RepoPath| file.under(&desk.project.root).starts_with(&place);
        let files: Vec<Target> = tests.into_iter().filter(below).map(Target::File).collect();
        if files.is_empty() {
            return Err(Problem::error(word, "there is no test file in this folder"));
        }
        ask.targets.extend(files);
    } else if let Some(path) = path {
        if desk.project.is_test_file(&path) {
            ask.targets.push(Target::File(path));
        } else {
            ask.sources.push(path);
        }
    }
    Ok(())
}

/// A path that was typed: relative to the working directory or to the root, and there.
///
/// # Errors
/// There is no such file, or it lies outside the project.
pub fn inside(desk: &Desk, word: &str) -> Result<RepoPath, Problem> {
    let root = &desk.project.root;
    let candidates = [super::places::here().join(word), root.join(word)];
    let found =
        candidates.iter().filter_map(|path| path.canonicalize().ok()).find_map(|path| RepoPath::below(root, &path));
    found.ok_or_else(|| {
        let is_there = Path::new(word).exists();
        let what = if is_there { "lies outside the project" } else { "there is no such file" };
        Problem::error(word, what).hint("paths are relative to the project's root or to the working directory")
    })
}

/// How many runs are looked through for the last outcome of each test.
const RECENT: usize = 100;

/// The tests whose last outcome is a bad one. A run of several commands is recorded as several runs, so that the newest
/// alone does not tell. Tests of files that are not here, from a report of something else, are left out.
fn failed_last(desk: &Desk) -> Result<BTreeSet<TestId>, Problem> {
    let store = desk.store()?;
    let mut last = BTreeMap::new();
    for run in store.runs(RECENT)? {
        for result in store.run(&run.id)?.map(|record| record.results).unwrap_or_default() {
            last.entry(result.test).or_insert(result.outcome);
        }
    }
    let is_there =
        |test: &TestId| RepoPath::new(test.path()).is_some_and(|path| path.under(&desk.project.root).exists());
    let failed = last.into_iter().filter(|(test, outcome)| outcome.is_bad() && is_there(test));
    Ok(failed.map(|(test, _)| test).collect())
}
