//! One field at a time: whatever reaches a number changes the key of a graph and the bytes whose digest names
//! it with its numbering; what reaches none does not change the key.

use sojourn_engine::formats::phasic;
use sojourn_engine::{Chain, Graph, GraphBuilder, Kind, Weight};

use crate::{key, model, recorded, relabelled};

/// A graph taken apart, so that each field can be changed.
#[derive(Clone)]
struct Fields {
    kind: Kind,
    parameters: usize,
    rows: usize,
    /// (to, weight)
    starts: Vec<(u32, Numbers)>,
    /// (from, to, weight)
    edges: Vec<(u32, u32, Numbers)>,
}

/// Base and coefficients.
type Numbers = Vec<f64>;

fn numbers(weight: Weight<'_>, parameters: usize) -> Numbers {
    match weight {
        Weight::Constant(base) => [vec![base], vec![0.0; parameters]].concat(),
        Weight::Linear { base, coefficients } => [&[base], coefficients].concat(),
    }
}

fn taken_apart(graph: &Graph) -> Fields {
    let own = |weight| numbers(weight, graph.parameters());
    Fields {
        kind: graph.kind(),
        parameters: graph.parameters(),
        rows: graph.vertices(),
        starts: graph.start_edges().map(|e| (e.to, own(e.weight))).collect(),
        edges: graph.edges().map(|e| (e.from, e.to, own(e.weight))).collect(),
    }
}

fn built(fields: &Fields) -> Graph {
    let mut builder = GraphBuilder::new(fields.kind, fields.parameters, 0).unwrap();
    (0..fields.rows).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    for (to, w) in &fields.starts {
        builder.start_edge(*to, Weight::Linear { base: w[0], coefficients: &w[1..] }).unwrap();
    }
    for (from, to, w) in &fields.edges {
        builder.edge(*from, *to, Weight::Linear { base: w[0], coefficients: &w[1..] }).unwrap();
    }
    builder.finish().unwrap()
}

/// The smallest change there is.
fn nudged(value: f64) -> f64 {
    if value == 0.0 { f64::MIN_POSITIVE } else { value.next_up() }
}

/// Each graph that differs from this one in one field, with the field's name.
fn changed_in_one_field(fields: &Fields) -> Vec<(String, Fields)> {
    let mut all = Vec::new();
    let mut add = |name: String, change: &dyn Fn(&mut Fields)| {
        let mut changed = fields.clone();
        change(&mut changed);
        all.push((name, changed));
    };
    add("kind".into(), &|f| {
        f.kind = if f.kind == Kind::Discrete { Kind::Continuous } else { Kind::Discrete };
    });
    add("parameters".into(), &|f| {
        f.parameters += 1;
        f.starts.iter_mut().for_each(|(_, w)| w.push(0.0));
        f.edges.iter_mut().for_each(|(_, _, w)| w.push(0.0));
    });
    for i in 0..fields.starts.len() {
        for k in 0..=fields.parameters {
            add(format!("number {k} of start edge {i}"), &|f| f.starts[i].1[k] = nudged(f.starts[i].1[k]));
        }
        add(format!("where start edge {i} leads"), &|f| f.starts[i].0 = next(f, f.starts[i].0));
    }
    for i in 0..fields.edges.len() {
        for k in 0..=fields.parameters {
            add(format!("number {k} of edge {i}"), &|f| f.edges[i].2[k] = nudged(f.edges[i].2[k]));
        }
        add(format!("edge {i}"), &|f| {
            f.edges.remove(i);
        });
        add(format!("where edge {i} leads"), &|f| f.edges[i].1 = next(f, f.edges[i].1));
    }
    all
}

/// Another row than the start.
fn next(fields: &Fields, row: u32) -> u32 {
    1 + row % (fields.rows as u32 - 1)
}

