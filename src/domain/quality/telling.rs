//! What a test without an assertion tells its readers of why: that it only has to run, or is about something else than an answer.

use super::check::Look;
use super::walk::{everything, text};
use ruff_python_ast::{Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

/// Beginnings of words by which a test says that being run is all of it, or of what else it is about than an answer.
const WORDS: [&str; 84] = [
    "sure",
    "ensur",
    "working",
    "should",
    "must",
    "could",
    "would",
    "valid",
    "accept",
    "allow",
    "support",
    "good",
    "smoke",
    "just",
    "regress",
    "issue",
    "bug",
    "succe",
    "crash",
    "err",
    "fail",
    "rais",
    "exception",
    "warn",
    "noop",
    "noth",
    "without",
    "never",
    "compat",
    "import",
    "pickl",
    "hashable",
    "toler",
    "ignor",
    "surviv",
    "robust",
    "stabil",
    "stress",
    "fuzz",
    "recurs",
    "leak",
    "race",
    "deadlock",
    "hang",
    "timeout",
    "terminat",
    "idempot",
    "todo",
    "skip",
    "bench",
    "perf",
    "speed",
    "trigger",
    "mypy",
    "example",
    "tutorial",
    "demo",
    "http",
    "coverage",
    "deliberate",
    "intention",
    "placeholder",
    "dummy",
    "avoid",
    "unpickl",
    "many",
    "huge",
    "deep",
    "stack",
    "bogus",
    "weak",
    "missing",
    "nonexist",
    "unknown",
    "bad",
    "malform",
    "visual",
    "manual",
    "reentr",
    "double",
    "safe",
    "pars",
    "adher",
    "conform",
];

/// The same as whole words.
const WHOLE: [&str; 13] =
    ["gh", "runs", "work", "works", "can", "ok", "no", "not", "op", "twice", "again", "passes", "otherwise"];

/// What a file says of tests that only have to run.
const CRASHING: [&str; 4] = ["no crash", "not crash", "without crash", "smoke"];

/// Ends of words that do the same: `ValueError`, `hashable`, `stacklimit`.
const ENDS: [&str; 5] = ["error", "exception", "warning", "able", "limit"];

/// The comments of a test, those behind and below its last statement included.
#[must_use]
pub fn comments<'a>(look: &Look<'a, '_>) -> Vec<&'a str> {
    let (from, to) = look.source.syntax.lines(look.case.def.range());
    let own = (to + 1 - from) as usize;
    let lines = look.source.text.lines().skip(from.saturating_sub(1) as usize).enumerate();
    let is_comment = |line: &str| line.starts_with(' ') && line.trim_start().starts_with('#');
    let lines = lines.take_while(|(at, line)| *at < own || line.trim().is_empty() || is_comment(line));
    let comments = lines.filter_map(|(_, line)| line.split_once('#')).map(|(_, comment)| comment.trim_start());
    comments.filter(|comment| !comment.starts_with("lacuna:")).collect()
}

/// Whether a test says, by its name and those of its classes, its documentation, its comments or its texts, why nothing is asserted.
#[must_use]
pub fn is_explained(look: &Look<'_, '_>) -> bool {
    let names: String = look.case.titles().map(apart).collect();
    let comments = comments(look);
    *look.source.only_runs.get_or_init(|| says_of_all(look.source.text))
        || !is_plain_text(&names, &comments, &look.case.def.body)
        || comments.iter().any(|comment| comment.to_lowercase().contains("print"))
}

/// Whether a file says of its tests that they only have to run: in its documentation, in a comment above some of them, or wherever
/// it speaks of several.
fn says_of_all(text: &str) -> bool {
    let mut open = true;
    text.lines().any(|line| {
        // The documentation stands before all code.
        open &= !["import ", "from ", "def ", "class ", "@"].iter().any(|word| line.starts_with(word));
        let is_above = open || line.starts_with('#');
        if !is_above && !line.contains("tests") {
            return false;
        }
        let said = line.to_lowercase().replace("n't", " not");
        let words: &[&str] =
            if is_above { &CRASHING } else { &["smoke tests", "not throw", "not crash", "not raise", "will it run"] };
        words.iter().any(|word| said.contains(word))
    })
}

/// Whether a test says by its name that it only holds a place, or is there to pass or to fail.
#[must_use]
pub fn holds_place(look: &Look<'_, '_>) -> bool {
    let name = look.case.name();
    let is_number = |rest: &str| rest.trim_start_matches('_').chars().all(|letter| letter.is_ascii_digit());
    let mut outcomes = ["test_pass", "test_fail", "test_skip"].iter().filter_map(|begin| name.strip_prefix(begin));
    ["placeholder", "dummy"].iter().any(|word| name.contains(word)) || outcomes.any(is_number)
}

/// Whether a helper of a test says so.
#[must_use]
pub fn is_explained_by(look: &Look<'_, '_>, def: &StmtFunctionDef) -> bool {
    let comments = look.source.slice(def).lines().filter_map(|line| line.split_once('#')).map(|(_, comment)| comment);
    !is_plain_text(&apart(def.name.as_str()), &comments.collect::<Vec<_>>(), &def.body)
}

/// A name with its words apart.
fn apart(name: &str) -> String {
    let letters = name.chars().flat_map(|letter| letter.is_uppercase().then_some(' ').into_iter().chain([letter]));
    letters.chain([' ']).collect()
}

/// Whether no word of names, comments and the texts of a body says anything of why.
fn is_plain_text(names: &str, comments: &[&str], body: &[Stmt]) -> bool {
    let texts = everything(body).into_iter().filter_map(text).filter(|text| text.contains(' '));
    let all: Vec<&str> = [names].into_iter().chain(texts).chain(comments.iter().copied()).collect();
    let said = all.join(" ").replace("n't", " not").to_lowercase();
    said.split(|c: char| !c.is_alphanumeric() && c != '#').filter(|word| !word.is_empty()).all(is_plain)
}

/// Whether a word says nothing of why nothing is asserted. A number behind `#` is an issue.
fn is_plain(word: &str) -> bool {
    let is_issue =
        word.strip_prefix('#').or_else(|| word.strip_prefix("gh")).is_some_and(|rest| rest.parse::<u32>().is_ok());
    !is_issue
        && !WHOLE.contains(&word)
        && !WORDS.iter().any(|begin| word.starts_with(begin))
        && !ENDS.iter().any(|end| word.ends_with(end))
}
