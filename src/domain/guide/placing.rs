//! A test file as it is: its classes, its imports, its indentation and line ends, and where new tests belong in it.

use super::function::Function;
use super::name::snake;
use super::skeleton::{Piece, Wanted};
use crate::domain::python::{Naming, Syntax, dotted};
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Stmt, StmtClassDef};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// A class that tests stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// What it is derived from, as it is written.
    pub base: String,
    /// Whether it is a `unittest.TestCase`.
    pub is_unittest: bool,
    /// Whether its tests may be asynchronous.
    pub is_async: bool,
    /// Whether it is still to be made.
    pub is_new: bool,
    /// The indentation of its body.
    pub indent: String,
    /// The byte behind the last line of its body.
    pub end: usize,
    /// How many blank lines are to stand below what is added: none where they are there.
    pub below: usize,
    names: BTreeSet<String>,
    mentions: usize,
}

impl Class {
    /// Whether it is named after one function.
    #[must_use]
    pub fn is_of(&self, function: &str) -> bool {
        !function.is_empty() && snake(&bare(&self.name)) == function
    }
}

/// A class's name without what makes it one of tests.
fn bare(name: &str) -> String {
    let name = name.strip_prefix("Test").or_else(|| name.strip_prefix("test_")).unwrap_or(name);
    ["TestCase", "Tests", "Test", "Case"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
}

/// A test file.
pub struct TestFile<'a> {
    /// Its text.
    pub text: &'a str,
    /// One step of indentation.
    pub unit: String,
    eol: &'static str,
    classes: Vec<Class>,
    /// The names at its top.
    bound: BTreeSet<String>,
    /// The modules that its imports lead to.
    modules: BTreeSet<String>,
    /// The byte behind its imports, and whether there are any.
    imported: (usize, bool),
    /// How many of its functions at the top mention the function.
    mentions: usize,
    has_functions: bool,
    function: &'a Function,
}

