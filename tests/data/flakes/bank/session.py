"""Who is logged in."""

CURRENT = {}


def login(name):
    CURRENT["name"] = name
    CURRENT["rights"] = {"read"}


def grant(right):
    CURRENT.setdefault("rights", set()).add(right)


def whoami():
    return CURRENT["name"]


def may(right):
    return right in CURRENT.get("rights", ())
