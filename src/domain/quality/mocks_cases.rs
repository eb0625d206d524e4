//! Tests: mocks and patches with the code that goes on by them, parts that are replaced, and payloads that are written out twice.

use super::cases::{breaks, found, keeps, test};
use super::{About, ByRun, Code, Finding, Reached, check};
use crate::domain::python::Naming;
use std::sync::Arc;

/// The code under test.
const CODE: &str = "
import requests
from shop.rates import rate_of

class Sender:
    def __init__(self, client, log=None):
        self.client = client
        self.log = log or Log()
        self.kept = client.kept

    def send(self, order):
        self.log.info(order)
        return self.client.post(order)

    def send_all(self, orders):
        return self._send(orders)

    def _send(self, orders):
        return self.client.post_all(orders)

class Desk(Sender):
    def shut(self, order):
        return self.client.close(order)

class Pool:
    def __init__(self, client):
        self.client = client

    def take(self):
        return self.client.take()

    def reset(self):
        self.client = None

class Text:
    def lay_out(self, rows):
        return rows.get('a')

class Pond:
    def __init__(self, client):
        self.client = client

    def drain(self):
        if self.is_dry:
            return 0
        while self.client.more():
            pass
        return 1

def bill(order, rate=None, log=None):
    if log is not None:
        log.info(rate)
    return order.total * rate_of(rate)

def deliver(orders, sender):
    for order in orders:
        sender.send(order)
    return sender.count

def is_paid(order):
    if order.paid:
        return True
    return False

def note(order):
    if order.noted:
        order.note = 1
    return 3

def named(order):
    found = order.find(1)
    name = found.first + found.last
    return f'<{name}>'

def age(order, clock):
    return clock() - order

def keep(order, mailer):
    return [order, mailer.host]

def handed(order):
    return rate_of(order.total)

def there(order):
    return order.total is not None

def late(order, mailer):
    if order is None:
        return None
    return mailer.ready

def checked(order, client):
    if order is False:
        raise ValueError(order)
    return client.refund(order)

def caught(order, client):
    try:
        return client.repay(order)
    except ValueError:
        return None

def warmed(order):
    warm(order)
    return order.state

def first(order, client):
    warm(1)
    return client.lend(order)

def told(order):
    order.state = 1
    return order.state

def other(order, client):
    client = Client()
    return client.hold(order)

class Note:
    def __init__(self, text):
        self.text = text

class Memo(Note):
    def __init__(self, text, to):
        super().__init__(text)
        self.to = to

class Letter(Memo):
    def __init__(self, text):
        super().__init__(text, address(text))

def warm(order):
    return order

def remind(order, mailer):
    mailer.poke(order)

def sync(order, client):
    with client.session() as session:
        session.push(order)
    return order

def perhaps(order, client):
    order and client.maybe(order)
    return [client.each(one) for one in order]

def watched(order, logger):
    logger.debug(order)
    logger.metrics.count(order)

def gone(order, client):
    if order:
        return order
    client.leave(order)
    return 1

def passed(order, client):
    return gone(order, client)

def pooled(order, client):
    return Pond(client).drain()

@dataclass
class Wire:
    log: Log
    client: Client

    def flush(self):
        if self.log:
            self.client.spill()

def quick(order, client):
    if order: client.leap(order)
    return [client.each(one) for one in order]

def swapped(order, client):
    if order:
        client = Client()
    client.swap(order)

def rate(order):
    return requests.lookup(order) * 2

def price(order):
    found = requests.lookup(order)
    return found.price

def is_dear(order):
    if rate_of(order):
        return True
    return False

def tell(order):
    requests.tell(order)
    return order

def mine(requests):
    return requests.lookup(1) * 2

class Till:
    def total(self, order):
        return self.count(order) + 1

    def count(self, order):
        return order.count
";

/// What is found of mocks in tests of that code.
fn rules(body: &str) -> Vec<String> {
    [rules_of("bare-mock", body), rules_of("unspecified-patch", body)].concat()
}

