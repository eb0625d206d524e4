//! The short road through coverage.py's JSON, for reports that are written as nearly all are: what the long one says, or nothing.

use crate::base::Ratio;
use crate::domain::coverage::collect::Collected;
use crate::domain::coverage::json::{Files, Read};
use crate::domain::coverage::json_file::Entry;
use crate::domain::coverage::json_text::JsonText;
use crate::domain::coverage::summary::Summary;
use crate::domain::coverage::{Arc, LineSet};

/// Reads a whole report. Nothing where it is wrong, says a thing twice, or says anything in a rare way.
pub(in crate::domain::coverage) fn read(bytes: &[u8]) -> Option<Read> {
    let mut text = JsonText::new(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let mut read = Read::default();
    text.object(|text, key| match key.bare()? {
        b"meta" => fill(&mut read.meta, serde_json::from_slice(text.raw()?).ok()),
        b"files" => fill(&mut read.files, files(text)),
        _ => text.pass(),
    })?;
    (text.is_over() && read.files.is_some()).then_some(read)
}

/// Fills what may be filled once.
fn fill<T>(slot: &mut Option<T>, value: Option<T>) -> Option<()> {
    slot.replace(value?).is_none().then_some(())
}

fn files(text: &mut JsonText<'_>) -> Option<Files> {
    let mut all = Files::default();
    let mut shapes = (Shape::default(), Shape::default());
    text.object(|text, path| {
        let path = path.said()?;
        all.add(path.into_owned(), entry(text, &mut shapes)?);
        Some(())
    })?;
    Some(all)
}

fn entry<'a>(text: &mut JsonText<'a>, (functions, classes): &mut (Shape<'a>, Shape<'a>)) -> Option<Entry> {
    let mut entry = Entry::default();
    text.object(|text, key| match key.bare()? {
        b"executed_lines" => fill(&mut entry.executed, lines(text)),
        b"missing_lines" => fill(&mut entry.missing, lines(text)),
        b"excluded_lines" => fill(&mut entry.excluded, lines(text)),
        b"executed_branches" => fill(&mut entry.executed_branches, arcs(text)),
        b"missing_branches" => fill(&mut entry.missing_branches, arcs(text)),
        b"summary" => fill(&mut entry.summary, summary(text)),
        b"functions" => {
            entry.functions = regions(text, functions)?;
            Some(())
        }
        b"classes" => {
            entry.classes = regions(text, classes)?;
            Some(())
        }
        // Contexts make a report so large that nobody waits for anything else.
        b"contexts" => None,
        _ => text.pass(),
    })?;
    entry.is_possible().then_some(entry)
}

fn lines(text: &mut JsonText<'_>) -> Option<LineSet> {
    let mut lines = Collected::default();
    text.list(|text| {
        lines.add(u32::try_from(text.count()?).ok().filter(|line| *line <= LineSet::LAST)?);
        Some(())
    })?;
    Some(lines.finish())
}

fn arcs(text: &mut JsonText<'_>) -> Option<Vec<Arc>> {
    let mut arcs = Vec::new();
    text.list(|text| {
        let (mut ends, mut count) = ([0, 0], 0);
        text.list(|text| {
            let line = i32::try_from(text.number()?).ok().filter(|line| line.unsigned_abs() <= LineSet::LAST)?;
            *ends.get_mut(count)? = line;
            count += 1;
            Some(())
        })?;
        arcs.push((count == ends.len()).then_some(ends.into())?);
        Some(())
    })?;
    Some(arcs)
}

fn summary(text: &mut JsonText<'_>) -> Option<Summary> {
    let mut summary = Summary::default();
    text.object(|text, key| match summary.field(key.bare()?) {
        Some(field) => fill(field, text.count()),
        None => text.pass(),
    })?;
    Some(summary)
}

/// How many functions or classes were entered.
fn regions<'a>(text: &mut JsonText<'a>, shape: &mut Shape<'a>) -> Option<Ratio> {
    let (mut entered, mut all) = (0, 0);
    text.object(|text, name| {
        let ran = shape.region(text)?;
        if !name.said()?.is_empty() {
            entered += u64::from(ran);
            all += 1;
        }
        Some(())
    })?;
    Some(Ratio::new(entered, all))
}

/// How the last function or class was written: what stood before each of its values, and behind the last one. The next one
/// is nearly always written alike, and then there is nothing to read but the values.
#[derive(Default)]
struct Shape<'a> {
    /// What stood before each value, and whether that value lists the lines that ran.
    values: Vec<(&'a [u8], bool)>,
    end: &'a [u8],
}

impl<'a> Shape<'a> {
    /// The most values that are kept. Those of coverage.py are a dozen, or two with branches.
    const MOST: usize = 64;

    /// Takes a function or class. Gives whether a line of it ran.
    fn region(&mut self, text: &mut JsonText<'a>) -> Option<bool> {
        let mut alike = *text;
        match self.region_alike(&mut alike) {
            Some(ran) => {
                *text = alike;
                Some(ran)
            }
            None => self.other_region(text),
        }
    }

    fn region_alike(&self, text: &mut JsonText<'a>) -> Option<bool> {
        let mut ran = false;
        for (before, is_executed) in &self.values {
            text.word(before)?;
            if *is_executed {
                ran = text.pass_list()?;
            } else {
                text.pass()?;
            }
        }
        text.word(self.end).filter(|()| !self.end.is_empty())?;
        Some(ran)
    }

