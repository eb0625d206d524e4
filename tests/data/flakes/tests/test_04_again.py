"""Tests that cannot run twice."""

import os
from pathlib import Path

from bank import registry


def test_register():
    registry.register("main street")
    assert "main street" in registry.BRANCHES


def test_export():
    folder = Path(__file__).with_name("exported")
    os.mkdir(folder)
    (folder / "all.csv").write_text("a;b")
    assert (folder / "all.csv").exists()
