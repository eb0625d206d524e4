//! pytest's expressions for choosing tests: `-k "cart and not slow"` by keywords, `-m "db or slow"` by marks.

use crate::domain::suite::scanner::{Scanner, Token};
use crate::domain::suite::{Keywords, TestId};

/// How deep parentheses and `not` may be nested.
const DEEPEST: usize = 100;
/// What can't be the name of an argument.
const RESERVED: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// An expression of words with `and`, `or`, `not` and parentheses, read as pytest reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression(Node);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    /// What nothing is chosen by: an empty expression.
    Nothing,
    Word(String),
    /// A mark with arguments.
    Call(String),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
}

impl Node {
    /// Whether it holds, where that can be told: `is` is given a word, and whether it has arguments.
    fn holds(&self, is: &dyn Fn(&str, bool) -> Option<bool>) -> Option<bool> {
        // What decides alone, or else what is not known, or else the other value.
        let any = |nodes: &[Self], decides: bool| {
            let mut all = Some(!decides);
            for node in nodes {
                match node.holds(is) {
                    Some(value) if value == decides => return Some(decides),
                    Some(_) => {}
                    None => all = None,
                }
            }
            all
        };
        match self {
            Self::Nothing => Some(false),
            Self::Word(word) => is(word, false),
            Self::Call(word) => is(word, true),
            Self::Not(node) => node.holds(is).map(|value| !value),
            Self::And(nodes) => any(nodes, false),
            Self::Or(nodes) => any(nodes, true),
        }
    }

    fn has_call(&self) -> bool {
        match self {
            Self::Nothing | Self::Word(_) => false,
            Self::Call(_) => true,
            Self::Not(node) => node.has_call(),
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().any(Self::has_call),
        }
    }
}

impl Expression {
    /// Reads the expression of `-k`.
    ///
    /// # Errors
    /// It is not well formed: what is wrong and at which column, in pytest's words.
    pub fn keywords(text: &str) -> Result<Self, String> {
        match Self::marks(text)? {
            Self(node) if node.has_call() => Err("Keyword expressions do not support call parameters.".to_owned()),
            expression => Ok(expression),
        }
    }

    /// Reads the expression of `-m`.
    ///
    /// # Errors
    /// As [`Expression::keywords`].
    pub fn marks(text: &str) -> Result<Self, String> {
        let mut parser = Parser { scanner: Scanner::new(text)?, depth: 0 };
        if parser.scanner.takes(&Token::End)? {
            return Ok(Self(Node::Nothing));
        }
        let node = parser.either()?;
        parser.scanner.expect(&Token::End)?;
        Ok(Self(node))
    }

    /// Whether `-k` chooses a test: a word holds when it is part of a name in the id or of a keyword, whatever its case.
    #[must_use]
    pub fn chooses_by_keyword(&self, id: &TestId, words: &Keywords) -> bool {
        let text = id.as_str().to_lowercase();
        let (path, rest) = text.split_once("::").unwrap_or((&text, ""));
        let params = rest.find('[').unwrap_or(rest.len());
        // The parameters belong to the last name, whatever they hold.
        let cut = rest.get(..params).and_then(|names| names.rfind("::"));
        let (around, own) = cut.map_or(("", rest), |cut| (&rest[..cut], &rest[cut + 2..]));
        let holds = |word: &str, _: bool| {
            let word = word.to_lowercase();
            let others = words.marks.iter().chain(&words.others);
            let found = own.contains(&word)
                || path.split('/').chain(around.split("::")).any(|name| name.contains(&word))
                || others.into_iter().any(|name| name.to_lowercase().contains(&word));
            Some(found)
        };
        self.0.holds(&holds).unwrap_or(false)
    }

