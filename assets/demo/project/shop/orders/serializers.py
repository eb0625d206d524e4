"""Bodies of the order endpoints, and orders as JSON."""

from __future__ import annotations

from typing import Any

from shop.accounts.models import COUNTRIES
from shop.orders.models import Order
from shop.web.serializers import ChoiceField, IntegerField, ListField, Serializer, TextField


class LineSerializer(Serializer):
    sku = TextField(min_length=3, max_length=20)
    quantity = IntegerField(minimum=1, maximum=99, required=False, default=1)


class OrderSerializer(Serializer):
    lines = ListField(LineSerializer, max_items=50, required=False, default=())
    country = ChoiceField(COUNTRIES, required=False, default="DE")
    coupon = TextField(max_length=20, required=False)

    def validate(self) -> None:
        skus = [line["sku"] for line in self.data["lines"]]
        repeated = sorted({sku for sku in skus if skus.count(sku) > 1})
        if repeated:
            self.errors["lines"] = f"names a product twice: {', '.join(repeated)}"
        if self.data["coupon"] is not None:
            self.data["coupon"] = self.data["coupon"].upper()


class CouponSerializer(Serializer):
    code = TextField(min_length=3, max_length=20)


def order_json(order: Order, with_history: bool = False) -> dict[str, Any]:
    """An order as its owner sees it."""
    body: dict[str, Any] = {
        "id": order.id,
        "status": order.status.value,
        "country": order.country,
        "lines": [
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": str(line.unit_price),
                "total": str(line.total),
            }
            for line in order.lines
        ],
        "subtotal": str(order.subtotal),
        "shipping": str(order.shipping),
        "total": str(order.total),
    }
    if order.discount:
        body["discount"] = str(-order.discount)
        body["coupon"] = order.coupon
    if with_history:
        body["history"] = [{"status": status.value, "when": when.isoformat()} for status, when in order.history]
    return body
