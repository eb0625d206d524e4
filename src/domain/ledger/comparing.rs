//! Tests: two points compared, trap by trap, and what holds for any two.

use crate::base::{Digest, RepoPath, Stamp};
use crate::domain::coverage::{Counts, LineSet};
use crate::domain::ledger::model::{batch, changes, full, path, programs, suites};
use crate::domain::ledger::traps::{CART, lines};
use crate::domain::ledger::{Category, Comparison, FileComparison, Kind, Ledger, Point, PointFile, Status, Way};
use crate::domain::python::estimate;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

fn repo(path: &str) -> RepoPath {
    RepoPath::new(path).unwrap()
}

/// A file of which these lines are covered, and its other statements missed.
fn measured(text: &str, covered: &[u32]) -> PointFile {
    let found = estimate(text);
    let statements: LineSet = found.statements.into_iter().collect();
    let covered = &lines(covered) & &statements;
    let counts = Counts { statements: statements.len() as u64, covered: covered.len() as u64, ..Counts::default() };
    PointFile {
        digest: Some(Digest::of(text.as_bytes())),
        text: Some(text.into()),
        missed: &statements - &covered,
        covered,
        excluded: found.excluded.into_iter().collect(),
        counts,
        ..PointFile::default()
    }
}

fn point(at: i64, files: &[(&str, PointFile)]) -> Point {
    let files = files.iter().map(|(path, file)| (repo(path), Arc::new(file.clone())));
    Point { at: Stamp(at), files: files.collect(), unmeasured: BTreeSet::new() }
}

fn compared(before: &[(&str, PointFile)], after: &[(&str, PointFile)]) -> Comparison {
    Comparison::between(&point(1, before), &point(2, after), &|_| None)
}

fn one(before: PointFile, after: PointFile) -> FileComparison {
    let mut compared = compared(&[("a.py", before)], &[("a.py", after)]);
    assert_eq!(compared.files.len(), 1);
    compared.files.remove(0)
}

/// Every category but the unchanged ones with its lines after, and those that only the source before has.
fn check(file: &FileComparison, way: Way, expect: &[(Category, &[u32], &[u32])]) {
    assert_eq!(file.way, way);
    for row in crate::domain::ledger::CATEGORIES.iter().filter(|row| row.category.is_change()) {
        let wanted = expect.iter().find(|(category, _, _)| *category == row.category);
        let (after, before) = wanted.map_or((&[][..], &[][..]), |(_, after, before)| (after, before));
        assert_eq!(file.lines(row.category), lines(after), "{} after", row.name);
        assert_eq!(file.old_lines(row.category), lines(before), "{} before", row.name);
    }
}

#[test]
fn the_same_source_gains_and_loses() {
    let file = one(measured(CART, &[1, 3, 6, 7, 8, 10, 13]), measured(CART, &[1, 3, 6, 13, 14]));
    check(&file, Way::Same, &[(Category::Gained, &[14], &[]), (Category::Lost, &[7, 8, 10], &[])]);
    assert_eq!((file.count(Category::Covered), file.count(Category::Missed)), (4, 1));
    assert_eq!(file.newly(), lines(&[14]));
}

#[test]
fn trap_18_comments_above_change_nothing() {
    let edited = format!("# one\n# two\n# three\n{CART}");
    let file = one(measured(CART, &[1, 3, 6, 7, 8, 10, 13]), measured(&edited, &[4, 6, 9, 10, 11, 13, 16]));
    check(&file, Way::Edited, &[]);
    assert!(!file.is_changed());
}

