//! In which order affected tests settle most lines in each second.

use crate::domain::coverage::LineSet;
use crate::domain::ledger::Affected;
use crate::domain::suite::TestId;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

/// The shortest time that a test can take: no test is free, since it has to be set up.
const LEAST_SECONDS: f64 = 0.001;
/// How long a test takes when nothing is known of any.
const USUAL_SECONDS: f64 = 0.05;

/// The affected tests, those first that settle most lines in each second beside those before them; tests that settle
/// nothing more follow, the shortest first; tests for which `is_flaky` says so come last of all. A test of unknown
/// duration is taken for a typical one.
#[must_use]
pub fn settle_order(
    affected: &Affected,
    seconds: &BTreeMap<TestId, f64>,
    is_flaky: &dyn Fn(&TestId) -> bool,
) -> Vec<TestId> {
    let usual = typical(affected, seconds);
    let duration = |test: &TestId| seconds.get(test).copied().unwrap_or(usual).max(LEAST_SECONDS);
    let mut heap: BinaryHeap<Candidate<'_>> = BinaryHeap::new();
    for (test, entry) in &affected.tests {
        let lines = entry.settles.iter().map(|(_, lines)| lines.len()).sum();
        let mut candidate = Candidate { test, lines, seconds: duration(test), steady: !is_flaky(test), worth: 0.0 };
        candidate.weigh(lines);
        heap.push(candidate);
    }
    let mut settled: BTreeMap<usize, LineSet> = BTreeMap::new();
    let mut order = Vec::with_capacity(heap.len());
    while let Some(mut candidate) = heap.pop() {
        let entry = affected.tests.get(candidate.test);
        let settles = entry.map_or(&[][..], |entry| &entry.settles);
        let more = settles.iter().map(|(file, lines)| match settled.get(file) {
            Some(done) => (lines - done).len(),
            None => lines.len(),
        });
        let more = more.sum();
        if more < candidate.lines {
            // Others settled a part of it meanwhile: it may not be the best any more.
            candidate.weigh(more);
            heap.push(candidate);
            continue;
        }
        if more > 0 {
            settles.iter().for_each(|(file, lines)| settled.entry(*file).or_default().union_with(lines));
        }
        order.push(candidate.test.clone());
    }
    order
}

/// The median of the durations that are known.
fn typical(affected: &Affected, seconds: &BTreeMap<TestId, f64>) -> f64 {
    let mut known: Vec<f64> = affected.tests.keys().filter_map(|test| seconds.get(test).copied()).collect();
    known.sort_by(f64::total_cmp);
    known.get(known.len() / 2).copied().unwrap_or(USUAL_SECONDS)
}

struct Candidate<'a> {
    test: &'a TestId,
    /// The lines that it settles beside those settled when it was weighed last.
    lines: usize,
    seconds: f64,
    steady: bool,
    /// Lines in each second.
    worth: f64,
}

impl Candidate<'_> {
    #[expect(clippy::cast_precision_loss, reason = "numbers of lines are far below 2^52")]
    fn weigh(&mut self, lines: usize) {
        self.lines = lines;
        self.worth = lines as f64 / self.seconds;
    }
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_worth = self.steady.cmp(&other.steady).then(self.worth.total_cmp(&other.worth));
        by_worth.then(other.seconds.total_cmp(&self.seconds)).then_with(|| other.test.cmp(self.test))
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate<'_> {}

#[cfg(test)]
mod tests {
    use super::settle_order;
    use crate::domain::ledger::{Affected, Entry};
    use crate::domain::suite::TestId;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn id(name: &str) -> TestId {
        TestId::new(&format!("t.py::{name}"))
    }

    fn check(tests: &[(&str, &[u32], Option<f64>)], flaky: &[&str], expect: &[&str]) {
        let mut affected = Affected::default();
        let mut seconds = BTreeMap::new();
        for (name, lines, duration) in tests {
            let settles = vec![(0, lines.iter().copied().collect())];
            affected.tests.insert(id(name), Entry { reasons: BTreeSet::new(), settles });
            seconds.extend(duration.map(|duration| (id(name), duration)));
        }
        let order = settle_order(&affected, &seconds, &|test| flaky.iter().any(|name| id(name) == *test));
        assert_eq!(order, expect.iter().map(|name| id(name)).collect::<Vec<_>>());
    }

    #[test]
    fn most_lines_in_each_second_come_first() {
        check(&[("slow", &[1, 2, 3], Some(3.0)), ("quick", &[4, 5], Some(1.0))], &[], &["quick", "slow"]);
        check(&[("all", &[1, 2, 3, 4], Some(2.0)), ("one", &[4], Some(0.4))], &[], &["one", "all"]);
    }

    #[test]
    fn what_is_settled_already_counts_no_more_and_still_runs() {
        let tests: &[(&str, &[u32], Option<f64>)] =
            &[("a", &[1, 2, 3], Some(1.0)), ("b", &[1, 2], Some(1.0)), ("c", &[9], Some(1.0)), ("d", &[], Some(0.1))];
        check(tests, &[], &["a", "c", "d", "b"]);
    }

    #[test]
    fn flaky_tests_come_last_and_unknown_durations_are_typical() {
        let tests: &[(&str, &[u32], Option<f64>)] =
            &[("flaky", &[1, 2, 3, 4], Some(0.1)), ("new", &[5, 6], None), ("known", &[7], Some(1.0))];
        check(tests, &["flaky"], &["new", "known", "flaky"]);
    }

    proptest! {
        #[test]
        fn every_affected_test_runs_exactly_once(
            sets in proptest::collection::vec((proptest::collection::btree_set(1_u32..30, 0..8), 0.0..3.0_f64), 0..30),
        ) {
            let mut affected = Affected::default();
            let mut seconds = BTreeMap::new();
            for (at, (lines, duration)) in sets.iter().enumerate() {
                let settles = vec![(at % 3, lines.iter().copied().collect())];
                affected.tests.insert(id(&at.to_string()), Entry { reasons: BTreeSet::new(), settles });
                seconds.insert(id(&at.to_string()), *duration);
            }
            let order = settle_order(&affected, &seconds, &|_| false);
            let all: BTreeSet<&TestId> = order.iter().collect();
            prop_assert_eq!(all.len(), order.len());
            prop_assert_eq!(all.len(), sets.len());
        }
    }
}
