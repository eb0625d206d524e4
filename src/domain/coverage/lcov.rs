//! Reads LCOV trace files of coverage.py and of every other producer.

use crate::base::document::{self, digits};
use crate::base::{Clean, Problem, Ratio};
use crate::domain::coverage::gather::{EXIT, Exits, Gathered, UNNAMED, line_number, ran, shortened};
use crate::domain::coverage::{FileCoverage, Format, LineSet, Report};
use std::collections::{BTreeMap, HashMap};

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
            .line(line.trim_end())
            .map_err(|what| document::refusal(&text, origin, NAME, &format!("{what} at line {at}")))?;
        rest = after;
    }
    reader.finish(origin).map_err(|what| document::refusal(&text, origin, NAME, &what))
}

/// One file while it is read. Its branches have their line and `block,branch`, so that records of several tests about
/// the same file add up.
#[derive(Default)]
struct File<'a> {
    lines: Gathered,
    branches: Vec<(u32, &'a str, bool)>,
    /// The functions by name, and whether each was entered, as they are named: a name may come several times.
    functions: Vec<(&'a [u8], bool)>,
    declared: Declared,
    records: u32,
}

/// What a record says about itself: lines and branches, found and hit.
#[derive(Clone, Copy, Default)]
struct Declared {
    lines: (Option<u64>, Option<u64>),
    branches: (Option<u64>, Option<u64>),
}

#[derive(Default)]
struct Reader<'a> {
    index: HashMap<&'a str, usize>,
    files: Vec<(&'a str, File<'a>)>,
    open: Option<usize>,
    declared: Declared,
    /// Whether the last line announced a record that has not started.
    announced: bool,
    by_coverage_py: bool,
}

impl<'a> Reader<'a> {
    /// Takes lines of the forms that nearly all lines of a trace file have, at the start of `text`. Gives how many bytes
    /// and how many lines that were; every other line is for [`Self::line`].
    fn plain_lines(&mut self, text: &'a str) -> (usize, u64) {
        let open = self.open.and_then(|open| self.files.get_mut(open));
        let Some((_, file)) = open else { return (0, 0) };
        let (mut rest, mut count) = (text.as_bytes(), 0);
        loop {
            if let Some((line, ran, after)) = plain_line(rest) {
                file.lines.line(line, ran);
                rest = after;
            } else if let Some((name, entered, after)) = plain_function(rest) {
                file.name_function(name, entered);
                rest = after;
            } else {
                return (text.len() - rest.len(), count);
            }
            count += 1;
        }
    }

