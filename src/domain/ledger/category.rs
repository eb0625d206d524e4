//! The words of a comparison: how a statement stood on each side, and what became of it.

/// How a statement stood at one point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It ran.
    Covered,
    /// It did not run.
    Missed,
    /// Neither is known: stale or unknown.
    Open,
    /// It was left out of measuring.
    Excluded,
    /// It was not there.
    Absent,
    /// Nobody can tell which statement of that side it is, if it was there at all.
    Untold,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Covered, Self::Missed, Self::Open, Self::Excluded, Self::Absent, Self::Untold];
    /// Those of a line that is there.
    pub const THERE: [Self; 4] = [Self::Covered, Self::Missed, Self::Open, Self::Excluded];

    /// Whether it is that of a line which is there, so that it has a number on that side.
    #[must_use]
    pub const fn is_there(self) -> bool {
        !matches!(self, Self::Absent | Self::Untold)
    }
}

/// What became of a statement from one point to another: the categories of `genhtml --baseline-file`, and *unknown*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// The same statement was missed and is covered.
    Gained,
    /// The same statement was covered and is known to be missed.
    Lost,
    /// A statement that was not there before is covered.
    NewCovered,
    /// A statement that was not there before is missed.
    NewMissed,
    /// It is left out of measuring and was not before.
    NewlyExcluded,
    /// It was left out of measuring and counts now.
    NoLongerExcluded,
    /// It was covered and is not there any more.
    DeletedCovered,
    /// It was missed and is not there any more.
    DeletedMissed,
    /// It comes and goes without any change: neither gained nor lost.
    Unstable,
    /// The same statement was covered and is covered.
    Covered,
    /// The same statement was missed and is missed.
    Missed,
    /// One side is stale or unknown, or nobody can tell which statement of the other side it is.
    Unknown,
}

/// One row of the table of categories.
#[derive(Clone, Copy, Debug)]
pub struct CategoryRow {
    /// The category.
    pub category: Category,
    /// Its name in JSON.
    pub key: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// A short heading for a column.
    pub heading: &'static str,
    /// What it says, in one sentence without a full stop.
    pub meaning: &'static str,
}

macro_rules! categories {
    ($($category:ident, $key:literal, $name:literal, $heading:literal, $meaning:literal;)*) => {
        /// The table of categories, in the order in which they are shown.
        pub const CATEGORIES: &[CategoryRow] = &[$(CategoryRow {
            category: Category::$category, key: $key, name: $name, heading: $heading, meaning: $meaning,
        },)*];
    };
}

categories! {
    Gained, "gained", "gained", "Gained", "the same statement was missed and is covered";
    Lost, "lost", "lost", "Lost", "the same statement was covered and is known to be missed";
    NewCovered, "new_covered", "new covered", "New cov", "a statement that was not there before is covered";
    NewMissed, "new_missed", "new missed", "New miss", "a statement that was not there before is missed";
    NewlyExcluded, "newly_excluded", "newly excluded", "Excl +", "left out of measuring now and not before";
    NoLongerExcluded, "no_longer_excluded", "no longer excluded", "Excl −", "left out of measuring before and not now";
    DeletedCovered, "deleted_covered", "deleted covered", "Del cov", "it was covered and is not there any more";
    DeletedMissed, "deleted_missed", "deleted missed", "Del miss", "it was missed and is not there any more";
    Unstable, "unstable", "unstable", "Unstable", "other than it was, but it comes and goes without any change: neither gained nor lost";
    Unknown, "unknown", "unknown", "Unknown",
        "one side is stale or unknown, or its source is not known so that its lines cannot be mapped";
    Covered, "unchanged_covered", "unchanged covered", "Covered", "the same statement was covered and is covered";
    Missed, "unchanged_missed", "unchanged missed", "Missed", "the same statement was missed and is missed";
}

impl Category {
    /// What became of a statement that stood `from` and stands `to`; nothing for what never counted.
    #[must_use]
    pub const fn of(from: Status, to: Status) -> Option<Self> {
        use Status::{Absent, Covered, Excluded, Missed, Open, Untold};
        Some(match (from, to) {
            (Missed, Covered) => Self::Gained,
            (Covered, Missed) => Self::Lost,
            (Absent, Covered) => Self::NewCovered,
            (Absent, Missed) => Self::NewMissed,
            (Covered | Missed | Open | Absent, Excluded) => Self::NewlyExcluded,
            (Excluded, Covered | Missed | Open) => Self::NoLongerExcluded,
            (Covered, Absent) => Self::DeletedCovered,
            (Missed, Absent) => Self::DeletedMissed,
            (Covered, Covered) => Self::Covered,
            (Missed, Missed) => Self::Missed,
            (Excluded, Excluded | Absent | Untold) | (Untold, Excluded) | (Absent | Untold, Absent | Untold) => {
                return None;
            }
            (Open, _) | (_, Open) | (Untold, _) | (_, Untold) => Self::Unknown,
        })
    }

    /// Its row in the table.
    #[must_use]
    pub fn row(self) -> &'static CategoryRow {
        CATEGORIES.iter().find(|row| row.category == self).unwrap_or(&CATEGORIES[0])
    }

    /// Whether it says that something is other than it was.
    #[must_use]
    pub const fn is_change(self) -> bool {
        !matches!(self, Self::Covered | Self::Missed)
    }

    /// The category of the same statement when the points change places; newly excluded ones that are new, and their
    /// counterparts, have none.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::Gained => Self::Lost,
            Self::Lost => Self::Gained,
            Self::NewCovered => Self::DeletedCovered,
            Self::NewMissed => Self::DeletedMissed,
            Self::DeletedCovered => Self::NewCovered,
            Self::DeletedMissed => Self::NewMissed,
            Self::NewlyExcluded => Self::NoLongerExcluded,
            Self::NoLongerExcluded => Self::NewlyExcluded,
            Self::Covered | Self::Missed | Self::Unstable | Self::Unknown => self,
        }
    }
}
