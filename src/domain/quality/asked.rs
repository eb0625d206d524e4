//! What code surely asks of a mock that it is given, from its first statement on.

use super::code::{Code, Codes, Place, is_plain, patched_in};
use super::course::{Asked, Course, MAKING, SORTING, TELLING, Use, last, leaving, root_is_self, then};
use super::frame::{Frame, Given, Names, arguments, bind, is_taken, known, rooted, stands};
use super::walk::{given, gone_through, parts};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{Expr, ExprAttribute, ExprCall, Operator, Stmt, StmtIf};
use std::collections::BTreeSet;

/// How many calls deep the code is followed.
const DEPTH: usize = 4;
/// Looks through code, call by call.
pub struct Asker<'a> {
    /// The modules of the project.
    pub codes: &'a Codes<'a>,
    /// The names of what the tests replace: nobody can say what is run there.
    pub replaced: &'a BTreeSet<&'a str>,
    /// What is a mock in a module itself: `mail.send`, `Sender.send`.
    pub patched: Option<(&'a Code, &'a str)>,
}

/// What comes of a call, with what the attributes of the object stand for behind it.
pub type Outcome = (Option<Asked>, Names);

impl Asker<'_> {
    /// What a function surely asks when it is run with some names standing for a mock.
    #[must_use]
    pub fn run(&self, place: &Place, names: Names) -> Outcome {
        let (course, names) = self.called(place, names, DEPTH, false);
        (if let Course::Asks(asked) = course { Some(asked) } else { None }, names)
    }

    fn called(&self, place: &Place, mut names: Names, depth: usize, is_tried: bool) -> (Course, Names) {
        let Some(def) = place.def().filter(|def| depth > 0 && is_plain(def)) else {
            return (Course::Stops, Names::new());
        };
        names.extend(self.patched.and_then(|patched| patched_in(place, patched)).map(|name| (name, Given::Mock)));
        let mut frame = Frame { code: place.code(), of: place.of.as_ref(), names, depth, is_tried };
        let course = self.body(&mut frame, &def.body);
        frame.names.retain(|name, _| name.starts_with("self."));
        (course, frame.names)
    }

    fn body(&self, frame: &mut Frame<'_>, body: &[Stmt]) -> Course {
        for stmt in body {
            match self.stmt(frame, stmt) {
                Course::Goes => {}
                other => return other,
            }
        }
        Course::Goes
    }

    fn stmt(&self, frame: &mut Frame<'_>, stmt: &Stmt) -> Course {
        match stmt {
            Stmt::If(choice) => self.choice(frame, choice, stmt),
            Stmt::With(with) => {
                let items = with.items.iter().map(|item| (&item.context_expr, Use::Lies));
                let course = self.all(frame, items);
                let bound = with.items.iter().filter_map(|item| item.optional_vars.as_deref());
                bound.for_each(|target| bind(frame, target, None));
                then(course, || self.body(frame, &with.body))
            }
            Stmt::Try(attempt) => {
                let around = frame.is_tried;
                frame.is_tried |= !attempt.handlers.is_empty();
                let body = self.body(frame, &attempt.body);
                frame.is_tried = around;
                let body = then(body, || self.body(frame, &attempt.orelse));
                let body = then(body, || self.body(frame, &attempt.finalbody));
                // Where an error leads elsewhere, what comes behind may not be run.
                then(body, || leaving(frame, stmt))
            }
            Stmt::While(repeat) => then(self.value(frame, &repeat.test, Use::Decides), || leaving(frame, stmt)),
            Stmt::For(repeat) => then(self.value(frame, &repeat.iter, Use::Decides), || leaving(frame, stmt)),
            Stmt::Match(choice) => then(self.value(frame, &choice.subject, Use::Decides), || leaving(frame, stmt)),
            stmt => self.plain(frame, stmt),
        }
    }

    /// A statement without blocks.
    fn plain(&self, frame: &mut Frame<'_>, stmt: &Stmt) -> Course {
        match stmt {
            Stmt::Expr(stmt) => self.value(frame, &stmt.value, Use::Drops),
            Stmt::Assign(assign) => self.assigned(frame, &assign.targets, Some(&assign.value)),
            Stmt::AnnAssign(assign) => {
                self.assigned(frame, std::slice::from_ref(&*assign.target), assign.value.as_deref())
            }
            Stmt::AugAssign(assign) => self.value(frame, &assign.value, Use::Decides),
            Stmt::Assert(assert) => self.value(frame, &assert.test, Use::Decides),
            Stmt::Return(end) => last(end.value.as_deref().map(|value| self.value(frame, value, Use::Lies))),
            Stmt::Raise(end) => last(end.exc.as_deref().map(|value| self.value(frame, value, Use::Lies))),
            Stmt::Break(_) | Stmt::Continue(_) => Course::Stops,
            _ => Course::Goes,
        }
    }

    fn assigned(&self, frame: &mut Frame<'_>, targets: &[Expr], value: Option<&Expr>) -> Course {
        // What is merely kept may never be looked at.
        let is_kept = targets.iter().all(Expr::is_attribute_expr) && value.is_some_and(|value| is_taken(frame, value));
        let course = value.filter(|_| !is_kept).map_or(Course::Goes, |value| self.value(frame, value, Use::Lies));
        targets.iter().for_each(|target| bind(frame, target, value.filter(|_| !is_kept)));
        course
    }

    /// The clauses of a condition, as far as it is known which of them is run.
    fn choice(&self, frame: &mut Frame<'_>, choice: &StmtIf, stmt: &Stmt) -> Course {
        let first = (Some(&*choice.test), &choice.body);
        let more = choice.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), &clause.body));
        let all: Vec<_> = [first].into_iter().chain(more).collect();
        for (at, (test, body)) in all.iter().enumerate() {
            let Some(test) = test else { return self.body(frame, body) };
            match self.value(frame, test, Use::Decides) {
                Course::Goes => {}
                other => return other,
            }
            match known(frame, test) {
                Some(true) => return self.body(frame, body),
                Some(false) => {}
                None => {
                    let bodies = all.iter().skip(at).map(|(_, body)| body.as_slice());
                    let is_whole = all.last().is_some_and(|(test, _)| test.is_none());
                    let asked = if is_whole { self.either(frame, bodies) } else { None };
                    return asked.map_or_else(|| leaving(frame, stmt), Course::Asks);
                }
            }
        }
        Course::Goes
    }

    /// What is asked in each of several blocks, whichever of them is run.
    fn either<'e>(&self, frame: &mut Frame<'_>, bodies: impl Iterator<Item = &'e [Stmt]>) -> Option<Asked> {
        let before = frame.names.clone();
        let asked: Option<Vec<Asked>> = bodies
            .map(|body| {
                frame.names.clone_from(&before);
                if let Course::Asks(asked) = self.body(frame, body) { Some(asked) } else { None }
            })
            .collect();
        frame.names = before;
        asked?.into_iter().next()
    }

    /// One expression, and what in it is surely run.
    fn value(&self, frame: &mut Frame<'_>, expr: &Expr, used: Use) -> Course {
        if let Some(asked) = self.asked(frame, expr, used) {
            return Course::Asks(asked);
        }
        match expr {
            Expr::Lambda(_) => Course::Goes,
            Expr::BoolOp(either) => {
                let first = either.values.first();
                first.map_or(Course::Goes, |first| self.value(frame, first, Use::Decides))
            }
            Expr::UnaryOp(one) => self.value(frame, &one.operand, Use::Decides),
            Expr::If(choice) => match self.value(frame, &choice.test, Use::Decides) {
                Course::Goes => match known(frame, &choice.test) {
                    Some(is_so) => self.value(frame, if is_so { &choice.body } else { &choice.orelse }, used),
                    None => Course::Goes,
                },
                other => other,
            },
            Expr::Compare(compare) => {
                let is_presence = compare.comparators.iter().all(Expr::is_none_literal_expr);
                let used = if is_presence { Use::Lies } else { Use::Decides };
                let sides = [&*compare.left].into_iter().chain(compare.comparators.first());
                self.all(frame, sides.map(|side| (side, used)))
            }
            Expr::BinOp(both) => {
                let is_text =
                    both.op == Operator::Mod && (both.left.is_string_literal_expr() || both.left.is_f_string_expr());
                let used = if is_text { Use::Lies } else { Use::Decides };
                self.all(frame, [&*both.left, &*both.right].into_iter().map(|side| (side, used)))
            }
            Expr::Await(awaited) => self.value(frame, &awaited.value, used),
            Expr::Named(named) => self.value(frame, &named.value, used),
            Expr::Starred(starred) => self.value(frame, &starred.value, Use::Decides),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                gone_through(expr).map_or(Course::Goes, |iter| self.value(frame, iter, Use::Decides))
            }
            Expr::Call(call) => self.call(frame, call),
            expr => self.all(frame, parts(expr).into_iter().map(|part| (part, Use::Lies))),
        }
    }

    fn all<'e>(&self, frame: &mut Frame<'_>, parts: impl Iterator<Item = (&'e Expr, Use)>) -> Course {
        for (part, used) in parts {
            match self.value(frame, part, used) {
                Course::Goes => {}
                other => return other,
            }
        }
        Course::Goes
    }

    fn call(&self, frame: &mut Frame<'_>, call: &ExprCall) -> Course {
        let callee = last_name(&call.func).unwrap_or_default();
        if call.func.is_attribute_expr() && TELLING.contains(&callee) {
            return Course::Goes;
        }
        // What stands in may raise.
        if rooted(frame, &call.func).is_none() && self.is_replaced(call) {
            return Course::Stops;
        }
        if SORTING.contains(&callee) && given(call).any(|given| stands(frame, given).is_some()) {
            return Course::Stops;
        }
        let used = if call.func.is_name_expr() && MAKING.contains(&callee) { Use::Decides } else { Use::Lies };
        let inner =
            parts(&call.func).into_iter().map(|part| (part, Use::Drops)).chain(given(call).map(|given| (given, used)));
        match self.all(frame, inner) {
            Course::Goes => self.followed(frame, call),
            other => other,
        }
    }

    /// What a call of the project's own code asks.
    fn followed(&self, frame: &mut Frame<'_>, call: &ExprCall) -> Course {
        let Some(place) = self.place(frame, call) else { return Course::Goes };
        let Some(def) = place.def() else { return Course::Goes };
        let is_own = root_is_self(call);
        let mut names = arguments(def, call, place.of.is_some(), |given| stands(frame, given));
        if is_own {
            names.extend(
                frame
                    .names
                    .iter()
                    .filter(|(name, _)| name.starts_with("self."))
                    .map(|(name, given)| (name.clone(), *given)),
            );
        }
        if names.is_empty() && self.patched.is_none() {
            return Course::Goes;
        }
        let (course, left) = self.called(&place, names, frame.depth - 1, frame.is_tried);
        if is_own {
            frame.names.extend(left);
        }
        match course {
            Course::Asks(asked) => Course::Asks(asked),
            Course::Goes | Course::Stops => Course::Goes,
        }
    }

    /// Whether the tests replace what a call runs.
    fn is_replaced(&self, call: &ExprCall) -> bool {
        dotted(&call.func).is_some_and(|name| name.split('.').any(|part| self.replaced.contains(part)))
    }

    /// The function that a call in a frame runs.
    fn place(&self, frame: &Frame<'_>, call: &ExprCall) -> Option<Place> {
        let name = dotted(&call.func)?;
        match (name.strip_prefix("self."), frame.of) {
            (Some(method), Some(of)) if !method.contains('.') => Place::method(self.codes, of, method),
            _ => Place::find(self.codes, &frame.code.meaning(&name)?),
        }
    }

    /// What an expression asks of a mock: an attribute by its name, or an answer by which the code goes on.
    fn asked(&self, frame: &Frame<'_>, expr: &Expr, used: Use) -> Option<Asked> {
        let (given, step) = rooted(frame, expr)?;
        let is_apart = used != Use::Drops && (expr.is_attribute_expr() || expr.is_subscript_expr());
        let what = match (given, step) {
            (Given::Answer, Some(_)) if is_apart => String::new(),
            (Given::Answer, _) | (Given::Mock, Some(Expr::Call(_))) if used == Use::Decides => String::new(),
            (Given::Mock, Some(Expr::Call(_))) if is_apart => String::new(),
            (Given::Mock, Some(Expr::Attribute(step))) if used == Use::Decides || self.is_asked(step, expr, used) => {
                let name = step.attr.as_str();
                // Nobody goes on with what a logger answers.
                Some(name)
                    .filter(|name| !name.starts_with("__") && !TELLING.contains(name))
                    .map(|name| format!(".{name}"))?
            }
            _ => return None,
        };
        Some(Asked { what, path: frame.code.path.clone(), line: frame.code.line(expr) })
    }

    /// Whether an attribute of a mock is asked for: of what is replaced in a module, only what comes of its answer.
    fn is_asked(&self, step: &ExprAttribute, expr: &Expr, used: Use) -> bool {
        let is_own = std::ptr::eq(step, expr.as_attribute_expr().map_or(std::ptr::null(), std::ptr::from_ref));
        let is_apart = (expr.is_attribute_expr() || expr.is_subscript_expr()) && !is_own;
        used != Use::Drops && (self.patched.is_none() || is_apart)
    }
}
