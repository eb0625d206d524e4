//! The triage order, and the other orders of the map.

use crate::base::Ratio;
use crate::domain::ledger::Kind;
use crate::domain::triage::{Entry, Layer, Row, layer_of};
use std::cmp::{Ordering, Reverse};
use std::fmt::{self, Write};
use std::sync::Arc;

/// How the rows are sorted. Every order falls back on the triage order, and that on the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    /// What to look at first.
    #[default]
    Triage,
    /// By path.
    Path,
    /// Lowest plain coverage first.
    Coverage,
    /// Most missing lines first.
    Missed,
    /// By layer.
    Layer,
    /// Largest change in this sitting first.
    Change,
}

impl Order {
    /// All orders, in the order in which a key walks through them.
    pub const ALL: [Self; 6] = [Self::Triage, Self::Coverage, Self::Missed, Self::Layer, Self::Path, Self::Change];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Triage => "triage",
            Self::Path => "path",
            Self::Coverage => "coverage",
            Self::Missed => "missed",
            Self::Layer => "layer",
            Self::Change => "change",
        }
    }

    /// The order after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|order| *order == self).unwrap_or(0);
        Self::ALL.get(at + 1).copied().unwrap_or_default()
    }
}

/// From this percentage on a file counts as near 100 %, and comes last.
const NEAR: u64 = 95;

/// Ranks the files by the triage order and sorts them by `order`. Total and stable: the same entries give the same
/// rows, whatever order they come in.
#[must_use]
pub fn rank(entries: &[Entry], layers: &[Layer], order: Order) -> Vec<Row> {
    let names: Vec<Arc<str>> = layers.iter().map(|layer| &*layer.name).chain([OTHER]).map(Arc::from).collect();
    let mut placed: Vec<Placed<'_>> = entries.iter().map(|entry| Placed::new(entry, layers)).collect();
    placed.sort_by(Placed::before);
    let mut previous = None;
    let ranked = placed.iter().zip(1..).map(|(one, rank)| {
        let why = why(one, previous.replace(one), &names);
        one.row(rank, why, &names)
    });
    let mut rows: Vec<Row> = ranked.collect();
    sort(&mut rows, order);
    rows
}

/// What the files are called together that no layer holds.
const OTHER: &str = "Other";

fn sort(rows: &mut [Row], order: Order) {
    match order {
        Order::Triage => {}
        Order::Path => rows.sort_by(|a, b| a.path.cmp(&b.path)),
        Order::Coverage => rows.sort_by(|a, b| compare(a.plain.ratio, b.plain.ratio)),
        Order::Missed => rows.sort_by_key(|row| Reverse(row.plain.lines.missing())),
        Order::Layer => rows.sort_by_key(|row| (row.layer.is_none(), row.layer)),
        Order::Change => rows.sort_by(|a, b| change(b).total_cmp(&change(a))),
    }
}

/// How many percentage points a file went up or down in this sitting.
fn change(row: &Row) -> f64 {
    row.before.map_or(0.0, |before| (row.plain.ratio.percent() - before.ratio.percent()).abs())
}

/// Compares two shares exactly. Nothing of nothing is all of it.
fn compare(a: Ratio, b: Ratio) -> Ordering {
    let full = |ratio: Ratio| if ratio.whole == 0 { Ratio::new(1, 1) } else { ratio };
    let (a, b) = (full(a), full(b));
    (u128::from(a.part) * u128::from(b.whole)).cmp(&(u128::from(b.part) * u128::from(a.whole)))
}

/// The four parts of the triage order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// No test runs a line of it.
    Zero,
    /// Some of it is covered.
    Partial,
    /// Nearly all of it is covered.
    Near,
    /// Nothing is missing.
    Full,
}

/// An entry with what decides its place. It is small, because sorting moves it about.
struct Placed<'a> {
    entry: &'a Entry,
    part: Part,
    /// The whole percentage as it is shown: a difference that nobody can see decides nothing.
    percent: u64,
    missing: u64,
    layer: Option<usize>,
}

