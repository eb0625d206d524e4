//! The checklist of the tests of one source: every rule, one test after another.

use super::finding::Finding;
use super::guards::{Surrounding, Words, guards};
use super::ignore::Ignores;
use super::rule::Rule;
use super::source::{Case, Source, locals};
use super::walk::{statements, within};
use super::{asserting, determinism, isolation, logic, mocks, naming, payload, phases, reach};
use crate::domain::python::{Naming, Syntax, last_name};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a source beside its text.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// How the project names tests.
    pub naming: &'a Naming,
    /// The `conftest.py` files around it.
    pub around: &'a [&'a Surrounding],
    /// The tests that assert nothing, by the sources of their helpers as well.
    pub silent: &'a [Vec<String>],
    /// Whether its tests let several real parts work together, by the project's layers.
    pub is_integration: bool,
}

/// The findings in a source, in source order. Total: any text gives an answer; where it is no Python, nothing is found.
#[must_use]
pub fn check(text: &str, about: About<'_>) -> Vec<Finding> {
    let syntax = Syntax::read(text);
    let source = Source::read(text, &syntax, about.naming);
    let own = Surrounding::of(&source);
    let states = isolation::states(&source);
    let mut found = Vec::new();
    for case in &source.tests {
        let guards = guards(&source, &own, about.around, case);
        let mut look = Look {
            source: &source,
            case,
            about,
            guards,
            locals: locals(case.def),
            values: values(case),
            turns: turns(case),
            found: Vec::new(),
        };
        naming::check(&mut look);
        logic::check(&mut look);
        asserting::check(&mut look);
        reach::check(&mut look);
        determinism::check(&mut look);
        isolation::check(&mut look, &states);
        mocks::check(&mut look);
        phases::check(&mut look);
        payload::check(&mut look);
        found.append(&mut look.found);
    }
    let ignores = Ignores::read(&source);
    let mut found = ignores.apply(&source, found);
    found.sort_by(|a, b| (a.line, a.rule.id).cmp(&(b.line, b.rule.id)));
    found.dedup_by(|a, b| a.line == b.line && a.rule.id == b.rule.id);
    found
}

/// Whether a comment on the `def` line of a test leaves a rule out of which only runs can tell.
#[must_use]
pub fn is_left_out(text: &str, naming: &Naming, test: &[String], rule: &'static Rule) -> bool {
    let syntax = Syntax::read(text);
    let source = Source::read(text, &syntax, naming);
    let line = source.tests.iter().find(|case| case.names == test).map_or(0, |case| case.line);
    let finding = Finding { rule, line, end: line, test: test.to_vec(), what: String::new(), is_asserting: false };
    let left = Ignores::read(&source).apply(&source, vec![finding]);
    !left.iter().any(|finding| finding.rule.id == rule.id)
}

/// Fixtures that hold what the code under test left.
const OUTCOMES: [&str; 6] = ["caplog", "recwarn", "mailoutbox", "outbox", "capsys", "capfd"];

/// One test under the rules, and what they found.
pub struct Look<'a, 'b> {
    /// The source.
    pub source: &'b Source<'a>,
    /// The test.
    pub case: &'b Case<'a>,
    /// What is known beside the text.
    pub about: About<'b>,
    /// What guards the test.
    pub guards: Words,
    /// The names that the test assigns.
    pub locals: BTreeSet<&'a str>,
    /// What is assigned to each of its names.
    values: BTreeMap<&'a str, Vec<&'a Expr>>,
    /// What each of its names goes through in a loop.
    turns: BTreeMap<&'a str, Vec<&'a Expr>>,
    found: Vec<Finding>,
}

/// The values that a test assigns to its names.
fn values<'a>(case: &Case<'a>) -> BTreeMap<&'a str, Vec<&'a Expr>> {
    let mut values: BTreeMap<&str, Vec<&Expr>> = BTreeMap::new();
    for stmt in statements(&case.def.body) {
        if let Stmt::Assign(assign) = stmt {
            for name in assign.targets.iter().filter_map(Expr::as_name_expr) {
                values.entry(name.id.as_str()).or_default().push(&assign.value);
            }
        }
    }
    values
}

/// What the names of loops go through.
fn turns<'a>(case: &Case<'a>) -> BTreeMap<&'a str, Vec<&'a Expr>> {
    let mut turns: BTreeMap<&str, Vec<&Expr>> = BTreeMap::new();
    for repeat in statements(&case.def.body).into_iter().filter_map(Stmt::as_for_stmt) {
        for name in within(&repeat.target).into_iter().filter_map(Expr::as_name_expr) {
            turns.entry(name.id.as_str()).or_default().push(&repeat.iter);
        }
    }
    turns
}

