//! JUnit XML of pytest and of other producers.

use crate::base::document;
use crate::base::markup::{Element, Markup, Node};
use crate::base::{Clean, Problem, Stamp};
use crate::domain::suite::junit_case::RawCase;
use crate::domain::suite::junit_fold::Folder;
use crate::domain::suite::junit_plain::plain_case;
use crate::domain::suite::{Case, Tally};
use std::borrow::Cow;
use std::fmt;

/// Who speaks: producers mean different things by the same elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// pytest.
    Pytest,
    /// cargo-nextest.
    Nextest,
    /// Maven Surefire and Failsafe.
    Surefire,
    /// jest-junit.
    Jest,
    /// Vitest.
    Vitest,
    /// Schemathesis.
    Schemathesis,
    /// Anybody else.
    Other,
}

impl Dialect {
    /// The producer's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pytest => "pytest",
            Self::Nextest => "cargo-nextest",
            Self::Surefire => "Maven Surefire",
            Self::Jest => "jest-junit",
            Self::Vitest => "Vitest",
            Self::Schemathesis => "Schemathesis",
            Self::Other => "unknown producer",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One JUnit report that was read as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct JunitReport<'a> {
    /// Who wrote it.
    pub producer: Clean,
    /// Whose dialect it is.
    pub dialect: Dialect,
    /// When the run started, if it says so.
    pub stamp: Option<Stamp>,
    /// The machine it ran on.
    pub hostname: Clean,
    /// The tests, attempts folded together, in the report's order.
    pub cases: Vec<Case<'a>>,
    /// The `<testcase>` elements as they stand, before folding; what the report declares is not believed.
    pub tally: Tally,
    /// What a reader of the results should know.
    pub notes: Vec<Problem>,
}

impl JunitReport<'_> {
    /// The same with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> JunitReport<'static> {
        let Self { producer, dialect, stamp, hostname, cases, tally, notes } = self;
        let cases = cases.into_iter().map(Case::into_owned).collect();
        JunitReport { producer, dialect, stamp, hostname, cases, tally, notes }
    }
}

const NAME: &str = "JUnit XML";

/// Reads a JUnit report of any producer. `origin` names it in problems.
///
/// # Errors
/// Whatever is not JUnit XML, or not a whole document.
pub fn read_junit<'a>(bytes: &'a [u8], origin: &'a str) -> Result<JunitReport<'a>, Problem> {
    match document::text(bytes, origin, NAME)? {
        Cow::Borrowed(text) => read(text, origin),
        Cow::Owned(text) => Ok(read(&text, origin)?.into_owned()),
    }
}

fn read<'a>(text: &'a str, origin: &'a str) -> Result<JunitReport<'a>, Problem> {
    let mut markup = Markup::new(text, origin, NAME);
    let mut reader = Reader::default();
    reader.folder.expect(text.len());
    loop {
        reader.plain_cases(&mut markup);
        let Some(node) = markup.advance()? else { break };
        reader.take(node).map_err(|what| markup.refuse(&what))?;
    }
    Ok(reader.finish(origin))
}

/// What the walk is inside of, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Suite,
    Case,
    /// A failure, an error, a skip or an earlier attempt: its text is kept.
    Result,
    /// Something inside a result, such as its stack trace: its text belongs to the result.
    Part,
    /// The properties of a case.
    Properties,
    /// One of them: its text may be its value.
    Property,
    /// Captured output, and what else is not needed.
    Other,
}

#[derive(Default)]
struct Reader<'a> {
    stack: Vec<At>,
    case: Option<RawCase>,
    folder: Folder<'a>,
    tally: Tally,
    dialect: Option<Dialect>,
    stamp: Option<Stamp>,
    hostname: Clean,
    interrupted: bool,
}

