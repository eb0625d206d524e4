"""Backoff and retries."""

from __future__ import annotations

import asyncio
from unittest.mock import AsyncMock, Mock

import pytest

from shop.common.retry import RetriesExhausted, backoff_delays, retry, retry_async

REQUEST_BUDGET = 1.75


def test_delays_double_without_jitter():
    assert list(backoff_delays(4, base=0.5, jitter=0.0)) == [0.5, 1.0, 2.0, 4.0]


def test_delays_stop_growing_at_the_ceiling():
    assert list(backoff_delays(3, base=10.0, jitter=0.0, ceiling=15.0)) == [10.0, 15.0, 15.0]


def test_four_delays_fit_in_the_request_budget():
    assert sum(backoff_delays(4, base=0.1)) < REQUEST_BUDGET


def test_second_attempt_may_succeed():
    call = Mock(__name__="call", side_effect=[ConnectionError, "done"])

    result = retry(ConnectionError, sleep=Mock(return_value=None))(call)("order-7")

    assert result == "done"


def test_last_error_is_the_cause_when_every_attempt_fails():
    call = Mock(__name__="call", side_effect=TimeoutError("too slow"))

    with pytest.raises(RetriesExhausted, match="failed 3 times") as caught:
        retry(TimeoutError, sleep=Mock(return_value=None))(call)()

    assert isinstance(caught.value.__cause__, TimeoutError)


def test_other_errors_are_not_retried():
    call = Mock(__name__="call", side_effect=[KeyError("sku"), "never reached"])

    with pytest.raises(KeyError):
        retry(ConnectionError, sleep=Mock())(call)()

    assert call.call_count == 1


def test_coroutine_is_called_again():
    call = AsyncMock(side_effect=[ConnectionError, "done"])

    assert asyncio.run(retry_async(call, ConnectionError, base=0.001)) == "done"
