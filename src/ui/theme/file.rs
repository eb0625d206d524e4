//! Theme files: a palette of colours, and roles that use them.

use crate::base::Problem;
use crate::ui::theme::Role;
use crate::ui::theme::colour::Shade;
use ratatui::style::Modifier;
use std::collections::HashMap;

/// How a role looks, before the depth of the terminal is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Look {
    /// Colour of the text.
    pub fg: Option<Shade>,
    /// Colour behind the text.
    pub bg: Option<Shade>,
    /// Attributes.
    pub modifiers: Modifier,
}

/// A theme file as it was read.
#[derive(Clone, Debug, Default)]
pub struct ThemeFile {
    /// The theme that it starts from.
    pub inherits: Option<String>,
    /// Colours by name.
    pub palette: HashMap<String, Shade>,
    /// Roles that it says something about, as they are written.
    roles: Vec<(String, toml::Value)>,
}

impl ThemeFile {
    /// Reads a theme file. What makes no sense is left out and named.
    #[must_use]
    pub fn read(text: &str, origin: &str) -> (Self, Vec<Problem>) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                let what = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
                return (Self::default(), vec![Problem::warning(origin, what)]);
            }
        };
        let (mut file, mut problems) = (Self::default(), Vec::new());
        for (key, value) in table {
            match (key.as_str(), value) {
                ("inherits", toml::Value::String(name)) => file.inherits = Some(name),
                ("palette", toml::Value::Table(colours)) => file.read_palette(colours, origin, &mut problems),
                ("roles", toml::Value::Table(roles)) => flatten("", roles, &mut file.roles),
                (key, _) => problems.push(
                    Problem::warning(origin, format!("`{key}` means nothing here"))
                        .hint("a theme has `inherits`, `[palette]` and `[roles]`"),
                ),
            }
        }
        (file, problems)
    }

    fn read_palette(&mut self, colours: toml::Table, origin: &str, problems: &mut Vec<Problem>) {
        for (name, value) in colours {
            let shade = match &value {
                toml::Value::String(text) => Shade::parse(text),
                toml::Value::Array(pair) => match pair.as_slice() {
                    [toml::Value::String(exact), toml::Value::String(named)] => {
                        Shade::parse(exact).and_then(|exact| Some(Shade { named: Shade::parse(named)?.named, ..exact }))
                    }
                    _ => None,
                },
                _ => None,
            };
            match shade {
                Some(shade) => {
                    self.palette.insert(name, shade);
                }
                None => problems.push(Problem::warning(origin, format!("`{name} = {value}` is no colour")).hint(
                    "a colour is `#rrggbb`, a name such as `bright-red`, `default`, or `[\"#rrggbb\", \"red\"]`",
                )),
            }
        }
    }

    /// Lays the roles of this file over `looks`, with the colours of `palette`.
    pub fn apply(
        &self,
        palette: &HashMap<String, Shade>,
        looks: &mut HashMap<String, Look>,
        origin: &str,
        problems: &mut Vec<Problem>,
    ) {
        for (name, value) in &self.roles {
            if !Role::ALL.iter().any(|role| role.name() == name || role.name().starts_with(&format!("{name}."))) {
                problems.push(Problem::warning(origin, format!("there is no role `{name}`")));
                continue;
            }
            match look(value, palette) {
                Ok(look) => {
                    looks.insert(name.clone(), look);
                }
                Err(what) => problems.push(Problem::warning(origin, format!("{name}: {what}"))),
            }
        }
    }
}

/// Roles may be written `line.missed = …` or in a table `[roles.line]`; the role `line` itself is then `self`.
fn flatten(prefix: &str, table: toml::Table, out: &mut Vec<(String, toml::Value)>) {
    for (key, value) in table {
        let name = match (prefix, key.as_str()) {
            ("", key) => key.to_owned(),
            (prefix, "self") => prefix.to_owned(),
            (prefix, key) => format!("{prefix}.{key}"),
        };
        match value {
            toml::Value::Table(inner) if !is_look(&inner) => flatten(&name, inner, out),
            value => out.push((name, value)),
        }
    }
}

fn is_look(table: &toml::Table) -> bool {
    table.keys().any(|key| matches!(key.as_str(), "fg" | "bg" | "modifiers"))
}

fn look(value: &toml::Value, palette: &HashMap<String, Shade>) -> Result<Look, String> {
    let shade = |value: &toml::Value| {
        let text = value.as_str().ok_or_else(|| format!("`{value}` is no colour"))?;
        palette.get(text).copied().or_else(|| Shade::parse(text)).ok_or_else(|| format!("`{text}` is no colour"))
    };
    let toml::Value::Table(table) = value else {
        return Ok(Look { fg: Some(shade(value)?), ..Look::default() });
    };
    let mut look = Look::default();
    for (key, value) in table {
        match key.as_str() {
            "fg" => look.fg = Some(shade(value)?),
            "bg" => look.bg = Some(shade(value)?),
            "modifiers" => {
                for name in value.as_array().into_iter().flatten() {
                    look.modifiers |= modifier(name.as_str().unwrap_or_default())?;
                }
            }
            key => return Err(format!("`{key}` means nothing here; a role has `fg`, `bg` and `modifiers`")),
        }
    }
    Ok(look)
}

fn modifier(name: &str) -> Result<Modifier, String> {
    Ok(match name {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underline" => Modifier::UNDERLINED,
        "reverse" => Modifier::REVERSED,
        _ => return Err(format!("`{name}` is no modifier: bold, dim, italic, underline, reverse")),
    })
}
