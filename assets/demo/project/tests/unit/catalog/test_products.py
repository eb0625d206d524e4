"""Product: prices and stock."""

from __future__ import annotations

import pytest

from shop.catalog.models import OutOfStock
from shop.common.money import Money


@pytest.mark.parametrize(
    ("quantity", "cents"),
    [(2, 1250), (3, 1100), (10, 990)],
)
def test_unit_price_falls_with_the_quantity(socks, quantity, cents):
    assert socks.unit_price(quantity) == Money(cents)


def test_reserved_pieces_are_not_available(boots):
    boots.reserve(5)

    assert boots.available == 7


def test_more_than_available_cannot_be_reserved(boots):
    with pytest.raises(OutOfStock, match="13 asked for, 12 left"):
        boots.reserve(13)
