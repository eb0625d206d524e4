"""Search, related tags and slugs."""

from __future__ import annotations

import pytest

from shop.catalog.models import Product
from shop.catalog.utils import related_tags, search, slugify
from shop.common.money import Money


@pytest.fixture
def jacket():
    return Product(
        "JACK-1",
        "Rain jacket",
        Money(12900),
        tags=frozenset({"outdoor", "waterproof", "windproof", "recycled", "light", "hooded"}),
    )


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hiking boots", "hiking-boots"),
        ("Crème brûlée (2 pcs)", "creme-brulee-2-pcs"),
        ("  --  ", ""),
    ],
)
def test_slug_is_plain_ascii(text, slug):
    assert slugify(text) == slug


class TestSearch:
    def test_word_in_the_name_beats_a_tag(self, boots, socks):
        socks.tags = frozenset({"boots"})

        assert search([socks, boots], "boots") == [boots, socks]

    def test_every_word_must_match(self, boots, socks):
        assert search([boots, socks], "hiking socks") == []

    def test_inactive_products_are_hidden(self, boots):
        boots.active = False

        assert search([boots], "boots") == []

    def test_equal_scores_are_sorted_by_name(self, boots, socks, jacket):
        assert search([socks, jacket, boots], "outdoor") == [boots, jacket, socks]

    def test_large_catalogue_is_searched_completely(self):
        catalogue = [Product(f"LAMP-{n:05d}", f"Lamp {n}", Money(100 + n)) for n in range(12_000)]

        assert len(search(catalogue, "lamp")) == 12_000


def test_related_tags_suggest_waterproof_for_boots(boots, jacket):
    assert "waterproof" in related_tags(boots, [boots, jacket])
