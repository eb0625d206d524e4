//! What the clock of a whole process cannot show: parts of it, timed by themselves. `tests/bench/run` calls this program
//! and reads the numbers that it prints, one JSON object a line.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark that can't go on has failed")]

use lacuna::base::{Digest, Ratio, RepoPath, Stamp};
use lacuna::domain::coverage::{Facts, LineSet, Ran};
use lacuna::domain::history::causes;
use lacuna::domain::ledger::{BatchEvidence, Figure, Ledger, PlacedData, Places, Standing};
use lacuna::domain::suite::{Outcome, TestId, read_junit};
use lacuna::domain::triage::{Entry, Order, default_layers, rank};
use lacuna::io::store::{Store, read_data_file, read_executed};
use lacuna::shell::flakes;
use std::collections::BTreeMap;
use std::path::Path;
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
        ["junit", path] => junit(Path::new(path)),
        ["history", path, test] => history(Path::new(path), test),
        ["edit", path] => edit(&std::fs::read_to_string(path).unwrap()),
        [] => println!("This is run by tests/bench/run."),
        other => panic!("unknown: {other:?}"),
    }
}

/// Milliseconds by the clock that `work` takes.
fn time<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let made = work();
    (start.elapsed().as_secs_f64() * 1000.0, made)
}

/// Milliseconds of processor time that `work` takes, on the average of as many times as are needed. The system counts in
/// ticks of some milliseconds: what does not last for many of them cannot be told.
fn processor(mut work: impl FnMut()) -> f64 {
    let spent = || -> f64 {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        text.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e6
    };
    let (start, mut times) = (spent(), 0_u32);
    loop {
        (0..=times).for_each(|_| work());
        times = 2 * times + 1;
        let total = spent() - start;
        if total > LONG {
            return total / f64::from(times);
        }
    }
}

/// How long anything lasts that is measured in processor time: fifty ticks of four milliseconds, for errors below 4 %.
const LONG: f64 = 200.0;

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A JUnit report, read.
fn junit(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let cases = read_junit(&bytes, "bench").unwrap().cases.len();
    let took = processor(|| assert_eq!(read_junit(&bytes, "bench").unwrap().cases.len(), cases));
    println!("{{\"read\": {took}, \"cases\": {cases}}}");
}

/// The history that a project's database holds: its flaky tests ranked, its failures by causes, one test's results.
fn history(path: &Path, test: &str) {
    let (store, problems) = Store::open(path, Stamp(0)).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    let test = TestId::new(test);
    let tests = flakes::ranked(&store).unwrap().len();
    let ranked = processor(|| assert_eq!(flakes::ranked(&store).unwrap().len(), tests));
    let rows = causes(&store.sightings().unwrap()).len();
    let caused = processor(|| assert_eq!(causes(&store.sightings().unwrap()).len(), rows));
    let results = store.history(&test, usize::MAX).unwrap().len();
    let one = processor(|| assert_eq!(store.history(&test, usize::MAX).unwrap().len(), results));
    println!(
        "{{\"ranked\": {ranked}, \"tests\": {tests}, \"caused\": {caused}, \"causes\": {rows}, \"one\": {one}, \"results\": {results}}}"
    );
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
    let rows = rank(&entries.collect::<Vec<_>>(), &default_layers(), Order::Triage);
    (total, rows.len())
}

/// Opening, adding up and ranking, against the bare work, in turns of several each; then the tests of single lines.
fn data(path: &Path, rounds: usize) {
    let (bits, (total, files)) = (sketch(path), open_and_rank(path));
    assert!(bits > total && files > 0);
    let (mut bare, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let a = processor(|| assert_eq!(sketch(path), bits));
        let b = processor(|| assert_eq!(open_and_rank(path), (total, files)));
        bare.push(a);
        ours.push(b);
        ratios.push(b / a);
    }
    let whole = processor(|| drop(ledger(path)));
    let (line, late, found) = lines_to_tests(&ledger(path));
    println!(
        "{{\"bare\": {}, \"open\": {}, \"ratio\": {}, \"ledger\": {}, \"line\": {line}, \"line_late\": {late}, \"found\": {found}}}",
        median(bare),
        median(ours),
        median(ratios),
        whole,
    );
}

