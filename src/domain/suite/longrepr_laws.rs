//! Tests: texts of failures as pytest writes them, and what holds for any text.

use crate::domain::suite::{CodeKind, Failure, Frame, Link, Part, Says, When, read_longrepr};
use proptest::prelude::*;

/// The frames of a text: path, line, function, what raised.
fn frames(text: &str) -> Vec<(String, u32, String, String)> {
    let failure = Failure::new(When::Call, text.to_owned(), None, None);
    let of = |frame: &Frame| (frame.path.clone(), frame.line, frame.function.clone(), frame.raised.clone());
    failure.frames().map(of).collect()
}

fn check(text: &str, expect: &[(&str, u32, &str, &str)]) {
    let expect: Vec<_> = expect
        .iter()
        .map(|(path, line, f, raised)| ((*path).to_owned(), *line, (*f).to_owned(), (*raised).to_owned()))
        .collect();
    assert_eq!(frames(text), expect, "{text}");
}

fn first(text: &str) -> Frame {
    let raised = read_longrepr(text);
    raised.iter().flat_map(|raised| raised.frames()).next().cloned().expect("a frame")
}

const AUTO: &str = "\
self = <test_all.TestShop object at 0x7f>, rate = [1, 2], name = 'a, b = c'

    @pytest.mark.parametrize(\"rate\", [2])
    def test_discount(self, rate):
>       assert shoplib.apply([10], rate) == [5.0]
               ^^^^^^^^^^^^^^^^^^^^^^^^^

test_all.py:16: 
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ 
shoplib.py:28: in apply
    return [how(price) for price in prices]
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
shoplib.py:30: in <lambda>
    first(
        second)
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ 

price = 10

    def discount(price, rate):
        if rate > 1:
>           raise ValueError(
                \"too high\"
            )
E           ValueError: rate 2 too high
E           second line

price      = 10
rate       = 2

shoplib.py:20: ValueError";

#[test]
fn the_style_of_every_day() {
    check(
        AUTO,
        &[
            ("test_all.py", 16, "test_discount", ""),
            ("shoplib.py", 28, "apply", ""),
            ("shoplib.py", 30, "<lambda>", ""),
            ("shoplib.py", 20, "discount", "ValueError"),
        ],
    );
    let raised = read_longrepr(AUTO);
    let frames: Vec<&Frame> = raised[0].frames().collect();
    assert_eq!(frames[0].args, ["self = <test_all.TestShop object at 0x7f>", "rate = [1, 2]", "name = 'a", "b = c'"]);
    let numbers = |frame: &Frame| frame.code.iter().map(|line| line.number).collect::<Vec<_>>();
    assert_eq!(numbers(frames[0]), [Some(14), Some(15), Some(16), None]);
    assert_eq!(frames[0].code[2].kind, CodeKind::Current);
    assert_eq!(frames[0].code[3].kind, CodeKind::Caret);
    assert_eq!(numbers(frames[2]), [Some(30), Some(31)]);
    assert_eq!(numbers(frames[3]), [Some(18), Some(19), Some(20), Some(21), Some(22)]);
    assert_eq!(frames[3].code[2].text, "        raise ValueError(");
    let said: Vec<&str> = frames[3].explained.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(said, ["ValueError: rate 2 too high", "second line"]);
    assert_eq!(frames[3].locals, ["price      = 10", "rate       = 2"]);
}

#[test]
fn a_difference_is_told_line_by_line_without_its_colours() {
    let text = "def test_text():\n>       assert a == b\nE       AssertionError: assert 'x' == 'y'\nE         \n\
        E         \x1b[90m \x1b[39;49;00m one\nE         \x1b[91m- 2\x1b[39;49;00m\nE         \x1b[92m+ two\x1b[39;49;00m\n\
        E         ? ^^ +\nE        +  where 2 = len([1])\nE        +    and   3 = f()\n\ntest_all.py:23: AssertionError";
    let frame = first(text);
    let said: Vec<(Says, &str)> = frame.explained.iter().map(|line| (line.says, line.text.as_str())).collect();
    let expect = [
        (Says::Message, "AssertionError: assert 'x' == 'y'"),
        (Says::Detail, "  "),
        (Says::Detail, "    one"),
        (Says::Minus, "  - 2"),
        (Says::Plus, "  + two"),
        (Says::Marks, "  ? ^^ +"),
        (Says::Detail, " +  where 2 = len([1])"),
        (Says::Detail, " +    and   3 = f()"),
    ];
    assert_eq!(said, expect);
    assert_eq!(frame.code[0].number, Some(22));
}

#[test]
fn chains_are_told_apart() {
    let text = "def chained():\n        try:\n>           {}[\"x\"]\nE           KeyError: 'x'\n\nshoplib.py:33: KeyError\n\n\
        The above exception was the direct cause of the following exception:\n\n    def test_chained():\n\
        >       shoplib.chained()\n\ntest_all.py:31: \n_ _ _ _ _ _ _\n\n    def chained():\n>           raise Bad() from e\n\
        E           Bad\n\nshoplib.py:35: Bad\n\nDuring handling of the above exception, another exception occurred:\n\n\
        shoplib.py:3: in f\n    g()\nE   OSError: no";
    let raised = read_longrepr(text);
    let links: Vec<Link> = raised.iter().map(|raised| raised.link).collect();
    assert_eq!(links, [Link::First, Link::Cause, Link::Context]);
    let lines: Vec<Vec<u32>> = raised.iter().map(|raised| raised.frames().map(|frame| frame.line).collect()).collect();
    assert_eq!(lines, [vec![33], vec![31, 35], vec![3]]);
}

#[test]
fn pythons_own_form_is_read() {
    let text = "Traceback (most recent call last):\n  File \"/p/test_all.py\", line 7, in test_x\n    assert 1 == 2\n           ^^^^^^\n\
        AssertionError: assert 1 == 2";
    check(text, &[("/p/test_all.py", 7, "test_x", "")]);
    let frame = first(text);
    assert_eq!((frame.code[0].number, frame.code[1].kind), (Some(7), CodeKind::Caret));
    assert_eq!(frame.explained[0].text, "AssertionError: assert 1 == 2");
    let group = "+ Exception Group Traceback (most recent call last):\n  |   File \"/p/t.py\", line 43, in test_group\n\
        \x20 |     raise ExceptionGroup(\"many\", [])\n  | ExceptionGroup: many\n  +-+------ 1 ------\n    | ValueError: a\n    +------";
    check(group, &[("/p/t.py", 43, "test_group", "")]);
}

#[test]
fn doctests_fixtures_and_files_that_cannot_be_collected() {
    let doctest = "013 Off.\n014 \n015     >>> discount(10, 0)\nExpected:\n    10.0\nGot:\n    10\n\n/p/shoplib.py:15: DocTestFailure";
    check(doctest, &[("/p/shoplib.py", 15, "", "DocTestFailure")]);
    let frame = first(doctest);
    assert_eq!(frame.code.iter().map(|line| line.number).collect::<Vec<_>>(), [Some(13), Some(14), Some(15)]);
    let said: Vec<Says> = frame.explained.iter().map(|line| line.says).collect();
    assert_eq!(said, [Says::Detail, Says::Minus, Says::Detail, Says::Plus]);

    let fixture = "file /p/test_all.py, line 55\n  def test_missing(nothing):\nE       fixture 'nothing' not found\n\
        >       available fixtures: cache\n>       use 'pytest --fixtures' for help on them.\n\n/p/test_all.py:55";
    check(fixture, &[("/p/test_all.py", 55, "test_missing", "")]);
    assert_eq!(first(fixture).explained.len(), 3);

    let missing = "ImportError while importing test module '/p/t.py'.\nHint: make sure\nTraceback:\n\
        /usr/lib/python3/importlib/__init__.py:126: in import_module\n    return f()\n           ^^^\nt.py:1: in <module>\n    import no\n\
        E   ModuleNotFoundError: No module named 'no'";
    check(
        missing,
        &[("/usr/lib/python3/importlib/__init__.py", 126, "import_module", ""), ("t.py", 1, "<module>", "")],
    );
    let syntax = "/usr/lib/ast.py:50: in parse\n    return compile(source)\nE     File \"/p/test_syntax.py\", line 1\n\
        E       def x(\nE            ^\nE   SyntaxError: '(' was never closed";
    check(syntax, &[("/usr/lib/ast.py", 50, "parse", ""), ("/p/test_syntax.py", 1, "", "")]);
    let raised = read_longrepr(syntax);
    let inner = raised[0].frames().next_back().expect("a frame");
    assert_eq!((inner.code.len(), inner.explained[0].text.as_str()), (2, "SyntaxError: '(' was never closed"));
    check("/p/test_all.py:75: Skipped: not now", &[("/p/test_all.py", 75, "", "Skipped: not now")]);
}

/// All texts that a reading holds.
fn held(text: &str) -> String {
    let mut out = String::new();
    let mut put = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    for raised in read_longrepr(text) {
        put(raised.link.words());
        for part in &raised.parts {
            match part {
                Part::Text(lines) => lines.iter().for_each(|line| put(line)),
                Part::Frame(frame) => {
                    put(&format!(
                        "{}:{}: {} in {} \"{}\"",
                        frame.path, frame.line, frame.raised, frame.function, frame.path
                    ));
                    frame.args.iter().chain(&frame.locals).for_each(|line| put(line));
                    frame.code.iter().for_each(|line| put(&format!("{} {}", line.number.unwrap_or(0), line.text)));
                    frame.explained.iter().for_each(|line| put(&line.text));
                }
            }
        }
    }
    out
}

/// The words of a line that are neither margins nor the words of a form.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split([' ', ':', '"', ',', '|', '+']).filter(|word| word.len() > 2 && word.chars().all(char::is_alphabetic))
}

