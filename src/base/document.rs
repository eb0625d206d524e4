//! Whether bytes are a text document at all, and where in it something is wrong.

use super::Problem;
use std::borrow::Cow;

/// What is wrong with a document that is not what its reader expects, and what helps.
struct Alien {
    what: Cow<'static, str>,
    hint: &'static str,
}

/// The text of a report: UTF-8, or Latin-1 where an XML declaration says so, without its byte order mark.
///
/// # Errors
/// What is empty, of another encoding, compressed, a Git LFS pointer, a web page, or holds zero bytes (a file that was
/// allocated but not written). `format` says what was expected.
pub fn text<'a>(bytes: &'a [u8], origin: &str, format: &str) -> Result<Cow<'a, str>, Problem> {
    if let Some(alien) = alien(bytes) {
        return Err(Problem::error(origin, format!("{format}: the file {}", alien.what)).hint(alien.hint));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) if declares_latin_1(bytes) => Ok(Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect())),
        Err(error) => {
            let whole = bytes.get(..error.valid_up_to()).and_then(|whole| std::str::from_utf8(whole).ok());
            let place = place(whole.unwrap_or_default(), error.valid_up_to());
            Err(Problem::error(origin, format!("{format}: not UTF-8 at {place}"))
                .hint("the report is damaged or has another encoding"))
        }
    }
}

/// A byte position in words: `line 3 (byte 120)`.
#[must_use]
pub fn place(text: &str, at: usize) -> String {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    format!("line {} (byte {at})", 1 + before.iter().filter(|&&byte| byte == b'\n').count())
}

/// A refusal of a text document. It blames conflict markers of a version control system where the text has them,
/// since what a parser says about those helps nobody.
#[must_use]
pub fn refusal(text: &str, origin: &str, format: &str, what: &str) -> Problem {
    match conflict(text) {
        Some(line) => Problem::error(origin, format!("{format}: conflict markers of git at line {line}"))
            .hint("resolve the conflict or make the report again"),
        None => Problem::error(origin, format!("{format}: {what}"))
            .hint("the file may be half-written or damaged; make the report again"),
    }
}

fn conflict(text: &str) -> Option<usize> {
    let line = text.lines().position(|line| line.starts_with("<<<<<<< "))?;
    text.lines().skip(line).any(|line| line.starts_with(">>>>>>> ")).then_some(line + 1)
}

