//! A graph whose components are recorded apart, until all their plans are there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use sojourn_engine::{Chain, Decomposition, Pattern, Plan, Trace};
use sojourn_proto::{Key, WorkKind};

use super::JobError;

/// Key of a pattern, and whether it is large enough for a job of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    pub(super) key: Key,
    pub(super) large: bool,
}

/// A graph in parts.
#[derive(Debug)]
pub(super) struct Assembly {
    decomposition: Decomposition,
    /// Keys of the decomposition's patterns.
    needs: Vec<Key>,
    missing: HashSet<Key>,
    pub(super) computed: usize,
    pub(super) reused: usize,
    pub(super) work: Duration,
}

impl Assembly {
    /// Cuts a chain. None where every component is smaller than `min_size`: then the graph is one job.
    /// `meet` is shown each distinct pattern.
    pub(super) fn new(
        chain: &Chain,
        min_size: usize,
        mut meet: impl FnMut(Need, &Pattern, Vec<u8>),
    ) -> Option<Assembly> {
        let decomposition = Decomposition::new(chain);
        if decomposition.largest() < min_size.max(2) {
            return None;
        }
        let mut missing = HashSet::new();
        let needs = decomposition
            .patterns()
            .iter()
            .map(|pattern| {
                let bytes = pattern.encode();
                let key = WorkKind::Pattern.key(&bytes);
                missing.insert(key);
                meet(Need { key, large: pattern.size() >= min_size }, pattern, bytes);
                key
            })
            .collect();
        Some(Assembly { decomposition, needs, missing, computed: 0, reused: 0, work: Duration::ZERO })
    }

    /// Distinct patterns without a plan.
    pub(super) fn missing(&self) -> impl Iterator<Item = &Key> {
        self.missing.iter()
    }

    /// Counts a pattern as there; true once all are.
    pub(super) fn arrived(&mut self, key: &Key, recorded: Option<Duration>) -> bool {
        if self.missing.remove(key) {
            match recorded {
                Some(time) => {
                    self.computed += 1;
                    self.work += time;
                }
                None => self.reused += 1,
            }
        }
        self.missing.is_empty()
    }

    /// The trace, once all plans are there.
    pub(super) fn stitch(&self, chain: &Chain, plans: &HashMap<Key, Arc<Plan>>) -> Result<Trace, JobError> {
        let plans: Option<Vec<Arc<Plan>>> = self.needs.iter().map(|key| plans.get(key).cloned()).collect();
        let plans = plans.ok_or_else(|| JobError::new("internal", "a plan is missing"))?;
        Trace::stitch(chain, &self.decomposition, &plans)
            .map_err(|e| JobError::new("internal", e.to_string()))
    }
}
