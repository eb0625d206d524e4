//! Points in time that can be compared: how each file stood at a baseline and after each batch.
//!
//! How one file stood is kept once, whichever points it belongs to; a point is the numbers of its files, which take a
//! few bytes for a stretch of them. So a batch costs what it changed.

use crate::base::{Digest, Problem, Ratio, RepoPath, Stamp};
use crate::domain::history::RunRecord;
use crate::domain::ledger::{Figure, Kind, Point, PointFile, PointHead, PointKind};
use crate::io::store::pack::{Reader, Writer};
use crate::io::store::records::{read_counts, write_counts};
use crate::io::store::texts::keep_as;
use crate::io::store::{Saved, Store, runs};
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many points of each kind are kept at least: batches, and baselines.
pub const KEPT_POINTS: (usize, usize) = (500, 100);
/// How many more there may be before the surplus is removed, so that this is seldom.
const SURPLUS: usize = 50;

/// The columns of a point's head, in the order in which [`head`] reads them.
const HEAD: &str = "id, at, kind, about, sitting, stamp, figure, count";

/// A point to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewPoint<'a> {
    /// What it is.
    pub head: &'a PointHead,
    /// Its files.
    pub point: &'a Point,
    /// The point that was kept before it, with its name: only what differs from it is looked at.
    pub since: Option<(&'a str, &'a Point)>,
}

impl Store {
    /// Keeps a point in one transaction; one of the same name is replaced.
    ///
    /// # Errors
    /// It could not be saved.
    pub fn save_point(&self, new: NewPoint<'_>) -> Result<(), Problem> {
        self.database.write(|change| save(change, new))
    }

    /// Saves a run, and what was known after it, in one transaction.
    ///
    /// # Errors
    /// They could not be saved; then neither was.
    pub fn save_run_and_point(&self, record: &RunRecord, new: NewPoint<'_>) -> Result<Saved, Problem> {
        let run = (&record.run, runs::folded(&record.results));
        self.database.write(|change| {
            let saved = runs::save(change, &run, &record.differs, self.shares)?;
            if saved == Saved::New {
                save(change, new)?;
            }
            Ok(saved)
        })
    }

    /// The kept points, the last kept first.
    ///
    /// # Errors
    /// They could not be read.
    pub fn points(&self, limit: usize) -> Result<Vec<PointHead>, Problem> {
        let sql = format!("SELECT {HEAD} FROM points ORDER BY serial DESC LIMIT ?1");
        self.database.read(|ask| {
            let mut all = ask.prepare_cached(&sql)?;
            let heads = all.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], head)?;
            // A head that no lacuna wrote is left out.
            heads.filter_map(Result::transpose).collect()
        })
    }

    /// A kept point, without the texts of its sources; nothing when there is none of this name. A file whose record
    /// cannot be read is left out.
    ///
    /// # Errors
    /// It could not be read.
    pub fn point(&self, id: &str) -> Result<Option<Point>, Problem> {
        self.database.read(|ask| {
            let mut find = ask.prepare_cached("SELECT at, files FROM points WHERE id = ?1")?;
            let found = find.query_row([id], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?))).optional()?;
            let Some((at, numbers)) = found else { return Ok(None) };
            let mut files = BTreeMap::new();
            let mut find = ask.prepare_cached("SELECT body FROM sights WHERE id = ?1")?;
            for number in read_numbers(&numbers) {
                let read = |row: &Row<'_>| Ok(read_file(row.get_ref(0)?.as_blob()?));
                if let Some((path, file)) = find.query_row([number], read).optional()?.flatten() {
                    files.insert(path, Arc::new(file));
                }
            }
            Ok(Some(Point { at: Stamp(at), files, ..Point::default() }))
        })
    }
}

