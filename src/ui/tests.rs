//! Pictures of the sample states, and what holds for every picture.

use crate::app::sample::{self, waiting};
use crate::app::{Effect, State, tests::press};
use crate::ui::{Depth, Theme, draw, themes};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

/// The cells of a state.
pub fn cells(state: &State, theme: &Theme) -> Buffer {
    let size = state.size();
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    terminal.draw(|frame| draw(frame, state, theme)).unwrap();
    terminal.backend().buffer().clone()
}

/// The text of a state, line by line.
pub fn picture(state: &State) -> String {
    let buffer = cells(state, &Theme::default());
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[test]
fn dump() {
    let size = std::env::var("DUMP").unwrap_or_default();
    let Some((w, h)) = size.split_once('x') else { return };
    let (w, h) = (w.parse().unwrap(), h.parse().unwrap());
    let show = |name: &str, state: &State| println!("=== {name}\n{}", picture(state));
    let keys = std::env::var("KEYS").unwrap_or_default();
    let mut state = match std::env::var("STATE").unwrap_or_default().as_str() {
        "empty" => sample::empty(w, h),
        "failed" => sample::failed(w, h),
        "waiting" => waiting(w, h).0,
        _ => sample::ready(w, h),
    };
    for key in keys.split_whitespace() {
        let effects = press(&mut state, key);
        let started = effects.iter().any(|effect| matches!(effect, Effect::Start { .. }));
        sample::answer(&mut state, effects);
        if started {
            let _ = crate::app::update(&mut state, crate::app::Msg::Run(crate::app::RunId(1), sample::some_news()));
            if std::env::var("END").is_ok() {
                let effects = crate::app::update(
                    &mut state,
                    crate::app::Msg::Run(crate::app::RunId(1), vec![sample::last_news()]),
                );
                sample::answer(&mut state, effects);
            }
        }
    }
    show(&keys, &state);
    let _ = themes(&[], Depth::None);
}
