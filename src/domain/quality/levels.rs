//! How much each rule matters in a project: the table's own levels, changed by the settings.

use super::rule::{LEVELS, Level, RULES, Rule};
use crate::base::Problem;
use std::collections::BTreeMap;

/// The level of each rule.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    changed: BTreeMap<&'static str, Level>,
}

impl Levels {
    /// The levels by the rows of a setting: a rule or a family, and a word. A rule's own row counts before its family's.
    /// What names no rule or no level becomes a problem with that origin, and the rest still counts.
    #[must_use]
    pub fn read(rows: &[(String, Vec<String>)], origin: &str) -> (Self, Vec<Problem>) {
        let (mut levels, mut problems) = (Self::default(), Vec::new());
        let is_family = |name: &str| Rule::find(name).is_none();
        let ordered = rows.iter().filter(|row| is_family(&row.0)).chain(rows.iter().filter(|row| !is_family(&row.0)));
        for (name, words) in ordered {
            let mut rules = Rule::named(name).peekable();
            if rules.peek().is_none() {
                let problem = Problem::warning(origin, format!("check.rules: there is no rule {name}"));
                problems.push(problem.hint(hint(name)));
                continue;
            }
            match words.as_slice() {
                [word] if Level::of(word).is_some() => {
                    let level = Level::of(word).unwrap_or(Level::Off);
                    levels.changed.extend(rules.map(|rule| (rule.id, level)));
                }
                _ => {
                    let known = LEVELS.map(Level::word).join(", ");
                    let problem = Problem::warning(origin, format!("check.rules: {name} wants one of {known}"));
                    problems.push(problem.hint("its own level stays"));
                }
            }
        }
        (levels, problems)
    }

    /// The level of a rule.
    #[must_use]
    pub fn of(&self, rule: &Rule) -> Level {
        self.changed.get(rule.id).copied().unwrap_or(rule.level)
    }
}

/// The rule that was most likely meant: the one with most of the words.
fn hint(name: &str) -> String {
    let words = |text: &str| text.split('-').map(str::to_owned).collect::<Vec<_>>();
    let given = words(name);
    let shared = |rule: &&Rule| words(rule.id).iter().filter(|word| given.contains(word)).count();
    let best = RULES.iter().max_by_key(shared).filter(|rule| shared(rule) > 0);
    best.map_or_else(
        || "`lacuna check --rules` lists them".to_owned(),
        |rule| format!("did you mean {}? `lacuna check --rules` lists them", rule.id),
    )
}

#[cfg(test)]
mod tests {
    use super::{Level, Levels, Rule};

    fn read(rows: &[(&str, &str)]) -> (Levels, Vec<String>) {
        let rows: Vec<_> = rows.iter().map(|(name, word)| ((*name).to_owned(), vec![(*word).to_owned()])).collect();
        let (levels, problems) = Levels::read(&rows, "lacuna.toml:3");
        (levels, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_rule_counts_before_its_family() {
        let (levels, problems) = read(&[("real-sleep", "error"), ("determinism", "off")]);
        let of = |id: &str| Rule::find(id).map(|rule| levels.of(rule));
        assert_eq!(of("real-sleep"), Some(Level::Error));
        assert_eq!(of("real-clock"), Some(Level::Off));
        assert_eq!(of("no-assertion"), Some(Level::Error));
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn what_is_no_rule_or_no_level_is_said_and_the_rest_counts() {
        let (levels, problems) = read(&[("real-time", "error"), ("real-sleep", "fatal"), ("vague-name", "off")]);
        assert_eq!(Rule::find("vague-name").map(|rule| levels.of(rule)), Some(Level::Off));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("lacuna.toml:3: check.rules: there is no rule real-time (did you mean real-"));
        assert!(problems[1].contains("real-sleep wants one of off, advice, warning, error"));
    }
}