    fn other_region(&mut self, text: &mut JsonText<'a>) -> Option<bool> {
        (self.values, self.end) = (Vec::new(), b"");
        let mut executed = None;
        let mut from = *text;
        text.object(|text, key| {
            if key.bare()? != b"executed_lines" {
                return self.value(text, &mut from, Self::DEPTH);
            }
            self.values.push((text.glue(from)?, true));
            let any = text.pass_list();
            from = *text;
            fill(&mut executed, any)
        })?;
        self.end = text.since(from)?;
        Some(executed.unwrap_or(false))
    }

    /// How deep the values of a region may lie in it.
    const DEPTH: u8 = 4;

    fn value(&mut self, text: &mut JsonText<'a>, from: &mut JsonText<'a>, depth: u8) -> Option<()> {
        let before = text.glue(*from)?;
        if text.is_at_object() {
            let depth = depth.checked_sub(1)?;
            return text.object(|text, _| self.value(text, from, depth));
        }
        text.pass()?;
        *from = *text;
        self.values.push((before, false));
        (self.values.len() <= Self::MOST).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::domain::coverage::Report;
    use crate::domain::coverage::json::read_any;
    use proptest::prelude::*;

    fn short(text: &[u8]) -> Option<Report> {
        read(text).map(|read| read.into_report("c.json"))
    }

    fn long(text: &[u8]) -> Option<Report> {
        read_any(text, "c.json").ok()
    }

    /// A report as coverage.py writes it, with branches, functions and classes.
    const WRITTEN: &str = r#"{"meta": {"format": 3, "version": "7.17.3", "timestamp": "2026-01-01T00:00:00.5", "branch_coverage": true, "show_contexts": false},
        "files": {"a.py": {"executed_lines": [1, 2, 4, 200], "summary": {"covered_lines": 4, "num_statements": 5, "percent_covered": 71.42857142857143,
        "percent_covered_display": "71", "missing_lines": 1, "excluded_lines": 1, "num_branches": 2, "num_partial_branches": 1, "covered_branches": 1,
        "missing_branches": 1}, "missing_lines": [5], "excluded_lines": [9], "executed_branches": [[2, 4]], "missing_branches": [[2, -1]],
        "functions": {"A.f": {"executed_lines": [2], "summary": {"covered_lines": 1, "percent_covered": 1e2}, "missing_lines": [], "start_line": 1},
        "g": {"executed_lines": [], "summary": {"covered_lines": 0, "percent_covered": 0.0}, "missing_lines": [5], "start_line": 5},
        "": {"executed_lines": [1], "summary": {"covered_lines": 1, "percent_covered": 100}, "missing_lines": [], "start_line": 1}},
        "classes": {"A": {"executed_lines": [2], "summary": {}}, "B": {"executed_lines": [], "summary": {}}}},
        "t\u00e9st.py": {"executed_lines": [], "summary": {"covered_lines": 0, "num_statements": 0}, "missing_lines": []}},
        "totals": {"covered_lines": 4, "percent_covered_display": "71\n", "new": [true, null, {"a": []}]}}"#;

    #[test]
    fn what_coverage_py_writes_takes_the_short_road() {
        let report = short(WRITTEN.as_bytes()).unwrap();
        assert_eq!(Some(&report), long(WRITTEN.as_bytes()).as_ref());
        assert_eq!((report.functions.part, report.functions.whole), (1, 2));
        assert_eq!((report.classes.part, report.classes.whole), (1, 2));
        assert_eq!((report.files[0].counts.covered, report.files[0].missing_branches.len()), (4, 1));
        assert_eq!(report.files[1].path, "tést.py");
    }

    #[test]
    fn what_the_long_road_refuses_the_short_one_does_not_take() {
        let check = |old: &str, new: &[u8]| {
            let (before, after) = WRITTEN.split_once(old).unwrap();
            let text = [before.as_bytes(), new, after.as_bytes()].concat();
            assert_eq!((short(&text), long(&text)), (None, None), "{}", String::from_utf8_lossy(&text));
        };
        check("\"g\"", b"\"\\ud800\"");
        check("t\\u00e9st.py", b"\\udfff");
        check("71\\n", b"\xff");
        check("a.py", b"\xc3");
        check("\"covered_lines\": 4", b"\"covered_lines\": 4.0");
        check("[2, 4]", b"[2, 4, 6]");
        check("[5], \"excluded", b"[5,], \"excluded");
        check("\"missing_lines\": [5], \"ex", b"\"ex");
        check("71.42857142857143", b"71.");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_short_road_leads_where_the_long_one_leads(
            edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..12_usize, SOME), 0..4),
        ) {
            let mut text = WRITTEN.to_owned();
            for (at, to, length, put) in edits {
                // What stands in one place is put into another, or something else is.
                let at = at.index(text.len());
                let to = to.index(text.len());
                let piece = text.get(at..at + length).unwrap_or_default().to_owned();
                let end = (to + length).min(text.len());
                if text.is_char_boundary(to) && text.is_char_boundary(end) {
                    text.replace_range(to..end, if put.is_empty() { &piece } else { &put });
                }
            }
            if let Some(report) = short(text.as_bytes()) {
                prop_assert_eq!(Some(report), long(text.as_bytes()), "{}", text);
            }
        }
    }

    /// Bits of JSON that matter to one road or the other.
    const SOME: &str = "|,|\\[|\\]|\\{|\\}|\"|:|\\\\u0061|\\\\ud800|é|0|1|-|-0|1[.]0|1e1|null| |\n|\t|\"files\": |\"contexts\": \\{\\}, |\"executed_lines\": \\[1\\], |16777217|99999999999999999999|\"\": |\"x\": [0-9]{1,3}, ";
}
