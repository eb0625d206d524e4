//! Reading one data file, or the parallel ones of one run together.

use crate::base::Problem;
use crate::domain::coverage::{DataFile, DataFileEntry};
use crate::io::store::dotcov::copy::{copy, usable};
use crate::io::store::dotcov::patience::{PAUSE, patiently};
use crate::io::store::dotcov::{rows, vet};
use rusqlite::Connection;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

/// Reads coverage.py's data file at `path`. The file is not trusted: it is copied to memory, nothing in it is run,
/// nothing beside it is replayed or written, and what it may cost is bounded. One that is being written is waited for, up
/// to a limit.
///
/// # Errors
/// No data file, one of another schema, one that is damaged or not written to its end, or one that costs too much.
pub fn read_data_file(path: &Path) -> Result<DataFile, Problem> {
    patiently(path, &mut || std::thread::sleep(PAUSE), &read_once)
}

/// Reads it as it is now.
pub(super) fn read_once(path: &Path) -> Result<DataFile, Problem> {
    opened(path, &copy(path, |bytes, length| vet::load(path, bytes, length))?, true)
}

/// Reads what ran in each file by coverage.py's data file at `path`, whoever ran it: there is one context. That is much
/// less to hold.
///
/// # Errors
/// As [`read_data_file`].
pub fn read_executed(path: &Path) -> Result<DataFile, Problem> {
    let read = |path: &Path| opened(path, &copy(path, |bytes, length| vet::load(path, bytes, length))?, false);
    patiently(path, &mut || std::thread::sleep(PAUSE), &read)
}

/// Reads coverage.py's data file from its bytes, which `origin` names: one that comes through a pipe.
///
/// # Errors
/// As [`read_data_file`].
pub fn read_data_bytes(origin: &Path, mut bytes: Vec<u8>) -> Result<DataFile, Problem> {
    let length = bytes.len() as u64;
    let length = usable(origin, &mut bytes, length)?;
    opened(origin, &vet::load(origin, &mut bytes.as_slice(), length)?, true)
}

fn opened(path: &Path, connection: &Connection, apart: bool) -> Result<DataFile, Problem> {
    vet::check(path, connection)?;
    rows::read(path, connection, apart)
}

/// Reads several data files of one run (`.coverage.*`) as one, as `coverage combine` would.
///
/// # Errors
/// As [`read_data_file`], for any of them; and line data beside branch data, which coverage.py refuses as well.
pub fn read_data_files(paths: &[PathBuf]) -> Result<DataFile, Problem> {
    let mut merged: Option<(&Path, Merged)> = None;
    for path in paths {
        let data = read_data_file(path)?;
        match &mut merged {
            None => merged = Some((path, Merged::from(data))),
            Some((first, all)) => all.add(data).map_err(|()| mixed(first, path))?,
        }
    }
    Ok(merged.map(|(_, all)| all.data).unwrap_or_default())
}

fn mixed(first: &Path, second: &Path) -> Problem {
    let what = format!("cannot be combined with {}: one holds lines, the other branches", first.to_string_lossy());
    Problem::error(second.to_string_lossy(), what).hint("measure both with or both without --cov-branch")
}

/// Data files put together, with the places of what they name.
#[derive(Default)]
struct Merged {
    data: DataFile,
    contexts: HashMap<String, u32>,
    files: HashMap<String, usize>,
    /// The place of a context in a file's entry.
    ran: HashMap<(usize, u32), usize>,
}

impl Merged {
    fn from(data: DataFile) -> Self {
        let mut merged = Self::default();
        merged.data.has_arcs = data.has_arcs;
        merged.data.producer = data.producer.clone();
        // It has the same kind of data as itself.
        let _ = merged.add(data);
        merged
    }

    fn add(&mut self, data: DataFile) -> Result<(), ()> {
        let is_empty = |data: &DataFile| data.files.iter().all(|file| file.ran.is_empty());
        if data.has_arcs != self.data.has_arcs {
            if !is_empty(&data) && !is_empty(&self.data) {
                return Err(());
            }
            // A process that measured nothing says nothing about the kind.
            self.data.has_arcs = if is_empty(&data) { self.data.has_arcs } else { data.has_arcs };
        }
        let places: Vec<u32> = data.contexts.into_iter().map(|context| self.context(context)).collect();
        for entry in data.files {
            let file = self.file(entry.path);
            for (context, ran) in entry.ran {
                let context = usize::try_from(context).ok().and_then(|context| places.get(context)).copied();
                let (Some(context), Some(entry)) = (context, self.data.files.get_mut(file)) else { continue };
                let place = *self.ran.entry((file, context)).or_insert(entry.ran.len());
                match entry.ran.get_mut(place) {
                    Some((_, all)) => all.merge(&ran),
                    None => entry.ran.push((context, ran)),
                }
            }
        }
        Ok(())
    }

