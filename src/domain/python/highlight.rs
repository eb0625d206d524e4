//! Tokens of Python source for colouring, line by line.

use crate::domain::python::syntax::Syntax;
use ruff_python_ast::token::TokenKind;
use ruff_text_size::TextRange;
use std::ops::Range;

/// What a stretch of source is, as far as its colour goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Token {
    /// `def`, `return`, `match` where it is a keyword, …
    Keyword,
    /// Any name that is nothing more special.
    Name,
    /// The name in a function's definition, or the name that is called.
    Function,
    /// The name in a class's definition.
    Class,
    /// A decorator: the `@` and the names after it.
    Decorator,
    /// A string, its quotes included.
    String,
    /// A string that documents its module, class or function.
    Docstring,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// An operator or a bracket.
    Operator,
    /// A name of Python's own: `len`, `ValueError`.
    Builtin,
    /// `True`, `False`, `None`, `...`.
    Constant,
    /// `self` and `cls`.
    Receiver,
}

/// A coloured stretch of one line: its bytes within the line, and what it is.
pub type Span = (Range<usize>, Token);

/// The coloured stretches of each line of `source`, cut as [`crate::domain::python::source_lines`] cuts it: in order,
/// never overlapping, on character boundaries. Works on broken source; one too long or too deep to parse
/// stays uncoloured.
#[must_use]
pub fn highlight(source: &str) -> Vec<Vec<Span>> {
    let syntax = Syntax::read(source);
    let tokens = syntax.tokens();
    let mut canvas = Canvas::new(source, &syntax);
    let mut reader = Reader::default();
    for (at, token) in tokens.iter().enumerate() {
        let (kind, range) = token.as_tuple();
        let text = source.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
        let next = tokens.get(at + 1).map(|token| token.kind());
        if let Some(token) = reader.token(kind, text, next) {
            canvas.paint(&syntax, range, token);
        }
    }
    canvas.lines
}

/// Knows what went before in the statement, as far as it decides what a token is.
#[derive(Default)]
struct Reader {
    before: Option<TokenKind>,
    decorator: bool,
}

impl Reader {
    fn token(&mut self, kind: TokenKind, text: &str, next: Option<TokenKind>) -> Option<Token> {
        let starts = self.before.is_none();
        let token = match kind {
            TokenKind::Comment => return Some(Token::Comment),
            TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent => {
                *self = Self::default();
                return None;
            }
            TokenKind::NonLogicalNewline | TokenKind::EndOfFile | TokenKind::Unknown => return None,
            TokenKind::At if starts => {
                self.decorator = true;
                Token::Decorator
            }
            TokenKind::Dot if self.decorator => Token::Decorator,
            TokenKind::Name => self.name(text, next),
            TokenKind::String if starts && ends(next) => Token::Docstring,
            kind => plain(kind),
        };
        self.decorator &= kind != TokenKind::Lpar;
        self.before = Some(kind);
        Some(token)
    }

    fn name(&self, text: &str, next: Option<TokenKind>) -> Token {
        match self.before {
            Some(TokenKind::Def) => Token::Function,
            Some(TokenKind::Class) => Token::Class,
            _ if self.decorator => Token::Decorator,
            Some(TokenKind::Dot) if next == Some(TokenKind::Lpar) => Token::Function,
            Some(TokenKind::Dot) => Token::Name,
            _ if matches!(text, "self" | "cls") => Token::Receiver,
            // The name of a keyword argument is not Python's own.
            _ if next != Some(TokenKind::Equal) && BUILTINS.binary_search(&text).is_ok() => Token::Builtin,
            _ if next == Some(TokenKind::Lpar) => Token::Function,
            _ => Token::Name,
        }
    }
}

const fn ends(next: Option<TokenKind>) -> bool {
    matches!(next, None | Some(TokenKind::Newline | TokenKind::EndOfFile))
}

/// What a token is that needs no context.
fn plain(kind: TokenKind) -> Token {
    match kind {
        TokenKind::String
        | TokenKind::FStringStart
        | TokenKind::FStringMiddle
        | TokenKind::FStringEnd
        | TokenKind::TStringStart
        | TokenKind::TStringMiddle
        | TokenKind::TStringEnd => Token::String,
        TokenKind::Int | TokenKind::Float | TokenKind::Complex => Token::Number,
        TokenKind::True | TokenKind::False | TokenKind::None | TokenKind::Ellipsis => Token::Constant,
        kind if kind.is_keyword() => Token::Keyword,
        _ => Token::Operator,
    }
}

/// The lines being coloured, from left to right.
struct Canvas<'a> {
    source: &'a str,
    lines: Vec<Vec<Span>>,
}

impl<'a> Canvas<'a> {
    fn new(source: &'a str, syntax: &Syntax) -> Self {
        let count = if source.is_empty() { 0 } else { syntax.count() };
        Self { source, lines: vec![Vec::new(); count] }
    }

    /// Colours a stretch that may run over several lines; what is coloured already stays as it is.
    fn paint(&mut self, syntax: &Syntax, range: TextRange, token: Token) {
        if range.is_empty() {
            return;
        }
        let (first, last) = syntax.lines(range);
        for line in first..=last {
            let (start, end) = (syntax.start(line), syntax.start(line.saturating_add(1)));
            let from = range.start().to_u32().max(start) as usize;
            let to = range.end().to_u32().min(end) as usize;
            let text = self.source.get(from..to).unwrap_or_default().trim_end_matches(['\n', '\r']);
            let from = from - start as usize;
            let Some(spans) = self.lines.get_mut((line as usize).saturating_sub(1)) else { continue };
            let free = spans.last().is_none_or(|(range, _)| range.end <= from);
            if !text.is_empty() && free {
                spans.push((from..from + text.len(), token));
            }
        }
    }
}

