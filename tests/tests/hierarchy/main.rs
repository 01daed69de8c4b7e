//! Tracing by way of components: what is computed, what is shared, and that neither changes a byte.

mod bytes;
mod documents;
mod sharing;

use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;
use sojourn_engine::Graph;
use sojourn_engine::formats::phasic;
use sojourn_tests::Home;

/// The text of every reference graph that is kept with the engine, by name.
fn fixtures() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../engine/tests/fixtures/graphs");
    let entries =
        std::fs::read_dir(folder).expect("the fixtures").map(|entry| entry.expect("an entry").path());
    let mut all: Vec<(String, String)> = entries
        .filter_map(|path| {
            let file = path.file_name()?.to_str()?.to_owned();
            let name = file.strip_suffix(".json").or_else(|| file.strip_suffix(".json.gz"))?;
            let bytes = std::fs::read(&path).expect("a fixture");
            let mut text = String::new();
            if file.ends_with(".gz") {
                flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("gzip");
            } else {
                text = String::from_utf8(bytes).expect("text");
            }
            (name != "index").then(|| (name.to_owned(), text))
        })
        .collect();
    all.sort();
    all
}

/// Writes one of them into a home.
fn fixture(home: &Home, name: &str) -> String {
    let all = fixtures();
    let (_, text) = all.iter().find(|(other, _)| other == name).expect("a fixture of that name");
    home.file(&format!("{name}.json"), text)
}

/// Writes a graph into a home.
fn written(home: &Home, name: &str, graph: &Graph) -> String {
    let text = phasic::write_json(graph, phasic::Layout::of(graph)).expect("a graph that can be written");
    home.file(&format!("{name}.json"), &text)
}

/// Traces in worker processes, every component of `min_size` and more a job of its own; one line a graph.
fn trace(home: &Home, min_size: &str, files: &[&str]) -> Vec<Value> {
    let how = ["--strategy", "vmap", "--ordered", "--min-size", min_size, "--json"];
    home.json(&[&["trace"], files, &how].concat())
}

/// Patterns computed and reused, and whether nothing was recorded.
fn counts(line: &Value) -> (u64, u64, bool) {
    let count = |name: &str| line[name].as_u64().expect(name);
    (count("computed"), count("reused"), line["cached"].as_bool().expect("cached"))
}
