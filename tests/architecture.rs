//! The house's rules, checked on the source: arrows between rooms, hosts of libraries, first lines, the map.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What each room may use besides itself. A room of a floor is written `floor::room`; a floor of one room by its name.
const ARROWS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("domain::python", &["base"]),
    ("domain::coverage", &["base"]),
    ("domain::suite", &["base"]),
    ("domain::ledger", &["base", "domain::python", "domain::coverage", "domain::suite"]),
    // What a failure may come from is told in the words of the ledger: the changed lines that its test ran.
    ("domain::history", &["base", "domain::suite", "domain::ledger"]),
    ("domain::lab", &["base", "domain::suite"]),
    ("domain::quality", &["base", "domain::python", "domain::suite"]),
    ("domain::quarantine", &["base", "domain::suite", "domain::history", "domain::lab"]),
    ("domain::contract", &["base", "domain::python", "domain::suite"]),
    // What a run says of an issue is what the history keeps of its tests.
    ("domain::mapping", &["base", "domain::python", "domain::suite", "domain::history"]),
    ("domain::triage", &["base", "domain::coverage", "domain::ledger", "domain::history"]),
    // Targets and rules are judged by figures of every kind; where they come from, and what is done with them, is others' work.
    (
        "domain::programme",
        &[
            "base",
            "domain::coverage",
            "domain::suite",
            "domain::ledger",
            "domain::history",
            "domain::triage",
            "domain::contract",
        ],
    ),
    // What a test of a function has to show is read from its syntax tree, and ticked off by what the ledger saw.
    ("domain::guide", &["base", "domain::python", "domain::coverage", "domain::suite", "domain::ledger"]),
    ("domain::picker", &["base"]),
    ("domain::config", &["base", "domain::triage"]),
    ("domain::report", &["base", "domain"]),
    ("app", &["base", "domain"]),
    ("ui", &["base", "domain", "app"]),
    ("io::files", &["base"]),
    ("io::watch", &["base"]),
    ("io::git", &["base"]),
    ("io::runner", &["base", "domain::coverage", "domain::suite", "domain::lab"]),
    ("io::store", &["base", "domain::coverage", "domain::ledger", "domain::suite", "domain::history", "domain::lab"]),
    ("shell", &["base", "domain", "app", "ui", "io"]),
    ("cli", &["base", "domain", "app", "io", "shell"]),
];

/// The rooms in which each outside library, and each part of the standard library with a host, may be named.
const HOSTS: &[(&str, &[&str])] = &[
    ("ratatui", &["ui", "shell"]),
    ("crossterm", &["shell"]),
    ("tokio", &["shell", "io::runner"]),
    ("notify", &["io::watch"]),
    ("rusqlite", &["io::store"]),
    ("postgres", &["io::store"]),
    ("tokio_postgres_rustls", &["io::store"]),
    ("rustls", &["io::store"]),
    ("rustls_native_certs", &["io::store"]),
    // One strict walker serves every XML reader: what makes a document whole is written once.
    ("quick_xml", &["base"]),
    // An export of the history is JSON, line by line.
    (
        "serde_json",
        &[
            "domain::coverage",
            "domain::suite",
            "domain::lab",
            "domain::history",
            // Findings of other programs come as SARIF, which is JSON.
            "domain::programme",
            "domain::report",
            "io::runner",
            "cli",
        ],
    ),
    ("ruff_python_parser", &["domain::python"]),
    // The rules of the checklist are about shapes of code: each says itself which ones.
    // Tests name URLs in calls, in f-strings and in the values of `parametrize`: the contract reads them from the tree.
    // So are the conditions, loops and handlers that the guide lists.
    ("ruff_python_ast", &["domain::python", "domain::quality", "domain::contract", "domain::guide"]),
    ("ruff_text_size", &["domain::python", "domain::quality", "domain::contract", "domain::guide"]),
    // YAML as events with their lines, JSON being a part of it. Aliases stay aliases, so that no document is larger in memory
    // than its text; nesting and keys are bounded; unsafe code is forbidden in it.
    ("granit_parser", &["domain::contract"]),
    ("nucleo", &["domain::picker"]),
    // The quarantine is a list in the repository, read and written as such.
    ("toml", &["domain::config", "domain::quarantine", "ui"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("include_dir", &["cli"]),
    ("similar", &["domain::ledger"]),
    ("vte", &["base"]),
    ("jiff", &["base"]),
    ("sha2", &["base"]),
    // A data file comes packed from where the tests ran.
    ("flate2", &["io::runner"]),
    ("zip", &["io::files"]),
    ("globset", &["base"]),
    ("regex", &["domain::history"]),
    ("ignore", &["io::files"]),
    ("etcetera", &["cli"]),
    // The runner reads /proc, follows the events file and keeps the folder of a run; no other room of io may serve it.
    ("std::fs", &["io::files", "io::store", "io::runner"]),
    ("std::process", &["io::runner", "io::git", "cli"]),
    ("std::env", &["cli", "io::runner"]),
    ("SystemTime", &["shell", "cli"]),
    ("Instant", &["shell", "cli", "io::runner"]),
    ("println", &["cli"]),
    ("eprintln", &["cli"]),
];

/// One source file: its place, its room and its code without comments, literals and unit tests.
struct Source {
    path: PathBuf,
    room: String,
    text: String,
    code: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    files(&root().join("src"), &mut paths);
    let mut all: Vec<Source> = paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root().join("src")).unwrap().to_owned();
            Source { room: room_of(&path), code: code_of(&text), text, path }
        })
        .collect();
    let tests: Vec<PathBuf> = all.iter().flat_map(test_files).collect();
    all.iter_mut().filter(|source| tests.contains(&source.path)).for_each(|source| source.code.clear());
    all
}

