//! Two points compared: which there are, which were chosen, what changed between them.

use crate::app::follow::{read_source, search};
use crate::app::update::settle;
use crate::app::{
    Action, Answer, Choice, Effect, Items, ListKind, Overlay, Pane, PickerState, Scroll, Slot, State, Ticket,
};
use crate::base::{Clean, RepoPath};
use crate::domain::coverage::LineSet;
use crate::domain::ledger::{Comparison, FileComparison};
use crate::domain::report::Compared;
use std::sync::Arc;

/// The name of what is known now.
pub const NOW: &str = "now";

/// A point that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPoint {
    /// Its name, as `lacuna report A B` takes it.
    pub id: String,
    /// Its name for people, in two words: `batch 2`, `baseline 3h`.
    pub name: Clean,
    /// What it is, in one line.
    pub words: Clean,
    /// Whether it is a baseline rather than a batch.
    pub is_baseline: bool,
}

/// A file that is other than it was, with what can be lit in its source as it is on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedFile {
    /// Its place in the comparison.
    pub at: usize,
    /// Lines on disk that are covered and were not.
    pub newly: LineSet,
    /// Lines on disk that were covered and are missed.
    pub lost: LineSet,
    /// Whether the file is on disk.
    pub there: bool,
}

/// What changed between two points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparedPoints {
    /// All of it.
    pub comparison: Comparison,
    /// The files with a difference, in path order.
    pub files: Vec<ComparedFile>,
}

/// The comparison on the screen.
#[derive(Clone, Debug)]
pub struct CompareState {
    /// The first point.
    pub before: KnownPoint,
    /// The second point.
    pub after: KnownPoint,
    /// What changed.
    pub answer: Slot<Arc<ComparedPoints>>,
    /// The cursor among the files.
    pub list: Scroll,
}

/// What is lit in one source: a comparison's lines instead of those since the sitting's baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Lit {
    /// Which file.
    pub path: RepoPath,
    /// Lines that are covered and were not.
    pub newly: LineSet,
    /// Lines that were covered and are missed.
    pub lost: LineSet,
    /// The points.
    pub words: Clean,
}

impl KnownPoint {
    /// What is known now, on the sources as they are now.
    #[must_use]
    pub fn now() -> Self {
        let words = Clean::line("now, on the sources as they are");
        Self { id: NOW.to_owned(), name: Clean::line(NOW), words, is_baseline: false }
    }
}

impl ComparedPoints {
    /// A file with a difference.
    #[must_use]
    pub fn file(&self, row: usize) -> Option<(&ComparedFile, &FileComparison)> {
        let file = self.files.get(row)?;
        Some((file, self.comparison.files.get(file.at)?))
    }
}

/// Offers the points: first those to compare from.
pub fn open(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let mut effects = vec![Effect::ListPoints(state.points.ask(ticket))];
    effects.extend(offer(state, None));
    effects
}

/// Opens the picker on the points; `first` was chosen already.
fn offer(state: &mut State, first: Option<KnownPoint>) -> Option<Effect> {
    let items = items(state, first.as_ref());
    let loading = state.points.value().is_none();
    let picker = PickerState::new(ListKind::Points(first), Arc::new(items), loading);
    state.overlay = Some(Overlay::Picker(Box::new(picker)));
    search(state)
}

/// The points in the order in which they are likely to be wanted: from the newest baseline, to now.
fn items(state: &State, first: Option<&KnownPoint>) -> Items {
    let kept: Vec<&KnownPoint> = state.points.value().map(|points| points.iter().collect()).unwrap_or_default();
    let now = KnownPoint::now();
    let now = state.ledger.as_ref().map(|_| &now);
    let baseline = kept.iter().position(|point| point.is_baseline);
    let mut points: Vec<&KnownPoint> = Vec::new();
    match first {
        None => {
            points.extend(baseline.and_then(|at| kept.get(at)));
            points.extend(kept.iter().enumerate().filter(|(at, _)| Some(*at) != baseline).map(|(_, point)| point));
            points.extend(now);
        }
        Some(first) => {
            points.extend(now);
            points.extend(&kept);
            points.retain(|point| point.id != first.id);
        }
    }
    Items {
        texts: points.iter().map(|point| point.words.clone()).collect(),
        choices: points.iter().map(|point| Choice::Point(point.id.clone())).collect(),
        notes: Vec::new(),
        ..Items::default()
    }
}

