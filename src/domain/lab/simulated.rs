//! Tests: made-up suites, run by rules instead of by pytest, and what the lab says of them.

use super::bench::{Budget, Effort};
use super::case::Case;
use super::fix::Proof;
use super::protocol::{Next, next};
use super::recipe::{Axis, Recipe};
use super::trial::{Attempt, End, Trial};
use super::verdict::{Cause, Status, Verdict};
use crate::domain::suite::TestId;

/// Numbers that look random, from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Whether an attempt fails: with what ran before it, the number of the attempt and the dice.
type Rule<'a> = &'a dyn Fn(&Recipe, &[&str], u32, &mut Dice) -> bool;

fn id(at: usize) -> TestId {
    TestId::new(&format!("t.py::test_{at}"))
}

fn case(count: usize, at: usize) -> Case {
    Case { suite: (0..count).map(id).collect(), at, ..Case::default() }
}

fn made(recipe: Recipe, rule: Rule<'_>, dice: &mut Dice) -> Trial {
    let entries: Vec<Option<String>> =
        recipe.order.entries().iter().map(|entry| entry.as_ref().map(|id| id.as_str().to_owned())).collect();
    let target = recipe.target().map(|id| id.as_str().to_owned()).expect("a target");
    let mut trial = Trial::new(recipe.clone(), End::Whole, 0.5);
    let mut before: Vec<&str> = Vec::new();
    let mut attempt = |before: &[&str], dice: &mut Dice| {
        trial.ran += 1;
        let fails = rule(&recipe, before, trial.ran, dice);
        trial.failed += u32::from(fails);
        let cause = fails.then(|| "v1|AssertionError|x".to_owned());
        let seed = recipe.random.map(|seed| if recipe.sweep { seed + u64::from(trial.ran) - 1 } else { seed });
        if trial.ran <= 40 || fails {
            let words = if fails { "AssertionError: x".to_owned() } else { String::new() };
            trial.attempts.push(Attempt { at: trial.ran, cause, words, seed, seconds: 0.001 });
        }
        fails
    };
    for entry in &entries {
        let name = entry.as_deref().unwrap_or("neutral");
        if name == target {
            attempt(&before, dice);
        }
        before.push(name);
    }
    if let Some(repeat) = recipe.repeat {
        let count = if recipe.clocks.is_empty() { repeat.count.min(800) } else { repeat.count };
        // The order's own attempt counts.
        let mut failed = 0;
        for _ in 1..count {
            failed += u32::from(attempt(&before, dice));
            if failed >= repeat.until {
                break;
            }
        }
    }
    trial
}

fn judged(case: &Case, effort: Effort, seed: u64, rule: Rule<'_>) -> Verdict {
    let mut dice = Dice(seed);
    let mut trials = Vec::new();
    loop {
        match next(case, &trials, Budget::of(effort), false) {
            Next::Run(recipe, _) => trials.push(made(*recipe, rule, &mut dice)),
            Next::Done(verdict) => return *verdict,
        }
        assert!(trials.len() <= 400, "a lab without an end");
    }
}

fn check(verdict: &Verdict, class: &str, status: Status) {
    assert_eq!((verdict.cause.class(), verdict.status), (class, status), "{verdict:#?}");
}

#[test]
fn a_victim_is_named_with_its_polluter_wherever_it_stands() {
    for at in [0, 17, 99, 50] {
        let polluter = id(at).as_str().to_owned();
        let verdict = judged(&case(100, 60), Effort::Usual, 1, &|_, before, _, _| before.contains(&polluter.as_str()));
        check(&verdict, "order-victim", Status::Confirmed);
        let Cause::Victim { polluters, .. } = &verdict.cause else { panic!("{verdict:?}") };
        assert_eq!(polluters, &[id(at)]);
        assert!(verdict.spent.0 <= 40);
    }
}

#[test]
fn a_victim_of_two_together_is_named_with_both() {
    let verdict = judged(&case(40, 39), Effort::Deep, 1, &|_, before, _, _| {
        before.contains(&"t.py::test_3") && before.contains(&"t.py::test_31")
    });
    check(&verdict, "order-victim", Status::Confirmed);
    let Cause::Victim { polluters, .. } = &verdict.cause else { panic!("{verdict:?}") };
    assert_eq!(polluters, &[id(3), id(31)]);
}

