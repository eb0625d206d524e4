//! One trial: edits, batches, and what was found after each of them.

use super::bench::{Bench, Bound, Texts, Truth};
use super::compare::{ByFile, File, Files, Found, Lines, compare};
use super::dice::Dice;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::AddAssign;
use std::time::Instant;

/// The kinds of edits that change what a program does, or may.
const CHANGING: &[&str] = &[
    "insert statement",
    "insert statement",
    "delete statement",
    "delete statement",
    "swap statements",
    "change condition",
    "change condition",
    "change constant",
    "move function",
    "decorate",
    "add function",
    "wrap statement",
    "duplicate function",
    "add test",
    "remove test",
    "rename test",
    "edit test",
    "add parameters",
    "rename everywhere",
    "rename source file",
    "new source file",
    "rename test file",
    "syntax error",
];

/// Those that don't.
const HARMLESS: &[&str] =
    &["comment", "trailing comment", "rename local", "reformat", "reformat", "pragma", "comment in test"];

/// Those that change tests.
const TESTS: &[&str] = &["add test", "remove test", "rename test", "edit test", "add parameters", "rename test file"];

/// Which tests lacuna runs after an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// Those that lacuna itself finds affected.
    Affected,
    /// All that ran anything in what changed: more than those.
    Near,
    /// Some, drawn by lot.
    Some,
    /// Every test file.
    All,
}

/// When a comparison is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// After an edit, before anything ran.
    Before,
    /// After some tests ran.
    Between,
    /// After all tests that the edits affect ran.
    Settled,
    /// And after those that settle what is in doubt.
    Last,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    pub trials: u64,
    pub edits: u64,
    /// Edits that were taken back, since the suite could not be run with them.
    pub skipped: u64,
    pub comparisons: u64,
    pub compared: u64,
    pub contradicted: u64,
    pub downstream: u64,
    /// Of those downstream, the ones in files whose figures are called measured while a new or changed test waits.
    pub unmarked: u64,
    pub open: u64,
    /// Open lines outside the bound: in doubt, after a rerun no longer ran them.
    pub doubted: u64,
    /// The same after all affected tests ran.
    pub doubted_settled: u64,
    pub open_settled: u64,
    /// And after the other tests of their files ran as well.
    pub doubted_at_last: u64,
    pub open_at_last: u64,
    /// Open lines outside the bound that nothing accounts for.
    pub astray: u64,
    pub seconds: f64,
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.trials += other.trials;
        self.edits += other.edits;
        self.skipped += other.skipped;
        self.comparisons += other.comparisons;
        self.compared += other.compared;
        self.contradicted += other.contradicted;
        self.downstream += other.downstream;
        self.unmarked += other.unmarked;
        self.open += other.open;
        self.doubted += other.doubted;
        self.doubted_settled += other.doubted_settled;
        self.open_settled += other.open_settled;
        self.doubted_at_last += other.doubted_at_last;
        self.open_at_last += other.open_at_last;
        self.astray += other.astray;
        self.seconds += other.seconds;
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} trials, {} edits ({} taken back), {} comparisons of {} lines: {} contradicted, {} downstream \
             ({} in files called measured), \
             {} open ({} in doubt outside the bound), {} open ({} in doubt) when settled, {} ({}) at last, \
             {} astray; {:.0} s",
            self.trials,
            self.edits,
            self.skipped,
            self.comparisons,
            self.compared,
            self.contradicted,
            self.downstream,
            self.unmarked,
            self.open,
            self.doubted,
            self.open_settled,
            self.doubted_settled,
            self.open_at_last,
            self.doubted_at_last,
            self.astray,
            self.seconds
        )
    }
}

/// How many kinds of edits are tried for each step.
const TRIES: usize = 4;

/// How a trial stands.
struct Trial<'a> {
    bench: &'a Bench,
    dice: Dice,
    /// The trees since every affected test ran, the oldest first.
    trees: Vec<Texts>,
    truth: Truth,
    /// The files of the baseline.
    first: BTreeSet<String>,
    /// What lacuna said when it was asked last, and of which texts.
    said: Files,
    texts: Texts,
    /// The lines within the bound that no test has run since: they stay new.
    left: ByFile,
    /// Whether only harmless edits were made since.
    is_harmless: bool,
    /// Whether tests were edited since: what they run, nobody knows.
    has_new_tests: bool,
    story: Vec<String>,
    wrong: Vec<String>,
    sums: Sums,
}

