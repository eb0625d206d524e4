"""Endpoints for invoices, payments, refunds and the provider's webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timezone
from typing import Any

from shop.billing.models import Invoice, InvoiceLine, Payment, PaymentStatus
from shop.billing.serializers import (
    PaymentSerializer,
    RefundSerializer,
    WebhookSerializer,
    invoice_json,
    payment_json,
)
from shop.billing.utils import invoice_number, vat_amount, vat_rate
from shop.orders.models import IllegalTransition, Order, Status
from shop.web.messages import HttpError, Request, Response
from shop.web.middleware import idempotent, json_body, logged, login_required, role_required
from shop.web.router import Routes

routes = Routes()


def issue_invoice(request: Request, order: Order) -> Invoice:
    """Invoice for a placed order: every line, then shipping, less the discount."""
    today = datetime.now(timezone.utc).date()
    invoice = Invoice(
        number=invoice_number(today.year, request.db.invoices.next_id()),
        order_id=order.id,
        account_id=order.account_id,
        issued=today,
        country=order.country,
    )
    shares = order.discount.allocate([line.total.cents for line in order.lines])
    for line, discount in zip(order.lines, shares):
        product = request.db.products.find(line.sku)
        rate = vat_rate(order.country, product.category if product else "general")
        net = line.total - discount
        invoice.lines.append(
            InvoiceLine(
                text=f"{line.quantity} x {line.name}",
                net=net,
                vat_rate=rate,
                vat=vat_amount(net, rate),
            )
        )
    if order.shipping:
        rate = vat_rate(order.country)
        invoice.lines.append(InvoiceLine("Shipping", order.shipping, rate, vat_amount(order.shipping, rate)))
    return request.db.invoices.add(invoice)


def _own_invoice(request: Request, number: str) -> Invoice:
    invoice = request.db.invoices.get(number)
    if invoice.account_id != request.user.id and request.user.role == "customer":
        raise HttpError(404, f"no invoice {number}")
    return invoice


def _book(request: Request, invoice: Invoice, amount: Any, reference: str) -> Payment:
    payment = Payment(
        id=request.db.payments.next_id(),
        invoice_number=invoice.number,
        amount=amount,
        reference=reference,
        created_at=datetime.now(timezone.utc),
        status=PaymentStatus.CAPTURED,
    )
    request.db.payments.add(payment)
    invoice.paid = invoice.paid + amount
    if invoice.settled:
        order = request.db.orders.get(invoice.order_id)
        try:
            order.move_to(Status.PAID, payment.created_at)
        except IllegalTransition:
            # Paid after it was cancelled: the refund is a decision of our staff.
            pass
    return payment


@routes.post("/orders/{order_id:int}/invoice")
@login_required
def create_invoice(request: Request, order_id: str) -> Response:
    order = request.db.orders.get(int(order_id))
    if order.account_id != request.user.id and request.user.role == "customer":
        raise HttpError(404, f"no order {order_id}")
    if order.status is not Status.PLACED:
        raise HttpError(409, f"order {order_id} is {order.status.value}")
    existing = request.db.invoices.filter(order_id=order.id)
    if existing:
        return Response(200, invoice_json(existing[0]))
    return Response(201, invoice_json(issue_invoice(request, order)))


@routes.get("/invoices/{number}")
@login_required
def invoice_detail(request: Request, number: str) -> Response:
    today = datetime.now(timezone.utc).date()
    return Response(200, invoice_json(_own_invoice(request, number), today))


@routes.post("/invoices/{number}/payments")
@logged
@login_required
@idempotent
@json_body(PaymentSerializer)
def pay_invoice(request: Request, number: str, data: dict[str, Any]) -> Response:
    invoice = _own_invoice(request, number)
    if invoice.settled:
        raise HttpError(409, f"invoice {number} is paid already")
    if invoice.balance < data["amount"]:
        raise HttpError(422, "the payment is not valid", {"amount": f"is more than {invoice.balance}"})
    payment = _book(request, invoice, data["amount"], data["reference"])
    return Response(201, payment_json(payment))


@routes.post("/payments/{payment_id:int}/refund")
@role_required("staff", "admin")
@json_body(RefundSerializer)
def refund_payment(request: Request, payment_id: str, data: dict[str, Any]) -> Response:
    payment = request.db.payments.get(int(payment_id))
    amount = data["amount"] or payment.refundable
    if data["reason"] == "goodwill" and request.user.role != "admin":
        raise HttpError(403, "goodwill refunds need an administrator")
    try:
        payment.refund(amount)
    except ValueError as error:
        raise HttpError(409, str(error)) from None
    invoice = request.db.invoices.get(payment.invoice_number)
    invoice.paid = invoice.paid - amount
    return Response(200, payment_json(payment))


@routes.post("/webhook")
@logged
def provider_webhook(request: Request) -> Response:
    """Called by the payment provider; trusted only with the right signature."""
    body = json.dumps(request.body, sort_keys=True, separators=(",", ":")).encode()
    expected = hmac.new(
        request.settings.webhook_secret.encode(),
        body,
        hashlib.sha256,
    ).hexdigest()
    if not hmac.compare_digest(request.header("X-Signature"), expected):
        raise HttpError(401, "the signature does not match")
    serializer = WebhookSerializer(request.body or {})
    if not serializer.is_valid():
        raise HttpError(422, "the event is not valid", serializer.errors)
    data = serializer.data
    invoice = request.db.invoices.get(data["invoice"])
    if data["event"] == "payment.failed":
        request.db.payments.add(
            Payment(
                id=request.db.payments.next_id(),
                invoice_number=invoice.number,
                amount=data["amount"],
                reference=data["reference"],
                created_at=datetime.now(timezone.utc),
                status=PaymentStatus.FAILED,
            )
        )
        return Response(202)
    known = request.db.payments.filter(reference=data["reference"], status=PaymentStatus.CAPTURED)
    if known:
        return Response(200, payment_json(known[0]))
    return Response(201, payment_json(_book(request, invoice, data["amount"], data["reference"])))
