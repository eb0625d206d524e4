//! From the failures and the output of a test to the lines that are read. Done off the loop.

use crate::app::source_text::source_lines;
use crate::app::{Account, AccountLine, AccountRow, Entry, Fold, FramePlace};
use crate::base::{Clean, RepoPath, StyledLine, StyledText};
use crate::domain::suite::{CodeKind, Failure, Frame, Part, Section, Warned, When, is_library};
use std::collections::HashSet;

/// How often a frame repeats before the repetitions are folded.
const REPEATS: usize = 3;

/// Makes an account. `own` says which file of the project a path means, if it means one.
#[must_use]
pub fn account(
    (failures, sections): (Vec<Failure>, Vec<Section>),
    warned: &[Warned],
    own: &dyn Fn(&str) -> Option<RepoPath>,
) -> Account {
    let mut writer = Writer { account: Account::default(), own, fold: None, place: None, started_by: None };
    let attempts = failures.iter().map(|failure| failure.attempt).chain(sections.iter().map(|s| s.attempt)).max();
    let titled = failures.len() > 1 || attempts > Some(1);
    for failure in &failures {
        writer.failure(failure, titled || failure.subtest.is_some(), attempts.unwrap_or(1));
    }
    for section in &sections {
        writer.section(section, attempts.unwrap_or(1));
    }
    writer.warnings(warned, false);
    let mut account = writer.account;
    account.folded = folded(&account.entries);
    (account.failures, account.sections) = (failures, sections);
    account
}

/// The warnings of a run, each once with how often it came and where it was raised.
#[must_use]
pub fn warnings(warned: &[Warned], own: &dyn Fn(&str) -> Option<RepoPath>) -> Account {
    let mut writer = Writer { account: Account::default(), own, fold: None, place: None, started_by: None };
    writer.warnings(warned, true);
    writer.account.folded = folded(&writer.account.entries);
    writer.account.start = writer.account.stops.first().copied();
    writer.account
}

/// Text that is no failure, line by line as it was written.
#[must_use]
pub fn printed(text: &StyledText) -> Account {
    let entry = |line: &StyledLine| Entry { line: AccountLine::Printed(line.clone()), place: None, fold: None };
    let mut account = Account { entries: text.lines.iter().map(entry).collect(), ..Account::default() };
    account.folded = folded(&account.entries);
    account
}

struct Writer<'a> {
    account: Account,
    own: &'a dyn Fn(&str) -> Option<RepoPath>,
    fold: Option<usize>,
    place: Option<usize>,
    /// The attempt of the failure that a person sees first.
    started_by: Option<u32>,
}