impl<'a> Placed<'a> {
    fn new(entry: &'a Entry, layers: &[Layer]) -> Self {
        let figure = entry.ranked_by();
        let percent = figure.ratio.rounded();
        let missing = entry.plain.lines.missing();
        let part = match percent {
            _ if missing == 0 && entry.plain.ratio.missing() == 0 => Part::Full,
            0 => Part::Zero,
            percent if percent >= NEAR => Part::Near,
            _ => Part::Partial,
        };
        Self { entry, part, percent, missing, layer: layer_of(layers, &entry.path) }
    }

    /// The name of its layer. The last name stands for those that are in none.
    fn layer_name<'n>(&self, names: &'n [Arc<str>]) -> Option<&'n Arc<str>> {
        names.get(self.layer.unwrap_or(names.len().saturating_sub(1)))
    }

    /// The triage order: part, shown percentage, missing lines, layer, exact share, path.
    fn before(&self, other: &Self) -> Ordering {
        let key = |one: &Self| (one.part, one.percent, Reverse(one.missing), one.layer.is_none(), one.layer);
        key(self)
            .cmp(&key(other))
            .then_with(|| compare(self.entry.ranked_by().ratio, other.entry.ranked_by().ratio))
            .then_with(|| self.entry.path.cmp(&other.entry.path))
    }

    fn row(&self, rank: usize, why: String, names: &[Arc<str>]) -> Row {
        let &Entry { counts, plain, earned, import_only, unearned, before, changed, .. } = self.entry;
        let layer_name = self.layer_name(names).map_or_else(|| OTHER.into(), Arc::clone);
        let (path, layer) = (self.entry.path.clone(), self.layer);
        Row { path, layer, layer_name, counts, plain, earned, import_only, unearned, before, rank, why, changed }
    }
}

/// Why a file stands where it stands: what it is, and what put it behind the file before it.
fn why(one: &Placed<'_>, previous: Option<&Placed<'_>>, names: &[Arc<str>]) -> String {
    let mut why = String::with_capacity(64);
    // Writing to a text never fails.
    let _ = write_what(one, &mut why);
    let _ = match (previous, previous.and_then(|previous| one.before_by(previous))) {
        (None, _) => write!(why, "; nothing comes before it."),
        (Some(previous), Some(Decided::Missing)) => write!(why, "; {} misses more.", previous.entry.path.clean()),
        (Some(previous), Some(Decided::Layer)) => {
            let name = |one: &Placed<'_>| one.layer_name(names).map_or(OTHER, |name| name);
            write!(why, "; {} comes before {} among equals.", name(previous), name(one))
        }
        (Some(_), None) => write!(why, "."),
    };
    why
}

/// What a file is.
fn write_what(one: &Placed<'_>, out: &mut String) -> fmt::Result {
    let entry = one.entry;
    let missing = Counted(one.missing);
    match one.part {
        Part::Full if entry.plain.lines.whole == 0 => write!(out, "It has no statements"),
        Part::Full => write!(out, "Nothing is missing"),
        _ if entry.plain.kind == Kind::Unknown && entry.plain.open == entry.plain.lines.whole => {
            write!(out, "Nothing has measured it yet: {missing} to cover")
        }
        Part::Zero if entry.earned.is_some() && entry.import_only > 0 => {
            let ran = Counted(entry.import_only);
            write!(out, "0 % earned: {ran} ran only at import, {missing} missing")
        }
        Part::Zero => write!(out, "0 %: no test runs it, {missing} missing"),
        Part::Partial => write!(out, "{} % {}, {missing} missing", one.percent, measure(entry)),
        Part::Near => {
            write!(out, "{} % {} is near 100 %, which comes last; {missing} missing", one.percent, measure(entry))
        }
    }
}

