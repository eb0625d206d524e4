//! What pytest's `-v` lines say, for a run that told nothing else: outcomes by node id, failures by their titles.

use crate::base::Clean;
use crate::domain::suite::{Outcome, TestId, Told};
use std::collections::HashMap;

/// The heading of what pytest repeats at the end.
const SUMMARY: &str = "short test summary info";

/// pytest's words for the end of a test, each with what it means.
const WORDS: [(&str, Outcome); 7] = [
    ("PASSED", Outcome::Passed),
    ("FAILED", Outcome::Failed),
    ("ERROR", Outcome::Error),
    ("SKIPPED", Outcome::Skipped),
    ("XFAIL", Outcome::Xfailed),
    ("XPASS", Outcome::Xpassed),
    ("RERUN", Outcome::Failed),
];

/// The units of durations, the longer names first, with their seconds.
const UNITS: [(&str, f64); 5] = [("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("m", 60.0), ("s", 1.0)];

/// The longest line that is looked at for a subtest, in bytes.
const LONGEST: usize = 1000;

/// What stands for a failed subtest in the summary; the test itself may be said to have passed.
const SUBTEST: &str = "SUBFAIL";

/// Reads the output of a run, its colours left out: the tests in the order in which they ended.
#[must_use]
pub fn read_verbose(text: &str) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    let mut places: HashMap<TestId, (usize, bool)> = HashMap::new();
    let head = text.lines().take_while(|line| banner(line) != Some(SUMMARY));
    for said in head.filter_map(line) {
        let again = said.word == "RERUN";
        match places.get_mut(&said.id).and_then(|(at, was)| Some((all.get_mut(*at)?, was))) {
            // A test that was tried again ends as its last attempt does; an error comes after its outcome.
            Some((known, was)) => {
                known.attempts.extend(was.then_some(known.outcome));
                // What failed and could not be torn down either has failed.
                if *was || !known.outcome.is_bad() {
                    known.outcome = said.outcome;
                }
                known.seconds += said.seconds;
                *was = again;
            }
            None => {
                places.insert(said.id.clone(), (all.len(), again));
                all.push(Told { worker: said.worker, seconds: said.seconds, ..Told::new(said.id, said.outcome) });
            }
        }
    }
    let mut failures = failures(text);
    for test in &mut all {
        test.details = failures.remove(&title(&test.id)).unwrap_or_default();
        test.message = test
            .details
            .lines()
            .find_map(|line| line.strip_prefix("E  "))
            .map(|line| Clean::line(line.trim()))
            .unwrap_or_default();
    }
    for line in text.lines().skip_while(|line| banner(line) != Some(SUMMARY)) {
        let at = subtest(line, &|id| places.get(&TestId::new(id)).map(|(at, _)| *at));
        if let Some(test) = at.and_then(|at| all.get_mut(at)).filter(|test| !test.outcome.is_bad()) {
            test.outcome = Outcome::Failed;
        }
    }
    all
}

/// Which test `SUBFAILED[msg] (i=1) tests/test_a.py::test_x - AssertionError` is about: both the message and the id may have
/// anything in them.
fn subtest(line: &str, place: &dyn Fn(&str) -> Option<usize>) -> Option<usize> {
    // Before pytest 9 the message stands before the word.
    let (_, rest) = line.split_once(SUBTEST).filter(|(_, rest)| rest.len() < LONGEST)?;
    let starts = rest.match_indices(' ').map(|(at, _)| at + 1);
    starts
        .flat_map(|from| {
            let id = rest.get(from..).unwrap_or_default();
            let ends = id.match_indices(" - ").map(|(at, _)| at).chain([id.len()]);
            ends.filter_map(move |end| id.get(..end).filter(|id| id.contains("::")))
        })
        .find_map(place)
}

/// What one line says.
struct Said {
    id: TestId,
    word: &'static str,
    outcome: Outcome,
    worker: Option<String>,
    /// 0 where the line does not say it.
    seconds: f64,
}

/// `tests/test_a.py::test_x[1] PASSED   [ 12%]`, or with workers `[gw0] [ 12%] PASSED tests/test_a.py::test_x[1]`.
fn line(line: &str) -> Option<Said> {
    let line = line.trim_end();
    if let Some((worker, rest)) =
        line.strip_prefix('[').filter(|_| line.starts_with("[gw")).and_then(|rest| rest.split_once("] "))
    {
        let rest =
            rest.trim_start_matches(|c: char| c == '[' || c == '%' || c == ']' || c == ' ' || c.is_ascii_digit());
        let (first, id) = rest.split_once(' ')?;
        let (word, outcome) = WORDS.iter().find(|(known, _)| *known == first)?;
        return Some(Said { id: test(id)?, word, outcome: *outcome, worker: Some(worker.to_owned()), seconds: 0.0 });
    }
    let (line, seconds) = without_progress(line);
    let found = WORDS.iter().filter_map(|(word, outcome)| Some((line.rfind(&format!(" {word}"))?, *word, *outcome)));
    let (at, word, outcome) = found.max_by_key(|(at, ..)| *at)?;
    let rest = line.get(at + 1 + word.len()..)?.trim();
    let is_end = rest.is_empty() || (rest.starts_with('(') && rest.ends_with(')'));
    is_end.then(|| Some(Said { id: test(line.get(..at)?)?, word, outcome, worker: None, seconds }))?
}

/// A line without what stands at its end, by `console_output_style`: `[ 12%]`, `[ 3/33]`, or the seconds of `13.39ms`.
fn without_progress(line: &str) -> (&str, f64) {
    let share = |end: &str| {
        let inner = end.strip_suffix(']').map(str::trim_start).unwrap_or_default();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        inner.strip_suffix('%').is_some_and(digits)
            || inner.split_once('/').is_some_and(|(at, of)| digits(at) && digits(of))
    };
    if let Some((rest, _)) = line.rsplit_once(" [").filter(|(_, end)| share(end)) {
        return (rest.trim_end(), 0.0);
    }
    let Some((rest, end)) = line.rsplit_once(' ') else { return (line, 0.0) };
    match UNITS.iter().find_map(|(unit, scale)| Some(end.strip_suffix(unit)?.parse::<f64>().ok()? * scale)) {
        Some(seconds) => (rest.trim_end(), seconds),
        None => (line, 0.0),
    }
}

fn test(id: &str) -> Option<TestId> {
    (id.contains("::") && !id.starts_with(' ')).then(|| TestId::new(id.trim_end()))
}

/// The title that a failure of a test has: `TestShop.test_total[1]`.
fn title(id: &TestId) -> String {
    let names = id.as_str().split_once("::").map_or("", |(_, names)| names);
    let (names, params) = names.find('[').map_or((names, ""), |at| names.split_at(at));
    names.replace("::", ".") + params
}

/// The words in the middle of `==== words ====`.
fn banner(line: &str) -> Option<&str> {
    let words = line.trim_matches('=').trim();
    (line.starts_with("==") && line.ends_with('=') && !words.is_empty()).then_some(words)
}

/// The texts below `____ title ____` by their titles. Of several with one title the first one counts.
fn failures(text: &str) -> HashMap<String, String> {
    let mut found: HashMap<String, String> = HashMap::new();
    let mut open: Option<(String, String)> = None;
    let mut within = false;
    for line in text.lines() {
        if let Some(words) = banner(line) {
            within = matches!(words, "FAILURES" | "ERRORS");
            close(&mut found, open.take());
            continue;
        }
        let head = line.strip_prefix("__").filter(|rest| rest.ends_with("__"));
        let head = head.map(|rest| rest.trim_matches('_').trim()).filter(|words| !words.is_empty());
        match (head.filter(|_| within), &mut open) {
            (Some(words), _) => {
                close(&mut found, open.take());
                let words = words
                    .strip_prefix("ERROR at ")
                    .and_then(|rest| rest.split_once(" of "))
                    .map_or(words, |(_, title)| title);
                open = Some((words.to_owned(), String::new()));
            }
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    close(&mut found, open);
    found
}

fn close(found: &mut HashMap<String, String>, open: Option<(String, String)>) {
    if let Some((title, text)) = open {
        found.entry(title).or_insert_with(|| text.trim_matches('\n').to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::read_verbose;
    use crate::domain::suite::Outcome;
    use proptest::prelude::*;

    const TEXT: &str = "\
test_all.py::TestShop::test_a[0.5] PASSED                          [  3%]
test_all.py::test_b[sp ace PASSED] FAILED                          [  6%]
test_all.py::test_skip SKIPPED (not now)                           [ 50%]
test_all.py::test_x XFAIL (known [bug])                            [ 51%]
test_all.py::test_down PASSED                                      [ 60%]
test_all.py::test_down ERROR                                       [ 60%]
test_all.py::test_again RERUN                                      [ 70%]
test_all.py::test_again PASSED                                     [ 70%]
[gw0] [ 80%] PASSED test_all.py::TestShop::test_worker[1 2] 
this line PASSED
collected 3 items
=================================== ERRORS ====================================
______________________ ERROR at teardown of test_down _________________________
test_all.py:3: in down
E   OSError: down
=================================== FAILURES ===================================
_______________________________ test_b[sp ace PASSED] ___________________________

    def test_b():
>       assert 0

test_all.py:7: AssertionError
=========================== short test summary info ============================
FAILED test_all.py::test_b[sp ace] - assert 0
SUBFAILED[m - n] (i=1) test_all.py::TestShop::test_worker[1 2] - AssertionError: x
";

    #[test]
    fn outcomes_and_failures_are_found_in_the_text() {
        let tests = read_verbose(TEXT);
        let said: Vec<(&str, Outcome)> = tests.iter().map(|test| (test.id.as_str(), test.outcome)).collect();
        let expect = [
            ("test_all.py::TestShop::test_a[0.5]", Outcome::Passed),
            ("test_all.py::test_b[sp ace PASSED]", Outcome::Failed),
            ("test_all.py::test_skip", Outcome::Skipped),
            ("test_all.py::test_x", Outcome::Xfailed),
            ("test_all.py::test_down", Outcome::Error),
            ("test_all.py::test_again", Outcome::Passed),
            // A unittest whose subtest failed is said to have passed.
            ("test_all.py::TestShop::test_worker[1 2]", Outcome::Failed),
        ];
        assert_eq!(said, expect);
        assert!(tests[1].details.ends_with("test_all.py:7: AssertionError"), "{:?}", tests[1].details);
        assert!(tests[4].details.contains("OSError"), "{:?}", tests[4].details);
        assert_eq!(tests[4].message.as_str(), "OSError: down");
        assert_eq!((tests[5].attempts.as_slice(), tests[6].worker.as_deref()), (&[Outcome::Failed][..], Some("gw0")));
    }

    #[test]
    fn every_style_of_progress_is_read() {
        let check = |line: &str, seconds: f64| {
            let told = read_verbose(line);
            assert_eq!(
                (told.len(), told[0].id.as_str(), told[0].outcome),
                (1, "t.py::test_a[1 2]", Outcome::Passed),
                "{line}"
            );
            assert!((told[0].seconds - seconds).abs() < 1e-9, "{line}");
        };
        check("t.py::test_a[1 2] PASSED                [ 12%]", 0.0);
        check("t.py::test_a[1 2] PASSED                [ 3/33]", 0.0);
        check("t.py::test_a[1 2] PASSED                984.8us", 0.000_984_8);
        check("t.py::test_a[1 2] PASSED                13.39ms", 0.013_39);
        check("t.py::test_a[1 2] PASSED                1.25s", 1.25);
        check("t.py::test_a[1 2] PASSED", 0.0);
        let skipped = read_verbose("t.py::test_a SKIPPED (could not import 'x...) 648.8us");
        assert_eq!(skipped[0].outcome, Outcome::Skipped);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(\\PC{0,30}\n){0,20}") {
            let _ = read_verbose(&text);
        }
    }
}
