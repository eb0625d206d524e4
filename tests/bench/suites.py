"""Suites of very many tests: plain ones, ones in classes, and parametrized ones whose cases the last run told; and tests as
generators of clients write them, all alike, for the checklist."""

from pathlib import Path

FUNCTIONS = 60
METHODS = 40
CASES = 300


def shape(tests):
    """How many files of plain tests, and how many of parametrized ones, come to about so many."""
    plain = tests * 5 // 8 // (FUNCTIONS + METHODS)
    return plain, (tests - plain * (FUNCTIONS + METHODS)) // CASES


def write(root, tests):
    """The sources, and beside them the JUnit report of a run. Gives back how many tests there are."""
    plain, parametrized = shape(tests)
    root.mkdir(parents=True)
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    ids = []
    for number in range(plain):
        lines, module = ["import pytest", ""], f"tests.area_{number % 20}.test_part_{number}"
        for test in range(FUNCTIONS):
            lines += ["@pytest.mark.slow"] if test % 7 == 0 else []
            lines += [f"def test_step_{test}_of_{number}():", f"    assert {test} < {test} + 1", ""]
            ids.append((module, f"test_step_{test}_of_{number}"))
        lines += ["", f"class TestGroup{number}:"]
        for test in range(METHODS):
            lines += [f"    def test_in_group_{test}(self):", f"        assert {test} == {test}", ""]
            ids.append((f"{module}.TestGroup{number}", f"test_in_group_{test}"))
        put(root, module, lines)
    for number in range(parametrized):
        module = f"tests.cases.test_cases_{number}"
        lines = ["import pytest", "", f"CASES = [f'value-{{n}}' for n in range({CASES})]", ""]
        lines += ["@pytest.mark.parametrize('case', CASES)", f"def test_case_{number}(case):", "    assert case", ""]
        ids += [(module, f"test_case_{number}[value-{case}]") for case in range(CASES)]
        put(root, module, lines)
    cases = "".join(f'<testcase classname="{module}" name="{name}" time="0.001"/>\n' for module, name in ids)
    (root / "junit.xml").write_text(f'<testsuite name="pytest" tests="{len(ids)}">\n{cases}</testsuite>\n')
    return len(ids)


def put(root, module, lines):
    path = Path(root, *module.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


# One method of a generated client, and what its tests do: each looks at what the checklist asks of the other tests of its file.
ALIKE = """
def test_list_parts_{n}_pager(client):
    with mock.patch.object(type(client.transport.list_parts_{n}), "__call__") as call:
        call.side_effect = (Page(next="a"), Page(next=""), RuntimeError)
        pages = list(client.list_parts_{n}(request={{}}).pages)
        for page, token in zip(pages, ["a", ""]):
            assert page.raw.next == token


def test_get_part_{n}_rest(client):
    request = {{"name": "parts/{n}", "size": {n}}}
    response = client.get_part_{n}(request)
    for row in response.rows:
        assert row.sum == {n}


def test_get_part_{n}_of_environment(client):
    os.environ["PARTS_MODE_{n}"] = "fast"
    try:
        client.get_part_{n}({{"name": "parts/{n}"}})
    except ValueError as error:
        assert error.args[0] == "{n}"


def test_get_part_{n}_with_transport():
    transport = mock.Mock()
    client = Client(transport=transport)
    client.get_part_{n}(name="a", size=1, kind="b", state="c", owner="d", labels={{"a": "b"}})
    transport.get_part_{n}.assert_called_once()
"""


def write_alike(root, files, methods):
    """So many files with four tests for each of so many methods of a client."""
    root.mkdir(parents=True)
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    put(root, "parts", ["class Client:", "    def __init__(self, transport):", "        self.transport = transport"])
    for number in range(files):
        lines = ["import os", "from unittest import mock", "", "from parts import Client, Page", ""]
        lines += ["STATE = {}", ""]
        lines += [ALIKE.format(n=number * methods + method) for method in range(methods)]
        put(root, f"tests.test_client_{number}", lines)
