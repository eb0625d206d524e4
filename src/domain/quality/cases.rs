//! Tests: every rule with code that breaks it and code that looks alike and does not.

use super::{About, Limits, Surrounding, check};
use crate::domain::python::{Assertions, Naming};

/// The fixtures of [`test`], and of what else the cases ask for.
const FIXTURES: &str = "@pytest.fixture\ndef value(): ...\n@pytest.fixture\ndef client(): ...\n";

/// The rules that a source breaks, with their lines.
pub(super) fn found(source: &str, conftest: &str, is_integration: bool) -> Vec<String> {
    let naming = Naming::default();
    let around = Surrounding::read(&format!("{FIXTURES}{conftest}"));
    let silent = Assertions::read(source, &naming).unasserting(&[], &|_| true);
    // Shorter cases say as much.
    let limits = Limits { acts: 4, ..Limits::default() };
    let about = About { around: &[&around], silent: &silent, is_integration, limits, ..About::alone(&naming) };
    check(source, about).iter().map(|finding| format!("{}:{}", finding.rule.id, finding.line)).collect()
}

/// What stands in the places of a source where a rule is broken.
pub fn said(source: &str) -> Vec<String> {
    let naming = Naming::default();
    check(source, About::alone(&naming)).into_iter().map(|finding| finding.what).collect()
}

/// The rule is broken on that line, and nothing else of its family is.
pub fn breaks(rule: &str, line: u32, source: &str) {
    let all = found(source, "", false);
    assert!(all.contains(&format!("{rule}:{line}")), "{rule}:{line} is not among {all:?}\n{source}");
}

/// The rule is not broken.
pub fn keeps(rule: &str, source: &str) {
    let all = found(source, "", false);
    assert!(!all.iter().any(|found| found.starts_with(&format!("{rule}:"))), "{rule} is among {all:?}\n{source}");
}

/// The rule is broken somewhere in the source.
pub fn stays(rule: &str, source: &str) {
    let all = found(source, "", false);
    assert!(all.iter().any(|found| found.starts_with(rule)), "{rule} is not among {all:?}\n{source}");
}

/// A test of that body, whose first line is the second one.
pub fn test(body: &str) -> String {
    format!("def test_total_is_kept(value, client):\n    {}\n", body.replace('\n', "\n    "))
}

#[test]
fn a_name_says_one_behaviour() {
    breaks("vague-name", 1, "def test_1(): assert f()\n");
    breaks("vague-name", 1, "def test_it_works(): assert f()\n");
    breaks(
        "vague-name",
        1,
        "class TestA:\n    def test_basic(self): assert f()\n"
            .replace("class TestA:\n    ", "")
            .replace("self", "")
            .as_str(),
    );
    breaks("vague-name", 2, "def test_sort_1(): assert f()\ndef test_sort_2(): assert f()\n");
    breaks("vague-name", 2, "def test_sort(): assert f()\ndef test_sort2(): assert f()\n");
    // A number that the test has as well says what the test is about, and so does one that is not counted up to.
    keeps("vague-name", "def test_sort(): assert f()\ndef test_sort_2(): assert f(sort=2)\n");
    keeps("vague-name", "def test_gate(): assert f()\ndef test_gate_2():\n    # Of 2-bit gates.\n    assert f()\n");
    keeps("vague-name", "def test_sort_1(): assert f()\ndef test_sort_4(): assert f()\n");
    keeps("vague-name", "def test_le(): assert f(le)\ndef test_le2(): assert f()\n");
    keeps("vague-name", "def test_0(): assert f(0)\n");
    keeps("vague-name", "def test_example(): assert shop.example(3)\n");
    keeps("vague-name", "def test_utf_8(): assert f()\ndef test_utf_16(): assert f()\n");
    keeps("vague-name", "def test_status_404(): assert f()\ndef test_status_500(): assert f()\n");
    keeps("vague-name", "def test_total_of_no_items_is_0(): assert f()\n");
    // A status, a version and a name that are numbers are no first and second.
    keeps("vague-name", "def test_404(): assert f()\n");
    keeps("vague-name", "def test_ean8(): assert f()\ndef test_ean13(): assert f()\n");
    keeps("vague-name", "def test_asgi2(): assert f()\ndef test_asgi3(): assert f()\n");
    keeps("vague-name", "def test_all():\n    assert f()\n");
    keeps("vague-name", "class TestReplyWithoutBody:\n    def test_it(self): assert f()\n");
    keeps("vague-name", "def test():\n    TextTestRunner().run(suite())\n");
    // A number that a text of the test has as well, and names that a decorator may go by.
    keeps("vague-name", "def test_photo_1(): assert f('wide-1.jpg')\ndef test_photo_2(): assert f('wide_2.jpg')\n");
    keeps("vague-name", "@query_of('shop')\ndef test_1(): assert f()\n");
    keeps("vague-name", "@named('{shop}')\ndef test(): assert f()\n");
    breaks("vague-name", 2, "@pytest.mark.slow\ndef test(): assert f()\ndef test_sum(): assert g()\n");
    keeps("vague-name", "def test_41(): assert f(row_4, row_1)\n");
    // To run at all is what a smoke test is for, a placeholder has nothing to tell yet, and cases may have names of their own.
    keeps("vague-name", "def test_smoke(): assert run('all')\n");
    keeps("vague-name", "def test_1(): f()\n");
    keeps("vague-name", "def test_sort_part1(): assert f()\ndef test_sort_part2(): assert f()\n");
    keeps("vague-name", "for kind in KINDS:\n    def test(self): assert f(kind)\n");
    keeps("vague-name", "def test(): assert f()\n");
    let sizes = "def test_row_1(): assert f()\ndef test_row_2(): assert f()\n";
    breaks("vague-name", 2, sizes);
    keeps("vague-name", &format!("{sizes}def test_row_6(): assert f()\n"));
    let listed = "class TestSort:\n    # See https://shop.example/cases\n    def test_sort1(self): assert f()\n    def test_sort2(self): assert f()\n";
    keeps("vague-name", listed);
    breaks("vague-name", 3, &listed.replace("    # See https://shop.example/cases\n", ""));
    keeps(
        "vague-name",
        "# The second case of the catalogue, #2.\ndef test_sort_2(): assert f()\ndef test_sort(): assert f()\n",
    );
    keeps("vague-name", "def test_1(): assert True\n");
    keeps(
        "vague-name",
        "@pytest.mark.parametrize('row', ROWS, ids=['no rows', 'one row'])\ndef test(row): assert f(row)\n",
    );
    breaks(
        "vague-name",
        2,
        "@pytest.mark.parametrize('row', ROWS)\ndef test(row): assert f(row)\ndef test_sum(): assert g()\n",
    );
    keeps("vague-name", "def test_simple(): assert simple3.run()\n");
    keeps("vague-name", "def test_basic_6913(): assert f()\n");
    keeps("vague-name", "def test(a, b): return f(a, b)\ntest(1, 2)\n");
    keeps("vague-name", "def test():\n    print(f())\n\nif __name__ == '__main__':\n    test()\n");
    let documented = |first: &str| {
        format!(
            "def test_sort_1():\n    '''{first}'''\n    assert f()\ndef test_sort_2():\n    '''Rows come last.'''\n    assert f()\n"
        )
    };
    keeps("vague-name", &documented("Columns come first."));
    breaks("vague-name", 1, &documented("Sorting"));
    breaks("vague-name", 1, &documented("Rows come last."));
    keeps("vague-name", "def test_sort_keeps_all_rows(): assert f()\ndef test_sort_keeps_all_rows_2(): assert f()\n");
    let of_class =
        |name: &str| format!("class {name}:\n    def test(self): assert f()\n    def test_it(self): assert g()\n");
    breaks("vague-name", 2, &of_class("TestShopCart"));
    breaks("vague-name", 3, &of_class("TestCart"));
    keeps("vague-name", &of_class("TestRunOfCarts"));
    keeps("vague-name", &of_class("Test_of_no_carts"));
}

