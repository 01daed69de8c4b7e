//! What the benchmarks need: reference graphs, the matrices they stand for, a clock, and KLU.

pub mod assembly;
pub mod axpy;
pub mod catalogue;
pub mod clock;
#[cfg(feature = "klu")]
pub mod klu;
pub mod matrix;
