//! Output between two lots of news: bounded, whatever the program prints.

/// How much of the beginning is kept.
const FRONT: usize = 64 * 1024;
/// How much of the end is kept.
const BACK: usize = 192 * 1024;

/// What was printed since the last lot. It keeps the beginning and the end.
#[derive(Debug, Default)]
pub struct Burst {
    front: Vec<u8>,
    back: Vec<u8>,
    skipped: u64,
}

impl Burst {
    /// Adds bytes at the end.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = FRONT.saturating_sub(self.front.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.front.extend_from_slice(first);
        self.back.extend_from_slice(rest);
        if self.back.len() > 2 * BACK {
            let over = self.back.len() - BACK;
            self.back.drain(..over);
            self.skipped += over as u64;
        }
    }

    /// What was collected, in pieces: the bytes left out before a piece, and the piece.
    pub fn take(&mut self) -> Vec<(u64, Vec<u8>)> {
        let mut pieces = Vec::new();
        if !self.front.is_empty() {
            pieces.push((0, std::mem::take(&mut self.front)));
        }
        if !self.back.is_empty() {
            pieces.push((std::mem::take(&mut self.skipped), std::mem::take(&mut self.back)));
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::Burst;

    #[test]
    fn a_flood_is_bounded_and_counted() {
        let mut burst = Burst::default();
        burst.push(b"begin");
        for _ in 0..1000 {
            burst.push(&[b'x'; 10_000]);
        }
        burst.push(b"end");
        let pieces = burst.take();
        let held: usize = pieces.iter().map(|(_, piece)| piece.len()).sum();
        let skipped: u64 = pieces.iter().map(|(skipped, _)| skipped).sum();
        assert!(held < 500_000, "{held}");
        assert_eq!(held as u64 + skipped, 10_000_008);
        assert!(pieces[0].1.starts_with(b"begin") && pieces[1].1.ends_with(b"end"));
        assert!(burst.take().is_empty());
    }
}
