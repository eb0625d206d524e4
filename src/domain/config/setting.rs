//! The one table of settings: the reader, `lacuna config` and the README are made from it.

use super::Value;
use crate::domain::triage::{Layer, default_layers};

/// One setting: a row of the table.
#[derive(Debug)]
pub struct Setting {
    /// Its full name, with a dot where it lies in a table.
    pub key: &'static str,
    /// Its default, as TOML.
    pub default: &'static str,
    /// What it does, in one sentence.
    pub help: &'static str,
    /// Whether it can make lacuna start a program, or call a server, of the project's choice; such values wait for the
    /// project's trust.
    pub commands: bool,
    /// What it accepts.
    pub(crate) kind: Kind,
}

/// What a setting accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A whole number between the two, both included.
    Count(u64, u64),
    /// A text.
    Text,
    /// The address of a server, which may hold a password.
    Address,
    /// A list of texts; one text alone stands for a list of one.
    Texts,
    /// A whole number between the two, both included, or `auto`.
    CountOrAuto(u64, u64),
    /// `true` or `false`.
    Switch,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A table from names to texts or lists of texts.
    Named,
    /// A number or a text. What it limits says whether it is one: a limit that is misspelt must not be none.
    Limit,
    /// A table from names to such.
    Limits,
}

impl Kind {
    /// What it accepts, for an error message.
    pub(crate) fn wants(self) -> String {
        match self {
            Self::Count(least, most) => format!("a whole number from {least} to {most}"),
            Self::CountOrAuto(least, most) => format!("a whole number from {least} to {most}, or \"auto\""),
            Self::Text => "a text".to_owned(),
            Self::Address => "the address of a server".to_owned(),
            Self::Texts => "a list of texts".to_owned(),
            Self::Switch => "true or false".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Named => "a table of names with lists of texts".to_owned(),
            Self::Limit => "a number or a text".to_owned(),
            Self::Limits => "a table of names with numbers or texts".to_owned(),
        }
    }
}

