//! The rules of the checklist: one table, from which findings, settings, the help and the README are made.

use std::fmt;

/// How much a broken rule matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The rule is not looked at.
    Off,
    /// A thought that a person may follow or not.
    Advice,
    /// Something that should be mended.
    Warning,
    /// Something that must be mended: the command ends with a code of its own.
    Error,
}

/// Every level, from the least.
pub const LEVELS: [Level; 4] = [Level::Off, Level::Advice, Level::Warning, Level::Error];

impl Level {
    /// The word of settings and of the output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        LEVELS.into_iter().find(|level| level.word() == word)
    }
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// The name says one behaviour.
    Name,
    /// No conditionals and no loops in a test's body.
    Logic,
    /// An assertion on an observable outcome.
    Assertion,
    /// Assertions that may not run.
    Reach,
    /// The same result each time.
    Determinism,
    /// Nothing left behind for other tests.
    Isolation,
    /// Doubles that say what they do.
    Mocks,
    /// Arrange, act, assert.
    Phases,
    /// Factories rather than large payloads.
    Payload,
    /// Comments that leave a rule out.
    Ignores,
}

impl Family {
    /// The word of settings and of the output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Logic => "logic",
            Self::Assertion => "assertion",
            Self::Reach => "reach",
            Self::Determinism => "determinism",
            Self::Isolation => "isolation",
            Self::Mocks => "mocks",
            Self::Phases => "phases",
            Self::Payload => "payload",
            Self::Ignores => "ignores",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// One rule: a row of the table.
#[derive(Debug)]
pub struct Rule {
    /// Its name in findings, settings and comments.
    pub id: &'static str,
    /// What it is about.
    pub family: Family,
    /// How much it matters unless the settings say otherwise.
    pub level: Level,
    /// Why it is one, in one sentence without a full stop.
    pub reason: &'static str,
    /// What to do, in one sentence without a full stop.
    pub remedy: &'static str,
    /// Words by which its section is found in the headings of the standards document, the most telling first.
    pub section: &'static [&'static str],
}

const fn rule(
    id: &'static str,
    family: Family,
    level: Level,
    [reason, remedy]: [&'static str; 2],
    section: &'static [&'static str],
) -> Rule {
    Rule { id, family, level, reason, remedy, section }
}

const NAMING: &[&str] = &["naming", "name", "one behaviour", "one behavior"];
const LOGIC: &[&str] = &["logic", "conditional", "loop", "branch", "control flow", "simple"];
const ASSERTIONS: &[&str] = &["assert", "outcome", "observable", "verif"];
const ISOLATION: &[&str] = &["isolat", "independen", "shared state", "state"];
const MOCKS: &[&str] = &["mock", "double", "stub", "fake"];
const PHASES: &[&str] = &["arrange", "aaa", "given", "structure", "act"];
const PAYLOAD: &[&str] = &["factor", "test data", "payload", "fixture", "builder"];
const IGNORES: &[&str] = &["exception", "ignor", "suppress", "waiver", "exempt"];

