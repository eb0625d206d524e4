//! What the variables of a CI system say of the one of several jobs that this is.

/// Which of several jobs this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CiShard {
    /// The system that says so.
    pub system: &'static str,
    /// Its number, from 1.
    pub index: usize,
    /// How many there are, where the system tells.
    pub total: Option<usize>,
}

/// A system: its name, the variables of the number and of the sum, and by what the first job is numbered.
type Row = (&'static str, &'static str, Option<&'static str>, usize);

/// A Kubernetes Job tells its pods their index alone.
const ROWS: [Row; 8] = [
    ("CircleCI", "CIRCLE_NODE_INDEX", Some("CIRCLE_NODE_TOTAL"), 0),
    ("Buildkite", "BUILDKITE_PARALLEL_JOB", Some("BUILDKITE_PARALLEL_JOB_COUNT"), 0),
    ("Semaphore", "SEMAPHORE_JOB_INDEX", Some("SEMAPHORE_JOB_COUNT"), 1),
    ("Azure Pipelines", "SYSTEM_JOBPOSITIONINPHASE", Some("SYSTEM_TOTALJOBSINPHASE"), 1),
    ("Bitbucket Pipelines", "BITBUCKET_PARALLEL_STEP", Some("BITBUCKET_PARALLEL_STEP_COUNT"), 0),
    ("GitLab CI", "CI_NODE_INDEX", Some("CI_NODE_TOTAL"), 1),
    ("Bazel", "TEST_SHARD_INDEX", Some("TEST_TOTAL_SHARDS"), 0),
    ("Kubernetes", "JOB_COMPLETION_INDEX", None, 0),
];

/// What the variables say; nothing where no number of a job is set. `read` gives the value of a variable.
#[must_use]
pub fn ci_shard(read: &dyn Fn(&str) -> Option<String>) -> Option<CiShard> {
    let number = |name: &str| read(name).and_then(|text| text.trim().parse::<usize>().ok());
    ROWS.iter().find_map(|(system, index, total, first)| {
        let index = (number(index)? + 1).checked_sub(*first).filter(|index| *index > 0)?;
        let total = match total {
            // A job that is alone may have a number and no sum.
            Some(total) => Some(number(total).filter(|total| *total > 0)?),
            None => None,
        };
        Some(CiShard { system, index, total })
    })
}

#[cfg(test)]
mod tests {
    use super::ci_shard;

    fn check(set: &[(&str, &str)], expect: Option<(&str, usize, Option<usize>)>) {
        let read = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(ci_shard(&read).map(|shard| (shard.system, shard.index, shard.total)), expect, "{set:?}");
    }

    #[test]
    fn each_system_counts_in_its_own_way() {
        check(&[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "4")], Some(("GitLab CI", 1, Some(4))));
        check(&[("CIRCLE_NODE_INDEX", "0"), ("CIRCLE_NODE_TOTAL", "4")], Some(("CircleCI", 1, Some(4))));
        check(
            &[("BUILDKITE_PARALLEL_JOB", "3"), ("BUILDKITE_PARALLEL_JOB_COUNT", "4")],
            Some(("Buildkite", 4, Some(4))),
        );
        check(&[("SEMAPHORE_JOB_INDEX", "2"), ("SEMAPHORE_JOB_COUNT", "2")], Some(("Semaphore", 2, Some(2))));
        check(&[("JOB_COMPLETION_INDEX", "5")], Some(("Kubernetes", 6, None)));
    }

    #[test]
    fn what_is_no_number_of_a_job_says_nothing() {
        check(&[], None);
        check(&[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "4")], None);
        check(&[("CI_NODE_INDEX", "x"), ("CI_NODE_TOTAL", "4")], None);
        check(&[("CI_NODE_TOTAL", "1")], None);
        check(&[("SYSTEM_JOBPOSITIONINPHASE", "1"), ("SYSTEM_TOTALJOBSINPHASE", "0")], None);
    }
}