#[test]
fn a_name_that_says_two_things_is_told_of_a_test_that_does_them() {
    let both = "    shop.create(3)\n    assert shop.user\n    shop.send(4)\n    assert shop.mail\n";
    let named = |name: &str| format!("def test_{name}(shop):\n{both}");
    breaks("double-name", 1, &named("creates_user_and_sends_mail"));
    keeps("double-name", "def test_creates_user_and_sends_mail(): assert f()\n");
    keeps("double-name", &named("server_starts_and_stops"));
    keeps("double-name", &named("option_warns_and_returns_default"));
    keeps("double-name", &named("sets_value_and_does_not_fail"));
    keeps("double-name", &named("drag_and_drop"));
    keeps("double-name", &named("key_and_value_are_escaped"));
}

#[test]
fn there_is_no_logic_in_a_body() {
    breaks("branch-in-test", 2, &test("if value:\n    assert f()"));
    breaks("branch-in-test", 2, &test("match value:\n    case 1:\n        assert f()"));
    breaks("loop-in-test", 2, &test("for item in value:\n    assert item"));
    breaks("loop-in-test", 3, &test("with client:\n    while f():\n        g()\nassert h()"));
    breaks("try-in-test", 2, &test("try:\n    f()\nfinally:\n    g()\nassert h()"));
    for body in [
        "assert [item for item in value]",
        "assert all(item.ok for item in value)",
        "with pytest.raises(ValueError):\n    f()",
        "if not have_it:\n    pytest.skip('no')\nassert f()",
        "def view():\n    if value:\n        return 1\nassert f(view)",
        "for case in value:\n    with subtests.test(case=case):\n        assert case",
        "for case in value:\n    with self.subTest(case):\n        assert case",
        "assert f() if value else g()",
        "for thread in value:\n    thread.join()\nassert f()",
        "if not f():\n    pytest.fail('no')",
    ] {
        for rule in ["branch-in-test", "loop-in-test", "try-in-test"] {
            keeps(rule, &test(body));
        }
    }
    keeps("loop-in-test", "def helper():\n    for x in y: pass\ndef test_total_is_kept(): assert helper()\n");
}

#[test]
fn an_inner_construct_is_not_told_again() {
    let all = found(&test("for item in value:\n    if item:\n        assert item"), "", false);
    assert_eq!(all.iter().filter(|found| found.contains("-in-test")).count(), 1, "{all:?}");
}

#[test]
fn a_test_asserts_something_that_can_fail() {
    breaks("empty-assertion", 5, &test("try:\n    f()\nexcept ValueError:\n    AssertionError('no')"));
    keeps("empty-assertion", &test("try:\n    f()\n    assert False\nexcept ValueError:\n    assert True"));
    breaks("empty-assertion", 3, &test("f()\nassert True"));
    keeps("empty-assertion", &test("f()\nassert True  # it is run"));
    keeps("empty-assertion", &format!("@istest\n{}", test("f()\nassert True")));
    keeps("empty-assertion", "def test_placeholder():\n    assert True\n");
    keeps("empty-assertion", &test("with f():\n    assert True"));
    keeps("empty-assertion", &format!("class TestB(Base):\n    {}", test("assert True").replace('\n', "\n    ")));
    breaks("empty-assertion", 3, &test("f()\nassert (value == 1, 'not one')"));
    breaks("empty-assertion", 3, &test("f()\nassert 1 == 1"));
    keeps("no-assertion", &format!("from pytest_assume.plugin import assume\n{}", test("assume(f() == 1)")));
    keeps("empty-assertion", &test("try:\n    f()\n    assert 1 == 0\nexcept ValueError:\n    pass"));
    breaks("empty-assertion", 4, &test("mock = Mock()\nf(mock)\nmock.assert_called_once"));
    breaks("empty-assertion", 4, &test("mail_mock = g()\nf(value)\nassert mail_mock.called_once_with(1)"));
    breaks("empty-assertion", 3, &test("try:\n    assert f() == 1\nexcept Exception:\n    pass"));
    breaks("empty-assertion", 2, &test("self.assertTrue(f(), 3)"));
    keeps("empty-assertion", &test("assert f() == 1, 'not one'"));
    keeps("empty-assertion", &test("assert False, 'never'"));
    keeps("empty-assertion", &test("self.assertTrue(f(), 'a message')"));
    keeps("empty-assertion", &test("mock.assert_called_once()"));
    keeps("empty-assertion", &test("try:\n    assert f() == 1\nexcept ValueError:\n    raise"));
    keeps(
        "empty-assertion",
        &test(
            "for _ in value:\n    try:\n        assert f()\n        return\n    except Exception:\n        g()\nassert False, 'never'",
        ),
    );
    keeps("empty-assertion", &test("if f():\n    assert True\nelse:\n    assert False"));
    keeps("empty-assertion", &test("assert order.called_with == 1"));
}

