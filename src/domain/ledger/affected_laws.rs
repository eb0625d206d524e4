//! Laws of affected tests: none that an edit changes is missed, and what changes nothing affects none.

use crate::domain::ledger::edit::Edit;
use crate::domain::ledger::model::{Calls, Program, batch, changes, full, path, programs, standing, suites, test};
use crate::domain::ledger::version::Shape;
use crate::domain::ledger::{Affected, Ledger};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What the edit of the only file affects.
fn affected(ledger: &Ledger, program: &Program) -> Affected {
    let mut affected = Affected::default();
    ledger.edited(&path(), Some(&program.text())).into_iter().for_each(|edit| affected.take(edit));
    affected
}

/// The tests of a suite that are affected, by number.
fn numbers(affected: &Affected, suite: &[Calls]) -> BTreeSet<usize> {
    (0..suite.len()).filter(|&n| affected.tests.contains_key(&test(n))).collect()
}

proptest! {
    #[test]
    fn nothing_is_affected_on_the_source_that_was_measured(program in programs(), suite in suites()) {
        prop_assert_eq!(affected(&full(&program, &suite), &program), Affected::default());
    }

    #[test]
    fn comments_affect_no_test(program in programs(), suite in suites(), at in 0..100_usize) {
        let edited = program.commented(at);
        prop_assert_eq!(affected(&full(&program, &suite), &edited), Affected::default());
    }

    #[test]
    fn every_test_that_runs_otherwise_on_the_edited_source_is_affected(
        program in programs(), suite in suites(), edit in changes(),
    ) {
        let edited = program.changed(&edit);
        let affected = numbers(&affected(&full(&program, &suite), &edited), &suite);
        let (old, new) = (program.text(), edited.text());
        let (old_shape, new_shape) = (Shape::of(&old), Shape::of(&new));
        let way = Edit::by_line((&old, &old_shape), (&new, &new_shape));
        for (n, calls) in suite.iter().enumerate().filter(|(n, _)| !affected.contains(n)) {
            let held = way.move_ran(&program.run(Some(calls)), &old_shape).held;
            let now = edited.run(Some(calls));
            prop_assert_eq!((held.all_lines(), held.arcs), (now.all_lines(), now.arcs), "test {} was not affected", n);
        }
    }

    #[test]
    fn a_test_is_affected_only_if_it_ran_the_file(program in programs(), suite in suites(), edit in changes()) {
        let affected = affected(&full(&program, &suite), &program.changed(&edit));
        for n in numbers(&affected, &suite) {
            prop_assert!(!program.run(suite.get(n)).is_empty(), "test {} ran nothing", n);
        }
    }

    #[test]
    fn running_what_is_affected_again_and_again_settles_every_line(
        program in programs(), suite in suites(), one in changes(), two in changes(),
    ) {
        let (edited, mut ledger) = (program.changed(&one), full(&program, &suite));
        for program in [&edited, &edited.changed(&two)] {
            for round in 0.. {
                let wanted = numbers(&affected(&ledger, program).wanted(), &suite);
                if wanted.is_empty() {
                    break;
                }
                prop_assert!(round < 3, "{:?} are still affected", wanted);
                ledger = ledger.absorb(&batch(program, &suite, &wanted, false));
            }
            // A file that no test ever ran is settled by a run of whoever imports it; that no evidence tells.
            if !ledger.tests_of_file(&path()).is_empty() {
                // Nothing is affected any more: what is new where nobody comes by is missed.
                let is_unvisited = ledger.is_unvisited(&path(), &program.text());
                let ledger = ledger.with_unvisited([path()].into_iter().filter(|_| is_unvisited).collect());
                let (says, truth) = (standing(&ledger, program), standing(&full(program, &suite), program));
                prop_assert_eq!((says.lines, says.plain.open), (truth.lines, 0));
            }
        }
    }
}
