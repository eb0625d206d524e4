//! Tests that run elsewhere: in a place with other paths, behind a client that carries nothing but its input and outputs.

use crate::program;
use crate::screen::Screen;
use crate::shop::{Shop, agree};
use crate::supervisor::until;
use crate::venv::interpreter;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// What serves commands in another place: a namespace of its own where the system allows that, else a copy.
pub struct Engine {
    server: Child,
    socket: PathBuf,
    at: PathBuf,
    is_copy: bool,
    _folder: tempfile::TempDir,
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/engine.py")
}

/// Whether this system lets the tests have mounts of their own.
fn has_namespaces() -> bool {
    let mount = "mount -t tmpfs none /srv";
    let tried = Command::new("unshare").args(["-m", "sh", "-c", mount]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

impl Engine {
    /// One where the project itself is at another path, and nothing else of the person's files is there.
    pub fn of(shop: &Shop) -> Self {
        if !has_namespaces() {
            return Self::with_a_copy_of(shop);
        }
        let folder = tempfile::tempdir().unwrap();
        Self::start(folder, shop, "BIND", "/srv/app".into())
    }

    /// One with a copy of the project as it is now.
    fn with_a_copy_of(shop: &Shop) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap().join("srv").join("app");
        Self::start(folder, shop, "COPY", at)
    }

    fn start(folder: tempfile::TempDir, shop: &Shop, how: &str, at: PathBuf) -> Self {
        let socket = folder.path().join("socket");
        let python = &interpreter().program;
        let mut command = if how == "BIND" { Command::new("unshare") } else { Command::new(python) };
        if how == "BIND" {
            command.arg("-m").arg(python);
        }
        let root = shop.root();
        command.arg(script()).arg("serve").arg(&socket).arg(how).arg(&root).arg(&at).arg(root.parent().unwrap());
        let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { server, socket, at, is_copy: how == "COPY", _folder: folder }
    }

    /// Starts a program of Python there. It is to end when its input does.
    pub fn python(&self, program: &str) -> Child {
        let python = &interpreter().program;
        let mut command = Command::new(python);
        command.arg(script()).arg("exec").arg(&self.socket).arg(python).args(["-c", program]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    }

    /// Where the project is there.
    pub fn at(&self) -> &Path {
        &self.at
    }

    /// The settings by which tests run there. A copy is named: the system shows the project itself, too.
    pub fn settings(&self) -> String {
        let python = interpreter().program.display();
        let command = format!("{python} {} exec {} {{pytest}}", script().display(), self.socket.display());
        let directory = if self.is_copy { self.at.to_str().unwrap() } else { "" };
        format!("interpreter = \"{python}\"\n[runner]\ncommand = \"{command}\"\ndirectory = \"{directory}\"\n")
    }
}

/// What lacuna says beside its data, which must have come with this exit code.
pub fn stderr_of(shop: &Shop, arguments: &[&str], code: i32) -> String {
    let output = shop.lacuna(arguments);
    let said = program::stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{}\n{said}", program::stdout(&output));
    said
}

#[test]
fn a_suite_that_runs_elsewhere_gives_the_figures_of_one_that_runs_here() {
    let shop = Shop::bare();
    let engine = Engine::of(&shop);
    shop.write("lacuna.toml", &engine.settings());
    let said = stderr_of(&shop, &["run", "--all", "--trust"], 1);
    assert!(said.contains(&format!(" in {} by ", engine.at.display())) || engine.is_copy, "{said}");
    assert_eq!(said.contains("is mounted"), engine.is_copy, "{said}");
    agree(&shop.ledger(), &shop.truth(), "after the whole suite");
    // What is edited here is edited there, where the project itself is mounted.
    let path = "shop/common/money.py";
    let text = format!(
        "{}\n\ndef is_free(amount):\n    if amount == 0:\n        return True\n    return False\n",
        shop.read(path)
    );
    let test = "from shop.common.money import is_free\n\ndef test_free():\n    assert is_free(0)\n";
    for (path, text) in [(path, text.as_str()), ("tests/test_free.py", test)] {
        shop.write(path, text);
        if !has_namespaces() {
            std::fs::write(engine.at.join(path), text).unwrap();
        }
    }
    let said = shop.says(&["run", "tests/test_free.py", "--format", "md"], 0);
    assert!(said.contains("- Command executed: pytest tests/test_free.py -v"), "{said}");
    assert!(said.contains(" exec ") && said.contains("newly covered"), "{said}");
    agree(&shop.ledger(), &shop.truth(), "after a batch");
}

#[test]
fn what_is_not_the_same_elsewhere_is_said_and_not_counted() {
    let shop = Shop::of(&[
        ("pytest.ini", "[pytest]\n"),
        ("shop/half.py", "def half(x):\n    return x / 2\n"),
        ("shop/third.py", "def third(x):\n    return x / 3\n"),
        (
            "tests/test_a.py",
            "import sys\nsys.path.insert(0, '.')\nfrom shop.half import half\nfrom shop.third import third\n\ndef test_a():\n    assert half(2) == 1 and third(3) == 1\n",
        ),
    ]);
    let engine = Engine::with_a_copy_of(&shop);
    shop.write("lacuna.toml", &engine.settings());
    shop.says(&["run", "--all", "--trust"], 0);
    shop.edit("shop/half.py", "x / 2", "x // 2");
    let said = stderr_of(&shop, &["run", "tests/test_a.py"], 0);
    assert!(said.contains("shop/half.py") && said.contains("not the same"), "{said}");
    let ledger = shop.ledger();
    assert_eq!(ledger["shop/half.py"].open, [2], "{ledger:?}");
    assert_eq!((ledger["shop/third.py"].covered.clone(), ledger["shop/third.py"].open.len()), (vec![1, 2], 0));
    // Brought to the same state, it counts.
    std::fs::write(engine.at.join("shop/half.py"), shop.read("shop/half.py")).unwrap();
    let said = stderr_of(&shop, &["run", "tests/test_a.py"], 0);
    assert!(!said.contains("not the same"), "{said}");
    assert_eq!(shop.ledger()["shop/half.py"].covered, [1, 2]);
    // A test that is here and not yet there.
    shop.write("tests/test_b.py", "def test_b():\n    pass\n");
    let said = stderr_of(&shop, &["run", "tests/test_a.py", "tests/test_b.py"], 4);
    assert!(said.contains("not in ") && said.contains("tests/test_b.py"), "{said}");
}

#[test]
fn files_that_lie_elsewhere_are_found_by_content_and_by_the_settings() {
    let half = "def half(x):\n    if x < 0:\n        return 0\n    return x / 2\n";
    let test = |name: &str| format!("from {name}.half import half\n\ndef test_{name}():\n    assert half(2) == 1\n");
    let shop = Shop::of(&[
        ("pytest.ini", "[pytest]\npythonpath = src\n"),
        ("src/one/half.py", half),
        ("src/two/half.py", &format!("{half}\n")),
        ("src/six/half.py", &format!("{half}\n")),
        ("tests/test_one.py", &test("one")),
        ("tests/test_two.py", &test("two")),
    ]);
    let engine = Engine::with_a_copy_of(&shop);
    // There the packages lie where no name tells whose they are, as in an image that unpacks them.
    let code = engine.at.with_file_name("code");
    std::fs::create_dir(&code).unwrap();
    for (name, there) in [("one", "one"), ("two", "two")] {
        std::fs::rename(engine.at.join("src").join(name), code.join(there)).unwrap();
    }
    std::fs::remove_dir_all(engine.at.join("src")).unwrap();
    let path = format!("environment = [\"PYTHONPATH={}\"]\n", code.display());
    shop.write("lacuna.toml", &(engine.settings() + &path));
    shop.says(&["run", "--all", "--trust"], 0);
    let ledger = shop.ledger();
    assert_eq!((&*ledger["src/one/half.py"].percent, &*ledger["src/two/half.py"].percent), ("75", "75"), "{ledger:?}");
    // Where a folder there has the name of another one here, only the settings can say so.
    std::fs::rename(code.join("two"), code.join("six")).unwrap();
    std::fs::create_dir_all(code.join("two")).unwrap();
    std::fs::write(code.join("two/half.py"), "from six.half import half\n").unwrap();
    let paths = format!("paths = {{ \"{0}/six\" = \"src/two\" }}\n", code.display());
    shop.write("lacuna.toml", &(engine.settings() + &path + &paths));
    shop.says(&["run", "tests/test_two.py", "--trust"], 0);
    let ledger = shop.ledger();
    assert_eq!(ledger["src/two/half.py"].covered, [1, 2, 4], "{ledger:?}");
    assert!(!ledger.contains_key("src/six/half.py"), "{ledger:?}");
}

/// An editor that notes what it is asked to open.
pub fn editor(folder: &Path, noted: &Path) -> PathBuf {
    let editor = folder.join("vim");
    std::fs::write(&editor, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\n", noted.display())).unwrap();
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    editor
}

#[test]
fn a_failure_elsewhere_leads_to_the_file_here() {
    let half = "def half(x):\n    if x < 0:\n        raise ValueError(x)\n    return x / 2\n";
    let test = |name: &str| format!("from {name}.half import half\n\ndef test_{name}():\n    assert half(-2) == 1\n");
    let shop = Shop::of(&[
        ("pytest.ini", "[pytest]\npythonpath = src\n"),
        ("src/one/half.py", half),
        ("src/two/half.py", &half.replace("x < 0", "x < 00")),
        ("src/six/half.py", &half.replace("(x)", "(x, 6)")),
        ("tests/test_one.py", &test("one")),
        ("tests/test_two.py", &test("two")),
    ]);
    let engine = Engine::with_a_copy_of(&shop);
    // There the package of the first test lies where only its lines tell whose it is, that of the second one where
    // another has its name, so that the settings have to say it.
    let code = engine.at.with_file_name("code");
    std::fs::create_dir(&code).unwrap();
    std::fs::rename(engine.at.join("src/one"), code.join("one")).unwrap();
    std::fs::rename(engine.at.join("src/two"), code.join("six")).unwrap();
    std::fs::remove_dir_all(engine.at.join("src")).unwrap();
    std::fs::create_dir(code.join("two")).unwrap();
    std::fs::write(code.join("two/half.py"), "from six.half import half\n").unwrap();
    let more = format!("environment = [\"PYTHONPATH={0}\"]\npaths = {{ \"{0}/six\" = \"src/two\" }}\n", code.display());
    shop.write("lacuna.toml", &(engine.settings() + &more));
    let said = shop.json(&["run", "--trust", "tests/test_one.py", "tests/test_two.py", "--format", "json"], 1);
    for (at, file) in [(0, "src/one/half.py"), (1, "src/two/half.py")] {
        let failure = &said["tests"][at]["failures"][0];
        let frames = failure["exceptions"][0]["frames"].as_array().unwrap();
        assert_eq!(frames.last().unwrap()["path"], file, "{failure:#}");
        assert!(frames[0]["path"].as_str().unwrap().starts_with("tests/test_"), "{failure:#}");
    }
    let noted = shop.outside("noted");
    let mut command = crate::screen::command(&[env!("CARGO_BIN_EXE_lacuna")], &shop.root(), &shop.home());
    command.env("EDITOR", editor(&shop.outside(""), &noted));
    let mut screen = Screen::start(command, (36, 120));
    screen.see("No coverage report was found.");
    screen.press("B");
    screen.see("enter runs it");
    screen.press("\r");
    screen.see("0 files moved");
    screen.press("4");
    for file in ["src/one/half.py", "src/two/half.py"] {
        screen.press("n");
        screen.still();
        screen.press("e");
        let wanted = format!("+3\n--\n{}\n", shop.root().join(file).display());
        until(LIMIT, file, || std::fs::read_to_string(&noted).is_ok_and(|said| said == wanted));
        screen.see("next failed");
    }
}

#[test]
fn targets_that_are_not_there_any_more_are_left_out_elsewhere_too() {
    let test = "import pytest\n\n@pytest.mark.parametrize(\"x\", [1, 2])\ndef test_a(x):\n    pass\n\ndef test_b():\n    pass\n";
    let shop = Shop::of(&[("pytest.ini", "[pytest]\n"), ("tests/test_a.py", test)]);
    let engine = Engine::of(&shop);
    shop.write("lacuna.toml", &engine.settings());
    let asked = ["tests/test_a.py::test_a[2]", "tests/test_a.py::test_a[3]", "tests/test_a.py::test_b"];
    let said = shop.json(&[&["run", "--trust", "--format", "json"], &asked[..]].concat(), 0);
    let ran: Vec<&str> = said["tests"].as_array().unwrap().iter().map(|test| test["id"].as_str().unwrap()).collect();
    assert_eq!(ran, [asked[0], asked[2]], "{said}");
}

/// A server that ends with its test.
pub struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server of ssh for this user on this machine, and the words that lead to it.
pub fn ssh(folder: &Path) -> Option<(Server, String)> {
    let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|sshd| Path::new(sshd).exists())?;
    let key = |name: &str| {
        let place = folder.join(name);
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&place).status();
        made.is_ok_and(|status| status.success()).then_some(place)
    };
    let (host, user) = (key("host")?, key("user")?);
    std::fs::copy(folder.join("user.pub"), folder.join("authorized")).unwrap();
    // It refuses to start as root without the folder that it locks itself into.
    let _ = std::fs::create_dir_all("/run/sshd");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nUsePAM no\nStrictModes no\nPidFile none\nPermitRootLogin yes\n",
        host.display(),
        folder.join("authorized").display()
    );
    std::fs::write(folder.join("sshd_config"), options).unwrap();
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let server = Command::new(sshd)
        .args(["-D", "-e", "-f"])
        .arg(folder.join("sshd_config"))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    until(LIMIT, "the server listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    let words = format!(
        "ssh -T -F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i {} -p {port} 127.0.0.1 {{pytest}}",
        user.display()
    );
    Some((Server(server), words))
}