impl<'a> Reader<'a> {
    /// Takes the cases that come next, as long as they are of the form that nearly all cases have.
    fn plain_cases(&mut self, markup: &mut Markup<'a>) {
        if self.stack.last() != Some(&At::Suite) {
            return;
        }
        let folds = self.dialect == Some(Dialect::Pytest);
        let Self { folder, tally, .. } = self;
        markup.take_leaves(|text| {
            let (case, taken) = plain_case(text)?;
            tally.count(case.outcome);
            folder.add(case, true, folds);
            Some(taken)
        });
    }

    fn take(&mut self, node: Node<'_>) -> Result<(), String> {
        match node {
            Node::Open(element) => self.open(&element)?,
            Node::Text(text) => self.text(&text),
            Node::Close => self.close(),
            Node::Comment(_) => {}
        }
        Ok(())
    }

    fn open(&mut self, element: &Element<'_>) -> Result<(), String> {
        let name = element.name();
        let at = match (self.stack.last(), name) {
            (None, "testsuites" | "testsuite") | (Some(At::Suite), "testsuite") => {
                self.suite(element);
                At::Suite
            }
            (None, _) => return Err(format!("the root element is <{name}> and not <testsuites> or <testsuite>")),
            (Some(At::Suite), "testcase") => {
                self.case = Some(RawCase::of(element));
                At::Case
            }
            (Some(At::Case), _) if self.case.as_mut().is_some_and(|case| case.result(element)) => At::Result,
            (Some(At::Case), "properties") => At::Properties,
            (Some(At::Properties), "property") => {
                self.case.iter_mut().for_each(|case| case.property(element));
                At::Property
            }
            // What a test printed during an attempt is not why it failed.
            (Some(At::Result | At::Part), "system-out" | "system-err") => At::Other,
            (Some(At::Result | At::Part), _) => At::Part,
            _ => At::Other,
        };
        self.stack.push(at);
        Ok(())
    }

    fn suite(&mut self, suite: &Element<'_>) {
        self.dialect = self.dialect.or_else(|| dialect(suite));
        self.stamp = self.stamp.or_else(|| suite.attribute("timestamp").as_deref().and_then(Stamp::parse));
        if self.hostname.is_empty() {
            self.hostname = Clean::line(&suite.attribute("hostname").unwrap_or_default());
        }
        self.folder.next_suite();
    }

    fn text(&mut self, text: &str) {
        match (self.stack.last(), &mut self.case) {
            (Some(At::Result | At::Part), Some(case)) => case.text(text),
            (Some(At::Property), Some(case)) => case.property_text(text),
            _ => {}
        }
    }

    fn close(&mut self) {
        match (self.stack.pop(), &mut self.case) {
            (Some(At::Result), Some(case)) => case.end_result(),
            (Some(At::Case), _) => self.end_case(),
            _ => {}
        }
    }

    fn end_case(&mut self) {
        let Some(raw) = self.case.take() else { return };
        if raw.is_unnamed() {
            self.interrupted = true;
            return;
        }
        let (case, bare) = raw.finish();
        self.tally.count(case.outcome);
        self.folder.add(case, bare, self.dialect == Some(Dialect::Pytest));
    }

    fn finish(self, origin: &str) -> JunitReport<'a> {
        let dialect = self.dialect.unwrap_or(Dialect::Other);
        let mut notes = Vec::new();
        if self.interrupted {
            let what = "the run was interrupted: a test has neither a name nor a result";
            notes.push(Problem::warning(origin, what).hint("the tests after it did not run"));
        }
        JunitReport {
            producer: Clean::line(dialect.name()),
            dialect,
            stamp: self.stamp,
            hostname: self.hostname,
            cases: self.folder.finish(),
            tally: self.tally,
            notes,
        }
    }
}

