//! Which few of many are enough: halves first, as long as one half is enough, then by smaller and smaller parts.

use super::bench::Halt;

/// The smallest part of `items`, in their order, for which `is_enough` holds; it is known to hold for all of them. `keep` is
/// told of each smaller part as soon as it is known to be enough, so that it is not lost when the budget ends.
///
/// # Errors
/// Those of `is_enough`.
pub fn minimise<T: Clone>(
    items: &[T],
    is_enough: &mut dyn FnMut(&[T]) -> Result<bool, Halt>,
    keep: &mut dyn FnMut(&[T]),
) -> Result<Vec<T>, Halt> {
    let rest = halves(items, is_enough, keep)?;
    parts(rest, is_enough, keep)
}

/// As long as one item is enough, one half holds it: where the first half does not do, the second one is taken without a
/// question, and the last item alone is checked. Where that does not hold, what was known to be enough is given back.
fn halves<T: Clone>(
    items: &[T],
    is_enough: &mut dyn FnMut(&[T]) -> Result<bool, Halt>,
    keep: &mut dyn FnMut(&[T]),
) -> Result<Vec<T>, Halt> {
    // What was seen to be enough, and what is taken to be.
    let (mut seen, mut taken) = (items.to_vec(), items.to_vec());
    while taken.len() > 1 {
        let (first, second) = taken.split_at(taken.len() / 2);
        let (first, second) = (first.to_vec(), second.to_vec());
        // What stands right before the test is most often to blame.
        if is_enough(&second)? {
            keep(&second);
            seen.clone_from(&second);
            taken = second;
        } else {
            taken = first;
        }
    }
    if taken.len() == seen.len() || is_enough(&taken)? {
        keep(&taken);
        return Ok(taken);
    }
    Ok(seen)
}

/// Takes parts away as long as the rest is enough, smaller ones each time.
fn parts<T: Clone>(
    mut items: Vec<T>,
    is_enough: &mut dyn FnMut(&[T]) -> Result<bool, Halt>,
    keep: &mut dyn FnMut(&[T]),
) -> Result<Vec<T>, Halt> {
    let mut count = 2;
    while items.len() > 1 {
        let size = items.len().div_ceil(count);
        let mut smaller = None;
        for at in (0..items.len()).step_by(size) {
            let rest: Vec<T> = items.iter().take(at).chain(items.iter().skip(at + size)).cloned().collect();
            if !rest.is_empty() && is_enough(&rest)? {
                smaller = Some(rest);
                break;
            }
        }
        match smaller {
            Some(rest) => {
                keep(&rest);
                items = rest;
                count = (count - 1).max(2);
            }
            None if size <= 1 => break,
            None => count = (count * 2).min(items.len()),
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::minimise;

    fn check(count: u32, wanted: &[u32], most: u32) {
        let items: Vec<u32> = (0..count).collect();
        let (mut asked, mut kept) = (0, Vec::new());
        let mut is_enough = |part: &[u32]| {
            asked += 1;
            Ok(wanted.iter().all(|item| part.contains(item)))
        };
        let found = minimise(&items, &mut is_enough, &mut |part: &[u32]| kept.push(part.to_vec())).expect("no halt");
        assert_eq!(found, wanted);
        assert!(asked <= most, "{asked} questions for {wanted:?} of {count}");
        assert!(kept.iter().all(|part| wanted.iter().all(|item| part.contains(item))));
    }

    #[test]
    fn one_of_many_is_found_by_halves_and_several_by_parts() {
        check(1, &[0], 1);
        check(600, &[0], 11);
        check(600, &[599], 11);
        check(600, &[300], 11);
        check(64, &[3, 60], 40);
        check(20, &[0, 9, 19], 60);
    }
}
