//! Charts as SVG within a page: coloured by classes of its style, so that both schemes and paper have their own.

use crate::domain::report::page::chart::percent;
use crate::domain::report::page::{Chart, Line, Share, Slot, Tone, html_text};
use std::fmt::Write as _;

/// The chart as one `svg` element, with its words for whoever does not see it.
pub(super) fn svg(chart: &Chart) -> String {
    let words = html_text(&chart.words());
    let (class, width, height, drawn) = match chart {
        Chart::Line(line) => ("line", 240.0, 56.0, line_path(line, 240.0, 56.0)),
        Chart::Share(share) => ("share", 160.0, 14.0, share_bar(share, 160.0, 14.0)),
        Chart::Strip(slots) => {
            let width = 9.0 * slots.len().max(1) as f64;
            ("strip", width, 18.0, strip(slots))
        }
        Chart::Pyramid(layers) => ("wide", 640.0, 34.0 * layers.len().max(1) as f64, pyramid(layers)),
        Chart::Parts(parts) => ("wide parts", 640.0, 22.0, whole(parts)),
        Chart::Rates(rates) => ("wide", 640.0, 44.0 * rates.len().max(1) as f64 + 22.0, intervals(rates)),
    };
    format!(
        "<svg class=\"{class}\" role=\"img\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" aria-label=\"{words}\"><title>{words}</title>{drawn}</svg>"
    )
}

/// A line with the area below it, and a dot on the last value.
fn line_path(line: &Line, width: f64, height: f64) -> String {
    let (least, most) = line.span();
    let (left, top, bottom) = (4.0, 6.0, height - 6.0);
    let step = (width - 12.0) / (line.values.len().saturating_sub(1).max(1)) as f64;
    let place = |(at, value): (usize, &f64)| {
        let part = if most > least { (value - least) / (most - least) } else { 0.5 };
        (left + step * at as f64, bottom - part * (bottom - top))
    };
    let places: Vec<(f64, f64)> = line.values.iter().enumerate().map(place).collect();
    let Some(&(x, y)) = places.last() else { return String::new() };
    let points = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    if places.len() > 1 {
        let _ = write!(out, "<polygon class=\"area\" points=\"{left:.1},{height} {points} {x:.1},{height}\"/>");
        let _ = write!(out, "<polyline class=\"stroke\" points=\"{points}\"/>");
    }
    let _ = write!(out, "<circle class=\"fill-{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>", dot(line.tone));
    out
}

/// The class of a dot: one that means nothing has the colour of the line.
const fn dot(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "accent",
        tone => tone.class(),
    }
}

fn share_bar(share: &Share, width: f64, height: f64) -> String {
    let full = width * share.part.clamp(0.0, 1.0);
    let open = width * share.open.clamp(0.0, 1.0 - share.part.clamp(0.0, 1.0));
    let mut out =
        format!("<rect class=\"track\" x=\"0\" y=\"3\" width=\"{width}\" height=\"{}\" rx=\"2\"/>", height - 6.0);
    let _ = write!(
        out,
        "<rect class=\"fill-{}\" x=\"0\" y=\"3\" width=\"{full:.1}\" height=\"{}\" rx=\"2\"/>",
        dot(share.tone),
        height - 6.0
    );
    if open > 0.0 {
        let _ = write!(
            out,
            "<rect class=\"open-part\" x=\"{full:.1}\" y=\"3\" width=\"{open:.1}\" height=\"{}\"/>",
            height - 6.0
        );
    }
    if let Some(target) = share.target {
        let x = (width * target.clamp(0.0, 1.0)).clamp(1.0, width - 1.0);
        let _ = write!(out, "<line class=\"target\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{height}\"/>");
    }
    out
}

