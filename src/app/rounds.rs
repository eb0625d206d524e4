//! Tests: the loop under saves, keys and late plans; no two of its questions or runs at a time.

use crate::app::sample::{answer, last_news, planned, planned_affected, ready, some_news};
use crate::app::tests::press;
use crate::app::{
    AfterRun, Ask, Effect, Holds, MANY_FILES, Msg, News, Overlay, Pane, Phase, Planned, RunId, Saved, State, Ticket,
    phase, update,
};
use crate::base::{Clean, RepoPath, Stamp};
use proptest::prelude::*;
use std::sync::Arc;

const AT: Stamp = Stamp(1_800_000_000_000);

fn path(name: &str) -> RepoPath {
    RepoPath::new(name).unwrap()
}

fn file(name: &str, holds: Holds) -> Saved {
    Saved { path: path(name), holds }
}

/// What the loop asks for when these files are saved; nothing of it is answered.
fn save(state: &mut State, files: Vec<Saved>) -> Vec<Effect> {
    let effects = update(state, Msg::FilesChanged { reports: false, sources: files, at: AT });
    effects.into_iter().filter(is_of_runs).collect()
}

fn save_code(state: &mut State, name: &str) -> Vec<Effect> {
    save(state, vec![file(name, Holds::News)])
}

fn is_of_runs(effect: &Effect) -> bool {
    matches!(effect, Effect::PlanRun { .. } | Effect::Start { .. } | Effect::Cancel { .. } | Effect::Trust)
}

fn asked(effects: &[Effect]) -> (Ticket, Ask) {
    let [Effect::PlanRun { ticket, ask, .. }] = effects else { panic!("one plan is asked for: {effects:?}") };
    (*ticket, ask.clone())
}

fn started(effects: &[Effect]) -> (RunId, Arc<Planned>) {
    let [Effect::Start { run, planned, .. }] = effects else { panic!("one run is started: {effects:?}") };
    (*run, Arc::clone(planned))
}

/// Answers a plan; gives what is to be run.
fn plan(state: &mut State, ticket: Ticket, planned: Planned) -> Vec<Effect> {
    let effects = update(state, Msg::Planned(ticket, Ok(Arc::new(planned))));
    effects.into_iter().filter(is_of_runs).collect()
}

fn end(state: &mut State, run: RunId, cancelled: bool) -> Vec<Effect> {
    let News::Ended(after) = last_news() else { unreachable!() };
    let after = AfterRun { cancelled, at: Stamp(AT.0 + 900), ..after.as_ref().clone() };
    let effects = update(state, Msg::Run(run, vec![News::Ended(Arc::new(after))]));
    effects.into_iter().filter(is_of_runs).collect()
}

/// One cycle of one command.
fn small() -> Planned {
    let mut planned = planned_affected();
    planned.cycles.truncate(1);
    planned
}

fn nothing() -> Planned {
    Planned { cycles: Vec::new(), ..planned_affected() }
}

/// A state with the loop on, and nothing affected so far.
fn looping() -> State {
    let mut state = ready(120, 36);
    assert!(save_code(&mut state, "shop/orders/views.py").is_empty(), "off, a save runs nothing");
    let effects = press(&mut state, "W");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Watch(true))), "no save is noticed without watching");
    let (ticket, ask) = asked(&effects.into_iter().filter(is_of_runs).collect::<Vec<_>>());
    assert_eq!(ask, Ask { affected: true, ..Ask::default() });
    assert!(plan(&mut state, ticket, nothing()).is_empty());
    assert_eq!(phase(&state), Some(Phase::Idle));
    state
}

#[test]
fn a_save_plans_what_it_affects_and_runs_it_and_ends_with_a_verdict() {
    let mut state = looping();
    let marks = {
        press(&mut state, "1 space");
        state.marks.clone()
    };
    let (ticket, ask) = asked(&save_code(&mut state, "shop/orders/views.py"));
    assert_eq!(ask, Ask { affected: true, saved: vec![path("shop/orders/views.py")], ..Ask::default() });
    assert_eq!(phase(&state), Some(Phase::Planning));
    let (run, started) = started(&plan(&mut state, ticket, small()));
    assert_eq!(started.cycles.len(), 1);
    assert_eq!((state.focus, &state.marks), (Pane::Map, &marks), "nobody struck a key: focus and marks stay");
    let _ = update(&mut state, Msg::Run(run, some_news()));
    assert!(matches!(phase(&state), Some(Phase::Running(2, _))), "{:?}", phase(&state));
    assert!(end(&mut state, run, false).is_empty());
    assert_eq!(phase(&state), Some(Phase::Idle));
    let round = state.edit_loop.end.clone().unwrap();
    assert_eq!((round.bad, round.passed, round.took), (1, 1, Some(900)));
    assert!(state.before.is_some(), "before and after are told");
}

