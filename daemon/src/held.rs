//! Blobs held in memory for sessions whose jobs need them: traces to be evaluated. A client that leaves the store
//! alone, or whose trace the store does not have, sends it here; it is gone with the last session that held it, or
//! when others need the room. Nothing is lost by that: whoever misses one sends it again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sojourn_proto::Key;

use crate::exchange::SessionId;

/// Blobs by digest, the one used longest ago leaving first.
#[derive(Debug)]
pub(crate) struct Held(Mutex<Shelf>);

#[derive(Debug)]
struct Shelf {
    blobs: HashMap<Key, Blob>,
    /// Moment of last use to blob; moments are a count of uses.
    order: BTreeMap<u64, Key>,
    uses: u64,
    bytes: u64,
    limit: u64,
}

#[derive(Debug)]
struct Blob {
    bytes: Bytes,
    used: u64,
    sessions: BTreeSet<SessionId>,
}

impl Held {
    /// Room for so many bytes.
    pub(crate) fn new(limit: u64) -> Held {
        let (blobs, order) = (HashMap::new(), BTreeMap::new());
        Held(Mutex::new(Shelf { blobs, order, uses: 0, bytes: 0, limit }))
    }

    /// Holds a blob, whose digest this is, for a session. False: it alone is larger than the room.
    pub(crate) fn hold(&self, session: SessionId, digest: Key, bytes: &Bytes) -> bool {
        let mut shelf = self.shelf();
        if bytes.len() as u64 > shelf.limit {
            return false;
        }
        if !shelf.blobs.contains_key(&digest) {
            shelf.bytes += bytes.len() as u64;
            let blob = Blob { bytes: bytes.clone(), used: 0, sessions: BTreeSet::new() };
            shelf.blobs.insert(digest, blob);
        }
        shelf.touch(digest);
        if let Some(blob) = shelf.blobs.get_mut(&digest) {
            blob.sessions.insert(session);
        }
        shelf.make_room();
        true
    }

    /// A blob, whoever holds it: who knows its digest has had its bytes.
    pub(crate) fn get(&self, digest: Key) -> Option<Bytes> {
        let mut shelf = self.shelf();
        shelf.touch(digest);
        shelf.blobs.get(&digest).map(|blob| blob.bytes.clone())
    }

    /// A session is over.
    pub(crate) fn leave(&self, session: SessionId) {
        let mut shelf = self.shelf();
        let mut left = Vec::new();
        for (&digest, blob) in &mut shelf.blobs {
            if blob.sessions.remove(&session) && blob.sessions.is_empty() {
                left.push(digest);
            }
        }
        left.into_iter().for_each(|digest| shelf.forget(digest));
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        let mut shelf = self.shelf();
        (shelf.bytes, shelf.blobs, shelf.order) = (0, HashMap::new(), BTreeMap::new());
    }

    /// Bytes of all.
    pub(crate) fn bytes(&self) -> u64 {
        self.shelf().bytes
    }

    /// What is held. A panic elsewhere leaves a cache, which is as good as before.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn touch(&mut self, digest: Key) {
        let Some(blob) = self.blobs.get_mut(&digest) else { return };
        self.order.remove(&blob.used);
        self.uses += 1;
        blob.used = self.uses;
        self.order.insert(self.uses, digest);
    }

    fn forget(&mut self, digest: Key) {
        if let Some(blob) = self.blobs.remove(&digest) {
            self.order.remove(&blob.used);
            self.bytes -= blob.bytes.len() as u64;
        }
    }

    fn make_room(&mut self) {
        while self.bytes > self.limit {
            let Some((_, &oldest)) = self.order.first_key_value() else { return };
            self.forget(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(held: &Held, session: SessionId, n: u8, length: usize) -> bool {
        held.hold(session, Key([n; 32]), &Bytes::from(vec![n; length]))
    }

    fn holds(held: &Held, n: u8) -> bool {
        held.get(Key([n; 32])).is_some_and(|bytes| bytes[0] == n)
    }

    #[test]
    fn a_blob_is_gone_with_the_last_session_that_held_it() {
        let held = Held::new(100);
        assert!(hold(&held, 1, 7, 10) && hold(&held, 2, 7, 10) && hold(&held, 1, 8, 10));
        assert_eq!(held.bytes(), 20, "each blob counts once");
        held.leave(1);
        assert!(holds(&held, 7) && !holds(&held, 8));
        held.leave(2);
        assert!(!holds(&held, 7));
        assert_eq!(held.bytes(), 0);
    }

    #[test]
    fn what_was_used_longest_ago_makes_room_and_the_bound_holds() {
        let held = Held::new(30);
        (1..=3).for_each(|n| assert!(hold(&held, 1, n, 10)));
        assert!(holds(&held, 1));
        assert!(hold(&held, 1, 4, 10));
        assert!(holds(&held, 1) && !holds(&held, 2) && holds(&held, 3) && holds(&held, 4));
        assert_eq!(held.bytes(), 30);
        assert!(!hold(&held, 1, 5, 31), "larger than all the room");
        assert!(holds(&held, 1), "and nothing was lost for it");
        held.clear();
        assert!(!holds(&held, 1) && held.bytes() == 0);
    }
}
