//! The log of a CI job with pytest's own output in it: one session or several, with what the CI system wrote before each line.

use crate::base::{Clean, Problem, Stamp, StyledText};
use crate::domain::suite::{Session, read_verbose};

/// The heading of a session.
const START: &str = "test session starts";

/// Whether a text holds output of pytest.
#[must_use]
pub fn is_log(text: &str) -> bool {
    text.contains(START)
}

/// Reads a log. `origin` names it in problems.
///
/// # Errors
/// There is no session in it, or none that names its tests one by one.
pub fn read_log(bytes: &[u8], origin: &str) -> Result<Vec<Session>, Problem> {
    let text = StyledText::parse(bytes).plain();
    let mut sessions: Vec<(Option<Stamp>, String)> = Vec::new();
    for line in text.lines() {
        let (stamp, line) = bare(line);
        if line.trim_matches('=').trim() == START && line.starts_with("==") {
            sessions.push((stamp, String::new()));
        }
        if let Some((first, text)) = sessions.last_mut() {
            *first = first.or(stamp);
            text.extend([line, "\n"]);
        }
    }
    if sessions.is_empty() {
        let hint = "it should be JUnit XML, a pytest report log, or the output of `pytest -v`";
        return Err(Problem::error(origin, "holds no results of tests that are known here").hint(hint));
    }
    let read: Vec<Session> = sessions.into_iter().map(|(stamp, text)| session(stamp, &text, origin)).collect();
    if read.iter().all(|session| session.tests.is_empty()) {
        let what = "this output of pytest does not name its tests";
        return Err(Problem::error(origin, what).hint("`pytest -v` names each with its outcome"));
    }
    Ok(read)
}

fn session(stamp: Option<Stamp>, text: &str, origin: &str) -> Session {
    let tests = read_verbose(text);
    let environment = text.lines().take(8).find_map(platform);
    let tail = text.lines().rev().find_map(summary);
    let mut notes = Vec::new();
    if tail.is_none() {
        let problem = Problem::warning(origin, "a session of pytest has no end in this log: it was ended early");
        notes.push(problem.hint("the tests that it names are kept"));
    } else if tests.is_empty() {
        notes.push(Problem::warning(origin, "a session of pytest does not name its tests").hint("`pytest -v` does"));
    }
    Session { stamp, seconds: tail, exit: None, environment, tests, notes }
}

/// A line without what CI systems write before it: the time, a number of the stream, the name of a service.
fn bare(line: &str) -> (Option<Stamp>, &str) {
    let (stamp, rest) = match line.split_once(' ') {
        Some((first, rest)) if first.len() > 18 && first.ends_with('Z') => match Stamp::parse(first) {
            Some(stamp) => (Some(stamp), stream(rest)),
            None => (None, line),
        },
        _ => (None, line),
    };
    let service = rest.split_once("| ").filter(|(name, _)| {
        let name = name.trim_end();
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    });
    (stamp, service.map_or(rest, |(_, rest)| rest))
}

