//! Canonical numbering: an order of a digraph's vertices that depends on its shape, not on how it was
//! numbered, and the keys that follow from it.
//!
//! Colours are refined until each vertex sees the same colours as the others of its own (1-WL, as in McKay
//! and Piperno, *Practical graph isomorphism II*, 2014); where vertices stay tied, the last of the first
//! tied colour is singled out and refinement goes on. There is no search over ties: a key covers the whole
//! relabelled edge list, so a tie broken differently costs a miss and never a wrong hit.

mod component;
mod digraph;
mod key;
mod path;
mod refine;
mod small;
mod spread;
#[cfg(test)]
mod tests;
mod whole;

pub(crate) use component::component_order;
pub use key::graph_key;
