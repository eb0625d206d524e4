//! The quarantine applied to a plan: which of its tests are left out or held, and how that is said.

use crate::base::Problem;
use crate::domain::quarantine::{Entry, Treatment, deselection};
use crate::domain::suite::{Batch, Cycle, Outcome, Plan, Target, TestId};
use std::collections::BTreeSet;

/// What the quarantine does in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// What is done with the tests.
    pub treatment: Treatment,
    /// The entries that concern the run.
    pub entries: Vec<Entry>,
    /// The tests of the run that they stand for, as far as they are known.
    pub tests: BTreeSet<TestId>,
    /// Whether nothing but quarantined tests was asked for by name: they count then.
    pub by_name: bool,
}

impl Applied {
    /// The entry that stands for a test.
    #[must_use]
    pub fn of(&self, test: &TestId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.covers(test))
    }

    /// What will be done, in one sentence; nothing where no test is concerned.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let count = self.tests.len();
        let (who, one) = match count {
            0 if self.entries.is_empty() => return None,
            0 => ("what is in quarantine".to_owned(), true),
            count => (tests(count), count == 1),
        };
        let pick = |singular: &'static str, plural: &'static str| if one { singular } else { plural };
        Some(match self.treatment {
            Treatment::Off if self.by_name => {
                format!("{who} {} asked for by name, and {}", pick("was", "were"), pick("counts", "count"))
            }
            Treatment::Off => return None,
            Treatment::Deselect => format!("{who} {} not run", pick("does", "do")),
            Treatment::Xfail => format!("{who} {}, and a failure does not count", pick("runs", "run")),
        })
    }

    /// What was done, in one sentence: `outcomes` are how the tests that ran really ended.
    #[must_use]
    pub fn done(&self, outcomes: &[(TestId, Outcome)]) -> Option<String> {
        let left_out = self.tests.iter().filter(|test| !outcomes.iter().any(|(ran, _)| ran == *test)).count();
        let left_out =
            (self.treatment == Treatment::Deselect && left_out > 0).then(|| format!("{} did not run", tests(left_out)));
        let ran = (self.treatment != Treatment::Off && !outcomes.is_empty())
            .then(|| format!("{}, not counted: {}", tests(outcomes.len()), tally(outcomes)));
        let all: Vec<String> = left_out.into_iter().chain(ran).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// How many ended in which way.
fn tally(outcomes: &[(TestId, Outcome)]) -> String {
    const ALL: [Outcome; 6] =
        [Outcome::Failed, Outcome::Error, Outcome::Passed, Outcome::Xpassed, Outcome::Xfailed, Outcome::Skipped];
    let count = |wanted: Outcome| outcomes.iter().filter(|(_, outcome)| *outcome == wanted).count();
    let words = ALL.into_iter().filter(|outcome| count(*outcome) > 0);
    words.map(|outcome| format!("{} {}", count(outcome), ended(outcome))).collect::<Vec<_>>().join(", ")
}

const fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Error => "with an error",
        outcome => outcome.word(),
    }
}

fn tests(count: usize) -> String {
    format!("{count} quarantined test{}", if count == 1 { "" } else { "s" })
}

/// The plan with the quarantine applied; `known` are the tests of each file that is concerned. What cannot be said with
/// pytest's `--deselect` runs, is named, and a failure of it does not count either.
#[must_use]
pub fn apply(
    plan: Plan,
    (treatment, entries): (Treatment, &[Entry]),
    known: &[TestId],
) -> (Plan, Applied, Vec<Problem>) {
    let mut work = Work { applied: Applied { treatment, ..Applied::default() }, problems: Vec::new(), known, entries };
    if treatment == Treatment::Off || entries.is_empty() {
        return (plan, Applied::default(), Vec::new());
    }
    let mut cycles = Vec::new();
    for cycle in plan.cycles {
        let batches: Vec<Batch> = cycle.batches.into_iter().filter_map(|batch| work.batch(batch)).collect();
        cycles.extend((!batches.is_empty()).then_some(Cycle { batches }));
    }
    (Plan { cycles }, work.applied, work.problems)
}

struct Work<'a> {
    applied: Applied,
    problems: Vec<Problem>,
    known: &'a [TestId],
    entries: &'a [Entry],
}

