//! The graphs in examples/ are what their README says they are.

use std::path::PathBuf;

use sojourn_engine::formats::phasic::{Layout, write_json};
use sojourn_engine::{Graph, formats, models};

fn example(name: &str) -> (String, Graph) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let graph = formats::read_json(text.as_bytes(), false).unwrap();
    (text, graph)
}

#[test]
fn examples_in_the_dictionary_form_are_the_models_they_name() {
    for (name, model, layout) in [
        ("islands_2.json", "islands,n=2", Layout::Old),
        ("rabbits_2.json", "rabbits,n=2", Layout::Old),
        ("repair_10.json", "repair,n=10,crew=2", Layout::Old),
        ("sfs_10.json", "sfs,n=10", Layout::New),
        ("arg_2.json", "arg,n=2", Layout::New),
    ] {
        let built = models::build(model).unwrap();
        let (text, graph) = example(name);
        assert_eq!(graph, built, "{name}");
        assert_eq!(text.trim_end(), write_json(&built, layout).unwrap(), "{name}");
    }
}

#[test]
fn examples_in_the_matrix_form_have_the_phases_they_name() {
    let (_, butools) = example("butools_ph.json");
    assert_eq!((butools.vertices(), butools.edges().len()), (5, 7));
    let (_, claims) = example("claims_coxian.json");
    assert_eq!((claims.vertices(), claims.edges().len()), (5, 5));
}
