//! What the history says of one test, in words: short facts, and a note in Markdown for an issue or a message.

use crate::base::{Clean, Stamp};
use crate::domain::history::run::short;
use crate::domain::history::{Blame, Course, Dossier, FlakyTest, Pace, Run, Shift};
use std::fmt::Write as _;

/// How many results a note lists.
const RESULTS: usize = 12;
/// How many tests of a group are named.
const NAMED: usize = 5;

/// The facts of a test, each one line: what it seems to be, since when, what it cost, what fails with it.
#[must_use]
pub fn facts(dossier: &Dossier) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(test) = &dossier.verdict {
        facts.push(verdict(test));
        facts.extend(test.shift.as_ref().map(since));
        facts.extend(dossier.blame.iter().flat_map(Blame::lines));
        facts.push(cost(test));
        facts.extend(
            Some(test.belonging()).filter(|words| !words.is_empty()).map(|words| format!("belongs to {words}")),
        );
    }
    facts.extend(dossier.suspicion.as_ref().map(|found| format!("last failure: {}", found.words())));
    let failed = dossier.seen.iter().find(|seen| seen.outcome.is_bad());
    facts.extend(failed.and_then(|seen| seen.run.url.as_deref()).map(|url| format!("the run that failed last: {url}")));
    facts.extend(dossier.pace.as_ref().map(slower));
    if !dossier.companions.is_empty() {
        let named: Vec<String> = dossier
            .companions
            .iter()
            .take(NAMED)
            .map(|other| format!("{} ({} of {} runs)", other.test.as_str(), other.both, other.either))
            .collect();
        let more = dossier.companions.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        facts.push(format!("fails together with {}{more}", named.join(", ")));
    }
    facts
}

fn verdict(test: &FlakyTest) -> String {
    let proved = if test.definite { ", proved: both outcomes on the same code" } else { "" };
    let word = match test.course {
        Course::New => "flaky, new",
        Course::Ongoing => "flaky, goes on",
        Course::Quiet => "flaky, but quiet for longer than usual",
        Course::Regressed => "broken since a change, it seems",
        Course::Mended => "mended, it seems",
    };
    let known = test.posterior;
    format!(
        "{word}{proved} · failed in {} of {} runs · fails in {} of its attempts (with 90 % certainty {} to {})",
        test.failures,
        test.runs,
        percent(known.median),
        percent(known.low),
        percent(known.high)
    )
}

/// A probability in words that never say more than is known: nothing is 0 % or 100 %.
fn percent(share: f64) -> String {
    match share * 100.0 {
        some if some < 0.1 => "< 0.1 %".to_owned(),
        some if some > 99.9 => "> 99.9 %".to_owned(),
        some if !(10.0..=90.0).contains(&some) => format!("{some:.1} %"),
        some => format!("{some:.0} %"),
    }
}

fn since(shift: &Shift) -> String {
    let commits = shift
        .commits()
        .map_or_else(String::new, |(from, to)| format!(", by a commit after {} up to {}", short(from), short(to)));
    format!(
        "since {}{commits}: {} of {} runs before failed, {} of {} since",
        moment(shift.first.when),
        shift.before.part,
        shift.before.whole,
        shift.after.part,
        shift.after.whole
    )
}

fn cost(test: &FlakyTest) -> String {
    let impact = test.impact;
    format!(
        "last seven days: {} of {} runs failed of it, {} lost · {:.1} failures a week to expect",
        impact.blocked,
        impact.runs,
        span(impact.seconds),
        impact.expected
    )
}

fn slower(pace: &Pace) -> String {
    let word = if pace.after > pace.before { "slower" } else { "faster" };
    let commit = pace.first.commit.as_deref().map_or_else(String::new, |commit| format!(", commit {}", short(commit)));
    format!("{word} since {}{commit}: {:.2} s before, {:.2} s now", moment(pace.first.when), pace.before, pace.after)
}

/// A point in time to the minute.
fn moment(when: Stamp) -> String {
    let text = when.rfc3339();
    text.get(..16).map_or(text.clone(), |minute| format!("{}Z", minute.replace('T', " ")))
}

/// A time as a person says it.
fn span(seconds: f64) -> String {
    match seconds {
        some if some < 90.0 => format!("{some:.0} s"),
        some if some < 5400.0 => format!("{:.0} min", some / 60.0),
        some => format!("{:.1} h", some / 3600.0),
    }
}

