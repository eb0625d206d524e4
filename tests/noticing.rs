//! Who can notice an edit of what an import runs, with real pytest: every test that fails of it, and few besides.

use crate::shop::Shop;
use serde_json::Value;
use std::collections::BTreeSet;

const CONFIG: &str = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";

/// A measured project of these files.
fn measured(files: &[(&str, &str)]) -> Shop {
    let own = [("pyproject.toml", CONFIG), ("app/__init__.py", ""), ("tests/__init__.py", "")];
    let shop = Shop::of(&[&own, files].concat());
    shop.says(&["run", "--all", "--trust"], 0);
    shop
}

/// The names of the affected tests.
fn affected(shop: &Shop, code: i32) -> BTreeSet<String> {
    let plan = shop.json(&["plan", "--affected", "--format", "json"], code);
    let name = |test: &Value| test["test"].as_str().unwrap().rsplit("::").next().unwrap().to_owned();
    plan["affected"]["tests"].as_array().unwrap().iter().map(name).collect()
}

/// The names of the tests that fail when all of them run.
fn failing(shop: &Shop) -> BTreeSet<String> {
    let output = shop.python(&["pytest", "-q", "-rfE", "-p", "no:cacheprovider"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = text.lines().filter_map(|line| line.strip_prefix("FAILED ").or(line.strip_prefix("ERROR ")));
    failed.map(|line| line.split(" - ").next().unwrap().rsplit("::").next().unwrap().to_owned()).collect()
}

/// Edits a file and checks which tests are affected and which of them fail; then, that nothing is affected once they ran.
fn check(shop: &Shop, path: &str, (from, to): (&str, &str), chosen: &[&str], fail: &[&str]) {
    let before = shop.read(path);
    shop.edit(path, from, to);
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(affected(shop, if chosen.is_empty() { 3 } else { 0 }), set(chosen), "{path}: {from} → {to}");
    assert_eq!(failing(shop), set(fail), "{path}: {from} → {to}");
    assert!(set(chosen).is_superset(&set(fail)));
    shop.write(path, &before);
    assert_eq!(affected(shop, 3), set(&[]), "{path} is as it was");
}

#[test]
fn whoever_only_imports_a_changed_name_beside_others_does_not_notice() {
    let shop = measured(&[
        ("app/rates.py", "RATE = 2\nOTHER = 3\n\n\ndef fee(n):\n    return n\n"),
        (
            "tests/conftest.py",
            "import pytest\n\nfrom app.rates import OTHER, RATE\n\n\n@pytest.fixture\ndef rate():\n    return RATE\n",
        ),
        (
            "tests/test_rates.py",
            "from app.rates import OTHER, RATE, fee\n\n\ndef test_rate():\n    assert RATE == 2\n\n\n\
             def test_other():\n    assert OTHER == 3\n\n\ndef test_fee():\n    assert fee(1) == 1\n\n\n\
             def test_fixture(rate):\n    assert rate == 2\n",
        ),
    ]);
    check(
        &shop,
        "app/rates.py",
        ("RATE = 2", "RATE = 4"),
        &["test_rate", "test_fixture"],
        &["test_rate", "test_fixture"],
    );
}

#[test]
fn whoever_only_annotates_with_a_name_that_type_checkers_see_does_not_notice() {
    let bill = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from app.cart import Cart\n\n\n\
                def pay(cart: Cart) -> int:\n    return cart.size\n\n\n\
                def make() -> Cart:\n    from app.cart import Cart\n\n    return Cart.size\n";
    let shop = measured(&[
        ("app/cart.py", "class Cart:\n    kind = 1\n    size = 2\n"),
        ("app/bill.py", &format!("from __future__ import annotations\n\n{bill}")),
        (
            "tests/test_bill.py",
            "from types import SimpleNamespace\n\nfrom app.bill import make, pay\n\n\ndef test_pay():\n    \
             assert pay(SimpleNamespace(size=3)) == 3\n\n\ndef test_make():\n    assert make() == 2\n",
        ),
    ]);
    check(&shop, "app/cart.py", ("size = 2", "size = 4"), &["test_make"], &["test_make"]);
}

#[test]
fn a_constant_of_a_class_is_noticed_by_way_of_heirs_aliases_and_what_is_made_of_it() {
    let shop = measured(&[
        (
            "app/cart.py",
            "class Cart:\n    rate = 2\n    other = 1\n\n    class Meta:\n        label = 'cart'\n\n\nclass Big(Cart):\n    pass\n\n\n\
             Alias = Cart\nTWICE = Cart.rate * 2\n",
        ),
        (
            "app/shop.py",
            "from app.cart import Alias, Big, TWICE\n\n\nclass Own(Big):\n    more = 1\n\n\ndef rate(of):\n    return getattr(of, 'rate')\n",
        ),
        ("app/view.py", "def show(thing):\n    return '{0.rate}'.format(thing), vars(thing)['rate']\n"),
        (
            "tests/test_cart.py",
            "from app.shop import Alias, Own, TWICE, rate\nfrom app.view import show\n\n\n\
             def test_heir():\n    assert Own.rate == 2\n\n\n\
             def test_alias():\n    assert Alias().rate == 2\n\n\n\
             def test_made():\n    assert TWICE == 4\n\n\n\
             def test_asked():\n    assert rate(Own) == 2\n\n\n\
             def test_shown():\n    assert show(Alias) == ('2', 2)\n\n\n\
             def test_meta():\n    assert Own.Meta.label == 'cart'\n\n\n\
             def test_else():\n    assert rate\n",
        ),
    ]);
    let all = ["test_heir", "test_alias", "test_made", "test_asked", "test_shown", "test_meta"];
    check(&shop, "app/cart.py", ("    rate = 2", "    rate = 3"), &all, &all[..5]);
    check(&shop, "app/cart.py", ("'cart'", "'basket'"), &all, &all[5..]);
}

#[test]
fn what_a_changed_function_made_and_kept_at_import_is_noticed_by_who_uses_that_and_runs_nothing_of_it() {
    let shop = measured(&[
        (
            "app/registry.py",
            "KNOWN = {}\n\n\ndef key(name):\n    return name.lower()\n\n\ndef register(name):\n    def wrap(function):\n        \
             KNOWN[key(name)] = function\n        return function\n\n    return wrap\n\n\ndef find(name):\n    return KNOWN[name]\n\n\n\
             def count(things):\n    return len(things)\n",
        ),
        ("app/plugins.py", "from app.registry import register\n\n\n@register('A')\ndef one():\n    return 1\n"),
        (
            "tests/test_registry.py",
            "from app import plugins\nfrom app.registry import KNOWN, count, find, key\n\n\n\
             def test_find():\n    assert find('a')() == 1\n\n\ndef test_known():\n    assert list(KNOWN) == ['a']\n\n\n\
             def test_key():\n    assert key('B') == 'b'\n\n\ndef test_one():\n    assert plugins.one() == 1\n\n\n\
             def test_count():\n    assert count([1]) == 1\n",
        ),
    ]);
    let chosen = ["test_find", "test_known", "test_key", "test_one"];
    check(&shop, "app/registry.py", ("name.lower()", "name.upper()"), &chosen, &chosen[..3]);
}

#[test]
fn what_a_metaclass_makes_at_import_by_way_of_a_changed_function_is_noticed() {
    let shop = measured(&[
        (
            "app/model.py",
            "def collect(attrs):\n    return sorted(name for name in attrs if name[0] != '_')\n\n\nclass Meta(type):\n    \
             def __new__(mcs, name, bases, attrs):\n        made = super().__new__(mcs, name, bases, attrs)\n        \
             made.columns = collect(attrs)\n        return made\n\n\nclass Model(metaclass=Meta):\n    pass\n\n\ndef other():\n    return 1\n",
        ),
        ("app/item.py", "from app.model import Model\n\n\nclass Item(Model):\n    size = 1\n    kind = 2\n"),
        (
            "app/show.py",
            "def head(model):\n    return ' '.join(getattr(model, 'col' + 'umns'))\n\n\ndef plain():\n    return 0\n",
        ),
        (
            "tests/test_item.py",
            "from app.item import Item\nfrom app.model import other\nfrom app.show import head, plain\n\n\n\
             def test_columns():\n    assert Item.columns == ['kind', 'size']\n\n\ndef test_head():\n    assert head(Item) == 'kind size'\n\n\n\
             def test_plain():\n    assert plain() == 0\n\n\ndef test_other():\n    assert other() == 1\n",
        ),
    ]);
    let noticed = ["test_columns", "test_head"];
    // Whoever ran a line of the file in which classes are made otherwise may notice as well.
    check(&shop, "app/model.py", ("sorted(", "list("), &["test_columns", "test_head", "test_other"], &noticed);
}

#[test]
fn who_calls_a_changed_function_in_a_test_is_told_by_what_ran_and_not_by_its_name() {
    let shop = measured(&[
        ("app/one.py", "def wrap(function):\n    return function\n"),
        ("app/two.py", "def wrap(function):\n    return function\n"),
        (
            "app/api.py",
            "def first(function):\n    from app.one import wrap\n\n    return wrap(function)\n\n\n\
             def second(function):\n    from app.two import wrap\n\n    return wrap(function)\n",
        ),
        (
            "tests/test_api.py",
            "from app import api\n\n\n@api.first\ndef made():\n    return 1\n\n\ndef test_made():\n    assert made() == 1\n\n\n\
             def test_first():\n    assert api.first(len)('a') == 1\n\n\ndef test_second():\n    assert api.second(len)('a') == 1\n",
        ),
    ]);
    let chosen = ["test_made", "test_first"];
    check(&shop, "app/one.py", ("return function", "return lambda *of: 2"), &chosen, &chosen);
    check(&shop, "app/two.py", ("return function", "return lambda *of: 2"), &["test_second"], &["test_second"]);
}

#[test]
fn who_ran_on_the_sources_as_they_are_is_not_asked_for_again_though_others_ran_the_file_before() {
    let shop = measured(&[
        ("app/rates.py", "RATE = 2\n\n\ndef other():\n    return 1\n"),
        ("app/tax.py", "from app.rates import RATE\n\n\ndef tax(n):\n    return n * RATE\n"),
        (
            "tests/test_tax.py",
            "from app.rates import other\nfrom app.tax import tax\n\n\ndef test_tax():\n    assert tax(1)\n\n\n\
             def test_other():\n    assert other() == 1\n",
        ),
    ]);
    shop.edit("app/rates.py", "RATE = 2", "RATE = 3");
    assert_eq!(affected(&shop, 0), BTreeSet::from(["test_tax".to_owned()]));
    shop.says(&["run", "--affected"], 0);
    assert_eq!(affected(&shop, 3), BTreeSet::new());
    shop.edit("app/rates.py", "RATE = 3", "RATE = 4");
    assert_eq!(affected(&shop, 0), BTreeSet::from(["test_tax".to_owned()]));
}

#[test]
fn who_ran_a_changed_function_and_came_by_nothing_that_changed_does_not_notice() {
    let shop = measured(&[
        (
            "app/price.py",
            "CACHE = {}\n\n\ndef price(n, member=False):\n    total = n * 2\n    if member:\n        total -= 1\n    \
             elif n > 10:\n        total -= 5\n    try:\n        total / n\n    except ZeroDivisionError:\n        \
             return 0\n    return total\n\n\ndef load(key):\n    if key not in CACHE:\n        CACHE[key] = key * 2\n    \
             return CACHE[key]\n",
        ),
        (
            "app/add.py",
            "def adding(by):\n    def add(n):\n        return n + by\n\n    return add\n\n\nadd_two = adding(2)\n",
        ),
        (
            "tests/test_price.py",
            "from app.add import add_two, adding\nfrom app.price import load, price\n\n\ndef test_plain():\n    assert price(3) == 6\n\n\n\
             def test_member():\n    assert price(3, member=True) == 5\n\n\ndef test_many():\n    assert price(20) == 35\n\n\n\
             def test_nothing():\n    assert price(0) == 0\n\n\ndef test_first():\n    assert load(2) == 4\n\n\n\
             def test_second():\n    assert load(2) == 4\n\n\ndef test_two():\n    assert add_two(1) == 3\n\n\n\
             def test_three():\n    assert adding(3)(1) == 4\n",
        ),
    ]);
    let edit = |edit: (&str, &str), chosen: &[&str], fail: &[&str]| check(&shop, "app/price.py", edit, chosen, fail);
    edit(("total -= 1", "total -= 2"), &["test_member"], &["test_member"]);
    edit(("        total -= 5", "        total -= 5\n        total -= 1"), &["test_many"], &["test_many"]);
    edit(("        return 0", "        n = 1\n        return n"), &["test_nothing"], &["test_nothing"]);
    // An alternative that comes belongs to the condition; whoever looks at that may go another way.
    let all = ["test_plain", "test_member", "test_many", "test_nothing"];
    edit(
        ("        total -= 5\n", "        total -= 5\n    else:\n        total += 1\n"),
        &["test_plain", "test_many", "test_nothing", "test_member"],
        &["test_plain"],
    );
    // A name that is bound now is another one in all of the function.
    edit(("        return 0", "        price = 0\n        return price"), &["test_nothing"], &[]);
    edit(("    try:\n", "    total = total\n    try:\n"), &all, &[]);
    // What is kept is noticed by who meets it, though only the first one came by the line.
    edit(
        ("CACHE[key] = key * 2", "CACHE[key] = key * 3"),
        &["test_first", "test_second"],
        &["test_first", "test_second"],
    );
    // What an import made of a changed function is something else for whoever uses it.
    let both = ["test_two", "test_three"];
    let edit = |edit: (&str, &str), chosen: &[&str], fail: &[&str]| check(&shop, "app/add.py", edit, chosen, fail);
    edit(("    return add\n", "    by += 1\n    return add\n"), &both, &both);
    edit(("return n + by", "return n + by + 1"), &both, &both);
}
