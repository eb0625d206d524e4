//! Trials and verdicts as texts, for the store that keeps them and the process that runs them.

use super::fix::Check;
use super::recipe::{Recipe, Undo};
use super::trial::Trial;
use super::verdict::Verdict;
use serde_json::{Value, json};

impl Recipe {
    /// The recipe as a text.
    #[must_use]
    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The recipe of a text; nothing where it is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What the plugin inside pytest is told: `root` is the project's own folder, `tree` that of its copy.
    #[must_use]
    pub fn specification(&self, root: &str, tree: &str) -> String {
        let stall = self.stall.map(|stall| {
            json!({ "share": f64::from(stall.per_mille) / 1000.0, "longest": f64::from(stall.longest) / 1000.0, "seed": stall.seed })
        });
        let repeat = self
            .repeat
            .map(|repeat| json!({ "count": repeat.count, "seconds": repeat.seconds, "until": repeat.until }));
        let has = |axis| self.axes.contains(&axis);
        let listing = match (has(super::Axis::Backwards), has(super::Axis::Sorted)) {
            (true, _) => json!("reversed"),
            (false, true) => json!("sorted"),
            (false, false) => Value::Null,
        };
        let undo = match &self.undo {
            Undo::Nothing => Value::Null,
            Undo::All => json!("all"),
            Undo::Only(name) => json!([name]),
        };
        json!({
            "target": self.target(),
            "order": self.order,
            "repeat": repeat,
            "seed": self.random,
            "sweep": self.sweep,
            "interval": self.interval.map(|micros| f64::from(micros) / 1e6),
            "stall": stall,
            "clocks": self.clocks,
            "offline": has(super::Axis::Network),
            "worker": has(super::Axis::Worker),
            "listing": listing,
            "root": root,
            "tree": tree,
            "diff": self.diff,
            "undo": undo,
            "trace": self.trace,
            "watch": self.watch,
            "mocks": self.mocks,
            "others": self.others,
            "without": self.without,
            "in_place": self.in_place,
        })
        .to_string()
    }
}

impl Trial {
    /// The trial as a text, without its recipe.
    #[must_use]
    pub fn written(&self) -> String {
        let bare = Self { recipe: Recipe::default(), ..self.clone() };
        serde_json::to_string(&bare).unwrap_or_default()
    }

    /// The trial of a text, with the recipe that it was made by.
    #[must_use]
    pub fn read(recipe: Recipe, text: &str) -> Option<Self> {
        let trial: Self = serde_json::from_str(text).ok()?;
        Some(Self { recipe, ..trial })
    }
}

impl Check {
    /// The check as a text.
    #[must_use]
    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The check of a text; nothing where it is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl Verdict {
    /// The verdict as a text.
    #[must_use]
    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The verdict of a text; nothing where it is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::lab::{Axis, End, Order, Recipe, Trial};
    use crate::domain::suite::TestId;

    #[test]
    fn what_is_written_is_read_back() {
        let test = TestId::new("t/a.py::test_x[\u{e9}]");
        let recipe = Recipe { order: Order::with_gaps([None, Some(test)]), clocks: vec![7], ..Recipe::default() };
        let recipe = recipe.with(Axis::Network);
        assert_eq!(Recipe::read(&recipe.written()), Some(recipe.clone()));
        let trial =
            Trial { ran: 3, steps: vec![(0, 7)], ..Trial::new(recipe.clone(), End::Unfit("x".to_owned()), 0.5) };
        assert_eq!(Trial::read(recipe, &trial.written()), Some(trial));
    }
}
