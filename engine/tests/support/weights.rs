//! Weights as tests compare them.

use sojourn_engine::Weight;

/// A weight as text, exact.
pub(crate) fn described(weight: Weight<'_>) -> String {
    format!("{weight:?}")
}
