//! What commands share, one after the other in the REPL: the client, how to answer, where to write.

use std::cell::OnceCell;
use std::io::{IsTerminal, Write};
use std::sync::Arc;

use sojourn_client::{Client, Interrupt, Settings, Start};
use sojourn_proto::paths::{self, Overrides, Places};

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
    /// Whether the store is left alone, by the flag of this command or of the program.
    pub(crate) no_cache: bool,
    always_no_cache: bool,
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
            no_cache: global.no_cache,
            always_no_cache: global.no_cache,
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
        let client = Arc::new(Client::new(self.places()?, self.start(), self.interrupt.clone()));
        Ok(Arc::clone(self.client.get_or_init(|| client)))
    }

    /// Places given by flag.
    pub(crate) fn overrides(&self) -> &Overrides {
        &self.flags
    }

    /// Where socket, store, state and configuration are, and which rules put them there.
    pub(crate) fn places(&self) -> Result<Places, CommandError> {
        Ok(self.settings()?.places)
    }

    /// What the configuration file says to clients.
    pub(crate) fn settings(&self) -> Result<Settings, CommandError> {
        Ok(Settings::discover(&self.flags, &paths::environment)?)
    }

    /// A daemon is started from the file that this process runs, also where that was replaced or removed since.
    fn start(&self) -> Start {
        if self.no_start { Start::Never } else { Start::Executable("/proc/self/exe".into()) }
    }

    /// Writes a table.
    pub(crate) fn table(&mut self, table: Table) -> Result<(), CommandError> {
        self.out.line(table.render(self.terminal))
    }

    /// Takes the flags of a line of the REPL: how to answer that line, and whether to leave the store alone. Places and `--no-start` hold for as long
    /// as the program runs.
    pub(crate) fn answer_as(&mut self, global: &Global) -> Result<(), CommandError> {
        if global.overrides() != Overrides::default() {
            let text = "places are chosen when sojourn starts; leave, and give the flag to `sojourn` itself";
            return Err(CommandError::Usage(text.into()));
        }
        self.mode = global.mode();
        self.no_cache = self.always_no_cache || global.no_cache;
        Ok(())
    }

    /// A remark on standard error.
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "sojourn: {text}");
    }
}
