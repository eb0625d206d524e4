//! Where a key figure goes from here: a line through its days that no outlier bends, with how sure it is; nothing where it goes nowhere.
//!
//! The line is Theil and Sen's, its significance Mann and Kendall's, its level Hodges and Lehmann's; all of them by ranks. When
//! it meets a target is Fieller's interval. Values that resemble those of the day before count for less.

/// The fewest days with a value.
const DAYS: usize = 10;
/// The normal quantile beyond which a trend is no chance: once in a hundred times it is.
const SIGNIFICANT: f64 = 2.576;
/// From here on the width of the interval needs no allowance for having been looked at because it was steep.
const CERTAIN: f64 = 4.0;
/// That allowance, for each unit that the trend is less certain.
const ALLOWANCE: f64 = 0.2;
/// The normal quantile of an interval that holds 90 % of what may be.
const NINETY: f64 = 1.6449;
/// From how many standard errors on the middle of the days lies off the line, so that it is none.
const BOWED: f64 = 2.5;
/// A step that explains the values so much better than the line is one.
const STEPPED: f64 = 0.95;

/// A line through values over days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// How much the value changes in a day.
    pub per_day: f64,
    /// The standard error of that.
    pub slope_error: f64,
    /// The middle of the days.
    pub centre: f64,
    /// The value there.
    pub level: f64,
    /// The standard error of that.
    pub level_error: f64,
    /// How many standard errors 90 % of what may be lies within.
    pub quantile: f64,
}

impl Course {
    /// The value of a day: the least, the most likely, the most; 90 % of what may be lies between the outer ones. It is the level
    /// around which single values lie.
    #[must_use]
    pub fn at(&self, day: f64) -> [f64; 3] {
        let off = day - self.centre;
        let value = self.level + self.per_day * off;
        let error = self.quantile * self.level_error.hypot(off * self.slope_error);
        [value - error, value, value + error]
    }

    /// How much the value changes in a day: the least, the most likely, the most.
    #[must_use]
    pub fn slope(&self) -> [f64; 3] {
        let error = self.quantile * self.slope_error;
        [self.per_day - error, self.per_day, self.per_day + error]
    }

    /// The first and the last day between which the level meets a value, in 90 % of what may be; nothing where the slope is too
    /// unsure to say.
    #[must_use]
    pub fn meets(&self, target: f64) -> Option<(f64, f64)> {
        let (gap, wide) = (target - self.level, self.quantile * self.quantile);
        let slope = self.per_day * self.per_day - wide * self.slope_error * self.slope_error;
        let level = gap * gap - wide * self.level_error * self.level_error;
        let middle = gap * self.per_day;
        if slope <= 0.0 {
            return None;
        }
        let reach = (middle * middle - slope * level).max(0.0).sqrt();
        Some((self.centre + (middle - reach) / slope, self.centre + (middle + reach) / slope))
    }
}

