//! Text in columns: broken into lines, cut at either end.

use crate::base::Clean;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// As much of the beginning of `words` as fits into `width` columns.
#[must_use]
pub fn first_columns(words: &str, width: usize) -> &str {
    let mut taken = 0;
    for (at, cluster) in words.grapheme_indices(true) {
        taken += cluster.width();
        if taken > width {
            return words.get(..at).unwrap_or_default();
        }
    }
    words
}

/// As much of the end of `words` as fits into `width` columns.
#[must_use]
pub fn last_columns(words: &str, width: usize) -> &str {
    let mut taken = 0;
    for (at, cluster) in words.grapheme_indices(true).rev() {
        taken += cluster.width();
        if taken > width {
            return words.get(at + cluster.len()..).unwrap_or_default();
        }
    }
    words
}

/// Words broken into lines of at most `width` columns; a longer word is broken anywhere.
#[must_use]
pub fn wrap(words: &str, width: u16) -> Vec<Clean> {
    let width = usize::from(width.max(2));
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut columns = 0;
    for word in words.split_whitespace() {
        let mut rest = word;
        if columns > 0 && columns + 1 + rest.width() > width {
            lines.push(Clean::line(&std::mem::take(&mut line)));
            columns = 0;
        }
        if columns > 0 {
            line.push(' ');
            columns += 1;
        }
        while columns == 0 && rest.width() > width {
            let part = first_columns(rest, width);
            lines.push(Clean::line(part));
            rest = rest.get(part.len()..).unwrap_or_default();
        }
        line.push_str(rest);
        columns += rest.width();
    }
    if !line.is_empty() {
        lines.push(Clean::line(&line));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn wrapped_lines_are_narrow_and_lose_nothing() {
        let words = "a somewhat long line of words/that-never-end-anywhere 日本語日本語日本語";
        let lines = wrap(words, 12);
        assert!(lines.iter().all(|line| line.width() <= 12), "{lines:?}");
        let joined: String = lines.iter().map(|line| line.replace(' ', "")).collect();
        assert_eq!(joined, words.replace(' ', ""));
        assert_eq!(wrap("", 5), []);
    }
}
