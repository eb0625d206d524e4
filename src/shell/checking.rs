//! The checklist of a project's tests: which of them are looked at, by git or by the baseline, and what the ledger says of the findings.

use super::before::{Around, Before};
use super::belonging::layer_of_tests;
use super::brought::{self, Brought};
use super::catalog;
use super::choosing;
use super::desk::Desk;
use super::fixtures::{above, surroundings};
use super::index::Index;
use super::inherited::Lineage;
use super::keep;
use super::silent::Earlier;
use super::spread::spread;
use super::tested::Tested;
use crate::app::Baseline;
use crate::base::{Digest, Problem, RepoPath};
use crate::domain::ledger::Ledger;
use crate::domain::python::TestDef;
use crate::domain::quality::{
    About, ByRun, Checked, Checklist, Codes, Finding, Level, Levels, Limits, Mentioning, Part, Reached, Required,
    Standards, Surrounding, check,
};
use crate::domain::suite::{Target, TestId};
use crate::io::files;
use crate::io::git::{self, Held};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Layers whose tests let several real parts work together.
const JOINED: [&str; 2] = ["integration", "e2e"];

/// Folders of what is shown to readers, or run by other tests. What is written for a type checker says so in its name.
const SHOWN: [&str; 8] = ["doc", "docs", "example", "examples", "scenario", "scenarios", "samples", "support"];

/// What is to be looked at.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Test files and tests that were named.
    pub targets: Vec<Target>,
    /// The branch or commit that changes are looked for against; empty: as the settings say.
    pub base: String,
    /// Whether all other tests are looked at too, as debt.
    pub all: bool,
}

/// Of each file the tests that are asked about; nothing stands for all of them.
type Asked = BTreeMap<RepoPath, Option<BTreeSet<String>>>;

/// What is looked at.
#[derive(Default)]
struct Scope {
    asked: Asked,
    /// The texts of changed test files as they were.
    earlier: BTreeMap<RepoPath, String>,
    /// Those of changed files that tests may take helpers from.
    helpers: Earlier,
    /// In a few words.
    words: String,
}

/// Looks at the tests that were asked about, or at the new and changed ones.
///
/// # Errors
/// It is not known which tests are new or changed, and nothing else was asked for.
pub fn checklist(desk: &Desk, wanted: &Wanted) -> Result<Checklist, Problem> {
    let (ledger, problem) = match keep::open(desk) {
        Ok(Baseline::Found(evidence)) => (Some(evidence.ledger), None),
        Ok(Baseline::Nothing(_)) => (None, None),
        Err(problem) => (None, Some(problem)),
    };
    let mut list = looked_at(desk, wanted, ledger.as_deref())?;
    list.problems.splice(0..0, problem);
    Ok(list)
}

