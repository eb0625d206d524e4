import asyncio
import json
import sys
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from main import app  # noqa: E402


@pytest.fixture(scope="module")
def client():
    return TestClient(app)


def promised(document):
    return {
        (path, method): sorted(operation["responses"])
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def test_the_document_is_what_the_application_says():
    assert promised(json.loads((ROOT / "docs/openapi.json").read_text())) == promised(app.openapi())


def test_latest_is_not_a_number(client):
    assert client.get("/orders/latest").json() == "a"


@pytest.mark.parametrize("number,status", [(1, 200), (2, 404), ("x", 422)])
def test_one(client, number, status):
    assert client.get(f"/orders/{number}").status_code == status


def test_add(client):
    assert client.post("/orders", params={"text": "secret"}).status_code == 201


def test_list_later():
    async def ask():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://nowhere.example") as client:
            return await client.get("/orders")

    assert asyncio.run(ask()).json() == ["a"]


def test_others_are_not_ours():
    def answer(request):
        return httpx.Response(200, json=[])

    client = httpx.Client(transport=httpx.MockTransport(answer))
    assert client.delete("https://api.stripe.example/orders/1").status_code == 200


def test_live(client):
    with client.websocket_connect("/live") as socket:
        assert socket.receive_text() == "hello"
