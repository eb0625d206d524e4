"""The deeper level of lacuna's fork server: the project's own modules and its framework, kept ready as well.

One file, standard library only, nothing installed. PYTEST_DONT_REWRITE

The server (``lacuna_warm.py``) forks a maker. That imports the modules which earlier runs have imported, in processes that are
thrown away, until it knows which of them nothing can tell from an import in the run; then it imports these itself, with
coverage listening, and becomes the deeper server. A run that is forked from it does not find the modules imported: it takes each
of them from a shelf at the moment at which it imports it, and the lines that this import would have run are added to what the
run has measured then and there. What is edited, and what imports that, is left to the runs until it has been left alone.
"""

import builtins
import gc
import importlib
import importlib.util
import json
import os
import select
import sys

from lacuna_warm import Importer, Unfit, _children, _identity, _installed, _open, _threads

# How often a maker looks for what it cannot hold, before it gives up.
TRIALS = 6
# After how many runs a module that was edited is kept ready again.
REST = 6
# More files than that are not edited by hand, one after another: the project was taken to another state.
MANY = 20
SETTINGS = "DJANGO_SETTINGS_MODULE"


def _listed(folder):
    """The names in a folder; without those that come and go beside sources."""
    try:
        return sorted(name for name in os.listdir(folder) if name != "__pycache__" and not name.startswith("."))
    except OSError:
        return None


def _reap():
    """Reads how deeper servers have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


class Watcher:
    """What an import depends on beside modules: files that it reads, folders that it lists, modules that are not there."""

    def __init__(self, root):
        self.root = root + os.sep
        self.files = {}
        self.folders = {}
        self.absent = set()
        self.listens = False
        sys.addaudithook(self._hear)

    def _hear(self, event, arguments):
        if self.listens and event in ("open", "os.listdir", "os.scandir"):
            self.listens = False
            try:
                self._note(event, arguments)
            except Exception:
                pass
            finally:
                self.listens = True

    def _note(self, event, arguments):
        place = arguments[0] if arguments[0] is not None else "."
        frame = sys._getframe(2)
        if not isinstance(place, (str, bytes, os.PathLike)) or "importlib" in frame.f_code.co_filename:
            return
        place = os.path.abspath(os.fsdecode(place))
        if not place.startswith(self.root) or place.endswith((".py", ".pyc")) or _installed(place):
            return
        if event == "open":
            self.files.setdefault(place, _identity(place))
        else:
            self.folders.setdefault(place, _listed(place))

    def note_absent(self, name, path):
        """A module that was looked for: where it would have to lie, were it the project's."""
        last = name.rpartition(".")[2]
        for place in sys.path if path is None else path:
            place = os.path.abspath(place) if isinstance(place, str) else ""
            if (place + os.sep).startswith(self.root) and not _installed(place):
                self.absent.update(os.path.join(place, last + end) for end in ("", ".py"))

    def found(self):
        absent = [place for place in self.absent if not os.path.exists(place)]
        return {"read": self.files, "folders": self.folders, "absent": absent}


