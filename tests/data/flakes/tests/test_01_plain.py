import pytest

from bank import rates
from bank.account import Account


@pytest.mark.parametrize("amount", range(12))
def test_deposit(amount):
    account = Account("ann")
    account.deposit(amount)
    assert account.balance == amount


def test_pounds():
    assert rates.TABLE["GBP"] == 4.0


def test_stable():
    assert sorted({3, 1, 2}) == [1, 2, 3]
