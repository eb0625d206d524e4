//! Reads LCOV trace files of coverage.py and of every other producer.

use crate::base::document;
use crate::base::{Clean, Problem, Ratio};
use crate::domain::coverage::gather::shortened;
use crate::domain::coverage::lcov_file::{File, is_tag, split_at_byte};
use crate::domain::coverage::{FileCoverage, Format, Report};
use std::collections::HashMap;

const NAME: &str = "LCOV";

/// The tags that can stand only inside a record.
const INSIDE: [&str; 20] = [
    "DA", "BRDA", "LF", "LH", "BRF", "BRH", "FN", "FNDA", "FNF", "FNH", "FNL", "FNA", "VER", "MCDC", "MCF", "MCH",
    "BA", "BRS", "FNM", "LN",
];

/// Reads a trace file. Lines are counted; `LF` and `LH` are believed only where they can be right although more lines
/// are listed: coverage.py up to 7.6 lists executed lines that are no statements.
///
/// # Errors
/// What has no record, ends inside one, or has numbers that cannot be. The format does not say how many records there
/// are: a file that was cut off exactly between two of them cannot be told from a whole one.
pub(in crate::domain::coverage) fn read(bytes: &[u8], origin: &str) -> Result<Report, Problem> {
    let text = document::text(bytes, origin, NAME)?;
    let mut reader = Reader::default();
    let mut rest: &str = &text;
    let mut at = 0_u64;
    while !rest.is_empty() {
        let (taken, lines) = reader.plain_lines(rest);
        rest = rest.get(taken..).unwrap_or_default();
        at += lines + 1;
        let (line, after) = split_at_byte(rest, b'\n').unwrap_or((rest, ""));
        reader
            .line(line.trim_end(), rest)
            .map_err(|what| document::refusal(&text, origin, NAME, &format!("{what} at line {at}")))?;
        rest = after;
    }
    reader.finish(origin).map_err(|what| document::refusal(&text, origin, NAME, &what))
}

#[derive(Default)]
struct Reader<'a> {
    index: HashMap<&'a str, usize>,
    /// The files that have ended, and what else is known of each.
    files: Vec<FileCoverage>,
    known: Vec<Known<'a>>,
    open: Option<Open<'a>>,
    /// The file of the open record. Its room is used again and again.
    file: File<'a>,
    /// Whether the last line announced a record that has not started.
    announced: bool,
    by_coverage_py: bool,
}

/// The record that is open.
struct Open<'a> {
    path: &'a str,
    /// The place of its file.
    place: usize,
    /// The text from the record on.
    text: &'a str,
}

/// What is known of a file beside its lines.
#[derive(Default)]
struct Known<'a> {
    /// How many listed lines are no statements.
    extra: u64,
    functions: Ratio,
    /// Its first record. Most files have no other: then nothing of it has to be kept, and else it is read again.
    text: &'a str,
    /// What its records say, if it has several.
    several: Option<Box<File<'a>>>,
}

impl<'a> Reader<'a> {
    /// Takes lines of the forms that nearly all lines of a trace file have, at the start of `text`. Gives how many bytes
    /// and how many lines that were; every other line is for [`Self::line`].
    fn plain_lines(&mut self, text: &'a str) -> (usize, u64) {
        if self.open.is_some() { self.file.plain_lines(text) } else { (0, 0) }
    }

