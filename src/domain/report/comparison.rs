//! Two points compared, as text, Markdown and JSON.

use crate::base::Clean;
use crate::domain::coverage::LineSet;
use crate::domain::ledger::{CATEGORIES, Category, CategoryRow, Comparison, Figure, FileComparison, Kind, Way};
use crate::domain::report::{Align, Grid, figure};
use serde_json::{Map, Value, json};

/// A comparison with the names of its points.
pub struct Compared<'a> {
    /// The comparison.
    pub comparison: &'a Comparison,
    /// What the first point is.
    pub before: &'a str,
    /// What the second point is.
    pub after: &'a str,
}

impl Compared<'_> {
    /// For a terminal: a table of the files with a difference, and their lines.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("from  {}\nto    {}\n\n", Clean::line(self.before), Clean::line(self.after));
        let changed: Vec<&FileComparison> = self.comparison.changed().collect();
        if !changed.is_empty() {
            out.push_str(&self.grid(&changed).text());
            out.push('\n');
        }
        out.push_str(&format!("{}: {}\n", self.headline(), self.extent()));
        for file in &changed {
            let lines = line_words(file);
            let remarks = remarks(file);
            if !lines.is_empty() || file.moved_from.is_some() {
                let remarks = if remarks.is_empty() { remarks } else { format!("  ({remarks})") };
                out.push_str(&format!("\n{}{}\n", file.path.clean(), Clean::line(&remarks)));
                let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
                lines.iter().for_each(|(name, lines)| out.push_str(&format!("  {name:width$}  {lines}\n")));
            }
        }
        self.notes().iter().for_each(|note| out.push_str(&format!("\n{note}\n")));
        out
    }

    /// For a comment on a pull request: the figures, a table of the files, their lines folded away.
    #[must_use]
    pub fn markdown(&self) -> String {
        let comparison = self.comparison;
        let changed: Vec<&FileComparison> = comparison.changed().collect();
        let mut out = format!("### Coverage: {}\n\n", self.headline());
        out.push_str(&format!("{} → {} · {}\n\n", code(self.before), code(self.after), self.extent()));
        let counts: Vec<String> = CATEGORIES
            .iter()
            .filter(|row| row.category.is_change() && comparison.count(row.category) > 0)
            .map(|row| format!("**{}** {}", comparison.count(row.category), row.name))
            .collect();
        if !counts.is_empty() {
            out.push_str(&format!("{}\n\n", counts.join(" · ")));
        }
        if !changed.is_empty() {
            out.push_str(&self.grid(&changed).markdown());
        }
        let lines: Vec<String> = changed.iter().filter_map(|file| markdown_lines(file)).collect();
        if !lines.is_empty() {
            out.push_str("\n<details><summary>Lines</summary>\n\n");
            out.push_str(&lines.concat());
            out.push_str("\n</details>\n");
        }
        self.notes().iter().for_each(|note| out.push_str(&format!("\n> {note}\n")));
        out
    }

    /// As JSON: every file with a difference, with the lines of every category.
    #[must_use]
    pub fn json(&self) -> Value {
        let comparison = self.comparison;
        let changed: Vec<Value> = comparison.changed().map(file_json).collect();
        json!({
            "before": { "name": self.before, "coverage": comparison.before().as_ref().map(figure) },
            "after": { "name": self.after, "coverage": comparison.after().as_ref().map(figure) },
            "branches_compared": !comparison.mixed,
            "counts": counts(&|category| comparison.count(category)),
            "files_compared": comparison.files.len(),
            "files": changed,
            "notes": self.notes(),
        })
    }

    fn grid(&self, changed: &[&FileComparison]) -> Grid {
        let always = [Category::Gained, Category::Lost];
        let shown: Vec<&CategoryRow> = CATEGORIES
            .iter()
            .filter(|row| row.category.is_change())
            .filter(|row| always.contains(&row.category) || changed.iter().any(|file| file.count(row.category) > 0))
            .collect();
        let mut columns = vec![("File", Align::Left), ("Before", Align::Right), ("After", Align::Right)];
        columns.extend(shown.iter().map(|row| (row.heading, Align::Right)));
        let mut grid = Grid::new(&columns);
        let cell = |count: u64| if count == 0 { "·".to_owned() } else { count.to_string() };
        for file in changed {
            let mut cells = vec![file.path.as_str().to_owned(), percent(file.before), percent(file.after)];
            cells.extend(shown.iter().map(|row| cell(file.count(row.category))));
            grid.row(cells);
        }
        let comparison = self.comparison;
        let mut total = vec!["TOTAL".to_owned(), percent(comparison.before()), percent(comparison.after())];
        total.extend(shown.iter().map(|row| cell(comparison.count(row.category))));
        grid.footer(total);
        grid
    }

    /// `81.2% → 83% (+1.8)`.
    fn headline(&self) -> String {
        let (before, after) = (self.comparison.before(), self.comparison.after());
        let step = match (before, after) {
            (Some(before), Some(after)) if before.ratio != after.ratio => {
                format!(" ({:+.1})", after.ratio.percent() - before.ratio.percent())
            }
            _ => String::new(),
        };
        format!("{} → {}{step}", percent(before), percent(after))
    }

    /// `38 files, 3 with a difference, 1 unknown`.
    fn extent(&self) -> String {
        let files = self.comparison.files.len();
        let differ = self.comparison.files.iter().filter(|file| file.differs()).count();
        let unknown = self.comparison.changed().count() - differ;
        let mut words = format!("{files} file{}, ", if files == 1 { "" } else { "s" });
        words.push_str(&if differ == 0 { "no difference".to_owned() } else { format!("{differ} with a difference") });
        if unknown > 0 {
            words.push_str(&format!(", {unknown} unknown"));
        }
        words
    }

    /// What limits the comparison, in sentences.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.comparison.mixed {
            notes.push("Only one side was measured with branches: the percentages are of statements alone.".to_owned());
        }
        let ways = [
            (
                Way::Alike,
                "the source of a side is not known; both sides have the same statements, which were compared by line numbers",
            ),
            (
                Way::Apart,
                "the source of a side, or its lines, are not known; lines were not compared and count as unknown",
            ),
            (Way::UnmeasuredBefore, "the file was there before and was not measured"),
            (Way::UnmeasuredAfter, "the file is there and is not measured after"),
        ];
        for (way, words) in ways {
            let of: Vec<&FileComparison> = self.comparison.files.iter().filter(|file| file.way == way).collect();
            if let Some(first) = of.first() {
                let more = if of.len() > 1 { format!(" and {} more", of.len() - 1) } else { String::new() };
                notes.push(format!("{}{more}: {words}.", first.path.clean()));
            }
        }
        notes
    }
}

