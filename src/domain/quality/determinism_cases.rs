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
    ] {
        keeps("random-uuid", &source(body));
    }
    for body in [
        "given = uuid.uuid4()\ngot = f(given)\nassert got.id == given",
        "given = uuid.uuid4()\nrow = {'id': str(given)}\nassert f(value) == [row]",
        "given = uuid.uuid4()\nself.assertEqual(f(value), str(given))",
        "assert f(uuid.uuid4())",
    ] {
        breaks("random-uuid", 4, &source(body));
    }
    let verified = "given = str(uuid.uuid4())\ndef verify(wanted):\n    assert f() == wanted\nverify(given)";
    breaks("random-uuid", 4, &source(verified));
}

#[test]
fn a_time_that_only_fills_a_field_decides_nothing() {
    for body in [
        "Article.create(published=datetime.now())\nassert f()",
        "now = datetime.now()\nArticle.create(published=now)\nclient.post({'at': now})\nassert f()",
        "rows = Range('at', datetime.now())\nassert len(f(rows)) == 0",
        "value.started = time.monotonic()\nvalue.end()\nassert value.signal == 9",
        "now = time.time()\nvalue.stamp = now\nvalue.now = now + 1\nassert f(value)",
        "self.assertRaises(ValueError, f, datetime.now())",
    ] {
        keeps("real-clock", &source(body));
    }
    for body in [
        "Article.create(published=datetime.now() - timedelta(1))\nassert f()",
        "now = datetime.now()\nArticle.create(published=now)\nassert f() == now",
        "now = datetime.now()\nArticle.create(published=now)\nclient.post({'at': now + timedelta(1)})\nassert f()",
        "got = f(datetime.now())\nassert got",
        "value.started = time.monotonic()\nassert value.started == f()",
        "start = time.time()\nf()\nassert time.time() - start < 1",
    ] {
        breaks("real-clock", 4, &source(body));
    }
}

#[test]
fn a_time_may_be_one_of_two_bounds() {
    let bounds = "before = time.time()\nrow = f()\nafter = time.time()\nself.assertGreaterEqual(row.at, before)\nself.assertLessEqual(row.at, after)";
    keeps("real-clock", &source(bounds));
    let sums = "before = time.time()\nrow = f()\nafter = time.time()\nassert before + 5 <= row.at <= after + 5";
    keeps("real-clock", &source(sums));
    breaks("real-clock", 4, &source(&bounds.replace("self.assertLessEqual(row.at, after)", "g(after)")));
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
    ] {
        keeps("unseeded-random", &source(body));
    }
    for body in [
        "data = [random.random() for _ in value]\nassert f(data) == data",
        "data = make(random.random())\nassert data.shape == (1,)\nassert data == f()",
        "data = [random.random()]\nwith pytest.raises(ValueError):\n    f(data)\nassert g(data)",
        "answer = client.post(body=random.randbytes(9))\nassert answer.status == 400",
    ] {
        breaks("unseeded-random", 4, &source(body));
    }
    breaks("unseeded-random", 5, &source("for n in range(9):\n    data = [random.random()]\n    assert f(data)"));
}

#[test]
fn a_pause_that_is_cut_short_is_not_waited_out() {
    keeps("real-sleep", &source("with cancelled():\n    time.sleep(9)\n    pytest.fail('not reached')\nassert f()"));
    keeps("real-sleep", &source("with move_on_after(1) as scope:\n    time.sleep(9)\nassert scope.cancelled"));
    keeps("real-sleep", &source("import gevent\ngevent.sleep()\nassert f()"));
    breaks("real-sleep", 5, &source("with cancelled():\n    time.sleep(9)\n    f()\nassert g()"));
}

#[test]
fn a_decorator_may_replace_the_clock() {
    keeps(
        "real-clock",
        &format!("{IMPORTS}@replace('datetime.datetime', fixed)\n{}", test("assert f(datetime.now())")),
    );
    breaks("real-clock", 5, &format!("{IMPORTS}@replaces('size', 4)\n{}", test("assert f(datetime.now())")));
}
