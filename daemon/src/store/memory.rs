//! Blobs used lately, verified, in this process's own memory, and the names they were found under: what is here
//! is served without a look at the disk.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sojourn_proto::Key;

use super::Shelf;

/// What a blob counts for beyond its bytes, and a name of one: about what the tables here take for it.
const BLOB_BYTES: u64 = 256;
const NAME_BYTES: u64 = 192;

/// A blob served from here is looked for on disk again when this has passed: to note there that it is in use,
/// and to notice that another daemon has removed it.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// A blob found here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) digest: Key,
    pub(super) bytes: Bytes,
    /// Whether it is time to look whether it is still on disk.
    pub(super) look: bool,
}

#[derive(Debug)]
struct Held {
    bytes: Bytes,
    used: u64,
    seen: Instant,
    names: HashSet<(Shelf, Key)>,
}

impl Held {
    fn cost(&self) -> u64 {
        self.bytes.len() as u64 + BLOB_BYTES + NAME_BYTES * self.names.len() as u64
    }
}

/// Blobs by digest and by name, the one used longest ago leaving first.
#[derive(Debug)]
pub(super) struct Memory {
    blobs: HashMap<Key, Held>,
    names: HashMap<(Shelf, Key), Key>,
    /// Moment of last use to blob; moments are a count of uses.
    order: BTreeMap<u64, Key>,
    uses: u64,
    bytes: u64,
    limit: u64,
}

