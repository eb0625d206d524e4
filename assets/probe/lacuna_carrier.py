"""lacuna's hands where the tests run elsewhere: in a container, on another host, behind a wrapper.

One process between the channel and pytest: standard library only, nothing installed, nothing left behind. What is to
run comes in through standard input; what happened goes out through standard output, in frames that begin with a marker
of this run, so that a banner or a warning on the same channel cannot be taken for one. While standard input is open,
somebody waits for the answer. When it ends, for whatever reason, everything that was started here is killed.

A frame is a line "<RS><marker> <kind> <length>" and that many bytes:
  e  lines of the events
  o  what pytest printed
  d  a part of the data file, as one zlib stream
  D  "<bytes> <sha256>" of the data file: it is whole
  x  "code <number> <left behind>" or "signal <number> <left behind>": how pytest ended
  b  nothing; a sign of life

Signs of life come in, too. Where none comes for long, nobody waits any more, whatever the channel looks like.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zlib

CHUNK = 65536
FOLDERS = 400
LEAK = 0.2
STRANGERS = (
    "PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT",
    "PYTEST_XDIST_TESTRUNUID", "COV_CORE_SOURCE", "COV_CORE_CONFIG", "COV_CORE_DATAFILE",
)


class Wire:
    """The way back. Frames are whole, whoever sends them."""

    def __init__(self, marker):
        self.lock = threading.Lock()
        # What is printed by accident must not come between the frames.
        self.out = os.dup(1)
        os.dup2(2, 1)
        self.start = b"\x1e" + marker.encode("ascii") + b" "

    def send(self, kind, payload):
        frame = self.start + ("%s %d\n" % (kind, len(payload))).encode("ascii") + payload
        with self.lock:
            while frame:
                frame = frame[os.write(self.out, frame):]

    def event(self, ev, **fields):
        fields["ev"] = ev
        self.send("e", json.dumps(fields, ensure_ascii=True).encode("ascii") + b"\n")


def _prctl(option, value):
    try:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    except Exception:
        pass


def _die_with_parent():
    _prctl(1, signal.SIGKILL)


def _descendants():
    """The living processes below this one; nothing where the system does not tell."""
    parents = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for name in names:
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name, "rb") as stat:
                state, parent = stat.read().rpartition(b")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if state not in (b"Z", b"X"):
            parents[int(name)] = int(parent)
    found, tops = [], [os.getpid()]
    while tops:
        top = tops.pop()
        below = [pid for pid, parent in parents.items() if parent == top and pid not in found]
        found.extend(below)
        tops.extend(below)
    return found


def _signal(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


class Tests:
    """pytest and whatever it starts."""

    def __init__(self, child):
        self.child = child

    def group(self, number):
        try:
            os.killpg(self.child.pid, number)
            os.killpg(self.child.pid, signal.SIGCONT)
        except OSError:
            pass

    def terminate(self):
        self.group(signal.SIGTERM)
        _signal(_descendants(), signal.SIGTERM)

    def kill(self):
        """Kills until nothing is left, or nothing more can be done."""
        self.group(signal.SIGKILL)
        end = time.time() + 5
        left = _descendants()
        while left and time.time() < end:
            _signal(left, signal.SIGKILL)
            time.sleep(0.01)
            left = _descendants()


def _score(root, landmarks):
    """How much of the project is in a folder: the same content counts for more than the same name."""
    same, differ, absent = 0, [], []
    for path, digest in landmarks:
        try:
            with open(os.path.join(root, path), "rb") as file:
                if hashlib.sha256(file.read()).hexdigest() == digest:
                    same += 1
                else:
                    differ.append(path)
        except OSError:
            absent.append(path)
    return 4 * same + len(differ), differ, absent


def _below(folder, depth, seen):
    if len(seen) >= FOLDERS:
        return
    try:
        names = sorted(os.listdir(folder))[:FOLDERS]
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        if name.startswith(".") or name in ("proc", "sys", "dev", "node_modules", "__pycache__") or path in seen:
            continue
        if os.path.isdir(path) and not os.path.islink(path) and len(seen) < FOLDERS:
            seen.append(path)
            if depth > 1:
                _below(path, depth - 1, seen)


def _find(request):
    """The project's root here: the folder that holds most of it."""
    landmarks = request["landmarks"]
    asked = request["directory"]
    if asked:
        return os.path.realpath(os.path.expanduser(asked)), 1
    here = os.getcwd()
    best, most = here, _score(here, landmarks)[0]
    if most == 4 * len(landmarks):
        return os.path.realpath(here), 1
    others = [request["root"], os.path.dirname(here)]
    _below(here, 2, others)
    for top in ("/", "/srv", "/opt", "/usr/src", "/home", "/workspaces", "/builds", os.path.expanduser("~")):
        _below(top, 1, others)
    for folder in others:
        score = _score(folder, landmarks)[0]
        if score > most:
            best, most = folder, score
    return os.path.realpath(best), len(others) + 1 if most == 0 and landmarks else 1


