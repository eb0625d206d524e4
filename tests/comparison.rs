//! What changed between two points: baselines, batches, reports and now, with real pytest, across edits.

use crate::program;
use crate::shop::Shop;
use serde_json::{Value, json};

/// A source with two functions, one of them with a branch.
pub const CART: &str = "\
RATE = 2


def total(items):
    price = sum(items)
    if price > 100:
        price -= 10
    return price


def tax(price):
    return price * RATE
";

/// The cart with a comment on top, a call and a function more, and one that is not to be measured.
const CHECKED: &str = "\
# Prices are in cents.
RATE = 2


def total(items):
    price = sum(items)
    if price > 100:
        price -= 10
    return price


def tax(price):
    check(price)
    return price * RATE


def check(price):
    if price < 0:
        raise ValueError(price)


def debug(price):  # pragma: no cover
    print(price)
";

const TOTAL: &str = "from cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n";
const TAX: &str = "from cart import tax\n\n\ndef test_tax():\n    assert tax(2) == 4\n";

fn cart() -> Shop {
    Shop::of(&[
        (
            "pyproject.toml",
            "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['.']\nomit = ['tests/*']\n",
        ),
        ("cart.py", CART),
        ("tests/test_total.py", TOTAL),
    ])
}

/// Writes a source so that it is newer than whatever was measured before.
fn rewrite(shop: &Shop, path: &str, text: &str) {
    shop.write(path, text);
    let file = std::fs::File::options().write(true).open(shop.root().join(path)).unwrap();
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(1)).unwrap();
}

/// The id of the run that was recorded last.
fn last_run(shop: &Shop) -> String {
    shop.json(&["history", "--limit", "1", "--format", "json"], 0)[0]["id"].as_str().unwrap().to_owned()
}

fn compared(shop: &Shop, before: &str, after: &str) -> Value {
    shop.json(&["report", before, after, "--format", "json"], 0)
}

/// Everything that is said of one file but the unchanged lines.
fn check(compared: &Value, path: &str, way: &str, lines: Value, before: Value) {
    let files = compared["files"].as_array().unwrap();
    let file = files.iter().find(|file| file["path"] == path).unwrap_or_else(|| panic!("{path} in {compared:#}"));
    let mut said = file["lines"].as_object().unwrap().clone();
    said.retain(|key, _| !key.starts_with("unchanged"));
    assert_eq!((file["compared"].as_str().unwrap(), Value::Object(said)), (way, lines), "{compared:#}");
    assert_eq!(file["lines_before"], before, "{compared:#}");
}

/// Covered statements on both sides are all accounted for.
fn reconciles(compared: &Value) {
    let count = |key: &str| compared["counts"][key].as_u64().unwrap();
    assert_eq!(count("unknown"), 0, "{compared:#}");
    let lines = |side: &str, key: &str| {
        let files = compared["files"].as_array().unwrap();
        files.iter().map(|file| file[side][key].as_array().map_or(0, Vec::len) as u64).sum::<u64>()
    };
    assert_eq!(lines("lines", "gained"), count("gained"));
    assert_eq!(lines("lines_before", "deleted_covered"), count("deleted_covered"));
}

#[test]
fn a_baseline_batches_and_now_are_compared_across_edits() {
    let shop = cart();
    shop.says(&["run", "--all", "--trust"], 0);
    assert_eq!(compared(&shop, "baseline", "now")["files"], json!([]));
    shop.write("tests/test_tax.py", TAX);
    shop.says(&["run", "--trust", "tests/test_tax.py"], 0);
    let first = last_run(&shop);
    for after in ["now", &first] {
        let gained = compared(&shop, "baseline", after);
        check(&gained, "cart.py", "same source", json!({"gained": [12]}), json!({}));
        reconciles(&gained);
        check(&compared(&shop, after, "baseline"), "cart.py", "same source", json!({"lost": [12]}), json!({}));
    }

    rewrite(&shop, "cart.py", CHECKED);
    // Before any rerun: what is new is unknown, and so is the function that changed.
    let edited = compared(&shop, &first, "now");
    check(
        &edited,
        "cart.py",
        "edited",
        json!({"unknown": [13, 14, 17, 18, 19], "newly_excluded": [22, 23]}),
        json!({}),
    );
    shop.says(&["run", "--trust", "tests/test_tax.py"], 0);
    let second = last_run(&shop);
    let expect = json!({"new_covered": [13, 17, 18], "new_missed": [19], "newly_excluded": [22, 23]});
    let steps = compared(&shop, &first, &second);
    check(&steps, "cart.py", "edited", expect.clone(), json!({}));
    reconciles(&steps);
    let mut whole = expect;
    whole["gained"] = json!([14]);
    check(&compared(&shop, "baseline", &second), "cart.py", "edited", whole, json!({}));

    // Deleted statements are named by the lines that they had.
    rewrite(&shop, "cart.py", &CHECKED.replace("    if price > 100:\n        price -= 10\n", ""));
    shop.says(&["run", "--trust", "tests"], 0);
    let third = last_run(&shop);
    let cut = compared(&shop, &second, &third);
    check(&cut, "cart.py", "edited", json!({}), json!({"deleted_covered": [7], "deleted_missed": [8]}));
    reconciles(&cut);
    // Old points stay what they were.
    assert_eq!(compared(&shop, &first, &second), steps);
}

