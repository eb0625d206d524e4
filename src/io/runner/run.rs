//! A run: started through the supervisor, followed, stopped.

use crate::base::Problem;
use crate::domain::suite::{Exit, Target};
use crate::io::runner::blind::without_refused;
use crate::io::runner::burst::Burst;
use crate::io::runner::gathered::{Attempt, Gathered};
use crate::io::runner::news::{Ended, News};
use crate::io::runner::process::{Order, Process};
use crate::io::runner::stale::{Gone, missing};
use crate::io::runner::tail::Tail;
use crate::io::runner::warm::{Level, Taken, Warm, Warmth};
use crate::io::runner::{Launch, RunDir};
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
    launch.write()?;
    let process = Process::start(supervisor, &launch)?;
    Ok(follow(supervisor, launch, None, Source::Own(Box::new(process))))
}

/// The same, forked from the server that is kept ready, or from its deeper level; where that can't be, as [`start`] does,
/// and the reason is told.
///
/// # Errors
/// Neither can be started.
pub fn start_warm(supervisor: &Path, launch: Launch, warm: &Warm, level: Level) -> Result<Running, Problem> {
    launch.write()?;
    let (source, first) = match warm.take() {
        Ok(taken) => (Source::Server(taken, level), None),
        Err(why) => (Source::Own(Box::new(Process::start(supervisor, &launch)?)), Some(why)),
    };
    Ok(follow(supervisor, launch, first, source))
}

fn follow(supervisor: &Path, launch: Launch, why_cold: Option<String>, source: Source) -> Running {
    let (sender, news) = mpsc::channel(LOTS);
    let (stop, orders) = mpsc::unbounded_channel();
    let run = Run { supervisor: supervisor.to_owned(), launch, sender, orders, cancelled: false, dropped: Vec::new() };
    tokio::spawn(run.follow(source, why_cold));
    Running { news, stop: Stop(stop) }
}

/// Where a run comes from: a supervisor of its own, or the fork server.
enum Source {
    Own(Box<Process>),
    Server(Taken, Level),
}

impl Source {
    fn process(&mut self) -> &mut Process {
        match self {
            Self::Own(process) => process,
            Self::Server(taken, _) => &mut taken.process,
        }
    }
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
    async fn follow(mut self, mut source: Source, why_cold: Option<String>) {
        let mut tail = self.launch.run.as_ref().map(|run| Tail::new(&run.events()));
        if let Some(why) = why_cold {
            self.tell(News::Warmth(Warmth::Cold { why, again: false })).await;
        }
        loop {
            let is_warm = matches!(source, Source::Server(..));
            let Some(attempt) = self.attend(source, tail.as_mut()).await else { return };
            if is_warm && let Some((why, again)) = self.came_to_nothing(&attempt) {
                match self.cold(why, again).await {
                    Some(next) => source = next,
                    None => return self.end(attempt).await,
                }
                continue;
            }
            if let Some(next) = self.blind(&attempt).await {
                source = next;
                continue;
            }
            let root = attempt.root.as_deref().unwrap_or(&self.launch.directory);
            let gone = missing(&attempt.usage, &self.launch.targets, root);
            let any = !gone.targets.is_empty() || !gone.suspects.is_empty();
            if any
                && !self.cancelled
                && let Some(next) = self.without(&gone, &attempt).await
            {
                source = next;
                continue;
            }
            self.drop_gone(&gone, &attempt);
            return self.end(attempt).await;
        }
    }

    async fn tell(&self, news: News) {
        let _ = self.sender.send(vec![news]).await;
    }

    /// Why a warm run has to be made again by a fresh interpreter, and whether it had begun.
    fn came_to_nothing(&self, attempt: &Attempt) -> Option<(String, bool)> {
        if self.cancelled {
            return None;
        }
        if let Some(why) = &attempt.refused {
            return Some((why.clone(), false));
        }
        if !attempt.started {
            return Some(("the fork server died".to_owned(), false));
        }
        let broken = !attempt.finished && attempt.usage.is_empty();
        broken.then(|| ("the warm run broke off".to_owned(), true))
    }

    /// Starts with a fresh interpreter what a fork server could not run.
    async fn cold(&self, why: String, again: bool) -> Option<Source> {
        if let Some(run) = &self.launch.run {
            run.clear_data();
        }
        let process = Process::start(&self.supervisor, &self.launch).ok()?;
        self.tell(News::Warmth(Warmth::Cold { why, again })).await;
        Some(Source::Own(Box::new(process)))
    }

    /// Starts again without the plugin, when it could not be loaded and nothing ran.
    async fn blind(&mut self, attempt: &Attempt) -> Option<Source> {
        if attempt.told || self.cancelled || !matches!(attempt.exit, Exit::Code(1 | 4)) {
            return None;
        }
        let launch = without_refused(&self.launch, &String::from_utf8_lossy(&attempt.said))?;
        let process = Process::start(&self.supervisor, &launch).ok()?;
        self.launch = launch;
        self.tell(News::Restarted { dropped: Vec::new() }).await;
        Some(Source::Own(Box::new(process)))
    }

