"""Tests that seeds decide."""

import os
import random


def test_first_name():
    names = {"ann", "bob", "carol", "dave"}
    assert next(iter(names)) != "ann"


def test_draw():
    assert random.random() > 0.01


def test_coin():
    assert os.urandom(1)[0] >= 77
