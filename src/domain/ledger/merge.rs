//! Several reports as one, by the project's paths: the packages of a monorepo, the suites of one package.

use crate::base::{Problem, RepoPath};
use crate::domain::coverage::{FileCoverage, Format, Ran};
use crate::domain::ledger::{PlacedData, PlacedReport};
use std::collections::{BTreeMap, BTreeSet};

/// Reports put together.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// All files of all reports.
    pub report: PlacedReport,
    /// The files that more than one report has.
    pub shared: BTreeSet<RepoPath>,
    /// The files left out, because the reports do not mean the same source.
    pub conflicts: BTreeSet<RepoPath>,
    /// What did not go together.
    pub problems: Vec<Problem>,
}

/// Puts reports together, each with its name. A file of several reports is covered where any of them covers it, if they
/// name the same statements. Where they do not, they were measured on different sources: the file is left out and named.
///
/// # Errors
/// There is none, or one measured branches and another did not: their figures have different denominators.
pub fn merge(reports: Vec<(String, PlacedReport)>) -> Result<Merged, Problem> {
    let Some((first, has_branches)) = reports.first().map(|(name, report)| (name.clone(), report.has_branches)) else {
        return Err(Problem::error("reports", "there is none to merge"));
    };
    if let Some((other, _)) = reports.iter().find(|(_, report)| report.has_branches != has_branches) {
        let what = format!("cannot be merged with {first}: one of them counts branches, the other does not");
        return Err(Problem::error(other, what).hint("measure both with or both without --cov-branch"));
    }
    let format = reports.first().map_or(Format::CoverageJson, |(_, report)| report.format);
    let mut all: BTreeMap<RepoPath, (String, FileCoverage)> = BTreeMap::new();
    let (mut shared, mut conflicts, mut problems) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (name, report) in reports {
        for (path, file) in report.files {
            let Some((earlier, known)) = all.get_mut(&path) else {
                all.insert(path, (name.clone(), file));
                continue;
            };
            match united(known, &file) {
                _ if conflicts.contains(&path) => {}
                Some(both) => *known = both,
                None => {
                    let what = format!("and {earlier} name different statements of {}; it is left out", path.as_str());
                    problems.push(Problem::warning(&name, what).hint("measure both on the same source"));
                    conflicts.insert(path.clone());
                }
            }
            shared.insert(path);
        }
    }
    all.retain(|path, _| !conflicts.contains(path));
    let files = all.into_iter().map(|(path, (_, file))| (path, file)).collect();
    Ok(Merged { report: PlacedReport { format, has_branches, files }, shared, conflicts, problems })
}

/// What two measurements of one source say together; nothing where they cannot be of one source, or do not say enough.
fn united(left: &FileCoverage, right: &FileCoverage) -> Option<FileCoverage> {
    if left == right {
        return Some(left.clone());
    }
    let lists_all = |file: &FileCoverage| file.counts.statements == file.statements.len() as u64;
    let is_same = left.statements == right.statements
        && left.excluded == right.excluded
        && (left.counts.statements, left.counts.branches) == (right.counts.statements, right.counts.branches);
    let names_branches = |file: &FileCoverage| file.counts.missing_branches() == file.missing_branches.len() as u64;
    if !is_same || ![left, right].iter().all(|file| lists_all(file) && names_branches(file)) {
        return None;
    }
    let mut both = left.clone();
    both.covered.union_with(&right.covered);
    // They are sorted; looking through all of them for each would take the square of their number.
    both.missing_branches.retain(|arc| right.missing_branches.binary_search(arc).is_ok());
    let is_partial = |from: i32| u32::try_from(from).is_ok_and(|line| both.covered.contains(line));
    both.counts.partial_branches = both.missing_branches.iter().filter(|arc| is_partial(arc.0)).count() as u64;
    both.counts.covered = both.covered.len() as u64;
    both.counts.covered_branches = both.counts.branches.saturating_sub(both.missing_branches.len() as u64);
    Some(both)
}

