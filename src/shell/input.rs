//! The keyboard's thread, and beside it one that notices when the terminal vanishes.

use super::decode::Decoder;
use super::inbox::Inbox;
use super::signals;
use crossterm::event::Event;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::time::Duration;

/// How long the rest of a key's bytes may take. Escape alone is known by it.
const PART: Timespec = Timespec { tv_sec: 0, tv_nsec: 30_000_000 };

/// The running thread. It reads nothing while it is paused, so that an editor gets every key.
pub struct Keyboard {
    wake: UnixStream,
    resume: mpsc::Sender<bool>,
    paused: mpsc::Receiver<()>,
}

impl Keyboard {
    /// Starts the thread; what it sees is posted through `wrap`. It ends when the terminal is gone; that is told by
    /// [`watch_terminal`].
    ///
    /// # Errors
    /// No thread or no socket pair can be made.
    pub fn start<T: Send + 'static>(
        inbox: Inbox<T>,
        wrap: impl Fn(Event) -> T + Send + 'static,
    ) -> std::io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        let (resume, resumed) = mpsc::channel();
        let (pause, paused) = mpsc::channel();
        let thread = Thread { inbox, wrap, decoder: Decoder::default(), woken, resumed, pause };
        std::thread::Builder::new().name("keyboard".to_owned()).spawn(move || thread.run())?;
        Ok(Self { wake, resume, paused })
    }

    /// Stops reading; when it returns, the terminal's input belongs to somebody else.
    pub fn pause(&self) {
        if (&self.wake).write_all(b"p").is_ok() {
            let _ = self.paused.recv_timeout(Duration::from_secs(1));
        }
    }

    /// Reads again.
    pub fn resume(&self) {
        let _ = self.resume.send(true);
    }
}

/// Starts the thread that ends the program when the terminal is gone: also while the keyboard's thread is paused
/// and the loop waits for an editor.
///
/// # Errors
/// No thread can be made.
pub fn watch_terminal(tell: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let watch = move || {
        let stdin = std::io::stdin();
        // No event is asked for: only a hang-up or an error ends the wait.
        let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
        while poll(&mut fds, None).is_err_and(|error| error == Errno::INTR) {}
        signals::hang_up(tell);
    };
    std::thread::Builder::new().name("terminal".to_owned()).spawn(watch).map(drop)
}

struct Thread<T, F> {
    inbox: Inbox<T>,
    wrap: F,
    decoder: Decoder,
    woken: UnixStream,
    resumed: mpsc::Receiver<bool>,
    pause: mpsc::Sender<()>,
}

impl<T, F: Fn(Event) -> T> Thread<T, F> {
    fn run(mut self) {
        while self.wait() {}
    }

    /// Waits for the next event; false when the thread has nothing left to do.
    fn wait(&mut self) -> bool {
        let stdin = std::io::stdin();
        let mut fds = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(&self.woken, PollFlags::IN)];
        match poll(&mut fds, self.decoder.is_waiting().then_some(&PART)) {
            Ok(0) => {
                let events = self.decoder.settle();
                self.post(events);
                return true;
            }
            Ok(_) => {}
            Err(Errno::INTR) => return true,
            Err(_) => return false,
        }
        let [keys, woken] = [fds[0].revents(), fds[1].revents()];
        if keys.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return false;
        }
        if woken.contains(PollFlags::IN) {
            return self.rest();
        }
        if woken.intersects(PollFlags::HUP | PollFlags::ERR) {
            return false;
        }
        !keys.contains(PollFlags::IN) || self.read()
    }

    /// Reads what is there. Poll has just said that there is something, so this does not wait.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match rustix::io::read(std::io::stdin(), &mut buffer) {
            Ok(count @ 1..) => {
                let events = self.decoder.take(buffer.get(..count).unwrap_or_default());
                self.post(events);
                true
            }
            Err(Errno::INTR | Errno::AGAIN) => true,
            Ok(0) | Err(_) => false,
        }
    }

    fn post(&self, events: Vec<Event>) {
        events.into_iter().for_each(|event| self.inbox.post_urgent((self.wrap)(event)));
    }

    fn rest(&mut self) -> bool {
        let mut byte = [0];
        if !matches!(self.woken.read(&mut byte), Ok(1)) {
            return false;
        }
        let _ = self.pause.send(());
        self.resumed.recv().is_ok()
    }
}
