//! Tests: assertions that may not run, and code that looks alike where nothing is left out.

use super::cases::{breaks, keeps, test};

/// The rule is not broken by any of those bodies.
fn certain(bodies: &[&str]) {
    bodies.iter().for_each(|body| keeps("uncertain-assertion", &test(body)));
}

/// The rule is broken by each body, on its line.
fn uncertain(bodies: &[(u32, &str)]) {
    bodies.iter().for_each(|(line, body)| breaks("uncertain-assertion", *line, &test(body)));
}

#[test]
fn what_a_settled_condition_has_put_there_is_settled() {
    certain(&[
        "proxy = None\nif value:\n    proxy = Proxy()\ngot = f(proxy)\nif proxy is not None:\n    assert proxy.closed",
        "proxy = None\nif not value:\n    pass\nelse:\n    proxy = make()\nf(proxy)\nif proxy:\n    assert proxy.closed",
        "is_old = 'OLD' in globals()\ngot = f()\nif not is_old:\n    assert got == 3",
    ]);
    uncertain(&[(4, "proxy = make()\nif proxy is not None:\n    assert proxy.closed")]);
}

#[test]
fn what_a_parameter_makes_differs_with_it() {
    let under = |parameter: &str, body: &str| {
        format!("@pytest.mark.parametrize('{parameter}', ALL)\n{}", test(body).replace("value", parameter))
    };
    keeps("uncertain-assertion", &under("cls", "if issubclass(value, Base):\n    assert f(value)"));
    keeps("uncertain-assertion", &under("func", "got = value(3)\nif got.shape:\n    assert f(got)"));
    breaks("uncertain-assertion", 4, &test("got = made(value)\nif got.size:\n    assert f(got)"));
    keeps("uncertain-assertion", &under("cls", "got = made(value)\nif got.size:\n    assert f(got)"));
    certain(&[
        "first = next(one for one in (value, True) if one is not None)\nif first:\n    assert f()",
        "ignored = object()\nfor one in [1, ignored]:\n    if one is not ignored:\n        assert f(one)",
    ]);
}

#[test]
fn what_is_asserted_in_other_words_need_not_be_asked() {
    certain(&[
        "got = f()\nassert isinstance(got.cause, value)\nif isinstance(got.cause, KeyError):\n    assert got.cause.args",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    assert f(error)",
        "def run():\n    1 / 0\ntry:\n    run()\nexcept ZeroDivisionError as error:\n    assert f(error)",
        "for row in f():\n    if row.ok:\n        assert row.sum\n        break\nelse:\n    pytest.skip('none')",
        "found = 0\nfor row in f():\n    assert row\n    found += 1\nif not found:\n    pytest.fail('none')",
        "graph = self.graph\nranks = rank(graph)\nfor edge in graph.edges():\n    assert ranks[edge] == 1",
        "import os\nchild = os.fork()\nif child == 0:\n    assert f()\nassert g(child)",
        "self.assertRaises(ValueError, f, 1)\ntry:\n    f(1)\nexcept ValueError as error:\n    assert error.args",
        "self.assertRaises(ValueError, f, 1)\ntry:\n    a = f(1)\nexcept ValueError as error:\n    assert error.args",
        "got = f()\nif value:\n    if got.old:\n        assert got.sum == 1\n        return\nassert got.sum == 2",
        "first = f()\nsecond = g()\nassert len(first) == 2\nfor row in first + second:\n    assert row",
    ]);
    uncertain(&[
        (4, "got = f()\nif isinstance(got.cause, KeyError):\n    assert got.cause.args"),
        (6, "self.assertRaises(ValueError, f, 1)\ntry:\n    f(2)\nexcept ValueError as error:\n    assert error.args"),
        (5, "try:\n    ratio(1, 2)\nexcept ZeroDivisionError as error:\n    assert f(error)"),
        (5, "got = f()\nif value:\n    if got.old:\n        assert got.sum == 1\n        return\ng()"),
    ]);
}

