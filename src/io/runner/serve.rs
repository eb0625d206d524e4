//! The supervisor of a fork server: it owns the server and the runs that are forked from it, one at a time.
//!
//! Its channels are those of the supervisor of one run. Beside `cancel` and `kill` it takes the requests of the server
//! (`run FILE`, `grow FILE`), and says what the server answers. A run is an orphan when it begins: it is adopted here, so
//! that its end and everything it leaves behind are known as those of a run that was started here.

use crate::domain::suite::Exit;
use crate::io::runner::family;
use crate::io::runner::said::Said;
use crate::io::runner::supervise::{Told, Watch, listen_to_lacuna, reap, say, settle_down};
use rustix::process::Pid;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

/// How long what is killed at the end may take to be gone.
const HOPELESS: Duration = Duration::from_secs(10);
/// How often what does not die is killed again.
const AGAIN: Duration = Duration::from_millis(15);

/// Runs `args` (a program and its arguments) as a fork server, and returns the exit code of the supervisor. Called first
/// thing in `main`, before any thread or runtime is started.
#[must_use]
pub fn serve(args: impl IntoIterator<Item = OsString>) -> i32 {
    let mut args = args.into_iter();
    let (sender, receiver) = settle_down();
    let Some(program) = args.next() else {
        say(&Said::Failed("no program was named".into()));
        return 2;
    };
    let started = spawn(program, args).and_then(|mut child| {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let parts = pid.zip(child.stdin.take()).zip(child.stdout.take());
        parts.ok_or_else(|| std::io::Error::other("the fork server has no channels"))
    });
    match started {
        Ok(((server, control), answers)) => {
            listen_to_lacuna(sender.clone());
            listen_to_server(answers, sender.clone());
            reap(sender);
            Service { server, control, ended: HashMap::new(), stopping: Vec::new() }.run(&receiver);
            0
        }
        Err(error) => {
            say(&Said::Failed(error.to_string()));
            1
        }
    }
}

fn spawn(program: OsString, args: impl Iterator<Item = OsString>) -> std::io::Result<Child> {
    let output = std::io::stderr().as_fd().try_clone_to_owned().map(Stdio::from)?;
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(output).process_group(0).spawn()
}

fn listen_to_server(answers: ChildStdout, sender: Sender<Told>) {
    std::thread::spawn(move || {
        for line in BufReader::new(answers).lines().map_while(Result::ok) {
            let _ = sender.send(Told::Answered(line));
        }
    });
}

/// The supervisor's state between runs.
struct Service {
    server: Pid,
    control: ChildStdin,
    /// Who ended without being known: a run may end before the server's word of it is read.
    ended: HashMap<Pid, Exit>,
    /// What came for a run that has been asked for and is not known yet.
    stopping: Vec<Told>,
}

impl Service {
    fn run(mut self, receiver: &Receiver<Told>) {
        while let Ok(told) = receiver.recv() {
            let goes_on = match told {
                Told::Asked(line) => self.ask(&line),
                Told::Answered(line) => self.answered(&line, receiver),
                Told::Reaped(pid, _) if pid == self.server => false,
                Told::Reaped(pid, exit) => {
                    self.ended.insert(pid, exit);
                    true
                }
                Told::Cancel | Told::Kill => {
                    self.stopping.push(told);
                    true
                }
                Told::Stacks => true,
                Told::Gone | Told::Alone => false,
            };
            if !goes_on {
                break;
            }
        }
        end(receiver);
    }

    fn ask(&mut self, line: &str) -> bool {
        self.ended.clear();
        self.stopping.clear();
        writeln!(self.control, "{line}").and_then(|()| self.control.flush()).is_ok()
    }

    /// Passes an answer on. A run that was forked is watched to its end.
    fn answered(&mut self, line: &str, receiver: &Receiver<Told>) -> bool {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let leader = if verb == "forked" { rest.parse().ok().and_then(Pid::from_raw) } else { None };
        let Some(leader) = leader else {
            if let Some(said) = Said::of_server(verb, rest) {
                say(&said);
            }
            return true;
        };
        say(&Said::Started(leader.as_raw_nonzero().get()));
        let mut watch = Watch::new(leader, Some(self.server));
        if let Some(exit) = self.ended.remove(&leader) {
            watch.hear(&Told::Reaped(leader, exit));
        }
        self.stopping.drain(..).for_each(|told| watch.hear(&told));
        !watch.run(receiver)
    }
}

/// Kills everything, the server too, and waits until it is gone.
fn end(receiver: &Receiver<Told>) {
    let hopeless = Instant::now() + HOPELESS;
    while Instant::now() < hopeless {
        family::kill(None);
        match receiver.recv_timeout(AGAIN) {
            Ok(Told::Alone) => break,
            _ if family::living(None).is_empty() => break,
            _ => {}
        }
    }
}
