"""lacuna's fork server: pytest, its plugins and the installed packages of a suite, imported once and forked per run.

One file, standard library only, nothing installed. PYTEST_DONT_REWRITE

It is started as ``python -c '__import__("lacuna_warm").serve(); ...'``, below lacuna's supervisor, in the project's root and
with the variables of the runs. Its standard input brings one request a line, its standard output takes one answer a line:

  run FILE     forks a child that becomes the run described in FILE  ->  "forked PID" or "refused WHY"; before that, where
               the deeper level was asked for, "deep KILOBYTES" or "shallow WHY"
  grow FILE    imports what further runs have noted                  ->  "ready KILOBYTES MODULES"
  deepen       has the deeper server made (see ``lacuna_deep.py``), or made anew  ->  the same, at once

What a run notes (see ``LACUNA_MODULES`` of the plugin) says what is imported, and in which order. A module is imported ahead
only where nothing can tell the difference. A forked trial finds that out first: an import that fails, warns, starts a
thread or a process, changes what is global, reads a variable that the project sets, or brings in a module of the project
or one that is measured, is left to the runs.
"""

import atexit
import gc
import importlib
import json
import os
import random
import signal
import sys
import warnings

CONFIGURATION = ("pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", ".coveragerc")
# What lacuna itself sets for one run or another.
OWN = (
    "PYTHONPATH", "COVERAGE_FILE", "LACUNA_EVENTS", "LACUNA_PRIVATE", "LACUNA_COVERAGE", "LACUNA_CONTEXTS",
    "LACUNA_BRANCH", "LACUNA_KNOWN", "LACUNA_ONLY", "LACUNA_HELD", "LACUNA_MODULES", "LACUNA_NOTES",
    "LACUNA_CONTRACT",
)
# The place of this file, which is on Python's path for this file's sake alone.
HERE = os.path.dirname(os.path.abspath(__file__))
# How many runs see the same random hash seed where the person has fixed none.
SAME_SEED = 25


class Unfit(Exception):
    """Why nothing can be kept ready here."""


def _installed(file):
    parts = file.split(os.sep)
    return "site-packages" in parts or "dist-packages" in parts


def _file(module):
    return getattr(module, "__file__", None) or getattr(getattr(module, "__spec__", None), "origin", None) or ""


def _threads():
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        import threading

        return threading.active_count()


def _children():
    try:
        with open("/proc/self/task/%d/children" % os.getpid()) as listed:
            return listed.read().split()
    except OSError:
        return []


def _open():
    """What this process holds open: files, connections, pipes."""
    found = []
    try:
        for number in os.listdir("/proc/self/fd"):
            try:
                found.append(os.readlink("/proc/self/fd/" + number))
            except OSError:
                pass
    except OSError:
        pass
    return sorted(found)


