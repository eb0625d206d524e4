//! What a test left as one text, as the history keeps it, and that text read back.

use crate::domain::suite::{Failure, Section, When};

/// Before and behind the title of captured output.
const TITLE: (&str, &str) = ("\x1b[2m── ", " ──\x1b[0m");

/// Everything that a test said: its failures, and what it printed under the titles that pytest gives.
#[must_use]
pub fn written(failures: &[Failure], sections: &[Section]) -> String {
    let mut out = String::new();
    for failure in failures {
        if let Some(name) = &failure.subtest {
            out.push_str(&format!("subtest {name}\n"));
        }
        out.push_str(&failure.text);
        out.push('\n');
    }
    for section in sections {
        out.push_str(&format!("{}{}{}\n{}\n", TITLE.0, section.title, TITLE.1, section.text));
    }
    out
}

/// The failures, as one, and the captured output of a text of [`written`].
#[must_use]
pub fn read_written(text: &str) -> (Vec<Failure>, Vec<Section>) {
    let title = |line: &str| Some(line.strip_prefix(TITLE.0)?.strip_suffix(TITLE.1)?.to_owned());
    let mut failure = String::new();
    let mut sections: Vec<Section> = Vec::new();
    for line in text.split_inclusive('\n') {
        match (title(line.trim_end_matches('\n')), sections.last_mut()) {
            (Some(title), _) => sections.push(Section { title, text: String::new(), attempt: 1, subtest: None }),
            (None, Some(section)) => section.text.push_str(line),
            (None, None) => failure.push_str(line),
        }
    }
    let failure = failure.trim_end_matches('\n').to_owned();
    let failures = (!failure.is_empty()).then(|| Failure::new(When::Call, failure, None, None));
    (failures.into_iter().collect(), sections)
}

#[cfg(test)]
mod tests {
    use super::{read_written, written};
    use crate::domain::suite::{Progress, TestId, parse_event};

    #[test]
    fn what_is_written_is_read_back() {
        let mut progress = Progress::default();
        let line = r#"{"ev":"phase","id":"a::x","when":"call","outcome":"failed","longrepr":"a.py:3: in f\n    g()\nE   Bad","sections":[["Captured stdout call","one\ntwo\n"],["Captured log call","x"]]}"#;
        progress.apply(parse_event(line.as_bytes()).expect("an event"));
        let result = progress.result(&TestId::new("a::x")).expect("a result");
        let (failures, sections) = read_written(&written(&result.failures, &result.sections));
        assert_eq!(failures[0].raised, result.failures[0].raised);
        let titles: Vec<&str> = sections.iter().map(|section| section.title.as_str()).collect();
        assert_eq!(titles, ["Captured stdout call", "Captured log call"]);
        assert_eq!(sections[0].text.trim_end(), "one\ntwo");
        assert_eq!(read_written(""), (Vec::new(), Vec::new()));
    }
}
