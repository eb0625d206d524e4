//! Empty tests for what is not covered yet: named, in three parts, failing until somebody writes them.

use super::function::Function;
use super::item::Item;
use super::name::snake;
use super::placing::{Class, TestFile};
use crate::domain::python::{Naming, outline};
use std::collections::BTreeSet;

/// Names of tests are not made longer than this.
const LONGEST_NAME: usize = 78;
/// Sentences are broken after so many characters.
const WIDTH: usize = 66;
/// Words that a name does not end with after it was cut.
const DANGLING: [&str; 16] =
    ["when", "is", "a", "an", "no", "not", "at", "most", "least", "on", "or", "while", "only", "below", "above", "in"];

/// How the project's tests wait for what is asynchronous.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Awaiting {
    /// No plugin is known to do it.
    #[default]
    Nothing,
    /// `async def` is enough.
    Plain,
    /// With this decorator, such as `pytest.mark.asyncio`.
    Marked(String),
}

/// What tests are wanted for.
pub struct Wanted<'a> {
    /// The function.
    pub function: &'a Function,
    /// What each test is to cover.
    pub items: Vec<&'a Item>,
    /// How pytest knows tests.
    pub naming: &'a Naming,
    /// The module that the function is imported from.
    pub module: &'a str,
    /// How asynchronous tests are written here.
    pub awaiting: &'a Awaiting,
}

/// A test file with empty tests in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeleton {
    /// The whole text.
    pub text: String,
    /// The tests that are new: their names with the class around them, and their lines.
    pub tests: Vec<(String, u32)>,
    /// What is put in, each piece with the line on which it begins in the new text.
    pub added: Vec<(u32, String)>,
}

/// Puts empty tests into a test file, `old` being its text where there is one. Nothing else of it is changed.
///
/// # Errors
/// Why that can't be done.
pub fn skeleton(wanted: &Wanted<'_>, old: Option<&str>) -> Result<Skeleton, String> {
    if wanted.items.is_empty() {
        return Err("there is nothing to write a test for".to_owned());
    }
    let file = TestFile::read(old.unwrap_or_default(), wanted.function, wanted.naming)?;
    let class = file.home();
    let mut taken: BTreeSet<String> = file.names(class.as_ref());
    let mut writer = Writer { wanted, file: &file, class: class.as_ref(), uses_pytest: false };
    let mut tests = Vec::new();
    for item in &wanted.items {
        let name = unique(&writer.name(item)?, &taken);
        tests.push(writer.test(&name, item));
        taken.insert(name);
    }
    let pieces = writer.pieces(&tests);
    let (text, added) = file.with(pieces);
    let known: BTreeSet<Vec<String>> =
        outline(file.text, wanted.naming).tests.into_iter().map(|test| test.names).collect();
    let after = outline(&text, wanted.naming);
    if let Some((line, what)) = after.errors.first() {
        return Err(format!("the test file would not be Python any more: line {line}: {what}"));
    }
    let new = after.tests.into_iter().filter(|test| !known.contains(&test.names));
    let new: Vec<(String, u32)> = new.map(|test| (test.names.join("::"), test.line)).collect();
    if new.len() != wanted.items.len() {
        return Err("pytest would not collect the new tests by its settings for names".to_owned());
    }
    Ok(Skeleton { text, tests: new, added })
}

/// A piece that goes into a test file.
pub struct Piece {
    /// The byte before which it goes in.
    pub at: usize,
    /// The blank lines that it wants above.
    pub above: usize,
    /// Its lines.
    pub lines: Vec<String>,
    /// The blank lines that it wants below where something follows.
    pub below: usize,
}

struct Writer<'a> {
    wanted: &'a Wanted<'a>,
    file: &'a TestFile<'a>,
    class: Option<&'a Class>,
    uses_pytest: bool,
}

