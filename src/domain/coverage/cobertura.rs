//! Reads Cobertura XML of coverage.py and of every other producer.

use crate::base::document::{self, digits};
use crate::base::markup::{Element, Markup, Node};
use crate::base::{Clean, Problem, Stamp};
use crate::domain::coverage::gather::{EXIT, Exits, Gathered, line_number, ran};
use crate::domain::coverage::{FileCoverage, Format, LineSet, Report};
use std::collections::HashMap;

const NAME: &str = "Cobertura XML";

/// Reads a Cobertura report. What its root declares is not believed: lines are counted.
///
/// # Errors
/// What is not whole, not Cobertura, or has numbers that cannot be.
pub(in crate::domain::coverage) fn read(bytes: &[u8], origin: &str) -> Result<Report, Problem> {
    let text = document::text(bytes, origin, NAME)?;
    let mut markup = Markup::new(&text, origin, NAME);
    let mut reader = Reader::new();
    loop {
        reader.plain_lines(&mut markup);
        let Some(node) = markup.advance()? else { break };
        match node {
            Node::Open(element) => reader.open(&element).map_err(|what| markup.refuse(&what))?,
            Node::Text(text) => reader.text(&text),
            Node::Close => reader.close(),
            Node::Comment(comment) => reader.comment(&comment),
        }
    }
    Ok(reader.finish())
}

/// Where in the document the walk is, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Root,
    Source,
    Class,
    /// The lines of a method, which most producers repeat under the class.
    Method,
    /// Lines that stand directly under a class.
    Lines,
    Line,
    Other,
}

struct Reader {
    report: Report,
    stack: Vec<At>,
    index: HashMap<String, usize>,
    files: Vec<(String, Gathered)>,
    class: Option<Class>,
    source: String,
    version: String,
    by_coverage_py: bool,
}

/// The class that is open. Its own lines count; those of its methods only where it has none of its own, because
/// producers repeat them there with other numbers (an overload's, a constructor's).
struct Class {
    file: usize,
    own: Gathered,
    methods: Gathered,
    line: Option<(u32, Conditions)>,
    /// Whether the method that was opened last ran, as far as its lines say so.
    entered: bool,
}

/// The branches of a line that has only `<condition>` elements to say so.
#[derive(Default)]
struct Conditions {
    all: u32,
    taken: u32,
}

impl Reader {
    fn new() -> Self {
        Self {
            report: Report::new(Format::Cobertura, ""),
            stack: Vec::new(),
            index: HashMap::new(),
            files: Vec::new(),
            class: None,
            source: String::new(),
            version: String::new(),
            by_coverage_py: false,
        }
    }

    fn open(&mut self, element: &Element<'_>) -> Result<(), String> {
        let parent = self.stack.last().copied();
        let at = match (parent, element.name()) {
            (None, "coverage") => {
                self.root(element);
                At::Root
            }
            (None, name) => return Err(format!("the root element is <{name}> and not <coverage>")),
            (_, "source") => At::Source,
            (_, "class") if self.class.is_some() => return Err("a <class> stands inside another".to_owned()),
            (_, "class") => {
                self.open_class(element)?;
                At::Class
            }
            (Some(At::Class), "lines") => At::Lines,
            (Some(At::Class | At::Method), "method") => {
                self.open_method();
                At::Method
            }
            (Some(At::Class | At::Method), "methods" | "lines") => At::Method,
            (Some(at @ (At::Lines | At::Method)), "line") => {
                self.line(element, at == At::Lines)?;
                At::Line
            }
            (_, "condition") => {
                self.condition(element);
                At::Other
            }
            // `<conditions>` stays inside its line.
            _ => At::Other,
        };
        self.stack.push(at);
        Ok(())
    }

    fn root(&mut self, root: &Element<'_>) {
        self.version = root.attribute("version").unwrap_or_default().into_owned();
        self.report.stamp = root.attribute("timestamp").and_then(|stamp| timestamp(&stamp));
        let branches = root.attribute("branches-valid").and_then(|count| count.trim().parse::<u64>().ok());
        self.report.has_branches = branches.is_some_and(|count| count > 0);
    }

