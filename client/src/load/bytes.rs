//! The bytes of a file or of standard input, decompressed.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::bounded::{CountingReader, ExpandingReader};
use super::{LoadError, Problem, near};

/// Most bytes that a file may have, decompressed: twice what a graph of the largest size takes as JSON.
pub const MAX_FILE_BYTES: u64 = 16 << 30;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
pub(super) const EMPTY_ZIP_MAGIC: &[u8] = b"PK\x05\x06";
pub(super) const ZIP_MAGIC: &[u8] = b"PK\x03\x04";

/// Reads a file, or standard input for `-`, and decompresses it where its first bytes say that it is gzip or
/// zstd.
///
/// # Errors
/// Names the file.
pub fn read(name: impl AsRef<OsStr>) -> Result<Vec<u8>, LoadError> {
    let name = name.as_ref();
    read_raw(name)
        .and_then(|bytes| Ok(decompress(&bytes, MAX_FILE_BYTES)?.into_owned()))
        .map_err(|problem| LoadError::new(name.to_string_lossy(), problem))
}

/// Opens a file. What is not there may be near something that is, and a directory is named as one.
fn open(name: &OsStr) -> Result<File, Problem> {
    match File::open(name) {
        Ok(file) if file.metadata().is_ok_and(|data| data.is_dir()) => Err(Problem::Directory),
        Ok(file) => Ok(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Problem::Absent { error, hint: near::hint(name) })
        }
        Err(error) => Err(error.into()),
    }
}

/// The bytes of a file, or of standard input for `-`, as they are.
pub(super) fn read_raw(name: &OsStr) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    if name == "-" {
        io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    } else {
        let file = open(name)?;
        let size = file.metadata().map_or(0, |data| data.len());
        if size > MAX_FILE_BYTES {
            return Err(Problem::TooLarge { limit: MAX_FILE_BYTES });
        }
        bytes.try_reserve_exact(usize::try_from(size).unwrap_or(usize::MAX)).map_err(|_| Problem::Memory)?;
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    }
    check_size(&bytes, MAX_FILE_BYTES)?;
    Ok(bytes)
}

/// Opens a file, or standard input for `-`, to be read bit by bit, and decompressed where its first bytes say that it is
/// gzip or zstd.
pub(super) fn reader(name: impl AsRef<OsStr>) -> Result<Box<dyn BufRead>, Problem> {
    let name = name.as_ref();
    let mut input: Box<dyn BufRead> =
        if name == "-" { Box::new(io::stdin().lock()) } else { Box::new(BufReader::new(open(name)?)) };
    let first = input.fill_buf()?;
    if first.starts_with(GZIP_MAGIC) {
        let (packed, count) = CountingReader::new(input);
        let plain = flate2::bufread::MultiGzDecoder::new(packed);
        return Ok(Box::new(BufReader::new(ExpandingReader::new(plain, count, MAX_FILE_BYTES))));
    }
    if first.starts_with(ZSTD_MAGIC) {
        let (packed, count) = CountingReader::new(input);
        let plain = zstd::stream::read::Decoder::with_buffer(packed).map_err(compression)?;
        return Ok(Box::new(BufReader::new(ExpandingReader::new(plain, count, MAX_FILE_BYTES))));
    }
    Ok(input)
}

/// Returns the end of a file's name in lower case, without that of a compression.
pub(super) fn plain_extension(name: &OsStr) -> String {
    let path = Path::new(name);
    let end = |path: &Path| path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match end(path).as_str() {
        "gz" | "zst" => end(Path::new(path.file_stem().unwrap_or_default())),
        other => other.to_owned(),
    }
}

/// Returns what bytes stand for where they are compressed, at most so many; else the bytes.
pub(super) fn decompress(bytes: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, Problem> {
    let Some(reader) = decompressing(bytes).map_err(compression)? else { return Ok(Cow::Borrowed(bytes)) };
    let mut plain = Vec::new();
    reader.take(limit + 1).read_to_end(&mut plain).map_err(compression)?;
    check_size(&plain, limit)?;
    Ok(Cow::Owned(plain))
}

/// Returns whether bytes, or what they stand for where they are compressed, begin with others.
pub(super) fn begin_with(bytes: &[u8], magic: &[u8]) -> bool {
    let Ok(Some(mut reader)) = decompressing(bytes) else { return bytes.starts_with(magic) };
    let mut first = vec![0; magic.len()];
    reader.read_exact(&mut first).is_ok() && first == magic
}

/// Returns a reader of what compressed bytes stand for; none where they are not compressed.
fn decompressing(bytes: &[u8]) -> io::Result<Option<Box<dyn Read + '_>>> {
    let (packed, count) = CountingReader::new(bytes);
    let plain: Box<dyn Read + '_> = if bytes.starts_with(GZIP_MAGIC) {
        Box::new(flate2::bufread::MultiGzDecoder::new(packed))
    } else if bytes.starts_with(ZSTD_MAGIC) {
        Box::new(zstd::stream::read::Decoder::with_buffer(packed)?)
    } else {
        return Ok(None);
    };
    Ok(Some(Box::new(ExpandingReader::new(plain, count, u64::MAX))))
}

fn compression(error: io::Error) -> Problem {
    if error.kind() == io::ErrorKind::OutOfMemory {
        return Problem::Memory;
    }
    Problem::Compression(error.to_string())
}

/// Returns whether this process may take so much more memory: for what comes after reading, where a failed
/// allocation would end the process without a word.
pub(super) fn room_for(bytes: usize) -> Result<(), Problem> {
    let mut probe = Vec::<u8>::new();
    probe.try_reserve_exact(bytes).map_err(|_| Problem::Memory)
}

fn check_size(bytes: &[u8], limit: u64) -> Result<(), Problem> {
    if bytes.len() as u64 > limit { Err(Problem::TooLarge { limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn gzip_and_zstd_are_known_by_their_first_bytes() {
        let plain = b"{\"a\": 1}".to_vec();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&plain).unwrap();
        assert_eq!(decompress(&gzip.finish().unwrap(), 100).unwrap(), plain);
        let zstd = zstd::stream::encode_all(&plain[..], 1).unwrap();
        assert_eq!(decompress(&zstd, 100).unwrap(), plain);
        assert_eq!(decompress(&plain, 100).unwrap(), plain);
        assert!(
            begin_with(&zstd, b"{\"a\"") && begin_with(&plain, b"{\"a\"") && !begin_with(&zstd, b"{\"b\"")
        );
    }

    #[test]
    fn a_truncated_archive_is_an_error() {
        let zstd = zstd::stream::encode_all(&[1_u8; 1000][..], 1).unwrap();
        let cut = &zstd[..zstd.len() - 3];
        assert!(matches!(decompress(cut, 10_000), Err(Problem::Compression(_))));
    }

    #[test]
    fn what_grows_beyond_the_limit_is_refused_without_growing_further() {
        let zstd = zstd::stream::encode_all(&vec![0_u8; 1 << 20][..], 1).unwrap();
        assert!(matches!(decompress(&zstd, 1000), Err(Problem::TooLarge { limit: 1000 })));
    }
}
