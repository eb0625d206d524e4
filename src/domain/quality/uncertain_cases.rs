//! Tests: what settles whether an assertion is run: one beside it, a getter, a comment, an error that may be its own.

use super::cases::{breaks, found, keeps, test};
use super::{About, ByRun, Code, check};
use crate::domain::python::Naming;
use std::sync::Arc;

/// The rule is broken by the first body, and by none of the others.
fn only(rule: &str, line: u32, broken: &str, kept: &[&str]) {
    breaks(rule, line, &test(broken));
    kept.iter().for_each(|body| keeps(rule, &test(body)));
}

#[test]
fn to_say_that_it_is_not_reached_is_no_assertion() {
    only(
        "uncertain-assertion",
        5,
        "try:\n    f(value)\nexcept ValueError:\n    assert g() == 0",
        &[
            "try:\n    f(value)\nexcept ValueError:\n    assert 0, 'raises'",
            "try:\n    f(value)\nexcept ValueError:\n    assert False",
            "try:\n    f(value)\nexcept ValueError:\n    self.assertTrue(0)",
        ],
    );
}

#[test]
fn a_module_that_is_handed_on_is_the_same_module() {
    let from = |module: &str| {
        let body = "rows = np.linspace(value, 2, 100)\nfor row in rows:\n    assert row.kind == 1";
        format!("from shop.optional import {module} as np\n{}", test(body))
    };
    keeps("uncertain-assertion", &from("numpy"));
    breaks("uncertain-assertion", 5, &from("shapes"));
}

#[test]
fn what_another_library_gives_is_not_what_is_tested() {
    let code = Arc::new(Code::read("shop.rows", "shop/rows.py", "def parse(text):\n    return text.split()\n"));
    let codes = |name: &str| (name == "shop.rows").then(|| Arc::clone(&code));
    let naming = Naming::default();
    let told = |imports: &str| {
        let source = format!("{imports}\n{}", test("for row in parse(value):\n    assert row.kind == 1"));
        let about = About { codes: Some(&codes), ..About::alone(&naming) };
        check(&source, about).iter().any(|finding| finding.rule.id == "uncertain-assertion")
    };
    assert!(told("from shop.rows import parse"));
    assert!(told("from ..rows import parse"), "what stands above the test is of the project");
    assert!(!told("from astropy.io.fits import parse"));
}

#[test]
fn what_is_claimed_to_be_absent_is_so_where_nothing_is() {
    only(
        "uncertain-assertion",
        4,
        "for row in f(value):\n    if row.kind == 'a':\n        assert 'b' in row.name",
        &[
            "for row in f(value):\n    if row.kind == 'a':\n        assert 'b' not in row.name",
            "for row in f(value):\n    if row.kind == 'a':\n        self.assertNotIn('b', row.name)",
        ],
    );
}

#[test]
fn a_comment_or_an_assertion_on_the_same_settles_a_condition() {
    only(
        "uncertain-assertion",
        4,
        "got = f(value)\nif got.rows:\n    assert got.rows[0].sum",
        &[
            "got = f(value)\n# Older ones have none.\nif got.rows:\n    assert got.rows[0].sum",
            "got = f(value)\nif got.rows:  # Older ones have none.\n    assert got.rows[0].sum",
            "got = f(value)\nif got.rows:\n    assert got.rows[0].sum\nassert got.total == 3",
        ],
    );
}

#[test]
fn a_loop_is_settled_by_another_one_or_by_the_function_itself() {
    only(
        "uncertain-assertion",
        4,
        "rows = f(value)\nfor row in rows:\n    assert row.sum",
        &[
            "rows = f(value)\nfor row in rows:\n    assert row.sum\nnames = []\nfor row in rows:\n    names.append(row.name)\nassert names == ['a']",
            "for row in f(value):\n    assert row.sum\nassert f(3) == [4]",
            "for row in iter_rows(value):\n    assert row.sum",
            "for name, part in made(value).named_parts():\n    assert part.sum",
            "n = self.shop.count()\nfor at in range(n):\n    assert f(at) == at",
            "rows = f(value)\nfor row in rows:\n    self.assertNotIsInstance(row, int)",
            "for row in self.shop.get_rows():\n    assert row.sum",
        ],
    );
    breaks("uncertain-assertion", 3, &test("for row in self.shop.get_rows(3):\n    assert row.sum"));
}

