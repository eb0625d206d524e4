"""In-memory storage: one Store per model, one Database around them."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class NotFound(LookupError):
    """No item with that key."""


class DuplicateKey(ValueError):
    """An item with that key exists already."""


class Store(Generic[T]):
    """Items by key, in the order they were added."""

    def __init__(self, name: str, key: str = "id") -> None:
        self.name = name
        self.key = key
        self._items: dict[Any, T] = {}
        self._sequence = itertools.count(1)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._items.values()))

    def __repr__(self) -> str:  # pragma: no cover
        return f"<Store {self.name}: {len(self)} items>"

    def next_id(self) -> int:
        return next(self._sequence)

    def add(self, item: T) -> T:
        key = getattr(item, self.key)
        if key in self._items:
            raise DuplicateKey(f"{self.name} {key} exists already")
        self._items[key] = item
        return item

    def get(self, key: Any) -> T:
        try:
            return self._items[key]
        except KeyError:
            raise NotFound(f"no {self.name} {key}") from None

    def find(self, key: Any) -> T | None:
        return self._items.get(key)

    def filter(self, predicate: Callable[[T], bool] | None = None, **criteria: Any) -> list[T]:
        """Items that satisfy the predicate and have all the attribute values."""
        found = []
        for item in self:
            if predicate is not None and not predicate(item):
                continue
            if all(getattr(item, name) == value for name, value in criteria.items()):
                found.append(item)
        return found

    def remove(self, key: Any) -> None:
        if self._items.pop(key, None) is None:
            raise NotFound(f"no {self.name} {key}")


class Database:
    """All stores of the service."""

    def __init__(self) -> None:
        self.accounts: Store[Any] = Store("account")
        self.products: Store[Any] = Store("product", key="sku")
        self.orders: Store[Any] = Store("order")
        self.invoices: Store[Any] = Store("invoice", key="number")
        self.payments: Store[Any] = Store("payment")
        self.outbox: list[Any] = []

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """Undo every change made inside when the block raises."""
        stores = [self.accounts, self.products, self.orders, self.invoices, self.payments]
        saved = [copy.deepcopy(store._items) for store in stores]
        letters = list(self.outbox)
        try:
            yield self
        except BaseException:
            for store, items in zip(stores, saved):
                store._items = items
            self.outbox[:] = letters
            raise
