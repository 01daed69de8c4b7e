//! Isomorphism and colour refinement by definition: slow, plain, and sharing no code with the engine.

use crate::digraph::Digraph;

/// Whether some renaming makes one digraph the other, weights, exits and starts included: every choice is
/// tried, and given up at the first vertex that does not fit.
pub(crate) fn isomorphic(a: &Digraph, b: &Digraph) -> bool {
    a.n == b.n && a.edges.len() == b.edges.len() && extend(a, b, &neighbours_first(a), &mut Vec::new())
}

/// All vertices, each joined with one before it where there is such a one: so that few choices are open.
fn neighbours_first(graph: &Digraph) -> Vec<u32> {
    let mut order: Vec<u32> = Vec::new();
    while let Some(root) = (0..graph.n).find(|v| !order.contains(v)) {
        let mut at = order.len();
        order.push(root);
        while let Some(&v) = order.get(at) {
            at += 1;
            let joined = |u: &u32| graph.edges.contains_key(&(*u, v)) || graph.edges.contains_key(&(v, *u));
            let new: Vec<u32> = (0..graph.n).filter(|u| joined(u) && !order.contains(u)).collect();
            order.extend(new);
        }
    }
    order
}

/// Tries every image for the next vertex in the order; `image` holds those of the vertices before.
fn extend(a: &Digraph, b: &Digraph, order: &[u32], image: &mut Vec<u32>) -> bool {
    if image.len() == order.len() {
        return true;
    }
    for candidate in 0..b.n {
        if !image.contains(&candidate) && fits(a, b, order, image, candidate) {
            image.push(candidate);
            if extend(a, b, order, image) {
                return true;
            }
            image.pop();
        }
    }
    false
}

fn fits(a: &Digraph, b: &Digraph, order: &[u32], image: &[u32], candidate: u32) -> bool {
    let v = order[image.len()];
    let (own, other) = (v as usize, candidate as usize);
    a.exits[own] == b.exits[other]
        && a.starts[own] == b.starts[other]
        && order.iter().zip(image).all(|(&u, &at)| {
            a.edges.get(&(u, v)) == b.edges.get(&(at, candidate))
                && a.edges.get(&(v, u)) == b.edges.get(&(candidate, at))
        })
}

/// Stable colours of all vertices of several digraphs, refined together so that they can be compared: in each
/// round a vertex's colour is its last one with the sorted colours it is joined to.
pub(crate) fn refined<const K: usize>(graphs: [&Digraph; K]) -> [Vec<usize>; K] {
    let mut colours = graphs.map(|g| vec![0; g.n as usize]);
    let mut count = 0;
    loop {
        let mut signatures = std::collections::BTreeSet::new();
        let described: [Vec<_>; K] =
            std::array::from_fn(|i| (0..graphs[i].n).map(|v| signature(graphs[i], v, &colours[i])).collect());
        described.iter().flatten().for_each(|s| {
            signatures.insert(s.clone());
        });
        let number = |s| signatures.iter().position(|other| other == s).unwrap();
        colours = std::array::from_fn(|i| described[i].iter().map(number).collect());
        if signatures.len() == count {
            return colours;
        }
        count = signatures.len();
    }
}

type Signature = (usize, u32, u32, Vec<(u32, usize)>, Vec<(u32, usize)>);

fn signature(graph: &Digraph, v: u32, colours: &[usize]) -> Signature {
    let sorted = |mut seen: Vec<(u32, usize)>| {
        seen.sort_unstable();
        seen
    };
    let of = |u: u32| colours[u as usize];
    let leaving = graph.edges.iter().filter(|(e, _)| e.0 == v).map(|(e, &w)| (w, of(e.1))).collect();
    let entering = graph.edges.iter().filter(|(e, _)| e.1 == v).map(|(e, &w)| (w, of(e.0))).collect();
    let own = v as usize;
    (colours[own], graph.exits[own], graph.starts[own], sorted(leaving), sorted(entering))
}

/// Whether refinement tells all vertices apart.
pub(crate) fn is_discrete(graph: &Digraph) -> bool {
    let [colours] = refined([graph]);
    let distinct: std::collections::BTreeSet<_> = colours.iter().collect();
    distinct.len() == colours.len()
}

/// Whether refinement sees no difference between two digraphs: as many vertices of each colour.
pub(crate) fn refinement_sees_no_difference(a: &Digraph, b: &Digraph) -> bool {
    let sorted = |mut colours: Vec<usize>| {
        colours.sort_unstable();
        colours
    };
    let [first, second] = refined([a, b]);
    sorted(first) == sorted(second)
}
