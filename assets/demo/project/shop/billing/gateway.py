"""Client of the payment provider: asynchronous captures with retries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shop.common.money import Money
from shop.common.retry import RetriesExhausted, retry_async

Transport = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class GatewayError(Exception):
    """The provider refused, or could not be reached."""


class Unreachable(GatewayError):
    """Worth another attempt."""


@dataclass(frozen=True)
class Capture:
    """Result of one capture."""

    reference: str
    amount: Money
    captured: bool
    reason: str = ""


class Gateway:
    """Talks to the provider through *transport*, at most *parallel* calls at once."""

    def __init__(self, transport: Transport, parallel: int = 4, attempts: int = 3, base: float = 0.2) -> None:
        self.transport = transport
        self.parallel = parallel
        self.attempts = attempts
        self.base = base

    async def capture(self, reference: str, amount: Money) -> Capture:
        """Capture one authorised payment."""
        payload = {
            "reference": reference,
            "amount": amount.cents,
            "currency": amount.currency,
        }
        try:
            answer = await retry_async(
                lambda: self.transport("captures", payload),
                Unreachable,
                attempts=self.attempts,
                base=self.base,
            )
        except RetriesExhausted as error:
            return Capture(reference, amount, False, str(error))
        if answer.get("status") == "captured":
            return Capture(reference, amount, True)
        return Capture(reference, amount, False, answer.get("reason", "refused"))

    async def capture_all(self, wanted: Mapping[str, Money]) -> list[Capture]:
        """Capture many payments, in the order of *wanted*."""
        gate = asyncio.Semaphore(self.parallel)

        async def one(reference: str, amount: Money) -> Capture:
            async with gate:
                return await self.capture(reference, amount)

        return list(await asyncio.gather(*(one(key, amount) for key, amount in wanted.items())))

    async def refund(self, reference: str, amount: Money) -> str:
        """Refund a captured payment; the provider's id of the refund."""
        payload = {
            "reference": reference,
            "amount": amount.cents,
            "currency": amount.currency,
        }
        answer = await self.transport("refunds", payload)
        if answer.get("status") != "refunded":
            raise GatewayError(answer.get("reason", "refused"))
        return str(answer["id"])
