"""Random edits of a small project, and where an edit may leave lines open. Called by tests/trials.rs.

    edit.py edit KIND SEED FOLDER SOURCE TESTS   makes one edit below FOLDER, and says as JSON what it did
    edit.py bound                                 reads texts as JSON, and says which lines of the last one changed

The bound is told here by syntax trees alone, so that it owes nothing to the ledger's own comparison.
"""

import ast
import collections
import difflib
import json
import pathlib
import random
import re
import sys


class NoPlace(Exception):
    """This kind of edit finds nothing to do in this file."""


# What a random edit is made of -------------------------------------------------------------------------------------

SNIPPETS = [
    ["trial_{n} = {n}"],
    ["trial_{n} = [", "    {n},", "    {n},", "]"],
    ["if len(__name__) > 3:", "    trial_{n} = 1"],
    ["if __name__ == 'nothing':", "    trial_{n} = 1", "else:", "    trial_{n} = 2"],
    ["trial_{n} = 1; trial_{n} += 1"],
    ["if __name__: trial_{n} = {n}"],
    ["for trial_{n} in (1, 2):", "    if trial_{n} > 1:", "        continue", "else:", "    trial_{n} = 0"],
    ["try:", "    trial_{n} = 1", "except ValueError:", "    trial_{n} = 2", "finally:", "    trial_{n} = 3"],
    ["try:", "    trial_{n} = int('x')", "except ValueError:", "    trial_{n} = 2"],
    ["with __import__('contextlib').nullcontext():", "    trial_{n} = 1"],
    ["trial_{n} = (lambda x:", "    x + 1)({n})"],
    ["trial_{n} = [", "    x", "    for x in range(3)", "    if x", "]"],
    ["def trial_{n}(x=1):", "    return x", "trial_{n}()"],
    ["def trial_{n}(x=1):", "    return x"],
    ["class Trial{n}:", "    value = 1", "    def method(self):", "        return 1", "Trial{n}().method()"],
    ["trial_{n} = 'one' \\", "    'two'"],
    ["'''", "trial {n}", "'''"],
    ["assert True, 'trial {n}'"],
    ["trial_{n}: int = {n}"],
    ["trial_{n} = 1 if __name__ else 2"],
    ["while True:", "    break"],
]


class Text:
    """The text of one file with its syntax tree."""

    def __init__(self, path):
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.split("\n")
        self.tree = ast.parse(self.text)
        self.parents = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node

    def inside(self, node, kinds):
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, kinds):
                return node
        return None

    def blocks(self):
        """Every list of statements."""
        for node in ast.walk(self.tree):
            for name in ("body", "orelse", "finalbody"):
                body = getattr(node, name, None)
                if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                    yield body

    def places(self):
        """Statements before which another can stand: each begins its line, and is no docstring, no `elif`."""
        for body in self.blocks():
            for at, stmt in enumerate(body):
                if at == 0 and is_docstring(stmt) or is_future(stmt) or self.inside(stmt, ast.While):
                    continue
                first = first_line(stmt)
                text = self.lines[first - 1]
                if text[: len(text) - len(text.lstrip())] != text[: stmt.col_offset] and first == stmt.lineno:
                    continue
                if text.lstrip().startswith("elif") or self.joined(stmt):
                    continue
                yield stmt

    def joined(self, stmt):
        """Whether another statement shares a line with this one, or it stands behind a colon."""
        before = self.lines[stmt.lineno - 1].encode()[: stmt.col_offset].decode()
        after = self.lines[stmt.end_lineno - 1].encode()[stmt.end_col_offset :].decode().strip()
        return (before.strip() != "" and not before.strip().startswith("@")) or (after and not after.startswith("#"))

    def simple(self):
        compound = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.For, ast.While, ast.With, ast.Try)
        imports = (ast.Import, ast.ImportFrom, ast.Match)
        return [stmt for stmt in self.places() if not isinstance(stmt, compound + imports)]

    def functions(self):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds) and not self.joined(node.body[0])]

    def indent(self, stmt):
        text = self.lines[first_line(stmt) - 1]
        return text[: len(text) - len(text.lstrip())]

    def insert(self, line, new):
        """Puts lines before a line."""
        self.lines[line - 1 : line - 1] = new

    def splice(self, node, new):
        """Puts another text in the place of a node."""
        start, end = (node.lineno - 1, node.col_offset), (node.end_lineno - 1, node.end_col_offset)
        head = self.lines[start[0]].encode()[: start[1]].decode()
        tail = self.lines[end[0]].encode()[end[1] :].decode()
        self.lines[start[0] : end[0] + 1] = (head + new + tail).split("\n")

    def segment(self, node):
        return ast.get_source_segment(self.text, node)

    def save(self):
        new = "\n".join(self.lines)
        ast.parse(new)
        compile(new, str(self.path), "exec")
        if new == self.text:
            raise NoPlace("nothing changed")
        self.path.write_text(new, encoding="utf-8")


