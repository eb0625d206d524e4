//! What the source of a test file says of a contract: the URLs that it requests, and the marks that name channels.

use crate::domain::python::{Naming, Syntax, applied, collect, last_name};
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{
    Decorator, Expr, ExprBinOp, ExprCall, ExprFString, FStringPart, InterpolatedStringElement, Operator, Stmt,
    StmtFunctionDef,
};
use ruff_text_size::Ranged;
use std::collections::HashMap;

/// What stands for a part of a URL that the source does not tell.
const OPEN: &str = "{}";
/// Methods of clients, each with the method of HTTP.
const VERBS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
/// The longest URL that is kept, in bytes.
const LONGEST: usize = 2000;
/// The most values of a name that are looked at.
const VALUES: usize = 50;

/// A URL that a source requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The method, in capitals; empty where the source does not tell it.
    pub method: String,
    /// The host; empty for a path alone.
    pub host: String,
    /// The path; `{}` stands for what the source does not tell.
    pub path: String,
}

/// One place that names a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// What is requested there.
    pub url: Url,
    /// The line.
    pub line: u32,
    /// The names after the path in the id of the test that it stands in, if it stands in one.
    pub test: Option<Vec<String>>,
}

/// A mark with texts, on a test, on a class of tests or on the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The name of the mark.
    pub mark: String,
    /// Its texts.
    pub texts: Vec<String>,
    /// The line.
    pub line: u32,
}

/// What one test file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The URLs, in source order.
    pub urls: Vec<Mention>,
    /// The marks with texts that have one of the asked names.
    pub marks: Vec<Marked>,
    /// The lines of requests whose URL the source does not tell.
    pub untold: Vec<u32>,
}

/// Reads a test file. `marks` are the names of the marks that are asked for. Total: any text gives an answer.
#[must_use]
pub fn mentions(source: &str, naming: &Naming, marks: &[String]) -> Mentions {
    let syntax = Syntax::read(source);
    let mut reader = Reader { syntax: &syntax, marks, scopes: vec![HashMap::new()], found: Mentions::default() };
    syntax.body().iter().for_each(|stmt| reader.visit_stmt(stmt));
    let mut found = reader.found;
    let tests = collect(&syntax, naming);
    for mention in &mut found.urls {
        let around = tests.iter().filter(|test| test.line <= mention.line && mention.line <= test.end);
        mention.test = around.max_by_key(|test| test.line).map(|test| test.names.clone());
    }
    found
}

struct Reader<'a> {
    syntax: &'a Syntax,
    marks: &'a [String],
    /// The texts that names stand for, from the module inwards.
    scopes: Vec<HashMap<&'a str, Vec<String>>>,
    found: Mentions,
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => return self.function(def, stmt),
            Stmt::ClassDef(class) => {
                self.decorators(&class.decorator_list);
                self.scopes.push(HashMap::new());
                walk_stmt(self, stmt);
                self.scopes.pop();
                return;
            }
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.assign(target, &assign.value);
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.assign(&assign.target, value);
                }
            }
            Stmt::For(stmt) => self.each(&stmt.target, &stmt.iter),
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            self.call(call);
        }
        walk_expr(self, expr);
    }
}

impl<'a> Reader<'a> {
    fn function(&mut self, def: &'a StmtFunctionDef, stmt: &'a Stmt) {
        self.decorators(&def.decorator_list);
        self.scopes.push(HashMap::new());
        for parameter in def.parameters.iter_non_variadic_params() {
            // A parameter hides what the module calls so.
            self.bind(parameter.parameter.name.as_str(), Vec::new());
        }
        for decorator in &def.decorator_list {
            self.parametrized(decorator);
        }
        walk_stmt(self, stmt);
        self.scopes.pop();
    }

