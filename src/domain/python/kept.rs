//! Where a function keeps something that outlives its call: variables of the module, attributes, what they hold.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprContext, Stmt, StmtFunctionDef};
use std::collections::BTreeSet;

/// Methods that change what they are called on though their result is used.
const CHANGING: [&str; 3] = ["setdefault", "pop", "popitem"];

/// The names of variables and attributes that a function may give another value, or put something into. What `__init__`
/// gives to the object that it makes is not among them: whoever has the object knows by what it was made.
#[must_use]
pub fn kept(def: &StmtFunctionDef) -> Vec<String> {
    let mut locals = Locals::default();
    locals.visit_body(&def.body);
    let parameters = || def.parameters.iter().map(|parameter| parameter.name().as_str());
    let makes = matches!(def.name.as_str(), "__init__" | "__new__" | "__post_init__");
    let made = parameters().next().filter(|_| makes);
    let given = locals.given.into_iter().filter(|(object, _)| Some(*object) == made).map(|(_, name)| name).collect();
    let own = locals.stored.iter().chain(&locals.inner).copied().chain(parameters());
    let own = own.filter(|name| !locals.global.contains(name)).collect();
    let mut keeper = Keeper { made, given, inner: locals.inner, own, found: BTreeSet::new() };
    keeper.visit_body(&def.body);
    keeper.found.into_iter().map(ToOwned::to_owned).collect()
}

/// The variables of a function: whoever reads one of them there reads nothing of the module. Only what its own statements
/// give values to counts, since an import brings the module's things and an inner function has variables of its own.
#[must_use]
pub fn variables(def: &StmtFunctionDef) -> BTreeSet<&str> {
    let mut all = Locals::default();
    all.visit_body(&def.body);
    let mut own = Own(BTreeSet::new());
    own.visit_body(&def.body);
    own.0.retain(|name| !all.global.contains(name));
    own.0
}

/// The names that get values in a function, and not in one inside it.
struct Own<'a>(BTreeSet<&'a str>);

impl<'a> Visitor<'a> for Own<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Store => drop(self.0.insert(name.id.as_str())),
            // These have variables of their own.
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {}
            _ => walk_expr(self, expr),
        }
    }
}

/// The names that a function gives a meaning to, the functions among them, those that are the module's, and the attributes
/// that it sets.
#[derive(Default)]
struct Locals<'a> {
    inner: BTreeSet<&'a str>,
    stored: BTreeSet<&'a str>,
    given: BTreeSet<(&'a str, &'a str)>,
    global: BTreeSet<&'a str>,
}

impl<'a> Visitor<'a> for Locals<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Global(global) => self.global.extend(global.names.iter().map(|name| name.as_str())),
            Stmt::FunctionDef(def) => drop(self.inner.insert(def.name.as_str())),
            Stmt::ClassDef(class) => drop(self.inner.insert(class.name.as_str())),
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Store => drop(self.stored.insert(name.id.as_str())),
            Expr::Attribute(attribute) if attribute.ctx == ExprContext::Store => {
                let object = attribute.value.as_name_expr().map(|name| (name.id.as_str(), attribute.attr.as_str()));
                self.given.extend(object);
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

struct Keeper<'a> {
    /// The object that is made, for what makes one.
    made: Option<&'a str>,
    /// The attributes that are its own.
    given: BTreeSet<&'a str>,
    /// What is defined inside: whatever it gets, it gets it from here.
    inner: BTreeSet<&'a str>,
    own: BTreeSet<&'a str>,
    found: BTreeSet<&'a str>,
}

impl<'a> Keeper<'a> {
    /// Something is put into what an expression stands for.
    fn put(&mut self, place: &'a Expr) {
        match place {
            Expr::Name(name) if !self.own.contains(name.id.as_str()) => {
                self.found.insert(name.id.as_str());
            }
            Expr::Attribute(attribute) => {
                let name = attribute.attr.as_str();
                let is_own = attribute.value.as_name_expr().map(|object| object.id.as_str()).is_some_and(|object| {
                    self.inner.contains(object) || Some(object) == self.made && self.given.contains(name)
                });
                self.found.extend((!is_own).then_some(name));
            }
            Expr::Subscript(subscript) => self.put(&subscript.value),
            _ => {}
        }
    }

