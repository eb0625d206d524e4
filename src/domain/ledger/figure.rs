//! A coverage figure and how far it can be trusted; the state of one line.

use crate::base::Ratio;

/// How a figure came about. The order is from the best to the worst, so that a total takes the greatest of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Kind {
    /// Measured on exactly this source.
    #[default]
    Measured,
    /// Measured on an earlier source, or by tests that are older than an edit, and moved along the edit.
    Carried,
    /// There is no per-test data: a union of runs, which may still hold lines that no test covers any more.
    LowerBound,
    /// The measurement is older than the source, and no copy of the source it belongs to is known.
    Unknown,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Carried => "carried",
            Self::LowerBound => "lower bound",
            Self::Unknown => "unknown",
        }
    }

    /// One character that stands beside the figure; a space for a measured one.
    #[must_use]
    pub const fn glyph(self) -> char {
        match self {
            Self::Measured => ' ',
            Self::Carried => '~',
            Self::LowerBound => '≥',
            Self::Unknown => '?',
        }
    }
}

/// One coverage figure: what is known, out of one fixed denominator, and what stands open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Figure {
    /// The share as coverage.py counts it: statements, and branches where they were measured.
    pub ratio: Ratio,
    /// The share of statements alone.
    pub lines: Ratio,
    /// Statements that are neither known to be covered nor known to be missed: stale and unknown ones. They are part
    /// of the whole and not of the part.
    pub open: u64,
    /// Statements that come and go without any change of sources or tests: the share may as well be so many lines
    /// more or less.
    pub unstable: u64,
    /// How the figure came about.
    pub kind: Kind,
    /// Whether the statements are a syntax-tree estimate rather than coverage.py's own.
    pub estimated: bool,
}

impl Figure {
    /// Two files' figures together: the numbers added, the worse kind.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            ratio: self.ratio.plus(other.ratio),
            lines: self.lines.plus(other.lines),
            open: self.open + other.open,
            unstable: self.unstable + other.unstable,
            kind: self.kind.max(other.kind),
            estimated: self.estimated || other.estimated,
        }
    }

    /// The percentage behind the marks of its kind: `82%` measured, `~82%` carried, `≥82%` a lower bound, `?82%` of an
    /// unknown source, `±82%` where lines come and go.
    #[must_use]
    pub fn shown(&self, digits: usize) -> String {
        let kind = Some(self.kind.glyph()).filter(|glyph| *glyph != ' ');
        let marks: String = kind.into_iter().chain((self.unstable > 0).then_some('±')).collect();
        format!("{marks}{}%", self.ratio.display(digits))
    }

    /// What stands where nothing at all was known.
    pub const NOTHING: Self = Self {
        ratio: Ratio { part: 0, whole: 0 },
        lines: Ratio { part: 0, whole: 0 },
        open: 0,
        unstable: 0,
        kind: Kind::Unknown,
        estimated: false,
    };

    /// Whether nothing at all is known.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        matches!(self.kind, Kind::Unknown) && self.ratio.whole == 0
    }

    /// The same as [`Self::shown`], in words where nothing is known.
    #[must_use]
    pub fn told(&self, digits: usize) -> String {
        if self.is_nothing() { self.kind.word().to_owned() } else { self.shown(digits) }
    }

    /// Whether it says how things are: measured, or carried from where nothing changed since, and nothing stands open.
    #[must_use]
    pub const fn is_sure(&self) -> bool {
        matches!(self.kind, Kind::Measured | Kind::Carried) && self.open == 0 && !self.estimated
    }

    /// Whether the way from an earlier figure to this one is no more than what comes and goes by itself.
    #[must_use]
    pub fn is_noise_since(&self, before: &Self) -> bool {
        let noise = self.unstable.max(before.unstable);
        let moved = self.ratio != before.ratio && self.lines.whole == before.lines.whole;
        noise > 0 && moved && self.lines.part.abs_diff(before.lines.part) <= noise
    }

    /// The words that qualify it, to be shown beside it: `carried, 3 lines open, statements estimated`. Never empty.
    #[must_use]
    pub fn qualifier(&self) -> String {
        let mut words = self.kind.word().to_owned();
        if self.open > 0 {
            words.push_str(&format!(", {} line{} open", self.open, if self.open == 1 { "" } else { "s" }));
        }
        if self.unstable > 0 {
            words.push_str(&format!(", ±{} line{} unstable", self.unstable, if self.unstable == 1 { "" } else { "s" }));
        }
        if self.estimated {
            words.push_str(", statements estimated");
        }
        words
    }
}

/// What is known about one line of the source on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum LineState {
    /// A statement that ran.
    Covered,
    /// A statement that did not run.
    Missed,
    /// A statement that coverage.py was told to leave out.
    Excluded,
    /// A statement whose evidence predates a change in the function around it.
    Stale,
    /// A statement that nothing has measured yet.
    Unknown,
    /// Not a statement.
    #[default]
    Blank,
}

impl LineState {
    /// The word for it; empty for a line that is not a statement.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Missed => "missed",
            Self::Excluded => "excluded",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Blank => "",
        }
    }

    /// The sign in the gutter, so that colour is never the only sign.
    #[must_use]
    pub const fn glyph(self) -> char {
        match self {
            Self::Covered => '│',
            Self::Missed => '✗',
            Self::Excluded => '·',
            Self::Stale => '~',
            Self::Unknown => '?',
            Self::Blank => ' ',
        }
    }

    /// Whether it is a statement that is neither known to be covered nor known to be missed.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Stale | Self::Unknown)
    }

    /// Whether it is a statement that counts: all but excluded and blank lines.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Covered | Self::Missed | Self::Stale | Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::{Figure, Kind};
    use crate::base::Ratio;

    #[test]
    fn a_total_takes_the_worst_kind_of_its_parts() {
        let one = Figure { ratio: Ratio::new(1, 2), lines: Ratio::new(1, 2), ..Figure::default() };
        let two = Figure { open: 1, kind: Kind::LowerBound, ..one };
        let sum = one.plus(two).plus(Figure { kind: Kind::Carried, ..one });
        assert_eq!((sum.kind, sum.open, sum.ratio), (Kind::LowerBound, 1, Ratio::new(3, 6)));
        assert_eq!(sum.qualifier(), "lower bound, 1 line open");
    }
}
