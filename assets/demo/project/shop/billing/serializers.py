"""Bodies of the billing endpoints, and invoices and payments as JSON."""

from __future__ import annotations

from datetime import date
from typing import Any

from shop.billing.models import Invoice, Payment
from shop.web.serializers import ChoiceField, MoneyField, Serializer, TextField


class PaymentSerializer(Serializer):
    amount = MoneyField()
    reference = TextField(min_length=4, max_length=140)

    def validate(self) -> None:
        if self.data["amount"].cents <= 0:
            self.errors["amount"] = "must be more than zero"


class RefundSerializer(Serializer):
    amount = MoneyField(required=False)
    reason = ChoiceField(("returned", "damaged", "late", "goodwill"))


class WebhookSerializer(Serializer):
    event = ChoiceField(("payment.captured", "payment.failed"))
    invoice = TextField(min_length=13, max_length=13)
    amount = MoneyField()
    reference = TextField(min_length=4, max_length=140)


def invoice_json(invoice: Invoice, today: date | None = None) -> dict[str, Any]:
    """An invoice with its VAT table; with *today*, also whether it is overdue."""
    body: dict[str, Any] = {
        "number": invoice.number,
        "order": invoice.order_id,
        "issued": invoice.issued.isoformat(),
        "due": invoice.due.isoformat(),
        "lines": [
            {
                "text": line.text,
                "net": str(line.net),
                "vat_rate": f"{line.vat_rate} %",
                "gross": str(line.gross),
            }
            for line in invoice.lines
        ],
        "net": str(invoice.net),
        "vat": {f"{rate} %": str(vat) for rate, vat in invoice.vat_by_rate().items()},
        "total": str(invoice.total),
        "balance": str(invoice.balance),
    }
    if today is not None:
        body["overdue"] = invoice.overdue(today)
        if body["overdue"]:
            body["days_overdue"] = (today - invoice.due).days
    return body


def payment_json(payment: Payment) -> dict[str, Any]:
    """A payment as the owner of the invoice sees it."""
    body: dict[str, Any] = {
        "id": payment.id,
        "invoice": payment.invoice_number,
        "amount": str(payment.amount),
        "status": payment.status.value,
    }
    if payment.refunded:
        body["refunded"] = str(payment.refunded)
    return body
