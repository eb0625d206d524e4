//! One `<testcase>` element: what its results say together.

use crate::base::Clean;
use crate::base::markup::Element;
use crate::domain::suite::{Case, Outcome};

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

/// One result: a child element that is more than output.
struct Entry {
    kind: Kind,
    message: String,
    text: String,
}

/// A test case while it is read.
pub(in crate::domain::suite) struct RawCase {
    classname: Option<String>,
    name: Option<String>,
    file: Option<String>,
    seconds: f64,
    results: Vec<Entry>,
    open: bool,
}

impl RawCase {
    /// A case from the attributes of its element.
    pub fn of(element: &Element<'_>) -> Self {
        let attribute = |name: &str| element.attribute(name).map(|value| value.into_owned());
        Self {
            classname: attribute("classname"),
            name: attribute("name"),
            file: attribute("file").filter(|file| !file.is_empty()),
            seconds: element.attribute("time").map_or(0.0, |time| seconds(&time)),
            results: Vec::new(),
            open: false,
        }
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

    /// The open result ends.
    pub const fn end_result(&mut self) {
        self.open = false;
    }

    /// Whether it names no test: what pytest writes for the test that an interrupt stopped.
    pub const fn is_unnamed(&self) -> bool {
        self.classname.is_none() && self.name.is_none()
    }

    /// The case, and whether it has no result at all: passed, or an attempt that its plugin says nothing about.
    pub fn finish(self) -> (Case, bool) {
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
        let attempts = attempts.collect();
        let bare = self.results.is_empty();
        let told: Vec<&Entry> = match own {
            Some(kind) => self.results.iter().filter(|result| result.kind == kind).collect(),
            None => self.results.iter().take(1).collect(),
        };
        let case = Case {
            message: Clean::line(told.first().map_or("", |result| headline(result))),
            details: details(&told),
            classname: self.classname.unwrap_or_default(),
            name: self.name.unwrap_or_default(),
            file: self.file,
            outcome,
            seconds: self.seconds,
            attempts,
        };
        (case, bare)
    }
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
fn seconds(text: &str) -> f64 {
    let text = text.trim();
    let thousands = text.split(',').skip(1).all(|group| group.len() == 3 || group.contains('.'));
    let plain = if thousands { text.replace(',', "") } else { text.replace(',', ".") };
    plain.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::seconds;

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
