//! `lacuna check`: the checklist of the new and changed tests.

use super::arguments::{CheckOptions, Common, Format};
use super::exit::Exit;
use super::{output, session, targets};
use crate::base::{Clean, Problem};
use crate::domain::quality::{Checked, Checklist, Level, Levels, Part, RULES};
use crate::domain::report::{Align, Grid, checklist_markdown, counted};
use crate::shell::checking::{self, Wanted};
use crate::shell::proved;
use crate::shell::{Desk, Provoked, provoke_headless};
use serde_json::{Value, json};

/// Runs the command.
pub fn run(options: &CheckOptions, format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    if options.rules {
        return rules(&desk, format);
    }
    let mut wanted =
        Wanted { base: options.changed.clone().unwrap_or_default(), all: options.all, ..Wanted::default() };
    for word in &options.targets {
        match targets::test_files(&desk, word) {
            Ok(found) => wanted.targets.extend(found),
            Err(problem) => return output::refuse(problem),
        }
    }
    let mut list = match checking::checklist(&desk, &wanted) {
        Ok(list) => list,
        Err(problem) => return output::refuse(problem),
    };
    let proved = match options.prove {
        true => match prove(&desk, &mut list) {
            Ok(proved) => Some(proved),
            Err(exit) => return exit,
        },
        false => None,
    };
    output::complain(&desk.take_problems());
    output::complain(&list.problems);
    match format {
        Format::Json => output::print_json(&value(&list, proved.as_ref())),
        Format::Text => output::print(&text(&list)),
        Format::Md => output::print(&checklist_markdown(&list)),
    }
    summary(&list);
    if proved.as_ref().is_some_and(|proved| proved.cancelled) {
        return Exit::Cancelled;
    }
    // Of tests that were asked about, and of which none ran, nobody can tell anything.
    let is_untold = !list.names.is_empty() && proved.is_some_and(|proved| proved.tests == 0);
    match (list.is_broken(), is_untold) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Untold,
        (false, false) => Exit::Done,
    }
}

/// Runs the tests that were asked about, and adds what that showed.
fn prove(desk: &Desk, list: &mut Checklist) -> Result<Provoked, Exit> {
    let tests = proved::cases(desk, list);
    let tests_of = |count: usize| counted(count as u64, "test");
    let tell = |words: &str| output::say(&format!("lacuna: {}, {words}", tests_of(tests.len())));
    let watched = proved::watched(desk, list, &tests);
    match provoke_headless(desk, &tests, &watched, &tell) {
        Ok(proved) => {
            proved::add_provoked(desk, list, &proved, &watched);
            for test in &proved.failing {
                let problem =
                    Problem::note(test.as_str(), "it fails as it stands, so that nothing can be proved of it");
                list.problems.push(problem.hint("mend it first"));
            }
            let (tests, processes, differing) = (proved.tests, proved.processes, proved.differing.len());
            output::say(&format!(
                "lacuna: {} in {processes} processes, {differing} times one ended otherwise",
                tests_of(tests)
            ));
            Ok(proved)
        }
        Err(problem) => {
            output::complain(&[problem]);
            Err(Exit::Unstarted)
        }
    }
}

/// Prints the rules with their levels here.
fn rules(desk: &Desk, format: Format) -> Exit {
    let (levels, problems) = checking::levels(desk);
    output::complain(&problems);
    match format {
        Format::Json => output::print_json(&rules_value(&levels)),
        Format::Text | Format::Md => {
            let mut grid = Grid::new(&[
                ("Rule", Align::Left),
                ("Family", Align::Left),
                ("Level", Align::Left),
                ("Why", Align::Left),
            ]);
            for rule in RULES {
                grid.row([rule.id, rule.family.word(), levels.of(rule).word(), rule.reason]);
            }
            output::print(&if format == Format::Md { grid.markdown() } else { grid.text() });
        }
    }
    Exit::Done
}

fn rules_value(levels: &Levels) -> Value {
    let row = |rule: &crate::domain::quality::Rule| {
        json!({
            "rule": rule.id,
            "family": rule.family.word(),
            "level": levels.of(rule).word(),
            "own_level": rule.level.word(),
            "reason": rule.reason,
            "remedy": rule.remedy,
        })
    };
    RULES.iter().map(row).collect()
}

