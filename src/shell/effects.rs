//! The hands of the loop: each effect is carried out on a worker, and its answer posted into the inbox.

use super::cycle::{self, Wish};
use super::desk::Desk;
use super::frames::{Hands, Item};
use super::inbox::Inbox;
use super::watching::Watch;
use super::{
    catalog, checking, choosing, collecting, comparing, dashboard, debugging, elsewhere, expressions, flakes, guide,
    keep, lab, listing, pasted, planning, quarantine, rank::Ground, recorded, retention, signals, skeleton, source,
    who,
};
use crate::app::{
    AfterRun, CheckScope, Choice, Effect, Interpreter, LabAsk, LabEnd, LabGoal, LabNews, ListKind, Msg, News, Planned,
    RunId, Ticket, Watching, Whose,
};
use crate::base::{Clean, Problem, RepoPath};
use crate::domain::picker;
use crate::domain::suite::{Exit, Target, TestId};
use crate::io::runner;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch as wishes;

/// How many matches the picker shows at the most.
const MATCHES: usize = 500;
/// How long the end waits for what is being written to the database; whatever only reads is not waited for longer.
const LAST_WORK: Duration = Duration::from_secs(2);

/// The workers of one sitting.
pub struct Workers {
    desk: Arc<Desk>,
    inbox: Inbox<Item>,
    runtime: Runtime,
    wish: Option<(RunId, wishes::Sender<Wish>)>,
    lab: Option<(RunId, wishes::Sender<Wish>)>,
    collection: Option<(Ticket, wishes::Sender<Wish>)>,
    watcher: Watch,
    search: Arc<AtomicU64>,
}

impl Workers {
    /// Workers at a desk.
    ///
    /// # Errors
    /// No threads can be started.
    pub fn new(desk: Desk, inbox: Inbox<Item>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let search = Arc::new(AtomicU64::new(0));
        desk.keep_warm();
        Ok(Self {
            desk: Arc::new(desk),
            inbox,
            runtime,
            wish: None,
            lab: None,
            collection: None,
            watcher: Watch::default(),
            search,
        })
    }

    /// Lets the workers go: a write that has begun may end, but a slow disk cannot hold up the end of the program.
    pub fn finish(self) {
        self.runtime.shutdown_timeout(LAST_WORK);
    }

    /// Answers a question on a worker that may wait.
    fn answer(&self, work: impl FnOnce(&Desk) -> Msg + Send + 'static) {
        let (desk, inbox) = (Arc::clone(&self.desk), self.inbox.clone());
        self.runtime.spawn_blocking(move || {
            inbox.post(Item::Msg(work(&desk)));
            for problem in desk.take_problems() {
                inbox.post(Item::Msg(Msg::Trouble(problem)));
            }
        });
    }

    /// Does something on a worker; only what goes wrong is said.
    fn attempt(&self, work: impl FnOnce(&Desk) -> Result<(), Problem> + Send + 'static) {
        let (desk, inbox) = (Arc::clone(&self.desk), self.inbox.clone());
        self.runtime.spawn_blocking(move || {
            if let Err(problem) = work(&desk) {
                inbox.post(Item::Msg(Msg::Trouble(problem)));
            }
        });
    }

    /// The baseline is shown first and saved afterwards.
    fn read_reports(&self, ticket: Ticket) {
        let (desk, inbox) = (Arc::clone(&self.desk), self.inbox.clone());
        self.runtime.spawn_blocking(move || {
            inbox.post(Item::Msg(Msg::Baseline(ticket, keep::open(&desk).map(Arc::new))));
            let mut problems: Vec<Problem> = keep::settle(&desk).err().into_iter().collect();
            problems.extend(desk.take_problems());
            problems.into_iter().for_each(|problem| inbox.post(Item::Msg(Msg::Trouble(problem))));
        });
    }

    fn make_environment(&self, ticket: Ticket) {
        let (desk, inbox) = (Arc::clone(&self.desk), self.inbox.clone());
        self.runtime.spawn(async move {
            let home = desk.project.root.join(".venv");
            let requirements = desk.around.requirements.unwrap_or_default();
            let told = |line: &str| inbox.post(Item::Msg(Msg::Making(ticket, Clean::line(line))));
            let around = &desk.around;
            let made = runner::make_virtualenv(&around.program, &around.environment, &home, requirements, told).await;
            let answer = made.and_then(|_| interpreter(&desk)).map(Arc::new);
            inbox.post(Item::Msg(Msg::Interpreter(ticket, answer)));
        });
    }

