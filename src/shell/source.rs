//! One source file for the screen: coloured, and judged line by line.

use super::disk::Disk;
use crate::app::{Preview, Scope, SourceFile, SourceLine};
use crate::base::{Clean, Problem, RepoPath};
use crate::domain::ledger::{Change, Ledger};
use crate::domain::python::{self, Naming, Span};

/// How many columns a tab goes on to.
const TAB: usize = 4;
/// How many lines a preview has.
const PREVIEW: usize = 200;

/// Reads a file and judges its lines by the ledger, and by the one before it where there is one.
///
/// # Errors
/// The file can't be read.
pub fn read(disk: &Disk, path: &RepoPath, ledger: &Ledger, before: Option<&Ledger>) -> Result<SourceFile, Problem> {
    let text = disk.read(path)?;
    let standing = ledger.standing(path, Some(&text));
    let change = before.map(|before| Change::between(path, &before.standing(path, Some(&text)), &standing));
    let (newly, lost) = change.map(|change| (change.newly, change.lost)).unwrap_or_default();
    let outline = python::outline(&text, &Naming::default());
    let scopes = outline.functions.iter().map(|function| Scope {
        name: Clean::line(&function.name),
        first: function.line,
        last: function.end,
    });
    Ok(SourceFile { path: path.clone(), lines: lines(&text), standing, newly, lost, scopes: scopes.collect() })
}

/// The lines around `mark`, or the first ones, for the picker.
///
/// # Errors
/// The file can't be read.
pub fn preview(disk: &Disk, path: &RepoPath, mark: Option<u32>) -> Result<Preview, Problem> {
    let text = disk.read(path)?;
    let first = mark.unwrap_or(1).saturating_sub(4).max(1);
    let lines = lines(&text).into_iter().skip(first as usize - 1).take(PREVIEW).collect();
    Ok(Preview { first, lines, mark })
}

/// Every line as coloured, clean pieces.
fn lines(text: &str) -> Vec<SourceLine> {
    let mut spans = python::highlight(text).into_iter();
    text.lines().map(|line| pieces(line, &spans.next().unwrap_or_default())).collect()
}

fn pieces(line: &str, spans: &[Span]) -> SourceLine {
    let mut out = SourceLine::default();
    let (mut at, mut column) = (0, 0);
    let mut push = |range: std::ops::Range<usize>, token| {
        let Some(text) = line.get(range).filter(|text| !text.is_empty()) else { return };
        let mut expanded = String::with_capacity(text.len());
        for c in text.chars() {
            let spaces = if c == '\t' { TAB - column % TAB } else { 0 };
            expanded.extend(std::iter::repeat_n(' ', spaces));
            expanded.extend((c != '\t').then_some(c));
            column += spaces.max(1);
        }
        out.pieces.push((Clean::line(&expanded), token));
    };
    for (range, token) in spans {
        push(at..range.start, None);
        push(range.clone(), Some(*token));
        at = range.end;
    }
    push(at..line.len(), None);
    out
}

#[cfg(test)]
mod tests {
    use super::{lines, pieces};
    use crate::domain::python::Token;

    #[test]
    fn tabs_go_to_their_stops_whatever_the_pieces() {
        let line = pieces("\tab\tc", &[(1..3, Token::Name)]);
        let texts: Vec<_> = line.pieces.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["    ", "ab", "  c"]);
    }

    #[test]
    fn no_text_is_lost() {
        let text = "def f(x):\n\treturn '\x1b' + x\n";
        let shown: Vec<String> =
            lines(text).iter().map(|line| line.pieces.iter().map(|(text, _)| text.as_str()).collect()).collect();
        assert_eq!(shown, ["def f(x):", "    return '␛' + x"]);
    }
}
