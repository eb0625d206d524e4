//! Rules about what happened: lost lines, flaky tests, how long the suite takes, how many tests passed.

use crate::base::{Ratio, RepoPath, Stamp};
use crate::domain::history::{Course, FlakyTest, Pace, Standing};
use crate::domain::ledger::{Category, Comparison, Status};
use crate::domain::programme::{Percent, Place, Ruling};
use crate::domain::suite::TestId;

/// The most places that a rule names.
const PLACES: usize = 50;
/// What brings results into the history.
const INGEST: &str = "lacuna ingest junit.xml";

/// The last run of the suite, as the history has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SuiteRun {
    /// Its name.
    pub id: String,
    /// When it was.
    pub when: Stamp,
    /// The commit that it ran on, where that is known.
    pub commit: Option<String>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How long each test took, in seconds; skipped ones left out.
    pub durations: Vec<f64>,
    /// Tests that passed, of those that were not skipped.
    pub passed: Ratio,
    /// Tests that failed or had an error.
    pub bad: Vec<TestId>,
}

/// A test that became slower.
#[derive(Clone, Debug, PartialEq)]
pub struct Slower {
    /// The test.
    pub test: TestId,
    /// Its change.
    pub pace: Pace,
}

/// Lines that were covered at a point and are missed now, `most` of them at the most.
#[must_use]
pub fn lost(rule: &str, since: &str, most: u64, comparison: &Comparison) -> Ruling {
    let ruling = Ruling::new(rule, &format!("lines lost since {since}"), &format!("at most {most}"));
    let lost = comparison.count(Category::Lost);
    let may_be = |passage: &&crate::domain::ledger::Passage| {
        passage.category() == Some(Category::Unknown) && matches!(passage.from, Status::Covered | Status::Untold)
    };
    let open: u64 =
        comparison.files.iter().flat_map(|file| file.passages.iter().filter(may_be)).map(|one| one.count).sum();
    let found = if lost == 1 { "1 line lost".to_owned() } else { format!("{lost} lines lost") };
    let ruling = ruling.found(&found, lost <= most);
    let next = format!("lacuna report {} now", if since.contains(' ') { "baseline" } else { since });
    if lost <= most && lost + open > most {
        let why = format!("of {open} more that were covered nobody knows: they changed, or are not measured");
        return ruling.untold(&why).next("lacuna run --affected");
    }
    let places = comparison.files.iter().flat_map(|file| {
        let lines = file.lines(Category::Lost);
        let first = lines.first().zip(lines.last());
        let what = if lines.len() == 1 { "1 line lost".to_owned() } else { format!("{} lines lost", lines.len()) };
        first.map(|lines| Place::new(Some(file.path.clone()), Some(lines), &what))
    });
    let places = if lost > most { places.take(PLACES).collect() } else { Vec::new() };
    ruling.at(places).next(&next)
}

/// How many tests are flaky now, those in quarantine left out; with `only_new`, how many became so within seven days.
#[must_use]
pub fn flaky_budget(rule: &str, most: u64, tests: &[FlakyTest], runs: usize, only_new: bool) -> Ruling {
    let about = if only_new { "tests that became flaky within seven days" } else { "flaky tests" };
    let ruling = Ruling::new(rule, about, &format!("at most {most}"));
    if runs == 0 {
        return ruling.untold("nothing is recorded yet").next(INGEST);
    }
    let counts = |test: &&FlakyTest| is_flaky(test) && !test.quarantined && (!only_new || test.course == Course::New);
    let counted: Vec<&FlakyTest> = tests.iter().filter(counts).collect();
    let number = counted.len() as u64;
    let place = |test: &&FlakyTest| {
        let what = format!("{} failed in {} of {} runs", test.id.clean(), test.failures, test.runs);
        Place::new(RepoPath::new(test.id.path()), None, &what)
    };
    let ruling = ruling.found(&number.to_string(), number <= most);
    let next = counted.first().map(|test| format!("lacuna lab '{}'", test.id.as_str())).unwrap_or_default();
    let places = if number > most { counted.iter().take(PLACES).map(place).collect() } else { Vec::new() };
    ruling.at(places).next(&next)
}

/// Whether a test is flaky now.
#[must_use]
pub fn is_flaky(test: &FlakyTest) -> bool {
    test.standing == Standing::Flaky && matches!(test.course, Course::New | Course::Ongoing)
}

