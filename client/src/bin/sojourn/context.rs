//! What commands share, one after the other in the REPL: the client, how to answer, where to write.

use std::cell::OnceCell;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

use sojourn_client::{Client, Interrupt, Start};
use sojourn_proto::paths::{self, Overrides, Place, Places, Rule};

use crate::error::CommandError;
use crate::grammar::Global;
use crate::output::Out;
use crate::render::table::Table;

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// What commands share.
pub(crate) struct Context {
    /// For people or for programs.
    pub(crate) mode: Mode,
    /// Where data goes.
    pub(crate) out: Out,
    /// Whether `out` is a terminal: tables have rules there.
    pub(crate) terminal: bool,
    /// Whether standard error is one: progress is shown only there.
    pub(crate) progress: bool,
    /// What stops the command.
    pub(crate) interrupt: Interrupt,
    flags: Overrides,
    no_start: bool,
    client: OnceCell<Arc<Client>>,
}

impl Context {
    /// A context as the flags say. Nothing is looked for before it is needed.
    pub(crate) fn new(global: &Global, interrupt: Interrupt) -> Context {
        Context {
            mode: global.mode(),
            out: Out::standard(),
            terminal: std::io::stdout().is_terminal(),
            progress: std::io::stderr().is_terminal(),
            interrupt,
            flags: global.overrides(),
            no_start: global.no_start,
            client: OnceCell::new(),
        }
    }

    /// Whether to answer in JSON.
    pub(crate) fn json(&self) -> bool {
        self.mode == Mode::Json
    }

    /// The client, whose connection lasts as long as this context.
    pub(crate) fn client(&self) -> Result<Arc<Client>, CommandError> {
        if let Some(client) = self.client.get() {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(Client::new(self.places()?, self.start()?, self.interrupt.clone()));
        Ok(Arc::clone(self.client.get_or_init(|| client)))
    }

    /// Where socket, store, state and configuration are, and which rules put them there.
    pub(crate) fn places(&self) -> Result<Places, CommandError> {
        let place = Places::config(&self.flags, &paths::environment).map_err(sojourn_client::Error::from)?;
        let file = file_places(&place)?;
        let places = Places::discover(&self.flags, &file, &paths::environment);
        Ok(places.map_err(sojourn_client::Error::from)?)
    }

    fn start(&self) -> Result<Start, CommandError> {
        if self.no_start {
            return Ok(Start::Never);
        }
        let program = std::env::current_exe();
        let failed =
            |error| CommandError::Failed(format!("the path of this program can not be found: {error}"));
        Ok(Start::Executable(program.map_err(failed)?))
    }

    /// Writes a table.
    pub(crate) fn table(&mut self, table: Table) -> Result<(), CommandError> {
        self.out.line(table.render(self.terminal))
    }

    /// A remark on standard error.
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "sojourn: {text}");
    }
}

/// The places that the configuration file names; of what else stands there the daemon takes care.
fn file_places(config: &Place) -> Result<Overrides, CommandError> {
    let named = matches!(config.rule, Rule::Flag | Rule::Environment(_));
    let wrong =
        |what: String| CommandError::Input(format!("configuration file {}: {what}", config.path.display()));
    let text = match std::fs::read_to_string(&config.path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => {
            return Ok(Overrides::default());
        }
        Err(error) => return Err(wrong(format!("can not be read: {error}"))),
    };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    let path = |name: &str| match table.get(name) {
        None => Ok(None),
        Some(toml::Value::String(path)) => Ok(Some(PathBuf::from(path))),
        Some(other) => Err(wrong(format!("`{name}` is {}; a path in quotes is expected", other.type_str()))),
    };
    Ok(Overrides { socket: path("socket")?, store: path("store")?, state: path("state")?, config: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> (tempfile::NamedTempFile, Place) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let place = Place { path: file.path().to_owned(), rule: Rule::Flag };
        (file, place)
    }

    #[test]
    fn the_configuration_file_says_where_to_look() {
        let (_file, place) = config("socket = '/x/y.sock'\nworkers = 2\n[client]\ntheta = 1\n");
        let places = file_places(&place).unwrap();
        assert_eq!(places.socket.as_deref(), Some("/x/y.sock".as_ref()));
        assert_eq!(places.store, None);
    }

    #[test]
    fn a_file_that_was_named_must_be_there_and_any_other_need_not() {
        let absent = |rule| Place { path: "/nonexistent/sojourn.toml".into(), rule };
        let error = file_places(&absent(Rule::Flag)).unwrap_err();
        assert_eq!(error.exit_code(), 4);
        assert_eq!(file_places(&absent(Rule::Home)).unwrap(), Overrides::default());
    }

    #[test]
    fn a_place_that_is_no_path_is_an_error_that_names_file_and_setting() {
        let (_file, place) = config("socket = 7\n");
        let text = file_places(&place).unwrap_err().to_string();
        assert!(text.contains("`socket`") && text.contains(&*place.path.to_string_lossy()), "{text}");
    }
}