    fn bind(&mut self, name: &'a str, mut texts: Vec<String>) {
        texts.truncate(VALUES);
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, texts);
        }
    }

    /// `url = "/pets"`, `self.url = "/pets"`, `pytestmark = pytest.mark.asyncapi("x")`.
    fn assign(&mut self, target: &'a Expr, value: &'a Expr) {
        match target {
            Expr::Name(name) if name.id.as_str() == "pytestmark" => match value {
                Expr::List(list) => list.elts.iter().for_each(|mark| self.mark(mark)),
                Expr::Tuple(tuple) => tuple.elts.iter().for_each(|mark| self.mark(mark)),
                mark => self.mark(mark),
            },
            Expr::Name(name) => {
                let texts = self.texts(value);
                self.bind(name.id.as_str(), texts);
            }
            // What a method of setting up gives to `self` is there for every test of the class.
            Expr::Attribute(attribute) if is_self(&attribute.value) => {
                let texts = self.texts(value);
                let class = self.scopes.len().saturating_sub(2);
                if let Some(scope) = self.scopes.get_mut(class).filter(|_| !texts.is_empty()) {
                    scope.insert(attribute.attr.as_str(), texts);
                }
            }
            _ => {}
        }
    }

    /// `for url in ["/a", "/b"]`.
    fn each(&mut self, target: &'a Expr, values: &'a Expr) {
        if let Some(name) = target.as_name_expr() {
            let texts = items(values).iter().flat_map(|value| self.texts(value)).collect();
            self.bind(name.id.as_str(), texts);
        }
    }

    /// `@pytest.mark.parametrize("url", ["/a", "/b"])`.
    fn parametrized(&mut self, decorator: &'a Decorator) {
        let Expr::Call(call) = &decorator.expression else { return };
        if last_name(&call.func) != Some("parametrize") {
            return;
        }
        let names = call.arguments.find_argument_value("argnames", 0);
        let values = call.arguments.find_argument_value("argvalues", 1);
        let (Some(names), Some(values)) = (names, values) else { return };
        let names: Vec<&'a str> = match names {
            Expr::StringLiteral(text) => text.value.to_str().split(',').map(str::trim).collect(),
            names => {
                items(names).iter().filter_map(|name| Some(name.as_string_literal_expr()?.value.to_str())).collect()
            }
        };
        for (at, name) in names.iter().enumerate() {
            let of_row = |row: &'a Expr| match row {
                // pytest.param("/a", id="a")
                Expr::Call(call) => call.arguments.args.get(at),
                row if names.len() == 1 => Some(row),
                row => items(row).get(at),
            };
            let texts = items(values).iter().filter_map(of_row).flat_map(|value| self.texts(value)).collect();
            self.bind(name, texts);
        }
    }

    fn decorators(&mut self, decorators: &'a [Decorator]) {
        decorators.iter().for_each(|decorator| self.mark(&decorator.expression));
    }

    fn mark(&mut self, expr: &'a Expr) {
        let Expr::Call(call) = expr else { return };
        let name = applied(expr).unwrap_or_default();
        let (before, last) = name.rsplit_once('.').unwrap_or(("", &name));
        let is_mark = before == "mark" || before.ends_with(".mark");
        if !is_mark || !self.marks.iter().any(|mark| mark == last) {
            return;
        }
        let given = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
        let texts = given.flat_map(|value| match items(value) {
            [] => self.texts(value),
            items => items.iter().flat_map(|value| self.texts(value)).collect(),
        });
        let (texts, line) = (texts.collect(), self.syntax.line(expr.start()));
        self.found.marks.push(Marked { mark: last.to_owned(), texts, line });
    }

    /// `client.get("/pets")`, `client.request("GET", "/pets")`, `client.open("/pets", method="POST")`.
    fn call(&mut self, call: &'a ExprCall) {
        let Expr::Attribute(function) = &*call.func else { return };
        let word = function.attr.as_str();
        let argument = |name: &str, place: usize| call.arguments.find_argument_value(name, place);
        let method_of = |expr: Option<&'a Expr>| {
            let text = expr.and_then(Expr::as_string_literal_expr).map(|text| text.value.to_str().to_ascii_uppercase());
            text.unwrap_or_default()
        };
        let (method, url) = match word {
            "request" | "generic" | "stream" => (method_of(argument("method", 0)), argument("url", 1)),
            "open" => {
                let method = argument("method", usize::MAX);
                let method = if method.is_some() { method_of(method) } else { "GET".to_owned() };
                (method, argument("path", 0))
            }
            verb if VERBS.contains(&verb) => {
                let first = argument("url", 0).or_else(|| argument("path", usize::MAX));
                (verb.to_ascii_uppercase(), first)
            }
            _ => return,
        };
        let url = url.or_else(|| argument("path", 1));
        let line = self.syntax.line(call.start());
        let texts = url.map(|url| self.texts(url)).unwrap_or_default();
        let mut is_told = false;
        for text in texts.into_iter().filter(|text| text.len() <= LONGEST) {
            if let Some(url) = url_of(&method, &text) {
                is_told = true;
                self.found.urls.push(Mention { url, line, test: None });
            }
        }
        let of_client = last_name(&function.value).is_some_and(|name| name.to_ascii_lowercase().contains("client"));
        if !is_told && of_client && url.is_some() {
            self.found.untold.push(line);
        }
    }

    /// The texts that an expression may be; `{}` stands for parts that the source does not tell.
    fn texts(&self, expr: &'a Expr) -> Vec<String> {
        match expr {
            Expr::StringLiteral(text) => vec![text.value.to_str().to_owned()],
            Expr::Name(name) => self.value(name.id.as_str()),
            Expr::Attribute(attribute) if is_self(&attribute.value) => {
                // What the function itself calls so is another one.
                let mut around = self.scopes.iter().rev().skip(1);
                around.find_map(|scope| scope.get(attribute.attr.as_str())).cloned().unwrap_or_default()
            }
            Expr::FString(text) => vec![self.f_string(text)],
            Expr::BinOp(operation) => self.joined(operation),
            // "/pets/{}".format(id)
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(function) if function.attr.as_str() == "format" => {
                    let texts = self.texts(&function.value);
                    texts.iter().filter(|text| !text.is_empty()).map(|text| formatted(text, '{', '}')).collect()
                }
                _ => Vec::new(),
            },
            Expr::If(choice) => [&choice.body, &choice.orelse].iter().flat_map(|expr| self.texts(expr)).collect(),
            _ => Vec::new(),
        }
    }

    fn value(&self, name: &str) -> Vec<String> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).cloned().unwrap_or_default()
    }

    fn one(&self, expr: &'a Expr) -> String {
        let mut texts = self.texts(expr);
        if texts.len() == 1 { texts.remove(0) } else { OPEN.to_owned() }
    }

    fn f_string(&self, text: &'a ExprFString) -> String {
        let mut out = String::new();
        for part in &text.value {
            match part {
                FStringPart::Literal(literal) => out.push_str(literal),
                FStringPart::FString(string) => {
                    for element in &string.elements {
                        match element {
                            InterpolatedStringElement::Literal(literal) => out.push_str(literal),
                            InterpolatedStringElement::Interpolation(inner) => {
                                out.push_str(&self.one(&inner.expression))
                            }
                        }
                    }
                }
            }
        }
        out
    }

    /// `BASE + "/pets"` and `"/pets/%s" % id`.
    fn joined(&self, operation: &'a ExprBinOp) -> Vec<String> {
        match operation.op {
            Operator::Add => vec![self.one(&operation.left) + &self.one(&operation.right)],
            Operator::Mod => {
                let texts = self.texts(&operation.left);
                let each = texts.iter().map(|text| text.replace("%s", OPEN).replace("%d", OPEN).replace("%i", OPEN));
                each.collect()
            }
            _ => Vec::new(),
        }
    }
}

