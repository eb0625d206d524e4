//! What runs show of patches: what a test replaces by a mock that nothing in it uses.

use super::kept_off::{is_guard, is_keeping_off};
use super::patches::{patch, target};
use super::walk::{everything, statements, within};
use crate::domain::python::Syntax;
use crate::domain::suite::{LabAsked, Outcome, TestId};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// A part that a test replaces by a mock which nothing uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The line of the patch, from 1.
    pub line: u32,
    /// The last name of the part.
    pub part: String,
    /// The part, as the patch writes it.
    pub target: String,
    /// Whether the test says in some way that nothing is to use it, so that the patch is a guard, or a class, a fixture or a helper
    /// of the file replaces the part as well, so that it is at hand wherever it may be needed.
    pub is_spared: bool,
    /// The functions of the file, named as if they were tests, that replace the part as well.
    pub others: Vec<TestId>,
    /// The file and the line that call the part itself all the same; known once the test has run without the patch.
    pub real: Option<(String, u32)>,
}

impl Idle {
    /// The rule that it breaks; none where the patch is spared and holds, where one of the others is not known to go without the part
    /// as well, and where a wait is kept short that does not come.
    #[must_use]
    pub fn rule(&self, goes_without: impl Fn(&TestId) -> bool) -> Option<&'static str> {
        let is_idle = || !self.is_spared && self.part != "sleep" && self.others.iter().all(goes_without);
        match self.real {
            Some(_) => Some("misplaced-patch"),
            None => is_idle().then_some("unused-patch"),
        }
    }

    /// What stands there, in a few words, where the test passes without the patch.
    #[must_use]
    pub fn what(&self) -> String {
        let unused = format!("nothing uses what stands in for {}", self.target);
        match (&self.real, self.others.len()) {
            (Some((path, line)), _) => format!("{unused}, and line {line} of {path} calls the real one"),
            (None, 0) => format!("{unused}, and the test passes without the patch"),
            (None, 1) => {
                format!("{unused}, nor in the other test for something of that name, and both pass without the patch")
            }
            (None, others) => {
                format!(
                    "{unused}, nor in the {others} other tests for something of that name, and all pass without the patch"
                )
            }
        }
    }
}

/// The parts that a test which passed replaces by itself, each once, and whose mocks nothing has used. What its class, its fixtures
/// and its helpers replace, they do for other tests as well. `text` is that of its file.
#[must_use]
pub fn idle(asked: &LabAsked, text: &str) -> Vec<Idle> {
    if asked.outcome != Outcome::Passed || asked.idle.is_empty() {
        return Vec::new();
    }
    let syntax = Syntax::read(text);
    let names = asked.id.names();
    let functions = functions(syntax.body(), &[]);
    let Some((_, def)) = functions.iter().rfind(|(own, _)| *own == names) else { return Vec::new() };
    let own: Vec<_> = replaced_by(def).collect();
    let everywhere: Vec<&str> = replacing(everything(syntax.body())).map(|(_, _, name)| name).collect();
    let by_functions: Vec<(&[&str], &str)> =
        functions.iter().flat_map(|(names, def)| replaced_by(def).map(|(_, _, name)| (&**names, name))).collect();
    let is_guarding = is_keeping_off(def, text);
    let mut found = Vec::new();
    for part in &asked.idle {
        let mut mine = own.iter().filter(|(_, _, name)| name == part);
        if let (Some((call, owner, name)), None) = (mine.next(), mine.next()) {
            let others = || by_functions.iter().filter(|(_, one)| one == name);
            let is_spared = is_guarding
                || everywhere.iter().filter(|one| *one == name).count() > others().count()
                || asked.guards.contains(part)
                || is_guard(def, call, &syntax, text);
            let (line, part) = (syntax.line(call.start()), part.clone());
            let target = owner.as_ref().map_or_else(|| part.clone(), |owner| format!("{owner}.{name}"));
            let others: BTreeSet<&[&str]> = others().map(|(by, _)| *by).filter(|by| *by != names).collect();
            let id = |by: &[&str]| TestId::new(&format!("{}::{}", asked.id.path(), by.join("::")));
            let others = others.into_iter().map(id).collect();
            found.push(Idle { line, part, target, is_spared, others, real: None });
        }
    }
    found
}