#[test]
fn a_helper_of_the_tests_says_what_there_is_on_this_machine() {
    let body = test("failed = checked(value)\nif failed is not None:\n    assert 'a' in failed");
    keeps("uncertain-assertion", &format!("from .helpers import checked\n{body}"));
    keeps("uncertain-assertion", &format!("from pdf_samples import checked\n{body}"));
    breaks("uncertain-assertion", 5, &format!("from shop import checked\n{body}"));
    let body = test("for row in needed(value):\n    assert row.sum");
    keeps("uncertain-assertion", &format!("from .utils import needed\n{body}"));
    breaks("uncertain-assertion", 4, &format!("from shop.utils import needed\n{body}"));
}

#[test]
fn the_first_item_has_none_before_it() {
    certain(&[
        "before = None\nrows = f()\nassert rows\nfor row in rows:\n    if before is not None:\n        assert before < row\n    before = row",
        "last = 0\nrows = f()\nassert rows\nfor row in rows:\n    if last:\n        assert last < row\n    last = row",
    ]);
}

#[test]
fn what_is_to_be_absent_may_be_absent() {
    certain(&[
        "got = f()\nif 'rows' in got:\n    assert got['rows'] == []",
        "got = f()\nif got.mail is not None:\n    assert 'secret' not in got.mail",
        "got = f()\nif got.rows:\n    self.assertNotIn('a', got.rows)",
        "rows = f()\nif rows is not None:\n    self.assertEqual(len(rows), 0)",
    ]);
    uncertain(&[
        (4, "got = f()\nif 'rows' in got:\n    assert got['rows'] == [1]"),
        (4, "got = f()\nif 'rows' in got:\n    assert other(got) == [1]"),
        (4, "got = f()\nif 'rows' in got:\n    assert got['rows'] == []\n    assert got['sum'] == 3"),
    ]);
}

#[test]
fn what_is_ticked_off_is_looked_at_in_the_end() {
    certain(&[
        "wanted = {'a': 1}\nfor row in rows():\n    if row.name == 'a':\n        assert row.sum == wanted.pop(row.name)\nassert not wanted",
        "wanted = {'a': 1}\nfor row in rows():\n    if row.name in wanted:\n        assert row.sum\n        del wanted[row.name]\nassert wanted == {}",
    ]);
    uncertain(&[(4, "wanted = {'a': 1}\nfor row in f():\n    assert row.sum == wanted.pop(row.name)")]);
}

#[test]
fn a_loop_that_is_left_only_by_asserting_asserts() {
    certain(&[
        "while True:\n    got = f()\n    if got.ready:\n        assert got.sum == 3\n        break\n    if g():\n        pytest.fail('late')",
        "while g():\n    got = f()\n    if got.ready:\n        assert got.sum == 3\n        break\nelse:\n    pytest.fail('never')",
        "while True:\n    if g():\n        return pytest.fail('late')\n    if f():\n        return",
    ]);
    uncertain(&[
        (
            5,
            "while True:\n    got = f()\n    if got.ready:\n        assert got.sum == 3\n        break\n    if g():\n        break",
        ),
        (5, "while g():\n    got = f()\n    if got.ready:\n        assert got.sum == 3\n        break"),
    ]);
}

#[test]
fn what_is_put_away_at_the_end_need_not_be_there() {
    certain(&["made = f()\nif made.path:\n    made.unlink()\n    assert made.sum"]);
    uncertain(&[(5, "made = f()\nif made.path:\n    g()\n    assert made.sum")]);
}

#[test]
fn how_many_there_are_may_be_told_under_another_key() {
    certain(&[
        "got = f()\nassert got['total'] == 3\nfor row in got['rows']:\n    assert row['sum']",
        "page = f()\nassert page.item_count == 3\nfor row in page.rows:\n    assert row.sum",
    ]);
    uncertain(&[
        (5, "got = f()\nassert got['status'] == 200\nfor row in got['rows']:\n    assert row['sum']"),
        (5, "got = f()\nassert other['total'] == 3\nfor row in got['rows']:\n    assert row['sum']"),
    ]);
}

#[test]
fn the_rows_of_a_table_are_known_beside_what_comes_of_them() {
    certain(&[
        "table = [('a', True), ('b', False)]\nfor got, (name, wanted) in zip(f(), table, strict=True):\n    if wanted:\n        assert got == name",
        "for at, (name, wanted) in enumerate([('a', True), ('b', False)]):\n    if wanted:\n        assert f(at) == name",
    ]);
    uncertain(&[(
        5,
        "table = [('a', True), ('b', False)]\nfor got, (name, wanted) in zip(f(), table, strict=True):\n    if got.sum:\n        assert got == name",
    )]);
}

