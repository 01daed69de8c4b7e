//! Entries of tables: small files that say which blob a key stands for.
//!
//! ```text
//! offset bytes
//!      0     7  "SJENTRY"
//!      7     1  format version, 1
//!      8     1  table
//!      9     3  zero
//!     12     4  version of the blob's encoding, little-endian
//!     16    32  key
//!     48    32  digest of the blob
//!     80     8  length of the blob, little-endian
//!     88     8  first bytes of the BLAKE3 of all before
//! ```

use sojourn_proto::Key;

/// Bytes of an entry.
pub(super) const ENTRY_BYTES: usize = 96;

const MAGIC: &[u8; 8] = b"SJENTRY\x01";

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Number of its table.
    pub(super) table: u8,
    /// Version of the blob's encoding.
    pub(super) encoding: u32,
    pub(super) key: Key,
    /// Digest of the blob.
    pub(super) digest: Key,
    /// Length of the blob.
    pub(super) length: u64,
}

impl Entry {
    /// The bytes of an entry.
    pub(super) fn encode(&self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8] = self.table;
        bytes[12..16].copy_from_slice(&self.encoding.to_le_bytes());
        bytes[16..48].copy_from_slice(&self.key.0);
        bytes[48..80].copy_from_slice(&self.digest.0);
        bytes[80..88].copy_from_slice(&self.length.to_le_bytes());
        let checksum = checksum(&bytes);
        bytes[88..].copy_from_slice(&checksum);
        bytes
    }

    /// An entry, if it is intact. Comparing with what should stand there leaves nothing unchecked, the reserved
    /// bytes neither.
    pub(super) fn decode(bytes: &[u8]) -> Option<Entry> {
        let bytes: &[u8; ENTRY_BYTES] = bytes.try_into().ok()?;
        let entry = Entry {
            table: bytes[8],
            encoding: u32::from_le_bytes(bytes[12..16].try_into().ok()?),
            key: Key(bytes[16..48].try_into().ok()?),
            digest: Key(bytes[48..80].try_into().ok()?),
            length: u64::from_le_bytes(bytes[80..88].try_into().ok()?),
        };
        (*bytes == entry.encode()).then_some(entry)
    }
}

fn checksum(bytes: &[u8; ENTRY_BYTES]) -> [u8; 8] {
    let digest = Key::of_blob(&bytes[..88]).0;
    [digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]]
}

#[cfg(test)]
mod tests {
    use sojourn_proto::Key;

    use super::Entry;

    #[test]
    fn an_entry_is_read_only_whole_and_as_it_was_written() {
        let entry = Entry { table: 1, encoding: 3, key: Key([1; 32]), digest: Key([2; 32]), length: 7 };
        let bytes = entry.encode();
        assert_eq!(Entry::decode(&bytes), Some(entry));
        assert_eq!(Entry::decode(&bytes[..95]), None, "cut off");
        for position in 0..bytes.len() {
            let mut flipped = bytes;
            flipped[position] ^= 4;
            assert_eq!(Entry::decode(&flipped), None, "byte {position}");
        }
    }
}
