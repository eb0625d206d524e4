//! What a save changed: other code, only layout, or a text that Python cannot read.

use super::desk::Desk;
use super::frames::now;
use crate::app::{Holds, Saved};
use crate::base::{Clean, RepoPath, Stamp};
use crate::domain::python;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// The code of each file when it was last saved in this sitting.
#[derive(Default)]
pub struct Codes(Mutex<HashMap<RepoPath, u64>>);

impl Codes {
    /// What a file holds now. Of a file that was not seen before, all is news; what cannot be read changes nothing that is
    /// known of it.
    #[must_use]
    pub fn saved(&self, desk: &Desk, path: RepoPath) -> Saved {
        let text = desk.disk.text(&path);
        let is_python = path.name().ends_with(".py");
        if let Some(text) = text.as_deref().filter(|_| is_python)
            && let Some((line, what)) = python::outline(text, &desk.project.naming).errors.into_iter().next()
        {
            return Saved { path, holds: Holds::Broken(line, Clean::line(&what)) };
        }
        let code = match &text {
            Some(text) if is_python => code(text),
            _ => desk.disk.source(&path).map_or(0, |(_, digest)| hash(&digest)),
        };
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), code);
        let holds = if before == Some(code) { Holds::Same } else { Holds::News };
        Saved { path, holds }
    }
}

/// The code of a source as a number, whatever its comments and its layout.
fn code(text: &str) -> u64 {
    let mut state = DefaultHasher::new();
    for part in python::parts(text) {
        (part.name, part.code).hash(&mut state);
    }
    state.finish()
}

fn hash(what: &impl Hash) -> u64 {
    let mut state = DefaultHasher::new();
    what.hash(&mut state);
    state.finish()
}

/// When the newest of some files was written; now for files that are gone.
#[must_use]
pub fn newest(desk: &Desk, files: &[Saved]) -> Stamp {
    let written = |file: &Saved| desk.disk.identity(&file.path).map(|identity| identity.modified_at());
    let newest = files.iter().map(|file| written(file).unwrap_or_else(now)).max();
    // A file that was moved here keeps its old time, and clocks of other machines may be ahead.
    newest.filter(|at| (0..10_000).contains(&now().0.saturating_sub(at.0))).unwrap_or_else(now)
}