    fn start(
        &mut self,
        run: RunId,
        planned: Arc<crate::app::Planned>,
        ledger: Option<Arc<crate::domain::ledger::Ledger>>,
    ) {
        let (sender, wish) = wishes::channel(Wish::GoOn);
        self.wish = Some((run, sender));
        let (desk, inbox) = (Arc::clone(&self.desk), self.inbox.clone());
        self.runtime.spawn(async move {
            let far = inbox.clone();
            let tell = move |news: Vec<News>| far.post(Item::Msg(Msg::Run(run, news)));
            let done = cycle::run(&desk, &planned, ledger, wish, &tell).await;
            inbox.post(Item::Msg(Msg::Run(run, vec![News::Ended(Arc::new(done.after))])));
        });
    }

    fn start_lab(&mut self, run: RunId, ask: LabAsk) {
        let (sender, wish) = wishes::channel(Wish::GoOn);
        self.lab = Some((run, sender));
        let (desk, inbox) = (Arc::clone(&self.desk), self.inbox.clone());
        self.runtime.spawn(async move {
            let far = inbox.clone();
            let tell = move |news: LabNews| far.post(Item::Msg(Msg::Lab(run, news)));
            let done = match ask.goal {
                LabGoal::Cause => lab::run(&desk, &ask, wish, &tell).await.map(|done| LabEnd::Cause(Box::new(done))),
                LabGoal::Fix => lab::verify(&desk, &ask, wish, &tell).await.map(|(check, _)| LabEnd::Fix(check)),
            };
            inbox.post(Item::Msg(Msg::LabEnded(run, done.map(Arc::new))));
        });
    }

    fn collect(&mut self, ticket: Ticket) {
        let (sender, wish) = wishes::channel(Wish::GoOn);
        self.collection = Some((ticket, sender));
        let (desk, inbox) = (Arc::clone(&self.desk), self.inbox.clone());
        self.runtime.spawn(async move {
            let far = inbox.clone();
            let tell = move |tests| far.post(Item::Msg(Msg::Collecting(ticket, tests)));
            let done = collecting::collect(&desk, wish, &tell).await;
            inbox.post(Item::Msg(Msg::Collected(ticket, done.map(Arc::new))));
        });
    }

    fn search(&self, ticket: Ticket, kind: ListKind, query: String, items: Arc<crate::app::Items>) {
        let newest = Arc::clone(&self.search);
        newest.store(ticket.0, Ordering::Relaxed);
        let inbox = self.inbox.clone();
        self.runtime.spawn_blocking(move || {
            let cancelled = || newest.load(Ordering::Relaxed) != ticket.0;
            if kind.is_expression() && !query.trim().is_empty() {
                let found = expressions::matches(&kind, query.trim(), &items, MATCHES, &cancelled);
                found.into_iter().for_each(|found| inbox.post(Item::Msg(Msg::Matched(ticket, found))));
                return;
            }
            picker::search(&query, &items.texts, MATCHES, &cancelled, &mut |found| {
                inbox.post(Item::Msg(Msg::Matched(ticket, found)));
            });
        });
    }

    fn watch(&mut self, on: bool) {
        if on {
            self.watcher.start(Arc::clone(&self.desk), self.inbox.clone(), &self.runtime);
        } else {
            self.watcher.stop();
            self.inbox.post(Item::Msg(Msg::Watching(Watching::Off)));
        }
    }
}

/// The interpreter as the screen shows it.
fn interpreter(desk: &Desk) -> Result<Interpreter, Problem> {
    let is_demo = desk.around.requirements.is_some();
    let found = desk.interpreter()?;
    let to_be_made = is_demo
        && found.origin != runner::Origin::Elsewhere
        && !found.home.as_ref().is_some_and(|home| home.starts_with(&desk.project.root));
    let path = found.program.strip_prefix(&desk.project.root).unwrap_or(&found.program).to_string_lossy();
    let elsewhere = elsewhere::elsewhere(desk)?;
    let path = elsewhere.map_or_else(|| path.clone().into_owned(), |elsewhere| elsewhere.template.with(&path));
    Ok(Interpreter {
        path: Clean::line(&path),
        version: Clean::default(),
        found: Clean::line(&found.origin.to_string()),
        missing: None,
        to_be_made,
    })
}

fn preview(desk: &Desk, choice: &Choice) -> Result<crate::app::Preview, Problem> {
    match choice {
        Choice::Source(path) | Choice::TestFile(path) => source::preview(&desk.disk, path, None),
        Choice::Test(test) => {
            let nowhere = || Problem::note(test.as_str(), "is in no file of the project");
            let path = RepoPath::new(test.path()).ok_or_else(nowhere)?;
            let line = who::place(desk, test).and_then(|(_, line)| line);
            source::preview(&desk.disk, &path, line)
        }
        Choice::Action(action) => Err(Problem::note(action.row().name, action.row().help)),
        Choice::Selection(name) => Err(Problem::note(name, "is a selection")),
        Choice::Point(name) => Err(Problem::note(name, "is a point in time")),
    }
}

