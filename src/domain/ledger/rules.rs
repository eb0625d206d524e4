//! Tests: rules that trials against full reruns found broken, each with the smallest case.

use crate::domain::coverage::{Arc as Jump, BranchLine, Facts, LineSet, Ran};
use crate::domain::ledger::traps::{CART, IMPORT, PLAIN, batch, check, drawn, facts, full, id, lines, path, reported};
use crate::domain::ledger::{BatchEvidence, Kind, Ledger, PlacedData};

/// A function with a condition, and two ways through it.
const WAYS: &str = "\
def way(flag):
    if flag:
        flag += 1
    return flag
";
const THROUGH: [Jump; 4] = [(-1, 2), (2, 3), (3, 4), (4, -1)];
const AROUND: [Jump; 3] = [(-1, 2), (2, 4), (4, -1)];

/// The same with arcs; the condition stands on line `at`.
fn arcs(text: &str, at: u32, tests: &[(&str, &[Jump])]) -> BatchEvidence {
    let targets = vec![i32::try_from(at).unwrap() + 1, i32::try_from(at).unwrap() + 2];
    let names: Vec<(&str, &[u32])> = tests.iter().map(|(name, _)| (*name, &[][..])).collect();
    let mut evidence = batch(text, &[1], &names);
    let ran = |at: usize| Ran::new(LineSet::new(), tests.get(at).map(|test| test.1.to_vec()).unwrap_or_default());
    let import = (0, Ran::new(LineSet::new(), vec![(-1, 1), (1, -1)]));
    let rows = (0..tests.len()).map(|at| (u32::try_from(at).unwrap() + 1, ran(at)));
    evidence.data = PlacedData {
        has_arcs: true,
        files: vec![(path(), [import].into_iter().chain(rows).collect())],
        contexts: evidence.data.contexts,
    };
    let branch_lines = vec![BranchLine { line: at, exits: 2, targets }];
    evidence
        .facts
        .iter_mut()
        .for_each(|(_, _, facts)| *facts = Facts { branch_lines: branch_lines.clone(), ..facts.clone() });
    evidence
}

fn whole(text: &str, at: u32, tests: &[(&str, &[Jump])]) -> Ledger {
    Ledger::default().absorb(&BatchEvidence { all: true, ..arcs(text, at, tests) })
}

fn missing(ledger: &Ledger, text: &str) -> Vec<Jump> {
    ledger.standing(&path(), Some(text)).missing_branches
}

#[test]
fn a_branch_that_a_test_may_take_after_a_change_is_not_called_missing() {
    let before = whole(WAYS, 2, &[("test_in", &THROUGH), ("test_by", &AROUND)]);
    assert_eq!(missing(&before, WAYS), []);
    let edited = WAYS.replace("    return flag", "    return flag + 1");
    let after = before.absorb(&arcs(&edited, 2, &[("test_by", &AROUND)]));
    assert_eq!(missing(&after, &edited), [], "test_in may go into the block as before");
    assert_eq!(after.standing(&path(), Some(&edited)).partial, LineSet::new());
    let settled = after.absorb(&arcs(&edited, 2, &[("test_in", &AROUND)]));
    assert_eq!(missing(&settled, &edited), [(2, 3)]);
}

#[test]
fn a_branch_of_a_function_with_a_new_name_is_not_called_missing_while_tests_of_the_old_one_wait() {
    let before = whole(WAYS, 2, &[("test_in", &THROUGH), ("test_by", &AROUND)]);
    let edited = WAYS.replace("def way", "def road");
    let after = before.absorb(&arcs(&edited, 2, &[("test_by", &THROUGH)]));
    assert_eq!(missing(&after, &edited), []);
    assert_eq!(after.standing(&path(), Some(&edited)).open_branches, [(2, 4)]);
}

#[test]
fn a_branch_that_a_rerun_no_longer_takes_is_not_lost_while_others_wait() {
    let before = whole(WAYS, 2, &[("test_in", &THROUGH), ("test_by", &AROUND)]);
    let after = before.absorb(&arcs(WAYS, 2, &[("test_by", &THROUGH)]));
    assert_eq!(missing(&after, WAYS), [], "what is cached is credited to whoever came first");
    let settled = after.absorb(&arcs(WAYS, 2, &[("test_in", &THROUGH)]));
    assert_eq!(missing(&settled, WAYS), [(2, 4)]);
}

