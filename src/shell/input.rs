//! The keyboard's thread: it waits with poll(2), so that a terminal that vanishes is noticed and nothing spins.

use super::inbox::Inbox;
use crossterm::event::{self, Event};
use rustix::event::{PollFd, PollFlags, poll};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::time::Duration;

/// How long the library may look for a further event.
const LOOK: Duration = Duration::from_millis(1);

/// What the keyboard's thread saw.
#[derive(Debug)]
pub enum Seen {
    /// A key, a click, a paste or a new size.
    Event(Event),
    /// The terminal is gone: nobody can see or type anything any more.
    Gone,
}

/// The running thread. It reads nothing while it is paused, so that an editor gets every key.
pub struct Keyboard {
    wake: UnixStream,
    resume: mpsc::Sender<bool>,
    paused: mpsc::Receiver<()>,
}

impl Keyboard {
    /// Starts the thread; what it sees is posted through `wrap`.
    ///
    /// # Errors
    /// No thread or no socket pair can be made.
    pub fn start<T: Send + 'static>(
        inbox: Inbox<T>,
        wrap: impl Fn(Seen) -> T + Send + 'static,
    ) -> std::io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        let (resume, resumed) = mpsc::channel();
        let (pause, paused) = mpsc::channel();
        let thread = Thread { inbox, wrap, woken, resumed, pause };
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

struct Thread<T, F> {
    inbox: Inbox<T>,
    wrap: F,
    woken: UnixStream,
    resumed: mpsc::Receiver<bool>,
    pause: mpsc::Sender<()>,
}

impl<T, F: Fn(Seen) -> T> Thread<T, F> {
    fn run(mut self) {
        while self.wait() {}
    }

    /// Waits for the next event; false when the thread has nothing left to do.
    fn wait(&mut self) -> bool {
        let stdin = std::io::stdin();
        let mut fds = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(&self.woken, PollFlags::IN)];
        match poll(&mut fds, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return true,
            Err(_) => return self.gone(),
        }
        let [keys, woken] = [fds[0].revents(), fds[1].revents()];
        if keys.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return self.gone();
        }
        if woken.contains(PollFlags::IN) {
            return self.rest();
        }
        if woken.intersects(PollFlags::HUP | PollFlags::ERR) {
            return false;
        }
        !keys.contains(PollFlags::IN) || self.read()
    }

    fn gone(&self) -> bool {
        self.inbox.post_urgent((self.wrap)(Seen::Gone));
        false
    }

    /// Takes every event that is there. Poll has just said that there is input, so this does not wait for long. (With no
    /// time at all the library does not look; by its other way of looking, a key that comes with a new size is lost.)
    fn read(&self) -> bool {
        loop {
            match event::poll(LOOK) {
                Ok(true) => {}
                Ok(false) => return true,
                Err(_) => return self.gone(),
            }
            match event::read() {
                Ok(event) => self.inbox.post_urgent((self.wrap)(Seen::Event(event))),
                Err(_) => return self.gone(),
            }
        }
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
