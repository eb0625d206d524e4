//! One source file as a unit of names: its parts and its imports, and whether it imports another one.

use crate::base::RepoPath;
use crate::domain::python::{Import, Naming, Part, outline, parts};

/// The names of one source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The file.
    pub path: RepoPath,
    /// Its parts, in their order.
    pub parts: Vec<Part>,
    /// Its imports, wherever they stand.
    pub imports: Vec<Import>,
}

impl Unit {
    /// Reads a source.
    #[must_use]
    pub fn read(path: &RepoPath, text: &str) -> Self {
        Self { path: path.clone(), parts: parts(text), imports: outline(text, &Naming::default()).imports }
    }

    /// Whether one of its imports leads to a file: to its module, a name of it, or a package around it.
    #[must_use]
    pub fn imports(&self, to: &RepoPath) -> bool {
        let module = module(to);
        self.imports.iter().any(|import| imports(&self.path, import, &module))
    }

    /// Whether one of its imports brings a file's own names or the file itself, and not only a package around it: what such
    /// a package hands on it has to bring itself. `is_open` tells packages that may hand on what they do not import.
    #[must_use]
    pub fn brings(&self, to: &RepoPath, is_open: &dyn Fn(&[&str]) -> bool) -> bool {
        let module = module(to);
        let is_wide = (1..module.len()).any(|length| module.get(..length).is_some_and(is_open));
        if is_wide {
            return self.imports(to);
        }
        self.imports.iter().any(|import| {
            let named = named(&self.path, import);
            let starts = if import.level > 0 { 1 } else { module.len() };
            let rests = (0..starts).filter_map(|at| module.get(at..)?.strip_prefix(named.as_slice()));
            let brings = |rest: &[&str]| match rest {
                [] => true,
                [next, ..] => import.names.is_empty() || import.names.iter().any(|name| name == next || name == "*"),
            };
            !named.is_empty() && rests.into_iter().any(brings)
        })
    }

    /// Whether it may hand on what it does not import by name: a package that looks its names up when they are asked for.
    #[must_use]
    pub fn is_open(&self) -> bool {
        const DOORS: [&str; 4] = ["__getattr__", "import_module", "__import__", "lazy_loader"];
        self.parts.iter().any(|part| DOORS.iter().any(|door| part.mentions(door) || part.name == *door))
    }

    /// Whether one of its imports leads below a package: whoever imports a module imports the packages around it first.
    #[must_use]
    pub fn imports_below(&self, package: &RepoPath) -> bool {
        let package = module(package);
        self.imports.iter().any(|import| {
            let named = named(&self.path, import);
            let starts = if import.level > 0 { 1 } else { package.len() };
            (0..starts)
                .any(|at| package.get(at..).is_some_and(|package| !package.is_empty() && named.starts_with(package)))
        })
    }

    /// The parts that give a name a meaning, by their places.
    pub fn binding<'a>(&'a self, name: &'a str) -> impl Iterator<Item = usize> + 'a {
        let binds = move |part: &Part| part.binds.iter().any(|bound| bound == name);
        self.parts.iter().enumerate().filter(move |(_, part)| binds(part)).map(|(at, _)| at)
    }
}

/// The dotted parts of a file's module: those of its folder for an `__init__.py`.
#[must_use]
pub fn module(path: &RepoPath) -> Vec<&str> {
    let mut module: Vec<&str> = path.parts().collect();
    module.pop();
    if path.stem() != "__init__" {
        module.push(path.stem());
    }
    module
}

/// Whether an import that stands in `from` leads to a module: to itself, to something in it, or to a package around it.
/// Where the packages start is not known, so that any end of the module's path will do for an absolute import.
#[must_use]
pub fn imports(from: &RepoPath, import: &Import, to: &[&str]) -> bool {
    let named = named(from, import);
    let holds = |named: &[&str]| {
        if named.is_empty() {
            return false;
        }
        if import.level > 0 { to.starts_with(named) } else { to.windows(named.len()).any(|part| part == named) }
    };
    if import.names.is_empty() || holds(&named) {
        return holds(&named);
    }
    import.names.iter().any(|name| {
        let with: Vec<&str> = named.iter().copied().chain([name.as_str()]).collect();
        holds(&with)
    })
}

