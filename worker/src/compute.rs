//! The engine, as a worker uses it: the bytes of a job in, the bytes of its result out. Nothing about the
//! bytes is believed; each engine type is decoded strictly.

use sojourn_engine::question::{Tile, encode_answers};
use sojourn_engine::{Chain, DecodeError, Pattern, Plan, TooMuchFill, Trace};
use sojourn_proto::{Failure, FailureKind, Key, Report, Target, WorkKind};

use crate::traces::Traces;

/// A result.
pub(crate) struct Computed {
    /// Encoded plan, trace or answers.
    pub(crate) bytes: Vec<u8>,
    /// For a graph, its canonical hash.
    pub(crate) name: Option<Key>,
}

/// Whoever computes: the processor, or a GPU.
pub(crate) trait Compute {
    /// Does one job.
    ///
    /// # Errors
    /// Why it can not be done, or could not.
    fn compute(&mut self, kind: WorkKind, payload: &[u8], traces: &mut Traces) -> Result<Computed, Failure>;

    /// Lets go of what it keeps of these traces.
    fn evict(&mut self, traces: &[Key]);

    /// What is to be told when it is ready, and after each job.
    fn tell(&mut self) -> Option<Report>;
}

/// The processor that runs this.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Processor;

impl Compute for Processor {
    fn compute(&mut self, kind: WorkKind, payload: &[u8], traces: &mut Traces) -> Result<Computed, Failure> {
        compute(kind, payload, traces)
    }

    fn evict(&mut self, _: &[Key]) {}

    fn tell(&mut self) -> Option<Report> {
        None
    }
}

/// Does one job.
///
/// # Errors
/// [`FailureKind::InvalidInput`] naming what is wrong with the payload; [`FailureKind::LimitExceeded`] where
/// the elimination would have more entries than can be numbered; [`FailureKind::MissingBlob`] where the trace it
/// needs is not here, which is looked for before a job is begun.
fn compute(kind: WorkKind, payload: &[u8], traces: &mut Traces) -> Result<Computed, Failure> {
    match kind {
        WorkKind::Pattern => {
            let pattern = Pattern::decode(payload).map_err(invalid)?;
            let plan = Plan::record(&pattern).map_err(too_much)?;
            Ok(Computed { bytes: plan.encode(), name: None })
        }
        WorkKind::Graph => {
            let chain = Chain::decode(payload).map_err(invalid)?;
            let trace = Trace::record(&chain).map_err(too_much)?;
            Ok(Computed { bytes: trace.encode(), name: Some(Key(trace.hash())) })
        }
        // Who asks for a GPU is never answered by something else.
        WorkKind::Evaluation { target: Target::Device(_) | Target::AnyDevice, .. } => {
            Err(Failure::new(FailureKind::Internal, "a job for a GPU was given to a worker process"))
        }
        WorkKind::Evaluation { trace, target: Target::Cpu } => {
            let Tile { question, thetas } = Tile::decode(payload).map_err(invalid)?;
            let Some(trace) = traces.decoded(trace).map_err(invalid)? else {
                return Err(Failure::new(FailureKind::MissingBlob, "the trace is not in this worker"));
            };
            // One thread: the processors are shared out among workers.
            let answers = trace.answer_many(&thetas, &question, 1);
            Ok(Computed { bytes: encode_answers(answers), name: None })
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
pub(crate) fn invalid(error: DecodeError) -> Failure {
    Failure::new(FailureKind::InvalidInput, error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn too_much(error: TooMuchFill) -> Failure {
    Failure::new(FailureKind::LimitExceeded, error.to_string())
}
