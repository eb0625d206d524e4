//! Folders that stand for each other: `[paths]` of coverage.py's configuration, matched as coverage.py matches it.

/// How many steps one match may take. Patterns have few stars; what needs more is no pattern of folders.
const STEPS: usize = 20_000;

/// A folder that is known under another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    pattern: Vec<Token>,
    canonical: String,
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// Any folders at the beginning or in the middle, or none.
    Folders,
    /// A slash of either kind.
    Slash,
    /// Any characters of one name.
    Star,
    /// One character of a name.
    One,
    /// One of these characters, as ranges.
    Set(Vec<(char, char)>),
    /// This character, in either case.
    Just(char),
}

impl Alias {
    /// The aliases of one list of `[paths]`, of which the first folder is the canonical one. A pattern that coverage.py
    /// refuses is left out. `root` is what relative patterns start from; nothing where paths are relative themselves.
    #[must_use]
    pub fn of_list(folders: &[String], root: Option<&str>) -> Vec<Self> {
        let Some((canonical, patterns)) = folders.split_first() else { return Vec::new() };
        let separator = if canonical.contains('\\') && !canonical.contains('/') { '\\' } else { '/' };
        let canonical = format!("{}{separator}", canonical.trim_end_matches(['/', '\\']));
        let alias = |pattern: &String| {
            let pattern = tokens(&whole(pattern, root)?)?;
            Some(Self { pattern, canonical: canonical.clone() })
        };
        patterns.iter().filter_map(alias).collect()
    }

    /// The path below the canonical folder, with forward slashes, if it lies below this one.
    #[must_use]
    pub fn apply(&self, path: &str) -> Option<String> {
        let text: Vec<char> = path.chars().collect();
        let mut steps = STEPS;
        let end = ends(&self.pattern, &text, 0, &mut steps)?;
        let rest: String = text.get(end..)?.iter().collect();
        Some(format!("{}{rest}", self.canonical).replace('\\', "/"))
    }
}

/// The pattern with everything that coverage.py adds to it; nothing for one that it refuses.
fn whole(pattern: &str, root: Option<&str>) -> Option<String> {
    let bare = if pattern.len() > 1 { pattern.trim_end_matches(['/', '\\']) } else { pattern };
    if bare.ends_with('*') {
        return None;
    }
    let bare = bare.replace('\\', "/");
    let has_drive = bare.get(1..2) == Some(":") && matches!(bare.get(2..3), Some("/") | None);
    let is_fixed = bare.starts_with(['*', '/']) || has_drive;
    let bare = match root {
        Some(root) if !is_fixed => {
            let parts = bare.split('/').filter(|part| !matches!(*part, "" | "."));
            parts.fold(root.trim_end_matches('/').to_owned(), |whole, part| match part {
                ".." => whole.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned()),
                part => format!("{whole}/{part}"),
            })
        }
        _ => bare,
    };
    Some(if bare.ends_with('/') { bare } else { format!("{bare}/") })
}

/// The tokens of a pattern; nothing for one that coverage.py refuses.
fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let stars = rest.len() - rest.trim_start_matches('*').len();
        let after = rest.get(stars..).unwrap_or_default();
        let is_start = found.is_empty() || found.last() == Some(&Token::Slash);
        let (token, length) = match c {
            '*' if stars > 2 || (stars == 2 && !(is_start && after.starts_with('/'))) => return None,
            '*' if after.starts_with('/') && (stars == 2 || found.is_empty()) => {
                if after.starts_with("/**") && stars == 2 {
                    return None;
                }
                (Token::Folders, stars + 1)
            }
            '*' => (Token::Star, 1),
            '/' => (Token::Slash, 1),
            '?' => (Token::One, 1),
            '[' => {
                let end = rest.find(']')?;
                (Token::Set(set(rest.get(1..end)?)), end + 1)
            }
            ']' => return None,
            c => (Token::Just(lower(c)), c.len_utf8()),
        };
        found.push(token);
        rest = rest.get(length..)?;
    }
    Some(found)
}

