//! The settings in force: defaults, the user's file, the project's file, the command line; the later one wins.

use super::Value;
use super::read;
use super::setting::{SETTINGS, Setting};
use crate::base::{Clean, Digest, Glob, Problem, without_password};
use crate::domain::triage::Layer;
use std::collections::BTreeMap;
use std::fmt;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The table of settings.
    Default,
    /// A line of a file, by the file's shown name.
    File(String, usize),
    /// An option of the command line.
    Option(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(file, line) => write!(f, "{}:{line}", Clean::line(file)),
            Self::Option(option) => f.write_str(option),
        }
    }
}

/// A text that holds settings.
#[derive(Clone, Debug)]
pub struct Text {
    /// The file's name, as it is shown.
    pub origin: String,
    /// The table with the settings (`tool.lacuna`); empty for the whole text.
    pub within: &'static str,
    /// Whether it lies in the project: what it names is not started before the project is trusted.
    pub of_project: bool,
    /// The text itself.
    pub text: String,
}

/// One setting in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
    /// Whether a file of the project gave it.
    pub of_project: bool,
}

/// Every setting with its value and origin. Each key of [`SETTINGS`] is always there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    entries: BTreeMap<&'static str, Entry>,
}

impl Default for Config {
    fn default() -> Self {
        Self::load(&[]).0
    }
}

impl Config {
    /// The settings of `texts`, later ones over earlier ones, over the defaults. Whatever is wrong in a text becomes a
    /// problem with its line, and everything else still counts.
    #[must_use]
    pub fn load(texts: &[Text]) -> (Self, Vec<Problem>) {
        let defaults = SETTINGS.iter().map(|setting| {
            let entry = Entry { value: setting.default_value(), origin: Origin::Default, of_project: false };
            (setting.key, entry)
        });
        let mut config = Self { entries: defaults.collect() };
        let mut problems = Vec::new();
        for text in texts {
            let (found, wrong) = read::settings(&text.text, &text.origin, text.within);
            problems.extend(wrong);
            for found in found {
                let origin = Origin::File(text.origin.clone(), found.line);
                config.put(found.key, Entry { value: found.value, origin, of_project: text.of_project });
            }
        }
        problems.extend(config.bad_globs());
        problems.extend(config.open_secrets());
        (config, problems)
    }

    /// Puts an option of the command line over everything else.
    pub fn set(&mut self, key: &'static str, value: Value, option: &'static str) {
        if Setting::find(key).is_some() {
            self.put(key, Entry { value, origin: Origin::Option(option), of_project: false });
        }
    }

    fn put(&mut self, key: &'static str, entry: Entry) {
        self.entries.insert(key, entry);
    }

    /// Every setting with its row, in the table's order.
    pub fn entries(&self) -> impl Iterator<Item = (&'static Setting, &Entry)> {
        SETTINGS.iter().filter_map(|setting| self.entries.get(setting.key).map(|entry| (setting, entry)))
    }