/// The same, where somebody else has read what is known.
///
/// # Errors
/// As of [`checklist`].
pub fn looked_at(desk: &Desk, wanted: &Wanted, ledger: Option<&Ledger>) -> Result<Checklist, Problem> {
    let mut problems = Vec::new();
    let Scope { asked, earlier, helpers, words: scope } = match asked(desk, wanted, ledger) {
        Ok(found) => found,
        Err(problem) if wanted.all => {
            problems.push(problem);
            Scope { words: "new or changed tests are not known".to_owned(), ..Scope::default() }
        }
        Err(problem) => return Err(problem),
    };
    let brought = Brought::new(desk, helpers);
    let (levels, wrong) = levels(desk);
    problems.extend(wrong);
    let (standards, document, missing) = standards(desk);
    problems.extend(missing);
    let mut files: BTreeSet<RepoPath> = asked.keys().chain(brought.files()).cloned().collect();
    if wanted.all {
        // What pytest itself leaves out is no test of the project: the examples of `norecursedirs`, of `collect_ignore`.
        files.extend(Index::open(desk).files());
    }
    let tested = Tested::of(desk, files.iter());
    let surroundings = surroundings(desk, &files, tested.required());
    let files: Vec<RepoPath> = files.into_iter().collect();
    let layer = layer_of_tests(desk);
    let lineage = Lineage::default();
    let found = spread(&files, |path| of_file(desk, path, &surroundings, (&lineage, &tested), layer(path)));
    let runs = Runs::new(desk, ledger);
    let mut list = Checklist { scope, standards: document, problems, ..Checklist::default() };
    let mut debt = Part::default();
    for (path, found) in files.iter().zip(found) {
        let (tests, findings, problems) = found;
        list.problems.extend(problems);
        let names = asked.get(path);
        // A helper or a fixture, of the file or of another one, may have changed what tests do that did not change.
        let around = Around { surroundings: &surroundings, layer: layer(path), tested: &tested };
        let before = Before::new(desk, path, earlier.get(path).map(String::as_str), &brought, &around);
        let is_new = |finding: &Finding| before.is_new(finding);
        let is_asked = |test: &[String]| match names {
            Some(Some(names)) => names.contains(&test.join("::")),
            Some(None) => true,
            None => false,
        };
        let mine = tests.iter().filter(|test| is_asked(&test.names)).count();
        let asked = tests.iter().filter(|test| is_asked(&test.names));
        list.names.extend(asked.map(|test| TestId::new(&format!("{}::{}", path.as_str(), test.names.join("::")))));
        count(&mut list.asked, mine);
        count(&mut debt, tests.len() - mine);
        for mut finding in findings {
            let level = levels.of(finding.rule);
            if level == Level::Off {
                continue;
            }
            let is_mine = match finding.test.is_empty() {
                true => names.is_some(),
                false => is_asked(&finding.test) || is_new(&finding),
            };
            let Some(seen) = runs.say(path, &mut finding) else { continue };
            let section = standards.of(finding.rule).cloned();
            let is_its_own = finding.test.is_empty() || is_asked(&finding.test);
            let brought = if is_mine && !is_its_own { before.bringing(&finding) } else { None };
            let checked = Checked { path: path.clone(), finding, level, seen, section, brought };
            match (is_mine, seen) {
                (true, Some(true)) => list.seen.push(checked),
                (true, _) => list.asked.found.push(checked),
                (false, Some(true)) => {}
                (false, _) => debt.found.push(checked),
            }
        }
    }
    list.debt = wanted.all.then_some(debt);
    Ok(list)
}

fn count(part: &mut Part, tests: usize) {
    part.tests += tests;
    part.files += usize::from(tests > 0);
}

/// The level of each rule, by the settings.
#[must_use]
pub fn levels(desk: &Desk) -> (Levels, Vec<Problem>) {
    let config = &desk.project.config;
    let origin = config.entry("check.rules").map(|entry| entry.origin.to_string());
    Levels::read(config.named("check.rules"), &origin.unwrap_or_default())
}

/// The standards document with its sections. One that is not there is a remark only where the settings name it.
pub(super) fn standards(desk: &Desk) -> (Standards, Option<RepoPath>, Option<Problem>) {
    let Some(name) = desk.project.config.text("check.standards") else { return (Standards::default(), None, None) };
    let Some(path) = RepoPath::new(name) else {
        let problem = Problem::warning("check.standards", format!("{name} lies outside the project"));
        return (Standards::default(), None, Some(problem.hint("name a file below the project's root")));
    };
    match desk.disk.read(&path) {
        Ok(text) => (Standards::read(&text), Some(path), None),
        Err(_) => {
            let problem =
                Problem::note(path.as_str(), "there is no standards document, so that findings name no section of it");
            (
                Standards::default(),
                None,
                Some(problem.hint("the setting check.standards names it; \"\" says there is none")),
            )
        }
    }
}

/// The tests that are asked about: those that were named, or the new and changed ones.
fn asked(desk: &Desk, wanted: &Wanted, ledger: Option<&Ledger>) -> Result<Scope, Problem> {
    if !wanted.targets.is_empty() {
        return Ok(Scope { asked: named(desk, &wanted.targets), words: "named".to_owned(), ..Scope::default() });
    }
    match changed(desk, &wanted.base) {
        Ok(found) => Ok(found),
        Err(problem) if wanted.base.is_empty() && desk.project.config.text("base").is_none() => {
            match since_baseline(desk, ledger) {
                Some((asked, words)) => Ok(Scope { asked, words, ..Scope::default() }),
                None => Err(problem.hint("name files or tests, or look at all of them with --all")),
            }
        }
        Err(problem) => Err(problem),
    }
}

