"""What is asked of the mocks that tests make, and by which lines of the project.

Imported by lacuna's flake lab where it is asked for that; standard library only, nothing installed. It notes which line made a
mock, and which ones take, call, set or look at something of it, and what is replaced by mocks that nothing uses; what that means is
for others to tell. Where one answer of a mock is to be another one, it gives that; where what is replaced is to be itself, it is,
and it notes who calls it.
PYTEST_DONT_REWRITE
"""

import functools
import inspect
import os
import sys
import threading

MOST_MOCKS = 100
MOST_USES = 200
# How often a mock answers otherwise: who asks again and again, until the answer is another one, comes to an end.
MOST_ANSWERS = 1000
# What mocks set of themselves while they are made and called.
OWN = frozenset((
    "called", "call_count", "call_args", "call_args_list", "mock_calls", "method_calls", "await_count", "await_args",
    "await_args_list",
))
# What a mock answers otherwise than it does of its own accord.
OTHER = {"__bool__": False, "__eq__": True, "__ne__": False, "__contains__": True}
# What a test says of a mock before anybody uses it.
SAYING = ("return_value", "configure_mock", "mock_add_spec", "attach_mock", "reset_mock")
# What somebody says who replaces a part so that nothing may use it.
FORBIDDING = ("should not", "shouldn't", "must not", "mustn't", "not be ", "not have been", "never", "unexpected")
LIBRARIES = ("unittest.mock", "mock.mock", "mock")
# Between a test and a mock that it has made: neither is the one who asks.
BETWEEN = ("unittest.mock", "mock.mock", "mock", "mock.backports", "pytest_mock.plugin", "contextlib", "functools", __name__)


def _has_values(mock):
    """Whether somebody gave a mock a value, which is read without anybody noticing."""
    return any(not name.startswith("_") and name != "method_calls" for name in mock.__dict__)


def _is_guard(mock):
    """Whether a mock is there to fail where anybody uses it."""
    effect = mock.__dict__.get("_mock_side_effect")
    kind = effect if isinstance(effect, type) else type(effect)
    code = getattr(effect, "__code__", None)
    if issubclass(kind, BaseException):
        # `Failed` is what pytest.fail raises.
        return issubclass(kind, AssertionError) or kind.__name__ == "Failed" or _forbids(str(effect))
    named = code.co_names if code else ()
    return "AssertionError" in named or "fail" in named or any(_forbids(text) for text in code and code.co_consts or ())


def _forbids(text):
    return isinstance(text, str) and any(words in text.lower() for words in FORBIDDING)


def _called(original):
    """What Python runs where something is called: code, or a function that is none of Python's."""
    if isinstance(original, (staticmethod, classmethod)):
        original = original.__func__
    try:
        original = inspect.unwrap(original)
    except ValueError:
        return None
    if isinstance(original, type):
        original = vars(original).get("__init__")
    return original if inspect.isbuiltin(original) else getattr(original, "__code__", None)


def _put_back(patch):
    """Puts what a patch has replaced back, so that the patch can still be ended. Gives whether that was done."""
    original = patch.temp_original
    if type(original).__name__ == "_SentinelObject":
        return False
    try:
        if patch.is_local:
            setattr(patch.target, patch.attribute, original)
        else:
            delattr(patch.target, patch.attribute)
            if not hasattr(patch.target, patch.attribute):
                setattr(patch.target, patch.attribute, original)
    except Exception:
        return False
    return True


class Made:
    """A mock that stands for itself, and the uses of it and of what it hands out."""

    def __init__(self, mock, place, is_specified):
        # Held, so that no other object gets its place in memory.
        self.mock = mock
        self.path, self.line = place or ("", 0)
        self.is_specified = is_specified
        self.part = None
        self.uses = {}
        self.is_used = False

    def use(self, how, name, path, line):
        if len(self.uses) <= MOST_USES:
            self.uses.setdefault((how, name, path), line)

    def told(self):
        uses = [[*use, line] for use, line in self.uses.items()]
        return {"path": self.path, "line": self.line, "specified": self.is_specified, "part": self.part, "uses": uses}


