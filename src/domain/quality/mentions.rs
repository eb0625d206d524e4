//! What the Python files of a project mention together: words, variables set by hand, folders that are added as tests are imported.

use super::words::words;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// From how many alike on a variable that is set by hand is how the tests of a project are set up.
const ALIKE: usize = 4;

/// Looks up what the files of the project mention.
pub type Mentioning<'a> = dyn Fn() -> Arc<Mentions> + 'a;

/// What all Python files of a project mention together.
#[derive(Debug, Default)]
pub struct Mentions {
    /// How often each word stands somewhere, in code, texts or comments.
    words: HashMap<Box<str>, usize>,
    /// The values that each variable of the environment is given by hand, as they are written.
    set: HashMap<Box<str>, Vec<Box<str>>>,
    /// What the code takes each variable of the environment for where it is not set, as it is written.
    defaults: HashMap<Box<str>, HashSet<Box<str>>>,
    /// Whether a `conftest.py` is among the files.
    has_conftest: bool,
    /// The folders that modules of tests add to `sys.path` as they are imported: the last text of each, if there is one.
    added: HashSet<Option<Box<str>>>,
}

impl Mentions {
    /// Adds a file.
    pub fn add(&mut self, text: &str, is_of_tests: bool) {
        for word in words(text) {
            match self.words.get_mut(word) {
                Some(count) => *count += 1,
                None => {
                    self.words.insert(word.into(), 1);
                }
            }
        }
        let mut is_inside = false;
        for line in text.lines().filter(|line| !line.trim_start().is_empty()) {
            let code = line.trim_start();
            if code.len() == line.len() {
                // What a helper does, it may do as the file is imported.
                is_inside = ["def test", "async def test", "class "].iter().any(|word| code.starts_with(word));
            }
            if let Some((name, value)) = code.strip_prefix("os.environ[").and_then(|rest| rest.split_once("] = ")) {
                self.set.entry(bare(name).into()).or_default().push(value.trim_end().into());
            }
            if let Some((name, value)) = default(code).filter(|_| !is_of_tests) {
                self.defaults.entry(name.into()).or_default().insert(value.into());
            }
            if is_of_tests && !is_inside && ["insert(", "append("].iter().any(|call| added(code, call).is_some()) {
                self.added.insert(last_text(code).map(Into::into));
            }
        }
    }

    /// Whether nothing but a part of a file, which is given as well, speaks of a dotted name.
    #[must_use]
    pub fn is_only_in(&self, part: &str, name: &str) -> bool {
        let is_only = |name: &str| {
            let own = words(part).filter(|word| *word == name).count();
            own > 0 && self.words.get(name).is_some_and(|count| *count == own)
        };
        name.split('.').any(is_only)
    }

    /// Notes that a `conftest.py` is among the files.
    pub fn has_conftest(&mut self) {
        self.has_conftest = true;
    }

    /// Whether the files speak of a `conftest.py` that is not among them.
    #[must_use]
    pub fn lacks_conftest(&self) -> bool {
        !self.has_conftest && self.words.contains_key("conftest")
    }

    /// Whether a variable is given the same value wherever it is set by hand, and so in several tests.
    #[must_use]
    pub fn is_set_alike(&self, name: &str) -> bool {
        let set = self.set.get(name).map(Vec::as_slice).unwrap_or_default();
        set.len() >= ALIKE && set.iter().all(|value| Some(value) == set.first())
    }

    /// Whether the code takes a variable for that text anyway, wherever it says what it takes it for.
    #[must_use]
    pub fn is_default(&self, name: &str, value: &str) -> bool {
        self.defaults.get(name).is_some_and(|known| known.len() == 1 && known.contains(value))
    }

    /// Whether a module of tests adds a folder to `sys.path` as it is imported, by the last text of the folder.
    #[must_use]
    pub fn is_added(&self, last: Option<&str>) -> bool {
        self.added.contains(&last.map(Into::into))
    }
}

/// What is behind a call on `sys.path`.
fn added<'t>(code: &'t str, call: &str) -> Option<&'t str> {
    code.strip_prefix("sys.path.")?.strip_prefix(call)
}

/// A text without its quotes.
fn bare(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

/// The variable that a line asks for, and the text that stands for it where it is not set: `os.getenv("MODE", "plain")`.
fn default(code: &str) -> Option<(&str, &str)> {
    let (_, rest) = code.split_once("environ.get(").or_else(|| code.split_once("getenv("))?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut parts = rest.split(quote).skip(1);
    let (name, between, value) = (parts.next()?, parts.next()?, parts.next()?);
    (between.trim() == ",").then_some((name, value))
}

/// The last text of a line.
fn last_text(code: &str) -> Option<&str> {
    let end = code.rfind(['"', '\''])?;
    let start = code.get(..end)?.rfind(['"', '\''])?;
    code.get(start + 1..end)
}

#[cfg(test)]
mod tests {
    use super::Mentions;

    #[test]
    fn what_only_one_test_speaks_of_is_told_from_what_others_know() {
        let mut mentions = Mentions::default();
        mentions.add("import shop.cart\nMODE = 'CART_MODE'\n", false);
        let test = "def test_a():\n    os.environ['CART_KIND'] = 'a'\n    assert kind('CART_KIND')\n";
        mentions.add(test, true);
        let only = |name: &str| mentions.is_only_in(test, name);
        assert_eq!(["CART_KIND", "CART_MODE", "shop.cart", "CART"].map(only), [true, false, false, false]);
    }

    #[test]
    fn what_all_tests_set_to_one_value_is_set_alike() {
        let mut mentions = Mentions::default();
        let set = |value: &str| format!("def test_a():\n    os.environ[\"BACKUPS\"] = {value}\n");
        let mut is_alike = |value: &str| {
            mentions.add(&set(value), true);
            mentions.is_set_alike("BACKUPS")
        };
        assert_eq!(["'0'", "'0'", "'0'", "'0'", "'1'"].map(&mut is_alike), [false, false, false, true, false]);
        assert!(!mentions.is_set_alike("OTHERS"));
    }

    #[test]
    fn what_a_variable_stands_for_anyway_is_its_default() {
        let mut mentions = Mentions::default();
        mentions.add("MODE = os.environ.get('MODE', 'plain')\nKIND = os.getenv(\"KIND\", \"a\")\n", false);
        mentions.add("import os\nKIND = os.getenv(\"KIND\", \"b\")\nSIZE = os.environ.get('SIZE')\n", false);
        mentions.add("PAGE = os.environ.get('PAGE', '1')\n", true);
        let is_default = |name: &str, value: &str| mentions.is_default(name, value);
        assert!(is_default("MODE", "plain") && !is_default("MODE", "full"));
        assert!(!is_default("KIND", "a") && !is_default("SIZE", "") && !is_default("PAGE", "1"));
    }

    #[test]
    fn what_modules_of_tests_add_to_the_path_is_known_by_its_last_text() {
        let mut mentions = Mentions::default();
        mentions.add("sys.path.insert(0, str(ROOT / \"site\"))\n", true);
        mentions.add("if LIB not in sys.path:\n    sys.path.append(LIB)\n", true);
        mentions.add("def test_a():\n    sys.path.append('tools')\n", true);
        mentions.add("sys.path.insert(0, 'docs')\n", false);
        let added = |last: Option<&str>| mentions.is_added(last);
        assert_eq!([Some("site"), None, Some("tools"), Some("docs")].map(added), [true, true, false, false]);
    }
}
