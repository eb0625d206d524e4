//! Tests: where empty tests go in files of every style, and that nothing else of a file changes.

use super::{Awaiting, Guide, Skeleton, Wanted, guides, skeleton};
use crate::domain::python::sample::python_like;
use crate::domain::python::{Naming, outline};
use crate::domain::quality::{About, check};
use proptest::prelude::*;

const SOURCE: &str = "\
class Cart:
    def total(self, items):
        if items:
            return sum(items)
        return 0

async def fetch(url):
    if not url:
        raise ValueError(url)
    return await get(url)
";

fn guide(name: &str) -> Guide {
    guides(SOURCE).unwrap().into_iter().find(|guide| guide.function.name == name).unwrap()
}

fn written(name: &str, old: Option<&str>, naming: &Naming, awaiting: &Awaiting) -> Result<Skeleton, String> {
    let guide = guide(name);
    let items = guide.items.iter().collect();
    skeleton(&Wanted { function: &guide.function, items, naming, module: "shop.cart", awaiting }, old)
}

fn check_added(name: &str, old: &str, expect: &str) {
    let found = written(name, Some(old), &Naming::default(), &Awaiting::Nothing).unwrap();
    assert_eq!(found.text, expect);
}

/// The first test that is put in, and what stands before it.
fn first(name: &str, old: &str, awaiting: &Awaiting) -> String {
    let found = written(name, Some(old), &Naming::default(), awaiting).unwrap();
    let end = found.text.find("# Arrange").unwrap();
    found.text[..end].trim_end().to_owned()
}

#[test]
fn line_ends_and_indentation_are_those_of_the_file() {
    let old = "from shop.cart import Cart\r\n\r\nclass TestCart:\r\n\tdef test_total(self):\r\n\t\tassert Cart().total([1])\r\n\r\n# The end.";
    let found = written("Cart.total", Some(old), &Naming::default(), &Awaiting::Nothing).unwrap();
    assert!(found.text.starts_with(&old[..old.find("\r\n# The end.").unwrap()]));
    assert!(found.text.ends_with("\r\n# The end."));
    assert_eq!(found.text.matches('\n').count(), found.text.matches("\r\n").count());
    assert!(
        found
            .text
            .contains("\tdef test_total_returns_0(self):\r\n\t\t# Arrange\r\n\r\n\t\t# Act: Cart.total(items)\r\n"),
        "{}",
        found.text
    );
}

#[test]
fn the_class_that_is_named_after_the_function_comes_first() {
    let old = "\
import shop.cart

class TestOther:
    def test_a(self):
        assert shop.cart.Cart().total([])

class TestTotal:
    def test_b(self):
        assert 1
def helper():
    pass
";
    let found = written("Cart.total", Some(old), &Naming::default(), &Awaiting::Nothing).unwrap();
    let names: Vec<&str> = found.tests.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "TestTotal::test_returns_0",
            "TestTotal::test_returns_sum_items_when_items_is_truthy",
            "TestTotal::test_when_items_is_falsy"
        ]
    );
    assert!(found.text.ends_with("goes on\")\n\n\ndef helper():\n    pass\n"), "{}", found.text);
    assert!(!found.text.contains("from shop.cart import"));
}

#[test]
fn without_such_a_class_the_one_that_calls_it_is_taken() {
    let old =
        "from shop.cart import Cart\n\nclass TestShop:\n    def test_a(self):\n        assert Cart().total([]) == 0\n";
    let text = first("Cart.total", old, &Awaiting::Nothing);
    assert_eq!(text, format!("{old}\n    def test_total_returns_0(self):"));
}

#[test]
fn unittest_keeps_its_ways() {
    let old =
        "import unittest\n\nclass CartTests(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(1)\n";
    let expect = "import unittest\nfrom shop.cart import Cart\n\nclass CartTests(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(1)\n\n    def test_total_returns_0(self):";
    assert_eq!(first("Cart.total", old, &Awaiting::Nothing), expect);
    // A class of its own where no class is the function's.
    let text = first("fetch", old, &Awaiting::Plain);
    assert!(
        text.ends_with("\n\n\nclass FetchTests(unittest.TestCase):\n    def test_returns_get_url(self):"),
        "{text}"
    );
}

