//! Pictures of the sample states, and what holds for every picture.

use crate::app::sample::{self, answer, empty, failed, last_news, ready, some_news, waiting};
use crate::app::{Effect, Holds, Msg, Planned, RunId, Saved, State, tests::press, update};
use crate::app::{check_of, fix_of, lab_of};
use crate::base::{Clean, Problem, RepoPath};
use crate::domain::lab::Held;
use crate::domain::triage::Order;
use crate::ui::{Depth, Theme, draw, themes};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use std::sync::Arc;

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

/// Strikes keys and answers what they ask for.
fn play(state: &mut State, keys: &str) {
    for key in keys.split_whitespace() {
        let effects = press(state, key);
        answer(state, effects);
    }
}

/// A run in the middle, and at its end.
fn ran(width: u16, height: u16, to_its_end: bool) -> State {
    let mut state = ready(width, height);
    let run = sample::run(&mut state);
    let _ = update(&mut state, Msg::Run(run, some_news()));
    if to_its_end {
        let effects = update(&mut state, Msg::Run(RunId(1), vec![last_news()]));
        answer(&mut state, effects);
    }
    state
}

fn snapshot(name: &str, state: &State) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../tests/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, picture(state)));
}

#[test]
fn pictures_of_every_condition_at_every_size() {
    for (width, height) in [(40, 12), (80, 24), (160, 50)] {
        snapshot(&format!("waiting_{width}x{height}"), &waiting(width, height).0);
        snapshot(&format!("empty_{width}x{height}"), &empty(width, height));
        snapshot(&format!("failed_{width}x{height}"), &failed(width, height));
        snapshot(&format!("ready_{width}x{height}"), &ready(width, height));
        snapshot(&format!("running_{width}x{height}"), &ran(width, height, false));
        snapshot(&format!("ended_{width}x{height}"), &ran(width, height, true));
    }
}

#[test]
fn pictures_of_the_programme() {
    for (width, height) in [(40, 12), (80, 24), (120, 36), (200, 60)] {
        let mut state = ready(width, height);
        play(&mut state, "5");
        snapshot(&format!("programme_{width}x{height}"), &state);
    }
    let mut state = ready(80, 24);
    let effects = press(&mut state, "5");
    snapshot("programme_waiting", &state);
    answer(&mut state, effects);
    play(&mut state, "G k k enter");
    snapshot("programme_places", &state);
}

#[test]
fn pictures_of_the_checklist() {
    for (width, height) in [(40, 12), (80, 24), (120, 36), (200, 60)] {
        let mut state = ready(width, height);
        play(&mut state, "6");
        snapshot(&format!("checklist_{width}x{height}"), &state);
    }
    let mut state = ready(80, 24);
    play(&mut state, "6 tab");
    snapshot("checklist_no_batch", &state);
    play(&mut state, "tab");
    snapshot("checklist_failed", &state);
}

#[test]
fn pictures_of_a_guide() {
    for (width, height) in [(40, 12), (80, 24), (160, 50)] {
        let mut state = ready(width, height);
        play(&mut state, "i");
        snapshot(&format!("guide_{width}x{height}"), &state);
        play(&mut state, "a");
        snapshot(&format!("guide_draft_{width}x{height}"), &state);
    }
}

#[test]
fn pictures_of_a_lab() {
    for (width, height) in [(40, 12), (80, 24), (160, 50)] {
        snapshot(&format!("lab_running_{width}x{height}"), &lab_of(width, height, false));
        snapshot(&format!("lab_ended_{width}x{height}"), &lab_of(width, height, true));
        let holds = fix_of(width, height, check_of(Held::Holds));
        snapshot(&format!("lab_fix_{width}x{height}"), &holds);
    }
}

#[test]
fn pictures_of_panes_and_overlays() {
    for (name, keys) in [
        ("lines", "2"),
        ("flaky", "3"),
        ("flaky_record", "3 enter"),
        ("folders", "f j j"),
        ("plan", "r v"),
        ("affected", "a"),
        ("nearest", "2 n t"),
        ("gap", "2 n"),
        ("tests_of_a_line", "2 t"),
        ("picker", "p v i e"),
        ("by_keyword", "K v i e w s space a n d"),
        ("changed", "p shift-tab shift-tab shift-tab shift-tab"),
        ("selections", "O"),
        ("naming", "r s d a i l y"),
        ("quarantine", "3 Q r a c e s"),
        ("quarantine_out", "3 G Q"),
        ("palette", ": r u n"),
        ("help", "2 ?"),
        ("points", "="),
        ("compare", "= enter enter"),
        ("compare_lit", "= enter enter enter"),
    ] {
        let mut state = ready(80, 24);
        play(&mut state, keys);
        snapshot(name, &state);
    }
}

#[test]
fn a_failure_is_read_with_its_frames_its_difference_and_what_was_printed() {
    let mut state = ran(120, 40, false);
    play(&mut state, "4 z g n enter N");
    snapshot("failure", &state);
    play(&mut state, "f o");
    snapshot("failure_earlier", &state);
}

#[test]
fn a_plan_without_a_command_promises_no_run() {
    let mut state = ready(80, 24);
    let effects = press(&mut state, "r");
    let Some(Effect::PlanRun { ticket, .. }) = effects.first() else { panic!("{effects:?}") };
    let nothing = Planned { cycles: Vec::new(), ..sample::planned(false) };
    let _ = update(&mut state, Msg::Planned(*ticket, Ok(Arc::new(nothing))));
    let text = picture(&state);
    assert!(text.contains("nothing to run") && text.contains("esc leaves it"), "{text}");
    assert!(!text.contains("enter runs it") && !text.contains("0 commands"), "{text}");
}

