//! Tests: what is found in functions, how it is named, and that any text has a guide.

use super::{Asked, Guide, Kind, find, guides};
use crate::domain::python::sample::python_like;
use proptest::prelude::*;

/// The items of the only function, as `line kind: words`.
fn items(source: &str) -> Vec<String> {
    let guide = guides(source).unwrap().into_iter().next().unwrap();
    let item = |item: &super::Item| format!("{} {}: {}", item.line, item.kind.word(), item.words);
    guide.items.iter().map(item).collect()
}

fn names(source: &str) -> Vec<String> {
    guides(source).unwrap().into_iter().next().unwrap().items.into_iter().map(|item| item.name).collect()
}

const PRICE: &str = "\
def price(items, limit=100):
    if not items:
        raise ValueError('nothing to price')
    total = sum(items)
    if total > 100:
        total -= 10
    return total
";

#[test]
fn each_side_of_a_condition_is_listed_with_what_it_comes_to() {
    assert_eq!(
        items(PRICE),
        [
            "7 happy path: happy path: runs to its end and returns `total`",
            "3 raise: `items` is falsy: raises `ValueError('nothing to price')`",
            "2 branch: `items` is truthy: goes on",
            "5 branch: `total > 100`: does `total -= 10`",
            "5 boundary: `total` is exactly `100`: `total > 100` is false there",
            "5 branch: `total <= 100`: goes on without it",
        ]
    );
    assert_eq!(
        names(PRICE),
        [
            "returns_total",
            "raises_value_error_when_items_is_falsy",
            "when_items_is_truthy",
            "when_total_is_above_100",
            "when_total_is_exactly_100",
            "when_total_is_at_most_100",
        ]
    );
}

#[test]
fn chains_and_operands_are_listed() {
    let source = "\
def grade(points, bonus):
    if points >= 90 and bonus:
        return 'A'
    elif points < 50:
        grade = 'F'
    else:
        grade = 'C'
    return grade
";
    assert_eq!(
        items(source)[1..],
        [
            "3 return: `points >= 90 and bonus` is true: returns `'A'`",
            "2 operand: `points < 90` alone makes the condition false",
            "2 operand: `bonus` is falsy alone makes the condition false",
            "2 boundary: `points` is exactly `90`: `points >= 90` is true there",
            "4 branch: `points < 50`: does `grade = 'F'`",
            "4 boundary: `points` is exactly `50`: `points < 50` is false there",
            "6 branch: none of these conditions: does `grade = 'C'`",
        ]
    );
}

#[test]
fn loops_are_listed_with_turns_and_without() {
    let source = "\
def first(rows, n):
    for row in rows:
        if row.ok:
            return row
    while n:
        n -= 1
    for _ in (1, 2):
        n += 1
    raise LookupError
";
    assert_eq!(
        items(source),
        [
            "4 happy path: happy path: returns one of its results",
            "2 loop: `rows` has nothing: no turn of the loop",
            "2 loop: `rows` has something: a turn of the loop",
            "4 return: `row.ok` is truthy: returns `row`",
            "3 branch: `row.ok` is falsy: goes on",
            "5 loop: `n` is truthy: a turn of the loop",
            "5 loop: `n` is falsy at once: no turn of the loop",
            "7 loop: `(1, 2)` has something: a turn of the loop",
            "9 raise: raises `LookupError`",
        ]
    );
}

#[test]
fn handlers_are_listed_with_each_exception() {
    let source = "\
def load(path):
    try:
        text = read(path)
    except (OSError, UnicodeError) as error:
        raise Missing(path) from error
    except Exception:
        raise
    else:
        log(text)
    finally:
        close()
    with suppress(KeyError):
        del text['a']
    return text
";
    assert_eq!(
        items(source)[1..],
        [
            "4 except: `OSError` or `UnicodeError` from `text = read(path)`: raises `Missing(path)`",
            "4 except: it is `OSError`",
            "4 except: it is `UnicodeError`",
            "6 except: `Exception` from `text = read(path)`: raises it again",
            "9 branch: nothing is raised: does `log(text)`",
            "11 finally: an exception leaves the `try`: `finally` runs all the same, `close()`",
            "12 except: `KeyError` inside is ignored",
        ]
    );
    let names = names(source);
    assert_eq!(names[1], "raises_missing_on_os_error_or_unicode_error");
    assert_eq!(names[4], "raises_exception_again_on_exception");
}

#[test]
fn patterns_are_listed_with_guards_and_without_a_match() {
    let source = "\
def act(command):
    match command:
        case 'go':
            return 1
        case ['move', n] if n > 0:
            step(n)
";
    assert_eq!(
        items(source)[1..],
        [
            "3 case: `command` matches `'go'`: returns `1`",
            "5 case: `command` matches `['move', n]` and `n > 0`: does `step(n)`",
            "5 case: `['move', n]` matches, `n <= 0`",
            "5 boundary: `n` is exactly `0`: `n > 0` is false there",
            "5 case: no pattern matches: goes on",
        ]
    );
}

#[test]
fn what_is_decided_within_a_line_is_listed() {
    let source = "\
def show(rows, name=None):
    name = name or 'all'
    shown = [row for row in rows if row.ok]
    return f(shown) if shown else None
";
    assert_eq!(
        items(source)[1..],
        [
            "2 branch: `name` is falsy: `'all'` stands in",
            "3 element: an element of `rows` is taken: `row.ok` is truthy",
            "3 element: an element of `rows` is left out: `row.ok` is falsy",
            "4 branch: `shown` is truthy: `f(shown)`",
            "4 branch: `shown` is falsy: `None`",
        ]
    );
}

