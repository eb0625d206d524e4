//! The mind under keys, late answers, floods and nonsense.

use crate::app::sample::{self, answer, empty, failed, last_news, planned, ready, reply, run, some_news, waiting};
use crate::app::{
    Action, Ask, CheckScope, Choice, Effect, Holds, Key, KeyCode, ListKind, Mouse, MouseKind, Msg, News, Overlay, Pane,
    Place, RunId, RunRow, Saved, State, TABLE, Ticket, Watching, Whose, update,
};
use crate::base::{Clean, Problem, Size};
use crate::domain::suite::Target;
use crate::domain::triage::Order;
use proptest::prelude::*;
use std::sync::Arc;

/// Strikes keys, given by their names; what they ask for is given back unanswered.
pub fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let keys = keys.split_whitespace().map(|key| key.parse::<Key>().unwrap());
    keys.flat_map(|key| update(state, Msg::Key(key))).collect()
}

/// A file that was saved with other code.
fn saved(path: &str) -> Saved {
    Saved { path: sample::path(path), holds: Holds::News }
}

/// Strikes keys and answers everything that they ask for.
fn play(state: &mut State, keys: &str) {
    for key in keys.split_whitespace() {
        let effects = press(state, key);
        answer(state, effects);
    }
}

#[test]
fn a_sitting_begins_with_questions_and_ends_up_with_every_pane_full() {
    let (state, effects) = waiting(120, 36);
    assert_eq!(effects.len(), 4, "{effects:?}");
    assert!(state.baseline.waiting() && state.interpreter.waiting());
    let state = ready(120, 36);
    assert_eq!(state.map.shown.len(), 8);
    assert_eq!(state.lines.file().map(|file| file.path.as_str()), Some("shop/orders/views.py"));
    assert_eq!(state.flaky.shown.len(), 4);
    assert!(state.problems.is_empty(), "{:?}", state.problems);
}

#[test]
fn the_cursor_stays_on_its_file_when_the_order_changes() {
    let mut state = ready(120, 36);
    play(&mut state, "j j");
    let path = state.map.cursor.clone();
    assert_eq!(path.as_ref().map(|path| path.as_str()), Some("shop/billing/serializers.py"));
    let effects = press(&mut state, "s");
    let Some(Effect::Rank { ticket, order, .. }) = effects.into_iter().next() else { panic!("asks for the order") };
    assert_eq!(order, Order::Coverage);
    let mut ranking = sample::ranking(order, false);
    ranking.rows.reverse();
    let _ = update(&mut state, Msg::Ranked(ticket, Ok(Arc::new(ranking))));
    assert_eq!(state.map.cursor, path);
    assert_eq!(state.map.list.at, 5);
}

#[test]
fn late_answers_change_nothing() {
    let mut state = ready(120, 36);
    let first = press(&mut state, "s");
    let second = press(&mut state, "s");
    let late = first.into_iter().find_map(reply).unwrap();
    let _ = update(&mut state, late);
    assert!(state.map.ranking.waiting(), "the first answer is late");
    answer(&mut state, second);
    assert_eq!(state.map.ranking.value().unwrap().order, Order::Missed);
}

#[test]
fn a_failure_keeps_what_was_there_and_is_shown() {
    let mut state = ready(120, 36);
    let effects = press(&mut state, "ctrl-r");
    let Some(Effect::ReadReports(ticket)) = effects.first() else { panic!("{effects:?}") };
    let _ = update(&mut state, Msg::Baseline(*ticket, Err(Problem::error("coverage.xml", "is not whole"))));
    assert_eq!(state.map.shown.len(), 8);
    assert!(state.baseline.value().is_some() && state.baseline.failure().is_some());
    assert_eq!(state.problems.len(), 1);
}

#[test]
fn the_programme_leads_from_each_figure_to_what_belongs_to_it() {
    let mut state = ready(120, 36);
    let effects = press(&mut state, "5");
    assert!(matches!(effects[..], [Effect::ReadProgramme { ledger: Some(_), .. }]), "{effects:?}");
    answer(&mut state, effects);
    let about =
        |state: &State| crate::app::selected_figure(state).map(|(row, worse)| (row.ruling.about.to_string(), worse));
    // What gets worse stands first, and headings are passed over.
    assert_eq!(about(&state), Some(("time of the suite".to_owned(), true)));
    play(&mut state, "j");
    assert_eq!(about(&state), Some(("coverage of everything".to_owned(), false)));
    play(&mut state, "k k");
    assert_eq!(about(&state), Some(("time of the suite".to_owned(), true)));
    // The figure stays under the cursor when they are read anew, which happens when something changed.
    play(&mut state, "j j");
    let effects =
        update(&mut state, Msg::FilesChanged { reports: false, sources: vec![saved("shop/a.py")], at: sample::NOW });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ReadProgramme { .. })), "{effects:?}");
    answer(&mut state, effects);
    assert_eq!(about(&state), Some(("coverage of Views".to_owned(), false)));
    let effects = press(&mut state, "e");
    assert!(matches!(&effects[..], [Effect::Edit(path, 12)] if path.as_str() == "shop/orders/views.py"), "{effects:?}");
    let effects = press(&mut state, "y");
    assert!(matches!(&effects[..], [Effect::Copy(text)] if text.starts_with("### programme")), "{effects:?}");
    play(&mut state, "enter");
    assert_eq!((state.focus, state.overlay.is_none(), state.map.filter.text()), (Pane::Map, true, "Views"));
    assert_eq!(state.map.shown.len(), 2);
    // The operations that no test exercises, each in its document; back leads to the figures first.
    play(&mut state, "5 G k k enter j");
    let effects = press(&mut state, "enter");
    assert!(matches!(&effects[..], [Effect::Edit(path, 19)] if path.as_str() == "openapi.yaml"), "{effects:?}");
    play(&mut state, "esc");
    assert_eq!(about(&state), Some(("operations that tests exercise".to_owned(), false)));
    play(&mut state, "j enter");
    assert_eq!((state.focus, state.overlay.is_none()), (Pane::Flaky, true));
    play(&mut state, "5 G enter");
    assert!(matches!(state.overlay, Some(Overlay::Programme(_))), "the time of the suite has no places here");
    play(&mut state, "q");
    assert!(state.overlay.is_none());
}

