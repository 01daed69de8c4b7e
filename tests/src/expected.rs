//! What results are held against: certified references, recording in this process, and the files of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::Value;
use sojourn_engine::{Chain, Trace, models};

/// A file of the engine's fixtures.
pub fn fixture(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../engine/tests/fixtures").join(path)
}

/// The file of a reference graph.
pub fn graph_file(name: &str) -> String {
    let plain = fixture(&format!("graphs/{name}.json"));
    let file = if plain.exists() { plain } else { fixture(&format!("graphs/{name}.json.gz")) };
    file.to_string_lossy().into_owned()
}

/// The certified numbers of a reference graph.
///
/// # Panics
/// If there are none.
pub fn reference(name: &str) -> Value {
    let text = fs::read(fixture(&format!("reference/{name}.json"))).expect("a reference");
    serde_json::from_slice(&text).expect("JSON")
}

/// The trace of a model, recorded in this process, as bytes.
///
/// # Panics
/// If there is no such model.
pub fn trace_here(model: &str) -> Bytes {
    let chain = Chain::new(&models::build(model).expect("a model"));
    Trace::record(&chain).expect("a trace").encode().into()
}

/// Plain files below a folder; none where there is no folder.
///
/// # Panics
/// If an entry can not be read.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut all = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}