/// The line of some values, each with its day, by rising days of which none comes twice; nothing where there are too few days,
/// where no trend is sure, or where the values do not lie along a line: they stepped, or bend.
#[must_use]
pub fn course(days: &[(f64, f64)]) -> Option<Course> {
    if days.len() < DAYS {
        return None;
    }
    let count = number(days.len());
    let slopes = slopes(days);
    let per_day = middle(&slopes);
    let centre = days.iter().map(|(day, _)| day).sum::<f64>() / count;
    let flat: Vec<f64> = days.iter().map(|(day, value)| value - per_day * (day - centre)).collect();
    let alike = likeness(&flat);
    let spread = (kendall_variance(days) * alike).sqrt();
    let certainty = (kendall(days).abs() - 1.0) / spread;
    if spread <= 0.0 || certainty < SIGNIFICANT {
        return None;
    }
    let (level, level_error) = level(&flat);
    // What is left of a line without any noise is the rounding of its sums.
    let rounding = 1e-9 * level.abs();
    let off = flat.iter().map(|value| value - level).map(|off| if off.abs() > rounding { off } else { 0.0 });
    let off: Vec<f64> = off.collect();
    if has_stepped(days, &off) || is_bowed(&off, alike) {
        return None;
    }
    let reach = NINETY * spread;
    let pairs = number(slopes.len());
    let (least, most) = (ranked(&slopes, (pairs - reach) / 2.0 - 1.0), ranked(&slopes, f64::midpoint(pairs, reach)));
    Some(Course {
        per_day,
        slope_error: (most - least) / (2.0 * NINETY),
        centre,
        level,
        level_error: level_error * alike.sqrt(),
        quantile: student(count - 2.0) * (1.0 + ALLOWANCE * (CERTAIN - certainty).max(0.0)),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of days and their pairs")]
const fn number(count: usize) -> f64 {
    count as f64
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The value at a rank among sorted ones, between two of them where it is none.
fn ranked(sorted: &[f64], rank: f64) -> f64 {
    let rank = rank.clamp(0.0, number(sorted.len().saturating_sub(1)));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank among the values")]
    let (below, above) = (rank.floor() as usize, rank.ceil() as usize);
    let at = |at: usize| sorted.get(at).copied().unwrap_or(0.0);
    at(below) + (at(above) - at(below)) * (rank - rank.floor())
}

fn middle(sorted: &[f64]) -> f64 {
    ranked(sorted, number(sorted.len().saturating_sub(1)) / 2.0)
}

fn median(values: &[f64]) -> f64 {
    middle(&sorted(values.to_vec()))
}

/// Every two different days.
fn pairs(days: &[(f64, f64)]) -> impl Iterator<Item = ((f64, f64), (f64, f64))> {
    days.iter().enumerate().flat_map(|(at, first)| days.iter().skip(at + 1).map(|second| (*first, *second)))
}

fn slopes(days: &[(f64, f64)]) -> Vec<f64> {
    sorted(pairs(days).map(|(first, second)| (second.1 - first.1) / (second.0 - first.0)).collect())
}

/// How many more pairs of days rise than fall.
fn kendall(days: &[(f64, f64)]) -> f64 {
    let way = |from: f64, to: f64| f64::from(i8::from(to > from) - i8::from(to < from));
    pairs(days).map(|(first, second)| way(first.1, second.1)).sum()
}

/// How much that varies without any trend; equal values vary less.
fn kendall_variance(days: &[(f64, f64)]) -> f64 {
    let part = |count: f64| count * (count - 1.0) * (2.0 * count + 5.0);
    let values = sorted(days.iter().map(|(_, value)| *value).collect());
    let ties: f64 = values.chunk_by(|one, other| one == other).map(|tie| part(number(tie.len()))).sum();
    (part(number(days.len())) - ties) / 18.0
}

/// How many days say as much as one of its own would: above 1 where values resemble those of the day before.
fn likeness(flat: &[f64]) -> f64 {
    let (count, mean) = (number(flat.len()), flat.iter().sum::<f64>() / number(flat.len()));
    let around: f64 = flat.iter().map(|value| (value - mean).powi(2)).sum();
    let size: f64 = flat.iter().map(|value| value * value).sum();
    if around <= 1e-20 * size {
        return 1.0;
    }
    let with_next: f64 = flat.windows(2).filter_map(|two| Some((two.first()? - mean) * (two.get(1)? - mean))).sum();
    let rho = ((count * with_next / around + 1.0) / (count - 4.0)).clamp(0.0, 0.9);
    (1.0 + rho) / (1.0 - rho)
}

/// The level of values that have none but one, and its standard error.
fn level(flat: &[f64]) -> (f64, f64) {
    let means =
        flat.iter().enumerate().flat_map(|(at, one)| flat.iter().skip(at).map(|other| f64::midpoint(*one, *other)));
    let means = sorted(means.collect());
    let (count, all) = (number(flat.len()), number(means.len()));
    let rank = count * (count + 1.0) / 4.0 - NINETY * (count * (count + 1.0) * (2.0 * count + 1.0) / 24.0).sqrt();
    (middle(&means), (ranked(&means, all - rank) - ranked(&means, rank - 1.0)) / (2.0 * NINETY))
}

/// Whether two levels explain the values better than the line does.
fn has_stepped(days: &[(f64, f64)], off: &[f64]) -> bool {
    let by_line: f64 = off.iter().map(|value| value.abs()).sum();
    let around = |part: &[(f64, f64)]| {
        let values: Vec<f64> = part.iter().map(|(_, value)| *value).collect();
        let level = median(&values);
        values.iter().map(|value| (value - level).abs()).sum::<f64>()
    };
    let cuts = 3..=days.len().saturating_sub(3);
    cuts.filter_map(|cut| days.split_at_checked(cut))
        .any(|(one, other)| around(one) + around(other) < STEPPED * by_line)
}

/// Whether the middle days lie off the line on which the first and the last ones lie.
fn is_bowed(off: &[f64], alike: f64) -> bool {
    let third = off.len() / 3;
    let part = |from: usize, to: usize| off.get(from..to).map(median).unwrap_or_default();
    let (first, last) = (part(0, third), part(off.len() - third, off.len()));
    let spread = 1.4826 * median(&off.iter().map(|value| value.abs()).collect::<Vec<_>>());
    let counts = 1.0 / number(off.len() - 2 * third) + 0.5 / number(third);
    let bow = part(third, off.len() - third) - f64::midpoint(first, last);
    bow.abs() > BOWED * 1.2533 * spread * (counts * alike).sqrt()
}

/// Student's quantile for 90 % of what may be, by Cornish and Fisher's expansion.
fn student(freedom: f64) -> f64 {
    let (one, three, five) = (NINETY, NINETY.powi(3), NINETY.powi(5));
    one + (three + one) / (4.0 * freedom) + (5.0 * five + 16.0 * three + 3.0 * one) / (96.0 * freedom * freedom)
}

#[cfg(test)]
mod tests {
    use super::{Course, course};

    /// Numbers that look random and are the same each time.
    struct Numbers(u64);

    impl Numbers {
        fn share(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut bits = self.0;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            (((bits ^ (bits >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        }

        fn normal(&mut self) -> f64 {
            (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
        }

        /// So many days, one to three apart, each with the value that `value` gives it.
        fn days(&mut self, count: usize, mut value: impl FnMut(&mut Self, f64) -> f64) -> Vec<(f64, f64)> {
            let mut day = 0.0;
            let mut next = |numbers: &mut Self| {
                day += 1.0 + (numbers.share() * 3.0).floor();
                (day, value(numbers, day))
            };
            (0..count).map(|_| next(self)).collect()
        }
    }

    const TRIALS: usize = 400;

    #[test]
    fn of_noise_around_one_level_nothing_is_foretold() {
        let check = |name: &str, noise: &dyn Fn(&mut Numbers, f64) -> f64| {
            for count in [10, 20, 40] {
                let mut numbers = Numbers(11);
                let mut before = 0.0;
                let mut told = |numbers: &mut Numbers| {
                    let days = numbers.days(count, |numbers, _| {
                        before = noise(numbers, before);
                        before
                    });
                    course(&days).is_some()
                };
                let told = (0..TRIALS).filter(|_| told(&mut numbers)).count();
                assert!(told * 20 <= TRIALS, "{name}, {count} days: {told} of {TRIALS}");
            }
        };
        check("normal", &|numbers, _| numbers.normal());
        check("with outliers", &|numbers, _| numbers.normal() / numbers.share().sqrt());
        check("skewed", &|numbers, _| numbers.normal().exp());
        check("whole numbers", &|numbers, _| numbers.normal().round());
        check("like the day before", &|numbers, before| 0.5 * before + 0.866 * numbers.normal());
        check("much like it", &|numbers, before| 0.7 * before + 0.714 * numbers.normal());
    }

    /// How often the interval of 90 % held the day on which a line with noise met a value that it had not met yet.
    fn coverage(count: usize, rise: f64, heavy: bool) -> (usize, usize) {
        let mut numbers = Numbers(5);
        let (mut told, mut held) = (0, 0);
        for _ in 0..TRIALS {
            let span = 2.0 * count as f64;
            let slope = rise / span;
            let days = numbers.days(count, |numbers, day| {
                let noise = numbers.normal();
                slope * day + if heavy { 0.5 * noise / numbers.share().sqrt() } else { noise }
            });
            let truth = days.last().unwrap().0 + 0.5 * span;
            let Some((first, last)) = course(&days).and_then(|course| course.meets(slope * truth)) else { continue };
            told += 1;
            held += usize::from((first..=last).contains(&truth));
        }
        (told, held)
    }

    #[test]
    fn an_interval_of_ninety_percent_holds_the_truth_nine_times_of_ten() {
        for (count, rise, heavy) in
            [(16, 6.0, false), (20, 8.0, false), (30, 6.0, false), (40, 5.0, false), (30, 8.0, true)]
        {
            let (told, held) = coverage(count, rise, heavy);
            let share = 100 * held / told;
            assert!(told > TRIALS / 2 && (85..=96).contains(&share), "{count} days, {rise}: {held} of {told}");
        }
    }

    #[test]
    fn a_line_without_noise_is_met_on_its_day() {
        let days: Vec<(f64, f64)> = (0..12).map(|day| (f64::from(day), 50.0 + f64::from(day))).collect();
        let course = course(&days).unwrap();
        let (first, last) = course.meets(70.0).unwrap();
        assert!((first - 20.0).abs() < 1e-6 && (last - 20.0).abs() < 1e-6, "{first} {last}");
        assert!((course.at(30.0)[1] - 80.0).abs() < 1e-6 && (course.slope()[1] - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_steps_saturates_or_is_too_short_has_no_course() {
        let made = |count: u8, value: &dyn Fn(f64) -> f64| -> Option<Course> {
            let mut numbers = Numbers(3);
            let day = |at: u8| (f64::from(at), value(f64::from(at) / f64::from(count)) + 0.3 * numbers.normal());
            course(&(0..count).map(day).collect::<Vec<_>>())
        };
        assert_eq!(made(30, &|at| if at < 0.5 { 0.0 } else { 10.0 }), None, "a step");
        assert_eq!(made(30, &|at| if at < 0.7 { 0.0 } else { 10.0 }), None, "a late step");
        assert_eq!(made(30, &|at| 10.0 * (at / 0.4).min(1.0)), None, "it has stopped rising");
        assert_eq!(made(30, &|at| 10.0 * ((at - 0.7) / 0.3).max(0.0)), None, "it has just begun to");
        assert_eq!(made(9, &|at| 10.0 * at), None, "too few days");
        assert!(made(30, &|at| 10.0 * at).is_some());
    }
}
