//! What each part of a question provides.

use crate::encoding::{DecodeError, Reader, Writer};
use crate::evaluate::EvaluateError;
use crate::trace::Trace;

/// What answers at the vectors of one tile after the other, and keeps its memory in between: of one thread.
pub(super) type Prepared<'a, A> = Box<dyn FnMut(&[&[f64]]) -> Vec<Result<A, EvaluateError>> + 'a>;

/// Whether nobody wants the answers any more. Once it is so it stays so.
pub(super) type Stopped<'a> = dyn Fn() -> bool + Sync + 'a;

/// A part of a question: how it is computed, and how it and its answer are written as bytes.
pub(super) trait Part: Sized {
    /// What is answered at one parameter vector.
    type Answer: Sized;

    /// Computes it at a parameter vector.
    fn answer(&self, trace: &Trace, theta: &[f64]) -> Result<Self::Answer, EvaluateError>;

    /// Computes it at each vector of a tile: to the bit what [`Part::answer`] computes.
    fn answer_tile(&self, trace: &Trace, thetas: &[&[f64]]) -> Vec<Result<Self::Answer, EvaluateError>> {
        thetas.iter().map(|theta| self.answer(trace, theta)).collect()
    }

    /// Makes it ready for a trace, to compute at each tile what [`Part::answer_tile`] does. Once `stopped` says so,
    /// nobody looks at what is answered: a part that takes long at one vector may ask it.
    fn prepare<'a>(&'a self, trace: &'a Trace, _stopped: &'a Stopped<'a>) -> Prepared<'a, Self::Answer> {
        Box::new(move |thetas| self.answer_tile(trace, thetas))
    }

    /// The probability of absorption at time zero, if an answer to this part tells it.
    fn mass_at_zero(_: &Self::Answer) -> Option<f64> {
        None
    }

    fn write(&self, w: &mut Writer);
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError>;
    fn write_answer(answer: &Self::Answer, w: &mut Writer);
    fn read_answer(r: &mut Reader<'_>) -> Result<Self::Answer, DecodeError>;
}