#[test]
fn items_that_the_code_is_asked_for_are_inputs() {
    only(
        "uncertain-assertion",
        4,
        "for row in f(value):\n    got = row.get('a')\n    assert got == 3",
        &[
            "client = made()\nfor row in f(value):\n    got = client.get(f'/{row}')\n    assert row == got",
            "for row in f(value):\n    assert f'<{row}>' == 'a'",
        ],
    );
    let told = |import: &str| format!("{import}\n{}", test("for row in f(value):\n    assert is_sound(row)"));
    breaks("uncertain-assertion", 4, &told(""));
    keeps("uncertain-assertion", &told("from shop import is_sound"));
}

#[test]
fn an_assertion_may_be_what_raises() {
    only(
        "unreachable-assertion",
        4,
        "with pytest.raises(OSError):\n    size = write('a')\n    assert size == 1",
        &[
            "with pytest.raises((OSError, AssertionError)):\n    size = write('a')\n    assert size == 1",
            "with pytest.raises(Exception):\n    size = write('a')\n    assert size == 1",
            "with pytest.raises(OSError):\n    file = write('a')\n    assert file.size == 1",
        ],
    );
    let error = "with pytest.raises(Exception) as error:\n    write('a')\n    assert 'a' in str(error.value)";
    breaks("unreachable-assertion", 4, &test(error));
}

#[test]
fn what_an_object_tells_without_being_given_anything_was_put_there() {
    only(
        "uncertain-assertion",
        3,
        "for row in client.rows_of(value):\n    assert row.sum",
        &[
            "for row in client.list_rows():\n    assert row.sum",
            "for row in client.shop.find_rows(as_text=True):\n    assert row.sum",
            "made = Row(sum=value)\nfor name, part in made.model_dump().items():\n    assert part",
            "for _, part in client.groupby('kind'):\n    assert part.sum",
            "for got in client.map(g, value):\n    assert got.sum",
            "for row in client.rows_of(value)[:3]:\n    assert row.sum",
        ],
    );
}

#[test]
fn a_written_number_says_how_many_there_are() {
    let told = |body: &str| format!("from shop.optional import numpy as np\nimport torch\n{}", test(body));
    let made = |call: &str| told(&format!("for one in {call}:\n    assert one.kind == 1"));
    keeps("uncertain-assertion", &made("np.linspace(f(value), g(value), 100)"));
    keeps("uncertain-assertion", &made("torch.abs(f(value) - 3)"));
    breaks("uncertain-assertion", 5, &made("np.abs(f(value))"));
}

#[test]
fn what_another_assertion_knows_of_the_same_function_or_beside_the_outcome_settles_a_loop() {
    only(
        "uncertain-assertion",
        4,
        "rows = client.find(1)\nfor row in rows:\n    assert row.sum",
        &[
            "rows = client.find(1)\nfor row in rows:\n    assert row.sum\nassert 'a' in client.find(2)",
            "rows = client.find(1)\nfor row in rows:\n    assert row.sum\nfirst = client.find(2)\nnames = [row.name for row in first]\nassert 'a' in names",
        ],
    );
    only(
        "uncertain-assertion",
        4,
        "got = f(3)\nfor line, row in zip(value, got):\n    assert line == row",
        &["got = f(3)\nassert len(value) == 3\nfor line, row in zip(value, got):\n    assert line == row"],
    );
}

