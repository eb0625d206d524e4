//! The supervisor from outside: whatever happens to lacuna or to the child, nothing is left.

use crate::venv::program;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Waits for a condition, with one limit.
pub fn until(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < limit, "{what} within {limit:?}");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(5));
    }
    start.elapsed()
}

/// A script that leaves a child, a child in a session of its own, and one that was forked twice, all deaf to
/// interrupts and terminations, and writes their numbers into a file.
const FAMILY: &str = r"
import os, signal, sys, time
for deaf in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(deaf, signal.SIG_IGN)
def note():
    with open(sys.argv[1], 'a') as file:
        file.write('%d\n' % os.getpid())
def stay():
    note()
    time.sleep(600)
    os._exit(0)
if os.fork() == 0:
    stay()
if os.fork() == 0:
    os.setsid()
    stay()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        stay()
    os._exit(0)
if sys.argv[2] == 'leave':
    while len(open(sys.argv[1]).read().split()) < 3:
        time.sleep(0.01)
    os._exit(5)
stay()
";

/// A family under a supervisor, whose words can be read.
fn supervised(notes: &Path, how: &str) -> Child {
    started(FAMILY, notes).arg(how).stdout(Stdio::piped()).spawn().expect("the supervisor starts")
}

/// A supervisor of a script that notes what it starts.
fn started(script: &str, notes: &Path) -> Command {
    let mut command = Command::new(program());
    command.args(["__supervise", "python3", "-c", script]).arg(notes);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The numbers of a whole family, once all have noted theirs.
fn family(notes: &Path, members: usize) -> Vec<u32> {
    let read = || -> Vec<u32> {
        let text = std::fs::read_to_string(notes).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    };
    until(Duration::from_secs(20), "the family is there", || read().len() == members);
    read()
}

/// Whether a process exists and is no zombie.
pub fn lives(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z') && !rest.starts_with('X'))
}

fn notes() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let notes = folder.path().join("notes");
    std::fs::write(&notes, "").expect("a file");
    (folder, notes)
}

#[test]
fn nothing_outlives_the_end_of_the_lifeline() {
    let (_folder, notes) = notes();
    let mut supervisor = supervised(&notes, "stay");
    let members = family(&notes, 4);
    drop(supervisor.stdin.take());
    until(Duration::from_secs(2), "all are gone", || !members.iter().any(|pid| lives(*pid)));
    assert!(supervisor.wait().is_ok_and(|status| status.success()));
}

#[test]
fn nothing_outlives_a_lacuna_that_is_killed() {
    let (_folder, notes) = notes();
    // The stand-in for lacuna starts the supervisor with a pipe and is then killed with signal 9.
    let stand_in = "import subprocess, sys, time\n\
                    subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n\
                    time.sleep(600)";
    let mut lacuna = Command::new("python3")
        .args(["-c", stand_in])
        .arg(program())
        .args(["__supervise", "python3", "-c", FAMILY])
        .arg(&notes)
        .arg("stay")
        .spawn()
        .expect("the stand-in starts");
    let members = family(&notes, 4);
    lacuna.kill().expect("killed");
    until(Duration::from_secs(2), "all are gone", || !members.iter().any(|pid| lives(*pid)));
    lacuna.wait().expect("reaped");
}

#[test]
fn nothing_outlives_a_supervisor_that_is_asked_to_end() {
    let (_folder, notes) = notes();
    let mut supervisor = supervised(&notes, "stay");
    let members = family(&notes, 4);
    let pid = supervisor.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().is_ok_and(|status| status.success()));
    until(Duration::from_secs(2), "all are gone", || !members.iter().any(|pid| lives(*pid)));
    supervisor.wait().expect("reaped");
}

#[test]
fn what_the_child_leaves_behind_is_counted_and_killed() {
    let (_folder, notes) = notes();
    let mut supervisor = supervised(&notes, "leave");
    let lifeline = supervisor.stdin.take();
    let mut said = String::new();
    supervisor.stdout.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert!(said.ends_with("ended code 5 3\n"), "{said}");
    assert!(!family(&notes, 3).iter().any(|pid| lives(*pid)));
    drop(lifeline);
    supervisor.wait().expect("reaped");
}

