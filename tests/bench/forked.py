"""Runs of pytest with lacuna's plugin, by fresh interpreters and forked from lacuna's servers, with what each one takes."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

PROBE = Path(__file__).resolve().parent.parent.parent / "assets" / "probe"
SERVE = "__import__('lacuna_warm').serve(); __import__('runpy')._run_module_as_main('pytest')"


class Run:
    """One run of pytest with lacuna's plugin, in a folder of its own."""

    def __init__(self, top, python, root, targets, known=None, measure=True, contexts=True, only=()):
        self.folder = Path(tempfile.mkdtemp(dir=top))
        (self.folder / "probe").mkdir(), (self.folder / "private").mkdir()
        shutil.copy(PROBE / "lacuna_probe.py", self.folder / "probe")
        self.events = self.folder / "events.jsonl"
        targets = [targets] if isinstance(targets, str) else list(targets)
        self.python, self.root, self.targets = python, str(root), targets
        private = self.folder / "private"
        own = {
            "PYTHONPATH": self.folder / "probe",
            "LACUNA_EVENTS": self.events,
            "LACUNA_PRIVATE": private,
            "LACUNA_MODULES": self.folder / "modules.json",
        }
        if known:
            own["LACUNA_KNOWN"] = known
        if measure:
            own |= {"LACUNA_COVERAGE": private / "coverage.db", "COVERAGE_FILE": private / "coverage.db"}
        if not contexts:
            own["LACUNA_CONTEXTS"] = "0"
        if only:
            own["LACUNA_ONLY"] = self.folder / "only.json"
            own["LACUNA_ONLY"].write_text(json.dumps(list(only)))
        self.data = private / "coverage.db"
        self.environment = dict(os.environ) | {name: str(value) for name, value in own.items()}
        options = ["-p", "lacuna_probe", "-o", f"cache_dir={private / 'cache'}", f"--rootdir={root}"]
        options += [f"--junitxml={private / 'junit.xml'}", "--color=yes", "-v"]
        self.arguments = ["-m", "pytest", *options, *targets]

    def fresh(self):
        return timed([self.python, *self.arguments], self.root, self.environment)

    def request(self, level):
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        fields = [level, self.root, str(self.folder / "probe"), self.python, str(len(self.arguments))]
        place = self.folder / "request"
        place.write_text("".join(field + "\0" for field in [*fields, *self.arguments, *variables]))
        return place

    def told(self, word):
        lines = map(json.loads, self.events.read_text().splitlines())
        return [line for line in lines if line["ev"] == word]

    def outcomes(self):
        return [(line["id"], line["outcome"]) for line in self.told("test_end")]

    def rows(self):
        """What ran, by file and context."""
        join = "join file on file.id = file_id join context on context.id = context_id"
        with sqlite3.connect(self.data) as data:
            rows = data.execute(f"select path, context, numbits from line_bits {join}").fetchall()
        return {(path, context): bits.rstrip(b"\0") for path, context, bits in rows if "lacuna_" not in path}


class Server:
    """lacuna's fork server, with this script as its supervisor."""

    def __init__(self, top, python, root, notes):
        import ctypes

        # PR_SET_CHILD_SUBREAPER: runs are orphans that are adopted here.
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
        folder = Path(tempfile.mkdtemp(dir=top)) / "probe"
        folder.mkdir()
        for name in ("lacuna_probe.py", "lacuna_warm.py", "lacuna_deep.py", "lacuna_swift.py"):
            shutil.copy(PROBE / name, folder)
        environment = dict(os.environ) | {"PYTHONPATH": str(folder), "LACUNA_NOTES": str(notes)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [python, "-c", SERVE], cwd=root, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
        )
        self.ready = self.hear()
        if not self.ready.startswith("ready"):
            raise SystemExit(f"{root}: {self.ready}")

    def hear(self):
        return self.process.stdout.readline().decode().strip()

    def ask(self, words):
        self.process.stdin.write(f"{words}\n".encode())
        self.process.stdin.flush()
        return self.hear()

    def run(self, run, level):
        """Seconds by the clock and of the processor, the exit code, and why it was not as deep as it was to be."""
        place, began = run.request(level), perf_counter()
        answers = [self.ask(f"run {place}")]
        while not answers[-1].startswith(("forked", "refused")):
            answers.append(self.hear())
        if not answers[-1].startswith("forked"):
            raise SystemExit(answers[-1])
        _, status, usage = os.wait4(int(answers[-1].split()[1]), 0)
        wall, why = perf_counter() - began, [answer[8:] for answer in answers if answer.startswith("shallow")]
        return wall, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status), "".join(why)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def timed(command, folder, environment):
    """Seconds by the clock and of the processor, and the exit code."""
    before, began = os.times(), perf_counter()
    quiet = subprocess.DEVNULL
    ended = subprocess.run(command, cwd=folder, env=environment, stdin=quiet, stdout=quiet, stderr=quiet)
    wall, after = perf_counter() - began, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, spent, ended.returncode


def plain(python, root, targets, top, options=("--cov",)):
    targets = [targets] if isinstance(targets, str) else targets
    environment = dict(os.environ) | {"COVERAGE_FILE": str(Path(top) / "plain.coverage")}
    cache = () if "cacheprovider" in options else ("-p", "no:cacheprovider")
    return timed([python, "-m", "pytest", *targets, "-v", *cache, *options], root, environment)


class Different(Exception):
    """A forked run was not what a fresh one is."""


def fresh(top, python, root, targets, only=()):
    """A run by a fresh interpreter, with its exit code."""
    run = Run(top, python, root, targets, only=only)
    run.code = run.fresh()[2]
    return run


def known_facts(runs, place):
    """The file of what runs have told about sources, as lacuna gives it to the next ones."""
    told = {f"{line['sha256']} {line['rules']}\n" for run in runs for line in run.told("facts")}
    place.write_text("".join(sorted(told)))
    return place


def merged_notes(runs, place):
    """What several runs have noted: lists are united, of all else the newest word counts."""
    notes = {}
    for run in runs:
        for key, value in json.loads((run.folder / "modules.json").read_text()).items():
            old = notes.get(key)
            is_list = isinstance(value, list) and isinstance(old, list)
            notes[key] = old + [item for item in value if item not in old] if is_list else value
    place.write_text(json.dumps(notes))
    return place
