//! Where a contract stands, as text, Markdown and JSON.

use crate::base::{Clean, Ratio, RepoPath};
use crate::domain::contract::{
    ChannelStanding, Contract, Drift, Family, OperationStanding, Shares, Standing, State, Webhook,
};
use crate::domain::report::{Align, Grid};
use crate::domain::suite::TestId;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The most places and tests that a person is shown in one list.
const SHOWN: usize = 10;
/// What follows where a run would tell more.
const RUN: &str = "lacuna run --all";

/// A share in words: `75% (3 of 4)`.
fn share(ratio: Ratio) -> String {
    format!("{}% ({} of {})", ratio.display(0), ratio.part, ratio.whole)
}

/// How much of a contract was exercised, in one line.
#[must_use]
pub fn shares_words(shares: &Shares) -> String {
    let named = if shares.named > 0 { format!(", {} more only named in sources", shares.named) } else { String::new() };
    let mut words = Vec::new();
    if shares.operations.whole > 0 {
        words.push(format!("operations observed: {}{named}", share(shares.operations)));
        words.push(format!("documented responses seen: {}", share(shares.responses)));
    }
    if shares.channels.whole > 0 {
        words.push(format!("channels marked: {}", share(shares.channels)));
    }
    if words.is_empty() { "contract: the documents promise nothing".to_owned() } else { words.join("; ") }
}

/// For a terminal.
#[must_use]
pub fn contract_text(contract: &Contract) -> String {
    let mut out = String::new();
    for standing in &contract.documents {
        out.push_str(&format!("{}\n", heading(standing)));
        grids(standing).iter().for_each(|grid| out.push_str(&format!("{}\n", grid.text())));
    }
    for (title, lines) in lists(contract) {
        out.push_str(&format!("{title}\n"));
        lines.iter().take(SHOWN).for_each(|line| out.push_str(&format!("  {line}\n")));
        if lines.len() > SHOWN {
            out.push_str(&format!("  and {} more (`--format json` has them)\n", lines.len() - SHOWN));
        }
        out.push('\n');
    }
    remarks(contract).iter().for_each(|remark| out.push_str(&format!("{remark}\n")));
    out.push_str(&format!("{}\n", shares_words(&contract.shares())));
    out
}

/// For a comment or a page.
#[must_use]
pub fn contract_markdown(contract: &Contract) -> String {
    let mut out = format!("### Contract\n\n{}\n", shares_words(&contract.shares()));
    for standing in &contract.documents {
        out.push_str(&format!("\n#### {}\n", escaped(&heading(standing))));
        grids(standing).iter().for_each(|grid| out.push_str(&format!("\n{}", grid.markdown())));
    }
    for (title, lines) in lists(contract) {
        out.push_str(&format!("\n#### {title}\n\n"));
        lines.iter().for_each(|line| out.push_str(&format!("- {}\n", escaped(line))));
    }
    let remarks = remarks(contract);
    if !remarks.is_empty() {
        out.push('\n');
        remarks.iter().for_each(|remark| out.push_str(&format!("{}\n", escaped(remark))));
    }
    out
}

fn heading(standing: &Standing) -> String {
    let document = &standing.document;
    let title = if document.title.is_empty() { String::new() } else { format!(": {}", document.title) };
    format!("{} ({} {}){title}", document.path.clean(), document.family.word(), document.version)
}