#[test]
fn a_programme_that_cannot_be_read_keeps_what_was_there_and_says_so() {
    let mut state = ready(120, 36);
    play(&mut state, "5 esc");
    let effects = press(&mut state, "5");
    let [Effect::ReadProgramme { ticket, .. }] = &effects[..] else { panic!("{effects:?}") };
    let problem = Problem::error("history.sqlite", "is damaged");
    let _ = update(&mut state, Msg::ProgrammeRead(*ticket, Err(problem)));
    assert!(state.programme.answer.value().is_some() && state.programme.answer.failure().is_some());
    assert!(
        crate::ui::tests::picture(&state).contains("not fresh: is damaged"),
        "{}",
        crate::ui::tests::picture(&state)
    );
}

#[test]
fn numbers_turn_from_view_to_view_and_help_gives_back_what_it_lay_over() {
    let mut state = ready(120, 36);
    play(&mut state, "6 tab 5");
    assert_eq!(state.place(), Place::Programme);
    play(&mut state, "j 5");
    assert!(
        matches!(&state.overlay, Some(Overlay::Programme(view)) if view.list.at > 0),
        "the same number changes nothing"
    );
    play(&mut state, "6 ?");
    assert_eq!(state.place(), Place::Help);
    assert!(crate::ui::tests::picture(&state).contains("keys in the checklist"));
    play(&mut state, "esc");
    assert_eq!(state.place(), Place::Checklist);
    // What is taken in the help is done in what it lay over.
    let scope = |state: &State| format!("{:?}", state.overlay);
    let before = scope(&state);
    play(&mut state, "? n e x t - s enter");
    assert_eq!((state.place(), scope(&state) != before), (Place::Checklist, true));
    play(&mut state, "3");
    assert_eq!((state.place(), state.overlay.is_none()), (Place::Flaky, true));
}

#[test]
fn what_arrives_under_the_help_is_not_lost() {
    let mut state = ready(120, 36);
    let effects = press(&mut state, "r");
    assert!(matches!(&state.overlay, Some(Overlay::Plan(plan)) if plan.planned.waiting()));
    play(&mut state, "?");
    answer(&mut state, effects);
    assert_eq!(state.place(), Place::Help);
    play(&mut state, "esc");
    assert!(matches!(&state.overlay, Some(Overlay::Plan(plan)) if plan.planned.value().is_some()));
}

#[test]
fn the_checklist_leads_to_the_places_of_its_findings_and_to_the_standards() {
    let mut state = ready(120, 36);
    let effects = press(&mut state, "6");
    assert!(matches!(effects[..], [Effect::Check { scope: CheckScope::Changed, .. }]), "{effects:?}");
    answer(&mut state, effects);
    // The gravest comes first.
    let at = |effects: Vec<Effect>| match effects.into_iter().next() {
        Some(Effect::Edit(path, line)) => format!("{}:{line}", path.as_str()),
        other => panic!("{other:?}"),
    };
    assert_eq!(at(press(&mut state, "enter")), "tests/orders/test_views.py:4");
    assert_eq!(at(press(&mut state, "s")), "docs/TESTING_QUALITY_STANDARDS.md:31");
    assert_eq!(at(press(&mut state, "j e")), "tests/orders/test_views.py:12");
    assert_eq!(at(press(&mut state, "s")), "docs/TESTING_QUALITY_STANDARDS.md:1");
    let effects = press(&mut state, "y");
    assert!(matches!(&effects[..], [Effect::Copy(text)] if text.starts_with("## Checklist")), "{effects:?}");
    // Without a batch nothing is asked; the debt is a question of its own, and is never mixed with what is new.
    assert!(press(&mut state, "tab").is_empty());
    let effects = press(&mut state, "tab");
    assert!(matches!(effects[..], [Effect::Check { scope: CheckScope::Debt, .. }]), "{effects:?}");
    answer(&mut state, effects);
    assert!(crate::ui::tests::picture(&state).contains("there is no repository"));
    assert!(state.problems.is_empty(), "it is said where it was asked: {:?}", state.problems);
    // An answer that is known is not asked for again, until something changes.
    assert!(press(&mut state, "tab").is_empty());
    let effects =
        update(&mut state, Msg::FilesChanged { reports: false, sources: vec![saved("tests/t.py")], at: sample::NOW });
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Check { scope: CheckScope::Changed, .. })),
        "{effects:?}"
    );
}

