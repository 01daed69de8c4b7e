//! Keys whose computation crashed a worker.

use std::collections::{BTreeMap, VecDeque};

use sojourn_proto::{Failure, Key, WorkKind};

/// What is asked for again after a crash is answered without another try: it would crash again, and each
/// crash costs a worker. The marks are bounded, the oldest is forgotten first.
#[derive(Debug, Default)]
pub(super) struct Poison {
    marks: BTreeMap<(WorkKind, Key), Failure>,
    order: VecDeque<(WorkKind, Key)>,
}

impl Poison {
    pub(super) fn mark(&mut self, kind: WorkKind, key: Key, failure: Failure, bound: usize) {
        if self.marks.insert((kind, key), failure).is_none() {
            self.order.push_back((kind, key));
        }
        while self.marks.len() > bound {
            let Some(oldest) = self.order.pop_front() else { break };
            self.marks.remove(&oldest);
        }
    }

    pub(super) fn lift(&mut self, kind: WorkKind, key: Key) {
        if self.marks.remove(&(kind, key)).is_some() {
            self.order.retain(|&marked| marked != (kind, key));
        }
    }

    pub(super) fn get(&self, kind: WorkKind, key: Key) -> Option<&Failure> {
        self.marks.get(&(kind, key))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize) {
        (self.marks.len(), self.order.len())
    }
}
