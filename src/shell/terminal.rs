//! The terminal's modes: entered once, restored whatever happens, never waited for at the end.

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{Command, cursor, execute};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// How long the end may wait for a terminal that does not read.
const PATIENCE: Duration = Duration::from_millis(300);

/// The modes as they were before lacuna changed them.
static BEFORE: OnceLock<Mutex<Termios>> = OnceLock::new();
/// Whether the modes are changed now.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Whether both the keyboard and the screen are a terminal.
#[must_use]
pub fn is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Raw mode, alternate screen, bracketed paste, and the mouse if it is wanted. The modes that are found are those to come
/// back to, unless a program that had the terminal meanwhile left it without lines: nobody's shell is like that.
///
/// # Errors
/// The terminal refuses, for example because it is gone.
pub fn enter(mouse: bool) -> io::Result<()> {
    let now = tcgetattr(io::stdin())?;
    let before = BEFORE.get_or_init(|| Mutex::new(now.clone()));
    if !ENTERED.swap(true, Ordering::SeqCst) {
        if now.local_modes.contains(LocalModes::ICANON) {
            *before.lock().unwrap_or_else(PoisonError::into_inner) = now.clone();
        }
        let mut raw = now;
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
    }
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
    capture_mouse(mouse)
}

/// Starts or stops the mouse's reports.
///
/// # Errors
/// The terminal is gone.
pub fn capture_mouse(on: bool) -> io::Result<()> {
    if on { execute!(io::stdout(), EnableMouseCapture) } else { execute!(io::stdout(), DisableMouseCapture) }
}

/// Puts everything back as it was. Safe to call at any time, from any thread, more than once; it gives up on a terminal
/// that does not read after a moment, so that it can never hold up the end.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let (done, wait) = mpsc::channel();
    let painter = std::thread::Builder::new().name("restore".to_owned()).spawn(move || {
        let mut text = String::new();
        let _ = DisableMouseCapture.write_ansi(&mut text);
        let _ = DisableBracketedPaste.write_ansi(&mut text);
        let _ = LeaveAlternateScreen.write_ansi(&mut text);
        let _ = cursor::Show.write_ansi(&mut text);
        let mut out = io::stdout();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        let _ = done.send(());
    });
    if painter.is_ok() {
        let _ = wait.recv_timeout(PATIENCE);
    }
    if let Some(before) = BEFORE.get() {
        let before = before.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    }
}

/// Makes a panic in any thread restore the terminal, say what happened and end the program. Nothing is repaired: a state
/// that one thread left in the middle is not worth showing, and the supervisor ends the children.
pub fn restore_on_panic() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore();
        usual(panic);
        signal_hook::low_level::exit(101);
    }));
}
