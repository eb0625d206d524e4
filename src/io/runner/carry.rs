//! The near end of a run elsewhere: feeds the channel, and puts what comes back where a run here leaves it.

use crate::base::Digest;
use crate::domain::suite::Exit;
use crate::io::runner::frames::{Frames, Piece};
use flate2::write::ZlibDecoder;
use std::fs::File;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The largest data file that is taken: what is packed may be anything.
const LARGEST: u64 = 4 * 1024 * 1024 * 1024;
/// How long what is still in the channel may take once everything has ended.
const LAST: Duration = Duration::from_secs(10);

/// How often in the time of the longest silence each end gives a sign of life.
const BEATS: u32 = 6;
/// How often it is to be asked whether there is silence.
pub const LOOK: Duration = Duration::from_millis(500);

/// How pytest ended, as the other end has it, and how many processes it had left behind.
type Last = Option<(Exit, usize)>;

/// What is to be carried, read before anything is started.
pub struct Loaded {
    cargo: Vec<u8>,
    marker: String,
    silence: Duration,
    hold: Hold,
}

impl Loaded {
    /// Reads it from the private directory of the run.
    ///
    /// # Errors
    /// It is not there.
    pub fn read(folder: &Path) -> std::io::Result<Self> {
        let cargo = std::fs::read(folder.join("cargo"))?;
        let marker = std::fs::read_to_string(folder.join("token"))?;
        let silence = std::fs::read_to_string(folder.join("silence"))?.parse().map_err(std::io::Error::other)?;
        Ok(Self { cargo, marker, silence: Duration::from_millis(silence), hold: Hold::open(folder)? })
    }
}

/// A channel to the other end.
pub struct Carrier {
    orders: Option<Sender<&'static [u8]>>,
    last: Receiver<Last>,
    answered: Arc<AtomicBool>,
    ear: Arc<Ear>,
    silence: Duration,
    /// Whether it was said already that nothing answers.
    is_told: bool,
}

/// Since when there is nothing to hear.
#[derive(Default)]
struct Ear(Mutex<Option<Instant>>);

impl Ear {
    fn set(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// How long the channel has been read in vain. While what came is passed on, nobody listens, and it is not silent.
    fn silence(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map_or(Duration::ZERO, |since| since.elapsed())
    }
}

impl Carrier {
    /// Feeds the channel and follows what comes back.
    pub fn start(loaded: Loaded, stdin: ChildStdin, stdout: ChildStdout) -> Self {
        let Loaded { cargo, marker, silence, mut hold } = loaded;
        let (orders, told) = channel::<&'static [u8]>();
        let (end, last) = channel();
        let answered = Arc::new(AtomicBool::new(false));
        let ear = Arc::new(Ear::default());
        std::thread::spawn(move || feed(stdin, &cargo, &told, silence / BEATS));
        let (seen, heard) = (Arc::clone(&answered), Arc::clone(&ear));
        std::thread::spawn(move || {
            follow(stdout, &marker, &mut hold, (&seen, &heard));
            let _ = end.send(hold.last);
        });
        Self { orders: Some(orders), last, answered, ear, silence, is_told: false }
    }

    /// When there is silence for longer than it may be: for how long, and whether that is the end of it; where
    /// nothing has answered yet, that is said once. To be asked every [`LOOK`].
    pub fn is_silent(&mut self, asked_before: Instant) -> Option<(Duration, bool)> {
        if asked_before.elapsed() > 4 * LOOK {
            // This very process was stopped, and what came meanwhile is not read yet.
            self.ear.set(Some(Instant::now()));
        }
        let since = self.ear.silence();
        let is_end = self.has_answered();
        if since < self.silence || (self.is_told && !is_end) {
            return None;
        }
        self.is_told = true;
        Some((since, is_end))
    }

