//! What pytest collected from each file, so that it is asked again only where something changed.

use crate::base::{Digest, Problem, RepoPath};
use crate::domain::suite::{Collected, Keywords, LeftOut, TestId};
use crate::io::store::Store;
use crate::io::store::pack::{Reader, Writer};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Store {
    /// Keeps what was collected from files, and forgets files that are no more.
    ///
    /// # Errors
    /// It could not be written; then none of it was.
    pub fn save_collected(&self, found: &BTreeMap<RepoPath, Collected>, gone: &[RepoPath]) -> Result<(), Problem> {
        self.database.write(|change| {
            let mut insert =
                change.prepare_cached("INSERT OR REPLACE INTO collected(path, world, body) VALUES(?1, ?2, ?3)")?;
            for (path, collected) in found {
                insert.execute((path.as_str(), collected.world.bytes(), body(path, collected)))?;
            }
            let mut remove = change.prepare_cached("DELETE FROM collected WHERE path = ?1")?;
            gone.iter().try_for_each(|path| remove.execute([path.as_str()]).map(|_| ()))
        })
    }

    /// What was collected from each file. Whether that still holds is for the caller to say.
    ///
    /// # Errors
    /// It could not be read.
    pub fn collected(&self) -> Result<BTreeMap<RepoPath, Collected>, Problem> {
        self.database.read(|ask| {
            let mut all = ask.prepare_cached("SELECT path, world, body FROM collected")?;
            let rows = all.query_map([], |row| {
                let Some(path) = RepoPath::new(row.get_ref(0)?.as_str()?) else { return Ok(None) };
                let Ok(world) = <[u8; 32]>::try_from(row.get_ref(1)?.as_blob()?) else { return Ok(None) };
                let read = read(&path, Digest::from_bytes(world), row.get_ref(2)?.as_blob()?);
                Ok(read.map(|collected| (path, collected)))
            })?;
            rows.filter_map(Result::transpose).collect()
        })
    }
}

/// What is kept of one file. An id is written without the path that all of them begin with.
fn body(path: &RepoPath, collected: &Collected) -> Vec<u8> {
    let mut out = Writer::default();
    out.count(collected.imports.len());
    collected.imports.iter().for_each(|path| out.text(path.as_str()));
    out.count(collected.sets.len());
    for set in &collected.sets {
        for words in [&set.marks, &set.others] {
            out.count(words.len());
            words.iter().for_each(|word| out.text(word));
        }
    }
    out.count(collected.tests.len());
    for (test, of) in collected.tests.iter().zip(&collected.of) {
        out.text(test.as_str().strip_prefix(path.as_str()).unwrap_or_default());
        out.number(u64::from(*of));
    }
    out.count(collected.left_out.len());
    for left in &collected.left_out {
        out.text(left.test.as_str().strip_prefix(path.as_str()).unwrap_or_default());
        out.number(u64::from(left.of));
        out.number(u64::from(left.by_keyword) + 2 * u64::from(left.by_mark));
    }
    out.option(collected.error.as_deref(), Writer::text);
    out.bytes()
}

fn read(path: &RepoPath, world: Digest, body: &[u8]) -> Option<Collected> {
    let mut body = Reader::new(body);
    let imports = body.list(|body| RepoPath::new(&body.text()?))?;
    let sets = body.list(|body| {
        let (marks, others) = (body.list(Reader::text)?, body.list(Reader::text)?);
        Some(Arc::new(Keywords { marks, others }))
    })?;
    let (mut id, start) = (path.as_str().to_owned(), path.as_str().len());
    let mut tests = |body: &mut Reader<'_>| {
        id.truncate(start);
        id.push_str(&body.text()?);
        Some((TestId::new(&id), body.small()?))
    };
    let all = body.list(&mut tests)?;
    let left_out = body.list(|body| {
        let ((test, of), by) = (tests(body)?, body.small()?);
        Some(LeftOut { test, of, by_keyword: by & 1 != 0, by_mark: by & 2 != 0 })
    })?;
    let error = body.option(Reader::text)?;
    let (tests, of) = all.into_iter().unzip();
    Some(Collected { world, imports, tests, sets, of, left_out, error })
}

#[cfg(test)]
mod tests {
    use crate::base::{Digest, RepoPath};
    use crate::domain::suite::{Collected, Keywords, LeftOut, TestId};
    use crate::io::store::memory::tests::store;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    #[test]
    fn what_was_collected_comes_back_and_a_file_that_is_gone_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let path = |text: &str| RepoPath::new(text).unwrap();
        let words = Keywords { marks: vec!["slow".to_owned()], others: vec!["pytestmark".to_owned()] };
        let one = Collected {
            world: Digest::of(b"one"),
            imports: vec![path("t/helpers.py")],
            tests: ["t/a.py::C::x[é-1\n]", "t/a.py::y"].map(TestId::new).to_vec(),
            sets: vec![Arc::new(Keywords::default()), Arc::new(words)],
            of: vec![1, 0],
            left_out: vec![LeftOut { test: TestId::new("t/a.py::slow"), of: 1, by_keyword: false, by_mark: true }],
            error: None,
        };
        let (tests, of, sets) = (Vec::new(), Vec::new(), Vec::new());
        let two = Collected { tests, of, sets, left_out: Vec::new(), error: Some("E".to_owned()), ..one.clone() };
        let all = BTreeMap::from([(path("t/a.py"), one), (path("t/b.py"), two)]);
        store.save_collected(&all, &[]).unwrap();
        assert_eq!(store.collected().unwrap(), all);
        store.save_collected(&BTreeMap::new(), &[path("t/a.py")]).unwrap();
        assert_eq!(store.collected().unwrap().into_keys().collect::<Vec<_>>(), [path("t/b.py")]);
    }
}
