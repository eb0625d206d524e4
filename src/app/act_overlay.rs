//! What actions do in what lies over the panes.

use crate::app::follow::{listed, search};
use crate::app::update::read_catalog;
use crate::app::{
    Action, Ask, Choice, Effect, HelpState, Items, Key, ListKind, Overlay, Pane, PickerState, Scroll, State, TABLE,
    TextLine, Whose, act, act_pane, checklist, compare, consent_lines, guide, help_rows, lab, plan, programme,
    quarantine, run_flow,
};
use crate::base::{Clean, RepoPath};
use std::sync::Arc;

/// Does an action in the overlay; nothing for an action that means the same everywhere.
pub fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(Overlay::Plan(plan)) = &mut state.overlay
        && plan.naming.is_some()
    {
        match action {
            Action::Back => {
                plan.naming = None;
                return Some(Vec::new());
            }
            Action::Accept => return Some(run_flow::save(state)),
            _ => {}
        }
    }
    match action {
        Action::Back if programme::back(state) => {}
        Action::Back | Action::Close if guide::leave_draft(state) => {}
        Action::Back | Action::Close => close(state),
        Action::Help => open_help(state),
        Action::Programme if matches!(state.overlay, Some(Overlay::Programme(_))) => {}
        Action::Checklist if matches!(state.overlay, Some(Overlay::Checklist(_))) => {}
        Action::Programme
        | Action::Checklist
        | Action::MapPane
        | Action::LinesPane
        | Action::FlakyPane
        | Action::RunnerPane => {
            state.overlay = None;
            return Some(act::act(state, action));
        }
        Action::Interrupt if matches!(state.overlay, Some(Overlay::Lab(_))) && state.has_lab() => {
            return Some(lab::stop(state));
        }
        Action::Interrupt if !state.is_running() => state.overlay = None,
        Action::Interrupt | Action::Redraw | Action::Suspend | Action::Panic => return None,
        Action::Accept => return Some(accept(state)),
        Action::EraseAll => {
            if let Some(line) = text_line(state) {
                line.erase();
            }
            return Some(text_changed(state));
        }
        action => return Some(inside(state, action)),
    }
    Some(Vec::new())
}

fn accept(state: &mut State) -> Vec<Effect> {
    match &state.overlay {
        Some(Overlay::Plan(_)) => run_flow::confirm(state),
        Some(Overlay::Consent(..)) => run_flow::consent(state),
        Some(Overlay::Leaving) => vec![Effect::Leave(0)],
        Some(Overlay::Picker(_)) => take(state),
        Some(Overlay::Compare(_)) => compare::open_file(state),
        Some(Overlay::Programme(_)) => programme::accept(state),
        Some(Overlay::Checklist(_)) => checklist::edit(state).into_iter().collect(),
        Some(Overlay::Quarantine(_)) => quarantine::accept(state),
        Some(Overlay::Guide(_)) => guide::accept(state),
        Some(Overlay::Help(help)) => {
            let row = help_rows(help.about, help.filter.text()).get(help.list.at).copied();
            close(state);
            row.map(|row| act::act(state, row.action)).unwrap_or_default()
        }
        Some(Overlay::Problems(_) | Overlay::Lab(_)) | None => {
            state.overlay = None;
            Vec::new()
        }
    }
}

/// Movement and what only one overlay knows.
fn inside(state: &mut State, action: Action) -> Vec<Effect> {
    let height = usize::from(plan(state.size(), state).overlay_list(state).height);
    let width = plan(state.size(), state).overlay_list(state).width;
    let problems = match &state.overlay {
        Some(Overlay::Problems(_)) => crate::app::problem_lines(&state.problems, width).len(),
        _ => 0,
    };
    match &mut state.overlay {
        Some(Overlay::Picker(picker)) => {
            let len = picker.len();
            if picker.list.go(action, len, height) {
                return Vec::new();
            }
            return picking(state, action);
        }
        Some(Overlay::Help(help)) => {
            let len = help_rows(help.about, help.filter.text()).len();
            help.list.go(action, len, height);
        }
        Some(Overlay::Plan(plan)) if action == Action::Command => plan.full = !plan.full,
        Some(Overlay::Plan(_)) if action == Action::Save => run_flow::name(state),
        Some(Overlay::Plan(plan)) => {
            let len = plan.lines.len();
            act_pane::roll(&mut plan.list, action, len, height);
        }
        Some(Overlay::Problems(list)) => {
            act_pane::roll(list, action, problems, height);
        }
        Some(Overlay::Compare(_)) => return compare::act(state, action, height),
        Some(Overlay::Lab(_)) => return lab::act(state, action),
        Some(Overlay::Guide(_)) => return guide::act(state, action, height),
        Some(Overlay::Programme(_)) => return programme::act(state, action, height),
        Some(Overlay::Checklist(_)) => return checklist::act(state, action, height),
        Some(Overlay::Consent(planned, list)) => {
            let lines = planned.consent.as_ref().map_or(0, |consent| consent_lines(consent, width).len());
            act_pane::roll(list, action, lines, height);
        }
        Some(Overlay::Leaving | Overlay::Quarantine(_)) | None => {}
    }
    Vec::new()
}

