//! What runs show of mocks: answers that nobody has set, and by which the code goes on.

use super::walk::nested;
use crate::domain::python::{Syntax, dotted};
use crate::domain::suite::{LabAsked, MockAnswer, MockMade, MockUse, UseOf};
use ruff_python_ast::Stmt;
use std::cell::LazyCell;
use std::collections::BTreeSet;

/// What Python asks of a value by which code goes on one way or another, with what another answer of a mock is.
const ASKING: [(&str, &str); 4] =
    [("__bool__", "false"), ("__eq__", "equal to that"), ("__ne__", "equal to that"), ("__contains__", "there")];

/// An answer of a mock that nobody has set, and by which the code goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The line of the test's file that makes the mock, from 1; 0 where a decorator does.
    pub line: u32,
    /// What stands there, in a few words, where the test fails by another answer.
    pub what: String,
    /// The answer.
    pub answer: MockAnswer,
}

/// What is known of the files of a project.
pub struct Known<'a> {
    /// The text of the test's file.
    pub text: &'a str,
    /// Whether a file is one of the tests, so that it is no code under test.
    pub is_of_tests: &'a dyn Fn(&str) -> bool,
}

/// The answers of mocks that nobody has set, and by which the code goes on in a test that passed: in the order in which it asks.
#[must_use]
pub fn shown(asked: &LabAsked, known: &Known<'_>) -> Vec<Shown> {
    let syntax = LazyCell::new(|| Syntax::read(known.text));
    // Mocks that a helper of another file makes are said there, or nowhere: this file does not tell.
    let is_here = |mock: &&MockMade| {
        let is_decorated = mock.path.is_empty() && mock.part.is_some();
        !mock.is_specified && (is_decorated || mock.path == asked.id.path())
    };
    let mut all: Vec<Shown> = Vec::new();
    for mock in asked.mocks.iter().filter(is_here) {
        let name = LazyCell::new(|| mock.part.clone().or_else(|| name(&syntax, mock.line)));
        let own = asked.id.names().last().copied().unwrap_or_default();
        let is_said = |part: &str| is_said_elsewhere(known.text, &syntax, own, part);
        let look = Look { mock, known, name: &|| LazyCell::force(&name).as_deref(), is_said: &is_said };
        for shown in look.unset() {
            if !all.contains(&shown) {
                all.push(shown);
            }
        }
    }
    all
}

/// The name that a line gives a mock.
fn name(syntax: &Syntax, line: u32) -> Option<String> {
    let mut made = nested(syntax.body()).into_iter().filter_map(Stmt::as_assign_stmt);
    let made = made.find(|assign| syntax.line(assign.range.start()) == line)?;
    made.value.as_call_expr().and(made.targets.first()).and_then(dotted)
}

/// Whether another function of the file speaks of a part that is replaced, and says what stands in.
fn is_said_elsewhere(text: &str, syntax: &Syntax, own: &str, part: &str) -> bool {
    let others =
        nested(syntax.body()).into_iter().filter_map(Stmt::as_function_def_stmt).filter(|def| def.name.as_str() != own);
    others.filter_map(|def| text.get(def.range.to_std_range())).any(|text| {
        let ends = ["\",", "',"].map(|end| format!("{part}{end}"));
        let says = ["return_value", "side_effect", "new="].iter().any(|word| text.contains(word));
        text.contains(part) && (says || ends.iter().any(|given| text.contains(given)))
    })
}

/// One mock, and what was asked of it.
struct Look<'a> {
    mock: &'a MockMade,
    known: &'a Known<'a>,
    name: &'a dyn Fn() -> Option<&'a str>,
    is_said: &'a dyn Fn(&str) -> bool,
}