def _mounted(request, root):
    """lacuna's own folder of this run, where it can be seen from here, by its path at home or below the root."""
    places = [request["folder"]]
    if request["below"]:
        places.append(os.path.join(root, request["below"]))
    for place in places:
        token = os.path.join(place, "token")
        try:
            with open(token) as file:
                # Files of another user could not be read at home.
                if file.read().strip() == request["marker"] and os.stat(token).st_uid == os.getuid():
                    return place
        except OSError:
            pass
    return None


def _environment(request, base):
    env = dict(os.environ)
    for name in STRANGERS:
        env.pop(name, None)
    for name in [name for name in env if name.startswith("LACUNA_")]:
        del env[name]
    for name in ("PROCESS_START", "PROCESS_CONFIG"):
        # pytest itself is not to measure itself as it starts; the plugin sees to what its tests start.
        if env.get("COVERAGE_" + name):
            env["LACUNA_" + name] = env.pop("COVERAGE_" + name)
    if sys.prefix != getattr(sys, "base_prefix", sys.prefix):
        env["VIRTUAL_ENV"] = sys.prefix
        env["PATH"] = os.pathsep.join([os.path.join(sys.prefix, "bin")] + env.get("PATH", os.defpath).split(os.pathsep))
        env.pop("PYTHONHOME", None)
    env.update(request["environment"])
    probe = os.path.join(base, "probe")
    env["PYTHONPATH"] = os.pathsep.join([probe] + [path for path in [env.get("PYTHONPATH")] if path])
    env["LACUNA_EVENTS"] = os.path.join(base, "there.jsonl")
    env["LACUNA_PRIVATE"] = private = os.path.join(base, "private")
    # Where nothing is measured, a process of the tests may measure itself all the same.
    env["COVERAGE_FILE"] = os.path.join(private, "coverage.db")
    if request["measure"] != "nothing":
        env["LACUNA_COVERAGE"] = env["COVERAGE_FILE"]
    if request["measure"] == "lines":
        env["LACUNA_CONTEXTS"] = "0"
    if request["branches"]:
        env["LACUNA_BRANCH"] = "1"
    if request["observes"]:
        env["LACUNA_CONTRACT"] = "1"
    for name in ("known", "only", "held"):
        if request[name]:
            env["LACUNA_" + name.upper()] = path = os.path.join(base, name)
            with open(path, "w") as file:
                file.write(request[name])
    return env


def _prepare(request, mounted):
    """The folder of this run, and whether it is to be removed at the end."""
    base = mounted or tempfile.mkdtemp(prefix="lacuna-")
    for name in ("probe", "private"):
        os.makedirs(os.path.join(base, name), exist_ok=True)
    with open(os.path.join(base, "probe", "lacuna_probe.py"), "w", encoding="utf-8") as file:
        file.write(request["probe"])
    with open(os.path.join(base, "there.jsonl"), "w"):
        pass
    return base


def _share(request):
    """The options of xdist by this machine's share, what `-n auto` means, and what is not there for it."""
    import importlib.util

    share = request["share"] or {}
    workers, gateways, commands = share.get("workers"), share.get("gateways") or [], share.get("commands") or 1
    try:
        cores = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        cores = os.cpu_count() or 1
    each = max(1, cores // commands)
    env = {"PYTEST_XDIST_AUTO_NUM_WORKERS": str(each)} if commands > 1 else {}
    if workers is None and not gateways:
        return [], env, None
    if importlib.util.find_spec("xdist") is None:
        return [], env, "pytest-xdist is not installed for %s: the tests run one after another" % sys.executable
    count = each if workers == "auto" else workers
    if count is not None:
        count = max(1, min(count, share.get("tests") or count))
    if not gateways:
        return ["-n0" if count == 1 else "-n%d" % count], env, None
    here = [] if count is None else ["%d*popen" % count]
    return ["--dist=load"] + ["--tx=" + gateway for gateway in gateways + here], env, None


def _follow_output(wire, pipe):
    while True:
        part = os.read(pipe.fileno(), CHUNK)
        if not part:
            return
        wire.send("o", part)


def _follow_events(wire, path, done):
    with open(path, "rb") as file:
        while True:
            last = done.is_set()
            part = file.read(CHUNK)
            if part:
                wire.send("e", part)
            elif last:
                return
            else:
                done.wait(0.03)


class Touch:
    """Signs of life in both directions."""

    def __init__(self, wire, silence):
        self.wire = wire
        self.silence = silence
        self.heard = time.monotonic()

    def beat(self):
        while True:
            self.wire.send("b", b"")
            time.sleep(self.silence / 6.0)

    def listen(self, tests, leave):
        # Sending may hang in a channel that is broken: this is no affair of the same thread.
        while time.monotonic() - self.heard < 2 * self.silence:
            time.sleep(self.silence / 6.0)
        tests.kill()
        leave(137)


def _write_mark(path):
    try:
        open(path, "w").close()
    except OSError:
        pass


def _obey(stdin, tests, touch, events, leave):
    """Does what the other end says; when it is gone, so are the tests."""
    for line in stdin:
        touch.heard = time.monotonic()
        word = line.strip()
        if word == b"interrupt":
            _write_mark(events + ".stop")
            tests.group(signal.SIGINT)
        elif word == b"terminate":
            tests.terminate()
        elif word == b"kill":
            break
    tests.kill()
    leave(137)


def _send_data(wire, path, mounted):
    if not os.path.exists(path):
        return
    digest, size, packer = hashlib.sha256(), 0, zlib.compressobj(3)
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(4 * CHUNK), b""):
            digest.update(part)
            size += len(part)
            packed = b"" if mounted else packer.compress(part)
            if packed:
                wire.send("d", packed)
    if not mounted:
        rest = packer.flush()
        for at in range(0, len(rest), CHUNK):
            wire.send("d", rest[at:at + CHUNK])
    wire.send("D", ("%d %s" % (size, digest.hexdigest())).encode("ascii"))