/// The dotted parts that an import names, from the top folder where it is relative.
fn named<'a>(from: &'a RepoPath, import: &'a Import) -> Vec<&'a str> {
    let folders: Vec<&str> = from.parts().collect();
    let up = folders.len().saturating_sub(import.level.max(1) as usize);
    let base: Vec<&str> = if import.level == 0 { Vec::new() } else { folders.into_iter().take(up).collect() };
    base.into_iter().chain(import.module.split('.').filter(|part| !part.is_empty())).collect()
}

#[cfg(test)]
mod tests {
    use super::Unit;
    use crate::base::RepoPath;

    fn check(from: &str, text: &str, to: &str, expect: bool) {
        let path = |text: &str| RepoPath::new(text).unwrap();
        assert_eq!(Unit::read(&path(from), text).imports(&path(to)), expect, "{from}: {text} {to}");
    }

    #[test]
    fn an_import_leads_to_its_module_and_to_what_a_package_hands_on() {
        check("tests/test_a.py", "import shop.cart", "shop/cart.py", true);
        check("tests/test_a.py", "from shop import cart", "src/shop/cart.py", true);
        check("tests/test_a.py", "from shop.cart import total", "src/shop/cart.py", true);
        check("tests/test_a.py", "from shop import total", "shop/cart.py", true);
        check("tests/test_a.py", "from shop.cart import total", "shop/__init__.py", false);
        check("tests/test_a.py", "import os.path", "shop/path.py", false);
        check("shop/billing.py", "from .cart import total", "shop/cart.py", true);
        check("shop/billing.py", "from . import cart", "shop/cart.py", true);
        check("shop/a/billing.py", "from ..cart import total", "shop/cart.py", true);
        check("shop/a/billing.py", "from .cart import total", "shop/cart.py", false);
        check("tests/test_a.py", "from .helpers import make", "tests/helpers.py", true);
    }

    #[test]
    fn an_import_brings_its_module_and_not_what_only_a_package_may_hand_on() {
        let path = |text: &str| RepoPath::new(text).unwrap();
        let brings = |text: &str, to: &str, open: bool| {
            Unit::read(&path("shop/billing.py"), text).brings(&path(to), &|_: &[&str]| open)
        };
        for (text, to) in [
            ("import shop.cart", "src/shop/cart.py"),
            ("import shop", "shop/cart.py"),
            ("from shop import cart", "src/shop/cart.py"),
            ("from shop import web", "shop/web/views.py"),
            ("from shop.cart import total", "src/shop/cart.py"),
            ("from shop import total", "shop/__init__.py"),
            ("from shop import *", "shop/cart.py"),
            ("from .cart import total", "shop/cart.py"),
            ("from . import cart", "shop/cart.py"),
        ] {
            assert!(brings(text, to, false), "{text}: {to}");
        }
        for text in ["from shop import total", "from . import total", "from .web import cart", "import os"] {
            assert!(!brings(text, "shop/cart.py", false), "{text}");
        }
        assert!(brings("from . import total", "shop/cart.py", true), "a package that looks names up");
    }

    #[test]
    fn whoever_imports_a_module_imports_the_packages_around_it() {
        let path = |text: &str| RepoPath::new(text).unwrap();
        let below = |from: &str, text: &str, to: &str| Unit::read(&path(from), text).imports_below(&path(to));
        assert!(below("tests/test_a.py", "from shop.cart import total", "src/shop/__init__.py"));
        assert!(below("tests/test_a.py", "import shop.web.views", "shop/web/__init__.py"));
        assert!(below("shop/a.py", "from .web import views", "shop/web/__init__.py"));
        assert!(!below("tests/test_a.py", "from shop.cart import total", "shop/web/__init__.py"));
        assert!(!below("tests/test_a.py", "import os", "__init__.py"), "a package without a name");
    }
}
