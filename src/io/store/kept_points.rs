//! Tests: points that were kept come back as they were, cost what they changed, and go when there are too many.

#[cfg(test)]
mod tests {
    use crate::base::{Digest, RepoPath, Stamp};
    use crate::domain::coverage::{Counts, LineSet};
    use crate::domain::ledger::{Kind, Point, PointFile, PointHead, PointKind};
    use crate::domain::suite::Outcome;
    use crate::io::store::memory::tests::{record, result, store};
    use crate::io::store::{KEPT_POINTS, NewPoint, Saved, Store};
    use rusqlite::Connection;
    use std::path::Path;
    use std::sync::Arc;

    fn lines(lines: &[u32]) -> LineSet {
        lines.iter().copied().collect()
    }

    fn file(text: &str, covered: &[u32]) -> PointFile {
        PointFile {
            digest: Some(Digest::of(text.as_bytes())),
            text: Some(text.into()),
            covered: lines(covered),
            missed: lines(&[90, 91]),
            excluded: lines(&[95]),
            stale: lines(&[96]),
            unknown: lines(&[97, 99]),
            unstable: [2].into_iter().collect(),
            counts: Counts { statements: 9, covered: covered.len() as u64, branches: 4, ..Counts::default() },
            kind: Kind::Carried,
            estimated: true,
        }
    }

    fn point(at: i64, files: &[(&str, &Arc<PointFile>)]) -> Point {
        let files = files.iter().map(|(path, file)| (RepoPath::new(path).unwrap(), Arc::clone(file)));
        Point { at: Stamp(at), files: files.collect(), ..Point::default() }
    }

    fn head(id: &str, kind: PointKind, point: &Point) -> PointHead {
        PointHead {
            id: id.to_owned(),
            at: point.at,
            kind,
            about: "pytest tests -v".to_owned(),
            sitting: "s1".to_owned(),
            stamp: Some(Stamp(7)),
            total: point.total().unwrap_or_default(),
            files: point.files.len() as u64,
        }
    }

    fn keep(store: &Store, id: &str, kind: PointKind, point: &Point, since: Option<(&str, &Point)>) -> PointHead {
        let head = head(id, kind, point);
        store.save_point(NewPoint { head: &head, point, since }).unwrap();
        head
    }

    /// What comes back: everything but the texts, which are kept by their digests.
    fn bare(point: &Point) -> Point {
        let files = point.files.iter();
        let files =
            files.map(|(path, file)| (path.clone(), Arc::new(PointFile { text: None, ..PointFile::clone(file) })));
        Point { files: files.collect(), ..point.clone() }
    }

    fn rows(dir: &Path, table: &str) -> usize {
        let connection = Connection::open(dir.join("history.sqlite")).unwrap();
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_point_comes_back_as_it_was_with_its_texts() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let (a, b) = (Arc::new(file("a = 1\n", &[1, 2, 3])), Arc::new(file("b = 1\n", &[])));
        let unknown = Arc::new(PointFile { digest: None, text: None, ..PointFile::clone(&b) });
        let first = point(5, &[("a.py", &a), ("b.py", &b), ("c.py", &unknown)]);
        let head = keep(&store, "baseline-5", PointKind::Baseline, &first, None);
        assert_eq!(store.points(9).unwrap(), [head]);
        assert_eq!(store.point("baseline-5").unwrap().unwrap(), bare(&first));
        assert_eq!(store.point("baseline-6").unwrap(), None);
        assert_eq!(store.source(Digest::of(b"a = 1\n")).unwrap().as_deref(), Some("a = 1\n"));
        // The same name again takes its place.
        let other = point(6, &[("a.py", &a)]);
        keep(&store, "baseline-5", PointKind::Baseline, &other, None);
        assert_eq!(store.point("baseline-5").unwrap().unwrap(), bare(&other));
        assert_eq!(store.points(9).unwrap().len(), 1);
    }

