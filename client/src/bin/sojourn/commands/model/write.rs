//! Graphs into files, in the form that the file's name asks for.

use std::io::Write;
use std::path::Path;

use sojourn_engine::Graph;
use sojourn_engine::formats::FormatError;
use sojourn_engine::formats::phasic::{self, Layout};

use crate::error::CommandError;
use crate::output::OutputFile;

/// Writes a graph to a file, in the form that its name asks for: JSON where it asks for no other.
pub(super) fn graph(graph: &Graph, path: &Path, file: OutputFile) -> Result<(), CommandError> {
    let name = path.to_string_lossy();
    let failed = |error: FormatError| CommandError::Failed(format!("{name} can not be written: {error}"));
    let bytes = if name.ends_with(".npz") {
        phasic::write_npz(graph, Layout::New).map_err(failed)?
    } else {
        let mut text = phasic::write_json(graph, Layout::New).map_err(failed)?;
        text.push('\n');
        text.into_bytes()
    };
    let packed = compress(&name, bytes)
        .map_err(|error| CommandError::Failed(format!("{name} can not be compressed: {error}")))?;
    file.finish_with(&packed)
}

fn compress(name: &str, bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
    if name.ends_with(".gz") {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&bytes)?;
        encoder.finish()
    } else if name.ends_with(".zst") {
        zstd::stream::encode_all(&bytes[..], 0)
    } else {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_client::load;

    #[test]
    fn a_model_written_in_any_form_is_read_back_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let written = load::load_graph("model:islands,n=4", false).unwrap();
        for name in ["a.json", "a.json.gz", "a.json.zst", "a.npz"] {
            let path = directory.path().join(name);
            graph(&written, &path, OutputFile::create(&path).unwrap()).unwrap();
            assert_eq!(load::load_graph(&path, false).unwrap(), written, "{name}");
        }
    }
}
