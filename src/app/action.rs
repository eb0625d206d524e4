//! What a person can ask for: the one table from which keys, help, palette, footer, README and config reader are made.

use crate::app::Place;
use crate::app::Place::{
    Checklist, Compare, Filter, Flaky, Guide, Help, Lab, Lines, Map, Name, Output, Picker, Plan, Problems, Programme,
    Question, Runner,
};

/// Where keys of the four panes work.
const PANES: &[Place] = &[Map, Lines, Flaky, Runner, Output];
/// Where a key turns to another pane or view: the panes, and the views over them that have a number too.
const VIEWS: &[Place] = &[Map, Lines, Flaky, Runner, Output, Programme, Checklist];
/// Where a key may ask for help: where no text is typed.
const ASKED: &[Place] = &[Map, Lines, Flaky, Runner, Output, Plan, Problems, Compare, Lab, Programme, Checklist, Guide];
/// Where there is something to scroll by single keys.
const SCROLLS: &[Place] =
    &[Map, Lines, Flaky, Runner, Output, Plan, Question, Problems, Compare, Lab, Programme, Checklist, Guide];
/// Where a key that writes no character scrolls too.
const LISTS: &[Place] = &[
    Map, Lines, Flaky, Runner, Output, Plan, Question, Problems, Compare, Lab, Programme, Checklist, Guide, Filter,
    Picker, Help,
];
/// Where a key opens the editor.
const EDITS: &[Place] = &[Map, Lines, Flaky, Runner, Output, Programme, Checklist];
/// Where something goes on that can be stopped.
const CANCELS: &[Place] = &[Map, Lines, Flaky, Runner, Output, Lab];
/// Everywhere.
const ALL: &[Place] = &Place::ALL;

/// One row of the table of actions.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// Its name in the configuration and in the palette.
    pub name: &'static str,
    /// The keys it has unless the configuration says otherwise.
    pub keys: &'static [&'static str],
    /// Where the keys work.
    pub places: &'static [Place],
    /// What it does, in one line without a full stop.
    pub help: &'static str,
    /// One or two words for the footer; empty keeps it out of there.
    pub short: &'static str,
}

macro_rules! actions {
    ($($action:ident, $name:literal, [$($key:literal),*], $places:expr, $short:literal, $help:literal;)*) => {
        /// What a person can ask for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $(#[doc = $help] $action,)* }

        /// The table: one row for each action, in the order of the help.
        pub const TABLE: &[Row] = &[$(Row {
            action: Action::$action, name: $name, keys: &[$($key),*], places: $places, short: $short, help: $help,
        },)*];
    };
}

