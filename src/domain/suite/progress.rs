//! A run as it goes: events in, results by test out. The same for the screen and for the command line.

use crate::base::Problem;
use crate::domain::suite::{
    Away, Crash, Event, Exchange, Failure, FileFacts, Measuring, Outcome, PhaseDone, Raised, Stack, Start, Tally,
    Teller, TestEnd, TestId, Warned, When, quoted,
};
use std::collections::{HashMap, HashSet};

/// The most warnings that are kept.
const WARNINGS: usize = 200;

/// One test in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResult {
    /// The test.
    pub id: TestId,
    /// The line of its definition, from 1.
    pub line: Option<u32>,
    /// How it ended; nothing while it waits or runs.
    pub outcome: Option<Outcome>,
    /// Whether it has started and not ended.
    pub running: bool,
    /// How long its parts took so far, in seconds.
    pub seconds: f64,
    /// Earlier attempts in this run, oldest first.
    pub attempts: Vec<Outcome>,
    /// How it really ended, where it is in quarantine and its failure counts as an expected one.
    pub held: Option<Outcome>,
    /// Failures, or the reason of a skip, one for each part or subtest that has one, attempt by attempt.
    pub failures: Vec<Failure>,
    /// Where the first failure was raised.
    pub crash: Option<Crash>,
    /// What it printed, attempt by attempt.
    pub sections: Vec<Section>,
    /// The worker of xdist that ran it.
    pub worker: Option<String>,
    /// How many attempts at it began.
    attempt: u32,
    /// Whether any part of the attempt is done.
    begun: bool,
}

/// What was captured in one part of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// pytest's title: `Captured stdout call`.
    pub title: String,
    /// The text, at most 64 kB and a mark where more was left out.
    pub text: String,
    /// In which attempt, from 1.
    pub attempt: u32,
    /// The subtest that it belongs to, when it is one's own.
    pub subtest: Option<String>,
}

impl TestResult {
    fn new(id: TestId) -> Self {
        Self {
            id,
            line: None,
            outcome: None,
            running: false,
            seconds: 0.0,
            attempts: Vec::new(),
            held: None,
            failures: Vec::new(),
            crash: None,
            sections: Vec::new(),
            worker: None,
            attempt: 1,
            begun: false,
        }
    }

    /// How it ended, in quarantine or not.
    #[must_use]
    pub fn really(&self) -> Option<Outcome> {
        self.held.or(self.outcome)
    }
}

/// What is known of a run so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Where the tests run, when that is elsewhere.
    pub away: Option<Away>,
    /// The first event of pytest, once it has arrived.
    pub start: Option<Start>,
    /// Who told the outcomes in the plugin's stead, where it was not loaded.
    pub told_by: Option<Teller>,
    /// How coverage is measured, once it is.
    pub measuring: Option<Measuring>,
    /// Why coverage is not measured.
    pub unmeasured: Option<String>,
    /// Data files that are not counted, and whether it is branches that they do not have.
    pub aside: Option<(Vec<String>, bool)>,
    /// How many tests were collected; nothing before collection is done.
    pub collected: Option<u64>,
    /// How many tests were deselected.
    pub deselected: Option<u64>,
    /// Files that could not be collected: node id and text.
    pub collect_errors: Vec<(String, String)>,
    /// Files that were skipped as a whole: node id and reason.
    pub collect_skips: Vec<(String, String)>,
    /// What pytest had against its arguments.
    pub usage: Vec<String>,
    /// Warnings, at most 200.
    pub warnings: Vec<Warned>,
    /// How many warnings there were.
    pub warned: u64,
    /// What pytest said when it failed itself.
    pub internal_error: Option<String>,
    /// What interrupted the session.
    pub interrupted: Option<String>,
    /// The facts of measured files.
    pub facts: Vec<FileFacts>,
    /// What the tests requested; nothing where that is not observed.
    pub requests: Option<HashMap<TestId, Vec<Exchange>>>,
    /// The private data file, once it is whole.
    pub data: Option<String>,
    /// The processor time of pytest and what it started, in seconds, where it was told.
    pub seconds: Option<f64>,
    /// pytest's exit status from inside; the outer nothing means that it never said it was done.
    pub finish: Option<Option<i32>>,
    results: Vec<TestResult>,
    places: HashMap<TestId, usize>,
    tally: Tally,
}

