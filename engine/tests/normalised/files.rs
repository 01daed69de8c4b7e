//! phasic's files of graphs whose rows are divided by their sums.

use sojourn_engine::formats::phasic::{self, Layout};
use sojourn_engine::formats::{self, Format};
use sojourn_engine::{DistributionQuery, Kind, Query};

use crate::{close, recorded};

/// Rows 1 -> 2 (theta0), 1 -> 3 (2 theta0), 2 -> 3 (theta1), as phasic 0.32 writes the rest.
fn example(keys: &str) -> String {
    format!(
        r#"{{"states":[[0],[1],[2],[3]],"vertex_indices":[0,1,2,3],"edges":[],"constant_edges":[],
        "start_edges":[[1,1.0]],"param_edges":[[1,2,1.0,0.0],[1,3,2.0,0.0],[2,3,0.0,1.0]],"start_param_edges":[],
        "param_length":2,"state_length":1,"n_vertices":4,"weight_mode":"linear","dyn_ordering":false{keys}}}"#
    )
}

#[test]
fn was_dph_divides_rows_and_counts_steps() {
    for keys in [r#","is_discrete":true,"was_dph":true"#, r#","was_dph":true"#] {
        let graph = formats::read_json(example(keys).as_bytes(), false).unwrap();
        assert!(graph.is_normalised() && graph.kind() == Kind::Discrete, "{keys}");
        let trace = recorded(&graph);
        let mean = trace.evaluate(&[0.2, 0.5], &Query { moments: 1, ..Query::default() }).unwrap().moments[0];
        close(mean, 4.0 / 3.0, 1e-15);
        let query = DistributionQuery { times: vec![1.0], ..DistributionQuery::default() };
        close(trace.distribution(&[0.2, 0.5], &query).unwrap().points[0].density, 2.0 / 3.0, 1e-15);
    }
    let plain =
        formats::read_json(example(r#","is_discrete":true,"was_dph":false"#).as_bytes(), false).unwrap();
    assert!(!plain.is_normalised() && plain.kind() == Kind::Discrete);
}

#[test]
fn what_is_written_says_that_rows_are_divided() {
    let graph = formats::read_json(example(r#","was_dph":true"#).as_bytes(), false).unwrap();
    for layout in [Layout::Old, Layout::New] {
        let text = phasic::write_json(&graph, layout).unwrap();
        assert!(text.ends_with(r#""is_discrete":true,"was_dph":true}"#), "{text}");
        assert_eq!(formats::read_json(text.as_bytes(), false).unwrap(), graph, "{layout:?}");
        let npz = phasic::write_npz(&graph, layout).unwrap();
        assert_eq!(formats::read(&npz, Format::Npz, false).unwrap(), graph, "{layout:?}");
    }
    assert_ne!(graph, formats::read_json(example(r#","is_discrete":true"#).as_bytes(), false).unwrap());
}

#[test]
fn matrices_and_pictures_show_divided_rows() {
    let graph = formats::read_json(example(r#","was_dph":true"#).as_bytes(), false).unwrap();
    let text = formats::matrix::write_json(&graph, &[0.2, 0.5]).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    close(value["S"][0][1].as_f64().unwrap(), 1.0 / 3.0, 1e-15);
    close(value["exit"][0].as_f64().unwrap(), 2.0 / 3.0, 1e-15);
    assert_eq!((value["exit"][1].as_f64(), value["kind"].as_str()), (Some(1.0), Some("discrete")));
    let again = recorded(&formats::read_json(text.as_bytes(), false).unwrap());
    let mean = again.evaluate(&[], &Query { moments: 1, ..Query::default() }).unwrap().moments[0];
    close(mean, 4.0 / 3.0, 1e-15);
    assert!(formats::dot::write(&graph).contains("the weights of each row are divided by their sum"));
}