impl Work<'_> {
    fn batch(&mut self, batch: Batch) -> Option<Batch> {
        let touching: Vec<&Entry> = self.entries.iter().filter(|entry| touches(entry, &batch)).collect();
        if touching.is_empty() {
            return Some(batch);
        }
        match self.applied.treatment {
            Treatment::Off => Some(batch),
            Treatment::Xfail => {
                let held = touching.iter().map(|entry| entry.id.clone()).collect();
                self.note(&batch, &touching);
                Some(Batch { held, ..batch })
            }
            Treatment::Deselect => self.without(batch, touching),
        }
    }

    /// Notes which entries and which tests of a batch are concerned.
    fn note(&mut self, batch: &Batch, entries: &[&Entry]) {
        let all = if batch.targets.is_empty() { self.known } else { &batch.tests[..] };
        let covered = all.iter().filter(|test| entries.iter().any(|entry| entry.covers(test)));
        self.applied.tests.extend(covered.cloned());
        entries.iter().for_each(|entry| self.keep(entry));
    }

    fn keep(&mut self, entry: &Entry) {
        if !self.applied.entries.contains(entry) {
            self.applied.entries.push(entry.clone());
        }
    }

    fn without(&mut self, batch: Batch, touching: Vec<&Entry>) -> Option<Batch> {
        let is_out = |target: &Target, entries: &[&Entry]| entries.iter().any(|entry| entry.covers(&as_id(target)));
        let rest: Vec<Target> = batch.wanted().iter().filter(|target| !is_out(target, &touching)).cloned().collect();
        let is_all = batch.targets.is_empty();
        let mut deselected = Vec::new();
        let (mut applied, mut held) = (Vec::new(), Vec::new());
        for entry in touching {
            if is_all || rest.iter().any(|target| as_id(target).holds(&entry.id)) {
                match deselection(entry, self.known.iter().chain(&batch.tests)) {
                    Ok(said) => deselected.push(format!("--deselect={said}")),
                    Err(other) => {
                        self.problems.extend(Some(not_said(entry, other)).filter(|new| !self.problems.contains(new)));
                        held.push(entry.id.clone());
                        self.keep(entry);
                        continue;
                    }
                }
            }
            applied.push(entry);
        }
        self.note(&batch, &applied);
        let keep = |targets: &[Target]| -> Vec<Target> {
            targets.iter().filter(|target| !is_out(target, &applied)).cloned().collect()
        };
        let (mut targets, asked) = (keep(&batch.targets), keep(&batch.asked));
        if !batch.asked.is_empty() {
            // Of what stands in for tests, what holds none of them any more is not given to pytest.
            let holds =
                |target: &Target| asked.iter().any(|test| *target == *test || as_id(target).holds(&as_id(test)));
            targets.retain(holds);
        }
        let tests =
            batch.tests.iter().filter(|test| !applied.iter().any(|entry| entry.covers(test))).cloned().collect();
        let is_empty = !is_all && targets.is_empty();
        (!is_empty).then_some(Batch { targets, asked, tests, deselected, held, ..batch })
    }
}

/// What `--deselect` would take out besides.
fn not_said(entry: &Entry, other: &TestId) -> Problem {
    let what = format!("it runs, since --deselect would leave out {} too; a failure does not count", other.clean());
    Problem::note(entry.id.as_str(), what)
}

/// What a target is as a node id.
fn as_id(target: &Target) -> TestId {
    match target {
        Target::File(path) => TestId::new(path.as_str()),
        Target::Test(id) => id.clone(),
    }
}

/// Whether an entry stands for something that a batch may run.
fn touches(entry: &Entry, batch: &Batch) -> bool {
    let is_near = |target: &Target| {
        let id = as_id(target);
        entry.covers(&id) || id.holds(&entry.id)
    };
    batch.targets.is_empty() || batch.wanted().iter().any(is_near)
}

#[cfg(test)]
mod tests {
    use super::apply;
    use crate::base::RepoPath;
    use crate::domain::quarantine::{Entry, Treatment};
    use crate::domain::suite::{Batch, Limits, Outcome, Plan, Target, TestId, plan};
    use std::collections::BTreeMap;

    const KNOWN: [&str; 5] =
        ["t/a.py::test_a[1]", "t/a.py::test_a[2]", "t/a.py::test_ab", "t/a.py::T::test_c", "t/b.py::test_d"];

    fn known() -> Vec<TestId> {
        KNOWN.iter().map(|id| TestId::new(id)).collect()
    }

    fn planned(targets: &[&str]) -> Plan {
        let mut by_file: BTreeMap<RepoPath, Vec<TestId>> = BTreeMap::new();
        known().into_iter().for_each(|test| by_file.entry(RepoPath::new(test.path()).unwrap()).or_default().push(test));
        let target = |text: &&str| match text.contains("::") {
            true => Target::Test(TestId::new(text)),
            false => Target::File(RepoPath::new(text).unwrap()),
        };
        plan(&targets.iter().map(target).collect::<Vec<_>>(), &by_file, &Limits::default())
    }