impl Look<'_> {
    /// What the tests say of it: all that they take, set and look at, by its name from the mock on. That they go on by an answer
    /// themselves says nothing of it.
    fn said(&self) -> BTreeSet<&str> {
        let is_said = |used: &&MockUse| {
            (self.known.is_of_tests)(&used.path) && !(used.is_asked() && asking(&used.name).is_some())
        };
        self.mock.uses.iter().filter(is_said).map(|used| used.name.as_str()).collect()
    }

    /// What the code under test takes of it.
    fn taken(&self) -> impl Iterator<Item = &MockUse> {
        self.mock.uses.iter().filter(|used| used.how == UseOf::Take && !(self.known.is_of_tests)(&used.path))
    }

    /// Its answers that nobody has set, and by which the code goes on.
    fn unset(&self) -> Vec<Shown> {
        let said = self.said();
        let is_said = |name: &str| match name {
            "" => !said.is_empty(),
            name => said.iter().any(|one| {
                one.strip_prefix(name).is_some_and(|rest| matches!(rest.bytes().next(), None | Some(b'.' | b'(')))
            }),
        };
        let unset = |used: &MockUse| {
            let (name, asks, other) = asking(&used.name)?;
            let is_spared = match last(name) {
                Some(last) => is_set(self.known.text, last) || words(name).any(|word| is_given(self.known.text, word)),
                None => self.mock.part.as_deref().is_some_and(self.is_said),
            };
            if is_said(name) || self.is_there(name, asks) || is_spared {
                return None;
            }
            let (line, path, shown) = (used.line, &used.path, self.shown(name));
            let what = format!(
                "nobody has set {shown}, by which line {line} of {path} goes on, and the test fails where it is {other}"
            );
            let answer = (self.mock.path.clone(), self.mock.line, self.mock.part.clone(), used.name.clone());
            Some(Shown { line: self.mock.line, what, answer })
        };
        self.taken().filter_map(unset).collect()
    }

    /// Whether it is only asked whether the mock itself is there, or what a class makes.
    fn is_there(&self, name: &str, asks: &str) -> bool {
        let is_class = |name: &str| name.trim_start_matches('_').starts_with(|first: char| first.is_uppercase());
        let maker = if name == "()" { (self.name)() } else { last(name) };
        let is_made = name.ends_with("()") && maker.is_some_and(is_class);
        matches!(asks, "__bool__" | "__eq__" | "__ne__") && (name.is_empty() || is_made)
    }

    /// A name from the mock on, as the test would write it.
    fn shown(&self, name: &str) -> String {
        let dot = if name.is_empty() || name.starts_with('(') { "" } else { "." };
        match ((self.name)(), name) {
            (Some(own), name) => format!("{own}{dot}{name}"),
            (None, "") => "the mock that is made here".to_owned(),
            (None, name) => format!("{name} of the mock"),
        }
    }
}

/// Where a name ends with something that Python asks for by itself: the name before that, what is asked, and another answer.
fn asking(name: &str) -> Option<(&str, &'static str, &'static str)> {
    let (before, asks, other) =
        ASKING.iter().find_map(|(asks, other)| Some((name.strip_suffix(asks)?, *asks, *other)))?;
    Some((before.strip_suffix('.').unwrap_or(before), asks, other))
}

/// The last word of a name that somebody has chosen.
fn last(name: &str) -> Option<&str> {
    words(name).next_back()
}

/// The words of a name that somebody has chosen.
fn words(name: &str) -> impl DoubleEndedIterator<Item = &str> {
    name.split(['.', '(', ')']).filter(|word| !word.is_empty() && !word.starts_with("__"))
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What stands before and behind a word in a text, wherever it does.
fn around<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let all = text.match_indices(word).filter_map(move |(at, _)| Some((text.get(..at)?, text.get(at + word.len()..)?)));
    all.filter(|(before, behind)| !before.ends_with(is_part) && !behind.starts_with(is_part))
}

/// Whether a text goes on with an assignment.
fn is_assigned(behind: &str) -> bool {
    behind.trim_start_matches(' ').strip_prefix('=').is_some_and(|rest| !rest.starts_with('='))
}

/// Whether somewhere in a text an attribute or an argument of that name is given a value, so that what is taken of it is said.
fn is_given(text: &str, word: &str) -> bool {
    around(text, word).any(|(before, behind)| is_assigned(behind) && (before.ends_with('.') || behind.starts_with('=')))
}

/// Whether somewhere in a text something is said of a word: it is set, the name of an argument, a string or the end of one that is
/// a path, or given an answer.
fn is_set(text: &str, word: &str) -> bool {
    around(text, word).any(|(before, rest)| {
        let is_quoted = before.trim_end_matches(|c| is_part(c) || c == '.').ends_with(['"', '\'']);
        let chain = rest.find(|c| !is_part(c) && !matches!(c, '.' | '(' | ')')).unwrap_or(rest.len());
        let (chain, behind) = rest.split_at(chain);
        let is_target = is_assigned(behind) && (chain.is_empty() || chain.starts_with(['.', '(']));
        is_quoted || is_target || chain.contains("return_value") || chain.contains("side_effect")
    })
}

#[cfg(test)]
mod tests {
    use super::{Known, shown};
    use crate::domain::suite::{LabAsked, MockMade, MockUse, Outcome, TestId, UseOf};
    use std::collections::BTreeMap;

    const TEST: &str = "def test_a():\n    desk = Mock()\n    shut(desk)\n    shut(Mock())\n";

    /// What is told of a mock of a line: of `shop.py` it is asked for the first names, and the test takes the others.
    fn told(mock: MockMade, asked: &[&str], said: &[&str]) -> Vec<String> {
        told_in(TEST, mock, asked, said)
    }

    fn told_in(text: &str, mock: MockMade, asked: &[&str], said: &[&str]) -> Vec<String> {
        let used = |path: &str, name: &&str| MockUse {
            how: UseOf::Take,
            name: (*name).to_owned(),
            path: path.to_owned(),
            line: 7,
        };
        let uses =
            asked.iter().map(|name| used("shop.py", name)).chain(said.iter().map(|name| used("t/test_a.py", name)));
        let path = if mock.path.is_empty() { "t/test_a.py".to_owned() } else { mock.path.clone() };
        let mock = MockMade { uses: uses.collect(), path, ..mock };
        let id = TestId::new("t/test_a.py::test_a");
        let asked = LabAsked {
            id,
            outcome: Outcome::Passed,
            mocks: vec![mock],
            idle: Vec::new(),
            guards: Vec::new(),
            real: BTreeMap::new(),
        };
        let known = Known { text, is_of_tests: &|path| path.starts_with("t/") };
        shown(&asked, &known).into_iter().map(|one| format!("{} {}", one.line, one.what)).collect()
    }

