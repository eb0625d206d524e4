//! Tests: values that differ from run to run and decide nothing, beside those that do.

use super::cases::{breaks, keeps, test};

const IMPORTS: &str = "import random, time, uuid\nfrom datetime import datetime, timedelta\n";

fn source(body: &str) -> String {
    format!("{IMPORTS}{}", test(body))
}

#[test]
fn a_uuid_that_nothing_is_compared_with_is_a_mere_identifier() {
    for body in [
        "task = str(uuid.uuid4())\nassert f(value, task=task) == 2",
        "code = uuid.uuid4().hex\ndata = {'code': code}\nanswer = client.post(data)\nassert answer.ok",
        "client.insert([{'id': uuid.uuid4()} for _ in value])\nassert f()",
        "assert f(uuid.uuid4())",
        "task_id = str(uuid.uuid4())\nassert f(task_id) == task_id",
        "given = uuid.uuid4()\nf(given)\nassert given not in value",
        "given = uuid.uuid4()\ngot = f(given)\nassert got.id == given",
        "given = uuid.uuid4()\nself.assertEqual(f(value), str(given))",
        "given = str(uuid.uuid4())\nrow = load()\nrow['a'] = given\nassert row['a'] == given",
    ] {
        keeps("random-uuid", &source(body));
    }
    for body in [
        "given = uuid.uuid4()\ngot = f(given)\nassert got.id > given",
        "given = str(uuid.uuid4())\nself.assertEqual(f(value), given[:8])",
        "first, second = uuid.uuid4(), uuid.uuid4()\nassert f(value) == sorted([first, second])",
    ] {
        breaks("random-uuid", 4, &source(body));
    }
}

#[test]
fn a_time_that_the_code_is_given_decides_nothing_for_certain() {
    for body in [
        "Article.create(published=datetime.now() - timedelta(1))\nassert f()",
        "now = datetime.now()\nArticle.create(published=now)\nassert f() == now",
        "now = datetime.now()\nvalue.now = now\nassert value.end == now",
        "now = datetime.now()\nassert f(now, leeway=5) == now",
        "now = time.time()\ncall = lambda: f(now)\nassert call() == now",
        "rows = {datetime.now(): 1}\nassert f(rows)",
        "self.assertRaises(ValueError, f, datetime.now())",
        "value.started = time.monotonic()\nassert value.started == f()",
    ] {
        keeps("real-clock", &source(body));
    }
}

#[test]
fn what_the_code_makes_of_the_time_itself_is_compared_with_the_clock() {
    for body in [
        "assert f() == str(datetime.now().date())",
        "day = datetime.now().strftime('%Y-%m-%d')\nassert f().name == f'report-{day}.csv'",
        "day = datetime.now().date()\nwanted = {'made': day, 'by': value}\nself.assertEqual(f(), wanted)",
        "day = datetime.now().isoformat()\nself.assertIn(day, f())",
        "now = int(time.time())\nassert now - 1 <= f() <= now + 1",
        "now = time.time()\nself.assertAlmostEqual(f().made, now, delta=2)",
        "got = f()\nself.assertTrue(abs(time.time() - got.made) < 2)",
    ] {
        breaks("real-clock", if body.starts_with("got") { 5 } else { 4 }, &source(body));
    }
    for body in [
        "assert f() == datetime.now().year",
        "assert f() == time.time() // 60",
        "assert f() == datetime.now().strftime('(c) %Y')",
        "now = datetime.now()\nassert now.utctimetuple() == now.timetuple()",
        "now = time.time()\nself.assertAlmostEqual(f().made, now, delta=600)",
        "made = f()\nassert datetime.now() - made < timedelta(days=1)",
        "assert f() != datetime.now()",
        "made = f()\nassert made.at in (datetime.now(), None)",
    ] {
        keeps("real-clock", &source(body));
    }
}

#[test]
fn what_may_take_only_so_long_depends_on_the_machine() {
    for body in [
        "start = time.time()\nf()\nassert time.time() - start < 1",
        "start = time.time()\nf()\ntook = time.time() - start\nself.assertLess(took, value.limit)",
        "start = time.time()\nf()\nassert 0.1 <= (time.time() - start) * 2 <= 0.3",
        "start = time.time()\nf()\nassert_elapsed_between(start, 8, 40)",
    ] {
        breaks("real-clock", 4, &source(body));
    }
    for body in [
        "start = time.time()\nf()\nassert time.time() - start >= 1",
        "start = time.time()\nf()\nassert time.time() - start < 60",
        "before = datetime.now() - timedelta(seconds=1)\nmade = f()\nassert before < made.at",
    ] {
        keeps("real-clock", &source(body));
    }
}

