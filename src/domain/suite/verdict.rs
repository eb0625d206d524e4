//! The end of a run, judged by its events first and by its exit code second.

use crate::base::{Problem, Severity};
use crate::domain::suite::{Away, Progress};

/// How the process of a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// Nobody saw: the supervisor itself is gone.
    Lost,
}

/// Who tells the outcomes of a run in which lacuna's plugin was not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teller {
    /// The JUnit report that pytest wrote at its end.
    Report,
    /// The lines of `-v`.
    Text,
}

impl Teller {
    /// What was missing from the run, and what to do about it.
    fn problem(self) -> Problem {
        let (by, missing) = match self {
            Self::Report => ("its JUnit report", "no coverage, no captured output, no warnings"),
            Self::Text => ("its text", "no coverage, no durations, no captured output, no warnings"),
        };
        let what = format!("lacuna's plugin was not loaded: outcomes came at the end, from {by}; {missing}");
        Problem::warning("pytest", what).hint(
            "`-p no:lacuna_probe`, or a python with `-I` or `-E`, keeps it out; what pytest writes itself is not redirected",
        )
    }
}

/// What came of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every test that ran ended well, and at least one ran.
    Passed,
    /// A test failed, or a file could not be collected.
    Failed,
    /// No test ran.
    Empty,
    /// It was stopped from outside.
    Stopped,
    /// A limit was reached, and it was ended for that.
    Limited,
    /// It did not come to an end that can be trusted.
    Broken,
}

impl Verdict {
    /// One word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Empty => "nothing ran",
            Self::Stopped => "stopped",
            Self::Limited => "over its limit",
            Self::Broken => "broken",
        }
    }

    /// Whether the coverage of the run may be used: it ran to its end.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Passed | Self::Failed)
    }
}

/// The line of a traceback that names the exception: the first one that begins with the name of a class and a colon, as the
/// message may go on below and the source of a syntax error stands above; else the last line of all.
fn cause(text: &str) -> &str {
    let lines = || text.lines().filter_map(|line| line.strip_prefix("E ")).map(str::trim_start);
    let names = |line: &&str| {
        line.split_once(':').is_some_and(|(name, _)| {
            let class = name.rsplit('.').next().unwrap_or(name);
            class.starts_with(char::is_uppercase) && name.chars().all(|c| c.is_alphanumeric() || "._".contains(c))
        })
    };
    lines().find(names).or_else(|| lines().next_back()).unwrap_or("")
}

impl Progress {
    /// Judges the run: `exit` is how the process ended, `cancelled` whether lacuna was asked to stop it.
    #[must_use]
    pub fn judge(&self, exit: Exit, cancelled: bool) -> (Verdict, Vec<Problem>) {
        let mut problems = self.complaints();
        let verdict = self.verdict(exit, cancelled, &mut problems);
        if verdict == Verdict::Broken && !problems.iter().any(|problem| problem.severity == Severity::Error) {
            problems.push(Problem::error("pytest", "the run did not come to its end"));
        }
        (verdict, problems)
    }

    /// What the events themselves complain about.
    fn complaints(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.away.iter().flat_map(Away::problems).collect();
        for (path, text) in &self.collect_errors {
            let what = format!("the file cannot be collected: {}", cause(text));
            problems.push(Problem::error(path, what.trim_end_matches([':', ' '])));
        }
        problems.extend(self.usage.iter().map(|line| Problem::error("pytest", line)));
        if let Some(text) = &self.internal_error {
            let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("");
            problems.push(Problem::error("pytest", format!("internal error: {last}")));
        }
        let addopts = self.start.iter().flat_map(|start| &start.addopts);
        if addopts.map(String::as_str).any(|option| option.starts_with("--testmon")) {
            let what = "testmon is switched off here: it would choose the tests and measure them by itself";
            problems.push(Problem::note("pytest", what).hint("without `--testmon` in addopts this is not said"));
        }
        if let Some(text) = &self.unmeasured {
            let problem = Problem::warning("coverage", format!("not measured: {text}"));
            let missing = text.contains("No module named 'coverage'");
            let hint = "install it into the project's environment: `python -m pip install pytest-cov`";
            problems.push(if missing { problem.hint(hint) } else { problem });
        }
        problems.extend(self.aside.iter().map(|(files, branch)| set_aside(files, *branch)));
        if self.measuring.as_ref().is_some_and(|measuring| measuring.untold) {
            let what = "tests are not told apart: coverage's core sysmon credits a line to one test only";
            let hint = "what this run gives is a lower bound; take `core` out of coverage's configuration";
            problems.push(Problem::warning("coverage", what).hint(hint));
        }
        problems
    }

