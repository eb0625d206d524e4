//! Reads coverage.py's JSON, streaming: lines go straight into line sets, and what is not needed is never built.

use crate::base::document;
use crate::base::{Clean, Problem, Ratio, Stamp};
use crate::domain::coverage::json_file::{Entry, EntrySeed, Key, once};
use crate::domain::coverage::json_plain;
use crate::domain::coverage::json_regions::Contexts;
use crate::domain::coverage::{FileCoverage, Format, LineSet, Report};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::collections::HashMap;
use std::fmt;

const NAME: &str = "coverage.py JSON";

/// Reads a report of any of coverage.py's JSON formats, and of producers that imitate them (slipcover).
///
/// # Errors
/// What is not whole, not such a report, or has numbers that cannot be.
pub(in crate::domain::coverage) fn read(bytes: &[u8], origin: &str) -> Result<Report, Problem> {
    json_plain::read(bytes).map_or_else(|| read_any(bytes, origin), |read| Ok(read.into_report(origin)))
}

/// Reads a report however it is written.
///
/// # Errors
/// As [`read`].
pub(in crate::domain::coverage) fn read_any(bytes: &[u8], origin: &str) -> Result<Report, Problem> {
    let text = document::text(bytes, origin, NAME)?;
    let mut json = serde_json::Deserializer::from_str(&text);
    let read = json.deserialize_map(Top).and_then(|top| json.end().map(|()| top));
    match read {
        Ok(top) => Ok(top.into_report(origin)),
        Err(error) => {
            let what = if error.is_eof() { format!("the document is cut off: {error}") } else { error.to_string() };
            Err(document::refusal(&text, origin, NAME, &what))
        }
    }
}

/// `meta`, as far as it is used. Higher format numbers than today's are read like today's.
#[derive(Deserialize, Default)]
pub(in crate::domain::coverage) struct Meta {
    version: Option<String>,
    timestamp: Option<String>,
    branch_coverage: Option<bool>,
    software: Option<String>,
}

/// A report as far as it is used.
#[derive(Default)]
pub(in crate::domain::coverage) struct Read {
    /// Who wrote it.
    pub meta: Option<Meta>,
    /// What it says about each file.
    pub files: Option<Files>,
}

/// The files of a report, put together one by one.
#[derive(Default)]
pub(in crate::domain::coverage) struct Files {
    files: Vec<FileCoverage>,
    places: HashMap<String, usize>,
    repeated: Vec<String>,
    extra: u64,
    lying: u64,
    branches: bool,
    functions: Ratio,
    classes: Ratio,
    contexts: Contexts,
    /// What the contexts executed in each file, in the order of `files`.
    ran: Vec<Vec<(u32, LineSet)>>,
}

impl Read {
    /// The report, with what there is to say about it.
    pub fn into_report(self, origin: &str) -> Report {
        let meta = self.meta.unwrap_or_default();
        let files = self.files.unwrap_or_default();
        let mut report = Report::new(Format::CoverageJson, "");
        let name = meta.software.as_deref().unwrap_or("coverage.py");
        report.producer = Clean::line(format!("{name} {}", meta.version.unwrap_or_default()).trim_end());
        report.stamp = meta.timestamp.as_deref().and_then(Stamp::parse);
        report.has_branches = meta.branch_coverage.unwrap_or(files.branches);
        report.functions = files.functions;
        report.classes = files.classes;
        report.files = files.files;
        if files.contexts.name_tests() {
            if report.has_branches {
                // Of two tests on one line nobody could say which of them took a branch: a rerun of one would take the
                // branch away from both, or leave it to a test that never took it.
                let what = "its contexts name lines and not branches; which test ran what is not taken from it";
                report
                    .notes
                    .push(Problem::note(origin, what).hint("keep coverage.py's data file, .coverage, beside it"));
            } else {
                let paths = report.files.iter().map(|file| file.path.clone());
                report.contexts = Some(files.contexts.data(&report.producer, paths.zip(files.ran)));
            }
        }
        if let Some(path) = files.repeated.first() {
            let more = match files.repeated.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more)"),
            };
            report.notes.push(Problem::warning(origin, format!("{path} comes twice; its last entry counts{more}")));
        }
        if files.extra > 0 {
            let what =
                format!("{} executed lines are listed that are no statements; they are not counted", files.extra);
            report.notes.push(Problem::note(origin, what).hint("coverage.py up to 7.6 writes them"));
        }
        if files.lying > 0 {
            let what = format!("the summaries of {} files disagree with their lines, which are counted", files.lying);
            report.notes.push(Problem::warning(origin, what));
        }
        report
    }
}

