//! Blobs used lately, verified, in this process's own memory.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use sojourn_proto::Key;

/// Blobs by digest, the one used longest ago leaving first.
#[derive(Debug)]
pub(super) struct Memory {
    blobs: HashMap<Key, (Bytes, u64)>,
    /// Moment of last use to blob; moments are a count of uses.
    order: BTreeMap<u64, Key>,
    uses: u64,
    bytes: u64,
    limit: u64,
}

impl Memory {
    pub(super) fn new(limit: u64) -> Memory {
        Memory { blobs: HashMap::new(), order: BTreeMap::new(), uses: 0, bytes: 0, limit }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn get(&mut self, digest: &Key) -> Option<Bytes> {
        let (bytes, used) = self.blobs.get_mut(digest)?;
        self.order.remove(used);
        self.uses += 1;
        *used = self.uses;
        self.order.insert(self.uses, *digest);
        Some(bytes.clone())
    }

    /// Keeps a blob, unless it alone would take more than a quarter of the room.
    pub(super) fn put(&mut self, digest: Key, bytes: Bytes) {
        let length = bytes.len() as u64;
        if length > self.limit / 4 || self.blobs.contains_key(&digest) {
            return;
        }
        self.uses += 1;
        self.bytes += length;
        self.blobs.insert(digest, (bytes, self.uses));
        self.order.insert(self.uses, digest);
        self.shrink();
    }

    pub(super) fn limit(&mut self, limit: u64) {
        self.limit = limit;
        self.shrink();
    }

    pub(super) fn forget(&mut self, digest: &Key) {
        if let Some((bytes, used)) = self.blobs.remove(digest) {
            self.order.remove(&used);
            self.bytes -= bytes.len() as u64;
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Memory::new(self.limit);
    }

    fn shrink(&mut self) {
        while self.bytes > self.limit {
            let Some((_, &oldest)) = self.order.first_key_value() else { return };
            self.forget(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use sojourn_proto::Key;

    use super::Memory;

    #[test]
    fn what_was_used_longest_ago_leaves_first() {
        let mut memory = Memory::new(400);
        let blob = |n: u8| (Key([n; 32]), Bytes::from(vec![n; 100]));
        for n in 0..4 {
            let (digest, bytes) = blob(n);
            memory.put(digest, bytes);
        }
        assert!(memory.get(&Key([0; 32])).is_some());
        let (digest, bytes) = blob(4);
        memory.put(digest, bytes);
        assert_eq!(memory.bytes(), 400);
        assert!(memory.get(&Key([1; 32])).is_none());
        assert!(memory.get(&Key([0; 32])).is_some());
        memory.put(Key([9; 32]), Bytes::from(vec![0; 101]));
        assert!(memory.get(&Key([9; 32])).is_none(), "one blob does not push out all others");
        memory.limit(0);
        assert_eq!(memory.bytes(), 0);
    }
}
