//! The JSON form of live events.

use crate::base::Digest;
use crate::domain::suite::events::{
    Away, Crash, Event, EventFacts, Exchange, FileFacts, Jump, LabAsked, LabAttempt, LabDone, LabLeft, Measuring,
    MockMade, MockUse, PhaseDone, Start, Step, TestEnd, UseOf, Warned, When,
};
use crate::domain::suite::{Failure, Frame, Keywords, Link, Outcome, Part, Raised, TestId, entry, longrepr};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(tag = "ev", rename_all = "snake_case")]
enum Wire {
    Away(WireAway),
    Start(WireStart),
    Measure(WireMeasure),
    Unmeasured {
        text: String,
    },
    SetAside {
        files: Vec<String>,
        branch: bool,
    },
    Collected {
        ids: Vec<String>,
        total: u64,
        deselected: Option<u64>,
        last: bool,
    },
    Collecting {
        path: String,
        tests: u64,
    },
    LeftOut {
        ids: Vec<String>,
        keyword: String,
        mark: String,
    },
    Keywords {
        sets: Vec<(Vec<String>, Vec<String>)>,
        of: Vec<u32>,
    },
    CollectError {
        path: String,
        text: String,
    },
    CollectSkip {
        path: String,
        text: String,
    },
    Usage {
        lines: Vec<String>,
    },
    TestStart {
        id: String,
        line: Option<u32>,
    },
    Phase(WirePhase),
    Subtest(WirePhase),
    TestEnd(WireEnd),
    LabAttempt(WireAttempt),
    LabSoFar {
        ran: u32,
        failed: u32,
    },
    LabLeft(WireLeft),
    LabAsked {
        id: String,
        outcome: String,
        mocks: Vec<WireMock>,
        idle: Vec<String>,
        guards: Vec<String>,
        real: BTreeMap<String, (String, u32)>,
    },
    LabDone(WireDone),
    Observing,
    Requests {
        id: String,
        seen: Vec<(String, String, String, u16)>,
    },
    Warning(WireWarning),
    Warnings {
        total: u64,
    },
    InternalError {
        text: String,
    },
    Interrupted {
        text: String,
    },
    Facts(WireFileFacts),
    NoFacts {
        path: String,
        text: String,
    },
    Data {
        path: String,
        branch: bool,
        contexts: bool,
        files: u64,
    },
    Finish {
        exit: Option<i32>,
        #[serde(default)]
        cpu: Option<f64>,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct WireStart {
    pytest: String,
    python: String,
    executable: String,
    coverage: Option<String>,
    pytest_cov: Option<String>,
    rootdir: String,
    inifile: String,
    addopts: Vec<String>,
    plugins: Vec<String>,
}

#[derive(Deserialize)]
struct WireAway {
    root: String,
    host: String,
    python: String,
    #[serde(default)]
    differ: Vec<String>,
    #[serde(default)]
    absent: Vec<String>,
    #[serde(default)]
    mounted: bool,
    lacks: Option<String>,
    what: Option<String>,
    hint: Option<String>,
}

impl From<WireAway> for Away {
    fn from(wire: WireAway) -> Self {
        let WireAway { root, host, python, differ, absent, mounted, lacks, what, hint } = wire;
        Self { root, host, python, differ, absent, mounted, lacks, trouble: what.zip(hint) }
    }
}

#[derive(Deserialize)]
struct WireMeasure {
    by: String,
    branch: bool,
    contexts: bool,
    #[serde(default)]
    untold: bool,
    #[serde(default)]
    source: Vec<String>,
    #[serde(default)]
    rules: String,
}

#[derive(Deserialize)]
struct WirePhase {
    id: String,
    when: String,
    outcome: String,
    #[serde(default)]
    xfail: bool,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    seconds: f64,
    #[serde(default)]
    longrepr: String,
    crash: Option<(String, u32, String)>,
    #[serde(default)]
    sections: Vec<(String, String)>,
    worker: Option<String>,
    name: Option<String>,
    chain: Option<Vec<WireRaised>>,
}

/// One exception of a chain, as pytest's own objects hold it.
#[derive(Deserialize)]
struct WireRaised {
    /// How it is linked to the *next* one, in pytest's words.
    link: Option<String>,
    entries: Vec<WireEntry>,
    /// What is said below all entries.
    more: Option<String>,
}

#[derive(Deserialize)]
struct WireEntry {
    style: String,
    lines: Vec<String>,
    /// Path, line, message.
    place: Option<(String, u32, String)>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    locals: Vec<String>,
}

#[derive(Deserialize)]
struct WireEnd {
    id: String,
    outcome: String,
    seconds: f64,
    #[serde(default)]
    attempts: Vec<String>,
    held: Option<String>,
}

#[derive(Deserialize)]
struct WireAttempt {
    at: u32,
    outcome: String,
    #[serde(default)]
    seconds: f64,
    seed: Option<u64>,
    failure: Option<WirePhase>,
}

#[derive(Deserialize)]
struct WireDone {
    ran: u32,
    failed: u32,
    #[serde(default)]
    skipped: u32,
    #[serde(default)]
    missing: Vec<String>,
    #[serde(default)]
    changes: Vec<[String; 4]>,
    #[serde(default)]
    undone: Vec<String>,
    #[serde(default)]
    reached: Vec<String>,
    steps: Option<WireSteps>,
}

#[derive(Deserialize)]
struct WireLeft {
    id: String,
    outcome: String,
    left: Vec<String>,
    kept: Vec<String>,
}

#[derive(Deserialize)]
struct WireMock {
    path: String,
    line: u32,
    specified: bool,
    part: Option<String>,
    uses: Vec<(WireUse, String, String, u32)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireUse {
    Take,
    Call,
    Set,
    Look,
}

#[derive(Default, Deserialize)]
struct WireSteps {
    files: Vec<String>,
    /// The number of the file and the line, in turn.
    steps: Vec<u32>,
}

#[derive(Deserialize)]
struct WireWarning {
    category: String,
    text: String,
    id: Option<String>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    line: u32,
}

#[derive(Deserialize)]
struct WireFileFacts {
    path: String,
    sha256: String,
    rules: String,
    #[serde(default)]
    changed: bool,
    facts: Option<WireFacts>,
}

type WireJump = (Step, Option<Step>, Vec<Step>);

#[derive(Deserialize)]
struct WireFacts {
    statements: Vec<u32>,
    excluded: Vec<u32>,
    first: Vec<(u32, u32)>,
    branches: Option<Vec<(u32, u32, Vec<i32>)>>,
    #[serde(default)]
    jumps: Vec<WireJump>,
}

/// Reads one line.
pub fn read(line: &[u8]) -> Result<Event, String> {
    let wire: Wire = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    Ok(match wire {
        Wire::Away(away) => Event::Away(Box::new(away.into())),
        Wire::Start(start) => Event::Start(Box::new(start.into())),
        Wire::Measure(measure) => Event::Measure(Measuring {
            by: measure.by,
            branch: measure.branch,
            contexts: measure.contexts,
            untold: measure.untold,
            source: measure.source,
            rules: Digest::from_hex(&measure.rules),
        }),
        Wire::Unmeasured { text } => Event::Unmeasured(text),
        Wire::SetAside { files, branch } => Event::SetAside { files, branch },
        Wire::Collected { ids, total, deselected, last } => {
            let ids = ids.iter().map(|id| TestId::new(id)).collect();
            Event::Collected { ids, total, deselected, last }
        }
        Wire::Collecting { path, tests } => Event::Collecting { path, tests },
        Wire::LeftOut { ids, keyword, mark } => {
            Event::LeftOut { ids: ids.iter().map(|id| TestId::new(id)).collect(), keyword, mark }
        }
        Wire::Keywords { sets, of } => {
            let sets = sets.into_iter().map(|(marks, others)| Keywords { marks, others }).collect();
            Event::Keywords { sets, of }
        }
        Wire::CollectError { path, text } => Event::CollectError { path, text },
        Wire::CollectSkip { path, text } => Event::CollectSkip { path, text },
        Wire::Usage { lines } => Event::Usage(lines),
        Wire::TestStart { id, line } => Event::TestStart { id: TestId::new(&id), line },
        Wire::Phase(phase) => Event::Phase(Box::new(phase_done(phase, false)?)),
        Wire::Subtest(phase) => Event::Phase(Box::new(phase_done(phase, true)?)),
        Wire::TestEnd(end) => Event::TestEnd(test_end(&end)?),
        Wire::LabAttempt(attempt) => Event::LabAttempt(Box::new(lab_attempt(attempt)?)),
        Wire::LabSoFar { ran, failed } => Event::LabSoFar { ran, failed },
        Wire::LabLeft(WireLeft { id, outcome, left, kept }) => {
            Event::LabLeft(LabLeft { id: TestId::new(&id), outcome: Outcome::of_word(&outcome)?, left, kept })
        }
        Wire::LabAsked { id, outcome, mocks, idle, guards, real } => Event::LabAsked(LabAsked {
            id: TestId::new(&id),
            outcome: Outcome::of_word(&outcome)?,
            mocks: mocks.into_iter().map(mock_made).collect(),
            idle,
            guards,
            real,
        }),
        Wire::LabDone(done) => Event::LabDone(Box::new(lab_done(done))),
        Wire::Observing => Event::Observing,
        Wire::Requests { id, seen } => {
            let exchange = |(method, host, path, status)| Exchange { method, host, path, status };
            Event::Requests { id: TestId::new(&id), seen: seen.into_iter().map(exchange).collect() }
        }
        Wire::Warning(warning) => Event::Warning(Warned {
            category: warning.category,
            text: warning.text,
            id: warning.id.map(|id| TestId::new(&id)),
            path: warning.path,
            line: warning.line,
        }),
        Wire::Warnings { total } => Event::Warnings(total),
        Wire::InternalError { text } => Event::InternalError(text),
        Wire::Interrupted { text } => Event::Interrupted(text),
        Wire::Facts(facts) => Event::Facts(Box::new(file_facts(facts)?)),
        Wire::NoFacts { path, text } => Event::NoFacts { path, text },
        Wire::Data { path, branch, contexts, files } => Event::Data { path, branch, contexts, files },
        Wire::Finish { exit, cpu } => {
            Event::Finish { exit, seconds: cpu.filter(|seconds| seconds.is_finite() && *seconds >= 0.0) }
        }
        Wire::Unknown => Event::Unknown,
    })
}

impl From<WireStart> for Start {
    fn from(start: WireStart) -> Self {
        Self {
            pytest: start.pytest,
            python: start.python,
            executable: start.executable,
            coverage: start.coverage,
            pytest_cov: start.pytest_cov,
            rootdir: start.rootdir,
            inifile: start.inifile,
            addopts: start.addopts,
            plugins: start.plugins,
        }
    }
}

fn phase_done(phase: WirePhase, subtest: bool) -> Result<PhaseDone, String> {
    let when = match phase.when.as_str() {
        "setup" => When::Setup,
        "call" => When::Call,
        "teardown" => When::Teardown,
        _ => When::Outside,
    };
    let rerun = matches!(phase.outcome.as_str(), "rerun" | "retried");
    let outcome = match (phase.outcome.as_str(), when) {
        ("passed", _) if phase.xfail => Outcome::Xpassed,
        ("passed", _) => Outcome::Passed,
        ("skipped", _) if phase.xfail => Outcome::Xfailed,
        ("skipped", _) => Outcome::Skipped,
        ("failed" | "rerun" | "retried", When::Call) => Outcome::Failed,
        ("failed" | "rerun" | "retried", _) => Outcome::Error,
        (other, _) => return Err(format!("unknown outcome {other:?}")),
    };
    let longrepr = if phase.longrepr.is_empty() { phase.reason } else { phase.longrepr };
    let crash = phase.crash.map(|(path, line, message)| Crash { path, line, message });
    let failure = (!longrepr.is_empty()).then(|| {
        let chain = phase.chain.filter(|chain| !chain.is_empty()).map(chain);
        Failure::new(when, longrepr, crash.clone(), chain)
    });
    Ok(PhaseDone {
        id: TestId::new(&phase.id),
        when,
        outcome,
        seconds: phase.seconds.max(0.0),
        failure,
        crash,
        sections: phase.sections,
        worker: phase.worker,
        rerun,
        subtest: if subtest { Some(phase.name.unwrap_or_default()) } else { None },
    })
}

fn chain(wire: Vec<WireRaised>) -> Vec<Raised> {
    let mut link = Link::First;
    let mut chain: Vec<Raised> = Vec::new();
    for raised in wire {
        let start = chain.len();
        match raised.entries.as_slice() {
            // Python's own form holds a chain of its own.
            [native] if native.style == "native" => chain.extend(longrepr::read(&native.lines.join("\n"))),
            _ => {
                let parts = raised.entries.into_iter().flat_map(entry_parts).collect();
                chain.push(Raised { link, parts });
            }
        }
        if let Some(first) = chain.get_mut(start) {
            first.link = link;
        }
        let more = raised.more.iter().flat_map(|more| more.lines()).map(str::to_owned).collect::<Vec<_>>();
        if let Some(last) = chain.last_mut().filter(|_| !more.is_empty()) {
            last.parts.push(Part::Text(more));
        }
        link = raised.link.as_deref().and_then(Link::of_line).unwrap_or(Link::Context);
    }
    chain
}

fn entry_parts(wire: WireEntry) -> Vec<Part> {
    let is_short = wire.style == "short";
    let Some((path, line, message)) = wire.place.filter(|_| is_short || wire.style == "long") else {
        // Python's own form, or no more than the exception: there is no place but in the text.
        return longrepr::read(&wire.lines.join("\n")).into_iter().flat_map(|raised| raised.parts).collect();
    };
    let mut frame = Frame { path, line, args: wire.args, locals: wire.locals, ..Frame::default() };
    match message.strip_prefix("in ").filter(|_| is_short) {
        Some(function) => function.clone_into(&mut frame.function),
        None => frame.raised = message,
    }
    let mut frame = entry::entry(&wire.lines, frame, is_short);
    let inner = entry::split_syntax_error(&mut frame);
    std::iter::once(frame).chain(inner).map(Part::Frame).collect()
}

fn lab_attempt(attempt: WireAttempt) -> Result<LabAttempt, String> {
    let failure = attempt.failure.map(|phase| phase_done(phase, false)).transpose()?.and_then(|phase| phase.failure);
    let (at, seed, seconds) = (attempt.at, attempt.seed, attempt.seconds.max(0.0));
    Ok(LabAttempt { at, outcome: Outcome::of_word(&attempt.outcome)?, seconds, seed, failure })
}

fn mock_made(mock: WireMock) -> MockMade {
    let used = |(how, name, path, line)| {
        let how = match how {
            WireUse::Take => UseOf::Take,
            WireUse::Call => UseOf::Call,
            WireUse::Set => UseOf::Set,
            WireUse::Look => UseOf::Look,
        };
        MockUse { how, name, path, line }
    };
    MockMade {
        path: mock.path,
        line: mock.line,
        is_specified: mock.specified,
        part: mock.part,
        uses: mock.uses.into_iter().map(used).collect(),
    }
}

fn lab_done(done: WireDone) -> LabDone {
    let WireDone { ran, failed, skipped, missing, changes, undone, reached, steps } = done;
    let WireSteps { files, steps } = steps.unwrap_or_default();
    let pair = |pair: &[u32]| Some((*pair.first()?, *pair.get(1)?));
    let steps = steps.chunks_exact(2).filter_map(pair).collect();
    LabDone { ran, failed, skipped, missing, changes, undone, reached, files, steps }
}

fn test_end(end: &WireEnd) -> Result<TestEnd, String> {
    let attempts = end.attempts.iter().map(|word| Outcome::of_word(word)).collect::<Result<_, _>>()?;
    let id = TestId::new(&end.id);
    let held = end.held.as_deref().map(Outcome::of_word).transpose()?;
    Ok(TestEnd { id, outcome: Outcome::of_word(&end.outcome)?, seconds: end.seconds.max(0.0), attempts, held })
}

fn file_facts(wire: WireFileFacts) -> Result<FileFacts, String> {
    let digest = |text: &str| Digest::from_hex(text).ok_or_else(|| "a digest has not 64 digits".to_owned());
    Ok(FileFacts {
        digest: digest(&wire.sha256)?,
        rules: digest(&wire.rules)?,
        path: wire.path,
        changed: wire.changed,
        facts: wire.facts.map(|facts| {
            let mut first = facts.first;
            first.sort_unstable();
            let jump = |(arc, instead, drops)| Jump { arc, instead, drops };
            let mut jumps: Vec<Jump> = facts.jumps.into_iter().map(jump).collect();
            jumps.sort_unstable();
            EventFacts {
                statements: facts.statements,
                excluded: facts.excluded,
                first,
                branches: facts.branches,
                jumps,
            }
        }),
    })
}
