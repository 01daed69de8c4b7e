//! The command line of the daemon, shared by `sojournd` and `sojourn daemon`.

use std::path::PathBuf;

use sojourn_proto::paths::Overrides;

use super::overrides;

/// Who started the daemon, and so who is to hear whether it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starter {
    /// A service manager, or somebody at a terminal.
    Service,
    /// A client that waits at the other end of a pipe for `ready`, or for the text of the failure. Such a
    /// daemon leaves the client's session and streams, and ends when it has been idle for long.
    Client {
        /// Number of the descriptor to write to.
        ready_fd: i32,
    },
}

/// Flags of the daemon. Each stands above the environment and the configuration file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "flags", derive(clap::Args))]
pub struct Flags {
    /// Listen on this socket
    #[cfg_attr(feature = "flags", arg(long, value_name = "PATH"))]
    pub socket: Option<PathBuf>,
    /// Keep results in this directory; '' keeps none
    #[cfg_attr(feature = "flags", arg(long, value_name = "DIR", value_parser = any_path()))]
    pub store: Option<PathBuf>,
    /// Keep the log and other state in this directory
    #[cfg_attr(feature = "flags", arg(long, value_name = "DIR"))]
    pub state: Option<PathBuf>,
    /// Read settings from this file
    #[cfg_attr(feature = "flags", arg(long, value_name = "FILE"))]
    pub config: Option<PathBuf>,
    /// Run at most this many worker processes at once
    #[cfg_attr(feature = "flags", arg(long, value_name = "N"))]
    pub workers: Option<u32>,
    /// End after so long without client and work, such as 600 or 10m; 0 never
    #[cfg_attr(feature = "flags", arg(long, value_name = "TIME"))]
    pub idle_exit: Option<String>,
    /// What to log: error, warn, info, debug, trace, or a filter such as info,sojournd::store=debug
    #[cfg_attr(feature = "flags", arg(long, value_name = "FILTER"))]
    pub log: Option<String>,
    /// Change any setting (see `sojourn config show`)
    #[cfg_attr(feature = "flags", arg(long, value_name = "NAME=VALUE", value_parser = pair))]
    pub set: Vec<(String, String)>,
    /// Write `ready` or the text of a start failure to this descriptor, and leave the starter's session
    #[cfg_attr(feature = "flags", arg(long, value_name = "FD", hide = true))]
    pub ready_fd: Option<i32>,
}

impl Flags {
    /// Who started the daemon with these flags.
    pub fn starter(&self) -> Starter {
        self.ready_fd.map_or(Starter::Service, |ready_fd| Starter::Client { ready_fd })
    }

    /// Places given by flag.
    pub(super) fn places(&self) -> Overrides {
        overrides(self.socket.clone(), self.store.clone(), self.state.clone(), self.config.clone())
    }

    /// Other settings given by flag.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let named = [
            ("workers", self.workers.map(|number| number.to_string())),
            ("idle_exit", self.idle_exit.clone()),
            ("log", self.log.clone()),
        ];
        let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        named.chain(self.set.iter().cloned()).collect()
    }
}

/// A path that may be empty, which clap's own parser refuses.
#[cfg(feature = "flags")]
fn any_path() -> impl clap::builder::TypedValueParser<Value = PathBuf> {
    use clap::builder::TypedValueParser;
    clap::builder::OsStringValueParser::new().map(PathBuf::from)
}

/// `NAME=VALUE` taken apart.
#[cfg(feature = "flags")]
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "NAME=VALUE expected".to_owned())?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
