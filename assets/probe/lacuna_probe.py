"""lacuna's eyes inside pytest: one file, standard library only, nothing installed.

Loaded by ``-p lacuna_probe``. It tells what pytest does as JSON lines, lets coverage measure each test apart,
and keeps every report and data file of the run inside lacuna's own directory. It never warns or prints,
raises nothing but an interrupt that was swallowed, and stays silent in xdist's workers, whose reports reach the
controller anyway. PYTEST_DONT_REWRITE

The environment says what to do:
  LACUNA_EVENTS    the file that the JSON lines are appended to; once there is one with ".stop" after its name, no
                   further test begins
  LACUNA_PRIVATE   the directory that the reports named in the project's options are sent to
  LACUNA_COVERAGE  the data file to measure into; nothing is measured without it
  LACUNA_CONTEXTS  "0" measures without telling tests apart
  LACUNA_KNOWN     a file of lines "<sha256 of a source> <rules>" whose facts lacuna has already
  LACUNA_ONLY      a file of node ids: nothing runs but these, and what is below them
  LACUNA_HELD      a file of node ids: tests in quarantine, whose failures are expected ones
  LACUNA_COLLECT   a file of paths: the run only collects, and of the Python files only these are looked into; with
                   an empty list all of them
  LACUNA_CONTRACT  "1" has the requests of each test noted, and how they were answered
  LACUNA_MODULES   the file into which is written what a warm run could have imported ahead
  LACUNA_PROCESS_START, LACUNA_PROCESS_CONFIG
                   what the variables of coverage by these names were: pytest's own process starts without them
"""

import functools
import hashlib
import json
import os
import platform
import socket
import sys
import threading
import time
import types

import pytest

TEXT_LIMIT = 262144
SECTION_LIMIT = 65536
MESSAGE_LIMIT = 2000
WARNING_LIMIT = 500
IDS_PER_LINE = 400
OWN_FILES = ("lacuna_probe.py", "lacuna_warm.py", "lacuna_deep.py", "lacuna_swift.py")
PHASES = ("setup", "call", "teardown")
# What reports have only where there is more to say.
ADDED = frozenset(("wasxfail", "lacuna_held", "worker_id"))
# The most requests of one test that are told, and the longest path.
REQUESTS = 2000
PATH_LIMIT = 2000


def _bounded(text, limit):
    """The text, or its beginning and its end with a mark between when it is longer than the limit."""
    text = str(text)
    if len(text) <= limit:
        return text
    head = limit // 4
    tail = limit - head
    return "%s\n[... %d characters left out ...]\n%s" % (text[:head], len(text) - limit, text[-tail:])


class Channel:
    """The file of JSON lines: one write for each line, by this very process only."""

    def __init__(self, path):
        self.pid = os.getpid()
        self.stop = path + ".stop"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        self.file = os.open(path, flags, 0o600)
        self.encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode

    def send(self, ev, **fields):
        try:
            fields["ev"] = ev
            self.write(self.encode(fields))
        except Exception:
            pass

    def write(self, text):
        """A line that is JSON already."""
        if os.getpid() != self.pid:
            return
        line = text.encode("ascii") + b"\n"
        try:
            while line:
                line = line[os.write(self.file, line):]
        except OSError:
            pass

    def is_stopping(self):
        """Whether an interrupt has been sent: no further test is to begin."""
        return os.path.exists(self.stop)


class Silence:
    """What a worker has in place of the channel."""

    def send(self, ev, **fields):
        pass

    def is_stopping(self):
        return False


def _version(module):
    try:
        return str(__import__(module).__version__)
    except Exception:
        return None


def _longrepr(report):
    longrepr = getattr(report, "longrepr", None)
    if not longrepr:
        return ""
    if isinstance(longrepr, tuple) and len(longrepr) == 3:
        return "%s:%s: %s" % longrepr
    try:
        return report.longreprtext
    except Exception:
        return str(longrepr)


def _crash(report):
    crash = getattr(getattr(report, "longrepr", None), "reprcrash", None)
    if crash is None:
        return None
    return [str(crash.path), int(crash.lineno or 0), _bounded(crash.message, MESSAGE_LIMIT)]


def _chain(report):
    """The failure taken apart, from pytest's own objects: exceptions, entries, source. Nothing when there are none, or
    when it is too long: the text is enough then."""
    longrepr = getattr(report, "longrepr", None)
    chain = getattr(longrepr, "chain", None)
    if chain is None:
        traceback = getattr(longrepr, "reprtraceback", None)
        if traceback is None:
            return None
        chain = [(traceback, None, None)]
    told = []
    room = TEXT_LIMIT
    for traceback, _, link in chain:
        entries = [_entry(entry) for entry in traceback.reprentries]
        more = getattr(traceback, "extraline", None)
        told.append({"entries": entries, "link": link, "more": None if more is None else str(more)})
        for entry in entries:
            room -= sum(len(text) for name in ("lines", "args", "locals") for text in entry[name])
        if room < 0:
            return None
    return told


def _chain_or_none(report):
    try:
        return _chain(report)
    except Exception:
        # Objects of a plugin that only look like pytest's.
        return None


def _entry(entry):
    style = str(getattr(entry, "style", "native"))
    lines = [str(line) for line in entry.lines]
    if style == "native":
        lines = "".join(lines).splitlines()
    place = getattr(entry, "reprfileloc", None)
    args = getattr(getattr(entry, "reprfuncargs", None), "args", None) or []
    return {
        "style": style,
        "lines": lines,
        "place": None if place is None else [str(place.path), int(place.lineno or 0), str(place.message or "")],
        "args": ["%s = %s" % (name, value) for name, value in args],
        "locals": [str(line) for line in getattr(getattr(entry, "reprlocals", None), "lines", None) or []],
    }


def _is_subtest(report):
    return type(report).__name__.lower() == "subtestreport"


def _only_passed(report):
    """Whether it says nothing but that a phase passed, as most do."""
    if report.outcome != "passed" or report.sections or report.longrepr is not None or report.when not in PHASES:
        return False
    return type(report).__name__ == "TestReport" and ADDED.isdisjoint(report.__dict__)


def _subtest_name(report, worker):
    """`message a=1, b='x'`, as far as the subtest has either."""
    context = getattr(report, "context", None)
    values = []
    for name, value in dict(getattr(context, "kwargs", None) or {}).items():
        value = str(value)
        if worker and value[:1] in "'\"" and value[:1] == value[-1:]:
            # pytest's own subtests are represented once more on their way from a worker.
            value = value[1:-1]
        values.append("%s=%s" % (name, value))
    return " ".join(part for part in (str(getattr(context, "msg", None) or ""), ", ".join(values)) if part)


class Attempt:
    """What is known of one attempt to run one test."""

    def __init__(self):
        self.seen = {}
        self.really = {}
        self.seconds = 0.0
        self.again = False
        self.bad_subtest = False
        self.held = False
        self.held_subtest = False
        self.sections = []

    def take(self, report):
        when = report.when if report.when in PHASES else "setup"
        outcome = report.outcome
        self.seconds += float(getattr(report, "duration", 0.0) or 0.0)
        if outcome in ("rerun", "retried"):
            self.again = True
            outcome = "failed"
        really = getattr(report, "lacuna_held", None)
        self.held = self.held or really is not None
        if _is_subtest(report):
            self.bad_subtest = self.bad_subtest or outcome == "failed"
            self.held_subtest = self.held_subtest or really is not None
            return
        if getattr(report, "wasxfail", None) is not None and outcome in ("skipped", "passed"):
            outcome = "xfailed" if outcome == "skipped" else "xpassed"
        self.seen[when] = outcome
        self.really[when] = really or outcome

    def take_passed(self, when, seconds):
        """The same for a phase that passed, of which there is nothing else to say."""
        self.seconds += seconds
        self.seen[when] = self.really[when] = "passed"

    def outcome(self):
        """How it ended; in quarantine a failure is an expected one."""
        outcome = self._ended(self.seen, self.bad_subtest)
        return "xfailed" if self.held and outcome == "passed" else outcome

    def real_outcome(self):
        """How it ended, quarantine or not."""
        return self._ended(self.really, self.bad_subtest or self.held_subtest)

    @staticmethod
    def _ended(seen, bad_subtest):
        if seen.get("setup") == "failed":
            return "error"
        if seen.get("call") == "failed" or bad_subtest:
            return "failed"
        if seen.get("teardown") == "failed":
            return "error"
        for word in ("xfailed", "xpassed", "skipped"):
            if word in (seen.get("call"), seen.get("setup")):
                return word
        return "passed" if seen.get("call") == "passed" else "error"


def _is_part(nodeid, wanted):
    """Whether a node id, or a file, class or function around it, is among the wanted ones."""
    if nodeid in wanted:
        return True
    names = nodeid.find("::")
    params = nodeid.find("[", max(names, 0))
    around = nodeid if params < 0 else nodeid[:params]
    while around not in wanted:
        around, mark, _ = around.rpartition("::")
        if not mark:
            return False
    return True


