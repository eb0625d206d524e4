//! The output of the selected test or command.

use crate::app::{Output, Pane, Past, RunRow, State};
use crate::base::{Area, Clean};
use crate::domain::coverage::LineSet;
use crate::domain::ledger::Gain;
use crate::ui::Role;
use crate::ui::account;
use crate::ui::canvas::Canvas;
use crate::ui::flaky::outcome_role;
use crate::ui::words::{cut, shorten, text};

/// The lines that a new test gained, file by file.
fn credited(canvas: &mut Canvas<'_>, area: Area, gain: &Gain) {
    for (y, file) in (0..area.height).zip(&gain.files) {
        let mut row = canvas.row(area, y);
        row.gap(1).put(shorten(&file.path.clean(), area.width / 2), Role::Text);
        for (lines, word) in [(&file.alone, "alone"), (&file.shared, "shared")] {
            if !lines.is_empty() {
                let words = text(format!(" · {word} {}", stretches(lines)));
                let left = row.left();
                row.put(cut(&words, left), Role::Gain);
            }
        }
    }
}

/// Lines with their stretches: `3 7–9 12`.
fn stretches(lines: &LineSet) -> String {
    let mut stretches: Vec<(u32, u32)> = Vec::new();
    for line in lines.iter() {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => stretches.push((line, line)),
        }
    }
    let words = stretches.iter().map(
        |&(first, last)| {
            if first == last { first.to_string() } else { format!("{first}–{last}") }
        },
    );
    words.collect::<Vec<_>>().join(" ")
}

/// Draws a title line and the visible lines of the output below it.
pub fn draw(canvas: &mut Canvas<'_>, area: Area, state: &State) {
    if area.is_empty() {
        return;
    }
    let runner = &state.runner;
    let (title, body) = area.split_top(1);
    let output = runner.selected_output();
    let height = usize::from(body.height);
    // While a command runs its newest lines are shown, until somebody scrolls.
    let last = output.len().saturating_sub(height);
    let tail = state.is_running() && runner.follow && matches!(runner.cursor, Some(RunRow::Command(_)));
    let top = if tail { last } else { runner.output.top.min(last) };
    let gain = runner.selected_test().and_then(|test| runner.run.as_ref()?.after.as_ref()?.gain(&test.id));
    head(canvas, title, state, gain, (top, height));
    if let Some(gain) = gain.filter(|_| output.is_empty()) {
        return credited(canvas, body, gain);
    }
    for y in 0..body.height {
        let at = top + usize::from(y);
        let mut row = canvas.row(body, y);
        if runner.is_reading_account() && at == runner.output.at && at < output.len() {
            row = row.on(if state.focus == Pane::Runner { Role::Selected } else { Role::SelectedIdle });
        }
        let mut row = row.skipping(runner.left);
        match &output {
            Output::Account(left, unfolded) => {
                let Some(shown) = left.row(at, *unfolded) else { break };
                account::row(&mut row, left, shown);
            }
            Output::Command(lines) => {
                for piece in lines.get(at).into_iter().flatten() {
                    row.put_painted(&piece.text, piece.paint);
                }
            }
            Output::None => break,
        }
    }
    canvas.scroll_bar(body, top, output.len());
}

/// What is shown, how it ended before, and which part of it is visible.
fn head(canvas: &mut Canvas<'_>, area: Area, state: &State, gain: Option<&Gain>, (top, height): (usize, usize)) {
    let runner = &state.runner;
    let output = runner.selected_output();
    let what = match runner.cursor {
        Some(RunRow::Test(_)) => runner.selected_test().map(|test| test.name.clone()).unwrap_or_default(),
        Some(RunRow::Command(_)) => text("what the command wrote"),
        Some(RunRow::Warnings(_)) => text("warnings"),
        _ => Clean::default(),
    };
    let credit = gain.map(|gain| text(format!(" {}", gain.words()))).unwrap_or_default();
    let past = runner.selected_past().map(|past| before(past, state)).unwrap_or_default();
    let taken = 20 + u16::try_from(credit.width() + past.width()).unwrap_or(0);
    let mut row = canvas.row(area, 0);
    row.put("── ", Role::Faint).put(cut(&what, area.width.saturating_sub(taken).max(12)), Role::Muted);
    row.put(credit, Role::Gain);
    let role = runner.selected_past().map_or(Role::Muted, |past| outcome_role(past.outcome));
    row.put(past, if runner.earlier { role } else { Role::Muted });
    if output.len() > height {
        row.put(text(format!(" {}–{}/{}", top + 1, (top + height).min(output.len()), output.len())), Role::Muted);
    } else if output.is_empty() && gain.is_none() {
        row.put(" no output", Role::Muted);
    }
}

/// `was failed 5 min ago, now passed`.
fn before(past: &Past, state: &State) -> Clean {
    let ago = match past.at.ago(state.now()) {
        now if now == "now" => "just now".to_owned(),
        ago => format!("{ago} ago"),
    };
    if state.runner.earlier {
        return text(format!(" · as it was {ago}: {}; o turns back", past.outcome));
    }
    let now = state.runner.selected_test().and_then(|test| test.outcome);
    match now {
        Some(now) if now == past.outcome && now.is_bad() => text(format!(" · {now} {ago} too")),
        Some(now) if now == past.outcome => Clean::default(),
        Some(now) => text(format!(" · was {} {ago}, now {now}", past.outcome)),
        None => text(format!(" · {} {ago}", past.outcome)),
    }
}