fn alien(bytes: &[u8]) -> Option<Alien> {
    const UNPACK: &str = "unpack it first";
    const EXPORT: &str = "save the report as UTF-8";
    let starts: [(&[u8], &str, &'static str); 11] = [
        (b"\x1f\x8b", "is compressed (gzip)", UNPACK),
        (b"PK\x03\x04", "is a zip archive", UNPACK),
        (b"BZh", "is compressed (bzip2)", UNPACK),
        (b"\xfd7zXZ\0", "is compressed (xz)", UNPACK),
        (b"\x28\xb5\x2f\xfd", "is compressed (zstd)", UNPACK),
        (b"\xff\xfe", "is UTF-16, and only UTF-8 is read", EXPORT),
        (b"\xfe\xff", "is UTF-16, and only UTF-8 is read", EXPORT),
        (b"<\0", "is UTF-16, and only UTF-8 is read", EXPORT),
        (b"\0<", "is UTF-16, and only UTF-8 is read", EXPORT),
        (b"SQLite format 3\0", "is an SQLite database", "coverage.py's data file is read as .coverage, not as text"),
        (b"version https://git-lfs", "is a Git LFS pointer, not the report itself", "run git lfs pull"),
    ];
    let found = starts.into_iter().find(|(start, ..)| bytes.starts_with(start));
    if let Some((_, what, hint)) = found {
        return Some(Alien { what: what.into(), hint });
    }
    let shown = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if shown.is_empty() {
        return Some(Alien { what: "is empty".into(), hint: "its writer may still be at work, or was stopped" });
    }
    if starts_with_ignoring_case(shown, b"<!doctype html") || starts_with_ignoring_case(shown, b"<html") {
        return Some(Alien { what: "is a web page".into(), hint: "a server may have answered with an error page" });
    }
    // The smallest byte of a stretch is found many bytes at a time.
    let holds_zero = |stretch: &[u8]| stretch.iter().fold(u8::MAX, |least, &byte| least.min(byte)) == 0;
    let zero =
        if bytes.chunks(1024).any(holds_zero) { bytes.iter().position(|&byte| byte == 0)? } else { return None };
    let hint = "its writer was stopped, or the disk was full";
    Some(Alien { what: format!("holds zero bytes from byte {zero} on").into(), hint })
}

/// The number at the start of a text, if it is short enough to be held, and what follows it.
#[inline]
#[must_use]
pub fn digits(text: &[u8]) -> Option<(u64, &[u8])> {
    let (mut number, mut length) = (0_u64, 0);
    while let Some(digit) = text.get(length).map(|byte| byte.wrapping_sub(b'0'))
        && digit < 10
    {
        number = number.wrapping_mul(10).wrapping_add(digit.into());
        length += 1;
    }
    // Nineteen digits can be held.
    if (1..=19).contains(&length) { text.get(length..).map(|rest| (number, rest)) } else { None }
}

fn starts_with_ignoring_case(bytes: &[u8], start: &[u8]) -> bool {
    bytes.get(..start.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(start))
}

/// Whether an XML declaration names an encoding in which every byte is a character.
fn declares_latin_1(bytes: &[u8]) -> bool {
    let declaration = bytes.split(|&byte| byte == b'>').next().unwrap_or_default();
    let declaration = String::from_utf8_lossy(declaration.get(..200).unwrap_or(declaration)).to_ascii_lowercase();
    declaration.starts_with("<?xml")
        && ["iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "windows-1252"]
            .iter()
            .any(|name| declaration.contains(&format!("\"{name}\"")) || declaration.contains(&format!("'{name}'")))
}

#[cfg(test)]
mod tests {
    use super::{digits, place, refusal, text};
    use proptest::prelude::*;

    fn check(bytes: &[u8], expect: &str) {
        let problem = text(bytes, "cov.xml", "XML").expect_err("this is no text document");
        assert!(problem.to_string().contains(expect), "{problem}");
        assert!(!problem.hint.is_empty());
    }

    proptest! {
        #[test]
        fn a_number_is_what_its_digits_say(text in "[0-9]{0,22}[^0-9]?[0-9]{0,9}") {
            let written: String = text.chars().take_while(char::is_ascii_digit).collect();
            let number = written.parse().ok().filter(|_| written.len() <= 19);
            let rest = text.as_bytes().get(written.len()..);
            prop_assert_eq!(digits(text.as_bytes()), number.zip(rest));
        }
    }

    #[test]
    fn aliens_are_refused_by_name() {
        check(b"", "is empty");
        check(b"\xef\xbb\xbf \n", "is empty");
        check(b"\x1f\x8b\x08", "gzip");
        check(b"\xff\xfe<\0?\0", "UTF-16");
        check(b"<\0?\0x\0", "UTF-16");
        check(b"version https://git-lfs.github.com/spec/v1\n", "LFS");
        check(b"\n<!DOCTYPE HTML><p>502", "web page");
        check(b"<a>\0\0\0", "zero bytes from byte 3 on");
        check(b"<a>\n\xff</a>", "not UTF-8 at line 2 (byte 4)");
    }

    #[test]
    fn marks_and_declared_latin_1_are_read() {
        assert_eq!(text(b"\xef\xbb\xbf<a/>", "", "").unwrap(), "<a/>");
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a b='\xe9'/>";
        assert!(text(latin, "", "").unwrap().contains('é'));
    }

    #[test]
    fn places_and_conflicts_are_named_by_line() {
        assert_eq!(place("a\nb\nc", 2), "line 2 (byte 2)");
        assert_eq!(place("a", 99), "line 1 (byte 99)");
        let torn = "{\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> x\n}";
        assert!(refusal(torn, "c.json", "JSON", "bad").to_string().contains("conflict markers of git at line 2"));
    }
}
