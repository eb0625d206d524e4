//! What `-k` and `-m` choose among the tests, as far as the index knows: pytest is given the expressions and decides.

use super::desk::Desk;
use super::index::Index;
use crate::app::{Ask, Choice, Items, ListKind};
use crate::base::{Problem, RepoPath};
use crate::domain::ledger::Ledger;
use crate::domain::picker::{Found, Match};
use crate::domain::suite::{Expression, Keywords, Listing, Target, TestId};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// After how many tests a search looks whether it is still wanted.
const LOT: usize = 4096;

/// What expressions are expected to choose.
pub struct Chosen {
    /// The tests in the order of their files.
    pub tests: Vec<TestId>,
    /// Of each file the tests that would have to be chosen for the file to be named as a whole.
    pub whole: BTreeMap<RepoPath, Vec<TestId>>,
    /// The options that pytest is given.
    pub options: Vec<String>,
    /// How many of how many tests.
    pub how: String,
    /// What is not certain of it.
    pub open: Vec<Problem>,
}

/// The expressions of one question.
pub struct Filter {
    keyword: Option<Expression>,
    mark: Option<Expression>,
}

impl Filter {
    /// Reads the expressions.
    ///
    /// # Errors
    /// One is not well formed.
    pub fn read(keyword: Option<&str>, mark: Option<&str>) -> Result<Self, Problem> {
        let refused = |option: &str, text: &str, what| {
            Problem::error(format!("{option} {text}"), what).hint("words with and, or, not and parentheses")
        };
        let keyword = keyword.map(|text| Expression::keywords(text).map_err(|what| refused("-k", text, what)));
        let mark = mark.map(|text| Expression::marks(text).map_err(|what| refused("-m", text, what)));
        Ok(Self { keyword: keyword.transpose()?, mark: mark.transpose()? })
    }

    /// Whether a test is chosen; nothing where only pytest can tell.
    #[must_use]
    pub fn chooses(&self, test: &TestId, words: &Keywords) -> Option<bool> {
        if self.keyword.as_ref().is_some_and(|keyword| !keyword.chooses_by_keyword(test, words)) {
            return Some(false);
        }
        self.mark.as_ref().map_or(Some(true), |mark| mark.chooses_by_mark(words))
    }

    /// The tests of a file that may be chosen: those in its order, then those that these options take in again, which the
    /// project's own leave out.
    fn of<'a>(&self, listing: &'a Listing) -> impl Iterator<Item = (&'a TestId, &'a Keywords)> {
        let (keyword, mark) = (self.keyword.is_some(), self.mark.is_some());
        let back = listing.left_out.iter().filter(move |(left, _)| left.is_back(keyword, mark));
        let own = listing.tests.iter().zip(&listing.words).map(|(test, words)| (test, &**words));
        own.chain(back.map(|(left, words)| (&left.test, &**words)))
    }
}

/// The tests of a list that what is typed chooses, in their order; nothing where it is no expression, and once `cancelled`
/// says so.
pub fn matches(
    kind: &ListKind,
    query: &str,
    items: &Items,
    limit: usize,
    cancelled: &dyn Fn() -> bool,
) -> Option<Found> {
    let (keyword, mark) = if *kind == ListKind::Mark { (None, Some(query)) } else { (Some(query), None) };
    let mut found = Found { seen: items.choices.len(), done: true, ..Found::default() };
    let Ok(filter) = Filter::read(keyword, mark) else { return Some(found) };
    for (index, (choice, words)) in items.choices.iter().zip(&items.words).enumerate() {
        if index % LOT == 0 && cancelled() {
            return None;
        }
        let Choice::Test(test) = choice else { continue };
        if filter.chooses(test, words) == Some(false) {
            continue;
        }
        found.matched += 1;
        if found.best.len() < limit {
            found.best.push(Match { index, positions: Vec::new() });
        }
    }
    Some(found)
}

/// The options for pytest.
#[must_use]
pub fn options(ask: &Ask) -> Vec<String> {
    let option = |name: &str, text: &Option<String>| match text {
        // A text with a dash would be taken for an option.
        Some(text) if text.starts_with('-') => vec![format!("{name}={text}")],
        Some(text) => vec![name.to_owned(), text.clone()],
        None => Vec::new(),
    };
    [option("-k", &ask.keyword), option("-m", &ask.mark)].concat()
}

/// What the expressions of a question choose of the `wanted` targets, or of all tests.
///
/// # Errors
/// An expression is not well formed.
pub fn expressions(
    desk: &Desk,
    ask: &Ask,
    ledger: Option<&Ledger>,
    wanted: Option<&[Target]>,
) -> Result<Chosen, Problem> {
    let filter = Filter::read(ask.keyword.as_deref(), ask.mark.as_deref())?;
    let index = Index::open(desk);
    let files: Vec<RepoPath> = match wanted {
        Some(targets) => {
            let files: BTreeSet<RepoPath> = targets.iter().filter_map(|target| RepoPath::new(target.path())).collect();
            files.into_iter().collect()
        }
        None => index.files(),
    };
    let listings = index.listings(&files, &desk.ran_before(ledger));
    let named: Option<HashSet<&str>> = wanted.map(|targets| targets.iter().map(Target::as_str).collect());
    let options = options(ask);
    let mut chosen = Chosen { tests: vec![], whole: BTreeMap::new(), options, how: String::new(), open: vec![] };
    let (mut of, mut unsure, mut unconfirmed) = (0, 0, 0);
    for (path, listing) in &listings {
        let is_whole = named.as_ref().is_none_or(|named| named.contains(path.as_str()));
        let is_wanted = |test: &TestId| {
            is_whole || named.as_ref().is_some_and(|named| test.and_around().iter().any(|name| named.contains(name)))
        };
        let mut own = Vec::new();
        for (test, words) in filter.of(listing).filter(|(test, _)| is_wanted(test)) {
            of += 1;
            let verdict = filter.chooses(test, words);
            unsure += usize::from(verdict.is_none());
            own.extend((verdict != Some(false)).then(|| test.clone()));
        }
        unconfirmed += if listing.confirmed { 0 } else { listing.tests.len() };
        chosen.tests.extend(own.iter().cloned());
        chosen.whole.insert(path.clone(), if is_whole { own } else { listing.tests.clone() });
    }
    let words: Vec<String> = chosen.options.iter().map(|word| crate::domain::suite::quoted(word)).collect();
    let about = if unsure + unconfirmed > 0 { "about " } else { "" };
    chosen.how = format!("{about}{} of {of} tests by {}", chosen.tests.len(), words.join(" "));
    chosen.open = doubts(unsure, unconfirmed);
    Ok(chosen)
}

/// What only pytest can tell.
fn doubts(unsure: usize, unconfirmed: usize) -> Vec<Problem> {
    let mut doubts = Vec::new();
    if unconfirmed > 0 {
        let what = format!(
            "pytest has not confirmed {unconfirmed} of the tests: what is chosen of them is an estimate by their \
             sources, without marks and cases that are made as they are imported"
        );
        doubts
            .push(Problem::note("tests", what).hint("`lacuna tests --collect` asks pytest, and so does a trusted run"));
    }
    if unsure > 0 {
        let what = format!("{unsure} tests have such a mark, and whether with these arguments only pytest can tell");
        doubts.push(Problem::note("-m", what));
    }
    doubts
}
