//! The checklist on the screen: what was found in the new and changed tests, in those of the batch, and, apart from both, in all others.

use crate::app::{Action, Answer, Effect, Overlay, RunRow, Scroll, Slot, State, Ticket};
use crate::domain::quality::{Checked, Checklist, Level, Part};
use crate::domain::report::checklist_markdown;
use crate::domain::suite::TestId;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which tests are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CheckScope {
    /// Those that are new or changed.
    #[default]
    Changed,
    /// Those of the last batch.
    Batch,
    /// All others: debt.
    Debt,
}

/// What was found of each scope.
#[derive(Clone, Debug, Default)]
pub struct ChecklistState {
    /// The answers, in the order of [`CheckScope::ALL`].
    answers: [Slot<Arc<Checklist>>; 3],
    /// Which of them may be other ones now.
    is_fresh: [bool; 3],
}

/// The view over the panes.
#[derive(Clone, Debug, Default)]
pub struct CheckView {
    /// Which tests.
    pub scope: CheckScope,
    /// The cursor among the findings.
    pub list: Scroll,
}

/// What the checklist says of the new and changed tests of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchCheck {
    /// How many new and changed tests it has.
    pub tests: usize,
    /// How many of them break a rule that is more than advice.
    pub broken: usize,
    /// In how many places.
    pub findings: usize,
}

impl CheckScope {
    /// All of them, in the order of their key.
    pub const ALL: [Self; 3] = [Self::Changed, Self::Batch, Self::Debt];

    /// Its name on the screen.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Changed => "new and changed",
            Self::Batch => "this batch",
            Self::Debt => "debt",
        }
    }
}

impl ChecklistState {
    /// What was found of a scope, as it is known.
    #[must_use]
    pub const fn of(&self, scope: CheckScope) -> &Slot<Arc<Checklist>> {
        let [changed, batch, debt] = &self.answers;
        match scope {
            CheckScope::Changed => changed,
            CheckScope::Batch => batch,
            CheckScope::Debt => debt,
        }
    }

    /// The part of a checklist that a scope is about.
    #[must_use]
    pub fn part(&self, scope: CheckScope) -> Option<&Part> {
        let list = self.of(scope).value()?;
        if scope == CheckScope::Debt { list.debt.as_ref() } else { Some(&list.asked) }
    }

    /// The findings of a scope, the gravest first, then by file and line.
    #[must_use]
    pub fn findings(&self, scope: CheckScope) -> Vec<&Checked> {
        let mut found: Vec<&Checked> = self.part(scope).map(|part| part.found.iter().collect()).unwrap_or_default();
        found.sort_by(|one, other| {
            let place = |checked: &&Checked| (checked.path.clone(), checked.finding.line);
            other.level.cmp(&one.level).then_with(|| place(one).cmp(&place(other)))
        });
        found
    }

    /// Sources, tests or what is known of them changed: what was found may be something else.
    pub const fn doubt(&mut self) {
        self.is_fresh = [false; 3];
    }

    /// Whether what was found of a scope may be something else now.
    #[must_use]
    pub fn is_stale(&self, scope: CheckScope) -> bool {
        !self.is_fresh.get(scope as usize).copied().unwrap_or(false)
    }
}

/// Opens the view on the new and changed tests.
pub fn open(state: &mut State) {
    state.overlay = Some(Overlay::Checklist(CheckView::default()));
}

/// Asks for what the view shows, where that is not known or may have changed.
pub fn ask(state: &mut State) -> Option<Effect> {
    let Some(Overlay::Checklist(view)) = &state.overlay else { return None };
    let scope = view.scope;
    if !state.checklist.is_stale(scope) || state.checklist.of(scope).waiting() {
        return None;
    }
    look(state, scope)
}

/// Asks for what is found in the tests of a scope; nothing where the scope has none.
pub fn look(state: &mut State, scope: CheckScope) -> Option<Effect> {
    let tests = if scope == CheckScope::Batch { batch(state) } else { Vec::new() };
    if scope == CheckScope::Batch && tests.is_empty() {
        return None;
    }
    let ticket = state.ticket();
    let (fresh, slot) =
        (state.checklist.is_fresh.get_mut(scope as usize)?, state.checklist.answers.get_mut(scope as usize)?);
    *fresh = true;
    Some(Effect::Check { ticket: slot.ask(ticket), scope, tests, ledger: state.ledger.clone() })
}

