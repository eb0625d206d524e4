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
        "first, second = uuid.uuid4(), uuid.uuid4()\nassert sorted(f(value)) == sorted([first, second])",
        "given = str(uuid.uuid4())\nself.assertEqual(f(value), given[:8])",
        "given = str(uuid.uuid4())\nrow = load()\nrow['a'] = given\nassert row['a'] == given",
    ] {
        keeps("random-uuid", &source(body));
    }
    for body in
        ["given = uuid.uuid4()\ngot = f(given)\nassert got.id > given", "given = uuid.uuid4()\nassert given < value.id"]
    {
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
        "now = time.time()\nassert now - 0.5 <= f() <= now + 0.5",
        "now = time.time()\nself.assertAlmostEqual(f().made, now, delta=0.9)",
        "got = f()\nself.assertTrue(abs(time.time() - got.made) < 0.9)",
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
        "start = time.time()\nf()\nassert time.time() - start < 0.5",
        "limit = 0.9\nstart = time.time()\nf()\ntook = time.time() - start\nself.assertLess(took, limit)",
        "start = time.time()\nf()\nself.assertEqual(True, time.time() - start < 0.9)",
        "start = datetime.now()\nf()\nassert datetime.now() - start < timedelta(seconds=0.9)",
        "start = time.time()\nf()\nassert 0.1 <= (time.time() - start) * 2 <= 0.3",
        "start = time.time()\nf()\nassert_elapsed_between(start, 8, 40)",
    ] {
        breaks("real-clock", if body.starts_with("limit") { 5 } else { 4 }, &source(body));
    }
    for body in [
        "start = time.time()\nf()\nassert time.time() - start < value.limit",
        "now = str(time.time())\nvalue.write(now)\nself.assertEqual(f(), now)",
        "start = time.time()\nf()\nself.assertEqual(True, time.time() - start > 1)",
        "start = time.time()\nf()\nassert time.time() - start >= 1",
        "start = time.time()\nf()\nassert time.time() - start < 1",
        "now = int(time.time())\nassert now - 1 <= f() <= now + 1",
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
    let narrow = sums.replace("+ 2", "+ 0.1").replace("after + 0.1", "before + 0.1");
    breaks("real-clock", 4, &source(&narrow));
}

#[test]
fn where_the_system_stands_is_no_setting() {
    let read = |name: &str| format!("import os\n{}", test(&format!("assert run(os.environ[\"{name}\"])")));
    keeps("ambient-environment", &read("SystemRoot"));
    breaks("ambient-environment", 3, &read("HOME"));
}

#[test]
fn a_draw_is_told_where_it_may_miss_what_an_assertion_has_for_it() {
    for body in [
        // A fixed number, or a bound that is none of the generator's.
        "assert f(random.randint(1, 6)) == 4",
        "assert random.randint(1, 6) == 4",
        "roll = random.randint(1, 6)\nassert roll == 4",
        "roll = random.randint(1, 6)\nself.assertLess(roll, 5)",
        // A fraction.
        "data = random.random()\nassert data < 0.9",
        "data = random.random()\nassert f(data) < 0.9 and g()",
        "data = random.random()\nassert f(data) == pytest.approx(0.5, abs=0.4)",
        "data = random.random()\nself.assertAlmostEqual(f(data), 0.5, places=1)",
        "data = random.random()\nself.assertGreater(f(data), 0.1)",
        "limit = 0.1\ndata = random.random()\nassert f(data) < limit",
        "data = [random.gauss(0, 1) for _ in value]\nassert abs(mean(data)) < 0.2",
        // A margin that is wide.
        "data = random.random()\nassert_allclose(f(data), value, atol=0.1)",
        "data = random.random()\nself.assertAlmostEqual(f(data), 0, places=1)",
        "data = random.random()\nassert f(data) == pytest.approx(value.mean, abs=0.1)",
        // An order, or some of a collection, that the code is given.
        "random.shuffle(value)\nrows = value\nassert f(rows) == g(rows)",
        "rows = random.sample(value, 3)\nassert f(rows) == [1, 2, 3]",
        "at = random.choice(value)\ngot = f(at)\nself.assertEqual(got, g())",
        // What the test computes for itself.
        "data = random.random()\nvalue.put(data)\nassert value.double == pytest.approx(data * 2)",
        "data = random.random()\nassert_allclose(f(data), data * 3)",
        "data = random.random()\nwanted = data * 3\nassert_allclose(f(data), wanted, 0.1)",
        "data = random.random()\nself.assertAlmostEqual(f(data * 3), f(data))",
        "data = random.random()\nassert abs(f(data) - data * 3) < 0.01",
    ] {
        let line = if body.starts_with("limit") { 5 } else { 4 };
        breaks("unseeded-random", line, &source(body));
    }
    breaks(
        "unseeded-random",
        5,
        &source("for n in range(9):\n    data = random.uniform(1, n)\n    assert_near(f(data), data / 2)"),
    );
}

