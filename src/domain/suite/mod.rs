//! What pytest said: test ids, outcomes, JUnit XML, live events, batches.

mod id;
pub use id::TestId;

mod outcome;
pub use outcome::{Case, Outcome, Tally};

mod junit_case;

mod junit_fold;

mod junit;
pub use junit::{Dialect, JunitReport, read_junit};

mod nodeids;
pub use nodeids::{NodeIds, Recovered};
