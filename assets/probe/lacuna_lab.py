"""lacuna's flake lab inside pytest: exact orders, repetitions, seeds, stalls, and what a test leaves behind.

Loaded by ``-p lacuna_lab`` beside the probe; standard library only, nothing installed. One process runs what the file
that LACUNA_LAB names says, as JSON, and nothing else; its results go through the probe's channel. Nothing of it touches
the project's own files: the process works on a copy of them. PYTEST_DONT_REWRITE

The file says:
  target    the node id that everything is about
  order     what runs, one after another in this process; null is a test that does nothing
  repeat    how often the target is repeated after that: {"count", "seconds", "until"}; until: so many failures
  seed      the number that the generators of random numbers are started with before the target
  sweep     whether each repetition takes the next seed
  interval  the seconds between switches of threads
  stall     {"share", "longest", "seed"}: short waits at lines and calls of the target and its threads
  clocks    points in time, in seconds since 1970: the first run of the target has the first one for now, and so on
  offline   whether connections to other machines are refused
  worker    whether the variables are those of a worker of xdist
  listing   "sorted", "reversed" or a seed: the order in which folders list their files
  root      the project's own folder, tree: that of its copy
  diff      whether it is told what the tests before the target changed
  undo      what of that is put back before the target runs: names as they were told, or "all"
  trace     whether it is told which lines the last run of the target executed
  watch     {node id: [part]}: these tests run in the order of their files, each with all that it needs set up and torn down
            again, and of each it is told which of its parts are as they were before; a node id without its case means all
            cases. A part is "os.environ[NAME]", "sys.modules[NAME]", either of them whole, a list of `sys`, a call that
            changes the process ("os.chdir"), "@NAME" of the test's own module, or the dotted name of what is assigned
  mocks     whether it is told of each test what was asked of the mocks that it made
  others    {node id: what one of its mocks answers otherwise}
  without   {node id: which parts a mock is not to stand in for}
"""

import copy
import importlib.util
import inspect
import json
import os
import sys
import threading
import time
import types

import pytest

import lacuna_probe

MOST_FAILURES = 40
MOST_CHANGES = 60
MOST_STEPS = 30000
MOST_STALLED = 0.5
MOST_FILES = 20000
CONTENT = 262144
IDS_PER_LINE = 400
# What Python itself keeps in modules and classes, some of it only once somebody asks.
BY_PYTHON = frozenset((
    "__abstractmethods__", "__annotate__", "__annotate_func__", "__annotations__", "__annotations_cache__", "__builtins__",
    "__cached__", "__dict__", "__doc__", "__file__", "__firstlineno__", "__loader__", "__module__", "__name__", "__package__",
    "__path__", "__spec__", "__static_attributes__", "__type_params__", "__warningregistry__", "__weakref__", "_abc_impl",
))
# Plugins that repeat, reorder or reseed tests by themselves.
STRANGERS = (
    "randomly", "random_order", "random-order", "rerunfailures", "pytest_rerunfailures", "flaky", "flaky.flaky_pytest_plugin",
    "repeat", "pytest_repeat", "flakefinder", "pytest_flakefinder", "testmon", "pytest_order", "pytest-order", "reverse",
    "pytest_randomly", "timeout_retry", "pytest_retry", "retry",
)


def _spec():
    try:
        with open(os.environ["LACUNA_LAB"], encoding="utf-8") as file:
            return json.load(file)
    except (KeyError, OSError, ValueError):
        return {}


SPEC = _spec()
REAL_SLEEP, REAL_MONOTONIC, REAL_TIME = time.sleep, time.monotonic, time.time


def _move_paths(root, tree):
    """Has what is imported from the project's own folder come from its copy, installed in place or not."""
    if not root or not tree or root == tree:
        return

    def moved(path):
        path = str(path)
        return tree + path[len(root):] if path == root or path.startswith(root + os.sep) else path

    kept = ("%s%s" % (root, os.sep + name) for name in (".venv", "venv", "env", ".tox", ".nox"))
    kept = tuple(kept) + (os.path.realpath(sys.prefix),)

    def is_kept(path):
        return str(path).startswith(kept) or "site-packages" in str(path)

    sys.path[:] = [path if is_kept(path) else moved(path) for path in sys.path]
    for finder in sys.meta_path:
        module = sys.modules.get(getattr(finder, "__module__", ""), None)
        mapping = getattr(module, "MAPPING", None)
        if isinstance(mapping, dict) and "__editable__" in getattr(module, "__name__", ""):
            for name, path in list(mapping.items()):
                mapping[name] = moved(path)


class Shift:
    """By how much the clock is wrong."""

    seconds = 0.0


