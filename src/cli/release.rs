//! `lacuna report --of release`: what the report for a release is made from.

use super::exit::Exit;
use super::gate::lost_lines;
use super::page::{Finish, opening};
use crate::app::Baseline;
use crate::base::{Problem, Stamp};
use crate::domain::ledger::Figure;
use crate::domain::report::Release;
use crate::shell::{Desk, Known, gate, programme, trends};

/// Makes the report.
///
/// # Errors
/// It could not be written.
pub fn tell(desk: &Desk, finish: Finish<'_>) -> Result<Exit, Problem> {
    let (known, mut problems) = Known::open(desk);
    let rulings = programme::standing(&known);
    let mut rules = gate::own_rulings(&known, None);
    rules.extend(lost_lines(&known, None));
    rules.sort_by_key(|ruling| ruling.verdict);
    let trends = trends(&known).unwrap_or_else(|problem| {
        problems.push(problem);
        Vec::new()
    });
    let past = known.past().map_err(|problem| problems.push(problem.clone())).ok();
    let (least, _) = programme::percentages(&known, "targets.code");
    let layers = programme::test_layers(&known);
    problems.extend(desk.take_problems());
    let measured = match &known.baseline {
        Some(Baseline::Found(evidence)) => Some((format!("{} ({})", evidence.name, evidence.format), evidence.written)),
        _ => None,
    };
    let report = Release {
        opening: opening(desk, problems),
        coverage: known.rows.iter().map(|row| row.plain).reduce(Figure::plus),
        digits: desk.project.coverage.precision,
        measured,
        rulings: &rulings,
        least: &least,
        layers: &layers,
        gate: &rules,
        trends: &trends,
        suite: past.and_then(|past| past.suite.as_ref()),
        flaky: past.map(|past| past.flaky.as_slice()).unwrap_or_default(),
        runs: past.and_then(|_| extent(desk)),
    };
    finish(&report.kept(), &|before| report.page(before))
}

/// How many runs the history has, the first and the last of them; nothing where there is none.
fn extent(desk: &Desk) -> Option<(usize, Stamp, Stamp)> {
    let runs = desk.history().and_then(|history| history.runs(usize::MAX)).ok()?;
    let times = || runs.iter().map(|run| run.when);
    Some((runs.len(), times().min()?, times().max()?))
}
