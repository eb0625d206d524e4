//! The output of the selected test or command.

use crate::app::{RunRow, State};
use crate::base::{Area, Clean};
use crate::domain::coverage::LineSet;
use crate::domain::ledger::Gain;
use crate::ui::Role;
use crate::ui::canvas::Canvas;
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
    let what = match runner.cursor {
        Some(RunRow::Test(_)) => runner.selected_test().map(|test| test.name.clone()).unwrap_or_default(),
        Some(RunRow::Command(_)) => text("what the command wrote"),
        _ => Clean::default(),
    };
    let height = usize::from(body.height);
    // While a command runs its newest lines are shown, until somebody scrolls.
    let last = output.len().saturating_sub(height);
    let tail = state.is_running() && runner.follow && matches!(runner.cursor, Some(RunRow::Command(_)));
    let top = if tail { last } else { runner.output.top.min(last) };
    let gain = runner.selected_test().and_then(|test| runner.run.as_ref()?.after.as_ref()?.gain(&test.id));
    let credit = gain.map(|gain| text(format!(" {}", gain.words()))).unwrap_or_default();
    let room = title.width.saturating_sub(20 + u16::try_from(credit.width()).unwrap_or(0)).max(12);
    let mut row = canvas.row(title, 0);
    row.put("── ", Role::Faint).put(cut(&what, room), Role::Muted).put(credit, Role::Gain);
    if output.len() > height {
        row.put(text(format!(" {}–{}/{}", top + 1, (top + height).min(output.len()), output.len())), Role::Muted);
    } else if output.is_empty() && gain.is_none() {
        row.put(" no output", Role::Muted);
    }
    if let Some(gain) = gain.filter(|_| output.is_empty()) {
        return credited(canvas, body, gain);
    }
    for y in 0..body.height {
        let Some(line) = output.line(top + usize::from(y)) else { break };
        let mut row = canvas.row(body, y).skipping(runner.left);
        row.gap(0);
        for piece in line {
            row.put_painted(&piece.text, piece.paint);
        }
    }
    canvas.scroll_bar(body, top, output.len());
}