    /// Whether `-m` chooses a test: a word holds when a mark has that name. Nothing where that depends on the arguments of
    /// marks, which are not known.
    #[must_use]
    pub fn chooses_by_mark(&self, words: &Keywords) -> Option<bool> {
        self.0.holds(&|word, has_arguments| {
            let is_there = words.marks.iter().any(|mark| mark == word);
            (!(is_there && has_arguments)).then_some(is_there)
        })
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    depth: usize,
}

impl Parser<'_> {
    fn either(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.both()?];
        while self.scanner.takes(&Token::Or)? {
            nodes.push(self.both()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Or(nodes) })
    }

    fn both(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.single()?];
        while self.scanner.takes(&Token::And)? {
            nodes.push(self.single()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::And(nodes) })
    }

    fn single(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        let node = if self.scanner.takes(&Token::Not)? {
            Node::Not(Box::new(self.single()?))
        } else if self.scanner.takes(&Token::Open)? {
            let node = self.either()?;
            self.scanner.expect(&Token::Close)?;
            node
        } else {
            let Some(word) = self.scanner.word()? else {
                return Err(self.scanner.wrong("not OR left parenthesis OR identifier"));
            };
            if self.scanner.takes(&Token::Open)? {
                self.arguments()?;
                Node::Call(word)
            } else {
                Node::Word(word)
            }
        };
        self.depth -= 1;
        Ok(node)
    }

    /// The arguments of a mark, `name=value, …`, with the parenthesis that ends them.
    fn arguments(&mut self) -> Result<(), String> {
        loop {
            let column = self.scanner.column();
            let Some(name) = self.scanner.word()? else { return Err(self.scanner.wrong("identifier")) };
            let mut chars = name.chars();
            let is_name = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
                && chars.all(|c| c.is_alphanumeric() || c == '_');
            if !is_name {
                return Err(format!("at column {column}: not a valid python identifier {name}"));
            }
            if RESERVED.contains(&name.as_str()) {
                return Err(format!("at column {column}: unexpected reserved python keyword `{name}`"));
            }
            self.scanner.expect(&Token::Equal)?;
            self.value()?;
            if !self.scanner.takes(&Token::Comma)? {
                return self.scanner.expect(&Token::Close);
            }
        }
    }

    fn value(&mut self) -> Result<(), String> {
        if self.scanner.takes(&Token::Text)? {
            return Ok(());
        }
        let column = self.scanner.column();
        let Some(value) = self.scanner.word()? else { return Err(self.scanner.wrong("identifier")) };
        let digits = value.strip_prefix('-').unwrap_or(&value);
        let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
        if is_number || ["True", "False", "None"].contains(&value.as_str()) {
            return Ok(());
        }
        Err(format!("at column {column}: unexpected character/s \"{value}\""))
    }
}

#[cfg(test)]
mod tests {
    use super::Expression;
    use crate::domain::suite::{Keywords, TestId};
    use proptest::prelude::*;

    fn words(marks: &[&str]) -> Keywords {
        Keywords { marks: marks.iter().map(|mark| (*mark).to_owned()).collect(), others: vec!["extra".to_owned()] }
    }

    fn keyword(text: &str, expect: bool) {
        let id = TestId::new("tests/orders/test_cart.py::TestCart::test_add[Two::a-3]");
        let found = Expression::keywords(text).unwrap().chooses_by_keyword(&id, &words(&["slow"]));
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn keywords_are_parts_of_names_whatever_their_case() {
        for text in ["cart", "CART", "testcart", "orders", "add[two::a", "a-3", "slow", "xtra", "test_cart.py"] {
            keyword(text, true);
        }
        for text in ["carts", "orders/test_cart", "TestCart::test_add", "py::Test", "\u{e9}"] {
            keyword(text, false);
        }
        keyword("not cart", false);
        keyword("nope or cart and add", true);
        keyword("(nope or cart) and not (add or nope)", false);
        keyword("not not cart", true);
        keyword("not nope and not nope", true);
        keyword("", false);
    }

    #[test]
    fn marks_are_whole_names_and_pytest_alone_knows_their_arguments() {
        let check = |text: &str, expect: Option<bool>| {
            let found = Expression::marks(text).unwrap().chooses_by_mark(&words(&["slow", "db"]));
            assert_eq!(found, expect, "{text}");
        };
        check("slow", Some(true));
        check("slo", Some(false));
        check("extra", Some(false));
        check("db and not gpu", Some(true));
        check("db(kind='sqlite', n=-1)", None);
        check("not db(kind=None)", None);
        check("gpu(n=1)", Some(false));
        check("slow or db(n=1)", Some(true));
        check("gpu and db(n=1)", Some(false));
        check("slow and db(n=1)", None);
        check(" ", Some(false));
    }

    #[test]
    fn what_is_not_well_formed_is_said_as_pytest_says_it() {
        let check = |text: &str, expect: &str| assert_eq!(Expression::marks(text), Err(expect.to_owned()), "{text}");
        check("a and", "at column 6: expected not OR left parenthesis OR identifier; got end of input");
        check("(a", "at column 3: expected right parenthesis; got end of input");
        check("a b $", "at column 3: expected end of input; got identifier");
        check("a $", "at column 3: unexpected character \"$\"");
        check("a('b", "at column 3: closing quote \"'\" is missing");
        check("a(1=2)", "at column 3: not a valid python identifier 1");
        check("a(in=2)", "at column 3: unexpected reserved python keyword `in`");
        check("a(b=c)", "at column 5: unexpected character/s \"c\"");
        check("a(b=1", "at column 6: expected right parenthesis; got end of input");
        assert!(Expression::keywords("a(b=1)").is_err());
        assert!(Expression::marks(&"(".repeat(1000)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[ab()notr ='\",1\\\\]{0,30}") {
            let _ = Expression::marks(&text);
        }
    }
}