/// Makes the trial of a seed, with so many edits at most. Gives what was counted, and every contradiction with the story that led there.
pub fn trial(bench: &Bench, seed: u64, edits: usize) -> (Sums, Vec<String>) {
    let started = Instant::now();
    let mut dice = Dice::new(seed);
    let way = dice.below(2);
    bench.restore(way);
    let story = vec![if way == 0 { "own baseline" } else { "reports" }.to_owned()];
    let mut trial = Trial {
        bench,
        dice,
        first: bench.texts().into_keys().collect(),
        trees: vec![bench.texts()],
        truth: bench.truth.clone(),
        said: bench.ledger(),
        texts: bench.texts(),
        left: ByFile::new(),
        is_harmless: true,
        has_new_tests: false,
        story,
        wrong: Vec::new(),
        sums: Sums { trials: 1, ..Sums::default() },
    };
    for _ in 0..=trial.dice.below(edits) {
        // A kind that finds no place, or after which the suite can't be run, gives way to another one.
        let _ = (0..TRIES).any(|_| trial.step());
    }
    trial.sums.seconds = started.elapsed().as_secs_f64();
    eprintln!("  {}", trial.story.join(" · "));
    (trial.sums, trial.wrong)
}

impl Trial<'_> {
    /// Makes one edit and a batch. Says whether it was made.
    fn step(&mut self) -> bool {
        let kinds = if self.dice.below(4) == 0 { HARMLESS } else { CHANGING };
        let kind = *self.dice.one(kinds);
        let (before, seed) = (self.bench.texts(), self.dice.roll());
        if kind == "syntax error" {
            self.break_one(&before);
        } else {
            let Some(what) = self.bench.edit(kind, seed) else { return false };
            let Some(truth) = self.bench.oracle() else {
                self.sums.skipped += 1;
                self.bench.put_back(&before);
                return false;
            };
            self.truth = truth;
            self.is_harmless &= HARMLESS.contains(&kind);
            self.has_new_tests |= TESTS.contains(&kind);
            self.story.push(format!("{kind} {what}"));
        }
        self.sums.edits += 1;
        let texts = self.bench.texts();
        let mut bound = self.bench.bound(&self.trees, &texts);
        // Of a file that is newer than the baseline nothing is known where no test runs it.
        for (path, text) in texts.iter().filter(|(path, _)| !self.first.contains(*path)) {
            bound.lines.insert(path.clone(), (1..=text.lines().count() as u64).collect());
        }
        // What no test has run yet is as new as it was: whoever ran the file before it was there may run it now.
        self.left = self.here(&self.left, &texts);
        for (path, lines) in &self.left {
            bound.lines.entry(path.clone()).or_default().extend(lines);
        }
        bound.firm = self.firm(&bound.lines, &before, &texts);
        // An edit alone takes nothing into doubt.
        let doubtful = self.here(&self.lines(|file| file.doubted.clone()), &texts);
        self.trees.push(texts);
        self.check("before a batch", &bound, &doubtful, Stage::Before);
        self.batch(&bound);
        true
    }

    /// Some lines of each file, by what lacuna said last.
    fn lines(&self, of: impl Fn(&File) -> Lines) -> ByFile {
        self.said.iter().map(|(path, file)| (path.clone(), of(file))).collect()
    }

    /// Where lines of the texts that lacuna was asked about last stand in these ones.
    fn here(&self, lines: &ByFile, now: &Texts) -> ByFile {
        let pairs = lines.iter().filter_map(|(path, lines)| Some((path, lines, self.texts.get(path)?, now.get(path)?)));
        pairs.map(|(path, lines, old, new)| (path.clone(), moved(lines, old, new))).collect()
    }

    /// The lines within the bound of which nothing older than the edits may be claimed: those that the last edit touched,
    /// and those that stood open before it. What tests showed of a line between two edits still holds after an edit
    /// elsewhere.
    fn firm(&self, bound: &ByFile, before: &Texts, now: &Texts) -> ByFile {
        let mut firm = self.bench.bound(std::slice::from_ref(before), now).lines;
        let claimed = self.here(&self.lines(|file| &file.covered | &file.missed), now);
        for (path, lines) in bound {
            let claimed = claimed.get(path).cloned().unwrap_or_default();
            firm.entry(path.clone()).or_default().extend(lines - &claimed);
        }
        firm
    }

    /// Saves a file that is no Python, runs some tests, and mends it again.
    fn break_one(&mut self, before: &Texts) {
        let mut paths: Vec<&String> = before.keys().filter(|path| self.is_edited(path)).collect();
        paths.retain(|path| !path.ends_with("__init__.py"));
        if paths.is_empty() {
            return;
        }
        let path = (*self.dice.one(&paths)).clone();
        self.bench.write(&path, &format!("{}\ndef broken(:\n", before[&path]));
        self.trees.push(self.bench.texts());
        let some = self.some();
        let code = self.bench.run(&words(&some));
        self.story.push(format!("syntax error {path}, run {} ({code})", some.len()));
        self.is_harmless = false;
        self.has_new_tests = true;
        drop(self.bench.ledger());
        self.bench.put_back(before);
        (self.said, self.texts) = (self.bench.ledger(), before.clone());
    }

    fn is_edited(&self, path: &str) -> bool {
        path.starts_with(self.bench.package.source) || path.starts_with(self.bench.package.tests)
    }

    fn batch(&mut self, bound: &Bound) {
        let choice = match self.dice.below(9) {
            0..3 => Choice::Affected,
            3 => Choice::Near,
            4..8 => Choice::Some,
            _ => Choice::All,
        };
        let targets = match choice {
            Choice::Affected => vec!["--affected".to_owned()],
            Choice::Near => self.near(bound),
            Choice::Some => self.some(),
            Choice::All => self.files(),
        };
        let code = if targets.is_empty() { 3 } else { self.bench.run(&words(&targets)) };
        self.story.push(format!("run {choice:?} {} ({code})", targets.len()));
        let settled = choice != Choice::Some && matches!(code, 0 | 1 | 3);
        let stage = if settled { Stage::Settled } else { Stage::Between };
        // A rerun takes into doubt what it no longer runs, and nothing else.
        let doubtful = self.lines(|file| &file.doubted | &file.covered);
        let open = self.check(&format!("after a batch: {choice:?}"), bound, &doubtful, stage);
        if settled && open > 0 {
            // What a rerun no longer credits waits for the other tests of the file; they come next.
            let code = self.bench.run(&["run", "--trust", "--affected"]);
            self.story.push(format!("again ({code})"));
            let doubtful = self.lines(|file| &file.doubted | &file.covered);
            self.check("after the others", bound, &doubtful, Stage::Last);
        }
        if settled {
            self.trees.drain(..self.trees.len() - 1);
            self.is_harmless = true;
            self.has_new_tests = false;
            let not_run = |path: &String| match self.truth.files.get(path) {
                Some(file) => &file.missed | &self.said.get(path).map(|said| said.open.clone()).unwrap_or_default(),
                None => Lines::new(),
            };
            self.left = bound.lines.iter().map(|(path, bound)| (path.clone(), bound & &not_run(path))).collect();
        }
    }

    /// Every test file.
    fn files(&self) -> Vec<String> {
        let files: BTreeSet<&str> = self.truth.tests.iter().filter_map(|id| id.split("::").next()).collect();
        files.into_iter().map(str::to_owned).collect()
    }

    /// Some tests: a file, or a few ids.
    fn some(&mut self) -> Vec<String> {
        if self.dice.below(2) == 0 {
            let files = self.files();
            return vec![self.dice.one(&files).clone()];
        }
        let count = 1 + self.dice.below(8);
        let ids: BTreeSet<String> = (0..count).map(|_| self.dice.one(&self.truth.tests).clone()).collect();
        ids.into_iter().collect()
    }

    /// The tests that an edit may have changed: those that ran anything in a file that changed, and all of them where
    /// anything changed that runs at import, or a file is gone.
    fn near(&self, bound: &Bound) -> Vec<String> {
        let now = &self.trees[self.trees.len() - 1];
        let earlier = &self.trees[..self.trees.len() - 1];
        let mut paths: BTreeSet<&String> = earlier.iter().flat_map(|tree| tree.keys()).chain(now.keys()).collect();
        paths.retain(|path| earlier.iter().any(|tree| tree.get(*path) != now.get(*path)));
        let is_test = |path: &str| path.starts_with(self.bench.package.tests);
        let is_wide = |path: &&&String| !is_test(path) && (bound.outside.contains(**path) || !now.contains_key(**path));
        if paths.iter().any(|path| is_wide(&path)) {
            return self.files();
        }
        let tests = self.files();
        let fits = |path: &&String| if is_test(path) { tests.contains(*path) } else { true };
        paths.into_iter().filter(fits).cloned().collect()
    }

    /// Gives the number of open lines.
    fn check(&mut self, when: &str, bound: &Bound, doubtful: &ByFile, stage: Stage) -> u64 {
        let ledger = self.bench.ledger();
        let found = compare(&ledger, &self.truth.files, &bound.lines, &bound.firm, doubtful);
        let Found { compared, open, wrong, doubted, astray } = found;
        (self.said, self.texts) = (ledger, self.trees[self.trees.len() - 1].clone());
        self.sums.comparisons += 1;
        self.sums.compared += compared;
        let (all, outside) = match stage {
            Stage::Before | Stage::Between => (&mut self.sums.open, &mut self.sums.doubted),
            Stage::Settled => (&mut self.sums.open_settled, &mut self.sums.doubted_settled),
            Stage::Last => (&mut self.sums.open_at_last, &mut self.sums.doubted_at_last),
        };
        *all += open;
        *outside += doubted;
        self.sums.astray += astray.len() as u64;
        let settled = matches!(stage, Stage::Settled | Stage::Last);
        for claim in wrong {
            if settled || self.is_harmless || (claim.inside && !self.has_new_tests) {
                self.sums.contradicted += 1;
                let step = self.story.len();
                if self.sums.contradicted == 1 {
                    self.wrong.extend(self.trees.windows(2).flat_map(|pair| differences(&pair[0], &pair[1])));
                }
                self.wrong.push(format!("{} {when} ({step})", claim.text));
            } else {
                self.sums.downstream += 1;
                if claim.measured {
                    self.sums.unmarked += 1;
                    self.wrong.push(format!("measured: {} {when} ({})", claim.text, self.story.len()));
                }
            }
        }
        if !astray.is_empty() {
            self.wrong.push(format!("open outside the bound {when} ({}): {}", self.story.len(), astray.join(" ")));
        }
        open
    }
}

