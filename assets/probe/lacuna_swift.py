"""What pytest and coverage do in every run, done with less work in runs that are forked: the results are the same.

One file, standard library only, nothing installed. PYTEST_DONT_REWRITE

Each of these takes the place of one function whose caller is known, and does nothing where it finds another one than it knows.
"""

import ast
import sys
import types

# What can be no fixture, and wrap none.
PLAIN = (str, bytes, int, float, tuple, list, dict, set, frozenset, type(None), types.ModuleType, types.BuiltinFunctionType)


def hasten():
    """Takes these places. To be called once pytest and its plugins are imported."""
    for place in (_locate_sooner, _note_no_start):
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
    callers = [function.__name__ for function in _functions(rewrite) if "traverse_node" in function.__code__.co_names]
    if sorted(callers) != ["traverse_node", "visit_Assert"] or list(plain.__annotations__) != ["node", "return"]:
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


class Names:
    """The names of modules that are imported ahead, without those that can be no fixtures.

    pytest looks through all names of each plugin for fixtures, in every run. A module that is not as it was counts whole.
    """

    def __init__(self):
        self.known = {}

    def note(self, modules):
        from _pytest import fixtures

        for module in modules:
            if type(module) is types.ModuleType and "__getattr__" not in vars(module) and "__dir__" not in vars(module):
                held = dict(vars(module))
                self.known[module] = held, sorted(name for name, value in held.items() if not self._is_plain(value))
        fixtures.dir = self.of

    @staticmethod
    def _is_plain(value):
        if type(value) in PLAIN:
            return True
        if type(value) is types.FunctionType:
            return not vars(value)
        return type(value) is type and "__wrapped__" not in dir(value) and "_mock_name" not in dir(value)

    def of(self, place):
        known = self.known.get(place) if type(place) is types.ModuleType else None
        if known is None:
            return dir(place)
        held, names = known
        now = vars(place)
        if len(now) != len(held) or any(now.get(name) is not value for name, value in held.items()):
            return dir(place)
        return list(names)


NAMES = Names()


def note_plugins():
    """Notes the names of pytest's own modules and its plugins: those that are imported by now."""
    NAMES.note([module for name, module in list(sys.modules.items()) if "pytest" in name.partition(".")[0]])
