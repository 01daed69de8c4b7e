//! Numbers of 384 bits, and the distribution of a chain, with its derivatives, computed with them: slow, and by nothing
//! that the engine does. To be included by `#[path = "../support/precise/mod.rs"] mod precise;`.

mod chain;
mod number;
mod steps;

pub(crate) use chain::{PreciseChain, PreciseDistribution};
pub(crate) use number::PreciseNumber;
