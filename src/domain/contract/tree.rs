//! A YAML or JSON document as nodes with their lines. Aliases share their node, so that no document is larger than its text.

use crate::base::{Problem, document};
use granit_parser::{Event, Options, Parser};
use std::collections::{BTreeSet, HashMap};

/// The most nodes of one document.
const MOST: usize = 4_000_000;
/// The longest key of a flow mapping, as JSON has it.
const LONGEST_KEY: usize = 65_536;
/// How many maps may be merged into one another by `<<`.
const MERGES: usize = 8;
/// How deep below the top of a file the references stand that are followed: `paths`, and each path.
const DEPTH: usize = 2;

/// One document.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    line: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Text(String),
    List(Vec<usize>),
    Map(Vec<Row>),
}

#[derive(Debug)]
struct Row {
    key: String,
    line: u32,
    value: usize,
}

/// A place in a document.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    tree: &'a Tree,
    node: usize,
}

/// One row of a map: its key, the line of the key, and its value.
pub type Entry<'a> = (&'a str, u32, At<'a>);

impl Tree {
    /// Reads the first document of a text.
    ///
    /// # Errors
    /// It is not well formed, too large, or too deeply nested; the problem names the line.
    pub fn read(bytes: &[u8], origin: &str) -> Result<Self, Problem> {
        let begins_with_brace = bytes.trim_ascii_start().first() == Some(&b'{');
        let form = if begins_with_brace { "JSON" } else { "YAML" };
        let text = document::text(bytes, origin, form)?;
        let mut options = Options::default();
        options.emit_comments = false;
        options.simple_key_max_lookahead = LONGEST_KEY;
        let mut builder = Builder::default();
        for event in Parser::new_from_str_with_options(&text, options) {
            let (event, span) = event.map_err(|error| {
                let line = error.marker().line();
                document::refusal(&text, &format!("{origin}:{line}"), form, &error.info())
                    .hint("nothing of this document is known until it can be read")
            })?;
            let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
            if matches!(event, Event::DocumentEnd) || !builder.take(event, line) {
                break;
            }
        }
        if builder.tree.nodes.len() >= MOST {
            let what = format!("has more than {MOST} values, and is not read");
            return Err(Problem::error(origin, what).hint("name a smaller document in contract.documents"));
        }
        Ok(builder.tree)
    }

    /// The document itself; nothing where it is empty.
    #[must_use]
    pub fn root(&self) -> Option<At<'_>> {
        (!self.nodes.is_empty()).then_some(At { tree: self, node: 0 })
    }

    /// What a JSON pointer within the document (`#/components/responses/Gone`) leads to.
    #[must_use]
    pub fn pointed(&self, pointer: &str) -> Option<At<'_>> {
        let mut at = self.root()?;
        let rest = pointer.strip_prefix('#')?;
        // Strictly the second is a key without a name; people mean the document.
        if matches!(rest, "" | "/") {
            return Some(at);
        }
        for part in rest.split('/').skip(1) {
            let key = unescaped(part);
            at = match key.parse::<usize>() {
                Ok(index) if at.is_list() => at.items().nth(index)?,
                _ => at.get(&key)?,
            };
        }
        Some(at)
    }
}

