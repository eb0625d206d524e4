//! To which layer tests belong, and whose they are: by the settings, by their marks, by the CODEOWNERS file.

use super::desk::Desk;
use super::index::Index;
use crate::base::{Clean, Glob, RepoPath};
use crate::domain::history::FlakyTest;
use crate::domain::suite::{Keywords, Listing, TestId};
use crate::domain::triage::{OWNER_FILES, Owners, layer_of};
use crate::io::files;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What makes a layer of a mark instead of a glob.
const MARK: &str = "mark:";
/// The longest CODEOWNERS file that is read, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// One layer of tests.
struct Layer {
    name: String,
    globs: Vec<Glob>,
    marks: Vec<String>,
}

impl Layer {
    /// Whether a test of a file with these words is in it.
    fn holds(&self, path: &RepoPath, words: Option<&Keywords>) -> bool {
        let has_mark = |mark: &String| words.is_some_and(|words| words.marks.contains(mark));
        self.globs.iter().any(|glob| glob.matches(path)) || self.marks.iter().any(has_mark)
    }
}

/// Gives each test its layer and its owners.
pub fn give(desk: &Desk, tests: &mut [FlakyTest]) {
    let layers = layers(desk);
    let words = if layers.iter().any(|layer| !layer.marks.is_empty()) { words(desk, tests) } else { HashMap::new() };
    let (owners, prefix) = owners(desk);
    for test in tests {
        let Some(path) = RepoPath::new(test.id.path()) else { continue };
        let words = words.get(&test.id).map(|words| &**words);
        let own = layers.iter().find(|layer| layer.holds(&path, words)).map(|layer| layer.name.as_str());
        let of_sources = || layer_of(&desk.layers, &path).and_then(|at| desk.layers.get(at)).map(|layer| &*layer.name);
        test.layer = own.or_else(of_sources).map(Clean::line).unwrap_or_default();
        let from_top = RepoPath::new(&format!("{prefix}{}", path.as_str()));
        test.owners = from_top.map(|path| owners.of(&path)).unwrap_or_default();
    }
}

/// Says to which layer of tests a file belongs, by the globs of the settings.
pub fn layer_of_tests(desk: &Desk) -> impl Fn(&RepoPath) -> Option<String> {
    let layers = layers(desk);
    move |path| layers.iter().find(|layer| layer.holds(path, None)).map(|layer| layer.name.clone())
}

/// The names of the layers of tests by the settings.
pub fn names(desk: &Desk) -> Vec<String> {
    layers(desk).into_iter().map(|layer| layer.name).collect()
}

/// The tests there are, each with the place of its layer among those of the settings; and whether pytest has confirmed all.
pub fn of_suite(desk: &Desk) -> (Vec<(TestId, Option<usize>)>, bool) {
    let layers = layers(desk);
    let index = Index::open(desk);
    let listings = index.listings(&index.files(), &desk.ran_before(None));
    let are_confirmed = listings.values().all(|listing| listing.confirmed);
    let layer = |path: &RepoPath, words: Option<&Keywords>| layers.iter().position(|layer| layer.holds(path, words));
    let of_file = |(path, listing): (RepoPath, Listing)| {
        let words = listing.words.iter().map(|words| Some(&**words)).chain(std::iter::repeat(None));
        let tests = listing.tests.iter().zip(words);
        tests.map(|(test, words)| (test.clone(), layer(&path, words))).collect::<Vec<_>>()
    };
    (listings.into_iter().flat_map(of_file).collect(), are_confirmed)
}

/// The layers of tests by the settings. What is no glob is left out.
fn layers(desk: &Desk) -> Vec<Layer> {
    let rows = desk.project.config.named("tests.layers").iter();
    rows.map(|(name, texts)| Layer {
        name: name.clone(),
        globs: texts.iter().filter(|text| !text.starts_with(MARK)).filter_map(|text| Glob::new(text).ok()).collect(),
        marks: texts.iter().filter_map(|text| text.strip_prefix(MARK)).map(ToOwned::to_owned).collect(),
    })
    .collect()
}

/// The marks of tests, as far as the index knows them.
fn words(desk: &Desk, tests: &[FlakyTest]) -> HashMap<TestId, Arc<Keywords>> {
    let files: BTreeSet<RepoPath> = tests.iter().filter_map(|test| RepoPath::new(test.id.path())).collect();
    let listings = desk.listings(&files.into_iter().collect::<Vec<_>>(), None);
    let of = listings.into_values().flat_map(|listing| listing.tests.into_iter().zip(listing.words));
    of.collect()
}

/// The owners, with what stands before the project's paths at the top of the repository.
fn owners(desk: &Desk) -> (Owners, String) {
    let root = &desk.project.root;
    let top = root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(root);
    let prefix = root.strip_prefix(top).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let prefix = if prefix.is_empty() { prefix } else { format!("{prefix}/") };
    let text = OWNER_FILES.iter().find_map(|name| files::read_text(&top.join(name), LONGEST).ok());
    (text.map(|text| Owners::read(&text)).unwrap_or_default(), prefix)
}
