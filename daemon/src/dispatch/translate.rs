//! Notices into the queue's events.

use bytes::Bytes;

use super::{Dispatch, InHand, Pool, Store};
use crate::exchange::{Exit, Needed, Notice, Work, WorkerEvent, WorkerId};
use crate::queue::{Blob, Claim, Event, Said};

impl<P: Pool, S: Store> Dispatch<P, S> {
    pub(super) fn take(&mut self, notice: Notice) {
        match notice {
            Notice::Opened { session, uid, pid, events } => {
                self.sessions.insert(session, events);
                self.plain(Event::Opened { session, uid, pid });
            }
            Notice::Closed { session } => {
                self.sessions.remove(&session);
                self.plain(Event::Closed { session });
            }
            Notice::Submit { session, batch, options, units, more } => {
                let claims = units.iter().map(claim).collect();
                let event = Event::Submit { session, batch, options, units: claims, more };
                self.step(event, InHand { units, result: Bytes::new() });
            }
            Notice::Cancel { session, id, batch } => self.plain(Event::Cancel { session, id, batch }),
            Notice::Written { session, bytes } => self.plain(Event::Written { session, bytes }),
            Notice::RestartWorkers { done } => {
                self.last_ticket += 1;
                self.restarts.insert(self.last_ticket, done);
                self.plain(Event::Restart { ticket: self.last_ticket });
            }
            Notice::Shutdown { mode, done } => {
                self.plain(Event::Shutdown(mode));
                if let Some(done) = done {
                    // Whoever asked may have gone; the shutdown goes on.
                    let _ = done.send(());
                }
            }
            Notice::ClearDevices { done } => {
                self.last_ticket += 1;
                self.restarts.insert(self.last_ticket, done);
                self.plain(Event::ClearDevices { ticket: self.last_ticket });
            }
            Notice::Devices { report } => {
                self.last_ticket += 1;
                self.looks.insert(self.last_ticket, report);
                self.plain(Event::AskDevices { ticket: self.last_ticket });
            }
            Notice::Discovered(found) => self.plain(Event::Discovered(found)),
            Notice::Report { report } => {
                let _ = report.send(self.report());
            }
            Notice::Configure { policy } => self.plain(Event::Configure(policy)),
            Notice::Worker { worker, event } => self.worker(worker, event),
            Notice::LookedUp { kind, key, found } => {
                let event = Event::LookedUp { kind, key, found: found.as_ref().map(size) };
                self.step(event, InHand { units: Vec::new(), result: found.unwrap_or_default() });
            }
        }
    }

    fn plain(&mut self, event: Event) {
        self.step(event, InHand::default());
    }

    fn worker(&mut self, worker: WorkerId, event: WorkerEvent) {
        let mut in_hand = InHand::default();
        let said = match event {
            WorkerEvent::Spawned { pid } => Said::Spawned { pid },
            WorkerEvent::Ready => Said::Ready,
            WorkerEvent::Begun { job } => Said::Begun { job },
            WorkerEvent::Progress => Said::Progress,
            WorkerEvent::Answered { job, micros, name, result } => {
                let result = result.map(|payload| {
                    in_hand.result = payload;
                    size(&in_hand.result)
                });
                Said::Answered { job, micros, name, result }
            }
            WorkerEvent::Memory { memory, rate } => Said::Memory { memory, rate },
            WorkerEvent::Unusable(failure) => {
                tracing::warn!(worker, %failure, "a GPU can not be used");
                Said::Unusable(failure)
            }
            WorkerEvent::Sampled { rss_bytes, stopped } => Said::Sampled { rss_bytes, stopped },
            WorkerEvent::Unreapable => Said::Unreapable,
            WorkerEvent::Exited(exit) => {
                self.workers.remove(&worker);
                match &exit {
                    Exit::Code(0) => tracing::debug!(worker, "worker has left"),
                    other => tracing::warn!(worker, exit = ?other, "worker has ended"),
                }
                Said::Exited(exit)
            }
        };
        self.step(Event::Worker { worker, said }, in_hand);
    }
}

fn claim(unit: &Work) -> Claim {
    let blob = match &unit.blob {
        Needed::Nothing => Blob::None,
        Needed::Blob(bytes) => Blob::Here { bytes: size(bytes) },
        Needed::Missing => Blob::Missing,
    };
    Claim { idx: unit.idx, kind: unit.kind, key: unit.key, bytes: size(&unit.payload), blob }
}

fn size(bytes: &Bytes) -> u64 {
    bytes.len() as u64
}
