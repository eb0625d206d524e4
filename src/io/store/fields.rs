//! The columns of a row, whichever database it comes from: what is kept is read in one way.

use crate::base::{Clean, Stamp};
use crate::domain::history::{Observation, Run, RunSource, link};
use crate::domain::suite::{Outcome, TestId, Told};
use crate::io::store::differing::suspect;
use crate::io::store::runs::outcome;
use rusqlite::Row;
use std::sync::Arc;

/// A row, by the numbers of its columns.
pub(super) trait Fields {
    /// What is said of a column that holds something else.
    type Error;

    /// A whole number, where there is one.
    fn number(&self, at: usize) -> Result<Option<i64>, Self::Error>;

    /// A number with a fraction.
    fn real(&self, at: usize) -> Result<f64, Self::Error>;

    /// A text, where there is one.
    fn text(&self, at: usize) -> Result<Option<&str>, Self::Error>;

    /// A number that counts something.
    fn count(&self, at: usize) -> Result<u64, Self::Error> {
        Ok(self.number(at)?.and_then(|number| u64::try_from(number).ok()).unwrap_or(0))
    }

    /// A text of one's own, where there is one.
    fn owned(&self, at: usize) -> Result<Option<String>, Self::Error> {
        Ok(self.text(at)?.map(str::to_owned))
    }
}

impl Fields for Row<'_> {
    type Error = rusqlite::Error;

    fn number(&self, at: usize) -> rusqlite::Result<Option<i64>> {
        self.get(at)
    }

    fn real(&self, at: usize) -> rusqlite::Result<f64> {
        self.get(at)
    }

    fn text(&self, at: usize) -> rusqlite::Result<Option<&str>> {
        Ok(self.get_ref(at)?.as_str_or_null()?)
    }
}

/// Reads a run from the columns of [`COLUMNS`](super::runs::COLUMNS).
pub(super) fn run<F: Fields>(row: &F) -> Result<Run, F::Error> {
    Ok(Run {
        serial: row.count(0)?,
        id: row.owned(1)?.unwrap_or_default(),
        when: Stamp(row.number(2)?.unwrap_or(0)),
        source: if row.count(3)? == 0 { RunSource::Launched } else { RunSource::Ingested },
        commit: row.owned(4)?,
        branch: row.owned(5)?,
        tree: row.owned(6)?,
        environment: row.owned(7)?,
        command: row.owned(8)?.unwrap_or_default(),
        exit: row.number(9)?.and_then(|exit| i32::try_from(exit).ok()),
        seconds: row.real(10)?,
        tests: row.count(11)?,
        bad: row.count(12)?,
        // The database is not trusted more than a CI variable is.
        url: row.text(13)?.and_then(link),
    })
}

/// Reads an observation from the columns of [`RESULT`](super::observations::RESULT). Rows come test by test: `last` is the
/// test of the row before, so that its name is kept once.
pub(super) fn observation<F: Fields>(row: &F, run: Arc<Run>, last: Option<&TestId>) -> Result<Observation, F::Error> {
    Ok(Observation {
        run,
        test: test(row, 0, last)?,
        outcome: code(row, 2)?,
        attempts: attempts(row, 3)?,
        seconds: seconds(row.number(4)?),
        message: message(row, 5)?,
        suspect: row.number(6)?.and_then(|code| suspect(u8::try_from(code).ok()?)),
    })
}

/// Reads a result: its test, outcome, attempts, microseconds, message, failure in full, and worker.
pub(super) fn told<F: Fields>(row: &F) -> Result<Told, F::Error> {
    Ok(Told {
        id: test(row, 0, None)?,
        outcome: code(row, 1)?,
        attempts: attempts(row, 2)?,
        seconds: seconds(row.number(3)?),
        message: message(row, 4)?,
        details: row.owned(5)?.unwrap_or_default(),
        worker: row.owned(6)?,
    })
}

/// The test that a column names; `last` where it is the same.
pub(super) fn test<F: Fields>(row: &F, at: usize, last: Option<&TestId>) -> Result<TestId, F::Error> {
    let name = row.text(at)?.unwrap_or_default();
    Ok(last.filter(|last| last.as_str() == name).cloned().unwrap_or_else(|| TestId::new(name)))
}

/// A message. What is shown is cleaned again: the database is not trusted more than a report is.
pub(super) fn message<F: Fields>(row: &F, at: usize) -> Result<Clean, F::Error> {
    Ok(row.text(at)?.map(Clean::line).unwrap_or_default())
}

/// Whole microseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "durations are far below 2^52 microseconds")]
pub(super) fn seconds(micros: Option<i64>) -> f64 {
    micros.unwrap_or(0) as f64 / 1e6
}

fn code<F: Fields>(row: &F, at: usize) -> Result<Outcome, F::Error> {
    Ok(outcome(row.number(at)?.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)))
}

fn attempts<F: Fields>(row: &F, at: usize) -> Result<Vec<Outcome>, F::Error> {
    let codes = row.text(at)?.unwrap_or_default();
    Ok(codes.bytes().map(|code| outcome(code.wrapping_sub(b'0'))).collect())
}
