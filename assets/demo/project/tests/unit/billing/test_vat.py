"""VAT rates and amounts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shop.billing.utils import vat_amount, vat_rate
from shop.common.money import Money


@pytest.mark.parametrize(
    ("country", "category", "rate"),
    [
        ("DE", "books", "7"),
        ("FR", "books", "5.5"),
    ],
)
def test_rate_by_country_and_category(country, category, rate):
    assert vat_rate(country, category) == Decimal(rate)


def test_country_without_a_rate_is_refused():
    with pytest.raises(ValueError, match="no VAT rate for CH"):
        vat_rate("CH")


@pytest.mark.parametrize(
    ("net", "rate", "vat"),
    [
        ("19.99", "19", "3.80"),
        ("1.50", "9", "0.14"),
        ("2.50", "5", "0.13"),
    ],
)
def test_vat_is_rounded_half_up(net, rate, vat):
    assert vat_amount(Money.parse(net), Decimal(rate)) == Money.parse(vat)
