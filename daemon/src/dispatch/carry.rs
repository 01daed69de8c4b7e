//! The queue's effects, carried out.

use bytes::Bytes;
use sojourn_proto::{Key, Table, WorkKind};

use super::{Dispatch, InHand, Pool, Put, Store};
use crate::exchange::{Finished, Needed, SessionEvent, SessionId, Task, WorkerCommand, WorkerId};
use crate::queue::{Effect, Verdict};

impl<P: Pool, S: Store> Dispatch<P, S> {
    pub(super) fn carry_out(&mut self, effect: Effect, in_hand: &mut InHand) {
        match effect {
            Effect::Keep { position, job } => {
                if let Some(unit) = in_hand.units.get_mut(position) {
                    let payload = std::mem::take(&mut unit.payload);
                    // Handles to the same bytes for every job that needs them.
                    let blob = match &unit.blob {
                        Needed::Blob(bytes) => bytes.clone(),
                        Needed::Nothing | Needed::Missing => Bytes::new(),
                    };
                    self.tasks.insert(job, Task { job, kind: unit.kind, payload, blob });
                }
            }
            Effect::Forget { job } => {
                self.tasks.remove(&job);
            }
            Effect::LookUp { kind, key } => self.store.look_up(kind, key),
            Effect::Store { kind, key, name, uids } => self.put(kind, key, (name, &uids), &in_hand.result),
            Effect::Answer { session, batch, idx, key, verdict } => {
                let result = match verdict {
                    Verdict::Result { source, micros, device } => {
                        Some(Ok(Finished { payload: in_hand.result.clone(), source, micros, device }))
                    }
                    Verdict::Failed(failure) => Some(Err(failure)),
                    Verdict::Padding => None,
                };
                self.tell(session, SessionEvent::Answer { batch, idx, key, result });
            }
            Effect::Finish { session, batch, summary } => {
                self.tell(session, SessionEvent::Finished { batch, summary });
            }
            Effect::Refuse { session, id, failure, retry_after } => {
                let retry_after_ms =
                    retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
                self.tell(session, SessionEvent::Refused { id, failure, retry_after_ms });
            }
            Effect::Done { session, id } => self.tell(session, SessionEvent::Done { id }),
            Effect::Goodbye { session, failure } => self.tell(session, SessionEvent::Goodbye { failure }),
            Effect::Spawn { worker, role } => {
                let commands = self.pool.spawn(worker, role);
                self.workers.insert(worker, commands);
            }
            Effect::Run { worker, jobs } => {
                let tasks = jobs.iter().filter_map(|job| self.tasks.get(job).cloned()).collect();
                self.command(worker, WorkerCommand::Run(tasks));
            }
            Effect::Look => self.pool.look(),
            Effect::Devices { ticket } => {
                let report = self.devices();
                if let Some(asker) = self.looks.remove(&ticket) {
                    // Whoever asked may have gone.
                    let _ = asker.send(report);
                }
            }
            Effect::Evict { worker, traces } => self.command(worker, WorkerCommand::Evict(traces)),
            Effect::Grown { device, bytes } => {
                tracing::warn!(%device, bytes, "memory held on a GPU has grown by more than 500 MB with one job");
            }
            Effect::Leave { worker } => self.command(worker, WorkerCommand::Leave),
            Effect::End { worker } => self.command(worker, WorkerCommand::End),
            Effect::Restarted { ticket } | Effect::Cleared { ticket } => {
                if let Some(done) = self.restarts.remove(&ticket) {
                    // Whoever asked may have gone.
                    let _ = done.send(());
                }
            }
            Effect::Idle => {
                let _ = self.idle.send(());
            }
            Effect::Quiet => self.quiet = true,
        }
    }

    fn put(&mut self, kind: WorkKind, key: Key, (name, uids): (Option<Key>, &[u32]), payload: &Bytes) {
        // The queue asks for none to be stored that has no table.
        let Some(table) = kind.table() else { return };
        self.store.put(Put { table, uid: None, key, payload: payload.clone() });
        let Some(name) = name else { return };
        for &uid in uids {
            let payload = payload.clone();
            self.store.put(Put { table: Table::Names, uid: Some(uid), key: name, payload });
        }
    }

    /// A session that is gone has said so, or is about to.
    fn tell(&self, session: SessionId, event: SessionEvent) {
        if let Some(events) = self.sessions.get(&session) {
            let _ = events.send(event);
        }
    }

    /// The task of a worker that is gone has said so, or is about to.
    fn command(&self, worker: WorkerId, command: WorkerCommand) {
        if let Some(commands) = self.workers.get(&worker) {
            let _ = commands.send(command);
        }
    }
}
