#!/usr/bin/env python3
"""Which tests lacuna chooses after an edit, beside pytest-testmon, and what a full run says of the same edit.

    tests/bench/selection.py [--edits N] [--seed N] [--only WORD] [--modes lines,branches,xdist] [--lacuna PATH] [--why]

Real projects from source distributions are edited at random places, one edit at a time, always from the measured state. A
test is *missed* when it passed before the edit, fails in the full run after it, and was not chosen. testmon is given its best:
in the mode `lines` it runs without pytest-cov. Everything is made below target/bench/selection and kept there. Processor
time counts whole processes with their children: planning, running, and keeping what was measured.
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from projects import Project, lay_out, unpacked, virtualenv

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "target" / "bench" / "selection"

PROJECTS = [
    Project("cachetools", "8.0.2", "src/cachetools"),
    Project("itsdangerous", "2.2.0", "src/itsdangerous", needs=["freezegun"]),
    Project("tinydb", "4.8.2", "tinydb", needs=["pyyaml"]),
    Project("click", "8.5.1", "src/click"),
    Project("marshmallow", "4.4.0", "src/marshmallow", needs=["simplejson"], leave=["tests/mypy_test_cases"]),
    Project("jinja2", "3.1.6", "src/jinja2", needs=["markupsafe", "trio"]),
]

# Nothing random, and an edit that never ends, or never has enough memory, does no harm.
CONFTEST = """
import faulthandler, random, resource

faulthandler.dump_traceback_later(900, exit=True)
for limit, value in ((resource.RLIMIT_AS, 4 << 30), (resource.RLIMIT_CPU, 400)):
    resource.setrlimit(limit, (value, value))


def pytest_runtest_setup(item):
    random.seed(1)
"""

# What ran, and how it ended: one line for each test, and the files that could not be collected.
RECORD = """
import json, os

ran, broken = {}, []


def pytest_runtest_logreport(report):
    bad = report.failed or ran.get(report.nodeid, False)
    ran[report.nodeid] = bad


def pytest_collectreport(report):
    if report.failed:
        broken.append(report.nodeid)


def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):
        with open(os.environ["RECORD"], "w") as file:
            json.dump({"ran": ran, "broken": broken}, file)
"""


class NoPlace(Exception):
    """This kind of edit finds nothing to do in this file."""


# Edits ------------------------------------------------------------------------------------------------------------


def replaced(text, node, new):
    """The text with another expression in the place of a node."""
    lines = text.split("\n")
    first, last = node.lineno - 1, node.end_lineno - 1
    start = len(lines[first].encode()[: node.col_offset].decode())
    end = len(lines[last].encode()[: node.end_col_offset].decode())
    lines[first : last + 1] = [lines[first][:start] + new + lines[last][end:]]
    return "\n".join(lines)


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def one(dice, things):
    if not things:
        raise NoPlace
    return dice.choice(things)


def constants(nodes):
    def is_plain(node):
        return isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, str)) and node.lineno == node.end_lineno

    return [node for node in nodes if is_plain(node)]


def other(value):
    if isinstance(value, bool):
        return repr(not value)
    return repr(value + 1) if isinstance(value, int) else repr(value + "_")


def docstrings(tree):
    held = [node for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return {id(node.value) for node in held}


def in_strings(tree):
    return {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}


def body_nodes(tree, kinds):
    skip = docstrings(tree) | in_strings(tree)
    found = [node for function in functions(tree) for stmt in function.body for node in ast.walk(stmt)]
    return [node for node in found if isinstance(node, kinds) and id(node) not in skip]


def change_condition(dice, text, tree):
    tests = [node.test for node in body_nodes(tree, (ast.If, ast.While, ast.IfExp))]
    node = one(dice, [node for node in tests if node.lineno == node.end_lineno])
    return replaced(text, node, f"not ({ast.unparse(node)})")


def change_value(dice, text, tree):
    node = one(dice, constants(body_nodes(tree, ast.Constant)))
    return replaced(text, node, other(node.value))


def change_return(dice, text, tree):
    values = [node.value for node in body_nodes(tree, ast.Return) if node.value is not None]
    node = one(dice, [node for node in values if node.lineno == node.end_lineno])
    return replaced(text, node, "None")


def add_statement(dice, text, tree):
    function = one(dice, [f for f in functions(tree) if f.body[0].lineno > f.lineno])
    at = function.body[-1]
    lines = text.split("\n")
    lines.insert(at.lineno - 1, " " * at.col_offset + "selection = 1")
    return "\n".join(lines)


def outside(tree):
    """Statements that give names to values, outside functions."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    bodies = [tree.body, *(node.body for node in classes)]
    return [stmt for body in bodies for stmt in body if isinstance(stmt, (ast.Assign, ast.AnnAssign)) and stmt.value]