#[test]
fn tests_run_over_ssh_and_none_is_left_when_lacuna_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::of(&[
        ("pytest.ini", "[pytest]\n"),
        ("shop/half.py", "def half(x):\n    return x / 2\n"),
        (
            "tests/test_a.py",
            "import sys\nsys.path.insert(0, '.')\nfrom shop.half import half\n\ndef test_a():\n    assert half(2) == 1\n",
        ),
    ]);
    // The project there has a name that a shell would tear apart.
    let there = folder.path().join("my \"own\" & 'shop'");
    let copied = Command::new("cp").arg("-r").arg(shop.root()).arg(&there).status();
    assert!(copied.unwrap().success());
    let server = ssh(folder.path());
    let command = server.as_ref().map_or("env -C / {pytest}", |(_, words)| words);
    let directory = there.to_str().unwrap();
    let settings = format!(
        "interpreter = {:?}\n[runner]\ncommand = {command:?}\ndirectory = {directory:?}\nquote = false\n",
        interpreter().program
    );
    shop.write("lacuna.toml", &settings);
    let said = stderr_of(&shop, &["run", "--all", "--trust"], 0);
    assert!(said.contains(&format!(" in {directory} by ")), "{said}");
    assert_eq!(shop.ledger()["shop/half.py"].percent, "100");
    let mark = folder.path().join("mark");
    let endless = ENDLESS.replace("MARK", mark.to_str().unwrap());
    shop.write("tests/test_endless.py", &endless);
    std::fs::write(there.join("tests/test_endless.py"), endless).unwrap();
    let mut lacuna = shop.command(&["run", "tests/test_endless.py"]).stderr(Stdio::null()).spawn().unwrap();
    until(LIMIT, "the test runs", || numbers(&mark).len() == 2);
    lacuna.kill().unwrap();
    lacuna.wait().unwrap();
    none_lives(&mark);
}

