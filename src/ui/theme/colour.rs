//! Colours: read from theme files, brought to the depth that the terminal has.

use crate::base::Ink;
use ratatui::style::Color;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Depth {
    /// None, or none wanted: attributes only.
    None,
    /// The sixteen that the terminal's own theme names.
    Sixteen,
    /// The fixed palette of 256.
    Fixed,
    /// Red, green and blue.
    #[default]
    True,
}

/// A colour of a palette: exact, and by name for terminals that have sixteen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shade {
    /// The exact colour; nothing for the terminal's own.
    pub rgb: Option<(u8, u8, u8)>,
    /// The name for terminals with sixteen colours; nothing for the terminal's own colour.
    pub named: Option<u8>,
}

/// The names of the sixteen colours.
const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

impl Shade {
    /// A shade from `#rrggbb`, the name of one of the sixteen, or `default`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self { rgb: None, named: None });
        }
        if let Some(named) = NAMES.iter().position(|name| *name == text) {
            let named = u8::try_from(named).ok()?;
            return Some(Self { rgb: Some(standard(named)), named: Some(named) });
        }
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let rgb = (part(0)?, part(2)?, part(4)?);
        Some(Self { rgb: Some(rgb), named: Some(nearest_named(rgb)) })
    }

    /// The colour at that depth.
    #[must_use]
    pub fn at(self, depth: Depth) -> Option<Color> {
        match depth {
            Depth::None => None,
            Depth::Sixteen => Some(self.named.map_or(Color::Reset, sixteen)),
            Depth::Fixed => Some(self.rgb.map_or(Color::Reset, |rgb| Color::Indexed(nearest_fixed(rgb)))),
            Depth::True => Some(self.rgb.map_or(Color::Reset, |(r, g, b)| Color::Rgb(r, g, b))),
        }
    }
}

/// The colour that captured output asked for, as far as the terminal has it.
#[must_use]
pub fn of_ink(ink: Ink, depth: Depth) -> Option<Color> {
    match (ink, depth) {
        (_, Depth::None) => None,
        (Ink::Named(number), _) => Some(sixteen(number)),
        (Ink::Fixed(number), Depth::Sixteen) => Some(sixteen(nearest_named(fixed(number)))),
        (Ink::Fixed(number), _) => Some(Color::Indexed(number)),
        (Ink::Rgb(r, g, b), Depth::True) => Some(Color::Rgb(r, g, b)),
        (Ink::Rgb(r, g, b), Depth::Fixed) => Some(Color::Indexed(nearest_fixed((r, g, b)))),
        (Ink::Rgb(r, g, b), _) => Some(sixteen(nearest_named((r, g, b)))),
    }
}

const fn sixteen(number: u8) -> Color {
    match number {
        0 => Color::Black,
        1 => Color::Red,
        2 => Color::Green,
        3 => Color::Yellow,
        4 => Color::Blue,
        5 => Color::Magenta,
        6 => Color::Cyan,
        7 => Color::Gray,
        8 => Color::DarkGray,
        9 => Color::LightRed,
        10 => Color::LightGreen,
        11 => Color::LightYellow,
        12 => Color::LightBlue,
        13 => Color::LightMagenta,
        14 => Color::LightCyan,
        _ => Color::White,
    }
}

/// The usual look of the sixteen.
const fn standard(number: u8) -> (u8, u8, u8) {
    match number {
        0 => (0, 0, 0),
        1 => (205, 0, 0),
        2 => (0, 205, 0),
        3 => (205, 205, 0),
        4 => (0, 0, 238),
        5 => (205, 0, 205),
        6 => (0, 205, 205),
        7 => (229, 229, 229),
        8 => (127, 127, 127),
        9 => (255, 0, 0),
        10 => (0, 255, 0),
        11 => (255, 255, 0),
        12 => (92, 92, 255),
        13 => (255, 0, 255),
        14 => (0, 255, 255),
        _ => (255, 255, 255),
    }
}

/// The six steps of the colour cube of the fixed palette.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The look of a colour of the fixed palette.
fn fixed(number: u8) -> (u8, u8, u8) {
    match number {
        0..16 => standard(number),
        16..232 => {
            let step = |at: u8| STEPS.get(usize::from(at % 6)).copied().unwrap_or(0);
            (step((number - 16) / 36), step((number - 16) / 6), step(number - 16))
        }
        232.. => {
            let grey = 8 + 10 * (number - 232);
            (grey, grey, grey)
        }
    }
}

fn distance((r, g, b): (u8, u8, u8), (x, y, z): (u8, u8, u8)) -> u32 {
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    2 * square(r, x) + 4 * square(g, y) + 3 * square(b, z)
}

fn nearest_fixed(rgb: (u8, u8, u8)) -> u8 {
    (16..=255).min_by_key(|number| distance(rgb, fixed(*number))).unwrap_or(15)
}

fn nearest_named(rgb: (u8, u8, u8)) -> u8 {
    (0..16).min_by_key(|number| distance(rgb, standard(*number))).unwrap_or(7)
}

#[cfg(test)]
mod tests {
    use super::{Depth, Shade, fixed, nearest_fixed};
    use ratatui::style::Color;

    #[test]
    fn a_colour_is_brought_to_every_depth() {
        let red = Shade::parse("#ff0000").unwrap();
        assert_eq!(red.at(Depth::True), Some(Color::Rgb(255, 0, 0)));
        assert_eq!(red.at(Depth::Fixed), Some(Color::Indexed(196)));
        assert_eq!(red.at(Depth::Sixteen), Some(Color::LightRed));
        assert_eq!(red.at(Depth::None), None);
        assert_eq!(Shade::parse("default").unwrap().at(Depth::True), Some(Color::Reset));
        assert_eq!(Shade::parse("#ff00"), None);
        assert_eq!(Shade::parse("reddish"), None);
    }

    #[test]
    fn colours_of_the_fixed_palette_are_themselves() {
        for number in 16..=255 {
            assert_eq!(fixed(nearest_fixed(fixed(number))), fixed(number));
        }
    }
}
