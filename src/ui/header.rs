//! The line at the top: project, interpreter, totals, watching, baseline. What does not fit is left out by weight.

use crate::app::{Baseline, Phase, State, Watching, phase};
use crate::base::{Area, Clean};
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runner;
use crate::ui::words::{count, cut, milliseconds, number, percent, text};

/// A part of the line: how much it matters (0 most), and its words.
type Part = (u8, Vec<(Clean, Role)>);

/// Draws the line.
pub fn draw(canvas: &mut Canvas<'_>, area: Area, state: &State) {
    canvas.clear(area, Role::Bar);
    let mut parts = vec![project(state)];
    parts.extend(total(state, false));
    parts.extend(
        [
            strange(state),
            looping(state),
            tests(state),
            interpreter(state),
            baseline(state),
            watching(state),
            marks(state),
            problems(state),
        ]
        .into_iter()
        .flatten(),
    );
    let width = |part: &Part| part.1.iter().map(|(words, _)| words.width()).sum::<usize>() + 3;
    while parts.iter().map(width).sum::<usize>() > usize::from(area.width) + 2 && parts.len() > 1 {
        // The loop and the total stand side by side, if need be without how the total is known.
        if parts.len() == 3 && parts.iter().all(|(weight, _)| *weight <= 1) {
            if parts.get(1).map(|part| &part.1) == total(state, true).as_ref().map(|part| &part.1) {
                break;
            }
            parts.splice(1..2, total(state, true));
            continue;
        }
        let heaviest = parts.iter().enumerate().max_by_key(|(_, (weight, _))| *weight).map_or(0, |(at, _)| at);
        parts.remove(heaviest);
    }
    let mut row = canvas.row(area, 0).on(Role::Bar);
    row.gap(1);
    for (at, (_, words)) in parts.iter().enumerate() {
        if at > 0 {
            row.put(" │ ", Role::Faint);
        }
        words.iter().for_each(|(words, role)| {
            row.put(words, *role);
        });
    }
}

fn project(state: &State) -> Part {
    let name = if state.start.project.is_empty() { text("lacuna") } else { state.start.project.clone() };
    let mut words = vec![(name, Role::BarStrong)];
    if state.start.demo {
        words.push((text(" demo"), Role::Muted));
    }
    (0, words)
}

/// A test that takes strangely long.
fn strange(state: &State) -> Option<Part> {
    let test = state.runner.run.as_ref()?.strange()?;
    let words = format!("! {}: {}", cut(&test.name, 32), runner::strange(test, state));
    Some((0, vec![(text(words), Role::Warning)]))
}

/// The figure of the whole project; the short form leaves out how it is known.
fn total(state: &State, is_short: bool) -> Option<Part> {
    let ranking = state.map.ranking.value()?;
    let total = ranking.total?;
    let mut words = Vec::new();
    if let Some(before) = ranking.before.filter(|before| before.ratio != total.ratio) {
        words.push((text(format!("{} → ", before.shown(1))), Role::Muted));
        words.push((percent(&total, 1), Role::BarStrong));
        words.push(match total.ratio.percent() > before.ratio.percent() {
            _ if total.is_noise_since(&before) => (text(" ≈ within noise"), Role::Muted),
            true => (text(" ▲"), Role::Gain),
            false => (text(" ▼"), Role::Loss),
        });
    } else {
        words.push((percent(&total, 1), Role::BarStrong));
    }
    if is_short {
        return Some((1, words));
    }
    let (part, whole) = (number(total.ratio.part), number(total.ratio.whole));
    words.push((text(format!(" ({part}/{whole})")), Role::Text));
    words.push((text(format!(" {}", total.qualifier())), Role::Muted));
    Some((1, words))
}

fn tests(state: &State) -> Option<Part> {
    if let Some(found) = state.indexing.found() {
        let found = if found == 0 { String::new() } else { format!(" {}", number(found)) };
        return Some((5, vec![(text(format!("◐ collecting{found}")), Role::Running)]));
    }
    let catalog = state.catalog.value()?;
    let tests = catalog.tests.texts.len();
    let mut words = vec![(text(count(tests, "test")), Role::Text)];
    match catalog.unconfirmed {
        0 => {}
        all if all == tests => words.push((text(" ◌"), Role::Muted)),
        some => words.push((text(format!(" ◌ {}", number(some as u64))), Role::Muted)),
    }
    (tests > 0).then_some((5, words))
}

