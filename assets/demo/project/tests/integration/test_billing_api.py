"""Invoices and payments through the application."""

from __future__ import annotations

import pytest


def test_invoice_splits_vat_by_rate(invoice):
    assert list(invoice["vat"]) == ["19 %", "7 %"]


def test_order_has_one_invoice(client, placed, invoice):
    again = client.post(f"/billing/orders/{placed}/invoice")

    assert (again.status, again.body["number"]) == (200, invoice["number"])


def test_basket_has_no_invoice(client, basket):
    assert client.post(f"/billing/orders/{basket}/invoice").status == 409


def test_payment_in_full_settles_the_order(client, db, placed, invoice):
    body = {"amount": invoice["balance"], "reference": "bank transfer"}

    client.post(f"/billing/invoices/{invoice['number']}/payments", body)

    assert db.orders.get(placed).status.value == "paid"


@pytest.mark.parametrize("signature", ["", "0" * 64], ids=["missing", "wrong"])
def test_webhook_needs_the_right_signature(anonymous, signature):
    response = anonymous.post("/billing/webhook", {}, headers={"X-Signature": signature})

    assert response.status == 401
