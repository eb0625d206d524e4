"""Fields and the Serializer base class."""

from __future__ import annotations

import pytest

from shop.web.serializers import (
    EmailField,
    IntegerField,
    Invalid,
    ListField,
    Serializer,
    TextField,
)


class PersonSerializer(Serializer):
    name = TextField(min_length=2, max_length=10)
    age = IntegerField(minimum=0, maximum=150, required=False)


class TestTextField:
    def test_surrounding_space_is_removed(self):
        assert TextField().clean("  boots ") == "boots"

    @pytest.mark.parametrize("value", [7, None])
    def test_other_types_are_refused(self, value):
        with pytest.raises(Invalid, match="must be text"):
            TextField().clean(value)


@pytest.mark.parametrize("value", ["ada", "ada@"])
def test_malformed_address_is_refused(value):
    with pytest.raises(Invalid, match="e-mail"):
        EmailField().clean(value)


def test_true_is_not_a_number():
    with pytest.raises(Invalid, match="whole number"):
        IntegerField().clean(True)


def test_problem_names_the_item():
    with pytest.raises(Invalid, match="item 1: name is required"):
        ListField(PersonSerializer).clean([{"name": "Ada"}, {}])


class TestSerializer:
    def test_missing_optional_field_gets_its_default(self):
        serializer = PersonSerializer({"name": "Ada"})

        assert serializer.is_valid()
        assert serializer.data == {"name": "Ada", "age": None}

    def test_unknown_key_is_an_error(self):
        serializer = PersonSerializer({"name": "Ada", "nmae": "typo"})

        assert not serializer.is_valid()
        assert serializer.errors == {"nmae": "is not a known field"}
