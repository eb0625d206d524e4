"""Doc."""
import contextlib


def add(a, b):
    return (
        a
        + b
    )


def pick(flag, path):
    with contextlib.suppress(ValueError):
        if flag:
            path = path + 1
    with contextlib.suppress(ValueError):
        for _ in range(3):
            if path:
                break
    if path:  # pragma: no branch
        return path
    while flag:
        flag = False
    try:
        int(path)
    except TypeError:
        raise
    finally:
        with contextlib.suppress(ValueError):
            if flag:
                path = 2
    return [
        x
        for x in range(2)
        if x
    ]


def never():  # pragma: no cover
    return 1
