"""Tests that what ran before decides."""

import os
from pathlib import Path

from bank import rates, session
from bank.account import Account, Till


def test_dollars():
    assert rates.convert(3, "USD") == 6.0


def test_till_is_shut():
    assert not Till.is_open()


def test_fee():
    account = Account("dave")
    account.deposit(10)
    assert account.close() == 7


def test_letter():
    assert Path("templates/letter.txt").read_text().startswith("Dear")


def test_region():
    assert os.environ.get("BANK_REGION", "earth") == "earth"


def test_day_is_open():
    assert not Path(__file__).with_name("day.closed").exists()


def test_who():
    assert session.whoami() == "carol"


def test_carol_cannot_write():
    if session.CURRENT.get("name") == "carol":
        assert not session.may("write")
