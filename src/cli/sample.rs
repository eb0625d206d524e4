//! The sample project of `lacuna demo`: embedded in the program, copied to a folder of its own.

use crate::base::{Digest, Problem};
use crate::io::files;
use include_dir::{Dir, DirEntry, include_dir};
use std::path::{Path, PathBuf};

static PROJECT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/demo/project");
static REPORTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/demo/reports");
/// The packages of the sample's virtualenv.
pub const REQUIREMENTS: &str = include_str!("../../assets/demo/requirements.txt");
/// The file by which a copy is known again; it holds the digest of what was copied.
const MARK: &str = ".lacuna-demo";

/// A copy of the sample.
pub struct Sample {
    /// Its folder.
    pub root: PathBuf,
    /// Whether it was made just now.
    pub is_new: bool,
}

/// Copies the sample into `folder`, or finds an earlier copy there, which keeps whatever was changed in it.
///
/// # Errors
/// The folder holds something else, or it cannot be written.
pub fn copy_into(folder: &Path) -> Result<Sample, Problem> {
    if files::read_text(&folder.join(MARK), 1024).is_ok() {
        return Ok(Sample { root: folder.to_owned(), is_new: false });
    }
    if files::is_filled(folder) {
        return Err(Problem::error(folder.display().to_string(), "the folder is not empty")
            .hint("name a new one with --into, or leave --into away"));
    }
    for (path, bytes) in contents(&PROJECT) {
        write(&folder.join(path), bytes)?;
    }
    write(&folder.join("requirements.txt"), REQUIREMENTS.as_bytes())?;
    for (name, bytes) in reports() {
        write(&folder.join(name), bytes)?;
    }
    write(&folder.join(MARK), format!("{}\n", digest()).as_bytes())?;
    Ok(Sample { root: folder.to_owned(), is_new: true })
}

/// The name of the folder for this version's sample.
#[must_use]
pub fn folder_name() -> String {
    format!("demo-{}", digest().to_string().get(..8).unwrap_or_default())
}

/// A file of the recorded runs: their list `runs.json`, or the JUnit XML of one by its name.
#[must_use]
pub fn recorded(name: &str) -> Option<&'static [u8]> {
    REPORTS.get_file(format!("history/{name}")).map(include_dir::File::contents)
}

/// The reports that lie in the sample's folder, as a run of its suite leaves them.
fn reports() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    [("coverage.json", "coverage.json"), ("dotcoverage", ".coverage"), ("junit.xml", "junit.xml")]
        .into_iter()
        .filter_map(|(from, to)| REPORTS.get_file(from).map(|file| (to, file.contents())))
}

fn digest() -> Digest {
    let mut text = String::from(REQUIREMENTS);
    for (path, bytes) in contents(&PROJECT).into_iter().chain(contents(&REPORTS)) {
        text.push_str(&format!("{} {}\n", path.display(), Digest::of(bytes)));
    }
    Digest::of(text.as_bytes())
}

/// Every file below an embedded folder, without what Python and pytest leave behind.
fn contents(folder: &'static Dir<'_>) -> Vec<(&'static Path, &'static [u8])> {
    let mut found = Vec::new();
    for entry in folder.entries() {
        let hidden = entry.path().file_name().and_then(|name| name.to_str()).is_some_and(is_left_over);
        match entry {
            _ if hidden => {}
            DirEntry::Dir(inner) => found.extend(contents(inner)),
            DirEntry::File(file) => found.push((file.path(), file.contents())),
        }
    }
    found
}

fn is_left_over(name: &str) -> bool {
    matches!(name, "__pycache__" | ".pytest_cache" | ".coverage" | ".DS_Store") || name.ends_with(".pyc")
}

/// Writes one file of the copy, and the folders above it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    if let Some(folder) = path.parent() {
        files::private_dir(folder)?;
    }
    files::write_atomic(path, bytes)
}