impl Progress {
    /// Takes the next event.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Away(away) => self.away = Some(*away),
            Event::Start(start) => self.start = Some(*start),
            Event::Measure(measuring) => self.measuring = Some(measuring),
            Event::Unmeasured(text) => self.unmeasured = Some(text),
            Event::SetAside { files, branch } => {
                self.aside.get_or_insert((Vec::new(), branch)).0.extend(files);
            }
            Event::Collected { ids, total, deselected, .. } => {
                self.collected = Some(total);
                self.deselected = deselected;
                for id in ids {
                    self.place(&id);
                }
            }
            Event::CollectError { path, text } => {
                // Several collectors may stumble over one file.
                if !self.collect_errors.iter().any(|known| (&known.0, &known.1) == (&path, &text)) {
                    self.collect_errors.push((path, text));
                }
            }
            Event::CollectSkip { path, text } => self.collect_skips.push((path, text)),
            Event::Usage(lines) => self.usage.extend(lines),
            Event::TestStart { id, line } => {
                let test = self.test(&id);
                test.running = test.outcome.is_none();
                test.line = line;
            }
            Event::Phase(phase) => self.phase(*phase),
            Event::TestEnd(end) => self.end(end),
            Event::Warnings(total) => self.warned = self.warned.max(total),
            Event::Warning(warning) => {
                self.warned += 1;
                if self.warnings.len() < WARNINGS {
                    self.warnings.push(warning);
                }
            }
            Event::Observing => self.requests = Some(HashMap::new()),
            Event::Requests { id, seen } => {
                // A test that is tried again requests in each attempt.
                self.requests.get_or_insert_default().entry(id).or_default().extend(seen);
            }
            Event::InternalError(text) => self.internal_error = Some(text),
            Event::Interrupted(text) => self.interrupted = Some(text),
            Event::Facts(facts) => self.facts.push(*facts),
            Event::Data { path, .. } => self.data = Some(path),
            Event::Finish { exit, seconds } => {
                self.finish = Some(exit);
                self.seconds = seconds;
            }
            Event::NoFacts { .. }
            | Event::Collecting { .. }
            | Event::LeftOut { .. }
            | Event::Keywords { .. }
            | Event::LabAttempt(_)
            | Event::LabSoFar { .. }
            | Event::LabLeft(_)
            | Event::LabAsked(_)
            | Event::LabDone(_)
            | Event::Unknown => {}
        }
    }

    fn place(&mut self, id: &TestId) -> usize {
        if let Some(&place) = self.places.get(id) {
            return place;
        }
        self.results.push(TestResult::new(id.clone()));
        let place = self.results.len() - 1;
        self.places.insert(id.clone(), place);
        place
    }

    fn test(&mut self, id: &TestId) -> &mut TestResult {
        let place = self.place(id);
        &mut self.results[place]
    }

    fn phase(&mut self, phase: PhaseDone) {
        let test = self.test(&phase.id);
        if phase.subtest.is_none() {
            // A test that is tried again is set up again.
            test.attempt += u32::from(phase.when == When::Setup && test.begun);
            test.begun = true;
            test.seconds += phase.seconds;
        }
        let attempt = test.attempt;
        test.worker = phase.worker.or_else(|| test.worker.take());
        test.crash = test.crash.take().or(phase.crash);
        let subtest = phase.subtest.map(|name| name.trim().to_owned());
        let section = |(title, text)| Section { title, text, attempt, subtest: subtest.clone() };
        test.sections.extend(phase.sections.into_iter().map(section));
        test.failures.extend(phase.failure.map(|failure| Failure { attempt, subtest: subtest.clone(), ..failure }));
    }

    fn end(&mut self, end: TestEnd) {
        let test = self.test(&end.id);
        let before = test.outcome.replace(end.outcome);
        test.running = false;
        test.seconds = end.seconds;
        (test.attempts, test.held) = (end.attempts, end.held);
        if before.is_none() {
            self.tally.count(end.outcome);
        }
    }

    /// Ends a test that ran when its process was ended: an error, with `message` as its first line, where its threads
    /// were, and what else is known of it. `at` is the place in the project.
    pub fn cut_off(&mut self, id: &TestId, message: &str, stacks: &[Stack], at: Option<(String, u32)>) {
        let test = self.test(id);
        let before = test.outcome.replace(Outcome::Error);
        test.running = false;
        let (path, line) = at.unwrap_or_else(|| (id.path().to_owned(), test.line.unwrap_or(1)));
        let crash = Crash { path, line, message: message.to_owned() };
        let shown: String = stacks.iter().map(Stack::shown).collect();
        let raised = stacks.first().map_or_else(Raised::default, Stack::as_raised).because(message);
        let text = format!("{message}\n{shown}");
        let failure = Failure::new(When::Outside, text, Some(crash.clone()), Some(vec![raised]));
        test.failures.push(Failure { attempt: test.attempt, ..failure });
        test.crash = Some(crash);
        if before.is_none() {
            self.tally.count(Outcome::Error);
        }
    }

    /// Whether every test that the run should have is done: each file was collected, and nothing ended it early.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.collect_errors.is_empty() && self.results.iter().all(|test| test.outcome.is_some() && !test.running)
    }

    /// The tests in the order of collection.
    #[must_use]
    pub fn results(&self) -> &[TestResult] {
        &self.results
    }

    /// The result of one test.
    #[must_use]
    pub fn result(&self, id: &TestId) -> Option<&TestResult> {
        self.results.get(*self.places.get(id)?)
    }

    /// How many tests ended in which way.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// The tests that run at this moment.
    pub fn running(&self) -> impl Iterator<Item = &TestResult> {
        self.results.iter().filter(|test| test.running)
    }

    /// The tests that have not ended.
    pub fn remaining(&self) -> impl Iterator<Item = &TestResult> {
        self.results.iter().filter(|test| test.outcome.is_none())
    }

    /// The tests that ended badly.
    pub fn failures(&self) -> impl Iterator<Item = &TestResult> {
        self.results.iter().filter(|test| test.outcome.is_some_and(Outcome::is_bad))
    }

    /// How many seconds the remaining tests will take one after another, from what each usually takes. A test without
    /// a past takes as long as the average of the others.
    #[must_use]
    pub fn seconds_left(&self, usual: impl Fn(&TestId) -> Option<f64>) -> f64 {
        let ended = self.results.iter().filter(|test| test.outcome.is_some());
        let (count, sum) = ended.fold((0_u32, 0.0), |(count, sum), test| (count + 1, sum + test.seconds));
        let average = if count == 0 { 0.0 } else { sum / f64::from(count) };
        self.remaining().map(|test| usual(&test.id).unwrap_or(average)).sum()
    }

    /// Notes on tests that were collected though nobody asked for them, and on those that were asked for and not
    /// collected. `asked` are the tests that the batch was planned to run; nothing is said when it is empty.
    #[must_use]
    pub fn compared(&self, asked: &[TestId]) -> Vec<Problem> {
        if asked.is_empty() || self.collected.is_none() {
            return Vec::new();
        }
        // Before its first run a parametrized test is known by its function alone.
        let wanted: HashSet<&str> = asked.iter().map(TestId::as_str).collect();
        let ran: HashSet<&str> =
            self.results.iter().flat_map(|test| [test.id.as_str(), test.id.without_params()]).collect();
        let is_broken = |id: &TestId| self.collect_errors.iter().any(|(path, _)| path == id.path());
        let missing: Vec<&TestId> = asked.iter().filter(|id| !ran.contains(id.as_str()) && !is_broken(id)).collect();
        let is_asked = |id: &TestId| wanted.contains(id.as_str()) || wanted.contains(id.without_params());
        let extra: Vec<&TestId> = self.results.iter().map(|test| &test.id).filter(|id| !is_asked(id)).collect();
        let mut notes = Vec::new();
        if let Some(first) = missing.first() {
            let what = format!("{} of {} tests that were asked for did not run: {first:?}", missing.len(), asked.len());
            notes.push(Problem::warning("collection", what).hint("they were renamed, removed or deselected"));
        }
        if let Some(first) = extra.first() {
            let what = format!("{} tests ran that were not asked for: {first:?}", extra.len());
            notes.push(Problem::note("collection", what));
        }
        notes
    }

    /// A note on what pytest chose by these options, where other tests were expected.
    #[must_use]
    pub fn chosen(&self, expected: &[TestId], options: &[String]) -> Option<Problem> {
        self.collected?;
        let chosen: HashSet<&TestId> = self.results.iter().map(|test| &test.id).collect();
        let expected: HashSet<&TestId> = expected.iter().collect();
        let mut other: Vec<&&TestId> = chosen.symmetric_difference(&expected).collect();
        other.sort();
        let first = other.first()?;
        let options = options.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        let what = format!("pytest chose {} tests by {options}; {} were expected", chosen.len(), expected.len());
        let hint = format!("such as {}: `lacuna tests --collect` brings the index up to date", first.clean());
        Some(Problem::note("collection", what).hint(hint))
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;
    use crate::domain::suite::{Event, Outcome, TestId, parse_event};

    fn run(lines: &[&str]) -> Progress {
        let mut progress = Progress::default();
        for line in lines {
            progress.apply(parse_event(line.as_bytes()).expect("an event"));
        }
        progress
    }

    #[test]
    fn events_become_results() {
        let progress = run(&[
            r#"{"ev":"collected","ids":["a::x","a::y","a::z"],"total":3,"deselected":1,"last":true}"#,
            r#"{"ev":"test_start","id":"a::x","line":3}"#,
            r#"{"ev":"phase","id":"a::x","when":"setup","outcome":"passed","seconds":0.5}"#,
            r#"{"ev":"phase","id":"a::x","when":"call","outcome":"failed","seconds":1.5,"longrepr":"E","sections":[["out","hi"]]}"#,
            r#"{"ev":"test_end","id":"a::x","outcome":"failed","seconds":2.0,"attempts":[]}"#,
            r#"{"ev":"test_start","id":"a::y"}"#,
        ]);
        let x = progress.result(&TestId::new("a::x")).expect("a result");
        assert_eq!((x.outcome, x.line, x.failures.len(), x.sections.len()), (Some(Outcome::Failed), Some(3), 1, 1));
        assert_eq!(progress.running().map(|test| test.id.as_str()).collect::<Vec<_>>(), ["a::y"]);
        assert_eq!(progress.remaining().count(), 2);
        assert_eq!(progress.tally().failed, 1);
        let left = progress.seconds_left(|id| (id.as_str() == "a::y").then_some(10.0));
        assert!((left - 12.0).abs() < 1e-9, "{left}");
    }

    #[test]
    fn asked_and_collected_are_compared() {
        let mut progress = Progress::default();
        let ids = vec![TestId::new("a::x"), TestId::new("a::new")];
        progress.apply(Event::Collected { ids, total: 2, deselected: Some(0), last: true });
        let asked = [TestId::new("a::x"), TestId::new("a::gone")];
        let notes: Vec<String> = progress.compared(&asked).iter().map(ToString::to_string).collect();
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("a::gone") && notes[1].contains("a::new"), "{notes:?}");
        assert!(progress.compared(&[]).is_empty());
    }
}
