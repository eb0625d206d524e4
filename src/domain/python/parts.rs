//! The parts of a source, each with what its code is and which names it mentions: functions, classes, statements outside.

use crate::domain::python::kept::{kept, variables};
use crate::domain::python::syntax::Syntax;
use crate::domain::python::unbound::{local_imports, unbound};
use ruff_python_ast::comparable::{
    ComparableArguments, ComparableDecorator, ComparableExpr, ComparableParameters, ComparableStmt,
    ComparableTypeParams,
};
use ruff_python_ast::helpers::any_over_expr;
use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_ast::{Alias, Decorator, ExceptHandler, Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Functions that pytest or unittest calls without being told to.
const CALLED: [&str; 16] = [
    "setup",
    "teardown",
    "setUp",
    "tearDown",
    "asyncSetUp",
    "asyncTearDown",
    "setUpClass",
    "tearDownClass",
    "setUpModule",
    "tearDownModule",
    "setup_module",
    "teardown_module",
    "setup_function",
    "teardown_function",
    "setup_class",
    "setup_method",
];
/// Names outside functions that pytest reads.
const READ: [&str; 4] = ["pytestmark", "pytest_plugins", "collect_ignore", "collect_ignore_glob"];
/// Strings longer than this name nothing.
const LONGEST_NAME: usize = 120;

/// What a part of a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// A function or method that stands in no other function.
    Function,
    /// A class: its decorators, its bases, and the statements of its body that are no functions.
    Class,
    /// A statement outside functions and classes, all that it holds included.
    Statement,
}

/// One part of a source. What it is does not depend on comments, docstrings and formatting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// The name of a function or class with the classes around it; empty for a statement.
    pub name: String,
    /// The names that it gives a meaning to, without the classes around them; `*` for any names.
    pub binds: Vec<String>,
    /// Its first line, decorators included.
    pub line: u32,
    /// Its last line.
    pub end: u32,
    /// What its decorators are.
    pub decorators: u64,
    /// What its parameters and their defaults are; nothing for what is no function.
    pub signature: u64,
    /// What all of it is.
    pub code: u64,
    /// Whether pytest uses it without any test naming it: an automatic fixture, a hook, a call at import.
    pub automatic: bool,
    /// Whether it is made once for several tests, as a fixture with a scope: it runs for the first of them alone.
    pub shared: bool,
    /// Whether it is an import and nothing else.
    pub is_import: bool,
    /// Whether it only gives names to values, without a call: whoever does not mention these names can't notice it.
    pub is_quiet: bool,
    /// Whether it is a fixture: used by whoever asks for it by its name.
    pub is_fixture: bool,
    /// The names by which it may ask for fixtures, sorted: its parameters, and the words of short strings that are no
    /// dotted names.
    pub asks: Vec<String>,
    /// The names that it mentions, sorted: identifiers, and those in short strings, such as `usefixtures("db")`.
    pub mentions: Vec<String>,
    /// Those of them that an import works with, sorted: what stands in a decorator, a default, or a statement that calls
    /// something; not a plain base class, and not what another name is given to.
    pub worked: Vec<String>,
    /// Where a function keeps something that outlives its call: names of variables and attributes, sorted.
    pub kept: Vec<String>,
}

impl Part {
    /// Whether it mentions a name.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        self.mentions.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    /// Whether it may ask for a fixture of that name. What stands outside functions may hand one on.
    #[must_use]
    pub fn asks_for(&self, name: &str) -> bool {
        self.kind != PartKind::Function || self.asks.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    /// Whether an import works with a name in it, and does not only look it up.
    #[must_use]
    pub fn works_with(&self, name: &str) -> bool {
        self.worked.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    /// The name by which others call a function: its own, or that of the class around it for `__init__` and its like, which
    /// have no name of their own where they run.
    #[must_use]
    pub fn called(&self) -> Option<&str> {
        self.name.rsplit('.').find(|word| !word.starts_with("__"))
    }

    /// The class around it; nothing outside classes.
    #[must_use]
    pub fn class(&self) -> Option<&str> {
        self.name.rsplit_once('.').map(|(class, _)| class)
    }
}

/// The parts of `source` in their order. Total: broken source gives what could be read.
#[must_use]
pub fn parts(source: &str) -> Vec<Part> {
    let syntax = Syntax::read(source);
    let mut reader = Reader { source, syntax: &syntax, parts: Vec::new(), unbound: unbound(source, &syntax) };
    reader.body(syntax.body(), "");
    reader.parts
}

struct Reader<'a> {
    source: &'a str,
    syntax: &'a Syntax,
    parts: Vec<Part>,
    unbound: BTreeSet<String>,
}

impl Reader<'_> {
    /// The statements of the module.
    fn body(&mut self, body: &[Stmt], scope: &str) {
        for stmt in without_docstring(body) {
            match stmt {
                Stmt::FunctionDef(def) => self.function(def, scope),
                Stmt::ClassDef(class) => self.class(class, scope),
                _ if scope.is_empty() => self.statement(stmt),
                _ => {}
            }
        }
    }

