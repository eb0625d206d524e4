//! The command runner: progress, plan and tests as they end, before and after.

use crate::app::{CommandState, LiveCommand, LiveRun, LiveTest, Pane, Past, Plan, RunRow, Rung, State, test_name};
use crate::base::{Area, Clean, Ratio};
use crate::domain::history::Suspect;
use crate::domain::ledger::{Change, Figure, Gain};
use crate::ui::Role;
use crate::ui::canvas::{Canvas, Row};
use crate::ui::checklist;
use crate::ui::flaky::{outcome_role, outcome_sign};
use crate::ui::output;
use crate::ui::pane::{frame, paragraphs};
use crate::ui::words::{bar, count, cut, duration, percent, shorten, text};

/// Draws the pane.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State) {
    let runner = &state.runner;
    let mut about = Vec::new();
    if let Some(run) = &runner.run {
        let commands = run.commands.len();
        about.push((text(count(commands, "command")), Role::Muted));
    }
    let at =
        if runner.rows.is_empty() { String::new() } else { format!("{}/{}", runner.list.at + 1, runner.rows.len()) };
    frame(canvas, plan, Pane::Runner, state, &about, &text(at));
    let parts = plan.parts(Pane::Runner, state);
    let Some(run) = &runner.run else {
        return paragraphs(canvas, plan.inside(Pane::Runner), &empty(state));
    };
    progress(canvas, parts.head, run, state);
    let visible = runner.list.visible(runner.rows.len(), usize::from(parts.list.height));
    for (y, at) in (0_u16..).zip(visible) {
        let mut row = canvas.row(parts.list, y);
        if at == runner.list.at {
            row = row.on(if state.focus == Pane::Runner { Role::Selected } else { Role::SelectedIdle });
        }
        if let Some(shown) = runner.rows.get(at) {
            run_row(&mut row, *shown, run, state);
        }
    }
    if plan.framed {
        canvas.scroll_bar(parts.list, runner.list.top, runner.rows.len());
    }
    output::draw(canvas, parts.foot, state);
}

/// The turning sign of what runs.
#[must_use]
pub fn spinner(state: &State) -> &'static str {
    const TURNS: [&str; 4] = ["◐", "◓", "◑", "◒"];
    let turn = if state.start.still { 0 } else { state.now().0.rem_euclid(800) / 200 };
    usize::try_from(turn).ok().and_then(|turn| TURNS.get(turn)).copied().unwrap_or("◐")
}

/// Seconds from the start of the run to its end or to now.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of one sitting")]
fn elapsed(run: &LiveRun, state: &State) -> f64 {
    let end = run.after.as_ref().map_or(state.now(), |after| after.at);
    end.0.saturating_sub(run.started.0).max(0) as f64 / 1000.0
}

/// One line of figures, one of what is going on.
fn progress(canvas: &mut Canvas<'_>, area: Area, run: &LiveRun, state: &State) {
    let (ended, all, bad) = (run.ended(), run.tests.len(), run.bad());
    let mut row = canvas.row(area, 0);
    row.gap(1);
    match &run.after {
        None => row.put(spinner(state), Role::Running),
        Some(after) if after.cancelled => row.put("■", Role::Warning),
        Some(_) if bad > 0 => row.put("✗", Role::Failed),
        Some(_) => row.put("✓", Role::Passed),
    };
    row.gap(1).put(text(format!("{ended}/{all}")), Role::Strong).gap(1);
    if run.after.is_none() && area.width >= 44 {
        let width = (area.width / 4).clamp(6, 24);
        let full = bar(Ratio::new(ended as u64, all.max(1) as u64), width);
        let rest = usize::from(width).saturating_sub(full.width());
        row.put(full, Role::Full).put(text("·".repeat(rest)), Role::Rest).gap(1);
    }
    if run.after.as_ref().is_some_and(|after| after.cancelled) {
        row.put("stopped", Role::Warning).gap(1);
    }
    if bad > 0 {
        row.put(text(format!("✗ {bad} failed ")), Role::Failed);
    }
    row.put(text(duration(elapsed(run, state))), Role::Text);
    if run.after.is_none()
        && let Some(expected) = run.expected_seconds()
    {
        let left = expected - elapsed(run, state);
        let words = if left > 0.0 {
            format!(" · about {} left", duration(left))
        } else {
            format!(" · longer than the usual {}", duration(expected))
        };
        row.put(text(words), Role::Muted);
    }
    if let Some((before, after)) = run.after.as_ref().and_then(|after| after.total) {
        row.put(" · all files ", Role::Muted);
        before_after(&mut row, &before, &after, 1);
    }
    let mut row = canvas.row(area, 1);
    let room = row.left().saturating_sub(3);
    let (words, role) = going_on(run, state, room);
    row.gap(3).put(cut(&words, room), role);
}

