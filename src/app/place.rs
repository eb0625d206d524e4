//! Panes, and the places where keys mean something.

/// One of the four panes of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Pane {
    /// The coverage map: files, ranked.
    #[default]
    Map,
    /// The uncovered lines of one file, in their source.
    Lines,
    /// The flaky history: tests with more than one outcome.
    Flaky,
    /// The command runner: plan, live tests, output, result.
    Runner,
}

impl Pane {
    /// All panes in the order of tab.
    pub const ALL: [Self; 4] = [Self::Map, Self::Lines, Self::Flaky, Self::Runner];

    /// The title on the screen.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Map => "Map",
            Self::Lines => "Lines",
            Self::Flaky => "Flaky",
            Self::Runner => "Runner",
        }
    }

    /// Its place in [`Pane::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The pane `by` further on, round and round.
    #[must_use]
    pub fn step(self, by: usize) -> Self {
        Self::ALL.get((self.index() + by) % Self::ALL.len()).copied().unwrap_or_default()
    }

    /// The place in which its keys are looked up.
    #[must_use]
    pub const fn place(self) -> Place {
        match self {
            Self::Map => Place::Map,
            Self::Lines => Place::Lines,
            Self::Flaky => Place::Flaky,
            Self::Runner => Place::Runner,
        }
    }
}

/// Where a key is struck. One key means one action in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The coverage map has the focus.
    Map,
    /// The uncovered lines have the focus.
    Lines,
    /// The flaky history has the focus.
    Flaky,
    /// The runner has the focus.
    Runner,
    /// What a test left is read large in the runner.
    Output,
    /// A filter is typed in a pane.
    Filter,
    /// The picker or the palette is open.
    Picker,
    /// The help is open.
    Help,
    /// A plan waits to be confirmed.
    Plan,
    /// A question waits for yes or no: consent, leaving while tests run.
    Question,
    /// A name is typed for what a plan runs.
    Name,
    /// The list of problems is open.
    Problems,
    /// A comparison of two points is open.
    Compare,
    /// The flake lab is shown.
    Lab,
    /// The programme is open.
    Programme,
    /// The checklist is open.
    Checklist,
    /// The implementation guide is open.
    Guide,
}

impl Place {
    /// All places, in the order in which they are documented.
    pub const ALL: [Self; 17] = [
        Self::Map,
        Self::Lines,
        Self::Flaky,
        Self::Runner,
        Self::Output,
        Self::Filter,
        Self::Picker,
        Self::Help,
        Self::Plan,
        Self::Question,
        Self::Name,
        Self::Problems,
        Self::Compare,
        Self::Lab,
        Self::Programme,
        Self::Checklist,
        Self::Guide,
    ];

    /// Its name in the configuration and in the help.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Lines => "lines",
            Self::Flaky => "flaky",
            Self::Runner => "runner",
            Self::Output => "output",
            Self::Filter => "filter",
            Self::Picker => "picker",
            Self::Help => "help",
            Self::Plan => "plan",
            Self::Question => "question",
            Self::Name => "name",
            Self::Problems => "problems",
            Self::Compare => "compare",
            Self::Lab => "lab",
            Self::Programme => "programme",
            Self::Checklist => "checklist",
            Self::Guide => "guide",
        }
    }

    /// The place of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.name() == name)
    }

    /// Whether characters are text here, so that only keys which write nothing are commands.
    #[must_use]
    pub const fn is_typing(self) -> bool {
        matches!(self, Self::Filter | Self::Picker | Self::Help | Self::Name)
    }
}