/// Every setting, in the order in which `lacuna config` prints them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "reports",
        default: "[]",
        help: "Report files to read, as paths or globs from the root; empty: the usual places.",
        commands: false,
        kind: Kind::Texts,
    },
    Setting {
        key: "interpreter",
        default: "\"\"",
        help: "The interpreter of the project's virtualenv (with runner.command: the one there, else python3); empty: $VIRTUAL_ENV, .venv, venv, env, uv, poetry, pipenv, python3.",
        commands: true,
        kind: Kind::Text,
    },
    Setting {
        key: "pytest.arguments",
        default: "[]",
        help: "Further arguments of every pytest command, before the paths.",
        commands: true,
        kind: Kind::Texts,
    },
    Setting {
        key: "runner.command",
        default: "[]",
        help: "The command by which tests run elsewhere: docker compose exec -T web {pytest}. One text is split into words, without a shell.",
        commands: true,
        kind: Kind::Texts,
    },
    Setting {
        key: "runner.workers",
        default: "0",
        help: "How many workers of pytest-xdist run the tests of a command, or \"auto\"; 0: as the project's own options say.",
        commands: false,
        kind: Kind::CountOrAuto(0, 256),
    },
    Setting {
        key: "runner.gateways",
        default: "[]",
        help: "Workers on other machines, as pytest-xdist's --tx takes them: ssh=host//chdir=/srv/app, socket=host:8888, 2*popen.",
        commands: true,
        kind: Kind::Texts,
    },
    Setting {
        key: "cycle.parallel",
        default: "1",
        help: "How many commands of a cycle run side by side; 0: as many as there are cores for.",
        commands: false,
        kind: Kind::Count(0, 100),
    },
    Setting {
        key: "runner.directory",
        default: "\"\"",
        help: "The project's root where the tests run; empty: it is found there by the content of its files.",
        commands: true,
        kind: Kind::Text,
    },
    Setting {
        key: "runner.environment",
        default: "[]",
        help: "Variables that are set where the tests run: NAME=value, or NAME with its value from here.",
        commands: true,
        kind: Kind::Texts,
    },
    Setting {
        key: "runner.paths",
        default: "{}",
        help: "Folders there with their folders here, where neither the root nor the content of the files tells.",
        commands: false,
        kind: Kind::Named,
    },
    Setting {
        key: "runner.quote",
        default: "false",
        help: "Whether a shell at the other end reads the command's words again; ssh is known to.",
        commands: true,
        kind: Kind::Switch,
    },
    Setting {
        key: "contexts",
        default: "true",
        help: "Whether each test is measured apart. Off, tests run faster, and what a batch gives is a lower bound.",
        commands: false,
        kind: Kind::Switch,
    },
    Setting {
        key: "runner.warm",
        default: "\"off\"",
        help: "off, safe or deep: on the screen, later runs are forked from a process that has imported pytest and the installed packages, or (deep) the project's modules as well.",
        commands: false,
        kind: Kind::Choice(&["off", "safe", "deep"]),
    },
    Setting {
        key: "runner.quarantine",
        default: "\"xfail\"",
        help: "What runs do with the tests of lacuna-quarantine.toml: xfail runs them, and a failure does not count; deselect leaves them out; off.",
        commands: false,
        kind: Kind::Choice(&["off", "deselect", "xfail"]),
    },
    Setting {
        key: "collect",
        default: "true",
        help: "Whether pytest collects in the background what changed in the tests, once the project is trusted.",
        commands: false,
        kind: Kind::Switch,
    },
    Setting {
        key: "base",
        default: "\"\"",
        help: "The branch or commit that changed test files are looked for against; empty: what is not committed.",
        commands: false,
        kind: Kind::Text,
    },
    Setting {
        key: "shard.total",
        default: "0",
        help: "Into how many shards the suite is divided where neither an option nor the CI system says; 0: they have to.",
        commands: false,
        kind: Kind::Count(0, 10_000),
    },
    Setting {
        key: "batch.tests",
        default: "20",
        help: "The most tests of one command.",
        commands: false,
        kind: Kind::Count(1, 10_000),
    },
    Setting {
        key: "batch.commands",
        default: "3",
        help: "The most commands of one cycle.",
        commands: false,
        kind: Kind::Count(1, 100),
    },
    Setting {
        key: "limit.test",
        default: "0",
        help: "The seconds after which a test that still runs is ended, with where it hangs; 0: none.",
        commands: false,
        kind: Kind::Count(0, 86_400),
    },
    Setting {
        key: "limit.run",
        default: "0",
        help: "The seconds after which a command that still runs is ended; 0: none.",
        commands: false,
        kind: Kind::Count(0, 864_000),
    },
    Setting {
        key: "limit.silence",
        default: "30",
        help: "The seconds without a sign of life after which a run elsewhere is given up.",
        commands: false,
        kind: Kind::Count(2, 3600),
    },
    Setting {
        key: "layers",
        default: "Views, Serializers, Models, Utils, Tasks",
        help: "The layers in the order of triage, each with its globs.",
        commands: false,
        kind: Kind::Named,
    },
    Setting {
        key: "history.keep",
        default: "\"\"",
        help: "How much of the history is kept: 180d, 26w, or 5000 runs; empty: all of it. Labs and baselines stay.",
        commands: false,
        kind: Kind::Text,
    },
    Setting {
        key: "history.server",
        default: "\"\"",
        help: "A PostgreSQL database that a team shares its history in: postgres://user@host/database. `history = \"postgres://…\"` says the same; empty: the history is this machine's.",
        commands: true,
        kind: Kind::Address,
    },
    Setting {
        key: "history.schema",
        default: "\"\"",
        help: "The schema of that database which holds this project's history; empty: `lacuna`, where the project itself names the server.",
        commands: false,
        kind: Kind::Text,
    },
    Setting {
        key: "tests.layers",
        default: "{ unit = \"**/unit/**\", integration = \"**/integration/**\", contract = \"**/contract/**\", e2e = \"**/e2e/**\", ui = \"**/ui/**\", performance = \"**/performance/**\", security = \"**/security/**\", data = \"**/data_quality/**\", resilience = \"**/resilience/**\" }",
        help: "The layers of tests, each with globs of test files or marks (mark:e2e); the first counts, then `layers`.",
        commands: false,
        kind: Kind::Named,
    },
    Setting {
        key: "check.rules",
        default: "{}",
        help: "Rules of the checklist, or families of them, each with off, advice, warning or error instead of its own level.",
        commands: false,
        kind: Kind::Named,
    },
    Setting {
        key: "check.mocks",
        default: "5",
        help: "How many parts an integration test may replace before the checklist calls it over-mocked.",
        commands: false,
        kind: Kind::Count(0, 1_000),
    },
    Setting {
        key: "check.acts",
        default: "5",
        help: "From how many acts on, each with assertions behind it, the checklist says that a test does several things.",
        commands: false,
        kind: Kind::Count(2, 1_000),
    },
    Setting {
        key: "check.payload",
        default: "16",
        help: "From how many values on a literal that a test hands to the code is a large payload.",
        commands: false,
        kind: Kind::Count(1, 100_000),
    },
    Setting {
        key: "check.standards",
        default: "\"docs/TESTING_QUALITY_STANDARDS.md\"",
        help: "The project's own document about tests: findings name its sections.",
        commands: false,
        kind: Kind::Text,
    },
    Setting {
        key: "targets.code",
        default: "{ Views = 80, Serializers = 80, Models = 70, Utils = 70, Tasks = 70 }",
        help: "The least coverage of layers of code, as percentages: of the API first, then of the core.",
        commands: false,
        kind: Kind::Limits,
    },
    Setting {
        key: "targets.tests",
        default: "{ unit = \"70% of Models, Utils, Tasks\", integration = \"80% of Views, Serializers\", e2e = \"10-15 flows\", ui = \"5-10 flows\" }",
        help: "What layers of tests are to reach: 70%, 70% of Models (statements that they run), 20% of tests, 90% of endpoints, 10-15 tests.",
        commands: false,
        kind: Kind::Limits,
    },
    Setting {
        key: "targets.flaky_since",
        default: "\"\"",
        help: "What the number of flaky tests is compared with: a day as 2026-10-01, a run by its name, or a commit; empty: it is not.",
        commands: false,
        kind: Kind::Text,
    },
    Setting {
        key: "targets.flaky_reduction",
        default: "70",
        help: "By how many percent there are to be fewer flaky tests than then.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "targets.suite",
        default: "\"30m\"",
        help: "How long the suite may take: 90s, 30m, 1h.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "contract.documents",
        default: "[]",
        help: "Documents of OpenAPI 2, 3 and AsyncAPI 2, 3, as paths or globs from the root; empty: openapi, swagger, asyncapi, schema (yaml, yml, json) at the top, in docs, api, spec, schema.",
        commands: false,
        kind: Kind::Texts,
    },
    Setting {
        key: "contract.base",
        default: "[]",
        help: "What stands before the paths of the documents where the tests run, and their servers do not tell: /api/v2.",
        commands: false,
        kind: Kind::Texts,
    },
    Setting {
        key: "contract.hosts",
        default: "[]",
        help: "Hosts whose requests are those of the project's own service, beside this machine, test clients and the documents' servers.",
        commands: false,
        kind: Kind::Texts,
    },
    Setting {
        key: "contract.marks",
        default: "[\"asyncapi\", \"channel\"]",
        help: "The marks that name a channel that a test covers: @pytest.mark.asyncapi(\"user/signedup\").",
        commands: false,
        kind: Kind::Texts,
    },
    Setting {
        key: "mapping.marks",
        default: "[\"xray\", \"xray_test_id\", \"test_key\"]",
        help: "The marks whose texts are keys of issues: @pytest.mark.xray(\"ABC-1\").",
        commands: false,
        kind: Kind::Texts,
    },
    Setting {
        key: "mapping.properties",
        default: "[\"test_key\"]",
        help: "The properties whose values are keys of issues: record_property(\"test_key\", \"ABC-1\"); the first one is written into JUnit XML.",
        commands: false,
        kind: Kind::Texts,
    },
    Setting {
        key: "mapping.statuses",
        default: "\"cloud\"",
        help: "Whose words say in Xray's JSON how a test ended: cloud (PASSED, FAILED) or server (PASS, FAIL).",
        commands: false,
        kind: Kind::Choice(&["cloud", "server"]),
    },
    Setting {
        key: "gate.targets",
        default: "[]",
        help: "Which of the targets the gate holds: code, tests, flaky, suite, or one of them as targets.code.Views names it.",
        commands: false,
        kind: Kind::Texts,
    },
    Setting {
        key: "gate.coverage",
        default: "\"\"",
        help: "The least coverage of everything, as a percentage.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.layers",
        default: "{}",
        help: "The least coverage of layers of code, as percentages.",
        commands: false,
        kind: Kind::Limits,
    },
    Setting {
        key: "gate.files",
        default: "{}",
        help: "The least coverage of each file that a glob matches, as percentages.",
        commands: false,
        kind: Kind::Limits,
    },
    Setting {
        key: "gate.changed",
        default: "\"\"",
        help: "The least coverage of the statements that are new or changed since this branch left gate.base, as a percentage.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.base",
        default: "\"\"",
        help: "The branch or commit that lines are new or changed against; empty: `base`, or the target of the pull request in a CI job of GitHub.",
        commands: false,
        kind: Kind::Text,
    },
    Setting {
        key: "gate.lost",
        default: "\"\"",
        help: "How many lines may be lost: covered at gate.baseline, and missed now.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.baseline",
        default: "\"\"",
        help: "The report or the point that lines are lost against; empty: the baseline before the newest measurement.",
        commands: false,
        kind: Kind::Text,
    },
    Setting {
        key: "gate.flaky",
        default: "\"\"",
        help: "How many tests may be flaky; those in quarantine are left out.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.new_flaky",
        default: "\"\"",
        help: "How many tests may have become flaky within seven days.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.suite",
        default: "\"\"",
        help: "How long the suite may take: 90s, 30m, 1h.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.p95",
        default: "\"\"",
        help: "How long 95 percent of the tests may take at the most: 250ms, 2s.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting { key: "gate.p99", default: "\"\"", help: "The same of 99 percent.", commands: false, kind: Kind::Limit },
    Setting {
        key: "gate.slower",
        default: "\"\"",
        help: "How many tests may have become slower within seven days, by the history.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.pass_rate",
        default: "\"\"",
        help: "How many tests pass at least in the last run of the suite, as a percentage.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.contract",
        default: "{}",
        help: "Of the contract: the least share of its operations, responses and channels, as percentages, and how much may be undocumented that tests saw.",
        commands: false,
        kind: Kind::Limits,
    },
    Setting {
        key: "gate.checklist",
        default: "\"\"",
        help: "How many errors of the checklist new and changed tests may have; empty: not judged.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.warnings",
        default: "\"\"",
        help: "How many warnings of the checklist they may have.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.mapping",
        default: "\"\"",
        help: "The least share of the tests that belong to an issue (see mapping.marks), as a percentage.",
        commands: false,
        kind: Kind::Limit,
    },
    Setting {
        key: "gate.commands",
        default: "{}",
        help: "Programs that have to end with 0, by name, each as its words: lint = [\"ruff\", \"check\"]. There is no shell.",
        commands: true,
        kind: Kind::Named,
    },
    Setting {
        key: "gate.results",
        default: "{}",
        help: "SARIF or JUnit files that decide, by name; under the name of a command it has to write them, and they decide instead of its exit code.",
        commands: false,
        kind: Kind::Named,
    },
    Setting {
        key: "gate.level",
        default: "\"error\"",
        help: "The least level of a finding in SARIF that fails: error, warning, note.",
        commands: false,
        kind: Kind::Choice(&["error", "warning", "note"]),
    },
    Setting {
        key: "concerns",
        default: "{}",
        help: "Files that are no Python, as globs, each with globs of the sources or tests that depend on them.",
        commands: false,
        kind: Kind::Named,
    },
    Setting {
        key: "theme",
        default: "\"auto\"",
        help: "dark, light, high-contrast, or the name of a file in the themes folder of the configuration; auto: by the terminal.",
        commands: false,
        kind: Kind::Text,
    },
    Setting {
        key: "keys",
        default: "{}",
        help: "Actions with the keys that start them instead of the usual ones; \"none\" takes the keys away.",
        commands: false,
        kind: Kind::Named,
    },
    Setting {
        key: "mouse",
        default: "true",
        help: "Whether the mouse works inside lacuna (off: the terminal selects text).",
        commands: false,
        kind: Kind::Switch,
    },
    Setting {
        key: "watch",
        default: "true",
        help: "Whether reports, sources and tests are watched for changes.",
        commands: false,
        kind: Kind::Switch,
    },
    Setting {
        key: "loop",
        default: "false",
        help: "Whether the loop is on from the start: a save runs the tests that it affects.",
        commands: true,
        kind: Kind::Switch,
    },
    Setting {
        key: "state",
        default: "\"\"",
        help: "A folder of the project for lacuna's database and runs; empty: the user's data and cache folders.",
        commands: false,
        kind: Kind::Text,
    },
];

