//! What one function surely asks of a mock: a method that it calls, or what makes or decides what it returns.

use super::code::Code;
use super::walk::{calls, expressions, given, gone_through, parts, statements};
use crate::domain::python::dotted;
use ruff_python_ast::{BoolOp, Expr, ExprCall, Stmt, StmtIf};
use std::collections::{BTreeMap, BTreeSet};

/// Functions of Python that make something else of a value.
const MAKING: [&str; 17] = [
    "len", "int", "float", "sorted", "list", "set", "dict", "sum", "min", "max", "bool", "tuple", "any", "all", "str",
    "round", "abs",
];

/// What is asked of a mock.
#[derive(Clone)]
pub struct Asked {
    /// The name that is asked for: `.send`; nothing where the mock itself answers.
    pub what: String,
    /// The line.
    pub line: u32,
    /// Whether it is a method that is called, whatever becomes of its answer.
    pub is_called: bool,
}

/// What a name of a function stands for.
#[derive(Clone)]
pub enum Given {
    /// A mock.
    Mock,
    /// What comes of a mock's answer.
    Answer(Asked),
}

/// The names, with their dots, that stand for a mock or for what comes of its answer.
pub type Names = BTreeMap<String, Given>;

/// The way through one function from its first statement on, as far as nothing can lead away from it.
pub struct Way<'a> {
    /// The module in which it stands.
    pub code: &'a Code,
    /// The names of what the tests replace: nobody can say what is run there.
    pub replaced: &'a BTreeSet<&'a str>,
    /// What its names stand for.
    pub names: Names,
    /// Whether a method of a mock that is called is told as well, whatever becomes of its answer.
    pub is_strict: bool,
}

