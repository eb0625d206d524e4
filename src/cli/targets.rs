//! From the words of the command line to a plan.

use super::arguments::Targets;
use super::exit::Exit;
use super::{output, tests};
use crate::app::{Ask, Baseline, Planned, Whose};
use crate::base::{Clean, Problem, RepoPath};
use crate::domain::ledger::Ledger;
use crate::domain::python::PartKind;
use crate::domain::suite::{Target, TestId};
use crate::io::git;
use crate::shell::index::Index;
use crate::shell::{Desk, catalog, choosing, expressions, keep, planning};
use std::path::Path;
use std::sync::Arc;

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// It is shown.
    Show,
    /// It is started.
    Start,
    /// It is started with pytest's debugger.
    Debug,
}

/// Plans what was asked for, with the project's baseline where there is one. What cannot be planned has been said when
/// only the exit code comes back. Where a run starts after it, pytest may be asked first which tests there are.
///
/// # Errors
/// A word names nothing that can be run, or there is no interpreter.
pub fn plan(desk: &Desk, wanted: &Targets, aim: Aim) -> Result<(Planned, Option<Arc<Ledger>>), Exit> {
    let ledger = match keep::open(desk) {
        Ok(Baseline::Found(evidence)) => {
            output::complain(&evidence.problems);
            Some(evidence.ledger)
        }
        Ok(Baseline::Nothing(_)) => None,
        Err(problem) => {
            output::complain(&[problem]);
            None
        }
    };
    output::complain(&keep::settle(desk).err().into_iter().collect::<Vec<_>>());
    let mut ask = ask(desk, wanted).and_then(|ask| choosing::unfold(desk, ask)).map_err(output::refuse)?;
    if aim != Aim::Show && ask.has_expression() {
        confirm(desk)?;
    }
    ask.pdb = aim == Aim::Debug;
    match planning::planned(desk, ask, ledger.as_deref()) {
        Ok(planned) => {
            if let Some(name) = &wanted.save {
                choosing::save(desk, name, &planned).map_err(output::refuse)?;
                let count = planned.plan.tests();
                output::say(&format!("lacuna: saved as {}, now {count} tests", Clean::line(name.trim())));
            }
            Ok((planned, ledger))
        }
        Err(problem) => {
            output::complain(&[problem]);
            Err(Exit::Unstarted)
        }
    }
}

/// Has pytest collect what it has not confirmed, since an expression chooses among all tests. Where that can't be had,
/// what the sources say has to do.
fn confirm(desk: &Desk) -> Result<(), Exit> {
    let is_here = desk.project.config.texts("runner.command").is_empty();
    if !is_here || !desk.is_trusted().unwrap_or(false) || Index::open(desk).waiting().is_empty() {
        return Ok(());
    }
    match tests::reconcile(desk) {
        Some(Exit::Cancelled) => Err(Exit::Cancelled),
        _ => Ok(()),
    }
}

fn ask(desk: &Desk, wanted: &Targets) -> Result<Ask, Problem> {
    if wanted.affected {
        return Ok(Ask { affected: true, ..Ask::default() });
    }
    let mut ask = Ask {
        all: wanted.all,
        changed: wanted.changed.clone(),
        last: wanted.last,
        selections: wanted.selection.clone(),
        // As pytest has it, an empty expression is none.
        keyword: wanted.keyword.clone().filter(|text| !text.trim().is_empty()),
        mark: wanted.mark.clone().filter(|text| !text.is_empty()),
        ..Ask::default()
    };
    for word in &wanted.targets {
        add(desk, word, &mut ask)?;
    }
    for word in &wanted.covering {
        ask.covering.push(covering(desk, word)?);
    }
    for word in &wanted.near {
        ask.near.push(line(desk, word)?);
    }
    if let Some(base) = wanted.changed.as_deref() {
        git::changed(&desk.project.root, choosing::base(desk, base))?;
    }
    expressions::Filter::read(ask.keyword.as_deref(), ask.mark.as_deref())?;
    if wanted.failed {
        ask.targets.extend(choosing::failed_last(desk)?.into_iter().map(Target::Test));
        if !ask.names_something() {
            // Of none, an expression chooses none.
            (ask.keyword, ask.mark) = (None, None);
        }
    }
    if ask == Ask::default() && !wanted.failed {
        let hint = "name files or tests, or use --affected, --changed, --failed, --last, --covering, --near, \
                    --selection, -k, -m or --all";
        return Err(Problem::error("targets", "nothing was named to run").hint(hint));
    }
    Ok(ask)
}