#[test]
fn an_assertion_that_is_never_run_is_found() {
    breaks("unreachable-assertion", 3, &test("return f()\nassert value"));
    breaks("unreachable-assertion", 3, &test("pytest.fail('no')\nassert value"));
    breaks("unreachable-assertion", 3, &test("def inner():\n    assert value\nf()"));
    breaks(
        "unreachable-assertion",
        4,
        &test("with pytest.raises(ValueError) as error:\n    f()\n    assert 'x' in str(error.value)"),
    );
    breaks("unreachable-assertion", 4, &test("with pytest.raises(ValueError):\n    f()\n    assert value == 1"));
    keeps("unreachable-assertion", &test("with pytest.raises(ValueError):\n    f()\n    assert 'not reached' is None"));
    // What is only asked for may be what raises.
    breaks(
        "unreachable-assertion",
        4,
        &test("with pytest.raises(ValueError):\n    value.put(1)\n    assert value.sum == 1"),
    );
    keeps("unreachable-assertion", &test("with pytest.raises(ValueError):\n    value.put(1)\n    assert value.sum"));
    for body in [
        "def inner():\n    assert value\nf(inner)",
        "@app.route('/')\ndef inner():\n    assert value\nf()",
        "with pytest.raises(TypeError):\n    made = f()\n    assert made < g()",
        "with pytest.raises(ValueError) as error:\n    f()\nassert 'x' in str(error.value)",
        "if value:\n    return\nassert f()",
        "pytest.skip('flaky')\nassert f()",
        "raise SkipTest('flaky')\nassert f()",
        "with value:\n    made = f()\n    assert made == 1",
        "raises = f()\nwith raises:\n    made = g()\n    assert made == 1",
    ] {
        keeps("unreachable-assertion", &test(body));
    }
}

