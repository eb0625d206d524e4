//! One piece of work for each of many items, spread over the processors.

use std::num::NonZero;
use std::thread;

/// Below so many items a single thread is quicker than starting others.
const FEW: usize = 64;

/// Works on every item; the answers come in the order of the items.
pub fn spread<T: Sync, A: Send>(items: &[T], work: impl Fn(&T) -> A + Sync) -> Vec<A> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len() / FEW + 1);
    if threads == 1 {
        return items.iter().map(work).collect();
    }
    let part = items.len().div_ceil(threads);
    let work = &work;
    thread::scope(|scope| {
        let running: Vec<_> =
            items.chunks(part).map(|items| scope.spawn(move || items.iter().map(work).collect::<Vec<A>>())).collect();
        running
            .into_iter()
            .flat_map(|handle| match handle.join() {
                Ok(answers) => answers,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn every_item_is_answered_in_its_place() {
        for count in [0, 1, 63, 64, 65, 1000, 1001] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(spread(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }
}
