//! The supervisor: a process of its own between lacuna and what it runs.
//!
//! It owns one child and everything that descends from it. Its standard input is a lifeline: when the other end is
//! gone, for whatever reason, nothing below the supervisor outlives it. It never waits for anything that can hang.
//!
//! | channel | what it carries |
//! |---|---|
//! | standard input | the lines `cancel`, `kill` and `stacks`; its end means that lacuna is gone |
//! | standard output | the lines of [`Said`] |
//! | standard error | what the child prints, both streams merged |

use crate::domain::suite::Exit;
use crate::io::runner::carry::{Carrier, LOOK, Loaded};
use crate::io::runner::family;
use crate::io::runner::said::{Rung, Said};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, wait};
use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How long what is left may live after the child itself has ended.
const LEAK: Duration = Duration::from_millis(200);
/// How long after an interrupt a termination follows, and how long after that the end.
const PATIENT: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(2));
/// The same when lacuna is gone.
const HASTY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(200));
/// How long the other end may take to kill what runs there, once its channel is closed.
const FAREWELL: Duration = Duration::from_millis(500);
/// How often what does not die is killed again.
const AGAIN: Duration = Duration::from_millis(15);
/// When the supervisor gives up on processes that cannot be killed, such as those that wait for a dead disk.
const HOPELESS: Duration = Duration::from_secs(10);

/// What stands before the program of a run that is elsewhere; the private directory of the run follows.
const CARRYING: &str = "--carrying=";

/// The argument by which a supervisor is told that what it starts leads elsewhere.
#[must_use]
pub fn carrying(folder: &Path) -> OsString {
    let mut word = OsString::from(CARRYING);
    word.push(folder);
    word
}

/// What the supervisor is told.
pub enum Told {
    /// The next step of the ladder.
    Cancel,
    /// The last step at once.
    Kill,
    /// Every process below is asked where it is.
    Stacks,
    /// Any other line of lacuna's: what a fork server is asked for.
    Asked(String),
    /// A line of the fork server.
    Answered(String),
    /// lacuna is gone, or somebody ends the supervisor itself.
    Gone,
    /// A child, or an orphan that was adopted, has ended.
    Reaped(Pid, Exit),
    /// No process is left below the supervisor.
    Alone,
}

/// Runs `args` (a program and its arguments) as the supervisor does, and returns the exit code of the supervisor.
/// Called first thing in `main`, before any thread or runtime is started.
#[must_use]
pub fn supervise(args: impl IntoIterator<Item = OsString>) -> i32 {
    let mut args = args.into_iter();
    let (sender, receiver) = settle_down();
    let mut first = args.next();
    let folder = first.as_deref().and_then(carried);
    if folder.is_some() {
        first = args.next();
    }
    let Some(program) = first else {
        say(&Said::Failed("no program was named".into()));
        return 2;
    };
    match spawn(program, args, folder.as_deref()) {
        Ok((leader, carrier)) => {
            say(&Said::Started(leader.as_raw_nonzero().get()));
            listen_to_lacuna(sender.clone());
            reap(sender);
            Watch::new(leader, None).with(carrier).run(&receiver);
            0
        }
        Err(error) => {
            say(&Said::Failed(error.to_string()));
            1
        }
    }
}

/// Becomes the head of a family: the channel brings what it is told.
pub fn settle_down() -> (Sender<Told>, Receiver<Told>) {
    let (sender, receiver) = channel();
    listen_to_signals(sender.clone());
    // A session of its own: no terminal, and no signal from one. It fails when this is already the leader of one.
    let _ = rustix::process::setsid();
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    (sender, receiver)
}

/// The directory that a first argument names, if it is the one of [`carrying`].
fn carried(argument: &OsStr) -> Option<PathBuf> {
    let folder = argument.as_bytes().strip_prefix(CARRYING.as_bytes())?;
    Some(OsString::from_vec(folder.to_vec()).into())
}

/// Starts the child; one that leads elsewhere has a channel for its input and output.
fn spawn(
    program: OsString,
    args: impl Iterator<Item = OsString>,
    folder: Option<&Path>,
) -> std::io::Result<(Pid, Option<Carrier>)> {
    let output = || std::io::stderr().as_fd().try_clone_to_owned().map(Stdio::from);
    let loaded = folder.map(Loaded::read).transpose()?;
    let here = loaded.is_none();
    let mut child = Command::new(program)
        .args(args)
        .stdin(if here { Stdio::null() } else { Stdio::piped() })
        .stdout(if here { output()? } else { Stdio::piped() })
        .stderr(output()?)
        .process_group(0)
        .spawn()?;
    let carrier = match (loaded, child.stdin.take(), child.stdout.take()) {
        (Some(loaded), Some(stdin), Some(stdout)) => Some(Carrier::start(loaded, stdin, stdout)),
        _ => None,
    };
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.map(|pid| (pid, carrier)).ok_or_else(|| std::io::Error::other("the child has no number"))
}