/// The note: a title, the facts, the causes, the last results, and how to run the test.
#[must_use]
pub fn note(dossier: &Dossier) -> String {
    let id = dossier.test.as_str();
    let mut text = format!("# {}\n\n", cell(id));
    let facts = facts(dossier);
    if facts.is_empty() {
        let _ = writeln!(text, "{} results are recorded, all with one outcome.\n", dossier.seen.len());
    }
    for fact in facts {
        // What is listed belongs to the fact above it.
        let (indent, fact) = fact.strip_prefix("· ").map_or(("", fact.as_str()), |rest| ("  ", rest));
        let _ = writeln!(text, "{indent}- {}", cell(fact));
    }
    if !dossier.causes.is_empty() {
        text.push_str("\n## Causes\n\n| fails | cause | other tests | last seen |\n|---:|---|---:|---|\n");
        for (own, cause) in &dossier.causes {
            let (words, others) = (cell(&cause.signature.words()), cause.tests.len() - 1);
            let _ = writeln!(text, "| {own} | {words} | {others} | {} |", place(&cause.span.1));
        }
    }
    if !dossier.seen.is_empty() {
        text.push_str(
            "\n## Last runs\n\n| when | outcome | seconds | commit | branch | failure |\n|---|---|---:|---|---|---|\n",
        );
        for seen in dossier.seen.iter().take(RESULTS) {
            let retried = if seen.attempts.is_empty() { "" } else { " after a retry" };
            let _ = writeln!(
                text,
                "| {} | {}{retried} | {:.2} | {} | {} | {} |",
                linked(moment(seen.run.when), &seen.run),
                seen.outcome.word(),
                seen.seconds,
                cell(seen.run.short_commit()),
                cell(seen.run.branch.as_deref().unwrap_or_default()),
                cell(seen.message.as_str())
            );
        }
    }
    let _ = writeln!(text, "\nIt runs alone by `lacuna run '{}'`.", Clean::line(id).as_str().replace('`', "'"));
    text
}

/// When a run was, and on which commit.
pub(super) fn place(run: &Run) -> String {
    let commit = run.commit.as_deref().map_or_else(String::new, |commit| format!(", {}", short(commit)));
    format!("{}{commit}", moment(run.when))
}

/// A text that leads to a run, where it can be looked at.
fn linked(text: String, run: &Run) -> String {
    match &run.url {
        Some(url) => format!("[{text}]({})", url.replace('(', "%28").replace(')', "%29").replace('|', "%7C")),
        None => text,
    }
}

/// A text that stays in its cell.
fn cell(text: &str) -> String {
    Clean::line(text).as_str().replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::note;
    use crate::base::{Clean, Stamp};
    use crate::domain::history::{Dossier, Observation, Run, RunSource, Sighting, Signature};
    use crate::domain::suite::{Outcome, TestId};
    use std::sync::Arc;

    #[test]
    fn the_note_has_what_somebody_needs_who_takes_the_case() {
        let hour = 3_600_000;
        let start = Stamp::parse("2026-11-02T08:00:00Z").unwrap();
        let (mut seen, mut failures) = (Vec::new(), Vec::new());
        for at in 0..70_i64 {
            let is_bad = at >= 60 && at % 2 == 0;
            let run = Arc::new(Run {
                serial: at as u64 + 1,
                commit: Some(format!("{:09x}ffff", at / 2)),
                branch: Some("main".into()),
                seconds: 120.0,
                ..Run::new(format!("r{at}"), Stamp(start.0 + at * hour), RunSource::Ingested)
            });
            let message = Clean::line(if is_bad { "ConnectionError: port 41 | refused" } else { "" });
            if is_bad {
                let signature = Arc::new(Signature::of(message.as_str(), ""));
                for test in ["tests/test_a.py::test_x", "tests/test_a.py::test_y"] {
                    failures.push(Sighting {
                        test: TestId::new(test),
                        run: Arc::clone(&run),
                        message: message.clone(),
                        signature: Arc::clone(&signature),
                    });
                }
            }
            let outcome = if is_bad { Outcome::Failed } else { Outcome::Passed };
            let seconds = if at < 40 { 0.5 } else { 2.0 };
            let test = TestId::new("tests/test_a.py::test_x");
            seen.push(Observation { run, test, outcome, attempts: Vec::new(), seconds, message, suspect: None });
        }
        seen.reverse();
        let dossier = Dossier::of(TestId::new("tests/test_a.py::test_x"), seen, &failures);
        assert_eq!(dossier.cause_in(61), Some(0));
        assert_eq!(dossier.cause_in(60), None);
        let text = note(&dossier);
        for words in [
            "# tests/test_a.py::test_x\n",
            "flaky, new",
            "failed in 5 of 70 runs",
            "since 2026-11-04 20:00Z, by a commit after ",
            "0 of 60 runs before failed, 5 of 10 since",
            "last seven days: 5 of 70 runs failed of it, 10 min lost",
            "slower since 2026-11-04 00:00Z, commit 000000014: 0.50 s before, 2.00 s now",
            "fails together with tests/test_a.py::test_y (5 of 5 runs)",
            "| 5 | ConnectionError: port <n> \\| refused | 1 |",
            "lacuna run 'tests/test_a.py::test_x'",
        ] {
            assert!(text.contains(words), "{words} is not in:\n{text}");
        }
    }
}
