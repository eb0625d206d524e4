//! What a failure is, apart from the numbers, addresses, times and paths that differ each time.

use crate::base::StyledText;
use crate::domain::suite::{Raised, Says, is_library, read_written};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// The version of the rules below. Keys of different versions are not compared.
const VERSION: &str = "2";
/// How long a line is that tells a failure, in characters.
const LONGEST: usize = 300;
/// The longest quoted text that is kept: short ones tell failures apart.
const QUOTED: usize = 24;
/// A whole number with more digits in an assertion is no literal of the test.
const DIGITS: usize = 3;
/// Explanations that say nothing without the line below them.
const BARE: [&str; 5] = ["assert False", "assert not True", "assert None", "assert 0", "assert"];

/// A failure by what stays the same of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature {
    /// The class of the exception; may be empty.
    pub exception: String,
    /// The line that tells it, with what differs each time replaced by words in angle brackets.
    pub words: String,
    /// The file and the function of the project in which it was raised, `shop/cart.py:total`; may be empty.
    pub place: String,
}

impl Signature {
    /// The signature of a failure: its message in one line, and what pytest wrote of it.
    #[must_use]
    pub fn of(message: &str, details: &str) -> Self {
        let (failures, _) = read_written(details);
        let raised = failures.last().and_then(|failure| failure.raised.last());
        let line = raised.and_then(told).unwrap_or_else(|| message.to_owned());
        let (exception, line) = split(&line, raised);
        Self { exception, words: normalised(&line), place: raised.map(place).unwrap_or_default() }
    }

    /// What is equal for failures of one cause. A failed assertion is about the place where it stands; any other exception
    /// is the same wherever it comes from, so that an outage is one cause of many failures.
    #[must_use]
    pub fn cause(&self) -> String {
        // From where pytest names a file depends on where the test stands: on a copy, or after a change of folder, the same
        // file has another path.
        let place = self.place.rsplit('/').next().filter(|_| self.is_assertion()).unwrap_or_default();
        format!("v{VERSION}|{}|{}|{place}", self.exception, self.words)
    }

    /// The failure in words: the exception and its line.
    #[must_use]
    pub fn words(&self) -> String {
        let told = [self.exception.as_str(), self.words.as_str()];
        told.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ")
    }

    fn is_assertion(&self) -> bool {
        self.exception.is_empty() || self.exception.ends_with("AssertionError") || self.exception == "Failed"
    }
}

/// The first line of what the innermost frame with an explanation says; with the next one, where the first says nothing.
fn told(raised: &Raised) -> Option<String> {
    let explained = raised.frames().rev().map(|frame| &frame.explained).find(|explained| !explained.is_empty())?;
    let mut lines = explained.iter().take_while(|line| matches!(line.says, Says::Message | Says::Detail));
    let first = lines.next()?.text.trim().to_owned();
    let bare = BARE.iter().any(|bare| first == *bare || first == format!("AssertionError: {bare}"));
    let next = lines.next().filter(|_| bare).map(|line| format!(" {}", line.text.trim())).unwrap_or_default();
    Some(first + &next)
}

/// The class of the exception, and the rest of the line.
fn split(line: &str, raised: Option<&Raised>) -> (String, String) {
    let said =
        raised.and_then(|raised| raised.frames().next_back()).map(|frame| frame.raised.clone()).unwrap_or_default();
    let is_class = |word: &str| {
        let last = word.rsplit('.').next().unwrap_or_default();
        last.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
    };
    let (head, rest) = line.split_once(": ").unwrap_or((line, ""));
    if is_class(head) {
        return (last_name(head).to_owned(), rest.to_owned());
    }
    let class = if said.is_empty() && line.starts_with("assert ") { "AssertionError" } else { &said };
    (last_name(class).to_owned(), line.to_owned())
}