#[test]
fn a_polluter_that_does_not_spoil_it_each_time_is_found_where_there_is_time() {
    let mut found = 0;
    for seed in 0..40 {
        let verdict = judged(&case(30, 20), Effort::Deep, seed, &|_, before, _, dice| {
            before.contains(&"t.py::test_3") && dice.roll() < 0.7
        });
        let is_right = matches!(&verdict.cause, Cause::Victim { polluters, .. } if polluters.contains(&id(3)));
        found += u32::from(is_right && verdict.status == Status::Confirmed);
        assert!(
            is_right || verdict.status != Status::Confirmed || verdict.cause == Cause::Intermittent,
            "{verdict:#?}"
        );
    }
    assert!(found >= 24, "{found} of 40");
}

#[test]
fn other_tests_that_do_the_same_are_named_too() {
    let verdict = judged(&case(30, 20), Effort::Deep, 1, &|_, before, _, _| {
        before.contains(&"t.py::test_3") || before.contains(&"t.py::test_9")
    });
    let Cause::Victim { polluters, others, .. } = &verdict.cause else { panic!("{verdict:?}") };
    assert_eq!((polluters.as_slice(), others.as_slice()), (&[id(9)][..], &[vec![id(3)]][..]));
}

#[test]
fn a_brittle_test_is_named_with_what_it_needs() {
    let verdict = judged(&case(50, 30), Effort::Usual, 1, &|_, before, _, _| !before.contains(&"t.py::test_12"));
    check(&verdict, "order-brittle", Status::Confirmed);
    assert_eq!(verdict.cause, Cause::Brittle { setters: vec![id(12)] });
}

#[test]
fn a_test_that_spoils_its_own_ground_is_told_from_one_that_leaves_files() {
    let again = |before: &[&str]| before.contains(&"t.py::test_5");
    let verdict = judged(&case(10, 5), Effort::Usual, 1, &|_, before, at, _| at > 1 && again(before));
    check(&verdict, "self-polluting", Status::Confirmed);
    assert_eq!(verdict.cause, Cause::SelfPolluting { by_files: false });
    let files = judged(&case(10, 5), Effort::Usual, 1, &|recipe, before, _, _| {
        again(before) || recipe.axes.contains(&Axis::Leftovers)
    });
    assert_eq!(files.cause, Cause::SelfPolluting { by_files: true });
}

#[test]
fn seeds_are_told_apart() {
    let by_hash = judged(&case(10, 5), Effort::Usual, 1, &|recipe, _, _, _| recipe.hash % 2 == 0);
    check(&by_hash, "seed-hash", Status::Confirmed);
    // One in a hundred, by the seed alone.
    let by_seed = |recipe: &Recipe, at: u32, dice: &mut Dice| {
        let seed = recipe.random.map(|seed| seed + if recipe.sweep { u64::from(at) - 1 } else { 0 });
        Dice(seed.unwrap_or_else(|| (dice.roll() * 1e9) as u64)).roll() < 0.01
    };
    let rare = judged(&case(10, 5), Effort::Usual, 7, &|recipe, _, at, dice| by_seed(recipe, at, dice));
    check(&rare, "seed-random", Status::Confirmed);
}

#[test]
fn what_only_pressure_shows_is_latent_unless_it_was_recorded() {
    let rule: Rule<'_> = &|recipe, _, _, dice| recipe.stall.is_some() && dice.roll() < 0.4;
    check(&judged(&case(10, 5), Effort::Usual, 1, rule), "timing", Status::Latent);
    let known = Case { causes: vec!["v1|AssertionError|x".to_owned()], ..case(10, 5) };
    check(&judged(&known, Effort::Usual, 1, rule), "timing", Status::Confirmed);
}

#[test]
fn surroundings_are_named_one_by_one() {
    let zone = judged(&case(10, 5), Effort::Usual, 1, &|recipe, _, _, _| recipe.axes.contains(&Axis::Zone));
    check(&zone, "clock-zone", Status::Latent);
    let home = judged(&case(10, 5), Effort::Usual, 1, &|recipe, _, _, _| !recipe.axes.contains(&Axis::Home));
    assert_eq!(home.cause, Cause::Environment { axis: Axis::Home, fails: false });
    let meets = |recipe: &Recipe| recipe.axes.contains(&Axis::Abreast);
    let beside = judged(&case(10, 5), Effort::Usual, 1, &|recipe, _, _, dice| meets(recipe) && dice.roll() < 0.3);
    check(&beside, "environment", Status::Latent);
    assert_eq!(beside.cause, Cause::Environment { axis: Axis::Abreast, fails: true });
    let leap = judged(&case(10, 5), Effort::Usual, 1, &|recipe, _, at, _| {
        recipe.clocks.get(at as usize - 1).is_some_and(|clock| *clock == 1_835_438_400)
    });
    check(&leap, "clock", Status::Latent);
}

