//! Bringing the index up to date: one `pytest --collect-only` of what changed, followed and cancelled like a run.

use super::command::unique;
use super::cycle::Wish;
use super::desk::Desk;
use super::elsewhere::elsewhere;
use super::frames::now;
use super::index::Index;
use super::planning;
use crate::app::Collection;
use crate::base::{Clean, Digest, Problem, RepoPath};
use crate::domain::suite::{Collected, Event, Exit, Expression, Keywords, LeftOut, Output, TestId};
use crate::io::runner::{self, Launch, News, RunDir};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::watch;

/// Has pytest collect the files whose tests are not confirmed, and keeps what it finds. Nothing runs where nothing waits.
/// `tell` is told how many tests were found so far.
///
/// # Errors
/// The project is not trusted, pytest can't be started, or it ends without having collected anything.
pub async fn collect(
    desk: &Desk,
    mut wish: watch::Receiver<Wish>,
    tell: &(dyn Fn(u64) + Send + Sync),
) -> Result<Collection, Problem> {
    if !desk.is_trusted()? {
        let what = "this project is not trusted yet, so its tests were not collected";
        return Err(Problem::error(desk.project.root.to_string_lossy(), what).hint("run something with --trust once"));
    }
    if elsewhere(desk)?.is_some() {
        let what = "the tests run elsewhere, where they are not collected ahead of a run";
        return Err(Problem::note("pytest", what).hint("they are listed as their sources say and as they ran before"));
    }
    desk.disk.forget_listing();
    let wanted = Wanted::of(desk);
    if wanted.worlds.is_empty() {
        desk.store()?.save_collected(&BTreeMap::new(), &wanted.gone)?;
        return Ok(Collection::default());
    }
    let (launch, run) = launch(desk, &wanted)?;
    let mut running = runner::start(&desk.around.program, launch)?;
    let mut heard = Heard::default();
    loop {
        tokio::select! {
            lot = running.news.recv() => match lot {
                Some(lot) => lot.into_iter().for_each(|news| heard.take(news, tell)),
                None => break,
            },
            Ok(()) = wish.changed() => match *wish.borrow_and_update() {
                Wish::GoOn => {}
                Wish::Cancel => running.stop.cancel(),
                Wish::Kill => running.stop.kill(),
            },
        }
    }
    run.remove();
    if heard.cancelled {
        return Ok(Collection { cancelled: true, ..Collection::default() });
    }
    heard.judge()?;
    desk.disk.forget_listing();
    let records = heard.records(&Index::open(desk), &wanted);
    desk.store()?.save_collected(&records, &wanted.gone)?;
    let problems = records.iter().filter_map(|(path, found)| {
        let error = found.error.as_ref()?;
        Some(Problem::warning(path.as_str(), format!("pytest can't collect it: {error}")))
    });
    let tests = records.values().map(|found| found.tests.len()).sum();
    Ok(Collection { files: wanted.worlds.len(), tests, problems: problems.collect(), cancelled: false })
}

/// What a collection is asked for: the files with what they are now, and whether these are all that there are.
struct Wanted {
    worlds: BTreeMap<RepoPath, (Vec<RepoPath>, Digest)>,
    is_all: bool,
    gone: Vec<RepoPath>,
}

impl Wanted {
    fn of(desk: &Desk) -> Self {
        let index = Index::open(desk);
        let (files, waiting) = (index.files(), index.waiting());
        let is_all = waiting.len() == files.len();
        let world = |path: RepoPath| {
            let imports = index.imports(&path);
            let world = index.world(&path, &imports)?;
            Some((path, (imports, world)))
        };
        Self { worlds: waiting.into_iter().filter_map(world).collect(), is_all, gone: index.gone() }
    }
}

fn launch(desk: &Desk, wanted: &Wanted) -> Result<(Launch, RunDir), Problem> {
    let interpreter = desk.interpreter()?;
    let run = RunDir::create(&desk.project.runs.join(format!("collect-{}-{}", now().0, unique())))?;
    let options = planning::options(desk);
    let how = planning::unmeasured_pytest(desk, &interpreter, &options);
    let files: Vec<RepoPath> = if wanted.is_all { Vec::new() } else { wanted.worlds.keys().cloned().collect() };
    Ok((Launch::collect(&how, &files, &run)?, run))
}

/// What pytest said.
#[derive(Default)]
struct Heard {
    ids: Vec<TestId>,
    /// How many of the ids are those of tests that run; the others are left out by the project's options.
    selected: Option<usize>,
    /// Those options: `-k` and `-m`.
    project: (Option<Expression>, Option<Expression>),
    sets: Vec<Arc<Keywords>>,
    of: Vec<u32>,
    errors: Vec<(String, String)>,
    refusals: Vec<String>,
    problems: Vec<Problem>,
    output: Output,
    exit: Option<Exit>,
    is_whole: bool,
    cancelled: bool,
}

impl Heard {
    fn take(&mut self, news: News, tell: &(dyn Fn(u64) + Send + Sync)) {
        match news {
            News::Event(event) => self.event(event, tell),
            News::Output { bytes, .. } => self.output.push(&bytes),
            News::Trouble(problem) => self.problems.push(problem),
            News::Ended(ended) => (self.exit, self.cancelled) = (Some(ended.exit), ended.cancelled),
            News::Started(_) | News::Stopping(..) | News::Restarted { .. } => {}
            News::Unanswered(_) | News::Warmth(_) => {}
        }
    }