impl Files {
    /// Adds what the report says about one file. What it said earlier about the same one is forgotten.
    pub fn add(&mut self, path: String, mut entry: Entry) {
        self.branches |= entry.has_branches();
        self.functions = self.functions.plus(entry.functions);
        self.classes = self.classes.plus(entry.classes);
        let ran = std::mem::take(&mut entry.contexts);
        let (mut file, extra, lying) = entry.into_file();
        self.extra += extra;
        self.lying += u64::from(lying);
        file.path.clone_from(&path);
        let place = self.places.get(&path);
        match place.and_then(|&at| Some((self.files.get_mut(at)?, self.ran.get_mut(at)?))) {
            Some((earlier, earlier_ran)) => {
                (*earlier, *earlier_ran) = (file, ran);
                self.repeated.push(path);
            }
            None => {
                self.places.insert(path, self.files.len());
                self.files.push(file);
                self.ran.push(ran);
            }
        }
    }
}

/// The whole document.
struct Top;

impl<'de> Visitor<'de> for Top {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a coverage.py report (an object)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let mut read = Read::default();
        while let Some(key) = map.next_key::<Key<'de>>()? {
            match key.0.as_ref() {
                "meta" => once(&mut read.meta, "meta", map.next_value()?)?,
                "files" => once(&mut read.files, "files", map.next_value_seed(FilesSeed)?)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if read.files.is_none() {
            return Err(A::Error::custom("this is no coverage.py report: it has no \"files\""));
        }
        Ok(read)
    }
}

struct FilesSeed;

impl<'de> DeserializeSeed<'de> for FilesSeed {
    type Value = Files;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Files, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FilesSeed {
    type Value = Files;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("files by path")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Files, A::Error> {
        let mut all = Files::default();
        while let Some(path) = map.next_key::<String>()? {
            let entry = map.next_value_seed(EntrySeed(&mut all.contexts))?;
            all.add(path, entry);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::base::Severity;
    use crate::domain::coverage::Report;

    fn report(files: &str) -> Report {
        read(format!("{{\"meta\":{{\"version\":\"7.6\"}},\"files\":{{{files}}}}}").as_bytes(), "c.json").unwrap()
    }

    fn refused(text: &str, expect: &str) {
        let problem = read(text.as_bytes(), "c.json").expect_err(text).to_string();
        assert!(problem.starts_with("c.json: coverage.py JSON: ") && problem.contains(expect), "{problem}");
    }

    #[test]
    fn the_summary_is_the_truth_where_more_lines_are_listed() {
        let file = r#""a.py":{"executed_lines":[0,1,2,3],"missing_lines":[5],"excluded_lines":[3],
            "summary":{"covered_lines":1,"num_statements":2,"missing_lines":1,"excluded_lines":1}}"#;
        let report = report(file);
        assert_eq!((report.totals().statements, report.totals().covered), (2, 1));
        assert_eq!(report.files[0].covered.iter().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(report.notes[0].severity, Severity::Note);
    }

    #[test]
    fn a_summary_that_cannot_be_true_is_not_believed() {
        let file =
            r#""a.py":{"executed_lines":[1],"missing_lines":[2],"summary":{"covered_lines":9,"missing_lines":1}}"#;
        let report = report(file);
        assert_eq!((report.totals().statements, report.totals().covered), (2, 1));
        assert_eq!(report.notes[0].severity, Severity::Warning);
    }

    #[test]
    fn a_file_that_comes_twice_counts_once_and_is_named() {
        let file = |line| format!("\"a.py\":{{\"executed_lines\":[{line}],\"missing_lines\":[]}}");
        let report = report(&format!("{},{}", file(1), file(7)));
        assert_eq!((report.files.len(), report.files[0].covered.first()), (1, Some(7)));
        assert!(report.notes[0].what.contains("a.py comes twice"));
    }

    #[test]
    fn unknown_parts_and_higher_formats_are_passed_over() {
        let text = r#"{"meta":{"format":99},"new":[{}],"files":{"a.py":{"executed_lines":[1],"missing_lines":[],
            "regions":{"":{"executed_lines":"odd"}},"contexts":{"1":["a"]},"executed_branches":[[1,-1]],
            "missing_branches":[[1,2]]}},"totals":{}}"#;
        let report = read(text.as_bytes(), "").unwrap();
        let totals = report.totals();
        assert_eq!((totals.branches, totals.covered_branches, totals.partial_branches), (2, 1, 1));
        assert!(report.has_branches);
    }

