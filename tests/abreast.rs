//! More than one process: workers of pytest-xdist here and on other machines, commands side by side.

use crate::elsewhere::{Engine, none_lives, numbers, ssh, stderr_of};
use crate::program;
use crate::shop::{Shop, agree};
use crate::supervisor::until;
use crate::venv::interpreter;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

const HALF: &str = "def half(x):\n    if x < 0:\n        return 0\n    return x / 2\n";

/// Three files of tests, each of which runs another line.
fn three() -> Vec<(&'static str, &'static str)> {
    vec![
        ("pytest.ini", "[pytest]\npythonpath = .\n"),
        (".coveragerc", "[run]\nsource = shop\nbranch = true\n"),
        ("shop/__init__.py", ""),
        ("shop/half.py", HALF),
        ("tests/test_a.py", "from shop.half import half\n\ndef test_a():\n    assert half(2) == 1\n"),
        ("tests/test_b.py", "from shop.half import half\n\ndef test_b():\n    assert half(-2) == 0\n"),
        ("tests/test_c.py", "def test_c():\n    import shop.half\n    assert shop.half.half(-1) == 0\n"),
    ]
}

/// The workers that the history names.
fn workers(shop: &Shop) -> Vec<String> {
    let script = "import glob, sqlite3, sys\nfor path in glob.glob(sys.argv[1] + '/**/*.sqlite', recursive=True):\n  try:\n    for row in sqlite3.connect(path).execute('SELECT DISTINCT worker FROM results WHERE worker IS NOT NULL ORDER BY worker'):\n      print(row[0])\n  except sqlite3.Error:\n    pass\n";
    let output = Command::new(&interpreter().program).args(["-c", script]).arg(shop.home()).output().unwrap();
    program::stdout(&output).lines().map(str::to_owned).collect()
}

#[test]
fn workers_change_no_figure_and_are_named_in_the_history() {
    let shop = Shop::of(&three());
    shop.write("lacuna.toml", "[runner]\nworkers = 2\n");
    shop.says(&["run", "--all", "--trust"], 0);
    agree(&shop.ledger(), &shop.truth(), "by two workers");
    assert_eq!(workers(&shop), ["gw0", "gw1"]);
    // What one command runs needs no more workers than it has tests.
    let plan = shop.json(&["plan", "tests/test_a.py", "--workers", "4", "--format", "json"], 0);
    let full = plan["cycles"][0][0]["full"].as_str().unwrap();
    assert!(full.contains(" -n0 "), "{full}");
    shop.edit("shop/half.py", "x / 2", "x // 2");
    shop.says(&["run", "tests/test_a.py", "tests/test_b.py", "tests/test_c.py", "--workers", "auto"], 0);
    agree(&shop.ledger(), &shop.truth(), "after a batch by workers");
}

#[test]
fn workers_that_the_project_has_no_plugin_for_are_left_out_and_said() {
    let shop = Shop::of(&three());
    let home = shop.outside("venv");
    let made = Command::new(&interpreter().program).args(["-m", "venv", "--without-pip"]).arg(&home).status();
    assert!(made.unwrap().success());
    let packages = |home: &Path| {
        let lib = std::fs::read_dir(home.join("lib")).unwrap().next().unwrap().unwrap().path();
        lib.join("site-packages")
    };
    let from = packages(interpreter().home.as_ref().unwrap());
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        if !name.to_string_lossy().contains("xdist") {
            let _ = std::os::unix::fs::symlink(entry.path(), packages(&home).join(name));
        }
    }
    shop.write("lacuna.toml", &format!("interpreter = {:?}\n", home.join("bin/python")));
    let said = stderr_of(&shop, &["run", "--all", "--trust", "--workers", "2"], 0);
    assert!(said.contains("pytest-xdist is not installed") && said.contains("-m pip install pytest-xdist"), "{said}");
}

#[test]
fn workers_share_the_machine_where_the_tests_run_elsewhere() {
    let shop = Shop::of(&three());
    let engine = Engine::of(&shop);
    shop.write("lacuna.toml", &(engine.settings() + "workers = 2\n"));
    shop.says(&["run", "--all", "--trust"], 0);
    agree(&shop.ledger(), &shop.truth(), "by two workers elsewhere");
    assert_eq!(workers(&shop), ["gw0", "gw1"]);
}

#[test]
fn workers_on_other_machines_bring_what_they_measured() {
    for plugin in ["pytest-cov", "coverage"] {
        let shop = Shop::of(&three());
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().canonicalize().unwrap().join("there");
        assert!(Command::new("cp").arg("-r").arg(shop.root()).arg(&there).status().unwrap().success());
        let python = interpreter().program.display();
        let server = ssh(folder.path());
        let gateway = server.as_ref().map_or_else(
            || "popen".to_owned(),
            |(_, words)| format!("ssh={}", words.trim_start_matches("ssh ").trim_end_matches(" {pytest}")),
        );
        let gateway = format!("{gateway}//python={python}//chdir={}", there.display());
        let arguments = if plugin == "coverage" { "[pytest]\narguments = [\"-p\", \"no:pytest_cov\"]\n" } else { "" };
        shop.write("lacuna.toml", &format!("{arguments}[runner]\ngateways = [{gateway:?}]\n"));
        let said = stderr_of(&shop, &["run", "--all", "--trust"], 0);
        assert!(!said.contains("not measured"), "{said}");
        agree(&shop.ledger(), &shop.truth(), plugin);
        assert_eq!(workers(&shop), ["gw0"]);
        let left = std::fs::read_dir(shop.root()).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with(".coverage.")).collect();
        assert!(left.is_empty(), "{plugin}: {left:?}");
        // What is not the same there is not counted.
        shop.edit("shop/half.py", "x / 2", "x // 2");
        let said = stderr_of(&shop, &["run", "tests/test_a.py"], 0);
        assert!(said.contains("shop/half.py"), "{plugin}: {said}");
        assert!(shop.ledger()["shop/half.py"].open.contains(&4), "{plugin}: {:?}", shop.ledger());
    }
}

