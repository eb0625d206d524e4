//! `lacuna ingest`: results of tests from elsewhere into the history.

use super::arguments::Common;
use super::exit::Exit;
use super::export::Export;
use super::{output, places, report, session};
use crate::base::{Clean, Digest, Problem, Severity, Stamp};
use crate::domain::coverage::{Sniffed, sniff};
use crate::domain::history::{Run, RunRecord, RunSource, ci_run, is_export, read_export};
use crate::domain::suite::{
    Case, JunitReport, More, NodeIds, Recovered, Session, TestId, Told, is_log, read_junit, read_log, read_report_log,
};
use crate::io::files::{self, ResultFile};
use crate::io::store::{Keeping, Properties, Saved};
use crate::shell::{Desk, Renames, catalog, mapping, note_ingested, now, retention};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How many results are saved in one go, at least; those of one run always are.
const TOGETHER: usize = 50_000;

/// What is known of the runs besides their reports.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The run's id, if all reports are of one run.
    pub run_id: Option<String>,
    /// The commit that the tests ran on.
    pub commit: Option<String>,
    /// The branch that the tests ran on.
    pub branch: Option<String>,
    /// Where the tests ran, in a word: only runs of one environment can contradict each other.
    pub environment: Option<String>,
    /// When the runs started.
    pub when: Option<Stamp>,
    /// Where a person can look at the run.
    pub url: Option<String>,
}

/// Runs the command. Each id is printed after its run is on the disk. `export` is a file to which the runs are added as well.
pub fn run(reports: &[PathBuf], about: About, export: Option<&Path>, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    if let Some(id) = about.run_id.as_deref().filter(|id| id.is_empty() || id.chars().any(Clean::is_odd)) {
        return output::refuse(Problem::error(
            "--run-id",
            format!("{id:?} is no id: it is empty or holds control characters"),
        ));
    }
    let export = match export.map(Export::open).transpose() {
        Ok(export) => export,
        Err(problem) => return output::refuse(problem),
    };
    let ids = NodeIds::from_files(catalog::test_files(&desk.project, &desk.disk).iter());
    let about = with_ci(about, &desk);
    let mut intake = Intake {
        desk: &desk,
        about: &about,
        ids,
        export,
        kept: Vec::new(),
        waiting: Vec::new(),
        counts: Counts::default(),
        renames: Renames::default(),
        fresh: Vec::new(),
        said: BTreeSet::new(),
        properties: BTreeMap::new(),
    };
    for path in reports {
        if path.as_os_str() == "-" {
            intake.stdin();
        } else {
            files::each_result(path, &places::here(), &mut |found| intake.take(found));
        }
    }
    intake.finish()
}

/// What the CI system says around this process, where nothing else was said.
fn with_ci(about: About, desk: &Desk) -> About {
    let read = |name: &str| desk.around.environment.value(name).map(|value| value.to_string_lossy().into_owned());
    let ci = ci_run(&read).unwrap_or_default();
    // What was said of one run of another time is not what this job is about.
    let is_other = about.commit.is_some() && about.commit != ci.commit;
    About {
        commit: about.commit.or(ci.commit),
        branch: about.branch.or(ci.branch.filter(|_| !is_other)),
        environment: about.environment.or(ci.job.filter(|_| !is_other)),
        url: about.url.or(ci.url.filter(|_| !is_other)),
        ..about
    }
}

/// What came of the files.
#[derive(Default)]
struct Counts {
    problems: usize,
    new: usize,
    known: usize,
    results: u64,
    /// Files of folders and archives that hold no results.
    others: usize,
    /// Whether anything was looked for, and not named.
    found: bool,
    unsaved: bool,
}

/// A run, and what a reader of its results should know.
type Noted = (RunRecord, Vec<Problem>);

/// Files on their way into the history.
struct Intake<'a> {
    desk: &'a Desk,
    about: &'a About,
    ids: NodeIds,
    export: Option<Export>,
    /// With an id of its own a run is saved when all its files are read.
    kept: Vec<RunRecord>,
    /// Runs that are saved next.
    waiting: Vec<RunRecord>,
    counts: Counts,
    renames: Renames,
    /// The runs that were not known before, each with the tests that failed in it.
    fresh: Vec<(String, Vec<TestId>)>,
    /// What was said of renamed files, once each.
    said: BTreeSet<String>,
    /// The properties that belong to issues, by test, with when their runs began.
    properties: BTreeMap<TestId, (Stamp, Properties)>,
}

