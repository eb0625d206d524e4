"""A test that turns of threads decide."""

from bank import ledger


def test_two_clerks():
    assert ledger.post_all([1, 2]) == 3


def test_many_clerks():
    assert ledger.post_all([1] * 8) == 8