/// Data put together: what each context ran in each file, whichever of them says so. Both are of one kind.
#[must_use]
pub fn merge_data(all: Vec<PlacedData>) -> Option<PlacedData> {
    let mut all = all.into_iter();
    let mut merged = all.next()?;
    let mut files: BTreeMap<RepoPath, Vec<(u32, Ran)>> = std::mem::take(&mut merged.files).into_iter().collect();
    for data in all {
        if data.has_arcs != merged.has_arcs {
            return None;
        }
        let first = u32::try_from(merged.contexts.len()).unwrap_or(u32::MAX);
        merged.contexts.extend(data.contexts);
        for (path, ran) in data.files {
            let ran = ran.into_iter().map(|(context, ran)| (context.saturating_add(first), ran));
            files.entry(path).or_default().extend(ran);
        }
    }
    merged.files = files.into_iter().collect();
    Some(merged)
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::base::RepoPath;
    use crate::domain::coverage::{Counts, FileCoverage, Format};
    use crate::domain::ledger::PlacedReport;

    fn file(statements: &[u32], covered: &[u32], branches: u64, missing: &[(i32, i32)]) -> FileCoverage {
        let counts = Counts {
            statements: statements.len() as u64,
            covered: covered.len() as u64,
            branches,
            covered_branches: branches - missing.len() as u64,
            ..Counts::default()
        };
        FileCoverage {
            path: String::new(),
            statements: statements.iter().copied().collect(),
            covered: covered.iter().copied().collect(),
            missing_branches: missing.to_vec(),
            counts,
            ..FileCoverage::default()
        }
    }

    fn report(name: &str, branches: bool, files: &[(&str, FileCoverage)]) -> (String, PlacedReport) {
        let files = files.iter().map(|(path, file)| (RepoPath::new(path).unwrap(), file.clone())).collect();
        (name.to_owned(), PlacedReport { format: Format::CoverageJson, has_branches: branches, files })
    }

    #[test]
    fn reports_of_different_files_are_simply_all_of_them() {
        let a = report("a.json", false, &[("a/x.py", file(&[1, 2], &[1], 0, &[]))]);
        let b = report("b.json", false, &[("b/x.py", file(&[1], &[1], 0, &[]))]);
        let merged = merge(vec![a, b]).unwrap();
        assert_eq!((merged.report.files.len(), merged.shared.len(), merged.problems.len()), (2, 0, 0));
    }

    #[test]
    fn a_file_of_two_reports_is_covered_where_either_covers_it() {
        let unit = report("unit.json", true, &[("x.py", file(&[1, 2, 3], &[1, 2], 4, &[(1, 3), (2, 5)]))]);
        let whole = report("whole.json", true, &[("x.py", file(&[1, 2, 3], &[1, 3], 4, &[(1, 2), (2, 5)]))]);
        let merged = merge(vec![unit, whole]).unwrap();
        let counts = merged.report.files[0].1.counts;
        assert_eq!((counts.statements, counts.covered, counts.branches, counts.covered_branches), (3, 3, 4, 3));
        assert_eq!((counts.partial_branches, merged.report.files[0].1.missing_branches.as_slice()), (1, &[(2, 5)][..]));
        assert_eq!(merged.shared.len(), 1);
    }

    #[test]
    fn different_statements_of_one_file_are_named_and_not_guessed() {
        let old =
            report("old.json", false, &[("x.py", file(&[1, 2], &[1], 0, &[])), ("y.py", file(&[1], &[], 0, &[]))]);
        let new = report("new.json", false, &[("x.py", file(&[1, 3], &[3], 0, &[]))]);
        let again = report("again.json", false, &[("x.py", file(&[1, 3], &[3], 0, &[]))]);
        let merged = merge(vec![old, new, again]).unwrap();
        assert_eq!(merged.report.files.len(), 1);
        assert_eq!(merged.problems.len(), 1);
        let problem = merged.problems[0].to_string();
        assert!(problem.starts_with("new.json: and old.json name different statements of x.py"), "{problem}");
    }

    #[test]
    fn trap_6_reports_with_and_without_branches_are_not_merged() {
        let line = report("line.json", false, &[]);
        let branch = report("branch.json", true, &[]);
        let problem = merge(vec![line, branch]).unwrap_err().to_string();
        assert!(problem.contains("branch.json") && problem.contains("line.json"), "{problem}");
    }

    #[test]
    fn a_hundred_thousand_branches_are_no_burden() {
        let missing: Vec<(i32, i32)> = (2..100_002).map(|to| (1, to)).collect();
        let one = report("a.json", true, &[("a.py", file(&[1], &[1], 100_001, &missing))]);
        let other = report("b.json", true, &[("a.py", file(&[1], &[1], 100_001, missing.get(1..).unwrap()))]);
        let merged = merge(vec![one, other]).unwrap();
        assert_eq!(merged.report.files[0].1.counts.covered_branches, 2);
    }
}
