//! The verdict of a flake lab, as text, Markdown and JSON.

use super::grid::{Align, Grid};
use crate::domain::lab::{Cause, Change, Finding, Row, Split, Verdict, command, context};
use crate::domain::suite::TestId;
use serde_json::{Value, json};

/// A verdict with what is said beside it.
#[derive(Clone, Debug)]
pub struct LabReport<'a> {
    /// The test.
    pub test: &'a TestId,
    /// The number of the lab.
    pub number: i64,
    /// The verdict.
    pub verdict: &'a Verdict,
    /// Whether a plugin is installed that reorders and reseeds tests.
    pub reseeding: bool,
}

impl LabReport<'_> {
    /// The command that was seen to reproduce the failure.
    #[must_use]
    pub fn command(&self) -> Option<String> {
        self.verdict.reproduced.as_ref().map(|recipe| command(recipe, self.number, self.reseeding))
    }

    /// Lines of evidence below the verdict, each with its heading.
    #[must_use]
    pub fn evidence(&self) -> Vec<(&'static str, String)> {
        let verdict = self.verdict;
        let mut lines = Vec::new();
        lines.extend(verdict.failure.as_ref().map(|(_, words)| ("failure", words.clone())));
        lines.extend(verdict.trigger.as_ref().map(|side| ("with", side_words(side))));
        lines.extend(verdict.counter.as_ref().map(|side| ("without", side_words(side))));
        for change in &verdict.leak {
            let then = if matches!(verdict.cause, Cause::Brittle { .. }) { "fails" } else { "passes" };
            // Where one alone decides, that one is all that is told.
            let how = if verdict.leak.len() > 1 { "put back together" } else { "put back" };
            lines.push(("left behind", format!("{}; {how}, the test {then}", change_words(change))));
        }
        if verdict.leak.is_empty() {
            lines.extend(verdict.changes.iter().take(5).map(|change| ("changed", change_words(change))));
        }
        if let Cause::Victim { others, .. } = &verdict.cause {
            lines.extend(others.iter().map(|set| ("the same after", names(set))));
        }
        lines.extend(verdict.split.as_ref().map(|split| ("they part", split_words(split))));
        lines.extend(self.command().map(|command| ("reproduce", command)));
        lines.extend(verdict.refuted.iter().map(|what| ("refuted", what.clone())));
        lines.extend(verdict.excluded.iter().map(|what| ("no difference", what.clone())));
        lines.extend(verdict.also.iter().map(|what| ("also seen", what.clone())));
        lines
    }

    fn grid(&self) -> Grid {
        let mut grid = Grid::new(&[
            ("how", Align::Left),
            ("failed", Align::Right),
            ("runs", Align::Right),
            ("processes", Align::Right),
            ("failures", Align::Left),
        ]);
        for row in &self.verdict.rows {
            grid.row([
                row.context.clone(),
                row.failed.to_string(),
                row.ran.to_string(),
                row.processes.to_string(),
                failures(row),
            ]);
        }
        grid
    }

    fn spent(&self) -> String {
        let (runs, seconds) = self.verdict.spent;
        let short = if self.verdict.cut_short { "; the budget ended it, or it was stopped" } else { "" };
        format!("{runs} processes, {seconds:.0} s{short}")
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let verdict = self.verdict;
        let mut out = format!(
            "{}\n{} ({})\n{}\n\n",
            self.test.clean(),
            verdict.cause.class(),
            verdict.status.word(),
            verdict.sentence()
        );
        for (heading, line) in self.evidence() {
            out.push_str(&format!("{heading:>14}  {}\n", crate::base::Clean::line(&line)));
        }
        out.push_str(&format!("{:>14}  {}\n\n{}\n", "spent", self.spent(), self.grid().text().trim_end()));
        out
    }

    /// For a ticket.
    #[must_use]
    pub fn markdown(&self) -> String {
        let verdict = self.verdict;
        let clean = |text: &str| crate::base::Clean::line(text).replace('`', "'");
        let mut out = format!(
            "### `{}`\n\n**{}** ({}): {}\n\n",
            clean(self.test.as_str()),
            verdict.cause.class(),
            verdict.status.word(),
            clean(&verdict.sentence())
        );
        for (heading, line) in self.evidence() {
            let code = if heading == "reproduce" { "`" } else { "" };
            out.push_str(&format!("- {heading}: {code}{}{code}\n", clean(&line)));
        }
        out.push_str(&format!("- spent: {}\n\n{}", self.spent(), self.grid().markdown()));
        out
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let verdict = self.verdict;
        json!({
            "test": self.test.as_str(),
            "lab": self.number,
            "class": verdict.cause.class(),
            "status": verdict.status.word(),
            "sentence": verdict.sentence(),
            "cause": cause(&verdict.cause),
            "failure": verdict.failure.as_ref().map(|(_, words)| words),
            "signature": verdict.failure.as_ref().map(|(key, _)| key),
            "trigger": verdict.trigger.as_ref().map(side),
            "counterfactual": verdict.counter.as_ref().map(side),
            "leak": verdict.leak.iter().map(change).collect::<Vec<_>>(),
            "changes": verdict.changes.iter().map(change).collect::<Vec<_>>(),
            "split": verdict.split.as_ref().map(split),
            "reproduce": self.command(),
            "rate": { "failed": verdict.rate.0, "ran": verdict.rate.1 },
            "rows": verdict.rows.iter().map(row).collect::<Vec<_>>(),
            "refuted": verdict.refuted,
            "excluded": verdict.excluded,
            "also_seen": verdict.also,
            "processes": verdict.spent.0,
            "seconds": verdict.spent.1,
            "cut_short": verdict.cut_short,
        })
    }
}