def first_line(stmt):
    return min([stmt.lineno] + [d.lineno for d in getattr(stmt, "decorator_list", [])])


def is_docstring(stmt):
    return isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant) and isinstance(stmt.value.value, str)


def is_future(stmt):
    return isinstance(stmt, ast.ImportFrom) and stmt.module == "__future__"


def choose(dice, things):
    things = list(things)
    if not things:
        raise NoPlace("no place for it")
    return dice.choice(things)


# The kinds -----------------------------------------------------------------------------------------------------------


def comment(dice, text):
    stmt = choose(dice, text.places())
    new = dice.choice([["# a note"], ["", "# a note", ""], [""], ["", ""], ["# one", "# two", "# three"]])
    text.insert(first_line(stmt), [text.indent(stmt) + line if line else "" for line in new])


def trailing_comment(dice, text):
    stmt = choose(dice, [s for s in text.simple() if s.lineno == s.end_lineno])
    line = text.lines[stmt.lineno - 1]
    text.lines[stmt.lineno - 1] = line[: line.rindex("#")].rstrip() if "#" in line else line + "  # a note"


def insert_statement(dice, text):
    stmt = choose(dice, text.places())
    number = str(dice.randrange(1000))
    new = [line.replace("{n}", number) for line in dice.choice(SNIPPETS)]
    text.insert(first_line(stmt), [text.indent(stmt) + line for line in new])


def delete_statement(dice, text):
    stmt = choose(dice, [s for s in text.simple() if s.col_offset or dice.random() < 0.2])
    alone = any(len(body) == 1 and body[0] is stmt for body in text.blocks())
    new = [text.indent(stmt) + "pass"] if alone else []
    text.lines[stmt.lineno - 1 : stmt.end_lineno] = new


def swap_statements(dice, text):
    free = set(text.simple())
    pairs = [(a, b) for body in text.blocks() for a, b in zip(body, body[1:]) if a in free and b in free]
    one, two = choose(dice, pairs)
    lines = text.lines
    a, b = lines[one.lineno - 1 : one.end_lineno], lines[two.lineno - 1 : two.end_lineno]
    lines[two.lineno - 1 : two.end_lineno] = a
    lines[one.lineno - 1 : one.end_lineno] = b


def change_condition(dice, text):
    tests = [n.test for n in ast.walk(text.tree) if isinstance(n, (ast.If, ast.IfExp, ast.Assert))]
    tests += [n.values[0] for n in ast.walk(text.tree) if isinstance(n, ast.BoolOp)]
    test = choose(dice, tests)
    old = text.segment(test)
    new = dice.choice([f"not ({old})", f"({old}) and len(__name__) > 2", "bool(0)", "bool(1)", f"bool({old})"])
    text.splice(test, new)


def change_constant(dice, text):
    def fits(node):
        if not isinstance(node, ast.Constant) or isinstance(text.parents.get(node), (ast.JoinedStr, ast.FormattedValue)):
            return False
        return type(node.value) in (int, str, bool) and not isinstance(text.parents.get(node), ast.Expr)

    node = choose(dice, [n for n in ast.walk(text.tree) if fits(n) and not text.inside(n, (ast.While, ast.JoinedStr))])
    value = node.value
    new = not value if isinstance(value, bool) else value + dice.choice([1, -1, 7]) if isinstance(value, int) else value + "x"
    text.splice(node, f"({new!r})" if isinstance(new, int) and new < 0 else repr(new))


