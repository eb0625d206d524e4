"""Accounts through the application."""

from __future__ import annotations

from shop.accounts.utils import issue_token


def test_own_account_needs_a_login(anonymous):
    assert anonymous.get("/accounts/me").status == 401


def test_token_signs_in(anonymous, settings):
    token = issue_token(1, settings.secret_key, 60)

    response = anonymous.get("/accounts/me", headers={"authorization": f"Bearer {token}"})

    assert response.body["email"] == "ada@example.com"


def test_forged_token_does_not_sign_in(anonymous):
    token = issue_token(1, "guess", 60)

    assert anonymous.get("/accounts/me", headers={"Authorization": f"Bearer {token}"}).status == 401


def test_sign_up_creates_an_account(anonymous, db):
    body = {"email": "Joan+shop@example.com", "name": "Joan", "password": "correct horse 9"}
    db.accounts.next_id()
    db.accounts.next_id()

    response = anonymous.post("/accounts/signup", body)

    assert response.status == 201
    assert db.accounts.get(3).email == "joan@example.com"
