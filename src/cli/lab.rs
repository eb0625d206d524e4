//! `lacuna lab`: why a test fails now and then.

use super::arguments::{Common, Format, LabOptions};
use super::exit::Exit;
use super::{output, session};
use crate::app::{LabAsk, LabGoal, LabNews};
use crate::base::Problem;
use crate::domain::lab::{Budget, Cause, Check, Effort, End, Held, Trial};
use crate::domain::report::LabReport;
use crate::domain::suite::TestId;
use crate::shell::{Desk, lab_headless, replay_headless, verify_headless};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the command.
pub fn run(test: Option<&str>, options: &LabOptions, format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    match (test, options.replay) {
        (_, Some(number)) => replay(&desk, number),
        (Some(test), None) if options.last => last(&desk, &TestId::new(test), format),
        (Some(test), None) if options.verify => verify(&desk, &TestId::new(test), options, format),
        (Some(test), None) => search(&desk, &TestId::new(test), options, format),
        (None, None) => Exit::Unusable,
    }
}

fn budget(options: &LabOptions) -> Budget {
    let effort = match (options.quick, options.deep) {
        (true, _) => Effort::Quick,
        (_, true) => Effort::Deep,
        _ => Effort::Usual,
    };
    let mut budget = Budget::of(effort);
    if let Some(seconds) = options.budget {
        // Who names a time wants it to be used.
        let more = seconds / budget.seconds;
        budget.runs = (f64::from(budget.runs) * more.max(1.0)).min(100_000.0) as u32;
        budget.seconds = seconds;
    }
    budget.runs = options.runs.unwrap_or(budget.runs);
    budget
}

fn search(desk: &Desk, test: &TestId, options: &LabOptions, format: Format) -> Exit {
    let budget = budget(options);
    let ask = LabAsk { test: test.clone(), budget, fresh: options.fresh, goal: LabGoal::Cause };
    let repeating = AtomicBool::new(false);
    let done = lab_headless(desk, &ask, &|news| told(&news, &budget, &repeating));
    output::complain(&desk.take_problems());
    let done = match done {
        Ok(done) => done,
        Err(problem) => {
            output::complain(&[problem]);
            return Exit::Unstarted;
        }
    };
    output::complain(&done.problems);
    let report = LabReport { test, number: done.number, verdict: &done.verdict, reseeding: done.reseeding };
    print(&report, format);
    match done.verdict.cause {
        _ if done.cancelled => Exit::Cancelled,
        Cause::NotReproduced => Exit::Nothing,
        _ => Exit::Done,
    }
}

fn print(report: &LabReport<'_>, format: Format) {
    match format {
        Format::Json => output::print_json(&report.json()),
        Format::Md => output::print(&report.markdown()),
        Format::Text => output::print(&report.text()),
    }
}

/// What happens, line by line on standard error.
fn told(news: &LabNews, budget: &Budget, repeating: &AtomicBool) {
    match news {
        LabNews::Preparing(what) => output::say(&format!("lacuna: {what}")),
        LabNews::Resumed(trials) => {
            output::say(&format!("lacuna: goes on from {trials} trials of before; --fresh begins anew"))
        }
        LabNews::Trying { phase, context, runs, seconds } => {
            repeating.store(false, Ordering::Relaxed);
            let spent = format!("{:>3}/{} {seconds:>4.0}/{:.0} s", runs + 1, budget.runs, budget.seconds);
            output::say(&format!("{spent}  {phase}: {context}"));
        }
        LabNews::SoFar { ran, failed } if *failed > 0 && !repeating.swap(true, Ordering::Relaxed) => {
            output::say(&format!("              failed {failed} of {ran} so far"));
        }
        LabNews::SoFar { .. } => {}
        LabNews::Tried(trial) => output::say(&format!("              {}", outcome(trial))),
    }
}

fn outcome(trial: &Trial) -> String {
    let words = trial.failures().next().map(|attempt| format!(": {}", attempt.words)).unwrap_or_default();
    match (&trial.end, trial.failed) {
        (End::Unfit(why), _) => format!("cannot be judged: {why}"),
        (_, 0) => format!("passed {}", if trial.ran == 1 { String::new() } else { format!("{} times", trial.ran) })
            .trim_end()
            .to_owned(),
        (_, failed) => format!("failed {failed} of {}{words}", trial.ran),
    }
}

fn last(desk: &Desk, test: &TestId, format: Format) -> Exit {
    let record = match desk.store().and_then(|store| store.last_lab(test)) {
        Ok(record) => record,
        Err(problem) => return output::refuse(problem),
    };
    let Some((record, verdict)) = record.and_then(|record| Some((record.clone(), record.verdict?))) else {
        output::complain(&[Problem::note(test.as_str(), "no lab of this test has come to an end")
            .hint(format!("lacuna lab '{}'", test.clean()))]);
        return Exit::Nothing;
    };
    print(&LabReport { test, number: record.number, verdict: &verdict, reseeding: false }, format);
    Exit::Done
}

fn replay(desk: &Desk, number: i64) -> Exit {
    match replay_headless(desk, number) {
        Ok((trial, expected)) => {
            output::print(&format!("{}\n", outcome(&trial)));
            if trial.failures().any(|attempt| attempt.cause.as_ref() == Some(&expected)) {
                Exit::Failed
            } else {
                output::say("lacuna: the failure of this lab was not reproduced");
                Exit::Done
            }
        }
        Err(problem) => {
            output::complain(&[problem]);
            Exit::Unstarted
        }
    }
}

/// Whether a fix holds.
fn verify(desk: &Desk, test: &TestId, options: &LabOptions, format: Format) -> Exit {
    let budget = budget(options);
    let ask = LabAsk { test: test.clone(), budget, fresh: false, goal: LabGoal::Fix };
    let repeating = AtomicBool::new(false);
    match verify_headless(desk, &ask, &|news| told(&news, &budget, &repeating)) {
        Ok((check, cancelled)) => {
            match format {
                Format::Json => output::print_json(&checked(test, &check)),
                Format::Md => output::print(&format!("- `{}`: {}\n", test.clean(), check.sentence())),
                Format::Text => output::print(&format!("{}\n{}\n", test.clean(), check.sentence())),
            }
            match check.held {
                _ if cancelled => Exit::Cancelled,
                Held::Holds => Exit::Done,
                Held::SameFailure | Held::OtherFailure => Exit::Failed,
                Held::Open | Held::Unfit => Exit::Nothing,
            }
        }
        Err(problem) => {
            output::complain(&[problem]);
            Exit::Unstarted
        }
    }
}

fn checked(test: &TestId, check: &Check) -> serde_json::Value {
    serde_json::json!({
        "test": test.as_str(),
        "held": check.held,
        "sentence": check.sentence(),
        "before": { "failed": check.before.0, "ran": check.before.1 },
        "after": { "failed": check.after.0, "ran": check.after.1 },
        "processes": check.processes,
        "worth": check.worth,
        "probability": check.probability,
        "bound": check.bound,
        "needed": check.needed,
        "chance": check.chance,
        "words": check.words,
    })
}
