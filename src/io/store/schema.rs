//! The tables of lacuna's own databases, as a list of steps. A step that was released is never changed.

/// One kind of database: what its tables are and how they came to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema {
    /// The number in the file's header that says whose file it is.
    pub(super) application: i32,
    /// The steps from an empty file to the newest tables. The file's `user_version` says how many were taken.
    pub(super) steps: &'static [&'static str],
}

impl Schema {
    /// The version that a file has when all steps were taken.
    pub(super) fn version(&self) -> i64 {
        i64::try_from(self.steps.len()).unwrap_or(i64::MAX)
    }
}

/// A project's history: `lacu` in the header.
pub(super) const HISTORY: Schema = Schema {
    application: 0x6c61_6375,
    steps: &[
        HISTORY_1,
        HISTORY_2,
        HISTORY_3,
        HISTORY_4,
        HISTORY_5,
        HISTORY_6,
        HISTORY_7,
        HISTORY_8,
        HISTORY_LAB,
        HISTORY_10,
        HISTORY_11,
        HISTORY_12,
        HISTORY_13,
        HISTORY_14,
        HISTORY_15,
        HISTORY_16,
        HISTORY_17,
    ],
};

/// The projects that may run commands: `lacg` in the header.
pub(super) const GRANTS: Schema = Schema { application: 0x6c61_6367, steps: &[GRANTS_1] };