impl Writer<'_> {
    /// The name of a test, by the project's pattern for names.
    fn name(&self, item: &Item) -> Result<String, String> {
        let function = self.wanted.function;
        let own = match (function.own_name(), &function.class) {
            ("__init__", Some(class)) => class.as_str(),
            (own, _) => own,
        };
        let own = snake(own);
        let is_named = self.class.is_some_and(|class| class.is_of(own.as_str()));
        let body = match (item.name.as_str(), own.as_str()) {
            ("", own) => format!("{own}_in_line_with_its_source"),
            (does, "") => does.to_owned(),
            (does, _) if is_named => does.to_owned(),
            (does, own) => format!("{own}_{does}"),
        };
        let body = cut(&body);
        let naming = self.wanted.naming;
        if self.class.is_some_and(|class| class.is_unittest) {
            return Ok(format!("test_{body}"));
        }
        let made = naming.python_functions.iter().map(|pattern| match pattern.split_once('*') {
            Some((before, after)) => format!("{before}{body}{after}"),
            None if pattern.ends_with('_') => format!("{pattern}{body}"),
            None => format!("{pattern}_{body}"),
        });
        let fits = |name: &String| {
            naming.is_test_function(name) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        std::iter::once(format!("test_{body}")).chain(made).find(fits).ok_or_else(|| {
            let patterns = naming.python_functions.join(" ");
            format!("no name can be made that pytest collects by python_functions = {patterns}")
        })
    }

    /// One test, without indentation.
    fn test(&mut self, name: &str, item: &Item) -> Vec<String> {
        let function = self.wanted.function;
        let unit = &self.file.unit;
        let is_unittest = self.class.is_some_and(|class| class.is_unittest);
        let values = item.values.as_ref().filter(|_| !is_unittest);
        let mut lines = Vec::new();
        let (word, awaits) = match (&self.wanted.awaiting, self.class.filter(|class| class.is_unittest)) {
            _ if !function.is_async => ("def", false),
            (_, Some(class)) if class.is_async => ("async def", true),
            (_, Some(_)) | (Awaiting::Nothing, None) => ("def", false),
            (Awaiting::Plain, None) => ("async def", true),
            (Awaiting::Marked(mark), None) => {
                self.uses_pytest |= mark.starts_with("pytest.");
                lines.push(format!("@{mark}"));
                ("async def", true)
            }
        };
        let mut given: Vec<&str> = self.class.iter().map(|_| "self").collect();
        if let Some((param, values)) = values {
            self.uses_pytest = true;
            let values: Vec<String> = values.iter().map(i64::to_string).collect();
            lines.push(format!("@pytest.mark.parametrize(\"{param}\", [{}])", values.join(", ")));
            given.push(param);
        }
        lines.push(format!("{word} {name}({}):", given.join(", ")));
        lines.push(format!("{unit}# Arrange"));
        lines.push(String::new());
        lines.push(format!("{unit}# Act: {}", call(function, awaits)));
        lines.push(String::new());
        lines.push(format!("{unit}# Assert"));
        lines.extend(unfinished(unit, item.words.as_str()));
        lines
    }

    fn pieces(&self, tests: &[Vec<String>]) -> Vec<Piece> {
        let mut pieces = self.file.imports(self.wanted, self.uses_pytest);
        let deep = |lines: &Vec<String>, indent: &str| -> Vec<String> {
            lines.iter().map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") }).collect()
        };
        let apart = |blank: usize, indent: &str| -> Vec<String> {
            let mut all = Vec::new();
            for (at, test) in tests.iter().enumerate() {
                all.extend(std::iter::repeat_n(String::new(), if at == 0 { 0 } else { blank }));
                all.extend(deep(test, indent));
            }
            all
        };
        pieces.push(match self.class {
            Some(class) if class.is_new => {
                let head = format!("class {}({}):", class.name, class.base);
                let lines = [vec![head], apart(1, &self.file.unit)].concat();
                Piece { at: self.file.text.len(), above: 2, lines, below: 0 }
            }
            Some(class) => Piece { at: class.end, above: 1, lines: apart(1, &class.indent), below: class.below },
            None => Piece { at: self.file.text.len(), above: 2, lines: apart(2, ""), below: 0 },
        });
        pieces
    }
}

/// How the function is called, for the comment.
fn call(function: &Function, awaits: bool) -> String {
    let (own, class) = (function.own_name(), function.class.as_deref());
    let is = |what: &str| function.decorators.iter().any(|name| name.rsplit('.').next() == Some(what));
    let given = &function.parameters;
    let text = match (own, class) {
        ("__init__", Some(class)) => format!("{class}({given})"),
        (_, Some(class)) if is("property") || is("cached_property") => format!("{class}.{own}"),
        (_, Some(class)) if is("setter") => format!("{class}.{own} = {given}"),
        (_, Some(class)) => format!("{class}.{own}({given})"),
        (_, None) => format!("{}({given})", function.name),
    };
    let text = match (function.is_generator, function.is_async) {
        (true, false) => format!("list({text})"),
        (true, true) => format!("async for … in {text}"),
        (false, true) if awaits => format!("await {text}"),
        (false, true) => format!("asyncio.run({text})"),
        (false, false) => text,
    };
    plain(&text)
}

/// The statement that fails the test until it is written, with what it is to show.
fn unfinished(unit: &str, words: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for word in plain(words).split_inclusive(' ') {
        let is_full = pieces.last().is_some_and(|piece| !piece.is_empty() && piece.len() + word.len() > WIDTH);
        if is_full {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push_str(word);
        }
    }
    let quoted = |piece: &String| format!("\"{}\"", piece.replace('\\', "\\\\").replace('"', "\\\""));
    match pieces.as_slice() {
        [only] if only.len() < WIDTH - 24 => vec![format!("{unit}raise NotImplementedError({})", quoted(only))],
        _ => {
            let inner = pieces.iter().map(|piece| format!("{unit}{unit}{}", quoted(piece)));
            let head = std::iter::once(format!("{unit}raise NotImplementedError("));
            head.chain(inner).chain([format!("{unit})")]).collect()
        }
    }
}

/// Text in ASCII, whatever the encoding of the file is.
fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        '…' => "...".to_owned(),
        c if c.is_ascii() => c.to_string(),
        _ => "?".to_owned(),
    };
    text.chars().map(plain).collect()
}

/// A name that is not too long, cut between words.
fn cut(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let mut words: Vec<&str> = Vec::new();
    let mut length = 0;
    for word in name.split('_') {
        length += word.len() + 1;
        if length > LONGEST_NAME + 1 {
            break;
        }
        words.push(word);
    }
    while words.last().is_some_and(|word| DANGLING.contains(word)) {
        words.pop();
    }
    words.join("_")
}

/// A name that is not taken. A number alone would not tell what the one is beside the other.
fn unique(name: &str, taken: &BTreeSet<String>) -> String {
    const MORE: [&str; 5] = ["otherwise", "in_a_third_way", "in_a_fourth_way", "in_a_fifth_way", "in_a_sixth_way"];
    let others = MORE.iter().map(|more| format!("{name}_{more}"));
    let numbered = (7..).map(|at| format!("{name}_in_way_{at}"));
    std::iter::once(name.to_owned())
        .chain(others)
        .chain(numbered)
        .find(|name| !taken.contains(name))
        .unwrap_or_default()
}
