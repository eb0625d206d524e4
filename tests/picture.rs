//! A picture of the screen as SVG, from the cells that the real program painted.

use std::fmt::Write as _;
use vt100::{Cell, Color};

/// The width and height of a cell, in the picture's units.
const CELL: (f32, f32) = (8.4, 17.0);
/// The terminal's own colours where the program chose none.
const INK: &str = "#d8dee9";
const PAPER: &str = "#1b1e26";
/// The sixteen named colours.
const NAMED: [&str; 16] = [
    "#2e3440", "#d0616a", "#8fbc78", "#e0b569", "#6f9fd8", "#b48ead", "#7fbfc7", "#d8dee9", "#5b6578", "#e58b93",
    "#b3d6a0", "#f0cf8e", "#94bbe9", "#cbaac6", "#a3d4da", "#f4f6fa",
];

/// The screen as an SVG document.
pub fn svg(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (f32::from(columns) * CELL.0 + 16.0, f32::from(rows) * CELL.1 + 16.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" \
         font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{PAPER}\"/>\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            column += stretch(screen, row, column, columns, &mut out);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Writes the cells from `column` on that look alike; returns how many they were.
fn stretch(screen: &vt100::Screen, row: u16, column: u16, columns: u16, out: &mut String) -> u16 {
    let look = |at: u16| screen.cell(row, at).map(look_of);
    let first = look(column);
    let mut count = 1;
    while column + count < columns && look(column + count) == first {
        count += 1;
    }
    let Some((ink, paper, bold, dim)) = first else { return count };
    let x = 8.0 + f32::from(column) * CELL.0;
    let y = 8.0 + f32::from(row) * CELL.1;
    let length = f32::from(count) * CELL.0;
    if paper != PAPER {
        writeln!(out, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{}\" fill=\"{paper}\"/>", CELL.1)
            .unwrap();
    }
    let text: String = (column..column + count)
        .filter_map(|at| screen.cell(row, at))
        .filter(|cell| !cell.is_wide_continuation())
        .map(|cell| if cell.has_contents() { cell.contents().to_owned() } else { " ".to_owned() })
        .collect();
    if !text.trim().is_empty() {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace(' ', "\u{a0}");
        let weight = if bold { " font-weight=\"bold\"" } else { "" };
        let faint = if dim { " opacity=\"0.6\"" } else { "" };
        let base = y + 13.0;
        writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{base:.1}\" fill=\"{ink}\"{weight}{faint} textLength=\"{length:.1}\" \
             lengthAdjust=\"spacingAndGlyphs\">{text}</text>"
        )
        .unwrap();
    }
    count
}

fn look_of(cell: &Cell) -> (String, String, bool, bool) {
    let ink = colour(cell.fgcolor(), INK);
    let paper = colour(cell.bgcolor(), PAPER);
    if cell.inverse() { (paper, ink, cell.bold(), cell.dim()) } else { (ink, paper, cell.bold(), cell.dim()) }
}

fn colour(colour: Color, usual: &str) -> String {
    match colour {
        Color::Default => usual.to_owned(),
        Color::Idx(number @ 0..=15) => NAMED[usize::from(number)].to_owned(),
        Color::Idx(number @ 16..=231) => {
            let part = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let number = number - 16;
            format!("#{:02x}{:02x}{:02x}", part(number / 36), part(number / 6 % 6), part(number % 6))
        }
        Color::Idx(number) => {
            let grey = 8 + 10 * (number - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}
