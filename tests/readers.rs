//! Readers on outputs of the real tools: their numbers, and what becomes of them when they are cut off or damaged.

use crate::laws;
use lacuna::base::{Problem, RepoPath};
use lacuna::domain::coverage::{self, Counts, Report, sniff};
use lacuna::domain::suite::{Case, JunitReport, NodeIds, Outcome, Recovered, TestId, read_junit};
use proptest::prelude::*;
use std::path::PathBuf;

fn sample(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "data", "samples", name].iter().collect();
    std::fs::read(path).expect(name)
}

fn report(name: &str) -> Report {
    coverage::read(&sample(name), name).unwrap_or_else(|problem| panic!("{problem}"))
}

fn junit(name: &str) -> JunitReport<'static> {
    read_junit(&sample(name), name).unwrap_or_else(|problem| panic!("{problem}")).into_owned()
}

/// Every text report of the samples.
const COVERAGE: [&str; 18] = [
    "coverage/cov-branch-contexts.json",
    "coverage/cov-branch.json",
    "coverage/cov-branch.lcov",
    "coverage/cov-branch.xml",
    "coverage/cov-line.json",
    "coverage/cov-line.lcov",
    "coverage/cov-line.xml",
    "coverage/cov6.5-branch-contexts.json",
    "coverage/cov6.5.lcov",
    "coverage/cov6.5.xml",
    "coverage/cov7.6-branch.json",
    "coverage/cov7.6.lcov",
    "coverage/pytestcov-contexts.json",
    "coverage/pytestcov-xdist-contexts.json",
    "coverage/pytestcov.lcov",
    "coverage/pytestcov.xml",
    "coverage/report.md",
    "coverage/report.txt",
];

const JUNIT: [&str; 19] = [
    "junit/jest-junit.xml",
    "junit/pytest-dotdirs-doctest.xml",
    "junit/pytest-from-subdir.xml",
    "junit/pytest-xunit1-logging-prefix.xml",
    "junit/pytest-xunit1.xml",
    "junit/pytest-xunit2-collecterror-interrupted.xml",
    "junit/pytest-xunit2-collecterror.xml",
    "junit/pytest-xunit2-systemout.xml",
    "junit/pytest-xunit2-xdist.xml",
    "junit/pytest-xunit2.xml",
    "junit/pytest7.4-rerun12-xunit2.xml",
    "junit/pytest8.4-rerun-xunit2.xml",
    "junit/sigint.xml",
    "junit/timeout-signal.xml",
    "junit/transcribed/nextest.xml",
    "junit/transcribed/surefire.xml",
    "junit/transcribed/xray-junit.xml",
    "junit/vitest.xml",
    "junit/xdist-worker-crash.xml",
];

/// What `coverage report` printed: statements, missing, branches, partial branches, percentage.
const PRINTED: [(&str, [u64; 4], &str); 5] = [
    ("src/shop/__init__.py", [0, 0, 0, 0], "100"),
    ("src/shop/cart.py", [41, 9, 16, 6], "70"),
    ("src/shop/empty.py", [0, 0, 0, 0], "100"),
    ("src/shop/never.py", [2, 2, 0, 0], "0"),
    ("src/shop/util.py", [4, 4, 2, 0], "0"),
];

#[test]
fn reports_give_what_coverage_report_prints_file_by_file() {
    let with_branches = COVERAGE.iter().filter(|name| !name.contains("line") && !name.contains("6.5"));
    for name in with_branches {
        let report = report(name);
        for (path, [statements, missing, branches, partial], percent) in PRINTED {
            let file = report.files.iter().find(|file| path.ends_with(&file.path)).expect(path);
            let counts = file.counts;
            let found = [counts.statements, counts.missing(), counts.branches, counts.partial_branches];
            assert_eq!(found, [statements, missing, branches, partial], "{path} in {name}");
            assert_eq!(counts.ratio().display(0), percent, "{path} in {name}");
        }
        assert_eq!(report.totals().ratio().display(0), "62", "{name}");
        assert!(report.has_branches, "{name}");
    }
}

