//! The index of the project's tests: what the sources say, what ran before, and what pytest has confirmed of it.

use super::catalog::Known;
use super::desk::Desk;
use super::silent::{conftests, places};
use super::spread::spread;
use crate::base::{Digest, RepoPath};
use crate::domain::python::{Ignored, Territory, TestDef};
use crate::domain::suite::{Collected, Keywords, Listing, TestId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// How many imports of imports are followed.
const ROUNDS: usize = 4;

/// The tests of each test file, with what is certain of them.
pub type Listings = BTreeMap<RepoPath, Listing>;

/// The tests alone.
#[must_use]
pub fn known(listings: &Listings) -> Known {
    listings.iter().map(|(path, listing)| (path.clone(), listing.tests.clone())).collect()
}

/// What the tests are looked up with. It is opened anew for each question, so that it is as the disk is.
pub struct Index<'a> {
    desk: &'a Desk,
    listed: Arc<Vec<RepoPath>>,
    collected: BTreeMap<RepoPath, Collected>,
    ignored: BTreeMap<String, Ignored>,
    common: Digest,
    conftests: HashMap<RepoPath, Digest>,
}

impl<'a> Index<'a> {
    /// The index as the disk and the database are now.
    #[must_use]
    pub fn open(desk: &'a Desk) -> Self {
        let listed = desk.disk.python_files();
        let files: Vec<&RepoPath> = listed.iter().filter(|path| path.name() == "conftest.py").collect();
        let folder = |path: &RepoPath| path.folder().map_or_else(String::new, |folder| folder.as_str().to_owned());
        let ignored = files.iter().filter_map(|path| Some((folder(path), desk.outline(path)?.ignored.clone()?)));
        let ignored = ignored.collect();
        let conftests =
            files.iter().filter_map(|path| Some(((*path).clone(), desk.disk.source(path).ok()?.1))).collect();
        let interpreter = desk.interpreter().map(|found| found.program).unwrap_or_default();
        let common = Digest::of(format!("{} {}", desk.project.collecting, interpreter.display()).as_bytes());
        let collected = desk.store().and_then(crate::io::store::Store::collected).unwrap_or_default();
        Self { desk, listed, collected, ignored, common, conftests }
    }

    /// The test files: those that pytest gets to when it is given no path, and those that it collected though nothing
    /// here would have found them.
    #[must_use]
    pub fn files(&self) -> Vec<RepoPath> {
        let project = &self.desk.project;
        let mut files = self.held(&project.territory);
        if files.is_empty() {
            files = self.held(&project.territory.clone().from_root());
        }
        let found: BTreeSet<RepoPath> = files.into_iter().collect();
        let others = self.collected.keys().filter(|path| !found.contains(*path) && self.fresh(path).is_some());
        let others: Vec<RepoPath> = others.cloned().collect();
        found.into_iter().chain(others).collect()
    }

    /// The files of a territory that may hold tests.
    fn held(&self, territory: &Territory) -> Vec<RepoPath> {
        let project = &self.desk.project;
        let has_examples = |path: &RepoPath| {
            territory.doctests() && self.desk.disk.text(path).is_some_and(|text| text.contains(">>>"))
        };
        let may = |path: &&RepoPath| {
            (project.is_test_file(path) || territory.names(path) || has_examples(path))
                && territory.holds(path, &self.ignored)
        };
        self.listed.iter().filter(may).cloned().collect()
    }

    /// What pytest collected from a file, where nothing has changed since that decides it.
    #[must_use]
    pub fn fresh(&self, path: &RepoPath) -> Option<&Collected> {
        let collected = self.collected.get(path)?;
        (self.world(path, &collected.imports)? == collected.world).then_some(collected)
    }

    /// The files that pytest has to collect, since it never did or something changed that decides their tests.
    #[must_use]
    pub fn waiting(&self) -> Vec<RepoPath> {
        self.files().into_iter().filter(|path| self.fresh(path).is_none()).collect()
    }

    /// The files that were collected once and are no more.
    #[must_use]
    pub fn gone(&self) -> Vec<RepoPath> {
        self.collected.keys().filter(|path| !self.desk.disk.is_there(path)).cloned().collect()
    }

    /// Everything that decides the tests of a file, as one digest; nothing where it can't be read.
    #[must_use]
    pub fn world(&self, path: &RepoPath, imports: &[RepoPath]) -> Option<Digest> {
        let digest = |path: &RepoPath| self.desk.disk.source(path).ok().map(|source| source.1);
        let mut text = format!("{} {}\n", self.common, digest(path)?);
        for conftest in conftests(path) {
            if let Some(digest) = self.conftests.get(&conftest) {
                text.push_str(&format!("{} {digest}\n", conftest.as_str()));
            }
        }
        for path in imports {
            text.push_str(&format!("{} {:?}\n", path.as_str(), digest(path)));
        }
        Some(Digest::of(text.as_bytes()))
    }

