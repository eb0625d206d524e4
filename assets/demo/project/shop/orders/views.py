"""Endpoints for baskets and orders."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from shop.catalog.models import OutOfStock
from shop.common import notifications
from shop.orders.models import IllegalTransition, Order, OrderLine, Status
from shop.orders.serializers import CouponSerializer, LineSerializer, OrderSerializer, order_json
from shop.orders.utils import COUPONS, CouponError, discount_for, quote
from shop.web.messages import HttpError, Request, Response
from shop.web.middleware import idempotent, json_body, logged, login_required, role_required
from shop.web.router import Routes

routes = Routes()


def _own_order(request: Request, order_id: str) -> Order:
    order = request.db.orders.get(int(order_id))
    if order.account_id != request.user.id and request.user.role == "customer":
        raise HttpError(404, f"no order {order_id}")
    return order


def _line(request: Request, sku: str, quantity: int) -> OrderLine:
    product = request.db.products.find(sku)
    if product is None or not product.active:
        raise HttpError(422, "the order is not valid", {"sku": f"{sku} is not for sale"})
    return OrderLine(
        sku=product.sku,
        name=product.name,
        unit_price=product.unit_price(quantity),
        quantity=quantity,
        grams=product.grams,
    )


def _requote(request: Request, order: Order) -> None:
    today = datetime.now(timezone.utc).date()
    quote(order, today, request.settings.free_shipping_from)


@routes.get("/")
@login_required
def list_orders(request: Request) -> Response:
    orders = request.db.orders.filter(account_id=request.user.id)
    wanted = request.query.get("status")
    if wanted is not None:
        if wanted not in {status.value for status in Status}:
            raise HttpError(400, f"no such status: {wanted}")
        orders = [order for order in orders if order.status.value == wanted]
    orders.sort(key=lambda order: order.id, reverse=True)
    offset, size = request.page()
    return Response(
        200,
        {
            "count": len(orders),
            "results": [order_json(order) for order in orders[offset : offset + size]],
        },
    )


@routes.post("/")
@logged
@login_required
@idempotent
@json_body(OrderSerializer)
def create_order(request: Request, data: dict[str, Any]) -> Response:
    coupon = data["coupon"]
    if coupon is not None and coupon not in COUPONS:
        raise HttpError(422, "the order is not valid", {"coupon": "is not known"})
    lines = [_line(request, line["sku"], line["quantity"]) for line in data["lines"]]
    order = Order(
        id=request.db.orders.next_id(),
        account_id=request.user.id,
        created_at=datetime.now(timezone.utc),
        country=data["country"],
        currency=request.settings.currency,
        lines=lines,
        coupon=coupon,
    )
    _requote(request, order)
    request.db.orders.add(order)
    return Response(201, order_json(order), {"Location": f"/orders/{order.id}"})


@routes.get("/{order_id:int}")
@login_required
def order_detail(request: Request, order_id: str) -> Response:
    return Response(200, order_json(_own_order(request, order_id), with_history=True))


@routes.post("/{order_id:int}/lines")
@login_required
@json_body(LineSerializer)
def add_line(request: Request, order_id: str, data: dict[str, Any]) -> Response:
    order = _own_order(request, order_id)
    try:
        order.add_line(_line(request, data["sku"], data["quantity"]))
    except IllegalTransition as error:
        raise HttpError(409, str(error)) from None
    _requote(request, order)
    return Response(200, order_json(order))


@routes.delete("/{order_id:int}/lines/{sku}")
@login_required
def remove_line(request: Request, order_id: str, sku: str) -> Response:
    order = _own_order(request, order_id)
    try:
        order.remove_line(sku)
    except IllegalTransition as error:
        raise HttpError(409, str(error)) from None
    except KeyError:
        raise HttpError(404, f"{sku} is not in order {order_id}") from None
    _requote(request, order)
    return Response(200, order_json(order))


@routes.post("/{order_id:int}/coupon")
@login_required
@json_body(CouponSerializer)
def apply_coupon(request: Request, order_id: str, data: dict[str, Any]) -> Response:
    order = _own_order(request, order_id)
    coupon = COUPONS.get(data["code"].upper())
    if coupon is None:
        raise HttpError(422, "the coupon is not valid", {"code": "is not known"})
    try:
        discount_for(order, coupon, datetime.now(timezone.utc).date())
    except CouponError as error:
        raise HttpError(422, "the coupon is not valid", {"code": str(error)}) from None
    order.coupon = coupon.code
    _requote(request, order)
    return Response(200, order_json(order))


@routes.post("/{order_id:int}/place")
@logged
@login_required
def place_order(request: Request, order_id: str) -> Response:
    """Reserve the stock of every line, or of none, and place the order."""
    order = _own_order(request, order_id)
    reserved = []
    try:
        for line in order.lines:
            product = request.db.products.get(line.sku)
            product.reserve(line.quantity)
            reserved.append((product, line.quantity))
        order.move_to(Status.PLACED, datetime.now(timezone.utc))
    except (OutOfStock, IllegalTransition) as error:
        for product, quantity in reserved:
            product.release(quantity)
        raise HttpError(409, str(error)) from None
    notifications.send(
        request.db.outbox,
        notifications.render(
            "order_placed",
            to=request.user.email,
            name=request.user.name,
            number=order.id,
            total=order.total,
        ),
    )
    return Response(200, order_json(order))


@routes.post("/{order_id:int}/cancel")
@login_required
def cancel_order(request: Request, order_id: str) -> Response:
    order = _own_order(request, order_id)
    was_open = order.is_open
    if order.status is Status.PAID and request.user.role == "customer":
        raise HttpError(409, "a paid order is cancelled by our staff, who refund it")
    try:
        order.move_to(Status.CANCELLED, datetime.now(timezone.utc))
    except IllegalTransition as error:
        raise HttpError(409, str(error)) from None
    if was_open:
        for line in order.lines:
            request.db.products.get(line.sku).release(line.quantity)
    return Response(200, order_json(order))


@routes.post("/{order_id:int}/ship")
@role_required("staff", "admin")
def ship_order(request: Request, order_id: str) -> Response:
    order = request.db.orders.get(int(order_id))
    try:
        order.move_to(Status.SHIPPED, datetime.now(timezone.utc))
    except IllegalTransition as error:
        raise HttpError(409, str(error)) from None
    for line in order.lines:
        request.db.products.get(line.sku).ship(line.quantity)
    owner = request.db.accounts.get(order.account_id)
    notifications.send(
        request.db.outbox,
        notifications.render(
            "order_shipped",
            to=owner.email,
            name=owner.name,
            number=order.id,
        ),
    )
    return Response(200, order_json(order, with_history=True))
