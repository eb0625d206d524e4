//! Where a contract stands: which operations and responses tests exercised, which are only named in a source, and what drifts.

use super::matching::{Meant, Paths, Request};
use super::mention::{Marked, Mention, Mentions};
use super::{Channel, Code, Document, Hosts, Operation};
use crate::base::{Ratio, RepoPath};
use crate::domain::suite::{Exchange, TestId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Whom a contract is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The documents.
    pub documents: &'a [Arc<Document>],
    /// The hosts whose requests count.
    pub hosts: &'a Hosts,
    /// Prefixes of paths that the documents do not tell.
    pub bases: &'a [String],
}

/// What is known of the tests.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// What each test requested when it ran last under observation; a test that requested nothing is among them.
    pub observed: Vec<(TestId, Vec<Exchange>)>,
    /// What the sources of the tests say.
    pub mentions: Vec<(RepoPath, Mentions)>,
    /// The tests there are that never ran under observation.
    pub unobserved: Vec<TestId>,
}

/// How an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// No test exercises it, and no source of a test names it.
    Open,
    /// A source names it, and no run has shown it.
    Named,
    /// A run has shown it.
    Observed,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "not exercised",
            Self::Named => "only named",
            Self::Observed => "observed",
        }
    }

    /// The sign for it.
    #[must_use]
    pub const fn glyph(self) -> char {
        match self {
            Self::Open => '✗',
            Self::Named => '~',
            Self::Observed => '✓',
        }
    }
}

/// One operation and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationStanding {
    /// The operation.
    pub operation: Operation,
    /// The tests that exercised it.
    pub tests: BTreeSet<TestId>,
    /// The answers that were seen, each with how many tests saw it.
    pub statuses: BTreeMap<u16, usize>,
    /// The places of sources that name it.
    pub named: Vec<(RepoPath, u32)>,
}

impl OperationStanding {
    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        match (self.tests.is_empty(), self.named.is_empty()) {
            (false, _) => State::Observed,
            (true, false) => State::Named,
            (true, true) => State::Open,
        }
    }

    /// The documented response that a status is, if it is one.
    fn response(&self, status: u16) -> Option<Code> {
        let codes = self.operation.responses.iter().map(|response| response.code);
        codes
            .filter_map(|code| Some((code.closeness(status)?, code)))
            .max_by_key(|(close, _)| *close)
            .map(|(_, code)| code)
    }

    /// The statuses that were seen of a documented response.
    #[must_use]
    pub fn seen(&self, code: Code) -> Vec<u16> {
        self.statuses.keys().copied().filter(|status| self.response(*status) == Some(code)).collect()
    }
}

/// One channel and the tests that are marked with it.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelStanding {
    /// The channel.
    pub channel: Channel,
    /// The places of the marks.
    pub marked: Vec<(RepoPath, u32)>,
}

/// A document and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The document.
    pub document: Arc<Document>,
    /// Its operations, in their order.
    pub operations: Vec<OperationStanding>,
    /// Its channels, in their order.
    pub channels: Vec<ChannelStanding>,
}

/// What tests saw and no document tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// The method, in capitals.
    pub method: String,
    /// The path: of the template where there is one, else of the request.
    pub path: String,
    /// The answer.
    pub status: u16,
    /// The operation that has no such response, or a documented path without this method: its document and line.
    pub place: Option<(RepoPath, u32)>,
    /// Whether the operation is documented, and only the response is not.
    pub is_response: bool,
    /// The tests that saw it.
    pub tests: BTreeSet<TestId>,
}

impl Drift {
    /// What is not documented, in a few words.
    #[must_use]
    pub fn words(&self) -> String {
        match (&self.place, self.is_response) {
            (Some(_), true) => {
                format!("{} {} answered {}, which is not documented", self.method, self.path, self.status)
            }
            (Some(_), false) => {
                format!("{} {} answered {}: the path has no such method", self.method, self.path, self.status)
            }
            (None, _) => format!("{} {} answered {}: no document has this path", self.method, self.path, self.status),
        }
    }
}

/// How much of something was exercised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Operations that a run has shown, of all.
    pub operations: Ratio,
    /// Operations that are only named.
    pub named: u64,
    /// Documented responses that a run has shown, of all.
    pub responses: Ratio,
    /// Channels that tests are marked with, of all.
    pub channels: Ratio,
}

