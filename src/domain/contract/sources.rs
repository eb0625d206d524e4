//! The files of one document: references lead from one to another, within the project.

use super::{At, Tree};
use crate::base::{Problem, RepoPath};

/// The most files of one document.
const FILES: usize = 500;
/// How many references are followed, one to the next.
const HOPS: usize = 32;

/// Reads a file of the project; nothing where it cannot be read.
pub type Load<'a> = &'a dyn Fn(&RepoPath) -> Option<Vec<u8>>;

/// A document with the files that it refers to where it lists its paths and channels. What lies deeper, as schemas do, is not
/// needed and not read.
#[derive(Debug)]
pub(super) struct Sources {
    trees: Vec<(RepoPath, Tree)>,
}

impl Sources {
    /// Reads a document, and the files that it refers to. The problems are about those.
    ///
    /// # Errors
    /// The document itself is not well formed.
    pub(super) fn read(path: &RepoPath, bytes: &[u8], load: Load<'_>) -> Result<(Self, Vec<Problem>), Problem> {
        let mut trees = vec![(path.clone(), Tree::read(bytes, path.as_str())?)];
        let (mut problems, mut next) = (Vec::new(), 0);
        while let Some((from, tree)) = trees.get(next) {
            let files = tree.references().into_iter().filter_map(|reference| file_of(from, reference));
            let mut found: Vec<(RepoPath, Tree)> = Vec::new();
            for file in files {
                let is_known = trees.iter().chain(&found).any(|(known, _)| *known == file);
                if is_known || trees.len() + found.len() >= FILES {
                    continue;
                }
                let Some(bytes) = load(&file) else { continue };
                match Tree::read(&bytes, file.as_str()) {
                    Ok(tree) => found.push((file, tree)),
                    Err(problem) => problems.push(problem),
                }
            }
            trees.extend(found);
            next += 1;
        }
        Ok((Self { trees }, problems))
    }

    /// The document itself; nothing where it is empty.
    pub(super) fn root(&self) -> Option<At<'_>> {
        self.trees.first().and_then(|(_, tree)| tree.root())
    }

    /// The file of a place.
    pub(super) fn file(&self, at: At<'_>) -> Option<&RepoPath> {
        self.trees.iter().find(|(_, tree)| at.is_in(tree)).map(|(path, _)| path)
    }

    /// What stands at a place or, where this is a reference (`$ref`), what it leads to.
    ///
    /// # Errors
    /// The reference that leads nowhere: to a file that is not there, to nothing in it, or to itself.
    pub(super) fn resolved<'a>(&'a self, at: At<'a>) -> Result<At<'a>, &'a str> {
        let (mut at, mut last) = (at, "");
        for _ in 0..HOPS {
            let Some(reference) = at.text_of("$ref") else { return Ok(at) };
            last = reference;
            at = self.target(at, reference).ok_or(reference)?;
        }
        Err(last)
    }

    fn target<'a>(&'a self, from: At<'a>, reference: &str) -> Option<At<'a>> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let pointer = format!("#{pointer}");
        if file.is_empty() {
            return from.pointed(&pointer);
        }
        let file = file_of(self.file(from)?, reference)?;
        self.trees.iter().find(|(path, _)| *path == file)?.1.pointed(&pointer)
    }
}

/// The file that a reference means, by where it stands; nothing for an address, or for what lies outside of the project.
fn file_of(from: &RepoPath, reference: &str) -> Option<RepoPath> {
    let file = reference.split('#').next().filter(|file| !file.is_empty() && !file.contains("://"))?;
    let mut parts: Vec<&str> = from.parts().collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    RepoPath::new(&super::address::decoded(&parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::{Sources, file_of};
    use crate::base::RepoPath;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    #[test]
    fn references_are_files_beside_the_document_and_never_outside_of_the_project() {
        let from = path("docs/api/openapi.yaml");
        let check = |reference: &str, expect: Option<&str>| {
            assert_eq!(file_of(&from, reference).as_ref().map(RepoPath::as_str), expect, "{reference}");
        };
        check("paths/a.yaml#/get", Some("docs/api/paths/a.yaml"));
        check("./../b%20c.yaml", Some("docs/b c.yaml"));
        check("../../../x.yaml", None);
        check("https://example.org/x.yaml", None);
        check("#/a", None);
    }

    #[test]
    fn files_refer_to_one_another_and_never_in_circles() {
        let load = |file: &RepoPath| match file.as_str() {
            "paths.yaml" => Some(b"one: {$ref: 'more/two.yaml#/'}\nloop: {$ref: 'paths.yaml#/loop'}\n".to_vec()),
            "more/two.yaml" => Some(b"x: 1\n".to_vec()),
            "broken.yaml" => Some(b"x: [\n".to_vec()),
            _ => None,
        };
        let text = b"a: {$ref: 'paths.yaml#/one'}\nb: {$ref: gone.yaml}\nc: {$ref: broken.yaml}\nd: {$ref: 'paths.yaml#/loop'}\n";
        let (sources, problems) = Sources::read(&path("openapi.yaml"), text, &load).unwrap();
        let root = sources.root().unwrap();
        let one = sources.resolved(root.get("a").unwrap()).unwrap();
        assert_eq!((one.text_of("x"), sources.file(one).unwrap().as_str()), (Some("1"), "more/two.yaml"));
        assert_eq!(sources.resolved(root.get("b").unwrap()).unwrap_err(), "gone.yaml");
        assert!(sources.resolved(root.get("d").unwrap()).is_err());
        assert!(problems.len() == 1 && problems[0].to_string().starts_with("broken.yaml:1: "), "{problems:?}");
    }
}