#[test]
fn reports_without_branches_count_lines_alone() {
    for name in ["coverage/cov-line.json", "coverage/cov-line.lcov", "coverage/cov-line.xml"] {
        let report = report(name);
        let totals = report.totals();
        assert_eq!((totals.statements, totals.covered, totals.branches), (47, 32, 0), "{name}");
        assert!(!report.has_branches, "{name}");
    }
}

#[test]
fn reports_of_coverage_6_5_agree_with_each_other() {
    let expect = Counts { statements: 43, covered: 29, branches: 20, covered_branches: 9, ..Counts::default() };
    for name in ["coverage/cov6.5-branch-contexts.json", "coverage/cov6.5.xml", "coverage/cov6.5.lcov"] {
        let totals = report(name).totals();
        let found = Counts { excluded: 0, partial_branches: 0, ..totals };
        assert_eq!(found, expect, "{name}");
        assert_eq!(totals.ratio().display(0), "60", "{name}");
    }
}

#[test]
fn the_same_missing_lines_come_from_every_format() {
    let missing = |name: &str| -> Vec<u32> {
        let report = report(name);
        let cart = report.files.iter().find(|file| file.path.ends_with("cart.py")).expect(name);
        cart.missing().iter().collect()
    };
    let expect = [15, 27, 33, 41, 42, 44, 49, 50, 61];
    for name in
        ["cov-branch.json", "cov-branch.xml", "cov-branch.lcov", "report.txt", "cov7.6-branch.json", "cov7.6.lcov"]
    {
        assert_eq!(missing(&format!("coverage/{name}")), expect, "{name}");
    }
}

#[test]
fn producers_and_times_are_read() {
    let check = |name: &str, producer: &str, time: Option<&str>| {
        let report = report(name);
        assert_eq!(report.producer.as_str(), producer, "{name}");
        assert_eq!(report.stamp.is_some(), time.is_some(), "{name}");
        assert!(report.stamp.is_none_or(|stamp| stamp.rfc3339().starts_with(time.unwrap_or_default())), "{name}");
    };
    check("coverage/cov-branch.json", "coverage.py 7.17.3", Some("2026-11-2"));
    check("coverage/cov-branch.xml", "coverage.py 7.17.3", Some("2026-11-2"));
    check("coverage/cov6.5.xml", "coverage.py 6.5.0", Some("2026-11-2"));
    check("coverage/cov-branch.lcov", "coverage.py", None);
}

#[test]
fn every_junit_sample_is_read() {
    for name in JUNIT {
        let report = junit(name);
        assert!(report.tally.total > 0 && !report.cases.is_empty(), "{name}");
        let cases = report.cases.len() as u64;
        assert!(cases <= report.tally.total, "{name}");
    }
}

#[test]
fn reruns_and_teardown_errors_of_a_real_run_are_folded() {
    let report = junit("junit/pytest8.4-rerun-xunit2.xml");
    let case = |name: &str| report.cases.iter().filter(|case| case.name == name).collect::<Vec<&Case>>();
    let [flaky] = case("test_flaky")[..] else { panic!("test_flaky is not one case") };
    assert_eq!((flaky.outcome, flaky.attempts()), (Outcome::Passed, [Outcome::Failed].as_slice()));
    let [failed] = case("test_always_fails")[..] else { panic!("test_always_fails is not one case") };
    assert_eq!((failed.outcome, failed.attempts().len()), (Outcome::Failed, 1));
    let [both] = case("test_fail_and_teardown_error")[..] else { panic!("the teardown error stands alone") };
    assert_eq!((both.outcome, both.message()), (Outcome::Failed, "assert 0"));
    assert!(both.details().contains("teardown boom"));
}

