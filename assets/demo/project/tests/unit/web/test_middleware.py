"""Decorators around views."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from shop.web.messages import HttpError, Request, Response
from shop.web.middleware import idempotent, login_required, rate_limited, role_required


def echo(request, **params):
    return Response(200, dict(params))


def test_anonymous_request_is_401():
    with pytest.raises(HttpError) as caught:
        login_required(echo)(Request("GET", "/"))

    assert caught.value.status == 401


def test_role_opens_the_view(staff):
    view = role_required("staff")(echo)

    assert view(Request("GET", "/", user=staff), sku="A").body == {"sku": "A"}


def test_other_role_is_403(customer):
    view = role_required("staff", "admin")(echo)

    with pytest.raises(HttpError, match="not allowed for your role"):
        view(Request("GET", "/", user=customer))


def test_misspelt_role_is_found_at_import():
    with pytest.raises(ValueError, match="unknown roles: manager"):
        role_required("staff", "manager")


class TestRateLimit:
    @pytest.fixture
    def clock(self):
        return Mock(return_value=100.0)

    @pytest.fixture
    def view(self, clock):
        return rate_limited(2, window=60.0, clock=clock)(echo)

    def test_call_above_the_limit_is_429(self, view):
        request = Request("GET", "/")
        view(request)
        view(request)

        response = view(request)

        assert response.status == 429
        assert response.headers["Retry-After"] == "60"

    def test_window_slides(self, view, clock):
        request = Request("GET", "/")
        view(request)
        view(request)
        clock.return_value = 161.0

        assert view(request).status == 200


def test_repeated_key_replays_the_answer(customer):
    view = Mock(side_effect=[Response(201, {"id": 1}), Response(201, {"id": 2})])
    wrapped = idempotent(view)
    request = Request("POST", "/", body={}, headers={"Idempotency-Key": "k-1"}, user=customer)
    wrapped(request)

    again = wrapped(request)

    assert again.body == {"id": 1}
    assert again.headers["Idempotent-Replay"] == "true"
