//! Which commits changed what a test runs, among those between which its failure rate changed: by git and the ledger.

use super::changes::Changes;
use super::desk::Desk;
use crate::base::{Problem, RepoPath};
use crate::domain::history::{Blame, Shift, Touching};
use crate::domain::ledger::Ledger;
use crate::domain::suite::TestId;
use crate::io::git::{self, Commit, Held};
use std::collections::BTreeSet;

/// How many commits of a range are looked at.
const COMMITS: usize = 200;
/// How many files of them.
const FILES: usize = 2_000;

/// The commits of a change point.
#[must_use]
pub fn of(desk: &Desk, ledger: Option<&Ledger>, test: &TestId, shift: &Shift) -> Blame {
    let unknown = |why: String| Blame { unknown: Some(why), ..Blame::default() };
    let Some((from, to)) = shift.commits() else {
        return match (&shift.last.commit, &shift.range.1.commit) {
            (Some(_), Some(_)) => {
                unknown("the runs before and after are of one commit: no commit changed it".to_owned())
            }
            _ => unknown("the commits of these runs are not known".to_owned()),
        };
    };
    match between(desk, ledger, test, (from, to)) {
        Ok(blame) => blame,
        Err(problem) => {
            let hint = if problem.hint.is_empty() { String::new() } else { format!(" ({})", problem.hint) };
            unknown(format!("{}: {}{hint}", problem.origin, problem.what))
        }
    }
}

fn between(desk: &Desk, ledger: Option<&Ledger>, test: &TestId, (from, to): (&str, &str)) -> Result<Blame, Problem> {
    let root = &desk.project.root;
    let commits = git::commits(root, from, to, COMMITS)?;
    let ledger = ledger.filter(|ledger| ledger.is_followed(test));
    let own = RepoPath::new(test.path());
    let ran: BTreeSet<RepoPath> =
        ledger.map(|ledger| ledger.lines_run_by(test)).into_iter().flatten().map(|(path, _)| path).chain(own).collect();
    let may_matter = |path: &&RepoPath| {
        ran.contains(*path) || ledger.is_some_and(|ledger| path.as_str().ends_with(".py") && !ledger.measures(path))
    };
    let mut asked: Vec<(usize, &RepoPath)> = Vec::new();
    for (at, commit) in commits.iter().enumerate() {
        asked.extend(commit.files.iter().filter(may_matter).map(|path| (at, path)));
    }
    let mut unknown =
        (commits.len() == COMMITS).then(|| format!("only the last {COMMITS} commits of the range were looked at"));
    if asked.len() > FILES {
        asked.truncate(FILES);
        unknown = Some(format!("only the first {FILES} changed files of the range were looked at"));
    }
    if ledger.is_none() {
        unknown = Some(
            "what the test runs is not known, only its own file was looked at: `lacuna run` measures it".to_owned(),
        );
    }
    let held = held(desk, &commits, &asked)?;
    let mut touching = Vec::new();
    for (at, commit) in commits.iter().enumerate() {
        let files = asked.iter().zip(&held).filter(|((of, _), _)| *of == at);
        let files: Vec<_> =
            files.map(|((_, path), (before, after))| ((*path).clone(), before.clone(), after.clone())).collect();
        touching.extend(touched(desk, ledger, test, commit, (files, &ran)));
    }
    touching.sort_by_key(|touching: &Touching| touching.ran.is_empty());
    Ok(Blame { commits: commits.len(), touching, unknown })
}

/// What each commit, and the one before it, has of the files.
fn held(desk: &Desk, commits: &[Commit], asked: &[(usize, &RepoPath)]) -> Result<Vec<(Held, Held)>, Problem> {
    let mut names: Vec<(&str, &RepoPath)> = Vec::with_capacity(asked.len() * 2);
    for (at, path) in asked {
        let Some(commit) = commits.get(*at) else { continue };
        // The first commit of all has none before it: nobody has a file of no commit.
        names.extend([(commit.parent.as_deref().unwrap_or_default(), *path), (commit.id.as_str(), *path)]);
    }
    let mut held = git::contents(&desk.project.root, &names)?.into_iter();
    Ok(std::iter::from_fn(|| Some((held.next()?, held.next()?))).collect())
}

/// What a commit changed of what the test runs; nothing where it changed none of it.
fn touched(
    desk: &Desk,
    ledger: Option<&Ledger>,
    test: &TestId,
    commit: &Commit,
    (files, ran): (Vec<(RepoPath, Held, Held)>, &BTreeSet<RepoPath>),
) -> Option<Touching> {
    let paths: Vec<RepoPath> = files.iter().map(|(path, ..)| path.clone()).filter(|path| ran.contains(path)).collect();
    let judged = match ledger {
        Some(_) if !files.is_empty() => Changes::of_commit(files).judge(desk, ledger, test),
        _ => return (ledger.is_none() && !paths.is_empty()).then(|| of_commit(commit, Vec::new(), paths)),
    };
    // Where the evidence stands on another text, the file is all that is known.
    let open = if judged.unknown.is_empty() { Vec::new() } else { paths };
    let files: Vec<RepoPath> =
        open.into_iter().filter(|path| judged.unknown.iter().any(|why| why.starts_with(path.as_str()))).collect();
    (!judged.ran.is_empty() || !files.is_empty()).then(|| of_commit(commit, judged.ran, files))
}

fn of_commit(commit: &Commit, ran: Vec<crate::domain::ledger::RanChange>, files: Vec<RepoPath>) -> Touching {
    Touching {
        commit: commit.id.clone(),
        author: commit.author.clone(),
        day: commit.day.clone(),
        subject: commit.subject.clone(),
        ran,
        files,
    }
}
