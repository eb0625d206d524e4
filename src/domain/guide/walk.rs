//! From the statements of a function to the things that a full test covers.

use super::condition::Condition;
use super::ends::{arms, ends, entered, leaves, past, reached, suppressed};
use super::inner;
use super::item::{Item, Kind, Sign, Why};
use super::name::{self, join, snake};
use super::outcome::{Last, Outcome, outcome, raise_words, raised};
use super::source::Source;
use super::words;
use crate::base::Clean;
use ruff_python_ast::{Expr, Stmt, StmtIf};
use ruff_text_size::Ranged;

/// Finds them.
pub struct Walk<'a> {
    pub(super) source: &'a Source<'a>,
    /// The parameters of the function.
    params: Vec<String>,
    /// The functions inside it that are being read.
    inside: Vec<&'a str>,
    /// What was found, in the order of the source.
    pub items: Vec<Item>,
}

/// Around what a block stands.
#[derive(Clone, Copy, Default)]
pub struct Around<'b> {
    /// Whether its last statement was told with what leads to it.
    pub told: bool,
    /// Whether it belongs to a loop.
    pub looped: bool,
    /// The exception that a `raise` alone hands on.
    pub caught: &'b str,
    /// The lines of the handlers that stand by for what is raised in it.
    pub handlers: &'b [u32],
}

impl<'a> Walk<'a> {
    /// Reads a function's body.
    #[must_use]
    pub fn read(source: &'a Source<'a>, params: Vec<String>, body: &'a [Stmt]) -> Vec<Item> {
        let mut walk = Self { source, params, inside: Vec::new(), items: Vec::new() };
        walk.block(body, Around::default());
        walk.items
    }

    pub(super) fn add(&mut self, kind: Kind, line: u32, words: &str, name: String, sign: Sign) {
        let words = match self.inside.last() {
            Some(function) => format!("in `{function}`: {words}"),
            None => words.to_owned(),
        };
        self.items.push(Item { kind, line, words: Clean::line(&words), name, sign, values: None });
    }

    /// Adds what there is to a condition beside its sides.
    pub(super) fn further(&mut self, condition: &Condition<'_>) {
        let found = condition.inside(self.source, &self.params);
        self.items.extend(found);
    }

    pub(super) fn block(&mut self, body: &'a [Stmt], around: Around<'_>) {
        for (at, stmt) in body.iter().enumerate() {
            let next = reached(self.source, body.get(at + 1..).unwrap_or_default());
            let is_told = around.told && at + 1 == body.len();
            self.statement(stmt, next, Around { told: is_told, ..around });
        }
    }

    fn statement(&mut self, stmt: &'a Stmt, next: Option<u32>, around: Around<'_>) {
        let line = self.source.line(stmt);
        let found = inner::items(self.source, stmt, line, &self.params);
        self.items.extend(found);
        let within = Around { told: false, ..around };
        match stmt {
            Stmt::If(stmt) => self.conditional(stmt, next, within),
            Stmt::For(stmt) => self.each(stmt, next, within),
            Stmt::While(stmt) => self.turns(stmt, next, within),
            Stmt::Try(stmt) => self.attempt(stmt, within),
            Stmt::Match(stmt) => self.choice(stmt, next, within),
            Stmt::With(stmt) => {
                for errors in stmt.items.iter().filter_map(|item| suppressed(&item.context_expr)) {
                    self.suppressing(errors, line, &stmt.body);
                }
                self.block(&stmt.body, within);
            }
            Stmt::Raise(raise) if !around.told => {
                let name = raised(raise).map_or_else(String::new, |error| format!("raises_{}", snake(&error)));
                self.add(Kind::Raise, line, &raise_words(self.source, raise), name, Sign::line(line));
            }
            Stmt::Return(back) if !around.told && around.looped => {
                let what = back.value.as_ref().map_or("None".to_owned(), |value| self.source.quote(&**value));
                let name = back.value.as_ref().and_then(|value| name::value(value));
                let words = format!("returns `{what}` from within the loop");
                let name = name.map_or_else(String::new, |name| format!("returns_{name}_from_the_loop"));
                self.add(Kind::Return, line, &words, name, Sign::done(line, around.handlers));
            }
            Stmt::FunctionDef(def) => {
                self.inside.push(def.name.as_str());
                let sign = Sign::Any(ends(self.source, &def.body));
                let name = format!("runs_{}", snake(&def.name));
                if sign != Sign::Any(Vec::new()) {
                    let line = sign.lines().first().copied().unwrap_or(line);
                    self.add(Kind::Path, line, "it is called and runs to its end", name, sign);
                }
                self.block(&def.body, Around::default());
                self.inside.pop();
            }
            Stmt::ClassDef(class) => self.block(&class.body, Around::default()),
            _ => {}
        }
    }

