//! One function of the code under test as it is run: which of its names stand for a mock, and for what a mock has answered.

use super::code::{Code, Kind};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprCall, StmtFunctionDef, UnaryOp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the names of a function stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// A mock.
    Mock,
    /// What a mock has answered.
    Answer,
}

/// The names, with their dots, that stand for a mock or for what it answers.
pub type Names = BTreeMap<String, Given>;

/// One function as it is run.
pub struct Frame<'a> {
    /// The module in which it stands.
    pub code: &'a Arc<Code>,
    /// The class of its object.
    pub of: Option<&'a Kind>,
    /// Its names.
    pub names: Names,
    /// How many more calls are followed.
    pub depth: usize,
    /// Whether what it raises may be caught.
    pub is_tried: bool,
}

/// The mock or the answer at the root of an expression, and the first step from there.
pub fn rooted<'e>(frame: &Frame<'_>, expr: &'e Expr) -> Option<(Given, Option<&'e Expr>)> {
    let (mut at, mut step): (&Expr, Option<&Expr>) = (expr, None);
    loop {
        if let Some(given) = dotted(at).and_then(|name| frame.names.get(&name)) {
            return Some((*given, step));
        }
        step = if at.is_await_expr() { step } else { Some(at) };
        at = match at {
            Expr::Attribute(attribute) => &attribute.value,
            Expr::Call(call) => &call.func,
            Expr::Subscript(subscript) => &subscript.value,
            Expr::Await(awaited) => &awaited.value,
            _ => return None,
        };
    }
}

/// What an expression stands for as a whole: `sender`, `sender or Sender()`, `clock()`.
pub fn stands(frame: &Frame<'_>, expr: &Expr) -> Option<Given> {
    match expr {
        Expr::BoolOp(either) if either.op == BoolOp::Or => either.values.first().and_then(|first| stands(frame, first)),
        Expr::If(choice) => {
            let is_so = known(frame, &choice.test)?;
            stands(frame, if is_so { &choice.body } else { &choice.orelse })
        }
        expr => rooted(frame, expr).map(|(given, step)| if step.is_some() { Given::Answer } else { given }),
    }
}

/// Gives a name what a value stands for.
pub fn bind(frame: &mut Frame<'_>, target: &Expr, value: Option<&Expr>) {
    let Some(name) = dotted(target) else { return };
    let given = value.and_then(|value| stands(frame, value));
    let below = format!("{name}.");
    frame.names.retain(|known, _| *known != name && !known.starts_with(&below));
    frame.names.extend(given.map(|given| (name, given)));
}

/// Whether an expression is no more than an attribute of a mock.
pub fn is_taken(frame: &Frame<'_>, expr: &Expr) -> bool {
    let owner = expr.as_attribute_expr().map(|attribute| &*attribute.value);
    owner.and_then(|owner| rooted(frame, owner)).is_some_and(|(_, step)| step.is_none())
}

/// Whether a condition holds, as far as it is about whether there is a mock: there is.
pub fn known(frame: &Frame<'_>, test: &Expr) -> Option<bool> {
    let is_there = |expr: &Expr| dotted(expr).is_some_and(|name| frame.names.get(&name) == Some(&Given::Mock));
    match test {
        Expr::UnaryOp(not) if not.op == UnaryOp::Not => known(frame, &not.operand).map(|is_so| !is_so),
        Expr::Compare(compare)
            if is_there(&compare.left) && compare.comparators.iter().all(Expr::is_none_literal_expr) =>
        {
            match &*compare.ops {
                [CmpOp::Is | CmpOp::Eq] => Some(false),
                [CmpOp::IsNot | CmpOp::NotEq] => Some(true),
                _ => None,
            }
        }
        expr => is_there(expr).then_some(true),
    }
}

/// The parameters of a function that get what stands for a mock.
pub fn arguments(
    def: &StmtFunctionDef,
    call: &ExprCall,
    is_method: bool,
    stands: impl Fn(&Expr) -> Option<Given>,
) -> Names {
    let is_static = def.decorator_list.iter().any(|decorator| last_name(&decorator.expression) == Some("staticmethod"));
    // `Base.__init__(self, config)` hands over the object itself.
    let is_explicit = call.arguments.args.first().and_then(Expr::as_name_expr).is_some_and(|name| name.id == "self");
    let own = usize::from(is_method && !is_static && !is_explicit);
    let parameters = &def.parameters;
    let by_place = parameters.posonlyargs.iter().chain(&parameters.args).skip(own).map(|one| one.name().as_str());
    let by_name: Vec<&str> =
        parameters.args.iter().chain(&parameters.kwonlyargs).map(|one| one.name().as_str()).collect();
    let placed = call.arguments.args.iter().take_while(|given| !given.is_starred_expr()).zip(by_place);
    let named =
        call.arguments.keywords.iter().filter_map(|keyword| Some((&keyword.value, keyword.arg.as_ref()?.as_str())));
    let named = named.filter(|(_, name)| by_name.contains(name));
    placed.chain(named).filter_map(|(given, name)| Some((name.to_owned(), stands(given)?))).collect()
}