#[test]
fn a_draw_that_every_other_could_stand_for_decides_nothing() {
    for body in [
        // There and back.
        "data = [random.random() for _ in value]\nassert f(data) == data",
        "body = random.randbytes(9)\nclient.put(body)\nself.assertEqual(client.get(), body)",
        "data = random.random()\ndata = data * 255\nassert_allclose(f(data), data)",
        "data = random.random() * 255\nself.assertAlmostEqual(f(data), data)",
        "data = random.random()\ndata *= 255\nassert_allclose(f(data), data)",
        "data = random.random()\nassert abs(f(data) - data) < 0.01",
        "row = random.randint(1, 99)\nself.db.get.return_value = row\nassert f() == {'row': row}",
        "value['row'] = random.random()\nassert value == f()",
        "data = random.random()\nrow = data * 2\nvalue.put(row)\nassert_allclose(value.row, row)",
        // Two results of the same.
        "data = random.random()\nleft = f(data)\nright = g(data)\nassert left == right",
        "random.shuffle(value)\nrows = value\nassert f(rows) == rows",
        "name = random.choice(value)\nassert User(name).name == name",
        "name = random.choice(value)\nuser = User(name)\nassert user.size == 3",
        "some, more = random.randint(1, 9), random.randint(1, 9)\nassert f(some, more) == some + more",
        // What all draws keep to.
        "roll = random.randint(1, 6)\nassert 1 <= roll <= 6",
        "assert 0.5 <= random.uniform(0.5, 1.5)",
        "data = random.random()\nassert f(data) <= 1 and f(data) > 0.0",
        "data = random.random()\nself.assertGreaterEqual(f(data), 0)",
        "data = random.random()\nassert f(data) < 362",
        "data = random.random()\nassert f(data) < 1e10",
        "data = random.random()\nassert mean(f(data) == 1) < 0.5",
        "data = random.random()\nassert_allclose(f(data), value, atol=0.00001)",
        "data = random.random()\nself.assertAlmostEqual(sum(f(data)), 1.0)",
        // Filler: an object, a shape, a size, an order, what is written out.
        "first, other = Layer(random.random()), Layer(random.random())\nassert f(first, other) == [other, first]",
        "data = random.random()\nfirst, other = Layer(data), Layer(data * 2)\nrows = [first, other]\nassert_allclose(f(rows), [other, first])",
        "data = random.random()\nrow = make(data)\nclient.put(data)\nrows = [row * 2]\nassert_allclose(client.rows, rows)",
        "data = random.random()\nassert f(data) == data * 3",
        "data = random.random()\nassert f(data) == 'x'",
        "data = random.random()\nassert f(data) == 3",
        "assert f(random.randbytes(9)) == 3",
        "data = random.random()\nassert f(data)",
        "data = random.random()\nassert len(f(data)) == len(data)",
        "data = [random.random() * 2 for _ in value]\nassert f(data).rate < 0.5",
        "at = random.randint(1, 9)\nassert value[at] == rows[at]",
        "data = random.random()\nassert f(data) != data * 3",
        "data = random.random()\nassert not f(data) == data * 3",
        "data = random.random()\nf(data)\ndata = 3\nassert g(data) < 0.5",
        "data = random.random()\nfor at, row in enumerate(f(data)):\n    assert_allclose(value[at], at, atol=0.1)",
        "name = f'file-{random.random()}'\nassert f(name) == name + value",
        "user = User(age=random.randint(1, 9))\nassert user.name == f()",
        "data = [random.random()]\nwith pytest.raises(ValueError):\n    f(data)\nassert g()",
    ] {
        keeps("unseeded-random", &source(body));
    }
    let called = "row = random.randint(1, 99)\nf(row)\nclient.put.assert_called_with(row, 3)";
    keeps("unseeded-random", &source(called));
    let given = "import random\n@given(integers())\ndef test_sum(number):\n    assert f(random.random()) < 0.5\n";
    keeps("unseeded-random", given);
    breaks("unseeded-random", 4, &given.replace("@given(integers())", "@pytest.mark.slow"));
    let array = |check: &str| format!("import numpy as np\n{}", test(check));
    keeps("unseeded-random", &array("assert f(np.random.random((4, 2))) == 3"));
    keeps("unseeded-random", &array("data = np.random.rand(9).astype(int)\nassert_allclose(f(data), data + 1)"));
    breaks("unseeded-random", 3, &array("data = np.random.rand(9)\nassert_allclose(f(data), data + 1)"));
    let seeded = "class TestCart(unittest.TestCase):\n    def __init__(self, name):\n        random.seed(4)\n\n    def test_sum(self):\n        assert f(random.random()) < 0.5\n";
    keeps("unseeded-random", &format!("import random, unittest\n{seeded}"));
    breaks("unseeded-random", 7, &format!("import random, unittest\n{}", seeded.replace("random.seed", "print")));
}