#[test]
fn an_assertion_that_may_not_run_is_found() {
    breaks("uncertain-assertion", 4, &test("got = f()\nif got:\n    assert got.ok"));
    breaks("uncertain-assertion", 5, &test("try:\n    f()\nexcept ValueError as error:\n    assert 'x' in str(error)"));
    breaks("uncertain-assertion", 3, &test("for item in client.get('/').json():\n    assert item['ok']"));
    breaks("uncertain-assertion", 4, &test("rows = f()\nfor row in rows:\n    assert row"));
    for (line, body) in [
        (4, "names = [row.name for row in f() if row]\nfor name in names:\n    assert name"),
        (4, "cart = filled(3)\nfor row in cart.rows:\n    assert row.sum"),
        (4, "got = f()\nif got.code == 3:\n    assert got.sum"),
        (
            5,
            "wanted = {'a', 'b'}\nfor row in f():\n    if row.name in ('a',):\n        assert row.sum\nwanted.remove('a')",
        ),
        (4, "got = f()\nif got.kind == 'a':\n    assert got.sum\nassert 'b' in h()"),
        (6, "try:\n    try:\n        f()\n    except KeyError as error:\n        assert error.args\nfinally:\n    g()"),
        (5, "from asyncio import as_completed\nwaited = as_completed(f())\nfor row in waited:\n    assert row"),
    ] {
        breaks("uncertain-assertion", line, &test(body));
    }
    for body in [
        "got = f()\nif got:\n    assert got.ok\nelse:\n    assert not g()",
        "try:\n    f()\n    pytest.fail('no')\nexcept ValueError as error:\n    assert 'x' in str(error)",
        "try:\n    f()\nexcept ValueError as error:\n    assert 'x' in str(error)\nelse:\n    raise AssertionError",
        "if value == 3:\n    assert f()",
        "if sys.version_info > (3, 12):\n    assert f()",
        "for item in [1, 2]:\n    assert item",
        "for item in range(3):\n    assert item",
        "rows = f()\nassert len(rows) == 2\nfor row in rows:\n    assert row",
        "rows = f()\nfor row in rows:\n    assert row\nassert rows == [1]",
        "seen = []\nfor row in f():\n    assert row\n    seen.append(row)\nassert seen == [1]",
        "for kind, wants in [(1, True), (2, False)]:\n    if wants:\n        assert f(kind)",
        "if f():\n    pytest.fail('no')",
        "for row in f():\n    if row.ok:\n        assert row.sum\n        break\nelse:\n    pytest.fail('none')",
        "def boom():\n    raise ValueError('x')\ntry:\n    boom()\nexcept ValueError as error:\n    assert f(error)",
        "for row in f():\n    if row.ok:\n        assert row.sum\n        found = True\nassert found",
        "cart = Cart()\nfor row in cart.rows:\n    assert row.sum",
        "got = f()\nif got.code != value.limit:\n    assert got.sum",
        "got = f()\nif got.kind == 'a':\n    assert g()",
        "wants = dict(a=1)\nfor key in wants:\n    assert f(key)",
        "for worker in value.workers:\n    assert worker",
        "for case in self.cases:\n    if case.ok:\n        assert f(case)",
        "if self.ssl:\n    assert f()",
        "if self.__class__.__name__ == 'TestA':\n    assert f()",
        "for row in value.rows:\n    if row.total > f():\n        assert row.sum\n        continue\n    assert not row.sum",
        "got = f()\nassert ('id' in got) == value\nif 'id' in got:\n    assert got['id']",
        "rows = f()\nassert {row.kind for row in rows} == {1, 2}\nfor row in rows:\n    if row.kind == 1:\n        assert row.one",
        "seen = []\nfor row in rows:\n    if row.ok:\n        assert row.sum\n        seen.append(row)\nassert seen == [1]",
        "try:\n    f()\n    assert value == 0\nexcept ValueError:\n    assert value == 1",
        "try:\n    f()\nexcept ValueError as error:\n    assert error\n    seen = True\nassert seen",
        "mock = f()\nassert mock.call_count == 3\nfor call in mock.call_args_list:\n    assert call",
        "for a, b in zip([1, 2], f(), strict=True):\n    assert a == b",
        "cases = [make(1), make(2)]\nfor case in cases:\n    if hasattr(case, 'mode'):\n        assert f(case)",
        "rows = f()\nassert rows\nfor i, row in enumerate(rows):\n    if i > 0:\n        assert row.sum",
        "import json\ngot = json.loads(value)\nif 'id' in got:\n    assert f(got)",
        "first, second = value\nif first:\n    assert f(second)",
        "for row in f():\n    if row.ok:\n        assert row.sum\n        return\npytest.fail('none')",
        "for name in dir(module):\n    assert f(name)",
        "rows = [1, 2]\nfor _, row in zip(range(9), cycle(rows)):\n    assert f(row)",
        "try:\n    f()\nexcept ValueError as error:\n    assert error\n    return\npytest.fail('no')",
        "try:\n    f()\n    with pytest.raises(KeyError):\n        g()\nexcept ValueError as error:\n    assert error",
        "made = None\ntry:\n    made = f()\nexcept ValueError as error:\n    assert error\nassert made is None",
        "from asyncio import as_completed\nfor row in as_completed([f(1), f(2)]):\n    assert row",
        "import inspect\nshape = inspect.signature(f)\nfor name in shape.parameters:\n    assert g(name)",
        "import platform\nhere = platform.platform()\nif 'linux' in here.lower():\n    assert f()",
        "try:\n    try:\n        raise ValueError('x')\n    except ValueError as error:\n        raise KeyError('y') from error\nexcept KeyError as error:\n    assert error.__cause__",
        "maker = Maker()\nfor prefix in maker.prefixes:\n    made = maker.make(prefix)\n    assert made",
        "got = f()\nif isinstance(got, str):\n    assert 'x' in got\nelif isinstance(got, list):\n    assert got[0] == 'x'",
        "names = {row.name for row in f()}\nassert 'a' in names\nfor name in g():\n    if name == 'a':\n        assert h(name)\nassert g()",
        "got = f()['rows']\nnames = sorted(row['name'] for row in got)\nassert names == ['a', 'b']\nfor row in got:\n    assert row['sum']",
        "got = f()\nassert len(got['rows']) == 3\nids = [row['id'] for row in got['rows']]\nfor one in ids:\n    assert one.startswith('i-')",
        "rows: list[dict] = [{'a': 1}, {'b': make()}]\nfor row in rows:\n    if 'a' not in row:\n        assert f(row)",
        "for a, b in itertools.combinations_with_replacement([1, 2], 2):\n    assert f(a, b)",
        "try:\n    f()\nexcept ValueError as error:\n    assert error.args\n    return\nself.assertFalse(True)",
        "try:\n    f()\nexcept ValueError as error:\n    assert 'x' in str(error)\n    return\nwith pytest.raises(ValueError) as error:\n    g()\nassert 'x' in str(error)",
        "value.rows = [1, 2]\nf(value)\nfor row in value.rows:\n    assert row",
        "worker = make()\nworker.rows = [1, 2]\nfor row in worker.rows:\n    assert row",
        "for field in f()._meta.get_fields():\n    assert field.name",
        "one, other = f(), f()\nif one.address != other.address:\n    assert g(one) != g(other)",
        "wanted = {'a'}\nfor row in rows():\n    if row.name == 'a':\n        assert row.sum\n        wanted.remove('a')\nassert not wanted",
        "for row in rows():\n    if row.name == 'a':\n        assert row.sum\n        break\nelse:\n    assert other()",
        "task = f()\nif hasattr(task, '__name__'):\n    assert task.__name__ == 'f'\nassert task",
        "wanted = {'a', 'b'}\nfor row in rows():\n    wanted.remove(row.name)\n    if row.name in ('a',):\n        assert row.sum\nassert not wanted",
        "got = f()\nassert got.found_all\nfor row in got.rows:\n    assert row.sum",
        "for row in f().__slots__:\n    assert row",
        "for code in CODES:\n    if code not in ['GB', 'IE']:\n        assert f(code)",
        "for row in rows():\n    got = f(row)\n    assert got\n    if got.code not in ('GB', 'IE'):\n        assert got.sum\nassert rows()",
        "try:\n    with f():\n        assert g()\n        raise ValueError\nexcept ValueError:\n    assert h()",
        "job = None\ntry:\n    job = f()\n    assert job.ready\nfinally:\n    if job is not None:\n        with pytest.raises(Closed):\n            job.stop()",
        "for row in ROWS:\n    for name, wanted in row.names:\n        assert f(name) == wanted",
        "for row in self.data.rows:\n    kind = getattr(row, 'kind', None)\n    if kind:\n        assert f(row) == kind",
        "rows = {row.id: row for row in ROWS}\nfor got in value.rows:\n    row = deepcopy(rows[got.id])\n    if 'a' in row:\n        assert got.a",
    ] {
        keeps("uncertain-assertion", &test(body));
    }
}

#[test]
fn a_log_in_which_something_was_found_has_records() {
    let logged = |asserted: &str| {
        let body = format!("f()\nassert {asserted}\nfor record in caplog.records:\n    assert record.args");
        test(&body).replace("client", "caplog")
    };
    keeps("uncertain-assertion", &logged("'no stock' in caplog.text"));
    breaks("uncertain-assertion", 5, &logged("value"));
    keeps("uncertain-assertion", &logged("value").replace("record.args", "record.levelno < logging.ERROR"));
}

#[test]
fn made_inputs_are_of_each_kind() {
    keeps("uncertain-assertion", &format!("@given(text())\n{}", test("got = f()\nif got:\n    assert got.ok")));
}

#[test]
fn a_fixture_with_params_gives_one_value_after_another() {
    let varied = "@pytest.fixture(params=['a', 'b'])\ndef value(request): return make(request.param)\n";
    let body = "got = f(value)\nif got.url:\n    assert got.url == 'x'";
    keeps("uncertain-assertion", &format!("{varied}{}", test(body)));
    let through = varied.replace("def value", "def kind") + "@pytest.fixture\ndef value(kind): return make(kind)\n";
    keeps("uncertain-assertion", &format!("{through}{}", test(body)));
    breaks("uncertain-assertion", 6, &format!("{}{}", varied.replace("(params=['a', 'b'])", ""), test(body)));
}

#[test]
fn a_condition_is_told_as_the_branch_has_it() {
    let source = test("got = f()\nif got.code == 426:\n    pass\nelse:\n    assert got.ok");
    let whats = said(&source);
    assert!(whats.contains(&"it is run only if not (got.code == 426)".to_owned()), "{whats:?}");
}

