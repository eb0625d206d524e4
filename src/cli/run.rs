//! `lacuna run`: batches without a screen, with coverage before and after.

use super::arguments::{Common, Format, Targets};
use super::exit::Exit;
use super::{output, plan, session, targets};
use crate::app::{Account, AfterRun, News, Past, Planned};
use crate::base::{Clean, Problem, Severity, StyledLine, StyledText};
use crate::domain::coverage::LineSet;
use crate::domain::history::Suspicion;
use crate::domain::ledger::{Change, Figure, FileGain, Gain, Kind, Weakness};
use crate::domain::report::{failure, figure, section, suspicion, warned};
use crate::domain::suite::{Exit as Ended, Outcome, TestId, Verdict, Warned, written};
use crate::io::files;
use crate::shell::{Desk, cycle, debugging, keep, retention};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Runs the command.
pub fn run(wanted: &Targets, report: Option<&Path>, format: Format, common: &Common) -> Exit {
    let desk = match session::desk_to_run(common, wanted) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let (planned, ledger) = match targets::plan(&desk, wanted, targets::Aim::Start) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    output::complain(&planned.problems);
    if planned.cycles.iter().all(Vec::is_empty) {
        let how = if planned.how.is_empty() { "there is nothing to run" } else { &planned.how };
        output::say(&format!("lacuna: {how}"));
        if format == Format::Json && planned.affected.is_some() {
            output::print_json(&json!({ "commands": [], "affected": planned.affected.as_deref().map(plan::affected) }));
        }
        return Exit::Nothing;
    }
    if let Some(exit) = untrusted(&planned) {
        return exit;
    }
    if let Some(words) = planned.quarantine.words() {
        output::say(&format!("lacuna: {words}"));
    }
    let seen = Seen::new(format);
    let done = match crate::shell::run_headless(&desk, &planned, ledger, &|news| seen.take(&planned, news)) {
        Ok(done) => done,
        Err(problem) => {
            output::complain(&[problem]);
            return Exit::Unstarted;
        }
    };
    finish(&desk, &planned, &done, &seen, report, format)
}

/// Runs one command with pytest's debugger in this terminal.
pub fn debug(wanted: &Targets, common: &Common) -> Exit {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let problem = Problem::error("--pdb", "the debugger needs a terminal for its input and output");
        return output::refuse(problem.hint("without --pdb, `lacuna run` needs none"));
    }
    let desk = match session::desk_to_run(common, wanted) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let planned = match targets::plan(&desk, wanted, targets::Aim::Debug) {
        Ok((planned, _)) => planned,
        Err(exit) => return exit,
    };
    output::complain(&planned.problems);
    if let Some(exit) = untrusted(&planned) {
        return exit;
    }
    match debugging::debug(&desk, &planned, false) {
        Ok(Ended::Code(0)) => Exit::Done,
        Ok(Ended::Code(1)) => Exit::Failed,
        Ok(Ended::Code(2)) => Exit::Cancelled,
        Ok(_) => Exit::Unstarted,
        Err(problem) => {
            output::complain(&[problem]);
            Exit::Unstarted
        }
    }
}

/// Refuses to start anything of a project that is not trusted.
pub fn untrusted(planned: &Planned) -> Option<Exit> {
    let consent = planned.consent.as_ref()?;
    output::complain(&[Problem::error(&*consent.root, "this project is not trusted yet, so nothing was started")
        .hint("`lacuna plan` with the same words shows what would run; then run it with --trust once")]);
    Some(Exit::Unstarted)
}

fn finish(
    desk: &Desk,
    planned: &Planned,
    done: &cycle::Done,
    seen: &Seen,
    report: Option<&Path>,
    format: Format,
) -> Exit {
    let after = &done.after;
    let mut problems = after.problems.clone();
    problems.extend(keep::remember(desk, after).err());
    problems.extend(desk.share(retention::AFTER_RUN));
    problems.extend(desk.take_problems());
    output::complain(&problems);
    if let Some(words) = planned.quarantine.done(&after.held) {
        output::say(&format!("lacuna: {words}"));
    }
    let reports = after.reports.join("\n");
    match format {
        Format::Json => output::print_json(&json(planned, after, (&seen.results(), &seen.warnings()), &problems)),
        Format::Md | Format::Text => output::print(&format!("{reports}{}", changes(after))),
    }
    if let Some(Err(problem)) = report.map(|file| files::write_atomic(file, reports.as_bytes())) {
        return output::refuse(problem);
    }
    exit(done)
}

fn exit(done: &cycle::Done) -> Exit {
    let is = |verdict: Verdict| done.verdicts.contains(&verdict);
    if done.after.cancelled {
        Exit::Cancelled
    } else if is(Verdict::Broken) {
        Exit::Unstarted
    } else if is(Verdict::Failed) || is(Verdict::Limited) {
        Exit::Failed
    } else if done.verdicts.iter().all(|verdict| *verdict == Verdict::Empty) {
        Exit::Nothing
    } else {
        Exit::Done
    }
}