/// The whole contract.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contract {
    /// Each document.
    pub documents: Vec<Standing>,
    /// What drifts, the documented operations first.
    pub drift: Vec<Drift>,
    /// Marks that name no channel of any document, each with its place.
    pub strange: Vec<(RepoPath, u32, String)>,
    /// How many tests ran under observation.
    pub observed: u64,
    /// The tests that never did.
    pub unobserved: Vec<TestId>,
    /// How many requests in sources have a URL that the source does not tell.
    pub untold: u64,
}

impl Contract {
    /// How much of it was exercised.
    #[must_use]
    pub fn shares(&self) -> Shares {
        self.shares_of(&|_| true)
    }

    /// How much of it some tests exercised.
    #[must_use]
    pub fn shares_of(&self, counts: &dyn Fn(&TestId) -> bool) -> Shares {
        let operations = || self.documents.iter().flat_map(|one| &one.operations);
        let is_shown = |one: &&OperationStanding| one.tests.iter().any(counts);
        let number = |all: usize| all as u64;
        let responses =
            || operations().flat_map(|one| one.operation.responses.iter().map(move |response| (one, response)));
        let seen = responses().filter(|(one, response)| !one.seen(response.code).is_empty());
        let channels = || self.documents.iter().flat_map(|one| &one.channels);
        let marked = channels().filter(|channel| !channel.marked.is_empty());
        Shares {
            operations: Ratio::new(number(operations().filter(is_shown).count()), number(operations().count())),
            named: number(operations().filter(|one| one.state() == State::Named).count()),
            responses: Ratio::new(number(seen.count()), number(responses().count())),
            channels: Ratio::new(number(marked.count()), number(channels().count())),
        }
    }
}

/// Joins documents with what is known of the tests.
#[must_use]
pub fn contract(asked: Asked<'_>, evidence: &Evidence) -> Contract {
    let open = |document: &Arc<Document>| Standing {
        document: Arc::clone(document),
        operations: document.operations.iter().map(untouched).collect(),
        channels: document.channels.iter().map(unmarked).collect(),
    };
    let mut contract = Contract {
        documents: asked.documents.iter().map(open).collect(),
        observed: evidence.observed.len() as u64,
        unobserved: evidence.unobserved.clone(),
        untold: evidence.mentions.iter().map(|(_, mentions)| mentions.untold.len() as u64).sum(),
        ..Contract::default()
    };
    let paths: Vec<Paths<'_>> =
        asked.documents.iter().map(|document| Paths::new(document, asked.hosts, asked.bases)).collect();
    observe(&mut contract, &paths, evidence);
    for (path, mentions) in &evidence.mentions {
        mentions.urls.iter().for_each(|mention| name(&mut contract, &paths, path, mention));
        mentions.marks.iter().for_each(|mark| self::mark(&mut contract, path, mark));
    }
    contract
}

fn untouched(operation: &Operation) -> OperationStanding {
    let operation = operation.clone();
    OperationStanding { operation, tests: BTreeSet::new(), statuses: BTreeMap::new(), named: Vec::new() }
}

fn unmarked(channel: &Channel) -> ChannelStanding {
    ChannelStanding { channel: channel.clone(), marked: Vec::new() }
}

/// What identifies a drift: document, operation, method, path, status.
type Key = (Option<usize>, bool, String, String, u16);

