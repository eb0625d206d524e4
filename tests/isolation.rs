//! A batch changes nothing in the project: whatever the project's options and settings, its environment and its code say,
//! every file is what it was.
//!
//! `cargo test --test all` runs a batch for each row of a matrix in which every two values of two axes meet. The long form:
//! `LACUNA_ISOLATION=200 cargo test --test all -- isolation::long --nocapture` goes on with rows that are drawn at random,
//! and prints each with what it came to. `LACUNA_ISOLATION_SEED=<seed>` draws others.

mod axes;
mod pairwise;
mod project;

use crate::venv::interpreter;
use axes::AXES;
use pairwise::{Row, rows};
use project::{Project, Setup};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

/// The packages of the plugins that projects write with, pinned. Only those of a row are on Python's path.
pub fn plugins() -> &'static PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let list = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/isolation/plugins.txt");
        let below = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let lock = std::fs::File::create(below.join("plugins.lock")).unwrap();
        lock.lock().unwrap();
        let (folder, stamp) = (below.join("plugins"), below.join("plugins/stamp"));
        let wanted = std::fs::read_to_string(list).unwrap();
        if std::fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
            return folder;
        }
        let _ = std::fs::remove_dir_all(&folder);
        let mut pip = std::process::Command::new(&interpreter().program);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "-r",
            list,
            "--target",
        ]);
        let output = pip.arg(&folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::write(&stamp, wanted).unwrap();
        folder
    })
}

/// A data file of coverage.py, as a project has them.
fn data() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.py"), "a = 1\n").unwrap();
    let mut python = std::process::Command::new(&interpreter().program);
    let output = python.args(["-m", "coverage", "run", "x.py"]).current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(folder.path().join(".coverage")).unwrap()
}

