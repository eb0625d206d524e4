//! A run without a screen: it ends by itself, by a signal, or by a second signal at once.

use super::collecting;
use super::cost;
use super::cycle::{self, Done, Wish};
use super::desk::Desk;
use super::lab;
use super::provoke::{self, Provoked, Watched};
use crate::app::{Collection, LabAsk, LabDone, LabNews, News, Planned};
use crate::base::Problem;
use crate::domain::lab::{Check, Trial};
use crate::domain::ledger::Ledger;
use crate::domain::suite::{Cost, TestId};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long what runs has to end after a hang-up or a termination.
pub const HASTE: Duration = Duration::from_millis(1200);

/// Runs a plan to its end. The first interrupt cancels it step by step, the second kills. After a hang-up or a termination,
/// which whoever shuts down sends before it kills, pytest has a moment to end.
///
/// # Errors
/// No threads can be started.
pub fn run_headless(
    desk: &Desk,
    planned: &Planned,
    ledger: Option<Arc<Ledger>>,
    tell: &(dyn Fn(Vec<News>) + Send + Sync),
) -> Result<Done, Problem> {
    to_its_end(|wish| cycle::run(desk, planned, ledger, wish, tell))
}

/// Measures what contexts and coverage cost; it ends as a run does.
///
/// # Errors
/// As [`cost::measure`], or no threads can be started.
pub fn cost_headless(
    desk: &Desk,
    planned: &Planned,
    ledger: Option<&Ledger>,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<Cost, Problem> {
    to_its_end(|wish| cost::measure(desk, planned, ledger, wish, tell))?
}

/// Runs a flake lab; it ends as a run does, and keeps what it has tried.
///
/// # Errors
/// As [`lab::run`], or no threads can be started.
pub fn lab_headless(desk: &Desk, ask: &LabAsk, tell: &(dyn Fn(LabNews) + Send + Sync)) -> Result<LabDone, Problem> {
    to_its_end(|wish| lab::run(desk, ask, wish, tell))?
}

/// Runs tests under other seeds, in another order and another time zone, and asks those that are watched what they leave; it ends
/// as a run does.
///
/// # Errors
/// As `provoke`, or no threads can be started.
pub fn provoke_headless(
    desk: &Desk,
    tests: &[TestId],
    watched: &Watched,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<Provoked, Problem> {
    to_its_end(|wish| provoke::provoke(desk, tests, watched, wish, tell))?
}

/// Checks whether a fix holds; it ends as a run does.
///
/// # Errors
/// As [`lab::verify`], or no threads can be started.
pub fn verify_headless(
    desk: &Desk,
    ask: &LabAsk,
    tell: &(dyn Fn(LabNews) + Send + Sync),
) -> Result<(Check, bool), Problem> {
    to_its_end(|wish| lab::verify(desk, ask, wish, tell))?
}

/// Reproduces the failure of a lab: the trial, and the cause that it should fail by.
///
/// # Errors
/// As [`lab::replay`], or no threads can be started.
pub fn replay_headless(desk: &Desk, number: i64) -> Result<(Trial, String), Problem> {
    to_its_end(|wish| lab::replay(desk, number, wish))?
}

/// Brings the index of tests up to date, in the same way.
///
/// # Errors
/// No threads can be started, or the tests can't be collected.
pub fn collect_headless(desk: &Desk, tell: &(dyn Fn(u64) + Send + Sync)) -> Result<Collection, Problem> {
    to_its_end(|wish| collecting::collect(desk, wish, tell))?
}

/// Does something that signals cancel.
fn to_its_end<T, F: Future<Output = T>>(work: impl FnOnce(watch::Receiver<Wish>) -> F) -> Result<T, Problem> {
    let lost = |error: std::io::Error| Problem::error("lacuna", format!("no threads can be started: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(lost)?;
    runtime.block_on(async {
        let (sender, wish) = watch::channel(Wish::GoOn);
        let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        for kind in signals {
            let sender = sender.clone();
            let mut calls = signal(kind).map_err(lost)?;
            tokio::spawn(async move {
                let climb = |wish: &mut Wish| *wish = if *wish == Wish::GoOn { Wish::Cancel } else { Wish::Kill };
                while calls.recv().await.is_some() {
                    sender.send_modify(climb);
                    if kind != SignalKind::interrupt() {
                        tokio::time::sleep(HASTE).await;
                        sender.send_modify(climb);
                    }
                }
            });
        }
        Ok(work(wish).await)
    })
}