def _shift_clock():
    """A clock that is wrong, for what asks it in Python."""
    import datetime

    real = {name: getattr(time, name) for name in ("time", "time_ns", "localtime", "gmtime", "strftime", "ctime", "asctime")}
    time.time = lambda: real["time"]() + Shift.seconds
    time.time_ns = lambda: real["time_ns"]() + int(Shift.seconds * 10**9)
    time.localtime = lambda at=None: real["localtime"](time.time() if at is None else at)
    time.gmtime = lambda at=None: real["gmtime"](time.time() if at is None else at)
    time.strftime = lambda form, at=None: real["strftime"](form, time.localtime() if at is None else at)
    time.ctime = lambda at=None: real["ctime"](time.time() if at is None else at)
    time.asctime = lambda at=None: real["asctime"](time.localtime() if at is None else at)
    day, moment = datetime.date, datetime.datetime

    class OfDate(type):
        def __instancecheck__(cls, it):
            return isinstance(it, day)

        def __subclasscheck__(cls, it):
            return issubclass(it, day)

    class OfDatetime(type):
        def __instancecheck__(cls, it):
            return isinstance(it, moment)

        def __subclasscheck__(cls, it):
            return issubclass(it, moment)

    class date(day, metaclass=OfDate):
        @classmethod
        def today(cls):
            return day.fromtimestamp(time.time())

    class Datetime(moment, metaclass=OfDatetime):
        @classmethod
        def now(cls, tz=None):
            return moment.fromtimestamp(time.time(), tz)

        @classmethod
        def today(cls):
            return moment.fromtimestamp(time.time())

        @classmethod
        def utcnow(cls):
            return moment.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)

    Datetime.__name__ = Datetime.__qualname__ = "datetime"
    datetime.date, datetime.datetime = date, Datetime


def _is_near(host):
    host = str(host or "").strip("[]").lower()
    return host in ("", "localhost", "::1", "0.0.0.0", "::") or host.startswith("127.") or host.endswith(".localhost")


def _address(address):
    if isinstance(address, tuple) and len(address) >= 2:
        return str(address[0]), "%s:%s" % (address[0], address[1])
    return "", str(address)


REACHED = []


def _listen(event, args):
    """Notes which other machines are reached for."""
    try:
        if event in ("socket.connect", "socket.sendto"):
            host, shown = _address(args[1])
        elif event == "socket.getaddrinfo":
            host, shown = str(args[0] or ""), "%s:%s" % (args[0], args[1])
        else:
            return
        if not _is_near(host) and shown not in REACHED and len(REACHED) < 20:
            REACHED.append(shown)
    except Exception:
        pass


def _refuse_network():
    import errno
    import socket

    def refused():
        return OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    def guard(name):
        real = getattr(socket.socket, name)

        def guarded(self, address, *rest):
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_near(_address(address)[0]):
                if name == "connect_ex":
                    return errno.ENETUNREACH
                raise refused()
            return real(self, address, *rest)

        setattr(socket.socket, name, guarded)

    for name in ("connect", "connect_ex"):
        guard(name)
    lookup = socket.getaddrinfo

    def getaddrinfo(host, *rest, **named):
        if not _is_near(host.decode() if isinstance(host, bytes) else host):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return lookup(host, *rest, **named)

    socket.getaddrinfo = getaddrinfo


def _order_listings(how):
    import random

    listdir, scandir = os.listdir, os.scandir

    def ordered(entries, name):
        entries = sorted(entries, key=name)
        if how == "reversed":
            entries.reverse()
        elif isinstance(how, int):
            random.Random(how).shuffle(entries)
        return entries

    class Listing:
        def __init__(self, entries):
            self.entries = iter(entries)

        def __iter__(self):
            return self

        def __next__(self):
            return next(self.entries)

        def __enter__(self):
            return self

        def __exit__(self, *why):
            self.close()

        def close(self):
            self.entries = iter(())

    def list_ordered(*place):
        return ordered(listdir(*place), lambda name: name)

    def scan_ordered(*place):
        with scandir(*place) as entries:
            return Listing(ordered(entries, lambda entry: entry.name))

    os.listdir, os.scandir = list_ordered, scan_ordered


