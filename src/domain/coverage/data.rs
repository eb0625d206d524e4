//! coverage.py's own data file as it is read from SQLite: raw executed lines and arcs, by context.

use crate::base::Clean;
use crate::domain::coverage::Ran;

/// What a `.coverage` file holds. It knows only what ran: statements and exclusions need [`super::Facts`].
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DataFile {
    /// Whether arcs were measured (branch coverage) instead of lines.
    pub has_arcs: bool,
    /// The version of coverage.py that wrote it.
    pub producer: Clean,
    /// The contexts; entries refer to them by index.
    pub contexts: Vec<String>,
    /// One entry for each measured file.
    pub files: Vec<DataFileEntry>,
}

/// What ran in one file.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DataFileEntry {
    /// The path as the data file has it: usually absolute.
    pub path: String,
    /// What each context executed, by its index in [`DataFile::contexts`].
    pub ran: Vec<(u32, Ran)>,
}

impl DataFileEntry {
    /// What all contexts together executed.
    #[must_use]
    pub fn all(&self) -> Ran {
        let mut all = Ran::default();
        self.ran.iter().for_each(|(_, ran)| all.lines.union_with(&ran.lines));
        let arcs = self.ran.iter().flat_map(|(_, ran)| ran.arcs.iter().copied()).collect();
        Ran::new(all.lines, arcs)
    }
}
