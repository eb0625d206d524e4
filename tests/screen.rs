//! The real program in a pseudo-terminal: keys in, screen out, signals, what is left behind.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The one limit of every wait.
pub const LIMIT: Duration = Duration::from_secs(90);

/// A running lacuna and the screen that it paints.
pub struct Screen {
    child: Box<dyn Child + Send + Sync>,
    keys: Option<Box<dyn Write + Send>>,
    master: Option<Box<dyn MasterPty + Send>>,
    painted: Arc<Mutex<Painted>>,
    before: String,
}

struct Painted {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

impl Screen {
    /// Starts lacuna with these arguments in a terminal of `rows` × `columns`; its state lies below `home`.
    pub fn start(arguments: &[&str], folder: &Path, home: &Path, (rows, columns): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let before = modes(&*pair.master);
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lacuna"));
        command.args(arguments);
        command.cwd(folder);
        for (name, value) in crate::program::environment(home) {
            command.env(name, value);
        }
        command.env("TERM", "xterm-256color");
        command.env("LACUNA_TEST_PANIC", "1");
        command.env_remove("NO_COLOR");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        let painted = Arc::new(Mutex::new(Painted { parser, bytes: Vec::new() }));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let into = Arc::clone(&painted);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let mut painted = into.lock().unwrap();
                painted.parser.process(&buffer[..read]);
                painted.bytes.extend_from_slice(&buffer[..read]);
            }
        });
        let keys = Some(pair.master.take_writer().unwrap());
        Self { child, keys, master: Some(pair.master), painted, before }
    }

    /// What is on the screen now.
    pub fn text(&self) -> String {
        self.painted.lock().unwrap().parser.screen().contents()
    }

    /// Every byte that reached the terminal.
    pub fn bytes(&self) -> Vec<u8> {
        self.painted.lock().unwrap().bytes.clone()
    }

    /// Whether the alternate screen is on.
    pub fn is_alternate(&self) -> bool {
        self.painted.lock().unwrap().parser.screen().alternate_screen()
    }

    /// Waits until the screen is as wanted, and says what it showed when it never was.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let start = Instant::now();
        loop {
            let text = self.text();
            if wanted(&text) {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(start.elapsed() < LIMIT && ended.is_none(), "no {what} ({ended:?}) on:\n{text}");
            std::thread::yield_now();
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// Waits for a text.
    pub fn see(&mut self, text: &str) {
        self.wait(&format!("{text:?}"), |screen| screen.contains(text));
    }

    /// Types these bytes.
    pub fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Gives the window another size.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.painted.lock().unwrap().parser.set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
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

    /// Closes the window.
    pub fn close(&mut self) {
        self.keys = None;
        self.master = None;
    }

    /// Waits for the end: the exit code and the name of the signal.
    pub fn ended(&mut self) -> (u32, Option<String>) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.exit_code(), status.signal().map(str::to_owned));
            }
            assert!(start.elapsed() < LIMIT, "it never ends:\n{}", self.text());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// The terminal is as it was before the start.
    pub fn is_restored(&mut self) {
        let start = Instant::now();
        let after = || modes(&**self.master.as_ref().unwrap());
        while start.elapsed() < Duration::from_secs(5) && (self.is_alternate() || after() != self.before) {
            std::thread::park_timeout(Duration::from_millis(10));
        }
        assert!(!self.is_alternate(), "the alternate screen is left on");
        assert_eq!(after(), self.before, "the terminal's modes have changed");
        let painted = self.painted.lock().unwrap();
        assert!(!painted.parser.screen().hide_cursor(), "the cursor is left hidden");
        assert!(!painted.parser.screen().bracketed_paste(), "bracketed paste is left on");
        assert_eq!(painted.parser.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
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
        assert!(start.elapsed() < Duration::from_secs(10), "left behind: {:?}", processes_of(home));
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