#[test]
fn trap_25_a_renamed_file_is_followed_by_its_content() {
    let shop = cart();
    shop.says(&["run", "--all", "--trust"], 0);
    std::fs::rename(shop.root().join("cart.py"), shop.root().join("basket.py")).unwrap();
    shop.write("tests/test_total.py", &TOTAL.replace("cart", "basket"));
    shop.says(&["run", "--all", "--trust"], 0);
    let points = shop.json(&["history", "--points", "--format", "json"], 0);
    let baselines: Vec<&str> = points
        .as_array()
        .unwrap()
        .iter()
        .filter(|point| point["kind"] == "baseline")
        .map(|point| point["id"].as_str().unwrap())
        .collect();
    let moved = compared(&shop, baselines[1], baselines[0]);
    check(&moved, "basket.py", "same source", json!({}), json!({}));
    assert_eq!(moved["files"][0]["moved_from"], "cart.py");
    assert_eq!(moved["files_compared"], 1);
}

/// A report of the whole suite by pytest-cov alone.
fn measure(shop: &Shop, name: &str) {
    shop.measure(&shop.root().join(name), &[]);
}

/// The same, newer than whatever was rewritten before.
fn measure_later(shop: &Shop, name: &str) {
    measure(shop, name);
    let file = std::fs::File::options().write(true).open(shop.root().join(name)).unwrap();
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(5)).unwrap();
}

