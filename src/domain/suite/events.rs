//! Live events: what lacuna's plugin inside pytest says, one JSON line each.

use crate::base::{Digest, Problem};
use crate::domain::suite::{Failure, Keywords, Outcome, TestId, wire};
use std::collections::BTreeMap;

/// A part of a test's run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum When {
    /// Fixtures are set up.
    Setup,
    /// The test itself.
    Call,
    /// Fixtures are torn down.
    Teardown,
    /// Outside of the three: the worker that ran the test died.
    Outside,
}

impl When {
    /// pytest's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Call => "call",
            Self::Teardown => "teardown",
            Self::Outside => "outside",
        }
    }
}

/// The first thing the plugin says: which pytest this is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Start {
    /// The version of pytest.
    pub pytest: String,
    /// The version of Python.
    pub python: String,
    /// The interpreter that runs it.
    pub executable: String,
    /// The version of coverage.py, if it can be imported.
    pub coverage: Option<String>,
    /// The version of pytest-cov, if it can be imported.
    pub pytest_cov: Option<String>,
    /// The directory that node ids are relative to.
    pub rootdir: String,
    /// The file that pytest's settings come from; empty when there is none.
    pub inifile: String,
    /// The options that the project's settings add to every run.
    pub addopts: Vec<String>,
    /// The installed plugins, each with its version.
    pub plugins: Vec<String>,
}

/// Where the tests run, when that is elsewhere: in a container, on another host.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Away {
    /// The project's root there.
    pub root: String,
    /// The name of the host there.
    pub host: String,
    /// The interpreter there.
    pub python: String,
    /// Files of the project that are others there, relative to the root.
    pub differ: Vec<String>,
    /// Files of the project that are not there, relative to the root.
    pub absent: Vec<String>,
    /// Whether lacuna's folder of the run can be seen there.
    pub mounted: bool,
    /// What is not there and without which the tests run all the same.
    pub lacks: Option<String>,
    /// Why pytest cannot be started there, and what helps.
    pub trouble: Option<(String, String)>,
}

/// How coverage is measured in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measuring {
    /// Who measures: `pytest-cov`, or `coverage` when the plugin does it itself.
    pub by: String,
    /// Whether branches are measured.
    pub branch: bool,
    /// Whether tests are told apart.
    pub contexts: bool,
    /// Whether tests were to be told apart, and what traces the lines cannot do that.
    pub untold: bool,
    /// The `source` in force; empty when everything imported below the directory counts.
    pub source: Vec<String>,
    /// What, beside the content, decides the facts of a file: versions, exclusions, branches or not.
    pub rules: Option<Digest>,
}

/// Where an exception was raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// The file as pytest names it, usually absolute.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The exception in a few words.
    pub message: String,
}

/// One part of one test is done.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseDone {
    /// The test.
    pub id: TestId,
    /// Which part.
    pub when: When,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The failure, or the reason of a skip.
    pub failure: Option<Failure>,
    /// Where the failure was raised.
    pub crash: Option<Crash>,
    /// What was captured in this part: a title and the text, at most 64 kB each.
    pub sections: Vec<(String, String)>,
    /// The worker of xdist that ran it.
    pub worker: Option<String>,
    /// Whether the test is tried again after this failure.
    pub rerun: bool,
    /// The name of the subtest, when this is about one.
    pub subtest: Option<String>,
}

/// A test is done, all its parts and attempts folded together.
#[derive(Clone, Debug, PartialEq)]
pub struct TestEnd {
    /// The test.
    pub id: TestId,
    /// How it ended at last.
    pub outcome: Outcome,
    /// How long all attempts took together, in seconds.
    pub seconds: f64,
    /// Earlier attempts in this run, oldest first.
    pub attempts: Vec<Outcome>,
    /// How it really ended, where it is in quarantine and its failure counts as an expected one.
    pub held: Option<Outcome>,
}

/// One attempt of the test of a lab is done.
#[derive(Clone, Debug, PartialEq)]
pub struct LabAttempt {
    /// Which attempt of this process it was, 1 for the first.
    pub at: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What the generators of random numbers started with.
    pub seed: Option<u64>,
    /// The failure.
    pub failure: Option<Failure>,
}

