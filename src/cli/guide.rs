//! `lacuna guide`: what a full test of a function covers, ticked off by what tests did.

use super::arguments::{Common, Format, GuideOptions};
use super::exit::Exit;
use super::{output, session, targets};
use crate::app::Baseline;
use crate::base::{Clean, Problem, RepoPath, Severity};
use crate::domain::guide::{Asked, Draft, Ticked, Which};
use crate::domain::ledger::Ledger;
use crate::domain::report::{guide_markdown, guide_text, guides_markdown, guides_text, guides_value};
use crate::shell::{Desk, guide, keep, skeleton};
use serde_json::{Value, json};
use std::sync::Arc;

/// The most functions that are named where one is to be chosen.
const SHOWN: usize = 5;

/// Runs the command.
pub fn run(word: &str, options: &GuideOptions, format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let Found { path, asked, all, ledger } = match found(&desk, word) {
        Ok(found) => found,
        Err(problem) => return output::refuse(problem),
    };
    if options.skeleton || options.write {
        return drafted(&desk, &ledger, &path, &all, options, format);
    }
    let is_summary = asked == Asked::All;
    match format {
        Format::Json => output::print_json(&guides_value(&path, &all)),
        Format::Md if is_summary => output::print(&guides_markdown(&path, &all)),
        Format::Text if is_summary => output::print(&guides_text(&path, &all)),
        _ => {
            let one =
                |ticked| if format == Format::Md { guide_markdown(&path, ticked) } else { guide_text(&path, ticked) };
            output::print(&all.iter().map(one).collect::<Vec<_>>().join("\n"));
        }
    }
    if all.is_empty() { Exit::Nothing } else { Exit::Done }
}

/// What a word asks for.
struct Found {
    path: RepoPath,
    asked: Asked,
    all: Vec<Ticked>,
    ledger: Arc<Ledger>,
}

/// The guides that a word asks for.
fn found(desk: &Desk, word: &str) -> Result<Found, Problem> {
    let (path, asked) = asked(desk, word)?;
    if desk.project.is_test_file(&path) {
        let problem = Problem::error(path.as_str(), "is a test file");
        return Err(problem.hint("a guide is made for the functions of a source; `lacuna check` looks at tests"));
    }
    let ledger = ledger(desk, &path);
    let all = guide::of(desk, &ledger, &path, &asked)?;
    Ok(Found { path, asked, all, ledger })
}

/// What was measured; nothing is ticked without it.
fn ledger(desk: &Desk, path: &RepoPath) -> Arc<Ledger> {
    let problems = match keep::open(desk) {
        Ok(Baseline::Found(evidence)) => {
            output::complain(&evidence.problems);
            output::complain(&keep::settle(desk).err().into_iter().collect::<Vec<_>>());
            return evidence.ledger;
        }
        Ok(Baseline::Nothing(_)) => {
            let what = "there is no coverage report, so that nothing of it can be ticked off";
            Problem::warning(path.as_str(), what).hint("measure the whole suite once: lacuna run --all")
        }
        Err(problem) => problem,
    };
    output::complain(&[problems]);
    Arc::default()
}

/// `FILE::function`, `FILE:LINE` or `FILE`.
fn asked(desk: &Desk, word: &str) -> Result<(RepoPath, Asked), Problem> {
    if let Some((file, name)) = word.split_once("::") {
        return Ok((targets::inside(desk, file)?, Asked::Name(name.to_owned())));
    }
    match word.rsplit_once(':') {
        Some((_, number)) if number.parse::<u32>().is_ok() => {
            targets::line(desk, word).map(|(path, line)| (path, Asked::Line(line)))
        }
        _ => Ok((targets::inside(desk, word)?, Asked::All)),
    }
}

