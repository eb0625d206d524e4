//! What the runs prove about one test: attempts that passed and failed, in the order of the runs.

use crate::domain::history::{Observation, Suspect};
use std::collections::{HashMap, HashSet};

/// What one run says about one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Attempts that passed.
    pub(super) good: u64,
    /// Attempts that failed.
    pub(super) bad: u64,
    /// Whether it failed at last.
    pub(super) ended_bad: bool,
    /// The source tree and the environment, as a number; nothing where the tree is unknown.
    pub(super) tree: Option<usize>,
}

impl Step {
    /// Whether any attempt failed.
    pub(super) const fn has_failure(self) -> bool {
        self.bad > 0
    }
}

/// The steps of one test, in the order of the runs: one for each observation. All of them are evidence; what is none has
/// been left out.
pub(super) fn steps(observations: &[&Observation]) -> Vec<Step> {
    let mut trees: HashMap<(&str, Option<&str>), usize> = HashMap::new();
    let mut steps = Vec::with_capacity(observations.len());
    for seen in observations {
        let tree = seen.run.tree.as_deref().map(|tree| {
            let next = trees.len();
            *trees.entry((tree, seen.run.environment.as_deref())).or_insert(next)
        });
        let (mut good, mut bad) = (0, 0);
        for outcome in seen.attempts.iter().chain([&seen.outcome]).filter(|outcome| outcome.is_evidence()) {
            *if outcome.is_bad() { &mut bad } else { &mut good } += 1;
        }
        steps.push(Step { good, bad, ended_bad: seen.outcome.is_bad(), tree });
    }
    steps
}

/// Which failures ran code that had changed since the test passed. Where the same tree passed as well, no change explains it.
pub(super) fn explained(observations: &[&Observation], steps: &[Step]) -> Vec<bool> {
    let good: HashSet<usize> = steps.iter().filter(|step| step.good > 0).filter_map(|step| step.tree).collect();
    let is_explained = |(seen, step): (&&Observation, &Step)| {
        let is_other = step.tree.is_none_or(|tree| !good.contains(&tree));
        seen.suspect == Some(Suspect::Regression) && step.bad > 0 && step.good == 0 && is_other
    };
    observations.iter().zip(steps).map(is_explained).collect()
}

/// Whether the steps prove a flake: both outcomes in one run, or on one source tree in one environment.
pub(super) fn is_proof(steps: &[Step]) -> bool {
    let mut by_tree: HashMap<usize, (bool, bool)> = HashMap::new();
    steps.iter().any(|step| {
        let (good, bad) = step.tree.map_or((false, false), |tree| {
            let seen = by_tree.entry(tree).or_default();
            *seen = (seen.0 || step.good > 0, seen.1 || step.bad > 0);
            *seen
        });
        (step.good > 0 && step.bad > 0) || (good && bad)
    })
}

/// How often the outcome at last changed from one run to the next.
pub(super) fn flips(steps: &[Step]) -> usize {
    steps.windows(2).filter(|pair| matches!(pair, [left, right] if left.ended_bad != right.ended_bad)).count()
}

/// Whether the failures stand in blocks, as those of a defect that came and went do: one change in all, or at most
/// three changes and no block of failures shorter than three runs.
pub(super) fn is_in_blocks(steps: &[Step]) -> bool {
    match flips(steps) {
        0 | 1 => true,
        2 | 3 => steps
            .chunk_by(|left, right| left.ended_bad == right.ended_bad)
            .all(|block| block.len() >= 3 || !block.first().is_some_and(|step| step.ended_bad)),
        _ => false,
    }
}