/// Before and after of each file that changed.
fn changes(after: &AfterRun) -> String {
    let mut out = String::new();
    for change in after.changes.iter().filter(|change| is_seen(change)) {
        out.push_str(&format!("\n{}: {}\n", change.path.clean(), moved(change)));
    }
    if let Some((before, after)) = after.total.as_ref().filter(|_| after.changes.iter().any(is_seen)) {
        out.push_str(&format!("\nall files: {}\n", way(before, after)));
    }
    if let Some(credit) = after.credit() {
        out.push_str(&format!("\n{credit}\n"));
        for gain in &after.gains {
            out.push_str(&format!("  {}: {}\n", gain.test.clean(), gain.words()));
        }
    }
    for (test, suspicion) in &after.suspects {
        out.push_str(&format!("\n{}: {}\n", test.clean(), Clean::line(&suspicion.words())));
    }
    out
}

/// Whether a change is one of plain coverage: another figure, or other lines.
fn is_seen(change: &Change) -> bool {
    let lines = [&change.newly, &change.lost, &change.noise];
    change.before.ratio != change.after.ratio || lines.iter().any(|lines| !lines.is_empty())
}

fn moved(change: &Change) -> String {
    let lines = |set: &LineSet| set.iter().map(|line| line.to_string()).collect::<Vec<_>>().join(" ");
    let mut out = way(&change.before, &change.after);
    if !change.newly.is_empty() {
        out.push_str(&format!("\n  newly covered: {}", lines(&change.newly)));
    }
    if !change.lost.is_empty() {
        out.push_str(&format!("\n  lost: {}", lines(&change.lost)));
    }
    if !change.noise.is_empty() {
        out.push_str(&format!("\n  within noise (unstable lines that came or went): {}", lines(&change.noise)));
    }
    out
}

/// Two figures with their kinds. One of an unknown source is no figure to compare with.
pub fn way(before: &Figure, after: &Figure) -> String {
    let shown = match before.kind {
        Kind::Unknown => Kind::Unknown.word().to_owned(),
        _ if before.qualifier() == after.qualifier() => before.ratio.to_string(),
        _ => format!("{} ({})", before.ratio, before.qualifier()),
    };
    let noise = if after.is_noise_since(before) { ", within noise" } else { "" };
    format!("{shown} -> {} ({}{noise})", after.ratio, after.qualifier())
}

fn json(planned: &Planned, after: &AfterRun, (results, warnings): (&[Value], &[Value]), problems: &[Problem]) -> Value {
    let problems: Vec<Value> = problems.iter().map(output::problem).collect();
    let commands: Vec<&str> = planned.cycles.iter().flatten().map(|command| &*command.shown).collect();
    let files: Vec<Value> = after
        .changes
        .iter()
        .map(|change| {
            json!({
                "path": change.path.as_str(),
                "before": figure(&change.before),
                "after": figure(&change.after),
                "newly_covered": change.newly.iter().collect::<Vec<_>>(),
                "lost": change.lost.iter().collect::<Vec<_>>(),
                "within_noise": change.noise.iter().collect::<Vec<_>>(),
                "earned_before": change.earned_before.as_ref().map(figure),
                "earned_after": change.earned_after.as_ref().map(figure),
            })
        })
        .collect();
    let total = after.total.as_ref().map(|(before, after)| json!({ "before": figure(before), "after": figure(after) }));
    let idle: Vec<&str> = after.gains.iter().filter(|gain| gain.is_nothing()).map(|gain| gain.test.as_str()).collect();
    let credit: Vec<Value> = after.gains.iter().map(credit).collect();
    json!({
        "commands": commands,
        "tests": results,
        "warnings": warnings,
        "total": total,
        "files": files,
        "credit": credit,
        "gained_nothing": idle,
        "cancelled": after.cancelled,
        "reports": after.reports,
        "problems": problems,
        "affected": planned.affected.as_deref().map(plan::affected),
        "suspects": after.suspects.iter().map(|(test, found)| suspect(test, found)).collect::<Vec<_>>(),
        "quarantine": plan::quarantine(planned, &after.held),
    })
}

/// What a failure may be.
fn suspect(test: &TestId, found: &Suspicion) -> Value {
    json!({ "test": test.as_str(), "suspicion": suspicion(found) })
}

/// What one new test gained.
fn credit(gain: &Gain) -> Value {
    let lines = |set: &LineSet| set.iter().collect::<Vec<_>>();
    let file = |file: &FileGain| json!({ "path": file.path.as_str(), "alone": lines(&file.alone), "shared": lines(&file.shared) });
    json!({
        "test": gain.test.as_str(),
        "alone": gain.alone(),
        "shared": gain.shared(),
        "files": gain.files.iter().map(file).collect::<Vec<_>>(),
        "unearned": gain.weakness.map(Weakness::words),
    })
}

