//! Shares of a contract against their least percentages: operations and responses that tests exercise, channels that they cover.

use super::{Percent, Place, Ruling, Verdict};
use crate::base::{Ratio, RepoPath};
use crate::domain::contract::{Contract, OperationStanding, State};

/// The most places that a rule names.
const PLACES: usize = 50;
/// What shows the whole of it.
const SHOW: &str = "lacuna contract";
/// What observes every test.
const ALL: &str = "lacuna run --all";

/// What of a contract is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Operations that a run has shown.
    Operations,
    /// Documented responses that a run has shown.
    Responses,
    /// Channels that tests are marked with.
    Channels,
}

/// Each of them with its name in the settings and what it is about.
pub const PROMISES: [(Promise, &str, &str); 3] = [
    (Promise::Operations, "operations", "operations that tests exercise"),
    (Promise::Responses, "responses", "documented responses that tests saw"),
    (Promise::Channels, "channels", "channels that tests are marked with"),
];

impl Promise {
    /// Its name in the settings, and what it is about.
    fn words(self) -> (&'static str, &'static str) {
        PROMISES.iter().find(|row| row.0 == self).map_or(("", ""), |row| (row.1, row.2))
    }

    fn share(self, contract: &Contract) -> Ratio {
        let shares = contract.shares();
        match self {
            Self::Operations => shares.operations,
            Self::Responses => shares.responses,
            Self::Channels => shares.channels,
        }
    }
}

/// A share of the contract against a percentage, if there is one.
#[must_use]
pub fn promised(rule: &str, promise: Promise, least: Option<&Percent>, contract: &Contract, digits: usize) -> Ruling {
    let (name, about) = promise.words();
    let wanted = least.map(|least| format!("at least {least}")).unwrap_or_default();
    let ruling = Ruling::new(&format!("{rule}.{name}"), about, &wanted);
    let share = promise.share(contract);
    if share.whole == 0 {
        let what = if promise == Promise::Channels { "AsyncAPI has a channel" } else { "OpenAPI has one" };
        return ruling.untold(&format!("no document of {what}")).next(SHOW);
    }
    let is_observed = promise != Promise::Channels;
    if is_observed && contract.observed == 0 {
        return ruling.untold("no test ran while requests were observed").next(ALL);
    }
    let found = format!("{}% ({} of {})", share.display(digits), share.part, share.whole);
    let never = if is_observed { remark(contract) } else { String::new() };
    let Some(least) = least else {
        let mut ruling = ruling.found(&found, true).because(&never);
        ruling.verdict = Verdict::Free;
        return ruling;
    };
    if least.is_reached(share, digits) {
        return ruling.found(&found, true).because(&never);
    }
    let ruling = ruling.found(&found, false).because(&never);
    // What was not observed may have requested anything.
    let is_open = !never.is_empty();
    let ruling = if is_open { ruling.untold(&never) } else { ruling };
    ruling.at(places(promise, contract)).next(if is_open { ALL } else { SHOW })
}

/// How much tests saw that no document tells, against the most that there may be.
#[must_use]
pub fn undocumented(rule: &str, most: u64, contract: &Contract) -> Ruling {
    let about = "what tests saw and no document tells";
    let ruling = Ruling::new(&format!("{rule}.undocumented"), about, &format!("at most {most}"));
    if contract.documents.iter().all(|one| one.operations.is_empty()) {
        return ruling.untold("no document of OpenAPI has an operation").next(SHOW);
    }
    if contract.observed == 0 {
        return ruling.untold("no test ran while requests were observed").next(ALL);
    }
    let number = contract.drift.len() as u64;
    let places = contract.drift.iter().take(PLACES).map(|one| {
        let (path, line) = one.place.clone().map_or((None, None), |(path, line)| (Some(path), Some((line, line))));
        let test = one.tests.first().map(|test| format!(", by {}", test.clean())).unwrap_or_default();
        Place::new(path, line, &format!("{}{test}", one.words()))
    });
    let (found, never) = (number.to_string(), remark(contract));
    if number <= most {
        let ruling = ruling.found(&found, true);
        return if never.is_empty() { ruling } else { ruling.untold(&never).next(ALL) };
    }
    ruling.found(&found, false).because(&never).at(places.collect()).next(SHOW)
}

/// What qualifies what was observed; empty where all tests were.
fn remark(contract: &Contract) -> String {
    match contract.unobserved.len() {
        0 => String::new(),
        1 => "1 test never ran while requests were observed".to_owned(),
        number => format!("{number} tests never ran while requests were observed"),
    }
}

