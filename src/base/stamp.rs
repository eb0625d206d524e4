//! Points in time, as milliseconds since 1970 in UTC. Nothing here reads a clock.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::fmt;

/// A point in time: milliseconds since the start of 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Stamp(pub i64);

impl Stamp {
    /// Reads RFC 3339 or ISO 8601 text. Text without a zone (coverage.py's, pytest's before 8) is taken as UTC.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(stamp) = text.parse::<Timestamp>() {
            return Some(Self(stamp.as_millisecond()));
        }
        let civil: DateTime = text.parse().ok()?;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| Self(zoned.timestamp().as_millisecond()))
    }

    /// RFC 3339 text in UTC, to the second.
    #[must_use]
    pub fn rfc3339(self) -> String {
        Timestamp::from_millisecond(self.0)
            .map_or_else(|_| "out of range".to_owned(), |stamp| stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// How long before `now` it was, in a few characters: `12s`, `5m`, `3h`, `4d`, `now`, or `in 3m` for the future.
    #[must_use]
    pub fn ago(self, now: Self) -> String {
        let seconds = now.0.saturating_sub(self.0) / 1000;
        let (sign, seconds) = if seconds < 0 { ("in ", -seconds) } else { ("", seconds) };
        match seconds {
            0 => "now".to_owned(),
            1..=59 => format!("{sign}{seconds}s"),
            60..=3599 => format!("{sign}{}m", seconds / 60),
            3600..=86_399 => format!("{sign}{}h", seconds / 3600),
            _ => format!("{sign}{}d", seconds / 86_400),
        }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::Stamp;

    #[test]
    fn zones_and_naive_times_are_read() {
        let utc = Stamp::parse("2026-11-20T10:00:00Z");
        assert_eq!(utc, Stamp::parse("2026-11-20T11:00:00+01:00"));
        assert_eq!(utc, Stamp::parse("2026-11-20T10:00:00"));
        assert_eq!(Stamp::parse("yesterday"), None);
        assert_eq!(utc.map(Stamp::rfc3339).as_deref(), Some("2026-11-20T10:00:00Z"));
    }

    #[test]
    fn ages_are_short() {
        let now = Stamp(10_000_000);
        assert_eq!(Stamp(9_995_000).ago(now), "5s");
        assert_eq!(Stamp(10_120_000).ago(now), "in 2m");
        assert!(!Stamp(i64::MIN).ago(now).is_empty());
    }
}
