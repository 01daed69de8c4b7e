//! How answers look: tables for people, JSON for programs, progress on a terminal.

pub(crate) mod json;
pub(crate) mod numbers;
pub(crate) mod plot;
pub(crate) mod progress;
pub(crate) mod table;
