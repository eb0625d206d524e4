//! Rules that other programs judge: by their exit code, by SARIF, by JUnit XML.

use crate::base::{Clean, Problem, RepoPath};
use crate::domain::programme::{Place, Ruling};
use crate::domain::suite::{Exit, JunitReport};
use serde_json::Value;

/// The most places that a rule names.
const PLACES: usize = 50;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Note,
    /// To be looked at.
    Warning,
    /// To be mended.
    Error,
}

impl Level {
    /// The level of a word; nothing for one that is none.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "error" => Some(Self::Error),
            "warning" => Some(Self::Warning),
            "note" | "none" => Some(Self::Note),
            _ => None,
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One result of a program that looks at sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Its rule.
    pub rule: Clean,
    /// Where it is, as the program wrote it.
    pub file: String,
    /// Its lines.
    pub lines: Option<(u32, u32)>,
    /// What it is.
    pub message: Clean,
}

/// Reads the results of a SARIF log, 2.1.0 or alike. What was suppressed, what passed, and what is there no more is left out.
///
/// # Errors
/// It is no JSON, or no SARIF.
pub fn read_sarif(bytes: &[u8], origin: &str) -> Result<Vec<Finding>, Problem> {
    let wrong = |what: &str| Problem::error(origin, what).hint("write it with `--output-format sarif` or the like");
    let log: Value = serde_json::from_slice(bytes).map_err(|error| wrong(&format!("is no JSON: {error}")))?;
    let runs = log.get("runs").and_then(Value::as_array).ok_or_else(|| wrong("is no SARIF: it has no runs"))?;
    let mut findings = Vec::new();
    for run in runs {
        // A run without results did not look: what it would have found is not known.
        let results = run.get("results").and_then(Value::as_array);
        let results =
            results.ok_or_else(|| wrong("a run in it has no results: the program did not come to its end"))?;
        findings.extend(results.iter().filter(|result| counts(result)).map(|result| finding(result, run)));
    }
    Ok(findings)
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// Whether a result is one that is there and stands.
fn counts(result: &Value) -> bool {
    let is_suppressed = result
        .get("suppressions")
        .and_then(Value::as_array)
        .is_some_and(|list| list.iter().any(|one| matches!(text(one, "/status"), None | Some("accepted"))));
    let fails = matches!(text(result, "/kind"), None | Some("fail" | "open" | "review"));
    fails && !is_suppressed && text(result, "/baselineState") != Some("absent")
}

fn finding(result: &Value, run: &Value) -> Finding {
    let rules = run.pointer("/tool/driver/rules").and_then(Value::as_array);
    let id = text(result, "/ruleId").or_else(|| text(result, "/rule/id"));
    let at = result.get("ruleIndex").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
    let rule = rules.and_then(|rules| {
        let by_id = || rules.iter().find(|rule| id.is_some() && text(rule, "/id") == id);
        at.and_then(|at| rules.get(at)).or_else(by_id)
    });
    let usual = || rule.and_then(|rule| text(rule, "/defaultConfiguration/level"));
    let level = text(result, "/level").or_else(usual).and_then(Level::named).unwrap_or(Level::Warning);
    let place = result.pointer("/locations/0/physicalLocation").unwrap_or(&Value::Null);
    let line = |pointer: &str| place.pointer(pointer).and_then(Value::as_u64).and_then(|line| u32::try_from(line).ok());
    let first = line("/region/startLine");
    let name = id.or_else(|| rule.and_then(|rule| text(rule, "/id"))).unwrap_or_default();
    Finding {
        level,
        rule: Clean::line(name),
        file: text(place, "/artifactLocation/uri").unwrap_or_default().to_owned(),
        lines: first.map(|first| (first, line("/region/endLine").unwrap_or(first).max(first))),
        message: Clean::line(
            text(result, "/message/text").or_else(|| text(result, "/message/markdown")).unwrap_or_default(),
        ),
    }
}

/// A program that was judged by its exit code.
#[must_use]
pub fn commanded(rule: &str, command: &str, ended: &Exit) -> Ruling {
    let ruling = Ruling::new(rule, &format!("`{command}`"), "exit code 0");
    let ruling = match ended {
        Exit::Code(code) => ruling.found(&format!("exit code {code}"), *code == 0),
        Exit::Signal(signal) => ruling.untold(&format!("it was ended by signal {signal}")),
        Exit::Lost => ruling.untold("nobody saw how it ended"),
    };
    ruling.next(command)
}

/// What a program wrote of its findings: those of `least` level or worse fail. `place` finds the file of the project that a
/// path means.
#[must_use]
pub fn found(
    rule: &str,
    file: &str,
    findings: &[Finding],
    least: Level,
    place: &dyn Fn(&str) -> Option<RepoPath>,
) -> Ruling {
    let ruling = Ruling::new(rule, &format!("findings in {file}"), &format!("none of level {}", least.word()));
    let mut bad: Vec<&Finding> = findings.iter().filter(|finding| finding.level >= least).collect();
    bad.sort_by(|one, other| (other.level, &one.file, one.lines).cmp(&(one.level, &other.file, other.lines)));
    let beside = findings.len() - bad.len();
    let because = if beside > 0 { format!("{beside} of a lower level") } else { String::new() };
    let at = |finding: &&Finding| {
        let path = place(&finding.file);
        let file = if path.is_none() { format!("{}: ", finding.file) } else { String::new() };
        Place::new(path, finding.lines, &format!("{file}{} {}", finding.rule, finding.message))
    };
    let places = bad.iter().take(PLACES).map(at).collect();
    let said = if bad.len() == 1 { "1 finding".to_owned() } else { format!("{} findings", bad.len()) };
    ruling.found(&said, bad.is_empty()).because(&because).at(places)
}

/// What a program wrote as JUnit XML: no case of it may fail.
#[must_use]
pub fn reported(rule: &str, file: &str, report: &JunitReport<'_>, place: &dyn Fn(&str) -> Option<RepoPath>) -> Ruling {
    let ruling = Ruling::new(rule, &format!("cases in {file}"), "none that fails");
    let bad: Vec<_> = report.cases.iter().filter(|case| case.outcome.is_bad()).collect();
    let at = |case: &&crate::domain::suite::Case<'_>| {
        let path = case.file.as_deref().and_then(place);
        let around = if case.classname.is_empty() { String::new() } else { format!("{}::", case.classname) };
        Place::new(path, None, &format!("{around}{}: {}", case.name, case.message()))
    };
    let places = bad.iter().take(PLACES).map(at).collect();
    if report.cases.is_empty() {
        return ruling.untold("there is no case in it");
    }
    ruling.found(&format!("{} of {} failed", bad.len(), report.cases.len()), bad.is_empty()).at(places)
}

