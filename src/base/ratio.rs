//! Shares of a whole, printed as coverage.py prints percentages.

use std::fmt;

/// So many of so many: covered lines of statements, passed tests of all tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Ratio {
    /// How many have it.
    pub part: u64,
    /// How many there are.
    pub whole: u64,
}

impl Ratio {
    /// `part` of `whole`.
    #[must_use]
    pub const fn new(part: u64, whole: u64) -> Self {
        Self { part, whole }
    }

    /// How many have it not.
    #[must_use]
    pub const fn missing(self) -> u64 {
        self.whole.saturating_sub(self.part)
    }

    /// The percentage from 0 to 100; an empty whole is 100 %, as coverage.py has it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of lines are far below 2^52")]
    pub fn percent(self) -> f64 {
        if self.whole == 0 { 100.0 } else { 100.0 * self.part as f64 / self.whole as f64 }
    }

    /// The percentage with `digits` digits after the point, never `100` for less than all and never `0` for
    /// more than nothing (coverage.py's rule). Without the percent sign.
    #[must_use]
    pub fn display(self, digits: usize) -> String {
        if digits == 0 { self.rounded().to_string() } else { format!("{:.digits$}", self.guarded(digits)) }
    }

    /// The whole percentage as it is shown.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage is no large number")]
    pub fn rounded(self) -> u64 {
        // Python rounds the exact binary value half to even.
        self.guarded(0).round_ties_even() as u64
    }

    /// The percentage before it is rounded to so many digits, kept from becoming all or nothing by that.
    fn guarded(self, digits: usize) -> f64 {
        let percent = self.percent();
        let step = 10_f64.powi(-i32::try_from(digits).unwrap_or(0));
        let near_all = 100.0 - step;
        if percent > 0.0 && percent < step {
            step
        } else if percent > near_all && percent < 100.0 {
            near_all
        } else {
            // Rust's formatting rounds as Python does: the exact binary value, half to even.
            percent
        }
    }

    /// Both added: the ratio of two files together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { part: self.part + other.part, whole: self.whole + other.whole }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.display(0))
    }
}

#[cfg(test)]
mod tests {
    use super::Ratio;

    fn check(part: u64, whole: u64, digits: usize, expect: &str) {
        assert_eq!(Ratio::new(part, whole).display(digits), expect, "{part}/{whole}");
    }

    #[test]
    fn trap_17_nothing_and_all_are_never_rounded_to() {
        check(0, 10, 0, "0");
        check(1, 1000, 0, "1");
        check(996, 1000, 0, "99");
        check(9999, 10000, 1, "99.9");
        check(1, 100_000, 2, "0.01");
        check(10, 10, 0, "100");
        check(0, 0, 0, "100");
        check(1, 8, 0, "12");
        check(3, 8, 0, "38");
        check(805, 1000, 1, "80.5");
    }

    #[test]
    fn the_whole_percentage_is_rounded_as_text_is() {
        for (part, whole) in (0..=400).flat_map(|whole| (0..=whole).map(move |part| (part, whole))) {
            let ratio = Ratio::new(part, whole);
            assert_eq!(ratio.rounded().to_string(), format!("{:.0}", ratio.guarded(0)), "{part}/{whole}");
        }
    }
}
