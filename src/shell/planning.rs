//! From what a person chose to exact commands.

use super::affected;
use super::catalog;
use super::choosing;
use super::cost;
use super::debugging;
use super::desk::Desk;
use super::elsewhere;
use super::expressions;
use super::index::{Listings, known};
use super::quarantine;
use super::slots::Slots;
use crate::app::{Ask, Consent, Planned, PlannedCommand};
use crate::base::{Clean, Problem, RepoPath};
use crate::domain::config::Value;
use crate::domain::ledger::{Affected, Entry, Ledger};
use crate::domain::suite::{Batch, Cycle, Limits, Patience, Plan, StandIns, Target, TestId, plan, plan_in_order};
use crate::io::runner::{Interpreter, Launch, Measure, PDB, Pytest, RunDir};
use crate::io::store::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::sync::Arc;

/// Plans what was asked for. Nothing is started.
///
/// # Errors
/// There is no interpreter to name in the commands.
pub fn planned(desk: &Desk, ask: Ask, ledger: Option<&Ledger>) -> Result<Planned, Problem> {
    let ask = choosing::unfold(desk, ask)?;
    let Chosen { plan, mut how, affected, mut problems, open } = chosen(desk, &ask, ledger);
    let (plan, quarantine, wrong) = quarantine::applied(desk, &ask, plan, ledger);
    problems.extend(wrong);
    if plan.cycles.is_empty() && !quarantine.tests.is_empty() {
        how = quarantine.words().unwrap_or(how);
    }
    if ask.pdb {
        debugging::is_here(desk)?;
    }
    let interpreter = desk.interpreter()?;
    let seconds = durations(desk, &plan, ledger);
    let beside = desk.store().and_then(Store::seconds_beside_tests).ok().flatten().unwrap_or(0.0);
    let branches = branches(&ask, ledger);
    let slots = slots(desk, &plan);
    let command = |batch: &Batch| PlannedCommand {
        shown: Clean::line(&if ask.pdb { format!("{} {PDB}", batch.shown()) } else { batch.shown() }),
        full: full(desk, &interpreter, batch, (branches, ask.pdb), &slots)
            .map_or_else(|problem| problem.what, |text| Clean::line(&text)),
        tests: batch.tests.clone(),
        unconfirmed: batch.tests.iter().filter(|test| open.contains(test.path())).count(),
        in_part: !batch.asked.is_empty(),
        seconds: expected(batch, &seconds).map(|seconds| seconds + beside),
    };
    let cycles: Vec<Vec<PlannedCommand>> =
        plan.cycles.iter().map(|cycle| cycle.batches.iter().map(command).collect()).collect();
    let first = cycles.iter().flatten().next().map(|command| command.full.clone());
    // What is asked for by every later save is shown by an example where nothing is to run yet.
    let first = first.or_else(|| ask.affected.then(|| example(desk, &interpreter, branches)).flatten());
    let consent = if desk.is_trusted()? { None } else { first.map(|first| consent(desk, &interpreter, first)) };
    let (cost, abreast) = (cost::known(desk), slots.commands);
    let (how, usual) = (Clean::line(&how), Arc::new(seconds));
    Ok(Planned { ask, plan, cycles, how, usual, affected, cost, abreast, quarantine, consent, problems })
}

/// What was chosen to run.
#[derive(Default)]
struct Chosen {
    plan: Plan,
    how: String,
    affected: Option<Arc<Affected>>,
    problems: Vec<Problem>,
    /// The files of which pytest has not confirmed the tests.
    open: BTreeSet<String>,
}

/// The files of which pytest has not confirmed the tests.
fn open(listings: &Listings) -> BTreeSet<String> {
    listings.iter().filter(|(_, listing)| !listing.confirmed).map(|(path, _)| path.as_str().to_owned()).collect()
}

fn chosen(desk: &Desk, ask: &Ask, ledger: Option<&Ledger>) -> Chosen {
    if ask.all {
        return Chosen { plan: Plan { cycles: vec![Cycle { batches: vec![Batch::all()] }] }, ..Chosen::default() };
    }
    if ask.affected {
        return affected_now(desk, ledger, &ask.saved);
    }
    let choosing::Found { targets, how, problems, chosen } = choosing::find(desk, ask, ledger);
    if let Some(by) = chosen {
        return by_expression(desk, by, ledger, how, problems);
    }
    let files: BTreeSet<RepoPath> = targets.iter().filter_map(file_of).collect();
    let listings = desk.listings(&files.into_iter().collect::<Vec<_>>(), ledger);
    let plan = cautious(plan(&targets, &known(&listings), &limits(desk)), &listings);
    Chosen { plan, how, affected: None, problems, open: open(&listings) }
}

