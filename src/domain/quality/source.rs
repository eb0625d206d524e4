//! One source of tests, read for the checklist: its tests, imports, functions, classes and module-level state.

use super::around::AROUND;
use super::restoring::is_around;
use super::walk::{blocks, everything, text};
use super::words::Words;
use crate::domain::python::{Naming, Syntax, collect, dotted, last_name, says};
use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// Calls that make a value that can be changed in place.
pub const MAKERS: [&str; 8] = ["list", "dict", "set", "defaultdict", "deque", "OrderedDict", "Counter", "bytearray"];

/// Words in the names of modules that help tests, and of what comes from them.
const HELPING: [&str; 4] = ["test", "helper", "fixture", "sample"];

/// One test function, with the classes around it.
pub struct Case<'a> {
    /// The names after the path in its node id.
    pub names: Vec<String>,
    /// The marks that it carries.
    pub marks: Vec<String>,
    /// The line of its first decorator, or of its `def`.
    pub line: u32,
    /// The function.
    pub def: &'a StmtFunctionDef,
    /// The classes around it, from the outside in.
    pub classes: Vec<&'a StmtClassDef>,
}

impl<'a> Case<'a> {
    /// Its own name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.def.name.as_str()
    }

    /// The names of its classes, from the outside in, and its own.
    pub fn titles(&self) -> impl Iterator<Item = &'a str> {
        self.classes.iter().map(|class| class.name.as_str()).chain([self.name()])
    }

    /// Its body without the documentation.
    #[must_use]
    pub fn body(&self) -> &'a [Stmt] {
        let is_doc = |stmt: &Stmt| stmt.as_expr_stmt().is_some_and(|stmt| stmt.value.is_string_literal_expr());
        match self.def.body.split_first() {
            Some((first, rest)) if is_doc(first) => rest,
            _ => &self.def.body,
        }
    }

    /// The set-ups and tear-downs of its classes.
    pub fn set_ups(&self) -> impl Iterator<Item = &'a StmtFunctionDef> + use<'a, '_> {
        let methods = self.classes.iter().flat_map(|class| &class.body).filter_map(Stmt::as_function_def_stmt);
        methods.filter(|def| AROUND.contains(&def.name.as_str()))
    }

    /// Its parameters, without `self`.
    pub fn parameters(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        parameters(self.def)
    }

    /// Those of them that `parametrize` gives its values.
    #[must_use]
    pub fn parametrized(&self) -> BTreeSet<&'a str> {
        let around = self.classes.iter().flat_map(|class| &class.decorator_list);
        let all = self.def.decorator_list.iter().chain(around);
        let calls = all.filter_map(|decorator| decorator.expression.as_call_expr());
        let named = calls.filter(|call| last_name(&call.func) == Some("parametrize"));
        let first = named.filter_map(|call| call.arguments.find_argument_value("argnames", 0));
        first.flat_map(argument_names).collect()
    }
}

/// The parameters of a test, without those that stand for its object.
pub fn parameters(def: &StmtFunctionDef) -> impl Iterator<Item = &str> {
    let parameters = def.parameters.iter_non_variadic_params();
    parameters.map(|parameter| parameter.parameter.name.as_str()).filter(|name| *name != "self" && *name != "cls")
}

/// The documentation of a test, whole.
pub fn documentation(def: &StmtFunctionDef) -> Option<&str> {
    text(&def.body.first()?.as_expr_stmt()?.value)
}

fn argument_names(expr: &Expr) -> Vec<&str> {
    match expr {
        Expr::List(list) => list.elts.iter().filter_map(text).collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().filter_map(text).collect(),
        expr => text(expr).unwrap_or_default().split(',').map(str::trim).collect(),
    }
}

/// A source with its tests.
pub struct Source<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its tree.
    pub syntax: &'a Syntax,
    /// What each imported name means.
    pub imports: BTreeMap<&'a str, String>,
    /// The names of the module whose values can be changed in place, with their lines.
    pub state: BTreeMap<&'a str, u32>,
    /// What the module gives its names, the last value of each.
    pub written: BTreeMap<&'a str, &'a Expr>,
    /// Its classes.
    pub classes: BTreeMap<&'a str, &'a StmtClassDef>,
    /// Its functions, and the methods of its classes.
    pub functions: BTreeMap<&'a str, Vec<&'a StmtFunctionDef>>,
    /// Those of them that run around tests: fixtures, set-ups and tear-downs.
    pub around: Vec<&'a StmtFunctionDef>,
    /// The names of functions and methods that assert something.
    pub asserting: BTreeSet<&'a str>,
    /// Its tests.
    pub tests: Vec<Case<'a>>,
    /// Which of them have a word, once that is asked.
    pub words: OnceCell<Words>,
    /// Whether it says of its tests that they only have to run; asked for where one asserts nothing.
    pub only_runs: OnceCell<bool>,
}