def change_constant(dice, text, tree):
    skip = in_strings(tree)
    nodes = [node for stmt in outside(tree) for node in ast.walk(stmt.value) if id(node) not in skip]
    node = one(dice, constants(nodes))
    return replaced(text, node, other(node.value))


def change_default(dice, text, tree):
    node = one(dice, constants([default for function in functions(tree) for default in function.args.defaults]))
    return replaced(text, node, other(node.value))


def add_comment(dice, text, tree):
    function = one(dice, [f for f in functions(tree) if f.body[0].lineno > f.lineno])
    lines = text.split("\n")
    lines.insert(function.body[-1].lineno - 1, " " * function.body[-1].col_offset + "# A word on this.")
    return "\n".join(lines)


def add_function(dice, text, tree):
    return text.rstrip("\n") + f"\n\n\ndef selection_{dice.randrange(100)}(value=1):\n    return value\n"


SOURCE_EDITS = [
    change_condition,
    change_value,
    change_return,
    add_statement,
    change_constant,
    change_default,
    add_comment,
    add_function,
]
# What people edit most comes up most.
WEIGHTS = [4, 4, 3, 3, 2, 1, 1, 1]
TEST_EDITS = [change_value, add_statement]


def edit(seed, folder, project):
    """One edit: the file, its new text, and what was done; the same for the same seed."""
    dice = random.Random(seed)
    while True:
        is_test = dice.random() < 0.2
        base = folder / (project.tests if is_test else project.source)
        files = sorted(path for path in base.rglob("*.py") if "typing" not in path.parts)
        path = dice.choices(files, [path.stat().st_size + 1 for path in files])[0]
        kind = dice.choice(TEST_EDITS) if is_test else dice.choices(SOURCE_EDITS, WEIGHTS)[0]
        text = path.read_text(encoding="utf-8")
        try:
            new = kind(dice, text, ast.parse(text))
            if new != text:
                ast.parse(new)
                return path, new, kind.__name__.replace("_", " ")
        except (NoPlace, SyntaxError):
            continue


# Projects ---------------------------------------------------------------------------------------------------------