fn a_line() -> impl Strategy<Value = String> {
    let word = "[a-z]{3,8}";
    prop_oneof![
        word.prop_map(|w| format!("    {w}")),
        word.prop_map(|w| format!(">       {w}()")),
        word.prop_map(|w| format!("E       {w}")),
        (word, 1..2000_u32).prop_map(|(w, n)| format!("{w}.py:{n}: in {w}")),
        (word, 1..2000_u32).prop_map(|(w, n)| format!("{w}.py:{n}: {w}")),
        (word, 1..2000_u32).prop_map(|(w, n)| format!("  File \"{w}.py\", line {n}, in {w}")),
        (word, 1..2000_u32).prop_map(|(w, n)| format!("E     File \"{w}.py\", line {n}")),
        (word, word).prop_map(|(a, b)| format!("{a:<10} = {b}")),
        (word, word).prop_map(|(a, b)| format!("        {a:<10} = {b}")),
        (word, 1..999_u32).prop_map(|(w, n)| format!("{n:03} {w}")),
        word.prop_map(|w| w),
        Just("_ _ _ _ _ _".to_owned()),
        Just("           ^^^^".to_owned()),
        Just(String::new()),
        Just(Link::Cause.words().to_owned()),
        "\\PC{0,12}",
    ]
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let _ = held(&text);
    }

    #[test]
    fn no_word_of_a_text_is_lost(lines in proptest::collection::vec(a_line(), 0..40)) {
        let text = lines.join("\n");
        let held = held(&text);
        for line in text.lines().filter(|line| Link::of_line(line).is_none()) {
            for word in words(line).filter(|word| !["File", "line"].contains(word)) {
                prop_assert!(held.contains(word), "{word:?} of {line:?} is not in\n{held}\nof\n{text}");
            }
        }
    }
}