fn names(tests: &[TestId]) -> String {
    tests.iter().map(TestId::as_str).collect::<Vec<_>>().join(" and ")
}

fn side_words(side: &Finding) -> String {
    format!("{}/{} failed {}", side.failed, side.ran, context(&side.recipe))
}

fn change_words(change: &Change) -> String {
    format!("{} {}: {} → {}", change.kind, change.name, change.before, change.after)
}

fn split_words(split: &Split) -> String {
    let place = |place: &Option<(String, u32)>| match place {
        Some((path, line)) => format!("{path}:{line}"),
        None => "its end".to_owned(),
    };
    let after = split.last.as_ref().map_or(String::new(), |(path, line)| format!(" after {path}:{line}"));
    format!("{} where it fails, {} where it passes{after}", place(&split.failing), place(&split.passing))
}

fn failures(row: &Row) -> String {
    row.failures.iter().map(|(words, count)| format!("{words} (×{count})")).collect::<Vec<_>>().join("; ")
}

fn side(side: &Finding) -> Value {
    json!({ "how": context(&side.recipe), "failed": side.failed, "ran": side.ran })
}

fn change(change: &Change) -> Value {
    json!({ "kind": change.kind, "name": change.name, "before": change.before, "after": change.after })
}

fn split(split: &Split) -> Value {
    let place =
        |place: &Option<(String, u32)>| place.as_ref().map(|(path, line)| json!({ "path": path, "line": line }));
    json!({ "last": place(&split.last), "failing": place(&split.failing), "passing": place(&split.passing) })
}

fn row(row: &Row) -> Value {
    let failures: Vec<Value> =
        row.failures.iter().map(|(words, count)| json!({ "failure": words, "count": count })).collect();
    json!({
        "how": row.context, "failed": row.failed, "ran": row.ran, "processes": row.processes, "failures": failures,
    })
}

fn cause(cause: &Cause) -> Value {
    let ids = |tests: &[TestId]| tests.iter().map(TestId::as_str).map(str::to_owned).collect::<Vec<_>>();
    match cause {
        Cause::Victim { polluters, others, at_import } => json!({
            "polluters": ids(polluters), "others": others.iter().map(|set| ids(set)).collect::<Vec<_>>(), "at_import": at_import,
        }),
        Cause::Brittle { setters } => json!({ "setters": ids(setters) }),
        Cause::SelfPolluting { by_files } => json!({ "by": if *by_files { "files" } else { "memory" } }),
        Cause::Hash { fails, passes } => json!({ "fails": fails, "passes": passes }),
        Cause::Random { fails, passes } => json!({ "fails": fails, "passes": passes }),
        Cause::Clock { at, fails } => json!({ "at": at, "fails": fails }),
        Cause::Environment { axis, fails } => json!({ "axis": axis.word(), "with": axis.words(), "fails": fails }),
        Cause::Outage { together } => json!({ "together": ids(together) }),
        Cause::Regression(since) => json!({ "passed": since.passed, "failed": since.failed, "runs": since.runs }),
        Cause::Timing | Cause::Broken | Cause::Intermittent | Cause::NotReproduced => Value::Null,
    }
}
