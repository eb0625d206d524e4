//! The front door: arguments, subcommands, exit codes.
