//! The loop: every waiting message, keys first, then at most one frame in sixteen milliseconds.

use super::inbox::Inbox;
use super::input::{Keyboard, watch_terminal};
use super::signals::{self, Call};
use super::terminal;
use super::translate::Translator;
use crate::app::{self, Effect, Msg, Start, State};
use crate::base::{Problem, Size, Stamp};
use crate::ui::{self, Theme};
use crossterm::event::Event;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use std::io::{self, BufWriter, Stdout};
use std::time::{Duration, Instant, SystemTime};

/// The shortest time from one frame to the next.
const FRAME: Duration = Duration::from_millis(16);
/// The time between two ticks while something moves.
const TICK: Duration = Duration::from_millis(100);
/// How long the state may stand still before the time on it is brought up to date.
const NAP: Duration = Duration::from_secs(20);

/// What the loop takes in.
pub enum Item {
    /// A message for the mind.
    Msg(Msg),
    /// From the keyboard's thread: a key, a click, a paste or a new size.
    Event(Event),
    /// From the signals' thread.
    Call(Call),
}

/// Carries out what the mind asks for. Answers are posted into the inbox; nothing here may wait.
pub trait Hands {
    /// Carries out one effect that needs neither the terminal nor the loop.
    fn carry_out(&mut self, effect: Effect);
    /// Starts the editor in the foreground and waits for its end.
    fn edit(&mut self, path: &crate::base::RepoPath, line: u32) -> Option<Problem>;
    /// The same on a file that does not belong to the project.
    fn edit_outside(&mut self, path: &str, line: u32) -> Option<Problem>;
    /// The same at a test, wherever it stands.
    fn edit_test(&mut self, test: &crate::domain::suite::TestId) -> Option<Problem>;
    /// Runs a plan with pytest's debugger in the foreground and waits for its end.
    ///
    /// # Errors
    /// It could not be started.
    fn debug(&mut self, planned: &crate::app::Planned) -> Result<crate::domain::suite::Exit, Problem>;
    /// Copies text to the system's clipboard, beside the terminal's own.
    fn copy(&mut self, text: &str);
    /// Ends whatever runs.
    fn end(&mut self);
}

/// The screen and everything that the loop keeps.
struct Loop<'a, H> {
    hands: &'a mut H,
    inbox: Inbox<Item>,
    keyboard: Keyboard,
    translator: Translator,
    screen: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    state: State,
    themes: Vec<Theme>,
    dirty: bool,
    /// Whether the terminal may show something else than what was painted last.
    torn: bool,
    leaving: Option<i32>,
}

/// The time now.
#[must_use]
pub fn now() -> Stamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Stamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Opens the screen and runs until the person leaves or the terminal is gone. Returns the exit code.
///
/// # Errors
/// The terminal cannot be used.
pub fn run(start: Start, themes: Vec<Theme>, inbox: Inbox<Item>, hands: &mut impl Hands) -> io::Result<i32> {
    let from_signals = inbox.clone();
    signals::start(move |call| from_signals.post_urgent(Item::Call(call)))?;
    terminal::restore_on_panic();
    let ended = open(start, themes, inbox, hands);
    leave(hands);
    ended
}

/// Children first, the terminal second; a signal that asked for the end is obeyed now.
fn leave(hands: &mut impl Hands) {
    hands.end();
    terminal::restore();
    signals::end();
}

fn open(start: Start, themes: Vec<Theme>, inbox: Inbox<Item>, hands: &mut impl Hands) -> io::Result<i32> {
    terminal::enter(start.mouse)?;
    let gone = inbox.clone();
    watch_terminal(move || gone.post_urgent(Item::Call(Call::End)))?;
    let keyboard = Keyboard::start(inbox.clone(), Item::Event)?;
    let screen = Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 16, io::stdout())))?;
    let mut running = Loop {
        hands,
        inbox,
        keyboard,
        translator: Translator::default(),
        screen,
        state: State::new(start),
        themes,
        dirty: true,
        torn: true,
        leaving: None,
    };
    let ended = running.run();
    if ended.is_err() && terminal::is_gone() {
        signals::note_hang_up();
    }
    leave(running.hands);
    // When the screen is dropped it writes to the terminal: it could wait for it, and panics when it is gone.
    std::mem::forget(running.screen);
    ended
}