#[test]
fn a_further_save_cancels_the_run_once_and_plans_anew_when_it_has_ended() {
    let mut state = looping();
    let (ticket, _) = asked(&save_code(&mut state, "shop/orders/views.py"));
    let (run, _) = started(&plan(&mut state, ticket, small()));
    assert!(matches!(save_code(&mut state, "shop/orders/models.py")[..], [Effect::Cancel { firm: false, .. }]));
    assert_eq!(phase(&state), Some(Phase::Restarting));
    assert!(save_code(&mut state, "shop/utils/money.py").is_empty(), "it is ending already");
    let (ticket, ask) = asked(&end(&mut state, run, true));
    assert_eq!(ask.saved, [path("shop/orders/models.py"), path("shop/utils/money.py")]);
    assert_eq!(state.edit_loop.end, None);
    started(&plan(&mut state, ticket, small()));
}

#[test]
fn saves_while_a_plan_is_made_ask_no_second_question_and_make_the_first_answer_old() {
    let mut state = looping();
    let (ticket, _) = asked(&save_code(&mut state, "shop/orders/views.py"));
    for _ in 0..20 {
        assert!(save_code(&mut state, "shop/orders/models.py").is_empty());
    }
    let (again, ask) = asked(&plan(&mut state, ticket, small()));
    assert_eq!(ask.saved, [path("shop/orders/models.py")]);
    started(&plan(&mut state, again, small()));
}

#[test]
fn the_batch_of_a_person_goes_on_and_the_save_waits_for_it() {
    let mut state = looping();
    let effects = press(&mut state, "r");
    answer(&mut state, effects);
    assert!(save_code(&mut state, "shop/orders/views.py").is_empty());
    assert_eq!(phase(&state), Some(Phase::BehindQuestion));
    let (run, _) = started(&press(&mut state, "enter"));
    assert_eq!(phase(&state), Some(Phase::BehindBatch));
    let (ticket, _) = asked(&end(&mut state, run, false));
    assert_eq!(state.edit_loop.end, None, "the batch of the person is no verdict on the save");
    started(&plan(&mut state, ticket, small()));
}

#[test]
fn a_person_who_plans_a_batch_has_the_right_of_way_and_the_loop_takes_up_its_own_afterwards() {
    let mut state = looping();
    let (ticket, _) = asked(&save_code(&mut state, "shop/orders/views.py"));
    let (run, _) = started(&plan(&mut state, ticket, small()));
    let effects = press(&mut state, "r");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel { firm: false, .. })), "{effects:?}");
    answer(&mut state, effects);
    assert!(press(&mut state, "enter").is_empty(), "it waits until the tests of the loop have ended");
    let (second, _) = started(&end(&mut state, run, true));
    assert_ne!(run, second);
    let (_, ask) = asked(&end(&mut state, second, false));
    assert_eq!(ask.saved, [path("shop/orders/views.py")]);
}

#[test]
fn what_exceeds_a_cycle_waits_for_a_key_and_is_forgotten_when_all_is_planned_anew() {
    let mut state = looping();
    let (ticket, _) = asked(&save_code(&mut state, "shop/orders/views.py"));
    let (run, first) = started(&plan(&mut state, ticket, planned_affected()));
    assert_eq!(first.cycles.len(), 1);
    assert!(end(&mut state, run, false).is_empty());
    let Some(Phase::Rest(rest)) = phase(&state) else { panic!("{:?}", phase(&state)) };
    assert_eq!(rest, planned(false).cycles[1..].iter().flatten().map(|command| command.tests.len()).sum::<usize>());
    let (run, second) = started(&press(&mut state, "."));
    assert_eq!(second.cycles[..], planned_affected().cycles[1..2]);
    assert!(end(&mut state, run, false).is_empty());
    assert_eq!(phase(&state), Some(Phase::Idle));
    assert!(press(&mut state, ".").is_empty());

    let (ticket, _) = asked(&save_code(&mut state, "shop/orders/views.py"));
    let (run, _) = started(&plan(&mut state, ticket, planned_affected()));
    press(&mut state, "c");
    assert!(end(&mut state, run, true).is_empty(), "cancelled by a person, nothing of it waits");
    assert_eq!(phase(&state), Some(Phase::Idle));
}

