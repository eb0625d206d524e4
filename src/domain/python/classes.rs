//! The classes of a source as others may inherit from them: what they are marked with, their tests, their own base classes.

use crate::domain::python::collect::{blocks, is_off_body, labels_of_body};
use crate::domain::python::marks::{Labels, dotted, is_fixture};
use crate::domain::python::syntax::Syntax;
use crate::domain::python::{Import, Label, Naming};
use ruff_python_ast::{Stmt, StmtClassDef};
use ruff_text_size::Ranged;
use std::collections::BTreeMap;

/// One class of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassFacts {
    /// Its name.
    pub name: String,
    /// The line of its first decorator, or of its `class`.
    pub line: u32,
    /// Its base classes, as dotted names.
    pub bases: Vec<String>,
    /// What its marks say, those of its `pytestmark` included.
    pub labels: Vec<Label>,
    /// Its methods that are named as tests, with what their marks say and the properties that they give their reports.
    pub tests: Vec<(String, Vec<Label>)>,
    /// Whether it says that it is none to be collected: `__test__ = False`.
    pub is_off: bool,
}

/// The classes of a module, and where its names come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// The classes, in source order.
    pub all: Vec<ClassFacts>,
    /// What the module's own `pytestmark` says.
    pub labels: Vec<Label>,
    /// What imported names stand for: the import, and the name in it; none where the name is the module itself.
    pub imported: BTreeMap<String, (Import, Option<String>)>,
}

impl Classes {
    /// Reads a source. Total: any text gives an answer.
    #[must_use]
    pub fn read(source: &str, naming: &Naming) -> Self {
        let syntax = Syntax::read(source);
        let mut classes = Self { labels: labels_of_body(syntax.body()), ..Self::default() };
        classes.body(&syntax, syntax.body(), naming);
        classes
    }

    /// The class of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&ClassFacts> {
        self.all.iter().rev().find(|class| class.name == name)
    }

    /// Where a base class of another file comes from, by the dotted name that it is given here: the import of its module, and
    /// its name there.
    #[must_use]
    pub fn origin(&self, name: &str) -> Option<(Import, String)> {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        let (import, taken) = self.imported.get(first)?;
        match (taken, rest.rsplit_once('.')) {
            // `from tests.base import Base as B`, and `class TestA(B)`
            (Some(taken), None) if rest.is_empty() => Some((import.clone(), taken.clone())),
            // `from tests import base`, and `class TestA(base.Base)`
            (Some(_), None) => Some((import.clone(), rest.to_owned())),
            // `import tests.base`, and `class TestA(tests.base.Base)`; `import base`, and `class TestA(base.Base)`
            (None, _) => {
                let (module, last) = name.rsplit_once('.')?;
                let module = if import.names.is_empty() && !module.contains('.') { &import.module } else { module };
                let import = Import { module: module.to_owned(), ..import.clone() };
                Some((import, last.to_owned()))
            }
            (Some(_), Some(_)) => None,
        }
    }

    fn body(&mut self, syntax: &Syntax, body: &[Stmt], naming: &Naming) {
        for stmt in body {
            match stmt {
                Stmt::ClassDef(class) => self.all.push(facts(syntax, class, naming)),
                Stmt::Import(import) => {
                    for alias in &import.names {
                        let module = alias.name.to_string();
                        let bound = alias.asname.as_ref().map_or_else(
                            || module.split('.').next().unwrap_or_default().to_owned(),
                            ToString::to_string,
                        );
                        let line = syntax.line(stmt.start());
                        self.imported.insert(bound, (Import { module, names: Vec::new(), level: 0, line }, None));
                    }
                }
                Stmt::ImportFrom(from) => {
                    for alias in &from.names {
                        let name = alias.name.to_string();
                        let bound = alias.asname.as_ref().map_or_else(|| name.clone(), ToString::to_string);
                        let module = from.module.as_ref().map(ToString::to_string).unwrap_or_default();
                        let (level, line) = (from.level, syntax.line(stmt.start()));
                        self.imported
                            .insert(bound, (Import { module, names: vec![name.clone()], level, line }, Some(name)));
                    }
                }
                stmt => blocks(stmt).into_iter().for_each(|block| self.body(syntax, block, naming)),
            }
        }
    }
}

fn facts(syntax: &Syntax, class: &StmtClassDef, naming: &Naming) -> ClassFacts {
    let named = |name: &str| name.starts_with("test") || naming.is_test_function(name);
    let methods = class.body.iter().filter_map(Stmt::as_function_def_stmt);
    let methods = methods.filter(|def| named(def.name.as_str()) && !is_fixture(&def.decorator_list));
    let said = |def: &ruff_python_ast::StmtFunctionDef| {
        [Labels::of_decorators(&def.decorator_list), Labels::of_body(&def.body)].concat()
    };
    ClassFacts {
        name: class.name.to_string(),
        line: syntax.line(class.start()),
        bases: class.arguments.iter().flat_map(|arguments| &arguments.args).filter_map(dotted).collect(),
        labels: [Labels::of_decorators(&class.decorator_list), labels_of_body(&class.body)].concat(),
        tests: methods.map(|def| (def.name.to_string(), said(def))).collect(),
        is_off: is_off_body(&class.body),
    }
}

#[cfg(test)]
mod tests {
    use super::Classes;
    use crate::domain::python::Naming;
    use crate::domain::python::sample::python_like;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_has_classes(source in python_like()) {
            let classes = Classes::read(&source, &Naming::default());
            prop_assert!(classes.all.iter().all(|class| class.line > 0));
        }
    }

    #[test]
    fn where_a_base_class_comes_from_is_told_by_the_imports() {
        let check = |imports: &str, base: &str, expect: Option<(&str, u32, &str)>| {
            let classes = Classes::read(imports, &Naming::default());
            let origin = classes.origin(base);
            let found = origin.as_ref().map(|(import, name)| (import.module.as_str(), import.level, name.as_str()));
            assert_eq!(found, expect, "{imports} {base}");
        };
        check("from tests.base import Base\n", "Base", Some(("tests.base", 0, "Base")));
        check("from .base import Base as B\n", "B", Some(("base", 1, "Base")));
        check("from tests import base\n", "base.Base", Some(("tests", 0, "Base")));
        check("import tests.base\n", "tests.base.Base", Some(("tests.base", 0, "Base")));
        check("import base as b\n", "b.Base", Some(("base", 0, "Base")));
        check("import base\n", "Other", None);
    }

    #[test]
    fn a_class_has_what_its_marks_say_and_its_tests() {
        let source = "pytestmark = pytest.mark.xray('A-0')\n@pytest.mark.xray('A-1')\nclass Base(unittest.TestCase):\n    \
                      pytestmark = [pytest.mark.xray('A-2')]\n    @pytest.mark.xray('A-3')\n    def test_a(self): pass\n    def help(self): pass\n";
        let classes = Classes::read(source, &Naming::default());
        let base = classes.find("Base").unwrap();
        let texts =
            |labels: &[crate::domain::python::Label]| labels.iter().map(|label| label.text.clone()).collect::<Vec<_>>();
        assert_eq!(
            (texts(&classes.labels), texts(&base.labels)),
            (vec!["A-0".into()], vec!["A-1".into(), "A-2".into()])
        );
        assert_eq!(
            (base.tests.len(), base.tests[0].0.as_str(), texts(&base.tests[0].1)),
            (1, "test_a", vec!["A-3".into()])
        );
        assert_eq!((base.line, base.bases.as_slice(), base.is_off), (2, &["unittest.TestCase".to_owned()][..], false));
    }
}
