//! Graph files: what is read is what is written.

mod support;
#[path = "support/weights.rs"]
mod weights;

use proptest::prelude::*;
use sojourn_engine::formats::phasic::{self, Layout};
use sojourn_engine::formats::{self, Format};
use sojourn_engine::{Graph, GraphBuilder, Kind, Weight, models};
use support::fixture;
use weights::described;

/// The names of all reference graphs, and whether each is discrete.
fn index() -> Vec<(String, bool)> {
    let text = include_str!("fixtures/graphs/index.json");
    let index: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap();
    index.into_iter().map(|(name, entry)| (name, entry["discrete"].as_bool().unwrap())).collect()
}

/// A text's value: Python and Rust spell exponents differently.
fn value(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_reference_graph_is_written_as_it_was_read() {
    for (name, discrete) in index() {
        let text = String::from_utf8(fixture(&name)).unwrap();
        let graph = formats::read_json(text.as_bytes(), discrete).unwrap();
        let layout = if name.ends_with("_new") { Layout::New } else { Layout::Old };
        let mut written = phasic::write_json(&graph, layout).unwrap();
        if discrete && layout == Layout::Old {
            written = written.replace(",\"is_discrete\":true", "");
        }
        assert_eq!(value(&written), value(&text), "{name}");
        assert_eq!(formats::read_json(written.as_bytes(), discrete).unwrap(), graph, "{name}");
        let npz = phasic::write_npz(&graph, layout).unwrap();
        assert_eq!(formats::read(&npz, Format::Npz, discrete).unwrap(), graph, "{name}");
    }
}

#[test]
fn both_layouts_of_a_reference_graph_are_the_same_graph() {
    for name in ["island_5", "islandsfs_5", "kingman_20", "toy_conststart", "dph_runs_6"] {
        let old = formats::read_json(&fixture(name), name.starts_with("dph")).unwrap();
        let new = formats::read_json(&fixture(&format!("{name}_new")), false).unwrap();
        assert_eq!(old, new, "{name}");
    }
}

#[test]
fn rows_with_the_same_state_stay_different_vertices() {
    let graph = formats::read_json(&fixture("toy_auxzero"), false).unwrap();
    assert_eq!(graph.vertices(), 8);
    assert!([0, 6, 7].iter().all(|&row| graph.state(row) == [0]));
    let based = graph.edges().find(|e| (e.from, e.to) == (4, 7)).unwrap();
    let coefficients = &[0.0, 0.2, 0.0, 0.0][..];
    assert_eq!(based.weight, Weight::Linear { base: 0.25, coefficients });
}

#[test]
fn a_base_weight_becomes_a_constant_edge_in_the_new_layout() {
    let graph = formats::read_json(&fixture("toy_auxzero"), false).unwrap();
    let text = phasic::write_json(&graph, Layout::New).unwrap();
    assert!(text.contains("\"constant_edges\":[[6,2,1.0],[7,4,1.0],[4,7,0.25]]"), "{text}");
    let again = formats::read_json(text.as_bytes(), false).unwrap();
    let edges = again.edges().filter(|e| (e.from, e.to) == (4, 7)).map(|e| described(e.weight));
    assert_eq!(edges.count(), 2);
}

#[test]
fn indices_may_be_written_with_a_point_and_the_layout_is_known_by_width() {
    let text = r#"{"states":[[0],[1.0],[2]],"edges":[],"start_edges":[[1.0,1]],"param_edges":[[1.0,2.0,3]],
        "start_param_edges":[],"param_length":1.0,"state_length":1,"n_vertices":3.0,"anything":{"else":[1]}}"#;
    let graph = formats::read_json(text.as_bytes(), true).unwrap();
    assert_eq!(graph.kind(), Kind::Discrete);
    let edge = graph.edges().next().unwrap();
    assert_eq!((edge.from, edge.to), (1, 2));
    assert_eq!(edge.weight, Weight::Linear { base: 0.0, coefficients: &[3.0] });
}