#[test]
fn trap_20_reports_across_an_edit_are_unknown_unless_lacuna_read_them_in_time() {
    let shop = cart();
    measure(&shop, "before.json");
    rewrite(&shop, "cart.py", CHECKED);
    shop.write("tests/test_tax.py", TAX);
    measure_later(&shop, "after.json");
    // Nobody knows which source the older report belongs to: no line is matched by its number, and no commit is guessed.
    let unknown = compared(&shop, "before.json", "after.json");
    assert_eq!(unknown["files"][0]["compared"], "source not known");
    assert_eq!(unknown["counts"]["unknown"], 12);
    assert_eq!(unknown["counts"]["gained"], 0);
    assert!(unknown["notes"][0].as_str().unwrap().contains("lines were not compared"), "{unknown:#}");
    assert!(unknown["before"]["coverage"]["percent"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_report_that_was_a_baseline_is_followed_from_its_own_source_even_as_a_copy() {
    let shop = cart();
    measure(&shop, "coverage.json");
    shop.says(&["report"], 0);
    std::fs::copy(shop.root().join("coverage.json"), shop.outside("before.json")).unwrap();
    rewrite(&shop, "cart.py", CHECKED);
    shop.write("tests/test_tax.py", TAX);
    measure_later(&shop, "coverage.json");
    let before = shop.outside("before.json");
    let expect = json!({"gained": [14], "new_covered": [13, 17, 18], "new_missed": [19], "newly_excluded": [22, 23]});
    let followed = compared(&shop, before.to_str().unwrap(), "coverage.json");
    check(&followed, "cart.py", "edited", expect.clone(), json!({}));
    reconciles(&followed);
    // The report on disk has become the baseline meanwhile; the first one is still there by its name.
    check(&compared(&shop, before.to_str().unwrap(), "now"), "cart.py", "edited", expect, json!({}));
    assert_eq!(compared(&shop, "baseline", "now")["files"], json!([]));
}

#[test]
fn reports_of_one_source_need_no_memory() {
    let shop = cart();
    measure(&shop, "before.json");
    shop.write("tests/test_tax.py", TAX);
    measure(&shop, "after.json");
    let gained = compared(&shop, "before.json", "after.json");
    check(&gained, "cart.py", "same source", json!({"gained": [12]}), json!({}));
    // Pasted, a report has no time of its own: equal statements are compared by number, and that is said.
    let mut lacuna = shop.command(&["report", "-", "after.json", "--format", "json"]);
    let file = std::fs::File::open(shop.root().join("before.json")).unwrap();
    let output = lacuna.stdin(file).output().unwrap();
    assert!(output.status.success(), "{}", program::stderr(&output));
    let pasted: Value = serde_json::from_slice(&output.stdout).unwrap();
    check(&pasted, "cart.py", "source not known, same statements", json!({"gained": [12]}), json!({}));
    assert!(pasted["notes"][0].as_str().unwrap().contains("line numbers"));
}

#[test]
fn a_data_file_on_standard_input_is_a_report_and_a_side_like_any_other() {
    let shop = cart();
    measure(&shop, "before.json");
    std::fs::copy(shop.outside("private.coverage"), shop.outside("before.coverage")).unwrap();
    shop.write("tests/test_tax.py", TAX);
    measure(&shop, "after.json");
    std::fs::copy(shop.outside("private.coverage"), shop.outside("after.coverage")).unwrap();
    let piped = |arguments: &[&str], file: &str| {
        let mut lacuna = shop.command(arguments);
        let output = lacuna.stdin(std::fs::File::open(shop.outside(file)).unwrap()).output().unwrap();
        assert!(output.status.success(), "{}", program::stderr(&output));
        assert!(
            program::stderr(&output).contains("a data file from a pipe has no time"),
            "{}",
            program::stderr(&output)
        );
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let after = shop.outside("after.coverage");
    let named = shop.json(&["report", after.to_str().unwrap(), "--format", "json"], 0);
    let report = piped(&["report", "-", "--format", "json"], "after.coverage");
    assert_eq!((&report["files"], &report["origin"]), (&named["files"], &json!("standard input")));
    assert_eq!(report["files"][0]["covered_lines"], json!([1, 4, 5, 6, 8, 11, 12]));
    let sides = piped(&["report", "-", after.to_str().unwrap(), "--format", "json"], "before.coverage");
    check(&sides, "cart.py", "same source", json!({"gained": [12]}), json!({}));
    let sides = piped(&["report", after.to_str().unwrap(), "-", "--format", "json"], "before.coverage");
    check(&sides, "cart.py", "same source", json!({"lost": [12]}), json!({}));
    // A part of a data file is refused, and a report of another format goes its own way.
    let bytes = std::fs::read(&after).unwrap();
    std::fs::write(shop.outside("part"), &bytes[..bytes.len() / 2]).unwrap();
    let mut lacuna = shop.command(&["report", "-"]);
    let output = lacuna.stdin(std::fs::File::open(shop.outside("part")).unwrap()).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(program::stderr(&output).contains("standard input"), "{}", program::stderr(&output));
}

#[test]
fn what_people_read_says_the_same_and_wrong_names_have_near_ones() {
    let shop = cart();
    shop.says(&["run", "--all", "--trust"], 0);
    shop.write("tests/test_tax.py", TAX);
    shop.says(&["run", "--trust", "tests/test_tax.py"], 0);
    let text = shop.says(&["report", "baseline", "now"], 0);
    assert!(text.contains("cart.py   75.0%  87.5%       1     ·\n"), "{text}");
    assert!(text.contains("75.0% → 87.5% (+12.5): 1 file, 1 with a difference\n\ncart.py\n  gained  12\n"), "{text}");
    let md = shop.says(&["report", "baseline", "now", "--format", "md"], 0);
    assert!(md.starts_with("### Coverage: 75.0% → 87.5% (+12.5)\n"), "{md}");
    assert!(md.contains("| cart.py | 75.0% | 87.5% | 1 | · |") && md.contains("  - gained: 12\n"), "{md}");
    for (name, hint) in [("bseline", "did you mean `baseline`"), ("1", "could be")] {
        shop.says(&["run", "--trust", "tests/test_tax.py"], 0);
        let output = shop.lacuna(&["report", name, "now"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty() && program::stderr(&output).contains(hint), "{}", program::stderr(&output));
    }
    assert_eq!(shop.lacuna(&["report", "-", "-"]).status.code(), Some(2));
    assert_eq!(Shop::of(&[("a.py", "")]).lacuna(&["report", "baseline", "now"]).status.code(), Some(2));
}
