"""Bodies of the catalogue endpoints, and products as JSON."""

from __future__ import annotations

from typing import Any

from shop.catalog.models import Product
from shop.web.serializers import (
    IntegerField,
    ListField,
    MoneyField,
    Serializer,
    TextField,
)


class ProductSerializer(Serializer):
    sku = TextField(min_length=3, max_length=20)
    name = TextField(min_length=1, max_length=120)
    price = MoneyField()
    stock = IntegerField(minimum=0, required=False, default=0)
    grams = IntegerField(minimum=0, required=False, default=0)
    tags = ListField(TextField(min_length=2), max_items=10, required=False, default=())

    def validate(self) -> None:
        if not self.data["price"].cents > 0:
            self.errors["price"] = "must be more than zero"
        self.data["tags"] = frozenset(tag.lower() for tag in self.data["tags"])


class StockSerializer(Serializer):
    change = IntegerField(minimum=-10_000, maximum=10_000)
    reason = TextField(min_length=3)


def product_json(product: Product, staff: bool = False) -> dict[str, Any]:
    """A product as customers, or as staff, see it."""
    body: dict[str, Any] = {
        "sku": product.sku,
        "name": product.name,
        "price": str(product.price),
        "in_stock": product.available > 0,
        "tags": sorted(product.tags),
    }
    if product.breaks:
        body["price_breaks"] = [{"from": step.quantity, "price": str(step.price)} for step in product.breaks]
    if staff:
        body.update(
            stock=product.stock,
            reserved=product.reserved,
            active=product.active,
        )
    return body
