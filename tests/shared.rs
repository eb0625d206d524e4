//! A history that a team shares: what is asked of a real server is answered as on one's own disk, and nothing is lost.

use crate::program::{stderr, stdout};
use crate::screen::{self, Screen};
use crate::server::{PASSWORD, Server};
use crate::shop::Shop;
use crate::venv::program;
use lacuna::base::{Clean, Problem, Stamp};
use lacuna::domain::history::{Keep, Run, RunRecord, RunSource, Suspect, flaky, outages};
use lacuna::domain::suite::{Outcome, TestId, Told};
use lacuna::io::store::{History, Place, Saved, SharedHistory, Store};
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

fn place(server: &Server) -> Place {
    Place { address: server.socket(), schema: "lacuna".to_owned(), ..Place::default() }
}

fn shared(server: &Server) -> Box<dyn SharedHistory> {
    place(server).history().unwrap()
}

/// A number that follows from another one, and looks like any.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// A run of some tests with outcomes of every kind.
fn record(at: u64, seed: &mut u64) -> RunRecord {
    let mut results = Vec::new();
    for number in 0..40 {
        let kind = next(seed) % 12;
        let outcome = match kind {
            0 => Outcome::Failed,
            1 if number % 3 == 0 => Outcome::Error,
            2 => Outcome::Skipped,
            3 => Outcome::Xfailed,
            4 if number % 5 == 0 => Outcome::Xpassed,
            _ => Outcome::Passed,
        };
        // In some runs the network is away.
        let outcome = if at % 9 == 4 && number % 2 == 0 { Outcome::Failed } else { outcome };
        let is_bad = outcome.is_bad();
        let id =
            TestId::new(&format!("tests/test_{}.py::test_{number}[é \\ ' {}]", number % 4, "x".repeat(number * 90)));
        results.push(Told {
            attempts: if kind == 7 { vec![Outcome::Failed, Outcome::Error] } else { Vec::new() },
            seconds: next(seed) as f64 / 1e9,
            message: Clean::line(if is_bad { "ConnectionError: port 41 refused" } else { "" }),
            details: if is_bad { format!("def test_{number}():\n> assert {kind} == 'é'\n") } else { String::new() },
            worker: (number % 2 == 0).then(|| format!("gw{}", number % 3)),
            ..Told::new(id, outcome)
        });
    }
    results.rotate_left((next(seed) % 40) as usize);
    let source = if at.is_multiple_of(3) { RunSource::Launched } else { RunSource::Ingested };
    let run = Run {
        commit: at.is_multiple_of(2).then(|| format!("{at:040x}")),
        branch: Some("main".to_owned()),
        tree: Some(format!("tree {}", at / 4)),
        environment: at.is_multiple_of(5).then(|| "python 3.13".to_owned()),
        command: "pytest tests -v".to_owned(),
        exit: at.is_multiple_of(2).then_some(1),
        url: at.is_multiple_of(7).then(|| format!("https://ci.example/{at}")),
        seconds: 0.5 + at as f64,
        ..Run::new(format!("run {at}"), Stamp(1_700_000_000_000 + at as i64 * 3_600_000), source)
    };
    RunRecord::new(run, results)
}

fn records(count: u64) -> Vec<RunRecord> {
    let mut seed = 7;
    (0..count).map(|at| record(at, &mut seed)).collect()
}

