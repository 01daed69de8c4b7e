//! Digraphs between which refinement sees no difference, though they are not isomorphic.

use crate::digraph::Digraph;
use crate::isomorphism::{isomorphic, refinement_sees_no_difference};
use crate::key;

/// A Cayley graph on Z4 x Z4.
fn cayley(steps: [(u32, u32); 6]) -> Digraph {
    let edges = (0..16u32).flat_map(move |v| {
        let (x, y) = (v / 4, v % 4);
        steps.map(|(dx, dy)| (v, 4 * ((x + dx) % 4) + (y + dy) % 4))
    });
    Digraph::new(16, edges)
}

pub(crate) fn rook() -> Digraph {
    cayley([(1, 0), (2, 0), (3, 0), (0, 1), (0, 2), (0, 3)])
}

pub(crate) fn shrikhande() -> Digraph {
    cayley([(1, 0), (3, 0), (0, 1), (0, 3), (1, 1), (3, 3)])
}

/// Cycles of three or six among vertices 0..6, each joined with a hub.
fn cycles(length: u32) -> Digraph {
    let next = move |v: u32| v / length * length + (v + 1) % length;
    Digraph::symmetric(7, (0..6).map(move |v| (v, next(v))).chain((0..6).map(|v| (v, 6))))
}

/// The triangular graph T(8), pairs out of eight joined where they share one, or one of the graphs of the same
/// numbers that Chang found: what joins four disjoint pairs with the others is turned round.
fn triangular(switched: bool) -> Digraph {
    let pairs: Vec<(u32, u32)> = (0..8).flat_map(|a| (a + 1..8).map(move |b| (a, b))).collect();
    let special = |p: (u32, u32)| p.0.is_multiple_of(2) && p.1 == p.0 + 1;
    let joined = |p: (u32, u32), q: (u32, u32)| {
        let share = p.0 == q.0 || p.0 == q.1 || p.1 == q.0 || p.1 == q.1;
        share != (switched && special(p) != special(q))
    };
    let edges = (0..28).flat_map(|i| (0..i).map(move |j| (i, j)));
    let kept: Vec<(u32, u32)> =
        edges.filter(|&(i, j)| joined(pairs[i as usize], pairs[j as usize])).collect();
    Digraph::symmetric(28, kept)
}

/// The construction of Cai, Fürer and Immerman (1992) over the complete graph on four vertices, one edge
/// twisted or none. A vertex of it becomes four, one for each even set of its edges, and each of its ends of
/// edges two, one for "in the set" and one for "not".
pub(crate) fn cai_fuerer_immerman(twisted: bool) -> Digraph {
    let end = |v: u32, towards: u32, member: bool| 16 + (v * 4 + towards) * 2 + u32::from(member);
    let mut edges = Vec::new();
    for v in 0..4u32 {
        let others: Vec<u32> = (0..4).filter(|&u| u != v).collect();
        for (number, set) in [[false; 3], [true, true, false], [true, false, true], [false, true, true]]
            .into_iter()
            .enumerate()
        {
            let middle = v * 4 + number as u32;
            edges.extend((0..3).map(|i| (middle, end(v, others[i], set[i]))));
        }
        for u in 0..v {
            let twist = twisted && (u, v) == (0, 1);
            edges.extend([false, true].map(|member| (end(v, u, member), end(u, v, member != twist))));
        }
    }
    // No vertex towards itself: close the gaps in the numbering.
    let mut used: Vec<u32> = edges.iter().flat_map(|&(a, b)| [a, b]).collect();
    used.sort_unstable();
    used.dedup();
    let number = |v: u32| used.binary_search(&v).unwrap() as u32;
    Digraph::symmetric(used.len() as u32, edges.into_iter().map(|(a, b)| (number(a), number(b))))
}

#[test]
fn what_refinement_can_not_tell_apart_has_different_keys_all_the_same() {
    let pairs = [
        ("rook and Shrikhande", rook(), shrikhande()),
        ("two triangles and a hexagon", cycles(3), cycles(6)),
        ("T(8) and a Chang graph", triangular(false), triangular(true)),
        ("twisted or not", cai_fuerer_immerman(false), cai_fuerer_immerman(true)),
    ];
    for (names, a, b) in pairs {
        let everywhere = |g: &Digraph| g.clone().with_exits(0..g.n);
        for (a, b) in [(a.clone(), b.clone()), (everywhere(&a), everywhere(&b))] {
            assert!(refinement_sees_no_difference(&a, &b), "{names}");
            assert!(!isomorphic(&a, &b), "{names}");
            assert_ne!(a.pattern().unwrap(), b.pattern().unwrap(), "{names}");
            assert_ne!(key(&a.graph()), key(&b.graph()), "{names}");
        }
    }
}

#[test]
fn a_pair_that_is_isomorphic_passes_for_it() {
    let name: Vec<u32> = (0..16).map(|v| (v * 5 + 3) % 16).collect();
    assert!(isomorphic(&shrikhande(), &shrikhande().renamed(&name)));
    // Two twists undo each other: this is what the pair above differs from.
    let graph = cai_fuerer_immerman(true);
    assert_eq!((graph.n, graph.edges.len()), (40, 2 * (4 * 4 * 3 + 6 * 2)));
    let reversed: Vec<u32> = (0..graph.n).rev().collect();
    assert!(isomorphic(&graph, &graph.renamed(&reversed)));
}