    #[test]
    fn a_batch_costs_what_it_changed_and_older_points_stay_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let many: Vec<(String, Arc<PointFile>)> =
            (0..200).map(|n| (format!("m{n}.py"), Arc::new(file(&format!("a = {n}\n"), &[n + 1])))).collect();
        let all: Vec<(&str, &Arc<PointFile>)> = many.iter().map(|(path, file)| (path.as_str(), file)).collect();
        let first = point(1, &all);
        keep(&store, "r1", PointKind::Batch, &first, None);
        let (edited, added) = (Arc::new(file("a = 7\nb = 8\n", &[1, 2])), Arc::new(file("new = 1\n", &[1])));
        let mut files = all.clone();
        files[7].1 = &edited;
        files.remove(100);
        files.push(("new.py", &added));
        let second = point(2, &files);
        keep(&store, "r2", PointKind::Batch, &second, Some(("r1", &first)));
        assert_eq!(rows(dir.path(), "sights"), 202);
        // Without the point before, or when it is another one, the outcome is the same.
        keep(&store, "r3", PointKind::Batch, &second, None);
        keep(&store, "r4", PointKind::Batch, &second, Some(("gone", &first)));
        keep(&store, "r5", PointKind::Batch, &second, Some(("r3", &first)));
        assert_eq!(rows(dir.path(), "sights"), 202);
        assert_eq!(store.point("r1").unwrap().unwrap(), bare(&first));
        for id in ["r2", "r3", "r4", "r5"] {
            assert_eq!(store.point(id).unwrap().unwrap(), bare(&second), "{id}");
        }
        let connection = Connection::open(dir.path().join("history.sqlite")).unwrap();
        let sql = "SELECT length(files) FROM points WHERE id = 'r2'";
        let bytes: usize = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert!(bytes < 20, "{bytes} bytes for the files of a point");
    }

    #[test]
    fn a_run_and_its_point_are_saved_together_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let run = record("r1", vec![result("t.py::a", Outcome::Passed, &[])]);
        let a = Arc::new(file("a = 1\n", &[1]));
        let (first, other) = (point(1, &[("a.py", &a)]), point(2, &[]));
        let save = |point: &Point| {
            let head = head("r1", PointKind::Batch, point);
            store.save_run_and_point(&run, NewPoint { head: &head, point, since: None }).unwrap()
        };
        assert_eq!((save(&first), save(&other)), (Saved::New, Saved::Already));
        assert_eq!(store.point("r1").unwrap().unwrap(), bare(&first));
        assert_eq!(store.runs(9).unwrap().len(), 1);
    }

    #[test]
    fn too_many_points_lose_the_oldest_and_what_only_they_held() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let shared = Arc::new(file("shared = 1\n", &[1]));
        let many = KEPT_POINTS.1 + 51;
        for n in 0..many {
            let own = Arc::new(file(&format!("own = {n}\n"), &[1]));
            let point = point(1, &[("shared.py", &shared), ("own.py", &own)]);
            keep(&store, &format!("baseline-{n}"), PointKind::Baseline, &point, None);
        }
        let kept = store.points(1000).unwrap();
        assert_eq!((kept.len(), kept[0].id.as_str()), (KEPT_POINTS.1, &*format!("baseline-{}", many - 1)));
        assert_eq!(rows(dir.path(), "sights"), KEPT_POINTS.1 + 1);
        assert!(kept.iter().all(|head| store.point(&head.id).unwrap().unwrap().files.len() == 2));
        assert_eq!(store.point("baseline-0").unwrap(), None);
    }

    #[test]
    fn a_database_of_before_there_were_points_gets_their_tables() {
        let dir = tempfile::tempdir().unwrap();
        drop(store(dir.path()));
        let connection = Connection::open(dir.path().join("history.sqlite")).unwrap();
        connection
            .execute_batch(
                "DROP TABLE reports; DROP TABLE labs; DROP TABLE lab_trials; DROP TABLE collected; DROP TABLE selections; DROP TABLE footings; \
                 DROP TABLE points; DROP TABLE sights; ALTER TABLE members DROP COLUMN asserts; DROP TABLE differing; DROP TABLE aliases; DROP TABLE unsent; DROP TABLE exchanges; DROP TABLE contract_shares; DROP TABLE mapping_shares; DROP TABLE properties; \
                 ALTER TABLE failures DROP COLUMN suspect; ALTER TABLE runs DROP COLUMN url; PRAGMA user_version = 2;",
            )
            .unwrap();
        connection.execute("INSERT INTO notes(key, value) VALUES('kept', 'yes')", []).unwrap();
        drop(connection);
        let store = store(dir.path());
        assert_eq!(store.points(9).unwrap(), []);
        assert_eq!(store.recall("kept").unwrap().as_deref(), Some("yes"));
        keep(&store, "r1", PointKind::Batch, &point(1, &[]), None);
        assert_eq!(store.points(9).unwrap().len(), 1);
    }
}
