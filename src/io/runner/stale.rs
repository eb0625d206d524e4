//! Targets that do not exist any more, read from what pytest has against its arguments.

use crate::domain::suite::Target;
use std::path::Path;

/// What to do about complaints.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Gone {
    /// Targets that do not exist any more.
    pub targets: Vec<Target>,
    /// Cases of parametrized tests of which at least one does not exist any more; pytest 9 does not say which.
    pub suspects: Vec<Target>,
}

/// Which of `targets` the complaints name. pytest names an argument as it was given, or with the absolute path of its
/// file.
#[must_use]
pub fn missing(complaints: &[String], targets: &[Target], directory: &Path) -> Gone {
    let named: Vec<&str> = complaints.iter().filter_map(|complaint| argument(complaint)).collect();
    let root = directory.to_string_lossy();
    let real = directory.canonicalize().map(|real| real.to_string_lossy().into_owned()).unwrap_or_default();
    let is_named = |text: &str| {
        named.iter().any(|named| {
            let below = |root: &str| named.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')) == Some(text);
            *named == text || named.strip_prefix("./") == Some(text) || below(&root) || below(&real)
        })
    };
    let mut gone = Gone::default();
    for target in targets {
        match target {
            target if is_named(target.as_str()) => gone.targets.push(target.clone()),
            Target::Test(id) if id.params().is_some() && is_named(id.without_params()) => {
                gone.suspects.push(target.clone());
            }
            _ => {}
        }
    }
    // One case alone has to be the one.
    let of = |target: &Target| match target {
        Target::Test(id) => id.without_params().to_owned(),
        Target::File(path) => path.as_str().to_owned(),
    };
    let (alone, several): (Vec<_>, Vec<_>) = gone
        .suspects
        .iter()
        .cloned()
        .partition(|suspect| gone.suspects.iter().filter(|other| of(other) == of(suspect)).count() == 1);
    gone.targets.extend(alone);
    gone.suspects = several;
    gone
}

/// The argument that a complaint names. What follows in further lines is where pytest looked.
fn argument(complaint: &str) -> Option<&str> {
    let marks = ["file or directory not found: ", "not found: ", "found no collectors for "];
    let complaint = marks.iter().find_map(|mark| complaint.strip_prefix(mark))?;
    let end =
        complaint.find("\n(no match in any of ").or_else(|| complaint.find("\n(no name ")).unwrap_or(complaint.len());
    complaint.get(..end).map(|argument| argument.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::{Gone, missing};
    use crate::domain::suite::{Target, TestId};
    use std::path::Path;

    #[test]
    fn complaints_name_targets() {
        let target = |id: &str| Target::Test(TestId::new(id));
        let targets = [target("t/a.py::x"), target("t/a.py::x[1]"), target("t/b.py::y"), target("t/c.py::z")];
        let complaints = [
            "not found: /no/such/t/a.py::x[1]\n(no match in any of [<Module a.py>])".to_owned(),
            "file or directory not found: ./t/b.py::y".to_owned(),
            "found no collectors for /no/such/t/d.py::x".to_owned(),
        ];
        let gone = missing(&complaints, &targets, Path::new("/no/such"));
        assert_eq!(gone, Gone { targets: vec![target("t/a.py::x[1]"), target("t/b.py::y")], suspects: vec![] });
        let other = missing(&["unrecognized arguments: --x".to_owned()], &targets, Path::new("/no/such"));
        assert_eq!(other, Gone::default());
    }

    #[test]
    fn cases_of_one_function_are_suspects_together() {
        let target = |id: &str| Target::Test(TestId::new(id));
        let targets = [target("t/a.py::x[1]"), target("t/a.py::x[2]"), target("t/a.py::y[1]"), target("t/a.py::z[1]")];
        let complaints = ["not found: /r/t/a.py::x".to_owned(), "not found: /r/t/a.py::y".to_owned()];
        let gone = missing(&complaints, &targets, Path::new("/r"));
        assert_eq!(gone.targets, [target("t/a.py::y[1]")]);
        assert_eq!(gone.suspects, [target("t/a.py::x[1]"), target("t/a.py::x[2]")]);
    }
}