/// `self` and `cls`.
fn is_self(expr: &Expr) -> bool {
    expr.as_name_expr().is_some_and(|name| matches!(name.id.as_str(), "self" | "cls"))
}

/// The values of a list, tuple or set that is written out.
fn items(expr: &Expr) -> &[Expr] {
    match expr {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::Set(set) => &set.elts,
        _ => &[],
    }
}

/// A text whose fields stand open.
fn formatted(text: &str, begin: char, end: char) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(begin) {
        let Some((_, behind)) = after.split_once(end) else { break };
        out.push_str(before);
        out.push_str(OPEN);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// What a text requests, if it is a URL: it begins with a slash, or with a host whose path is told.
fn url_of(method: &str, text: &str) -> Option<Url> {
    let method = method.to_owned();
    if let Some((scheme, rest)) = text.split_once("://") {
        let (host, path) = rest.split_at(rest.find('/')?);
        let is_web = matches!(scheme, "http" | "https" | OPEN);
        return is_web.then(|| {
            // What stands for a host may be the live server of a test.
            let host = if host.contains(OPEN) { String::new() } else { host.to_ascii_lowercase() };
            Url { method, host, path: path.to_owned() }
        });
    }
    // f"{base}/pets": whatever the base is, a path follows.
    let path = text.strip_prefix(OPEN).filter(|rest| rest.starts_with('/')).unwrap_or(text);
    let is_path = path.starts_with('/') && path != "/{}";
    is_path.then(|| Url { method, host: String::new(), path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::mentions;
    use crate::domain::python::Naming;
    use crate::domain::python::sample::python_like;
    use proptest::prelude::*;

    fn urls(source: &str) -> Vec<String> {
        let found = mentions(source, &Naming::default(), &[]);
        let words = |mention: &super::Mention| {
            let test = mention.test.as_ref().map_or(String::new(), |names| format!(" in {}", names.join("::")));
            format!("{}:{} {}{}{test}", mention.line, mention.url.method, mention.url.host, mention.url.path)
        };
        let untold = found.untold.iter().map(|line| format!("{line}:?"));
        found.urls.iter().map(words).chain(untold).collect()
    }

    #[test]
    fn literal_urls_are_found_with_their_tests() {
        let source = "def test_a(client):\n    client.get('/pets')\n    client.request('post', '/pets/', json={})\n\
                      class TestB:\n    def test_b(self):\n        self.client.open('/x', method='DELETE')\n        requests.get('http://localhost:8000/y?a=1')\n\
                      def helper(client):\n    return client.patch(path='/z')\n";
        assert_eq!(
            urls(source),
            [
                "2:GET /pets in test_a",
                "3:POST /pets/ in test_a",
                "6:DELETE /x in TestB::test_b",
                "7:GET localhost:8000/y?a=1 in TestB::test_b",
                "9:PATCH /z"
            ]
        );
    }

    #[test]
    fn parts_that_are_not_known_stand_open_and_names_stand_for_their_texts() {
        let source = "BASE = '/api'\nURL: str = BASE + '/pets'\n\
                      def test_a(client, pet):\n    client.get(f'{BASE}/pets/{pet.id}/toys')\n    client.get(URL)\n    client.put('/pets/%s' % pet.id)\n\
                      \x20   client.put('/pets/{id}/x'.format(id=1))\n    url = '/local'\n    client.get(url)\n    client.get(f'{live.url}/live')\n";
        assert_eq!(
            urls(source),
            [
                "4:GET /api/pets/{}/toys in test_a",
                "5:GET /api/pets in test_a",
                "6:PUT /pets/{} in test_a",
                "7:PUT /pets/{}/x in test_a",
                "9:GET /local in test_a",
                "10:GET /live in test_a"
            ]
        );
    }

    #[test]
    fn parametrized_urls_are_all_of_them_and_what_the_source_does_not_tell_is_said() {
        let source = "@pytest.mark.parametrize('url,status', [('/a', 200), pytest.param('/b', 404, id='b')])\n\
                      def test_a(client, url, status):\n    client.get(url)\n    client.get(reverse('pets'))\n    {}.get('key')\n\
                      class TestB:\n    def setUp(self):\n        self.url = '/c'\n    def test_b(self):\n        self.client.get(self.url)\n        for url in ['/d', '/e']: self.client.head(url)\n";
        assert_eq!(
            urls(source),
            [
                "3:GET /a in test_a",
                "3:GET /b in test_a",
                "10:GET /c in TestB::test_b",
                "11:HEAD /d in TestB::test_b",
                "11:HEAD /e in TestB::test_b",
                "4:?"
            ]
        );
    }

    #[test]
    fn marks_name_channels() {
        let source = "pytestmark = [pytest.mark.asyncapi('a')]\n@pytest.mark.asyncapi('b', 'c')\ndef test_b(): pass\n\
                      @pytest.mark.channel(name='d')\nclass TestC:\n    @mark.channel(['e'])\n    def test_c(self): pass\n@pytest.mark.other('f')\ndef test_f(): pass\n";
        let found = mentions(source, &Naming::default(), &["asyncapi".to_owned(), "channel".to_owned()]);
        let words: Vec<String> =
            found.marks.iter().map(|one| format!("{}:{} {}", one.line, one.mark, one.texts.join(","))).collect();
        assert_eq!(words, ["1:asyncapi a", "2:asyncapi b,c", "4:channel d", "6:channel e"]);
    }

    proptest! {
        #[test]
        fn any_text_gives_mentions_within_its_lines(source in python_like()) {
            let count = u32::try_from(source.lines().count()).unwrap_or(u32::MAX).max(1);
            let found = mentions(&source, &Naming::default(), &["slow".to_owned()]);
            prop_assert!(found.urls.iter().all(|mention| 1 <= mention.line && mention.line <= count));
        }
    }
}
