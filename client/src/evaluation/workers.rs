//! Answers computed by the daemon's workers, or by its GPUs: tiles of vectors go up as the window allows, and their answers are told
//! in the order of the vectors.

use std::collections::{HashMap, VecDeque};
use std::ops::{ControlFlow, Range};
use std::time::Duration;

use bytes::Bytes;
use sojourn_engine::Unanswered;
use sojourn_engine::question::{Tile, decode_answers};
use sojourn_proto::{
    BatchOptions, DeviceId, Failure, FailureKind, Key, Outcome, Request, Target, WorkKind, limits,
};

use super::{Answered, Left, Pace, Run, Source, Take};
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

/// Tiles under way for each GPU: one it is at, one it has next, and one on its way.
const TILES_A_DEVICE: usize = 3;

/// Where tiles go.
#[derive(Debug)]
pub(super) enum Place {
    /// To worker processes.
    Workers,
    /// To GPUs.
    Devices {
        /// Which, in turn.
        targets: Vec<Target>,
        /// Where they need not be had.
        retreat: Option<Retreat>,
    },
}

/// Who chose GPUs for speed goes back to processors where there is none, or no GPU.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retreat {
    /// Time of a vector on one of them that is too long.
    pub(super) slower_than: Duration,
    /// Tiles that are sent before the first answer tells: one for each GPU. Were there more, all of them would have to be
    /// waited for.
    pub(super) first: usize,
}

impl Run<'_> {
    /// Answers all vectors that come, in worker processes.
    pub(super) fn in_workers(
        &self,
        source: &mut Source<'_>,
        pace: &mut Pace,
        take: &mut Take<'_>,
    ) -> Result<(), Error> {
        self.in_processes(source, pace, Place::Workers, take).map(drop)
    }

    /// Answers all vectors that come; some may be left where that was for speed, and there was none.
    pub(super) fn in_processes(
        &self,
        source: &mut Source<'_>,
        pace: &mut Pace,
        place: Place,
        take: &mut Take<'_>,
    ) -> Result<Left, Error> {
        let wanted = workers::workers(self.options.workers, workers::usable_cpus(), usize::MAX);
        let (targets, retreat) = match place {
            Place::Workers => (vec![Target::Cpu], None),
            Place::Devices { targets, retreat } => (targets, retreat),
        };
        let on_devices = targets != [Target::Cpu];
        let options = BatchOptions {
            // As for traces: a limit that lets every CPU work is none.
            workers: match !on_devices && self.options.workers.is_some() || wanted < workers::machine_cpus() {
                true => u32::try_from(wanted).unwrap_or(u32::MAX),
                false => 0,
            },
            no_store: self.options.no_store,
            force: self.options.force,
        };
        let window = match targets[..] {
            [Target::Cpu] => wanted.saturating_mul(TILES_A_WORKER),
            // How many there are is the daemon's to know.
            [Target::AnyDevice] => 8 * TILES_A_DEVICE,
            _ => targets.len() * TILES_A_DEVICE,
        };
        let blob = Bytes::from(self.trace.encode());
        let mut sending = Sending {
            run: self,
            digest: Key::of_blob(&blob),
            targets,
            retreat,
            retreating: false,
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
        let enough = result?.is_break();
        Ok(if sending.retreating && !enough { Left::Some } else { Left::Nothing })
    }
}

/// Tiles under way.
struct Sending<'a> {
    run: &'a Run<'a>,
    /// The trace, and its digest.
    blob: Bytes,
    digest: Key,
    /// Where tiles go, in turn.
    targets: Vec<Target>,
    retreat: Option<Retreat>,
    /// Whether no more are sent.
    retreating: bool,
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
    /// Each with the GPU that computed it.
    answers: Vec<Option<(Answered, Option<DeviceId>)>>,
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
            let window = match self.retreat {
                Some(retreat) if pace.each().is_none() => retreat.first,
                _ => self.window,
            };
            while self.tiles.len() < window && !self.retreating {
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
        let target = self.targets[(tile % self.targets.len() as u64) as usize];
        let kind = WorkKind::Evaluation { trace: self.digest, target };
        self.batch.push(Work { idx, kind, key: kind.key(&payload), payload })
    }

    fn is_on_devices(&self) -> bool {
        self.targets != [Target::Cpu]
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
        let mut by = None;
        let answers = match outcome {
            Outcome::Done { payload, micros, device, .. } => {
                by = device;
                let bytes = inline(payload);
                self.in_vain = 0;
                pace.note(vectors, Duration::from_micros(micros), bytes.len());
                let slow = |retreat: Retreat| pace.each().is_some_and(|each| each > retreat.slower_than);
                self.retreating |= device.is_some() && self.retreat.is_some_and(slow);
                decode_answers(&bytes, vectors).map_err(|error| Error::Protocol(error.to_string()))?
            }
            Outcome::Failed(Failure { kind: FailureKind::MissingBlob, .. }) => {
                if sent == self.sent {
                    self.send_trace()?;
                }
                return self.push(tile, part);
            }
            Outcome::Failed(failure) if self.retreat.is_some() && of_device(failure.kind) => {
                self.retreating = true;
                let run = self.run;
                let thetas = &self.tile(tile).ok_or_else(stranger)?.thetas[part.clone()];
                let answers = run.trace.answer_many(thetas, run.question, 1);
                answers.into_iter().map(|answer| answer.map_err(Unanswered::from)).collect()
            }
            Outcome::Failed(failure)
                if vectors > 1 && !self.is_on_devices() && is_of_the_work(failure.kind) =>
            {
                // One of them did it. What the others answer is not lost with it.
                let size = vectors.div_ceil(PARTS);
                let mut starts = part.clone().step_by(size);
                return starts.try_for_each(|from| self.push(tile, from..part.end.min(from + size)));
            }
            // Of all tiles alike, so the first one ends it.
            Outcome::Failed(failure) if failure.kind == FailureKind::UnsupportedOnDevice => {
                return Err(Error::Refused(failure));
            }
            Outcome::Failed(failure) if failure.kind == FailureKind::NoDevice => {
                return Err(Error::NoDevice(failure.message));
            }
            Outcome::Failed(failure) => {
                let JobError { kind, message } = failure.into();
                vec![Err(Unanswered { kind, message, observation: None }); vectors]
            }
            Outcome::Padding => return Err(Error::Protocol("padding where an answer was due".into())),
        };
        let sent = self.tile(tile).ok_or_else(stranger)?;
        sent.missing -= vectors;
        sent.answers[part].iter_mut().zip(answers).for_each(|(place, answer)| *place = Some((answer, by)));
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
                let (answer, device) = answer;
                take(theta, answer, device)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// Whether it is for the GPU that a tile was not answered, so that processors may.
fn of_device(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::NoDevice
            | FailureKind::Vram { .. }
            | FailureKind::DevicePoisoned
            | FailureKind::UnsupportedOnDevice
            | FailureKind::WorkerLost
            | FailureKind::TimedOut
    )
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
