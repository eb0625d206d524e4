//! Warm runs: when the fork server is started, and what it hears of the runs.

use super::desk::Desk;
use super::frames::now;
use super::proving::{self, Way};
use crate::base::Problem;
use crate::io::runner::{self, Kit, Launch, RunDir, Running, merged_notes};

/// The name of what runs have noted, in the project's database.
const NOTES: &str = "warm.notes";

/// Starts a command in one of the ways: where it is to be warm and that can't be, with a fresh interpreter.
///
/// # Errors
/// It can't be started.
pub fn start(desk: &Desk, mut launch: Launch, way: Way) -> Result<Running, Problem> {
    let Some(warm) = desk.warm() else { return runner::start(&desk.around.program, launch) };
    launch.note_modules();
    match way.level() {
        Some(level) => runner::start_warm(&desk.around.program, launch, warm, level),
        None => runner::start(&desk.around.program, launch),
    }
}

/// Tells the fork server what a run has noted, and starts it where there is none: a command of a trusted project has
/// run then.
///
/// # Errors
/// It can't be started, or what was noted can't be kept.
pub fn learn(desk: &Desk, run: &RunDir) -> Result<(), Problem> {
    let (Some(warm), Some(new)) = (desk.warm(), run.read_modules()) else { return Ok(()) };
    let deep = proving::wants_depth(desk);
    let store = desk.store()?;
    let before = store.recall(NOTES)?;
    let Some(notes) = merged_notes(before.as_deref(), &new) else { return Ok(()) };
    if before.as_deref() != Some(notes.as_str()) {
        store.remember(NOTES, &notes)?;
    } else if warm.is_there() && !deep {
        return Ok(());
    }
    if warm.is_there() {
        warm.learn(notes.as_bytes(), deep);
        return Ok(());
    }
    let place = desk.project.runs.join(format!("warm-{}-{}", now().0, rustix::process::getpid().as_raw_nonzero()));
    let kit = Kit {
        supervisor: &desk.around.program,
        interpreter: &desk.interpreter()?,
        root: &desk.project.root,
        environment: &desk.around.environment,
        place: &place,
    };
    warm.start(&kit, notes.as_bytes(), deep)
}