def _listed(path):
    """The texts of a JSON list; nothing where it cannot be read."""
    try:
        with open(path, encoding="utf-8") as texts:
            return set(json.load(texts))
    except (OSError, TypeError, ValueError):
        return set()


def _given(config, name):
    """A set of node ids, from the controller where this is a worker, or from the file that the environment names."""
    path = os.environ.get("LACUNA_" + name.upper())
    return set(getattr(config, "workerinput", {}).get("lacuna_" + name, ())) or (_listed(path) if path else set())


class Collection:
    """What concerns collection, in the workers of xdist too: only there it is known what cannot be found."""

    def __init__(self, events, only):
        self.events = events
        self.only = only

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection(self, session):
        outcome = yield
        try:
            excinfo = outcome.excinfo
            if excinfo and issubclass(excinfo[0], pytest.UsageError):
                lines = [_bounded(arg, MESSAGE_LIMIT) for arg in excinfo[1].args]
                Channel(self.events).send("usage", lines=lines)
        except Exception:
            pass

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        if self.only:
            items[:] = [item for item in items if _is_part(item.nodeid, self.only)]


class Quarantine:
    """Tests that are known to fail now and then: a failure of theirs is an expected one, and its report says that it is one."""

    def __init__(self, tests):
        self.tests = tests

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item):
        outcome = yield
        try:
            report = outcome.get_result()
            is_own = getattr(report, "wasxfail", None) is None
            if report.failed and is_own and _is_part(item.nodeid, self.tests):
                report.lacuna_held = report.outcome
                report.outcome = "skipped"
                report.wasxfail = "quarantined"
        except Exception:
            pass


class Requests:
    """Notes what the tests request, and how it is answered: in the test clients of frameworks, in requests and httpx.

    A module is only looked at once somebody imports it. What a test saw goes along with its last report, as from a worker
    of xdist. Of a URL neither the query nor a password is kept.
    """

    # Clients of this kind call the application in this process: their host is only a name.
    INSIDE = ("ASGITransport", "WSGITransport", "_TestClientTransport")
    LOADERS = ("SourceFileLoader", "SourcelessFileLoader")

    def __init__(self):
        self.seen = set()
        self.late = []
        self.waiting = {
            "django.test.client": self._django,
            "werkzeug.test": self._werkzeug,
            "requests.sessions": self._requests,
            "httpx": self._httpx,
            "httpx2": self._httpx,
        }

    def begin(self):
        for name in list(self.waiting):
            module = sys.modules.get(name)
            if module is not None:
                self._look(module, self.waiting.pop(name))
        sys.meta_path.insert(0, self)

    def pytest_unconfigure(self):
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name, path=None, target=None):
        """Asked by Python for each import: has the modules that are waited for be looked at as soon as they are there."""
        watch = self.waiting.pop(name, None)
        if watch is None:
            return None
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                self._follow(spec, name, watch)
                return spec
        return None

    def _follow(self, spec, name, watch):
        loader = spec.loader
        if type(loader).__name__ not in self.LOADERS:
            # A loader that may be shared by several modules is left as it is.
            self.late.append((name, watch))
            return
        plain = loader.exec_module

        def exec_module(module):
            plain(module)
            self._look(module, watch)

        loader.exec_module = exec_module

    @staticmethod
    def _look(module, watch):
        try:
            watch(module)
        except Exception:
            # A version in which nothing is where it was: its requests are not seen.
            pass

    def note(self, method, host, path, status):
        if len(self.seen) >= REQUESTS:
            return
        if not path.isascii():
            try:
                # The bytes of a path, as WSGI has them.
                path = path.encode("latin-1").decode("utf-8")
            except UnicodeError:
                pass
        self.seen.add((method.upper(), host, path[:PATH_LIMIT], int(status)))

    def _noting(self, plain, told):
        """A function that does what it did, and then notes what it was asked and gave back."""
        if getattr(plain, "lacuna_notes", False):
            return plain

        @functools.wraps(plain)
        def call(*args, **kwargs):
            __tracebackhide__ = True
            given = plain(*args, **kwargs)
            try:
                told(given, *args)
            except Exception:
                pass
            return given

        @functools.wraps(plain)
        async def call_later(*args, **kwargs):
            __tracebackhide__ = True
            given = await plain(*args, **kwargs)
            try:
                told(given, *args)
            except Exception:
                pass
            return given

        noting = call_later if plain.__code__.co_flags & 0x80 else call
        noting.lacuna_notes = True
        return noting

    def _django(self, module):
        def told(response, handler, environ):
            self.note(environ["REQUEST_METHOD"], "", environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"], response.status_code)

        def told_later(response, handler, scope):
            self.note(scope["method"], "", scope["path"], response.status_code)

        module.ClientHandler.__call__ = self._noting(module.ClientHandler.__call__, told)
        if hasattr(module, "AsyncClientHandler"):
            module.AsyncClientHandler.__call__ = self._noting(module.AsyncClientHandler.__call__, told_later)

    def _werkzeug(self, module):
        def told(given, client, environ, *args):
            status = str(given[1]).partition(" ")[0]
            self.note(environ["REQUEST_METHOD"], "", environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"], status)

        module.Client.run_wsgi_app = self._noting(module.Client.run_wsgi_app, told)

    def _requests(self, module):
        from urllib.parse import urlsplit

        def told(response, *args):
            for one in list(response.history) + [response]:
                url = urlsplit(one.request.url)
                self.note(one.request.method, url.netloc.rpartition("@")[2], url.path, one.status_code)

        module.Session.send = self._noting(module.Session.send, told)

    def _httpx(self, module):
        def told(response, client, *args):
            inside = type(client._transport).__name__ in self.INSIDE
            for one in list(response.history) + [response]:
                url = one.request.url
                host = "" if inside else url.netloc.decode("ascii", "replace")
                self.note(one.request.method, host, url.path, one.status_code)

        module.Client.send = self._noting(module.Client.send, told)
        module.AsyncClient.send = self._noting(module.AsyncClient.send, told)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        if self.late:
            late, self.late = self.late, []
            for name, watch in late:
                self._look(sys.modules.get(name), watch)
        if call.when == "teardown" and self.seen:
            seen, self.seen = self.seen, set()
            try:
                outcome.get_result().lacuna_requests = sorted(seen)
            except Exception:
                pass


class Census:
    """What a run tells that only collects: how far it is, and by which words each test can be chosen."""

    def __init__(self, channel, files, root):
        self.channel = channel
        self.files = files
        self.root = root
        self.items = 0
        self.told = 0.0
        self.sets = {}
        self.left_out = []

    def skips(self, path):
        """Whether a Python file is none of those that are asked for. All else is pytest's own business."""
        if not self.files or not path.endswith(".py") or os.path.basename(path) == "__init__.py":
            return None
        path = os.path.relpath(path, self.root).replace(os.sep, "/")
        return None if path in self.files or os.path.isdir(path) else True

    def pytest_itemcollected(self, item):
        self.items += 1
        if time.monotonic() - self.told > 0.1:
            self.told = time.monotonic()
            self.channel.send("collecting", path=item.nodeid.partition("::")[0], tests=self.items)

    def words(self, items):
        """The marks and the other keywords of tests: each set once, and for each test which one it has."""
        fresh, of = [], []
        for item in items:
            try:
                marks = {mark.name for mark in item.iter_markers()}
                others = _names(item) - _names_in_id(item)
            except Exception:
                marks, others = set(), set()
            key = tuple(tuple(sorted(str(word) for word in words)) for words in (marks, others - marks))
            if key not in self.sets:
                self.sets[key] = len(self.sets)
                fresh.append([[_bounded(word, 200) for word in words[:100]] for words in key])
            of.append(self.sets[key])
        self.channel.send("keywords", sets=fresh, of=of)

    def tell(self, items):
        for at in range(0, len(items), IDS_PER_LINE):
            self.words(items[at:at + IDS_PER_LINE])
        for at in range(0, len(self.left_out), IDS_PER_LINE):
            part = self.left_out[at:at + IDS_PER_LINE]
            option = part[0].config.option
            by = {"keyword": str(option.keyword or ""), "mark": str(option.markexpr or "")}
            self.channel.send("left_out", ids=[item.nodeid for item in part], **by)
            self.words(part)


def _names(item):
    """By what ``-k`` chooses a test: pytest's own word on it, which differs from version to version."""
    try:
        from _pytest.mark import KeywordMatcher

        return set(KeywordMatcher.from_item(item)._names)
    except Exception:
        attributes = getattr(getattr(item, "function", None), "__dict__", ())
        return set(item.listextrakeywords()) | set(attributes)


def _names_in_id(item):
    """Those of the names that the id of a test tells."""
    folder, _, rest = item.nodeid.partition("::")
    return set(folder.split("/")) | set(rest.split("::")) | {item.name}


if int(pytest.__version__.split(".")[0]) >= 7:

    class CensusOfFiles(Census):
        @pytest.hookimpl(tryfirst=True)
        def pytest_ignore_collect(self, collection_path):
            return self.skips(str(collection_path))

else:

    class CensusOfFiles(Census):
        @pytest.hookimpl(tryfirst=True)
        def pytest_ignore_collect(self, path):
            return self.skips(str(path))


# What a worker that is reached over ssh or a socket runs before anything else: it has neither this file nor this
# environment, and its project may be in another folder.
SHIP = """
import os, socket, sys, types
source, env, host, top = channel.receive()
if hasattr(sys, "lacuna_ran"):
    raise RuntimeError("it has run tests before, and keeps what they imported")
sys.lacuna_ran = True
is_beside = socket.gethostname() == host and os.path.realpath(os.getcwd()) == os.path.realpath(top)
# Only workers that pytest-cov takes for local ones leave each other's data files alone.
if not is_beside or not os.path.isdir(env["LACUNA_PRIVATE"]):
    import atexit, shutil, tempfile
    env["LACUNA_PRIVATE"] = folder = tempfile.mkdtemp(prefix="lacuna-")
    atexit.register(shutil.rmtree, folder, True)
    env["COVERAGE_FILE"] = os.path.join(folder, "coverage.db")
    if "LACUNA_COVERAGE" in env:
        env["LACUNA_COVERAGE"] = env["COVERAGE_FILE"]
os.environ.update(env)
module = sys.modules["lacuna_probe"] = types.ModuleType("lacuna_probe")
exec(compile(source, "lacuna_probe.py", "exec"), module.__dict__)
import _pytest.config as config
prepare = config._prepareconfig
def with_root(args=None, plugins=None):
    def mend(arg):
        root = arg[10:] if arg.startswith("--rootdir=") else None
        here = os.path.realpath(os.getcwd()) + os.sep
        is_here = root is None or here.startswith(os.path.realpath(root) + os.sep)
        return arg if is_here else "--rootdir=" + os.getcwd()
    return prepare([mend(arg) for arg in args], plugins)
config._prepareconfig = with_root
"""


# What a socket server of execnet runs for a gateway. It would run it in its own process, where all modules of the runs
# before are still imported: a child of its own begins with none, and several gateways need not wait for each other.
APART = """
import os as lacuna_os, signal as lacuna_signal
lacuna_signal.signal(lacuna_signal.SIGCHLD, lacuna_signal.SIG_IGN)
if lacuna_os.fork():
    clientsock.close()
else:
    lacuna_signal.signal(lacuna_signal.SIGCHLD, lacuna_signal.SIG_DFL)
    try:
        exec(%r, globals())
    finally:
        lacuna_os._exit(0)
"""


def _serve_apart():
    """Has gateways to socket servers be served by a process of their own."""
    from execnet import gateway_bootstrap

    plain = gateway_bootstrap.sendexec
    if getattr(plain, "is_apart", False):
        return

    def sendexec(io, *sources):
        if any("SocketIO(clientsock" in source for source in sources):
            sources = (APART % "\n".join(sources),)
        return plain(io, *sources)

    sendexec.is_apart = True
    gateway_bootstrap.sendexec = sendexec


def _copy_no_pytest():
    """Has xdist leave pytest's own packages out of what it copies into the folders of workers elsewhere.

    Such a folder may be somebody's work tree, and whatever runs xdist's worker there has pytest.
    """
    import _pytest
    from xdist.workermanage import NodeManager

    plain = NodeManager._getrsyncdirs
    if getattr(plain, "is_lean", False):
        return
    own = {os.path.realpath(os.path.dirname(module.__file__)) for module in (pytest, _pytest)}

    def lean(self):
        return [path for path in plain(self) if os.path.realpath(str(path)) not in own]

    lean.is_lean = True
    NodeManager._getrsyncdirs = lean


class Shipping:
    """Brings this plugin to the workers of xdist that are elsewhere, and what they measured back."""

    def __init__(self, meter, only, held):
        self.meter = meter
        self.only = only
        self.held = held

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, config, specs):
        try:
            _serve_apart()
        except Exception:
            pass

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_newgateway(self, gateway):
        # xdist refuses paths outside of what it copies. Nothing is copied here, and relative paths mean the same there.
        try:
            from xdist import workermanage
        except ImportError:
            return
        strict = workermanage.make_reltoroot
        if getattr(strict, "is_lenient", False):
            return

        def lenient(roots, args):
            try:
                return strict(roots, args)
            except ValueError:
                return list(args)

        lenient.is_lenient = True
        workermanage.make_reltoroot = lenient

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_configure_node(self, node):
        # A worker elsewhere does not see the files.
        node.workerinput["lacuna_only"] = sorted(self.only)
        node.workerinput["lacuna_held"] = sorted(self.held)
        spec = node.gateway.spec
        if spec.popen and not spec.chdir:
            return
        try:
            names = ("COVERAGE_FILE", "COVERAGE_CORE")
            env = {name: os.environ[name] for name in os.environ if name.startswith("LACUNA_") or name in names}
            env["PYTEST_XDIST_WORKER"] = node.workerinput["workerid"]
            env["LACUNA_SHIPPED"] = "1"
            with open(__file__) as source:
                text = source.read()
            channel = node.gateway.remote_exec(SHIP)
            channel.send((text, env, socket.gethostname(), self.meter.topdir))
            channel.waitclose(60)
        except Exception as error:
            if "it has run tests before" in str(error):
                what = "%s: the interpreter there has run tests before, and keeps what they imported: start it anew"
                self.meter.channel.send("usage", lines=[what % (spec.socket or spec)])
                raise pytest.UsageError(what % (spec.socket or spec))
            self.meter.channel.send("unmeasured", text=_bounded("%s: %s" % (node.gateway.id, error), MESSAGE_LIMIT))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error):
        try:
            sent = (getattr(node, "workeroutput", None) or {}).get("lacuna")
            if sent:
                self.meter.take_from_worker(sent["top"], sent["files"], sent["data"], node.gateway.id)
        except Exception:
            pass


