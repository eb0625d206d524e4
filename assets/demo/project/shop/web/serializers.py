"""Declarative validation of request bodies: fields and the Serializer base class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from shop.common.money import Money

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_MISSING = object()


class Invalid(ValueError):
    """A value that a field refuses; the message is meant for the client."""


class Field:
    """One key of the body."""

    def __init__(self, *, required: bool = True, default: Any = None) -> None:
        self.required = required
        self.default = default

    def clean(self, value: Any) -> Any:
        return value


class TextField(Field):
    def __init__(self, *, min_length: int = 0, max_length: int = 200, **options: Any) -> None:
        super().__init__(**options)
        self.min_length = min_length
        self.max_length = max_length

    def clean(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Invalid("must be text")
        text = value.strip()
        if len(text) < self.min_length:
            raise Invalid(f"must have at least {self.min_length} characters")
        if len(text) > self.max_length:
            raise Invalid(f"must have at most {self.max_length} characters")
        return text


class EmailField(TextField):
    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not _EMAIL.fullmatch(text):
            raise Invalid("must be an e-mail address")
        return text


class IntegerField(Field):
    def __init__(self, *, minimum: int | None = None, maximum: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.minimum = minimum
        self.maximum = maximum

    def clean(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid("must be a whole number")
        if self.minimum is not None and value < self.minimum:
            raise Invalid(f"must be at least {self.minimum}")
        if self.maximum is not None and value > self.maximum:
            raise Invalid(f"must be at most {self.maximum}")
        return value


class ChoiceField(Field):
    def __init__(self, choices: Iterable[str], **options: Any) -> None:
        super().__init__(**options)
        self.choices = tuple(choices)

    def clean(self, value: Any) -> str:
        if value not in self.choices:
            raise Invalid(f"must be one of {', '.join(self.choices)}")
        return value


class MoneyField(Field):
    def clean(self, value: Any) -> Money:
        try:
            return Money.parse(str(value))
        except ValueError as error:
            raise Invalid(str(error)) from None


class ListField(Field):
    def __init__(self, child: Field | type[Serializer], *, max_items: int = 100, **options: Any) -> None:
        super().__init__(**options)
        self.child = child
        self.max_items = max_items

    def clean(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Invalid("must be a list")
        if len(value) > self.max_items:
            raise Invalid(f"must have at most {self.max_items} items")
        if isinstance(self.child, Field):
            return [self.child.clean(item) for item in value]
        cleaned = []
        for position, item in enumerate(value):
            serializer = self.child(item)
            if not serializer.is_valid():
                key, problem = next(iter(serializer.errors.items()))
                raise Invalid(f"item {position}: {key} {problem}")
            cleaned.append(serializer.data)
        return cleaned


class Serializer:
    """Subclasses declare fields; instances validate one body."""

    fields: ClassVar[dict[str, Field]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls.fields = {**cls.fields, **own}

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.errors: dict[str, str] = {}
        self.data: dict[str, Any] = {}

    def is_valid(self) -> bool:
        """Fill *data* or *errors*; unknown keys are errors, not silently dropped."""
        for name in self.raw:
            if name not in self.fields:
                self.errors[name] = "is not a known field"
        for name, field in self.fields.items():
            value = self.raw.get(name, _MISSING)
            if value is _MISSING:
                if field.required:
                    self.errors[name] = "is required"
                else:
                    self.data[name] = field.default
                continue
            try:
                self.data[name] = field.clean(value)
            except Invalid as error:
                self.errors[name] = str(error)
        if not self.errors:
            self.validate()
        return not self.errors

    def validate(self) -> None:
        """Hook for checks over several fields."""