def run(command, folder, environment):
    """Runs a command to its end: its exit code, its output, and the processor time of it and its children."""
    log = WORK / "output.txt"
    with open(log, "w") as output:
        child = subprocess.Popen([str(word) for word in command], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, log.read_text(errors="replace"), usage.ru_utime + usage.ru_stime


class Bench:
    """One project in one mode, measured by lacuna and by testmon."""

    def __init__(self, project, mode, home, lacuna):
        self.project, self.mode, self.lacuna = project, mode, lacuna
        self.place = WORK / project.name / mode
        self.root, self.state = self.place / "project", self.place / "state"
        shutil.rmtree(self.place, ignore_errors=True)
        lay_out(project, unpacked(WORK, project, home), self.root, branch=mode == "branches")
        (self.root / "conftest.py").write_text(CONFTEST)
        workers = '["-n", "2"]' if mode == "xdist" else "[]"
        (self.root / "lacuna.toml").write_text(f"batch.tests = 10000\npytest.arguments = {workers}\n")
        (self.place / "plugin").mkdir()
        (self.place / "plugin" / "selection_record.py").write_text(RECORD)
        self.python = home / "bin/python"
        keep = ("PATH", "HOME", "LANG", "TMPDIR")
        self.environment = {name: os.environ[name] for name in keep if name in os.environ} | {
            "VIRTUAL_ENV": str(home),
            "PYTHONHASHSEED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(self.place / "plugin"),
            "RECORD": str(self.place / "record.json"),
        }

    def pytest(self, *options):
        """Runs pytest: which tests ran, each with whether it failed, the files not collected, and the processor time."""
        record = self.place / "record.json"
        record.unlink(missing_ok=True)
        words = [self.python, "-m", "pytest", "-q", "-o", f"cache_dir={self.place / 'cache'}", "-p", "selection_record", *options]
        _, output, cpu = run(words, self.root, self.environment)
        if not record.exists():
            return None, None, cpu, output
        found = json.loads(record.read_text())
        return found["ran"], found["broken"], cpu, output

    def with_lacuna(self, *words):
        folders = {f"XDG_{name}_HOME": str(self.state / "lacuna" / name.lower()) for name in ("DATA", "CACHE", "STATE", "CONFIG")}
        environment = {name: value for name, value in self.environment.items() if name not in ("PYTHONPATH", "RECORD")}
        with_json = [self.lacuna, *words, "--format", "json"]
        code, output, cpu = run(with_json, self.root, environment | folders)
        start = output.find("{\n")
        try:
            return code, json.JSONDecoder().raw_decode(output[start:])[0] if start >= 0 else None, cpu, output
        except ValueError:
            return code, None, cpu, output

    def testmon(self):
        options = {"lines": [], "branches": ["--cov", "--cov-branch", "--cov-report="], "xdist": ["-n", "2"]}[self.mode]
        self.environment["TESTMON_DATAFILE"] = str(self.state / "testmondata")
        return self.pytest("--testmon", *options)

    def measure(self):
        """The state from which every edit begins."""
        self.state.mkdir()
        first, broken, *_, output = self.pytest()
        second, *_ = self.pytest()
        if not first or broken:
            raise SystemExit(f"{self.project.name} can't be measured:\n{output[-3000:]}")
        self.steady = {test for test, bad in first.items() if second.get(test) == bad}
        self.before = {test for test in self.steady if not first[test]}
        code, *_, output = self.with_lacuna("run", "--all", "--trust")
        if code not in (0, 1):
            raise SystemExit(f"lacuna can't measure {self.project.name} ({code}):\n{output[-3000:]}")
        ran, *_, output = self.testmon()
        if ran is None:
            raise SystemExit(f"testmon can't measure {self.project.name}:\n{output[-3000:]}")
        self.said = next((line.strip() for line in output.splitlines() if "testmon" in line), "")
        shutil.copytree(self.state, self.place / "kept")

    def again(self):
        shutil.rmtree(self.state)
        shutil.copytree(self.place / "kept", self.state)

    def of_files(self, names):
        """The tests of files, for those that could not be collected."""
        return {test for test in self.steady if any(test.split("::")[0] == name.split("::")[0] for name in names)}

    def expanded(self, chosen):
        """Functions with the cases that they have."""
        functions = {test for test in chosen if "[" not in test}
        return chosen | {test for test in self.steady if test.split("[")[0] in functions}

    def trial(self, seed):
        path, new, kind = edit(seed, self.root, self.project)
        old, stat = path.read_text(encoding="utf-8"), path.stat()
        path.write_text(new, encoding="utf-8")
        try:
            ran, broken, full, output = self.pytest()
            if ran is None:
                return None
            failing = {test for test, bad in ran.items() if bad} | self.of_files(broken)
            failing &= self.before
            code, plan, _, output = self.with_lacuna("plan", "--affected")
            if code not in (0, 3):
                raise SystemExit(f"lacuna can't plan ({code}):\n{output}")
            commands = [command for cycle in (plan or {}).get("cycles", []) for command in cycle]
            ours = self.expanded({test for command in commands for test in command["tests"]}) & self.steady
            code, _, our_cpu, output = self.with_lacuna("run", "--affected")
            if code not in (0, 1, 2, 3):
                print(f"lacuna run ended with {code}: {output[-2000:]}", file=sys.stderr)
            ran, broken, their_cpu, _ = self.testmon()
            theirs = None if ran is None else (set(ran) | self.of_files(broken)) & self.steady
        finally:
            path.write_text(old, encoding="utf-8")
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            self.again()
        place = path.relative_to(self.root)
        return Trial(seed, f"{kind} in {place}", failing, ours, theirs, our_cpu, their_cpu, full, plan, (old, new))


@dataclass
class Trial:
    """One edit: what fails, and what each of both chose."""

    seed: int
    what: str
    failing: set
    ours: set
    theirs: set
    our_cpu: float
    their_cpu: float
    full_cpu: float
    plan: dict
    texts: tuple


HEAD = (
    "project", "mode", "tests", "edits", "chosen: lacuna", "chosen: testmon", "failing", "missed: lacuna", "missed: testmon",
    "lacuna chose fewer / same / more", "cpu: lacuna", "cpu: testmon", "cpu: all tests",
)  # fmt: skip


def row(bench, trials):
    ours, theirs = [len(t.ours) for t in trials], [len(t.theirs) for t in trials if t.theirs is not None]

    def chosen(counts):
        return f"{median(counts):.0f} ({mean(counts):.1f})" if counts else "it stops"

    def sign(trial):
        return 0 if trial.theirs is None else (len(trial.ours) > len(trial.theirs)) - (len(trial.ours) < len(trial.theirs))

    signs = [sign(trial) for trial in trials]
    cells = (
        bench.project.name,
        bench.mode,
        len(bench.steady),
        len(trials),
        chosen(ours),
        chosen(theirs),
        sum(len(t.failing) for t in trials),
        sum(len(t.failing - t.ours) for t in trials),
        sum(len(t.failing - (t.theirs or set())) for t in trials),
        f"{signs.count(-1)} / {signs.count(0)} / {signs.count(1)}",
        *(f"{mean(costs):.1f} s" for costs in zip(*((t.our_cpu, t.their_cpu, t.full_cpu) for t in trials))),
    )
    return f"| {' | '.join(map(str, cells))} |"


def why(bench, trial):
    """What is odd about one edit: a failing test that was missed, or more tests than testmon chose."""
    theirs = trial.theirs or set()
    missed, more = trial.failing - trial.ours, trial.ours - theirs
    lines = []
    if missed:
        lines.append(f"  MISSED by lacuna: {len(missed)}, such as {sorted(missed)[:3]}")
    if trial.failing - theirs:
        lines.append(f"  missed by testmon: {len(trial.failing - theirs)}, such as {sorted(trial.failing - theirs)[:3]}")
    if len(trial.ours) > len(theirs):
        lines.append(f"  lacuna chose {len(trial.ours)}, testmon {len(theirs)}; more, such as {sorted(more)[:3]}")
    if lines:
        old, new = (text.split("\n") for text in trial.texts)
        at = next((at for at, (a, b) in enumerate(zip(old, new)) if a != b), len(old) - 1)
        lines.append(f"  line {at + 1}: {old[at].strip()[:90]}  ->  {new[at].strip()[:90]}")
        tests = ((trial.plan or {}).get("affected") or {}).get("tests", [])
        kinds = {}
        for test in tests:
            for reason in test["reasons"]:
                kinds.setdefault(reason["words"], []).append(test["test"])
        ordered = sorted(kinds.items(), key=lambda kind: -len(kind[1]))[:4]
        lines.extend(f"    {len(tests)} tests: {words}" for words, tests in ordered)
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=12, help="how many edits of each project in each mode")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first edit")
    parser.add_argument("--only", default="", help="projects with this word in their names")
    parser.add_argument("--modes", default="lines,branches,xdist")
    parser.add_argument("--lacuna", type=Path, default=ROOT / "target" / "release" / "lacuna")
    parser.add_argument("--why", action="store_true", help="say for each edit what is odd about it")
    asked = parser.parse_args()
    if not asked.lacuna.exists():
        raise SystemExit(f"{asked.lacuna} is not there: cargo build --release")
    WORK.mkdir(parents=True, exist_ok=True)
    home = virtualenv(WORK, PROJECTS)
    rows, missed, said = [], 0, {}
    for project in (project for project in PROJECTS if asked.only in project.name):
        for mode in asked.modes.split(","):
            bench = Bench(project, mode, home, asked.lacuna.resolve())
            bench.measure()
            trials, seed = [], asked.seed
            while len(trials) < asked.edits:
                trial = bench.trial(seed)
                seed += 1
                if trial is None:
                    continue
                trials.append(trial)
                counts = f"lacuna {len(trial.ours)}, testmon {'-' if trial.theirs is None else len(trial.theirs)}"
                print(f"{project.name} {mode} {trial.seed}: {trial.what}: {len(trial.failing)} fail; {counts}", file=sys.stderr)
                if asked.why:
                    print("\n".join(why(bench, trial)), file=sys.stderr, flush=True)
            rows.append(row(bench, trials))
            missed += sum(len(trial.failing - trial.ours) for trial in trials)
            said[(project.name, mode)] = bench.said
            print(rows[-1], file=sys.stderr, flush=True)
    print("\n".join([f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}", *rows]))
    for (name, mode), words in said.items():
        print(f"testmon of {name} in the mode {mode}: {words}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