#[test]
fn after_a_batch_the_runner_says_how_many_of_its_new_tests_break_the_checklist() {
    let mut state = ready(120, 36);
    let run = run(&mut state);
    let _ = update(&mut state, Msg::Run(run, some_news()));
    assert!(state.runner.checked.is_none());
    let effects = update(&mut state, Msg::Run(run, vec![last_news()]));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Check { .. })), "{effects:?}");
    answer(&mut state, effects);
    let check = state.runner.checked.unwrap();
    assert_eq!((check.tests, check.broken, check.findings), (2, 2, 2), "{check:?}");
    let text = crate::ui::tests::picture(&state);
    assert!(text.contains("! checklist: 2 of 2 new or changed tests break it"), "{text}");
    state.runner.cursor = Some(RunRow::Checklist);
    state.runner.find_cursor(9);
    play(&mut state, "4 enter");
    assert!(matches!(state.overlay, Some(Overlay::Checklist(_))));
    let effects = press(&mut state, "tab");
    assert!(
        matches!(&effects[..], [Effect::Check { scope: CheckScope::Batch, tests, .. }] if tests.len() > 1),
        "{effects:?}"
    );
}

#[test]
fn two_points_are_picked_and_a_file_opens_with_its_lines_lit() {
    let mut state = ready(120, 36);
    let effects = press(&mut state, "=");
    assert!(matches!(effects[..], [Effect::ListPoints(_), Effect::Match { .. }]), "{effects:?}");
    answer(&mut state, effects);
    // The newest baseline is offered first, now comes last; for the second point now is first.
    let shown = |state: &State| match &state.overlay {
        Some(Overlay::Picker(picker)) => picker.items.texts.iter().map(|text| text.to_string()).collect::<Vec<_>>(),
        _ => panic!("the picker is open"),
    };
    assert!(shown(&state)[0].starts_with("baseline") && shown(&state)[4].starts_with("now"), "{:?}", shown(&state));
    play(&mut state, "enter");
    assert!(shown(&state)[0].starts_with("now") && shown(&state).len() == 4, "{:?}", shown(&state));
    let effects = press(&mut state, "enter");
    let Some(Effect::Compare { points, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!((points.0.as_str(), points.1.as_str()), ("baseline-169", "now"));
    answer(&mut state, effects);
    let Some(Overlay::Compare(compare)) = &state.overlay else { panic!("the comparison is open") };
    assert_eq!(compare.answer.value().unwrap().files.len(), 2);
    let effects = press(&mut state, "s");
    let Some(Effect::Compare { points, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!((points.0.as_str(), points.1.as_str()), ("now", "baseline-169"));
    answer(&mut state, effects);
    let effects = press(&mut state, "y");
    let Some(Effect::Copy(text)) = effects.first() else { panic!("{effects:?}") };
    assert!(text.starts_with("### Coverage:") && text.contains("`shop/orders/views.py`"), "{text}");
    play(&mut state, "enter");
    assert_eq!((state.focus, state.overlay.is_none()), (Pane::Lines, true));
    let file = state.lines.file().unwrap();
    assert_eq!(file.path.as_str(), "shop/orders/views.py");
    assert_eq!((file.newly.iter().collect::<Vec<_>>(), file.lost.iter().collect::<Vec<_>>()), (vec![3, 4, 5], vec![2]));
    assert_eq!(state.lines.line, 3);
    // Back to what is known since the baseline.
    play(&mut state, "esc");
    assert!(state.lines.lit.is_none() && state.lines.file().unwrap().newly.is_empty());
    // Another file, or other sources, take the light away.
    play(&mut state, "= enter enter enter 1 j");
    assert!(state.lines.lit.is_none());
    play(&mut state, "1 g = enter enter enter");
    assert!(state.lines.lit.is_some());
    let effects = update(&mut state, Msg::FilesChanged { reports: false, sources: Vec::new(), at: sample::NOW });
    answer(&mut state, effects);
    assert!(state.lines.lit.is_some(), "no source changed");
    let sources = vec![saved("shop/orders/views.py")];
    let effects = update(&mut state, Msg::FilesChanged { reports: false, sources, at: sample::NOW });
    answer(&mut state, effects);
    assert!(state.lines.lit.is_none());
}

#[test]
fn typing_filters_the_map_and_escape_takes_it_back() {
    let mut state = ready(120, 36);
    play(&mut state, "/ v i e w s");
    assert_eq!(state.map.shown.len(), 2);
    play(&mut state, "enter");
    assert!(!state.map.typing);
    assert_eq!(state.map.shown.len(), 2);
    play(&mut state, "esc");
    assert_eq!(state.map.shown.len(), 8);
    play(&mut state, "/ q q ctrl-u m o d e l s esc");
    assert_eq!((state.map.shown.len(), state.map.typing), (8, false));
}

#[test]
fn folders_fold_and_the_cursor_goes_to_the_folder() {
    let mut state = ready(120, 36);
    play(&mut state, "f");
    assert_eq!(state.map.shown.len(), 8 + 5);
    assert_eq!(state.map.cursor.as_ref().unwrap().as_str(), "shop/orders/views.py");
    play(&mut state, "h");
    assert_eq!(state.map.cursor.as_ref().unwrap().as_str(), "shop/orders");
    play(&mut state, "h");
    assert_eq!(state.map.shown.len(), 8 + 5 - 2);
    play(&mut state, "l");
    assert_eq!(state.map.shown.len(), 8 + 5);
    let effects = press(&mut state, "r");
    let Some(Effect::PlanRun { ask, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(ask.sources.len(), 2, "a folder means its files");
}

#[test]
fn gaps_are_walked_round_and_stretches_unfold() {
    let mut state = ready(120, 36);
    play(&mut state, "2");
    assert_eq!(state.lines.line, 12);
    play(&mut state, "n");
    assert_eq!(state.lines.line, 26);
    play(&mut state, "n n");
    assert_eq!(state.lines.line, 12);
    play(&mut state, "N");
    assert_eq!(state.lines.line, 30);
    play(&mut state, "g");
    let folded = state.lines.rows.len();
    play(&mut state, "enter");
    assert_eq!(state.lines.rows.len(), folded + 5);
    play(&mut state, "enter");
    assert_eq!(state.lines.rows.len(), folded);
    play(&mut state, "f");
    assert_eq!(state.lines.rows.len(), 37);
}

#[test]
fn marks_become_the_plan_and_the_plan_becomes_the_run() {
    let mut state = ready(120, 36);
    play(&mut state, "space space 3 space");
    assert_eq!(state.marks.len(), 3);
    let effects = press(&mut state, "r");
    let Some(Effect::PlanRun { ask, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!((ask.sources.len(), ask.targets.len()), (2, 1));
    answer(&mut state, effects);
    assert!(matches!(state.overlay, Some(Overlay::Plan(_))));
    let effects = press(&mut state, "enter");
    assert!(matches!(effects.first(), Some(Effect::Start { run: RunId(1), .. })), "{effects:?}");
    assert!(state.is_running() && state.marks.is_empty());
    assert_eq!(state.focus, Pane::Runner);
}

#[test]
fn one_key_plans_what_edits_affect_and_says_why() {
    let mut state = ready(120, 36);
    let effects = press(&mut state, "a");
    let Some(Effect::PlanRun { ask, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(*ask, Ask { affected: true, ..Ask::default() });
    answer(&mut state, effects);
    let Some(Overlay::Plan(plan)) = &state.overlay else { panic!("a plan") };
    let why: Vec<&str> = plan
        .lines
        .iter()
        .filter_map(|line| match line {
            crate::app::PlanLine::Why(words, true) => Some(words.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(why[0], "2 tests: ran OrderView.get in shop/orders/views.py, which changed");
    assert!(plan.planned.value().unwrap().how.starts_with("3 tests with stale evidence, 1 new test"));
    let effects = press(&mut state, "enter");
    assert!(matches!(effects.first(), Some(Effect::Start { .. })), "{effects:?}");
}

#[test]
fn a_run_is_followed_to_its_end_and_its_ledger_is_the_one_that_counts() {
    let mut state = ready(120, 36);
    let id = run(&mut state);
    let _ = update(&mut state, Msg::Run(id, some_news()));
    let live = state.runner.run.as_ref().unwrap();
    assert_eq!((live.ended(), live.bad()), (2, 1));
    assert_eq!(state.runner.cursor, Some(RunRow::Test(2)), "the cursor follows the test that runs");
    assert!(state.is_animated());
    let effects = update(&mut state, Msg::Run(id, vec![last_news()]));
    assert!(matches!(effects.first(), Some(Effect::Remember(RunId(1), _))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Rank { before: Some(_), .. })));
    answer(&mut state, effects);
    assert!(!state.is_animated());
    assert_eq!(state.runner.rows.first(), Some(&RunRow::Total));
    let effects = press(&mut state, "y");
    assert!(matches!(effects.first(), Some(Effect::Copy(report)) if report.starts_with("### File:")));
    let effects = press(&mut state, "x");
    let Some(Effect::PlanRun { ask, .. }) = effects.first() else { panic!("{effects:?}") };
    assert!(matches!(ask.targets.as_slice(), [Target::Test(id)] if id.function() == "test_post"));
    assert!(update(&mut state, Msg::Run(id, some_news())).is_empty(), "news after the end are late");
}

#[test]
fn the_end_of_a_run_leaves_the_cursor_where_somebody_put_it() {
    let mut state = ready(120, 36);
    let id = run(&mut state);
    let _ = update(&mut state, Msg::Run(id, some_news()));
    play(&mut state, "n");
    let there = state.runner.cursor;
    assert!(matches!(there, Some(RunRow::Test(_))));
    let _ = update(&mut state, Msg::Run(id, vec![last_news()]));
    assert_eq!(state.runner.rows.first(), Some(&RunRow::Total));
    assert_eq!((state.runner.cursor, state.runner.rows.get(state.runner.list.at).copied()), (there, there));
}

#[test]
fn cancelling_is_gentle_first_and_firm_then() {
    let mut state = ready(120, 36);
    run(&mut state);
    assert!(matches!(press(&mut state, "c").as_slice(), [Effect::Cancel { firm: false, .. }]));
    assert!(matches!(press(&mut state, "ctrl-c").as_slice(), [Effect::Cancel { firm: true, .. }]));
    assert!(press(&mut state, "q").is_empty(), "leaving asks while tests run");
    assert!(matches!(state.overlay, Some(Overlay::Leaving)));
    assert!(press(&mut state, "esc").is_empty());
    assert!(matches!(press(&mut state, "q enter").as_slice(), [Effect::Leave(0)]));
}

#[test]
fn ctrl_c_leaves_when_it_is_pressed_twice_and_nothing_runs() {
    let mut state = ready(120, 36);
    assert!(press(&mut state, "ctrl-c j ctrl-c").iter().all(|effect| !matches!(effect, Effect::Leave(_))));
    assert!(press(&mut state, "ctrl-c").iter().any(|effect| matches!(effect, Effect::Leave(0))));
}

#[test]
fn an_untrusted_project_runs_nothing_before_it_is_trusted() {
    let mut state = ready(120, 36);
    let effects = press(&mut state, "r");
    let Some(Effect::PlanRun { ticket, .. }) = effects.first() else { panic!("{effects:?}") };
    let _ = update(&mut state, Msg::Planned(*ticket, Ok(Arc::new(planned(true)))));
    assert!(press(&mut state, "enter").is_empty());
    assert!(matches!(state.overlay, Some(Overlay::Consent(..))));
    assert!(press(&mut state, "esc").is_empty());
    assert!(!state.is_running());
    let effects = press(&mut state, "r");
    let Some(Effect::PlanRun { ticket, .. }) = effects.first() else { panic!("{effects:?}") };
    let _ = update(&mut state, Msg::Planned(*ticket, Ok(Arc::new(planned(true)))));
    let effects = press(&mut state, "enter enter");
    assert!(matches!(effects.as_slice(), [Effect::Trust, Effect::Start { .. }, ..]), "{effects:?}");
}

#[test]
fn an_environment_is_made_before_the_first_run_that_needs_one() {
    let mut state = ready(120, 36);
    let interpreter = crate::app::Interpreter { to_be_made: true, ..Default::default() };
    state.interpreter.put(Arc::new(interpreter));
    play(&mut state, "r");
    let effects = press(&mut state, "enter");
    let Some(Effect::MakeEnvironment(ticket)) = effects.first() else { panic!("{effects:?}") };
    let _ = update(&mut state, Msg::Making(*ticket, Clean::line("installing pytest")));
    assert_eq!(state.making.as_deref(), Some("installing pytest"));
    let effects = update(&mut state, Msg::Interpreter(*ticket, Ok(Arc::default())));
    assert!(matches!(effects.first(), Some(Effect::Start { .. })), "{effects:?}");
}

#[test]
fn the_picker_matches_marks_and_plans() {
    let mut state = ready(120, 36);
    play(&mut state, "p ctrl-s ctrl-s c a n c e l");
    let Some(Overlay::Picker(picker)) = &state.overlay else { panic!("open") };
    assert_eq!(picker.kind, ListKind::Tests);
    assert_eq!(picker.selected().unwrap().text(), "tests/orders/test_views.py::test_cancel");
    play(&mut state, "tab ctrl-u tab");
    let effects = press(&mut state, "enter");
    let Some(Effect::PlanRun { ask, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(ask.targets.len(), 2);
}

/// The only plan that is asked for.
fn asked(effects: &[Effect]) -> &Ask {
    let Some(Effect::PlanRun { ask, .. }) = effects.first() else { panic!("{effects:?}") };
    ask
}

#[test]
fn an_expression_is_planned_as_it_is_typed_unless_it_is_none() {
    let mut state = ready(120, 36);
    play(&mut state, "K v i e w s space a n d");
    let Some(Overlay::Picker(picker)) = &state.overlay else { panic!("open") };
    assert!(picker.wrong.contains("at column 10"), "{}", picker.wrong);
    assert!(press(&mut state, "enter").is_empty() && state.overlay.is_some());
    play(&mut state, "space g e t");
    let effects = press(&mut state, "enter");
    assert_eq!(*asked(&effects), Ask { keyword: Some("views and get".to_owned()), ..Ask::default() });
    play(&mut state, "esc M s l o w");
    let effects = press(&mut state, "enter");
    assert_eq!(*asked(&effects), Ask { mark: Some("slow".to_owned()), ..Ask::default() });
}

#[test]
fn lines_functions_changes_and_the_last_batch_have_keys() {
    let mut state = ready(120, 36);
    let path = sample::path("shop/orders/views.py");
    let effects = press(&mut state, "d");
    assert_eq!(*asked(&effects), Ask { changed: Some(String::new()), ..Ask::default() });
    let effects = press(&mut state, "esc R");
    assert_eq!(*asked(&effects), Ask { last: true, ..Ask::default() });
    play(&mut state, "esc 2");
    let line = state.lines.line;
    let effects = press(&mut state, "L");
    assert_eq!(asked(&effects).near, [(path.clone(), line)]);
    press(&mut state, "esc");
    let scope = state.lines.file().and_then(|file| file.scopes.last().cloned()).unwrap();
    state.lines.line = scope.first;
    let effects = press(&mut state, "F");
    assert_eq!(asked(&effects).covering, [Whose::Function(path, scope.name.to_string())]);
    play(&mut state, "esc O");
    let effects = press(&mut state, "enter");
    assert!(asked(&effects).last);
    play(&mut state, "esc O j");
    play(&mut state, "ctrl-u down");
    let effects = press(&mut state, "ctrl-x");
    assert!(matches!(&effects[..], [Effect::ForgetSelection(_, name)] if name == "checkout"), "{effects:?}");
}

#[test]
fn a_plan_is_saved_under_the_name_that_is_typed() {
    let mut state = ready(120, 36);
    play(&mut state, "r s n i g h t l y");
    let effects = press(&mut state, "enter");
    assert!(matches!(&effects[..], [Effect::SaveSelection(name, _)] if name == "nightly"), "{effects:?}");
    play(&mut state, "s x");
    assert!(press(&mut state, "esc").is_empty());
    assert!(matches!(&state.overlay, Some(Overlay::Plan(plan)) if plan.naming.is_none()), "the plan stays");
    play(&mut state, "s");
    assert!(press(&mut state, "enter").is_empty(), "no name, nothing saved");
}

#[test]
fn enter_waits_for_the_matches_of_what_is_typed() {
    let mut state = ready(120, 36);
    play(&mut state, ":");
    let effects = press(&mut state, "z o o m");
    assert!(press(&mut state, "enter").is_empty());
    assert!(!state.zoomed, "the matches on the screen are those of another query");
    answer(&mut state, effects);
    assert!(state.zoomed && state.overlay.is_none());
}

#[test]
fn one_source_file_offers_the_tests_that_cover_it() {
    let mut state = ready(120, 36);
    play(&mut state, "p enter");
    let Some(Overlay::Picker(picker)) = &state.overlay else { panic!("still open") };
    assert!(matches!(&picker.kind, ListKind::Related(title) if title.contains("shop/orders/views.py")));
    assert_eq!(picker.len(), 5);
    play(&mut state, "ctrl-a");
    let effects = press(&mut state, "enter");
    let Some(Effect::PlanRun { ask, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(ask.targets.len(), 5);
}

#[test]
fn the_palette_does_what_is_found() {
    let mut state = ready(120, 36);
    play(&mut state, ": z o o m enter");
    assert!(state.zoomed && state.overlay.is_none());
    play(&mut state, "? t h e m e");
    assert!(matches!(press(&mut state, "enter").as_slice(), [Effect::UseTheme(1)]));
}

#[test]
fn a_report_that_changes_is_read_again_and_a_source_that_changes_is_ranked_again() {
    let mut state = ready(120, 36);
    let effects = update(&mut state, Msg::FilesChanged { reports: true, sources: Vec::new(), at: sample::NOW });
    assert!(matches!(effects.as_slice(), [Effect::ReadReports(_)]));
    let sources = vec![saved("shop/orders/views.py")];
    let effects = update(&mut state, Msg::FilesChanged { reports: false, sources, at: sample::NOW });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Rank { .. })));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ReadSource { .. })));
}

#[test]
fn the_editor_opens_at_the_line() {
    let mut state = ready(120, 36);
    play(&mut state, "2 n");
    let effects = press(&mut state, "e");
    assert!(matches!(effects.as_slice(), [Effect::Edit(path, 26)] if path.as_str() == "shop/orders/views.py"));
    assert!(matches!(update(&mut state, Msg::Resumed).first(), Some(Effect::Redraw)));
}

#[test]
fn the_nearest_tests_of_a_gap_are_one_key_from_running_or_editing() {
    let mut state = ready(120, 36);
    play(&mut state, "2 n t");
    let Some(Overlay::Picker(picker)) = &state.overlay else { panic!("a picker") };
    assert_eq!(picker.note.as_str(), "nobody runs it: the nearest tests");
    assert_eq!(picker.items.notes[0].as_str(), "ran OrderView.get · ✓ 0.12s");
    let mut editing = state.clone();
    let effects = press(&mut editing, "ctrl-e");
    assert!(
        matches!(effects.first(), Some(Effect::EditTest(test)) if test.as_str() == "tests/orders/test_views.py::test_get"),
        "{effects:?}"
    );
    assert!(editing.overlay.is_none());
    let effects = press(&mut state, "enter");
    let Some(Effect::PlanRun { ask, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(ask.targets.len(), 1);
}

#[test]
fn a_press_focuses_and_selects_and_twice_opens() {
    let mut state = ready(120, 36);
    let at = |kind, x, y| Msg::Mouse(Mouse { kind, x, y });
    let effects = update(&mut state, at(MouseKind::Press, 10, 5));
    answer(&mut state, effects);
    assert_eq!(state.map.cursor.as_ref().unwrap().as_str(), "shop/billing/serializers.py");
    let effects = update(&mut state, at(MouseKind::Double, 10, 4));
    answer(&mut state, effects);
    assert_eq!(state.focus, Pane::Lines);
    assert_eq!(state.lines.file().unwrap().path.as_str(), "shop/billing/views.py");
    let top = state.lines.list.top;
    let _ = update(&mut state, at(MouseKind::WheelDown, 90, 8));
    assert!(state.lines.list.top > top);
    let mut small = ready(80, 24);
    let _ = update(&mut small, at(MouseKind::Press, 45, 1));
    assert_eq!(small.focus, Pane::Flaky, "tabs are quarters");
}

#[test]
fn pasted_text_is_text_and_never_keys() {
    let mut state = ready(120, 36);
    assert!(update(&mut state, Msg::Paste("qqq".to_owned())).is_empty());
    play(&mut state, "/");
    let _ = update(&mut state, Msg::Paste("money\nqq".to_owned()));
    assert_eq!(state.map.filter.text(), "money");
    assert_eq!(state.map.shown.len(), 1);
}

#[test]
fn watching_is_turned_on_and_off() {
    let mut state = ready(120, 36);
    assert!(matches!(press(&mut state, "w").as_slice(), [Effect::Watch(true)]));
    let _ = update(&mut state, Msg::Watching(Watching::Polling));
    assert!(matches!(press(&mut state, "w").as_slice(), [Effect::Watch(false)]));
}

#[test]
fn a_flood_of_news_keeps_the_last_lines_and_every_outcome() {
    let mut state = ready(120, 36);
    let id = run(&mut state);
    let line = || vec![crate::base::Piece { paint: crate::base::Paint::default(), text: Clean::line("x") }];
    let output = || News::Output { command: 0, lines: (0..4_000).map(|_| line()).collect() };
    let _ = update(&mut state, Msg::Run(id, (0..5).map(|_| output()).collect()));
    assert_eq!(state.runner.run.as_ref().unwrap().commands[0].output.len(), 5_000);
}

fn any_key() -> impl Strategy<Value = Key> {
    let rows: Vec<Key> = TABLE.iter().flat_map(|row| row.keys).map(|key| key.parse().unwrap()).collect();
    prop_oneof![
        4 => proptest::sample::select(rows),
        1 => proptest::char::range(' ', '~').prop_map(|c| Key::plain(KeyCode::Char(c))),
        1 => Just(Key::plain(KeyCode::Backspace)),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Key(Key),
    Mouse(MouseKind, u16, u16),
    Size(u16, u16),
    Action(Action),
    News,
    End,
    Late(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let kinds = vec![MouseKind::Press, MouseKind::Double, MouseKind::WheelDown, MouseKind::WheelUp];
    let actions: Vec<Action> = TABLE.iter().map(|row| row.action).collect();
    prop_oneof![
        12 => any_key().prop_map(Step::Key),
        3 => (proptest::sample::select(kinds), 0u16..210, 0u16..70).prop_map(|(kind, x, y)| Step::Mouse(kind, x, y)),
        1 => (0u16..210, 0u16..70).prop_map(|(width, height)| Step::Size(width, height)),
        3 => proptest::sample::select(actions).prop_map(Step::Action),
        1 => Just(Step::News),
        1 => Just(Step::End),
        1 => (0u64..50).prop_map(Step::Late),
    ]
}

fn take(state: &mut State, step: Step, answered: bool) {
    let run = RunId(state.runner.runs);
    let msg = match step {
        Step::Key(key) => Msg::Key(key),
        Step::Mouse(kind, x, y) => Msg::Mouse(Mouse { kind, x, y }),
        Step::Size(width, height) => Msg::Resized(Size::new(width, height)),
        Step::Action(action) => Msg::Act(action),
        Step::News => Msg::Run(run, some_news()),
        Step::End => Msg::Run(run, vec![last_news()]),
        Step::Late(ticket) => Msg::Ranked(Ticket(ticket), Ok(Arc::default())),
    };
    let effects = update(state, msg);
    if answered {
        answer(state, effects);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]
    #[test]
    fn nothing_that_a_person_does_panics(
        start in 0u8..4,
        answered: bool,
        steps in proptest::collection::vec(any_step(), 1..60),
    ) {
        let mut state = match start {
            0 => waiting(80, 24).0,
            1 => empty(120, 36),
            2 => failed(40, 12),
            _ => ready(120, 36),
        };
        for step in steps {
            take(&mut state, step, answered);
            crate::ui::tests::picture(&state);
            prop_assert!(state.map.list.at < state.map.shown.len().max(1));
            prop_assert!(state.marks.iter().all(|mark| !matches!(mark, Choice::Action(_))));
        }
    }
}

#[test]
fn every_action_in_every_place_of_every_state_is_harmless() {
    let openings = ["", "2", "3", "3 enter", "4", "/", "p", ":", "?", "!", "r", "B", "z", "f"];
    for opening in openings {
        for row in TABLE {
            for make in [ready, empty, failed] {
                let mut state = make(120, 36);
                play(&mut state, opening);
                let effects = update(&mut state, Msg::Act(row.action));
                answer(&mut state, effects);
                crate::ui::tests::picture(&state);
            }
        }
    }
}

#[test]
fn nothing_is_asked_to_run_without_a_plan_that_was_confirmed() {
    let mut state = ready(120, 36);
    for row in TABLE {
        let effects = update(&mut state, Msg::Act(row.action));
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Start { .. } | Effect::Trust)), "{}", row.name);
        state.overlay = None;
    }
    assert_eq!(state.runner.last, None::<Ask>);
}

#[test]
fn fifty_thousand_files_are_filtered_within_a_frame() {
    let mut state = ready(120, 36);
    let ticket = state.ticket();
    state.map.ranking.ask(ticket);
    let one = sample::ranking(Order::Triage, false).rows.swap_remove(0);
    let rows = (0..50_000).map(|at| {
        let path = sample::path(&format!("src/package_{}/module_{at}.py", at % 500));
        crate::domain::triage::Row { path, rank: at + 1, ..one.clone() }
    });
    let ranking = crate::app::Ranking::new(rows.collect(), Order::Triage, None);
    let _ = update(&mut state, Msg::Ranked(ticket, Ok(Arc::new(ranking))));
    assert_eq!(state.map.shown.len(), 50_000);
    play(&mut state, "/ m o d u l e _ 4 9 9");
    assert_eq!(state.map.shown.len(), 11 + 100);
    play(&mut state, "esc f");
    assert_eq!(state.map.shown.len(), 50_000 + 501);
}

#[test]
fn the_guide_shows_what_is_open_and_an_empty_test_is_written_after_it_was_looked_at() {
    let mut state = ready(120, 36);
    let effects = press(&mut state, "i");
    let Some(Effect::Guide { asked, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(*asked, crate::domain::guide::Asked::All, "the map asks for the whole file");
    answer(&mut state, effects);
    let row = |state: &State| match &state.overlay {
        Some(Overlay::Guide(guide)) => guide.selected(),
        _ => None,
    };
    use crate::app::GuideRow::{Function, Item};
    assert_eq!(
        (state.place(), row(&state)),
        (crate::app::Place::Guide, Some(Item(0, 1))),
        "the first item that no test covers"
    );
    press(&mut state, "n");
    assert_eq!(row(&state), Some(Item(0, 3)));
    press(&mut state, "g");
    assert_eq!(row(&state), Some(Function(0)));
    let copied = press(&mut state, "y");
    assert!(matches!(&copied[..], [Effect::Copy(text)] if text.contains("- [x] line ")), "{copied:?}");
    press(&mut state, "n");
    let effects = press(&mut state, "t");
    assert!(matches!(&effects[..], [Effect::Draft { which: crate::domain::guide::Which::One(1), .. }]), "{effects:?}");
    answer(&mut state, effects);
    assert_eq!(state.place(), crate::app::Place::Question);
    assert_eq!(press(&mut state, "esc").len(), 0, "nothing is written");
    assert_eq!((state.place(), row(&state)), (crate::app::Place::Guide, Some(Item(0, 1))), "back in the guide");
    let effects = press(&mut state, "a");
    answer(&mut state, effects);
    let effects = press(&mut state, "enter");
    let [Effect::Write(draft)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((draft.path.as_str(), draft.skeleton.tests.len()), ("tests/orders/test_models.py", 2));
    assert!(state.overlay.is_none());
    let to = (draft.path.clone(), 7);
    let effects = update(&mut state, Msg::Written(Ok(to.clone())));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Edit(path, 7) if *path == to.0)), "{effects:?}");
}

#[test]
fn from_the_source_the_guide_is_that_of_the_function_and_enter_goes_to_the_line() {
    let mut state = ready(160, 50);
    play(&mut state, "2");
    let line = state.lines.file().and_then(|file| file.scopes.first().map(|scope| scope.first)).unwrap();
    let height = state.list_height(Pane::Lines);
    state.lines.show(line, height);
    let effects = press(&mut state, "i");
    let Some(Effect::Guide { asked, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(*asked, crate::domain::guide::Asked::Line(state.lines.line));
    answer(&mut state, effects);
    press(&mut state, "g j");
    press(&mut state, "enter");
    assert_eq!((state.focus, state.overlay.is_none(), state.lines.line), (Pane::Lines, true, 8));
}
