//! What comes in: messages, as plain data.

use crate::app::{
    Action, Baseline, Catalog, Collection, ComparedPoints, Evidence, Interpreter, Key, KnownPoint, LabEnd, LabNews,
    Mouse, News, Planned, Preview, Programme, Ranking, Related, RunId, Saved, SourceFile, TestRecord, Ticket,
};
use crate::base::{Clean, Problem, RepoPath, Size, Stamp};
use crate::domain::guide::{Draft, Ticked};
use crate::domain::history::FlakyTest;
use crate::domain::picker::Found;
use crate::domain::quality::Checklist;
use crate::domain::suite::Exit;
use std::sync::Arc;

/// An answer that may be a problem instead.
pub type Answer<T> = Result<T, Problem>;

/// Everything that can come in.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key was struck.
    Key(Key),
    /// The pointer did something.
    Mouse(Mouse),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this size now.
    Resized(Size),
    /// An action from elsewhere than a key.
    Act(Action),
    /// Time goes on; sent about ten times a second only while [`crate::app::State::is_animated`], and once at start.
    Tick(Stamp),
    /// lacuna is back after a suspension or an editor.
    Resumed,
    /// Files of the project changed on disk.
    FilesChanged {
        /// Whether a report is among them (settled already).
        reports: bool,
        /// Sources, tests, and what else the settings name among them.
        sources: Vec<Saved>,
        /// When the newest of them was saved.
        at: Stamp,
    },
    /// A run with pytest's debugger has ended.
    Debugged(Exit),
    /// How changes are noticed from now on.
    Watching(Watching),
    /// Something went wrong that nobody asked about.
    Trouble(Problem),
    /// One line for the footer, such as what was copied.
    Notice(Clean),
    /// Answer to [`crate::app::Effect::FindInterpreter`] and [`crate::app::Effect::MakeEnvironment`].
    Interpreter(Ticket, Answer<Arc<Interpreter>>),
    /// How far [`crate::app::Effect::MakeEnvironment`] is, in one line.
    Making(Ticket, Clean),
    /// Answer to [`crate::app::Effect::ReadReports`].
    Baseline(Ticket, Answer<Arc<Baseline>>),
    /// Answer to [`crate::app::Effect::ReadPasted`] and [`crate::app::Effect::ReadClipboard`].
    Pasted(Ticket, Answer<Arc<Evidence>>),
    /// Answer to [`crate::app::Effect::Rank`].
    Ranked(Ticket, Answer<Arc<Ranking>>),
    /// Answer to [`crate::app::Effect::ReadSource`].
    SourceRead(Ticket, Answer<Arc<SourceFile>>),
    /// Answer to [`crate::app::Effect::FindTests`].
    TestsFound(Ticket, Answer<Arc<Related>>),
    /// Answer to [`crate::app::Effect::ReadCatalog`].
    Catalog(Ticket, Answer<Arc<Catalog>>),
    /// How many tests [`crate::app::Effect::Collect`] has found so far.
    Collecting(Ticket, u64),
    /// Answer to [`crate::app::Effect::Collect`].
    Collected(Ticket, Answer<Arc<Collection>>),
    /// Answer to [`crate::app::Effect::Recall`].
    Flaky(Ticket, Answer<Arc<Vec<FlakyTest>>>),
    /// Answer to [`crate::app::Effect::RecallTest`].
    TestRecalled(Ticket, Answer<Arc<TestRecord>>),
    /// Answer to [`crate::app::Effect::Quarantine`]: what was done, in one line.
    Quarantined(Answer<Clean>),
    /// Part of the answer to [`crate::app::Effect::Match`]; the last part says that it is done.
    Matched(Ticket, Found),
    /// Answer to [`crate::app::Effect::Preview`].
    Previewed(Ticket, Answer<Arc<Preview>>),
    /// Answer to [`crate::app::Effect::PlanRun`].
    Planned(Ticket, Answer<Arc<Planned>>),
    /// Answer to [`crate::app::Effect::ListPoints`].
    Points(Ticket, Answer<Arc<Vec<KnownPoint>>>),
    /// Answer to [`crate::app::Effect::Guide`].
    Guided(Ticket, Answer<Arc<Vec<Ticked>>>),
    /// Answer to [`crate::app::Effect::Draft`].
    Drafted(Ticket, Answer<Arc<Draft>>),
    /// Answer to [`crate::app::Effect::Write`]: where the first new test stands.
    Written(Answer<(RepoPath, u32)>),
    /// Answer to [`crate::app::Effect::Compare`].
    Compared(Ticket, Answer<Arc<ComparedPoints>>),
    /// Answer to [`crate::app::Effect::Check`].
    Checked(Ticket, Answer<Arc<Checklist>>),
    /// Answer to [`crate::app::Effect::ReadProgramme`].
    ProgrammeRead(Ticket, Answer<Arc<Programme>>),
    /// What a lab says.
    Lab(RunId, LabNews),
    /// A lab has ended.
    LabEnded(RunId, Answer<Arc<LabEnd>>),
    /// What a run says, in small lots.
    Run(RunId, Vec<News>),
}

/// How changes on disk are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Watching {
    /// Not at all.
    #[default]
    Off,
    /// The system tells.
    Notify,
    /// By looking each second.
    Polling,
}
