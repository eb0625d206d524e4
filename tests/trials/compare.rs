//! What lacuna says of each file beside what coverage.py says of a full rerun.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Lines by their numbers.
pub type Lines = BTreeSet<u64>;

/// How one file stands, in the words of either program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Statements that ran.
    pub covered: Lines,
    /// Statements that did not.
    pub missed: Lines,
    /// Statements of which nothing is said.
    pub open: Lines,
    /// Those of them that tests which ran again no longer run, while others may.
    pub doubted: Lines,
    /// Excluded lines.
    pub excluded: Lines,
    /// Branches that were not taken.
    pub branches: BTreeSet<(i64, i64)>,
    /// Branches of which nothing is said.
    pub open_branches: BTreeSet<(i64, i64)>,
    /// Whether the statements are an estimate.
    pub estimated: bool,
    /// Whether its figure is called measured.
    pub measured: bool,
}

/// Lines of each file.
pub type ByFile = BTreeMap<String, Lines>;

/// The files of one reading.
pub type Files = BTreeMap<String, File>;

fn lines(value: &Value) -> Lines {
    value.as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
}

fn branches(value: &Value) -> BTreeSet<(i64, i64)> {
    let pair = |pair: &Value| Some((pair[0].as_i64()?, pair[1].as_i64()?));
    value.as_array().into_iter().flatten().filter_map(pair).collect()
}

/// The files of coverage.py's JSON report; nothing where it is not there as a whole.
pub fn of_coverage(report: &Path) -> Option<Files> {
    let report: Value = serde_json::from_slice(&std::fs::read(report).ok()?).ok()?;
    let file = |(path, file): (&String, &Value)| {
        let stands = File {
            covered: lines(&file["executed_lines"]),
            missed: lines(&file["missing_lines"]),
            excluded: lines(&file["excluded_lines"]),
            branches: branches(&file["missing_branches"]),
            ..File::default()
        };
        (path.clone(), stands)
    };
    Some(report["files"].as_object()?.iter().map(file).collect())
}

/// The files of `lacuna report --format json`.
pub fn of_lacuna(report: &Value) -> Files {
    let file = |file: &Value| {
        // A source that changed before anybody looked has the numbers of the old one, and no line is named.
        let named = file["covered_lines"].is_array() && file["missed_lines"].is_array();
        assert!(named || file["coverage"]["kind"] == "unknown", "lines without names: {file}");
        let stands = File {
            covered: lines(&file["covered_lines"]),
            missed: lines(&file["missed_lines"]),
            open: &lines(&file["stale_lines"]) | &lines(&file["unknown_lines"]),
            doubted: lines(&file["doubted_lines"]),
            excluded: lines(&file["excluded_lines"]),
            branches: branches(&file["missing_branches"]),
            open_branches: branches(&file["open_branches"]),
            estimated: file["coverage"]["estimated"].as_bool().unwrap(),
            measured: file["coverage"]["kind"] == "measured",
        };
        (file["path"].as_str().unwrap().to_owned(), stands)
    };
    report["files"].as_array().unwrap().iter().map(file).collect()
}

/// What one comparison found.
#[derive(Default)]
pub struct Found {
    /// How many lines were compared.
    pub compared: u64,
    /// How many of them stand open.
    pub open: u64,
    /// Claims that the rerun contradicts.
    pub wrong: Vec<Claim>,
    /// How many of these are in doubt outside the bound.
    pub doubted: u64,
    /// Open lines outside the bound that nothing accounts for, as `path:line`.
    pub astray: Vec<String>,
}

/// A claim that is not so.
pub struct Claim {
    /// Whether it is about a line of which nothing older than the edits may be claimed.
    pub inside: bool,
    /// Whether it is about a file whose figure is called measured.
    pub measured: bool,
    /// What was claimed, and what is so.
    pub text: String,
}

/// Compares every file. `bound` says which lines of each may stand open, `firm` of which lines nothing older than the edits
/// may be claimed, and `doubtful` which lines beside the bound may be in doubt.
pub fn compare(lacuna: &Files, truth: &Files, bound: &ByFile, firm: &ByFile, doubtful: &ByFile) -> Found {
    let mut found = Found::default();
    let (nothing, none) = (File::default(), Lines::new());
    let paths: BTreeSet<&String> = lacuna.keys().chain(truth.keys()).collect();
    for path in paths {
        let (says, is) = (lacuna.get(path).unwrap_or(&nothing), truth.get(path).unwrap_or(&nothing));
        file(path, says, is, firm.get(path).unwrap_or(&none), lacuna.contains_key(path), &mut found);
        let outside = &says.open - bound.get(path).unwrap_or(&none);
        let doubted = &(&outside & &says.doubted) & doubtful.get(path).unwrap_or(&none);
        found.doubted += doubted.len() as u64;
        found.astray.extend((&outside - &doubted).iter().map(|line| {
            let doubt = if says.doubted.contains(line) { " in doubt" } else { "" };
            format!("{path}:{line}{doubt}")
        }));
    }
    found
}

fn file(path: &str, says: &File, is: &File, firm: &Lines, is_known: bool, found: &mut Found) {
    let mut wrong = |line: u64, claim: String| {
        found.wrong.push(Claim {
            inside: firm.contains(&line),
            measured: says.measured,
            text: format!("{path}:{line} {claim}"),
        });
    };
    for line in &says.covered - &is.covered {
        wrong(line, format!("covered, though it is {}", word(is, line)));
    }
    for line in &says.missed - &is.missed {
        wrong(line, format!("missed, though it is {}", word(is, line)));
    }
    for &line in says.excluded.symmetric_difference(&is.excluded) {
        let claim =
            if says.excluded.contains(&line) { "excluded, though it is not" } else { "not excluded, though it is" };
        wrong(line, claim.to_owned());
    }
    let named = &(&says.covered | &says.missed) | &says.open;
    for line in &(&is.covered | &is.missed) - &named {
        // A file that nothing was said of is new, and all of it stands open.
        if is_known && !says.excluded.contains(&line) {
            wrong(line, format!("no statement, though it is {}", word(is, line)));
        }
    }
    let both = &says.covered & &is.covered;
    for &(from, to) in says.branches.symmetric_difference(&is.branches) {
        let Some(line) = u64::try_from(from).ok().filter(|line| both.contains(line)) else { continue };
        // Where the ways out of a line are an estimate, only those that it names are claimed.
        let claimed = says.branches.contains(&(from, to));
        if claimed || !(says.estimated || says.open_branches.contains(&(from, to))) {
            wrong(line, format!("branch to {to} {} taken", if claimed { "never" } else { "was" }));
        }
    }
    found.compared += (&named | &says.excluded).len() as u64;
    found.open += says.open.len() as u64;
}

fn word(file: &File, line: u64) -> &'static str {
    if file.covered.contains(&line) {
        "covered"
    } else if file.missed.contains(&line) {
        "missed"
    } else if file.excluded.contains(&line) {
        "excluded"
    } else {
        "no statement"
    }
}
