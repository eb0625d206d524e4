"""Endpoints of the catalogue: lists, search, details, stock."""

from __future__ import annotations

from typing import Any

from shop.catalog.models import Product
from shop.catalog.serializers import ProductSerializer, StockSerializer, product_json
from shop.catalog.utils import parse_price_list, related_tags, search
from shop.web.messages import HttpError, Request, Response
from shop.web.middleware import json_body, role_required
from shop.web.router import Routes

routes = Routes()

SORT_KEYS = {
    "name": lambda product: product.name.lower(),
    "price": lambda product: product.price.cents,
    "newest": lambda product: product.sku,
}


@routes.get("/")
def list_products(request: Request) -> Response:
    products = request.db.products.filter(active=True)
    tag = request.query.get("tag")
    if tag:
        products = [product for product in products if tag in product.tags]
    order = request.query.get("sort", "name")
    descending = order.startswith("-")
    try:
        key = SORT_KEYS[order.lstrip("-")]
    except KeyError:
        raise HttpError(400, f"cannot sort by {order}") from None
    products.sort(key=key, reverse=descending)
    offset, size = request.page()
    page = products[offset : offset + size]
    return Response(
        200,
        {
            "count": len(products),
            "results": [product_json(product) for product in page],
        },
    )


@routes.get("/search")
def search_products(request: Request) -> Response:
    words = request.query.get("q", "")
    if len(words) < 2:
        raise HttpError(400, "search for at least two characters")
    found = search(request.db.products, words)
    return Response(200, {"results": [product_json(product) for product in found]})


@routes.get("/{sku}")
def product_detail(request: Request, sku: str) -> Response:
    product = request.db.products.get(sku)
    staff = request.user is not None and request.user.role in ("staff", "admin")
    if not product.active and not staff:
        raise HttpError(410, f"{sku} is no longer sold")
    body = product_json(product, staff=staff)
    body["related_tags"] = related_tags(product, request.db.products)
    return Response(200, body)


@routes.post("/")
@role_required("staff", "admin")
@json_body(ProductSerializer)
def create_product(request: Request, data: dict[str, Any]) -> Response:
    if request.db.products.find(data["sku"]) is not None:
        raise HttpError(409, f"{data['sku']} exists already")
    product = request.db.products.add(Product(**data))
    return Response(
        201,
        product_json(product, staff=True),
        {"Location": f"/products/{product.sku}"},
    )


@routes.post("/{sku}/stock")
@role_required("staff", "admin")
@json_body(StockSerializer)
def adjust_stock(request: Request, sku: str, data: dict[str, Any]) -> Response:
    product = request.db.products.get(sku)
    changed = product.stock + data["change"]
    if changed < product.reserved:
        raise HttpError(
            409,
            f"{product.reserved} pieces are reserved, the stock cannot fall to {changed}",
        )
    product.stock = changed
    return Response(200, product_json(product, staff=True))


@routes.post("/prices")
@role_required("admin")
def import_prices(request: Request) -> Response:
    text = (request.body or {}).get("csv", "")
    try:
        prices, problems = parse_price_list(text)
    except ValueError as error:
        raise HttpError(422, str(error)) from None
    updated = 0
    for sku, price in prices.items():
        product = request.db.products.find(sku)
        if product is None:
            problems.append(f"{sku}: no such product")
        elif product.price != price:
            product.price = price
            updated += 1
    return Response(200, {"updated": updated, "problems": problems})
