//! The blobs that jobs need: counted once each, for as long as there are jobs that do.

use std::collections::{BTreeMap, BTreeSet};

use sojourn_proto::Key;

use super::{Blob, Claim};

/// Blobs by digest.
#[derive(Debug, Default)]
pub(super) struct Blobs {
    needed: BTreeMap<Key, Needed>,
    bytes: u64,
}

#[derive(Debug)]
struct Needed {
    bytes: u64,
    jobs: usize,
}

impl Blobs {
    /// Bytes of all.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes of those that these units need and no job does yet.
    pub(super) fn further(&self, units: &[Claim]) -> u64 {
        let mut seen = BTreeSet::new();
        let further = units.iter().filter(|unit| unit.idx >= 0).filter_map(|unit| match unit.blob {
            Blob::Here { bytes } => unit.kind.needs().map(|digest| (digest, bytes)),
            Blob::None | Blob::Missing => None,
        });
        further
            .filter(|(digest, _)| !self.needed.contains_key(digest) && seen.insert(*digest))
            .map(|(_, bytes)| bytes)
            .sum()
    }

    /// One more job needs a blob, if it needs any.
    pub(super) fn keep(&mut self, digest: Option<Key>, blob: Blob) {
        let (Some(digest), Blob::Here { bytes }) = (digest, blob) else { return };
        let needed = self.needed.entry(digest).or_insert(Needed { bytes, jobs: 0 });
        needed.jobs += 1;
        if needed.jobs == 1 {
            self.bytes += bytes;
        }
    }

    /// A job is over that needed a blob, if it did.
    pub(super) fn release(&mut self, digest: Option<Key>) {
        let Some(digest) = digest else { return };
        let Some(needed) = self.needed.get_mut(&digest) else { return };
        needed.jobs -= 1;
        if needed.jobs == 0 {
            self.bytes -= needed.bytes;
            self.needed.remove(&digest);
        }
    }

    /// Jobs that need each blob, and bytes of all.
    #[cfg(test)]
    pub(super) fn counts(&self) -> (BTreeMap<Key, usize>, u64) {
        let jobs = self.needed.iter().map(|(&digest, needed)| (digest, needed.jobs)).collect();
        (jobs, self.needed.values().map(|needed| needed.bytes).sum())
    }
}