actions! {
    Down, "down", ["j"], SCROLLS, "", "Move down (also the arrow)";
    Up, "up", ["k"], SCROLLS, "", "Move up (also the arrow)";
    NextRow, "next-row", ["down", "ctrl-n"], LISTS, "", "Move down by an arrow, also while typing";
    PreviousRow, "previous-row", ["up"], LISTS, "", "Move up by an arrow, also while typing";
    HalfDown, "half-page-down", ["ctrl-d"], SCROLLS, "", "Half a page down";
    HalfUp, "half-page-up", ["ctrl-u"], SCROLLS, "", "Half a page up";
    PageDown, "page-down", ["pagedown", "ctrl-f"], LISTS, "", "A page down";
    PageUp, "page-up", ["pageup", "ctrl-b"], LISTS, "", "A page up";
    Top, "top", ["g", "home"], SCROLLS, "", "To the first row";
    Bottom, "bottom", ["G", "end"], SCROLLS, "", "To the last row";
    Open, "open", ["enter"], PANES, "open", "Open: the source of a file, the history of a test, the output of a test, a folded stretch";
    NextGap, "next-gap", ["n"], &[Lines, Guide], "next gap", "To the next gap; in the guide, to what no test covers";
    PreviousGap, "previous-gap", ["N"], &[Lines, Guide], "", "To the gap before";
    NextFailed, "next-failed", ["n"], &[Runner, Flaky], "next failed", "To the next test that failed";
    PreviousFailed, "previous-failed", ["N"], &[Runner, Flaky], "", "To the failed test before";
    NextFrame, "next-frame", ["n"], &[Output], "next frame", "To the next frame of the project, or the next warning";
    PreviousFrame, "previous-frame", ["N"], &[Output], "", "To the frame of the project before: who called";
    NextFailure, "next-failure", ["]"], &[Runner, Output], "", "Read on with the next test that failed";
    PreviousFailure, "previous-failure", ["["], &[Runner, Output], "", "Read on with the failed test before";
    Earlier, "earlier-result", ["o"], &[Runner, Output], "earlier", "Show the result before this one, or this one again";
    TestsHere, "tests-here", ["t"], &[Map, Lines], "tests", "Pick among the tests of this line or file, or the nearest ones";
    Guide, "guide", ["i"], &[Map, Lines], "guide", "The guide of this function or file: what a full test covers, ticked off";
    WriteTest, "write-test", ["t"], &[Guide], "empty test", "Draft an empty test for this item: where it goes is shown, enter writes it";
    WriteTests, "write-tests", ["a"], &[Guide], "all", "Draft an empty test for each item of this function that no test covers";
    CopyGuide, "copy-guide", ["y"], &[Guide], "copy", "Copy the guide as a list of tasks in Markdown";
    Run, "run", ["r"], PANES, "run", "Plan a run of what is marked, or else of what is selected";
    RunLine, "run-line", ["L"], &[Lines], "", "Plan the tests of this line or, where none runs it, the nearest ones";
    RunFunction, "run-function", ["F"], &[Lines], "", "Plan the tests that run the function around the cursor";
    RunChanged, "run-changed", ["d"], PANES, "", "Plan the test files that changed, by git (and since the setting `base`)";
    ByKeyword, "by-keyword", ["K"], PANES, "", "Choose tests by pytest's -k: names, and, or, not, parentheses";
    ByMark, "by-mark", ["M"], PANES, "", "Choose tests by pytest's -m: marks, and, or, not, parentheses";
    Selections, "selections", ["O"], PANES, "", "Pick the last batch or a saved selection";
    RerunBatch, "rerun-batch", ["R"], PANES, "", "Plan the last batch again, whichever sitting it was in";
    RerunFailed, "rerun-failed", ["x"], PANES, "rerun failed", "Plan the tests that failed in the last batch";
    RunAffected, "run-affected", ["a"], PANES, "affected", "Plan the tests that edits affect: stale, new, failed";
    RunAll, "run-all", ["B"], PANES, "baseline", "Plan the whole suite once, as the baseline";
    Cancel, "cancel-run", ["c"], CANCELS, "cancel", "Cancel the run: first gently, then firmly";
    Pick, "pick", ["p"], PANES, "pick", "Pick what to run: files, tests, failed, changed, -k, -m, saved";
    Debug, "debug", ["D"], &[Flaky, Runner, Output], "pdb", "Run this test in pytest's debugger, which gets the terminal";
    Lab, "flake-lab", ["L"], &[Flaky, Runner, Output, Lab], "lab", "The flake lab: why this test fails now and then";
    VerifyFix, "verify-fix", ["V"], &[Flaky, Runner, Output, Lab], "", "Whether what was mended holds: this test under the trigger that the flake lab found";
    Mark, "mark", ["space"], &[Map, Flaky, Runner, Output], "mark", "Mark or unmark for the next run";
    MarkNone, "unmark-all", ["u"], &[Map, Flaky, Runner, Output], "", "Unmark everything";
    Filter, "filter", ["/"], &[Map, Flaky], "filter", "Filter the rows by typing";
    Sort, "sort", ["s"], &[Map], "sort", "Sort by the next column: triage, coverage, missed, change, layer, path";
    SortBack, "sort-back", ["S"], &[Map], "", "Sort by the column before";
    Fold, "fold", ["f"], &[Map, Lines, Output], "fold", "Fold by folder; in the source, fold or unfold all that is covered; in a failure, the frames of libraries";
    FoldIn, "fold-in", ["h", "left"], &[Map], "", "Close the folder";
    FoldOut, "fold-out", ["l", "right"], &[Map], "", "Open the folder";
    ScrollLeft, "scroll-left", ["h", "left"], &[Lines, Runner, Output, Flaky], "", "Scroll long lines to the left";
    ScrollRight, "scroll-right", ["l", "right"], &[Lines, Runner, Output, Flaky], "", "Scroll long lines to the right";
    Edit, "edit", ["e"], EDITS, "edit", "Open the editor at this line";
    CopyReport, "copy-report", ["y"], PANES, "copy report", "Copy the report of the last batch";
    PasteReport, "paste-report", ["P"], PANES, "", "Show the coverage report that is on the clipboard (a paste does the same); esc puts it away";
    CopyName, "copy-name", ["Y"], PANES, "", "Copy the path or test id under the cursor";
    CopyLab, "copy-verdict", ["y"], &[Lab], "copy", "Copy the verdict of the lab as Markdown";
    CopyCommand, "copy-command", ["C"], &[Flaky, Runner, Output, Lab], "", "Copy the command that runs this test alone, or the one under the cursor";
    CopyNote, "copy-note", ["i"], &[Flaky], "note", "Copy what the history says of this test as a note in Markdown";
    Quarantine, "quarantine", ["Q"], &[Flaky], "quarantine", "Put this test into quarantine, with a reason, or take it out again";
    Command, "full-command", ["v"], &[Runner, Plan], "full command", "Show the full command or the plain one";
    Compare, "compare", ["="], &[Map, Lines, Flaky, Runner, Output, Compare], "compare", "Compare two points: a baseline, batches, now";
    SwapPoints, "swap-points", ["s"], &[Compare], "swap", "Compare the other way round";
    CopyComparison, "copy-comparison", ["y"], &[Compare], "copy", "Copy the comparison as Markdown";
    Programme, "programme", ["5"], VIEWS, "programme", "Where the programme stands: what gets worse, each figure against its target, forecasts";
    Checklist, "checklist", ["6"], VIEWS, "checklist", "The checklist of the new and changed tests: what to mend, where, and why";
    NextScope, "next-scope", ["tab"], &[Checklist], "others", "Turn to the next tests: new and changed, this batch, all others as debt";
    Standards, "standards", ["s"], &[Checklist], "standards", "Open the standards document at the section of this rule";
    CopyChecklist, "copy-checklist", ["y"], &[Checklist], "copy", "Copy the checklist as Markdown";
    CopyProgramme, "copy-programme", ["y"], &[Programme], "copy", "Copy the programme as Markdown";
    Watch, "watch", ["w"], PANES, "", "Watch reports and sources, or stop watching";
    Loop, "loop", ["W"], PANES, "", "Run what each save affects, or stop that";
    GoOn, "go-on", ["."], PANES, "", "Go on with the tests of a save that wait";
    Reload, "reload", ["ctrl-r"], PANES, "", "Read the reports and the history again, and have pytest collect what it has not confirmed";
    NextPane, "next-pane", ["tab"], PANES, "pane", "To the next pane";
    PreviousPane, "previous-pane", ["shift-tab"], PANES, "", "To the pane before";
    MapPane, "map-pane", ["1"], VIEWS, "", "To the coverage map";
    LinesPane, "lines-pane", ["2"], VIEWS, "", "To the uncovered lines";
    FlakyPane, "flaky-pane", ["3"], VIEWS, "", "To the flaky history";
    RunnerPane, "runner-pane", ["4"], VIEWS, "", "To the command runner";
    Zoom, "zoom", ["z"], PANES, "zoom", "Let this pane have the whole screen, or give it back";
    Palette, "palette", [":", "ctrl-p"], PANES, "palette", "Find an action by its name";
    Help, "help", ["?", "f1"], ASKED, "help", "The keys that work here";
    ShowProblems, "problems", ["!"], PANES, "", "List the problems with their hints";
    NextTheme, "next-theme", ["T"], PANES, "", "Take the next theme";
    ToggleMouse, "mouse", ["m"], PANES, "", "Use the mouse, or leave it to the terminal to select text";
    Accept, "accept", ["enter"], &[Plan, Question, Filter, Picker, Help, Compare, Programme, Checklist, Name, Guide], "take", "Do it; take what is chosen; keep the filter; open the file, or the line; what belongs to the figure; the editor at the finding; save under this name; quarantine for this reason";
    Toggle, "toggle", ["tab"], &[Picker], "mark", "Mark or unmark the row (space too, while nothing is typed)";
    ToggleAll, "toggle-all", ["ctrl-a"], &[Picker], "all", "Mark all that match, or unmark them";
    NextSource, "next-source", ["ctrl-s", "shift-tab"], &[Picker], "list", "Turn to the next list: sources, test files, tests, failed, changed, -k, -m, saved, actions";
    ChoiceUp, "previous-choice", ["ctrl-p"], &[Picker], "", "Move up in the picker";
    Forget, "forget", ["ctrl-x"], &[Picker], "", "Forget the saved selection under the cursor";
    Save, "save-selection", ["s"], &[Plan], "save", "Save what the plan runs under a name: files, tests and expressions as they are, of all else the tests that it means now";
    Preview, "preview", ["ctrl-o"], &[Picker], "preview", "Show or hide the preview";
    EditChoice, "edit-choice", ["ctrl-e"], &[Picker], "edit", "Open the editor at what the cursor is on";
    EraseAll, "erase", ["ctrl-u"], &[Filter, Picker, Help, Name], "", "Erase what was typed";
    Close, "close", ["q"], &[Plan, Question, Problems, Compare, Lab, Programme, Checklist, Guide], "", "Close this without doing anything";
    Back, "back", ["esc"], ALL, "back", "Back: close what is open, clear the filter, leave the zoom";
    Interrupt, "interrupt", ["ctrl-c"], ALL, "", "Cancel the run; when nothing runs, press twice to quit";
    Redraw, "redraw", ["ctrl-l"], ALL, "", "Draw the whole screen again";
    Suspend, "suspend", ["ctrl-z"], ALL, "", "Suspend; `fg` comes back";
    Quit, "quit", ["q"], PANES, "quit", "Quit; asks while tests run";
    Panic, "panic", ["f12"], ALL, "", "Panic, when a test of lacuna asked for it";
}

