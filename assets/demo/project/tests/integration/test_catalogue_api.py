"""The catalogue through the application."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("sort", "first"),
    [("name", "BOOT-1"), ("price", "SOCK-1")],
)
def test_list_is_sorted(anonymous, sort, first):
    response = anonymous.get("/products/", sort=sort)

    assert response.body["results"][0]["sku"] == first


def test_list_is_paged(anonymous):
    response = anonymous.get("/products/", page="2", size="2")

    assert response.body["count"] == 3
    assert len(response.body["results"]) == 1


@pytest.mark.parametrize("page", ["0", "two"])
def test_page_must_be_a_positive_number(anonymous, page):
    assert anonymous.get("/products/", page=page).status == 400


def test_search_finds_products(anonymous):
    response = anonymous.get("/products/search", q="wool socks")

    assert [product["sku"] for product in response.body["results"]] == ["SOCK-1"]


def test_stock_is_for_staff_only(client, staff_client):
    assert "stock" not in client.get("/products/BOOT-1").body
    assert staff_client.get("/products/BOOT-1").body["stock"] == 12


def test_staff_create_products(staff_client, db):
    body = {"sku": "TENT-1", "name": "Tent", "price": "199.00", "tags": ["Outdoor"]}

    response = staff_client.post("/products/", body)

    assert response.headers["Location"] == "/products/TENT-1"
    assert db.products.get("TENT-1").tags == {"outdoor"}
