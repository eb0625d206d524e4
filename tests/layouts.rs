//! Projects as people really lay them out: the ledger says of every file what coverage.py says, and half a suite or a
//! file that changes under way replaces nothing.

use crate::program::stderr;
use crate::shop::Shop;

/// A project with what real ones have: a generated file that git ignores, files in other encodings and with other line
/// ends, one that the report omits, one that nothing imports, a template that is no Python, Django's names for tests.
fn odd() -> Shop {
    let shop = Shop::of(&[
        (".gitignore", "_version.py\n"),
        ("setup.cfg", "[tool:pytest]\npython_files = tests.py\npythonpath = .\nfilterwarnings = error\n"),
        (".coveragerc", "[run]\nbranch = True\nsource = app\n[report]\nomit = app/omitted.py\n"),
        ("app/__init__.py", ""),
        ("app/_version.py", "version = '1.0'\n\n\ndef parts():\n    return version.split('.')\n"),
        ("app/bom.py", "\u{feff}def bom(a):\n    if a:\n        return 1\n    return 2\n"),
        ("app/crlf.py", "def crlf(a):\r\n    if a:\r\n        return 1\r\n    return 2\r\n"),
        ("app/omitted.py", "def om():\n    return 1\n"),
        ("app/never.py", "def never():\n    return 1\n"),
        ("app/page.html", "<p>{{ text }}</p>\n"),
        (
            "app/page.py",
            "code = compile('x = 1', __file__[:-3] + '.html', 'exec')\n\n\ndef show():\n    exec(code, {})\n",
        ),
        ("app/tests.py", TESTS),
    ]);
    std::fs::create_dir(shop.root().join(".git")).unwrap();
    let latin = b"# -*- coding: latin-1 -*-\nNAME = 'caf\xe9'\n\n\ndef name():\n    return NAME\n";
    std::fs::write(shop.root().join("app/latin.py"), latin).unwrap();
    shop
}

const TESTS: &str = "\
import unittest
from app import _version, bom, crlf, latin, omitted, page

def test_bom():
    assert bom.bom(1) == 1 and crlf.crlf(0) == 2

def test_omitted():
    assert omitted.om() and latin.name() and page.show() is None

class Parts(unittest.TestCase):
    def test_parts(self):
        self.assertEqual(_version.parts(), ['1', '0'])
";

#[test]
fn every_file_that_coverage_reports_is_reported_and_no_other() {
    let shop = odd();
    let output = shop.lacuna(&["run", "--all", "--trust"]);
    assert_eq!(stderr(&output).lines().filter(|line| line.starts_with("lacuna: ")).count(), 0, "{}", stderr(&output));
    let (ledger, truth) = (shop.ledger(), shop.truth());
    assert!(truth.contains_key("app/_version.py") && !truth.contains_key("app/omitted.py"), "{:?}", truth.keys());
    assert_eq!(ledger, truth);
    // The names of tests are the project's own: this is a test file, not a source that tests would cover.
    shop.edit("app/bom.py", "        return 1\n", "        a += 0\n        return 1\n");
    shop.says(&["run", "app/tests.py"], 0);
    assert_eq!(shop.ledger(), shop.truth());
}

#[test]
fn a_suite_that_did_not_run_whole_is_no_baseline() {
    let shop = odd();
    shop.write("broken/tests.py", "import nothing_there\n");
    let output = shop.lacuna(&["run", "--all", "--trust"]);
    assert!(stderr(&output).contains("no baseline"), "{}", stderr(&output));
    shop.says(&["report"], 3);
    shop.remove("broken/tests.py");
    shop.says(&["run", "--all"], 0);
    let before = shop.ledger();
    // An end at the first failure leaves tests out as well.
    shop.edit("setup.cfg", "python_files", "addopts = -x\npython_files");
    shop.write("aaa/tests.py", "def test_fails():\n    assert 0\n");
    let output = shop.lacuna(&["run", "--all"]);
    assert!(stderr(&output).contains("no baseline"), "{}", stderr(&output));
    assert_eq!(shop.ledger(), before);
}

#[test]
fn a_test_file_that_cannot_be_collected_takes_nothing_away() {
    let shop = odd();
    shop.says(&["run", "--all", "--trust"], 0);
    let before = shop.ledger();
    let text = shop.read("app/tests.py");
    shop.write("app/tests.py", &format!("{text}\ndef test_(:\n"));
    shop.says(&["run", "app/tests.py"], 1);
    shop.write("app/tests.py", &text);
    assert_eq!(shop.ledger()["app/crlf.py"], before["app/crlf.py"]);
}

#[test]
fn a_source_that_changes_while_the_tests_run_keeps_what_was_known() {
    let shop = odd();
    shop.says(&["run", "--all", "--trust"], 0);
    let before = shop.ledger();
    let text = shop.read("app/tests.py");
    let save = "def test_zz_save():\n    text = open('app/crlf.py', newline='').read()\n    \
                open('app/crlf.py', 'w', newline='').write('# note\\n' + text)\n";
    shop.write("app/tests.py", &format!("{text}\n{save}"));
    let output = shop.lacuna(&["run", "app/tests.py"]);
    assert!(stderr(&output).contains("app/crlf.py: was changed while the tests ran"), "{}", stderr(&output));
    let now = &shop.ledger()["app/crlf.py"];
    let moved: Vec<u64> = before["app/crlf.py"].covered.iter().map(|line| line + 1).collect();
    assert_eq!((&now.covered, now.open.len()), (&moved, 0));
}

#[test]
fn an_installed_copy_stands_for_its_source_while_both_are_the_same() {
    let library = "lib/site-packages/parcel/weights.py";
    let source = "def weigh(x):\n    if x:\n        return 1\n    return 2\n";
    let shop = Shop::of(&[
        ("pytest.ini", "[pytest]\npythonpath = lib/site-packages\n"),
        (".coveragerc", "[run]\nsource_pkgs = parcel\n"),
        ("src/parcel/weights.py", source),
        ("src/parcel/__init__.py", ""),
        (library, source),
        ("lib/site-packages/parcel/__init__.py", ""),
        ("tests/test_parcel.py", "from parcel.weights import weigh\n\ndef test_weigh():\n    assert weigh(1) == 1\n"),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    let ledger = shop.ledger();
    assert_eq!(ledger["src/parcel/weights.py"], shop.truth()[library]);
    assert_eq!(ledger.keys().filter(|path| path.contains("site-packages")).count(), 0, "{:?}", ledger.keys());
    shop.edit("src/parcel/weights.py", "return 2", "return 3");
    let output = shop.lacuna(&["run", "tests/test_parcel.py"]);
    assert!(stderr(&output).contains("pip install -e ."), "{}", stderr(&output));
}

#[test]
fn a_file_that_is_gone_is_no_change_and_in_no_total() {
    let shop = odd();
    shop.write("app/extra.py", "def extra():\n    return 1\n");
    shop.write("more/tests.py", "from app import extra\n\ndef test_extra():\n    assert extra.extra() == 1\n");
    shop.says(&["run", "--all", "--trust"], 0);
    shop.remove("app/extra.py");
    shop.remove("more/tests.py");
    let run = shop.json(&["run", "app/tests.py", "--format", "json"], 0);
    assert_eq!(run["files"].as_array().unwrap().len(), 0, "{}", run["files"]);
    assert_eq!(shop.ledger(), shop.truth());
}
