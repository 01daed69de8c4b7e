//! Traces that lie on a device, the one used longest ago first.

use sojourn_engine::image::Image;

use super::driver::{Buffer, Failure};

/// A trace that lies on a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resident {
    /// Digest of its bytes.
    pub digest: [u8; 32],
    /// Bytes of memory that it takes there.
    pub bytes: u64,
}

/// An image on a device: its numbers, and its words behind them.
#[derive(Debug)]
pub(super) struct Lying {
    digest: [u8; 32],
    buffer: Buffer,
    /// Where its words begin.
    words: usize,
}

impl Lying {
    /// Copies an image to memory that holds it.
    pub(super) fn new(digest: [u8; 32], image: &Image, buffer: Buffer) -> Result<Lying, Failure> {
        let words = size_of_val(&image.numbers[..]);
        buffer.write(0, &image.numbers)?;
        buffer.write(words, &image.words)?;
        Ok(Lying { digest, buffer, words })
    }

    /// Where its words and its numbers are.
    pub(super) fn places(&self) -> [u64; 2] {
        [self.buffer.place(self.words, 0), self.buffer.place(0, 0)]
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Residents(Vec<Lying>);

impl Residents {
    /// A trace by its digest, which is now the one used last.
    pub(super) fn touch(&mut self, digest: [u8; 32]) -> Option<&Lying> {
        let at = self.0.iter().position(|lying| lying.digest == digest)?;
        let lying = self.0.remove(at);
        self.0.push(lying);
        self.0.last()
    }

    pub(super) fn add(&mut self, lying: Lying) {
        self.0.push(lying);
    }

    /// Drops the one used longest ago, other than one to keep; whether there was any.
    pub(super) fn evict_oldest(&mut self, but: [u8; 32]) -> bool {
        let at = self.0.iter().position(|lying| lying.digest != but);
        at.map(|at| self.0.remove(at)).is_some()
    }

    pub(super) fn evict(&mut self, digest: [u8; 32]) {
        self.0.retain(|lying| lying.digest != digest);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn list(&self) -> Vec<Resident> {
        let resident = |lying: &Lying| Resident { digest: lying.digest, bytes: lying.buffer.bytes() as u64 };
        self.0.iter().map(resident).collect()
    }
}
