//! Stand-ins for words of the suite until it has them.
#![allow(missing_docs)]
use crate::base::RepoPath;
use crate::domain::suite::TestId;
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    File(RepoPath),
    Test(TestId),
}
#[derive(Clone, Debug, Default)]
pub struct Plan;
