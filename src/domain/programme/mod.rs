//! The programme: targets for layers of code and of tests, and the rules of the gate.
//!
//! A [`Ruling`] is one target or rule with where it stands. It is computed from figures alone, and says that it can't tell
//! where they don't.

mod limit;
pub use limit::{Percent, count, seconds};

mod ruling;
pub use ruling::{Place, Ruling, Verdict, verdict};

mod shares;
pub use shares::{ChangedFile, Gaps, Ground, changed, files, layers, total};

mod past;
pub use past::{
    Slower, SuiteRun, flaky_budget, is_flaky, lost, pass_rate, percentile, reduction, slower, suite_time, tail, time,
};

mod outside;
pub use outside::{Finding, Level, commanded, found, read_sarif, reported};

mod contract;
pub use contract::{PROMISES, Promise, promised, undocumented};

mod pyramid;
pub use pyramid::{Exercised, Ran, TestLayer, TestTarget, pyramid};

mod forecast;
pub use forecast::{Course, course};

mod trend;
pub use trend::{Better, Forecast, Trend, Unit, spaced, worst_first};