/// How many tests are flaky, against how many were at a baseline. `before` is nothing where the history does not reach back.
#[must_use]
pub fn reduction(rule: &str, since: &str, least: &Percent, before: Option<&[FlakyTest]>, now: &[FlakyTest]) -> Ruling {
    let ruling = Ruling::new(rule, &format!("flaky tests since {since}"), &format!("{least} fewer"));
    let Some(before) = before else {
        return ruling.untold("the history does not reach back so far").next("lacuna history");
    };
    let number = |tests: &[FlakyTest]| tests.iter().filter(|test| is_flaky(test)).count() as u64;
    let (was, is) = (number(before), number(now));
    let fewer = Ratio::new(was.saturating_sub(is), was);
    let share = match (was, is) {
        (0, _) => String::new(),
        _ if is > was => format!(", {}% more", Ratio::new(is - was, was).display(0)),
        _ => format!(", {}% fewer", fewer.display(0)),
    };
    let holds = if was == 0 { is == 0 } else { least.is_reached(fewer, 0) };
    let place = |test: &FlakyTest| Place::new(RepoPath::new(test.id.path()), None, &test.id.clean());
    let places =
        if holds { Vec::new() } else { now.iter().filter(|test| is_flaky(test)).take(PLACES).map(place).collect() };
    ruling.found(&format!("{was} → {is}{share}"), holds).at(places).next("lacuna flaky")
}

/// How long the suite took when it ran last.
#[must_use]
pub fn suite_time(rule: &str, most: Option<f64>, run: Option<&SuiteRun>) -> Ruling {
    let wanted = most.map(|most| format!("at most {}", time(most))).unwrap_or_default();
    let ruling = Ruling::new(rule, "time of the suite", &wanted);
    let Some(run) = run else { return nothing_recorded(ruling, most.is_some()) };
    limited(ruling, run.seconds, most).because(&of_run(run)).next("lacuna shard --total 2 --index 1")
}

/// How long a test takes that is slower than so many percent of the tests.
#[must_use]
pub fn tail(rule: &str, percent: u32, most: Option<f64>, run: Option<&SuiteRun>) -> Ruling {
    let wanted = most.map(|most| format!("at most {}", time(most))).unwrap_or_default();
    let ruling = Ruling::new(rule, &format!("P{percent} of the tests' durations"), &wanted);
    match run.and_then(|run| Some((run, percentile(&run.durations, percent)?))) {
        Some((run, seconds)) => limited(ruling, seconds, most).because(&of_run(run)).next("pytest --durations=20"),
        None => nothing_recorded(ruling, most.is_some()),
    }
}

/// Tests that became slower; `most` of them at the most, where there is a limit.
#[must_use]
pub fn slower(rule: &str, most: Option<u64>, tests: Option<&[Slower]>) -> Ruling {
    let wanted = most.map(|most| format!("at most {most}")).unwrap_or_default();
    let ruling = Ruling::new(rule, "tests that became slower", &wanted);
    let Some(tests) = tests else { return nothing_recorded(ruling, most.is_some()) };
    let number = tests.len() as u64;
    let place = |one: &Slower| {
        let (test, pace) = (one.test.clean(), &one.pace);
        let sure = 100.0 * pace.certainty;
        let what = format!("{test} {} → {}, {:.1} % sure", time(pace.before), time(pace.after), sure.min(99.9));
        Place::new(RepoPath::new(one.test.path()), None, &what)
    };
    let places: Vec<Place> = tests.iter().take(PLACES).map(place).collect();
    let next = tests.first().map(|one| format!("lacuna flaky '{}'", one.test.as_str())).unwrap_or_default();
    let Some(most) = most else {
        let mut ruling = ruling.found(&number.to_string(), true).at(places);
        ruling.verdict = crate::domain::programme::Verdict::Free;
        return ruling;
    };
    let places = if number > most { places } else { Vec::new() };
    ruling.found(&number.to_string(), number <= most).at(places).next(&next)
}

/// How many tests passed in the last run of the suite, on the commit that is checked out.
#[must_use]
pub fn pass_rate(rule: &str, least: Option<&Percent>, run: Option<&SuiteRun>, head: Option<&str>) -> Ruling {
    let wanted = least.map(|least| format!("at least {least}")).unwrap_or_default();
    let ruling = Ruling::new(rule, "tests that pass", &wanted);
    let Some(run) = run.filter(|run| run.passed.whole > 0) else { return nothing_recorded(ruling, least.is_some()) };
    let found = format!("{}% ({} of {})", run.passed.display(1), run.passed.part, run.passed.whole);
    let holds = least.is_none_or(|least| least.is_reached(run.passed, 1));
    let mut ruling = ruling.found(&found, holds).because(&of_run(run));
    if least.is_none() {
        ruling.verdict = crate::domain::programme::Verdict::Free;
        return ruling;
    }
    if let (Some(of), Some(head)) = (run.commit.as_deref(), head)
        && !of.starts_with(head)
        && !head.starts_with(of)
    {
        let short = |commit: &str| commit.chars().take(9).collect::<String>();
        return ruling
            .untold(&format!("the last run is of commit {}, and {} is checked out", short(of), short(head)))
            .next(INGEST);
    }
    let place = |test: &TestId| Place::new(RepoPath::new(test.path()), None, &format!("{} failed", test.clean()));
    let places = if holds { Vec::new() } else { run.bad.iter().take(PLACES).map(place).collect() };
    ruling.at(places).next("lacuna run --failed")
}