#[test]
fn names_that_are_made_of_themselves_have_an_answer() {
    keeps("unseeded-random", &test("rows = f()\nrows = rows[1:]\nfor row in rows:\n    assert row"));
    keeps("unseeded-random", &test("a = b\nb = a\nfor row in sorted(a):\n    if row:\n        assert row"));
}

#[test]
fn the_clock_is_frozen() {
    let now = "import time\nfrom datetime import datetime as dt\n";
    breaks("real-clock", 4, &format!("{now}{}", test("assert f() == dt.now()")));
    // It is later by then on any machine, and what the code is given it may not look at.
    keeps("real-clock", &format!("{now}{}", test("assert time.time() > f()")));
    keeps("real-clock", &format!("{now}{}", test("assert f(dt.now())")));
    keeps("real-clock", &format!("{now}{}", test("with freeze_time('2026-01-01'):\n    assert f() == dt.now()")));
    keeps("real-clock", &format!("{now}@freeze_time('2026-01-01')\n{}", test("assert f() == dt.now()")));
    keeps(
        "real-clock",
        &format!("{now}{}", test("monkeypatch.setattr(time, 'time', lambda: 1)\nassert f() == time.time()")),
    );
    keeps("real-clock", &format!("{now}{}", test("shop.time = standing\nassert f() == dt.now()")));
    keeps("real-clock", &format!("{now}@patch('shop.cart.now', fixed)\n{}", test("assert f() == dt.now()")));
    keeps("real-clock", &format!("{now}{}", test("assert f(dt(2026, 1, 1))")));
    keeps("real-clock", &test("dt = value\nassert f() == dt.now()"));
    // A deadline only says for how long something is waited.
    keeps(
        "real-clock",
        &format!("{now}{}", test("deadline = time.time() + 5\nwhile time.time() < deadline:\n    f()\nassert g()")),
    );
    keeps(
        "real-clock",
        &format!("{now}{}", test("start = time.time()\nwhile time.time() - start < 5:\n    f()\nassert g()")),
    );
    // What is only told somebody decides nothing.
    let told = "start = time.time()\nf()\ntook = time.time() - start\nprint(f'{took} s')\nassert g()";
    keeps("real-clock", &format!("{now}{}", test(told)));
    breaks("real-clock", 4, &format!("{now}{}", test(&told.replace("assert g()", "assert took < 0.5"))));
    keeps("real-clock", &format!("{now}{}", test("start = time.time()\nassert f(start)")));
    // It lies between the two.
    let between = "before = time.time()\nmade = f()\nafter = time.time()\nassert before <= made.at <= after";
    keeps("real-clock", &format!("{now}{}", test(between)));
    keeps("real-clock", &format!("{now}{}", test(&between.replace(" <= after", ""))));
    breaks("real-clock", 4, &format!("{now}{}", test(&between.replace("<= after", "<= before + 0.1"))));
    keeps("real-clock", &format!("{now}{}", test("assert f() == time.time()").replace("client", "benchmark")));
    let frozen = "@pytest.fixture(autouse=True)\ndef still(freezer):\n    yield\n";
    let all = found(&format!("{now}{}", test("assert f() == dt.now()")), frozen, false);
    assert!(!all.iter().any(|found| found.starts_with("real-clock")), "{all:?}");
}

#[test]
fn random_numbers_have_a_seed() {
    let random = "import os, random, uuid\n";
    breaks("unseeded-random", 3, &format!("{random}{}", test("assert f(random.randint(1, 2)) == 3")));
    breaks("random-uuid", 3, &format!("{random}{}", test("given = uuid.uuid4()\nassert f() < given")));
    keeps("random-uuid", &format!("{random}{}", test("given = uuid.uuid4()\nassert f(given) == given")));
    keeps("unseeded-random", &format!("{random}{}", test("random.seed(1)\nassert f(random.randint(1, 2)) == 3")));
    keeps("unseeded-random", &format!("{random}random.seed(1)\n{}", test("assert f(random.randint(1, 2)) == 3")));
    keeps("unseeded-random", &format!("{random}{}", test("assert f(random.Random(4).random()) == 3")));
    keeps("random-uuid", &format!("{random}{}", test("assert f(uuid.UUID(int=1))")));
    keeps("random-uuid", &format!("{random}{}", test("queue = f'queue-{uuid.uuid4()}'\nassert f(queue) == queue")));
    // What a `conftest.py` seeds as it is imported.
    let drawn = format!("{random}{}", test("assert f(random.randint(1, 2)) == 3"));
    let told = |conftest: &str| found(&drawn, conftest, false).iter().any(|found| found.starts_with("unseeded-random"));
    assert!(told("import random\n\ndef pytest_configure():\n    pass\n") && !told("import random\nrandom.seed(4)\n"));
    // What is random by its nature is no number.
    keeps("unseeded-random", &format!("{random}{}", test("body = os.urandom(12)\nassert f(body) == body")));
    let patched = test("given = uuid.uuid4()\nassert f() < given");
    keeps("random-uuid", &format!("{random}@patch('uuid.uuid4', fixed)\n{patched}"));
}

#[test]
fn services_that_are_shared_want_new_names() {
    let source = format!("import uuid\n{}", test("given = uuid.uuid4()\nassert f(given) < given"));
    assert!(found(&source, "", false).contains(&"random-uuid:3".to_owned()));
    assert!(!found(&source, "", true).contains(&"random-uuid:3".to_owned()));
}

