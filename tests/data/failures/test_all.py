import json
import logging
import sys
import unittest
import warnings

import pytest

import shoplib


def helper(value):
    assert value == {"a": 1, "b": [1, 2, 3]}


class TestShop:
    @pytest.mark.parametrize("rate", [0.5, 2])
    def test_discount(self, rate):
        print("\x1b[31mred\x1b[0m out")
        print("err", file=sys.stderr)
        logging.getLogger("shop").warning("logged %s", rate)
        assert shoplib.apply([10], lambda price: shoplib.discount(price, rate)) == [5.0]

    def test_dict(self):
        helper({"a": 1, "b": [1, 2, 4], "c": 0})


def test_text():
    assert "one\ntwo\nthree\n" == "one\n2\nthree\n"


def test_length():
    assert len([1, 2]) == 3, "a message"


def test_chained():
    shoplib.chained()


def test_during():
    shoplib.during()


def test_library():
    json.loads("{bad")


def test_plain():
    pytest.fail("plain words", pytrace=False)


def test_missing(nothing):
    pass


@pytest.fixture
def broken():
    print("setting up")
    yield 1
    raise OSError("teardown went wrong")


def test_twice(broken):
    assert broken == 2


@pytest.mark.xfail(reason="known bug")
def test_expected():
    assert shoplib.total([1]) == 2


@pytest.mark.skip(reason="not now")
def test_skipped():
    pass


def test_warns():
    warnings.warn("old thing", DeprecationWarning)
    warnings.warn("user thing")


def test_recursion():
    def deeper(n):
        return deeper(n + 1)

    deeper(0)


def test_lines():
    assert (
        shoplib.total(
            [1, 2],
        )
        == 4
    )


def test_colours():
    raise ValueError("\x1b[32mgreen\x1b[0m and tab\t.")


class TestOld(unittest.TestCase):
    def test_equal(self):
        self.assertEqual([1, 2], [1, 3])

    def test_parts(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)


def test_subtests(subtests):
    for i in range(2):
        with subtests.test(msg="case", i=i):
            print("in", i)
            assert i == 0


count = []


@pytest.mark.flaky(reruns=2)
def test_again():
    count.append(1)
    print("attempt", len(count))
    assert len(count) == 3
