//! Comments that leave a rule out: `# lacuna: ignore[rule] the reason`, on the line or on the `def` line of the test.

use super::finding::{ByRun, Finding};
use super::rule::{Family, Rule};
use super::source::Source;
use ruff_python_ast::token::TokenKind;
use ruff_text_size::Ranged;

/// One comment.
struct Ignore {
    line: u32,
    names: Vec<String>,
    has_reason: bool,
}

/// The comments of a source.
pub struct Ignores {
    all: Vec<Ignore>,
}

impl Ignores {
    /// Reads the comments.
    #[must_use]
    pub fn read(source: &Source<'_>) -> Self {
        let comments = source.syntax.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
        let all = comments.filter_map(|token| read(source.slice(token), source.syntax.line(token.start())));
        Self { all: all.collect() }
    }

    /// The findings that remain, with those about the comments themselves.
    #[must_use]
    pub fn apply(&self, source: &Source<'_>, found: Vec<Finding>) -> Vec<Finding> {
        let mut used = vec![false; self.all.len()];
        let mut left = Vec::new();
        for finding in found {
            let mut is_ignored = false;
            for (ignore, used) in self.all.iter().zip(&mut used) {
                let named = ignore.names.iter().any(|name| Rule::named(name).any(|rule| rule.id == finding.rule.id));
                if named && covers(source, ignore.line, &finding) {
                    (is_ignored, *used) = (true, true);
                }
            }
            if !is_ignored {
                left.push(finding);
            }
        }
        for (ignore, used) in self.all.iter().zip(used) {
            left.extend(ignore.about(source, used));
        }
        left
    }
}

/// Reads one comment.
fn read(comment: &str, line: u32) -> Option<Ignore> {
    let rest = comment.trim_start_matches('#').trim_start().strip_prefix("lacuna:")?.trim_start();
    let rest = rest.strip_prefix("ignore")?;
    let (names, reason) = match rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((names, reason)) => (names, reason),
        None => ("", rest),
    };
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let has_reason = reason.chars().filter(|c| c.is_alphanumeric()).count() > 1;
    Some(Ignore { line, names, has_reason })
}

/// Whether a comment stands on a finding's line, or on the `def` line of its test.
fn covers(source: &Source<'_>, line: u32, finding: &Finding) -> bool {
    let is_here = finding.line <= line && line <= finding.end;
    let case = source.tests.iter().find(|case| case.names == finding.test);
    let is_above = case.is_some_and(|case| {
        let last = case.def.body.first().map_or(case.line, |first| source.syntax.line(first.start()).saturating_sub(1));
        let def = source.syntax.line(case.def.name.start());
        def <= line && line <= last.max(def) && (line == def || is_of_signature(source, case.def, line))
    });
    is_here || is_above
}

/// Whether a line belongs to the signature, which may be of several lines.
fn is_of_signature(source: &Source<'_>, def: &ruff_python_ast::StmtFunctionDef, line: u32) -> bool {
    let end = def.returns.as_ref().map_or(def.parameters.end(), |returns| returns.end());
    line <= source.syntax.line(end)
}

impl Ignore {
    /// What is wrong with the comment itself.
    fn about(&self, source: &Source<'_>, used: bool) -> Vec<Finding> {
        let around = source.tests.iter().filter(|case| case.line <= self.line).max_by_key(|case| case.line);
        let within = around.filter(|case| self.line <= source.syntax.lines(case.def.range()).1);
        let test = within.map(|case| case.names.clone()).unwrap_or_default();
        let find = |id: &str, what: String| {
            let rule = Rule::find(id)?;
            Some(Finding { rule, line: self.line, end: self.line, test: test.clone(), what, by_run: ByRun::Nothing })
        };
        let unknown: Vec<&String> = self.names.iter().filter(|name| Rule::named(name).next().is_none()).collect();
        let mut found = Vec::new();
        if self.names.is_empty() {
            found.extend(find("unknown-ignore", "the comment names no rule".to_owned()));
        }
        found.extend(unknown.iter().filter_map(|name| find("unknown-ignore", format!("the comment names {name}"))));
        if !self.has_reason && !self.names.is_empty() {
            found.extend(find(
                "ignore-without-reason",
                format!("{} is left out without a reason", self.names.join(", ")),
            ));
        }
        // What is about comments can't be left out by one.
        let is_known = unknown.is_empty() && !self.names.is_empty();
        let is_own = self.names.iter().any(|name| Rule::named(name).any(|rule| rule.family == Family::Ignores));
        let is_of_runs = self.names.iter().any(|name| Rule::named(name).any(Rule::is_of_runs));
        if is_known && !used && !is_own && !is_of_runs {
            found.extend(find("unused-ignore", format!("{} is left out", self.names.join(", "))));
        }
        found
    }
}
