//! The programme on the screen: what is getting worse, each figure with its target and where it goes, and what belongs to it.

use crate::app::act::focus;
use crate::app::update::settle;
use crate::app::{Action, Answer, Effect, Overlay, Pane, Scroll, Slot, State, Ticket};
use crate::base::Stamp;
use crate::domain::programme::{Place, Ruling, Trend, Verdict};
use std::sync::Arc;

/// What a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Code, by its layers.
    Code,
    /// Tests, by their layers.
    Tests,
    /// The contract, and the issues that tests belong to.
    Promises,
    /// The suite as it ran.
    Suite,
}

/// What a figure leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// The files of the map that these words choose; all of them without any.
    Map(String),
    /// The flaky tests.
    Flaky,
    /// The places that belong to it.
    Places,
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgrammeRow {
    /// What it is of.
    pub group: Group,
    /// Where it stands, and what is wanted.
    pub ruling: Ruling,
    /// How it went, where that was recorded.
    pub trend: Option<Trend>,
    /// What it leads to.
    pub lead: Lead,
    /// The places that belong to it.
    pub places: Vec<Place>,
}

/// All figures of the programme.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Programme {
    /// The figures, group by group.
    pub rows: Vec<ProgrammeRow>,
    /// All of it as Markdown.
    pub markdown: String,
    /// When it was read.
    pub at: Stamp,
}

/// One line of the view: a heading, or a figure by its place among the rows and whether it stands there for getting worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgrammeLine {
    /// What the lines below it have in common.
    Heading(&'static str),
    /// A figure.
    Row(usize, bool),
}

/// What is known of the programme.
#[derive(Clone, Debug, Default)]
pub struct ProgrammeState {
    /// The figures.
    pub answer: Slot<Arc<Programme>>,
    /// Whether something happened since they were asked for that may have changed them.
    pub is_stale: bool,
    /// The lines of the view.
    pub lines: Vec<ProgrammeLine>,
}

/// The view over the panes.
#[derive(Clone, Debug, Default)]
pub struct ProgrammeView {
    /// The cursor among the lines.
    pub list: Scroll,
    /// The cursor among the places of that figure, while they are shown.
    pub inside: Option<Scroll>,
}

impl Group {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Code, Self::Tests, Self::Promises, Self::Suite];

    /// The heading.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Code => "code, by layers",
            Self::Tests => "tests, by layers",
            Self::Promises => "contract and issues",
            Self::Suite => "the suite",
        }
    }
}

impl ProgrammeRow {
    /// How much worse it became; nothing where it did not, or nobody can say.
    #[must_use]
    pub fn worse(&self) -> Option<f64> {
        self.trend.as_ref()?.worse().filter(|share| *share > 0.0)
    }

    /// Whether it is foretold to miss its target.
    #[must_use]
    pub fn is_looming(&self) -> bool {
        let forecast = self.trend.as_ref().and_then(|trend| trend.forecast.as_ref());
        forecast.is_some_and(|forecast| forecast.is_bad && forecast.meets.is_some())
    }

    /// Whether it is getting worse, or is foretold to miss its target.
    #[must_use]
    pub fn is_declining(&self) -> bool {
        self.worse().is_some() || self.is_looming()
    }
}

impl Programme {
    /// How many figures there are of a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.ruling.verdict == verdict).count()
    }

    /// The lines of the view: first what is getting worse, that which will miss its target before all, then that which got worse
    /// most; then all figures, group by group.
    #[must_use]
    fn lines(&self) -> Vec<ProgrammeLine> {
        let mut lines = Vec::new();
        let mut declining: Vec<(usize, bool, f64)> = Vec::new();
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| row.is_declining()) {
            // Of several targets of one layer the figure is the same.
            let is_told =
                declining.iter().any(|(told, ..)| self.rows.get(*told).is_some_and(|told| told.trend == row.trend));
            declining.extend((!is_told).then(|| (at, row.is_looming(), row.worse().unwrap_or(0.0))));
        }
        declining.sort_by(|one, other| other.1.cmp(&one.1).then(other.2.total_cmp(&one.2)));
        let mut put = |heading: &'static str, rows: Vec<usize>, is_worse: bool| {
            lines.extend((!rows.is_empty()).then_some(ProgrammeLine::Heading(heading)));
            lines.extend(rows.into_iter().map(|at| ProgrammeLine::Row(at, is_worse)));
        };
        put("getting worse", declining.into_iter().map(|(at, ..)| at).collect(), true);
        for group in Group::ALL {
            let rows = self.rows.iter().enumerate().filter(|(_, row)| row.group == group).map(|(at, _)| at).collect();
            put(group.heading(), rows, false);
        }
        lines
    }
}

/// Opens the view. What was known before is shown until it has been read anew.
pub fn open(state: &mut State) {
    state.programme.is_stale = true;
    let mut view = ProgrammeView::default();
    settle_cursor(&state.programme.lines, &mut view.list, true);
    state.overlay = Some(Overlay::Programme(view));
}

/// Asks for the figures while the view is open and they may have changed.
pub fn ask(state: &mut State) -> Option<Effect> {
    let is_wanted = matches!(state.overlay, Some(Overlay::Programme(_))) && state.programme.is_stale;
    if !is_wanted || state.programme.answer.waiting() {
        return None;
    }
    state.programme.is_stale = false;
    let ticket = state.ticket();
    Some(Effect::ReadProgramme { ticket: state.programme.answer.ask(ticket), ledger: state.ledger.clone() })
}

