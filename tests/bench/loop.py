"""What follows an edit: the tests that lacuna chooses for it, run warm, beside the usual command and pytest-testmon."""

import ast
import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from forked import Different, Run, Server, fresh, known_facts, merged_notes, plain, timed

TOP = Path(__file__).resolve().parent.parent.parent
LACUNA = TOP / "target" / "release" / "lacuna"
STATE = TOP / "target" / "bench" / "warm" / "state"
HEAD = (
    "project | edited | lacuna: tests | commands | the plan, ms | safe: cpu | clock | deep: cpu | clock | testmon: tests | cpu"
)
# Which functions are edited, by project and target: one of the tests, and one of a source.
EDITS = {
    ("jinja2", "tests/test_ext.py"): ("TestExtensions.test_loop_controls", "src/jinja2/ext.py", "InternationalizationExtension._trim_whitespace"),
    ("click", "tests/test_arguments.py"): ("test_nargs_star", "src/click/core.py", "Argument.make_metavar"),
    ("marshmallow", "tests/test_utils.py"): ("test_get_value_for_nested_object", "src/marshmallow/utils.py", "set_value"),
    ("werkzeug", "tests/test_urls.py"): ("test_iri_support", "src/werkzeug/urls.py", "uri_to_iri"),
    ("djangorestframework", "tests/test_routers.py"): (
        "TestSimpleRouter.test_action_routes", "rest_framework/routers.py", "SimpleRouter.get_lookup_regex",
    ),
    ("shop", "tests/test_department_1_prices.py"): ("test_negative_is_refused", "department_1/prices.py", "with_tax"),
    ("shop", "tests/test_department_1_views.py"): ("test_take", "department_1/views.py", "ProductViewSet.take"),
}
# Rounds that do not count: the disk warms up, and what is edited is news to the deeper server once.
AHEAD = 2


@dataclass
class Command:
    """One command of a plan: the targets on its line, what alone runs of them, and the tests."""

    targets: list
    only: list
    tests: list


class Measured:
    """A project whose whole suite lacuna and testmon have run."""

    def __init__(self, python, root):
        self.python, self.root = python, root
        self.state = STATE / Path(root).name
        folders = {f"XDG_{name}_HOME": str(self.state / name.lower()) for name in ("DATA", "CACHE", "STATE", "CONFIG")}
        home = {"VIRTUAL_ENV": str(Path(python).parent.parent)}
        self.environment = dict(os.environ) | folders | home | {"TESTMON_DATAFILE": str(self.state / "testmon")}
        if not (self.state / "whole").exists():
            shutil.rmtree(self.state, ignore_errors=True)
            self.state.mkdir(parents=True)
            self._lacuna("run", "--all", "--trust")
            self.testmon()
            shutil.copy(self.state / "testmon", self.state / "testmon.kept")
            (self.state / "whole").touch()

    def _lacuna(self, *words):
        ended = subprocess.run([LACUNA, *words], cwd=self.root, env=self.environment, capture_output=True, text=True)
        if ended.returncode not in (0, 1):
            raise SystemExit(f"{self.root}: lacuna {' '.join(words)} ended with {ended.returncode}: {ended.stderr}")
        return ended.stdout

    def plan(self):
        """The commands for what is edited now."""
        planned = json.loads(self._lacuna("plan", "--affected", "--format", "json"))
        commands = [command for cycle in planned["cycles"] for command in cycle]
        return [self._command(command) for command in commands]

    @staticmethod
    def _command(planned):
        words = shlex.split(planned["full"])
        targets = words[len(words) - words[::-1].index("-v") :]
        has_only = any(word.startswith("LACUNA_ONLY=") for word in words)
        return Command(targets, planned["tests"] if has_only else [], planned["tests"])

    def cost_of_plan(self):
        quiet = [str(LACUNA), "plan", "--affected", "--format", "json"]
        return timed(quiet, self.root, self.environment)[1]

    def testmon(self):
        """What testmon takes for what is edited now, and how many tests it ran."""
        report = self.state / "testmon.xml"
        cache = f"cache_dir={self.state / 'cache'}"
        words = [self.python, "-m", "pytest", "--testmon", "-v", "-o", cache, f"--junitxml={report}"]
        took = timed(words, self.root, self.environment)
        return took, report.read_text().count("<testcase ") if report.exists() else 0

    def testmon_again(self):
        """The same from its first state."""
        for stray in self.state.glob("testmon-*"):
            stray.unlink()
        shutil.copy(self.state / "testmon.kept", self.state / "testmon")
        return self.testmon()


