//! Tests: lines that ran and are not earned, and lines that come and go.

use crate::base::Digest;
use crate::domain::coverage::LineSet;
use crate::domain::ledger::traps::{CART, IMPORT, PLAIN, batch, check, id, lines, path};
use crate::domain::ledger::{BatchEvidence, Change, Kind, Ledger, Standing, compare};
use crate::domain::suite::Outcome;

/// `total` with its discount.
const SALE: [u32; 4] = [7, 8, 9, 10];

fn standing(ledger: &Ledger) -> Standing {
    ledger.standing(&path(), Some(CART))
}

fn earned(ledger: &Ledger) -> (u64, u64) {
    let figure = standing(ledger).earned.unwrap();
    (figure.lines.part, figure.lines.whole)
}

/// A batch whose tests end so.
fn ended(tests: &[(&str, &[u32], Outcome)]) -> BatchEvidence {
    let ran: Vec<(&str, &[u32])> = tests.iter().map(|(name, lines, _)| (*name, *lines)).collect();
    let outcomes = tests.iter().map(|(name, _, outcome)| (id(name), *outcome)).collect();
    BatchEvidence { ran: outcomes, ..batch(CART, &IMPORT, &ran) }
}

fn whole(tests: &[(&str, &[u32], Outcome)]) -> Ledger {
    Ledger::default().absorb(&BatchEvidence { all: true, ..ended(tests) })
}

#[test]
fn trap_10_lines_of_bad_tests_are_covered_and_not_earned() {
    for (outcome, words) in [
        (Outcome::Failed, "1 line only by tests that failed"),
        (Outcome::Error, "1 line only by tests that failed"),
        (Outcome::Xfailed, "1 line only by tests that xfailed"),
    ] {
        let ledger = whole(&[("test_plain", &PLAIN, Outcome::Passed), ("test_sale", &SALE, outcome)]);
        check(&ledger, CART, Kind::Measured, "c.c..ccccc..cm");
        let stands = standing(&ledger);
        assert_eq!((stands.plain.lines.part, earned(&ledger), stands.import_only), (8, (3, 5), 4));
        assert_eq!((stands.unearned.all(), stands.unearned.counts().words().as_str()), (lines(&[9]), words));
        assert_eq!(stands.unearned.reason(9).as_deref(), words.strip_prefix("1 line "));
        assert_eq!(stands.unearned.reason(8), None);
    }
    for outcome in [Outcome::Passed, Outcome::Xpassed] {
        let ledger = whole(&[("test_sale", &SALE, outcome)]);
        assert_eq!((earned(&ledger), standing(&ledger).unearned.counts().all), ((4, 5), 0));
    }
}

#[test]
fn trap_10_a_test_that_asserts_nothing_earns_nothing() {
    let ledger = whole(&[("test_plain", &PLAIN, Outcome::Passed), ("test_sale", &SALE, Outcome::Failed)]);
    let silent = ledger.clone().with_heard([(id("test_plain"), false)]);
    let stands = standing(&silent);
    assert_eq!((earned(&silent), stands.plain), ((0, 5), standing(&ledger).plain));
    assert_eq!(stands.unearned.counts().words(), "4 lines only by tests that failed or assert nothing");
    assert_eq!(stands.unearned.reason(8).as_deref(), Some("only by tests that failed or assert nothing"));
    assert_eq!((stands.unearned.failed.len(), stands.unearned.unasserting.len()), (4, 3));
    assert_eq!(silent.reweighed(&ledger), [id("test_plain")].into_iter().collect());
    assert!(silent.is_run_by(&path(), &silent.reweighed(&ledger)));
}

#[test]
fn a_test_that_is_mended_earns_the_same_lines() {
    let broken = whole(&[("test_sale", &SALE, Outcome::Failed)]);
    let mended = broken.absorb(&ended(&[("test_sale", &SALE, Outcome::Passed)]));
    assert_eq!((earned(&broken), earned(&mended)), ((0, 5), (4, 5)));
    let again = Ledger::from_records(broken.records());
    assert_eq!(standing(&again), standing(&broken));
}

#[test]
fn lines_that_a_failed_test_ran_stay_unearned_across_an_edit() {
    let edited = format!("# one\n{CART}");
    let ledger = whole(&[("test_plain", &PLAIN, Outcome::Passed), ("test_sale", &SALE, Outcome::Failed)]);
    let moved = ledger.standing(&path(), Some(&edited));
    assert_eq!((moved.unearned.failed, moved.earned.unwrap().lines.part), (lines(&[10]), 3));
}

/// A batch that met this world.
fn met(world: &str, tests: &[(&str, &[u32])]) -> BatchEvidence {
    BatchEvidence { world: Some(Digest::of(world.as_bytes())), ..batch(CART, &IMPORT, tests) }
}

fn begin(tests: &[(&str, &[u32])]) -> Ledger {
    Ledger::default().absorb(&BatchEvidence { all: true, ..met("one", tests) })
}

fn between(before: &Ledger, after: &Ledger) -> Option<Change> {
    compare(before, after, [&path()], &|_| Some(CART.into())).into_iter().next()
}

/// Gained, lost, within noise.
fn claimed(before: &Ledger, after: &Ledger) -> (LineSet, LineSet, LineSet) {
    between(before, after).map(|change| (change.newly, change.lost, change.noise)).unwrap_or_default()
}