def _resident():
    """The memory of this process, in kilobytes."""
    try:
        with open("/proc/self/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    except (OSError, StopIteration, ValueError):
        return 0


def _identity(path):
    try:
        is_now = os.stat(path)
    except OSError:
        return None
    return is_now.st_mtime_ns, is_now.st_size, is_now.st_ino


def _globals():
    """What an import must leave as it was, beside `sys.modules`."""
    import logging

    handlers = []
    for number in range(1, 32):
        try:
            handlers.append(signal.getsignal(number))
        except ValueError:
            pass
    loop = sys.modules.get("asyncio.events")
    sockets = sys.modules.get("socket")
    return {
        "what is open": _open(),
        # A place that is named once more, such as the current directory by Celery, changes nothing.
        "sys.path": [place for place in dict.fromkeys(sys.path) if place != HERE],
        "the import hooks": [id(hook) for hook in sys.path_hooks],
        "a signal's handler": handlers,
        "sys.excepthook": sys.excepthook,
        "the standard streams": (sys.stdin, sys.stdout, sys.stderr),
        "the current directory": os.getcwd(),
        "the environment": dict(os.environ),
        "the root logger": (list(logging.root.handlers), logging.root.level, logging.root.manager.disable),
        "the logger class": logging.getLoggerClass(),
        "the recursion limit": sys.getrecursionlimit(),
        "tracing": (sys.gettrace(), sys.getprofile()),
        "the event loop's policy": getattr(loop, "_event_loop_policy", None),
        "the sockets' timeout": sockets.getdefaulttimeout() if sockets else None,
    }


class Seeds:
    """Random generators that were seeded by chance while modules were imported: each run has to seed them anew."""

    def __init__(self):
        self.found = {}
        self.plain = random.Random.seed

    def watch(self):
        """Notes generators as they are made."""
        plain, found = self.plain, self.found

        def seed(generator, a=None, *rest, **named):
            found.pop(id(generator), None)
            if a is None:
                found[id(generator)] = generator
            return plain(generator, a, *rest, **named)

        random.Random.seed = seed

    def sow(self):
        random.Random.seed = self.plain
        random.seed()
        for generator in self.found.values():
            generator.seed()
        numpy = sys.modules.get("numpy.random")
        if numpy is not None:
            numpy.seed()


class Importer:
    """Imports modules one by one and says which of them nothing can tell from an import in the run itself."""

    def __init__(self, notes, root):
        self.root = root
        self.avoid = set(notes.get("avoid", ()))
        self.set_by_project = set(notes.get("environment", ()))
        self.variables = dict(os.environ)
        self.read = set()

    def _is_foreign(self, name, module):
        """Whether a module is the project's own, or measured: the run has to import it."""
        if name.split(".")[0] in self.avoid:
            return True
        places = [_file(module)] + [str(place) for place in (getattr(module, "__path__", None) or ())]
        return any(place.startswith(self.root + os.sep) and not _installed(place) for place in places)

    def watch(self, act):
        """Does something that imports; the answer is why nobody may do that ahead of the runs, or nothing."""
        world, finders, threads, children = _globals(), list(sys.meta_path), _threads(), _children()
        before = set(self.read)
        self.read.clear()
        try:
            why = self._heard(act)
            # Where it has been set meanwhile, what reads it is no sooner than in a run.
            read = {name for name in self.read & self.set_by_project if os.environ.get(name) == self.variables.get(name)}
        finally:
            # What is imported within an import has been read by both.
            self.read |= before
        if why is not None:
            return why
        if _threads() != threads or _children() != children:
            return "it starts threads or processes"
        if sys.meta_path[:len(finders)] != finders:
            return "it changes the import hooks"
        if read:
            return "it reads %s" % sorted(read)[0]
        now = _globals()
        return next(("it changes " + what for what in world if now[what] != world[what]), None)

    @staticmethod
    def _heard(act):
        """Does it; the answer is whether warnings were given, or changed."""
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            filters = list(warnings.filters)
            act()
            if heard:
                return "it warns"
            if warnings.filters != filters:
                return "it changes the filters of warnings"
        return None

    def step(self, name):
        """Imports a package; the answer is why that should be left to the runs, or nothing."""
        before, world, finders, path = set(sys.modules), _globals(), list(sys.meta_path), list(sys.path)
        try:
            why = self.watch(lambda: importlib.import_module(name))
        except BaseException as error:
            why = "it cannot be imported: %s" % type(error).__name__
        if why is None:
            new = [(new, sys.modules[new]) for new in set(sys.modules) - before]
            foreign = sorted(new for new, module in new if self._is_foreign(new, module))
            why = "it brings in %s" % foreign[0] if foreign else None
        if why is not None:
            self._roll_back(before, world, finders, path)
        return why

    def _roll_back(self, before, world, finders, path):
        for name in set(sys.modules) - before:
            module = sys.modules.pop(name)
            parent, _, child = name.rpartition(".")
            if parent in before and getattr(sys.modules.get(parent), child, None) is module:
                delattr(sys.modules[parent], child)
        sys.path[:] = path
        sys.meta_path[:] = finders
        os.chdir(world["the current directory"])
        for name in set(os.environ) - set(world["the environment"]):
            del os.environ[name]
        os.environ.update(world["the environment"])

    def trial(self, names):
        """Those of the names that can be imported ahead, found out in a process that is thrown away."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reading)
                self.spy()
                good = [name for name in names if name not in sys.modules and self.step(name) is None]
                with os.fdopen(writing, "w") as answer:
                    json.dump(good, answer)
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            text = answer.read()
        os.waitpid(child, 0)
        try:
            return json.loads(text)
        except ValueError:
            raise Unfit("a package ended the interpreter when it was imported ahead")

    def spy(self):
        """Notes from now on which variables are read."""
        plain, read = os._Environ.__getitem__, self.read

        def getitem(environ, key):
            read.add(key)
            return plain(environ, key)

        os._Environ.__getitem__ = getitem


class Request:
    """One run, as lacuna has written it down: fields that end with a zero byte."""

    def __init__(self, path):
        with open(path, "rb") as file:
            fields = [os.fsdecode(field) for field in file.read().split(b"\0")]
        self.level, self.directory, self.probe, self.program, count = fields[:5]
        self.arguments = fields[5:5 + int(count)]
        variables = [field.partition("=") for field in fields[5 + int(count):] if field]
        self.environment = {name: value for name, _, value in variables}


class Server:
    """What is ready to be forked."""

    def __init__(self):
        self.control = os.dup(0)
        self.answers = os.dup(1)
        self.output = os.dup(2)
        for descriptor in (self.control, self.answers, self.output):
            os.set_inheritable(descriptor, False)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)
        self.root = os.getcwd()
        self.probe = os.path.dirname(os.path.abspath(__file__))
        self.environment = self._common(os.environ)
        self.finders = list(sys.meta_path)
        self.waiting = b""
        self.seen = {}
        self.tried = set()
        self.runs = 0
        self.seeds = Seeds()
        self.notes = {}
        self.hook = None
        self.unfit = None
        # What is imported here and no part of the project.
        self.alien = [{}]
        # What is registered first is called last.
        atexit.register(self._leave)
        # The deeper level, once it is wanted; in the deeper server itself what that holds.
        self.depth = None
        self.shelf = None

    @staticmethod
    def _common(environment):
        """The variables that are alike for all runs. The first place of Python's path is the plugin's."""
        common = {name: value for name, value in environment.items() if name not in OWN}
        common["PYTHONPATH"] = environment.get("PYTHONPATH", "").partition(os.pathsep)[2]
        return common

    def say(self, *words):
        line = (" ".join(str(word) for word in words).replace("\n", " ") + "\n").encode("utf-8", "backslashreplace")
        while line:
            line = line[os.write(self.answers, line):]

    def hear(self):
        """The next line; nothing when the supervisor is gone."""
        while b"\n" not in self.waiting:
            more = os.read(self.control, 65536)
            if not more:
                return None
            self.waiting += more
        line, _, self.waiting = self.waiting.partition(b"\n")
        return os.fsdecode(line)

    def warm_up(self, path):
        """Imports what the runs have noted."""
        try:
            with open(path) as file:
                self.notes = json.load(file)
            self._look_for_what_cannot_be(self.notes)
            self._import_pytest()
            self._import(self.notes.get("modules", ()))
            self._note_files()
        except Unfit as why:
            self.unfit = str(why)
        except Exception as error:
            self.unfit = "the fork server failed: %s: %s" % (type(error).__name__, error)
        self.tell()

    def tell(self):
        if self.unfit:
            self.say("unfit", self.unfit)
        else:
            self.say("ready", _resident(), len(sys.modules))

    def _look_for_what_cannot_be(self, notes):
        if notes.get("unfit"):
            raise Unfit(notes["unfit"])
        for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
            if os.environ.get(name):
                raise Unfit("%s starts coverage in every interpreter" % name)
        if not sys.platform.startswith("linux"):
            raise Unfit("forking is exact on Linux alone")

    def _import_pytest(self):
        import lacuna_probe  # noqa: F401
        from _pytest.assertion import install_importhook
        from _pytest.config import get_config

        if self.notes.get("rewrites", True):
            # What a run has rewritten is rewritten here, so that a run finds its modules as it would make them.
            self.hook = install_importhook(get_config())
            sys.meta_path.remove(self.hook)

    def _import(self, names):
        self.tried.update(names)
        names = [name for name in names if name not in sys.modules]
        if self.hook:
            self.hook._must_rewrite.update(self.notes.get("rewritten", ()))
            sys.meta_path.insert(0, self.hook)
        gc.disable()
        try:
            importer = Importer(self.notes, self.root)
            good = importer.trial(names) if names else []
            for name in good:
                why = None if name in sys.modules else importer.step(name)
                if why is not None:
                    raise Unfit("%s cannot be kept ready: %s" % (name, why))
        finally:
            if self.hook:
                sys.meta_path.remove(self.hook)
            gc.enable()
        if _threads() > 1:
            raise Unfit("threads run before the fork")
        self.settle()

    def settle(self):
        """Does what every run would do again: finds out where modules lie, and what is no garbage."""
        import inspect

        import lacuna_swift

        lacuna_swift.hasten()
        inspect.getmodule(Server.settle.__code__)
        below = self.root + os.sep
        alien = {
            name: module for name, module in sys.modules.items()
            if name not in ("sys", "builtins", "__main__") and (_installed(_file(module)) or not _file(module).startswith(below))
        }
        # It holds itself, so that nothing in it ever comes to an end: see `_leave`.
        self.alien = [alien]
        self.alien.append(self.alien)
        gc.collect()
        gc.freeze()

    def _note_files(self):
        """What has to stay as it is: the interpreter, its packages, the configuration, every file that was imported."""
        places = [sys.executable, os.path.realpath(sys.executable), os.path.join(sys.prefix, "pyvenv.cfg")]
        places += [place for place in sys.path if _installed(place)]
        places += [os.path.join(self.root, name) for name in CONFIGURATION]
        for module in list(sys.modules.values()):
            file = _file(module)
            if file.startswith(os.sep):
                places.append(file)
        for place in places:
            if place not in self.seen:
                self.seen[place] = _identity(place)

    def _why_not(self, request):
        """Why a run cannot be forked from here; nothing when it can."""
        if self.unfit:
            return self.unfit
        if os.path.realpath(request.directory) != os.path.realpath(self.root):
            return "it runs in another directory"
        then, now = self.environment, self._common(request.environment)
        changed = sorted(name for name in set(then) | set(now) if then.get(name) != now.get(name))
        if changed:
            return "the environment has changed (%s)" % changed[0]
        for place, was in self.seen.items():
            if _identity(place) != was:
                if os.path.dirname(place) == self.root:
                    return "the configuration has changed (%s)" % os.path.basename(place)
                return "the installed packages have changed (%s)" % os.path.basename(place)
        if self.runs >= SAME_SEED and not os.environ.get("PYTHONHASHSEED", "random").isdigit():
            return "%d runs had the same hash seed; the next ones have another" % self.runs
        return None

    def run(self, path):
        """Forks a run. True in the child."""
        try:
            request = Request(path)
        except (OSError, ValueError) as error:
            self.say("refused", "the request cannot be read: %s" % error)
            return False
        why = self._why_not(request)
        if why:
            self.say("refused", why)
            return False
        if self.shelf is None and request.level != "safe":
            shallow = self.depth.run(path, request) if self.depth else "the deeper server is not made yet"
            if shallow is None:
                return False
            self.say("shallow", shallow)
        told, telling = os.pipe()
        go, going = os.pipe()
        between = os.fork()
        if between == 0:
            # The run is an orphan, so that the supervisor adopts it and hears how it ends.
            child = os.fork()
            if child:
                os.write(telling, b"%d\n" % child)
                os._exit(0)
            os.close(told), os.close(telling), os.close(going)
            os.read(go, 1)
            os.close(go)
            self._become(request)
            return True
        os.close(telling), os.close(go)
        number = os.read(told, 32).strip()
        os.close(told)
        os.waitpid(between, 0)
        self.runs += 1
        if self.shelf is not None:
            self.say("deep", _resident())
        self.say("forked", int(number))
        os.write(going, b"1")
        os.close(going)
        return False

    def _become(self, request):
        """Makes this process what a freshly started one would be."""
        os.setpgid(0, 0)
        os.dup2(self.output, 1)
        os.dup2(self.output, 2)
        for descriptor in (self.control, self.answers, self.output):
            os.close(descriptor)
        if self.depth is not None:
            self.depth.close()
        for name in set(os.environ) - set(request.environment):
            del os.environ[name]
        os.environ.update(request.environment)
        os.chdir(request.directory)
        sys.path[:] = [request.probe if place == self.probe else place for place in sys.path]
        if not getattr(sys.flags, "safe_path", False):
            sys.path[0] = os.getcwd()
        importlib.invalidate_caches()
        sys.argv[:] = ["-m"] + request.arguments[2:]
        if hasattr(sys, "orig_argv"):
            sys.orig_argv[:] = [request.program] + request.arguments
        self._forget()
        self.seeds.sow()

    def _leave(self):
        """The last that a run does: what the server has imported is left to the system, instead of being taken to pieces.

        What the run itself has imported and made ends as in any interpreter: files are written to their end, `__del__` is called.
        """
        for name, module in self.alien[0].items():
            if sys.modules.get(name) is module:
                del sys.modules[name]

    def _forget(self):
        """What modules keep of the moment at which they were imported."""
        import linecache
        import logging
        import time

        linecache.clearcache()
        started = getattr(logging, "_startTime", None)
        if started is not None:
            logging._startTime = time.time_ns() if isinstance(started, int) else time.time()
        # The plugin reads the variables of its run when it is made.
        probe = sys.modules.get("lacuna_probe")
        if probe is not None:
            probe.PROBE = probe.Probe()
            probe.PROBE.notes.ahead = frozenset(self.tried)
            if self.shelf is not None:
                self.shelf.open()
                probe.PROBE.meter.shelf = self.shelf
        for own in ("lacuna_warm", "lacuna_deep", "lacuna_swift"):
            sys.modules.pop(own, None)

    def grow(self, path):
        """Imports what a run has noted beyond what is here already."""
        try:
            with open(path) as file:
                notes = json.load(file)
        except (OSError, ValueError):
            return self.tell()
        new = [name for name in notes.get("modules", ()) if name not in self.tried]
        try:
            self._look_for_what_cannot_be(notes)
            self.notes = notes
            if new:
                self._import(new)
                self._note_files()
        except Unfit as why:
            self.unfit = str(why)
        self.tell()


    def deepen(self):
        """Has the deeper server made, or made anew where what it holds has changed. True in a child that becomes a run."""
        if self.unfit is None:
            import lacuna_deep

            self.depth = self.depth or lacuna_deep.Depth(self)
            if self.depth.renew():
                return True
        self.tell()
        return False

    def loop(self):
        """Serves until the supervisor is gone. Returns in a child that becomes a run."""
        while True:
            line = self.hear()
            if line is None:
                os._exit(0)
            verb, _, rest = line.partition(" ")
            if verb == "run" and self.run(rest):
                return
            if verb == "grow":
                self.grow(rest)
            if verb == "deepen" and self.deepen():
                return


def serve():
    """Serves until the supervisor is gone. Returns in a child, which then runs pytest and nothing of this."""
    server = Server()
    server.seeds.watch()
    server.warm_up(os.environ["LACUNA_NOTES"])
    server.loop()