fn interpreter(state: &State) -> Option<Part> {
    if let Some(making) = &state.making {
        return Some((2, vec![(text(format!("◐ {making}")), Role::Running)]));
    }
    if let Some(interpreter) = state.interpreter.value() {
        return Some(match &interpreter.missing {
            Some(problem) => (3, vec![(text(format!("! {}", problem.what)), Role::Warning)]),
            None => {
                let words = format!("{} {}", interpreter.version, interpreter.found);
                (4, vec![(text(words.trim()), Role::Text)])
            }
        });
    }
    let problem = state.interpreter.failure()?;
    Some((3, vec![(text(format!("! {}", problem.what)), Role::Warning)]))
}

fn baseline(state: &State) -> Option<Part> {
    if let Some(pasted) = state.pasted.value() {
        return Some((6, vec![(text(pasted.name.as_str()), Role::Warning)]));
    }
    if state.baseline.waiting() && state.baseline.value().is_none() {
        return Some((4, vec![(text("reading reports…"), Role::Muted)]));
    }
    match state.baseline.value()?.as_ref() {
        Baseline::Found(evidence) => {
            let age = evidence.written.map(|written| format!(" {}", written.ago(state.now()))).unwrap_or_default();
            let mut words = vec![(text(format!("{}{age}", evidence.name)), Role::Text)];
            if state.baseline.failure().is_some() {
                words.push((text(" ! a newer one can't be read"), Role::Warning));
            }
            Some((6, words))
        }
        Baseline::Nothing(_) => Some((4, vec![(text("no report"), Role::Warning)])),
    }
}

fn watching(state: &State) -> Option<Part> {
    if state.edit_loop.on && state.watching == Watching::Notify {
        return None;
    }
    let words = match state.watching {
        Watching::Off => return None,
        Watching::Notify => "◉ watching",
        Watching::Polling => "◉ polling",
    };
    Some((7, vec![(text(words), Role::Muted)]))
}

/// The loop: what it waits for, what it runs, and how the last round ended.
fn looping(state: &State) -> Option<Part> {
    let phase = phase(state)?;
    let files = state.edit_loop.files();
    let saved = match (files.first(), files.len()) {
        (None, _) => String::new(),
        (Some(one), 1) => one.name().to_owned(),
        (Some(one), more) => format!("{} +{}", one.name(), more - 1),
    };
    let mut words = vec![(text("⟳ "), Role::Running)];
    if matches!(phase, Phase::Idle | Phase::Rest(_)) {
        words.extend(round_end(state));
    }
    words.push(match phase {
        Phase::Idle => return Some((1, words)),
        Phase::Planning => (text(format!("planning {saved}")), Role::Running),
        Phase::Running(ended, all) => (text(format!("{saved} runs {ended}/{all}")), Role::Running),
        Phase::Restarting => (text(format!("{saved}: starting again")), Role::Running),
        Phase::BehindBatch => (text(format!("{saved} waits for your batch")), Role::Warning),
        Phase::BehindQuestion => (text(format!("{saved} waits for your answer")), Role::Warning),
        Phase::Broken(path, line) => (text(format!("! {}:{line} syntax error", path.name())), Role::Failed),
        Phase::Repeats(path) => {
            (text(format!("! {} changes whenever tests run · . goes on", path.name())), Role::Warning)
        }
        Phase::Many(files, tests) => {
            let words = format!("{} saved, {} affected · . runs them", count(files, "file"), count(tests, "test"));
            (text(words), Role::Warning)
        }
        Phase::Rest(tests) => (text(format!(" · {} more wait · . goes on", number(tests as u64))), Role::Warning),
    });
    Some((1, words))
}

/// How the last round of the loop ended, and how long after the save.
fn round_end(state: &State) -> Vec<(Clean, Role)> {
    let Some(end) = &state.edit_loop.end else {
        let words = if state.edit_loop.is_unaffected() { "no test affected" } else { "waits for a save" };
        return vec![(text(words), Role::Muted)];
    };
    let (words, role) = match end.bad {
        0 if end.ended == 0 => ("no test ran".to_owned(), Role::Warning),
        0 => (format!("✓ {} passed", end.passed), Role::Passed),
        bad => (format!("✗ {bad} failed of {}", end.ended), Role::Failed),
    };
    let mut parts = vec![(text(words), role)];
    parts.extend(end.took.map(|took| (text(format!(" in {}", milliseconds(took))), Role::Muted)));
    parts
}

fn marks(state: &State) -> Option<Part> {
    (!state.marks.is_empty()).then(|| (2, vec![(text(format!("● {} marked", state.marks.len())), Role::Mark)]))
}

fn problems(state: &State) -> Option<Part> {
    let problems = state.problems.len();
    (problems > 0).then(|| (3, vec![(text(format!("! {}", count(problems, "problem"))), Role::Warning)]))
}
