//! The arguments, as clap reads them.

use crate::base::{Day, Stamp};
use crate::domain::config::Value;
use crate::domain::history::{Course, link};
use crate::domain::ledger::CATEGORIES;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Find the gap, write the test, see it close: a terminal workbench for pytest triage.
#[derive(Debug, Parser)]
#[command(name = "lacuna", version, after_help = after_help())]
pub struct Arguments {
    /// The project, or a folder or file in it.
    pub path: Option<PathBuf>,
    /// What holds for every command.
    #[command(flatten)]
    pub common: Common,
    /// Without one: the terminal workbench.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// The project's folder, instead of looking upwards from the working directory.
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// A settings file that is read after all others.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The theme: dark, light, high-contrast or the name of your own.
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Start the project's programs without asking first, now and from now on.
    #[arg(long, global = true)]
    pub trust: bool,
    /// Whether to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// When the output is a terminal and `NO_COLOR` is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// Markdown.
    Md,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For a terminal.
    #[default]
    Text,
    /// For programs.
    Json,
    /// Markdown.
    Md,
    /// One HTML file that needs nothing else.
    Html,
}

/// What a report for people is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportKind {
    /// One run: the last one, or the one with this id.
    Batch,
    /// Everything that ran since the baseline of this sitting.
    Sitting,
    /// The project: targets, figures, trends, flaky tests, the gate.
    Release,
    /// One test that fails now and then.
    Incident,
}

/// What is asked of the tests and their issues.
#[derive(Clone, Debug, Args)]
pub struct MappingAsked {
    /// The form of the output: of the mapping (text, json, md), or of a run (xray, junit).
    #[arg(long, default_value = "text")]
    pub format: MappingFormat,
    /// The run whose results are given, by its id; the last one without.
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,
    /// The test execution that takes the results: `ABC-12`.
    #[arg(long, value_name = "KEY")]
    pub execution: Option<String>,
    /// The project in which a new test execution is made: `ABC`.
    #[arg(long = "project-key", value_name = "KEY")]
    pub project_key: Option<String>,
    /// The test plan that a new test execution belongs to.
    #[arg(long, value_name = "KEY")]
    pub plan: Option<String>,
    /// An environment that the tests ran in; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub environment: Vec<String>,
}

/// The form in which tests and their issues are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MappingFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// Markdown.
    Md,
    /// The results of a run as Xray's JSON.
    Xray,
    /// The results of a run as JUnit XML with the keys as properties.
    Junit,
}

/// The form in which a gate gives its reasons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GateFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// Markdown.
    Md,
    /// Annotations of a GitHub job; all of it goes to the step's summary.
    Github,
    /// JUnit XML: a case for each rule.
    Junit,
}

