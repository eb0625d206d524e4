//! The ranked coverage map as text, Markdown and JSON.

use crate::base::Ratio;
use crate::domain::coverage::Counts;
use crate::domain::ledger::{Figure, LineState, Standing, UnearnedCounts, Weakness};
use crate::domain::report::{Align, Grid};
use crate::domain::triage::Row;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};
use std::fmt::{self, Display};

/// The map of a project or of one report.
pub struct Map<'a> {
    /// The rows in their order.
    pub rows: &'a [Row],
    /// All files together.
    pub total: Option<Figure>,
    /// What the total counts but no row lists.
    pub unlisted: Counts,
    /// Where the figures come from: the report's name and format.
    pub origin: &'a str,
    /// How many digits percentages have after the point: the `precision` of the project's coverage.py.
    pub digits: usize,
    /// How each file stands, where that is known line by line.
    pub standing: &'a dyn Fn(&Row) -> Option<Standing>,
}

impl Map<'_> {
    fn has_branches(&self) -> bool {
        self.rows.iter().any(|row| row.counts.branches > 0)
    }

    fn has_earned(&self) -> bool {
        self.rows.iter().any(|row| row.earned.is_some())
    }

    /// The map as a table.
    #[must_use]
    pub fn grid(&self) -> Grid {
        let branches = self.has_branches();
        let earned = self.has_earned();
        let mut columns = vec![("#", Align::Right), ("Layer", Align::Left), ("File", Align::Left)];
        columns.extend([("Stmts", Align::Right), ("Miss", Align::Right)]);
        if branches {
            columns.extend([("Branch", Align::Right), ("BrPart", Align::Right)]);
        }
        columns.push(("Cover", Align::Right));
        columns.extend(earned.then_some(("Earned", Align::Right)));
        columns.push(("Kind", Align::Left));
        let mut grid = Grid::new(&columns);
        let mut cells = Vec::with_capacity(columns.len());
        for row in self.rows {
            let counts = row.counts;
            cells.extend([Cell::Number(row.rank as u64), Cell::Text(&row.layer_name), Cell::Text(row.path.as_str())]);
            cells.extend([counts.statements, counts.missing()].map(Cell::Number));
            if branches {
                cells.extend([counts.branches, counts.partial_branches].map(Cell::Number));
            }
            cells.push(Cell::Words(self.percent(row.plain)));
            let of =
                |figure: Option<Figure>| figure.map_or(Cell::Text("–"), |figure| Cell::Words(self.percent(figure)));
            cells.extend(earned.then(|| of(row.earned)));
            cells.push(Cell::Words(kind(&row.plain, row.unearned)));
            grid.row(cells.drain(..));
        }
        if let Some(total) = self.total {
            grid.footer(self.totals(total, branches, earned));
        }
        grid
    }

    fn percent(&self, figure: Figure) -> String {
        format!("{}%", figure.ratio.display(self.digits))
    }

    fn figure(&self, shown: &Figure) -> Value {
        let mut value = figure(shown);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("display".to_owned(), self.percent(*shown).into());
        }
        value
    }

    fn totals(&self, total: Figure, branches: bool, earned: bool) -> Vec<String> {
        let sum = self.rows.iter().map(|row| row.counts).sum::<Counts>().plus(&self.unlisted);
        let mut cells = vec![String::new(), String::new(), "TOTAL".to_owned()];
        cells.extend([sum.statements.to_string(), sum.missing().to_string()]);
        if branches {
            cells.extend([sum.branches.to_string(), sum.partial_branches.to_string()]);
        }
        cells.push(self.percent(total));
        let all = self.rows.iter().filter_map(|row| row.earned).reduce(Figure::plus);
        cells.extend(earned.then(|| all.map_or("–".to_owned(), |figure| self.percent(figure))));
        let unearned = self.rows.iter().map(|row| row.unearned).fold(UnearnedCounts::default(), UnearnedCounts::plus);
        cells.push(kind(&total, unearned));
        cells
    }

    /// The map as JSON. Each file is made when it is written: all of them at once would be many times the report.
    #[must_use]
    pub fn json(&self) -> impl Serialize + '_ {
        Document(self)
    }

    fn file(&self, row: &Row) -> Value {
        let counts = row.counts;
        let standing = (self.standing)(row);
        let lines = |state: LineState| standing.as_ref().map(|standing| standing.lines_that(state).collect::<Vec<_>>());
        // Lines are named only where they are known one by one: a table knows ranges, and nothing of what is covered.
        let (stale, unknown) = (lines(LineState::Stale), lines(LineState::Unknown));
        let open = stale.iter().chain(&unknown).map(Vec::len).sum::<usize>() as u64;
        let all = |lines: &Vec<u32>, count: u64| lines.len() as u64 == count;
        let covered = lines(LineState::Covered).filter(|lines| all(lines, counts.covered));
        let missed = lines(LineState::Missed).filter(|lines| all(lines, counts.missing().saturating_sub(open)));
        json!({
            "rank": row.rank,
            "path": row.path.as_str(),
            "layer": &*row.layer_name,
            "why": row.why,
            "statements": counts.statements,
            "missed": counts.missing(),
            "excluded": counts.excluded,
            "branches": counts.branches,
            "partial_branches": counts.partial_branches,
            "covered_branches": counts.covered_branches,
            "coverage": self.figure(&row.plain),
            "earned": row.earned.as_ref().map(|earned| self.figure(earned)),
            "import_only": row.import_only,
            "unearned": unearned(row, standing.as_ref()),
            "unstable_lines": standing.as_ref().map(|standing| standing.unstable.iter().collect::<Vec<_>>()),
            "covered_lines": covered,
            "missed_lines": missed,
            "stale_lines": stale,
            "doubted_lines": standing.as_ref().map(|standing| standing.doubted.iter().collect::<Vec<_>>()),
            "unknown_lines": unknown,
            "excluded_lines": lines(LineState::Excluded),
            "missing_branches": standing.as_ref().map(|standing| standing.missing_branches.clone()),
            "open_branches": standing.as_ref().map(|standing| standing.open_branches.clone()),
        })
    }
}

