//! Tests: failures and warnings under keys.

use crate::app::sample::{answer, ready, run, some_news};
use crate::app::tests::press;
use crate::app::{Effect, Msg, News, Pane, Place, RunRow, State, update};
use crate::base::RepoPath;
use crate::domain::suite::Warned;
use std::sync::Arc;

/// Strikes keys and answers everything that they ask for.
fn play(state: &mut State, keys: &str) {
    for key in keys.split_whitespace() {
        let effects = press(state, key);
        answer(state, effects);
    }
}

#[test]
fn a_failure_is_walked_frame_by_frame_and_opens_where_it_was_left() {
    let mut state = ready(120, 36);
    let id = run(&mut state);
    let _ = update(&mut state, Msg::Run(id, some_news()));
    play(&mut state, "4 g n enter");
    assert_eq!(state.place(), Place::Output);
    let line = |state: &State| {
        let account = state.runner.selected_account().unwrap();
        account.place_at(state.runner.output.at, state.runner.unfolded).map(|place| place.line)
    };
    // The innermost frame of the project comes first, then who called it; the library between them is folded.
    assert_eq!(line(&state), Some(31));
    let effects = press(&mut state, "e");
    assert!(matches!(&effects[..], [Effect::Edit(path, 31)] if path.as_str() == "shop/orders/views.py"), "{effects:?}");
    play(&mut state, "N");
    assert_eq!(line(&state), Some(12));
    play(&mut state, "j");
    let folded = state.runner.selected_output().len();
    assert_eq!(line(&state), Some(948), "on the fold");
    play(&mut state, "enter");
    assert!(state.runner.unfolded && state.runner.reading && state.runner.selected_output().len() > folded);
    let effects = press(&mut state, "e");
    assert!(matches!(&effects[..], [Effect::EditOutside(path, 948)] if path.ends_with("client.py")), "{effects:?}");
    play(&mut state, "f n");
    assert_eq!((state.runner.unfolded, line(&state)), (false, Some(31)));
    let effects = press(&mut state, "C");
    assert!(
        matches!(&effects[..], [Effect::Copy(text)] if text.starts_with("pytest ") && text.contains("::")),
        "{effects:?}"
    );
    let effects = press(&mut state, "Y");
    assert!(matches!(&effects[..], [Effect::Copy(text)] if text.contains("::")), "{effects:?}");
    play(&mut state, "esc");
    assert_eq!(state.place(), Place::Runner);
}

#[test]
fn the_result_before_this_one_is_one_key_away() {
    let mut state = ready(120, 36);
    let id = run(&mut state);
    let _ = update(&mut state, Msg::Run(id, some_news()));
    play(&mut state, "4 g n o");
    assert!(state.runner.earlier && state.runner.selected_account().unwrap().failures.is_empty());
    // Another test shows its own result again.
    play(&mut state, "k");
    assert!(!state.runner.earlier);
    play(&mut state, "o");
    assert!(!state.runner.earlier, "it has no earlier one");
    // What is reread keeps its place while other tests end.
    play(&mut state, "n enter j j");
    let at = state.runner.output.at;
    let _ = update(&mut state, Msg::Run(id, vec![News::Output { command: 1, lines: Vec::new() }]));
    assert_eq!(state.runner.output.at, at);
}

#[test]
fn warnings_are_a_row_that_can_be_read() {
    let mut state = ready(120, 36);
    let id = run(&mut state);
    let _ = update(&mut state, Msg::Run(id, some_news()));
    let warned = |line: u32| Warned {
        category: "DeprecationWarning".to_owned(),
        text: "old thing".to_owned(),
        path: "shop/orders/views.py".to_owned(),
        line,
        ..Warned::default()
    };
    let all = vec![warned(3), warned(3), warned(9)];
    let account = Arc::new(crate::app::warnings(&all, &|path| RepoPath::new(path)));
    assert_eq!((account.places.len(), account.stops.len()), (2, 2), "the same warning is told once");
    let _ = update(&mut state, Msg::Run(id, vec![News::Warned { command: 0, total: 3, warnings: all, account }]));
    assert!(state.runner.rows.contains(&RunRow::Warnings(0)));
    state.runner.cursor = Some(RunRow::Warnings(0));
    let height = state.list_height(Pane::Runner);
    state.runner.find_cursor(height);
    play(&mut state, "4 enter n");
    let effects = press(&mut state, "e");
    assert!(matches!(&effects[..], [Effect::Edit(_, 9)]), "{effects:?}");
}
