//! What a page is made of. Nothing in it is escaped or cleaned: each form does that at its own door.

use crate::domain::report::Align;
use crate::domain::report::page::Chart;
use serde_json::{Map, Value};

/// What something means to the reader. A sign goes with it everywhere, so that colour is never alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// It has to be seen to.
    Bad,
    /// Nobody can tell.
    Open,
    /// It is as it should be.
    Good,
    /// Neither.
    Plain,
}

impl Tone {
    /// The sign for it.
    #[must_use]
    pub const fn glyph(self) -> char {
        match self {
            Self::Bad => '✗',
            Self::Open => '?',
            Self::Good => '✓',
            Self::Plain => '·',
        }
    }

    /// The name of its class in HTML.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Open => "open",
            Self::Good => "good",
            Self::Plain => "plain",
        }
    }
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Plain(String),
    Strong(String),
    /// A name or a command, as it is typed.
    Code(String),
    /// A text and the page that it leads to.
    Link(String, String),
}

/// A sentence, or a few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub(super) parts: Vec<Part>,
}

impl Words {
    /// No words yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { parts: Vec::new() }
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The same with more words.
    #[must_use]
    pub fn plain(self, text: impl Into<String>) -> Self {
        self.with(Part::Plain(text.into()))
    }

    /// The same with words that matter most.
    #[must_use]
    pub fn strong(self, text: impl Into<String>) -> Self {
        self.with(Part::Strong(text.into()))
    }

    /// The same with a name or a command.
    #[must_use]
    pub fn code(self, text: impl Into<String>) -> Self {
        self.with(Part::Code(text.into()))
    }

    /// Words in which names and commands stand between backticks.
    #[must_use]
    pub fn ticked(text: &str) -> Self {
        let part = |words: Self, (at, text): (usize, &str)| match (text, at % 2) {
            ("", _) => words,
            (text, 0) => words.plain(text),
            (text, _) => words.code(text),
        };
        // A backtick without its fellow is one.
        if text.matches('`').count() % 2 == 1 {
            return Self::new().plain(text);
        }
        text.split('`').enumerate().fold(Self::new(), part)
    }

    /// The same with words that lead to a page; `url` begins with `https://` or `http://`, or it is left out.
    #[must_use]
    pub fn link(self, text: impl Into<String>, url: Option<&str>) -> Self {
        match url.and_then(crate::domain::history::link) {
            Some(url) => self.with(Part::Link(text.into(), url)),
            None => self.with(Part::Plain(text.into())),
        }
    }
}

impl<T: Into<String>> From<T> for Words {
    fn from(text: T) -> Self {
        Self::new().plain(text)
    }
}

/// One item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it means.
    pub tone: Tone,
    /// What it says.
    pub words: Words,
    /// What belongs to it: places, the command to type next.
    pub below: Vec<Words>,
}

impl Item {
    /// An item with nothing below it.
    #[must_use]
    pub fn new(tone: Tone, words: impl Into<Words>) -> Self {
        Self { tone, words: words.into(), below: Vec::new() }
    }
}

/// One key figure, large.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// What it is of.
    pub about: String,
    /// The figure; `unknown` where nobody knows it.
    pub value: String,
    /// How it came about, or of what.
    pub beside: String,
    /// What it means.
    pub tone: Tone,
    /// How it went.
    pub chart: Option<Chart>,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// On which side its cells stand.
    pub align: Align,
    /// Whether its cells stay on one line.
    pub short: bool,
}

impl Column {
    /// A column of texts.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self { name, align: Align::Left, short: false }
    }

    /// A column of a word or two, which stay together.
    #[must_use]
    pub const fn short(name: &'static str) -> Self {
        Self { name, align: Align::Left, short: true }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn number(name: &'static str) -> Self {
        Self { name, align: Align::Right, short: true }
    }
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What it says.
    pub words: Words,
    /// What it means.
    pub tone: Tone,
    /// A picture of it; where there are no pictures, its words stand alone, or the chart's where it has none.
    pub chart: Option<Chart>,
}

impl Cell {
    /// A cell that means nothing in particular.
    #[must_use]
    pub fn new(words: impl Into<Words>) -> Self {
        Self { words: words.into(), tone: Tone::Plain, chart: None }
    }

    /// A name.
    #[must_use]
    pub fn code(text: impl Into<String>) -> Self {
        Self::new(Words::new().code(text))
    }

    /// The same with a meaning.
    #[must_use]
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// The same with a picture.
    #[must_use]
    pub fn drawn(self, chart: Chart) -> Self {
        Self { chart: Some(chart), ..self }
    }
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, a cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Words),
    /// A list.
    List(Vec<Item>),
    /// Key figures beside each other.
    Tiles(Vec<Tile>),
    /// A table.
    Table(Table),
    /// A chart of its own.
    Chart(Chart),
    /// Text as it is: commands, a report to copy.
    Code(String),
}

/// A section of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its name in JSON.
    pub key: &'static str,
    /// Its heading.
    pub title: String,
    /// What it tells.
    pub blocks: Vec<Block>,
    /// The same for programs.
    pub data: Value,
}

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What kind of report it is, in one word.
    pub kind: &'static str,
    /// The same as a heading.
    pub title: String,
    /// What it is of: the project, or the test.
    pub subject: String,
    /// What matters most, in a few sentences.
    pub lede: Vec<Words>,
    /// What it is made from, each with its name.
    pub facts: Vec<(&'static str, Words)>,
    /// Its sections, in their order.
    pub sections: Vec<Section>,
    /// What stands at the beginning of its JSON form.
    pub head: Map<String, Value>,
}

impl Page {
    /// For programs: the head, then what each section holds under its name.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut all = self.head.clone();
        let sections = self.sections.iter().filter(|section| !section.data.is_null());
        all.extend(sections.map(|section| (section.key.to_owned(), section.data.clone())));
        Value::Object(all)
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn what_stands_between_backticks_is_a_name_and_a_lone_backtick_is_one() {
        assert_eq!(Words::ticked("run `a b`, then `c`"), Words::from("run ").code("a b").plain(", then ").code("c"));
        assert_eq!(Words::ticked("it`s"), Words::from("it`s"));
        assert_eq!(Words::ticked(""), Words::new());
    }

    #[test]
    fn only_a_page_can_be_led_to() {
        let page = "https://ci.example.org/1";
        assert_ne!(Words::new().link("job", Some(page)), Words::from("job"));
        assert_eq!(Words::new().link("job", Some("javascript:alert(1)")), Words::from("job"));
        assert_eq!(Words::new().link("job", None), Words::from("job"));
    }
}
