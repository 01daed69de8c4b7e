//! Entries of tables: small files that say which blob a key stands for.
//!
//! ```text
//! offset bytes
//!      0     7  "SJENTRY"
//!      7     1  format version, 1
//!      8     1  table
//!      9     7  zero
//!     16    32  key
//!     48    32  digest of the blob
//!     80     8  length of the blob, little-endian
//!     88     8  first bytes of the BLAKE3 of all before
//! ```

use sojourn_proto::Key;

/// Bytes of an entry.
pub(super) const ENTRY_BYTES: usize = 96;

const MAGIC: &[u8; 8] = b"SJENTRY\x01";

/// The bytes of an entry.
pub(super) fn encode(table: u8, key: Key, digest: Key, length: u64) -> [u8; ENTRY_BYTES] {
    let mut bytes = [0; ENTRY_BYTES];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8] = table;
    bytes[16..48].copy_from_slice(&key.0);
    bytes[48..80].copy_from_slice(&digest.0);
    bytes[80..88].copy_from_slice(&length.to_le_bytes());
    let checksum = checksum(&bytes);
    bytes[88..].copy_from_slice(&checksum);
    bytes
}

/// Digest in an entry, if it is intact and that of this table and key. Comparing with what should stand there
/// leaves nothing unchecked, the reserved bytes neither.
pub(super) fn decode(bytes: &[u8], table: u8, key: Key) -> Option<Key> {
    let bytes: &[u8; ENTRY_BYTES] = bytes.try_into().ok()?;
    let digest = Key(bytes[48..80].try_into().ok()?);
    let length = u64::from_le_bytes(bytes[80..88].try_into().ok()?);
    (*bytes == encode(table, key, digest, length)).then_some(digest)
}

fn checksum(bytes: &[u8; ENTRY_BYTES]) -> [u8; 8] {
    let digest = Key::of_blob(&bytes[..88]).0;
    [digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]]
}

#[cfg(test)]
mod tests {
    use sojourn_proto::Key;

    use super::{decode, encode};

    #[test]
    fn an_entry_is_read_only_whole_and_where_it_belongs() {
        let (key, digest) = (Key([1; 32]), Key([2; 32]));
        let bytes = encode(1, key, digest, 7);
        assert_eq!(decode(&bytes, 1, key), Some(digest));
        assert_eq!(decode(&bytes, 0, key), None, "another table");
        assert_eq!(decode(&bytes, 1, digest), None, "another key");
        assert_eq!(decode(&bytes[..95], 1, key), None, "cut off");
        for position in 0..bytes.len() {
            let mut flipped = bytes;
            flipped[position] ^= 4;
            assert_eq!(decode(&flipped, 1, key), None, "byte {position}");
        }
    }
}
