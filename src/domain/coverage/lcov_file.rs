//! The records of one file in an LCOV trace file: lines, branches, functions.

use crate::base::Ratio;
use crate::base::document::digits;
use crate::domain::coverage::gather::{EXIT, Exits, Gathered, UNNAMED, line_number, ran};
use crate::domain::coverage::{FileCoverage, LineSet};
use std::collections::BTreeMap;

/// One file while it is read. Its branches have their line and `block,branch`, so that records of several tests about
/// the same file add up.
#[derive(Default)]
pub(in crate::domain::coverage) struct File<'a> {
    lines: Gathered,
    branches: Vec<(u32, &'a str, bool)>,
    functions: Vec<Function<'a>>,
    declared: Declared,
    /// How many records of it have ended.
    pub records: u32,
    /// Whether its branches are those of coverage.py.
    pub by_coverage_py: bool,
}

/// A function as it is named once. It may be named several times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Function<'a> {
    /// The last bytes of its name, which tell most names apart.
    ending: u64,
    name: &'a [u8],
    entered: bool,
}

/// What a record says about itself: lines and branches, found and hit.
#[derive(Clone, Copy, Default)]
struct Declared {
    lines: (Option<u64>, Option<u64>),
    branches: (Option<u64>, Option<u64>),
}

impl<'a> File<'a> {
    /// Reads a record that was accepted before.
    pub fn read_again(mut text: &'a str) -> Self {
        let mut file = Self { records: 1, ..Self::default() };
        while !text.is_empty() {
            let (taken, _) = file.plain_lines(text);
            text = text.get(taken..).unwrap_or_default();
            let (line, after) = split_at_byte(text, b'\n').unwrap_or((text, ""));
            // Its first line is the path, and some lines may be remarks.
            let field = split_at_byte(line.trim_end(), b':').filter(|(tag, _)| is_tag(tag));
            let _ = field.map(|(tag, rest)| file.field(tag, rest));
            text = after;
        }
        file
    }

    /// Takes lines of the forms that nearly all lines have. Gives how many bytes and how many lines that were.
    pub fn plain_lines(&mut self, text: &'a str) -> (usize, u64) {
        let (mut rest, mut count) = (text.as_bytes(), 0);
        loop {
            if let Some((line, ran, after)) = plain_line(rest) {
                self.lines.line(line, ran);
                rest = after;
            } else if let Some((name, entered, after)) = plain_function(rest) {
                self.name_function(name, entered);
                rest = after;
            } else {
                return (text.len() - rest.len(), count);
            }
            count += 1;
        }
    }

    /// Takes one field. `FN` and the like are never wrong.
    ///
    /// # Errors
    /// What has too few parts, or numbers that cannot be.
    pub fn field(&mut self, tag: &str, rest: &'a str) -> Result<(), String> {
        match tag {
            "DA" => {
                let mut parts = rest.splitn(3, ',');
                let line = line_number(parts.next().unwrap_or_default())?;
                let ran = ran(parts.next().ok_or("DA has no number of hits")?)?;
                if let Some(line) = line {
                    self.lines.line(line, ran);
                }
            }
            "BRDA" => {
                let (line, rest) = rest.split_once(',').ok_or("BRDA has too few parts")?;
                let (branch, taken) = rest.rsplit_once(',').ok_or("BRDA has too few parts")?;
                let taken = taken != "-" && ran(taken)?;
                self.by_coverage_py |= target(branch) != UNNAMED;
                // Line 0 stands for no line (coverage.py 6.5 wrote it for exits): the branch counts all the same.
                self.branches.push((line_number(line)?.unwrap_or(0), branch, taken));
            }
            "FN" | "FNDA" | "FNA" => self.function(tag, rest),
            "LF" => self.declared.lines.0 = rest.trim().parse().ok(),
            "LH" => self.declared.lines.1 = rest.trim().parse().ok(),
            "BRF" => self.declared.branches.0 = rest.trim().parse().ok(),
            "BRH" => self.declared.branches.1 = rest.trim().parse().ok(),
            _ => {}
        }
        Ok(())
    }

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
            Some(last) if last.name == name => last.entered |= entered,
            _ => self.functions.push(Function { ending: ending(name), name, entered }),
        }
    }

    /// The file, and how many listed lines are no statements. Nothing stays here but the room.
    pub fn take(&mut self, path: &str) -> (FileCoverage, u64) {
        // What several records declare does not add up.
        let declared = if self.records == 1 { self.declared } else { Declared::default() };
        (self.declared, self.records, self.by_coverage_py) = Default::default();
        self.functions.clear();
        self.gather_branches();
        let mut file = self.lines.take(path.to_owned());
        let extra = extra(file.counts.statements, file.counts.covered, declared.lines);
        file.counts.statements -= extra;
        file.counts.covered = file.counts.covered.saturating_sub(extra);
        let more = extra_branches(&file, declared);
        file.counts.branches -= more;
        file.counts.covered_branches -= more;
        (file, extra)
    }

    /// How many of its functions were entered.
    pub fn entered(&mut self) -> Ratio {
        self.functions.sort_unstable();
        let named = self.functions.chunk_by(|one, other| (one.ending, one.name) == (other.ending, other.name));
        named.fold(Ratio::default(), |all, same| {
            all.plus(Ratio::new(u64::from(same.iter().any(|function| function.entered)), 1))
        })
    }

    fn gather_branches(&mut self) {
        let mut exits: BTreeMap<u32, Exits> = BTreeMap::new();
        // Those that were taken come first, and stay.
        self.branches.sort_unstable_by_key(|(line, branch, taken)| (*line, *branch, !taken));
        self.branches.dedup_by_key(|(line, branch, _)| (*line, *branch));
        for (line, branch, taken) in self.branches.drain(..) {
            let exits = exits.entry(line).or_default();
            exits.all = exits.all.saturating_add(1);
            if taken {
                exits.taken += 1;
            } else {
                exits.missing.push(target(branch));
            }
        }
        exits.into_iter().for_each(|(line, exits)| self.lines.exits(line, exits));
    }
}

/// The last bytes of a name as a number.
fn ending(name: &[u8]) -> u64 {
    match name.last_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => name.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)),
    }
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
    let (hits, rest) = match rest {
        // Most producers, coverage.py among them, write nothing else.
        [b',', hits @ b'0'..=b'9', b'\n', rest @ ..] => (u64::from(hits - b'0'), rest),
        [b',', rest @ ..] => {
            let (hits, rest) = digits(rest)?;
            (hits, rest.strip_prefix(b"\n")?)
        }
        _ => return None,
    };
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
pub(in crate::domain::coverage) fn split_at_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|other| other == byte)?;
    text.get(..at).zip(text.get(at + 1..))
}

/// Whether a field may be called so.
pub(in crate::domain::coverage) fn is_tag(tag: &str) -> bool {
    !tag.is_empty() && tag.len() <= 12 && tag.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// Where a branch goes: coverage.py's text after the block, `0,jump to line 15` or `0,exit the module`.
pub(in crate::domain::coverage) fn target(branch: &str) -> i32 {
    let text = branch.split_once(',').map_or(branch, |(_, text)| text).trim();
    if let Some(line) = text.strip_prefix("jump to line ") {
        return line_number(line).ok().flatten().and_then(|line| i32::try_from(line).ok()).unwrap_or(UNNAMED);
    }
    let leaves = ["exit", "return from", "jump to the function exit", "run the", "finish", "didn't"];
    if leaves.iter().any(|start| text.starts_with(start)) { EXIT } else { UNNAMED }
}
