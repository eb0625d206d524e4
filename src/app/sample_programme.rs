//! A programme with a figure of every kind, for the tests of mind and picture.

use crate::app::sample::{NOW, path};
use crate::app::{Group, Lead, Programme, ProgrammeRow};
use crate::base::Stamp;
use crate::domain::programme::{Better, Place, Ruling, Trend, Unit, Verdict};

const DAY: i64 = 24 * 3600 * 1000;

fn trend(about: &str, kind: (Better, Unit), target: f64, value: impl Fn(f64) -> f64) -> Trend {
    let day = |at: u8| {
        (Stamp(NOW.0 - i64::from(20 - at) * DAY), value(f64::from(at)) + [0.0, 0.4, -0.3][usize::from(at % 3)])
    };
    Trend::new(about, kind, (0..20).map(day).collect(), None).wanting(Some(target)).foretold(NOW)
}

fn row(group: Group, lead: Lead, ruling: Ruling, trend: Option<Trend>) -> ProgrammeRow {
    let places = ruling.places.clone();
    ProgrammeRow { group, ruling, trend, lead, places }
}

/// The programme of the sample.
#[must_use]
pub fn programme() -> Programme {
    let free = |rule: &str, about: &str, found: &str| {
        let mut ruling = Ruling::new(rule, about, "").found(found, true);
        ruling.verdict = Verdict::Free;
        ruling
    };
    let place = |file: &str, line: u32, what: &str| Place::new(Some(path(file)), Some((line, line)), what);
    let percent = (Better::More, Unit::Percent);
    let everything = trend("coverage of everything", percent, 70.0, |at| 60.0 + 0.1 * at);
    let views = trend("coverage of Views", percent, 80.0, |at| 60.0 + 0.9 * at);
    let time = trend("time of the suite", (Better::Less, Unit::Seconds), 1800.0, |at| 1200.0 + 24.0 * at);
    let layer = |name: &str| Lead::Map(name.to_owned());
    let rows = vec![
        row(
            Group::Code,
            layer(""),
            free("coverage", "coverage of everything", "62% (410 of 661 statements)"),
            Some(everything),
        ),
        row(
            Group::Code,
            layer("Views"),
            Ruling::new("targets.code.Views", "coverage of Views", "at least 80%")
                .found("77% (310 of 402 statements, and branches)", false)
                .at(vec![place("shop/orders/views.py", 12, "41%: 12 of 30 statements missed")])
                .next("lacuna who shop/orders/views.py:12"),
            Some(views),
        ),
        row(
            Group::Code,
            layer("Models"),
            Ruling::new("targets.code.Models", "coverage of Models", "at least 70%")
                .found("~88% (120 of 136 statements)", true),
            None,
        ),
        row(
            Group::Tests,
            Lead::Places,
            Ruling::new("targets.tests.unit", "unit tests", "at least 70% of Models, Utils")
                .untold("there is no per-test data"),
            None,
        ),
        row(
            Group::Promises,
            Lead::Places,
            free("contract.operations", "operations that tests exercise", "50% (2 of 4)").at(vec![
                place("openapi.yaml", 7, "GET /orders: no test"),
                place("openapi.yaml", 19, "POST /orders: named only"),
            ]),
            None,
        ),
        row(
            Group::Suite,
            Lead::Flaky,
            Ruling::new("targets.flaky_reduction", "flaky tests since 2026-10-01", "70% fewer")
                .found("9 → 2, 78% fewer", true),
            None,
        ),
        row(
            Group::Suite,
            Lead::Places,
            Ruling::new("targets.suite", "time of the suite", "at most 30 min 00 s").found("27 min 36 s", true),
            Some(time),
        ),
    ];
    Programme { rows, markdown: "### programme: 3 of 5 held\n".to_owned(), at: NOW }
}
