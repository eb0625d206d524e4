//! One `<testcase>` element: what its results say together.

use crate::base::Clean;
use crate::base::markup::Element;
use crate::domain::suite::{Case, More, Outcome};
use std::borrow::Cow;

/// What a child element of a test case means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failure,
    Error,
    Skip,
    Xfail,
    /// Surefire's and nextest's: an attempt that failed before the test passed.
    Flaky(Outcome),
    /// Theirs as well: a further attempt that failed after the first, which is the case's own failure.
    Rerun(Outcome),
}

/// How many properties of one case are read.
const PROPERTIES: usize = 64;
/// Values that are longer are cut here, at the end of a character.
const LONGEST: usize = 1024;

/// One result: a child element that is more than output.
struct Entry {
    kind: Kind,
    message: String,
    text: String,
}

/// A test case while it is read.
#[derive(Default)]
pub(in crate::domain::suite) struct RawCase {
    classname: Option<String>,
    name: Option<String>,
    file: Option<String>,
    seconds: f64,
    results: Vec<Entry>,
    open: bool,
    properties: Vec<(String, String)>,
}

impl RawCase {
    /// A case from the attributes of its element.
    pub fn of(element: &Element<'_>) -> Self {
        let mut case = Self::default();
        for (name, value) in element.attributes() {
            match name {
                "classname" => case.classname = Some(value.into_owned()),
                "name" => case.name = Some(value.into_owned()),
                "file" => case.file = Some(value.into_owned()).filter(|file| !file.is_empty()),
                "time" => case.seconds = seconds(&value),
                _ => {}
            }
        }
        case
    }

    /// Takes a child element; says whether it is a result.
    pub fn result(&mut self, element: &Element<'_>) -> bool {
        let kind = match element.name() {
            "failure" => Kind::Failure,
            "error" => Kind::Error,
            "skipped" if element.attribute("type").as_deref() == Some("pytest.xfail") => Kind::Xfail,
            "skipped" => Kind::Skip,
            "flakyFailure" => Kind::Flaky(Outcome::Failed),
            "flakyError" => Kind::Flaky(Outcome::Error),
            "rerunFailure" => Kind::Rerun(Outcome::Failed),
            "rerunError" => Kind::Rerun(Outcome::Error),
            _ => return false,
        };
        let message = element.attribute("message").unwrap_or_default().into_owned();
        self.results.push(Entry { kind, message, text: String::new() });
        self.open = true;
        true
    }

    /// Adds text to the open result.
    pub fn text(&mut self, text: &str) {
        if let (true, Some(result)) = (self.open, self.results.last_mut()) {
            result.text.push_str(text);
        }
    }

    /// Takes a `<property>`. Its value is an attribute, or the text within.
    pub fn property(&mut self, element: &Element<'_>) {
        let name = element.attribute("name").unwrap_or_default().into_owned();
        let value = element.attribute("value").unwrap_or_default();
        if self.properties.len() < PROPERTIES {
            self.properties.push((name, cut(&value).to_owned()));
        }
    }

    /// Adds text to the last property.
    pub fn property_text(&mut self, text: &str) {
        if let Some((_, value)) = self.properties.last_mut() {
            let room = LONGEST.saturating_sub(value.len());
            value.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
        }
    }

    /// The open result ends.
    pub const fn end_result(&mut self) {
        self.open = false;
    }

    /// Whether it names no test: what pytest writes for the test that an interrupt stopped.
    pub const fn is_unnamed(&self) -> bool {
        self.classname.is_none() && self.name.is_none()
    }

