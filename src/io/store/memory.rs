//! Tests: what is saved comes back as it was.

#[cfg(test)]
pub(in crate::io::store) mod tests {
    use crate::base::{Clean, Digest, Ratio, RepoPath, Stamp};
    use crate::domain::coverage::{BranchLine, Counts, Facts, JumpFix, LineSet, Ran};
    use crate::domain::history::{BatchFigure, BatchRecord, Outages, Run, RunRecord, RunSource, Standing, flaky};
    use crate::domain::ledger::{
        DoubtRecord, EvidenceRecord, FileRecord, LedgerRecord, Member, ReportedRecord, VersionRecord,
    };
    use crate::domain::suite::{Outcome, TestId, Told};
    use crate::io::store::{Grants, Saved, Store, project_key};
    use std::path::Path;
    use tempfile::TempDir;

    pub(in crate::io::store) fn store(dir: &Path) -> Store {
        let (store, problems) = Store::open(dir, Stamp(0)).unwrap();
        assert_eq!(problems, []);
        store
    }

    pub(in crate::io::store) fn result(test: &str, outcome: Outcome, attempts: &[Outcome]) -> Told {
        let is_bad = outcome.is_bad();
        Told {
            id: TestId::new(test),
            outcome,
            attempts: attempts.to_vec(),
            seconds: 0.25,
            message: if is_bad { Clean::line("assert 1 == 2") } else { Clean::default() },
            details: if is_bad { format!("def {test}():\n> assert 1 == 2") } else { String::new() },
            worker: Some("gw1".to_owned()),
        }
    }

    pub(in crate::io::store) fn record(id: &str, results: Vec<Told>) -> RunRecord {
        let run = Run {
            commit: Some("abc".to_owned()),
            tree: Some("abc".to_owned()),
            branch: Some("main".to_owned()),
            command: "pytest tests -v".to_owned(),
            exit: Some(1),
            seconds: 1.5,
            ..Run::new(id, Stamp(1_000), RunSource::Launched)
        };
        RunRecord::new(run, results)
    }

    fn temporary() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_run_comes_back_as_it_was_and_saving_it_again_changes_nothing() {
        let dir = temporary();
        let store = store(dir.path());
        let saved = record(
            "r1",
            vec![
                result("t.py::z", Outcome::Failed, &[]),
                result("t.py::a[\x1b]", Outcome::Passed, &[Outcome::Failed]),
                result("t.py::s", Outcome::Skipped, &[]),
            ],
        );
        assert_eq!(store.save_run(&saved).unwrap(), Saved::New);
        let other = record("r1", vec![result("t.py::other", Outcome::Passed, &[])]);
        assert_eq!(store.save_run(&other).unwrap(), Saved::Already);
        let back = store.run("r1").unwrap().unwrap();
        assert_eq!(back.results, saved.results);
        assert_eq!(back.run, Run { serial: 1, ..saved.run.clone() });
        assert_eq!(store.runs(10).unwrap(), [back.run]);
        assert_eq!(store.run("r2").unwrap(), None);
        assert_eq!(
            store.failure(&TestId::new("t.py::z"), "r1").unwrap().as_deref(),
            Some("def t.py::z():\n> assert 1 == 2")
        );
        assert_eq!(store.failure(&TestId::new("t.py::s"), "r1").unwrap(), None);
    }

    #[test]
    fn two_results_of_one_test_in_one_run_are_attempts() {
        let dir = temporary();
        let store = store(dir.path());
        let twice =
            vec![result("t.py::a", Outcome::Failed, &[Outcome::Error]), result("t.py::a", Outcome::Passed, &[])];
        store.save_run(&record("r1", twice)).unwrap();
        let back = store.run("r1").unwrap().unwrap();
        assert_eq!((back.run.tests, back.run.bad), (1, 0));
        assert_eq!(back.results[0].attempts, [Outcome::Error, Outcome::Failed]);
        assert!(flaky(&store.unsettled().unwrap(), &Outages::default())[0].definite);
    }

