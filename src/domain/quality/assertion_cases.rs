//! Tests: tests that assert nothing or expect any error, and tests that look alike and may.

use super::cases::{breaks, keeps, test};
use super::check::{About, check};
use super::code::Code;
use crate::domain::python::Naming;
use std::sync::Arc;

/// A test of that name and body, without parameters.
fn named(name: &str, body: &str) -> String {
    format!("def {name}():\n    {}\n", body.replace('\n', "\n    "))
}

#[test]
fn a_test_asks_for_something_and_looks_at_it() {
    for body in [
        "f()",
        "total = cart.total([1, 2])",
        "cart.total([1, 2])",
        "await shop.buy(3)",
        "print(cart.total([1]))",
        "cart = Cart()\ncart.add(value)",
        "with patch('shop.send'):\n    shop.buy(3)",
        "subprocess.run(['python'])",
        "f(select(row).where(row.id.in_([1])))",
        "f(not_found=True)",
        "import shop\nshop.cart()",
        "\"\"\"The total of two items.\"\"\"\ncart.total([1, 2])  # two of them",
    ] {
        breaks("no-assertion", 1, &test(body));
    }
    for body in
        ["total = f()\ntotal == 3", "np.allclose(f(), 3)  # should be close", "for row in f():\n    row.sum == 3"]
    {
        breaks("no-assertion", 1, &test(body));
    }
    for body in ["pass", "...", "value = 1", "# Assert\nraise NotImplementedError('the total is 3')"] {
        breaks("no-assertion", 1, &named("test_total_is_kept", body));
    }
    let helper = "def is_one(total):\n    print(total)\n";
    breaks("no-assertion", 3, &format!("{helper}{}", test("is_one(f())")));
    breaks(
        "no-assertion",
        3,
        "from unittest import TestCase\nclass CartTest(TestCase):\n    def test_total_is_kept(self):\n        pass\n",
    );
}

#[test]
fn a_test_that_drops_nothing_or_switches_something_off_is_left_alone() {
    for body in [
        "pass",
        "from shop import (\n    Cart,\n    Order,\n)",
        "import shop\nshop.cart",
        "__import__('shop.cart')",
        "Cart(3)",
        "cart = Cart(3)",
        "hash(value)",
        "_ = f()",
        "client.head_bucket(3)",
        "for row in rows:\n    f(row)",
        "pytest.skip('later')",
        "warnings.simplefilter('error')\nf()",
        "subprocess.run(['python', '-c', 'assert 1'], check=True)",
        "is_(f(), value)",
        "with ExpectLog(log, 'late'):\n    f()",
        "modules.first.test_order(value)",
        "thread = Thread(target=f)\nthread.start()\nf()",
        "shop.send = raiser(ValueError)\nf()",
        "shop.buy(send=Mock(side_effect=[1]))",
        "shop.buy(lambda: 1 / 0)",
        "try:\n    f()\nexcept ValueError:\n    pass",
        "return f()",
        // What checks by itself: an object that is called, and what reads a form.
        "schema = Schema(1)\nschema(value)",
        "datetime.strptime(value.day, '%d')",
        "other.testEverything(value)",
        "with RequestsMock() as requests:\n    f(requests)",
    ] {
        keeps("no-assertion", &test(body));
    }
    keeps("no-assertion", &format!("import os\n{}", test("os.kill(value, 9)")));
    keeps("no-assertion", &test("with value:\n    made = f(3)"));
    // A helper that expects, and what a fixture does that is not known.
    keeps("no-assertion", &test("made = f(3)\nscores_expect_equal(made, 3)"));
    breaks("no-assertion", 1, &test("value.send(3)"));
    keeps("no-assertion", "def test_total_is_kept(feeder):\n    feeder.send(3)\n");
    keeps("no-assertion", &named("test_total_is_kept", "pass  # later"));
    keeps("no-assertion", &named("test_total_is_kept", "raise NotImplementedError"));
    for helper in
        ["def run(f):\n    f()  # just run it\n", "def run(f):\n    try:\n        f()\n    finally:\n        g()\n"]
    {
        keeps("no-assertion", &format!("{helper}{}", test("run(f)")));
    }
    keeps("no-assertion", "class TestB(Base):\n    def test_total_is_kept(self):\n        pass\n");
    keeps("no-assertion", "class TestB(Base):\n    def test_total_is_kept(self):\n        self.cart.total()\n");
    keeps("no-assertion", &format!("@same\n{}", test("f()")));
    keeps("no-assertion", &format!("@pytest.mark.skip\n{}", test("f()")));
    keeps("no-assertion", &format!("@pytest.mark.timeout(3)\n{}", test("f()")));
    breaks("no-assertion", 2, &format!("@pytest.mark.asyncio\n{}", test("f()")));
    keeps("no-assertion", "def test_reading_is_quick(benchmark): benchmark(f)\n");
    keeps("no-assertion", "def test_reader(x=None):\n    f(x)\nREADERS = [test_reader]\n");
    keeps("no-assertion", "def test_suite():\n    f()\n");
}

