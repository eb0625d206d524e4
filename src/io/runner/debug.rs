//! A program that gets the terminal, as a debugger needs it, and still leaves nothing behind: it has a supervisor of its own.
//!
//! The supervisor stays in lacuna's own group, so that the keys of the terminal reach the program. Its standard input is the
//! terminal; its standard output is the lifeline: when nobody reads it any more, lacuna is gone.

use crate::base::Problem;
use crate::domain::suite::Exit;
use crate::io::runner::Launch;
use crate::io::runner::said::Said;
use crate::io::runner::supervise::{Told, Watch, reap, say};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::Pid;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};

/// What stands before the program where a person wants to read what it left before the screen comes back.
const STAYING: &str = "--staying";

/// Runs `launch` in the foreground and waits for its end. With `stays`, it keeps the terminal until the person has read what
/// it left. `front` is told the supervisor while that has the terminal.
///
/// # Errors
/// It can't be started, or nobody said how it ended.
pub fn debug(supervisor: &Path, launch: &Launch, stays: bool, front: impl Fn(Option<Pid>)) -> Result<Exit, Problem> {
    let lost = |error: std::io::Error| Problem::error(launch.program.to_string_lossy(), error.to_string());
    launch.write()?;
    let screen = std::io::stdout().as_fd().try_clone_to_owned().map_err(lost)?;
    in_front(supervisor, launch, stays, (Stdio::inherit(), screen.into()), front)
}

/// Runs `launch` to its end. It reads nothing, and what it says goes to standard error: data alone go to standard output.
///
/// # Errors
/// It can't be started, or nobody said how it ended.
pub fn attend(supervisor: &Path, launch: &Launch) -> Result<Exit, Problem> {
    in_front(supervisor, launch, false, (Stdio::null(), Stdio::inherit()), |_| {})
}

fn in_front(
    supervisor: &Path,
    launch: &Launch,
    stays: bool,
    (input, screen): (Stdio, Stdio),
    front: impl Fn(Option<Pid>),
) -> Result<Exit, Problem> {
    let lost = |why: String| Problem::error(launch.program.to_string_lossy(), why);
    let mut command = Command::new(supervisor);
    command.arg("__debug").args(stays.then_some(STAYING)).arg(&launch.program).args(launch.arguments());
    command.env_clear().envs(launch.environment.iter()).current_dir(&launch.directory);
    let started = command.stdin(input).stdout(Stdio::piped()).stderr(screen).spawn();
    let mut child = started.map_err(|error| lost(format!("the supervisor can't be started: {error}")))?;
    front(number(&child));
    let mut ended = Err(lost("it ended without a word".to_owned()));
    for line in child.stdout.take().into_iter().flat_map(|said| BufReader::new(said).lines()).map_while(Result::ok) {
        match Said::read(&line) {
            Some(Said::Ended { exit, .. }) => ended = Ok(exit),
            Some(Said::Failed(why)) => ended = Err(lost(why)),
            _ => {}
        }
    }
    let _ = child.wait();
    front(None);
    ended
}

fn number(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// The supervisor itself: runs `args` (a program and its arguments), and returns its own exit code. Called first thing in
/// `main`, before any thread or runtime is started.
#[must_use]
pub fn supervise_debugger(args: impl IntoIterator<Item = OsString>) -> i32 {
    let mut args = args.into_iter().peekable();
    let stays = args.next_if(|word| word == STAYING).is_some();
    let (sender, receiver) = channel();
    let over = Arc::new(AtomicBool::new(false));
    listen_to_signals(sender.clone(), Arc::clone(&over));
    listen_to_lifeline(sender.clone());
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    let Some(program) = args.next() else {
        say(&Said::Failed("no program was named".into()));
        return 2;
    };
    let output = std::io::stderr().as_fd().try_clone_to_owned().map(Stdio::from);
    let child = output.and_then(|output| Command::new(program).args(args).stdout(output).spawn());
    let leader = match child {
        Ok(child) => number(&child),
        Err(error) => {
            say(&Said::Failed(error.to_string()));
            return 1;
        }
    };
    let Some(leader) = leader else { return 1 };
    say(&Said::Started(leader.as_raw_nonzero().get()));
    reap(sender);
    let gone = Watch::new(leader, None).run(&receiver);
    over.store(true, Ordering::SeqCst);
    if stays && !gone {
        eprint!("\nlacuna: pytest has ended; enter goes back ");
        let _ = std::io::stdin().lock().read_line(&mut String::new());
    }
    0
}

/// The end of the lifeline means that lacuna is gone.
fn listen_to_lifeline(sender: Sender<Told>) {
    std::thread::spawn(move || {
        let output = std::io::stdout();
        let mut ends = [PollFd::new(&output, PollFlags::empty())];
        while poll(&mut ends, None) == Err(rustix::io::Errno::INTR) {}
        let _ = sender.send(Told::Gone);
    });
}

/// Takes the signals that end a program; those of the terminal's keys are for the program, which has them as well. When all
/// is over, a signal ends the supervisor itself.
fn listen_to_signals(sender: Sender<Told>, over: Arc<AtomicBool>) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT]) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever().filter(|signal| matches!(*signal, SIGTERM | SIGHUP)) {
            if over.load(Ordering::SeqCst) {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
            let _ = sender.send(Told::Gone);
        }
    });
}
