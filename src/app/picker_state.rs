//! The picker and the palette: lists to choose from, matched as one types.

use crate::app::{Choice, Items, KnownPoint, Preview, Related, Scroll, Slot, TextLine};
use crate::base::Clean;
use crate::domain::picker::Found;
use crate::domain::suite::Expression;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which list is looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Source files.
    Sources,
    /// Files of tests.
    TestFiles,
    /// Tests.
    Tests,
    /// Tests that failed when they ran last.
    Failed,
    /// Test files that differ, by git.
    Changed,
    /// Tests by pytest's `-k`: what is typed is its expression.
    Keyword,
    /// Tests by `-m`.
    Mark,
    /// The last batch and what was saved under a name.
    Saved,
    /// The tests of something, named by this title.
    Related(Clean),
    /// Every action that has a name: the palette.
    Actions,
    /// Points to compare; the first one where it was chosen already.
    Points(Option<KnownPoint>),
}

impl ListKind {
    /// The lists among which the picker turns, in their order.
    pub const TURN: [Self; 9] = [
        Self::Sources,
        Self::TestFiles,
        Self::Tests,
        Self::Failed,
        Self::Changed,
        Self::Keyword,
        Self::Mark,
        Self::Saved,
        Self::Actions,
    ];

    /// The list after this one.
    #[must_use]
    pub fn next(&self) -> Self {
        let at = Self::TURN.iter().position(|kind| kind == self).map_or(0, |at| at + 1);
        Self::TURN.get(at).cloned().unwrap_or(Self::Sources)
    }

    /// Whether what is typed is an expression.
    #[must_use]
    pub const fn is_expression(&self) -> bool {
        matches!(self, Self::Keyword | Self::Mark)
    }

    /// What an expression lacks to be one; nothing where it is one, or where nothing of that kind is typed.
    #[must_use]
    pub fn wrong(&self, query: &str) -> Option<String> {
        let query = query.trim();
        match self {
            Self::Keyword if !query.is_empty() => Expression::keywords(query).err(),
            Self::Mark if !query.is_empty() => Expression::marks(query).err(),
            _ => None,
        }
    }

    /// What the list is for, while nothing is typed.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Keyword => "as pytest's -k: cart and not (slow or gpu)",
            Self::Mark => "as pytest's -m: integration and not slow",
            Self::Changed => "enter plans one, ctrl-a enter all of them",
            Self::Saved => "enter plans it, ctrl-x forgets it; s in a plan saves one",
            _ => "",
        }
    }

    /// The title of the list.
    #[must_use]
    pub fn title(&self) -> Clean {
        match self {
            Self::Sources => Clean::line("sources"),
            Self::TestFiles => Clean::line("test files"),
            Self::Tests => Clean::line("tests"),
            Self::Failed => Clean::line("failed"),
            Self::Changed => Clean::line("changed"),
            Self::Keyword => Clean::line("-k"),
            Self::Mark => Clean::line("-m"),
            Self::Saved => Clean::line("saved"),
            Self::Related(title) => title.clone(),
            Self::Actions => Clean::line("actions"),
            Self::Points(None) => Clean::line("compare: from which point?"),
            Self::Points(Some(first)) => Clean::line(&format!("compare: {} → which point?", first.words)),
        }
    }
}

/// The state of the picker.
#[derive(Clone, Debug)]
pub struct PickerState {
    /// Which list is looked through.
    pub kind: ListKind,
    /// The list; empty until it is known.
    pub items: Arc<Items>,
    /// Whether the list is still to come.
    pub loading: bool,
    /// The tests of something, when those are the list.
    pub related: Slot<Arc<Related>>,
    /// What is typed.
    pub query: TextLine,
    /// What matches.
    pub found: Slot<Found>,
    /// The cursor among the matches.
    pub list: Scroll,
    /// What is chosen so far, in any list.
    pub chosen: BTreeSet<Choice>,
    /// Whether a look into the file is shown.
    pub with_preview: bool,
    /// That look.
    pub preview: Slot<Arc<Preview>>,
    /// What `preview` was asked for.
    pub preview_of: Option<Choice>,
    /// Enter was struck before the matches of what is typed were known: they are taken as soon as they are.
    pub eager: bool,
    /// What is wrong with the expression that is typed; may be empty.
    pub wrong: Clean,
    /// A note about how the list was found; may be empty.
    pub note: Clean,
}

impl PickerState {
    /// A picker on a list.
    #[must_use]
    pub fn new(kind: ListKind, items: Arc<Items>, loading: bool) -> Self {
        Self {
            kind,
            items,
            loading,
            related: Slot::default(),
            query: TextLine::default(),
            found: Slot::default(),
            list: Scroll::default(),
            chosen: BTreeSet::new(),
            with_preview: true,
            preview: Slot::default(),
            preview_of: None,
            eager: false,
            wrong: Clean::default(),
            note: Clean::default(),
        }
    }

    /// Whether a look into the file is wanted and can be had.
    #[must_use]
    pub fn has_preview(&self) -> bool {
        self.with_preview && !matches!(self.kind, ListKind::Actions | ListKind::Points(_) | ListKind::Saved)
    }

    /// How many rows there are to move through.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.value().map_or(0, |found| found.best.len())
    }

    /// Whether nothing matches so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a row is.
    #[must_use]
    pub fn choice(&self, row: usize) -> Option<&Choice> {
        self.items.choices.get(self.found.value()?.best.get(row)?.index)
    }

    /// What the cursor is on.
    #[must_use]
    pub fn selected(&self) -> Option<&Choice> {
        self.choice(self.list.at)
    }

    /// Marks or unmarks the row of the cursor and goes on to the next one.
    pub fn toggle(&mut self) {
        let Some(choice) = self.selected().filter(|choice| choice.is_of_project()).cloned() else {
            return;
        };
        if !self.chosen.remove(&choice) {
            self.chosen.insert(choice);
        }
        self.list.at = (self.list.at + 1).min(self.len().saturating_sub(1));
    }

    /// Marks every match that is listed, or unmarks them when all are marked.
    pub fn toggle_all(&mut self) {
        let all: Vec<Choice> = (0..self.len()).filter_map(|row| self.choice(row)).cloned().collect();
        if all.iter().all(|choice| self.chosen.contains(choice)) {
            all.iter().for_each(|choice| {
                self.chosen.remove(choice);
            });
        } else {
            self.chosen.extend(all.into_iter().filter(Choice::is_of_project));
        }
    }

    /// What was chosen: all that is marked, or else what the cursor is on.
    #[must_use]
    pub fn taken(&self) -> Vec<Choice> {
        if self.chosen.is_empty() {
            self.selected().cloned().into_iter().collect()
        } else {
            self.chosen.iter().cloned().collect()
        }
    }
}