/// Told apart by height as well as by colour: what failed is tall, what passed is low.
fn strip(slots: &[Slot]) -> String {
    let mut out = String::new();
    for (at, slot) in slots.iter().enumerate() {
        let x = 9.0 * at as f64;
        let _ = match slot {
            Slot::Passed => {
                write!(out, "<rect class=\"fill-good\" x=\"{x}\" y=\"11\" width=\"7\" height=\"6\" rx=\"1\"/>")
            }
            Slot::Failed => {
                write!(out, "<rect class=\"fill-bad\" x=\"{x}\" y=\"1\" width=\"7\" height=\"16\" rx=\"1\"/>")
            }
            Slot::Retried => write!(
                out,
                "<rect class=\"fill-bad\" x=\"{x}\" y=\"1\" width=\"7\" height=\"8\" rx=\"1\"/><rect class=\"fill-good\" x=\"{x}\" y=\"11\" width=\"7\" height=\"6\" rx=\"1\"/>"
            ),
            Slot::Quiet => write!(out, "<circle class=\"fill-muted\" cx=\"{}\" cy=\"14\" r=\"2\"/>", x + 3.5),
            Slot::Mark => write!(out, "<line class=\"target\" x1=\"{0}\" x2=\"{0}\" y1=\"0\" y2=\"18\"/>", x + 3.5),
        };
    }
    out
}

/// Layers of tests, the first at the bottom, each as wide as its number.
fn pyramid(layers: &[(String, u64)]) -> String {
    let most = layers.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1) as f64;
    let mut out = String::new();
    for (at, (name, count)) in layers.iter().rev().enumerate() {
        let y = 34.0 * at as f64;
        // A layer with a test is never drawn as one without.
        let width = if *count > 0 { (380.0 * *count as f64 / most).max(3.0) } else { 0.0 };
        let class = if *count > 0 { "fill-accent" } else { "track" };
        let (x, width) = if *count > 0 { (370.0 - width / 2.0, width) } else { (369.0, 2.0) };
        let _ = write!(
            out,
            "<text class=\"label\" x=\"0\" y=\"{:.0}\">{}</text><rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.0}\" width=\"{width:.1}\" height=\"24\" rx=\"3\"/><text class=\"value\" x=\"640\" y=\"{:.0}\" text-anchor=\"end\">{count}</text>",
            y + 22.0,
            html_text(name),
            y + 5.0,
            y + 22.0
        );
    }
    out
}

/// One bar of all parts, with gaps between them.
fn whole(parts: &[(String, u64, Tone)]) -> String {
    let all = parts.iter().map(|(_, count, _)| *count).sum::<u64>().max(1) as f64;
    let (mut x, mut out) = (0.0, String::new());
    for (_, count, tone) in parts.iter().filter(|(_, count, _)| *count > 0) {
        let width = 640.0 * *count as f64 / all;
        let class = if *tone == Tone::Plain { "muted" } else { tone.class() };
        let shown = (width - 2.0).max(2.0);
        // What failed is taller: it is seen without its colour.
        let (y, height) = if *tone == Tone::Bad { (0, 22) } else { (4, 14) };
        let _ = write!(
            out,
            "<rect class=\"fill-{class}\" x=\"{x:.1}\" y=\"{y}\" width=\"{shown:.1}\" height=\"{height}\" rx=\"2\"/>"
        );
        x += width;
    }
    out
}

/// Probabilities on one axis from nothing to all: a dot, and the bounds as a line.
fn intervals(rates: &[(String, [f64; 3])]) -> String {
    let x = |share: f64| 20.0 + 600.0 * share.clamp(0.0, 1.0);
    let bottom = 44.0 * rates.len() as f64;
    let mut out = String::new();
    for (share, words) in [(0.0, "0 %"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1.0, "100 %")] {
        let _ = write!(
            out,
            "<line class=\"grid\" x1=\"{0:.0}\" x2=\"{0:.0}\" y1=\"0\" y2=\"{bottom:.0}\"/><text class=\"label\" x=\"{0:.0}\" y=\"{1:.0}\" text-anchor=\"middle\">{words}</text>",
            x(share),
            bottom + 18.0
        );
    }
    for (at, (name, [low, middle, high])) in rates.iter().enumerate() {
        let y = 44.0 * at as f64 + 30.0;
        let _ = write!(
            out,
            "<text class=\"value\" x=\"20\" y=\"{:.0}\">{} {}</text><line class=\"stroke\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y}\" y2=\"{y}\"/><circle class=\"fill-accent\" cx=\"{:.1}\" cy=\"{y}\" r=\"5\"/>",
            y - 14.0,
            html_text(name),
            html_text(&percent(*middle)),
            x(*low),
            x(*high).max(x(*low) + 1.0),
            x(*middle)
        );
    }
    out
}