impl Intake<'_> {
    fn stdin(&mut self) {
        match report::read_stdin() {
            Ok(bytes) => {
                let file = ResultFile { origin: "standard input".to_owned(), modified: None, bytes, found: false };
                files::unpacked(file, 0, &mut |found| self.take(found));
            }
            Err(problem) => self.complain(problem),
        }
    }

    fn complain(&mut self, problem: Problem) {
        output::complain(&[problem]);
        self.counts.problems += 1;
    }

    fn take(&mut self, found: Result<ResultFile, Problem>) {
        let file = match found {
            Ok(file) => file,
            Err(problem) => return self.complain(problem),
        };
        self.counts.found |= file.found;
        if is_export(&file.bytes) {
            return self.take_export(&file);
        }
        let records = match self.read(&file) {
            Ok(Some(records)) => records,
            Ok(None) => {
                self.counts.others += 1;
                return;
            }
            Err(problem) => return self.complain(problem),
        };
        for (record, notes) in records {
            output::complain(&notes);
            let record = self.followed(record);
            if self.about.run_id.is_some() {
                join(&mut self.kept, record);
            } else {
                self.save(record);
            }
        }
    }

    /// The runs of another history say all of themselves.
    fn take_export(&mut self, file: &ResultFile) {
        if self.about.run_id.is_some() {
            let problem = Problem::error(&*file.origin, "holds runs that have ids");
            return self.complain(problem.hint("ingest it without --run-id"));
        }
        match read_export(&file.bytes, &file.origin) {
            Ok((records, problems)) => {
                problems.into_iter().for_each(|problem| self.complain(problem));
                for record in records {
                    let record = self.followed(record);
                    self.save(record);
                }
            }
            Err(problem) => self.complain(problem),
        }
    }

    /// The record with the names that its tests have now; what was renamed is said once.
    fn followed(&mut self, mut record: RunRecord) -> RunRecord {
        for note in self.renames.follow(self.desk, &mut record) {
            if self.said.insert(note.to_string()) {
                output::complain(&[note]);
            }
        }
        record
    }

    /// The runs of a file; nothing where it was found and holds none.
    fn read(&mut self, file: &ResultFile) -> Result<Option<Vec<Noted>>, Problem> {
        let (bytes, origin) = (file.bytes.as_slice(), file.origin.as_str());
        let digest = || Digest::of(bytes).to_string().chars().take(16).collect::<String>();
        let id = || self.about.run_id.clone().unwrap_or_else(digest);
        let when = |said: Option<Stamp>| self.about.when.or(said).or(file.modified).unwrap_or(now());
        let of_sessions = |sessions: Vec<Session>| {
            let sessions = sessions.into_iter().filter(|session| !session.tests.is_empty()).enumerate();
            let records = sessions.map(|(at, session)| {
                let id = if at == 0 || self.about.run_id.is_some() { id() } else { format!("{}-{}", id(), at + 1) };
                let when = when(session.stamp);
                of_session(session, id, when, self.about, origin)
            });
            records.collect()
        };
        match sniff(bytes) {
            Sniffed::Junit => {
                let report = read_junit(bytes, origin)?;
                let when = when(report.stamp);
                let names = self.desk.project.config.texts("mapping.properties");
                labelled(&report, &self.ids, names, when, &mut self.properties);
                Ok(Some(vec![record(&report, &self.ids, id(), when, self.about, origin)]))
            }
            Sniffed::ReportLog => Ok(Some(of_sessions(vec![read_report_log(bytes, origin)?]))),
            // The output of pytest-cov has a table in it.
            _ if is_log(&String::from_utf8_lossy(bytes)) => read_log(bytes, origin).map(of_sessions).map(Some),
            _ if file.found => Ok(None),
            Sniffed::Unknown if bytes.trim_ascii_start().starts_with(b"<") => {
                Err(read_junit(bytes, origin).err().unwrap_or_else(|| Problem::error(origin, "is no JUnit XML")))
            }
            Sniffed::Unknown => read_log(bytes, origin).map(of_sessions).map(Some),
            _ => Err(Problem::error(origin, "is a coverage report, which knows nothing of results")
                .hint("`lacuna report` shows it")),
        }
    }

    fn save(&mut self, record: RunRecord) {
        self.waiting.push(RunRecord::new(record.run, record.results));
        if self.waiting.iter().map(|record| record.results.len()).sum::<usize>() >= TOGETHER {
            self.flush();
        }
    }

    /// Saves what waits, and prints its ids once it is on the disk.
    fn flush(&mut self) {
        let records = std::mem::take(&mut self.waiting);
        let Some(first) = records.first() else { return };
        let store = self.desk.store();
        output::complain(&self.desk.take_problems());
        let saved = store.and_then(|store| match store.keeping() {
            Keeping::Lasting => store.save_runs(&records),
            Keeping::ReadOnly | Keeping::Fleeting => {
                Err(Problem::error("history", format!("the run {} was not kept: nothing can be saved", first.run.id)))
            }
        });
        match saved {
            Ok(saved) => {
                saved.into_iter().zip(&records).for_each(|(saved, record)| {
                    let (count, results) = match saved {
                        Saved::New => (&mut self.counts.new, record.run.tests),
                        Saved::Already => (&mut self.counts.known, 0),
                    };
                    *count += 1;
                    self.fresh.extend((saved == Saved::New).then(|| failed(record)).flatten());
                    self.counts.results += results;
                    output::print(&format!("{}\n", record.run.id));
                });
                self.put_out(&records);
            }
            Err(problem) => {
                output::complain(&[problem]);
                self.counts.unsaved = true;
            }
        }
    }

    /// Adds runs to the export.
    fn put_out(&mut self, records: &[RunRecord]) {
        let Some(export) = &mut self.export else { return };
        if let Err(problem) = records.iter().try_for_each(|record| export.add(record)).and_then(|()| export.flush()) {
            self.complain(problem);
        }
    }

    /// Keeps the properties of the tests.
    fn keep_properties(&mut self) {
        if self.properties.is_empty() {
            return;
        }
        let saved = self.desk.store().and_then(|store| {
            store.save_properties(self.properties.iter().map(|(test, (at, properties))| (test, *at, properties)))
        });
        if let Err(problem) = saved {
            output::complain(&[problem]);
            self.counts.unsaved = true;
        }
    }

    fn finish(mut self) -> Exit {
        if self.counts.problems > 0 && self.about.run_id.is_some() {
            output::say("lacuna: nothing was added: a run is kept whole or not at all");
            return Exit::Unusable;
        }
        std::mem::take(&mut self.kept).into_iter().for_each(|record| self.save(record));
        self.flush();
        self.keep_properties();
        if let Some(export) = &self.export {
            output::say(&format!("lacuna: {}", export.words()));
        }
        if self.counts.new > 0 {
            output::complain(&mapping::note_share(self.desk).err().into_iter().collect::<Vec<_>>());
        }
        let noted = note_ingested(self.desk, &self.fresh);
        output::complain(&noted.err().into_iter().collect::<Vec<_>>());
        let shared = self.desk.share(u64::MAX);
        // On a machine that is thrown away, what waits is lost.
        self.counts.unsaved |= shared.iter().any(|problem| problem.severity == Severity::Error);
        output::complain(&shared);
        let pruned = if self.counts.new > 0 { retention::apply(self.desk, u64::MAX) } else { None };
        output::complain(&pruned.into_iter().collect::<Vec<_>>());
        let Counts { problems, new, known, results, others, found, unsaved } = self.counts;
        if found {
            let count =
                |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
            let (runs, files) = (count(new, "run", "runs"), count(others, "file holds", "files hold"));
            output::say(&format!(
                "lacuna: {runs} added with {results} results, {known} known before; {files} no results"
            ));
        }
        match (problems > 0 || unsaved, new + known) {
            (true, _) => Exit::Unusable,
            (false, 0) => Exit::Nothing,
            (false, _) => Exit::Done,
        }
    }
}

