//! What coverage.py's own configuration says that matters to whoever reads its reports: `[paths]` and the digits.

use toml::{Table, Value};

/// The files that coverage.py looks into for its configuration, the first one first.
pub const COVERAGE_FILES: [&str; 5] = [".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini", "pyproject.toml"];

/// The part of coverage.py's configuration that lacuna uses. All else (`omit`, `include`, `source`, the exclusions)
/// works where coverage.py measures and reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageRc {
    /// `[paths]`: lists of folders that hold the same files; the first of each is the canonical one.
    pub paths: Vec<Vec<String>>,
    /// `relative_files`: paths are relative, and so are the patterns of `paths`.
    pub relative: bool,
    /// `precision`: how many digits percentages have after the point.
    pub precision: usize,
}

/// The most digits that are shown.
const DIGITS: usize = 9;

/// The configuration by the file called `name`; nothing when the file is not the one that coverage.py would use.
/// `variable` gives the environment's variables.
#[must_use]
pub fn coverage_rc(name: &str, text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<CoverageRc> {
    let sections = if name.ends_with(".toml") { of_toml(name, text)? } else { of_ini(name, text)? };
    let mut rc = CoverageRc::default();
    for (section, key, values) in sections {
        let values: Vec<String> = values.iter().map(|value| expanded(value, variable)).collect();
        let first = values.first().map_or("", |value| value.trim());
        match (section.as_str(), key.as_str()) {
            ("paths", _) => {
                let items = values.iter().flat_map(|value| value.split(['\n', ',']));
                let items = items.map(str::trim).filter(|item| !item.is_empty()).map(|item| home(item, variable));
                rc.paths.push(items.collect());
            }
            ("run", "relative_files") => rc.relative = matches!(&*first.to_lowercase(), "1" | "yes" | "true" | "on"),
            ("report", "precision") => rc.precision = first.parse::<usize>().unwrap_or(0).min(DIGITS),
            _ => {}
        }
    }
    Some(rc)
}

/// Section, key and values.
type Option3 = (String, String, Vec<String>);

fn of_toml(name: &str, text: &str) -> Option<Vec<Option3>> {
    let whole: Table = toml::from_str(text).ok()?;
    let tool =
        whole.get("tool").and_then(Value::as_table).and_then(|tool| tool.get("coverage")).and_then(Value::as_table);
    let own = name != "pyproject.toml";
    let table = if own { tool.or(Some(&whole)) } else { tool }?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut all = Vec::new();
    for (section, options) in table {
        for (key, value) in options.as_table().into_iter().flatten() {
            let values = value.as_array().map_or_else(|| vec![text(value)], |list| list.iter().map(text).collect());
            all.push((section.clone(), key.clone(), values));
        }
    }
    (own || !all.is_empty()).then_some(all)
}

fn of_ini(name: &str, text: &str) -> Option<Vec<Option3>> {
    let own = name == ".coveragerc" || !COVERAGE_FILES.contains(&name);
    let mut section: Option<String> = None;
    let mut all: Vec<Option3> = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        let is_indented = line.starts_with(char::is_whitespace);
        if let Some(title) = bare.strip_prefix('[').and_then(|rest| rest.split_once(']')).filter(|_| !is_indented) {
            let ours = title.0.strip_prefix("coverage:").or((own && !title.0.contains(':')).then_some(title.0));
            section = ours.map(str::to_owned);
            continue;
        }
        let Some(section) = &section else { continue };
        if is_indented {
            if let Some((.., values)) = all.last_mut() {
                values.push(bare.to_owned());
            }
        } else if let Some((key, value)) = bare.split_once(['=', ':']) {
            let values = Some(value.trim()).filter(|value| !value.is_empty()).map(str::to_owned);
            all.push((section.clone(), key.trim().to_lowercase(), values.into_iter().collect()));
        }
    }
    (own || !all.is_empty()).then_some(all)
}

/// `$NAME`, `${NAME}`, `${NAME-default}`, `${NAME?}` and `$$`, as coverage.py has them.
fn expanded(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let word = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let braced = after.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let (value, left) = match (after.strip_prefix('$'), braced) {
            (Some(left), _) => ("$".to_owned(), left),
            (None, Some((inside, left))) => {
                let (name, more) = inside.split_at(word(inside));
                (variable(name).unwrap_or_else(|| more.strip_prefix('-').unwrap_or_default().to_owned()), left)
            }
            (None, None) if word(after) > 0 => {
                let (name, left) = after.split_at(word(after));
                (variable(name).unwrap_or_default(), left)
            }
            (None, None) => ("$".to_owned(), after),
        };
        out.push_str(&value);
        rest = left;
    }
    out.push_str(rest);
    out
}

fn home(path: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    match (path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')), variable("HOME")) {
        (Some(rest), Some(home)) => format!("{home}{rest}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{CoverageRc, coverage_rc};

    fn variable(name: &str) -> Option<String> {
        [("HOME", "/home/me"), ("CI_ROOT", "/builds/x")]
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, v)| (*v).to_owned())
    }

    fn check(name: &str, text: &str, expect: Option<(&[&[&str]], bool, usize)>) {
        let expect = expect.map(|(paths, relative, precision)| CoverageRc {
            paths: paths.iter().map(|list| list.iter().map(|path| (*path).to_owned()).collect()).collect(),
            relative,
            precision,
        });
        assert_eq!(coverage_rc(name, text, &variable), expect, "{name}");
    }

    #[test]
    fn every_file_of_coverage_py_is_read_as_it_reads_it() {
        let paths: &[&[&str]] = &[&["src/", "*/site-packages/", "c:\\ci\\src"], &["tests", "/app/tests"]];
        let ini = "[run]\nrelative_files = True\nomit =\n    a\n[report]\nprecision = 2\n\
                   [paths]\nsource =\n    src/\n    # installed\n    */site-packages/\n    c:\\ci\\src\nTests = tests, /app/tests\n";
        check(".coveragerc", ini, Some((paths, true, 2)));
        check(".coveragerc", "", Some((&[], false, 0)));
        let prefixed = ini.replace('[', "[coverage:");
        check("setup.cfg", &format!("[metadata]\nname = x\n{prefixed}"), Some((paths, true, 2)));
        check("tox.ini", &prefixed, Some((paths, true, 2)));
        check("tox.ini", ini, None);
        let toml = "[tool.coverage.run]\nrelative_files = true\n[tool.coverage.report]\nprecision = 2\n[tool.coverage.paths]\n\
                    source = ['src/', '*/site-packages/', 'c:\\ci\\src']\ntests = ['tests', '/app/tests']\n";
        check("pyproject.toml", toml, Some((paths, true, 2)));
        check("pyproject.toml", "[tool.black]\n", None);
        check(".coveragerc.toml", &toml.replace("tool.coverage.", ""), Some((paths, true, 2)));
    }

    #[test]
    fn variables_and_the_home_folder_are_put_in() {
        let text = "[paths]\na = ~/src, ${CI_ROOT}/src, $CI_ROOT/b, ${NONE-/d}/c, $$x\n";
        check(
            ".coveragerc",
            text,
            Some((&[&["/home/me/src", "/builds/x/src", "/builds/x/b", "/d/c", "$x"]], false, 0)),
        );
    }
}
