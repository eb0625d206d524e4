//! The whole screen.

use crate::app::State;
use crate::ui::Theme;
use ratatui::Frame;

/// Draws the state. It changes nothing, and the same state gives the same cells.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) {
    let _ = (frame, state, theme);
}
