//! The ledger's after is what a full rerun gives: file by file, line by line, branch by branch, with real pytest.

use crate::shop::{Shop, agree, of_coverage};

const EXPORTS: &str = "\
from datetime import date, datetime, timezone

import pytest

from shop.common.money import Money
from shop.orders.models import Order, OrderLine, Status
from shop.reporting.exports import orders_csv, revenue_by_country


@pytest.fixture
def paid():
    lines = [OrderLine('SKU-1', 'Article', Money(1000), 2, 500)]
    order = Order(1, account_id=1, created_at=datetime(2026, 6, 1, tzinfo=timezone.utc), country='DE', lines=lines)
    order.status = Status.PAID
    return order


def test_orders_outside_the_period_are_left_out(paid):
    assert orders_csv([paid], date(2026, 7, 1), date(2026, 7, 31)).count('\\n') == 1


def test_revenue_counts_paid_orders(paid):
    assert list(revenue_by_country([paid])) == ['DE']
";

/// A copy whose baseline is what `lacuna run --all` measured.
fn own() -> Shop {
    let shop = Shop::bare();
    shop.says(&["run", "--all", "--trust"], 1);
    shop
}

/// A copy whose baseline is a report and a data file that pytest-cov wrote.
fn reported() -> Shop {
    let shop = Shop::bare();
    shop.measure(&shop.root().join("coverage.json"), &[]);
    std::fs::copy(shop.outside("private.coverage"), shop.root().join(".coverage")).unwrap();
    shop
}

/// Whatever the ledger says of a line is so; what it does not know it says is open.
fn is_honest(shop: &Shop, when: &str) {
    let (ledger, truth) = (shop.ledger(), shop.truth());
    for (path, truth) in &truth {
        let file = &ledger[path];
        assert!(file.covered.iter().all(|line| truth.covered.contains(line)), "{path} {when}: {file:?} {truth:?}");
        assert!(file.missed.iter().all(|line| truth.missed.contains(line)), "{path} {when}: {file:?} {truth:?}");
        let mut all = [&file.covered[..], &file.missed, &file.open].concat();
        all.sort_unstable();
        let mut statements = [&truth.covered[..], &truth.missed].concat();
        statements.sort_unstable();
        assert_eq!(all, statements, "{path} {when}: every statement is covered, missed or open");
    }
}

#[test]
fn the_whole_suite_is_measured_as_pytest_alone_measures_it() {
    let shop = own();
    agree(&shop.ledger(), &shop.truth(), "after run --all");
}

fn subset(shop: &Shop) {
    let truth = shop.truth();
    agree(&shop.ledger(), &truth, "at first");
    shop.says(&["run", "--trust", "tests/unit/web", "tests/unit/billing/test_payments.py"], 0);
    agree(&shop.ledger(), &truth, "after a subset");
}

#[test]
fn a_subset_that_runs_again_unchanged_changes_nothing() {
    subset(&own());
}

#[test]
fn a_subset_changes_nothing_where_pytest_cov_made_the_baseline() {
    subset(&reported());
}

fn new_file(shop: &Shop) {
    let before = shop.ledger();
    shop.write("tests/unit/reporting/test_exports.py", EXPORTS);
    let run = shop.json(&["run", "--trust", "tests/unit/reporting/test_exports.py", "--format", "json"], 0);
    let report = run["reports"][0].as_str().unwrap();
    assert!(report.contains("- Tests added: 2\n"), "{report}");
    let (after, truth) = (shop.ledger(), shop.truth());
    assert_ne!(before["shop/reporting/exports.py"], truth["shop/reporting/exports.py"]);
    agree(&after, &truth, "after a new test file");
}

#[test]
fn a_new_test_file_adds_exactly_its_lines() {
    new_file(&own());
}

#[test]
fn a_new_test_file_adds_exactly_its_lines_where_pytest_cov_made_the_baseline() {
    new_file(&reported());
}

fn lines_at_the_top(shop: &Shop) {
    let path = "shop/billing/gateway.py";
    shop.says(&["report"], 0);
    let text = shop.read(path);
    shop.write(path, &format!("# One more comment,\n# and another.\n\n{text}"));
    agree(&shop.ledger(), &shop.truth(), "with comments alone, before any rerun");
    let new = "from __future__ import annotations\n\nTIMEOUT = 30\nLIMITS = [\n    1,\n    2,\n]\n";
    shop.edit(path, "from __future__ import annotations\n", new);
    is_honest(shop, "with new statements, before the rerun");
    assert_eq!(shop.ledger()[path].open, [8, 9], "new statements stand open until they were measured");
    shop.says(&["run", "--trust", path], 0);
    agree(&shop.ledger(), &shop.truth(), "after the rerun");
}

#[test]
fn lines_at_the_top_of_a_module_move_what_is_known_and_a_rerun_settles_the_rest() {
    lines_at_the_top(&own());
}

#[test]
fn lines_at_the_top_of_a_module_are_settled_where_pytest_cov_made_the_baseline() {
    lines_at_the_top(&reported());
}

