"""Fixtures for all tests: settings, database, accounts, products and a client."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from shop.accounts.models import Account, Address
from shop.app import App
from shop.catalog.models import PriceBreak, Product
from shop.common.money import Money
from shop.common.store import Database
from shop.orders.models import Order, OrderLine
from shop.settings import Settings
from shop.web.messages import Request


class Client:
    """Sends requests to the application as one account."""

    def __init__(self, app, user=None):
        self.app = app
        self.user = user

    def get(self, path, headers=None, **query):
        return self.app.handle(Request("GET", path, query=query, headers=headers or {}, user=self.user))

    def post(self, path, body=None, headers=None):
        return self.app.handle(Request("POST", path, body=body, headers=headers or {}, user=self.user))

    def delete(self, path):
        return self.app.handle(Request("DELETE", path, user=self.user))


@pytest.fixture(scope="session")
def settings():
    return Settings(secret_key="test-secret", webhook_secret="test-webhook")


@pytest.fixture
def now():
    return datetime(2026, 6, 1, 9, 30, tzinfo=timezone.utc)


@pytest.fixture
def customer(now):
    address = Address("Lindenallee 7", "Potsdam", "14467")
    return Account(1, "ada@example.com", "Ada", "no-password", now, addresses={"billing": address})


@pytest.fixture
def staff(now):
    return Account(2, "grace@example.com", "Grace", "no-password", now, role="staff")


@pytest.fixture
def boots():
    return Product(
        "BOOT-1",
        "Hiking boots",
        Money(8990),
        stock=12,
        grams=1400,
        tags=frozenset({"outdoor", "shoes"}),
    )


@pytest.fixture
def socks():
    return Product(
        "SOCK-1",
        "Wool socks",
        Money(1250),
        stock=200,
        grams=90,
        tags=frozenset({"outdoor", "wool"}),
        breaks=[PriceBreak(3, Money(1100)), PriceBreak(10, Money(990))],
    )


@pytest.fixture
def guide():
    return Product("BOOK-1", "Trail guide", Money(2400), stock=3, grams=420, category="books")


@pytest.fixture
def db(customer, staff, boots, socks, guide):
    database = Database()
    database.accounts.add(customer)
    database.accounts.add(staff)
    database.products.add(boots)
    database.products.add(socks)
    database.products.add(guide)
    return database


@pytest.fixture
def app(settings, db):
    return App(settings, db)


@pytest.fixture
def client(app, customer):
    return Client(app, customer)


@pytest.fixture
def staff_client(app, staff):
    return Client(app, staff)


@pytest.fixture
def anonymous(app):
    return Client(app)


@pytest.fixture
def make_order(now):
    """Basket with one line per (unit price in cents, quantity)."""

    def build(*prices, country="DE", grams=500):
        lines = [
            OrderLine(f"SKU-{index}", f"Article {index}", Money(cents), quantity, grams)
            for index, (cents, quantity) in enumerate(prices, start=1)
        ]
        return Order(1, account_id=1, created_at=now, country=country, lines=lines)

    return build