#[test]
fn the_question_before_the_first_run_can_be_read_to_its_end_on_a_small_screen() {
    let mut state = ready(60, 12);
    let effects = press(&mut state, "r");
    let Some(Effect::PlanRun { ticket, .. }) = effects.first() else { panic!("{effects:?}") };
    let _ = update(&mut state, Msg::Planned(*ticket, Ok(Arc::new(sample::planned(true)))));
    play(&mut state, "enter");
    let top = picture(&state);
    assert!(top.contains("Running tests executes code") && !top.contains("test_views.py -v"), "{top}");
    play(&mut state, "G");
    let end = picture(&state);
    assert!(end.contains("test_views.py -v") && end.contains("enter trusts it and runs"), "{end}");
}

#[test]
fn the_help_says_in_full_what_the_selected_action_does() {
    let mut state = ready(80, 24);
    play(&mut state, "?");
    let text = picture(&state);
    assert!(text.contains("the output of a test, a") && text.contains("folded stretch · open"), "{text}");
}

#[test]
fn a_screen_that_is_too_small_says_so() {
    assert_eq!(picture(&ready(39, 12)).lines().next(), Some("too small (need 40×10)"));
    assert_eq!(picture(&ready(40, 9)).lines().next(), Some("too small (need 40×10)"));
    assert!(picture(&ready(40, 10)).contains("shop"));
    picture(&ready(1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_same_state_gives_the_same_cells(width in 1u16..200, height in 1u16..60, keys in "[jn234zf/p?r:]{0,4}") {
        let mut state = ready(width, height);
        play(&mut state, &keys.chars().map(|c| format!("{c} ")).collect::<String>());
        for theme in &themes(&[], Depth::True).0 {
            prop_assert_eq!(cells(&state, theme), cells(&state, theme));
        }
    }
}

#[test]
fn every_theme_and_depth_shows_the_same_text() {
    let state = ran(120, 36, true);
    let text = |buffer: &Buffer| buffer.content().iter().map(|cell| cell.symbol().to_owned()).collect::<Vec<_>>();
    let expected = text(&cells(&state, &Theme::default()));
    for depth in [Depth::None, Depth::Sixteen, Depth::Fixed, Depth::True] {
        for theme in &themes(&[], depth).0 {
            assert_eq!(text(&cells(&state, theme)), expected, "{} at {depth:?}", theme.name);
        }
    }
}

#[test]
fn without_colours_the_cursor_is_still_visible() {
    let state = ready(120, 36);
    let (all, _) = themes(&[], Depth::None);
    let buffer = cells(&state, &all[0]);
    assert!(buffer[(10, 3)].modifier.contains(Modifier::REVERSED), "the selected row");
    assert!(!buffer[(10, 4)].modifier.contains(Modifier::REVERSED), "the row below it");
    assert!(buffer.content().iter().all(|cell| cell.fg == cell.bg), "no colour at all");
}

#[test]
fn hostile_text_reaches_no_cell() {
    let mut state = ready(120, 36);
    let evil = "\u{1b}]0;owned\u{7}\u{202e}\u{200b}\u{e0041}\t\u{9b}31m";
    let ticket = state.ticket();
    state.map.ranking.ask(ticket);
    let mut ranking = sample::ranking(Order::Triage, false);
    let name = format!("shop/{evil}.py");
    ranking.rows[0].path = RepoPath::new(&name).unwrap();
    ranking.rows[0].why = evil.to_owned();
    ranking.rows[0].layer_name = evil.into();
    let _ = update(&mut state, Msg::Ranked(ticket, Ok(Arc::new(ranking))));
    state.trouble(Problem::error(evil, evil).hint(evil));
    state.start.project = Clean::line(evil);
    let _ = update(&mut state, Msg::Paste(evil.to_owned()));
    for keys in ["", "!", "esc / x", "esc p", "esc"] {
        play(&mut state, keys);
        let bad = |c: char| {
            c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{e0000}'..='\u{e007f}')
        };
        let text = picture(&state);
        assert!(!text.chars().any(|c| bad(c) && c != '\n'), "{text}");
    }
}

#[test]
fn the_line_at_the_top_says_what_the_loop_is_about_at_every_width_from_80_columns() {
    let check = |steps: &[(Holds, bool)], expect: &str| {
        for (width, height) in [(80, 24), (120, 36), (200, 60)] {
            let mut state = ready(width, height);
            state.edit_loop.on = true;
            for (holds, is_answered) in steps {
                let path = RepoPath::new("shop/orders/views.py").unwrap();
                let sources = vec![Saved { path, holds: holds.clone() }];
                let mut open = update(&mut state, Msg::FilesChanged { reports: false, sources, at: sample::NOW });
                open.retain(|effect| *is_answered || !matches!(effect, Effect::PlanRun { .. }));
                answer(&mut state, open);
            }
            let top = picture(&state).lines().next().unwrap_or_default().to_owned();
            assert!(top.contains(expect), "{width}: {expect}: {top}");
            if state.is_running() {
                let run = RunId(state.runner.runs);
                let _ = update(&mut state, Msg::Run(run, some_news()));
                let _ = update(&mut state, Msg::Run(run, vec![last_news()]));
                let top = picture(&state).lines().next().unwrap_or_default().to_owned();
                assert!(top.contains("✗ 1 failed of 2 in 2.4s") && top.contains("· . goes on"), "{width}: {top}");
            }
        }
    };
    check(&[], "⟳ waits for a save");
    check(&[(Holds::News, false)], "⟳ planning views.py");
    check(&[(Holds::News, true)], "⟳ views.py runs 0/");
    check(&[(Holds::Broken(7, Clean::line("expected `:`")), false)], "⟳ ! views.py:7 syntax error");
}