#[test]
fn a_branch_to_what_is_excluded_now_is_no_branch() {
    let edited = WAYS.replace("flag += 1", "flag += 1  # pragma: no cover");
    let ledger = whole(WAYS, 2, &[("test_by", &AROUND)]);
    assert_eq!(missing(&ledger, WAYS), [(2, 3)]);
    let standing = ledger.standing(&path(), Some(&edited));
    assert_eq!((standing.missing_branches, standing.counts.branches), (vec![], 0));
    // The other way round nobody knows how many there are.
    let (ledger, line) = (whole(&edited, 2, &[("test_by", &AROUND)]), WAYS);
    assert!(ledger.standing(&path(), Some(line)).plain.estimated);
}

#[test]
fn functions_of_one_name_are_told_apart_only_while_there_are_as_many() {
    // The second definition is the one in force; what ran was the first.
    let edited = format!("{CART}\n\n{}", CART.split_once("RATE = 2\n").unwrap().1);
    let ledger = full(CART, &IMPORT, &[("test_plain", &PLAIN), ("test_tax", &[14])]);
    let standing = ledger.standing(&path(), Some(&edited));
    assert!(!drawn(&standing)[6..].contains('c') && !drawn(&standing)[6..].contains('m'), "{}", drawn(&standing));
}

#[test]
fn a_reformat_makes_nothing_stale() {
    let ledger = full(CART, &IMPORT, &[("test_plain", &PLAIN), ("test_tax", &[14])]);
    let wide = CART
        .replace("sum(items)", "sum(\n        items,\n    )")
        .replace("return price * RATE", "return (price * RATE)");
    check(&ledger, &wide, Kind::Carried, "c.c..cc..cmc..cc");
    // And back: what ran on further lines of a statement ran on its first.
    let ran = [7, 8, 10, 12];
    let ledger = full(&wide, &[1, 3, 6, 15], &[("test_plain", &ran), ("test_tax", &[16])]);
    check(&ledger, CART, Kind::Carried, "c.c..cccmc..cc");
    assert_eq!(ledger.tests_of_line(&path(), 7, Some(CART)), [id("test_plain")]);
    let narrow = CART.replace("    ", "  ");
    check(&ledger, &narrow, Kind::Carried, "c.c..cccmc..cc");
}

#[test]
fn a_statement_in_another_block_is_another_statement() {
    let ledger = full(CART, &IMPORT, &[("test_plain", &PLAIN), ("test_tax", &[14])]);
    let edited = CART.replace("def tax(price):\n", "def tax(price):\n    def inner():\n    ");
    check(&ledger, &edited, Kind::Carried, "c.c..cccmc..c??");
}

#[test]
fn all_lines_of_an_excluded_class_are_excluded() {
    let class = "class Cart:\n    \"\"\"Doc.\"\"\"\n\n    # note\n    x = 1\n";
    let edited = class.replace("class Cart:", "class Cart:  # pragma: no cover");
    let ledger = full(class, &[1, 5], &[]);
    let standing = ledger.standing(&path(), Some(&edited));
    assert_eq!(drawn(&standing), "xxxxx");
    assert_eq!(lines(&[1, 2, 3, 4, 5]), facts(&edited).excluded);
}

#[test]
fn what_is_new_in_a_file_that_no_test_comes_by_is_missed_once_no_test_is_left_that_an_edit_affects() {
    let paths = || [path()].into_iter().collect();
    let edited = CART.replace("price > 100", "price > 50").replace("price * RATE", "price");
    // It is imported, and no test ran anything in it.
    let imported = full(CART, &IMPORT, &[]);
    check(&imported, &edited, Kind::Carried, "c.c..cm??m..c?");
    assert!(imported.is_unvisited(&path(), &edited));
    check(&imported.with_unvisited(paths()), &edited, Kind::Carried, "c.c..cmmmm..cm");
    assert!(!imported.is_unvisited(&path(), &edited.replace("RATE = 2", "RATE = 3")), "its import runs something else");
    // What stands outside functions is for an import to say.
    let more = format!("{CART}\n\nMORE = 1\n");
    check(&imported.with_unvisited(paths()), &more, Kind::Carried, "c.c..cmmmm..cm..?");
    // Nobody imports it.
    let mut run = batch(CART, &[], &[]);
    run.data.files.clear();
    let alone = Ledger::default().absorb(&BatchEvidence { all: true, ..run });
    assert!(alone.is_unvisited(&path(), &more));
    check(&alone.with_unvisited(paths()), &more, Kind::Carried, "m.m..mmmmm..mm..m");
    // It is newer than the last run of the whole suite, which would import it for its doctests, and no test came by.
    let mut beside = batch(CART, &[], &[("test_tax", &[])]);
    beside.data.files.clear();
    let new = Ledger::default().absorb(&beside);
    assert!(!new.is_unvisited(&path(), CART));
    check(&new, CART, Kind::Unknown, "?.?..?????..??");
}