#[test]
fn a_module_that_changed_before_anybody_looked_is_unknown_until_its_tests_ran() {
    let shop = reported();
    let path = "shop/billing/gateway.py";
    let annotations = "from __future__ import annotations\n";
    shop.edit(path, annotations, &format!("{annotations}\nEARLY = True\n"));
    is_honest(&shop, "before anybody looked");
    shop.says(&["run", "--trust", path], 0);
    agree(&shop.ledger(), &shop.truth(), "after the rerun");
}

fn deleted_test(shop: &Shop) {
    let path = "tests/unit/common/test_retry.py";
    shop.edit(path, "def test_last_error_is_the_cause_when_every_attempt_fails", "def no_test_any_more");
    shop.says(&["run", "--trust", path], 0);
    is_honest(shop, "after a test was deleted");
    // The tests of the gateway go through the same module; until they ran nobody knows that they don't take its place.
    assert_eq!(shop.ledger()["shop/common/retry.py"].open, [55]);
    shop.says(&["run", "--trust", "tests/unit/billing/test_gateway.py"], 0);
    agree(&shop.ledger(), &shop.truth(), "after the other tests of the module ran");
}

#[test]
fn a_test_that_is_deleted_takes_its_lines_along() {
    deleted_test(&own());
}

#[test]
fn a_test_that_is_deleted_takes_its_lines_along_where_pytest_cov_made_the_baseline() {
    deleted_test(&reported());
}

fn renamed_test_file(shop: &Shop) {
    let text = shop.read("tests/unit/common/test_retry.py");
    shop.remove("tests/unit/common/test_retry.py");
    let fewer = text.replace("def test_last_error_is_the_cause", "def no_test_any_more");
    shop.write("tests/unit/common/test_backoff.py", &fewer);
    let others = "tests/unit/billing/test_gateway.py";
    shop.says(&["run", "--trust", "tests/unit/common/test_backoff.py", others], 0);
    agree(&shop.ledger(), &shop.truth(), "after a test file was renamed");
    shop.remove("tests/unit/common/test_backoff.py");
    is_honest(shop, "after a test file was deleted, before anything ran");
    shop.says(&["run", "--trust", others], 0);
    agree(&shop.ledger(), &shop.truth(), "after a test file was deleted");
}

#[test]
fn a_test_file_that_is_renamed_or_deleted_leaves_nothing_behind() {
    renamed_test_file(&own());
}

#[test]
fn a_test_file_that_is_renamed_or_deleted_leaves_nothing_behind_where_pytest_cov_made_the_baseline() {
    renamed_test_file(&reported());
}

fn statement(shop: &Shop) {
    let path = "shop/billing/utils.py";
    shop.says(&["report"], 0);
    shop.edit(path, "    total = 0\n", "    total = int(0)\n    if not digits:\n        return 0\n");
    is_honest(shop, "after a change in a function");
    let ledger = shop.ledger();
    let line = |text: &str| 1 + shop.read(path).lines().position(|line| line.trim() == text).unwrap() as u64;
    for new in ["total = int(0)", "if not digits:", "return 0"] {
        assert!(ledger[path].open.contains(&line(new)), "{new} is open in {:?}", ledger[path]);
    }
    shop.says(&["run", "--trust", path], 1);
    agree(&shop.ledger(), &shop.truth(), "after the rerun");
}

#[test]
fn a_statement_that_is_changed_is_open_until_its_tests_ran() {
    statement(&own());
}

#[test]
fn a_statement_that_is_changed_is_open_where_pytest_cov_made_the_baseline() {
    statement(&reported());
}

#[test]
fn trap_3_a_run_that_could_not_collect_replaces_nothing() {
    let shop = own();
    let (before, path) = (shop.ledger(), "tests/unit/common/test_retry.py");
    let text = shop.read(path);
    shop.write(path, &format!("{text}\ndef broken(:\n"));
    shop.says(&["run", "--trust", path], 1);
    agree(&shop.ledger(), &before, "after a batch of a file that cannot be collected");
    shop.says(&["run", "--all"], 1);
    agree(&shop.ledger(), &before, "after a whole suite that could not be collected");
    // One failure ends this suite early; that is no whole suite either.
    shop.write(path, &text);
    shop.edit("pyproject.toml", "-ra --strict-markers", "-ra -x");
    let run = shop.lacuna(&["run", "--all"]);
    assert!(crate::program::stderr(&run).contains("so that this is no baseline"), "{run:?}");
    agree(&shop.ledger(), &before, "after a suite that ended early");
    shop.says(&["run", "tests/unit/billing/test_vat.py"], 1);
    agree(&shop.ledger(), &before, "after a batch that ended early");
    shop.edit("pyproject.toml", "-ra -x", "-ra --strict-markers");
    shop.says(&["run", path], 0);
    agree(&shop.ledger(), &before, "after it was mended");
}

#[test]
fn a_source_that_is_gone_is_in_no_full_run() {
    let shop = own();
    shop.remove("shop/reporting/exports.py");
    shop.says(&["run", "--all", "--trust"], 1);
    agree(&shop.ledger(), &shop.truth(), "after a source was deleted and everything ran");
}

