//! What a carried run sends back: frames behind the marker of the run, and whatever else is printed between them.

/// The longest frame that is taken; what is longer is no frame. The sender's are far below.
const LONGEST: usize = 8 * 1024 * 1024;
/// The longest head of a frame after its marker.
const HEAD: usize = 24;

/// One piece of what has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A frame: its kind and what it holds.
    Frame(u8, Vec<u8>),
    /// What stands outside of frames: banners, warnings, the words of a client.
    Noise(Vec<u8>),
}

/// The reader of frames. Bytes may arrive cut anywhere.
#[derive(Debug)]
pub struct Frames {
    mark: Vec<u8>,
    waiting: Vec<u8>,
}

impl Frames {
    /// A reader for frames behind this marker.
    #[must_use]
    pub fn new(marker: &str) -> Self {
        Self { mark: format!("\x1e{marker} ").into_bytes(), waiting: Vec::new() }
    }

    /// Takes what has arrived and gives every piece that is whole.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.waiting.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        while let Some(piece) = self.next() {
            pieces.push(piece);
        }
        pieces
    }

    /// What was still waiting for its end when no more came.
    #[must_use]
    pub fn rest(self) -> Vec<u8> {
        self.waiting
    }

    fn next(&mut self) -> Option<Piece> {
        let at = self.waiting.windows(self.mark.len()).position(|window| window == self.mark);
        let Some(at) = at else { return self.noise(self.waiting.len() - self.begun()) };
        if at > 0 {
            return self.noise(at);
        }
        let head = self.waiting.get(self.mark.len()..).unwrap_or_default();
        let Some(end) = head.iter().take(HEAD).position(|byte| *byte == b'\n') else {
            return if head.len() < HEAD { None } else { self.noise(self.mark.len()) };
        };
        let Some((kind, length)) = head.get(..end).and_then(read_head) else { return self.noise(self.mark.len()) };
        let start = self.mark.len() + end + 1;
        if self.waiting.len() < start + length {
            return None;
        }
        let after = self.waiting.split_off(start + length);
        let frame = std::mem::replace(&mut self.waiting, after);
        Some(Piece::Frame(kind, frame.get(start..).unwrap_or_default().to_vec()))
    }

    /// How many bytes at the end may be the beginning of a marker.
    fn begun(&self) -> usize {
        let most = self.mark.len().saturating_sub(1).min(self.waiting.len());
        let is_start = |length: &usize| self.mark.get(..*length).is_some_and(|start| self.waiting.ends_with(start));
        (1..=most).rev().find(is_start).unwrap_or(0)
    }

    fn noise(&mut self, length: usize) -> Option<Piece> {
        if length == 0 {
            return None;
        }
        let after = self.waiting.split_off(length);
        Some(Piece::Noise(std::mem::replace(&mut self.waiting, after)))
    }
}

/// `e 120`.
fn read_head(head: &[u8]) -> Option<(u8, usize)> {
    let text = std::str::from_utf8(head).ok()?.trim_end_matches('\r');
    let (kind, length) = text.split_once(' ')?;
    let length = length.parse().ok().filter(|length| *length <= LONGEST)?;
    match kind.as_bytes() {
        [kind] => Some((*kind, length)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Frames, Piece};
    use proptest::prelude::*;

    const SENT: &[u8] = b"hello\x1e\x1em4 e 3\nab\nnoise \x1em5\x1em4 x 0\n\x1em4 nonsense\n\x1em4 o 5\n\x1em4 e";

    fn joined(pieces: impl IntoIterator<Item = Piece>) -> (Vec<(u8, Vec<u8>)>, Vec<u8>) {
        let (mut frames, mut noise) = (Vec::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Frame(kind, bytes) => frames.push((kind, bytes)),
                Piece::Noise(bytes) => noise.extend(bytes),
            }
        }
        (frames, noise)
    }

    #[test]
    fn frames_are_told_from_what_is_printed_between_them() {
        let (frames, noise) = joined(Frames::new("m4").push(SENT));
        assert_eq!(frames, [(b'e', b"ab\n".to_vec()), (b'x', Vec::new()), (b'o', b"\x1em4 e".to_vec())]);
        assert_eq!(noise, b"hello\x1enoise \x1em5\x1em4 nonsense\n");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_bytes_are_cut(cuts in proptest::collection::vec(0..SENT.len(), 0..8)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let mut frames = Frames::new("m4");
            let mut pieces = Vec::new();
            let mut from = 0;
            for to in cuts.into_iter().chain([SENT.len()]) {
                pieces.extend(frames.push(&SENT[from..to]));
                from = to;
            }
            prop_assert_eq!(joined(pieces), joined(Frames::new("m4").push(SENT)));
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut frames = Frames::new("m");
            let (_, noise) = joined(frames.push(&bytes));
            prop_assert!(noise.len() + frames.rest().len() <= bytes.len());
        }
    }
}
