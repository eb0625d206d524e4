"""Settings from the environment."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shop.settings import load_settings


def test_defaults_apply_when_only_the_secret_is_set():
    settings = load_settings({"SHOP_SECRET_KEY": "s3cret"})

    assert settings.currency == "EUR"
    assert settings.default_vat_rate == Decimal("19")


def test_default_secret_is_refused_outside_debug():
    with pytest.raises(ValueError, match="SHOP_SECRET_KEY"):
        load_settings({})


@pytest.mark.parametrize("word", ["1", "YES"])
def test_debug_accepts_the_usual_words(word):
    assert load_settings({"SHOP_DEBUG": word}).debug is True