fn named(desk: &Desk, targets: &[Target]) -> Asked {
    let mut asked = Asked::new();
    for target in targets {
        match target {
            Target::File(path) => {
                asked.insert(path.clone(), None);
            }
            Target::Test(id) => {
                let Some(path) = RepoPath::new(id.path()) else { continue };
                let outline = desk.outline(&path);
                let tests = outline.iter().flat_map(|outline| &outline.tests).map(|test| test.names.join("::"));
                let own = id.names().join("::");
                let held = tests.filter(|test| *test == own || test.starts_with(&format!("{own}::")));
                if let Some(names) = asked.entry(path).or_insert_with(|| Some(BTreeSet::new())) {
                    names.extend(held);
                }
            }
        }
    }
    asked
}

/// The tests that are new or changed, by git.
fn changed(desk: &Desk, base: &str) -> Result<Scope, Problem> {
    let root = &desk.project.root;
    let base = choosing::base(desk, base);
    let changed = git::changed(root, base)?;
    let start = git::start(root, base)?;
    let files: Vec<(RepoPath, bool)> = changed
        .into_iter()
        .filter(|file| brought::is_of_tests(desk, &file.path))
        .map(|file| (file.path, file.deleted))
        .collect();
    let before = match &start {
        Some(commit) => {
            git::contents(root, &files.iter().map(|(path, _)| (commit.as_str(), path)).collect::<Vec<_>>())?
        }
        None => files.iter().map(|_| Held::Nothing).collect(),
    };
    let mut scope = Scope::default();
    for ((path, is_deleted), held) in files.into_iter().zip(before) {
        let old = match held {
            Held::Text(old) => Some(old),
            Held::Nothing | Held::Bytes => None,
        };
        if desk.project.is_test_file(&path) && !is_deleted {
            let names = old.as_ref().map(|old| differing(desk, &path, old));
            scope.asked.insert(path.clone(), names);
            scope.earlier.extend(old.clone().map(|old| (path.clone(), old)));
        }
        scope.helpers.insert(path, old);
    }
    scope.words =
        base.map_or_else(|| "new or changed, not committed".to_owned(), |base| format!("new or changed, since {base}"));
    Ok(scope)
}

/// The tests of a file whose code is new or another one than in an older text. Comments and blank lines do not count.
fn differing(desk: &Desk, path: &RepoPath, old: &str) -> BTreeSet<String> {
    let (Some(text), Some(outline)) = (desk.disk.text(path), desk.outline(path)) else { return BTreeSet::new() };
    let before = crate::domain::python::outline(old, &desk.project.naming);
    let known: HashMap<String, Vec<&str>> =
        before.tests.iter().map(|test| (test.names.join("::"), code(old, test))).collect();
    let tests = outline.tests.iter().map(|test| (test.names.join("::"), code(&text, test)));
    tests.filter(|(name, code)| known.get(name) != Some(code)).map(|(name, _)| name).collect()
}

fn code<'t>(text: &'t str, test: &TestDef) -> Vec<&'t str> {
    let lines = crate::domain::python::source_lines(text);
    let (from, to) = (test.line.saturating_sub(1) as usize, test.end as usize);
    let own = lines.get(from..to.min(lines.len())).unwrap_or_default().iter();
    own.map(|line| line.trim())
        .filter(|line| !line.is_empty() && (!line.starts_with('#') || line.contains("lacuna:")))
        .collect()
}

/// Without a repository: the tests that did not exist at the baseline.
fn since_baseline(desk: &Desk, ledger: Option<&Ledger>) -> Option<(Asked, String)> {
    let known: BTreeSet<String> =
        keep::baseline_tests(desk, ledger).iter().map(|test| test.without_params().to_owned()).collect();
    if known.is_empty() {
        return None;
    }
    let mut asked = Asked::new();
    for path in catalog::test_files(&desk.project, &desk.disk) {
        let Some(outline) = desk.outline(&path) else { continue };
        let names = outline.tests.iter().map(|test| test.names.join("::"));
        let new: BTreeSet<String> =
            names.filter(|name| !known.contains(&format!("{}::{name}", path.as_str()))).collect();
        if !new.is_empty() {
            asked.insert(path, Some(new));
        }
    }
    Some((asked, "new since the baseline".to_owned()))
}