    fn verdict(&self, exit: Exit, cancelled: bool, problems: &mut Vec<Problem>) -> Verdict {
        let Some(_) = self.start else {
            if cancelled {
                return Verdict::Stopped;
            }
            let Some(teller) = self.told_by else {
                if self.away.as_ref().is_none_or(|away| away.trouble.is_none()) {
                    problems.push(silent(exit));
                }
                return Verdict::Broken;
            };
            problems.push(teller.problem());
            if let Exit::Code(_) = exit {
                return self.by_results(exit, cancelled, problems);
            }
            problems.push(cut_short(exit, None));
            return Verdict::Broken;
        };
        if self.finish.is_none() || matches!(exit, Exit::Signal(_) | Exit::Lost) {
            if cancelled {
                return Verdict::Stopped;
            }
            if self.usage.is_empty() || exit != Exit::Code(4) {
                problems.push(cut_short(exit, self.running().map(|test| test.id.as_str()).next()));
            }
            return Verdict::Broken;
        }
        self.by_results(exit, cancelled, problems)
    }

    /// The session came to its end: what its results say, and then the code.
    fn by_results(&self, exit: Exit, cancelled: bool, problems: &mut Vec<Problem>) -> Verdict {
        let tally = self.tally();
        let code = match exit {
            Exit::Code(code) => code,
            Exit::Signal(_) | Exit::Lost => return Verdict::Broken,
        };
        let bad = tally.failed + tally.errors > 0 || !self.collect_errors.is_empty();
        match code {
            _ if cancelled && (code == 2 || self.interrupted.is_some()) => Verdict::Stopped,
            // Under xdist the end after so many failures (`-x`, `--maxfail`) is an interruption of the controller.
            2 if bad && self.interrupted.as_deref().is_some_and(|by| by.contains("stopping after ")) => Verdict::Failed,
            2 if self.collect_errors.is_empty() => {
                let by = self.interrupted.as_deref().unwrap_or("something");
                problems.push(Problem::error("pytest", format!("the session was interrupted by {by}")));
                Verdict::Broken
            }
            3 | 4 => Verdict::Broken,
            _ if bad => Verdict::Failed,
            0 | 5 if tally.total == 0 => {
                problems.push(Problem::note("pytest", "no test was collected"));
                Verdict::Empty
            }
            0 => Verdict::Passed,
            1 if self.remaining().next().is_some() => {
                let (left, all) = (self.remaining().count(), self.results().len());
                let what = format!("the session ended with exit code 1, and {left} of {all} tests had not run");
                problems.push(Problem::error("pytest", what).hint("the output says why"));
                Verdict::Broken
            }
            1 if tally.total > 0 => {
                let what = "every test passed, but the exit code is 1: a plugin of the project has a gate of its own";
                problems.push(Problem::note("pytest", what).hint("the output says which"));
                Verdict::Passed
            }
            6 if tally.total > 0 => {
                problems.push(Problem::note("pytest", "more warnings than `max_warnings` allows (exit code 6)"));
                Verdict::Passed
            }
            _ => {
                problems.push(Problem::error("pytest", format!("it ended with exit code {code}")));
                Verdict::Broken
            }
        }
    }
}

/// How many files are named where there may be many.
const NAMED: usize = 3;

