//! Every trap of coverage before and after has a test that carries its number: this list holds that none goes missing.

use std::collections::BTreeMap;
use std::path::Path;

/// The traps, each by its number: what goes wrong with the usual tools.
const TRAPS: [&str; 26] = [
    "a subset shown as a total, with another denominator",
    "`fail_under` that fires on the subset",
    "a data file that is erased before anything is collected",
    "reports named in `addopts`, overwritten by the subset's",
    "an option at the end of `addopts` that swallows the first path",
    "statement data and branch data that cannot be combined",
    "options that change what is measured",
    "lines that ran only at import, earned by whoever imports first",
    "a cached body, credited to its first caller only",
    "failing, xfailing and assertion-free tests that earn lines like good ones",
    "order, hash seed, time and threads that move coverage without a change",
    "data files of subprocesses and workers",
    "contexts that cost time, and a core that cannot tell tests apart",
    "`--testmon` in `addopts`",
    "contexts that end in a phase, ids with special characters",
    "exit codes that mean several things",
    "percentages rounded to 0 and to 100",
    "comments at the top that lower the figure",
    "evidence of two versions joined without a map",
    "a report whose source has changed",
    "changes in the second line of a statement",
    "diffs stacked on each other's line numbers",
    "inserted lines with the baseline's coverage",
    "one file under several names, two files under one",
    "renamed and moved files",
    "a new pragma that moves the percentage",
];

/// The tests of a source that are named for a trap, with its number.
fn named(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("fn trap_").filter(|_| is_test) {
            let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
            let name = name.split('(').next().unwrap_or_default();
            found.extend(digits.parse().ok().map(|number| (number, format!("trap_{name}"))));
        }
        is_test = line == "#[test]" || (is_test && line.starts_with("#["));
    }
    found
}

fn read(folder: &Path, found: &mut BTreeMap<usize, Vec<String>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            named(&text).into_iter().for_each(|(number, name)| found.entry(number).or_default().push(name));
        }
    }
}

#[test]
fn every_trap_has_a_test_of_its_name() {
    let mut found = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    read(&root.join("src"), &mut found);
    read(&root.join("tests"), &mut found);
    for (number, trap) in (1..).zip(TRAPS) {
        assert!(found.contains_key(&number), "no test is named `trap_{number}_…`: {trap}");
    }
    let others: Vec<&Vec<String>> = found.range(TRAPS.len() + 1..).map(|(_, names)| names).collect();
    assert!(others.is_empty() && !found.contains_key(&0), "numbers without a trap: {others:?}");
}

#[test]
fn only_tests_count() {
    let text = "#[test]\n#[cfg(unix)]\nfn trap_3_a() {}\nfn trap_4_b() {}\n#[test]\nfn trap_x() {}\n";
    assert_eq!(named(text), [(3, "trap_3_a".to_owned())]);
}
