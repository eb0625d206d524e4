//! Where the programme stands: layers of code, layers of tests, and what the history says of the suite.

use super::belonging;
use super::known::Known;
use crate::base::{Day, Problem, Ratio, RepoPath, Severity, Stamp};
use crate::domain::config::Origin;
use crate::domain::history::Run;
use crate::domain::ledger::Figure;
use crate::domain::mapping::Mapped;
use crate::domain::programme::{
    Exercised, Ground, PROMISES, Percent, Place, Promise, Ran, Ruling, TestLayer, TestTarget, Verdict, layers,
    pass_rate, promised, pyramid, reduction, seconds, slower, suite_time, tail,
};
use crate::domain::suite::TestId;
use std::collections::HashMap;

/// The setting of the targets of tests.
const TEST_TARGETS: &str = "targets.tests";
/// The setting of what the number of flaky tests is compared with.
const FLAKY_SINCE: &str = "targets.flaky_since";
/// The fewest characters that name a commit.
const COMMIT: usize = 7;
/// The most places that a figure names.
const PLACES: usize = 50;

/// Everything that the programme names, target or none.
#[must_use]
pub fn standing(known: &Known<'_>) -> Vec<Ruling> {
    let mut all = code(known);
    all.extend(tests(known));
    all.extend(contract(known));
    all.extend(issues(known));
    all.extend(past(known));
    all
}

/// Whether nobody wrote this setting.
fn is_default(known: &Known<'_>, key: &str) -> bool {
    known.desk.project.config.entry(key).is_none_or(|entry| entry.origin == Origin::Default)
}

/// A limit that is none, as a ruling: a rule that is misspelt must not hold.
#[must_use]
pub fn misspelt(known: &Known<'_>, key: &str, name: &str, text: &str, wants: &str) -> Ruling {
    let origin = known.desk.project.config.entry(key).map_or_else(String::new, |entry| entry.origin.to_string());
    let rule = if name.is_empty() { key.to_owned() } else { format!("{key}.{name}") };
    Ruling::new(&rule, &rule, text).untold(&format!("{origin}: \"{text}\" is no {wants}")).next("lacuna config")
}

/// Percentages by name, and those that are none.
#[must_use]
pub fn percentages(known: &Known<'_>, key: &str) -> (Vec<(String, Percent)>, Vec<Ruling>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (name, texts) in known.desk.project.config.named(key) {
        match texts.as_slice() {
            [text] if Percent::read(text).is_some() => {
                good.extend(Percent::read(text).map(|percent| (name.clone(), percent)));
            }
            texts => bad.push(misspelt(known, key, name, &texts.join(", "), "percentage")),
        }
    }
    (good, bad)
}

/// The names of the layers of code.
#[must_use]
pub fn code_layers(known: &Known<'_>) -> Vec<String> {
    known.desk.layers.iter().map(|layer| layer.name.clone()).collect()
}

/// Asks a question about coverage.
pub fn on_ground<T>(known: &Known<'_>, ask: impl FnOnce(&Ground<'_>) -> T) -> T {
    let gaps = |path: &RepoPath| known.gaps(path);
    ask(&Ground { rows: &known.rows, digits: known.desk.project.coverage.precision, gaps: &gaps })
}

fn code(known: &Known<'_>) -> Vec<Ruling> {
    let key = "targets.code";
    let (targets, mut rulings) = percentages(known, key);
    let names = code_layers(known);
    let has_files = |at: usize| known.rows.iter().any(|row| row.layer == Some(at));
    let usual = is_default(known, key);
    let mut named: Vec<(String, Option<Percent>)> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let target =
                targets.iter().find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, percent)| percent.clone());
            // A layer that a project does not have lacks nothing, unless somebody demanded something of it.
            (name.clone(), target.filter(|_| !usual || has_files(at)))
        })
        .collect();
    let is_known = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let unknown = targets.into_iter().filter(|(name, _)| !usual && !is_known(name));
    named.extend(unknown.map(|(name, percent)| (name, Some(percent))));
    rulings.splice(0..0, on_ground(known, |ground| layers(key, &named, &names, ground)));
    rulings
}

fn tests(known: &Known<'_>) -> Vec<Ruling> {
    let (key, config) = (TEST_TARGETS, &known.desk.project.config);
    let names = belonging::names(known.desk);
    let (tests, are_confirmed) = known.tests();
    let all = test_layers(known);
    let places = places(tests);
    let usual = is_default(known, key);
    let ran = |at: usize, of: &[String]| ran(known, &places, at, of, usual);
    let shown = |at: usize| exercised(known, &places, at);
    let mut rulings = pyramid(key, &all, known.desk.project.coverage.precision, &ran, &shown);
    if !*are_confirmed {
        let counted = "counted by the sources: `lacuna tests --collect` has pytest confirm them";
        let counts = |ruling: &&mut Ruling| ruling.why.is_empty() && ruling.verdict != Verdict::Free;
        rulings.iter_mut().filter(counts).for_each(|ruling| *ruling = ruling.clone().because(counted));
    }
    let is_known = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let unknown = config.named(key).iter().filter(|(name, _)| !usual && !is_known(name));
    rulings.extend(unknown.map(|(name, texts)| {
        misspelt(known, key, name, &texts.join(", "), "target of a layer that `tests.layers` names")
    }));
    rulings
}

