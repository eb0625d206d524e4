//! Source made ready to paint: tabs expanded, pieces by token, functions by line. Done off the loop.

use crate::app::{Scope, SourceLine};
use crate::base::Clean;
use crate::domain::python::{Naming, Token, highlight, outline};
use std::ops::Range;

/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// The lines of a Python source, ready to paint.
#[must_use]
pub fn source_lines(text: &str) -> Vec<SourceLine> {
    let mut spans = highlight(text).into_iter();
    text.lines().map(|line| pieces(line, &spans.next().unwrap_or_default())).collect()
}

/// The functions and classes of a Python source.
#[must_use]
pub fn scopes(text: &str) -> Vec<Scope> {
    let functions = outline(text, &Naming::default()).functions;
    functions.iter().map(|f| Scope { name: Clean::line(&f.name), first: f.line, last: f.end }).collect()
}

fn pieces(line: &str, spans: &[(Range<usize>, Token)]) -> SourceLine {
    let mut out = SourceLine::default();
    let mut column = 0;
    let mut put = |range: Range<usize>, token: Option<Token>| {
        let part = line.get(range).unwrap_or_default();
        if part.is_empty() {
            return;
        }
        let part = expand(part, &mut column);
        out.pieces.push((Clean::line(&part), token));
    };
    let mut at = 0;
    for (range, token) in spans {
        put(at..range.start.max(at), None);
        put(range.start.max(at)..range.end, Some(*token));
        at = at.max(range.end);
    }
    put(at..line.len(), None);
    out
}

/// Tabs become spaces up to the next stop; `column` goes on from piece to piece.
fn expand(part: &str, column: &mut usize) -> String {
    let mut out = String::new();
    for c in part.chars() {
        if c == '\t' {
            let spaces = TAB - *column % TAB;
            out.extend(std::iter::repeat_n(' ', spaces));
            *column += spaces;
        } else {
            out.push(c);
            *column += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{pieces, source_lines};
    use crate::domain::python::Token;

    #[test]
    fn pieces_are_the_line_with_its_tabs_expanded() {
        let line = "\tif\tx: # \u{202e}";
        let spans = [(1..3, Token::Keyword), (7..line.len(), Token::Comment)];
        let made = pieces(line, &spans);
        let text: String = made.pieces.iter().map(|(text, _)| text.to_string()).collect();
        assert_eq!(text, "    if  x: # <U+202E>");
        assert_eq!(made.pieces[1], (crate::base::Clean::line("if"), Some(Token::Keyword)));
    }

    #[test]
    fn there_are_as_many_lines_as_in_the_text() {
        assert_eq!(source_lines("a = 1\n\nb = 2\n").len(), 3);
    }
}