/// What a test left of what it shares with others, once all that it needed was torn down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabLeft {
    /// Which test.
    pub id: TestId,
    /// How it ended.
    pub outcome: Outcome,
    /// The parts that are not as they were before it.
    pub left: Vec<String>,
    /// The parts that are. Of what is in neither nobody can tell.
    pub kept: Vec<String>,
}

/// What was asked of the mocks that a test has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabAsked {
    /// Which test.
    pub id: TestId,
    /// How it ended.
    pub outcome: Outcome,
    /// The mocks that it made by themselves, with what they were used for; those that nobody used are left out.
    pub mocks: Vec<MockMade>,
    /// The last names of the parts that were replaced once, by a mock that nothing used. Where some were not to be replaced: those
    /// that were themselves.
    pub idle: Vec<String>,
    /// Those of them of which the mock is there to fail where anybody uses it.
    pub guards: Vec<String>,
    /// Where some were not to be replaced: the first line, from 1, that calls one of them, and its file, from the project's root.
    pub real: BTreeMap<String, (String, u32)>,
}

/// A mock that stands for itself.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MockMade {
    /// The file that makes it, from the project's root; empty where none of the project does: for a decorator, pytest calls.
    pub path: String,
    /// The line of that, from 1.
    pub line: u32,
    /// Whether it has a specification, or wraps something real.
    pub is_specified: bool,
    /// The name of what it was put in place of, by `patch`.
    pub part: Option<String>,
    /// What was done with it and with what it hands out, each once for a file.
    pub uses: Vec<MockUse>,
}

/// An answer of a mock: the file and the line that make it, the part that it was put in place of, and the name of what is asked,
/// from the mock on: `post().ok.__bool__`.
pub type MockAnswer = (String, u32, Option<String>, String);

/// Something that was done with a mock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockUse {
    /// What.
    pub how: UseOf,
    /// With which part of it: `post().ok`; empty for the mock itself.
    pub name: String,
    /// The file, from the project's root.
    pub path: String,
    /// Its first line that did so, from 1.
    pub line: u32,
}

impl MockUse {
    /// Whether something was asked of the mock, which answers.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        matches!(self.how, UseOf::Take | UseOf::Call)
    }
}

/// What is done with a mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseOf {
    /// An attribute was taken, or what Python asks for by itself: `__bool__`.
    Take,
    /// It was called.
    Call,
    /// An attribute was set or removed.
    Set,
    /// It was looked at how it was used: `assert_called_once`, `call_args`.
    Look,
}

/// A process of a lab has run what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LabDone {
    /// How often the test ran.
    pub ran: u32,
    /// How often it failed.
    pub failed: u32,
    /// How often it was skipped.
    pub skipped: u32,
    /// Tests that were asked for and not collected.
    pub missing: Vec<String>,
    /// What earlier tests changed: kind, name, before, after.
    pub changes: Vec<[String; 4]>,
    /// What of that was put back.
    pub undone: Vec<String>,
    /// Other machines that were reached for.
    pub reached: Vec<String>,
    /// The files of the lines below.
    pub files: Vec<String>,
    /// The lines that the test executed, each with the number of its file.
    pub steps: Vec<(u32, u32)>,
}

/// A step from one line to another, as coverage.py has it.
pub type Step = (i32, i32);

/// A step that coverage.py replaces, or leaves out, before it judges: leaving a `with` jumps back to its header.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Jump {
    /// The step that ran.
    pub arc: Step,
    /// What stands for it; nothing when it is only left out.
    pub instead: Option<Step>,
    /// What else is left out.
    pub drops: Vec<Step>,
}

/// What coverage.py's parser said about a file, as plain numbers. The room of coverage makes its facts of it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EventFacts {
    /// The first lines of its statements.
    pub statements: Vec<u32>,
    /// The excluded lines.
    pub excluded: Vec<u32>,
    /// Line and first line of its statement, where they differ. Sorted.
    pub first: Vec<(u32, u32)>,
    /// Line, number of exits, possible targets. Nothing when the run did not measure branches.
    pub branches: Option<Vec<(u32, u32, Vec<i32>)>>,
    /// Steps that coverage.py replaces or leaves out before it judges. Sorted.
    pub jumps: Vec<Jump>,
}

