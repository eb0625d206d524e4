//! Tests: data files that were made to do harm, or were harmed.

#[cfg(test)]
mod tests {
    use crate::io::store::dotcov::{read_data_bytes, read_data_file};
    use proptest::prelude::*;
    use rusqlite::Connection;
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::fs;
    use std::path::{Path, PathBuf};
    use tempfile::TempDir;

    const TABLES: &str = "
    CREATE TABLE coverage_schema(version integer);
    CREATE TABLE meta(key text, value text, unique(key));
    CREATE TABLE file(id integer primary key, path text, unique(path));
    CREATE TABLE context(id integer primary key, context text, unique(context));
    CREATE TABLE line_bits(file_id integer, context_id integer, numbits blob, unique(file_id, context_id));
    CREATE TABLE arc(file_id integer, context_id integer, fromno integer, tono integer);
    INSERT INTO coverage_schema VALUES(7);
    INSERT INTO meta VALUES('version', '7.17.3'), ('has_arcs', '0');
    INSERT INTO file VALUES(1, '/srv/shop/a.py');
    INSERT INTO context VALUES(1, '');
    INSERT INTO line_bits VALUES(1, 1, x'0E');
    ";

    fn sample() -> Vec<u8> {
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dotcov/branch-contexts.coverage")).unwrap()
    }

