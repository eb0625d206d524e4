//! The report for a release, and for everybody who has a stake in it: targets, figures, trends, flaky tests, the gate.

use crate::base::Stamp;
use crate::domain::history::FlakyTest;
use crate::domain::ledger::{Figure, Kind};
use crate::domain::programme::{
    Better, Percent, Ruling, SuiteRun, TestLayer, Trend, Verdict, is_flaky, percentile, time, verdict,
};
use crate::domain::report::opening::{self, Opening, counted, day};
use crate::domain::report::page::{Page, Words};
use crate::domain::report::{Kept, release_lists, release_parts};

/// Everything that a release report is made from.
#[derive(Clone, Debug)]
pub struct Release<'a> {
    /// How it begins.
    pub opening: Opening,
    /// Coverage of everything, where there is a report.
    pub coverage: Option<Figure>,
    /// How many digits the project shows of a percentage.
    pub digits: usize,
    /// Which report that is from, and when it was written.
    pub measured: Option<(String, Option<Stamp>)>,
    /// Where the programme stands.
    pub rulings: &'a [Ruling],
    /// The least coverage of layers of code, by their names.
    pub least: &'a [(String, Percent)],
    /// The layers of tests.
    pub layers: &'a [TestLayer],
    /// The rules of the gate, as far as lacuna judges them itself.
    pub gate: &'a [Ruling],
    /// How the figures went.
    pub trends: &'a [Trend],
    /// The last run of the suite.
    pub suite: Option<&'a SuiteRun>,
    /// The tests with more than one outcome, ranked.
    pub flaky: &'a [FlakyTest],
    /// How many runs the history has, and when the first and the last of them were.
    pub runs: Option<(usize, Stamp, Stamp)>,
}

