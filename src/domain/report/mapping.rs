//! Which tests belong to which issues, as text, Markdown and JSON; and a run as JUnit XML with the issues as properties.

use crate::domain::history::RunRecord;
use crate::domain::mapping::{Mapped, Mapping};
use crate::domain::report::annotations::markup;
use crate::domain::suite::{Outcome, TestId, Told};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

/// The most tests that a person is shown in one list.
const SHOWN: usize = 20;

/// The share in words: `101/113 (89.4 %)`.
#[must_use]
pub fn mapping_words(mapping: &Mapping) -> String {
    let share = mapping.share();
    format!("{}/{} ({} %)", share.part, share.whole, share.display(1))
}

/// The lists of what is to be looked at, each with its title.
fn lists(mapping: &Mapping) -> Vec<(String, Vec<String>)> {
    let place = |test: &Mapped| format!("{}:{} {}", test.path.clean(), test.line, names(&test.id));
    let keys = |test: &Mapped| test.keys.iter().map(|key| clean(key)).collect::<Vec<_>>().join(", ");
    let unmapped: Vec<String> = mapping.unmapped().map(place).collect();
    let several: Vec<String> = mapping.with_several().map(|test| format!("{} → {}", place(test), keys(test))).collect();
    let shared = mapping.by_key().into_iter().filter(|(_, tests)| tests.len() > 1).map(|(key, tests)| {
        format!("{} ← {}", clean(key), tests.iter().map(|test| place(test)).collect::<Vec<_>>().join(", "))
    });
    let odd: Vec<String> =
        mapping.odd().iter().map(|(key, test)| format!("{} → {}", place(test), clean(key))).collect();
    let all = [
        ("tests without an issue", unmapped),
        ("tests with several issues", several),
        ("issues with several tests", shared.collect()),
        ("keys that are none of Jira's", odd),
    ];
    let titled = all.into_iter().filter(|(_, lines)| !lines.is_empty());
    titled.map(|(title, lines)| (format!("{title}: {}", lines.len()), lines)).collect()
}

fn names(id: &TestId) -> String {
    id.clean().as_str().split_once("::").map_or_else(String::new, |(_, names)| names.to_owned())
}

fn clean(text: &str) -> String {
    crate::base::Clean::line(text).to_string()
}

/// For a terminal.
#[must_use]
pub fn mapping_text(mapping: &Mapping) -> String {
    let mut out = format!("tests with an issue: {}, {} issues\n", mapping_words(mapping), mapping.by_key().len());
    for (title, lines) in lists(mapping) {
        out.push_str(&format!("\n{title}\n"));
        lines.iter().take(SHOWN).for_each(|line| out.push_str(&format!("  {line}\n")));
        if lines.len() > SHOWN {
            out.push_str(&format!("  and {} more (`--format json` has them)\n", lines.len() - SHOWN));
        }
    }
    out
}

/// For a comment or a page.
#[must_use]
pub fn mapping_markdown(mapping: &Mapping) -> String {
    let mut out = format!(
        "### Tests and issues\n\n{} tests with an issue, {} issues\n",
        mapping_words(mapping),
        mapping.by_key().len()
    );
    for (title, lines) in lists(mapping) {
        out.push_str(&format!("\n#### {title}\n\n"));
        lines.iter().for_each(|line| out.push_str(&format!("- `{}`\n", line.replace('`', "'"))));
    }
    out
}

/// For programs.
#[must_use]
pub fn mapping_value(mapping: &Mapping) -> Value {
    let test = |test: &Mapped| json!({ "test": test.id.as_str(), "path": test.path.as_str(), "line": test.line, "keys": test.keys, "recorded": test.recorded });
    let ids =
        |tests: &mut dyn Iterator<Item = &Mapped>| tests.map(|test| test.id.as_str().to_owned()).collect::<Vec<_>>();
    let issues: Vec<Value> = mapping
        .by_key()
        .into_iter()
        .map(|(key, tests)| json!({ "key": key, "tests": ids(&mut tests.iter().copied()) }))
        .collect();
    let share = mapping.share();
    json!({
        "tests": mapping.tests.iter().map(test).collect::<Vec<_>>(),
        "mapped": share.part,
        "total": share.whole,
        "percent": if share.whole == 0 { Value::Null } else { share.percent().into() },
        "unmapped": ids(&mut mapping.unmapped()),
        "several": ids(&mut mapping.with_several()),
        "issues": issues,
        "odd": mapping.odd().iter().map(|(key, test)| json!({ "key": key, "test": test.id.as_str() })).collect::<Vec<_>>(),
    })
}

