//! What a setting can hold.

use crate::base::without_password;
use std::fmt;

/// The value of one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Count(u64),
    /// A text.
    Text(String),
    /// The address of a server; it may hold a password, which is never shown.
    Address(String),
    /// Several texts in order.
    Texts(Vec<String>),
    /// On or off.
    Switch(bool),
    /// Names, each with several texts, in order: layers with their globs, actions with their keys.
    Named(Vec<(String, Vec<String>)>),
}

impl fmt::Display for Value {
    /// The value as TOML writes it; that of an address without its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Switch(on) => write!(f, "{on}"),
            Self::Text(text) => write!(f, "{}", Quoted(text)),
            Self::Address(address) => write!(f, "{}", Quoted(&without_password(address))),
            Self::Texts(texts) => write_texts(f, texts),
            Self::Named(rows) => {
                f.write_str("{")?;
                for (at, (name, texts)) in rows.iter().enumerate() {
                    write!(f, "{}{} = ", if at == 0 { " " } else { ", " }, Key(name))?;
                    write_texts(f, texts)?;
                }
                f.write_str(if rows.is_empty() { "}" } else { " }" })
            }
        }
    }
}

fn write_texts(f: &mut fmt::Formatter<'_>, texts: &[String]) -> fmt::Result {
    f.write_str("[")?;
    for (at, text) in texts.iter().enumerate() {
        write!(f, "{}{}", if at == 0 { "" } else { ", " }, Quoted(text))?;
    }
    f.write_str("]")
}

/// A key: bare where TOML allows it.
struct Key<'a>(&'a str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = !self.0.is_empty() && self.0.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        if bare { f.write_str(self.0) } else { write!(f, "{}", Quoted(self.0)) }
    }
}

/// A basic string.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c.is_control() => write!(f, "\\u{:04X}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}
