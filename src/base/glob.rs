//! Path patterns (`**/views.py`), matched against paths relative to the project's root.

use super::RepoPath;
use globset::{GlobBuilder, GlobMatcher};

/// A compiled path pattern. Matching is linear in the path, whatever the pattern.
#[derive(Clone, Debug)]
pub struct Glob {
    text: String,
    matcher: GlobMatcher,
}

/// Why a pattern could not be compiled.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct GlobProblem(#[from] globset::Error);

impl Glob {
    /// Compiles a pattern: `*` stays within a folder, `**` crosses folders.
    ///
    /// # Errors
    /// A pattern that is not well formed, such as an open bracket.
    pub fn new(text: &str) -> Result<Self, GlobProblem> {
        let matcher = GlobBuilder::new(text).literal_separator(true).build()?.compile_matcher();
        Ok(Self { text: text.to_owned(), matcher })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `path` matches.
    #[must_use]
    pub fn matches(&self, path: &RepoPath) -> bool {
        self.matcher.is_match(path.as_str())
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::{Glob, RepoPath};

    #[test]
    fn two_stars_cross_folders_and_one_does_not() {
        let check =
            |glob: &str, path: &str| Glob::new(glob).is_ok_and(|g| RepoPath::new(path).is_some_and(|p| g.matches(&p)));
        assert!(check("**/views.py", "shop/orders/views.py"));
        assert!(check("**/views.py", "views.py"));
        assert!(check("**/views/**", "shop/views/list.py"));
        assert!(!check("*.py", "shop/orders.py"));
        assert!(Glob::new("[").is_err());
    }
}
