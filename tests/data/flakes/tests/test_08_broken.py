"""Tests that fail whatever is tried."""

import shutil

from bank.account import Account


def test_printer():
    assert shutil.which("bank-printer-that-nobody-has")


def test_interest():
    assert Account("eve").close() == -2
