//! The paths of failures and warnings from where the tests run, brought home as they arrive.

use super::desk::Desk;
use super::elsewhere::{aliases, places_of};
use crate::base::RepoPath;
use crate::domain::ledger::{Alias, Placed, Places};
use crate::domain::suite::{Event, Frame, Part};
use crate::io::files;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Knows which files of the project the paths of one command mean. Those of a command that runs here stay as they are.
pub struct Homecoming {
    root: PathBuf,
    aliases: Vec<Alias>,
    listed: Arc<Vec<RepoPath>>,
    there: Option<There>,
}

/// What is known once the command has said where it is.
struct There {
    root: PathBuf,
    places: Places,
    known: HashMap<PathBuf, RepoPath>,
}

impl Homecoming {
    /// For a command that is about to start.
    #[must_use]
    pub fn new(desk: &Desk) -> Self {
        let (root, listed) = (desk.project.root.clone(), desk.disk.python_files());
        Self { root, aliases: aliases(desk), listed, there: None }
    }

    /// Takes note of where the command is, and gives what failed there the paths of the project.
    pub fn bring(&mut self, event: &mut Event) {
        match event {
            Event::Away(away) => self.set_out(&away.root),
            Event::Phase(phase) => {
                if let Some(failure) = &mut phase.failure {
                    let parts = failure.raised.iter_mut().flat_map(|raised| &mut raised.parts);
                    parts.for_each(|part| self.bring_frame(part));
                    failure.crash.iter_mut().for_each(|crash| self.bring_path(&mut crash.path, None));
                }
                phase.crash.iter_mut().for_each(|crash| self.bring_path(&mut crash.path, None));
            }
            Event::Warning(warned) => self.bring_path(&mut warned.path, None),
            _ => {}
        }
    }

    fn set_out(&mut self, root: &str) {
        let here = self.root.to_string_lossy();
        self.aliases.extend(places_of(root, &here));
        let places = Places::new(&here, self.listed.iter().cloned());
        self.there = Some(There { root: PathBuf::from(root), places, known: HashMap::new() });
    }

    fn bring_frame(&mut self, part: &mut Part) {
        let Part::Frame(frame) = part else { return };
        let mut path = std::mem::take(&mut frame.path);
        self.bring_path(&mut path, Some(frame));
        frame.path = path;
    }

    fn bring_path(&mut self, path: &mut String, frame: Option<&Frame>) {
        if let Some(home) = self.home(path, frame) {
            home.as_str().clone_into(path);
        }
    }

    /// The file of the project that a path means: by the settings, below the root there, and else by the lines that a
    /// frame shows of it, among the files of the same name.
    fn home(&mut self, path: &str, frame: Option<&Frame>) -> Option<RepoPath> {
        let there = self.there.as_mut()?;
        let whole = normal(&there.root.join(path));
        if let Some(known) = there.known.get(&whole) {
            return Some(known.clone());
        }
        let text = whole.to_str()?;
        let named = self.aliases.iter().filter_map(|alias| alias.apply(text));
        let mut named = named.filter_map(|path| RepoPath::below(&self.root, path.as_ref()));
        let by_name = named.find(|path| path.under(&self.root).is_file());
        let by_lines = || {
            let frame = frame?;
            let mut candidates = there.places.originals(text);
            candidates.extend(there.places.likely(text));
            match there.places.place(text, &[]) {
                Placed::At(path) => candidates.push(path),
                Placed::Ambiguous(several) => candidates.extend(several),
                Placed::Outside => {}
            }
            candidates.sort();
            candidates.dedup();
            candidates.retain(|path| shows(&self.root, path, frame));
            if candidates.len() == 1 { candidates.pop() } else { None }
        };
        let found = by_name.or_else(by_lines)?;
        there.known.insert(whole, found.clone());
        Some(found)
    }

    /// The same for a place in a stack.
    pub fn place(&mut self, frame: &Frame) -> Option<(RepoPath, u32)> {
        self.home(&frame.path, Some(frame)).map(|path| (path, frame.line))
    }

    /// Whether the command runs elsewhere.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        self.there.is_some()
    }
}

/// Whether the lines that a frame shows are those of a file, each at its number.
fn shows(root: &Path, path: &RepoPath, frame: &Frame) -> bool {
    let numbered = |line: &crate::domain::suite::CodeLine| Some((line.number?, line.text.trim().to_owned()));
    let shown: Vec<(u32, String)> = frame.code.iter().filter_map(numbered).collect();
    let Some(source) = files::read_source(root, path).ok().filter(|_| !shown.is_empty()) else { return false };
    let lines: Vec<&str> = source.text.lines().collect();
    let at = |number: u32| number.checked_sub(1).and_then(|at| lines.get(usize::try_from(at).ok()?));
    shown.iter().all(|(number, text)| at(*number).is_some_and(|line| line.trim() == text))
}

/// The path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(whole.pop()),
            part => whole.push(part),
        }
    }
    whole
}
