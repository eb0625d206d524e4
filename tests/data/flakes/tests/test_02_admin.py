"""Tests that leave something behind."""

import os
import tempfile
from pathlib import Path

from bank import account, rates, session


def test_discount_dollars():
    rates.discount("USD", 0.5)
    assert rates.convert(2, "USD") == 2.0


def test_open_till():
    account.Till.open()
    assert account.Till.is_open()


def test_waive_fees():
    account.waive_fees()
    assert account.Account("bob").close() == 0


def test_archive():
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    Path("archive.txt").write_text("all of it")
    assert Path("archive.txt").exists()


def test_move_region():
    os.environ["BANK_REGION"] = "mars"
    assert os.environ["BANK_REGION"] == "mars"


def test_close_of_day():
    Path(__file__).with_name("day.closed").write_text("yes")


def test_login():
    session.login("carol")
    assert session.whoami() == "carol"


def test_grant_write():
    session.grant("write")
    assert session.may("write")