    /// A call whose result nobody uses may change what it is called on.
    fn call(&mut self, expr: &'a Expr, is_used: bool) {
        let Expr::Call(call) = expr else { return };
        match &*call.func {
            Expr::Attribute(method) if !is_used || CHANGING.contains(&method.attr.as_str()) => self.put(&method.value),
            Expr::Name(name) if name.id == "setattr" => {
                let attribute = call.arguments.args.get(1).and_then(Expr::as_string_literal_expr);
                self.found.extend(attribute.map(|text| text.value.to_str()));
            }
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Keeper<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::Expr(found) = stmt {
            let inner = found.value.as_await_expr().map_or(&*found.value, |awaited| &*awaited.value);
            self.call(inner, false);
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx != ExprContext::Load => self.put(expr),
            Expr::Attribute(attribute) if attribute.ctx != ExprContext::Load => self.put(expr),
            Expr::Subscript(subscript) if subscript.ctx != ExprContext::Load => self.put(expr),
            _ => self.call(expr, true),
        }
        walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::python::parts::parts;

    /// Which of these names a function mentions.
    fn mentioned(function: &str, names: &[&str]) -> String {
        let found = parts(function);
        let mentioned = names.iter().filter(|name| found.first().is_some_and(|part| part.mentions(name)));
        mentioned.copied().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_variable_of_a_function_is_no_mention_of_a_name_outside() {
        let names = ["db", "row", "size", "total"];
        let of = |function: &str| mentioned(function, &names);
        assert_eq!(of("def f(db):\n    row = db\n    for size in row:\n        total(row, size)\n"), "db total");
        assert_eq!(of("def f():\n    row = thing.row\n    return x(size=row)\n"), "row size");
        assert_eq!(
            of("def f():\n    def g():\n        row = 1\n    return row, [size for size in db], size\n"),
            "db row size"
        );
        assert_eq!(of("def f():\n    from shop import total\n    global row\n    row = total\n"), "row total");
        assert_eq!(
            of(
                "def f():\n    with open() as db, (row := 1):\n        try: pass\n        except E as size: db(row, size)\n"
            ),
            "size"
        );
    }

    fn check(function: &str, expect: &[&str]) {
        let found = parts(function);
        assert_eq!(found.first().map(|part| part.kept.clone()).unwrap_or_default(), expect, "{function}");
    }

    #[test]
    fn what_outlives_a_call_is_found_and_what_is_the_functions_own_is_not() {
        check("def f(name, made):\n    KNOWN[name] = made\n", &["KNOWN"]);
        check("def f(name):\n    KNOWN.append(name)\n    print(name)\n", &["KNOWN"]);
        check("def f(name):\n    global COUNT\n    COUNT += 1\n", &["COUNT"]);
        check("def f(cls):\n    cls.kind = 1\n    del cls.old\n    cls.names['a'].b[0] = 2\n", &["b", "kind", "old"]);
        check("def f(self, x):\n    return self.items.setdefault(x, []), self.size.bit_length()\n", &["items"]);
        check("def f(cls):\n    setattr(cls, 'kind', 1)\n    setattr(cls, name(), 1)\n", &["kind"]);
        check("def f(n):\n    own = {}\n    own[n] = 1\n    own.update(a=1)\n    n.clear()\n    return own\n", &[]);
        check("def f(n):\n    def inner(): pass\n    inner.n = n\n    n.kind = inner\n    return inner\n", &["kind"]);
        check("def f():\n    for KNOWN[0] in range(3):\n        pass\n", &["KNOWN"]);
        let own = "    self.x = x\n    self.list = []\n    self.list.append(x)\n";
        check(&format!("def __init__(self, x):\n{own}    self.all[x] = 1\n    x.owner = self\n"), &["all", "owner"]);
        check(&format!("def set(self, x):\n{own}"), &["list", "x"]);
    }
}