fn observe(contract: &mut Contract, paths: &[Paths<'_>], evidence: &Evidence) {
    let mut known: HashMap<&Exchange, Vec<Meant>> = HashMap::new();
    let mut drift: BTreeMap<Key, Drift> = BTreeMap::new();
    for (test, exchanges) in &evidence.observed {
        // What a test saw twice of one operation is one sight of it.
        let mut seen: BTreeSet<(usize, usize, u16)> = BTreeSet::new();
        for exchange in exchanges {
            let Exchange { method, host, path, status } = exchange;
            let request = Request { method, host, path, status: Some(*status) };
            let meant = known.entry(exchange).or_insert_with(|| paths.iter().map(|one| one.meant(request)).collect());
            strayed(contract, &mut drift, exchange, meant, test);
            seen.extend(meant.iter().enumerate().filter_map(|(document, meant)| match *meant {
                // A request that is sent on to the path with its slash, or without it, is none of the operation's own.
                Meant::Operation(_, false) if (300..400).contains(status) => None,
                Meant::Operation(at, _) => Some((document, at, *status)),
                Meant::Path(_) | Meant::Beside | Meant::Nothing => None,
            }));
        }
        seen.into_iter().for_each(|sight| shown(contract, &mut drift, sight, test));
    }
    contract.drift = drift.into_values().collect();
    contract.drift.sort_by_key(|drift| (drift.place.is_none(), !drift.is_response));
}

/// Notes that a test saw an operation answer so.
fn shown(
    contract: &mut Contract,
    drift: &mut BTreeMap<Key, Drift>,
    (document, at, status): (usize, usize, u16),
    test: &TestId,
) {
    let place = place(contract, document, at);
    let Some(one) = contract.documents.get_mut(document).and_then(|one| one.operations.get_mut(at)) else { return };
    one.tests.insert(test.clone());
    *one.statuses.entry(status).or_default() += 1;
    if one.response(status).is_none() {
        let (method, path) = (one.operation.method.clone(), one.operation.template.as_str().to_owned());
        noted(drift, (Some(document), true, method, path, status), place, test);
    }
}

/// Notes a request that is no operation of any document, where it is beside one.
fn strayed(contract: &Contract, drift: &mut BTreeMap<Key, Drift>, exchange: &Exchange, meant: &[Meant], test: &TestId) {
    let Exchange { method, path, status, .. } = exchange;
    let is_known = meant.iter().any(|meant| matches!(meant, Meant::Operation(..)));
    if is_known || !is_drift(method, *status) {
        return;
    }
    let at = meant.iter().enumerate().find_map(|(document, meant)| match *meant {
        Meant::Path(at) => Some((document, at)),
        _ => None,
    });
    if let Some((document, at)) = at {
        let template = contract.documents.get(document).and_then(|one| one.operations.get(at));
        let template = template.map(|one| one.operation.template.as_str().to_owned()).unwrap_or_default();
        let key = (Some(document), false, method.clone(), template, *status);
        noted(drift, key, place(contract, document, at), test);
    } else if meant.contains(&Meant::Beside) {
        noted(drift, (None, false, method.clone(), path.clone(), *status), None, test);
    }
}

/// Whether an answer to an undocumented request says that there is something: methods and paths that are refused are none.
fn is_drift(method: &str, status: u16) -> bool {
    !matches!(status, 404 | 405 | 501) && !matches!(method, "HEAD" | "OPTIONS")
}

fn place(contract: &Contract, document: usize, at: usize) -> Option<(RepoPath, u32)> {
    let operation = &contract.documents.get(document)?.operations.get(at)?.operation;
    Some((operation.file.clone(), operation.line))
}

fn noted(drift: &mut BTreeMap<Key, Drift>, key: Key, place: Option<(RepoPath, u32)>, test: &TestId) {
    let (_, is_response, method, path, status) = key.clone();
    let new = || Drift { method, path, status, place, is_response, tests: BTreeSet::new() };
    drift.entry(key).or_insert_with(new).tests.insert(test.clone());
}

fn name(contract: &mut Contract, paths: &[Paths<'_>], path: &RepoPath, mention: &Mention) {
    let url = &mention.url;
    let request = Request { method: &url.method, host: &url.host, path: &url.path, status: None };
    for (document, paths) in contract.documents.iter_mut().zip(paths) {
        let at = paths.named(request);
        if let Some(one) = at.and_then(|at| document.operations.get_mut(at)) {
            one.named.push((path.clone(), mention.line));
        }
    }
}

fn mark(contract: &mut Contract, path: &RepoPath, mark: &Marked) {
    for text in &mark.texts {
        let channels = contract.documents.iter_mut().flat_map(|one| &mut one.channels);
        let is_meant = |one: &&mut ChannelStanding| *one.channel.name == **text || *one.channel.address == **text;
        let mut is_known = false;
        for channel in channels.filter(is_meant) {
            channel.marked.push((path.clone(), mark.line));
            is_known = true;
        }
        let has_channels = contract.documents.iter().any(|one| !one.channels.is_empty());
        if !is_known && has_channels {
            contract.strange.push((path.clone(), mark.line, format!("{}({text:?})", mark.mark)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Contract, Evidence, State, contract};
    use crate::base::{Ratio, RepoPath};
    use crate::domain::contract::{Hosts, mentions, read_document};
    use crate::domain::python::Naming;
    use crate::domain::suite::{Exchange, TestId};
    use std::sync::Arc;

    const PETS: &str = "openapi: 3.0.0\npaths:\n  /pets:\n    get: {responses: {200: {}, 4XX: {}}}\n    post: {responses: {201: {}, default: {}}}\n\
                        \x20 /pets/{id}:\n    get: {responses: {200: {}, 404: {}}}\n    delete: {responses: {204: {}}}\n";
    const EVENTS: &str = "asyncapi: 3.0.0\nchannels:\n  up: {address: user/up}\n  down: {}\n";

    fn stands(seen: &[(&str, &str, &str, u16)], source: &str) -> Contract {
        let read =
            |path: &str, text: &str| Arc::new(read_document(&RepoPath::new(path).unwrap(), text.as_bytes()).unwrap());
        let exchange = |&(test, method, path, status): &(&str, &str, &str, u16)| {
            let (method, path) = (method.to_owned(), path.to_owned());
            (TestId::new(test), vec![Exchange { method, path, status, host: String::new() }])
        };
        let marks = ["asyncapi".to_owned()];
        let evidence = Evidence {
            observed: seen.iter().map(exchange).collect(),
            mentions: vec![(RepoPath::new("t.py").unwrap(), mentions(source, &Naming::default(), &marks))],
            unobserved: Vec::new(),
        };
        let documents = [read("openapi.yaml", PETS), read("asyncapi.yaml", EVENTS)];
        contract(Asked { documents: &documents, hosts: &Hosts::new([]), bases: &[] }, &evidence)
    }

    #[test]
    fn operations_are_observed_only_named_or_open() {
        let found = stands(
            &[("t.py::a", "GET", "/pets", 200), ("t.py::b", "GET", "/pets", 403), ("t.py::b", "POST", "/pets/", 307)],
            "def test_a(client):\n    client.get('/pets')\n    client.delete(f'/pets/{pet}')\n",
        );
        let states: Vec<State> = found.documents[0].operations.iter().map(super::OperationStanding::state).collect();
        assert_eq!(states, [State::Observed, State::Open, State::Open, State::Named]);
        let shares = found.shares();
        assert_eq!((shares.operations, shares.named, shares.responses), (Ratio::new(1, 4), 1, Ratio::new(2, 7)));
        let list = &found.documents[0].operations[0];
        assert_eq!((list.tests.len(), list.named[0].1), (2, 2));
        assert_eq!(found.shares_of(&|test| test.as_str() == "t.py::c").operations, Ratio::new(0, 4));
        assert_eq!(found.drift, []);
    }

    #[test]
    fn what_no_document_tells_is_drift_unless_it_was_refused() {
        let seen = [
            ("t.py::a", "GET", "/pets/1", 410),
            ("t.py::b", "GET", "/pets/2", 410),
            ("t.py::a", "PATCH", "/pets/1", 200),
            ("t.py::a", "PUT", "/pets/1", 405),
            ("t.py::a", "GET", "/pets/1/toys", 200),
            ("t.py::a", "GET", "/pets/1/x", 404),
            ("t.py::a", "GET", "/admin", 200),
            ("t.py::a", "POST", "/pets", 500),
        ];
        let words: Vec<String> = stands(&seen, "").drift.iter().map(super::Drift::words).collect();
        assert_eq!(
            words,
            [
                "GET /pets/{id} answered 410, which is not documented",
                "PATCH /pets/{id} answered 200: the path has no such method",
                "GET /pets/1/toys answered 200: no document has this path",
            ]
        );
    }

    #[test]
    fn channels_are_covered_by_marks() {
        let found = stands(&[], "@pytest.mark.asyncapi('user/up', 'sideways')\ndef test_a(): pass\n");
        assert_eq!(found.shares().channels, Ratio::new(1, 2));
        assert_eq!(found.strange[0].2, "asyncapi(\"sideways\")");
    }
}
