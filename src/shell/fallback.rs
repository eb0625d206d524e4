//! A run in which lacuna's plugin was not loaded: its outcomes from the JUnit report, or else from its text.

use super::desk::Desk;
use super::follow::Followed;
use crate::app::News;
use crate::base::StyledText;
use crate::domain::suite::{
    Event, Failure, JunitReport, More, NodeIds, Outcome, PhaseDone, Recovered, Teller, TestEnd, TestId, Told, When,
    read_junit, read_verbose,
};
use crate::io::files;
use crate::io::runner::RunDir;
use std::collections::HashSet;

/// The largest report that is read, in bytes.
const LIMIT: u64 = 256 << 20;

/// Gives a run that told nothing the outcomes that it left otherwise, and says what the screen should know of them.
pub fn recover(desk: &Desk, followed: &mut Followed, run: Option<&RunDir>) -> Vec<News> {
    if followed.progress.start.is_some() {
        return Vec::new();
    }
    let spoken = read_verbose(&StyledText::parse(followed.said.text().as_bytes()).plain());
    let bytes = run.and_then(|run| files::read(&run.junit(), LIMIT).ok());
    let report = bytes.as_deref().and_then(|bytes| read_junit(bytes, "the run's JUnit report").ok());
    let (teller, events) = match report.filter(|report| !report.cases.is_empty()) {
        Some(report) => (Teller::Report, by_report(desk, report, &spoken)),
        None if spoken.is_empty() => return Vec::new(),
        None => (Teller::Text, spoken.into_iter().flat_map(by_text).collect()),
    };
    followed.progress.told_by = Some(teller);
    let ids: Vec<TestId> = events
        .iter()
        .filter_map(|event| if let Event::TestEnd(end) = event { Some(end.id.clone()) } else { None })
        .collect();
    let total = ids.len() as u64;
    let collected = Event::Collected { ids, total, deselected: None, last: true };
    let past = |test: &TestId| super::past::of(desk, test);
    std::iter::once(collected).chain(events).filter_map(|event| followed.event(event, &past)).collect()
}

fn by_report(desk: &Desk, report: JunitReport<'_>, spoken: &[Told]) -> Vec<Event> {
    let names = NodeIds::from_files(desk.disk.python_files().iter());
    let said: HashSet<&TestId> = spoken.iter().map(|test| &test.id).collect();
    let mut events = Vec::new();
    for case in report.cases {
        let id = match names.recover(&case) {
            Recovered::Exact(id) | Recovered::Guess(id) => id,
            Recovered::Ambiguous(ids) => match ids.iter().find(|id| said.contains(id)).or(ids.first()) {
                Some(id) => id.clone(),
                None => continue,
            },
        };
        let More { message, details, attempts, .. } = case.more.map(|more| *more).unwrap_or_default();
        let text = if details.trim().is_empty() { message.to_string() } else { details };
        events.extend(phase(&id, case.outcome, text));
        events.push(Event::TestEnd(TestEnd { id, outcome: case.outcome, seconds: case.seconds, attempts, held: None }));
    }
    events
}

fn by_text(spoken: Told) -> Vec<Event> {
    let Told { id, outcome, attempts, details, .. } = spoken;
    let end = Event::TestEnd(TestEnd { id: id.clone(), outcome, seconds: 0.0, attempts, held: None });
    phase(&id, outcome, details).into_iter().chain([end]).collect()
}

fn phase(id: &TestId, outcome: Outcome, text: String) -> Option<Event> {
    if text.trim().is_empty() {
        return None;
    }
    let when = if outcome == Outcome::Error { When::Setup } else { When::Call };
    Some(Event::Phase(Box::new(PhaseDone {
        id: id.clone(),
        when,
        outcome,
        seconds: 0.0,
        failure: Some(Failure::new(when, text, None, None)),
        crash: None,
        sections: Vec::new(),
        worker: None,
        rerun: false,
        subtest: None,
    })))
}
