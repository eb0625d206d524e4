//! What the clock of a whole process cannot show: parts of it, timed by themselves. `tests/bench/run` calls this program
//! and reads the numbers that it prints, one JSON object a line.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark that can't go on has failed")]

use lacuna::base::{Digest, Ratio, RepoPath};
use lacuna::domain::coverage::{Facts, LineSet, Ran};
use lacuna::domain::ledger::{BatchEvidence, Figure, Ledger, PlacedData, Places, Standing};
use lacuna::domain::suite::{Outcome, TestId};
use lacuna::domain::triage::{Entry, Order, default_layers, rank};
use lacuna::io::store::{read_data_file, read_executed};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Where the paths of the made-up data files begin.
const ROOT: &str = "/srv/bench";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["data", path, rounds] => data(Path::new(path), rounds.parse().unwrap()),
        ["hold", path] => hold(Path::new(path)),
        ["batch", tests, files] => batch(tests.parse().unwrap(), files.parse().unwrap()),
        ["edit", path] => edit(&std::fs::read_to_string(path).unwrap()),
        [] => println!("This is run by tests/bench/run."),
        other => panic!("unknown: {other:?}"),
    }
}

/// Milliseconds of processor time that `work` takes; by the clock, where the system does not say. Everything here works on
/// one thread, and the machine may be busy with other things.
fn time<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let (clock, start) = (Instant::now(), on_processor());
    let made = work();
    let spent = start.zip(on_processor()).map(|(start, end)| (end - start) / 1e6);
    (spent.unwrap_or_else(|| clock.elapsed().as_secs_f64() * 1000.0), made)
}

/// Nanoseconds that this thread has been on a processor.
fn on_processor() -> Option<f64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn largest(times: &[f64]) -> f64 {
    times.iter().copied().fold(0.0, f64::max)
}

/// The bare work on a data file: every line that ran, once a row, and nothing kept.
fn sketch(path: &Path) -> u64 {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let base = rusqlite::Connection::open_with_flags(path, flags).unwrap();
    let mut query = base.prepare("SELECT file_id, context_id, numbits FROM line_bits").unwrap();
    let mut rows = query.query([]).unwrap();
    let mut bits = 0;
    while let Some(row) = rows.next().unwrap() {
        let (_, _): (i64, i64) = (row.get(0).unwrap(), row.get(1).unwrap());
        bits += row.get_ref(2).unwrap().as_blob().unwrap().iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>();
    }
    bits
}

/// The data file, placed in a project that has all its files.
fn placed(path: &Path) -> PlacedData {
    let data = read_data_file(path).unwrap();
    let known: Vec<RepoPath> =
        data.files.iter().map(|file| RepoPath::below(Path::new(ROOT), Path::new(&file.path)).unwrap()).collect();
    let (placed, problems) = PlacedData::place(data, &Places::new(ROOT, known));
    assert!(problems.is_empty(), "{problems:?}");
    placed
}

fn ledger(path: &Path) -> Ledger {
    Ledger::from_baseline_by(None, Some(placed(path)), &|_| None, &|_| true, &|jobs, work| {
        jobs.iter().map(work).collect()
    })
    .0
}

/// Opens a data file as `lacuna inspect` does, adds up what ran, and ranks its files by it: the lowest first.
fn open_and_rank(path: &Path) -> (u64, usize) {
    let data = read_executed(path).unwrap();
    let mut total = 0;
    let entries = data.files.into_iter().map(|file| {
        let lines = file.all().all_lines();
        total += lines.len() as u64;
        let ratio = Ratio::new(lines.len() as u64, lines.last().unwrap_or(0).into());
        let plain = Figure { ratio, lines: ratio, ..Figure::default() };
        let path = RepoPath::below(Path::new(ROOT), Path::new(&file.path)).unwrap();
        Entry { plain, ..Entry::new(path, &Standing::default()) }
    });
    let rows = rank(entries.collect(), &default_layers(), Order::Triage);
    (total, rows.len())
}

/// Opening, adding up and ranking, against the bare work; then the tests of single lines.
fn data(path: &Path, rounds: usize) {
    let (mut bare, mut ours, mut ratios, mut whole) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (a, bits) = time(|| sketch(path));
        let (b, (total, files)) = time(|| open_and_rank(path));
        let (c, _) = time(|| ledger(path));
        assert!(bits > total && files > 0);
        if round > 0 {
            bare.push(a);
            ours.push(b);
            whole.push(c);
            ratios.push(b / a);
        }
    }
    let ledger = ledger(path);
    let (times, found) = lines_to_tests(&ledger);
    println!(
        "{{\"bare\": {}, \"open\": {}, \"ratio\": {}, \"ledger\": {}, \"line\": {}, \"line_worst\": {}, \"found\": {found}}}",
        median(bare),
        median(ours),
        median(ratios),
        median(whole),
        median(times.clone()),
        largest(&times)
    );
}

/// The time to ask for the tests of each of many lines, and how many tests were found.
fn lines_to_tests(ledger: &Ledger) -> (Vec<f64>, usize) {
    let mut found = 0;
    let files: Vec<RepoPath> = ledger.files().cloned().collect();
    let step = (files.len() / 200).max(1);
    let mut times = Vec::new();
    for path in files.iter().step_by(step) {
        for line in [12, 40, 90] {
            let (spent, tests) = time(|| ledger.tests_of_line(path, line, None));
            found += tests.len();
            times.push(spent);
        }
    }
    (times, found)
}

/// Holds the ledger of a data file, and says how much memory that takes.
fn hold(path: &Path) {
    let ledger = ledger(path);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let size = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    };
    println!("{{\"now\": {}, \"peak\": {}, \"tests\": {}}}", size("VmRSS"), size("VmHWM"), ledger.tests().len());
}