/// Every question, asked of both.
fn answer_alike(here: &dyn History, there: &dyn History) {
    let (runs, tests) = (here.runs(usize::MAX).unwrap(), 40);
    assert_eq!(runs, there.runs(usize::MAX).unwrap());
    assert_eq!(here.runs(3).unwrap(), there.runs(3).unwrap());
    for run in &runs {
        assert_eq!(here.run(&run.id).unwrap(), there.run(&run.id).unwrap(), "{}", run.id);
    }
    assert!(here.unsettled().unwrap() == there.unsettled().unwrap(), "other results of the unsettled tests");
    assert_eq!(here.aliases().unwrap(), there.aliases().unwrap());
    assert!(here.sightings().unwrap() == there.sightings().unwrap(), "other failures");
    assert!(here.wide_sightings().unwrap() == there.wide_sightings().unwrap(), "other failures in wide runs");
    let rank =
        |history: &dyn History| flaky(&history.unsettled().unwrap(), &outages(&history.wide_sightings().unwrap()));
    assert!(rank(here) == rank(there), "another ranking");
    let all: Vec<TestId> = records(1).remove(0).results.into_iter().map(|told| told.id).collect();
    assert_eq!((all.len(), here.durations(&all).unwrap()), (tests, there.durations(&all).unwrap()));
    for test in all.iter().step_by(3) {
        for limit in [5, usize::MAX] {
            assert!(here.seen(test, limit).unwrap() == there.seen(test, limit).unwrap(), "{}", test.as_str());
        }
        for run in runs.iter().step_by(5) {
            assert_eq!(here.failure(test, &run.id).unwrap(), there.failure(test, &run.id).unwrap());
        }
    }
    assert!(there.run("no such run").unwrap().is_none());
}

#[test]
fn a_server_answers_as_the_disk_does() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let (here, _) = Store::open(folder.path(), Stamp(0)).unwrap();
    let there = shared(&server);
    answer_alike(&here, &*there);
    let records = records(24);
    // Some together, some alone, some twice.
    for lot in [&records[..9], &records[5..10], &records[10..]] {
        let saved = here.save_runs(lot).unwrap();
        assert_eq!(saved, there.save(lot.to_vec()).unwrap());
        assert_eq!(saved[0] == Saved::Already, lot[0] == records[5]);
    }
    answer_alike(&here, &*there);
    let failed = |record: &RunRecord| {
        let bad = record.results.iter().filter(|told| told.outcome.is_bad());
        bad.map(|told| (told.id.clone(), Suspect::Regression)).collect::<Vec<_>>()
    };
    for record in &records[..3] {
        here.suspect(&record.run.id, &failed(record)).unwrap();
        there.suspect(&record.run.id, &failed(record)).unwrap();
    }
    answer_alike(&here, &*there);
    for (old, new) in [("tests/test_0.py", "tests/test_new.py"), (records[0].results[1].id.as_str(), "tests/t.py::one")]
    {
        assert_eq!(here.alias(old, new).unwrap(), there.alias(old, new).unwrap(), "{old}");
    }
    // What comes now goes by the new names.
    let later = record(99, &mut 5);
    assert_eq!(here.save_runs(std::slice::from_ref(&later)).unwrap(), there.save(vec![later]).unwrap());
    answer_alike(&here, &*there);
    assert_eq!((here.forget_alias("tests/test_0.py"), there.forget_alias("tests/test_0.py")), (Ok(true), Ok(true)));
    let now = Stamp(1_700_000_000_000 + 24 * 3_600_000);
    for keep in [Keep::All, Keep::Runs(20), Keep::Days(1)] {
        let gone = here.prune(keep, now, u64::MAX).unwrap();
        assert_eq!(gone, there.prune(keep, now, u64::MAX).unwrap(), "{keep:?}");
        answer_alike(&here, &*there);
    }
    let texts = server
        .ask("SELECT count(*) FROM lacuna.texts x WHERE NOT EXISTS(SELECT FROM lacuna.failures WHERE details = x.id)");
    assert_eq!(texts.as_deref(), Ok("0"), "what no failure needs any more is gone");
    let base = rusqlite::Connection::open(folder.path().join("history.sqlite")).unwrap();
    let count = |sql: &str| base.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap();
    let used = count("SELECT count(DISTINCT details) FROM failures");
    assert_eq!((used > 0, count("SELECT count(*) FROM texts")), (true, used));
}