/// Names of Python's own, sorted.
#[rustfmt::skip]
const BUILTINS: [&str; 135] = [
    "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "BaseExceptionGroup", "BlockingIOError",
    "BrokenPipeError", "BufferError", "ChildProcessError", "ConnectionAbortedError", "ConnectionError",
    "ConnectionRefusedError", "ConnectionResetError", "DeprecationWarning", "EOFError", "EnvironmentError",
    "Exception", "ExceptionGroup", "FileExistsError", "FileNotFoundError", "FloatingPointError", "FutureWarning",
    "GeneratorExit", "IOError", "ImportError", "IndentationError", "IndexError", "InterruptedError",
    "IsADirectoryError", "KeyError", "KeyboardInterrupt", "LookupError", "MemoryError", "ModuleNotFoundError",
    "NameError", "NotADirectoryError", "NotImplemented", "NotImplementedError", "OSError", "OverflowError",
    "PermissionError", "ProcessLookupError", "RecursionError", "ReferenceError", "ResourceWarning", "RuntimeError",
    "RuntimeWarning", "StopAsyncIteration", "StopIteration", "SyntaxError", "SystemError", "SystemExit", "TabError",
    "TimeoutError", "TypeError", "UnboundLocalError", "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError",
    "UnicodeTranslateError", "UserWarning", "ValueError", "Warning", "ZeroDivisionError", "__file__", "__name__",
    "abs", "aiter", "all", "anext", "any", "ascii", "bin", "bool", "breakpoint", "bytearray", "bytes", "callable",
    "chr", "classmethod", "compile", "complex", "delattr", "dict", "dir", "divmod", "enumerate", "eval", "exec",
    "filter", "float", "format", "frozenset", "getattr", "globals", "hasattr", "hash", "hex", "id", "input", "int",
    "isinstance", "issubclass", "iter", "len", "list", "locals", "map", "max", "memoryview", "min", "next", "object",
    "oct", "open", "ord", "pow", "print", "property", "range", "repr", "reversed", "round", "set", "setattr",
    "slice", "sorted", "staticmethod", "str", "sum", "super", "tuple", "type", "vars", "zip",
];

#[cfg(test)]
mod tests {
    use super::{BUILTINS, Token, highlight};
    use crate::domain::python::source_lines;
    use proptest::prelude::*;

    /// The words that are coloured as `token`.
    fn check(source: &str, token: Token, expect: &[&str]) {
        let lines = source_lines(source);
        let spans = highlight(source);
        let words: Vec<&str> = lines
            .iter()
            .zip(&spans)
            .flat_map(|(line, spans)| spans.iter().filter(|span| span.1 == token).map(|span| &line[span.0.clone()]))
            .collect();
        assert_eq!(words, expect, "{source:?}");
    }

    #[test]
    fn names_are_coloured_by_what_they_are() {
        let source = "@app.route('/x')\nasync def view(self, id=3):\n    return len(self.items) + make(None)  # why\n";
        check(source, Token::Decorator, &["@", "app", ".", "route"]);
        check(source, Token::Function, &["view", "make"]);
        check(source, Token::Keyword, &["async", "def", "return"]);
        check(source, Token::Builtin, &["len"]);
        check(source, Token::Receiver, &["self", "self"]);
        check(source, Token::Constant, &["None"]);
        check(source, Token::Comment, &["# why"]);
        check(source, Token::String, &["'/x'"]);
        check("class A(ValueError): x = 'ä'; y = 1.5", Token::Class, &["A"]);
        check("match = 1\nmatch match:\n    case 1: pass\n", Token::Keyword, &["match", "case", "pass"]);
    }

    #[test]
    fn strings_of_several_lines_are_cut_into_lines() {
        let source = "def f():\n    \"\"\"One\n    two ü.\"\"\"\r\n    x = f'a{b}c'\n";
        check(source, Token::Docstring, &["\"\"\"One", "    two ü.\"\"\""]);
        check(source, Token::String, &["f'", "a", "c", "'"]);
    }

    #[test]
    fn what_follows_an_error_is_still_coloured() {
        check("def broken(:\n    x = (\n\ndef later():\n    return 1\n", Token::Keyword, &["def", "def", "return"]);
    }

    #[test]
    fn python_s_own_names_are_sorted() {
        assert!(BUILTINS.is_sorted());
    }

    proptest! {
        #[test]
        fn spans_are_in_order_and_on_boundaries(source in crate::domain::python::sample::python_like()) {
            let lines = source_lines(&source);
            let spans = highlight(&source);
            prop_assert_eq!(lines.len(), spans.len());
            for (line, spans) in lines.iter().zip(&spans) {
                let mut end = 0;
                for (range, _) in spans {
                    prop_assert!(end <= range.start && range.start < range.end);
                    prop_assert!(line.get(range.clone()).is_some(), "{:?} of {:?}", range, line);
                    end = range.end;
                }
            }
        }
    }
}