#[test]
fn asynchronous_functions_are_waited_for_as_the_project_does_it() {
    let old = "import pytest\nfrom shop.cart import fetch\n";
    let text = |awaiting| first("fetch", old, &awaiting);
    assert_eq!(text(Awaiting::Plain), format!("{old}\n\nasync def test_fetch_returns_get_url():"));
    assert_eq!(
        text(Awaiting::Marked("pytest.mark.asyncio".into())),
        format!("{old}\n\n@pytest.mark.asyncio\nasync def test_fetch_returns_get_url():")
    );
    assert_eq!(text(Awaiting::Nothing), format!("{old}\n\ndef test_fetch_returns_get_url():"));
}

#[test]
fn an_import_goes_behind_the_others_and_text_without_an_end_of_line_gets_one() {
    check_added(
        "Cart.total",
        "# Tests.\n\"\"\"Text.\"\"\"\nimport os\n\nX = 1",
        "# Tests.\n\"\"\"Text.\"\"\"\nimport os\nfrom shop.cart import Cart\n\nX = 1\n\n\ndef test_total_returns_0():\n    # Arrange\n\n    # Act: Cart.total(items)\n\n    # Assert\n    raise NotImplementedError(\n        \"happy path: runs to its end and returns `0`\"\n    )\n\n\ndef test_total_returns_sum_items_when_items_is_truthy():\n    # Arrange\n\n    # Act: Cart.total(items)\n\n    # Assert\n    raise NotImplementedError(\"`items` is truthy: returns `sum(items)`\")\n\n\ndef test_total_when_items_is_falsy():\n    # Arrange\n\n    # Act: Cart.total(items)\n\n    # Assert\n    raise NotImplementedError(\"`items` is falsy: goes on\")\n",
    );
}

#[test]
fn a_form_feed_stays_with_the_statement_behind_it() {
    let text = first("fetch", "\u{c}X = 1\n", &Awaiting::Plain);
    assert!(text.starts_with("from shop.cart import fetch\n\n\u{c}X = 1\n"), "{text}");
}

#[test]
fn names_follow_the_patterns_of_the_project_or_nothing_is_made() {
    let naming = |functions: &str| Naming { python_functions: vec![functions.to_owned()], ..Naming::default() };
    let name = |functions: &str| {
        written("Cart.total", None, &naming(functions), &Awaiting::Nothing).map(|found| found.tests[0].0.clone())
    };
    assert_eq!(name("check").unwrap(), "check_total_returns_0");
    assert_eq!(name("*_spec").unwrap(), "total_returns_0_spec");
    assert!(name("[!a-z]*").unwrap_err().contains("python_functions"));
}

#[test]
fn the_checklist_has_nothing_against_the_names() {
    let found = written("Cart.total", None, &Naming::default(), &Awaiting::Nothing).unwrap();
    let naming = Naming::default();
    let about = About::alone(&naming);
    let rules: Vec<&str> = check(&found.text, about).iter().map(|finding| finding.rule.id).collect();
    assert!(!rules.iter().any(|rule| rule.ends_with("-name")), "{rules:?}");
}

proptest! {
    #[test]
    fn whatever_stands_in_the_file_stays(old in python_like()) {
        for name in ["Cart.total", "fetch"] {
            let Ok(found) = written(name, Some(&old), &Naming::default(), &Awaiting::Plain) else { continue };
            // A mark of the byte order is no part of a line: it stays where the file begins.
            let mark = if old.starts_with('\u{feff}') { "\u{feff}" } else { "" };
            prop_assert!(found.text.starts_with(mark));
            let mut rest = found.text.as_str();
            // Each line of the old text is there, in its order.
            for line in old[mark.len()..].split_inclusive('\n') {
                let at = rest.find(line.trim_end_matches('\n'));
                prop_assert!(at.is_some(), "{:?} of {:?} in {:?}", line, old, found.text);
                rest = &rest[at.unwrap() + line.trim_end_matches('\n').len()..];
            }
            prop_assert!(outline(&found.text, &Naming::default()).errors.is_empty());
            prop_assert_eq!(found.tests.len(), guide(name).items.len());
        }
    }
}