#[test]
fn what_the_server_cannot_hold_is_replaced_and_what_comes_is_kept() {
    let server = Server::start();
    let there = shared(&server);
    let told = Told {
        details: "before\0after".to_owned(),
        message: Clean::line("boom"),
        worker: Some("g\0".to_owned()),
        ..Told::new(TestId::new("t.py::x[\0]"), Outcome::Failed)
    };
    let run = Run { command: "a\0b".to_owned(), ..Run::new("r\0", Stamp(i64::MIN), RunSource::Launched) };
    there.save(vec![RunRecord::new(run, vec![told])]).unwrap();
    let back = there.run("r\0").unwrap().unwrap();
    assert_eq!((back.run.command.as_str(), back.results[0].details.as_str()), ("a\u{fffd}b", "before\u{fffd}after"));
    assert_eq!(there.seen(&TestId::new("t.py::x[\0]"), 9).unwrap().len(), 1);
}

#[test]
fn writers_that_come_at_once_leave_each_run_once() {
    let server = Server::start();
    let records = records(30);
    // All make the tables, each with lots that others have as well, in an order of its own.
    let saved: Vec<Saved> = std::thread::scope(|scope| {
        let write = |from: usize| {
            let (records, there) = (&records, shared(&server));
            scope.spawn(move || {
                let mut order: Vec<RunRecord> = records.clone();
                order.rotate_left(from * 7);
                order.chunks(4).flat_map(|lot| there.save(lot.to_vec()).unwrap()).collect::<Vec<_>>()
            })
        };
        let writers: Vec<_> = (0..4).map(write).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(saved.iter().filter(|saved| **saved == Saved::New).count(), 30);
    let count = |table: &str| server.ask(&format!("SELECT count(*) FROM lacuna.{table}")).unwrap();
    assert_eq!(
        (count("runs"), count("results"), count("tests"), count("lacuna")),
        ("30".into(), "1200".into(), "40".into(), "1".into())
    );
    let folder = tempfile::tempdir().unwrap();
    let (here, _) = Store::open(folder.path(), Stamp(0)).unwrap();
    here.save_runs(&records).unwrap();
    let weights = |history: &dyn History| history.unsettled().unwrap().len();
    assert_eq!(weights(&here), weights(&*shared(&server)));
}

#[test]
fn a_schema_of_a_newer_lacuna_is_refused_and_so_are_tables_of_others() {
    let server = Server::start();
    shared(&server).reach().unwrap();
    server.ask("UPDATE lacuna.lacuna SET version = 99; CREATE SCHEMA others; CREATE TABLE others.runs(x INT)").unwrap();
    let refused = |schema: &str| {
        let place = Place { schema: schema.to_owned(), ..place(&server) };
        place.history().unwrap().runs(1).unwrap_err().to_string()
    };
    let problem = refused("lacuna");
    assert!(problem.contains("was written by a newer lacuna (version 99) (install the newer lacuna)"), "{problem}");
    let problem = refused("others");
    assert!(problem.contains("has other tables there") && problem.contains("history.schema"), "{problem}");
    // Two projects in one database do not meet, whatever they are called.
    let strange = Place { schema: "Ann's \"shop\"".to_owned(), ..place(&server) }.history().unwrap();
    strange.save(records(1)).unwrap();
    let other = Place { schema: "b".to_owned(), ..place(&server) }.history().unwrap();
    assert_eq!((strange.runs(9).unwrap().len(), other.runs(9).unwrap().len()), (1, 0));
}

/// Somebody with a clone of the project and a home of their own.
struct Colleague(Shop);

const CODE: &str = "def test_a():\n    pass\n\n\ndef test_b():\n    pass\n";

impl Colleague {
    fn of(address: &str) -> Self {
        let settings = format!("history = \"{address}\"\ncollect = false\n");
        Self(Shop::of(&[
            ("pyproject.toml", "[tool.pytest.ini_options]\n"),
            ("lacuna.toml", &settings),
            ("tests/test_it.py", CODE),
        ]))
    }

    /// A report in which the first test passed or failed, and took so many seconds.
    fn report(&self, id: &str, (passed, seconds): (bool, u32)) -> String {
        let failure = if passed { "" } else { "<failure message='boom'>boom</failure>" };
        let case = |name: &str, inside: &str| {
            format!("<testcase classname='tests.test_it' name='{name}' time='{seconds}'>{inside}</testcase>")
        };
        let file = self.0.outside(&format!("{id}.xml"));
        std::fs::write(&file, format!("<testsuite>{}{}</testsuite>", case("test_a", failure), case("test_b", "")))
            .unwrap();
        file.to_str().unwrap().to_owned()
    }

    fn ingest(&self, id: &str, told: (bool, u32), more: &[&str]) -> Output {
        let file = self.report(id, told);
        let arguments = ["ingest", &file, "--run-id", id, "--commit", "abc"];
        let output = self.0.lacuna(&[&arguments, more].concat());
        assert_eq!(stdout(&output), format!("{id}\n"), "{}", stderr(&output));
        output
    }

    fn runs(&self) -> Vec<String> {
        let runs = self.0.json(&["history", "--format", "json"], 0);
        runs.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn clones_share_one_history_and_nothing_is_lost_while_the_server_is_away() {
    let mut server = Server::start();
    let (ann, bob) = (Colleague::of(&server.socket()), Colleague::of(&server.socket()));
    // A file of the project names the server: it is not called before somebody says so.
    let output = ann.ingest("r1", (true, 2), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("lacuna.toml:1: names postgres:///"), "{}", stderr(&output));
    assert!(stderr(&output).contains("not trusted yet: it is not called (--trust once"), "{}", stderr(&output));
    assert_eq!(server.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'lacuna'").as_deref(), Ok("0"));
    let output = ann.ingest("r2", (false, 2), &["--trust"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    bob.0.says(&["history", "--trust"], 0);
    // What waited went along.
    assert_eq!((ann.runs(), bob.runs()), (vec!["r2".into(), "r1".into()], vec!["r2".into(), "r1".into()]));
    // The same report from both is one run.
    assert_eq!(bob.ingest("r2", (false, 2), &[]).status.code(), Some(0));
    assert_eq!(bob.ingest("r3", (true, 4), &[]).status.code(), Some(0));
    assert_eq!(ann.runs(), ["r3", "r2", "r1"]);
    let flaky = |clone: &Colleague| clone.0.json(&["flaky", "--format", "json"], 0);
    assert_eq!((flaky(&ann), flaky(&ann)[0]["runs"].as_u64()), (flaky(&bob), Some(3)));
    let of_test = |clone: &Colleague| clone.0.json(&["flaky", "tests/test_it.py::test_a", "--format", "json"], 0);
    assert_eq!(of_test(&ann)["results"], of_test(&bob)["results"]);
    let shard = ann.0.json(&["shard", "--total", "2", "--index", "1", "--by", "test", "--format", "json"], 0);
    assert_eq!((shard["tests_without_duration"].as_u64(), shard["usual_seconds"].as_f64()), (Some(0), Some(2.0)));

    server.stop();
    let output = ann.ingest("r4", (true, 2), &[]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("could not be reached") && said.contains("1 run waits on this machine"), "{said}");
    let output = bob.0.lacuna(&["flaky"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()));
    assert!(stderr(&output).contains("could not be reached"), "{}", stderr(&output));
    // What is this machine's own does not depend on it.
    bob.0.says(&["tests"], 0);
    server.resume();
    assert_eq!(ann.runs()[0], "r4", "it is sent before the server is asked");
    assert_eq!(bob.runs().len(), 4);

    bob.0.says(&["history", "alias", "tests/test_it.py::test_a", "tests/test_it.py::test_b"], 0);
    assert!(ann.0.says(&["history", "alias"], 0).contains("tests/test_it.py::test_a"));
}

#[test]
fn what_the_project_keeps_is_kept_on_the_server_too_and_what_a_person_keeps_is_not() {
    let server = Server::start();
    let ann = Colleague::of(&server.socket());
    for id in ["r1", "r2", "r3"] {
        ann.ingest(id, (true, 1), &["--trust"]);
    }
    let mine = ann.0.outside("mine.toml");
    std::fs::write(&mine, "history.keep = \"1 runs\"\n").unwrap();
    let said = stderr(&ann.ingest("r4", (true, 1), &["--config", mine.to_str().unwrap()]));
    assert!(said.contains("history: 3 runs with 6 results removed") && !said.contains("shared"), "{said}");
    assert_eq!(ann.runs(), ["r4", "r3", "r2", "r1"]);
    ann.0.write("lacuna.toml", &format!("[history]\nserver = \"{}\"\nkeep = \"2 runs\"\n", server.socket()));
    let said = stderr(&ann.ingest("r5", (true, 1), &["--trust"]));
    assert!(said.contains("shared history: 3 runs with 6 results removed, as history.keep"), "{said}");
    assert_eq!(ann.runs(), ["r5", "r4"]);
}

#[test]
fn a_history_moves_to_a_server_and_back_with_equal_contents() {
    let server = Server::start();
    let shop = Shop::with_reports();
    for (at, id) in ["one", "two", "three"].into_iter().enumerate() {
        let when = format!("2026-01-0{}T00:00:00Z", at + 1);
        shop.says(&["ingest", "junit.xml", "--when", &when, "--commit", id, "--run-id", id], 0);
    }
    let export = |shop: &Shop, name: &str| {
        let file = shop.outside(name);
        shop.says(&["history", "export", file.to_str().unwrap(), "--trust"], 0);
        std::fs::read_to_string(file).unwrap()
    };
    let before = export(&shop, "before.jsonl");
    let count = before.lines().count();
    assert!(count >= 3, "{count}");
    shop.write("lacuna.toml", &format!("history = \"{}\"\n", server.socket()));
    shop.says(&["ingest", shop.outside("before.jsonl").to_str().unwrap(), "--trust"], 0);
    assert_eq!(server.ask("SELECT count(*) FROM lacuna.runs"), Ok(count.to_string()));
    let there = export(&shop, "there.jsonl");
    assert_eq!(there, before);
    // To somebody who has nothing but the file.
    let other = Shop::with_reports();
    other.says(&["ingest", shop.outside("there.jsonl").to_str().unwrap()], 0);
    assert_eq!(export(&other, "back.jsonl"), before);
    let flaky = |shop: &Shop| stdout(&shop.lacuna(&["flaky", "--format", "json"]));
    assert_eq!(flaky(&shop), flaky(&other));
}

#[test]
fn passwords_come_from_where_postgresql_has_them_and_are_never_shown() {
    let server = Server::start();
    let clone = Colleague::of(&server.address());
    let history = |name: &str, value: &str| {
        let output = clone.0.command(&["history", "--trust"]).env(name, value).output().unwrap();
        (output.status.code(), stderr(&output))
    };
    let (code, said) = history("PGPASSWORD", "");
    assert!(code == Some(2) && said.contains("lets nobody in") && said.contains("PGPASSWORD or ~/.pgpass"), "{said}");
    let (code, said) = history("PGPASSWORD", "wr0ng");
    assert!(code == Some(2) && said.contains("lets nobody in") && !said.contains("wr0ng"), "{said}");
    assert_eq!(history("PGPASSWORD", PASSWORD).0, Some(3), "it is empty");
    let file = clone.0.outside("pgpass");
    std::fs::write(&file, format!("*:*:*:lacuna:{PASSWORD}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(history("PGPASSFILE", file.to_str().unwrap()).0, Some(3));
    // One that stands in the project is used, and its owner is told; nothing ever shows it.
    clone
        .0
        .write("lacuna.toml", &format!("history = \"{}\"\n", server.address().replace('@', &format!(":{PASSWORD}@"))));
    let (code, said) = history("PGPASSWORD", "");
    assert!(code == Some(3) && said.contains("lacuna.toml:1: holds a password"), "{said}");
    for arguments in [&["config"][..], &["config", "--format", "json"], &["plan", "--format", "json"], &["history"]] {
        let output = clone.0.lacuna(arguments);
        let said = stdout(&output) + &stderr(&output);
        assert!(!said.contains(PASSWORD), "{arguments:?}: {said}");
    }
    assert!(clone.0.says(&["config"], 0).contains("postgres://lacuna:***@127.0.0.1"));
}

#[test]
fn an_encrypted_connection_goes_to_whom_somebody_vouches_for_and_to_nobody_else() {
    let server = Server::start();
    let place = |host: &str, more: &str| {
        let address = server.address().replace("127.0.0.1", host) + "?sslmode=require" + more;
        Place { address, schema: "lacuna".to_owned(), password: Some(PASSWORD.to_owned()), ..Place::default() }
    };
    let file = format!("&sslrootcert={}", server.certificate().display());
    let there = place("localhost", &file).history().unwrap();
    there.reach().unwrap();
    let encrypted =
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING(pid) WHERE application_name = 'lacuna'";
    assert_eq!(server.ask(encrypted).as_deref(), Ok("t"));
    let refused = |place: Place| place.history().and_then(|there| there.reach()).unwrap_err().to_string();
    let problem = refused(place("127.0.0.1", &file));
    assert!(problem.contains("is not known to be who it is") && problem.contains("sslrootcert=FILE"), "{problem}");
    let stranger = format!("&sslrootcert={}/tests/data/authority.pem", env!("CARGO_MANIFEST_DIR"));
    let problem = refused(place("localhost", &stranger));
    assert!(problem.contains("is not known to be who it is"), "{problem}");
    let problem = refused(place("localhost", "&sslrootcert=/dev/null"));
    assert!(problem.contains("no certificate of an authority was found"), "{problem}");
}

#[test]
fn a_server_of_ones_own_settings_needs_to_know_which_project_it_is() {
    let server = Server::start();
    let clone = Colleague::of("");
    let file = clone.0.outside("mine.toml");
    std::fs::write(&file, format!("[history]\nserver = \"{}\"\n", server.socket())).unwrap();
    clone.0.remove("lacuna.toml");
    let history = || clone.0.lacuna(&["history", "--config", file.to_str().unwrap()]);
    let output = history();
    assert!(output.status.code() == Some(2) && stderr(&output).contains("history.schema in the project's lacuna.toml"));
    clone.0.write("lacuna.toml", "[history]\nschema = \"shop\"\n");
    assert_eq!(history().status.code(), Some(3), "{}", stderr(&history()));
    assert_eq!(server.ask("SELECT count(*) FROM shop.runs").as_deref(), Ok("0"));
}

#[test]
fn the_screen_shows_what_the_team_recorded_and_stays_when_the_server_goes() {
    let mut server = Server::start();
    let clone = Colleague::of(&server.socket());
    for (id, passed) in [("r1", true), ("r2", false), ("r3", true)] {
        clone.ingest(id, (passed, 1), &["--trust"]);
    }
    let bob = Colleague::of(&server.socket());
    let words = [program().to_str().unwrap(), "--trust"];
    let mut screen = Screen::start(screen::command(&words, &bob.0.root(), &bob.0.home()), (36, 120));
    screen.see("test_a test_it.py");
    server.stop();
    screen.press("\x12");
    // What was on the screen stays there, and says that it is not fresh.
    screen.see("! not fresh");
    screen.see("test_a test_it.py");
    screen.press("!");
    screen.see("could not be reached");
    screen.press_apart("q");
    assert_eq!(screen.ended().0, 0);
}

#[test]
fn a_server_that_is_not_there_is_a_problem_with_a_hint() {
    let place =
        Place { address: "postgres://ann:s3cret@127.0.0.1:1/x".to_owned(), schema: "x".to_owned(), ..Place::default() };
    let problem: Problem = place.history().unwrap().reach().unwrap_err();
    assert!(problem.to_string().contains("could not be reached: Connection refused"), "{problem}");
    assert!(!problem.to_string().contains("s3cret") && !problem.hint.is_empty(), "{problem}");
}
