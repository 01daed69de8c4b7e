//! `sojourn.toml`: top-level keys are settings of the daemon, and those of the table `[device]` are the settings whose
//! names begin so; the table `[client]` is the client's own.

use std::io;
use std::path::PathBuf;

use sojourn_proto::paths::{Overrides, Place, Rule};
use toml::{Table, Value};

use super::{ConfigError, overrides};

/// Settings of the file, each as text. A file that nobody named may be absent.
pub(super) fn read(place: &Place) -> Result<Vec<(String, String)>, ConfigError> {
    let named = matches!(place.rule, Rule::Flag | Rule::Environment(_));
    let text = match std::fs::read_to_string(&place.path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !named => return Ok(Vec::new()),
        Err(source) => return Err(ConfigError::Unreadable { path: place.path.clone(), source }),
    };
    let malformed = |what: String| ConfigError::Malformed { path: place.path.clone(), what };
    let table: Table = text.parse().map_err(|error: toml::de::Error| malformed(error.to_string()))?;
    table
        .into_iter()
        .filter(|(name, _)| name != "client")
        .flat_map(|(name, value)| match value {
            Value::Table(devices) if name == "device" => {
                devices.into_iter().map(|(name, value)| (format!("device_{name}"), value)).collect()
            }
            value => vec![(name, value)],
        })
        .map(|(name, value)| {
            let text = scalar(&value).ok_or_else(|| {
                malformed(format!("`{name}` is {}; a text or an integer expected", value.type_str()))
            })?;
            Ok((name, text))
        })
        .collect()
}

/// Places that the file names.
pub(super) fn places(settings: &[(String, String)]) -> Overrides {
    let find = |wanted: &str| {
        let found = settings.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| PathBuf::from(value))
    };
    overrides(find("socket"), find("store"), find("state"), None)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}
