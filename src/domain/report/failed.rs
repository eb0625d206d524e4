//! Tests that failed, as items of a report: what the failure is, what it may come from, and what to type next.

use crate::base::{Clean, Stamp};
use crate::domain::history::{Observation, Run, Signature, Suspect};
use crate::domain::report::opening::moment;
use crate::domain::report::page::{Item, Tone, Words};
use crate::domain::suite::{Outcome, TestId, Told, quoted};
use serde_json::{Value, json};

/// A test that failed in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// The test.
    pub test: TestId,
    /// How it ended.
    pub outcome: Outcome,
    /// What stays the same of the failure: its cause in words.
    pub cause: String,
    /// The failure in one line.
    pub message: Clean,
    /// What it may come from, where that was judged.
    pub suspect: Option<Suspect>,
    /// How it ended the time before, and when that was.
    pub before: Option<(Outcome, Stamp)>,
    /// In how many of the runs looked at it failed.
    pub rate: (usize, usize),
}

impl Failed {
    /// A test that failed in `run`; `seen` is what the history has of it, the last saved first.
    #[must_use]
    pub fn of(told: &Told, run: &Run, seen: &[Observation]) -> Self {
        let at = seen.iter().position(|seen| seen.run.id == run.id);
        let before = at.and_then(|at| seen.get(at + 1)).map(|seen| (seen.outcome, seen.run.when));
        let ran = seen.iter().filter(|seen| seen.outcome.is_evidence());
        let cause = Signature::of(&told.message, &told.details).words();
        Self {
            test: told.id.clone(),
            outcome: told.outcome,
            cause: if cause.is_empty() { told.message.to_string() } else { cause },
            message: told.message.clone(),
            suspect: at.and_then(|at| seen.get(at)).and_then(|seen| seen.suspect),
            before,
            rate: (ran.clone().filter(|seen| seen.outcome.is_bad()).count(), ran.count()),
        }
    }

    /// As an item of a list.
    #[must_use]
    pub fn item(&self) -> Item {
        let mut below = vec![Words::from(self.cause.as_str())];
        let before = match self.before {
            None => "It never ran before.".to_owned(),
            Some((outcome, when)) => {
                let (failed, runs) = self.rate;
                format!("Before, on {}: {outcome}. It failed in {failed} of its last {runs} runs.", moment(when))
            }
        };
        below.push(Words::from(before));
        below.extend(self.suspect.map(|suspect| {
            Words::from(match suspect {
                Suspect::Regression => "It ran code that changed since it passed: a regression candidate.",
                Suspect::Flake => "It runs nothing of what changed since it passed: a flake candidate.",
                Suspect::Unknown => "Whether a change broke it, nobody can tell.",
            })
        }));
        below.push(Words::from("next: ").code(format!("lacuna run {}", quoted(self.test.as_str()))));
        let words = Words::new().code(self.test.as_str()).plain(format!(" {}", ended(self.outcome)));
        Item { tone: Tone::Bad, words, below }
    }

    /// For programs.
    #[must_use]
    pub fn value(&self) -> Value {
        json!({
            "test": self.test.as_str(),
            "outcome": self.outcome.word(),
            "cause": self.cause,
            "message": self.message.as_str(),
            "suspect": self.suspect.map(Suspect::word),
            "before": self.before.map(|(outcome, when)| json!({ "outcome": outcome.word(), "when": when.rfc3339() })),
            "failed": self.rate.0,
            "runs": self.rate.1,
        })
    }
}

const fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Error => "could not run",
        _ => "failed",
    }
}