class Stalls:
    """Short waits at lines of the project and at calls elsewhere, while the target runs, in all of its threads."""

    def __init__(self, how, tree):
        self.how = how
        self.tree = tree + os.sep
        self.count = 0
        self.left = 0.0

    def begin(self, number):
        import random

        self.choose = random.Random(self.how["seed"] + number)
        self.left = MOST_STALLED
        threading.settrace(self.enter)
        sys.settrace(self.enter)

    def end(self):
        sys.settrace(None)
        threading.settrace(None)

    def wait(self, share):
        if self.left > 0 and self.choose.random() < share:
            seconds = self.choose.random() * self.how["longest"]
            self.left -= seconds
            self.count += 1
            REAL_SLEEP(seconds)

    def enter(self, frame, event, arg):
        file = frame.f_code.co_filename
        if "_pytest" in file or "pluggy" in file or "lacuna_" in file:
            return None
        if file.startswith(self.tree):
            return self.step
        # Of the calls of libraries there are many, and few of them matter.
        self.wait(self.how["share"] / 20)
        return None

    def step(self, frame, event, arg):
        if event != "return":
            self.wait(self.how["share"])
        return self.step


class Steps:
    """The lines of the project that the target executes, in their order, in its own thread."""

    def __init__(self, tree):
        self.tree = tree + os.sep
        self.files = {}
        self.steps = []

    def begin(self):
        self.files, self.steps = {}, []
        sys.settrace(self.enter)

    def end(self):
        sys.settrace(None)

    def enter(self, frame, event, arg):
        return self.step if frame.f_code.co_filename.startswith(self.tree) else None

    def step(self, frame, event, arg):
        if event == "line" and len(self.steps) < 2 * MOST_STEPS:
            file = self.files.setdefault(frame.f_code.co_filename, len(self.files))
            self.steps += (file, frame.f_lineno)
        return self.step

    def told(self):
        return {"files": [file[len(self.tree):] for file in self.files], "steps": self.steps}


PLAIN = (int, float, complex, bool, str, bytes, type(None))


def _print_of(value, depth=4, room=None):
    """A text that is the same as long as a value is: bounded, and never the code of the project."""
    room = [400] if room is None else room
    room[0] -= 1
    kind = type(value)
    if kind in PLAIN:
        return repr(value)[:200]
    if depth <= 0 or room[0] <= 0:
        return "%s at %x" % (kind.__name__, id(value))
    if kind in (list, tuple):
        return "%s(%s)" % (kind.__name__, ", ".join(_print_of(item, depth - 1, room) for item in list(value)[:50]) + " of %d" % len(value))
    if kind in (set, frozenset):
        return "%s(%s)" % (kind.__name__, sorted(_print_of(item, depth - 1, room) for item in list(value)[:50]))
    if isinstance(value, dict):
        items = list(dict.items(value))[:50]
        shown = ", ".join("%s: %s" % (_print_of(key, 1, room), _print_of(item, depth - 1, room)) for key, item in items)
        return "%s(%s of %d)" % (kind.__name__, shown, dict.__len__(value))
    if isinstance(value, type) or callable(value):
        defaults = getattr(value, "__defaults__", None)
        cache = getattr(value, "cache_info", None)
        parts = ["%x" % id(value)]
        if type(defaults) is tuple:
            parts.append(_print_of(defaults, depth - 1, room))
        if cache is not None and type(value).__name__ == "_lru_cache_wrapper":
            parts.append("cached %d" % cache().currsize)
        return "%s(%s)" % (kind.__name__, " ".join(parts))
    inner = getattr(value, "__dict__", None)
    if type(inner) is dict and kind.__module__ not in ("builtins", "logging", "threading"):
        return "%s at %x %s" % (kind.__name__, id(value), _print_of(inner, depth - 1, room))
    return "%s at %x" % (kind.__name__, id(value))


def _short(value):
    try:
        if type(value) in PLAIN + (list, tuple, dict, set, frozenset):
            text = repr(value)
        else:
            text = "%s object" % type(value).__name__
    except Exception:
        text = "?"
    return text if len(text) <= 160 else text[:157] + "..."


MISSING = object()


