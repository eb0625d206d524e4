//! The implementation guide, with real pytest: what a run ticks off, what it can't, and what is said of it.

use crate::program;
use crate::screen::{LIMIT, Screen};
use crate::shop::Shop;
use crate::supervisor::until;
use serde_json::Value;
use std::collections::BTreeMap;

const CONFIG: &str = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";

const PRICE: &str = "\
def price(items, limit=100):
    if not items:
        raise ValueError('nothing to price')
    total = 0
    for item in items:
        total += item
    if total > limit and limit:
        total -= 10
    try:
        return names[total]
    except KeyError:
        return total


names = {7: 'seven'}


def untested():
    return 1
";

/// A project with one test, that takes one way through the function.
fn project(branch: bool) -> Shop {
    let test = "from app.price import price\n\ndef test_price():\n    assert price([1, 2]) == 3\n";
    let config = format!("{CONFIG}branch = {branch}\n");
    Shop::of(&[
        ("pyproject.toml", &config),
        ("app/__init__.py", ""),
        ("app/price.py", PRICE),
        ("tests/test_price.py", test),
    ])
}

/// The states of the items of a function, by what they are.
fn states(shop: &Shop, name: &str) -> BTreeMap<String, String> {
    let guide = shop.json(&["guide", &format!("app/price.py::{name}"), "--format", "json"], 0);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |item: &Value| {
        let why = text(&item["why"]);
        let state = text(&item["state"]);
        (text(&item["what"]), if why.is_empty() { state } else { format!("{state}: {why}") })
    };
    guide["functions"][0]["items"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn one_way_through_a_function_ticks_what_lies_on_it_and_nothing_else() {
    let shop = project(true);
    // Nothing is known yet, and nothing is ticked.
    let before = shop.lacuna(&["guide", "app/price.py::price"]);
    assert!(program::stderr(&before).contains("there is no coverage report"), "{}", program::stderr(&before));
    assert!(program::stdout(&before).contains("0 of 11 ticked, 11 not known"), "{}", program::stdout(&before));
    shop.says(&["run", "--all", "--trust"], 0);
    let expect = [
        ("happy path: runs to its end and returns `names[total]`", "not yet"),
        ("`items` is falsy: raises `ValueError('nothing to price')`", "not yet"),
        ("`items` is truthy: goes on", "ticked"),
        ("`items` has nothing: no turn of the loop", "can't be told: turns"),
        ("`items` has something: a turn of the loop", "ticked"),
        ("`total > limit and limit` is true: does `total -= 10`", "not yet"),
        ("`total <= limit` alone makes the condition false", "can't be told: operand"),
        ("`limit` is falsy alone makes the condition false", "can't be told: operand"),
        ("`total` equals `limit`: `total > limit` is false there", "can't be told: value"),
        ("`total > limit and limit` is false: goes on without it", "ticked"),
        ("`KeyError` from `return names[total]`: returns `total`", "ticked"),
    ];
    let found = states(&shop, "price");
    let expect: BTreeMap<String, String> =
        expect.iter().map(|(what, state)| ((*what).into(), (*state).into())).collect();
    assert_eq!(found, expect);
    assert_eq!(states(&shop, "untested").values().collect::<Vec<_>>(), ["not yet"]);
    let text = shop.says(&["guide", "app/price.py:3"], 0);
    assert!(text.contains("  ✗  3  `items` is falsy: raises"), "{text}");
    assert!(text.contains("tests/test_price.py::test_price\n"), "{text}");

    // A second test takes other sides: they are ticked, and what nothing shows stays so.
    shop.write(
        "tests/test_more.py",
        "import pytest\nfrom app.price import price\n\ndef test_nothing():\n    with pytest.raises(ValueError):\n        price([])\n",
    );
    shop.says(&["run", "tests/test_more.py"], 0);
    assert_eq!(states(&shop, "price")["`items` is falsy: raises `ValueError('nothing to price')`"], "ticked");

    // A test that asserts nothing earns nothing.
    shop.write("tests/test_more.py", "from app.price import price\n\ndef test_much():\n    price([200])\n");
    shop.says(&["run", "tests/test_more.py"], 0);
    let found = states(&shop, "price");
    assert_eq!(found["`total > limit and limit` is true: does `total -= 10`"], "unearned");
    // The test that took it is gone, and one that was not run again might.
    assert_eq!(found["`items` is falsy: raises `ValueError('nothing to price')`"], "stale");

    // After an edit of the function nothing of it is claimed any more, and the tests that would settle it are counted.
    shop.edit("app/price.py", "    total = 0\n", "    total = 0 + 0\n");
    let text = shop.says(&["guide", "app/price.py::price"], 0);
    assert!(text.contains("what is known is out of date"), "{text}");
    assert!(text.contains("2 tests ran it before it changed"), "{text}");
    assert!(!text.contains("  ✓ "), "{text}");
}

#[test]
fn without_branches_a_side_that_no_line_shows_is_not_claimed() {
    let shop = project(false);
    shop.says(&["run", "--all", "--trust"], 0);
    let found = states(&shop, "price");
    let told = |what: &str| found.iter().find(|(words, _)| words.starts_with(what)).unwrap().1.as_str();
    // The statement behind it is reached in no other way.
    assert_eq!(told("`items` is truthy"), "ticked");
    // Nobody came into the block, and somebody came past it.
    assert_eq!(told("`total > limit and limit` is false"), "ticked");
    assert_eq!(told("`items` has nothing"), "can't be told: turns");
    let text = shop.says(&["guide", "app/price.py::price"], 0);
    assert!(text.contains("Branches were not measured"), "{text}");
}

#[test]
fn what_has_no_guide_is_said_with_its_place() {
    let shop = project(true);
    shop.write("app/broken.py", "def f(:\n    pass\n");
    shop.write("app/short.py", "shorten = lambda text: text\n");
    let refused = |what: &str| {
        let output = shop.lacuna(&["guide", what]);
        assert_eq!(output.status.code(), Some(2), "{what}");
        program::stderr(&output)
    };
    assert!(refused("app/price.py::prise").contains("there is no such function (the nearest: price, untested)"));
    assert!(refused("app/price.py:14").contains("the line stands in no function"));
    assert!(refused("app/price.py:400").contains("the file has"));
    assert!(refused("app/broken.py").contains("app/broken.py:1: can't be read as Python"));
    assert!(refused("app/short.py::shorten").contains("is a lambda"));
    assert!(refused("tests/test_price.py").contains("is a test file"));
    assert!(refused("pyproject.toml").contains("is no Python source"));
    assert!(refused("app/none.py::f").contains("there is no such file"));
}

/// The tests that pytest collects, by its own word.
fn collected(shop: &Shop) -> Vec<String> {
    let output = shop.python(&["pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]);
    let text = program::stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}\n{}", program::stderr(&output));
    text.lines().filter(|line| line.contains("::")).map(str::to_owned).collect()
}

/// What is left of a text when the lines that were added are taken out of it again.
fn without_added(after: &str, added: &Value) -> String {
    let mut lines: Vec<&str> = after.split_inclusive('\n').collect();
    for piece in added.as_array().unwrap().iter().rev() {
        let first = usize::try_from(piece["line"].as_u64().unwrap()).unwrap() - 1;
        let count = piece["text"].as_str().unwrap().lines().count();
        let taken: Vec<&str> = lines.drain(first..first + count).collect();
        assert_eq!(taken.concat().replace("\r\n", "\n").trim_end(), piece["text"].as_str().unwrap().trim_end());
    }
    lines.concat()
}

#[test]
fn an_empty_test_is_written_where_it_belongs_and_nothing_else_is_changed() {
    let shop = project(true);
    let before = "from app.price import price\n\ndef test_price():\n    assert price([1, 2]) == 3\n";
    shop.says(&["run", "--all", "--trust"], 0);
    // To look changes nothing.
    let shown = shop.says(&["guide", "app/price.py::price", "--skeleton", "--item", "3"], 0);
    assert!(shown.contains("def test_price_raises_value_error_when_items_is_falsy():\n    # Arrange\n\n    # Act: price(items, limit=100)\n"), "{shown}");
    assert_eq!(shop.read("tests/test_price.py"), before);
    let written = shop.json(&["guide", "app/price.py::price", "--write", "--format", "json"], 0);
    let after = shop.read("tests/test_price.py");
    assert!(after.starts_with(before), "{after}");
    assert_eq!(without_added(&after, &written["added"]).trim_end(), before.trim_end());
    let tests: Vec<&str> =
        written["tests"].as_array().unwrap().iter().map(|test| test["test"].as_str().unwrap()).collect();
    assert_eq!(
        tests,
        [
            "tests/test_price.py::test_price_returns_names_total",
            "tests/test_price.py::test_price_raises_value_error_when_items_is_falsy",
            "tests/test_price.py::test_price_when_total_is_above_limit_while_limit_is_truthy",
        ]
    );
    assert_eq!(collected(&shop)[1..], tests);
    let line = written["tests"][1]["line"].as_u64().unwrap();
    let text = after.lines().nth(usize::try_from(line).unwrap() - 1).unwrap();
    assert_eq!(text, "def test_price_raises_value_error_when_items_is_falsy():");
    // They fail until they are written, they earn nothing, and the checklist takes them for tests that assert nothing.
    shop.says(&["run", "tests/test_price.py"], 1);
    assert_eq!(states(&shop, "price")["`items` is falsy: raises `ValueError('nothing to price')`"], "not yet");
    let checklist = shop.json(&["check", "tests/test_price.py", "--format", "json"], 1);
    let findings = checklist["asked"]["findings"].as_array().unwrap();
    let rules = |test: &str| -> Vec<&str> {
        let of = findings.iter().filter(|finding| finding["test"] == test);
        of.map(|finding| finding["rule"].as_str().unwrap()).collect()
    };
    tests.iter().for_each(|test| assert_eq!(rules(test), ["no-assertion"], "{test}"));
    // Asked again, other names are found.
    let again = shop.json(&["guide", "app/price.py:3", "--write", "--item", "3", "--format", "json"], 0);
    assert_eq!(
        again["tests"][0]["test"],
        "tests/test_price.py::test_price_raises_value_error_when_items_is_falsy_otherwise"
    );
    // With everything ticked or untold there is nothing to write.
    shop.says(&["guide", "app/price.py::untested", "--skeleton"], 0);
}

#[test]
fn a_new_test_file_is_named_and_placed_as_pytest_looks_for_it() {
    let config = "[tool.pytest.ini_options]\npythonpath = ['src']\npython_files = ['check_*.py']\npython_functions = ['check_*']\n";
    let shop = Shop::of(&[
        ("pyproject.toml", config),
        ("src/app/__init__.py", ""),
        ("src/app/mod.py", "def clip(x):\n    if x > 18:\n        return 18\n    return x\n"),
        ("checks/check_other.py", "def check_one():\n    assert 1\n"),
    ]);
    let output = shop.lacuna(&["guide", "src/app/mod.py::clip", "--write", "--all"]);
    let (out, err) = (program::stdout(&output), program::stderr(&output));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(err.contains("4 empty tests written to checks/check_mod.py (a new file)"), "{err}");
    let text = shop.read("checks/check_mod.py");
    assert!(text.starts_with("import pytest\n\nfrom app.mod import clip\n\n\ndef check_clip_returns_x():\n"), "{text}");
    assert!(
        text.contains("@pytest.mark.parametrize(\"x\", [17, 18, 19])\ndef check_clip_when_x_is_exactly_18(x):\n"),
        "{text}"
    );
    assert_eq!(collected(&shop).len(), 1 + 3 + 3);
    let refused = shop.lacuna(&["guide", "src/app/mod.py::clip", "--write", "--all", "--into", "checks/mod.py"]);
    assert!(program::stderr(&refused).contains("is no test file by its name"));
    shop.write("checks/check_mod.py", "def broken(:\n");
    let refused = shop.lacuna(&["guide", "src/app/mod.py::clip", "--write", "--all"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(program::stderr(&refused).contains("can't be read as Python: line 1"), "{}", program::stderr(&refused));
    assert_eq!(shop.read("checks/check_mod.py"), "def broken(:\n");
}

#[test]
fn the_first_test_of_a_project_gets_a_folder_and_none_outside_it() {
    let shop = Shop::of(&[
        ("app/__init__.py", ""),
        ("app/one.py", "def one():\n    return 1\n"),
        ("pytest.ini", "[pytest]\n"),
    ]);
    let written = shop.json(&["guide", "app/one.py::one", "--write", "--format", "json"], 0);
    assert_eq!((&written["file"], &written["new"]), (&"tests/test_one.py".into(), &true.into()));
    assert!(shop.read("tests/test_one.py").starts_with("from app.one import one\n\n\ndef test_one_returns_1():\n"));
    std::fs::remove_dir_all(shop.root().join("tests")).unwrap();
    std::fs::create_dir(shop.outside("elsewhere")).unwrap();
    std::os::unix::fs::symlink(shop.outside("elsewhere"), shop.root().join("tests")).unwrap();
    let refused = shop.lacuna(&["guide", "app/one.py::one", "--write"]);
    assert!(program::stderr(&refused).contains("leads out of the project"), "{}", program::stderr(&refused));
    assert_eq!(std::fs::read_dir(shop.outside("elsewhere")).unwrap().count(), 0);
}

#[test]
fn on_the_screen_an_empty_test_is_written_after_it_was_looked_at_and_the_editor_opens_there() {
    let shop = project(true);
    shop.says(&["run", "--all", "--trust"], 0);
    let before = shop.read("tests/test_price.py");
    let noted = shop.outside("noted");
    let mut command = crate::screen::command(&[env!("CARGO_BIN_EXE_lacuna")], &shop.root(), &shop.home());
    for (name, value) in shop.fixed() {
        command.env(name, value);
    }
    command.env("EDITOR", crate::elsewhere::editor(&shop.outside(""), &noted));
    let mut screen = Screen::start(command, (24, 80));
    screen.see("app/price.py");
    screen.press("i");
    screen.see("what a full test covers");
    screen.see("✗    3 `items` is falsy: raises");
    // The cursor is on the first item that no test covers.
    screen.press("n");
    screen.still();
    screen.press("t");
    screen.see("write empty tests?");
    screen.see("def test_price_raises_value_error_when_items_is_falsy():");
    screen.press("\u{1b}");
    screen.see("what a full test covers");
    assert_eq!(shop.read("tests/test_price.py"), before, "to look writes nothing");
    screen.press("t");
    screen.see("write empty tests?");
    screen.press("\r");
    let wanted = format!("+7\n--\n{}\n", shop.root().join("tests/test_price.py").display());
    until(LIMIT, "the editor", || std::fs::read_to_string(&noted).is_ok_and(|said| said == wanted));
    let after = shop.read("tests/test_price.py");
    assert!(
        after.starts_with(&before) && after.lines().nth(6).unwrap().starts_with("def test_price_raises"),
        "{after}"
    );
}

#[test]
fn the_guides_of_the_sample_are_as_they_were() {
    let shop = Shop::with_reports();
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        let of = "shop/orders/utils.py::shipping_for";
        insta::assert_snapshot!("guide_text", shop.says(&["guide", of], 0));
        insta::assert_snapshot!("guide_md", shop.says(&["guide", of, "--format", "md"], 0));
        insta::assert_snapshot!("guide_json", shop.says(&["guide", of, "--format", "json"], 0));
        insta::assert_snapshot!("guide_file_text", shop.says(&["guide", "shop/orders/utils.py"], 0));
        insta::assert_snapshot!("guide_file_md", shop.says(&["guide", "shop/orders/utils.py", "--format", "md"], 0));
    });
}
