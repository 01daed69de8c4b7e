//! The canonical order of a component's vertices: of three ways to find one, the first that applies. Which one
//! does depends on the shape alone, not on its numbering.

use super::digraph::Digraph;
use super::refine::canonical_order;
use super::{path, small};
use crate::pattern::Shape;

/// The vertices of a component in canonical order: entry i is the vertex that gets number i.
pub(crate) fn component_order(shape: Shape<'_>) -> Vec<u32> {
    if let Some(order) = path::order(shape) {
        return order;
    }
    if shape.size() <= small::LARGEST {
        return small::order(shape);
    }
    by_cells(shape)
}

fn by_cells(shape: Shape<'_>) -> Vec<u32> {
    let n = shape.size() as u32;
    let mut entering = vec![0u32; shape.size()];
    shape.to.iter().for_each(|&t| entering[t as usize] += 1);
    let colour = |v: u32| {
        let (degree, leaves) = (shape.targets(v).len() as u64, shape.leaves(v));
        degree << 32 | u64::from(entering[v as usize]) << 1 | u64::from(leaves)
    };
    let edges = (0..n).flat_map(|v| shape.targets(v).iter().map(move |&t| (v, t, 1)));
    canonical_order(&Digraph::new((0..n).map(colour).collect(), edges))
}