/// The tests that expressions are expected to choose: pytest is given the expressions as well.
fn by_expression(
    desk: &Desk,
    by: expressions::Chosen,
    ledger: Option<&Ledger>,
    how: String,
    problems: Vec<Problem>,
) -> Chosen {
    let files: BTreeSet<RepoPath> = by.tests.iter().filter_map(|test| RepoPath::new(test.path())).collect();
    let listings = desk.listings(&files.into_iter().collect::<Vec<_>>(), ledger);
    let targets: Vec<(Target, Vec<TestId>)> =
        by.tests.into_iter().map(|test| (Target::Test(test.clone()), vec![test])).collect();
    let plan = cautious(plan_in_order(&targets, &by.whole, &limits(desk)), &listings).choosing_by(&by.options);
    Chosen { plan, how, affected: None, problems, open: open(&listings) }
}

/// The tests that edits affect, in the order that settles most in each second.
fn affected_now(desk: &Desk, ledger: Option<&Ledger>, saved: &[RepoPath]) -> Chosen {
    let Some(ledger) = ledger.filter(|ledger| !ledger.is_empty()) else {
        if !saved.is_empty() {
            return unmeasured(desk, saved);
        }
        let what = "nothing was measured yet, so that nobody knows what an edit affects";
        let problem = Problem::warning("affected tests", what).hint("measure the whole suite once: lacuna run --all");
        return Chosen { problems: vec![problem], ..Chosen::default() };
    };
    let found = affected::find(desk, ledger);
    let mut problems = Vec::new();
    if found.affected.tests.values().any(Entry::is_guess) {
        let what = "it is not known which tests ran the changed files; they are guessed by names and imports";
        let hint = "measure with a context for each test: lacuna run --all";
        problems.push(Problem::warning("affected tests", what).hint(hint));
    }
    let how = if found.affected.tests.is_empty() { UNCHANGED.to_owned() } else { found.affected.summary() };
    let plan = cautious(plan_in_order(&found.targets, &known(&found.listings), &limits(desk)), &found.listings);
    Chosen { plan, how, affected: Some(Arc::new(found.affected)), problems, open: open(&found.listings) }
}

/// A plan that gives pytest no id which may be stale.
fn cautious(plan: Plan, listings: &Listings) -> Plan {
    let stand_ins: BTreeMap<&str, StandIns<'_>> =
        listings.iter().map(|(path, listing)| (path.as_str(), listing.stand_ins())).collect();
    let instead = |id: &TestId| match stand_ins.get(id.path()) {
        Some(known) => known.of(id),
        None => Some(id.clone()),
    };
    let careful =
        |cycle: Cycle| Cycle { batches: cycle.batches.into_iter().map(|batch| batch.cautious(&instead)).collect() };
    Plan { cycles: plan.cycles.into_iter().map(careful).collect() }
}

/// Where nothing was measured: the saved test files, and those that import a saved source or are named like it.
fn unmeasured(desk: &Desk, saved: &[RepoPath]) -> Chosen {
    let files = catalog::test_files(&desk.project, &desk.disk);
    let mut targets: BTreeSet<RepoPath> = BTreeSet::new();
    for path in saved {
        if desk.project.is_test_file(path) {
            targets.extend(desk.disk.is_there(path).then(|| path.clone()));
        } else {
            targets.extend(affected::guessed(desk, path, &files).into_iter().cloned());
        }
    }
    let listings = desk.listings(&targets.iter().cloned().collect::<Vec<_>>(), None);
    let targets: Vec<Target> = targets.into_iter().map(Target::File).collect();
    let how = "nothing was measured yet: the tests of saved files, by names and imports".to_owned();
    let plan = cautious(plan(&targets, &known(&listings), &limits(desk)), &listings);
    Chosen { plan, how, affected: None, problems: Vec::new(), open: open(&listings) }
}

/// What is said when no edit affects any test.
pub const UNCHANGED: &str = "nothing changed since it was measured";

/// How long a command and its tests may take, by the settings.
#[must_use]
pub fn patience(desk: &Desk) -> Patience {
    let limit = |key: &str| Some(desk.project.config.count(key) as u64).filter(|seconds| *seconds > 0);
    Patience { test: limit("limit.test"), run: limit("limit.run") }
}

/// How much runs at once, by the settings.
fn limits(desk: &Desk) -> Limits {
    let config = &desk.project.config;
    Limits { tests_per_batch: config.count("batch.tests"), commands_per_cycle: config.count("batch.commands") }
}

fn file_of(target: &Target) -> Option<RepoPath> {
    match target {
        Target::File(path) => Some(path.clone()),
        Target::Test(test) => RepoPath::new(test.path()),
    }
}

