//! Shares of coverage against their least percentages: of everything, of layers, of files, of changed lines.

use crate::base::{Glob, Ratio, RepoPath};
use crate::domain::coverage::LineSet;
use crate::domain::ledger::{Figure, Kind, LineState};
use crate::domain::programme::{Percent, Place, Ruling, Verdict};
use crate::domain::triage::Row;

/// The most places that a rule names.
const PLACES: usize = 50;
/// What brings up to date what edits left open.
const AFFECTED: &str = "lacuna run --affected";
/// What measures everything.
const ALL: &str = "lacuna run --all";

/// The lines of a file to look at.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    /// Statements that no test runs.
    pub missed: LineSet,
    /// Statements of which nobody knows.
    pub open: LineSet,
}

/// What is known of the project's coverage.
pub struct Ground<'a> {
    /// Every file, ranked.
    pub rows: &'a [Row],
    /// How many digits percentages have after the point.
    pub digits: usize,
    /// The lines of a file to look at.
    pub gaps: &'a dyn Fn(&RepoPath) -> Gaps,
}

/// A file with statements that are new or changed.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedFile {
    /// The file.
    pub path: RepoPath,
    /// Its new and changed statements, and how each stands.
    pub lines: Vec<(u32, LineState)>,
    /// How that is known.
    pub kind: Kind,
    /// Whether what is a statement is an estimate.
    pub estimated: bool,
}

/// The whole project, against a percentage or none.
#[must_use]
pub fn total(rule: &str, least: Option<&Percent>, ground: &Ground<'_>) -> Ruling {
    let rows: Vec<&Row> = ground.rows.iter().collect();
    let wanted = least.map(at_least).unwrap_or_default();
    share(Ruling::new(rule, "coverage of everything", &wanted), &rows, least, ground)
}

/// Layers of code, each with its least percentage or none. `named` are those that the rule names; a name that no layer has is
/// a ruling of its own.
#[must_use]
pub fn layers(rule: &str, named: &[(String, Option<Percent>)], known: &[String], ground: &Ground<'_>) -> Vec<Ruling> {
    let one = |(name, least): &(String, Option<Percent>)| {
        let wanted = least.as_ref().map(at_least).unwrap_or_default();
        let ruling = Ruling::new(&format!("{rule}.{name}"), &format!("coverage of {name}"), &wanted);
        let Some(at) = known.iter().position(|layer| layer.eq_ignore_ascii_case(name)) else {
            let known = if known.is_empty() { "no layer at all".to_owned() } else { known.join(", ") };
            return ruling.untold(&format!("there is no such layer; `layers` names {known}")).next("lacuna config");
        };
        let rows: Vec<&Row> = ground.rows.iter().filter(|row| row.layer == Some(at)).collect();
        if rows.is_empty() {
            return match least {
                Some(_) => ruling.untold("no measured file is in this layer").next("lacuna report"),
                None => ruling.because("no measured file is in this layer"),
            };
        }
        share(ruling, &rows, least.as_ref(), ground)
    };
    named.iter().map(one).collect()
}

/// Files that match globs, each of which has to reach its percentage.
#[must_use]
pub fn files(rule: &str, glob: &Glob, least: &Percent, ground: &Ground<'_>) -> Ruling {
    let about = format!("coverage of each file of {}", glob.as_str());
    let ruling = Ruling::new(&format!("{rule}.{}", glob.as_str()), &about, &at_least(least));
    let rows: Vec<&Row> = ground.rows.iter().filter(|row| glob.matches(&row.path)).collect();
    if rows.is_empty() {
        return ruling.untold("no measured file matches").next("lacuna report");
    }
    let judged: Vec<(Verdict, &Row)> =
        rows.iter().map(|row| (judge(&row.plain, least, ground.digits).0, *row)).collect();
    let of = |wanted: Verdict| -> Vec<&Row> {
        judged.iter().filter(|(verdict, _)| *verdict == wanted).map(|(_, row)| *row).collect()
    };
    let (failed, untold) = (of(Verdict::Failed), of(Verdict::Untold));
    let found = format!("{} of {} reach it", rows.len() - failed.len() - untold.len(), rows.len());
    let mut ruling = ruling.found(&found, failed.is_empty());
    if failed.is_empty() && !untold.is_empty() {
        let why = untold.first().and_then(|row| judge(&row.plain, least, ground.digits).1).unwrap_or_default();
        ruling = ruling.untold(&why);
    }
    let bad = if failed.is_empty() { &untold } else { &failed };
    let places = file_places(bad, ground);
    let next = next_of(&places, ruling.verdict, bad.iter().any(|row| wants_all(&row.plain)));
    ruling.at(places).next(&next)
}