    fn function(&mut self, def: &StmtFunctionDef, scope: &str) {
        let name = qualified(scope, def.name.as_str());
        let decorators = decorators(&def.decorator_list);
        let signature = hash(|state| {
            def.is_async.hash(state);
            ComparableParameters::from(&*def.parameters).hash(state);
            def.returns.as_deref().map(ComparableExpr::from).hash(state);
            def.type_params.as_deref().map(ComparableTypeParams::from).hash(state);
        });
        let code = hash(|state| {
            (decorators, signature).hash(state);
            without_docstring(&def.body).for_each(|stmt| ComparableStmt::from(stmt).hash(state));
        });
        let bare = def.name.as_str();
        let says = |word| def.decorator_list.iter().any(|decorator| self.names(decorator.range()).contains(&word));
        let (is_auto, shared) = (says("autouse"), says("scope"));
        let automatic = is_auto || CALLED.contains(&bare) || bare.starts_with("pytest_");
        let mut part = self.part(PartKind::Function, name, def.range(), &[def.range()]);
        (part.binds, part.decorators, part.signature) = (vec![bare.to_owned()], decorators, signature);
        (part.code, part.automatic, part.shared) = (code, automatic, shared);
        if let Some(other) = fixture_name(&def.decorator_list) {
            part.binds.push(other);
        }
        part.kept = kept(def);
        let defaults = def.parameters.iter_non_variadic_params().filter_map(|param| param.default.as_deref());
        let decorators = def.decorator_list.iter().map(Ranged::range);
        part.worked = self.sorted(decorators.chain(defaults.map(Ranged::range)), &BTreeSet::new());
        let imported = if self.unbound.is_empty() { BTreeSet::new() } else { local_imports(&def.body) };
        let unbound = self.unbound.iter().map(String::as_str).filter(|name| !imported.contains(*name));
        let hidden: BTreeSet<&str> = unbound.chain(variables(def)).collect();
        part.mentions = self.sorted([def.range()].into_iter(), &hidden);
        part.asks.extend(def.parameters.iter().map(|parameter| parameter.name().to_string()));
        part.asks.sort_unstable();
        part.is_fixture = says("fixture");
        self.parts.push(part);
    }

