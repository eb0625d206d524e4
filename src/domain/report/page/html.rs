//! A page as one HTML file: no script, nothing from anywhere else, light and dark, for a phone and for paper.

use crate::domain::report::Align;
use crate::domain::report::page::escape::html_lines;
use crate::domain::report::page::svg::svg;
use crate::domain::report::page::tree::Part;
use crate::domain::report::page::{
    Block, Cell, Chart, Column, Item, Page, Section, Table, Tile, Tone, Words, html_text,
};

/// The style, with the colours of lacuna's own themes.
const STYLE: &str = include_str!("page.css");
/// What the browser may load: nothing but the style within the file.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

impl Page {
    /// As one HTML file.
    #[must_use]
    pub fn html(&self) -> String {
        let (title, subject) = (html_text(&self.title), html_text(&self.subject));
        let heading = broken(&subject);
        // The name of a test is long.
        let class = if subject.len() > 40 { " class=\"long\"" } else { "" };
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"lacuna\">\n\
             <title>{subject} · {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<header>\n\
             <p class=\"kind\">{title}</p>\n<h1{class}>{heading}</h1>\n"
        );
        self.lede.iter().for_each(|words| out.push_str(&format!("<p class=\"lede\">{}</p>\n", line(words))));
        if !self.facts.is_empty() {
            let fact = |(name, words): &(&str, Words)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", line(words));
            out.push_str(&format!("<dl class=\"facts\">{}</dl>\n", self.facts.iter().map(fact).collect::<String>()));
        }
        out.push_str("</header>\n");
        self.sections.iter().for_each(|section| out.push_str(&section_html(section)));
        out.push_str(
            "<footer>Made by lacuna. This file loads nothing and sends nothing.</footer>\n</main>\n</body>\n</html>\n",
        );
        out
    }
}

fn section_html(section: &Section) -> String {
    let blocks: String = section.blocks.iter().map(block_html).collect();
    let (key, title) = (section.key, html_text(&section.title));
    format!(
        "<section id=\"{key}\" aria-labelledby=\"{key}-title\">\n<h2 id=\"{key}-title\">{title}</h2>\n{blocks}</section>\n"
    )
}

fn block_html(block: &Block) -> String {
    match block {
        Block::Paragraph(words) => format!("<p>{}</p>\n", line(words)),
        Block::List(items) => {
            format!("<ul class=\"told\">\n{}</ul>\n", items.iter().map(item_html).collect::<String>())
        }
        Block::Tiles(tiles) => {
            format!("<div class=\"tiles\">\n{}</div>\n", tiles.iter().map(tile_html).collect::<String>())
        }
        Block::Table(table) => table_html(table),
        // The parts of a bar have no room for their names.
        Block::Chart(chart @ Chart::Parts(_)) => {
            format!("<figure>{}<figcaption>{}</figcaption></figure>\n", svg(chart), html_text(&chart.words()))
        }
        Block::Chart(chart) => format!("<figure>{}</figure>\n", svg(chart)),
        Block::Code(text) => format!("<pre tabindex=\"0\">{}</pre>\n", html_lines(text)),
    }
}

/// The sign of a tone. It is read aloud as a word.
fn sign(tone: Tone) -> String {
    let word = match tone {
        Tone::Bad => "bad",
        Tone::Open => "unknown",
        Tone::Good => "good",
        Tone::Plain => return "<span class=\"sign plain\" aria-hidden=\"true\">·</span>".to_owned(),
    };
    format!("<span class=\"sign {}\" role=\"img\" aria-label=\"{word}\">{}</span>", tone.class(), tone.glyph())
}

fn item_html(item: &Item) -> String {
    let below: String = item.below.iter().map(|words| format!("<li>{}</li>", line(words))).collect();
    let below = if below.is_empty() { below } else { format!("<ul>{below}</ul>") };
    format!("<li>{}<div>{}{below}</div></li>\n", sign(item.tone), line(&item.words))
}

fn tile_html(tile: &Tile) -> String {
    let (about, value, beside) = (html_text(&tile.about), html_text(&tile.value), html_text(&tile.beside));
    let chart = tile.chart.as_ref().map(svg).unwrap_or_default();
    let sign = if tile.tone == Tone::Plain { String::new() } else { sign(tile.tone) };
    format!(
        "<div class=\"tile\"><p class=\"about\">{about}</p><p class=\"value\">{value}{sign}</p><p class=\"beside\">{beside}</p>{chart}</div>\n"
    )
}

fn table_html(table: &Table) -> String {
    let class = |column: &Column| match (column.align, column.short) {
        (Align::Right, _) => " class=\"number\"",
        (Align::Left, true) => " class=\"short\"",
        (Align::Left, false) => "",
    };
    let heads = table.columns.iter().map(|column| format!("<th scope=\"col\"{}>{}</th>", class(column), column.name));
    let heads: String = heads.collect();
    let row = |row: &Vec<Cell>| {
        let cells = row.iter().zip(&table.columns).map(|(cell, column)| {
            format!("<td{} data-name=\"{}\">{}</td>", class(column), column.name, cell_html(cell))
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let rows: String = table.rows.iter().map(row).collect();
    format!("<div class=\"table\"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
}

fn cell_html(cell: &Cell) -> String {
    let sign = if cell.tone == Tone::Plain { String::new() } else { sign(cell.tone) };
    let chart = cell.chart.as_ref().map(svg).unwrap_or_default();
    format!("<div>{sign}<span>{}</span>{chart}</div>", line(&cell.words))
}

/// A name with the places at which a line may end: behind its folders, its double colons, its words.
fn broken(text: &str) -> String {
    text.replace('/', "/<wbr>").replace("::", "::<wbr>").replace('_', "_<wbr>")
}

fn line(words: &Words) -> String {
    let part = |part: &Part| match part {
        Part::Plain(text) => html_text(text),
        Part::Strong(text) => format!("<strong>{}</strong>", html_text(text)),
        Part::Code(text) if text.is_empty() => String::new(),
        Part::Code(text) => format!("<code>{}</code>", broken(&html_text(text))),
        Part::Link(text, url) => {
            format!("<a href=\"{}\" rel=\"noreferrer\">{}</a>", html_text(url), html_text(text))
        }
    };
    words.parts.iter().map(part).collect()
}
