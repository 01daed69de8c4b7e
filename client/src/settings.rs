//! What a client takes from the configuration file: the places it shares with the daemon, and its own table
//! `[client]`.

use std::io::ErrorKind;
use std::path::PathBuf;

use sojourn_proto::paths::{Lookup, Overrides, Place, Places, Rule};
use toml::{Table, Value};

use crate::load::Problem;
use crate::{Error, LoadError};

/// Settings of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where socket, store, state and configuration are.
    pub places: Places,
    /// Directory in which graphs are looked for that are not found by their name: `$SOJOURN_GRAPHS`, else
    /// `graphs` in the file's table `[client]`.
    pub graphs: Option<PathBuf>,
}

impl Settings {
    /// Puts flags, environment and configuration file together.
    ///
    /// # Errors
    /// [`Error::Place`] where no place can be found, [`Error::Load`] for a configuration file that is not
    /// TOML, or that was named and is not there.
    pub fn discover(flags: &Overrides, lookup: Lookup<'_>) -> Result<Settings, Error> {
        let file = read(&Places::config(flags, lookup)?)?;
        let path = |table: &Table, key: &str| table.get(key).and_then(Value::as_str).map(PathBuf::from);
        let overrides = Overrides {
            socket: path(&file, "socket"),
            store: path(&file, "store"),
            state: path(&file, "state"),
            config: None,
        };
        let places = Places::discover(flags, &overrides, lookup)?;
        let own = file.get("client").and_then(Value::as_table);
        let graphs = lookup("SOJOURN_GRAPHS").filter(|value| !value.is_empty()).map(PathBuf::from);
        Ok(Settings { places, graphs: graphs.or_else(|| own.and_then(|table| path(table, "graphs"))) })
    }
}

fn read(place: &Place) -> Result<Table, LoadError> {
    let fail = |problem| LoadError::new(place.path.display().to_string(), problem);
    let named = matches!(place.rule, Rule::Flag | Rule::Environment(_));
    match std::fs::read_to_string(&place.path) {
        Ok(text) => text.parse().map_err(|e: toml::de::Error| fail(Problem::Other(e.to_string()))),
        Err(error) if error.kind() == ErrorKind::NotFound && !named => Ok(Table::new()),
        Err(error) => Err(fail(Problem::Io(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::path::Path;

    fn discover(text: &str, graphs: Option<&str>) -> Result<Settings, Error> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("sojourn.toml");
        std::fs::write(&file, text).unwrap();
        let flags = Overrides { config: Some(file), ..Overrides::default() };
        Settings::discover(&flags, &|name| match name {
            "SOJOURN_GRAPHS" => graphs.map(OsString::from),
            "HOME" => Some("/home/u".into()),
            _ => None,
        })
    }

    #[test]
    fn the_file_names_places_and_the_directory_of_graphs() {
        let settings = discover("socket = \"/x/s\"\nworkers = 3\n[client]\ngraphs = \"/g\"\n", None).unwrap();
        assert_eq!(settings.places.socket, Place { path: "/x/s".into(), rule: Rule::File });
        assert_eq!(settings.graphs.as_deref(), Some(Path::new("/g")));
    }

    #[test]
    fn the_environment_stands_above_the_file() {
        let settings = discover("[client]\ngraphs = \"/g\"\n", Some("/e")).unwrap();
        assert_eq!(settings.graphs.as_deref(), Some(Path::new("/e")));
    }

    #[test]
    fn a_file_that_is_not_toml_is_named() {
        let error = discover("socket = ", None).unwrap_err();
        assert!(error.to_string().contains("sojourn.toml"), "{error}");
        assert_eq!(error.exit_code(), 4);
    }
}
