"""VAT, invoice numbers and payment references."""

from __future__ import annotations

from decimal import Decimal

from shop.common.money import Money

STANDARD_RATES = {
    "AT": Decimal("20"),
    "BE": Decimal("21"),
    "DE": Decimal("19"),
    "DK": Decimal("25"),
    "ES": Decimal("21"),
    "FR": Decimal("20"),
    "IT": Decimal("22"),
    "NL": Decimal("21"),
    "PL": Decimal("23"),
    "SE": Decimal("25"),
}

REDUCED_RATES = {
    ("DE", "books"): Decimal("7"),
    ("DE", "food"): Decimal("7"),
    ("FR", "books"): Decimal("5.5"),
    ("NL", "books"): Decimal("9"),
    ("PL", "books"): Decimal("5"),
}


def vat_rate(country: str, category: str = "general") -> Decimal:
    """The rate in per cent for goods of *category* delivered to *country*."""
    reduced = REDUCED_RATES.get((country, category))
    if reduced is not None:
        return reduced
    try:
        return STANDARD_RATES[country]
    except KeyError:
        raise ValueError(f"no VAT rate for {country}") from None


def vat_amount(net: Money, rate: Decimal) -> Money:
    """VAT on *net*, rounded half up to whole cents."""
    return Money(round(net.cents * rate / 100), net.currency)


def invoice_number(year: int, sequence: int) -> str:
    """Invoice number with a check digit, such as 2026-000042-7."""
    if not 0 < sequence < 1_000_000:
        raise ValueError(f"sequence out of range: {sequence}")
    digits = f"{year}{sequence:06d}"
    return f"{year}-{sequence:06d}-{check_digit(digits)}"


def check_digit(digits: str) -> int:
    """Luhn check digit of *digits*."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit)
        if position % 2 == 0:
            value *= 2
            if value > 9:
                value -= 9
        total += value
    return -total % 10


def is_invoice_number(text: str) -> bool:
    """Whether *text* is a well-formed number with the right check digit."""
    year, _, rest = text.partition("-")
    sequence, _, check = rest.partition("-")
    if not (year.isdigit() and sequence.isdigit() and check.isdigit()):
        return False
    if len(year) != 4 or len(sequence) != 6 or len(check) != 1:
        return False
    return check_digit(year + sequence) == int(check)


def find_reference(text: str) -> str | None:
    """First invoice number in the free text of a bank transfer."""
    cleaned = text.replace("/", " ").replace(",", " ").replace(";", " ")
    for word in cleaned.split():
        candidate = word.strip(".:#")
        if is_invoice_number(candidate):
            return candidate
    return None
