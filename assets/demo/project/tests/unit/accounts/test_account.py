"""Account and address models."""

from __future__ import annotations

from shop.accounts.models import Address


def test_login_resets_the_failures(customer):
    customer.failed_logins = 4

    customer.record_login(True)

    assert customer.failed_logins == 0


def test_billing_address_serves_for_shipping(customer):
    assert customer.shipping_address.city == "Potsdam"


def test_german_label():
    address = Address("Lindenallee 7", "Potsdam", "14467")

    assert address.lines("Ada") == ["Ada", "Lindenallee 7", "14467 Potsdam", "DE"]
