//! The one door for XML: a document is walked iteratively, within bounds, and is refused unless it is whole.

use super::Problem;
use super::document;
pub use super::leaf::plain_leaf;
use super::leaf::{Leaf, split_space};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use std::borrow::Cow;
use std::io::BufRead;

/// How deep elements may be nested.
const DEEPEST: usize = 512;

/// A walk through an XML document.
///
/// It ends with `None` only when the document was whole: one root element, every element closed, nothing but white
/// space and comments after it. The XML library itself says nothing of the kind at the end of a document that was cut
/// off. A document type definition is passed over: nothing is fetched, no entity is expanded. Control characters, which
/// XML forbids and pytest before 8 wrote, are let through.
pub struct Markup<'a> {
    text: &'a str,
    origin: &'a str,
    format: &'a str,
    reader: Reader<&'a [u8]>,
    depth: usize,
    started: bool,
    rooted: bool,
    /// What comes before the library is asked again.
    next: Next<'a>,
}

/// What is known to come next.
enum Next<'a> {
    /// Nothing is known.
    Anything,
    /// Text or a tag, and never the rest of either: the place where a leaf is looked for.
    Tag,
    /// This leaf, after the text before it.
    Leaf(Leaf<'a>),
    /// The end of an element that was written as `<a/>`.
    Close,
}

/// One step of the walk.
pub enum Node<'a> {
    /// An element begins.
    Open(Element<'a>),
    /// Text, or a piece of it, with its references resolved.
    Text(Cow<'a, str>),
    /// The innermost open element ends; it comes for elements written as `<a/>` too.
    Close,
    /// A comment.
    Comment(Cow<'a, str>),
}

/// An element with its attributes, which are known to be well formed.
pub struct Element<'a>(Form<'a>);

enum Form<'a> {
    Any(BytesStart<'a>),
    Leaf(Leaf<'a>),
}

impl Element<'_> {
    /// The name without a namespace prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.0 {
            Form::Any(start) => start.local_name().into_inner(),
            Form::Leaf(leaf) => leaf.name,
        }
    }

    /// The attributes by their names as written, prefixes included. References to entities that XML does not
    /// predefine stay as they are written.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let (any, leaf) = match &self.0 {
            Form::Any(start) => (Some(start.attributes()), None),
            Form::Leaf(leaf) => (None, Some(leaf.attributes())),
        };
        let any = any.into_iter().flat_map(|mut attributes| {
            attributes.with_checks(false);
            attributes.flatten()
        });
        let any = any.map(|attribute| {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap_or_else(|_| attribute.value.clone());
            (attribute.key.into_inner(), value)
        });
        leaf.into_iter().flatten().map(|(name, value)| (name, Cow::Borrowed(value))).chain(any)
    }

    /// The value of one attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        self.attributes().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

impl<'a> Markup<'a> {
    /// A walk through `text`. `origin` and `format` are named in problems.
    #[must_use]
    pub fn new(text: &'a str, origin: &'a str, format: &'a str) -> Self {
        let reader = Reader::from_str(text);
        Self { text, origin, format, reader, depth: 0, started: false, rooted: false, next: Next::Anything }
    }

