//! A program in the foreground: it gets the terminal, and lacuna waits for it.

use crate::base::Problem;
use crate::io::runner::{EditorCommand, Environment, Opens, editor};
use rustix::process::Pid;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Opens `file` at `line` in the editor that `setting` names, and waits until it is closed if it uses this terminal.
/// `front` is told the program that has the terminal, and nothing once it is closed.
///
/// # Errors
/// The setting can't be read, or the editor can't be started.
pub fn edit(
    setting: &str,
    file: &Path,
    line: u32,
    environment: &Environment,
    front: impl Fn(Option<Pid>),
) -> Result<(), Problem> {
    let EditorCommand { program, args, opens } = editor(setting, file, line)?;
    let name = program.to_string_lossy().into_owned();
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(environment.iter());
    if opens == Opens::Elsewhere {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    }
    let wait = |mut child: Child| {
        front(i32::try_from(child.id()).ok().and_then(Pid::from_raw));
        let ended = child.wait().map(drop);
        front(None);
        ended
    };
    let started = command.spawn().and_then(|child| if opens == Opens::Here { wait(child) } else { Ok(()) });
    started.map_err(|error| {
        Problem::error(name, format!("the editor can't be started: {error}"))
            .hint("set $LACUNA_EDITOR, $VISUAL or $EDITOR")
    })
}