#[test]
fn a_test_that_always_fails_is_broken_or_a_regression() {
    check(&judged(&case(10, 5), Effort::Usual, 1, &|_, _, _, _| true), "broken-here", Status::Confirmed);
}

#[test]
fn a_stable_test_is_never_called_flaky_nor_sound() {
    let verdict = judged(&case(10, 5), Effort::Usual, 1, &|_, _, _, _| false);
    check(&verdict, "not-reproduced", Status::NotReproduced);
    assert!(verdict.excluded.iter().any(|what| what.contains("a rate above")), "{:?}", verdict.excluded);
}

#[test]
fn what_failed_is_never_said_not_to_have_failed() {
    let mut mixed = 0;
    for seed in 0..60 {
        let (case, mut dice, mut trials) = (case(8, 5), Dice(seed), Vec::new());
        let verdict = loop {
            match next(&case, &trials, Budget::of(Effort::Usual), false) {
                Next::Run(recipe, _) => {
                    let mut trial = made(*recipe, &|_, _, _, dice| dice.roll() < 0.05, &mut dice);
                    // Each failure has words of its own, so that none of them is seen twice.
                    for cause in trial.attempts.iter_mut().filter_map(|attempt| attempt.cause.as_mut()) {
                        *cause = format!("v1|AssertionError|{}", dice.roll());
                    }
                    trials.push(trial);
                }
                Next::Done(verdict) => break verdict,
            }
        };
        mixed += u32::from(verdict.cause == Cause::Intermittent);
        let failed: u32 = verdict.rows.iter().map(|row| row.failed).sum();
        assert!(failed > 0 || verdict.sentence().contains("never failed"), "{}", verdict.sentence());
        assert!(failed == 0 || !verdict.sentence().contains("never failed here"), "{}", verdict.sentence());
    }
    assert!(mixed > 50, "{mixed}");
}

#[test]
fn a_lab_that_is_stopped_keeps_what_it_supposes() {
    let case = case(100, 60);
    let rule: Rule<'_> = &|_, before, _, _| before.contains(&"t.py::test_17");
    let mut dice = Dice(1);
    let mut trials = Vec::new();
    for _ in 0..9 {
        match next(&case, &trials, Budget::of(Effort::Usual), false) {
            Next::Run(recipe, _) => trials.push(made(*recipe, rule, &mut dice)),
            Next::Done(verdict) => panic!("{verdict:?}"),
        }
    }
    let Next::Done(verdict) = next(&case, &trials, Budget::of(Effort::Usual), true) else { panic!("it was stopped") };
    check(&verdict, "order-victim", Status::Likely);
    assert!(verdict.cut_short);
    // Whether a fix holds can be asked all the same.
    let proof = Proof::of(&id(60), &case.suite, &verdict, &trials).expect("it failed");
    assert!(proof.before().0 > 0, "{proof:?}");
}

/// A cause that is called confirmed must be the right one. A coin has none that the lab could name.
#[test]
fn coins_are_given_a_confirmed_cause_in_less_than_one_in_a_hundred_cases() {
    for (at, probability) in [0.1, 0.3, 0.5, 0.7, 0.02, 0.0].into_iter().enumerate() {
        let (mut wrong, all) = (0, 300);
        for seed in 0..all {
            let seed = u64::from(seed) * 6 + at as u64;
            let verdict = judged(&case(8, 5), Effort::Usual, seed, &|_, _, _, dice| dice.roll() < probability);
            let has_cause = !matches!(verdict.cause, Cause::Intermittent | Cause::NotReproduced);
            wrong += u32::from(has_cause && matches!(verdict.status, Status::Confirmed | Status::Latent));
        }
        assert!(wrong * 100 <= all, "{wrong} of {all} that fail with a probability of {probability}");
    }
}