fn save(change: &Connection, new: NewPoint<'_>) -> rusqlite::Result<()> {
    let numbers = match new.since.map(|(id, before)| advanced(change, id, before, new.point)).transpose()?.flatten() {
        Some(numbers) => numbers,
        None => {
            new.point.files.iter().map(|(path, file)| keep_file(change, path, file)).collect::<rusqlite::Result<_>>()?
        }
    };
    let head = new.head;
    change.prepare_cached("DELETE FROM points WHERE id = ?1")?.execute([&head.id])?;
    let mut insert = change.prepare_cached(
        "INSERT INTO points(id, at, kind, about, sitting, stamp, figure, count, files)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    insert.execute(rusqlite::params![
        head.id,
        head.at.0,
        kind_code(head.kind),
        head.about,
        head.sitting,
        head.stamp.map(|stamp| stamp.0),
        write_figure(&head.total),
        head.files,
        write_numbers(&numbers),
    ])?;
    prune(change, head.kind)
}

/// The numbers of a point's files, from those of the point before it; nothing when that one is not there any more.
fn advanced(change: &Connection, id: &str, before: &Point, after: &Point) -> rusqlite::Result<Option<BTreeSet<i64>>> {
    let mut find = change.prepare_cached("SELECT files FROM points WHERE id = ?1")?;
    let Some(known) = find.query_row([id], |row| row.get::<_, Vec<u8>>(0)).optional()? else { return Ok(None) };
    let mut numbers: BTreeSet<i64> = read_numbers(&known).collect();
    let same = |path: &RepoPath, file: &Arc<PointFile>, other: &Point| {
        other.files.get(path).is_some_and(|other| Arc::ptr_eq(file, other) || file == other)
    };
    for (path, file) in before.files.iter().filter(|(path, file)| !same(path, file, after)) {
        match number(change, &Digest::of(&write_file(path, file)))? {
            Some(old) if numbers.remove(&old) => {}
            _ => return Ok(None),
        }
    }
    for (path, file) in after.files.iter().filter(|(path, file)| !same(path, file, before)) {
        numbers.insert(keep_file(change, path, file)?);
    }
    Ok((numbers.len() == after.files.len()).then_some(numbers))
}

fn number(change: &Connection, digest: &Digest) -> rusqlite::Result<Option<i64>> {
    let mut find = change.prepare_cached("SELECT id FROM sights WHERE digest = ?1")?;
    find.query_row([digest.bytes()], |row| row.get(0)).optional()
}

/// Keeps how a file stood, with the text it is about, and gives its number.
fn keep_file(change: &Connection, path: &RepoPath, file: &PointFile) -> rusqlite::Result<i64> {
    let body = write_file(path, file);
    let digest = Digest::of(&body);
    if let Some(number) = number(change, &digest)? {
        return Ok(number);
    }
    if let (Some(digest), Some(text)) = (file.digest, &file.text) {
        keep_as(change, digest, text)?;
    }
    change.prepare_cached("INSERT INTO sights(digest, body) VALUES(?1, ?2)")?.insert((digest.bytes(), body))
}

/// Removes the oldest points of a kind when there are many more than are to be kept, and what only they held.
fn prune(change: &Connection, kind: PointKind) -> rusqlite::Result<()> {
    let kept = if kind == PointKind::Batch { KEPT_POINTS.0 } else { KEPT_POINTS.1 };
    let mut count = change.prepare_cached("SELECT count(*) FROM points WHERE kind = ?1")?;
    let count: usize = count.query_row([kind_code(kind)], |row| row.get(0))?;
    if count <= kept + SURPLUS {
        return Ok(());
    }
    change.execute(
        "DELETE FROM points WHERE kind = ?1
         AND serial NOT IN (SELECT serial FROM points WHERE kind = ?1 ORDER BY serial DESC LIMIT ?2)",
        (kind_code(kind), i64::try_from(kept).unwrap_or(i64::MAX)),
    )?;
    let mut used = BTreeSet::new();
    let mut all = change.prepare("SELECT files FROM points")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        used.extend(read_numbers(row.get_ref(0)?.as_blob()?));
    }
    let mut all = change.prepare("SELECT id FROM sights")?;
    let numbers: Vec<i64> = all.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut remove = change.prepare("DELETE FROM sights WHERE id = ?1")?;
    numbers.iter().filter(|number| !used.contains(number)).try_for_each(|number| remove.execute([number]).map(drop))
}

