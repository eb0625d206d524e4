//! All processes below this one, found and signalled.

use rustix::process::{Pid, Signal};
use std::collections::BTreeSet;

/// A process, named so that a recycled number is noticed: by its number and the time of its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relative {
    pid: Pid,
    started: u64,
}

/// Every living process that descends from this one, without `spared` and what is below it. With this process as subreaper that includes whatever called
/// `setsid` or was forked twice. Empty on systems without `/proc`.
#[must_use]
pub fn living(spared: Option<Pid>) -> Vec<Relative> {
    let mut found = Vec::new();
    walk(spared, |relative| found.push(relative));
    found
}

/// Visits every living descendant, parents first. A visitor that stops a process keeps it from having further
/// children before they are looked for: otherwise a tree that forks faster than it is read would have no end.
fn walk(spared: Option<Pid>, mut visit: impl FnMut(Relative)) {
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let mut seen = BTreeSet::from([own]);
    seen.extend(spared.map(|spared| spared.as_raw_nonzero().get()));
    let mut parents = vec![own];
    while let Some(parent) = parents.pop() {
        for child in children(parent) {
            let Some((relative, _, state)) = stat(child).filter(|_| seen.insert(child)) else { continue };
            if !matches!(state, 'Z' | 'X') {
                visit(relative);
            }
            parents.push(child);
        }
    }
}

/// Sends `signal` to each of them, as long as it is still the same process.
pub fn signal(relatives: &[Relative], signal: Signal) {
    for relative in relatives {
        signal_one(*relative, signal);
    }
}

/// Stops everything below this process, so that nothing can fork any more, and then kills it. Called until nothing is
/// left. `spared` and what is below it go on.
pub fn kill(spared: Option<Pid>) {
    let mut known = usize::MAX;
    for _ in 0..8 {
        let mut count = 0;
        walk(spared, |relative| {
            signal_one(relative, Signal::STOP);
            count += 1;
        });
        if count == known {
            break;
        }
        known = count;
    }
    signal(&living(spared), Signal::KILL);
}

#[cfg(target_os = "linux")]
fn signal_one(relative: Relative, signal: Signal) {
    use rustix::process::{PidfdFlags, kill_process, pidfd_open, pidfd_send_signal};
    // The descriptor pins the process; only then is it checked whether the number still means the same one.
    let handle = pidfd_open(relative.pid, PidfdFlags::empty());
    let same = stat(relative.pid.as_raw_nonzero().get()).is_some_and(|(now, _, _)| now == relative);
    if !same {
        return;
    }
    let _ = match handle {
        Ok(handle) => pidfd_send_signal(handle, signal),
        Err(rustix::io::Errno::NOSYS) => kill_process(relative.pid, signal),
        Err(error) => Err(error),
    };
}

#[cfg(not(target_os = "linux"))]
fn signal_one(relative: Relative, signal: Signal) {
    let _ = rustix::process::kill_process(relative.pid, signal);
}

/// The children of a process: those of all its threads.
#[cfg(target_os = "linux")]
fn children(parent: i32) -> Vec<i32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{parent}/task")) else { return Vec::new() };
    let mut found = Vec::new();
    for thread in threads.flatten() {
        match std::fs::read_to_string(thread.path().join("children")) {
            Ok(text) => found.extend(text.split_ascii_whitespace().filter_map(|number| number.parse::<i32>().ok())),
            // A kernel without this file; a thread that has just ended is no reason to look everywhere.
            Err(_) if thread.path().exists() => return children_by_search(parent),
            Err(_) => {}
        }
    }
    found
}

/// The same by looking at every process there is. The numbers are taken first: what is forked meanwhile is found by
/// the next walk.
#[cfg(target_os = "linux")]
fn children_by_search(parent: i32) -> Vec<i32> {
    let Ok(folder) = std::fs::read_dir("/proc") else { return Vec::new() };
    let numbers = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let numbers: Vec<i32> = numbers.take(1 << 16).collect();
    numbers.into_iter().filter(|number| stat(*number).is_some_and(|(_, of, _)| of == parent)).collect()
}

#[cfg(not(target_os = "linux"))]
fn children(_parent: i32) -> Vec<i32> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
fn stat(_number: i32) -> Option<(Relative, i32, char)> {
    None
}

/// The process with this number, its parent and its state.
#[cfg(target_os = "linux")]
fn stat(number: i32) -> Option<(Relative, i32, char)> {
    let bytes = std::fs::read(format!("/proc/{number}/stat")).ok()?;
    parse_stat(number, &String::from_utf8_lossy(&bytes))
}

/// `/proc/PID/stat`: the name stands in parentheses and may hold anything, so fields count from the last `)`.
#[cfg(target_os = "linux")]
fn parse_stat(number: i32, text: &str) -> Option<(Relative, i32, char)> {
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let started = fields.nth(17)?.parse().ok()?;
    Some((Relative { pid: Pid::from_raw(number)?, started }, parent, state))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{children, children_by_search, living, parse_stat, stat};

    #[test]
    fn a_name_cannot_fool_the_reader() {
        let text = "7 (a) R 1 (b)) S 5 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4242 1 1";
        let (relative, parent, state) = parse_stat(7, text).expect("fields");
        assert_eq!((relative.started, parent, state), (4242, 5, 'S'));
        assert!(parse_stat(7, "7 (x) S 1").is_none());
    }

    #[test]
    fn this_process_is_found_by_its_number() {
        let own = i32::try_from(std::process::id()).expect("a number");
        assert!(stat(own).is_some());
        assert!(living(None).iter().all(|relative| relative.pid.as_raw_nonzero().get() != own));
    }

    #[test]
    fn both_ways_find_a_child() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("a child");
        let number = i32::try_from(child.id()).expect("a number");
        let own = i32::try_from(std::process::id()).expect("a number");
        assert!(children(own).contains(&number) && children_by_search(own).contains(&number));
        assert!(living(None).iter().any(|relative| relative.pid.as_raw_nonzero().get() == number));
        child.kill().expect("killed");
        child.wait().expect("reaped");
    }
}
