//! Tests: histories as strings, and what is made of them.

#[cfg(test)]
mod tests {
    use crate::base::{Clean, Stamp};
    use crate::domain::history::{
        Course, FlakyTest, Observation, Outages, Run, RunSource, Sighting, Signature, Standing, Suspect,
        expected_seconds, flaky, outages,
    };
    use crate::domain::suite::{Outcome, TestId};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// The observations of a test: a letter for each run (P, F, C, E, s, x), `r` before it for a failed attempt in the
    /// same run, `=` before it for the source tree of the run before.
    fn seen(name: &str, text: &str) -> Vec<Observation> {
        let (mut found, mut tree, mut attempts, mut same) = (Vec::new(), 0, Vec::new(), false);
        for c in text.chars() {
            let outcome = match c {
                'P' => Outcome::Passed,
                'F' => Outcome::Failed,
                // On changed code that the test ran.
                'C' => Outcome::Failed,
                'E' => Outcome::Error,
                's' => Outcome::Skipped,
                'x' => Outcome::Xfailed,
                'r' => {
                    attempts.push(Outcome::Failed);
                    continue;
                }
                _ => {
                    same = true;
                    continue;
                }
            };
            tree += i32::from(!same);
            same = false;
            let serial = found.len() as u64 + 1;
            let run = Run {
                serial,
                tree: Some(format!("tree {tree}")),
                ..Run::new(format!("run {serial}"), Stamp(serial as i64 * 1000), RunSource::Launched)
            };
            found.push(Observation {
                run: Arc::new(run),
                test: TestId::new(name),
                outcome,
                attempts: std::mem::take(&mut attempts),
                seconds: 1.0,
                message: if outcome.is_bad() { Clean::line("boom") } else { Clean::default() },
                suspect: (c == 'C').then_some(Suspect::Regression),
            });
        }
        found
    }

    fn only(text: &str) -> Option<FlakyTest> {
        flaky(&seen("t", text), &Outages::default()).into_iter().next()
    }

    fn check(text: &str, standing: Standing, definite: bool) {
        let found = only(text).unwrap_or_else(|| panic!("{text} is not listed"));
        assert_eq!((found.standing, found.definite), (standing, definite), "{text}");
    }

    #[test]
    fn one_outcome_is_no_flake_and_skips_are_no_outcome() {
        for text in ["", "P", "PPPP", "FFFF", "EF", "PsP", "sFxF", "xPxP", "ssss"] {
            assert_eq!(only(text), None, "{text}");
        }
    }

    #[test]
    fn a_change_that_stays_is_a_regression_or_a_fix() {
        check("PPPF", Standing::Regressed, false);
        check("PPPPPFFFFF", Standing::Regressed, false);
        check("FFFFP", Standing::Mended, false);
        check("PPPFFFPPP", Standing::Mended, false);
        check("PPPFFFPPFFF", Standing::Regressed, false);
        check("PsFxF", Standing::Regressed, false);
    }

    #[test]
    fn coming_and_going_is_a_flake() {
        check("PFP", Standing::Flaky, false);
        check("PPPPFPPPP", Standing::Flaky, false);
        check("PFPFPF", Standing::Flaky, false);
        check("PEPP", Standing::Flaky, false);
    }

    #[test]
    fn both_outcomes_on_one_tree_or_in_one_run_are_proof() {
        check("P=F", Standing::Flaky, true);
        check("PPPP=FFF", Standing::Flaky, true);
        check("PPrPP", Standing::Flaky, true);
        check("F=PPP", Standing::Flaky, true);
        check("P=sF", Standing::Regressed, false);
    }

    #[test]
    fn failures_on_changed_code_make_no_flake() {
        // Somebody edits, breaks and mends: each failure ran changed code, and none is a flake.
        check("PPCPPCPPPCP", Standing::Mended, false);
        check("PPCPPCPC", Standing::Regressed, false);
        check("PCCCP", Standing::Mended, false);
        // What was mended is broken by what changed since.
        check("PPPFFFPPP", Standing::Mended, false);
        check("PPPFFFPPPC", Standing::Regressed, false);
        // The same tree that failed and passed is a proof, whatever changed before.
        check("PPC=PP", Standing::Flaky, true);
        // What fails on unchanged code is judged alone: one of fourteen, and the others say nothing of it.
        let found = only("PPPFPPPPCPPPPCPPP").unwrap();
        assert_eq!((found.standing, found.failures, found.runs), (Standing::Flaky, 1, 15));
        let greyed: Vec<usize> = (0..17).filter(|at| !found.strip[*at].evidence).collect();
        assert_eq!(greyed, [8, 13]);
    }

