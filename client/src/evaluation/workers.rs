//! Answers computed by the daemon's workers: tiles of vectors go up as the window allows, and their answers are told
//! in the order of the vectors.

use std::collections::{HashMap, VecDeque};
use std::ops::{ControlFlow, Range};
use std::time::Duration;

use bytes::Bytes;
use sojourn_engine::Unanswered;
use sojourn_engine::question::{Tile, decode_answers};
use sojourn_proto::{BatchOptions, Failure, FailureKind, Key, Outcome, Request, WorkKind, limits};

use super::{Answered, Pace, Run, Source, Take};
use crate::batch::{Batch, Work, inline};
use crate::hierarchy::JobError;
use crate::{Error, workers};

/// Tiles under way for each worker: one it is at, one it has next, and one on its way up and one down.
const TILES_A_WORKER: usize = 4;

/// Parts that a tile is cut into whose job failed, until it is known which vector made it fail: few enough at a time
/// that little is lost where it happens again, enough that it does not happen often.
const PARTS: usize = 16;

/// Times that the trace is sent without an answer in between, before it is given up.
const SENDINGS: u32 = 5;

impl Run<'_> {
    /// Answers all vectors that come.
    pub(super) fn in_workers(
        &self,
        source: &mut Source<'_>,
        pace: &mut Pace,
        take: &mut Take<'_>,
    ) -> Result<(), Error> {
        let wanted = workers::workers(self.options.workers, workers::usable_cpus(), usize::MAX);
        let options = BatchOptions {
            // As for traces: a limit that lets every CPU work is none.
            workers: match self.options.workers.is_some() || wanted < workers::machine_cpus() {
                true => u32::try_from(wanted).unwrap_or(u32::MAX),
                false => 0,
            },
            no_store: self.options.no_store,
            force: self.options.force,
        };
        let window = wanted.saturating_mul(TILES_A_WORKER);
        let blob = Bytes::from(self.trace.encode());
        let mut sending = Sending {
            run: self,
            kind: WorkKind::Evaluation { trace: Key::of_blob(&blob) },
            blob,
            batch: Batch::windowed(self.client, options, window),
            window,
            tiles: VecDeque::new(),
            told: 0,
            jobs: HashMap::new(),
            next_job: 0,
            sent: 0,
            in_vain: 0,
        };
        let result = sending.all(source, pace, take);
        if !matches!(result, Ok(ControlFlow::Continue(()))) {
            sending.batch.cancel();
        }
        result.map(drop)
    }
}

/// Tiles under way.
struct Sending<'a> {
    run: &'a Run<'a>,
    kind: WorkKind,
    /// The trace.
    blob: Bytes,
    batch: Batch<'a>,
    /// Tiles that may be under way.
    window: usize,
    /// Those whose answers were not told, in order.
    tiles: VecDeque<Sent>,
    /// Tiles told before those.
    told: u64,
    jobs: HashMap<i64, Job>,
    next_job: i64,
    /// Times that the trace was sent.
    sent: u32,
    /// Of these, since the last answer.
    in_vain: u32,
}

/// A tile, and its answers as far as they are there.
struct Sent {
    thetas: Vec<Vec<f64>>,
    answers: Vec<Option<Answered>>,
    missing: usize,
}

/// What a job is for.
struct Job {
    /// Number of the tile.
    tile: u64,
    /// Vectors of it.
    part: Range<usize>,
    /// Times that the trace had been sent before.
    sent: u32,
}

