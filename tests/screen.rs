//! A program in a pseudo-terminal: keys in, screen out, signals, what is left behind.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The one limit of every wait.
pub const LIMIT: Duration = Duration::from_secs(90);
/// How soon everything has to be over once lacuna ends, in whatever way.
pub const SOON: Duration = Duration::from_secs(2);

/// A running program and the screen that it paints.
pub struct Screen {
    child: Box<dyn Child + Send + Sync>,
    keys: Option<Box<dyn Write + Send>>,
    master: Option<Box<dyn MasterPty + Send>>,
    reader: Option<JoinHandle<()>>,
    shared: Arc<(Mutex<Painted>, Condvar)>,
    before: String,
}

struct Painted {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// What was on the screen when no frame was half painted.
    shown: String,
    attention: Attention,
    is_away: bool,
}

impl Painted {
    /// Takes bytes as a terminal does that shows whole frames only.
    fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.bytes.extend_from_slice(bytes);
        let last = |mark: &[u8]| self.bytes.windows(mark.len()).rposition(|window| window == mark);
        if last(b"\x1b[?2026h") <= last(b"\x1b[?2026l") {
            self.shown = self.parser.screen().contents();
        }
    }
}

/// What the terminal does with what is written to it.
#[derive(Clone, Copy, PartialEq)]
enum Attention {
    Reads,
    Ignores,
    Ends,
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

/// A command with lacuna's environment for tests: a home of its own, nothing of the person's.
pub fn command(words: &[&str], folder: &Path, home: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(words[0]);
    command.args(&words[1..]);
    command.cwd(folder);
    for name in ["NO_COLOR", "VIRTUAL_ENV", "PYTEST_ADDOPTS", "LACUNA_EDITOR", "VISUAL", "DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(name);
    }
    for (name, value) in crate::program::environment(home) {
        command.env(name, value);
    }
    command.env("TERM", "xterm-256color");
    command.env("LACUNA_TEST_PANIC", "1");
    command.env("RUST_BACKTRACE", "0");
    command
}

impl Screen {
    /// Starts a command in a terminal of `rows` × `columns`.
    pub fn start(command: CommandBuilder, size: (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = vt100::Parser::new(cells(size.0), cells(size.1), 0);
        let painted =
            Painted { parser, bytes: Vec::new(), shown: String::new(), attention: Attention::Reads, is_away: false };
        let shared = Arc::new((Mutex::new(painted), Condvar::new()));
        let reader = pair.master.try_clone_reader().unwrap();
        let into = Arc::clone(&shared);
        let reader = Some(std::thread::spawn(move || read(reader, &into)));
        let keys = Some(pair.master.take_writer().unwrap());
        Self { child, keys, master: Some(pair.master), reader, shared, before }
    }

    /// What is on the screen now.
    pub fn text(&self) -> String {
        self.shared.0.lock().unwrap().shown.clone()
    }

    /// Every byte that reached the terminal.
    pub fn bytes(&self) -> Vec<u8> {
        self.shared.0.lock().unwrap().bytes.clone()
    }

    /// The screen as a picture.
    pub fn svg(&self) -> String {
        crate::picture::svg(self.shared.0.lock().unwrap().parser.screen())
    }

    /// Whether the alternate screen is on.
    pub fn is_alternate(&self) -> bool {
        self.shared.0.lock().unwrap().parser.screen().alternate_screen()
    }

    /// Waits until the screen is as wanted, and says what it showed when it never was.
    pub fn wait(&mut self, what: &str, mut wanted: impl FnMut(&str) -> bool) {
        let start = Instant::now();
        loop {
            let text = self.text();
            if wanted(&text) {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(start.elapsed() < LIMIT && ended.is_none(), "no {what} ({ended:?}) on:\n{text}");
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Waits for a text.
    pub fn see(&mut self, text: &str) {
        self.wait(&format!("{text:?}"), |screen| screen.contains(text));
    }

    /// The picture below the line at the top, which has the time in it, once nothing has been painted for a moment.
    pub fn still(&mut self) -> String {
        let moment = Duration::from_millis(300);
        let (mut since, mut count) = (Instant::now(), 0);
        let shared = Arc::clone(&self.shared);
        self.wait("stillness", |_| {
            let now = shared.0.lock().unwrap().bytes.len();
            if now != count {
                (since, count) = (Instant::now(), now);
            }
            since.elapsed() > moment
        });
        picture(&self.text())
    }

    /// Waits for a picture that was there before.
    pub fn shows(&mut self, before: &str) {
        self.wait(&format!("picture as before:\n{before}\nbut this"), |text| picture(text) == before);
    }

    /// Types these bytes.
    pub fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Closes what lies over the panes by escape and types these bytes then: escape and a key at once would be another
    /// key.
    pub fn press_apart(&mut self, keys: &str) {
        self.press("\x1b");
        self.see("q quit");
        self.press(keys);
    }

    /// What the program put on the clipboard through the terminal, once it has.
    pub fn copied(&mut self) -> String {
        let shared = Arc::clone(&self.shared);
        let mut copied = None;
        self.wait("copied text", |_| {
            copied = clipboard(&shared.0.lock().unwrap().bytes);
            copied.is_some()
        });
        copied.unwrap()
    }

    /// Gives the window another size.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.shared.0.lock().unwrap().parser.set_size(cells(rows), cells(columns));
        self.master.as_ref().unwrap().resize(pty_size((rows, columns))).unwrap();
    }

    /// The process number of the program.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sends a signal by its name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let status = std::process::Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Stops reading what the program writes. The window stays.
    pub fn ignore(&mut self) {
        self.attend(Attention::Ignores);
        self.until("the terminal ignores the program", |screen| screen.shared.0.lock().unwrap().is_away);
    }

    /// Reads again.
    pub fn read_again(&mut self) {
        self.shared.0.lock().unwrap().attention = Attention::Reads;
        self.shared.1.notify_all();
    }

    /// Closes the window.
    pub fn close(&mut self) {
        self.attend(Attention::Ends);
        self.until("the window closes", |screen| screen.reader.as_ref().is_none_or(JoinHandle::is_finished));
        (self.keys, self.master, self.reader) = (None, None, None);
    }

    /// The reader waits for output: lacuna is asked to paint, and the reader sees what is wanted of it.
    fn attend(&mut self, attention: Attention) {
        self.shared.0.lock().unwrap().attention = attention;
        self.shared.1.notify_all();
        self.press("\x0c");
    }

    fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            assert!(start.elapsed() < LIMIT, "never: {what}\n{}", self.text());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Waits for the end: the exit code and the name of the signal.
    pub fn ended(&mut self) -> (u32, Option<String>) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.exit_code(), status.signal().map(str::to_owned));
            }
            assert!(start.elapsed() < LIMIT, "it never ends:\n{}", self.text());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// The same, and soon.
    pub fn ends_soon(&mut self) -> (u32, Option<String>) {
        let start = Instant::now();
        let ended = self.ended();
        assert!(start.elapsed() < SOON, "it took {:?} to end", start.elapsed());
        ended
    }

    /// The terminal's settings are as they were before the start.
    pub fn has_its_modes(&self) {
        assert_eq!(modes(&**self.master.as_ref().unwrap()), self.before, "the terminal's modes have changed");
    }

    /// The terminal is as it was before the start, in all that can be seen of it. The program has ended.
    pub fn is_restored(&mut self) {
        self.until("the last bytes are read", |screen| screen.reader.as_ref().is_none_or(JoinHandle::is_finished));
        self.has_its_modes();
        self.is_plain();
        let painted = self.shared.0.lock().unwrap();
        assert!(!painted.parser.screen().bracketed_paste(), "bracketed paste is left on");
    }

    /// The screen is one that a shell or an editor can use.
    pub fn is_plain(&self) {
        let painted = self.shared.0.lock().unwrap();
        let screen = painted.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left on");
        assert!(!screen.hide_cursor(), "the cursor is left hidden");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        if let Ok(mut painted) = self.shared.0.lock() {
            painted.attention = Attention::Ends;
        }
        self.shared.1.notify_all();
    }
}

/// The text of the last whole OSC 52 sequence.
fn clipboard(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let (_, rest) = text.rsplit_once("\x1b]52;c;")?;
    let (coded, _) = rest.split_once("\x1b\\")?;
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let values = coded.trim_end_matches('=').chars().map(|c| u32::try_from(letters.find(c).unwrap()).unwrap());
    let (mut plain, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for value in values {
        (held, bits) = (held << 6 | value, bits + 6);
        if bits >= 8 {
            bits -= 8;
            plain.push(u8::try_from(held >> bits & 0xff).unwrap());
        }
    }
    Some(String::from_utf8(plain).unwrap())
}

fn picture(text: &str) -> String {
    text.lines().skip(1).collect::<Vec<_>>().join("\n")
}

/// The terminal: takes what is written to it, as long as it pays attention.
fn read(mut from: Box<dyn Read + Send>, shared: &(Mutex<Painted>, Condvar)) {
    let mut buffer = [0; 8192];
    loop {
        let mut painted = shared.0.lock().unwrap();
        while painted.attention == Attention::Ignores {
            painted.is_away = true;
            painted = shared.1.wait(painted).unwrap();
        }
        painted.is_away = false;
        if painted.attention == Attention::Ends {
            return;
        }
        drop(painted);
        let Ok(read @ 1..) = from.read(&mut buffer) else { return };
        let mut painted = shared.0.lock().unwrap();
        painted.take(&buffer[..read]);
    }
}

fn pty_size((rows, cols): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

/// The processes whose environment carries this home: lacuna and everything it started.
pub fn processes_of(home: &Path) -> Vec<String> {
    let wanted = format!("LACUNA_TEST_HOME={}", home.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(environment) = std::fs::read(entry.path().join("environ")) else { continue };
        let is_ours = environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes());
        if is_ours {
            let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            found.push(String::from_utf8_lossy(&command).replace('\0', " "));
        }
    }
    found
}

/// Waits until nothing is left of what was started with this home.
pub fn nothing_is_left(home: &Path) {
    let start = Instant::now();
    while !processes_of(home).is_empty() {
        assert!(start.elapsed() < SOON, "left behind: {:?}", processes_of(home));
        std::thread::park_timeout(Duration::from_millis(10));
    }
}