impl Tree {
    /// The references to other files that stand near the top, each once.
    pub(super) fn references(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<(At<'_>, usize)> = self.root().map(|root| (root, 0)).into_iter().collect();
        while let Some((at, depth)) = waiting.pop() {
            found.extend(at.text_of("$ref").filter(|reference| !reference.starts_with('#')));
            if depth < DEPTH {
                waiting.extend(at.rows().iter().map(|row| (at.at(row.value), depth + 1)));
            }
        }
        found
    }
}

/// A part of a JSON pointer in a URI, as it is meant.
fn unescaped(part: &str) -> String {
    super::address::decoded(part).replace("~1", "/").replace("~0", "~")
}

#[derive(Default)]
struct Builder {
    tree: Tree,
    open: Vec<Open>,
    anchors: HashMap<usize, usize>,
}

/// A list or map that has not ended; of a map the key whose value comes next.
struct Open {
    node: usize,
    is_map: bool,
    key: Option<(Option<String>, u32)>,
}

impl Builder {
    /// Takes an event; false where there is no room for more.
    fn take(&mut self, event: Event<'_>, line: u32) -> bool {
        match event {
            Event::Scalar(text, _, 0, _) if self.wants_key() => self.key(Some(text.into_owned()), line),
            Event::Scalar(text, _, anchor, _) => {
                let text = text.into_owned();
                let key = self.wants_key().then(|| text.clone());
                let node = self.node(Kind::Text(text), line);
                self.anchor(anchor, node);
                if key.is_some() { self.key(key, line) } else { self.place(node) }
            }
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::SequenceStart(_, anchor, _) => self.start(Kind::List(Vec::new()), anchor, line),
            Event::MappingStart(_, anchor, _) => self.start(Kind::Map(Vec::new()), anchor, line),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.place(open.node);
                }
            }
            _ => {}
        }
        self.tree.nodes.len() < MOST
    }

    /// Whether what comes next is the key of a map.
    fn wants_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_map && open.key.is_none())
    }

    fn key(&mut self, key: Option<String>, line: u32) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some((key, line));
        }
    }

    fn alias(&mut self, anchor: usize, line: u32) {
        let node = self.anchors.get(&anchor).copied();
        let node = node.unwrap_or_else(|| self.node(Kind::Text(String::new()), line));
        if !self.wants_key() {
            return self.place(node);
        }
        let key = self.tree.nodes.get(node).and_then(|node| match &node.kind {
            Kind::Text(text) => Some(text.clone()),
            Kind::List(_) | Kind::Map(_) => None,
        });
        self.key(key, line);
    }

    fn node(&mut self, kind: Kind, line: u32) -> usize {
        self.tree.nodes.push(Node { line, kind });
        self.tree.nodes.len() - 1
    }

    fn anchor(&mut self, anchor: usize, node: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
    }

    fn start(&mut self, kind: Kind, anchor: usize, line: u32) {
        let is_map = matches!(kind, Kind::Map(_));
        let node = self.node(kind, line);
        self.anchor(anchor, node);
        self.open.push(Open { node, is_map, key: None });
    }

    /// Puts a value where it belongs. A map or list that is a key stands for nothing, and neither does its value.
    fn place(&mut self, value: usize) {
        let Some(open) = self.open.last_mut() else { return };
        let row = match (open.is_map, open.key.take()) {
            (true, None) => {
                open.key = Some((None, 0));
                return;
            }
            (_, key) => key,
        };
        match self.tree.nodes.get_mut(open.node).map(|node| &mut node.kind) {
            Some(Kind::List(items)) => items.push(value),
            Some(Kind::Map(rows)) => {
                rows.extend(row.and_then(|(key, line)| Some(Row { key: key?, line, value })));
            }
            _ => {}
        }
    }
}

