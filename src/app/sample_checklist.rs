//! A checklist with findings of each level, for the tests of mind and picture.

use crate::app::CheckScope;
use crate::app::sample::path;
use crate::base::Problem;
use crate::domain::quality::{ByRun, Checked, Checklist, Finding, Level, Part, Rule, Section};
use crate::domain::suite::TestId;

fn checked(file: &str, line: u32, (test, rule): (&str, &str), level: Level, what: &str) -> Checked {
    let rule = Rule::find(rule).unwrap();
    let finding =
        Finding { rule, line, end: line, test: vec![test.to_owned()], what: what.to_owned(), by_run: ByRun::Nothing };
    let section = (level == Level::Error).then(|| Section { title: "4. Assertions".to_owned(), line: 31 });
    Checked { path: path(file), finding, level, seen: None, brought: None, section }
}

/// What is found of a scope.
///
/// # Errors
/// Nothing is known of the debt.
pub fn checklist(scope: CheckScope) -> Result<Checklist, Problem> {
    let file = "tests/orders/test_views.py";
    let found = vec![
        checked(file, 12, ("test_cancel", "loop-in-test"), Level::Warning, "a `for` in the body of test_cancel"),
        checked(file, 4, ("test_get", "no-assertion"), Level::Error, "test_get asserts nothing"),
        checked(file, 30, ("test_it", "vague-name"), Level::Advice, "test_it"),
    ];
    let names = ["test_get", "test_cancel", "test_it"].map(|name| TestId::new(&format!("{file}::{name}"))).to_vec();
    let list = Checklist {
        scope: "new or changed, since main".to_owned(),
        asked: Part { tests: 3, files: 1, found },
        names,
        standards: Some(path("docs/TESTING_QUALITY_STANDARDS.md")),
        ..Checklist::default()
    };
    match scope {
        CheckScope::Changed | CheckScope::Batch => Ok(list),
        CheckScope::Debt => Err(Problem::error("git", "there is no repository").hint("name files or tests")),
    }
}
