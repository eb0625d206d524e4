//! lacuna: a terminal workbench for pytest triage. `ARCHITECTURE.md` beside this file is the map.

pub mod base;

pub mod domain;

pub mod app;

pub mod ui;

pub mod io;

pub mod shell;

pub mod cli;
