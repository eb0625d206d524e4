//! The reports of a project, by convention and by the patterns of its configuration.

use crate::base::{Glob, RepoPath, Stamp};
use crate::io::files::read::{Identity, identity};
use ignore::{DirEntry, WalkBuilder};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Folders at the root that are searched for reports.
const FOLDERS: [&str; 6] = ["test-results", "test-reports", "reports", "coverage", "build", "artifacts"];
/// Folders that are never searched.
const NEVER: [&str; 8] =
    [".git", "node_modules", "__pycache__", "site-packages", "htmlcov", ".tox", ".nox", ".mypy_cache"];
/// How deep the searched folders are looked through.
const DEPTH: usize = 4;
/// How many entries are looked at for one folder or pattern.
pub(super) const MOST: usize = 100_000;

/// A file that may be a report. What it really is, its content says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// When it was last written.
    pub modified: Stamp,
    /// Its size.
    pub bytes: u64,
    /// Which version it is.
    pub identity: Identity,
}

/// The files below `root` that are reports by their names, or that match one of `patterns`; newest first.
#[must_use]
pub fn find_reports(root: &Path, patterns: &[Glob]) -> Vec<Found> {
    let mut found = BTreeMap::new();
    let mut take = |path: &Path| {
        if let Some(identity) = identity(path) {
            found.insert(path.to_path_buf(), identity);
        }
    };
    walk(root, 1).filter(|path| is_report(path, false)).for_each(|path| take(&path));
    for folder in FOLDERS {
        walk(&root.join(folder), DEPTH).filter(|path| is_report(path, true)).for_each(|path| take(&path));
    }
    for pattern in patterns {
        search(root, pattern).iter().for_each(|path| take(path));
    }
    let mut found: Vec<Found> = found
        .into_iter()
        .map(|(path, identity)| Found { path, modified: identity.modified_at(), bytes: identity.bytes, identity })
        .collect();
    found.sort_by(|left, right| right.modified.cmp(&left.modified).then_with(|| left.path.cmp(&right.path)));
    found
}

/// Whether a file at the root, or anywhere that a setting names, is a report by its name.
#[must_use]
pub fn is_report_name(path: &Path) -> bool {
    is_report(path, false)
}

/// Whether a file is a report by its name. In a folder of reports, looser names count too.
fn is_report(path: &Path, in_folder: bool) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let name = name.to_ascii_lowercase();
    let is_xml = name.ends_with(".xml");
    match name.as_str() {
        ".coverage" | "coverage.json" | "coverage.xml" | "cobertura.xml" | "lcov.info" | "coverage.lcov" => true,
        name if name.starts_with(".coverage.") => true,
        name if is_xml && (name.contains("junit") || name.starts_with("test-")) => true,
        name if in_folder => {
            is_xml || name.ends_with(".lcov") || (name.ends_with(".json") && name.contains("coverage"))
        }
        _ => false,
    }
}

/// The files below `root` that match `pattern`, which may begin with literal folders.
pub(super) fn search(root: &Path, pattern: &Glob) -> Vec<PathBuf> {
    let is_literal = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']) && *part != "..";
    let parts: Vec<&str> = pattern.as_str().split('/').collect();
    let literal: PathBuf = parts.iter().copied().take(parts.len().saturating_sub(1)).take_while(is_literal).collect();
    if literal.is_absolute() {
        return Vec::new();
    }
    walk(&root.join(literal), usize::MAX)
        .filter(|path| RepoPath::below(root, path).is_some_and(|path| pattern.matches(&path)))
        .collect()
}

/// The files below `folder`, ignored by git or not, since most reports are. Links to folders are not followed.
pub(super) fn walk(folder: &Path, depth: usize) -> impl Iterator<Item = PathBuf> {
    WalkBuilder::new(folder)
        .standard_filters(false)
        .follow_links(false)
        .max_depth(Some(depth))
        .filter_entry(is_searched)
        .build()
        .take(MOST)
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| !kind.is_dir()))
        .map(DirEntry::into_path)
}

fn is_searched(entry: &DirEntry) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    !is_folder
        || entry.depth() == 0
        || !(entry.file_name().to_str().is_some_and(|name| NEVER.contains(&name))
            || entry.path().join("pyvenv.cfg").exists())
}

#[cfg(test)]
mod tests {
    use super::find_reports;
    use crate::base::Glob;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    fn check(root: &Path, patterns: &[&str], expect: &[&str]) {
        let globs: Vec<Glob> = patterns.iter().map(|text| Glob::new(text).unwrap()).collect();
        let found = find_reports(root, &globs);
        let mut names: Vec<String> =
            found.iter().map(|found| found.path.strip_prefix(root).unwrap().display().to_string()).collect();
        names.sort();
        assert_eq!(names, expect);
    }

    #[test]
    fn reports_are_found_by_convention_and_by_pattern() {
        let dir = tempfile::tempdir().unwrap();
        for path in [
            ".coverage",
            ".coverage.host.pid1.x",
            ".coveragerc",
            "coverage.json",
            "package.json",
            "junit-unit.xml",
            "pom.xml",
            "test-results/a/b.xml",
            "reports/unit/lcov.info",
            "reports/x.txt",
            "htmlcov/coverage.json",
            "out/ci/run.xml",
            "node_modules/junit.xml",
            ".gitignore",
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "*\n").unwrap();
        }
        symlink("/dev/zero", dir.path().join("coverage.xml")).unwrap();
        let usual = [
            ".coverage",
            ".coverage.host.pid1.x",
            "coverage.json",
            "junit-unit.xml",
            "reports/unit/lcov.info",
            "test-results/a/b.xml",
        ];
        check(dir.path(), &[], &usual);
        let mut all = usual.to_vec();
        all.insert(4, "out/ci/run.xml");
        check(dir.path(), &["out/**/*.xml"], &all);
        check(dir.path(), &["out/ci/run.xml", "/etc/*.xml", "../*"], &all);
    }

    #[test]
    fn the_newest_comes_first() {
        let dir = tempfile::tempdir().unwrap();
        let old = dir.path().join("coverage.json");
        fs::write(&old, "").unwrap();
        fs::write(dir.path().join("coverage.xml"), "").unwrap();
        fs::File::options().write(true).open(&old).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        let found = find_reports(dir.path(), &[]);
        assert!(found[0].path.ends_with("coverage.xml"));
        assert_eq!(found[1].modified.0, 0);
    }
}