/// Every rule, family by family.
pub const RULES: &[Rule] = &[
    rule(
        "vague-name",
        Family::Name,
        Level::Advice,
        [
            "the name does not say which behaviour is expected",
            "name what is done and what is expected of it: test_total_of_an_empty_cart_is_zero",
        ],
        NAMING,
    ),
    rule(
        "double-name",
        Family::Name,
        Level::Advice,
        [
            "the name says two behaviours, and a failure does not say which of them broke",
            "make a test of each behaviour",
        ],
        NAMING,
    ),
    rule(
        "branch-in-test",
        Family::Logic,
        Level::Warning,
        [
            "a test with a condition checks different things at different times",
            "make a test of each case, or parametrize it",
        ],
        LOGIC,
    ),
    rule(
        "loop-in-test",
        Family::Logic,
        Level::Warning,
        [
            "a loop has to be run in the reader's head, and the test no longer reads from top to bottom",
            "parametrize the test, compare whole collections, or give the loop a name in a helper or a fixture",
        ],
        LOGIC,
    ),
    rule(
        "try-in-test",
        Family::Logic,
        Level::Warning,
        [
            "what the test checks stands among handling errors or cleaning up",
            "use pytest.raises for expected errors, and a fixture or a context manager to clean up",
        ],
        LOGIC,
    ),
    rule(
        "no-assertion",
        Family::Assertion,
        Level::Error,
        [
            "nothing that the code does could make the test fail but an error",
            "assert on what can be observed from outside: a result, a raised error, a stored row, a sent message",
        ],
        ASSERTIONS,
    ),
    rule(
        "empty-assertion",
        Family::Assertion,
        Level::Error,
        ["the assertion says nothing, or less than it seems to", "compare the outcome with the value that is expected"],
        ASSERTIONS,
    ),
    rule(
        "broad-raises",
        Family::Assertion,
        Level::Warning,
        [
            "any error passes, a typing mistake in the test included",
            "name the error that is expected, or say with match= what it tells",
        ],
        ASSERTIONS,
    ),
    rule(
        "unreachable-assertion",
        Family::Reach,
        Level::Error,
        ["the assertion is never run", "move it to where it is run, or take it out"],
        ASSERTIONS,
    ),
    rule(
        "uncertain-assertion",
        Family::Reach,
        Level::Warning,
        [
            "the test passes without having asserted anything there when that part is not run",
            "assert first that there is something to check, or assert without the condition",
        ],
        ASSERTIONS,
    ),
    rule(
        "unmarked-async",
        Family::Reach,
        Level::Error,
        [
            "pytest runs no coroutine by itself: without the mark the test is skipped, or fails whatever the code does",
            "mark it as the others, or let the plugin run all of them (asyncio_mode = auto)",
        ],
        ASSERTIONS,
    ),
    rule(
        "real-clock",
        Family::Determinism,
        Level::Warning,
        [
            "what passes now may fail at another time",
            "freeze the time (freezegun, time-machine), or hand the time to the code",
        ],
        &["clock", "time", "determinis", "flak", "reproducib"],
    ),
    rule(
        "unseeded-random",
        Family::Determinism,
        Level::Warning,
        ["each run tests something else", "seed the generator, or choose the values by hand"],
        &["random", "determinis", "flak", "reproducib"],
    ),
    rule(
        "random-uuid",
        Family::Determinism,
        Level::Advice,
        ["the value differs in each run and can't be found again in a log", "use a fixed uuid, or patch its maker"],
        &["uuid", "random", "determinis", "flak", "reproducib"],
    ),
    rule(
        "real-network",
        Family::Determinism,
        Level::Warning,
        [
            "the result depends on a machine that the test does not own",
            "answer the request with responses, respx, a local server or a fixture",
        ],
        &["network", "external", "determinis", "isolat", "flak"],
    ),
    rule(
        "real-sleep",
        Family::Determinism,
        Level::Warning,
        [
            "every run waits that long, and where it only hopes that this is enough, a slow machine needs longer",
            "wait for the condition, or move the clock",
        ],
        &["sleep", "wait", "time", "determinis", "flak"],
    ),
    rule(
        "ambient-environment",
        Family::Determinism,
        Level::Warning,
        ["the result depends on who runs the test, and where", "set it with monkeypatch or a fixture first"],
        &["environment", "determinis", "isolat", "flak"],
    ),
    rule(
        "differs-by-itself",
        Family::Determinism,
        Level::Error,
        ["nothing was changed between the two runs", "find out why: lacuna lab NODEID"],
        &["determinis", "flak", "reproducib"],
    ),
    rule(
        "differs-by-seed",
        Family::Determinism,
        Level::Error,
        [
            "sets and hashes have another order in each process",
            "sort before you compare, or compare as sets; lacuna lab NODEID shows where the runs part",
        ],
        &["determinis", "order", "flak", "reproducib"],
    ),
    rule(
        "differs-by-zone",
        Family::Determinism,
        Level::Error,
        [
            "the machine's own time zone decides",
            "hand the zone to the code, or set it in a fixture; lacuna lab NODEID shows where the runs part",
        ],
        &["zone", "time", "determinis", "flak"],
    ),
    rule(
        "differs-by-order",
        Family::Isolation,
        Level::Error,
        [
            "what other tests leave behind decides",
            "let the test, or a fixture, make all that it needs; lacuna lab NODEID finds the test that it depends on",
        ],
        &["order", "isolat", "independen", "state"],
    ),
    rule(
        "module-state",
        Family::Isolation,
        Level::Warning,
        [
            "what the test writes there stays for the tests after it",
            "make the value in a fixture, or set it with monkeypatch",
        ],
        ISOLATION,
    ),
    rule(
        "process-state",
        Family::Isolation,
        Level::Warning,
        [
            "the whole process keeps what the test sets there",
            "set it with monkeypatch (setenv, setattr, syspath_prepend, chdir), which takes it back",
        ],
        ISOLATION,
    ),
    rule(
        "order-dependence",
        Family::Isolation,
        Level::Warning,
        ["the test passes or fails by what ran before it", "let the test, or a fixture, make all that it needs"],
        &["order", "isolat", "independen", "state"],
    ),
    rule(
        "bare-mock",
        Family::Mocks,
        Level::Warning,
        [
            "a mock without a specification accepts every call and every misspelt name",
            "give it spec= or autospec, or say with return_value= or side_effect= what it does",
        ],
        MOCKS,
    ),
    rule(
        "unspecified-patch",
        Family::Mocks,
        Level::Advice,
        [
            "the code goes on with a mock for an answer, whatever that does",
            "say return_value=, side_effect=, new= or autospec=True",
        ],
        MOCKS,
    ),
    rule(
        "unset-answer",
        Family::Mocks,
        Level::Warning,
        [
            "it passes only by what a mock answers of its own accord, not by what anybody wrote down",
            "set what it answers: the attribute, return_value= or side_effect=",
        ],
        MOCKS,
    ),
    rule(
        "misplaced-patch",
        Family::Mocks,
        Level::Warning,
        [
            "the real part runs in a test that reads as if it were replaced",
            "patch the name where the code that runs looks it up, or leave the patch out",
        ],
        MOCKS,
    ),
    rule(
        "unused-patch",
        Family::Mocks,
        Level::Advice,
        [
            "the test reads as if its code came to that part, which it does not",
            "leave the patch out, or mend the way there; that it is not to be used, assert_not_called() says",
        ],
        MOCKS,
    ),
    rule(
        "over-mocking",
        Family::Mocks,
        Level::Warning,
        [
            "an integration test that replaces the parts tests the replacements",
            "let the real parts work together, and replace only what lies outside of the system",
        ],
        MOCKS,
    ),
    rule(
        "several-acts",
        Family::Phases,
        Level::Advice,
        [
            "the test acts and asserts in turns, and what fails first hides the rest",
            "make a test of each act, with what comes before it in a fixture",
        ],
        PHASES,
    ),
    rule(
        "crowded-raises",
        Family::Phases,
        Level::Warning,
        [
            "any of the statements may raise the error, the preparations included",
            "leave only the one call that should raise inside the block",
        ],
        PHASES,
    ),
    rule(
        "large-payload",
        Family::Payload,
        Level::Advice,
        [
            "what both literals share has to be changed twice, and what differs between them is hard to see",
            "build it with a factory or a fixture, and name in the test only what matters",
        ],
        PAYLOAD,
    ),
    rule(
        "ignore-without-reason",
        Family::Ignores,
        Level::Warning,
        [
            "nobody can tell later whether the rule still has to be left out",
            "write why behind it: # lacuna: ignore[rule] the reason",
        ],
        IGNORES,
    ),
    rule(
        "unknown-ignore",
        Family::Ignores,
        Level::Warning,
        ["there is no such rule, so that nothing is left out", "name a rule as `lacuna check --rules` lists them"],
        IGNORES,
    ),
    rule(
        "unused-ignore",
        Family::Ignores,
        Level::Advice,
        ["the rule is not broken here", "take the comment out"],
        IGNORES,
    ),
];