    /// The commands, each with its tests, and what is said before and of it.
    fn check(treatment: Treatment, plan: Plan, entries: &[&str]) -> (Vec<String>, String) {
        let entries: Vec<Entry> = entries.iter().map(|id| Entry::new(TestId::new(id), "x")).collect();
        let (plan, applied, problems) = apply(plan, (treatment, &entries), &known());
        let shown =
            plan.batches().map(|batch| format!("{} # {} held {}", batch.shown(), batch.tests.len(), batch.held.len()));
        let said = applied.words().into_iter().chain(problems.iter().map(|problem| problem.to_string()));
        (shown.collect(), said.collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn a_file_runs_without_its_quarantined_tests() {
        let (shown, said) = check(Treatment::Deselect, planned(&["t/a.py", "t/b.py"]), &["t/a.py::test_a", "t/b.py"]);
        assert_eq!(shown, ["pytest '--deselect=t/a.py::test_a[' t/a.py -v # 2 held 0"]);
        assert_eq!(said, "3 quarantined tests do not run");
    }

    #[test]
    fn a_test_that_is_named_is_not_named_any_more() {
        let (shown, said) =
            check(Treatment::Deselect, planned(&["t/a.py::test_a[1]", "t/a.py::test_ab"]), &["t/a.py::test_a[1]"]);
        assert_eq!(shown, ["pytest t/a.py::test_ab -v # 1 held 0"]);
        assert_eq!(said, "1 quarantined test does not run");
        assert_eq!(check(Treatment::Deselect, planned(&["t/b.py::test_d"]), &["t/b.py"]).0, Vec::<String>::new());
    }

    #[test]
    fn what_deselect_cannot_say_runs_is_named_and_held() {
        let known = [TestId::new("t/a.py::test_a"), TestId::new("t/a.py::test_ab")];
        let (plan, applied, problems) = apply(
            Plan { cycles: planned(&["t/a.py"]).cycles },
            (Treatment::Deselect, &[Entry::new(TestId::new("t/a.py::test_a"), "")]),
            &known,
        );
        let batch = plan.batches().next().unwrap();
        assert_eq!((batch.shown(), batch.held.len()), ("pytest t/a.py -v".to_owned(), 1));
        assert!(applied.tests.is_empty() && problems[0].to_string().contains("t/a.py::test_ab"), "{problems:?}");
    }

    #[test]
    fn the_whole_suite_holds_all_that_is_known() {
        let all = || Plan { cycles: vec![crate::domain::suite::Cycle { batches: vec![Batch::all()] }] };
        let (shown, said) = check(Treatment::Xfail, all(), &["t/a.py::T", "t/b.py"]);
        assert_eq!(shown, ["pytest -v # 0 held 2"]);
        assert_eq!(said, "2 quarantined tests run, and a failure does not count");
        let (shown, _) = check(Treatment::Deselect, all(), &["t/a.py::T", "t/b.py"]);
        assert_eq!(shown, ["pytest --deselect=t/a.py::T:: --deselect=t/b.py:: -v # 0 held 0"]);
    }

    #[test]
    fn tests_that_nobody_quarantined_are_left_alone() {
        for treatment in [Treatment::Off, Treatment::Deselect, Treatment::Xfail] {
            let (shown, said) = check(treatment, planned(&["t/a.py"]), &["t/b.py"]);
            assert_eq!((shown, said), (vec!["pytest t/a.py -v # 4 held 0".to_owned()], String::new()));
        }
    }

    #[test]
    fn what_was_done_is_counted() {
        let entries = [Entry::new(TestId::new("t/a.py"), "x")];
        let (_, applied, _) = apply(planned(&["t/a.py"]), (Treatment::Xfail, &entries), &known());
        let ended: Vec<(TestId, Outcome)> =
            known().into_iter().zip([Outcome::Passed, Outcome::Failed, Outcome::Passed]).collect();
        assert_eq!(applied.done(&ended).unwrap(), "3 quarantined tests, not counted: 1 failed, 2 passed");
        assert_eq!(applied.done(&[]), None);
        let (_, applied, _) = apply(planned(&["t/a.py"]), (Treatment::Deselect, &entries), &known());
        assert_eq!(applied.done(&[]).unwrap(), "4 quarantined tests did not run");
    }
}