#[test]
fn a_test_that_says_that_it_goes_through_asserts_that() {
    keeps("no-assertion", &test("client.send(1)\nself.mox.ReplayAll()\nshop(client)\nself.mox.VerifyAll()"));
    for body in [
        "f()  # must not raise",
        "f()\n# Since it is new, this will not\n# throw an exception.",
        "f()  # No TimeoutError.",
        "f()\nf()  # no effect",
        "# Used to raise KeyError here.\nf()",
        "f()  # see #620",
        "\"\"\"Closing twice is fine.\"\"\"\nf()",
        "\"\"\"Make sure that it runs.\"\"\"\nf()",
        "f('what is malformed should go through')",
    ] {
        keeps("no-assertion", &test(body));
    }
    for name in [
        "test_it_works_without_errors",
        "test_all_states_are_allowed",
        "test_smoke",
        "testIgnoresArgs",
        "test_clean_up_is_safe",
        "test_forms_that_parse",
    ] {
        keeps("no-assertion", &named(name, "f()"));
    }
}

#[test]
fn what_is_refused_elsewhere_may_only_go_through() {
    let refused = "def test_bad_carts_are_refused():\n    with pytest.raises(ValueError):\n        store.cart(3)\n";
    keeps("no-assertion", &format!("{refused}{}", test("store.cart(2)")));
    breaks("no-assertion", 4, &format!("{refused}{}", test("shop.cart_of(2)")));
    let refused = "class A(TestCase):\n    def test_bad(self):\n        self.assertRaises(ValueError, store.cart, 3)\n";
    keeps("no-assertion", &format!("{refused}{}", test("store.cart(2)")));
    // Where another test looks at its answer, it has one.
    let answered = "def test_size():\n    assert store.cart(2).size == 2\n";
    breaks("no-assertion", 6, &format!("{answered}{refused}{}", test("store.cart(2)")));
    keeps("no-assertion", &test("shop.validate_cart(2)"));
    keeps("no-assertion", &format!("def read(text):\n    parse_cart(text)\n{}", test("read('2')")));
}

/// Whether an error of any kind is told in a test of that code.
fn is_broad(code: &str, call: &str) -> bool {
    let source = test(&format!("with pytest.raises(Exception):\n    {call}"));
    tells_broad(code, &format!("from shop import mail\n{source}"))
}

/// Whether an error of any kind is told in a file of tests of that code.
fn tells_broad(code: &str, source: &str) -> bool {
    let code = Arc::new(Code::read("shop.mail", "shop/mail.py", code));
    let codes = |name: &str| (name == "shop.mail").then(|| Arc::clone(&code));
    let naming = Naming::default();
    let about = About { codes: Some(&codes), ..About::alone(&naming) };
    check(source, about).iter().any(|finding| finding.rule.id == "broad-raises")
}

#[test]
fn an_error_that_the_code_gives_no_name_to_has_none() {
    let refusing = "class Base:\n    def __init__(self):\n        raise ERROR('no')\nclass Sender(Base):\n    pass\ndef send():\n    Sender()\n";
    for call in ["mail.Sender()", "mail.send()"] {
        assert!(is_broad(&refusing.replace("ERROR", "ValueError"), call), "{call}");
        assert!(!is_broad(&refusing.replace("ERROR", "Exception"), call), "{call}");
        assert!(
            !is_broad(&refusing.replace("raise ERROR", "refuse"), call),
            "nothing is known of what it raises: {call}"
        );
    }
    // Where a class of the file inherits from it, or the test sets something in the module.
    let file =
        |beside: &str, call: &str| format!("{beside}{}", test(&format!("with pytest.raises(Exception):\n    {call}")));
    let own = file("from shop.mail import Sender\nclass Own(Sender):\n    pass\n", "Own()");
    let set = file("from shop import mail\n", "mail.send()").replace("    with", "    mail.limit = 1\n    with");
    for source in [own, set] {
        assert!(tells_broad(&refusing.replace("ERROR", "ValueError"), &source), "{source}");
        assert!(!tells_broad(&refusing.replace("ERROR", "Exception"), &source), "{source}");
    }
}