def edited(text, name, turn):
    """The text with a further statement in a function, before its last one."""
    places = ast.parse(text).body
    for part in name.split("."):
        found = next(node for node in places if getattr(node, "name", None) == part)
        places = found.body
    last = places[-1]
    lines = text.split("\n")
    lines.insert(last.lineno - 1, f"{' ' * last.col_offset}lacuna_bench = {turn}")
    return "\n".join(lines)


def rows(python, root, target, source, rounds, top):
    """One row for the edit of a test, and one for that of a source."""
    test, source, function = EDITS.get((Path(root).name, target), (None, None, None))
    if test is None or not LACUNA.exists():
        return
    measured = Measured(python, root)
    for place, name in ((Path(root) / target, test), (Path(root) / source, function)):
        text = place.read_text()
        try:
            yield row(measured, target, place, name, rounds, top)
        finally:
            place.write_text(text)


def row(measured, target, place, name, rounds, top):
    python, root, text = measured.python, measured.root, place.read_text()
    place.write_text(edited(text, name, 0))
    commands, plan = measured.plan(), measured.cost_of_plan()
    files = sorted({test.partition("::")[0] for command in commands for test in command.tests})
    firsts = [fresh(top, python, root, command.targets, command.only) for command in commands]
    notes = merged_notes([*firsts, fresh(top, python, root, target)], Path(top) / "notes.json")
    known = known_facts(firsts, Path(top) / "known.txt")
    server, found, why, by_testmon = Server(top, python, root, notes), {"safe": [], "proof": []}, "", []
    server.ask("deepen")
    try:
        for turn in range(rounds + AHEAD):
            place.write_text(edited(text, name, turn + 1))
            usual = plain(python, root, files, top)
            for level in found:
                took, said = batch(server, level, commands, firsts, known, top, turn == rounds + AHEAD - 1)
                if turn >= AHEAD:
                    found[level].append([usual[at] / took[at] for at in (1, 0)])
                    why = said or why
            server.ask("deepen")
            if turn >= AHEAD:
                theirs, tests = measured.testmon_again()
                by_testmon.append(usual[1] / theirs[1] if theirs[2] in (0, 1, 5) else None)
    finally:
        server.end()
    by = [f"{median(pair[at] for pair in found[level]):.2f}" for level in found for at in (0, 1)]
    title = f"{Path(root).name} {target}" + (f" (not deep: {why})" if why else "")
    where = f"{place.relative_to(root)} {name}"
    beside = ("", "it fails") if None in by_testmon else (tests, f"{median(by_testmon):.2f}")
    cells = (sum(len(first.outcomes()) for first in firsts), len(commands), f"{plan * 1000:.0f}", *by, *beside)
    return f"| {title} | {where} | {' | '.join(map(str, cells))} |"


def batch(server, level, commands, firsts, known, top, is_last):
    """What the commands of a plan take, one after another; each has to be what a fresh run of it is."""
    took, why = [0.0, 0.0], ""
    for command, first in zip(commands, firsts):
        run = Run(top, first.python, first.root, command.targets, known, only=command.only)
        wall, cpu, code, said = server.run(run, level)
        took, why = [took[0] + wall, took[1] + cpu], why or said
        differs = run.outcomes() != first.outcomes() or code != first.code
        if is_last and not differs:
            differs = run.rows() != fresh(top, first.python, first.root, command.targets, command.only).rows()
        if differs and level == "safe":
            raise Different(f"{first.root} {command.targets}: a forked run is not what a fresh one is")
        if differs:
            why = "it proved to be different"
    return took, why
