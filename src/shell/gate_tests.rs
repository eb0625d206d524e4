//! Rules about the tests themselves: the checklist of the new and changed ones, and the issues that tests belong to.

use super::checking::{self, Wanted};
use super::gate::base_of;
use super::known::Known;
use super::programme::{limit, misspelt};
use crate::base::Problem;
use crate::domain::programme::{Percent, Place, Ruling, count};
use crate::domain::quality::{Checked, Checklist, Level};
use crate::domain::report::mapping_words;
use std::cell::LazyCell;

/// The most places that a rule names.
const PLACES: usize = 50;

/// Judges them. `base` is what tests are new or changed against, where a command says so.
#[must_use]
pub fn rulings(known: &Known<'_>, base: Option<&str>) -> Vec<Ruling> {
    let base = base_of(known, base).unwrap_or_default();
    // Both rules are about one list, which is made where a rule asks for it.
    let list = LazyCell::new(|| checking::checklist(known.desk, &Wanted { base: base.clone(), ..Wanted::default() }));
    let judge = |rule| checklist(known, &base, rule, &|| LazyCell::force(&list).as_ref());
    let levels = [("gate.checklist", Level::Error, "errors"), ("gate.warnings", Level::Warning, "warnings")];
    levels.into_iter().filter_map(judge).chain(issues(known)).collect()
}

/// How many findings of a level the new and changed tests may have.
fn checklist<'a>(
    known: &Known<'_>,
    base: &str,
    (key, level, words): (&str, Level, &str),
    list: &dyn Fn() -> Result<&'a Checklist, &'a Problem>,
) -> Option<Ruling> {
    let most = match limit(known, key, count)? {
        Ok(most) => most,
        Err(text) => return Some(misspelt(known, key, "", &text, "count")),
    };
    let ruling =
        Ruling::new(key, &format!("{words} of the checklist in new and changed tests"), &format!("at most {most}"));
    let list = match list() {
        Ok(list) => list,
        Err(problem) => return Some(ruling.untold(&problem.to_string()).next("lacuna gate --base main")),
    };
    let found: Vec<&Checked> = list.asked.found.iter().filter(|checked| checked.level == level).collect();
    let place = |checked: &&Checked| {
        let line = checked.finding.line;
        Place::new(Some(checked.path.clone()), Some((line, line)), &checked.sentence())
    };
    let places = found.iter().take(PLACES).map(place).collect();
    let next = if base.is_empty() { "lacuna check".to_owned() } else { format!("lacuna check --changed {base}") };
    let ruling = ruling.found(&found.len().to_string(), found.len() as u64 <= most).at(places).next(&next);
    Some(ruling.because(&format!("{}: {}", list.scope, list.asked.words())))
}

/// How many of the tests have to belong to an issue.
fn issues(known: &Known<'_>) -> Option<Ruling> {
    let key = "gate.mapping";
    let least = match limit(known, key, Percent::read)? {
        Ok(least) => least,
        Err(text) => return Some(misspelt(known, key, "", &text, "percentage")),
    };
    let ruling = Ruling::new(key, "tests that belong to an issue", &format!("at least {least}"));
    let mapping = known.mapping();
    if mapping.tests.is_empty() {
        return Some(ruling.untold("there are no tests").next("lacuna tests"));
    }
    let place = |test: &crate::domain::mapping::Mapped| {
        Place::new(Some(test.path.clone()), Some((test.line, test.line)), &format!("{} has none", test.id.function()))
    };
    let places = mapping.unmapped().take(PLACES).map(place).collect();
    let holds = least.is_reached(mapping.share(), 1);
    Some(ruling.found(&mapping_words(mapping), holds).at(places).next("lacuna mapping"))
}