#[test]
fn a_pause_that_is_cut_short_is_not_waited_out() {
    keeps("real-sleep", &source("with cancelled():\n    time.sleep(9)\n    pytest.fail('not reached')\nassert f()"));
    keeps("real-sleep", &source("with move_on_after(1) as scope:\n    time.sleep(9)\nassert scope.cancelled"));
    keeps("real-sleep", &source("try:\n    time.sleep(9)\nexcept KeyboardInterrupt:\n    value.stop()\nassert f()"));
    keeps("real-sleep", &source("with VirtualClock().patch_loop():\n    time.sleep(9)\nassert f()"));
    keeps("real-sleep", &format!("import async_solipsism\n{}", source("time.sleep(9)\nassert f()")));
    keeps("real-sleep", &source("import gevent\ngevent.sleep()\nassert f()"));
    keeps("real-sleep", &source("with alarm_timeout(1):\n    time.sleep(0.01)\n    ran = True\nassert f(ran)"));
    keeps("real-sleep", &source("time.sleep(0.01)\nassert f()"));
    let timed = |decorator: &str| format!("import time\n{decorator}\n{}", test("time.sleep(1)\nassert f()"));
    keeps("real-sleep", &timed("@unittest.timeout(0.1)"));
    breaks("real-sleep", 4, &timed("@pytest.mark.timeout(60)"));
    breaks("real-sleep", 4, &source("time.sleep(0.02)\nassert f()"));
    breaks("real-sleep", 5, &source("try:\n    time.sleep(9)\nfinally:\n    value.stop()\nassert f()"));
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
fn other_doubles_than_mocks_stop_the_clock_or_seed_as_well() {
    breaks("real-clock", 4, &source("assert f() == time.time()"));
    keeps("real-clock", &source("when2(time.time).thenReturn(3)\nassert f() == time.time()"));
    keeps("unseeded-random", &source("with NumpyRNGContext(3):\n    assert f(random.random()) < 0.5"));
}

#[test]
fn a_decorator_may_replace_the_clock() {
    keeps(
        "real-clock",
        &format!("{IMPORTS}@replace('datetime.datetime', fixed)\n{}", test("assert f() == datetime.now()")),
    );
    breaks("real-clock", 5, &format!("{IMPORTS}@replaces('size', 4)\n{}", test("assert f() == datetime.now()")));
}
