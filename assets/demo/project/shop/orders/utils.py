"""Pricing of orders: coupons, shipping and the quote that joins them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shop.common.money import Money
from shop.orders.models import Order

ZONES = {
    "DE": "home",
    "AT": "near",
    "BE": "near",
    "DK": "near",
    "FR": "near",
    "NL": "near",
    "PL": "near",
    "ES": "far",
    "IT": "far",
    "SE": "far",
}

# Up to so many grams: cents per zone.
RATES = (
    (1_000, {"home": 390, "near": 890, "far": 1190}),
    (5_000, {"home": 590, "near": 1290, "far": 1690}),
    (20_000, {"home": 990, "near": 1990, "far": 2690}),
)


class CouponError(ValueError):
    """The coupon does not apply; the message says why."""


@dataclass(frozen=True)
class Coupon:
    """A code that makes an order cheaper."""

    code: str
    kind: str
    value: int
    minimum: Money = Money(0)
    valid_until: date | None = None
    countries: frozenset[str] = frozenset()


COUPONS = {
    coupon.code: coupon
    for coupon in (
        Coupon("WELCOME10", "percent", 10),
        Coupon("FIVEOFF", "fixed", 500, minimum=Money(2500)),
        Coupon("BUNDLE3", "cheapest_free", 3),
        Coupon("WINTER25", "percent", 25, minimum=Money(8000), valid_until=date(2026, 2, 28)),
        Coupon("NORDIC", "fixed", 1000, countries=frozenset({"DK", "SE"})),
    )
}


def discount_for(order: Order, coupon: Coupon, today: date) -> Money:
    """What *coupon* takes off the subtotal; never more than the subtotal."""
    subtotal = order.subtotal
    if coupon.valid_until is not None and today > coupon.valid_until:
        raise CouponError(f"{coupon.code} expired on {coupon.valid_until}")
    if subtotal < coupon.minimum:
        raise CouponError(f"{coupon.code} needs an order of {coupon.minimum}")
    if coupon.countries and order.country not in coupon.countries:
        raise CouponError(f"{coupon.code} is not valid in {order.country}")
    if coupon.kind == "percent":
        return Money(subtotal.cents * coupon.value // 100, order.currency)
    if coupon.kind == "fixed":
        return Money(min(coupon.value, subtotal.cents), order.currency)
    if coupon.kind == "cheapest_free":
        pieces = sorted(price for line in order.lines for price in [line.unit_price.cents] * line.quantity)
        free = len(pieces) // coupon.value
        return Money(sum(pieces[:free]), order.currency)
    raise CouponError(f"{coupon.code} has the unknown kind {coupon.kind}")


def shipping_for(order: Order, free_from: int) -> Money:
    """Shipping by weight and country; free inside the country from some total on."""
    zone = ZONES.get(order.country)
    if zone is None:
        raise ValueError(f"no shipping to {order.country}")
    if zone == "home" and order.subtotal.cents >= free_from:
        return Money(0, order.currency)
    for up_to, cents in RATES:
        if order.grams <= up_to:
            return Money(cents[zone], order.currency)
    parcels, rest = divmod(order.grams, RATES[-1][0])
    fee = parcels * RATES[-1][1][zone]
    if rest:
        fee += RATES[-1][1][zone]
    return Money(fee, order.currency)


def quote(order: Order, today: date, free_from: int) -> Order:
    """Fill in discount and shipping; a coupon that no longer applies is dropped."""
    order.discount = Money(0, order.currency)
    if order.coupon is not None:
        try:
            order.discount = discount_for(order, COUPONS[order.coupon], today)
        except CouponError:
            order.coupon = None
    order.shipping = shipping_for(order, free_from) if order.lines else Money(0, order.currency)
    return order
