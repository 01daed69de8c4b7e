//! Built-in models against the reference graphs of the same families, and their errors.

mod support;
#[path = "support/weights.rs"]
mod weights;

use sojourn_engine::{Chain, Component, Decomposition, Graph, formats, models};
use support::fixture;
use weights::described;

/// Fixtures and the model that builds the same graph.
const SAME: [(&str, &str); 14] = [
    ("kingman_5", "coalescent,n=5"),
    ("kingman_100", "coalescent?n=100"),
    ("sfs_5", "sfs,n=5"),
    ("sfs_20", "sfs,n=20"),
    ("island_3", "islands,n=3"),
    ("island_30", "islands,n=30"),
    ("islandsfs_5", "sfs?n=5&islands=2"),
    ("islandsfs_10", "sfs,n=10,islands=2"),
    ("mm1_10", "mm1k,k=10"),
    ("mm1_1000", "mm1k,k=1000"),
    ("repair_10", "repair,n=10"),
    ("rabbits_10", "rabbits,n=10"),
    ("tandem_10", "tandem,k=10"),
    ("im_2_2", "im,n1=2,n2=2"),
];

fn edges_by_state(graph: &Graph) -> Vec<(Vec<i32>, Vec<i32>, String)> {
    let state = |row: u32| graph.state(row as usize).to_vec();
    let mut edges: Vec<_> = graph
        .edges()
        .map(|e| (state(e.from), state(e.to), described(e.weight)))
        .chain(graph.start_edges().map(|e| (state(graph.start()), state(e.to), described(e.weight))))
        .collect();
    edges.sort();
    edges
}

fn assert_isomorphic(name: &str, spec: &str) {
    let expected = formats::read_json(&fixture(name), false).unwrap();
    let built = models::build(spec).unwrap();
    assert_eq!(built.vertices(), expected.vertices(), "{spec}");
    assert_eq!(built.edge_count(), expected.edge_count(), "{spec}");
    assert_eq!(edges_by_state(&built), edges_by_state(&expected), "{spec} against {name}");
}

#[test]
fn models_are_the_reference_graphs_of_their_families() {
    for (name, spec) in SAME {
        assert_isomorphic(name, spec);
    }
}

#[test]
fn large_models_are_the_reference_graphs_of_their_families() {
    assert_isomorphic("im_4_4", "im,n1=4,n2=4");
    assert_isomorphic("arg_5", "arg,n=5");
    assert_isomorphic("arg_10", "arg,n=10");
    assert_isomorphic("arg_30", "arg,n=30");
    assert_isomorphic("islandsfs_15", "sfs,n=15,islands=2");
    assert_isomorphic("mm1_5000", "mm1k,k=5000");
}

#[test]
fn isolation_with_migration_of_8_and_8_has_the_sizes_that_are_known_of_it() {
    let graph = models::build("im,n1=8,n2=8").unwrap();
    let decomposition = Decomposition::new(&Chain::new(&graph));
    let sizes: Vec<usize> = decomposition
        .components()
        .map(|component| match component {
            Component::Single { .. } => 1,
            Component::Cyclic { vertices, .. } => vertices.len(),
        })
        .collect();
    assert_eq!((graph.vertices() - 1, graph.edges().len()), (480_663, 6_299_052));
    // Absorption is a component, too.
    assert_eq!((sizes.len() + 1, sizes.iter().max()), (8406, Some(&320)));
    assert_eq!(decomposition.patterns().len(), 174);
}

#[test]
fn isolation_with_migration_of_4_and_4_has_1431_states_and_9540_edges() {
    let graph = models::build("im,n1=4,n2=4").unwrap();
    assert_eq!((graph.vertices() - 1, graph.edges().len()), (1431, 9540));
}

#[test]
fn every_example_builds_and_every_key_is_documented() {
    for model in models::list() {
        let graph = models::build(model.example).unwrap();
        assert!(model.example.starts_with(model.name));
        assert!(graph.state(graph.start() as usize).iter().all(|&v| v == 0), "{}", model.name);
        assert!(!model.summary.is_empty() && !model.states.is_empty() && !model.parameters.is_empty());
        assert!(model.keys.iter().all(|key| !key.meaning.is_empty()));
        let names = model.parameter_names;
        assert!(names.is_empty() || names.len() >= graph.parameters(), "{}", model.name);
        assert_eq!(models::find(model.example).map(|found| found.name), Some(model.name));
    }
}

#[test]
fn random_graphs_of_a_seed_never_change() {
    let graph = models::build("random,n=3,degree=2,seed=1").unwrap();
    let text = formats::phasic::write_json(&graph, formats::phasic::Layout::New).unwrap();
    assert_eq!(text, include_str!("fixtures/pinned/random_3_2_1.json").trim_end());
    let graph = models::build("chain,components=2,size=3,distinct=true").unwrap();
    let text = formats::phasic::write_json(&graph, formats::phasic::Layout::New).unwrap();
    assert_eq!(text, include_str!("fixtures/pinned/chain_2_3_true.json").trim_end());
}

#[test]
fn another_seed_is_another_graph_and_components_that_are_not_distinct_are_alike() {
    assert_ne!(models::build("random,n=30,seed=1").unwrap(), models::build("random,n=30,seed=2").unwrap());
    let graph = models::build("chain,components=2,size=9,distinct=false").unwrap();
    let of = |component: u32| -> Vec<(u32, u32, String)> {
        let rows = 1 + component * 9..10 + component * 9;
        let own = graph.edges().filter(|e| rows.contains(&e.from));
        own.map(|e| (e.from - rows.start, e.to - rows.start, described(e.weight))).collect()
    };
    assert_eq!(of(0), of(1));
}

#[test]
fn every_wrong_text_is_told_by_name() {
    for (spec, message) in [
        ("coalescant,n=3", "unknown model `coalescant`; did you mean `coalescent`"),
        ("", "unknown model ``"),
        ("coalescent", "model coalescent: the key `n` is missing (samples), as in `coalescent,n=10`"),
        ("coalescent,m=3", "model coalescent has no key `m`; its keys are `n`"),
        ("coalescent,n=3,n=4", "model coalescent: the key `n` is given twice"),
        ("coalescent,3", "model coalescent: `3` is not of the form key=value"),
        ("coalescent,n=1", "model coalescent: n=1 is not a whole number from 2 to 1000000"),
        ("coalescent,n=2.5", "n=2.5 is not a whole number from 2 to 1000000"),
        ("im,n1=9,n2=9", "model im: 9 + 9 samples, together there are from 2 to 16"),
        ("chain,components=3,size=2,distinct=perhaps", "distinct=perhaps is not true or false"),
        ("chain,components=1000000,size=100000", "100000000000 vertices, the limit is 1000000"),
        ("random,n=5000000,degree=1000", "the limit is 20000000"),
        ("birth-death,n=3,start=4", "start=4 is not at most n=3"),
        ("hyperexponential,n=2,p=0.5/0.6", "p=0.5/0.6 is not a list of probabilities that sum to one"),
        ("hyperexponential,n=3,p=0.5/0.5", "p=0.5/0.5 is not a list of n=3 probabilities"),
        ("coxian,n=5000", "n=5000 is not a whole number from 1 to 1000"),
    ] {
        let error = models::build(spec).unwrap_err().to_string();
        assert!(error.contains(message), "{spec}: {error}");
    }
}