impl<H: Hands> Loop<'_, H> {
    fn run(&mut self) -> io::Result<i32> {
        let size = size_now();
        self.take(Msg::Resized(size));
        self.draw()?;
        let effects = app::begin(&mut self.state);
        self.carry_out(effects);
        let mut drawn = Instant::now();
        let mut ticked = Instant::now();
        loop {
            while let Some(item) = self.inbox.take() {
                self.item(item);
                if let Some(code) = self.leaving {
                    return Ok(code);
                }
            }
            if self.dirty && drawn.elapsed() >= FRAME {
                self.draw()?;
                drawn = Instant::now();
            }
            let beat = if self.state.is_animated() { TICK } else { NAP };
            if ticked.elapsed() >= beat {
                ticked = Instant::now();
                self.take(Msg::Tick(now()));
                continue;
            }
            let rest = beat.saturating_sub(ticked.elapsed());
            let wait = if self.dirty { FRAME.saturating_sub(drawn.elapsed()).min(rest) } else { rest };
            self.inbox.wait(Some(wait));
        }
    }

    fn item(&mut self, item: Item) {
        match item {
            Item::Msg(msg) => self.take(msg),
            Item::Event(event) => {
                if let Some(msg) = self.translator.message(event, Instant::now()) {
                    self.take(msg);
                }
            }
            Item::Call(Call::Resized) => {
                // A window that shrinks and grows again between two frames has lost what it showed.
                self.torn = true;
                self.take(Msg::Resized(size_now()));
            }
            Item::Call(Call::End) => self.leaving = Some(0),
        }
    }

    fn take(&mut self, msg: Msg) {
        let effects = app::update(&mut self.state, msg);
        self.dirty = true;
        self.carry_out(effects);
    }

    fn draw(&mut self) -> io::Result<()> {
        let Some(theme) = self.themes.get(self.state.start.theme).or_else(|| self.themes.first()) else {
            return Ok(());
        };
        queue!(self.screen.backend_mut(), BeginSynchronizedUpdate)?;
        if std::mem::take(&mut self.torn) {
            // Unlike `clear`, this asks the terminal nothing: not every one answers.
            let size = self.screen.size()?;
            self.screen.resize(Rect::from((Position::ORIGIN, size)))?;
        }
        let state = &self.state;
        self.screen.draw(|frame| ui::draw(frame, state, theme))?;
        execute!(self.screen.backend_mut(), EndSynchronizedUpdate)?;
        self.dirty = false;
        Ok(())
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Leave(code) => self.leaving = Some(code),
                Effect::Redraw => self.repaint(),
                Effect::Suspend => self.suspend(),
                Effect::Edit(path, line) => {
                    let mut problem = None;
                    self.away(|hands| problem = hands.edit(&path, line));
                    problem.into_iter().for_each(|problem| self.take(Msg::Trouble(problem)));
                }
                Effect::EditTest(test) => {
                    let mut problem = None;
                    self.away(|hands| problem = hands.edit_test(&test));
                    problem.into_iter().for_each(|problem| self.take(Msg::Trouble(problem)));
                }
                Effect::EditOutside(path, line) => {
                    let mut problem = None;
                    self.away(|hands| problem = hands.edit_outside(&path, line));
                    problem.into_iter().for_each(|problem| self.take(Msg::Trouble(problem)));
                }
                Effect::Debug(planned) => {
                    let mut ended = None;
                    self.away(|hands| ended = Some(hands.debug(&planned)));
                    match ended {
                        Some(Ok(exit)) => self.take(Msg::Debugged(exit)),
                        Some(Err(problem)) => self.take(Msg::Trouble(problem)),
                        None => {}
                    }
                }
                Effect::Copy(text) => {
                    let sequence = crossterm::clipboard::CopyToClipboard::to_clipboard_from(text.as_bytes());
                    let _ = execute!(self.screen.backend_mut(), sequence);
                    self.hands.copy(&text);
                }
                Effect::CaptureMouse(on) => drop(terminal::capture_mouse(on)),
                Effect::UseTheme(_) => self.dirty = true,
                Effect::Panic => ask_for_panic(),
                effect => self.hands.carry_out(effect),
            }
        }
    }

    const fn repaint(&mut self) {
        (self.torn, self.dirty) = (true, true);
    }

    /// Stops the whole group, as the shell's ctrl-z does, and comes back when the shell says so.
    fn suspend(&mut self) {
        self.away(|_| {
            let _ = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
        });
    }

    /// Leaves the screen to somebody else for a while.
    fn away(&mut self, meanwhile: impl FnOnce(&mut H)) {
        self.keyboard.pause();
        terminal::restore();
        meanwhile(self.hands);
        let _ = terminal::enter(self.state.start.mouse);
        self.keyboard.resume();
        self.repaint();
        self.take(Msg::Resized(size_now()));
        self.take(Msg::Resumed);
    }
}

fn size_now() -> Size {
    crossterm::terminal::size().map_or(Size::new(80, 24), |(width, height)| Size::new(width, height))
}

#[expect(clippy::panic, reason = "asked for by a key, to test that the terminal survives it")]
fn ask_for_panic() {
    panic!("LACUNA_TEST_PANIC is set and F12 was struck");
}
