//! What forked runs do with less work than pytest and coverage alone: the results are the same.

use crate::venv::interpreter;

/// Rewrites assertions by pytest's own way and by the quicker one, looks for fixtures by both, resolves paths and reads what
/// installed packages say of themselves.
const CHECK: &str = r#"
import abc, ast, functools, os, pathlib, sys, tempfile, types
from importlib import metadata
from unittest import TestCase, mock
import pytest
from _pytest import fixtures
from _pytest.assertion import rewrite
import coverage.collector
from coverage import files

SOURCE = '''
import os

def test_it(a, b=[1, 2]):
    assert a == [value
                 for value in b], "not " + str(a)
    assert not any(one.two[three] for one in (a or b)) and all(
        f"{a!r:>{len(b)}}" for _ in range(3)
    )
    assert (first := os.getpid()) > 0 and (lambda *args, key=1, **more: (yield))
    with open(a) as file, open(b):
        assert a < b <= 3 != {**a, "b": [*b]} is not None
    match a:
        case {"x": [1, *rest]} if rest:
            assert rest @ a
'''

def rewritten():
    tree = ast.parse(SOURCE)
    rewrite.rewrite_asserts(tree, SOURCE.encode(), "test_it.py")
    compile(tree, "test_it.py", "exec")
    return ast.dump(tree, include_attributes=True)

def found(module):
    held = {name for name in fixtures.dir(module)} if hasattr(fixtures, "dir") else set(dir(module))
    kinds = ("FixtureFunctionDefinition",)
    is_one = lambda value: type(value).__name__ in kinds or hasattr(value, "__wrapped__") or hasattr(value, "_pytestfixturefunction")
    return {name for name in held if is_one(getattr(module, name))}

def plugins():
    return [module for name, module in list(sys.modules.items()) if name.startswith("_pytest.") and isinstance(module, types.ModuleType)]

@pytest.fixture
def given():
    pass

@functools.wraps(given)
def wrapped():
    pass

class Base(TestCase):
    below, number, method = given, 1, lambda self: 1
    bound, of_class = staticmethod(given), classmethod(given)
    shown = property(lambda self: given)
    plain = staticmethod(len)

class Derived(Base, metaclass=abc.ABCMeta):
    below = 2
    hidden = wrapped
    mocked, inner = mock.Mock(), type("Inner", (), {"__wrapped__": given})

class Listing(Base):
    def __dir__(self):
        return ["below", "elsewhere"]

class Kind(type):
    below = given

class Slots:
    __slots__ = ("kept",)

def holding(kind, **values):
    held = kind()
    vars(held).update(values)
    return held

slots = Slots()
slots.kept = given
HOLDERS = [Base, Derived, Listing(), Kind("Other", (), {}), Kind("Third", (Base,), {})(), slots, sys, 3, types.ModuleType("empty")]
HOLDERS += [Base(), holding(Derived, below=given, method=given, number=given), types.SimpleNamespace(fixture=given)]

def held_by(holder):
    names = fixtures.dir(holder) if hasattr(fixtures, "dir") else dir(holder)
    assert sorted(names) == list(names) or type(holder) is Listing
    def is_one(value):
        for _ in range(3):
            if "FixtureFunction" in type(value).__name__ or isinstance(value, mock.Mock) or hasattr(value, "_pytestfixturefunction"):
                return True
            value = getattr(value, "__wrapped__", getattr(value, "__func__", None))
    owner = holder if isinstance(holder, (type, types.ModuleType)) else type(holder)
    return [name for name in names if is_one(getattr(owner, name, None)) or is_one(getattr(holder, name, None))]

def told():
    parts = [(one.metadata.items(), one.version, list(one.entry_points), list(map(str, one.files or ()))) for one in metadata.distributions()]
    return [(sorted(items), version, sorted(map(str, entries)), names) for items, version, entries, names in parts]

PLACES = [os.sep, ".", "setup.py", os.getcwd(), *sys.path, *(module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None))]

if sys.version_info < (3, 10):
    SOURCE = SOURCE.partition("    match a:")[0]
plain, names = rewritten(), {module: found(module) for module in plugins()}
assert any(names.values())
holders, packages, places = [held_by(one) for one in HOLDERS], told(), [files.abs_file(place) for place in PLACES]
assert all(any(name in held for held in holders) for name in ("below", "bound", "hidden", "shown", "kept", "fixture", "mocked"))
before = rewrite.traverse_node
import lacuna_swift
for _ in range(2):
    lacuna_swift.hasten()
assert rewrite.traverse_node is not before and coverage.collector.short_stack() == ""
assert rewritten() == plain
assert {module: found(module) for module in plugins()} == names
assert [held_by(one) for one in HOLDERS] == holders and len(fixtures.dir(Base())) < 12
for _ in range(2):
    assert told() == packages and [files.abs_file(place) for place in PLACES] == places
assert hasattr(files.abs_file, "plain") and metadata.version("pytest") == pytest.__version__
installed = metadata.distribution("pytest")
assert installed.metadata is metadata.distribution("pytest").metadata
with tempfile.TemporaryDirectory() as top:
    place = pathlib.Path(top, "site-packages", "thing-1.dist-info")
    place.mkdir(parents=True)
    sys.path.append(str(place.parent))
    for version in ("1", "2"):
        (place / "new").write_text(f"Name: thing\nVersion: {version}\n")
        (place / "new").rename(place / "METADATA")
        assert metadata.version("thing") == metadata.version("thing") == version
    sys.path.pop()
import _pytest.tmpdir
assert len(fixtures.dir(_pytest.tmpdir)) < len(dir(_pytest.tmpdir)) / 2

@pytest.fixture
def late():
    pass

_pytest.tmpdir.re = late
assert "re" in fixtures.dir(_pytest.tmpdir) and "late" not in fixtures.dir(_pytest.tmpdir)
assert fixtures.dir(type("Test", (), {"test_it": 1, "it": late})) == ["it"]
"#;

#[test]
fn what_is_done_sooner_gives_what_pytest_alone_gives() {
    let assets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/probe");
    let ended = std::process::Command::new(&interpreter().program)
        .args(["-B", "-c", CHECK])
        .env("PYTHONPATH", assets)
        .output()
        .expect("Python");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}