/// A project whose every file has functions of ten lines, in which tests run a few each.
struct Project {
    files: Vec<(RepoPath, Arc<str>, Facts)>,
    tests: usize,
}

impl Project {
    fn new(tests: usize, files: usize) -> Self {
        let mut text = String::new();
        let mut statements = LineSet::new();
        for function in 0..20 {
            let line = function * 10 + 1;
            text.push_str(&format!("def f{function}(a):\n"));
            (2..=10).for_each(|n| text.push_str(&format!("    a += {n}\n")));
            statements.insert_range(line, line + 9);
        }
        let text: Arc<str> = text.into();
        let facts = Facts { statements, ..Facts::default() };
        let path = |n: usize| RepoPath::new(&format!("acme/part_{}/module_{n}.py", n % 40)).unwrap();
        Self { files: (0..files).map(|n| (path(n), Arc::clone(&text), facts.clone())).collect(), tests }
    }

    fn test(n: usize) -> TestId {
        TestId::new(&format!("tests/test_{:04}.py::TestPart::test_case[{n}]", n / 25))
    }

    /// What a run of some tests leaves: each ran in eight files, and all of them in the first one.
    fn evidence(&self, which: std::ops::Range<usize>, all: bool) -> BatchEvidence {
        let mut contexts = vec![String::new()];
        let mut ran: BTreeMap<usize, Vec<(u32, Ran)>> = BTreeMap::new();
        let import: LineSet = (0..20).map(|function| function * 10 + 1).collect();
        (0..self.files.len()).for_each(|file| ran.entry(file).or_default().push((0, Ran::new(import.clone(), vec![]))));
        for n in which.clone() {
            contexts.push(format!("{}|run", Self::test(n).as_str()));
            let context = u32::try_from(contexts.len()).unwrap() - 1;
            for turn in 0..8 {
                let file = if turn == 0 { 0 } else { (n * 7 + turn * 13) % self.files.len() };
                let mut lines = LineSet::new();
                let first = u32::try_from((n + turn) % 20 * 10 + 2).unwrap();
                lines.insert_range(first, first + 8);
                let all = ran.entry(file).or_default();
                if all.last().is_none_or(|(last, _)| *last != context) {
                    all.push((context, Ran::new(lines, vec![])));
                }
            }
        }
        let files = ran.into_iter().map(|(file, ran)| (self.files[file].0.clone(), ran)).collect();
        let digest = |text: &Arc<str>| Digest::of(text.as_bytes());
        BatchEvidence {
            ran: which.map(|n| (Self::test(n), Outcome::Passed)).collect(),
            has_contexts: true,
            data: PlacedData { has_arcs: false, contexts, files },
            facts: self.files.iter().map(|(path, text, facts)| (path.clone(), digest(text), facts.clone())).collect(),
            sources: self.files.iter().map(|(path, text, _)| (path.clone(), Arc::clone(text))).collect(),
            all,
            ..BatchEvidence::default()
        }
    }
}

/// A batch of twenty tests taken into a ledger with many: the ledger after it, and the files whose evidence changed
/// judged before and after.
fn batch(tests: usize, files: usize) {
    let project = Project::new(tests, files);
    let ledger = Ledger::default().absorb(&project.evidence(0..project.tests, true));
    assert_eq!(ledger.tests().len(), tests);
    let mut times = Vec::new();
    let (mut absorbed, mut judged) = (Vec::new(), Vec::new());
    for turn in 0..9 {
        let at = turn * tests / 10;
        let mut batch = project.evidence(at..at + 20, false);
        let touched: Vec<RepoPath> = batch.data.files.iter().map(|file| file.0.clone()).collect();
        batch.facts.retain(|(path, _, _)| touched.contains(path));
        let (a, after) = time(|| ledger.absorb(&batch));
        let (b, changed) = time(|| {
            let changed = after.files().filter(|path| !ledger.same_file(&after, path));
            let figures = changed.map(|path| (ledger.standing(path, None).plain, after.standing(path, None).plain));
            figures.count()
        });
        assert!(changed <= files);
        times.push(a + b);
        absorbed.push(a);
        judged.push(b);
    }
    println!(
        "{{\"update\": {}, \"worst\": {}, \"absorb\": {}, \"judge\": {}}}",
        median(times.clone()),
        largest(&times),
        median(absorbed),
        median(judged)
    );
}

/// One edit of a measured file, mapped: a line put into its middle, and the file judged on the new text.
fn edit(text: &str) {
    let path = RepoPath::new("acme/module.py").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let old: Arc<str> = text.into();
    let ran: LineSet = (1..=u32::try_from(lines.len()).unwrap()).collect();
    let file =
        (PathBuf::from(ROOT).join("acme/module.py").to_string_lossy().into_owned(), vec![(1, Ran::new(ran, vec![]))]);
    let contexts = vec![String::new(), "tests/test_a.py::test_a|run".to_owned()];
    let data = PlacedData { has_arcs: false, contexts, files: vec![(path.clone(), file.1)] };
    let (ledger, _) = Ledger::from_baseline(None, Some(&data), &|_| Some(Arc::clone(&old)), &|_| true);
    assert!(!ledger.standing(&path, Some(&old)).covered.is_empty());
    let mut times = Vec::new();
    for turn in 1..=21 {
        let mut edited = lines.clone();
        let at = lines.len() * turn / 23;
        edited.insert(at, "# A remark.");
        let edited = edited.join("\n");
        let (spent, standing) = time(|| ledger.standing(&path, Some(&edited)));
        assert!(standing.covered.len() > lines.len() / 4);
        times.push(spent);
    }
    println!("{{\"lines\": {}, \"edit\": {}, \"worst\": {}}}", lines.len(), median(times.clone()), largest(&times));
}