#[test]
fn what_the_test_gives_to_the_code_is_no_outcome() {
    certain(&[
        // It is handed on, and what comes of it is asserted.
        "graph = path_graph(4)\nranks = rank(graph)\nfor node in sorted(graph):\n    assert ranks[node] == 1",
        "graph = path_graph(4)\nranks = rank(graph, weight=None)\nfor edge in graph.edges():\n    assert ranks[edge] == 1",
        "graph = path_graph(4)\nfor node in graph:\n    assert distance(graph, node) == 1",
        // Each item is acted on.
        "nodes = parsed('f(1) #@')\nfor node in nodes:\n    found = node.infer()\n    assert found.name == 'f'",
        "nodes = parsed('f(1) #@')\nfor node in nodes:\n    with pytest.raises(ValueError):\n        node.infer()",
        "nodes = parsed('f(1) #@')\nfor node in nodes:\n    self.assertRaises(ValueError, next, node.infer())",
    ]);
    uncertain(&[
        (4, "ranks = rank(4)\nfor node in ranks:\n    assert ranks[node] == 1"),
        (4, "nodes = parsed('f(1) #@')\nfor node in nodes:\n    assert node.name == 'f'"),
    ]);
}

#[test]
fn what_the_test_or_its_helpers_made_is_acted_on() {
    certain(&[
        "nodes = parsed('f(1) #@')\nfor node in nodes:\n    assert node.infer() == [1]",
        "class F(Form):\n    rows = 2\nform = F()\nfor row in form.rows:\n    got = str(row())\n    assert got",
        "asked = self._made('/')\nclone = asked.copied()\nfor key in asked.environ:\n    assert clone.environ[key]",
        "seen = []\ndef tried(kind):\n    seen.append(kind)\ntried(1)\nfor kind in seen:\n    assert f(kind)",
    ]);
    let made = test("for row in made(value):\n    assert row.sum");
    keeps("uncertain-assertion", &format!("from . import made\n{made}"));
    breaks("uncertain-assertion", 4, &format!("from ..shop import made\n{made}"));
    let pair = test("pair = Pair()\nfor side in pair.sides:\n    assert side.done");
    keeps("uncertain-assertion", &format!("from .helpers import Pair\n{pair}"));
    let trees = test("for tree in trees(value):\n    got = shuffled(tree)\n    assert got");
    keeps("uncertain-assertion", &format!("@pytest.mark.parametrize('value', [2, 3])\n{trees}"));
}

#[test]
fn what_the_test_has_put_there_or_a_class_is_made_of_has_items() {
    certain(&[
        "worker = value.worker\nworker.steps = [Step(n) for n in range(4)]\nworker.start()\nfor step in worker.steps:\n    assert step.begun",
        "Kind = kind()\nmade = Kind()\nfor name in Kind.names:\n    assert getattr(made, name)",
        "got = value.memory()\nspent = got.info()\nfor name in spent._fields:\n    assert getattr(spent, name) >= 0",
        "import attr\nfields = attr.fields(Row)\nfor field in fields:\n    assert f(field)",
        "tasks = {}\ndef parent():\n    tasks['a'] = current()\n    assert tasks['a'].ready\nrun(parent)\nfor task in tasks.values():\n    assert task.done",
    ]);
}

