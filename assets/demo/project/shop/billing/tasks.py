"""Background tasks on invoices: reminders, write-offs, the daily settlement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shop.billing.models import Invoice, PaymentStatus
from shop.common import notifications
from shop.common.money import Money
from shop.common.store import Database

# Days after the due date on which the first, second and third reminder go out.
REMINDER_DAYS = (3, 14, 30)
REMINDER_GRACE = timedelta(days=7)
WRITE_OFF_AFTER = timedelta(days=180)
WRITE_OFF_LIMIT = Money(500)


@dataclass
class Settlement:
    """What one day brought, for the ledger."""

    day: date
    captured: Money = Money(0)
    refunded: Money = Money(0)
    failed: int = 0

    @property
    def net(self) -> Money:
        return self.captured - self.refunded


def reminder_level(invoice: Invoice, today: date) -> int:
    """Which reminder is due today: 0 for none, 1 to 3."""
    if not invoice.overdue(today):
        return 0
    days = (today - invoice.due).days
    level = sum(1 for limit in REMINDER_DAYS if days >= limit)
    return level if level > invoice.reminders else 0


def send_reminders(db: Database, now: datetime) -> int:
    """Send the reminders that are due; how many went out."""
    sent = 0
    for invoice in db.invoices:
        level = reminder_level(invoice, now.date())
        if level == 0:
            continue
        account = db.accounts.get(invoice.account_id)
        letter = notifications.render(
            "payment_reminder",
            to=account.email,
            name=account.name,
            number=invoice.number,
            total=invoice.balance,
            deadline=(now + REMINDER_GRACE).date().isoformat(),
            level=level,
        )
        if notifications.send(db.outbox, letter):
            invoice.reminders = level
            sent += 1
    return sent


def write_off(db: Database, now: datetime) -> Money:
    """Give up small balances that stayed unpaid for half a year."""
    lost = Money(0)
    for invoice in db.invoices.filter(lambda item: not item.settled, written_off=False):
        old = now.date() - invoice.due > WRITE_OFF_AFTER
        if old and invoice.balance < WRITE_OFF_LIMIT:
            invoice.written_off = True
            lost = lost + invoice.balance
    return lost


def settle_day(db: Database, now: datetime) -> Settlement:
    """Captured, failed and refunded payments of the day."""
    settlement = Settlement(now.date())
    for payment in db.payments.filter(lambda item: item.created_at.date() == now.date()):
        if payment.status is PaymentStatus.FAILED:
            settlement.failed += 1
        else:
            settlement.captured = settlement.captured + payment.amount
            settlement.refunded = settlement.refunded + payment.refunded
    return settlement
