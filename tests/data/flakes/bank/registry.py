"""Branches by name: each can be registered once."""

BRANCHES = []


def register(name):
    if name in BRANCHES:
        raise KeyError("%s is registered" % name)
    BRANCHES.append(name)
    return len(BRANCHES)
