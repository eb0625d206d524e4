//! The trials there are, and how many more there may be.

use super::recipe::Recipe;
use super::trial::Trial;
use std::collections::HashMap;

/// How much a lab may spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// At most so many processes.
    pub runs: u32,
    /// At most so long, in seconds.
    pub seconds: f64,
    /// How thorough it is.
    pub effort: Effort,
}

/// How thorough a lab is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// It looks for the kind of cause and confirms nothing.
    Quick,
    /// It confirms a cause and looks for what is behind it.
    Usual,
    /// The same with ten times the patience.
    Deep,
}

impl Budget {
    /// The budget of an effort.
    #[must_use]
    pub const fn of(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Self { runs: 25, seconds: 60.0, effort },
            Effort::Usual => Self { runs: 40, seconds: 300.0, effort },
            Effort::Deep => Self { runs: 400, seconds: 3000.0, effort },
        }
    }

    /// How long one process may repeat a test, in whole seconds.
    #[must_use]
    pub fn hammer(&self) -> u32 {
        match self.effort {
            Effort::Quick => 10,
            Effort::Usual => 15,
            Effort::Deep => 120,
        }
    }
}

/// Why the protocol does not go on.
#[derive(Clone, Debug, PartialEq)]
pub enum Halt {
    /// This trial is to be made first.
    Need(Box<Recipe>),
    /// The budget is spent.
    Spent,
    /// The test cannot be judged: it is not there, or it skips itself.
    Unfit(String),
}

/// The trials there are: each is taken once, by its recipe.
#[derive(Debug)]
pub struct Bench<'a> {
    budget: Budget,
    trials: &'a [Trial],
    waiting: HashMap<&'a Recipe, Vec<usize>>,
    rounds: HashMap<Recipe, u32>,
    taken: u32,
    seconds: f64,
}

impl<'a> Bench<'a> {
    /// The bench with these trials.
    #[must_use]
    pub fn new(trials: &'a [Trial], budget: Budget) -> Self {
        let mut waiting: HashMap<&Recipe, Vec<usize>> = HashMap::new();
        for (at, trial) in trials.iter().enumerate().rev() {
            waiting.entry(&trial.recipe).or_default().push(at);
        }
        Self { budget, trials, waiting, rounds: HashMap::new(), taken: 0, seconds: 0.0 }
    }

    /// The trial of a recipe: one that was not asked for before.
    ///
    /// # Errors
    /// It is still to be made, or there is no budget for it.
    pub fn run(&mut self, recipe: Recipe) -> Result<&'a Trial, Halt> {
        let round = self.rounds.entry(recipe.clone()).or_default();
        let recipe = Recipe { round: *round, ..recipe };
        *round += 1;
        if let Some(at) = self.waiting.get_mut(&recipe).and_then(Vec::pop)
            && let Some(trial) = self.trials.get(at)
        {
            self.taken += 1;
            self.seconds += trial.seconds;
            return Ok(trial);
        }
        if self.left() == 0 || self.seconds >= self.budget.seconds {
            return Err(Halt::Spent);
        }
        Err(Halt::Need(Box::new(recipe)))
    }

    /// Whether the test passed in any trial, under whatever conditions.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        let passed = |trial: &Trial| trial.attempts.iter().any(|attempt| attempt.cause.is_none());
        self.trials.iter().any(|trial| trial.is_fit() && passed(trial))
    }

    /// How many processes there may still be.
    #[must_use]
    pub const fn left(&self) -> u32 {
        self.budget.runs.saturating_sub(self.taken)
    }

    /// The budget as a whole.
    #[must_use]
    pub const fn budget(&self) -> Budget {
        self.budget
    }

    /// What was spent: processes, and seconds.
    #[must_use]
    pub const fn spent(&self) -> (u32, f64) {
        (self.taken, self.seconds)
    }
}
