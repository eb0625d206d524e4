//! What is known: no disk, no clock, no terminal, no async. One room for each subject.

pub mod python;

pub mod coverage;

pub mod suite;

pub mod ledger;

pub mod history;

pub mod lab;

pub mod quality;

pub mod quarantine;

pub mod triage;

pub mod contract;

pub mod mapping;

pub mod programme;

pub mod guide;

pub mod picker;

pub mod config;

pub mod report;
