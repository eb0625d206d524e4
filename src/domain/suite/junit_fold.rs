//! Folds the elements that pytest writes about one test into one case.

use crate::domain::suite::{Case, More, Outcome};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// How many bytes a short element has, about.
const SHORT: usize = 80;

/// For how many tests there is room from the beginning, at most: a large file may be large by its texts.
const FORESEEN: usize = 1 << 17;

/// Collects cases. Within one suite of pytest's, a test has one id, so elements with the same names are about the same
/// test: an attempt before a rerun, or an error at teardown after a failure.
#[derive(Default)]
pub(in crate::domain::suite) struct Folder<'a> {
    cases: Vec<Case<'a>>,
    known: Known,
}

impl<'a> Folder<'a> {
    /// Room for the cases of a text of so many bytes. What is not filled costs nothing but addresses.
    pub fn expect(&mut self, bytes: usize) {
        self.cases.reserve(bytes / SHORT);
        self.known.places.reserve((bytes / SHORT).min(FORESEEN));
    }

    /// A new suite starts: it may be another run of the same tests.
    pub fn next_suite(&mut self) {
        self.known.places.clear();
        self.known.others.clear();
    }

    /// Adds a case. `bare` says that its element had no result; other producers than pytest give several tests the
    /// same names, so theirs are not folded.
    #[inline]
    pub fn add(&mut self, case: Case<'a>, bare: bool, pytest: bool) {
        if !pytest {
            self.cases.push(case);
            return;
        }
        let number = self.known.number(&case);
        let place = self.known.place(number, &case, &self.cases);
        let consecutive = |at: usize| at + 1 == self.cases.len();
        let earlier = place.filter(|place| place.bare || consecutive(place.at) || is_teardown(&case));
        let at = earlier.map_or(self.cases.len(), |place| place.at);
        self.known.put(number, &case, Place { at, bare }, place.is_some());
        match earlier.and_then(|place| Some((self.cases.get_mut(place.at)?, place.bare))) {
            Some((known, was_bare)) => fold(known, case, was_bare),
            None => self.cases.push(case),
        }
    }

    /// The cases, in the order of their first elements.
    pub fn finish(self) -> Vec<Case<'a>> {
        self.cases
    }
}

fn is_teardown(case: &Case<'_>) -> bool {
    case.outcome == Outcome::Error && case.message().starts_with("failed on teardown")
}

/// Adds what a later element says about the same test.
fn fold<'a>(known: &mut Case<'a>, later: Case<'a>, was_bare: bool) {
    known.seconds += later.seconds;
    if is_teardown(&later) && !was_bare {
        if known.outcome.is_bad() {
            let more = known.more.get_or_insert_default();
            more.details.push_str("\n\n");
            more.details.push_str(later.details());
        } else {
            known.outcome = Outcome::Error;
            let before = known.more.take().map(|more| *more).unwrap_or_default();
            let attempts = before.attempts.clone();
            known.more = Some(Box::new(More { attempts, ..with_properties(later.more, before) }));
        }
        return;
    }
    // rerunfailures says nothing about an attempt but that there was one; it reruns what failed.
    let mut before = known.more.take().map(|more| *more).unwrap_or_default();
    let mut attempts = std::mem::take(&mut before.attempts);
    attempts.push(if was_bare { Outcome::Failed } else { known.outcome });
    let mut more = with_properties(later.more, before);
    attempts.append(&mut more.attempts);
    known.more = Some(Box::new(More { attempts, ..more }));
    known.outcome = later.outcome;
    known.file = known.file.take().or(later.file);
}

/// What a later element says, with the properties of an earlier one where it has none.
fn with_properties(later: Option<Box<More>>, before: More) -> More {
    let mut more = later.map(|more| *more).unwrap_or_default();
    if more.properties.is_empty() {
        more.properties = before.properties;
    }
    more
}

/// Where the last case of a test is, and whether its element had no result.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    bare: bool,
}

/// A place in half the room.
#[derive(Clone, Copy)]
struct Packed(usize);

impl Packed {
    fn of(place: Place) -> Self {
        Self(place.at << 1 | usize::from(place.bare))
    }

    fn place(self) -> Place {
        Place { at: self.0 >> 1, bare: self.0 & 1 == 1 }
    }
}

/// The last case of each test of a suite. There are many, and nearly all come once: a number made of the names leads to the
/// case, whose names are looked at.
struct Known {
    /// Where the numbers begin: nobody can foresee it.
    start: u64,
    places: HashMap<u64, Packed, BuildHasherDefault<AsIs>>,
    /// Those whose number another test had before.
    others: HashMap<(String, String), Place>,
}

impl Default for Known {
    fn default() -> Self {
        Self { start: RandomState::new().hash_one(0), places: HashMap::default(), others: HashMap::new() }
    }
}

impl Known {
    fn number(&self, case: &Case<'_>) -> u64 {
        mixed(mixed(self.start, case.classname.as_bytes()), case.name.as_bytes())
    }

    fn place(&self, number: u64, case: &Case<'_>, cases: &[Case<'_>]) -> Option<Place> {
        let place = self.places.get(&number)?.place();
        if is_same(cases.get(place.at)?, case) {
            return Some(place);
        }
        self.others.get(&names(case)).copied()
    }

    fn put(&mut self, number: u64, case: &Case<'_>, place: Place, is_known: bool) {
        let is_other = !self.others.is_empty() && self.others.contains_key(&names(case));
        match self.places.entry(number) {
            Entry::Vacant(entry) => drop(entry.insert(Packed::of(place))),
            Entry::Occupied(mut entry) if is_known && !is_other => drop(entry.insert(Packed::of(place))),
            Entry::Occupied(_) => drop(self.others.insert(names(case), place)),
        }
    }
}

fn is_same(one: &Case<'_>, other: &Case<'_>) -> bool {
    one.classname == other.classname && one.name == other.name
}

fn names(case: &Case<'_>) -> (String, String) {
    (case.classname.clone().into_owned(), case.name.clone().into_owned())
}

/// A number made of another one and some bytes, spread evenly; who does not know the first number can't foresee it.
fn mixed(start: u64, bytes: &[u8]) -> u64 {
    let fold = |number: u64, words: [u64; 2]| {
        let [one, other] = [number ^ words[0], start.rotate_left(32) ^ 0x9e37_79b9_7f4a_7c15 ^ words[1]];
        let wide = u128::from(one) * u128::from(other);
        let [low, high] = [wide, wide >> 64].map(|half| half as u64);
        low ^ high
    };
    let words = |bytes: &[u8; 16]| {
        let both = u128::from_le_bytes(*bytes);
        [both as u64, (both >> 64) as u64]
    };
    let (pairs, rest) = bytes.as_chunks::<16>();
    let number = pairs.iter().fold(start, |number, pair| fold(number, words(pair)));
    let mut last = [0; 16];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    fold(fold(number, words(&last)), [bytes.len() as u64, 0])
}

/// Takes a number that is spread evenly already for its own hash.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = mixed(self.0, bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