/// New and changed statements since a commit. `unmeasured` are changed files that no measurement names.
#[must_use]
pub fn changed(
    rule: &str,
    since: &str,
    least: &Percent,
    (files, unmeasured): (&[ChangedFile], &[RepoPath]),
    digits: usize,
) -> Ruling {
    let ruling = Ruling::new(rule, &format!("coverage of new and changed lines since {since}"), &at_least(least));
    let states = || files.iter().flat_map(|file| &file.lines).map(|(_, state)| *state);
    let number = |wanted: &dyn Fn(LineState) -> bool| states().filter(|state| wanted(*state)).count() as u64;
    let ratio = Ratio::new(number(&|state| state == LineState::Covered), number(&LineState::counts));
    let figure = Figure {
        ratio,
        lines: ratio,
        open: number(&LineState::is_open),
        kind: files.iter().map(|file| file.kind).max().unwrap_or_default(),
        estimated: files.iter().any(|file| file.estimated),
        ..Figure::default()
    };
    let beside = match unmeasured {
        [] => String::new(),
        [one] => format!("{} changed too, and no measurement names it", one.as_str()),
        [one, more @ ..] => {
            format!("{} and {} more changed too, and no measurement names them", one.as_str(), more.len())
        }
    };
    if ratio.whole == 0 {
        return ruling.found("no measured statement changed", true).because(&beside);
    }
    let (verdict, why) = judge(&figure, least, digits);
    let found = format!("{} ({} of {} statements)", figure.shown(digits), ratio.part, ratio.whole);
    let why = [why.unwrap_or_else(|| remark(&figure)), beside];
    let why: Vec<String> = why.into_iter().filter(|why| !why.is_empty()).collect();
    let mut ruling = ruling.found(&found, verdict == Verdict::Held).because(&why.join("; "));
    (ruling.verdict, ruling.figure) = (verdict, Some(figure));
    if verdict == Verdict::Held {
        return ruling;
    }
    let wanted =
        |state: LineState| if verdict == Verdict::Failed { state == LineState::Missed } else { state.is_open() };
    let places = files.iter().flat_map(|file| {
        let lines: LineSet = file.lines.iter().filter(|(_, state)| wanted(*state)).map(|(line, _)| *line).collect();
        let word = if verdict == Verdict::Failed { "no test runs it" } else { "nothing has measured it" };
        stretches(&lines).into_iter().map(|lines| Place::new(Some(file.path.clone()), Some(lines), word))
    });
    let places: Vec<Place> = places.take(PLACES).collect();
    let next = next_of(&places, verdict, wants_all(&figure));
    ruling.at(places).next(&next)
}

/// Some files together against a percentage, if there is one.
fn share(ruling: Ruling, rows: &[&Row], least: Option<&Percent>, ground: &Ground<'_>) -> Ruling {
    let Some(figure) = rows.iter().map(|row| row.plain).reduce(Figure::plus) else {
        return ruling.untold("there is no coverage report").next(ALL);
    };
    let branches = if figure.ratio.whole == figure.lines.whole { "" } else { ", and branches" };
    let (part, whole) = (figure.lines.part, figure.lines.whole);
    let found = format!("{} ({part} of {whole} statements{branches})", figure.shown(ground.digits));
    let (verdict, why) = least.map_or((Verdict::Free, None), |least| judge(&figure, least, ground.digits));
    let mut ruling = ruling.found(&found, true).because(&why.unwrap_or_else(|| remark(&figure)));
    (ruling.verdict, ruling.figure) = (verdict, Some(figure));
    if matches!(verdict, Verdict::Held | Verdict::Free) {
        return ruling;
    }
    let wanting: Vec<&Row> = rows
        .iter()
        .filter(|row| if verdict == Verdict::Failed { row.plain.ratio.missing() > 0 } else { !row.plain.is_sure() })
        .copied()
        .collect();
    let places = file_places(&wanting, ground);
    let next = next_of(&places, verdict, wants_all(&figure));
    ruling.at(places).next(&next)
}

/// What qualifies a figure; empty for a measured one of which nothing stands open.
fn remark(figure: &Figure) -> String {
    let words = figure.qualifier();
    if words == Kind::Measured.word() { String::new() } else { words }
}