#[test]
fn trap_20_without_the_source_statuses_do_not_move_with_the_lines() {
    let edited = format!("# one\n{CART}");
    let before = PointFile { digest: None, text: None, ..measured(CART, &[1, 3]) };
    let file = one(before.clone(), measured(&edited, &[2, 4, 15]));
    assert_eq!(file.way, Way::Apart);
    assert_eq!((file.count(Category::Unknown), file.count(Category::Gained)), (9, 0));
    assert_eq!(file.lines(Category::Unknown).len(), 9);
    // A digest whose text was not kept is as good as none.
    let lost = PointFile { text: None, ..measured(CART, &[1, 3]) };
    assert_eq!(one(lost.clone(), measured(&edited, &[2, 4, 15])).way, Way::Apart);
    // With the text, the same lines are followed.
    let texts = |digest| (Some(digest) == lost.digest).then(|| CART.into());
    let edited = measured(&edited, &[2, 4, 15]);
    let compared = Comparison::between(&point(1, &[("a.py", lost.clone())]), &point(2, &[("a.py", edited)]), &texts);
    check(&compared.files[0], Way::Edited, &[(Category::Gained, &[15], &[])]);
}

#[test]
fn with_equal_statements_lines_are_compared_by_number_and_that_is_said() {
    let before = PointFile { digest: None, text: None, ..measured(CART, &[1, 3]) };
    let file = one(before, measured(CART, &[1, 14]));
    check(&file, Way::Alike, &[(Category::Gained, &[14], &[]), (Category::Lost, &[3], &[])]);
    assert!(file.way.is_doubtful());
}

#[test]
fn trap_22_one_edit_from_text_to_text_whatever_lay_between() {
    let middle = CART.replace("RATE = 2\n", "RATE = 2\nBASE = 1\n");
    let last = format!("# top\n{CART}");
    let points = [measured(CART, &[1, 3]), measured(&middle, &[1, 3, 4]), measured(&last, &[2, 4])];
    check(&one(points[0].clone(), points[1].clone()), Way::Edited, &[(Category::NewCovered, &[4], &[])]);
    check(&one(points[1].clone(), points[2].clone()), Way::Edited, &[(Category::DeletedCovered, &[], &[4])]);
    check(&one(points[0].clone(), points[2].clone()), Way::Edited, &[]);
}

#[test]
fn trap_23_an_inserted_line_has_no_coverage_of_the_lines_before() {
    let edited = CART.replace("    return price\n", "    log(price)\n    return price\n");
    let before = measured(CART, &[1, 3, 6, 7, 8, 10, 13]);
    let missed = one(before.clone(), measured(&edited, &[1, 3, 6, 7, 8, 11, 14]));
    check(&missed, Way::Edited, &[(Category::NewMissed, &[10], &[])]);
    let mut open = measured(&edited, &[1, 3, 6, 7, 8, 11, 14]);
    (open.missed, open.unknown) = (&open.missed - &lines(&[10]), lines(&[10]));
    check(&one(before, open), Way::Edited, &[(Category::Unknown, &[10], &[])]);
}

#[test]
fn trap_25_a_renamed_file_is_the_same_one_by_its_content() {
    let (before, after) = (measured(CART, &[1, 3]), measured(CART, &[1, 3, 14]));
    let moved = compared(&[("shop/cart.py", before.clone())], &[("shop/basket.py", after.clone())]);
    assert_eq!(moved.files.len(), 1);
    assert_eq!((moved.files[0].path.as_str(), moved.files[0].way), ("shop/basket.py", Way::Same));
    assert_eq!(moved.files[0].moved_from, Some(repo("shop/cart.py")));
    check(&moved.files[0], Way::Same, &[(Category::Gained, &[14], &[])]);
    // With another content it is a deleted file and a new one.
    let edited = measured(&CART.replace("RATE", "SHARE"), &[1]);
    let other = compared(&[("shop/cart.py", before.clone())], &[("shop/basket.py", edited)]);
    assert_eq!(other.files.iter().map(|file| file.way).collect::<Vec<_>>(), [Way::New, Way::Gone]);
    assert_eq!((other.count(Category::DeletedCovered), other.count(Category::NewCovered)), (2, 1));
    // A file that is still there did not move.
    let stays = Point { unmeasured: [repo("shop/cart.py")].into(), ..point(2, &[("shop/basket.py", after.clone())]) };
    let copied = Comparison::between(&point(1, &[("shop/cart.py", before.clone())]), &stays, &|_| None);
    assert_eq!(copied.files.iter().map(|file| file.way).collect::<Vec<_>>(), [Way::New, Way::UnmeasuredAfter]);
    // Two candidates: neither is taken.
    let twice = compared(&[("a.py", before.clone())], &[("b.py", after.clone()), ("c.py", after.clone())]);
    assert!(twice.files.iter().all(|file| file.moved_from.is_none()));
    // But a whole folder that moved keeps its names.
    let folder = compared(
        &[("old/a.py", before.clone()), ("old/b.py", before)],
        &[("new/a.py", after.clone()), ("new/b.py", after)],
    );
    let moves = folder.files.iter().map(|file| (file.moved_from.as_ref().unwrap().as_str(), file.path.as_str()));
    assert_eq!(moves.collect::<Vec<_>>(), [("old/a.py", "new/a.py"), ("old/b.py", "new/b.py")]);
}

