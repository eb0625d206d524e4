//! Selections of sources, test files and tests that a person gave a name.

use crate::base::{Problem, RepoPath, Stamp};
use crate::domain::suite::{Target, TestId};
use crate::io::store::Store;
use crate::io::store::pack::{Reader, Writer};
use rusqlite::OptionalExtension;

/// The name under which the last batch is kept. No selection of a person has it.
pub const LAST: &str = "";

/// What was selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Source files: the tests that cover them.
    pub sources: Vec<RepoPath>,
    /// Test files and tests.
    pub targets: Vec<Target>,
    /// The whole suite.
    pub all: bool,
    /// What `-k` chooses of all this, or of all tests.
    pub keyword: Option<String>,
    /// The same for `-m`.
    pub mark: Option<String>,
}

impl Store {
    /// Keeps a selection under a name, in place of the one that had it.
    ///
    /// # Errors
    /// It could not be written.
    pub fn save_selection(&self, name: &str, at: Stamp, selection: &Selection) -> Result<(), Problem> {
        let mut body = Writer::default();
        let all = selection.all.then_some((3, ""));
        let keyword = selection.keyword.as_deref().map(|text| (4, text));
        let others: Vec<(u64, &str)> =
            all.into_iter().chain(keyword).chain(selection.mark.as_deref().map(|text| (5, text))).collect();
        body.count(selection.sources.len() + selection.targets.len() + others.len());
        let sources = selection.sources.iter().map(|path| (0, path.as_str()));
        let targets = selection.targets.iter().map(|target| match target {
            Target::File(path) => (1, path.as_str()),
            Target::Test(test) => (2, test.as_str()),
        });
        for (kind, text) in sources.chain(targets).chain(others) {
            body.number(kind);
            body.text(text);
        }
        let body = body.bytes();
        self.database.write(|change| {
            let sql = "INSERT OR REPLACE INTO selections(name, at, body) VALUES(?1, ?2, ?3)";
            change.execute(sql, (name, at.0, &body)).map(|_| ())
        })
    }

    /// The selection of that name.
    ///
    /// # Errors
    /// It could not be read.
    pub fn selection(&self, name: &str) -> Result<Option<Selection>, Problem> {
        let body: Option<Vec<u8>> = self.database.read(|ask| {
            ask.query_row("SELECT body FROM selections WHERE name = ?1", [name], |row| row.get(0)).optional()
        })?;
        Ok(body.and_then(|body| read(&body)))
    }

    /// The names of the selections, each with the time when it was saved, the newest first.
    ///
    /// # Errors
    /// They could not be read.
    pub fn selections(&self) -> Result<Vec<(String, Stamp)>, Problem> {
        self.database.read(|ask| {
            let mut all =
                ask.prepare_cached("SELECT name, at FROM selections WHERE name <> '' ORDER BY at DESC, name")?;
            all.query_map([], |row| Ok((row.get(0)?, Stamp(row.get(1)?))))?.collect()
        })
    }

    /// Forgets a selection; false where none has that name.
    ///
    /// # Errors
    /// It could not be written.
    pub fn delete_selection(&self, name: &str) -> Result<bool, Problem> {
        self.database
            .write(|change| change.execute("DELETE FROM selections WHERE name = ?1", [name]).map(|count| count > 0))
    }
}

fn read(body: &[u8]) -> Option<Selection> {
    let mut selection = Selection::default();
    let items = Reader::new(body).list(|body| Some((body.number()?, body.text()?)))?;
    for (kind, text) in items {
        match kind {
            0 => selection.sources.extend(RepoPath::new(&text)),
            1 => selection.targets.extend(RepoPath::new(&text).map(Target::File)),
            3 => selection.all = true,
            4 => selection.keyword = Some(text),
            5 => selection.mark = Some(text),
            _ => selection.targets.push(Target::Test(TestId::new(&text))),
        }
    }
    Some(selection)
}

#[cfg(test)]
mod tests {
    use super::{LAST, Selection};
    use crate::base::{RepoPath, Stamp};
    use crate::domain::suite::{Target, TestId};
    use crate::io::store::memory::tests::store;

    #[test]
    fn a_selection_comes_back_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let path = |text: &str| RepoPath::new(text).unwrap();
        let targets = vec![Target::Test(TestId::new("t/a.py::x[1]")), Target::File(path("t/b.py"))];
        let one = Selection {
            sources: vec![path("shop/cart.py")],
            targets,
            keyword: Some("a or b".to_owned()),
            mark: Some("m".to_owned()),
            all: false,
        };
        let all = Selection { all: true, ..Selection::default() };
        store.save_selection(LAST, Stamp(9), &all).unwrap();
        assert_eq!(store.selection(LAST).unwrap(), Some(all));
        store.save_selection("checkout", Stamp(1), &Selection::default()).unwrap();
        store.save_selection("checkout", Stamp(2), &one).unwrap();
        store.save_selection("é ü", Stamp(3), &Selection::default()).unwrap();
        assert_eq!(store.selection("checkout").unwrap(), Some(one));
        let names: Vec<String> = store.selections().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["é ü", "checkout"]);
        assert!(store.delete_selection("é ü").unwrap() && !store.delete_selection("é ü").unwrap());
        assert_eq!(store.selection("é ü").unwrap(), None);
    }
}