#[test]
fn what_is_new_in_a_function_that_no_test_comes_by_is_missed_beside_functions_that_tests_ran() {
    let paths = || [path()].into_iter().collect();
    let tested = full(CART, &IMPORT, &[("test_tax", &[14])]);
    let edited = CART.replace("price > 100", "price > 50");
    check(&tested, &edited, Kind::Carried, "c.c..cm??m..cc");
    assert!(tested.is_unvisited(&path(), &edited));
    assert_eq!(tested.edited(&path(), Some(&edited)), None, "nobody has to show it");
    check(&tested.with_unvisited(paths()), &edited, Kind::Carried, "c.c..cmmmm..cc");
    // A function that a test ran is for the test to say.
    let both = edited.replace("price * RATE", "price");
    assert_eq!(tested.edited(&path(), Some(&both)).map(|edit| edit.tests.len()), Some(1));
    check(&tested.with_unvisited(paths()), &both, Kind::Carried, "c.c..cmmmm..c?");
    // So is what stands outside functions for whoever imports it.
    let more = format!("{edited}\n\nMORE = 1\n");
    assert!(tested.edited(&path(), Some(&more)).is_some());
    check(&tested.with_unvisited(paths()), &more, Kind::Carried, "c.c..cmmmm..cc..?");
    // Nobody knows who ran what a report without contexts says.
    let union = reported(CART, &[1, 3, 6, 13, 14], true).absorb(&batch(CART, &IMPORT, &[("test_tax", &[14])]));
    assert!(!union.is_unvisited(&path(), &edited));
}

#[test]
fn a_test_that_pytest_did_not_find_covers_nothing_and_holds_nothing_open() {
    let before = full(CART, &IMPORT, &[("test_plain[1]", &PLAIN), ("test_plain[2]", &PLAIN), ("test_tax", &[14])]);
    let after = before.without_missing(&[id("test_plain")]);
    check(&after, CART, Kind::Measured, "c.c..cssms..cc");
    assert_eq!(after.tests(), [id("test_tax")]);
    let missing = vec![id("test_plain")];
    let settled = before.absorb(&BatchEvidence { missing, ..batch(CART, &IMPORT, &[("test_tax", &[14])]) });
    check(&settled, CART, Kind::Measured, "c.c..cmmmm..cc");
}

#[test]
fn a_changed_function_that_an_import_ran_affects_whoever_uses_what_it_made() {
    let text = "def mark(value):\n    return value\n\n\nRATE = mark(2)\n\n\ndef tax():\n    return RATE\n\n\ndef other():\n    return 1\n";
    let ledger = full(text, &[1, 2, 5, 8, 12], &[("test_tax", &[9]), ("test_other", &[13])]);
    let edited = text.replace("return value", "return -value");
    let edit = ledger.edited(&path(), Some(&edited)).unwrap();
    assert!(edit.tests.contains_key(&id("test_tax")), "{edit:?}");
    assert!(edit.meant.names.contains("RATE") && edit.meant.makers.contains("mark"), "{:?}", edit.meant);
    // Where no import ran it, nobody is affected who did not run it.
    let unused = text.replace("RATE = mark(2)", "RATE = 2");
    let ledger = full(&unused, &[1, 5, 8, 12], &[("test_tax", &[9])]);
    assert_eq!(ledger.edited(&path(), Some(&unused.replace("return value", "return -value"))), None);
}
