//! The mind: state, messages, update, keys, layout. No I/O, no clock, no waiting.

mod key;
mod place;
mod action;
mod keymap;
mod slot;
mod scroll;
mod text_line;
mod wrap;
mod choice;
mod answer;
mod message;
mod effect;
mod news;
mod source_text;

mod account;

mod account_lines;
mod map;
mod folders;
mod lines;
mod flaky;
mod live_run;
mod runner;
mod picker_state;
mod overlay;
mod state;
mod layout;
mod help;
mod update;
mod act;
mod act_pane;
mod act_overlay;
mod run_flow;
mod edit_loop;
mod pasted;
mod follow;
mod indexing;
mod pointer;
mod compare;
mod guide;
mod lab;
mod programme;
mod checklist;
mod quarantine;

#[cfg(test)]
pub mod sample;
#[cfg(test)]
mod sample_programme;
#[cfg(test)]
mod sample_checklist;
#[cfg(test)]
mod sample_guide;
#[cfg(test)]
mod account_tests;
#[cfg(test)]
pub mod tests;
#[cfg(test)]
mod rounds;

pub use account::{Account, AccountLine, AccountRow, Entry, Fold, FramePlace, Past};
pub use account_lines::{account, printed, warnings};
pub use action::{Action, Row as ActionRow, TABLE, first_keys_markdown, key_table_markdown};
pub use answer::{
    Baseline, Catalog, Collection, Consent, Evidence, FoundBy, Interpreter, Items, Planned, PlannedCommand, Preview,
    Ranking, RecordCause, Related, Scope, Seen, SourceFile, SourceLine, TestRecord, UNCONFIRMED,
};
pub use checklist::{BatchCheck, CheckScope, CheckView, ChecklistState, shown as check_findings};
pub use choice::Choice;
pub use compare::{CompareState, ComparedFile, ComparedPoints, KnownPoint, Lit, NOW};
pub use edit_loop::{EditLoop, Holds, MANY_FILES, Phase, RoundEnd, Saved, phase};
pub use effect::{Ask, Effect, Whose};
pub use flaky::FlakyPane;
pub use folders::tree_order;
pub use guide::{DraftState, GuideRow, GuideState, draft_lines};
pub use help::{footer, help_rows};
pub use indexing::Indexing;
pub use key::{Key, KeyCode, KeyProblem, Mouse, MouseKind};
pub use keymap::{KeyChange, Keymap};
#[cfg(test)]
pub use lab::tests::{check as check_of, fix as fix_of, lab as lab_of};
pub use lab::{HEAD, LabAsk, LabDone, LabEnd, LabGoal, LabLine, LabNews, LabState, LabTone, Tried};
pub use layout::{Parts, Plan, SMALLEST, plan};
pub use lines::{LineRow, LinesPane, gaps, is_gap, state_of};
pub use live_run::{CommandState, LiveCommand, LiveRun, LiveTest, test_name};
pub use map::{MapPane, MapRow};
pub use message::{Answer, Msg, Watching};
pub use news::{AfterRun, News, RunId, Rung};
pub use overlay::{ConsentLine, HelpState, Overlay, PlanLine, PlanState, consent_lines, problem_lines};
pub use picker_state::{ListKind, PickerState};
pub use place::{Pane, Place};
pub use programme::{
    Group, Lead, Programme, ProgrammeLine, ProgrammeRow, ProgrammeState, ProgrammeView, selected as selected_figure,
};
pub use quarantine::{QuarantineChange, QuarantineState};
pub use runner::{Output, RunRow, RunnerPane};
pub use scroll::Scroll;
pub use slot::{Slot, Ticket};
pub use source_text::{scopes, source_lines};
pub use state::{Notice, Start, State};
pub use text_line::TextLine;
pub use update::{begin, update};
pub use wrap::{first_columns, last_columns, wrap};
