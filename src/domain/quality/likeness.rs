//! Tests: code that looks as if it broke a rule of assertions or phases, and what tells it apart.

use super::cases::{breaks, keeps, test};

const MOCKS: &str = "from unittest.mock import Mock, MagicMock, patch\nfrom unittest import mock\n";

#[test]
fn an_assertion_that_is_noted_or_expected_to_fail_is_not_empty() {
    for body in [
        "mock = Mock()\nwith pytest.raises(AttributeError):\n    mock.called_once()",
        "mock = Mock(spec=Caller)\nmock.called_once()",
        "failed = 0\ntry:\n    assert f()\nexcept AssertionError:\n    failed += 1\nif failed:\n    raise AssertionError",
        "try:\n    f()\n    assert False\nexcept Exception:\n    page = render()\nassert 'error' in page",
        "try:\n    assert f() == 1\nexcept ValueError:\n    assert True",
    ] {
        keeps("empty-assertion", &format!("{MOCKS}{}", test(body)));
    }
    breaks("empty-assertion", 5, &format!("{MOCKS}{}", test("mock = Mock()\nmock.is_not_called()")));
}

#[test]
fn what_only_prepares_looks_or_cleans_is_no_act() {
    for body in [
        // What tells a type checker what there is, and what makes sure of what was made.
        "rows = load_all()\nassert isinstance(rows, list)\na = rows[0].run()\nassert a.x\nb = rows[1].run()\nassert b.x",
        "cart = Cart()\nassert cart.total == 0\ncart.add(1)\nassert cart.total == 1\ncart.drop(1)\nassert cart.total == 0",
        "assert not value\na = make(1)\nassert a.x\nb = make(2)\nassert b.x",
        // Queries after something was done, and what gives an outcome another form.
        "make(1)\nrows = Row.objects.values_list('a')\nassert rows\nold = Row.objects.exclude(a=1).order_by('a')\nassert old\nlast = Row.objects.last()\nassert last",
        "assert client.put(1)\nrows = client.list_rows()\nassert rows\nassert client.put(2)\nrows = client.list_rows()\nassert rows\nmore = client.get_row()\nassert more",
        "a = client.fetch(1)\nassert a.code\nb = client.fetch(2)\nassert b.code\nuser = json_decode(b.body)\nassert user",
        // What waits, what sees to the end, and what empties a record.
        "make(1)\nwait_for_rows(value)\nstop(1)\nself.wait_rows(value)\nassert f()",
        "a = make(1)\nassert a\nself.addCleanup(a.drop)\nassert a.x\nmocker.stopall()\nassert a.y\nb = make(2)\nassert b",
        "make(1)\nassert value.x\nself.receiver.clear()\nassert value.y\nmake(2)\nassert value.z",
        // Each block is a test of its own, and what is taken out of an outcome is that outcome.
        "with self.subTest():\n    assert make(1)\nwith self.subTest():\n    a = make(2)\n    assert a\nwith self.subTest():\n    b = make(3)\n    assert b",
        "graph = client.make(1)\nassert graph.x\na = graph[Key(1)]\nassert a.x\nb = graph[Key(2)]\nassert b.x",
        "app.build()\na = get_content(value, 1)\nassert a\nb = get_content(value, 2)\nassert b\nc = get_content(value, 3)\nassert c",
        "a = make(1)\nassert a.x\nb = grid.getSize(2)\nassert b\nc = grid.getShape(3)\nassert c\nd = readAll(4)\nassert d",
        // What the test reads of the outcome of one act, and the routine that gives the expected value.
        "a = call(1)\nassert a.x\nb = store.raw(1)\nassert b\nb = store.raw(2)\nassert b\nb = store.raw(3)\nassert b\nb = store.raw(4)\nassert b",
        "open_page(1)\na = page.box(1)\nassert a\na = page.box(2)\nassert a\na = page.box(3)\nassert a\na = page.box(4)\nassert a",
        "a = estimate(1)\nassert a.x\nb = routine(1)\nassert a == b\na = estimate(2)\nassert a.x\nb = routine(2)\nassert a == b\na = estimate(3)\nassert a.x\nb = routine(3)\nassert a == b",
        "a = add(1)\na = stored(a)\nassert a.x\nb = post(1)\nassert b\na = stored(a)\nassert a\nb = post(2)\nassert b\na = stored(a)\nassert a\nb = post(3)\nassert b\na = stored(a)\nassert a",
        "a = call(1)\nassert a\nos.mkdir(a.x)\nassert a.y\nwith tarfile.open(a) as file:\n    file.unpack(1)\nassert a.z\nos.rmdir(a.x)\nassert a",
        // What is done is brought to where it is read.
        "add(1)\nassert value.x\nsession.flush()\nassert value.y\nadd(2)\nassert value.z\nsession.commit()\nassert value",
        // What is made sure of before the first act.
        "user = create_user(1)\nassert user.x\nchange(user)\nassert value.y\ndrop(user)\nassert value.z\ndrop(user)\nassert user",
        "add(1)\nassert value.x\nchange(1)\nassert value.y\ndrop(1)\nassert value.z\ndrop(2)\nassert value",
        "with subtests.test():\n    a = make(1)\n    assert a\nwith subtests.test('b'):\n    b = make(2)\n    assert b\nc = make(3)\nassert c\nd = make(4)\nassert d",
        // What a helper gives is used, whatever it makes sure of.
        "a = client.verify(1)\nb = client.verify(2)\nc = client.verify(3)\nassert a + b + c",
        "a = make(1)\nexp1, exp2 = reference(1)\nassert a == exp1\nsol = reference(2)\nassert a.x == sol\nb = make(2)\nassert b",
    ] {
        let body = format!("{body}\nmade = make(9)\nassert made.size");
        keeps("several-acts", &format!("import os, tarfile\ndef verify(x):\n    assert x\n{}", test(&body)));
    }
    for (line, body) in [
        (
            4,
            "user = User(1)\nassert user.x\nchange(user)\nassert value.y\ndrop(user)\nassert value.z\nuser = User(2)\nassert user.x\nchange(user)\nassert user.y",
        ),
        (4, "a = Row(1)\nassert a.x\nb = Row(2)\nassert b.x\nc = Row(3)\nassert c.x\nd = Row(4)\nassert d.x"),
        (
            6,
            "assert not value.rows\nmake(1)\nmake(2)\nassert value.rows\nmake(3)\nrows = f(1)\nassert rows\nmake(4)\nrows = f(2)\nassert rows",
        ),
        (5, "make(1)\nrows = list_rows()\nassert rows\nmake(2)\nassert list_rows()\nmake(3)\nassert list_rows()"),
        (4, "a = make(1)\nassert a is not None\nb = make(2)\nassert b is not None\nc = make(3)\nassert c is not None"),
        (5, "a = make(1)\nassert a.x\nb = 3\na = make(a.x)\nassert a.x\na = make(a.x)\nassert a.x"),
    ] {
        breaks("several-acts", line, &test(&format!("{body}\nmade = make(9)\nassert made.size")));
    }
}

#[test]
fn what_can_not_raise_the_error_does_not_crowd_it() {
    for body in [
        "with pytest.raises(ValueError):\n    name = str(uuid.uuid4())\n    made.send(name)",
        "with pytest.raises(ValueError):\n    out = bytearray(16)\n    made.send(out)",
        "with pytest.raises(ValueError):\n    rows = desk.get_rows()[0]\n    made.send(rows)",
        "with pytest.raises(ValueError):\n    monkeypatch.setenv('A', '1')\n    made.send()",
        "with pytest.raises(ValueError), opened(value) as file:\n    file.write('x')\n    file.flush_all()",
    ] {
        keeps("crowded-raises", &test(body));
    }
    let made = |error: &str| {
        format!(
            "import os\n{}",
            test(&format!("with pytest.raises({error}):\n    os.mkdir(value)\n    made.send(value)"))
        )
    };
    keeps("crowded-raises", &made("ValueError"));
    breaks("crowded-raises", 3, &made("OSError"));
    breaks(
        "crowded-raises",
        2,
        &test("with opened(value) as file, pytest.raises(ValueError):\n    a = made()\n    a.send()"),
    );
}
