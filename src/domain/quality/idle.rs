//! What runs show of patches: what a test replaces by a mock that nothing in it uses.

use super::patches::patch;
use super::walk::{everything, text as written, within};
use crate::domain::python::{Syntax, dotted};
use crate::domain::suite::{LabAsked, Outcome};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

/// Words of comments that say that something is kept off.
const GUARDING: [&str; 10] =
    [" not ", "n't ", "never", "guard", "safe", "avoid", "prevent", "no real", "no network", "just in case"];

/// A part that a test replaces by a mock which nothing uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The line of the patch, from 1.
    pub line: u32,
    /// The last name of the part.
    pub part: String,
    /// What stands there, in a few words, where the test passes with the part itself in place.
    pub what: String,
}

/// The parts that a test which passed replaces by itself, each once, and whose mocks nothing has used. What its class, its fixtures
/// and its helpers replace, they do for other tests as well. `text` is that of its file.
#[must_use]
pub fn idle(asked: &LabAsked, text: &str) -> Vec<Idle> {
    if asked.outcome != Outcome::Passed || asked.idle.is_empty() {
        return Vec::new();
    }
    let syntax = Syntax::read(text);
    let Some(def) = definition(syntax.body(), &asked.id.names()) else { return Vec::new() };
    let decorators = def.decorator_list.iter().flat_map(|decorator| within(&decorator.expression));
    let all = decorators.chain(everything(&def.body)).filter_map(Expr::as_call_expr);
    let targets: Vec<_> =
        all.filter(|call| patch(call).is_some()).filter_map(|call| Some((call, target(call)?))).collect();
    let mut found = Vec::new();
    for part in &asked.idle {
        let mut mine = targets.iter().filter(|(_, target)| target.rsplit('.').next() == Some(part));
        if let (Some((call, target)), None) = (mine.next(), mine.next()) {
            if is_guard(text, syntax.lines(call.range())) {
                continue;
            }
            let what = format!("nothing uses what stands in for {target}, and the test passes without the patch");
            found.push(Idle { line: syntax.line(call.start()), part: part.clone(), what });
        }
    }
    found
}

/// Whether a comment at a patch, or in the line above it, says that it keeps something off: then it is there for nothing to use it.
fn is_guard(text: &str, (first, last): (u32, u32)) -> bool {
    let near = (1..).zip(text.lines()).filter(|(line, _)| (first.saturating_sub(1)..=last).contains(line));
    let mut comments = near.filter_map(|(_, line)| line.split_once('#')).map(|(_, comment)| comment.to_lowercase());
    comments.any(|comment| GUARDING.iter().any(|word| comment.contains(word)))
}

/// The function of a name, with those of the classes that it stands in.
fn definition<'a>(body: &'a [Stmt], names: &[&str]) -> Option<&'a StmtFunctionDef> {
    let (name, inner) = names.split_first()?;
    super::walk::statements(body).into_iter().rev().find_map(|stmt| match stmt {
        Stmt::FunctionDef(def) if inner.is_empty() && def.name.as_str() == *name => Some(def),
        Stmt::ClassDef(class) if class.name.as_str() == *name => definition(&class.body, inner),
        _ => None,
    })
}

/// What a patch replaces, as it is written there.
fn target(patch: &ExprCall) -> Option<String> {
    let mut given = patch.arguments.args.iter();
    let first = given.next()?;
    match written(first) {
        Some(path) => Some(path.to_owned()),
        None => {
            let owner = dotted(first).map(|owner| format!("{owner}.")).unwrap_or_default();
            Some(format!("{owner}{}", given.next().and_then(written)?))
        }
    }
}
