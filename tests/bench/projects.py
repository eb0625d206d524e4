"""Real projects for the benchmarks: source distributions from the package index, and a virtualenv with what they need."""

import shutil
import subprocess
import sys
from dataclasses import dataclass, field

PACKAGES = ["pytest==9.2.0", "pytest-cov==7.1.0", "coverage==7.17.3", "pytest-xdist==3.8.0", "pytest-testmon==2.2.0"]


@dataclass
class Project:
    """A source distribution: what is measured of it, where its tests are, and what they need."""

    name: str
    version: str
    source: str
    tests: str = "tests"
    needs: list = field(default_factory=list)
    leave: list = field(default_factory=list)
    options: str = ""


def virtualenv(work, projects):
    """A virtualenv below `work` with pytest, its plugins, and what the projects need."""
    home = work / "venv"
    needs = sorted({need for project in projects for need in project.needs})
    whole = home / "whole"
    if not whole.exists() or whole.read_text() != repr(needs):
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([home / "bin/python", "-m", "pip", "install", "-q", *PACKAGES, *needs], check=True)
        whole.write_text(repr(needs))
    return home


def unpacked(work, project, home):
    """The folder of a source distribution."""
    into = work / "packed"
    folder = into / f"{project.name}-{project.version}"
    if not folder.exists():
        pip = [home / "bin/python", "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", into]
        subprocess.run([*pip, f"{project.name}=={project.version}"], check=True)
        (archive,) = into.glob(f"{project.name}-{project.version}.tar.gz")
        subprocess.run([home / "bin/python", "-m", "tarfile", "-e", archive, into], check=True)
    return folder


def lay_out(project, packed, root, branch=False):
    """The project's sources and tests alone, with one plain configuration of pytest and coverage.py."""
    root.mkdir(parents=True)
    for part in (project.source.split("/")[0], project.tests):
        shutil.copytree(packed / part, root / part)
    for path in project.leave:
        shutil.rmtree(root / path)
    (root / "pytest.ini").write_text(f"[pytest]\npythonpath = . src\n{project.options}")
    (root / ".coveragerc").write_text(f"[run]\nbranch = {branch}\nsource = {project.source}\nrelative_files = true\n")