    fn event(&mut self, event: Event, tell: &(dyn Fn(u64) + Send + Sync)) {
        match event {
            Event::Collecting { tests, .. } => tell(tests),
            Event::Collected { ids, last, .. } => {
                self.ids.extend(ids);
                self.is_whole |= last;
            }
            Event::LeftOut { ids, keyword, mark } => {
                self.selected.get_or_insert(self.ids.len());
                let given = |text: &str| !text.trim().is_empty();
                let keyword = Some(keyword).filter(|text| given(text));
                self.project.0 = keyword.and_then(|text| Expression::keywords(&text).ok());
                self.project.1 = Some(mark).filter(|text| given(text)).and_then(|text| Expression::marks(&text).ok());
                self.ids.extend(ids);
            }
            Event::Keywords { sets, of } => {
                self.sets.extend(sets.into_iter().map(Arc::new));
                self.of.extend(of);
            }
            Event::CollectError { path, text } => self.errors.push((path, text)),
            Event::Usage(lines) => self.refusals.extend(lines),
            Event::InternalError(text) => self.refusals.extend(in_short(&text)),
            _ => {}
        }
    }

    /// Whether anything was collected at all.
    fn judge(&mut self) -> Result<(), Problem> {
        if self.is_whole {
            return Ok(());
        }
        if let Some(problem) = self.problems.first() {
            return Err(problem.clone());
        }
        let said = self.refusals.first().cloned().or_else(|| in_short(&self.output.text()));
        let exit = match self.exit {
            Some(Exit::Code(code)) => format!("exit code {code}"),
            Some(Exit::Signal(signal)) => format!("signal {signal}"),
            _ => "without a word".to_owned(),
        };
        let what = format!("the tests could not be collected ({exit}): {}", said.unwrap_or_default());
        Err(Problem::warning("pytest", Clean::line(what.trim_end_matches([':', ' '])).as_str())
            .hint("tests are listed as their sources say; ctrl-r tries again"))
    }

    /// What is kept of each file. One that changed meanwhile waits on.
    fn records(&self, index: &Index<'_>, wanted: &Wanted) -> BTreeMap<RepoPath, Collected> {
        let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        self.ids.iter().enumerate().for_each(|(at, id)| found.entry(id.path()).or_default().push(at));
        let others = found.keys().filter_map(|path| RepoPath::new(path));
        let paths: BTreeSet<RepoPath> = wanted.worlds.keys().cloned().chain(others).collect();
        let mut records = BTreeMap::new();
        for path in paths {
            let (imports, before) = match wanted.worlds.get(&path) {
                Some((imports, world)) => (imports.clone(), Some(*world)),
                None => (index.imports(&path), None),
            };
            let Some(world) = index.world(&path, &imports).filter(|now| before.is_none_or(|before| before == *now))
            else {
                continue;
            };
            let places = found.get(path.as_str()).map_or(&[][..], Vec::as_slice);
            records.insert(path.clone(), Collected { imports, ..self.record(&path, places, world) });
        }
        records
    }

    fn left_out(&self, test: TestId, of: u32, sets: &[Arc<Keywords>]) -> LeftOut {
        let words = sets.get(of as usize).cloned().unwrap_or_default();
        let (keyword, mark) = (self.project.0.as_ref(), self.project.1.as_ref());
        let by_keyword = keyword.is_some_and(|keyword| !keyword.chooses_by_keyword(&test, &words));
        let by_mark = mark.is_some_and(|mark| mark.chooses_by_mark(&words) != Some(true));
        LeftOut { test, of, by_keyword, by_mark }
    }

    /// What was found in one file, with the sets of words that its own tests have.
    fn record(&self, path: &RepoPath, places: &[usize], world: Digest) -> Collected {
        let mut own: BTreeMap<u32, u32> = BTreeMap::new();
        let mut sets = Vec::new();
        let selected = self.selected.unwrap_or(self.ids.len());
        let (mut tests, mut of, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for place in places {
            let Some(id) = self.ids.get(*place).cloned() else { continue };
            let set = self.of.get(*place).copied().unwrap_or(u32::MAX);
            let set = *own.entry(set).or_insert_with(|| {
                sets.push(self.sets.get(set as usize).cloned().unwrap_or_default());
                u32::try_from(sets.len() - 1).unwrap_or(u32::MAX)
            });
            if *place < selected {
                tests.push(id);
                of.push(set);
            } else {
                left_out.push(self.left_out(id, set, &sets));
            }
        }
        // A folder that can't be set up takes its files with it.
        let concerns = |name: &str| {
            let name = name.split("::").next().unwrap_or(name);
            let below = path.as_str().strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
            name == path.as_str() || (below && !name.is_empty())
        };
        let error =
            self.errors.iter().find(|(name, _)| concerns(name)).map(|(_, text)| in_short(text).unwrap_or_default());
        Collected { world, imports: Vec::new(), tests, sets, of, left_out, error }
    }
}

/// What a failed collection comes down to: the first line that pytest marks as the error, or else the last one.
fn in_short(text: &str) -> Option<String> {
    let plain = |line: &str| crate::base::StyledText::parse(line.as_bytes()).plain().trim().to_owned();
    let lines: Vec<String> = text.lines().map(plain).filter(|line| !line.is_empty()).collect();
    let marked = lines.iter().find_map(|line| line.strip_prefix("E ")).map(|line| line.trim().to_owned());
    marked.or_else(|| lines.last().cloned())
}