#[test]
fn the_start_is_the_row_of_vertex_index_0() {
    let text = r#"{"states":[[1],[2],[0]],"vertex_indices":[1,2,0],"edges":[[0,1,2.5]],"start_edges":[[0,1]],
        "param_edges":[],"start_param_edges":[],"param_length":0,"state_length":1,"n_vertices":3}"#;
    let graph = formats::read_json(text.as_bytes(), false).unwrap();
    assert_eq!(graph.start(), 2);
    assert_eq!(Layout::of(&graph), Layout::New);
    let written = phasic::write_json(&graph, Layout::New).unwrap();
    assert_eq!(formats::read_json(written.as_bytes(), false).unwrap(), graph);
    let refused = phasic::write_json(&graph, Layout::Old).unwrap_err().to_string();
    assert!(refused.starts_with("the start is row 2, which the old layout cannot say"), "{refused}");
}

#[test]
fn a_file_that_says_what_it_is_is_believed() {
    let continuous = fixture("kingman_20_new");
    assert_eq!(formats::read_json(&continuous, true).unwrap().kind(), Kind::Continuous);
    let discrete = fixture("dph_runs_6_new");
    assert_eq!(formats::read_json(&discrete, false).unwrap().kind(), Kind::Discrete);
    assert_eq!(formats::read_json(&fixture("dph_runs_6"), true).unwrap().kind(), Kind::Discrete);
}

#[test]
fn dot_names_states_and_weights() {
    let graph = models::build("islands,n=2").unwrap();
    let text = formats::dot::write(&graph);
    assert!(text.starts_with("digraph {"));
    assert!(text.contains("1 [label=\"1\\n(1,1)\"];"), "{text}");
    assert!(text.contains("0 -> 1 [label=\"1\", style=dashed];"), "{text}");
    assert!(text.contains("label=\"2θ2\""), "{text}");
}

/// Graphs as files can say them: constant edges before those with coefficients.
fn graphs() -> impl Strategy<Value = Graph> {
    let number = prop_oneof![Just(0.0), Just(-0.0), 1e-300..1e300, Just(0.1), Just(1.0)];
    (1_usize..12, 0_usize..4, 0_usize..4, any::<bool>()).prop_flat_map(
        move |(vertices, p, length, discrete)| {
            let states = prop::collection::vec(prop::collection::vec(-2..3_i32, length), vertices + 1);
            let ends = (1..=vertices as u32, 1..=vertices as u32);
            let coefficients = || prop::collection::vec(number.clone(), p + 1);
            let constant = prop::collection::vec((ends.clone(), number.clone()), 0..8);
            let linear = prop::collection::vec((ends.clone(), coefficients()), 0..8);
            let start = prop::collection::vec((ends.0, coefficients()), 0..4);
            (states, constant, linear, start).prop_map(move |(states, constant, linear, start)| {
                let kind = if discrete { Kind::Discrete } else { Kind::Continuous };
                let mut builder = GraphBuilder::new(kind, p, length).unwrap();
                states.iter().for_each(|state| assert!(builder.vertex(state).is_ok()));
                for ((from, to), value) in constant {
                    builder.edge(from, to, Weight::Constant(value)).unwrap();
                }
                for ((from, to), c) in linear {
                    builder.edge(from, to, Weight::Linear { base: c[0], coefficients: &c[1..] }).unwrap();
                }
                builder.start_edge(1, Weight::Constant(1.0)).unwrap();
                for (to, c) in start {
                    builder.start_edge(to, Weight::Linear { base: c[0], coefficients: &c[1..] }).unwrap();
                }
                builder.finish().unwrap()
            })
        },
    )
}

/// The same graph without base weights, which the new layout does not have.
fn without_bases(graph: &Graph) -> Graph {
    let bare = |weight| match weight {
        Weight::Linear { coefficients, .. } => Weight::Linear { base: 0.0, coefficients },
        constant @ Weight::Constant(_) => constant,
    };
    let mut builder = GraphBuilder::new(graph.kind(), graph.parameters(), graph.state_length()).unwrap();
    (0..graph.vertices()).for_each(|row| assert!(builder.vertex(graph.state(row)).is_ok()));
    graph.edges().for_each(|e| builder.edge(e.from, e.to, bare(e.weight)).unwrap());
    graph.start_edges().for_each(|e| builder.start_edge(e.to, bare(e.weight)).unwrap());
    builder.finish().unwrap()
}

