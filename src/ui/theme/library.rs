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

/// A theme file with where it came from.
struct Source<'a> {
    text: &'a ThemeText,
    file: ThemeFile,
}

/// All themes at a depth: those in the binary, then a person's own; one of the same name takes the place of the one
/// in the binary, and may inherit from it. What makes no sense in a file is left out and named.
#[must_use]
pub fn themes(own: &[ThemeText], depth: Depth) -> (Vec<Theme>, Vec<Problem>) {
    let built_in = BUILT_IN.map(|(name, text)| ThemeText {
        name: name.to_owned(),
        origin: format!("themes/{name}.toml"),
        text: text.to_owned(),
    });
    let mut problems = Vec::new();
    // Own ones stand first, so that a name means the own theme.
    let mut sources: Vec<Source<'_>> = Vec::new();
    for text in own.iter().chain(&built_in) {
        let (file, found) = ThemeFile::read(&text.text, &text.origin);
        problems.extend(found);
        sources.push(Source { text, file });
    }
    let (owns, _) = sources.split_at(own.len());
    let mut all: Vec<Theme> = Vec::new();
    for text in &built_in {
        let named = sources.iter().find(|source| source.text.name == text.name);
        all.extend(named.map(|source| build(source, &sources, depth, &mut problems)));
    }
    for source in owns.iter().filter(|source| built_in.iter().all(|known| known.name != source.text.name)) {
        all.push(build(source, &sources, depth, &mut problems));
    }
    (all, problems)
}

/// One theme with everything that it inherits. Each stands on the first theme in the binary at last, so that none
/// lacks a role.
fn build(source: &Source<'_>, all: &[Source<'_>], depth: Depth, problems: &mut Vec<Problem>) -> Theme {
    let mut chain = vec![source];
    let is_new = |chain: &[&Source<'_>], other: &Source<'_>| chain.iter().all(|link| !std::ptr::eq(*link, other));
    while let Some(name) = chain.last().and_then(|link| link.file.inherits.as_ref()) {
        match all.iter().find(|other| other.text.name == *name && is_new(&chain, other)) {
            Some(wider) => chain.push(wider),
            None => {
                let what = format!("there is no theme `{name}` to inherit from");
                problems.push(Problem::warning(&source.text.origin, what));
                break;
            }
        }
    }
    let base = all.iter().rfind(|other| other.text.name == BUILT_IN[0].0);
    chain.extend(base.filter(|base| is_new(&chain, base)));
    let mut palette = HashMap::new();
    chain.iter().rev().for_each(|link| palette.extend(link.file.palette.clone()));
    let mut looks = HashMap::new();
    for link in chain.iter().rev() {
        let mut found = Vec::new();
        link.file.apply(&palette, &mut looks, &link.text.origin, &mut found);
        if std::ptr::eq(*link, source) {
            problems.extend(found);
        }
    }
    Theme::new(&source.text.name, &looks, depth)
}
