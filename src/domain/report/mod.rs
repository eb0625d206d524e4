//! Text, Markdown, JSON and HTML forms of what lacuna knows.

pub mod page;

mod grid;
pub use grid::{Align, Grid};

mod inspection;
pub use inspection::{Inspection, Measured};

mod comparison;
pub use comparison::{Compared, categories_markdown, ranges};

mod lab;
pub use lab::LabReport;

mod failure;
pub use failure::{failure, section, warned};

mod suspicion;
pub use suspicion::{blame, suspicion};

mod map;
pub use map::{Map, figure};

mod rulings;
pub use rulings::Rulings;

mod contract;
pub use contract::{contract_markdown, contract_text, contract_value, shares_words};

mod guide;
pub use guide::{guide_markdown, guide_text, guides_markdown, guides_tasks, guides_text, guides_value};

mod checklist;
pub use checklist::checklist_markdown;

mod annotations;
pub use annotations::{annotations, rules_junit};

mod mapping;
mod xray;
mod base64;
pub use mapping::{mapped_junit, mapping_markdown, mapping_text, mapping_value, mapping_words};
pub use xray::{Info, xray_value};

mod trends;
pub use trends::{trend_grid, trend_values};

mod flaky;
pub use flaky::{dossier_value, flaky_rows, flaky_value, slots};

mod kept;
pub use kept::{Kept, KeyFigure};

mod opening;
pub use opening::{Opening, counted};

mod release;
pub use release::Release;

mod release_parts;

mod release_lists;

mod failed;
pub use failed::Failed;

mod covered;
pub use covered::Covered;

mod batch;
pub use batch::Batch;

mod sitting;
pub use sitting::Sitting;

mod incident;
pub use incident::Incident;