class Sending:
    """In a worker elsewhere: what the controller has to know goes along with xdist's own last word."""

    def __init__(self, meter):
        self.meter = meter

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        try:
            self.meter.stop()
            self.meter.send_home(session.config)
        except Exception:
            pass


class Follower:
    """Turns pytest's hooks into lines."""

    def __init__(self, channel, census=None, notes=False):
        self.channel = channel
        self.census = census
        self.notes = notes
        self.open = {}
        self.deselected = 0
        self.told_ids = False
        self.warned = 0
        self.last = None, ""

    def _collected(self, ids, deselected):
        if self.told_ids:
            return
        self.told_ids = True
        ids = list(ids)
        for at in range(0, max(len(ids), 1), IDS_PER_LINE):
            part = ids[at:at + IDS_PER_LINE]
            last = at + IDS_PER_LINE >= len(ids)
            self.channel.send("collected", ids=part, total=len(ids), deselected=deselected, last=last)

    def pytest_deselected(self, items):
        self.deselected += len(items)
        if self.census:
            self.census.left_out.extend(items)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        if not hasattr(session.config, "workerinput") and not session.config.pluginmanager.hasplugin("dsession"):
            self._collected((item.nodeid for item in session.items), self.deselected)
            if self.census:
                self.census.tell(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node, ids):
        self._collected(ids, None)

    def pytest_collectreport(self, report):
        if report.outcome == "failed":
            self.channel.send("collect_error", path=str(report.nodeid), text=_bounded(_longrepr(report), TEXT_LIMIT))
        elif report.outcome == "skipped":
            self.channel.send("collect_skip", path=str(report.nodeid), text=_bounded(_longrepr(report), MESSAGE_LIMIT))

    def pytest_runtest_logstart(self, nodeid, location):
        if self.channel.is_stopping():
            # The interrupt came where something made an ordinary failure of it, as C code that a trace function of
            # Python's interrupts does: it is meant all the same.
            raise KeyboardInterrupt("the run is being cancelled")
        if nodeid in self.open:
            return
        self.open[nodeid] = []
        line = location[1] if len(location) > 1 and isinstance(location[1], int) else None
        place = "null" if line is None else line + 1
        self.channel.write('{"ev":"test_start","id":%s,"line":%s}' % (self._quoted(nodeid), place))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report):
        try:
            self._report(report)
        except Exception:
            pass

    def _quoted(self, nodeid):
        """A node id as JSON has it; the lines of one test follow each other."""
        if self.last[0] != nodeid:
            self.last = nodeid, self.channel.encode(nodeid)
        return self.last[1]

    def _report(self, report):
        if self.notes:
            requests = report.__dict__.pop("lacuna_requests", None)
            if requests:
                self.channel.send("requests", id=report.nodeid, seen=requests)
        attempts = self.open.setdefault(report.nodeid, [])
        if not attempts or (report.when == "setup" and attempts[-1].seen):
            attempts.append(Attempt())
        if _only_passed(report):
            seconds = float(report.duration or 0.0)
            attempts[-1].take_passed(report.when, seconds)
            said = (self._quoted(report.nodeid), report.when, seconds)
            self.channel.write('{"ev":"phase","id":%s,"when":"%s","outcome":"passed","seconds":%.6f}' % said)
            return
        attempts[-1].take(report)
        subtest = _is_subtest(report)
        # pytest repeats what earlier phases captured, and earlier attempts; subtests have sections of their own.
        sections, told = report.sections, 0
        if not subtest and sections:
            marks = [hash((str(name), str(text))) for name, text in sections]
            known = next((attempt.sections for attempt in reversed(attempts) if attempt.sections), [])
            told = len(known) if marks[:len(known)] == known else 0
            attempts[-1].sections = marks
        held, worker = getattr(report, "lacuna_held", None), getattr(report, "worker_id", None)
        fields = {"id": report.nodeid, "when": report.when, "outcome": held or report.outcome}
        fields["seconds"] = round(float(getattr(report, "duration", 0.0) or 0.0), 6)
        # Most tests pass and say nothing: what there is nothing of is not told.
        if len(sections) > told:
            fresh = list(sections)[told:told + 16]
            fields["sections"] = [[str(name), _bounded(text, SECTION_LIMIT)] for name, text in fresh]
        if worker is not None and worker != "master":
            fields["worker"] = worker
        if subtest:
            fields["name"] = _bounded(_subtest_name(report, fields.get("worker")), 500)
        reason = getattr(report, "wasxfail", None)
        if reason is not None:
            fields.update(xfail=held is None, reason=_bounded(reason, MESSAGE_LIMIT))
        if getattr(report, "longrepr", None):
            text = _bounded(_longrepr(report), TEXT_LIMIT)
            fields.update(longrepr=text, crash=_crash(report), chain=_chain_or_none(report))
        self.channel.send("subtest" if subtest else "phase", **fields)
        if report.when not in PHASES:
            # xdist's word for a test whose worker died: no end is announced for it.
            self.pytest_runtest_logfinish(report.nodeid, None)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid, location):
        attempts = self.open.get(nodeid)
        if not attempts or attempts[-1].again:
            return
        del self.open[nodeid]
        last, seconds = attempts[-1], sum(attempt.seconds for attempt in attempts)
        if len(attempts) == 1 and not last.held:
            said = (self._quoted(nodeid), last.outcome(), seconds)
            self.channel.write('{"ev":"test_end","id":%s,"outcome":"%s","seconds":%.6f}' % said)
            return
        fields = {"id": nodeid, "outcome": last.outcome(), "seconds": round(seconds, 6)}
        if len(attempts) > 1:
            fields["attempts"] = [attempt.real_outcome() for attempt in attempts[:-1]]
        if last.held:
            fields["held"] = last.real_outcome()
        self.channel.send("test_end", **fields)

    def pytest_warning_recorded(self, warning_message, when, nodeid, location):
        self.warned += 1
        if self.warned > WARNING_LIMIT:
            # Their number is told at the end.
            return
        try:
            self.channel.send(
                "warning",
                category=str(getattr(warning_message.category, "__name__", "")),
                text=_bounded(warning_message.message, MESSAGE_LIMIT),
                when=when,
                id=nodeid or None,
                path=str(warning_message.filename),
                line=int(warning_message.lineno or 0),
            )
        except Exception:
            pass

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self):
        if self.warned > WARNING_LIMIT:
            self.channel.send("warnings", total=self.warned)

    def pytest_internalerror(self, excrepr):
        self.channel.send("internal_error", text=_bounded(excrepr, TEXT_LIMIT))

    def pytest_keyboard_interrupt(self, excinfo):
        self.channel.send("interrupted", text=_bounded(excinfo.exconly(), MESSAGE_LIMIT))


