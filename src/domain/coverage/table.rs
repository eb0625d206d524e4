//! Reads the text table of `coverage report`, also as people paste it: coloured, quoted, wrapped, or as Markdown.

use crate::base::{Clean, Problem, document};
use crate::domain::coverage::gather::EXIT;
use crate::domain::coverage::rows::{Columns, Header, Row, Rows};
use crate::domain::coverage::{Counts, FileCoverage, Format, LineSet, Report};
use std::collections::HashMap;

const NAME: &str = "coverage table";

/// How many lines all ranges of a table together may span: more cannot be a report, and would cost memory.
const LINES: u64 = 1 << 24;

/// Whether the captions of the table stand somewhere.
pub(in crate::domain::coverage) fn has_header(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| Header::find(&plain(text)).is_some())
}

/// Reads a table. It names only missing lines, so the line sets hold nothing else, and a range may span lines that are
/// no statements. How many branches were taken is not printed: it is computed back from the percentage.
///
/// # Errors
/// What has no captions, no `TOTAL`, or rows that do not add up to it: a table that was cut off or pasted in part.
pub(in crate::domain::coverage) fn read(bytes: &[u8], origin: &str) -> Result<Report, Problem> {
    let text = document::text(bytes, origin, NAME)?;
    parse(&plain(&text), origin).map_err(|what| {
        let problem = document::refusal(&text, origin, NAME, &what);
        if problem.what.contains("conflict") { problem } else { problem.hint("paste the table from Name to TOTAL") }
    })
}

fn parse(text: &str, origin: &str) -> Result<Report, String> {
    let rows = Rows::read(text)?;
    let mut report = Report::new(Format::Table, "coverage.py");
    report.producer = Clean::line("coverage report");
    report.has_branches = rows.columns.branches;
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut spanned = 0_u64;
    for row in rows.rows {
        let file = file(row, rows.columns, &mut spanned)?;
        if index.insert(file.path.clone(), report.files.len()).is_some() {
            return Err(format!("{} comes twice", file.path));
        }
        report.files.push(file);
    }
    let listed = report.totals();
    report.unlisted = unlisted(&rows.total, &listed, rows.skipped)?;
    if rows.skipped {
        let what = format!("files that are complete are left out: {} statements", report.unlisted.statements);
        report.notes.push(Problem::note(origin, what));
    }
    if report.has_branches {
        let what = "a table does not say how many branches were taken; that is computed from its percentages";
        report.notes.push(Problem::note(origin, what));
    }
    Ok(report)
}

/// What `TOTAL` counts beyond the rows. Only complete files are ever left out.
fn unlisted(total: &Row, listed: &Counts, skipped: bool) -> Result<Counts, String> {
    let more = total.statements.checked_sub(listed.statements);
    let branches = total.branches.checked_sub(listed.branches);
    match (more, branches) {
        (Some(more), Some(branches))
            if total.missing == listed.missing()
                && total.partial == listed.partial_branches
                && (skipped || (more == 0 && branches == 0)) =>
        {
            Ok(Counts { statements: more, covered: more, branches, covered_branches: branches, ..Counts::default() })
        }
        _ => Err(format!(
            "the rows add up to {} statements and {} missing, but TOTAL has {} and {}",
            listed.statements,
            listed.missing(),
            total.statements,
            total.missing
        )),
    }
}