    /// The identity of all values by which files of the project make lacuna start programs: what consent is bound to.
    #[must_use]
    pub fn commanding(&self) -> Digest {
        let mut text = String::new();
        for (setting, entry) in self.entries().filter(|(setting, entry)| setting.commands && entry.of_project) {
            text.push_str(&format!("{} = {}\n", setting.key, entry.value));
        }
        Digest::of(text.as_bytes())
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// A text setting; nothing when it is empty.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.value(key) {
            Some(Value::Text(text) | Value::Address(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Where the value of a setting came from.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// A list setting.
    #[must_use]
    pub fn texts(&self, key: &str) -> &[String] {
        match self.value(key) {
            Some(Value::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// A number setting.
    #[must_use]
    pub fn count(&self, key: &str) -> usize {
        match self.value(key) {
            Some(Value::Count(count)) => usize::try_from(*count).unwrap_or(usize::MAX),
            _ => 0,
        }
    }

    /// A switch setting.
    #[must_use]
    pub fn switch(&self, key: &str) -> bool {
        matches!(self.value(key), Some(Value::Switch(true)))
    }

    /// A setting of names with texts.
    #[must_use]
    pub fn named(&self, key: &str) -> &[(String, Vec<String>)] {
        match self.value(key) {
            Some(Value::Named(rows)) => rows,
            _ => &[],
        }
    }

    /// The layers in the order of triage.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        self.named("layers")
            .iter()
            .map(|(name, globs)| Layer {
                name: name.clone(),
                globs: globs.iter().filter_map(|glob| Glob::new(glob).ok()).collect(),
            })
            .collect()
    }

    /// Passwords that stand in files of the project.
    fn open_secrets(&self) -> Vec<Problem> {
        let given = self.entries.values().filter(|entry| entry.of_project);
        let is_secret = |entry: &&Entry| match &entry.value {
            Value::Address(address) => without_password(address) != *address,
            _ => false,
        };
        let problem = |entry: &Entry| {
            let what = "holds a password, which everybody can read who has the project";
            Problem::warning(entry.origin.to_string(), what).hint("PGPASSWORD or ~/.pgpass can hold it instead")
        };
        given.filter(is_secret).map(problem).collect()
    }

    fn bad_globs(&self) -> Vec<Problem> {
        let origin = self.entries.get("layers").map_or_else(String::new, |entry| entry.origin.to_string());
        let globs = self.named("layers").iter().flat_map(|(_, globs)| globs);
        globs
            .filter_map(|glob| {
                let problem = Glob::new(glob).err()?;
                Some(Problem::warning(&origin, format!("a layer's glob is not well formed: {problem}")))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, Origin, Text};

    fn text(text: &str) -> Text {
        Text { origin: "lacuna.toml".to_owned(), within: "", of_project: true, text: text.to_owned() }
    }

    fn load(toml: &str) -> (Config, Vec<String>) {
        let (config, problems) = Config::load(&[text(toml)]);
        (config, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_defaults_are_those_of_the_strategy() {
        let config = Config::default();
        assert_eq!((config.count("batch.tests"), config.count("batch.commands")), (20, 3));
        let layers: Vec<_> = config.layers().into_iter().map(|layer| layer.name).collect();
        assert_eq!(layers, ["Views", "Serializers", "Models", "Utils", "Tasks"]);
    }

    #[test]
    fn an_unknown_key_names_its_line_and_its_neighbour() {
        let (config, problems) = load("theme = \"dark\"\n[batch]\ntest = 5\n");
        assert_eq!(problems, ["lacuna.toml:3: unknown setting batch.test (did you mean batch.tests?)"]);
        assert_eq!(config.text("theme"), Some("dark"));
    }

    #[test]
    fn a_wrong_value_keeps_the_default() {
        let (config, problems) = load("batch.tests = \"many\"\nbatch.commands = 0\n");
        assert_eq!(config.count("batch.tests"), 20);
        assert_eq!(config.count("batch.commands"), 3);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn broken_toml_is_one_problem_with_a_line() {
        let (config, problems) = load("theme = \"dark\"\nreports = [\n");
        assert_eq!(config, Config::default());
        assert!(problems.len() == 1 && problems[0].starts_with("lacuna.toml:"), "{problems:?}");
    }

    #[test]
    fn settings_of_a_pyproject_lie_in_their_table() {
        let toml = "[project]\nname = \"x\"\n[tool.lacuna]\ntheme = \"light\"\n";
        let source = Text { within: "tool.lacuna", ..text(toml) };
        let (config, problems) = Config::load(&[source]);
        assert!(problems.is_empty(), "{problems:?}");
        let entry = config.entries().find(|(setting, _)| setting.key == "theme").map(|(_, entry)| entry.origin.clone());
        assert_eq!(entry, Some(Origin::File("lacuna.toml".to_owned(), 4)));
    }

    #[test]
    fn layers_keep_the_order_of_the_file() {
        let (config, problems) = load("[layers]\nZebra = \"z/**\"\nApi = [\"api/**\", \"[\"]\n");
        let names: Vec<_> = config.layers().into_iter().map(|layer| (layer.name, layer.globs.len())).collect();
        assert_eq!(names, [("Zebra".to_owned(), 1), ("Api".to_owned(), 1)]);
        assert!(problems.iter().any(|problem| problem.contains("glob")), "{problems:?}");
    }

    #[test]
    fn what_a_project_may_start_changes_the_identity_that_was_consented_to() {
        let (plain, _) = load("theme = \"dark\"");
        let (with, _) = load("interpreter = \"./evil\"");
        assert_eq!(plain.commanding(), Config::default().commanding());
        assert_ne!(with.commanding(), plain.commanding());
    }

    #[test]
    fn an_address_may_stand_in_the_place_of_its_table_and_shows_no_password() {
        let (config, problems) = load("history = \"postgres://ann:s3cret@db/lacuna\"\n");
        let entry = config.entry("history.server").expect("the setting");
        assert_eq!(config.text("history.server"), Some("postgres://ann:s3cret@db/lacuna"));
        assert_eq!(entry.value.to_string(), "\"postgres://ann:***@db/lacuna\"");
        assert!(problems.len() == 1 && problems[0].starts_with("lacuna.toml:1: holds a password"), "{problems:?}");
        assert_ne!(config.commanding(), Config::default().commanding(), "a server is consented to");
        let (config, problems) = load("[history]\nserver = \"postgres://ann@db/lacuna\"\nkeep = \"26w\"\n");
        assert_eq!((config.text("history.keep"), problems), (Some("26w"), Vec::new()));
        let (_, problems) = load("history = 5\n");
        assert!(problems.len() == 1 && problems[0].contains("unknown setting history"), "{problems:?}");
    }
}
