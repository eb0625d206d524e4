//! Laws of the ledger: it never claims what a full run would deny.

use crate::domain::ledger::model::{
    Calls, Change, Program, baseline, batch, changes, full, lies, path, programs, standing, suites, test,
};
use crate::domain::ledger::{Kind, Ledger, LineState};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn subset(count: usize, seed: u64) -> BTreeSet<usize> {
    (0..count).filter(|n| seed >> n & 1 == 1).collect()
}

/// The tests that call a function of the program that changed: those that a person would rerun.
fn reaching(program: &Program, suite: &[Calls]) -> BTreeSet<usize> {
    let ledger = full(program, suite);
    let ids = ledger.tests_of_file(&path());
    (0..suite.len()).filter(|&n| ids.contains(&test(n))).collect()
}

proptest! {
    #[test]
    fn a_full_run_is_the_truth(program in programs(), suite in suites()) {
        let stands = standing(&full(&program, &suite), &program);
        prop_assert_eq!(stands.plain.kind, Kind::Measured);
        prop_assert_eq!((stands.plain.open, stands.plain.estimated), (0, false));
        prop_assert_eq!(stands.covered.len() as u64, stands.counts.covered);
    }

    #[test]
    fn rerunning_a_subset_unchanged_is_the_identity(program in programs(), suite in suites(), seed: u64) {
        let ledger = full(&program, &suite);
        let after = ledger.absorb(&batch(&program, &suite, &subset(suite.len(), seed), false));
        prop_assert_eq!(standing(&after, &program), standing(&ledger, &program));
        prop_assert_eq!(after, ledger);
    }

    #[test]
    fn after_any_edit_nothing_is_claimed_that_a_full_run_denies(
        program in programs(), suite in suites(), edit in changes(),
    ) {
        let edited = program.changed(&edit);
        prop_assert_eq!(lies(&full(&program, &suite), &edited, &suite), []);
    }

    #[test]
    fn after_any_edit_and_batch_nothing_is_claimed_that_a_full_run_denies(
        program in programs(), suite in suites(), one in changes(), two in changes(), seed: u64, other: u64,
    ) {
        let edited = program.changed(&one);
        let ledger = full(&program, &suite).absorb(&batch(&edited, &suite, &subset(suite.len(), seed), false));
        prop_assert_eq!(lies(&ledger, &edited, &suite), []);
        let again = edited.changed(&two);
        prop_assert_eq!(lies(&ledger, &again, &suite), []);
        let ledger = ledger.absorb(&batch(&again, &suite, &subset(suite.len(), other), false));
        prop_assert_eq!(lies(&ledger, &again, &suite), []);
    }

    #[test]
    fn a_batch_of_all_tests_that_reach_the_file_leaves_nothing_open(
        program in programs(), suite in suites(), edit in changes(),
    ) {
        let edited = program.changed(&edit);
        let which = &reaching(&program, &suite) | &reaching(&edited, &suite);
        let after = full(&program, &suite).absorb(&batch(&edited, &suite, &which, false));
        let (says, truth) = (standing(&after, &edited), standing(&full(&edited, &suite), &edited));
        prop_assert_eq!(says, truth);
    }

    #[test]
    fn comments_change_nothing_but_places(program in programs(), suite in suites(), at in 0..100_usize) {
        let edited = program.commented(at);
        let (before, after) = (full(&program, &suite), full(&edited, &suite));
        let says = standing(&before, &edited);
        let truth = standing(&after, &edited);
        prop_assert_eq!(&says.lines, &truth.lines);
        prop_assert_eq!(says.counts, truth.counts);
        prop_assert_eq!(says.earned.map(|figure| figure.ratio), truth.earned.map(|figure| figure.ratio));
        prop_assert_eq!((says.plain.kind, says.plain.open, says.plain.estimated), (Kind::Carried, 0, false));
    }

    #[test]
    fn statements_of_unchanged_functions_keep_their_state(program in programs(), suite in suites(), edit in changes()) {
        // Only what stands around functions changes here: their bodies all stay.
        let edit: Vec<_> = edit.into_iter().filter(|c| matches!(c, Change::Insert(..))).collect();
        let edited = program.changed(&edit);
        let ledger = full(&program, &suite);
        let (before, after) = (standing(&ledger, &program), standing(&ledger, &edited));
        let count = |state| (before.lines_that(state).count(), after.lines_that(state).count());
        for state in [LineState::Covered, LineState::Missed, LineState::Stale] {
            let (before, after) = count(state);
            prop_assert_eq!(before, after, "{:?}", state);
        }
    }

    #[test]
    fn records_give_the_same_ledger_again(program in programs(), suite in suites(), edit in changes(), seed: u64) {
        let edited = program.changed(&edit);
        let ledger = full(&program, &suite).absorb(&batch(&edited, &suite, &subset(suite.len(), seed), false));
        let again = Ledger::from_records(ledger.records());
        let (since, gone) = ledger.records_since(&again);
        prop_assert!(since.files.is_empty() && gone.is_empty());
        prop_assert_eq!(&again, &ledger);
        prop_assert_eq!(standing(&again, &edited), standing(&ledger, &edited));
    }

    #[test]
    fn a_report_and_its_data_file_are_as_good_as_a_run(
        program in programs(), suite in suites(), edit in changes(), seed: u64,
    ) {
        let (ledger, run) = (baseline(&program, &suite, true), full(&program, &suite));
        prop_assert_eq!(standing(&ledger, &program), standing(&run, &program));
        let edited = program.changed(&edit);
        prop_assert_eq!(lies(&ledger, &edited, &suite), []);
        let which = subset(suite.len(), seed);
        let after = ledger.absorb(&batch(&edited, &suite, &which, false));
        prop_assert_eq!(lies(&after, &edited, &suite), []);
        let same = run.absorb(&batch(&edited, &suite, &which, false));
        prop_assert_eq!(standing(&after, &edited).lines, standing(&same, &edited).lines);
    }

    #[test]
    fn a_report_alone_never_claims_what_a_full_run_denies(
        program in programs(), suite in suites(), edit in changes(), seed: u64,
    ) {
        let ledger = baseline(&program, &suite, false);
        let (says, truth) = (standing(&ledger, &program), standing(&full(&program, &suite), &program));
        prop_assert_eq!((&says.lines, says.plain, says.earned), (&truth.lines, truth.plain, None));
        let edited = program.changed(&edit);
        prop_assert_eq!(lies(&ledger, &edited, &suite), []);
        let after = ledger.absorb(&batch(&edited, &suite, &subset(suite.len(), seed), false));
        prop_assert_eq!(lies(&after, &edited, &suite), []);
        // On the same source the branches add up as well.
        let same = ledger.absorb(&batch(&program, &suite, &subset(suite.len(), seed), false));
        prop_assert_eq!(standing(&same, &program).counts, truth.counts);
    }
}