/// Whose dialect a suite speaks, if it says so.
fn dialect(suite: &Element<'_>) -> Option<Dialect> {
    let name = suite.attribute("name").unwrap_or_default();
    match &*name {
        "pytest" | "pytest tests" => return Some(Dialect::Pytest),
        "jest tests" => return Some(Dialect::Jest),
        "vitest tests" => return Some(Dialect::Vitest),
        "schemathesis" => return Some(Dialect::Schemathesis),
        name if name.starts_with("nextest") => return Some(Dialect::Nextest),
        _ => {}
    }
    let schema = suite.attribute("xsi:noNamespaceSchemaLocation").unwrap_or_default();
    schema.contains("surefire").then_some(Dialect::Surefire)
}

#[cfg(test)]
mod tests {
    use super::{Dialect, JunitReport, NAME, Reader, read_junit};
    use crate::base::Problem;
    use crate::base::markup::Markup;
    use crate::domain::suite::{Outcome, Tally};
    use proptest::prelude::*;

    fn report(cases: &str) -> JunitReport<'static> {
        let text = format!("<testsuites><testsuite name='pytest'>{cases}</testsuite></testsuites>");
        read_junit(text.as_bytes(), "j.xml").unwrap().into_owned()
    }

    /// The only case: outcome, earlier attempts, message.
    fn check(cases: &str, outcome: Outcome, attempts: &[Outcome], message: &str) {
        let report = report(cases);
        let [case] = report.cases.as_slice() else { panic!("{} cases: {cases}", report.cases.len()) };
        assert_eq!((case.outcome, case.attempts(), case.message()), (outcome, attempts, message), "{cases}");
    }

    fn refused(text: &str, expect: &str) {
        let problem = read_junit(text.as_bytes(), "j.xml").expect_err(text).to_string();
        assert!(problem.starts_with("j.xml: JUnit XML: ") && problem.contains(expect), "{problem}");
    }

    #[test]
    fn every_result_has_its_outcome() {
        use Outcome::{Error, Failed, Passed, Skipped, Xfailed};
        check("<testcase classname='a' name='t'/>", Passed, &[], "");
        check(
            "<testcase name='t'><failure message='assert 1&#10; + where'>long</failure></testcase>",
            Failed,
            &[],
            "assert 1",
        );
        check("<testcase name='t'><failure>\n first\nsecond</failure></testcase>", Failed, &[], "first");
        check(
            "<testcase name='t'><error message='failed on setup with x'/></testcase>",
            Error,
            &[],
            "failed on setup with x",
        );
        check(
            "<testcase name='t'><skipped type='pytest.skip' message='why'>a.py:1: why</skipped></testcase>",
            Skipped,
            &[],
            "why",
        );
        check("<testcase name='t'><skipped type='pytest.xfail' message='known'/></testcase>", Xfailed, &[], "known");
        check("<testcase name='t'><failure message='[XPASS(strict)] x'/></testcase>", Failed, &[], "[XPASS(strict)] x");
        check("<testcase name='t'><failure message='f'/><error message='e'/></testcase>", Error, &[], "e");
        check("<testcase name='t'><system-out>printed</system-out></testcase>", Passed, &[], "");
    }

    #[test]
    fn properties_of_a_case_are_read_and_those_of_a_suite_are_not() {
        let report = report(
            "<properties><property name='python' value='3.12'/></properties>\
             <testcase name='t'><properties><property name='test_key' value='A-1'/><property name='text'>one\n<!-- x --> two</property>\
             <property name='testrun_evidence'><item name='f.txt'>Zg==</item></property></properties><failure message='x'>y</failure></testcase>\
             <testcase name='u'/>",
        );
        let properties = |at: usize| -> Vec<(&str, &str)> {
            report.cases[at].properties().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
        };
        assert_eq!(properties(0), [("test_key", "A-1"), ("text", "one\n two"), ("testrun_evidence", "")]);
        assert_eq!(properties(1), []);
        assert_eq!((report.cases[0].outcome, report.cases[0].details()), (Outcome::Failed, "y"));
    }

    #[test]
    fn an_attempt_keeps_the_properties_of_its_test() {
        let case = "<testcase classname='a' name='t'><properties><property name='test_key' value='A-1'/></properties></testcase>";
        let report = report(&format!("{case}<testcase classname='a' name='t'/>"));
        assert_eq!(report.cases[0].properties(), [("test_key".to_owned(), "A-1".to_owned())]);
    }

    #[test]
    fn subtests_are_one_failed_test_with_all_their_texts() {
        let report = report(
            "<testcase name='t'><failure message='i=1'>one</failure><failure message='contains 1 failed subtest'>two</failure></testcase>",
        );
        assert_eq!((report.cases.len(), report.tally.failed), (1, 1));
        assert_eq!((report.cases[0].message(), report.cases[0].details()), ("i=1", "one\n\ntwo"));
    }

    #[test]
    fn an_empty_case_before_the_same_test_is_a_failed_attempt() {
        let twice = |last: &str| {
            format!(
                "<testcase classname='a' name='t' time='1'/><testcase classname='a' name='t' time='2'>{last}</testcase>"
            )
        };
        check(&twice(""), Outcome::Passed, &[Outcome::Failed], "");
        check(&twice("<failure message='x'/>"), Outcome::Failed, &[Outcome::Failed], "x");
        let report = report(&twice(""));
        assert!((report.cases[0].seconds - 3.0).abs() < 1e-9);
        assert_eq!(report.tally.total, 2);
    }

    #[test]
    fn reruns_are_folded_although_other_workers_report_between_them() {
        let report = report(
            "<testcase classname='a' name='t'/><testcase classname='a' name='u'/><testcase classname='a' name='t'/>",
        );
        let folded: Vec<_> = report.cases.iter().map(|case| (&*case.name, case.attempts().len())).collect();
        assert_eq!(folded, [("t", 1), ("u", 0)]);
    }

    #[test]
    fn an_error_at_teardown_belongs_to_the_test_before_it() {
        let teardown =
            "<testcase classname='a' name='t'><error message='failed on teardown with \"x\"'>late</error></testcase>";
        check(
            &format!(
                "<testcase classname='a' name='t'><failure message='assert 0'>early</failure></testcase>{teardown}"
            ),
            Outcome::Failed,
            &[],
            "assert 0",
        );
        check(
            &format!("<testcase classname='a' name='t'><skipped type='pytest.skip' message='s'/></testcase>{teardown}"),
            Outcome::Error,
            &[],
            "failed on teardown with \"x\"",
        );
        check(teardown, Outcome::Error, &[], "failed on teardown with \"x\"");
        check(
            &format!("<testcase classname='a' name='t'/>{teardown}"),
            Outcome::Error,
            &[Outcome::Failed],
            "failed on teardown with \"x\"",
        );
    }

    #[test]
    fn equal_names_of_other_producers_are_not_folded() {
        let text = "<testsuite name='x'><testcase classname='a' name='t'><failure/></testcase><testcase classname='a' name='t'/></testsuite>";
        let report = read_junit(text.as_bytes(), "").unwrap();
        assert_eq!((report.cases.len(), report.dialect), (2, Dialect::Other));
    }

    #[test]
    fn the_same_test_in_two_suites_is_two_runs() {
        let suite = "<testsuite name='pytest'><testcase classname='a' name='t'/></testsuite>";
        let text = format!("<testsuites>{suite}{suite}</testsuites>");
        let report = read_junit(text.as_bytes(), "").unwrap();
        assert_eq!(report.cases.len(), 2);
    }

    #[test]
    fn attempts_inside_a_case_are_kept() {
        let flaky = "<testcase name='t'><flakyFailure message='boom'><stackTrace>at A</stackTrace><system-out>o</system-out></flakyFailure><flakyError/></testcase>";
        check(flaky, Outcome::Passed, &[Outcome::Failed, Outcome::Error], "boom");
        assert_eq!(report(flaky).cases[0].details(), "at A");
        let rerun = "<testcase name='t'><failure message='1'>one</failure><rerunFailure message='2'>two</rerunFailure><rerunError/></testcase>";
        check(rerun, Outcome::Failed, &[Outcome::Failed, Outcome::Failed], "1");
        assert_eq!(report(rerun).tally, Tally { total: 1, failed: 1, ..Tally::default() });
    }

    #[test]
    fn an_interrupted_test_is_no_result() {
        let report = report("<testcase classname='a' name='t'/><testcase time='0.000' />");
        assert_eq!((report.cases.len(), report.tally.total, report.notes.len()), (1, 1, 1));
    }

    #[test]
    fn dialects_are_recognised_and_suites_may_nest() {
        let check = |text: &str, expect: Dialect| {
            assert_eq!(read_junit(text.as_bytes(), "").unwrap().dialect, expect, "{text}")
        };
        check("<testsuites name='pytest tests'><testsuite name='custom'/></testsuites>", Dialect::Pytest);
        check("<testsuites name='nextest-run'/>", Dialect::Nextest);
        check(
            "<testsuite xmlns:xsi='x' xsi:noNamespaceSchemaLocation='https://a/surefire-test-report.xsd'/>",
            Dialect::Surefire,
        );
        check("<testsuites name='vitest tests'/>", Dialect::Vitest);
        let nested = "<testsuite><testsuite><testcase name='a'/></testsuite><testcase name='b'/></testsuite>";
        assert_eq!(read_junit(nested.as_bytes(), "").unwrap().tally.passed, 2);
    }

    #[test]
    fn raw_escapes_do_not_lose_a_run() {
        let report = report("<testcase name='t'><skipped message='\u{1b}[31mred'>\u{1b}[0m</skipped></testcase>");
        assert_eq!(report.tally.skipped, 1);
        assert!(!report.cases[0].message().contains('\u{1b}'));
    }

    #[test]
    fn declared_totals_are_not_believed() {
        let text = "<testsuite tests='99' failures='7'><testcase name='t'/></testsuite>";
        assert_eq!(read_junit(text.as_bytes(), "").unwrap().tally, Tally { total: 1, passed: 1, ..Tally::default() });
    }

    /// The same report without the short road.
    fn by_the_long_road(text: &str) -> Result<JunitReport<'_>, Problem> {
        let mut markup = Markup::new(text, "j.xml", NAME);
        let mut reader = Reader::default();
        while let Some(node) = markup.advance()? {
            reader.take(node).map_err(|what| markup.refuse(&what))?;
        }
        Ok(reader.finish("j.xml"))
    }

    proptest! {
        #[test]
        fn the_short_road_tells_what_the_long_one_tells(
            name in "pytest|other",
            cases in "(<testcase( (classname|name|time|file|line|x:y)=(\"[ab&<1.,]{0,2}\"|'a\n?')){0,3} ?(/>|>|></testcase>)\
                      |<failure message='m'>t</failure>|</testcase>|<system-out>o</system-out>|[ \n\t\r]|<!-- -->|&amp;){0,9}",
        ) {
            let text = format!("<testsuites><testsuite name='{name}'>{cases}</testsuite></testsuites>");
            prop_assert_eq!(read_junit(text.as_bytes(), "j.xml"), by_the_long_road(&text));
        }

        #[test]
        fn cases_of_one_test_are_folded_on_both_roads(
            cases in prop::collection::vec("<testcase classname='[ab]' name='[ab]'(/>|><failure/></testcase>)", 0..9),
        ) {
            let text = format!("<testsuite name='pytest'>{}</testsuite>", cases.concat());
            prop_assert_eq!(read_junit(text.as_bytes(), "j.xml"), by_the_long_road(&text));
        }
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        refused("", "is empty");
        refused("<testsuites><testsuite><testcase name='t'/></testsuite>", "cut off");
        refused("<suites/>", "<suites> and not <testsuites>");
        refused("<testcase name='t'/>", "<testcase> and not");
        refused("<testsuite/><testsuite/>", "second root");
        refused("<testsuite><testcase time='<<computed>>'/></testsuite>", "raw <");
    }
}
