//! SQLite: lacuna's own database, and coverage.py's data file. The only user of rusqlite.