    /// The next step; nothing at the end of a whole document.
    ///
    /// # Errors
    /// Whatever is not well formed, too deep, or not whole.
    pub fn advance(&mut self) -> Result<Option<Node<'a>>, Problem> {
        match std::mem::replace(&mut self.next, Next::Anything) {
            Next::Anything => {}
            Next::Leaf(leaf) => return Ok(Some(self.leaf(leaf))),
            Next::Close => return Ok(Some(self.close())),
            Next::Tag => {
                if let Some(node) = self.look_for_leaf() {
                    return Ok(Some(node));
                }
            }
        }
        self.ask()
    }

    /// The next step, as the library tells it.
    fn ask(&mut self) -> Result<Option<Node<'a>>, Problem> {
        loop {
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.refuse_at(self.reader.error_position(), &error.to_string())),
            };
            let first = !std::mem::replace(&mut self.started, true);
            match event {
                Event::Start(start) => {
                    self.next = Next::Tag;
                    return self.open(start).map(Some);
                }
                Event::Empty(start) => {
                    self.next = Next::Close;
                    return self.open(start).map(Some);
                }
                Event::End(_) => return Ok(Some(self.close())),
                Event::Text(text) if self.depth > 0 => return Ok(Some(Node::Text(text.xml10_content()))),
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                Event::CData(text) if self.depth > 0 => return Ok(Some(Node::Text(text.into_inner()))),
                Event::GeneralRef(reference) if self.depth > 0 => return self.resolve(&reference).map(Some),
                Event::Comment(text) => return Ok(Some(Node::Comment(text.into_inner()))),
                Event::PI(_) => {}
                Event::Decl(_) if first => {}
                Event::Decl(_) if !self.rooted => {
                    return Err(self.refuse("something stands before the XML declaration"));
                }
                Event::Decl(_) => return Err(self.refuse("a second document starts inside the first")),
                Event::DocType(_) if !self.rooted => {}
                Event::DocType(_) => return Err(self.refuse("a document type stands after the start")),
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    let side = if self.rooted { "after" } else { "before" };
                    return Err(self.refuse(&format!("there is text {side} the root element")));
                }
                Event::Eof => return self.end(),
            }
        }
    }

    /// The leaf that comes next, or the white space before it. The library is led past both: in its eyes, nothing has
    /// opened or closed.
    fn look_for_leaf(&mut self) -> Option<Node<'a>> {
        if !(1..DEEPEST).contains(&self.depth) {
            return None;
        }
        let text: &'a str = self.text;
        let rest = text.get(text.len().checked_sub(self.reader.get_ref().len())?..)?;
        let (space, tag) = split_space(rest);
        let (leaf, taken) = Leaf::read(tag)?;
        self.reader.stream().consume(space.len() + taken);
        if space.is_empty() {
            return Some(self.leaf(leaf));
        }
        self.next = Next::Leaf(leaf);
        Some(Node::Text(Cow::Borrowed(space)))
    }

    /// Gives what comes next, white space apart, to `take`, as long as that takes a leaf from its start and says how many
    /// bytes it took. The walk goes on behind the last one that was taken, as if it had gone through each. What is taken must
    /// be a whole element, well formed and without content.
    pub fn take_leaves(&mut self, mut take: impl FnMut(&'a str) -> Option<usize>) {
        if !matches!(self.next, Next::Tag) || !(1..DEEPEST).contains(&self.depth) {
            return;
        }
        let text: &'a str = self.text;
        let start = text.len().saturating_sub(self.reader.get_ref().len());
        let (mut taken, mut rest) = (start, text.get(start..).unwrap_or_default());
        loop {
            rest = rest.trim_start_matches([' ', '\t', '\n']);
            let Some(after) = take(rest).and_then(|length| rest.get(length..)) else { break };
            (taken, rest) = (text.len() - after.len(), after);
        }
        self.reader.stream().consume(taken - start);
    }

    fn leaf(&mut self, leaf: Leaf<'a>) -> Node<'a> {
        self.depth += 1;
        self.next = Next::Close;
        Node::Open(Element(Form::Leaf(leaf)))
    }

    fn close(&mut self) -> Node<'a> {
        self.depth = self.depth.saturating_sub(1);
        self.next = Next::Tag;
        Node::Close
    }

    /// A refusal that names the present place.
    #[must_use]
    pub fn refuse(&self, what: &str) -> Problem {
        self.refuse_at(self.reader.buffer_position(), what)
    }

    fn refuse_at(&self, at: u64, what: &str) -> Problem {
        let place = document::place(self.text, usize::try_from(at).unwrap_or(usize::MAX));
        document::refusal(self.text, self.origin, self.format, &format!("{what} at {place}"))
    }

    fn open(&mut self, start: BytesStart<'a>) -> Result<Node<'a>, Problem> {
        if self.depth == 0 && std::mem::replace(&mut self.rooted, true) {
            return Err(self.refuse("a second root element starts"));
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.refuse(&format!("elements are nested deeper than {DEEPEST}")));
        }
        for attribute in start.attributes() {
            match attribute {
                Ok(attribute) if attribute.value.contains('<') => {
                    return Err(self.refuse("a raw < stands in an attribute"));
                }
                Ok(attribute) if !references_end(&attribute.value) => {
                    return Err(self.refuse("a & in an attribute is not the start of a reference"));
                }
                Ok(_) => {}
                Err(error) => return Err(self.refuse(&error.to_string())),
            }
        }
        Ok(Node::Open(Element(Form::Any(start))))
    }

    fn resolve(&self, reference: &BytesRef<'a>) -> Result<Node<'a>, Problem> {
        let name: &str = reference;
        let known = match name {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "apos" => "'",
            "quot" => "\"",
            _ => "",
        };
        if !known.is_empty() {
            return Ok(Node::Text(Cow::Borrowed(known)));
        }
        if !is_reference(name) {
            return Err(self.refuse("a & is not the start of a reference"));
        }
        let text = match reference.resolve_char_ref() {
            Ok(Some(c)) => c.to_string(),
            _ => format!("&{name};"),
        };
        Ok(Node::Text(Cow::Owned(text)))
    }

    fn end(&self) -> Result<Option<Node<'a>>, Problem> {
        match (self.rooted, self.depth) {
            (false, _) => Err(self.refuse("there is no element; the document ends")),
            (true, 0) => Ok(None),
            (true, depth) => Err(self.refuse(&format!("the document is cut off: {depth} elements are still open"))),
        }
    }
}

