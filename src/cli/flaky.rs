//! `lacuna flaky`: the tests with more than one outcome, or everything that the history says of one test.

use super::arguments::{Common, FlakyState, Format};
use super::exit::Exit;
use super::{output, session};
use crate::base::Problem;
use crate::domain::history::{FlakyTest, note};
use crate::domain::report::dossier_value;
use crate::domain::suite::TestId;
use crate::shell::recorded;

/// Which tests are listed. Of each kind one has to fit, where there are any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// How they stand in time.
    pub states: Vec<FlakyState>,
    /// Their layers.
    pub layers: Vec<String>,
    /// Their owners; `none` for a test that nobody owns.
    pub owners: Vec<String>,
}

impl Filter {
    /// Whether every test passes.
    pub const fn is_empty(&self) -> bool {
        self.is_of_states() && self.states.is_empty()
    }

    /// Whether nothing but the state is asked for.
    pub const fn is_of_states(&self) -> bool {
        self.layers.is_empty() && self.owners.is_empty()
    }

    /// Whether a test passes.
    pub fn passes(&self, test: &FlakyTest) -> bool {
        let stands = |state: &FlakyState| match state {
            FlakyState::Course(course) => test.course == *course,
            FlakyState::Quarantined => test.quarantined,
        };
        let owns = |owner: &String| test.is_owned_by(owner) || owner == "none" && test.owners.is_empty();
        (self.states.is_empty() || self.states.iter().any(stands))
            && (self.layers.is_empty() || self.layers.iter().any(|layer| test.is_in(layer)))
            && (self.owners.is_empty() || self.owners.iter().any(owns))
    }
}

/// Prints what the history says of one test.
pub fn run_test(test: &str, format: Format, common: &Common) -> Exit {
    let answer = session::desk(common).and_then(|desk| {
        let dossier = recorded::dossier(&desk, TestId::new(test))?;
        output::complain(&desk.take_problems());
        Ok(dossier)
    });
    let dossier = match answer {
        Ok(dossier) => dossier,
        Err(problem) => return output::refuse(problem),
    };
    if dossier.seen.is_empty() {
        let problem = Problem::note(test, "the history has no result of this test");
        output::complain(&[problem.hint("`lacuna flaky` lists those with more than one outcome, by their node ids")]);
        return Exit::Nothing;
    }
    match format {
        Format::Json => output::print_json(&dossier_value(&dossier)),
        Format::Md | Format::Text => output::print(&note(&dossier)),
    }
    Exit::Done
}
