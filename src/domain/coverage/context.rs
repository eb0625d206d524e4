//! Whose work a measured line was: an import's, a test's, or another context's.

/// The phase of a test in which a line ran, as pytest-cov names it in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The fixtures before it.
    Setup,
    /// The test itself.
    Run,
    /// The fixtures after it.
    Teardown,
}

/// What a context of coverage.py stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextOf<'a> {
    /// No test was running: import time.
    Import,
    /// A test, by its node id.
    Test {
        /// The node id as pytest-cov wrote it, parameters included.
        id: &'a str,
        /// The phase.
        phase: Phase,
    },
    /// Something else: a static context, or a function that coverage.py's own `dynamic_context` names.
    Other(&'a str),
}

/// Reads a context. pytest-cov writes `<node id>|setup`, `|run` or `|teardown`; a static context stands before it as
/// `<static>|<node id>|run`. Only those three endings are taken off: a parameter may hold `|` itself.
#[must_use]
pub fn context_test(context: &str) -> ContextOf<'_> {
    if context.is_empty() {
        return ContextOf::Import;
    }
    let endings = [("|setup", Phase::Setup), ("|run", Phase::Run), ("|teardown", Phase::Teardown)];
    for (ending, phase) in endings {
        if let Some(id) = context.strip_suffix(ending).filter(|id| !id.is_empty()) {
            return ContextOf::Test { id: without_static(id), phase };
        }
    }
    ContextOf::Other(context)
}

/// The node id without the static context before it. A static context stands before the first `::`, so a bar before
/// it separates them unless a path holds a bar; such paths are not written by anybody.
fn without_static(id: &str) -> &str {
    let path = id.find("::").unwrap_or(id.len());
    id.get(..path).and_then(|path| path.rfind('|')).and_then(|bar| id.get(bar + 1..)).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::{ContextOf, Phase, context_test};

    fn check(context: &str, expect: ContextOf<'_>) {
        assert_eq!(context_test(context), expect, "{context:?}");
    }

    #[test]
    fn trap_15_only_the_phase_is_taken_off() {
        check("", ContextOf::Import);
        check("tests/a.py::test_x|run", ContextOf::Test { id: "tests/a.py::test_x", phase: Phase::Run });
        check("tests/a.py::test_x[a|b]|setup", ContextOf::Test { id: "tests/a.py::test_x[a|b]", phase: Phase::Setup });
        check("t.py::test_x[x|run]|teardown", ContextOf::Test { id: "t.py::test_x[x|run]", phase: Phase::Teardown });
        check("tests.unit.test_cart.TestCart.test_x", ContextOf::Other("tests.unit.test_cart.TestCart.test_x"));
        check("|run", ContextOf::Other("|run"));
    }

    #[test]
    fn a_static_context_before_the_node_id_is_taken_off() {
        check("nightly|t.py::test_x|run", ContextOf::Test { id: "t.py::test_x", phase: Phase::Run });
        check("nightly", ContextOf::Other("nightly"));
    }
}
