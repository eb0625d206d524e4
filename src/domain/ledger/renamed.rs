//! Files that were renamed or moved: the same content under another path is the same file.

use crate::base::{Digest, RepoPath};
use crate::domain::ledger::Ledger;
use std::collections::BTreeMap;

impl Ledger {
    /// Where files went that are gone: `gone` are paths of the ledger, `new` are files that it does not know, with the
    /// digests of their texts. A file without statements says nothing by its content, and where several could be meant
    /// only an equal name tells which.
    #[must_use]
    pub fn moves(&self, gone: &[RepoPath], new: &[(RepoPath, Digest)]) -> BTreeMap<RepoPath, RepoPath> {
        let mut by_content: BTreeMap<Digest, (Vec<&RepoPath>, Vec<&RepoPath>)> = BTreeMap::new();
        for path in gone {
            if let Some(digest) = self.content(path) {
                by_content.entry(digest).or_default().0.push(path);
            }
        }
        for (path, digest) in new {
            if let Some((_, to)) = by_content.get_mut(digest) {
                to.push(path);
            }
        }
        let mut moves = BTreeMap::new();
        for (from, to) in by_content.values() {
            if let ([from], [to]) = (&from[..], &to[..]) {
                moves.insert(RepoPath::clone(from), RepoPath::clone(to));
                continue;
            }
            for path in from {
                let one = |all: &[&RepoPath]| -> Option<RepoPath> {
                    let mut same = all.iter().filter(|other| other.name() == path.name());
                    same.next().filter(|_| same.next().is_none()).map(|path| RepoPath::clone(path))
                };
                moves.extend(one(from).zip(one(to)));
            }
        }
        moves
    }

    /// The digest of the newest text of a file that has statements.
    fn content(&self, path: &RepoPath) -> Option<Digest> {
        let version = self.book(path)?.versions.last()?;
        let shape = version.shape()?;
        version.digest.filter(|_| !shape.found.statements.is_empty())
    }
}