#[test]
fn trap_26_a_new_pragma_is_newly_excluded_and_no_gain() {
    let edited = CART.replace("def tax(price):", "def tax(price):  # pragma: no cover");
    let (plain, without) = (measured(CART, &[1, 3, 6, 13]), measured(&edited, &[1, 3, 6]));
    let file = one(plain.clone(), without.clone());
    check(&file, Way::Edited, &[(Category::NewlyExcluded, &[13, 14], &[])]);
    assert!(file.after.unwrap().ratio.percent() != file.before.unwrap().ratio.percent());
    check(&one(without, plain), Way::Edited, &[(Category::NoLongerExcluded, &[13, 14], &[])]);
}

#[test]
fn a_line_that_comes_and_goes_is_neither_gained_nor_lost() {
    let unstable = |file: PointFile| PointFile { unstable: lines(&[9, 14]), ..file };
    let before = unstable(measured(CART, &[1, 9]));
    for after in [measured(CART, &[3, 14]), unstable(measured(CART, &[3, 14]))] {
        let expect: [(Category, &[u32], &[u32]); 3] =
            [(Category::Gained, &[3], &[]), (Category::Lost, &[1], &[]), (Category::Unstable, &[9, 14], &[])];
        check(&one(before.clone(), after), Way::Same, &expect);
    }
    let edited = format!("# top\n{CART}");
    let file = one(before, measured(&edited, &[2, 15]));
    check(&file, Way::Edited, &[(Category::Unstable, &[10, 15], &[])]);
    assert!(file.is_changed());
}

#[test]
fn a_file_that_a_side_did_not_measure_is_unknown_and_not_new_or_deleted() {
    let file = measured(CART, &[1, 3]);
    let with = point(1, &[("a.py", file)]);
    let without = Point { at: Stamp(2), unmeasured: [repo("a.py")].into(), ..Point::default() };
    for (before, after, way) in [(&with, &without, Way::UnmeasuredAfter), (&without, &with, Way::UnmeasuredBefore)] {
        let compared = Comparison::between(before, after, &|_| None);
        assert_eq!((compared.files[0].way, compared.count(Category::Unknown)), (way, 9));
        assert_eq!(compared.count(Category::DeletedCovered) + compared.count(Category::NewCovered), 0);
    }
}

#[test]
fn a_table_knows_numbers_and_no_lines() {
    let mut table = measured(CART, &[1, 3]);
    (table.covered, table.missed) = (LineSet::new(), lines(&[7, 8, 9, 10]));
    let file = one(table, measured(CART, &[1, 3, 14]));
    assert_eq!((file.way, file.count(Category::Unknown)), (Way::Apart, 9));
    assert_eq!(file.passed(Status::Covered, Status::Untold), 2);
}

#[test]
fn with_branches_on_one_side_only_statements_are_compared() {
    let mut branches = measured(CART, &[1, 3]);
    (branches.counts.branches, branches.counts.covered_branches) = (2, 0);
    let compared = compared(&[("a.py", branches)], &[("a.py", measured(CART, &[1, 3]))]);
    assert!(compared.mixed && compared.changed().next().is_none());
    assert_eq!(compared.before(), compared.after());
}

