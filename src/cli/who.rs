//! `lacuna who`: the tests that run a line or, for one that nobody runs, the nearest tests to extend.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{output, session, targets};
use crate::app::Baseline;
use crate::base::{Clean, Problem, RepoPath};
use crate::domain::suite::TestId;
use crate::shell::who::{About, Who, about, place, who};
use crate::shell::{Desk, keep};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Runs the command.
pub fn run(word: &str, format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let (path, line) = match targets::line(&desk, word) {
        Ok(asked) => asked,
        Err(problem) => return output::refuse(problem),
    };
    let evidence = match keep::open(&desk) {
        Ok(Baseline::Found(evidence)) => evidence,
        Ok(Baseline::Nothing(_)) => {
            let problem =
                Problem::error(path.as_str(), "there is no coverage report, so that nobody knows who runs it");
            output::complain(&[problem.hint("measure the whole suite once: lacuna run --all")]);
            return Exit::Nothing;
        }
        Err(problem) => return output::refuse(problem),
    };
    output::complain(&evidence.problems);
    output::complain(&keep::settle(&desk).err().into_iter().collect::<Vec<_>>());
    let found = who(&desk, &evidence.ledger, &path, line);
    let tests: Vec<TestId> = found.ran.iter().chain(found.near.iter().map(|near| &near.test)).cloned().collect();
    let answer = Answer { path, line, about: about(&desk, &evidence.ledger, &tests), desk: &desk, found };
    match format {
        Format::Json => output::print_json(&answer.json()),
        Format::Text | Format::Md => output::print(&answer.text()),
    }
    if answer.found.ran.is_empty() && answer.found.near.is_empty() && answer.found.files.is_empty() {
        return Exit::Nothing;
    }
    Exit::Done
}

/// How many of the nearest tests are named to a person: whoever extends one of them looks at the first ones.
const NEAREST: usize = 20;

struct Answer<'a> {
    desk: &'a Desk,
    path: RepoPath,
    line: u32,
    found: Who,
    about: HashMap<TestId, About>,
}

impl Answer<'_> {
    fn text(&self) -> String {
        let Who { ran, near, files, state, function } = &self.found;
        let within = function.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
        let word = if state.word().is_empty() { "no statement" } else { state.word() };
        let by = match ran.len() {
            0 => ", run by no test".to_owned(),
            1 => ", run by 1 test".to_owned(),
            count => format!(", run by {count} tests"),
        };
        let mut out = format!("{}:{}{within}: {word}{by}\n", self.path.as_str(), self.line);
        ran.iter().for_each(|test| out.push_str(&self.row(test, None)));
        if !near.is_empty() {
            out.push_str("the nearest tests to extend:\n");
            let shown = near.iter().take(NEAREST);
            shown.for_each(|near| out.push_str(&self.row(&near.test, Some(near.why.words()))));
            if let Some(more @ 1..) = near.len().checked_sub(NEAREST) {
                out.push_str(&format!("  and {more} more, further away (--format json names them all)\n"));
            }
        }
        if ran.is_empty() && near.is_empty() && files.is_empty() && state.counts() {
            out.push_str("no test is near it: none runs this file, none calls it, none is named like it\n");
        }
        if !files.is_empty() {
            out.push_str("test files that are named like it:\n");
            files.iter().for_each(|file| out.push_str(&format!("  {}\n", file.as_str())));
        }
        Clean::lines(&out).iter().map(|line| format!("{line}\n")).collect()
    }

    fn row(&self, test: &TestId, why: Option<String>) -> String {
        let known = self.about.get(test).map(About::words).filter(|words| !words.is_empty());
        let at = place(self.desk, test).and_then(|(path, line)| Some(format!("{}:{}", path.as_str(), line?)));
        let rest: Vec<String> = why.into_iter().chain(known).chain(at).collect();
        format!("  {}  # {}\n", test.as_str(), rest.join(" · "))
    }

    fn json(&self) -> Value {
        let test = |test: &TestId| {
            let about = self.about.get(test).cloned().unwrap_or_default();
            let at = place(self.desk, test);
            json!({
                "test": test.as_str(),
                "outcome": about.outcome.map(crate::domain::suite::Outcome::word),
                "seconds": about.seconds,
                "flaky": about.flaky,
                "file": at.as_ref().map(|(path, _)| path.as_str()),
                "line": at.as_ref().and_then(|(_, line)| *line),
            })
        };
        let near = |near: &crate::domain::ledger::Near| {
            let mut row = test(&near.test);
            row["why"] = near.why.word().into();
            row["words"] = near.why.words().into();
            row["lines_away"] = near.lines.into();
            row
        };
        json!({
            "file": self.path.as_str(),
            "line": self.line,
            "state": self.found.state.word(),
            "function": self.found.function,
            "tests": self.found.ran.iter().map(test).collect::<Vec<_>>(),
            "nearest": self.found.near.iter().map(near).collect::<Vec<_>>(),
            "named": self.found.files.iter().map(RepoPath::as_str).collect::<Vec<_>>(),
        })
    }
}
