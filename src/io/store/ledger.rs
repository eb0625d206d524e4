//! The ledger, file by file: only what changed is written.

use crate::base::{Digest, Problem, RepoPath};
use crate::domain::coverage::Facts;
use crate::domain::ledger::{EvidenceRecord, FileRecord, LedgerRecord, Member, VersionRecord};
use crate::domain::suite::TestId;
use crate::io::store::Store;
use crate::io::store::aliases::{join, known};
use crate::io::store::pack::{Reader, Writer};
use crate::io::store::records::{
    read_doubt, read_evidence, read_facts, read_reported, read_unstable, write_doubt, write_evidence, write_facts,
    write_reported, write_unstable,
};
use crate::io::store::runs::{code, outcome};
use crate::io::store::texts::{find, keep_source};
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;

/// The name under which it is kept whether the ledger has arcs.
const ARCS: &str = "ledger arcs";
/// Under which name it is kept whether the ledger tells tests apart.
const CONTEXTS: &str = "ledger contexts";

impl Store {
    /// Saves the files of a ledger that changed (those of `changed`, with what it says of the whole), and forgets those
    /// that are `gone`, in one transaction. Other files stay as they were saved.
    ///
    /// # Errors
    /// They could not be saved; then none of them was.
    pub fn save_ledger(&self, changed: &LedgerRecord, gone: &[RepoPath]) -> Result<(), Problem> {
        self.database.write(|change| {
            gone.iter().try_for_each(|path| forget(change, path).map(|_| ()))?;
            changed.files.iter().try_for_each(|file| save_file(change, file))?;
            save_whole(change, changed)
        })
    }

    /// Saves a ledger instead of the one before, in one transaction.
    ///
    /// # Errors
    /// It could not be saved; then the one before is still there.
    pub fn replace_ledger(&self, ledger: &LedgerRecord) -> Result<(), Problem> {
        self.database.write(|change| {
            change.execute_batch("DELETE FROM evidence; DELETE FROM files;")?;
            ledger.files.iter().try_for_each(|file| save_file(change, file))?;
            save_whole(change, ledger)
        })
    }

    /// The saved ledger, its files in the order of their paths. A file whose record cannot be read is left out; then
    /// it has to be measured again.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn load_ledger(&self) -> Result<LedgerRecord, Problem> {
        self.database.read(|ask| {
            let mut names = HashMap::new();
            let mut files = ask.prepare_cached("SELECT id, path, body, unstable FROM files ORDER BY path")?;
            let mut rows = files.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let path = RepoPath::new(row.get_ref(1)?.as_str()?);
                let head = read_head(ask, row.get_ref(2)?.as_blob()?)?;
                if let (Some(path), Some(head)) = (path, head) {
                    let unstable =
                        row.get_ref(3)?.as_blob_or_null()?.and_then(|body| read_unstable(&mut Reader::new(body)));
                    let tests = evidence(ask, row.get(0)?, &mut names)?;
                    found.push(FileRecord { path, tests, unstable: unstable.unwrap_or_default(), ..head });
                }
            }
            let (has_arcs, has_contexts) = (noted(ask, ARCS)?, noted(ask, CONTEXTS)?);
            let (tests, worlds) = members(ask)?;
            Ok(LedgerRecord { has_arcs, has_contexts, tests, worlds, files: found })
        })
    }

    /// What coverage.py's parser said about the source with this digest, where it was asked before. Estimates are
    /// not given.
    ///
    /// # Errors
    /// It could not be read.
    pub fn facts(&self, digest: Digest) -> Result<Option<Facts>, Problem> {
        self.database.read(|ask| Ok(known_facts(ask, digest)?.filter(|facts| !facts.estimated)))
    }

    /// For each digest whether [`Store::facts`] would give something.
    ///
    /// # Errors
    /// It could not be read.
    pub fn has_facts(&self, digests: &[Digest]) -> Result<Vec<bool>, Problem> {
        self.database.read(|ask| {
            let mut find = ask.prepare_cached("SELECT 1 FROM facts WHERE digest = ?1 AND NOT estimated")?;
            digests.iter().map(|digest| find.exists([digest.bytes()])).collect()
        })
    }

    /// Keeps what coverage.py's parser said about sources.
    ///
    /// # Errors
    /// They could not be written.
    pub fn save_facts(&self, facts: &[(Digest, Facts)]) -> Result<(), Problem> {
        self.database.write(|change| facts.iter().try_for_each(|(digest, facts)| keep_facts(change, *digest, facts)))
    }
}

/// Saves what a ledger says of the whole: its modes and its tests.
fn save_whole(change: &Connection, ledger: &LedgerRecord) -> rusqlite::Result<()> {
    for (name, flag) in [(ARCS, ledger.has_arcs), (CONTEXTS, ledger.has_contexts)] {
        let value = if flag { "1" } else { "0" };
        change.execute("INSERT OR REPLACE INTO notes(key, value) VALUES(?1, ?2)", [name, value])?;
    }
    change.execute("DELETE FROM members", [])?;
    let worlds: HashMap<&TestId, &Digest> = ledger.worlds.iter().map(|(test, world)| (test, world)).collect();
    let mut insert = change
        .prepare_cached("INSERT OR REPLACE INTO members(test, outcome, world, asserts) VALUES(?1, ?2, ?3, ?4)")?;
    for (test, Member { outcome, asserts }) in &ledger.tests {
        let world = worlds.get(test).map(|world| world.bytes());
        insert.execute((number_of(change, test)?, outcome.map(code), world, asserts))?;
    }
    Ok(())
}

