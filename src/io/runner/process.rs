//! The supervisor as seen from lacuna: a child with three channels.

use crate::base::Problem;
use crate::io::runner::Launch;
use crate::io::runner::burst::Burst;
use crate::io::runner::supervise;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, timeout_at};

/// What the supervisor is told.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// The next step of the ladder.
    Cancel,
    /// The last step at once.
    Kill,
    /// Whatever can say where it is should do so.
    Stacks,
}

/// The supervisor and its three channels.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lifeline: ChildStdin,
    /// What the supervisor says, line by line.
    pub said: Lines<BufReader<ChildStdout>>,
    /// What the program prints.
    pub output: ChildStderr,
}

impl Process {
    /// Starts `launch` below a supervisor.
    pub fn start(supervisor: &Path, launch: &Launch) -> Result<Self, Problem> {
        Self::spawn(supervisor, "__supervise", launch)
    }

    /// Starts `launch`, which is a fork server, below the supervisor of such.
    pub fn serve(supervisor: &Path, launch: &Launch) -> Result<Self, Problem> {
        Self::spawn(supervisor, "__serve", launch)
    }

    fn spawn(supervisor: &Path, role: &str, launch: &Launch) -> Result<Self, Problem> {
        let lost = |why: String| Problem::error(supervisor.to_string_lossy(), why);
        launch.load()?;
        let carried = launch.run.as_ref().filter(|_| launch.carried.is_some());
        let mut child = Command::new(supervisor)
            .arg(role)
            .args(carried.map(|run| supervise::carrying(run.path())))
            .arg(&launch.program)
            .args(launch.arguments())
            .env_clear()
            .envs(launch.environment.iter())
            .current_dir(&launch.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| lost(format!("the supervisor cannot be started: {error}")))?;
        match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
            (Some(lifeline), Some(said), Some(output)) => {
                Ok(Self { child, lifeline, said: BufReader::new(said).lines(), output })
            }
            _ => Err(lost("the supervisor has no pipes".into())),
        }
    }

    /// Passes an order on. Whoever is gone needs none.
    pub async fn tell(&mut self, order: Order) {
        let line: &[u8] = match order {
            Order::Cancel => b"cancel\n",
            Order::Kill => b"kill\n",
            Order::Stacks => b"stacks\n",
        };
        let _ = self.lifeline.write_all(line).await;
    }

    /// Passes a request on to the fork server. One that is gone gives no answer.
    pub async fn ask(&mut self, request: &str) {
        let _ = self.lifeline.write_all(format!("{request}\n").as_bytes()).await;
    }

    /// Reads what is in the pipe now. With a fork server it has no end, and all that a run has written is in it.
    pub fn rest(&mut self, burst: &mut Burst) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count) = rustix::io::read(&self.output, &mut buffer)
            && count > 0
        {
            burst.push(buffer.get(..count).unwrap_or_default());
        }
    }

    /// Reads what is still in the pipe, for no longer than `patience`.
    pub async fn last_words(&mut self, patience: Duration, burst: &mut Burst) {
        let mut buffer = vec![0; 64 * 1024];
        let deadline = Instant::now() + patience;
        while let Ok(Ok(count)) = timeout_at(deadline, self.output.read(&mut buffer)).await
            && count > 0
        {
            burst.push(buffer.get(..count).unwrap_or_default());
        }
    }

    /// Cuts the lifeline and reaps the supervisor.
    pub async fn finish(mut self) {
        drop(self.lifeline);
        let _ = self.child.wait().await;
    }
}