/// Whether a figure reaches a percentage, and why nobody can tell where nobody can.
fn judge(figure: &Figure, least: &Percent, digits: usize) -> (Verdict, Option<String>) {
    let untold = |why: &str| (Verdict::Untold, Some(why.to_owned()));
    let is_reached = least.is_reached(figure.ratio, digits);
    match figure.kind {
        Kind::Unknown => return untold("the measurement is older than the source, and of no source that is known"),
        _ if figure.estimated => return untold("what is a statement is an estimate: coverage.py has not said it"),
        Kind::LowerBound if !is_reached => return untold("only a lower bound is known"),
        _ if is_reached => return (Verdict::Held, None),
        _ => {}
    }
    // Were all open statements covered and all branches taken, the share would be this at the most.
    let branches = figure.ratio.whole.saturating_sub(figure.lines.whole);
    let most = if figure.open == 0 { figure.ratio.part } else { figure.lines.part + figure.open + branches };
    let most = Ratio::new(most.min(figure.ratio.whole), figure.ratio.whole);
    if least.is_reached(most, digits) {
        let them = if figure.open == 1 { "1 statement stands open" } else { "statements stand open" };
        let count = if figure.open == 1 { them.to_owned() } else { format!("{} {them}", figure.open) };
        return untold(&format!("{count}: nothing has measured what changed, and it may be enough"));
    }
    (Verdict::Failed, None)
}

/// The first gap of each file, with how many lines it has.
fn file_places(rows: &[&Row], ground: &Ground<'_>) -> Vec<Place> {
    let place = |row: &&Row| {
        let gaps = (ground.gaps)(&row.path);
        let first = stretches(&gaps.missed).first().or(stretches(&gaps.open).first()).copied();
        let open = if row.plain.open > 0 { format!(", {} open", row.plain.open) } else { String::new() };
        let missed = row.plain.lines.missing().saturating_sub(row.plain.open);
        let what = format!(
            "{}: {missed} of {} statements missed{open}",
            row.plain.shown(ground.digits),
            row.plain.lines.whole
        );
        Place::new(Some(row.path.clone()), first, &what)
    };
    rows.iter().take(PLACES).map(place).collect()
}

/// Whether only a measurement of everything brings a figure up to date. Where edits left lines open, the tests that settle
/// them also have coverage.py say what is a statement there.
fn wants_all(figure: &Figure) -> bool {
    figure.kind == Kind::Unknown || figure.estimated && figure.open == 0
}

fn next_of(places: &[Place], verdict: Verdict, wants_all: bool) -> String {
    match (verdict, places.iter().find(|place| place.lines.is_some())) {
        _ if wants_all && verdict == Verdict::Untold => ALL.to_owned(),
        (Verdict::Untold, _) => AFFECTED.to_owned(),
        (_, Some(Place { path: Some(path), lines: Some((first, _)), .. })) => {
            format!("lacuna who {}:{first}", path.as_str())
        }
        _ => "lacuna report".to_owned(),
    }
}

fn at_least(percent: &Percent) -> String {
    format!("at least {percent}")
}

