//! Files that may hold results of tests: named one by one, by patterns, in folders, in zip archives.

use crate::base::{Glob, Problem, Stamp};
use crate::io::files::read::{REPORT_LIMIT, identity, read};
use crate::io::files::reports::{MOST, search, walk};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;
use zip::read::ZipFile;

/// What the names of such files end in, in folders and archives.
const ENDINGS: [&str; 6] = ["xml", "jsonl", "json", "log", "txt", "zip"];
/// How deep archives in archives are opened.
const DEEPEST: usize = 2;
/// What a zip archive begins with, and an empty one.
const MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// One file that may hold results.
pub struct ResultFile {
    /// Where it is; inside an archive, that archive and its name there.
    pub origin: String,
    /// When it was last written, where that is known.
    pub modified: Option<Stamp>,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether it was found in a folder or an archive, and not named itself.
    pub found: bool,
}

/// Reads what `path` stands for, one file at a time: a file, the files of a folder, those of an archive, or those that match a
/// pattern where there is no such file. Patterns are matched below `here`.
pub fn each_result(path: &Path, here: &Path, take: &mut dyn FnMut(Result<ResultFile, Problem>)) {
    if path.is_dir() {
        return several(
            path,
            walk(path, usize::MAX).filter(|path| may_hold(path)).collect(),
            "holds no such file",
            take,
        );
    }
    let text = path.to_string_lossy();
    if !path.exists() && text.contains(['*', '?', '[']) {
        return match Glob::new(&text) {
            Ok(glob) => several(path, search(here, &glob), "matches no file below this folder", take),
            Err(problem) => take(Err(Problem::error(text, problem.to_string()))),
        };
    }
    one(path, false, take);
}

fn several(path: &Path, mut files: Vec<PathBuf>, nothing: &str, take: &mut dyn FnMut(Result<ResultFile, Problem>)) {
    files.sort();
    if files.is_empty() {
        let hint = format!("looked for: {}", ENDINGS.map(|ending| format!("*.{ending}")).join(" "));
        return take(Err(Problem::error(path.to_string_lossy(), nothing).hint(hint)));
    }
    files.iter().for_each(|file| one(file, true, take));
}

fn may_hold(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

fn one(path: &Path, found: bool, take: &mut dyn FnMut(Result<ResultFile, Problem>)) {
    let modified = identity(path).map(|identity| identity.modified_at());
    match read(path, REPORT_LIMIT) {
        Ok(bytes) => {
            let origin = path.to_string_lossy().into_owned();
            unpacked(ResultFile { origin, modified, bytes, found }, 0, take);
        }
        Err(problem) => take(Err(problem)),
    }
}

/// Hands a file on or, where it is an archive, what is in it. Content from elsewhere, as standard input, can be one as well.
pub fn unpacked(file: ResultFile, depth: usize, take: &mut dyn FnMut(Result<ResultFile, Problem>)) {
    if !MAGIC.iter().any(|magic| file.bytes.starts_with(magic)) {
        return take(Ok(file));
    }
    let broken = |what: String| Problem::error(&*file.origin, format!("zip archive: {what}"));
    if depth >= DEEPEST {
        return take(Err(broken("is an archive in an archive in an archive".to_owned())));
    }
    let mut archive = match ZipArchive::new(Cursor::new(&file.bytes)) {
        Ok(archive) => archive,
        Err(error) => return take(Err(broken(error.to_string()).hint("it is cut off, or was changed on its way"))),
    };
    if archive.len() > MOST {
        return take(Err(broken(format!("has {} entries, more than the {MOST} that are read", archive.len()))));
    }
    let mut left = REPORT_LIMIT;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| broken(error.to_string()));
        match entry.and_then(|entry| inflated(entry, &file, &mut left)) {
            Ok(Some(entry)) => unpacked(entry, depth + 1, take),
            Ok(None) => {}
            Err(problem) => take(Err(problem)),
        }
        if left == 0 {
            return take(Err(broken(format!("holds more than the {REPORT_LIMIT} bytes that are read of one"))));
        }
    }
}

