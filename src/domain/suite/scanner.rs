//! The words and signs of pytest's expressions, one after another: what comes later is not looked at before.

/// One word or sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Text,
    And,
    Or,
    Not,
    Open,
    Close,
    Equal,
    Comma,
    End,
}

impl Token {
    const fn name(&self) -> &'static str {
        match self {
            Self::Word(_) => "identifier",
            Self::Text => "string literal",
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
            Self::Open => "left parenthesis",
            Self::Close => "right parenthesis",
            Self::Equal => "=",
            Self::Comma => ",",
            Self::End => "end of input",
        }
    }
}

/// A text that is read token by token. Columns are counted from 1.
pub(super) struct Scanner<'a> {
    text: &'a str,
    rest: std::iter::Peekable<std::iter::Enumerate<std::str::Chars<'a>>>,
    current: Token,
    column: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, String> {
        let mut scanner = Self { text, rest: text.chars().enumerate().peekable(), current: Token::End, column: 1 };
        scanner.advance()?;
        Ok(scanner)
    }

    /// Where the current token begins.
    pub(super) const fn column(&self) -> usize {
        self.column
    }

    /// Goes on where the current token is this one.
    pub(super) fn takes(&mut self, wanted: &Token) -> Result<bool, String> {
        let is_it = self.current == *wanted;
        if is_it && *wanted != Token::End {
            self.advance()?;
        }
        Ok(is_it)
    }

    /// Goes on where the current token is this one, and refuses another.
    pub(super) fn expect(&mut self, wanted: &Token) -> Result<(), String> {
        if self.takes(wanted)? { Ok(()) } else { Err(self.wrong(wanted.name())) }
    }

    /// Takes a word, where the current token is one.
    pub(super) fn word(&mut self) -> Result<Option<String>, String> {
        let Token::Word(word) = self.current.clone() else { return Ok(None) };
        self.advance()?;
        Ok(Some(word))
    }

    /// That the current token is not the expected one.
    pub(super) fn wrong(&self, expected: &str) -> String {
        format!("at column {}: expected {expected}; got {}", self.column, self.current.name())
    }

    fn advance(&mut self) -> Result<(), String> {
        while self.rest.next_if(|(_, c)| [' ', '\t'].contains(c)).is_some() {}
        let Some(&(at, first)) = self.rest.peek() else {
            (self.current, self.column) = (Token::End, self.text.chars().count() + 1);
            return Ok(());
        };
        self.column = at + 1;
        let sign = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            '=' => Some(Token::Equal),
            ',' => Some(Token::Comma),
            _ => None,
        };
        self.current = match (sign, first) {
            (Some(sign), _) => {
                self.rest.next();
                sign
            }
            (None, '\'' | '"') => self.quoted(first)?,
            (None, _) => self.name(first)?,
        };
        Ok(())
    }

    fn quoted(&mut self, quote: char) -> Result<Token, String> {
        self.rest.next();
        let mut escape = None;
        for (at, c) in self.rest.by_ref() {
            if c == quote {
                return match escape {
                    None => Ok(Token::Text),
                    Some(at) => Err(format!("at column {at}: escaping with \"\\\" not supported in marker expression")),
                };
            }
            escape = escape.or((c == '\\').then_some(at + 1));
        }
        Err(format!("at column {}: closing quote \"{quote}\" is missing", self.column))
    }

    fn name(&mut self, first: char) -> Result<Token, String> {
        let is_part = |c: char| c.is_alphanumeric() || "_:+-.[]\\/".contains(c);
        let mut word = String::new();
        while let Some((_, c)) = self.rest.next_if(|(_, c)| is_part(*c)) {
            word.push(c);
        }
        match word.as_str() {
            "" => Err(format!("at column {}: unexpected character \"{first}\"", self.column)),
            "and" => Ok(Token::And),
            "or" => Ok(Token::Or),
            "not" => Ok(Token::Not),
            _ => Ok(Token::Word(word)),
        }
    }
}
