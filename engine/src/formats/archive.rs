//! Numpy's archives: zip files of arrays, read within bounds on their members and on what these expand to.

use std::fmt::Display;
use std::io::Cursor;

use zip::ZipArchive;
use zip::result::ZipError;

use super::FormatError;
use super::array::{self, Array};
use super::text::{quotable, shortened};

/// Most members; archives of graphs have some fifteen.
const MAX_MEMBERS: usize = 1024;
/// Most bytes of one array after decompression.
const MAX_ARRAY_BYTES: u64 = 2 << 30;
/// Bytes to which an array may expand whatever its compressed size: matrices of zeros compress a thousandfold.
const FREE_EXPANSION: u64 = 1 << 30;
/// Most bytes for each compressed one beyond that.
const MAX_EXPANSION: u64 = 200;
/// Most member names that an error lists.
const MOST_NAMES: usize = 6;

/// An open archive.
pub(super) struct ArrayArchive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

/// Returns the error of an archive, or of an array of it.
pub(super) fn archive_error(place: &str, message: &dyn Display) -> FormatError {
    let message = shortened(&message.to_string(), 400).into_owned();
    FormatError::Archive { place: place.to_owned(), message }
}

impl<'a> ArrayArchive<'a> {
    /// Opens an archive.
    ///
    /// # Errors
    /// If the bytes are no zip file, it has more than [`MAX_MEMBERS`] members, or two of one name.
    pub(super) fn open(bytes: &'a [u8]) -> Result<ArrayArchive<'a>, FormatError> {
        let announced = announced_members(bytes)?;
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|e| archive_error("archive", &e))?;
        if zip.len() > MAX_MEMBERS {
            return Err(archive_error(
                "archive",
                &format_args!("{} members, the limit is {MAX_MEMBERS}", zip.len()),
            ));
        }
        if announced.is_some_and(|announced| announced != zip.len()) {
            return Err(archive_error(
                "archive",
                &"two members have the same name, or the directory is damaged",
            ));
        }
        Ok(ArrayArchive { zip })
    }

    /// Returns whether there is an array of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(&format!("{name}.npy")).is_some()
    }

    /// Returns the names of some members, for an error: quoted, and cut where they are long.
    pub(super) fn some_names(&self) -> String {
        let quoted = |name: &str| format!("`{}`", quotable(name));
        let mut names: Vec<String> = self.zip.file_names().take(MOST_NAMES).map(quoted).collect();
        if self.zip.len() > MOST_NAMES {
            names.push("…".to_owned());
        }
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    /// Reads an array; `None` where the archive has none of this name.
    ///
    /// # Errors
    /// Whatever is wrong with the array, by its name.
    pub(super) fn array(&mut self, name: &str) -> Result<Option<Array>, FormatError> {
        let mut entry = match self.zip.by_name(&format!("{name}.npy")) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(e) => return Err(archive_error(name, &e)),
        };
        let (size, packed) = (entry.size(), entry.compressed_size());
        if size > MAX_ARRAY_BYTES {
            return Err(archive_error(name, &format_args!("{size} bytes, the limit is {MAX_ARRAY_BYTES}")));
        }
        if size > FREE_EXPANSION && size / MAX_EXPANSION > packed {
            let message = format_args!(
                "{packed} bytes expand to {size}: beyond {FREE_EXPANSION} bytes each may expand to {MAX_EXPANSION}"
            );
            return Err(archive_error(name, &message));
        }
        array::decode(&mut entry, size).map(Some).map_err(|message| archive_error(name, &message))
    }
}

/// Returns the number of members that the end of an archive announces, where there is an end. The zip library takes memory
/// for as many as announced before it reads any, so an archive with a 64-bit count is refused: numpy writes one only
/// beyond 65 534 members or 4 GiB.
fn announced_members(bytes: &[u8]) -> Result<Option<usize>, FormatError> {
    const END: &[u8] = b"PK\x05\x06";
    const END_LENGTH: usize = 22;
    let mut announced = None;
    for (at, end) in bytes.windows(END_LENGTH).enumerate().filter(|(_, end)| end.starts_with(END)) {
        let count = u16::from_le_bytes([end[8], end[9]]);
        let offset = u32::from_le_bytes([end[16], end[17], end[18], end[19]]);
        if count == u16::MAX || u16::from_le_bytes([end[10], end[11]]) == u16::MAX || offset == u32::MAX {
            return Err(archive_error(
                "archive",
                &"more than 65534 members or 4 GiB are announced: such archives are not read",
            ));
        }
        let comment = usize::from(u16::from_le_bytes([end[20], end[21]]));
        if at + END_LENGTH + comment == bytes.len() {
            announced = Some(usize::from(count));
        }
    }
    Ok(announced)
}