/// The tables of one document.
fn grids(standing: &Standing) -> Vec<Grid> {
    let mut all = Vec::new();
    if standing.document.family == Family::OpenApi {
        let columns = ["", "Operation", "Responses"].map(|name| (name, Align::Left));
        let mut grid = Grid::new(&[&columns[..], &[("Tests", Align::Right), ("Where", Align::Left)]].concat());
        for one in &standing.operations {
            let tests = if one.tests.is_empty() { "–".to_owned() } else { one.tests.len().to_string() };
            grid.row([
                one.state().glyph().to_string(),
                one.operation.words().to_string(),
                responses(one),
                tests,
                whereabouts(one),
            ]);
        }
        all.push(grid);
    }
    if !standing.channels.is_empty() {
        let mut grid = Grid::new(&["", "Channel", "What", "Marked by"].map(|name| (name, Align::Left)));
        for one in &standing.channels {
            let glyph = if one.marked.is_empty() { State::Open } else { State::Observed }.glyph();
            let (channel, address) = (&one.channel, &one.channel.address);
            let address = if address.is_empty() { String::new() } else { format!(" ({address})") };
            let marked = match one.marked.as_slice() {
                [] => format!("nothing; {}:{}", standing.document.path.clean(), channel.line),
                marked => places(marked),
            };
            grid.row([glyph.to_string(), format!("{}{address}", channel.name), channel.actions.join(", "), marked]);
        }
        all.push(grid);
    }
    all
}

/// Each documented response with whether it was seen: `200 ✓, 404 ✗`.
fn responses(one: &OperationStanding) -> String {
    let words = one.operation.responses.iter().map(|response| {
        let glyph = if one.seen(response.code).is_empty() { State::Open } else { State::Observed }.glyph();
        format!("{} {glyph}", response.code.words())
    });
    words.collect::<Vec<_>>().join(", ")
}

fn whereabouts(one: &OperationStanding) -> String {
    let place = format!("{}:{}", one.operation.file.clean(), one.operation.line);
    match one.state() {
        State::Named => format!("{place}; named in {}", places(&one.named)),
        State::Open | State::Observed => place,
    }
}

/// The first of some places, and how many more there are.
fn places(all: &[(RepoPath, u32)]) -> String {
    let first = all.first().map(|(path, line)| format!("{}:{line}", path.clean())).unwrap_or_default();
    more(first, all.len())
}

fn more(first: String, number: usize) -> String {
    if number > 1 { format!("{first} and {} more", number - 1) } else { first }
}

/// What is listed below the tables: a heading and its lines.
fn lists(contract: &Contract) -> Vec<(&'static str, Vec<String>)> {
    let drift = contract.drift.iter().map(|one| {
        let place = one.place.as_ref().map(|(path, line)| format!("{}:{line}  ", path.clean())).unwrap_or_default();
        Clean::line(&format!("{place}{}  {}", one.words(), tests_words(&one.tests))).to_string()
    });
    let strange = contract.strange.iter().map(|(path, line, mark)| {
        Clean::line(&format!("{}:{line}  {mark} names no channel", path.clean())).to_string()
    });
    let webhooks = contract.documents.iter().flat_map(|one| one.document.webhooks.iter().map(move |hook| (one, hook)));
    let webhooks = webhooks.map(|(one, hook)| {
        format!("{}:{}  {} {}", one.document.path.clean(), hook.line, hook.methods.join(", "), hook.name)
    });
    let all = [
        ("not documented, and seen by tests", drift.collect::<Vec<_>>()),
        ("marks without a channel", strange.collect()),
        ("webhooks, which the service sends itself", webhooks.collect()),
    ];
    all.into_iter().filter(|(_, lines)| !lines.is_empty()).collect()
}

fn tests_words(tests: &BTreeSet<TestId>) -> String {
    more(tests.first().map(|test| test.clean().to_string()).unwrap_or_default(), tests.len())
}

/// What qualifies the figures.
fn remarks(contract: &Contract) -> Vec<String> {
    let mut all = Vec::new();
    let has_operations = contract.documents.iter().any(|one| !one.operations.is_empty());
    if has_operations && !contract.unobserved.is_empty() {
        let (never, whole) = (contract.unobserved.len(), contract.unobserved.len() as u64 + contract.observed);
        all.push(format!("{never} of {whole} tests never ran while requests were observed: `{RUN}`"));
    }
    if has_operations && contract.untold > 0 {
        let them = if contract.untold == 1 { "1 request" } else { &format!("{} requests", contract.untold) };
        all.push(format!("the sources do not tell the URL of {them} (reverse(), variables): a run shows it"));
    }
    all
}

