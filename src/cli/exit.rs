//! The exit codes: one table, from which the help, the manual page and the README are made.

/// How a command ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything that was asked for is done.
    Done = 0,
    /// The command did its work, and tests failed.
    Failed = 1,
    /// The arguments or the input cannot be used; nothing was changed.
    Unusable = 2,
    /// There is nothing to show or to run.
    Nothing = 3,
    /// The tests cannot be started, or did not come to an end of their own.
    Unstarted = 4,
    /// The run was cancelled.
    Cancelled = 5,
    /// Nothing failed, and of something nobody can tell.
    Untold = 6,
}

/// Every code with its meaning.
pub const EXITS: &[(Exit, &str)] = &[
    (Exit::Done, "Done. For `run`: every test passed."),
    (
        Exit::Failed,
        "Tests failed. For `lab --verify`: the fix does not hold. For `check`: a rule of the level `error` is broken. \
         For `gate`: a rule does not hold.",
    ),
    (
        Exit::Unusable,
        "The arguments or the input cannot be used; one line on standard error says why. Nothing was changed.",
    ),
    (
        Exit::Nothing,
        "Nothing to show or to run: no report, no history, no test. For `lab`: nothing was reproduced, or decided. \
         For `gate`: no rule.",
    ),
    (
        Exit::Unstarted,
        "The tests cannot be started (no interpreter, no pytest, or a project that is not trusted yet), or their process \
         ended without a report.",
    ),
    (Exit::Cancelled, "The run was cancelled."),
    (
        Exit::Untold,
        "For `gate`: no rule failed, and of one at least nobody can tell: there are no data, or they are older than what \
         they are about. For `check --prove`: none of the tests could run.",
    ),
];

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// The table of exit codes as Markdown, for the README.
#[must_use]
pub fn exits_markdown() -> String {
    let rows = EXITS.iter().map(|(exit, meaning)| format!("| {} | {meaning} |\n", exit.code()));
    format!("| code | meaning |\n|---|---|\n{}", rows.collect::<String>())
}

/// The table as plain lines, for the help.
#[must_use]
pub fn lines() -> String {
    EXITS.iter().map(|(exit, meaning)| format!("  {}  {}\n", exit.code(), meaning.replace('`', ""))).collect()
}
