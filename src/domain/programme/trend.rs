//! Key figures over time: how each went from run to run, which is getting worse, and where it goes.

use crate::base::{Day, Stamp};
use crate::domain::programme::{course, time};

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More of it.
    More,
    /// Less of it.
    Less,
}

/// What the values of a figure are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Shares of a whole, from 0 to 100.
    Percent,
    /// Times, in seconds.
    Seconds,
    /// Numbers of things.
    Count,
}

/// One key figure over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// What it is of.
    pub about: String,
    /// Which way is better.
    pub better: Better,
    /// What its values are.
    pub unit: Unit,
    /// Its values, each with the time that it is of, the oldest first.
    pub points: Vec<(Stamp, f64)>,
    /// The last value as people write it.
    pub last: String,
    /// What it is to reach, or not to pass, where there is such a target.
    pub target: Option<f64>,
    /// Where it goes from here; nothing where nobody can say.
    pub forecast: Option<Forecast>,
}

/// Where a figure goes from here.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// In one sentence.
    pub words: String,
    /// How much it changes in a week: the least, the most likely, the most.
    pub per_week: [f64; 3],
    /// Whether what comes is not what is wanted.
    pub is_bad: bool,
    /// When it meets its target: the first day, and the last one where that is near enough to be foretold.
    pub meets: Option<(Day, Option<Day>)>,
    /// A day ahead, and its value: the least, the most likely, the most.
    pub ahead: (Day, [f64; 3]),
}

/// The fewest values that say which way it goes.
const ENOUGH: usize = 8;
/// How many spreads of its own the middle has to move before that is more than chance.
const SPREADS: f64 = 2.0;
/// The steps of a sparkline, from the least to the most.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The most days that are looked ahead to where there is no target to meet.
const AHEAD: i32 = 28;
/// After so many days without a value nothing is foretold any more.
const STALE: i32 = 14;

impl Unit {
    /// A value as people write it.
    #[must_use]
    pub fn shown(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{:.1}%", value.clamp(0.0, 100.0)),
            Self::Seconds => time(value.max(0.0)),
            Self::Count => format!("{:.0}", value.max(0.0)),
        }
    }
}

impl Trend {
    /// A figure with its values, each with the time that it is of. `last` is the last one as people write it, where that says
    /// more than the value does.
    #[must_use]
    pub fn new(about: &str, (better, unit): (Better, Unit), points: Vec<(Stamp, f64)>, last: Option<String>) -> Self {
        let mut points = points;
        points.sort_by_key(|(at, _)| *at);
        let last = last.or_else(|| points.last().map(|(_, value)| unit.shown(*value))).unwrap_or_default();
        Self { about: about.to_owned(), better, unit, points, last, target: None, forecast: None }
    }

    /// The same with what it is to reach or not to pass.
    #[must_use]
    pub fn wanting(mut self, target: Option<f64>) -> Self {
        self.target = target;
        self
    }

