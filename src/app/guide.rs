//! The implementation guide on the screen: what a full test covers, ticked off; empty tests, looked at and then written.

use crate::app::update::settle;
use crate::app::{Action, Answer, Effect, Overlay, Pane, Scroll, Slot, State, Ticket, act, act_pane, plan};
use crate::base::{Clean, RepoPath};
use crate::domain::guide::{Asked, Draft, Item, State as Standing, Ticked, Which};
use crate::domain::report::guides_tasks;
use std::sync::Arc;

/// The guide on the screen.
#[derive(Clone, Debug)]
pub struct GuideState {
    /// The source.
    pub path: RepoPath,
    /// What was asked for.
    pub asked: Asked,
    /// The functions with their items.
    pub answer: Slot<Arc<Vec<Ticked>>>,
    /// The cursor among the rows.
    pub list: Scroll,
    /// Empty tests that wait to be written.
    pub draft: Option<DraftState>,
}

/// Empty tests, shown before they are written.
#[derive(Clone, Debug, Default)]
pub struct DraftState {
    /// What would be written, and where.
    pub answer: Slot<Arc<Draft>>,
    /// How far it is scrolled.
    pub list: Scroll,
}

/// A row of the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuideRow {
    /// A function, by its place.
    Function(usize),
    /// An item of a function, by their places.
    Item(usize, usize),
}

impl GuideState {
    /// The rows: each function with its items below it.
    #[must_use]
    pub fn rows(&self) -> Vec<GuideRow> {
        let all = self.answer.value().map(|all| all.as_slice()).unwrap_or_default();
        let rows = |(at, ticked): (usize, &Ticked)| {
            let items = (0..ticked.guide.items.len()).map(move |item| GuideRow::Item(at, item));
            std::iter::once(GuideRow::Function(at)).chain(items)
        };
        all.iter().enumerate().flat_map(rows).collect()
    }

    /// How many rows are shown at the most, of the guide or of the draft.
    #[must_use]
    pub fn longest(&self) -> usize {
        let draft = self.draft.as_ref().and_then(|draft| draft.answer.value());
        self.rows().len().max(draft.map_or(0, |draft| draft_lines(draft).len()))
    }

    /// A function by its place.
    #[must_use]
    pub fn function(&self, at: usize) -> Option<&Ticked> {
        self.answer.value()?.get(at)
    }

    /// An item with its state, by their places.
    #[must_use]
    pub fn item(&self, at: usize, item: usize) -> Option<(&Item, &Standing)> {
        self.function(at)?.rows().nth(item)
    }

    /// The row of the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<GuideRow> {
        self.rows().get(self.list.at).copied()
    }

    /// The next row, or the one before, with an item that no test covers. Round the end it goes on at the start.
    fn gap(&self, forward: bool) -> Option<usize> {
        let is_open = |row: &GuideRow| match row {
            GuideRow::Item(at, item) => self.item(*at, *item).is_some_and(|(_, state)| *state == Standing::Open),
            GuideRow::Function(_) => false,
        };
        let rows = self.rows();
        let open: Vec<usize> = rows.iter().enumerate().filter(|(_, row)| is_open(row)).map(|(at, _)| at).collect();
        let at = self.list.at;
        let next = if forward { open.iter().find(|row| **row > at) } else { open.iter().rev().find(|row| **row < at) };
        let round = if forward { open.first() } else { open.last() };
        next.or(round).copied()
    }
}

/// Opens the guide of the function around the cursor of the source, or of all functions of the file.
pub fn open(state: &mut State) -> Vec<Effect> {
    let (path, asked) = match state.focus {
        Pane::Lines => match state.lines.file() {
            Some(file) => {
                let line = state.lines.line;
                let is_inside = file.scopes.iter().any(|scope| scope.first <= line && line <= scope.last);
                (Some(file.path.clone()), if is_inside { Asked::Line(line) } else { Asked::All })
            }
            None => (None, Asked::All),
        },
        _ => (state.map.selected().map(|row| row.path.clone()), Asked::All),
    };
    let Some(path) = path else {
        state.say("no source is selected");
        return Vec::new();
    };
    ask(state, path, asked)
}

fn ask(state: &mut State, path: RepoPath, asked: Asked) -> Vec<Effect> {
    let ticket = state.ticket();
    let mut guide = GuideState {
        path: path.clone(),
        asked: asked.clone(),
        answer: Slot::default(),
        list: Scroll::default(),
        draft: None,
    };
    guide.answer.ask(ticket);
    state.overlay = Some(Overlay::Guide(Box::new(guide)));
    vec![Effect::Guide { ticket, path, asked, ledger: state.ledger.clone() }]
}

/// Takes the guide, when it is still wanted. The cursor goes to the first item that no test covers.
pub fn guided(state: &mut State, ticket: Ticket, answer: Answer<Arc<Vec<Ticked>>>) {
    let height = height(state);
    let Some(Overlay::Guide(guide)) = &mut state.overlay else { return };
    if settle(&mut guide.answer, ticket, answer, &mut state.problems) {
        let first = guide.gap(true).unwrap_or(1);
        let len = guide.rows().len();
        guide.list.set(first, len, height);
    }
}