    #[test]
    fn contexts_say_which_test_ran_a_line() {
        let file = |path: &str, contexts: &str| {
            format!("\"{path}\":{{\"executed_lines\":[1,9],\"missing_lines\":[3],\"contexts\":{{{contexts}}}}}")
        };
        let first = file("a.py", r#""9":["t.py::test_a|run","t.py::test_b|run"],"1":[""],"2":["t.py::test_a|run"]"#);
        let report = report(&format!("{first},{}", file("b.py", r#""1":["","t.py::test_b|run"]"#)));
        let data = report.contexts.unwrap();
        assert_eq!(data.contexts, ["t.py::test_a|run", "t.py::test_b|run", ""]);
        let ran = |file: usize| -> Vec<(u32, Vec<u32>)> {
            data.files[file].ran.iter().map(|(context, ran)| (*context, ran.lines.iter().collect())).collect()
        };
        assert_eq!(ran(0), [(0, vec![2, 9]), (1, vec![9]), (2, vec![1])]);
        assert_eq!(ran(1), [(1, vec![1]), (2, vec![1])]);
        assert!(!data.has_arcs && data.files[1].path == "b.py");
    }

    #[test]
    fn contexts_without_a_test_or_beside_branches_are_no_evidence() {
        let file = |contexts: &str, more: &str| {
            report(&format!(
                "\"a.py\":{{\"executed_lines\":[1],\"missing_lines\":[],{more}\"contexts\":{{{contexts}}}}}"
            ))
        };
        assert_eq!(file("\"1\":[\"\"]", "").contexts, None);
        let with_branches = file("\"1\":[\"t.py::a|run\"]", "\"missing_branches\":[],");
        assert_eq!(with_branches.contexts, None);
        assert!(with_branches.notes[0].what.contains("lines and not branches"));
    }

    #[test]
    fn functions_and_classes_are_counted_by_what_ran_in_them() {
        let regions = r#""":{"executed_lines":[1]},"f":{"executed_lines":[2],"contexts":{"2":["t"]}},
            "A.g":{"executed_lines":[]},"A.g@9":{"summary":{}}"#;
        let classes = r#""":{"executed_lines":[1,2]},"A":{"executed_lines":[]},"B":{"executed_lines":[5]}"#;
        let report = report(&format!(
            "\"a.py\":{{\"executed_lines\":[1],\"missing_lines\":[],\"functions\":{{{regions}}},\"classes\":{{{classes}}}}}"
        ));
        assert_eq!((report.functions.part, report.functions.whole), (1, 3));
        assert_eq!((report.classes.part, report.classes.whole), (1, 2));
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        refused("{\"files\":{}", "cut off");
        refused("{\"files\":{}} x", "trailing characters at line 1");
        refused("{}", "no \"files\"");
        refused("[]", "a coverage.py report");
        refused("{\"files\":{},\"files\":{}}", "duplicate field `files`");
        refused("{\"files\":{\"a\":{}}}", "no executed_lines");
        refused("{\"files\":{\"a\":{\"executed_lines\":[-1],\"missing_lines\":[]}}}", "-1 is no line number");
        refused("{\"files\":{\"a\":{\"executed_lines\":[16777217],\"missing_lines\":[]}}}", "no line number");
        refused("{\"files\":{\"a\":{\"executed_lines\":[18446744073709551616],\"missing_lines\":[]}}}", "line 1");
        refused("{\"files\":{\"a\":{\"executed_lines\":[NaN],\"missing_lines\":[]}}}", "line 1");
        refused("{\"files\":{\"a\":{\"executed_lines\":[1],\"missing_lines\":[1]}}}", "executed and missing");
        refused("{\"files\":{\"a\":{\"contexts\":{\"0x1\":[\"a\"]}}}}", "no line number");
        refused(&format!("{{\"x\":{}", "[".repeat(3_000_000)), "cut off");
    }
}