/// What is found of one rule in tests of that code, by the source alone.
fn rules_of(rule: &str, body: &str) -> Vec<String> {
    let mut found = looked_at(rule, body);
    found.retain(|finding| finding.by_run == ByRun::Nothing || finding.by_run == ByRun::Settles);
    found.iter().map(|finding| format!("{}: {}", finding.rule.id, finding.what)).collect()
}

fn looked_at(rule: &str, body: &str) -> Vec<Finding> {
    let imports = "import sys\nfrom unittest.mock import Mock, MagicMock, patch\nfrom shop import mail\nimport pytest";
    let source = format!("{imports}\n{body}");
    let code = Arc::new(Code::read("shop.mail", "shop/mail.py", CODE));
    let codes = |name: &str| (name == "shop.mail").then(|| Arc::clone(&code));
    let naming = Naming::default();
    let about = About { codes: Some(&codes), ..About::alone(&naming) };
    check(&source, about).into_iter().filter(|finding| finding.rule.id == rule).collect()
}

/// The method and the line of the code that a bare mock is told for where a run went through that line.
fn reached(body: &str) -> Vec<String> {
    let lines = |finding: Finding| match finding.by_run {
        ByRun::Reaches(lines) => lines,
        _ => Vec::new(),
    };
    let stands = |reached: Reached| {
        let Reached { path, line, what } = reached;
        assert!(what.contains(&format!("in line {line} of {path}")), "{what}");
        CODE.lines().nth(line as usize - 1).map(|line| line.trim().to_owned())
    };
    looked_at("bare-mock", &test(body)).into_iter().flat_map(lines).filter_map(stands).collect()
}

/// Something is told, with the line of the code in which that text stands first.
fn told(body: &str, expect: &str, at: &str) {
    let line = 1 + CODE.lines().position(|line| line.contains(at)).unwrap();
    let expect = format!("{expect} in line {line} of shop/mail.py");
    let found = rules(&test(body));
    assert!(found.iter().any(|found| found.contains(&expect)), "{expect} is not among {found:?}\n{body}");
}

#[test]
fn a_mock_whose_answer_the_code_returns_says_what_it_is() {
    let bill = "order is a bare mock and handed to bill, which asks for its .total";
    told("order = Mock()\nassert mail.bill(order) == 1", bill, "order.total * ");
    let bare = "a bare mock is handed to bill, which asks for its .total";
    told("assert mail.bill(MagicMock()) == 1", bare, "order.total * ");
    told("got = mail.bill(MagicMock())\nassert got == 1", bare, "order.total * ");
    told("self.assertEqual(await mail.bill(MagicMock()), 1)", bare, "order.total * ");
    let send = "handed to Sender, which asks for its .post";
    told("sender = mail.Sender(Mock())\nassert sender.send(1)", send, "client.post(");
    told("assert mail.Sender(client=Mock()).send(1)", send, "client.post(");
    told("assert mail.age(1, Mock()) == 1", "goes on by its answer", "clock() -");
    told("assert mail.is_paid(Mock()) is True", "asks for its .paid", "order.paid");
    told("assert mail.named(Mock())", "asks for its .find", "order.find");
    // What would have been raised has not been: the test has got an answer.
    told("assert mail.checked(1, Mock()) == 1", "asks for its .refund", "client.refund");
    told("assert mail.first(1, Mock()) == 1", "asks for its .lend", "client.lend");
}

#[test]
fn what_only_keeps_what_it_is_given_does_not_raise() {
    let crowds = |made: &str| {
        let body = format!("with pytest.raises(ValueError):\n    made = {made}\n    made.send()");
        rules_of("crowded-raises", &test(&body))
    };
    assert_eq!(crowds("mail.Note(1)"), Vec::<String>::new());
    // So does what hands it to a base that does.
    assert_eq!(crowds("mail.Memo(1, 2)"), Vec::<String>::new());
    assert!(!crowds("mail.Letter(1)").is_empty());
    assert!(!crowds("mail.Sender(1)").is_empty());
}

