//! The roles: everything on the screen that has a colour of its own, in one table.

use ratatui::style::Modifier;

macro_rules! roles {
    ($($role:ident, $name:literal, $plain:expr, $help:literal;)*) => {
        /// What a cell is there for. Its colours are the theme's affair.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Role { $(#[doc = $help] $role,)* }

        impl Role {
            /// All roles.
            pub const ALL: &[Self] = &[$(Self::$role,)*];

            /// Its name in theme files. A role that a theme leaves out takes the one before its last dot, then `text`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$role => $name,)* }
            }

            /// How it looks where there are no colours.
            #[must_use]
            pub const fn plain(self) -> Modifier {
                match self { $(Self::$role => $plain,)* }
            }
        }
    };
}

const NONE: Modifier = Modifier::empty();
const BOLD: Modifier = Modifier::BOLD;
const DIM: Modifier = Modifier::DIM;
const LINE: Modifier = Modifier::UNDERLINED;
const TURNED: Modifier = Modifier::REVERSED;
const STRONG: Modifier = Modifier::BOLD.union(Modifier::UNDERLINED);

roles! {
    Text, "text", NONE, "What is read.";
    Muted, "muted", NONE, "What is read second.";
    Faint, "faint", DIM, "Rules and marks that are not read.";
    Strong, "strong", BOLD, "What stands out in a line.";
    Background, "background", NONE, "Behind everything.";
    Border, "border", DIM, "The frame of a pane.";
    BorderFocus, "border.focus", BOLD, "The frame of the pane with the focus.";
    Title, "title", NONE, "The title of a pane.";
    TitleFocus, "title.focus", STRONG, "The title of the pane with the focus.";
    Bar, "bar", TURNED, "The line at the top.";
    BarStrong, "bar.strong", TURNED.union(BOLD), "What stands out in it.";
    Key, "key", BOLD, "The name of a key.";
    Selected, "selected", TURNED, "The row of the cursor where the focus is.";
    SelectedIdle, "selected.idle", LINE, "The row of the cursor elsewhere.";
    Mark, "mark", BOLD, "What is marked.";
    Match, "match", STRONG, "Characters that were typed.";
    Input, "input", BOLD, "What is being typed.";
    DiffMinus, "diff.minus", DIM, "A line with `-` of a difference: what was expected.";
    DiffPlus, "diff.plus", BOLD, "A line with `+` of a difference: what came.";
    DiffMarks, "diff.marks", DIM, "Marks below a line of a difference.";
    Gain, "gain", BOLD, "Coverage that was gained.";
    Loss, "loss", BOLD, "Coverage that was lost.";
    Full, "gauge.full", BOLD, "The full part of a bar.";
    Rest, "gauge.rest", DIM, "The rest of a bar.";
    Covered, "line.covered", NONE, "A covered line, or a high figure.";
    Missed, "line.missed", BOLD, "A missed line, or a low figure.";
    Middling, "line.middling", NONE, "A figure in between.";
    Excluded, "line.excluded", DIM, "An excluded line.";
    Stale, "line.stale", BOLD, "A line whose evidence is older than an edit.";
    Unknown, "line.unknown", BOLD, "A line that nothing measured.";
    Partial, "line.partial", BOLD, "A line with a branch that was never taken.";
    New, "line.new", STRONG, "A line that is newly covered.";
    LineNumber, "line.number", DIM, "The number of a line.";
    MissedGround, "ground.missed", NONE, "Behind a missed line.";
    NewGround, "ground.new", LINE, "Behind a newly covered line.";
    Passed, "outcome.passed", NONE, "A test that passed.";
    Failed, "outcome.failed", BOLD, "A test that failed.";
    Skipped, "outcome.skipped", DIM, "A test that was skipped.";
    Running, "outcome.running", BOLD, "A test or command that runs.";
    Error, "problem.error", BOLD, "A problem.";
    Warning, "problem.warning", BOLD, "A warning.";
    Note, "problem.note", NONE, "Something good to know.";
    Keyword, "syntax.keyword", BOLD, "A keyword of Python.";
    Name, "syntax.name", NONE, "A name.";
    Function, "syntax.function", NONE, "The name of a function.";
    Class, "syntax.class", NONE, "The name of a class.";
    Decorator, "syntax.decorator", NONE, "A decorator.";
    String, "syntax.string", NONE, "A string.";
    Number, "syntax.number", NONE, "A number.";
    Comment, "syntax.comment", DIM, "A comment.";
    Operator, "syntax.operator", NONE, "An operator.";
    Builtin, "syntax.builtin", NONE, "A name of Python's own.";
    Constant, "syntax.constant", NONE, "True, False, None.";
}

impl Role {
    /// Its place in [`Role::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The role of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }
}