fn file(row: Row, columns: Columns, spanned: &mut u64) -> Result<FileCoverage, String> {
    if row.missing > row.statements || row.partial > row.branches {
        return Err(format!("the numbers of {} cannot be", row.name));
    }
    let mut missing = LineSet::new();
    let mut missing_branches = Vec::new();
    if columns.missing {
        for item in row.lines.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            match Item::parse(item).ok_or_else(|| format!("{item:?} of {} is no line", row.name))? {
                Item::Lines(first, last) => {
                    *spanned += u64::from(last - first) + 1;
                    if *spanned > LINES {
                        return Err(format!("the missing lines span more than {LINES} lines"));
                    }
                    missing.insert_range(first, last);
                }
                Item::Arc(from, to) => missing_branches.push((from, to)),
            }
        }
        if (missing.len() as u64) < row.missing {
            return Err(format!("{} has {} missing lines, but {} are named", row.name, row.missing, missing.len()));
        }
    }
    missing_branches.sort_unstable();
    let counts = Counts {
        statements: row.statements,
        covered: row.statements - row.missing,
        excluded: 0,
        branches: row.branches,
        covered_branches: taken(&row),
        partial_branches: row.partial,
    };
    Ok(FileCoverage { path: row.name, statements: missing, missing_branches, counts, ..FileCoverage::default() })
}

/// How many branches were taken, so that the percentage is the printed one.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn taken(row: &Row) -> u64 {
    let whole = (row.statements.saturating_add(row.branches)) as f64;
    let covered = (row.statements - row.missing) as f64;
    let taken = (row.percent / 100.0).mul_add(whole, -covered).round().max(0.0);
    (taken as u64).min(row.branches - row.partial)
}

/// One item of the last column.
#[derive(Debug, PartialEq, Eq)]
enum Item {
    Lines(u32, u32),
    Arc(i32, i32),
}

