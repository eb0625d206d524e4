//! Rules that do not hold, as GitHub shows them in a job, and as JUnit XML.

use crate::domain::programme::{Place, Ruling, Verdict};
use std::fmt::Write as _;

/// The most annotations of a level that GitHub takes of one step.
const MOST: usize = 10;

/// The annotations of rules that do not hold, for GitHub: errors before warnings, each level by path and line, and no more of a
/// level than GitHub takes; every rule has one before any has a second. `folder` leads from the workspace to the project.
#[must_use]
pub fn annotations(rulings: &[Ruling], folder: &str) -> Vec<String> {
    let of = |verdict: Verdict, level: &str| {
        let bad: Vec<&Ruling> = rulings.iter().filter(|ruling| ruling.verdict == verdict).collect();
        let first = bad.iter().map(|ruling| (*ruling, ruling.places.first()));
        let more = bad.iter().flat_map(|ruling| ruling.places.iter().skip(1).map(|place| (*ruling, Some(place))));
        let mut chosen: Vec<_> = first.chain(more).take(MOST).collect();
        chosen.sort_by_key(|(ruling, place)| {
            (place.and_then(|place| place.path.clone()), place.and_then(|place| place.lines), ruling.rule.clone())
        });
        chosen.into_iter().map(|(ruling, place)| annotation(level, ruling, place, folder)).collect::<Vec<_>>()
    };
    [of(Verdict::Failed, "error"), of(Verdict::Untold, "warning")].concat()
}

fn annotation(level: &str, ruling: &Ruling, place: Option<&Place>, folder: &str) -> String {
    let mut properties = Vec::new();
    if let Some(path) = place.and_then(|place| place.path.as_ref()) {
        properties.push(format!("file={}", property(&format!("{folder}{}", path.as_str()))));
    }
    if let Some((first, last)) = place.filter(|place| place.path.is_some()).and_then(|place| place.lines) {
        properties.push(format!("line={first}"));
        properties.extend((last > first).then(|| format!("endLine={last}")));
    }
    properties.push(format!("title={}", property(&ruling.about)));
    let what = place.map(|place| place.what.to_string()).unwrap_or_default();
    let wanted = if ruling.wanted.is_empty() { String::new() } else { format!("wanted {}", ruling.wanted) };
    let next = if ruling.next.is_empty() { String::new() } else { format!("next: {}", ruling.next) };
    let words = [what, ruling.found.to_string(), wanted, ruling.why.to_string(), next];
    let words: Vec<String> = words.into_iter().filter(|words| !words.is_empty()).collect();
    format!("::{level} {}::{}", properties.join(","), data(&words.join("; ")))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Every rule as a case of JUnit XML: one that fails has a failure, one that nobody can tell an error.
#[must_use]
pub fn rules_junit(rulings: &[Ruling]) -> String {
    let demanded: Vec<&Ruling> = rulings.iter().filter(|ruling| ruling.verdict != Verdict::Free).collect();
    let number = |verdict: Verdict| demanded.iter().filter(|ruling| ruling.verdict == verdict).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a text never fails.
    let _ = writeln!(
        out,
        "<testsuites><testsuite name=\"lacuna gate\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\">",
        demanded.len(),
        number(Verdict::Failed),
        number(Verdict::Untold)
    );
    for ruling in demanded {
        let _ = write!(out, "<testcase classname=\"{}\" name=\"{}\"", markup(&ruling.rule), markup(&ruling.about));
        let element = match ruling.verdict {
            Verdict::Failed => "failure",
            Verdict::Untold => "error",
            Verdict::Held | Verdict::Free => {
                out.push_str("/>\n");
                continue;
            }
        };
        let words = [ruling.found.as_str(), &ruling.wanted, &ruling.why];
        let words: Vec<&str> = words.into_iter().filter(|words| !words.is_empty()).collect();
        let _ = writeln!(out, "><{element} message=\"{}\">", markup(&words.join("; ")));
        for place in &ruling.places {
            let _ = writeln!(out, "{} {}", markup(&place.words()), markup(&place.what));
        }
        let _ = writeln!(out, "next: {}</{element}></testcase>", markup(&ruling.next));
    }
    out.push_str("</testsuite></testsuites>\n");
    out
}

/// Text as XML holds it.
pub(super) fn markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{annotations, rules_junit};
    use crate::domain::report::rulings::tests::sample;
    use crate::domain::suite::{Outcome, read_junit};

    #[test]
    fn annotations_are_escaped_sorted_and_at_most_ten_of_a_level() {
        let lines = annotations(&sample(30), "backend/");
        assert_eq!(lines.len(), 11);
        assert_eq!(
            lines[0],
            "::error file=backend/shop/a%2Cb.py,line=1,endLine=2,title=coverage of everything::100%25 <missed>; 62%25; \
             wanted at least 80%25; next: lacuna who shop/a,b.py:1"
        );
        assert_eq!(
            lines[10],
            "::warning title=lines lost::wanted at most 0; there is no earlier baseline; next: lacuna run --all"
        );
    }

    #[test]
    fn junit_has_a_case_for_each_rule_that_demands_something() {
        let text = rules_junit(&sample(2));
        let report = read_junit(text.as_bytes(), "gate.xml").unwrap();
        let outcomes: Vec<Outcome> = report.cases.iter().map(|case| case.outcome).collect();
        assert_eq!(outcomes, [Outcome::Failed, Outcome::Error, Outcome::Passed]);
        assert!(report.cases[0].details().contains("shop/a,b.py:1–2 100% <missed>"), "{}", report.cases[0].details());
    }
}