    /// A data file after `sql`, which may do what it likes.
    fn made(sql: &str) -> (TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".coverage");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(TABLES).unwrap();
        connection.execute_batch(sql).unwrap();
        drop(connection);
        (dir, path)
    }

    fn check(sql: &str, expect: &str) {
        let (dir, path) = made(sql);
        let problem = read_data_file(&path).expect_err(sql);
        assert!(problem.to_string().contains(expect), "{sql}: {problem}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "{sql}");
    }

    #[test]
    fn a_plain_file_is_read_and_nothing_is_written_beside_it() {
        for sql in ["", "PRAGMA journal_mode = WAL", "CREATE TABLE other(x); CREATE VIEW v AS SELECT 1"] {
            let (dir, path) = made(sql);
            let data = read_data_file(&path).unwrap();
            assert_eq!(data.files[0].path, "/srv/shop/a.py");
            assert_eq!(data.files[0].all().lines.iter().collect::<Vec<_>>(), [1, 2, 3]);
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn r6_tables_that_compute_are_refused() {
        let endless =
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS id, 'a' AS path FROM c";
        check(&format!("DROP TABLE file; CREATE VIEW file AS {endless}"), "`file` is a view");
        check(
            "DROP TABLE file; CREATE TABLE file(id INTEGER, path AS (zeroblob(900000000)))",
            "`file.path` is computed",
        );
        check("DROP TABLE file; CREATE VIRTUAL TABLE file USING fts5(id, path)", "computes its rows");
        check("DROP TABLE arc; CREATE VIRTUAL TABLE arc USING dbstat", "computes its rows");
    }

    #[test]
    fn r6_what_lies_about_in_the_file_does_not_run() {
        let heavy = "length(replace(printf('%01000000d', 1), '0', printf('%0500d', 2)))";
        for sql in [
            format!("CREATE INDEX heavy ON file({heavy})"),
            format!("CREATE INDEX heavy ON file(id) WHERE path = 'x'; CREATE INDEX more ON meta({heavy}, key)"),
            "CREATE TRIGGER t AFTER INSERT ON file BEGIN SELECT load_extension('x'); END".to_owned(),
            format!(
                "PRAGMA ignore_check_constraints = 1; DROP TABLE file;
                 CREATE TABLE file(id INTEGER, path TEXT CHECK({heavy} > 0)); INSERT INTO file VALUES(1, '/srv/shop/a.py')"
            ),
        ] {
            let (_dir, path) = made(&sql);
            let data = read_data_file(&path);
            // Either it is read for what it holds, or it is refused; it never runs.
            assert!(data.is_err() || data.unwrap().files.len() == 1, "{sql}");
        }
    }

    #[test]
    fn r5_values_beyond_the_bounds_are_refused() {
        check("INSERT INTO line_bits VALUES(1, 2, zeroblob(4000000))", "too large");
        check("UPDATE file SET path = zeroblob(50000000)", "too large");
        check("DELETE FROM line_bits; INSERT INTO arc VALUES(1, 1, 1, 9223372036854775807)", "names a line");
        check("DELETE FROM line_bits; INSERT INTO arc VALUES(1, 1, -9223372036854775808, 1)", "names a line");
        check("INSERT INTO arc VALUES(1, 1, 1, 2)", "both line and branch data");
        check("INSERT INTO line_bits VALUES(9, 1, x'01')", "belongs to a file");
        check("UPDATE line_bits SET context_id = 9", "belongs to a context");
        check("UPDATE line_bits SET numbits = 5", "no bits");
        check("UPDATE file SET path = x'2f61'", "no text");
    }

    #[test]
    fn other_files_are_refused_by_name() {
        check("UPDATE coverage_schema SET version = 6", "has 6 schema version");
        check("DELETE FROM coverage_schema", "has no schema version");
        check("DROP TABLE context", "no table `context`");
        check("ALTER TABLE arc RENAME COLUMN tono TO x", "no column `tono`");
        let dir = tempfile::tempdir().unwrap();
        let refused = |bytes: &[u8], expect: &str| {
            let path = dir.path().join("file");
            fs::write(&path, bytes).unwrap();
            let problem = read_data_file(&path).unwrap_err();
            assert!(problem.to_string().contains(expect), "{problem}");
        };
        refused(b"", "is empty");
        refused(b"<?xml version='1.0'?><coverage/>", "no SQLite database");
        refused(&[0; 8192], "no SQLite database");
        let pipe = dir.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).unwrap();
        assert!(read_data_file(&pipe).unwrap_err().to_string().contains("not a file"));
        assert!(read_data_file(dir.path()).unwrap_err().to_string().contains("not a file"));
    }

    #[test]
    fn r6_journals_and_logs_beside_it_are_named_and_not_replayed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".coverage");
        let journal = [&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7][..], &[0; 600]].concat();
        fs::write(&path, sample()).unwrap();
        fs::write(dir.path().join(".coverage-journal"), &journal).unwrap();
        assert!(read_data_file(&path).unwrap_err().to_string().contains("journal"));
        assert_eq!(fs::read(dir.path().join(".coverage-journal")).unwrap(), journal);
        fs::write(dir.path().join(".coverage-journal"), "").unwrap();
        assert!(read_data_file(&path).is_ok());

        let (log_dir, logged) = made("PRAGMA journal_mode = WAL");
        let connection = Connection::open(&logged).unwrap();
        connection.execute_batch("INSERT INTO file VALUES(2, 'b.py')").unwrap();
        assert!(read_data_file(&logged).unwrap_err().to_string().contains("log of changes"));
        assert_eq!(fs::read_dir(log_dir.path()).unwrap().count(), 3);
    }

    #[test]
    fn text_in_utf_16_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".coverage");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA encoding = 'UTF-16le'").unwrap();
        connection.execute_batch(TABLES).unwrap();
        drop(connection);
        assert_eq!(read_data_file(&path).unwrap().files[0].path, "/srv/shop/a.py");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn r6_a_harmed_file_is_read_or_refused(
            places in prop::collection::vec((0_usize..53_248, any::<u8>()), 1..40),
            length in 0_usize..=53_248,
            cut: bool,
        ) {
            let mut bytes = sample();
            for (place, byte) in places {
                bytes[place] = byte;
            }
            if cut {
                bytes.truncate(length);
            }
            if let Ok(data) = read_data_bytes(Path::new("harmed"), bytes) {
                prop_assert!(data.files.len() < 10_000);
            }
        }

        #[test]
        fn r1_no_truncated_file_is_taken_for_a_whole_one(length in 0_usize..53_248) {
            prop_assert!(read_data_bytes(Path::new("cut"), sample()[..length].to_vec()).is_err());
        }
    }
}