#[test]
fn a_new_module_counts_at_once_and_is_open_until_something_runs_it() {
    for shop in [own(), reported()] {
        let path = "shop/reporting/pdf.py";
        shop.write(path, "def page(text):\n    if text:\n        return text\n    return ''\n");
        shop.says(&["run", "--trust", "tests/unit/web/test_router.py"], 0);
        is_honest(&shop, "with a new module that nothing imports");
        let (found, truth) = (shop.ledger(), shop.truth());
        assert_eq!((&found[path].percent, found[path].branches), (&truth[path].percent, truth[path].branches));
        assert_eq!(found[path].open, [1, 2, 3, 4]);
        let test = "from shop.reporting.pdf import page\n\ndef test_page():\n    assert page('a') == 'a'\n";
        shop.write("tests/unit/reporting/test_pdf.py", test);
        shop.says(&["run", "tests/unit/reporting/test_pdf.py"], 0);
        agree(&shop.ledger(), &shop.truth(), "after its first test");
    }
}

/// CI measures with options that the project's configuration does not have, as many do.
fn measured_by_options(options: &[&str]) {
    let shop = Shop::bare();
    let config = shop.read("pyproject.toml");
    shop.write("pyproject.toml", config.split_once("[tool.coverage.run]").unwrap().0);
    shop.measure_as(&shop.root().join("coverage.json"), options);
    std::fs::copy(shop.outside("private.coverage"), shop.root().join(".coverage")).unwrap();
    let file = shop.outside("truth.json");
    shop.measure_as(&file, options);
    let truth = of_coverage(&file);
    agree(&shop.ledger(), &truth, "at first");
    shop.says(&["run", "--trust", "tests/unit/web", "tests/unit/billing/test_payments.py"], 0);
    agree(&shop.ledger(), &truth, "after a subset");
    shop.write("tests/unit/reporting/test_exports.py", EXPORTS);
    shop.says(&["run", "tests/unit/reporting/test_exports.py"], 0);
    shop.measure_as(&file, options);
    agree(&shop.ledger(), &of_coverage(&file), "after a new test file");
}

#[test]
fn trap_6_a_baseline_with_branches_by_option_keeps_them() {
    measured_by_options(&["--cov=shop", "--cov-branch"]);
}

#[test]
fn trap_1_a_baseline_of_one_package_by_option_keeps_its_denominator() {
    measured_by_options(&["--cov=shop"]);
}

/// A test that inserts lines into the module that it has imported, as a person may while a run goes on.
const WRITER: &str = "\
from app import calc

def test_add():
    assert calc.add(1, 2) == 3
    text = open(calc.__file__).read()
    open(calc.__file__, 'w').write('\\n'.join(['# new'] * 3) + '\\n' + text)
";

#[test]
fn a_module_that_is_written_while_its_tests_run_is_unknown_until_they_run_again() {
    let shop = Shop::of(&[
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n"),
        ("app/__init__.py", ""),
        (
            "app/calc.py",
            "def add(a, b):\n    c = a\n    return c + b\n\n\ndef sub(a, b):\n    c = a\n    return c - b\n",
        ),
        ("tests/test_calc.py", "from app import calc\n\ndef test_add():\n    assert calc.add(1, 2) == 3\n"),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    agree(&shop.ledger(), &shop.truth(), "at first");
    shop.write("tests/test_calc.py", WRITER);
    let run = shop.lacuna(&["run", "--trust", "tests/test_calc.py"]);
    assert!(crate::program::stderr(&run).contains("app/calc.py: was changed while the tests ran"), "{run:?}");
    shop.write("tests/test_calc.py", "from app import calc\n\ndef test_add():\n    assert calc.add(1, 2) == 3\n");
    is_honest(&shop, "after the module was written under the tests");
    shop.says(&["run", "--trust", "tests/test_calc.py"], 0);
    agree(&shop.ledger(), &shop.truth(), "after they ran again");
}

#[test]
fn tests_of_a_file_that_cannot_be_collected_are_not_gone() {
    let broken = "def part(x):\n    return x\n";
    let test = "from app.broken import part\n\ndef test_part():\n    assert part(1) == 1\n";
    let other = "def test_other():\n    pass\n";
    let shop = Shop::of(&[
        ("app/__init__.py", ""),
        ("app/broken.py", broken),
        ("tests/test_broken.py", test),
        ("tests/test_other.py", other),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    let ids = ["tests/test_broken.py::test_part", "tests/test_other.py::test_other"];
    for asked in [&ids[..1], &ids[..]] {
        shop.write("app/broken.py", &format!("{broken}\ndef odd(:\n"));
        let output = shop.lacuna(&[&["run"], asked].concat());
        let said = crate::program::stderr(&output);
        assert!(!output.status.success() && said.contains("cannot be collected: SyntaxError"), "{asked:?} {said}");
        assert!(!said.contains("does not exist any more"), "{said}");
        shop.write("app/broken.py", broken);
        let report = shop.json(&["report", "--format", "json"], 0);
        let file = report["files"].as_array().unwrap().iter().find(|file| file["path"] == "app/broken.py").unwrap();
        assert_eq!(file["covered_lines"], serde_json::json!([1, 2]), "{file}");
    }
}