/// Drafts empty tests for the one function that was asked for, and writes them where that was asked for too.
fn drafted(
    desk: &Desk,
    ledger: &Ledger,
    path: &RepoPath,
    all: &[Ticked],
    options: &GuideOptions,
    format: Format,
) -> Exit {
    let [ticked] = all else {
        let names: Vec<String> = all.iter().take(SHOWN).map(|ticked| place(path, ticked)).collect();
        let problem = Problem::error(path.as_str(), format!("{} functions were asked for", all.len()));
        return output::refuse(problem.hint(format!("tests are drafted for one: {}", names.join(", "))));
    };
    let which = match (options.item, options.all) {
        (Some(line), _) => Which::Line(line),
        (None, true) => Which::Unticked,
        (None, false) => Which::NotYet,
    };
    let into = match options.into.as_deref().map(|word| new_or_inside(desk, word)).transpose() {
        Ok(into) => into,
        Err(problem) => return output::refuse(problem),
    };
    let draft = match skeleton::draft(desk, ledger, path, ticked, which, into.as_ref()) {
        Ok(draft) => draft,
        Err(problem) if problem.severity == Severity::Warning => {
            output::complain(&[problem]);
            return Exit::Nothing;
        }
        Err(problem) => return output::refuse(problem),
    };
    if options.write
        && let Err(problem) = skeleton::write(desk, &draft)
    {
        return output::refuse(problem);
    }
    match format {
        Format::Json => output::print_json(&draft_value(&draft, options.write)),
        Format::Text | Format::Md => output::print(&draft_text(&draft, options.write)),
    }
    let count = draft.skeleton.tests.len();
    let tests = if count == 1 { "1 empty test".to_owned() } else { format!("{count} empty tests") };
    let done = if options.write { "written to" } else { "would go to" };
    let kind = if draft.old.is_none() { " (a new file)" } else { "" };
    let class = draft.skeleton.tests.first().and_then(|(name, _)| name.rsplit_once("::"));
    let class = class.map(|(class, _)| format!(" into {}", Clean::line(class))).unwrap_or_default();
    let why = Clean::line(&draft.why);
    output::say(&format!("lacuna: {tests} {done} {}{kind}{class}: {why}", draft.path.clean()));
    Exit::Done
}

/// How a function is asked for.
fn place(path: &RepoPath, ticked: &Ticked) -> String {
    format!("{}:{}", path.as_str(), ticked.guide.function.def)
}

/// A file that is there or is to be made, within the project, that pytest takes for one of tests.
fn new_or_inside(desk: &Desk, word: &str) -> Result<RepoPath, Problem> {
    let path = match targets::inside(desk, word) {
        Ok(path) => path,
        Err(problem) => RepoPath::new(word).ok_or(problem)?,
    };
    if !desk.project.is_test_file(&path) {
        let patterns = desk.project.naming.python_files.join(" ");
        return Err(Problem::error(word, "is no test file by its name").hint(format!("python_files = {patterns}")));
    }
    Ok(path)
}

/// What was written: where; what would be: all of it.
fn draft_text(draft: &Draft, is_written: bool) -> String {
    let tests = &draft.skeleton.tests;
    if is_written {
        let rows = tests.iter();
        return rows.map(|(name, line)| format!("{}:{line}  {}\n", draft.path.clean(), Clean::line(name))).collect();
    }
    let piece = |(line, text): &(u32, String)| {
        let lines = Clean::lines(text).into_iter().map(|line| format!("{line}\n")).collect::<String>();
        format!("# {}:{line}\n{lines}", draft.path.clean())
    };
    draft.skeleton.added.iter().map(piece).collect::<Vec<_>>().join("\n")
}

fn draft_value(draft: &Draft, is_written: bool) -> Value {
    let tests = draft.skeleton.tests.iter();
    let id = |name: &String| format!("{}::{name}", draft.path.as_str());
    json!({
        "file": draft.path.as_str(),
        "new": draft.old.is_none(),
        "written": is_written,
        "why": draft.why,
        "tests": tests.map(|(name, line)| json!({ "test": id(name), "line": line })).collect::<Vec<_>>(),
        "added": draft.skeleton.added.iter().map(|(line, text)| json!({ "line": line, "text": text })).collect::<Vec<_>>(),
    })
}
