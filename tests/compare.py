#!/usr/bin/env python3
"""Holds lacuna's figures against coverage.py's own, file by file, on a real project.

    tests/compare.py PROJECT [--python PYTHON] [--lacuna LACUNA] [--mode branch|statement|both]
                             [--keep DIR] [--formats json,xml,lcov,text,data] [-- PYTEST OPTIONS]

Runs the project's own suite once per mode, with pytest-cov and a context for each test, and lets coverage.py write
every report that it knows. Then `lacuna report` reads each of them, and every figure that the format has is compared
with coverage.py's JSON report of the same data: statements, missed, branches, taken and partial ones, excluded lines,
the percentage as it is printed, and the lines themselves. Prints a table, then each difference.

A data file holds only what ran: what there was to run lacuna reads from the sources, without the project's own
exclusions and without branches, and calls it estimated. There every line that coverage.py counts must have the state
that coverage.py gives it, and what lacuna counts besides must be excluded.

PYTHON is the interpreter of the project's virtualenv (default: PROJECT/.venv/bin/python) and needs pytest-cov.
Nothing is written into the project; lacuna's own state, the data and the reports go to a folder that is removed at
the end, or to DIR. Ends with 0 if all is equal, 1 if anything differs, 2 if the suite or a program cannot be run.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

#: A plugin of pytest that turns branches off, also where the project's configuration turns them on.
PLUGIN = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_load_initial_conftests(early_config):
    early_config.known_args_namespace.cov_branch = False
    yield
"""

#: What each format says of a file; a format is never asked for what it does not have.
COUNTS = ("statements", "missed")
BRANCHES = ("branches", "covered_branches", "partial_branches")
LINES = ("covered_lines", "missed_lines")
FIELDS = {
    "json": COUNTS + BRANCHES + LINES + ("excluded", "display"),
    "xml": COUNTS + BRANCHES + LINES + ("display",),
    "lcov": COUNTS + BRANCHES + LINES + ("display",),
    "text": COUNTS + ("branches", "partial_branches", "display"),
    "data": LINES,
}


class CannotRun(Exception):
    """A program that is needed for the comparison does not do its part."""