/// The layers of tests, each with its tests and its targets.
#[must_use]
pub fn test_layers(known: &Known<'_>) -> Vec<TestLayer> {
    let (tests, _) = known.tests();
    let config = &known.desk.project.config;
    let number = |at: usize| tests.iter().filter(|(_, layer)| *layer == Some(at)).count() as u64;
    let targets = |name: &str| {
        let rows = config.named(TEST_TARGETS).iter().filter(move |(of, _)| of.eq_ignore_ascii_case(name));
        rows.flat_map(|(_, texts)| texts).map(|text| TestTarget::read(text)).collect::<Vec<_>>()
    };
    let layer = |(at, name): (usize, String)| TestLayer {
        tests: Ratio::new(number(at), tests.len() as u64),
        targets: targets(&name),
        name,
    };
    belonging::names(known.desk).into_iter().enumerate().map(layer).collect()
}

/// The layer of each test, by its id and by that of its function.
fn places(tests: &[(TestId, Option<usize>)]) -> HashMap<String, Option<usize>> {
    let mut places = HashMap::new();
    for (test, layer) in tests {
        places.insert(test.without_params().to_owned(), *layer);
        places.insert(test.as_str().to_owned(), *layer);
    }
    places
}

/// What the tests of a layer exercise of the contract.
fn exercised(known: &Known<'_>, places: &HashMap<String, Option<usize>>, at: usize) -> Exercised {
    let (contract, problems) = known.contract();
    if let Some(problem) = problems.iter().find(|problem| problem.severity == Severity::Error) {
        return Exercised::Untold(problem.to_string());
    }
    let is = |test: &TestId| {
        let layer = places.get(test.as_str()).or_else(|| places.get(test.without_params()));
        layer.copied().flatten() == Some(at)
    };
    let share = contract.shares_of(&is).operations;
    if share.whole == 0 {
        return Exercised::Untold("there is no document of OpenAPI with an operation".to_owned());
    }
    let unobserved = contract.unobserved.iter().filter(|test| is(test)).count() as u64;
    Exercised::Operations(share, unobserved)
}

/// Where the contract stands, where there is one.
fn contract(known: &Known<'_>) -> Vec<Ruling> {
    let (contract, problems) = known.contract();
    let digits = known.desk.project.coverage.precision;
    let (operations, channels) = (contract.shares().operations.whole > 0, contract.shares().channels.whole > 0);
    let is_there = |promise: Promise| if promise == Promise::Channels { channels } else { operations };
    let promises = PROMISES.iter().filter(|(promise, ..)| is_there(*promise));
    let mut all: Vec<Ruling> = promises
        .map(|(promise, ..)| {
            let mut ruling = promised("contract", *promise, None, contract, digits);
            // Nothing is demanded here, so that nothing is missing.
            ruling.verdict = Verdict::Free;
            ruling
        })
        .collect();
    let broken = problems.iter().filter(|problem| problem.severity == Severity::Error);
    all.extend(broken.map(|problem| {
        Ruling::new("contract", "a document of the contract", "").untold(&problem.to_string()).next("lacuna contract")
    }));
    all
}

/// What would be covered of some layers of code if the tests of a layer alone ran. Of the usual targets, names that this project has not are left out.
fn ran(known: &Known<'_>, places: &HashMap<String, Option<usize>>, at: usize, of: &[String], usual: bool) -> Ran {
    let names = code_layers(known);
    let place = |name: &String| names.iter().position(|known| known.eq_ignore_ascii_case(name));
    let wanted: Vec<usize> = of.iter().filter_map(place).collect();
    if let Some(unknown) = of.iter().find(|name| place(name).is_none()).filter(|_| !usual) {
        return Ran::Unknown(unknown.clone());
    }
    let Some(ledger) = &known.ledger else { return Ran::Untold("there is no coverage report") };
    if !ledger.has_contexts() {
        return Ran::Untold("there is no per-test data");
    }
    let is = |test: &TestId| {
        let layer = places.get(test.as_str()).or_else(|| places.get(test.without_params()));
        layer.copied().flatten() == Some(at)
    };
    let rows = known.rows.iter().filter(|row| of.is_empty() || row.layer.is_some_and(|layer| wanted.contains(&layer)));
    let figure = rows.map(|row| {
        let text = known.desk.disk.text_since(&row.path, known.desk.measured());
        let covered = ledger.standing(&row.path, text.as_deref()).covered;
        let by = |is: &dyn Fn(&TestId) -> bool| &ledger.lines_run_in(&row.path, is, text.as_deref()) & &covered;
        // What runs at import runs whichever tests there are.
        let lines = &by(&is) | &(&covered - &by(&|_| true));
        let share = Ratio::new(lines.len() as u64, row.plain.lines.whole);
        Figure { ratio: share, lines: share, unstable: 0, ..row.plain }
    });
    Ran::Statements(figure.reduce(Figure::plus).unwrap_or_default())
}

