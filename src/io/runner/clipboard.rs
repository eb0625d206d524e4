//! The system clipboard, through the programs that serve it.

use crate::base::Problem;
use crate::io::runner::Environment;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Puts `text` on the clipboard with the first program that is there and works. It may wait for that program; not for
/// the thread that draws.
///
/// # Errors
/// There is none; over a terminal the escape sequence OSC 52 may still do it.
pub fn copy(text: &str, environment: &Environment) -> Result<(), Problem> {
    let none = || Problem::note("clipboard", "there is no wl-copy, xclip, xsel or pbcopy that works here");
    programs(environment).into_iter().find(|(program, args)| feed(program, args, text)).map(drop).ok_or_else(none)
}

/// The most that is taken from the clipboard, in bytes.
const MOST: u64 = 64 * 1024 * 1024;
/// How long a program may take to give the clipboard: whoever holds it may be busy, or stuck.
const PATIENCE: Duration = Duration::from_secs(5);

/// The text on the clipboard, from the first program that is there and works. It may wait for that program; not for the
/// thread that draws.
///
/// # Errors
/// There is none, the clipboard is empty, or holds no text.
pub fn paste(environment: &Environment) -> Result<String, Problem> {
    let wayland = environment.value("WAYLAND_DISPLAY").is_some();
    let x11 = environment.value("DISPLAY").is_some();
    let known: [(&str, &[&str], bool); 4] = [
        ("wl-paste", &["--no-newline"], wayland),
        ("xclip", &["-selection", "clipboard", "-o"], x11),
        ("xsel", &["--clipboard", "--output"], x11),
        ("pbpaste", &[], true),
    ];
    let fitting = known.into_iter().filter(|(_, _, fits)| *fits);
    let mut programs = fitting.filter_map(|(name, args, _)| Some((environment.program(name)?, args))).peekable();
    if programs.peek().is_none() {
        let what = "there is no wl-paste, xclip, xsel or pbpaste that works here";
        return Err(Problem::warning("clipboard", what).hint("paste into the terminal instead"));
    }
    let bytes = programs.find_map(|(program, args)| drawn(&program, args));
    let bytes = bytes.filter(|bytes| !bytes.trim_ascii().is_empty());
    let bytes = bytes.ok_or_else(|| Problem::warning("clipboard", "holds no text"))?;
    String::from_utf8(bytes).map_err(|_| Problem::warning("clipboard", "holds no text"))
}

/// What a program prints, if it ends well and in time.
fn drawn(program: &PathBuf, args: &[&str]) -> Option<Vec<u8>> {
    let child =
        Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.ok()?;
    let output = child.stdout.take()?;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.take(MOST).read_to_end(&mut bytes);
        // Whoever waited too long does not listen any more.
        drop(sender.send(read.map(|_| bytes).ok()));
    });
    let bytes = receiver.recv_timeout(PATIENCE).ok().flatten();
    if bytes.is_none() {
        drop(child.kill());
    }
    child.wait().is_ok_and(|status| status.success()).then_some(bytes)?
}

fn programs(environment: &Environment) -> Vec<(PathBuf, &'static [&'static str])> {
    let wayland = environment.value("WAYLAND_DISPLAY").is_some();
    let x11 = environment.value("DISPLAY").is_some();
    let known: [(&str, &[&str], bool); 4] = [
        ("wl-copy", &[], wayland),
        ("xclip", &["-selection", "clipboard"], x11),
        ("xsel", &["--clipboard", "--input"], x11),
        ("pbcopy", &[], true),
    ];
    let fitting = known.into_iter().filter(|(_, _, fits)| *fits);
    fitting.filter_map(|(name, args, _)| Some((environment.program(name)?, args))).collect()
}

fn feed(program: &PathBuf, args: &[&str], text: &str) -> bool {
    let child =
        Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return false };
    let fed = child.stdin.take().is_some_and(|mut input| input.write_all(text.as_bytes()).is_ok());
    child.wait().is_ok_and(|status| status.success()) && fed
}