#[test]
fn trap_11_lines_that_come_and_go_are_neither_gained_nor_lost() {
    let none = LineSet::new;
    let first = begin(&[("test_any", &PLAIN)]);
    assert_eq!(standing(&first).plain.unstable, 0);
    let more = first.absorb(&met("one", &[("test_any", &SALE)]));
    assert_eq!(claimed(&first, &more), (none(), none(), lines(&[9])));
    let stands = standing(&more);
    assert_eq!(
        (stands.unstable.clone(), stands.plain.qualifier().as_str()),
        (lines(&[9]), "measured, ±1 line unstable")
    );
    assert_eq!(stands.earned.map(|earned| earned.unstable), Some(1));
    assert!(stands.plain.is_noise_since(&standing(&first).plain));
    let fewer = more.absorb(&met("one", &[("test_any", &PLAIN)]));
    assert_eq!(claimed(&more, &fewer), (none(), none(), lines(&[9])));
    check(&fewer, CART, Kind::Measured, "c.c..cccmc..cm");
    assert_eq!(standing(&fewer).unstable, lines(&[9]));
    // A run of the whole suite on the same source remembers as well, and so does the store.
    let all = fewer.absorb(&BatchEvidence { all: true, ..met("one", &[("test_any", &SALE)]) });
    assert_eq!((claimed(&fewer, &all).2, standing(&all).unstable), (lines(&[9]), lines(&[9])));
    let again = Ledger::from_records(all.records());
    assert_eq!((standing(&again), again.records()), (standing(&all), all.records()));
}

#[test]
fn trap_11_after_a_change_of_any_source_what_moved_is_claimed() {
    let first = begin(&[("test_any", &PLAIN)]);
    let other = first.absorb(&met("two", &[("test_any", &SALE)]));
    assert_eq!(claimed(&first, &other).0, lines(&[9]));
    assert_eq!(standing(&other).plain.unstable, 0);
    // Where the world is not known, nothing is said of it, nor the next time.
    let blind = first.absorb(&batch(CART, &IMPORT, &[("test_any", &SALE)]));
    let then = blind.absorb(&met("one", &[("test_any", &PLAIN)]));
    assert_eq!((standing(&blind).plain.unstable, standing(&then).plain.unstable), (0, 0));
}

#[test]
fn trap_11_a_line_that_another_test_always_runs_is_not_unstable() {
    let first = begin(&[("test_any", &PLAIN), ("test_sale", &SALE)]);
    let more = first.absorb(&met("one", &[("test_any", &SALE)]));
    assert_eq!((standing(&more).unstable, between(&first, &more)), (LineSet::new(), None));
    // Without that other test it is.
    let mut gone = met("one", &[("test_any", &SALE)]);
    gone.collected.insert(crate::base::RepoPath::new("tests/test_cart.py").unwrap(), vec![id("test_any")]);
    assert_eq!(standing(&more.absorb(&gone)).unstable, lines(&[9]));
}

#[test]
fn trap_9_a_cached_line_is_doubted_first_and_unstable_when_reruns_have_settled_it() {
    let first = begin(&[("test_first", &[7, 8, 10, 14]), ("test_second", &PLAIN)]);
    let doubted = first.absorb(&met("one", &[("test_first", &PLAIN)]));
    check(&doubted, CART, Kind::Measured, "c.c..cccmc..cs");
    assert_eq!(standing(&doubted).doubted, lines(&[14]));
    // An edit makes its own function stale, beside what is in doubt.
    let changed = CART.replace("price -= 10", "price -= 20");
    assert_eq!(doubted.standing(&path(), Some(&changed)).doubted, lines(&[14]));
    let settled = doubted.absorb(&met("one", &[("test_second", &PLAIN)]));
    check(&settled, CART, Kind::Measured, "c.c..cccmc..cm");
    assert_eq!(standing(&settled).doubted, LineSet::new());
    assert_eq!(claimed(&first, &settled), (LineSet::new(), LineSet::new(), lines(&[14])));
    // The other one is the first now: the order moved it, and nothing was gained.
    let moved = settled.absorb(&met("one", &[("test_second", &[7, 8, 10, 14])]));
    assert_eq!(claimed(&settled, &moved), (LineSet::new(), LineSet::new(), lines(&[14])));
}

#[test]
fn what_comes_and_goes_moves_along_an_edit_and_is_forgotten_with_its_function() {
    let ledger = begin(&[("test_any", &PLAIN)]).absorb(&met("one", &[("test_any", &SALE)]));
    let noted = format!("# one\n{CART}");
    assert_eq!(ledger.standing(&path(), Some(&noted)).unstable, lines(&[10]));
    let moved: Vec<u32> = IMPORT.iter().map(|line| line + 1).collect();
    let rerun = |text: &str, tests| BatchEvidence { world: None, ..batch(text, &moved, tests) };
    let after = ledger.absorb(&rerun(&noted, &[("test_any", &[8, 9, 11])]));
    assert_eq!(after.standing(&path(), Some(&noted)).unstable, lines(&[10]));
    let changed = noted.replace("price -= 10", "price -= 20");
    assert_eq!(after.standing(&path(), Some(&changed)).unstable, LineSet::new());
}

#[test]
fn a_rerun_that_is_the_same_is_not_unstable() {
    let first = begin(&[("test_any", &PLAIN)]);
    assert_eq!(standing(&first.absorb(&met("one", &[("test_any", &PLAIN)]))), standing(&first));
}
