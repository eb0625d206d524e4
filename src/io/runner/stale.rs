//! Targets that do not exist any more, read from what pytest has against its arguments.

use crate::domain::suite::Target;
use std::path::Path;

/// Those of `targets` that the complaints name. pytest names an argument as it was given, or with the absolute path of
/// its file.
#[must_use]
pub fn missing(complaints: &[String], targets: &[Target], directory: &Path) -> Vec<Target> {
    let named: Vec<&str> = complaints.iter().filter_map(|complaint| argument(complaint)).collect();
    let root = directory.to_string_lossy();
    let real = directory.canonicalize().map(|real| real.to_string_lossy().into_owned()).unwrap_or_default();
    let is_named = |target: &&Target| {
        let text = target.as_str();
        named.iter().any(|named| {
            let below = |root: &str| named.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')) == Some(text);
            *named == text || named.strip_prefix("./") == Some(text) || below(&root) || below(&real)
        })
    };
    targets.iter().filter(is_named).cloned().collect()
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
    use super::missing;
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
        assert_eq!(gone, [target("t/a.py::x[1]"), target("t/b.py::y")]);
        assert!(missing(&["unrecognized arguments: --x".to_owned()], &targets, Path::new("/no/such")).is_empty());
    }
}