    #[test]
    fn another_environment_on_the_same_tree_is_no_proof() {
        let mut seen = seen("t", "P=F");
        let run = Run { environment: Some("python 3.9".to_owned()), ..(*seen[1].run).clone() };
        seen[1].run = Arc::new(run);
        assert!(!flaky(&seen, &Outages::default())[0].definite);
    }

    #[test]
    fn an_old_flake_that_has_long_been_quiet_fades() {
        let text = "PPFPFFPP".repeat(5) + &"P".repeat(60);
        let found = only(&text).unwrap();
        assert_eq!((found.standing, found.failures, found.strip.len()), (Standing::Mended, 15, 40));
        let onset = only(&("P".repeat(100) + &"FPPF".repeat(8))).unwrap();
        assert_eq!((onset.standing, onset.unstable.part, onset.unstable.whole), (Standing::Flaky, 16, 32));
        assert_eq!(onset.since, Some(Stamp(101_000)));
    }

    #[test]
    fn a_run_in_which_nearly_everything_failed_is_no_evidence() {
        let mut seen = seen("t", "PPFPP");
        seen[2].run = Arc::new(Run { tests: 100, bad: 95, ..(*seen[2].run).clone() });
        assert_eq!(flaky(&seen, &Outages::default()), []);
    }

    #[test]
    fn the_last_failure_and_the_figures_are_those_of_the_runs() {
        let found = only("PFPrPs").unwrap();
        assert_eq!((found.runs, found.failures, found.flips), (4, 2, 2));
        assert_eq!(found.last_failure.unwrap().0, Stamp(4000));
        assert_eq!((found.unstable.part, found.unstable.whole), (2, 5));
        assert_eq!(found.seconds_median, Some(1.0));
        let marks: Vec<(char, bool, bool)> =
            found.strip.iter().map(|mark| (mark.outcome.symbol(), mark.retried, mark.evidence)).collect();
        assert_eq!(marks[3..], [('✓', true, true), ('s', false, false)]);
    }

    #[test]
    fn the_expected_time_is_the_median_of_the_last() {
        assert_eq!(expected_seconds([3.0, 1.0, 2.0, f64::NAN, -1.0]), Some(2.0));
        assert_eq!(expected_seconds([]), None);
        assert_eq!(expected_seconds(std::iter::repeat_n(1.0, 20).chain(std::iter::repeat_n(9.0, 99))), Some(1.0));
    }

    #[test]
    fn a_flake_is_new_goes_on_or_is_quiet() {
        const DAY: i64 = 24 * 3600 * 1000;
        let course = |text: &str, hours: i64| {
            let mut all = seen("t", text);
            for seen in &mut all {
                let run = Run { when: Stamp(seen.run.serial as i64 * hours * DAY / 24), ..(*seen.run).clone() };
                seen.run = Arc::new(run);
            }
            let found = flaky(&all, &Outages::default()).remove(0);
            (found.standing, found.course)
        };
        let long = "PPPPPPPPPPPPPPPPPPPPPPPPPPPPPP";
        assert_eq!(course(&format!("{long}PFPPF"), 12), (Standing::Flaky, Course::New));
        assert_eq!(course(&"PPPPFP".repeat(8), 12), (Standing::Flaky, Course::Ongoing));
        assert_eq!(course(&format!("{}PPPPPPP", "PPFPFP".repeat(8)), 12), (Standing::Flaky, Course::Quiet));
        assert_eq!(course("PPPPPPFFFF", 12), (Standing::Regressed, Course::Regressed));
        assert_eq!(course("FFFFFPPPPP", 12), (Standing::Mended, Course::Mended));
    }

