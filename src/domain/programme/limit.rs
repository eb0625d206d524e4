//! Limits as people write them: percentages, counts and times.

use crate::base::Ratio;
use std::fmt;

/// A percentage that is to be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Percent {
    value: f64,
    text: String,
}

impl Percent {
    /// Reads `80`, `79.5` or `80%`; nothing for what is no percentage from 0 to 100.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('%').trim_end();
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let value: f64 = text.parse().ok().filter(|value| is_number && (0.0..=100.0).contains(value))?;
        Some(Self { value, text: text.to_owned() })
    }

    /// The number.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// Whether a share reaches it, as coverage.py judges `fail_under`: by the percentage that is rounded to so many digits, and
    /// never 100 for less than all.
    #[must_use]
    pub fn is_reached(&self, ratio: Ratio, digits: usize) -> bool {
        let rounded = format!("{:.digits$}", ratio.percent()).parse().unwrap_or(0.0);
        if self.value >= 100.0 { ratio.missing() == 0 } else { rounded >= self.value }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.text)
    }
}

/// Reads a count.
#[must_use]
pub fn count(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Reads a time, as `90s`, `30m`, `2h`, `250ms` or a number of seconds; the answer is in seconds.
#[must_use]
pub fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len()));
    let factor = match unit.trim() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::{Percent, count, seconds};
    use crate::base::Ratio;

    #[test]
    fn a_percentage_is_reached_as_coverage_py_rounds() {
        let check = |least: &str, part, whole, digits, expect: bool| {
            let least = Percent::read(least).unwrap();
            assert_eq!(least.is_reached(Ratio::new(part, whole), digits), expect, "{part}/{whole} {least}");
        };
        check("80", 80, 100, 0, true);
        check("80", 795, 1000, 0, true);
        check("80", 795, 1000, 1, false);
        check("79.5%", 795, 1000, 1, true);
        check("100", 999, 1000, 0, false);
        check("100", 10, 10, 0, true);
        check("1", 3, 1000, 0, false);
        check("100", 0, 0, 0, true);
    }

    #[test]
    fn what_is_no_limit_is_none() {
        for text in ["", "x", "80 percent", "-1", "101", "1e1", "NaN", "inf"] {
            assert_eq!(Percent::read(text), None, "{text}");
        }
        assert_eq!((count("3"), count("-3"), count("3.5"), count("many")), (Some(3), None, None, None));
        assert_eq!((seconds("30m"), seconds("1.5"), seconds("250ms")), (Some(1800.0), Some(1.5), Some(0.25)));
        assert_eq!((seconds("soon"), seconds("3 weeks"), seconds("")), (None, None, None));
    }
}
