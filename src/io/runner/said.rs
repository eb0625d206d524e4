//! The lines that the supervisor says to lacuna.

use crate::domain::suite::Exit;
use std::fmt;
use std::time::Duration;

/// A step of the ladder by which a run is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// It was asked to stop, as by ctrl-c.
    Interrupt,
    /// It was told to end.
    Terminate,
    /// Everything below it is killed.
    Kill,
}

impl Rung {
    /// One word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Interrupt => "interrupt",
            Self::Terminate => "terminate",
            Self::Kill => "kill",
        }
    }
}

/// One line of the supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The child runs, with this number.
    Started(i32),
    /// The child could not be started, and why.
    Failed(String),
    /// The run is being stopped; the next step follows after this time.
    Rung(Rung, Duration),
    /// Where the child leads, nothing has given a sign of life for so long.
    Silent {
        /// For how long.
        since: Duration,
        /// Whether that is the end of it; else it has not answered at all yet, and is waited for.
        is_end: bool,
    },
    /// The child has ended and nothing is left below the supervisor.
    Ended {
        /// How the child ended.
        exit: Exit,
        /// How many processes it had left behind; they were killed.
        leaked: usize,
    },
    /// The fork server is ready: its memory in kilobytes, and how many modules it holds.
    Ready {
        /// Kilobytes.
        memory: u64,
        /// Modules.
        modules: u64,
    },
    /// The fork server cannot serve this project, and why.
    Unfit(String),
    /// The fork server does not run what it was asked for, and why.
    Refused(String),
    /// The run is forked from the deeper server, whose memory is this, in kilobytes.
    Deep(u64),
    /// The run is not forked from the deeper server, and why.
    Shallow(String),
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started(pid) => write!(f, "started {pid}"),
            Self::Failed(why) => write!(f, "failed {}", why.replace('\n', " ")),
            Self::Rung(rung, wait) => write!(f, "rung {} {}", rung.word(), wait.as_millis()),
            Self::Silent { since, is_end } => write!(f, "silent {} {is_end}", since.as_millis()),
            Self::Ended { exit: Exit::Code(code), leaked } => write!(f, "ended code {code} {leaked}"),
            Self::Ended { exit: Exit::Signal(signal), leaked } => write!(f, "ended signal {signal} {leaked}"),
            Self::Ended { exit: Exit::Lost, leaked } => write!(f, "ended lost 0 {leaked}"),
            Self::Ready { memory, modules } => write!(f, "ready {memory} {modules}"),
            Self::Unfit(why) => write!(f, "unfit {}", why.replace('\n', " ")),
            Self::Refused(why) => write!(f, "refused {}", why.replace('\n', " ")),
            Self::Deep(memory) => write!(f, "deep {memory}"),
            Self::Shallow(why) => write!(f, "shallow {}", why.replace('\n', " ")),
        }
    }
}

impl Said {
    /// Reads a line that [`Said`] wrote; nothing for any other.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let (verb, rest) = line.split_once(' ')?;
        let words: Vec<&str> = rest.split(' ').collect();
        match (verb, words.as_slice()) {
            ("started", [pid]) => Some(Self::Started(pid.parse().ok()?)),
            ("failed", _) => Some(Self::Failed(rest.to_owned())),
            ("rung", [word, wait]) => {
                let rungs = [Rung::Interrupt, Rung::Terminate, Rung::Kill];
                let rung = rungs.into_iter().find(|rung| rung.word() == *word)?;
                Some(Self::Rung(rung, Duration::from_millis(wait.parse().ok()?)))
            }
            ("silent", [since, is_end]) => {
                Some(Self::Silent { since: Duration::from_millis(since.parse().ok()?), is_end: is_end.parse().ok()? })
            }
            ("ended", [kind, number, leaked]) => {
                let number = number.parse().ok()?;
                let exit = match *kind {
                    "code" => Exit::Code(number),
                    "signal" => Exit::Signal(number),
                    _ => Exit::Lost,
                };
                Some(Self::Ended { exit, leaked: leaked.parse().ok()? })
            }
            _ => Self::of_server(verb, rest),
        }
    }

    /// An answer of the fork server, which is passed on.
    #[must_use]
    pub fn of_server(verb: &str, rest: &str) -> Option<Self> {
        match verb {
            "ready" => {
                let (memory, modules) = rest.split_once(' ')?;
                Some(Self::Ready { memory: memory.parse().ok()?, modules: modules.parse().ok()? })
            }
            "unfit" => Some(Self::Unfit(rest.to_owned())),
            "refused" => Some(Self::Refused(rest.to_owned())),
            "deep" => Some(Self::Deep(rest.parse().ok()?)),
            "shallow" => Some(Self::Shallow(rest.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rung, Said};
    use crate::domain::suite::Exit;
    use std::time::Duration;

    #[test]
    fn lines_go_there_and_back() {
        for said in [
            Said::Started(12),
            Said::Failed("no such file".into()),
            Said::Rung(Rung::Terminate, Duration::from_millis(2000)),
            Said::Silent { since: Duration::from_secs(30), is_end: true },
            Said::Ended { exit: Exit::Code(1), leaked: 0 },
            Said::Ended { exit: Exit::Signal(9), leaked: 3 },
            Said::Ready { memory: 1, modules: 2 },
            Said::Unfit("why not".into()),
            Said::Refused("why not".into()),
            Said::Deep(3),
            Said::Shallow("why not".into()),
            Said::Ended { exit: Exit::Lost, leaked: 0 },
        ] {
            assert_eq!(Said::read(&said.to_string()), Some(said));
        }
        assert_eq!(Said::read("ended"), None);
        assert_eq!(Said::read("rung up 1"), None);
    }
}