/// A script that leaves orphans which end at once, and goes on itself.
const ORPHANS: &str = r"
import os, sys, time
for _ in range(50):
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            time.sleep(0.05)
        os._exit(0)
    os.waitpid(child, 0)
with open(sys.argv[1], 'a') as file:
    file.write('%d\n' % os.getpid())
time.sleep(600)
";

#[test]
fn orphans_that_end_are_reaped_while_the_child_goes_on() {
    let (_folder, notes) = notes();
    let mut supervisor = started(ORPHANS, &notes).spawn().expect("the supervisor starts");
    let child = family(&notes, 1)[0];
    let children = format!("/proc/{0}/task/{0}/children", supervisor.id());
    // Those that were adopted have ended, and nothing is left of them: no zombie, no number that is still taken.
    let only = |listed: String| listed.split_ascii_whitespace().all(|pid| pid == child.to_string());
    until(Duration::from_secs(5), "no orphan is left", || std::fs::read_to_string(&children).is_ok_and(only));
    assert!(lives(child));
    drop(supervisor.stdin.take());
    until(Duration::from_secs(2), "the child is gone", || !lives(child));
    supervisor.wait().expect("reaped");
}

#[test]
fn the_ladder_is_climbed_and_a_second_cancel_is_the_last() {
    let (_folder, notes) = notes();
    let mut supervisor = supervised(&notes, "stay");
    let members = family(&notes, 4);
    let mut lifeline = supervisor.stdin.take().expect("a pipe");
    let mut said = BufReader::new(supervisor.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(said.next().is_some_and(|line| line.starts_with("started ")));
    lifeline.write_all(b"cancel\n").expect("written");
    assert_eq!(said.next().as_deref(), Some("rung interrupt 3000"));
    lifeline.write_all(b"cancel\n").expect("written");
    assert!(said.next().is_some_and(|line| line.starts_with("rung kill ")));
    assert_eq!(said.next().as_deref(), Some("ended signal 9 0"));
    assert!(!members.iter().any(|pid| lives(*pid)));
    drop(lifeline);
    supervisor.wait().expect("reaped");
}

#[test]
fn a_child_has_no_terminal_and_nothing_to_read() {
    let question = "import os, sys\n\
                    try:\n    os.open('/dev/tty', os.O_RDWR)\n    print('tty')\n\
                    except OSError:\n    print('none')\n\
                    print(repr(sys.stdin.read()), os.getpgrp() == os.getpid(), os.getsid(0) == os.getppid())";
    let mut supervisor = Command::new(program())
        .args(["__supervise", "python3", "-c", question])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the supervisor starts");
    let lifeline = supervisor.stdin.take();
    let mut printed = String::new();
    supervisor.stderr.take().expect("a pipe").read_to_string(&mut printed).expect("text");
    assert_eq!(printed, "none\n'' True True\n");
    drop(lifeline);
    supervisor.wait().expect("reaped");
}

#[test]
fn a_program_that_is_not_there_is_said() {
    let output = Command::new(program()).args(["__supervise", "/no/such/python"]).output().expect("it runs");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("failed "), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
}

/// A tree of processes, each in a session of its own, all deaf, that never stop forking.
const TREE: &str = r"
import os, signal, sys, time
for deaf in (signal.SIGINT, signal.SIGTERM):
    signal.signal(deaf, signal.SIG_IGN)
def grow(depth):
    os.setsid() if depth else None
    with open(sys.argv[1], 'a') as file:
        file.write('%d\n' % os.getpid())
    for _ in range(2 if depth < 4 else 0):
        if os.fork() == 0:
            grow(depth + 1)
    while True:
        if os.fork() == 0:
            os._exit(0)
        os.wait()
grow(0)
";

#[test]
fn a_tree_that_never_stops_forking_is_felled() {
    let (_folder, notes) = notes();
    let mut supervisor = started(TREE, &notes).spawn().expect("the supervisor starts");
    let members = family(&notes, 31);
    drop(supervisor.stdin.take());
    // Thirty-one processes share the processors with the supervisor; alone it needs half a second.
    until(Duration::from_secs(10), "all are gone", || !members.iter().any(|pid| lives(*pid)));
    supervisor.wait().expect("reaped");
}