/// Runs a batch for each row, two at a time, and says what is wrong with each.
fn batches(rows: &[Row], is_loud: bool) -> Vec<String> {
    let (data, next, wrong) = (data(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    plugins();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let came = batch(row, &data);
                    if is_loud {
                        eprintln!("{}: {}", if came.is_some() { "WRONG" } else { "as it was" }, Setup::name(row));
                    }
                    wrong.lock().unwrap().extend(came.map(|what| format!("{}\n{what}", Setup::name(row))));
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

/// One batch; what is wrong with it, if anything is.
fn batch(row: &Row, data: &[u8]) -> Option<String> {
    let setup = Setup::of(row);
    let project = Project::new(&setup, data);
    let before = project.tree();
    let (code, answer, said) = project.run(&setup, plugins());
    let after = project.tree();
    let mut wrong = Vec::new();
    for path in before.keys().chain(after.keys()) {
        if before.get(path) != after.get(path) {
            wrong.push(format!("  {} was {:?} and is {:?}", path.display(), before.get(path), after.get(path)));
        }
    }
    wrong.dedup();
    // A batch that did not run would prove nothing.
    let passed =
        |test: &serde_json::Value| test["id"] == "tests/test_core.py::test_double" && test["outcome"] == "passed";
    let ran = answer["tests"].as_array().is_some_and(|tests| tests.iter().any(passed));
    if !ran || code.is_none_or(|code| code > 1) || (setup.failing && code != Some(1)) {
        wrong.push(format!("  exit {code:?}, {}\n{said}", answer["tests"]));
    }
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

/// The commands of lacuna that look at reports or run tests.
const COMMANDS: [&[&str]; 9] = [
    &["run", "--all", "--trust"],
    &["report"],
    &["report", ".coverage"],
    &["run", "tests/test_core.py", "--format", "json"],
    &["run", "--affected"],
    &["inspect", ".coverage"],
    &["plan", "tests"],
    &["report", "baseline", "now"],
    &["history"],
];

#[test]
fn trap_12_no_command_of_coverage_is_ever_started() {
    let mut row = vec![0; AXES.len()];
    // Parallel data files and subprocesses: what `coverage combine` would take, and delete.
    row[8] = AXES[8].iter().position(|value| value.0 == "subprocesses").unwrap();
    let setup = Setup::of(&row);
    let project = Project::new(&setup, &data());
    let before = project.tree();
    let folder = tempfile::tempdir().unwrap();
    let (log, home) = (folder.path().join("log"), folder.path().join("venv"));
    std::fs::create_dir_all(home.join("bin")).unwrap();
    std::fs::copy(interpreter().home.as_ref().unwrap().join("pyvenv.cfg"), home.join("pyvenv.cfg")).unwrap();
    // Whatever is started of this virtualenv says so before it runs.
    let script = |program: &str| format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\nexec {program} \"$@\"\n", log.display());
    for name in ["python", "python3", "coverage", "pytest"] {
        let real = interpreter().home.as_ref().unwrap().join("bin").join(name);
        let place = home.join("bin").join(name);
        std::fs::write(&place, script(&format!("'{}'", real.display()))).unwrap();
        std::fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    for arguments in COMMANDS {
        let mut command = project.command(&setup, plugins(), arguments);
        let path = std::env::join_paths(
            [home.join("bin")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        command.env("VIRTUAL_ENV", &home).env("PATH", path.unwrap());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some_and(|code| matches!(code, 0 | 3)), "{arguments:?}: {said}");
        assert_eq!(project.tree(), before, "after {arguments:?}");
    }
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.lines().filter(|line| line.contains(" -m pytest ")).count() >= 2, "{log}");
    let names = |word: &str| word.rsplit('/').next().is_some_and(|name| name == "coverage");
    assert!(!log.lines().any(|line| line.split(' ').take(3).any(names)), "{log}");
}

fn sizes() -> Vec<usize> {
    AXES.iter().map(|axis| axis.len()).collect()
}

#[test]
fn trap_4_nothing_of_the_project_changes_whatever_its_options_are() {
    let wrong = batches(&rows(&sizes()), false);
    assert!(wrong.is_empty(), "{} batches:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn long() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<usize>().unwrap());
    let Some(count) = number("LACUNA_ISOLATION") else { return };
    let mut state = number("LACUNA_ISOLATION_SEED").unwrap_or(1) as u64;
    let mut draw = |below: usize| {
        // Knuth's multiplier; the high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut all = rows(&sizes());
    while all.len() < count {
        all.push(sizes().into_iter().map(&mut draw).collect());
    }
    let wrong = batches(&all[..count], true);
    eprintln!("{count} batches, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn workers_keep_temporary_folders_of_their_own() {
    let test = "def test_a(tmp_path):\n    assert 'gw' in tmp_path.parent.name\n\ndef test_b(tmp_path):\n    assert 'gw' in tmp_path.parent.name\n";
    let shop = crate::shop::Shop::of(&[
        ("pytest.ini", "[pytest]\naddopts = -n2 --basetemp=tmp\n"),
        ("tests/test_temporary.py", test),
    ]);
    shop.says(&["run", "--trust", "tests/test_temporary.py"], 0);
    assert!(!shop.root().join("tmp").exists());
}

#[test]
fn workers_are_where_xdist_puts_them_when_the_project_names_no_folder() {
    // Two workers in one folder would empty it under each other's hands.
    let test = "def test_{}(tmp_path, worker_id):\n    assert tmp_path.parent.name == 'popen-' + worker_id\n";
    let files = [
        ("pytest.ini", "[pytest]\naddopts = -n2\n".to_owned()),
        ("tests/test_one.py", test.replace("{}", "one")),
        ("tests/test_two.py", test.replace("{}", "two")),
    ];
    let shop = crate::shop::Shop::of(&files.each_ref().map(|(path, text)| (*path, text.as_str())));
    shop.says(&["run", "--trust", "tests"], 0);
}

/// A project whose test starts Python with these arguments. `branch` is what its own settings of coverage say of branches.
fn parent(arguments: &str, branch: bool) -> crate::shop::Shop {
    let test = format!(
        "import subprocess, sys\nfrom app import core\n\n\
         def test_child():\n    assert core.sign(1) == 1\n    subprocess.run([sys.executable, {arguments}], check=True)\n"
    );
    crate::shop::Shop::of(&[
        ("pytest.ini", "[pytest]\n"),
        (".coveragerc", &format!("[run]\nsource = app\nbranch = {branch}\n")),
        ("start.rc", &format!("[run]\nsource = app\nbranch = {}\ndebug_file = debug.txt\n", !branch)),
        ("app/__init__.py", ""),
        ("app/core.py", "def sign(x):\n    if x < 0:\n        return -1\n    return 1\n"),
        ("below.py", "from app import core\ncore.sign(-1)\n"),
        ("tests/test_child.py", &test),
    ])
}

/// Runs the test of such a project in an environment that has Python processes measure themselves.
fn measured(shop: &crate::shop::Shop, arguments: &[&str]) -> (Value, String) {
    let mut command = shop.command(arguments);
    let output = command.env("COVERAGE_PROCESS_START", shop.root().join("start.rc")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    for name in [".coverage", "debug.txt"] {
        assert!(!shop.root().join(name).exists(), "{name}: {said}");
    }
    (serde_json::from_slice(&output.stdout).unwrap(), said)
}

const RUN: [&str; 5] = ["run", "--trust", "--all", "--format", "json"];

#[test]
fn trap_6_processes_that_measure_themselves_do_it_in_the_mode_of_the_run() {
    for branch in [true, false] {
        let shop = parent("'below.py'", branch);
        let (answer, said) = measured(&shop, &RUN);
        let whole = if branch { 6 } else { 4 };
        let after = &answer["total"]["after"];
        assert_eq!((&after["part"], &after["whole"]), (&whole.into(), &whole.into()), "{said}");
        assert_eq!(answer["problems"], serde_json::json!([]));
    }
}

#[test]
fn trap_6_data_of_another_mode_is_left_out_and_named() {
    for (branch, option) in [(true, "'-p'"), (false, "'-p', '--branch'")] {
        let shop = parent(&format!("'-m', 'coverage', 'run', '--rcfile=none.rc', {option}, 'below.py'"), branch);
        shop.write("none.rc", "[run]\n");
        let (answer, said) = measured(&shop, &RUN);
        let (part, whole, held) = if branch { (4, 6, "lines alone") } else { (3, 4, "branches") };
        let after = &answer["total"]["after"];
        assert_eq!((&after["part"], &after["whole"]), (&part.into(), &whole.into()), "{said}");
        let told = answer["problems"][0]["what"].as_str().unwrap();
        assert!(told.starts_with(&format!("not counted, since it holds {held} and")), "{told}");
        assert!(told.contains(".pid"), "{told}");
    }
}

#[test]
fn a_run_that_measures_nothing_leaves_no_data_of_its_children_either() {
    let shop = parent("'below.py'", true);
    shop.write("conftest.py", "import subprocess, sys\nsubprocess.run([sys.executable, 'below.py'], check=True)\n");
    measured(&shop, &["tests", "--collect", "--trust", "--format", "json"]);
}