fn picking(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = &mut state.overlay else { return Vec::new() };
    match action {
        Action::Toggle => picker.toggle(),
        Action::ToggleAll => picker.toggle_all(),
        Action::EditChoice => {
            let wanted = picker.selected().cloned();
            return edit(state, wanted).into_iter().collect();
        }
        Action::Forget => {
            let Some(Choice::Selection(name)) = picker.selected().filter(|_| picker.kind == ListKind::Saved).cloned()
            else {
                return Vec::new();
            };
            if name.is_empty() {
                state.say("the last batch stays until another one runs");
                return Vec::new();
            }
            let ticket = state.ticket();
            let Some(Overlay::Picker(picker)) = &mut state.overlay else { return Vec::new() };
            return vec![Effect::ForgetSelection(picker.related.ask(ticket), name)];
        }
        Action::Preview => picker.with_preview = !picker.with_preview,
        Action::NextSource => {
            let next = picker.kind.next();
            let (chosen, query) = (std::mem::take(&mut picker.chosen), std::mem::take(&mut picker.query));
            return open(state, next, chosen, query);
        }
        _ => {}
    }
    Vec::new()
}

/// The editor at what the cursor of the picker is on.
fn edit(state: &mut State, choice: Option<Choice>) -> Option<Effect> {
    let effect = match choice? {
        Choice::Source(path) | Choice::TestFile(path) => Effect::Edit(path, 1),
        Choice::Test(test) => Effect::EditTest(test),
        Choice::Action(_) | Choice::Point(_) | Choice::Selection(_) => return None,
    };
    state.overlay = None;
    Some(effect)
}

/// Opens the picker on one of its own lists.
pub fn open_picker(state: &mut State, kind: ListKind) -> Vec<Effect> {
    open(state, kind, state.marks.clone(), TextLine::default())
}

fn open(state: &mut State, kind: ListKind, chosen: std::collections::BTreeSet<Choice>, query: TextLine) -> Vec<Effect> {
    let mut effects = Vec::new();
    let catalog = state.catalog.value().cloned();
    if catalog.is_none() && !state.catalog.waiting() {
        effects.push(read_catalog(state));
    }
    let items = match (&kind, &catalog) {
        (ListKind::Actions, _) => Some(Arc::new(actions())),
        (kind, Some(catalog)) => listed(kind, catalog),
        (_, None) => None,
    };
    let loading = items.is_none();
    let mut picker = PickerState::new(kind.clone(), items.unwrap_or_default(), loading);
    (picker.chosen, picker.query) = (chosen, query);
    if matches!(kind, ListKind::Failed | ListKind::Changed | ListKind::Saved) {
        let ticket = picker.related.ask(state.ticket());
        effects.push(Effect::ListChoices(ticket, kind));
    }
    state.overlay = Some(Overlay::Picker(Box::new(picker)));
    effects.extend(search(state));
    effects
}

/// Every action of the palette: its name and what it does.
fn actions() -> Items {
    let rows = TABLE.iter().filter(|row| row.action.in_palette());
    let (texts, choices) =
        rows.map(|row| (Clean::line(&format!("{}  {}", row.name, row.help)), Choice::Action(row.action))).unzip();
    Items { texts, choices, ..Items::default() }
}

/// Opens the picker on the tests of a file.
pub fn open_tests_of(state: &mut State, path: RepoPath) -> Vec<Effect> {
    let title = Clean::line(&format!("tests of {}", path.as_str()));
    open_related(state, title, Whose::File(path))
}

/// Opens the picker on the tests of something.
pub fn open_related(state: &mut State, title: Clean, whose: Whose) -> Vec<Effect> {
    let Some(ledger) = state.ledger.clone() else {
        state.say("nothing is known of its tests yet");
        return Vec::new();
    };
    let ticket = state.ticket();
    let mut picker = PickerState::new(ListKind::Related(title), Arc::default(), true);
    picker.related.ask(ticket);
    state.overlay = Some(Overlay::Picker(Box::new(picker)));
    vec![Effect::FindTests { ticket, whose, ledger }]
}

