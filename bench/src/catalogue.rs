//! The reference graphs, from a folder with an index.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use sojourn_engine::{Graph, formats};

/// A reference graph with the first parameter vector listed for it.
#[derive(Debug)]
pub struct Entry {
    /// Name in the index.
    pub name: String,
    /// The graph.
    pub graph: Graph,
    /// One number a parameter.
    pub theta: Vec<f64>,
}

/// The folder that the engine's tests use.
pub fn default_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/tests/fixtures/graphs")
}

/// The graphs of these names, in the order of the index; all of them if no name is given. What the index
/// lists without the folder having it is left out, and so are graphs in the newer layout, which stand there
/// in the older one as well.
///
/// # Errors
/// If the index or a graph cannot be read.
pub fn load(folder: &Path, names: &[String]) -> Result<Vec<Entry>> {
    let path = folder.join("index.json");
    let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let index: Value = serde_json::from_slice(&text).context("parsing the index")?;
    let mut entries = Vec::new();
    for (name, entry) in index.as_object().context("the index is no object")? {
        let path = folder.join(entry["file"].as_str().context("an entry without file")?);
        let wanted = names.is_empty() && entry.get("layout").is_none() || names.contains(name);
        if !wanted || !path.exists() {
            continue;
        }
        let discrete = entry["discrete"].as_bool().unwrap_or(false);
        let graph = formats::read_json(&unpacked(&path)?, discrete).with_context(|| name.clone())?;
        let theta = entry["thetas"][0].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        entries.push(Entry { name: name.clone(), graph, theta });
    }
    Ok(entries)
}

fn unpacked(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    if path.extension().is_none_or(|e| e != "gz") {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain)?;
    Ok(plain)
}