/// The files of the project whose runs the samples are.
fn files() -> Vec<RepoPath> {
    let files = [
        "tests/test_flaky.py",
        "tests/unit/test_cart.py",
        "tests/v1.2/a-b/test_dir.py",
        "tests/test_doc.txt",
        "tests/test_broken_import.py",
        "tests/test_syntax.py",
        "tests/test_slow.py",
        "tests/test_crash.py",
    ];
    files.iter().filter_map(|file| RepoPath::new(file)).collect()
}

#[test]
fn node_ids_are_recovered_from_names() {
    let files = files();
    let ids = NodeIds::from_files(files.iter());
    let recovered = |report: &JunitReport, name: &str| {
        let case = report.cases.iter().find(|case| case.name == name).expect(name);
        ids.recover(case)
    };
    let exact = |id: &str| Recovered::Exact(TestId::new(id));
    let report = junit("junit/pytest-xunit2.xml");
    let check = |name: &str, id: &str| assert_eq!(recovered(&report, name), exact(id));
    check("test_param[a::b]", "tests/unit/test_cart.py::test_param[a::b]");
    check("test_param[q\"<&>']", "tests/unit/test_cart.py::test_param[q\"<&>']");
    check("test_deep_param[1]", "tests/unit/test_cart.py::TestCart::TestInner::test_deep_param[1]");
    let prefixed = junit("junit/pytest-xunit1-logging-prefix.xml");
    assert_eq!(recovered(&prefixed, "test_total"), exact("tests/unit/test_cart.py::test_total"));
    let broken = junit("junit/pytest-xunit2-collecterror-interrupted.xml");
    assert_eq!(recovered(&broken, "tests.test_syntax"), exact("tests/test_syntax.py"));
}

#[test]
fn every_test_of_the_real_runs_has_exactly_one_node_id() {
    let files = files();
    let ids = NodeIds::from_files(files.iter());
    let runs = JUNIT.iter().filter(|name| name.contains("junit/pytest") || name.contains("xdist"));
    let cases: Vec<(&str, Case)> =
        runs.flat_map(|name| junit(name).cases.into_iter().map(move |case| (*name, case))).collect();
    assert!(cases.len() > 200, "{}", cases.len());
    for (name, case) in cases {
        let found = ids.recover(&case);
        assert!(matches!(found, Recovered::Exact(_)), "{name}: {} {} is {found:?}", case.classname, case.name);
    }
}

/// Reads bytes as whatever they are; only the answer's kind matters.
fn read_any(bytes: &[u8], name: &str) -> Result<(), Problem> {
    if name.starts_with("junit") { read_junit(bytes, name).map(drop) } else { coverage::read(bytes, name).map(drop) }
}

/// Where a sample can be cut off without anybody being able to tell: after its last character that matters, and for
/// LCOV after any record, since the format does not say how many there are.
fn is_whole(text: &str, cut: usize, name: &str) -> bool {
    let (kept, lost) = text.split_at(cut);
    lost.trim().is_empty() || (name.ends_with("lcov") && kept.trim_end().ends_with("end_of_record"))
}

#[test]
fn rule_1_every_report_that_is_cut_off_is_refused() {
    for name in COVERAGE.iter().chain(&JUNIT) {
        let bytes = sample(name);
        let text = String::from_utf8(bytes.clone()).expect(name);
        // Small samples are cut everywhere; in large ones an odd step visits every kind of place.
        let step = if bytes.len() < 2000 { 1 } else { (bytes.len() / 500) | 1 };
        for cut in (0..bytes.len()).step_by(step).filter(|&cut| text.is_char_boundary(cut)) {
            let read = read_any(&bytes[..cut], name);
            assert!(read.is_err() || is_whole(&text, cut, name), "{name} was read although cut off at {cut}");
        }
    }
}

