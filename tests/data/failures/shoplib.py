"""Own code.

>>> total([1, 2])
4
"""


def total(prices):
    return sum(prices)


def discount(price, rate):
    """Off.

    >>> discount(10, 0)
    10.0
    >>> 1 / 0
    """
    if rate > 1:
        raise ValueError(
            f"rate {rate} "
            "too high"
        )
    return price * (1 - rate)


def apply(prices, how):
    return [how(price) for price in prices]


def chained():
    try:
        {}["x"]
    except KeyError as error:
        raise RuntimeError("no x\nsecond line") from error


def during():
    try:
        {}["x"]
    except KeyError:
        int("z")