/// What is going on, in one line of so many columns.
fn going_on(run: &LiveRun, state: &State, room: u16) -> (Clean, Role) {
    if let Some((rung, next)) = run.cancelling {
        let (doing, then) = match rung {
            Rung::Interrupt => ("interrupting…", "TERM"),
            Rung::Terminate => ("terminating…", "KILL"),
            Rung::Kill => ("killing…", ""),
        };
        let wait = next.map(|at| (at.0.saturating_sub(state.now().0).max(0) + 999) / 1000);
        let then = wait
            .map_or_else(|| " (c again ends it at once)".to_owned(), |seconds| format!(" {seconds} s until {then}"));
        return (text(format!("{doing}{then}")), Role::Warning);
    }
    if let Some(what) = &run.preparing {
        return (what.clone(), Role::Running);
    }
    if let Some(after) = &run.after {
        let reports = if after.reports.is_empty() { "" } else { " · y copies the batch report" };
        let failed = if run.bad() > 0 { " · x reruns the failed" } else { "" };
        if let Some(held) = run.planned.quarantine.done(&after.held) {
            return (text(format!("⊘ {held}{failed}")), Role::Warning);
        }
        return (text(format!("{} moved{reports}{failed}", count(after.changes.len(), "file"))), Role::Muted);
    }
    if let Some(test) = run.strange() {
        let strange = text(strange(test, state));
        let room = room.saturating_sub(u16::try_from(strange.width() + 2).unwrap_or(room));
        return (text(format!("{}: {strange}", shorten(&test.id.clean(), room))), Role::Warning);
    }
    let words =
        run.current().and_then(|at| run.tests.get(at)).map_or_else(|| text("collecting…"), |test| test.id.clean());
    match run.commands_running() {
        0 | 1 => (words, Role::Muted),
        several => (text(format!("{several} commands at once · {words}")), Role::Muted),
    }
}

/// `usually 2.0 s, now 40 s` of a test that takes strangely long.
#[must_use]
pub fn strange(test: &LiveTest, state: &State) -> String {
    let now = format!("now {}", duration(seconds_of(test, state)));
    let usual = test.strange.flatten().map(|usual| format!("usually {}, ", duration(usual)));
    usual.unwrap_or_default() + &now
}

/// How long a test has run or took, in seconds.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of one test")]
fn seconds_of(test: &LiveTest, state: &State) -> f64 {
    match test.started.filter(|_| test.outcome.is_none()) {
        Some(started) => state.now().0.saturating_sub(started.0).max(0) as f64 / 1000.0,
        None => test.seconds,
    }
}

/// `81.0% → 82.4% ▲`.
fn before_after(row: &mut Row<'_, '_>, before: &Figure, after: &Figure, digits: usize) {
    row.put(text(before.told(digits)), Role::Muted).put(" → ", Role::Muted);
    let (sign, role) = match after.ratio.percent() - before.ratio.percent() {
        _ if before.is_nothing() => ("", Role::Muted),
        _ if after.is_noise_since(before) => (" ≈ within noise", Role::Muted),
        moved if moved > 0.0 => (" ▲", Role::Gain),
        moved if moved < 0.0 => (" ▼", Role::Loss),
        _ => (" =", Role::Muted),
    };
    row.put(percent(after, digits), if role == Role::Muted { Role::Text } else { role }).put(sign, role);
}

