//! pytest's `--deselect`: how an entry of the quarantine is said with it.

use crate::domain::quarantine::Entry;
use crate::domain::suite::TestId;

/// What `--deselect` is to be given for an entry, among the tests that are known. pytest leaves out every test whose id
/// *begins* so, and with `test_a` goes `test_ab`.
///
/// # Errors
/// It would leave out this test too, which the entry does not stand for.
pub fn deselection<'a>(entry: &Entry, known: impl Iterator<Item = &'a TestId> + Clone) -> Result<String, &'a TestId> {
    let id = entry.id.as_str();
    let own = || known.clone().filter(|test| entry.covers(test));
    let is_function = entry.id.params().is_none() && own().all(|test| test.without_params() == id);
    let has_cases = is_function && own().next().is_some() && own().all(|test| test.params().is_some());
    let has_members = own().any(|test| test.without_params() != id && entry.id.params().is_none());
    let said = match (has_cases, has_members) {
        (true, _) => format!("{id}["),
        (false, true) => format!("{id}::"),
        (false, false) => id.to_owned(),
    };
    match known.clone().find(|test| test.as_str().starts_with(&said) && !entry.covers(test)) {
        Some(other) => Err(other),
        None => Ok(said),
    }
}

#[cfg(test)]
mod tests {
    use super::deselection;
    use crate::domain::quarantine::Entry;
    use crate::domain::suite::TestId;
    use proptest::prelude::*;

    fn said(entry: &str, known: &[&str]) -> Result<String, String> {
        let known: Vec<TestId> = known.iter().map(|id| TestId::new(id)).collect();
        deselection(&Entry::new(TestId::new(entry), ""), known.iter()).map_err(|test| test.as_str().to_owned())
    }

    #[test]
    fn an_entry_is_said_so_that_nothing_else_is_left_out() {
        let all = ["t.py::test_a[1]", "t.py::test_a[2]", "t.py::test_ab", "t.py::T::test_c", "t.pyi::test_d"];
        assert_eq!(said("t.py::test_a", &all), Ok("t.py::test_a[".to_owned()));
        assert_eq!(said("t.py::test_a[1]", &all), Ok("t.py::test_a[1]".to_owned()));
        assert_eq!(said("t.py::T", &all), Ok("t.py::T::".to_owned()));
        assert_eq!(said("t.py", &all), Ok("t.py::".to_owned()));
        assert_eq!(said("t.py::test_a", &["t.py::test_a", "t.py::test_ab"]), Err("t.py::test_ab".to_owned()));
        assert_eq!(said("t.py::test_x", &all), Ok("t.py::test_x".to_owned()), "nothing is known of it");
    }

    proptest! {
        #[test]
        fn what_is_said_leaves_out_what_is_meant_and_nothing_else(
            known in prop::collection::vec("t\\.py::(T::)?test_a?b?(\\[[ab]\\])?", 1..8),
            entry in "t\\.py(::(T|test_a|test_ab|T::test_a|test_a\\[a\\]))?",
        ) {
            let known: Vec<TestId> = known.iter().map(|id| TestId::new(id)).collect();
            let entry = Entry::new(TestId::new(&entry), "");
            if let Ok(said) = deselection(&entry, known.iter()) {
                for test in &known {
                    prop_assert_eq!(test.as_str().starts_with(&said), entry.covers(test), "{} {:?}", said, test);
                }
            }
        }
    }
}