/// The ranges of `a-f_`.
fn set(inside: &str) -> Vec<(char, char)> {
    let all: Vec<char> = inside.chars().map(lower).collect();
    let (mut ranges, mut rest) = (Vec::new(), all.as_slice());
    loop {
        match rest {
            [first, '-', last, left @ ..] => {
                ranges.push((*first, *last));
                rest = left;
            }
            [one, left @ ..] => {
                ranges.push((*one, *one));
                rest = left;
            }
            [] => return ranges,
        }
    }
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Where a match of `pattern` that begins at `at` ends. Stars take as much as they can.
fn ends(pattern: &[Token], text: &[char], at: usize, steps: &mut usize) -> Option<usize> {
    *steps = steps.checked_sub(1)?;
    let Some((token, pattern)) = pattern.split_first() else { return Some(at) };
    let is_slash = |c: char| matches!(c, '/' | '\\');
    let next = text.get(at).copied();
    let one = |fits: bool, steps: &mut usize| if fits { ends(pattern, text, at + 1, steps) } else { None };
    match token {
        Token::Slash => one(next.is_some_and(is_slash), steps),
        Token::One => one(next.is_some_and(|c| !is_slash(c)), steps),
        Token::Just(c) => one(next.is_some_and(|next| lower(next) == *c), steps),
        Token::Set(ranges) => {
            let holds = |c: char| ranges.iter().any(|(first, last)| (*first..=*last).contains(&lower(c)));
            one(next.is_some_and(holds), steps)
        }
        Token::Star => {
            let most = text.get(at..)?.iter().take_while(|c| !is_slash(**c)).count();
            (0..=most).rev().find_map(|length| ends(pattern, text, at + length, steps))
        }
        Token::Folders => {
            let slashes = (at..text.len()).rev().filter(|&place| text.get(place).copied().is_some_and(is_slash));
            slashes.map(|place| place + 1).chain([at]).find_map(|start| ends(pattern, text, start, steps))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Alias;

    fn check(folders: &[&str], path: &str, expect: Option<&str>) {
        let folders: Vec<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
        let aliases = Alias::of_list(&folders, Some("/home/me/shop"));
        let found = aliases.iter().find_map(|alias| alias.apply(path));
        assert_eq!(found.as_deref(), expect, "{folders:?} on {path}");
    }

    #[test]
    fn folders_are_matched_as_coverage_py_matches_them() {
        check(&["src/", "/app/src"], "/app/src/shop/a.py", Some("src/shop/a.py"));
        check(&["src", "/APP/src/"], "/app/Src/shop/a.py", Some("src/shop/a.py"));
        check(&["src/", "/app/src"], "/app/src2/a.py", None);
        check(&["src/", "*/site-packages"], "/v/lib/python3/site-packages/shop/a.py", Some("src/shop/a.py"));
        check(&["src/", "**/src"], "/a/src/b/src/a.py", Some("src/a.py"));
        check(&["src/", "/builds/*/shop"], "/builds/17/shop/a.py", Some("src/a.py"));
        check(&["src/", "/builds/*/shop"], "/builds/17/x/shop/a.py", None);
        check(&["src/", "/jenkins/build-[0-9]?/src"], "/jenkins/build-7x/src/a.py", Some("src/a.py"));
        check(&["src/", "c:\\ci\\src"], "C:\\ci\\src\\shop\\a.py", Some("src/shop/a.py"));
        check(&["src/", "build/lib"], "/home/me/shop/build/lib/a.py", Some("src/a.py"));
        check(&["src/", "../other"], "/home/me/other/a.py", Some("src/a.py"));
        check(&["/home/me/shop/src", "/app"], "/app/a.py", Some("/home/me/shop/src/a.py"));
    }

    #[test]
    fn what_coverage_py_refuses_matches_nothing() {
        for pattern in ["/app/*", "/a***/b", "/a**/b", "/**b/c", "/a]/b", "/a[/b"] {
            check(&["src/", pattern], "/app/b/c/a.py", None);
        }
        check(&["src/"], "/app/a.py", None);
        let stars = format!("/{}x", "*a".repeat(40));
        check(&["src/", &stars], &format!("/{}/a.py", "a".repeat(200)), None);
    }
}