impl Memory {
    pub(super) fn new(limit: u64) -> Memory {
        Memory {
            blobs: HashMap::new(),
            names: HashMap::new(),
            order: BTreeMap::new(),
            uses: 0,
            bytes: 0,
            limit,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The blob under a name.
    pub(super) fn get(&mut self, name: (Shelf, Key), now: Instant) -> Option<Hit> {
        let digest = *self.names.get(&name)?;
        let bytes = self.touch(&digest)?;
        let seen = self.blobs.get(&digest)?.seen;
        Some(Hit { digest, bytes, look: now.saturating_duration_since(seen) >= LOOK_AGAIN })
    }

    /// A blob that an entry on disk leads to.
    pub(super) fn get_blob(&mut self, digest: &Key) -> Option<Bytes> {
        self.touch(digest)
    }

    fn touch(&mut self, digest: &Key) -> Option<Bytes> {
        let held = self.blobs.get_mut(digest)?;
        self.order.remove(&held.used);
        self.uses += 1;
        held.used = self.uses;
        self.order.insert(self.uses, *digest);
        Some(held.bytes.clone())
    }

    /// Keeps a blob that is on disk now, unless it alone would take more than a quarter of the room, and that it
    /// stands under these names.
    pub(super) fn put(&mut self, names: &[(Shelf, Key)], digest: Key, bytes: &Bytes, now: Instant) {
        for name in names {
            self.forget_name(*name, &digest);
        }
        if bytes.len() as u64 + BLOB_BYTES > self.limit / 4 {
            return;
        }
        let (uses, new) = (self.uses + 1, !self.blobs.contains_key(&digest));
        let held = self.blobs.entry(digest).or_insert_with(|| Held {
            bytes: bytes.clone(),
            used: uses,
            seen: now,
            names: HashSet::new(),
        });
        let before = if new { 0 } else { held.cost() };
        held.seen = now;
        held.names.extend(names);
        self.bytes += held.cost() - before;
        if new {
            self.uses = uses;
            self.order.insert(uses, digest);
        }
        self.names.extend(names.iter().map(|&name| (name, digest)));
        self.shrink();
    }

    /// A blob has been seen on disk.
    pub(super) fn seen(&mut self, digest: &Key, now: Instant) {
        if let Some(held) = self.blobs.get_mut(digest) {
            held.seen = now;
        }
    }

    pub(super) fn limit(&mut self, limit: u64) {
        self.limit = limit;
        self.shrink();
    }

    pub(super) fn forget(&mut self, digest: &Key) {
        if let Some(held) = self.blobs.remove(digest) {
            self.order.remove(&held.used);
            self.bytes -= held.cost();
            for name in held.names {
                self.names.remove(&name);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Memory::new(self.limit);
    }

    /// A name stands for another blob than before.
    fn forget_name(&mut self, name: (Shelf, Key), now: &Key) {
        let Some(before) = self.names.get(&name).copied().filter(|before| before != now) else { return };
        self.names.remove(&name);
        if let Some(held) = self.blobs.get_mut(&before)
            && held.names.remove(&name)
        {
            self.bytes -= NAME_BYTES;
        }
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
    use std::time::Instant;

    use bytes::Bytes;
    use sojourn_proto::{Key, Table};

    use super::{BLOB_BYTES, LOOK_AGAIN, Memory, NAME_BYTES, Shelf};

    const BLOB: usize = 1000;
    const COST: u64 = BLOB as u64 + BLOB_BYTES + NAME_BYTES;

    fn name(n: u8) -> (Shelf, Key) {
        (Shelf::of(Table::Plans, 0), Key([n; 32]))
    }

    fn digest(n: u8) -> Key {
        Key([100 + n; 32])
    }

    fn put(memory: &mut Memory, n: u8, length: usize) {
        memory.put(&[name(n)], digest(n), &Bytes::from(vec![n; length]), Instant::now());
    }

    fn holds(memory: &mut Memory, n: u8) -> bool {
        memory.get(name(n), Instant::now()).is_some_and(|hit| hit.digest == digest(n) && hit.bytes[0] == n)
    }

    #[test]
    fn what_was_used_longest_ago_leaves_first_and_the_bound_holds() {
        let mut memory = Memory::new(8 * COST);
        for n in 0..8 {
            put(&mut memory, n, BLOB);
        }
        assert!(holds(&mut memory, 0));
        put(&mut memory, 8, BLOB);
        assert_eq!(memory.bytes(), 8 * COST);
        assert!(!holds(&mut memory, 1) && holds(&mut memory, 0) && holds(&mut memory, 8));
        memory.limit(COST);
        assert!(holds(&mut memory, 8) && !holds(&mut memory, 0));
        memory.limit(0);
        assert_eq!(memory.bytes(), 0);
    }

    #[test]
    fn one_large_blob_does_not_push_out_all_others() {
        let mut memory = Memory::new(8 * COST);
        put(&mut memory, 0, BLOB);
        put(&mut memory, 1, 2 * COST as usize);
        put(&mut memory, 2, 100 * COST as usize);
        assert!(holds(&mut memory, 0) && !holds(&mut memory, 1) && !holds(&mut memory, 2));
    }

    #[test]
    fn names_count_and_leave_with_their_blob() {
        let mut memory = Memory::new(8 * COST);
        put(&mut memory, 0, BLOB);
        let bytes = Bytes::from(vec![0; BLOB]);
        memory.put(&[name(1), name(1)], digest(0), &bytes, Instant::now());
        assert_eq!(memory.bytes(), COST + NAME_BYTES);
        // It stands for another blob now.
        put(&mut memory, 1, BLOB);
        assert_eq!(memory.bytes(), 2 * COST);
        assert!(holds(&mut memory, 1));
        memory.forget(&digest(0));
        assert_eq!((memory.bytes(), holds(&mut memory, 0)), (COST, false));
        memory.clear();
        assert_eq!((memory.bytes(), memory.names.len(), memory.order.len()), (0, 0, 0));
    }

    #[test]
    fn a_blob_served_for_long_is_looked_for_on_disk_again() {
        let mut memory = Memory::new(8 * COST);
        let begin = Instant::now();
        memory.put(&[name(0)], digest(0), &Bytes::from(vec![0; BLOB]), begin);
        let look = |memory: &mut Memory, now| memory.get(name(0), now).unwrap().look;
        assert!(!look(&mut memory, begin + LOOK_AGAIN / 2));
        assert!(look(&mut memory, begin + LOOK_AGAIN));
        memory.seen(&digest(0), begin + LOOK_AGAIN);
        assert!(!look(&mut memory, begin + LOOK_AGAIN));
    }
}