/// `FILE`, `FILE:LINE` or `FILE::function`.
fn covering(desk: &Desk, word: &str) -> Result<Whose, Problem> {
    if let Some((file, name)) = word.split_once("::") {
        let path = inside(desk, file)?;
        let name = name.replace("::", ".");
        let unit = desk.unit(&path).ok_or_else(|| Problem::error(file, "it can't be read"))?;
        let functions: Vec<&str> =
            unit.parts.iter().filter(|part| part.kind == PartKind::Function).map(|part| part.name.as_str()).collect();
        if functions.contains(&name.as_str()) {
            return Ok(Whose::Function(path, name));
        }
        let mut near = functions.iter().filter(|known| known.rsplit('.').next() == Some(&name));
        return match (near.next(), near.next()) {
            (Some(only), None) => Ok(Whose::Function(path, (*only).to_owned())),
            _ => Err(Problem::error(word, "there is no such function")
                .hint(format!("the functions of the file: {}", functions.join(", ")))),
        };
    }
    match word.rsplit_once(':') {
        Some((_, number)) if number.parse::<u32>().is_ok() => {
            line(desk, word).map(|(path, line)| Whose::Line(path, line))
        }
        _ => inside(desk, word).map(Whose::File),
    }
}

/// `FILE:LINE`.
///
/// # Errors
/// It is none, or the file has no such line.
pub fn line(desk: &Desk, word: &str) -> Result<(RepoPath, u32), Problem> {
    let parts =
        word.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok().filter(|line| *line > 0)?)));
    let Some((file, line)) = parts else {
        return Err(Problem::error(word, "is no FILE:LINE").hint("such as shop/cart.py:12"));
    };
    let path = inside(desk, file)?;
    let text = desk.disk.read(&path)?;
    let count = crate::domain::python::source_lines(&text).len();
    if line as usize > count {
        return Err(Problem::error(word, format!("the file has {count} lines")));
    }
    Ok((path, line))
}

/// One word: a node id, a test file, a folder of tests, or a source file.
fn add(desk: &Desk, word: &str, ask: &mut Ask) -> Result<(), Problem> {
    if let Some((path, rest)) = word.split_once("::") {
        let path = inside(desk, path)?;
        ask.targets.push(Target::Test(TestId::new(&format!("{}::{rest}", path.as_str()))));
        return Ok(());
    }
    let path = if word == "." { None } else { Some(inside(desk, word)?) };
    let place = path.as_ref().map_or_else(|| desk.project.root.clone(), |path| path.under(&desk.project.root));
    if place.is_dir() {
        let tests = catalog::test_files(&desk.project, &desk.disk);
        let below = |file: &RepoPath| file.under(&desk.project.root).starts_with(&place);
        let files: Vec<Target> = tests.into_iter().filter(below).map(Target::File).collect();
        if files.is_empty() {
            return Err(Problem::error(word, "there is no test file in this folder"));
        }
        ask.targets.extend(files);
    } else if let Some(path) = path {
        if desk.project.is_test_file(&path) {
            ask.targets.push(Target::File(path));
        } else {
            ask.sources.push(path);
        }
    }
    Ok(())
}

/// The test files that one word names: a file, or those of a folder; a node id as it is.
///
/// # Errors
/// It names none.
pub fn test_files(desk: &Desk, word: &str) -> Result<Vec<Target>, Problem> {
    let mut ask = Ask::default();
    add(desk, word, &mut ask)?;
    match ask.sources.first() {
        Some(path) => Err(Problem::error(path.as_str(), "is no test file")),
        None => Ok(ask.targets),
    }
}

/// A path that was typed: relative to the working directory or to the root, and there.
///
/// # Errors
/// There is no such file, or it lies outside the project.
pub fn inside(desk: &Desk, word: &str) -> Result<RepoPath, Problem> {
    let root = &desk.project.root;
    let candidates = [super::places::here().join(word), root.join(word)];
    let found =
        candidates.iter().filter_map(|path| path.canonicalize().ok()).find_map(|path| RepoPath::below(root, &path));
    found.ok_or_else(|| {
        let is_there = Path::new(word).exists();
        let what = if is_there { "lies outside the project" } else { "there is no such file" };
        Problem::error(word, what).hint("paths are relative to the project's root or to the working directory")
    })
}