/// Lines as stretches of neighbours.
fn stretches(lines: &LineSet) -> Vec<(u32, u32)> {
    let mut all: Vec<(u32, u32)> = Vec::new();
    for line in lines.iter() {
        match all.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => all.push((line, line)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{ChangedFile, Gaps, Ground, changed, files, layers, total};
    use crate::base::{Glob, Ratio, RepoPath};
    use crate::domain::coverage::Counts;
    use crate::domain::ledger::{Figure, Kind, LineState, UnearnedCounts};
    use crate::domain::programme::{Percent, Ruling, Verdict};
    use crate::domain::triage::{Entry, Order, Row, default_layers, rank};

    fn percent(text: &str) -> Percent {
        Percent::read(text).unwrap()
    }

    fn rows(files: &[(&str, u64, u64, u64, Kind)]) -> Vec<Row> {
        let entry = |&(path, covered, statements, open, kind): &(&str, u64, u64, u64, Kind)| Entry {
            path: RepoPath::new(path).unwrap(),
            counts: Counts { covered, statements, ..Counts::default() },
            plain: Figure {
                ratio: Ratio::new(covered, statements),
                lines: Ratio::new(covered, statements),
                open,
                kind,
                ..Figure::default()
            },
            earned: None,
            import_only: 0,
            unearned: UnearnedCounts::default(),
            before: None,
            changed: false,
        };
        rank(&files.iter().map(entry).collect::<Vec<_>>(), &default_layers(), Order::Triage)
    }

    fn with(rows: &[Row], judge: impl Fn(&Ground<'_>) -> Ruling) -> Ruling {
        let gaps = |_: &RepoPath| Gaps { missed: [4, 5, 9].into_iter().collect(), open: [7].into_iter().collect() };
        judge(&Ground { rows, digits: 0, gaps: &gaps })
    }

    #[test]
    fn a_share_below_its_percentage_names_the_worst_file_and_who_could_help() {
        let rows = rows(&[("shop/views.py", 1, 10, 0, Kind::Measured), ("shop/tasks.py", 9, 10, 0, Kind::Measured)]);
        let found = with(&rows, |ground| total("gate.coverage", Some(&percent("80")), ground));
        assert_eq!((found.verdict, found.found.as_str()), (Verdict::Failed, "50% (10 of 20 statements)"));
        assert_eq!(found.places[0].words(), "shop/views.py:4–5");
        assert_eq!(found.next.as_str(), "lacuna who shop/views.py:4");
        let held = with(&rows, |ground| total("gate.coverage", Some(&percent("50")), ground));
        assert_eq!((held.verdict, held.places.len(), held.next.as_str()), (Verdict::Held, 0, ""));
    }

    #[test]
    fn what_stands_open_decides_nothing_where_it_could_change_the_verdict() {
        let check = |open, kind, least: &str, expect| {
            let rows = rows(&[("a.py", 5, 10, open, kind)]);
            let found = with(&rows, |ground| total("gate.coverage", Some(&percent(least)), ground));
            assert_eq!(found.verdict, expect, "{open} {kind:?} {least}: {}", found.why);
        };
        check(3, Kind::Carried, "50", Verdict::Held);
        check(3, Kind::Carried, "80", Verdict::Untold);
        check(3, Kind::Carried, "81", Verdict::Failed);
        check(0, Kind::Unknown, "10", Verdict::Untold);
        check(0, Kind::LowerBound, "50", Verdict::Held);
        check(0, Kind::LowerBound, "51", Verdict::Untold);
    }

    #[test]
    fn no_report_and_a_layer_that_is_not_there_cannot_be_told() {
        let none = with(&[], |ground| total("gate.coverage", Some(&percent("0")), ground));
        assert_eq!((none.verdict, none.next.as_str()), (Verdict::Untold, "lacuna run --all"));
        let names: Vec<String> = default_layers().into_iter().map(|layer| layer.name).collect();
        let rows = rows(&[("shop/views.py", 8, 10, 0, Kind::Measured)]);
        let of = |name: &str, least: Option<&str>| {
            let named = [(name.to_owned(), least.map(percent))];
            with(&rows, |ground| layers("gate.layers", &named, &names, ground).remove(0))
        };
        assert_eq!(of("views", Some("80")).verdict, Verdict::Held);
        assert_eq!(of("Views", None).verdict, Verdict::Free);
        assert_eq!(of("Models", Some("80")).why.as_str(), "no measured file is in this layer");
        assert!(of("Veiws", Some("80")).why.contains("there is no such layer"));
    }

    #[test]
    fn each_file_of_a_glob_has_to_reach_it() {
        let rows = rows(&[("shop/a.py", 1, 10, 0, Kind::Measured), ("shop/b.py", 9, 10, 0, Kind::Measured)]);
        let glob = |text: &str| Glob::new(text).unwrap();
        let found = with(&rows, |ground| files("gate.files", &glob("shop/**"), &percent("50"), ground));
        assert_eq!((found.verdict, found.found.as_str(), found.places.len()), (Verdict::Failed, "1 of 2 reach it", 1));
        let none = with(&rows, |ground| files("gate.files", &glob("pay/**"), &percent("50"), ground));
        assert_eq!(none.verdict, Verdict::Untold);
    }

    #[test]
    fn changed_lines_are_named_stretch_by_stretch() {
        use LineState::{Covered, Missed, Unknown};
        let file = |lines: &[(u32, LineState)]| ChangedFile {
            path: RepoPath::new("a.py").unwrap(),
            lines: lines.to_vec(),
            kind: Kind::Carried,
            estimated: false,
        };
        let of = |lines: &[(u32, LineState)], least: &str| {
            changed("gate.changed", "main", &percent(least), (&[file(lines)], &[]), 0)
        };
        let found = of(&[(1, Covered), (3, Missed), (4, Missed), (9, Missed)], "80");
        let places: Vec<String> = found.places.iter().map(super::Place::words).collect();
        assert_eq!((found.verdict, places), (Verdict::Failed, vec!["a.py:3–4".to_owned(), "a.py:9".to_owned()]));
        let open = of(&[(1, Covered), (2, Unknown)], "80");
        assert_eq!((open.verdict, open.next.as_str()), (Verdict::Untold, "lacuna run --affected"));
        assert_eq!(of(&[], "100").verdict, Verdict::Held);
    }
}
