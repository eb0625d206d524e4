//! What every theme promises: a colour for every role, and text that can be read.

use crate::ui::{Depth, Role, Theme, ThemeText, themes};
use ratatui::style::Color;

/// Roles whose text is read.
fn is_read(role: Role) -> bool {
    !matches!(
        role,
        Role::Faint
            | Role::Border
            | Role::Rest
            | Role::Full
            | Role::Background
            | Role::Selected
            | Role::SelectedIdle
            | Role::MissedGround
            | Role::NewGround
    )
}

/// The luminance of a colour, as WCAG 2 has it.
fn luminance(colour: Color) -> f64 {
    let Color::Rgb(r, g, b) = colour else { panic!("{colour:?} is not exact") };
    let part = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
}

fn contrast(text: Color, ground: Color) -> f64 {
    let (a, b) = (luminance(text), luminance(ground));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn the_built_in_themes_are_whole() {
    for depth in [Depth::None, Depth::Sixteen, Depth::Fixed, Depth::True] {
        let (all, problems) = themes(&[], depth);
        assert_eq!(problems, []);
        assert_eq!(
            all.iter().map(|theme| theme.name.to_string()).collect::<Vec<_>>(),
            ["dark", "light", "high-contrast"]
        );
        for (theme, role) in all.iter().flat_map(|theme| Role::ALL.iter().map(move |role| (theme, *role))) {
            let style = theme.style(role);
            let painted = style.fg.is_some() || style.bg.is_some();
            assert_eq!(painted, depth != Depth::None, "{role:?} of {} at {depth:?}", theme.name);
        }
    }
}

#[test]
fn text_can_be_read_on_every_ground() {
    let (all, _) = themes(&[], Depth::True);
    for theme in &all {
        let grounds =
            [Role::Background, Role::Bar, Role::Selected, Role::SelectedIdle, Role::MissedGround, Role::NewGround];
        for (ground, role) in grounds.iter().flat_map(|ground| Role::ALL.iter().map(move |role| (*ground, *role))) {
            let Some(text) = theme.style(role).fg.filter(|_| is_read(role)) else { continue };
            let behind = theme.style(ground).bg.expect("a ground has a colour");
            let contrast = contrast(text, behind);
            assert!(contrast >= 4.5, "{role:?} on {ground:?} of {}: {contrast:.2}", theme.name);
        }
    }
}

#[test]
fn without_colours_attributes_tell_things_apart() {
    let (all, _) = themes(&[], Depth::None);
    let theme = &all[0];
    for (one, other) in [
        (Role::Selected, Role::Text),
        (Role::Missed, Role::Covered),
        (Role::BorderFocus, Role::Border),
        (Role::Failed, Role::Passed),
        (Role::Bar, Role::Text),
        (Role::Match, Role::Text),
    ] {
        assert_ne!(theme.style(one), theme.style(other), "{one:?} and {other:?}");
    }
}

fn own(name: &str, text: &str) -> (Vec<Theme>, Vec<String>) {
    let own = ThemeText { name: name.to_owned(), origin: format!("{name}.toml"), text: text.to_owned() };
    let (all, problems) = themes(&[own], Depth::True);
    (all, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn an_own_theme_stands_on_another_one() {
    let text = "inherits = 'light'\n[palette]\nred = '#010203'\n[roles]\nkey = 'red'\n'line.missed' = { fg = 'red', modifiers = ['bold'] }";
    let (all, problems) = own("mine", text);
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(all.len(), 4);
    let red = Some(Color::Rgb(1, 2, 3));
    assert_eq!(
        (all[3].style(Role::Key).fg, all[3].style(Role::Failed).fg),
        (red, red),
        "colours change what is inherited"
    );
    assert_eq!(all[3].style(Role::Text), all[1].style(Role::Text));
    let (all, problems) = own("dark", "inherits = 'dark'\n[roles]\nkey = '#010203'");
    assert_eq!((all.len(), problems), (3, Vec::new()));
    assert_eq!(all[0].style(Role::Key).fg, red);
}

#[test]
fn nonsense_in_a_theme_is_named_and_the_rest_holds() {
    let check = |text: &str, expect: &str| {
        let (all, problems) = own("mine", text);
        assert_eq!(all.len(), 4);
        assert!(all[3].style(Role::Text).fg.is_some());
        assert!(problems.iter().any(|problem| problem.contains(expect)), "{problems:?} says {expect}");
    };
    check("[roles]\nkeys = 'red'", "no role `keys`");
    check("[roles]\nkey = 'reddish'", "`reddish` is no colour");
    check("[palette]\nred = 5", "no colour");
    check("[roles]\nkey = { fg = 'red', modifiers = ['blink'] }", "`blink` is no modifier");
    check("inherits = 'sunset'", "no theme `sunset`");
    check("colour = 'red'", "`colour` means nothing here");
    check("[roles", "mine.toml");
    check("inherits = 'mine'", "no theme `mine`");
}
