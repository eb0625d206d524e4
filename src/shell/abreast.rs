//! Commands side by side: as many at once as there are slots, and their results in the order of the plan.

use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A piece of work that is under way.
type Work<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Work that goes on side by side. Whatever ends early waits until all before it have ended.
pub struct Abreast<'a, T> {
    running: VecDeque<(usize, Work<'a, T>)>,
    ended: BTreeMap<usize, T>,
    started: usize,
    given: usize,
}

impl<'a, T> Abreast<'a, T> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { running: VecDeque::new(), ended: BTreeMap::new(), started: 0, given: 0 }
    }

    /// How many go on.
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Adds one; it begins when the next result is asked for.
    pub fn start(&mut self, work: impl Future<Output = T> + Send + 'a) {
        self.running.push_back((self.started, Box::pin(work)));
        self.started += 1;
    }

    /// Waits until one has ended; nothing when none goes on.
    pub async fn one_ended(&mut self) -> Option<()> {
        if self.running.is_empty() {
            return None;
        }
        let running = &mut self.running;
        let (at, (number, result)) = poll_fn(|context| {
            for (at, (number, work)) in running.iter_mut().enumerate() {
                if let Poll::Ready(result) = work.as_mut().poll(context) {
                    return Poll::Ready((at, (*number, result)));
                }
            }
            Poll::Pending
        })
        .await;
        drop(self.running.remove(at));
        self.ended.insert(number, result);
        Some(())
    }

    /// The next result in the order in which the work was started, if it is there.
    pub fn next(&mut self) -> Option<T> {
        let result = self.ended.remove(&self.given)?;
        self.given += 1;
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::Abreast;
    use tokio::sync::oneshot;

    #[test]
    fn results_come_in_the_order_of_the_starts() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let mut work = Abreast::new();
            let mut ends = Vec::new();
            for _ in 0..3 {
                let (end, ended) = oneshot::channel::<usize>();
                ends.push(end);
                work.start(async move { ended.await.unwrap_or_default() });
            }
            let mut seen = Vec::new();
            for number in [2, 0, 1] {
                ends.remove(if number == 1 { 0 } else { number }).send(number).expect("somebody waits");
                assert_eq!(work.one_ended().await, Some(()));
                while let Some(result) = work.next() {
                    seen.push((number, result));
                }
            }
            assert_eq!(seen, [(0, 0), (1, 1), (1, 2)]);
            assert_eq!((work.one_ended().await, work.running()), (None, 0));
        });
    }
}
