//! The picture of the state, and its themes.
