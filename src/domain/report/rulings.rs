//! Rules and targets with where they stand, as text, Markdown and JSON.

use crate::domain::programme::{Place, Ruling, Verdict, verdict};
use crate::domain::report::page::markdown_text;
use crate::domain::report::{Align, Grid, figure};
use serde_json::{Value, json};

/// The most places of a rule that a person is shown at once.
const SHOWN: usize = 10;

/// Rulings under a heading.
pub struct Rulings<'a> {
    /// What they are of.
    pub title: &'a str,
    /// The rulings, in the order in which they are shown.
    pub rulings: &'a [Ruling],
}

impl Rulings<'_> {
    fn bad(&self) -> impl Iterator<Item = &Ruling> {
        self.rulings.iter().filter(|ruling| matches!(ruling.verdict, Verdict::Failed | Verdict::Untold))
    }

    fn number(&self, wanted: Verdict) -> usize {
        self.rulings.iter().filter(|ruling| ruling.verdict == wanted).count()
    }

    /// How many rules hold, in one line.
    #[must_use]
    pub fn headline(&self) -> String {
        let all = self.rulings.len() - self.number(Verdict::Free);
        let words = |number: usize, what: &str| if number > 0 { format!(", {number} {what}") } else { String::new() };
        let failed = words(self.number(Verdict::Failed), "failed");
        let untold = words(self.number(Verdict::Untold), "that nobody can tell");
        format!("{}: {} of {all} held{failed}{untold}", self.title, self.number(Verdict::Held))
    }

    fn grid(&self) -> Grid {
        let columns = ["", "What", "Wanted", "Found", ""].map(|name| (name, Align::Left));
        let mut grid = Grid::new(&columns);
        for ruling in self.rulings {
            let glyph = ruling.verdict.glyph().to_string();
            // What does not hold is explained below, where there is room.
            let is_bad = matches!(ruling.verdict, Verdict::Failed | Verdict::Untold);
            let why = if is_bad { "" } else { ruling.why.as_str() };
            grid.row([glyph.as_str(), &ruling.about, &ruling.wanted, found(ruling), why]);
        }
        grid
    }

    /// For a terminal: a table, then each rule that does not hold with its places and the next command.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = self.grid().text();
        for ruling in self.bad() {
            out.push_str(&format!("\n{} {}: {}\n", ruling.verdict.glyph(), ruling.about, found(ruling)));
            if !ruling.why.is_empty() {
                out.push_str(&format!("  {}\n", ruling.why));
            }
            let shown = ruling.places.iter().take(SHOWN);
            shown.for_each(|place| out.push_str(&format!("  {}\n", line(place))));
            if ruling.places.len() > SHOWN {
                out.push_str(&format!("  and {} more (`--format json` has them)\n", ruling.places.len() - SHOWN));
            }
            if !ruling.next.is_empty() {
                out.push_str(&format!("  next: {}\n", ruling.next));
            }
        }
        out.push_str(&format!("\n{}\n", self.headline()));
        out
    }

    /// For a step summary or a comment.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("### {}\n\n{}", self.headline(), self.grid().markdown());
        for ruling in self.bad() {
            out.push_str(&format!(
                "\n**{} {}**: {}\n",
                ruling.verdict.glyph(),
                markdown_text(&ruling.about),
                markdown_text(found(ruling))
            ));
            if !ruling.why.is_empty() {
                out.push_str(&format!("{}\n", markdown_text(&ruling.why)));
            }
            if !ruling.places.is_empty() {
                out.push('\n');
            }
            ruling.places.iter().for_each(|place| out.push_str(&format!("- {}\n", markdown_text(&line(place)))));
            if !ruling.next.is_empty() {
                out.push_str(&format!("\nNext: `{}`\n", ruling.next.replace('`', "'")));
            }
        }
        out
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let places = |ruling: &Ruling| ruling.places.iter().map(place).collect::<Vec<_>>();
        let one = |ruling: &Ruling| {
            json!({
                "rule": ruling.rule.as_str(),
                "about": ruling.about.as_str(),
                "verdict": ruling.verdict.word(),
                "wanted": ruling.wanted.as_str(),
                "found": ruling.found.as_str(),
                "why": ruling.why.as_str(),
                "figure": ruling.figure.as_ref().map(figure),
                "places": places(ruling),
                "next": ruling.next.as_str(),
            })
        };
        json!({
            "verdict": verdict(self.rulings).map(Verdict::word),
            "rules": self.rulings.iter().map(one).collect::<Vec<_>>(),
        })
    }
}

fn found(ruling: &Ruling) -> &str {
    match ruling.verdict {
        Verdict::Untold if ruling.found.is_empty() => Verdict::Untold.word(),
        _ if ruling.found.is_empty() => "–",
        _ => &ruling.found,
    }
}

fn line(place: &Place) -> String {
    // The name of a test begins with its file.
    let is_named =
        place.lines.is_none() && place.path.as_ref().is_some_and(|path| place.what.starts_with(path.as_str()));
    let place_words = if is_named { String::new() } else { place.words() };
    [place_words, place.what.to_string()].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("  ")
}

fn place(place: &Place) -> Value {
    json!({
        "path": place.path.as_ref().map(crate::base::RepoPath::as_str),
        "line": place.lines.map(|lines| lines.0),
        "end_line": place.lines.map(|lines| lines.1),
        "what": place.what.as_str(),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::Rulings;
    use crate::base::RepoPath;
    use crate::domain::programme::{Place, Ruling};

    /// One ruling of each verdict; the failed one has `places` places.
    pub fn sample(places: u32) -> Vec<Ruling> {
        let place = |at: u32| Place::new(RepoPath::new("shop/a,b.py"), Some((at, at + 1)), "100% <missed>");
        vec![
            Ruling::new("gate.coverage", "coverage of everything", "at least 80%")
                .found("62%", false)
                .at((1..=places).map(place).collect())
                .next("lacuna who shop/a,b.py:1"),
            Ruling::new("gate.lost", "lines lost", "at most 0")
                .untold("there is no earlier baseline")
                .next("lacuna run --all"),
            Ruling::new("gate.suite", "time of the suite", "at most 30 min").found("5 s", true),
            Ruling::new("durations", "P95", "").because("no run"),
        ]
    }

    #[test]
    fn text_names_places_and_the_next_command() {
        let text = Rulings { title: "gate", rulings: &sample(12) }.text();
        assert!(text.contains("\n✗ coverage of everything: 62%\n  shop/a,b.py:1–2  100% <missed>\n"), "{text}");
        assert!(text.contains("  and 2 more") && text.contains("  next: lacuna who shop/a,b.py:1\n"), "{text}");
        assert!(
            text.contains("? lines lost: can't tell\n  there is no earlier baseline\n  next: lacuna run --all\n"),
            "{text}"
        );
        assert!(text.ends_with("\ngate: 1 of 3 held, 1 failed, 1 that nobody can tell\n"), "{text}");
    }

    #[test]
    fn markdown_and_json_carry_the_same() {
        let rulings = sample(2);
        let all = Rulings { title: "gate", rulings: &rulings };
        let page = all.markdown();
        assert!(page.contains("| ✓ | time of the suite | at most 30 min | 5 s |"), "{page}");
        assert!(
            page.contains("- shop/a,b.py:1–2  100% &lt;missed>") && page.contains("Next: `lacuna run --all`"),
            "{page}"
        );
        let value = all.json();
        assert_eq!(value["verdict"], "failed");
        assert_eq!(value["rules"][0]["places"][1]["line"], 2);
        assert_eq!(value["rules"][1]["verdict"], "can't tell");
    }
}