/// A test that leaves processes everywhere and does not end, with the numbers of all of them in a file.
const ENDLESS: &str = r#"
import os, signal, time

def stay():
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    with open("MARK", "a") as file:
        file.write("%d\n" % os.getpid())
    time.sleep(600)
    os._exit(0)

def test_endless():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            stay()
        os._exit(0)
    stay()
"#;

/// A project whose test does not end, elsewhere, and the file with the numbers of its processes.
fn endless() -> (Shop, Engine, tempfile::TempDir, PathBuf) {
    // Both sides see the target directory, whatever is hidden.
    let shared = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mark = shared.path().join("mark");
    let shop = Shop::of(&[
        ("pytest.ini", "[pytest]\n"),
        ("tests/test_endless.py", &ENDLESS.replace("MARK", mark.to_str().unwrap())),
        ("tests/test_short.py", "def test_short():\n    pass\n"),
    ]);
    let engine = Engine::of(&shop);
    shop.write("lacuna.toml", &engine.settings());
    shop.says(&["run", "tests/test_short.py", "--trust"], 0);
    (shop, engine, shared, mark)
}

/// The processes that noted themselves in a file.
pub fn numbers(mark: &Path) -> Vec<String> {
    std::fs::read_to_string(mark).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Waits until none of them is left.
pub fn none_lives(mark: &Path) {
    let lives = |number: &String| {
        let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
    };
    until(LIMIT, "everything there is gone", || !numbers(mark).iter().any(lives));
}

#[test]
fn nothing_is_left_elsewhere_when_lacuna_is_killed() {
    let (shop, _engine, _shared, mark) = endless();
    let mut lacuna = shop.command(&["run", "tests/test_endless.py"]).stderr(Stdio::null()).spawn().unwrap();
    until(LIMIT, "the test runs", || numbers(&mark).len() == 2);
    lacuna.kill().unwrap();
    lacuna.wait().unwrap();
    none_lives(&mark);
}

#[test]
fn a_run_elsewhere_that_gives_no_sign_of_life_is_given_up_at_both_ends() {
    let (shop, engine, _shared, mark) = endless();
    shop.write("lacuna.toml", &format!("{}[limit]\nsilence = 2\n", engine.settings()));
    let lacuna =
        shop.command(&["run", "tests/test_endless.py"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until(LIMIT, "the test runs", || numbers(&mark).len() == 2);
    // Whatever carries the channel stands still: nothing arrives, and nothing is closed.
    let pid = rustix::process::Pid::from_raw(i32::try_from(engine.server.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let output = lacuna.wait_with_output().unwrap();
    let said = program::stderr(&output);
    assert!(said.contains("no sign of life for 2 s from where the tests run"), "{said}");
    assert!(said.contains("test_endless.py::test_endless") && !said.contains("supervisor"), "{said}");
    assert_eq!(output.status.code(), Some(4), "{said}");
    none_lives(&mark);
}

#[test]
fn a_run_elsewhere_is_cancelled_step_by_step() {
    let (shop, _engine, _shared, mark) = endless();
    let lacuna =
        shop.command(&["run", "tests/test_endless.py"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until(LIMIT, "the test runs", || numbers(&mark).len() == 2);
    let number = i32::try_from(lacuna.id()).unwrap();
    let pid = rustix::process::Pid::from_raw(number).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = lacuna.wait_with_output().unwrap();
    let said = program::stderr(&output);
    for rung in ["Interrupt was sent", "Terminate was sent", "Kill was sent"] {
        assert!(said.contains(rung), "{said}");
    }
    assert_eq!(output.status.code(), Some(5), "{said}");
    none_lives(&mark);
}

#[test]
fn the_command_that_leads_elsewhere_waits_for_consent_and_is_shown_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let shop = Shop::of(&[("pytest.ini", "[pytest]\n"), ("tests/test_a.py", "def test_a():\n    pass\n")]);
    let command = format!("touch {} {{pytest}}", mark.display());
    shop.write("lacuna.toml", &format!("[runner]\ncommand = \"{command}\"\n"));
    shop.says(&["run", "tests/test_a.py"], 4);
    let plan = shop.json(&["plan", "tests/test_a.py", "--format", "json"], 0);
    let full = plan["cycles"][0][0]["full"].as_str().unwrap();
    assert_eq!(full, format!("touch {} python3 -m pytest -v ./tests/test_a.py", mark.display()));
    let mut screen =
        Screen::start(crate::screen::command(&[env!("CARGO_BIN_EXE_lacuna")], &shop.root(), &shop.home()), (30, 100));
    screen.press("B");
    screen.see("enter runs it");
    screen.press("\r");
    screen.see("run code of this project?");
    screen.see("the tests run where this command leads");
    let words: String = screen.text().chars().filter(|c| !c.is_whitespace() && *c != '┃' && *c != '│').collect();
    assert!(words.contains(&format!("touch{}{{pytest}}", mark.display())), "{}", screen.text());
    assert!(words.contains("lacuna.toml:2(runner.command)"), "{}", screen.text());
    assert!(!mark.exists());
}

#[test]
fn what_is_missing_elsewhere_is_said_with_its_remedy() {
    let shop = Shop::of(&[("pytest.ini", "[pytest]\n"), ("tests/test_a.py", "def test_a():\n    pass\n")]);
    let check = |settings: &str, wanted: &[&str]| {
        shop.write("lacuna.toml", settings);
        let said = stderr_of(&shop, &["run", "tests/test_a.py", "--trust"], 4);
        wanted.iter().for_each(|wanted| assert!(said.contains(wanted), "{settings}: no {wanted} in\n{said}"));
    };
    let python = interpreter().program.display();
    check("[runner]\ncommand = \"no-such-client exec {pytest}\"\n", &["no-such-client", "cannot be started"]);
    check("[runner]\ncommand = \"env false {pytest}\"\n", &["ended with exit code 1"]);
    check("[runner]\ncommand = \"env cd /srv && {pytest}\"\n", &["no shell reads it", "runner.directory"]);
    let settings = format!("interpreter = \"{python}\"\n[runner]\ncommand = \"env\"\ndirectory = \"/usr/lib\"\n");
    check(&settings, &["/usr/lib there has none of the project's files", "runner.directory"]);
    let bare = tempfile::tempdir().unwrap();
    let made = Command::new(&interpreter().program).args(["-m", "venv", "--without-pip"]).arg(bare.path()).status();
    assert!(made.unwrap().success());
    let settings = format!("interpreter = \"{}/bin/python\"\n[runner]\ncommand = \"env\"\n", bare.path().display());
    check(&settings, &["pytest is not installed for", "install it there"]);
}