impl Action {
    /// Its row in the table.
    #[must_use]
    pub fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.action == self).unwrap_or(&TABLE[0])
    }

    /// The action of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.action)
    }

    /// Whether the palette offers it: what is no mere movement or answer to a question.
    #[must_use]
    pub fn in_palette(self) -> bool {
        self != Self::Panic && self.row().places.iter().any(|place| PANES.contains(place)) && !self.is_movement()
    }

    /// Whether it moves the cursor by rows.
    #[must_use]
    pub const fn is_movement(self) -> bool {
        matches!(
            self,
            Self::Down
                | Self::Up
                | Self::NextRow
                | Self::PreviousRow
                | Self::HalfDown
                | Self::HalfUp
                | Self::PageDown
                | Self::PageUp
                | Self::Top
                | Self::Bottom
        )
    }
}

/// What somebody needs on the first day, in the order in which it comes up.
const FIRST: [Action; 16] = [
    Action::Help,
    Action::Palette,
    Action::NextPane,
    Action::RunAll,
    Action::Open,
    Action::NextGap,
    Action::TestsHere,
    Action::Guide,
    Action::Edit,
    Action::RunAffected,
    Action::Pick,
    Action::Mark,
    Action::Run,
    Action::RerunFailed,
    Action::Lab,
    Action::Loop,
];

