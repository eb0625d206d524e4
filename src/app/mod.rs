//! The mind: state, messages, update, keys, layout. No I/O, no clock, no waiting.
