//! The rows of a data file, as what each context executed in each file.

use crate::base::{Clean, Problem};
use crate::domain::coverage::{Arc, DataFile, DataFileEntry, LineSet, Ran};
use crate::io::store::dotcov::vet::damaged;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use std::collections::HashMap;
use std::path::Path;

/// How many files or contexts one data file may name.
const MOST: usize = 2_000_000;

/// Why the rows cannot be used.
enum Wrong {
    Sqlite(rusqlite::Error),
    Content(String),
}

impl From<rusqlite::Error> for Wrong {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Reads all of an opened data file; `apart` keeps the contexts apart, otherwise there is one for all of them.
pub(super) fn read(path: &Path, connection: &Connection, apart: bool) -> Result<DataFile, Problem> {
    data_file(connection, apart).map_err(|wrong| match wrong {
        Wrong::Sqlite(error) => damaged(path, &error),
        Wrong::Content(what) => Problem::error(path.to_string_lossy(), what),
    })
}

fn data_file(connection: &Connection, apart: bool) -> Result<DataFile, Wrong> {
    let meta = |key: &str| -> Result<Option<String>, Wrong> {
        let mut all = connection.prepare("SELECT key, value FROM meta NOT INDEXED")?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            if row.get_ref(0)?.as_str().is_ok_and(|found| found == key) {
                return Ok(text(row, 1));
            }
        }
        Ok(None)
    };
    let is_filled = |table: &str| -> Result<bool, Wrong> {
        Ok(connection.prepare(&format!("SELECT file_id FROM {table} NOT INDEXED"))?.query([])?.next()?.is_some())
    };
    let has_arcs = match (is_filled("arc")?, is_filled("line_bits")?) {
        (true, true) => {
            return Err(Wrong::Content("holds both line and branch data, which do not go together".to_owned()));
        }
        (false, false) => meta("has_arcs")?.is_some_and(|value| value == "1"),
        (arcs, _) => arcs,
    };
    let (files, file_places) = names(connection, "SELECT id, path FROM file NOT INDEXED")?;
    let (mut contexts, mut context_places) = names(connection, "SELECT id, context FROM context NOT INDEXED")?;
    if !apart {
        contexts = vec![String::new()];
        context_places.lead_to_one();
    }
    let mut files: Vec<DataFileEntry> = files.into_iter().map(|path| DataFileEntry { path, ran: Vec::new() }).collect();
    let places = Places { files: &file_places, contexts: &context_places };
    if has_arcs {
        read_arcs(connection, &places, &mut files)?;
    } else {
        read_lines(connection, &places, &mut files)?;
    }
    let version = meta("version")?.map_or_else(String::new, |version| format!(" {version}"));
    let producer = Clean::line(&format!("coverage.py{version}"));
    Ok(DataFile { has_arcs, producer, contexts, files })
}

/// The names of a table and the place of each number among them.
fn names(connection: &Connection, sql: &str) -> Result<(Vec<String>, Numbers), Wrong> {
    let mut all = connection.prepare(sql)?;
    let mut rows = all.query([])?;
    let (mut names, mut places) = (Vec::new(), Numbers::default());
    while let Some(row) = rows.next()? {
        let name = text(row, 1).ok_or_else(|| Wrong::Content("holds a name that is no text".to_owned()))?;
        places.insert(row.get(0)?, u32::try_from(names.len()).unwrap_or(u32::MAX));
        names.push(name);
        if names.len() > MOST {
            return Err(Wrong::Content(format!("names more than {MOST} files or contexts")));
        }
    }
    Ok((names, places))
}