#[test]
fn a_mock_whose_method_the_code_calls_has_a_specification_whoever_looks_at_the_answer() {
    let remind = "a bare mock is handed to remind, which asks for its .poke";
    told("mail.remind(1, Mock())\nassert value", remind, "mailer.poke");
    told("mailer = Mock()\nassert mail.remind(1, mailer) is None", "asks for its .poke", "mailer.poke");
    told("mail.sync(1, MagicMock())\nassert value", "asks for its .session", "client.session");
    told("got = mail.Sender(Mock()).send(1)\nassert value", "asks for its .post", "client.post(");
    for body in [
        // The test has a specification, says what it does, or looks at it.
        "mail.remind(1, Mock(spec=Mailer))\nassert value",
        "mailer = Mock()\nmail.remind(1, mailer)\nmailer.poke.assert_called_once_with(1)",
        // Something is to be refused: nobody can say how far the code comes.
        "with pytest.raises(ValueError):\n    mail.remind(1, Mock())",
        // Not surely called, and only told something.
        "mail.perhaps(1, Mock())\nassert value",
        "mail.watched(1, Mock())\nassert value",
    ] {
        assert_eq!(rules(&test(body)), Vec::<String>::new(), "{body}");
    }
    // Another test knows the method by its name.
    let pins = |name: &str| {
        let other =
            format!("mailer = Mock()\n    mail.remind(1, mailer)\n    mailer.{name}.assert_called_once_with(1)");
        format!("{}def test_b():\n    {other}\n", test("mail.remind(1, Mock())\nassert value"))
    };
    assert_eq!(rules(&pins("poke")), Vec::<String>::new());
    assert_eq!(rules(&pins("other")).len(), 1);
    // Another test hands over the real thing, or what is specified.
    let beside = |given: &str| {
        format!(
            "{}def test_b():\n    assert mail.remind(2, {given}) is None\n",
            test("mail.remind(1, Mock())\nassert value")
        )
    };
    assert_eq!(rules(&beside("Mailer()")), Vec::<String>::new());
    assert_eq!(rules(&beside("Mock(spec=Mailer)")), Vec::<String>::new());
    assert_eq!(rules(&beside("Mock()")).len(), 2);
    // What is given first, where a method is called on its class, is its own object.
    told("assert mail.Text().lay_out(Mock()) == 1", "asks for its .get", "rows.get");
    assert_eq!(rules(&test("assert mail.Text.lay_out(Mock(), {}) == 1")), Vec::<String>::new());
}

