"""Router: patterns, methods, errors."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from shop.web.messages import HttpError, Request, Response
from shop.web.router import Router, compile_pattern


@pytest.fixture
def router():
    return Router()


@pytest.mark.parametrize(
    ("pattern", "path", "params"),
    [
        ("/orders/{order_id:int}", "/orders/17", {"order_id": "17"}),
        ("/tags/{tag:slug}/{page:int}", "/tags/on-sale/2", {"tag": "on-sale", "page": "2"}),
    ],
)
def test_pattern_yields_parameters(pattern, path, params):
    assert compile_pattern(pattern).fullmatch(path).groupdict() == params


@pytest.mark.parametrize("path", ["/orders/x", "/orders/1/lines"])
def test_int_placeholder_matches_digits_only(path):
    assert compile_pattern("/orders/{order_id:int}").fullmatch(path) is None


def test_view_gets_the_parameters(router):
    view = Mock(return_value=Response(200, "found"))
    router.add("GET", "/products/{sku}", view)
    request = Request("GET", "/products/SOCK-1")

    router.dispatch(request)

    view.assert_called_once_with(request, sku="SOCK-1")


def test_unknown_path_is_404(router):
    assert router.dispatch(Request("GET", "/nowhere")).status == 404


def test_wrong_method_names_the_right_ones(router):
    router.add("POST", "/orders", Mock(return_value=Response()))
    router.add("GET", "/orders", Mock(return_value=Response()))

    response = router.dispatch(Request("DELETE", "/orders"))

    assert response.status == 405
    assert response.headers["Allow"] == "GET, POST"


def test_http_error_becomes_a_problem_document(router):
    router.add("GET", "/", Mock(side_effect=HttpError(422, "not valid", {"sku": "is required"})))

    response = router.dispatch(Request("GET", "/"))

    assert response.body == {"detail": "not valid", "errors": {"sku": "is required"}}


def test_route_is_registered_once(router):
    router.add("GET", "/orders", Mock(return_value=Response()))

    with pytest.raises(ValueError, match="already routed"):
        router.add("GET", "/orders", Mock(return_value=Response()))