    /// The case, and whether it has no result at all: passed, or an attempt that its plugin says nothing about.
    pub fn finish(self) -> (Case<'static>, bool) {
        let has = |kind: Kind| self.results.iter().any(|result| result.kind == kind);
        let (outcome, own) = if has(Kind::Error) {
            (Outcome::Error, Some(Kind::Error))
        } else if has(Kind::Failure) {
            (Outcome::Failed, Some(Kind::Failure))
        } else if has(Kind::Xfail) {
            (Outcome::Xfailed, Some(Kind::Xfail))
        } else if has(Kind::Skip) {
            (Outcome::Skipped, Some(Kind::Skip))
        } else {
            (Outcome::Passed, None)
        };
        let attempts = self.results.iter().filter_map(|result| match result.kind {
            Kind::Flaky(attempt) => Some(attempt),
            // The element's own failure was the first attempt, so each further one makes one more that was earlier.
            Kind::Rerun(_) => Some(outcome),
            _ => None,
        });
        let attempts: Vec<_> = attempts.collect();
        let bare = self.results.is_empty();
        let told: Vec<&Entry> = match own {
            Some(kind) => self.results.iter().filter(|result| result.kind == kind).collect(),
            None => self.results.iter().take(1).collect(),
        };
        let message = Clean::line(told.first().map_or("", |result| headline(result)));
        let has_properties = !self.properties.is_empty();
        let more = More { message, details: details(&told), attempts, properties: self.properties };
        let case = Case {
            classname: Cow::Owned(self.classname.unwrap_or_default()),
            name: Cow::Owned(self.name.unwrap_or_default()),
            file: self.file.map(Cow::Owned),
            outcome,
            seconds: self.seconds,
            more: (!bare || has_properties).then(|| Box::new(more)),
        };
        (case, bare)
    }
}

fn cut(value: &str) -> &str {
    value.get(..value.floor_char_boundary(LONGEST)).unwrap_or_default()
}

/// The first line that says something.
fn headline(result: &Entry) -> &str {
    result.message.lines().chain(result.text.lines()).map(str::trim).find(|line| !line.is_empty()).unwrap_or("")
}

fn details(results: &[&Entry]) -> String {
    let texts: Vec<&str> = results.iter().map(|result| result.text.as_str()).filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

/// A duration. Old versions of Surefire write thousands separators, other tools a comma for the decimal point; what is
/// no duration is zero.
pub(in crate::domain::suite) fn seconds(text: &str) -> f64 {
    if let Some(seconds) = plain_seconds(text.as_bytes()) {
        return seconds;
    }
    let text = text.trim();
    let thousands = text.split(',').skip(1).all(|group| group.len() == 3 || group.contains('.'));
    let plain = if thousands { text.replace(',', "") } else { text.replace(',', ".") };
    plain.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0).unwrap_or(0.0)
}

/// A duration as nearly all are written, `0.013`: as long as its digits and its power of ten are exact as they are, so is
/// their quotient rounded as a parser rounds it.
fn plain_seconds(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
    let (mut number, mut behind) = (0_u32, None);
    // Nine digits can be held.
    if text.is_empty() || text.len() > 10 || text.first() == Some(&b'.') {
        return None;
    }
    for &byte in text {
        match (byte.wrapping_sub(b'0'), &mut behind) {
            (digit @ 0..10, behind) => {
                number = number.wrapping_mul(10).wrapping_add(digit.into());
                if let Some(behind) = behind {
                    *behind += 1;
                }
            }
            (_, None) if byte == b'.' => behind = Some(0),
            _ => return None,
        }
    }
    match behind {
        Some(behind) => POWERS.get::<usize>(behind).map(|power| f64::from(number) / power),
        None if text.len() < 10 => Some(f64::from(number)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{plain_seconds, seconds};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_plain_duration_is_what_a_parser_makes_of_it(text in "[0-9]{0,5}[.,e-]?[0-9]{0,9}") {
            if let Some(seconds) = plain_seconds(text.as_bytes()) {
                prop_assert_eq!(Ok(seconds), text.parse());
            }
        }
    }

    #[test]
    fn durations_of_all_dialects_are_read() {
        let check =
            |text: &str, expect: f64| assert!((seconds(text) - expect).abs() < 1e-9, "{text} is {}", seconds(text));
        check("0.013", 0.013);
        check("1,234.5", 1234.5);
        check("1,234", 1234.0);
        check("0,5", 0.5);
        for bad in ["", "-345345", "NaN", "1e999", "soon"] {
            check(bad, 0.0);
        }
    }
}