#[test]
fn the_network_is_answered_and_nothing_waits() {
    let imports = "import asyncio, requests, time\n";
    breaks("real-network", 3, &format!("{imports}{}", test("assert requests.get('https://api.shop.com/x').ok")));
    keeps("real-network", &format!("{imports}{}", test("assert requests.get('http://127.0.0.1:80/x').ok")));
    keeps("real-network", &format!("{imports}{}", test("assert requests.get(value.url).ok")));
    let faked = "self.useFixture(FakeNetwork()).get('https://api.shop.com/x')\nassert requests.get('https://api.shop.com/x').ok";
    keeps("real-network", &format!("{imports}{}", test(faked)));
    keeps(
        "real-network",
        &format!("{imports}@responses.activate\n{}", test("assert requests.get('https://api.shop.com/x').ok")),
    );
    breaks("real-sleep", 3, &format!("{imports}{}", test("time.sleep(0.1)\nassert f()")));
    keeps("real-sleep", &format!("{imports}{}", test("await asyncio.sleep(0)\nassert f()")));
    keeps("real-sleep", &format!("{imports}{}", test("time.sleep = print\ntime.sleep(3)\nassert f()")));
    keeps("real-sleep", &format!("{imports}@patch('time.sleep')\n{}", test("time.sleep(3)\nassert f()")));
    keeps("real-sleep", &format!("{imports}{}", test("while not f():\n    time.sleep(0.1)\nassert g()")));
    keeps(
        "real-sleep",
        &format!("{imports}{}", test("for _ in value:\n    if f():\n        break\n    time.sleep(1)\nassert g()")),
    );
    keeps("real-sleep", &format!("{imports}{}", test("if allow_aws_request():\n    time.sleep(3)\nassert f()")));
    keeps("real-sleep", &format!("{imports}{}", test("if value:\n    time.sleep(3)\nassert f()")));
    breaks("real-sleep", 4, &format!("{imports}{}", test("if value:\n    time.sleep(3)\n    assert f()")));
    keeps("real-sleep", &format!("{imports}{}", test("task = asyncio.sleep(10)\nassert f(task)")));
    breaks("real-sleep", 4, &format!("{imports}{}", test("for _ in value:\n    time.sleep(1)\nassert g()")));
    keeps(
        "real-network",
        &format!("{imports}{}", test("assert requests.get('https://api.shop.com/x', proxies=value).ok")),
    );
}

#[test]
fn the_environment_is_set_by_the_test() {
    let imports = "import os, sys\n";
    breaks("ambient-environment", 3, &format!("{imports}{}", test("assert f(os.environ['HOME'])")));
    breaks("ambient-environment", 3, &format!("{imports}{}", test("assert f(os.getenv('HOME'))")));
    let set = "def setUp(self):\n    os.environ['HOME'] = '/'\n\n";
    keeps("ambient-environment", &format!("{imports}{set}{}", test("assert f(os.environ['HOME'])")));
    keeps(
        "ambient-environment",
        &format!("{imports}{}", test("monkeypatch.setenv('HOME', 'x')\nassert f(os.environ['HOME'])")),
    );
    for body in [
        "before = os.environ.get('A')\nassert f()",
        "f()\nassert os.environ['A'] == 'x'",
        "if not os.environ.get('A'):\n    raise SkipTest\nassert f()",
        "assert f(os.environ.get('REDIS_HOST', 'localhost'))",
        "env = os.environ.copy()\nassert f(env)",
        "run(['x'], env={**os.environ, 'PATH': f\"here:{os.environ['PATH']}\"})\nassert f()",
        "got = run(['x'], env=dict(A=os.environ['A']))\nassert got",
        "real = os.getenv('CLOUD') == '1'\nif real or g():\n    raise SkipTest('no')\nassert f()",
        "try:\n    here = f(os.getenv('HOME'))\nexcept ValueError:\n    pytest.skip('elsewhere')\nassert here",
    ] {
        keeps("ambient-environment", &format!("{imports}{}", test(body)));
    }
    // What the project's own variables say, its runs set.
    keeps("ambient-environment", &format!("{imports}{}", test("assert f(os.environ['SHOP_MODE'])")));
    breaks("ambient-environment", 3, &format!("{imports}{}", test("home = os.environ['HOME']\nassert f(home)")));
    keeps("ambient-environment", &format!("{imports}{}", test("assert f() == os.path.join(os.environ['HOME'], 'x')")));
    keeps(
        "ambient-environment",
        &format!("{imports}{}", test("if os.environ.get('CI'):\n    pytest.skip('no')\nassert f()")),
    );
}

