"""Order: lines and life cycle."""

from __future__ import annotations

import pytest

from shop.common.money import Money
from shop.orders.models import IllegalTransition, OrderLine, Status


def test_subtotal_adds_up_the_lines(make_order):
    assert make_order((1000, 2), (550, 1)).subtotal == Money(2550)


def test_same_product_goes_on_one_line(make_order):
    order = make_order((1000, 1))

    order.add_line(OrderLine("SKU-1", "Article 1", Money(900), 2))

    assert [(line.quantity, line.unit_price) for line in order.lines] == [(3, Money(900))]


@pytest.mark.parametrize(
    ("start", "target"),
    [
        (Status.BASKET, Status.PLACED),
        (Status.PLACED, Status.PAID),
        (Status.PAID, Status.SHIPPED),
    ],
    ids=lambda status: status.value,
)
def test_allowed_step(make_order, now, start, target):
    order = make_order((1000, 1))
    order.status = start

    order.move_to(target, now)

    assert order.history == [(target, now)]


@pytest.mark.parametrize(
    ("start", "target"),
    [
        (Status.BASKET, Status.SHIPPED),
        (Status.SHIPPED, Status.CANCELLED),
    ],
    ids=lambda status: status.value,
)
def test_forbidden_step(make_order, now, start, target):
    order = make_order((1000, 1))
    order.status = start

    with pytest.raises(IllegalTransition, match=f"is {start.value}"):
        order.move_to(target, now)


def test_empty_basket_cannot_be_placed(make_order, now):
    with pytest.raises(IllegalTransition, match="has no lines"):
        make_order().move_to(Status.PLACED, now)


def test_placed_order_cannot_change(make_order, now):
    order = make_order((1000, 1))
    order.move_to(Status.PLACED, now)

    with pytest.raises(IllegalTransition, match="can no longer change"):
        order.remove_line("SKU-1")
