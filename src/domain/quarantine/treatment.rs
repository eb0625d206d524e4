//! What is done with quarantined tests in a run.

/// What is done with quarantined tests in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Treatment {
    /// Nothing: they count like all others.
    #[default]
    Off,
    /// They do not run.
    Deselect,
    /// They run, and a failure is an expected one.
    Xfail,
}

impl Treatment {
    /// The word for it in the settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Deselect => "deselect",
            Self::Xfail => "xfail",
        }
    }

    /// The treatment of that name; nothing is done by any other.
    #[must_use]
    pub fn named(word: &str) -> Self {
        [Self::Deselect, Self::Xfail].into_iter().find(|way| way.word() == word).unwrap_or_default()
    }
}
