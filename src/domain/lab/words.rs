//! Ways to run a test, in words: the rows of the evidence.

use super::chance::rate_between;
use super::recipe::{Axis, Recipe, Undo};
use super::surroundings::CLOCKS;
use super::trial::Trial;
use super::verdict::{Cause, Row, Verdict};
use crate::domain::suite::{TestId, quoted};
use std::collections::BTreeSet;

/// One row for each way that was tried, in the order in which it was tried first.
#[must_use]
pub fn rows(trials: &[Trial]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for trial in trials.iter().filter(|trial| trial.is_fit()) {
        let context = context(&trial.recipe);
        let at = rows.iter().position(|row| row.context == context).unwrap_or_else(|| {
            rows.push(Row { context, processes: 0, ran: 0, failed: 0, failures: Vec::new() });
            rows.len() - 1
        });
        let Some(row) = rows.get_mut(at) else { continue };
        row.processes += 1;
        row.ran += trial.ran;
        row.failed += trial.failed;
        for attempt in trial.failures() {
            match row.failures.iter_mut().find(|(words, _)| *words == attempt.words) {
                Some((_, count)) => *count += 1,
                None => row.failures.push((attempt.words.clone(), 1)),
            }
        }
    }
    rows
}

/// How a recipe runs the test, in words.
#[must_use]
pub fn context(recipe: &Recipe) -> String {
    let mut parts = vec![place(recipe)];
    if recipe.hash > 4 || recipe.order.entries().len() == 1 && !recipe.plain && recipe.is_bare() {
        parts.push(format!("hash seed {}", recipe.hash));
    }
    match (recipe.random, recipe.sweep) {
        (Some(_), true) => parts.push("sweep of random seeds".to_owned()),
        (Some(seed), false) => parts.push(format!("random seed {seed}")),
        (None, _) if recipe.repeat.is_some() && recipe.clocks.is_empty() => parts.push("repeated".to_owned()),
        (None, _) => {}
    }
    if let Some(stall) = recipe.stall {
        parts.push(format!("waits up to {} ms", stall.longest));
    }
    match recipe.clocks.as_slice() {
        [] => {}
        [_] => parts.push("another date".to_owned()),
        several => parts.push(format!("{} other dates", several.len())),
    }
    parts.extend(recipe.axes.iter().map(|axis| axis.words().to_owned()));
    match &recipe.undo {
        Undo::Nothing => {}
        Undo::All => parts.push("all changes put back".to_owned()),
        Undo::Only(name) => parts.push(format!("{name} put back")),
    }
    if recipe.plain {
        parts.push("by pytest alone".to_owned());
    }
    parts.join(", ")
}

impl Recipe {
    /// Whether nothing but the seed of hashes is chosen.
    fn is_bare(&self) -> bool {
        !self.is_provoked() && self.random.is_none() && self.repeat.is_none() && self.beside.is_empty()
    }
}

fn place(recipe: &Recipe) -> String {
    let entries = recipe.order.entries();
    let target = recipe.target();
    let before = &entries[..entries.len().saturating_sub(1)];
    match before {
        [] if !recipe.beside.is_empty() => format!("alone, {} imported", recipe.beside.join(", ")),
        [] => "alone".to_owned(),
        [None] => "after a test that does nothing".to_owned(),
        _ if before.iter().all(|entry| entry.as_ref() == target) => format!("{} times in one process", entries.len()),
        [Some(one)] => format!("after {}", one.as_str()),
        several => format!("after {} tests", several.len()),
    }
}