# Where plugins write, by the option that says so, and the name that the file gets in lacuna's own directory.
ELSEWHERE = {
    "allure_report_dir": "allure",
    "basetemp": "tmp",
    "csv_path": "report.csv",
    "excelpath": "report.xlsx",
    "htmlpath": "report.html",
    "jira_xray_path": "xray.json",
    "json_report_file": "report.json",
    "log_file": "log.txt",
    "md_report_output": "report.md",
    "memray_bin_path": "memray",
    "mtr_db_out": "monitor.db",
    "nunit_xmlpath": "nunit.xml",
    "report_log": "report-log.jsonl",
    "tap_outdir": "tap",
    "xmlpath": "junit.xml",
    "xraypath": "xray.json",
}

# What is switched off, by the option, with the value that does it: what the project keeps from run to run (durations,
# benchmarks, snapshots) is for a run of the whole suite to write, and nobody sits at a debugger or in a loop here.
SWITCHED_OFF = {
    "allow_snapshot_deletion": False,
    "benchmark_autosave": False,
    "benchmark_cprofile_dump": None,
    "benchmark_csv": False,
    "benchmark_histogram": None,
    "benchmark_json": None,
    "benchmark_save": None,
    "benchmark_save_data": False,
    "clean_durations": False,
    "force_regen": False,
    "inline_snapshot": "disable",
    "looponfail": False,
    "pastebin": None,
    "regen_all": False,
    "snapshot_update": False,
    "stepwise": False,
    "stepwise_skip": False,
    "store_durations": False,
    "trace": False,
    "update_new_snapshots_only": False,
    "update_snapshots": False,
    "usepdb": False,
}


def _debug(options):
    """The debugger that a person asked for; xdist refuses to be beside one."""
    options.usepdb = True
    if hasattr(options, "numprocesses"):
        options.numprocesses, options.dist, options.tx = 0, "no", []


def _redirect(options, private):
    """Sends everything that the options would write into lacuna's directory. Works on any parsed options."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    for name, target in ELSEWHERE.items():
        value = str(getattr(options, name, None) or "")
        if not value or value.startswith(os.path.join(private, "")):
            continue
        if worker and name == "basetemp":
            # Each worker empties its folder, and xdist gives each one below the controller's: that is left as it is.
            if os.path.basename(value) == "popen-" + worker:
                continue
            target = "%s-%s" % (target, worker)
        setattr(options, name, os.path.join(private, target))
    for name, value in SWITCHED_OFF.items():
        if hasattr(options, name):
            setattr(options, name, value)
    if getattr(options, "profile", False) or getattr(options, "profile_svg", False):
        options.pstats_dir = [os.path.join(private, "prof")]
    if os.environ.get("LACUNA_PDB"):
        _debug(options)


def _redirect_log(config, private):
    """The same for the log file, which the configuration can name too."""
    try:
        if config.getini("log_file"):
            config.option.log_file = os.path.join(private, "log.txt")
    except (KeyError, ValueError):
        pass


def _spare_report(config):
    """The JUnit report is lacuna's own, for runs without this plugin; a project that asks for one has it, elsewhere."""
    asked = [str(item) for item in config.getini("addopts") or []] + [os.environ.get("PYTEST_ADDOPTS", "")]
    if getattr(config.option, "xmlpath", None) and not any("--junit" in item for item in asked):
        config.option.xmlpath = None


def _never_open(option, private):
    """Options of the type `open for writing` truncate their file while they are read."""
    if "--benchmark-json" in option.names():
        option.attrs()["type"] = lambda name: open(os.path.join(private, "benchmark.json"), "wb")


def _contain(root, private):
    """Keeps what code of the project does with coverage.py itself, in a conftest for example, out of the project.

    Its reports and data files go into lacuna's directory when they would be written below the root, and data files that
    it does not name are never those of lacuna's own measuring.
    """
    from coverage import Coverage

    if hasattr(Coverage, "lacuna_contained"):
        return
    Coverage.lacuna_contained = True
    top = os.path.join(os.path.realpath(root), "")

    def inside(path):
        place = os.path.realpath(path)
        if not place.startswith(top):
            return path
        place = os.path.join(private, "coverage", place[len(top):])
        os.makedirs(os.path.dirname(place), exist_ok=True)
        return place

    plain_init = Coverage.__init__

    def init(self, *args, **kwargs):
        caller = sys._getframe(1).f_globals.get("__name__", "").partition(".")[0]
        if caller not in ("pytest_cov", "coverage", __name__):
            if args and isinstance(args[0], (str, os.PathLike)):
                args = (inside(args[0]),) + args[1:]
            elif isinstance(kwargs.get("data_file"), (str, os.PathLike)):
                kwargs["data_file"] = inside(kwargs["data_file"])
            elif not args and "data_file" not in kwargs:
                kwargs["data_file"] = os.path.join(private, "coverage.own")
        plain_init(self, *args, **kwargs)
        if self.config.debug_file:
            self.config.debug_file = inside(self.config.debug_file)
        if caller == "pytest_cov":
            # Contexts of the project's own would stand in the place of the tests, or before them.
            self.config.dynamic_context = self.config.context = None

    init.__doc__ = plain_init.__doc__
    Coverage.__init__ = init
    reports = {
        "html_report": ("directory", "html:directory"),
        "annotate": ("directory", None),
        "xml_report": ("outfile", "xml:output"),
        "json_report": ("outfile", "json:output"),
        "lcov_report": ("outfile", "lcov:output"),
    }
    for name, (parameter, option) in reports.items():
        if hasattr(Coverage, name):
            setattr(Coverage, name, _contained(getattr(Coverage, name), parameter, option, inside))


def _contained(report, parameter, option, inside):
    @functools.wraps(report)
    def contained(self, morfs=None, *args, **kwargs):
        if args:
            args = (inside(args[0]) if args[0] not in (None, "-") else args[0],) + args[1:]
        elif kwargs.get(parameter) != "-":
            target = kwargs.get(parameter) or (self.get_option(option) if option else None)
            kwargs[parameter] = inside(target or os.path.join(os.getcwd(), "annotated"))
        return report(self, morfs, *args, **kwargs)

    return contained