#[test]
fn what_depends_on_the_program_alone_is_not_listed() {
    let source = "\
def f(x):
    if TYPE_CHECKING:
        import y
    while True:
        if sys.version_info >= (3, 12):
            break
    raise NotImplementedError
";
    let found = items(source);
    assert!(!found.iter().any(|item| item.contains("boundary") || item.contains("TYPE_CHECKING")), "{found:?}");
}

#[test]
fn functions_that_do_nothing_have_nothing_to_test_and_overloads_none_at_all() {
    let source = "\
class A:
    @overload
    def f(self): ...
    def g(self):
        raise NotImplementedError
    @property
    def size(self):
        return 1
    @size.setter
    def size(self, value):
        self.x = value
";
    let all = guides(source).unwrap();
    let titles: Vec<String> = all.iter().map(|guide| guide.function.title()).collect();
    assert_eq!(titles, ["A.g", "A.size", "A.size (setter)"]);
    assert!(all[0].items.is_empty());
    assert_eq!(find(all, &Asked::Name("A::size".into())).unwrap().len(), 2);
}

#[test]
fn functions_are_found_by_name_class_and_line() {
    let source = "class A:\n    def total(self):\n        def inner():\n            return 1\n        return inner\ndef other():\n    return 2\n";
    let ask = |asked: Asked| -> Result<Vec<String>, Vec<String>> {
        let name = |guide: Guide| guide.function.name;
        find(guides(source).unwrap(), &asked).map(|found| found.into_iter().map(name).collect())
    };
    let name = |text: &str| Asked::Name(text.to_owned());
    assert_eq!(ask(Asked::All).unwrap(), ["A.total", "other"]);
    assert_eq!(ask(name("total")).unwrap(), ["A.total"]);
    assert_eq!(ask(name("A")).unwrap(), ["A.total"]);
    assert_eq!(ask(name("A.total.inner")).unwrap(), ["A.total.inner"]);
    assert_eq!(ask(Asked::Line(4)).unwrap(), ["A.total"]);
    assert_eq!(ask(Asked::Line(1)).unwrap_err().first().unwrap(), "A.total");
    assert_eq!(ask(name("ohter")).unwrap_err().first().unwrap(), "other");
    assert_eq!(guides("def f(:\n").unwrap_err().0, 1);
}

#[test]
fn inner_functions_are_part_of_the_function_around_them() {
    let source = "def deco(f):\n    def wrapper(x):\n        if x:\n            return f(x)\n        return None\n    return wrapper\n";
    assert_eq!(
        items(source)[1..],
        [
            "5 happy path: in `wrapper`: it is called and runs to its end",
            "4 return: in `wrapper`: `x` is truthy: returns `f(x)`",
            "3 branch: in `wrapper`: `x` is falsy: goes on",
        ]
    );
}

/// Statements that a function may be made of, to be nested at random.
fn block(depth: u32) -> BoxedStrategy<Vec<String>> {
    let simple = proptest::sample::select(
        [
            "x = a or b",
            "return x",
            "raise E(x)",
            "pass",
            "'''text'''",
            "x = [i for i in y if i > 2]",
            "return 1 if x else 2",
            "break_ = 1",
        ]
        .map(str::to_owned)
        .to_vec(),
    )
    .prop_map(|line| vec![line]);
    if depth == 0 {
        return proptest::collection::vec(simple, 1..3).prop_map(|all| all.concat()).boxed();
    }
    let inner =
        move || block(depth - 1).prop_map(|lines| lines.iter().map(|line| format!("    {line}")).collect::<Vec<_>>());
    let head = |head: &'static str, body: Vec<String>| -> Vec<String> { [vec![head.to_owned()], body].concat() };
    let nested = prop_oneof![
        (inner(), inner(), inner()).prop_map(move |(a, b, c)| [
            head("if x > 1 and not y:", a),
            head("elif 1 < x <= z:", b),
            head("else:", c)
        ]
        .concat()),
        inner().prop_map(move |a| head("for i in y:", a)),
        (inner(), inner()).prop_map(move |(a, b)| [head("while x < 3:", a), head("else:", b)].concat()),
        (inner(), inner(), inner()).prop_map(move |(a, b, c)| [
            head("try:", a),
            head("except (A, B):", b),
            head("finally:", c)
        ]
        .concat()),
        inner().prop_map(move |a| head("with suppress(K), open(x):", a)),
        inner().prop_map(move |a| head("def g(z):", a)),
        inner().prop_map(move |a| [
            vec!["match x:".to_owned()],
            head("case 1 if y:", a).iter().map(|line| format!("    {line}")).collect()
        ]
        .concat()),
    ];
    proptest::collection::vec(prop_oneof![simple, nested], 1..3).prop_map(|all| all.concat()).boxed()
}

proptest! {
    #[test]
    fn any_text_has_a_guide_within_its_functions(source in python_like()) {
        within(&source)?;
    }

    #[test]
    fn any_function_has_a_guide_within_its_lines(body in block(3)) {
        let source = format!("def f(x, y, z):\n{}\n", body.iter().map(|line| format!("    {line}\n")).collect::<String>());
        prop_assert!(guides(&source).is_ok(), "{}", source);
        within(&source)?;
    }
}

fn within(source: &str) -> Result<(), TestCaseError> {
    for guide in guides(source).unwrap_or_default() {
        let lines = guide.function.line..=guide.function.end;
        for item in &guide.items {
            prop_assert!(lines.contains(&item.line), "{:?}", item);
            prop_assert!(item.sign.lines().iter().all(|line| lines.contains(line)), "{:?}", item);
            prop_assert!(!item.words.as_str().is_empty());
            prop_assert!(item.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{}", item.name);
        }
        prop_assert!(
            guide
                .items
                .iter()
                .filter(|item| item.kind == Kind::Path && !item.words.as_str().starts_with("in "))
                .count()
                <= 1
        );
    }
    Ok(())
}