/// How a test ended before this run.
fn previous(past: &Past) -> Value {
    json!({ "outcome": past.outcome.word(), "when": past.at.rfc3339(), "message": past.message.as_str() })
}

/// What was seen of the run while it went: printed for people, kept for programs.
struct Seen {
    format: Format,
    results: Mutex<Vec<Value>>,
    warnings: Mutex<Vec<Value>>,
    /// The last lines that each command under way printed.
    said: Mutex<BTreeMap<usize, VecDeque<StyledLine>>>,
}

/// How many of its last lines are shown of a command that did not come to its end.
const LAST: usize = 40;

impl Seen {
    const fn new(format: Format) -> Self {
        Self {
            format,
            results: Mutex::new(Vec::new()),
            warnings: Mutex::new(Vec::new()),
            said: Mutex::new(BTreeMap::new()),
        }
    }

    fn results(&self) -> Vec<Value> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn warnings(&self) -> Vec<Value> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self, planned: &Planned, news: Vec<News>) {
        for item in news {
            match item {
                News::Started { command, .. } => self.started(planned, command),
                News::Preparing(what) => output::say(&format!("lacuna: {what}")),
                News::TestEnded { test, outcome, seconds, message, account, past, .. } => {
                    self.ended(&test, (outcome, seconds, &message), &account, past.as_deref());
                    if outcome.is_bad() && self.format == Format::Text {
                        output::say(
                            &StyledText::parse(written(&account.failures, &account.sections).as_bytes()).plain(),
                        );
                    }
                }
                News::Strange { test, words, output, .. } => {
                    let test = test.map_or_else(|| "pytest".to_owned(), |test| test.clean().to_string());
                    output::say(format!("lacuna: {test}: {words}\n{}", output.plain()).trim_end());
                }
                News::Warned { total, warnings, .. } => self.warned(total, &warnings),
                News::Output { command, lines } => self.printed(command, lines),
                News::CommandEnded { command, problem, .. } => self.command_ended(command, problem.as_ref()),
                News::Cancelling { rung, .. } => output::say(&format!("lacuna: {rung:?} was sent to the tests")),
                _ => {}
            }
        }
    }

    fn started(&self, planned: &Planned, command: usize) {
        if let Some(command) = planned.cycles.iter().flatten().nth(command) {
            output::say(&format!("$ {}", command.shown));
        }
    }

    /// Each warning once, with how often it came.
    fn warned(&self, total: u64, warnings: &[Warned]) {
        let mut all = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(warnings.iter().map(warned));
        if self.format != Format::Text {
            return;
        }
        output::say(&format!("! {total} warning{}", if total == 1 { "" } else { "s" }));
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for warning in warnings {
            let first = warning.text.lines().next().unwrap_or_default();
            let line = format!("  {}:{} {}: {first}", warning.path, warning.line, warning.category);
            *told.entry(Clean::line(&line).to_string()).or_default() += 1;
        }
        for (line, times) in told {
            output::say(&if times > 1 { format!("{line} (×{times})") } else { line });
        }
    }

    fn printed(&self, command: usize, lines: Vec<StyledLine>) {
        let mut all = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let said = all.entry(command).or_default();
        said.extend(lines);
        let more = said.len().saturating_sub(LAST);
        said.drain(..more);
    }

    /// What a command printed says best why it went wrong; of one that ran its tests it is of no interest.
    fn command_ended(&self, command: usize, problem: Option<&Problem>) {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).remove(&command).unwrap_or_default();
        if problem.is_some_and(|problem| problem.severity == Severity::Error) {
            let lines = said.into_iter().collect();
            output::say(StyledText { lines }.plain().trim_end());
        }
    }

    fn ended(
        &self,
        test: &TestId,
        (outcome, seconds, message): (Outcome, f64, &Clean),
        left: &Account,
        past: Option<&Past>,
    ) {
        let turned = past.filter(|past| past.outcome.is_bad() != outcome.is_bad());
        let turned = turned.map(|past| format!(" (was {})", past.outcome)).unwrap_or_default();
        let line = format!("{} {} {:.2}s {message}{turned}", outcome.symbol(), test.clean(), seconds);
        output::say(line.trim_end());
        let sections = left.sections.iter().filter(|_| outcome.is_bad());
        let value = json!({
            "id": test.as_str(),
            "outcome": outcome.word(),
            "seconds": seconds,
            "message": message.as_str(),
            "failures": left.failures.iter().map(failure).collect::<Vec<_>>(),
            "sections": sections.map(section).collect::<Vec<_>>(),
            "previous": past.map(previous),
        });
        self.results.lock().unwrap_or_else(PoisonError::into_inner).push(value);
    }
}