    fn desk() -> MockMade {
        MockMade { line: 2, ..MockMade::default() }
    }

    #[test]
    fn what_is_told_has_the_name_that_the_test_gives() {
        let wanted = "2 nobody has set desk.total, by which line 7 of shop.py goes on, and the test fails where it is equal to that";
        assert_eq!(told(desk(), &["total", "total.__eq__"], &[]), [wanted]);
        let inline = MockMade { line: 4, ..desk() };
        let wanted = "4 nobody has set rows().total of the mock, by which line 7 of shop.py goes on, and the test fails where it is there";
        assert_eq!(told(inline, &["rows().__iter__", "rows().total.__contains__"], &[]), [wanted]);
        let part = MockMade { line: 0, part: Some("fetch".to_owned()), ..MockMade::default() };
        let wanted =
            "0 nobody has set fetch().ok, by which line 7 of shop.py goes on, and the test fails where it is false";
        assert_eq!(told(part, &["().ok.__bool__"], &[]), [wanted]);
    }

    #[test]
    fn what_tests_say_of_an_answer_decides() {
        let spared = |asked: &str, said: &[&str]| told(desk(), &[asked], said).is_empty();
        assert!(spared("total.__eq__", &["total.__eq__.return_value"]));
        assert!(spared("rows().__bool__", &["rows().append"]));
        // Something else of it, or that the test goes on by the same.
        assert!(!spared("rows().__bool__", &["rows"]));
        assert!(!spared("total.__eq__", &["totals", "total.__bool__"]));
        let text = |more: &str| format!("{TEST}\n\ndef test_b():\n    {more}\n");
        for more in [
            "desk.total = 3",
            "Mock(total=3)",
            "Mock(**{'total': 3})",
            "Mock(**{'row.total': 3})",
            "desk.total.return_value = 3",
            "desk.total().price = 3",
        ] {
            assert_eq!(told_in(&text(more), desk(), &["total.__eq__"], &[]), Vec::<String>::new(), "{more}");
        }
        for more in [
            "desk.total_of = 3",
            "total == 3",
            "sub_total = 3",
            "desk.total.price == 3",
            "'a total'",
            "price = desk.total",
        ] {
            assert_eq!(told_in(&text(more), desk(), &["total.__eq__"], &[]).len(), 1, "{more}");
        }
    }

    #[test]
    fn what_is_taken_of_something_that_another_test_gives_is_said_with_it() {
        let told = |more: &str| {
            let text = format!("{TEST}\n\ndef test_b():\n    {more}\n");
            told_in(&text, desk(), &["page.rows.get().__bool__"], &[]).len()
        };
        for more in ["desk.page.rows = {}", "Mock(rows={})", "desk.page = 3"] {
            assert_eq!(told(more), 0, "{more}");
        }
        for more in ["rows = {}", "page.rows == {}", "desk.page.rows.count = 3", "desk.more_rows = 3"] {
            assert_eq!(told(more), 1, "{more}");
        }
    }

    #[test]
    fn that_a_mock_is_there_is_what_it_is_for() {
        for asked in ["__bool__", "__eq__", "Client().__bool__"] {
            assert_eq!(told(desk(), &[asked], &[]), Vec::<String>::new(), "{asked}");
        }
        let part = |name: &str| MockMade { part: Some(name.to_owned()), ..desk() };
        assert_eq!(told(part("Client"), &["().__bool__"], &[]), Vec::<String>::new());
        assert_eq!(told(part("fetch"), &["().__bool__"], &[]).len(), 1);
        // Of a function, another test says what it gives.
        for more in [
            "with patch('shop.fetch') as fetch:\n        fetch.return_value = 1",
            "with patch('shop.fetch', f):\n        pass",
        ] {
            let text = format!("{TEST}\n\ndef test_b():\n    {more}\n");
            assert_eq!(told_in(&text, part("fetch"), &["().__bool__"], &[]), Vec::<String>::new());
            assert_eq!(told_in(&text, part("open"), &["().__bool__"], &[]).len(), 1);
        }
    }

    #[test]
    fn a_mock_with_a_specification_and_one_of_another_file_are_left_alone() {
        let specified = MockMade { is_specified: true, ..desk() };
        assert_eq!(told(specified, &["total.__eq__"], &[]), Vec::<String>::new());
        let elsewhere = MockMade { path: "t/conftest.py".to_owned(), ..desk() };
        assert_eq!(told(elsewhere.clone(), &["total.__eq__"], &[]), Vec::<String>::new());
        let patched = MockMade { part: Some("fetch".to_owned()), ..elsewhere };
        assert_eq!(told(patched, &["total.__eq__"], &[]), Vec::<String>::new());
    }
}