#[test]
fn a_file_that_python_cannot_read_runs_nothing_and_keeps_the_results_until_it_is_mended_or_a_person_goes_on() {
    let broken = || file("shop/orders/views.py", Holds::Broken(12, Clean::line("expected `:`")));
    let mut state = looping();
    let (ticket, _) = asked(&save_code(&mut state, "shop/orders/views.py"));
    let (run, _) = started(&plan(&mut state, ticket, small()));
    end(&mut state, run, false);
    let before = state.edit_loop.end.clone();
    assert!(save(&mut state, vec![broken()]).is_empty());
    assert_eq!(phase(&state), Some(Phase::Broken(path("shop/orders/views.py"), 12)));
    assert_eq!(state.edit_loop.end, before);
    assert!(state.runner.run.is_some());
    // Mended to what it was: what it held back is planned.
    asked(&save(&mut state, vec![file("shop/orders/views.py", Holds::Same)]));

    let mut state = looping();
    assert!(save(&mut state, vec![broken()]).is_empty());
    asked(&press(&mut state, "."));

    // In the middle of a run, its tests are of no use any more.
    let mut state = looping();
    let (ticket, _) = asked(&save_code(&mut state, "shop/orders/models.py"));
    let (run, _) = started(&plan(&mut state, ticket, small()));
    assert!(matches!(save(&mut state, vec![broken()])[..], [Effect::Cancel { firm: false, .. }]));
    assert!(end(&mut state, run, true).is_empty());
    assert!(matches!(phase(&state), Some(Phase::Broken(..))));
}

#[test]
fn comments_and_layout_run_nothing_and_cancel_nothing() {
    let mut state = looping();
    assert!(save(&mut state, vec![file("shop/orders/views.py", Holds::Same)]).is_empty());
    let (ticket, _) = asked(&save_code(&mut state, "shop/orders/views.py"));
    started(&plan(&mut state, ticket, small()));
    assert!(save(&mut state, vec![file("shop/orders/models.py", Holds::Same)]).is_empty());
    assert!(matches!(phase(&state), Some(Phase::Running(..))));
}

#[test]
fn a_checkout_asks_before_it_runs_anything() {
    let mut state = looping();
    let files = (0..MANY_FILES).map(|at| file(&format!("shop/m{at}.py"), Holds::News)).collect();
    let (ticket, _) = asked(&save(&mut state, files));
    assert!(plan(&mut state, ticket, small()).is_empty());
    assert!(matches!(phase(&state), Some(Phase::Many(MANY_FILES, tests)) if tests > 0), "{:?}", phase(&state));
    started(&press(&mut state, "."));
}

#[test]
fn tests_that_write_a_source_do_not_run_for_ever() {
    let mut state = looping();
    let (mut ticket, _) = asked(&save_code(&mut state, "shop/version.py"));
    for _ in 0..100 {
        let (run, _) = started(&plan(&mut state, ticket, small()));
        save_code(&mut state, "shop/version.py");
        let effects = end(&mut state, run, true);
        if effects.is_empty() {
            assert_eq!(phase(&state), Some(Phase::Repeats(path("shop/version.py"))));
            asked(&press(&mut state, "."));
            return;
        }
        (ticket, _) = asked(&effects);
    }
    panic!("it never ends");
}

#[test]
fn an_untrusted_project_is_asked_about_first_and_without_trust_the_loop_is_off() {
    let untrusted = || Planned { cycles: Vec::new(), ..planned(true) };
    let begin = || {
        let mut state = ready(120, 36);
        let effects: Vec<Effect> = press(&mut state, "W").into_iter().filter(is_of_runs).collect();
        let (ticket, _) = asked(&effects);
        assert!(plan(&mut state, ticket, untrusted()).is_empty());
        assert!(matches!(state.overlay, Some(Overlay::Consent(..))));
        state
    };
    let mut state = begin();
    press(&mut state, "esc");
    assert_eq!(phase(&state), None);
    let mut state = begin();
    assert!(matches!(press(&mut state, "enter")[..], [Effect::Trust]));
    assert_eq!(phase(&state), Some(Phase::Idle));
    asked(&save_code(&mut state, "shop/orders/views.py"));
}