/// Results are clustered by test, since every question about a flake is about one test through time; the tests of one
/// run are listed in the run itself. Durations are whole microseconds. Long texts are kept once each. The bodies of
/// `facts`, `files` and `evidence` are written by `pack`.
const HISTORY_1: &str = "
CREATE TABLE runs(
    serial INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, source INTEGER NOT NULL,
    revision TEXT, branch TEXT, tree TEXT, environment TEXT, command TEXT NOT NULL, exit INTEGER,
    seconds REAL NOT NULL, tests INTEGER NOT NULL, bad INTEGER NOT NULL, members BLOB NOT NULL
) STRICT;
CREATE TABLE tests(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, good INTEGER NOT NULL, bad INTEGER NOT NULL
) STRICT;
CREATE TABLE results(
    test INTEGER NOT NULL, run INTEGER NOT NULL, outcome INTEGER NOT NULL, micros INTEGER NOT NULL,
    attempts TEXT, worker TEXT, PRIMARY KEY(test, run)
) STRICT, WITHOUT ROWID;
CREATE TABLE failures(
    test INTEGER NOT NULL, run INTEGER NOT NULL, message TEXT NOT NULL, details INTEGER,
    PRIMARY KEY(test, run)
) STRICT, WITHOUT ROWID;
CREATE TABLE texts(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, text TEXT NOT NULL) STRICT;
CREATE TABLE batches(
    serial INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sitting TEXT NOT NULL, run TEXT NOT NULL,
    at INTEGER NOT NULL, command TEXT NOT NULL, report TEXT NOT NULL
) STRICT;
CREATE TABLE figures(
    batch INTEGER NOT NULL, path TEXT NOT NULL, before_part INTEGER, before_whole INTEGER,
    after_part INTEGER, after_whole INTEGER, kind TEXT NOT NULL, PRIMARY KEY(batch, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE facts(digest BLOB PRIMARY KEY, estimated INTEGER NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE files(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, body BLOB NOT NULL) STRICT;
CREATE TABLE evidence(
    file INTEGER NOT NULL, test INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(file, test)
) STRICT, WITHOUT ROWID;
CREATE TABLE members(test INTEGER PRIMARY KEY, outcome INTEGER) STRICT;
CREATE TABLE notes(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// What comes and goes: the sources that a test met when it ran last, and the lines of a file that are unstable.
const HISTORY_2: &str = "
ALTER TABLE members ADD COLUMN world BLOB;
ALTER TABLE files ADD COLUMN unstable BLOB;
";

/// How a file stood is kept once, by the digest of its body; a point lists the numbers of its files. Both are packed.
const HISTORY_3: &str = "
CREATE TABLE points(
    serial INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, kind INTEGER NOT NULL,
    about TEXT NOT NULL, sitting TEXT NOT NULL, stamp INTEGER, figure BLOB NOT NULL, count INTEGER NOT NULL,
    files BLOB NOT NULL
) STRICT;
CREATE TABLE sights(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL) STRICT;
";

/// What each test stands on outside the measured sources, as three numbers, at its last run.
const HISTORY_4: &str = "
CREATE TABLE footings(
    test INTEGER PRIMARY KEY, own INTEGER NOT NULL, around INTEGER NOT NULL, beside INTEGER NOT NULL
) STRICT;
";

/// Whether a test asserted anything as it stood at its last run. What tests stand on of their own file does not depend on
/// its path any more: it is noted anew.
const HISTORY_5: &str = "
ALTER TABLE members ADD COLUMN asserts INTEGER;
DELETE FROM footings;
";

/// What a collection found in each file, packed, with the digest of what decides it; selections that were given a name.
const HISTORY_6: &str = "
CREATE TABLE collected(path TEXT PRIMARY KEY, world BLOB NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE selections(name TEXT PRIMARY KEY, at INTEGER NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
";

/// What concerns a test beside Python, as a number.
const HISTORY_7: &str = "
ALTER TABLE footings ADD COLUMN also INTEGER NOT NULL DEFAULT 0;
";

/// What a collection found has another form, and is found again.
const HISTORY_8: &str = "
DELETE FROM collected;
";

/// The labs of flaky tests, apart from the history: each trial with the recipe that it was made by, and the verdicts.
const HISTORY_LAB: &str = "
CREATE TABLE labs(
    id INTEGER PRIMARY KEY, test TEXT NOT NULL, at INTEGER NOT NULL, tree TEXT, suite INTEGER NOT NULL,
    verdict TEXT
) STRICT;
CREATE INDEX labs_by_test ON labs(test, id);
CREATE TABLE lab_trials(
    lab INTEGER NOT NULL, number INTEGER NOT NULL, recipe INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY(lab, number)
) STRICT, WITHOUT ROWID;
";

/// The files that differed from the commit that was checked out in a launched run, each by its text; none where it was gone,
/// zero where it is not known. What a failure may be, by the changed code that its test ran. Where a run can be looked at.
const HISTORY_10: &str = "
CREATE TABLE differing(
    run INTEGER NOT NULL, path TEXT NOT NULL, text INTEGER, PRIMARY KEY(run, path)
) STRICT, WITHOUT ROWID;
ALTER TABLE failures ADD COLUMN suspect INTEGER;
ALTER TABLE runs ADD COLUMN url TEXT;
";

/// Tests that have another name now.
const HISTORY_11: &str = "
CREATE TABLE aliases(old TEXT PRIMARY KEY, new TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// The runs that the server of a shared history does not have yet, in their order.
const HISTORY_12: &str = "
CREATE TABLE unsent(place INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE) STRICT;
";

/// What each test requested when it ran last under observation, a line for each request.
const HISTORY_13: &str = "
CREATE TABLE exchanges(test INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
";

/// What reports said, each by its kind and by what it was of, with the time when it was made.
const HISTORY_14: &str = "
CREATE TABLE reports(
    serial INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX reports_by_kind ON reports(kind, subject, serial);
";

/// How much of the contract the tests exercised, after each run in which their requests were observed.
const HISTORY_15: &str = "
CREATE TABLE contract_shares(
    at INTEGER PRIMARY KEY, operations INTEGER NOT NULL, of_operations INTEGER NOT NULL, responses INTEGER NOT NULL,
    of_responses INTEGER NOT NULL
) STRICT;
";

/// How many of the tests belonged to an issue, after each run in which that was counted.
const HISTORY_16: &str = "
CREATE TABLE mapping_shares(at INTEGER PRIMARY KEY, mapped INTEGER NOT NULL, of_tests INTEGER NOT NULL) STRICT;
";

/// The properties that reports gave each test, a line for each, with when the newest of these runs began.
const HISTORY_17: &str = "
CREATE TABLE properties(test INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
";

const GRANTS_1: &str = "
CREATE TABLE grants(
    root BLOB NOT NULL, digest BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(root, digest)
) STRICT, WITHOUT ROWID;
";