/// Says a line to lacuna.
pub fn say(said: &Said) {
    // When nobody listens the duty goes on.
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{said}");
    let _ = output.flush();
}

fn listen_to_signals(sender: Sender<Told>) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT]) else { return };
    std::thread::spawn(move || {
        for _ in signals.forever() {
            let _ = sender.send(Told::Gone);
        }
    });
}

/// Takes the lines of lacuna; their end means that it is gone.
pub fn listen_to_lacuna(sender: Sender<Told>) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            match line.as_deref() {
                Ok("cancel") => drop(sender.send(Told::Cancel)),
                Ok("kill") => drop(sender.send(Told::Kill)),
                Ok("stacks") => drop(sender.send(Told::Stacks)),
                Ok(other) => drop(sender.send(Told::Asked(other.to_owned()))),
                Err(_) => break,
            }
        }
        let _ = sender.send(Told::Gone);
    });
}

/// Reaps every child, those that were adopted too. When none is left, nothing descends from the supervisor any more.
pub fn reap(sender: Sender<Told>) {
    std::thread::spawn(move || {
        loop {
            match wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) => {
                    let code = status.exit_status().map(Exit::Code);
                    let exit = code.or_else(|| status.terminating_signal().map(Exit::Signal));
                    let _ = sender.send(Told::Reaped(pid, exit.unwrap_or(Exit::Lost)));
                }
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => break,
            }
        }
        let _ = sender.send(Told::Alone);
    });
}

/// The watch over one leader and all that descends from it.
pub struct Watch {
    leader: Pid,
    /// A fork server that goes on when the leader has ended.
    server: Option<Pid>,
    exit: Option<Exit>,
    rung: Option<Rung>,
    pace: (Duration, Duration),
    next: Option<Instant>,
    hopeless: Option<Instant>,
    leaked: usize,
    carrier: Option<Carrier>,
    /// When it was last looked whether the other end is silent.
    looked: Instant,
    /// Whether it was given up for that.
    is_lost: bool,
}

impl Watch {
    /// A watch that begins.
    pub fn new(leader: Pid, server: Option<Pid>) -> Self {
        let (exit, rung, next, hopeless, carrier) = (None, None, None, None, None);
        let (looked, is_lost) = (Instant::now(), false);
        Self { leader, server, exit, rung, pace: PATIENT, next, hopeless, leaked: 0, carrier, looked, is_lost }
    }

    /// The same over a child that leads elsewhere, if it does.
    fn with(self, carrier: Option<Carrier>) -> Self {
        Self { carrier, ..self }
    }

    /// Watches until nothing is left but the fork server, and says how the leader ended. The answer is whether lacuna
    /// is gone.
    pub fn run(mut self, receiver: &Receiver<Told>) -> bool {
        let mut gone = false;
        while self.exit.is_none() || self.server.is_none() || !family::living(self.server).is_empty() {
            let look = self.carrier.as_ref().map(|_| self.looked + LOOK);
            let told = match self.next.into_iter().chain(look).min() {
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(next) => receiver.recv_timeout(next.saturating_duration_since(Instant::now())),
            };
            match told {
                Ok(Told::Alone) => break,
                Ok(told) => {
                    gone |= matches!(told, Told::Gone);
                    self.hear(&told);
                }
                Err(_) if self.hopeless.is_some_and(|end| Instant::now() > end) => break,
                Err(_) if self.next.is_some_and(|next| Instant::now() >= next) => self.wake(),
                Err(_) => self.look(),
            }
        }
        if cfg!(not(target_os = "linux")) {
            let _ = kill_process_group(self.leader, Signal::KILL);
        }
        if let Some(carrier) = self.carrier.take() {
            // Of what is left here none are tests: a client may keep a connection for the next time.
            self.leaked = 0;
            if let Some((exit, leaked)) = carrier.finish() {
                (self.exit, self.leaked) = (Some(exit), leaked);
            } else if self.is_lost {
                self.exit = None;
            }
        }
        say(&Said::Ended { exit: self.exit.unwrap_or(Exit::Lost), leaked: self.leaked });
        gone
    }