    /// Its values, the oldest first.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.points.iter().map(|(_, value)| *value).collect()
    }

    /// How much the middle of the newer half is worse than that of the older half, in shares of the older one: above 0 is worse.
    /// Nothing where there are too few values, or where that is no more than what comes and goes.
    #[must_use]
    pub fn worse(&self) -> Option<f64> {
        let values = self.values();
        let (older, newer) = values.split_at(values.len() / 2);
        if values.len() < ENOUGH {
            return None;
        }
        let (was, is) = (median(older)?, median(newer)?);
        let around = |half: &[f64], middle: f64| half.iter().map(|value| (value - middle).abs()).collect::<Vec<_>>();
        let spread = median(&[around(older, was), around(newer, is)].concat())?;
        let moved = if self.better == Better::More { was - is } else { is - was };
        // From nothing there is no share: something is a whole more.
        let share = if was == 0.0 { moved.signum() } else { moved / was.abs() };
        (moved.abs() > SPREADS * spread && share.abs() >= 0.01).then_some(share)
    }

    /// The word for where it goes.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.worse() {
            Some(share) if share > 0.0 => "worse",
            Some(_) => "better",
            None if self.points.len() < ENOUGH => "too few runs",
            None => "steady",
        }
    }

    /// The values as a line of bars, from the least of them to the most; empty without any.
    #[must_use]
    pub fn sparkline(&self) -> String {
        let values = self.values();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let step = |value: &f64| {
            let part = if most > least { (value - least) / (most - least) } else { 0.5 };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of eight steps")]
            let at = (part * 7.0).round() as usize;
            STEPS.get(at).copied().unwrap_or('█')
        };
        values.iter().map(step).collect()
    }

    /// The same with where it goes from a day on, as far as its past tells. Nothing is foretold that lies farther ahead than the
    /// first value lies back, and nothing where the last value is old.
    #[must_use]
    pub fn foretold(mut self, now: Stamp) -> Self {
        self.forecast = self.look_ahead(Day::of(now));
        self
    }

    fn look_ahead(&self, today: Day) -> Option<Forecast> {
        let days = self.days();
        let begin = Day::of(self.points.first()?.0);
        let last = Day::of(self.points.last()?.0).max(today);
        if today.days_since(Day::of(self.points.last()?.0)) > STALE {
            return None;
        }
        let course = course(&days)?;
        let (now, span) = (last.days_since(begin), Day::of(self.points.last()?.0).days_since(begin));
        let is_good =
            |value: f64, target: f64| if self.better == Better::More { value >= target } else { value <= target };
        let [_, level, _] = course.at(f64::from(now));
        let rises = course.per_day > 0.0;
        let meets = self.target.filter(|target| (*target > level) == rises).and_then(|target| {
            let (first, end) = course.meets(target)?;
            let (first, end) = (first.max(f64::from(now)).ceil(), end.ceil());
            let is_near = |day: f64| day <= f64::from(now + span);
            let on = |day: f64| begin.plus(whole(day));
            (end > f64::from(now) && is_near(first)).then(|| (on(first), is_near(end).then(|| on(end))))
        });
        let far = (span / 2).clamp(1, AHEAD);
        let ahead = (last.plus(far.unsigned_abs()), course.at(f64::from(now + far)));
        let is_bad = rises != (self.better == Better::More);
        let words = match (meets, self.target) {
            (Some(when), Some(target)) => {
                let verb = match (is_good(level, target), self.better) {
                    (true, Better::More) => "falls below",
                    (true, Better::Less) => "passes",
                    (false, Better::More) => "reaches",
                    (false, Better::Less) => "comes down to",
                };
                format!("{verb} {} {}", self.unit.shown(target), between(when, last))
            }
            _ => {
                let [least, _, most] = ahead.1.map(|value| self.unit.shown(value));
                let range = if least == most { least } else { format!("{least} to {most}") };
                format!("{range} by {}", ahead.0.spoken(last))
            }
        };
        Some(Forecast { words, per_week: course.slope().map(|slope| slope * 7.0), is_bad, meets, ahead })
    }

    /// The value of each day that has any, counted from the first: the middle one.
    fn days(&self) -> Vec<(f64, f64)> {
        let begin = self.points.first().map(|(at, _)| Day::of(*at));
        let of_day = |points: &[(Stamp, f64)]| {
            let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
            let day = Day::of(points.first()?.0).days_since(begin?);
            Some((f64::from(day), median(&values)?))
        };
        self.points.chunk_by(|one, other| Day::of(one.0) == Day::of(other.0)).filter_map(of_day).collect()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "days within the span of a history")]
fn whole(day: f64) -> u32 {
    day.max(0.0) as u32
}

/// `between 3 and 17 December`, `on 3 December`, `on 3 December at the earliest`.
fn between((first, end): (Day, Option<Day>), today: Day) -> String {
    match end {
        None => format!("on {} at the earliest", first.spoken(today)),
        Some(end) if end <= first => format!("on {}", first.spoken(today)),
        Some(end) if first.is_same_month(end) => format!("between {} and {}", first.of_month(), end.spoken(today)),
        Some(end) => format!("between {} and {}", first.spoken(today), end.spoken(today)),
    }
}

/// The trends, what is getting worse first, and that which got worse most before all.
#[must_use]
pub fn worst_first(mut trends: Vec<Trend>) -> Vec<Trend> {
    let key = |trend: &Trend| trend.worse().unwrap_or(0.0);
    trends.sort_by(|one, other| key(other).total_cmp(&key(one)));
    trends
}