fn run_row(row: &mut Row<'_, '_>, shown: RunRow, run: &LiveRun, state: &State) {
    match shown {
        RunRow::Total => {
            row.gap(1).put_left("all files", 20, Role::Strong).gap(1);
            if let Some((before, after)) = run.after.as_ref().and_then(|after| after.total) {
                before_after(row, &before, &after, 1);
                row.put(text(format!(" {}", after.qualifier())), Role::Muted);
            }
        }
        RunRow::Credit => {
            if let Some(credit) = run.after.as_ref().and_then(|after| after.credit()) {
                row.gap(1).put(text(credit), Role::Gain);
            }
        }
        RunRow::Checklist => {
            if let Some(check) = state.runner.checked {
                let (words, role) = checklist::of_batch(check);
                row.gap(1);
                let left = row.left();
                row.put(cut(&words, left), role);
            }
        }
        RunRow::Suspect(at) => {
            if let Some((test, suspicion)) = run.after.as_ref().and_then(|after| after.suspects.get(at)) {
                let role = if suspicion.suspect == Suspect::Regression { Role::Failed } else { Role::Warning };
                let name = cut(&test_name(test), row.left() / 3);
                row.gap(1).put(name, Role::Strong).put(": ", Role::Muted);
                row.put(cut(&text(suspicion.words()), row.left()), role);
            }
        }
        RunRow::Change(at) => {
            if let Some(change) = run.after.as_ref().and_then(|after| after.changes.get(at)) {
                change_row(row, change);
            }
        }
        RunRow::Cycle(at) => {
            let commands = run.planned.cycles.get(at).map_or(0, Vec::len);
            let words = format!("─ cycle {} of {} · {}", at + 1, run.planned.cycles.len(), count(commands, "command"));
            row.put(text(words), Role::Muted);
        }
        RunRow::Command(at) => {
            if let (Some(live), Some(planned)) = (run.commands.get(at), run.planned.cycles.iter().flatten().nth(at)) {
                let shown = if state.runner.full { &planned.full } else { &planned.shown };
                command_row(row, live, shown, state);
            }
        }
        RunRow::Warnings(at) => {
            if let Some(live) = run.commands.get(at) {
                let warned = usize::try_from(live.warned).unwrap_or(usize::MAX);
                row.gap(2).put("! ", Role::Warning).put(text(count(warned, "warning")), Role::Warning);
            }
        }
        RunRow::Test(at) => {
            if let Some(test) = run.tests.get(at) {
                let gain = run.after.as_ref().and_then(|after| after.gain(&test.id));
                test_row(row, test, run.is_running(at), gain, state);
            }
        }
    }
}

/// A file whose figure moved.
fn change_row(row: &mut Row<'_, '_>, change: &Change) {
    let width = row.left().saturating_sub(48).clamp(12, 60);
    row.gap(1).put_left(shorten(&change.path.clean(), width), width, Role::Text).gap(1);
    before_after(row, &change.before, &change.after, 0);
    if !change.newly.is_empty() {
        row.put(text(format!(" ✚{}", change.newly.len())), Role::Gain);
    }
    if !change.lost.is_empty() {
        row.put(text(format!(" ▼{}", change.lost.len())), Role::Loss);
    }
    if !change.noise.is_empty() {
        row.put(text(format!(" ≈{} within noise", change.noise.len())), Role::Muted);
    }
    let earned = change.earned_before.zip(change.earned_after);
    if let Some((before, after)) = earned.filter(|(before, after)| before.ratio != after.ratio) {
        row.put(" · earned ", Role::Muted);
        before_after(row, &before, &after, 0);
    }
    row.put(text(format!(" {}", change.after.qualifier())), Role::Muted);
}

fn command_row(row: &mut Row<'_, '_>, live: &LiveCommand, shown: &Clean, state: &State) {
    match live.state {
        CommandState::Queued => row.put("○ ", Role::Muted),
        CommandState::Running => row.put(spinner(state), Role::Running).gap(1),
        CommandState::NotRun => row.put("– ", Role::Warning),
        CommandState::Ended(Some(0)) => row.put("✓ ", Role::Passed),
        CommandState::Ended(_) => row.put("✗ ", Role::Failed),
    };
    let mut note = match live.state {
        CommandState::Queued => "queued".to_owned(),
        CommandState::Running => String::new(),
        CommandState::NotRun => "did not run".to_owned(),
        CommandState::Ended(Some(0 | 1)) => String::new(),
        CommandState::Ended(Some(code)) => format!("exit {code}"),
        CommandState::Ended(None) => "ended by a signal".to_owned(),
    };
    if let Some((_, words)) = &live.warmth {
        note = format!("{words} {note}");
    }
    if live.deselected > 0 {
        note = format!("{} deselected {note}", live.deselected);
    }
    if let Some(problem) = &live.problem {
        note = problem.what.to_string();
    }
    let note = text(note);
    let room = row.left().saturating_sub(u16::try_from(note.width() + 2).unwrap_or(0)).max(16);
    row.put(cut(shown, room), Role::Strong).gap(1);
    let note = cut(&note, row.left());
    row.put(note, if live.problem.is_some() { Role::Warning } else { Role::Muted });
}

