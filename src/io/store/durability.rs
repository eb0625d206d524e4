//! Tests: what was acknowledged survives other programs, sudden death, damage and full disks.

#[cfg(test)]
mod tests {
    use crate::base::Stamp;
    use crate::domain::suite::Outcome;
    use crate::io::store::memory::tests::{record, result, store};
    use crate::io::store::{Keeping, Saved, Store};
    use rusqlite::Connection;
    use std::collections::BTreeSet;
    use std::fs;
    use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::{Command, Stdio};

    /// Where the child process of a test writes to.
    const CHILD: &str = "LACUNA_TEST_STORE";
    const DATABASE: &str = "history.sqlite";

    fn save(store: &Store, id: &str) -> Result<Saved, crate::base::Problem> {
        let tests = (0..20).map(|test| result(&format!("t.py::{test}"), Outcome::Failed, &[])).collect();
        store.save_run(&record(id, tests))
    }

    fn ids(store: &Store) -> BTreeSet<String> {
        let runs = store.runs(100_000).unwrap();
        let ids: BTreeSet<String> = runs.iter().map(|run| run.id.clone()).collect();
        assert_eq!(ids.len(), runs.len());
        ids
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn is_whole(dir: &Path) {
        let connection = Connection::open(dir.join(DATABASE)).unwrap();
        let answer: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(answer, "ok");
    }

    #[test]
    fn several_stores_write_to_one_file_and_nothing_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let dir = dir.path();
                scope.spawn(move || {
                    let store = store(dir);
                    for run in 0..25 {
                        assert_eq!(save(&store, &format!("{writer}-{run}")).unwrap(), Saved::New);
                        save(&store, "shared").unwrap();
                    }
                });
            }
        });
        assert_eq!(ids(&store(dir.path())).len(), 101);
        is_whole(dir.path());
    }

    /// What the child processes of the next test do: save runs until they are killed, and say each id once it is saved.
    fn save_until_killed(dir: &Path, name: &str) {
        let store = store(dir);
        for run in 0.. {
            let id = format!("{name}-{run}");
            save(&store, &id).unwrap();
            println!("saved {id}");
        }
    }

    #[test]
    fn c3_killed_in_the_middle_of_writing_nothing_acknowledged_is_lost() {
        if let Some((dir, name)) = std::env::var(CHILD).ok().as_deref().and_then(|target| target.split_once('|')) {
            return save_until_killed(Path::new(dir), name);
        }
        let this = "io::store::durability::tests::c3_killed_in_the_middle_of_writing_nothing_acknowledged_is_lost";
        let dir = tempfile::tempdir().unwrap();
        let mut acknowledged = BTreeSet::new();
        for round in 0..4 {
            let mut children: Vec<_> = (0..2)
                .map(|child| {
                    Command::new(std::env::current_exe().unwrap())
                        .args(["--exact", this, "--nocapture"])
                        .env(CHILD, format!("{}|{round}-{child}", dir.path().display()))
                        .stdout(Stdio::piped())
                        .spawn()
                        .unwrap()
                })
                .collect();
            let first = BufReader::new(children[0].stdout.take().unwrap());
            let second = BufReader::new(children[1].stdout.take().unwrap());
            let saved = |line: String| line.split_once("saved ").map(|(_, id)| id.to_owned());
            let mut lines = first.lines().map_while(Result::ok).filter_map(saved);
            acknowledged.extend(lines.by_ref().take(3 + round * 7));
            children.iter_mut().for_each(|child| child.kill().unwrap());
            acknowledged.extend(lines);
            acknowledged.extend(second.lines().map_while(Result::ok).filter_map(saved));
            children.iter_mut().for_each(|child| assert!(!child.wait().unwrap().success()));
        }
        assert!(acknowledged.len() >= 50);
        let store = store(dir.path());
        let kept = ids(&store);
        assert_eq!(acknowledged.difference(&kept).count(), 0);
        for id in &kept {
            assert_eq!(store.run(id).unwrap().unwrap().results.len(), 20);
        }
        is_whole(dir.path());
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_a_new_one_begun() {
        let good = tempfile::tempdir().unwrap();
        save(&store(good.path()), "before").unwrap();
        let whole = fs::read(good.path().join(DATABASE)).unwrap();
        let mut flipped = whole.clone();
        flipped[4096..12_288].iter_mut().for_each(|byte| *byte ^= 0x5a);
        let truncated = whole[..whole.len() / 2].to_vec();
        let mut foreign = whole.clone();
        foreign[68..72].copy_from_slice(b"else");
        for damaged in [b"not a database at all, but rather long".repeat(200), flipped, truncated, foreign] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(DATABASE), &damaged).unwrap();
            let (fresh, problems) = Store::open(dir.path(), Stamp(1_700_000_000_000)).unwrap();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].to_string().contains("renamed to"), "{problems:?}");
            assert_eq!(fresh.keeping(), Keeping::Lasting);
            save(&fresh, "after").unwrap();
            assert_eq!(ids(&fresh).len(), 1);
            let aside = dir.path().join("history.sqlite.corrupt-20231114T221320Z");
            assert_eq!(fs::read(aside).unwrap(), damaged);
        }
    }

    #[test]
    fn damage_in_use_is_noticed_by_every_store_on_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (store(dir.path()), store(dir.path()));
        for run in 0..5 {
            save(&first, &format!("early-{run}")).unwrap();
        }
        // Everything into the main file, then damage to all pages but the first.
        let connection = Connection::open(dir.path().join(DATABASE)).unwrap();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        drop(connection);
        let mut file = fs::File::options().write(true).open(dir.path().join(DATABASE)).unwrap();
        let length = file.metadata().unwrap().len();
        file.seek(SeekFrom::Start(4096)).unwrap();
        file.write_all(&vec![0xee; usize::try_from(length - 4096).unwrap()]).unwrap();
        drop(file);
        let (third, problems) = Store::open(dir.path(), Stamp(0)).unwrap();
        assert_eq!(problems.len(), 1, "{problems:?}");
        for (store, id) in [(&third, "third"), (&second, "second"), (&first, "first")] {
            assert_eq!(save(store, id).unwrap(), Saved::New);
        }
        drop((first, second, third));
        assert_eq!(ids(&store(dir.path())), BTreeSet::from(["first", "second", "third"].map(str::to_owned)));
        is_whole(dir.path());
    }

    #[test]
    fn a_file_of_a_newer_lacuna_is_only_read() {
        let dir = tempfile::tempdir().unwrap();
        save(&store(dir.path()), "old").unwrap();
        let connection = Connection::open(dir.path().join(DATABASE)).unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        drop(connection);
        let (newer, problems) = Store::open(dir.path(), Stamp(0)).unwrap();
        assert!(problems[0].to_string().contains("newer lacuna"), "{problems:?}");
        assert_eq!(newer.keeping(), Keeping::ReadOnly);
        assert_eq!(ids(&newer).len(), 1);
        assert!(save(&newer, "new").unwrap_err().to_string().contains("not written to"));
        assert_eq!(names(dir.path()).iter().filter(|name| name.contains("corrupt")).count(), 0);
    }

    #[test]
    fn where_nothing_can_be_written_the_sitting_is_kept_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let blocked = dir.path().join("file");
        fs::write(&blocked, "").unwrap();
        let (fleeting, problems) = Store::open(&blocked.join("state"), Stamp(0)).unwrap();
        assert_eq!(fleeting.keeping(), Keeping::Fleeting);
        assert!(problems.iter().any(|problem| problem.to_string().contains("forgotten")), "{problems:?}");
        save(&fleeting, "r1").unwrap();
        assert_eq!(ids(&fleeting).len(), 1);
    }

    #[test]
    fn a_file_whose_folder_cannot_be_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        save(&store(dir.path()), "old").unwrap();
        // A folder where the lock file belongs: it cannot be taken, by root neither.
        fs::remove_file(dir.path().join("history.lock")).unwrap();
        fs::create_dir(dir.path().join("history.lock")).unwrap();
        let (read_only, problems) = Store::open(dir.path(), Stamp(0)).unwrap();
        assert_eq!((read_only.keeping(), problems.len()), (Keeping::ReadOnly, 1));
        assert_eq!(ids(&read_only).len(), 1);
    }

    #[test]
    fn on_a_full_disk_a_run_is_saved_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        save(&store, "fits").unwrap();
        let limit = |pages: i64| {
            let set = |change: &rusqlite::Transaction<'_>| {
                change.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            };
            store.database.write(set).unwrap();
        };
        limit(1);
        let many = (0..5_000).map(|test| result(&format!("t.py::{test}"), Outcome::Failed, &[])).collect();
        let problem = store.save_run(&record("large", many)).unwrap_err();
        assert!(problem.to_string().contains("disk is full"), "{problem}");
        assert_eq!(ids(&store).len(), 1);
        limit(1_000_000);
        save(&store, "fits again").unwrap();
        assert_eq!(ids(&store).len(), 2);
        is_whole(dir.path());
    }

    #[test]
    fn c11_the_files_are_for_the_user_alone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("lacuna/project");
        let store = store(&folder);
        save(&store, "r1").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for name in names(&folder) {
            assert_eq!(mode(&folder.join(&name)), 0o600, "{name}");
        }
    }
}
