//! What is on a device: kept by what its process reports, which is what the driver says.

use std::collections::{BTreeMap, BTreeSet};

use sojourn_proto::{DeviceMemory, Key};

/// Growth of our memory beyond resident traces, with one job, that is worth a warning.
pub(in crate::queue) const GROWTH: u64 = 500 << 20;

/// Memory of one device.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// As last reported; none where there is no context.
    memory: Option<DeviceMemory>,
    /// When each trace was last used, in turns of the queue.
    used: BTreeMap<Key, u64>,
    grown: u64,
    /// What should be free once the memory of a process that was lost is back.
    expected: Option<u64>,
}

impl Ledger {
    /// A job that needs this trace goes to the device.
    pub(super) fn touch(&mut self, trace: Key, turn: u64) {
        self.used.insert(trace, turn);
    }

    /// The process reports. Returns by how much what it holds grew, where that is worth a warning: traces that
    /// became resident explain themselves, and a first report has nothing before it.
    pub(super) fn note(&mut self, memory: DeviceMemory) -> Option<u64> {
        let before = self.memory.as_ref().map(unexplained);
        self.grown = before.map_or(0, |before| unexplained(&memory).saturating_sub(before));
        let resident: BTreeSet<Key> = memory.resident.iter().map(|&(trace, _)| trace).collect();
        self.used.retain(|trace, _| resident.contains(trace));
        self.memory = Some(memory);
        self.expected = None;
        (self.grown > GROWTH).then_some(self.grown)
    }

    /// The process is gone, and all that was on the device with it. One that was lost may leave its memory taken
    /// for a while: the next has to wait for it.
    pub(super) fn forget(&mut self, lost: bool) {
        let expected = self.memory.as_ref().map(|memory| memory.free.saturating_add(memory.ours));
        *self =
            Ledger { expected: if lost { expected.or(self.expected) } else { None }, ..Ledger::default() };
    }

    /// Bytes that must be free before a new context is worth anything; none: nothing was lost.
    pub(super) fn expected(&self) -> Option<u64> {
        self.expected
    }

    pub(super) fn memory(&self) -> Option<&DeviceMemory> {
        self.memory.as_ref()
    }

    /// Bytes that what we hold, resident traces apart, grew by with the last job.
    pub(super) fn grown(&self) -> u64 {
        self.grown
    }

    pub(super) fn has(&self, trace: Key) -> bool {
        self.memory.iter().any(|memory| memory.resident.iter().any(|&(resident, _)| resident == trace))
    }

    /// Traces that have to go so that those resident keep to the budget, the one used longest ago first; never one
    /// that is `needed`.
    pub(super) fn excess(&self, budget: u64, needed: &[Key]) -> Vec<Key> {
        let Some(memory) = &self.memory else { return Vec::new() };
        let mut bytes: u64 = memory.resident.iter().map(|(_, bytes)| bytes).sum();
        let mut idle: Vec<_> = memory.resident.iter().filter(|(trace, _)| !needed.contains(trace)).collect();
        idle.sort_by_key(|(trace, _)| self.used.get(trace).copied().unwrap_or(0));
        let mut going = Vec::new();
        for &(trace, size) in idle {
            if bytes <= budget {
                break;
            }
            bytes -= size;
            going.push(trace);
        }
        going
    }
}

/// What we hold beyond resident traces.
fn unexplained(memory: &DeviceMemory) -> u64 {
    memory.ours.saturating_sub(memory.resident.iter().map(|(_, bytes)| bytes).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(n: u8) -> Key {
        Key([n; 32])
    }

    fn memory(ours: u64, resident: &[(u8, u64)]) -> DeviceMemory {
        let resident = resident.iter().map(|&(n, bytes)| (trace(n), bytes)).collect();
        DeviceMemory { free: 10_000 - ours, ours, resident }
    }

    #[test]
    fn what_was_used_longest_ago_goes_until_the_budget_holds_and_what_is_needed_stays() {
        let mut ledger = Ledger::default();
        for (turn, n) in [(5, 1), (3, 2), (4, 3)] {
            ledger.touch(trace(n), turn);
        }
        assert!(ledger.excess(0, &[]).is_empty(), "nothing is there yet");
        ledger.note(memory(60, &[(1, 10), (2, 20), (3, 30)]));
        assert!(ledger.has(trace(2)) && !ledger.has(trace(4)));
        assert!(ledger.excess(60, &[]).is_empty());
        assert_eq!(ledger.excess(59, &[]), [trace(2)]);
        assert_eq!(ledger.excess(15, &[]), [trace(2), trace(3)]);
        assert_eq!(ledger.excess(0, &[trace(2)]), [trace(3), trace(1)]);
    }

    #[test]
    fn growth_is_told_beyond_500_mb_unless_resident_traces_explain_it() {
        let mut ledger = Ledger::default();
        let large = GROWTH + 1;
        assert_eq!(ledger.note(DeviceMemory { ours: large, ..DeviceMemory::default() }), None, "the first");
        let explained = DeviceMemory { free: 0, ours: 2 * large, resident: vec![(trace(1), large)] };
        assert_eq!(ledger.note(explained.clone()), None);
        let grown = DeviceMemory { ours: 3 * large, ..explained.clone() };
        assert_eq!(ledger.note(grown.clone()), Some(large));
        assert_eq!(ledger.grown(), large);
        assert_eq!(ledger.note(grown), None, "it stays as it is");
        assert_eq!(ledger.note(explained), None, "it shrinks");
    }

    #[test]
    fn only_a_lost_process_leaves_memory_to_wait_for() {
        let mut ledger = Ledger::default();
        ledger.note(memory(400, &[(1, 100)]));
        ledger.forget(true);
        assert_eq!((ledger.expected(), ledger.memory(), ledger.has(trace(1))), (Some(10_000), None, false));
        ledger.forget(true);
        assert_eq!(ledger.expected(), Some(10_000), "the next was lost before it could report");
        ledger.note(memory(10, &[]));
        assert_eq!(ledger.expected(), None);
        ledger.forget(false);
        assert_eq!(ledger.expected(), None);
    }
}
