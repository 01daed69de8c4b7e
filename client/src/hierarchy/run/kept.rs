//! Plans of this batch, for graphs that are cut later.

use std::collections::HashMap;
use std::sync::Arc;

use sojourn_engine::Plan;
use sojourn_proto::Key;

/// Entries of L and U in all plans kept, at most: some 256 MiB. A plan forgotten is asked for or recorded again.
const ENTRIES: usize = 1 << 26;

/// Plans by the keys of their patterns.
#[derive(Debug, Default)]
pub(super) struct Kept {
    plans: HashMap<Key, Arc<Plan>>,
    entries: usize,
}

impl Kept {
    /// A plan, if it is kept.
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Plan>> {
        self.plans.get(key).cloned()
    }

    /// Keeps a plan, and forgets all others where they would be too many: graphs that wait have theirs already.
    pub(super) fn keep(&mut self, key: Key, plan: &Arc<Plan>) {
        let entries = plan.entries() + plan.size();
        if self.entries + entries > ENTRIES {
            self.plans.clear();
            self.entries = 0;
        }
        if self.plans.insert(key, Arc::clone(plan)).is_none() {
            self.entries += entries;
        }
    }
}