#[test]
fn nothing_is_left_behind() {
    let imports = "import os, sys\nimport shop.settings as settings\n";
    for body in [
        "os.environ['A'] = '1'\nassert f()",
        "os.environ.update(A='1')\nassert f()",
        "sys.path.insert(0, 'x')\nassert f()",
        "sys.modules['x'] = value\nassert f()",
        "os.chdir('x')\nassert f()",
    ] {
        breaks("process-state", 4, &format!("{imports}{}", test(body)));
    }
    for body in [
        "monkeypatch.setenv('A', '1')\nassert f()",
        "with patch.dict(os.environ, {}):\n    os.environ['A'] = '1'\n    assert f()",
        "old = os.getcwd()\nos.chdir('x')\nassert f()\nos.chdir(old)",
        "self.addCleanup(os.environ.pop, 'A')\nos.environ['A'] = '1'\nassert f()",
        "with clear_env_var('A'):\n    os.environ['A'] = '1'\n    assert f()",
        "environ = {}\nenviron['A'] = '1'\nassert f(environ)",
        "with restore_state():\n    os.environ['A'] = '1'\n    assert f()",
    ] {
        keeps("process-state", &format!("{imports}{}", test(body)));
    }
    // A fixture of another file is known by its name, and says what it keeps.
    let argv = test("sys.argv = ['a']\nassert f()");
    for mark in ["@pytest.mark.usefixtures('save_env')\n", "@pytest.mark.usefixtures('argv')\n"] {
        breaks("process-state", 5, &format!("{imports}{mark}{argv}"));
    }
    keeps("process-state", &format!("{imports}@pytest.mark.usefixtures('save_argv')\n{argv}"));
    let folder = "@pytest.fixture(autouse=True)\ndef folder():\n    with contextlib.chdir('a'):\n        yield\n";
    let moves = format!("{imports}{}", test("os.chdir('b')\nassert f()"));
    assert!(!found(&moves, folder, false).iter().any(|found| found.starts_with("process-state")));
    breaks("process-state", 4, &moves);
    // To go back to where the test started is no change; to go elsewhere is one.
    let leaves = |from: &str| test(&format!("before = {from}\nf.enter('x')\nassert f()\nos.chdir(before)"));
    keeps("process-state", &format!("{imports}{}", leaves("os.getcwd()")));
    keeps("process-state", &format!("{imports}{}", leaves("Path.cwd().resolve()")));
    breaks("process-state", 7, &format!("{imports}{}", leaves("f.folder()")));
    breaks("module-state", 4, &format!("{imports}{}", test("settings.DEBUG = True\nassert f()")));
    for body in [
        "self.addCleanup(setattr, settings, 'DEBUG', settings.DEBUG)\nsettings.DEBUG = True\nassert f()",
        "settings.DEBUG = original_debug\nassert f()",
        // What is put to nothing is put to what it was at first.
        "settings._cache = {}\nassert f()",
        "Sender.sent = []\nassert f()",
        "Sender.calls = 0\nassert f()",
    ] {
        keeps("module-state", &format!("{imports}{}", test(body)));
    }
    breaks("module-state", 4, &format!("{imports}{}", test("settings.KEY = 'x'\nassert f()")));
    keeps("module-state", &format!("{imports}{}", test("settings.KEY = None\nassert f()")));
    let old = format!("{imports}{}if f():\n\tprint 'x'\n", test("settings.KEY = 'x'\nassert f()"));
    keeps("module-state", &old);
    keeps("module-state", &format!("{imports}{}", test("settings.KEY = set(settings.KEY)\nassert f()")));
    // Who counts a private value?
    keeps("module-state", &format!("{imports}{}", test("settings._cache = {'a': 1}\nassert f()")));
    breaks("module-state", 4, &format!("{imports}{}", test("settings._load = lambda: {}\nassert f()")));
    let reset = "@pytest.fixture(autouse=True)\ndef clean():\n    reset()\ndef reset():\n    settings.DEBUG = False\n";
    keeps("module-state", &format!("{imports}{reset}{}", test("settings.DEBUG = True\nassert f()")));
    let kept = "@pytest.fixture(autouse=True)\ndef clean():\n    with isolated_environment():\n        yield\n";
    let body = format!("{imports}{}", test("os.environ['A'] = '1'\nassert f()"));
    assert!(!found(&body, kept, false).iter().any(|found| found.starts_with("process-state")));
    let other = "def test_a_row_is_formatted():\n    assert Formatter('a')\n";
    let wide = test("Formatter.wide = True\nassert f()");
    keeps("module-state", &format!("{imports}from shop import Formatter\n{wide}"));
    let wide = format!("{imports}from shop import Formatter\n{wide}{other}");
    let narrow = "@pytest.fixture(autouse=True)\ndef narrow():\n    Formatter.wide = False\n    yield\n";
    assert!(!found(&wide, narrow, false).iter().any(|found| found.starts_with("module-state")));
    breaks("module-state", 5, &wide);
    let anew = "try:\n    settings.DEBUG = True\n    assert f()\nfinally:\n    importlib.reload(settings)";
    keeps("module-state", &format!("{imports}{}", test(anew)));
    breaks("module-state", 5, &format!("{imports}{}", test(&anew.replace("(settings)", "(other)"))));
    let undone = "def teardown_function():\n    os.environ.clear()\n    os.environ.update(BEFORE)\n";
    keeps("process-state", &format!("{imports}{undone}{}", test("os.environ['A'] = '1'\nassert f()")));
    keeps("module-state", &format!("{imports}{}", test("monkeypatch.setattr(settings, 'DEBUG', True)\nassert f()")));
    keeps(
        "module-state",
        &format!(
            "{imports}{}",
            test(
                "old = settings.DEBUG\ntry:\n    settings.DEBUG = True\n    assert f()\nfinally:\n    settings.DEBUG = old"
            )
        ),
    );
}

#[test]
fn tests_do_not_hand_state_on() {
    let two = "SEEN = []\ndef test_writes_it():\n    SEEN.append(1)\n    assert f()\ndef test_reads_it():\n    assert SEEN == [1]\n";
    breaks("module-state", 3, two);
    breaks("order-dependence", 6, two);
    let kept = format!("{two}@pytest.fixture(autouse=True)\ndef clean():\n    SEEN.clear()\n");
    keeps("module-state", &kept);
    keeps("order-dependence", &kept);
    keeps(
        "module-state",
        "ROWS = [1]\ndef test_total_is_kept():\n    ROWS = []\n    ROWS.append(2)\n    assert ROWS\ndef test_b(): assert ROWS\n",
    );
    let class = "class TestA:\n    def test_made(self):\n        self.__class__.made = f()\n        assert g()\n    def test_used(self):\n        assert self.__class__.made\n";
    breaks("module-state", 3, class);
    breaks("order-dependence", 6, class);
    keeps(
        "order-dependence",
        "def test_a_is_made():\n    assert f()\ndef test_b_is_made():\n    test_a_is_made()\n    assert g()\n",
    );
}

#[test]
fn a_condition_that_the_test_has_written_down_is_none() {
    breaks("branch-in-test", 3, &test("forward = f()\nif forward:\n    g()\nassert value"));
    keeps("branch-in-test", &test("forward = True\nif forward:\n    g()\nassert value"));
    keeps("branch-in-test", &test("row = None\nif row is None:\n    return\nrow = f()\nassert row"));
    // In the next turn it is another one.
    let turns = "first = True\nfor row in f():\n    with self.subTest():\n        if first:\n            h()\n        first = False\nassert value";
    breaks("branch-in-test", 5, &test(turns));
    breaks("branch-in-test", 4, &test("forward = True\nforward = f()\nif not forward:\n    g()\nassert value"));
}

