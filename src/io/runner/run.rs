//! A run: started through the supervisor, followed, stopped.

use crate::base::Problem;
use crate::domain::suite::{Exit, Target};
use crate::io::runner::Launch;
use crate::io::runner::gathered::{Attempt, Gathered};
use crate::io::runner::news::{Ended, News};
use crate::io::runner::process::{Order, Process};
use crate::io::runner::stale::{Gone, missing};
use crate::io::runner::tail::Tail;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// How often news are gathered into a lot.
const LOT: Duration = Duration::from_millis(30);
/// How many lots may wait for their reader before the program has to wait.
const LOTS: usize = 8;
/// How long the last output may take to arrive once everything has ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A run that goes on. When it is dropped, the supervisor ends everything.
#[derive(Debug)]
pub struct Running {
    /// The news in lots, in order; the last item of the last lot is [`News::Ended`].
    pub news: mpsc::Receiver<Vec<News>>,
    /// The means to stop it.
    pub stop: Stop,
}

/// The means to stop a run. Asking never waits.
#[derive(Clone, Debug)]
pub struct Stop(mpsc::UnboundedSender<Order>);

impl Stop {
    /// Stops the run step by step: interrupt, after 3 s terminate, after 2 s more kill. The second time: kill.
    pub fn cancel(&self) {
        let _ = self.0.send(Order::Cancel);
    }

    /// Kills everything at once.
    pub fn kill(&self) {
        let _ = self.0.send(Order::Kill);
    }

    /// Asks every Python that has lacuna's plugin for its stacks; [`crate::io::runner::RunDir::stacks`] has the answers.
    pub fn ask_for_stacks(&self) {
        let _ = self.0.send(Order::Stacks);
    }
}

/// Starts `launch` below a supervisor. `supervisor` is lacuna's own program, which acts as one when its first argument
/// is `__supervise`. To be called within a tokio runtime.
///
/// # Errors
/// The supervisor cannot be started.
pub fn start(supervisor: &Path, launch: Launch) -> Result<Running, Problem> {
    let process = Process::start(supervisor, &launch)?;
    let (sender, news) = mpsc::channel(LOTS);
    let (stop, orders) = mpsc::unbounded_channel();
    let run = Run { supervisor: supervisor.to_owned(), launch, sender, orders, cancelled: false, dropped: Vec::new() };
    tokio::spawn(run.follow(process));
    Ok(Running { news, stop: Stop(stop) })
}

struct Run {
    supervisor: PathBuf,
    launch: Launch,
    sender: mpsc::Sender<Vec<News>>,
    orders: mpsc::UnboundedReceiver<Order>,
    cancelled: bool,
    dropped: Vec<Target>,
}

impl Run {
    async fn follow(mut self, mut process: Process) {
        let mut tail = self.launch.run.as_ref().map(|run| Tail::new(&run.events()));
        loop {
            let Some(attempt) = self.attend(process, tail.as_mut()).await else { return };
            let gone = missing(&attempt.usage, &self.launch.targets, &self.launch.directory);
            let any = !gone.targets.is_empty() || !gone.suspects.is_empty();
            if any
                && !self.cancelled
                && let Some(next) = self.without(&gone).await
            {
                process = next;
                continue;
            }
            self.dropped.extend(gone.targets);
            return self.end(attempt).await;
        }
    }

    /// Starts again without the targets that are gone.
    async fn without(&mut self, gone: &Gone) -> Option<Process> {
        let launch = self.launch.without(gone)?;
        if let Some(run) = &launch.run {
            run.clear_data();
        }
        let process = Process::start(&self.supervisor, &launch).ok()?;
        self.launch = launch;
        self.dropped.extend_from_slice(&gone.targets);
        self.sender.send(vec![News::Restarted { dropped: gone.targets.clone() }]).await.ok()?;
        Some(process)
    }

    async fn end(self, attempt: Attempt) {
        let mut lot = Vec::new();
        if let Some(why) = attempt.failed {
            let program = self.launch.program.to_string_lossy().into_owned();
            let problem = Problem::error(program, format!("it cannot be started: {why}"));
            lot.push(News::Trouble(problem.hint("is the interpreter still there?")));
        }
        if attempt.exit == Exit::Lost {
            lot.push(News::Trouble(Problem::error("supervisor", "it is gone; what it had started was killed")));
        }
        if attempt.leaked > 0 {
            let what = format!("{} processes were left behind and killed", attempt.leaked);
            lot.push(News::Trouble(Problem::warning("pytest", what)));
        }
        lot.push(News::Ended(Ended {
            exit: attempt.exit,
            cancelled: self.cancelled,
            leaked: attempt.leaked,
            dropped: self.dropped,
            data: attempt.data.filter(|_| attempt.finished),
        }));
        let _ = self.sender.send(lot).await;
    }

    /// Follows one process to its end. Nothing when nobody listens any more; the lifeline is cut then.
    async fn attend(&mut self, mut process: Process, tail: Option<&mut Tail>) -> Option<Attempt> {
        let mut gathered = Gathered::new(tail);
        let printing = self.listen(&mut process, &mut gathered).await?;
        gathered.lost_supervisor();
        if printing {
            process.last_words(LAST_WORDS, &mut gathered.burst).await;
        }
        process.finish().await;
        loop {
            let lot = gathered.lot();
            if lot.is_empty() {
                return Some(gathered.attempt);
            }
            self.sender.send(lot).await.ok()?;
        }
    }

    /// Listens until the supervisor has said its last word; the answer is whether output may still come.
    async fn listen(&mut self, process: &mut Process, gathered: &mut Gathered<'_>) -> Option<bool> {
        let mut ticks = interval(LOT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut buffer = vec![0; 64 * 1024];
        let mut printing = true;
        loop {
            tokio::select! {
                line = process.said.next_line() => match line {
                    Ok(Some(line)) => gathered.hear(&line),
                    Ok(None) | Err(_) => return Some(printing),
                },
                read = process.output.read(&mut buffer), if printing => match read {
                    Ok(0) | Err(_) => printing = false,
                    Ok(count) => gathered.burst.push(buffer.get(..count).unwrap_or_default()),
                },
                Some(order) = self.orders.recv() => {
                    self.cancelled |= !matches!(order, Order::Stacks);
                    process.tell(order).await;
                }
                () = self.sender.closed() => return None,
                _ = ticks.tick() => {
                    // A reader that is late makes the lots larger, never the memory: output is cut, events wait.
                    if let Ok(place) = self.sender.try_reserve() {
                        let lot = gathered.lot();
                        if !lot.is_empty() {
                            place.send(lot);
                        }
                    }
                }
            }
        }
    }
}
