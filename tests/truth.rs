//! The ledger's after is what a full rerun gives: file by file, line by line, branch by branch, with real pytest.

use crate::shop::{Shop, agree};

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
    for (path, file) in &ledger {
        let Some(truth) = truth.get(path) else { continue };
        assert!(file.covered.iter().all(|line| truth.covered.contains(line)), "{path} {when}: {file:?} {truth:?}");
        assert!(file.missed.iter().all(|line| truth.missed.contains(line)), "{path} {when}: {file:?} {truth:?}");
    }
}

#[test]
fn the_whole_suite_is_measured_as_pytest_alone_measures_it() {
    let shop = own();
    agree(&shop.ledger(), &shop.truth(), "after run --all");
}

#[test]
fn a_subset_that_runs_again_unchanged_changes_nothing() {
    for (shop, baseline) in [(own(), "lacuna's own"), (reported(), "pytest-cov's")] {
        let truth = shop.truth();
        agree(&shop.ledger(), &truth, &format!("at first, baseline {baseline}"));
        shop.says(&["run", "--trust", "tests/unit/web", "tests/unit/billing/test_payments.py"], 0);
        agree(&shop.ledger(), &truth, &format!("after a subset, baseline {baseline}"));
    }
}

#[test]
fn a_new_test_file_adds_exactly_its_lines() {
    for shop in [own(), reported()] {
        let before = shop.ledger();
        shop.write("tests/unit/reporting/test_exports.py", EXPORTS);
        let run = shop.json(&["run", "--trust", "tests/unit/reporting/test_exports.py", "--format", "json"], 0);
        let report = run["reports"][0].as_str().unwrap();
        assert!(report.contains("- Tests added: 2\n"), "{report}");
        let (after, truth) = (shop.ledger(), shop.truth());
        assert_ne!(before["shop/reporting/exports.py"], truth["shop/reporting/exports.py"]);
        agree(&after, &truth, "after a new test file");
    }
}

#[test]
fn lines_at_the_top_of_a_module_move_what_is_known_and_a_rerun_settles_the_rest() {
    for shop in [own(), reported()] {
        let path = "shop/billing/gateway.py";
        let text = shop.read(path);
        shop.write(path, &format!("# One more comment,\n# and another.\n\n{text}"));
        agree(&shop.ledger(), &shop.truth(), "with comments alone, before any rerun");
        let text = shop.read(path);
        let (docstring, rest) = text.split_once("\n\nfrom __future__ import annotations\n").unwrap();
        let new = "\n\nfrom __future__ import annotations\n\nTIMEOUT = 30\nLIMITS = [\n    1,\n    2,\n]\n";
        shop.write(path, &format!("{docstring}{new}{rest}"));
        is_honest(&shop, "with new statements, before the rerun");
        assert!(!shop.ledger()[path].open.is_empty(), "a new statement stands open until it was measured");
        shop.says(&["run", "--trust", path], 0);
        agree(&shop.ledger(), &shop.truth(), "after the rerun");
    }
}

#[test]
fn a_test_that_is_deleted_takes_its_lines_along() {
    for shop in [own(), reported()] {
        let path = "tests/unit/common/test_retry.py";
        shop.edit(path, "def test_last_error_is_the_cause_when_every_attempt_fails", "def no_test_any_more");
        shop.says(&["run", "--trust", path], 0);
        agree(&shop.ledger(), &shop.truth(), "after a test was deleted");
    }
}

#[test]
fn a_test_file_that_is_renamed_or_deleted_leaves_nothing_behind() {
    for shop in [own(), reported()] {
        let text = shop.read("tests/unit/common/test_retry.py");
        shop.remove("tests/unit/common/test_retry.py");
        let fewer = text.replace("def test_last_error_is_the_cause", "def no_test_any_more");
        shop.write("tests/unit/common/test_backoff.py", &fewer);
        shop.says(&["run", "--trust", "tests/unit/common/test_backoff.py"], 0);
        agree(&shop.ledger(), &shop.truth(), "after a test file was renamed");
        shop.remove("tests/unit/common/test_backoff.py");
        shop.says(&["run", "--trust", "tests/unit/common/test_money.py"], 0);
        agree(&shop.ledger(), &shop.truth(), "after a test file was deleted");
    }
}

#[test]
fn a_statement_that_is_changed_is_open_until_its_tests_ran() {
    for shop in [own(), reported()] {
        let path = "shop/billing/utils.py";
        shop.edit(path, "    total = 0\n", "    total = int(0)\n    if not digits:\n        return 0\n");
        is_honest(&shop, "after a change in a function");
        let ledger = shop.ledger();
        let line = |text: &str| 1 + shop.read(path).lines().position(|line| line.trim() == text).unwrap() as u64;
        for new in ["total = int(0)", "if not digits:", "return 0"] {
            assert!(ledger[path].open.contains(&line(new)), "{new} is open in {:?}", ledger[path]);
        }
        shop.says(&["run", "--trust", path], 1);
        agree(&shop.ledger(), &shop.truth(), "after the rerun");
    }
}

#[test]
fn a_source_that_is_gone_is_in_no_full_run() {
    let shop = own();
    shop.remove("shop/reporting/exports.py");
    shop.says(&["run", "--all", "--trust"], 1);
    agree(&shop.ledger(), &shop.truth(), "after a source was deleted and everything ran");
}