class State:
    """What tests share, at one moment: where the process is, its variables, modules, files, generators, handlers."""

    def __init__(self, tree, temporary):
        self.tree = tree
        self.temporary = temporary
        self.cwd = self._cwd()
        self.environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        self.modules = dict(sys.modules)
        self.values = {}
        self.bindings = {}
        self.contents = {}
        for name, module in list(sys.modules.items()):
            self._module(name, module)
        self.files = self._files()
        self.others = self._others()

    @staticmethod
    def _cwd():
        try:
            return os.getcwd()
        except OSError:
            return "(a folder that is gone)"

    def _is_own(self, module):
        file = getattr(module, "__file__", None) or ""
        return file.startswith(self.tree + os.sep) and "site-packages" not in file

    def _module(self, name, module):
        inner = getattr(module, "__dict__", None)
        if type(inner) is not dict or name.startswith(("lacuna_", "_pytest", "pytest", "pluggy", "_lacuna")):
            return
        own = self._is_own(module)
        for key, value in list(inner.items()):
            if key in BY_PYTHON or key.startswith("@"):
                continue
            self.bindings["attr", name, key] = (module, key, value)
            if not own:
                continue
            self._value(("attr", name, key), value)
            if isinstance(value, type) and value.__module__ == name:
                self._class(name, value)

    def _class(self, name, of):
        for key, value in list(vars(of).items()):
            if key in BY_PYTHON:
                continue
            place = ("class", name, "%s.%s" % (of.__qualname__, key))
            self.bindings[place] = (of, key, value)
            self._value(place, value)

    def _value(self, place, value):
        try:
            self.values[place] = _print_of(value)
        except Exception:
            return
        if type(value) in (list, dict, set):
            self.contents[place] = copy.copy(value)
        elif type(getattr(value, "__dict__", None)) is dict and not isinstance(value, type) and not callable(value):
            self.contents[place] = dict(value.__dict__)

    def _files(self):
        found = {}
        for top in (self.tree, self.temporary):
            for folder, folders, files in os.walk(top):
                folders[:] = [name for name in folders if name not in ("__pycache__", ".pytest_cache", ".git") and not name.startswith("pytest-of-")]
                for name in files + folders:
                    if len(found) >= MOST_FILES:
                        return found
                    path = os.path.join(folder, name)
                    try:
                        seen = os.lstat(path)
                    except OSError:
                        continue
                    is_file = name in files
                    content = None
                    if is_file and SPEC.get("undo") and seen.st_size <= CONTENT:
                        try:
                            with open(path, "rb") as file:
                                content = file.read()
                        except OSError:
                            pass
                    found[path] = ((seen.st_mode, seen.st_size if is_file else 0, seen.st_mtime_ns if is_file else 0), content)
        return found

    @staticmethod
    def _others():
        import gc
        import locale
        import logging
        import random
        import signal
        import socket
        import warnings

        found = {}

        def note(name, value, put=None):
            found[name] = (value, put)

        umask = os.umask(0)
        os.umask(umask)
        note("umask", umask, lambda: os.umask(umask))
        try:
            place = locale.setlocale(locale.LC_ALL)
            note("locale", place, lambda: locale.setlocale(locale.LC_ALL, place))
        except locale.Error:
            pass
        state = random.getstate()
        note("random numbers", hash(state), lambda: random.setstate(state))
        numpy = sys.modules.get("numpy")
        if hasattr(numpy, "random"):
            drawn = numpy.random.get_state()
            note("random numbers of numpy", repr(drawn[1:3]), lambda: numpy.random.set_state(drawn))
        root = logging.getLogger()
        level, off = root.level, logging.root.manager.disable
        note("logging: level", level, lambda: root.setLevel(level))
        note("logging: disabled", off, lambda: logging.disable(off))
        filters = list(warnings.filters)
        note("warnings: filters", [repr(rule) for rule in filters], lambda: setattr(warnings, "filters", filters))
        for number in range(1, 32):
            try:
                handler = signal.getsignal(number)
            except (ValueError, OSError):
                continue
            note("signal %d" % number, repr(handler), lambda number=number, handler=handler: signal.signal(number, handler))
        timeout = socket.getdefaulttimeout()
        note("socket: default timeout", timeout, lambda: socket.setdefaulttimeout(timeout))
        path, limit, enabled, zone = list(sys.path), sys.getrecursionlimit(), gc.isenabled(), time.tzname
        note("sys.path", path, lambda: sys.path.__setitem__(slice(None), path))
        note("recursion limit", limit, lambda: sys.setrecursionlimit(limit))
        note("garbage collector", enabled, gc.enable if enabled else gc.disable)
        note("time zone", zone, time.tzset)
        note("threads", sorted(thread.name for thread in threading.enumerate()))
        return found

    def _shown_path(self, path):
        for top, word in ((self.tree, ""), (self.temporary, "<tmp>/")):
            if path.startswith(top + os.sep):
                return word + path[len(top) + 1:]
        return path

    def changes(self, after):
        """What differs afterwards, what matters most first: kind, name, before, after, and how it is put back."""
        found = []

        def note(rank, kind, name, before, now, put=None):
            found.append((rank, kind, name, _bound(before), _bound(now), put))

        if self.cwd != after.cwd:
            note(0, "working directory", "cwd", self._shown_cwd(self.cwd), self._shown_cwd(after.cwd), lambda: os.chdir(self.cwd))
        for name in sorted(set(self.environment) | set(after.environment)):
            old, new = self.environment.get(name), after.environment.get(name)
            if old != new:
                put = (lambda name=name: os.environ.pop(name, None)) if old is None else (lambda name=name, old=old: os.environ.__setitem__(name, old))
                note(1, "environment", name, "(not set)" if old is None else old, "(not set)" if new is None else new, put)
        for place in set(self.bindings) | set(after.bindings):
            self._binding(place, after, note)
        for path in sorted(set(self.files) | set(after.files)):
            self._file(path, after, note)
        for name in sorted(set(self.others) | set(after.others)):
            old, new = self.others.get(name, (None, None)), after.others.get(name, (None, None))
            if old[0] != new[0]:
                rank = 9 if name.startswith("random") else 5
                shown = ("", "") if rank == 9 else (old[0], new[0])
                note(rank, "process", name, shown[0], shown[1], old[1])
        for name, module in list(self.modules.items()):
            now = after.modules.get(name, MISSING)
            if now is not module:
                word = "gone" if now is MISSING else "loaded again"
                note(4, "module", name, "loaded", word, lambda name=name, module=module: sys.modules.__setitem__(name, module))
        for name in sorted(set(after.modules) - set(self.modules)):
            if not name.startswith(("lacuna_", "_pytest")):
                note(8, "module", name, "not loaded", "loaded", lambda name=name: sys.modules.pop(name, None))
        found.sort(key=lambda change: change[:3])
        return found

    def _shown_cwd(self, path):
        return "." if path == self.tree else self._shown_path(path)

    def _binding(self, place, after, note):
        old, new = self.bindings.get(place), after.bindings.get(place)
        kind, module, key = place
        if module not in self.modules:
            return
        before, now = self.values.get(place), after.values.get(place)
        if old is not None and new is not None and old[2] is new[2] and before == now:
            return
        own = before is not None or now is not None
        if own and old is not None and new is not None and before == now:
            return
        if not own and isinstance((new or old)[2], type(sys)):
            # A module that was imported below another one.
            return
        rank = 2 if own else 6
        holder = (old or new)[0]
        name = "%s.%s" % (module, key)
        word = "class attribute" if kind == "class" else "module global"
        note(rank, word, name, "(absent)" if old is None else self._was(place, old[2]), "(absent)" if new is None else _short(new[2]),
             lambda: self._put_back(place, holder, old, new))

    def _was(self, place, value):
        content = self.contents.get(place, MISSING)
        if content is MISSING or type(content) is not type(value):
            return _short(value)
        return _short(content)

    def _put_back(self, place, holder, old, new):
        if old is None:
            delattr(holder, place[2].rpartition(".")[2])
            return
        key, value = old[1], old[2]
        content = self.contents.get(place)
        if type(value) is list:
            value[:] = content
        elif type(value) in (dict, set):
            value.clear()
            value.update(content)
        elif content is not None:
            value.__dict__.clear()
            value.__dict__.update(content)
        elif hasattr(value, "cache_clear"):
            value.cache_clear()
        if new is None or new[2] is not value:
            setattr(holder, key, value)

    def _file(self, path, after, note):
        old, new = self.files.get(path), after.files.get(path)
        if old is not None and new is not None and old[0] == new[0]:
            return
        is_folder = os.path.isdir(path)
        if old is not None and new is not None and is_folder:
            return
        word = lambda seen: "(absent)" if seen is None else "%d bytes" % seen[0][1] if not is_folder else "folder"
        rank = 3
        note(rank, "file", self._shown_path(path), word(old), word(new), lambda: self._put_file_back(path, old))

    @staticmethod
    def _put_file_back(path, old):
        import shutil

        if old is None:
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            elif os.path.lexists(path):
                os.remove(path)
        elif old[1] is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(old[1])