def _silence_own_start():
    """Ends the measuring that COVERAGE_PROCESS_START began in this very process: at its end it would write over ours."""
    startup = getattr(sys.modules.get("coverage.control") or sys.modules.get("coverage"), "process_startup", None)
    cov = getattr(startup, "coverage", None)
    if cov is not None:
        cov._auto_save = False
        cov.stop()


def _measure_children(private, has_branches):
    """Has processes that measure themselves as they start do it as this one does, each into a file of its own.

    In another mode, or all into one file, their data could not be combined with that of the tests.
    """
    named, given = os.environ.get("LACUNA_PROCESS_START"), os.environ.get("LACUNA_PROCESS_CONFIG")
    if given:
        from coverage.config import CoverageConfig

        config = CoverageConfig.deserialize(given.rpartition(":")[2])
        config.branch, config.parallel = has_branches(), True
        config.context = config.dynamic_context = config.debug_file = None
        os.environ["COVERAGE_PROCESS_CONFIG"] = config.serialize()
    elif named:
        from coverage import Coverage

        place = os.path.join(private, "children.rc")
        # Workers write it too.
        part = "%s.%d" % (place, os.getpid())
        with open(part, "w", encoding="utf-8") as file:
            file.write(_settings_of_children(Coverage(config_file=named).config, has_branches()))
        os.replace(part, place)
        os.environ["COVERAGE_PROCESS_START"] = place


def _settings_of_children(config, branch):
    """What settings of coverage say of measuring, as a file: the mode and the places are lacuna's."""
    ours = ("branch", "command_line", "context", "data_file", "debug", "debug_file", "dynamic_context", "parallel")
    sections = {"run": {"branch": branch, "parallel": True}}
    for spec in config.CONFIG_FILE_OPTIONS:
        section, _, name = spec[1].partition(":")
        value = getattr(config, spec[0], None)
        if section == "run" and name not in ours and not name.startswith("_") and value:
            sections["run"][name] = value
    for plugin in config.plugins or []:
        sections.setdefault(plugin, {}).update(config.get_plugin_options(plugin))
    lines = []
    for section, values in sections.items():
        lines.append("[%s]" % section)
        for name, value in values.items():
            text = "\n    ".join(str(part) for part in value) if isinstance(value, (list, tuple)) else str(value)
            # A dollar sign begins the name of a variable.
            lines.append("%s = %s" % (name, text.replace("$", "$$")))
    return "\n".join(lines) + "\n"


def _has_arcs(path):
    """Whether a data file of coverage holds branches; nothing where it holds neither or cannot be read."""
    import sqlite3

    try:
        data = sqlite3.connect(path)
        try:
            row = data.execute("select value from meta where key = 'has_arcs'").fetchone()
        finally:
            data.close()
    except sqlite3.Error:
        return None
    return None if row is None else str(row[0]) == "1"


def _keep_to_one_mode(path, channel):
    """Keeps data that was measured in another mode away from what is combined: coverage would end the session for it."""
    from coverage import Coverage

    if hasattr(Coverage, "lacuna_combines"):
        return
    Coverage.lacuna_combines = True
    folder, name = os.path.split(path)

    def set_aside(branch, more):
        found = [os.path.join(folder, file) for file in os.listdir(folder) if file == name or file.startswith(name + ".")]
        others = [file for file in sorted(found) + more if os.path.isfile(file) and _has_arcs(file) is (not branch)]
        for other in others:
            os.replace(other, os.path.join(folder, "aside-" + os.path.basename(other)))
        if others:
            channel.send("set_aside", files=[os.path.basename(other) for other in others], branch=branch)

    def careful(plain):
        @functools.wraps(plain)
        def call(self, *args, **kwargs):
            try:
                if os.path.realpath(self.config.data_file) == os.path.realpath(path):
                    more = (args[0] if args else kwargs.get("data_paths")) or []
                    set_aside(bool(self.config.branch), [str(file) for file in more])
            except Exception:
                pass
            return plain(self, *args, **kwargs)

        return call

    Coverage.load, Coverage.combine = careful(Coverage.load), careful(Coverage.combine)


def _without_testmon(options):
    """Switches testmon off: it would choose tests by itself, and abort where branches are measured."""
    if hasattr(options, "no-testmon"):
        setattr(options, "no-testmon", True)


def _trace_contexts():
    """Has coverage trace in a way that can tell tests apart.

    Its newest core, the default of Python 3.14, credits a line to the first test that runs it and to no other.
    """
    try:
        __import__("coverage.tracer")
        core = "ctrace"
    except ImportError:
        core = "pytrace"
    os.environ["COVERAGE_CORE"] = core


def _tracer(cov):
    """What traces the lines: CTracer, PyTracer or SysMonitor; empty where coverage does not say."""
    try:
        return str(cov._collector.tracer_name())
    except Exception:
        return ""


def _cov_options(options, contexts, branch):
    """Makes pytest-cov measure without a report, a gate or a source of lacuna's own."""
    if not getattr(options, "cov_source", None):
        options.cov_source = [True]
    options.cov_report = {"": None}
    options.cov_fail_under = 0
    options.no_cov = False
    options.no_cov_on_fail = False
    options.cov_context = "test" if contexts else None
    if branch:
        options.cov_branch = True


class Contexts:
    """Names what coverage measures as pytest-cov does."""

    def __init__(self, cov):
        self.cov = cov

    def _switch(self, item, when):
        try:
            self.cov.switch_context("%s|%s" % (item.nodeid, when))
        except Exception:
            pass

    def pytest_runtest_setup(self, item):
        self._switch(item, "setup")

    def pytest_runtest_call(self, item):
        self._switch(item, "run")

    def pytest_runtest_teardown(self, item):
        self._switch(item, "teardown")


def _take_whole(cov, whole, path):
    """Has pytest-cov take over the data file of the run as it is, where it would copy it, row by row, into an empty one."""
    plain = whole.combine

    def is_alone(file):
        from coverage.data import combinable_files

        if os.path.exists(path) or os.path.realpath(whole.config.data_file) != os.path.realpath(path):
            return False
        if combinable_files(path) != [file] or bool(cov._data.has_arcs()) != bool(whole.config.branch):
            return False
        place = whole._make_aliases().map
        return all(place(name) == name for name in cov._data.measured_files())

    def combine(*args, **kwargs):
        try:
            file = cov._data.data_filename()
            moves = not args and not kwargs and is_alone(file)
            if moves:
                _close(cov._data)
                os.replace(file, path)
        except Exception:
            moves = False
        if not moves:
            return plain(*args, **kwargs)
        whole.load()

    whole.combine = combine


class Held:
    """What coverage hands over whenever a test begins or ends, kept until its data file is opened for anything else.

    coverage opens its file anew for each part of each test. Kept together, all is written at once, with the same result:
    lines of one context are united here as they would be in the file.
    """

    # How many lines or arcs are kept before they are written: some tens of megabytes.
    MOST = 500000

    def __init__(self, data):
        self.data = data
        self.lock = data._lock
        if not isinstance(self.lock, type(threading.RLock())):
            raise TypeError("coverage of this version locks otherwise")
        self.plain = {name: getattr(data, name) for name in ("add_lines", "add_arcs", "add_file_tracers", "_connect")}
        self.process = os.getpid()
        self.kept = {}
        self.size = 0
        self.tracers = {}
        self.writes = False
        self.has_mode = False
        data.add_lines = functools.partial(self.add, "add_lines")
        data.add_arcs = functools.partial(self.add, "add_arcs")
        data.add_file_tracers, data._connect = self._add_tracers, self._connect
        # What speaks of the data without opening the file.
        for name in ("write", "measured_files"):
            setattr(data, name, self._after_writing(getattr(data, name)))

    def add(self, how, rows, context=None):
        """Takes what ran in the present context, or in a named one."""
        with self.lock:
            self._forget_parent()
            if self.writes:
                return self.plain[how](rows)
            if not self.has_mode:
                self.data._start_using()
                self.data._choose_lines_or_arcs(**{how[4:]: True})
                self.has_mode = True
            context = self.data._current_context if context is None else context
            kept = self.kept.setdefault((how, context or ""), {})
            for file, found in rows.items():
                if found:
                    kept.setdefault(file, set()).update(found)
                    self.size += len(found)
            if self.size > self.MOST:
                self.write()

    def _add_tracers(self, tracers):
        """Takes which plugins of coverage trace which files: all of them each time, of which few are news."""
        with self.lock:
            self._forget_parent()
            news = {file: plugin for file, plugin in tracers.items() if self.tracers.get(file) != plugin}
            if news:
                self.plain["add_file_tracers"](news)
                self.tracers.update(news)

    def _forget_parent(self):
        """In a process that a test has forked: what is kept is its parent's to write."""
        if self.process != os.getpid():
            self.process = os.getpid()
            self.kept, self.tracers, self.size, self.has_mode = {}, {}, 0, False

    def _connect(self):
        if not self.writes:
            self.write()
        return self.plain["_connect"]()

    def _after_writing(self, plain):
        @functools.wraps(plain)
        def call(*args):
            self.write()
            return plain(*args)

        return call

    def write(self):
        """Writes what is kept, within one transaction."""
        with self.lock:
            self._forget_parent()
            if not self.kept or self.writes:
                return
            kept, self.kept, self.size = self.kept, {}, 0
            context = self.data._current_context
            self.writes = True
            try:
                self.data._start_using()
                with self.plain["_connect"]() as file:
                    for (how, name), rows in self._in_bulk(file, kept).items():
                        self.data.set_context(name)
                        self.plain[how](rows)
            finally:
                self.writes = False
                self.data.set_context(context)

    def _in_bulk(self, file, kept):
        """Writes the contexts that the file has not yet, all at once. Gives back what is left to coverage."""
        from coverage import numbits, sqldata

        if sqldata.SCHEMA_VERSION != 7:
            return kept
        data = self.data
        known = {name for name, in file.con.execute("select context from context")}
        news = {key: rows for key, rows in kept.items() if key[1] not in known}
        names = {name for _, name in news}
        file.con.executemany("insert into context (context) values (?)", [(name,) for name in names])
        number = dict(file.con.execute("select context, id from context"))
        bits, arcs = [], []
        for (how, name), rows in news.items():
            for path, found in rows.items():
                at = data._file_id(path, add=True), number[name]
                if how == "add_lines":
                    bits.append((*at, numbits.nums_to_numbits(found)))
                else:
                    arcs.extend((*at, *arc) for arc in found)
        file.con.executemany("insert into line_bits (file_id, context_id, numbits) values (?, ?, ?)", bits)
        file.con.executemany("insert into arc (file_id, context_id, fromno, tono) values (?, ?, ?, ?)", arcs)
        # The file's name has to tell its data from those of other processes; from 7.17.4 on it is made of the file itself.
        hasher = getattr(data, "_hasher", None)
        if hasher is not None:
            hasher.update(repr(sorted(names)) + repr(bits) + repr(arcs))
        return {key: rows for key, rows in kept.items() if key not in news}


