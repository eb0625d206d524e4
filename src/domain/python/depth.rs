//! How deep the syntax tree of a source would be: taking down one that is too deep would exhaust the stack.

use std::iter::Peekable;
use std::str::Bytes;

/// Trees deeper than this are not made.
const DEEPEST: u32 = 1000;
/// Lines indented by more bytes than this are not read: blocks nest too.
const MARGIN: u32 = 400;
/// Words that put what follows them one level deeper.
const NESTING: [&[u8]; 7] = [b"not", b"await", b"lambda", b"else", b"if", b"yield", b"for"];

/// Whether the tree of `source` is shallow enough to be made: counts brackets, and in each bracket the operators
/// since its last comma, outside strings and comments.
#[must_use]
pub fn is_shallow(source: &str) -> bool {
    let mut bytes = source.bytes().peekable();
    let (mut chain, mut word) = (Chain::default(), Vec::new());
    let mut margin = Some(0);
    while let Some(byte) = bytes.next() {
        margin = match byte {
            b'\n' => Some(0),
            b' ' | b'\t' => margin.map(|width: u32| width + 1),
            _ => None,
        };
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            word.push(byte);
            continue;
        }
        if NESTING.contains(&word.as_slice()) {
            chain.link();
        }
        word.clear();
        match byte {
            b'#' => while bytes.next_if(|&byte| byte != b'\n').is_some() {},
            b'"' | b'\'' => skip_string(&mut bytes, byte),
            b'(' | b'[' | b'{' => chain.open(),
            b')' | b']' | b'}' => chain.close(),
            b',' => chain.next(),
            b'\n' if !chain.is_inside() => chain.end(),
            b'+' | b'-' | b'.' | b'/' | b'*' | b'%' | b'&' | b':' | b'<'..=b'>' | b'@' | b'^' | b'|' | b'~' => {
                chain.link()
            }
            _ => {}
        }
        if chain.sum > DEEPEST || margin.is_some_and(|width| width > MARGIN) {
            return false;
        }
    }
    true
}

/// Passes over the rest of a string that `quote` opened.
fn skip_string(bytes: &mut Peekable<Bytes<'_>>, quote: u8) {
    let same = |bytes: &mut Peekable<Bytes<'_>>| bytes.next_if_eq(&quote).is_some();
    if !same(bytes) {
        while let Some(byte) = bytes.next_if(|&byte| byte != b'\n') {
            match byte {
                b'\\' => drop(bytes.next()),
                byte if byte == quote => return,
                _ => {}
            }
        }
    } else if same(bytes) {
        let mut quotes = 0;
        while quotes < 3 {
            match bytes.next() {
                None => return,
                Some(b'\\') => {
                    bytes.next();
                    quotes = 0;
                }
                Some(byte) => quotes = if byte == quote { quotes + 1 } else { 0 },
            }
        }
    }
}

/// The depth at one place of the source.
#[derive(Default)]
struct Chain {
    outer: Vec<u32>,
    top: u32,
    sum: u32,
}

impl Chain {
    const fn is_inside(&self) -> bool {
        !self.outer.is_empty()
    }

    fn open(&mut self) {
        self.outer.push(self.top);
        self.top = 0;
        self.link();
    }

    fn close(&mut self) {
        if let Some(outer) = self.outer.pop() {
            self.sum -= self.top;
            self.top = outer;
            // What is called or indexed stands one level inside the call.
            self.link();
        }
    }

    fn next(&mut self) {
        let rest = u32::from(self.is_inside()).min(self.top);
        self.sum -= self.top - rest;
        self.top = rest;
    }

    fn end(&mut self) {
        *self = Self::default();
    }

    const fn link(&mut self) {
        self.top += 1;
        self.sum += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::is_shallow;
    use crate::domain::python::syntax::Syntax;

    fn check(source: &str, expect: bool) {
        assert_eq!(is_shallow(source), expect, "{} bytes", source.len());
        assert_eq!(Syntax::read(source).tokens().is_empty(), !expect);
    }

    #[test]
    fn only_deep_sources_are_refused() {
        check("def f(a, b):\n    return a.b(c)[d] + 1\n", true);
        check(&format!("x = [{}]\n", "1, ".repeat(100_000)), true);
        check(&format!("x = [{}]\n", "f(a + b, c.d), ".repeat(10_000)), true);
        check(&format!("x = '''{}'''\n", "(.".repeat(100_000)), true);
        check(&format!("x = 'a\\'{}'\n", "(.".repeat(1000)), true);
        check(&format!("# {}\n", "-".repeat(100_000)), true);
        check(&format!("x = {} z\n", "y and ".repeat(2000)), true);
        check(&"x.y(z)\n".repeat(10_000), true);
        check(&"(".repeat(5000), false);
        check(&format!("x = {}1", "-".repeat(5000)), false);
        check(&format!("x = {}1", "1 + ".repeat(5000)), false);
        check(&format!("x = {}1", "not ".repeat(5000)), false);
        check(&format!("f{}", "()".repeat(5000)), false);
        let blocks: String = (0..500).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
        check(&blocks, false);
    }

    #[test]
    fn what_is_not_refused_fits_the_stack() {
        for source in ["(", "[", "-", "1 + ", "not ", "a.", "lambda: "] {
            check(&format!("x = {}1", source.repeat(900 / source.trim().len().min(2))), true);
        }
    }
}