fn text(row: &Row<'_>, column: usize) -> Option<String> {
    match row.get_ref(column) {
        Ok(ValueRef::Text(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

/// The place of each number of a table. Numbers usually count from 1 and need no search.
#[derive(Default)]
struct Numbers {
    small: Vec<Option<u32>>,
    others: HashMap<i64, u32>,
}

impl Numbers {
    fn insert(&mut self, number: i64, place: u32) {
        match usize::try_from(number) {
            Ok(number) if number <= 2 * self.small.len() + 64 => {
                self.small.resize(self.small.len().max(number + 1), None);
                self.small.iter_mut().skip(number).take(1).for_each(|slot| *slot = Some(place));
            }
            _ => drop(self.others.insert(number, place)),
        }
    }

    /// Lets every number have the first place.
    fn lead_to_one(&mut self) {
        self.small.iter_mut().flatten().for_each(|place| *place = 0);
        self.others.values_mut().for_each(|place| *place = 0);
    }

    fn get(&self, number: i64) -> Option<u32> {
        let small = usize::try_from(number).ok().and_then(|number| self.small.get(number).copied().flatten());
        small.or_else(|| self.others.get(&number).copied())
    }
}

/// Where the numbers in the rows lead.
struct Places<'a> {
    files: &'a Numbers,
    contexts: &'a Numbers,
}

impl Places<'_> {
    /// The file and the context that a row, in its first two columns, belongs to.
    fn of(&self, row: &Row<'_>) -> Result<(usize, u32), Wrong> {
        let lost = |what: &str| Wrong::Content(format!("is damaged: a row belongs to a {what} that is not listed"));
        let file = self.files.get(row.get(0)?).ok_or_else(|| lost("file"))?;
        let context = self.contexts.get(row.get(1)?).ok_or_else(|| lost("context"))?;
        Ok((usize::try_from(file).unwrap_or(usize::MAX), context))
    }
}

fn read_lines(connection: &Connection, places: &Places<'_>, files: &mut [DataFileEntry]) -> Result<(), Wrong> {
    let mut all = connection.prepare("SELECT file_id, context_id, numbits FROM line_bits NOT INDEXED")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let (file, context) = places.of(row)?;
        let numbits =
            row.get_ref(2)?.as_bytes().map_err(|_| Wrong::Content("holds lines that are no bits".to_owned()))?;
        let Some(entry) = files.get_mut(file) else { continue };
        match entry.ran.last_mut() {
            Some((last, ran)) if *last == context => ran.lines.add_numbits(numbits),
            _ => entry.ran.push((context, Ran::new(LineSet::from_numbits(numbits), Vec::new()))),
        }
    }
    files.iter_mut().for_each(|entry| settle(&mut entry.ran));
    Ok(())
}

/// Sorts by context and puts together what belongs to the same one. Nothing more is held than is needed.
fn settle(all: &mut Vec<(u32, Ran)>) {
    all.sort_by_key(|(context, _)| *context);
    all.dedup_by(|(later, more), (first, ran)| {
        let is_same = later == first;
        if is_same {
            ran.lines.union_with(&more.lines);
        }
        is_same
    });
    all.shrink_to_fit();
}

fn read_arcs(connection: &Connection, places: &Places<'_>, files: &mut [DataFileEntry]) -> Result<(), Wrong> {
    let mut all = connection.prepare("SELECT file_id, context_id, fromno, tono FROM arc NOT INDEXED")?;
    let mut rows = all.query([])?;
    let mut found: HashMap<(usize, u32), Vec<Arc>> = HashMap::new();
    while let Some(row) = rows.next()? {
        found.entry(places.of(row)?).or_default().push((line(row.get(2)?)?, line(row.get(3)?)?));
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by_key(|(place, _)| *place);
    for ((file, context), arcs) in found {
        if let Some(entry) = files.get_mut(file) {
            entry.ran.push((context, Ran::new(LineSet::new(), arcs)));
        }
    }
    Ok(())
}

/// An end of an arc: a line, or its negative for a code object that starts there.
fn line(number: i64) -> Result<i32, Wrong> {
    let is_line = number.unsigned_abs() <= u64::from(LineSet::LAST);
    i32::try_from(number).ok().filter(|_| is_line).ok_or_else(|| Wrong::Content(format!("names a line {number}")))
}