impl Item {
    /// `15`, `41-42`, `27->29` or `27->exit`.
    fn parse(text: &str) -> Option<Self> {
        let line = |text: &str| text.parse::<u32>().ok().filter(|line| (1..=LineSet::LAST).contains(line));
        if let Some((from, to)) = text.split_once("->") {
            let from = i32::try_from(line(from)?).ok()?;
            let to = if to == "exit" { EXIT } else { i32::try_from(line(to)?).ok()? };
            return Some(Self::Arc(from, to));
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (line(first)?, line(last)?);
        (first <= last).then_some(Self::Lines(first, last))
    }
}

/// The text without terminal sequences: `ESC [ … letter`, `ESC ] … BEL`, and other control characters but line ends
/// and tabs.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('\u{1b}', Some('[')) => {
                rest.next();
                while rest.next_if(|c| matches!(c, '\u{20}'..='\u{3f}')).is_some() {}
                rest.next_if(|c| matches!(c, '\u{40}'..='\u{7e}'));
            }
            ('\u{1b}', Some(']')) => {
                while rest.next_if(|&c| c != '\u{7}' && c != '\u{1b}' && c != '\n').is_some() {}
                rest.next_if_eq(&'\u{7}');
            }
            ('\r', Some('\n')) => {}
            ('\r', _) => out.push('\n'),
            (c, _) if c.is_control() && c != '\n' && c != '\t' => {}
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Item, plain, read};
    use crate::domain::coverage::Report;

    const BRANCHES: &str = "Name          Stmts   Miss Branch BrPart  Cover   Missing\n\
        ---------------------------------------------------------\n\
        shop/cart.py     41      9     16      6    70%   15, 27->29, 33->exit, 41-48, 61\n\
        shop/my x.py      2      0      0      0   100%\n\
        ---------------------------------------------------------\n\
        TOTAL            43      9     16      6    71%\n";

    fn report(text: &str) -> Report {
        read(text.as_bytes(), "-").unwrap_or_else(|problem| panic!("{problem}\n{text}"))
    }

    fn refused(text: &str, expect: &str) {
        let problem = read(text.as_bytes(), "-").expect_err(text).to_string();
        assert!(problem.starts_with("-: coverage table: ") && problem.contains(expect), "{problem}");
    }

    #[test]
    fn a_table_gives_its_numbers_and_missing_lines() {
        let report = report(BRANCHES);
        let cart = &report.files[0];
        assert_eq!(cart.counts.ratio().display(0), "70");
        assert_eq!(cart.statements.iter().collect::<Vec<_>>(), [15, 41, 42, 43, 44, 45, 46, 47, 48, 61]);
        assert_eq!(cart.missing_branches, [(27, 29), (33, -1)]);
        assert_eq!(report.files[1].path, "shop/my x.py");
        assert_eq!((report.totals().statements, report.totals().missing(), report.has_branches), (43, 9, true));
    }

    #[test]
    fn colours_prompts_and_crlf_do_not_matter() {
        let pasted = format!("$ coverage report -m\n{BRANCHES}$ ")
            .replace("70%", "\u{1b}[31m70%\u{1b}[0m")
            .replace('\n', "\r\n");
        assert_eq!(report(&pasted).files, report(BRANCHES).files);
        assert_eq!(plain("a\u{1b}[1;31mb\u{1b}]0;t\u{7}c\u{8}"), "abc");
    }

    #[test]
    fn quoted_and_indented_tables_are_read() {
        for prefix in ["    ", "> ", "> > "] {
            let quoted: String = BRANCHES.lines().map(|line| format!("{prefix}{line}\n")).collect();
            assert_eq!(report(&quoted).files, report(BRANCHES).files, "{prefix:?}");
        }
    }

    #[test]
    fn a_table_that_was_wrapped_by_a_terminal_is_read() {
        for width in 24..90 {
            let wrapped: Vec<String> = BRANCHES
                .lines()
                .flat_map(|line| {
                    let bytes: Vec<char> = line.chars().collect();
                    bytes.chunks(width).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>()
                })
                .collect();
            let wrapped = format!("{}\n", wrapped.join("\n"));
            match read(wrapped.as_bytes(), "-") {
                Ok(read) => assert_eq!(read.files, report(BRANCHES).files, "{width}\n{wrapped}"),
                Err(problem) => panic!("{width}: {problem}\n{wrapped}"),
            }
        }
    }

    #[test]
    fn a_table_that_does_not_add_up_is_refused() {
        let missing_row: String =
            BRANCHES.lines().filter(|line| !line.contains("my x")).map(|line| format!("{line}\n")).collect();
        refused(&missing_row, "add up to 41 statements and 9 missing, but TOTAL has 43 and 9");
        refused(BRANCHES.split("TOTAL").next().unwrap(), "no TOTAL");
        refused(&BRANCHES.replace("41-48, 61", "41"), "9 missing lines, but 2 are named");
        refused(&BRANCHES.replace("33->exit", "33->away"), "is no line");
        refused("Name Stmts Miss Cover\na.py 1 0 100%\na.py 1 0 100%\nTOTAL 2 0 100%\n", "comes twice");
        refused("Name Stmts Miss Cover Missing\na.py 1 1 0% 1-16777216, 1-16777216\nTOTAL 1 1 0%\n", "span more than");
    }

    #[test]
    fn complete_files_may_be_left_out() {
        let text =
            "Name Stmts Miss Cover\na.py 4 1 75%\n-----\nTOTAL 14 1 93%\n\n3 files skipped due to complete coverage.\n";
        let report = report(text);
        assert_eq!((report.unlisted.statements, report.totals().statements, report.totals().covered), (10, 14, 13));
        refused(&text.replace("3 files skipped", "x"), "add up");
    }

    #[test]
    fn markdown_is_read() {
        let text = "| Name            |    Stmts |     Miss |   Cover |   Missing |\n\
            |---------------- | -------: | -------: | ------: | --------: |\n\
            | src/my\\_x.py    |        4 |        2 |     50% |      1, 6 |\n\
            | **TOTAL**       |    **4** |    **2** | **50%** |           |\n";
        let report = report(text);
        assert_eq!((report.files[0].path.as_str(), report.totals().missing()), ("src/my_x.py", 2));
    }

    #[test]
    fn items_are_lines_ranges_and_arcs() {
        assert_eq!(Item::parse("41-42"), Some(Item::Lines(41, 42)));
        assert_eq!(Item::parse("27->exit"), Some(Item::Arc(27, -1)));
        for bad in ["0", "9-3", "1-", "-1", "16777217", "1->", "x"] {
            assert_eq!(Item::parse(bad), None, "{bad}");
        }
    }
}