/// The time to ask for the tests of one line: its mean in processor time, and what 99 of 100 stay below by the clock,
/// which on a busy machine counts the waiting too. And how many tests were found.
fn lines_to_tests(ledger: &Ledger) -> (f64, f64, usize) {
    let files: Vec<RepoPath> = ledger.files().cloned().collect();
    let step = (files.len() / 200).max(1);
    let asked: Vec<(&RepoPath, u32)> =
        files.iter().step_by(step).flat_map(|path| [12, 40, 90].map(|line| (path, line))).collect();
    let ask = |(path, line): &(&RepoPath, u32)| ledger.tests_of_line(path, *line, None).len();
    let (mut times, found): (Vec<f64>, Vec<usize>) = asked.iter().map(|asked| time(|| ask(asked))).unzip();
    let found: usize = found.iter().sum();
    let spent = processor(|| assert_eq!(asked.iter().map(ask).sum::<usize>(), found));
    times.sort_by(f64::total_cmp);
    (spent / asked.len() as f64, times[times.len() * 99 / 100], found)
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

    /// What a run of some tests leaves: each ran a function in eight files, and all of them in the first one. A `shift`
    /// makes it other functions; without one it is the run of the whole suite.
    fn evidence(&self, which: std::ops::Range<usize>, shift: usize) -> BatchEvidence {
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
                let first = u32::try_from((n + turn + shift) % 20 * 10 + 2).unwrap();
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
            all: shift == 0,
            ..BatchEvidence::default()
        }
    }
}

/// A batch of twenty tests taken into a ledger with many: the ledger after it, and the files whose evidence changed
/// judged before and after.
fn batch(tests: usize, files: usize) {
    let project = Project::new(tests, files);
    let ledger = Ledger::default().absorb(&project.evidence(0..project.tests, 0));
    assert_eq!(ledger.tests().len(), tests);
    let batches: Vec<BatchEvidence> =
        (0..10).map(|turn| project.evidence(turn * (tests - 20) / 10..turn * (tests - 20) / 10 + 20, 3)).collect();
    let update = |batch: &BatchEvidence| {
        let (absorbed, after) = time(|| ledger.absorb(batch));
        let (judged, changed) = time(|| {
            let changed: Vec<&RepoPath> = after.files().filter(|path| !ledger.same_file(&after, path)).collect();
            let figures =
                changed.iter().map(|path| (ledger.standing(path, None).plain, after.standing(path, None).plain));
            figures.filter(|(before, after)| before.lines.whole == after.lines.whole).count()
        });
        (absorbed, judged, changed)
    };
    let parts: Vec<_> = batches.iter().map(update).collect();
    let judged: usize = parts.iter().map(|part| part.2).sum();
    assert!(judged >= batches.len(), "no batch changed anything");
    let spent = processor(|| assert_eq!(batches.iter().map(|batch| update(batch).2).sum::<usize>(), judged));
    println!(
        "{{\"update\": {}, \"absorb\": {}, \"judge\": {}, \"judged\": {}}}",
        spent / batches.len() as f64,
        median(parts.iter().map(|part| part.0).collect()),
        median(parts.iter().map(|part| part.1).collect()),
        judged / batches.len()
    );
}

/// One edit of a measured file, mapped: a line put into its middle, and the file judged on the new text.
fn edit(text: &str) {
    let path = RepoPath::new("acme/module.py").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let old: Arc<str> = text.into();
    let ran: LineSet = (1..=u32::try_from(lines.len()).unwrap()).collect();
    let contexts = vec![String::new(), "tests/test_a.py::test_a|run".to_owned()];
    let data = PlacedData { has_arcs: false, contexts, files: vec![(path.clone(), vec![(1, Ran::new(ran, vec![]))])] };
    let (ledger, _) = Ledger::from_baseline(None, Some(&data), &|_| Some(Arc::clone(&old)), &|_| true);
    assert!(!ledger.standing(&path, Some(&old)).covered.is_empty());
    let edited: Vec<String> = (1..=21)
        .map(|turn| {
            let mut edited = lines.clone();
            edited.insert(lines.len() * turn / 23, "# A remark.");
            edited.join("\n")
        })
        .collect();
    let map = |text: &String| ledger.standing(&path, Some(text)).covered.len();
    let covered: Vec<usize> = edited.iter().map(map).collect();
    assert!(covered.iter().all(|covered| *covered > lines.len() / 4));
    let spent = processor(|| assert_eq!(edited.iter().map(map).sum::<usize>(), covered.iter().sum::<usize>()));
    println!("{{\"lines\": {}, \"edit\": {}}}", lines.len(), spent / edited.len() as f64);
}
