//! The system clipboard, through the programs that serve it.

use crate::base::Problem;
use crate::io::runner::Environment;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Puts `text` on the clipboard with the first program that is there and works. It may wait for that program; not for
/// the thread that draws.
///
/// # Errors
/// There is none; over a terminal the escape sequence OSC 52 may still do it.
pub fn copy(text: &str, environment: &Environment) -> Result<(), Problem> {
    let none = || Problem::note("clipboard", "there is no wl-copy, xclip, xsel or pbcopy that works here");
    programs(environment).into_iter().find(|(program, args)| feed(program, args, text)).map(drop).ok_or_else(none)
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
