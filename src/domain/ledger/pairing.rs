//! Which file of one point is which of another: by path, and a moved file by its content.

use crate::base::{Digest, RepoPath};
use crate::domain::ledger::{Point, PointFile};
use std::collections::{BTreeMap, BTreeSet};

/// One file of two points; at least one of them has it.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// Its path in the first point.
    pub before: Option<(&'a RepoPath, &'a PointFile)>,
    /// Its path in the second point.
    pub after: Option<(&'a RepoPath, &'a PointFile)>,
}

/// The files of two points, in the order of their paths. A file that only the first point has and one that only the
/// second has are the same one when they have the same content and no other file could be meant.
#[must_use]
pub fn pairs<'a>(before: &'a Point, after: &'a Point) -> Vec<Pair<'a>> {
    let moved = moves(before, after);
    let targets: BTreeSet<&RepoPath> = moved.values().copied().collect();
    let of = |point: &'a Point, path: &RepoPath| point.files.get_key_value(path).map(|(path, file)| (path, &**file));
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for path in before.files.keys() {
        let to = moved.get(path).copied().unwrap_or(path);
        pairs.push(Pair { before: of(before, path), after: of(after, to) });
    }
    let new = after.files.keys().filter(|path| !before.files.contains_key(*path) && !targets.contains(path));
    pairs.extend(new.map(|path| Pair { before: None, after: of(after, path) }));
    pairs.sort_by_key(|pair| pair.after.or(pair.before).map(|(path, _)| path));
    pairs
}

/// The files that have another path in the second point.
fn moves<'a>(before: &'a Point, after: &'a Point) -> BTreeMap<&'a RepoPath, &'a RepoPath> {
    // A file that is still there later did not move. That one was there earlier is less sure than equal content.
    let later = if after.at < before.at { before } else { after };
    let stayed = |path: &RepoPath| later.unmeasured.contains(path);
    let (gone, new) = (only_in(before, after, &stayed), only_in(after, before, &stayed));
    let mut moves = BTreeMap::new();
    for (digest, from) in &gone {
        let Some(to) = new.get(digest) else { continue };
        if let ([from], [to]) = (&from[..], &to[..]) {
            moves.insert(*from, *to);
            continue;
        }
        // Several files with one content: a name that each side has once tells which is which.
        for path in from {
            let named = |all: &[&'a RepoPath]| {
                let same: Vec<_> = all.iter().copied().filter(|other| other.name() == path.name()).collect();
                <[&RepoPath; 1]>::try_from(same).ok().map(|[path]| path)
            };
            if let (Some(from), Some(to)) = (named(from), named(to)) {
                moves.insert(from, to);
            }
        }
    }
    moves
}

/// The files with statements that one point has and the other has not, by their content.
fn only_in<'a>(
    one: &'a Point,
    other: &Point,
    stayed: &dyn Fn(&RepoPath) -> bool,
) -> BTreeMap<Digest, Vec<&'a RepoPath>> {
    let mut found: BTreeMap<Digest, Vec<&RepoPath>> = BTreeMap::new();
    let only = one.files.iter().filter(|(path, _)| !other.files.contains_key(*path) && !stayed(path));
    for (path, file) in only.filter(|(_, file)| file.counts.statements > 0) {
        if let Some(digest) = file.digest {
            found.entry(digest).or_default().push(path);
        }
    }
    found
}