impl Rule {
    /// The rule of that name.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }

    /// Whether runs tell that it is broken where the source does not.
    #[must_use]
    pub fn is_of_runs(&self) -> bool {
        self.id.starts_with("differs-by-") || matches!(self.id, "unset-answer" | "misplaced-patch" | "unused-patch")
    }

    /// The rules of that name: one, or those of a family.
    pub fn named(name: &str) -> impl Iterator<Item = &'static Self> {
        RULES.iter().filter(move |rule| rule.id == name || rule.family.word() == name)
    }
}

/// The table of rules as Markdown, for the README.
#[must_use]
pub fn rules_markdown() -> String {
    let row = |rule: &Rule| {
        format!("| `{}` | {} | {} | {} |\n", rule.id, rule.family, rule.level.word(), rule.reason.replace('|', "\\|"))
    };
    format!("| rule | family | level | why |\n|---|---|---|---|\n{}", RULES.iter().map(row).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{LEVELS, Level, RULES, Rule};
    use std::collections::BTreeSet;

    #[test]
    fn names_are_found_and_are_of_one_rule() {
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        assert!(RULES.iter().all(|rule| Rule::find(rule.id).is_some_and(|found| found.id == rule.id)));
        assert!(RULES.iter().all(|rule| Rule::named(rule.family.word()).any(|found| found.id == rule.id)));
        assert!(RULES.iter().all(|rule| !ids.contains(rule.family.word())));
    }

    #[test]
    fn levels_have_words() {
        assert!(LEVELS.into_iter().all(|level| Level::of(level.word()) == Some(level)));
        assert_eq!(Level::of("fatal"), None);
    }

    #[test]
    fn sentences_have_no_full_stop() {
        for rule in RULES {
            assert!(!rule.reason.ends_with('.') && !rule.remedy.ends_with('.'), "{}", rule.id);
            assert!(!rule.section.is_empty(), "{}", rule.id);
        }
    }
}
