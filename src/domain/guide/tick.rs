//! Ticking a guide off: what of it tests did, by the ledger, and what can't be told.

use super::function::Guide;
use super::item::{Item, Sign, Why};
use super::state::{State, Ticked};
use crate::domain::coverage::{Arc, LineSet, Ran};
use crate::domain::ledger::{LineState, Trace, Weakness};
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet};

/// Ticks a guide off.
#[must_use]
pub fn tick(guide: Guide, trace: &Trace) -> Ticked {
    let judge = Judge { trace, all: everybody(trace), caught: &guide.caught };
    let states = guide.items.iter().map(|item| judge.state(item)).collect();
    let around: LineSet = (guide.function.line..=guide.function.end).collect();
    let waiting = trace.tests.iter().filter(|traced| !traced.stale.is_disjoint(&around));
    Ticked {
        waiting: waiting.map(|traced| traced.test.clone()).collect(),
        states,
        guide,
        has_contexts: trace.has_contexts,
        has_arcs: trace.has_arcs,
    }
}

/// What is known to have run, whoever ran it.
fn everybody(trace: &Trace) -> Ran {
    let standing = &trace.standing;
    let not_taken: BTreeSet<Arc> = standing.missing_branches.iter().chain(&standing.open_branches).copied().collect();
    let taken = trace.branches.iter().filter(|(line, _)| standing.covered.contains(**line));
    let taken =
        taken.flat_map(|(&line, targets)| targets.iter().filter_map(move |&to| Some((i32::try_from(line).ok()?, to))));
    Ran::new(standing.covered.clone(), taken.filter(|arc| trace.has_arcs && !not_taken.contains(arc)).collect())
}

/// Whether something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Untold(Why),
}

/// What somebody ran.
#[derive(Clone, Copy)]
struct Seen<'a> {
    ran: &'a Ran,
    /// Whether all steps between its lines are there, and not only those at branches.
    is_whole: bool,
}

struct Judge<'a> {
    trace: &'a Trace,
    /// Where the function takes up what was raised.
    caught: &'a [u32],
    all: Ran,
}

