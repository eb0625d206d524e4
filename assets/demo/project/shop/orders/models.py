"""Orders: lines, totals and the life cycle from basket to delivery."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from shop.common.money import Money


class Status(str, Enum):
    """Where an order stands."""

    BASKET = "basket"
    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


TRANSITIONS = {
    Status.BASKET: {Status.PLACED, Status.EXPIRED, Status.CANCELLED},
    Status.PLACED: {Status.PAID, Status.CANCELLED},
    Status.PAID: {Status.SHIPPED, Status.CANCELLED},
    Status.SHIPPED: set(),
    Status.CANCELLED: set(),
    Status.EXPIRED: set(),
}


class IllegalTransition(ValueError):
    """The order cannot go from where it stands to where it was sent."""


@dataclass
class OrderLine:
    """Some pieces of one product, at the price they had when added."""

    sku: str
    name: str
    unit_price: Money
    quantity: int
    grams: int = 0

    @property
    def total(self) -> Money:
        return self.unit_price * self.quantity


@dataclass
class Order:
    """A basket at first, an order once placed."""

    id: int
    account_id: int
    created_at: datetime
    country: str = "DE"
    currency: str = "EUR"
    status: Status = Status.BASKET
    lines: list[OrderLine] = field(default_factory=list)
    coupon: str | None = None
    discount: Money = Money(0)
    shipping: Money = Money(0)
    history: list[tuple[Status, datetime]] = field(default_factory=list)

    @property
    def subtotal(self) -> Money:
        return Money.total((line.total for line in self.lines), self.currency)

    @property
    def total(self) -> Money:
        return self.subtotal - self.discount + self.shipping

    @property
    def grams(self) -> int:
        return sum(line.grams * line.quantity for line in self.lines)

    @property
    def is_open(self) -> bool:
        return self.status in (Status.PLACED, Status.PAID)

    def line_for(self, sku: str) -> OrderLine | None:
        for line in self.lines:
            if line.sku == sku:
                return line
        return None

    def add_line(self, line: OrderLine) -> None:
        """Add a line, or more pieces to the line of the same product."""
        self._must_be_basket()
        existing = self.line_for(line.sku)
        if existing is None:
            self.lines.append(line)
        else:
            existing.quantity += line.quantity
            existing.unit_price = line.unit_price

    def remove_line(self, sku: str) -> OrderLine:
        self._must_be_basket()
        line = self.line_for(sku)
        if line is None:
            raise KeyError(sku)
        self.lines.remove(line)
        return line

    def move_to(self, status: Status, when: datetime) -> None:
        """Go on to *status*, if that is allowed from here."""
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransition(f"order {self.id} is {self.status.value}, cannot become {status.value}")
        if status is Status.PLACED and not self.lines:
            raise IllegalTransition(f"order {self.id} has no lines")
        self.status = status
        self.history.append((status, when))

    def _must_be_basket(self) -> None:
        if self.status is not Status.BASKET:
            raise IllegalTransition(f"order {self.id} is {self.status.value} and can no longer change")
