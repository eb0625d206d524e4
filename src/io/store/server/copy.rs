//! Many rows at once: rows stream into a table as binary copies.

use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::{ToSql, Type};
use postgres::{Error, Transaction};
use std::borrow::Cow;

/// A value of a row.
pub(super) type Value<'a> = &'a (dyn ToSql + Sync);

/// Adds rows to a table: `into` names the table with its columns, `types` says what these hold.
pub(super) fn copy<R>(
    change: &mut Transaction<'_>,
    into: &str,
    types: &[Type],
    rows: impl IntoIterator<Item = R>,
    mut write: impl FnMut(&mut BinaryCopyInWriter<'_>, R) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let mut writer =
        BinaryCopyInWriter::new(change.copy_in(&format!("COPY {into} FROM STDIN (FORMAT binary)"))?, types);
    rows.try_for_each(|row| write(&mut writer, row))?;
    writer.finish().map(drop)
}

/// A text as the server can hold it: without the one character that it cannot.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}