/// The results of a run as pytest would write them, each with the keys of its issues under a property of that name.
#[must_use]
pub fn mapped_junit(mapping: &Mapping, record: &RunRecord, property: &str) -> String {
    let keys: HashMap<&str, &BTreeSet<String>> =
        mapping.tests.iter().map(|test| (test.id.as_str(), &test.keys)).collect();
    let number = |is: &dyn Fn(Outcome) -> bool| record.results.iter().filter(|told| is(told.outcome)).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    // Writing to a text never fails.
    let _ = writeln!(
        out,
        "<testsuites><testsuite name=\"pytest\" errors=\"{}\" failures=\"{}\" skipped=\"{}\" tests=\"{}\" time=\"{:.3}\" timestamp=\"{}\">",
        number(&|outcome| outcome == Outcome::Error),
        number(&|outcome| outcome == Outcome::Failed),
        number(&|outcome| matches!(outcome, Outcome::Skipped | Outcome::Xfailed)),
        record.results.len(),
        record.run.seconds,
        record.run.when.rfc3339().trim_end_matches('Z'),
    );
    for told in &record.results {
        case(told, keys.get(told.id.without_params()).copied(), property, &mut out);
    }
    out.push_str("</testsuite></testsuites>\n");
    out
}

fn case(told: &Told, keys: Option<&BTreeSet<String>>, property: &str, out: &mut String) {
    let (path, names) = (told.id.path(), told.id.names());
    let (last, classes) = names.split_last().map_or(("", &[][..]), |(last, classes)| (*last, classes));
    let module = path.strip_suffix(".py").unwrap_or(path).replace('/', ".");
    let classname = [&[module.as_str()], classes].concat().join(".");
    let plain = |text: &str| markup(&clean(text));
    let _ = write!(
        out,
        "<testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
        plain(&classname),
        plain(&format!("{last}{}", told.id.params().map(|params| format!("[{params}]")).unwrap_or_default())),
        told.seconds
    );
    let element = match told.outcome {
        Outcome::Failed => Some("failure"),
        Outcome::Error => Some("error"),
        Outcome::Skipped | Outcome::Xfailed => Some("skipped"),
        Outcome::Passed | Outcome::Xpassed => None,
    };
    if let Some(element) = element {
        let details = told.details.lines().map(plain).collect::<Vec<_>>().join("\n");
        let _ = write!(out, "<{element} message=\"{}\">{details}</{element}>", markup(&told.message));
    }
    // Behind the results: that is where Xray's own form of JUnit XML has them, and no other reader minds.
    if let Some(keys) = keys.filter(|keys| !keys.is_empty()) {
        out.push_str("<properties>");
        for key in keys {
            let _ = write!(out, "<property name=\"{}\" value=\"{}\"/>", plain(property), plain(key));
        }
        out.push_str("</properties>");
    }
    out.push_str("</testcase>\n");
}

#[cfg(test)]
mod tests {
    use super::mapped_junit;
    use crate::base::Stamp;
    use crate::domain::history::{Run, RunRecord, RunSource};
    use crate::domain::mapping::sample;
    use crate::domain::suite::{Outcome, TestId, Told, read_junit};

    #[test]
    fn a_run_as_junit_has_its_issues_as_properties_and_is_read_as_it_was() {
        let mapping = sample(
            "class TestA:\n    @pytest.mark.xray('A-1')\n    def test_one(self, x): pass\ndef test_two(): pass\n",
        );
        let failed = Told {
            message: crate::base::Clean::line("assert 1 < 0"),
            details: "def test\n>  assert 1 < 0 & \"x\"\u{1b}[0m".to_owned(),
            ..Told::new(TestId::new("tests/test_a.py::TestA::test_one[a.b-/c]"), Outcome::Failed)
        };
        let run = Run::new("r", Stamp(0), RunSource::Launched);
        let record =
            RunRecord::new(run, vec![failed, Told::new(TestId::new("tests/test_a.py::test_two"), Outcome::Passed)]);
        let text = mapped_junit(&mapping, &record, "test_key");
        assert!(
            text.contains("</failure><properties><property name=\"test_key\" value=\"A-1\"/></properties></testcase>"),
            "{text}"
        );
        let report = read_junit(text.as_bytes(), "x.xml").unwrap();
        let cases: Vec<_> = report.cases.iter().map(|case| (&*case.classname, &*case.name, case.outcome)).collect();
        assert_eq!(
            cases,
            [
                ("tests.test_a.TestA", "test_one[a.b-/c]", Outcome::Failed),
                ("tests.test_a", "test_two", Outcome::Passed)
            ]
        );
        assert!(report.cases[0].details().contains("assert 1 < 0 & \"x\""), "{}", report.cases[0].details());
    }
}
