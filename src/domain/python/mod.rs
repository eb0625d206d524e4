//! What Python source says: tests, functions, statements, highlighting. The only user of ruff's parser.