# The calls that change the process, and what of it they change.
BY_CALL = {
    "os.umask": "umask", "locale.setlocale": "locale", "time.tzset": "time zone", "logging.disable": "logging: disabled",
    "socket.setdefaulttimeout": "socket: default timeout", "sys.setrecursionlimit": "recursion limit",
}

# The calls of which it cannot be seen what they changed.
UNSEEN = ("os.putenv", "decimal.setcontext")


class Watch:
    """Whether parts of the process and names of modules are as they were, once a test and all that it needed is gone."""

    def __init__(self, parts):
        self.parts = sorted({part for own in parts.values() for part in own})
        # What was left and cannot be put back: of the next tests nobody can tell whether they would leave it as well.
        self.tainted = set()
        self.before = {}

    def begin(self, item):
        self.before = {part: self._look(part, item) for part in self.parts}

    def end(self, item, own):
        """Of the test's own parts those that differ, and those that do not; of what is in neither nobody can tell."""
        after = {part: self._look(part, item) for part in self.parts}
        # What cannot be seen before a test may be seen after it, and the other way round.
        unseen = {part for part in self.parts if self.before[part] is None or after[part] is None}
        left = {part for part in self.parts if part not in unseen and self._differs(part, after[part])}
        clear = [part for part in own if part not in self.tainted | unseen]
        self.tainted |= unseen | {part for part in left if not self._is_put_back(part, item)}
        return [part for part in clear if part in left], [part for part in clear if part not in left]

    def _is_put_back(self, part, item):
        try:
            self.before[part][1]()
        except Exception:
            return False
        now = self._look(part, item)
        return now is not None and not self._differs(part, now)

    def _differs(self, part, after):
        before, now = self.before[part][0], after[0]
        if not part.startswith("sys.modules"):
            return before != now
        # What a test was the first to import is no change.
        return any(now.get(name) is not module for name, module in before.items()) or bool(self._made(before, now))

    @staticmethod
    def _made(before, now):
        """The names under which there is no module that was imported."""
        is_made = lambda module: not isinstance(module, types.ModuleType) or module.__spec__ is None
        return [name for name, module in now.items() if name not in before and is_made(module)]

    def _look(self, part, item):
        """What a part is now, and how it becomes so again; nothing where that cannot be seen."""
        try:
            name, has_key, key = part.rstrip("]").partition("[")
            if name == "os.environ":
                variables = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
                return variables.get(key) if has_key else variables, lambda: self._set(os.environ, variables)
            if name == "sys.modules":
                modules = self._modules(key)
                return modules, lambda: self._load(modules, key)
            if name in ("sys.path", "sys.argv", "sys.meta_path"):
                held = getattr(sys, name[4:])
                entries = list(held)
                return entries, lambda: (held.__setitem__(slice(None), entries), setattr(sys, name[4:], held))
            if name == "os.chdir":
                folder = State._cwd()
                return folder, lambda: os.chdir(folder)
            if name == "sys.settrace":
                trace = sys.gettrace()
                return _print_of(trace), lambda: sys.settrace(trace)
            if name in BY_CALL:
                return State._others().get(BY_CALL[name])
            return None if name in UNSEEN else self._named(name, item)
        except Exception:
            return None

    @staticmethod
    def _set(place, values):
        for name in [name for name in place if name not in values and name != "PYTEST_CURRENT_TEST"]:
            del place[name]
        place.update(values)

    @staticmethod
    def _modules(key):
        """The modules by that name, or all of them."""
        return {name: module for name, module in sys.modules.items() if not key or name == key}

    def _load(self, modules, key):
        for name in self._made(modules, self._modules(key)):
            del sys.modules[name]
        sys.modules.update(modules)

    @staticmethod
    def _named(name, item):
        own = getattr(item, "module", None)
        if name.startswith("@"):
            holder, names = own, name[1:].split(".")
        else:
            names = importlib.util.resolve_name(name, own.__package__).split(".")
            at = next(at for at in range(len(names) - 1, 0, -1) if ".".join(names[:at]) in sys.modules)
            holder, names = sys.modules[".".join(names[:at])], names[at:]
        for inner in names[:-1]:
            holder = inspect.getattr_static(holder, inner)
        name, value = names[-1], vars(holder).get(names[-1], MISSING)
        if value is MISSING:
            return MISSING, lambda: delattr(holder, name)
        return _print_of(value), lambda: setattr(holder, name, value)