impl Writer<'_> {
    fn put(&mut self, line: AccountLine) {
        let (place, fold) = (self.place, self.fold);
        self.account.entries.push(Entry { line, place, fold });
    }

    fn apart(&mut self) {
        if !self.account.is_empty() {
            self.put(AccountLine::Blank);
        }
    }

    fn failure(&mut self, failure: &Failure, titled: bool, attempts: u32) {
        (self.place, self.fold) = (None, None);
        self.apart();
        // How a process ended is said where it was.
        if titled || !matches!(failure.when, When::Call | When::Outside) {
            self.put(AccountLine::Title(Clean::line(&title(failure, attempts))));
        }
        let paths = failure.frames().map(|frame| self.of_project(&frame.path).is_some());
        let has_own = paths.collect::<Vec<_>>().contains(&true);
        let first_stop = self.account.stops.len();
        for (at, raised) in failure.raised.iter().enumerate() {
            if at > 0 {
                (self.place, self.fold) = (None, None);
                self.put(AccountLine::Blank);
                self.put(AccountLine::Link(Clean::line(raised.link.words())));
                self.put(AccountLine::Blank);
            }
            self.raised(&raised.parts, has_own);
        }
        // Of several attempts the last one counts, and of its failures the first.
        if self.account.stops.len() > first_stop && self.started_by.is_none_or(|before| before < failure.attempt) {
            self.account.start = self.account.stops.last().copied();
            self.started_by = Some(failure.attempt);
        }
        (self.place, self.fold) = (None, None);
    }

    fn raised(&mut self, parts: &[Part], has_own: bool) {
        let mut repeats = 0;
        let mut before: Option<&Frame> = None;
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Text(lines) => {
                    (self.place, self.fold) = (None, None);
                    lines.iter().for_each(|line| self.put(AccountLine::Text(Clean::line(line))));
                }
                Part::Frame(frame) => {
                    let is_same = before.is_some_and(|before| (&before.path, before.line) == (&frame.path, frame.line));
                    repeats = if is_same { repeats + 1 } else { 0 };
                    let is_end = parts.len() == at + 1;
                    let is_own = self.of_project(&frame.path).is_some();
                    let is_folded = has_own && (!is_own || (repeats >= REPEATS && !is_end));
                    self.frame(frame, is_own, is_folded);
                    before = Some(frame);
                }
            }
        }
    }

    fn frame(&mut self, frame: &Frame, is_own: bool, is_folded: bool) {
        let place = FramePlace {
            shown: Clean::line(&self.shown(&frame.path)),
            own: self.of_project(&frame.path),
            path: frame.path.clone(),
            line: frame.line,
            function: Clean::line(&frame.function),
        };
        self.account.places.push(place);
        self.place = Some(self.account.places.len() - 1);
        self.fold = is_folded.then(|| self.folded_with(frame, is_own));
        self.put(AccountLine::Frame(self.account.places.len() - 1));
        let mut stop = self.account.entries.len() - 1;
        frame.args.iter().for_each(|value| self.put(AccountLine::Value(Clean::line(value))));
        if let Some(current) = self.code(frame) {
            stop = current;
        }
        let fold = self.fold.take();
        // What was raised is never folded away.
        for line in &frame.explained {
            self.put(AccountLine::Says(line.says, Clean::line(line.text.trim_end())));
        }
        self.fold = fold;
        frame.locals.iter().for_each(|value| self.put(AccountLine::Value(Clean::line(value))));
        if is_own && !is_folded {
            self.account.stops.push(stop);
        }
    }

    /// The source of a frame; the answer is the line where it was left.
    fn code(&mut self, frame: &Frame) -> Option<usize> {
        let texts: Vec<&str> =
            frame.code.iter().filter(|line| line.kind != CodeKind::Caret).map(|l| &*l.text).collect();
        let mut lines = source_lines(&dedented(&texts)).into_iter();
        let margin = margin(&texts);
        let mut current = None;
        for line in &frame.code {
            if line.kind == CodeKind::Caret {
                self.put(AccountLine::Caret(Clean::line(line.text.get(margin..).unwrap_or(&line.text))));
                continue;
            }
            let is_current = line.kind == CodeKind::Current;
            if is_current {
                current = Some(self.account.entries.len());
            }
            let painted = lines.next().unwrap_or_default();
            self.put(AccountLine::Code { number: line.number, is_current, line: painted });
        }
        current
    }

    /// The fold that this frame goes into: the one before it, when nothing lies between.
    fn folded_with(&mut self, frame: &Frame, is_own: bool) -> usize {
        let name = if is_own { "the same frame again".to_owned() } else { package(&frame.path) };
        if let Some(last) = self.account.entries.last().and_then(|entry| entry.fold)
            && let Some(fold) = self.account.folds.get_mut(last)
        {
            fold.frames += 1;
            let known: HashSet<&str> = fold.words.split(", ").collect();
            if !known.contains(name.as_str()) && known.len() < 4 {
                fold.words = Clean::line(&format!("{}, {name}", fold.words.as_str()));
            }
            return last;
        }
        self.account.folds.push(Fold { frames: 1, words: Clean::line(&name) });
        self.account.folds.len() - 1
    }

    fn section(&mut self, section: &Section, attempts: u32) {
        (self.place, self.fold) = (None, None);
        self.apart();
        let mut words = section.title.clone();
        if let Some(subtest) = section.subtest.as_deref().filter(|name| !name.is_empty()) {
            words.push_str(&format!(" · subtest {subtest}"));
        }
        if attempts > 1 {
            words.push_str(&format!(" · attempt {} of {attempts}", section.attempt));
        }
        self.put(AccountLine::Section(Clean::line(&words)));
        for line in StyledText::parse(section.text.as_bytes()).lines {
            self.put(AccountLine::Printed(line));
        }
    }

    /// Warnings, the same ones once, each with its place to go to.
    fn warnings(&mut self, warned: &[Warned], named: bool) {
        let mut told: Vec<(&Warned, usize)> = Vec::new();
        for warning in warned {
            let same = |(known, _): &&mut (&Warned, usize)| {
                (&known.category, &known.text, &known.path, known.line)
                    == (&warning.category, &warning.text, &warning.path, warning.line)
            };
            match told.iter_mut().find(same) {
                Some((_, times)) => *times += 1,
                None => told.push((warning, 1)),
            }
        }
        if told.is_empty() {
            return;
        }
        (self.place, self.fold) = (None, None);
        self.apart();
        self.put(AccountLine::Section(Clean::line(&format!("Warnings ({})", warned.len()))));
        for (warning, times) in told {
            let place = FramePlace {
                shown: Clean::line(&self.shown(&warning.path)),
                own: self.of_project(&warning.path),
                path: warning.path.clone(),
                line: warning.line,
                function: Clean::default(),
            };
            let is_own = place.own.is_some();
            self.account.places.push(place);
            self.place = Some(self.account.places.len() - 1);
            if is_own {
                self.account.stops.push(self.account.entries.len());
            }
            self.put(AccountLine::Frame(self.account.places.len() - 1));
            let times = if times > 1 { format!(" (×{times})") } else { String::new() };
            for (at, line) in warning.text.lines().enumerate() {
                let words = if at == 0 { format!("{}: {line}{times}", warning.category) } else { line.to_owned() };
                self.put(AccountLine::Warned(Clean::line(&words)));
            }
            if let Some(id) = warning.id.as_ref().filter(|_| named) {
                self.put(AccountLine::Text(id.clean()));
            }
        }
        self.place = None;
    }

    fn of_project(&self, path: &str) -> Option<RepoPath> {
        (self.own)(path).filter(|_| !is_library(path))
    }

    /// The path as a person knows it.
    fn shown(&self, path: &str) -> String {
        if let Some(own) = self.of_project(path) {
            return own.as_str().to_owned();
        }
        library_path(path).unwrap_or(path).to_owned()
    }
}