/// The facts of one measured file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// The absolute path.
    pub path: String,
    /// The content they are about.
    pub digest: Digest,
    /// See [`Measuring::rules`].
    pub rules: Digest,
    /// The facts; nothing when the caller said that it has them already.
    pub facts: Option<EventFacts>,
    /// Whether the file was written while the tests ran, so that the data may be about an older content.
    pub changed: bool,
}

/// One warning that pytest recorded.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Warned {
    /// Its class.
    pub category: String,
    /// What it says.
    pub text: String,
    /// The test that caused it, if one did.
    pub id: Option<TestId>,
    /// The file.
    pub path: String,
    /// The line.
    pub line: u32,
}

/// One request that a test made, and how it was answered. What a query asked is not kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Exchange {
    /// The method, in capitals.
    pub method: String,
    /// The host with its port; empty where a test client called the application itself.
    pub host: String,
    /// The path.
    pub path: String,
    /// The status code of the answer.
    pub status: u16,
}

/// One event of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The tests run elsewhere; pytest is started there next.
    Away(Box<Away>),
    /// pytest has started and loaded the plugin.
    Start(Box<Start>),
    /// Coverage is measured.
    Measure(Measuring),
    /// Coverage could not be measured, and why.
    Unmeasured(String),
    /// Data files of the run that were measured in another mode, and are not counted.
    SetAside {
        /// Their names.
        files: Vec<String>,
        /// Whether the run measures branches, and they do not.
        branch: bool,
    },
    /// Some of the collected tests. Large collections come in several events.
    Collected {
        /// The next ids, in the order in which they will run.
        ids: Vec<TestId>,
        /// How many there are in all.
        total: u64,
        /// How many were deselected; not known under xdist.
        deselected: Option<u64>,
        /// Whether these are the last.
        last: bool,
    },
    /// How far a run is that only collects.
    Collecting {
        /// The file of the test that was found last.
        path: String,
        /// How many tests were found so far.
        tests: u64,
    },
    /// Tests that the project's own options or plugins leave out of a run that only collects.
    LeftOut {
        /// Their ids.
        ids: Vec<TestId>,
        /// The expression of `-k` among those options; may be empty.
        keyword: String,
        /// That of `-m`.
        mark: String,
    },
    /// By which words tests can be chosen that a run collected: for those that were not told of yet, in their order.
    Keywords {
        /// Sets of words that were not told before; they are counted from the first one of the run.
        sets: Vec<Keywords>,
        /// Which set each test has.
        of: Vec<u32>,
    },
    /// A file could not be collected.
    CollectError {
        /// Its node id.
        path: String,
        /// The text of the failure.
        text: String,
    },
    /// A file was skipped as a whole.
    CollectSkip {
        /// Its node id.
        path: String,
        /// The reason.
        text: String,
    },
    /// pytest refuses its arguments; one text for each.
    Usage(Vec<String>),
    /// A test starts.
    TestStart {
        /// Which.
        id: TestId,
        /// The line of its definition, from 1.
        line: Option<u32>,
    },
    /// A part of a test, or a subtest, is done.
    Phase(Box<PhaseDone>),
    /// A test is done.
    TestEnd(TestEnd),
    /// An attempt of the test of a lab is done.
    LabAttempt(Box<LabAttempt>),
    /// How far a process of a lab is that repeats the test.
    LabSoFar {
        /// How often it ran.
        ran: u32,
        /// How often it failed.
        failed: u32,
    },
    /// A test of a lab was asked what it leaves.
    LabLeft(LabLeft),
    /// A test of a lab was asked what it does with mocks.
    LabAsked(LabAsked),
    /// A process of a lab is done.
    LabDone(Box<LabDone>),
    /// The requests of tests are observed.
    Observing,
    /// What a test requested; there is none of a test that requested nothing.
    Requests {
        /// Which test.
        id: TestId,
        /// Its requests, each once.
        seen: Vec<Exchange>,
    },
    /// A warning.
    Warning(Warned),
    /// How many warnings there were in all.
    Warnings(u64),
    /// pytest itself failed.
    InternalError(String),
    /// The session was interrupted, and by what.
    Interrupted(String),
    /// The facts of one measured file.
    Facts(Box<FileFacts>),
    /// The facts of a measured file could not be had.
    NoFacts {
        /// The file.
        path: String,
        /// Why.
        text: String,
    },
    /// The private data file is whole.
    Data {
        /// Where it is.
        path: String,
        /// Whether it holds branches.
        branch: bool,
        /// Whether it holds a context for each test.
        contexts: bool,
        /// How many files it names.
        files: u64,
    },
    /// pytest is done.
    Finish {
        /// Its exit status, if it had one.
        exit: Option<i32>,
        /// The processor time of pytest and what it started, in seconds, up to the end of the last test.
        seconds: Option<f64>,
    },
    /// An event of a later plugin.
    Unknown,
}