    fn class(&mut self, class: &StmtClassDef, scope: &str) {
        let name = qualified(scope, class.name.as_str());
        let is_own = |stmt: &&Stmt| !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_));
        let own: Vec<&Stmt> = without_docstring(&class.body).filter(is_own).collect();
        let decorators = decorators(&class.decorator_list);
        let code = hash(|state| {
            decorators.hash(state);
            class.arguments.as_deref().map(ComparableArguments::from).hash(state);
            own.iter().for_each(|stmt| ComparableStmt::from(*stmt).hash(state));
        });
        let head = class.body.first().map_or(class.end(), Ranged::start);
        let ranges: Vec<TextRange> =
            [TextRange::new(class.start(), head)].into_iter().chain(own.iter().map(|stmt| stmt.range())).collect();
        let mut part = self.part(PartKind::Class, name.clone(), class.range(), &ranges);
        (part.binds, part.decorators, part.code) = (vec![class.name.to_string()], decorators, code);
        part.worked = self.sorted(worked(class, &own).into_iter(), &BTreeSet::new());
        self.parts.push(part);
        self.body(&class.body, &name);
    }

    fn statement(&mut self, stmt: &Stmt) {
        let mut part = self.part(PartKind::Statement, String::new(), stmt.range(), &[stmt.range()]);
        bound(stmt, &mut part.binds);
        part.code = hash(|state| ComparableStmt::from(stmt).hash(state));
        part.is_import = matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_));
        part.is_quiet = is_quiet(stmt);
        part.automatic = part.binds.is_empty() || part.binds.iter().any(|name| READ.contains(&name.as_str()));
        if !part.is_import && !part.is_quiet {
            part.worked.clone_from(&part.mentions);
        }
        self.parts.push(part);
    }

    fn part(&self, kind: PartKind, name: String, range: TextRange, ranges: &[TextRange]) -> Part {
        let (line, end) = self.syntax.lines(range);
        let mentions = self.sorted(ranges.iter().copied(), &BTreeSet::new());
        Part {
            kind,
            name,
            binds: Vec::new(),
            line,
            end,
            decorators: 0,
            signature: 0,
            code: 0,
            automatic: false,
            shared: false,
            is_import: false,
            is_quiet: false,
            is_fixture: false,
            asks: self.asked(ranges),
            mentions,
            worked: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// The names in stretches of source, sorted.
    fn sorted(&self, ranges: impl Iterator<Item = TextRange>, hidden: &BTreeSet<&str>) -> Vec<String> {
        let mut names: Vec<&str> = ranges.flat_map(|range| self.seen(range, hidden)).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(ToOwned::to_owned).collect()
    }

    /// The words in short strings, but for dotted ones: so fixtures are asked for.
    fn asked(&self, ranges: &[TextRange]) -> Vec<String> {
        let strings = ranges.iter().flat_map(|range| self.tokens(*range)).filter_map(|token| self.string(token));
        let plain = strings.filter(|text| !text.contains(['.', ':']));
        plain.flat_map(words).map(ToOwned::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn tokens(&self, range: TextRange) -> impl Iterator<Item = &Token> {
        let tokens = self.syntax.tokens();
        let first = tokens.partition_point(|token| token.end() <= range.start());
        tokens.iter().skip(first).take_while(move |token| token.start() < range.end())
    }

    /// The text of a token that is a short string.
    fn string(&self, token: &Token) -> Option<&str> {
        let text = self.text(token.start(), token.end());
        let is_short = text.len() <= LONGEST_NAME && !text.ends_with("\"\"\"");
        (token.kind() == TokenKind::String && is_short).then_some(text)
    }

    /// The names in a stretch of source.
    fn names(&self, range: TextRange) -> Vec<&str> {
        self.seen(range, &BTreeSet::new())
    }

    /// The names in a stretch of source, but for some that only count as attributes of something.
    fn seen(&self, range: TextRange, hidden: &BTreeSet<&str>) -> Vec<&str> {
        let mut found = Vec::new();
        let mut is_attribute = false;
        for token in self.tokens(range) {
            let text = self.text(token.start(), token.end());
            let was_dot = std::mem::replace(&mut is_attribute, token.kind() == TokenKind::Dot);
            match token.kind() {
                TokenKind::Name if !was_dot && hidden.contains(text) => {}
                TokenKind::Name => found.push(text),
                TokenKind::String => found.extend(self.string(token).map(words).unwrap_or_default()),
                // Soft keywords are names wherever they are not used as keywords.
                TokenKind::Match | TokenKind::Case | TokenKind::Type => found.push(text),
                _ => {}
            }
        }
        found
    }

    fn text(&self, from: TextSize, to: TextSize) -> &str {
        self.source.get(from.to_usize()..to.to_usize()).unwrap_or_default()
    }
}

/// The identifiers that a string literal consists of; none when it holds anything else.
fn words(literal: &str) -> Vec<&str> {
    let inner = literal.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim_matches(['"', '\'']);
    let words: Vec<&str> = inner.split([',', ' ', '.', ':']).filter(|word| !word.is_empty()).collect();
    let is_name = |word: &&str| {
        word.chars().all(|c| c.is_alphanumeric() || c == '_') && !word.starts_with(|c: char| c.is_ascii_digit())
    };
    if words.iter().all(is_name) { words } else { Vec::new() }
}

fn qualified(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

fn without_docstring(body: &[Stmt]) -> impl Iterator<Item = &Stmt> {
    let is_docstring = |stmt: &Stmt| matches!(stmt, Stmt::Expr(expr) if expr.value.is_string_literal_expr());
    let skip = usize::from(body.first().is_some_and(is_docstring));
    body.iter().skip(skip)
}

fn hash(feed: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut state = DefaultHasher::new();
    feed(&mut state);
    state.finish()
}

fn decorators(list: &[Decorator]) -> u64 {
    if list.is_empty() {
        return 0;
    }
    hash(|state| list.iter().for_each(|decorator| ComparableDecorator::from(decorator).hash(state)))
}

/// The name that a fixture is asked for by, when it is not its function's.
fn fixture_name(list: &[Decorator]) -> Option<String> {
    list.iter().find_map(|decorator| {
        let call = decorator.expression.as_call_expr()?;
        let keyword = call.arguments.keywords.iter().find(|k| k.arg.as_ref().is_some_and(|arg| arg == "name"))?;
        Some(keyword.value.as_string_literal_expr()?.value.to_str().to_owned())
    })
}

/// The stretches of a class in which an import works with what it names: its decorators, its keywords, bases that are made
/// by something, and the statements of its body that call something.
fn worked(class: &StmtClassDef, own: &[&Stmt]) -> Vec<TextRange> {
    let is_made = |expr: &&Expr| !matches!(expr, Expr::Name(_) | Expr::Attribute(_));
    let decorators = class.decorator_list.iter().map(Ranged::range);
    let arguments = class.arguments.as_deref();
    let keywords = arguments.into_iter().flat_map(|found| found.keywords.iter()).map(Ranged::range);
    let bases = arguments.into_iter().flat_map(|found| found.args.iter()).filter(is_made).map(Ranged::range);
    let is_loud = |stmt: &&&Stmt| !is_quiet(stmt) && !matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_));
    let statements = own.iter().filter(is_loud).map(|stmt| stmt.range());
    decorators.chain(keywords).chain(bases).chain(statements).collect()
}

/// The names that a statement gives a meaning to.
pub fn bound(stmt: &Stmt, names: &mut Vec<String>) {
    match stmt {
        Stmt::FunctionDef(def) => names.push(def.name.to_string()),
        Stmt::ClassDef(class) => names.push(class.name.to_string()),
        Stmt::Assign(assign) => assign.targets.iter().for_each(|target| targets(target, names)),
        Stmt::AnnAssign(assign) => targets(&assign.target, names),
        Stmt::AugAssign(assign) => targets(&assign.target, names),
        Stmt::TypeAlias(alias) => targets(&alias.name, names),
        Stmt::Import(import) => names.extend(import.names.iter().map(imported)),
        Stmt::ImportFrom(import) => names.extend(import.names.iter().map(imported)),
        Stmt::For(stmt) => {
            targets(&stmt.target, names);
            inside(stmt.body.iter().chain(&*stmt.orelse), names);
        }
        Stmt::While(stmt) => inside(stmt.body.iter().chain(&*stmt.orelse), names),
        Stmt::With(stmt) => {
            stmt.items.iter().filter_map(|item| item.optional_vars.as_deref()).for_each(|to| targets(to, names));
            inside(stmt.body.iter(), names);
        }
        Stmt::If(stmt) => {
            inside(stmt.body.iter().chain(stmt.elif_else_clauses.iter().flat_map(|clause| &*clause.body)), names);
        }
        Stmt::Try(stmt) => {
            let handlers = stmt.handlers.iter().flat_map(|ExceptHandler::ExceptHandler(handler)| &*handler.body);
            inside(stmt.body.iter().chain(handlers).chain(&*stmt.orelse).chain(&*stmt.finalbody), names);
        }
        Stmt::Match(stmt) => inside(stmt.cases.iter().flat_map(|case| &*case.body), names),
        _ => {}
    }
}

/// Whether a statement gives values that are made without any call to plain names.
fn is_quiet(stmt: &Stmt) -> bool {
    let loud = |value: &Expr| {
        let is_loud = |expr: &Expr| {
            matches!(expr, Expr::Call(_) | Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Named(_))
        };
        any_over_expr(value, &is_loud)
    };
    match stmt {
        Stmt::Assign(assign) => assign.targets.iter().all(Expr::is_name_expr) && !loud(&assign.value),
        Stmt::AnnAssign(assign) => assign.target.is_name_expr() && !assign.value.as_deref().is_some_and(loud),
        _ => false,
    }
}

fn inside<'a>(body: impl Iterator<Item = &'a Stmt>, names: &mut Vec<String>) {
    body.for_each(|stmt| bound(stmt, names));
}

fn targets(target: &Expr, names: &mut Vec<String>) {
    match target {
        Expr::Name(name) => names.push(name.id.to_string()),
        Expr::Attribute(attribute) => names.push(attribute.attr.to_string()),
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| targets(target, names)),
        Expr::List(list) => list.elts.iter().for_each(|target| targets(target, names)),
        Expr::Starred(starred) => targets(&starred.value, names),
        Expr::Subscript(subscript) => targets(&subscript.value, names),
        _ => {}
    }
}

