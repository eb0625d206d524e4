//! One line of what a test left: frames, source, explanations, captured output.

use crate::app::{Account, AccountLine, AccountRow, FramePlace};
use crate::domain::suite::Says;
use crate::ui::Role;
use crate::ui::canvas::Row;
use crate::ui::source_row::source;
use crate::ui::words::{count, text};

/// Writes a row of an account.
pub fn row(row: &mut Row<'_, '_>, account: &Account, shown: AccountRow) {
    match shown {
        AccountRow::Line(at) => {
            if let Some(entry) = account.entries.get(at) {
                line(row, account, &entry.line);
            }
        }
        AccountRow::Fold(at) => {
            if let Some(fold) = account.folds.get(at) {
                let words = format!("⋯ {} folded: {}", count(fold.frames, "frame"), fold.words);
                row.put(text(words), Role::Muted);
            }
        }
    }
}

fn line(row: &mut Row<'_, '_>, account: &Account, line: &AccountLine) {
    match line {
        AccountLine::Title(words) => {
            row.put("▌ ", Role::Failed).put(words, Role::Strong);
        }
        AccountLine::Link(words) => {
            row.put("↓ ", Role::Warning).put(words, Role::Warning);
        }
        AccountLine::Frame(at) => {
            if let Some(place) = account.places.get(*at) {
                frame(row, place);
            }
        }
        AccountLine::Value(words) => {
            row.gap(9).put(words, Role::Muted);
        }
        AccountLine::Code { number, is_current, line } => {
            let mark = if *is_current { "▶" } else { " " };
            row.put(mark, Role::Failed);
            let role = if *is_current { Role::Strong } else { Role::LineNumber };
            row.put_right(text(number.map(|number| number.to_string()).unwrap_or_default()), 5, role);
            row.put(" │ ", Role::Faint);
            source(row, line);
        }
        AccountLine::Caret(words) => {
            row.gap(6).put(" │ ", Role::Faint).put(words, Role::Failed);
        }
        AccountLine::Says(says, words) => {
            row.put("E", Role::Failed).gap(8).put(words, said(*says));
        }
        AccountLine::Warned(words) => {
            row.put("!", Role::Warning).gap(8).put(words, Role::Text);
        }
        AccountLine::Text(words) => {
            row.put(words, Role::Text);
        }
        AccountLine::Section(words) => {
            row.put("── ", Role::Faint).put(words, Role::Strong).put(" ──", Role::Faint);
        }
        AccountLine::Printed(pieces) => {
            for piece in pieces {
                row.put_painted(&piece.text, piece.paint);
            }
        }
        AccountLine::Blank => {}
    }
}

/// Where a frame is: those of the project stand out.
fn frame(row: &mut Row<'_, '_>, place: &FramePlace) {
    let (sign, role) = if place.own.is_some() { ("● ", Role::Title) } else { ("○ ", Role::Muted) };
    let line = if place.line > 0 { format!("{}:{}", place.shown, place.line) } else { place.shown.to_string() };
    row.put(sign, role).put(text(line), if place.own.is_some() { Role::Function } else { Role::Muted });
    if !place.function.is_empty() {
        row.put(" in ", Role::Muted).put(&place.function, role);
    }
}

const fn said(says: Says) -> Role {
    match says {
        Says::Message => Role::Failed,
        Says::Detail => Role::Text,
        Says::Minus => Role::DiffMinus,
        Says::Plus => Role::DiffPlus,
        Says::Marks => Role::DiffMarks,
    }
}