class Shelf:
    """Modules of the project, imported ahead.

    While it is filled, it notes what each module imports, and which lines the import of each one runs. It is spoilt by what
    must not be done ahead of the runs: the module that does that is bad, and so are all that import it.
    """

    def __init__(self, importer, notes, bad, spared=(), watcher=None):
        self.importer = importer
        self.root = importer.root
        self.notes = notes
        # Why a module is left to the runs.
        self.bad = dict(bad)
        # Those of them that are imported all the same where the framework needs them: what is being edited.
        self.spared = set(spared)
        self.watcher = watcher
        self.files = {}
        self.modules = {}
        # What the set-up of the framework has imported: that is there before anything is collected.
        self.always = []
        self.imports = {}
        self.lines = {}
        self.variables = {}
        self.stack = []
        self.taken = []
        self.looking = set()
        self.cov = None
        self.arcs = False
        self.sets_up = False

    # While it is filled: a finder before all others.

    def find_spec(self, name, path=None, target=None):
        if self.cov is None:
            return self._from_shelf(name, path)
        if name in self.looking:
            return None
        spec = self._below(name, path)
        file = getattr(spec, "origin", None) or ""
        if not file.startswith(self.root + os.sep) or _installed(file):
            if self.watcher:
                self.watcher.note_absent(name, path)
            if name.split(".")[0] in self.importer.avoid:
                raise self._spoilt("%s is measured" % name)
            return spec
        if self.sets_up and name in self.spared:
            self.bad.pop(name, None)
        if name in self.bad:
            raise self._spoilt(self.bad[name])
        self.files[name] = [file, _identity(file)]
        self._listen(name, spec)
        return spec

    def _below(self, name, path):
        """What all other finders say."""
        self.looking.add(name)
        try:
            for finder in sys.meta_path:
                spec = None if finder is self or not hasattr(finder, "find_spec") else finder.find_spec(name, path)
                if spec is not None:
                    return spec
        finally:
            self.looking.discard(name)
        return None

    def _listen(self, name, spec):
        """Has the lines of a module's import kept apart, and whatever that changes seen."""
        plain = getattr(spec.loader, "exec_module", None)
        if type(spec.loader).__name__ != "SourceFileLoader":
            raise self._spoilt("%s is imported in its own way" % name)

        def exec_module(module):
            del spec.loader.exec_module
            self._note(name)
            self.stack.append(name)
            self.imports[name] = []
            self._switch()
            try:
                why = self.importer.watch(lambda: plain(module))
                if why is None and sys.modules.get(name) is not module:
                    why = "it stands for another module"
                if why is not None:
                    raise self._spoilt("%s: %s" % (name, why))
            except Unfit:
                raise
            except BaseException as error:
                self._spoilt("%s cannot be imported: %s" % (name, type(error).__name__))
                raise
            finally:
                self.stack.pop()
                self._switch()

        spec.loader.exec_module = exec_module

    def _spoilt(self, why):
        for name in self.stack:
            self.bad.setdefault(name, why)
        return Unfit(why)

    def _switch(self):
        self.cov.switch_context(self.stack[-1] if self.stack else "outside of imports")

    def _note(self, name):
        if self.stack:
            parts = name.split(".")
            self.imports[self.stack[-1]].extend(".".join(parts[:end]) for end in range(1, len(parts) + 1))

    def _overhear(self):
        """Notes what modules import while they are executed, be it there already. Gives back what ends that."""
        bootstrap = importlib._bootstrap
        by_statement, by_name = builtins.__import__, bootstrap._gcd_import

        def __import__(name, globals=None, locals=None, fromlist=(), level=0):
            result = by_statement(name, globals, locals, fromlist, level)
            try:
                if level:
                    name = importlib.util.resolve_name("." * level + name, globals["__package__"] or globals["__name__"])
                self._note(name)
                for item in fromlist or ():
                    if "%s.%s" % (name, item) in sys.modules:
                        self._note("%s.%s" % (name, item))
            except Exception:
                pass
            return result

        def _gcd_import(name, package=None, level=0):
            result = by_name(name, package, level)
            self._note(importlib.util.resolve_name("." * level + name, package) if level else name)
            return result

        builtins.__import__, bootstrap._gcd_import = __import__, _gcd_import

        def end():
            builtins.__import__, bootstrap._gcd_import = by_statement, by_name

        return end

    def fill(self):
        """Sets up the framework and imports the modules. The answer is why that cannot be, or nothing."""
        why = self._measure()
        if why:
            return why
        variables, path = dict(os.environ), list(sys.path)
        probes = [place for place in path if os.path.exists(os.path.join(place, "lacuna_deep.py"))]
        sys.path[:] = probes + (self.notes.get("path") or path)
        self._switch()
        sys.meta_path.insert(0, self)
        end = self._overhear()
        if self.watcher:
            self.watcher.listens = True
        try:
            why = self._set_up()
            self.variables = {name: value for name, value in os.environ.items() if variables.get(name) != value}
            self.always = [name for name in self.imports if name in sys.modules]
            if why is None:
                self._import_all()
        finally:
            end()
            if self.watcher:
                self.watcher.listens = False
            self.cov.stop()
            sys.meta_path.remove(self)
            sys.path[:] = path
        if why is None:
            self._keep()
        self.cov = None
        return why

    def _measure(self):
        """Begins to measure as the runs do; the answer is why nobody could, or nothing."""
        how = self.notes.get("measuring") or {}
        if not how.get("contexts"):
            return "nothing tells the lines of imports apart"
        import coverage

        self.cov = cov = coverage.Coverage(
            data_file=None, config_file=how.get("config") or True, source=how.get("source"), branch=how.get("branch"),
            messages=False,
        )
        for name in ("_warn_no_data", "_warn_unimported_source", "_warn_preimported_source"):
            setattr(cov, name, False)
        for name in ("run:dynamic_context", "run:context"):
            cov.set_option(name, None)
        if list(cov.get_option("run:concurrency") or ["thread"]) != ["thread"]:
            return "coverage measures more than threads"
        cov.config.patch = []
        # As in the runs: what traces must be able to change contexts.
        before = os.environ.get("COVERAGE_CORE")
        os.environ["COVERAGE_CORE"] = "ctrace" if importlib.util.find_spec("coverage.tracer") else "pytrace"
        try:
            cov.start()
        finally:
            del os.environ["COVERAGE_CORE"]
            if before is not None:
                os.environ["COVERAGE_CORE"] = before
        return None

    def _set_up(self):
        settings = self.notes.get("framework")
        if not settings:
            return None
        os.environ[SETTINGS] = settings
        before, self.sets_up = (_threads(), _children(), _open()), True
        try:
            why = self.importer._heard(lambda: __import__("django").setup())
        except BaseException as error:
            why = str(error) if isinstance(error, Unfit) else type(error).__name__
        self.sets_up = False
        if why is None and (_threads(), _children(), _open()) != before:
            why = "it starts something, or leaves something open"
        return "Django cannot be set up ahead: %s" % why if why else None

    def _import_all(self):
        for name in self.notes.get("own", ()):
            if name not in sys.modules and name not in self.bad:
                try:
                    importlib.import_module(name)
                except BaseException:
                    self.bad.setdefault(name, "it cannot be imported")

    def _keep(self):
        data = self.cov.get_data()
        self.arcs = bool(data.has_arcs())
        for name in self.imports:
            if name in sys.modules and name not in self.bad:
                data.set_query_contexts(["^%s$" % name.replace(".", "[.]")])
                rows = {file: (data.arcs(file) if self.arcs else data.lines(file)) for file in data.measured_files()}
                self.lines[name] = {file: row for file, row in rows.items() if row}
                if name not in self.always:
                    self.modules[name] = sys.modules[name]

    # In a run: the same finder, which now hands the modules out.

    def open(self):
        """Takes the modules out of sight."""
        for name, module in self.modules.items():
            sys.modules.pop(name, None)
            parent, _, child = name.rpartition(".")
            holder = sys.modules.get(parent) or self.modules.get(parent)
            if parent and getattr(holder, child, None) is module:
                delattr(holder, child)
        sys.meta_path.insert(0, self)
        os.environ.update(self.variables)
        unmeasured = set(self.notes.get("unmeasured", ()))
        self.taken = [("", name) for name in self.always if name not in unmeasured]

    def _from_shelf(self, name, path):
        module = self.modules.get(name)
        if module is None or name in sys.modules or name in self.looking:
            return None
        spec, below = module.__spec__, self._below(name, path)
        if below is None or below.origin != spec.origin:
            return below

        def exec_module(module):
            del spec.loader.create_module, spec.loader.exec_module
            for wanted in self.imports[name]:
                if wanted in self.modules and wanted not in sys.modules:
                    importlib.import_module(wanted)
            context = self._context()
            if context is not None:
                self.taken.append((context, name))

        spec.loader.create_module = lambda spec: module
        spec.loader.exec_module = exec_module
        return spec

    @staticmethod
    def _context():
        """The context of what runs now; nothing where nothing is measured."""
        cov = sys.modules["coverage"].Coverage.current()
        if cov is None or not cov._started:
            return None
        return getattr(getattr(cov, "_data", None), "_current_context", None) or ""

    def add_lines(self, add, how):
        """Adds what the imports of the run would have executed. False where the run is measured in another way."""
        known = self.notes.get("measuring") or {}
        if any(known.get(key) != how.get(key) for key in ("source", "branch", "config")):
            return False
        for context, name in self.taken:
            rows = self.lines.get(name, {})
            if rows:
                add("add_arcs" if self.arcs else "add_lines", rows, context)
        return True


