//! The line at the bottom: what is new, or else the keys that work here.

use crate::app::{Action, Notice, State, footer};
use crate::base::{Area, Severity};
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::words::{cut, text};
use unicode_width::UnicodeWidthStr;

/// Draws the line.
pub fn draw(canvas: &mut Canvas<'_>, area: Area, state: &State) {
    canvas.clear(area, Role::Bar);
    let mut row = canvas.row(area, 0).on(Role::Bar);
    row.gap(1);
    match &state.notice {
        Some(Notice::Words(words)) => {
            let left = row.left();
            row.put(cut(words, left), Role::Strong);
        }
        Some(Notice::Trouble(problem)) => {
            row.put(sign(problem.severity), of(problem.severity)).put(" ", Role::Text);
            let left = row.left();
            row.put(cut(&text(problem.to_string()), left), of(problem.severity));
        }
        None => {
            let last = if state.overlay.is_none() { always(state) } else { Vec::new() };
            let reserved: usize = last.iter().map(|(key, words)| key.width() + words.width() + 3).sum();
            for (key, words) in footer(state) {
                if usize::from(row.left()) < key.width() + words.width() + 3 + reserved {
                    break;
                }
                row.put(text(key), Role::Key).put(" ", Role::Muted).put(words, Role::Muted).put("  ", Role::Muted);
            }
            row.jump_right(u16::try_from(reserved).unwrap_or(0));
            for (key, words) in last {
                row.put(text(key), Role::Key).put(" ", Role::Muted).put(words, Role::Muted).put("  ", Role::Muted);
            }
        }
    }
}

/// Keys that are always shown, at the right end.
fn always(state: &State) -> Vec<(String, &'static str)> {
    let (place, keymap) = (state.place(), &state.start.keymap);
    let shown = [(Action::Help, "help"), (Action::Quit, "quit")];
    shown
        .into_iter()
        .filter_map(|(action, words)| Some((keymap.keys(place, action).next()?.to_string(), words)))
        .collect()
}

/// The sign of a severity.
#[must_use]
pub const fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "·",
        Severity::Warning => "!",
        Severity::Error => "✗",
    }
}

/// The role of a severity.
#[must_use]
pub const fn of(severity: Severity) -> Role {
    match severity {
        Severity::Note => Role::Note,
        Severity::Warning => Role::Warning,
        Severity::Error => Role::Error,
    }
}