/// The tests of the last batch, each function once.
fn batch(state: &State) -> Vec<TestId> {
    let names = state.runner.run.iter().flat_map(|run| &run.tests).map(|test| test.id.without_params().to_owned());
    names.collect::<BTreeSet<String>>().iter().map(|name| TestId::new(name)).collect()
}

/// Takes what was found. Where nobody can say which tests are new, that is said in the view alone: it is asked after every batch.
pub fn taken(state: &mut State, ticket: Ticket, answer: Answer<Arc<Checklist>>) {
    let Some(slot) = state.checklist.answers.iter_mut().find(|slot| slot.awaits(ticket)) else { return };
    slot.settle(ticket, answer);
    let height = state.list_height(crate::app::Pane::Runner);
    state.runner.checked = of_batch(state);
    state.runner.rebuild(height);
    let found = shown(state).len();
    if let Some(Overlay::Checklist(view)) = &mut state.overlay {
        view.list.at = view.list.at.min(found.saturating_sub(1));
    }
}

/// What the checklist says of the new and changed tests of the last batch; nothing where it has none, or nobody knows.
fn of_batch(state: &State) -> Option<BatchCheck> {
    let list = state.checklist.of(CheckScope::Changed).value()?;
    let ran: BTreeSet<TestId> = batch(state).into_iter().collect();
    // A finding may also be brought to a test that did not change itself.
    let mine: BTreeSet<&TestId> = list.names.iter().filter(|test| ran.contains(*test)).collect();
    let counts = |checked: &&Checked| matches!(checked.level, Level::Error | Level::Warning);
    let tests = list.asked.found.iter().filter(counts).filter_map(Checked::test);
    let broken: Vec<TestId> = tests.filter(|test| mine.contains(test)).collect();
    let findings = broken.len();
    let broken = broken.into_iter().collect::<BTreeSet<TestId>>().len();
    (!mine.is_empty()).then_some(BatchCheck { tests: mine.len(), broken, findings })
}

/// The findings that the view shows.
#[must_use]
pub fn shown(state: &State) -> Vec<&Checked> {
    match &state.overlay {
        Some(Overlay::Checklist(view)) => state.checklist.findings(view.scope),
        _ => Vec::new(),
    }
}

/// The finding under the cursor.
#[must_use]
pub fn selected(state: &State) -> Option<&Checked> {
    let Some(Overlay::Checklist(view)) = &state.overlay else { return None };
    shown(state).get(view.list.at).copied()
}

/// Does an action in the view.
pub fn act(state: &mut State, action: Action, height: usize) -> Vec<Effect> {
    let len = shown(state).len();
    let Some(Overlay::Checklist(view)) = &mut state.overlay else { return Vec::new() };
    if view.list.go(action, len, height) {
        return Vec::new();
    }
    match action {
        Action::NextScope => {
            let at = (view.scope as usize + 1) % CheckScope::ALL.len();
            *view = CheckView { scope: CheckScope::ALL.get(at).copied().unwrap_or_default(), list: Scroll::default() };
        }
        Action::Edit => return edit(state).into_iter().collect(),
        Action::Standards => return standards(state).into_iter().collect(),
        Action::CopyChecklist => {
            let scope = view.scope;
            let Some(list) = state.checklist.of(scope).value() else { return Vec::new() };
            let text = checklist_markdown(list);
            state.say("the checklist is copied as Markdown");
            return vec![Effect::Copy(text)];
        }
        _ => {}
    }
    Vec::new()
}

/// The editor at the finding under the cursor.
pub fn edit(state: &State) -> Option<Effect> {
    selected(state).map(|checked| Effect::Edit(checked.path.clone(), checked.finding.line))
}

/// The standards document at the section of the finding's rule; at its beginning where none belongs to it.
fn standards(state: &mut State) -> Option<Effect> {
    let Some(Overlay::Checklist(view)) = &state.overlay else { return None };
    let path = state.checklist.of(view.scope).value().and_then(|list| list.standards.clone());
    let line = selected(state).and_then(|checked| checked.section.as_ref()).map(|section| section.line);
    if path.is_none() {
        state.say("there is no standards document; the setting check.standards names it");
    }
    path.map(|path| Effect::Edit(path, line.unwrap_or(1)))
}

/// Whether a row of the runner is about the checklist.
#[must_use]
pub const fn is_row(row: Option<RunRow>) -> bool {
    matches!(row, Some(RunRow::Checklist))
}
