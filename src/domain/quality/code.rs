//! The code under test, as far as the checklist reads it: what stands in a module, and what its names mean.

use super::walk::blocks;
use crate::domain::python::{Syntax, dotted, last_name};
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many modules a name is followed through that hand it on: `from .cart import total` in an `__init__.py`.
const HANDS: usize = 4;

/// Finds a module of the project that is no test, by its dotted name; one with leading dots stands beside the test.
pub type Codes<'a> = dyn Fn(&str) -> Option<Arc<Code>> + 'a;

/// The longest beginning of a dotted name that is a module, and the rest.
#[must_use]
pub fn module<'n>(codes: &Codes<'_>, name: &'n str) -> Option<(Arc<Code>, &'n str)> {
    let dots: Vec<usize> = name.match_indices('.').map(|(at, _)| at).collect();
    dots.iter().rev().find_map(|at| {
        let (module, rest) = name.split_at(*at);
        let is_named = !module.is_empty() && !module.ends_with('.');
        let code = if is_named { codes(module) } else { None };
        Some((code?, rest.get(1..)?))
    })
}

/// A module of the project.
pub struct Code {
    /// Its file, in words.
    pub path: String,
    syntax: Syntax,
    /// What its imported names mean.
    imports: BTreeMap<String, String>,
}

/// A function of a module, or a method.
#[derive(Clone)]
pub struct Place {
    /// The module in which it stands.
    pub code: Arc<Code>,
    /// The class in which it stands.
    pub class: Option<String>,
    /// Its name.
    pub name: String,
}

impl Code {
    /// Reads a module.
    #[must_use]
    pub fn read(module: &str, path: &str, text: &str) -> Self {
        let syntax = Syntax::read(text);
        let mut imports = BTreeMap::new();
        let package = match path.ends_with("/__init__.py") {
            true => module,
            false => module.rsplit_once('.').map_or("", |(package, _)| package),
        };
        super::walk::statements(syntax.body()).into_iter().for_each(|stmt| import(stmt, package, &mut imports));
        Self { path: path.to_owned(), syntax, imports }
    }

    /// Its statements.
    #[must_use]
    pub fn body(&self) -> &[Stmt] {
        self.syntax.body()
    }

    /// The line of a node.
    #[must_use]
    pub fn line(&self, node: &impl Ranged) -> u32 {
        self.syntax.line(node.range().start())
    }

    /// Whether nothing stands before a statement on its line.
    #[must_use]
    pub fn begins_line(&self, stmt: &Stmt) -> bool {
        let tokens = self.syntax.tokens();
        let at = tokens.partition_point(|token| token.start() < stmt.start());
        let mut before = tokens.iter().take(at).rev().filter(|token| token.kind() != TokenKind::Indent);
        before.next().is_none_or(|token| self.line(token) < self.line(stmt))
    }

    /// Its one function of a name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&StmtFunctionDef> {
        only(defined(self.syntax.body()).filter_map(Stmt::as_function_def_stmt).filter(|def| def.name.as_str() == name))
    }

    /// Its one class of a name.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&StmtClassDef> {
        let mut classes = defined(self.syntax.body()).filter_map(Stmt::as_class_def_stmt);
        let found = classes.find(|class| class.name.as_str() == name)?;
        classes.all(|class| class.name.as_str() != name).then_some(found)
    }
}

/// The statements of a module or a class, those of its conditions included.
fn defined(body: &[Stmt]) -> impl Iterator<Item = &Stmt> {
    let inner = |stmt: &Stmt| stmt.is_if_stmt() || stmt.is_try_stmt();
    body.iter().flat_map(move |stmt| {
        let below: Vec<&Stmt> = if inner(stmt) { blocks(stmt).into_iter().flatten().collect() } else { Vec::new() };
        [stmt].into_iter().chain(below)
    })
}

/// The only one of several functions that is no mere signature.
fn only<'a>(defs: impl Iterator<Item = &'a StmtFunctionDef>) -> Option<&'a StmtFunctionDef> {
    let is_signature = |def: &StmtFunctionDef| {
        def.decorator_list.iter().any(|decorator| last_name(&decorator.expression) == Some("overload"))
    };
    let mut defs = defs.filter(|def| !is_signature(def));
    defs.next().filter(|_| defs.next().is_none())
}

fn import(stmt: &Stmt, package: &str, imports: &mut BTreeMap<String, String>) {
    match stmt {
        Stmt::Import(import) => {
            for alias in &import.names {
                let module = alias.name.as_str();
                let first = module.split('.').next().unwrap_or(module);
                let (bound, meant) = alias.asname.as_ref().map_or((first, first), |name| (name.as_str(), module));
                imports.insert(bound.to_owned(), meant.to_owned());
            }
        }
        Stmt::ImportFrom(from) => {
            let named = from.module.as_ref().map_or("", |module| module.as_str());
            let up = (from.level as usize).saturating_sub(1);
            let base = match from.level {
                0 => "",
                _ => (0..up).fold(package, |package, _| package.rsplit_once('.').map_or("", |(above, _)| above)),
            };
            for alias in &from.names {
                let bound = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                let parts = [base, named, alias.name.as_str()];
                let meant = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
                imports.insert(bound.to_owned(), meant);
            }
        }
        _ => {}
    }
}