/// Tests with what is known of their last run, and the sources that they met.
type Members = (Vec<(TestId, Member)>, Vec<(TestId, Digest)>);

/// The tests of the saved ledger with what is known of their last run, and the sources that they met; sorted.
fn members(ask: &Connection) -> rusqlite::Result<Members> {
    let mut all = ask
        .prepare_cached("SELECT t.name, m.outcome, m.world, m.asserts FROM members m JOIN tests t ON t.id = m.test")?;
    let rows = all.query_map([], |row| {
        let world = row.get_ref(2)?.as_blob_or_null()?.and_then(|bytes| bytes.try_into().ok()).map(Digest::from_bytes);
        let member = Member { outcome: row.get::<_, Option<u8>>(1)?.map(outcome), asserts: row.get(3)? };
        Ok((TestId::new(row.get_ref(0)?.as_str()?), member, world))
    })?;
    let mut found: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    found.sort_by(|left, right| left.0.cmp(&right.0));
    let worlds = found.iter().filter_map(|(test, _, world)| Some((test.clone(), (*world)?))).collect();
    Ok((found.into_iter().map(|(test, member, _)| (test, member)).collect(), worlds))
}

fn noted(ask: &Connection, name: &str) -> rusqlite::Result<bool> {
    let value = ask.query_row("SELECT value = '1' FROM notes WHERE key = ?1", [name], |row| row.get(0)).optional()?;
    Ok(value.unwrap_or(false))
}

/// Gives the tests of a file the ids that they have at another path: what is kept of them goes along. An id that is taken
/// stays whose it is, and the results go there alone; so does that of a doctest, which names a module.
pub(super) fn move_tests(change: &Connection, from: &RepoPath, to: &RepoPath) -> rusqlite::Result<()> {
    let (first, end) = (format!("{}::", from.as_str()), format!("{}:;", from.as_str()));
    let mut all = change.prepare_cached("SELECT id, name FROM tests WHERE name >= ?1 AND name < ?2")?;
    let rows =
        all.query_map([&first, &end], |row| Ok((row.get::<_, i64>(0)?, TestId::new(row.get_ref(1)?.as_str()?))))?;
    let found: Vec<(i64, TestId)> = rows.collect::<rusqlite::Result<_>>()?;
    let mut rename = change.prepare_cached("UPDATE OR IGNORE tests SET name = ?2 WHERE id = ?1")?;
    for (number, test) in found {
        if let Some(test) = test.at(to) {
            if known(change, &test)?.is_some() {
                join(change, number, &test)?;
            }
            rename.execute((number, test.as_str()))?;
        }
    }
    Ok(())
}

/// The number of a test; it gets one if it has none.
pub(super) fn number_of(change: &Connection, test: &TestId) -> rusqlite::Result<i64> {
    let mut number = change.prepare_cached(
        "INSERT INTO tests(name, good, bad) VALUES(?1, 0, 0) ON CONFLICT(name) DO UPDATE SET good = good RETURNING id",
    )?;
    number.query_row([test.as_str()], |row| row.get(0))
}

/// Removes what is saved of a file; gives its number, if it had one.
fn forget(change: &Connection, path: &RepoPath) -> rusqlite::Result<Option<i64>> {
    let mut remove = change.prepare_cached("DELETE FROM files WHERE path = ?1 RETURNING id")?;
    let id: Option<i64> = remove.query_row([path.as_str()], |row| row.get(0)).optional()?;
    if let Some(id) = id {
        change.prepare_cached("DELETE FROM evidence WHERE file = ?1")?.execute([id])?;
    }
    Ok(id)
}

fn save_file(change: &Connection, file: &FileRecord) -> rusqlite::Result<()> {
    let id = forget(change, &file.path)?;
    let body = write_head(change, file)?;
    let unstable = (!file.unstable.is_empty()).then(|| {
        let mut writer = Writer::default();
        write_unstable(&mut writer, &file.unstable);
        writer.bytes()
    });
    let mut insert = change.prepare_cached("INSERT INTO files(id, path, body, unstable) VALUES(?1, ?2, ?3, ?4)")?;
    let id = insert.insert((id, file.path.as_str(), body, unstable))?;
    let mut insert = change.prepare_cached("INSERT OR REPLACE INTO evidence(file, test, body) VALUES(?1, ?2, ?3)")?;
    for (test, evidence) in &file.tests {
        let test = number_of(change, test)?;
        let mut body = Writer::default();
        write_evidence(&mut body, evidence);
        insert.execute((id, test, body.bytes()))?;
    }
    Ok(())
}

