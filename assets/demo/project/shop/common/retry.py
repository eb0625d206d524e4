"""Retries with exponential backoff and jitter, for calls that leave the process."""

from __future__ import annotations

import asyncio
import functools
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


class RetriesExhausted(RuntimeError):
    """Every attempt failed; the last error is the cause."""


def backoff_delays(
    attempts: int,
    base: float = 0.1,
    factor: float = 2.0,
    jitter: float = 0.5,
    ceiling: float = 30.0,
) -> Iterator[float]:
    """Seconds to wait after each failed attempt.

    The jitter spreads clients that failed together, so that they don't come back together.
    """
    for attempt in range(attempts):
        delay = min(base * factor**attempt, ceiling)
        yield delay * random.uniform(1 - jitter, 1 + jitter)


def retry(
    *errors: type[Exception],
    attempts: int = 3,
    base: float = 0.1,
    sleep: Callable[[float], None] = time.sleep,
) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Call again when one of *errors* is raised."""
    if attempts < 1:
        raise ValueError("attempts must be at least 1")

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> T:
            last: Exception | None = None
            for delay in backoff_delays(attempts, base):
                try:
                    return function(*args, **kwargs)
                except errors as error:
                    last = error
                    sleep(delay)
            raise RetriesExhausted(f"{function.__name__} failed {attempts} times") from last

        return wrapper

    return decorate


async def retry_async(
    call: Callable[[], Awaitable[T]],
    *errors: type[Exception],
    attempts: int = 3,
    base: float = 0.1,
) -> T:
    """The same for a coroutine function."""
    last: Exception | None = None
    for delay in backoff_delays(attempts, base):
        try:
            return await call()
        except errors as error:
            last = error
            await asyncio.sleep(delay)
    raise RetriesExhausted(f"gave up after {attempts} attempts") from last
