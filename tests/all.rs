//! The one integration binary: the house's rules, real files, real pytest, the real program in a terminal.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod architecture;

mod readme;

mod corpus;

mod readers;

#[path = "fuzz/laws.rs"]
mod laws;

mod judge;

mod venv;

mod runner;

mod supervisor;

mod failures;

mod warm;

mod deep;

mod swift;

mod contexts;

mod program;

mod shop;

mod truth;

mod affected;

mod noticing;

mod moved;

mod agreement;

mod inspect;

mod headless;

mod ingest;
mod signatures;
mod durable;
mod blame;
mod ownership;
mod retention;

mod collection;

mod targets;

mod screen;

mod picture;

mod place;

mod life;

mod mapping;
mod merits;

mod cost;

mod traps;

mod sample;

mod consent;

mod debugger;
mod elsewhere;

mod abreast;

mod watching;

mod looping;

mod hostile;

mod layouts;

mod reports;
mod comparison;
mod contract;
mod gate;
mod programme;
mod pages;
mod browser;
mod workflow;

mod trials;

mod kinds;

mod isolation;

mod lab;

mod quarantine;

mod checklist;

mod guide;

mod shard;

mod hang;

#[cfg(feature = "postgres")]
mod server;

#[cfg(feature = "postgres")]
mod shared;