/// The evidence of the tests in one file, in the order of their ids.
fn evidence(
    ask: &Connection,
    file: i64,
    names: &mut HashMap<i64, TestId>,
) -> rusqlite::Result<Vec<(TestId, EvidenceRecord)>> {
    let mut name = ask.prepare_cached("SELECT name FROM tests WHERE id = ?1")?;
    let mut all = ask.prepare_cached("SELECT test, body FROM evidence WHERE file = ?1")?;
    let mut rows = all.query([file])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let test = match names.get(&number) {
            Some(test) => test.clone(),
            None => {
                let test = name.query_row([number], |row| Ok(TestId::new(row.get_ref(0)?.as_str()?)))?;
                names.insert(number, test.clone());
                test
            }
        };
        if let Some(evidence) = read_evidence(&mut Reader::new(row.get_ref(1)?.as_blob()?)) {
            found.push((test, evidence));
        }
    }
    found.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(found)
}

/// All of a file but the evidence of its tests.
fn write_head(change: &Connection, file: &FileRecord) -> rusqlite::Result<Vec<u8>> {
    let mut head = Writer::default();
    head.count(file.versions.len());
    for version in &file.versions {
        head.option(version.digest, Writer::digest);
        let text = version.text.as_deref().map(|text| keep_source(change, text));
        head.option(text.transpose()?, Writer::digest);
        head.flag(version.outdated);
        write_version_facts(change, &mut head, version)?;
    }
    head.option(file.import.as_ref(), write_evidence);
    head.option(file.reported.as_ref(), write_reported);
    head.option(file.doubt.as_ref(), write_doubt);
    Ok(head.bytes())
}

fn read_head(ask: &Connection, body: &[u8]) -> rusqlite::Result<Option<FileRecord>> {
    let mut reader = Reader::new(body);
    let mut versions = Vec::new();
    for _ in 0..reader.count().unwrap_or(0) {
        let Some(version) = read_version(ask, &mut reader)? else { return Ok(None) };
        versions.push(version);
    }
    let rest = |reader: &mut Reader<'_>| {
        let import = reader.option(read_evidence)?;
        let reported = reader.option(read_reported)?;
        let doubt = reader.option(read_doubt)?;
        // The path and the tests have columns of their own.
        let path = RepoPath::new("-")?;
        Some(FileRecord {
            path,
            versions: Vec::new(),
            import,
            tests: Vec::new(),
            reported,
            doubt,
            unstable: Vec::new(),
        })
    };
    Ok(rest(&mut reader).map(|file| FileRecord { versions, ..file }))
}

/// Facts are kept once for each content; only those that differ from what is kept are written with the version.
fn write_version_facts(change: &Connection, head: &mut Writer, version: &VersionRecord) -> rusqlite::Result<()> {
    if let (Some(digest), Some(facts)) = (version.digest, &version.facts) {
        keep_facts(change, digest, facts)?;
        if known_facts(change, digest)?.as_ref() == Some(facts) {
            head.number(1);
            return Ok(());
        }
    }
    head.number(if version.facts.is_some() { 2 } else { 0 });
    if let Some(facts) = &version.facts {
        write_facts(head, facts);
    }
    Ok(())
}

fn read_version(ask: &Connection, reader: &mut Reader<'_>) -> rusqlite::Result<Option<VersionRecord>> {
    let start =
        (|| Some((reader.option(Reader::digest)?, reader.option(Reader::digest)?, reader.flag()?, reader.number()?)))();
    let Some((digest, text, outdated, place)) = start else { return Ok(None) };
    let facts = match (place, digest) {
        (1, Some(digest)) => known_facts(ask, digest)?,
        (2, _) => match read_facts(reader) {
            Some(facts) => Some(facts),
            None => return Ok(None),
        },
        _ => None,
    };
    let text = text.map(|digest| find(ask, digest)).transpose()?.flatten();
    Ok(Some(VersionRecord { digest, text, facts, outdated }))
}

/// Keeps facts by the digest of the source. An estimate never replaces what coverage.py said.
fn keep_facts(change: &Connection, digest: Digest, facts: &Facts) -> rusqlite::Result<()> {
    let mut body = Writer::default();
    write_facts(&mut body, facts);
    let mut insert = change.prepare_cached(
        "INSERT INTO facts(digest, estimated, body) VALUES(?1, ?2, ?3) ON CONFLICT(digest)
         DO UPDATE SET estimated = excluded.estimated, body = excluded.body WHERE excluded.estimated <= estimated",
    )?;
    insert.execute((digest.bytes(), facts.estimated, body.bytes())).map(|_| ())
}

fn known_facts(ask: &Connection, digest: Digest) -> rusqlite::Result<Option<Facts>> {
    let mut find = ask.prepare_cached("SELECT body FROM facts WHERE digest = ?1")?;
    let read = |row: &rusqlite::Row<'_>| Ok(read_facts(&mut Reader::new(row.get_ref(0)?.as_blob()?)));
    Ok(find.query_row([digest.bytes()], read).optional()?.flatten())
}