/// Where lines of an old text stand in the new one.
fn moved(lines: &Lines, old: &str, new: &str) -> Lines {
    let diff = similar::TextDiff::from_lines(old, new);
    let pair = |change: similar::Change<&str>| change.old_index().zip(change.new_index());
    let pairs = diff.iter_all_changes().filter_map(pair);
    pairs.filter(|(old, _)| lines.contains(&(*old as u64 + 1))).map(|(_, new)| new as u64 + 1).collect()
}

/// What changed between two trees, for whoever reads of a contradiction.
fn differences(old: &Texts, new: &Texts) -> Vec<String> {
    let nothing = String::new();
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let texts = |path| [old, new].map(|tree: &Texts| tree.get(path).unwrap_or(&nothing));
    let changed = paths.into_iter().filter(|&path| texts(path)[0] != texts(path)[1]);
    let told = changed.flat_map(|path| {
        let [old, new] = texts(path);
        let diff = similar::TextDiff::from_lines(old, new);
        let text = diff.unified_diff().context_radius(1).header(path, path).to_string();
        text.lines().map(|line| format!("| {line}")).collect::<Vec<_>>()
    });
    told.collect()
}

fn words(targets: &[String]) -> Vec<&str> {
    ["run", "--trust"].into_iter().chain(targets.iter().map(String::as_str)).collect()
}