class Mocks:
    """The mocks that are made while a test runs."""

    def __init__(self, tree):
        self.tree = tree + os.sep
        self.made = None
        self.other = None
        self.answers = 0
        self.file = ""
        self.without = ()
        self.is_in_place = False
        self.parts = {}
        self.originals = {}
        self.real = {}
        self.seen = set()
        self.named = set()

    def listen(self):
        """Listens to the mocks of all libraries of mocks that are imported."""
        seen = set()
        for name in LIBRARIES:
            library = sys.modules.get(name)
            base = getattr(library, "NonCallableMock", None)
            if base is not None and base not in seen:
                seen.add(base)
                self._listen(library, base)

    def begin(self, file="", other=None, without=(), is_in_place=False):
        """Begins with a test of a file, as Python knows it. `other` is what one of its mocks is to answer otherwise: the place that
        makes it, the part that it stands in for, the name of what answers, and what is asked. The parts in `without` are not to be
        replaced, or, in place, only watched."""
        self.made, self.other, self.answers = {}, other, 0
        self.file, self.without, self.is_in_place, self.parts = file, without, is_in_place, {}
        self.originals, self.real = {}, {}
        self.seen, self.named = set(), set()
        if without:
            threading.setprofile(self._profile)
            sys.setprofile(self._profile)

    def end(self):
        """The mocks of the test that was just run, as what can be told."""
        made, self.made = self.made, None
        if self.without:
            sys.setprofile(None)
            threading.setprofile(None)
        # Of one with more uses than that, nobody knows whether the rest says something of it.
        return [one.told() for one in made.values() if 0 < len(one.uses) <= MOST_USES and (one.path or one.part)][:MOST_MOCKS]

    def idle(self):
        """The parts that were replaced once, by a mock that nothing has used; of those in `without`, the ones that were themselves, and that
        were called, or that no code of the project that ran so much as names: where it does, it may come to them elsewhere."""
        told = []
        for part, stands in self.parts.items():
            is_meant = not self.without or part in self.without
            if not is_meant or len(stands) != 1 or stands[0].is_used or part in self.named and part not in self.real:
                continue
            if not _has_values(stands[0].mock):
                told.append(part)
        return told

    def guards(self):
        """The parts of which a mock is to fail where anybody uses it."""
        return [part for part, stands in self.parts.items() if any(_is_guard(one.mock) for one in stands)]

    def _profile(self, frame, event, arg):
        """Notes the first line of the project that calls something which is itself instead of a mock, and what its code names."""
        if event == "call":
            code = frame.f_code
            if self.originals and code not in self.seen:
                self.seen.add(code)
                if code.co_filename != self.file and self._place(frame):
                    self.named.update(part for part in self.without if part in code.co_names or part in code.co_consts)
            part, frame = self.originals.get(code), frame.f_back
        else:
            part = self.originals.get(arg) if event == "c_call" else None
        if part is not None and part not in self.real:
            place = self._place(frame)
            if place:
                self.real[part] = place

    def _asker(self, is_direct=False):
        """The frame of the first who is no library of mocks; nothing where a library does something of its own accord."""
        frame = sys._getframe(1)
        while frame is not None and frame.f_globals.get("__name__") == __name__:
            frame = frame.f_back
        if is_direct and frame is not None and frame.f_globals.get("__name__") in LIBRARIES:
            return None
        while frame is not None and frame.f_globals.get("__name__") in BETWEEN:
            frame = frame.f_back
        return frame

    def _place(self, frame):
        """The file, from the project's root, and the line of a frame; nothing where that is none of the project's."""
        file = frame.f_code.co_filename if frame is not None else ""
        if not file.startswith(self.tree) or "site-packages" in file:
            return None
        return file[len(self.tree):].replace(os.sep, "/"), frame.f_lineno

    def _is_used(self, how, name, frame):
        """Whether that is a use of a mock, and not what its test says of it beforehand."""
        if frame is None or frame.f_code.co_filename != self.file:
            return frame is not None
        last = name.rpartition(".")[2]
        if how in ("set", "look"):
            return last not in SAYING if how == "look" else last.startswith("__")
        return how == "call" or last in ("__bool__", "__eq__")

    def _whole(self, mock, name):
        """The mock that stands for itself, and the name of something from there on."""
        names, root = [name] if name else [], mock
        while True:
            inner = root.__dict__
            above = inner.get("_mock_new_parent")
            if above is None:
                break
            names.append(inner.get("_mock_new_name") or "")
            root = above
        return self.made.get(id(root)), ".".join(reversed(names)).replace(".()", "()")

    def _note(self, mock, how, name=""):
        if self.made is None:
            return
        try:
            made, whole = self._whole(mock, name)
            if made is None:
                return
            frame = self._asker(how in ("set", "look"))
            made.is_used = made.is_used or self._is_used(how, whole, frame)
            place = self._place(frame)
            if place:
                made.use(how, whole, *place)
        except Exception:
            pass

    def _is_other(self, mock, name):
        if self.made is None or self.other is None:
            return False
        try:
            made, whole = self._whole(mock, name)
            return made is not None and [made.path, made.line, made.part, whole] == self.other
        except Exception:
            return False

    def _answer(self, name):
        self.answers += 1
        return OTHER[name] if self.answers <= MOST_ANSWERS else not OTHER[name]

    def _add(self, mock, is_specified):
        is_root = mock.__dict__.get("_mock_new_parent") is None
        if self.made is not None and is_root and len(self.made) < 10 * MOST_MOCKS:
            self.made[id(mock)] = Made(mock, self._place(self._asker()), is_specified)

    def _replaced(self, patch, mock):
        """Notes which part a mock stands in for. Gives whether that part is itself after all, as it is not to be replaced."""
        made = self.made and self.made.get(id(mock))
        if not made:
            return False
        part = made.part = str(patch.attribute)
        # Of what a mock stands in for in another mock, nothing is real. Nobody notices who asks of a value only whether it is there.
        original, kinds = patch.temp_original, (type(sys), staticmethod, classmethod)
        if "_mock_new_parent" in getattr(patch.target, "__dict__", ()) or not (callable(original) or isinstance(original, kinds)):
            return False
        is_meant = part in self.without and not self.parts.get(part)
        is_back = is_meant and not self.is_in_place and _put_back(patch)
        if is_back or self.is_in_place or not self.without:
            self.parts.setdefault(part, []).append(made)
        if is_back or is_meant and self.is_in_place:
            self.originals[_called(original) or id(patch)] = part
        return is_back

    def _listen(self, library, base):
        """Wraps what everybody comes by who makes a mock, or takes something of it."""
        mocks = self
        make, take, put, remove = base.__init__, base.__getattr__, base.__setattr__, base.__delattr__
        proxy, patch = getattr(library, "MagicProxy", None), getattr(library, "_patch", None)
        callable_ = library.CallableMixin
        call = callable_.__call__

        @functools.wraps(make)
        def __init__(self, spec=None, wraps=None, name=None, spec_set=None, parent=None, *rest, **named):
            make(self, spec, wraps, name, spec_set, parent, *rest, **named)
            mocks._add(self, any(one is not None for one in (spec, wraps, spec_set)))

        def __getattr__(self, name):
            value = take(self, name)
            mocks._note(self, "take", name)
            return value

        def __setattr__(self, name, value):
            put(self, name, value)
            is_empty = name == "side_effect" and value is None
            if name not in OWN and not name.startswith("_mock_") and not is_empty:
                mocks._note(self, "set", name)

        def __delattr__(self, name):
            remove(self, name)
            mocks._note(self, "set", name)

        def __bool__(self):
            mocks._note(self, "take", "__bool__")
            return mocks._answer("__bool__") if mocks._is_other(self, "__bool__") else True

        def __eq__(self, other):
            mocks._note(self, "take", "__eq__")
            return mocks._answer("__eq__") if mocks._is_other(self, "__eq__") else NotImplemented

        def __hash__(self):
            return object.__hash__(self)

        @functools.wraps(call)
        def __call__(self, *args, **named):
            mocks._note(self, "call")
            return call(self, *args, **named)

        base.__init__, base.__getattr__, base.__setattr__, base.__delattr__ = __init__, __getattr__, __setattr__, __delattr__
        base.__bool__, base.__eq__, base.__hash__, callable_.__call__ = __bool__, __eq__, __hash__, __call__
        for kind in {base, callable_, getattr(library, "AsyncMockMixin", base)}:
            for name, held in list(vars(kind).items()):
                self._look(kind, name, held)
        if proxy is not None:
            create = proxy.create_mock

            def create_mock(self):
                mocks._note(self.parent, "take", self.name)
                made = create(self)
                if self.name in OTHER and mocks._is_other(self.parent, self.name):
                    made.side_effect = lambda *rest: mocks._answer(self.name)
                return made

            proxy.create_mock = create_mock
        if patch is not None:
            enter, leave = patch.__enter__, patch.__exit__
            back = set()

            @functools.wraps(enter)
            def __enter__(self):
                value = enter(self)
                if mocks._replaced(self, value):
                    back.add(id(self))
                return value

            @functools.wraps(leave)
            def __exit__(self, *why):
                if mocks.originals:
                    mocks.originals.pop(_called(getattr(self, "temp_original", None)) or id(self), None)
                if id(self) in back:
                    back.discard(id(self))
                    if not self.is_local:
                        setattr(self.target, self.attribute, None)
                return leave(self, *why)

            patch.__enter__, patch.__exit__ = __enter__, __exit__

    def _look(self, kind, name, held):
        """Has those noted who look at how a mock was used, or say what it does."""
        mocks = self
        if name.startswith(("assert_", "configure_mock", "mock_add_spec", "attach_mock", "reset_mock")) and callable(held):
            @functools.wraps(held)
            def wrapped(self, *args, **named):
                mocks._note(self, "look", name)
                return held(self, *args, **named)

            setattr(kind, name, wrapped)
        elif isinstance(held, property) and (name in OWN or name == "return_value"):
            def get(self):
                mocks._note(self, "look", name)
                return held.fget(self)

            setattr(kind, name, property(get, held.fset, held.fdel, held.__doc__))
