"""Request and response: the values that pass between the router and the views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MAX_PAGE_SIZE = 100


class HttpError(Exception):
    """An answer other than success, raised from anywhere below a view."""

    def __init__(self, status: int, detail: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = dict(errors or {})


@dataclass(frozen=True)
class Request:
    """One HTTP request, already decoded."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    user: Any = None
    db: Any = None
    settings: Any = None

    def bind(self, **state: Any) -> Request:
        """The same request with application state attached."""
        return replace(self, **state)

    def header(self, name: str, default: str = "") -> str:
        """Value of a header, whatever the case of its name."""
        wanted = name.lower()
        for key, value in self.headers.items():
            if key.lower() == wanted:
                return value
        return default

    def page(self, default_size: int = 20) -> tuple[int, int]:
        """(offset, size) from ?page= and ?size=, within sane limits."""
        try:
            number = int(self.query.get("page", "1"))
            size = int(self.query.get("size", str(default_size)))
        except ValueError:
            raise HttpError(400, "page and size must be numbers") from None
        if number < 1 or size < 1:
            raise HttpError(400, "page and size start at 1")
        size = min(size, MAX_PAGE_SIZE)
        return (number - 1) * size, size


@dataclass(frozen=True)
class Response:
    """One HTTP response, not yet encoded."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def with_header(self, name: str, value: str) -> Response:
        """A copy with one more header."""
        return replace(self, headers={**self.headers, name: value})

    @classmethod
    def from_error(cls, error: HttpError) -> Response:
        """The JSON problem document for *error*."""
        body: dict[str, Any] = {"detail": error.detail}
        if error.errors:
            body["errors"] = error.errors
        return cls(error.status, body)