impl Way<'_> {
    /// What a function asks of a mock, and returns what it does for the answer.
    #[must_use]
    pub fn asked(mut self, body: &[Stmt]) -> Option<Asked> {
        for stmt in body {
            if self.is_strict
                && let Some(asked) = self.called(stmt)
            {
                return Some(asked);
            }
            match stmt {
                Stmt::Return(end) => return self.carried(end.value.as_deref()?),
                Stmt::If(choice) => match self.carried(&choice.test) {
                    Some(asked) => return ends(choice).then_some(asked),
                    None => self.passed(stmt)?,
                },
                Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::Expr(_) => self.passed(stmt)?,
                Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Pass(_) => {}
                _ => return None,
            }
            let (targets, value) = match stmt {
                Stmt::Assign(assign) => (&*assign.targets, Some(&*assign.value)),
                Stmt::AnnAssign(assign) => (std::slice::from_ref(&*assign.target), assign.value.as_deref()),
                _ => continue,
            };
            let stood = value.and_then(|value| self.stands(value));
            targets.iter().for_each(|target| self.bind(target, stood.as_ref()));
        }
        None
    }

    /// The method of a mock that a statement surely calls.
    pub fn called(&self, stmt: &Stmt) -> Option<Asked> {
        let all: Vec<&Expr> = match stmt {
            Stmt::Expr(only) => vec![&*only.value],
            Stmt::Assign(assign) => vec![&*assign.value],
            Stmt::AnnAssign(assign) => assign.value.as_deref().into_iter().collect(),
            Stmt::Return(end) => end.value.as_deref().into_iter().collect(),
            Stmt::If(choice) => vec![&*choice.test],
            Stmt::While(turns) => vec![&*turns.test],
            Stmt::For(turns) => vec![&*turns.iter],
            Stmt::With(with) => with.items.first().map(|item| &item.context_expr).into_iter().collect(),
            _ => return None,
        };
        let all = all.into_iter().flat_map(sure).filter_map(Expr::as_call_expr);
        let mut methods = all.filter(|call| !is_told_only(call)).filter_map(|call| self.rooted(&call.func));
        methods.find(|asked| !asked.what.is_empty()).map(|asked| Asked { is_called: true, ..asked })
    }

    /// Goes past a statement, where nothing in it leads away, and nobody else gets a mock to say what it does.
    fn passed(&mut self, stmt: &Stmt) -> Option<()> {
        let all = statements(std::slice::from_ref(stmt));
        let leads_away = |stmt: &&Stmt| {
            stmt.is_return_stmt() || stmt.is_break_stmt() || stmt.is_continue_stmt() || stmt.is_try_stmt()
        };
        let handed = |call| given(call).any(|given| matches!(self.stands(given), Some(Given::Mock)));
        let mut inside = all.iter().flat_map(|stmt| calls(stmt));
        if all.iter().any(leads_away) || inside.any(|call| handed(call) || self.is_replaced(&call.func)) {
            return None;
        }
        let stored = all.iter().flat_map(|stmt| expressions(stmt)).filter(|expr| match expr {
            Expr::Name(name) => name.ctx.is_store(),
            Expr::Attribute(attribute) => attribute.ctx.is_store(),
            Expr::Subscript(subscript) => subscript.ctx.is_store(),
            _ => false,
        });
        for target in stored {
            // What the function itself says of the mock.
            if !target.is_name_expr() && self.rooted(target).is_some() {
                return None;
            }
            if stmt.is_if_stmt() {
                self.bind(target, None);
            }
        }
        Some(())
    }

    fn bind(&mut self, target: &Expr, given: Option<&Given>) {
        let Some(name) = dotted(target) else { return };
        let below = format!("{name}.");
        self.names.retain(|known, _| *known != name && !known.starts_with(&below));
        self.names.extend(given.map(|given| (name, given.clone())));
    }

    /// Whether the tests replace what is called, other than by the mock itself.
    fn is_replaced(&self, callee: &Expr) -> bool {
        let is_other = |name: &String| name.split('.').any(|part| self.replaced.contains(part));
        self.rooted(callee).is_none() && !self.is_mock(callee) && dotted(callee).as_ref().is_some_and(is_other)
    }

    /// Whether an expression is a mock by one of its names.
    pub fn is_mock(&self, expr: &Expr) -> bool {
        dotted(expr).is_some_and(|name| matches!(self.names.get(&name), Some(Given::Mock)))
    }

    /// What an expression stands for as a whole: `sender`, `sender or Sender()`, `clock()`.
    fn stands(&self, expr: &Expr) -> Option<Given> {
        match expr {
            Expr::BoolOp(either) if either.op == BoolOp::Or && self.is_mock(either.values.first()?) => {
                Some(Given::Mock)
            }
            expr if self.is_mock(expr) => Some(Given::Mock),
            expr => self.carried(expr).map(Given::Answer),
        }
    }

    /// What is asked of a mock for an expression that surely is what the answer makes of it.
    fn carried(&self, expr: &Expr) -> Option<Asked> {
        let any = |parts: Vec<&Expr>| parts.into_iter().find_map(|part| self.carried(part));
        match expr {
            Expr::BoolOp(either) => self.carried(either.values.first()?),
            Expr::If(choice) => self.carried(&choice.test),
            Expr::Compare(compare) if compare.comparators.iter().all(Expr::is_none_literal_expr) => None,
            Expr::Compare(compare) => any(vec![&*compare.left, compare.comparators.first()?]),
            Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::Await(_) => any(parts(expr)),
            Expr::FString(text) => {
                any(text.value.elements().filter_map(|part| Some(&*part.as_interpolation()?.expression)).collect())
            }
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.carried(gone_through(expr)?)
            }
            Expr::Call(call) if call.func.as_name_expr().is_some_and(|name| MAKING.contains(&name.id.as_str())) => {
                any(given(call).collect())
            }
            expr => self.rooted(expr),
        }
    }

    /// What an expression asks of the mock, or of its answer, at its root: `sender.post(order).id`.
    fn rooted(&self, expr: &Expr) -> Option<Asked> {
        let (mut at, mut step) = (expr, None);
        let given = loop {
            if let Some(given) = dotted(at).and_then(|name| self.names.get(&name)) {
                break given;
            }
            let inner = match at {
                Expr::Attribute(attribute) => &attribute.value,
                Expr::Call(call) => &call.func,
                Expr::Subscript(subscript) => &subscript.value,
                Expr::Await(awaited) => &awaited.value,
                _ => return None,
            };
            step = Some(at);
            at = inner;
        };
        match (given, step) {
            // A name that is asked for stands where it is; an answer where the code goes on by it.
            (Given::Answer(asked), _) if asked.what.is_empty() => {
                Some(Asked { line: self.code.line(expr), ..asked.clone() })
            }
            (Given::Answer(asked), _) => Some(asked.clone()),
            (Given::Mock, None) => None,
            (Given::Mock, Some(Expr::Attribute(step))) if step.attr.starts_with("__") => None,
            (Given::Mock, Some(Expr::Attribute(step))) => {
                Some(Asked { what: format!(".{}", step.attr), line: self.code.line(expr), is_called: false })
            }
            (Given::Mock, _) => Some(Asked { what: String::new(), line: self.code.line(expr), is_called: false }),
        }
    }
}

/// The parts of an expression that are surely evaluated where it is.
fn sure(expr: &Expr) -> Vec<&Expr> {
    let below: Vec<&Expr> = match expr {
        Expr::BoolOp(either) => either.values.first().into_iter().collect(),
        Expr::If(choice) => vec![&*choice.test],
        Expr::Call(call) => [&*call.func].into_iter().chain(given(call)).collect(),
        Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
            gone_through(expr).into_iter().collect()
        }
        Expr::Lambda(_) => Vec::new(),
        expr => parts(expr),
    };
    [expr].into_iter().chain(below.into_iter().flat_map(sure)).collect()
}

/// Whether a call only tells somebody something: a log, a console, a metric.
fn is_told_only(call: &ExprCall) -> bool {
    let name = dotted(&call.func).unwrap_or_default().to_lowercase();
    ["log", "debug", "info", "warn", "error", "exception", "critical", "print", "echo", "console", "metric"]
        .iter()
        .any(|word| name.contains(word))
}

/// Whether a condition decides what is returned, or whether anything is.
fn ends(choice: &StmtIf) -> bool {
    statements(&choice.body).into_iter().any(|stmt| stmt.is_return_stmt() || stmt.is_raise_stmt())
}
