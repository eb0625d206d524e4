//! The traps of coverage before and after, one test each.

use crate::base::{Digest, RepoPath};
use crate::domain::coverage::{Counts, Facts, FileCoverage, Format, LineSet, Ran};
use crate::domain::ledger::{BatchEvidence, Kind, Ledger, LineState, PlacedData, PlacedReport, Standing, compare};
use crate::domain::python::estimate;
use crate::domain::suite::{Outcome, TestId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A module with two functions, one of them with a condition.
pub const CART: &str = "\
import os

RATE = 2


def total(items):
    price = sum(items)
    if price > 100:
        price -= 10
    return price


def tax(price):
    return price * RATE
";
/// What its import runs.
pub const IMPORT: [u32; 4] = [1, 3, 6, 13];
/// `total` without its discount.
pub const PLAIN: [u32; 3] = [7, 8, 10];

/// The only file.
pub fn path() -> RepoPath {
    RepoPath::new("shop/cart.py").unwrap()
}

/// A test of it.
pub fn id(name: &str) -> TestId {
    TestId::new(&format!("tests/test_cart.py::{name}"))
}

/// A set of lines.
pub fn lines(lines: &[u32]) -> LineSet {
    lines.iter().copied().collect()
}

/// coverage.py's facts, which for these sources are what the syntax tree says.
pub fn facts(text: &str) -> Facts {
    let found = estimate(text);
    Facts {
        statements: found.statements.into_iter().collect(),
        excluded: found.excluded.into_iter().collect(),
        first_lines: found.first_lines,
        ..Facts::default()
    }
}

/// A batch: what ran at import, and what each test ran.
pub fn batch(text: &str, import: &[u32], tests: &[(&str, &[u32])]) -> BatchEvidence {
    let mut contexts = vec![String::new()];
    let mut ran = vec![(0, Ran::new(lines(import), Vec::new()))];
    for (at, (name, covered)) in (1_u32..).zip(tests) {
        contexts.push(format!("{}|run", id(name).as_str()));
        ran.push((at, Ran::new(lines(covered), Vec::new())));
    }
    BatchEvidence {
        ran: tests.iter().map(|(name, _)| (id(name), Outcome::Passed)).collect(),
        collected: BTreeMap::new(),
        missing: Vec::new(),
        has_contexts: true,
        data: PlacedData { has_arcs: false, contexts, files: vec![(path(), ran)] },
        facts: vec![(path(), Digest::of(text.as_bytes()), facts(text))],
        sources: [(path(), text.into())].into_iter().collect(),
        torn: std::collections::BTreeSet::new(),
        world: None,
        all: false,
    }
}

/// A run of the whole suite.
pub fn full(text: &str, import: &[u32], tests: &[(&str, &[u32])]) -> Ledger {
    Ledger::default().absorb(&BatchEvidence { all: true, ..batch(text, import, tests) })
}

fn report(text: &str, covered: &[u32]) -> PlacedReport {
    let facts = facts(text);
    let counts = Counts {
        statements: facts.statements.len() as u64,
        covered: covered.len() as u64,
        excluded: facts.excluded.len() as u64,
        ..Counts::default()
    };
    let coverage = FileCoverage {
        path: "shop/cart.py".to_owned(),
        statements: facts.statements,
        covered: lines(covered),
        excluded: facts.excluded,
        missing_branches: Vec::new(),
        counts,
    };
    PlacedReport { format: Format::CoverageJson, has_branches: false, files: vec![(path(), coverage)] }
}

/// A report without contexts, which is as new as the source where it is `fresh`.
pub fn reported(text: &'static str, covered: &[u32], fresh: bool) -> Ledger {
    let read = move |_: &RepoPath| Some(Arc::from(text));
    let (ledger, problems) = Ledger::from_baseline(Some(&report(text, covered)), None, &read, &|_| fresh);
    assert_eq!(problems, []);
    ledger.remember(ledger.unread().map(|path| (path.clone(), Arc::from(text))).collect::<Vec<_>>())
}

/// The states as one character for each line.
pub fn drawn(standing: &Standing) -> String {
    let sign = |state: &LineState| match state {
        LineState::Covered => 'c',
        LineState::Missed => 'm',
        LineState::Excluded => 'x',
        LineState::Stale => 's',
        LineState::Unknown => '?',
        LineState::Blank => '.',
    };
    standing.lines.iter().map(sign).collect()
}

/// Compares the states of the lines, drawn, and the kind of the figure.
pub fn check(ledger: &Ledger, disk: &str, kind: Kind, expect: &str) {
    let standing = ledger.standing(&path(), Some(disk));
    assert_eq!((drawn(&standing).as_str(), standing.plain.kind), (expect, kind), "{disk}");
}

fn both() -> Ledger {
    full(CART, &IMPORT, &[("test_plain", &PLAIN), ("test_tax", &[14])])
}

#[test]
fn trap_1_a_subset_is_never_a_total() {
    let before = both();
    let after = before.absorb(&batch(CART, &IMPORT, &[("test_tax", &[14])]));
    check(&after, CART, Kind::Measured, "c.c..cccmc..cc");
    assert_eq!(before.standing(&path(), None).plain, after.standing(&path(), None).plain);
    assert_eq!(compare(&before, &after, [&path()], &|_| Some(CART.into())), []);
}

#[test]
fn trap_8_what_ran_only_at_import_is_not_earned() {
    let import_only = full(CART, &IMPORT, &[("test_nothing", &[])]).standing(&path(), None);
    let earned = import_only.earned.unwrap();
    assert_eq!((import_only.plain.lines.to_string().as_str(), earned.lines.to_string().as_str()), ("44%", "0%"));
    assert_eq!((earned.lines.whole, import_only.import_only), (5, 4));
    // A test that imports the module itself earns no more: who imports first gets no credit.
    let first: Vec<u32> = IMPORT.to_vec();
    let lazy = full(CART, &[], &[("test_import", &first)]).standing(&path(), None);
    assert_eq!(lazy.earned.map(|earned| earned.lines.part), Some(0));
}

#[test]
fn trap_9_a_line_is_not_lost_until_a_rerun_says_so() {
    // Both call a cached function; only the first is credited with its body.
    let before = full(CART, &IMPORT, &[("test_first", &[7, 8, 10, 14]), ("test_second", &[7, 8, 10])]);
    let after = before.absorb(&batch(CART, &IMPORT, &[("test_first", &PLAIN)]));
    check(&after, CART, Kind::Measured, "c.c..cccmc..cs");
    let changes = compare(&before, &after, [&path()], &|_| Some(CART.into()));
    assert!(changes.iter().all(|change| change.lost.is_empty()), "{changes:?}");
    let settled = after.absorb(&batch(CART, &IMPORT, &[("test_second", &PLAIN)]));
    check(&settled, CART, Kind::Measured, "c.c..cccmc..cm");
    let lost = compare(&before, &settled, [&path()], &|_| Some(CART.into()));
    assert_eq!(lost.first().map(|change| change.lost.clone()), Some(lines(&[14])));
}

#[test]
fn trap_18_comments_at_the_top_move_lines_and_no_figure() {
    let edited = format!("# one\n# two\n# three\n{CART}");
    let before = both().standing(&path(), Some(CART));
    check(&both(), &edited, Kind::Carried, "...c.c..cccmc..cc");
    let after = both().standing(&path(), Some(&edited));
    assert_eq!(
        (before.plain.ratio, before.earned.map(|e| e.ratio)),
        (after.plain.ratio, after.earned.map(|e| e.ratio))
    );
}

#[test]
fn trap_19_evidence_of_two_versions_is_mapped_before_it_is_joined() {
    let edited = format!("# one\n{CART}");
    let moved: Vec<u32> = IMPORT.iter().map(|line| line + 1).collect();
    let after = both().absorb(&batch(&edited, &moved, &[("test_tax", &[15])]));
    check(&after, &edited, Kind::Carried, ".c.c..cccmc..cc");
    let disk = Arc::<str>::from(edited.as_str());
    let newest = compare(&both(), &after, [&path()], &|_| Some(Arc::clone(&disk)));
    assert!(newest.iter().all(|change| change.newly.is_empty() && change.lost.is_empty()), "{newest:?}");
}

#[test]
fn trap_20_a_report_older_than_its_source_says_nothing_of_lines() {
    check(&reported(CART, &[1, 3, 6, 7, 8, 10, 13], false), CART, Kind::Unknown, "?.?..?????..??");
    let old = reported(CART, &[1, 3, 6, 7, 8, 10, 13], false).standing(&path(), Some(CART));
    assert_eq!((old.plain.ratio.to_string().as_str(), old.covered.len()), ("78%", 0));
    check(&reported(CART, &[1, 3, 6, 7, 8, 10, 13], true), CART, Kind::Measured, "c.c..cccmc..cm");
}

#[test]
fn trap_21_a_change_in_the_second_line_of_a_statement_is_a_change() {
    let old = "X = [\n    1,\n    2,\n]\nY = 1\n";
    let ledger = full(old, &[1, 5], &[]);
    check(&ledger, old, Kind::Measured, "c...c");
    check(&ledger, "X = [\n    1,\n    3,\n]\nY = 1\n", Kind::Carried, "?...c");
    check(&ledger, "X = [\n    1,  # one\n    2,\n]\nY = 1\n", Kind::Carried, "c...c");
}

#[test]
fn trap_22_each_version_has_one_way_to_the_disk() {
    let one = format!("# one\n{CART}");
    let two = format!("# one\n# two\n{CART}");
    let moved: Vec<u32> = IMPORT.iter().map(|line| line + 1).collect();
    let ledger = both().absorb(&batch(&one, &moved, &[("test_tax", &[15])]));
    check(&ledger, &two, Kind::Carried, "..c.c..cccmc..cc");
    // Back to where it began: the evidence of both versions is still in its own lines.
    check(&ledger, CART, Kind::Carried, "c.c..cccmc..cc");
}

#[test]
fn trap_23_an_inserted_line_is_unknown_and_its_function_stale() {
    let edited = CART.replace("    if price > 100", "    price += 1\n    if price > 100");
    check(&both(), &edited, Kind::Carried, "c.c..cs?sss..cc");
    let standing = both().standing(&path(), Some(&edited));
    assert_eq!((standing.plain.open, standing.plain.lines.whole, standing.plain.estimated), (5, 10, true));
    // The tests that settle it, and nobody else's lines are touched.
    let after = both().absorb(&batch(&edited, &[1, 3, 6, 14], &[("test_plain", &[7, 8, 9, 11])]));
    check(&after, &edited, Kind::Carried, "c.c..ccccmc..cc");
    assert_eq!(after.tests_of_line(&path(), 8, Some(&edited)), [id("test_plain")]);
    assert_eq!(after.tests_of_line(&path(), 15, Some(&edited)), [id("test_tax")]);
}

#[test]
fn trap_23_a_line_that_other_tests_may_reach_stays_unknown() {
    let ledger = full(CART, &IMPORT, &[("test_plain", &PLAIN), ("test_sale", &[7, 8, 9, 10])]);
    let edited = CART.replace("        price -= 10", "        price -= 10\n        os.sync()");
    let after = ledger.absorb(&batch(&edited, &[1, 3, 6, 14], &[("test_plain", &[7, 8, 11])]));
    check(&after, &edited, Kind::Carried, "c.c..cccs?c..cm");
}

#[test]
fn trap_25_a_file_that_is_gone_or_new_shares_nothing() {
    let new = RepoPath::new("shop/basket.py").unwrap();
    let standing = both().standing(&new, Some("x = 1\n"));
    assert_eq!((drawn(&standing).as_str(), standing.plain.kind, standing.plain.open), ("?", Kind::Unknown, 1));
    assert!(standing.plain.estimated);
}

#[test]
fn trap_25_a_renamed_file_takes_along_what_is_known_of_it() {
    let to = |name: &str| (RepoPath::new(name).unwrap(), Digest::of(CART.as_bytes()));
    let ledger = both();
    let moves = |new: &[(RepoPath, Digest)]| ledger.moves(&[path()], new);
    let basket = to("shop/basket.py");
    let renamed = ledger.with_paths(&moves(std::slice::from_ref(&basket)));
    assert_eq!(renamed.files().collect::<Vec<_>>(), [&basket.0]);
    assert_eq!(renamed.standing(&basket.0, Some(CART)), ledger.standing(&path(), Some(CART)));
    // Of two with its content the one with its name is meant, and neither without such a one.
    let named = moves(&[to("other/cart.py"), basket.clone()]);
    assert_eq!(named.values().collect::<Vec<_>>(), [&to("other/cart.py").0]);
    assert!(moves(&[basket.clone(), to("other/basket.py")]).is_empty());
    // Another content is another file.
    assert!(moves(&[(basket.0, Digest::of(b"x = 1\n"))]).is_empty());
}

#[test]
fn trap_26_a_new_pragma_excludes_and_is_seen_apart() {
    let edited = CART.replace("def tax(price):", "def tax(price):  # pragma: no cover");
    check(&both(), &edited, Kind::Carried, "c.c..cccmc..xx");
    let standing = both().standing(&path(), Some(&edited));
    assert_eq!((standing.plain.lines.whole, standing.plain.open, standing.counts.excluded), (7, 0, 2));
    // And one that goes away brings its lines back, with what is known of them.
    let excluded = full(&edited, &IMPORT, &[("test_plain", &PLAIN), ("test_tax", &[14])]);
    check(&excluded, CART, Kind::Carried, "c.c..cccmc..cc");
}

#[test]
fn a_report_without_contexts_gives_a_lower_bound_after_a_batch() {
    let ledger = reported(CART, &[1, 3, 6, 7, 8, 10, 13], true);
    assert!(!ledger.has_contexts());
    assert_eq!(ledger.standing(&path(), Some(CART)).earned, None);
    let after = ledger.absorb(&batch(CART, &IMPORT, &[("test_tax", &[14])]));
    check(&after, CART, Kind::LowerBound, "c.c..cccmc..cc");
    assert_eq!(after.standing(&path(), Some(CART)).earned, None);
    let changes = compare(&ledger, &after, [&path()], &|_| Some(CART.into()));
    assert_eq!(changes.first().map(|change| change.newly.clone()), Some(lines(&[14])));
}

#[test]
fn a_report_and_its_data_file_make_one_baseline() {
    let contexts = vec![
        String::new(),
        "tests/test_cart.py::test_plain|setup".to_owned(),
        "tests/test_cart.py::test_plain|run".to_owned(),
    ];
    let ran = |set: &[u32]| Ran::new(lines(set), Vec::new());
    let files = vec![(path(), vec![(0, ran(&IMPORT)), (1, ran(&[7])), (2, ran(&PLAIN))])];
    let data = PlacedData { has_arcs: false, contexts, files };
    let read = |_: &RepoPath| Some(Arc::from(CART));
    let open = |covered: &[u32]| Ledger::from_baseline(Some(&report(CART, covered)), Some(&data), &read, &|_| true);
    let (ledger, problems) = open(&[1, 3, 6, 7, 8, 10, 13]);
    assert_eq!(problems, []);
    check(&ledger, CART, Kind::Measured, "c.c..cccmc..cm");
    assert_eq!(ledger.standing(&path(), None).earned.map(|earned| earned.lines.to_string()).as_deref(), Some("60%"));
    assert_eq!(ledger.tests(), [id("test_plain")]);
    // Made by different runs: the report counts, and that is said.
    let (ledger, problems) = open(&[1, 3, 6, 7, 8, 9, 10, 13]);
    assert_eq!(problems.len(), 1);
    check(&ledger, CART, Kind::Measured, "c.c..ccccc..cm");
    assert!(ledger.standing(&path(), None).earned.is_none());
}

#[test]
fn trap_1_a_data_file_does_not_widen_what_its_report_counts() {
    let ran = |set: &[u32]| vec![(0, Ran::new(lines(set), Vec::new()))];
    let omitted = RepoPath::new("tests/test_cart.py").unwrap();
    let files = vec![(path(), ran(&[1, 3, 6, 7, 8, 10, 13])), (omitted.clone(), ran(&[1]))];
    let data = PlacedData { has_arcs: false, contexts: vec![String::new()], files };
    let read = |_: &RepoPath| Some(Arc::from(CART));
    let open = |report: &PlacedReport| {
        let (ledger, _) = Ledger::from_baseline(Some(report), Some(&data), &read, &|_| true);
        ledger.files().cloned().collect::<Vec<_>>()
    };
    let same = report(CART, &[1, 3, 6, 7, 8, 10, 13]);
    assert_eq!(open(&same), [path()]);
    // A table may leave out what is complete, and a report of another run says nothing of this one.
    assert_eq!(open(&PlacedReport { format: Format::Table, ..same }), [path(), omitted.clone()]);
    assert_eq!(open(&report(CART, &[1, 3])), [path(), omitted]);
}

#[test]
fn the_source_of_a_template_is_no_file_of_a_data_file() {
    let files = ["shop/cart.py", "shop/run", "templates/mail.html", "templates/odd.html"];
    let ran = vec![(0, Ran::new(lines(&[1]), Vec::new()))];
    let files = files.map(|path| (RepoPath::new(path).unwrap(), ran.clone())).to_vec();
    let data = PlacedData { has_arcs: false, contexts: vec![String::new()], files };
    let read =
        |path: &RepoPath| Some(Arc::from(if path.name() == "odd.html" { "{{ total }}\n" } else { "<p>{{ x }}\n" }));
    let (ledger, _) = Ledger::from_baseline(None, Some(&data), &read, &|_| true);
    let names: Vec<&str> = ledger.files().map(RepoPath::as_str).collect();
    // Two braces around a name are a set in a set: coverage.py's reports have that file too.
    assert_eq!(names, ["shop/cart.py", "shop/run", "templates/odd.html"]);
}

#[test]
fn a_data_file_alone_has_estimated_statements() {
    let files = vec![(path(), vec![(0, Ran::new(lines(&[1, 3, 6, 7, 8, 10, 13]), Vec::new()))])];
    let data = PlacedData { has_arcs: false, contexts: vec![String::new()], files };
    let (ledger, _) = Ledger::from_baseline(None, Some(&data), &|_| Some(CART.into()), &|_| true);
    check(&ledger, CART, Kind::Measured, "c.c..cccmc..cm");
    assert!(ledger.standing(&path(), None).plain.estimated && ledger.tests().is_empty() && !ledger.has_contexts());
    let after = ledger.absorb(&batch(CART, &IMPORT, &[("test_tax", &[14])]));
    check(&after, CART, Kind::LowerBound, "c.c..cccmc..cc");
}

#[test]
fn a_test_that_its_file_no_longer_has_is_gone() {
    let mut evidence = batch(CART, &IMPORT, &[("test_plain", &PLAIN)]);
    evidence.collected.insert(RepoPath::new("tests/test_cart.py").unwrap(), vec![id("test_plain")]);
    let after = both().absorb(&evidence);
    assert_eq!(after.tests(), [id("test_plain")]);
    check(&after, CART, Kind::Measured, "c.c..cccmc..cm");
}

#[test]
fn the_tests_of_a_file_that_is_gone_count_for_nothing_before_anything_ran() {
    let gone = |name: &str| [RepoPath::new(name).unwrap()].into_iter().collect();
    assert_eq!(both().without_tests_of(&gone("tests/test_other.py")), both());
    let after = both().without_tests_of(&gone("tests/test_cart.py"));
    assert_eq!(after.tests(), []);
    check(&after, CART, Kind::Measured, "c.c..cmmmm..cm");
}

#[test]
fn a_rerun_test_leaves_the_files_it_no_longer_touches() {
    let after = both().absorb(&BatchEvidence {
        data: PlacedData { contexts: vec![String::new()], ..PlacedData::default() },
        ..batch(CART, &IMPORT, &[("test_tax", &[14])])
    });
    assert_eq!(after.tests_of_file(&path()), [id("test_plain")]);
}

#[test]
fn a_batch_in_which_nothing_ran_changes_nothing() {
    assert_eq!(both().absorb(&BatchEvidence { has_contexts: true, ..BatchEvidence::default() }), both());
}

#[test]
fn both_sides_of_a_comparison_have_one_denominator() {
    let edited = format!("{CART}# pragma: no cover\n");
    let custom = Facts { excluded: lines(&[13, 14]), statements: lines(&[1, 3, 6, 7, 8, 9, 10]), ..facts(&edited) };
    let mut evidence = batch(&edited, &IMPORT, &[("test_plain", &PLAIN)]);
    evidence.facts = vec![(path(), Digest::of(edited.as_bytes()), custom)];
    let whole = |ledger: &Ledger| ledger.standing(&path(), Some(&edited)).plain.lines.whole;
    let (before, after) = (both(), both().absorb(&evidence));
    assert_eq!((whole(&before), whole(&before.learn(&evidence)), whole(&after)), (9, 7, 7));
    check(&before.learn(&evidence), &edited, Kind::Carried, "c.c..cccmc..xx");
}

#[test]
fn a_file_that_changed_while_the_tests_ran_keeps_what_was_known_of_it() {
    let before = full(CART, &IMPORT, &[("test_tax", &[14])]);
    let torn = [path()].into_iter().collect();
    for all in [false, true] {
        let mut hasty = BatchEvidence {
            torn: std::collections::BTreeSet::clone(&torn),
            all,
            ..batch(CART, &IMPORT, &[("test_tax", &[])])
        };
        hasty.data.files.clear();
        assert!(before.same_file(&before.absorb(&hasty), &path()), "all: {all}");
    }
}