/// Text in which Markdown and HTML mean nothing.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => out.extend(['\\', c]),
            c => out.push(c),
        }
        out
    })
}

/// For programs.
#[must_use]
pub fn contract_value(contract: &Contract) -> Value {
    let shares = contract.shares();
    json!({
        "shares": {
            "operations": ratio(shares.operations),
            "operations_only_named": shares.named,
            "responses": ratio(shares.responses),
            "channels": ratio(shares.channels),
        },
        "documents": contract.documents.iter().map(document_value).collect::<Vec<_>>(),
        "undocumented": contract.drift.iter().map(drift_value).collect::<Vec<_>>(),
        "marks_without_a_channel": contract.strange.iter().map(|(path, line, mark)| json!({
            "path": path.as_str(), "line": line, "mark": mark,
        })).collect::<Vec<_>>(),
        "tests": {
            "observed": contract.observed,
            "unobserved": contract.unobserved.iter().map(TestId::as_str).collect::<Vec<_>>(),
        },
        "requests_without_a_url": contract.untold,
    })
}

fn ratio(ratio: Ratio) -> Value {
    json!({ "part": ratio.part, "whole": ratio.whole, "percent": ratio.percent() })
}

fn document_value(standing: &Standing) -> Value {
    let document = &standing.document;
    json!({
        "path": document.path.as_str(),
        "kind": document.family.word(),
        "version": document.version.as_str(),
        "title": document.title.as_str(),
        "operations": standing.operations.iter().map(operation_value).collect::<Vec<_>>(),
        "webhooks": document.webhooks.iter().map(webhook_value).collect::<Vec<_>>(),
        "channels": standing.channels.iter().map(channel_value).collect::<Vec<_>>(),
    })
}

fn operation_value(one: &OperationStanding) -> Value {
    let operation = &one.operation;
    let response = |response: &crate::domain::contract::Response| json!({ "code": response.code.words(), "line": response.line, "seen": one.seen(response.code) });
    let statuses = one.statuses.iter().map(|(status, tests)| (status.to_string(), json!(tests)));
    json!({
        "method": operation.method,
        "path": operation.template.as_str(),
        "id": operation.id.as_str(),
        "file": operation.file.as_str(),
        "line": operation.line,
        "deprecated": operation.deprecated,
        "state": one.state().word(),
        "tests": one.tests.iter().map(TestId::as_str).collect::<Vec<_>>(),
        "statuses": statuses.collect::<serde_json::Map<_, _>>(),
        "named": places_value(&one.named),
        "responses": operation.responses.iter().map(response).collect::<Vec<_>>(),
    })
}

fn webhook_value(hook: &Webhook) -> Value {
    json!({ "name": hook.name.as_str(), "methods": hook.methods, "line": hook.line })
}

fn channel_value(one: &ChannelStanding) -> Value {
    let channel = &one.channel;
    json!({
        "name": channel.name.as_str(),
        "address": channel.address.as_str(),
        "actions": channel.actions,
        "line": channel.line,
        "marked": places_value(&one.marked),
    })
}

fn places_value(places: &[(RepoPath, u32)]) -> Value {
    places.iter().map(|(path, line)| json!({ "path": path.as_str(), "line": line })).collect()
}

fn drift_value(one: &Drift) -> Value {
    json!({
        "method": one.method,
        "path": one.path,
        "status": one.status,
        "what": one.words(),
        "document": one.place.as_ref().map(|(path, _)| path.as_str()),
        "line": one.place.as_ref().map(|(_, line)| line),
        "tests": one.tests.iter().map(TestId::as_str).collect::<Vec<_>>(),
    })
}