/// The names of files, as far as they are told.
fn named(files: &[String]) -> String {
    let more = files.len().saturating_sub(NAMED);
    let names: Vec<&str> = files.iter().take(NAMED).map(String::as_str).collect();
    names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

impl Away {
    /// What is wrong where the tests run.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        if let Some((what, hint)) = &self.trouble {
            return vec![Problem::error(&self.host, what).hint(hint)];
        }
        let lacks = self.lacks.iter().map(|what| Problem::warning(&self.host, what).hint("install it there"));
        let mut problems: Vec<Problem> = lacks.collect();
        if !self.differ.is_empty() {
            let what = format!("not the same in {}, where the tests ran: {}", self.root, named(&self.differ));
            let hint = "bring both to the same state; until then their coverage is not counted";
            problems.push(Problem::warning(&self.host, what).hint(hint));
        }
        if !self.absent.is_empty() {
            let what = format!("not in {}, where the tests ran: {}", self.root, named(&self.absent));
            problems.push(Problem::note(&self.host, what));
        }
        problems
    }

    /// Where that is, in one line.
    #[must_use]
    pub fn words(&self) -> String {
        let mounted = if self.mounted { ", lacuna's folder of the run is mounted" } else { "" };
        format!("the tests run on {} in {} by {}{mounted}", self.host, self.root, self.python)
    }

    /// Whether a file of the project is the same there, as far as that was looked at.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        !self.differ.iter().chain(&self.absent).any(|other| other == path)
    }
}

/// Data of another mode that lay beside that of the run.
fn set_aside(files: &[String], branch: bool) -> Problem {
    let (here, there) = if branch { ("branches", "lines alone") } else { ("lines alone", "branches") };
    let what = format!(
        "not counted, since it holds {there} and this run measures {here}: data of {} ({})",
        if files.len() == 1 { "a process".to_owned() } else { format!("{} processes", files.len()) },
        named(files)
    );
    Problem::warning("coverage", what).hint("a test starts coverage.py itself; `branch` has to be the same there")
}

fn silent(exit: Exit) -> Problem {
    let what = match exit {
        Exit::Code(0) => "it ended with exit code 0 and said nothing: that is not a pass".to_owned(),
        _ => format!("it {} before it loaded lacuna's plugin", ended(exit)),
    };
    Problem::error("pytest", what)
        .hint("its output says why; an interpreter that is started with `-I` or `-E` does not see the plugin")
}

fn cut_short(exit: Exit, running: Option<&str>) -> Problem {
    let place = running.map_or_else(String::new, |id| format!(" while {id} ran"));
    if exit == Exit::Code(4) {
        return Problem::error("pytest", "it refuses its arguments or the project's options (exit code 4)")
            .hint("its output says which; an option of a plugin that is not installed is the usual cause");
    }
    let what = match exit {
        Exit::Code(0) => format!("exit code 0 without a report{place}: that is not a pass"),
        _ => format!("it {}{place} and left no report", ended(exit)),
    };
    Problem::error("pytest", what).hint("something ended the process from inside or from outside; run that test alone")
}

fn ended(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("ended with exit code {code}"),
        Exit::Signal(signal) => format!("was ended by signal {signal}{}", meaning(signal)),
        Exit::Lost => "was lost".to_owned(),
    }
}

/// What a signal means; empty for those that have other numbers elsewhere.
const fn meaning(signal: i32) -> &'static str {
    match signal {
        1 => " (hang-up)",
        2 => " (interrupt)",
        3 => " (quit)",
        4 => " (illegal instruction)",
        6 => " (abort)",
        8 => " (arithmetic error)",
        9 => " (kill; when the memory is full, the system does that)",
        11 => " (segmentation fault)",
        15 => " (termination)",
        _ => "",
    }
}

