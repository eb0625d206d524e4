//! What becomes of a value in a test: the names that hold it, by assignments, loops and collections.

use super::check::Look;
use super::isolation::CHANGING;
use super::walk::{root, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprName, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::collections::{BTreeMap, BTreeSet};

/// The names that hold a value, each from where it gets it up to where it gets another one.
#[derive(Default)]
pub struct Held<'a> {
    spans: BTreeMap<&'a str, BTreeSet<(TextSize, TextSize)>>,
}

impl Held<'_> {
    /// Whether a name holds the value where it stands.
    #[must_use]
    pub fn has(&self, name: &ExprName) -> bool {
        let mut spans = self.spans.get(name.id.as_str()).into_iter().flatten();
        spans.any(|(from, until)| (*from..*until).contains(&name.range.start()))
    }
}

/// The names that hold what stands at a node: those of its own statement, and those that are made of them where `takes` says
/// that a value takes over what stands at a place in it.
#[must_use]
pub fn held<'a>(look: &Look<'a, '_>, stmt: &Stmt, node: &Expr, takes: &dyn Fn(&Expr, TextRange) -> bool) -> Held<'a> {
    let all = statements(look.case.body());
    let bound: Vec<_> = all.iter().filter_map(|stmt| Some((*stmt, binding(look, stmt)?))).collect();
    let mut held = Held::default();
    let mut is_new = true;
    while is_new {
        is_new = false;
        for (other, (names, value)) in &bound {
            let mut loads = within(value).into_iter().filter_map(Expr::as_name_expr);
            let is_own = std::ptr::eq(*other, stmt) && takes(value, node.range());
            if is_own || loads.any(|name| held.has(name) && takes(value, name.range)) {
                for name in names {
                    let span = (other.start(), end(&bound, other, name, takes));
                    is_new |= held.spans.entry(*name).or_default().insert(span);
                }
            }
        }
    }
    held
}

fn loads(value: &Expr) -> impl Iterator<Item = &ExprName> {
    within(value).into_iter().filter_map(Expr::as_name_expr)
}

/// Where a name that a statement binds gets something else, which takes nothing over from it.
fn end(
    bound: &[(&Stmt, (Vec<&str>, &Expr))],
    stmt: &Stmt,
    name: &str,
    takes: &dyn Fn(&Expr, TextRange) -> bool,
) -> TextSize {
    let later = bound.iter().filter(|(other, _)| other.is_assign_stmt() && other.start() > stmt.start());
    let others = later.filter(|(other, (names, value))| {
        let targets = other.as_assign_stmt().map(|assign| &*assign.targets).unwrap_or_default();
        let is_whole = targets.iter().any(|target| target.is_name_expr() || target.is_tuple_expr());
        is_whole
            && names.contains(&name)
            && !loads(value).any(|load| load.id.as_str() == name && takes(value, load.range))
    });
    // What stands on its right side comes before the name gets it.
    others.map(|(other, _)| other.end()).min().unwrap_or(TextSize::from(u32::MAX))
}

/// The names that a statement binds or fills, and what they are made of.
fn binding<'a>(look: &Look<'_, '_>, stmt: &'a Stmt) -> Option<(Vec<&'a str>, &'a Expr)> {
    match stmt {
        Stmt::Assign(assign) => Some((assign.targets.iter().flat_map(roots).collect(), &assign.value)),
        Stmt::AnnAssign(assign) => Some((roots(&assign.target), assign.value.as_deref()?)),
        Stmt::AugAssign(assign) => Some((roots(&assign.target), &assign.value)),
        Stmt::For(repeat) => Some((items(&repeat.target, &repeat.iter), &repeat.iter)),
        Stmt::Expr(stmt) => {
            let call = stmt.value.as_call_expr()?;
            let (name, given) = (last_name(&call.func)?, call.arguments.args.last()?);
            let filled = if name == "shuffle" { roots_of_name(given).pop() } else { root(&call.func) };
            let fills = name == "shuffle" || CHANGING.contains(&name);
            // What the test is given is no mere collection: `client.add(row)`.
            let is_own =
                |name: &&str| !matches!(*name, "self" | "cls") && !look.case.parameters().any(|own| own == *name);
            let is_filled = |filled: &&str| name == "shuffle" || is_own(filled);
            Some((vec![filled.filter(|_| fills).filter(is_filled)?], given))
        }
        _ => None,
    }
}

/// The names that a loop binds, those of what it only counts by aside: `for at, row in enumerate(rows)`.
fn items<'a>(target: &'a Expr, iter: &Expr) -> Vec<&'a str> {
    let is_counted = iter.as_call_expr().is_some_and(|call| last_name(&call.func) == Some("enumerate"));
    match target {
        Expr::Tuple(pair) if is_counted => pair.elts.iter().skip(1).flat_map(roots).collect(),
        target => roots(target),
    }
}

/// The names that a target binds, or a slice of which it does; what has it in one place only is more than that.
fn roots(target: &Expr) -> Vec<&str> {
    match target {
        Expr::Tuple(tuple) => tuple.elts.iter().flat_map(roots).collect(),
        Expr::List(list) => list.elts.iter().flat_map(roots).collect(),
        Expr::Starred(starred) => roots(&starred.value),
        Expr::Subscript(rows) if within(&rows.slice).into_iter().any(Expr::is_slice_expr) => roots_of_name(&rows.value),
        target => roots_of_name(target),
    }
}

fn roots_of_name(target: &Expr) -> Vec<&str> {
    target.as_name_expr().map(|name| name.id.as_str()).into_iter().collect()
}
