//! One target or rule, and where it stands.

use crate::base::{Clean, RepoPath};
use crate::domain::ledger::Figure;

/// Whether a rule holds. The order is from the worst to the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It does not hold.
    Failed,
    /// The data do not say: there are none, or they are older than what they are about.
    Untold,
    /// It holds.
    Held,
    /// Nothing is demanded.
    Free,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Untold => "can't tell",
            Self::Held => "held",
            Self::Free => "no target",
        }
    }

    /// The sign for it.
    #[must_use]
    pub const fn glyph(self) -> char {
        match self {
            Self::Failed => '✗',
            Self::Untold => '?',
            Self::Held => '✓',
            Self::Free => '·',
        }
    }
}

/// A place that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, where there is one in the project.
    pub path: Option<RepoPath>,
    /// The first and the last line.
    pub lines: Option<(u32, u32)>,
    /// What is there.
    pub what: Clean,
}

impl Place {
    /// A place in a file.
    #[must_use]
    pub fn new(path: Option<RepoPath>, lines: Option<(u32, u32)>, what: &str) -> Self {
        Self { path, lines, what: Clean::line(what) }
    }

    /// Where it is, as people write it: `shop/orders.py:12–18`; empty where nobody knows.
    #[must_use]
    pub fn words(&self) -> String {
        let path = self.path.as_ref().map(|path| path.clean().to_string()).unwrap_or_default();
        match self.lines {
            Some((first, last)) if first == last => format!("{path}:{first}"),
            Some((first, last)) => format!("{path}:{first}–{last}"),
            None => path,
        }
    }
}

/// One target or rule, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// The setting that demands it.
    pub rule: Clean,
    /// What it is about.
    pub about: Clean,
    /// Whether it holds.
    pub verdict: Verdict,
    /// What is demanded; empty where nothing is.
    pub wanted: Clean,
    /// What was found; empty where nothing is known.
    pub found: Clean,
    /// What qualifies that, or why nobody can tell; may be empty.
    pub why: Clean,
    /// The figure behind it, where it is one of coverage.
    pub figure: Option<Figure>,
    /// The places to look at, the worst first.
    pub places: Vec<Place>,
    /// The command to type next; may be empty.
    pub next: Clean,
}

impl Ruling {
    /// A rule of which nothing is found yet.
    #[must_use]
    pub fn new(rule: &str, about: &str, wanted: &str) -> Self {
        let nothing = Clean::default;
        Self {
            rule: Clean::line(rule),
            about: Clean::line(about),
            verdict: Verdict::Free,
            wanted: Clean::line(wanted),
            found: nothing(),
            why: nothing(),
            figure: None,
            places: Vec::new(),
            next: nothing(),
        }
    }

    /// The same with what was found, and whether that will do.
    #[must_use]
    pub fn found(mut self, what: &str, holds: bool) -> Self {
        self.verdict = if holds { Verdict::Held } else { Verdict::Failed };
        self.found = Clean::line(what);
        self
    }

    /// The same, of which nobody can tell.
    #[must_use]
    pub fn untold(mut self, why: &str) -> Self {
        self.verdict = Verdict::Untold;
        self.why = Clean::line(why);
        self
    }

    /// The same with what qualifies it.
    #[must_use]
    pub fn because(mut self, why: &str) -> Self {
        self.why = Clean::line(why);
        self
    }

    /// The same with places, where it does not hold.
    #[must_use]
    pub fn at(mut self, places: Vec<Place>) -> Self {
        self.places = places;
        self
    }

    /// The same with the command to type next, where it does not hold.
    #[must_use]
    pub fn next(mut self, command: &str) -> Self {
        if matches!(self.verdict, Verdict::Failed | Verdict::Untold) {
            self.next = Clean::line(command);
        }
        self
    }
}

/// What all rules come to: a failure is certain, whatever else can't be told; nothing where there is no rule.
#[must_use]
pub fn verdict(rulings: &[Ruling]) -> Option<Verdict> {
    rulings.iter().map(|ruling| ruling.verdict).filter(|verdict| *verdict != Verdict::Free).min()
}

#[cfg(test)]
mod tests {
    use super::{Ruling, Verdict, verdict};

    #[test]
    fn a_failure_outweighs_what_nobody_can_tell_and_no_rule_holds_nothing() {
        let rule = || Ruling::new("gate.coverage", "coverage", "80%");
        let (held, failed, untold) =
            (rule().found("90%", true), rule().found("10%", false), rule().untold("no report"));
        assert_eq!(verdict(&[held.clone(), untold.clone(), failed]), Some(Verdict::Failed));
        assert_eq!(verdict(&[held.clone(), untold]), Some(Verdict::Untold));
        assert_eq!(verdict(std::slice::from_ref(&held)), Some(Verdict::Held));
        assert_eq!(verdict(&[rule()]), None);
        assert!(held.next("lacuna report").next.is_empty());
    }
}
