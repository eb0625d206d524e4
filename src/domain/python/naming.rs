//! Which files, classes and functions pytest takes for tests, by name.

use crate::base::RepoPath;

/// pytest's three settings for names: `python_files`, `python_classes`, `python_functions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// Patterns of file names; one with a slash is matched against the end of the path.
    pub python_files: Vec<String>,
    /// Prefixes or patterns of class names.
    pub python_classes: Vec<String>,
    /// Prefixes or patterns of function names.
    pub python_functions: Vec<String>,
}

impl Default for Naming {
    fn default() -> Self {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        Self {
            python_files: words(&["test_*.py", "*_test.py"]),
            python_classes: words(&["Test"]),
            python_functions: words(&["test"]),
        }
    }
}

impl Naming {
    /// Whether pytest would look for tests in this file.
    #[must_use]
    pub fn is_test_file(&self, path: &RepoPath) -> bool {
        self.python_files.iter().any(|pattern| {
            if pattern.contains('/') {
                // pytest puts a star and a separator before it and matches the absolute path.
                let path = format!("/{}", path.as_str());
                matches(&format!("*/{}", pattern.trim_start_matches('/')), &path)
            } else {
                matches(pattern, path.name())
            }
        })
    }

    /// Whether a class with this name holds tests.
    #[must_use]
    pub fn is_test_class(&self, name: &str) -> bool {
        self.python_classes.iter().any(|pattern| begins_or_matches(pattern, name))
    }

    /// Whether a function with this name is a test.
    #[must_use]
    pub fn is_test_function(&self, name: &str) -> bool {
        self.python_functions.iter().any(|pattern| begins_or_matches(pattern, name))
    }
}

fn begins_or_matches(pattern: &str, name: &str) -> bool {
    name.starts_with(pattern) || (pattern.contains(['*', '?', '[']) && matches(pattern, name))
}

/// Python's `fnmatch`: `*`, `?` and `[…]`, where `*` crosses separators. Its time is at most the product of both
/// lengths.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut to) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&c) = text.get(to) {
        let step = match pattern.get(at) {
            Some('*') => {
                star = Some((at, to));
                at += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(pattern.get(at..).unwrap_or_default(), c),
            Some(&p) if p == c => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(step), _) => {
                at += step;
                to += 1;
            }
            (None, Some((back, from))) => {
                star = Some((back, from + 1));
                at = back + 1;
                to = from + 1;
            }
            (None, None) => return false,
        }
    }
    pattern.iter().skip(at).all(|&p| p == '*')
}

/// How long a bracket expression at the start of `pattern` is, when `c` is in it. One that is not closed is a
/// plain `[`.
fn class(pattern: &[char], c: char) -> Option<usize> {
    let negated = pattern.get(1) == Some(&'!');
    let first = if negated { 2 } else { 1 };
    let close = pattern.iter().skip(first + 1).position(|&p| p == ']').map(|at| at + first + 1);
    let Some(close) = close else { return (c == '[').then_some(1) };
    let set = pattern.get(first..close).unwrap_or_default();
    let mut found = false;
    let mut at = 0;
    while let Some(&low) = set.get(at) {
        match (set.get(at + 1), set.get(at + 2)) {
            (Some('-'), Some(&high)) => {
                found |= (low..=high).contains(&c);
                at += 3;
            }
            _ => {
                found |= low == c;
                at += 1;
            }
        }
    }
    (found != negated).then_some(close + 1)
}

#[cfg(test)]
mod tests {
    use super::{Naming, matches};
    use crate::base::RepoPath;

    fn check(pattern: &str, text: &str, expect: bool) {
        assert_eq!(matches(pattern, text), expect, "{pattern:?} {text:?}");
    }

    #[test]
    fn patterns_are_those_of_fnmatch() {
        check("test_*.py", "test_.py", true);
        check("*_test.py", "a_test_test.py", true);
        check("t?st", "test", true);
        check("[a-c]x", "bx", true);
        check("[!a-c]x", "bx", false);
        check("[]]", "]", true);
        check("[x", "[x", true);
        check("*a*b*c", "aXbXcX", false);
        check("", "", true);
        check("*", "", true);
    }

    #[test]
    fn default_names_are_pytest_s() {
        let naming = Naming::default();
        let file = |text: &str| RepoPath::new(text).is_some_and(|path| naming.is_test_file(&path));
        assert!(file("tests/test_a.py") && file("a_test.py") && !file("tests/conftest.py") && !file("test_a.txt"));
        assert!(naming.is_test_class("TestA") && !naming.is_test_class("ATest"));
        assert!(naming.is_test_function("testing") && !naming.is_test_function("a_test"));
        let deep = Naming { python_files: vec!["unit/check_*.py".to_owned()], ..Naming::default() };
        assert!(RepoPath::new("t/unit/check_a.py").is_some_and(|path| deep.is_test_file(&path)));
    }
}
