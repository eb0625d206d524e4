//! The Python files of a project.

use crate::base::{Glob, Problem, RepoPath};
use ignore::{DirEntry, WalkBuilder};
use std::path::Path;

/// Folders that never hold a project's own sources.
const NEVER: [&str; 4] = ["node_modules", "__pycache__", "site-packages", "htmlcov"];
/// How many Python files are listed.
const MOST: usize = 200_000;

/// The Python files below `root`, sorted: those that git would not ignore, outside hidden folders, virtual
/// environments and folders whose name or path matches one of `skip` (pytest's `norecursedirs`). Links are not followed.
#[must_use]
pub fn python_files(root: &Path, skip: &[Glob]) -> (Vec<RepoPath>, Vec<Problem>) {
    let (skip, top) = (skip.to_vec(), root.to_path_buf());
    let walk = WalkBuilder::new(root)
        .follow_links(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(move |entry| entry.depth() == 0 || is_wanted(&top, entry, &skip))
        .build();
    let (mut files, mut problems, mut unnamed) = (Vec::new(), Vec::new(), 0_u32);
    for entry in walk {
        match entry {
            Ok(entry) if is_python(&entry) => match RepoPath::below(root, entry.path()) {
                Some(path) => files.push(path),
                None => unnamed += 1,
            },
            Ok(_) => {}
            Err(error) => problems.push(Problem::warning(root.to_string_lossy(), error.to_string())),
        }
        if files.len() >= MOST {
            problems.push(Problem::warning(
                root.to_string_lossy(),
                format!("has more than {MOST} Python files; the rest is left out"),
            ));
            break;
        }
    }
    if unnamed > 0 {
        let what = format!("{unnamed} Python files are left out: their names are not UTF-8");
        problems.push(Problem::warning(root.to_string_lossy(), what));
    }
    files.sort();
    (files, problems)
}

/// The other files that one of the patterns matches, found in the same folders; none without a pattern.
#[must_use]
pub fn files_like(root: &Path, patterns: &[Glob]) -> Vec<RepoPath> {
    if patterns.is_empty() {
        return Vec::new();
    }
    let top = root.to_path_buf();
    let walk = WalkBuilder::new(root)
        .follow_links(false)
        .filter_entry(move |entry| entry.depth() == 0 || is_wanted(&top, entry, &[]))
        .build();
    let is_file = |entry: &DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
    let paths = walk.flatten().filter(|entry| is_file(entry) && !is_python(entry));
    let paths = paths.filter_map(|entry| RepoPath::below(root, entry.path()));
    let mut files: Vec<RepoPath> =
        paths.filter(|path| patterns.iter().any(|pattern| pattern.matches(path))).take(MOST).collect();
    files.sort();
    files
}

fn is_python(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file()) && entry.path().extension().is_some_and(|end| end == "py")
}

fn is_wanted(root: &Path, entry: &DirEntry, skip: &[Glob]) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    let Some(name) = entry.file_name().to_str() else { return false };
    let is_skipped = |path: Option<RepoPath>| path.is_some_and(|path| skip.iter().any(|glob| glob.matches(&path)));
    !NEVER.contains(&name)
        && !entry.path().join("pyvenv.cfg").exists()
        && !is_skipped(RepoPath::new(name))
        && !is_skipped(RepoPath::below(root, entry.path()))
}

#[cfg(test)]
mod tests {
    use super::python_files;
    use crate::base::{Glob, RepoPath};
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn sources_are_found_and_what_is_not_the_projects_own_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for path in ["shop/views.py", "tests/test_views.py", "a.py", "env/lib/x.py", "node_modules/y.py", ".tox/z.py"] {
            write(path, "");
        }
        write("env/pyvenv.cfg", "");
        write("generated/api.py", "");
        write("old/legacy.py", "");
        write(".git/HEAD", "");
        write(".gitignore", "generated/\n");
        symlink("/", dir.path().join("everything")).unwrap();
        let (files, problems) = python_files(dir.path(), &[Glob::new("old").unwrap()]);
        let names: Vec<&str> = files.iter().map(RepoPath::as_str).collect();
        assert_eq!(names, ["a.py", "shop/views.py", "tests/test_views.py"]);
        assert_eq!(problems, []);
    }
}
