"""Marks every test of this folder, and walks an order through its first steps."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture
def basket(client):
    """Id of a basket with two pairs of socks and a book."""
    body = {"lines": [{"sku": "SOCK-1", "quantity": 2}, {"sku": "BOOK-1"}]}
    return client.post("/orders/", body).body["id"]


@pytest.fixture
def placed(client, basket):
    """Id of the same order, placed."""
    client.post(f"/orders/{basket}/place")
    return basket


@pytest.fixture
def invoice(client, placed):
    """Invoice of the placed order."""
    return client.post(f"/billing/orders/{placed}/invoice").body