/// A class is written with its module in one style and without in another.
fn last_name(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

/// The innermost frame that is the project's own, else the innermost one: lines move with each edit, and are left out.
fn place(raised: &Raised) -> String {
    let frame = raised.frames().rev().find(|frame| !is_library(&frame.path)).or_else(|| raised.frames().next_back());
    let Some(frame) = frame else { return String::new() };
    let path = normalised_path(&frame.path);
    if frame.function.is_empty() { path } else { format!("{path}:{}", frame.function) }
}

fn normalised_path(path: &str) -> String {
    if path.starts_with(['/', '.']) { path.rsplit('/').next().unwrap_or(path).to_owned() } else { path.to_owned() }
}

/// One rule: what it finds, and what stands for it.
type Rule = (Regex, &'static str);

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and a test compiles them")]
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let day = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
    let month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
    let rules = [
        // What pytest cut: what is left of the values on both sides is no value.
        (r"[\w.+-]*\.\.\.[\w.+-]*".to_owned(), "..."),
        (r"0x[0-9a-fA-F]+".to_owned(), "<addr>"),
        (r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b".to_owned(), "<uuid>"),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d\b)?".to_owned(), "<ts>"),
        (format!(r"\b{day},? (?:\d+ )?{month} (?: ?\d+ )?(?:\d{{4}} )?\d\d:\d\d:\d\d(?: \w+)?(?: \d{{4}})?"), "<ts>"),
        (r"\b(?:datetime|date|time)\(\d[^()]*(?:\([^()]*\))?[^()]*\)".to_owned(), "<ts>"),
        (r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b".to_owned(), "<ts>"),
        (r"(?:popen-)?\bgw\d+\b".to_owned(), "<worker>"),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}\b".to_owned(), "<ip>"),
        (r"\b[0-9a-f]*\d[0-9a-f]*[a-f][0-9a-f]*\b".to_owned(), "<hex>"),
        // What is in a collection, and in which order, depends on hashes and clocks; one in another, and one that was cut.
        (r"\[[^\[\]{}]*,[^\[\]{}]*\]".to_owned(), "[<items>]"),
        (r"\{[^\[\]{}]*,[^\[\]{}]*\}".to_owned(), "{<items>}"),
        (r"\[(?:[^\[\]{}]|\[<items>\]|\{<items>\})*,(?:[^\[\]{}]|\[<items>\]|\{<items>\})*\]".to_owned(), "[<items>]"),
        (r"\[[^\[\]{}]*,[^\[\]{}]*$".to_owned(), "[<items>"),
    ];
    rules.into_iter().map(|(pattern, word)| (Regex::new(&pattern).unwrap(), word)).collect()
});

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and a test compiles them")]
static PATHS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:[A-Za-z]:\\|\B(?:\.\.(?:/\.\.)*)?/)[\w.+@~-][\w.+@~ -]*(?:[/\\][\w.+@~-]+)+|\B/tmp/[\w.+@~-]+"#)
        .unwrap()
});

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and a test compiles them")]
static NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(^|[^\w.<])([-+]?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)(ms|us|ns|s|kB|MB|GB|KiB|MiB|B|%)?($|[^\w])")
        .unwrap()
});

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and a test compiles them")]
static QUOTES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*""#).unwrap());

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and a test compiles them")]
static STATUS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)(?:status|code|http|errno|error|exit)\W{0,4}(?:\w+\W)?$").unwrap());

/// A line without what differs each time.
fn normalised(line: &str) -> String {
    let mut line = StyledText::parse(line.as_bytes()).plain();
    line = QUOTES.replace_all(&line, |found: &Captures<'_>| quoted(&found[0])).into_owned();
    line = PATHS.replace_all(&line, |found: &Captures<'_>| path(&found[0])).into_owned();
    for (rule, word) in RULES.iter() {
        // A word of hexadecimal digits is a name where it is short, and part of a number where an exponent follows.
        let replace = |found: &Captures<'_>| {
            let behind = found.get(0).map_or("", |word| &line[word.end()..]);
            let keep = *word == "<hex>" && (found[0].len() < 8 || is_mantissa(&found[0], behind));
            if keep { found[0].to_owned() } else { (*word).to_owned() }
        };
        line = rule.replace_all(&line, replace).into_owned();
    }
    let line = numbers(&line);
    let words: Vec<&str> = line.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST).collect()
}

/// Whether digits and an `e` are those of a number that goes on behind them: `8.4215526e-05`.
fn is_mantissa(word: &str, behind: &str) -> bool {
    let digits = word.strip_suffix('e').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits && behind.starts_with(['-', '+']) && behind[1..].starts_with(|next: char| next.is_ascii_digit())
}

/// A long quoted text, or one that pytest cut, is a value; a short one is a name.
fn quoted(text: &str) -> String {
    let is_value = text.chars().count() > QUOTED + 2 && !text.contains('/') || text.contains("...");
    if is_value { "<str>".to_owned() } else { text.to_owned() }
}

/// The last part of an absolute path; what is below a folder for temporary files may have any name there.
fn path(text: &str) -> String {
    let parts: Vec<&str> = text.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    let is_temporary = parts.iter().any(|part| {
        matches!(*part, "tmp" | "Temp") || part.starts_with("pytest-of-") || part.starts_with("tmp") && part.len() > 6
    });
    let last = parts.last().copied().unwrap_or_default();
    let is_name = parts.len() > 2 && last.contains('.') || parts.len() > 3;
    match (is_temporary, is_name) {
        (true, true) if !last.starts_with("tmp") && !last.starts_with("pytest-") => format!("<tmp>/{last}"),
        (true, _) => "<tmp>".to_owned(),
        (false, _) => format!("<dir>/{last}"),
    }
}

