//! Tests: what the rest of a file tells of a loop or a handler: its own constants, its set-ups, other tests.

use super::cases::{breaks, keeps, test};
use super::{About, check};
use crate::domain::python::Naming;

/// The rule is broken by a test alone, and not with something else in the file.
fn told_with(body: &str, line: u32, others: &[&str]) {
    breaks("uncertain-assertion", line, &test(body));
    others.iter().for_each(|other| keeps("uncertain-assertion", &format!("{}\n\n{other}\n", test(body))));
}

#[test]
fn what_stands_in_files_of_the_project_is_no_outcome() {
    let told = |above: &str, body: &str| format!("{above}\n\n{}", test(body));
    let imports = "import re\nfrom pathlib import Path\n";
    let kept = |above: &str, body: &str| keeps("uncertain-assertion", &told(&format!("{imports}{above}"), body));
    kept("DOCS = Path(__file__).parent / 'docs'", "for page in DOCS.glob('*.md'):\n    assert page.name");
    kept("HERE = Path(__file__)\nDOCS = HERE.parents[1] / 'docs'", "for page in DOCS.glob('*'):\n    assert page.name");
    kept(
        "LINK = re.compile('a')\nPAGE = Path('a')",
        "for link in LINK.findall(PAGE.read_text()):\n    assert link.startswith('a')",
    );
    // What a pattern finds in an outcome is one, and so is what an object of the code gives.
    let found = "for link in LINK.findall(render(value)):\n    assert link.sum == 3";
    breaks("uncertain-assertion", 7, &told(&format!("{imports}LINK = re.compile('a')"), found));
    let asked = "for row in shop.rows_of(value):\n    assert row.sum == 3";
    breaks("uncertain-assertion", 7, &told(&format!("{imports}shop = Shop()"), asked));
}

#[test]
fn what_the_code_knows_by_a_key_is_no_outcome() {
    let told = |body: &str| format!("from shop import rules\n{}", test(body));
    keeps("uncertain-assertion", &told("for rule in rules('book'):\n    assert rule.title"));
    keeps("uncertain-assertion", &told("book = rules('book')\nfor rule in book:\n    assert rule.title"));
    breaks("uncertain-assertion", 4, &told("for rule in rules('a book, and more'):\n    assert rule.title"));
    breaks("uncertain-assertion", 4, &told("for rule in rules('book', 3):\n    assert rule.title"));
}

#[test]
fn another_test_knows_of_the_parts_that_parts_are_taken_from() {
    let part = "found = client.search(value)\nname, row = found[0]\ncontrols = row['controls']\nif controls:\n    assert controls[0] == 3";
    let asks = |body: &str| format!("def test_another(client):\n    {}", body.replace('\n', "\n    "));
    told_with(
        part,
        6,
        &[&asks("found = client.search(1)\nname, row = found[0]\ncontrols = row['controls']\nassert 'a' in controls")],
    );
    let made =
        "got = client.parsed(value)\nnames = set(row.name for row in got['rows'])\nif names:\n    assert 'a' in names";
    told_with(made, 5, &[&asks("got = client.parsed(1)\nassert len(got['rows']) == 2")]);
    let sought = "rows = client.tree(value).find('a').findall('row')\nif rows:\n    assert rows[0].sum == 3";
    told_with(sought, 4, &[&asks("tree = client.tree(1)\nrows = tree.findall('row')\nassert len(rows) == 3")]);
    keeps(
        "uncertain-assertion",
        &test(
            "rows = f(value)\nboth = rows.paid & rows.sent\nassert both.any()\npaid = rows[both]\nfor row in paid.iterrows():\n    assert row.sum",
        ),
    );
    let other = asks("rows = client.rows('row')\nassert len(rows) == 3");
    breaks("uncertain-assertion", 4, &format!("{}\n\n{other}\n", test(sought)));
}

#[test]
fn what_may_be_missing_or_was_told_is_no_open_outcome() {
    let optional = "groups = client.read(value).get('groups', {})\nfor group in groups.items():\n    assert group.sum";
    keeps("uncertain-assertion", &test(optional));
    breaks("uncertain-assertion", 4, &test(&optional.replace(".get('groups', {})", ".groups_of(3)")));
    let told = "model = load_model(value)\nrows = model.drawn(3)\nfor at in range(model.D):\n    assert rows[at] == 3";
    keeps("uncertain-assertion", &test(told));
    // Where Python cannot read the source, nothing is certain.
    let old = format!("{}\n\ndef bar(x, (a, b)):\n    return x\n", test("return f()\nassert g()"));
    breaks("unreachable-assertion", 3, &old.replace("(a, b)", "a"));
    keeps("unreachable-assertion", &old);
}

#[test]
fn rows_that_a_set_up_makes_are_in_the_table() {
    let class = |set_up: &str| {
        let body = "for row in Row.objects.all().select_related('shop'):\n            assert row.sum == 3";
        format!(
            "class TestRows(TestCase):\n    def setUp(self):\n        {set_up}\n\n    def test_a(self):\n        f(1)\n        {body}\n"
        )
    };
    keeps("uncertain-assertion", &class("Row.objects.create(sum=3)"));
    breaks("uncertain-assertion", 8, &class("Other.objects.create(sum=3)"));
}

