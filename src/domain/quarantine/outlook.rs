//! What the history says of a quarantined test: whether it can come back, how sure that is, and what is missing.

use crate::base::{Clean, Day, Stamp};
use crate::domain::history::Recovery;
use crate::domain::lab::{Check, Held, SURE, passes_needed, probability, unseen_above};

/// Of how many attempts the rate before is known at best: a test that was seen less often may fail less often than it was seen
/// to, since it came to notice by failing. All other attempts are taken to have passed.
const SEEN: u32 = 20;
/// The fewest runs over which the passes are spread: what hangs together in one run may hang together.
const RUNS: u64 = 5;

/// Whether a test can come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It has no failure in the history, so that nothing tells when it is mended.
    Unknown,
    /// Not yet.
    Held,
    /// It can.
    Ready,
}

impl Standing {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Held => "held",
            Self::Ready => "can come back",
        }
    }
}

/// What the history says of one quarantined test, or of the worst of several.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// Whether it can come back.
    pub standing: Standing,
    /// How often it failed and ran since it is in quarantine.
    pub since: (u64, u64),
    /// How often it failed, up to its last failure, and of how many attempts that is taken to be at the rate with which it
    /// failed last.
    pub before: (u32, u32),
    /// How often it passed since it failed last.
    pub passes: u32,
    /// How many passes these are worth, since failures come in bursts.
    pub worth: f64,
    /// How probable it is that it does not fail any more as it did before.
    pub probability: f64,
    /// The failure rate that would have shown in so many passes, with a probability of 95 %.
    pub bound: f64,
    /// How many passes are still needed.
    pub needed: u32,
    /// When it failed last, and how.
    pub last_failure: Option<(Stamp, Clean)>,
    /// What the flake lab found when it checked a fix, since the last failure.
    pub check: Option<(Held, f64)>,
}

impl Outlook {
    /// Of one test. Before its last failure its rate was as the history has it; whether it is mended since then is a coin at
    /// first, and each pass makes that more probable. `check` is what the lab last found of a fix.
    #[must_use]
    pub fn of(recovery: &Recovery, check: Option<&(Stamp, Check)>) -> Self {
        let failed = recovery.before.iter().filter(|failed| **failed).count();
        let before = (as_u32(failed), as_u32(recovery.before.len()).max(SEEN));
        let weight = weight(&recovery.before);
        let passes = as_u32(recovery.passes);
        let worth = f64::from(passes) / weight;
        let missing = (f64::from(passes_needed(before)) * weight).ceil() - f64::from(passes);
        let spread = RUNS.saturating_sub(recovery.runs_since);
        let needed = as_count(missing).max(u32::try_from(spread).unwrap_or(u32::MAX));
        let probability = probability(before, worth);
        let newer = |(at, _): &&(Stamp, Check)| recovery.last_failure.as_ref().is_none_or(|(last, _)| last < at);
        let check = check.filter(newer).map(|(_, check)| (check.held, check.probability));
        let standing = match check {
            Some((Held::Holds, _)) => Standing::Ready,
            Some((Held::SameFailure | Held::OtherFailure, _)) => Standing::Held,
            _ if failed == 0 => Standing::Unknown,
            _ if needed == 0 && probability >= SURE => Standing::Ready,
            _ => Standing::Held,
        };
        Self {
            standing,
            since: recovery.since,
            before,
            passes,
            worth,
            probability,
            bound: unseen_above(passes),
            needed: if failed == 0 { 0 } else { needed },
            last_failure: recovery.last_failure.clone(),
            check,
        }
    }