#[test]
fn one_act_is_asserted_on() {
    let naming = Naming::default();
    let turns = |count: u32| test(&(0..count).map(|n| format!("a = make({n})\nassert a.x\n")).collect::<String>());
    let is_told =
        |source: &str| check(source, About::alone(&naming)).iter().any(|found| found.rule.id == "several-acts");
    assert!(is_told(&turns(5)));
    assert!(!is_told(&turns(4)));
    // Steps that belong together: the name, or the documentation, says so.
    assert!(!is_told(&turns(5).replace("is_kept", "through_its_lifecycle")));
    assert!(!is_told(&turns(5).replace("a = make(0)", "\"\"\"An end-to-end sale.\"\"\"\n    a = make(0)")));
    breaks(
        "several-acts",
        4,
        &test("a = make(1)\nassert a.x\nb = make(2)\nassert b.x\nc = make(3)\nassert c.x\nd = make(4)\nassert d.x"),
    );
    keeps("several-acts", &test("a = make(1)\nassert a.x\nb = make(2)\nassert b.x\nc = make(3)\nassert c.x"));
    let add = |n: u32| format!("rows.append(add({n}))\nsend({n})\n");
    let helper = "def add(n):\n    assert n\n    return n\n";
    let body: String = (0..6).map(add).collect();
    keeps("several-acts", &format!("{helper}{}", test(&format!("{body}assert f(rows)"))));
    let body = body.replace("rows.append(add(", "rows.ask(add(");
    breaks("several-acts", 8, &format!("{helper}{}", test(&format!("{body}assert f(rows)"))));
    // What asks is the act where nothing else is.
    breaks(
        "several-acts",
        4,
        &test("a = get_row(1)\nassert a\nb = get_row(2)\nassert b\nc = get_row(3)\nassert c\nd = get_row(4)\nassert d"),
    );
    breaks(
        "several-acts",
        5,
        &test(
            "a = make(1)\nassert a.x\nb = get_key(1)\ndrop(1)\nassert not b\nmake(2)\nassert get_key(2)\nmake(3)\nassert get_key(3)",
        ),
    );
    for body in [
        "a = make(1)\nassert a.x\nassert a.y\nassert a.z",
        "a = make(1)\nassert a.x\nb = len(a)\nassert b\nc = a.json()\nassert c",
        "assert f(1)\nassert f(2)\nassert f(3)",
        "page.open(1)\na = page.find_element_by_id(1)\nassert a\na = page.find_element_by_id(2)\nassert a\na = page.find_element(3)\nassert a\na = page.find_element(4)\nassert a",
        "a = make(1)\nassert a.x\nsoup = get_soup(a)\nassert soup\nrow = soup.select_one('tr')\nassert row",
        "a = make(1)\nassert a.x\nnames = os.listdir(a)\nassert names\nwarnings.simplefilter('always')\nassert a.y",
        "a = make(1)\nassert a.x\nb = make(2)\nassert b.x",
        "assert value.ready\na = make(1)\nassert a.x\nb = make(2)\nassert b.x",
        "a = make(1)\nassert a.x\nb = get_key(1)\nassert b\nc = value_exists(1)\nassert c",
        "rows = client.list_rows()\nassert not rows\na = make(1)\nassert a\nrows = client.list_rows()\nassert rows",
        "a = make(1)\nassert a.x\nexpected = normalize(1)\nassert a.y == expected\nmake(2)\nassert a.z",
        "a = make(1)\nassert a.x\nb = decode_message(a)\nassert b\nc = stats()\nassert c",
        "a = make(1)\nassert a.x\ncheck_row(a)\nb = make(2)\nassert b.x\nvalidate(b)",
        "a = make(1)\nassert a.x\nlink = a.find('a')\nassert link\nback = a.find('b')\nassert back is None",
        "now = datetime(2026, 1, 1)\nassert now.hour == 0\na = make(now)\nassert a.x\nb = datetime.fromisoformat(a)\nassert b",
    ] {
        keeps("several-acts", &test(&format!("{body}\nmade = make(9)\nassert made.size")));
    }
    breaks("crowded-raises", 2, &test("with pytest.raises(ValueError):\n    made = make()\n    made.send()"));
    // The test has done that before, and nothing was raised.
    let again = |first: &str| {
        test(&format!("{first}\nassert f()\nwith pytest.raises(ValueError):\n    made = make(1)\n    made.send()"))
    };
    keeps("crowded-raises", &again("one = make(1)"));
    breaks("crowded-raises", 4, &again("one = make(2)"));
    breaks("crowded-raises", 5, &again("with pytest.raises(ValueError):\n        made = make(1)"));
    for body in [
        "made = make()\nwith pytest.raises(ValueError):\n    made.send()",
        "with pytest.raises(ShopError):\n    made = make()\n    made.send()",
        "with pytest.raises(ValueError, match='no stock'):\n    made = make()\n    made.send()",
        "with pytest.raises(ValueError) as caught:\n    made = make()\n    made.send()\nassert caught.value.args",
        "with pytest.raises(ValueError):\n    with app.context():\n        made.send()",
        "with pytest.raises(ValueError):\n    with app.context():\n        made.send()\n        raise ValueError",
        "with pytest.raises(ValueError):\n    value = 3\n    made.send(value)",
        "with pytest.raises(ValueError):\n    out = StringIO()\n    made.send(out)",
        "with pytest.raises(ValueError):\n    with session.begin():\n        session.add(1)\n        session.add(1)",
        "with pytest.raises(ValueError):\n    if value:\n        made.send(value)\n    else:\n        made.send()",
    ] {
        keeps("crowded-raises", &test(body));
    }
}

#[test]
fn a_comment_with_a_reason_leaves_a_rule_out() {
    let here = test("for x in value:  # lacuna: ignore[loop-in-test] the order matters\n    assert x");
    assert_eq!(found(&here, "", false), Vec::<String>::new());
    let above = "def test_total_is_kept(value):  # lacuna: ignore[logic, assertion] a smoke test\n    if value:\n        f(value)\n";
    assert_eq!(found(above, "", false), Vec::<String>::new());
    let other = test("for x in value:  # lacuna: ignore[real-clock] the order matters\n    assert x");
    assert_eq!(found(&other, "", false), ["loop-in-test:2", "unused-ignore:2"]);
}

#[test]
fn a_comment_without_a_reason_or_with_an_unknown_rule_is_found() {
    let silent = test("for x in value:  # lacuna: ignore[loop-in-test]\n    assert x");
    assert_eq!(found(&silent, "", false), ["ignore-without-reason:2"]);
    let unknown = test("for x in value:  # lacuna: ignore[loops] the order matters\n    assert x");
    assert_eq!(found(&unknown, "", false), ["loop-in-test:2", "unknown-ignore:2"]);
    let all = test("for x in value:  # lacuna: ignore the order matters\n    assert x");
    assert_eq!(found(&all, "", false), ["loop-in-test:2", "unknown-ignore:2"]);
    keeps("unknown-ignore", &test("text = '# lacuna: ignore[loops]'\nassert f(text)"));
}

#[test]
fn broken_sources_are_looked_at_as_far_as_they_can_be_read() {
    breaks("no-assertion", 4, "def test_broken(:\n    pass\n\ndef test_total_is_kept():\n    f()\n");
}

mod laws {
    use super::found;
    use crate::domain::python::sample::python_like;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_has_an_answer(source in python_like()) {
            let all = found(&source, &source, true);
            prop_assert!(all.iter().all(|found| found.contains(':')));
        }
    }
}