#[test]
fn another_test_knows_of_the_same_call_or_of_the_same_part_of_it() {
    let told = |body: &str, other: &str| {
        let other = format!("async def test_size(client):\n    {}\n", other.replace('\n', "\n    "));
        let source = format!("async {}{other}", test(body));
        found(&source, "", false).iter().any(|found| found.starts_with("uncertain-assertion"))
    };
    let awaited = "row = await client.find(1)\nif row:\n    assert row.sum == 3";
    assert!(told(awaited, "row = await client.find(2)\nassert len(row) == 3"));
    assert!(!told(awaited, "row = await client.find(1)\nassert len(row) == 3"));
    let of_part = "body = client.find(1)\nif body['rows']:\n    assert body['sum'] == 3";
    assert!(told(of_part, "body = client.find(1)\nassert body['size'] == 3"));
    assert!(!told(of_part, "body = client.find(1)\nnames = [row.name for row in body['rows']]\nassert 'a' in names"));
    // A certain item is taken, or the part is looked at by a method of that name, be it of another call of the function.
    assert!(!told(of_part, "body = client.find(1)\nfirst = body['rows'][0]\nassert f(first)"));
    assert!(!told(of_part, "body = client.find(1)\nassert body['all'] == [{'rows': [1]}]"));
    let of_attribute = "net = draw(client)\nif net.nodes:\n    assert net.sum == 3";
    assert!(told(of_attribute, "net = sketch(client)\nassert net.size == 3"));
    assert!(!told(of_attribute, "net = draw(client)\nassert net.number_of_nodes() == 3"));
    assert!(!told(of_attribute, "net = draw(other)\nassert len(net.nodes) == 3"));
    // One of several, what a comprehension takes of it, and a method of any object.
    let of_several = "rows, size = scan(1)\nif rows:\n    assert rows[0] == 3";
    assert!(told(of_several, "rows, size = find(1)\nassert len(rows) == 3"));
    assert!(!told(of_several, "rows, size = scan(2)\nassert len(rows) == 3"));
    let of_some = "rows = [row for row in client.find(1) if row.x]\nif rows:\n    assert rows[0] == 3";
    assert!(told(of_some, "rows = [row for row in client.find(1) if row.y]\nassert len(rows) == 3"));
    assert!(!told(of_some, "rows = [row for row in client.find(1) if row.x]\nassert len(rows) == 3"));
    let of_method = "maker = build(client)\nrows = maker.rows(2)\nif rows:\n    assert rows[0] == 3";
    assert!(told(of_method, "maker = build(client)\nassert len(maker.lines(3)) == 3"));
    assert!(!told(of_method, "assert len(client.rows(3)) == 3"));
    // What a function of a module gives is the function's, whatever it is asked for.
    let of_function = "rows = scan(1)\nif rows:\n    assert rows[0] == 3";
    assert!(told(of_function, "assert client.parse(2)"));
    assert!(!told(of_function, "row = scan(2)\nassert len(row) == 3"));
}

#[test]
fn which_items_a_loop_has_only_a_run_tells() {
    let by_run = |body: &str| {
        let naming = Naming::default();
        let all = check(&test(body), About::alone(&naming));
        all.into_iter().find(|finding| finding.rule.id == "uncertain-assertion").map(|finding| finding.by_run)
    };
    let item = "for row in load(value):\n    if row.paid:\n        assert row.sum == 3\nassert g()";
    assert_eq!(by_run(item), Some(ByRun::Decides));
    let of_item =
        "for row in load(value):\n    got = row.find()\n    if got.paid:\n        assert got.sum == 3\nassert g()";
    assert_eq!(by_run(of_item), Some(ByRun::Decides));
    assert_eq!(by_run("got = load(value)\nif got.paid:\n    assert got.sum == 3"), Some(ByRun::Settles));
}