/// A socket server of execnet, which ends when nobody holds its input any more.
const SOCKETS: &str = r#"
import os, runpy, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
sys.argv = ["socketserver", "127.0.0.1:PORT"]
runpy.run_module("execnet.script.socketserver", run_name="__main__", alter_sys=True)
"#;

#[test]
fn socket_servers_begin_every_run_afresh_and_run_what_was_asked_for() {
    let shop = Shop::of(&three());
    shop.write("tests/test_two.py", "def test_one():\n    pass\n\ndef test_other():\n    pass\n");
    let engine = Engine::of(&shop);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = engine.python(&SOCKETS.replace("PORT", &port.to_string()));
    until(LIMIT, "the server listens", || {
        let listed = std::fs::read_to_string("/proc/net/tcp").unwrap();
        listed.contains(&format!("0100007F:{port:04X} 00000000:0000 0A"))
    });
    let gateway = format!("socket=127.0.0.1:{port}//chdir={}", engine.at().display());
    shop.write("lacuna.toml", &format!("[runner]\ngateways = [{gateway:?}, {gateway:?}]\n"));
    // The list of what alone is to run cannot be seen there.
    let said = shop.json(&["run", "tests/test_two.py::test_one", "--trust", "--format", "json"], 0);
    assert_eq!(said["tests"].as_array().unwrap().len(), 1, "{said:#}");
    shop.says(&["run", "--all"], 0);
    agree(&shop.ledger(), &shop.truth(), "by two workers of one socket server");
    assert_eq!(workers(&shop), ["gw0", "gw1"]);
    for root in [shop.root(), engine.at().to_owned()] {
        if root.exists() {
            std::fs::write(root.join("shop/half.py"), "def half(x):\n    return 7\n").unwrap();
        }
    }
    shop.says(&["run", "--all"], 1);
    drop(server);
    // The folder there is the project's own: nothing was copied into it.
    assert!(!shop.root().join("_pytest").exists());
}

/// What a run said, without what differs from run to run.
fn figures(said: &Value) -> Value {
    let mut reports = said["reports"].clone();
    for report in reports.as_array_mut().unwrap() {
        let lines = report.as_str().unwrap().lines().filter(|line| !line.contains("really ran"));
        *report = lines.collect::<Vec<_>>().join("\n").into();
    }
    serde_json::json!([said["total"], said["files"], said["credit"], said["commands"], reports])
}

#[test]
fn commands_side_by_side_give_the_figures_of_one_after_another() {
    let run = |parallel: &str| {
        let shop = Shop::of(&three());
        shop.says(&["run", "--all", "--trust"], 0);
        shop.edit("shop/half.py", "x / 2", "x // 2");
        shop.write("tests/test_d.py", "from shop.half import half\n\ndef test_d():\n    assert half(4) == 2\n");
        let files = ["tests/test_a.py", "tests/test_b.py", "tests/test_c.py", "tests/test_d.py"];
        let said = shop.json(&[&["run", "--parallel", parallel, "--format", "json"], &files[..]].concat(), 0);
        agree(&shop.ledger(), &shop.truth(), parallel);
        figures(&said)
    };
    assert_eq!(run("3"), run("1"));
}

#[test]
fn commands_of_a_cycle_really_run_at_once() {
    let shop = Shop::of(&three());
    let wait = |own: &str, other: &str| {
        format!(
            "import pathlib, time\n\ndef test_{own}():\n    here = pathlib.Path(__file__).parent\n    (here / '{own}').touch()\n    end = time.time() + 60\n    while not (here / '{other}').exists():\n        assert time.time() < end\n        time.sleep(0.01)\n"
        )
    };
    shop.write("tests/test_x.py", &wait("x", "y"));
    shop.write("tests/test_y.py", &wait("y", "x"));
    let plan = shop.json(&["plan", "tests/test_x.py", "tests/test_y.py", "--format", "json"], 0);
    assert_eq!(plan["cycles"][0].as_array().unwrap().len(), 2, "{plan}");
    shop.says(&["run", "tests/test_x.py", "tests/test_y.py", "--parallel", "2", "--trust"], 0);
}

#[test]
fn cancelling_ends_every_command() {
    let shared = tempfile::tempdir().unwrap();
    let mark = shared.path().join("mark");
    let endless = format!(
        "import os, time\n\ndef test_endless():\n    with open({mark:?}, 'a') as file:\n        file.write('%d\\n' % os.getpid())\n    time.sleep(600)\n"
    );
    let shop = Shop::of(&[("pytest.ini", "[pytest]\n"), ("tests/test_e.py", &endless), ("tests/test_f.py", &endless)]);
    let mut command = shop.command(&["run", "tests/test_e.py", "tests/test_f.py", "--parallel", "2", "--trust"]);
    let lacuna = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until(LIMIT, "both tests run", || numbers(&mark).len() == 2);
    let pid = rustix::process::Pid::from_raw(i32::try_from(lacuna.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = lacuna.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", program::stderr(&output));
    none_lives(&mark);
}