/// The name that an import gives a meaning to.
pub fn imported(alias: &Alias) -> String {
    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
    name.split('.').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Part, PartKind, parts};
    use crate::domain::python::sample::python_like;
    use proptest::prelude::*;

    const SOURCE: &str = "\
\"\"\"Orders.\"\"\"
import pytest
from shop.cart import Cart as Basket, total

RATE: int = 2


@pytest.fixture(autouse=True, name=\"basket\")
def make_basket(db):
    return Basket(db)


class TestCart(Base):
    size = RATE

    @pytest.mark.usefixtures(\"clean, slate\")
    def test_total(self, basket):
        \"\"\"Words.\"\"\"
        assert total(basket) == RATE  # a comment


register(Basket)
";

    fn found() -> Vec<Part> {
        parts(SOURCE)
    }

    #[test]
    fn a_source_falls_into_functions_classes_and_statements() {
        let all: Vec<(PartKind, String, String, u32, u32, bool)> = found()
            .into_iter()
            .map(|part| (part.kind, part.name, part.binds.join(" "), part.line, part.end, part.automatic))
            .collect();
        let row = |kind, name: &str, binds: &str, line, end, automatic| {
            (kind, name.to_owned(), binds.to_owned(), line, end, automatic)
        };
        use PartKind::{Class, Function, Statement};
        assert_eq!(
            all,
            [
                row(Statement, "", "pytest", 2, 2, false),
                row(Statement, "", "Basket total", 3, 3, false),
                row(Statement, "", "RATE", 5, 5, false),
                row(Function, "make_basket", "make_basket basket", 8, 10, true),
                row(Class, "TestCart", "TestCart", 13, 19, false),
                row(Function, "TestCart.test_total", "test_total", 16, 19, false),
                row(Statement, "", "", 22, 22, true),
            ]
        );
    }

    #[test]
    fn names_are_those_of_the_code_and_of_short_strings() {
        let all = found();
        let test = all.iter().find(|part| part.name == "TestCart.test_total").unwrap();
        assert!(["basket", "total", "RATE", "clean", "slate", "usefixtures"].iter().all(|name| test.mentions(name)));
        assert!(!test.mentions("comment") && !test.mentions("Words"));
        let class = all.iter().find(|part| part.kind == PartKind::Class).unwrap();
        assert!(class.mentions("Base") && class.mentions("RATE") && !class.mentions("total"));
    }

    fn check(old: &str, new: &str, same: bool) {
        let codes = |source: &str| parts(source).into_iter().map(|part| part.code).collect::<Vec<_>>();
        assert_eq!(codes(old) == codes(new), same, "{old:?} {new:?}");
    }

    #[test]
    fn comments_docstrings_and_formatting_change_no_part() {
        let old = "def f(a, b=1):\n    return g(a, b)\n";
        check(
            old,
            "# new\n\ndef f(\n    a,\n    b = 1,\n):\n    \"\"\"Does it.\"\"\"\n    return g(a,  # why\n             b)\n",
            true,
        );
        check("x = 'a'\n", "x = \"a\"\n", true);
        check(old, "def f(a, b=2):\n    return g(a, b)\n", false);
        check(old, "def f(a, b=1):\n    return g(b, a)\n", false);
        check("x = (1)\n", "x = (1,)\n", false);
        check("def f(): pass\n", "@d\ndef f(): pass\n", false);
        check("class A(B): pass\n", "class A(C): pass\n", false);
    }

    proptest! {
        #[test]
        fn any_text_has_parts_within_its_lines(source in python_like()) {
            let count = u32::try_from(crate::domain::python::source_lines(&source).len()).unwrap_or(u32::MAX).max(1);
            for part in parts(&source) {
                prop_assert!(1 <= part.line && part.line <= part.end && part.end <= count);
                prop_assert!(part.mentions.is_sorted());
            }
        }
    }
}
