//! What must hold between any two steps. Called after each step of each test.

use std::collections::{BTreeMap, BTreeSet};

use sojourn_proto::{JobId, Target};

use super::Queue;
use super::job::{Job, Place};
use super::worker::Phase;

impl Queue {
    /// Panics, naming what is broken.
    pub(super) fn check(&self) {
        self.check_tickets();
        self.check_places();
        self.check_counts();
        self.check_workers();
        self.devices.check();
    }

    /// Each unit not answered waits for one job, which knows it; no job knows another unit.
    fn check_tickets(&self) {
        let mut pending = BTreeMap::new();
        for (&session, client) in &self.sessions {
            for (&number, batch) in &client.batches {
                assert!(batch.open || !batch.pending.is_empty(), "batch {number} is over, but not finished");
                for (&idx, &job) in &batch.pending {
                    assert!(batch.seen.contains(&idx), "unit {idx} waits, but was not taken");
                    pending.insert((session, number, idx), job);
                }
            }
        }
        for (&id, job) in &self.jobs {
            for ticket in &job.tickets {
                let unit = (ticket.session, ticket.batch, ticket.idx);
                assert_eq!(pending.remove(&unit), Some(id), "job {id} has a ticket of {unit:?}");
            }
        }
        assert!(pending.is_empty(), "units that no job knows: {pending:?}");
    }

    /// Each job is where it says it is, and nowhere else.
    fn check_places(&self) {
        let mut loads: BTreeMap<JobId, u64> = BTreeMap::new();
        for (&id, worker) in &self.workers {
            for &job in worker.load.iter().flat_map(|bundle| &bundle.jobs) {
                assert!(loads.insert(job, id).is_none(), "job {job} is in two workers");
            }
        }
        for (job, process) in self.devices.loads() {
            assert!(loads.insert(job, process).is_none(), "job {job} is in a device as well");
        }
        for (&id, job) in &self.jobs {
            assert_eq!(self.flights.get(&job.flight), Some(&id), "job {id} has no flight of its own");
            let assigned = loads.remove(&id);
            match job.place {
                Place::Assigned(worker) => assert_eq!(assigned, Some(worker), "job {id} is elsewhere"),
                _ => {
                    assert_eq!(assigned, None, "job {id} is in a worker as well");
                    assert!(!job.tickets.is_empty(), "nobody waits for job {id}");
                    self.check_lanes(id, job);
                }
            }
        }
        assert!(loads.is_empty(), "workers have jobs that do not exist: {loads:?}");
        assert_eq!(self.flights.len(), self.jobs.len(), "a flight without a job");
    }

    fn check_lanes(&self, id: JobId, job: &Job) {
        for ticket in &job.tickets {
            let batch = &self.sessions[&ticket.session].batches[&ticket.batch];
            let fresh = batch.fresh.holds(id, job.turn);
            let ready = match job.flight.kind.target() {
                Target::Cpu => batch.ready.holds(id, job.turn),
                target => batch.on_devices.get(&target).is_some_and(|lane| lane.holds(id, job.turn)),
            };
            let expected = (job.place == Place::Fresh, job.place == Place::Ready);
            assert_eq!((fresh, ready), expected, "lanes of job {id}, which is {:?}", job.place);
        }
    }

    fn check_counts(&self) {
        let mut unanswered = 0;
        for (&id, client) in &self.sessions {
            let own: usize = client.batches.values().map(|batch| batch.pending.len()).sum();
            assert_eq!(client.unanswered, own, "units of session {id}");
            unanswered += own;
            let paid: u64 = self.jobs.values().filter(|job| job.payer == id).map(|job| job.bytes).sum();
            assert_eq!(client.bytes, paid, "bytes of session {id}");
            let looking = self.jobs.values().filter(|job| job.place == Place::LookingUp(id)).count();
            assert_eq!(client.looking, looking, "look-ups of session {id}");
            assert!(looking <= self.policy.look_ups, "too many look-ups for session {id}");
        }
        assert_eq!(self.unanswered, unanswered, "units in all");
        assert_eq!(self.bytes, self.jobs.values().map(|job| job.bytes).sum::<u64>(), "bytes in all");
        let (needed, blob_bytes) = self.blobs.counts();
        assert_eq!(self.blobs.bytes(), blob_bytes, "bytes of blobs");
        assert!(blob_bytes <= self.policy.blob_bytes_in_all, "too many bytes of blobs");
        let mut jobs = BTreeMap::new();
        for digest in self.jobs.values().filter_map(|job| job.flight.kind.needs()) {
            *jobs.entry(digest).or_insert(0) += 1;
        }
        assert_eq!(needed, jobs, "jobs that need each blob");
        assert!(self.unanswered <= self.policy.units_in_all, "too many units");
        assert!(self.bytes <= self.policy.bytes_in_all, "too many bytes");
        let (marks, order) = self.poison.len();
        assert!(marks == order && marks <= self.policy.poison_marks, "poison marks: {marks}, {order}");
    }

    fn check_workers(&self) {
        assert!(self.slots_taken() <= self.policy.workers, "more workers leased than slots");
        assert!(self.workers.len() <= self.policy.workers + self.policy.spares, "too many processes");
        for (&id, worker) in &self.workers {
            assert!(worker.load.len() <= 2, "worker {id} has more than a bundle ahead");
            match worker.phase {
                Phase::Leased { session, .. } => {
                    assert!(self.sessions.contains_key(&session), "worker {id} is leased to nobody");
                }
                Phase::Retiring { .. } => assert!(!worker.load.is_empty(), "worker {id} could leave"),
                _ => assert!(worker.load.is_empty() && worker.begun.is_none(), "worker {id} has work"),
            }
            if let Some(session) = worker.lease() {
                let whose: BTreeSet<_> = worker.load.iter().map(|bundle| bundle.session).collect();
                assert!(whose.iter().all(|&other| other == session), "worker {id} serves two sessions");
            }
            if let Some(job) = worker.begun {
                assert!(worker.holds(job), "worker {id} is at a job it does not have");
            }
        }
    }
}
