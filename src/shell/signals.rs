//! The signals' own thread: it works while the screen blocks, and it has the last word.

use super::terminal;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the loop has to end by itself after a signal that ends.
const GRACE: Duration = Duration::from_millis(900);

/// How late a signal can be read that was sent while another program had the terminal.
const LATE: Duration = Duration::from_millis(300);

/// The signal that ends the program, once there is one.
static ENDING: AtomicI32 = AtomicI32::new(0);
/// The program that has the terminal in lacuna's place, while there is one.
static FOREGROUND: Mutex<Option<Pid>> = Mutex::new(None);
/// When lacuna got the terminal back.
static BACK: Mutex<Option<Instant>> = Mutex::new(None);

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// The window has another size.
    Resized,
    /// The program is to end.
    End,
}

/// Starts the thread. A signal that ends is told to the loop; when the loop has not ended after a moment, because it
/// waits for a terminal that nobody reads, the program ends all the same. Children need no word: the supervisor sees
/// that lacuna is gone.
///
/// # Errors
/// The signals cannot be taken over.
pub fn start(tell: impl Fn(Call) + Send + 'static) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH])?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in &mut signals {
            match signal {
                SIGWINCH => tell(Call::Resized),
                // ctrl-c in an editor is meant for the editor, but the terminal sends it to everybody.
                SIGINT | SIGQUIT if has_foreground() => {}
                signal => end_by(signal, || tell(Call::End)),
            }
        }
    })?;
    Ok(())
}

/// Ends the program as a hang-up does: the terminal is gone, whether or not a signal said so.
pub fn hang_up(tell: impl FnOnce()) {
    end_by(SIGHUP, tell);
}

fn end_by(signal: i32, tell: impl FnOnce()) {
    let _ = ENDING.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
    tell();
    // Who has the terminal ends first, so that nobody else reads from it or changes its modes afterwards.
    if let Some(program) = foreground() {
        let _ = kill_process(program, Signal::TERM);
    }
    std::thread::sleep(GRACE);
    end();
}

/// Notes which program has the terminal in lacuna's place; nothing when lacuna has it again.
pub fn set_foreground(program: Option<Pid>) {
    *BACK.lock().unwrap_or_else(PoisonError::into_inner) = program.is_none().then(Instant::now);
    *FOREGROUND.lock().unwrap_or_else(PoisonError::into_inner) = program;
}

/// Whether a program has the terminal in lacuna's place, or had it when a signal that is read now was sent.
fn has_foreground() -> bool {
    let back = *BACK.lock().unwrap_or_else(PoisonError::into_inner);
    foreground().is_some() || back.is_some_and(|back| back.elapsed() < LATE)
}

fn foreground() -> Option<Pid> {
    *FOREGROUND.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores the terminal and, if a signal asked for the end, dies by that signal; otherwise returns.
pub fn end() {
    terminal::restore();
    let signal = ENDING.load(Ordering::SeqCst);
    if signal != 0 {
        let _ = emulate_default_handler(signal);
        signal_hook::low_level::abort();
    }
}