    fn open_class(&mut self, class: &Element<'_>) -> Result<(), String> {
        let path = class.attribute("filename").ok_or("a <class> has no filename")?.into_owned();
        if path.is_empty() {
            return Err("a <class> has an empty filename".to_owned());
        }
        let file = match self.index.get(&path) {
            Some(&file) => file,
            None => {
                self.index.insert(path.clone(), self.files.len());
                self.files.push((path, Gathered::default()));
                self.files.len() - 1
            }
        };
        self.class =
            Some(Class { file, own: Gathered::default(), methods: Gathered::default(), line: None, entered: false });
        Ok(())
    }

    fn open_method(&mut self) {
        if let Some(class) = &mut self.class {
            class.entered = false;
            self.report.functions.whole += 1;
        }
    }

    fn line(&mut self, line: &Element<'_>, own: bool) -> Result<(), String> {
        let Some(class) = &mut self.class else { return Ok(()) };
        let (mut number, mut hits, mut branch, mut fraction, mut missing) = (None, None, false, None, Vec::new());
        for (name, value) in line.attributes() {
            match name {
                "number" => number = Some(line_number(&value)?),
                "hits" => hits = Some(ran(&value)?),
                "branch" => branch = value.eq_ignore_ascii_case("true"),
                "condition-coverage" => fraction = taken_of_all(&value),
                "missing-branches" => missing = targets(&value),
                _ => {}
            }
        }
        class.line = None;
        let number = number.ok_or("a <line> has no number")?;
        let ran = hits.ok_or("a <line> has no hits")?;
        let Some(number) = number else { return Ok(()) };
        if !own && ran && !std::mem::replace(&mut class.entered, true) {
            self.report.functions.part += 1;
        }
        let lines = if own { &mut class.own } else { &mut class.methods };
        lines.line(number, ran);
        match fraction.filter(|_| branch) {
            Some((taken, all)) => lines.exits(number, Exits { all, taken, missing }),
            None if branch => class.line = Some((number, Conditions::default())),
            None => {}
        }
        Ok(())
    }

    /// Takes the lines that come next, as long as they are of the form that nearly all lines have.
    fn plain_lines(&mut self, markup: &mut Markup<'_>) {
        let (Some(at @ (At::Lines | At::Method)), Some(class)) = (self.stack.last(), &mut self.class) else { return };
        let own = *at == At::Lines;
        let Class { own: own_lines, methods, entered, .. } = class;
        let lines = if own { own_lines } else { methods };
        let part = &mut self.report.functions.part;
        markup.take_leaves(|text| {
            let (line, ran, after) = plain_line(text.as_bytes())?;
            lines.line(line, ran);
            if !own && ran && !std::mem::replace(entered, true) {
                *part += 1;
            }
            Some(text.len() - after.len())
        });
    }

    fn condition(&mut self, condition: &Element<'_>) {
        let line = self.class.as_mut().and_then(|class| class.line.as_mut());
        let coverage = condition.attribute("coverage");
        if let (Some((_, conditions)), Some(coverage)) = (line, coverage) {
            // A jump has two exits; other conditions (switches) say too little to be counted better.
            let percent = coverage.trim().trim_end_matches('%').parse::<f64>().unwrap_or(0.0);
            conditions.all = conditions.all.saturating_add(2);
            conditions.taken = conditions.taken.saturating_add(match percent {
                percent if percent >= 100.0 => 2,
                percent if percent > 0.0 => 1,
                _ => 0,
            });
        }
    }

    fn text(&mut self, text: &str) {
        if self.stack.last() == Some(&At::Source) {
            self.source.push_str(text);
        }
    }

    fn close(&mut self) {
        let own = self.stack.iter().rev().nth(1) == Some(&At::Lines);
        match self.stack.pop() {
            Some(At::Source) => {
                let source = std::mem::take(&mut self.source);
                let source = source.trim();
                if !source.is_empty() {
                    self.report.sources.push(source.to_owned());
                }
            }
            Some(At::Line) => {
                if let Some(class) = &mut self.class
                    && let Some((number, Conditions { all, taken })) = class.line.take()
                {
                    let lines = if own { &mut class.own } else { &mut class.methods };
                    lines.exits(number, Exits { all, taken, missing: Vec::new() });
                }
            }
            Some(At::Class) => self.close_class(),
            _ => {}
        }
    }

