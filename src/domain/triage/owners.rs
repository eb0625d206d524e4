//! Who owns which files: CODEOWNERS files, as GitHub and GitLab read them.

use crate::base::{Clean, Glob, RepoPath};

/// The places of such a file below the top of a repository; the first that is there counts.
pub const OWNER_FILES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// The owners of files. Of the rules of one section the last that matches a file counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Owners {
    sections: Vec<Section>,
}

/// The rules of one section; those before the first heading are a section without a name.
#[derive(Clone, Debug, Default, PartialEq)]
struct Section {
    name: String,
    /// Who owns what a rule without owners matches.
    default: Vec<Clean>,
    rules: Vec<Rule>,
}

/// One rule: which files, and whose they are.
#[derive(Clone, Debug, PartialEq)]
struct Rule {
    globs: Vec<Glob>,
    owners: Vec<Clean>,
}

impl Owners {
    /// Reads such a file. A line that is no rule is left out, as the servers leave it out.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut sections = vec![Section::default()];
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some((name, default)) = heading(line) {
                match sections.iter().position(|section| section.name.eq_ignore_ascii_case(&name)) {
                    // A section that comes again goes on.
                    Some(at) => {
                        let mut section = sections.remove(at);
                        section.default = if default.is_empty() { section.default } else { default };
                        sections.push(section);
                    }
                    None => sections.push(Section { name, default, rules: Vec::new() }),
                }
                continue;
            }
            if let (Some(section), Some(rule)) = (sections.last_mut(), rule(line)) {
                section.rules.push(rule);
            }
        }
        Self { sections }
    }

    /// The owners of a file, by its path from the top of the repository.
    #[must_use]
    pub fn of(&self, path: &RepoPath) -> Vec<Clean> {
        let mut found: Vec<Clean> = Vec::new();
        for section in &self.sections {
            let rule = section.rules.iter().rfind(|rule| rule.globs.iter().any(|glob| glob.matches(path)));
            let owners = rule.map(|rule| if rule.owners.is_empty() { &section.default } else { &rule.owners });
            for owner in owners.into_iter().flatten() {
                if !found.contains(owner) {
                    found.push(owner.clone());
                }
            }
        }
        found
    }
}

/// A section's heading with its default owners: `[Name][2] @owner`, `^[Name]`.
fn heading(line: &str) -> Option<(String, Vec<Clean>)> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, rest) = rest.split_once(']')?;
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((count, rest)) if count.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => rest,
    };
    let is_heading = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (is_heading && !name.trim().is_empty()).then(|| (name.trim().to_owned(), owners(rest)))
}

fn rule(line: &str) -> Option<Rule> {
    let (pattern, rest) = split(line);
    // Exceptions and character ranges are no part of the language: the servers leave such lines out.
    if pattern.starts_with('!') {
        return None;
    }
    Some(Rule { globs: globs(&pattern), owners: owners(rest) })
}

/// The pattern, in which `\ ` is a space, and what follows it.
fn split(line: &str) -> (String, &str) {
    let mut pattern = String::new();
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => pattern.extend(letters.next().map(|(_, next)| next)),
            letter if letter.is_whitespace() => return (pattern, line.get(at..).unwrap_or_default()),
            letter => pattern.push(letter),
        }
    }
    (pattern, "")
}

/// Names of people, teams and addresses, up to a comment.
fn owners(text: &str) -> Vec<Clean> {
    let words = text.split_whitespace().take_while(|word| !word.starts_with('#'));
    words.filter(|word| word.contains('@')).map(Clean::line).collect()
}

/// The globs of a pattern: one that has a slash before its end begins at the top, any other one anywhere; a folder means
/// all that is in it.
fn globs(pattern: &str) -> Vec<Glob> {
    let inner = pattern.trim_start_matches('/').trim_end_matches('/');
    let literal: String = inner.chars().fold(String::new(), |mut text, letter| {
        match letter {
            '[' | '{' | '}' | ']' => text.extend(['[', letter, ']']),
            letter => text.push(letter),
        }
        text
    });
    let is_anchored = pattern.starts_with('/') || inner.contains('/');
    let whole = if is_anchored || literal.starts_with("**/") { literal } else { format!("**/{literal}") };
    let mut texts = Vec::new();
    if !pattern.ends_with('/') {
        texts.push(whole.clone());
    }
    // `docs/*` means the files of the folder, and none below.
    if !(whole.ends_with("/**") || is_anchored && whole.ends_with("/*")) {
        texts.push(format!("{whole}/**"));
    }
    texts.iter().filter_map(|text| Glob::new(text).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::Owners;
    use crate::base::{Clean, RepoPath};

    fn check(text: &str, rows: &[(&str, &str)]) {
        let owners = Owners::read(text);
        for (path, expect) in rows {
            let found = owners.of(&RepoPath::new(path).unwrap());
            let found: Vec<&str> = found.iter().map(Clean::as_str).collect();
            assert_eq!(found.join(" "), *expect, "{path} by\n{text}");
        }
    }

    #[test]
    fn the_last_rule_that_matches_counts() {
        check("* @all\n*.py @py\ntests/ @qa\n", &[("a.txt", "@all"), ("x/a.py", "@py"), ("x/tests/a.py", "@qa")]);
        check("tests/ @qa\n* @all\n", &[("tests/a.py", "@all")]);
        check("* @all\n/tests/legacy/\n", &[("tests/legacy/a.py", ""), ("tests/a.py", "@all")]);
        check("", &[("a.py", "")]);
    }

    #[test]
    fn patterns_mean_what_the_servers_say_of_them() {
        check("apps/ @a\n", &[("apps/x.py", "@a"), ("deep/apps/y/x.py", "@a"), ("apps", "")]);
        check("/apps/ @a\n", &[("apps/x/y.py", "@a"), ("deep/apps/x.py", "")]);
        check("/apps @a\n", &[("apps/x.py", "@a"), ("apps", "@a"), ("appsx/x.py", "")]);
        check("docs/* @d\n", &[("docs/a.md", "@d"), ("docs/deep/a.md", ""), ("x/docs/a.md", "")]);
        check("**/logs @l\n", &[("logs/a", "@l"), ("x/y/logs/b/c", "@l")]);
        check("tests/**/test_api_*.py @a\n", &[("tests/x/test_api_a.py", "@a"), ("tests/test_api_b.py", "@a")]);
        check("test_?.py @t\n", &[("x/test_a.py", "@t"), ("x/test_ab.py", "")]);
        check("a[b].py @b\n", &[("a[b].py", "@b"), ("ab.py", "")]);
        check("with\\ space.py @s\n", &[("with space.py", "@s")]);
        check("!a.py @x\nb.py @y\n", &[("a.py", ""), ("b.py", "@y")]);
    }

    #[test]
    fn owners_are_people_teams_and_addresses_up_to_a_comment() {
        check("a.py @org/team ann@example.org nobody # @not\n", &[("a.py", "@org/team ann@example.org")]);
        check("# a.py @x\n\n   \n", &[("a.py", "")]);
    }

    #[test]
    fn sections_add_up_and_have_default_owners() {
        let text = "* @all\n[Tests][2] @qa\ntests/\n^[Docs]\n*.md @words\n[tests]\ntests/api/ @api\n";
        check(text, &[("tests/a.py", "@all @qa"), ("tests/api/a.py", "@all @api"), ("a.md", "@all @words")]);
    }
}
