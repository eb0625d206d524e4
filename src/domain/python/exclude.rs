//! What coverage.py leaves out by default: lines that match its patterns, with the blocks they open.

use crate::domain::python::syntax::{Syntax, source_lines};
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_match_case, walk_stmt};
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Decorator, MatchCase, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// The logical lines of a source: which lines belong to one statement.
pub struct Logical {
    /// For each line of a logical line of several lines but its first: the line, and the first line; ascending.
    pub first_lines: Vec<(u32, u32)>,
    /// The first and the last line of each logical line, ascending.
    pub lines: Vec<(u32, u32)>,
}

impl Logical {
    /// Reads the logical lines from the tokens.
    #[must_use]
    pub fn read(syntax: &Syntax) -> Self {
        let (mut first_lines, mut lines) = (Vec::new(), Vec::new());
        let mut first = None;
        for token in syntax.tokens() {
            match token.kind() {
                TokenKind::Newline => {
                    let end = syntax.line(token.start());
                    if let Some(first) = first.take() {
                        first_lines.extend((first + 1..=end).map(|line| (line, first)));
                        lines.push((first, end));
                    }
                }
                TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::Indent | TokenKind::Dedent => {}
                TokenKind::EndOfFile => {}
                _ => first = first.or(Some(syntax.line(token.start()))),
            }
        }
        Self { first_lines, lines }
    }

    /// The last line of the logical line that `line` belongs to.
    #[must_use]
    pub fn last_line(&self, line: u32) -> u32 {
        let at = self.lines.partition_point(|&(first, _)| first <= line);
        let found = at.checked_sub(1).and_then(|at| self.lines.get(at));
        found.map_or(line, |&(_, last)| last.max(line))
    }

    /// The first line of the statement that `line` belongs to.
    #[must_use]
    pub fn first_line(&self, line: u32) -> u32 {
        let at = self.first_lines.binary_search_by_key(&line, |pair| pair.0);
        at.ok().and_then(|at| self.first_lines.get(at)).map_or(line, |pair| pair.1)
    }
}

/// The excluded lines of a source; `code` are the lines for which there is code.
#[must_use]
pub fn excluded_lines(source: &str, syntax: &Syntax, logical: &Logical, code: &BTreeSet<u32>) -> BTreeSet<u32> {
    let matched = matching(&source_lines(source));
    if matched.is_empty() {
        return matched;
    }
    let matched = matched.iter().map(|line| logical.first_line(*line)).collect();
    let blocks = with_blocks(syntax, matched);
    let excluded = blocks.iter().map(|line| logical.first_line(*line)).collect();
    let mut spread = Spread { syntax, code, excluded };
    spread.visit_body(syntax.body());
    spread.excluded
}

/// The lines that match one of coverage.py's default patterns. Those for stubs and `TYPE_CHECKING` begin with white space
/// of any kind, so that blank lines above belong to the match; behind `...` blank lines do, and a comment that follows.
fn matching(lines: &[&str]) -> BTreeSet<u32> {
    let mut matched = BTreeSet::new();
    for (at, line) in lines.iter().enumerate() {
        if has_pragma(line) {
            matched.extend(at..=at);
        }
        let text = line.trim_start();
        if ["if TYPE_CHECKING:", "if typing.TYPE_CHECKING:"].iter().any(|words| text.starts_with(words)) {
            matched.extend(blank_above(lines, at)..=at);
        }
        if is_dots(text) {
            matched.extend(blank_above(lines, at)..=end_of_dots(lines, at, text));
        } else if let Some(rest) = after_signature(text) {
            // The pattern runs from the signature to its body, over blank lines.
            let next = at + 1 + lines.iter().skip(at + 1).take_while(|line| line.trim().is_empty()).count();
            let body = lines.get(next).map(|line| line.trim_start()).filter(|body| is_dots(body));
            if is_dots(rest.trim_start()) {
                matched.extend(blank_above(lines, at)..=end_of_dots(lines, at, rest.trim_start()));
            } else if rest.trim().is_empty()
                && let Some(body) = body
            {
                matched.extend(blank_above(lines, at)..=end_of_dots(lines, next, body));
            }
        }
    }
    matched.into_iter().filter_map(|at: usize| u32::try_from(at + 1).ok()).collect()
}

/// The first of the blank lines above a line; the line itself where there is none.
fn blank_above(lines: &[&str], at: usize) -> usize {
    let above = lines.get(..at).unwrap_or_default();
    at - above.iter().rev().take_while(|line| line.trim().is_empty()).count()
}

/// The last line that belongs to `...` on this line, `text` from there on.
fn end_of_dots(lines: &[&str], at: usize, text: &str) -> usize {
    if text.contains('#') {
        return at;
    }
    let blank = lines.iter().skip(at + 1).take_while(|line| line.trim().is_empty()).count();
    let is_comment = lines.get(at + 1 + blank).is_some_and(|line| line.trim_start().starts_with('#'));
    at + blank + usize::from(is_comment)
}