def _bound(value):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else text[:197] + "..."


class Lab:
    """Runs what the specification says, in place of pytest's own loop."""

    def __init__(self, config):
        self.config = config
        self.channel = lacuna_probe.PROBE.channel
        self.target = SPEC["target"]
        self.tree = str(SPEC.get("tree") or os.getcwd())
        self.reports = None
        self.attempts = 0
        self.failures = 0
        self.skipped = 0
        self.changes = []
        self.undone = []
        self.stalls = Stalls(SPEC["stall"], self.tree) if SPEC.get("stall") else None
        self.steps = Steps(self.tree) if SPEC.get("trace") else None
        self.is_last = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report):
        if self.reports is not None:
            self.reports.append(report)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item):
        is_traced = self.steps is not None and self.is_last
        if is_traced:
            self.steps.begin()
        yield
        if is_traced:
            self.steps.end()

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_collection_modifyitems(self, session, config, items):
        self.items = list(items)
        yield
        known = {item.nodeid: item for item in items}
        for item in self.items:
            known.setdefault(item.nodeid, item)
        self.items = known

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        try:
            self.run(session)
        finally:
            self.done()
        return True

    def done(self, missing=()):
        told = [list(change[1:5]) for change in self.changes[:MOST_CHANGES]]
        steps = self.steps.told() if self.steps else None
        self.channel.send("lab_done", ran=self.attempts, failed=self.failures, skipped=self.skipped,
                          missing=getattr(self, "missing", []), changes=told, undone=self.undone,
                          reached=REACHED, stalls=self.stalls.count if self.stalls else 0, steps=steps)

    def run(self, session):
        items = getattr(self, "items", {})
        items = items if isinstance(items, dict) else {item.nodeid: item for item in items}
        if SPEC.get("watch"):
            return self.watch(items.values(), SPEC["watch"])
        order = SPEC["order"]
        if SPEC.get("mocks"):
            return self.ask([item for nodeid in order for item in self.cases(items, nodeid)])
        self.missing = [nodeid for nodeid in order if nodeid is not None and nodeid not in items][:20]
        if self.target not in items:
            return
        run = [self.neutral(items[self.target]) if nodeid is None else items.get(nodeid) for nodeid in order]
        run = [item for item in run if item is not None]
        # What a test that does not fit breaks off comes back before the target.
        temporary = os.path.realpath(os.environ.get("TMPDIR") or "/tmp")
        state = State(self.tree, temporary) if SPEC.get("diff") or SPEC.get("undo") else None
        run = [self.copied(item) for item in run]
        last = len(run) - 1
        following = None
        repeat = SPEC.get("repeat") or {}
        for at, item in enumerate(run):
            if self.channel.is_stopping():
                raise KeyboardInterrupt("the run is being cancelled")
            self.is_last = at == last and not repeat
            if at == last and state is not None:
                self.compare(state, temporary)
            following = run[at + 1] if at < last else None
            if at == last and repeat and repeat["count"] > 1:
                following = self.copied(items[self.target])
            self.one(item, following, item.nodeid == self.target)
        if following is not None and self.failures < repeat["until"]:
            self.repeat(items[self.target], following, repeat)

    def watch(self, items, parts):
        """Runs each test that is watched by itself, and tells what it leaves."""
        watch = Watch(parts)
        for item in items:
            own = parts.get(item.nodeid) or parts.get(item.nodeid.partition("[")[0])
            if own is None:
                continue
            item = self.copied(item)
            watch.begin(item)
            # Nothing follows: all that was set up is torn down, the session's own as well.
            outcome = self.outcome(item, None)
            left, kept = watch.end(item, own)
            self.channel.send("lab_left", id=item.nodeid, outcome=outcome, left=left, kept=kept)

    @staticmethod
    def cases(items, nodeid):
        """The test of a node id, or all cases of one without its parameters."""
        if nodeid in items:
            return [items[nodeid]]
        return [item for known, item in items.items() if known.partition("[")[0] == nodeid]

    def ask(self, items):
        """Runs tests one after another, and tells of each what was asked of the mocks that it made."""
        import lacuna_mocks

        mocks = lacuna_mocks.Mocks(self.tree)
        mocks.listen()
        for item, following in zip(items, items[1:] + [None]):
            of = item.nodeid
            mocks.begin(str(item.fspath), SPEC["others"].get(of), SPEC["without"].get(of, ()), SPEC["in_place"])
            outcome = self.outcome(item, following)
            self.channel.send("lab_asked", id=of, outcome=outcome, mocks=mocks.end(), idle=mocks.idle(),
                              guards=mocks.guards(), real=mocks.real)

    def outcome(self, item, following):
        """Runs one test, and gives how it ended."""
        if self.channel.is_stopping():
            raise KeyboardInterrupt("the run is being cancelled")
        self.reports, attempt = [], lacuna_probe.Attempt()
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        for report in self.reports:
            attempt.take(report)
        outcome = attempt.outcome() if self.reports else "error"
        self.reports = None
        return outcome

    def repeat(self, item, following, repeat):
        end = REAL_MONOTONIC() + repeat["seconds"]
        told = REAL_MONOTONIC()
        # What the order ran counts.
        count = self.attempts
        while count < repeat["count"]:
            current, following = following, self.copied(item)
            count += 1
            is_over = count >= repeat["count"] or REAL_MONOTONIC() >= end
            self.one(current, None if is_over else following, True)
            if is_over or self.failures >= repeat["until"] or self.channel.is_stopping():
                return
            if REAL_MONOTONIC() - told > 0.25:
                told = REAL_MONOTONIC()
                self.channel.send("lab_so_far", ran=self.attempts, failed=self.failures)

    def compare(self, before, temporary):
        after = State(self.tree, temporary)
        self.changes = before.changes(after)
        undo = SPEC.get("undo")
        for change in self.changes:
            if undo and change[5] is not None and (undo == "all" or change[2] in undo):
                try:
                    change[5]()
                    self.undone.append(change[2])
                except Exception:
                    pass

    def copied(self, item):
        """Another item for the same test: pytest does not set up again what it takes for the same."""
        try:
            other = copy.copy(item)
            stash = getattr(other, "stash", None)
            if stash is not None:
                fresh = type(stash)()
                fresh._storage = dict(stash._storage)
                other.stash = other._store = fresh
            other._report_sections = []
            other.user_properties = list(item.user_properties)
            other._initrequest()
            return other
        except Exception:
            return item

    def neutral(self, item):
        module = item.getparent(pytest.Module)
        try:
            return pytest.Function.from_parent(module, name="lacuna_neutral", callobj=_neutral)
        except Exception:
            return None

    def seed(self):
        seed = SPEC.get("seed")
        if seed is None:
            return None
        if SPEC.get("sweep"):
            seed += self.attempts
        import random

        random.seed(seed)
        numpy = sys.modules.get("numpy")
        if hasattr(numpy, "random"):
            numpy.random.seed(seed % 2**32)
        return seed

    def one(self, item, following, is_target):
        if is_target:
            seed = self.seed()
            self.reports = []
            if SPEC.get("clocks"):
                Shift.seconds = SPEC["clocks"][self.attempts % len(SPEC["clocks"])] - REAL_TIME()
            if self.stalls:
                self.stalls.begin(self.attempts)
        try:
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        finally:
            if is_target and self.stalls:
                self.stalls.end()
        if is_target:
            reports, self.reports = self.reports, None
            self.tell(reports, seed)

    def at_home(self, text):
        """A text with the paths of the project as they are in its root: pytest writes them as seen from the working directory,
        which tests may have left."""
        here = State._cwd()
        away = [self.tree + os.sep]
        if os.path.isabs(here) and here != self.tree:
            away.append(os.path.relpath(self.tree, here) + os.sep)
        for prefix in away:
            text = text.replace(prefix, "")
        return text

    def tell(self, reports, seed):
        attempt = lacuna_probe.Attempt()
        failed = None
        for report in reports:
            attempt.take(report)
            if report.outcome == "failed" and failed is None:
                failed = report
        outcome = attempt.outcome() if reports else "error"
        self.attempts += 1
        self.skipped += outcome == "skipped"
        bad = outcome in ("failed", "error")
        self.failures += bad
        if not (bad and self.failures <= MOST_FAILURES) and self.attempts > MOST_FAILURES:
            return
        told = None
        if bad and failed is not None:
            told = {
                "id": self.target, "when": failed.when, "outcome": failed.outcome,
                "longrepr": self.at_home(lacuna_probe._bounded(lacuna_probe._longrepr(failed), 65536)),
                "crash": lacuna_probe._crash(failed),
            }
        self.channel.send("lab_attempt", at=self.attempts, outcome=outcome, seconds=round(attempt.seconds, 6), seed=seed,
                          failure=told)