/// At most so many of some things with their times, given in any order: all of them, or of as many equal stretches of time the
/// last one each, so that they reach back as far. The oldest comes first.
#[must_use]
pub fn spaced<T>(mut all: Vec<T>, most: usize, when: impl Fn(&T) -> Stamp) -> Vec<T> {
    all.sort_by_key(&when);
    let (Some(first), Some(last)) = (all.first().map(&when), all.last().map(&when)) else { return all };
    if all.len() <= most {
        return all;
    }
    let span = i128::from(last.0) - i128::from(first.0) + 1;
    let slot = |one: &T| (i128::from(when(one).0) - i128::from(first.0)) * most as i128 / span;
    let mut kept: Vec<T> = Vec::new();
    for one in all {
        match kept.last_mut() {
            Some(before) if slot(before) == slot(&one) => *before = one,
            _ => kept.push(one),
        }
    }
    kept
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::{Better, Trend, Unit, spaced, worst_first};
    use crate::base::{Day, Stamp};

    const DAY: i64 = 24 * 3600 * 1000;

    fn trend(about: &str, better: Better, values: &[f64]) -> Trend {
        let unit = if better == Better::More { Unit::Percent } else { Unit::Seconds };
        let begin = Day::new(2026, 11, 1).unwrap().begins().0;
        let points = (0..).zip(values).map(|(day, value)| (Stamp(begin + day * DAY), *value)).collect();
        Trend::new(about, (better, unit), points, None)
    }

    /// Where a trend goes, in words, on a day after its last value.
    fn words(trend: Trend, target: f64, after: i64) -> Option<String> {
        let last = trend.points.last().unwrap().0;
        trend.wanting(Some(target)).foretold(Stamp(last.0 + after * DAY)).forecast.map(|forecast| forecast.words)
    }

    fn line(from: f64, by: f64, count: u8) -> Vec<f64> {
        (0..count).map(|at| from + by * f64::from(at)).collect()
    }

    #[test]
    fn what_gets_worse_comes_first_and_noise_is_none() {
        let slower = trend("time", Better::Less, &[10.0, 10.1, 9.9, 10.0, 15.0, 15.1, 14.9, 15.0]);
        let lower = trend("coverage", Better::More, &[80.0, 80.0, 80.0, 80.0, 72.0, 72.0, 72.0, 72.0]);
        let noisy = trend("noise", Better::Less, &[10.0, 20.0, 11.0, 19.0, 12.0, 21.0, 10.0, 22.0]);
        let faster = trend("p99", Better::Less, &[4.0, 4.0, 4.0, 4.0, 1.0, 1.0, 1.0, 1.0]);
        let few = trend("few", Better::Less, &[1.0, 9.0]);
        let words: Vec<_> = [&slower, &lower, &noisy, &faster, &few].iter().map(|trend| trend.word()).collect();
        assert_eq!(words, ["worse", "worse", "steady", "better", "too few runs"]);
        let order = worst_first(vec![faster, noisy, lower, slower]);
        assert_eq!(
            order.iter().map(|one| one.about.as_str()).collect::<Vec<_>>(),
            ["time", "coverage", "noise", "p99"]
        );
        let from_nothing = trend("flaky", Better::Less, &[0.0, 0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 3.0]);
        assert_eq!(from_nothing.worse(), Some(1.0));
    }

    #[test]
    fn a_sparkline_goes_from_the_least_to_the_most() {
        assert_eq!(trend("", Better::More, &[1.0, 2.0, 8.0]).sparkline(), "▁▂█");
        assert_eq!(trend("", Better::More, &[3.0, 3.0]).sparkline(), "▅▅");
        assert_eq!(trend("", Better::More, &[]).sparkline(), "");
    }

    #[test]
    fn a_forecast_says_when_the_target_is_met_and_on_which_side_it_stood() {
        // 50 % on 1 November, one more each day.
        let rising = || trend("coverage", Better::More, &line(50.0, 1.0, 20));
        assert_eq!(words(rising(), 75.0, 0).as_deref(), Some("reaches 75.0% on 26 November"));
        let falling = || trend("coverage", Better::More, &line(90.0, -1.0, 20));
        assert_eq!(words(falling(), 62.0, 0).as_deref(), Some("falls below 62.0% on 29 November"));
        let slower = trend("time", Better::Less, &line(1200.0, 20.0, 20));
        assert_eq!(words(slower, 1800.0, 0).as_deref(), Some("passes 30 min 00 s on 1 December"));
        let faster = trend("time", Better::Less, &line(2200.0, -20.0, 20));
        assert_eq!(words(faster, 1700.0, 0).as_deref(), Some("comes down to 28 min 20 s on 26 November"));
        // Noise makes it a time rather than a day.
        let mut noisy = line(50.0, 1.0, 20);
        noisy.iter_mut().enumerate().for_each(|(at, value)| *value += [0.0, 1.1, -1.3, 0.4, -0.2][at % 5]);
        let told = words(trend("coverage", Better::More, &noisy), 75.0, 0).unwrap();
        assert!(told.starts_with("reaches 75.0% between 2") && told.ends_with(" November"), "{told}");
    }

    #[test]
    fn nothing_is_foretold_beyond_the_length_of_the_past_or_from_old_values() {
        let rising = || trend("coverage", Better::More, &line(50.0, 0.1, 20));
        let far = words(rising(), 75.0, 0).unwrap();
        assert!(far.ends_with("by 29 November") && !far.contains("75"), "{far}");
        assert_eq!(words(rising(), 75.0, 15), None, "the last value is too old");
        assert!(words(rising(), 75.0, 14).is_some());
        assert_eq!(words(trend("few", Better::More, &line(50.0, 1.0, 9)), 75.0, 0), None);
        assert_eq!(trend("none", Better::More, &[]).foretold(Stamp(0)).forecast, None);
        // Twenty values of one day are one day.
        let hours = (0..20).map(|hour| (Stamp(hour * DAY / 24), 50.0 + hour as f64)).collect();
        let one_day = Trend::new("", (Better::More, Unit::Percent), hours, None);
        assert_eq!(one_day.foretold(Stamp(0)).forecast, None);
    }

    #[test]
    fn of_many_values_those_are_kept_that_reach_back_as_far() {
        let kept = |most| spaced((0..100_i64).rev().collect(), most, |at| Stamp(*at));
        assert_eq!(kept(200).len(), 100);
        assert_eq!(kept(4), [24, 49, 74, 99]);
        // A busy day does not push out the others.
        let busy = (0..10).chain(1000..1100);
        assert_eq!(spaced(busy.collect(), 5, |at| Stamp(*at)), [9, 1099]);
    }
}
