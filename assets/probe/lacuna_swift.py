"""What pytest and coverage do in every run, done with less work in runs that are forked: the results are the same.

One file, standard library only, nothing installed. PYTEST_DONT_REWRITE

Each of these takes the place of one function whose caller is known, and does nothing where it finds another one than it knows.
"""

import abc
import ast
import os
import sys
import types

from lacuna_warm import _installed

# What can be no fixture, and wrap none.
PLAIN = frozenset((
    str, bytes, int, float, bool, tuple, list, dict, set, frozenset, type(None), types.ModuleType, types.BuiltinFunctionType,
    types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType, types.GetSetDescriptorType,
))
# The classes of classes that say nothing of their own about names.
KINDS = (type, abc.ABCMeta)
OWN = (type(None), types.GetSetDescriptorType)
# What a class must not have of its own, where its names are looked up without it.
OWN_NAMES = ("__dir__", "__getattribute__", "__class__", "__dict__")


def hasten():
    """Takes these places. To be called once pytest and its plugins are imported."""
    for place in (_locate_sooner, _note_no_start, _resolve_once, _read_metadata_once, _look_at_fewer_names):
        try:
            place()
        except Exception:
            pass


def _functions(module):
    """The code of all functions and methods of a module."""
    for value in list(vars(module).values()):
        for function in vars(value).values() if isinstance(value, type) else (value,):
            if isinstance(function, types.FunctionType) and function.__module__ == module.__name__:
                yield function


def _locate_sooner():
    """Rewritten assertions: of the nodes of each one, pytest looks for those without a place, by a generator in a generator.

    Here only these are found, and each level of the tree costs no further generator.
    """
    from _pytest.assertion import rewrite

    plain = rewrite.traverse_node
    callers = {function.__name__: function.__code__ for function in _functions(rewrite) if "traverse_node" in function.__code__.co_names}
    if sorted(callers) != ["traverse_node", "visit_Assert"] or list(plain.__annotations__) != ["node", "return"]:
        return
    # Before its version 8, pytest moved the other nodes as well.
    if "lineno" not in callers["visit_Assert"].co_consts:
        return
    nodes = ast.AST

    def traverse_node(node):
        waiting = [node]
        while waiting:
            node = waiting.pop()
            if node._attributes and getattr(node, "lineno", None) is None:
                yield node
            for name in node._fields:
                value = getattr(node, name, None)
                if isinstance(value, nodes):
                    waiting.append(value)
                elif isinstance(value, list):
                    waiting.extend(item for item in value if isinstance(item, nodes))

    rewrite.traverse_node = traverse_node


def _note_no_start():
    """Coverage notes, for its own debugging, from where it was started, and reads the sources of all that for it."""
    from coverage import collector

    callers = [function.__name__ for function in _functions(collector) if "short_stack" in function.__code__.co_names]
    if callers == ["__init__"]:
        collector.short_stack = lambda *args, **kwargs: ""


def _resolve_once():
    """Coverage resolves the paths of the interpreter and the installed packages, once for each rule that they are held against.

    What is resolved here has to be as it was for runs to be forked at all: the server looks after it.
    """
    from coverage import files

    plain = getattr(files.abs_file, "plain", files.abs_file)
    places = [getattr(module, "__file__", None) for module in list(sys.modules.values())] + list(sys.path)
    library = os.path.dirname(os.__file__) + os.sep
    places = {place for place in places if type(place) is str and os.path.isabs(place)}
    known = {place: plain(place) for place in places if _installed(place) or place.startswith(library)}
    known.update((path, path) for path in list(known.values()) if plain(path) == path)

    def abs_file(path):
        found = known.get(path) if type(path) is str else None
        return plain(path) if found is None else found

    abs_file.plain = plain
    files.abs_file = abs_file


def _read_metadata_once():
    """What installed packages say of themselves: pytest and its plugins read and parse it several times in each run."""
    from importlib import metadata

    distribution, installed = metadata.Distribution, metadata.PathDistribution
    if any(name in vars(installed) for name in ("metadata", "files", "entry_points")):
        return
    for name in ("metadata", "files", "entry_points"):
        plain = vars(distribution)[name].fget
        if not hasattr(plain, "plain"):
            setattr(distribution, name, property(_kept(plain, installed)))
    for one in metadata.distributions():
        one.metadata, one.entry_points
        if any(entry.group == "pytest11" for entry in one.entry_points):
            one.files


def _kept(plain, installed):
    known = {}

    def kept(distribution):
        folder = str(getattr(distribution, "_path", "")) if type(distribution) is installed else ""
        if not _installed(folder):
            return plain(distribution)
        try:
            state = os.stat(folder)
        except OSError:
            return plain(distribution)
        state = state.st_mtime_ns, state.st_ino
        if known.get(folder, (None,))[0] != state:
            known[folder] = state, plain(distribution)
        found = known[folder][1]
        return list(found) if type(found) is list else found

    kept.plain, kept.__doc__ = plain, plain.__doc__
    return kept


def _look_at_fewer_names():
    """pytest looks through all names of each plugin and of each test class for fixtures, in every run."""
    from _pytest import fixtures

    fixtures.dir = _names


def _names(place):
    """The names of a module, a class, or an object: each is looked up where pytest finds it, and counts unless it is plain."""
    if type(place) is types.ModuleType:
        held = vars(place)
        if "__getattr__" in held or "__dir__" in held:
            return dir(place)
        return sorted(name for name, value in list(held.items()) if not _is_plain(value))
    kind = place if isinstance(place, type) else type(place)
    if type(kind) not in KINDS:
        return dir(place)
    found = {}
    for one in kind.__mro__:
        held = vars(one)
        if one is not object and any(type(held.get(name, None)) not in OWN for name in OWN_NAMES):
            return dir(place)
        for name, value in held.items():
            if name not in found:
                found[name] = value
    if kind is not place:
        try:
            held = object.__getattribute__(place, "__dict__")
        except AttributeError:
            held = {}
        # Of what an object holds in place of its class, both may be seen.
        found.update((name, value) for name, value in held.items() if _is_plain(found.get(name)))
    return sorted(name for name, value in found.items() if not _is_plain(value))


def _is_plain(value):
    """Whether it can be no fixture, and wrap none."""
    kind = type(value)
    if kind in PLAIN:
        return True
    if kind is staticmethod or kind is classmethod:
        value = value.__func__
        kind = type(value)
    if kind is types.FunctionType:
        return not value.__dict__
    return kind is type and not any("__wrapped__" in vars(one) or "_mock_name" in vars(one) for one in value.__mro__)
