//! Stand-ins for words of other rooms until these rooms have them.
#![allow(missing_docs)]
use crate::base::RepoPath;
use crate::domain::coverage::{Counts, LineSet};
use crate::domain::ledger::{Figure, LineState};
use crate::domain::suite::TestId;

#[derive(Debug)]
pub struct Ledger;
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub lines: Vec<LineState>,
    pub partial: Vec<u32>,
    pub plain: Figure,
    pub earned: Option<Figure>,
    pub counts: Counts,
    pub covered: LineSet,
}
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub path: RepoPath,
    pub before: Figure,
    pub after: Figure,
    pub newly: LineSet,
    pub lost: LineSet,
}
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub path: RepoPath,
    pub layer: Option<usize>,
    pub layer_name: String,
    pub counts: Counts,
    pub plain: Figure,
    pub earned: Option<Figure>,
    pub before: Option<Figure>,
    pub rank: usize,
    pub why: String,
    pub changed: bool,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    Triage,
    Path,
    Coverage,
    Missed,
    Layer,
    Change,
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    File(RepoPath),
    Test(TestId),
}
#[derive(Clone, Debug, Default)]
pub struct Plan;
