"""Expiry of baskets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop.orders.models import Status
from shop.orders.tasks import expire_baskets


@pytest.mark.parametrize(
    ("days", "status"),
    [(14, Status.BASKET), (15, Status.EXPIRED)],
    ids=["14-days", "15-days"],
)
def test_basket_expires_after_two_weeks(db, make_order, now, days, status):
    order = db.orders.add(make_order((1000, 1)))

    expire_baskets(db, now + timedelta(days=days))

    assert order.status is status
