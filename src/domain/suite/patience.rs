//! How long a test may take: by what it usually takes, and by the limits that were set.

/// How much longer than usual a test takes before that is said: so many times, and so many seconds more. A machine under
/// load makes everything a few times slower, and short tests need no word.
const MUCH: (f64, f64) = (4.0, 5.0);

/// Whether a test that usually takes `usual` seconds and has run for `now` seconds takes strangely long.
#[must_use]
pub fn is_strange(usual: f64, now: f64) -> bool {
    now > usual.max(0.0) * MUCH.0 + MUCH.1
}

/// The limits of a run, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Patience {
    /// The longest that one test may take.
    pub test: Option<u64>,
    /// The longest that one command may take.
    pub run: Option<u64>,
}

/// A limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The one for a test, in seconds.
    Test(u64),
    /// The one for a command, in seconds.
    Run(u64),
}

impl Limit {
    /// What it means for the test that ran then, in one line.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Test(seconds) => format!("it ran for more than {seconds} s and was ended (limit.test)"),
            Self::Run(seconds) => format!("the command ran for more than {seconds} s and was ended (limit.run)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_strange;

    #[test]
    fn a_hang_is_told_from_a_slow_machine() {
        for (usual, now, expect) in
            [(2.0, 40.0, true), (2.0, 6.0, false), (0.001, 4.0, false), (0.001, 6.0, true), (60.0, 200.0, false)]
        {
            assert_eq!(is_strange(usual, now), expect, "{usual} {now}");
        }
    }
}