impl Sending<'_> {
    fn all(
        &mut self,
        source: &mut Source<'_>,
        pace: &mut Pace,
        take: &mut Take<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        loop {
            self.run.client.interrupt().check()?;
            while self.tiles.len() < self.window {
                let thetas = source.take(pace.size());
                if thetas.is_empty() {
                    break;
                }
                self.send(thetas)?;
            }
            // Where all is answered, this ends the batch at the daemon.
            let Some(answered) = self.batch.wait_next()? else { return Ok(ControlFlow::Continue(())) };
            self.answered(answered.idx, answered.outcome, pace)?;
            if self.tell(take).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    fn send(&mut self, thetas: Vec<Vec<f64>>) -> Result<(), Error> {
        let count = thetas.len();
        self.tiles.push_back(Sent { answers: thetas.iter().map(|_| None).collect(), missing: count, thetas });
        self.push(self.told + self.tiles.len() as u64 - 1, 0..count)
    }

    /// Gives the batch a job for vectors of a tile, under a number of its own each time.
    fn push(&mut self, tile: u64, part: Range<usize>) -> Result<(), Error> {
        let question = self.run.question;
        let Some(sent) = self.tile(tile) else { return Ok(()) };
        let payload = Bytes::from(Tile::encode(question, &sent.thetas[part.clone()]));
        let idx = self.next_job;
        self.next_job += 1;
        self.jobs.insert(idx, Job { tile, part, sent: self.sent });
        self.batch.push(Work { idx, kind: self.kind, key: self.kind.key(&payload), payload })
    }

    /// A tile that was not told.
    fn tile(&mut self, number: u64) -> Option<&mut Sent> {
        let at = usize::try_from(number.checked_sub(self.told)?).ok()?;
        self.tiles.get_mut(at)
    }

    fn answered(&mut self, idx: i64, outcome: Outcome, pace: &mut Pace) -> Result<(), Error> {
        let stranger = || Error::Protocol(format!("an answer to job {idx}, which was never sent"));
        let Job { tile, part, sent } = self.jobs.remove(&idx).ok_or_else(stranger)?;
        let vectors = part.len();
        let answers = match outcome {
            Outcome::Done { payload, micros, .. } => {
                let bytes = inline(payload);
                self.in_vain = 0;
                pace.note(vectors, Duration::from_micros(micros), bytes.len());
                decode_answers(&bytes, vectors).map_err(|error| Error::Protocol(error.to_string()))?
            }
            Outcome::Failed(Failure { kind: FailureKind::MissingBlob, .. }) => {
                if sent == self.sent {
                    self.send_trace()?;
                }
                return self.push(tile, part);
            }
            Outcome::Failed(failure) if vectors > 1 && is_of_the_work(failure.kind) => {
                // One of them did it. What the others answer is not lost with it.
                let size = vectors.div_ceil(PARTS);
                let mut starts = part.clone().step_by(size);
                return starts.try_for_each(|from| self.push(tile, from..part.end.min(from + size)));
            }
            Outcome::Failed(failure) => {
                let JobError { kind, message } = failure.into();
                vec![Err(Unanswered { kind, message, observation: None }); vectors]
            }
            Outcome::Padding => return Err(Error::Protocol("padding where an answer was due".into())),
        };
        let sent = self.tile(tile).ok_or_else(stranger)?;
        sent.missing -= vectors;
        sent.answers[part].iter_mut().zip(answers).for_each(|(place, answer)| *place = Some(answer));
        Ok(())
    }

    /// Has the daemon hold the trace for this session.
    fn send_trace(&mut self) -> Result<(), Error> {
        self.sent += 1;
        self.in_vain += 1;
        if self.in_vain > SENDINGS {
            let text = "the daemon has no room to hold the trace for as long as it takes to ask it";
            return Err(Error::Refused(Failure::new(FailureKind::MissingBlob, text)));
        }
        let connection = self.run.client.connect()?;
        let payload = match connection.upload(self.blob.clone(), limits::BUNDLE_BYTES) {
            // The batch notices the loss, and sends all that is unanswered again.
            Err(error) if error.is_lost() => return Ok(()),
            payload => payload?,
        };
        let held =
            connection.call(self.run.client.interrupt(), |id| Request::Hold { id, payload: payload.clone() });
        match held {
            Err(error) if error.is_lost() => Ok(()),
            held => held.map(drop),
        }
    }

    /// Tells what is answered, as far as nothing before it is missing.
    fn tell(&mut self, take: &mut Take<'_>) -> ControlFlow<()> {
        while self.tiles.front().is_some_and(|sent| sent.missing == 0) {
            let Some(Sent { thetas, answers, .. }) = self.tiles.pop_front() else { break };
            self.told += 1;
            for (theta, answer) in thetas.iter().zip(answers.into_iter().flatten()) {
                take(theta, answer)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// Whether a job fails like this for what it is to compute, so that a part of it may not.
fn is_of_the_work(kind: FailureKind) -> bool {
    use FailureKind::{
        LimitExceeded, OutOfMemory, Poisonous, ProtocolViolation, TimedOut, WorkerLost, WorkerPanicked,
    };
    matches!(
        kind,
        LimitExceeded | OutOfMemory | Poisonous | ProtocolViolation | TimedOut | WorkerLost | WorkerPanicked
    )
}