class Meter:
    """Coverage of the run: by pytest-cov where it is loaded, else started here."""

    def __init__(self, path, private, contexts, branch, channel, worker):
        self.path = path
        self.private = private
        self.contexts = contexts
        # Asked for, since the baseline has branches; otherwise it is for the project's configuration to say.
        self.branch = branch
        self.channel = channel
        self.worker = worker
        self.by = None
        self.cov = None
        # What traces; pytest-cov puts another in its place in the end.
        self.tracing = None
        self.topdir = os.getcwd()
        self.began = time.time()
        self.measured = []
        # Of workers elsewhere: their folders, and the files that are not the same there.
        self.tops = []
        self.others = {}
        # The files that the data know from imports, where that is known, and how they are measured.
        self.at_import = None
        self.how = None
        # What a fork server has imported ahead, with the lines of each import.
        self.shelf = None
        # Whether these are among the data.
        self.has_ahead = False
        self.held = None

    def before_conftests(self, config):
        options = config.known_args_namespace
        try:
            _silence_own_start()
            if self.private:
                _contain(str(getattr(config, "rootpath", None) or config.rootdir), self.private)
        except Exception:
            pass
        if not self.path:
            if hasattr(options, "cov_source"):
                options.no_cov = True
                options.cov_source = []
            return
        if self.contexts:
            _trace_contexts()
        if hasattr(options, "cov_source") and hasattr(options, "cov_report"):
            self.by = "pytest-cov"
            _cov_options(options, self.contexts, self.branch)
            self._agree(lambda: bool(options.cov_branch) or self._branches_by(options.cov_config))
            return
        try:
            import coverage

            self.cov = coverage.Coverage(
                data_file=self.path, data_suffix=True, config_file=True, branch=self.branch or None, messages=False
            )
            self.cov.set_option("run:dynamic_context", None)
            self.cov.set_option("run:context", None)
            for name in ("_warn_no_data", "_warn_unimported_source", "_warn_preimported_source"):
                setattr(self.cov, name, False)
            self._agree(lambda: bool(self.cov.get_option("run:branch")))
            self.cov.start()
            self.by = "coverage"
        except Exception as error:
            self.by = None
            self.cov = None
            self.channel.send("unmeasured", text=_bounded("%s: %s" % (type(error).__name__, error), MESSAGE_LIMIT))

    def _agree(self, has_branches):
        """Has all that is measured in this run be measured in one mode."""
        try:
            _keep_to_one_mode(self.path, self.channel)
            if self.private:
                _measure_children(self.private, has_branches)
        except Exception:
            pass

    @staticmethod
    def _branches_by(config_file):
        from coverage import Coverage

        return bool(Coverage(config_file=config_file).get_option("run:branch"))

    def configure(self, config):
        if self.by == "pytest-cov":
            # The workers of xdist are given these options.
            _cov_options(config.option, self.contexts, self.branch)
        elif not self.path and hasattr(config.option, "cov_source"):
            config.option.no_cov = True
            config.option.cov_source = []
        elif self.by == "coverage" and self.contexts:
            config.pluginmanager.register(Contexts(self.cov), "lacuna_contexts")

    def hold(self, config):
        """Has what each test ran be written at once in the end, and into its place where nothing is beside it."""
        cov = self._coverage(config)
        data = getattr(cov, "_data", None)
        if data is not None and self.contexts:
            self.held = Held(data)
            if self.shelf is not None:
                self._add_ahead(config, cov)
        whole = getattr(getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None), "combining_cov", None)
        if data is not None and whole is not None and not self.worker:
            _take_whole(cov, whole, self.path)

    def _add_ahead(self, config, cov):
        """Has the lines of what was imported ahead be kept with all others, just before these are written."""
        plain = cov.save

        def save():
            if not self.has_ahead:
                self.has_ahead = self.shelf.add_lines(self.held.add, self._manner(config))
            plain()

        cov.save = save

    def _manner(self, config):
        """In which way the run is measured: what an import ahead must have been measured by as well."""
        source, branch, config_file = None, self.branch or None, True
        if self.by == "pytest-cov":
            controller = config.pluginmanager.getplugin("_cov").cov_controller
            source, branch = getattr(controller, "cov_source", None), getattr(controller, "cov_branch", None)
            config_file = getattr(controller, "cov_config", True) or True
        return {
            "source": source,
            "branch": branch,
            "config": config_file,
            "contexts": self.contexts,
            "asked": os.environ.get("LACUNA_BRANCH"),
        }

    def _coverage(self, config):
        if self.by == "coverage":
            return self.cov
        plugin = config.pluginmanager.getplugin("_cov")
        return getattr(getattr(plugin, "cov_controller", None), "cov", None)

    def announce(self, config):
        cov = self.tracing = self._coverage(config)
        if cov is None:
            if self.by is not None:
                self.channel.send("unmeasured", text="pytest-cov did not start")
            return
        tracer = _tracer(cov)
        self.channel.send(
            "measure",
            by=self.by,
            branch=bool(cov.get_option("run:branch")),
            # What credits a line to the first test alone does not tell tests apart.
            contexts=self.contexts and tracer != "SysMonitor",
            untold=self.contexts and tracer == "SysMonitor",
            source=[str(item) for item in (cov.config.source or [])],
            rules=_rules(cov, bool(cov.get_option("run:branch"))),
        )

    def stop(self):
        if self.by == "coverage":
            here = os.getcwd()
            try:
                os.chdir(self.topdir)
                self.cov.stop()
                self.cov.save()
            finally:
                os.chdir(here)

    def send_home(self, config):
        """What the controller has to know of a worker elsewhere: the files it measured and, where no plugin does it, what."""
        cov = self._coverage(config)
        if cov is None:
            return
        data, files = cov.get_data(), {}
        for path in data.measured_files():
            try:
                with open(os.path.join(self.topdir, path), "rb") as source:
                    files[path] = hashlib.sha256(source.read()).hexdigest()
            except OSError:
                pass
        own = data.dumps() if self.by == "coverage" else None
        config.workeroutput["lacuna"] = {"top": self.topdir, "files": files, "data": own}

    def take_from_worker(self, top, files, data, name):
        if top not in self.tops:
            self.tops.append(top)
        for path, digest in files.items():
            below = os.path.relpath(os.path.join(top, path), top)
            here = os.path.join(self.topdir, below)
            try:
                with open(here, "rb") as source:
                    if hashlib.sha256(source.read()).hexdigest() != digest:
                        self.others[os.path.realpath(here)] = digest
            except OSError:
                pass
        if data is not None:
            from coverage import CoverageData

            CoverageData(basename=self.path, suffix="from.%s" % name).loads(data)

    def _strays(self):
        """Data files of this run beside the one private file: of workers, in their places."""
        directory, name = os.path.dirname(self.path), os.path.basename(self.path) + "."
        found = [os.path.join(directory, stray) for stray in sorted(os.listdir(directory)) if stray.startswith(name)]
        # pytest-cov keeps what workers elsewhere send under the usual name, whatever the data file is called.
        name = ".coverage.%s.%d." % (socket.gethostname(), os.getpid())
        sent = [stray for stray in sorted(os.listdir(self.topdir)) if stray.startswith(name)]
        found += [os.path.join(self.topdir, stray) for stray in sent]
        return [stray for stray in found if not stray.endswith(("-journal", "-wal", "-shm"))]

    def finish(self, config):
        """All data into the one private file, then the facts of each file that the data names."""
        if self.worker or self.by is None:
            return
        here = os.getcwd()
        try:
            os.chdir(self.topdir)
            self._finish(config)
        except Exception as error:
            self.channel.send("unmeasured", text=_bounded("%s: %s" % (type(error).__name__, error), MESSAGE_LIMIT))
        finally:
            os.chdir(here)

    def _finish(self, config):
        import coverage

        if self.by == "pytest-cov":
            controller = config.pluginmanager.getplugin("_cov").cov_controller
            if getattr(controller, "started", False):
                # An interrupted session: pytest-cov leaves the data of the finished tests behind.
                controller.finish()
            _close(getattr(controller.cov, "_data", None))
        self.how = self._manner(config)
        config_file, source, branch = (self.how[name] for name in ("config", "source", "branch"))
        cov = coverage.Coverage(
            data_file=self.path, config_file=config_file, source=source, branch=branch, messages=False
        )
        cov._warn_no_data = False
        cov.load()
        strays = self._strays()
        if strays:
            keep = [self.path] if os.path.exists(self.path) else []
            cov = coverage.Coverage(
                data_file=self.path, config_file=config_file, source=source, branch=branch, messages=False
            )
            cov._warn_no_data = False
            if keep:
                cov.load()
            tops = [top for top in self.tops if top != self.topdir]
            if tops:
                cov.config.paths = dict(cov.config.paths or {}, lacuna=[self.topdir] + tops)
            cov.combine(strays, strict=False)
            cov.save()
        data = cov.get_data()
        if self.shelf is None:
            self._note_imports(data)
        elif not self.has_ahead and not self.shelf.add_lines(functools.partial(_add_to, data), self.how):
            # Without a last word this counts as broken off, and a fresh interpreter makes it again.
            os._exit(70)
        has_arcs = bool(data.has_arcs())
        rules = _rules(cov, has_arcs)
        files = self.measured = sorted(data.measured_files())
        known = _known()
        for path in files:
            self._facts(cov, path, has_arcs, rules, known)
        self.channel.send("data", path=self.path, branch=has_arcs, contexts=self.contexts, files=len(files), rules=rules)
        _close(data)

    def judge(self):
        """Whether what a module runs is measured: asked of coverage, whose data may name its file as one of the sources."""
        check = getattr(getattr(self.tracing, "_inorout", None), "check_include_omit_etc", None)
        measured = {os.path.realpath(path) for path in self.measured}

        def is_measured(module, file):
            if os.path.realpath(file) in measured:
                return True
            return check is not None and check(file, types.SimpleNamespace(f_globals=vars(module))) is None

        return is_measured

    def _note_imports(self, data):
        """Of which files the import was measured: asked where a framework may have imported some before."""
        if PROBE.notes.framework is not None:
            data.set_query_contexts(["^$"])
            # An empty file has no lines, but where branches are measured it has been entered and left.
            ran = data.arcs if data.has_arcs() else data.lines
            self.at_import = {os.path.realpath(path) for path in data.measured_files() if ran(path)}
            data.set_query_contexts(None)

    def _facts(self, cov, path, has_arcs, rules, known):
        try:
            if os.path.basename(path) in OWN_FILES or not _reported(cov, path):
                return
            reporter, name = None, path
            if not path.endswith(".py"):
                reporter = cov._get_file_reporter(path)
                name = reporter.filename
            with open(name, "rb") as source:
                content = source.read()
                changed = os.fstat(source.fileno()).st_mtime > self.began
            digest = hashlib.sha256(content).hexdigest()
            digest = self.others.get(os.path.realpath(name), digest)
            common = {"path": os.path.abspath(name), "sha256": digest, "rules": rules, "changed": changed}
            if (digest, rules) in known:
                self.channel.send("facts", **common)
            else:
                reporter = reporter or cov._get_file_reporter(path)
                self.channel.send("facts", facts=_facts_of(reporter, content, has_arcs), **common)
        except Exception as error:
            self.channel.send("no_facts", path=str(path), text=_bounded("%s: %s" % (type(error).__name__, error), 500))


