"""Password hashes and rules."""

from __future__ import annotations

import pytest

from shop.accounts.utils import hash_password, normalise_email, password_problems, verify_password


def test_right_password_is_verified():
    assert verify_password("correct horse 9", hash_password("correct horse 9"))


def test_wrong_password_is_refused():
    assert not verify_password("correct horse 8", hash_password("correct horse 9"))


def test_damaged_hash_is_refused():
    assert not verify_password("correct horse 9", "60000$not-hex")


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short 1", "use at least 10 characters"),
        ("onlyletters", "mix letters with digits or signs"),
        ("ada.lovelace-1", "do not repeat your e-mail address"),
    ],
    ids=["short", "letters-only", "contains-address"],
)
def test_weak_password_is_explained(password, problem):
    assert problem in password_problems(password, "ada.lovelace@example.com")


def test_good_password_has_no_problems():
    assert password_problems("correct horse 9", "ada@example.com") == []


def test_address_has_one_spelling():
    assert normalise_email(" Ada+News@Example.COM ") == "ada@example.com"