/// The files that are compiled for tests alone: `#[cfg(test)] mod laws;`.
fn test_files(source: &Source) -> Vec<PathBuf> {
    let lines: Vec<&str> = source.text.lines().collect();
    let named = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]");
    let name = |line: &str| Some(line.strip_suffix(';')?.split("mod ").nth(1)?.to_owned());
    named.filter_map(|pair| Some(source.path.with_file_name(format!("{}.rs", name(pair[1])?)))).collect()
}

/// The room of a file: `domain/suite/id.rs` → `domain::suite`, `app/keys.rs` → `app`, `lib.rs` → empty.
fn room_of(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
    match parts.as_slice() {
        [floor @ ("domain" | "io"), room, _, ..] => format!("{floor}::{room}"),
        ["domain" | "io", _] => String::new(),
        [floor, _, ..] => (*floor).to_owned(),
        _ => String::new(),
    }
}

/// The text without comments, string and character literals, and without what follows the first `#[cfg(test)]`.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = literal_length(rest);
        if skip > 0 {
            out.push(' ');
            rest = &rest[skip..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The length of the comment or literal that the text starts with; 0 for code.
fn literal_length(text: &str) -> usize {
    let to = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            return to(&format!("\"{}", "#".repeat(hashes)), hashes + 2);
        }
    }
    if text.starts_with('"') {
        let mut escaped = false;
        for (at, c) in text.char_indices().skip(1) {
            match c {
                '"' if !escaped => return at + 1,
                c => escaped = c == '\\' && !escaped,
            }
        }
    }
    let quoted: Vec<char> = text.chars().take(4).collect();
    match quoted.as_slice() {
        ['\'', '\\', ..] => to("'", 3),
        ['\'', c, '\'', ..] => 2 + c.len_utf8(),
        _ => 0,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `code` names `word` as a whole path segment: `tokio::`, `use tokio`, not `my_tokio`.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + word.len()..];
        let is_path = word.contains("::") || word.chars().next().is_some_and(char::is_uppercase);
        let follows = after.starts_with("::") || after.starts_with('!') || (is_path && !after.starts_with(is_word));
        let own_path = code[..at].ends_with("::");
        follows && !before.is_some_and(is_word) && (is_path || !own_path)
    })
}

/// The rooms that `code` names by `crate::…`; braces after a floor are looked into.
fn rooms_named(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let (floor, rest) = word(rest);
        if !matches!(floor, "domain" | "io") {
            found.push(floor.to_owned());
            continue;
        }
        let rest = rest.strip_prefix("::").unwrap_or(rest);
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if is_word(c) && start && depth == 0 => {
                        found.push(format!("{floor}::{}", word(&group[at..]).0));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.push(format!("{floor}::{}", word(rest).0));
        }
    }
    found
}

fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c| !is_word(c)).unwrap_or(text.len()))
}

