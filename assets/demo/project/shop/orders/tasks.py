"""Background tasks on orders: expiry of baskets, reminders, stock watch."""

from __future__ import annotations

from datetime import datetime, timedelta

from shop.common import notifications
from shop.common.store import Database
from shop.orders.models import Status

BASKET_LIFETIME = timedelta(days=14)
REMIND_AFTER = timedelta(days=2)
LOW_STOCK = 5


def expire_baskets(db: Database, now: datetime) -> int:
    """Expire baskets that nobody touched for two weeks; how many there were."""
    expired = 0
    for order in db.orders.filter(status=Status.BASKET):
        if now - order.created_at > BASKET_LIFETIME:
            order.move_to(Status.EXPIRED, now)
            expired += 1
    return expired


def remind_abandoned(db: Database, now: datetime) -> int:
    """Write once to the owners of baskets left alone for two days."""
    sent = 0
    for order in db.orders.filter(status=Status.BASKET):
        age = now - order.created_at
        if not order.lines or age < REMIND_AFTER:
            continue
        owner = db.accounts.find(order.account_id)
        if owner is None or not owner.active:
            continue
        letter = notifications.render(
            "basket_waiting",
            to=owner.email,
            name=owner.name,
            count=sum(line.quantity for line in order.lines),
        )
        if notifications.send(db.outbox, letter):
            sent += 1
    return sent


def low_stock(db: Database, now: datetime) -> list[str]:
    """Products to order again, the most urgent first."""
    demand: dict[str, int] = {}
    since = now - timedelta(days=30)
    for order in db.orders.filter(lambda item: item.created_at >= since):
        if order.status in (Status.CANCELLED, Status.EXPIRED):
            continue
        for line in order.lines:
            demand[line.sku] = demand.get(line.sku, 0) + line.quantity
    urgent = [
        product
        for product in db.products
        if product.active and product.available < max(LOW_STOCK, demand.get(product.sku, 0))
    ]
    urgent.sort(key=lambda product: (product.available - demand.get(product.sku, 0), product.sku))
    return [product.sku for product in urgent]
