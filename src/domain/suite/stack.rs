//! The stacks that Python's faulthandler writes: which threads, and where each of them is.

use crate::domain::suite::{Frame, Link, Part, Raised};

/// Where pytest hands over to the test: what called that is of no interest.
const HANDOVER: [&str; 3] = ["/_pytest/python.py", "/_pytest/unittest.py", "/_pytest/doctest.py"];
/// The most frames of one thread that are kept.
const FRAMES: usize = 40;

/// The stack of one thread, the most recent call first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Stack {
    /// Whether it is the thread that was asked: the main thread, as a rule.
    pub is_current: bool,
    /// Its calls, down to where pytest called the test.
    pub frames: Vec<Frame>,
}

/// Reads all stacks in a text, whatever else stands in it. Those of the current thread come first.
#[must_use]
pub fn read_stacks(text: &str) -> Vec<Stack> {
    let mut stacks: Vec<Stack> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        if line.contains("(most recent call first):") {
            is_open = line.contains("hread") && !line.contains("C stack");
            if is_open {
                stacks.push(Stack { is_current: line.starts_with("Current"), frames: Vec::new() });
            }
        } else if let Some(frame) = frame(line).filter(|_| is_open) {
            let Some(stack) = stacks.last_mut() else { continue };
            is_open = !HANDOVER.iter().any(|place| frame.path.ends_with(place)) && stack.frames.len() < FRAMES;
            stack.frames.extend(Some(frame).filter(|_| is_open));
        }
    }
    stacks.retain(|stack| !stack.frames.is_empty());
    stacks.sort_by_key(|stack| !stack.is_current);
    stacks
}

/// `  File "/p/t/test_a.py", line 3 in test_a`.
fn frame(line: &str) -> Option<Frame> {
    let (path, rest) = line.trim_start().strip_prefix("File \"")?.rsplit_once("\", line ")?;
    let (number, function) = rest.split_once(" in ")?;
    let (path, function) = (path.to_owned(), function.to_owned());
    Some(Frame { path, line: number.parse().ok()?, function, ..Frame::default() })
}

impl Stack {
    /// The stack as Python writes tracebacks: the most recent call last.
    #[must_use]
    pub fn shown(&self) -> String {
        let title = if self.is_current { "stack" } else { "another thread" };
        let mut out = format!("── {title}, the most recent call last ──\n");
        for Frame { path, line, function, .. } in self.frames.iter().rev() {
            out.push_str(&format!("{path}:{line}: in {function}\n"));
        }
        out
    }

    /// The same as the way of an exception.
    #[must_use]
    pub fn as_raised(&self) -> Raised {
        Raised { link: Link::First, parts: self.frames.iter().rev().cloned().map(Part::Frame).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, read_stacks};

    const TEXT: &str = r#"Thread 0x00007f01 [w] (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 324 in wait

Current thread 0x00007f02 (most recent call first):
  File "/p/app/core.py", line 7 in wait
  File "/p/tests/test_a.py", line 3 in test_a
  File "/v/_pytest/python.py", line 194 in pytest_pyfunc_call
  File "/v/pluggy/_callers.py", line 103 in _multicall
"#;

    #[test]
    fn the_calls_of_the_test_are_kept_and_those_of_pytest_are_not() {
        let stacks = read_stacks(TEXT);
        let frame = |path: &str, line, function: &str| {
            let (path, function) = (path.to_owned(), function.to_owned());
            Frame { path, line, function, ..Frame::default() }
        };
        assert_eq!(stacks[0].frames, [frame("/p/app/core.py", 7, "wait"), frame("/p/tests/test_a.py", 3, "test_a")]);
        assert!(stacks[0].is_current && !stacks[1].is_current && stacks.len() == 2);
        assert!(stacks[0].shown().ends_with("/p/tests/test_a.py:3: in test_a\n/p/app/core.py:7: in wait\n"));
    }

    #[test]
    fn other_text_gives_no_stacks() {
        let nothing = "hello\n  File \"x\", line 1 in y\nCurrent thread's C stack trace (most recent call first):\n  \
                       File \"/x\", line 1 in y\n";
        assert_eq!(read_stacks(nothing), []);
        assert_eq!(read_stacks(""), []);
    }
}