    /// The tests of some files. `ran` are those that ran before, in their order.
    #[must_use]
    pub fn listings(&self, files: &[RepoPath], ran: &[TestId]) -> Listings {
        let mut before: HashMap<&str, Vec<&TestId>> = HashMap::new();
        ran.iter().for_each(|test| before.entry(test.path()).or_default().push(test));
        let listing = |file: &RepoPath| {
            let ran = before.get(file.as_str()).map_or(&[][..], Vec::as_slice);
            (file.clone(), self.listing(file, ran))
        };
        spread(files, listing).into_iter().collect()
    }

    fn listing(&self, file: &RepoPath, ran: &[&TestId]) -> Listing {
        match self.fresh(file) {
            Some(collected) if collected.error.is_none() => Listing::confirmed(collected),
            collected => {
                let error = collected.and_then(|collected| collected.error.clone());
                Listing { error, ..read(self.desk, file, ran) }
            }
        }
    }

    /// What decides the tests of files beside their own text: the modules of tests that each takes something from.
    #[must_use]
    pub fn imports(&self, path: &RepoPath) -> Vec<RepoPath> {
        let beside = self.beside();
        let listed: HashSet<&RepoPath> = self.listed.iter().collect();
        let is_beside =
            |path: &RepoPath| std::iter::successors(path.folder(), RepoPath::folder).any(|up| beside.contains(&up));
        let mut found: BTreeSet<RepoPath> = BTreeSet::new();
        let mut waiting = vec![path.clone()];
        for _ in 0..ROUNDS {
            let mut further = Vec::new();
            for from in &waiting {
                let Some(outline) = self.desk.outline(from) else { continue };
                let places = outline.imports.iter().flat_map(|import| places(from, import));
                let new = places.filter(|to| to != path && listed.contains(to) && is_beside(to));
                further.extend(new.filter(|to| found.insert(to.clone())));
            }
            waiting = further;
        }
        found.into_iter().collect()
    }

    /// The folders of tests: those that hold a test file or a `conftest.py`. The root is none.
    fn beside(&self) -> BTreeSet<RepoPath> {
        let of_tests = |path: &&RepoPath| self.desk.project.is_test_file(path) || path.name() == "conftest.py";
        self.listed.iter().filter(of_tests).filter_map(RepoPath::folder).collect()
    }
}

/// What the source of a file and earlier runs say of its tests.
fn read(desk: &Desk, file: &RepoPath, ran: &[&TestId]) -> Listing {
    let Some(outline) = desk.outline(file) else { return Listing::default() };
    let mut cases: HashMap<&str, Vec<&TestId>> = HashMap::new();
    ran.iter().for_each(|test| cases.entry(test.without_params()).or_default().push(test));
    let mut listing = Listing::default();
    let mut defined: HashSet<String> = HashSet::new();
    let named =
        if desk.project.is_test_file(file) || desk.project.territory.names(file) { &outline.tests[..] } else { &[] };
    for test in named {
        let function = format!("{}::{}", file.as_str(), test.names.join("::"));
        if !defined.insert(function.clone()) {
            continue;
        }
        let words = Arc::new(words(test));
        let known = cases.get(function.as_str()).into_iter().flatten().filter(|test| test.params().is_some());
        let mut all: Vec<TestId> = known.map(|test| (*test).clone()).collect();
        let plain = TestId::new(&function);
        if test.sure {
            listing.sure.insert(plain.clone());
        }
        if all.is_empty() {
            all.push(plain);
        }
        listing.words.extend(std::iter::repeat_n(words, all.len()));
        listing.tests.extend(all);
    }
    // Inherited ones, doctests, and what is made as the module is imported.
    let elsewhere: Vec<TestId> =
        ran.iter().filter(|test| !defined.contains(test.without_params())).map(|test| (*test).clone()).collect();
    listing.words.extend(std::iter::repeat_n(Arc::new(Keywords::default()), elsewhere.len()));
    listing.tests.extend(elsewhere);
    listing
}

/// The words of a test by its source.
fn words(test: &TestDef) -> Keywords {
    let marked = (!test.marks.is_empty()).then(|| "pytestmark".to_owned());
    Keywords { marks: test.marks.clone(), others: marked.into_iter().collect() }
}
