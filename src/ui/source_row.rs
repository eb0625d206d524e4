//! One line of highlighted source, for the uncovered lines and for previews.

use crate::app::SourceLine;
use crate::domain::python::Token;
use crate::ui::Role;
use crate::ui::canvas::Row;

/// Writes a line of source.
pub fn source(row: &mut Row<'_, '_>, line: &SourceLine) {
    for (words, token) in &line.pieces {
        row.put(words, token.map_or(Role::Name, role));
    }
}

const fn role(token: Token) -> Role {
    match token {
        Token::Keyword => Role::Keyword,
        Token::Name | Token::Receiver => Role::Name,
        Token::Function => Role::Function,
        Token::Class => Role::Class,
        Token::Decorator => Role::Decorator,
        Token::String => Role::String,
        Token::Docstring | Token::Comment => Role::Comment,
        Token::Number => Role::Number,
        Token::Operator => Role::Operator,
        Token::Builtin => Role::Builtin,
        Token::Constant => Role::Constant,
    }
}