impl Hands for Workers {
    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::FindInterpreter(ticket) => {
                self.answer(move |desk| Msg::Interpreter(ticket, interpreter(desk).map(Arc::new)));
            }
            Effect::MakeEnvironment(ticket) => self.make_environment(ticket),
            Effect::ReadReports(ticket) => self.read_reports(ticket),
            Effect::ReadPasted(ticket, text) => {
                self.answer(move |desk| Msg::Pasted(ticket, pasted::read(desk, &text).map(Arc::new)));
            }
            Effect::ReadClipboard(ticket) => self.answer(move |desk| {
                let text = runner::paste(&desk.around.environment);
                Msg::Pasted(ticket, text.and_then(|text| pasted::read(desk, &text)).map(Arc::new))
            }),
            Effect::Rank { ticket, ledger, before, order } => self.answer(move |desk| {
                let ground = Ground { disk: &desk.disk, measured: desk.measured(), layers: &desk.layers };
                let (ledger, before) = (desk.judged(&ledger), before.map(|before| desk.followed(&before)));
                Msg::Ranked(ticket, Ok(Arc::new(ground.rank(&ledger, before.as_deref(), order))))
            }),
            Effect::ReadSource { ticket, path, ledger, before } => self.answer(move |desk| {
                let (ledger, before) = (desk.as_judged(&ledger), before.map(|before| desk.followed(&before)));
                Msg::SourceRead(ticket, source::read(&desk.disk, &path, &ledger, before.as_deref()).map(Arc::new))
            }),
            Effect::FindTests { ticket, whose, ledger } => self.answer(move |desk| {
                let related = match &whose {
                    Whose::File(path) => catalog::related(&desk.project, &desk.disk, &ledger, path),
                    Whose::Line(path, line) => who::related(desk, &ledger, path, *line),
                    Whose::Function(path, name) => who::of_function(desk, &ledger, path, name),
                };
                Msg::TestsFound(ticket, Ok(Arc::new(related)))
            }),
            Effect::ReadCatalog { ticket, ledger } => {
                self.answer(move |desk| Msg::Catalog(ticket, Ok(Arc::new(catalog::catalog(desk, ledger.as_deref())))))
            }
            Effect::ListChoices(ticket, kind) => {
                self.answer(move |desk| Msg::TestsFound(ticket, listing::list(desk, &kind).map(Arc::new)));
            }
            Effect::SaveSelection(name, planned) => {
                self.answer(move |desk| match choosing::save(desk, &name, &planned) {
                    Ok(()) => Msg::Notice(Clean::line(&format!("saved as {}; O lists what is saved", name.trim()))),
                    Err(problem) => Msg::Trouble(problem),
                })
            }
            Effect::ForgetSelection(ticket, name) => self.answer(move |desk| {
                let forgotten = desk.store().and_then(|store| store.delete_selection(&name));
                let listed = forgotten.and_then(|_| listing::list(desk, &ListKind::Saved));
                Msg::TestsFound(ticket, listed.map(Arc::new))
            }),
            Effect::Collect(ticket) => self.collect(ticket),
            Effect::StopCollecting(ticket) => {
                if let Some((_, wish)) = self.collection.as_ref().filter(|(known, _)| *known == ticket) {
                    wish.send_replace(Wish::Cancel);
                }
            }
            Effect::Recall(ticket) => {
                self.answer(move |desk| Msg::Flaky(ticket, flakes::of_project(desk).map(Arc::new)))
            }
            Effect::Quarantine(test, change) => {
                self.answer(move |desk| Msg::Quarantined(quarantine::change(desk, &test, &change)));
            }
            Effect::RecallTest(ticket, id) => {
                self.answer(move |desk| Msg::TestRecalled(ticket, recorded::of(desk, id).map(Arc::new)));
            }
            Effect::Match { ticket, kind, query, items } => self.search(ticket, kind, query, items),
            Effect::Preview(ticket, choice) => {
                self.answer(move |desk| Msg::Previewed(ticket, preview(desk, &choice).map(Arc::new)));
            }
            Effect::PlanRun { ticket, ask, ledger } => self.answer(move |desk| {
                Msg::Planned(ticket, planning::planned(desk, ask, ledger.as_deref()).map(Arc::new))
            }),
            Effect::ListPoints(ticket) => {
                self.answer(move |desk| Msg::Points(ticket, comparing::points(desk).map(Arc::new)));
            }
            Effect::Guide { ticket, path, asked, ledger } => self.answer(move |desk| {
                let ledger = ledger.unwrap_or_default();
                Msg::Guided(ticket, guide::of(desk, &ledger, &path, &asked).map(Arc::new))
            }),
            Effect::Draft { ticket, path, ticked, which, ledger } => self.answer(move |desk| {
                let ledger = ledger.unwrap_or_default();
                let draft = skeleton::draft(desk, &ledger, &path, &ticked, which, None);
                Msg::Drafted(ticket, draft.map(Arc::new))
            }),
            Effect::Write(draft) => self.answer(move |desk| {
                let first = draft.skeleton.tests.first().map_or(1, |(_, line)| *line);
                Msg::Written(skeleton::write(desk, &draft).map(|()| (draft.path.clone(), first)))
            }),
            Effect::Compare { ticket, points, ledger } => self.answer(move |desk| {
                Msg::Compared(ticket, comparing::compare(desk, &points, ledger.as_ref()).map(Arc::new))
            }),
            Effect::ReadProgramme { ticket, ledger } => self
                .answer(move |desk| Msg::ProgrammeRead(ticket, dashboard::read(desk, ledger.as_ref()).map(Arc::new))),
            Effect::Check { ticket, scope, tests, ledger } => self.answer(move |desk| {
                let targets = tests.into_iter().map(Target::Test).collect();
                let wanted = checking::Wanted { targets, all: scope == CheckScope::Debt, ..Default::default() };
                Msg::Checked(ticket, checking::looked_at(desk, &wanted, ledger.as_deref()).map(Arc::new))
            }),
            Effect::Trust => self.attempt(Desk::trust),
            Effect::Start { run, planned, ledger } => self.start(run, planned, ledger),
            Effect::Cancel { run, firm } => {
                if let Some((_, wish)) = self.wish.as_ref().filter(|(known, _)| *known == run) {
                    wish.send_replace(if firm { Wish::Kill } else { Wish::Cancel });
                }
            }
            Effect::StartLab { run, ask } => self.start_lab(run, ask),
            Effect::StopLab { run, firm } => {
                if let Some((_, wish)) = self.lab.as_ref().filter(|(known, _)| *known == run) {
                    wish.send_replace(if firm { Wish::Kill } else { Wish::Cancel });
                }
            }
            Effect::Remember(_, after) => self.remember(after),
            Effect::Watch(on) => self.watch(on),
            // The loop carries out what needs the terminal.
            Effect::Edit(..)
            | Effect::EditOutside(..)
            | Effect::EditTest(_)
            | Effect::Debug(_)
            | Effect::Copy(_)
            | Effect::CaptureMouse(_)
            | Effect::UseTheme(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Panic
            | Effect::Leave(_) => {}
        }
    }

    fn edit(&mut self, path: &RepoPath, line: u32) -> Option<Problem> {
        let file = path.under(&self.desk.project.root);
        edit(&self.desk, &file, line).err()
    }

    fn edit_outside(&mut self, path: &str, line: u32) -> Option<Problem> {
        let file = self.desk.project.root.join(path);
        if !file.is_file() {
            return Some(Problem::warning(path, "that file is not there"));
        }
        edit(&self.desk, &file, line).err()
    }

    fn edit_test(&mut self, test: &TestId) -> Option<Problem> {
        let Some((path, line)) = who::place(&self.desk, test) else {
            return Some(Problem::warning(test.as_str(), "its file is not there"));
        };
        self.edit(&path, line.unwrap_or(1))
    }

    fn debug(&mut self, planned: &Planned) -> Result<Exit, Problem> {
        debugging::debug(&self.desk, planned, true)
    }

    fn copy(&mut self, text: &str) {
        let (desk, text) = (Arc::clone(&self.desk), text.to_owned());
        self.runtime.spawn_blocking(move || drop(runner::copy(&text, &desk.around.environment)));
    }

    fn end(&mut self) {
        if let Some((_, wish)) = &self.wish {
            wish.send_replace(Wish::Kill);
        }
        if let Some((_, wish)) = &self.lab {
            wish.send_replace(Wish::Kill);
        }
        if let Some(warm) = self.desk.warm() {
            warm.stop("lacuna ends");
        }
        if let Some((_, wish)) = &self.collection {
            wish.send_replace(Wish::Kill);
        }
        self.watcher.stop();
    }
}

impl Workers {
    fn remember(&self, after: Arc<AfterRun>) {
        self.attempt(move |desk| keep::remember(desk, &after));
        // The results are on this disk by now; however long the way to a server is, nobody waits for it.
        let (desk, inbox) = (Arc::clone(&self.desk), self.inbox.clone());
        self.runtime.spawn_blocking(move || {
            let problems = desk.share(retention::AFTER_RUN);
            problems.into_iter().for_each(|problem| inbox.post(Item::Msg(Msg::Trouble(problem))));
        });
    }
}

fn edit(desk: &Desk, file: &Path, line: u32) -> Result<(), Problem> {
    let environment = &desk.around.environment;
    let setting = ["LACUNA_EDITOR", "VISUAL", "EDITOR"].iter().find_map(|name| environment.value(name)?.to_str());
    runner::edit(setting.unwrap_or("vi"), file, line, environment, signals::set_foreground)
}