    /// A block that something leads to: what it is, and then what is in it.
    pub(super) fn led(&mut self, lead: Lead<'_>, body: &'a [Stmt], around: Around<'_>) {
        let came = outcome(self.source, body, around.caught);
        let (mut kind, mut line, mut sign) = (lead.kind, lead.line, lead.sign);
        if let (Some(last), Some(stmt)) = (came.last, body.last()) {
            let at = self.source.line(stmt);
            kind = match last {
                Last::Raise if kind == Kind::Branch => Kind::Raise,
                Last::Return if kind == Kind::Branch => Kind::Return,
                _ => kind,
            };
            if at != lead.line && last != Last::Turn {
                // Each statement before it may raise something else.
                sign = if last == Last::Return { Sign::done(at, around.handlers) } else { Sign::line(at) };
                line = if matches!(kind, Kind::Raise | Kind::Return) { at } else { line };
            }
        }
        let Outcome { words, name, last } = came;
        let words = words::join(&[lead.words, &words]);
        self.add(kind, line, &words, join(&name, lead.word, lead.name), sign);
        if let Some(condition) = lead.condition {
            self.further(&condition);
        }
        self.block(body, Around { told: last.is_some(), ..around });
    }

    fn conditional(&mut self, stmt: &'a StmtIf, next: Option<u32>, around: Around<'_>) {
        let source = self.source;
        let arms = arms(source, stmt);
        let clauses = &stmt.elif_else_clauses;
        let tests: Vec<&Expr> =
            std::iter::once(&*stmt.test).chain(clauses.iter().filter_map(|clause| clause.test.as_ref())).collect();
        let otherwise = clauses.last().filter(|clause| clause.test.is_none());
        let after = |at: usize| match (arms.get(at + 1), otherwise) {
            (Some((line, _)), _) => Some(Sign::line(*line)),
            (None, Some(clause)) => entered(source, &clause.body).map(Sign::line),
            (None, None) => arms.last().and_then(|(line, block)| past(source, &arms, (*line, block), next)),
        };
        for (at, (test, &(line, block))) in tests.iter().zip(&arms).enumerate() {
            if Condition::is_settled(test) {
                self.block(block, around);
                continue;
            }
            let no = after(at).unwrap_or_else(|| Sign::hidden(Sign::line(line), Why::Unbranched));
            let yes = enters(source, line, block, next);
            let condition = Condition { test, reached: Sign::line(line), yes: yes.clone(), no };
            let (words, name) = (words::side(source, test, true), name::side(test, true));
            let lead = Lead {
                kind: Kind::Branch,
                line,
                words: &words,
                word: "when",
                name,
                sign: yes,
                condition: Some(condition),
            };
            self.led(lead, block, around);
        }
        if tests.iter().any(|test| Condition::is_settled(test)) {
            otherwise.into_iter().for_each(|clause| self.block(&clause.body, around));
            return;
        }
        let single = tests.first().filter(|_| tests.len() == 1);
        let words =
            single.map_or_else(|| "none of these conditions".to_owned(), |test| words::side(source, test, false));
        let name = single.map_or(Some("nothing_else_applies".to_owned()), |test| name::side(test, false));
        let line = arms.last().map_or(0, |(line, _)| *line);
        match (otherwise, after(arms.len().saturating_sub(1))) {
            (Some(clause), Some(sign)) => {
                let line = source.first(clause.start());
                let lead = Lead { kind: Kind::Branch, line, words: &words, word: "when", name, sign, condition: None };
                self.led(lead, &clause.body, around);
            }
            (None, Some(sign)) => {
                let does = if arms.iter().all(|(_, block)| leaves(block)) { "goes on" } else { "goes on without it" };
                self.add(Kind::Branch, line, &words::join(&[&words, does]), join("", "when", name), sign);
            }
            _ => {}
        }
    }
}

/// What leads to a block.
pub struct Lead<'b> {
    /// What kind of thing it is.
    pub kind: Kind,
    /// The line to look at.
    pub line: u32,
    /// It in words.
    pub words: &'b str,
    /// The word between what a block comes to and `name`.
    pub word: &'b str,
    /// It as words of a test's name.
    pub name: Option<String>,
    /// What shows it.
    pub sign: Sign,
    /// The condition, where it is one.
    pub condition: Option<Condition<'b>>,
}

/// What shows that the block of a condition on `line` was entered; `next` is the statement behind it.
#[must_use]
pub fn enters(source: &Source<'_>, line: u32, block: &[Stmt], next: Option<u32>) -> Sign {
    match (entered(source, block), block.first()) {
        (Some(begin), _) if begin != line => Sign::line(begin),
        (_, Some(Stmt::Return(_) | Stmt::Raise(_))) if next.is_some() => Sign::Leaves(line),
        _ => Sign::hidden(Sign::line(line), Why::OneLine),
    }
}
