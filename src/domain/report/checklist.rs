//! The checklist of tests as Markdown: what was asked about, and apart from it the debt.

use crate::base::Clean;
use crate::domain::quality::{Checklist, Part};
use crate::domain::report::{Align, Grid};

/// All of it.
#[must_use]
pub fn checklist_markdown(list: &Checklist) -> String {
    let mut out = format!("## Checklist\n\n{}, {}\n\n", Clean::line(&list.scope), list.asked.words());
    out.push_str(&part(&list.asked));
    if let Some(debt) = &list.debt {
        out.push_str(&format!("\n## Debt\n\n{}\n\n{}", debt.words(), part(debt)));
    }
    out
}

fn part(part: &Part) -> String {
    let columns = ["Level", "Rule", "Place", "What", "What to do"].map(|name| (name, Align::Left));
    let mut grid = Grid::new(&columns);
    for checked in &part.found {
        let rule = checked.finding.rule;
        grid.row([
            checked.level.word().to_owned(),
            rule.id.to_owned(),
            checked.place(),
            checked.sentence().to_string(),
            rule.remedy.to_owned(),
        ]);
    }
    if part.found.is_empty() { "Nothing was found.\n".to_owned() } else { grid.markdown() }
}
