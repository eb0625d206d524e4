//! Pieces of the source as they are quoted, and the lines on which they begin.

use crate::domain::python::{Logical, Syntax};
use ruff_python_ast::Stmt;
use ruff_text_size::{Ranged, TextSize};

/// Quotes longer than this are cut.
const LONGEST: usize = 56;

/// A parsed source with its text.
pub struct Source<'a> {
    text: &'a str,
    /// The tree.
    pub syntax: &'a Syntax,
    logical: Logical,
}

impl<'a> Source<'a> {
    /// Takes a text with its tree.
    #[must_use]
    pub fn new(text: &'a str, syntax: &'a Syntax) -> Self {
        Self { text, syntax, logical: Logical::read(syntax) }
    }

    /// The text of a piece.
    #[must_use]
    pub fn slice(&self, piece: &impl Ranged) -> &'a str {
        self.text.get(piece.range().to_std_range()).unwrap_or_default()
    }

    /// A piece on one line without comments, cut where it is long.
    #[must_use]
    pub fn quote(&self, piece: &impl Ranged) -> String {
        let range = piece.range();
        let tokens = self.syntax.tokens().iter();
        let comments = tokens.filter(|token| token.kind().is_comment() && range.contains_range(token.range()));
        let (mut whole, mut from) = (String::new(), range.start());
        for comment in comments {
            whole.push_str(self.text.get(from.to_usize()..comment.start().to_usize()).unwrap_or_default());
            from = comment.end();
        }
        whole.push_str(self.text.get(from.to_usize()..range.end().to_usize()).unwrap_or_default());
        let words = whole.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = ["( ", "[ ", "{ "].iter().fold(words, |words, open| words.replace(open, open.trim()));
        let words =
            [", )", ", ]", ", }"].iter().fold(words, |words, shut| words.replace(shut, shut.trim_matches([',', ' '])));
        match words.char_indices().nth(LONGEST) {
            Some((at, _)) => format!("{}…", words.get(..at).unwrap_or_default().trim_end()),
            None => words,
        }
    }

    /// The first line of the statement or clause at a place.
    #[must_use]
    pub fn first(&self, at: TextSize) -> u32 {
        self.logical.first_line(self.syntax.line(at))
    }

    /// The line on which a statement begins, its decorators included.
    #[must_use]
    pub fn line(&self, stmt: &Stmt) -> u32 {
        let decorators = match stmt {
            Stmt::FunctionDef(def) => &def.decorator_list,
            Stmt::ClassDef(class) => &class.decorator_list,
            _ => return self.first(stmt.start()),
        };
        self.first(decorators.first().map_or(stmt.start(), Ranged::start))
    }
}