fn text(list: &Checklist) -> String {
    let mut out = part_text(&list.asked);
    if let Some(debt) = list.debt.as_ref().filter(|debt| !debt.found.is_empty()) {
        out.push_str(&format!("{}debt\n{}", if out.is_empty() { "" } else { "\n" }, part_text(debt)));
    }
    out
}

fn part_text(part: &Part) -> String {
    let mut out = String::new();
    for checked in &part.found {
        let rule = checked.finding.rule;
        out.push_str(&format!(
            "{}: {} {}: {}\n  do: {}\n",
            Clean::line(&checked.place()),
            checked.level.word(),
            rule.id,
            checked.sentence(),
            rule.remedy
        ));
        let test = checked.test().map(|test| format!("  test: {}", test.clean()));
        let section = checked
            .section
            .as_ref()
            .map(|section| format!("  standards: {} (line {})", Clean::line(&section.title), section.line));
        for line in test.into_iter().chain(section) {
            out.push_str(&format!("{line}\n"));
        }
    }
    out
}

/// What a run saw to be well: changes that were taken back, and assertions that ran.
fn seen(list: &Checklist) -> (Vec<&Checked>, Vec<&Checked>) {
    list.seen.iter().partition(|checked| checked.is_left_behind())
}

fn summary(list: &Checklist) {
    let (kept, ran) = seen(list);
    let ran = match ran.len() {
        0 => String::new(),
        1 => ", 1 assertion that may not run was seen to run".to_owned(),
        count => format!(", {count} assertions that may not run were seen to run"),
    };
    let kept = match kept.len() {
        0 => String::new(),
        1 => ", 1 change was seen taken back".to_owned(),
        count => format!(", {count} changes were seen taken back"),
    };
    output::say(&format!("lacuna: {} ({}){ran}{kept}", list.asked.words(), Clean::line(&list.scope)));
    if let Some(debt) = &list.debt {
        output::say(&format!("lacuna: debt: {}", debt.words()));
    }
}

fn value(list: &Checklist, proved: Option<&Provoked>) -> Value {
    let (kept, ran) = seen(list);
    json!({
        "proved": proved.map(|proved| json!({
            "tests": proved.tests,
            "processes": proved.processes,
            "failing": proved.failing.iter().map(|test| test.as_str()).collect::<Vec<_>>(),
            "differing": proved.differing.iter().map(|one| json!({
                "test": one.test.as_str(), "rule": one.rule, "words": one.words,
            })).collect::<Vec<_>>(),
        })),
        "scope": list.scope,
        "asked": part_value(&list.asked),
        "debt": list.debt.as_ref().map(part_value),
        "seen_to_run": ran.into_iter().map(finding_value).collect::<Vec<_>>(),
        "seen_taken_back": kept.into_iter().map(finding_value).collect::<Vec<_>>(),
        "standards": list.standards.as_ref().map(crate::base::RepoPath::as_str),
        "problems": list.problems.iter().map(output::problem).collect::<Vec<_>>(),
    })
}

fn part_value(part: &Part) -> Value {
    json!({
        "tests": part.tests,
        "files": part.files,
        "errors": part.count(Level::Error),
        "warnings": part.count(Level::Warning),
        "advice": part.count(Level::Advice),
        "findings": part.found.iter().map(finding_value).collect::<Vec<_>>(),
    })
}

fn finding_value(checked: &Checked) -> Value {
    let rule = checked.finding.rule;
    json!({
        "rule": rule.id,
        "family": rule.family.word(),
        "level": checked.level.word(),
        "path": checked.path.as_str(),
        "line": checked.finding.line,
        "test": checked.test().map(|test| test.as_str().to_owned()),
        "what": checked.finding.what,
        "reason": rule.reason,
        "remedy": rule.remedy,
        "seen_to_run": checked.seen.filter(|_| !checked.is_left_behind()),
        "seen_taken_back": checked.seen.filter(|_| checked.is_left_behind()),
        "brought_by": checked.brought.as_ref().map(crate::base::RepoPath::as_str),
        "section": checked.section.as_ref().map(|section| json!({ "title": section.title, "line": section.line })),
    })
}
