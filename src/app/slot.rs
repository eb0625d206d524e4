//! A place for one answer: late answers are dropped, a failure keeps the last good value.

use crate::base::Problem;

/// The number of a question. An answer that carries another number than the last one asked is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Ticket(pub u64);

/// One value that is asked for from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot<T> {
    last: Ticket,
    waiting: bool,
    value: Option<T>,
    failure: Option<Problem>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { last: Ticket(0), waiting: false, value: None, failure: None }
    }
}

impl<T> Slot<T> {
    /// The ticket of a new question; answers to earlier ones are late from now on.
    pub fn ask(&mut self) -> Ticket {
        self.last = Ticket(self.last.0 + 1);
        self.waiting = true;
        self.last
    }

    /// Takes the last answer to a question. A failure keeps the value that was there. False for a late answer.
    pub fn settle(&mut self, ticket: Ticket, answer: Result<T, Problem>) -> bool {
        if ticket != self.last || !self.waiting {
            return false;
        }
        self.waiting = false;
        match answer {
            Ok(value) => (self.value, self.failure) = (Some(value), None),
            Err(problem) => self.failure = Some(problem),
        }
        true
    }

    /// Takes a part of an answer that goes on. False for a late one.
    pub fn advance(&mut self, ticket: Ticket, value: T) -> bool {
        let wanted = ticket == self.last && self.waiting;
        if wanted {
            (self.value, self.failure) = (Some(value), None);
        }
        wanted
    }

    /// Puts a value in place without a question; answers under way are late from now on.
    pub fn put(&mut self, value: T) {
        self.last = Ticket(self.last.0 + 1);
        self.waiting = false;
        (self.value, self.failure) = (Some(value), None);
    }

    /// Forgets value and failure; answers under way are late from now on.
    pub fn clear(&mut self) {
        *self = Self { last: Ticket(self.last.0 + 1), ..Self::default() };
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
        self.waiting
    }
}

#[cfg(test)]
mod tests {
    use super::Slot;
    use crate::base::Problem;

    #[test]
    fn late_answers_are_dropped() {
        let mut slot = Slot::default();
        let first = slot.ask();
        let second = slot.ask();
        assert!(!slot.settle(first, Ok(1)));
        assert_eq!((slot.value(), slot.waiting()), (None, true));
        assert!(slot.settle(second, Ok(2)));
        assert!(!slot.settle(second, Ok(3)), "a question has one answer");
        assert_eq!((slot.value(), slot.waiting()), (Some(&2), false));
    }

    #[test]
    fn a_failure_keeps_the_last_good_value() {
        let mut slot = Slot::default();
        let ticket = slot.ask();
        slot.settle(ticket, Ok(1));
        let ticket = slot.ask();
        slot.settle(ticket, Err(Problem::error("x.json", "is not whole")));
        assert_eq!(slot.value(), Some(&1));
        assert!(slot.failure().is_some());
        let ticket = slot.ask();
        assert!(slot.advance(ticket, 4) && slot.waiting());
        assert!(slot.failure().is_none());
    }
}
