//! What each reader promises for any bytes: a model that cannot contradict itself, or a problem that says where and why.

use lacuna::base::{Problem, RepoPath};
use lacuna::domain::config::{Config, SETTINGS, Text};
use lacuna::domain::coverage::{self, DataFile, FileCoverage, LineSet, Report, Sniffed, context_test, sniff};
use lacuna::domain::ledger::{Fit, Ledger, Marks, Merged, PlacedData, PlacedReport, Places, merge};
use lacuna::domain::suite::{NodeIds, Progress, Session, is_log, parse_event, read_junit, read_log, read_report_log};
use lacuna::io::store::read_data_bytes;
use std::collections::HashSet;
use std::path::Path;

/// The name under which the bytes are read.
const ORIGIN: &str = "bytes";

/// A source that reports may be laid over: statements of several lines, branches, decorators.
const SOURCE: &str = "import os\n\n\n@wraps\ndef a(x):\n    if x:\n        return 1\n    for y in (\n        x\n    ):\n        pass\n\n\nclass B:\n    def c(self):\n        while True:\n            break\n";

/// A coverage report that looks like `kind`, which is read and laid over a source.
pub fn report(bytes: &[u8], kind: Sniffed) {
    if sniff(bytes) != kind {
        return;
    }
    let read = coverage::read(bytes, ORIGIN);
    says_the_same_at_length(bytes, kind, read.as_ref().ok());
    match read {
        Ok(report) => {
            holds_together(&report);
            lies_over_a_source(report);
        }
        Err(problem) => is_clear(&problem),
    }
}

/// What is written as most reports are is read on a short road. Written in a way that is rare, it means the same.
fn says_the_same_at_length(bytes: &[u8], kind: Sniffed, read: Option<&Report>) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let longer = match kind {
        Sniffed::CoverageJson => text.replacen('{', "{\"\\u0061\": 0,", 1),
        Sniffed::Cobertura => text.replace("<line number=", "<line  number="),
        Sniffed::Lcov => text.replace('\n', "\r\n"),
        _ => return,
    };
    let longer = coverage::read(longer.as_bytes(), ORIGIN).ok();
    let said = |report: &Report| (report.files.clone(), report.functions, report.classes, report.has_branches);
    assert_eq!(read.map(said), longer.as_ref().map(said));
}

/// Several reports, with a line of `%` between them, put together as the packages of a monorepo are.
pub fn merged(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let places = Places::new("/project", ["a.py", "b.py", "c/a.py"].into_iter().filter_map(RepoPath::new));
    let reports: Vec<(String, PlacedReport)> = text
        .split("\n%\n")
        .filter_map(|part| coverage::read(part.as_bytes(), ORIGIN).ok())
        .map(|report| (ORIGIN.to_owned(), PlacedReport::place(report, &places).0))
        .collect();
    let together = |reports: &[(String, PlacedReport)]| match merge(reports.to_vec()) {
        Ok(merged) => {
            merged.problems.iter().for_each(is_clear);
            assert!(merged.conflicts.is_subset(&merged.shared));
            assert!(merged.report.files.is_sorted_by(|(left, _), (right, _)| left < right), "a file comes twice");
            merged.report.files.iter().for_each(|(_, file)| is_consistent(file));
            stands(&Ledger::from_baseline(Some(&merged.report), None, &|_| Some(SOURCE.into()), &|_| true).0);
            Some(merged)
        }
        Err(problem) => {
            is_clear(&problem);
            None
        }
    };
    let (forth, back) = (together(&reports), together(&reports.iter().rev().cloned().collect::<Vec<_>>()));
    // What is known does not depend on which comes first, nor on a report coming twice.
    let files = |merged: Option<Merged>| {
        merged.map(|merged| {
            merged.report.files.into_iter().map(|(path, file)| (path, file.counts, file.covered)).collect::<Vec<_>>()
        })
    };
    if reports.len() == 2 {
        assert_eq!(files(forth), files(back));
    }
    for one in &reports {
        let twice = together(&[one.clone(), one.clone()]);
        assert_eq!(files(together(std::slice::from_ref(one))), files(twice));
    }
}

/// Text that was pasted, whatever it is: read, and held against the source that its files have.
pub fn pasted(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match coverage::read(text.as_bytes(), ORIGIN) {
        Ok(report) => {
            holds_together(&report);
            for file in &report.files {
                let marks = Marks::of_report(report.format, file);
                assert!(marks.fit(SOURCE) <= Fit::All && marks.fit("") <= Fit::All);
            }
            lies_over_a_source(report);
        }
        Err(problem) => is_clear(&problem),
    }
}

/// The bytes of a data file.
pub fn data_file(bytes: &[u8]) {
    match read_data_bytes(Path::new(ORIGIN), bytes.to_vec()) {
        Ok(data) => {
            has_places_for_all(&data);
            is_evidence(data);
        }
        Err(problem) => is_clear(&problem),
    }
}

/// JUnit XML, and the node ids that are made of it.
pub fn junit(bytes: &[u8]) {
    match read_junit(bytes, ORIGIN) {
        Ok(report) => {
            let tally = report.tally;
            assert_eq!(tally.total, tally.passed + tally.failed + tally.errors + tally.skipped);
            assert!(report.cases.len() as u64 <= tally.total);
            let files =
                [RepoPath::new("tests/test_a.py"), RepoPath::new("a.py")].into_iter().flatten().collect::<Vec<_>>();
            let ids = NodeIds::from_files(files.iter());
            for case in &report.cases {
                assert!(case.seconds.is_finite() && case.seconds >= 0.0);
                let _ = ids.recover(case);
            }
        }
        Err(problem) => is_clear(&problem),
    }
}