    /// Takes one line, with which `text` begins.
    fn line(&mut self, line: &'a str, text: &'a str) -> Result<(), String> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        match (split_at_byte(line, b':'), self.open.is_some()) {
            (Some(("SF", path)), false) => self.start(path, text),
            (Some(("SF", _)), true) => Err("a record starts before the last one has ended".to_owned()),
            (None, true) if line == "end_of_record" => {
                self.end(text);
                Ok(())
            }
            (None, false) if line == "end_of_record" => Err("a record ends that has not started".to_owned()),
            (Some((tag, rest)), true) if is_tag(tag) => self.file.field(tag, rest),
            (_, true) => Err(format!("{:?} is no field of a record", shortened(line))),
            (Some((tag, _)), false) if INSIDE.contains(&tag) => Err(format!("{tag} stands outside a record")),
            // `TN` and what other tools leave between records.
            (_, false) => {
                self.announced = line.starts_with("TN:") || "SF:".starts_with(line) || "TN:".starts_with(line);
                Ok(())
            }
        }
    }

    fn start(&mut self, path: &'a str, text: &'a str) -> Result<(), String> {
        let path = path.trim();
        if path.is_empty() {
            return Err("a record has no path".to_owned());
        }
        let place = *self.index.entry(path).or_insert(self.files.len());
        if let Some(known) = self.known.get_mut(place) {
            self.file = known.several.take().map_or_else(|| File::read_again(known.text), |file| *file);
        }
        self.open = Some(Open { path, place, text });
        self.announced = false;
        Ok(())
    }

    /// Ends the record that is open. `rest` is the text from its last line on.
    fn end(&mut self, rest: &'a str) {
        let Some(Open { path, place, text }) = self.open.take() else { return };
        self.file.records += 1;
        self.by_coverage_py |= self.file.by_coverage_py;
        match self.known.get_mut(place) {
            Some(known) => known.several = Some(Box::new(std::mem::take(&mut self.file))),
            None => {
                let functions = self.file.entered();
                let (file, extra) = self.file.take(path);
                let text = text.get(..text.len() - rest.len()).unwrap_or_default();
                self.known.push(Known { extra, functions, text, several: None });
                self.files.push(file);
            }
        }
    }

    fn finish(mut self, origin: &str) -> Result<Report, String> {
        if let Some(open) = self.open {
            return Err(format!("the file is cut off inside the record of {}", shortened(open.path)));
        }
        if self.announced && !self.files.is_empty() {
            return Err("the file is cut off before a record".to_owned());
        }
        if self.files.is_empty() {
            return Err("the file holds no record (SF … end_of_record)".to_owned());
        }
        let mut report = Report::new(Format::Lcov, "");
        report.producer = Clean::line(if self.by_coverage_py { "coverage.py" } else { "" });
        let mut extra = 0_u64;
        for (file, mut known) in self.files.iter_mut().zip(self.known) {
            if let Some(mut several) = known.several {
                known.functions = several.entered();
                (*file, known.extra) = several.take(&file.path);
            }
            report.functions = report.functions.plus(known.functions);
            report.has_branches |= file.counts.branches > 0;
            extra += known.extra;
        }
        report.files = self.files;
        if extra > 0 {
            let what = format!("{extra} executed lines are listed that are no statements; they are not counted");
            report.notes.push(Problem::note(origin, what).hint("coverage.py up to 7.6 writes them"));
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::domain::coverage::Report;
    use crate::domain::coverage::lcov_file::target;
    use proptest::prelude::*;

    fn report(text: &str) -> Report {
        read(text.as_bytes(), "a.lcov").unwrap()
    }

    fn refused(text: &str, expect: &str) {
        let problem = read(text.as_bytes(), "a.lcov").expect_err(text).to_string();
        assert!(problem.starts_with("a.lcov: LCOV: ") && problem.contains(expect), "{problem}");
    }

    #[test]
    fn functions_are_counted_by_name_in_both_versions_of_the_format() {
        let report = report(
            "SF:a.py\nFN:1,4,f\nFN:7,operator,(int)\nFN:9,g\nFNDA:2,f\nFNDA:0,operator,(int)\nFNF:3\nFNH:1\nDA:1,1\nend_of_record\n\
             SF:b.py\nFNL:0,3,9\nFNA:0,5,h\nFNL:1,12\nFNA:1,0,i,j\nDA:3,5\nend_of_record\n",
        );
        assert_eq!((report.functions.part, report.functions.whole), (2, 5));
    }

    #[test]
    fn records_of_one_file_add_up() {
        let one = "SF:a.c\r\nDA:1,0\r\nDA:2,0\r\nBRDA:1,0,0,-\r\nBRDA:1,0,1,1\r\nend_of_record\r\n";
        let two = "TN:other\nSF:a.c\nDA:1,7,abc\nBRDA:1,0,0,2\nend_of_record\n";
        let report = report(&format!("{one}{two}"));
        let totals = report.totals();
        assert_eq!((report.files.len(), totals.statements, totals.covered), (1, 2, 1));
        assert_eq!((totals.branches, totals.covered_branches), (2, 2));
    }

    #[test]
    fn branches_of_coverage_py_are_text_with_commas() {
        let text = "SF:a.py\nDA:1,1\nBRDA:1,0,jump to line 15,0\nBRDA:1,0,return from function 'a,b',-\nend_of_record";
        let report = report(text);
        assert_eq!(report.files[0].missing_branches, [(1, -1), (1, 15)]);
        assert_eq!(report.producer.as_str(), "coverage.py");
        assert_eq!((target("0,exit the module"), target("0,1")), (-1, 0));
    }

    #[test]
    fn totals_are_believed_only_where_the_extra_lines_ran() {
        let extra = report("SF:a.py\nDA:1,1\nDA:2,1\nDA:3,0\nLF:2\nLH:1\nend_of_record\n");
        assert_eq!((extra.totals().statements, extra.totals().covered, extra.notes.len()), (2, 1, 1));
        let older = report("SF:a.py\nDA:1,1\nDA:2,1\nDA:3,0\nLF:2\nLH:2\nend_of_record\n");
        assert_eq!((older.totals().statements, older.totals().covered), (2, 1));
        let lying = report("SF:a.py\nDA:1,1\nDA:2,1\nDA:3,0\nLF:1\nLH:1\nend_of_record\n");
        assert_eq!((lying.totals().statements, lying.totals().covered, lying.notes.len()), (3, 2, 0));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_in_how_many_records_a_file_comes(
            lines in proptest::collection::vec((0..3_usize, "DA:[1-9][0-9]?,[01]( |,x)?|FN:[1-9],[ab]|FNDA:[01],[ab]|BRDA:[1-9],0,[ab],[-01]|#DA:x"), 0..12),
        ) {
            let record = |path: &str, lines: &[&str]| format!("TN:\nSF:{path}\n{}\nend_of_record\n", lines.join("\n"));
            let of = |place: usize| lines.iter().filter(|line| line.0 == place).map(|line| &*line.1).collect::<Vec<_>>();
            let whole = report(&record("a.py", &lines.iter().map(|line| &*line.1).collect::<Vec<_>>()));
            let parts = (0..3).map(|place| record("a.py", &of(place)) + &record(&format!("{place}.py"), &["DA:1,1"]));
            let parts = report(&parts.collect::<String>());
            prop_assert_eq!((&whole.files[0], whole.functions), (&parts.files[0], parts.functions));
        }

        #[test]
        fn a_line_means_the_same_in_its_short_and_its_long_form(
            lines in proptest::collection::vec(("[0-9]{0,3}|16777217|9{21}", "[0-9]{0,3}|9{21}|-1|x"), 0..6),
        ) {
            let text = |end: &str| {
                let lines: String = lines.iter().map(|(line, hits)| format!("DA:{line},{hits}{end}\n")).collect();
                format!("SF:a.py\n{lines}end_of_record\n")
            };
            prop_assert_eq!(read(text("").as_bytes(), ""), read(text("\r").as_bytes(), ""));
        }

        #[test]
        fn a_function_means_the_same_in_its_short_and_its_long_form(
            functions in proptest::collection::vec(
                ("FN:[0-9]{0,2},|FN:[0-9]{1,2},[+ ]?([0-9]{1,2}|9{11}),|FNDA:([0-3]|9{21}|x),", "[ab]{0,2}( |\u{a0}|,a|,7)?"), 0..8,
            ),
        ) {
            let text = |end: &str| {
                let functions: String = functions.iter().map(|(start, name)| format!("{start}{name}{end}\n")).collect();
                format!("SF:a.py\nDA:1,1\n{functions}end_of_record\n")
            };
            prop_assert_eq!(read(text("").as_bytes(), ""), read(text("\r").as_bytes(), ""));
        }
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        refused("", "is empty");
        refused("TN:\n", "holds no record");
        refused("SF:a.py\nend_of_record\nTN:\n", "cut off before a record");
        refused("SF:a.py\nend_of_record\nS", "cut off before a record");
        refused("SF:a.py\nDA:1,1\n", "cut off inside the record of a.py");
        refused("SF:a.py\nSF:b.py\n", "starts before the last one has ended at line 2");
        refused("SF:a.py\nend_of_record\nDA:1,1\nend_of_record\n", "DA stands outside a record at line 3");
        refused("SF:a.py\nend_of_record\nend_of_record\n", "ends that has not started at line 3");
        refused("SF:a.py\nDA:1\nend_of_record\n", "no number of hits at line 2");
        refused("SF:a.py\nDA:x,1\nend_of_record\n", "no line number at line 2");
        refused("SF:a.py\n<<<<<<< HEAD\nDA:1,1\n>>>>>>> b\nend_of_record\n", "conflict markers of git at line 2");
        refused("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "LFS pointer");
    }
}