    fn close_class(&mut self) {
        if let Some(class) = self.class.take()
            && let Some((_, file)) = self.files.get_mut(class.file)
        {
            file.merge(if class.own.is_empty() { class.methods } else { class.own });
        }
    }

    fn comment(&mut self, comment: &str) {
        self.by_coverage_py |= comment.contains("coverage.py");
    }

    fn finish(mut self) -> Report {
        let name = if self.by_coverage_py { "coverage.py" } else { "Cobertura" };
        self.report.producer = Clean::line(format!("{name} {}", self.version).trim_end());
        self.report.files = self.files.into_iter().map(|(path, file)| file.finish(path)).collect();
        self.report.has_branches |= self.report.files.iter().any(|file: &FileCoverage| file.counts.branches > 0);
        self.report
    }
}

/// The number, whether it ran, and what follows, of a line as producers write most: `<line number="3" hits="1"/>`, at the
/// start of a text.
#[inline]
fn plain_line(text: &[u8]) -> Option<(u32, bool, &[u8])> {
    let (line, after) = digits(text.strip_prefix(b"<line number=\"")?)?;
    let (hits, after) = digits(after.strip_prefix(b"\" hits=\"")?)?;
    let line = u32::try_from(line).ok().filter(|line| (1..=LineSet::LAST).contains(line))?;
    let after = after.strip_prefix(b"\"")?;
    let after = after.strip_prefix(b" branch=\"false\"").unwrap_or(after);
    Some((line, hits > 0, after.strip_prefix(b"/>")?))
}

/// A time since 1970: coverage.py and Cobertura write milliseconds, others seconds.
fn timestamp(text: &str) -> Option<Stamp> {
    const SECONDS_BELOW: i64 = 100_000_000_000;
    match text.trim().parse::<i64>().ok()? {
        0 => None,
        seconds if (1..SECONDS_BELOW).contains(&seconds) => Some(Stamp(seconds * 1000)),
        milliseconds => Some(Stamp(milliseconds)),
    }
}

/// `50% (1/2)`: taken and all. Nothing for text of another form, or for more taken than there are.
fn taken_of_all(text: &str) -> Option<(u32, u32)> {
    let (_, inside) = text.split_once('(')?;
    let (taken, all) = inside.split_once(')')?.0.split_once('/')?;
    let (taken, all) = (taken.trim().parse::<u32>().ok()?, all.trim().parse::<u32>().ok()?);
    (taken <= all && all <= 1 << 24).then_some((taken, all))
}