def _add_to(data, how, rows, context):
    data.set_context(context)
    getattr(data, how)(rows)


def _close(data):
    # Older versions of coverage.py cannot close their data.
    close = getattr(data, "close", None)
    if close is not None:
        close()


def _rules(cov, has_arcs):
    """What, beside the content, decides the facts of a file: versions, exclusions, branches or not."""
    said = repr((
        _version("coverage"),
        sys.version_info[:2],
        platform.python_implementation(),
        sorted(cov.get_option("report:exclude_lines") or []),
        sorted(getattr(cov.config, "exclude_also", None) or []),
        sorted(getattr(cov.config, "partial_list", None) or []),
        sorted(getattr(cov.config, "partial_also", None) or []),
        sorted(getattr(cov.config, "partial_always_list", None) or []),
        has_arcs,
    ))
    return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()


def _known():
    path = os.environ.get("LACUNA_KNOWN")
    pairs = set()
    if path:
        try:
            with open(path) as lines:
                pairs = {tuple(line.split()) for line in lines}
        except OSError:
            pass
    return pairs


def _reported(cov, path):
    """Whether coverage's own reports would have this file, by [report] include and omit."""
    include, omit = cov.config.report_include, cov.config.report_omit
    if not include and not omit:
        return True
    from coverage import files

    matcher = getattr(files, "GlobMatcher", None) or files.FnmatchMatcher
    if include and not matcher(files.prep_patterns(include), "report_include").match(path):
        return False
    return not (omit and matcher(files.prep_patterns(omit), "report_omit").match(path))


def _facts_of(reporter, content, has_arcs):
    """What coverage's own parser says of a file, in a form from which its report can be made again."""
    statements = sorted(reporter.lines())
    excluded = sorted(reporter.excluded_lines())
    first = []
    for line in range(1, content.count(b"\n") + content.count(b"\r") + 2):
        for start in reporter.translate_lines([line]):
            if start != line:
                first.append([line, start])
    facts = {"statements": statements, "excluded": excluded, "first": first}
    if not has_arcs:
        return facts
    hidden, plain = set(excluded), set(reporter.no_branch_lines())
    possible = {}
    for start, end in reporter.arcs():
        if start not in plain and end not in hidden:
            possible.setdefault(start, []).append(end)
    counts = reporter.exit_counts()
    facts["branches"] = [
        [line, counts[line], sorted(possible.get(line, []))] for line in sorted(counts) if counts[line] > 1
    ]
    facts["jumps"] = _jumps(getattr(getattr(reporter, "parser", None), "_with_jump_fixers", None) or {})
    return facts


def _jumps(fixers):
    """The arcs that coverage replaces when a `with` is left: the arc, what stands for it, what else is left out."""
    jumps = []
    for arc, to in sorted(fixers.items(), key=lambda item: item[0]):
        drops = []
        if to is not None and isinstance(to[0], tuple):
            # Before 7.17 the replacement is a chain, and its links are left out as well.
            onward, leave = to
            while onward in fixers and onward not in drops:
                drops.append(onward)
                onward, leave = fixers[onward]
                drops.append(leave)
            drops.append(onward)
            to = (arc[0], leave[1])
        jumps.append([list(arc), None if to is None else list(to), [list(drop) for drop in drops]])
    return jumps


def _stand_by(private):
    """Has the stacks of all threads written whenever lacuna asks for them: they say where a test hangs.

    The signal is one that is ignored where nobody wants it, so that it harms no other process. Written from inside the
    handler, without Python's lock: code that holds it forever is found too.
    """
    import faulthandler
    import signal

    number = getattr(signal, "SIGURG", None)
    if number is None or signal.getsignal(number) is not signal.SIG_DFL:
        return
    PROBE.stacks = open(os.path.join(private, "stack-%d.txt" % os.getpid()), "a")
    faulthandler.register(number, file=PROBE.stacks, all_threads=True, chain=False)


def _installed(file):
    parts = file.split(os.sep)
    return "site-packages" in parts or "dist-packages" in parts