    /// Starts again without the targets that are gone.
    async fn without(&mut self, gone: &Gone, attempt: &Attempt) -> Option<Source> {
        let launch = self.launch.without(gone)?;
        if let Some(run) = &launch.run {
            run.clear_data();
        }
        launch.write().ok()?;
        let process = Process::start(&self.supervisor, &launch).ok()?;
        self.launch = launch;
        self.drop_gone(gone, attempt);
        self.sender.send(vec![News::Restarted { dropped: gone.targets.clone() }]).await.ok()?;
        Some(Source::Own(Box::new(process)))
    }

    /// Notes targets as gone, but for those in files that could not be collected: they may be there all the same.
    fn drop_gone(&mut self, gone: &Gone, attempt: &Attempt) {
        let is_gone = |target: &&Target| !attempt.broken.contains(target.path());
        self.dropped.extend(gone.targets.iter().filter(is_gone).cloned());
    }

    async fn end(self, attempt: Attempt) {
        let mut lot = Vec::new();
        // What was measured elsewhere was brought here.
        let brought = self.launch.run.as_ref().filter(|_| self.launch.carried.is_some()).map(RunDir::data);
        let is_brought = brought.is_some();
        let data = attempt.data.map(|named| brought.unwrap_or(named));
        if let Some(data) = data.as_ref().filter(|data| is_brought && attempt.finished && !data.is_file()) {
            let what = "the data file did not arrive whole, so that nothing is measured";
            lot.push(News::Trouble(Problem::warning(data.to_string_lossy(), what).hint("run it again")));
        }
        if let Some(why) = attempt.failed {
            let program = self.launch.program.to_string_lossy().into_owned();
            let problem = Problem::error(program, format!("it cannot be started: {why}"));
            lot.push(News::Trouble(problem.hint("is the interpreter still there?")));
        }
        if attempt.exit == Exit::Lost && !attempt.given_up {
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
            deep: attempt.deep,
            data: data.filter(|_| attempt.finished),
        }));
        let _ = self.sender.send(lot).await;
    }

    /// Follows one process to its end. Nothing when nobody listens any more; the lifeline is cut then.
    async fn attend(&mut self, mut source: Source, tail: Option<&mut Tail>) -> Option<Attempt> {
        let mut gathered = Gathered::new(tail);
        if let Source::Server(taken, _) = &source {
            gathered.memory = taken.memory();
        }
        if !self.ask(&mut source).await {
            gathered.hear("refused the request cannot be written");
            return Some(gathered.attempt);
        }
        let is_server = matches!(source, Source::Server(..));
        let printing = self.listen(source.process(), &mut gathered, is_server).await?;
        gathered.lost_supervisor();
        match source {
            Source::Own(mut process) => {
                if printing {
                    process.last_words(LAST_WORDS, &mut gathered.burst).await;
                }
                process.finish().await;
            }
            Source::Server(mut taken, _) => {
                taken.process.rest(&mut gathered.burst);
                match &gathered.attempt.refused {
                    _ if !gathered.has_ended() => taken.end("the fork server died"),
                    Some(why) => taken.end(why),
                    None => taken.give_back(),
                }
            }
        }
        loop {
            let lot = gathered.lot();
            if lot.is_empty() {
                return Some(gathered.attempt);
            }
            self.sender.send(lot).await.ok()?;
        }
    }

    /// Asks the fork server for this run; false when that can't be. What somebody printed there before belongs to no run.
    async fn ask(&self, source: &mut Source) -> bool {
        let Source::Server(taken, level) = source else { return true };
        taken.process.rest(&mut Burst::default());
        let request = self.launch.run.as_ref().and_then(|run| run.write_request(&self.launch.request(*level)).ok());
        let Some(place) = request else { return false };
        if *level == Level::Safe {
            let warmth = Warmth::Warm { memory: taken.memory(), deep: false, why: String::new() };
            self.tell(News::Warmth(warmth)).await;
        }
        taken.process.ask(&format!("run {}", place.display())).await;
        true
    }

    /// Listens until the supervisor has said its last word; the answer is whether output may still come. The supervisor
    /// of a server goes on after that.
    async fn listen(&mut self, process: &mut Process, gathered: &mut Gathered<'_>, is_server: bool) -> Option<bool> {
        let mut ticks = interval(LOT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut buffer = vec![0; 64 * 1024];
        let mut printing = true;
        loop {
            tokio::select! {
                line = process.said.next_line() => match line {
                    Ok(Some(line)) => {
                        gathered.hear(&line);
                        if is_server && gathered.has_ended() {
                            return Some(printing);
                        }
                    }
                    Ok(None) | Err(_) => return Some(printing),
                },
                read = process.output.read(&mut buffer), if printing => match read {
                    Ok(0) | Err(_) => printing = false,
                    Ok(count) => gathered.burst.push(buffer.get(..count).unwrap_or_default()),
                },
                Some(order) = self.orders.recv() => {
                    self.cancelled |= !matches!(order, Order::Stacks);
                    if let (Order::Cancel, Some(run)) = (order, &self.launch.run) {
                        run.stop();
                    }
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
