//! What the hash of a graph tells apart, and what it does not.

use crate::{model, recorded};
use sojourn_engine::{Chain, Graph, GraphBuilder, Kind, Weight, graph_key};

/// A graph with its rows permuted: row r becomes `rows[r]`. The start stays where it is.
fn relabelled(graph: &Graph, rows: &[u32]) -> Graph {
    let mut builder = GraphBuilder::new(graph.kind(), graph.parameters(), graph.state_length()).unwrap();
    let mut back = vec![0; rows.len()];
    rows.iter().enumerate().for_each(|(old, &new)| back[new as usize] = old);
    back.iter().for_each(|&old| {
        builder.vertex(graph.state(old)).unwrap();
    });
    let to = |row: u32| rows[row as usize];
    graph.start_edges().for_each(|e| builder.start_edge(to(e.to), e.weight).unwrap());
    graph.edges().for_each(|e| builder.edge(to(e.from), to(e.to), e.weight).unwrap());
    builder.finish().unwrap()
}

fn key(graph: &Graph) -> [u8; 32] {
    graph_key(&Chain::new(graph))
}

#[test]
fn renumbering_a_graph_whose_vertices_differ_does_not_change_its_hash() {
    for spec in ["random,n=60,seed=5", "rabbits,n=6", "arg,n=6", "mm1k,k=50", "coalescent,n=30"] {
        let graph = model(spec);
        let n = graph.vertices() as u32;
        for shift in [1, 7, n / 2] {
            // Row 0 stays; the others move round.
            let rows: Vec<u32> =
                (0..n).map(|r| if r == 0 { 0 } else { 1 + (r - 1 + shift) % (n - 1) }).collect();
            let other = relabelled(&graph, &rows);
            assert_eq!(key(&other), key(&graph), "{spec} shifted by {shift}");
            let plans = |g: &Graph| {
                let summary = recorded(g).summary();
                (summary.components, summary.patterns, summary.fill_in, summary.operations)
            };
            assert_eq!(plans(&other), plans(&graph), "{spec} shifted by {shift}");
        }
    }
}

/// What one field of a graph may be.
#[derive(Clone)]
struct Fields {
    kind: Kind,
    alpha: [f64; 2],
    base: f64,
    coefficient: f64,
    constant: f64,
    leaves: bool,
    self_loop: f64,
    parameters: usize,
}

fn built(f: &Fields) -> Graph {
    let mut builder = GraphBuilder::new(f.kind, f.parameters, 0).unwrap();
    (0..5).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    let mut coefficients = vec![0.0; f.parameters];
    coefficients[0] = f.coefficient;
    builder.start_edge(1, Weight::Constant(f.alpha[0])).unwrap();
    builder.start_edge(4, Weight::Constant(f.alpha[1])).unwrap();
    builder.edge(1, 2, Weight::Linear { base: f.base, coefficients: &coefficients }).unwrap();
    builder.edge(2, 3, Weight::Constant(f.constant)).unwrap();
    builder.edge(3, 1, Weight::Constant(0.25)).unwrap();
    builder.edge(1, 4, Weight::Constant(0.125)).unwrap();
    builder.edge(3, if f.leaves { 4 } else { 2 }, Weight::Constant(0.5)).unwrap();
    builder.edge(2, 2, Weight::Constant(f.self_loop)).unwrap();
    builder.finish().unwrap()
}

#[test]
fn whatever_reaches_a_number_changes_the_hash() {
    let fields = Fields {
        kind: Kind::Discrete,
        alpha: [0.5, 0.5],
        base: 0.0,
        coefficient: 0.25,
        constant: 0.5,
        leaves: true,
        self_loop: 0.0625,
        parameters: 1,
    };
    let change = |change: &dyn Fn(&mut Fields)| {
        let mut changed = fields.clone();
        change(&mut changed);
        key(&built(&changed))
    };
    let keys = [
        change(&|_| ()),
        change(&|f| f.kind = Kind::Continuous),
        change(&|f| f.alpha[0] = 0.25),
        change(&|f| f.alpha[1] = 0.25),
        change(&|f| f.base = 1e-300),
        change(&|f| f.coefficient = 0.25 + f64::EPSILON),
        change(&|f| f.coefficient = -0.25),
        change(&|f| f.constant = 0.5 + f64::EPSILON),
        change(&|f| f.leaves = false),
        change(&|f| f.self_loop = 0.125),
        change(&|f| f.parameters = 2),
    ];
    for (i, a) in keys.iter().enumerate() {
        assert!(keys[..i].iter().all(|b| a != b), "change {i} has the hash of an earlier one");
    }
}

#[test]
fn what_reaches_no_number_does_not_change_the_hash() {
    let plain = model("rabbits,n=2");
    let mut builder = GraphBuilder::new(plain.kind(), 3, 1).unwrap();
    (0..plain.vertices() + 2).for_each(|row| {
        builder.vertex(&[row as i32]).unwrap();
    });
    let unreached = plain.vertices() as u32;
    builder.edge(unreached, unreached + 1, Weight::Constant(3.0)).unwrap();
    plain.start_edges().for_each(|e| builder.start_edge(e.to, e.weight).unwrap());
    plain.edges().for_each(|e| builder.edge(e.from, e.to, e.weight).unwrap());
    builder.edge(1, 1, Weight::Constant(9.0)).unwrap();
    builder.edge(2, 1, Weight::Constant(0.0)).unwrap();
    assert_eq!(key(&builder.finish().unwrap()), key(&plain));
}

/// Rows of a Cayley graph on Z4 x Z4 with unit rates, each row also absorbed at rate 1.
fn cayley(steps: [(u32, u32); 6]) -> Graph {
    let mut builder = GraphBuilder::new(Kind::Continuous, 0, 0).unwrap();
    (0..18).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    for x in 0..4 {
        for y in 0..4 {
            let row = 1 + 4 * x + y;
            builder.start_edge(row, Weight::Constant(1.0)).unwrap();
            builder.edge(row, 17, Weight::Constant(1.0)).unwrap();
            for (dx, dy) in steps {
                let to = 1 + 4 * ((x + dx) % 4) + (y + dy) % 4;
                builder.edge(row, to, Weight::Constant(1.0)).unwrap();
            }
        }
    }
    builder.finish().unwrap()
}

#[test]
fn strongly_regular_graphs_of_the_same_numbers_have_different_hashes() {
    // Both have 16 vertices of degree 6, and every two have 2 common neighbours: refinement sees no
    // difference between them.
    let rook = cayley([(1, 0), (2, 0), (3, 0), (0, 1), (0, 2), (0, 3)]);
    let shrikhande = cayley([(1, 0), (3, 0), (0, 1), (0, 3), (1, 1), (3, 3)]);
    assert_ne!(key(&rook), key(&shrikhande));
    let pattern = |graph: &Graph| {
        let decomposition = sojourn_engine::Decomposition::new(&Chain::new(graph));
        decomposition.patterns()[0].encode()
    };
    assert_ne!(pattern(&rook), pattern(&shrikhande));
    // Translations are automorphisms, so every first choice among the ties is as good.
    let shifted: Vec<u32> =
        (0..18).map(|r| if (1..17).contains(&r) { 1 + (r + 3) % 16 } else { r }).collect();
    assert_eq!(pattern(&relabelled(&rook, &shifted)).len(), pattern(&rook).len());
}
