//! A place for one answer: late answers are dropped, a failure keeps the last good value.

use crate::base::Problem;

/// The number of a question, never used twice in a sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Ticket(pub u64);

/// One value that is asked for from outside. At most one question is open at a time: the last one.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot<T> {
    open: Option<Ticket>,
    value: Option<T>,
    failure: Option<Problem>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { open: None, value: None, failure: None }
    }
}

impl<T> Slot<T> {
    /// Asks under a new ticket; answers to earlier questions are late from now on. Gives the ticket back.
    pub const fn ask(&mut self, ticket: Ticket) -> Ticket {
        self.open = Some(ticket);
        ticket
    }

    /// Takes the last answer to a question. A failure keeps the value that was there. False for a late answer.
    pub fn settle(&mut self, ticket: Ticket, answer: Result<T, Problem>) -> bool {
        if self.open != Some(ticket) {
            return false;
        }
        self.open = None;
        match answer {
            Ok(value) => (self.value, self.failure) = (Some(value), None),
            Err(problem) => self.failure = Some(problem),
        }
        true
    }

    /// Takes a part of an answer that goes on. False for a late one.
    pub fn advance(&mut self, ticket: Ticket, value: T) -> bool {
        let wanted = self.open == Some(ticket);
        if wanted {
            (self.value, self.failure) = (Some(value), None);
        }
        wanted
    }

    /// Puts a value in place without a question; answers under way are late from now on.
    pub fn put(&mut self, value: T) {
        *self = Self { open: None, value: Some(value), failure: None };
    }

    /// Forgets value and failure; answers under way are late from now on.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether an answer with this ticket is the one waited for.
    #[must_use]
    pub fn awaits(&self, ticket: Ticket) -> bool {
        self.open == Some(ticket)
    }

    /// The last good value.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Why the last answer was no value; the value is then older than the question.
    #[must_use]
    pub const fn failure(&self) -> Option<&Problem> {
        self.failure.as_ref()
    }

    /// Whether an answer is still to come.
    #[must_use]
    pub const fn waiting(&self) -> bool {
        self.open.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{Slot, Ticket};
    use crate::base::Problem;

    #[test]
    fn late_answers_are_dropped() {
        let mut slot = Slot::default();
        let first = slot.ask(Ticket(1));
        let second = slot.ask(Ticket(2));
        assert!(!slot.settle(first, Ok(1)));
        assert_eq!((slot.value(), slot.waiting()), (None, true));
        assert!(slot.settle(second, Ok(2)));
        assert!(!slot.settle(second, Ok(3)), "a question has one answer");
        assert_eq!((slot.value(), slot.waiting()), (Some(&2), false));
    }

    #[test]
    fn a_failure_keeps_the_last_good_value() {
        let mut slot = Slot::default();
        slot.put(1);
        let ticket = slot.ask(Ticket(1));
        slot.settle(ticket, Err(Problem::error("x.json", "is not whole")));
        assert_eq!(slot.value(), Some(&1));
        assert!(slot.failure().is_some());
        let ticket = slot.ask(Ticket(2));
        assert!(slot.advance(ticket, 4) && slot.waiting());
        assert!(slot.failure().is_none());
    }
}
