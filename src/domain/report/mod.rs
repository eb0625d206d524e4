//! Text, Markdown and JSON forms of what lacuna knows.

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

mod annotations;
pub use annotations::{annotations, rules_junit};

mod trends;
pub use trends::{trend_grid, trend_values};