/// Takes the figures. The cursor stays on its own.
pub fn taken(state: &mut State, ticket: Ticket, answer: Answer<Arc<Programme>>) {
    let key = selected(state).map(|(row, is_worse)| (row.ruling.rule.clone(), row.ruling.about.clone(), is_worse));
    if !settle(&mut state.programme.answer, ticket, answer, &mut state.problems) {
        return;
    }
    let Some(programme) = state.programme.answer.value().cloned() else { return };
    state.programme.lines = programme.lines();
    let Some(Overlay::Programme(view)) = &mut state.overlay else { return };
    let is_it = |line: &ProgrammeLine| {
        let ProgrammeLine::Row(at, is_worse) = line else { return false };
        let row = programme.rows.get(*at).map(|row| (row.ruling.rule.clone(), row.ruling.about.clone(), *is_worse));
        row.is_some() && row == key
    };
    match state.programme.lines.iter().position(is_it) {
        Some(at) => view.list.at = at,
        None => (view.list, view.inside) = (Scroll::default(), None),
    }
    settle_cursor(&state.programme.lines, &mut view.list, true);
}

/// The figure under the cursor, and whether it stands there for getting worse.
#[must_use]
pub fn selected(state: &State) -> Option<(&ProgrammeRow, bool)> {
    let Some(Overlay::Programme(view)) = &state.overlay else { return None };
    let ProgrammeLine::Row(at, is_worse) = state.programme.lines.get(view.list.at)? else { return None };
    Some((state.programme.answer.value()?.rows.get(*at)?, *is_worse))
}

/// No cursor is on a heading.
fn settle_cursor(lines: &[ProgrammeLine], list: &mut Scroll, down: bool) {
    let is_row = |at: usize| matches!(lines.get(at), Some(ProgrammeLine::Row(..)));
    if is_row(list.at) || lines.is_empty() {
        return;
    }
    let below = (list.at..lines.len()).find(|at| is_row(*at));
    let above = (0..list.at).rev().find(|at| is_row(*at));
    list.at = if down { below.or(above) } else { above.or(below) }.unwrap_or(0);
}

/// Does an action in the view.
pub fn act(state: &mut State, action: Action, height: usize) -> Vec<Effect> {
    let places = selected(state).map_or(0, |(row, _)| row.places.len());
    let lines = state.programme.lines.clone();
    let Some(Overlay::Programme(view)) = &mut state.overlay else { return Vec::new() };
    if let Some(list) = &mut view.inside {
        if list.go(action, places, height) {
            return Vec::new();
        }
    } else {
        let before = view.list.at;
        if view.list.go(action, lines.len(), height) {
            let down = view.list.at > before || before == 0;
            settle_cursor(&lines, &mut view.list, down);
            view.list.show(lines.len(), height);
            // The heading above the first figure is seen too.
            if !matches!(lines.get(..view.list.at), Some(above) if above.iter().any(|line| matches!(line, ProgrammeLine::Row(..))))
            {
                view.list.top = 0;
            }
            return Vec::new();
        }
    }
    match action {
        Action::Edit => edit(state).into_iter().collect(),
        Action::CopyProgramme => {
            let Some(text) = state.programme.answer.value().map(|programme| programme.markdown.clone()) else {
                return Vec::new();
            };
            state.say("the programme is copied as Markdown");
            vec![Effect::Copy(text)]
        }
        _ => Vec::new(),
    }
}

/// Back from the places to the figures; false where none are shown.
pub fn back(state: &mut State) -> bool {
    let Some(Overlay::Programme(view)) = &mut state.overlay else { return false };
    view.inside.take().is_some()
}

/// Goes where the figure under the cursor leads, or opens the editor at the place under it.
pub fn accept(state: &mut State) -> Vec<Effect> {
    if matches!(&state.overlay, Some(Overlay::Programme(view)) if view.inside.is_some()) {
        return edit(state).into_iter().collect();
    }
    let Some((row, _)) = selected(state) else { return Vec::new() };
    let (lead, has_places, about) = (row.lead.clone(), !row.places.is_empty(), row.ruling.about.clone());
    match lead {
        Lead::Map(words) => {
            state.overlay = None;
            state.map.filter.erase();
            state.map.filter.paste(&words);
            focus(state, Pane::Map);
            state.map.rebuild(state.list_height(Pane::Map));
        }
        Lead::Flaky => {
            state.overlay = None;
            focus(state, Pane::Flaky);
        }
        Lead::Places if has_places => {
            if let Some(Overlay::Programme(view)) = &mut state.overlay {
                view.inside = Some(Scroll::default());
            }
        }
        Lead::Places => state.say(format!("{about}: there is nothing to list")),
    }
    Vec::new()
}

/// The editor at the place under the cursor; of a figure, at its first one.
fn edit(state: &mut State) -> Option<Effect> {
    let Some(Overlay::Programme(view)) = &state.overlay else { return None };
    let at = view.inside.map_or(0, |list| list.at);
    let place = selected(state).and_then(|(row, _)| row.places.get(at));
    let found = place.and_then(|place| Some((place.path.clone()?, place.lines.map_or(1, |lines| lines.0))));
    if found.is_none() {
        state.say("it has no place in a file");
    }
    found.map(|(path, line)| Effect::Edit(path, line))
}