/// The few keys to begin with, as Markdown, for the README.
#[must_use]
pub fn first_keys_markdown() -> String {
    let mut out = String::from("| key | where | what it does |\n|---|---|---|\n");
    for row in FIRST.map(Action::row) {
        out.push_str(&format!("| {} | {} | {} |\n", keys(row), places(row.places), row.help));
    }
    out
}

/// The table as Markdown, for the README.
#[must_use]
pub fn key_table_markdown() -> String {
    let mut out = String::from("| key | action | where | what it does |\n|---|---|---|---|\n");
    for row in TABLE.iter().filter(|row| row.action != Action::Panic) {
        out.push_str(&format!("| {} | `{}` | {} | {} |\n", keys(row), row.name, places(row.places), row.help));
    }
    out
}

/// The keys of an action, as Markdown.
fn keys(row: &Row) -> String {
    row.keys.iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect::<Vec<_>>().join(" ")
}

/// The places in words.
fn places(places: &[Place]) -> String {
    if places == ALL {
        return "everywhere".to_owned();
    }
    let panes = PANES.iter().all(|pane| places.contains(pane));
    let named = places.iter().filter(|place| !(panes && PANES.contains(place))).map(|place| place.name());
    panes.then_some("panes").into_iter().chain(named).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Action, TABLE, key_table_markdown};
    use crate::app::Key;
    use std::collections::{HashMap, HashSet};

    #[test]
    fn one_key_means_one_action_in_one_place() {
        let mut seen = HashMap::new();
        for row in TABLE {
            for (key, place) in row.keys.iter().flat_map(|key| row.places.iter().map(move |place| (key, place))) {
                let key: Key = key.parse().unwrap();
                assert_eq!(seen.insert((key, place), row.name), None, "{key} in {place:?} twice, again {}", row.name);
            }
        }
    }

    #[test]
    fn no_command_is_a_character_where_text_is_typed() {
        for row in TABLE {
            for key in row.keys {
                let typed = key.parse::<Key>().unwrap().typed();
                let typing = row.places.iter().any(|place| place.is_typing());
                assert!(typed.is_none() || !typing, "{} can never be typed", row.name);
            }
        }
    }

    #[test]
    fn names_are_unique_and_helps_are_one_line() {
        let names: HashSet<_> = TABLE.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), TABLE.len());
        assert!(TABLE.iter().all(|row| !row.help.ends_with('.') && !row.help.contains('\n')));
        assert!(TABLE.iter().all(|row| Action::named(row.name) == Some(row.action)));
        assert_eq!(key_table_markdown().lines().count(), TABLE.len() + 1);
    }
}