#[test]
fn on_one_text_nothing_is_new_or_deleted_where_the_sides_disagree_on_statements() {
    let text = format!("{CART}\n\nDEBUG = 1\n");
    let before = measured(&text, &[1, 3]);
    let fewer = PointFile {
        covered: lines(&[1]),
        counts: Counts { covered: 1, statements: before.counts.statements - 1, ..Counts::default() },
        ..before.clone()
    };
    let moved =
        PointFile { digest: Some(Digest::of(b"other")), text: Some(format!("#\n{text}").into()), ..before.clone() };
    let shift = |set: &LineSet| set.iter().map(|line| line + 1).collect::<LineSet>();
    let moved = PointFile { covered: shift(&moved.covered), missed: shift(&moved.missed), ..moved };
    check(&one(before.clone(), fewer.clone()), Way::Same, &[(Category::Unknown, &[], &[3])]);
    check(&one(fewer.clone(), before), Way::Same, &[(Category::Unknown, &[3], &[])]);
    check(&one(fewer.clone(), moved.clone()), Way::Edited, &[(Category::Unknown, &[4], &[])]);
    check(&one(moved, fewer), Way::Edited, &[(Category::Unknown, &[], &[4])]);
}

#[test]
fn nothing_is_called_deleted_or_new_by_a_text_that_is_broken_in_the_middle() {
    let broken = CART.replace("    price = sum(items)\n", "    price = sum(items\n");
    let (whole, torn) = (measured(CART, &[1, 3]), measured(&broken, &[1, 3]));
    for (before, after) in [(whole.clone(), torn.clone()), (torn, whole)] {
        let file = one(before, after);
        let told = [Category::NewMissed, Category::NewCovered, Category::DeletedMissed, Category::DeletedCovered];
        assert_eq!(told.map(|category| file.count(category)), [0; 4]);
        assert!(file.count(Category::Unknown) > 0);
    }
}

#[test]
fn what_is_no_python_is_not_called_new_or_deleted() {
    let page = "<h1>{{ title }}</h1>\n{% if user %}\n<p>hello\n{% endif %}\n";
    let of = |text: &str, covered: &[u32], all: &[u32]| PointFile {
        digest: Some(Digest::of(text.as_bytes())),
        text: Some(text.into()),
        covered: lines(covered),
        missed: &lines(all) - &lines(covered),
        counts: Counts { statements: all.len() as u64, covered: covered.len() as u64, ..Counts::default() },
        ..PointFile::default()
    };
    let file = one(of(page, &[1, 2], &[1, 2, 3]), of(&format!("\n{page}"), &[2, 3], &[2, 3, 4]));
    let told: u64 = [Category::NewCovered, Category::NewMissed, Category::DeletedCovered, Category::DeletedMissed]
        .map(|category| file.count(category))
        .iter()
        .sum();
    let doubt = file.count(Category::Unknown) + file.count(Category::Covered) + file.count(Category::Missed);
    assert_eq!((told, doubt), (0, 3));
}

/// The ledger's word on the only file, as a point.
fn stands(at: i64, ledger: &Ledger, text: &Arc<str>) -> Point {
    let standing = ledger.standing(&path(), Some(text));
    let file = PointFile::of_standing(&standing, ledger.source(&path(), Some(text)));
    Point { at: Stamp(at), files: [(path(), Arc::new(file))].into(), unmeasured: BTreeSet::new() }
}

/// The statements of each side are all accounted for.
fn reconciles(compared: &Comparison, before: &Point, after: &Point) {
    let sum = |from: Option<Status>, to: Option<Status>| -> u64 {
        let all = compared.files.iter().flat_map(|file| &file.passages);
        let all = all.filter(|p| from.is_none_or(|from| p.from == from) && to.is_none_or(|to| p.to == to));
        all.map(|passage| passage.count).sum()
    };
    for status in Status::THERE {
        let of = |point: &Point| -> u64 {
            let sets = point.files.values().map(|file| match status {
                Status::Covered => file.covered.len(),
                Status::Missed => file.missed.len(),
                Status::Excluded => file.excluded.len(),
                _ => file.open().len(),
            });
            sets.sum::<usize>() as u64
        };
        assert_eq!(sum(Some(status), None), of(before), "{status:?} before");
        assert_eq!(sum(None, Some(status)), of(after), "{status:?} after");
    }
}

