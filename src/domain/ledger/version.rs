//! One version of a source on which something was measured, and what its text says.

use crate::base::{Digest, RepoPath};
use crate::domain::coverage::{Facts, LineSet};
use crate::domain::ledger::fit::has_lines;
use crate::domain::python::{Statements, estimate, source_lines};
use std::sync::{Arc, OnceLock};

/// One version of a source. Its text, when it is there, has its digest.
#[derive(Clone, Debug, Default)]
pub struct Version {
    /// The digest of the text; nothing while the text has not been read.
    pub digest: Option<Digest>,
    /// The text.
    pub text: Option<Arc<str>>,
    /// Statements, exclusions and branches.
    pub facts: Option<Arc<Facts>>,
    /// Whether the measurement is known to be older than the source on disk, so that its own source is unknown, or there
    /// is none at all.
    pub outdated: bool,
    shape: OnceLock<Arc<Shape>>,
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        (self.digest, self.outdated, &self.facts) == (other.digest, other.outdated, &other.facts)
    }
}

impl Version {
    /// The version of a known text.
    #[must_use]
    pub fn of(text: &Arc<str>, facts: Option<Arc<Facts>>) -> Self {
        let digest = Some(Digest::of(text.as_bytes()));
        Self { digest, text: Some(Arc::clone(text)), facts, ..Self::default() }
    }

    /// A version from its parts.
    #[must_use]
    pub fn new(digest: Option<Digest>, text: Option<Arc<str>>, facts: Option<Arc<Facts>>, outdated: bool) -> Self {
        Self { digest, text, facts, outdated, shape: OnceLock::new() }
    }

    /// Whether the text has not been read, though it is still on disk.
    #[must_use]
    pub const fn is_unread(&self) -> bool {
        self.text.is_none() && !self.outdated
    }

    /// Whether this is the version with that text. A version that was not read yet is taken for what is on disk.
    #[must_use]
    pub fn is_text(&self, text: &str) -> bool {
        match &self.text {
            Some(own) => **own == *text,
            None => !self.outdated,
        }
    }

    /// Whether `text` can be what was measured: it has the lines that the facts name, and none of them is blank. Only
    /// Python is known so well, since a template may count blank lines; and a table, which says how many `statements` there
    /// are, names ranges that blank lines lie in.
    #[must_use]
    pub fn fits(&self, path: &RepoPath, text: &str, statements: Option<u64>) -> bool {
        let is_python = path.as_str().ends_with(".py");
        self.facts.as_ref().is_none_or(|facts| {
            let lists_all = statements.is_none_or(|count| count == facts.statements.len() as u64);
            has_lines(text, &facts.statements, is_python && lists_all)
        })
    }

    /// The same version with its text.
    #[must_use]
    pub fn with_text(&self, text: &Arc<str>) -> Self {
        Self::of(text, self.facts.clone())
    }

    /// The same version with other facts.
    #[must_use]
    pub fn with_facts(self, facts: Option<Arc<Facts>>) -> Self {
        Self { facts, ..self }
    }

    /// What the text says; computed once.
    #[must_use]
    pub fn shape(&self) -> Option<Arc<Shape>> {
        let text = self.text.as_ref()?;
        Some(Arc::clone(self.shape.get_or_init(|| Arc::new(Shape::of(text)))))
    }
}

/// What the text of a version says: its statements, its functions, and its code without comments.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// The statements.
    pub found: Statements,
    /// For each line (from 0): the function whose body it is in, as its place plus one; 0 outside functions.
    regions: Vec<u32>,
}

impl Shape {
    /// Reads a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let found = estimate(text);
        let mut regions = vec![0; source_lines(text).len() + 1];
        for (at, scope) in (1_u32..).zip(&found.functions) {
            let (from, to) = (scope.body as usize, scope.end as usize + 1);
            regions.get_mut(from..to).unwrap_or_default().fill(at);
        }
        Self { found, regions }
    }

    /// The function whose body a line is in, as its place plus one; 0 outside functions.
    #[must_use]
    pub fn region(&self, line: u32) -> u32 {
        self.regions.get(line as usize).copied().unwrap_or(0)
    }

    /// How many regions there are, the outside of all functions included.
    #[must_use]
    pub fn regions(&self) -> usize {
        self.found.functions.len() + 1
    }

    /// Whether a line is executed only when a function is called.
    #[must_use]
    pub fn is_in_function(&self, line: u32) -> bool {
        self.region(line) > 0
    }

    /// The estimate as facts. It knows no branches.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let excluded: LineSet = self.found.excluded.iter().copied().collect();
        Facts {
            statements: self.found.statements.iter().copied().collect(),
            excluded,
            first_lines: self.found.first_lines.clone(),
            estimated: true,
            ..Facts::default()
        }
    }

    /// The lines of the text without their comments.
    #[must_use]
    pub fn code<'a>(&self, text: &'a str) -> Vec<&'a str> {
        let mut lines = source_lines(text);
        for (line, at) in &self.found.comments {
            if let Some(text) = lines.get_mut((*line as usize).saturating_sub(1)) {
                *text = text.get(..*at).unwrap_or(text).trim_end();
            }
        }
        lines
    }
}
