//! `try` with its handlers, `suppress`, and the patterns of `match`.

use super::condition::Condition;
use super::ends::{entered, handlers, past};
use super::item::{Kind, Sign, Why};
use super::name::{self, join, snake};
use super::outcome::{is_compound, outcome};
use super::walk::{Around, Lead, Walk, enters};
use super::words;
use crate::domain::python::last_name;
use ruff_python_ast::{ExceptHandler, ExceptHandlerExceptHandler, Expr, Stmt, StmtMatch, StmtTry};
use ruff_text_size::Ranged;

impl<'a> Walk<'a> {
    pub(super) fn attempt(&mut self, stmt: &'a StmtTry, around: Around<'_>) {
        let handlers = [around.handlers, &handlers(self.source, stmt)].concat();
        self.block(&stmt.body, Around { handlers: &handlers, ..around });
        let from = match &stmt.body[..] {
            [only] if !is_compound(only) => format!(" from `{}`", self.source.quote(only)),
            _ => String::new(),
        };
        for ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
            self.handler(handler, &from, around);
        }
        if let Some(line) = entered(self.source, &stmt.orelse) {
            let name = Some("nothing_is_raised".to_owned());
            let lead = Lead {
                kind: Kind::Branch,
                line,
                words: "nothing is raised",
                word: "when",
                name,
                sign: Sign::line(line),
                condition: None,
            };
            self.led(lead, &stmt.orelse, around);
        }
        if let (Some(block), Some(first)) = (entered(self.source, &stmt.finalbody), stmt.finalbody.first()) {
            let words =
                format!("an exception leaves the `try`: `finally` runs all the same, `{}`", self.source.quote(first));
            self.add(
                Kind::Finally,
                block,
                &words,
                "cleans_up_after_an_exception".to_owned(),
                Sign::hidden(Sign::line(block), Why::Always),
            );
            self.block(&stmt.finalbody, around);
        }
    }

    pub(super) fn handler(&mut self, handler: &'a ExceptHandlerExceptHandler, from: &str, around: Around<'_>) {
        let line = self.source.first(handler.start());
        let errors: Vec<&Expr> = match handler.type_.as_deref() {
            Some(Expr::Tuple(tuple)) => tuple.elts.iter().collect(),
            Some(error) => vec![error],
            None => Vec::new(),
        };
        let caught = errors.iter().filter_map(|error| last_name(error)).map(snake);
        let caught = caught.collect::<Vec<_>>().join("_or_");
        let quoted: Vec<String> = errors.iter().map(|error| format!("`{}`", self.source.quote(*error))).collect();
        let words = if quoted.is_empty() { "any exception".to_owned() } else { quoted.join(" or ") };
        let sign = enters(self.source, line, &handler.body, None);
        let name = Some(if caught.is_empty() { "any_exception".to_owned() } else { caught.clone() });
        let came = outcome(self.source, &handler.body, &caught);
        let word = if came.name.is_empty() { "handles" } else { "on" };
        let lead = Lead {
            kind: Kind::Except,
            line,
            words: &format!("{words}{from}"),
            word,
            name,
            sign: sign.clone(),
            condition: None,
        };
        self.led(lead, &handler.body, Around { caught: &caught, ..around });
        if errors.len() > 1 {
            for (error, quoted) in errors.iter().zip(&quoted) {
                let name = last_name(error).map(snake).unwrap_or_default();
                self.add(
                    Kind::Except,
                    line,
                    &format!("it is {quoted}"),
                    format!("handles_{name}"),
                    Sign::hidden(sign.clone(), Why::Which),
                );
            }
        }
    }

    pub(super) fn suppressing(&mut self, errors: &[Expr], line: u32, body: &[Stmt]) {
        let Some(block) = entered(self.source, body) else { return };
        for error in errors {
            let name = last_name(error).map(snake).unwrap_or_default();
            let words = format!("`{}` inside is ignored", self.source.quote(error));
            self.add(
                Kind::Except,
                line,
                &words,
                format!("ignores_{name}"),
                Sign::hidden(Sign::line(block), Why::Silent),
            );
        }
    }

    pub(super) fn choice(&mut self, stmt: &'a StmtMatch, next: Option<u32>, around: Around<'_>) {
        let (source, subject) = (self.source, &*stmt.subject);
        let blocks: Vec<(u32, &[Stmt])> =
            stmt.cases.iter().map(|case| (source.first(case.start()), &case.body[..])).collect();
        for (case, &(line, block)) in stmt.cases.iter().zip(&blocks) {
            let is_rest = case.pattern.is_irrefutable() && case.guard.is_none();
            let pattern = source.quote(&case.pattern);
            let called = snake(&pattern.split_whitespace().collect::<Vec<_>>().join("_"));
            let (words, name) = match is_rest {
                true => ("no other pattern matches".to_owned(), "nothing_else_matches".to_owned()),
                false => (
                    format!("`{}` matches `{pattern}`", source.quote(subject)),
                    format!("{}_matches_{called}", name::value(subject).unwrap_or_else(|| "it".to_owned())),
                ),
            };
            let guard = case.guard.as_deref().map(|guard| words::side(source, guard, true));
            let words = guard.as_ref().map_or(words.clone(), |guard| format!("{words} and {guard}"));
            let lead = Lead {
                kind: Kind::Case,
                line,
                words: &words,
                word: "when",
                name: Some(name.clone()),
                sign: enters(source, line, block, None),
                condition: None,
            };
            self.led(lead, block, around);
            if let Some(guard) = case.guard.as_deref() {
                let words = format!("`{pattern}` matches, {}", words::side(source, guard, false));
                let without = name::side(guard, false).map(|guard| format!("{name}_while_{guard}"));
                self.add(
                    Kind::Case,
                    line,
                    &words,
                    join("", "when", without),
                    Sign::hidden(Sign::line(line), Why::OneLine),
                );
                self.further(&Condition::within(guard, Sign::line(line)));
            }
        }
        let has_rest = stmt.cases.iter().any(|case| case.pattern.is_irrefutable() && case.guard.is_none());
        let none = blocks
            .last()
            .filter(|_| !has_rest)
            .and_then(|(line, block)| Some((*line, past(source, &blocks, (*line, block), next)?)));
        if let Some((line, sign)) = none {
            self.add(Kind::Case, line, "no pattern matches: goes on", "when_nothing_matches".to_owned(), sign);
        }
    }
}
