//! The mathematics of sojourn: phase-type distributions as graphs, their elimination traces, and numbers
//! from them. No input or output happens here, and nothing is asynchronous: bytes and numbers go in, bytes
//! and numbers come out.
//!
//! Data flows one way:
//!
//! ```text
//! formats, models -> Graph -> Chain -> Decomposition -> Pattern -> Plan -> Trace -> Replay -> numbers
//! ```

pub mod expression;
pub mod formats;
pub mod graph;
pub mod models;

pub use graph::{Edge, Graph, GraphBuilder, GraphError, Kind, StartEdge, Weight};