/// The tests that failed in a run of a known commit.
fn failed(record: &RunRecord) -> Option<(String, Vec<TestId>)> {
    record.run.commit.as_ref()?;
    let failed = record.results.iter().filter(|result| result.outcome.is_bad());
    Some((record.run.id.clone(), failed.map(|result| result.id.clone()).collect()))
}

/// Reports with one id are one run.
fn join(records: &mut Vec<RunRecord>, record: RunRecord) {
    match records.iter_mut().find(|known| known.run.id == record.run.id) {
        Some(known) => {
            known.run.when = known.run.when.min(record.run.when);
            known.run.seconds += record.run.seconds;
            known.results.extend(record.results);
        }
        None => records.push(record),
    }
}

/// The record of one session of pytest, whose log names the tests as pytest does.
fn of_session(session: Session, id: String, when: Stamp, about: &About, origin: &str) -> (RunRecord, Vec<Problem>) {
    let results = session.tests;
    let mut run = ingested(id, when, about, origin);
    let parts: Vec<String> = run.environment.take().into_iter().chain(session.environment).collect();
    run.environment = (!parts.is_empty()).then(|| parts.join(", "));
    run.exit = session.exit;
    run.seconds = session.seconds.unwrap_or_else(|| results.iter().map(|result| result.seconds).sum());
    (RunRecord::new(run, results), session.notes)
}

