//! Graph files: reading and writing. Compression is the caller's affair; here are the bytes of one file.

mod archive;
mod array;
pub mod dot;
mod error;
mod input;
pub mod matrix;
pub mod phasic;
mod table;
mod text;

pub use error::FormatError;
pub use text::shortened;

use crate::Graph;
use archive::{ArrayArchive, archive_error};
use input::KnownForm;
use text::JsonText;

/// How the bytes of a graph file are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON text: a dictionary of `Graph.serialize()` or the matrix form, told apart by their keys.
    Json,
    /// A numpy archive: of `numpy.savez(file, **graph.serialize())`, of the matrix form, or scipy's of a sparse
    /// matrix; told apart by the names of the arrays.
    Npz,
}

/// Reads a graph file. `discrete` says that a file which does not itself say what it is counts steps.
///
/// # Errors
/// Whatever is wrong with the file, with its key and row; the text has at most 1 KiB.
pub fn read(bytes: &[u8], format: Format, discrete: bool) -> Result<Graph, FormatError> {
    match format {
        Format::Json => read_json(bytes, discrete),
        Format::Npz => read_npz(bytes, discrete),
    }
}

/// Reads a graph from JSON, whichever of the two forms it has: they are known by their keys.
///
/// # Errors
/// As [`read`].
pub fn read_json(bytes: &[u8], discrete: bool) -> Result<Graph, FormatError> {
    let text = JsonText::new(bytes)?;
    // `is_discrete` is a key of both forms.
    let of_phasic = |key: &str| phasic::is_own_key(key) && key != "is_discrete";
    match input::form(text, matrix::is_own_key, of_phasic) {
        KnownForm::First => matrix::read_text(text, discrete),
        KnownForm::Second => phasic::read_text(text, discrete),
        KnownForm::Neither(keys) => Err(FormatError::NoGraph { keys }),
    }
}

/// Checks that JSON text may be given to a parser: its nesting and the length of its words are bounded, so that
/// parsing takes little memory beside that of the values. Returns it without a byte order mark.
///
/// # Errors
/// Names the place beyond the bounds.
pub fn check_json(bytes: &[u8]) -> Result<&[u8], FormatError> {
    JsonText::new(bytes).map(JsonText::bytes)
}

/// Reads a graph from a numpy archive, whichever form it has.
fn read_npz(bytes: &[u8], discrete: bool) -> Result<Graph, FormatError> {
    let mut archive = ArrayArchive::open(bytes)?;
    if matrix::is_own_archive(&archive) {
        return matrix::read_archive(&mut archive, discrete);
    }
    if !archive.has("states") && !archive.has("edges") {
        if archive.has("arr_0") {
            let message = "its arrays have no names: numpy.savez(file, alpha=alpha, S=S) gives them some";
            return Err(archive_error("archive", &message));
        }
        let found = archive.some_names();
        let message =
            format_args!("no array of a graph (`states`, `edges`, .. or `alpha`, `S`) among {found}");
        return Err(archive_error("archive", &message));
    }
    phasic::read_archive(&mut archive, discrete)
}
