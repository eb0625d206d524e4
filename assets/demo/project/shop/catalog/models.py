"""Products: prices, quantity discounts and stock."""

from __future__ import annotations

from dataclasses import dataclass, field

from shop.common.money import Money


class OutOfStock(ValueError):
    """More was asked for than is left."""


@dataclass(frozen=True)
class PriceBreak:
    """A lower unit price from some quantity on."""

    quantity: int
    price: Money


@dataclass
class Product:
    """Something on sale."""

    sku: str
    name: str
    price: Money
    stock: int = 0
    reserved: int = 0
    grams: int = 0
    category: str = "general"
    tags: frozenset[str] = frozenset()
    breaks: list[PriceBreak] = field(default_factory=list)
    active: bool = True

    @property
    def available(self) -> int:
        return self.stock - self.reserved

    def unit_price(self, quantity: int = 1) -> Money:
        """Price of one piece when *quantity* pieces are bought."""
        best = self.price
        for step in self.breaks:
            if quantity >= step.quantity and step.price < best:
                best = step.price
        return best

    def reserve(self, quantity: int) -> None:
        """Keep *quantity* pieces back for an order."""
        if quantity > self.available:
            raise OutOfStock(f"{self.sku}: {quantity} asked for, {self.available} left")
        self.reserved += quantity

    def release(self, quantity: int) -> None:
        """Give reserved pieces back."""
        self.reserved = max(0, self.reserved - quantity)

    def ship(self, quantity: int) -> None:
        """Take reserved pieces out of the stock."""
        if quantity > self.reserved:
            raise ValueError(f"{self.sku}: {quantity} to ship but {self.reserved} reserved")
        self.reserved -= quantity
        self.stock -= quantity