/// Graphs without symmetries, so that no change makes an isomorphic one; start weights and both kinds vary.
fn examples() -> Vec<(&'static str, Fields)> {
    let mut lopsided = taken_apart(&model("rabbits,n=3"));
    lopsided.starts =
        vec![(1, vec![0.5, 0.0, 0.0, 0.25]), (3, vec![0.25; 4]), (9, vec![0.125, 0.0, 0.0, 0.0])];
    let mut steps = taken_apart(&model("random,n=8,seed=1"));
    steps.kind = Kind::Discrete;
    steps.edges.push((2, 2, vec![0.0625; steps.parameters + 1]));
    vec![
        ("rabbits", lopsided),
        ("steps", steps),
        ("queue", taken_apart(&model("mm1k,k=5"))),
        ("chain", taken_apart(&model("chain,components=2,size=5"))),
    ]
}

#[test]
fn whatever_reaches_a_number_changes_the_key_and_the_bytes() {
    for (name, fields) in examples() {
        let graph = built(&fields);
        let (plain, bytes) = (key(&graph), Chain::new(&graph).encode());
        let mut checked = 0;
        for (field, changed) in changed_in_one_field(&fields) {
            let changed = built(&changed);
            assert_ne!(key(&changed), plain, "{name}: {field}");
            assert_ne!(Chain::new(&changed).encode(), bytes, "{name}: {field}");
            checked += 1;
        }
        assert!(checked > 40, "{name}: {checked}");
    }
}

#[test]
fn what_reaches_no_number_does_not_change_the_key() {
    for (name, fields) in examples() {
        let plain = key(&built(&fields));
        let same = |what: &str, change: &dyn Fn(&mut Fields)| {
            let mut changed = fields.clone();
            change(&mut changed);
            assert_eq!(key(&built(&changed)), plain, "{name}: {what}");
        };
        let zero = || vec![0.0; fields.parameters + 1];
        same("order of edges", &|f| f.edges.reverse());
        same("order of start edges", &|f| f.starts.reverse());
        same("an edge that is zero for every theta", &|f| f.edges.push((1, 2, zero())));
        same("two vertices that the start does not reach", &|f| {
            f.rows += 2;
            f.edges.push((f.rows as u32 - 2, f.rows as u32 - 1, vec![1.0; f.parameters + 1]));
            f.edges.push((f.rows as u32 - 1, 1, vec![1.0; f.parameters + 1]));
        });
        same("an edge cut in two halves", &|f| {
            f.edges[0].2.iter_mut().for_each(|x| *x *= 0.5);
            f.edges.push(f.edges[0].clone());
        });
        if fields.kind == Kind::Continuous {
            same("self-loops", &|f| f.edges.push((1, 1, vec![9.0; f.parameters + 1])));
        }
    }
}

#[test]
fn states_and_the_order_of_edges_change_neither_key_nor_bytes() {
    let graph = model("rabbits,n=4");
    let stateless = built(&taken_apart(&graph));
    assert_eq!(key(&stateless), key(&graph));
    assert_eq!(Chain::new(&stateless).encode(), Chain::new(&graph).encode());
    let mut turned = taken_apart(&graph);
    turned.edges.reverse();
    assert_eq!(Chain::new(&built(&turned)).encode(), Chain::new(&graph).encode());
}

#[test]
fn the_layout_of_a_file_changes_neither_key_nor_bytes() {
    let graph = model("islands,n=4");
    let text = phasic::write_json(&graph, phasic::Layout::of(&graph)).unwrap();
    let spread = text.replace(',', " ,\n\t").replace('{', "{ ");
    assert_ne!(spread, text);
    let [plain, other] = [&text, &spread].map(|t| phasic::read_json(t.as_bytes(), false).unwrap());
    assert_eq!(Chain::new(&plain).encode(), Chain::new(&graph).encode());
    assert_eq!(Chain::new(&other).encode(), Chain::new(&graph).encode());
    assert_eq!(key(&other), key(&graph));
}

#[test]
fn renumbering_a_graph_whose_vertices_differ_does_not_change_its_key() {
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
