//! Random edits of real packages, and after each of them the ledger beside a real full rerun: line by line, branch by
//! branch.
//!
//! `cargo test --test all` makes a few trials. The long form: `LACUNA_TRIALS=300 cargo test --test all -- trials::long
//! --nocapture`; it prints a line for each trial and the sums at the end. Each trial has a seed, which its line names, and
//! `LACUNA_TRIALS=1 LACUNA_TRIALS_SEED=<seed>` makes that one again. `LACUNA_TRIALS_PACKAGE=<name>` keeps to one package.
//!
//! A trial starts from a measured suite and makes one to four edits. After each edit it compares before anything ran, has
//! lacuna run some tests, and compares again. What is compared: no line that lacuna calls covered, missed or excluded is
//! anything else in the rerun, and no branch of a covered line. Lines may stand open within the bound alone: functions
//! whose syntax tree changed or is new, statements outside functions that are new, and what stands below those; new since
//! any test ran them. Beside the bound a line may be in doubt, where tests that ran again no longer run it and others of
//! its file did not run again: what they were the first to call may be cached. An edit by itself puts no line in doubt.
//!
//! A test that ran through a change and has not run since may do anything, in functions that did not change as well, and a
//! test that is new may run any line: what the rerun shows there is counted apart, as *downstream*, and none of it may be
//! left once every test that an edit affects has run again.

mod bench;
mod compare;
mod dice;
mod package;
mod trial;

use bench::Bench;
use package::{PACKAGES, Package};
use trial::{Sums, trial};

/// How many contradictions of one trial are named, and how many lines of its edits are shown.
const SHOWN: usize = 40;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Makes trials with these seeds, each of so many edits at most. The packages take turns.
fn trials(seeds: impl Iterator<Item = u64>, packages: &[Package], edits: usize) -> Sums {
    let mut benches: Vec<Option<Bench>> = packages.iter().map(|_| None).collect();
    let mut all = Sums::default();
    for seed in seeds {
        let at = usize::try_from(seed).unwrap() % packages.len();
        let bench = benches[at].get_or_insert_with(|| Bench::new(&packages[at]));
        let (sums, wrong) = trial(bench, seed, edits);
        eprintln!("{seed} {}: {sums}", packages[at].name);
        let (edits, claims): (Vec<&String>, Vec<&String>) = wrong.iter().partition(|line| line.starts_with('|'));
        claims.iter().take(SHOWN).chain(edits.iter().take(SHOWN)).for_each(|line| eprintln!("    {line}"));
        all += sums;
    }
    eprintln!("together: {all}");
    all
}

fn check(sums: &Sums) {
    assert_eq!(sums.contradicted, 0, "lines or branches that a full rerun contradicts; the lines above name them");
    assert_eq!(sums.astray, 0, "lines that stand open for no reason; the lines above name them");
    assert!(sums.compared > 0, "nothing was compared");
}

#[test]
fn a_few_random_edits_leave_nothing_that_a_full_rerun_contradicts() {
    check(&trials(1..7, &PACKAGES[..3], 2));
}

#[test]
fn long() {
    let Some(count) = number("LACUNA_TRIALS") else { return };
    let first = number("LACUNA_TRIALS_SEED").unwrap_or(1000);
    let only = std::env::var("LACUNA_TRIALS_PACKAGE").ok();
    let packages: Vec<Package> =
        PACKAGES.iter().filter(|package| only.as_deref().is_none_or(|only| only == package.name)).copied().collect();
    check(&trials(first..first + count, &packages, 4));
}