fn test_row(row: &mut Row<'_, '_>, test: &LiveTest, current: bool, gain: Option<&Gain>, state: &State) {
    row.gap(2);
    match test.outcome {
        Some(outcome) => row.put(outcome_sign(outcome), outcome_role(outcome)),
        None if current => row.put(spinner(state), Role::Running),
        None => row.put("·", Role::Muted),
    };
    row.gap(1);
    let is_timed = test.outcome.is_some() || current || test.strange.is_some();
    let time = if is_timed { duration(seconds_of(test, state)) } else { String::new() };
    let room = row.left().saturating_sub(8);
    let gain = gain.map(|gain| gained(gain, room.saturating_sub(u16::try_from(test.name.width()).unwrap_or(room))));
    let credit = gain.as_ref().map_or(0, |(words, _)| u16::try_from(words.width() + 1).unwrap_or(0));
    let name = cut(&test.name, room.saturating_sub(credit));
    let left = room.saturating_sub(credit + u16::try_from(name.width()).unwrap_or(0));
    row.put(name, if test.outcome.is_none() && !current { Role::Muted } else { Role::Text });
    let left = left - turned(row, test, left);
    if left > 12 && !test.message.is_empty() {
        row.gap(1).put(cut(&test.message, left - 2), Role::Failed);
    }
    if let Some((words, role)) = gain {
        row.jump_right(8 + credit).put(words, role);
    }
    let is_strange = test.strange.is_some() && test.outcome.is_none();
    row.jump_right(8).put_right(text(time), 8, if is_strange { Role::Warning } else { Role::Muted });
}

/// How a test ended before, when it ended otherwise, where there is room for it; how many columns it took.
fn turned(row: &mut Row<'_, '_>, test: &LiveTest, room: u16) -> u16 {
    let is_bad = |past: &Past| test.outcome.is_some_and(|now| now.is_bad() != past.outcome.is_bad());
    let Some(past) = test.past.as_deref().filter(|past| is_bad(past)) else { return 0 };
    let words = text(format!(" was {}", past.outcome));
    let width = u16::try_from(words.width()).unwrap_or(u16::MAX);
    if room <= width.saturating_add(12) {
        return 0;
    }
    row.put(words, Role::Strong);
    width
}

/// What a new test gained, as it stands behind its name: in words where there are so many columns.
fn gained(gain: &Gain, room: u16) -> (Clean, Role) {
    let role = if gain.is_nothing() || gain.weakness.is_some() { Role::Warning } else { Role::Gain };
    let words = gain.words();
    let words = if text(&words).width() < usize::from(room) {
        words
    } else if gain.is_nothing() {
        "✚0 nothing".to_owned()
    } else {
        format!("✚{} alone +{}", gain.alone(), gain.shared())
    };
    (text(words), role)
}

/// What stands in a runner that has not run yet.
fn empty(state: &State) -> Vec<(Role, String)> {
    let mut words = Vec::new();
    if let Some(making) = &state.making {
        words.push((Role::Running, format!("{} {making}", spinner(state))));
    }
    if let Some(problem) = state.interpreter.value().and_then(|interpreter| interpreter.missing.as_ref()) {
        words.push((Role::Warning, format!("! {}: {}", problem.origin, problem.what)));
        words.push((Role::Text, problem.hint.to_string()));
    } else if let Some(problem) = state.interpreter.failure() {
        words.push((Role::Warning, format!("! {}: {}", problem.origin, problem.what)));
        words.push((Role::Text, problem.hint.to_string()));
    }
    if state.making.is_some() {
        words.push((Role::Muted, "The confirmed plan starts when it is ready.".to_owned()));
        return words;
    }
    words.push((Role::Text, "Nothing ran yet. Mark files or tests with space, or pick them with p; then r shows the exact commands, and enter runs them.".to_owned()));
    if let Some(interpreter) = state.interpreter.value() {
        words.push((Role::Muted, format!("{} ({})", interpreter.path, interpreter.found)));
    }
    words
}
