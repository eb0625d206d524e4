//! What the repository holds of other commits: what differs between two, the content of files, who changed them.

use crate::base::{Clean, Problem, RepoPath};
use crate::io::git::command::{Git, records};
use std::path::Path;

/// The files below `root` that differ between two commits, sorted by path. A renamed file is one that is gone and one that is
/// new.
///
/// # Errors
/// One of the two is no commit of this repository, or git cannot tell.
pub fn differing(root: &Path, from: &str, to: &str) -> Result<Vec<RepoPath>, Problem> {
    let git = Git::at(root)?;
    for commit in [from, to] {
        known(&git, commit)?;
    }
    let options = ["diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv"];
    let output = git.ask(&[&options[..], &[from, to, "--", "."]].concat(), b"")?;
    let mut paths: Vec<RepoPath> = records(&output).filter_map(RepoPath::new).collect();
    paths.sort();
    Ok(paths)
}

/// The files below `root` that were renamed between two commits, each with its new path, as far as git can tell.
///
/// # Errors
/// One of the two is no commit of this repository, or git cannot tell.
pub fn renames(root: &Path, from: &str, to: &str) -> Result<Vec<(RepoPath, RepoPath)>, Problem> {
    let git = Git::at(root)?;
    for commit in [from, to] {
        known(&git, commit)?;
    }
    let options = ["diff", "--name-status", "-z", "--relative", "--find-renames", "--diff-filter=R", "--no-ext-diff"];
    let output = git.ask(&[&options[..], &["--no-textconv", from, to, "--", "."]].concat(), b"")?;
    let mut fields = records(&output);
    let mut found = Vec::new();
    while let (Some(_), Some(old), Some(new)) = (fields.next(), fields.next(), fields.next()) {
        found.extend(RepoPath::new(old).zip(RepoPath::new(new)));
    }
    Ok(found)
}

/// What a commit has of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// No file.
    Nothing,
    /// A text.
    Text(String),
    /// Something that is no text.
    Bytes,
}

/// What commits have of files, in the order of the questions; all of them answered by one process.
///
/// # Errors
/// git cannot tell.
pub fn contents(root: &Path, asked: &[(&str, &RepoPath)]) -> Result<Vec<Held>, Problem> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    // A line of the question is one name: what has a line break in it is asked for as something that nobody has.
    let name = |(commit, path): &(&str, &RepoPath)| match is_name(commit) && !path.as_str().contains('\n') {
        true => format!("{commit}:./{}\n", path.as_str()),
        false => "-\n".to_owned(),
    };
    let names: String = asked.iter().map(name).collect();
    let output = Git::at(root)?.ask(&["cat-file", "--batch=%(objecttype) %(objectsize)"], names.as_bytes())?;
    let mut rest = output.as_slice();
    let mut found = Vec::with_capacity(asked.len());
    for _ in asked {
        let (held, after) = object(rest).ok_or_else(|| Problem::warning("git cat-file", "its answer is cut off"))?;
        found.push(held);
        rest = after;
    }
    Ok(found)
}

/// A commit, with the files below the root that it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: String,
    /// The one before it; nothing for the first.
    pub parent: Option<String>,
    /// Who wrote it.
    pub author: Clean,
    /// When, to the day.
    pub day: Clean,
    /// The first line of what was said of it.
    pub subject: Clean,
    /// The files that it changed.
    pub files: Vec<RepoPath>,
}

/// The commits after `from` up to `to` that changed something below `root`, the newest first, without merges; at most `most`.
///
/// # Errors
/// One of the two is no commit of this repository, or git cannot tell.
pub fn commits(root: &Path, from: &str, to: &str, most: usize) -> Result<Vec<Commit>, Problem> {
    let git = Git::at(root)?;
    for commit in [from, to] {
        known(&git, commit)?;
    }
    let (range, most) = (format!("{from}..{to}"), format!("--max-count={most}"));
    let options = ["log", "--no-merges", "--name-only", "--no-renames", "--relative", "--no-ext-diff", "--no-textconv"];
    let form = ["-z", "--format=%x01%H%x02%P%x02%an%x02%as%x02%s%x02", &most, &range, "--", "."];
    let output = git.ask(&[&options[..], &form].concat(), b"")?;
    Ok(String::from_utf8_lossy(&output).split('\u{1}').filter_map(commit).collect())
}

fn commit(record: &str) -> Option<Commit> {
    let mut parts = record.splitn(6, '\u{2}');
    let (id, parents) = (parts.next()?, parts.next()?);
    let mut told = || parts.next().map(Clean::line);
    let (author, day, subject) = (told()?, told()?, told()?);
    let files = parts.next()?.split('\0').map(|path| path.trim_start_matches('\n')).filter_map(RepoPath::new);
    let parent = parents.split(' ').next().filter(|parent| is_name(parent)).map(ToOwned::to_owned);
    is_name(id).then(|| Commit { id: id.to_owned(), parent, author, day, subject, files: files.collect() })
}

/// The first answer of `git cat-file --batch`, and what follows it.
fn object(output: &[u8]) -> Option<(Held, &[u8])> {
    let end = output.iter().position(|byte| *byte == b'\n')?;
    let head = String::from_utf8_lossy(output.get(..end)?);
    let rest = output.get(end + 1..)?;
    // `blob 12`, or the name that was asked for and what is wrong with it.
    let Some((kind, size)) = head.split_once(' ').and_then(|(kind, size)| Some((kind, size.parse::<usize>().ok()?)))
    else {
        return Some((Held::Nothing, rest));
    };
    let held = match std::str::from_utf8(rest.get(..size)?) {
        _ if kind != "blob" => Held::Nothing,
        Ok(text) => Held::Text(text.to_owned()),
        Err(_) => Held::Bytes,
    };
    Some((held, rest.get(size + 1..)?))
}

/// Whether a text can be the name of a commit.
fn is_name(text: &str) -> bool {
    (4..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a commit is there. What is no name of a commit is not given to git at all.
fn known(git: &Git<'_>, commit: &str) -> Result<(), Problem> {
    let is_there = is_name(commit) && git.ask(&["cat-file", "-e", &format!("{commit}^{{commit}}")], b"").is_ok();
    if is_there {
        return Ok(());
    }
    let short: String = commit.chars().take(9).collect();
    let problem = Problem::note(format!("git: {short}"), "this repository does not have the commit");
    let is_shallow =
        git.ask(&["rev-parse", "--is-shallow-repository"], b"").is_ok_and(|said| said.starts_with(b"true"));
    Err(match is_shallow {
        true => problem.hint("it is a shallow clone: `git fetch --unshallow` brings the rest of its history"),
        false => problem.hint("`git fetch` may bring it; results of another repository belong in its own history"),
    })
}
