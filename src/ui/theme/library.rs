//! The themes there are: those in the binary, and a person's own.

use crate::base::{Clean, Paint, Problem};
use crate::ui::theme::colour::{Shade, of_ink};
use crate::ui::theme::file::{Look, ThemeFile};
use crate::ui::theme::{Depth, Role};
use ratatui::style::{Modifier, Style};
use std::collections::HashMap;

/// The text of a theme file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThemeText {
    /// The name of the theme.
    pub name: String,
    /// Where it was found.
    pub origin: String,
    /// What the file holds.
    pub text: String,
}

/// The themes in the binary; the first is the one to start with.
const BUILT_IN: [(&str, &str); 3] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
];

/// Colours and attributes of everything on the screen, at one depth. It has a style for every role.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Its name.
    pub name: Clean,
    depth: Depth,
    styles: Vec<Style>,
}

impl Default for Theme {
    fn default() -> Self {
        let (mut all, _) = themes(&[], Depth::default());
        all.swap_remove(0)
    }
}

impl Theme {
    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role.index()).copied().unwrap_or_default()
    }

    /// How many colours it uses.
    #[must_use]
    pub const fn depth(&self) -> Depth {
        self.depth
    }

    /// The style that captured output asked for, over that of plain text.
    #[must_use]
    pub fn painted(&self, paint: Paint) -> Style {
        let mut style = self.style(Role::Text);
        style.fg = paint.fg.and_then(|ink| of_ink(ink, self.depth)).or(style.fg);
        style.bg = paint.bg.and_then(|ink| of_ink(ink, self.depth)).or(style.bg);
        for (wanted, modifier) in [
            (paint.bold, Modifier::BOLD),
            (paint.dim, Modifier::DIM),
            (paint.italic, Modifier::ITALIC),
            (paint.underline, Modifier::UNDERLINED),
            (paint.reverse, Modifier::REVERSED),
        ] {
            if wanted {
                style = style.add_modifier(modifier);
            }
        }
        style
    }

    fn new(name: &str, looks: &HashMap<String, Look>, depth: Depth) -> Self {
        let style = |role: &Role| {
            let mut name = role.name();
            let look = loop {
                match (looks.get(name), name.rsplit_once('.')) {
                    (Some(look), _) => break *look,
                    (None, Some((wider, _))) => name = wider,
                    (None, None) => break looks.get("text").copied().unwrap_or_default(),
                }
            };
            if depth == Depth::None {
                return Style::default().add_modifier(role.plain());
            }
            let colour = |shade: Option<Shade>| shade.and_then(|shade| shade.at(depth));
            Style { fg: colour(look.fg), bg: colour(look.bg), ..Style::default() }.add_modifier(look.modifiers)
        };
        Self { name: Clean::line(name), depth, styles: Role::ALL.iter().map(style).collect() }
    }
}

/// All themes at a depth: those in the binary, then a person's own; one of the same name takes the place of the one
/// in the binary. What makes no sense in a file is left out and named.
#[must_use]
pub fn themes(own: &[ThemeText], depth: Depth) -> (Vec<Theme>, Vec<Problem>) {
    let mut problems = Vec::new();
    let built_in = BUILT_IN.map(|(name, text)| ThemeText {
        name: name.to_owned(),
        origin: format!("themes/{name}.toml"),
        text: text.to_owned(),
    });
    let mut files: Vec<(&ThemeText, ThemeFile)> = Vec::new();
    for source in built_in.iter().chain(own) {
        let (file, found) = ThemeFile::read(&source.text, &source.origin);
        problems.extend(found);
        match files
            .iter_mut()
            .find(|(known, _)| known.name == source.name && file.inherits.as_ref() != Some(&source.name))
        {
            Some(known) => *known = (source, file),
            None => files.push((source, file)),
        }
    }
    let built = files.iter().map(|(source, file)| build(source, file, &files, depth, &mut problems)).collect();
    (built, problems)
}

/// One theme with everything that it inherits.
fn build(
    source: &ThemeText,
    file: &ThemeFile,
    files: &[(&ThemeText, ThemeFile)],
    depth: Depth,
    problems: &mut Vec<Problem>,
) -> Theme {
    let mut chain = vec![(source, file)];
    let mut next = file.inherits.clone();
    while let Some(name) = next {
        match files.iter().find(|(known, _)| known.name == name) {
            Some((known, wider)) if chain.len() <= files.len() && !std::ptr::eq(*known, source) => {
                chain.push((*known, wider));
                next = wider.inherits.clone();
            }
            _ => {
                problems.push(Problem::warning(&source.origin, format!("there is no theme `{name}` to inherit from")));
                break;
            }
        }
    }
    // A theme that inherits nothing still has every role: it stands on the first one.
    if let Some((base, wider)) = files.first().filter(|_| file.inherits.is_none()) {
        if !std::ptr::eq(*base, source) {
            chain.push((*base, wider));
        }
    }
    let mut palette = HashMap::new();
    chain.iter().rev().for_each(|(_, file)| palette.extend(file.palette.clone()));
    let mut looks = HashMap::new();
    for (at, (link, file)) in chain.iter().enumerate().rev() {
        let mut found = Vec::new();
        file.apply(&palette, &mut looks, &link.origin, &mut found);
        if at == 0 {
            problems.extend(found);
        }
    }
    Theme::new(&source.name, &looks, depth)
}