def _neutral():
    pass


def _begin():
    _move_paths(SPEC.get("root"), SPEC.get("tree"))
    sys.addaudithook(_listen)
    if SPEC.get("clocks"):
        _shift_clock()
    if SPEC.get("offline"):
        _refuse_network()
    if SPEC.get("worker"):
        # The second of two. Only now: the probe keeps silent in workers.
        of_worker = {"WORKER": "gw1", "WORKER_COUNT": "2", "TESTRUNUID": "0123456789abcdef0123456789abcdef"}
        os.environ.update({"PYTEST_XDIST_" + name: value for name, value in of_worker.items()})
    if SPEC.get("listing") is not None:
        _order_listings(SPEC["listing"])
    if SPEC.get("interval"):
        sys.setswitchinterval(SPEC["interval"])


if SPEC:
    _begin()


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    # Workers have their own order.
    for name, value in (("dist", "no"), ("numprocesses", None), ("tx", []), ("distload", False), ("looponfail", False)):
        if hasattr(config.option, name):
            setattr(config.option, name, value)
    yield


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    for name in STRANGERS:
        plugin = config.pluginmanager.get_plugin(name)
        if plugin is not None:
            try:
                config.pluginmanager.unregister(plugin)
            except Exception:
                pass
    follower = config.pluginmanager.get_plugin("lacuna_follower")
    if follower is not None and SPEC:
        config.pluginmanager.unregister(follower)
        # What cannot be collected is told all the same.
        config.pluginmanager.register(Broken(follower), "lacuna_broken")
    if SPEC:
        config.pluginmanager.register(Lab(config), "lacuna_lab_run")


class Broken:
    """What of the probe's hooks the lab keeps: errors of collection."""

    def __init__(self, follower):
        self.follower = follower

    def pytest_collectreport(self, report):
        self.follower.pytest_collectreport(report)

    def pytest_internalerror(self, excrepr):
        self.follower.pytest_internalerror(excrepr)
