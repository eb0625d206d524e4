//! `lacuna gate`: the rules of the settings, judged; one exit code, and the reasons in the form that is asked for.

use super::arguments::{Common, GateFormat};
use super::exit::Exit;
use super::{compare, output, session};
use crate::base::{Problem, RepoPath};
use crate::domain::ledger::{PointHead, PointKind};
use crate::domain::programme::{Ruling, Verdict, count, lost, verdict};
use crate::domain::report::{Rulings, annotations, rules_junit};
use crate::io::files;
use crate::shell::{Desk, Known, compare as between, gate, points, programme};
use std::path::{Path, PathBuf};

/// The setting of lost lines.
const LOST: &str = "gate.lost";
/// The longest summary of a step that GitHub takes, in bytes.
const SUMMARY: usize = 1024 * 1024;
/// What is said where there is no rule.
const HOW: &str =
    "write one into lacuna.toml: [gate] coverage = 80, lost = 0, changed = 90; `lacuna config` names them all";

/// What options say.
pub struct Asked<'a> {
    /// What lines are new against.
    pub base: Option<&'a str>,
    /// What lines are lost against.
    pub baseline: Option<&'a Path>,
}

/// Runs the command.
pub fn run(asked: &Asked<'_>, format: GateFormat, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let (known, problems) = Known::open(&desk);
    output::complain(&problems);
    let mut rulings = gate::rulings(&known, asked.base);
    rulings.extend(lost_lines(&known, asked.baseline));
    output::complain(&desk.take_problems());
    rulings.sort_by_key(|ruling| ruling.verdict);
    let Some(verdict) = verdict(&rulings) else {
        output::complain(&[Problem::error("gate", "there is no rule").hint(HOW)]);
        return Exit::Nothing;
    };
    show(&desk, &rulings, format);
    match verdict {
        Verdict::Failed => Exit::Failed,
        Verdict::Untold => Exit::Untold,
        Verdict::Held | Verdict::Free => Exit::Done,
    }
}

fn show(desk: &Desk, rulings: &[Ruling], format: GateFormat) {
    let all = Rulings { title: "gate", rulings };
    match format {
        GateFormat::Text => output::print(&all.text()),
        GateFormat::Json => output::print_json(&all.json()),
        GateFormat::Md => output::print(&all.markdown()),
        GateFormat::Junit => output::print(&rules_junit(rulings)),
        GateFormat::Github => {
            let lines = annotations(rulings, &folder(desk));
            output::print(&lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            output::say(&all.headline());
            output::complain(&summarise(desk, &all.markdown()).err().into_iter().collect::<Vec<_>>());
        }
    }
}

/// What leads from the workspace of a job to the project; annotations are relative to it.
fn folder(desk: &Desk) -> String {
    let workspace = desk.around.environment.path("GITHUB_WORKSPACE").and_then(|path| path.canonicalize().ok());
    let below = workspace.and_then(|workspace| RepoPath::below(&workspace, &desk.project.root));
    below.map(|path| format!("{}/", path.as_str())).unwrap_or_default()
}

/// Adds everything to the summary of the step, as far as GitHub takes it.
fn summarise(desk: &Desk, page: &str) -> Result<(), Problem> {
    let Some(place) = desk.around.environment.path("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    let before = files::identity(&place).map_or(0, |file| usize::try_from(file.bytes).unwrap_or(SUMMARY));
    let mut page = page.to_owned();
    let rest = SUMMARY.saturating_sub(before.saturating_add(64));
    if page.len() > rest {
        // A line is whole or left out.
        let cut = page.get(..page.floor_char_boundary(rest)).and_then(|page| page.rfind('\n')).unwrap_or(0);
        page.truncate(cut);
        page.push_str("\n\nThe rest is too long for a summary.");
    }
    files::append_lines(&place, &[page])
}

/// The rule of lost lines: what was covered at a point and is missed now.
pub fn lost_lines(known: &Known<'_>, asked: Option<&Path>) -> Option<Ruling> {
    let most = match programme::limit(known, LOST, count)? {
        Ok(most) => most,
        Err(text) => return Some(programme::misspelt(known, LOST, "", &text, "count")),
    };
    let untold = |problem: Problem| {
        let ruling = Ruling::new(LOST, "lines lost", &format!("at most {most}")).untold(&problem.to_string());
        ruling.next("lacuna history --points")
    };
    Some(compared(known, asked, most).unwrap_or_else(untold))
}

fn compared(known: &Known<'_>, asked: Option<&Path>, most: u64) -> Result<Ruling, Problem> {
    let desk = known.desk;
    let kept = points::kept(desk)?;
    let setting = desk.project.config.text("gate.baseline").map(|name| {
        let file = desk.project.root.join(name);
        if file.is_file() { file } else { PathBuf::from(name) }
    });
    let name = match asked.map(Path::to_owned).or(setting) {
        Some(name) => name,
        None => PathBuf::from(&earlier(&kept)?.id),
    };
    let opened = known.baseline.as_ref();
    let mut before = compare::side(desk, &name, opened, &kept)?;
    let mut after = compare::side(desk, Path::new(points::NOW), opened, &kept)?;
    let comparison = between(desk, &mut before, &mut after);
    let shown = name.strip_prefix(&desk.project.root).unwrap_or(&name).to_string_lossy();
    Ok(lost(LOST, &shown, most, &comparison))
}

/// The baseline before what is known now: the newest one where something ran since, else the one before it.
fn earlier(kept: &[PointHead]) -> Result<&PointHead, Problem> {
    let has_run_since = kept.first().is_some_and(|newest| newest.kind == PointKind::Batch);
    let mut baselines = kept.iter().filter(|point| point.kind == PointKind::Baseline);
    let found = if has_run_since { baselines.next() } else { baselines.nth(1) };
    found.ok_or_else(|| {
        Problem::error("gate.lost", "there is no baseline from before this measurement")
            .hint("name the report of the main branch: `lacuna gate --baseline FILE`, or gate.baseline")
    })
}