/// coverage.py's `15,exit`.
fn targets(text: &str) -> Vec<i32> {
    let target = |target: &str| match line_number(target) {
        Ok(Some(line)) => i32::try_from(line).ok(),
        _ => Some(EXIT),
    };
    text.split(',').filter(|target| !target.trim().is_empty()).filter_map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::{read, taken_of_all};
    use crate::domain::coverage::Report;
    use proptest::prelude::*;

    fn class(lines: &str) -> String {
        format!(
            "<coverage><packages><package><classes><class filename='a.py'>{lines}</class></classes></package></packages></coverage>"
        )
    }

    fn report(lines: &str) -> Report {
        read(class(lines).as_bytes(), "cov.xml").unwrap()
    }

    fn refused(text: &str, expect: &str) {
        let problem = read(text.as_bytes(), "cov.xml").expect_err(text).to_string();
        assert!(problem.starts_with("cov.xml: Cobertura XML: ") && problem.contains(expect), "{problem}");
    }

    proptest! {
        #[test]
        fn a_line_means_the_same_in_its_short_and_its_long_form(
            lines in proptest::collection::vec(
                ("[0-9]{0,3}|16777217|9{21}", "[0-9]{0,2}|9{21}|-1|x", any::<bool>(), "[ \n]{0,2}|x|<a/>", any::<bool>()), 0..6,
            ),
            methods: bool,
        ) {
            let text = |quote: char| {
                let line = |(line, hits, branch, between, close): &(String, String, bool, String, bool)| {
                    let branch = if *branch { " branch=\"false\"" } else { "" };
                    let end = if *close { "/>" } else { "></line>" };
                    format!("<line number={quote}{line}{quote} hits=\"{hits}\"{branch}{end}{between}")
                };
                let lines: String = lines.iter().map(line).collect();
                let (start, end) = if methods { ("<methods><method name='f'>", "</method></methods>") } else { ("", "") };
                format!("<coverage><class filename='a.py'>{start}<lines>{lines}</lines>{end}</class></coverage>")
            };
            prop_assert_eq!(read(text('"').as_bytes(), ""), read(text('\'').as_bytes(), ""));
        }
    }

    #[test]
    fn lines_of_methods_count_only_where_the_class_has_none() {
        let methods =
            "<methods><method><lines><line number='1' hits='3'/><line number='9' hits='1'/></lines></method></methods>";
        let own = report(&format!("{methods}<lines><line number='1' hits='0'/></lines>"));
        assert_eq!((own.totals().statements, own.totals().covered), (1, 0));
        let alone = report(&format!("{methods}<lines/>"));
        assert_eq!((alone.totals().statements, alone.totals().covered), (2, 2));
    }

    #[test]
    fn methods_are_counted_and_packages_may_be_nested() {
        let method = |name: &str, hits: u32| {
            format!(
                "<method name='{name}' signature='()V'><lines><line number='1' hits='{hits}'/>\
                 <line number='2' hits='{hits}'/></lines></method>"
            )
        };
        let methods = format!("<methods>{}{}</methods>", method("a", 3), method("b", 0));
        let text = format!(
            "<coverage><packages><package name='x'><packages><package name='y'><classes><class filename='x/y.py'>\
             {methods}<lines><line number='1' hits='3'/></lines></class></classes></package></packages>\
             <classes><class filename='x/z.py'><lines/></class></classes></package></packages></coverage>"
        );
        let report = read(text.as_bytes(), "").unwrap();
        assert_eq!((report.functions.part, report.functions.whole), (1, 2));
        assert_eq!((report.files.len(), report.totals().statements), (2, 1));
    }

    #[test]
    fn branches_come_from_fractions_or_else_from_conditions() {
        let line =
            "<line number='3' hits='1' branch='true' condition-coverage='50% (1/2)' missing-branches='15,exit'/>";
        let named = report(&format!("<lines>{line}</lines>"));
        assert!(named.has_branches);
        assert_eq!(named.files[0].missing_branches, [(3, -1), (3, 15)]);
        assert_eq!((named.totals().branches, named.totals().partial_branches), (2, 1));
        let counted = report(
            "<lines><line number='3' hits='1' branch='True'><conditions><condition coverage='50%'/>\
             <condition coverage='100%'/></conditions></line></lines>",
        );
        assert_eq!((counted.totals().branches, counted.totals().covered_branches), (4, 3));
        assert_eq!(counted.files[0].missing_branches, [(3, 0)]);
        assert_eq!(
            (taken_of_all("37.5% (3/8)"), taken_of_all("(9/8)"), taken_of_all("50%")),
            (Some((3, 8)), None, None)
        );
    }

    #[test]
    fn one_file_in_two_classes_is_one_file() {
        let two = "<coverage><sources><source>/src</source><source> </source></sources>\
                   <class filename='a.py'><lines><line number='1' hits='0'/></lines></class>\
                   <class filename='a.py'><lines><line number='1' hits='2'/><line number='2' hits='0'/></lines></class></coverage>";
        let report = read(two.as_bytes(), "").unwrap();
        assert_eq!((report.files.len(), report.totals().statements, report.totals().covered), (1, 2, 1));
        assert_eq!(report.sources, ["/src"]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        refused("<testsuite/>", "<testsuite> and not <coverage>");
        refused("<coverage><class/></coverage>", "no filename at line 1");
        refused(&class("<lines><line number='-1' hits='0'/></lines>"), "\"-1\" is no line number");
        refused(&class("<lines><line number='99999999' hits='0'/></lines>"), "beyond 16777216");
        refused(&class("<lines><line number='1' hits='many'/></lines>"), "no number of hits");
        refused(&class("<lines><line number='1'/></lines>"), "no hits");
        refused("<coverage><class filename='a'>", "cut off");
    }
}