/// Takes the points there are; an open picker goes on with them.
pub fn listed(state: &mut State, ticket: Ticket, answer: Answer<Arc<Vec<KnownPoint>>>) -> Vec<Effect> {
    if !settle(&mut state.points, ticket, answer, &mut state.problems) {
        return Vec::new();
    }
    let Some(Overlay::Picker(picker)) = &state.overlay else { return Vec::new() };
    let ListKind::Points(first) = picker.kind.clone() else { return Vec::new() };
    let items = Arc::new(items(state, first.as_ref()));
    let Some(Overlay::Picker(picker)) = &mut state.overlay else { return Vec::new() };
    (picker.items, picker.loading) = (items, false);
    search(state).into_iter().collect()
}

/// A point was chosen in the picker: the second one is asked for, or both are compared.
pub fn choose(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = &state.overlay else { return Vec::new() };
    let (ListKind::Points(first), Some(Choice::Point(id))) = (picker.kind.clone(), picker.selected().cloned()) else {
        return Vec::new();
    };
    let kept = state.points.value().and_then(|points| points.iter().find(|point| point.id == id).cloned());
    let Some(point) = kept.or_else(|| (id == NOW).then(KnownPoint::now)) else { return Vec::new() };
    match first {
        None => offer(state, Some(point)).into_iter().collect(),
        Some(first) => ask(state, first, point),
    }
}

/// Asks what changed between two points, and shows it.
pub fn ask(state: &mut State, before: KnownPoint, after: KnownPoint) -> Vec<Effect> {
    let ticket = state.ticket();
    let points = (before.id.clone(), after.id.clone());
    let mut compare = CompareState { before, after, answer: Slot::default(), list: Scroll::default() };
    compare.answer.ask(ticket);
    state.overlay = Some(Overlay::Compare(Box::new(compare)));
    vec![Effect::Compare { ticket, points, ledger: state.ledger.clone() }]
}

/// Takes what changed, when it is still wanted.
pub fn compared(state: &mut State, ticket: Ticket, answer: Answer<Arc<ComparedPoints>>) {
    if let Some(Overlay::Compare(compare)) = &mut state.overlay {
        settle(&mut compare.answer, ticket, answer, &mut state.problems);
    }
}

/// Does an action in the comparison.
pub fn act(state: &mut State, action: Action, height: usize) -> Vec<Effect> {
    let Some(Overlay::Compare(compare)) = &mut state.overlay else { return Vec::new() };
    let len = compare.answer.value().map_or(0, |points| points.files.len());
    if compare.list.go(action, len, height) {
        return Vec::new();
    }
    match action {
        Action::Compare => open(state),
        Action::SwapPoints => {
            let (before, after) = (compare.after.clone(), compare.before.clone());
            ask(state, before, after)
        }
        Action::CopyComparison => {
            let Some(points) = compare.answer.value() else { return Vec::new() };
            let (before, after) = (compare.before.words.as_str(), compare.after.words.as_str());
            let text = Compared { comparison: &points.comparison, before, after }.markdown();
            state.say("the comparison is copied as Markdown");
            vec![Effect::Copy(text)]
        }
        _ => Vec::new(),
    }
}

/// Opens the file of the cursor with its lines lit.
pub fn open_file(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Compare(compare)) = &state.overlay else { return Vec::new() };
    let Some((file, compared)) = compare.answer.value().and_then(|points| points.file(compare.list.at)) else {
        return Vec::new();
    };
    let path = compared.path.clone();
    if !file.there {
        state.say(format!("{} is not on disk any more", path.as_str()));
        return Vec::new();
    }
    let words = Clean::line(&format!("{} → {}", compare.before.name, compare.after.name));
    state.lines.lit = Some(Lit { path: path.clone(), newly: file.newly.clone(), lost: file.lost.clone(), words });
    state.overlay = None;
    state.map.filter.erase();
    state.map.cursor = Some(path.clone());
    state.map.rebuild(state.list_height(Pane::Map));
    crate::app::act::focus(state, Pane::Lines);
    if state.map.selected().is_none_or(|row| row.path != path) {
        state.lines.lit = None;
        state.say(format!("{} is not in the map", path.as_str()));
        return Vec::new();
    }
    state.lines.wanted = Some(path);
    read_source(state).into_iter().collect()
}

/// Puts the comparison's lines in the place of those since the baseline, where the source shown is the one compared.
pub fn light(state: &mut State) -> bool {
    let Some(lit) = &state.lines.lit else { return false };
    let Some(file) = state.lines.source.value().filter(|file| file.path == lit.path) else { return false };
    let mut file = crate::app::SourceFile::clone(file);
    (file.newly, file.lost) = (lit.newly.clone(), lit.lost.clone());
    state.lines.source.put(Arc::new(file));
    true
}

/// Back to the lines since the sitting's baseline. False when none were lit.
pub fn unlight(state: &mut State) -> Option<Effect> {
    state.lines.lit.take()?;
    read_source(state)
}
