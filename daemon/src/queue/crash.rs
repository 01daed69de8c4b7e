//! Workers that end unasked: who is to blame, and what becomes of the jobs.

use sojourn_proto::{Failure, FailureKind, JobId};

use super::Queue;
use super::job::{Job, Side};
use super::worker::{Phase, Worker};
use crate::exchange::{Exit, WorkerId};

/// What becomes of the job a worker died under.
#[derive(Debug, PartialEq, Eq)]
enum Blame {
    /// Once more, behind all others.
    Retry,
    /// No more.
    Fail(Failure),
    /// No more, and nobody else's either.
    Poison(Failure),
}

impl Queue {
    /// A worker is gone. Only the job it had begun is to blame; the others of its load keep their attempts
    /// and go in front again.
    pub(super) fn exited(&mut self, id: WorkerId, exit: &Exit) {
        let Some(mut worker) = self.workers.remove(&id) else { return };
        self.gone_from_restarts(id);
        match worker.phase {
            Phase::Starting => {
                self.starts.failed(self.now, start_failure(exit), &self.policy);
                return;
            }
            Phase::Leaving { .. } | Phase::Ending | Phase::Unreapable => return,
            Phase::Spare | Phase::Leased { .. } | Phase::Retiring { .. } => {}
        }
        let (begun, blamed) = (worker.begun.is_some(), worker.head());
        if !worker.proven && !begun {
            self.starts.failed(self.now, start_failure(exit), &self.policy);
        }
        let rest: Vec<_> = worker.take_load().into_iter().filter(|&job| Some(job) != blamed).collect();
        self.take_back(&rest);
        if let Some(job) = blamed {
            self.blame(job, begun, exit, &worker);
        }
    }

    fn blame(&mut self, id: JobId, begun: bool, exit: &Exit, worker: &Worker) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.losses += 1;
        let (kind, key) = (job.flight.kind, job.flight.key);
        match judge(job, begun, exit, (worker.pid, self.policy.attempts)) {
            // Checked last: a crash is remembered even if nobody waits for this job any more.
            Blame::Retry if job.tickets.is_empty() => self.drop_job(id),
            Blame::Retry => self.put_ready(id, Side::Back),
            Blame::Fail(failure) => self.fail(id, &failure),
            Blame::Poison(failure) => {
                self.poison.mark(kind, key, failure.clone(), self.policy.poison_marks);
                self.fail(id, &failure);
            }
        }
    }

    /// A worker has broken the protocol: it is ended, and the job it was at has failed for it.
    pub(super) fn violated(&mut self, id: WorkerId, what: &str) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        let head = worker.head();
        if let Some(job) = head {
            worker.unload(job);
        }
        self.end(id);
        if let Some(job) = head {
            let text = format!("the worker process broke the protocol and was ended: {what}");
            self.fail(job, &Failure::new(FailureKind::ProtocolViolation, text));
        }
    }
}

/// What becomes of a job whose worker ended like this under it. Where the worker had not said that it began
/// the job, the job is merely suspect: it is tried again, but not for ever.
fn judge(job: &Job, begun: bool, exit: &Exit, (pid, attempts): (u32, u32)) -> Blame {
    let fail = |kind, text| Blame::Fail(Failure::new(kind, text));
    match exit {
        Exit::Signal { out_of_memory: true, .. } => fail(
            FailureKind::OutOfMemory,
            format!("out of memory: worker process {pid} got no more, or was killed for it, at this job"),
        ),
        Exit::Signal { signal, .. } if begun && crashed(*signal) => Blame::Poison(Failure::new(
            FailureKind::Poisonous,
            format!(
                "the computation crashed its worker process ({}); it is not tried again unless forced",
                signal_name(*signal)
            ),
        )),
        Exit::ProtocolViolation { what } => fail(
            FailureKind::ProtocolViolation,
            format!("the worker process broke the protocol and was ended: {what}"),
        ),
        Exit::Code(0) => fail(
            FailureKind::ProtocolViolation,
            format!("worker process {pid} left with exit code 0 and without a result"),
        ),
        Exit::Code(code) if begun => fail(
            FailureKind::WorkerPanicked,
            format!("worker process {pid} left with exit code {code} in the middle of this job"),
        ),
        _ if job.losses < attempts => Blame::Retry,
        _ => fail(
            FailureKind::WorkerLost,
            format!(
                "worker process {pid} {} at this job, attempt {} of {attempts}",
                ending(exit),
                job.losses
            ),
        ),
    }
}

/// Signals by which a process ends through its own doing, so that it would again.
fn crashed(signal: i32) -> bool {
    // SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS (the sandbox): the same numbers on all Linux
    // architectures we build for.
    matches!(signal, 4 | 6 | 7 | 8 | 11 | 31)
}

pub(super) fn ending(exit: &Exit) -> String {
    match exit {
        Exit::NotStarted { reason } => format!("could not be started: {reason}"),
        Exit::Code(code) => format!("left with exit code {code}"),
        Exit::Signal { signal, .. } => format!("was ended by {}", signal_name(*signal)),
        Exit::ProtocolViolation { what } => format!("broke the protocol: {what}"),
    }
}

pub(super) fn start_failure(exit: &Exit) -> String {
    match exit {
        Exit::NotStarted { reason } => reason.clone(),
        other => format!("it {} before it did anything", ending(other)),
    }
}

/// Name and number of a signal, as people look for it.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => return format!("signal {signal}"),
    };
    format!("{name}, signal {signal}")
}