#[test]
fn what_only_shows_the_machine_or_the_test_is_no_outcome() {
    let told = |imports: &str, body: &str| format!("{imports}\n{}", test(body));
    keeps("uncertain-assertion", &told("import shop", "for name in shop.disks(all=False):\n    assert name"));
    keeps("uncertain-assertion", &told("from shop import fields", "for field in fields(Cart):\n    assert field.name"));
    keeps("uncertain-assertion", &told("import os", "for name in os.listdir('rows'):\n    assert name"));
    breaks("uncertain-assertion", 4, &told("import shop", "for row in shop.rows(3):\n    assert row.sum"));
    breaks(
        "uncertain-assertion",
        5,
        &told("import json", "got = f()\nfor row in json.loads(got):\n    assert row['sum']"),
    );
    certain(&[
        "for row in f(value).__slots__:\n    assert row",
        "for line in f(value).split('x'):\n    assert line",
        "graph = Graph()\nfor edge in graph.edges(keys=True):\n    assert edge.length",
        "expected = f(value)\nfor row in expected:\n    assert row.sum",
        "for row in f(value):\n    assert value[row] == 1",
        "for row in f(value):\n    try:\n        g(row)\n    except OSError as error:\n        assert error.errno == 2",
        "rows = f(value)\nfirst = rows[0]\nfor row in rows:\n    assert row.sum",
        "flat = []\nfor row in f(value):\n    assert row.sum\n    flat.append(row)\ng(flat[0])",
        "with self.assertNumQueries(2):\n    for row in f(value):\n        assert row.sum",
        "made = store(value)\nassert value.count == 1\nfor row in made:\n    assert row.sum",
        "for row in f(value):\n    assert row.name != 'a'",
        "for row in f(value):\n    assert row.sum\nassert row.last",
        "for row in f(value):\n    got = row()\n    assert row.sum == got",
        "got = f(value)\nif got:\n    # Windows has closed it before.\n    assert got.sum",
    ]);
}

#[test]
fn an_act_that_may_well_raise_nothing_is_left_alone() {
    let tried = test("try:\n    boom(value)\nexcept ValueError as error:\n    assert error.args");
    breaks("uncertain-assertion", 6, &format!("from shop.cart import boom\n{tried}"));
    keeps("uncertain-assertion", &format!("from tests.errors import boom\n{tried}"));
    let own = "def boom(n):\n    assert n % 2 == 0\ntry:\n    boom(value)\nexcept AssertionError as error:\n    assert error.args";
    keeps("uncertain-assertion", &test(own));
    certain(&[
        "try:\n    f(1)\nexcept TimeoutError as error:\n    assert error.args",
        "try:\n    got = f(1)\nexcept ValueError as error:\n    assert error.args\nassert got",
        "for row in f(value):\n    try:\n        g(row)\n    except ValueError as error:\n        assert error.args",
        "try:\n    f(1)\nexcept KeyError:\n    pass\nexcept ValueError as error:\n    assert error.args",
        "for code in [1, 2]:\n    try:\n        f(code)\n    except ValueError:\n        assert code == 2",
        "try:\n    int('x')\nexcept ValueError as error:\n    assert f(error)",
    ]);
}

#[test]
fn a_handler_that_leaves_the_turn_is_one_of_two_ways() {
    certain(&[
        "for _ in range(3):\n    try:\n        one, other = pair()\n    except OSError as error:\n        assert error.errno == 24\n        break\n    f(one, other)",
        "for row in [1, 2]:\n    try:\n        f(row)\n    except OSError as error:\n        assert error.errno == row\n        continue\n    assert False, row",
        "for row in [1, 2]:\n    with made(row):\n        try:\n            f(row)\n        except OSError as error:\n            assert error.errno == row\n            break\n    assert g() == row",
        "self.assertRaises(OSError, f, 1, value)\ntry:\n    f(1, out=value)\nexcept OSError as error:\n    assert error.errno == 24",
        "try:\n    g()\nfinally:\n    try:\n        f()\n    except OSError as error:\n        assert error.errno == 24",
        "self.assertRaises(OSError, lambda: f(1))\ntry:\n    f(1)\nexcept OSError as error:\n    assert error.errno == 24",
        "try:\n    f()\nexcept OSError:\n    assert g() == 1\nelse:\n    if sys.platform != 'win32':\n        assert False, 'no error'",
    ]);
    uncertain(&[
        (
            6,
            "for _ in [1, 2]:\n    try:\n        f()\n    except OSError as error:\n        assert error.errno == 24\n        break\n    g()",
        ),
        (5, "try:\n    f()\nexcept OSError:\n    assert g() == 1\nelse:\n    h()"),
    ]);
    breaks(
        "unreachable-assertion",
        6,
        &test("try:\n    f()\nexcept OSError as error:\n    return\n    assert error.errno"),
    );
    keeps("uncertain-assertion", &test("try:\n    f()\nexcept OSError as error:\n    return\n    assert error.errno"));
}

#[test]
fn what_is_left_behind_everything_may_raise() {
    keeps(
        "unreachable-assertion",
        &test("with pytest.raises(OSError), opened(value) as file:\n    size = file.write('a')\n    assert size == 1"),
    );
    breaks(
        "unreachable-assertion",
        4,
        &test("with pytest.raises(OSError):\n    size = write('a')\n    assert size == 1"),
    );
}