#[test]
fn rule_1_what_follows_a_whole_report_is_refused() {
    for name in COVERAGE.iter().chain(&JUNIT).filter(|name| !name.contains("report.")) {
        let bytes = sample(name);
        let tail = [b"\n", &bytes[bytes.len() / 2..]].concat();
        assert!(read_any(&[bytes.as_slice(), &tail].concat(), name).is_err(), "{name} with an old tail");
        assert!(read_any(&[bytes.as_slice(), &[0; 64]].concat(), name).is_err(), "{name} with zero bytes");
    }
}

#[test]
fn byte_order_marks_are_accepted_and_utf_16_is_refused() {
    for name in COVERAGE.iter().chain(&JUNIT) {
        let bytes = sample(name);
        read_any(&[b"\xef\xbb\xbf", bytes.as_slice()].concat(), name).unwrap_or_else(|problem| panic!("{problem}"));
        let wide: Vec<u8> = String::from_utf8_lossy(&bytes).encode_utf16().flat_map(u16::to_le_bytes).collect();
        let problem = read_any(&[b"\xff\xfe", wide.as_slice()].concat(), name).expect_err(name);
        assert!(problem.what.contains("UTF-16"), "{problem}");
    }
}

/// What a reader promises for any bytes.
type Law = fn(&[u8]);

/// Some sample, damaged: a stretch replaced, removed or repeated.
fn damaged() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let names: Vec<&'static str> = COVERAGE.iter().chain(&JUNIT).copied().collect();
    let name = proptest::sample::select(names);
    let patch = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..12),
        proptest::sample::select(vec![
            "-1",
            "0",
            "99999999999999999999",
            "<",
            "\"",
            "[",
            "{",
            "]",
            "&",
            "\0",
            "1e999",
            "\n"
        ])
        .prop_map(|patch| patch.as_bytes().to_vec()),
    ];
    (name, any::<proptest::sample::Index>(), 0_usize..40, patch).prop_map(|(name, at, length, patch)| {
        let mut bytes = sample(name);
        let at = at.index(bytes.len());
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, patch);
        (name, bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn readers_are_total_on_damaged_reports((_, bytes) in damaged()) {
        laws::report(&bytes, sniff(&bytes));
        laws::pasted(&bytes);
        laws::junit(&bytes);
    }

    #[test]
    fn the_data_file_s_reader_is_total_on_damaged_files(
        places in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12),
        arcs: bool,
    ) {
        let name = if arcs { "arcs.coverage" } else { "lines.coverage" };
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fuzz", "seeds", "data_file", name].iter().collect();
        let mut bytes = std::fs::read(path).expect(name);
        for (at, byte) in places {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        laws::data_file(&bytes);
    }

    #[test]
    fn events_settings_and_reports_put_together_are_total_on_damaged_lines(
        at in any::<proptest::sample::Index>(),
        length in 0_usize..20,
        patch in proptest::collection::vec(any::<u8>(), 0..12),
    ) {
        let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fuzz", "seeds"].iter().collect();
        let laws: [(&str, Law); 7] = [
            ("events/run.jsonl", laws::events),
            ("settings/lacuna.toml", laws::settings),
            ("report_log/part1.jsonl", laws::report_log),
            ("ci_log/job.log", laws::ci_log),
            ("merged/json", laws::merged),
            ("merged/lcov", laws::merged),
            ("merged/mixed", laws::merged),
        ];
        for (name, law) in laws {
            let mut bytes = std::fs::read(folder.join(name)).expect(name);
            let start = at.index(bytes.len());
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, patch.iter().copied());
            law(&bytes);
        }
    }

    #[test]
    fn readers_are_total_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(coverage::read(&bytes, "x").is_err());
        laws::merged(&bytes);
        laws::data_file(&bytes);
        laws::events(&bytes);
        laws::settings(&bytes);
        laws::report_log(&bytes);
        laws::ci_log(&bytes);
        prop_assert!(read_junit(&bytes, "x").is_err());
    }
}
