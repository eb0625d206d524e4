//! What measuring costs: the same tests without coverage, with it, and with a context for each test.

use crate::base::Stamp;

/// Processor time of pytest and what it started, in seconds, for the same tests measured in three ways.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// When it was measured.
    pub at: Stamp,
    /// How many tests ran, each time the same ones.
    pub tests: u64,
    /// Without coverage.
    pub nothing: f64,
    /// With coverage that does not tell tests apart.
    pub lines: f64,
    /// With a context for each test.
    pub contexts: f64,
}

impl Cost {
    /// What contexts add to coverage without them, as a share: 0.1 is a tenth more.
    #[must_use]
    pub fn of_contexts(&self) -> f64 {
        more(self.lines, self.contexts)
    }

    /// What coverage without contexts adds to running the tests, as a share.
    #[must_use]
    pub fn of_coverage(&self) -> f64 {
        more(self.nothing, self.lines)
    }

    /// The sentence for it: `contexts +4%, coverage without them +31% processor time (40 tests: 1.00 s, 1.31 s, 1.36 s)`.
    #[must_use]
    pub fn words(&self) -> String {
        let tests = if self.tests == 1 { "test" } else { "tests" };
        format!(
            "contexts {:+.0}%, coverage without them {:+.0}% processor time ({} {tests}: {:.2} s without coverage, {:.2} s \
             with it, {:.2} s with contexts)",
            self.of_contexts() * 100.0,
            self.of_coverage() * 100.0,
            self.tests,
            self.nothing,
            self.lines,
            self.contexts
        )
    }

    /// The same in a few words: `coverage +31%, contexts +4%`.
    #[must_use]
    pub fn short(&self) -> String {
        format!("coverage {:+.0}%, contexts {:+.0}%", self.of_coverage() * 100.0, self.of_contexts() * 100.0)
    }

    /// The numbers as one line, for the database.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {} {} {} {}", self.at.0, self.tests, self.nothing, self.lines, self.contexts)
    }

    /// The cost that [`Cost::line`] wrote; nothing for any other text.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let at = Stamp(words.next()?.parse().ok()?);
        let tests = words.next()?.parse().ok()?;
        let mut seconds = || words.next()?.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
        let cost = Self { at, tests, nothing: seconds()?, lines: seconds()?, contexts: seconds()? };
        words.next().is_none().then_some(cost)
    }
}

fn more(without: f64, with: f64) -> f64 {
    if without > 0.0 { with / without - 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::Cost;
    use crate::base::Stamp;

    #[test]
    fn what_is_written_comes_back_and_other_text_is_no_cost() {
        let cost = Cost { at: Stamp(1_700_000_000_000), tests: 40, nothing: 1.0, lines: 1.25, contexts: 1.5 };
        assert_eq!(Cost::parse(&cost.line()), Some(cost));
        for text in ["", "1 2 3", "1 2 3 4 5 6", "a 1 1 1 1", "1 1 NaN 1 1", "1 1 -1 1 1"] {
            assert_eq!(Cost::parse(text), None, "{text}");
        }
    }

    #[test]
    fn shares_are_of_what_was_there_without() {
        let cost = Cost { at: Stamp(0), tests: 1, nothing: 1.0, lines: 1.25, contexts: 1.5 };
        let words = "contexts +20%, coverage without them +25% processor time (1 test: 1.00 s without coverage, 1.25 s \
                     with it, 1.50 s with contexts)";
        assert_eq!((cost.words().as_str(), cost.short().as_str()), (words, "coverage +25%, contexts +20%"));
        let nothing = Cost { nothing: 0.0, lines: 0.0, contexts: 0.0, ..cost };
        assert_eq!((nothing.of_contexts(), nothing.of_coverage()), (0.0, 0.0));
    }
}
