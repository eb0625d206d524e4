//! The screen follows the disk: reports that are replaced, broken or mended, and sources that change.

use crate::place::{Place, report};

const SOURCE: &str = "def half(x):\n    if x < 0:\n        return 0\n    return x / 2\n";

#[test]
fn a_report_is_taken_when_it_is_whole_and_a_source_that_changes_is_marked() {
    let place = Place::new(&[("shop/half.py", SOURCE)]);
    place.write("coverage.json", report("shop/half.py", &[1, 2], &[3, 4]));
    let mut screen = place.screen(&[]);
    screen.see("50.0% (2/4) measured");
    screen.see("watching");

    // Replaced by a rename, as careful programs do it.
    place.write("coverage.json", report("shop/half.py", &[1, 2, 4], &[3]));
    screen.see("75.0% (3/4) measured");

    // Half of a report is none: what was shown stays, and the problem is named.
    let whole = report("shop/half.py", &[1, 2, 3, 4], &[]);
    std::fs::write(place.root().join("coverage.json"), &whole[..whole.len() / 2]).unwrap();
    screen.see("1 problem");
    assert!(screen.text().contains("75.0%"), "{}", screen.text());
    screen.press("!");
    screen.see("coverage.json");
    screen.press_apart("");

    // Written in place, slowly: only the end counts.
    let path = place.root().join("coverage.json");
    let mut file = std::fs::File::create(path).unwrap();
    for part in whole.as_bytes().chunks(40) {
        std::io::Write::write_all(&mut file, part).unwrap();
    }
    drop(file);
    screen.see("100.0% (4/4) measured");

    // A statement that is new has not been measured, and the file says so.
    assert!(!screen.text().contains("half.py *"));
    place.write("shop/half.py", SOURCE.replace("return 0", "x = 0\n        return x"));
    screen.see("half.py *");
    screen.wait("a figure that is no measurement any more", |text| !text.contains("100.0% (4/4) measured"));
    place.is_left_alone_after(screen);
}