class Maker:
    """The process that becomes the deeper server."""

    def __init__(self, server, notes, edited):
        self.server = server
        self.root = server.root
        self.notes = notes
        self.edited = edited
        self.bad = dict(edited)

    def make(self):
        """Fills the shelf; the answer is what the server has to know of it."""
        found = {}
        for _ in range(TRIALS):
            known = len(self.bad)
            found = self._apart()
            self.bad.update(found.get("bad", ()))
            if found.get("why") or len(self.bad) == known:
                break
        if not found.get("why"):
            found["why"] = self._fill()
        return dict(found, left=self.bad)

    def _shelf(self, watcher=None):
        return Shelf(Importer(self.notes, self.root), self.notes, self.bad, self.edited, watcher)

    def _apart(self):
        """What the shelf could hold, found out in a process that is thrown away."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reading)
                found = self._tried()
            except BaseException as error:
                found = {"why": "%s: %s" % (type(error).__name__, error)}
            try:
                with os.fdopen(writing, "w") as answer:
                    json.dump(found, answer)
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            text = answer.read()
        os.waitpid(child, 0)
        try:
            return json.loads(text)
        except ValueError:
            return {"why": "a module of the project ended the interpreter when it was imported ahead"}

    def _tried(self):
        watcher = Watcher(self.root)
        shelf = self._shelf(watcher)
        shelf.importer.spy()
        why = shelf.fill()
        imports = {name: list(dict.fromkeys(wanted)) for name, wanted in shelf.imports.items()}
        return {"why": why, "bad": shelf.bad, "files": shelf.files, "imports": imports, **watcher.found()}

    def _fill(self):
        gc.disable()
        shelf = self._shelf()
        why = shelf.fill()
        spoilt = sorted(set(shelf.bad) - set(self.bad))
        if why is None and spoilt:
            why = shelf.bad[spoilt[0]]
        if why is None and _threads() > 1:
            why = "threads run before the fork"
        gc.enable()
        if why is None:
            self.server.settle()
            self.server.shelf = shelf
        return why


class Depth:
    """The deeper server, as the other one sees it: the one that serves, and the one that is being made."""

    def __init__(self, server):
        self.server = server
        self.ready = None
        self.making = None
        self.shallow = "the deeper server is being made"
        # For which notes nothing could be made, and what that depended on.
        self.failed = None
        # What is edited in this sitting: why, the file, its state, and how many runs had been then.
        self.edited = {}

    def close(self):
        for process in (self.ready, self.making):
            if process is not None:
                process.close()

    def run(self, path, request):
        """Has the deeper server fork a run; the answer is why it cannot, or nothing."""
        self._look(request.level == "proof")
        if self.ready is None:
            return self.shallow
        if request.environment.get("LACUNA_BRANCH") != self.ready.branch:
            return "branches are measured otherwise"
        changed = self.ready.changed()
        if changed:
            return "%s has changed" % os.path.relpath(changed[0], self.server.root)
        if self.ready.ask(path, self.server.answers):
            self.server.runs += 1
            return None
        self.ready, self.shallow = None, "the deeper server died"
        return self.shallow

    def _look(self, wait=False):
        """Takes over what was made meanwhile."""
        made = self.making.made(wait) if self.making else None
        if made is None:
            return
        making, self.making = self.making, None
        why = made.get("why")
        making.hold(made)
        if why:
            self.failed, self.shallow = making, why
            making.close()
        else:
            if self.ready is not None:
                self.ready.close()
            self.ready, self.failed = making, None

    def renew(self):
        """Has the deeper server made where there is none for what is known now. True in a child that becomes a run."""
        self._look()
        _reap()
        if self.making is not None:
            return False
        self._note_edited()
        last = self.ready or self.failed
        notes = self.server.notes
        if last is not None and not last.changed() and last.is_of(notes, self.edited):
            return False
        return self._make(notes)

    def _note_edited(self):
        runs, last = self.server.runs, self.ready or self.failed
        for name, (file, was, _) in list(self.edited.items()):
            now = _identity(file)
            if now != was:
                self.edited[name] = (file, now, runs)
        changed = [name for name, (file, was) in last.files.items() if _identity(file) != was] if last else []
        for name in changed if len(changed) < MANY else ():
            if name not in last.needed():
                file = last.files[name][0]
                self.edited[name] = (file, _identity(file), runs)
        for name, (_, _, at) in list(self.edited.items()):
            if runs - at > REST:
                del self.edited[name]

    def _make(self, notes):
        edited = {name: "%s is being edited" % os.path.relpath(file, self.server.root)
                  for name, (file, _, _) in self.edited.items()}
        last = self.ready or self.failed
        if last is not None:
            for name in last.importers(edited):
                edited.setdefault(name, "it imports what is being edited")
        reading, answers = os.pipe()
        control, writing = os.pipe()
        child = os.fork()
        if child:
            os.close(answers), os.close(control)
            self.making = Process(child, writing, reading, notes, set(self.edited))
            return False
        self.close()
        os.close(reading), os.close(writing)
        server = self.server
        os.close(server.control), os.close(server.answers)
        server.control, server.answers, server.waiting, server.depth = control, answers, b"", None
        made = Maker(server, notes, edited).make()
        made["always"] = server.shelf.always if server.shelf else []
        line = json.dumps(made).encode() + b"\n"
        while line:
            line = line[os.write(answers, line):]
        if made["why"]:
            os._exit(0)
        server.loop()
        return True


class Process:
    """A deeper server, made or being made: its channels, and what it depends on."""

    def __init__(self, number, control, answers, notes, edited):
        self.number = number
        self.control = control
        self.answers = os.fdopen(answers, "rb")
        self.notes = self._key(notes)
        self.branch = (notes.get("measuring") or {}).get("asked")
        self.edited = edited
        self.files, self.imports, self.always = {}, {}, []
        self.read, self.folders, self.absent = {}, {}, []

    @staticmethod
    def _key(notes):
        return {name: notes.get(name) for name in ("own", "framework", "measuring", "path", "environment", "avoid")}

    def made(self, wait):
        """What the maker has said in the end; nothing while it works."""
        if not wait and not select.select([self.answers], [], [], 0)[0]:
            return None
        try:
            return json.loads(self.answers.readline())
        except ValueError:
            return {"why": "the deeper server died while it was made"}

    def hold(self, made):
        identity = lambda was: tuple(was) if was else None  # noqa: E731
        left = () if made.get("why") else set(made["left"]) - set(made["always"])
        files = {name: known for name, known in made.get("files", {}).items() if name not in left}
        self.files = {name: (file, identity(was)) for name, (file, was) in files.items()}
        self.read = {file: identity(was) for file, was in made.get("read", {}).items()}
        self.folders, self.absent = made.get("folders", {}), made.get("absent", [])
        self.imports, self.always = made.get("imports", {}), made.get("always", [])

    def needed(self):
        """The modules that the framework needs for its set-up: they are kept ready however often they are edited."""
        return self.always

    def changed(self):
        """The places that are not as they were."""
        changed = [file for file, was in [*self.files.values(), *self.read.items()] if _identity(file) != was]
        changed += [folder for folder, was in self.folders.items() if _listed(folder) != was]
        return changed + [place for place in self.absent if os.path.exists(place)]

    def is_of(self, notes, edited):
        return self.notes == self._key(notes) and self.edited == set(edited)

    def importers(self, names):
        """All modules that import one of these."""
        found, more = set(), set(names)
        while more:
            found |= more
            more = {name for name, wanted in self.imports.items() if name not in found and found.intersection(wanted)}
        return found - set(names)

    def ask(self, path, answers):
        """Has it fork a run and passes on what it says. False where it is dead."""
        try:
            os.write(self.control, b"run " + os.fsencode(path) + b"\n")
            for line in self.answers:
                os.write(answers, line)
                if line.startswith((b"forked", b"refused")):
                    return True
        except OSError:
            pass
        return False

    def close(self):
        """Ends it."""
        os.close(self.control)
        self.answers.close()