fn allowed(room: &str, target: &str) -> bool {
    let rows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let floor = target.split("::").next().unwrap_or(target);
    room.is_empty() || room == target || rows.get(room).is_some_and(|may| may.contains(&target) || may.contains(&floor))
}

fn complain(heading: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{heading}:\n  {}", complaints.join("\n  "));
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    for source in sources() {
        assert!(
            source.room.is_empty() || ARROWS.iter().any(|(room, _)| *room == source.room),
            "no row of ARROWS for {}",
            source.room
        );
        for target in rooms_named(&source.code) {
            if !allowed(&source.room, &target) {
                wrong.push(format!("{}: {} uses {target}", source.path.display(), source.room));
            }
        }
    }
    complain("arrows that HOUSE's order does not have", &wrong);
}

#[test]
fn each_library_has_its_host() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.room.is_empty()) {
        for (library, hosts) in HOSTS {
            if !hosts.contains(&source.room.as_str()) && names(&source.code, library) {
                wrong.push(format!("{}: {library} belongs to {}", source.path.display(), hosts.join(", ")));
            }
        }
    }
    complain("libraries outside their hosts", &wrong);
}

#[test]
fn nothing_is_imported_wholesale_or_from_above() {
    let mut wrong = Vec::new();
    for source in sources() {
        for line in source.code.lines() {
            let line = line.trim();
            let glob = line.starts_with("use ") && line.contains('*') && line != "use proptest::prelude::*;";
            if glob || line.contains("super::super") {
                wrong.push(format!("{}: {line}", source.path.display()));
            }
        }
    }
    complain("imports that hide where a name comes from", &wrong);
}

#[test]
fn a_mod_file_holds_no_logic() {
    let wrong: Vec<_> = sources()
        .iter()
        .filter(|source| source.path.ends_with("mod.rs"))
        .filter(|source| names_logic(&source.code))
        .map(|source| source.path.display().to_string())
        .collect();
    complain("mod.rs files with logic", &wrong);
}

fn names_logic(code: &str) -> bool {
    code.lines().map(str::trim).any(|line| {
        ["fn ", "pub fn ", "impl", "struct ", "pub struct ", "enum ", "pub enum "].iter().any(|w| line.starts_with(w))
    })
}

#[test]
fn every_file_says_first_what_it_holds() {
    let wrong: Vec<_> = sources()
        .iter()
        .filter(|source| !first_line(&source.text).is_some_and(|line| line.len() > 12 && line.ends_with('.')))
        .map(|source| source.path.display().to_string())
        .collect();
    complain("files whose first line is not one `//! …` sentence", &wrong);
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix("//! ")
}

#[test]
fn the_map_repeats_the_first_lines() {
    let mut map = String::new();
    for source in sources() {
        let line = first_line(&source.text).unwrap_or_default();
        writeln!(map, "| `{}` | {} |", source.path.display(), line.replace('|', "\\|")).unwrap();
    }
    let path = root().join("src/ARCHITECTURE.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (start, end) = ("<!-- map -->\n", "<!-- end of map -->");
    let (head, rest) = page.split_once(start).expect("the page has a map");
    let (_, tail) = rest.split_once(end).expect("the map has an end");
    let wanted = format!("{head}{start}| file | what it holds |\n|---|---|\n{map}{end}{tail}");
    if std::env::var_os("LACUNA_BLESS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    } else {
        assert!(page == wanted, "src/ARCHITECTURE.md is behind: LACUNA_BLESS=1 cargo test the_map");
    }
}

#[test]
fn the_checks_see_what_they_look_for() {
    assert_eq!(rooms_named("use crate::io::{files::read, store};"), ["io::files", "io::store"]);
    assert!(!allowed("domain::suite", "io::files"));
    assert!(!allowed("io::files", "io::store"));
    assert!(!allowed("ui", "shell"));
    assert!(allowed("cli", "shell") && !allowed("cli", "ui"));
    assert!(names("use tokio::sync;", "tokio") && !names("my_tokio::x", "tokio"));
    assert!(names("let t = Instant::now();", "Instant"));
    assert!(!names(&code_of("// tokio::x\nlet a = \"tokio::\"; let c = '\"';"), "tokio"));
    assert_eq!(code_of("a\n#[cfg(test)]\nmod tests {}"), "a\n");
}
