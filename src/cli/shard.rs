//! `lacuna shard`: one machine's part of the suite, balanced by the durations of the history.

use super::arguments::{Common, Format, ShardBy, ShardOptions};
use super::exit::Exit;
use super::{output, session, targets};
use crate::base::{Problem, RepoPath};
use crate::domain::history::ci_shard;
use crate::domain::suite::{Certainty, DividedBy, FileTests, Shard, Target, TestId, pieces, shards, usual_seconds};
use crate::io::files;
use crate::shell::{Desk, sharding};
use serde::Serialize as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The largest file of durations, in bytes.
const LIMIT: u64 = 256 * 1024 * 1024;

/// Which part of how many, and who says so.
struct Which {
    index: usize,
    total: usize,
    by: Option<&'static str>,
}

/// The tests, and how long each of them takes.
struct Suite {
    files: Vec<FileTests>,
    seconds: HashMap<TestId, f64>,
}

/// Runs the command.
pub fn run(words: &[String], options: &ShardOptions, format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let suite = suite(&desk, words, options);
    output::complain(&desk.take_problems());
    let suite = match suite {
        Ok(suite) => suite,
        Err(problem) => return output::refuse(problem),
    };
    if let Some(Err(problem)) = options.durations_file.as_deref().map(|file| write_durations(file, &suite)) {
        return output::refuse(problem);
    }
    let which = match which(&desk, options) {
        Ok(Some(which)) => which,
        Ok(None) => return Exit::Done,
        Err(problem) => return output::refuse(problem),
    };
    let by = match options.by {
        ShardBy::File => DividedBy::File,
        ShardBy::Class => DividedBy::Class,
        ShardBy::Test => DividedBy::Test,
    };
    let all = shards(&pieces(&suite.files, by, &suite.seconds), which.total);
    let own = all.get(which.index - 1).cloned().unwrap_or_default();
    match format {
        Format::Json => output::print_json(&json(&all, &which, by, &suite)),
        Format::Text | Format::Md => {
            let lines = own.pieces.iter().map(|piece| format!("{}\n", piece.argument));
            output::print(&lines.collect::<String>());
        }
    }
    summary(&all, &which, by, &suite);
    if own.pieces.is_empty() { Exit::Nothing } else { Exit::Done }
}

fn suite(desk: &Desk, words: &[String], options: &ShardOptions) -> Result<Suite, Problem> {
    let mut asked: Vec<RepoPath> = Vec::new();
    for word in words {
        for target in targets::test_files(desk, word)? {
            match target {
                Target::File(path) => asked.push(path),
                Target::Test(id) => {
                    let problem = Problem::error(id.as_str(), "only files and folders are divided");
                    return Err(problem.hint("--by test divides the tests of a file"));
                }
            }
        }
    }
    let files = sharding::files(desk, &asked);
    let seconds = match options.durations.as_deref() {
        Some(file) => read_durations(file)?,
        None => sharding::seconds(desk, &files)?,
    };
    Ok(Suite { files, seconds })
}

/// Which part is asked for, by the options, the CI system, or the setting; nothing where only durations are to be written.
fn which(desk: &Desk, options: &ShardOptions) -> Result<Option<Which>, Problem> {
    let read = |name: &str| desk.around.environment.value(name).map(|value| value.to_string_lossy().into_owned());
    let ci = ci_shard(&read);
    let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let index = options.index.map(count).or(ci.map(|ci| ci.index));
    let by = ci.filter(|_| options.index.is_none()).map(|ci| ci.system);
    let set = Some(desk.project.config.count("shard.total")).filter(|total| *total > 0);
    let of_ci = ci.filter(|_| options.index.is_none()).and_then(|ci| ci.total);
    let total = options.total.map(count).or(of_ci).or(set);
    let hint = "--total N --index I say so, and the variables of CI systems do";
    match (index, total) {
        (None, _) | (_, None) if options.durations_file.is_some() && options.index.is_none() => Ok(None),
        (None, _) => Err(Problem::error("--index", "nothing says which part this is").hint(hint)),
        (_, None) => Err(Problem::error("--total", "nothing says how many parts there are")
            .hint("the setting shard.total says so as well")),
        (Some(index), Some(total)) if index > total => {
            Err(Problem::error("--index", format!("there is no part {index} of {total}"))
                .hint("parts are counted from 1"))
        }
        (Some(index), Some(total)) => Ok(Some(Which { index, total, by })),
    }
}

