//! The beta distribution: what so many failures of so many attempts say about the probability of failing.

/// Lanczos' coefficients for g = 7, n = 9.
const LANCZOS: [f64; 9] = [
    0.999_999_999_999_809_9,
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_1,
    -176.615_029_162_140_6,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
];

/// The natural logarithm of the gamma function, for `x` > 0.
pub(super) fn ln_gamma(x: f64) -> f64 {
    if x < 0.5 {
        // The reflection formula.
        let pi = std::f64::consts::PI;
        return (pi / (pi * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let t = x + 7.5;
    let sum = (1_u32..).zip(&LANCZOS[1..]).fold(LANCZOS[0], |sum, (at, c)| sum + c / (x + f64::from(at)));
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// The regularised incomplete beta function: the probability that a value of Beta(`a`, `b`) is at most `x`.
fn distribution(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

/// The continued fraction of the incomplete beta function, by Lentz' method.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let solid = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / solid(1.0 - (a + b) * x / (a + 1.0));
    let mut sum = d;
    for step in 1..300_u32 {
        let m = f64::from(step);
        for factor in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / solid(1.0 + factor * d);
            c = solid(1.0 + factor / c);
            sum *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-12 {
            break;
        }
    }
    sum
}

/// The value below which a value of Beta(`a`, `b`) lies with the probability `share`.
fn quantile(share: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if distribution(middle, a, b) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The probability of failing that is exceeded with 90 % certainty after `bad` failures in `all` attempts, starting
/// from the prior Beta(0.3, 0.5). The same rate seen more often gives a higher bound.
#[expect(clippy::cast_precision_loss, reason = "counts of attempts are far below 2^52")]
pub(super) fn lower_bound(bad: u64, all: u64) -> f64 {
    quantile(0.1, 0.3 + bad as f64, 0.5 + all.saturating_sub(bad) as f64)
}

/// The probability of failing after `bad` failures in `all` attempts, from the same prior: its median, and the bounds
/// between which it lies with 90 % certainty.
#[expect(clippy::cast_precision_loss, reason = "counts of attempts are far below 2^52")]
pub(super) fn posterior(bad: u64, all: u64) -> Posterior {
    let at = |share| quantile(share, 0.3 + bad as f64, 0.5 + all.saturating_sub(bad) as f64);
    Posterior { low: at(0.05), median: at(0.5), high: at(0.95) }
}

impl Posterior {
    /// What is known of the probability of failing after `failures` in so many runs.
    #[must_use]
    pub fn of(failures: u64, runs: u64) -> Self {
        posterior(failures, runs)
    }
}

/// What is known of a probability.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Posterior {
    /// It lies below this with 5 % certainty.
    pub low: f64,
    /// It lies below this as likely as above.
    pub median: f64,
    /// It lies above this with 5 % certainty.
    pub high: f64,
}

#[cfg(test)]
mod tests {
    use super::{distribution, ln_gamma, lower_bound, posterior, quantile};

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-6, "{left} is not {right}");
    }

    #[test]
    fn known_values_are_met() {
        near(ln_gamma(5.0), 24.0_f64.ln());
        near(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln());
        near(ln_gamma(0.3), 1.095_797_994_8);
        near(distribution(0.3, 1.0, 1.0), 0.3);
        near(distribution(0.5, 2.0, 3.0), 0.6875);
        near(distribution(0.2, 8.0, 10.0), 0.010_934_315_2);
        near(quantile(0.1, 1.0, 1.0), 0.1);
        near(quantile(0.6875, 2.0, 3.0), 0.5);
    }

    #[test]
    fn more_attempts_at_the_same_rate_raise_the_bound() {
        assert!(lower_bound(40, 400) > lower_bound(1, 10));
        assert!(lower_bound(10, 20) > lower_bound(1, 20));
        assert!(lower_bound(0, 10) < 0.01);
        assert!(lower_bound(1_000_000, 1_000_000) > 0.99);
    }

    #[test]
    fn ninety_of_a_hundred_intervals_hold_the_rate_that_made_the_history() {
        // Rates of flaky tests; where all attempts are alike, there is nothing to learn of the rate but a bound.
        let mut dice = Dice(7);
        for runs in [10, 30, 100] {
            let (mut held, mut all) = (0, 0);
            for _ in 0..4000 {
                let rate = dice.prior();
                let bad = (0..runs).filter(|_| dice.next() < rate).count() as u64;
                let found = posterior(bad, runs);
                held += u32::from(found.low <= rate && rate <= found.high);
                all += 1;
            }
            let share = f64::from(held) / f64::from(all);
            assert!((0.87..=0.93).contains(&share), "{share} of {runs} runs");
        }
    }

    /// Numbers that are the same each time.
    struct Dice(u64);

    impl Dice {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// A rate of the prior's own kind.
        fn prior(&mut self) -> f64 {
            quantile(self.next(), 0.3, 0.5)
        }
    }
}
