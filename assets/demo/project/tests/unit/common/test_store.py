"""Store and Database: keys, filters, transactions."""

from __future__ import annotations

import pytest

from shop.common.money import Money
from shop.common.store import DuplicateKey, NotFound, Store
from shop.orders.models import Order


@pytest.fixture
def orders(now):
    store = Store("order")
    store.add(Order(1, account_id=10, created_at=now))
    store.add(Order(2, account_id=20, created_at=now, country="FR"))
    store.add(Order(3, account_id=10, created_at=now, country="FR"))
    return store


def test_ids_grow_by_one():
    store = Store("order")

    for expected in (1, 2, 3):
        assert store.next_id() == expected


def test_missing_key_is_named(orders):
    with pytest.raises(NotFound, match="no order 99"):
        orders.get(99)


def test_key_is_unique(orders, now):
    with pytest.raises(DuplicateKey):
        orders.add(Order(1, account_id=30, created_at=now))


def test_filter_combines_attributes(orders):
    found = orders.filter(account_id=10, country="FR")

    assert [order.id for order in found] == [3]


def test_filter_takes_a_predicate(orders):
    found = orders.filter(lambda order: order.id > 1)

    assert [order.id for order in found] == [2, 3]


class TestTransaction:
    def test_changes_stay_when_the_block_ends(self, db):
        with db.transaction():
            db.products.get("BOOT-1").price = Money(7990)

        assert db.products.get("BOOT-1").price == Money(7990)

    def test_changes_are_undone_when_the_block_raises(self, db):
        with pytest.raises(RuntimeError), db.transaction():
            db.products.get("BOOT-1").stock = 0
            raise RuntimeError("printer on fire")

        assert db.products.get("BOOT-1").stock == 12