/// `...`, alone or before a comment.
fn is_dots(text: &str) -> bool {
    text.strip_prefix("...").is_some_and(|rest| rest.trim_start().is_empty() || rest.trim_start().starts_with('#'))
}

/// What follows the colon of a `def` on this line, or of the last line of a signature: the pattern is
/// `((async )?def .*?)?[\])]+(\s*->.*?)?:`.
fn after_signature(text: &str) -> Option<&str> {
    let is_def = text.starts_with("def ") || text.starts_with("async def ");
    if !is_def && !text.starts_with([')', ']']) {
        return None;
    }
    let close = if is_def { text.find([')', ']'])? } else { 0 };
    let mut rest = text.get(close..)?;
    loop {
        rest = rest.trim_start_matches([')', ']']);
        let arrow = rest.trim_start();
        if let Some(rest) = rest.strip_prefix(':') {
            return Some(rest);
        }
        if let Some(result) = arrow.strip_prefix("->") {
            return result.rsplit_once(':').map(|(_, rest)| rest);
        }
        let next = rest.find([')', ']']).filter(|_| is_def)?;
        rest = rest.get(next..)?;
    }
}

/// `#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)`.
fn has_pragma(line: &str) -> bool {
    let word = |text: &'_ str, lower: &str| {
        let upper = lower.to_ascii_uppercase();
        text.strip_prefix(lower).or_else(|| text.strip_prefix(&*upper)).map(str::len)
    };
    let take = |text: &str, lower: &str| {
        let text = text.trim_start();
        word(text, lower).map(|left| text.len() - left).and_then(|taken| text.get(taken..).map(str::to_owned))
    };
    line.match_indices('#').any(|(at, _)| {
        let Some(rest) = take(line.get(at + 1..).unwrap_or_default(), "pragma") else { return false };
        let rest = rest.strip_prefix([':', ' ', '\t']).unwrap_or(&rest);
        take(rest, "no").and_then(|rest| take(&rest, "cover")).is_some()
    })
}

/// Adds the blocks that excluded lines open, as coverage.py does: from a colon outside brackets on an excluded line to
/// the next statement that is not indented more.
fn with_blocks(syntax: &Syntax, matched: BTreeSet<u32>) -> BTreeSet<u32> {
    let mut excluded = matched;
    let (mut indent, mut nesting, mut first) = (0_u32, 0_u32, None);
    let mut excluding: Option<u32> = None;
    for token in syntax.tokens() {
        let (start, end) = syntax.lines(token.range());
        match token.kind() {
            TokenKind::Indent => indent += 1,
            TokenKind::Dedent => indent = indent.saturating_sub(1),
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => nesting += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => nesting = nesting.saturating_sub(1),
            TokenKind::Colon if nesting == 0 && excluding.is_none() => {
                let from = first.unwrap_or(start);
                if excluded.range(from..=end.max(from)).next().is_some() {
                    excluded.insert(end);
                    excluding = Some(indent);
                }
            }
            _ => {}
        }
        match token.kind() {
            TokenKind::Newline => first = None,
            TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::Indent | TokenKind::Dedent => {}
            TokenKind::EndOfFile => {}
            _ if first.is_none() => {
                first = Some(start);
                excluding = excluding.filter(|&outer| indent > outer);
                if excluding.is_some() {
                    excluded.insert(end);
                }
            }
            _ => {}
        }
    }
    excluded
}

/// Carries exclusions from signatures to bodies, and from the body of a last `case` to its line.
struct Spread<'a> {
    syntax: &'a Syntax,
    code: &'a BTreeSet<u32>,
    excluded: BTreeSet<u32>,
}

impl Spread<'_> {
    fn definition(&mut self, range: TextRange, decorators: &[Decorator], name: TextRange) {
        let at = self.syntax.line(name.start());
        let first = decorators.iter().map(|decorator| self.syntax.line(decorator.expression.start())).min();
        let first = first.unwrap_or(at).min(at);
        if self.excluded.range(first..=at).next().is_some() {
            self.excluded.extend(first..=self.syntax.lines(range).1);
        }
    }
}

impl<'a> StatementVisitor<'a> for Spread<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.definition(def.range(), &def.decorator_list, def.name.range()),
            Stmt::ClassDef(class) => self.definition(class.range(), &class.decorator_list, class.name.range()),
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_match_case(&mut self, case: &'a MatchCase) {
        if let (Some(first), Some(last)) = (case.body.first(), case.body.last())
            && case.guard.is_none()
            && case.pattern.is_irrefutable()
        {
            let (from, to) = (self.syntax.line(first.start()), self.syntax.lines(last.range()).1);
            let mut body = self.code.range(from..=to.max(from)).peekable();
            if body.peek().is_some() && body.all(|line| self.excluded.contains(line)) {
                let (from, to) = self.syntax.lines(case.pattern.range());
                self.excluded.extend(from..=to);
            }
        }
        walk_match_case(self, case);
    }
}
