//! What says of a patch that it is there for nothing to use it: comments, names, documentation and assertions.

use super::patches::patches;
use super::source::documentation;
use super::walk::{everything, given, statements, within};
use crate::domain::python::{Syntax, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef, StmtWith};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Words of comments beside a patch that say that it keeps something off.
const GUARDING: [&str; 12] = [
    " not ",
    "n't ",
    "never",
    "guard",
    "safe",
    "avoid",
    "prevent",
    "no real",
    "no network",
    "just in case",
    "windows",
    "macos",
];
/// How many lines above a patch may speak of it.
const CLOSE: usize = 3;
/// Words of any comment of a test that say that something is not to be used.
const FORBIDDING: [&str; 3] = [" not ", "n't ", "never"];
/// What stands in the names and the documentation of tests whose code is not to come to something.
const KEEPING_OFF: [&str; 9] = ["skip", "never", "doesnt", "dont", "n't", "noop", "ignor", "preced", "prefer"];
/// The same as whole words.
const DENYING: [&str; 6] = ["no", "non", "not", "nothing", "only", "immediately"];

/// Whether a test says by its name, its documentation or one of its comments that its code is not to come to something.
pub fn is_keeping_off(def: &StmtFunctionDef, text: &str) -> bool {
    let own = text.get(def.range.to_std_range()).unwrap_or_default();
    let keeps_off = |words: &str| {
        let words = words.to_lowercase();
        KEEPING_OFF.iter().any(|part| words.contains(part))
            || words.split(|c: char| !c.is_alphanumeric()).any(|word| DENYING.contains(&word))
    };
    keeps_off(&def.name) || documentation(def).is_some_and(keeps_off) || is_remarked(own.lines(), &FORBIDDING)
}

/// Whether a test says at a patch that it is there for nothing to use it: by a comment there, or close above it or above the statement
/// that it stands in, without a blank line between, by an assertion on the mock or on what the patch hands out, or in that it runs
/// nothing meanwhile.
pub fn is_guard(def: &StmtFunctionDef, patch: &ExprCall, syntax: &Syntax, text: &str) -> bool {
    let stands_in =
        |with: &&StmtWith| with.items.iter().any(|item| item.context_expr.range().contains_range(patch.range()));
    let with = statements(&def.body).into_iter().filter_map(Stmt::as_with_stmt).find(stands_in);
    let (first, last) = syntax.lines(patch.range());
    let first = with.map_or(first, |with| syntax.line(with.start()));
    let lines: Vec<&str> = text.lines().collect();
    let (first, last) = (first.saturating_sub(1) as usize, (last as usize).min(lines.len()));
    let (above, own) = (lines.get(..first).unwrap_or_default(), lines.get(first..last).unwrap_or_default());
    let close = above.iter().rev().take(CLOSE).take_while(|line| !line.trim().is_empty());
    is_remarked(close.chain(own).copied(), &GUARDING)
        || with.is_some_and(|with| with.body.iter().all(Stmt::is_pass_stmt))
        || is_asserted(def, patch)
}

/// Whether the test asserts on the mock that a patch puts in, or on what it hands out: on how it is left alone, for nothing else can be
/// so.
fn is_asserted(def: &StmtFunctionDef, patch: &ExprCall) -> bool {
    let names = |expr| within(expr).into_iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str());
    let patches = patches(def);
    let bound = patches.iter().filter(|one| one.call == patch).filter_map(|one| one.bound.as_deref());
    let known: BTreeSet<&str> = given(patch).skip(1).flat_map(names).chain(bound).collect();
    let asserts = |call: &&ExprCall| last_name(&call.func).is_some_and(|name| name.starts_with("assert"));
    let asserted = statements(&def.body).into_iter().filter_map(Stmt::as_assert_stmt).map(|stmt| &*stmt.test);
    let calls = everything(&def.body).into_iter().filter(|expr| expr.as_call_expr().as_ref().is_some_and(asserts));
    !known.is_empty() && asserted.chain(calls).flat_map(names).any(|name| known.contains(name))
}

/// Whether a comment in some lines has one of these words.
fn is_remarked<'a>(lines: impl Iterator<Item = &'a str>, words: &[&str]) -> bool {
    let mut comments = lines.filter_map(|line| line.split_once('#')).map(|(_, comment)| comment.to_lowercase());
    comments.any(|comment| words.iter().any(|word| comment.contains(word)))
}