fn subset(count: usize, seed: u64) -> BTreeSet<usize> {
    (0..count).filter(|n| seed >> n & 1 == 1).collect()
}

proptest! {
    #[test]
    fn numbers_reconcile_and_sides_can_be_swapped(
        program in programs(), suite in suites(), edit in changes(), seed: u64, other: u64,
    ) {
        let edited = program.changed(&edit);
        let all: Vec<usize> = subset(suite.len(), other).into_iter().collect();
        let some: Vec<_> = all.iter().map(|&at| suite[at].clone()).collect();
        let ledger = full(&program, &some);
        let later = ledger.absorb(&batch(&edited, &suite, &subset(suite.len(), seed), false));
        let (before, after) = (stands(1, &ledger, &program.text()), stands(2, &later, &edited.text()));
        let there = Comparison::between(&before, &after, &|_| None);
        let back = Comparison::between(&after, &before, &|_| None);
        reconciles(&there, &before, &after);
        reconciles(&back, &after, &before);
        for from in Status::ALL {
            for to in Status::ALL {
                prop_assert_eq!(there.files[0].passed(from, to), back.files[0].passed(to, from), "{:?} {:?}", from, to);
            }
        }
        for category in [Category::Gained, Category::Lost, Category::NewCovered, Category::NewMissed] {
            prop_assert_eq!(there.count(category), back.count(category.swapped()));
        }
    }

    #[test]
    fn a_point_is_unchanged_against_itself(program in programs(), suite in suites(), edit in changes(), seed: u64) {
        let ledger = full(&program, &suite).absorb(&batch(&program, &suite, &subset(suite.len(), seed), false));
        let text = program.changed(&edit).text();
        let now = stands(1, &ledger, &text);
        let same = Comparison::between(&now, &now, &|_| None);
        prop_assert!(same.changed().next().is_none());
        prop_assert!(same.files[0].passages.iter().all(|passage| passage.from == passage.to));
        reconciles(&same, &now, &now);
    }

    #[test]
    fn what_is_claimed_of_a_statement_is_of_the_same_statement(
        program in programs(), suite in suites(), edit in changes(),
    ) {
        let edited = program.changed(&edit);
        let (old, new) = (program.text(), edited.text());
        let before = stands(1, &full(&program, &suite[..1]), &old);
        let after = stands(2, &full(&edited, &suite), &new);
        let compared = Comparison::between(&before, &after, &|_| None);
        let file = &compared.files[0];
        // A call that is broken after its parenthesis is the same one.
        let code = |text: &str, at: usize| {
            let lines: Vec<&str> = text.lines().skip(at).map(str::trim).collect();
            if lines[0].ends_with('(') { lines[..2].concat() } else { lines[0].to_owned() }
        };
        let known: BTreeSet<String> = (0..old.lines().count()).map(|at| code(&old, at)).collect();
        for category in [Category::Gained, Category::Covered, Category::Missed, Category::Lost] {
            for line in file.lines(category).iter() {
                prop_assert!(known.contains(&code(&new, line as usize - 1)), "line {}", line);
            }
        }
        // Full runs on both sides leave nothing open, so that nothing is unknown.
        prop_assert_eq!(file.count(Category::Unknown), 0);
        prop_assert!(matches!(file.before.map(|figure| figure.kind), Some(Kind::Measured)));
    }

    #[test]
    fn comments_are_no_difference(program in programs(), suite in suites(), at in 0..100_usize) {
        let edited = program.commented(at);
        let before = stands(1, &full(&program, &suite), &program.text());
        let after = stands(2, &full(&edited, &suite), &edited.text());
        prop_assert!(Comparison::between(&before, &after, &|_| None).changed().next().is_none());
    }
}
