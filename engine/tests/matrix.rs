//! The matrix form.

use sojourn_engine::formats::matrix;
use sojourn_engine::{Graph, Kind, Weight, models};

fn rates(graph: &Graph) -> Vec<(u32, u32, f64)> {
    let constant = |weight| match weight {
        Weight::Constant(value) => value,
        Weight::Linear { .. } => f64::NAN,
    };
    graph.edges().map(|e| (e.from, e.to, constant(e.weight))).collect()
}

#[test]
fn exit_rates_are_what_the_rows_lack() {
    let text = br#"{"alpha":[0.1,0.9,0],"A":[[-6.2,2,0],[2,-9,1],[1,0,-3]]}"#;
    let graph = matrix::read_json(text, false).unwrap();
    assert_eq!(graph.vertices(), 5);
    let expected =
        [(1, 2, 2.0), (1, 4, 4.2), (2, 1, 2.0), (2, 3, 1.0), (2, 4, 6.0), (3, 1, 1.0), (3, 4, 2.0)];
    assert_eq!(rates(&graph), expected);
    assert_eq!(graph.start_edges().map(|e| e.to).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn every_tools_names_are_understood() {
    let graphs: Vec<Graph> = [
        r#"{"alpha":[1],"S":[[-2]]}"#,
        r#"{"ipv":[1],"sim":[[-2]]}"#,
        r#"{"init_probs":[1],"subint_mat":[[-2]]}"#,
        r#"{"A":[[-2]],"alpha":[1],"kind":"continuous","exit":[2],"title":"ignored"}"#,
    ]
    .iter()
    .map(|text| sojourn_engine::formats::read_json(text.as_bytes(), false).unwrap())
    .collect();
    assert!(graphs.iter().all(|graph| *graph == graphs[0]));
}

#[test]
fn what_rounding_leaves_of_an_exit_rate_is_nothing() {
    // 0.1 + 0.2 is not 0.3 in doubles: the first row leads to the second only.
    let text = br#"{"alpha":[1,0,0],"S":[[-0.3,0.1,0.2],[0,-1,0],[0,0,-1]]}"#;
    let graph = matrix::read_json(text, false).unwrap();
    assert!(rates(&graph).iter().all(|&(from, to, _)| (from, to) != (1, 4)));
}

#[test]
fn a_tiny_exit_rate_is_kept_where_it_is_given() {
    let text = br#"{"alpha":[1,0],"S":[[-1,1],[0,-1]],"exit":[1e-30,1]}"#;
    let graph = matrix::read_json(text, false).unwrap();
    assert!(rates(&graph).contains(&(1, 3, 1e-30)));
}

#[test]
fn what_alpha_lacks_to_one_is_mass_at_zero() {
    let graph = matrix::read_json(br#"{"alpha":[0.5,0.25],"S":[[-1,0],[0,-1]]}"#, false).unwrap();
    let last = graph.start_edges().last().unwrap();
    assert_eq!((last.to, last.weight), (3, Weight::Constant(0.25)));
    let graph =
        matrix::read_json(br#"{"alpha":[0.1,0.2,0.7],"S":[[-1,0,0],[0,-1,0],[0,0,-1]]}"#, false).unwrap();
    assert_eq!(graph.start_edges().len(), 3);
}

#[test]
fn a_discrete_matrix_drops_its_self_loops() {
    let text = br#"{"alpha":[1,0],"S":[[0.5,0.25],[0,1]],"kind":"discrete"}"#;
    let graph = matrix::read_json(text, false).unwrap();
    assert_eq!(graph.kind(), Kind::Discrete);
    // The second phase is never left.
    assert_eq!(rates(&graph), [(1, 2, 0.25), (1, 3, 0.25), (2, 3, 0.0)]);
}

#[test]
fn a_matrix_written_reads_back_with_the_same_rates() {
    let graph = models::build("islands,n=4").unwrap();
    let text = matrix::write_json(&graph, &[0.7, 2.1, 1e-20]).unwrap();
    let first = matrix::read_json(text.as_bytes(), false).unwrap();
    let again = matrix::write_json(&first, &[]).unwrap();
    assert_eq!(matrix::read_json(again.as_bytes(), false).unwrap(), first);
    assert!(rates(&first).iter().any(|&(_, _, rate)| rate == 1e-20 * 2.0));
    let refused = matrix::write_json(&graph, &[1.0]).unwrap_err().to_string();
    assert_eq!(refused, "theta has 1 entries, the graph 3 parameters");
    let refused = matrix::write_json(&graph, &[1.0, 1.0, -1.0]).unwrap_err().to_string();
    assert!(refused.contains("at this theta"), "{refused}");
}
