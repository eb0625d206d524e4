//! From the path that a report names to the file of the project: one name for a file, whoever measured it.

use crate::base::RepoPath;
use crate::domain::ledger::Alias;
use std::collections::{BTreeMap, HashSet};

/// Folders of installed code: what lies there is never a file of the project that only looks alike.
const LIBRARIES: [&str; 3] = ["/site-packages/", "/dist-packages/", "/lib/python"];

/// Where a report's path lies in the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is this file.
    At(RepoPath),
    /// Several files could be meant: it is refused, and these are named.
    Ambiguous(Vec<RepoPath>),
    /// No file of the project is meant.
    Outside,
}

/// The files of a project, ready to place the paths of reports.
#[derive(Clone, Debug, Default)]
pub struct Places {
    root: String,
    known: HashSet<RepoPath>,
    by_name: BTreeMap<String, Vec<RepoPath>>,
    copies: BTreeMap<String, RepoPath>,
    aliases: Vec<Alias>,
}

/// What of a path stands below a folder of installed code, if it lies in one.
#[must_use]
pub fn installed(path: &str) -> Option<&str> {
    let ends = LIBRARIES.iter().filter_map(|folder| path.rfind(folder).map(|at| at + folder.len()));
    ends.max().and_then(|at| path.get(at..))
}

impl Places {
    /// The project at `root` (as an absolute path) with its `known` source files.
    #[must_use]
    pub fn new(root: &str, known: impl IntoIterator<Item = RepoPath>) -> Self {
        let known: HashSet<RepoPath> = known.into_iter().collect();
        let mut by_name: BTreeMap<String, Vec<RepoPath>> = BTreeMap::new();
        for path in &known {
            by_name.entry(path.name().to_owned()).or_default().push(path.clone());
        }
        by_name.values_mut().for_each(|paths| paths.sort());
        Self { root: root.trim_end_matches(['/', '\\']).to_owned(), known, by_name, ..Self::default() }
    }

    /// The files of the project that an installed file may be a copy of: those whose path ends like its place in the
    /// package.
    #[must_use]
    pub fn originals(&self, path: &str) -> Vec<RepoPath> {
        let Some(within) = installed(path) else { return Vec::new() };
        let candidates = within.rsplit('/').next().and_then(|name| self.by_name.get(name)).into_iter().flatten();
        let ends = |file: &&RepoPath| {
            file.as_str().strip_suffix(within).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        candidates.filter(ends).cloned().collect()
    }

    /// Lets a path outside the project stand for a file of it, because both have the same content.
    pub fn stand_for(&mut self, path: &str, file: RepoPath) {
        self.copies.insert(path.to_owned(), file);
    }

    /// Folders that stand for each other by the project's configuration of coverage.py. As there, they come before
    /// everything else, and the first one counts that leads to a file.
    pub fn add_aliases(&mut self, aliases: impl IntoIterator<Item = Alias>) {
        self.aliases.extend(aliases);
    }

    /// Places a report's path: below the root, or else by its longest ending that is a file of the project. `sources`
    /// are the folders that a Cobertura report names; other formats have none.
    #[must_use]
    pub fn place(&self, report_path: &str, sources: &[String]) -> Placed {
        if let Some(file) = self.copies.get(report_path) {
            return Placed::At(file.clone());
        }
        let aliased =
            |path: &str| self.aliases.iter().filter_map(|alias| alias.apply(path)).find_map(|path| self.exact(&path));
        if let Some(file) = aliased(report_path) {
            return Placed::At(file);
        }
        let path = report_path.replace('\\', "/");
        let joined = sources.iter().filter(|source| !source.is_empty());
        let joined = joined.map(|source| format!("{}/{path}", source.replace('\\', "/").trim_end_matches('/')));
        let mut spellings: Vec<String> = joined.collect();
        if let Some(file) = spellings.iter().find_map(|path| aliased(path)) {
            return Placed::At(file);
        }
        spellings.push(path);
        // Every source folder may hold a file of this name: then it is for the person to say which is meant.
        let mut exact: Vec<RepoPath> = spellings.iter().filter_map(|text| self.exact(text)).collect();
        exact.sort();
        exact.dedup();
        if !exact.is_empty() {
            return one_of(exact);
        }
        spellings
            .iter()
            .map(|text| self.by_ending(text))
            .find(|placed| *placed != Placed::Outside)
            .unwrap_or(Placed::Outside)
    }

    /// The files that share the longest ending of at least a folder and a name with a path that could not be placed: the
    /// root of a container may be any folder of the project. Only the content can say whether one of them is meant.
    #[must_use]
    pub fn likely(&self, path: &str) -> Vec<RepoPath> {
        let path = path.replace('\\', "/");
        if self.is_elsewhere(&path) {
            return Vec::new();
        }
        let parts = parts(&path);
        let candidates = || parts.last().and_then(|name| self.by_name.get(*name)).into_iter().flatten();
        let longest = candidates().map(|file| shared(file, &parts)).max().filter(|longest| *longest > 1);
        candidates().filter(|file| Some(shared(file, &parts)) == longest).cloned().collect()
    }

    /// Whether a path is known to be of another tree: below the root, where nothing is, or of installed code.
    fn is_elsewhere(&self, path: &str) -> bool {
        let below_root = !self.root.is_empty() && path.starts_with(&format!("{}/", self.root));
        below_root || installed(path).is_some()
    }

    /// The file at exactly this place, relative to the root or below it.
    fn exact(&self, path: &str) -> Option<RepoPath> {
        let below = path.strip_prefix(&*self.root).and_then(|rest| rest.strip_prefix('/'));
        let path = RepoPath::new(below.filter(|_| !self.root.is_empty()).unwrap_or(path))?;
        self.known.contains(&path).then_some(path)
    }

    /// The file that shares the longest ending with this path, unless the path is known to be of another tree.
    fn by_ending(&self, path: &str) -> Placed {
        if self.is_elsewhere(path) {
            return Placed::Outside;
        }
        let parts = parts(path);
        let Some(candidates) = parts.last().and_then(|name| self.by_name.get(*name)) else { return Placed::Outside };
        let shared = |file: &RepoPath| shared(file, &parts);
        // Either path has to be wholly an ending of the other: `/app/shop/a.py` of `shop/a.py`, `a.py` of `src/a.py`.
        let fits = |file: &&RepoPath| {
            let length = shared(file);
            length == file.parts().count() || length == parts.len()
        };
        let longest = candidates.iter().filter(fits).map(shared).max().unwrap_or(0);
        one_of(candidates.iter().filter(fits).filter(|file| shared(file) == longest).cloned().collect())
    }
}

/// The names of a path, from the top.
fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect()
}