#[cfg(test)]
mod tests {
    use super::{Level, commanded, found, read_sarif, reported};
    use crate::base::RepoPath;
    use crate::domain::programme::Verdict;
    use crate::domain::suite::{Exit, read_junit};

    const SARIF: &str = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x","rules":[
        {"id":"E1","defaultConfiguration":{"level":"error"}},{"id":"W1"}]}},
        "results":[
          {"ruleId":"E1","message":{"text":"bad\u001b[31m thing"},"locations":[{"physicalLocation":{
             "artifactLocation":{"uri":"shop/a.py"},"region":{"startLine":7,"endLine":9}}}]},
          {"ruleId":"W1","message":{"text":"odd"}},
          {"ruleId":"E1","message":{"text":"known"},"suppressions":[{"kind":"inSource"}]},
          {"ruleId":"E1","kind":"pass","message":{"text":"fine"}},
          {"ruleId":"E1","baselineState":"absent","message":{"text":"gone"}},
          {"ruleId":"E2","level":"note","message":{"text":"by the way"}}]}]}"#;

    #[test]
    fn sarif_levels_come_from_the_result_or_its_rule_and_what_is_suppressed_is_none() {
        let findings = read_sarif(SARIF.as_bytes(), "x.sarif").unwrap();
        let levels: Vec<Level> = findings.iter().map(|finding| finding.level).collect();
        assert_eq!(levels, [Level::Error, Level::Warning, Level::Note]);
        let ruling = found("gate.results.lint", "x.sarif", &findings, Level::Error, &|path| RepoPath::new(path));
        assert_eq!(
            (ruling.verdict, ruling.found.as_str(), ruling.why.as_str()),
            (Verdict::Failed, "1 finding", "2 of a lower level")
        );
        assert_eq!(ruling.places[0].words(), "shop/a.py:7–9");
        assert!(!ruling.places[0].what.chars().any(char::is_control));
        let all = found("r", "x.sarif", &findings, Level::Note, &|_| None);
        assert_eq!(all.places.len(), 3);
    }

    #[test]
    fn what_is_no_whole_sarif_is_refused() {
        for text in ["", "{", "[]", "{\"runs\":7}", "{\"runs\":[{\"tool\":{}}]}", &SARIF[..SARIF.len() - 2]] {
            assert!(read_sarif(text.as_bytes(), "x.sarif").is_err(), "{text}");
        }
        assert_eq!(read_sarif(b"{\"runs\":[]}", "x.sarif").unwrap(), []);
    }

    #[test]
    fn exit_codes_and_cases_decide() {
        assert_eq!(commanded("r", "ruff check .", &Exit::Code(0)).verdict, Verdict::Held);
        let failed = commanded("r", "ruff check .", &Exit::Code(1));
        assert_eq!((failed.verdict, failed.next.as_str()), (Verdict::Failed, "ruff check ."));
        assert_eq!(commanded("r", "ruff check .", &Exit::Signal(9)).verdict, Verdict::Untold);
        let two = b"<testsuite><testcase name='a'/><testcase name='b'><failure message='no'/></testcase></testsuite>";
        let (two, none) = (read_junit(two, "x.xml").unwrap(), read_junit(b"<testsuite/>", "x.xml").unwrap());
        assert_eq!(reported("r", "x.xml", &two, &|_| None).found.as_str(), "1 of 2 failed");
        assert_eq!(reported("r", "x.xml", &none, &|_| None).verdict, Verdict::Untold);
    }
}