#[test]
fn an_error_of_the_very_call_may_be_expected_by_another_test() {
    let body = "try:\n    check(Code.PARSE)\nexcept ValueError as error:\n    assert error.args";
    let other = |call: &str| format!("def test_another():\n    with pytest.raises(ValueError):\n        {call}");
    told_with(body, 5, &[&other("check(Code.PARSE)"), &other("client.check(3)")]);
    breaks("uncertain-assertion", 5, &format!("{}\n\n{}\n", test(body), other("parse(Code.PARSE)")));
    let of_another_kind = other("check(Code.PARSE)").replace("ValueError", "KeyError");
    breaks("uncertain-assertion", 5, &format!("{}\n\n{of_another_kind}\n", test(body)));
    // Where the handler leaves the test, and the test goes on otherwise, it is one of two ways.
    keeps("uncertain-assertion", &test(&format!("{body}\n    return\nwait(client)")));
    // Nothing has no parts.
    let of_nothing = "none = None\ntry:\n    none.send()\nexcept AttributeError as error:\n    assert error.args";
    keeps("uncertain-assertion", &test(of_nothing));
    breaks("uncertain-assertion", 6, &test(&of_nothing.replace("none = None", "none = make()")));
    // A helper that calls one that raises raises.
    let raiser = "def fails(text):\n    raise ValueError(text)\n\n\ndef check(text):\n    fails(text)\n";
    keeps("uncertain-assertion", &format!("{raiser}\n\n{}", test(body)));
    let chain = "def third(text):\n    raise ValueError(text)\n\ndef second(text):\n    return third(text)\n\ndef first(text):\n    second(text)\n\n";
    let first = body.replace("check(", "first(");
    keeps("uncertain-assertion", &format!("{chain}{}", test(&first)));
    let kept = chain.replace("raise ValueError(text)", "return str(text)");
    breaks("uncertain-assertion", 14, &format!("{kept}{}", test(&first)));
}

#[test]
fn a_condition_that_keeps_from_dividing_by_nothing_or_that_another_test_knows_is_settled() {
    let guarded = "row = client.sum_of(value)\nif row.size > 0:\n    assert row.sum / row.size == 2";
    keeps("uncertain-assertion", &test(guarded));
    breaks("uncertain-assertion", 4, &test(&guarded.replace("/ row.size", "/ 3")));
    let sized = "rows = client.located(value)\nif len(rows) > 0:\n    assert rows[0].sum == 3";
    told_with(sized, 4, &["def test_another(client):\n    rows = client.located(1)\n    assert len(rows) > 0"]);
}

#[test]
fn what_is_forbidden_tolerated_or_asked_elsewhere_is_settled() {
    let told = |line: u32, body: &str, settled: &[&str]| {
        breaks("uncertain-assertion", line, &test(body));
        settled.iter().for_each(|body| keeps("uncertain-assertion", &test(body)));
    };
    told(
        4,
        "row = client.found(value)\nif 'sum' in row:\n    assert row['sum'] == 3",
        &["row = client.found(value)\nif 'sum' in row:\n    assert row['sum'] is not None"],
    );
    let row = "rows = client.found(value)\nfor row in rows:\n    if row.kind == 'paid':\n        assert row.sum";
    told(
        5,
        row,
        &[&format!("rows = client.found(value)\npaid = [r for r in rows if r.kind == 'paid']\nassert paid\n{row}")],
    );
    let lines = "text = client.found(value)\nfor line in text.splitlines():\n    blank = line.strip()\n    if blank:\n        assert blank.sum";
    let naming = Naming::default();
    let hangs_on_blank =
        |body: &str| check(&test(body), About::alone(&naming)).iter().any(|one| one.what == "it is run only if blank");
    assert!(hangs_on_blank(&lines.replace("line.strip()", "line.rest(3)")));
    assert!(!hangs_on_blank(lines));
    let error = "try:\n    client.send(value)\nexcept OSError as error:\n    assert error.errno == 3";
    told(5, error, &[&error.replace("== 3", "in (3, 4)")]);
    let help = "try:\n    client.parsed([\"--help\"])\nexcept SystemExit as error:\n    assert error.code == 0";
    told(5, &help.replace("--help", "--sum"), &[help]);
}

#[test]
fn what_does_not_run_or_is_no_source_yet_is_not_told() {
    let body = "for row in client.located(value):\n    assert row.sum";
    breaks("uncertain-assertion", 3, &test(body));
    keeps("uncertain-assertion", &test(&format!("self.skipTest('later')\n{body}")));
    keeps("uncertain-assertion", &test(&format!("raise SkipTest('later')\n{body}")));
    keeps("uncertain-assertion", &format!("@pytest.mark.xfail(run=False)\n{}", test(body)));
    breaks("uncertain-assertion", 4, &format!("@pytest.mark.xfail(run=True)\n{}", test(body)));
    keeps("uncertain-assertion", &format!("{}{{%- if is_fast %}}\ndef test_b(:\n{{%- endif %}}\n", test(body)));
    // What is to fail, and fails at once, is put off.
    let put_off = test("self.fail('crashes')\nassert f()");
    breaks("unreachable-assertion", 3, &put_off);
    keeps("unreachable-assertion", &format!("@expectedFailure\n{put_off}"));
}