    #[test]
    fn the_change_of_the_rate_is_told_with_its_runs_and_the_rates() {
        let found = only(&("P".repeat(100) + &"FPPF".repeat(8))).unwrap();
        let shift = found.shift.unwrap();
        assert_eq!((shift.before.part, shift.before.whole, shift.after.part, shift.after.whole), (0, 100, 16, 32));
        assert_eq!((shift.first.serial, shift.runs), (101, 32));
        assert_eq!(shift.last.serial + 1, shift.range.0.serial, "it is surely before");
        assert!(
            (80..=101).contains(&shift.range.0.serial) && shift.range.1.serial >= 101 && shift.range.1.serial < 110
        );
        assert_eq!(found.strip.iter().position(|mark| mark.begins), Some(8), "it stands on the strip");
        assert_eq!(only("PFPPFPPFPPFP").unwrap().shift, None);
    }

    #[test]
    fn what_a_flake_costs_is_counted_over_the_last_week_of_runs() {
        let mut all = seen("t", "PPFPPPFPrP");
        for seen in &mut all {
            let when = Stamp(seen.run.serial as i64 * 36 * 3600 * 1000);
            seen.run = Arc::new(Run { when, seconds: 60.0, ..(*seen.run).clone() });
        }
        let impact = flaky(&all, &Outages::default())[0].impact;
        assert_eq!((impact.runs, impact.blocked), (5, 1));
        assert!((impact.seconds - 61.0).abs() < 1e-9, "one run of a minute, and one attempt of a second");
        assert!(impact.expected > 0.5 && impact.expected < 3.0);
    }

    #[test]
    fn a_failure_of_a_shared_outage_is_no_evidence() {
        let all = seen("t", "PPFPP");
        let sighting = |at: usize| Sighting {
            test: TestId::new(if at == 0 { "t".to_owned() } else { format!("other {at}") }.as_str()),
            run: Arc::new(Run { tests: 20, ..(*all[2].run).clone() }),
            message: Clean::line("ConnectionError: refused"),
            signature: Arc::new(Signature::of("ConnectionError: refused", "")),
        };
        let outages = outages(&(0..6).map(sighting).collect::<Vec<_>>());
        assert_eq!(flaky(&all, &outages), []);
        assert_eq!(flaky(&all, &Outages::default()).len(), 1);
    }

    proptest! {
        #[test]
        fn a_clean_regression_or_fix_never_stands_above_a_flake(
            good in 1_usize..60, bad in 1_usize..60, fixed: bool, quiet in 0_usize..60,
        ) {
            let (p, f) = ("P".repeat(good), "F".repeat(bad));
            let clean = if fixed { f + &p } else { p + &f };
            let mut all = seen("a clean", &clean);
            all.extend(seen("b flake", &("P".repeat(quiet) + "PPPFPFPP")));
            let found = flaky(&all, &Outages::default());
            prop_assert_eq!(found[0].id.as_str(), "b flake");
            prop_assert_eq!(found[1].standing, if fixed { Standing::Mended } else { Standing::Regressed });
        }

        #[test]
        fn regressions_by_the_changed_code_never_stand_above_a_flake(text in "P{1,5}(CP{1,3}){1,12}C?", quiet in 0_usize..60) {
            let mut all = seen("a broken now and then", &text);
            all.extend(seen("b flake", &("P".repeat(quiet) + "PPPFPFPP")));
            let found = flaky(&all, &Outages::default());
            prop_assert_eq!(found[0].id.as_str(), "b flake");
            let broken = if text.ends_with('C') { Standing::Regressed } else { Standing::Mended };
            prop_assert_eq!(found[1].standing, broken);
        }

        #[test]
        fn the_order_of_observations_does_not_matter(
            texts in prop::collection::vec("[PFEs]{0,12}", 1..6),
            seed: u64,
        ) {
            let all: Vec<Observation> =
                texts.iter().enumerate().flat_map(|(at, text)| seen(&format!("t{at}"), text)).collect();
            let mut mixed = all.clone();
            mixed.sort_by_key(|seen| {
                let name = format!("{seed}{}{}", seen.run.id, seen.test.as_str());
                name.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
            });
            prop_assert_eq!(flaky(&all, &Outages::default()), flaky(&mixed, &Outages::default()));
        }

        #[test]
        fn a_skip_changes_no_figure(text in "[PF]{2,20}", at in 0_usize..20) {
            let mut skipped = text.clone();
            skipped.insert(at.min(text.len()), 's');
            let figures = |found: Option<FlakyTest>| found.map(|found| (found.standing, found.runs, found.failures, found.unstable));
            prop_assert_eq!(figures(only(&text)), figures(only(&skipped)));
        }
    }
}
