"""CSV and ledger exports for the finance team, run by hand at the end of a month."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from shop.billing.models import Invoice
from shop.common.money import Money
from shop.orders.models import Order, Status

ORDER_COLUMNS = ("id", "date", "status", "country", "pieces", "subtotal", "discount", "shipping", "total")
INVOICE_COLUMNS = ("number", "issued", "due", "net", "vat", "total", "paid", "balance")


def _writer(buffer: io.StringIO, columns: tuple[str, ...]) -> csv.DictWriter:
    writer = csv.DictWriter(buffer, columns, delimiter=";", lineterminator="\n")
    writer.writeheader()
    return writer


def orders_csv(orders: Iterable[Order], since: date, until: date) -> str:
    """Orders created in the period, cancelled ones included."""
    buffer = io.StringIO()
    writer = _writer(buffer, ORDER_COLUMNS)
    for order in sorted(orders, key=lambda item: item.id):
        created = order.created_at.date()
        if not since <= created <= until:
            continue
        if order.status in (Status.BASKET, Status.EXPIRED):
            continue
        writer.writerow(
            {
                "id": order.id,
                "date": created.isoformat(),
                "status": order.status.value,
                "country": order.country,
                "pieces": sum(line.quantity for line in order.lines),
                "subtotal": order.subtotal,
                "discount": order.discount,
                "shipping": order.shipping,
                "total": order.total,
            }
        )
    return buffer.getvalue()


def invoices_csv(invoices: Iterable[Invoice], month: date) -> str:
    """Invoices issued in the month of *month*."""
    buffer = io.StringIO()
    writer = _writer(buffer, INVOICE_COLUMNS)
    for invoice in invoices:
        if (invoice.issued.year, invoice.issued.month) != (month.year, month.month):
            continue
        writer.writerow(
            {
                "number": invoice.number,
                "issued": invoice.issued.isoformat(),
                "due": invoice.due.isoformat(),
                "net": invoice.net,
                "vat": invoice.vat,
                "total": invoice.total,
                "paid": invoice.paid,
                "balance": invoice.balance,
            }
        )
    return buffer.getvalue()


def revenue_by_country(orders: Iterable[Order]) -> dict[str, Money]:
    """Revenue of paid and shipped orders, the largest country first."""
    totals: defaultdict[str, Money] = defaultdict(lambda: Money(0))
    for order in orders:
        if order.status in (Status.PAID, Status.SHIPPED):
            totals[order.country] = totals[order.country] + order.total
    return dict(sorted(totals.items(), key=lambda entry: -entry[1].cents))