impl Judge<'_> {
    fn state(&self, item: &Item) -> State {
        let standing = &self.trace.standing;
        let lines = item.sign.lines();
        let states: BTreeMap<u32, LineState> = lines.iter().map(|&line| (line, standing.line(line))).collect();
        if !states.is_empty() && states.values().all(|state| *state == LineState::Excluded) {
            return State::Excluded;
        }
        if !self.trace.is_measured {
            return State::Unknown;
        }
        let mut weak: BTreeMap<Weakness, Vec<TestId>> = BTreeMap::new();
        let (mut good, mut why) = (Vec::new(), None);
        for traced in &self.trace.tests {
            match (self.answer(&item.sign, Seen { ran: &traced.ran, is_whole: true }), traced.weakness) {
                (Answer::Yes, None) => good.push(traced.test.clone()),
                (Answer::Yes, Some(weakness)) => weak.entry(weakness).or_default().push(traced.test.clone()),
                (Answer::Untold(reason), None) => why = why.or(Some(reason)),
                _ => {}
            }
        }
        if !good.is_empty() {
            return State::Ticked(good);
        }
        let all = self.answer(&item.sign, Seen { ran: &self.all, is_whole: false });
        match (why, all, weak.into_iter().next()) {
            (Some(why), _, _) => State::Untold(why),
            (None, _, Some((weakness, tests))) => State::Unearned(tests, weakness),
            (None, Answer::Yes, None) => State::Somehow,
            _ if self.is_open(&item.sign, &states) => match states.values().any(|state| *state == LineState::Unknown) {
                true => State::Unknown,
                false => State::Stale,
            },
            (None, Answer::Untold(why), None) if self.others_ran(&lines) => State::Untold(why),
            _ if states.values().all(|state| *state == LineState::Blank) => State::Untold(Why::Silent),
            _ => State::Open,
        }
    }

    /// Whether something ran one of these lines that is none of the known tests: what those did is known.
    fn others_ran(&self, lines: &[u32]) -> bool {
        let by_tests = |line: u32| self.trace.tests.iter().any(|traced| traced.ran.lines.contains(line));
        lines.iter().any(|&line| self.trace.standing.covered.contains(line) && !by_tests(line))
    }

    /// Whether what would show it stands open.
    fn is_open(&self, sign: &Sign, states: &BTreeMap<u32, LineState>) -> bool {
        let branches = |line: u32, block: u32| {
            let mut open = self.trace.standing.open_branches.iter();
            open.any(|&(from, to)| from.unsigned_abs() == line && i32::try_from(block) != Ok(to))
        };
        let own = match sign {
            Sign::Past { line, block, .. } | Sign::NoTurn { line, block, .. } => branches(*line, *block),
            Sign::Leaves(line) => branches(*line, 0),
            Sign::Any(signs) => signs.iter().any(|sign| self.is_open(sign, &BTreeMap::new())),
            Sign::Hidden(within, _) => self.is_open(within, &BTreeMap::new()),
            Sign::Lines(_) | Sign::Done(..) => false,
        };
        own || states.values().any(|state| state.is_open())
    }

    /// Whether somebody who ran this did it.
    fn answer(&self, sign: &Sign, seen: Seen<'_>) -> Answer {
        let has = |line: u32| seen.ran.lines.contains(line);
        let yes = |is: bool| if is { Answer::Yes } else { Answer::No };
        match sign {
            Sign::Lines(lines) => yes(lines.iter().any(|line| has(*line))),
            Sign::Hidden(within, why) => match self.answer(within, seen) {
                Answer::No => Answer::No,
                _ => Answer::Untold(*why),
            },
            Sign::Any(signs) => self.any(signs, seen),
            Sign::Past { line, .. } | Sign::NoTurn { line, .. } | Sign::Leaves(line) | Sign::Done(line, _)
                if !has(*line) =>
            {
                Answer::No
            }
            Sign::Done(line, handlers) => self.done(seen, *line, handlers),
            Sign::Leaves(line) => match self.ways(*line) {
                Some(ways) => yes(ways.iter().any(|&to| to < 0 && took(seen, *line, to))),
                None => Answer::Untold(Why::Unbranched),
            },
            Sign::Past { line, block, next, others } => {
                if let Some(past) = self.past(seen, *line, *block) {
                    return yes(past);
                }
                let is_entered = has(*block) || others.iter().any(|line| has(*line));
                match next {
                    Some((next, alone)) if has(*next) && (*alone || !is_entered) => Answer::Yes,
                    Some((next, _)) if !has(*next) && !is_entered => Answer::No,
                    _ => Answer::Untold(Why::Unbranched),
                }
            }
            Sign::NoTurn { line, block, next } => match (self.past(seen, *line, *block), has(*block), next) {
                (Some(false), ..) => Answer::No,
                (_, true, _) => Answer::Untold(Why::Turns),
                (Some(true), false, _) => Answer::Yes,
                (None, false, Some(next)) => yes(has(*next)),
                (None, false, None) => Answer::Untold(Why::Unbranched),
            },
        }
    }

    /// Whether a line that ran was left for something else than a handler.
    fn done(&self, seen: Seen<'_>, line: u32, handlers: &[u32]) -> Answer {
        let is_handler = |to: i32| u32::try_from(to).is_ok_and(|to| handlers.contains(&to));
        if seen.is_whole && self.trace.has_arcs {
            let from = i32::try_from(line).unwrap_or(i32::MAX);
            let went_on = seen.ran.arcs.iter().any(|&(at, to)| at == from && !is_handler(to));
            return if went_on { Answer::Yes } else { Answer::No };
        }
        // Without steps: what no handler looked at was not raised.
        let is_caught = handlers.iter().any(|line| seen.ran.lines.contains(*line));
        if is_caught { Answer::Untold(Why::Unbranched) } else { Answer::Yes }
    }

    fn any(&self, signs: &[Sign], seen: Seen<'_>) -> Answer {
        let answers = signs.iter().map(|sign| self.answer(sign, seen));
        answers.fold(Answer::No, |all, one| match (all, one) {
            (Answer::Yes, _) | (_, Answer::Yes) => Answer::Yes,
            (Answer::No, one) => one,
            (all, _) => all,
        })
    }

    /// Where a line can go to, as far as that was measured.
    fn ways(&self, line: u32) -> Option<&[i32]> {
        let ways = self.trace.branches.get(&line).map(Vec::as_slice)?;
        (self.trace.has_arcs && !ways.is_empty()).then_some(ways)
    }

    /// Whether a line was left in another way than into its block; nothing where that was not measured.
    fn past(&self, seen: Seen<'_>, line: u32, block: u32) -> Option<bool> {
        let block = i32::try_from(block).ok()?;
        if let Some(ways) = self.ways(line).filter(|ways| ways.contains(&block)) {
            return Some(ways.iter().any(|&to| to != block && took(seen, line, to)));
        }
        if !seen.is_whole {
            // A report alone names the branches that were not taken, and no others.
            let mut missing = self.trace.standing.missing_branches.iter();
            return missing.any(|&(from, to)| from.unsigned_abs() == line && to != block).then_some(false);
        }
        let from = i32::try_from(line).ok().filter(|_| self.trace.has_arcs)?;
        let steps = || seen.ran.arcs.iter().filter(|arc| arc.0 == from && arc.1 != block).map(|arc| arc.1);
        // Who left the function or came to a handler may have done so by an exception.
        let is_sure = |to: i32| u32::try_from(to).is_ok_and(|to| !self.caught.contains(&to));
        match (steps().any(is_sure), steps().next()) {
            (true, _) => Some(true),
            (false, None) => Some(false),
            (false, Some(_)) => None,
        }
    }
}

/// Whether a step was taken.
fn took(seen: Seen<'_>, line: u32, to: i32) -> bool {
    i32::try_from(line).is_ok_and(|line| seen.ran.arcs.binary_search(&(line, to)).is_ok())
}
