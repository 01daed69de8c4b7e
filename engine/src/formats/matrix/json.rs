//! The matrix form as JSON.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};

use super::content::{ARRIVALS, MatrixParts, wrong};
use super::names::{Role, known};
use crate::formats::FormatError;
use crate::formats::input::{self, Place};
use crate::formats::table::TableSeed;
use crate::formats::text::JsonText;

/// Reads the parts of the matrix form.
pub(super) fn read(text: JsonText<'_>) -> Result<MatrixParts, FormatError> {
    let place = Place::default();
    input::parse(text, &place, Reader(&place))?
}

struct Reader<'a>(&'a Place);

impl<'de> Visitor<'de> for Reader<'_> {
    /// Errors of the parts are not those of a text, so they travel inside.
    type Value = Result<MatrixParts, FormatError>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a dictionary with `alpha` and `S`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut parts = MatrixParts::default();
        // The text is parsed to its end whatever the parts are, since an error of the text comes first.
        let mut first_error = None;
        while let Some(key) = map.next_key::<String>()? {
            let put = match known(&key) {
                Some((name, role)) => {
                    self.0.enter(name);
                    let put = part(self.0, name, role, &mut parts, &mut map)?;
                    self.0.enter("");
                    put
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                    parts.meet_unknown(&key)
                }
            };
            first_error = first_error.or(put.err());
        }
        Ok(first_error.map_or(Ok(parts), Err))
    }
}

/// Reads one part.
fn part<'de, A: MapAccess<'de>>(
    place: &Place,
    name: &'static str,
    role: Role,
    parts: &mut MatrixParts,
    map: &mut A,
) -> Result<Result<(), FormatError>, A::Error> {
    Ok(match role {
        Role::Initial | Role::Matrix | Role::Exit => {
            let table = map.next_value_seed(TableSeed(place))?;
            parts.put(name, role, table)
        }
        Role::Kind => {
            let word = map.next_value::<String>()?;
            parts.put_kind(name, &word)
        }
        Role::Discrete => {
            let flag = map.next_value::<bool>()?;
            parts.put_discrete(name, flag)
        }
        Role::Arrivals => {
            map.next_value::<IgnoredAny>()?;
            Err(wrong(name, ARRIVALS))
        }
    })
}