/// Takes the draft of empty tests, when it is still wanted.
pub fn drafted(state: &mut State, ticket: Ticket, answer: Answer<Arc<Draft>>) {
    let Some(Overlay::Guide(guide)) = &mut state.overlay else { return };
    let Some(draft) = &mut guide.draft else { return };
    settle(&mut draft.answer, ticket, answer, &mut state.problems);
}

/// Takes what came of writing: the editor opens where the first new test stands.
pub fn written(state: &mut State, answer: Answer<(RepoPath, u32)>) -> Vec<Effect> {
    match answer {
        Ok((path, line)) => {
            state.say(format!("written to {}:{line}", path.as_str()));
            vec![Effect::Edit(path, line)]
        }
        Err(problem) => {
            state.trouble(problem);
            Vec::new()
        }
    }
}

fn height(state: &State) -> usize {
    usize::from(plan(state.size(), state).overlay_list(state).height)
}

/// Does an action in the guide.
pub fn act(state: &mut State, action: Action, height: usize) -> Vec<Effect> {
    let Some(Overlay::Guide(guide)) = &mut state.overlay else { return Vec::new() };
    if let Some(draft) = &mut guide.draft {
        let len = draft.answer.value().map_or(0, |answer| draft_lines(answer).len());
        act_pane::roll(&mut draft.list, action, len, height);
        return Vec::new();
    }
    let len = guide.rows().len();
    if guide.list.go(action, len, height) {
        return Vec::new();
    }
    match action {
        Action::NextGap | Action::PreviousGap => {
            if let Some(row) = guide.gap(action == Action::NextGap) {
                guide.list.set(row, len, height);
            }
            Vec::new()
        }
        Action::WriteTest => match guide.selected() {
            Some(GuideRow::Item(at, item)) => draft(state, at, Which::One(item)),
            Some(GuideRow::Function(at)) => draft(state, at, Which::NotYet),
            None => Vec::new(),
        },
        Action::WriteTests => match guide.selected() {
            Some(GuideRow::Item(at, _) | GuideRow::Function(at)) => draft(state, at, Which::NotYet),
            None => Vec::new(),
        },
        Action::CopyGuide => {
            let Some(all) = guide.answer.value() else { return Vec::new() };
            let text = guides_tasks(&guide.path, all);
            state.say("the guide is copied as a list of tasks in Markdown");
            vec![Effect::Copy(text)]
        }
        _ => Vec::new(),
    }
}

/// Asks for a draft of empty tests for items of a function.
fn draft(state: &mut State, at: usize, which: Which) -> Vec<Effect> {
    let ticket = state.ticket();
    let Some(Overlay::Guide(guide)) = &mut state.overlay else { return Vec::new() };
    let Some(ticked) = guide.function(at).cloned() else { return Vec::new() };
    let mut draft = DraftState::default();
    draft.answer.ask(ticket);
    guide.draft = Some(draft);
    vec![Effect::Draft {
        ticket,
        path: guide.path.clone(),
        ticked: Box::new(ticked),
        which,
        ledger: state.ledger.clone(),
    }]
}

/// Leaves the draft; false where there is none.
pub fn leave_draft(state: &mut State) -> bool {
    match &mut state.overlay {
        Some(Overlay::Guide(guide)) => guide.draft.take().is_some(),
        _ => false,
    }
}

/// Enter: the draft is written or, without one, the source opens at the line of the cursor.
pub fn accept(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Guide(guide)) = &mut state.overlay else { return Vec::new() };
    if let Some(draft) = &guide.draft {
        let Some(answer) = draft.answer.value().cloned() else { return Vec::new() };
        state.overlay = None;
        return vec![Effect::Write(answer)];
    }
    let line = match guide.selected() {
        Some(GuideRow::Item(at, item)) => guide.item(at, item).map(|(item, _)| item.line),
        Some(GuideRow::Function(at)) => guide.function(at).map(|ticked| ticked.guide.function.def),
        None => None,
    };
    let path = guide.path.clone();
    let Some(line) = line else { return Vec::new() };
    state.overlay = None;
    act::focus(state, Pane::Lines);
    if state.lines.file().is_none_or(|file| file.path != path) {
        state.say(format!("{}:{line}: its source is not shown yet", path.as_str()));
        return Vec::new();
    }
    let height = state.list_height(Pane::Lines);
    state.lines.show(line, height);
    Vec::new()
}

/// A line of a draft: its number in the test file, and its text.
#[must_use]
pub fn draft_lines(draft: &Draft) -> Vec<(u32, Clean)> {
    let mut lines = Vec::new();
    for (first, text) in &draft.skeleton.added {
        lines.extend((*first..).zip(Clean::lines(text)));
    }
    lines
}
