//! Answers computed in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use sojourn_engine::{Answer, EvaluateError, Question, Trace, Unanswered};
use sojourn_proto::{Failure, FailureKind};

use super::{Left, Pace, Run, Source, Take};
use crate::{Error, Interrupt};

impl Run<'_> {
    /// Answers vectors in so many threads: all that come, or until so much time was spent.
    pub(super) fn here(
        &self,
        source: &mut Source<'_>,
        threads: usize,
        pace: &mut Pace,
        most: Option<Duration>,
        take: &mut Take<'_>,
    ) -> Result<Left, Error> {
        let begun = Instant::now();
        let interrupt = self.client.interrupt();
        let mut aside = Aside::new(self.trace, self.question, threads)?;
        let mut found: Option<Found> = None;
        loop {
            interrupt.check()?;
            let in_time = most.is_none_or(|most| begun.elapsed() < most);
            let thetas = if in_time { source.take(pace.size() * threads) } else { Vec::new() };
            let more = !thetas.is_empty();
            if more {
                aside.begin(thetas);
            }
            // What was found is told while the next is computed.
            if let Some(Found { thetas, answers, .. }) = found.take() {
                for (theta, answer) in thetas.iter().zip(answers) {
                    if take(theta, answer.map_err(Unanswered::from), None).is_break() {
                        return Ok(Left::Nothing);
                    }
                }
            }
            if !more {
                return Ok(if in_time { Left::Nothing } else { Left::Some });
            }
            let next = aside.wait(interrupt)?;
            // Answers stay in this process, so that their bytes do not matter to how many go together.
            pace.note(next.thetas.len().div_ceil(threads), next.time, 0);
            found = Some(next);
        }
    }
}

/// Vectors and what is answered at them.
struct Found {
    thetas: Vec<Vec<f64>>,
    answers: Vec<Result<Answer, EvaluateError>>,
    time: Duration,
}

/// A thread that computes, and is left behind by whoever does not want to wait for it any more: there are vectors that
/// take minutes, and elimination looks at no flag. It ends with what it is at.
struct Aside {
    thread: Option<JoinHandle<()>>,
    vectors: Sender<Vec<Vec<f64>>>,
    found: Receiver<Found>,
    stopped: Arc<AtomicBool>,
}

impl Aside {
    fn new(trace: &Arc<Trace>, question: &Question, threads: usize) -> Result<Aside, Error> {
        let (vectors, inbox) = channel::<Vec<Vec<f64>>>();
        let (outbox, found) = channel();
        let (stopped, trace, question) =
            (Arc::new(AtomicBool::new(false)), Arc::clone(trace), question.clone());
        let told = Arc::clone(&stopped);
        let compute = move || {
            let stopped = || told.load(Ordering::Relaxed);
            for thetas in inbox {
                let start = Instant::now();
                let Some(answers) = trace.answer_many_unless(&thetas, &question, threads, &stopped) else {
                    return;
                };
                if outbox.send(Found { thetas, answers, time: start.elapsed() }).is_err() {
                    return;
                }
            }
        };
        let thread = Builder::new().name("sojourn-eval".into()).spawn(compute).map_err(|error| {
            let text = format!("no thread can be started to compute in: {error}");
            Error::Refused(Failure::new(FailureKind::NoWorker, text))
        })?;
        Ok(Aside { thread: Some(thread), vectors, found, stopped })
    }

    fn begin(&self, thetas: Vec<Vec<f64>>) {
        // It is there until this is dropped, or it panics, which whoever waits for the answers is told.
        let _ = self.vectors.send(thetas);
    }

    fn wait(&mut self, interrupt: &Interrupt) -> Result<Found, Error> {
        loop {
            match self.found.recv_timeout(Interrupt::PATIENCE) {
                Ok(found) => return Ok(found),
                Err(RecvTimeoutError::Timeout) => interrupt.check()?,
                Err(RecvTimeoutError::Disconnected) => {
                    if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
                        std::panic::resume_unwind(panic);
                    }
                    return Err(Error::Interrupted);
                }
            }
        }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}