#[test]
fn what_a_loop_goes_through_is_there_whatever_the_code_does() {
    let table =
        "seed(50)\nassert Row.objects.count() == 3\nfor row in Row.objects.select_related('a'):\n    assert row.sum";
    let row = "rows = Row.objects.filter(pk=self.row.pk)\nfor row in rows.prefetch_related('a'):\n    assert row.sum";
    for kept in [table, row, "for layer in build(client).modules():\n    assert layer.sum"] {
        keeps("uncertain-assertion", &test(kept));
    }
    breaks("uncertain-assertion", 5, &test(&table.replace("assert Row.objects.count() == 3", "send(1)")));
    breaks("uncertain-assertion", 4, &test(&row.replace("pk=self.row.pk", "name=1")));
}

#[test]
fn a_handler_that_only_fails_or_notes_asserts_nothing() {
    only(
        "uncertain-assertion",
        6,
        "try:\n    f(value)\nexcept ValueError as error:\n    g()\n    assert error.args",
        &[
            "try:\n    f(value)\nexcept ValueError as error:\n    g()\n    assert_(False, msg=error)",
            "try:\n    f(value)\nexcept ValueError as error:\n    g()\n    assert 'a' not in error.args",
            "seen = [False]\ntry:\n    f(value)\nexcept ValueError as error:\n    seen[0] = True\n    assert error.args\nassert seen[0]",
        ],
    );
}

#[test]
fn what_the_test_has_put_where_it_is_asked_for_is_there() {
    only(
        "uncertain-assertion",
        3,
        "for row in db.execute(value).fetchall():\n    assert row.sum",
        &[
            "db.execute('insert')\nfor row in db.execute(value).fetchall():\n    assert row.sum",
            "shop = made()\nshop.orders.create(sum=3)\nfor row in shop.orders.matching(sum=3):\n    assert row.sum",
            "for kind in kinds(value):\n    for row in rows_of(kind):\n        assert row.sum",
            "for row in db.execute(value).fetchall():\n    assert row.size == 0",
            "for row in client.find(value).rows:\n    assert row.sum == 3\n    client.stop()\nassert client.stopped",
            "import io, zipfile\nbefore = zipfile.ZipFile(io.BytesIO(f(value)))\nfor name in before.namelist():\n    assert before.read(name)",
            "for row in range3(1, 9):\n    assert f(row)",
            "text = 'abc'\nfor row in range3(len(text)):\n    assert f(row)",
        ],
    );
    breaks("uncertain-assertion", 4, &test("client.post(3)\nfor row in client.get(3).json():\n    assert row.sum"));
}

#[test]
fn what_is_gone_through_beside_something_unknown_may_be_what_is_expected() {
    only(
        "uncertain-assertion",
        3,
        "for row, name in zip(f(value), ['a', 'b']):\n    assert row == name",
        &[
            "for line, row in zip(client.lines, f(value)):\n    assert line == row",
            "lines = client.plot.lines\nfor line, row in zip(lines, f(value)):\n    assert line == row",
        ],
    );
}

