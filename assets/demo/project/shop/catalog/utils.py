"""Search, related tags, slugs and the supplier's price list."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from shop.catalog.models import Product
from shop.common.money import Money


def slugify(text: str) -> str:
    """'Crème brûlée (2 pcs)' becomes 'creme-brulee-2-pcs'."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def search(products: Iterable[Product], words: str) -> list[Product]:
    """Active products that match every word, best match first."""
    wanted = words.lower().split()
    if not wanted:
        return []
    hits = []
    for product in products:
        if not product.active:
            continue
        score = _score(product, wanted)
        if score:
            hits.append((score, product))
    hits.sort(key=lambda hit: (-hit[0], hit[1].name))
    return [product for _, product in hits]


def _score(product: Product, wanted: list[str]) -> int:
    name = product.name.lower()
    score = 0
    for word in wanted:
        if word in name.split():
            score += 3
        elif word in name:
            score += 2
        elif word in product.tags:
            score += 1
        else:
            return 0
    return score


def related_tags(product: Product, others: Iterable[Product], limit: int = 4) -> list[str]:
    """Tags of similar products that *product* lacks itself, most frequent first."""
    counts: Counter[str] = Counter()
    for other in others:
        if other is not product and product.tags & other.tags:
            counts.update(other.tags - product.tags)
    return [tag for tag, _ in counts.most_common(limit)]


def parse_price_list(text: str) -> tuple[dict[str, Money], list[str]]:
    """Prices by SKU from the supplier's CSV, and one message per unreadable row."""
    prices: dict[str, Money] = {}
    problems: list[str] = []
    reader = csv.DictReader(io.StringIO(text), delimiter=";")
    if not {"sku", "price"} <= set(reader.fieldnames or ()):
        raise ValueError("the price list needs the columns sku and price")
    for number, row in enumerate(reader, start=2):
        sku = (row["sku"] or "").strip().upper()
        if not sku:
            problems.append(f"row {number}: no SKU")
            continue
        try:
            price = Money.parse((row["price"] or "").replace(",", "."))
        except ValueError as error:
            problems.append(f"row {number}: {error}")
            continue
        if sku in prices and prices[sku] != price:
            problems.append(f"row {number}: {sku} has two prices")
            continue
        prices[sku] = price
    return prices, problems