/// Whether every `&` of an attribute starts a reference.
fn references_end(value: &str) -> bool {
    value.split('&').skip(1).all(|rest| rest.split_once(';').is_some_and(|(name, _)| is_reference(name)))
}

/// Whether `name` can stand between `&` and `;`.
fn is_reference(name: &str) -> bool {
    let name = name.strip_prefix('#').unwrap_or(name);
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
}

#[cfg(test)]
mod tests {
    use super::{Markup, Next, Node};
    use crate::base::Problem;
    use proptest::prelude::*;

    /// Names, attribute `a` and texts in the order of the document.
    fn walk(text: &str) -> Result<String, String> {
        walk_by(text, |markup| markup.advance())
    }

    fn walk_by<'a>(
        text: &'a str,
        advance: fn(&mut Markup<'a>) -> Result<Option<Node<'a>>, Problem>,
    ) -> Result<String, String> {
        let mut markup = Markup::new(text, "x.xml", "XML");
        let mut out = String::new();
        while let Some(node) = advance(&mut markup).map_err(|problem| problem.to_string())? {
            match node {
                Node::Open(element) => {
                    out.push_str(&format!("<{}", element.name()));
                    if let Some(value) = element.attribute("a") {
                        out.push_str(&format!(" {value}"));
                    }
                    out.push('>');
                }
                Node::Text(text) => out.push_str(&text),
                Node::Close => out.push_str("</>"),
                Node::Comment(_) => {}
            }
        }
        Ok(out)
    }

    fn check(text: &str, expect: &str) {
        assert_eq!(walk(text).as_deref(), Ok(expect), "{text:?}");
    }

    fn refused(text: &str, expect: &str) {
        let problem = walk(text).expect_err(text);
        assert!(problem.contains(expect), "{problem:?} does not say {expect:?}");
    }

    #[test]
    fn a_whole_document_is_walked() {
        check(
            "<?xml version='1.0'?>\n<!-- c --><r a='1&amp;2'><b/>x&lt;&#65;<![CDATA[<&]]></r>\n<!-- c -->\n",
            "<r 1&2><b></>x<A<&</>",
        );
        check("<x:r xmlns:x='u' x:a='2'/>", "<r></>");
    }

    #[test]
    fn a_document_that_is_not_whole_is_refused() {
        refused("<r><a/>", "cut off");
        refused("hello world", "text before the root");
        refused("<!-- only -->", "no element");
        refused("<r/><r/>", "second root");
        refused("<r/>tail", "text after the root");
        refused("<r><?xml version='1.0'?></r>", "second document");
        refused("<r></s>", "expected `</r>`");
        refused("<r a='<'/>", "raw <");
        refused("<r a='1' a='2'/>", "line 1");
        refused("<r>a & b; </r>", "&");
        refused("<r a='x & y'/>", "&");
        refused("<r>\n<<<<<<< HEAD\n<a/>\n>>>>>>> b\n</r>", "conflict markers of git at line 2");
    }

    #[test]
    fn entities_are_never_expanded() {
        let bomb = "<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'><!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n<r a='&b;'>&b;&x;</r>";
        check(bomb, "<r &b;>&b;&x;</>");
    }

    #[test]
    fn control_characters_are_let_through() {
        check("<r a='\u{1b}[1m'>\u{1b}[0m&#27;</r>", "<r \u{1b}[1m>\u{1b}[0m\u{1b}</>");
        check("<r>&#0;</r>", "<r>&#0;</>");
    }

    #[test]
    fn depth_is_bounded() {
        check(
            &format!("{}{}", "<a>".repeat(512), "</a>".repeat(512)),
            &format!("{}{}", "<a>".repeat(512), "</>".repeat(512)),
        );
        refused(&"<a>".repeat(2_000_000), "deeper than 512");
    }

    proptest! {
        #[test]
        fn walking_is_total(text in "(<[a-c/!?]|[a-c]|>|=|'|\"|&|;|#|\\[|\\]|CDATA| |-){0,60}") {
            let _ = walk(&text);
        }

        #[test]
        fn leaves_are_told_as_the_library_tells_them(
            inside in "(<a( [ab]=\"[12&<'\t]{0,2}\"){0,2} ?/>|<b( a='1')?>|</b>|[ \n\r]|x|&lt;|<!-- -->|<a/){0,12}",
        ) {
            let text = format!("<r>{inside}</r>");
            let slow = walk_by(&text, |markup| {
                if matches!(markup.next, Next::Tag) {
                    markup.next = Next::Anything;
                }
                markup.advance()
            });
            prop_assert_eq!(walk(&text), slow);
        }
    }
}
