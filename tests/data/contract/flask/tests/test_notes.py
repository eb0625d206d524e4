import sys
from pathlib import Path
from threading import Thread

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from app import app  # noqa: E402

BASE = "/v1/notes"


@pytest.fixture
def client():
    return app.test_client()


class TestNotes:
    def test_list(self, client):
        assert client.get(BASE).json == ["first"]

    def test_refused(self, client):
        assert client.post(BASE, json={}).status_code == 422

    def test_missing(self, client):
        assert client.get(f"{BASE}/{7}").status_code == 404


def test_moved(client):
    assert client.get("/v1/old", follow_redirects=True).status_code == 200


def test_file_with_slashes(client):
    assert client.open("/v1/files/a/b.txt").text == "a/b.txt"


def test_over_the_wire():
    import requests
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        answer = requests.get(f"http://127.0.0.1:{server.port}/v1/notes/1", timeout=10)
        assert answer.json() == {"text": "first"}
    finally:
        server.shutdown()


def test_never_asked(client):
    if len(BASE) > 100:
        client.delete("/v1/notes/1")
