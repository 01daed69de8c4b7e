//! What the queue shows of itself.

use std::collections::BTreeMap;

use sojourn_proto::{DeviceReport, QueueReport, SessionReport, WorkerReport, WorkerState};

use super::Queue;
use super::job::Place;
use super::worker::{Phase, Worker};

/// The queue's part of a [`sojourn_proto::DaemonReport`].
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// `ready`, `draining`, or `degraded: why`.
    pub health: String,
    /// Worker processes, by age.
    pub workers: Vec<WorkerReport>,
    /// Jobs waiting and running.
    pub queue: QueueReport,
    /// GPUs, in the driver's order.
    pub devices: Vec<DeviceReport>,
    /// Why there is none, where one has looked.
    pub no_devices: Option<String>,
    /// Sessions, by age. A job that several wait for counts for each.
    pub sessions: Vec<SessionReport>,
}

impl Queue {
    /// One look at everything; its cost is that of a walk over all jobs.
    pub fn view(&self) -> View {
        let mut queue = QueueReport::default();
        let mut sessions: BTreeMap<_, _> = self
            .sessions
            .iter()
            .map(|(&id, client)| {
                (id, SessionReport { id, pid: client.pid, uid: client.uid, waiting: 0, running: 0 })
            })
            .collect();
        for job in self.jobs.values() {
            let running = matches!(job.place, Place::Assigned(_));
            *(if running { &mut queue.running } else { &mut queue.waiting }) += 1;
            for ticket in &job.tickets {
                let Some(session) = sessions.get_mut(&ticket.session) else { continue };
                *(if running { &mut session.running } else { &mut session.waiting }) += 1;
            }
        }
        View {
            health: self.health(),
            workers: self.workers.values().map(|worker| self.show(worker)).collect(),
            queue,
            devices: self.devices.reports(),
            no_devices: self.devices.why_none(),
            sessions: sessions.into_values().collect(),
        }
    }

    fn show(&self, worker: &Worker) -> WorkerReport {
        let busy = !worker.load.is_empty();
        let state = match worker.phase {
            Phase::Unreapable => WorkerState::Unreapable,
            _ if worker.stopped => WorkerState::Stopped,
            Phase::Starting => WorkerState::Starting,
            Phase::Spare => WorkerState::Spare,
            _ if busy => WorkerState::Busy,
            _ => WorkerState::Idle,
        };
        WorkerReport {
            pid: worker.pid,
            state,
            session: worker.lease(),
            jobs: worker.jobs,
            rss_bytes: worker.rss_bytes,
            silent_s: busy.then(|| self.now.saturating_sub(worker.heard).as_secs_f64()),
        }
    }
}
