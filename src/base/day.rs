//! Days of the calendar. Nothing here reads a clock.

use super::Stamp;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use std::fmt;

/// How many milliseconds a day has.
const MILLISECONDS: i64 = 24 * 3600 * 1000;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    /// The day of a point in time, in UTC.
    #[must_use]
    pub fn of(at: Stamp) -> Self {
        let days = at.0.div_euclid(MILLISECONDS);
        Self(date(1970, 1, 1).saturating_add(days.clamp(-700_000, 2_900_000).days()))
    }

    /// A day by its year, month and day; nothing where the calendar has none.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self)
    }

    /// Reads `2026-11-26`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let is_plain = (year.len(), month.len(), day.len()) == (4, 2, 2);
        if is_plain { Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?) } else { None }
    }

    /// So many days later.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(i64::from(days).min(2_900_000).days()))
    }

    /// How many days there are from another one to this one; negative where it comes before that.
    #[must_use]
    pub fn days_since(self, other: Self) -> i32 {
        self.0.since(other.0).map_or(0, |span| span.get_days())
    }

    /// As people say it: `3 December`, with the year where that is not the one of today.
    #[must_use]
    pub fn spoken(self, today: Self) -> String {
        let form = if self.0.year() == today.0.year() { "%-d %B" } else { "%-d %B %Y" };
        self.0.strftime(form).to_string()
    }

    /// The number of the day within its month.
    #[must_use]
    pub fn of_month(self) -> i8 {
        self.0.day()
    }

    /// Whether another day is of the same month.
    #[must_use]
    pub fn is_same_month(self, other: Self) -> bool {
        (self.0.year(), self.0.month()) == (other.0.year(), other.0.month())
    }

    /// The point in time at which it begins, in UTC.
    #[must_use]
    pub fn begins(self) -> Stamp {
        Stamp(i64::from(self.days_since(Self(date(1970, 1, 1)))) * MILLISECONDS)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Day;
    use crate::base::Stamp;

    #[test]
    fn a_day_is_read_as_it_is_written() {
        let day = Day::parse("2026-11-26").unwrap();
        assert_eq!(day.to_string(), "2026-11-26");
        assert_eq!(day.plus(30).to_string(), "2026-12-26");
        assert_eq!((day.plus(30).days_since(day), day.days_since(day.plus(1))), (30, -1));
        for text in ["2026-2-3", "2026-02-30", "26-11-2026", "tomorrow", "", "2026-11-26T10:00:00Z"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_said_with_its_year_where_that_is_another_one() {
        let day = Day::parse("2026-12-03").unwrap();
        assert_eq!(day.spoken(Day::parse("2026-11-26").unwrap()), "3 December");
        assert_eq!(day.spoken(Day::parse("2027-01-01").unwrap()), "3 December 2026");
        assert_eq!(day.of_month(), 3);
        assert!(day.is_same_month(day.plus(28)) && !day.is_same_month(day.plus(29)));
    }

    #[test]
    fn a_point_in_time_has_its_day_in_utc() {
        let at = Stamp::parse("2026-11-26T23:59:59Z").unwrap();
        assert_eq!(Day::of(at), Day::parse("2026-11-26").unwrap());
        assert_eq!(Day::of(Stamp(at.0 + 1000)).to_string(), "2026-11-27");
        assert_eq!(Day::of(at).begins(), Stamp::parse("2026-11-26T00:00:00Z").unwrap());
        assert_eq!(Day::of(Stamp(-1)).to_string(), "1969-12-31");
        assert!(Day::of(Stamp(i64::MAX)) > Day::of(at), "nothing is out of range");
    }
}