impl Verdict {
    /// What it is, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.cause {
            Cause::Victim { polluters, at_import: true, .. } => {
                format!("It fails once {} is imported.", listed(polluters.iter().map(TestId::path)))
            }
            Cause::Victim { polluters, .. } => format!("It fails after {}.", tests(polluters)),
            Cause::Brittle { setters } => format!("It fails alone, and passes after {}.", tests(setters)),
            Cause::SelfPolluting { by_files: false } => "It fails when it runs again in the same process.".to_owned(),
            Cause::SelfPolluting { by_files: true } => {
                "It fails when it runs again: it leaves files behind.".to_owned()
            }
            Cause::Hash { fails, passes } => {
                format!("It depends on the seed of hashes: PYTHONHASHSEED={fails} fails, {passes} passes.")
            }
            Cause::Random { fails, passes } => {
                format!("It depends on random numbers: random.seed({fails}) fails, random.seed({passes}) passes.")
            }
            Cause::Timing => {
                "It depends on timing: it fails when its threads are slow or take turns otherwise.".to_owned()
            }
            Cause::Clock { at, fails } => {
                let what = CLOCKS.iter().find(|(clock, _)| clock == at).map_or("another date", |(_, what)| what);
                if *fails { format!("It fails at {what}.") } else { format!("It fails now, and passes at {what}.") }
            }
            Cause::Environment { axis, fails: true } => format!("It fails with {}.", axis.words()),
            Cause::Environment { axis: Axis::Network, fails: false } => {
                "It needs another machine, which did not answer.".to_owned()
            }
            Cause::Environment { axis, fails: false } => format!("It fails here, and passes with {}.", axis.words()),
            Cause::Outage { together } => {
                format!("It failed together with {} other tests, by the same cause.", together.len())
            }
            Cause::Regression(since) => {
                format!(
                    "It fails since {} ({} runs), whatever is tried; it passed in {}.",
                    since.failed, since.runs, since.passed
                )
            }
            Cause::Broken => "It fails here whatever is tried, and is not known to have passed.".to_owned(),
            Cause::Intermittent => self.intermittent(),
            Cause::NotReproduced => self.not_reproduced(),
        }
    }

    fn not_reproduced(&self) -> String {
        let failed = self.rows.iter().map(|row| row.failed).sum::<u32>();
        if failed == 0 {
            return "It never failed here. That does not say that it is sound.".to_owned();
        }
        let ran = self.rows.iter().filter(|row| row.failed > 0).map(|row| row.ran).sum::<u32>();
        format!(
            "It failed {failed} of {ran} times where it was provoked, and never otherwise; nothing of that proved to be why."
        )
    }

    fn intermittent(&self) -> String {
        let (failed, ran) = self.rate;
        let (low, high) = rate_between(failed, ran);
        format!(
            "It passes and fails under the same conditions: {failed} of {ran} times ({:.0}–{:.0} %). Its cause is not known.",
            low * 100.0,
            high * 100.0
        )
    }
}

fn tests(tests: &[TestId]) -> String {
    if tests.len() > 4 { format!("{} other tests", tests.len()) } else { listed(tests.iter().map(TestId::as_str)) }
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: BTreeSet<&str> = words.collect();
    words.into_iter().collect::<Vec<_>>().join(" and ")
}

/// The command by which a person reproduces a recipe. `with_reseeding`: a plugin is installed that reorders and reseeds tests.
#[must_use]
pub fn command(recipe: &Recipe, number: i64, with_reseeding: bool) -> String {
    if !recipe.plain {
        return format!("lacuna lab --replay {number}");
    }
    let mut words: Vec<String> =
        recipe.axes.iter().flat_map(|axis| axis.variables()).map(|word| (*word).to_owned()).collect();
    words.push(format!("PYTHONHASHSEED={}", recipe.hash));
    words.push("pytest".to_owned());
    if with_reseeding {
        words.extend(["-p", "no:randomly"].map(str::to_owned));
    }
    words.extend(recipe.order.tests().map(|test| quoted(test.as_str())));
    words.join(" ")
}

impl Axis {
    /// What of it a person writes before a command.
    const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Zone => &["TZ=Pacific/Kiritimati"],
            Self::Utc => &["TZ=UTC"],
            Self::Locale => &["LC_ALL=C", "PYTHONUTF8=0", "PYTHONCOERCECLOCALE=0"],
            Self::Utf8 => &["LC_ALL=C.UTF-8"],
            Self::Home => &["HOME=\"$(mktemp -d)\""],
            Self::Temporary => &["TMPDIR=\"$(mktemp -d '/tmp/a bXXXXXX')\""],
            Self::Network
            | Self::Backwards
            | Self::Sorted
            | Self::Leftovers
            | Self::UsualTemporary
            | Self::Worker
            | Self::Abreast => &[],
        }
    }
}
