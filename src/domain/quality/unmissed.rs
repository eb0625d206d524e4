//! What a test writes of the process or of a module and nobody misses: it is of the tests' own, it is what was there, or it is gone.

use super::check::Look;
use super::isolation::is_emptied;
use super::restoring::is_set_around;
use super::walk::{statements, text, within};
use super::words::words;
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

/// Whether a test puts a module under its own name that it loads by hand: `sys.modules[spec.name] = module_from_spec(spec)`.
#[must_use]
pub fn is_loaded(look: &Look<'_, '_>, stmt: &Stmt, meaning: &str) -> bool {
    let value = stmt.as_assign_stmt().map(|assign| &*assign.value);
    let names = value.into_iter().flat_map(within).filter_map(Expr::as_name_expr);
    let held = names.flat_map(|name| look.values(name.id.as_str()));
    let mut made = held.copied().chain(value).filter_map(Expr::as_call_expr);
    let target = stmt.as_assign_stmt().and_then(|assign| assign.targets.first()).and_then(Expr::as_subscript_expr);
    // The very module, which the test holds: `sys.modules["shop.cart"] = cart`
    let named = target.and_then(|item| item.slice.as_name_expr()).map_or(&[][..], |name| look.values(name.id.as_str()));
    let key = target.and_then(|item| text(&item.slice)).or(named.first().copied().and_then(text));
    let meant = value.and_then(|value| look.source.imports.get(last_name(value)?));
    if meaning == "sys.modules" && key.is_some() && key == meant.map(String::as_str) {
        return true;
    }
    // A name of the tests' own meets no other module: `sys.modules["_test_cart"] = …`.
    let is_own = key.is_some_and(|name| name.starts_with('_') && !name.starts_with("__"));
    meaning == "sys.modules" && (is_own || made.any(|call| last_name(&call.func) == Some("module_from_spec")))
}

/// Whether nobody else in the project speaks of what a test puts into the process under a name: `os.environ["CART_KIND"]` that it
/// reads itself, `sys.modules["fake_cart"]`; or whether all tests that set a variable give it one value.
#[must_use]
pub fn is_known_to_nobody(look: &Look<'_, '_>, meaning: &str, key: &str) -> bool {
    let Some(mentions) = look.about.mentions else { return false };
    let test = look.source.slice(look.case.def);
    // Of a variable that stands nowhere else, a package may know. `env("cartKind")` knows it by another spelling.
    let plain = |word: &str| word.replace('_', "").to_lowercase();
    let is_read = || words(test).filter(|word| plain(word) == plain(key)).count() > 1;
    match meaning {
        "sys.modules" => mentions().is_only_in(test, key),
        "os.environ" => mentions().is_set_alike(key) || is_read() && mentions().is_only_in(test, key),
        _ => false,
    }
}

/// Whether a variable is set to what the code takes it for where it is not set: the tests behind it see no difference.
#[must_use]
pub fn is_default(look: &Look<'_, '_>, stmt: &Stmt, key: &str) -> bool {
    let value = stmt.as_assign_stmt().and_then(|assign| text(&assign.value));
    let mentions = look.about.mentions.filter(|_| value.is_some());
    mentions.zip(value).is_some_and(|(mentions, value)| mentions().is_default(key, value))
}

/// Whether tests of the project speak of a `conftest.py`, and there is none: what it takes back nobody can tell.
#[must_use]
pub fn lacks_conftest(look: &Look<'_, '_>) -> bool {
    look.about.around.is_empty() && look.about.mentions.is_some_and(|mentions| mentions().lacks_conftest())
}

/// Whether a variable has `TEST` as a part of its name, and nothing else of the source speaks of it.
#[must_use]
pub fn is_of_tests(look: &Look<'_, '_>, name: &str) -> bool {
    let is_called_so =
        name.split('_').filter(|part| !part.is_empty()).count() > 1 && name.split('_').any(|part| part == "TEST");
    is_called_so && look.source.text.matches(name).count() == 1
}

/// Whether a test skips itself by what the environment says.
#[must_use]
pub fn is_opt_in(look: &Look<'_, '_>) -> bool {
    look.case.def.body.iter().filter_map(Stmt::as_if_stmt).any(|branch| {
        let skips = statements(&branch.body).into_iter().any(super::reach::leaves);
        skips && ["environ", "getenv"].iter().any(|word| look.source.slice(&*branch.test).contains(word))
    })
}

/// Whether a variable gets what the module has read from it: `os.environ["SHOP"] = SHOP` of `SHOP = os.environ.get("SHOP", "a")`.
#[must_use]
pub fn is_own_value(look: &Look<'_, '_>, stmt: &Stmt, key: &str) -> bool {
    let named = stmt.as_assign_stmt().and_then(|assign| assign.value.as_name_expr());
    let read = named.and_then(|name| look.source.written.get(name.id.as_str()).copied());
    read.is_some_and(|read| {
        look.source.slice(read).contains("env") && within(read).into_iter().filter_map(text).any(|text| text == key)
    })
}

/// Whether the test asserts that what it wrote is nothing in the end: `assert shop.cache is None`.
#[must_use]
pub fn is_seen_gone(look: &Look<'_, '_>, target: &Expr) -> bool {
    let shown = look.source.slice(target);
    let ways = [format!("assert {shown} is None"), format!("assertIsNone({shown})")];
    let mut behind = statements(&look.case.def.body).into_iter().filter(|stmt| stmt.start() > target.end());
    behind.any(|stmt| ways.iter().any(|way| look.source.slice(stmt).contains(way)))
}

/// Whether something around the test assigns what a part of a module belongs to: `shop.db` goes back, and `shop.db.find` with it.
#[must_use]
pub fn is_owner_set_around(look: &Look<'_, '_>, owner: &Expr) -> bool {
    let mut owners = std::iter::successors(Some(owner), |owner| owner.as_attribute_expr().map(|of| &*of.value));
    owners.any(|owner| owner.is_attribute_expr() && is_set_around(look, &format!("{} = ", look.source.slice(owner))))
}

/// Whether what is assigned is nothing, or made of what is there: a value at first, or an equal copy.
#[must_use]
pub fn is_put_back(look: &Look<'_, '_>, stmt: &Stmt, target: &Expr) -> bool {
    let shown = look.source.slice(target);
    let is_of_itself = |value: &Expr| look.source.slice(value).contains(shown);
    is_emptied(stmt) || stmt.as_assign_stmt().is_some_and(|assign| is_of_itself(&assign.value))
}
