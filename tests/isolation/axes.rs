//! The axes of the matrix: what projects have in their configuration, their environment and their code.

use super::project::{Config, Coverage, Setup};

/// One value of an axis: its name, and what it adds to a project.
pub type Value = (&'static str, fn(&mut Setup));

/// All axes. A row takes one value of each.
pub const AXES: [&[Value]; 11] =
    [CONFIG, MEASURED, REPORTS, OUTPUTS, WORKERS, KEPT, VOICE, COVERAGE_PLACE, COVERAGE_SETTINGS, ENVIRONMENT, CODE];

/// Where pytest's settings are.
const CONFIG: &[Value] = &[
    ("pytest.ini", |setup| setup.config = Config::Ini("pytest.ini", "[pytest]")),
    ("pyproject.toml", |setup| setup.config = Config::Toml("pyproject.toml", "[tool.pytest.ini_options]")),
    ("tox.ini", |setup| setup.config = Config::Ini("tox.ini", "[pytest]")),
    ("setup.cfg", |setup| setup.config = Config::Ini("setup.cfg", "[tool:pytest]")),
    ("pytest.toml", |setup| setup.config = Config::Toml("pytest.toml", "[pytest]")),
];

/// What pytest-cov is asked to measure.
const MEASURED: &[Value] = &[
    ("no --cov", |_| {}),
    ("--cov", |setup| setup.option("--cov")),
    ("--cov=app --cov-branch", |setup| setup.options(&["--cov=app", "--cov-branch"])),
    ("--cov-append", |setup| setup.options(&["--cov", "--cov=tests", "--cov-append", "--cov-context=test"])),
    ("--no-cov", |setup| setup.options(&["--cov=app", "--no-cov", "--no-cov-on-fail"])),
    ("no pytest-cov", |setup| setup.without_pytest_cov()),
];

/// What pytest-cov is asked to report.
const REPORTS: &[Value] = &[
    ("no report", |_| {}),
    ("xml and html", |setup| setup.cov(&["--cov-report=xml", "--cov-report=html", "--cov-report=term-missing"])),
    ("deep ones", |setup| setup.cov(&["--cov-report=xml:deep/c.xml", "--cov-report=json", "--cov-report=lcov:l.info"])),
    ("annotate and a gate", |setup| setup.cov(&["--cov-report=annotate", "--cov-fail-under=100"])),
    ("markdown and a site", |setup| setup.cov(&["--cov-report=html:site", "--cov-report=markdown-append:summary.md"])),
];

/// What other plugins are asked to write.
const OUTPUTS: &[Value] = &[
    ("no output", |_| {}),
    ("pytest's own", |setup| {
        setup.options(&["--junitxml=junit.xml", "--basetemp=tmp", "--debug", "--log-file=run.log"]);
        setup.setting("junit_family", "xunit1");
    }),
    ("log, html, json", |setup| {
        let report = "--json-report-file=report.json";
        setup.options(&["--report-log=log.jsonl", "--html=report.html", "--json-report", report]);
        setup.plugins(&[
            "pytest_reportlog",
            "pytest_html",
            "jinja2",
            "markupsafe",
            "pytest_metadata",
            "pytest_jsonreport",
        ]);
    }),
    ("allure", |setup| {
        setup.options(&["--alluredir=allure", "--clean-alluredir"]);
        setup.plugins(&["allure_pytest", "allure_commons", "allure", "attr", "attrs"]);
    }),
    ("logs in the settings", |setup| {
        setup.setting("log_file", "logs/pytest.log");
        setup.setting("log_file_level", "DEBUG");
        setup.setting("junit_logging", "all");
        setup.option("--junit-xml=build/junit.xml");
    }),
];

/// How many workers.
const WORKERS: &[Value] = &[
    ("no workers", |_| {}),
    ("two workers", |setup| setup.options(&["-n", "2"])),
    ("no xdist", |setup| setup.options(&["-p", "no:xdist"])),
];

/// What is kept from run to run.
const KEPT: &[Value] = &[
    ("a cache elsewhere", |setup| {
        setup.options(&["--lf", "--cache-clear"]);
        setup.setting("cache_dir", ".cache/pytest");
    }),
    ("durations", |setup| {
        setup.options(&["--ff", "--nf", "--store-durations", "--durations-path=.durations"]);
        setup.plugins(&["pytest_split"]);
    }),
    ("testmon", |setup| {
        setup.option("--testmon");
        setup.plugins(&["testmon"]);
    }),
    ("snapshots", |setup| {
        setup.options(&["-p", "no:cacheprovider", "--snapshot-update"]);
        setup.plugins(&["syrupy"]);
        setup.test("def test_snap(snapshot):\n    assert snapshot != 'seen now'\n");
    }),
    ("benchmarks", |setup| {
        setup.options(&["--sw", "--benchmark-autosave", "--benchmark-json=bench.json", "--benchmark-histogram=h"]);
        setup.plugins(&["pytest_benchmark", "cpuinfo"]);
        setup.test("def test_fast(benchmark):\n    benchmark.pedantic(int, rounds=1)\n");
    }),
];

/// How much is said, and when to stop.
const VOICE: &[Value] = &[
    ("plain", |_| {}),
    ("-q", |setup| setup.option("-q")),
    ("-vv", |setup| setup.options(&["-vv", "-ra", "--durations=2"])),
    ("-x", |setup| setup.options(&["-x", "--setup-show"])),
    ("--reruns", |setup| setup.options(&["--reruns=1", "-v"])),
];

/// Where coverage.py's settings are.
const COVERAGE_PLACE: &[Value] = &[
    (".coveragerc", |setup| setup.coverage_in(Coverage::Ini(".coveragerc", ""))),
    ("pyproject.toml for coverage", |setup| setup.coverage_in(Coverage::Toml("pyproject.toml", "tool.coverage."))),
    ("setup.cfg for coverage", |setup| setup.coverage_in(Coverage::Ini("setup.cfg", "coverage:"))),
    ("tox.ini for coverage", |setup| setup.coverage_in(Coverage::Ini("tox.ini", "coverage:"))),
    ("--cov-config", |setup| {
        setup.coverage_in(Coverage::Ini("own.rc", ""));
        setup.cov(&["--cov-config=own.rc"]);
    }),
];

/// coverage.py's settings, as section, key and value in TOML.
const COVERAGE_SETTINGS: &[Value] = &[
    ("a source", |setup| setup.coverage(&[("run", "source", "['app']")])),
    ("parallel branches", |setup| {
        setup.coverage(&[
            ("run", "branch", "true"),
            ("run", "parallel", "true"),
            ("run", "source", "['app', 'tests']"),
        ]);
    }),
    ("a data file", |setup| {
        setup.coverage(&[("run", "data_file", "'deep/.cov'"), ("run", "relative_files", "true")]);
        setup.coverage(&[("run", "debug", "['config', 'dataio']"), ("run", "debug_file", "'debug.txt'")]);
    }),
    ("contexts", |setup| {
        setup.coverage(&[("run", "dynamic_context", "'test_function'"), ("run", "context", "'all'")]);
        setup.coverage(&[("report", "fail_under", "100"), ("html", "directory", "'site'")]);
    }),
    ("subprocesses", |setup| {
        setup.coverage(&[("run", "patch", "['subprocess', '_exit']"), ("run", "parallel", "true")]);
        setup.coverage(&[("run", "source", "['app']"), ("run", "sigterm", "true")]);
    }),
];

/// What the person who starts lacuna has in the environment.
const ENVIRONMENT: &[Value] = &[
    ("no variables", |_| {}),
    ("COVERAGE_PROCESS_START", |setup| setup.variable("COVERAGE_PROCESS_START", "start.rc")),
    ("COVERAGE_FILE", |setup| setup.variable("COVERAGE_FILE", ".coverage")),
    ("PYTEST_ADDOPTS", |setup| setup.variable("PYTEST_ADDOPTS", "--junitxml=junit.xml --pdb")),
    ("COVERAGE_RCFILE", |setup| setup.variable("COVERAGE_RCFILE", "start.rc")),
];

/// What the project's code does.
const CODE: &[Value] = &[
    ("plain code", |_| {}),
    ("a failing test", |setup| {
        setup.failing = true;
        setup.test("def test_bad(tmp_path):\n    assert core.double(2) == 5\n");
    }),
    ("a subprocess", |setup| {
        let child = "import subprocess, sys\n\ndef test_child():\n    \
                     subprocess.run([sys.executable, '-c', 'from app import core; core.double(1)'], check=True)\n";
        setup.test(child);
    }),
    ("coverage in conftest", |setup| setup.conftest(OWN_COVERAGE)),
    ("coverage of its own files", |setup| setup.conftest(OWN_FILES)),
];

/// A conftest that measures by itself, as projects did before there were plugins.
const OWN_COVERAGE: &str = "
import coverage

def pytest_sessionfinish():
    cov = coverage.Coverage()
    cov.erase()
    cov.start()
    from app import core
    core.double(1)
    cov.stop()
    cov.save()
    cov.combine()
    cov.save()
    cov.xml_report()
    cov.html_report()
    cov.json_report(outfile='coverage.json')
    cov.lcov_report(None, 'deep/c.info')
    cov.annotate()
";

/// The same with names of files, and with the end of the process as its moment.
const OWN_FILES: &str = "
import atexit, os, coverage

HERE = os.path.dirname(os.path.abspath(__file__))
cov = coverage.Coverage(data_file=os.path.join(HERE, '.coverage'), data_suffix=True)
cov.erase()

def end():
    cov.save()
    cov.combine(strict=False)
    other = coverage.Coverage('.coverage')
    other.load()
    other.erase()

atexit.register(end)
";
