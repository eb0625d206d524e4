//! The one integration binary: the house's rules, real files, real pytest, the real program in a terminal.

mod architecture;

mod corpus;

mod readers;

mod judge;

mod venv;

mod runner;

mod supervisor;