#[test]
fn a_time_may_be_one_of_two_bounds() {
    let bounds = "before = time.time()\nrow = f()\nafter = time.time()\nself.assertGreaterEqual(row.at, before)\nself.assertLessEqual(row.at, after)";
    keeps("real-clock", &source(bounds));
    let sums = "before = time.time()\nrow = f()\nafter = time.time()\nassert before + 2 <= row.at <= after + 2";
    keeps("real-clock", &source(sums));
    breaks("real-clock", 4, &source(&sums.replace("after + 2", "before + 2")));
}

#[test]
fn where_the_system_stands_is_no_setting() {
    let read = |name: &str| format!("import os\n{}", test(&format!("assert run(os.environ[\"{name}\"])")));
    keeps("ambient-environment", &read("SystemRoot"));
    breaks("ambient-environment", 3, &read("HOME"));
}

#[test]
fn random_data_decide_something_where_their_values_are_asserted() {
    for body in [
        "lock = Lock(str(random.random()))\nassert lock.free",
        "data = [random.random() for _ in value]\nwith pytest.raises(ValueError):\n    f(data)\nassert g()",
        "data = [random.random()]\nrows = make(data)\npytest.raises(ValueError, lambda: rows.roll(1.5))",
        "data = make(random.random())\nsome = data[:2]\nassert some.flags.own\nassert len(data) == 2",
        "for n in range(9):\n    data = [random.random()]\n    client.add(n, data)\nassert client.info()['size'] == 9",
        "name = f'file-{random.random()}'\nassert f(name) == value",
        "one = f(random.random())\nassert one != value",
        "one = f(random.random())\nself.assertIsNotNone(one)",
        "user = User(age=random.randint(1, 9))\nassert user.name == f()",
        "client.plot(random.random())\nassert client.size == f()",
        "answer = client.post(body=random.randbytes(9))\nassert answer.status == 201",
        "answer = client.post(body=random.randbytes(9))\nself.assertEqual(answer.count, 1)",
        "data = random.random()\nf(data)\ndata = [1, 2]\nassert g(data)",
        "import os\nbox = Cipher(os.urandom(16))\nassert box.open() == b''",
    ] {
        keeps("unseeded-random", &source(body));
    }
    for body in [
        "data = [random.random() for _ in value]\nassert f(data) == data",
        "data = [random.random()]\nwith pytest.raises(ValueError):\n    f(data)\nassert g(data) == data",
        "body = random.randbytes(9)\nanswer = client.post(body=body)\nassert answer.body == body",
        "body = random.randbytes(9)\nclient.put(body)\nself.assertRowEqual(client.name, value.at, body)",
        "assert f(random.randint(1, 6)) == 4",
        "random.shuffle(value)\nrows = value\nassert f(rows) == g(rows)",
        "data = random.random()\nleft = f(data)\nright = g(data)\nassert left == right",
        "data = random.random()\nassert f(data) < 0.9 and g()",
        "data = random.random()\nassert f(data) == pytest.approx(0.5, abs=0.4)",
        "data = random.random()\nself.assertAlmostEqual(f(data), 0.5, places=1)",
        "data = random.random()\nself.assertGreater(f(data), 0.1)",
        "data = random.random()\nassert all(row == data for row in f())",
    ] {
        breaks("unseeded-random", 4, &source(body));
    }
    breaks(
        "unseeded-random",
        5,
        &source("for n in range(9):\n    data = [random.random()]\n    assert f(data) == data"),
    );
    breaks("unseeded-random", 5, &source("rows = make()\nrows[:3] = random.random()\nassert rows == f()"));
}

#[test]
fn a_draw_that_no_comparison_tells_from_another_decides_nothing() {
    for body in [
        "data = make(random.random())\nassert data.shape == (1,)\nassert data == f()",
        "data = random.random()\nassert f(data)",
        "assert stream(random.randbytes(9)).seekable()",
        "frame = random.random()\nview = f(frame)\nassert view.columns == value.columns",
        "frame = f(random.random())\nview = g(frame)\nassert view.names == frame.names",
        "data = random.random()\nassert len(f(data)) == len(data)",
        "data = random.random()\nassert f(data) == 'x'",
        "data = random.random()\nself.assertFalse(f(data) == data)",
        "data = random.random()\nself.assertNotEqual(f(data), g(data))",
        "data = random.random()\nassert not f(data) == g(data)",
        "at = random.randint(1, 9)\nassert value[at] == rows[at]",
        "data = random.random()\nassert f(data) <= 1 and f(data) > 0.0",
        "data = random.random()\nself.assertGreaterEqual(f(data), 0)",
        "value.row = random.random()\nassert value == f()",
        "value['row'] = random.random()\nassert value == f()",
        "rows[0].all[1] = random.random()\nassert rows == f()",
        "data = random.random()\ndata = f(data)\nassert data == [1]",
        "data = [(random.random(), at) for at in value]\nassert data[4][1] == 4",
        "rows[1] = random.random()\nassert rows[0] == f()",
        "grid = f(random.random())\nstart = grid.at(3)\nend = grid.at(4)\nassert start == end",
    ] {
        keeps("unseeded-random", &source(body));
    }
}

