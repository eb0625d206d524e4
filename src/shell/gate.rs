//! The gate: every rule of the settings, judged by what is known. What compares two points is for the front door to add.

use super::known::Known;
use super::programme::{self, code_layers, limit, misspelt, on_ground, percentages};
use super::{gate_outside, gate_tests};
use crate::base::{Glob, Problem, RepoPath, Severity};
use crate::domain::coverage::LineSet;
use crate::domain::ledger::carried_lines;
use crate::domain::programme::{
    ChangedFile, PROMISES, Percent, Ruling, Verdict, changed, count, files, flaky_budget, layers, pass_rate, promised,
    seconds, slower, suite_time, tail, total, undocumented,
};
use crate::io::git::{self, Held};
use std::collections::BTreeMap;

/// Judges every rule but that of lost lines. `base` stands over the setting.
#[must_use]
pub fn rulings(known: &Known<'_>, base: Option<&str>) -> Vec<Ruling> {
    let mut all = own_rulings(known, base);
    all.extend(gate_outside::rulings(known.desk));
    all
}

/// The same without the rules that other programs judge: nothing is started.
#[must_use]
pub fn own_rulings(known: &Known<'_>, base: Option<&str>) -> Vec<Ruling> {
    let mut all = settings(known);
    all.extend(coverage(known));
    all.extend(on_changes(known, base));
    all.extend(past(known));
    all.extend(contract(known));
    all.extend(targets(known));
    all.extend(gate_tests::rulings(known, base));
    all
}

/// What is wrong with the settings of rules: nobody can tell what was meant to hold.
fn settings(known: &Known<'_>) -> Vec<Ruling> {
    let concerns = |problem: &&Problem| {
        problem.severity == Severity::Error || ["gate", "targets"].iter().any(|word| problem.what.contains(word))
    };
    let ruling =
        |problem: &Problem| Ruling::new("gate", "the settings", "").untold(&problem.to_string()).next("lacuna config");
    known.desk.project.problems.iter().filter(concerns).map(ruling).collect()
}

fn coverage(known: &Known<'_>) -> Vec<Ruling> {
    let mut all = Vec::new();
    match limit(known, "gate.coverage", Percent::read) {
        None => {}
        Some(Ok(least)) => all.push(on_ground(known, |ground| total("gate.coverage", Some(&least), ground))),
        Some(Err(text)) => all.push(misspelt(known, "gate.coverage", "", &text, "percentage")),
    }
    let (good, bad) = percentages(known, "gate.layers");
    all.extend(bad);
    let named: Vec<_> = good.into_iter().map(|(name, percent)| (name, Some(percent))).collect();
    all.extend(on_ground(known, |ground| layers("gate.layers", &named, &code_layers(known), ground)));
    let (good, bad) = percentages(known, "gate.files");
    all.extend(bad);
    all.extend(good.into_iter().map(|(text, least)| match Glob::new(&text) {
        Ok(glob) => on_ground(known, |ground| files("gate.files", &glob, &least, ground)),
        Err(problem) => misspelt(known, "gate.files", &text, &text, &format!("glob: {problem}")),
    }));
    all
}

/// What lines and tests are new or changed against: what a command says, the settings or, in a job for a pull request, the
/// branch that GitHub says it is for.
#[must_use]
pub fn base_of(known: &Known<'_>, base: Option<&str>) -> Option<String> {
    let config = &known.desk.project.config;
    let target = known.desk.around.environment.value("GITHUB_BASE_REF");
    let target = target.map(|branch| format!("origin/{}", branch.to_string_lossy()));
    base.or_else(|| config.text("gate.base")).or_else(|| config.text("base")).map(ToOwned::to_owned).or(target)
}

/// New and changed lines against a commit.
fn on_changes(known: &Known<'_>, base: Option<&str>) -> Option<Ruling> {
    let key = "gate.changed";
    let least = match limit(known, key, Percent::read)? {
        Ok(least) => least,
        Err(text) => return Some(misspelt(known, key, "", &text, "percentage")),
    };
    let ruling = || Ruling::new(key, "coverage of new and changed lines", &format!("at least {least}"));
    let Some(base) = base_of(known, base) else {
        let why = "nothing says what lines are new against: gate.base is empty";
        return Some(ruling().untold(why).next("lacuna gate --base main"));
    };
    if known.ledger.is_none() {
        return Some(ruling().untold("there is no coverage report").next("lacuna run --all"));
    }
    Some(match changes(known, &base) {
        Ok((files, others)) => changed(key, &base, &least, (&files, &others), known.desk.project.coverage.precision),
        Err(problem) => ruling().untold(&problem.to_string()).next(&format!("git fetch origin {base}")),
    })
}

/// The statements that are new or changed since the branch left `base`, and the sources that no measurement names.
fn changes(known: &Known<'_>, base: &str) -> Result<(Vec<ChangedFile>, Vec<RepoPath>), Problem> {
    let (desk, root) = (known.desk, known.desk.project.root.as_path());
    let start = git::start(root, Some(base))?.unwrap_or_default();
    let is_source = |path: &RepoPath| path.as_str().ends_with(".py");
    let differing = git::changed(root, Some(base))?.into_iter();
    let paths: Vec<RepoPath> =
        differing.filter(|one| !one.deleted && is_source(&one.path)).map(|one| one.path).collect();
    let head = git::head(root).and_then(|head| head.commit);
    let renames = head.map(|head| git::renames(root, &start, &head)).transpose()?.unwrap_or_default();
    let before: BTreeMap<RepoPath, RepoPath> = renames.into_iter().map(|(old, new)| (new, old)).collect();
    let asked: Vec<(&str, &RepoPath)> =
        paths.iter().map(|path| (start.as_str(), before.get(path).unwrap_or(path))).collect();
    let held = git::contents(root, &asked)?;
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for (path, held) in paths.into_iter().zip(held) {
        let is_measured = known.ledger.as_ref().is_some_and(|ledger| ledger.measures(&path));
        match held {
            _ if !is_measured => {
                let is_test = desk.project.is_test_file(&path) || path.name() == "conftest.py";
                others.extend(Some(path).filter(|_| !is_test));
            }
            Held::Text(old) => found.extend(changed_file(known, path, Some(&old))),
            Held::Nothing | Held::Bytes => found.extend(changed_file(known, path, None)),
        }
    }
    Ok((found, others))
}

