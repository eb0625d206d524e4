"""Regenerates reports/ from project/, by running the tests for real.

    python3 assets/demo/make.py [--venv DIRECTORY]

Written, all below reports/:

    history/NN.xml      JUnit XML of the runs in RUNS, oldest first
    history/runs.json   when, where and on which commit each of them ran
    junit.xml           the last run; the same bytes as the last of history/
    coverage.json       coverage.py's JSON report of the last run
    dotcoverage         its data file (.coverage): branches, and one context per test and phase

Only the standard library is needed. The pinned pytest, pytest-cov and coverage of requirements.txt go into a
virtualenv in a temporary directory; --venv names a directory to keep it in, and to find it again in.

Each run has its own seed: it is PYTHONHASHSEED, and `random` is seeded with it before every test, so that the two
flaky tests fail in the same runs each time this script is used:

    tests/unit/common/test_retry.py::test_four_delays_fit_in_the_request_budget          (unseeded jitter)
    tests/unit/catalog/test_search.py::test_related_tags_suggest_waterproof_for_boots    (order of a set)

The runs before the rounding bug are made on a copy of the project with patches/vat-rounding.patch taken back.

Nothing in the results is written by hand. What is normalised afterwards: the time of each run (to that of RUNS), the
name of the host, and the folder of the temporary copy, which pytest puts before the place of a skip. Durations, and
the object addresses in the tracebacks of the first flaky test, are those of the run and differ from one use to the
next. Everything else, coverage.json and dotcoverage included, comes out the same with the same Python (3.11 was used).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "project"
REPORTS = HERE / "reports"
PATCH = HERE / "patches" / "vat-rounding.patch"

HOST = "ci-runner"
FIRST_RUN_ID = 4807
FIRST_SEED = 84

# (when, branch, change that the commit is named after). The same change is the same commit: nightly runs repeat it.
RUNS = [
    ("2026-10-30T08:14:31Z", "main", "Split billing from orders"),
    ("2026-10-30T15:47:02Z", "main", "Log refused roles"),
    ("2026-10-31T02:00:11Z", "main", "Log refused roles"),
    ("2026-11-02T09:21:45Z", "feature/webhook", "Sign the webhook"),
    ("2026-11-02T13:08:19Z", "feature/webhook", "Refuse unsigned events"),
    ("2026-11-02T16:33:50Z", "main", "Merge the webhook"),
    ("2026-11-03T02:00:09Z", "main", "Merge the webhook"),
    ("2026-11-03T10:52:27Z", "main", "Suggest related tags"),
    ("2026-11-04T02:00:13Z", "main", "Suggest related tags"),
    ("2026-11-04T14:19:08Z", "main", "Raise the PBKDF2 iterations"),
    ("2026-11-05T02:00:10Z", "main", "Raise the PBKDF2 iterations"),
    ("2026-11-06T11:40:36Z", "feature/price-breaks", "Price breaks per product"),
    ("2026-11-06T15:05:12Z", "feature/price-breaks", "Show price breaks"),
    ("2026-11-09T08:57:41Z", "main", "Merge price breaks"),
    ("2026-11-10T02:00:12Z", "main", "Merge price breaks"),
    ("2026-11-10T13:26:55Z", "main", "Retry captures"),
    ("2026-11-11T02:00:08Z", "main", "Retry captures"),
    ("2026-11-11T17:31:04Z", "main", "Name the allowed methods"),
    ("2026-11-12T10:12:49Z", "main", "Expire old baskets"),
    ("2026-11-13T02:00:14Z", "main", "Expire old baskets"),
    ("2026-11-13T15:58:23Z", "main", "Count clients apart"),
    ("2026-11-16T09:36:17Z", "main", "Shorten vat_amount"),
    ("2026-11-17T02:00:11Z", "main", "Shorten vat_amount"),
    ("2026-11-17T12:44:39Z", "feature/exports", "Export orders as CSV"),
    ("2026-11-18T10:03:28Z", "main", "Merge the exports"),
    ("2026-11-19T02:00:10Z", "main", "Merge the exports"),
    ("2026-11-19T14:51:57Z", "main", "Replay idempotent answers"),
    ("2026-11-20T09:17:42Z", "main", "Drop coupons that no longer apply"),
]
FIRST_BROKEN = "Shorten vat_amount"

SEED_PLUGIN = '''\
"""Seeds the random module before each test, as the runner of the history asks."""
import os
import random

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    random.seed(f"{os.environ['DEMO_SEED']} {item.nodeid}")
'''


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=Path, help="directory to keep the virtualenv in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lacuna-demo-") as name:
        scratch = Path(name).resolve()
        python = virtualenv(options.venv or scratch / "venv")
        plugins = scratch / "plugins"
        plugins.mkdir()
        (plugins / "demo_seed.py").write_text(SEED_PLUGIN, encoding="utf-8")
        broken = copy_of_project(scratch / "broken")
        sound = copy_of_project(scratch / "sound")
        take_back(PATCH, sound)

        shutil.rmtree(REPORTS, ignore_errors=True)
        (REPORTS / "history").mkdir(parents=True)
        first_broken = [change for _, _, change in RUNS].index(FIRST_BROKEN)
        described = []
        for index, (when, branch, change) in enumerate(RUNS):
            project = sound if index < first_broken else broken
            junit = REPORTS / "history" / f"{index + 1:02d}.xml"
            last = index == len(RUNS) - 1
            summary = run_tests(python, plugins, project, junit, FIRST_SEED + index, coverage=last)
            normalise_junit(junit, when, project)
            described.append(
                {
                    "file": junit.name,
                    "run_id": f"ci-{FIRST_RUN_ID + index * 3}",
                    "commit": hashlib.sha1(f"lacuna demo: {change}".encode()).hexdigest(),
                    "branch": branch,
                    "when": when,
                }
            )
            print(f"{junit.name}  {when}  {branch:<20}  {summary}", flush=True)
        write_json(REPORTS / "history" / "runs.json", described)
        shutil.copyfile(junit, REPORTS / "junit.xml")
        finish_coverage(broken, when)
        check(scratch)


def virtualenv(directory: Path) -> Path:
    """Interpreter of a virtualenv with the pinned requirements."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    python = directory.resolve() / folder / name
    if not python.exists():
        venv.create(directory, with_pip=True)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", HERE / "requirements.txt"],
        check=True,
    )
    return python


