//! The canonical hash of a whole chain.

use super::digraph::{Digraph, mix};
use super::refine::canonical_order;
use crate::chain::kind_code;
use crate::chain::{ABSORBED, Chain};
use crate::encoding::Writer;
use crate::graph::Weight;

const DOMAIN: &str = "sojourn 2026 canonical graph v1";

/// Canonical hash of a chain: graphs with the same hash are isomorphic (unless BLAKE3 collides), with equal
/// weights on corresponding edges, so every number that does not name a vertex is the same. Renumbering the
/// graph does not change the hash where refinement alone tells all vertices apart; where it does not, it may.
pub fn graph_key(chain: &Chain) -> [u8; 32] {
    let n = chain.len() as u32;
    let (start, absorbed) = (n, n + 1);
    let labels: Vec<u64> = (0..chain.weights.len() as u32).map(|w| label(chain.weights.get(w))).collect();
    let edges: Vec<(u32, u32, u32)> = all_edges(chain, start, absorbed);
    let mut colours: Vec<u64> = (0..n).map(|v| row_colour(chain, v, &labels)).collect();
    colours.extend([0, 1]);
    for &(vertex, weight) in &chain.loops {
        colours[vertex as usize] = mix(colours[vertex as usize], labels[weight as usize]);
    }
    let labelled = edges.iter().map(|&(from, to, w)| (from, to, labels[w as usize]));
    let order = canonical_order(&Digraph::new(colours, labelled));
    digest(chain, &edges, &order)
}

/// Colour of a vertex before refinement: the sum over its edges, which needs no order among them.
fn row_colour(chain: &Chain, vertex: u32, labels: &[u64]) -> u64 {
    let sum = chain
        .edges(vertex)
        .fold(0u64, |sum, (to, w)| sum.wrapping_add(mix(labels[w as usize], u64::from(to == ABSORBED))));
    sum | 2 // 0 and 1 are the start and absorption
}

fn label(weight: Weight<'_>) -> u64 {
    match weight {
        Weight::Constant(value) => mix(1, value.to_bits()),
        Weight::Linear { base, coefficients } => {
            coefficients.iter().fold(mix(2, base.to_bits()), |hash, c| mix(hash, c.to_bits()))
        }
    }
}

/// Every edge with the start and absorption as vertices of their own.
fn all_edges(chain: &Chain, start: u32, absorbed: u32) -> Vec<(u32, u32, u32)> {
    let target = |t: u32| if t == ABSORBED { absorbed } else { t };
    let mut edges = Vec::with_capacity(chain.to.len() + chain.start.len());
    edges.extend(chain.start.iter().map(|&(t, w)| (start, target(t), w)));
    for v in 0..chain.len() as u32 {
        edges.extend(chain.edges(v).map(|(t, w)| (v, target(t), w)));
    }
    edges
}

/// Edges in ascending order: counted into rows, and each row sorted, since rows are short.
fn sorted(n: usize, edges: impl Iterator<Item = (u32, u32, u32)> + Clone) -> Vec<(u32, u32, u32)> {
    let mut first = vec![0u32; n + 1];
    edges.clone().for_each(|e| first[e.0 as usize + 1] += 1);
    (0..n).for_each(|v| first[v + 1] += first[v]);
    let mut next = first.clone();
    let mut sorted = vec![(0, 0, 0); first[n] as usize];
    edges.for_each(|e| {
        sorted[next[e.0 as usize] as usize] = e;
        next[e.0 as usize] += 1;
    });
    (0..n).for_each(|v| sorted[first[v] as usize..first[v + 1] as usize].sort_unstable());
    sorted
}

/// Digest of the whole relabelled edge list, weights numbered in order of first use.
fn digest(chain: &Chain, edges: &[(u32, u32, u32)], order: &[u32]) -> [u8; 32] {
    let mut number = vec![0u32; order.len()];
    order.iter().enumerate().for_each(|(new, &old)| number[old as usize] = new as u32);
    let loops = chain.loops.iter().map(|&(v, w)| (v, v, w));
    let renumber = |e: (u32, u32, u32)| (number[e.0 as usize], number[e.1 as usize], e.2);
    let relabelled = sorted(order.len(), edges.iter().copied().chain(loops).map(renumber));

    let mut w = Writer::default();
    w.u8(kind_code(chain.kind));
    w.u32s(&[chain.parameters() as u32, chain.len() as u32, relabelled.len() as u32]);
    w.u32s(&[number[chain.len()], number[chain.len() + 1]]);
    let mut weight_number = vec![u32::MAX; chain.weights.len()];
    let mut used = Vec::new();
    for &(from, to, weight) in &relabelled {
        let renumbered = &mut weight_number[weight as usize];
        if *renumbered == u32::MAX {
            *renumbered = used.len() as u32;
            used.push(weight);
        }
        w.u32s(&[from, to, *renumbered]);
    }
    for weight in used {
        w.f64s(&[chain.weights.base(weight)]);
        w.f64s(chain.weights.coefficients(weight));
    }
    let mut hasher = blake3::Hasher::new_derive_key(DOMAIN);
    hasher.update(&w.finish());
    *hasher.finalize().as_bytes()
}