/// How the process ended, said of the test that ran then: `the process was ended by signal 11 (segmentation fault)`.
#[must_use]
pub fn death(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("the process ended here with exit code {code}, without a report"),
        exit => format!("the process {} here", ended(exit)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Exit, Verdict};
    use crate::domain::suite::{Progress, parse_event};

    const START: &str = r#"{"ev":"start","pytest":"9.2.0"}"#;
    const PASS: &str = r#"{"ev":"test_end","id":"a::x","outcome":"passed","seconds":0.1}"#;
    const FAIL: &str = r#"{"ev":"test_end","id":"a::y","outcome":"failed","seconds":0.1}"#;

    fn check(lines: &[&str], exit: Exit, cancelled: bool, expect: Verdict, problems: usize) {
        let mut progress = Progress::default();
        for line in lines {
            progress.apply(parse_event(line.as_bytes()).expect("an event"));
        }
        let (verdict, said) = progress.judge(exit, cancelled);
        assert_eq!((verdict, said.len()), (expect, problems), "{lines:?} {said:?}");
    }

    #[test]
    fn events_are_believed_before_codes() {
        let finish = |code: i32| format!(r#"{{"ev":"finish","exit":{code}}}"#);
        check(&[START, PASS, &finish(0)], Exit::Code(0), false, Verdict::Passed, 0);
        check(&[START, PASS, FAIL, &finish(1)], Exit::Code(1), false, Verdict::Failed, 0);
        check(&[START, PASS, &finish(1)], Exit::Code(1), false, Verdict::Passed, 1);
        check(&[START, FAIL, &finish(0)], Exit::Code(0), false, Verdict::Failed, 0);
        check(&[START, PASS, &finish(6)], Exit::Code(6), false, Verdict::Passed, 1);
        check(&[START, &finish(5)], Exit::Code(5), false, Verdict::Empty, 1);
        check(&[START, PASS, &finish(7)], Exit::Code(7), false, Verdict::Broken, 1);
    }

    #[test]
    fn an_end_without_a_report_is_no_pass() {
        check(&[], Exit::Code(0), false, Verdict::Broken, 1);
        check(&[START, PASS], Exit::Code(0), false, Verdict::Broken, 1);
        check(&[START], Exit::Signal(11), false, Verdict::Broken, 1);
        check(&[START], Exit::Lost, false, Verdict::Broken, 1);
    }

    #[test]
    fn trap_13_a_tracer_that_cannot_tell_tests_apart_is_complained_about() {
        let measure =
            |untold| format!(r#"{{"ev":"measure","by":"coverage","branch":false,"contexts":false,"untold":{untold}}}"#);
        let finish = r#"{"ev":"finish","exit":0}"#;
        check(&[START, &measure(true), PASS, finish], Exit::Code(0), false, Verdict::Passed, 1);
        check(&[START, &measure(false), PASS, finish], Exit::Code(0), false, Verdict::Passed, 0);
    }

    #[test]
    fn what_was_stopped_is_called_so() {
        let stop = [START, PASS, r#"{"ev":"interrupted","text":"KeyboardInterrupt"}"#, r#"{"ev":"finish","exit":2}"#];
        check(&stop, Exit::Code(2), true, Verdict::Stopped, 0);
        check(&stop, Exit::Code(2), false, Verdict::Broken, 1);
        check(&[START], Exit::Signal(9), true, Verdict::Stopped, 0);
        check(&[], Exit::Signal(2), true, Verdict::Stopped, 0);
    }

    #[test]
    fn an_end_after_so_many_failures_is_a_failed_run() {
        let stop = r#"{"ev":"interrupted","text":"xdist.dsession.Interrupted: stopping after 1 failures"}"#;
        let finish = r#"{"ev":"finish","exit":2}"#;
        check(&[START, FAIL, stop, finish], Exit::Code(2), false, Verdict::Failed, 0);
        check(&[START, PASS, stop, finish], Exit::Code(2), false, Verdict::Broken, 1);
    }

    #[test]
    fn files_that_cannot_be_collected_fail_the_run() {
        let error = r#"{"ev":"collect_error","path":"t/a.py","text":"x\nE   ImportError: no"}"#;
        check(&[START, error, r#"{"ev":"finish","exit":2}"#], Exit::Code(2), false, Verdict::Failed, 1);
        let long = "x\nE   pytest.OldWarning: no chain\nE   Test: a.py\nE   See elsewhere";
        assert_eq!(super::cause(long), "pytest.OldWarning: no chain");
        let syntax = "E     File \"a.py\", line 3\nE       def x(:\nE             ^\nE   SyntaxError: invalid";
        assert_eq!((super::cause(syntax), super::cause("E   odd")), ("SyntaxError: invalid", "odd"));
        let usage = r#"{"ev":"usage","lines":["not found: /p/a.py::x"]}"#;
        check(&[START, usage, r#"{"ev":"finish","exit":4}"#], Exit::Code(4), false, Verdict::Broken, 1);
        check(&[START, usage], Exit::Code(4), false, Verdict::Broken, 1);
    }
}