fn nothing_recorded(ruling: Ruling, is_demanded: bool) -> Ruling {
    let why = "no run of the suite is recorded";
    if is_demanded { ruling.untold(why).next(INGEST) } else { ruling.because(why) }
}

fn limited(ruling: Ruling, seconds: f64, most: Option<f64>) -> Ruling {
    let mut ruling = ruling.found(&time(seconds), most.is_none_or(|most| seconds <= most));
    if most.is_none() {
        ruling.verdict = crate::domain::programme::Verdict::Free;
    }
    ruling
}

fn of_run(run: &SuiteRun) -> String {
    format!("run {} of {}", run.id, run.when.rfc3339())
}

/// The smallest duration that so many percent of the tests do not exceed; nothing without a test.
#[must_use]
pub fn percentile(durations: &[f64], percent: u32) -> Option<f64> {
    let mut sorted = durations.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() * percent as usize).div_ceil(100).max(1) - 1;
    sorted.get(place).copied()
}

/// A time as people write it.
#[must_use]
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.9995 => format!("{:.0} ms", s * 1000.0),
        s if s < 120.0 => format!("{s:.1} s"),
        s => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), (s % 60.0).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::{SuiteRun, pass_rate, percentile, suite_time, tail, time};
    use crate::base::{Ratio, Stamp};
    use crate::domain::programme::{Percent, Verdict, flaky_budget, reduction, slower};
    use crate::domain::suite::TestId;

    fn run() -> SuiteRun {
        SuiteRun {
            id: "r1".to_owned(),
            when: Stamp(0),
            commit: Some("abcdef0123456789".to_owned()),
            seconds: 65.0,
            durations: (1..=100).map(f64::from).collect(),
            passed: Ratio::new(99, 100),
            bad: vec![TestId::new("tests/test_a.py::test_x")],
        }
    }

    #[test]
    fn times_and_their_tail() {
        let run = run();
        assert_eq!((percentile(&run.durations, 50), percentile(&run.durations, 99)), (Some(50.0), Some(99.0)));
        assert_eq!((percentile(&[], 95), percentile(&[3.0], 95)), (None, Some(3.0)));
        assert_eq!((time(0.02), time(65.0), time(1800.0)), ("20 ms".into(), "65.0 s".into(), "30 min 00 s".into()));
        assert_eq!(suite_time("r", Some(65.0), Some(&run)).verdict, Verdict::Held);
        assert_eq!(suite_time("r", Some(64.9), Some(&run)).verdict, Verdict::Failed);
        assert_eq!(suite_time("r", Some(1.0), None).verdict, Verdict::Untold);
        assert_eq!(suite_time("r", None, None).verdict, Verdict::Free);
        assert_eq!(tail("r", 95, Some(94.0), Some(&run)).verdict, Verdict::Failed);
    }

    #[test]
    fn a_pass_rate_of_another_commit_says_nothing_of_this_one() {
        let (run, least) = (run(), Percent::read("99").unwrap());
        let of = |head: Option<&str>, least: &Percent| pass_rate("r", Some(least), Some(&run), head);
        assert_eq!(of(Some("abcdef012"), &least).verdict, Verdict::Held);
        assert_eq!(of(None, &least).verdict, Verdict::Held);
        assert_eq!(of(Some("123456789"), &least).verdict, Verdict::Untold);
        let failed = of(None, &Percent::read("100").unwrap());
        assert_eq!(
            (failed.verdict, failed.places.len(), failed.next.as_str()),
            (Verdict::Failed, 1, "lacuna run --failed")
        );
    }

    #[test]
    fn without_a_history_nobody_can_tell() {
        assert_eq!(flaky_budget("r", 0, &[], 0, false).verdict, Verdict::Untold);
        assert_eq!(flaky_budget("r", 0, &[], 3, true).verdict, Verdict::Held);
        let least = Percent::read("70").unwrap();
        assert_eq!(reduction("r", "2026-11-01", &least, None, &[]).verdict, Verdict::Untold);
        assert_eq!(reduction("r", "2026-11-01", &least, Some(&[]), &[]).verdict, Verdict::Held);
        assert_eq!(slower("r", Some(0), None).verdict, Verdict::Untold);
        assert_eq!(slower("r", Some(0), Some(&[])).verdict, Verdict::Held);
    }
}