    /// Takes what the supervisor is told.
    pub fn hear(&mut self, told: &Told) {
        match told {
            Told::Cancel if self.rung.is_none() && self.exit.is_none() => self.climb(Rung::Interrupt),
            Told::Cancel | Told::Kill => self.climb(Rung::Kill),
            // Whoever does not know this signal ignores it.
            Told::Stacks if cfg!(target_os = "linux") => family::signal(&family::living(self.server), Signal::URG),
            Told::Stacks if self.exit.is_none() => drop(kill_process_group(self.leader, Signal::URG)),
            Told::Stacks => {}
            Told::Gone => {
                self.pace = HASTY;
                if self.rung.is_none() && self.exit.is_none() {
                    self.climb(Rung::Interrupt);
                } else {
                    let soon = Instant::now() + HASTY.1;
                    self.next = Some(self.next.map_or(soon, |next| next.min(soon)));
                }
            }
            Told::Reaped(pid, exit) if *pid == self.leader => {
                self.exit = Some(*exit);
                if self.rung != Some(Rung::Kill) {
                    self.next = Some(Instant::now() + LEAK);
                }
            }
            Told::Reaped(..) | Told::Alone | Told::Asked(_) | Told::Answered(_) => {}
        }
    }

    /// Looks whether the other end still gives signs of life. One that gives none is given up: nobody would hear what is
    /// said, and it ends by itself what it has.
    fn look(&mut self) {
        let before = std::mem::replace(&mut self.looked, Instant::now());
        let silent = self.carrier.as_mut().and_then(|carrier| carrier.is_silent(before));
        let Some((since, is_end)) = silent.filter(|_| self.exit.is_none() && !self.is_lost) else { return };
        say(&Said::Silent { since, is_end });
        if is_end {
            self.is_lost = true;
            self.climb(Rung::Kill);
        }
    }

    /// The time for the present step is over.
    fn wake(&mut self) {
        if self.exit.is_some() && self.rung != Some(Rung::Kill) {
            self.leaked = family::living(self.server).len();
            return self.climb(Rung::Kill);
        }
        self.climb(match self.rung {
            None => Rung::Interrupt,
            Some(Rung::Interrupt) => Rung::Terminate,
            Some(Rung::Terminate | Rung::Kill) => Rung::Kill,
        });
    }

    fn climb(&mut self, rung: Rung) {
        let now = Instant::now();
        let wait = match rung {
            Rung::Interrupt => self.pace.0,
            Rung::Terminate => self.pace.1,
            Rung::Kill => AGAIN,
        };
        if self.rung != Some(rung) && self.exit.is_none() {
            say(&Said::Rung(rung, wait));
        }
        self.rung = Some(rung);
        self.next = Some(now + wait);
        match (rung, &mut self.carrier) {
            // The tests are at the other end; a client that is killed would leave them there.
            (Rung::Interrupt, Some(carrier)) if carrier.has_answered() => carrier.tell(b"interrupt\n"),
            (Rung::Terminate, Some(carrier)) if carrier.has_answered() => carrier.tell(b"terminate\n"),
            (Rung::Kill, Some(carrier)) if !carrier.is_closed() => {
                carrier.close();
                self.next = Some(now + FAREWELL);
            }
            (rung, _) => self.signal(rung, now),
        }
    }

    fn signal(&mut self, rung: Rung, now: Instant) {
        match rung {
            // pytest's own group only: it ends its workers itself and writes its reports.
            Rung::Interrupt => self.signal_group(Signal::INT),
            Rung::Terminate => {
                self.signal_group(Signal::TERM);
                family::signal(&family::living(self.server), Signal::TERM);
            }
            Rung::Kill => {
                self.hopeless.get_or_insert(now + HOPELESS);
                family::kill(self.server);
                if cfg!(not(target_os = "linux")) {
                    self.signal_group(Signal::KILL);
                }
            }
        }
    }

    /// A group may be stopped; it has to go on to hear the signal.
    fn signal_group(&self, signal: Signal) {
        if self.exit.is_none() {
            for signal in [signal, Signal::CONT] {
                // Who has the terminal is in lacuna's group, and heads none.
                if kill_process_group(self.leader, signal).is_err() {
                    let _ = kill_process(self.leader, signal);
                }
            }
        }
    }
}