#[test]
fn an_error_of_some_parameters_or_beside_a_look_at_what_is_left_is_one_of_two_ways() {
    let body = "try:\n    client.send(value)\nexcept ValueError as error:\n    assert error.args";
    breaks("uncertain-assertion", 5, &test(body));
    breaks("uncertain-assertion", 5, &test(&format!("{body}\nassert f()")));
    keeps("uncertain-assertion", &test(&format!("{body}\nassert client.sent == 0")));
    keeps("uncertain-assertion", &test(&body.replace("    assert", "    # Any other error may be.\n    assert")));
    keeps(
        "uncertain-assertion",
        &test(
            &body
                .replace("client.send", "f")
                .replace("try", "for f in [first, second]:\n  try")
                .replace("except", "  except"),
        ),
    );
    let own = "def numbers():\n    yield 1\nmade = numbers()\n";
    keeps("uncertain-assertion", &test(&format!("{own}{}", body.replace("client.send(value)", "next(made)"))));
    keeps("uncertain-assertion", &test(&format!("made = Row()\n{}\nassert made.x", body.replace("value", "made"))));
    keeps("uncertain-assertion", &test(&format!("{body}\ng()\nrows = client.rows()\nassert rows == 2")));
    // The test goes on with what the handler makes, or has seen the very same fail.
    let made = body.replace("assert error.args", "said = f(error)\n    assert error.args");
    breaks("uncertain-assertion", 6, &test(&made));
    keeps("uncertain-assertion", &test(&format!("{made}\ng(said)")));
    breaks("uncertain-assertion", 7, &test(&format!("said = None\n{made}\ng(said)")));
    let raised = "self.assertRaises(ValueError, lambda: client.row(0).name)\n";
    let of_part = body.replace("client.send(value)", "client.row(0).name");
    keeps("uncertain-assertion", &test(&format!("{raised}{of_part}")));
    breaks("uncertain-assertion", 6, &test(&format!("{}{of_part}", raised.replace("row(0)", "row(1)"))));
    let before = "with pytest.raises(ValueError):\n    value.send(value)\nassert value\n";
    keeps("uncertain-assertion", &test(&format!("{before}{body}")));
    breaks("uncertain-assertion", 8, &test(&format!("{}{body}", before.replace("send(value)", "send(client)"))));
    let ends = body.replace("ValueError", "SystemExit");
    breaks("uncertain-assertion", 5, &test(&ends));
    keeps("uncertain-assertion", &test(&format!("{ends}\nassert value.printed")));
    keeps("uncertain-assertion", &test(&format!("g()\n# It may as well go through.\n{body}")));
    keeps("uncertain-assertion", &format!("@judged\n{}", test(body)));
    let class = "class Row:\n    pass\n";
    keeps("uncertain-assertion", &test(&format!("{class}{}", body.replace("client.send", "Row"))));
    keeps("uncertain-assertion", &test(&format!("{body}\nstop.assert_called_once_with(1)")));
    keeps("uncertain-assertion", &format!("@unittest.SkipTest\n{}", test(body)));
    let varied = "@pytest.mark.parametrize('value', KINDS)\n";
    keeps("uncertain-assertion", &format!("{varied}{}", test(body)));
    let made = test(&format!("made = Kind(value)\n{}", body.replace("(value)", "(made)")));
    keeps("uncertain-assertion", &format!("{varied}{made}"));
    let written = "try:\n    'x'.encode('ascii')\nexcept ValueError as error:\n    assert f(error)";
    keeps("uncertain-assertion", &test(written));
}

#[test]
fn what_another_test_asserts_in_the_same_words_is_settled() {
    let guarded = |other: &str| {
        let one = test("got = f(value)\nif got.kind == 'a' and got.size > 0:\n    assert got.sum == 2");
        format!("{one}def test_kind_is_told(value):\n    got = g(value)\n    {other}\n")
    };
    keeps("uncertain-assertion", &guarded("assert got.size > 0 and got.kind == 'a'"));
    breaks("uncertain-assertion", 4, &guarded("assert got.kind == 'a'"));
    breaks("uncertain-assertion", 4, &guarded("assert got.size > 0 or got.kind == 'a'"));
}

#[test]
fn what_another_package_raises_is_not_asked_of_the_code() {
    let code = Arc::new(Code::read("shop", "shop.py", "def send(text): ...\n"));
    let codes = |name: &str| (name == "shop").then(|| Arc::clone(&code));
    let naming = Naming::default();
    let tells = |call: &str, more: &str| {
        let body = test(&format!("{call}\nexcept ValueError as error:\n    assert shop.told(error)"));
        let source = format!(
            "import shop, msgspec\n{}{more}",
            body.replacen("    ", "    made = msgspec.Decoder(int)\n    try:\n        ", 1)
        );
        check(&source, About { codes: Some(&codes), ..About::alone(&naming) })
            .iter()
            .any(|found| found.rule.id == "uncertain-assertion")
    };
    assert!(tells("shop.send('x')", ""));
    assert!(!tells("msgspec.decode('x')", ""));
    assert!(!tells("made.decode('x')", ""));
    // What is replaced or named otherwise may be the project's own.
    assert!(tells("msgspec.decode('x')", "PART = 'msgspec.decode'\n"));
}