    /// Whether the other end has answered, so that it hears what it is told.
    pub fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Tells the other end to interrupt or to terminate the tests.
    pub fn tell(&self, order: &'static [u8]) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }

    /// Whether the channel is closed.
    pub const fn is_closed(&self) -> bool {
        self.orders.is_none()
    }

    /// Closes the channel: the other end kills everything then.
    pub fn close(&mut self) {
        self.orders = None;
    }

    /// What the other end said last; nothing when it said no last word.
    pub fn finish(mut self) -> Last {
        self.close();
        self.last.recv_timeout(LAST).unwrap_or_default()
    }
}

fn feed(mut stdin: ChildStdin, cargo: &[u8], told: &Receiver<&'static [u8]>, pace: Duration) {
    if stdin.write_all(cargo).and_then(|()| stdin.flush()).is_err() {
        return;
    }
    loop {
        let order = match told.recv_timeout(pace) {
            Ok(order) => order,
            Err(RecvTimeoutError::Timeout) => b"beat\n",
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if stdin.write_all(order).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn follow(mut stdout: ChildStdout, marker: &str, hold: &mut Hold, (answered, ear): (&AtomicBool, &Ear)) {
    let mut frames = Frames::new(marker);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        ear.set(Some(Instant::now()));
        let read = stdout.read(&mut buffer);
        ear.set(None);
        let count = match read {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for piece in frames.push(buffer.get(..count).unwrap_or_default()) {
            if let Piece::Frame(..) = &piece {
                answered.store(true, Ordering::Relaxed);
            }
            hold.take(piece);
        }
    }
    print(&frames.rest());
}

/// Whoever reads the output may be gone; the duty goes on.
fn print(bytes: &[u8]) {
    let _ = std::io::stderr().write_all(bytes);
}

/// Where what comes back is put.
struct Hold {
    events: File,
    data: PathBuf,
    unpacked: Option<ZlibDecoder<Bounded>>,
    last: Last,
}

impl Hold {
    fn open(folder: &Path) -> std::io::Result<Self> {
        let events = File::options().append(true).open(folder.join("events.jsonl"))?;
        let data = folder.join("private").join("coverage.db");
        Ok(Self { events, data, unpacked: None, last: None })
    }

    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Noise(bytes) | Piece::Frame(b'o', bytes) => print(&bytes),
            Piece::Frame(b'e', lines) => drop(self.events.write_all(&lines)),
            Piece::Frame(b'd', part) => self.part(&part),
            Piece::Frame(b'D', said) => self.whole(&said),
            Piece::Frame(b'x', said) => self.last = last(&said),
            Piece::Frame(..) => {}
        }
    }

    fn part(&mut self, part: &[u8]) {
        if self.unpacked.is_none() {
            let file = File::create(&self.data).ok();
            self.unpacked = file.map(|file| ZlibDecoder::new(Bounded { file, left: LARGEST }));
        }
        let failed = self.unpacked.as_mut().is_some_and(|data| data.write_all(part).is_err());
        if failed {
            self.unpacked = None;
            let _ = std::fs::remove_file(&self.data);
        }
    }

    /// A data file that did not arrive as it was sent is no data file.
    fn whole(&mut self, said: &[u8]) {
        drop(self.unpacked.take().map(ZlibDecoder::finish));
        let words = String::from_utf8_lossy(said);
        let is_whole = words.split_once(' ').is_some_and(|(size, digest)| {
            let bytes = std::fs::read(&self.data).unwrap_or_default();
            size.parse() == Ok(bytes.len()) && Digest::from_hex(digest) == Some(Digest::of(&bytes))
        });
        if !is_whole {
            let _ = std::fs::remove_file(&self.data);
        }
    }
}

/// A file that takes so many bytes and no more.
struct Bounded {
    file: File,
    left: u64,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let length = bytes.len() as u64;
        self.left = self.left.checked_sub(length).ok_or_else(|| std::io::Error::other("the data file is too large"))?;
        self.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// `code 1 0`.
fn last(said: &[u8]) -> Last {
    let text = std::str::from_utf8(said).ok()?;
    let mut words = text.split(' ');
    let (kind, number, left) = (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    match kind {
        "code" => Some((Exit::Code(number), left)),
        "signal" => Some((Exit::Signal(number), left)),
        _ => None,
    }
}
