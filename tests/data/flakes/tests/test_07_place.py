"""Tests that depend on where and when they run."""

import datetime
import os
import shlex
import socket
import tempfile
import time
from pathlib import Path


def test_next_year():
    today = datetime.date.today()
    assert today.replace(year=today.year + 1).year == today.year + 1


def test_midnight():
    assert time.localtime(0).tm_hour == 0


def test_greeting():
    text = open(Path(__file__).parent.parent / "templates" / "greeting.txt").read()
    assert "Köln" in text


def test_own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        assert probe.getsockname()[0]


def test_first_file(tmp_path):
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).write_text(name)
    listed = os.listdir(tmp_path)
    assert listed[-1] == max(listed)


def test_command_line():
    path = os.path.join(tempfile.gettempdir(), "statement.txt")
    assert shlex.split("print %s" % path) == ["print", path]


def test_one_teller_at_a_time():
    till = os.path.join(tempfile.gettempdir(), "till")
    os.close(os.open(till, os.O_CREAT | os.O_EXCL))
    time.sleep(0.002)
    os.remove(till)


def test_numbered_teller():
    assert os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"


def test_no_settings_at_home():
    assert not (Path.home() / ".bank.toml").exists()
