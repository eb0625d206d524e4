//! How pytest's own configuration names test files, classes and functions.

use toml::{Table, Value};

/// The files that pytest looks into for its configuration, the first one first.
pub const PYTEST_FILES: [&str; 7] =
    ["pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"];

/// pytest's three settings for names; nothing where a setting is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PytestNames {
    /// `python_files`.
    pub files: Option<Vec<String>>,
    /// `python_classes`.
    pub classes: Option<Vec<String>>,
    /// `python_functions`.
    pub functions: Option<Vec<String>>,
}

/// The names by the configuration file called `name`; nothing when the file is not the one that pytest would use.
#[must_use]
pub fn pytest_names(name: &str, text: &str) -> Option<PytestNames> {
    if name.ends_with(".toml") { of_toml(name, text) } else { of_ini(name, text) }
}

fn of_toml(name: &str, text: &str) -> Option<PytestNames> {
    let whole: Table = toml::from_str(text).ok()?;
    let table = |within: &Table, key: &str| within.get(key).and_then(Value::as_table).cloned();
    let section = if name == "pyproject.toml" {
        let pytest = table(&table(&whole, "tool")?, "pytest")?;
        table(&pytest, "ini_options").unwrap_or(pytest)
    } else {
        table(&whole, "pytest").unwrap_or_default()
    };
    let words = |key: &str| match section.get(key)? {
        Value::String(text) => Some(words(text)),
        Value::Array(all) => Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => None,
    };
    Some(PytestNames {
        files: words("python_files"),
        classes: words("python_classes"),
        functions: words("python_functions"),
    })
}

fn of_ini(name: &str, text: &str) -> Option<PytestNames> {
    let wanted = if name == "setup.cfg" { "[tool:pytest]" } else { "[pytest]" };
    let is_always = name.ends_with("pytest.ini");
    let (mut inside, mut found, mut names) = (false, is_always, PytestNames::default());
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
        let slot = match at.as_str() {
            "python_files" => &mut names.files,
            "python_classes" => &mut names.classes,
            "python_functions" => &mut names.functions,
            _ => continue,
        };
        if inside {
            slot.get_or_insert_default().extend(words(value));
        }
    }
    found.then_some(names)
}

/// The words of a value. Patterns hold no spaces, so that quotes matter only at their ends.
fn words(text: &str) -> Vec<String> {
    let words = text.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::pytest_names;

    fn check(name: &str, text: &str, expect: Option<(&[&str], &[&str])>) {
        let names = pytest_names(name, text);
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
}
