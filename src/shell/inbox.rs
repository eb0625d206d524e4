//! The loop's inbox: keys are taken before everything else, and whoever posts never waits for a frame.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue with two lanes. Cloning gives another handle to the same queue.
pub struct Inbox<T> {
    shared: Arc<(Mutex<Lanes<T>>, Condvar)>,
}

struct Lanes<T> {
    urgent: VecDeque<T>,
    usual: VecDeque<T>,
}

impl<T> Clone for Inbox<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        let lanes = Lanes { urgent: VecDeque::new(), usual: VecDeque::new() };
        Self { shared: Arc::new((Mutex::new(lanes), Condvar::new())) }
    }
}

impl<T> Inbox<T> {
    /// Posts what a person did: it overtakes everything that is not of this lane.
    pub fn post_urgent(&self, item: T) {
        self.lanes().urgent.push_back(item);
        self.shared.1.notify_one();
    }

    /// Posts anything else.
    pub fn post(&self, item: T) {
        self.lanes().usual.push_back(item);
        self.shared.1.notify_one();
    }

    /// Takes what waits, the urgent lane first; nothing when both are empty.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        let mut lanes = self.lanes();
        lanes.urgent.pop_front().or_else(|| lanes.usual.pop_front())
    }

    /// Waits until something is there, or until `limit` is over; without a limit, for ever.
    pub fn wait(&self, limit: Option<Duration>) {
        let lanes = self.lanes();
        let empty = |lanes: &mut Lanes<T>| lanes.urgent.is_empty() && lanes.usual.is_empty();
        match limit {
            Some(limit) => drop(self.shared.1.wait_timeout_while(lanes, limit, empty)),
            None => drop(self.shared.1.wait_while(lanes, empty)),
        }
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes<T>> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Inbox;
    use std::time::Duration;

    #[test]
    fn one_key_overtakes_a_flood() {
        let inbox = Inbox::default();
        (0..10_000).for_each(|at| inbox.post(at));
        inbox.post_urgent(-1);
        assert_eq!((inbox.take(), inbox.take(), inbox.take()), (Some(-1), Some(0), Some(1)));
    }

    #[test]
    fn waiting_ends_with_a_post_from_another_thread() {
        let inbox = Inbox::default();
        let far = inbox.clone();
        let thread = std::thread::spawn(move || far.post(7));
        inbox.wait(None);
        assert_eq!(inbox.take(), Some(7));
        thread.join().unwrap();
        inbox.wait(Some(Duration::ZERO));
        assert_eq!(inbox.take(), None);
    }
}