/// One entry, if its name is that of a file which may hold results. What all of them may hold together is `left`.
fn inflated(
    entry: ZipFile<'_, Cursor<&Vec<u8>>>,
    archive: &ResultFile,
    left: &mut u64,
) -> Result<Option<ResultFile>, Problem> {
    let refuse = |origin: &str, what: String| Problem::error(origin, format!("zip archive: {what}"));
    let name = entry.name().map_err(|error| refuse(&archive.origin, error.to_string()))?.into_owned();
    if !entry.is_file() || !may_hold(Path::new(&name)) {
        return Ok(None);
    }
    let written = entry.last_modified().and_then(|time| Stamp::parse(&time.to_string().replace(' ', "T")));
    let origin = format!("{}: {name}", archive.origin);
    let mut bytes = Vec::new();
    // An archive may claim any size: only what comes out of it counts.
    let read = entry.take(*left).read_to_end(&mut bytes);
    *left -= (bytes.len() as u64).min(*left);
    read.map_err(|error| refuse(&origin, error.to_string()))?;
    Ok(Some(ResultFile { origin, modified: written.or(archive.modified), bytes, found: true }))
}

#[cfg(test)]
mod tests {
    use super::{ResultFile, each_result};
    use crate::base::Problem;
    use std::io::{Cursor, Write};
    use std::path::Path;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn all(path: &Path, here: &Path) -> (Vec<(String, String)>, Vec<Problem>) {
        let (mut files, mut problems) = (Vec::new(), Vec::new());
        each_result(path, here, &mut |found: Result<ResultFile, Problem>| match found {
            Ok(file) => {
                let origin = file.origin.replace(here.to_str().unwrap(), "");
                files.push((origin, String::from_utf8(file.bytes).unwrap()));
            }
            Err(problem) => problems.push(problem),
        });
        (files, problems)
    }

    #[test]
    fn files_folders_patterns_and_archives_give_their_files_in_order() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        std::fs::create_dir_all(root.join("out/deep")).unwrap();
        std::fs::write(root.join("out/b.xml"), "b").unwrap();
        std::fs::write(root.join("out/deep/a.xml"), "a").unwrap();
        std::fs::write(root.join("out/picture.png"), "p").unwrap();
        let inner = packed(&[("log.jsonl", b"l")]);
        std::fs::write(root.join("c.zip"), packed(&[("x/j.xml", b"j"), ("x/y.bin", b"y"), ("in.zip", &inner)]))
            .unwrap();
        let check = |path: &Path, expect: &[(&str, &str)]| {
            let (files, problems) = all(path, root);
            let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            assert_eq!((files.as_slice(), problems.as_slice()), (expect, &[][..]));
        };
        check(&root.join("out/b.xml"), &[("/out/b.xml", "b")]);
        check(&root.join("out/picture.png"), &[("/out/picture.png", "p")]);
        check(&root.join("out"), &[("/out/b.xml", "b"), ("/out/deep/a.xml", "a")]);
        check(Path::new("out/**/*.xml"), &[("/out/b.xml", "b"), ("/out/deep/a.xml", "a")]);
        check(&root.join("c.zip"), &[("/c.zip: x/j.xml", "j"), ("/c.zip: in.zip: log.jsonl", "l")]);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_goes_on() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        let whole = packed(&[("a.xml", &[b'a'; 5000]), ("b.xml", b"b")]);
        std::fs::write(root.join("cut.zip"), &whole[..whole.len() - 40]).unwrap();
        let mut bad = whole.clone();
        bad[40] ^= 0xff;
        std::fs::write(root.join("bad.zip"), bad).unwrap();
        let mut deep = packed(&[("a.xml", b"a")]);
        for _ in 0..3 {
            deep = packed(&[("more.zip", &deep)]);
        }
        std::fs::write(root.join("deep.zip"), deep).unwrap();
        let refused = |path: &Path, files: usize, expect: &str| {
            let (found, problems) = all(path, root);
            assert_eq!(found.len(), files, "{path:?}");
            assert!(problems.iter().any(|problem| problem.to_string().contains(expect)), "{problems:?}");
        };
        refused(&root.join("cut.zip"), 0, "zip archive: ");
        refused(&root.join("bad.zip"), 1, "bad.zip: a.xml: zip archive: ");
        refused(&root.join("deep.zip"), 0, "an archive in an archive");
        refused(&root.join("gone.xml"), 0, "gone.xml");
        refused(Path::new("*.xml"), 0, "matches no file");
    }
}
