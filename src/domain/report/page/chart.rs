//! Charts as what they say: their values, and the same in words for whoever does not see them.

use crate::domain::report::page::Tone;

/// A line over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is of.
    pub about: String,
    /// Its values, the oldest first.
    pub values: Vec<f64>,
    /// The last value, as people write it.
    pub last: String,
    /// Where it goes.
    pub tone: Tone,
}

/// One share of a whole, with what is demanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The share, from 0 to 1.
    pub part: f64,
    /// The part of the whole of which nobody can tell.
    pub open: f64,
    /// What is demanded, from 0 to 1.
    pub target: Option<f64>,
    /// Where it stands.
    pub tone: Tone,
}

/// One place of a strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It passed after an attempt that failed.
    Retried,
    /// It says nothing.
    Quiet,
    /// What comes from here on is another time.
    Mark,
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub enum Chart {
    /// A line, small enough to stand in a row.
    Line(Line),
    /// A bar with what is demanded.
    Share(Share),
    /// What a test did in its last runs, oldest first.
    Strip(Vec<Slot>),
    /// Layers with their numbers, the first at the bottom.
    Pyramid(Vec<(String, u64)>),
    /// Parts of one whole: a name, how many, what that means.
    Parts(Vec<(String, u64, Tone)>),
    /// Probabilities, each with its name and the bounds between which it lies.
    Rates(Vec<(String, [f64; 3])>),
}

impl Chart {
    /// The same in a few signs, where there is no room for a picture.
    #[must_use]
    pub fn signs(&self) -> String {
        let sign = |slot: &Slot| match slot {
            Slot::Passed => '✓',
            Slot::Failed => '✗',
            Slot::Retried => '↻',
            Slot::Quiet => '·',
            Slot::Mark => '/',
        };
        match self {
            Self::Strip(slots) => slots.iter().map(sign).collect(),
            chart => chart.words(),
        }
    }

    /// What it shows, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Line(line) => line.words(),
            Self::Share(share) => share.words(),
            Self::Strip(slots) => strip_words(slots),
            Self::Pyramid(layers) => {
                layers.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
            }
            Self::Parts(parts) => {
                parts.iter().map(|(name, count, _)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
            }
            Self::Rates(rates) => {
                let one = |(name, [low, middle, high]): &(String, [f64; 3])| {
                    format!("{name}: {}, between {} and {}", percent(*middle), percent(*low), percent(*high))
                };
                rates.iter().map(one).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// A share as a percentage of at most one digit after the point, never all or nothing where it is neither.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        some if some > 0.0 && some < 0.1 => "< 0.1 %".to_owned(),
        some if some < 100.0 && some > 99.9 => "> 99.9 %".to_owned(),
        some if !(10.0..=90.0).contains(&some) => format!("{some:.1} %"),
        some => format!("{some:.0} %"),
    }
}

impl Line {
    /// The least and the most of its values.
    pub(super) fn span(&self) -> (f64, f64) {
        let least = self.values.iter().copied().fold(f64::INFINITY, f64::min);
        (least, self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    fn words(&self) -> String {
        let count = self.values.len();
        format!("{}: {count} value{}, the last one {}", self.about, if count == 1 { "" } else { "s" }, self.last)
    }
}

impl Share {
    fn words(&self) -> String {
        let target = self.target.map(|target| format!(", of {} demanded", percent(target))).unwrap_or_default();
        let open = if self.open > 0.0 { format!(", {} open", percent(self.open)) } else { String::new() };
        format!("{}{target}{open}", percent(self.part))
    }
}

fn strip_words(slots: &[Slot]) -> String {
    let count = |wanted: Slot| slots.iter().filter(|slot| **slot == wanted).count();
    let all = slots.iter().filter(|slot| **slot != Slot::Mark).count();
    let failed = count(Slot::Failed);
    let retried = match count(Slot::Retried) {
        0 => String::new(),
        some => format!(", passed after a retry in {some}"),
    };
    format!("the last {all} runs, oldest first: failed in {failed}{retried}")
}