/// The subcommands: everything that the screen can do, without a screen.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open lacuna on a sample order and billing service, copied to a folder of its own.
    Demo {
        /// The folder for the copy; it must be empty or new.
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
        /// Only make the copy, print its folder and end.
        #[arg(long)]
        only_copy: bool,
    },
    /// Print the ranked coverage map of a report, of pasted text (-), or of the project's reports; with two, what changed;
    /// with --of, a report for people.
    ///
    /// With one name or none: the ranked map. With two: each is a report file, `-` for standard input, or a point that is
    /// kept: `now`, `baseline` (the newest one), the id of a run as `lacuna history` prints it, or the beginning of an id.
    /// Every statement is followed along the edit from the first source to the second one.
    #[command(after_long_help = categories())]
    Report {
        /// The report, or the two points to compare; `-` reads standard input. With `--of batch` the id of a run, with
        /// `--of incident` the test.
        #[arg(value_name = "REPORT|POINT|TEST", num_args = 0..=2)]
        files: Vec<PathBuf>,
        /// A report for people instead of the map. It begins with what changed since the last one of its kind.
        #[arg(long, value_name = "KIND", conflicts_with = "merge")]
        of: Option<ReportKind>,
        /// What changed since: a report as JSON, or the last one that was made until a day, as 2026-11-01.
        #[arg(long, value_name = "FILE|DAY", requires = "of")]
        since: Option<String>,
        /// Write the report to a file instead, in the form that its name ends in: .html, .md, .json, .txt. May be given
        /// several times, for several forms of one report.
        #[arg(long, value_name = "FILE", requires = "of")]
        output: Vec<PathBuf>,
        /// Several reports as one, by the project's paths: the packages of a monorepo, the suites of one package.
        #[arg(long, value_name = "REPORT", num_args = 1.., conflicts_with = "files")]
        merge: Vec<PathBuf>,
        /// The form of the output; html with --of alone.
        #[arg(long, default_value = "text")]
        format: ReportFormat,
    },
    /// Say what a report is, who wrote it, and its totals counted from its elements.
    Inspect {
        /// The report.
        file: PathBuf,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print the commands that a run of these targets would start.
    Plan {
        #[command(flatten)]
        targets: Targets,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Say which tests run a line or, for one that nobody runs, which are the nearest to extend.
    Who {
        /// The line, as `FILE:LINE`.
        #[arg(value_name = "FILE:LINE")]
        line: String,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Say what a full test of a function covers, ticked off by what tests did.
    Guide {
        /// The function, as `FILE::function`, `FILE::Class.method` or a line of it, `FILE:LINE`; all those of a class or a
        /// `FILE`.
        #[arg(value_name = "FUNCTION")]
        function: String,
        #[command(flatten)]
        options: GuideOptions,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// List the tests, as pytest has confirmed them or, where it has not, as the sources say.
    Tests {
        /// Have pytest collect what changed first (nothing runs); without it nothing is started.
        #[arg(long)]
        collect: bool,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print one machine's part of the suite, balanced by the durations of the history.
    ///
    /// Nothing is started. Each line is an argument for pytest at the project's root. Without --index the variables of the CI
    /// system say which part this is. Machines with the same sources and the same history divide alike. An empty part ends
    /// with exit code 3: pytest without arguments would run everything.
    Shard {
        /// Test files and folders; otherwise the whole suite.
        targets: Vec<String>,
        #[command(flatten)]
        options: ShardOptions,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// List the saved selections, or forget some.
    Selections {
        /// Forget the one of that name.
        #[arg(long, value_name = "NAME")]
        delete: Vec<String>,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Run targets in batches and show coverage before and after.
    Run {
        #[command(flatten)]
        targets: Targets,
        /// Measure what coverage and contexts cost instead: the targets, or some tests of the suite, in three ways.
        #[arg(long, conflicts_with = "report")]
        cost: bool,
        /// Run one command with pytest's debugger, which gets this terminal. Nothing of it is measured or kept.
        #[arg(long, conflicts_with_all = ["report", "cost", "all"])]
        pdb: bool,
        /// Write the batch report to a file.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print where the test programme stands: layers of code and of tests against their targets, and the suite's figures.
    Programme {
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print which operations and responses of OpenAPI documents tests exercise, and which AsyncAPI channels they are marked with.
    ///
    /// Observed is what a run has shown: lacuna's plugin notes the requests of test clients (Django, DRF, Flask, Starlette,
    /// FastAPI) and of requests and httpx. Only named is what stands as a URL in the source of a test.
    Contract {
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print which tests belong to which issues of a test management such as Xray, or a run in the form that it imports.
    ///
    /// The keys of issues stand in marks and properties: the settings `mapping.…` name them.
    Mapping(MappingAsked),
    /// Judge the rules of the settings (`gate.…`), for CI: one exit code, and the reasons with their places and the next command.
    ///
    /// 0: every rule holds. 1: one does not. 6: none fails, and of one nobody can tell. 3: there is no rule.
    Gate {
        /// The branch or commit that lines are new or changed against, instead of the setting `gate.base`.
        #[arg(long, value_name = "BASE")]
        base: Option<String>,
        /// The report or the point that lines are lost against, instead of the setting `gate.baseline`.
        #[arg(long, value_name = "REPORT|POINT")]
        baseline: Option<PathBuf>,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: GateFormat,
    },
    /// Find out why a test fails now and then: orders, seeds, timing, surroundings, one after another, within a budget.
    ///
    /// Every trial is one process on a copy of the project, and is kept apart from the history. A cause is confirmed when the
    /// test fails each time with it and never without. What was stopped goes on where it was.
    Lab {
        /// The test, as pytest names it: tests/test_cart.py::test_total
        #[arg(value_name = "NODEID", required_unless_present = "replay")]
        test: Option<String>,
        #[command(flatten)]
        options: LabOptions,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Follow saves: run the tests that each of them affects, one line for each verdict, until ctrl-c.
    Watch {
        /// The form of the output; `json` gives one object a line.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Look at new and changed tests with the checklist: names, logic, assertions, determinism, isolation, mocks, phases.
    ///
    /// Nothing is started without --prove. Without targets: the tests that are new or changed, by git or, without a repository, by the baseline.
    /// Only rules of the level `error` make the command end with code 1; `check.rules` sets the level of each. A comment
    /// `# lacuna: ignore[rule] reason` on the line, or on the `def` line of the test, leaves a rule out.
    Check {
        #[command(flatten)]
        options: CheckOptions,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Add results of tests from elsewhere to the history; print each run's id once it is durable.
    ///
    /// Reads JUnit XML, pytest report logs, the output of `pytest -v` and exports of other histories, as files, folders,
    /// patterns, zip archives, and - for standard input. In a CI job the commit, the branch and the job are taken from its
    /// variables.
    Ingest {
        /// The files, folders, patterns and archives; - is standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The run's id; otherwise made from the content of each file.
        #[arg(long, value_name = "ID")]
        run_id: Option<String>,
        /// The commit that the tests ran on.
        #[arg(long, value_name = "HASH")]
        commit: Option<String>,
        /// The branch that the tests ran on.
        #[arg(long, value_name = "NAME")]
        branch: Option<String>,
        /// Where the tests ran, in a word: only runs of one environment can contradict each other.
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
        /// When the tests ran, as 2026-11-25T10:00:00Z; otherwise by the reports, or by when they were written.
        #[arg(long, value_name = "TIME", value_parser = time)]
        when: Option<Stamp>,
        /// Where a person can look at the run, as a link to a page; in a CI job by its variables.
        #[arg(long, value_name = "URL", value_parser = page)]
        url: Option<String>,
        /// Add these runs to a file as well that others can ingest; a run that is in it stays as it is.
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
    },
    /// Print the tests with more than one outcome, or everything that the history says of one test.
    Flaky {
        /// The test: a node id.
        test: Option<String>,
        /// Those that stand there alone: new, ongoing, quiet, regression?, fixed? (the question mark may be left out),
        /// quarantined.
        #[arg(long, value_name = "STATE", value_parser = state, conflicts_with = "test")]
        state: Vec<FlakyState>,
        /// Those of one layer alone, as `tests.layers` names them.
        #[arg(long, value_name = "NAME", conflicts_with = "test")]
        layer: Vec<String>,
        /// Those of one owner alone, as CODEOWNERS names it: @org/team, @name or an address; none: of nobody.
        #[arg(long, value_name = "OWNER", conflicts_with = "test")]
        owner: Vec<String>,
        /// The most rows.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// List the tests in quarantine, and whether each can come back; put tests in, and take them out.
    ///
    /// The list is `lacuna-quarantine.toml` at the project's root, for everybody to review. In runs of lacuna a failure of
    /// these tests does not count, and is recorded all the same (the setting `runner.quarantine`). What is there too long
    /// counts again: each entry has a last day.
    Quarantine {
        #[command(subcommand)]
        change: Option<QuarantineCommand>,
        /// Print pytest's options that leave these tests out, one a line: pytest reads them as `@FILE`.
        #[arg(long, conflicts_with = "format")]
        pytest: bool,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print the recorded runs, the failures by their causes, or the points that can be compared.
    #[command(args_conflicts_with_subcommands = true)]
    History {
        /// What else can be done with the history.
        #[command(subcommand)]
        work: Option<HistoryWork>,
        /// The failures by their causes: the same failure of several tests and runs is one row.
        #[arg(long)]
        failures: bool,
        /// The points that `lacuna report A B` can compare: baselines, and what was known after each batch.
        #[arg(long, conflicts_with = "failures")]
        points: bool,
        /// The most rows.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print every setting with its value and where it came from.
    Config {
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print the completion script of a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// What is changed in the quarantine.
#[derive(Debug, Subcommand)]
pub enum QuarantineCommand {
    /// Put a test in; a file, a class or a function stands for all its tests.
    Add {
        /// The node id, as pytest names it.
        #[arg(value_name = "NODEID")]
        test: String,
        /// Why.
        #[arg(long, value_name = "WORDS")]
        reason: String,
        /// Who sees to it.
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// The last day, as 2026-12-31, or after so many days, as 14d; `never` has none.
        #[arg(long, value_name = "DAY", default_value = "30d", value_parser = last_day)]
        expires: LastDay,
        /// Where more is said of it.
        #[arg(long, value_name = "URL")]
        link: Option<String>,
    },
    /// Let an entry follow its test to another name.
    Rename {
        /// The id that the entry has.
        #[arg(value_name = "OLD")]
        old: String,
        /// The name that the test has now; without it, the one that `lacuna history alias` knows.
        #[arg(value_name = "NEW")]
        new: Option<String>,
    },
    /// Take tests out.
    Remove {
        /// Their node ids.
        #[arg(value_name = "NODEID", required = true)]
        tests: Vec<String>,
    },
}

/// Until when a test is in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastDay {
    /// Until that day.
    On(Day),
    /// So many days from now.
    After(u32),
    /// Until it is taken out.
    Never,
}

/// In which state a test of the flaky list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlakyState {
    /// In time.
    Course(Course),
    /// In quarantine.
    Quarantined,
}

/// Which tests are looked at with the checklist.
#[derive(Clone, Debug, Default, Args)]
pub struct CheckOptions {
    /// Test files, folders of tests, node ids.
    pub targets: Vec<String>,
    /// The tests that are new or changed since this branch left a branch or commit, by git; without one since the setting
    /// `base`, or since the last commit.
    #[arg(long, value_name = "BASE", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "targets")]
    pub changed: Option<String>,
    /// All other tests as well, apart: what is found in them is debt, and does not count.
    #[arg(long)]
    pub all: bool,
    /// Run these tests as well, on copies of the project and apart from the history: twice as they stand, with other hash seeds,
    /// in reverse order and in another time zone. What ends otherwise is a finding, and so is what they leave behind, and an
    /// answer of a mock that nobody has set and without which they fail.
    #[arg(long)]
    pub prove: bool,
    /// Print the rules with the levels that they have here.
    #[arg(long, conflicts_with_all = ["targets", "changed", "all", "prove"])]
    pub rules: bool,
}

/// Empty tests for what a guide lists.
#[derive(Clone, Debug, Default, Args)]
pub struct GuideOptions {
    /// Print an empty test for each item that no test covers yet, and where it would go. Nothing is written.
    #[arg(long)]
    pub skeleton: bool,
    /// Write the empty tests into that test file. Nothing else of it is changed.
    #[arg(long)]
    pub write: bool,
    /// Only for the items on this line.
    #[arg(long, value_name = "LINE", conflicts_with = "all")]
    pub item: Option<u32>,
    /// For what can't be told too.
    #[arg(long)]
    pub all: bool,
    /// The test file; without it the one that is named after the source or imports the function, or a new one.
    #[arg(long, value_name = "FILE")]
    pub into: Option<String>,
}

/// How a suite is divided.
#[derive(Clone, Debug, Default, Args)]
pub struct ShardOptions {
    /// Into how many parts.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub total: Option<u32>,
    /// Which of them, from 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub index: Option<u32>,
    /// What is never divided. Files keep what is set up for a module or a package in one place.
    #[arg(long, value_name = "WHAT", default_value = "file")]
    pub by: ShardBy,
    /// Take the durations from a file of pytest-split instead of the history.
    #[arg(long, value_name = "FILE")]
    pub durations: Option<PathBuf>,
    /// Write the durations as pytest-split reads them (`--durations-path`); alone, nothing else is done.
    #[arg(long, value_name = "FILE")]
    pub durations_file: Option<PathBuf>,
}

/// What goes to one machine as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ShardBy {
    /// A file.
    #[default]
    File,
    /// A class; functions outside of classes one by one.
    Class,
    /// A test.
    Test,
}

/// How a lab works.
#[derive(Clone, Debug, Default, Args)]
pub struct LabOptions {
    /// At most a minute: what kind of cause it looks like, and nothing confirmed.
    #[arg(long, conflicts_with = "deep")]
    pub quick: bool,
    /// Ten times the usual budget.
    #[arg(long)]
    pub deep: bool,
    /// At most so long, as 90s, 10m or 2h.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub budget: Option<f64>,
    /// At most so many processes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub runs: Option<u32>,
    /// Begin anew, whatever was tried before.
    #[arg(long)]
    pub fresh: bool,
    /// Print the last verdict and start nothing.
    #[arg(long, conflicts_with_all = ["quick", "deep", "budget", "runs", "fresh"])]
    pub last: bool,
    /// Whether a fix holds: run under the trigger that the last lab found, as often as the rate before demands.
    #[arg(long, conflicts_with_all = ["last", "replay", "quick", "fresh"])]
    pub verify: bool,
    /// Reproduce the failure of the lab with this number.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["test", "last", "quick", "deep", "fresh"])]
    pub replay: Option<i64>,
}

/// What else can be done with the history.
#[derive(Clone, Debug, Subcommand)]
pub enum HistoryWork {
    /// Add all runs to a file that others can ingest; a run that is in it stays as it is.
    ///
    /// Each line is one run with its results, as JSON: two such files, one after the other, are one. Failures are in it as pytest
    /// wrote them.
    Export {
        /// The file; - is standard output.
        file: PathBuf,
    },
    /// Let a test go on under another name: what is recorded under the old one is joined with the new one, and so is what is
    /// ingested later. Without names, print the aliases.
    Alias {
        /// The name that it had: a node id, or the path of a test file for all of its tests.
        #[arg(requires = "new")]
        old: Option<String>,
        /// The name that it has now, of the same kind.
        new: Option<String>,
        /// Forget the alias of this old name; what was joined stays joined.
        #[arg(long, value_name = "OLD", conflicts_with_all = ["old", "new"])]
        remove: Option<String>,
        /// The form of the output.
        #[arg(long, default_value = "text")]
        format: Format,
    },
}

/// A link to a page.
fn page(text: &str) -> Result<String, String> {
    link(text).ok_or_else(|| "a link that begins with https:// or http://".to_owned())
}

/// A length of time in seconds.
fn duration(text: &str) -> Result<f64, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len()));
    let seconds = match unit {
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err("a time as 90s, 10m or 2h".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| "a time as 90s, 10m or 2h".to_owned())?;
    if number > 0.0 && number <= 1e6 {
        Ok(number * seconds)
    } else {
        Err("more than nothing, and not for ever".to_owned())
    }
}

/// What to run.
#[derive(Clone, Debug, Default, Args)]
pub struct Targets {
    /// Test files, folders of tests, node ids, or source files (the tests that cover them).
    pub targets: Vec<String>,
    /// The whole suite, as a baseline.
    #[arg(long)]
    pub all: bool,
    /// The changed and new test files, by git: staged, unstaged, untracked; with a branch or commit (or the setting
    /// `base`) those too that differ from where this branch left it.
    #[arg(long, value_name = "BASE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub changed: Option<String>,
    /// The tests that ran a source file, a line or a function of it.
    #[arg(long, value_name = "FILE[:LINE|::FUNCTION]")]
    pub covering: Vec<String>,
    /// The tests of a line, or those nearest to it where none runs it, as `lacuna who` finds them.
    #[arg(long, value_name = "FILE:LINE")]
    pub near: Vec<String>,
    /// The last batch again, whoever ran it.
    #[arg(long)]
    pub last: bool,
    /// Of these, or of all tests, what pytest's -k chooses: "cart and not slow".
    #[arg(short = 'k', value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub keyword: Option<String>,
    /// The same for -m, by marks.
    #[arg(short = 'm', value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub mark: Option<String>,
    /// What was saved under a name; `lacuna selections` lists the names.
    #[arg(long, value_name = "NAME")]
    pub selection: Vec<String>,
    /// Save this choice under a name: files, tests and expressions as they are, of all else the tests that it means now.
    #[arg(long, value_name = "NAME")]
    pub save: Option<String>,
    /// The tests that edits affect since they ran, with the reasons; those that settle most lines in each second first.
    #[arg(long, conflicts_with_all = ["targets", "all", "changed", "failed", "covering", "near", "last", "selection", "keyword", "mark"])]
    pub affected: bool,
    /// The tests that failed when they ran last.
    #[arg(long)]
    pub failed: bool,
    /// How many workers of pytest-xdist run the tests of a command; `auto`: as many as there are cores for.
    #[arg(long, value_name = "N", value_parser = workers)]
    pub workers: Option<Value>,
    /// How many commands of a cycle run side by side; 0: as many as there are cores for.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=100))]
    pub parallel: Option<u64>,
}

/// A point in time.
fn time(text: &str) -> Result<Stamp, String> {
    Stamp::parse(text).ok_or_else(|| "no time as 2026-11-25T10:00:00Z, or with an offset as +01:00".to_owned())
}

/// Where a test with more than one outcome stands.
fn state(text: &str) -> Result<FlakyState, String> {
    if text == "quarantined" {
        return Ok(FlakyState::Quarantined);
    }
    let word = |course: &Course| course.word().trim_end_matches('?');
    let found = Course::ALL.into_iter().find(|course| word(course) == text.trim_end_matches('?'));
    let found = found.map(FlakyState::Course);
    found.ok_or_else(|| format!("one of {}, quarantined", Course::ALL.map(Course::word).join(", ")))
}

/// A last day.
fn last_day(text: &str) -> Result<LastDay, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| (1..=3650).contains(days));
    match (text, days) {
        ("never", _) => Ok(LastDay::Never),
        (_, Some(days)) => Ok(LastDay::After(days)),
        _ => Day::parse(text).map(LastDay::On).ok_or_else(|| "a day as 2026-12-31, or 14d, or never".to_owned()),
    }
}

/// A number of workers.
fn workers(text: &str) -> Result<Value, String> {
    match text.parse() {
        Ok(count) if count <= 256 => Ok(Value::Count(count)),
        _ if text == "auto" => Ok(Value::Text(text.to_owned())),
        _ => Err("a whole number from 0 to 256, or auto".to_owned()),
    }
}

impl Targets {
    /// Whether nothing was chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let lists = [&self.targets, &self.covering, &self.near, &self.selection];
        let texts = [&self.changed, &self.keyword, &self.mark];
        let flags = [self.all, self.affected, self.failed, self.last];
        lists.iter().all(|list| list.is_empty()) && texts.iter().all(|text| text.is_none()) && !flags.contains(&true)
    }
}

/// clap's description of everything, for completions and the manual page.
#[must_use]
pub fn description() -> clap::Command {
    Arguments::command()
}

/// What a comparison says of a statement, for the help.
fn categories() -> String {
    let rows = CATEGORIES.iter().map(|row| format!("  {:20}{}\n", row.name, row.meaning));
    format!("Categories of a comparison:\n{}", rows.collect::<String>())
}

fn after_help() -> String {
    format!(
        "Examples:\n  lacuna                          the workbench on this project\n  lacuna demo                     \
         the workbench on a sample project\n  lacuna report coverage.xml      what to test first\n  pbpaste | lacuna \
         report -        the same for a pasted table\n  lacuna report baseline now      what \
         changed since the baseline\n  lacuna run tests/test_cart.py   before and after, in the \
         terminal\n\nExit codes:\n{}",
        super::exit::lines()
    )
}
