//! The loop without a screen: the same mind and the same hands, and each verdict told as it comes.

use super::desk::Desk;
use super::effects::Workers;
use super::frames::{Hands, Item, now};
use super::headless::HASTE;
use super::inbox::Inbox;
use super::signals::Call;
use crate::app::{self, Effect, Msg, Phase, RunId, Start, State, Watching, phase};
use crate::base::{Clean, Problem, Size};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// What is told of the loop.
pub enum Told<'a> {
    /// It waits for a save.
    Ready,
    /// A round has ended: the state has its results.
    Verdict(&'a State),
    /// What was saved affects no test.
    Unaffected(&'a State),
    /// Nothing more runs, and why.
    Held(&'a Clean),
    /// Something went wrong.
    Trouble(&'a Problem),
}

/// Follows saves until a signal ends it. The first one cancels what runs, the second kills it; a hang-up or a termination is
/// both, one after the other.
///
/// # Errors
/// No threads can be started, or the project is not trusted.
pub fn follow_saves(desk: Desk, tell: &mut dyn FnMut(Told<'_>)) -> Result<(), Problem> {
    if !desk.is_trusted()? {
        let root = desk.project.root.to_string_lossy().into_owned();
        let problem = Problem::error(root, "this project is not trusted yet, so nothing may be started");
        return Err(problem.hint("`lacuna plan --all` shows what would run; then begin with --trust once"));
    }
    let lost = |error: std::io::Error| Problem::error("lacuna", format!("no threads can be started: {error}"));
    let inbox: Inbox<Item> = Inbox::default();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(lost)?;
    let from_signals = inbox.clone();
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                from_signals.post_urgent(Item::Call(Call::End));
                if signal != SIGINT {
                    std::thread::sleep(HASTE);
                    from_signals.post_urgent(Item::Call(Call::End));
                }
            }
        })
        .map_err(lost)?;
    let start = Start { looping: true, watch: true, size: Size::new(80, 24), now: now(), ..Start::default() };
    let mut follower = Follower {
        state: State::new(start),
        workers: Workers::new(desk, inbox.clone()).map_err(lost)?,
        said: Said::default(),
    };
    let effects = app::begin(&mut follower.state);
    follower.carry_out(effects);
    follower.run(&inbox, tell);
    follower.workers.end();
    follower.workers.finish();
    Ok(())
}

/// What was told last.
#[derive(Default)]
struct Said {
    is_ready: bool,
    problems: usize,
    run: RunId,
    held: Option<Clean>,
    unaffected: u64,
}

struct Follower {
    state: State,
    workers: Workers,
    said: Said,
}

impl Follower {
    fn run(&mut self, inbox: &Inbox<Item>, tell: &mut dyn FnMut(Told<'_>)) {
        let mut is_ending = false;
        loop {
            inbox.wait(None);
            while let Some(item) = inbox.take() {
                let msg = match item {
                    Item::Msg(msg) => msg,
                    Item::Call(Call::End) if !is_ending && self.state.is_running() => {
                        is_ending = true;
                        Msg::Act(app::Action::Cancel)
                    }
                    Item::Call(Call::End) => return,
                    Item::Call(Call::Resized) | Item::Event(_) => continue,
                };
                let effects = app::update(&mut self.state, msg);
                self.carry_out(effects);
                self.tell(tell);
                if is_ending && !self.state.is_running() {
                    return;
                }
            }
        }
    }

    /// Without a screen nobody looks at the map, the picker or the history.
    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let is_seen = matches!(
                effect,
                Effect::Rank { .. }
                    | Effect::ReadSource { .. }
                    | Effect::FindTests { .. }
                    | Effect::ReadCatalog { .. }
                    | Effect::Recall(_)
                    | Effect::RecallTest(..)
            );
            if !is_seen {
                self.workers.carry_out(effect);
            }
        }
    }

    /// Tells what is new since it was told last.
    fn tell(&mut self, tell: &mut dyn FnMut(Told<'_>)) {
        let state = &self.state;
        let news = state.problems.get(self.said.problems..).unwrap_or_default();
        news.iter().for_each(|problem| tell(Told::Trouble(problem)));
        self.said.problems = state.problems.len();
        let now = phase(state);
        if !self.said.is_ready
            && now == Some(Phase::Idle)
            && !state.baseline.waiting()
            && state.watching != Watching::Off
        {
            self.said.is_ready = true;
            tell(Told::Ready);
        }
        let run = state.runner.run.as_ref().filter(|run| run.after.is_some()).map(|run| run.id);
        if let Some(run) = run.filter(|run| *run != self.said.run) {
            self.said.run = run;
            if state.edit_loop.end.is_some() {
                tell(Told::Verdict(state));
            }
        }
        if state.edit_loop.unaffected != self.said.unaffected {
            self.said.unaffected = state.edit_loop.unaffected;
            tell(Told::Unaffected(state));
        }
        let held = now.as_ref().and_then(|now| held(now, state));
        if held != self.said.held {
            held.iter().for_each(|words| tell(Told::Held(words)));
            self.said.held = held;
        }
    }
}

/// Why nothing more runs until somebody does something.
fn held(now: &Phase, state: &State) -> Option<Clean> {
    let by_hand = "`lacuna run --affected` runs them";
    let words = match now {
        Phase::Broken(path, line) => {
            let what = state.edit_loop.broken.get(path).map(|(_, what)| what.clone()).unwrap_or_default();
            format!("nothing runs: {}:{line}: {what}", path.as_str())
        }
        Phase::Repeats(path) => format!("nothing runs: {} changes whenever tests run", path.as_str()),
        Phase::Many(files, tests) => format!("{files} files were saved at once, {tests} tests are affected: {by_hand}"),
        Phase::Rest(tests) => format!("{tests} more tests exceed a cycle: {by_hand}"),
        _ => return None,
    };
    Some(Clean::line(&words))
}
