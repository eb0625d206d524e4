//! Loops: with turns and without any, and their `else`.

use super::condition::Condition;
use super::ends::{entered, reached};
use super::item::{Kind, Sign, Why};
use super::name::{self, join};
use super::walk::{Around, Lead, Walk, enters};
use super::words;
use ruff_python_ast::{Expr, Stmt, StmtFor, StmtWhile};
use ruff_text_size::Ranged;

impl<'a> Walk<'a> {
    pub(super) fn each(&mut self, stmt: &'a StmtFor, next: Option<u32>, around: Around<'_>) {
        let (line, over) = (self.source.first(stmt.start()), self.source.quote(&*stmt.iter));
        let Some(block) = entered(self.source, &stmt.body) else { return };
        let next = reached(self.source, &stmt.orelse).or(next);
        let called = name::value(&stmt.iter);
        if !is_filled(&stmt.iter) {
            let sign = if block == line {
                Sign::hidden(Sign::line(line), Why::OneLine)
            } else {
                Sign::NoTurn { line, block, next }
            };
            let name = called.clone().map_or_else(|| "without_a_turn".to_owned(), |name| format!("without_{name}"));
            self.add(Kind::Loop, line, &format!("`{over}` has nothing: no turn of the loop"), name, sign);
        }
        let name = called.map_or_else(|| "with_a_turn".to_owned(), |name| format!("with_{name}"));
        let sign = enters(self.source, line, &stmt.body, None);
        self.add(Kind::Loop, line, &format!("`{over}` has something: a turn of the loop"), name, sign);
        self.block(&stmt.body, Around { looped: true, ..around });
        self.unbroken(&stmt.orelse, around);
    }

    pub(super) fn turns(&mut self, stmt: &'a StmtWhile, next: Option<u32>, around: Around<'_>) {
        let (source, test) = (self.source, &*stmt.test);
        let line = source.first(stmt.start());
        let Some(block) = entered(source, &stmt.body) else { return };
        if !Condition::is_settled(test) {
            let next = reached(source, &stmt.orelse).or(next);
            let yes = enters(source, line, &stmt.body, None);
            let sign = match block == line {
                true => Sign::hidden(Sign::line(line), Why::OneLine),
                false => Sign::NoTurn { line, block, next },
            };
            let words = |holds| words::side(source, test, holds);
            self.add(
                Kind::Loop,
                line,
                &format!("{}: a turn of the loop", words(true)),
                join("", "while", name::side(test, true)),
                yes.clone(),
            );
            self.add(
                Kind::Loop,
                line,
                &format!("{} at once: no turn of the loop", words(false)),
                join("", "when", name::side(test, false)),
                sign,
            );
            let no = Sign::Past { line, block, next: next.map(|next| (next, false)), others: Vec::new() };
            self.further(&Condition { test, reached: Sign::line(line), yes, no });
        }
        self.block(&stmt.body, Around { looped: true, ..around });
        self.unbroken(&stmt.orelse, around);
    }

    /// The `else` of a loop.
    pub(super) fn unbroken(&mut self, body: &'a [Stmt], around: Around<'_>) {
        if let Some(line) = entered(self.source, body) {
            let name = Some("the_loop_ends_by_itself".to_owned());
            let lead = Lead {
                kind: Kind::Branch,
                line,
                words: "the loop ends without `break`",
                word: "when",
                name,
                sign: Sign::line(line),
                condition: None,
            };
            self.led(lead, body, around);
        }
    }
}

/// Whether a loop over this has a turn whatever the function is called with.
fn is_filled(iter: &Expr) -> bool {
    match iter {
        Expr::List(list) => !list.elts.is_empty(),
        Expr::Tuple(tuple) => !tuple.elts.is_empty(),
        Expr::Set(_) => true,
        Expr::StringLiteral(text) => !text.value.is_empty(),
        // A constant of the module or of the class.
        Expr::Name(name) => is_constant_name(&name.id),
        Expr::Attribute(attribute) => is_constant_name(&attribute.attr),
        Expr::Call(call) => match (crate::domain::python::last_name(&call.func), &*call.arguments.args) {
            (Some("range"), args) => args.iter().all(Expr::is_number_literal_expr),
            (Some("count"), _) => {
                crate::domain::python::dotted(&call.func).is_some_and(|name| name == "itertools.count")
            }
            (Some("enumerate"), [first, ..]) => is_filled(first),
            _ => false,
        },
        _ => false,
    }
}

fn is_constant_name(name: &str) -> bool {
    name.len() > 1 && name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase)
}