def _trouble(root, looked, none, python):
    """Why pytest cannot be started here: what, and what helps."""
    import importlib.util

    if looked > 1:
        return "the project is not there: neither %s nor any of %d other folders has its files" % (root, looked - 1), (
            "name its folder there with the setting `runner.directory`")
    if not os.path.isdir(root) or none:
        return "%s there has none of the project's files" % root, "mend the setting `runner.directory`"
    if importlib.util.find_spec("pytest") is None:
        return "pytest is not installed for %s" % python, (
            "install it there, or name the right interpreter with the setting `interpreter`")
    return None


def _run(request, wire, stdin):
    python = sys.executable or "python3"
    root, looked = _find(request)
    _, differ, absent = _score(root, request["landmarks"])
    trouble = _trouble(root, looked, 0 < len(absent) == len(request["landmarks"]), python)
    mounted = None if trouble else _mounted(request, root)
    options, env, lacks = _share(request) if trouble is None else ([], {}, None)
    request["environment"] = dict(env, **request["environment"])
    wire.event(
        "away", lacks=lacks, root=root, host=os.uname()[1], python=python, differ=differ, absent=absent, mounted=mounted is not None,
        what=trouble[0] if trouble else None, hint=trouble[1] if trouble else None,
    )
    if trouble:
        return 3
    base = _prepare(request, mounted)

    def leave(code):
        if mounted is None:
            shutil.rmtree(base, ignore_errors=True)
        os._exit(code)

    _prctl(36, 1)
    env = _environment(request, base)
    command = [python, "-m", "pytest", "-p", "lacuna_probe", "-o", "cache_dir=" + os.path.join(base, "private", "cache")]
    command += ["--rootdir=" + root, "--color=yes"] + request["options"] + ["-v"] + options + request["targets"]
    child = subprocess.Popen(
        command, cwd=root, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True, preexec_fn=_die_with_parent,
    )
    tests = Tests(child)

    def end(*_):
        tests.kill()
        leave(143)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, end)
    try:
        touch = Touch(wire, request["silence"])
        code, left = _attend(wire, stdin, tests, touch, os.path.join(base, "there.jsonl"), leave)
        _send_data(wire, os.path.join(base, "private", "coverage.db"), mounted is not None)
        word = "code %d %d" % (code, left) if code >= 0 else "signal %d %d" % (-code, left)
        wire.send("x", word.encode("ascii"))
    except OSError:
        # Nobody reads any more.
        tests.kill()
        leave(141)
    leave(code if code >= 0 else 128 - code)


def _attend(wire, stdin, tests, touch, events, leave):
    """Follows pytest to its end: its exit code, and how many processes it left behind."""
    done = threading.Event()
    failed = []

    def careful(work, *args):
        try:
            work(*args)
        except OSError as error:
            failed.append(error)
            tests.kill()

    output = threading.Thread(target=careful, args=(_follow_output, wire, tests.child.stdout), daemon=True)
    lines = threading.Thread(target=careful, args=(_follow_events, wire, events, done), daemon=True)
    orders = threading.Thread(target=_obey, args=(stdin, tests, touch, events, leave), daemon=True)
    beat = threading.Thread(target=careful, args=(touch.beat,), daemon=True)
    listening = threading.Thread(target=touch.listen, args=(tests, leave), daemon=True)
    for thread in (output, lines, orders, beat, listening):
        thread.start()
    code = tests.child.wait()
    end = time.time() + LEAK
    while _descendants() and time.time() < end:
        time.sleep(0.01)
    left = len(_descendants())
    tests.kill()
    output.join(10)
    done.set()
    lines.join()
    if failed:
        raise failed[0]
    return code, left


def main(stdin):
    if os.isatty(0) or os.isatty(1):
        sys.stderr.write("lacuna: the channel is a terminal; the command needs one without, such as `-T`\n")
        return 97
    request = json.loads(stdin.read(int(stdin.readline())).decode("utf-8"))
    wire = Wire(request["marker"])
    return _run(request, wire, stdin)


sys.exit(main(b))  # noqa: F821 - the first line of the channel has read this text from `b`
