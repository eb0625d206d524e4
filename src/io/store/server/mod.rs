//! A history on a PostgreSQL server: the same questions as to the one on this machine, in one schema for each project.
//!
//! One writer works at a time, by the lock of one row that lasts as long as its transaction; nobody who reads waits for it.

mod address;
mod encryption;
mod passwords;
mod trouble;
mod schema;
mod connection;
mod copy;
mod save;
mod read;
mod alias;
mod prune;

pub(super) use connection::Server;
