//! A run: started through the supervisor, followed, stopped.

use crate::base::Problem;
use crate::domain::suite::{Event, Exit, Target};
use crate::io::runner::Launch;
use crate::io::runner::burst::Burst;
use crate::io::runner::news::{Ended, News};
use crate::io::runner::said::Said;
use crate::io::runner::stale::{Gone, missing};
use crate::io::runner::tail::Tail;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

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

/// What the supervisor is told.
#[derive(Clone, Copy, Debug)]
enum Order {
    Cancel,
    Kill,
}

impl Stop {
    /// Stops the run step by step: interrupt, after 3 s terminate, after 2 s more kill. The second time: kill.
    pub fn cancel(&self) {
        let _ = self.0.send(Order::Cancel);
    }

    /// Kills everything at once.
    pub fn kill(&self) {
        let _ = self.0.send(Order::Kill);
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

/// The supervisor and its three channels.
struct Process {
    child: Child,
    lifeline: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    output: ChildStderr,
}

impl Process {
    fn start(supervisor: &Path, launch: &Launch) -> Result<Self, Problem> {
        let lost = |why: String| Problem::error(supervisor.to_string_lossy(), why);
        let mut child = Command::new(supervisor)
            .arg("__supervise")
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
}

/// What one attempt came to.
struct Attempt {
    exit: Exit,
    leaked: usize,
    usage: Vec<String>,
    finished: bool,
    data: Option<PathBuf>,
    failed: Option<String>,
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
    async fn attend(&mut self, process: Process, tail: Option<&mut Tail>) -> Option<Attempt> {
        let Process { mut child, mut lifeline, mut said, mut output } = process;
        let mut gathered = Gathered::new(tail);
        let mut ticks = interval(LOT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut buffer = vec![0; 64 * 1024];
        let (mut talking, mut printing) = (true, true);
        while talking {
            tokio::select! {
                line = said.next_line() => match line {
                    Ok(Some(line)) => gathered.hear(&line),
                    Ok(None) | Err(_) => talking = false,
                },
                read = output.read(&mut buffer), if printing => match read {
                    Ok(0) | Err(_) => printing = false,
                    Ok(count) => gathered.burst.push(buffer.get(..count).unwrap_or_default()),
                },
                Some(order) = self.orders.recv() => {
                    self.cancelled = true;
                    let line: &[u8] = match order { Order::Cancel => b"cancel\n", Order::Kill => b"kill\n" };
                    let _ = lifeline.write_all(line).await;
                }
                () = self.sender.closed() => return None,
                _ = ticks.tick() => {
                    if let Ok(place) = self.sender.try_reserve() {
                        let lot = gathered.lot();
                        if !lot.is_empty() {
                            place.send(lot);
                        }
                    }
                }
            }
        }
        gathered.lost_supervisor();
        let deadline = Instant::now() + LAST_WORDS;
        while printing {
            match timeout(deadline.saturating_duration_since(Instant::now()), output.read(&mut buffer)).await {
                Ok(Ok(count)) if count > 0 => gathered.burst.push(buffer.get(..count).unwrap_or_default()),
                _ => printing = false,
            }
        }
        drop(lifeline);
        let _ = child.wait().await;
        loop {
            let lot = gathered.lot();
            if lot.is_empty() {
                break;
            }
            self.sender.send(lot).await.ok()?;
        }
        Some(gathered.attempt)
    }
}

/// What has arrived and not been sent yet.
struct Gathered<'a> {
    tail: Option<&'a mut Tail>,
    burst: Burst,
    waiting: Vec<News>,
    leader: Option<i32>,
    ended: bool,
    attempt: Attempt,
}

impl<'a> Gathered<'a> {
    fn new(tail: Option<&'a mut Tail>) -> Self {
        let attempt =
            Attempt { exit: Exit::Lost, leaked: 0, usage: Vec::new(), finished: false, data: None, failed: None };
        Self { tail, burst: Burst::default(), waiting: Vec::new(), leader: None, ended: false, attempt }
    }

    fn hear(&mut self, line: &str) {
        match Said::read(line) {
            Some(Said::Started(pid)) => {
                self.leader = Some(pid);
                self.waiting.push(News::Started(pid));
            }
            Some(Said::Rung(rung, wait)) => self.waiting.push(News::Stopping(rung, wait)),
            Some(Said::Failed(why)) => {
                self.attempt.failed = Some(why);
                self.attempt.exit = Exit::Code(127);
                self.ended = true;
            }
            Some(Said::Ended { exit, leaked }) => {
                self.attempt.exit = exit;
                self.attempt.leaked = leaked;
                self.ended = true;
            }
            None => {}
        }
    }

    /// The supervisor ended without a last word: somebody killed it. Its child is killed in its stead.
    fn lost_supervisor(&self) {
        if self.ended {
            return;
        }
        if let Some(pid) = self.leader.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }

    /// Everything that has arrived: first what the supervisor said, then the output, then the events.
    fn lot(&mut self) -> Vec<News> {
        let mut lot = std::mem::take(&mut self.waiting);
        lot.extend(self.burst.take().into_iter().map(|(skipped, bytes)| News::Output { skipped, bytes }));
        if let Some(tail) = &mut self.tail {
            for event in tail.take().0 {
                match event {
                    Ok(event) => {
                        self.attempt.note(&event);
                        lot.push(News::Event(event));
                    }
                    Err(problem) => lot.push(News::Trouble(problem)),
                }
            }
        }
        lot
    }
}

impl Attempt {
    fn note(&mut self, event: &Event) {
        match event {
            Event::Usage(lines) => self.usage.extend(lines.iter().cloned()),
            Event::Data { path, .. } => self.data = Some(PathBuf::from(path)),
            Event::Finish { .. } => self.finished = true,
            _ => {}
        }
    }
}
