//! What pytest said: test ids, outcomes, JUnit XML, live events, batches.

mod id;
pub use id::TestId;

mod outcome;
pub use outcome::{Case, More, Outcome, Tally};

mod junit_case;

mod junit_fold;

mod junit_plain;

mod junit;
pub use junit::{Dialect, JunitReport, read_junit};

mod nodeids;
pub use nodeids::{NodeIds, Recovered};

mod index;
pub use index::{Collected, Keywords, LeftOut, Listing, StandIns};

mod failure;
pub use failure::{CodeKind, CodeLine, Explained, Failure, Frame, Link, Part, Raised, Says, is_library};

mod repr_line;

mod entry;

mod longrepr;
pub use longrepr::read as read_longrepr;

#[cfg(test)]
mod longrepr_laws;

mod scanner;

mod expression;
pub use expression::Expression;

mod wire;

mod events;
pub use events::{
    Away, Crash, Event, EventFacts, Exchange, FileFacts, Jump, LabAsked, LabAttempt, LabDone, LabLeft, Measuring,
    MockAnswer, MockMade, MockUse, PhaseDone, Start, Step, TestEnd, UseOf, Warned, When, parse_event,
};

mod batch;
pub use batch::{Batch, Cycle, Limits, Plan, Target, batch_report, plan, plan_in_order, quoted};

mod progress;
pub use progress::{Progress, Section, TestResult};

mod shard;
pub use shard::{Certainty, DividedBy, FileTests, Piece, Shard, pieces, shards, usual_seconds};

mod cost;
pub use cost::Cost;

mod written;
pub use written::{read_written, written};

mod verdict;
pub use verdict::{Exit, Teller, Verdict, death};

mod told;
pub use told::{Session, Told};

mod verbose;
pub use verbose::read_verbose;

mod ci_log;
pub use ci_log::{is_log, read_log};

mod report_log;
pub use report_log::read_report_log;

mod output;
pub use output::Output;

mod patience;
pub use patience::{Limit, Patience, is_strange};

mod stack;
pub use stack::{Stack, read_stacks};