def rename_local(dice, text):
    function = choose(dice, text.functions())
    inner = [n for n in ast.walk(function) if isinstance(n, (ast.Global, ast.Nonlocal))]
    names = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    names -= {a.arg for a in ast.walk(function) if isinstance(a, ast.arg)} | {x for n in inner for x in n.names}
    strings = [n for n in ast.walk(function) if isinstance(n, ast.JoinedStr)]
    name = choose(dice, sorted(names))
    uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
    if any(use in ast.walk(s) for s in strings for use in uses):
        raise NoPlace("it stands in a format string")
    for use in sorted(uses, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        text.splice(use, name + "_t")


def reformat(dice, text):
    ways = [split_call, join_statement, add_brackets, add_brackets]
    dice.choice(ways)(dice, text)


def split_call(dice, text):
    calls = [n for n in ast.walk(text.tree) if isinstance(n, ast.Call) and n.args and not text.inside(n, ast.JoinedStr)]
    call = choose(dice, [c for c in calls if not isinstance(c.args[0], (ast.Starred, ast.GeneratorExp))])
    arg = call.args[0]
    if "\n" in text.segment(arg):
        raise NoPlace("the argument is long already")
    text.splice(arg, "\n" + " " * 16 + text.segment(arg))


def join_statement(dice, text):
    stmt = choose(dice, [s for s in text.simple() if s.lineno != s.end_lineno and not is_docstring(s)])
    text.splice(stmt, ast.unparse(stmt))


def add_brackets(dice, text):
    holders = [s for s in text.simple() if isinstance(s, (ast.Return, ast.Assign)) and s.value is not None]
    stmt = choose(dice, [s for s in holders if not isinstance(s.value, (ast.Tuple, ast.Yield, ast.YieldFrom))])
    inner = text.segment(stmt.value)
    if "\n" in inner:
        raise NoPlace("the value is long already")
    margin = text.indent(stmt)
    text.splice(stmt.value, dice.choice([f"({inner})", f"(\n{margin}    {inner}\n{margin})"]))


def move_function(dice, text):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [b for b in text.blocks() if len([s for s in b if isinstance(s, kinds)]) > 1]
    body = choose(dice, bodies)
    function = choose(dice, [s for s in body if isinstance(s, kinds)])
    other = choose(dice, [s for s in body if s is not function and isinstance(s, kinds)])
    first, last = first_line(function), function.end_lineno
    moved = text.lines[first - 1 : last] + [""]
    at = first_line(other)
    if at > last:
        text.insert(at, moved)
        del text.lines[first - 1 : last]
    else:
        del text.lines[first - 1 : last]
        text.insert(at, moved)


def decorate(dice, text):
    function = choose(dice, text.functions())
    if function.decorator_list and dice.random() < 0.5:
        gone = choose(dice, function.decorator_list)
        if gone.lineno != gone.end_lineno:
            raise NoPlace("a long decorator")
        del text.lines[gone.lineno - 1]
        return
    new = dice.choice([["@(lambda f: f)"], ["@(lambda f:", "    f)"], ["@__import__('functools').lru_cache(None)"]])
    text.insert(first_line(function), [text.indent(function) + line for line in new])


def add_function(dice, text):
    stmt = choose(dice, [s for s in text.places() if text.inside(s, (ast.FunctionDef, ast.AsyncFunctionDef))])
    number = dice.randrange(1000)
    text.insert(first_line(stmt), [text.indent(stmt) + f"trial_helper_{number}({number % 2})"])
    new = ["", "", f"def trial_helper_{number}(flag):", "    if flag:", "        return 1", "    return 0", ""]
    if dice.random() < 0.5:
        top = [s for s in text.tree.body if not is_docstring(s) and not is_future(s)]
        text.insert(first_line(top[0]), new)
    else:
        text.lines.extend(new)


def pragma(dice, text):
    marked = [at for at, line in enumerate(text.lines) if re.search(r"#\s*pragma: no ?cover", line)]
    if marked and dice.random() < 0.5:
        at = dice.choice(marked)
        text.lines[at] = re.sub(r"\s*#\s*pragma: no ?cover.*", "", text.lines[at])
        return
    nodes = [n for n in text.places() if isinstance(n, (ast.If, ast.FunctionDef, ast.For, ast.With, ast.Try, ast.ClassDef))]
    nodes = nodes + text.simple()
    node = choose(dice, nodes)
    line = text.lines[node.lineno - 1]
    if "#" in line or "'" * 3 in line or '"' * 3 in line or line.endswith("\\"):
        raise NoPlace("there is a comment already")
    text.lines[node.lineno - 1] = line + "  # pragma: no cover"


def wrap_statement(dice, text):
    stmt = choose(dice, text.simple())
    margin = text.indent(stmt)
    old = text.lines[stmt.lineno - 1 : stmt.end_lineno]
    if any('"""' in line or "'''" in line for line in old):
        raise NoPlace("its lines cannot be indented")
    head, tail = dice.choice([
        ("if __name__:", []),
        ("for trial in (1,):", []),
        ("with __import__('contextlib').nullcontext():", []),
        ("try:", ["finally:", "    pass"]),
        ("try:", ["except ZeroDivisionError:", "    raise"]),
        ("if not __name__:", ["else:", "    pass"]),
    ])
    new = [margin + head] + ["    " + line if line else "" for line in old] + [margin + line for line in tail]
    text.lines[stmt.lineno - 1 : stmt.end_lineno] = new


def duplicate_function(dice, text):
    function = choose(dice, text.functions())
    old = text.lines[first_line(function) - 1 : function.end_lineno]
    text.insert(first_line(function), old + [""])


SOURCE_KINDS = {
    "comment": comment,
    "trailing comment": trailing_comment,
    "insert statement": insert_statement,
    "delete statement": delete_statement,
    "swap statements": swap_statements,
    "change condition": change_condition,
    "change constant": change_constant,
    "rename local": rename_local,
    "reformat": reformat,
    "move function": move_function,
    "decorate": decorate,
    "add function": add_function,
    "pragma": pragma,
    "wrap statement": wrap_statement,
    "duplicate function": duplicate_function,
}


def test_functions(text):
    return [f for f in text.functions() if f.name.startswith("test")]


def add_test(dice, text):
    number = dice.randrange(1000)
    classes = [n for n in text.tree.body if isinstance(n, ast.ClassDef) and test_functions_of(n)]
    if classes and dice.random() < 0.5:
        first = test_functions_of(dice.choice(classes))[0]
        new = text.lines[first_line(first) - 1 : first.end_lineno] + [""]
        new = [re.sub(rf"\b{first.name}\b", f"{first.name}_{number}", line) for line in new]
        text.insert(first_line(first), new)
        return
    tops = [n for n in text.tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test")]
    if tops and dice.random() < 0.5:
        old = dice.choice(tops)
        new = text.lines[first_line(old) - 1 : old.end_lineno]
        text.lines += ["", ""] + [re.sub(rf"\b{old.name}\b", f"{old.name}_{number}", line) for line in new] + [""]
        return
    text.lines += ["", "", f"def test_trial_{number}():", f"    assert {number} == {number}", ""]


def test_functions_of(node):
    return [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test")]


def remove_test(dice, text):
    function = choose(dice, [f for f in test_functions(text) if len(test_functions(text)) > 1])
    if any(len(body) == 1 and body[0] is function for body in text.blocks()):
        raise NoPlace("it stands alone")
    del text.lines[first_line(function) - 1 : function.end_lineno]


def rename_test(dice, text):
    function = choose(dice, test_functions(text))
    at = function.lineno - 1
    text.lines[at] = re.sub(rf"\b{function.name}\b", function.name + "_renamed", text.lines[at])


def edit_test(dice, text):
    functions = test_functions(text)
    stmts = [s for s in text.simple() if text.inside(s, ast.FunctionDef) in functions]
    stmt = choose(dice, stmts)
    alone = any(len(body) == 1 and body[0] is stmt for body in text.blocks())
    text.lines[stmt.lineno - 1 : stmt.end_lineno] = [text.indent(stmt) + "pass"] if alone else []


def add_parameters(dice, text):
    calls = [n for n in ast.walk(text.tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    lists = [c.args[1] for c in calls if c.func.attr == "parametrize" and len(c.args) > 1]
    lists = [items for items in lists if isinstance(items, (ast.List, ast.Tuple)) and items.elts]
    if not lists:
        number = dice.randrange(1000)
        text.lines += ["", "", f"@__import__('pytest').mark.parametrize('n', [1, {number}, 'a b[c]'])"]
        text.lines += [f"def test_trial_{number}(n):", "    assert n", ""]
        return
    items = dice.choice(lists)
    item = dice.choice(items.elts)
    if dice.random() < 0.5 and len(items.elts) > 1:
        text.splice(item, "__import__('pytest').param(*(lambda x: x if isinstance(x, tuple) else (x,))(" + text.segment(item) + "), id='trial')")
    else:
        text.splice(item, text.segment(item) + ", " + text.segment(item))


TEST_KINDS = {
    "add test": add_test,
    "remove test": remove_test,
    "rename test": rename_test,
    "edit test": edit_test,
    "add parameters": add_parameters,
    "comment in test": comment,
}


# Edits of several files ----------------------------------------------------------------------------------------------


def python_files(folder):
    return sorted(p for p in folder.rglob("*.py") if ".lacuna" not in p.parts)


def rename_everywhere(dice, folder, files):
    text = Text(choose(dice, files))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = [n.name for n in ast.walk(text.tree) if isinstance(n, kinds) and len(n.name) > 5 and "__" not in n.name]
    name = choose(dice, [n for n in names if not n.startswith("test")])
    for path in python_files(folder):
        old = path.read_text(encoding="utf-8")
        new = re.sub(rf"\b{name}\b", name + "_t", old)
        if new != old:
            path.write_text(new, encoding="utf-8")
    return name


def rename_source_file(dice, folder, files):
    path = choose(dice, [p for p in files if not p.name.startswith("__")])
    name, new = path.stem, path.stem + "_t"
    path.rename(path.with_name(new + ".py"))
    for other in python_files(folder):
        old = other.read_text(encoding="utf-8")
        text = re.sub(rf"((?:from|import) +[\w.]*\.){name}\b", rf"\g<1>{new}", old)
        text = re.sub(rf"(from +\. +import +){name}\b", rf"\g<1>{new} as {name}", text)
        if text != old:
            other.write_text(text, encoding="utf-8")
    return name


def new_source_file(dice, folder, files):
    path = choose(dice, files)
    number = dice.randrange(1000)
    new = path.with_name(f"trial_{number}.py")
    new.write_text(f"VALUE = {number}\n\n\ndef value(flag=None):\n    if flag:\n        return VALUE\n    return 0\n")
    if dice.random() < 0.6 and (path.parent / "__init__.py").exists():
        text = Text(path)
        stmt = choose(dice, [s for s in text.places() if text.inside(s, (ast.FunctionDef, ast.AsyncFunctionDef))])
        margin = text.indent(stmt)
        text.insert(first_line(stmt), [f"{margin}from .{new.stem} import value as trial_value", f"{margin}trial_value()"])
        text.save()
    return new.stem


def rename_test_file(dice, tests):
    path = choose(dice, [p for p in tests if p.name.startswith("test_")])
    path.rename(path.with_name(path.stem + "_t.py"))
    return path.name


def edit(kind, seed, folder, source, tests):
    dice = random.Random(seed)
    below = lambda name: python_files(folder / name) if (folder / name).is_dir() else [folder / name]
    test_files = [p for p in below(tests) if p.name.startswith("test")] if tests else []
    files = [p for p in below(source) if p not in test_files and "tests" not in p.parts[len(folder.parts) :]]
    if kind in SOURCE_KINDS or kind in TEST_KINDS:
        text = Text(choose(dice, [p for p in (files if kind in SOURCE_KINDS else test_files) if p.read_text(encoding="utf-8").strip()]))
        (SOURCE_KINDS.get(kind) or TEST_KINDS[kind])(dice, text)
        text.save()
        return text.path.relative_to(folder).as_posix()
    if kind == "rename everywhere":
        return rename_everywhere(dice, folder, files)
    if kind == "rename source file":
        return rename_source_file(dice, folder, files)
    if kind == "new source file":
        return new_source_file(dice, folder, files)
    if kind == "rename test file":
        # Where the package names one file as its tests, that is where they are looked for.
        return rename_test_file(dice, test_files if (folder / tests).is_dir() else [])
    raise SystemExit(f"no such kind: {kind}")


# The bound -----------------------------------------------------------------------------------------------------------


def regions(text):
    """The outermost functions by name, each with its lines and its tree; and all statements outside them: line, last
    line of what depends on it, tree."""
    functions, outside, seen = {}, [], {}

    def walk(body, scope):
        for at, stmt in enumerate(body):
            if at == 0 and is_docstring(stmt):
                continue
            if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef)):
                name = ".".join(scope + [stmt.name])
                seen[name] = seen.get(name, 0) + 1
                functions[name, seen[name]] = (first_line(stmt), stmt.end_lineno, shown(stmt))
            elif isinstance(stmt, ast.ClassDef):
                head = [ast.dump(x) for x in stmt.bases + stmt.keywords + stmt.decorator_list]
                outside.append((first_line(stmt), stmt.body[0].lineno - 1, f"class {stmt.name} {head}"))
                walk(stmt.body, scope + [stmt.name])
            else:
                inner = [getattr(stmt, name) for name in ("body", "orelse", "finalbody") if getattr(stmt, name, None)]
                inner += [part.body for part in getattr(stmt, "handlers", []) + getattr(stmt, "cases", [])]
                if inner:
                    outside.append((stmt.lineno, stmt.end_lineno, type(stmt).__name__ + ast.dump(getattr(stmt, "test", ast.Pass()))))
                else:
                    outside.append((stmt.lineno, stmt.end_lineno, ast.dump(stmt)))
                for body in inner:
                    walk(body, scope)

    walk(ast.parse(text).body, [])
    return functions, outside


def shown(function):
    for node in ast.walk(function):
        body = getattr(node, "body", None)
        if isinstance(body, list) and len(body) > 1 and is_docstring(body[0]):
            del body[0]
    return ast.dump(function)


def bound(old, new):
    """The lines of `new` that an edit of `old` may leave open, and whether anything that runs at import changed."""
    lines = set()
    then, now = regions(old), regions(new)
    counts = [collections.Counter(name for name, _ in functions) for functions, _ in (then, now)]
    for name, (first, last, tree) in now[0].items():
        # Of several functions of one name another may be in force when there are more or fewer of them.
        if name not in then[0] or then[0][name][2] != tree or counts[0][name[0]] != counts[1][name[0]]:
            lines.update(range(first, last + 1))
    a, b = [x[2] for x in then[1]], [x[2] for x in now[1]]
    for tag, _, _, start, end in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag in ("replace", "insert"):
            for first, last, _ in now[1][start:end]:
                lines.update(range(first, last + 1))
    return lines, a != b or heads(then[0]) != heads(now[0])


def heads(functions):
    """What a `def` runs when it is executed itself: decorators and defaults."""
    return {name: tree.partition("body=[")[0] + tree.partition("decorator_list=")[2] for name, (_, _, tree) in functions.items()}


def bounds():
    asked = json.load(sys.stdin)
    found = {}
    for path, (olds, new) in asked.items():
        lines, outside = set(), False
        for old in olds:
            if old == new:
                continue
            try:
                more, also = bound(old, new)
            except (TypeError, SyntaxError):
                more, also = set(range(1, new.count("\n") + 2)), True
            lines |= more
            outside |= also
        found[path] = {"lines": sorted(lines), "outside": outside}
    print(json.dumps(found))


def main():
    if sys.argv[1] == "bound":
        return bounds()
    _, _, kind, seed, folder, source, tests = sys.argv
    try:
        what = edit(kind, int(seed), pathlib.Path(folder), source, tests)
    except (NoPlace, SyntaxError, ValueError) as problem:
        print(json.dumps({"nothing": str(problem)}))
        return None
    print(json.dumps({"edited": what}))
    return None


main()