#[test]
fn a_draw_that_a_double_hands_back_decides_nothing() {
    let compared = |given: &str| source(&format!("row = random.randint(1, 99)\n{given}\nassert f() == {{'row': row}}"));
    breaks("unseeded-random", 4, &compared("client.put(row)"));
    keeps("unseeded-random", &compared("self.db.get.return_value = row"));
    keeps("unseeded-random", &compared("client.get = Double(return_value=row)"));
    keeps("unseeded-random", &compared("fake_client.put(row)"));
    keeps("unseeded-random", &compared("monkeypatch.setattr('shop.rows', row)"));
    let called = "row = random.randint(1, 99)\nf(row)\nclient.put.assert_called_with(row, 3)";
    keeps("unseeded-random", &source(called));
}

#[test]
fn a_pause_that_is_cut_short_is_not_waited_out() {
    keeps("real-sleep", &source("with cancelled():\n    time.sleep(9)\n    pytest.fail('not reached')\nassert f()"));
    keeps("real-sleep", &source("with move_on_after(1) as scope:\n    time.sleep(9)\nassert scope.cancelled"));
    keeps("real-sleep", &source("import gevent\ngevent.sleep()\nassert f()"));
    keeps("real-sleep", &source("with alarm_timeout(1):\n    time.sleep(0.01)\n    ran = True\nassert f(ran)"));
    keeps("real-sleep", &source("time.sleep(0.0000001)\nassert f()"));
    breaks("real-sleep", 4, &source("time.sleep(0.001)\nassert f()"));
    breaks("real-sleep", 5, &source("with cancelled():\n    time.sleep(9)\n    f()\nassert g()"));
}

#[test]
fn a_pause_that_no_assertion_relies_on_does_no_harm() {
    keeps("real-sleep", &source("assert f()\ntime.sleep(1)\nvalue.stop()"));
    keeps("real-sleep", &source("with value.span():\n    time.sleep(1)\nassert f()"));
    keeps("real-sleep", &source("time.sleep(1)\nassert f()").replace("total", "timer"));
    breaks("real-sleep", 5, &source("for n in value:\n    time.sleep(1)\n    assert f(n)"));
    keeps("real-sleep", &source("time.sleep(1)  # noqa: T1\nassert f()"));
    keeps("real-sleep", &source("with freeze_time('2026-01-01', tick=True):\n    time.sleep(1)\n    assert f()"));
    breaks("real-sleep", 4, &source("time.sleep(1)\nwith pytest.raises(KeyError):\n    f()"));
}

#[test]
fn a_test_that_wants_the_network_says_so() {
    let asks = format!("import requests\n{}", test("assert requests.get('https://api.shop.com/x').ok"));
    breaks("real-network", 3, &asks);
    keeps("real-network", &asks.replace("def test", "@pytest.mark.network\ndef test"));
    let refused = "with pytest.raises(OSError):\n    requests.get('https://api.shop.com/x')";
    keeps("real-network", &format!("import requests\n{}", test(refused)));
    let asks = "assert requests.get('https://api.shop.com/x').ok";
    for body in [
        format!("requires('network')\n{asks}"),
        format!("with internet():\n    {asks}"),
        format!("with Installed(app, host=HOST):\n    {asks}"),
        format!("http.client.HTTPConnection = fake(b'x')\n{asks}"),
    ] {
        keeps("real-network", &format!("import requests, http.client\n{}", test(&body)));
    }
    breaks("real-network", 4, &format!("import requests\n{}", test(&format!("cart.size = load('x')\n{asks}"))));
}

#[test]
fn that_an_answer_came_says_nothing_of_what_was_drawn() {
    let drawn = |check: &str| {
        format!("import random, numpy as np\n{}", test(&format!("rows = np.random.rand(3)\ngot = f(rows)\n{check}")))
    };
    breaks("unseeded-random", 3, &drawn("assert got == g(rows)"));
    keeps("unseeded-random", &drawn("assert got.ok"));
    keeps("unseeded-random", &drawn("self.assertEqual(got.parts, (2, 3))"));
    keeps("unseeded-random", &drawn("assert_equal(got, 0)"));
}

#[test]
fn other_doubles_than_mocks_stop_the_clock_or_seed_as_well() {
    breaks("real-clock", 4, &source("assert f() == time.time()"));
    keeps("real-clock", &source("when2(time.time).thenReturn(3)\nassert f() == time.time()"));
    keeps("unseeded-random", &source("with NumpyRNGContext(3):\n    assert f(random.random()) == g(random.random())"));
}

#[test]
fn a_decorator_may_replace_the_clock() {
    keeps(
        "real-clock",
        &format!("{IMPORTS}@replace('datetime.datetime', fixed)\n{}", test("assert f() == datetime.now()")),
    );
    breaks("real-clock", 5, &format!("{IMPORTS}@replaces('size', 4)\n{}", test("assert f() == datetime.now()")));
}