impl Setting {
    /// The row of `key`.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// The row that a text in the place of a table means: the server of what the table is about.
    pub(crate) fn server_of(table: &str) -> Option<&'static Self> {
        Self::find(&format!("{table}.server")).filter(|setting| setting.kind == Kind::Address)
    }

    /// The default as a value.
    pub(crate) fn default_value(&self) -> Value {
        if self.key == "layers" {
            let globs = |layer: &Layer| layer.globs.iter().map(|glob| glob.as_str().to_owned()).collect();
            return Value::Named(default_layers().iter().map(|layer| (layer.name.clone(), globs(layer))).collect());
        }
        let read = toml::de::DeValue::parse(self.default).ok();
        read.and_then(|value| crate::domain::config::read::value(self.kind, value.get_ref())).unwrap_or(
            match self.kind {
                Kind::Count(least, _) | Kind::CountOrAuto(least, _) => Value::Count(least),
                Kind::Text | Kind::Choice(_) | Kind::Limit => Value::Text(String::new()),
                Kind::Address => Value::Address(String::new()),
                Kind::Texts => Value::Texts(Vec::new()),
                Kind::Switch => Value::Switch(false),
                Kind::Named | Kind::Limits => Value::Named(Vec::new()),
            },
        )
    }
}

/// The row that a mistyped key most likely meant: the nearest by edits, if it is near at all.
pub(crate) fn nearest(key: &str, among: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    among
        .map(|known| (edits(key, known), known))
        .filter(|(distance, known)| *distance <= known.len().max(key.len()) / 3 + 1)
        .min()
        .map(|(_, known)| known)
}

/// How many insertions, deletions and replacements turn `a` into `b` (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (to, above) in b.iter().zip(row.iter_mut().skip(1)) {
            left = (corner + usize::from(from != *to)).min(left + 1).min(*above + 1);
            corner = std::mem::replace(above, left);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{SETTINGS, edits, nearest};

    #[test]
    fn every_default_is_a_value_of_its_kind() {
        for setting in SETTINGS.iter().filter(|setting| setting.key != "layers") {
            let parsed = toml::de::DeValue::parse(setting.default)
                .map(|value| crate::domain::config::read::value(setting.kind, value.get_ref()).is_some());
            assert_eq!(parsed.ok(), Some(true), "{}", setting.key);
        }
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_setting() {
        let keys = || SETTINGS.iter().map(|setting| setting.key);
        assert_eq!(nearest("batch.test", keys()), Some("batch.tests"));
        assert_eq!(nearest("interpeter", keys()), Some("interpreter"));
        assert_eq!(nearest("quite something else", keys()), None);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
