//! Readings of the environment that decide the outcome: what belongs to the machine or its user is handed to the code under test.

use super::check::Look;
use super::held::held;
use super::looked::{checks, is_handed_on, looked_at};
use super::walk::{text, within};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

/// Variables that another user, or another machine, has with another value. What a project sets for its tests is none of them.
const PERSONAL: [&str; 18] = [
    "HOME",
    "USER",
    "USERNAME",
    "LOGNAME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "SHELL",
    "EDITOR",
    "VISUAL",
    "LANG",
    "LC_ALL",
    "TZ",
    "TERM",
    "DISPLAY",
    "HOSTNAME",
    "TMPDIR",
    "XDG_CONFIG_HOME",
];

/// Whether an assertion looks at what the code under test makes of a variable of the user's. What is only compared with it is to
/// be the same for everybody.
#[must_use]
pub fn decides(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let is_personal = |key: &Expr| text(key).is_some_and(|key| PERSONAL.contains(&key));
    if !variable(node).is_none_or(is_personal) {
        return false;
    }
    let held = held(look, stmt, node, &|value, place| !is_handed_on(look, value, place));
    checks(look).into_iter().flat_map(looked_at).any(|whole| {
        within(whole).into_iter().any(|part| {
            let is_it = match part {
                Expr::Name(name) => held.has(name),
                part => part.range() == node.range(),
            };
            is_it && is_handed_on(look, whole, part.range())
        })
    })
}

/// The variable of the environment that a call or an item reads, as it is written.
#[must_use]
pub fn variable(read: &Expr) -> Option<&Expr> {
    match read {
        Expr::Call(call) => call.arguments.args.first(),
        Expr::Subscript(subscript) => Some(&subscript.slice),
        _ => None,
    }
}
