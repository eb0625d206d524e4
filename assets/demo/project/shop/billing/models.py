"""Invoices, payments and refunds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum

from shop.common.money import Money


class PaymentStatus(str, Enum):
    PENDING = "pending"
    CAPTURED = "captured"
    FAILED = "failed"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class InvoiceLine:
    """One position, net."""

    text: str
    net: Money
    vat_rate: Decimal
    vat: Money

    @property
    def gross(self) -> Money:
        return self.net + self.vat


@dataclass
class Payment:
    """Money that came in, or tried to."""

    id: int
    invoice_number: str
    amount: Money
    reference: str
    created_at: datetime
    status: PaymentStatus = PaymentStatus.PENDING
    refunded: Money = Money(0)

    @property
    def refundable(self) -> Money:
        if self.status is not PaymentStatus.CAPTURED:
            return Money(0, self.amount.currency)
        return self.amount - self.refunded

    def refund(self, amount: Money) -> None:
        """Give back *amount*, at most what is left of the payment."""
        if amount.cents <= 0:
            raise ValueError("a refund must be more than zero")
        if self.refundable < amount:
            raise ValueError(f"only {self.refundable} of payment {self.id} can be refunded")
        self.refunded = self.refunded + amount
        if self.refunded == self.amount:
            self.status = PaymentStatus.REFUNDED


@dataclass
class Invoice:
    """What a customer owes for one order."""

    number: str
    order_id: int
    account_id: int
    issued: date
    country: str = "DE"
    lines: list[InvoiceLine] = field(default_factory=list)
    paid: Money = Money(0)
    reminders: int = 0
    written_off: bool = False

    PAYMENT_DAYS = 14

    @property
    def due(self) -> date:
        return self.issued + timedelta(days=self.PAYMENT_DAYS)

    @property
    def net(self) -> Money:
        return Money.total(line.net for line in self.lines)

    @property
    def vat(self) -> Money:
        return Money.total(line.vat for line in self.lines)

    @property
    def total(self) -> Money:
        return self.net + self.vat

    @property
    def balance(self) -> Money:
        """What is still to be paid; negative when too much came in."""
        return self.total - self.paid

    @property
    def settled(self) -> bool:
        return self.balance.cents <= 0

    def overdue(self, today: date) -> bool:
        return not self.settled and not self.written_off and today > self.due

    def vat_by_rate(self) -> dict[Decimal, Money]:
        """VAT per rate, highest rate first, as the law wants it on the page."""
        totals: dict[Decimal, Money] = {}
        for line in self.lines:
            totals[line.vat_rate] = totals.get(line.vat_rate, Money(0)) + line.vat
        return dict(sorted(totals.items(), reverse=True))
