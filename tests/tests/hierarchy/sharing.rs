//! Each pattern is recorded once, whatever its coefficients, parameters, numbering and surroundings.

use std::collections::HashSet;

use sojourn_engine::{Chain, Decomposition, Graph, GraphBuilder, Kind, Pattern, Trace, Weight, models};
use sojourn_tests::Home;

use crate::{counts, fixture, trace, written};

#[test]
fn a_hundred_components_of_four_patterns_are_four_plans_cold_and_none_warm() {
    let home = Home::new();
    let file = fixture(&home, "sccchain_100x60_rep4");
    let cold = trace(&home, "50", &[&file]).remove(0);
    assert_eq!(counts(&cold), (4, 0, false), "{cold}");
    assert_eq!(cold["components"], 100);
    let warm = trace(&home, "50", &[&file]).remove(0);
    assert_eq!(counts(&warm), (0, 4, true), "{warm}");
    let alone = home.json(&["trace", &file, "--strategy", "sequential", "--json"]).remove(0);
    assert_eq!(counts(&alone), (4, 0, false), "{alone}");
}

/// Edges of a strongly connected digraph of 60 vertices that refinement tells apart.
fn component() -> Vec<(u32, u32)> {
    let graph = models::build("chain,components=1,size=60,distinct=true").expect("a model");
    let absorbing = graph.vertices() as u32 - 1;
    graph.edges().filter(|e| e.to != absorbing).map(|e| (e.from - 1, e.to - 1)).collect()
}

/// What may differ around a component.
#[derive(Clone, Copy)]
struct Around {
    parameters: usize,
    /// Step between the numbers of neighbouring vertices.
    stride: u32,
    /// Factor of the coefficients.
    scale: f64,
    /// Vertices that come before, one after the other.
    before: u32,
}

/// The component with something around it: the start leads through `before` vertices to it, and its last vertex
/// to absorption.
fn surrounded(around: Around) -> Graph {
    let Around { parameters, stride, scale, before } = around;
    let mut builder = GraphBuilder::new(Kind::Continuous, parameters, 0).expect("few parameters");
    for _ in 0..62 + before {
        builder.vertex(&[]).expect("few vertices");
    }
    let row = |v: u32| 1 + before + v * stride % 60;
    let coefficients: Vec<f64> = (0..parameters).map(|k| scale * (1.0 + k as f64)).collect();
    let weight = Weight::Linear { base: scale, coefficients: &coefficients };
    let entry = |at: u32| if at == before { row(0) } else { 1 + at };
    builder.start_edge(entry(0), Weight::Constant(1.0)).expect("a start");
    for at in 0..before {
        builder.edge(1 + at, entry(at + 1), Weight::Constant(2.0)).expect("an edge");
    }
    for (from, to) in component() {
        builder.edge(row(from), row(to), weight).expect("an edge");
    }
    builder.edge(row(59), 61 + before, Weight::Constant(0.5)).expect("an exit");
    builder.finish().expect("a graph")
}

#[test]
fn a_component_is_found_again_whatever_its_coefficients_parameters_numbering_and_surroundings() {
    let home = Home::new();
    let plain = Around { parameters: 1, stride: 1, scale: 1.0, before: 0 };
    let first = written(&home, "plain", &surrounded(plain));
    assert_eq!(counts(&trace(&home, "50", &[&first])[0]), (1, 0, false));
    for (name, around) in [
        ("coefficients", Around { scale: 0.375, ..plain }),
        ("parameters", Around { parameters: 3, ..plain }),
        ("numbering", Around { stride: 7, ..plain }),
        ("surroundings", Around { before: 5, ..plain }),
        ("all", Around { parameters: 2, stride: 13, scale: 3.0, before: 2 }),
    ] {
        let graph = surrounded(around);
        let file = written(&home, name, &graph);
        let output = home.path("traces").to_string_lossy().into_owned();
        let line = trace(&home, "50", &[&file, "-o", &output]).remove(0);
        assert_eq!(counts(&line), (0, 1, true), "other {name}: {line}");
        let alone = Trace::record(&Chain::new(&graph)).expect("a trace").encode();
        let stitched = std::fs::read(home.path(&format!("traces/{name}.trace"))).expect("a trace");
        assert!(stitched == alone, "other {name}: a hit gives the bytes of a miss");
    }
}

/// Distinct patterns of a model, as bytes.
fn patterns(model: &str) -> HashSet<Vec<u8>> {
    let chain = Chain::new(&models::build(model).expect("a model"));
    Decomposition::new(&chain).patterns().iter().map(Pattern::encode).collect()
}

#[test]
fn one_sample_more_computes_only_the_patterns_that_are_new() {
    let home = Home::new();
    let (fewer, more) = (patterns("islands,n=9"), patterns("islands,n=10"));
    let shared = fewer.intersection(&more).count() as u64;
    assert!(shared * 2 > more.len() as u64, "most are shared: {shared} of {}", more.len());
    let line = trace(&home, "2", &["model:islands,n=9"]).remove(0);
    assert_eq!(counts(&line), (fewer.len() as u64, 0, false), "{line}");
    let line = trace(&home, "2", &["model:islands,n=10"]).remove(0);
    assert_eq!(counts(&line), (more.len() as u64 - shared, shared, false), "{line}");
}

#[test]
fn what_occurs_twice_in_a_graph_or_a_batch_is_computed_once() {
    let models = [
        "chain,components=30,size=20,distinct=false",
        "chain,components=7,size=20,distinct=false",
        "islands,n=7",
        "islands,n=8",
        "islands,n=7",
    ];
    let files: Vec<String> = models.iter().map(|model| format!("model:{model}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let distinct: HashSet<Vec<u8>> = models.iter().flat_map(|model| patterns(model)).collect();
    for min_size in ["2", "8"] {
        let home = Home::new();
        let lines = trace(&home, min_size, &files);
        let computed: u64 = lines.iter().map(|line| counts(line).0).sum();
        assert_eq!(computed, distinct.len() as u64, "--min-size {min_size}: {lines:?}");
        for (line, model) in lines.iter().zip(models) {
            let (computed, reused, _) = counts(line);
            assert_eq!(computed + reused, patterns(model).len() as u64, "{model}: {line}");
        }
    }
}