/// Durations as pytest-split keeps them: an object of node ids with seconds, or pairs of both.
fn read_durations(file: &Path) -> Result<HashMap<TestId, f64>, Problem> {
    let origin = file.to_string_lossy().into_owned();
    let refuse = |what: String| Problem::error(&origin, what).hint("`lacuna shard --durations-file FILE` writes one");
    let text = files::read_text(file, LIMIT)?;
    let value: Value = serde_json::from_str(&text).map_err(|error| refuse(format!("is no JSON: {error}")))?;
    let pair = |row: &Value| Some((TestId::new(row.get(0)?.as_str()?), row.get(1)?.as_f64()?));
    let found: Option<HashMap<TestId, f64>> = match &value {
        Value::Object(rows) => rows.iter().map(|(id, seconds)| Some((TestId::new(id), seconds.as_f64()?))).collect(),
        Value::Array(rows) => rows.iter().map(pair).collect(),
        _ => None,
    };
    found.ok_or_else(|| refuse("holds no durations of tests: node ids with seconds".to_owned()))
}

fn write_durations(file: &Path, suite: &Suite) -> Result<(), Problem> {
    let known = suite.files.iter().flat_map(|file| &file.tests);
    let rows: BTreeMap<&str, f64> = known.filter_map(|test| Some((test.as_str(), *suite.seconds.get(test)?))).collect();
    let mut bytes = Vec::new();
    let pretty = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    rows.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, pretty))
        .map_err(|error| Problem::error(file.to_string_lossy(), error.to_string()))?;
    files::write_atomic(file, &bytes)?;
    let count = rows.len();
    output::say(&format!("lacuna: the durations of {count} test{} are written", if count == 1 { "" } else { "s" }));
    Ok(())
}

/// How many tests have no duration, and how many there are.
fn unknown(suite: &Suite) -> (usize, usize) {
    let all = || suite.files.iter().flat_map(|file| &file.tests);
    (all().filter(|test| !suite.seconds.contains_key(test)).count(), all().count())
}

fn json(all: &[Shard], which: &Which, by: DividedBy, suite: &Suite) -> Value {
    let arguments = |shard: &Shard| shard.pieces.iter().map(|piece| piece.argument.clone()).collect::<Vec<_>>();
    let shard = |(at, shard): (usize, &Shard)| {
        json!({
            "index": at + 1,
            "seconds": shard.seconds(),
            "tests": shard.tests(),
            "arguments": arguments(shard),
        })
    };
    let (unknown, tests) = unknown(suite);
    json!({
        "index": which.index,
        "total": which.total,
        "told_by": which.by,
        "by": by.word(),
        "arguments": all.get(which.index - 1).map(arguments),
        "tests": tests,
        "tests_without_duration": unknown,
        "usual_seconds": usual_seconds(&suite.seconds),
        "files_not_divided": undivided(by, suite),
        "shards": all.iter().enumerate().map(shard).collect::<Vec<_>>(),
    })
}

/// The files that are not divided though they could be, since not all of their tests are known.
fn undivided(by: DividedBy, suite: &Suite) -> Vec<&str> {
    let is_whole = |file: &&FileTests| by != DividedBy::File && file.known == Certainty::InPart;
    suite.files.iter().filter(is_whole).map(|file| file.path.as_str()).collect()
}

fn summary(all: &[Shard], which: &Which, by: DividedBy, suite: &Suite) {
    let (unknown, tests) = unknown(suite);
    let Some(own) = all.get(which.index - 1) else { return };
    let of = which.by.map_or_else(String::new, |system| format!(" (by {system})"));
    let longest = all.iter().map(Shard::seconds).fold(0.0, f64::max);
    let time = match usual_seconds(&suite.seconds) {
        None => "no duration is known, so that tests are counted".to_owned(),
        Some(_) => format!("about {}, the longest part about {}", span(own.seconds()), span(longest)),
    };
    let (index, total) = (which.index, which.total);
    output::say(&format!("lacuna: part {index} of {total}{of}: {} of {tests} tests, {time}", own.tests()));
    if let Some(usual) = usual_seconds(&suite.seconds).filter(|_| unknown > 0) {
        output::say(&format!("lacuna: {unknown} tests have no duration and count as the median, {}", span(usual)));
    }
    let whole = undivided(by, suite).len();
    if whole > 0 {
        let words = if whole == 1 {
            "1 file is not divided: only pytest knows all of its tests".to_owned()
        } else {
            format!("{whole} files are not divided: only pytest knows all of their tests")
        };
        output::say(&format!("lacuna: {words} (`lacuna tests --collect`)"));
    }
}

fn span(seconds: f64) -> String {
    match seconds {
        some if some < 0.1 => format!("{:.0} ms", some * 1000.0),
        some if some < 100.0 => format!("{some:.1} s"),
        some => format!("{:.0} min {:.0} s", (some / 60.0).floor(), some % 60.0),
    }
}