/// The map as one JSON object.
struct Document<'a>(&'a Map<'a>);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let map = self.0;
        let earned = map.rows.iter().filter_map(|row| row.earned).reduce(Figure::plus);
        let mut fields = serializer.serialize_map(Some(4))?;
        fields.serialize_entry("origin", map.origin)?;
        fields.serialize_entry("total", &map.total.map(|total| map.figure(&total)))?;
        fields.serialize_entry("earned", &earned.map(|earned| map.figure(&earned)))?;
        fields.serialize_entry("files", &Files(map))?;
        fields.end()
    }
}

/// The rows of the map.
struct Files<'a>(&'a Map<'a>);

impl Serialize for Files<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows.iter().map(|row| self.0.file(row)))
    }
}

/// What stands in a cell of the table.
enum Cell<'a> {
    Number(u64),
    Text(&'a str),
    Words(String),
}

impl Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Words(words) => f.write_str(words),
        }
    }
}

/// A figure as JSON: the percentage as coverage.py prints it, the numbers behind it, and its kind.
#[must_use]
pub fn figure(figure: &Figure) -> Value {
    json!({
        "percent": (!figure.is_nothing()).then(|| percent(figure.ratio)),
        "display": if figure.is_nothing() { figure.told(0) } else { figure.ratio.to_string() },
        "part": figure.ratio.part,
        "whole": figure.ratio.whole,
        "open": figure.open,
        "unstable": figure.unstable,
        "kind": figure.kind.word(),
        "estimated": figure.estimated,
    })
}

/// The percentage as a number with the precision of JSON.
fn percent(ratio: Ratio) -> f64 {
    ratio.percent()
}

/// The covered lines that no test earned: how many, and which, by what the tests that ran them did.
fn unearned(row: &Row, standing: Option<&Standing>) -> Value {
    let lines = |of: Weakness| standing.map(|standing| standing.unearned.lines(of).iter().collect::<Vec<_>>());
    json!({
        "lines": row.unearned.all,
        "failed": lines(Weakness::Failed),
        "xfailed": lines(Weakness::Xfailed),
        "unasserting": lines(Weakness::Unasserting),
    })
}

/// What is said beside a figure: its kind, and what of it no test earned.
fn kind(figure: &Figure, unearned: UnearnedCounts) -> String {
    let words = figure.qualifier();
    if unearned.all == 0 { words } else { format!("{words}; {}", unearned.words()) }
}