class Bench:
    """One project, measured once in one mode, with its reports in a folder of their own."""

    def __init__(self, project, python, lacuna, folder, branch):
        self.project, self.python, self.lacuna = project, python, lacuna
        self.folder, self.branch = folder, branch
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "statements_only.py").write_text(PLUGIN)

    def run(self, command, expect=(0,), **variables):
        """Runs a program in the project, away from the user's own settings, and gives what it printed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
        environment |= {f"XDG_{kind}_HOME": str(self.folder / "home" / kind) for kind in ("CONFIG", "DATA", "CACHE", "STATE")}
        environment |= {"COVERAGE_FILE": str(self.folder / "data.coverage"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [str(word) for word in command], cwd=self.project, env=environment | variables,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
        )
        if done.returncode not in expect:
            shown = " ".join(str(word) for word in command)
            raise CannotRun(f"{shown}\nended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def measure(self, options):
        """Runs the suite and writes every report. Gives the last line of pytest."""
        mode = ["--cov-branch"] if self.branch else ["-p", "statements_only"]
        pytest = [self.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *mode]
        measured = ["--cov", "--cov-context=test", "--cov-report=", "--cov-fail-under=0"]
        paths = [str(self.folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        # Tests that fail have run too: what they covered is in every report alike.
        printed = self.run([*pytest, *measured, *options], expect=(0, 1), PYTHONPATH=os.pathsep.join(paths))
        for kind in ("json", "xml", "lcov"):
            self.coverage(kind, "-q", "-o", self.report(kind), "--fail-under=0" if kind != "lcov" else "-i")
        self.report("text").write_text(self.coverage("report", "-m", "--fail-under=0"))
        shutil.copyfile(self.folder / "data.coverage", self.report("data"))
        return printed.strip().splitlines()[-1]

    def coverage(self, *words):
        """Runs coverage.py on the data of the suite."""
        return self.run([self.python, "-m", "coverage", *words])

    def report(self, kind):
        """Where the report of this kind is."""
        names = {"json": "coverage.json", "xml": "coverage.xml", "lcov": "lcov.info", "text": "coverage.txt", "data": ".coverage"}
        return self.folder / names[kind]

    def truth(self):
        """What coverage.py says of each file, and of all of them."""
        report = json.loads(self.report("json").read_text())
        files = {path: of_coverage(entry) for path, entry in report["files"].items()}
        return files, report["totals"]["percent_covered_display"]

    def found(self, kind):
        """What lacuna reads in the report of this kind."""
        words = ["report", self.report(kind), "-C", self.project, "--format", "json"]
        report = json.loads(self.run([self.lacuna, *words]))
        files = {entry["path"]: entry | {"display": shown(entry["coverage"])} for entry in report["files"]}
        return files, shown(report["total"])


def of_coverage(entry):
    """A file of coverage.py's JSON report, in the words of lacuna's."""
    summary = entry["summary"]
    return {
        "statements": summary["num_statements"],
        "missed": summary["missing_lines"],
        "excluded": summary["excluded_lines"],
        "branches": summary.get("num_branches", 0),
        "covered_branches": summary.get("covered_branches", 0),
        "partial_branches": summary.get("num_partial_branches", 0),
        "display": summary["percent_covered_display"],
        "covered_lines": entry["executed_lines"],
        "missed_lines": entry["missing_lines"],
        "excluded_lines": entry["excluded_lines"],
    }


def shown(figure):
    """The percentage without its sign."""
    return figure["display"].rstrip("%")


def differences(kind, found, truth):
    """What differs between a report as lacuna reads it and coverage.py, one sentence each."""
    (files, total), (expect, whole) = found, truth
    for path in sorted(expect.keys() - files.keys()):
        # A table may leave out what is complete, if the project says so.
        if kind != "text" or expect[path]["display"] != "100":
            yield f"{path}: lacuna does not have it"
    for path in sorted(files.keys() - expect.keys()):
        yield f"{path}: coverage.py does not have it"
    for path in sorted(files.keys() & expect.keys()):
        for field in FIELDS[kind]:
            ours, theirs = files[path][field], expect[path][field]
            if kind == "data" and ours is not None:
                ours = [line for line in ours if line not in expect[path]["excluded_lines"]]
            if ours is None and field in LINES:
                yield f"{path}: no {field}"
            elif ours != theirs:
                yield f"{path}: {field} {only(ours, theirs)}, coverage.py {only(theirs, ours)}"
    if kind != "data" and total != whole:
        yield f"in all: {total} %, coverage.py {whole} %"


def only(some, others):
    """A number as it is; of two lists of lines, what the first has alone."""
    return [line for line in some if line not in others] if isinstance(some, list) else some


def compare(bench, options, kinds):
    """Measures and compares one mode. Gives the number of differences."""
    mode = "branch" if bench.branch else "statement"
    print(f"{bench.project.name}, {mode} mode: {bench.measure(options)}")
    files, whole = truth = bench.truth()
    total = {key: sum(entry[key] for entry in files.values()) for key in (*COUNTS, *BRANCHES)}
    print(f"  coverage.py: {len(files)} files, {figures(total)}, {whole} %")
    bad = 0
    for kind in kinds:
        found = bench.found(kind)
        total = {key: sum(entry[key] for entry in found[0].values()) for key in (*COUNTS, *BRANCHES)}
        told = list(differences(kind, found, truth))
        bad += len(told)
        verdict = "equal" if not told else f"{len(told)} differences"
        print(f"  {kind:>11}: {len(found[0])} files, {figures(total)}, {found[1]} %: {verdict}")
        for line in told:
            print(f"      {line}")
    return bad


def figures(total):
    """The sums of all files, in one phrase."""
    branches = "{branches} branches, {covered_branches} taken, {partial_branches} partial".format(**total)
    return "{statements} statements, {missed} missed, ".format(**total) + branches


def arguments():
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path, help="the project's folder")
    parser.add_argument("--python", type=Path, help="the project's interpreter; default: its .venv")
    parser.add_argument("--lacuna", default="lacuna", help="the program; default: the one on the path")
    parser.add_argument("--mode", choices=("branch", "statement", "both"), default="both")
    parser.add_argument("--formats", default=",".join(FIELDS), help="which reports, separated by commas")
    parser.add_argument("--keep", type=Path, help="keep data and reports in this folder")
    parser.add_argument("options", nargs="*", help="further options of pytest, after --")
    return parser.parse_args()


def main():
    """Compares each mode that was asked for."""
    asked = arguments()
    project = asked.project.resolve()
    python = asked.python or project / ".venv/bin/python"
    lacuna = shutil.which(asked.lacuna)
    if lacuna is None:
        raise CannotRun(f"there is no program {asked.lacuna}")
    with tempfile.TemporaryDirectory(prefix="lacuna-compare-") as temporary:
        folder = (asked.keep or Path(temporary)).resolve()
        modes = {"branch": [True], "statement": [False], "both": [True, False]}[asked.mode]
        benches = [Bench(project, python.absolute(), Path(lacuna).absolute(), folder / str(mode), mode) for mode in modes]
        bad = sum(compare(bench, asked.options, asked.formats.split(",")) for bench in benches)
    print("all figures are equal" if bad == 0 else f"{bad} differences")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
