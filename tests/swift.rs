//! What forked runs do with less work than pytest and coverage alone: the results are the same.

use crate::venv::interpreter;

/// Rewrites assertions by pytest's own way and by the quicker one, and looks for fixtures by both.
const CHECK: &str = r#"
import ast, sys, types
import pytest
from _pytest import fixtures
from _pytest.assertion import rewrite
import coverage.collector

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

if sys.version_info < (3, 10):
    SOURCE = SOURCE.partition("    match a:")[0]
plain, names = rewritten(), {module: found(module) for module in plugins()}
assert any(names.values())
before = rewrite.traverse_node
import lacuna_swift
for _ in range(2):
    lacuna_swift.hasten()
    lacuna_swift.note_plugins()
assert rewrite.traverse_node is not before and coverage.collector.short_stack() == ""
assert rewritten() == plain
assert {module: found(module) for module in plugins()} == names
import _pytest.tmpdir
assert len(fixtures.dir(_pytest.tmpdir)) < len(dir(_pytest.tmpdir)) / 2

@pytest.fixture
def late():
    pass

_pytest.tmpdir.re = late
assert "re" in fixtures.dir(_pytest.tmpdir) and "late" not in fixtures.dir(_pytest.tmpdir)
assert sorted(fixtures.dir(type("Test", (), {"test_it": 1}))) == sorted(dir(type("Test", (), {"test_it": 1})))
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
