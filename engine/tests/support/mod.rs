//! What several test files need.

use std::io::Read;
use std::path::PathBuf;

/// The bytes of a reference graph, decompressed.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/graphs");
    if let Ok(bytes) = std::fs::read(folder.join(format!("{name}.json"))) {
        return bytes;
    }
    let packed = std::fs::read(folder.join(format!("{name}.json.gz"))).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    bytes
}
