//! The commit that is checked out, and what differs from it.

use crate::base::{Digest, Problem, RepoPath};
use crate::io::git::command::{Git, records};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A tree with more differing files than this gets no name: hashing them would take too long.
const HASHED: usize = 5_000;

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The commit; nothing before the first one.
    pub commit: Option<String>,
    /// The branch; nothing when the head is detached.
    pub branch: Option<String>,
    /// Whether anything below the root differs from the commit, untracked files included.
    pub dirty: bool,
    /// A name for the exact tree below the root: the commit when nothing differs, else a digest over the commit and
    /// every file that differs. Nothing before the first commit, or where it could not be made.
    pub tree: Option<String>,
    /// The files that differ.
    pub changed: Vec<Changed>,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// Its path below the root.
    pub path: RepoPath,
    /// Whether git does not know it yet.
    pub untracked: bool,
    /// Whether it is gone from the disk.
    pub deleted: bool,
}

/// What is checked out at `root`; nothing where there is no repository or git cannot tell.
#[must_use]
pub fn head(root: &Path) -> Option<Head> {
    let git = Git::at(root).ok()?;
    let status = Status::ask(&git).ok()?;
    let dirty = !status.changed.is_empty() || status.unnamed;
    let tree = match &status.commit {
        Some(commit) if !dirty => Some(commit.clone()),
        Some(commit) if !status.unnamed => tree(&git, root, commit, &status.changed),
        _ => None,
    };
    Some(Head { commit: status.commit, branch: status.branch, dirty, tree, changed: status.changed })
}

/// The files below `root` that differ: staged, unstaged and untracked ones; with `base`, also those that differ from
/// the commit where the current branch left `base`. Sorted by path.
///
/// # Errors
/// No repository, no git, an unknown `base`, or a git that takes too long.
pub fn changed(root: &Path, base: Option<&str>) -> Result<Vec<Changed>, Problem> {
    let git = Git::at(root)?;
    let mut all: BTreeMap<RepoPath, Changed> =
        Status::ask(&git)?.changed.into_iter().map(|changed| (changed.path.clone(), changed)).collect();
    if let Some(base) = base {
        for changed in since(&git, root, base)? {
            all.entry(changed.path.clone()).or_insert(changed);
        }
    }
    Ok(all.into_values().collect())
}

/// The folder that all worktrees of the repository share; nothing where there is no repository.
#[must_use]
pub fn common_dir(root: &Path) -> Option<PathBuf> {
    let own = root.ancestors().map(|folder| folder.join(".git")).find(|own| own.exists())?;
    // A plain repository shares its own folder. Only that of a worktree or a submodule is elsewhere, as git knows.
    if own.join("HEAD").is_file() {
        return own.canonicalize().ok();
    }
    let git = Git::at(root).ok()?;
    let output = git.ask(&["rev-parse", "--path-format=absolute", "--git-common-dir"], b"").ok()?;
    Path::new(std::str::from_utf8(&output).ok()?.trim_end_matches('\n')).canonicalize().ok()
}

/// What `git status` says about the files below the root.
#[derive(Default)]
struct Status {
    commit: Option<String>,
    branch: Option<String>,
    changed: Vec<Changed>,
    /// Whether a file differs whose name is no UTF-8.
    unnamed: bool,
}

impl Status {
    fn ask(git: &Git<'_>) -> Result<Self, Problem> {
        let prefix = git.ask(&["rev-parse", "--show-prefix"], b"")?;
        let prefix = String::from_utf8_lossy(&prefix);
        let arguments =
            ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames", "--", "."];
        let output = git.ask(&arguments, b"")?;
        let mut status = Self { unnamed: std::str::from_utf8(&output).is_err(), ..Self::default() };
        for record in records(&output) {
            status.take(record, prefix.trim_end_matches('\n'));
        }
        status.changed.sort();
        Ok(status)
    }

