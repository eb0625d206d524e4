"""Decorators around views: authentication, roles, request bodies, limits, idempotency."""

from __future__ import annotations

import functools
import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from shop.web.messages import HttpError, Request, Response

log = logging.getLogger(__name__)

View = Callable[..., Response]


def login_required(view: View) -> View:
    """Answer 401 unless somebody is signed in."""

    @functools.wraps(view)
    def wrapper(request: Request, **params: Any) -> Response:
        if request.user is None:
            raise HttpError(401, "sign in first")
        if not request.user.active:
            raise HttpError(403, "this account is closed")
        return view(request, **params)

    return wrapper


def role_required(*roles: str) -> Callable[[View], View]:
    """Answer 403 unless the account has one of *roles*."""
    unknown = sorted(set(roles) - {"customer", "staff", "admin"})
    if unknown:
        raise ValueError(f"unknown roles: {', '.join(unknown)}")

    def decorate(view: View) -> View:
        @login_required
        @functools.wraps(view)
        def wrapper(request: Request, **params: Any) -> Response:
            if request.user.role not in roles:
                log.warning(
                    "%s %s refused for account %s with role %s",
                    request.method,
                    request.path,
                    request.user.id,
                    request.user.role,
                )
                raise HttpError(403, "not allowed for your role")
            return view(request, **params)

        return wrapper

    return decorate


def json_body(serializer_class: type) -> Callable[[View], View]:
    """Validate the body and pass it to the view as the keyword *data*."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapper(request: Request, **params: Any) -> Response:
            if request.body is None:
                raise HttpError(400, "a JSON body is required")
            serializer = serializer_class(request.body)
            if not serializer.is_valid():
                raise HttpError(
                    422,
                    "the body is not valid",
                    errors=serializer.errors,
                )
            return view(request, data=serializer.data, **params)

        return wrapper

    return decorate


def rate_limited(
    limit: int,
    window: float = 60.0,
    clock: Callable[[], float] = time.monotonic,
) -> Callable[[View], View]:
    """At most *limit* calls per client within *window* seconds."""

    def decorate(view: View) -> View:
        calls: defaultdict[str, deque[float]] = defaultdict(deque)

        @functools.wraps(view)
        def wrapper(request: Request, **params: Any) -> Response:
            client = request.header("X-Forwarded-For", "local").split(",")[0].strip()
            now = clock()
            recent = calls[client]
            while recent and now - recent[0] >= window:
                recent.popleft()
            if len(recent) >= limit:
                retry_after = window - (now - recent[0])
                return Response(
                    429,
                    {"detail": "too many requests"},
                    {"Retry-After": f"{retry_after:.0f}"},
                )
            recent.append(now)
            return view(request, **params)

        return wrapper

    return decorate


def idempotent(view: View) -> View:
    """Replay the first answer when the same Idempotency-Key comes again."""
    answers: dict[tuple[str, str], tuple[Any, Response]] = {}

    @functools.wraps(view)
    def wrapper(request: Request, **params: Any) -> Response:
        key = request.header("Idempotency-Key")
        if not key:
            return view(request, **params)
        slot = (request.user.id if request.user else "anonymous", key)
        if slot in answers:
            body, response = answers[slot]
            if body != request.body:
                raise HttpError(
                    409,
                    "this Idempotency-Key was used with another body",
                )
            return response.with_header("Idempotent-Replay", "true")
        response = view(request, **params)
        if response.ok:
            answers[slot] = (request.body, response)
        return response

    return wrapper


def logged(view: View) -> View:
    """Log the duration of each call, and unexpected errors with their traceback."""

    @functools.wraps(view)
    def wrapper(request: Request, **params: Any) -> Response:
        started = time.perf_counter()
        try:
            response = view(request, **params)
        except HttpError as error:
            log.info("%s %s -> %s", request.method, request.path, error.status)
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            raise
        log.info(
            "%s %s -> %s in %.1f ms",
            request.method,
            request.path,
            response.status,
            (time.perf_counter() - started) * 1000,
        )
        return response

    return wrapper
