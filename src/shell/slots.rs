//! How many processes a run may have: commands side by side, and workers of xdist in each.

use super::desk::Desk;
use crate::domain::suite::Batch;
use crate::io::runner::{Share, Workers};

/// The processes of a run. Together commands and workers are no more than there are cores, unless both were named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    /// How many commands run side by side.
    pub commands: usize,
    workers: Workers,
    gateways: Vec<String>,
    cores: usize,
}

impl Slots {
    /// By the settings, for a plan whose widest cycle has so many commands.
    #[must_use]
    pub fn new(desk: &Desk, widest: usize) -> Self {
        let config = &desk.project.config;
        let workers = match (config.text("runner.workers"), config.count("runner.workers")) {
            (Some(_), _) => Workers::Auto,
            (None, 0) => Workers::AsProject,
            (None, count) => Workers::Count(count),
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let gateways = config.texts("runner.gateways").to_vec();
        Self::of_numbers(config.count("cycle.parallel"), workers, gateways, widest, cores)
    }

    fn of_numbers(parallel: usize, workers: Workers, gateways: Vec<String>, widest: usize, cores: usize) -> Self {
        let each = match workers {
            Workers::Count(count) => count,
            Workers::Auto | Workers::AsProject => 1,
        };
        let commands = if parallel == 0 { cores / each } else { parallel };
        Self { commands: commands.min(widest).max(1), workers, gateways, cores }
    }

    /// Whether a run asks for workers that the project's options do not.
    #[must_use]
    pub fn wants_workers(&self) -> bool {
        self.workers != Workers::AsProject || !self.gateways.is_empty()
    }

    /// Leaves the workers out.
    pub fn without_workers(&mut self) {
        self.workers = Workers::AsProject;
        self.gateways.clear();
    }

    /// The share of one command. More workers than tests would only be started.
    #[must_use]
    pub fn of(&self, batch: &Batch) -> Share {
        let tests = if batch.targets.is_empty() { 0 } else { batch.tests.len() };
        Share {
            workers: self.workers,
            gateways: self.gateways.clone(),
            cores: self.cores,
            commands: self.commands,
            tests,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;
    use crate::io::runner::Workers;

    fn check((parallel, workers, widest, cores): (usize, Workers, usize, usize), commands: usize, each: Option<usize>) {
        let slots = Slots::of_numbers(parallel, workers, Vec::new(), widest, cores);
        let share = slots.of(&crate::domain::suite::Batch::all());
        assert_eq!((slots.commands, share.count()), (commands, each), "{parallel} {workers:?} {widest} {cores}");
    }

    #[test]
    fn commands_times_workers_are_no_more_than_the_cores_unless_both_are_named() {
        check((1, Workers::AsProject, 3, 8), 1, None);
        check((1, Workers::Auto, 3, 8), 1, Some(8));
        check((2, Workers::Auto, 3, 8), 2, Some(4));
        check((3, Workers::Auto, 3, 8), 3, Some(2));
        check((3, Workers::Auto, 1, 8), 1, Some(8));
        check((3, Workers::Auto, 3, 2), 3, Some(1));
        check((0, Workers::AsProject, 3, 8), 3, None);
        check((0, Workers::Count(4), 3, 8), 2, Some(4));
        check((0, Workers::Count(4), 3, 2), 1, Some(4));
        check((3, Workers::Count(4), 3, 8), 3, Some(4));
    }
}
