//! The canonical hash of a whole chain.

use super::digraph::Digraph;
use super::refine::canonical_order;
use super::spread::order_by_colour;
use super::whole::Whole;
use crate::chain::{Chain, kind_code};
use crate::encoding::Writer;
use crate::graph::WeightTable;

const DOMAIN: &str = "sojourn 2026 canonical graph v1";
/// Of chains whose rows are divided by their totals.
const DIVIDED_DOMAIN: &str = "sojourn 2026 canonical graph of divided rows v1";

/// Canonical hash of a chain: graphs with the same hash are isomorphic (unless BLAKE3 collides), with equal
/// weights on corresponding edges, so every number that does not name a vertex is the same. Renumbering the
/// graph does not change the hash where refinement alone tells all vertices apart; where it does not, it may.
pub fn graph_key(chain: &Chain) -> [u8; 32] {
    let whole = Whole::new(chain);
    let mut colours = whole.colours();
    let order = order_by_colour(&whole, &mut colours).unwrap_or_else(|| {
        let labelled = whole.edges().map(|(from, to, weight)| (from, to, whole.labels[weight as usize]));
        canonical_order(&Digraph::new(colours, labelled))
    });
    digest(&whole, &order)
}

/// Digest of the whole relabelled edge list, weights numbered in order of first use.
fn digest(whole: &Whole<'_>, order: &[u32]) -> [u8; 32] {
    let chain = whole.chain;
    let mut number = vec![0u32; order.len()];
    order.iter().zip(0..).for_each(|(&old, new)| number[old as usize] = new);
    let mut looped = vec![None; order.len()];
    chain.loops.iter().for_each(|&(vertex, weight)| looped[vertex as usize] = Some(weight));

    let mut w = Writer::default();
    w.u8(kind_code(chain.kind));
    w.u32s(&[chain.parameters() as u32, chain.len() as u32]);
    w.u32s(&[number[whole.start() as usize], number[whole.absorbed() as usize]]);
    let mut weight_number = vec![u32::MAX; chain.weights.len()];
    let mut used = Vec::new();
    let mut row = Vec::new();
    for &old in order {
        row.clear();
        row.extend(whole.row(old));
        row.extend(looped[old as usize].map(|weight| (old, weight)));
        row.iter_mut().for_each(|edge| edge.0 = number[edge.0 as usize]);
        row.sort_unstable();
        w.u32(row.len() as u32);
        for &(to, weight) in &row {
            let renumbered = &mut weight_number[weight as usize];
            if *renumbered == u32::MAX {
                *renumbered = used.len() as u32;
                used.push(weight);
            }
            w.u32s(&[to, *renumbered]);
        }
    }
    let is_divided = !chain.weights.quotients().is_empty();
    for weight in used {
        if is_divided {
            write_divided(&mut w, &chain.weights, weight);
        } else {
            write_form(&mut w, &chain.weights, weight);
        }
    }
    let mut hasher = blake3::Hasher::new_derive_key(if is_divided { DIVIDED_DOMAIN } else { DOMAIN });
    hasher.update(&w.finish());
    *hasher.finalize().as_bytes()
}

fn write_form(w: &mut Writer, weights: &WeightTable, form: u32) {
    w.f64s(&[weights.base(form)]);
    w.f64s(weights.coefficients(form));
}

/// Writes a weight of a table with quotients: how many terms it is divided by, none for a form; the form; the terms,
/// ordered by what they are and not by their numbers.
fn write_divided(w: &mut Writer, weights: &WeightTable, weight: u32) {
    let Some(quotient) = (weight as usize).checked_sub(weights.forms()) else {
        w.u32(0);
        return write_form(w, weights, weight);
    };
    let (form, terms) = weights.quotients().of(quotient);
    w.u32(terms.len() as u32);
    write_form(w, weights, form);
    let bytes = |&(form, count): &(u32, u32)| {
        let mut term = Writer::default();
        write_form(&mut term, weights, form);
        term.u32(count);
        term.finish()
    };
    let mut row: Vec<Vec<u8>> = terms.iter().map(bytes).collect();
    row.sort_unstable();
    row.iter().for_each(|term| w.raw(term));
}