/// Reads one line of the events file. Any bytes give an event or a problem; an event of an unknown kind is
/// [`Event::Unknown`].
///
/// # Errors
/// The line is not an event.
pub fn parse_event(line: &[u8]) -> Result<Event, Problem> {
    wire::read(line).map_err(|error| Problem::warning("events of the run", format!("a line cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::{Event, When, parse_event};
    use crate::domain::suite::Outcome;
    use proptest::prelude::*;

    fn check(line: &str, expect: impl Fn(&Event) -> bool) {
        let event = parse_event(line.as_bytes());
        assert!(event.as_ref().is_ok_and(expect), "{line} gave {event:?}");
    }

    #[test]
    fn lines_are_read() {
        check(r#"{"ev":"finish","exit":5}"#, |event| *event == Event::Finish { exit: Some(5), seconds: None });
        check(r#"{"ev":"finish","exit":null,"cpu":1.5}"#, |event| {
            *event == Event::Finish { exit: None, seconds: Some(1.5) }
        });
        check(r#"{"ev":"observing"}"#, |event| *event == Event::Observing);
        check(
            r#"{"id":"a::b","seen":[["GET","","/pets",200]],"ev":"requests"}"#,
            |event| matches!(event, Event::Requests { seen, .. } if seen[0].path == "/pets" && seen[0].status == 200),
        );
        check(r#"{"ev":"from_the_future","x":[{}]}"#, |event| *event == Event::Unknown);
        check(
            r#"{"ids":["a::b","a::c"],"total":2,"deselected":null,"last":true,"ev":"collected"}"#,
            |event| matches!(event, Event::Collected { ids, total: 2, deselected: None, last: true } if ids.len() == 2),
        );
        check(r#"{"ev":"test_end","id":"a::b","outcome":"xfailed","seconds":-1,"attempts":["failed"]}"#, |event| {
            matches!(event, Event::TestEnd(end)
                if end.outcome == Outcome::Xfailed && end.seconds == 0.0 && end.attempts == [Outcome::Failed])
        });
    }

    #[test]
    fn a_phase_tells_its_outcome() {
        let phase = |when: &str, outcome: &str, xfail: bool| {
            let line = format!(
                r#"{{"ev":"phase","id":"a::b","when":"{when}","outcome":"{outcome}","xfail":{xfail},"crash":["a.py",3,"E"]}}"#
            );
            match parse_event(line.as_bytes()) {
                Ok(Event::Phase(phase)) => (phase.when, phase.outcome, phase.rerun),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(phase("call", "passed", false), (When::Call, Outcome::Passed, false));
        assert_eq!(phase("call", "failed", false), (When::Call, Outcome::Failed, false));
        assert_eq!(phase("setup", "failed", false), (When::Setup, Outcome::Error, false));
        assert_eq!(phase("teardown", "failed", false), (When::Teardown, Outcome::Error, false));
        assert_eq!(phase("call", "skipped", true), (When::Call, Outcome::Xfailed, false));
        assert_eq!(phase("call", "passed", true), (When::Call, Outcome::Xpassed, false));
        assert_eq!(phase("call", "rerun", false), (When::Call, Outcome::Failed, true));
        assert_eq!(phase("???", "failed", false), (When::Outside, Outcome::Error, false));
    }

    #[test]
    fn what_is_no_event_is_a_problem() {
        for line in ["", "x", "[]", "{}", r#"{"ev":1}"#, r#"{"ev":"facts","sha256":"zz"}"#, "{\"ev\":\"finish\""] {
            assert!(parse_event(line.as_bytes()).is_err(), "{line}");
        }
        assert!(parse_event(&[0xff, 0xfe, 0]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_event(&bytes);
        }
    }
}