impl<'a> Look<'a, '_> {
    /// Notes that a node breaks a rule.
    pub fn find(&mut self, rule: &str, node: &impl Ranged, what: String) {
        let (line, end) = self.source.syntax.lines(node.range());
        self.note(rule, (line, end), what, false);
    }

    /// Notes that a line breaks a rule.
    pub fn find_at(&mut self, rule: &str, line: u32, what: String) {
        self.note(rule, (line, line), what, false);
    }

    /// Notes that an assertion may not run: a run can tell whether it did.
    pub fn find_asserting(&mut self, rule: &str, stmt: &Stmt, what: String) {
        let (line, end) = self.source.syntax.lines(stmt.range());
        self.note(rule, (line, end), what, true);
    }

    fn note(&mut self, rule: &str, (line, end): (u32, u32), what: String, is_asserting: bool) {
        let Some(rule) = Rule::find(rule) else { return };
        self.found.push(Finding { rule, line, end, test: self.case.names.clone(), what, is_asserting });
    }

    /// What is assigned to a name of the test.
    #[must_use]
    pub fn values(&self, name: &str) -> &[&'a Expr] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a name of the test holds what the test itself says: constants, parameters, and the items of literals.
    #[must_use]
    pub fn is_fixed(&self, name: &str) -> bool {
        self.is_fixed_within(name, 3)
    }

    fn is_fixed_within(&self, name: &str, deep: usize) -> bool {
        let values = self.values(name);
        let turns = self.turns.get(name).map_or(&[][..], Vec::as_slice);
        let said = |expr: &&&Expr| {
            let names = super::walk::names(expr);
            let has_call = within(expr).into_iter().filter_map(Expr::as_call_expr).any(|call| {
                !matches!(
                    last_name(&call.func),
                    Some("items" | "keys" | "values" | "enumerate" | "zip" | "range" | "sorted" | "reversed" | "len")
                )
            });
            !has_call
                && names.into_iter().all(|name| {
                    let is_parameter = self.case.parameters().any(|parameter| parameter == name);
                    is_parameter || !self.locals.contains(name) || deep > 0 && self.is_fixed_within(name, deep - 1)
                })
        };
        !(values.is_empty() && turns.is_empty())
            && values.iter().all(|value| said(&value))
            && turns.iter().all(|turn| said(&turn))
    }

    /// Whether something to loop over surely has items, as far as one can see it: what can't be seen is taken to have some,
    /// but what the code under test gives back.
    #[must_use]
    pub fn is_filled(&self, iter: &Expr) -> bool {
        match iter {
            Expr::List(list) => !list.elts.is_empty(),
            Expr::Tuple(tuple) => !tuple.elts.is_empty(),
            Expr::Set(_) | Expr::StringLiteral(_) | Expr::FString(_) | Expr::BytesLiteral(_) | Expr::Starred(_) => true,
            Expr::Dict(dict) => !dict.items.is_empty(),
            Expr::ListComp(comp) => comp.generators.iter().all(|part| self.is_filled(&part.iter)),
            Expr::SetComp(comp) => comp.generators.iter().all(|part| self.is_filled(&part.iter)),
            Expr::Generator(comp) => comp.generators.iter().all(|part| self.is_filled(&part.iter)),
            Expr::DictComp(comp) => comp.generators.iter().all(|part| self.is_filled(&part.iter)),
            Expr::BinOp(both) => self.is_filled(&both.left) || self.is_filled(&both.right),
            Expr::Subscript(subscript) => self.is_filled(&subscript.value),
            Expr::Name(name) => self.is_filled_name(name.id.as_str()),
            Expr::Call(call) => self.is_filled_call(call),
            Expr::Attribute(attribute) => {
                let root = super::walk::root(&attribute.value);
                let given =
                    |root: &str| self.case.parameters().any(|parameter| parameter == root) && !OUTCOMES.contains(&root);
                root.is_none_or(|root| !self.locals.contains(root) || matches!(root, "self" | "cls") || given(root))
            }
            _ => true,
        }
    }

    fn is_filled_name(&self, name: &str) -> bool {
        let values = self.values(name);
        let is_parameter = self.case.parameters().any(|parameter| parameter == name);
        if is_parameter || !self.locals.contains(name) {
            return true;
        }
        let is_filling = |call: &ruff_python_ast::ExprCall| {
            call.func.as_attribute_expr().is_some_and(|attribute| {
                attribute.value.as_name_expr().is_some_and(|owner| owner.id.as_str() == name)
                    && matches!(
                        attribute.attr.as_str(),
                        "append" | "extend" | "add" | "update" | "insert" | "setdefault"
                    )
            })
        };
        let all = statements(&self.case.def.body);
        let stored = |stmt: &&Stmt| {
            let targets: &[Expr] = match stmt {
                Stmt::Assign(assign) => &assign.targets,
                _ => return stmt.is_aug_assign_stmt(),
            };
            targets
                .iter()
                .filter_map(Expr::as_subscript_expr)
                .any(|subscript| super::walk::root(&subscript.value) == Some(name))
        };
        values.is_empty()
            || values.iter().any(|value| self.is_filled(value))
            || all.iter().any(|stmt| super::walk::calls(stmt).any(is_filling))
            || all.iter().any(stored)
    }

    fn is_filled_call(&self, call: &ruff_python_ast::ExprCall) -> bool {
        let arguments = &call.arguments.args;
        match (&*call.func, last_name(&call.func)) {
            (Expr::Name(_), Some("dict")) if !call.arguments.keywords.is_empty() => true,
            (Expr::Name(_), Some("range")) => {
                let is_zero = |expr: &Expr| self.source.slice(expr) == "0";
                !(arguments.len() == 1 && arguments.first().is_some_and(is_zero))
            }
            (
                Expr::Name(_),
                Some("enumerate" | "zip" | "sorted" | "reversed" | "list" | "tuple" | "set" | "iter" | "map"),
            ) => {
                let given = if last_name(&call.func) == Some("map") { 1 } else { 0 };
                arguments.iter().skip(given).filter(|arg| !arg.is_number_literal_expr()).all(|arg| self.is_filled(arg))
            }
            (
                Expr::Attribute(_),
                Some("product" | "permutations" | "combinations" | "chain" | "repeat" | "cycle" | "islice"),
            ) => true,
            (Expr::Attribute(attribute), Some("items" | "keys" | "values" | "split" | "splitlines" | "copy")) => {
                self.is_filled(&attribute.value)
            }
            // A class of choices, a helper of the tests: what is in it is not for the code under test to say.
            _ => {
                let own = within(&call.func).into_iter().filter_map(Expr::as_name_expr).next();
                own.is_some_and(|name| self.source.functions.contains_key(name.id.as_str()))
            }
        }
    }
}