/// How many names at its end a file shares with a path.
fn shared(file: &RepoPath, parts: &[&str]) -> usize {
    file.parts().rev().zip(parts.iter().rev()).take_while(|(a, b)| a == *b).count()
}

fn one_of(mut found: Vec<RepoPath>) -> Placed {
    match found.len() {
        0 => Placed::Outside,
        1 => found.pop().map_or(Placed::Outside, Placed::At),
        _ => Placed::Ambiguous(found),
    }
}

#[cfg(test)]
mod tests {
    use super::{Placed, Places};
    use crate::base::RepoPath;
    use crate::domain::ledger::Alias;

    fn check(known: &[&str], path: &str, sources: &[&str], expect: &[&str]) {
        let places = Places::new("/home/a/shop", known.iter().filter_map(|path| RepoPath::new(path)));
        let sources: Vec<String> = sources.iter().map(|source| (*source).to_owned()).collect();
        let found = match places.place(path, &sources) {
            Placed::At(path) => vec![path],
            Placed::Ambiguous(paths) => paths,
            Placed::Outside => Vec::new(),
        };
        let found: Vec<&str> = found.iter().map(RepoPath::as_str).collect();
        assert_eq!(found, expect, "{path}");
    }

    #[test]
    fn trap_24_every_spelling_of_a_path_is_the_same_file() {
        let known = ["shop/views.py", "shop/models.py", "tests/test_views.py"];
        check(&known, "shop/views.py", &[], &["shop/views.py"]);
        check(&known, "./shop/views.py", &[], &["shop/views.py"]);
        check(&known, "/home/a/shop/shop/views.py", &[], &["shop/views.py"]);
        check(&known, "/app/shop/views.py", &[], &["shop/views.py"]);
        check(&known, "shop\\views.py", &[], &["shop/views.py"]);
        check(&known, "C:\\ci\\shop\\views.py", &[], &["shop/views.py"]);
        check(&known, "../shop/views.py", &[], &["shop/views.py"]);
        check(&known, "views.py", &["/home/a/shop/shop"], &["shop/views.py"]);
        check(&known, "views.py", &["/build/shop"], &["shop/views.py"]);
        check(&known, "views.py", &[], &["shop/views.py"]);
        check(&known, "lib/other.py", &[], &[]);
        check(&known, "/usr/lib/python3/site/views.py", &[], &[]);
        check(&known, "", &[], &[]);
        check(&["setup.py"], "/usr/lib/python3.13/site-packages/x/setup.py", &[], &[]);
        check(&["setup.py"], "/home/a/shop/gone/setup.py", &[], &[]);
    }