#[test]
fn an_assertion_that_does_what_it_seems_to_is_not_empty() {
    keeps("empty-assertion", &test("self.assertTrue(f(), True)"));
    keeps("empty-assertion", &test("mock = Mock()\nwith pytest.raises(AttributeError):\n    mock.called_once()"));
    breaks("empty-assertion", 3, &test("mock = Mock()\nmock.called_once()"));
    let counted = "failed = 0\nfor row in value:\n    try:\n        assert f(row)\n    except AssertionError:\n        failed += 1";
    keeps("empty-assertion", &test(&format!("{counted}\nif failed:\n    raise AssertionError(failed)")));
    breaks("empty-assertion", 5, &test(&counted.replace("failed += 1", "pass")));
    keeps("unreachable-assertion", &test("with pytest.raises(TypeError):\n    value << Command(3)\n    assert value"));
    let own = |fail: &str| {
        format!(
            "class TestCart(TestCase):\n    def {fail}(self): f()\n    def test_sum(self):\n        self.fail()\n        assert f() == 1\n"
        )
    };
    breaks("unreachable-assertion", 5, &own("other"));
    keeps("unreachable-assertion", &own("fail"));
    keeps("uncertain-assertion", &test("for key in iterkeys(Shop.__dict__):\n    assert key in value"));
    keeps("unreachable-assertion", &test("with pytest.raises(StopIteration):\n    next(value)\n    assert False"));
}

#[test]
fn an_error_that_is_asked_for_in_its_own_block_is_not_there_yet() {
    let said = |body: &str| super::cases::said(&test(body));
    let early = "with self.assertRaises(Exception) as caught:\n    got = f(value)\n    self.assertTrue('a' in caught.exception)";
    let expect = "it asks for caught.exception, which is there only behind the block";
    assert!(said(early).iter().any(|what| what == expect), "{:?}", said(early));
    let narrow = early.replace("(Exception)", "(ShopError)");
    assert!(said(&narrow).iter().any(|what| what == expect), "{:?}", said(&narrow));
    let raises = narrow.replace("self.assertRaises", "pytest.raises");
    assert!(said(&raises).iter().any(|what| what.starts_with("it stands behind the call")), "{:?}", said(&raises));
    let other = narrow.replace("caught.exception", "str(caught)");
    assert!(said(&other).iter().any(|what| what.starts_with("it stands behind the call")), "{:?}", said(&other));
    // Its own failure may be the error that is expected.
    keeps("unreachable-assertion", &test(&other.replace("(ShopError)", "(Exception)")));
}

#[test]
fn a_condition_that_leaves_out_nothing_is_no_open_one() {
    let told = "got = load(value)\nif got is not None:\n    assert got.sum == 3";
    breaks("uncertain-assertion", 4, &test(told));
    keeps("uncertain-assertion", &test(told).replace("test_total_is_kept", "test_total_is_kept_or_none"));
    // The test is skipped where there is none.
    let way =
        "with made():\n    got = load(value)\n    if got is not None:\n        assert got.sum == 3\n        return";
    breaks("uncertain-assertion", 5, &test(way));
    keeps("uncertain-assertion", &test(&format!("{way}\n    pytest.skip('none')")));
    // A sum of what stands there, and items that are empty.
    keeps("uncertain-assertion", &test("full, rest = divmod(shop.MOST, shop.EACH)\nif rest:\n    assert f(rest) == 3"));
    breaks(
        "uncertain-assertion",
        4,
        &test("full, rest = divided(shop.MOST, shop.EACH)\nif rest:\n    assert f(rest) == 3"),
    );
    let items = |choice: &str| {
        test(&format!("for row in load(value):\n    if {choice}:\n        assert row.sum == 3\nassert g()"))
    };
    assert!(!super::cases::said(&items("row")).iter().any(|what| what == "it is run only if row"));
    breaks("uncertain-assertion", 4, &items("row.sent"));
}

