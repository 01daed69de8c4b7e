//! Sharing out the slots: which session gets the next worker, and who gives one back.

use super::worker::Phase;
use super::{Moment, Queue};
use crate::exchange::{SessionId, WorkerId};

/// What sessions wait for after all slots have been shared out.
#[derive(Debug, Default)]
pub(super) struct Unmet {
    /// Free slots for which a worker has to be started.
    pub(super) to_start: usize,
    /// Sessions that such a worker is for, once for each.
    pub(super) expecting: Vec<SessionId>,
    /// Whether a session has less than its share, so that others must not take work ahead.
    pub(super) anyone_starves: bool,
}

impl Queue {
    /// Workers of a session that take its work.
    pub(super) fn held(&self, session: SessionId) -> usize {
        self.workers.values().filter(|worker| worker.serves(session)).count()
    }

    /// Slots that each session with work may have where all want them: at least one.
    pub(super) fn share(&self) -> usize {
        let wanting = self.sessions.keys().filter(|&&session| self.wants(session)).count();
        (self.capacity() / wanting.max(1)).max(1)
    }

    /// Whether a session has work in workers or for workers.
    fn wants(&self, session: SessionId) -> bool {
        self.workers.values().any(|worker| worker.serves(session) && !worker.load.is_empty())
            || (!self.blocked(session)
                && self
                    .sessions
                    .get(&session)
                    .is_some_and(|client| client.batches.values().any(|batch| batch.ready.any(&self.jobs))))
    }

    /// Workers beyond its own that a session could use now. Its own have been filled before, so what waits
    /// here has none.
    fn need(&mut self, session: SessionId) -> usize {
        if self.blocked(session) {
            return 0;
        }
        let Some(client) = self.sessions.get_mut(&session) else { return 0 };
        let mut need = 0;
        for (&number, batch) in &mut client.batches {
            let ready = batch.ready.len(&self.jobs);
            if ready > 0 {
                let using = self.workers.values().filter(|worker| worker.works_for(session, number)).count();
                need += ready.min(batch.workers().saturating_sub(using));
            }
        }
        need
    }

    /// Leases spares to those who need them, the session with fewest workers first, then the one served
    /// longest ago; and makes room where a session has less than its share.
    pub(super) fn lease_slots(&mut self) -> Unmet {
        let mut unmet = Unmet::default();
        self.quantum_ends = None;
        let mut needy: Vec<_> = self
            .sessions
            .keys()
            .copied()
            .collect::<Vec<_>>()
            .into_iter()
            .map(|session| (session, self.need(session), self.held(session)))
            .filter(|&(_, need, _)| need > 0)
            .collect();
        let share = self.share();
        // Slots that come free without further doing.
        let mut freeing = self.count(|phase| matches!(phase, Phase::Retiring { .. }));
        while let Some(position) = self.neediest(&needy) {
            let (session, need, held) = &mut needy[position];
            if self.slots_taken() + unmet.to_start >= self.capacity() {
                if *held >= share {
                    *need = 0;
                    continue;
                }
                unmet.anyone_starves = true;
                if freeing > 0 {
                    freeing -= 1;
                    (*need, *held) = (*need - 1, *held + 1);
                    continue;
                }
                match self.make_room(*session, *held, share) {
                    Room::Made => {}
                    Room::Coming => freeing += 1,
                    Room::None => *need = 0,
                }
                continue;
            }
            if let Some(spare) = self.spare() {
                self.lease(spare, *session);
                *need = if self.fill(spare, *session) { *need - 1 } else { 0 };
                // What one bundle took may leave nothing for another worker.
                *need = (*need).min(self.need(*session));
            } else {
                unmet.to_start += 1;
                unmet.expecting.push(*session);
                *need -= 1;
            }
            *held += 1;
        }
        unmet
    }

    fn neediest(&self, needy: &[(SessionId, usize, usize)]) -> Option<usize> {
        let served = |session| self.sessions.get(&session).map_or(0, |client| client.served);
        (0..needy.len())
            .filter(|&position| needy[position].1 > 0)
            .min_by_key(|&position| (needy[position].2, served(needy[position].0)))
    }

    fn count(&self, which: impl Fn(Phase) -> bool) -> usize {
        self.workers.values().filter(|worker| which(worker.phase)).count()
    }

    pub(super) fn slots_taken(&self) -> usize {
        self.count(|phase| matches!(phase, Phase::Leased { .. } | Phase::Retiring { .. }))
    }

    fn spare(&self) -> Option<WorkerId> {
        self.workers.iter().find(|(_, worker)| worker.phase == Phase::Spare).map(|(&id, _)| id)
    }

    fn lease(&mut self, worker: WorkerId, session: SessionId) {
        let (since, turn) = (self.now, self.turn());
        if let Some(worker) = self.workers.get_mut(&worker) {
            worker.phase = Phase::Leased { session, since };
        }
        if let Some(client) = self.sessions.get_mut(&session) {
            client.served = turn;
        }
    }

    /// Has another session give a worker back: at once one without load, else at the end of its bundles one
    /// of the session with most, or, where every session has one only, the one leased longest ago once its
    /// quantum is over. While starts fail none that has work: what lives is then all there is.
    fn make_room(&mut self, session: SessionId, held: usize, share: usize) -> Room {
        let mut victim: Option<((bool, usize, Moment), WorkerId, Moment)> = None;
        for (&id, worker) in &self.workers {
            let Phase::Leased { session: other, since } = worker.phase else { continue };
            if other == session {
                continue;
            }
            let idle = worker.load.is_empty();
            let theirs = self.held(other);
            if !idle && (self.starts.failing() || (theirs <= share && held > 0)) {
                continue;
            }
            let ready_at = if idle || theirs > share { Moment::ZERO } else { since + self.policy.quantum };
            // Smallest first: idle, of the one with most, of the oldest lease.
            let rank = (!idle, usize::MAX - theirs, since);
            if victim.is_none_or(|(best, ..)| rank < best) {
                victim = Some((rank, id, ready_at));
            }
        }
        let Some(((busy, ..), id, ready_at)) = victim else { return Room::None };
        if ready_at > self.now {
            self.quantum_ends = Some(self.quantum_ends.map_or(ready_at, |earlier| earlier.min(ready_at)));
            return Room::None;
        }
        self.retire(id);
        if busy { Room::Coming } else { Room::Made }
    }
}

/// What came of making room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    /// A slot is free.
    Made,
    /// One will be, at the end of a bundle.
    Coming,
    /// None can be had now.
    None,
}
