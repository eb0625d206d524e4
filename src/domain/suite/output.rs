//! What a run printed: its beginning and its end, in bounded memory.

use std::collections::VecDeque;

/// How much of the beginning and how much of the end is kept.
const KEPT: usize = 1 << 20;

/// The output of a run. It keeps the first and the last megabyte and counts what lies between.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Output {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Output {
    /// Adds bytes at the end.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        if self.dropped == 0 && self.tail.is_empty() {
            self.head.extend_from_slice(first);
        } else {
            self.push_tail(first);
        }
        self.push_tail(rest);
    }

    fn push_tail(&mut self, bytes: &[u8]) {
        let over = (self.tail.len() + bytes.len()).saturating_sub(KEPT);
        let old = over.min(self.tail.len());
        self.tail.drain(..old);
        let (_, rest) = bytes.split_at((over - old).min(bytes.len()));
        self.tail.extend(rest);
        self.dropped += over as u64;
    }

    /// Notes that `count` bytes are missing at this place.
    pub fn skip(&mut self, count: u64) {
        if count > 0 {
            self.dropped += count + self.tail.len() as u64;
            self.tail.clear();
        }
    }

    /// How many bytes between the beginning and the end were left out.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether nothing was printed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty()
    }

    /// How many bytes are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    /// The text, with one line in place of what was left out. The bytes are as the program printed them: they have to
    /// be cleaned before they are shown.
    #[must_use]
    pub fn text(&self) -> String {
        let (front, back) = self.tail.as_slices();
        let tail = [front, back].concat();
        if self.dropped == 0 {
            return String::from_utf8_lossy(&[&self.head[..], &tail[..]].concat()).into_owned();
        }
        let head = String::from_utf8_lossy(&self.head).into_owned();
        format!("{head}\n[... {} bytes left out ...]\n{}", self.dropped, String::from_utf8_lossy(&tail))
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, Output};

    #[test]
    fn the_beginning_and_the_end_are_kept() {
        let mut output = Output::default();
        assert!(output.is_empty());
        output.push(b"start ");
        for _ in 0..50 {
            output.push(&vec![b'x'; 100_000]);
        }
        output.push(b" end");
        assert_eq!(output.len(), 2 * KEPT);
        assert_eq!(output.dropped() as usize, 5_000_010 - 2 * KEPT);
        let text = output.text();
        assert!(text.starts_with("start x") && text.ends_with("x end"));
        assert!(text.contains(&format!("[... {} bytes left out ...]", output.dropped())));
    }

    #[test]
    fn small_output_is_whole() {
        let mut output = Output::default();
        output.push(b"one\n");
        output.push("zwei ü".as_bytes());
        assert_eq!((output.text().as_str(), output.dropped()), ("one\nzwei ü", 0));
        output.skip(7);
        output.push(b"three");
        assert_eq!(output.text(), "one\nzwei ü\n[... 7 bytes left out ...]\nthree");
    }
}