    /// Of an entry that stands for several tests: it can come back when all can that ever failed.
    #[must_use]
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        let weight = |outlook: &Self| match outlook.standing {
            Standing::Held => (2, outlook.needed),
            Standing::Ready => (1, 0),
            Standing::Unknown => (0, 0),
        };
        let mut sum = (0, 0);
        let all: Vec<Self> = all.into_iter().inspect(|one| sum = (sum.0 + one.since.0, sum.1 + one.since.1)).collect();
        all.into_iter().max_by_key(weight).map(|worst| Self { since: sum, ..worst })
    }

    /// Whether it can come back and why, in one sentence. `tests` says whose it is where there are several.
    #[must_use]
    pub fn sentence(&self) -> String {
        match (self.standing, self.check) {
            (Standing::Ready, Some((Held::Holds, probability))) => {
                format!("can come back: the lab found that the fix holds (P {})", share(probability))
            }
            (Standing::Ready, _) => format!(
                "can come back: {} since it failed last, and does not fail as before with P {}; a rate above {:.1} % would have shown",
                passes(self.passes),
                share(self.probability),
                self.bound * 100.0
            ),
            (Standing::Held, Some((Held::SameFailure | Held::OtherFailure, _))) => {
                "not yet: it failed when the lab checked the fix".to_owned()
            }
            (Standing::Held, _) if self.passes == 0 => {
                format!("not yet: it failed when it ran last; {} are needed", passes(self.needed))
            }
            (Standing::Held, _) => format!(
                "not yet: {} since it failed last, P {} that it is mended; {} more are needed",
                passes(self.passes),
                share(self.probability),
                passes(self.needed)
            ),
            (Standing::Unknown, _) if self.passes == 0 => "no result of it is recorded".to_owned(),
            (Standing::Unknown, _) => format!(
                "no failure of it is recorded in {}; a rate above {:.1} % would have shown",
                passes(self.passes),
                self.bound * 100.0
            ),
        }
    }

    /// When it failed last.
    #[must_use]
    pub fn last_day(&self) -> Option<Day> {
        self.last_failure.as_ref().map(|(at, _)| Day::of(*at))
    }
}

/// How many attempts are worth one that stands for itself, since failures come in bursts. As long as few failures were seen, that
/// neighbours are alike may be chance.
fn weight(outcomes: &[bool]) -> f64 {
    /// So many neighbours count as if each stood for itself.
    const DOUBT: f64 = 4.0;
    let count = |count: usize| f64::from(as_u32(count));
    let failed = outcomes.iter().filter(|failed| **failed).count();
    if failed == 0 || failed == outcomes.len() {
        return 1.0;
    }
    let rate = count(failed) / count(outcomes.len());
    let followed = outcomes.windows(2).filter(|pair| pair.first() == Some(&true)).count();
    let again = outcomes.windows(2).filter(|pair| **pair == [true, true]).count();
    let share = (count(again) + DOUBT * rate) / (count(followed) + DOUBT);
    let alike = ((share - rate) / (1.0 - rate)).clamp(0.0, 0.98);
    (1.0 + alike) / (1.0 - alike)
}

fn passes(count: u32) -> String {
    if count == 1 { "1 pass".to_owned() } else { format!("{count} passes") }
}

/// A probability that is never shown as certain: `= 0.616`, `> 0.999`.
fn share(probability: f64) -> String {
    if probability > 0.999 { "> 0.999".to_owned() } else { format!("= {probability:.3}") }
}

fn as_u32(count: impl TryInto<u32>) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count that is not negative, and bounded"
)]
fn as_count(count: f64) -> u32 {
    count.clamp(0.0, 1e9) as u32
}

#[cfg(test)]
mod tests {
    use super::{Outlook, Standing};
    use crate::base::{Clean, Stamp};
    use crate::domain::history::Recovery;
    use crate::domain::lab::{Check, Held};

    fn recovery(before: &str, passes: u64) -> Recovery {
        Recovery {
            before: before.chars().map(|c| c == 'F').collect(),
            passes,
            runs_since: passes,
            last_failure: before.contains('F').then(|| (Stamp(1000), Clean::line("boom"))),
            since: (1, passes),
        }
    }

    fn check(before: &str, passes: u64) -> (Standing, u32) {
        let outlook = Outlook::of(&recovery(before, passes), None);
        (outlook.standing, outlook.needed)
    }

    #[test]
    fn how_many_passes_are_needed_is_computed_from_the_rate_before() {
        // 6 failures of 20, and 1 of 20, each on its own; the figures are those by which the lab judges a fix.
        let often = "PPFPPPFPPF".repeat(2);
        let (_, needed) = check(&often, 0);
        assert!((8..=12).contains(&needed), "{needed}");
        assert_eq!(check(&often, u64::from(needed) - 1), (Standing::Held, 1));
        assert_eq!(check(&often, u64::from(needed)), (Standing::Ready, 0));
        let rare = "P".repeat(19) + "F";
        assert_eq!(check(&rare, 120), (Standing::Held, 1));
        assert_eq!(check(&rare, 121), (Standing::Ready, 0));
    }