def copy_of_project(target: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".coverage*")
    return Path(shutil.copytree(PROJECT, target, ignore=ignored))


def take_back(patch: Path, root: Path) -> None:
    """Apply a unified diff backwards; every hunk must match exactly once."""
    header, *hunks = re.split(r"^@@.*@@.*\n", patch.read_text(encoding="utf-8"), flags=re.MULTILINE)
    target = root / re.search(r"^\+\+\+ b/(.+)$", header, flags=re.MULTILINE)[1].strip()
    text = target.read_text(encoding="utf-8")
    for hunk in hunks:
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        if text.count(after) != 1:
            sys.exit(f"{patch.name} does not fit {target.relative_to(root)}")
        text = text.replace(after, before)
    target.write_text(text, encoding="utf-8")


def run_tests(python: Path, plugins: Path, project: Path, junit: Path, seed: int, coverage: bool) -> str:
    """Run the whole suite once; pytest's last line, without the colours."""
    command = [python, "-m", "pytest", "-q", "-p", "demo_seed", "-p", "no:cacheprovider", f"--junitxml={junit}"]
    if coverage:
        command += ["--cov", "--cov-context=test", f"--cov-report=json:{REPORTS / 'coverage.json'}"]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(plugins),
        "PYTHONHASHSEED": str(seed),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DEMO_SEED": str(seed),
        "TZ": "UTC",
    }
    if "SYSTEMROOT" in os.environ:
        environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    result = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    if result.returncode not in (0, 1):
        sys.exit(f"pytest ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout.strip().splitlines()[-1]


def normalise_junit(junit: Path, when: str, project: Path) -> None:
    """Give the run the time of RUNS and a host of no one; make its paths relative."""
    text = junit.read_text(encoding="utf-8")
    stamp = when.replace("Z", ".000000+00:00")
    text, stamps = re.subn(r' timestamp="[^"]*"', f' timestamp="{stamp}"', text)
    text, hosts = re.subn(r' hostname="[^"]*"', f' hostname="{HOST}"', text)
    if (stamps, hosts) != (1, 1):
        sys.exit(f"{junit.name} has {stamps} timestamps and {hosts} host names, one of each was expected")
    junit.write_text(text.replace(f"{project}{os.sep}", ""), encoding="utf-8")


def finish_coverage(project: Path, when: str) -> None:
    """Store the data file compactly, and give the JSON report the time of the run."""
    target = REPORTS / "dotcoverage"
    shutil.copyfile(project / ".coverage", target)
    connection = sqlite3.connect(target)
    connection.execute("VACUUM")
    connection.close()
    report = json.loads((REPORTS / "coverage.json").read_text(encoding="utf-8"))
    report["meta"]["timestamp"] = when.replace("Z", ".000000")
    text = json.dumps(report, separators=(",", ":"))
    (REPORTS / "coverage.json").write_text(text + "\n", encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def check(scratch: Path) -> None:
    """No path of this machine may be in any report, and together they must stay small."""
    private = {str(scratch), str(HERE), str(Path.home()), sys.prefix, sys.base_prefix, tempfile.gettempdir() + os.sep}
    size = 0
    for path in sorted(REPORTS.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        size += len(content)
        for text in private - {os.sep}:
            if text.encode() in content:
                sys.exit(f"{path.relative_to(HERE)} contains {text}")
    print(f"{size / 1024:.0f} KiB in reports/")


if __name__ == "__main__":
    main()