fn ingested(id: String, when: Stamp, about: &About, origin: &str) -> Run {
    let mut run = Run::new(id, when, RunSource::Ingested);
    run.commit.clone_from(&about.commit);
    run.tree.clone_from(&about.commit);
    run.branch.clone_from(&about.branch);
    run.environment.clone_from(&about.environment);
    run.url.clone_from(&about.url);
    origin.clone_into(&mut run.command);
    run
}

/// Notes the properties of those names that a report gives its tests. A report in which no test has one says nothing of them;
/// in another one, a test without any has none.
fn labelled(
    report: &JunitReport<'_>,
    ids: &NodeIds,
    names: &[String],
    when: Stamp,
    found: &mut BTreeMap<TestId, (Stamp, Properties)>,
) {
    let of = |case: &Case<'_>| -> Properties {
        let known = case.properties().iter().filter(|(name, _)| names.contains(name));
        known
            .map(|(name, value)| (name.clone(), value.trim().to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    };
    if report.cases.iter().all(|case| of(case).is_empty()) {
        return;
    }
    for case in &report.cases {
        let (Recovered::Exact(test) | Recovered::Guess(test)) = ids.recover(case) else { continue };
        let known = found.entry(test).or_insert((when, Properties::new()));
        if when >= known.0 {
            *known = (when, of(case));
        }
    }
}

/// The record of a JUnit report, with the node ids that its cases must have had. A case that could be several tests is
/// left out and named.
#[must_use]
pub fn record(
    report: &JunitReport<'_>,
    ids: &NodeIds,
    id: String,
    when: Stamp,
    about: &About,
    origin: &str,
) -> (RunRecord, Vec<Problem>) {
    let mut problems = report.notes.clone();
    let mut results = Vec::new();
    for case in &report.cases {
        let test = match ids.recover(case) {
            Recovered::Exact(test) | Recovered::Guess(test) => test,
            Recovered::Ambiguous(tests) => {
                let names: Vec<_> = tests.iter().map(|test| test.clean().to_string()).collect();
                let what = format!("{} {} could be {}", case.classname, case.name, names.join(" or "));
                problems.push(Problem::warning(origin, what).hint("it was left out"));
                continue;
            }
        };
        let More { message, details, attempts, .. } = case.more.as_deref().cloned().unwrap_or_default();
        results.push(Told {
            id: test,
            outcome: case.outcome,
            attempts,
            seconds: case.seconds,
            message,
            details,
            worker: None,
        });
    }
    let mut run = ingested(id, when, about, origin);
    run.seconds = report.cases.iter().map(|case| case.seconds).sum();
    (RunRecord::new(run, results), problems)
}