impl<'a> TestFile<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// It is no Python.
    pub fn read(text: &'a str, function: &'a Function, naming: &Naming) -> Result<Self, String> {
        if text.replace("\r\n", "").contains('\r') {
            return Err("the test file has carriage returns by themselves, and lines can't be added to it".to_owned());
        }
        let syntax = Syntax::read(text);
        if let Some((line, what)) = syntax.errors().first() {
            return Err(format!("the test file can't be read as Python: line {line}: {what}"));
        }
        let mut file = Self {
            text,
            unit: "    ".to_owned(),
            eol: if text.contains("\r\n") { "\r\n" } else { "\n" },
            classes: Vec::new(),
            bound: BTreeSet::new(),
            modules: BTreeSet::new(),
            imported: (0, false),
            mentions: 0,
            has_functions: false,
            function,
        };
        file.imported = file.behind_imports(syntax.body());
        syntax.body().iter().for_each(|stmt| file.statement(stmt, naming));
        file.unit = file.step(syntax.body()).unwrap_or(file.unit);
        Ok(file)
    }

    fn statement(&mut self, stmt: &Stmt, naming: &Naming) {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.modules.insert(alias.name.to_string());
                    let bound = alias.asname.as_ref().map_or(alias.name.as_str(), |name| name.as_str());
                    self.bound.insert(bound.split('.').next().unwrap_or(bound).to_owned());
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    let module = import.module.as_ref().map(|module| module.as_str()).unwrap_or_default();
                    self.modules.insert(format!("{module}.{}", alias.name));
                    self.bound.insert(alias.asname.as_ref().unwrap_or(&alias.name).to_string());
                }
            }
            Stmt::FunctionDef(def) => {
                self.bound.insert(def.name.to_string());
                let is_test = naming.is_test_function(&def.name);
                self.has_functions |= is_test;
                self.mentions += usize::from(is_test && mentions(self.function, stmt) > 0);
            }
            Stmt::ClassDef(class) => {
                self.bound.insert(class.name.to_string());
                self.classes.extend(self.class(class, stmt, naming));
            }
            Stmt::Assign(assign) => {
                self.bound
                    .extend(assign.targets.iter().filter_map(|target| Some(target.as_name_expr()?.id.to_string())));
            }
            _ => {}
        }
    }

    fn class(&self, class: &StmtClassDef, stmt: &Stmt, naming: &Naming) -> Option<Class> {
        let bases: Vec<String> = class.bases().iter().filter_map(dotted).collect();
        let is_unittest = bases.iter().any(|base| base.ends_with("TestCase"));
        let first = class.body.first()?;
        let indent = self.indent(first)?;
        if !(is_unittest || naming.is_test_class(&class.name)) || indent.is_empty() {
            return None;
        }
        let names = class.body.iter().filter_map(|stmt| Some(stmt.as_function_def_stmt()?.name.to_string())).collect();
        let end = self.line_end(stmt.end().to_usize());
        let rest = self.text.get(end..).unwrap_or_default();
        let blank = rest.lines().take_while(|line| line.trim().is_empty()).count();
        Some(Class {
            name: class.name.to_string(),
            base: bases.join(", "),
            is_unittest,
            is_async: bases.iter().any(|base| base.ends_with("IsolatedAsyncioTestCase")),
            is_new: false,
            indent: indent.to_owned(),
            end,
            below: if rest.trim().is_empty() || blank > 0 { 0 } else { 2 },
            names,
            mentions: mentions(self.function, stmt),
        })
    }

    /// The class that new tests go into; nothing where they stand by themselves.
    #[must_use]
    pub fn home(&self) -> Option<Class> {
        let own = snake(self.function.own_name());
        let around = self.function.class.as_deref().map(snake).unwrap_or_default();
        let named = [format!("{around}_{own}"), own.clone(), around];
        let of_name = |wanted: &String| self.classes.iter().find(|class| class.is_of(wanted.trim_matches('_')));
        if let Some(class) = named.iter().find_map(of_name) {
            return Some(class.clone());
        }
        let most = self.classes.iter().filter(|class| class.mentions > 0).max_by_key(|class| class.mentions);
        if let Some(class) = most.filter(|_| self.mentions == 0) {
            return Some(class.clone());
        }
        let last = self
            .classes
            .last()
            .filter(|_| !self.has_functions && self.classes.iter().all(|class| class.is_unittest))?;
        let camel: String = own.split('_').filter(|word| !word.is_empty()).map(capital).collect();
        let names = ["", "Again", "Further"].map(|more| format!("{camel}{more}Tests"));
        let name = names.into_iter().find(|name| !self.bound.contains(name))?;
        Some(Class { name, is_new: true, names: BTreeSet::new(), ..last.clone() })
    }

    /// The names that are taken where new tests go.
    #[must_use]
    pub fn names(&self, class: Option<&Class>) -> BTreeSet<String> {
        class.map_or_else(|| self.bound.clone(), |class| class.names.clone())
    }

    /// The imports that are missing.
    #[must_use]
    pub fn imports(&self, wanted: &Wanted<'_>, uses_pytest: bool) -> Vec<Piece> {
        let name = wanted.function.name.split('.').next().unwrap_or_default();
        let module = wanted.module;
        let is_there = self.bound.contains(name) || self.modules.contains(module);
        let mut lines = Vec::new();
        if uses_pytest && !self.bound.contains("pytest") {
            lines.push("import pytest".to_owned());
        }
        if !is_there && !module.is_empty() {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(format!("from {module} import {name}"));
        }
        let (at, has_others) = self.imported;
        if lines.is_empty() { Vec::new() } else { vec![Piece { at, above: 0, lines, below: usize::from(!has_others) }] }
    }

    /// The text with pieces in it, each in its place, and the pieces with their lines in the new text.
    #[must_use]
    pub fn with(&self, pieces: Vec<Piece>) -> (String, Vec<(u32, String)>) {
        let (mut out, mut from, mut added) = (String::with_capacity(self.text.len() + 1024), 0, Vec::new());
        for piece in pieces {
            out.push_str(self.text.get(from..piece.at).unwrap_or_default());
            from = piece.at;
            if !out.is_empty() && !out.ends_with('\n') {
                out.push_str(self.eol);
            }
            let is_blank = |line: &&str| line.trim().is_empty();
            let there = out.lines().rev().take_while(is_blank).count();
            let above = if out.is_empty() { 0 } else { piece.above.saturating_sub(there) };
            out.push_str(&self.eol.repeat(above));
            let line = u32::try_from(out.matches('\n').count() + 1).unwrap_or(u32::MAX);
            let text: String = piece.lines.iter().map(|line| format!("{line}{}", self.eol)).collect();
            out.push_str(&text);
            if from < self.text.len() {
                out.push_str(&self.eol.repeat(piece.below));
            }
            added.push((line, piece.lines.join("\n")));
        }
        out.push_str(self.text.get(from..).unwrap_or_default());
        (out, added)
    }

    /// The byte behind the imports at the top; without any, the byte at which the first statement begins, texts left out.
    fn behind_imports(&self, body: &[Stmt]) -> (usize, bool) {
        let (mut at, mut found) = (None, false);
        for stmt in body {
            match stmt {
                Stmt::Import(_) | Stmt::ImportFrom(_) => {
                    at = Some(self.line_end(stmt.end().to_usize()));
                    found = true;
                }
                Stmt::Expr(expr) if expr.value.is_string_literal_expr() && !found => {}
                _ => break,
            }
        }
        let first =
            body.iter().find(|stmt| !stmt.as_expr_stmt().is_some_and(|expr| expr.value.is_string_literal_expr()));
        // A form feed may stand before it on its line, which stays whole.
        let feed = |stmt: &Stmt| self.indent(stmt).map_or(0, str::len);
        let begin = first.map_or(self.text.len(), |stmt| stmt.start().to_usize() - feed(stmt));
        (at.unwrap_or(begin), found)
    }

    /// The byte behind the line of a byte.
    fn line_end(&self, at: usize) -> usize {
        self.text.get(at..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |end| at + end + 1)
    }

    /// The indentation of a statement; nothing where something stands before it on its line.
    fn indent(&self, stmt: &Stmt) -> Option<&'a str> {
        let before = self.text.get(..stmt.start().to_usize())?;
        let line = before.get(before.rfind(['\n', '\r']).map_or(0, |at| at + 1)..)?;
        line.trim().is_empty().then_some(line)
    }

    /// One step of indentation, by the first block of the file.
    fn step(&self, body: &[Stmt]) -> Option<String> {
        body.iter().find_map(|stmt| {
            let first = match stmt {
                Stmt::FunctionDef(def) => def.body.first(),
                Stmt::ClassDef(class) => class.body.first(),
                _ => None,
            };
            first.and_then(|first| self.indent(first)).filter(|indent| !indent.is_empty()).map(str::to_owned)
        })
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

/// How often a statement names a function.
fn mentions(function: &Function, stmt: &Stmt) -> usize {
    struct Mentions<'b>(&'b str, usize);
    impl<'a> Visitor<'a> for Mentions<'_> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            let name = match expr {
                Expr::Name(name) => Some(name.id.as_str()),
                Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
                _ => None,
            };
            self.1 += usize::from(name == Some(self.0));
            walk_expr(self, expr);
        }
    }
    let wanted = match (function.own_name(), &function.class) {
        ("__init__", Some(class)) => class.as_str(),
        (own, _) => own,
    };
    let mut found = Mentions(wanted, 0);
    found.visit_stmt(stmt);
    found.1
}
