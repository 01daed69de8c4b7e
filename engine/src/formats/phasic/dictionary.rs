//! The dictionary itself, before anything is said about what it means.

use crate::formats::FormatError;
use crate::formats::input::Rows;

/// The keys that are read; all others are ignored. One list, for every carrier of the dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    States,
    VertexIndices,
    Edges,
    ConstantEdges,
    StartEdges,
    ParamEdges,
    StartParamEdges,
    ParamLength,
    StateLength,
    VertexCount,
    WeightMode,
    IsDiscrete,
    WasDph,
}

impl Key {
    pub(super) const ALL: [Key; 13] = [
        Key::States,
        Key::VertexIndices,
        Key::Edges,
        Key::ConstantEdges,
        Key::StartEdges,
        Key::ParamEdges,
        Key::StartParamEdges,
        Key::ParamLength,
        Key::StateLength,
        Key::VertexCount,
        Key::WeightMode,
        Key::IsDiscrete,
        Key::WasDph,
    ];

    /// The key as files spell it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Key::States => "states",
            Key::VertexIndices => "vertex_indices",
            Key::Edges => "edges",
            Key::ConstantEdges => "constant_edges",
            Key::StartEdges => "start_edges",
            Key::ParamEdges => "param_edges",
            Key::StartParamEdges => "start_param_edges",
            Key::ParamLength => "param_length",
            Key::StateLength => "state_length",
            Key::VertexCount => "n_vertices",
            Key::WeightMode => "weight_mode",
            Key::IsDiscrete => "is_discrete",
            Key::WasDph => "was_dph",
        }
    }

    pub(super) fn of(name: &str) -> Option<Key> {
        Key::ALL.into_iter().find(|key| key.name() == name)
    }
}

/// Whether a key belongs to this dictionary.
pub(in crate::formats) fn is_own_key(name: &str) -> bool {
    Key::of(name).is_some()
}

/// What a file says, key by key; `None` where it says nothing.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    pub(super) states: Option<Rows<i32>>,
    pub(super) vertex_indices: Option<Vec<f64>>,
    pub(super) edges: Option<Rows<f64>>,
    pub(super) constant_edges: Option<Rows<f64>>,
    pub(super) start_edges: Option<Rows<f64>>,
    pub(super) param_edges: Option<Rows<f64>>,
    pub(super) start_param_edges: Option<Rows<f64>>,
    pub(super) param_length: Option<f64>,
    pub(super) state_length: Option<f64>,
    pub(super) vertex_count: Option<f64>,
    pub(super) weight_mode: Option<String>,
    pub(super) is_discrete: Option<bool>,
    pub(super) was_dph: Option<bool>,
}

/// The value of a key that must be there.
pub(super) fn required<T>(value: Option<&T>, key: Key) -> Result<&T, FormatError> {
    value.ok_or(FormatError::MissingKey { key: key.name() })
}

/// A count that must be there, within its limit: checked before anything is allocated by it.
pub(super) fn count(value: Option<f64>, key: Key, limit: usize) -> Result<usize, FormatError> {
    let value = *required(value.as_ref(), key)?;
    if value.fract() != 0.0 || value < 0.0 || value > limit as f64 {
        return Err(FormatError::NotACount { key: key.name(), value, limit });
    }
    Ok(value as usize)
}