/// Any bytes as a report log of pytest.
pub fn report_log(bytes: &[u8]) {
    match read_report_log(bytes, ORIGIN) {
        Ok(session) => is_one_session(&session),
        Err(problem) => is_clear(&problem),
    }
}

/// Any bytes as the log of a CI job with the output of pytest in it.
pub fn ci_log(bytes: &[u8]) {
    let _ = is_log(&String::from_utf8_lossy(bytes));
    match read_log(bytes, ORIGIN) {
        Ok(sessions) => sessions.iter().for_each(is_one_session),
        Err(problem) => is_clear(&problem),
    }
}

/// A session has one result for each test, each with a name and a time, and what is said of it is clear.
fn is_one_session(session: &Session) {
    let tests: HashSet<&str> = session.tests.iter().map(|told| told.id.as_str()).collect();
    assert_eq!(tests.len(), session.tests.len(), "a test has two results");
    assert!(
        session
            .tests
            .iter()
            .all(|told| told.seconds.is_finite() && told.seconds >= 0.0 && !told.id.as_str().is_empty())
    );
    assert!(session.seconds.is_none_or(|seconds| seconds.is_finite() && seconds >= 0.0));
    session.notes.iter().for_each(is_clear);
}

/// The lines of an events file, applied one after another.
pub fn events(bytes: &[u8]) {
    let mut progress = Progress::default();
    for line in bytes.split(|&byte| byte == b'\n') {
        match parse_event(line) {
            Ok(event) => progress.apply(event),
            Err(problem) => is_clear(&problem),
        }
    }
    let tests: HashSet<&str> = progress.results().iter().map(|result| result.id.as_str()).collect();
    assert_eq!(tests.len(), progress.results().len(), "a test has two results");
    assert!(progress.results().iter().all(|result| result.seconds.is_finite() && result.seconds >= 0.0));
}

/// A text of settings: whatever it says, every setting has a value.
pub fn settings(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for within in ["", "tool.lacuna"] {
        let text = Text { origin: ORIGIN.to_owned(), within, of_project: true, text: text.to_owned() };
        let (config, problems) = Config::load(&[text]);
        problems.iter().for_each(is_clear);
        assert!(config.entries().map(|(setting, _)| setting.key).eq(SETTINGS.iter().map(|setting| setting.key)));
        let _ = config.layers();
        let _ = config.commanding();
    }
}

/// A problem names its origin, says something, and holds nothing that a terminal would obey.
fn is_clear(problem: &Problem) {
    assert!(!problem.origin.as_str().is_empty() && !problem.what.as_str().is_empty(), "{problem}");
    assert!(!problem.to_string().chars().any(char::is_control), "{problem}");
}

/// The numbers of a report agree with its lines and with each other.
pub fn holds_together(report: &Report) {
    let mut paths = HashSet::new();
    for file in &report.files {
        assert!(paths.insert(&file.path), "{:?} comes twice", file.path);
        is_consistent(file);
    }
    let totals = report.totals();
    assert!(totals.covered <= totals.statements && totals.covered_branches <= totals.branches);
}

/// The numbers of a file agree with its lines and with each other.
fn is_consistent(file: &FileCoverage) {
    assert!(file.covered.is_subset(&file.statements));
    let counts = file.counts;
    assert!(counts.covered <= counts.statements && counts.covered_branches <= counts.branches);
    assert!(counts.partial_branches <= counts.missing_branches());
    assert!(file.statements.first() != Some(0) && file.statements.last().is_none_or(|last| last <= LineSet::LAST));
    assert!(file.missing_branches.is_sorted(), "branches are out of order");
    assert!(counts.ratio().percent() <= 100.0 && !counts.ratio().display(2).is_empty());
}

/// The ledger takes any report, whatever the source of its files is.
fn lies_over_a_source(report: Report) {
    let known = report.files.iter().take(4).filter_map(|file| RepoPath::new(&file.path));
    let places = Places::new("/project", known.chain(RepoPath::new("a.py")));
    let (placed, problems) = PlacedReport::place(report, &places);
    problems.iter().for_each(is_clear);
    stands(&Ledger::from_baseline(Some(&placed), None, &|_| Some(SOURCE.into()), &|_| true).0);
}

/// Whatever an entry refers to is there.
fn has_places_for_all(data: &DataFile) {
    for file in &data.files {
        for (context, ran) in &file.ran {
            assert!((*context as usize) < data.contexts.len());
            assert!(ran.all_lines().last().is_none_or(|last| last <= LineSet::LAST));
        }
    }
    data.contexts.iter().for_each(|context| drop(format!("{:?}", context_test(context))));
}

/// The ledger takes any data file.
fn is_evidence(data: DataFile) {
    let known = data.files.iter().take(4).filter_map(|file| RepoPath::new(file.path.trim_start_matches('/')));
    let places = Places::new("", known.chain(RepoPath::new("a.py")));
    let (placed, problems) = PlacedData::place(data, &places);
    problems.iter().for_each(is_clear);
    stands(&Ledger::from_baseline(None, Some(&placed), &|_| Some(SOURCE.into()), &|_| true).0);
}

fn stands(ledger: &Ledger) {
    let unread: Vec<RepoPath> = ledger.unread().cloned().collect();
    let ledger = ledger.remember(unread.into_iter().map(|path| (path, SOURCE.into())));
    for path in ledger.files() {
        for text in [Some(SOURCE), Some(""), Some("def a(:\n"), None] {
            let standing = ledger.standing(path, text);
            assert!(standing.plain.lines.part <= standing.plain.lines.whole);
            assert!(text.is_none_or(|text| standing.lines.len() <= text.lines().count() + 1));
        }
    }
}