impl Place {
    /// What a dotted name stands for: a function, the making of an object, or a method.
    #[must_use]
    pub fn find(codes: &Codes<'_>, name: &str) -> Option<Self> {
        Self::followed(codes, name, HANDS)
    }

    fn followed(codes: &Codes<'_>, name: &str, hands: usize) -> Option<Self> {
        let (code, rest) = module(codes, name)?;
        let (first, more) = rest.split_once('.').map_or((rest, None), |(first, more)| (first, Some(more)));
        if code.function(first).is_some() {
            return more.is_none().then(|| Self { code, class: None, name: first.to_owned() });
        }
        if code.class(first).is_some() {
            let (class, name) = (Some(first.to_owned()), more.unwrap_or("__init__").to_owned());
            return Some(Self { code, class, name });
        }
        let meant = code.imports.get(first)?;
        let meant = more.map_or_else(|| meant.clone(), |more| format!("{meant}.{more}"));
        Self::followed(codes, &meant, hands.checked_sub(1)?)
    }

    /// The modules in which what a dotted name stands for is written: a class in those of what it inherits from as well.
    #[must_use]
    pub fn written_in(codes: &Codes<'_>, name: &str) -> Vec<Arc<Code>> {
        let found = Self::find(codes, name).map(|place| place.lineage(codes));
        found.into_iter().flatten().map(|place| place.code).collect()
    }

    /// The class in which it stands, and those that it inherits from by their first base.
    #[must_use]
    pub fn lineage(self, codes: &Codes<'_>) -> Vec<Self> {
        let mut found = vec![self];
        while let Some(base) = found.last().filter(|_| found.len() < HANDS).and_then(|last| last.base(codes)) {
            found.push(base);
        }
        found
    }

    /// What a call in its code runs: a function, the making of an object, a method of its own object.
    #[must_use]
    pub fn called(&self, codes: &Codes<'_>, callee: &Expr) -> Option<Self> {
        let name = dotted(callee)?;
        let (first, rest) = name.split_once('.').map_or((&*name, None), |(first, rest)| (first, Some(rest)));
        let code = Arc::clone(&self.code);
        match rest {
            Some(method) if matches!(first, "self" | "cls") => {
                let class = Some(self.class.clone()?);
                let own = Self { code, class, name: method.to_owned() };
                own.lineage(codes).into_iter().find(|place| place.def().is_some())
            }
            None if code.function(first).is_some() => Some(Self { code, class: None, name }),
            None if code.class(first).is_some() => Some(Self { code, class: Some(name), name: "__init__".to_owned() }),
            rest => {
                let meant = code.imports.get(first)?;
                Self::find(codes, &rest.map_or_else(|| meant.clone(), |rest| format!("{meant}.{rest}")))
            }
        }
    }

    /// The first class that the one in which it stands inherits from.
    fn base(&self, codes: &Codes<'_>) -> Option<Self> {
        let base = dotted(self.kind()?.bases().first()?)?;
        if self.code.class(&base).is_some() {
            return Some(Self { code: Arc::clone(&self.code), class: Some(base), name: self.name.clone() });
        }
        let (first, rest) = base.split_once('.').map_or((&*base, None), |(first, rest)| (first, Some(rest)));
        let meant = self.code.imports.get(first)?;
        Self::find(codes, &rest.map_or_else(|| meant.clone(), |rest| format!("{meant}.{rest}")))
    }

    /// The class in which it stands.
    #[must_use]
    pub fn kind(&self) -> Option<&StmtClassDef> {
        self.code.class(self.class.as_deref()?)
    }

    /// The function, where it is run as it stands when it is called: no generator, and nothing is wrapped around it.
    #[must_use]
    pub fn def(&self) -> Option<&StmtFunctionDef> {
        let def = match &self.class {
            Some(_) => {
                let methods = defined(&self.kind()?.body).filter_map(Stmt::as_function_def_stmt);
                only(methods.filter(|def| def.name.as_str() == self.name))
            }
            None => self.code.function(&self.name),
        };
        def.filter(|def| is_plain(def))
    }
}

fn is_plain(def: &StmtFunctionDef) -> bool {
    let keeps = ["staticmethod", "classmethod"];
    let is_kept = |expr: &Expr| last_name(expr).is_some_and(|name| keeps.contains(&name));
    let all = super::walk::statements(&def.body);
    let mut inside = all.into_iter().flat_map(super::walk::expressions);
    def.decorator_list.iter().all(|decorator| is_kept(&decorator.expression))
        && !inside.any(|expr| expr.is_yield_expr() || expr.is_yield_from_expr())
}

/// The name by which a function has what is replaced in its module, or in its class.
#[must_use]
pub fn patched_in(place: &Place, (code, name): (&Code, &str)) -> Option<String> {
    let is_there = place.code.path == code.path;
    match name.split_once('.') {
        Some((class, method)) if code.class(class).is_some() => {
            (is_there && place.class.as_deref() == Some(class)).then(|| format!("self.{method}"))
        }
        _ => is_there.then(|| name.to_owned()),
    }
}