    #[test]
    fn an_installed_copy_stands_for_its_original_only_when_that_was_said() {
        let known = ["src/attr/setters.py", "setters.py", "attr/setters.py"].map(|path| RepoPath::new(path).unwrap());
        let mut places = Places::new("/p", known);
        let copy = "/p/.venv/lib/python3.13/site-packages/attr/setters.py";
        let names: Vec<String> = places.originals(copy).iter().map(|path| path.as_str().to_owned()).collect();
        assert_eq!(names, ["attr/setters.py", "src/attr/setters.py"]);
        assert_eq!(places.place(copy, &[]), Placed::Outside);
        places.stand_for(copy, RepoPath::new("src/attr/setters.py").unwrap());
        assert_eq!(places.place(copy, &[]), Placed::At(RepoPath::new("src/attr/setters.py").unwrap()));
        assert!(places.originals("/p/src/attr/setters.py").is_empty());
    }

    #[test]
    fn files_that_could_be_meant_share_a_folder_at_least() {
        let known = ["orders/core/views.py", "billing/core/views.py", "billing/views.py"];
        let places = Places::new("/home/a/shop", known.iter().filter_map(|path| RepoPath::new(path)));
        let likely = |path: &str| places.likely(path).iter().map(|path| path.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(likely("/ci/core/views.py"), ["billing/core/views.py", "orders/core/views.py"]);
        assert_eq!(likely("C:\\ci\\core\\views.py"), ["billing/core/views.py", "orders/core/views.py"]);
        for other in ["/ci/views.py", "/home/a/shop/x/core/views.py", "/usr/lib/python3/core/views.py", ""] {
            assert!(likely(other).is_empty(), "{other}");
        }
    }

    #[test]
    fn paths_of_the_configuration_come_first() {
        let known = ["src/shop/a.py", "lib/shop/a.py", "shop/a.py"].map(|path| RepoPath::new(path).unwrap());
        let mut places = Places::new("/home/a/shop", known);
        let at = |places: &Places, path: &str, sources: &[&str]| {
            let sources: Vec<String> = sources.iter().map(|source| (*source).to_owned()).collect();
            match places.place(path, &sources) {
                Placed::At(path) => path.as_str().to_owned(),
                other => format!("{other:?}"),
            }
        };
        assert_eq!(at(&places, "/app/shop/a.py", &[]), "shop/a.py");
        let list = ["nowhere", "*/site-packages"].map(str::to_owned);
        places.add_aliases(Alias::of_list(&list, Some("/home/a/shop")));
        let list = ["src/", "/app", "*/site-packages", "c:/ci"].map(str::to_owned);
        places.add_aliases(Alias::of_list(&list, Some("/home/a/shop")));
        assert_eq!(at(&places, "/app/shop/a.py", &[]), "src/shop/a.py");
        assert_eq!(at(&places, "shop/a.py", &["/app"]), "src/shop/a.py");
        assert_eq!(at(&places, "C:\\ci\\shop\\a.py", &[]), "src/shop/a.py");
        // What an alias leads to has to be there; installed code is the project's where the configuration says so.
        assert_eq!(at(&places, "/v/lib/python3/site-packages/shop/a.py", &[]), "src/shop/a.py");
        assert_eq!(at(&places, "/app/gone.py", &[]), "Outside");
    }

    #[test]
    fn trap_24_two_candidates_are_refused_and_both_named() {
        let known = ["orders/views.py", "billing/views.py", "src/orders/views.py"];
        check(&known, "orders/views.py", &[], &["orders/views.py"]);
        check(&known, "views.py", &[], &["billing/views.py", "orders/views.py", "src/orders/views.py"]);
        check(&known, "/app/billing/views.py", &[], &["billing/views.py"]);
        check(&known, "/app/src/orders/views.py", &[], &["src/orders/views.py"]);
        check(
            &known,
            "views.py",
            &["/home/a/shop/orders", "/home/a/shop/billing"],
            &["billing/views.py", "orders/views.py"],
        );
    }
}