#[test]
fn by_the_settings_the_loop_is_on_from_the_start_and_runs_nothing_before_a_save() {
    let mut state = State::new(crate::app::Start { looping: true, ..ready(120, 36).start });
    let effects = crate::app::begin(&mut state);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Watch(true))));
    answer(&mut state, effects);
    assert_eq!(phase(&state), Some(Phase::Idle));
    asked(&save_code(&mut state, "shop/orders/views.py"));
    let effects = press(&mut state, "W");
    assert!(!effects.iter().any(is_of_runs));
    assert_eq!(phase(&state), None);
}

#[test]
fn switched_off_and_on_while_a_plan_is_made_it_asks_no_second_question_beside_the_first() {
    let mut state = looping();
    let (ticket, _) = asked(&save_code(&mut state, "shop/orders/views.py"));
    for _ in 0..6 {
        assert!(!press(&mut state, "W").iter().any(is_of_runs));
    }
    assert_eq!(phase(&state), Some(Phase::Planning));
    let (ticket, ask) = asked(&plan(&mut state, ticket, small()));
    assert_eq!(ask.saved, [], "switched on, it begins with all that is affected");
    started(&plan(&mut state, ticket, small()));

    // An answer that comes while it is off runs nothing, then or later.
    let mut state = looping();
    let (ticket, _) = asked(&save_code(&mut state, "shop/orders/views.py"));
    assert!(!press(&mut state, "W").iter().any(is_of_runs));
    assert!(plan(&mut state, ticket, small()).is_empty());
    asked(&press(&mut state, "W").into_iter().filter(is_of_runs).collect::<Vec<_>>());
}

/// What may happen next.
#[derive(Clone, Debug)]
enum Step {
    Save(u8, bool),
    Broken(u8),
    Key(&'static str),
    Plan(u8),
    End(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let keys = prop::sample::select(vec!["W", ".", "c", "r", "enter", "esc", "a", "q"]);
    prop_oneof![
        4 => (0..4_u8, any::<bool>()).prop_map(|(at, same)| Step::Save(at, same)),
        1 => (0..4_u8).prop_map(Step::Broken),
        3 => keys.prop_map(Step::Key),
        3 => (0..3_u8).prop_map(Step::Plan),
        3 => any::<bool>().prop_map(Step::End),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_one_run_is_under_way_at_most_and_nothing_piles_up(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let mut state = looping();
        let (mut open, mut runs): (Vec<(Ticket, Ask)>, Vec<RunId>) = (Vec::new(), Vec::new());
        for step in steps {
            let name = |at: u8| format!("shop/m{at}.py");
            let effects = match step {
                Step::Save(at, true) => save(&mut state, vec![file(&name(at), Holds::Same)]),
                Step::Save(at, false) => save_code(&mut state, &name(at)),
                Step::Broken(at) => save(&mut state, vec![file(&name(at), Holds::Broken(1, Clean::default()))]),
                Step::Key(key) => press(&mut state, key),
                Step::Plan(which) => match open.pop() {
                    Some((ticket, _)) => plan(&mut state, ticket, [small, nothing, planned_affected][usize::from(which)]()),
                    None => continue,
                },
                Step::End(cancelled) => match runs.pop() {
                    Some(run) => end(&mut state, run, cancelled),
                    None => continue,
                },
            };
            for effect in effects {
                match effect {
                    Effect::PlanRun { ticket, ask, .. } => open.push((ticket, ask)),
                    Effect::Start { run, .. } => {
                        prop_assert!(runs.is_empty(), "two runs at a time");
                        runs.push(run);
                    }
                    _ => {}
                }
            }
            let of_loop = open.iter().filter(|(_, ask)| !ask.saved.is_empty()).count();
            prop_assert!(of_loop <= 1, "questions pile up");
            prop_assert!(phase(&state).is_none_or(|phase| phase != Phase::Planning || !open.is_empty()));
        }
    }
}