/// The promises that no test keeps, each with its place in its document.
fn places(promise: Promise, contract: &Contract) -> Vec<Place> {
    let place = |file: &RepoPath, line: u32, what: &str| Place::new(Some(file.clone()), Some((line, line)), what);
    let all = contract.documents.iter().flat_map(|standing| {
        let operation = |one: &OperationStanding| match promise {
            Promise::Operations if one.state() != State::Observed => {
                vec![place(
                    &one.operation.file,
                    one.operation.line,
                    &format!("{}: {}", one.operation.words(), one.state().word()),
                )]
            }
            Promise::Responses => {
                let unseen = one.operation.responses.iter().filter(|response| one.seen(response.code).is_empty());
                let words = |code: String| format!("{}: {code} was never the answer", one.operation.words());
                unseen
                    .map(|response| place(&one.operation.file, response.line, &words(response.code.words())))
                    .collect()
            }
            _ => Vec::new(),
        };
        let channels = standing.channels.iter().filter(|one| promise == Promise::Channels && one.marked.is_empty());
        let channels = channels.map(|one| {
            place(
                &standing.document.path,
                one.channel.line,
                &format!("{}: no test is marked with it", one.channel.name),
            )
        });
        standing.operations.iter().flat_map(operation).chain(channels).collect::<Vec<_>>()
    });
    all.take(PLACES).collect()
}

#[cfg(test)]
mod tests {
    use super::{Promise, promised, undocumented};
    use crate::base::RepoPath;
    use crate::domain::contract::{Asked, Contract, Evidence, Hosts, contract, read_document};
    use crate::domain::programme::{Percent, Verdict};
    use crate::domain::suite::{Exchange, TestId};
    use std::sync::Arc;

    const PETS: &str = "openapi: 3.0.0\npaths:\n  /pets:\n    get: {responses: {200: {}, 404: {}}}\n    post: {responses: {201: {}}}\n";

    fn stands(seen: &[(&str, &str, u16)], unobserved: &[&str]) -> Contract {
        let document = Arc::new(read_document(&RepoPath::new("openapi.yaml").unwrap(), PETS.as_bytes()).unwrap());
        let exchange = |&(test, method, status): &(&str, &str, u16)| {
            let (method, path) = (method.to_owned(), "/pets".to_owned());
            (TestId::new(test), vec![Exchange { method, path, status, host: String::new() }])
        };
        let evidence = Evidence {
            observed: seen.iter().map(exchange).collect(),
            mentions: Vec::new(),
            unobserved: unobserved.iter().map(|test| TestId::new(test)).collect(),
        };
        contract(Asked { documents: &[document], hosts: &Hosts::new([]), bases: &[] }, &evidence)
    }

    #[test]
    fn a_share_holds_fails_with_places_or_cannot_be_told() {
        let check = |contract: &Contract, promise, least: &str, expect: Verdict, found: &str| {
            let ruling = promised("gate.contract", promise, Percent::read(least).as_ref(), contract, 0);
            assert_eq!((ruling.verdict, ruling.found.as_str()), (expect, found), "{}", ruling.why);
            ruling
        };
        let some = stands(&[("t.py::a", "GET", 200)], &[]);
        check(&some, Promise::Operations, "50", Verdict::Held, "50% (1 of 2)");
        check(&some, Promise::Operations, "", Verdict::Free, "50% (1 of 2)");
        let failed = check(&some, Promise::Operations, "60", Verdict::Failed, "50% (1 of 2)");
        assert_eq!((failed.places[0].words(), failed.next.as_str()), ("openapi.yaml:5".to_owned(), "lacuna contract"));
        let failed = check(&some, Promise::Responses, "60", Verdict::Failed, "33% (1 of 3)");
        assert_eq!(failed.places[0].what.as_str(), "GET /pets: 404 was never the answer");
        check(&some, Promise::Channels, "60", Verdict::Untold, "");
        let open = stands(&[("t.py::a", "GET", 200)], &["t.py::b"]);
        let untold = check(&open, Promise::Operations, "60", Verdict::Untold, "50% (1 of 2)");
        assert_eq!(untold.next.as_str(), "lacuna run --all");
        check(&open, Promise::Operations, "50", Verdict::Held, "50% (1 of 2)");
        check(&stands(&[], &["t.py::b"]), Promise::Operations, "1", Verdict::Untold, "");
        check(&Contract::default(), Promise::Operations, "1", Verdict::Untold, "");
    }

    #[test]
    fn what_no_document_tells_is_counted() {
        let some = stands(&[("t.py::a", "GET", 200), ("t.py::a", "POST", 409)], &[]);
        assert_eq!(undocumented("gate.contract", 1, &some).verdict, Verdict::Held);
        let failed = undocumented("gate.contract", 0, &some);
        assert_eq!((failed.verdict, failed.places[0].words()), (Verdict::Failed, "openapi.yaml:5".to_owned()));
        let open = stands(&[("t.py::a", "GET", 200)], &["t.py::b"]);
        assert_eq!(undocumented("gate.contract", 0, &open).verdict, Verdict::Untold);
    }
}