#[test]
fn what_is_no_assertion_by_its_name_or_ends_well_either_way_is_left_alone() {
    let dead = |call: &str| test(&format!("return\n{call}"));
    breaks("unreachable-assertion", 3, &dead("assert_fact(3)"));
    keeps("unreachable-assertion", &dead("assertz(3)"));
    let waits = |call: &str| {
        let helper = "def wait_for(row):\n    assert row\n";
        format!("import asyncio\nimport shop\n{helper}{}", dead(call))
    };
    breaks("unreachable-assertion", 7, &waits("shop.wait_for(3)"));
    keeps("unreachable-assertion", &waits("asyncio.wait_for(3)"));
    let ends = |says: &str| test(&format!("try:\n    main(value)\nexcept SystemExit as end:\n    assert {says}"));
    breaks("uncertain-assertion", 5, &ends("end.code == 2"));
    keeps("uncertain-assertion", &ends("end.code in (0, None)"));
    keeps("uncertain-assertion", &ends("end.code == 0 or end.code is None"));
    breaks("uncertain-assertion", 5, &ends("end.code is not None"));
    breaks("uncertain-assertion", 5, &ends("end.code == 0"));
    let caught = |behind: &str| {
        let says = "try:\n    f(value)\nexcept ShopError as error:\n    assert error.code == 3\n    return";
        test(&format!("{says}\n{behind}"))
    };
    breaks("uncertain-assertion", 5, &caught("value = 3"));
    keeps("uncertain-assertion", &caught("assert 'not raised' == False"));
    let flag = |put: &str| {
        test(&format!("is_sent = True\ntry:\n    f(value)\nexcept ShopError:\n    {put}\n    assert is_sent"))
    };
    breaks("uncertain-assertion", 7, &flag("g(is_sent)"));
    keeps("uncertain-assertion", &flag("is_sent = False"));
    let truth = |made: &str| {
        test(&format!("with pytest.raises(ShopError):\n    {made} = f(value)\n    g(value)\n    assert table"))
    };
    breaks("unreachable-assertion", 5, &truth("other"));
    keeps("unreachable-assertion", &truth("table"));
}

#[test]
fn what_a_decorator_makes_of_a_test_is_not_known() {
    let inner = test("def view(row):\n    assert row.sum == 1\nassert f()");
    breaks("unreachable-assertion", 3, &inner);
    breaks("unreachable-assertion", 4, &format!("@pytest.mark.slow\n{inner}"));
    keeps("unreachable-assertion", &format!("@reads_source()\n{inner}"));
}

#[test]
fn a_loop_over_what_is_there_anyway_is_left_alone() {
    let goes = test("for row in load(value, 3):\n    assert row.sum == 1");
    breaks("uncertain-assertion", 3, &goes);
    // What another test knows of it, a run tells better.
    breaks("uncertain-assertion", 3, &format!("{goes}def test_rows(value):\n    assert len(load(value, 3)) == 2\n"));
    keeps("uncertain-assertion", &test("for name, part in inspect.getmembers(load()):\n    assert part.sum == 1"));
    keeps("uncertain-assertion", &test("for name in load(value).difference(NAMES):\n    assert name.sum == 1"));
    let changed = "for one in load(value):\n    assert one.x\n    one.sum += 1\n";
    keeps("uncertain-assertion", &test(&format!("{changed}assert value == 3")));
    breaks("uncertain-assertion", 3, &test(&format!("{changed}value.go()")));
    keeps("uncertain-assertion", &test("for one in load(value).collisions:\n    assert one.sum == 1"));
    breaks("uncertain-assertion", 3, &test("for one in load(value).rows:\n    assert one.sum == 1"));
    keeps("uncertain-assertion", &test("for one in load(value)._meta.fields:\n    assert one.sum == 1"));
    let both = "a, b = {'x': 1}, {'y': 2}\nfor one in list(set().union(a, b)):\n    assert one.sum == 1";
    keeps("uncertain-assertion", &test(both));
    keeps("uncertain-assertion", &test("before = load(value)\nfor one in before:\n    assert one.sum == 1"));
    let wanted = test("names = NAMES.get('a')\nfor one in names:\n    assert one.sum == 1");
    keeps("uncertain-assertion", &format!("NAMES = {{'a': [1]}}\n{wanted}"));
    keeps("uncertain-assertion", &test("for n in compat.range(0, 9):\n    assert n.sum == 1"));
}

