//! `lacuna tests`: the tests there are, each with whether pytest has confirmed it.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{output, session};
use crate::app::{Baseline, UNCONFIRMED};
use crate::base::{Clean, RepoPath};
use crate::domain::suite::Listing;
use crate::shell::index::{Index, Listings};
use crate::shell::{Desk, collect_headless, keep};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// Between two words about a collection that goes on, at least so many tests are found.
const STEP: u64 = 1_000;

/// Runs the command.
pub fn run(collect: bool, format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let exit = if collect { reconcile(&desk) } else { None };
    let ledger = match keep::open(&desk) {
        Ok(Baseline::Found(evidence)) => Some(evidence.ledger),
        Ok(Baseline::Nothing(_)) | Err(_) => None,
    };
    let index = Index::open(&desk);
    let listings = index.listings(&index.files(), &desk.ran_before(ledger.as_deref()));
    output::complain(&desk.take_problems());
    match format {
        Format::Json => output::print_json(&json(&listings)),
        Format::Text | Format::Md => output::print(&text(&listings)),
    }
    summary(&listings);
    let empty = listings.values().all(|listing| listing.tests.is_empty());
    exit.unwrap_or(if empty { Exit::Nothing } else { Exit::Done })
}

/// Has pytest collect what changed. An exit code comes back where that was not to be had.
pub fn reconcile(desk: &Desk) -> Option<Exit> {
    let told = AtomicU64::new(0);
    let tell = |tests: u64| {
        if tests >= told.load(Ordering::Relaxed) + STEP {
            told.store(tests, Ordering::Relaxed);
            output::say(&format!("lacuna: collecting, {tests} tests so far"));
        }
    };
    match collect_headless(desk, &tell) {
        Ok(done) => {
            output::complain(&done.problems);
            if done.files > 0 {
                output::say(&format!("lacuna: pytest collected {} tests in {} files", done.tests, done.files));
            }
            done.cancelled.then_some(Exit::Cancelled)
        }
        Err(problem) => {
            output::complain(&[problem]);
            Some(Exit::Unstarted)
        }
    }
}

fn text(listings: &Listings) -> String {
    let mut out = String::new();
    for listing in listings.values() {
        let note = if listing.confirmed { String::new() } else { format!("  # {UNCONFIRMED}") };
        listing.tests.iter().for_each(|test| out.push_str(&format!("{}{note}\n", test.clean())));
    }
    out
}

fn summary(listings: &Listings) {
    let count =
        |listings: &mut dyn Iterator<Item = &Listing>| listings.map(|listing| listing.tests.len()).sum::<usize>();
    let all = count(&mut listings.values());
    let open = count(&mut listings.values().filter(|listing| !listing.confirmed));
    let files = listings.values().filter(|listing| !listing.tests.is_empty()).count();
    let rest = if open == 0 { "all confirmed by pytest".to_owned() } else { format!("{open} unconfirmed") };
    output::say(&format!("lacuna: {all} tests in {files} files, {rest}"));
}

fn json(listings: &Listings) -> Value {
    let test = |listing: &Listing, at: usize| {
        let marks = listing.words.get(at).map(|words| words.marks.clone()).unwrap_or_default();
        json!({ "test": listing.tests.get(at).map(|test| test.as_str()), "marks": marks })
    };
    let file = |(path, listing): (&RepoPath, &Listing)| {
        json!({
            "path": path.as_str(),
            "confirmed": listing.confirmed,
            "error": listing.error.as_deref().map(|error| Clean::line(error).as_str().to_owned()),
            "tests": (0..listing.tests.len()).map(|at| test(listing, at)).collect::<Vec<_>>(),
        })
    };
    json!({ "files": listings.iter().map(file).collect::<Vec<_>>() })
}