fn changed_file(known: &Known<'_>, path: RepoPath, old: Option<&str>) -> Option<ChangedFile> {
    let text = known.desk.disk.text(&path)?;
    let standing = known.ledger.as_ref()?.standing(&path, Some(&text));
    let kept = old.map_or_else(LineSet::new, |old| {
        let last = u32::try_from(old.lines().count()).unwrap_or(u32::MAX);
        carried_lines(&(1..=last).collect(), old, &text)
    });
    let states = (1_u32..).zip(&standing.lines).filter(|(line, state)| state.counts() && !kept.contains(*line));
    let lines = states.map(|(line, state)| (line, *state)).collect();
    Some(ChangedFile { path, lines, kind: standing.plain.kind, estimated: standing.plain.estimated })
}

/// Rules about the history.
fn past(known: &Known<'_>) -> Vec<Ruling> {
    let mut all = Vec::new();
    let mut rule = |key: &str, wants: &str, judge: &dyn Fn(&str) -> Option<Result<Ruling, Problem>>| {
        let Some(text) = known.desk.project.config.text(key) else { return };
        all.push(match judge(text) {
            None => misspelt(known, key, "", text, wants),
            Some(Ok(ruling)) => ruling,
            Some(Err(problem)) => Ruling::new(key, key, text).untold(&problem.to_string()),
        });
    };
    let read = || known.past().map_err(Clone::clone);
    let budget = |key: &'static str, only_new| {
        move |text: &str| {
            let most = count(text)?;
            Some(read().map(|past| flaky_budget(key, most, &past.flaky, past.runs.len(), only_new)))
        }
    };
    rule("gate.flaky", "count", &budget("gate.flaky", false));
    rule("gate.new_flaky", "count", &budget("gate.new_flaky", true));
    rule("gate.suite", "time", &|text| {
        let most = seconds(text)?;
        Some(read().map(|past| suite_time("gate.suite", Some(most), past.suite.as_ref())))
    });
    for (key, percent) in [("gate.p95", 95), ("gate.p99", 99)] {
        rule(key, "time", &|text| {
            let most = seconds(text)?;
            Some(read().map(|past| tail(key, percent, Some(most), past.suite.as_ref())))
        });
    }
    rule("gate.slower", "count", &|text| {
        let most = count(text)?;
        Some(known.slower().map(|tests| slower("gate.slower", Some(most), tests)).map_err(Clone::clone))
    });
    rule("gate.pass_rate", "percentage", &|text| {
        let least = Percent::read(text)?;
        let head = git::head(&known.desk.project.root).and_then(|head| head.commit);
        Some(read().map(|past| pass_rate("gate.pass_rate", Some(&least), past.suite.as_ref(), head.as_deref())))
    });
    all
}

/// Rules about the contract.
fn contract(known: &Known<'_>) -> Vec<Ruling> {
    let key = "gate.contract";
    let mut all = Vec::new();
    for (name, texts) in known.desk.project.config.named(key) {
        let text = texts.join(", ");
        let (contract, problems) = known.contract();
        let promise = PROMISES.iter().find(|(_, known, _)| known == name).map(|(promise, ..)| *promise);
        let ruling = match (promise, Percent::read(&text), count(&text)) {
            (Some(promise), Some(least), _) => {
                promised(key, promise, Some(&least), contract, known.desk.project.coverage.precision)
            }
            (Some(_), None, _) => misspelt(known, key, name, &text, "percentage"),
            (None, _, Some(most)) if name == "undocumented" => undocumented(key, most, contract),
            (None, _, None) if name == "undocumented" => misspelt(known, key, name, &text, "count"),
            (None, ..) => misspelt(known, key, name, name, "promise: operations, responses, channels, undocumented"),
        };
        // What a document that cannot be read promises is not among what is counted.
        let broken = problems.iter().find(|problem| problem.severity == Severity::Error);
        all.push(match broken {
            Some(problem) if ruling.verdict != Verdict::Failed => {
                ruling.untold(&problem.to_string()).next("lacuna contract")
            }
            _ => ruling,
        });
    }
    all
}

/// The targets of the programme that the gate holds.
fn targets(known: &Known<'_>) -> Vec<Ruling> {
    let wanted = known.desk.project.config.texts("gate.targets");
    if wanted.is_empty() {
        return Vec::new();
    }
    let standing = programme::standing(known);
    let is = |ruling: &Ruling, name: &str| {
        let name = if name.starts_with("targets.") { name.to_owned() } else { format!("targets.{name}") };
        let rest = ruling.rule.strip_prefix(name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '_']))
    };
    let unknown = wanted.iter().filter(|name| !standing.iter().any(|ruling| is(ruling, name)));
    let wrong = unknown.map(|name| misspelt(known, "gate.targets", "", name, "target: code, tests, flaky, suite"));
    let held = standing.iter().filter(|ruling| wanted.iter().any(|name| is(ruling, name)));
    held.filter(|ruling| ruling.verdict != Verdict::Free).cloned().chain(wrong).collect()
}
