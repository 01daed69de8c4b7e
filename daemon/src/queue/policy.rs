//! The numbers the queue decides by.

use std::time::Duration;

/// Bounds and times, all of them plain numbers, so that a decision can be replayed from a policy, a list of
/// events and their moments. Changed while the daemon runs by [`super::Event::Configure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Worker processes leased at once, over all sessions.
    pub workers: usize,
    /// Ready workers of no session, kept beyond those leased: they hide the start-up time.
    pub spares: usize,
    /// Jobs in one message to a worker, at most.
    pub bundle_jobs: usize,
    /// Bytes of payload in one message to a worker, at most, unless one job alone has more.
    pub bundle_bytes: u64,
    /// Work in one message to a worker, at most, by the mean of the session's jobs so far: what a session
    /// that comes next waits for at worst, on each worker.
    pub bundle_time: Duration,
    /// Jobs after which a worker is replaced.
    pub jobs_per_worker: u64,
    /// Age at which a worker is replaced, between jobs. A spare does not age.
    pub max_age: Duration,
    /// Resident memory in bytes above which a worker is replaced, between jobs.
    pub max_rss: u64,
    /// Time without progress after which a running job is given up.
    pub silence: Duration,
    /// Deaths of workers under one job after which the job has failed.
    pub attempts: u32,
    /// From spawning a worker to its being ready.
    pub start_deadline: Duration,
    /// From telling an idle worker to leave to ending it.
    pub leave_grace: Duration,
    /// Starts that fail in a row before jobs without a worker fail at once.
    pub start_attempts: u32,
    /// Pause after the first failed start; doubled after each further one.
    pub backoff_first: Duration,
    /// Longest such pause.
    pub backoff_cap: Duration,
    /// A ready worker that lives so long, or answers a job, counts as well started. One that dies before
    /// counts as a failed start, else workers that die right after start-up would be spawned without end.
    pub proof: Duration,
    /// Where there are more sessions with work than workers: how long one keeps its only worker.
    pub quantum: Duration,
    /// Units of one session not answered yet.
    pub units_per_session: usize,
    /// Units of all sessions not answered yet.
    pub units_in_all: usize,
    /// Bytes of payload held for one session.
    pub bytes_per_session: u64,
    /// Bytes of payload held for all sessions.
    pub bytes_in_all: u64,
    /// Bytes of blobs held for jobs that need them, each counted once however many do.
    pub blob_bytes_in_all: u64,
    /// Batches of one session under way at once.
    pub batches_per_session: usize,
    /// Bytes of results not yet written to a session's client, from which on nothing more is looked up or
    /// computed for it.
    pub result_bytes: u64,
    /// Look-ups in the store under way at once for one session.
    pub look_ups: usize,
    /// Keys marked poisonous that are remembered; the oldest is forgotten first.
    pub poison_marks: usize,
    /// Shortest wait that is advised to a client refused for a full queue.
    pub retry_first: Duration,
    /// Longest such advice.
    pub retry_cap: Duration,
    /// Time without work after which the process of a GPU, and with it all that is on the device, is let go.
    pub device_keep_alive: Duration,
    /// Bytes of traces that may stay resident on one GPU.
    pub device_memory: u64,
    /// From spawning a device process to its being ready: drivers take their time.
    pub device_start: Duration,
    /// From telling an idle device process to leave to ending it.
    pub device_leave: Duration,
    /// Time without session and work after which the daemon is told that it may leave; none: it stays.
    pub idle: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            workers: 2,
            spares: 1,
            bundle_jobs: 32,
            bundle_bytes: 1 << 20,
            bundle_time: Duration::from_millis(20),
            jobs_per_worker: 10_000,
            max_age: Duration::from_secs(3600),
            max_rss: 4 << 30,
            silence: Duration::from_secs(300),
            attempts: 2,
            start_deadline: Duration::from_secs(10),
            leave_grace: Duration::from_secs(5),
            start_attempts: 3,
            backoff_first: Duration::from_millis(50),
            backoff_cap: Duration::from_secs(5),
            proof: Duration::from_secs(1),
            quantum: Duration::from_millis(100),
            units_per_session: 200_000,
            units_in_all: 1_000_000,
            bytes_per_session: 1 << 30,
            bytes_in_all: 2 << 30,
            blob_bytes_in_all: 8 << 30,
            batches_per_session: 256,
            result_bytes: 32 << 20,
            look_ups: 16,
            poison_marks: 10_000,
            retry_first: Duration::from_millis(50),
            retry_cap: Duration::from_secs(5),
            device_keep_alive: Duration::from_secs(60),
            device_memory: 2 << 30,
            device_start: Duration::from_secs(60),
            device_leave: Duration::from_secs(10),
            idle: None,
        }
    }
}

impl Policy {
    /// Pause after so many failed starts in a row (at least one): exponential, capped.
    pub fn backoff(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.backoff_first.saturating_mul(1 << doublings).min(self.backoff_cap)
    }
}