#[test]
fn what_is_there_under_a_key_another_test_may_know() {
    let told = |other: &str| {
        let asked = test("rates = analyse(rows)\nif 'missing' in rates:\n    assert len(rates['missing']) == 3");
        format!("{asked}def test_b():\n    rates = analyse([1])\n    assert {other}\n")
    };
    breaks("uncertain-assertion", 4, &told("rates['total'] == 3"));
    keeps("uncertain-assertion", &told("rates['missing'] == [0.5]"));
    let state = |name: &str| {
        format!("def {name}():\n    run = start(3)\n    if run.state == 'skipped':\n        assert run.reason\n")
    };
    breaks("uncertain-assertion", 4, &state("test_reason_is_there"));
    keeps("uncertain-assertion", &state("test_reason_is_there_when_skipped"));
}

#[test]
fn what_a_comment_or_a_helper_says_of_an_end_is_meant() {
    let ends = |end: &str| test(&format!("f()\n{end}\nassert g()"));
    breaks("unreachable-assertion", 4, &ends("return"));
    keeps("unreachable-assertion", &ends("return  # until the clock is mended"));
    keeps("unreachable-assertion", &ends("# Waits for the new clock.\n    return"));
    // A helper that only fails asserts nothing that may be missed.
    let tried = test("try:\n    send(1)\nexcept Exception:\n    report('not sent')");
    let report = |body: &str| format!("def report(text):\n    print(text)\n    {body}\n{tried}");
    breaks("uncertain-assertion", 8, &report("assert text == f()"));
    keeps("uncertain-assertion", &report("assert False"));
    let allowed = |comment: &str| {
        test(&format!("try:\n    draw(1)\n    # {comment}\nexcept TypeError as error:\n    assert f(error)"))
    };
    breaks("uncertain-assertion", 6, &allowed("It has two axes."));
    keeps("uncertain-assertion", &allowed("It should be drawn without crashing."));
    // A loop may have no turn, and then it is the assertion that raises.
    let raising =
        |act: &str| test(&format!("with pytest.raises(ValueError):\n    {act}\n    assert value.sum is not None"));
    breaks("unreachable-assertion", 4, &raising("value.add(1)"));
    keeps("unreachable-assertion", &raising("for row in value:\n        value.add(row)"));
}

#[test]
fn what_is_said_to_be_left_out_or_seen_otherwise_is_missed_by_nobody() {
    breaks("unreachable-assertion", 4, &test("print('The page is there')\nreturn\nassert g()"));
    keeps("unreachable-assertion", &test("print('Skipping: the page is gone')\nreturn\nassert g()"));
    let handler =
        |last: &str| test(&format!("def handler(request):\n    assert request.name == 'total'\nf(1)\nassert {last}"));
    breaks("unreachable-assertion", 3, &handler("value.name == 'sum'"));
    keeps("unreachable-assertion", &handler("value.name == 'total'"));
    let tried = "try:\n    send(1)\nexcept OSError as error:\n    assert str(error) == 'a'\n";
    breaks("uncertain-assertion", 5, &test(tried));
    keeps("uncertain-assertion", &test(&format!("\"\"\"It doesn't crash.\"\"\"\n{tried}")));
    // A function of the test has noted how far the code came.
    let noted = |last: &str| {
        test(&format!("calls = []\ndef send_it(row):\n    calls.append(row)\nplug(send_it)\n{tried}{last}"))
    };
    breaks("uncertain-assertion", 9, &noted("g(calls)"));
    keeps("uncertain-assertion", &noted("assert calls == [1]"));
    keeps("uncertain-assertion", &test(&tried.replace("send(1)", "compile('1 +', 'a', 'exec')")));
    // A comment above what is asked for.
    let asked =
        |comment: &str| test(&format!("f(1)\n{comment}\nrow = find(1)\nif row is not None:\n    assert row.sum == 1"));
    breaks("uncertain-assertion", 6, &asked("# The first row."));
    keeps("uncertain-assertion", &asked("# If there happens to be a row, it is the sum."));
    // What another test asks for under the same key.
    let key = |other: &str| {
        let one = test("rules = build(1)\nrule = rules.get('gate', '')\nif rule:\n    assert rule.startswith('MUST')");
        format!("{one}def test_b():\n    rules = build(2)\n    assert {other}\n")
    };
    breaks("uncertain-assertion", 5, &key("'door' in rules"));
    keeps("uncertain-assertion", &key("'gate' in rules"));
}
