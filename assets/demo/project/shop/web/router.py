"""Routing: path patterns such as /orders/{order_id} to view functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from shop.common.store import NotFound
from shop.web.messages import HttpError, Request, Response

View = Callable[..., Response]

_PLACEHOLDER = re.compile(r"\{(\w+)(?::(int|slug))?\}")
_CONVERTERS = {
    None: r"[^/]+",
    "int": r"\d+",
    "slug": r"[a-z0-9-]+",
}


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Regular expression that matches exactly the paths of *pattern*."""
    parts = []
    position = 0
    for match in _PLACEHOLDER.finditer(pattern):
        parts.append(re.escape(pattern[position : match.start()]))
        parts.append(f"(?P<{match[1]}>{_CONVERTERS[match[2]]})")
        position = match.end()
    parts.append(re.escape(pattern[position:]))
    return re.compile("".join(parts))


@dataclass(frozen=True)
class Route:
    """One method and pattern, and the view behind them."""

    method: str
    pattern: str
    view: View


class Routes:
    """Routes collected by decorators at the top of a views module."""

    def __init__(self) -> None:
        self.items: list[Route] = []

    def get(self, pattern: str) -> Callable[[View], View]:
        return self._register("GET", pattern)

    def post(self, pattern: str) -> Callable[[View], View]:
        return self._register("POST", pattern)

    def patch(self, pattern: str) -> Callable[[View], View]:
        return self._register("PATCH", pattern)

    def delete(self, pattern: str) -> Callable[[View], View]:
        return self._register("DELETE", pattern)

    def _register(self, method: str, pattern: str) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            self.items.append(Route(method, pattern, view))
            return view

        return decorate


class Router:
    """Finds the view for a request and turns errors into responses."""

    def __init__(self) -> None:
        self._routes: list[tuple[re.Pattern[str], Route]] = []

    def add(self, method: str, pattern: str, view: View) -> None:
        if any(route.method == method and route.pattern == pattern for _, route in self._routes):
            raise ValueError(f"{method} {pattern} is already routed")
        self._routes.append((compile_pattern(pattern), Route(method, pattern, view)))

    def include(self, prefix: str, routes: Routes) -> None:
        """Mount the routes of one app below *prefix*."""
        for route in routes.items:
            self.add(route.method, prefix + route.pattern, route.view)

    def dispatch(self, request: Request) -> Response:
        """Answer *request*; never raises for an error the client can cause."""
        allowed = []
        for regex, route in self._routes:
            match = regex.fullmatch(request.path)
            if match is None:
                continue
            if route.method != request.method:
                allowed.append(route.method)
                continue
            try:
                return route.view(request, **match.groupdict())
            except HttpError as error:
                return Response.from_error(error)
            except NotFound as error:
                return Response(404, {"detail": str(error)})
        if allowed:
            return Response(405, {"detail": "method not allowed"}, {"Allow": ", ".join(sorted(allowed))})
        return Response(404, {"detail": f"no such page: {request.path}"})

    def describe(self) -> list[str]:
        """Every route on one line, for the start-up log."""
        width = max((len(route.method) for _, route in self._routes), default=0)
        lines = []
        for _, route in sorted(self._routes, key=lambda entry: (entry[1].pattern, entry[1].method)):
            name = getattr(route.view, "__qualname__", repr(route.view))
            lines.append(f"{route.method:<{width}}  {route.pattern}  ->  {name}")
        return lines
