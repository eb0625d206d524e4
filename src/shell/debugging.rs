//! A test with pytest's debugger: it gets the terminal, and nothing of the run is measured or kept.

use super::command::versions;
use super::desk::Desk;
use super::elsewhere;
use super::planning;
use super::signals;
use crate::app::Planned;
use crate::base::Problem;
use crate::domain::suite::Exit;
use crate::io::runner::{self, Interpreter, Launch, RunDir};

/// Runs the one command of a plan in the foreground and waits for its end. With `stays`, the terminal is kept until the person
/// has read what the run left there.
///
/// # Errors
/// There is not exactly one command, the tests run elsewhere, there is no pytest, or the command cannot be started.
pub fn debug(desk: &Desk, planned: &Planned, stays: bool) -> Result<Exit, Problem> {
    let mut batches = planned.plan.batches();
    let (Some(batch), None) = (batches.next(), batches.next()) else {
        return Err(Problem::error("--pdb", "the debugger runs one command").hint("name one test"));
    };
    is_here(desk)?;
    let interpreter = desk.interpreter()?;
    has_pytest(desk, &interpreter)?;
    let run = RunDir::create(&desk.project.runs.join(super::command::fresh()))?;
    let options = planning::options(desk);
    let how = planning::unmeasured_pytest(desk, &interpreter, &options);
    let ended = Launch::pdb(&how, batch, &run)
        .and_then(|launch| runner::debug(&desk.around.program, &launch, stays, signals::set_foreground));
    run.remove();
    ended
}

/// Refuses an interpreter that has no pytest, as other runs do.
fn has_pytest(desk: &Desk, interpreter: &Interpreter) -> Result<(), Problem> {
    let lost = |error: std::io::Error| Problem::error("lacuna", format!("no threads can be started: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(lost)?;
    runtime.block_on(versions(desk, interpreter, false)).map(|_| ())
}

/// Refuses where tests run elsewhere: only here is a terminal.
///
/// # Errors
/// They do.
pub fn is_here(desk: &Desk) -> Result<(), Problem> {
    match elsewhere::elsewhere(desk)? {
        None => Ok(()),
        Some(_) => {
            Err(Problem::error("runner.command", "the tests run elsewhere, and the debugger needs this terminal")
                .hint("run `pytest --pdb` there, or set runner.command to nothing for this once"))
        }
    }
}
