//! The sample project from its first frame to the prompt after it: what a newcomer does in the first minutes.

use crate::place::Place;
use crate::screen::{Screen, command};
use std::path::Path;

/// A new test file for the module of the sample that nothing tests.
const TESTS: &str = r#""""Exports for the finance team."""

from datetime import date

from shop.reporting.exports import invoices_csv, revenue_by_country


def test_a_month_without_invoices_is_a_header():
    lines = invoices_csv([], date(2026, 6, 1)).splitlines()
    assert lines == ["number;issued;due;net;vat;total;paid;balance"]


def test_no_orders_bring_no_revenue():
    assert revenue_by_country([]) == {}
"#;

#[test]
fn the_sample_from_start_to_quit() {
    let place = Place::new(&[]);
    let sample = place.beside("sample");
    let mut demo = command(
        &[env!("CARGO_BIN_EXE_lacuna"), "demo", "--into", sample.to_str().unwrap()],
        &place.root(),
        &place.home(),
    );
    demo.env("PIP_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("pip-cache"));
    let mut screen = Screen::start(demo, (36, 120));

    // The map comes first, worst file first, and says why; the other panes have something to show too.
    screen.see("why 0 %");
    screen.see("0.0% measured");
    screen.see("test_four_delays_fit");
    screen.see("watching");
    let rows = |text: &str| text.lines().skip(3).map(str::to_owned).collect::<Vec<_>>();
    assert!(rows(&screen.text())[0].contains("exports.py"), "{}", screen.text());

    // Filter by typing; escape gives all files back.
    screen.press("/");
    screen.press("serial");
    screen.wait("serializers alone", |text| rows(text).iter().take(4).all(|row| row.contains("Serializers")));
    screen.press("\r");
    screen.see("q quit");
    screen.press("\x1b");
    screen.wait("all files", |text| rows(text)[0].contains("exports.py"));

    // A test file that is written meanwhile, in a new folder, can be picked without a word to lacuna.
    let file = sample.join("tests/unit/reporting/test_exports.py");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, TESTS).unwrap();
    screen.press("p");
    screen.see("▸sources");
    screen.press("\x13");
    screen.see("▸test files");
    screen.press("exp rts");
    screen.see("reporting/test_exports.py");
    screen.press("\r");
    screen.see("enter runs it");
    screen.see("pytest tests/unit/reporting/test_exports.py -v");
    screen.press("\r");

    // The first run makes the virtualenv and says so; then the tests end one by one.
    screen.see("virtualenv");
    screen.wait("end of the run (it needs Python 3.9 or newer and, once, a network for its virtualenv)", |text| {
        assert!(
            !text.contains("cannot be had"),
            "this test needs a network, once, for the sample's virtualenv:\n{text}"
        );
        text.contains("2/2")
    });
    screen.see("test_no_orders_bring_no_revenue");
    screen.see("y copies the batch report");
    screen.see("75.4% →");
    screen.see("0% → ");
    if let Some(picture) = std::env::var_os("LACUNA_PICTURE") {
        screen.still();
        std::fs::write(picture, screen.svg()).unwrap();
    }

    // The report goes to the clipboard in its exact form.
    screen.press("y");
    let copied = screen.copied();
    let lines: Vec<&str> = copied.lines().collect();
    assert_eq!(lines.len(), 6, "{copied}");
    assert_eq!(
        lines[..3],
        ["### File: tests/unit/reporting/test_exports.py", "- Tests added: 2", "- Coverage before: 75%",]
    );
    let after = lines[3].strip_prefix("- Coverage after: ").and_then(|figure| figure.strip_suffix('%'));
    assert!(after.is_some_and(|after| after.parse::<u32>().is_ok_and(|after| after > 75)), "{copied}");
    assert_eq!(lines[4], "- Command executed: pytest tests/unit/reporting/test_exports.py -v");
    assert!(lines[5].contains("-ra --strict-markers tests/unit/reporting/test_exports.py -v"), "{copied}");

    screen.press("q");
    assert_eq!(screen.ends_soon(), (0, None));
    screen.is_restored();
    place.is_left_alone();
}