/// Numbers that stand for themselves; a small one in an assertion, and a status, tell what failed.
fn numbers(line: &str) -> String {
    let is_assertion = line.starts_with("assert ");
    let mut out = String::new();
    let mut rest = line;
    while let Some(found) = NUMBERS.captures(rest) {
        let (Some(before), Some(number)) = (found.get(1), found.get(2)) else { break };
        out.push_str(rest.get(..before.end()).unwrap_or_default());
        let digits = number.as_str().trim_start_matches(['-', '+']);
        let is_small = digits.len() <= DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_kept = is_small && (is_assertion || STATUS.is_match(&out));
        out.push_str(if is_kept { number.as_str() } else { "<n>" });
        let unit = found.get(3).map_or("", |unit| unit.as_str());
        out.push_str(unit);
        rest = rest.get(number.end() + unit.len()..).unwrap_or_default();
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{Signature, normalised};
    use proptest::prelude::*;

    fn same(lines: &[&str], expect: &str) {
        lines.iter().for_each(|line| assert_eq!(normalised(line), expect, "{line}"));
    }

    #[test]
    fn what_differs_each_time_is_masked() {
        same(
            &["<Cart object at 0x7f01aa> is not None", "<Cart object at 0x55ffee> is not None"],
            "<Cart object at <addr>> is not None",
        );
        same(&["port 54321 is in use", "port 80 is in use"], "port <n> is in use");
        same(&["took 1.532s", "took 12s"], "took <n>s");
        same(&["at 2026-11-25T10:00:00Z", "at 2025-01-02 03:04:05.678+01:00"], "at <ts>");
        same(
            &[
                "No such file: '/tmp/tmpab12cd/config.json'",
                "No such file: '/tmp/pytest-of-me/pytest-7/test_a0/config.json'",
            ],
            "No such file: '<tmp>/config.json'",
        );
        same(
            &["[Errno 2] No such file: '/home/a/project/data.csv'", "[Errno 2] No such file: '/builds/x/data.csv'"],
            "[Errno 2] No such file: '<dir>/data.csv'",
        );
        // Another folder is another way to the same file.
        same(
            &[
                "No such file: '../../home/a/data.csv'",
                "No such file: '../../../builds/x/y/data.csv'",
                "No such file: '/srv/data.csv'",
            ],
            "No such file: '<dir>/data.csv'",
        );
        same(
            &["key 5f1c2a7e-0b1d-4c3e-9f00-aabbccddeeff is gone", "key 00000000-0b1d-4c3e-9f00-aabbccddeeff is gone"],
            "key <uuid> is gone",
        );
        same(&["assert 2.117120867371902 < 1.75", "assert 3.5 < 1.75"], "assert <n> < <n>");
        same(&["assert 8.421552612345e-05 > 1", "assert -2.5 > 1", "assert 3.0e+20 > 1"], "assert <n> > 1");
        same(&["assert [0.12...74229798, 2] == []", "assert [0.4...3, 2] == []"], "assert [<items>] == []");
        same(&["assert 'x' in ['a', 'b', 'c']", "assert 'x' in ['c', 'a']"], "assert 'x' in [<items>]");
        same(
            &["assert [{'a': 1, 'b': 2}, 3] == 4", "assert [{'b': 5, 'c': 3}, {'a': 1, 'b': 1}] == 4"],
            "assert [<items>] == 4",
        );
        same(&["worker gw3 left", "worker gw11 left"], "worker <worker> left");
        same(&["commit 1f0c2a7bd99e is lost", "commit 00aabb112233 is lost"], "commit <hex> is lost");
    }

    #[test]
    fn what_tells_failures_apart_is_kept() {
        let apart = |left: &str, right: &str| assert_ne!(normalised(left), normalised(right));
        apart("assert 1 == 2", "assert 404 == 200");
        apart("KeyError: 'user_id'", "KeyError: 'team_id'");
        apart("status code 503", "status code 404");
        apart("[Errno 2] No such file", "[Errno 13] No such file");
        apart("name 'utf8' is unknown", "name 'utf16' is unknown");
    }

    #[test]
    fn an_exception_is_the_same_wherever_it_comes_from_and_an_assertion_is_not() {
        let text =
            |file: &str, function: &str, error: &str| format!("{file}:3: in {function}\n    call()\nE   {error}\n");
        let of = |file: &str, function: &str, error: &str| Signature::of("", &text(file, function, error));
        let down = |file: &str| of(file, "f", "ConnectionError: localhost:5432 refused");
        assert_eq!(down("a.py").cause(), down("b.py").cause());
        assert_eq!(down("a.py").exception, "ConnectionError");
        assert_eq!(down("a.py").place, "a.py:f");
        // The lab runs on a copy, and a test may have left its folder: the same file has another path.
        let wrong = |file: &str| of(file, "f", "assert 1 == 2").cause();
        assert_eq!(wrong("tests/test_a.py"), wrong("../../home/a/shop/tests/test_a.py"));
        assert_eq!(wrong("../../../cache/lab/7/tree/tests/test_a.py"), wrong("/srv/shop/tests/test_a.py"));
        assert_ne!(wrong("tests/test_a.py"), wrong("tests/test_b.py"));
        assert_ne!(of("a.py", "f", "assert 1 == 2").cause(), of("b.py", "f", "assert 1 == 2").cause());
        assert_eq!(of("a.py", "f", "AssertionError: x").cause(), of("a.py", "f", "AssertionError: x").cause());
        assert_eq!(Signature::of("ValueError: 12", "").words, "<n>");
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_normalising_settles(text in "\\PC{0,60}") {
            let once = normalised(&text);
            prop_assert!(once.chars().count() <= super::LONGEST);
            let _ = Signature::of(&text, &text);
        }
    }
}
