//! What the help and the footer say: rows of the table of actions for one place.

use crate::app::{Action, ActionRow, Keymap, Place, TABLE};

/// The rows that work in `place` and hold every word of `filter` in name, help or place.
#[must_use]
pub fn help_rows(place: Place, filter: &str) -> Vec<&'static ActionRow> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let fits = |row: &&ActionRow| {
        let text = format!("{} {}", row.name, row.help).to_lowercase();
        words.iter().all(|word| text.contains(word) || row.keys.contains(&word.as_str()))
    };
    TABLE.iter().filter(|row| row.places.contains(&place) && row.action != Action::Panic).filter(fits).collect()
}

/// The keys and words of the footer for a place, the most useful first.
#[must_use]
pub fn footer(keymap: &Keymap, place: Place) -> Vec<(String, &'static str)> {
    let rows = TABLE.iter().filter(|row| row.places.contains(&place) && !row.short.is_empty());
    let mut named: Vec<(u8, String, &'static str)> = rows
        .filter_map(|row| Some((weight(row.action), keymap.keys(place, row.action).next()?.to_string(), row.short)))
        .collect();
    named.sort_by_key(|(weight, ..)| *weight);
    named.into_iter().map(|(_, key, short)| (key, short)).collect()
}

/// The order of the footer.
const fn weight(action: Action) -> u8 {
    match action {
        Action::Accept => 0,
        Action::Help => 9,
        Action::Back => 8,
        Action::Quit => 10,
        Action::Open | Action::NextGap | Action::NextFailed => 1,
        Action::Run | Action::Toggle => 2,
        Action::Mark | Action::Pick | Action::TestsHere => 3,
        Action::Filter | Action::Edit => 4,
        Action::Zoom | Action::Palette | Action::NextPane => 6,
        _ => 5,
    }
}