    fn context(&mut self, name: String) -> u32 {
        match self.contexts.entry(name) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) => {
                let next = u32::try_from(self.data.contexts.len()).unwrap_or(u32::MAX);
                self.data.contexts.push(place.key().clone());
                *place.insert(next)
            }
        }
    }

    fn file(&mut self, path: String) -> usize {
        match self.files.entry(path) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) => {
                let next = self.data.files.len();
                self.data.files.push(DataFileEntry { path: place.key().clone(), ran: Vec::new() });
                *place.insert(next)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{read_data_file, read_data_files, read_executed};
    use crate::domain::coverage::DataFile;
    use std::path::{Path, PathBuf};

    fn sample(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dotcov").join(name)
    }

    fn executed(data: &DataFile) -> usize {
        data.files.iter().map(|file| file.all().all_lines().len()).sum()
    }

    fn check(name: &str, producer: &str, has_arcs: bool, contexts: usize, files: usize, lines: usize) {
        let data = read_data_file(&sample(name)).unwrap();
        assert_eq!(data.producer.as_str(), producer, "{name}");
        assert_eq!((data.has_arcs, data.contexts.len(), data.files.len()), (has_arcs, contexts, files), "{name}");
        assert_eq!(executed(&data), lines, "{name}");
    }

    #[test]
    fn real_files_of_coverage_py_give_what_they_hold() {
        check("vibe-tracing.coverage", "coverage.py 7.10.7", false, 1, 167, 15_088);
        check("line.coverage", "coverage.py 7.17.3", false, 1, 5, 35);
        check("branch-contexts.coverage", "coverage.py 7.17.3", true, 5, 5, 35);
        check("cov6.5.coverage", "coverage.py 6.5.0", true, 24, 5, 33);
        check("parallel-relative.coverage", "coverage.py 7.17.3", true, 5, 5, 35);
    }

    #[test]
    fn parallel_files_are_one_and_a_file_added_to_itself_is_unchanged() {
        let one = read_data_file(&sample("branch-contexts.coverage")).unwrap();
        let twice = read_data_files(&[sample("branch-contexts.coverage"), sample("branch-contexts.coverage")]).unwrap();
        assert_eq!(one, twice);
        let other = read_data_file(&sample("cov6.5.coverage")).unwrap();
        let both = read_data_files(&[sample("branch-contexts.coverage"), sample("cov6.5.coverage")]).unwrap();
        for part in [&one, &other] {
            for file in &part.files {
                let merged = both.files.iter().find(|merged| merged.path == file.path).unwrap();
                for (context, ran) in &file.ran {
                    let name = &part.contexts[*context as usize];
                    let found = merged.ran.iter().find(|(place, _)| both.contexts[*place as usize] == *name);
                    assert!(ran.arcs.iter().all(|arc| found.unwrap().1.arcs.contains(arc)));
                }
            }
        }
        assert_eq!(read_data_files(&[]).unwrap(), DataFile::default());
    }

    #[test]
    fn what_ran_is_the_same_whoever_is_asked_for() {
        for name in ["line.coverage", "branch-contexts.coverage", "cov6.5.coverage", "vibe-tracing.coverage"] {
            let (apart, together) = (read_data_file(&sample(name)).unwrap(), read_executed(&sample(name)).unwrap());
            assert_eq!(together.contexts, [""]);
            for (file, whole) in apart.files.iter().zip(&together.files) {
                assert_eq!((&file.path, file.all()), (&whole.path, whole.all()), "{name}");
                assert!(whole.ran.len() <= 1);
            }
        }
    }

    #[test]
    fn trap_6_lines_and_branches_are_not_combined() {
        let problem = read_data_files(&[sample("line.coverage"), sample("branch-contexts.coverage")]).unwrap_err();
        assert!(problem.to_string().contains("one holds lines, the other branches"), "{problem}");
    }
}