/// Takes what is chosen: an action is done, one source file offers its tests, everything else is planned.
pub fn take(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = &mut state.overlay else { return Vec::new() };
    if picker.found.waiting() && picker.chosen.is_empty() {
        picker.eager = true;
        return Vec::new();
    }
    if matches!(picker.kind, ListKind::Points(_)) {
        return compare::choose(state);
    }
    if picker.kind.is_expression() && picker.chosen.is_empty() && !picker.query.text().trim().is_empty() {
        return by_expression(state);
    }
    let taken = picker.taken();
    let action = match picker.selected() {
        Some(Choice::Action(action)) => Some(*action),
        _ => None,
    };
    if picker.kind == ListKind::Actions {
        state.overlay = None;
        return action.map(|action| act::act(state, action)).unwrap_or_default();
    }
    match taken.as_slice() {
        [] => Vec::new(),
        [Choice::Source(path)] => open_tests_of(state, path.clone()),
        taken => {
            let ask: Ask = run_flow::ask_for(taken.iter().cloned());
            state.overlay = None;
            run_flow::plan(state, ask)
        }
    }
}

/// Plans what the expression chooses that is typed in the picker.
fn by_expression(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = &state.overlay else { return Vec::new() };
    let (kind, text) = (picker.kind.clone(), picker.query.text().trim().to_owned());
    if let Some(what) = kind.wrong(&text) {
        state.say(what);
        return Vec::new();
    }
    state.overlay = None;
    let ask = match kind {
        ListKind::Mark => Ask { mark: Some(text), ..Ask::default() },
        _ => Ask { keyword: Some(text), ..Ask::default() },
    };
    run_flow::plan(state, ask)
}

/// Opens the help about what is in front: what lies over the panes, or the pane that has the focus.
pub fn open_help(state: &mut State) {
    let help = HelpState { about: state.place(), filter: TextLine::default(), list: Scroll::default(), under: None };
    lay_help(state, help);
}

/// Takes the help away from what it lies over, which is in front then.
pub fn lift_help(state: &mut State) -> Option<HelpState> {
    match state.overlay.take() {
        Some(Overlay::Help(mut help)) => {
            state.overlay = help.under.take().map(|under| *under);
            Some(help)
        }
        other => {
            state.overlay = other;
            None
        }
    }
}

/// Lays the help over what is in front.
pub fn lay_help(state: &mut State, help: HelpState) {
    let under = state.overlay.take().map(Box::new);
    state.overlay = Some(Overlay::Help(HelpState { under, ..help }));
}

/// Puts away what lies in front; what help lies over stays.
fn close(state: &mut State) {
    if lift_help(state).is_none() {
        state.overlay = None;
    }
}

/// The line of text that is being typed.
pub fn text_line(state: &mut State) -> Option<&mut TextLine> {
    match &mut state.overlay {
        Some(Overlay::Picker(picker)) => Some(&mut picker.query),
        Some(Overlay::Help(help)) => Some(&mut help.filter),
        Some(Overlay::Plan(plan)) => plan.naming.as_mut(),
        Some(Overlay::Quarantine(asked)) => asked.reason.as_mut(),
        Some(_) => None,
        None => match state.focus {
            Pane::Map if state.map.typing => Some(&mut state.map.filter),
            Pane::Flaky if state.flaky.typing => Some(&mut state.flaky.filter),
            _ => None,
        },
    }
}

/// Whether nothing is typed in the picker.
#[must_use]
pub fn is_query_empty(state: &State) -> bool {
    matches!(&state.overlay, Some(Overlay::Picker(picker)) if picker.query.is_empty())
}

/// Takes a key as text.
pub fn typed(state: &mut State, key: Key) -> Vec<Effect> {
    match text_line(state).and_then(|line| line.take(key)) {
        Some(true) => text_changed(state),
        _ => Vec::new(),
    }
}

/// What follows from other text in the line being typed.
pub fn text_changed(state: &mut State) -> Vec<Effect> {
    match &mut state.overlay {
        Some(Overlay::Picker(picker)) => {
            (picker.list, picker.eager) = (Scroll::default(), false);
            return search(state).into_iter().collect();
        }
        Some(Overlay::Help(help)) => help.list = Scroll::default(),
        Some(_) => {}
        None => {
            let height = state.list_height(state.focus);
            match state.focus {
                Pane::Map => state.map.rebuild(height),
                Pane::Flaky => state.flaky.rebuild(height),
                Pane::Lines | Pane::Runner => {}
            }
        }
    }
    Vec::new()
}
