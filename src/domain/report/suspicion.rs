//! What a failure may come from, as JSON: the changed code that its test ran, and the commits that changed it.

use crate::domain::history::{Blame, Run, Suspicion};
use crate::domain::ledger::RanChange;
use serde_json::{Value, json};

/// What a failure may be.
#[must_use]
pub fn suspicion(found: &Suspicion) -> Value {
    let run = |run: &Run| json!({ "run": run.id, "when": run.when.rfc3339(), "commit": run.commit });
    json!({
        "suspect": found.suspect.word(),
        "words": found.words(),
        "failed": run(&found.failed),
        "passed": found.passed.as_deref().map(run),
        "changed_files": found.files,
        "ran": found.ran.iter().map(change).collect::<Vec<_>>(),
        "unknown": found.unknown,
    })
}

/// The commits of a change point.
#[must_use]
pub fn blame(found: &Blame) -> Value {
    json!({
        "commits": found.commits,
        "touching": found.touching.iter().map(|touching| json!({
            "commit": touching.commit,
            "author": touching.author.as_str(),
            "day": touching.day.as_str(),
            "subject": touching.subject.as_str(),
            "ran": touching.ran.iter().map(change).collect::<Vec<_>>(),
            "files": touching.files.iter().map(crate::base::RepoPath::as_str).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "unknown": found.unknown,
    })
}

fn change(change: &RanChange) -> Value {
    json!({ "path": change.path.as_str(), "name": change.name, "lines": change.lines, "exact": change.exact })
}