/// `setup error`, `call failed · attempt 1 of 3`, `subtest case i=1`.
fn title(failure: &Failure, attempts: u32) -> String {
    let mut words = match failure.subtest.as_deref() {
        Some("") => "subtest".to_owned(),
        Some(name) => format!("subtest {name}"),
        None if failure.when == When::Outside => "the process ended".to_owned(),
        None => failure.when.word().to_owned(),
    };
    if attempts > 1 {
        words.push_str(&format!(" · attempt {} of {attempts}", failure.attempt));
    }
    words
}

/// The path of a library's file from its package on.
fn library_path(path: &str) -> Option<&str> {
    if let Some((_, rest)) = path.rsplit_once("-packages/") {
        return Some(rest);
    }
    let (_, rest) = path.rsplit_once("/lib/python")?;
    Some(rest.split_once('/')?.1)
}

/// The package that a library's file belongs to.
fn package(path: &str) -> String {
    let inner = library_path(path).unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path));
    let name = inner.split('/').next().unwrap_or(inner);
    name.strip_suffix(".py").unwrap_or(name).to_owned()
}

/// How many bytes of spaces all lines begin with.
fn margin(lines: &[&str]) -> usize {
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    filled.map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or(0)
}

/// The lines as one text without their common margin, so that they can be read as source.
fn dedented(lines: &[&str]) -> String {
    let margin = margin(lines);
    let cut = |line: &&str| line.get(margin..).unwrap_or(line.trim_start()).to_owned();
    lines.iter().map(cut).collect::<Vec<_>>().join("\n")
}

/// The rows while what can be folded is.
fn folded(entries: &[Entry]) -> Vec<AccountRow> {
    let mut rows = Vec::with_capacity(entries.len());
    let mut seen = HashSet::new();
    for (at, entry) in entries.iter().enumerate() {
        match entry.fold {
            None => rows.push(AccountRow::Line(at)),
            Some(fold) if seen.insert(fold) => rows.push(AccountRow::Fold(fold)),
            Some(_) => {}
        }
    }
    rows
}
