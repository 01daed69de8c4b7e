//! Traces and questions as flat arrays, for devices that have memory of their own.
//!
//! An [`Image`] is words and numbers: what a [`Trace`] and the equations of a question hold, in the order in which kernels
//! read them, which `worker/kernels/image.cuh` repeats field by field. It is made of the same linear forms, factors and
//! equations that are replayed here, and results become numbers by the same code, so that a device that does the same
//! operations in the same order gives the same bits. Where it finds a lane faulty, the vector is to be answered by
//! [`Trace::answer`], as a tile does.

mod curve;
mod layout;
mod replay;
mod trace;
mod traffic;

use crate::evaluate::EvaluateError;
use crate::question::Question;
use crate::trace::{Block, Trace};

pub use curve::{CurveImage, Flow, Room};
pub use replay::ReplayImage;
pub use traffic::Traffic;

/// Parameter vectors that a device works on side by side.
pub const LANES: usize = 32;

/// Arrays that go to a device as they are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Image {
    /// A header of fixed length, and lists whose places it tells.
    pub words: Vec<u32>,
    /// Numbers that the words refer to by their places.
    pub numbers: Vec<f64>,
}

impl Image {
    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.words[..]) + size_of_val(&self.numbers[..])
    }
}

/// What is asked for and cannot be computed from an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{part} is not computed on GPUs; use the CPU")]
pub struct Unsupported {
    /// The part of the question, or what of the trace.
    pub part: &'static str,
}

/// A question about a trace as images, a part each.
#[derive(Debug)]
pub struct Job<'t> {
    /// To [`Question::moments`].
    pub replay: Option<ReplayImage<'t>>,
    /// To [`Question::distribution`].
    pub curve: Option<CurveImage<'t>>,
}

impl<'t> Job<'t> {
    /// Prepares a question that is supported. Eliminations are shared by this many warps, each of which has a row at work.
    ///
    /// # Errors
    /// If the question is refused whatever the parameters, as [`Trace::answer`] refuses it.
    pub fn new(trace: &'t Trace, question: &Question, warps: u32) -> Result<Job<'t>, EvaluateError> {
        let replay =
            question.moments.as_ref().map(|query| ReplayImage::new(trace, query, warps)).transpose()?;
        let curve = question.distribution.as_ref().map(|at| CurveImage::new(trace, at)).transpose()?;
        Ok(Job { replay, curve })
    }
}

impl Trace {
    /// The trace as an image.
    pub fn image(&self) -> Image {
        trace::image(self)
    }

    /// Whether a question can be answered from images.
    ///
    /// # Errors
    /// With the first part that cannot.
    pub fn supports_images(&self, question: &Question) -> Result<(), Unsupported> {
        let refused = [
            (!self.weights.quotients().is_empty(), "a graph whose rows are divided by their sums"),
            (question.transform.is_some(), "a reward in the place of time"),
            (question.distribution_gradient.is_some(), "the gradient of a distribution"),
            (question.likelihood.is_some(), "the likelihood of observations"),
            (question.laplace.is_some(), "the Laplace transform"),
            (question.residence.is_some(), "the time spent in each row"),
            (question.samples.is_some(), "sampling"),
            (question.moments.is_none() && question.distribution.is_none(), "nothing at all"),
        ];
        if let Some(&(_, part)) = refused.iter().find(|(is_asked, _)| *is_asked) {
            return Err(Unsupported { part });
        }
        if let Some(at) = &question.distribution {
            curve::supports(self, at)?;
        }
        match question.moments.as_ref().map_or(0, |query| replay::values(self, query)) {
            values if values > layout::MOST_VALUES => Err(Unsupported { part: "a trace of so many values" }),
            _ => Ok(()),
        }
    }

    /// Whether eliminating its components is so much work that several warps should share it: rows of L and U that are
    /// long, so that most operations are in rows that can be worked on at once.
    pub fn has_large_components(&self) -> bool {
        let (operations, entries) =
            self.blocks.iter().fold((0, 0), |(operations, entries), block| match block {
                Block::Acyclic { .. } => (operations, entries),
                Block::Cyclic { plan, .. } => {
                    let plan = &self.plans[*plan as usize];
                    (operations + plan.operations(), entries + plan.entries() as u64)
                }
            });
        operations > OPERATIONS_TO_SHARE * entries
    }
}

/// Operations an entry of L and U from which on warps share rows. Less are left to one warp: there the solution, which is
/// not shared, is a good part of the work.
const OPERATIONS_TO_SHARE: u64 = 24;