impl Release<'_> {
    /// What is kept of it.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let mut kept = self.opening.kept("release", "");
        let more = Some(Better::More);
        if let Some(figure) = &self.coverage {
            kept.figure("coverage", "coverage of everything", more, known(figure), &figure.shown(self.digits));
        } else {
            kept.figure("coverage", "coverage of everything", more, None, "unknown");
        }
        for ruling in self.rulings.iter().filter(|ruling| ruling.rule.starts_with("targets.code.")) {
            let value = ruling.figure.as_ref().and_then(known);
            let shown = ruling.figure.as_ref().map_or("unknown".to_owned(), |figure| figure.shown(self.digits));
            kept.figure(&ruling.rule, &ruling.about, more, value, &shown);
        }
        for layer in self.layers.iter().filter(|layer| layer.tests.whole > 0) {
            let (key, count) = (format!("tests.{}", layer.name), layer.tests.part);
            kept.figure(&key, &format!("{} tests", layer.name), None, Some(count as f64), &count.to_string());
        }
        self.keep_suite(&mut kept);
        self.keep_groups(&mut kept);
        kept
    }

    /// Times move by themselves: a tenth more or less is no news.
    fn keep_suite(&self, kept: &mut Kept) {
        let suite = self.suite;
        let passed = suite.map(|run| run.passed).filter(|passed| passed.whole > 0);
        let shown = passed.map_or("unknown".to_owned(), |passed| format!("{}%", passed.display(1)));
        let rate = passed.map(crate::base::Ratio::percent);
        kept.figure("pass_rate", "tests that pass", Some(Better::More), rate, &shown);
        let mut times = vec![("suite".to_owned(), "time of the suite".to_owned(), suite.map(|run| run.seconds))];
        times.extend([95, 99].map(|percent| {
            let about = format!("P{percent} of the tests' durations");
            (format!("p{percent}"), about, suite.and_then(|run| percentile(&run.durations, percent)))
        }));
        for (key, about, seconds) in times {
            let shown = seconds.map_or("unknown".to_owned(), time);
            kept.figure(&key, &about, Some(Better::Less), seconds, &shown);
            kept.figures.iter_mut().rev().take(1).for_each(|figure| figure.grain = 0.1);
        }
    }

    fn keep_groups(&self, kept: &mut Kept) {
        let of = |wanted: Verdict| {
            let all = self.rulings.iter().chain(self.gate).filter(move |ruling| ruling.verdict == wanted);
            all.map(|ruling| ruling.about.to_string()).collect::<Vec<_>>()
        };
        kept.group("missed", of(Verdict::Failed));
        kept.group("untold", of(Verdict::Untold));
        if let Some(run) = self.suite {
            kept.group("failing", run.bad.iter().map(|test| test.as_str().to_owned()));
        }
        // Without a run nothing is known to be free of flakes.
        if self.runs.is_some() {
            kept.group("flaky", self.flaky().map(|test| test.id.as_str().to_owned()));
        }
    }

    /// Those that are flaky now, in quarantine or not.
    pub(super) fn flaky(&self) -> impl Iterator<Item = &FlakyTest> {
        self.flaky.iter().filter(|test| is_flaky(test))
    }

    /// The page; `before` is what was kept of the last report.
    #[must_use]
    pub fn page(&self, before: Option<&Kept>) -> Page {
        let kept = self.kept();
        let mut facts = self.opening.facts();
        if let Some((origin, written)) = &self.measured {
            let written = written.map(|at| format!(", written {}", opening::moment(at))).unwrap_or_default();
            facts.push(("coverage", Words::new().code(origin.as_str()).plain(written)));
        }
        if let Some((runs, first, last)) = self.runs {
            let words = format!("{}, {} to {}", counted(runs as u64, "run"), day(first), day(last));
            facts.push(("history", words.into()));
        }
        let mut sections = vec![opening::changes(&kept, before), release_parts::standing(self)];
        sections.extend(release_parts::attention(self));
        sections.extend([release_lists::code(self), release_lists::tests(self)]);
        sections.extend(release_lists::others(self));
        sections.extend([release_parts::trends(self), release_lists::flaky(self), release_lists::gate(self)]);
        sections.extend(self.opening.problems());
        Page {
            kind: "release",
            title: "Release report".to_owned(),
            subject: self.opening.project.clone(),
            lede: self.lede(),
            facts,
            sections,
            head: kept.head(),
        }
    }

    /// The whole in a few sentences that need no explanation.
    fn lede(&self) -> Vec<Words> {
        let number = |wanted: Verdict| self.rulings.iter().filter(|ruling| ruling.verdict == wanted).count() as u64;
        let (held, failed, untold) = (number(Verdict::Held), number(Verdict::Failed), number(Verdict::Untold));
        let mut targets = Words::new();
        targets = match verdict(self.rulings) {
            None => targets.plain("No target is set. "),
            Some(_) => targets
                .strong(format!("{held} of {} are met", counted(held + failed + untold, "target")))
                .plain(missing(failed, untold)),
        };
        targets = match &self.coverage {
            Some(figure) => {
                targets.plain(format!("Tests run {} of the code ({}). ", figure.shown(self.digits), figure.qualifier()))
            }
            None => targets.plain("How much of the code the tests run is not known: there is no coverage report. "),
        };
        let flaky = self.flaky().count() as u64;
        targets = match (self.runs, flaky) {
            (None, _) => {
                targets.plain("No run of the tests is recorded, so that nothing can be said of their stability.")
            }
            (_, 0) => targets.plain("No test is known to fail now and then."),
            (_, some) => targets.plain(format!(
                "{} now and then without a change that explains it.",
                if some == 1 { "1 test fails".to_owned() } else { format!("{some} tests fail") }
            )),
        };
        vec![targets, self.direction()]
    }

    /// Where the figures go.
    fn direction(&self) -> Words {
        let worse: Vec<&str> =
            self.trends.iter().filter(|trend| trend.word() == "worse").map(|trend| trend.about.as_str()).collect();
        let enough = self.trends.iter().any(|trend| trend.word() != "too few runs");
        match (worse.as_slice(), enough) {
            ([], false) => Words::from("There are too few runs yet to say where the figures go."),
            ([], true) => Words::from("No figure with enough runs behind it is getting worse."),
            (worse, _) => Words::new().strong("Getting worse: ").plain(format!("{}.", worse.join(", "))),
        }
    }
}

fn missing(failed: u64, untold: u64) -> String {
    match (failed, untold) {
        (0, 0) => ". ".to_owned(),
        (failed, 0) => format!(", {failed} not. "),
        (0, untold) => format!(", and of {untold} nobody can tell. "),
        (failed, untold) => format!(", {failed} not, and of {untold} nobody can tell. "),
    }
}

/// The percentage of a figure that says something.
fn known(figure: &Figure) -> Option<f64> {
    (figure.kind != Kind::Unknown && figure.ratio.whole > 0).then(|| figure.ratio.percent())
}
