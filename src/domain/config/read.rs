//! From TOML text to values, each with its line; what is wrong becomes a problem and the rest still counts.

use super::Value;
use super::setting::{Kind, SETTINGS, Setting, nearest};
use crate::base::Problem;
use toml::de::{DeTable, DeValue};

/// A value that a text gave, and the line it stands on.
pub(crate) struct Found {
    pub(crate) key: &'static str,
    pub(crate) value: Value,
    pub(crate) line: usize,
}

/// Reads the settings of one text. `within` names the table that holds them (`tool.lacuna`), empty for the whole text.
pub(crate) fn settings(text: &str, origin: &str, within: &str) -> (Vec<Found>, Vec<Problem>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let reader = Reader { text, origin, found: Vec::new(), problems: Vec::new() };
    if let Some(error) = errors.first() {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        let what = error.message().lines().next().unwrap_or("is no TOML").to_owned();
        let problem = Problem::error(format!("{origin}:{line}"), what)
            .hint("settings of this file are not used until it can be read");
        return (Vec::new(), vec![problem]);
    }
    let mut table = document.get_ref();
    for part in within.split('.').filter(|part| !part.is_empty()) {
        match table.iter().find(|(key, _)| key.get_ref() == part).map(|(_, value)| value.get_ref()) {
            Some(DeValue::Table(inner)) => table = inner,
            _ => return (Vec::new(), Vec::new()),
        }
    }
    let mut reader = reader;
    reader.table(table, "");
    (reader.found, reader.problems)
}

struct Reader<'a> {
    text: &'a str,
    origin: &'a str,
    found: Vec<Found>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, prefix: &str) {
        let mut rows: Vec<_> = table.iter().collect();
        rows.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in rows {
            let line = line_of(self.text, key.span().start);
            let name =
                if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
            let inner = format!("{name}.");
            match (Setting::find(&name), value.get_ref()) {
                (Some(setting), value) => self.setting(setting, value, line),
                (None, DeValue::Table(table)) if SETTINGS.iter().any(|setting| setting.key.starts_with(&inner)) => {
                    self.table(table, &name);
                }
                (None, DeValue::String(_)) if Setting::server_of(&name).is_some() => {
                    Setting::server_of(&name)
                        .into_iter()
                        .for_each(|setting| self.setting(setting, value.get_ref(), line));
                }
                _ => self.unknown(&name, line),
            }
        }
    }

    fn setting(&mut self, setting: &'static Setting, given: &DeValue<'_>, line: usize) {
        match value(setting.kind, given) {
            Some(value) => self.found.push(Found { key: setting.key, value, line }),
            None => self.problems.push(
                Problem::warning(
                    format!("{}:{line}", self.origin),
                    format!("{} wants {}, not {}", setting.key, setting.kind.wants(), given.type_str()),
                )
                .hint(format!("its default stays: {}", setting.default)),
            ),
        }
    }

    fn unknown(&mut self, name: &str, line: usize) {
        let hint = nearest(name, SETTINGS.iter().map(|setting| setting.key)).map_or_else(
            || "`lacuna config` prints every setting".to_owned(),
            |known| format!("did you mean {known}?"),
        );
        let problem = Problem::warning(format!("{}:{line}", self.origin), format!("unknown setting {name}"));
        self.problems.push(problem.hint(hint));
    }
}

/// The value of a kind from TOML; nothing when it is of another kind or out of bounds.
pub(crate) fn value(kind: Kind, given: &DeValue<'_>) -> Option<Value> {
    match kind {
        Kind::Count(least, most) => {
            let number = given.as_integer()?;
            let count = u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()?;
            (least..=most).contains(&count).then_some(Value::Count(count))
        }
        Kind::CountOrAuto(..) if given.as_str() == Some("auto") => Some(Value::Text("auto".to_owned())),
        Kind::CountOrAuto(least, most) => value(Kind::Count(least, most), given),
        Kind::Text => given.as_str().map(|text| Value::Text(text.to_owned())),
        Kind::Address => given.as_str().map(|text| Value::Address(text.to_owned())),
        Kind::Choice(words) => {
            given.as_str().filter(|text| words.contains(text)).map(|text| Value::Text(text.to_owned()))
        }
        Kind::Texts => texts(given).map(Value::Texts),
        Kind::Limit => limit(given).map(Value::Text),
        Kind::Switch => given.as_bool().map(Value::Switch),
        Kind::Named | Kind::Limits => {
            let one = |value: &DeValue<'_>| match limit(value) {
                Some(limit) if kind == Kind::Limits => Some(vec![limit]),
                _ => texts(value),
            };
            let mut rows: Vec<_> = given.as_table()?.iter().collect();
            rows.sort_by_key(|(key, _)| key.span().start);
            rows.into_iter()
                .map(|(key, value)| Some((key.get_ref().to_string(), one(value.get_ref())?)))
                .collect::<Option<Vec<_>>>()
                .map(Value::Named)
        }
    }
}

/// A number or a text, as it stands.
fn limit(given: &DeValue<'_>) -> Option<String> {
    match given {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

fn texts(given: &DeValue<'_>) -> Option<Vec<String>> {
    match given {
        DeValue::String(text) => Some(vec![text.to_string()]),
        DeValue::Array(items) => items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
