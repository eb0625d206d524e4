//! The events file, read while it grows.

use crate::base::Problem;
use crate::domain::suite::{Event, parse_event};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The most bytes that are taken at once.
const CHUNK: u64 = 512 * 1024;
/// The longest line. The plugin bounds its texts far below.
const LONGEST: usize = 64 * 1024 * 1024;
/// The most problems that are told; a broken file would tell millions.
const PROBLEMS: usize = 5;

/// A file of lines that another process appends to.
#[derive(Debug)]
pub struct Tail {
    file: Option<File>,
    line: Vec<u8>,
    problems: usize,
}

impl Tail {
    /// Starts at the beginning of the file at `place`.
    #[must_use]
    pub fn new(place: &Path) -> Self {
        Self { file: File::open(place).ok(), line: Vec::new(), problems: 0 }
    }

    /// The next whole lines, at most half a megabyte of them. The flag says whether more may be waiting.
    pub fn take(&mut self) -> (Vec<Result<Event, Problem>>, bool) {
        let mut bytes = Vec::new();
        let Some(file) = &mut self.file else { return (Vec::new(), false) };
        if file.by_ref().take(CHUNK).read_to_end(&mut bytes).is_err() {
            return (Vec::new(), false);
        }
        let more = bytes.len() as u64 == CHUNK;
        let mut lot = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if self.line.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.read(&line, &mut lot);
            } else if self.line.len() > LONGEST {
                self.line.clear();
            }
        }
        (lot, more)
    }

    fn read(&mut self, line: &[u8], lot: &mut Vec<Result<Event, Problem>>) {
        match parse_event(line.trim_ascii()) {
            Ok(event) => lot.push(Ok(event)),
            Err(problem) => {
                self.problems += 1;
                if self.problems <= PROBLEMS {
                    lot.push(Err(problem));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tail;
    use crate::domain::suite::Event;
    use std::io::Write as _;

    #[test]
    fn lines_are_taken_once_they_are_whole() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let mut tail = Tail::new(file.path());
        assert_eq!(tail.take().0.len(), 0);
        file.write_all(b"{\"ev\":\"finish\",\"exit\":0}\n{\"ev\":\"fin").expect("written");
        assert_eq!(tail.take().0, [Ok(Event::Finish { exit: Some(0), seconds: None })]);
        file.write_all(b"ish\",\"exit\":1}\nrubbish\n").expect("written");
        let (lot, more) = tail.take();
        assert!(lot.len() == 2 && lot[1].is_err() && !more, "{lot:?}");
    }
}
