//! The mathematics of sojourn: phase-type distributions as graphs, their elimination traces, and numbers
//! from them. No input or output happens here, and nothing is asynchronous: bytes and numbers go in, bytes
//! and numbers come out.
//!
//! Data flows one way:
//!
//! ```text
//! formats, models -> Graph -> Chain -> Decomposition -> Pattern -> Plan -> Trace -> Replay -> numbers
//! ```

// Tests of the library include files that tests of the crate share.
#[cfg(test)]
extern crate self as sojourn_engine;

mod bits;
mod canonical;
pub mod chain;
pub mod components;
pub mod decomposition;
pub mod density;
pub mod encoding;
pub mod evaluate;
pub mod expression;
pub mod formats;
pub mod graph;
pub mod image;
pub mod likelihood;
pub mod models;
pub mod operations;
pub mod ordering;
pub mod pattern;
pub mod plan;
pub mod question;
mod replay;
pub mod sample;
mod scaled;
mod sensitivity;
mod symbolic;
pub mod trace;
pub mod transform;
mod wide;

pub use canonical::graph_key;
pub use chain::Chain;
pub use decomposition::{Component, Decomposition};
pub use density::{Distribution, DistributionQuery, Event};
pub use encoding::DecodeError;
pub use evaluate::{EvaluateError, Numbers, Query, Replay};
pub use graph::{Edge, Graph, GraphBuilder, GraphError, Kind, StartEdge, Weight};
pub use likelihood::{LikelihoodError, LogLikelihood, Observation, ObservationError, Observations};
pub use operations::{Operation, OperationList};
pub use ordering::Ordering;
pub use pattern::Pattern;
pub use plan::{Plan, TooMuchFill};
pub use question::{Answer, Question, Unanswered};
pub use sample::{ChainSampler, SampleQuery, Samples};
pub use scaled::ScaledNumber;
pub use trace::{Eliminated, Stitched, Summary, Trace};
pub use transform::TransformError;