impl<'a> At<'a> {
    fn found(self) -> Option<&'a Node> {
        self.tree.nodes.get(self.node)
    }

    fn at(self, node: usize) -> Self {
        Self { tree: self.tree, node }
    }

    /// Its line, from 1.
    #[must_use]
    pub fn line(self) -> u32 {
        self.found().map_or(0, |node| node.line)
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_list(self) -> bool {
        self.found().is_some_and(|node| matches!(node.kind, Kind::List(_)))
    }

    /// Whether it is a map.
    #[must_use]
    pub fn is_map(self) -> bool {
        self.found().is_some_and(|node| matches!(node.kind, Kind::Map(_)))
    }

    /// The text of a scalar, as it is written: a number is its digits.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match &self.found()?.kind {
            Kind::Text(text) => Some(text),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The values of a list; none of anything else.
    pub fn items(self) -> impl Iterator<Item = Self> + use<'a> {
        let items: &[usize] = match self.found().map(|node| &node.kind) {
            Some(Kind::List(items)) => items,
            _ => &[],
        };
        items.iter().map(move |node| self.at(*node))
    }

    fn rows(self) -> &'a [Row] {
        match self.found().map(|node| &node.kind) {
            Some(Kind::Map(rows)) => rows,
            _ => &[],
        }
    }

    /// The rows of a map with those that `<<` merges into it; none of anything else. Of a key that stands there twice the
    /// last one counts.
    #[must_use]
    pub fn entries(self) -> Vec<Entry<'a>> {
        let mut found: Vec<Entry<'a>> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let (mut waiting, mut merges) = (vec![self], 0);
        while let Some(map) = waiting.pop() {
            let is_own = merges == 0;
            for row in map.rows() {
                let value = map.at(row.value);
                if row.key == "<<" {
                    if value.is_map() {
                        waiting.push(value)
                    } else {
                        waiting.extend(value.items())
                    }
                    continue;
                }
                match places.get(row.key.as_str()) {
                    Some(&at) if is_own => found[at] = (&row.key, row.line, value),
                    Some(_) => {}
                    None => {
                        places.insert(&row.key, found.len());
                        found.push((&row.key, row.line, value));
                    }
                }
            }
            merges += 1;
            if merges > MERGES {
                break;
            }
        }
        found
    }

    /// The value of a key.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        let own = self.rows().iter().rev().find(|row| row.key == key).map(|row| self.at(row.value));
        own.or_else(|| {
            let has_merges = self.rows().iter().any(|row| row.key == "<<");
            let mut all = if has_merges { self.entries() } else { Vec::new() };
            all.drain(..).find(|(name, ..)| *name == key).map(|(.., value)| value)
        })
    }

    /// The text of a key.
    #[must_use]
    pub fn text_of(self, key: &str) -> Option<&'a str> {
        self.get(key)?.text()
    }

    /// Whether it is a place of this document.
    pub(super) fn is_in(self, tree: &Tree) -> bool {
        std::ptr::eq(self.tree, tree)
    }

    /// What a JSON pointer within its document leads to.
    #[must_use]
    pub fn pointed(self, pointer: &str) -> Option<Self> {
        self.tree.pointed(pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;
    use proptest::prelude::*;

    fn read(text: &str) -> Tree {
        Tree::read(text.as_bytes(), "a.yaml").unwrap()
    }

    #[test]
    fn yaml_and_json_have_the_same_nodes_with_their_lines() {
        let yaml = read("a:\n  200: one\n  '404': two # x\nb: [x, {c: 3}]\n");
        let json = read("{\"a\": {\n\"200\": \"one\",\n\t\"404\": \"two\"},\n\"b\": [\"x\", {\"c\": 3}]}");
        for tree in [&yaml, &json] {
            let root = tree.root().unwrap();
            let a = root.get("a").unwrap();
            let rows: Vec<_> = a.entries().iter().map(|(key, line, at)| (*key, *line, at.text().unwrap())).collect();
            assert_eq!(rows, [("200", 2, "one"), ("404", 3, "two")]);
            assert_eq!(tree.pointed("#/b/1/c").unwrap().text(), Some("3"));
        }
    }

    #[test]
    fn aliases_share_their_node_and_merges_are_read() {
        let tree = read("base: &b {x: 1, y: 2}\nown:\n  <<: *b\n  y: 3\nsame: *b\n");
        let root = tree.root().unwrap();
        let own = root.get("own").unwrap();
        assert_eq!((own.text_of("x"), own.text_of("y")), (Some("1"), Some("3")));
        assert_eq!(root.get("same").unwrap().entries().len(), 2);
    }

    #[test]
    fn pointers_lead_to_what_is_meant_and_merges_never_in_circles() {
        let tree =
            read("c/d: {e f: {x: 1}}\nself: &s {<<: *s}\na: {$ref: 'x.yaml#/y'}\nb: {c: {d: {$ref: deep.yaml}}}\n");
        assert_eq!(tree.pointed("#/c~1d/e%20f/x").unwrap().text(), Some("1"));
        assert!(tree.root().unwrap().get("self").unwrap().entries().is_empty());
        assert_eq!(tree.references().into_iter().collect::<Vec<_>>(), ["x.yaml#/y"]);
    }

    #[test]
    fn a_bomb_of_aliases_is_as_large_as_its_text() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..40 {
            let before = vec![format!("*a{}", level - 1); 9].join(",");
            bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        assert!(read(&bomb).nodes.len() < 100);
    }

    #[test]
    fn what_is_not_well_formed_is_refused_with_its_line() {
        let check = |text: &str, what: &str| {
            let problem = Tree::read(text.as_bytes(), "api.yaml").unwrap_err().to_string();
            assert!(problem.contains(what), "{problem}");
        };
        check("openapi: 3.0.0\npaths:\n  - a\n b: [\n", "api.yaml:4: YAML: ");
        check("{\"a\": [1, 2}", "api.yaml:1: ");
        check(&"[".repeat(100_000), "recursion limit exceeded");
        check("", "is empty");
        check("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", "conflict markers of git at line 2");
    }

    proptest! {
        #[test]
        fn any_text_gives_a_tree_or_a_problem(text in "[a-c:\\-\\[\\]{},&*<#'\"\n $0-2]{0,80}") {
            let tree = Tree::read(text.as_bytes(), "a").unwrap_or_default();
            if let Some(root) = tree.root() {
                let _ = (root.entries().len(), tree.references().len());
            }
        }
    }
}