proptest! {
    #[test]
    fn what_is_written_in_the_old_layout_reads_back_equal(graph in graphs()) {
        let text = phasic::write_json(&graph, Layout::Old).unwrap();
        prop_assert_eq!(&formats::read_json(text.as_bytes(), false).unwrap(), &graph);
        let npz = phasic::write_npz(&graph, Layout::Old).unwrap();
        prop_assert_eq!(&formats::read(&npz, Format::Npz, false).unwrap(), &graph);
    }

    #[test]
    fn what_is_written_in_the_new_layout_reads_back_equal(graph in graphs()) {
        let graph = without_bases(&graph);
        let text = phasic::write_json(&graph, Layout::New).unwrap();
        prop_assert_eq!(&formats::read_json(text.as_bytes(), false).unwrap(), &graph);
        let npz = phasic::write_npz(&graph, Layout::New).unwrap();
        prop_assert_eq!(&formats::read(&npz, Format::Npz, false).unwrap(), &graph);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(at in 0_usize..900, byte: u8, cut in 0_usize..900) {
        let mut json = fixture("toy_conststart_new");
        let mut npz = phasic::write_npz(&formats::read_json(&json, false).unwrap(), Layout::New).unwrap();
        for bytes in [&mut json, &mut npz] {
            let length = bytes.len();
            bytes[at * 7 % length] = byte;
            let _ = formats::read(bytes, Format::Json, false);
            let _ = formats::read(bytes, Format::Npz, false);
            bytes.truncate(cut * 7 % length);
            let _ = formats::read(bytes, Format::Json, false);
            let _ = formats::read(bytes, Format::Npz, false);
        }
    }
}

#[test]
fn archives_written_by_numpy_are_read_whatever_their_types() {
    for (archive, name) in [
        ("toy_auxzero_defaults", "toy_auxzero"),
        ("dph_runs_6_new_defaults", "dph_runs_6_new"),
        // Big-endian floats of 32 bits, columns first, bytes, unsigned numbers, compressed.
        ("island_5_new_odd_types", "island_5_new"),
    ] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/npz");
        let bytes = std::fs::read(folder.join(format!("{archive}.npz"))).unwrap();
        let graph = formats::read(&bytes, Format::Npz, false).unwrap();
        assert_eq!(graph, formats::read_json(&fixture(name), false).unwrap(), "{archive}");
    }
}

#[test]
fn a_silent_file_of_constant_weights_up_to_one_looks_discrete() {
    let text = |weights: [&str; 2], parameters: usize, more: &str| {
        format!(
            r#"{{"states":[[0],[1],[2]],"edges":[[1,2,{}],[1,1,{}]],"start_edges":[[1,7]],"param_edges":[],
            "start_param_edges":[],"param_length":{parameters},"state_length":1,"n_vertices":3{more}}}"#,
            weights[0], weights[1]
        )
    };
    let looks =
        |text: &str, discrete| formats::read_json(text.as_bytes(), discrete).unwrap().looks_discrete();
    assert!(looks(&text(["0.5", "0.5"], 0, ""), false));
    // phasic says that there is a parameter where no weight has one.
    assert!(looks(&text(["0.7", "0.2"], 1, ""), false));
    assert!(!looks(&text(["0.5", "0.6"], 0, ""), false));
    assert!(!looks(&text(["0.5", "0.5"], 0, ""), true));
    assert!(!looks(&text(["0.5", "0.5"], 0, ",\"is_discrete\":false"), false));
    let linear = text(["0.5", "0.5"], 1, "").replace("\"param_edges\":[]", "\"param_edges\":[[1,2,0.1,0.1]]");
    assert!(!looks(&linear, false));
    assert!(!looks(r#"{"alpha":[1],"S":[[-0.5]]}"#, false));
}