#[test]
fn an_expected_error_is_named() {
    breaks("broad-raises", 2, &test("with pytest.raises(Exception):\n    f()"));
    breaks("broad-raises", 2, &test("with self.assertRaises(BaseException):\n    f()"));
    breaks("broad-raises", 2, &test("with pytest.raises(builtins.Exception):\n    f()"));
    for body in [
        "with pytest.raises(Exception):  # noqa: B017\n    f()",
        "# Which one it is depends on the system.\nwith pytest.raises(Exception):\n    f()",
        "with pytest.raises(Exception):\n    # whichever\n    f()",
        "with pytest.raises(Exception, match='no stock'):\n    f()",
        "with pytest.raises(Exception) as error:\n    f()\nassert 'stock' in str(error.value)",
        "with pytest.raises(Exception):\n    f()\nassert cart.is_open",
        "with pytest.raises(ValueError):\n    f()",
        "with pytest.raises(pytest.skip.Exception):\n    f()",
        // The test makes it itself, and it has no other name.
        "def boom():\n    raise Exception\nwith pytest.raises(Exception):\n    f(boom)",
        "send = Mock(side_effect=Exception())\nwith pytest.raises(Exception):\n    f(send)",
        "send(fails=Exception)\nwith pytest.raises(Exception):\n    f()",
    ] {
        keeps("broad-raises", &test(body));
    }
    let beside = "def boom():\n    raise Exception('x')\n";
    keeps("broad-raises", &format!("{beside}{}", test("with pytest.raises(Exception):\n    f(boom)")));
}

#[test]
fn a_last_word_beside_what_can_fail_is_left_alone() {
    breaks("empty-assertion", 3, &test("f(1)\nassert True"));
    breaks("empty-assertion", 3, &test("assert (f(1), 2)\nassert True"));
    keeps("empty-assertion", &test("if f(1) != 2:\n    assert False\nassert True"));
    keeps("empty-assertion", &test("with pytest.raises(SystemExit):\n    f(1)\nassert True"));
    keeps("empty-assertion", "def test_pass_2():\n    assert 1 == 1\n");
    breaks("empty-assertion", 2, "def test_pass_through():\n    assert 1 == 1\n");
}

#[test]
fn a_file_may_say_that_its_tests_only_have_to_run() {
    let silent = "def test_cart_is_drawn():\n    draw(1)\n";
    let told = |above: &str| format!("{above}import shop\n\n{silent}");
    breaks("no-assertion", 3, &told(""));
    keeps("no-assertion", &told("\"\"\"Drawing: just verify no crash.\"\"\"\n"));
    keeps("no-assertion", &format!("import shop\n\n# It must not crash.\n{silent}"));
    keeps("no-assertion", &format!("import shop\n\n# Drawing doesn't crash.\n{silent}"));
    let below = |said: &str| format!("import shop\n\n{silent}\nclass TestText:\n    {said}\n    kind = 1\n");
    keeps("no-assertion", &below("\"\"\"The smoke tests above only draw.\"\"\""));
    keeps("no-assertion", &below("# These three tests just confirm that writing doesn't throw."));
    breaks("no-assertion", 3, &below("# This one doesn't throw."));
    keeps("no-assertion", &below("# Simple \"will it run?\" tests."));
    // What is compared may look for itself.
    breaks("no-assertion", 1, "def test_cart_is_drawn():\n    total(1) == 2\n");
    keeps("no-assertion", "def test_cart_is_drawn():\n    ok(total(1)) == 2\n");
    // A model that is validated is what it is asked for.
    keeps("no-assertion", &silent.replace("draw(1)", "Cart.model_validate({})"));
}