/// The table of categories as Markdown, for the README.
#[must_use]
pub fn categories_markdown() -> String {
    let rows = CATEGORIES.iter().map(|row| format!("| {} | `{}` | {} |\n", row.name, row.key, row.meaning));
    format!("| category | in JSON | what it says of a statement |\n|---|---|---|\n{}", rows.collect::<String>())
}

fn percent(figure: Option<Figure>) -> String {
    figure.map_or("–".to_owned(), |figure| {
        let glyph = if figure.kind == Kind::Measured { String::new() } else { format!(" {}", figure.kind.glyph()) };
        format!("{}%{glyph}", figure.ratio.display(1))
    })
}

/// What has to be said beside the figures of a file.
fn remarks(file: &FileComparison) -> String {
    let mut words: Vec<String> = Vec::new();
    if let Some(from) = &file.moved_from {
        words.push(format!("was {}", from.as_str()));
    }
    if file.way != Way::Same {
        words.push(file.way.word().to_owned());
    }
    for (side, figure) in [("before", file.before), ("after", file.after)] {
        if let Some(figure) = figure.filter(|figure| figure.kind != Kind::Measured || figure.open > 0) {
            words.push(format!("{side} {}", figure.qualifier()));
        }
    }
    words.join("; ")
}

/// The changed categories of a file with their lines.
fn line_words(file: &FileComparison) -> Vec<(&'static str, String)> {
    let mut words = Vec::new();
    for row in CATEGORIES.iter().filter(|row| row.category.is_change()) {
        let (new, old) = (ranges(&file.lines(row.category)), ranges(&file.old_lines(row.category)));
        let old = if old.is_empty() { old } else { format!("{old} (before)") };
        let lines: Vec<String> = [new, old].into_iter().filter(|lines| !lines.is_empty()).collect();
        if !lines.is_empty() {
            words.push((row.name, lines.join(", ")));
        }
    }
    words
}

fn markdown_lines(file: &FileComparison) -> Option<String> {
    let lines = line_words(file);
    let remarks = remarks(file);
    let beside = if remarks.is_empty() { String::new() } else { format!(" ({})", code(&remarks)) };
    let first = format!("- {}{beside}\n", code(file.path.as_str()));
    let rest = lines.iter().map(|(name, lines)| format!("  - {name}: {lines}\n"));
    (!lines.is_empty() || file.moved_from.is_some()).then(|| first + &rest.collect::<String>())
}

/// Text in Markdown that nothing in it can end.
fn code(text: &str) -> String {
    format!("`{}`", Clean::line(text).replace('`', "'"))
}

/// `1-4, 7`.
#[must_use]
pub fn ranges(lines: &LineSet) -> String {
    let mut stretches: Vec<(u32, u32)> = Vec::new();
    for line in lines.iter() {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => stretches.push((line, line)),
        }
    }
    let words = stretches.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        _ => format!("{first}-{last}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn counts(count: &dyn Fn(Category) -> u64) -> Map<String, Value> {
    CATEGORIES.iter().map(|row| (row.key.to_owned(), json!(count(row.category)))).collect()
}

fn file_json(file: &FileComparison) -> Value {
    let lines = |of: &dyn Fn(Category) -> LineSet| -> Map<String, Value> {
        let all = CATEGORIES.iter().map(|row| (row.key, of(row.category)));
        let some = all.filter(|(_, lines)| !lines.is_empty());
        some.map(|(key, lines)| (key.to_owned(), json!(lines.iter().collect::<Vec<_>>()))).collect()
    };
    json!({
        "path": file.path.as_str(),
        "moved_from": file.moved_from.as_ref().map(|path| path.as_str()),
        "compared": file.way.word(),
        "before": file.before.as_ref().map(figure),
        "after": file.after.as_ref().map(figure),
        "counts": counts(&|category| file.count(category)),
        "lines": lines(&|category| file.lines(category)),
        "lines_before": lines(&|category| file.old_lines(category)),
    })
}