    #[test]
    fn a_single_failure_that_was_seen_says_little_of_the_rate() {
        assert_eq!(check("F", 120), (Standing::Held, 1));
        assert_eq!(check("PPF", 121), (Standing::Ready, 0));
    }

    /// Numbers that are the same each time.
    struct Dice(u64);

    impl Dice {
        fn fails(&mut self, per_mille: u64) -> bool {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % 1000 < per_mille
        }
    }

    #[test]
    fn a_test_that_flakes_on_is_seldom_called_mended() {
        // One in nineteen is what a probability of 95 % means here, where mended or not is a coin at first.
        for per_mille in [50, 100, 300, 500] {
            let (mut dice, mut wrong, mut all) = (Dice(per_mille), 0, 0);
            for _ in 0..200 {
                let mut before = String::new();
                for _ in 0..10 {
                    let mut passes = 0;
                    while !dice.fails(per_mille) {
                        passes += 1;
                    }
                    all += 1;
                    if !before.is_empty() && check(&before, passes).0 == Standing::Ready {
                        wrong += 1;
                    }
                    before.push_str(&"P".repeat(usize::try_from(passes).unwrap()));
                    before.push('F');
                }
            }
            assert!(f64::from(wrong) < 0.06 * f64::from(all), "{wrong} of {all} at {per_mille} of 1000");
        }
    }

    #[test]
    fn failures_that_come_in_bursts_ask_for_more() {
        let (_, alone) = check("PFPPFPPFPPFP", 0);
        let (_, bursts) = check("PPPPPPFFFFFFPPPPPPFFFFFF", 0);
        let (_, mixed) = check("PFPFPFPFPFPFPFPFPFPFPFPF", 0);
        assert!(bursts >= 2 * mixed && alone > mixed, "{bursts}, {mixed} and {alone}");
        assert!(check("PPFF", 0).1 < 150, "two failures in a row may be chance");
    }

    #[test]
    fn a_test_that_failed_always_has_to_pass_in_several_runs() {
        let always = "F".repeat(30);
        assert_eq!(check(&always, 4), (Standing::Held, 1));
        assert_eq!(check(&always, 5), (Standing::Ready, 0));
    }

    #[test]
    fn a_test_without_a_failure_is_not_called_mended() {
        let outlook = Outlook::of(&recovery("", 300), None);
        assert_eq!((outlook.standing, outlook.needed), (Standing::Unknown, 0));
        assert!(outlook.sentence().starts_with("no failure of it is recorded in 300 passes; a rate above 1.0 %"));
        assert_eq!(Outlook::of(&recovery("", 0), None).sentence(), "no result of it is recorded");
    }

    #[test]
    fn what_the_lab_found_of_a_fix_counts_until_the_next_failure() {
        let found = |held| Check {
            held,
            words: String::new(),
            before: (5, 10),
            after: (0, 20),
            processes: 5,
            worth: 20.0,
            probability: 0.99,
            bound: 0.1,
            needed: 0,
            chance: 0.01,
        };
        let of = |at, held| Outlook::of(&recovery("PFPF", 1), Some(&(Stamp(at), found(held))));
        assert_eq!(of(2000, Held::Holds).standing, Standing::Ready);
        assert_eq!(of(2000, Held::SameFailure).standing, Standing::Held);
        assert_eq!(of(500, Held::Holds).standing, Standing::Held, "it failed after that");
        assert_eq!(of(2000, Held::Open).standing, Standing::Held);
    }

    #[test]
    fn of_several_tests_the_worst_counts() {
        let all = [("PFPF", 0), ("PPFPPPFPPF", 60), ("", 9)]
            .map(|(before, passes)| Outlook::of(&recovery(before, passes), None));
        let worst = Outlook::worst(all.clone()).unwrap();
        assert_eq!((worst.standing, worst.since), (Standing::Held, (3, 69)));
        assert_eq!(Outlook::worst(all.into_iter().skip(1)).unwrap().standing, Standing::Ready);
        assert_eq!(Outlook::worst([]), None);
    }
}
