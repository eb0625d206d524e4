//! `lacuna report --of incident`: what the report of a flaky test is made from.

use super::exit::Exit;
use super::output;
use super::page::{Finish, opening};
use crate::base::Problem;
use crate::domain::report::Incident;
use crate::domain::suite::TestId;
use crate::shell::{Desk, recorded};

/// Makes the report.
///
/// # Errors
/// Something could not be read or written.
pub fn tell(desk: &Desk, test: &str, finish: Finish<'_>) -> Result<Exit, Problem> {
    let dossier = recorded::dossier(desk, TestId::new(test))?;
    if dossier.seen.is_empty() {
        let problem = Problem::note(test, "the history has no result of this test");
        output::complain(&[problem.hint("`lacuna flaky` lists those with more than one outcome, by their node ids")]);
        return Ok(Exit::Nothing);
    }
    let record = desk.store()?.last_lab(&dossier.test)?;
    let lab = record.as_ref().and_then(|record| Some((record.number, record.at, record.verdict.as_ref()?)));
    let quarantine = recorded::quarantined(desk, &dossier.test)?.into_iter().next();
    let report = Incident { opening: opening(desk, desk.take_problems()), dossier: &dossier, lab, quarantine };
    finish(&report.kept(), &|before| report.page(before))
}
