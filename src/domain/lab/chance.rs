//! What so many failures of so many attempts say, and whether two such counts differ.

/// The bounds between which the rate lies with a certainty of 95 %, after Clopper and Pearson.
#[must_use]
pub fn rate_between(failed: u32, ran: u32) -> (f64, f64) {
    if ran == 0 {
        return (0.0, 1.0);
    }
    let low = if failed == 0 { 0.0 } else { solve(|rate| 1.0 - below(failed, ran, rate), 0.025) };
    let high = if failed >= ran { 1.0 } else { solve(|rate| 1.0 - below(failed + 1, ran, rate), 0.975) };
    (low, high)
}

/// The rate above which a test that never failed in `ran` attempts lies with a probability of 5 %.
#[must_use]
pub fn unseen_above(ran: u32) -> f64 {
    if ran == 0 { 1.0 } else { 1.0 - 0.05_f64.powf(1.0 / f64::from(ran)) }
}

/// The rate at which a rising function has a value.
fn solve(rising: impl Fn(f64) -> f64, value: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if rising(middle) < value {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The probability of fewer than `failed` failures in `ran` attempts.
fn below(failed: u32, ran: u32, rate: f64) -> f64 {
    (0..failed)
        .map(|count| (ln_choose(ran, count) + ln_power(rate, count) + ln_power(1.0 - rate, ran - count)).exp())
        .sum()
}

fn ln_power(base: f64, count: u32) -> f64 {
    if count == 0 { 0.0 } else { base.ln() * f64::from(count) }
}

fn ln_factorial(n: u32) -> f64 {
    // Stirling's series is exact enough above; a sum is, below.
    if n < 256 {
        return (2..=n).map(|i| f64::from(i).ln()).sum();
    }
    let x = f64::from(n) + 1.0;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3))
}

fn ln_choose(n: u32, k: u32) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k.min(n))
}

/// The probability that the first of two counts, each of failures and attempts, is so much higher by chance alone: Fisher's
/// exact test, one-sided.
#[must_use]
pub fn fisher((failed, ran): (u32, u32), (other, of): (u32, u32)) -> f64 {
    let (bad, all) = (failed + other, ran + of);
    let most = bad.min(ran);
    let total = ln_choose(all, bad);
    let chance = |count: u32| {
        if bad - count > of { 0.0 } else { (ln_choose(ran, count) + ln_choose(of, bad - count) - total).exp() }
    };
    (failed..=most).map(chance).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::{fisher, ln_factorial, rate_between, unseen_above};

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-4 * right.abs().max(1e-3), "{left} is not {right}");
    }

    #[test]
    fn known_values_are_met() {
        near(ln_factorial(10), 3_628_800.0_f64.ln());
        near(ln_factorial(300), (2..=300).map(|i| f64::from(i).ln()).sum());
        near(rate_between(0, 10).1, 0.308_497);
        near(rate_between(5, 10).0, 0.187_086);
        near(rate_between(5, 10).1, 0.812_914);
        near(rate_between(10, 10).0, 0.691_503);
        near(unseen_above(299), 0.009_969);
        // Tea-tasting, and a fix that holds.
        near(fisher((3, 4), (1, 4)), 17.0 / 70.0);
        near(fisher((5, 10), (0, 5)), 0.083_916);
        assert!(fisher((48, 200), (0, 200)) < 1e-14);
        near(fisher((0, 5), (0, 5)), 1.0);
    }
}
