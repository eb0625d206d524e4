"""Money: parsing, arithmetic, allocation."""

from __future__ import annotations

import pytest

from shop.common.money import CurrencyMismatch, Money


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.50", Money(1250)),
        ("0.005", Money(1)),
        (" 7.1 usd ", Money(710, "USD")),
    ],
)
def test_parse_reads_amount_and_currency(text, expected):
    assert Money.parse(text) == expected


@pytest.mark.parametrize("text", ["1,50", "NaN"])
def test_parse_refuses_what_is_not_an_amount(text):
    with pytest.raises(ValueError, match="is not an amount"):
        Money.parse(text)


class TestArithmetic:
    def test_sum_of_two_amounts(self):
        assert Money(150) + Money(275) == Money(425)

    def test_currencies_do_not_mix(self):
        with pytest.raises(CurrencyMismatch):
            Money(100) + Money(100, "USD")


class TestAllocate:
    def test_no_cent_is_lost(self):
        shares = Money(1000).allocate([1, 1, 1])

        assert Money.total(shares) == Money(1000)

    def test_first_shares_get_the_rest(self):
        assert Money(100).allocate([1, 1, 1]) == [Money(34), Money(33), Money(33)]

    def test_weights_must_not_be_zero(self):
        with pytest.raises(ValueError, match="more than zero"):
            Money(100).allocate([0, 0])


@pytest.mark.parametrize(
    ("cents", "text"),
    [(5, "0.05 EUR"), (-1999, "-19.99 EUR")],
)
def test_text_has_two_decimals(cents, text):
    assert str(Money(cents)) == text
