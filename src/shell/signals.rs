//! The signals' own thread: it works while the screen blocks, and it has the last word.

use super::terminal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

/// How long the loop has to end by itself after a signal that ends.
const GRACE: Duration = Duration::from_millis(900);

/// The signal that ends the program, once there is one.
static ENDING: AtomicI32 = AtomicI32::new(0);

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
            if signal == SIGWINCH {
                tell(Call::Resized);
                continue;
            }
            ENDING.store(signal, Ordering::SeqCst);
            tell(Call::End);
            std::thread::sleep(GRACE);
            end();
        }
    })?;
    Ok(())
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