    fn line(&mut self, line: &'a str) -> Result<(), String> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        match (split_at_byte(line, b':'), self.open) {
            (Some(("SF", path)), None) => self.start(path),
            (Some(("SF", _)), Some(_)) => Err("a record starts before the last one has ended".to_owned()),
            (None, Some(file)) if line == "end_of_record" => {
                self.end(file);
                Ok(())
            }
            (None, None) if line == "end_of_record" => Err("a record ends that has not started".to_owned()),
            (Some((tag, rest)), Some(file)) if is_tag(tag) => self.field(file, tag, rest),
            (_, Some(_)) => Err(format!("{:?} is no field of a record", shortened(line))),
            (Some((tag, _)), None) if INSIDE.contains(&tag) => Err(format!("{tag} stands outside a record")),
            // `TN` and what other tools leave between records.
            (_, None) => {
                self.announced = line.starts_with("TN:") || "SF:".starts_with(line) || "TN:".starts_with(line);
                Ok(())
            }
        }
    }

    fn start(&mut self, path: &'a str) -> Result<(), String> {
        let path = path.trim();
        if path.is_empty() {
            return Err("a record has no path".to_owned());
        }
        let file = *self.index.entry(path).or_insert(self.files.len());
        if file == self.files.len() {
            self.files.push((path, File::default()));
        }
        self.open = Some(file);
        self.announced = false;
        self.declared = Declared::default();
        Ok(())
    }

    fn field(&mut self, file: usize, tag: &str, rest: &'a str) -> Result<(), String> {
        let Some((_, file)) = self.files.get_mut(file) else { return Ok(()) };
        match tag {
            "DA" => {
                let mut parts = rest.splitn(3, ',');
                let line = line_number(parts.next().unwrap_or_default())?;
                let ran = ran(parts.next().ok_or("DA has no number of hits")?)?;
                if let Some(line) = line {
                    file.lines.line(line, ran);
                }
            }
            "BRDA" => {
                let (line, rest) = rest.split_once(',').ok_or("BRDA has too few parts")?;
                let (branch, taken) = rest.rsplit_once(',').ok_or("BRDA has too few parts")?;
                let taken = taken != "-" && ran(taken)?;
                self.by_coverage_py |= target(branch) != UNNAMED;
                // Line 0 stands for no line (coverage.py 6.5 wrote it for exits): the branch counts all the same.
                file.branches.push((line_number(line)?.unwrap_or(0), branch, taken));
            }
            "FN" | "FNDA" | "FNA" => file.function(tag, rest),
            "LF" => self.declared.lines.0 = rest.trim().parse().ok(),
            "LH" => self.declared.lines.1 = rest.trim().parse().ok(),
            "BRF" => self.declared.branches.0 = rest.trim().parse().ok(),
            "BRH" => self.declared.branches.1 = rest.trim().parse().ok(),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, file: usize) {
        self.open = None;
        if let Some((_, file)) = self.files.get_mut(file) {
            file.records += 1;
            file.declared = if file.records == 1 { self.declared } else { Declared::default() };
        }
    }

    fn finish(self, origin: &str) -> Result<Report, String> {
        if let Some((path, _)) = self.open.and_then(|file| self.files.get(file)) {
            return Err(format!("the file is cut off inside the record of {}", shortened(path)));
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
        for (path, mut file) in self.files {
            report.functions = report.functions.plus(entered(&mut file.functions));
            let (file, more) = file.finish(path);
            report.has_branches |= file.counts.branches > 0;
            extra += more;
            report.files.push(file);
        }
        if extra > 0 {
            let what = format!("{extra} executed lines are listed that are no statements; they are not counted");
            report.notes.push(Problem::note(origin, what).hint("coverage.py up to 7.6 writes them"));
        }
        Ok(report)
    }
}

impl<'a> File<'a> {
    /// `FN:1[,9],name`, `FNDA:3,name`, and LCOV 2's `FNA:0,3,name`. A name may hold commas. (`FNL:0,1[,9]`, which places
    /// the function of that number, names none.) No figure depends on functions: what is malformed is passed over.
    fn function(&mut self, tag: &str, rest: &'a str) {
        let Some((number, rest)) = split_at_byte(rest, b',') else { return };
        let second = split_at_byte(rest, b',');
        let (name, entered) = match (tag, second) {
            ("FNDA", _) => (rest, ran(number)),
            ("FNA", Some((hits, name))) => (name, ran(hits)),
            ("FNA", None) => return,
            // A name does not begin with a number and a comma; the last line of a function does.
            (_, Some((end, name))) if end.trim().parse::<u32>().is_ok() => (name, Ok(false)),
            _ => (rest, Ok(false)),
        };
        self.name_function(name.as_bytes(), entered.unwrap_or(false));
    }

    /// Adds a function. Many producers name each twice, the second time with its calls.
    fn name_function(&mut self, name: &'a [u8], entered: bool) {
        match self.functions.last_mut() {
            Some((last, known)) if *last == name => *known |= entered,
            _ => self.functions.push((name, entered)),
        }
    }

    /// The file, and how many listed lines are no statements.
    fn finish(mut self, path: &str) -> (FileCoverage, u64) {
        let mut exits: BTreeMap<u32, Exits> = BTreeMap::new();
        // Those that were taken come first, and stay.
        self.branches.sort_unstable_by_key(|(line, branch, taken)| (*line, *branch, !taken));
        self.branches.dedup_by_key(|(line, branch, _)| (*line, *branch));
        for (line, branch, taken) in self.branches {
            let exits = exits.entry(line).or_default();
            exits.all = exits.all.saturating_add(1);
            if taken {
                exits.taken += 1;
            } else {
                exits.missing.push(target(branch));
            }
        }
        exits.into_iter().for_each(|(line, exits)| self.lines.exits(line, exits));
        let mut file = self.lines.finish(path.to_owned());
        let extra = extra(file.counts.statements, file.counts.covered, self.declared.lines);
        file.counts.statements -= extra;
        file.counts.covered = file.counts.covered.saturating_sub(extra);
        let more = extra_branches(&file, self.declared);
        file.counts.branches -= more;
        file.counts.covered_branches -= more;
        (file, extra)
    }
}

/// How many of some functions were entered.
fn entered(functions: &mut Vec<(&[u8], bool)>) -> Ratio {
    // Those that were entered come first, and stay.
    functions.sort_unstable_by_key(|(name, entered)| (*name, !entered));
    functions.dedup_by_key(|(name, _)| *name);
    let entered = functions.iter().filter(|(_, entered)| *entered).count();
    Ratio::new(entered as u64, functions.len() as u64)
}

/// How many of the listed lines or branches are none, going by what the record declares. Extra ones were always hit,
/// so the number of missed ones must be the same in both ways of counting; coverage.py 6.5 counted extra lines in `LH`.
fn extra(listed: u64, hit: u64, declared: (Option<u64>, Option<u64>)) -> u64 {
    let missed = listed.saturating_sub(hit);
    match declared {
        (Some(all), Some(some)) if all < listed && all >= missed && (some == hit || all == missed + some) => {
            listed - all
        }
        _ => 0,
    }
}

fn extra_branches(file: &FileCoverage, declared: Declared) -> u64 {
    extra(file.counts.branches, file.counts.covered_branches, declared.branches).min(file.counts.covered_branches)
}

/// The line, whether it ran, and what follows, of `DA:3,1` at the start of a text.
#[inline]
fn plain_line(text: &[u8]) -> Option<(u32, bool, &[u8])> {
    let [b'D', b'A', b':', rest @ ..] = text else { return None };
    let (line, rest) = digits(rest)?;
    let [b',', rest @ ..] = rest else { return None };
    let (hits, rest) = digits(rest)?;
    let [b'\n', rest @ ..] = rest else { return None };
    let line = u32::try_from(line).ok().filter(|line| (1..=LineSet::LAST).contains(line))?;
    Some((line, hits > 0, rest))
}

/// The name of a function, whether it was entered, and what follows, of `FN:1,name`, `FN:1,9,name` and `FNDA:3,name` at the
/// start of a text.
fn plain_function(text: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    let [b'F', b'N', rest @ ..] = text else { return None };
    let (entered, rest) = match rest {
        [b'D', b'A', b':', rest @ ..] => {
            let (calls, rest) = digits(rest)?;
            (calls > 0, rest.strip_prefix(b",")?)
        }
        [b':', rest @ ..] => {
            let rest = digits(rest)?.1.strip_prefix(b",")?;
            let last = digits(rest).and_then(|(last, rest)| Some((last, rest.strip_prefix(b",")?)));
            let is_line = |last: &(u64, &[u8])| last.0 <= u64::from(LineSet::LAST);
            (false, last.filter(is_line).map_or(rest, |(_, rest)| rest))
        }
        _ => return None,
    };
    let name = rest.split(|byte| *byte == b'\n').next()?;
    // What the ends of other names mean, white space above all, is not decided here.
    let is_plain = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    let ends = is_plain(name.first()) && name.last().is_some_and(u8::is_ascii_graphic);
    let after = rest.get(name.len()..)?.strip_prefix(b"\n")?;
    ends.then_some((name, entered, after))
}

/// What stands before and after the first such byte. Lines are short: no search is set up.
fn split_at_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|other| other == byte)?;
    text.get(..at).zip(text.get(at + 1..))
}

fn is_tag(tag: &str) -> bool {
    !tag.is_empty() && tag.len() <= 12 && tag.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// Where a branch goes: coverage.py's text after the block, `0,jump to line 15` or `0,exit the module`.
fn target(branch: &str) -> i32 {
    let text = branch.split_once(',').map_or(branch, |(_, text)| text).trim();
    if let Some(line) = text.strip_prefix("jump to line ") {
        return line_number(line).ok().flatten().and_then(|line| i32::try_from(line).ok()).unwrap_or(UNNAMED);
    }
    let leaves = ["exit", "return from", "jump to the function exit", "run the", "finish", "didn't"];
    if leaves.iter().any(|start| text.starts_with(start)) { EXIT } else { UNNAMED }
}

#[cfg(test)]
mod tests {
    use super::{read, target};
    use crate::domain::coverage::Report;
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
