"""Client of the payment provider, driven by asyncio.run."""

from __future__ import annotations

import asyncio
from unittest.mock import AsyncMock

from shop.billing.gateway import Capture, Gateway, Unreachable
from shop.common.money import Money


def test_accepted_capture():
    transport = AsyncMock(return_value={"status": "captured"})

    result = asyncio.run(Gateway(transport).capture("ref-1", Money(1200)))

    assert result == Capture("ref-1", Money(1200), captured=True)


def test_capture_is_tried_again_when_the_provider_is_away():
    transport = AsyncMock(side_effect=[Unreachable, Unreachable, {"status": "captured"}])

    result = asyncio.run(Gateway(transport, base=0.05).capture("ref-1", Money(1200)))

    assert result.captured


def test_captures_keep_their_order():
    transport = AsyncMock(return_value={"status": "captured"})
    wanted = {"ref-1": Money(100), "ref-2": Money(200), "ref-3": Money(300)}

    results = asyncio.run(Gateway(transport, parallel=2).capture_all(wanted))

    assert [result.reference for result in results] == ["ref-1", "ref-2", "ref-3"]
