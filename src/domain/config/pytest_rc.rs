//! What pytest's own configuration says about collection: names of tests, folders, options of every run.

use toml::{Table, Value};

/// The files that pytest looks into for its configuration, the first one first.
pub const PYTEST_FILES: [&str; 7] =
    ["pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"];

/// pytest's settings for collection; nothing where a setting is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PytestRc {
    /// `python_files`.
    pub files: Option<Vec<String>>,
    /// `python_classes`.
    pub classes: Option<Vec<String>>,
    /// `python_functions`.
    pub functions: Option<Vec<String>>,
    /// `testpaths`: where a run without paths looks.
    pub testpaths: Option<Vec<String>>,
    /// `norecursedirs`: folders that are not looked into.
    pub norecursedirs: Option<Vec<String>>,
    /// `addopts`: options of every run.
    pub addopts: Option<Vec<String>>,
    /// `pythonpath`: folders that pytest itself adds to `sys.path`.
    pub pythonpath: Option<Vec<String>>,
}

impl PytestRc {
    fn slot(&mut self, key: &str) -> Option<&mut Option<Vec<String>>> {
        Some(match key {
            "python_files" => &mut self.files,
            "python_classes" => &mut self.classes,
            "python_functions" => &mut self.functions,
            "testpaths" => &mut self.testpaths,
            "norecursedirs" => &mut self.norecursedirs,
            "addopts" => &mut self.addopts,
            "pythonpath" => &mut self.pythonpath,
            _ => return None,
        })
    }
}

/// The settings by the configuration file called `name`; nothing when the file is not the one that pytest would use.
#[must_use]
pub fn pytest_rc(name: &str, text: &str) -> Option<PytestRc> {
    if name.ends_with(".toml") { of_toml(name, text) } else { of_ini(name, text) }
}

fn of_toml(name: &str, text: &str) -> Option<PytestRc> {
    let whole: Table = toml::from_str(text).ok()?;
    let table = |within: &Table, key: &str| within.get(key).and_then(Value::as_table).cloned();
    let section = if name == "pyproject.toml" {
        let pytest = table(&table(&whole, "tool")?, "pytest")?;
        table(&pytest, "ini_options").unwrap_or(pytest)
    } else {
        table(&whole, "pytest").unwrap_or_default()
    };
    let mut rc = PytestRc::default();
    for (key, value) in &section {
        let Some(slot) = rc.slot(key) else { continue };
        *slot = match value {
            Value::String(text) => Some(shell_words(text)),
            Value::Array(all) => Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            _ => continue,
        };
    }
    Some(rc)
}

fn of_ini(name: &str, text: &str) -> Option<PytestRc> {
    let wanted = if name == "setup.cfg" { "[tool:pytest]" } else { "[pytest]" };
    let is_always = name.ends_with("pytest.ini");
    let (mut inside, mut found, mut rc) = (false, is_always, PytestRc::default());
    let mut at = String::new();
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') {
            inside = bare == wanted;
            found |= inside;
            at.clear();
            continue;
        }
        let mut value = bare;
        if !line.starts_with(char::is_whitespace) {
            let Some((key, rest)) = bare.split_once(['=', ':']) else { continue };
            (at, value) = (key.trim().to_owned(), rest);
        }
        let Some(slot) = rc.slot(&at).filter(|_| inside) else { continue };
        slot.get_or_insert_default().extend(shell_words(value));
    }
    found.then_some(rc)
}

/// The words of a text, split as a shell does it: quotes hold together, a backslash takes the next character as it is.
#[must_use]
pub fn shell_words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::{pytest_rc, shell_words};

    fn check(name: &str, text: &str, expect: Option<(&[&str], &[&str])>) {
        let names = pytest_rc(name, text);
        let found = names.map(|names| (names.files.unwrap_or_default(), names.classes.unwrap_or_default()));
        let owned = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(found, expect.map(|(files, classes)| (owned(files), owned(classes))), "{name}");
    }

    #[test]
    fn every_file_of_pytest_is_read_as_pytest_reads_it() {
        let django = (&["tests.py", "test_*.py"][..], &["*Spec", "Test"][..]);
        let ini = "[pytest]\n# names\npython_files =\n    tests.py\n    test_*.py\npython_classes = *Spec Test\n";
        check("pytest.ini", ini, Some(django));
        check("tox.ini", &format!("[tox]\npython_files = no.py\n{ini}"), Some(django));
        check("setup.cfg", &ini.replace("[pytest]", "[tool:pytest]"), Some(django));
        check("setup.cfg", ini, None);
        check("pytest.ini", "", Some((&[], &[])));
        check("tox.ini", "[tox]\nx = 1\n", None);
        let toml =
            "[tool.pytest.ini_options]\npython_files = ['tests.py', 'test_*.py']\npython_classes = '*Spec Test'\n";
        check("pyproject.toml", toml, Some(django));
        check("pyproject.toml", &toml.replace(".ini_options", ""), Some(django));
        check("pyproject.toml", "[tool.black]\n", None);
        check("pytest.toml", &toml.replace("tool.pytest.ini_options", "pytest"), Some(django));
    }

    #[test]
    fn what_is_collected_and_with_which_options_is_read_too() {
        let ini = "[pytest]\ntestpaths = tests\n  more/tests\naddopts =\n  -ra --ignore=old\n  -m 'not slow'\nnorecursedirs = .* x\n";
        let toml = "[tool.pytest]\ntestpaths = ['tests', 'more/tests']\naddopts = ['-ra', '--ignore=old', '-m', 'not slow']\nnorecursedirs = '.* x'\n";
        for (name, text) in [("pytest.ini", ini), ("pyproject.toml", toml)] {
            let rc = pytest_rc(name, text).unwrap();
            assert_eq!(rc.testpaths.unwrap(), ["tests", "more/tests"], "{name}");
            assert_eq!(rc.addopts.unwrap(), ["-ra", "--ignore=old", "-m", "not slow"], "{name}");
            assert_eq!(rc.norecursedirs.unwrap(), [".*", "x"], "{name}");
        }
    }

    #[test]
    fn words_are_those_of_a_shell() {
        let check = |text: &str, expect: &[&str]| assert_eq!(shell_words(text), expect, "{text}");
        check(" a  b\n", &["a", "b"]);
        check(r#"-k "a or 'b'" x'y z'w"#, &["-k", "a or 'b'", "xy zw"]);
        check(r#"a\ b "c\"d" '' "#, &["a b", "c\"d", ""]);
        check("'open", &["open"]);
    }
}
