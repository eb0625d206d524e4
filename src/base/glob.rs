//! Path patterns (`**/views.py`), matched against paths relative to the project's root.

use super::RepoPath;
use globset::{GlobBuilder, GlobMatcher};

/// A compiled path pattern. Matching is linear in the path, whatever the pattern.
#[derive(Clone, Debug)]
pub struct Glob {
    text: String,
    way: Way,
}

/// How a path is matched. The two common forms need no automaton, and a project has many paths.
#[derive(Clone, Debug)]
enum Way {
    /// `**/name`: the last part of the path.
    Name(String),
    /// `**/name/**`: a folder of the path.
    Folder(String),
    /// Anything else.
    Pattern(Box<GlobMatcher>),
}

impl Way {
    fn of(text: &str) -> Result<Self, GlobProblem> {
        let plain = |name: &str| {
            !name.is_empty() && !matches!(name, "." | "..") && !name.contains(['*', '?', '[', ']', '{', '}', '\\', '/'])
        };
        let rest = text.strip_prefix("**/").unwrap_or_default();
        Ok(match rest.strip_suffix("/**") {
            Some(folder) if plain(folder) => Self::Folder(folder.to_owned()),
            None if plain(rest) => Self::Name(rest.to_owned()),
            _ => Self::Pattern(Box::new(pattern(text)?)),
        })
    }
}

fn pattern(text: &str) -> Result<GlobMatcher, GlobProblem> {
    Ok(GlobBuilder::new(text).literal_separator(true).build()?.compile_matcher())
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
        Ok(Self { text: text.to_owned(), way: Way::of(text)? })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `path` matches.
    #[must_use]
    pub fn matches(&self, path: &RepoPath) -> bool {
        self.matches_parts(path, &path.parts().collect::<Vec<_>>())
    }

    /// The same for a path whose parts are known already: one path is often asked about many patterns.
    #[must_use]
    pub fn matches_parts(&self, path: &RepoPath, parts: &[&str]) -> bool {
        let Some((last, folders)) = parts.split_last() else { return false };
        match &self.way {
            Way::Name(name) => last == name,
            Way::Folder(name) => folders.contains(&&**name),
            Way::Pattern(matcher) => matcher.is_match(path.as_str()),
        }
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::{Glob, RepoPath, pattern};
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn the_short_ways_mean_what_the_pattern_means(
            glob in "(\\*\\*/)?[abv*?.-]{0,3}(/\\*\\*)?", path in "[abv.-]{1,2}(/[abv.-]{1,2}){0,3}",
        ) {
            let (glob, whole) = (Glob::new(&glob), pattern(&glob));
            prop_assert_eq!(glob.is_ok(), whole.is_ok());
            if let (Ok(glob), Ok(whole), Some(path)) = (glob, whole, RepoPath::new(&path)) {
                prop_assert_eq!(glob.matches(&path), whole.is_match(path.as_str()));
            }
        }
    }
}