/// GitLab writes `00O ` or `01E+` after the time.
fn stream(line: &str) -> &str {
    let is_mark = |mark: &str| matches!(mark.as_bytes(), [a, b, b'O' | b'E', b' ' | b'+'] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    match line.split_at_checked(4) {
        Some((mark, rest)) if is_mark(mark) => rest,
        _ => line,
    }
}

/// `platform linux -- Python 3.11.7, pytest-9.2.0, pluggy-1.7.0 -- /usr/bin/python`.
fn platform(line: &str) -> Option<String> {
    let (platform, rest) = line.strip_prefix("platform ")?.split_once(" -- Python ")?;
    let (python, rest) = rest.split_once(',')?;
    let pytest = rest.trim().strip_prefix("pytest-")?.split(',').next()?;
    Some(Clean::line(&format!("python {python} pytest {pytest} {platform}")).to_string())
}

/// The seconds of `=== 1 failed, 2 passed in 0.11s (0:00:00) ===`.
fn summary(line: &str) -> Option<f64> {
    let words = line.trim_end().strip_prefix('=').filter(|rest| rest.ends_with('='))?.trim_matches('=').trim();
    let (_, seconds) = words.rsplit_once(" in ")?;
    let seconds = seconds.split_once('s').map_or(seconds, |(seconds, _)| seconds);
    seconds.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::read_log;
    use crate::base::Stamp;
    use crate::domain::suite::Outcome;
    use proptest::prelude::*;

    const OUTPUT: &str = "\
============================= test session starts ==============================
platform linux -- Python 3.11.7, pytest-9.2.0, pluggy-1.7.0 -- /venv/bin/python
rootdir: /app
collecting ... collected 2 items

\u{1b}[1mtests/test_a.py::test_x \u{1b}[32mPASSED\u{1b}[0m                        [ 50%]
tests/test_a.py::test_y FAILED                        [100%]

=================================== FAILURES ===================================
____________________________________ test_y ____________________________________
E       assert 1 == 2
========================= 1 failed, 1 passed in 72.50s (0:01:12) =========================
";

    fn check(text: &str) {
        let sessions = read_log(text.as_bytes(), "job.log").unwrap();
        let [session] = sessions.as_slice() else { panic!("{sessions:?}") };
        let told: Vec<_> = session.tests.iter().map(|test| (test.id.as_str(), test.outcome)).collect();
        let expect = [("tests/test_a.py::test_x", Outcome::Passed), ("tests/test_a.py::test_y", Outcome::Failed)];
        assert_eq!(told, expect, "{text}");
        assert_eq!(session.tests[1].message.as_str(), "assert 1 == 2", "{text}");
        assert_eq!(session.environment.as_deref(), Some("python 3.11.7 pytest 9.2.0 linux"), "{text}");
        assert_eq!(session.seconds, Some(72.5), "{text}");
        assert_eq!(session.notes, [], "{text}");
    }

    #[test]
    fn what_a_ci_system_writes_before_each_line_is_no_part_of_it() {
        check(OUTPUT);
        let before = |mark: &str| OUTPUT.lines().map(|line| format!("{mark}{line}\n")).collect::<String>();
        check(&before("2026-11-20T10:00:00.1234567Z "));
        check(&before("2026-11-20T10:00:00.123456Z 01O "));
        check(&before("web-1  | "));
        check(&format!("$ pytest -v\r\nsetting up\n{}", OUTPUT.replace('\n', "\r\n")));
        let stamped = read_log(before("2026-11-20T10:00:00Z ").as_bytes(), "job.log").unwrap();
        assert_eq!(stamped[0].stamp, Stamp::parse("2026-11-20T10:00:00Z"));
    }

    #[test]
    fn each_session_of_a_log_is_one_and_one_without_an_end_is_said_to_be() {
        let cut = OUTPUT.split("=================================== FAILURES").next().unwrap();
        let sessions = read_log(format!("{OUTPUT}{cut}").as_bytes(), "job.log").unwrap();
        assert_eq!(sessions.iter().map(|session| session.tests.len()).collect::<Vec<_>>(), [2, 2]);
        assert!(sessions[1].notes[0].to_string().contains("ended early"), "{:?}", sessions[1].notes);
    }

    #[test]
    fn what_names_no_tests_is_refused_with_a_hint() {
        let refused = |text: &str, expect: &str| {
            let problem = read_log(text.as_bytes(), "job.log").expect_err(text).to_string();
            assert!(problem.starts_with("job.log: ") && problem.contains(expect), "{problem}");
        };
        refused("", "no results of tests");
        refused("hello\n", "no results of tests");
        let quiet = OUTPUT.lines().filter(|line| !line.contains("::")).map(|line| format!("{line}\n"));
        refused(&quiet.collect::<String>(), "does not name its tests");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(=* test session starts =*\n|\\PC{0,30}\n){0,12}") {
            let _ = read_log(text.as_bytes(), "any");
        }
    }
}
