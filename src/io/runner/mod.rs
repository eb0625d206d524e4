//! Find the interpreter; start, follow and stop pytest through the supervisor.
