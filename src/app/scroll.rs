//! The arithmetic of a list: which row has the cursor and which rows are visible.

use crate::app::Action;

/// A cursor in a list and the first visible row. The cursor is below the length, or 0 in an empty list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Scroll {
    /// The row that has the cursor.
    pub at: usize,
    /// The first visible row.
    pub top: usize,
}

impl Scroll {
    /// Moves the cursor as `action` says in a list of `len` rows of which `height` are visible. False for an
    /// action that is no movement.
    pub fn go(&mut self, action: Action, len: usize, height: usize) -> bool {
        let page = height.saturating_sub(1).max(1);
        let half = (height / 2).max(1);
        let to = match action {
            Action::Down | Action::NextRow => self.at.saturating_add(1),
            Action::Up | Action::PreviousRow | Action::ChoiceUp => self.at.saturating_sub(1),
            Action::HalfDown => self.at.saturating_add(half),
            Action::HalfUp => self.at.saturating_sub(half),
            Action::PageDown => self.at.saturating_add(page),
            Action::PageUp => self.at.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => usize::MAX,
            _ => return false,
        };
        self.set(to, len, height);
        true
    }

    /// Puts the cursor on a row, at most the last, and makes it visible.
    pub fn set(&mut self, at: usize, len: usize, height: usize) {
        self.at = at.min(len.saturating_sub(1));
        self.show(len, height);
    }

    /// Makes the cursor visible, and lets no row stay empty below the last one. A list of no height is hidden and
    /// keeps its place.
    pub fn show(&mut self, len: usize, height: usize) {
        self.at = self.at.min(len.saturating_sub(1));
        if height == 0 {
            return;
        }
        let margin = 2.min((height - 1) / 2);
        self.top = self.top.min(self.at.saturating_sub(margin)).min(len.saturating_sub(height));
        let lowest = (self.at + margin + 1).min(len.max(1));
        self.top = self.top.max(lowest.saturating_sub(height));
    }

    /// Moves what is visible by rows, as a wheel does; the cursor follows when it would leave the screen.
    pub fn wheel(&mut self, down: bool, rows: usize, len: usize, height: usize) {
        let last = len.saturating_sub(height);
        self.top = if down { (self.top + rows).min(last) } else { self.top.saturating_sub(rows) };
        let margin = 2.min(height.saturating_sub(1) / 2);
        let low = if self.top == 0 { 0 } else { self.top + margin };
        let high = if self.top >= last { len } else { (self.top + height).saturating_sub(margin) };
        self.at = self.at.clamp(low, high.saturating_sub(1).max(low)).min(len.saturating_sub(1));
    }

    /// The rows that are visible.
    #[must_use]
    pub fn visible(&self, len: usize, height: usize) -> std::ops::Range<usize> {
        let top = self.top.min(len);
        top..top.saturating_add(height).min(len)
    }
}

#[cfg(test)]
mod tests {
    use super::Scroll;
    use crate::app::Action;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_cursor_is_always_visible(len in 0usize..200, height in 1usize..40, steps in proptest::collection::vec(0u8..10, 0..40)) {
            let mut scroll = Scroll::default();
            for step in steps {
                match step {
                    0 => { scroll.go(Action::Down, len, height); }
                    1 => { scroll.go(Action::Up, len, height); }
                    2 => { scroll.go(Action::PageDown, len, height); }
                    3 => { scroll.go(Action::HalfUp, len, height); }
                    4 => { scroll.go(Action::Bottom, len, height); }
                    5 => { scroll.go(Action::Top, len, height); }
                    6 => scroll.wheel(true, 3, len, height),
                    7 => scroll.wheel(false, 3, len, height),
                    8 => scroll.set(len / 2, len, height),
                    _ => scroll.show(len, height),
                }
                let visible = scroll.visible(len, height);
                prop_assert!(len == 0 || visible.contains(&scroll.at), "{scroll:?} in {visible:?}");
                prop_assert!(len < height || visible.len() == height, "no empty rows while there are more");
            }
        }
    }
}