    #[test]
    fn what_a_command_takes_beside_its_tests_is_known_from_the_last_launched_runs() {
        let dir = temporary();
        let store = store(dir.path());
        assert_eq!(store.seconds_beside_tests().unwrap(), None);
        for (id, seconds) in [("a", 1.0), ("b", 3.0), ("c", 2.0)] {
            let mut record = record(id, vec![result("t.py::a", Outcome::Passed, &[])]);
            record.results[0].seconds = 0.25;
            record.run.seconds = seconds;
            store.save_run(&record).unwrap();
        }
        assert_eq!(store.seconds_beside_tests().unwrap(), Some(1.75));
    }

    #[test]
    fn only_tests_with_both_outcomes_are_unsettled() {
        let dir = temporary();
        let store = store(dir.path());
        for (id, outcome) in [("r1", Outcome::Passed), ("r2", Outcome::Failed), ("r3", Outcome::Passed)] {
            let results = vec![
                result("t.py::mixed", outcome, &[]),
                result("t.py::good", Outcome::Passed, &[]),
                result("t.py::bad", Outcome::Failed, &[]),
                result("t.py::skip", if id == "r2" { Outcome::Failed } else { Outcome::Skipped }, &[]),
            ];
            store.save_run(&record(id, results)).unwrap();
        }
        let found = flaky(&store.unsettled().unwrap(), &Outages::default());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].id.as_str(), found[0].standing), ("t.py::mixed", Standing::Flaky));
        assert_eq!((found[0].runs, found[0].failures), (3, 1));
        let history = store.history(&TestId::new("t.py::mixed"), 2).unwrap();
        assert_eq!(history.iter().map(|seen| seen.run.id.as_str()).collect::<Vec<_>>(), ["r3", "r2"]);
        assert_eq!(history[1].message.as_str(), "assert 1 == 2");
        let (mixed, skip, never) = (TestId::new("t.py::mixed"), TestId::new("t.py::skip"), TestId::new("t.py::never"));
        let durations = store.durations([&mixed, &skip, &never]).unwrap();
        assert_eq!((durations.len(), durations[&mixed]), (2, 0.25));
        assert_eq!(store.known_tests().unwrap().len(), 4);
    }

    #[test]
    fn batches_and_notes_come_back() {
        let dir = temporary();
        let store = store(dir.path());
        let batch = BatchRecord {
            id: "b1".to_owned(),
            sitting: "s1".to_owned(),
            run: "r1".to_owned(),
            when: Stamp(5),
            command: "pytest t.py -v".to_owned(),
            report: "### File: t.py".to_owned(),
            figures: vec![BatchFigure {
                path: RepoPath::new("shop/views.py").unwrap(),
                before: Some(Ratio::new(1, 4)),
                after: None,
                kind: "measured".to_owned(),
            }],
        };
        assert_eq!(store.save_batch(&batch).unwrap(), Saved::New);
        assert_eq!(store.save_batch(&batch).unwrap(), Saved::Already);
        assert_eq!(store.batches(Some("s1"), 9).unwrap(), std::slice::from_ref(&batch));
        assert_eq!(store.batches(None, 9).unwrap(), [batch]);
        assert_eq!(store.batches(Some("s2"), 9).unwrap(), []);
        store.remember("baseline", "1").unwrap();
        store.remember("baseline", "2").unwrap();
        assert_eq!(store.recall("baseline").unwrap().as_deref(), Some("2"));
        assert_eq!(store.recall("nothing").unwrap(), None);
    }

    fn facts(estimated: bool) -> Facts {
        Facts {
            statements: [1, 2, 5].into_iter().collect(),
            excluded: [9].into_iter().collect(),
            first_lines: vec![(3, 2), (4, 2)],
            branch_lines: vec![BranchLine { line: 2, exits: 2, targets: vec![5, -1] }],
            jump_fixes: vec![
                JumpFix { arc: (1, 2), instead: None, drops: vec![] },
                JumpFix { arc: (2, 5), instead: Some((5, -1)), drops: vec![(5, 2)] },
            ],
            estimated,
        }
    }

    fn file(path: &str, text: &str, tests: &[&str]) -> FileRecord {
        let lines: LineSet = [1, 2, 3].into_iter().collect();
        let evidence = EvidenceRecord { version: 0, ran: Ran::new(lines.clone(), vec![(-1, 1), (1, 2)]), moved: true };
        let digest = Digest::of(text.as_bytes());
        FileRecord {
            path: RepoPath::new(path).unwrap(),
            versions: vec![
                VersionRecord { digest: None, text: None, facts: Some(facts(true)), outdated: true },
                VersionRecord {
                    digest: Some(digest),
                    text: Some(text.into()),
                    facts: Some(facts(false)),
                    outdated: false,
                },
            ],
            import: Some(evidence.clone()),
            tests: tests.iter().map(|test| (TestId::new(test), evidence.clone())).collect(),
            reported: Some(ReportedRecord {
                version: 1,
                covered: lines,
                missing_branches: vec![(2, -1)],
                counts: Counts { statements: 3, covered: 2, ..Counts::default() },
                union: true,
            }),
            doubt: Some(DoubtRecord {
                version: 1,
                lines: [2].into_iter().collect(),
                waiting: vec![TestId::new("t::é")],
            }),
            unstable: tests.iter().take(1).map(|test| (TestId::new(test), [2, 3].into_iter().collect())).collect(),
        }
    }

    #[test]
    fn a_ledger_is_saved_file_by_file() {
        let dir = temporary();
        let store = store(dir.path());
        assert_eq!(store.load_ledger().unwrap(), LedgerRecord::default());
        let (a, b) = (file("a.py", "x = 1\n", &["t::1", "t::2"]), file("b.py", "y = 1\n", &["t::2"]));
        let ledger = |files: &[&FileRecord], has_arcs: bool| LedgerRecord {
            has_arcs,
            has_contexts: true,
            tests: vec![
                (TestId::new("t::1"), Member { outcome: Some(Outcome::Failed), asserts: Some(false) }),
                (TestId::new("t::9"), Member::default()),
            ],
            worlds: vec![(TestId::new("t::9"), Digest::of(b"world"))],
            files: files.iter().map(|file| (*file).clone()).collect(),
        };
        store.save_ledger(&ledger(&[&b, &a], true), &[]).unwrap();
        assert_eq!(store.load_ledger().unwrap(), ledger(&[&a, &b], true));
        let changed = file("a.py", "x = 2\n", &["t::3"]);
        store.save_ledger(&ledger(&[&changed], true), std::slice::from_ref(&b.path)).unwrap();
        assert_eq!(store.load_ledger().unwrap(), ledger(&[&changed], true));
        store.replace_ledger(&ledger(&[&b], false)).unwrap();
        assert_eq!(store.load_ledger().unwrap(), ledger(&[&b], false));
        // Names of tests that a ledger knows are no results.
        assert_eq!(store.known_tests().unwrap(), []);
        assert_eq!(store.source(Digest::of(b"x = 1\n")).unwrap().as_deref(), Some("x = 1\n"));
    }

    #[test]
    fn facts_of_coverage_itself_are_never_replaced_by_an_estimate() {
        let dir = temporary();
        let store = store(dir.path());
        let digest = Digest::of(b"x");
        store.save_facts(&[(digest, facts(true))]).unwrap();
        assert_eq!(store.facts(digest).unwrap(), None);
        store.save_facts(&[(digest, facts(false)), (digest, facts(true))]).unwrap();
        assert_eq!(store.facts(digest).unwrap(), Some(facts(false)));
        assert_eq!(store.has_facts(&[digest, Digest::of(b"y")]).unwrap(), [true, false]);
    }

    #[test]
    fn c1_a_grant_holds_for_one_root_and_one_configuration() {
        let dir = temporary();
        let (grants, _) = Grants::open(dir.path(), Stamp(0)).unwrap();
        let (root, digest) = (Path::new("/srv/shop"), Digest::of(b"command = pytest"));
        assert!(!grants.is_granted(root, digest));
        grants.grant(root, digest, Stamp(1)).unwrap();
        let (again, _) = Grants::open(dir.path(), Stamp(0)).unwrap();
        assert!(again.is_granted(root, digest));
        assert!(!again.is_granted(root, Digest::of(b"command = rm")));
        assert!(!again.is_granted(Path::new("/srv"), digest));
    }

    #[test]
    fn a_projects_folder_has_a_readable_name_of_its_own() {
        let key = project_key(Path::new("/home/ann/my shop/.git"));
        assert!(key.starts_with("myshop-"), "{key}");
        assert_ne!(key, project_key(Path::new("/home/bob/my shop/.git")));
        assert!(project_key(Path::new("/")).starts_with("root-"));
    }
}