/// The options of every pytest command, from the settings.
#[must_use]
pub fn options(desk: &Desk) -> Vec<OsString> {
    desk.project.config.texts("pytest.arguments").iter().map(OsString::from).collect()
}

/// How pytest is run in the project where nothing is measured; what is measured is for others to add.
#[must_use]
pub fn unmeasured_pytest<'a>(desk: &'a Desk, interpreter: &'a Interpreter, options: &'a [OsString]) -> Pytest<'a> {
    Pytest {
        interpreter,
        root: &desk.project.root,
        environment: &desk.around.environment,
        measure: Measure::Nothing,
        branches: false,
        known: &[],
        options,
    }
}

/// What a run measures: each test apart, unless the settings say otherwise.
#[must_use]
pub fn measure(desk: &Desk) -> Measure {
    if desk.project.config.switch("contexts") { Measure::Tests } else { Measure::Lines }
}

/// Whether a run has to measure branches: statements and branches can't be put together, so that a batch is run as its
/// baseline was. A run of the whole suite is a baseline itself, measured as the project's configuration has it.
#[must_use]
pub fn branches(ask: &Ask, ledger: Option<&Ledger>) -> bool {
    !ask.all && ledger.is_some_and(Ledger::has_arcs)
}

/// How many processes a run of a plan may have.
#[must_use]
pub fn slots(desk: &Desk, plan: &Plan) -> Slots {
    Slots::new(desk, plan.cycles.iter().map(|cycle| cycle.batches.len()).max().unwrap_or(1))
}

fn full(
    desk: &Desk,
    interpreter: &Interpreter,
    batch: &Batch,
    (branches, pdb): (bool, bool),
    slots: &Slots,
) -> Result<String, Problem> {
    let options = options(desk);
    let how = Pytest { measure: measure(desk), branches, ..unmeasured_pytest(desk, interpreter, &options) };
    let run = RunDir::planned(&desk.project.runs.join("RUN"));
    let mut launch = match elsewhere::elsewhere(desk)? {
        None if pdb => return Launch::pdb(&how, batch, &run).map(|launch| launch.full()),
        None => Launch::pytest(&how, batch, &run)?,
        Some(elsewhere) => Launch::pytest_elsewhere(&how, batch, &run, &elsewhere, Vec::new())?,
    };
    launch.share(&slots.of(batch));
    Ok(launch.full())
}

/// The command for the first test file.
fn example(desk: &Desk, interpreter: &Interpreter, branches: bool) -> Option<Clean> {
    let file = catalog::test_files(&desk.project, &desk.disk).into_iter().next()?;
    let batch = Batch::of(vec![Target::File(file)], Vec::new());
    full(desk, interpreter, &batch, (branches, false), &slots(desk, &Plan::default()))
        .ok()
        .map(|text| Clean::line(&text))
}

fn consent(desk: &Desk, interpreter: &Interpreter, command: Clean) -> Consent {
    let named = desk.project.config.entries().filter(|(setting, entry)| setting.commands && entry.of_project);
    Consent {
        root: Clean::line(&desk.project.root.to_string_lossy()),
        interpreter: Clean::line(&interpreter.program.to_string_lossy()),
        elsewhere: elsewhere::elsewhere(desk).ok().flatten().map(|elsewhere| Clean::line(&elsewhere.template.shown())),
        command,
        files: named
            .map(|(setting, entry)| match &entry.value {
                // A server is asked as well, so it is named.
                Value::Address(_) => Clean::line(&format!("{} ({} = {})", entry.origin, setting.key, entry.value)),
                _ => Clean::line(&format!("{} ({})", entry.origin, setting.key)),
            })
            .collect(),
    }
}

/// How long tests took before; whole files of tests that are not known yet count by all of their tests that ran.
fn durations(desk: &Desk, plan: &Plan, ledger: Option<&Ledger>) -> BTreeMap<TestId, f64> {
    let mut tests: BTreeSet<TestId> = plan.batches().flat_map(|batch| batch.tests.iter().cloned()).collect();
    if plan.batches().any(|batch| batch.targets.is_empty()) {
        tests.extend(desk.ran_before(ledger));
    }
    let tests: Vec<TestId> = tests.into_iter().collect();
    desk.store().and_then(|store| store.durations(&tests)).unwrap_or_default().into_iter().collect()
}

fn expected(batch: &Batch, seconds: &BTreeMap<TestId, f64>) -> Option<f64> {
    let sum: f64 = if batch.targets.is_empty() {
        seconds.values().sum()
    } else {
        batch.tests.iter().filter_map(|test| seconds.get(test)).sum()
    };
    (sum > 0.0).then_some(sum)
}
