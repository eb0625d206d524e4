import pytest
from django.test import AsyncClient, Client
from django.urls import reverse
from rest_framework.test import APIClient, RequestsClient


@pytest.fixture
def api():
    return APIClient()


def test_list(api):
    assert api.get(reverse("pets")).status_code == 200


@pytest.mark.parametrize("age,status", [(3, 201), (-1, 400)])
def test_make(api, age, status):
    response = api.post("/api/pets/", {"name": "tom", "age": age}, format="json")
    assert response.status_code == status


def test_redirect_follows_to_the_slash():
    response = Client().get("/api/pets/mine", follow=True)
    assert response.json() == []


def test_one_over_requests():
    assert RequestsClient().get("http://testserver/api/pets/rex/?full=1").json()["age"] == 3


def test_missing(client):
    assert client.get("/api/pets/nobody/").status_code == 404


def test_broken(client):
    with pytest.raises(RuntimeError):
        client.get("/api/pets/ghost/")


def test_photo_is_not_documented(api):
    assert api.put("/api/pets/rex/photo/").status_code == 202


def test_refused_method(api):
    assert api.patch("/api/pets/").status_code == 405


def test_ping_is_no_part_of_it(client):
    assert client.get("/ping/").json() == {"up": True}


def test_later():
    import asyncio

    async def ask():
        return await AsyncClient().get("/api/pets/r%C3%A9x/")

    assert asyncio.run(ask()).status_code == 404
