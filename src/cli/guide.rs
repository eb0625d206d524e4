//! `lacuna guide`: what a full test of a function covers, ticked off by what tests did.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{output, session, targets};
use crate::app::Baseline;
use crate::base::{Problem, RepoPath};
use crate::domain::guide::{Asked, Ticked};
use crate::domain::ledger::Ledger;
use crate::domain::report::{guide_markdown, guide_text, guides_markdown, guides_text, guides_value};
use crate::shell::{Desk, guide, keep};
use std::sync::Arc;

/// Runs the command.
pub fn run(word: &str, format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let (path, asked, all) = match found(&desk, word) {
        Ok(found) => found,
        Err(problem) => return output::refuse(problem),
    };
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

/// The guides that a word asks for.
fn found(desk: &Desk, word: &str) -> Result<(RepoPath, Asked, Vec<Ticked>), Problem> {
    let (path, asked) = asked(desk, word)?;
    if desk.project.is_test_file(&path) {
        let problem = Problem::error(path.as_str(), "is a test file");
        return Err(problem.hint("a guide is made for the functions of a source; `lacuna check` looks at tests"));
    }
    let ledger = ledger(desk, &path);
    let all = guide::of(desk, &ledger, &path, &asked)?;
    Ok((path, asked, all))
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