impl<'a> Source<'a> {
    /// Reads a source.
    #[must_use]
    pub fn read(text: &'a str, syntax: &'a Syntax, naming: &Naming) -> Self {
        let mut source = Self {
            text,
            syntax,
            imports: BTreeMap::new(),
            state: BTreeMap::new(),
            written: BTreeMap::new(),
            classes: BTreeMap::new(),
            functions: BTreeMap::new(),
            around: Vec::new(),
            asserting: BTreeSet::new(),
            tests: Vec::new(),
            words: OnceCell::new(),
            only_runs: OnceCell::new(),
        };
        let mut places = BTreeMap::new();
        source.body(syntax.body(), &[], true, &mut places);
        source.around = source.functions.values().flatten().copied().filter(|def| is_around(def)).collect();
        let mut seen = BTreeSet::new();
        for test in collect(syntax, naming) {
            // One function that several classes inherit is looked at once.
            if let Some((def, classes)) = places.get(&test.line)
                && seen.insert(test.line)
            {
                let (names, marks, line) = (test.names, test.marks, test.line);
                source.tests.push(Case { names, marks, line, def, classes: classes.clone() });
            }
        }
        source
    }

    fn body(
        &mut self,
        body: &'a [Stmt],
        classes: &[&'a StmtClassDef],
        is_module: bool,
        places: &mut BTreeMap<u32, (&'a StmtFunctionDef, Vec<&'a StmtClassDef>)>,
    ) {
        for stmt in body {
            match stmt {
                Stmt::FunctionDef(def) => {
                    places.entry(self.syntax.line(stmt.start())).or_insert_with(|| (def, classes.to_vec()));
                    self.functions.entry(def.name.as_str()).or_default().push(def);
                    if asserts(&def.body) {
                        self.asserting.insert(def.name.as_str());
                    }
                    self.imports_of(&def.body);
                }
                Stmt::ClassDef(class) => {
                    if is_module {
                        self.classes.insert(class.name.as_str(), class);
                    }
                    let inner: Vec<_> = classes.iter().copied().chain([class]).collect();
                    self.body(&class.body, &inner, false, places);
                }
                stmt => {
                    if is_module {
                        self.assignment(stmt);
                    }
                    self.import(stmt);
                    blocks(stmt).into_iter().for_each(|block| self.body(block, classes, is_module, places));
                }
            }
        }
    }

    /// Imports inside a function mean the same as those of the module.
    fn imports_of(&mut self, body: &'a [Stmt]) {
        super::walk::statements(body).into_iter().for_each(|stmt| self.import(stmt));
    }

    fn import(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = alias.name.as_str();
                    let (bound, meant) = match &alias.asname {
                        Some(name) => (name.as_str(), module),
                        None => {
                            let first = module.split('.').next().unwrap_or(module);
                            (first, first)
                        }
                    };
                    self.imports.insert(bound, meant.to_owned());
                }
            }
            Stmt::ImportFrom(from) => {
                let dots = ".".repeat(from.level as usize);
                let module = from.module.as_ref().map_or("", |module| module.as_str());
                for alias in &from.names {
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    self.imports.insert(bound, format!("{dots}{module}.{}", alias.name.as_str()));
                }
            }
            _ => {}
        }
    }

    fn assignment(&mut self, stmt: &'a Stmt) {
        let (targets, value): (Vec<&Expr>, Option<&Expr>) = match stmt {
            Stmt::Assign(assign) => (assign.targets.iter().collect(), Some(&assign.value)),
            Stmt::AnnAssign(assign) => (vec![&assign.target], assign.value.as_deref()),
            _ => return,
        };
        for name in targets.into_iter().filter_map(Expr::as_name_expr) {
            let Some(value) = value else { continue };
            self.written.insert(name.id.as_str(), value);
            if is_mutable(value) {
                self.state.insert(name.id.as_str(), self.syntax.line(name.start()));
            }
        }
    }

    /// What an expression of names and dots means: `datetime.datetime.now` of `dt.now`. Nothing for a name that is not
    /// imported, or that is one of `locals`.
    #[must_use]
    pub fn meaning(&self, expr: &Expr, locals: &BTreeSet<&str>) -> Option<String> {
        let name = dotted(expr)?;
        let (first, rest) = name.split_once('.').unwrap_or((&name, ""));
        if locals.contains(first) {
            return None;
        }
        let meant = self.imports.get(first)?;
        Some(if rest.is_empty() { meant.clone() } else { format!("{meant}.{rest}") })
    }

    /// Whether an imported name comes from what helps the tests: `from .helpers import make`.
    #[must_use]
    pub fn is_helper(&self, name: &str) -> bool {
        self.imports.get(name).is_some_and(|from| {
            // `from . import made` has no module between the dots and the name.
            let is_beside =
                from.strip_prefix('.').is_some_and(|rest| !rest.strip_prefix('.').unwrap_or("").contains('.'));
            is_beside || HELPING.iter().any(|word| from.to_lowercase().contains(word))
        })
    }

    /// Its functions, and the methods of its classes, that are no tests.
    pub fn helpers(&self) -> impl Iterator<Item = &'a StmtFunctionDef> {
        let tests: BTreeSet<_> = self.tests.iter().map(|case| case.def.range.start()).collect();
        self.functions.values().flatten().copied().filter(move |def| !tests.contains(&def.range.start()))
    }

    /// Whether the line above a node is a comment.
    #[must_use]
    pub fn is_below_comment(&self, node: &impl Ranged) -> bool {
        let before = self.slice(&TextRange::up_to(node.start()));
        before.lines().rev().nth(1).is_some_and(|line| line.trim_start().starts_with('#'))
    }

    /// The text of a node.
    #[must_use]
    pub fn slice(&self, node: &impl Ranged) -> &'a str {
        let range = node.range();
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
    }

    /// The text of a node on one line, cut where it is long.
    #[must_use]
    pub fn shown(&self, node: &impl Ranged) -> String {
        const LONGEST: usize = 60;
        let words = self.slice(node).split_whitespace().collect::<Vec<_>>().join(" ");
        if words.chars().count() <= LONGEST {
            return words;
        }
        let cut: String = words.chars().take(LONGEST - 1).collect();
        format!("{cut}…")
    }
}

