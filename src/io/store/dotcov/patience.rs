//! Waiting for a data file that is being written: as long as it changes, up to a limit, and then it is said.

use crate::base::Problem;
use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one pause is.
pub(super) const PAUSE: Duration = Duration::from_millis(25);
/// How many pauses there are at the most: ten seconds.
const MOST: usize = 400;
/// After how many pauses without a change nobody seems to be writing any more: a quarter of a second.
const QUIET: usize = 10;

/// A version of the file and of what SQLite puts beside it while it writes.
type Versions = [Option<(u64, u64, i64, u32)>; 3];

/// Reads until it succeeds, as long as the file goes on changing. `pause` lets time go by.
pub(super) fn patiently<T>(
    path: &Path,
    pause: &mut dyn FnMut(),
    read: &dyn Fn(&Path) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let (mut last, mut quiet, mut changes) = (versions(path), 0, 0);
    let mut answer = read(path);
    for _ in 0..MOST {
        let Err(problem) = &answer else { return answer };
        if !is_worth_waiting(path) {
            return answer;
        }
        if quiet == QUIET {
            return if changes > 0 { Err(waited(problem, "it was waited for while it changed")) } else { answer };
        }
        pause();
        let now = versions(path);
        if now == last {
            quiet += 1;
        } else {
            (last, quiet, changes) = (now, 0, changes + 1);
            answer = read(path);
        }
    }
    answer.map_err(|problem| waited(&problem, "it is being written, and was waited for ten seconds"))
}

fn waited(problem: &Problem, how: &str) -> Problem {
    let what = format!("{}; {how}", problem.what);
    Problem::error(problem.origin.as_str(), what).hint(problem.hint.as_str())
}

/// Whether another look could give another answer: there is a database, or something is about to become one.
fn is_worth_waiting(path: &Path) -> bool {
    versions(path).iter().skip(1).any(Option::is_some) || super::copy::is_database(path)
}

fn versions(path: &Path) -> Versions {
    let beside = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    [path.to_owned(), beside("-journal"), beside("-wal")].map(|path| {
        let stat = statx(CWD, &path, AtFlags::empty(), StatxFlags::BASIC_STATS).ok()?;
        Some((stat.stx_ino, stat.stx_size, stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec))
    })
}

#[cfg(test)]
mod tests {
    use super::patiently;
    use crate::base::Problem;
    use crate::io::store::dotcov::merge::read_once;
    use std::fs;
    use std::path::{Path, PathBuf};

    fn sample() -> Vec<u8> {
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dotcov/branch-contexts.coverage")).unwrap()
    }

    /// Reads a file to which each pause does the next step.
    fn read(path: &Path, mut step: impl FnMut(usize)) -> (Result<usize, Problem>, usize) {
        let mut pauses = 0;
        let mut pause = || {
            pauses += 1;
            step(pauses);
        };
        let data = patiently(path, &mut pause, &read_once).map(|data| data.files.len());
        (data, pauses)
    }

    fn file() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".coverage");
        (dir, path)
    }

    #[test]
    fn a_file_that_is_being_written_is_waited_for() {
        let (_dir, path) = file();
        let whole = sample();
        fs::write(&path, &whole[..4096]).unwrap();
        let (found, pauses) = read(&path, |pause| fs::write(&path, &whole[..(4096 * pause).min(whole.len())]).unwrap());
        assert_eq!(found, Ok(5));
        assert_eq!(pauses, whole.len().div_ceil(4096));
    }

    #[test]
    fn a_change_that_is_under_way_is_waited_for() {
        let (dir, path) = file();
        fs::write(&path, sample()).unwrap();
        let journal = dir.path().join(".coverage-journal");
        fs::write(&journal, [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]).unwrap();
        let (found, _) = read(&path, |pause| {
            if pause == 5 {
                fs::remove_file(&journal).unwrap();
            }
        });
        assert_eq!(found, Ok(5));
    }

    #[test]
    fn what_stays_broken_is_said_soon_and_what_never_rests_at_last() {
        let (_dir, path) = file();
        let whole = sample();
        fs::write(&path, &whole[..9000]).unwrap();
        let (found, pauses) = read(&path, |_| ());
        assert!(found.unwrap_err().to_string().contains("not whole") && pauses == super::QUIET);
        let (found, pauses) = read(&path, |pause| fs::write(&path, &whole[..9000 + pause]).unwrap());
        assert!(found.unwrap_err().to_string().contains("being written") && pauses == super::MOST);
        let (found, _) = read(&path, |pause| {
            if pause < 3 {
                fs::write(&path, &whole[..9000 + pause]).unwrap();
            }
        });
        assert!(found.unwrap_err().to_string().contains("waited for while it changed"));
    }

    #[test]
    fn nothing_is_waited_for_that_is_no_data_file() {
        let (_dir, path) = file();
        for text in ["", "<coverage/>"] {
            fs::write(&path, text).unwrap();
            let (found, pauses) = read(&path, |_| ());
            assert!(found.is_err() && pauses == 0, "{text}");
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(read(&path, |_| ()).1, 0);
    }
}
