//! Key figures over time: how each went from run to run, and which is getting worse.

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More of it.
    More,
    /// Less of it.
    Less,
}

/// One key figure over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// What it is of.
    pub about: String,
    /// Which way is better.
    pub better: Better,
    /// Its values, the oldest first.
    pub values: Vec<f64>,
    /// The last value as people write it.
    pub last: String,
}

/// The fewest values that say which way it goes.
const ENOUGH: usize = 8;
/// How many spreads of its own the middle has to move before that is more than chance.
const SPREADS: f64 = 2.0;
/// The steps of a sparkline, from the least to the most.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

impl Trend {
    /// How much the middle of the newer half is worse than that of the older half, in shares of the older one: above 0 is worse.
    /// Nothing where there are too few values, or where that is no more than what comes and goes.
    #[must_use]
    pub fn worse(&self) -> Option<f64> {
        let (older, newer) = self.values.split_at(self.values.len() / 2);
        if self.values.len() < ENOUGH {
            return None;
        }
        let (was, is) = (median(older)?, median(newer)?);
        let around = |half: &[f64], middle: f64| half.iter().map(|value| (value - middle).abs()).collect::<Vec<_>>();
        let spread = median(&[around(older, was), around(newer, is)].concat())?;
        let moved = if self.better == Better::More { was - is } else { is - was };
        let share = moved / was.abs().max(f64::EPSILON);
        (moved.abs() > SPREADS * spread && share.abs() >= 0.01).then_some(share)
    }

    /// The word for where it goes.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.worse() {
            Some(share) if share > 0.0 => "worse",
            Some(_) => "better",
            None if self.values.len() < ENOUGH => "too few",
            None => "steady",
        }
    }

    /// The values as a line of bars, from the least of them to the most; empty without any.
    #[must_use]
    pub fn sparkline(&self) -> String {
        let least = self.values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let step = |value: &f64| {
            let part = if most > least { (value - least) / (most - least) } else { 0.5 };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of eight steps")]
            let at = (part * 7.0).round() as usize;
            STEPS.get(at).copied().unwrap_or('█')
        };
        self.values.iter().map(step).collect()
    }
}

/// The trends, what is getting worse first, and that which got worse most before all.
#[must_use]
pub fn worst_first(mut trends: Vec<Trend>) -> Vec<Trend> {
    let key = |trend: &Trend| trend.worse().unwrap_or(0.0);
    trends.sort_by(|one, other| key(other).total_cmp(&key(one)));
    trends
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::{Better, Trend, worst_first};

    fn trend(about: &str, better: Better, values: &[f64]) -> Trend {
        Trend { about: about.to_owned(), better, values: values.to_vec(), last: String::new() }
    }

    #[test]
    fn what_gets_worse_comes_first_and_noise_is_none() {
        let slower = trend("time", Better::Less, &[10.0, 10.1, 9.9, 10.0, 15.0, 15.1, 14.9, 15.0]);
        let lower = trend("coverage", Better::More, &[80.0, 80.0, 80.0, 80.0, 72.0, 72.0, 72.0, 72.0]);
        let noisy = trend("noise", Better::Less, &[10.0, 20.0, 11.0, 19.0, 12.0, 21.0, 10.0, 22.0]);
        let faster = trend("p99", Better::Less, &[4.0, 4.0, 4.0, 4.0, 1.0, 1.0, 1.0, 1.0]);
        let few = trend("few", Better::Less, &[1.0, 9.0]);
        let words: Vec<_> = [&slower, &lower, &noisy, &faster, &few].iter().map(|trend| trend.word()).collect();
        assert_eq!(words, ["worse", "worse", "steady", "better", "too few"]);
        let order = worst_first(vec![faster, noisy, lower, slower]);
        assert_eq!(
            order.iter().map(|one| one.about.as_str()).collect::<Vec<_>>(),
            ["time", "coverage", "noise", "p99"]
        );
    }

    #[test]
    fn a_sparkline_goes_from_the_least_to_the_most() {
        assert_eq!(trend("", Better::More, &[1.0, 2.0, 8.0]).sparkline(), "▁▂█");
        assert_eq!(trend("", Better::More, &[3.0, 3.0]).sparkline(), "▅▅");
        assert_eq!(trend("", Better::More, &[]).sparkline(), "");
    }
}