    /// Takes one record of porcelain version 2. Its paths begin at the top of the repository.
    fn take(&mut self, record: &str, prefix: &str) {
        if let Some(commit) = record.strip_prefix("# branch.oid ") {
            self.commit = Some(commit.to_owned()).filter(|commit| commit != "(initial)");
        } else if let Some(branch) = record.strip_prefix("# branch.head ") {
            self.branch = Some(branch.to_owned()).filter(|branch| branch != "(detached)");
        }
        let (path, states) = match record.split_once(' ') {
            Some(("?", path)) => (path, "??"),
            Some(("1", rest)) => (rest.splitn(8, ' ').last().unwrap_or_default(), rest.get(..2).unwrap_or_default()),
            Some(("u", rest)) => (rest.splitn(10, ' ').last().unwrap_or_default(), "UU"),
            _ => return,
        };
        let inside = path.strip_prefix(prefix).and_then(RepoPath::new);
        let is_deleted = states.ends_with('D') || states.starts_with("D.");
        self.changed.extend(inside.map(|path| Changed { path, untracked: states == "??", deleted: is_deleted }));
    }
}

/// The commit that changes are looked for against: the one where the current branch left `base`, or the one that is checked
/// out. Nothing before the first commit.
///
/// # Errors
/// No repository, no git, or an unknown `base`.
pub fn start(root: &Path, base: Option<&str>) -> Result<Option<String>, Problem> {
    let git = Git::at(root)?;
    match base {
        Some(base) => left(&git, base).map(Some),
        None => Ok(Status::ask(&git)?.commit),
    }
}

/// The commit where the current branch left `base`.
fn left(git: &Git<'_>, base: &str) -> Result<String, Problem> {
    let start = git.ask(&["merge-base", "--end-of-options", base, "HEAD"], b"").map_err(|problem| {
        Problem::warning(format!("git: {base}"), &*problem.what).hint("name a branch or a commit that is there")
    })?;
    Ok(String::from_utf8_lossy(&start).trim().to_owned())
}

/// The files that differ between the disk and the commit where the branch left `base`.
fn since(git: &Git<'_>, root: &Path, base: &str) -> Result<Vec<Changed>, Problem> {
    let start = left(git, base)?;
    let start = start.as_str();
    let options =
        ["diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv", start, "--", "."];
    let output = git.ask(&options, b"")?;
    let paths = records(&output).filter_map(RepoPath::new);
    Ok(paths.map(|path| Changed { untracked: false, deleted: !path.under(root).exists(), path }).collect())
}

/// A name for the tree that differs from `commit` in the files of `changed`.
fn tree(git: &Git<'_>, root: &Path, commit: &str, changed: &[Changed]) -> Option<String> {
    // git would read a pipe or a device for ever; a link is named by where it leads.
    let is_file =
        |changed: &&Changed| changed.path.under(root).symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let files: Vec<&Changed> = changed.iter().filter(is_file).collect();
    if changed.len() > HASHED || files.iter().any(|changed| changed.path.as_str().contains('\n')) {
        return None;
    }
    let names: String = files.iter().flat_map(|changed| [changed.path.as_str(), "\n"]).collect();
    let hashes = git.ask(&["hash-object", "--no-filters", "--stdin-paths"], names.as_bytes()).ok()?;
    let hashes = String::from_utf8(hashes).ok()?;
    let mut hashes = hashes.lines();
    let mut whole = format!("{commit}\n");
    for changed in changed {
        let content = if is_file(&changed) {
            hashes.next()?.to_owned()
        } else {
            let link = changed.path.under(root).read_link();
            link.map_or_else(|_| "gone".to_owned(), |target| target.to_string_lossy().into_owned())
        };
        whole.push_str(&format!("{}\0{content}\n", changed.path.as_str()));
    }
    Some(format!("{commit}+{}", Digest::of(whole.as_bytes()).to_string().get(..16)?))
}
