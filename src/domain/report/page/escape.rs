//! Text in which Markdown, or HTML, means nothing: the doors of both.

use crate::base::Clean;

/// One clean line in which Markdown and the HTML inside it mean nothing.
#[must_use]
pub fn markdown_text(text: &str) -> String {
    let text = Clean::line(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// One clean line in which HTML means nothing, in text and in a quoted attribute.
#[must_use]
pub fn html_text(text: &str) -> String {
    escaped(&Clean::line(text))
}

/// The same of several lines.
#[must_use]
pub(super) fn html_lines(text: &str) -> String {
    Clean::lines(text).iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{html_lines, html_text, markdown_text};

    #[test]
    fn nothing_in_a_text_is_obeyed() {
        assert_eq!(
            html_text("</script><b a='1' c=\"2\">&"),
            "&lt;/script&gt;&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;"
        );
        assert_eq!(html_text("a\u{202e}b\u{1b}[1m\n"), "a&lt;U+202E&gt;b␛[1m␊");
        assert_eq!(html_lines("a<\r\nb\u{200b}"), "a&lt;\nb&lt;U+200B&gt;");
        assert_eq!(markdown_text("<img>|`x`*_\u{1b}"), "&lt;img>\\|\\`x\\`\\*\\_␛");
    }
}
