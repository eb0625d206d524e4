//! Text, Markdown and JSON forms of what lacuna knows.