/// The functions of a body and of its classes, each with its name behind those of the classes that it stands in.
fn functions<'a>(body: &'a [Stmt], above: &[&'a str]) -> Vec<(Vec<&'a str>, &'a StmtFunctionDef)> {
    let named = |name: &'a str| above.iter().copied().chain([name]).collect::<Vec<_>>();
    let one = |stmt: &'a Stmt| match stmt {
        Stmt::FunctionDef(def) => vec![(named(&def.name), def)],
        Stmt::ClassDef(class) => functions(&class.body, &named(&class.name)),
        _ => Vec::new(),
    };
    statements(body).into_iter().flat_map(one).collect()
}

/// What a function replaces, by its decorators and in its body.
fn replaced_by(def: &StmtFunctionDef) -> impl Iterator<Item = (&ExprCall, Option<String>, &str)> {
    let decorators = def.decorator_list.iter().flat_map(|decorator| within(&decorator.expression));
    replacing(decorators.chain(everything(&def.body)))
}

/// The patches among some expressions: the call, the owner's words, and the name of what it replaces.
fn replacing<'a>(
    exprs: impl IntoIterator<Item = &'a Expr>,
) -> impl Iterator<Item = (&'a ExprCall, Option<String>, &'a str)> {
    let calls = exprs.into_iter().filter_map(Expr::as_call_expr).filter(|call| patch(call).is_some());
    calls.filter_map(|call| target(call).map(|(owner, name)| (call, owner, name)))
}

#[cfg(test)]
mod tests {
    use super::{Idle, idle as found};
    use crate::domain::suite::{LabAsked, Outcome, TestId};
    use std::collections::BTreeMap;

    /// What is told of a test of a text of whose replaced parts these were not used.
    fn told(text: &str, name: &str, parts: &[&str]) -> Vec<String> {
        let id = TestId::new(&format!("t/test_a.py::{name}"));
        let idle = parts.iter().map(|part| (*part).to_owned()).collect();
        let asked = LabAsked {
            id,
            outcome: Outcome::Passed,
            mocks: Vec::new(),
            idle,
            guards: vec!["open".to_owned()],
            real: BTreeMap::new(),
        };
        let short = |one: Idle| format!("{} {}", one.line, one.target);
        let goes_without = |other: &TestId| other.as_str().ends_with("without");
        let is_told = |one: &Idle| one.rule(goes_without).is_some();
        found(&asked, text).into_iter().filter(is_told).map(short).collect()
    }

    #[test]
    fn a_part_is_told_as_the_test_writes_it() {
        let text = "class TestA:\n    @patch('shop.send')\n    @mock.patch.object(shop.Till, 'rate')\n    def test_a(self, rate, send):\n        with patch('shop.fetch') as fetch, patch.object(self.till(), 'fill'), patch('shop.open'):\n            mocker.patch('os.getcwd')\n";
        let all = ["send", "rate", "fetch", "fill", "open", "getcwd"];
        let wanted = ["2 shop.send", "3 shop.Till.rate", "5 shop.fetch", "5 fill", "6 os.getcwd"];
        assert_eq!(told(text, "TestA::test_a[1]", &all), wanted);
        assert_eq!(told(text, "TestA::test_b", &all), Vec::<String>::new());
        assert_eq!(told(text, "test_a", &all), Vec::<String>::new());
    }

    #[test]
    fn of_parts_that_the_test_does_not_replace_itself_or_twice_nothing_is_told() {
        let text = "@patch('shop.send')\nclass TestA:\n    def test_a(self, send):\n        with patch('a.fetch'), patch('b.fetch'):\n            patch.dict('os.environ', A='1')\n";
        assert_eq!(told(text, "TestA::test_a", &["send", "fetch", "environ"]), Vec::<String>::new());
    }

    #[test]
    fn a_comment_may_say_that_a_patch_keeps_something_off() {
        let text = |line: &str| format!("def test_a():\n    a = 1\n    {line}\n        shop.open()\n");
        for line in [
            "with patch('shop.send'):  # never really send",
            "# a guard\n    a = 2\n    with patch('shop.send'):",
            "with patch('shop.send'):\n        pass\n    with shop:",
            "# a guard\n    with patch(\n        'shop.fetch',\n        return_value=3,\n    ), patch('shop.send'):",
        ] {
            assert_eq!(told(&text(line), "test_a", &["send"]), Vec::<String>::new(), "{line}");
        }
        let far = "# a guard\n\n    with patch('shop.send'):";
        assert_eq!(told(&text(far), "test_a", &["send"]), ["5 shop.send"]);
        for line in ["with patch('shop.send'):  # the mail", "with patch('shop.send'):\n        # the mail"] {
            assert_eq!(told(&text(line), "test_a", &["send"]), ["3 shop.send"], "{line}");
        }
    }