class Notes:
    """What the fork server of later runs has to know of this one."""

    def __init__(self, path):
        self.path = path
        self.before = dict(os.environ) if path else {}
        self.changed = set()
        self.unfit = None
        self.framework = None
        # In a run that was forked from a server: what that holds already.
        self.ahead = frozenset()

    def note_environment(self):
        """The variables that the project has set, by now."""
        if not self.path:
            return
        now = dict(os.environ)
        names = {name for name in set(now) | set(self.before) if now.get(name) != self.before.get(name)}
        self.changed |= {name for name in names if not name.startswith(("PYTEST_", "LACUNA_", "COV"))}

    def note_framework(self):
        """Whether Django was set up before anything was collected, and by which settings."""
        if self.path is None:
            return
        apps = getattr(sys.modules.get("django.apps"), "apps", None)
        if getattr(apps, "ready", False):
            self.framework = os.environ.get("DJANGO_SETTINGS_MODULE")

    def note_unfit(self, config):
        if getattr(config.option, "dist", "no") != "no" or getattr(config.option, "tx", None):
            self.unfit = "pytest-xdist runs the tests in processes of its own"
        for name, patched in (("gevent.monkey", "is_anything_patched"), ("eventlet.patcher", "already_patched")):
            module = sys.modules.get(name)
            state = getattr(module, patched, None)
            if state() if callable(state) else state:
                self.unfit = "%s has patched the standard library" % name.split(".")[0]

    @staticmethod
    def own_modules(root, at_import):
        """The modules of the project that a run has imported as they are, and those whose import was not measured."""
        own, unmeasured = [], []
        for name, module in list(sys.modules.items()):
            spec = getattr(module, "__spec__", None)
            file = getattr(module, "__file__", None) or ""
            if not file.startswith(root + os.sep) or _installed(file) or getattr(spec, "name", None) != name:
                continue
            if type(spec.loader).__name__ == "SourceFileLoader" and name.split(".")[-1] != "conftest":
                own.append(name)
                if at_import is not None and os.path.realpath(file) not in at_import:
                    unmeasured.append(name)
        return own, unmeasured

    def write(self, config, meter):
        if not self.path:
            return
        self.note_environment()
        self.note_unfit(config)
        is_measured = meter.judge()
        library = os.path.dirname(os.__file__) + os.sep
        modules, rewritten, avoid = [], [], set()
        for name, module in list(sys.modules.items()):
            spec = getattr(module, "__spec__", None)
            file = getattr(module, "__file__", None) or getattr(spec, "origin", None) or ""
            if name in self.ahead or name in ("__main__", "lacuna_probe") or spec is None or getattr(spec, "name", name) != name:
                continue
            if not _installed(file) and not file.startswith(library) and file not in ("built-in", "frozen"):
                continue
            if _installed(file) and is_measured(module, file):
                avoid.add(name.split(".")[0])
            modules.append(name)
            if type(getattr(spec, "loader", None)).__name__ == "AssertionRewritingHook":
                rewritten.append(name)
        notes = {
            "modules": [name for name in modules if name.split(".")[0] not in avoid],
            "rewritten": rewritten,
            "rewrites": any(type(finder).__name__ == "AssertionRewritingHook" for finder in sys.meta_path),
            "avoid": sorted(avoid),
            "environment": sorted(self.changed),
            "unfit": self.unfit,
            "framework": self.framework,
            "path": [place for place in sys.path if place != os.path.dirname(os.path.abspath(__file__))],
        }
        if meter.how is not None:
            notes["measuring"] = meter.how
        notes["own"], notes["unmeasured"] = self.own_modules(meter.topdir, meter.at_import)
        with open(self.path, "w") as file:
            json.dump(notes, file)


class Probe:
    """The plugin itself: its parts and their order."""

    def __init__(self):
        self.worker = "PYTEST_XDIST_WORKER" in os.environ
        self.channel = Silence()
        self.events = os.environ.get("LACUNA_EVENTS")
        if self.events and not self.worker:
            try:
                self.channel = Channel(self.events)
            except OSError:
                pass
        self.private = os.environ.get("LACUNA_PRIVATE")
        self.parser = None
        path = os.environ.get("LACUNA_COVERAGE") or None
        contexts = os.environ.get("LACUNA_CONTEXTS") != "0"
        branch = os.environ.get("LACUNA_BRANCH") == "1"
        self.meter = Meter(path, self.private, contexts, branch, self.channel, self.worker)
        self.notes = Notes(None if self.worker else os.environ.get("LACUNA_MODULES"))
        self.exit = None
        self.cpu = None

    def start(self, config):
        plugins = []
        try:
            for _, dist in config.pluginmanager.list_plugin_distinfo():
                # Each look at it reads it anew.
                metadata = dist.metadata
                plugins.append("%s %s" % (metadata["name"], metadata["version"]))
        except Exception:
            pass
        self.channel.send(
            "start",
            pytest=pytest.__version__,
            python=platform.python_version(),
            executable=sys.executable,
            coverage=_version("coverage"),
            pytest_cov=_version("pytest_cov"),
            rootdir=str(getattr(config, "rootpath", None) or getattr(config, "rootdir", "")),
            inifile=str(getattr(config, "inipath", None) or ""),
            addopts=[str(item) for item in (config.getini("addopts") or [])],
            plugins=sorted(set(plugins)),
        )


    def refused(self, error):
        """A conftest that cannot be imported: pytest ends before anything is collected."""
        path = getattr(error, "path", None)
        if path is None:
            return
        excinfo = getattr(error, "excinfo", None)
        cause = getattr(error, "cause", None) or (excinfo[1] if excinfo else error)
        text = "%s cannot be imported: %s: %s" % (path, type(cause).__name__, cause)
        self.channel.send("usage", lines=[_bounded(" ".join(text.split()), MESSAGE_LIMIT)])


PROBE = Probe()


@pytest.hookimpl(trylast=True)
def pytest_addoption(parser):
    PROBE.parser = parser
    # lacuna's command sets `cache_dir`; without the cache plugin the setting would be unknown.
    try:
        if "cache_dir" not in parser._inidict:
            parser.addini("cache_dir", "Cache directory path")
    except Exception:
        pass
    # The same with the report: it is named in lacuna's command, and nobody may be there to know it.
    try:
        groups = [parser._anonymous] + list(parser._groups)
        if not any("--junitxml" in option.names() for group in groups for option in group.options):
            parser.addoption("--junitxml", dest="lacuna_junitxml")
    except Exception:
        pass


def pytest_plugin_registered(plugin):
    # Its options are known by now, and not read yet.
    try:
        if PROBE.private and PROBE.parser:
            for group in [PROBE.parser._anonymous] + list(PROBE.parser._groups):
                for option in group.options:
                    _never_open(option, PROBE.private)
    except Exception:
        pass


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config, args):
    try:
        PROBE.start(early_config)
        if PROBE.private:
            _redirect(early_config.known_args_namespace, PROBE.private)
            _stand_by(PROBE.private)
            if early_config.known_args_namespace.debug:
                # The file is opened before any hook could change the option.
                args.append("--debug=" + os.path.join(PROBE.private, "debug.log"))
        PROBE.meter.before_conftests(early_config)
    except Exception:
        pass
    outcome = yield
    try:
        if outcome.excinfo:
            PROBE.refused(outcome.excinfo[1])
    except Exception:
        pass


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    # Before other plugins look: some refuse options that are switched off here.
    try:
        if PROBE.private:
            _redirect(config.option, PROBE.private)
    except Exception:
        pass
    yield


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    try:
        if PROBE.private:
            _redirect(config.option, PROBE.private)
            _redirect_log(config, PROBE.private)
        _without_testmon(config.option)
        _spare_report(config)
        PROBE.meter.configure(config)
        only, held = _given(config, "only"), _given(config, "held")
        config.pluginmanager.register(Collection(PROBE.events, only), "lacuna_collection")
        if held:
            config.pluginmanager.register(Quarantine(held), "lacuna_quarantine")
        notes = os.environ.get("LACUNA_CONTRACT") == "1"
        if notes:
            requests = Requests()
            config.pluginmanager.register(requests, "lacuna_requests")
            requests.begin()
        if PROBE.worker and os.environ.get("LACUNA_SHIPPED"):
            config.pluginmanager.register(Sending(PROBE.meter), "lacuna_sending")
        if not PROBE.worker:
            census = None
            if os.environ.get("LACUNA_COLLECT"):
                root = str(getattr(config, "rootpath", None) or getattr(config, "rootdir", ""))
                census = CensusOfFiles(PROBE.channel, _listed(os.environ["LACUNA_COLLECT"]), root)
                config.pluginmanager.register(census, "lacuna_census")
            config.pluginmanager.register(Follower(PROBE.channel, census, notes), "lacuna_follower")
            if notes:
                PROBE.channel.send("observing")
            if getattr(config.option, "tx", None):
                _copy_no_pytest()
            config.pluginmanager.register(Shipping(PROBE.meter, only, held), "lacuna_shipping")
    except Exception:
        pass


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_sessionstart(session):
    yield
    try:
        if not PROBE.worker:
            PROBE.meter.announce(session.config)
        PROBE.meter.hold(session.config)
    except Exception:
        pass


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection(session):
    PROBE.notes.note_framework()
    yield


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    PROBE.notes.note_environment()


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtestloop(session):
    yield
    try:
        PROBE.meter.stop()
    except Exception:
        pass


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    yield
    PROBE.exit = int(getattr(session, "exitstatus", exitstatus))
    PROBE.cpu = sum(os.times()[:4])


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    try:
        PROBE.meter.stop()
        PROBE.meter.finish(config)
    except Exception:
        pass
    try:
        PROBE.notes.write(config, PROBE.meter)
    except Exception:
        pass
    if not PROBE.worker:
        PROBE.channel.send("finish", exit=PROBE.exit, cpu=PROBE.cpu)