fn head(row: &Row<'_>) -> rusqlite::Result<Option<PointHead>> {
    let kind = if row.get(2)? { PointKind::Batch } else { PointKind::Baseline };
    let Some(total) = read_figure(row.get_ref(6)?.as_blob()?) else { return Ok(None) };
    Ok(Some(PointHead {
        id: row.get(0)?,
        at: Stamp(row.get(1)?),
        kind,
        about: row.get(3)?,
        sitting: row.get(4)?,
        stamp: row.get::<_, Option<i64>>(5)?.map(Stamp),
        total,
        files: row.get(7)?,
    }))
}

const fn kind_code(kind: PointKind) -> bool {
    matches!(kind, PointKind::Batch)
}

/// Numbers as stretches: how far to the next, how long it is.
fn write_numbers(numbers: &BTreeSet<i64>) -> Vec<u8> {
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for &number in numbers {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => stretches.push((number, number)),
        }
    }
    let mut writer = Writer::default();
    let mut at = 0;
    for (first, last) in stretches {
        writer.number((first - at).unsigned_abs());
        writer.number((last - first).unsigned_abs());
        at = last;
    }
    writer.bytes()
}

fn read_numbers(bytes: &[u8]) -> impl Iterator<Item = i64> {
    let mut reader = Reader::new(bytes);
    let mut at = 0_i64;
    let stretch = move || {
        let first = at.checked_add_unsigned(reader.number()?)?;
        let last = first.checked_add_unsigned(reader.small()?.into())?;
        at = last;
        Some(first..=last)
    };
    std::iter::from_fn(stretch).flatten()
}

fn write_file(path: &RepoPath, file: &PointFile) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.text(path.as_str());
    writer.option(file.digest, Writer::digest);
    [&file.covered, &file.missed, &file.excluded, &file.stale, &file.unknown, &file.unstable]
        .into_iter()
        .for_each(|lines| writer.lines(lines));
    write_counts(&mut writer, &file.counts);
    writer.number(kind_number(file.kind));
    writer.flag(file.estimated);
    writer.bytes()
}

fn read_file(bytes: &[u8]) -> Option<(RepoPath, PointFile)> {
    let reader = &mut Reader::new(bytes);
    let path = RepoPath::new(&reader.text()?)?;
    let file = PointFile {
        digest: reader.option(Reader::digest)?,
        text: None,
        covered: reader.lines()?,
        missed: reader.lines()?,
        excluded: reader.lines()?,
        stale: reader.lines()?,
        unknown: reader.lines()?,
        unstable: reader.lines()?,
        counts: read_counts(reader)?,
        kind: read_kind(reader)?,
        estimated: reader.flag()?,
    };
    Some((path, file))
}

fn write_figure(figure: &Figure) -> Vec<u8> {
    let mut writer = Writer::default();
    for ratio in [figure.ratio, figure.lines] {
        writer.number(ratio.part);
        writer.number(ratio.whole);
    }
    writer.number(figure.open);
    writer.number(figure.unstable);
    writer.number(kind_number(figure.kind));
    writer.flag(figure.estimated);
    writer.bytes()
}

fn read_figure(bytes: &[u8]) -> Option<Figure> {
    let reader = &mut Reader::new(bytes);
    Some(Figure {
        ratio: Ratio::new(reader.number()?, reader.number()?),
        lines: Ratio::new(reader.number()?, reader.number()?),
        open: reader.number()?,
        unstable: reader.number()?,
        kind: read_kind(reader)?,
        estimated: reader.flag()?,
    })
}

const fn kind_number(kind: Kind) -> u64 {
    match kind {
        Kind::Measured => 0,
        Kind::Carried => 1,
        Kind::LowerBound => 2,
        Kind::Unknown => 3,
    }
}

/// A number that no lacuna wrote is of no known kind.
fn read_kind(reader: &mut Reader<'_>) -> Option<Kind> {
    Some(match reader.number()? {
        0 => Kind::Measured,
        1 => Kind::Carried,
        2 => Kind::LowerBound,
        _ => Kind::Unknown,
    })
}