#[test]
fn a_mock_that_the_code_may_ask_is_told_where_a_run_came_there() {
    for (body, line) in [
        ("mail.perhaps(1, Mock())\nassert value", ""),
        ("assert mail.deliver([1], Mock())", "sender.send(order)"),
        ("sender = Mock()\nassert mail.deliver([1], sender)", "sender.send(order)"),
        ("assert mail.caught(value, Mock())", "return client.repay(order)"),
        ("assert mail.gone(value, Mock())", "client.leave(order)"),
        ("assert mail.Pond(Mock()).drain()", "while self.client.more():"),
        // Through what hands it on: a method, a base class, a function, the making of an object, a field.
        ("assert mail.Sender(Mock()).send_all([1])", "return self.client.post_all(orders)"),
        ("assert mail.Desk(Mock()).shut(1)", "return self.client.close(order)"),
        ("assert mail.passed(1, Mock())", "client.leave(order)"),
        ("assert mail.pooled(1, Mock())", "while self.client.more():"),
        ("assert mail.Wire(client=Mock()).flush()", "self.client.spill()"),
        ("assert mail.Wire(1, Mock()).flush()", "self.client.spill()"),
        ("assert mail.Wire(Mock(), 1).flush()", ""),
        // The object holds it by a name of which the test speaks.
        ("wire = mail.Wire(client=Mock())\nassert wire.flush()\nassert wire.client", ""),
        // What it is given may be refused in the very line that asks.
        ("with pytest.raises(ValueError):\n    mail.deliver([1], Mock())", ""),
        ("sender = mail.Sender(Mock())\nwith pytest.raises(ValueError):\n    sender.send_all([1])", ""),
        // Others say what it is, or which of two calls came there is not known.
        ("sender = Mock()\nassert mail.deliver([1], sender)\nassert sender.mock_calls", ""),
        ("mail.deliver([], value)\nassert mail.deliver([1], Mock())", ""),
        // On the line of a condition, behind one that it may be, or of another object.
        ("assert mail.quick(1, Mock())", ""),
        ("assert mail.swapped(1, Mock())", ""),
        ("mail.watched(1, Mock())\nassert value", ""),
    ] {
        let reached = reached(body);
        assert_eq!(reached.is_empty(), line.is_empty(), "{body}: {reached:?}");
        assert!(line.is_empty() || reached.iter().any(|reached| reached == line), "{body}: {reached:?}");
        assert_eq!(rules(&test(body)), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn a_fixture_may_give_a_bare_mock() {
    let body = test("assert mail.bill(order) == 1").replace("(value, client)", "(order)");
    let told = |fixture: &str, more: &str| {
        rules_of("bare-mock", &format!("@pytest.fixture\ndef order():\n    {fixture}\n{more}\n{body}")).len()
    };
    assert_eq!(told("return Mock()", ""), 1);
    assert_eq!(told("made = MagicMock()\n    return made", ""), 1);
    assert_eq!(told("return Mock(spec=Order)", ""), 0);
    assert_eq!(told("made = Mock()\n    made.total = 3\n    return made", ""), 0);
    assert_eq!(told("return Order()", ""), 0);
    assert_eq!(told("return Mock()", "@pytest.fixture(autouse=True)\ndef priced(order):\n    order.total = 3\n"), 0);
    assert_eq!(told("return Mock()", "@patch('shop.mail.warm')"), 0);
    let spoken = body.replace("== 1", "== order.total * 2");
    let all = format!("@pytest.fixture\ndef order():\n    return Mock()\n{spoken}");
    assert_eq!(rules_of("bare-mock", &all), Vec::<String>::new());
}

#[test]
fn a_mock_by_whose_answer_nothing_is_surely_returned_is_a_mere_filler() {
    for body in [
        "order = Mock(spec=Order)\nassert mail.bill(order)",
        "order = Mock(return_value=1)\nassert mail.bill(order)",
        "order = Mock()\norder.total = 1\nassert mail.bill(order)",
        "order = Mock()\nassert mail.bill(order)\norder.assert_called_once_with(1)",
        "order = Mock()\nassert mail.bill(order) == order",
        "order = Mock()\nprepare(order)\nassert mail.bill(order)",
        "order = Mock()\ngetattr(order, value).side_effect = 1\nassert mail.bill(order)",
        "make, order = Mock(), Mock()\nassert mail.bill(order)",
        // Nobody asserts on what is returned.
        "mail.bill(Mock())\nassert value",
        "got = mail.bill(Mock())\nassert value",
        // Something is to be refused.
        "with pytest.raises(ValueError):\n    assert mail.bill(Mock())",
        "try:\n    assert mail.bill(Mock())\nexcept ValueError:\n    assert value",
        "self.assertRaises(ValueError, mail.bill, 1)\nassert mail.bill(Mock())",
        "value.side_effect = OSError\nassert mail.bill(Mock())",
        // Kept, handed on, only told of, or it is only asked whether it is there.
        "assert mail.keep(1, Mock())",
        "assert mail.handed(Mock())",
        "assert mail.there(Mock())",
        "assert mail.bill(value, log=Mock())",
        "assert mail.note(Mock())",
        "assert mail.Sender(Mock())",
        // Not surely asked: behind a way out, a loop, an error, or in a function that is called there.
        "assert mail.late(value, Mock()) is None",
        "assert mail.deliver([1], Mock())",
        "assert mail.caught(value, Mock())",
        "assert mail.Sender(Mock()).send_all(1)",
        "assert mail.Desk(Mock()).shut(1)",
        "assert mail.Pool(Mock()).take()",
        // Others say what it is, or what is run is not what stands there.
        "assert mail.warmed(Mock())",
        "assert mail.told(Mock())",
        "assert mail.other(value, Mock())",
        "with patch('shop.mail.warm'):\n    assert mail.first(1, Mock())",
        "self.useFixture(fixtures.MockPatchObject(mail, 'warm'))\nassert mail.first(1, Mock())",
        "mail.warm = value\nassert mail.first(1, Mock())",
        "with patch('shop.mail.bill', f):\n    assert mail.bill(Mock()) == 1",
        // By another name of the test.
        "sender = mail.Sender(Mock())\nassert sender.send(1)\nsender.client.post.assert_called_once()",
        // Nothing is known of the code.
        "assert unknown.bill(Mock()) == 1",
    ] {
        assert_eq!(rules(&test(body)), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn a_patch_whose_answer_the_code_returns_says_what_stands_in() {
    let used = "its answer is used";
    told("with patch('shop.mail.rate_of'):\n    assert mail.is_dear(1)", used, "if rate_of(order)");
    told("with patch.object(mail, 'rate_of'):\n    assert mail.is_dear(1)", used, "if rate_of(order)");
    // Where the code goes on by it; by an imported module, in a method.
    told("with patch('shop.mail.requests.lookup'):\n    assert mail.price(1)", used, "found.price");
    told("with patch('shop.mail.requests'):\n    assert mail.rate(1)", "its .lookup is used", "order) * 2");
    told("with patch('shop.mail.requests.lookup'):\n    assert mail.rate(1)", used, "order) * 2");
    told("with patch('shop.mail.requests'):\n    assert mail.price(1)", "its .lookup is used", "found = requests");
    told("with patch.object(mail.Till, 'count'):\n    assert mail.Till().total(1)", used, "self.count(order) +");
    let till = "@pytest.fixture\ndef value():\n    yield mail.Till()\n";
    let fixed = rules(&format!(
        "{till}@patch.object(mail.Till, 'count')\n{}",
        test("assert value.total(1)").replace("value, client", "_, value")
    ));
    assert_eq!(fixed.len(), 1, "{fixed:?}");
    let class = "class TestTill:\n    def setUp(self):\n        self.till = mail.Till()\n";
    let inner = "with patch.object(mail.Till, 'count'):\n    assert self.till.total(1)";
    let held = rules(&format!(
        "{class}    {}",
        test(inner).replace("(value, client)", "(self)").trim_end().replace('\n', "\n    ")
    ));
    assert_eq!(held.len(), 1, "{held:?}");
    let decorated = |above: &str, body: &str| rules(&format!("{above}@patch('shop.mail.rate_of')\n{body}"));
    assert_eq!(decorated("", &test("assert mail.is_dear(1)")).len(), 1);
    assert_eq!(decorated("", &test("value.return_value = 1\nassert mail.is_dear(1)")).len(), 0);
    // What another decorator hands on as well, and what is taken all in one, can't be told apart.
    assert_eq!(decorated("@other.patch_display()\n", &test("assert mail.is_dear(1)")).len(), 0);
    assert_eq!(decorated("", "def test_a(*stubs):\n    assert mail.is_dear(1)\n").len(), 0);
    for body in [
        // Nobody takes its answer, or nobody asserts on what comes of it.
        "with patch('shop.mail.requests'):\n    assert mail.tell(1)",
        "with patch('shop.mail.requests'):\n    mail.rate(1)",
        "with patch('shop.mail.requests'):\n    assert value\nassert mail.rate(1)",
        "with patch('shop.mail.requests'):\n    assert mail.mine(value)",
        "with patch('shop.mail.requests', fake):\n    assert mail.rate(1)",
        "with patch('shop.mail.rate_of', return_value=1):\n    assert mail.is_dear(1)",
        "with patch('shop.mail.rate_of') as rate_of:\n    assert mail.is_dear(1)\n    rate_of.assert_called_once()",
        "with patch.object(mail, 'rate_of', autospec=True):\n    assert mail.is_dear(1)",
        "with patch.object(mail, 'rate_of'):\n    assert mail.is_dear(1)\n    mail.rate_of.assert_called_once()",
        "with patch('shop.mail.rate_of'):\n    with pytest.raises(ValueError):\n        assert mail.is_dear(1)",
        "with patch('shop.mail.sys.exit'):\n    assert mail.rate(1)",
        "patch('shop.mail.rate_of')\nassert mail.is_dear(1)",
        "with patch.dict(mail.settings, {'a': 1}):\n    assert mail.rate(1)",
        "with patch('shop.other.rate_of'):\n    assert mail.is_dear(1)",
    ] {
        assert_eq!(rules(&test(body)), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn a_part_that_another_test_leaves_in_place_is_looked_at_there() {
    let test = test("with patch('shop.mail.rate_of'):\n    assert mail.is_dear(1)");
    assert_eq!(rules(&test).len(), 1);
    let beside = |body: &str| format!("{test}def test_b():\n    {body}\n");
    assert_eq!(rules(&beside("assert mail.is_dear(2)")), Vec::<String>::new());
    assert_eq!(rules(&beside("assert mail.rate(2)")).len(), 1);
    assert_eq!(rules(&beside("with patch('shop.mail.rate_of'):\n        assert mail.is_dear(2)")).len(), 2);
}

#[test]
fn an_integration_test_replaces_few_parts() {
    let many = "@patch('a.b', x)\n@patch('a.c', x)\n@patch('a.d', x)\n@patch('a.e', x)\n@patch('a.g', x)\n@patch('a.h', x)\ndef test_total_is_kept():\n    assert f()\n";
    let over = |source: &str, is_integration| {
        found(source, "", is_integration).iter().any(|found| found.starts_with("over-mocking"))
    };
    assert!(over(many, true));
    assert!(!over(many, false));
    assert!(over(&format!("@pytest.mark.integration\n{many}"), false));
    assert!(!over(&many.replace("@patch('a.e', x)\n", ""), true));
    // One part is one part, however often it is replaced; patches of the class and of the fixture count.
    assert!(!over(&many.replace("a.e", "a.d"), true));
    let five = many.replace("@patch('a.e', x)\n", "");
    let set =
        "    monkeypatch.setattr(shop.mail, 'send', lambda: 1)\n    monkeypatch.setattr('a.b', Mock())\n    assert f()";
    let set = format!("import shop.mail\n{}", five.replace("    assert f()", set));
    assert!(over(&set, true));
    // Parts that are only replaced while something is set up, or of which a comment says why.
    let places = ["b", "c", "d", "e", "g", "h"].map(|name| format!("patch('a.{name}', x)")).join(", ");
    let during = |above: &str, behind: &str| {
        format!("def test_total_is_kept():\n    {above}with {places}:\n        shop = open_shop()\n    {behind}")
    };
    assert!(over(&during("", "assert shop.total == 1\n"), true));
    assert!(!over(&during("", "total = shop.count()\n    assert total == 1\n"), true));
    assert!(!over(&during("# Only the network is cut off.\n    ", "assert shop.total == 1\n"), true));
    assert!(!over(
        &format!("\"\"\"The shop, all parts mocked.\"\"\"\n{}", during("", "assert shop.total == 1\n")),
        true
    ));
    // What the test has made itself is no part of the project, nor is what the program is given.
    assert!(!over(&many.replace("a.e", "sys.argv"), true));
    assert!(!over(&set.replace("shop.mail,", "Own(),"), true));
    // Neither is a setting or a real object, nor the clock.
    assert!(!over(&set.replace("lambda: 1", "'smtp'"), true));
    assert!(!over(&set.replace("lambda: 1", "Sender()"), true));
    assert!(!over(&many.replace("a.e", "a.time.sleep"), true));
    // Neither is what goes on with the part itself.
    assert!(over(
        &set.replace(
            "    monkeypatch.setattr(shop.mail, 'send', lambda: 1)",
            "    def noted():\n        return kept()\n    monkeypatch.setattr(shop.mail, 'send', noted)"
        ),
        true
    ));
    let spy = "    kept = shop.mail.send\n    def noted():\n        return kept()\n    monkeypatch.setattr(shop.mail, 'send', noted)";
    assert!(!over(&set.replace("    monkeypatch.setattr(shop.mail, 'send', lambda: 1)", spy), true));
    let class = format!(
        "@patch('a.f', x)\nclass TestA:\n    {}",
        five.replace("():", "(self):").trim_end().replace('\n', "\n    ")
    );
    assert!(over(&class, true), "{class}");
    let naming = Naming::default();
    let limits = super::Limits { mocks: 6, ..super::Limits::default() };
    let about = About { is_integration: true, limits, ..About::alone(&naming) };
    assert!(!check(many, about).iter().any(|finding| finding.rule.id == "over-mocking"));
}

#[test]
fn a_payload_that_is_written_out_twice_is_made_elsewhere() {
    let rows = |from: usize| (from..from + 20).map(|at| format!("'key{at}': {at}, ")).collect::<String>();
    let (same, near, other) = (rows(0), rows(3), rows(15));
    let both = |first: &str, second: &str| format!("{}{}", test(first), test(second).replace("total", "price"));
    let told = |first: &str, second: &str| breaks("large-payload", 2, &both(first, second));
    let left = |first: &str, second: &str| keeps("large-payload", &both(first, second));
    let plain = format!("f({{{same}}})\nassert g()");
    told(&plain, &plain);
    told(&plain, &format!("data = {{{near}}}\nassert g(data) == 1"));
    left(&plain, "assert g()");
    // What another time wrote, and what the documentation quotes.
    let legacy = both(&plain, &plain).replace("total", "legacy").replace("price", "compat");
    keeps("large-payload", &legacy);
    let quoted = format!("# Start Example 6\n{plain}");
    left(&quoted, &quoted);
    left(&plain, &format!("f({{{other}}})\nassert g()"));
    left(&plain, &format!("f({{{}}})\nassert g()", rows(4)));
    // What is expected, asserted by a helper, spoken of by the test, a row of a table, or given to a double of the file.
    left(&plain, &format!("expected = {{{same}}}\nassert g() == expected"));
    left(&plain, &format!("assert g() == {{{same}}}"));
    left(&plain, &format!("rows = {{{same}}}\nfor key, value in rows.items():\n    assert g(key) == value"));
    left(&plain, &format!("self.validate_all('x', write={{{same}}})"));
    let spoken: String = (0..12).map(|at| format!("assert made.key{at}\n")).collect();
    let spoken = format!("made = g({{{same}}})\n{spoken}");
    left(&spoken, &spoken);
    let table: String = (0..7).map(|at| format!("{{'a': {at}, 'b': 1}}, ")).collect();
    let table = format!("f([{table}])\nassert g()");
    left(&table, &table);
    let double = format!("client.take(Double({{{same}}}))\nassert g()");
    keeps("large-payload", &format!("class Double:\n    pass\n{}", both(&double, &double)));
    let small = "f({'a': 1, 'b': 2})\nassert g()";
    left(small, small);
    // Edges of a graph, what a builder takes, and the same test with `await`.
    let rows: String = (0..9).map(|at| format!("('b', {at}), ")).collect();
    let rows = format!("f([{rows}])\nassert g()");
    left(&rows, &rows);
    let helped = |from: &str| {
        let both = format!(
            "{}{}",
            test(&format!("parse({{{same}}})")),
            test(&format!("parse({{{same}}})")).replace("total", "price")
        );
        format!("from {from} import parse\n{both}")
    };
    keeps("large-payload", &helped(".helpers"));
    breaks("large-payload", 3, &helped("shop.rows"));
    let edges: String = (0..14).map(|at| format!("'{at}': ['a', 'b'], ")).collect();
    let edges = format!("f({{{edges}}})\nassert g()");
    left(&edges, &edges);
    let built = format!("client.post(form_data({{{same}}}))\nassert g()");
    left(&built, &built);
    told(&built.replace("form_data", "shop.form"), &built.replace("form_data", "shop.form"));
    let awaited = format!("class TestAsync:\n    async {}", test(&plain).replace("\n", "\n    ").trim_end());
    keeps("large-payload", &format!("{}{awaited}\n", test(&plain)));
    breaks("large-payload", 2, &format!("{}{}\n", test(&plain), awaited.replace("async ", "")));
    let all = super::cases::said(&both(&plain, &plain));
    let wanted = "20 values are written out, 20 of them as in line 5 of test_price_is_kept";
    assert!(all.iter().any(|what| what == wanted), "{all:?}");
    // What stands there by a name is not written out, and neither is an empty list.
    let named = format!("f({{{same}'last': value, 'rows': [], 'low': -1}})\nassert g()");
    let all = super::cases::said(&both(&named, &named));
    let wanted = "21 values are written out, 21 of them as in line 5 of test_price_is_kept";
    assert!(all.iter().any(|what| what == wanted), "{all:?}");
}
