//! Decoding of fields that could claim more than they bring.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Bytes, copied only after they were seen to be there. (The way of [`Bytes`] itself allocates what the
/// length claims and then looks whether so many bytes follow.)
pub(crate) fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    struct Copy;
    impl Visitor<'_> for Copy {
        type Value = Bytes;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
            Ok(Bytes::copy_from_slice(bytes))
        }
    }
    deserializer.deserialize_bytes(Copy)
}

/// A list of at most `MAX` entries. Entries may take fifty times more memory than they have bytes on the
/// wire, so the limit on a frame alone does not bound what a list takes.
pub(crate) fn list<'de, D, T, const MAX: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct AtMost<T, const MAX: usize>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for AtMost<T, MAX> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX} entries")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
            let claimed = entries.size_hint().unwrap_or(0);
            if claimed > MAX {
                return Err(A::Error::custom(format_args!(
                    "list of {claimed} entries exceeds the limit of {MAX} a message"
                )));
            }
            // Grows with what arrives: the claim is not yet earned.
            let mut list = Vec::new();
            while let Some(entry) = entries.next_element()? {
                if list.len() == MAX {
                    return Err(A::Error::custom(format_args!("list exceeds the limit of {MAX} a message")));
                }
                list.push(entry);
            }
            Ok(list)
        }
    }
    deserializer.deserialize_seq(AtMost::<T, MAX>(PhantomData))
}