fn past(known: &Known<'_>) -> Vec<Ruling> {
    let past = match known.past() {
        Ok(past) => past,
        Err(problem) => return vec![Ruling::new("targets.suite", "the history", "").untold(&problem.to_string())],
    };
    let suite = past.suite.as_ref();
    let mut rulings = vec![flaky(known)];
    rulings.push(match limit(known, "targets.suite", seconds) {
        None => suite_time("targets.suite", None, suite),
        Some(Ok(most)) => suite_time("targets.suite", Some(most), suite),
        Some(Err(text)) => misspelt(known, "targets.suite", "", &text, "time"),
    });
    rulings.extend([50, 95, 99].map(|percent| tail("durations", percent, None, suite)));
    rulings.push(match known.slower() {
        Ok(tests) => slower("slower", None, tests),
        Err(problem) => Ruling::new("slower", "tests that became slower", "").because(&problem.to_string()),
    });
    rulings.push(pass_rate("pass_rate", None, suite, None));
    rulings
}

/// A setting that limits something; nothing where it is empty, its text where it is no limit.
pub fn limit<T>(known: &Known<'_>, key: &str, read: impl Fn(&str) -> Option<T>) -> Option<Result<T, String>> {
    let text = known.desk.project.config.text(key)?;
    Some(read(text).ok_or_else(|| text.to_owned()))
}

fn flaky(known: &Known<'_>) -> Ruling {
    let key = "targets.flaky_reduction";
    let now = known.past().map(|past| past.flaky.as_slice()).unwrap_or_default();
    if known.past().is_ok_and(|past| past.runs.is_empty()) {
        return Ruling::new(key, "flaky tests", "").because("nothing is recorded yet");
    }
    let Some(since) = known.desk.project.config.text(FLAKY_SINCE) else {
        let number = now.iter().filter(|test| crate::domain::programme::is_flaky(test)).count();
        let mut ruling = Ruling::new(key, "flaky tests", "").found(&number.to_string(), true);
        ruling.verdict = Verdict::Free;
        return ruling.because("compared with no day: targets.flaky_since is empty");
    };
    let least = match limit(known, key, Percent::read) {
        Some(Ok(least)) => least,
        Some(Err(text)) => return misspelt(known, key, "", &text, "percentage"),
        None => return Ruling::new(key, "flaky tests", ""),
    };
    let untold = |why: &Problem| Ruling::new(key, "flaky tests", "").untold(&why.to_string());
    match flaky_end(known, since) {
        Ok(Some(end)) => match known.flaky_before(end) {
            Ok(before) => reduction(key, since, &least, before.as_deref(), now),
            Err(why) => untold(&why),
        },
        Ok(None) => misspelt(known, FLAKY_SINCE, "", since, "day as 2026-10-01, and no run or commit of the history"),
        Err(why) => untold(&why),
    }
}

/// Up to when runs count for what the number of flaky tests is compared with: the end of a day, or that of the run of this name,
/// or of the last run of a commit; nothing where it is none of these.
fn flaky_end(known: &Known<'_>, since: &str) -> Result<Option<Stamp>, Problem> {
    if let Some(day) = Day::parse(since) {
        return Ok(Some(day.plus(1).begins()));
    }
    let runs = known.desk.history()?.runs(usize::MAX)?;
    let is_of = |run: &&Run| {
        run.id == since || since.len() >= COMMIT && run.commit.as_deref().is_some_and(|of| of.starts_with(since))
    };
    Ok(runs.iter().filter(is_of).map(|run| Stamp(run.when.0.saturating_add(1))).max())
}

/// How many flaky tests there may be, so that they are as many fewer as is wanted; nothing where that is not compared.
#[must_use]
pub fn flaky_target(known: &Known<'_>) -> Option<f64> {
    let since = known.desk.project.config.text(FLAKY_SINCE)?;
    let least = limit(known, "targets.flaky_reduction", Percent::read)?.ok()?;
    let before = known.flaky_before(flaky_end(known, since).ok()??).ok()??;
    let was = before.iter().filter(|test| crate::domain::programme::is_flaky(test)).count();
    #[expect(clippy::cast_precision_loss, reason = "a number of tests")]
    Some((was as f64 * (1.0 - least.value() / 100.0)).floor())
}

/// The tests that belong to an issue, where any does.
fn issues(known: &Known<'_>) -> Option<Ruling> {
    let mapping = known.mapping();
    let share = mapping.share();
    if share.part == 0 {
        return None;
    }
    let place = |test: &Mapped| {
        Place::new(Some(test.path.clone()), Some((test.line, test.line)), &format!("{} has none", test.id.function()))
    };
    let found = format!("{}% ({} of {})", share.display(1), share.part, share.whole);
    let places = mapping.unmapped().take(PLACES).map(place).collect();
    let mut ruling = Ruling::new("mapping", "tests that belong to an issue", "").found(&found, true).at(places);
    ruling.verdict = Verdict::Free;
    Some(ruling)
}