/// The tests of one file, what was found in them, and why not all of it can be read.
fn of_file(
    desk: &Desk,
    path: &RepoPath,
    around: &HashMap<RepoPath, Surrounding>,
    (lineage, tested): (&Lineage, &Tested),
    layer: Option<String>,
) -> (Vec<TestDef>, Vec<Finding>, Vec<Problem>) {
    let (text, digest) = match desk.disk.source(path) {
        Ok(source) => source,
        Err(problem) => return (Vec::new(), Vec::new(), vec![problem]),
    };
    // Where the text is the very bytes, nothing of it was replaced.
    let is_as_it_stands = Digest::of(text.as_bytes()) == digest;
    let damage = if is_as_it_stands { None } else { files::damage(&desk.project.root, path) };
    let outline = desk.outline(path);
    let broken = outline.iter().flat_map(|outline| &outline.errors).next().map(|(line, what)| {
        let problem = Problem::warning(format!("{}:{line}", path.as_str()), format!("does not parse: {what}"));
        problem.hint("what could be read of it was looked at")
    });
    let inherited = lineage.around(desk, path);
    let around: Vec<&Surrounding> = above(path, around).into_iter().chain(&inherited).collect();
    let silent = desk.silent(path);
    let tests = outline.map(|outline| outline.tests.clone()).unwrap_or_default();
    let codes = |name: &str| tested.code(desk, path, name);
    let mentions = || tested.mentions(desk);
    let required = tested.required();
    (
        tests,
        check(&text, about(desk, path, &around, &silent, layer, (&codes, &mentions, required))),
        damage.into_iter().chain(broken).collect(),
    )
}

/// What is known of a source beside its text.
pub(super) fn about<'a>(
    desk: &'a Desk,
    path: &RepoPath,
    around: &'a [&'a Surrounding],
    silent: &'a [Vec<String>],
    layer: Option<String>,
    (codes, mentions, required): (&'a Codes<'a>, &'a Mentioning<'a>, &'a Required),
) -> About<'a> {
    About {
        naming: &desk.project.naming,
        around,
        silent,
        codes: Some(codes),
        mentions: Some(mentions),
        required: Some(required),
        adds_path: desk.project.adds_path,
        limits: Limits {
            mocks: desk.project.config.count("check.mocks"),
            payload: desk.project.config.count("check.payload"),
            acts: desk.project.config.count("check.acts"),
        },
        is_shown: path.as_str().split('/').any(|part| SHOWN.contains(&part) || part.contains("mypy")),
        is_integration: layer.is_some_and(|layer| JOINED.contains(&layer.to_lowercase().as_str())),
    }
}

/// What runs say of the lines of tests.
struct Runs<'a> {
    desk: &'a Desk,
    ledger: Option<&'a Ledger>,
    known: BTreeSet<String>,
}

impl<'a> Runs<'a> {
    fn new(desk: &'a Desk, ledger: Option<&'a Ledger>) -> Self {
        let ledger = ledger.filter(|ledger| ledger.has_contexts());
        let tests = ledger.map(Ledger::tests).unwrap_or_default();
        Self { desk, ledger, known: tests.iter().map(|test| test.without_params().to_owned()).collect() }
    }

    /// Whether the test was seen to run the line of a finding, as far as that matters for it; nothing where it is no finding, as
    /// only a run could make it one.
    #[expect(clippy::option_option, reason = "a finding of which no run tells is one all the same")]
    fn say(&self, path: &RepoPath, finding: &mut Finding) -> Option<Option<bool>> {
        match &finding.by_run {
            // What a test leaves is seen where it is run for that.
            ByRun::Nothing | ByRun::Leaves(_) => Some(None),
            ByRun::Settles => Some(self.ran(path, finding, (path, finding.line))),
            ByRun::Decides => self.ran(path, finding, (path, finding.line)).map(Some),
            ByRun::Reaches(lines) => {
                let came = |line: &&Reached| {
                    RepoPath::new(&line.path).and_then(|of| self.ran(path, finding, (&of, line.line))) == Some(true)
                };
                finding.what = lines.iter().find(came)?.what.clone();
                Some(None)
            }
        }
    }

    /// Whether the test of a finding ran a line; nothing where no run tells: the file is not measured, or the test never ran.
    fn ran(&self, path: &RepoPath, finding: &Finding, (of, line): (&RepoPath, u32)) -> Option<bool> {
        let ledger = self.ledger.filter(|ledger| ledger.measures(of))?;
        let test = format!("{}::{}", path.as_str(), finding.test.join("::"));
        if !self.known.contains(&test) {
            return None;
        }
        let text = self.desk.disk.text(of);
        let ran = ledger.tests_of_line(of, line, text.as_deref());
        Some(ran.iter().any(|ran: &TestId| ran.without_params() == test))
    }
}
