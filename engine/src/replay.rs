//! Replay of a trace at one parameter vector: rates, elimination without subtraction, solutions.
//!
//! The rates out of a vertex are eliminated as Grassmann, Taksar and Heyman do (*Regenerative analysis and
//! steady state distributions for Markov chains*, 1985): M = (I - L)(D - U) with L, U and D nonnegative, D
//! being sums of what leaves, so nothing is ever subtracted and every entry of a solution keeps its relative
//! accuracy whatever the conditioning (O'Cinneide, *Entrywise perturbation theory and error analysis for
//! Markov chains*, 1993).

mod adjoint;
mod careful;
mod dispatch;
mod equation;
mod error;
mod kernel;
mod linear;
mod outcome;
mod pack;
mod precise;
mod program;
mod rates;
mod registers;
mod roundings;
mod row_sums;
mod slopes;
mod tile;
mod values;

pub(crate) use careful::{Solutions, ending_in, gradient, occupancy, product, reachable_traps, sweep};
pub(crate) use dispatch::{AnyTile, Make, Work, tile, widest, work};
pub(crate) use equation::{Equation, Operand, Term};
pub use error::EvaluateError;
pub(crate) use kernel::Place;
pub(crate) use linear::LinearForms;
pub(crate) use outcome::Outcome;
#[cfg(test)]
pub(crate) use pack::Pack;
pub(crate) use pack::{Instructions, Lanes};
pub(crate) use precise::{Derivatives, Derived};
pub(crate) use program::{Factor, Multiple, Program};
pub(crate) use rates::{Initial, Rates, all_edges};
pub(crate) use roundings::{Count, Roundings, is_nonnegative};
pub(crate) use slopes::WeightSlopes;
