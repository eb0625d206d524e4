//! The parser's door: every text gives a syntax tree, tokens and line numbers; none of them can end the program.

use crate::domain::python::depth::is_shallow;
use ruff_python_ast::token::Token;
use ruff_python_ast::{ModModule, PySourceType, Stmt};
use ruff_python_parser::{Parsed, parse_unchecked_source};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// Sources longer than this are not parsed.
const LONGEST: usize = 16 * 1024 * 1024;

/// A parsed source. One that is too long or too deep has no tree and no tokens.
pub struct Syntax {
    parsed: Option<Parsed<ModModule>>,
    starts: Vec<u32>,
    text_end: u32,
}

impl Syntax {
    /// Reads `source`.
    #[must_use]
    pub fn read(source: &str) -> Self {
        let readable = source.len() <= LONGEST && is_shallow(source);
        let parsed = readable.then(|| parse_unchecked_source(source, PySourceType::Python));
        let text_end = u32::try_from(source.len()).unwrap_or(u32::MAX);
        Self { parsed, starts: line_starts(source), text_end }
    }

    /// The statements of the module.
    #[must_use]
    pub fn body(&self) -> &[Stmt] {
        self.parsed.as_ref().map_or(&[], |parsed| &parsed.syntax().body)
    }

    /// The tokens; none when the source was not parsed.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        self.parsed.as_ref().map_or(&[], |parsed| &**parsed.tokens())
    }

    /// The line of a byte of the source, from 1.
    #[must_use]
    pub fn line(&self, at: TextSize) -> u32 {
        let at = at.to_u32();
        u32::try_from(self.starts.partition_point(|&start| start <= at)).unwrap_or(u32::MAX)
    }

    /// The first and the last line of a stretch of source. A stretch that ends with a line's end ends on that line.
    #[must_use]
    pub fn lines(&self, range: TextRange) -> (u32, u32) {
        let last = if range.is_empty() { range.start() } else { range.end() - TextSize::new(1) };
        (self.line(range.start()), self.line(last))
    }

    /// The byte at which a line starts; the end of the text for a line behind it.
    #[must_use]
    pub fn start(&self, line: u32) -> u32 {
        let at = (line as usize).checked_sub(1);
        at.and_then(|at| self.starts.get(at)).copied().unwrap_or(self.text_end)
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// Whether it was parsed without an error.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.parsed.as_ref().is_some_and(Parsed::has_valid_syntax)
    }

    /// Syntax errors: line and message.
    #[must_use]
    pub fn errors(&self) -> Vec<(u32, String)> {
        let Some(parsed) = &self.parsed else { return vec![(1, "too long or too deeply nested to read".to_owned())] };
        parsed.errors().iter().map(|error| (self.line(error.start()), error.error.to_string())).collect()
    }
}

/// The starts of all lines, as Python counts them: `\n`, `\r\n` and a lone `\r` end a line.
fn line_starts(source: &str) -> Vec<u32> {
    let mut starts = vec![0];
    let bytes = source.as_bytes();
    if bytes.contains(&b'\r') {
        for (at, byte) in bytes.iter().enumerate() {
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            if ends && let Ok(next) = u32::try_from(at + 1) {
                starts.push(next);
            }
        }
    } else {
        // Searching for one byte is many times faster than judging each.
        starts.extend(source.match_indices('\n').filter_map(|(at, _)| u32::try_from(at + 1).ok()));
    }
    if starts.last().is_some_and(|&last| last as usize == source.len()) && starts.len() > 1 {
        starts.pop();
    }
    starts
}

/// The lines of a source as Python counts them, without their ends.
#[must_use]
pub fn source_lines(source: &str) -> Vec<&str> {
    if source.is_empty() {
        return Vec::new();
    }
    let starts = line_starts(source);
    let ends = starts.iter().skip(1).map(|&end| end as usize).chain([source.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| source.get(start as usize..end).unwrap_or_default().trim_end_matches(['\n', '\r']))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Syntax, source_lines};
    use ruff_text_size::TextSize;

    #[test]
    fn lines_are_counted_as_python_counts_them() {
        let source = "a\nb\r\nc\rd\n";
        assert_eq!(source_lines(source), ["a", "b", "c", "d"]);
        let syntax = Syntax::read(source);
        let line = |at: u32| syntax.line(TextSize::new(at));
        assert_eq!((line(0), line(2), line(5), line(7), syntax.count()), (1, 2, 3, 4, 4));
        assert_eq!(source_lines(""), Vec::<&str>::new());
        assert_eq!(source_lines("\n"), [""]);
    }
}