const fn measure(entry: &Entry) -> &'static str {
    if entry.earned.is_some() { "earned" } else { "covered" }
}

/// A number of lines in words.
struct Counted(u64);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// What put one file behind another of the same percentage.
enum Decided {
    Missing,
    Layer,
}

impl Placed<'_> {
    fn before_by(&self, previous: &Self) -> Option<Decided> {
        let same = (self.part, self.percent) == (previous.part, previous.percent) && self.part != Part::Full;
        match same {
            true if self.missing != previous.missing => Some(Decided::Missing),
            true if self.layer != previous.layer => Some(Decided::Layer),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, rank};
    use crate::base::{Ratio, RepoPath};
    use crate::domain::coverage::Counts;
    use crate::domain::ledger::{Figure, Kind};
    use crate::domain::triage::{Entry, default_layers};
    use proptest::prelude::*;

    fn figure(part: u64, whole: u64) -> Figure {
        Figure { ratio: Ratio::new(part, whole), lines: Ratio::new(part, whole), ..Figure::default() }
    }

    /// Covered lines and statements, and the same of what tests can earn.
    fn entry(path: &str, plain: (u64, u64), earned: Option<(u64, u64)>) -> Entry {
        Entry {
            path: RepoPath::new(path).unwrap(),
            counts: Counts { covered: plain.0, statements: plain.1, ..Counts::default() },
            plain: figure(plain.0, plain.1),
            earned: earned.map(|(part, whole)| figure(part, whole)),
            import_only: earned.map_or(0, |earned| plain.0 - earned.0),
            unearned: crate::domain::ledger::UnearnedCounts::default(),
            before: None,
            changed: false,
        }
    }

    fn check(entries: &[Entry], order: Order, expect: &[&str]) {
        let rows = rank(entries, &default_layers(), order);
        let paths: Vec<&str> = rows.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(paths, expect, "{order:?}");
    }

    fn sample() -> Vec<Entry> {
        vec![
            entry("shop/near.py", (96, 100), Some((96, 100))),
            entry("shop/full.py", (10, 10), Some((3, 3))),
            entry("shop/partial.py", (50, 100), Some((40, 90))),
            entry("shop/models.py", (14, 34), Some((0, 20))),
            entry("shop/views.py", (14, 34), Some((0, 20))),
            entry("shop/tasks.py", (0, 60), Some((0, 60))),
            entry("shop/constants.py", (12, 12), Some((0, 0))),
            entry("shop/empty.py", (0, 0), Some((0, 0))),
        ]
    }

    #[test]
    fn zero_earned_first_then_lowest_then_most_missing_then_layer_and_near_full_last() {
        check(
            &sample(),
            Order::Triage,
            &[
                "shop/tasks.py",
                "shop/views.py",
                "shop/models.py",
                "shop/partial.py",
                "shop/near.py",
                "shop/constants.py",
                "shop/empty.py",
                "shop/full.py",
            ],
        );
    }

    #[test]
    fn each_row_says_why_it_stands_there() {
        let rows = rank(&sample(), &default_layers(), Order::Triage);
        let why: Vec<&str> = rows.iter().map(|row| row.why.as_str()).collect();
        assert_eq!(
            why,
            [
                "0 %: no test runs it, 60 lines missing; nothing comes before it.",
                "0 % earned: 14 lines ran only at import, 20 lines missing; shop/tasks.py misses more.",
                "0 % earned: 14 lines ran only at import, 20 lines missing; Views comes before Models among equals.",
                "44 % earned, 50 lines missing.",
                "96 % earned is near 100 %, which comes last; 4 lines missing.",
                "Nothing is missing.",
                "It has no statements.",
                "Nothing is missing.",
            ]
        );
        assert_eq!(rows.iter().map(|row| row.rank).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    }

    #[test]
    fn a_file_that_nothing_measured_says_so() {
        let mut unknown = entry("a.py", (0, 5), None);
        unknown.plain = Figure { kind: Kind::Unknown, open: 5, ..unknown.plain };
        let rows = rank(&[unknown], &[], Order::Triage);
        assert_eq!(rows[0].why, "Nothing has measured it yet: 5 lines to cover; nothing comes before it.");
        assert_eq!(&*rows[0].layer_name, "Other");
    }

    #[test]
    fn without_per_test_data_the_plain_figure_ranks() {
        check(
            &[entry("a.py", (9, 10), None), entry("b.py", (1, 10), None), entry("c.py", (0, 1), None)],
            Order::Triage,
            &["c.py", "b.py", "a.py"],
        );
    }

    #[test]
    fn other_orders_fall_back_on_triage() {
        let mut entries = sample();
        entries[0].before = Some(figure(90, 100));
        check(&entries[..4], Order::Path, &["shop/full.py", "shop/models.py", "shop/near.py", "shop/partial.py"]);
        check(&entries[..4], Order::Coverage, &["shop/models.py", "shop/partial.py", "shop/near.py", "shop/full.py"]);
        check(&entries[..4], Order::Missed, &["shop/partial.py", "shop/models.py", "shop/near.py", "shop/full.py"]);
        check(&entries[..4], Order::Layer, &["shop/models.py", "shop/partial.py", "shop/near.py", "shop/full.py"]);
        check(&entries[..4], Order::Change, &["shop/near.py", "shop/models.py", "shop/partial.py", "shop/full.py"]);
    }

    #[test]
    fn a_key_walks_through_every_order() {
        let mut walk = std::iter::successors(Some(Order::default()), |order| Some(order.next()));
        assert_eq!(walk.by_ref().take(Order::ALL.len()).collect::<Vec<_>>(), Order::ALL);
        assert_eq!(walk.next(), Some(Order::Triage));
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let one = (0..30_u32, 0..20_u64, 0..20_u64, proptest::option::of((0..10_u64, 0..10_u64)), any::<bool>());
        proptest::collection::vec(one, 0..20).prop_map(|all| {
            let mut seen = std::collections::BTreeSet::new();
            let all = all.into_iter().filter(|one| seen.insert(one.0));
            all.map(|(name, part, more, earned, views)| {
                let file = if views { "views" } else { "other" };
                let path = format!("a{name}/{file}.py");
                let earned = earned.map(|(part_earned, more)| (part_earned.min(part), part_earned.min(part) + more));
                entry(&path, (part, part + more), earned)
            })
            .collect()
        })
    }

    proptest! {
        #[test]
        fn the_order_is_total_and_does_not_depend_on_the_order_before(
            entries in entries(), seed: u64, order in proptest::sample::select(Order::ALL.to_vec()),
        ) {
            let mut shuffled = entries.clone();
            let count = shuffled.len().max(1) as u64;
            (0..shuffled.len()).for_each(|at| shuffled.swap(at, ((seed.rotate_left(at as u32)) % count) as usize));
            let (one, two) = (rank(&entries, &default_layers(), order), rank(&shuffled, &default_layers(), order));
            prop_assert_eq!(&one, &two);
            let mut ranks: Vec<usize> = one.iter().map(|row| row.rank).collect();
            ranks.sort_unstable();
            prop_assert_eq!(ranks, (1..=entries.len()).collect::<Vec<_>>());
        }

        #[test]
        fn zero_always_comes_before_more_than_zero(entries in entries()) {
            let rows = rank(&entries, &default_layers(), Order::Triage);
            let is_zero = |figure: Figure| figure.ratio.part == 0 && figure.ratio.whole > 0;
            let zero: Vec<bool> = rows
                .iter()
                .filter(|row| row.plain.ratio.missing() > 0)
                .map(|row| is_zero(row.earned.filter(|earned| earned.ratio.whole > 0).unwrap_or(row.plain)))
                .collect();
            prop_assert!(zero.is_sorted_by(|a, b| a >= b), "{:?}", zero);
        }
    }
}
