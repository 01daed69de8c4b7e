//! Replay of a trace at one parameter vector: rates, elimination without subtraction, solutions.
//!
//! The rates out of a vertex are eliminated as Grassmann, Taksar and Heyman do (*Regenerative analysis and
//! steady state distributions for Markov chains*, 1985): M = (I - L)(D - U) with L, U and D nonnegative, D
//! being sums of what leaves, so nothing is ever subtracted and every entry of a solution keeps its relative
//! accuracy whatever the conditioning (O'Cinneide, *Entrywise perturbation theory and error analysis for
//! Markov chains*, 1993).

mod equation;
mod error;
mod factor;
mod occupancy;
mod rates;
mod sweep;
mod traps;

pub(crate) use equation::{Equation, Operand, Term};
pub use error::EvaluateError;
pub(crate) use factor::product;
pub(crate) use occupancy::occupancy;
pub(crate) use rates::{Initial, Rates, all_edges};
pub(crate) use sweep::{Solutions, sweep};
pub(crate) use traps::{ending_in, reachable_traps};

/// How the factors of a component treat a vertex that cannot be left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Give up at the first one: the usual case has none.
    None,
    /// Treat it as a killing state: what enters never comes back.
    Traps,
}

/// A vertex that cannot be left was met under [`Care::None`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trapped;
