"""Constructs on which judging coverage goes wrong."""
import contextlib


def with_branch(flag):
    with contextlib.suppress(KeyError):
        if flag:
            x = 1
    return 2


def with_return(flag):
    with contextlib.suppress(KeyError), \
            contextlib.suppress(ValueError):
        for i in range(3):
            if i == flag:
                return i
        if flag == 7:
            pass
    print(
        "end",
        flag,
    )


def loops(items):
    found = [
        item
        for item in items
        if item
    ]
    for item in found:
        if item > 2: continue
        while item:
            item -= 1
            if item == 1:
                break
        else:
            found = None
    else:
        found = {
            "a": lambda: 1,
        }
    return found


def never(a):
    if a:
        return 1
    elif a is None:  # pragma: no branch
        return 2
    return 3


def excluded(a):  # pragma: no cover
    if a:
        return 1
    return 2


def tries(a):
    try:
        if a:
            raise ValueError(
                "a"
            )
    except ValueError:
        return 1
    except (
        KeyError,
        IndexError,
    ):
        return 2
    finally:
        a = 3
    if a:
        return a
    else:  # pragma: no cover
        return 4


class C:
    """Doc
    of two lines."""

    attribute = [
        1,
        2,
    ]

    @property
    def value(self):
        "doc"
        return self.attribute if self.attribute else None

    @staticmethod
    def match(x):
        match x:
            case 1:
                return "one"
            case [a, b] if a:
                return b
            case _:
                return None


def gen(n):
    for i in range(n):
        yield i
    with contextlib.suppress(KeyError):
        while True:
            with contextlib.suppress(ValueError):
                if n:
                    break


async def co(n):
    async with contextlib.AsyncExitStack() as stack:
        if n:
            return stack
    assert n == 0, (
        "two lines"
    )
    return None
