//! The projects that trials edit: the sample, and real packages of several layouts, fetched once by pip.

use crate::shop::Shop;
use crate::venv::interpreter;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pinned source distributions.
const PINNED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/trials/packages.txt");

/// Makes runs repeatable, and keeps an edit that never ends, or never has enough memory, from doing harm.
const CONFTEST: &str = "\
import faulthandler, os, random, resource

faulthandler.dump_traceback_later(600, exit=True)
for limit, value in ((resource.RLIMIT_AS, 3 << 30), (resource.RLIMIT_CPU, 60)):
    resource.setrlimit(limit, (value, value))


def pytest_runtest_setup(item):
    random.seed(1)


def pytest_collection_finish(session):
    if 'TRIAL_TESTS' in os.environ:
        with open(os.environ['TRIAL_TESTS'], 'w') as file:
            file.write('\\n'.join(item.nodeid for item in session.items))
";

/// One project, and how it is measured.
#[derive(Clone, Copy)]
pub struct Package {
    /// Its name; `shop` is the sample.
    pub name: &'static str,
    /// The folder of its distribution, without what stands before the last dash.
    version: &'static str,
    /// What is copied of the distribution: enough of its tests for a trial, and no more than that takes.
    parts: &'static [&'static str],
    /// What is measured.
    pub source: &'static str,
    /// The folder or file of its tests.
    pub tests: &'static str,
    /// Whether branches are measured.
    branch: bool,
    /// Further lines of `pytest.ini`.
    options: &'static str,
}

/// The projects. The first three are those of the short form: the last of them has inherited tests.
pub const PACKAGES: &[Package] = &[
    Package { name: "shop", version: "", parts: &[], source: "shop", tests: "tests", branch: true, options: "" },
    Package {
        name: "parse",
        version: "1.22.4",
        parts: &[
            "parse",
            "tests/test_parse.py",
            "tests/test_findall.py",
            "tests/test_search.py",
            "tests/test_pattern.py",
        ],
        source: "parse",
        tests: "tests",
        branch: true,
        options: "",
    },
    Package {
        name: "cachetools",
        version: "8.0.0",
        parts: &["src", "tests/__init__.py", "tests/test_lru.py", "tests/test_func.py", "tests/test_cached.py"],
        source: "src/cachetools",
        tests: "tests",
        branch: true,
        options: "",
    },
    Package {
        name: "inflection",
        version: "0.5.1",
        parts: &["inflection", "test_inflection.py"],
        source: "inflection",
        tests: "test_inflection.py",
        branch: false,
        options: "addopts = --doctest-modules\n",
    },
    Package {
        name: "semver",
        version: "3.1.1",
        parts: &[
            "src",
            "tests/conftest.py",
            "tests/coerce.py",
            "tests/semverwithvprefix.py",
            "tests/test_bump.py",
            "tests/test_semver.py",
            "tests/test_pysemver-cli.py",
        ],
        source: "src/semver",
        tests: "tests",
        branch: false,
        options: "",
    },
    Package {
        name: "blinker",
        version: "1.9.0",
        parts: &["src", "tests"],
        source: "src/blinker",
        tests: "tests",
        branch: true,
        options: "",
    },
    Package {
        name: "tinydb",
        version: "4.9.0",
        parts: &[
            "tinydb",
            "tests/__init__.py",
            "tests/conftest.py",
            "tests/test_operations.py",
            "tests/test_middlewares.py",
            "tests/test_utils.py",
            "tests/test_tables.py",
        ],
        source: "tinydb",
        tests: "tests",
        branch: true,
        options: "",
    },
];

impl Package {
    /// A fresh copy with a home of its own.
    pub fn shop(&self) -> Shop {
        if self.version.is_empty() {
            let shop = Shop::bare();
            shop.write("conftest.py", CONFTEST);
            // A part of its tests is enough, and much faster.
            for folder in ["accounts", "catalog", "web"] {
                std::fs::remove_dir_all(shop.root().join("tests/unit").join(folder)).unwrap();
            }
            return shop;
        }
        let shop = Shop::of(&[
            ("pytest.ini", &format!("[pytest]\npythonpath = . src\n{}", self.options)),
            (
                ".coveragerc",
                &format!("[run]\nbranch = {}\nsource = {}\nrelative_files = true\n", self.branch, self.source),
            ),
            ("lacuna.toml", "batch.tests = 5000\n"),
            ("conftest.py", CONFTEST),
        ]);
        let folder = fetched().join(format!("{}-{}", self.name, self.version));
        for part in self.parts {
            let place = shop.root().join(part);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            copy(&folder.join(part), place.parent().unwrap());
        }
        shop
    }
}

/// Copies a file or a folder into a folder, as it is.
pub fn copy(from: &Path, into: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(into).status().unwrap();
    assert!(done.success(), "cp {} {}", from.display(), into.display());
}

/// The folder with the unpacked distributions. They are fetched by whoever comes first.
fn fetched() -> PathBuf {
    let below = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let lock = File::create(below.join("lacuna-trials.lock")).unwrap();
    lock.lock().unwrap();
    let (folder, packed) = (below.join("lacuna-trials"), below.join("lacuna-trials.packed"));
    if folder.join("whole").exists() && std::fs::read_to_string(folder.join("whole")).unwrap() == pinned() {
        return folder;
    }
    let python = |arguments: &[&str]| Command::new(&interpreter().program).args(arguments).output().unwrap();
    let place = packed.to_str().unwrap();
    let pip = ["-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "--require-hashes"];
    let done = python(&[&pip[..], &["-r", PINNED, "-d", place]].concat());
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "the trials need, once, a network to fetch their packages by pip: {said}");
    for file in std::fs::read_dir(&packed).unwrap().flatten() {
        let done = python(&["-m", "tarfile", "-e", file.path().to_str().unwrap(), folder.to_str().unwrap()]);
        assert!(done.status.success(), "{file:?} cannot be unpacked");
    }
    std::fs::write(folder.join("whole"), pinned()).unwrap();
    folder
}

fn pinned() -> String {
    std::fs::read_to_string(PINNED).unwrap()
}