/// The names that a function assigns, its parameters included; those that it declares global are not its own.
#[must_use]
pub fn locals(def: &StmtFunctionDef) -> BTreeSet<&str> {
    let parameters = def.parameters.iter().map(|parameter| parameter.name().as_str());
    let mut found: BTreeSet<&str> = parameters.collect();
    let mut global = BTreeSet::new();
    for stmt in super::walk::statements(&def.body) {
        match stmt {
            Stmt::FunctionDef(def) => {
                found.insert(def.name.as_str());
            }
            Stmt::ClassDef(class) => {
                found.insert(class.name.as_str());
            }
            Stmt::Global(stmt) => global.extend(stmt.names.iter().map(ruff_python_ast::Identifier::as_str)),
            stmt => {
                let names = super::walk::expressions(stmt).into_iter().filter_map(Expr::as_name_expr);
                found.extend(names.filter(|name| name.ctx.is_store()).map(|name| name.id.as_str()));
            }
        }
    }
    found.retain(|name| !global.contains(name));
    found
}

/// Whether a value can be changed in place.
fn is_mutable(value: &Expr) -> bool {
    match value {
        Expr::List(_) | Expr::Dict(_) | Expr::Set(_) | Expr::ListComp(_) | Expr::DictComp(_) | Expr::SetComp(_) => true,
        Expr::Call(call) => last_name(&call.func).is_some_and(|name| MAKERS.contains(&name)),
        _ => false,
    }
}

/// Whether a body asserts anything, by its own words.
#[must_use]
pub fn asserts(body: &[Stmt]) -> bool {
    let has_statement = super::walk::statements(body).into_iter().any(Stmt::is_assert_stmt);
    has_statement
        || everything(body).into_iter().any(|expr| match expr {
            Expr::Call(call) => last_name(&call.func).is_some_and(says),
            _ => false,
        })
}
