//! Data files that SQLite itself wrote, with whatever values and declarations in their tables.
#![no_main]

use rusqlite::types::Value;
use rusqlite::{Connection, MAIN_DB};

/// The tables, with the numbers of their columns.
const TABLES: [(&str, usize); 6] =
    [("coverage_schema", 1), ("meta", 2), ("file", 2), ("context", 2), ("line_bits", 3), ("arc", 4)];

const SCHEMA: &str = "
    CREATE TABLE coverage_schema(version);
    CREATE TABLE meta(key, value);
    CREATE TABLE file(id, path);
    CREATE TABLE context(id, context);
    CREATE TABLE line_bits(file_id, context_id, numbits);
    CREATE TABLE arc(file_id, context_id, fromno, tono);
    INSERT INTO coverage_schema VALUES(7);
    INSERT INTO file VALUES(1, '/src/a.py'), (2, 'a.py');
    INSERT INTO context VALUES(1, ''), (2, 'tests/test_a.py::test_a|run');
";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let made = Connection::open_in_memory().and_then(|mut connection| {
        connection.execute_batch("PRAGMA page_size = 512; PRAGMA journal_mode = OFF")?;
        connection.execute_batch(SCHEMA)?;
        let mut rest = bytes;
        while !rest.is_empty() {
            row(&connection, &mut rest)?;
        }
        Ok(connection.serialize(MAIN_DB)?.to_vec())
    });
    if let Ok(file) = made {
        lacuna_fuzz::data_file(&file);
    }
});

/// Adds one row as the bytes say.
fn row(connection: &Connection, rest: &mut &[u8]) -> rusqlite::Result<()> {
    let (table, columns) = TABLES[usize::from(byte(rest)) % TABLES.len()];
    let values: Vec<Value> = (0..columns).map(|_| value(rest)).collect();
    let marks = vec!["?"; columns].join(", ");
    connection.execute(&format!("INSERT INTO {table} VALUES({marks})"), rusqlite::params_from_iter(values)).map(drop)
}

fn value(rest: &mut &[u8]) -> Value {
    match byte(rest) {
        // Small numbers are what most rows hold, and what refers to other rows.
        small @ 0..=127 => Value::Integer(i64::from(small % 8)),
        128..=159 => Value::Integer(i64::from(i16::from_le_bytes([byte(rest), byte(rest)]))),
        160..=167 => Value::Integer(i64::from_le_bytes(std::array::from_fn(|_| byte(rest)))),
        168..=207 => Value::Blob(some(rest).to_vec()),
        208..=247 => Value::Text(String::from_utf8_lossy(some(rest)).into_owned()),
        248..=251 => Value::Real(f64::from(byte(rest)) / 3.0),
        _ => Value::Null,
    }
}

fn byte(rest: &mut &[u8]) -> u8 {
    let (first, others) = rest.split_first().unwrap_or((&0, &[]));
    *rest = others;
    *first
}

fn some<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let length = usize::from(byte(rest)).min(rest.len());
    let (some, others) = rest.split_at(length);
    *rest = others;
    some
}