    #[test]
    fn a_part_that_others_replace_as_well_is_told_only_where_they_go_without_it() {
        let text = |other: &str| format!("@patch('shop.send')\ndef test_a(send):\n    shop.open()\n\n\n{other}\n");
        for other in [
            "@patch('shop.send')\ndef test_b(send):\n    shop.open()",
            "@pytest.fixture\ndef sent():\n    with patch.object(shop, 'send'):\n        yield",
            "class TestA:\n    def test_b(self, mocker):\n        mocker.patch('shop.send')",
        ] {
            assert_eq!(told(&text(other), "test_a", &["send"]), Vec::<String>::new(), "{other}");
        }
        for other in [
            "@patch('shop.sent')\ndef test_b(send):\n    shop.send()",
            "SEND = 'shop.send'",
            "@patch('shop.send')\ndef test_b_goes_without(send):\n    shop.open()",
            "class TestA:\n    def test_b_goes_without(self, mocker):\n        mocker.patch('shop.send')",
        ] {
            assert_eq!(told(&text(other), "test_a", &["send"]), ["1 shop.send"], "{other}");
        }
    }

    #[test]
    fn a_test_that_asserts_on_what_a_patch_hands_out_guards_it() {
        let told = |assertion: &str| {
            let text = format!(
                "def test_a(self):\n    with patch.object(shop, 'send', return_value=post) as sent:\n        shop.open()\n    {assertion}\n"
            );
            told(&text, "test_a", &["send"]).len()
        };
        for assertion in [
            "assert sent.count is not None",
            "assert post.count == 0",
            "post.send.assert_not_called()",
            "self.assertEqual(post.count, 0)",
        ] {
            assert_eq!(told(assertion), 0, "{assertion}");
        }
        for assertion in ["assert shop.is_open", "shop.send.assert_called()", "post.open()", "assert other.post"] {
            assert_eq!(told(assertion), 1, "{assertion}");
        }
    }

    #[test]
    fn a_test_whose_code_is_not_to_come_to_a_part_guards_it_and_is_told_of_where_it_does() {
        let named = |name: &str, comment: &str| {
            let text = format!("def {name}():\n    with patch('shop.send'):\n        {comment}\n        shop.open()\n");
            told(&text, name, &["send"]).len()
        };
        for name in ["test_it_skips_mail", "test_it_does_not_send", "test_nothing_is_sent", "test_no_retry"] {
            assert_eq!(named(name, ""), 0, "{name}");
        }
        for name in ["test_a_note_is_sent", "test_nonsense_is_sent", "test_it_is_sent_without_a_name"] {
            assert_eq!(named(name, ""), 1, "{name}");
        }
        assert_eq!(named("test_a", "# Must not be sent."), 0);
        assert_eq!(named("test_a", "# It is sent."), 1);
        for (documentation, is_told) in [("Mail is\n    not sent", 0), ("It isn't sent", 0), ("It is sent", 1)] {
            let text = format!(
                "def test_a():\n    \"\"\"{documentation}.\"\"\"\n    with patch('shop.send'):\n        shop.open()\n"
            );
            assert_eq!(told(&text, "test_a", &["send"]).len(), is_told, "{documentation}");
        }
        let text = "def test_skip():\n    with patch('shop.send'), patch('time.sleep'):\n        shop.open()\n";
        let (outcome, idle) = (Outcome::Passed, vec!["send".to_owned(), "sleep".to_owned()]);
        let (mocks, guards, real) = (Vec::new(), Vec::new(), BTreeMap::new());
        let asked = LabAsked { id: TestId::new("t.py::test_skip"), outcome, mocks, idle, guards, real };
        for mut one in found(&asked, text) {
            assert_eq!(one.rule(|_| true), None);
            one.real = Some(("shop.py".to_owned(), 3));
            assert_eq!(one.rule(|_| false), Some("misplaced-patch"));
        }
    }
}
