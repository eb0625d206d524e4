//! How much of the history is kept: all of it, the runs of some time, or so many runs.

use crate::base::Stamp;

/// A day in milliseconds.
const DAY: i64 = 24 * 3600 * 1000;

/// How much of the history is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// All of it.
    #[default]
    All,
    /// The runs of so many days.
    Days(u32),
    /// So many runs, the latest.
    Runs(u32),
}

impl Keep {
    /// What a setting says: nothing, `180d`, `26w`, or `5000 runs`; nothing for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Some(Self::All);
        }
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        let number: u32 = number.parse().ok().filter(|number| (1..=10_000_000).contains(number))?;
        match unit.trim() {
            "d" | "day" | "days" => Some(Self::Days(number)),
            "w" | "week" | "weeks" => Some(Self::Days(number.saturating_mul(7))),
            "run" | "runs" => Some(Self::Runs(number)),
            _ => None,
        }
    }

    /// The moment before which runs are not kept, where time says which.
    #[must_use]
    pub fn since(self, now: Stamp) -> Option<Stamp> {
        match self {
            Self::Days(days) => Some(Stamp(now.0.saturating_sub(i64::from(days).saturating_mul(DAY)))),
            Self::All | Self::Runs(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Keep;
    use crate::base::Stamp;

    #[test]
    fn a_time_or_a_number_of_runs_is_kept_and_nothing_else_is_understood() {
        for (text, expect) in [
            ("", Some(Keep::All)),
            ("180d", Some(Keep::Days(180))),
            ("2 weeks", Some(Keep::Days(14))),
            ("5000 runs", Some(Keep::Runs(5000))),
            ("5000", None),
            ("0d", None),
            ("-1d", None),
            ("180 moons", None),
            ("99999999999d", None),
        ] {
            assert_eq!(Keep::parse(text), expect, "{text:?}");
        }
        assert_eq!(Keep::Days(2).since(Stamp(200_000_000)), Some(Stamp(27_200_000)));
        assert_eq!(Keep::Runs(2).since(Stamp(9)), None);
    }
}
