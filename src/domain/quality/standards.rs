//! The project's own standards document: its sections, and which of them belongs to a rule.

use super::rule::Rule;

/// One section: a heading and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading, without its marks.
    pub title: String,
    /// The line, from 1.
    pub line: u32,
}

/// The headings of a document in Markdown.
#[derive(Clone, Debug, Default)]
pub struct Standards {
    sections: Vec<Section>,
}

impl Standards {
    /// Reads a document. Total: any text gives an answer. What stands in a block of code is no heading.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut sections = Vec::new();
        let mut fence: Option<&str> = None;
        let mut before = "";
        for (line, words) in (1..).zip(text.lines()) {
            let trimmed = words.trim_start();
            let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
            match (fence, mark) {
                (None, Some(mark)) => fence = Some(mark),
                (Some(open), Some(mark)) if open == mark => fence = None,
                (None, None) => {
                    let title = trimmed.trim_start_matches('#');
                    if title.len() < trimmed.len() && title.starts_with(' ') {
                        sections.push(Section { title: title.trim().trim_end_matches('#').trim().to_owned(), line });
                    } else if is_underline(trimmed) && !before.trim().is_empty() {
                        sections.push(Section { title: before.trim().to_owned(), line: line - 1 });
                    }
                }
                _ => {}
            }
            before = words;
        }
        Self { sections }
    }

    /// The section of a rule: the one whose heading has the most telling of its words; its first one where several have it.
    #[must_use]
    pub fn of(&self, rule: &Rule) -> Option<&Section> {
        rule.section.iter().find_map(|word| {
            let has = |section: &&Section| {
                section.title.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word))
                    || word.contains(' ') && section.title.to_lowercase().contains(word)
            };
            self.sections.iter().find(has)
        })
    }
}

/// `===` or `---` below a heading.
fn is_underline(line: &str) -> bool {
    let line = line.trim_end();
    line.len() >= 3 && (line.bytes().all(|byte| byte == b'=') || line.bytes().all(|byte| byte == b'-'))
}
